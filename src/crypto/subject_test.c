#include "crypto/subject.h"

#include "base/json.h"
#include "base/pool.h"
#include "crypto/keeper_client.h"
#include "ipc/testing.h"

#include <glib/gstdio.h>
#include <string.h>

/* A keeper that derives a key from the context, remembers how often it was asked, and has destroyed 2023. */
typedef struct {
	char *directory;
	TestPeer keeper;
	gint asked; /* atomic */
	const char *seconds;
} Fake;

static void
answer(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	Fake *fake = data;
	json_t *request = fn_json_parse((const char *)payload, size, NULL);
	const char *context = json_string_value(json_object_get(request, "context"));
	g_autofree char *key = NULL, *reply = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	g_assert_cmpuint(op, ==, FN_KEEPER_OP_LEASE);
	g_assert_cmpstr(json_string_value(json_object_get(request, "purpose")), ==, "receipt_digest");
	g_atomic_int_inc(&fake->asked);
	fn_sha256(context, strlen(context), digest);
	key = g_base64_encode(digest, sizeof(digest));
	reply = g_strdup_printf("{\"key\":\"%s\",\"seconds\":%s}", key, fake->seconds);
	if (g_str_equal(context, "subject/2023"))
		fn_ipc_refuse(token, "destroyed", "for ever");
	else
		fn_ipc_reply(token, reply, strlen(reply));
	json_decref(request);
}

static void
start(Fake *fake, gconstpointer unused)
{
	fake->seconds = "300";
	fake->directory = g_dir_make_tmp("fengni-test-XXXXXX", NULL);
	test_peer_start(&fake->keeper, fake->directory, "k.sock", answer, fake);
}

static void
stop(Fake *fake, gconstpointer unused)
{
	test_peer_stop(&fake->keeper);
	g_rmdir(fake->directory);
	g_free(fake->directory);
}

static char *
digest_of(FnSubjects *subjects, guint year, const char *identifier)
{
	g_autoptr(GError) error = NULL;
	char *digest = fn_subject_digest(subjects, year, identifier, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(strlen(digest), ==, 64);
	return digest;
}

/* Who is the same person, and who is not. 110105491231002 is what 11010519491231002X was before 1999: the example of GB 11643. */
static const struct {
	const char *a, *b;
	gboolean same;
} pairs[] = {
	{ "11010519491231002X", "11010519491231002X", TRUE },
	{ "11010519491231002X", "11010519491231002x", TRUE },
	{ "11010519491231002X", " 11010519491231002X\r\n", TRUE },
	{ "11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ", TRUE },
	{ "11010519491231002X", "110105491231002", TRUE },
	{ "11010519491231002X", "110105194912310021", FALSE },
	{ "11010519491231002X", "", FALSE },
	{ "张三", "张 三", FALSE },
	{ "11010549123100", "110105491231002", FALSE },
	{ "11010549123100a", "110105491231002", FALSE },
};

static void
test_same(Fake *fake, gconstpointer unused)
{
	g_autoptr(FnSubjects) subjects = fn_subjects_new(fake->keeper.client, FN_SUITE_GM);

	for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autofree char *a = digest_of(subjects, 2026, pairs[i].a), *b = digest_of(subjects, 2026, pairs[i].b);

		g_assert_cmpint(g_str_equal(a, b), ==, pairs[i].same);
	}
	g_assert_cmpint(g_atomic_int_get(&fake->asked), ==, 1); /* one lease serves them all */
}

/* HMAC under exactly the year's key. */
static void
test_key(Fake *fake, gconstpointer unused)
{
	static const char text[] = "fengni/v1/subject\nA1";
	const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(FnSubjects) subjects = fn_subjects_new(fake->keeper.client, suites[i]);
		g_autofree char *digest = digest_of(subjects, 2025, "a1"), *other = digest_of(subjects, 2026, "a1"), *again = digest_of(subjects, 2025, "a1");
		guint8 key[FN_DIGEST_SIZE], wanted[FN_DIGEST_SIZE];
		g_autofree char *hex = NULL;

		fn_sha256("subject/2025", 12, key);
		fn_hmac(suites[i], key, sizeof(key), text, strlen(text), wanted);
		hex = g_malloc0(65);
		for (gsize j = 0; j < sizeof(wanted); j++)
			g_snprintf(hex + 2 * j, 3, "%02x", wanted[j]);
		g_assert_cmpstr(digest, ==, hex);
		g_assert_cmpstr(digest, !=, other);
		g_assert_cmpstr(digest, ==, again);
	}
}

static void
test_refused(Fake *fake, gconstpointer unused)
{
	g_autoptr(FnSubjects) subjects = fn_subjects_new(fake->keeper.client, FN_SUITE_GM);
	g_autofree char *good = digest_of(subjects, 2026, "a"), *again = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_subject_digest(subjects, 2023, "a", &error));
	g_assert_true(fn_ipc_error_is(error, "destroyed"));
	again = digest_of(subjects, 2026, "a");
	g_assert_cmpstr(good, ==, again);
	g_assert_cmpint(g_atomic_int_get(&fake->asked), ==, 2);
}

int
main(int argc, char **argv)
{
	fn_roles_init(0);
	g_test_init(&argc, &argv, NULL);
	g_test_add("/subject/same", Fake, NULL, start, test_same, stop);
	g_test_add("/subject/key", Fake, NULL, start, test_key, stop);
	g_test_add("/subject/refused", Fake, NULL, start, test_refused, stop);
	return g_test_run();
}
