/* For tests: a signer with keys of its own, in place of the keeper, and a scratch directory. */
#pragma once

#include "ledger/log.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <glib/gstdio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

typedef struct {
	EVP_PKEY *gm, *intl;
	char *gm_text, *intl_text;
	gboolean away; /* fails, as when the keeper is down */
	guint signed_times;
} TestKeys;

static inline guint8 *
test_keys_sign_bytes(EVP_PKEY *key, gboolean gm, const void *message, gsize size, gsize *size_out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context = EVP_PKEY_CTX_new(key, NULL);
	guint8 *signature = g_malloc(256);

	*size_out = 256;
	if (gm)
		g_assert_cmpint(EVP_PKEY_CTX_set1_id(key_context, "1234567812345678", 16), ==, 1);
	EVP_MD_CTX_set_pkey_ctx(context, key_context);
	g_assert_cmpint(EVP_DigestSignInit(context, NULL, gm ? EVP_sm3() : NULL, NULL, key), ==, 1);
	g_assert_cmpint(EVP_DigestSign(context, signature, size_out, message, size), ==, 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_CTX_free(key_context);
	return signature;
}

static inline char *
test_keys_note_body(const char *message)
{
	json_t *json = fn_json_parse(message, strlen(message), NULL);
	guint8 root[32];
	g_autofree char *base64 = NULL;
	char *body;

	g_assert_true(fn_unhex(json_string_value(json_object_get(json, "root")), root, sizeof(root)));
	base64 = g_base64_encode(root, sizeof(root));
	body = g_strdup_printf("%s\n%lld\n%s\n", json_string_value(json_object_get(json, "origin")),
		(long long)json_integer_value(json_object_get(json, "size")), base64);
	json_decref(json);
	return body;
}

static inline guint8 *
test_keys_sign(gpointer data, const char *purpose, const char *message, gsize *size_out, GError **error)
{
	TestKeys *keys = data;
	gboolean gm = g_str_equal(purpose, "ledger_head_gm");
	g_autofree char *bytes = gm ? g_strdup_printf("fengni/v1/%s\n%s", purpose, message) : test_keys_note_body(message);

	if (keys->away) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "no keeper");
		return NULL;
	}
	keys->signed_times++;
	return test_keys_sign_bytes(gm ? keys->gm : keys->intl, gm, bytes, strlen(bytes), size_out);
}

static inline char *
test_keys_public(gpointer data, const char *purpose, GError **error)
{
	const TestKeys *keys = data;

	if (keys->away) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "no keeper");
		return NULL;
	}
	return g_strdup(g_str_equal(purpose, "ledger_head_gm") ? keys->gm_text : keys->intl_text);
}

static inline TestKeys *
test_keys_new(void)
{
	TestKeys *keys = g_new0(TestKeys, 1);
	guint8 point[65], raw[32];
	gsize size = sizeof(raw);
	g_autofree char *gm = NULL;
	g_autofree char *intl = NULL;

	keys->gm = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	keys->intl = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	g_assert_cmpint(EVP_PKEY_get_raw_public_key(keys->intl, raw, &size), ==, 1);
	g_assert_cmpint(EVP_PKEY_get_octet_string_param(keys->gm, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &size), ==, 1);
	g_assert_cmpuint(size, ==, sizeof(point));
	gm = g_base64_encode(point, sizeof(point));
	intl = g_base64_encode(raw, sizeof(raw));
	keys->gm_text = g_strconcat("gm:", gm, NULL);
	keys->intl_text = g_strconcat("intl:", intl, NULL);
	return keys;
}

static inline void
test_keys_free(TestKeys *keys)
{
	EVP_PKEY_free(keys->gm);
	EVP_PKEY_free(keys->intl);
	g_free(keys->gm_text);
	g_free(keys->intl_text);
	g_free(keys);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestKeys, test_keys_free)

static inline FnLogOptions
test_options(const char *directory, TestKeys *keys)
{
	return (FnLogOptions){ .directory = directory, .origin = "log.test.example/one", .segment_bytes = 32768,
		.signer = { keys, keys != NULL ? test_keys_sign : NULL, keys != NULL ? test_keys_public : NULL } };
}

static inline FnLog *
test_open(const char *directory, TestKeys *keys)
{
	FnLogOptions options = test_options(directory, keys);
	g_autoptr(GError) error = NULL;
	FnLog *log = fn_log_open(&options, &error);

	g_assert_no_error(error);
	return log;
}

static inline void
test_remove(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
			test_remove(below);
		else
			g_unlink(below);
	}
	if (folder != NULL)
		g_dir_close(folder);
	g_rmdir(path);
}

typedef char TestDirectory;
static inline void
test_directory_free(TestDirectory *path)
{
	test_remove(path);
	g_free(path);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestDirectory, test_directory_free)

static inline TestDirectory *
test_directory_new(void)
{
	return g_dir_make_tmp("ledger-XXXXXX", NULL);
}

/* Appends @count entries numbered from @from on, of varied size; each waits. */
static inline void
test_append(FnLog *log, guint from, guint count)
{
	for (guint i = from; i < from + count; i++) {
		g_autofree char *fill = g_strnfill(i * 37 % 300, 'x');
		g_autofree char *body = g_strdup_printf("{\"event\":\"test\",\"fill\":\"%s\",\"n\":%u}", fill, i);
		g_autoptr(GError) error = NULL;

		fn_log_append_wait(log, FN_ROLE_GATE, (FnClass)(1 + i % 4), body, strlen(body), NULL, NULL, &error);
		g_assert_no_error(error);
	}
}

/* Appends them together, waits for the last. */
static inline void
test_ignore(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
	g_assert_no_error(error);
}

static inline void
test_append_many(FnLog *log, guint from, guint count)
{
	for (guint i = from; i + 1 < from + count; i++) {
		g_autofree char *fill = g_strnfill(i * 37 % 300, 'x');
		g_autofree char *body = g_strdup_printf("{\"event\":\"test\",\"fill\":\"%s\",\"n\":%u}", fill, i);

		fn_log_append(log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), test_ignore, NULL);
	}
	test_append(log, from + count - 1, 1);
}

/* A clock that the test moves: FnLogOptions.clock with a gint64 as its data. */
static inline gint64
test_keys_clock(gpointer data)
{
	return *(const gint64 *)data;
}

/* What the keeper would have signed for the clock, for a minute. Caller frees. */
static inline char *
test_keys_authorise(const TestKeys *keys, const char *origin, const char *before, gint64 until)
{
	g_autofree char *end = fn_time_format(until);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "before", before, "case", "c1", "origin", origin, "until", end);
	g_autofree char *message = fn_json_canonical(json);
	gsize bytes_size, size;
	g_autofree guint8 *bytes = fn_signed_bytes("pruning", message, strlen(message), &bytes_size);
	g_autofree guint8 *signature = test_keys_sign_bytes(keys->intl, FALSE, bytes, bytes_size, &size);
	g_autofree char *base64 = g_base64_encode(signature, size);

	json_decref(json);
	return g_strdup_printf("{\"authorisation\":%s,\"signature\":\"%s\"}", message, base64);
}

static inline gboolean
test_keys_prune(FnLog *log, const TestKeys *keys, const char *before, GError **error)
{
	g_autofree char *authorised = test_keys_authorise(keys, "log.test.example/one", before, fn_time_now() + 60 * G_USEC_PER_SEC);
	guint64 minimum;

	return fn_log_prune(log, authorised, strlen(authorised), &minimum, error);
}
