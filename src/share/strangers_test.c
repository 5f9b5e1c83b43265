#include "share/strangers.h"

#define SECOND ((gint64)G_USEC_PER_SEC)
#define NOW    (1795312800 * SECOND)

static void
sum(const char *address, const char *code, guint count, gpointer data)
{
	guint *total = data;

	total[0]++;
	total[1] += count;
}

static void
test_minute(void)
{
	FnStrangers *strangers = fn_strangers_new();
	guint total[2] = { 0 };

	g_assert_cmpuint(fn_strangers_note(strangers, "10.0.0.1", "a", NOW), ==, 1);
	for (guint i = 1; i < 60; i++)
		g_assert_cmpuint(fn_strangers_note(strangers, "10.0.0.1", "a", NOW + i * SECOND), ==, 0);
	g_assert_cmpuint(fn_strangers_note(strangers, "10.0.0.1", "b", NOW), ==, 1);
	g_assert_cmpuint(fn_strangers_note(strangers, "10.0.0.2", "a", NOW), ==, 1);
	g_assert_cmpuint(fn_strangers_note(strangers, NULL, "a", NOW), ==, 1);
	fn_strangers_flush(strangers, NOW + 59 * SECOND, FALSE, sum, total);
	g_assert_cmpuint(total[0], ==, 0);
	fn_strangers_flush(strangers, NOW + 60 * SECOND, FALSE, sum, total);
	g_assert_cmpuint(total[0], ==, 1);
	g_assert_cmpuint(total[1], ==, 59);
	g_assert_cmpuint(fn_strangers_note(strangers, "10.0.0.1", "a", NOW + 200 * SECOND), ==, 1);
	fn_strangers_free(strangers);
}

static void
test_returned(void)
{
	FnStrangers *strangers = fn_strangers_new();
	guint total[2] = { 0 };

	g_assert_cmpuint(fn_strangers_note(strangers, "x", "a", NOW), ==, 1);
	fn_strangers_return(strangers, "x", "a", 1); /* the ledger was away */
	g_assert_cmpuint(fn_strangers_note(strangers, "x", "a", NOW + SECOND), ==, 0);
	fn_strangers_flush(strangers, NOW + SECOND, TRUE, sum, total);
	g_assert_cmpuint(total[1], ==, 2);
	fn_strangers_free(strangers);
}

/* However many addresses come: the table stays bounded, and every refusal is in some line. */
static void
test_crowd(void)
{
	FnStrangers *strangers = fn_strangers_new();
	guint total[2] = { 0 }, lines = 0, counted = 0;

	for (guint i = 0; i < 20000; i++) {
		char address[32];
		guint n;

		g_snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		n = fn_strangers_note(strangers, address, "a", NOW);
		lines += n > 0;
		counted += n;
	}
	g_assert_cmpuint(lines, <=, 4097);
	fn_strangers_flush(strangers, NOW, TRUE, sum, total);
	g_assert_cmpuint(total[0], ==, 1);
	g_assert_cmpuint(counted + total[1], ==, 20000);
	fn_strangers_free(strangers);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/strangers/minute", test_minute);
	g_test_add_func("/strangers/returned", test_returned);
	g_test_add_func("/strangers/crowd", test_crowd);
	return g_test_run();
}
