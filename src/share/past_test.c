#include "share/warden.h"

#include <string.h>

static const char *const entries[] = {
	"{\"body\":{\"date\":\"2026-11-21\",\"event\":\"share.query\",\"grant\":\"g1\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"00112233445566770011223344556677\",\"time\":\"2026-11-21T00:00:00Z\"}",
	"{\"body\":{\"date\":\"2026-11-22\",\"event\":\"share.query\",\"grant\":\"g1\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"00112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"date\":\"2026-11-22\",\"event\":\"share.query\",\"grant\":\"g1\"},\"class\":\"3y\",\"from\":\"clock\",\"salt\":\"00112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"date\":\"2026-11-22\",\"event\":\"share.aggregate\",\"grant\":\"g1\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"00112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"code\":\"x\",\"date\":\"2026-11-22\",\"event\":\"share.refused\",\"grant\":\"g1\"},\"class\":\"1y\",\"from\":\"gate\",\"salt\":\"00112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"address\":\"10.0.0.9\",\"date\":\"2026-11-22\",\"event\":\"share.batch.open\",\"grant\":\"g2\",\"organization\":\"B\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"00112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"date\":\"2026-11-22\",\"event\":\"share.batch.progress\",\"grant\":\"g2\",\"rows\":500,\"stream\":\"5-0011223344556677\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"ff112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"date\":\"2026-11-22\",\"event\":\"share.batch.open\",\"grant\":\"g2\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"aa112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"date\":\"2026-11-22\",\"event\":\"share.batch.close\",\"grant\":\"g2\",\"rows\":70,\"stream\":\"7-aa11223344556677\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"ff112233445566770011223344556677\",\"time\":\"2026-11-22T00:00:00Z\"}",
	"{\"body\":{\"event\":\"share.batch.close\"},\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"no\",\"time\":\"\"}",
	"{\"event\":\"share.query\"", "[\"event\":\"share.\"]", "",
};

/* In any order the same comes out: entries are read in pieces from the end. */
static void
test_orders(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(22);

	for (guint round = 0; round < 50; round++) {
		guint order[G_N_ELEMENTS(entries)];
		const FnPastStream *open, *closed;
		FnPast past;

		fn_past_init(&past, "2026-11-22");
		for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
			order[i] = i;
		for (guint i = G_N_ELEMENTS(entries) - 1; round > 0 && i > 0; i--) {
			guint j = (guint)g_rand_int_range(random, 0, (gint32)i + 1), kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
		for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
			fn_past_take(&past, order[i], entries[order[i]], strlen(entries[order[i]]));
		g_assert_cmpint(*(gint64 *)g_hash_table_lookup(past.used, "g1"), ==, 2);
		g_assert_cmpuint(g_hash_table_size(past.streams), ==, 2);
		open = g_hash_table_lookup(past.streams, "5-0011223344556677");
		closed = g_hash_table_lookup(past.streams, "7-aa11223344556677");
		g_assert_true(open->opened && !open->closed && open->today && open->rows == 500);
		g_assert_cmpstr(open->organization, ==, "B");
		g_assert_cmpstr(open->address, ==, "10.0.0.9");
		g_assert_null(closed->address); /* of a log from before entries told it */
		g_assert_cmpstr(open->grant, ==, "g2");
		g_assert_true(closed->opened && closed->closed && closed->rows == 70);
		g_assert_false(past.started);
		fn_past_clear(&past);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(61000);
	g_test_add_func("/past/orders", test_orders);
	return g_test_run();
}
