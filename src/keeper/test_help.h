/* What the tests of this room share: an instance in a scratch directory. */
#pragma once

#include "base/time.h"
#include "keeper/keeper_priv.h"

#include <glib/gstdio.h>
#include <string.h>

static const guint8 secret[FN_KEEPER_SECRET] = "thirty-two bytes for tests only";

typedef struct {
	char *directory;
	FnSettings *settings;
} Instance;

static inline void
instance_set(Instance *instance, const char *conf)
{
	g_autofree char *path = g_build_filename(instance->directory, "fengni.conf", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(path, conf, -1, NULL));
	g_clear_pointer(&instance->settings, fn_settings_free);
	instance->settings = fn_settings_load(instance->directory, &error);
	g_assert_no_error(error);
}

static inline Instance *
instance_new(FnSuite suite)
{
	Instance *instance = g_new0(Instance, 1);
	g_autofree char *conf = g_strdup_printf("suite = %s\ncity = 示例市\n", fn_suite_name(suite));

	instance->directory = g_dir_make_tmp("fengni-test-XXXXXX", NULL);
	instance_set(instance, conf);
	return instance;
}

static inline char *
instance_path(const Instance *instance, const char *name)
{
	return g_build_filename(instance->directory, "keeper", name, NULL);
}

static inline void
instance_free(Instance *instance)
{
	static const char *const names[] = { "keeper/bundle", "keeper/bundle.new", "keeper", "fengni.conf", "" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(instance->directory, names[i], NULL);

		g_remove(path);
	}
	fn_settings_free(instance->settings);
	g_free(instance->directory);
	g_free(instance);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Instance, instance_free)

/* A new instance with its keys, opened. */
static inline FnKeeper *
instance_open(Instance *instance)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *bundle = instance_path(instance, "bundle");
	FnKeeper *keeper;

	if (!g_file_test(bundle, G_FILE_TEST_EXISTS)) {
		fn_keeper_create(instance->settings, secret, &error);
		g_assert_no_error(error);
	}
	keeper = fn_keeper_open(instance->settings, secret, &error);
	g_assert_no_error(error);
	return keeper;
}

/* The reply to @payload as JSON text, or "!code". */
static inline char *
ask(FnKeeper *keeper, FnRole role, guint32 operation, const char *payload)
{
	g_autoptr(GString) reply = g_string_sized_new(4096);
	g_autoptr(GError) error = NULL;

	if (fn_keeper_handle(keeper, role, operation, payload, strlen(payload), reply, &error)) {
		g_assert_no_error(error);
		return g_strdup(reply->str);
	}
	g_assert_nonnull(error);
	g_assert_cmpuint(reply->len, ==, 0);
	return g_strconcat("!", fn_keeper_error_code(error), NULL);
}

/* ---- turning back ---- */

#define REVERSAL_SPEC "pseudonym:kind=mobile"
#define REVERSAL_SOME "[\"13012345678\"]"

/* An authorisation, canonical. */
static inline char *
reversal(const char *context, const char *column, const char *spec, const char *pseudonyms, gint64 until)
{
	g_autofree char *moment = fn_time_format(until);

	return g_strdup_printf("{\"case\":\"c1\",\"column\":\"%s\",\"context\":\"%s\",\"pseudonyms\":%s,\"spec\":\"%s\",\"until\":\"%s\"}",
		column, context, pseudonyms, spec, moment);
}

/* An authorisation to prune, canonical. */
static inline char *
pruning(const char *before, const char *origin, gint64 until)
{
	g_autofree char *moment = fn_time_format(until);

	return g_strdup_printf("{\"before\":\"%s\",\"case\":\"c1\",\"origin\":\"%s\",\"until\":\"%s\"}", before, origin, moment);
}

/* The request that brings @message with the keeper's signature over @signed_message (NULL: over @message itself), made past all
 * checks of the signing. */
static inline char *
reverse_request(FnKeeper *keeper, const char *purpose, const char *message, const char *signed_message)
{
	const char *what = signed_message != NULL ? signed_message : message;
	g_autoptr(EVP_PKEY) pair = fn_keeper_pair(keeper, FN_KEY_GRANT, NULL);
	g_autofree guint8 *bytes = NULL, *signature = NULL;
	g_autofree char *text = NULL;
	gsize size, signature_size;

	bytes = fn_signed_bytes("reversal", what, strlen(what), &size);
	signature = fn_pair_sign(fn_keeper_kind(keeper->suite, FN_KEY_GRANT), pair, bytes, size, &signature_size, NULL);
	g_assert_nonnull(signature);
	text = g_base64_encode(signature, signature_size);
	return g_strdup_printf("{\"purpose\":\"%s\",\"authorisation\":%s,\"signature\":\"%s\"}", purpose, message, text);
}

/* The text member @name of a reply. */
static inline char *
member(const char *reply, const char *name)
{
	json_t *value = fn_json_parse(reply, strlen(reply), NULL);
	char *text;

	g_assert_nonnull(json_string_value(json_object_get(value, name)));
	text = g_strdup(json_string_value(json_object_get(value, name)));
	json_decref(value);
	return text;
}
