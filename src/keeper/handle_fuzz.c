/* Requests of every operation and role into a keeper without sockets. Byte 0: role, byte 1: operation, the rest: payload. */
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

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GString) reply = g_string_sized_new(4096);
	g_autoptr(GError) error = NULL;
	guint32 operation;
	FnRole role;

	if (keeper == NULL)
		start();
	if (size < 2)
		return 0;
	role = (FnRole)(data[0] % FN_ROLES);
	operation = FN_KEEPER_OP_STATUS + data[1] % 7u;
	if (fn_keeper_handle(keeper, role, operation, data + 2, size - 2, reply, &error)) {
		json_t *value = fn_json_parse(reply->str, reply->len, NULL);

		g_assert_no_error(error);
		g_assert_true(json_is_object(value));
		g_assert_true(role > FN_ROLE_NONE && role < FN_ROLES);
		json_decref(value);
	} else {
		g_assert_nonnull(error);
		g_assert_cmpuint(reply->len, ==, 0);
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
	}
	return 0;
}
