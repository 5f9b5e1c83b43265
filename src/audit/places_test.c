#include "audit/audit_priv.h"

#include <string.h>

/* Lists that steps have written, and what was never written. */
static const struct {
	const char *list;
	gsize size;
	gint places[8]; /* falling, ended by -1 */
} lists[] = {
	{ "", 0, { -1 } },
	{ "\0\0", 2, { 0, -1 } },
	{ "\x0f\xff", 2, { 4095, -1 } },
	{ "\0\1\0\7", 4, { 7, 1, -1 } },
	{ "\x80\x00\x00\x07", 4, { 2, 1, 0, -1 } },
	{ "\x80\xff\x80\x01", 4, { 4095, 4080, -1 } },
	{ "\x80\x01\x00\x07\x00\x13\x80\x01\x01\x00", 10, { 24, 19, 18, 17, 16, -1 } }, /* three steps */
	{ "\x10\x00\xff\xff\x81\x00\x00\x01\0", 9, { 1, -1 } },                       /* no items */
	{ "\0\5\x80\x00\x01", 5, { 5, -1 } },                                         /* cut off */
};

static void
test_read(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		FnAuditPlaces places;
		gint n = 0;

		fn_audit_places_read(&places, (const guint8 *)lists[i].list, lists[i].size);
		do
			g_assert_cmpint(fn_audit_places_take_last(&places), ==, lists[i].places[n]);
		while (lists[i].places[n++] >= 0);
	}
}

/* At every density: what was written is what is read, in no more than the promised bytes, nor more than two a place. */
static void
test_written(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(11);

	for (guint round = 0; round <= 400; round++) {
		g_autoptr(GByteArray) list = g_byte_array_new();
		FnAuditPlaces places = { { 0 } }, same;
		guint n = 0;

		for (guint place = 0; place < FN_AUDIT_BLOCK; place++)
			if (g_rand_double(random) * 400 < round) {
				fn_audit_places_add(&places, place);
				n++;
			}
		fn_audit_places_write(&places, list);
		g_assert_cmpuint(list->len, <=, MIN(FN_AUDIT_LIST, 2 * n));
		fn_audit_places_read(&same, list->data, list->len);
		g_assert_cmpmem(&places, sizeof(places), &same, sizeof(same));
	}
}

static void
test_and(void)
{
	FnAuditPlaces one = { { 0 } }, other = { { 0 } };

	for (guint place = 0; place < FN_AUDIT_BLOCK; place++) {
		if (place % 2 == 0)
			fn_audit_places_add(&one, place);
		if (place % 63 == 0)
			fn_audit_places_add(&other, place);
	}
	fn_audit_places_and(&one, &other);
	for (gint place = 4032; place >= 0; place -= 126)
		g_assert_cmpint(fn_audit_places_take_last(&one), ==, place);
	g_assert_cmpint(fn_audit_places_take_last(&one), ==, -1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/audit/places/read", test_read);
	g_test_add_func("/audit/places/written", test_written);
	g_test_add_func("/audit/places/and", test_and);
	return g_test_run();
}
