#include "anchor/testing.h"
#include "anchor/timestamp.h"

#include "base/time.h"

static const char data[] = "{\"note\":\"the line of a head\"}";

static GBytes *
stamped(const TestAuthority *authority, const char *digest, guint64 *time_out, GError **error)
{
	g_autoptr(FnTimestampRequest) request = fn_timestamp_request_new(digest, data, strlen(data), error);
	g_autoptr(GBytes) question = NULL, answer = NULL;

	g_assert_nonnull(request);
	question = fn_timestamp_request_bytes(request);
	answer = test_authority_answer(authority, g_bytes_get_data(question, NULL), g_bytes_get_size(question));
	return fn_timestamp_take(request, g_bytes_get_data(answer, NULL), g_bytes_get_size(answer), authority->ca_pem, time_out, error);
}

static void
test_stamps(void)
{
	static const char *const digests[] = { "sha256", "sm3" };
	g_autoptr(TestAuthority) authority = test_authority_new();

	for (gsize i = 0; i < G_N_ELEMENTS(digests); i++) {
		g_autoptr(GError) error = NULL;
		guint64 time = 0, again = 0;
		g_autoptr(GBytes) token = stamped(authority, digests[i], &time, &error);

		g_assert_no_error(error);
		g_assert_cmpuint(time, >, 1700000000);
		g_assert_true(fn_timestamp_verify(data, strlen(data), g_bytes_get_data(token, NULL), g_bytes_get_size(token), authority->ca_pem, &again, &error));
		g_assert_no_error(error);
		g_assert_cmpuint(time, ==, again);
	}
}

static void
test_refuses(void)
{
	g_autoptr(TestAuthority) authority = test_authority_new(), other = test_authority_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) token = NULL;
	g_autofree guint8 *bytes = NULL;
	guint64 time;
	gsize size;

	token = stamped(authority, "sha256", &time, NULL);
	size = g_bytes_get_size(token);
	bytes = g_memdup2(g_bytes_get_data(token, NULL), size);
	g_assert_false(fn_timestamp_verify("other", 5, bytes, size, authority->ca_pem, &time, &error));
	g_assert_error(error, FN_TIMESTAMP_ERROR, FN_TIMESTAMP_ERROR_TOKEN);
	g_assert_false(fn_timestamp_verify(data, strlen(data), bytes, size, other->ca_pem, &time, NULL));
	g_assert_false(fn_timestamp_verify(data, strlen(data), bytes, size - 1, authority->ca_pem, &time, NULL));
	g_assert_false(fn_timestamp_verify(data, strlen(data), bytes, 0, authority->ca_pem, &time, NULL));
	g_assert_false(fn_timestamp_verify(data, strlen(data), bytes, size, "no certificate", &time, NULL));
	g_clear_error(&error);
	g_assert_null(fn_timestamp_request_new("sha1", data, strlen(data), &error));
	g_assert_error(error, FN_TIMESTAMP_ERROR, FN_TIMESTAMP_ERROR_REQUEST);
	authority->refuses = TRUE;
	g_clear_error(&error);
	g_assert_null(stamped(authority, "sm3", &time, &error));
	g_assert_error(error, FN_TIMESTAMP_ERROR, FN_TIMESTAMP_ERROR_REFUSED);
}

/* A change of any byte is found, or the certificates beside the signature are what changed. */
static void
test_every_byte(void)
{
	g_autoptr(TestAuthority) authority = test_authority_new();
	guint64 time;
	g_autoptr(GBytes) token = stamped(authority, "sha256", &time, NULL);
	gsize size;
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(token, NULL), g_bytes_get_size(token));
	guint passed = 0;

	size = g_bytes_get_size(token);
	for (gsize i = 0; i < size; i++) {
		guint64 told = 0;

		bytes[i] ^= 1;
		if (fn_timestamp_verify(data, strlen(data), bytes, size, authority->ca_pem, &told, NULL)) {
			g_assert_cmpuint(told, ==, time);
			passed++;
		}
		bytes[i] ^= 1;
	}
	g_assert_cmpuint(passed, <, 16);
}

/* The answer to another question: nonce and imprint are looked at. */
static void
test_other_question(void)
{
	g_autoptr(TestAuthority) authority = test_authority_new();
	g_autoptr(FnTimestampRequest) one = fn_timestamp_request_new("sha256", data, strlen(data), NULL);
	g_autoptr(FnTimestampRequest) two = fn_timestamp_request_new("sha256", data, strlen(data), NULL);
	g_autoptr(GBytes) question = fn_timestamp_request_bytes(one);
	g_autoptr(GBytes) answer = test_authority_answer(authority, g_bytes_get_data(question, NULL), g_bytes_get_size(question));
	g_autoptr(GBytes) right = NULL;
	guint64 time;

	right = fn_timestamp_take(one, g_bytes_get_data(answer, NULL), g_bytes_get_size(answer), authority->ca_pem, &time, NULL);
	g_assert_nonnull(right);
	g_assert_null(fn_timestamp_take(two, g_bytes_get_data(answer, NULL), g_bytes_get_size(answer), authority->ca_pem, &time, NULL));
	g_assert_null(fn_timestamp_take(one, "x", 1, authority->ca_pem, &time, NULL));
	g_assert_null(fn_timestamp_take(one, "", 0, authority->ca_pem, &time, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/timestamp/stamps", test_stamps);
	g_test_add_func("/timestamp/refuses", test_refuses);
	g_test_add_func("/timestamp/every-byte", test_every_byte);
	g_test_add_func("/timestamp/other-question", test_other_question);
	return g_test_run();
}
