/* Requests of every operation and role into a keeper without sockets. Byte 0: role, byte 1: operation, the rest: payload; for
 * FUZZ_SIGNED the rest is an authorisation, which is signed and put in term first, since no input could be. */
#include "crypto/keeper_client.h"
#include "keeper/test_help.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* One instance for the life of the process. */
static Instance *instance;
static FnKeeper *keeper;

static void
finish(void)
{
	fn_keeper_free(keeper);
	instance_free(instance);
}

static void
start(void)
{
	fn_roles_init(61000);
	instance = instance_new(FN_SUITE_INTL);
	keeper = instance_open(instance);
	atexit(finish);
}

enum { FUZZ_SIGNED = FN_KEEPER_OP_REVERSE + 1, FUZZ_OPERATIONS = FUZZ_SIGNED + 2 - FN_KEEPER_OP_STATUS };

static char *
signed_request(const guint8 *data, gsize size)
{
	json_t *message = fn_json_parse((const char *)data, size, NULL);
	g_autofree char *moment = fn_time_format(fn_time_now() + 60 * G_USEC_PER_SEC), *text = NULL;
	char *request = NULL;

	if (json_is_object(message)) {
		json_object_set_new(message, "until", json_string(moment));
		text = fn_json_canonical(message);
		request = reverse_request(keeper, "mask", text, NULL);
	}
	json_decref(message);
	return request;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GString) reply = g_string_sized_new(FN_KEEPER_REPLY);
	g_autoptr(GError) error = NULL;
	g_autofree char *made = NULL;
	const guint8 *payload = data + 2;
	gsize room = reply->allocated_len;
	guint32 operation;
	FnRole role;

	if (keeper == NULL)
		start();
	if (size < 2)
		return 0;
	role = (FnRole)(data[0] % FN_ROLES);
	operation = FN_KEEPER_OP_STATUS + data[1] % FUZZ_OPERATIONS;
	size -= 2;
	if (operation == FUZZ_SIGNED) {
		if ((made = signed_request(payload, size)) == NULL)
			return 0;
		operation = FN_KEEPER_OP_REVERSE;
		payload = (const guint8 *)made;
		size = strlen(made);
	}
	if (fn_keeper_handle(keeper, role, operation, payload, size, reply, &error)) {
		json_t *value = fn_json_parse(reply->str, reply->len, NULL);

		g_assert_no_error(error);
		g_assert_true(json_is_object(value));
		g_assert_true(role > FN_ROLE_NONE && role < FN_ROLES);
		g_assert_cmpuint(reply->allocated_len, ==, room); /* it did not move */
		json_decref(value);
	} else {
		g_assert_nonnull(error);
		g_assert_cmpuint(reply->len, ==, 0);
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
	}
	return 0;
}
