#include "ledger/segment.h"

#include <string.h>

static const char entry[] = "{\"body\":{\"event\":\"x\"},\"class\":\"6m\",\"from\":\"gate\",\"salt\":\"00112233445566778899aabbccddeeff\","
			    "\"time\":\"2026-07-01T08:00:00.000000Z\"}";

static void
test_names(void)
{
	static const char *const bad[] = { "", "0.seg", "0000000000000001.seg", "0000000000000256.sega", "000000000000256.seg",
		"-000000000000256.seg", "0000000000000256.SEG", "../0000000000256.seg" };
	guint64 first = 99;

	for (guint64 i = 0; i < 100; i++) {
		g_autofree char *name = fn_segment_name(i * FN_BUNDLE * 1234567);

		g_assert_true(fn_segment_name_parse(name, &first));
		g_assert_cmpuint(first, ==, i * FN_BUNDLE * 1234567);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(fn_segment_name_parse(bad[i], &first));
}

static void
test_commit(void)
{
	FnCommit commit = { 7, 4096, 5000, 12, { 1, 2, 3 } }, again;
	guint8 sector[FN_SECTOR] = { 0 };

	g_assert_cmpint(fn_commit_read(sector, &again), ==, FN_FOUND_NONE);
	fn_commit_write(&commit, sector);
	g_assert_cmpint(fn_commit_read(sector, &again), ==, FN_FOUND_GOOD);
	g_assert_cmpmem(&commit, sizeof(commit), &again, sizeof(again));
	for (guint bit = 0; bit < 8 * FN_SECTOR; bit++) {
		sector[bit / 8] ^= (guint8)(1u << bit % 8);
		g_assert_cmpint(fn_commit_read(sector, &again), ==, FN_FOUND_BAD);
		sector[bit / 8] ^= (guint8)(1u << bit % 8);
	}
	commit.end = commit.start - 1;
	fn_commit_write(&commit, sector);
	g_assert_cmpint(fn_commit_read(sector, &again), ==, FN_FOUND_BAD);
	g_assert_cmpuint(fn_commit_offset(1), !=, fn_commit_offset(2));
	g_assert_cmpuint(fn_commit_offset(1), ==, fn_commit_offset(3));
}

static gsize
put(guint8 *at, const char *text)
{
	gsize size = strlen(text);

	at[0] = (guint8)(size >> 8);
	at[1] = (guint8)size;
	memcpy(at + 2, text, size);
	return size + 2;
}

static void
test_frames(void)
{
	guint8 data[1024] = { 0 };
	gsize one = put(data, entry), two = one + put(data + one, entry), at = 0;
	FnSpan frame;
	FnEntry parsed;

	g_assert_cmpint(fn_frame_take(data, sizeof(data), &at, &frame, &parsed), ==, FN_FOUND_GOOD);
	g_assert_cmpuint(at, ==, one);
	g_assert_true(fn_span_is(frame, entry));
	g_assert_cmpint(fn_frame_take(data, sizeof(data), &at, &frame, NULL), ==, FN_FOUND_GOOD);
	g_assert_cmpint(fn_frame_take(data, sizeof(data), &at, &frame, &parsed), ==, FN_FOUND_NONE);
	g_assert_cmpuint(at, ==, two);
	for (gsize size = one + 1; size < two; size++) { /* the second cut short */
		g_autofree guint8 *exact = g_memdup2(data, size);

		at = one;
		g_assert_cmpint(fn_frame_take(exact, size, &at, &frame, &parsed), ==, size == one + 1 ? FN_FOUND_NONE : FN_FOUND_BAD);
		g_assert_cmpuint(at, ==, one);
	}
	data[one + 5] ^= 1;
	at = one;
	g_assert_cmpint(fn_frame_take(data, sizeof(data), &at, &frame, &parsed), ==, FN_FOUND_BAD);
	g_assert_cmpuint(at, ==, one);
	g_assert_cmpint(fn_frame_skip(data, sizeof(data), &at, &frame), ==, FN_FOUND_GOOD);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/segment/names", test_names);
	g_test_add_func("/ledger/segment/commit", test_commit);
	g_test_add_func("/ledger/segment/frames", test_frames);
	return g_test_run();
}
