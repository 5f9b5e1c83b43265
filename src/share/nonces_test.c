#include "share/nonces.h"

#define NOW 1795312800

static void
test_once(void)
{
	FnNonces *nonces = fn_nonces_new(1000);

	g_assert_cmpint(fn_nonces_take(nonces, "k1", "n1", NOW, NOW), ==, FN_NONCE_FRESH);
	g_assert_cmpint(fn_nonces_take(nonces, "k1", "n1", NOW, NOW), ==, FN_NONCE_SEEN);
	g_assert_cmpint(fn_nonces_take(nonces, "k1", "n1", NOW, NOW + 300), ==, FN_NONCE_SEEN);
	g_assert_cmpint(fn_nonces_take(nonces, "k2", "n1", NOW, NOW), ==, FN_NONCE_FRESH);
	g_assert_cmpint(fn_nonces_take(nonces, "k1", "n2", NOW, NOW), ==, FN_NONCE_FRESH);
	fn_nonces_free(nonces);
}

/* As long as a signature may pass by its time, its nonce is remembered: whatever lies between. */
static void
test_window(void)
{
	for (gint64 early = -FN_NONCE_WINDOW; early <= FN_NONCE_WINDOW; early += 37) {
		FnNonces *nonces = fn_nonces_new(100000);

		g_assert_cmpint(fn_nonces_take(nonces, "k", "n", NOW + early, NOW), ==, FN_NONCE_FRESH);
		for (gint64 later = 0; NOW + later <= NOW + early + FN_NONCE_WINDOW; later++) {
			char other[32];

			g_snprintf(other, sizeof(other), "o%d", (int)later);
			g_assert_cmpint(fn_nonces_take(nonces, "k", other, NOW + later, NOW + later), ==, FN_NONCE_FRESH);
			g_assert_cmpint(fn_nonces_take(nonces, "k", "n", NOW + early, NOW + later), ==, FN_NONCE_SEEN);
		}
		fn_nonces_free(nonces);
	}
}

static void
test_outside(void)
{
	static const gint64 created[] = { NOW - 301, NOW + 301, 0, -1, G_MININT64 / 2, G_MAXINT64 };
	FnNonces *nonces = fn_nonces_new(10);

	for (gsize i = 0; i < G_N_ELEMENTS(created); i++)
		g_assert_cmpint(fn_nonces_take(nonces, "k", "n", created[i], NOW), ==, FN_NONCE_SEEN);
	fn_nonces_begin(nonces, NOW);
	g_assert_cmpint(fn_nonces_take(nonces, "k", "n", NOW - 1, NOW), ==, FN_NONCE_SEEN);
	g_assert_cmpint(fn_nonces_take(nonces, "k", "n", NOW, NOW), ==, FN_NONCE_FRESH);
	fn_nonces_free(nonces);
}

/* Full is refused, and old ones make room. */
static void
test_bounded(void)
{
	FnNonces *nonces = fn_nonces_new(500);
	char nonce[32];

	for (guint i = 0; i < 500; i++) {
		g_snprintf(nonce, sizeof(nonce), "n%u", i);
		g_assert_cmpint(fn_nonces_take(nonces, "k", nonce, NOW + i % 200, NOW), ==, FN_NONCE_FRESH);
	}
	g_assert_cmpint(fn_nonces_take(nonces, "k", "one more", NOW, NOW), ==, FN_NONCE_FULL);
	g_assert_cmpint(fn_nonces_take(nonces, "k", "n7", NOW + 7, NOW), ==, FN_NONCE_SEEN);
	g_assert_cmpint(fn_nonces_take(nonces, "k", "one more", NOW + 700, NOW + 700), ==, FN_NONCE_FRESH);
	fn_nonces_free(nonces);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/nonces/once", test_once);
	g_test_add_func("/nonces/window", test_window);
	g_test_add_func("/nonces/outside", test_outside);
	g_test_add_func("/nonces/bounded", test_bounded);
	return g_test_run();
}
