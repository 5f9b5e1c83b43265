#include "crypto/keeper_client.h"

#include "base/json.h"
#include "base/pool.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

/* A keeper that answers what the test lays out, and remembers what it was asked. */
typedef struct {
	char *directory, *path;
	FnIpcServer *server;
	FnIpcClient *client;
	pthread_t thread;
	FnMutex mutex;
	const char *answer; /* NULL: refuse */
	char *asked;
	guint32 op;
} Fake;

static void
answer(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	Fake *fake = data;

	fn_mutex_lock(&fake->mutex);
	g_free(fake->asked);
	fake->asked = g_strndup((const char *)payload, size);
	fake->op = op;
	if (fake->answer != NULL)
		fn_ipc_reply(token, fake->answer, strlen(fake->answer));
	else
		fn_ipc_refuse(token, "not_allowed", "no");
	fn_mutex_unlock(&fake->mutex);
}

static void *
serve(void *data)
{
	fn_ipc_server_run(((Fake *)data)->server);
	return NULL;
}

static void
open_fake(Fake *fake, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	pthread_mutex_init(&fake->mutex, NULL);
	fake->directory = g_dir_make_tmp("fengni-test-XXXXXX", NULL);
	fake->path = g_build_filename(fake->directory, "keeper.sock", NULL);
	fake->server = fn_ipc_server_new(fake->path, answer, NULL, fake, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&fake->thread, NULL, serve, fake), ==, 0);
	fake->client = fn_ipc_client_new(fake->path, FN_ROLE_KEEPER);
}

static void
close_fake(Fake *fake, gconstpointer data)
{
	fn_ipc_client_free(fake->client);
	fn_ipc_server_stop(fake->server);
	pthread_join(fake->thread, NULL);
	fn_ipc_server_free(fake->server);
	g_rmdir(fake->directory);
	g_free(fake->directory);
	g_free(fake->path);
	g_free(fake->asked);
	pthread_mutex_destroy(&fake->mutex);
}

static void
lay_out(Fake *fake, const char *text)
{
	fn_mutex_lock(&fake->mutex);
	fake->answer = text;
	fn_mutex_unlock(&fake->mutex);
}

static void
was_asked(Fake *fake, guint32 op, const char *text)
{
	fn_mutex_lock(&fake->mutex);
	g_assert_cmpuint(fake->op, ==, op);
	g_assert_cmpstr(fake->asked, ==, text);
	fn_mutex_unlock(&fake->mutex);
}

static void
test_requests(Fake *fake, gconstpointer data)
{
	g_autofree guint8 *signature = NULL;
	g_autofree char *key = NULL;
	g_autofree char *certificate = NULL;
	g_autofree char *issued = NULL;
	json_t *values;
	gsize size;

	lay_out(fake, "{\"signature\":\"AQID\"}");
	signature = fn_keeper_sign(fake->client, "grant", "{\"grant\":\"g\"}", &size, NULL);
	g_assert_cmpmem(signature, (int)size, "\1\2\3", 3);
	was_asked(fake, FN_KEEPER_OP_SIGN, "{\"purpose\":\"grant\",\"message\":{\"grant\":\"g\"}}");
	lay_out(fake, "{\"key\":\"gm:x\"}");
	key = fn_keeper_public(fake->client, "grant", NULL);
	g_assert_cmpstr(key, ==, "gm:x");
	was_asked(fake, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"grant\"}");
	lay_out(fake, "{\"certificate\":\"pem\"}");
	certificate = fn_keeper_public(fake->client, "ca", NULL);
	g_assert_cmpstr(certificate, ==, "pem");
	issued = fn_keeper_issue(fake->client, "csr\n", "{\"usage\":\"client\",\"days\":3}", NULL);
	g_assert_cmpstr(issued, ==, "pem");
	was_asked(fake, FN_KEEPER_OP_ISSUE, "{\"csr\":\"csr\\n\",\"days\":3,\"purpose\":\"ca\",\"usage\":\"client\"}");
	lay_out(fake, "{\"values\":[\"a\",null]}");
	values = fn_keeper_reverse(fake->client, "{\"signature\":\"s\",\"authorisation\":{}}", NULL);
	g_assert_cmpuint(json_array_size(values), ==, 2);
	g_assert_cmpstr(json_string_value(json_array_get(values, 0)), ==, "a");
	json_decref(values);
	was_asked(fake, FN_KEEPER_OP_REVERSE, "{\"authorisation\":{},\"purpose\":\"mask\",\"signature\":\"s\"}");
	lay_out(fake, "{}");
	g_assert_true(fn_keeper_destroy(fake->client, "mask", "g\"1", NULL));
	was_asked(fake, FN_KEEPER_OP_DESTROY, "{\"purpose\":\"mask\",\"context\":\"g\\\"1\"}");
}

static void
test_refusal(Fake *fake, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_lease_get(fake->client, "mask", "g", &error));
	g_assert_true(fn_ipc_error_is(error, "not_allowed"));
	g_assert_false(fn_keeper_destroy(fake->client, "mask", "g", NULL));
}

static void
test_bad_messages(Fake *fake, gconstpointer data)
{
	static const char *const bad[] = { "", "{", "{ }", "{\"b\":1,\"a\":2}", "{\"a\":1}\n", "{\"a\":1,\"a\":1}" };

	lay_out(fake, "{\"signature\":\"AQID\",\"certificate\":\"pem\"}");
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		gsize size;

		g_assert_null(fn_keeper_sign(fake->client, "grant", bad[i], &size, &error));
		g_assert_nonnull(error);
	}
	g_assert_null(fn_keeper_reverse(fake->client, "[]", NULL));
	g_assert_null(fn_keeper_reverse(fake->client, "{", NULL));
	g_assert_null(fn_keeper_issue(fake->client, "csr", "[]", NULL));
	g_assert_null(fn_keeper_issue(fake->client, "csr", "x", NULL));
	g_assert_null(fn_keeper_issue(fake->client, "\xff", "{}", NULL));
	g_assert_null(fake->asked);
}

static void
test_bad_replies(Fake *fake, gconstpointer data)
{
	static const char *const bad[] = {
		"", "{", "[]", "{}", "{\"values\":{}}", "{\"values\":[1]}", "{\"values\":\"a\"}", "{\"signature\":\"\"}", "{\"signature\":1}", "{\"key\":\"AAAA\",\"seconds\":5}",
		"{\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}",
		"{\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"seconds\":0}",
		"{\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"seconds\":99999999999}",
		"{\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"seconds\":\"5\"}",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) sign = NULL;
		g_autoptr(GError) lease = NULL;
		g_autoptr(GError) reverse = NULL;
		gsize size = 77;

		lay_out(fake, bad[i]);
		g_assert_null(fn_keeper_sign(fake->client, "grant", "{}", &size, &sign));
		g_assert_error(sign, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_REPLY);
		g_assert_cmpuint(size, ==, 77);
		g_assert_null(fn_lease_get(fake->client, "mask", "g", &lease));
		g_assert_error(lease, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_REPLY);
		g_assert_null(fn_keeper_reverse(fake->client, "{}", &reverse));
		g_assert_error(reverse, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_REPLY);
	}
}

static void
test_lease_ends(Fake *fake, gconstpointer data)
{
	g_autoptr(FnLease) lease = NULL;
	guint8 copy[32], expected[32] = { 1 };

	lay_out(fake, "{\"key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"seconds\":86400}");
	lease = fn_lease_get(fake->client, "mask", "g", NULL);
	g_assert_nonnull(lease);
	was_asked(fake, FN_KEEPER_OP_LEASE, "{\"purpose\":\"mask\",\"context\":\"g\"}");
	g_assert_cmpmem(fn_lease_key(lease), 32, expected, 32);
	g_assert_true(fn_lease_copy(lease, copy));
	g_assert_cmpmem(copy, 32, expected, 32);
	fn_lease_free(g_steal_pointer(&lease));
	lay_out(fake, "{\"key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"seconds\":1}");
	lease = fn_lease_get(fake->client, "mask", "g", NULL);
	while (fn_lease_key(lease) != NULL)
		g_usleep(50000);
	g_assert_false(fn_lease_copy(lease, copy));
	fn_lease_free(NULL);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Fake *, gconstpointer);
	} table[] = {
		{ "/keeper_client/requests", test_requests },
		{ "/keeper_client/refusal", test_refusal },
		{ "/keeper_client/bad-messages", test_bad_messages },
		{ "/keeper_client/bad-replies", test_bad_replies },
		{ "/keeper_client/lease-ends", test_lease_ends },
	};

	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_test_add(table[i].name, Fake, NULL, open_fake, table[i].run, close_fake);
	return g_test_run();
}
