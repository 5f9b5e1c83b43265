/* What leaves, read as its recipient reads it. */
#include "disclosure/testing.h"

#include "base/text.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* Sends rows @from to @to and adds what left to @groups. Returns rows that left. */
static guint
send(const FnTestRows *rows, const FnAdmission *admission, guint from, guint to, GHashTable *groups, GError **error)
{
	g_autoptr(FnStream) stream = fn_stream_new(admission);
	guint kept = 0;

	for (guint row = from; row < to; row += FN_TEST_BATCH) {
		FnTestBatch batch;
		gboolean keep[FN_TEST_BATCH];
		guint n = MIN(to - row, FN_TEST_BATCH);

		fn_test_batch(rows, row, n, &batch);
		kept += fn_stream_apply(stream, batch.column, keep);
		for (guint i = 0; i < n; i++) {
			g_autoptr(GString) joined = g_string_new(NULL);

			for (guint column = 0; column < rows->n; column++) {
				g_assert_cmpint(batch.value[column][i] != NULL, ==, keep[i]);
				g_assert_true(batch.value[column][i] == NULL ||
					batch.value[column][i] != rows->cell[(row + i) * FN_TEST_COLUMNS + column]);
				g_string_append_len(joined, batch.value[column][i], batch.size[column][i]);
				g_string_append_c(joined, '|');
			}
			if (keep[i])
				fn_test_group_add(groups, joined->str, rows->sensitive[row + i]);
		}
	}
	fn_stream_end(stream, error);
	return kept;
}

static GHashTable *
no_groups(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, fn_test_group_free);
}

static void
assert_all_safe(GHashTable *groups, const FnDisclosureOptions *options)
{
	GHashTableIter iter;
	gpointer group;

	g_hash_table_iter_init(&iter, groups);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		g_assert_true(fn_test_group_is_safe(group, options));
}

/* Every group that is safe left, wholly; every other did not, at all. */
static guint
assert_exact(const FnTestRows *rows, const FnDisclosurePlan *plan, guint from, guint to, GHashTable *sent, const FnDisclosureOptions *options)
{
	guint level[FN_TEST_COLUMNS], safe = 0;
	g_autoptr(GHashTable) all = NULL;
	GHashTableIter iter;
	gpointer joined, group;

	for (guint i = 0; i < rows->n; i++)
		level[i] = fn_disclosure_plan_level(plan, i);
	all = fn_test_groups(rows, from, to, level);
	g_hash_table_iter_init(&iter, all);
	while (g_hash_table_iter_next(&iter, &joined, &group)) {
		const FnTestGroup *out = g_hash_table_lookup(sent, joined);

		g_assert_cmpint(out != NULL, ==, fn_test_group_is_safe(group, options));
		if (out == NULL)
			continue;
		g_assert_cmpuint(out->rows, ==, ((FnTestGroup *)group)->rows);
		safe += out->rows;
	}
	return safe;
}

static const struct {
	guint32 seed;
	guint n, rows, spread;
	FnDisclosureOptions options;
	gsize memory;
} cases[] = {
	{ 1, 4, 500, 20, { 5, 1, 100000, FALSE }, 1 << 20 },
	{ 2, 3, 500, 200, { 3, 1, 50000, FALSE }, 1 << 20 },
	{ 3, 4, 700, 20, { 6, 3, 200000, FALSE }, 1 << 20 },
	{ 4, 2, 200, 20, { 2, 2, 0, FALSE }, 1 << 20 },
	{ 5, 4, 3000, 50, { 2, 1, 100000, FALSE }, FN_DISCLOSURE_MIN_MEMORY },
	{ 6, 4, 3000, 50, { 2, 2, 300000, FALSE }, FN_DISCLOSURE_MIN_MEMORY },
};

static void
test_snapshot(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(FnTestRows) rows = fn_test_rows(cases[i].seed, cases[i].n, cases[i].rows, cases[i].spread);
		const FnDisclosureOptions *options = &cases[i].options;
		g_autoptr(FnCensus) census = fn_test_census(&rows, options->l > 1, cases[i].memory, 0, rows.rows);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnDisclosurePlan) plan = fn_census_choose(census, options, &error);
		g_autoptr(FnAdmission) admission = fn_admission_new(plan, census, NULL, &error);
		g_autoptr(GHashTable) sent = no_groups();
		guint kept;

		g_assert_no_error(error);
		kept = send(&rows, admission, 0, rows.rows, sent, &error);
		g_assert_no_error(error);
		g_assert_true(fn_admission_within_limit(admission));
		g_assert_cmpuint(fn_admission_withheld(admission), ==, rows.rows - kept);
		g_assert_cmpuint(kept, >, 0);
		assert_all_safe(sent, options);
		g_assert_cmpuint(assert_exact(&rows, plan, 0, rows.rows, sent, options), ==, kept);
	}
}

/* An increment goes by the pinned plan: by itself, or joined to what left before. */
static void
test_increment(void)
{
	for (gboolean joint = FALSE; joint <= TRUE; joint++) {
		g_auto(FnTestRows) rows = fn_test_rows(7, 3, 1000, 60);
		FnDisclosureOptions options = { 4, 1, 100000, joint };
		g_autoptr(FnCensus) first = fn_test_census(&rows, FALSE, 1 << 20, 0, 800), second = fn_test_census(&rows, FALSE, 1 << 20, 800, 1000);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnDisclosurePlan) plan = fn_census_choose(first, &options, &error);
		g_autoptr(FnAdmission) snapshot = fn_admission_new(plan, first, NULL, &error), increment = NULL;
		g_autoptr(FnReleased) before = fn_admission_released(snapshot, NULL, &error), after = NULL;
		g_autoptr(GHashTable) sent = no_groups(), added = no_groups();
		guint kept, kept_added;

		g_assert_no_error(error);
		kept = send(&rows, snapshot, 0, 800, sent, &error);
		increment = fn_admission_new(plan, second, before, &error);
		g_assert_no_error(error);
		kept_added = send(&rows, increment, 800, 1000, added, &error);
		g_assert_no_error(error);
		after = fn_admission_released(increment, before, &error);
		g_assert_cmpuint(fn_released_rows(before), ==, kept);
		g_assert_cmpuint(fn_released_rows(after), ==, kept + kept_added);
		g_assert_cmpuint(fn_released_groups(before), ==, g_hash_table_size(sent));
		g_assert_cmpuint(kept_added, >, 0);
		g_assert_cmpuint(kept_added, <, 200);
		if (!joint) {
			assert_all_safe(added, &options);
			g_assert_cmpuint(assert_exact(&rows, plan, 800, 1000, added, &options), ==, kept_added);
		}
		send(&rows, increment, 800, 1000, sent, &error);
		g_assert_no_error(error);
		assert_all_safe(sent, &options);
		g_assert_cmpuint(fn_released_groups(after), ==, g_hash_table_size(sent));
	}
}

/* Joined, a single row may follow its group; by itself it may not. */
static void
test_single_row(void)
{
	for (gboolean joint = FALSE; joint <= TRUE; joint++) {
		g_auto(FnTestRows) rows = fn_test_rows(8, 1, 200, 1);
		FnDisclosureOptions options = { 5, 1, 100000, joint };
		g_autoptr(FnCensus) first = fn_test_census(&rows, FALSE, 1 << 20, 0, 199), second = fn_test_census(&rows, FALSE, 1 << 20, 199, 200);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnDisclosurePlan) plan = fn_census_choose(first, &options, &error);
		g_autoptr(FnAdmission) snapshot = fn_admission_new(plan, first, NULL, &error);
		g_autoptr(FnReleased) before = fn_admission_released(snapshot, NULL, &error);
		g_autoptr(FnAdmission) increment = fn_admission_new(plan, second, before, &error), stranger = fn_admission_new(plan, second, NULL, &error);

		g_assert_no_error(error);
		g_assert_cmpuint(fn_admission_withheld(increment), ==, joint ? 0 : 1);
		g_assert_cmpint(fn_admission_within_limit(increment), ==, joint);
		g_assert_cmpuint(fn_admission_withheld(stranger), ==, 1);
	}
}

/* Rows that are not those that were counted: more, fewer, or others. */
static void
test_changed(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(9, 2, 1000, 6);
	FnDisclosureOptions options = { 5, 1, 100000, FALSE };
	g_autoptr(FnCensus) census = fn_test_census(&rows, FALSE, 1 << 20, 100, 900);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDisclosurePlan) plan = fn_census_choose(census, &options, &error);
	g_autoptr(FnAdmission) admission = fn_admission_new(plan, census, NULL, &error);
	static const guint ranges[][2] = { { 0, 900 }, { 100, 1000 }, { 200, 900 }, { 100, 100 }, { 0, 800 } };

	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++) {
		g_autoptr(GHashTable) sent = no_groups();

		send(&rows, admission, ranges[i][0], ranges[i][1], sent, &error);
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_CHANGED);
		g_clear_error(&error);
	}
}

/* As many rows, but one of them is now another's double. */
static void
test_exchanged(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(9, 1, 1000, 12);
	FnDisclosureOptions options = { 5, 1, 100000, FALSE };
	g_autoptr(FnCensus) census = fn_test_census(&rows, FALSE, 1 << 20, 0, 1000);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDisclosurePlan) plan = fn_census_choose(census, &options, &error);
	g_autoptr(FnAdmission) admission = fn_admission_new(plan, census, NULL, &error);
	g_autoptr(GHashTable) sent = no_groups(), again = no_groups();
	guint kept = send(&rows, admission, 0, 1000, sent, &error), other = 1;

	g_assert_no_error(error);
	g_assert_cmpuint(fn_admission_withheld(admission), ==, 0);
	while (g_strcmp0(rows.cell[0], rows.cell[other * FN_TEST_COLUMNS]) == 0)
		other++;
	g_free(rows.cell[0]);
	rows.cell[0] = g_strdup(rows.cell[other * FN_TEST_COLUMNS]);
	g_assert_cmpuint(send(&rows, admission, 0, 1000, again, &error), ==, kept);
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_CHANGED);
}

static void
test_report(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(10, 2, 7, 1);
	FnDisclosureOptions options = { 5, 1, 500000, FALSE };
	g_autoptr(FnCensus) census = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDisclosurePlan) plan = NULL;
	g_autoptr(FnAdmission) admission = NULL;
	g_autofree char *report = NULL, *expected = NULL;

	/* Five rows alike, two alone. */
	for (guint row = 0; row < 7; row++) {
		g_free(rows.cell[row * FN_TEST_COLUMNS]);
		g_free(rows.cell[row * FN_TEST_COLUMNS + 1]);
		rows.cell[row * FN_TEST_COLUMNS] = g_strdup("130102");
		rows.cell[row * FN_TEST_COLUMNS + 1] = g_strdup_printf("19%u0-01-01", row < 5 ? 4 : row);
	}
	census = fn_test_census(&rows, FALSE, 1 << 20, 0, 7);
	plan = fn_census_choose(census, &options, &error);
	admission = fn_admission_new(plan, census, NULL, &error);
	g_assert_no_error(error);
	report = fn_admission_report(admission);
	expected = g_strdup_printf("{\"columns\":[{\"level\":0,\"name\":\"region\",\"top\":3},{\"level\":0,\"name\":\"birth\",\"top\":4}],"
				   "\"discernibility\":39,\"groups\":1,\"largest_group\":5,\"loss_ppm\":0,\"plan\":\"%s\",\"rows\":7,"
				   "\"smallest_group\":5,\"withheld\":2,\"within_limit\":true}",
		fn_disclosure_plan_digest(plan));
	g_assert_cmpstr(report, ==, expected);
}

/* ---- what was released, on disk ---- */

static int
open_scratch(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("released-XXXXXX", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	g_unlink(path);
	return fd;
}

static FnReleased *
read_text(const char *text, gsize size, const FnDisclosurePlan *plan, GError **error)
{
	int fd = open_scratch();
	FnReleased *released;

	g_assert_cmpint(write(fd, text, size), ==, (gssize)size);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	released = fn_released_read(fd, plan, 1 << 20, g_get_tmp_dir(), error);
	close(fd);
	return released;
}

static char *
write_text(const FnReleased *released, gsize *size)
{
	int fd = open_scratch();
	g_autoptr(GError) error = NULL;
	char *text;

	g_assert_true(fn_released_write(released, fd, &error));
	g_assert_no_error(error);
	*size = (gsize)lseek(fd, 0, SEEK_END);
	text = g_malloc0(*size + 1);
	g_assert_cmpint(pread(fd, text, *size, 0), ==, (gssize)*size);
	close(fd);
	return text;
}

static void
test_released_round(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(11, 2, 400, 30);
	FnDisclosureOptions options = { 3, 1, 100000, FALSE }, stricter = { 4, 1, 100000, FALSE };
	g_autoptr(FnCensus) census = fn_test_census(&rows, FALSE, 1 << 20, 0, 400);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDisclosurePlan) plan = fn_census_choose(census, &options, &error), other = fn_census_choose(census, &stricter, &error);
	g_autoptr(FnAdmission) admission = fn_admission_new(plan, census, NULL, &error);
	g_autoptr(FnReleased) released = fn_admission_released(admission, NULL, &error), again = NULL;
	gsize size, size_again;
	g_autofree char *text = write_text(released, &size), *text_again = NULL;

	again = read_text(text, size, plan, &error);
	g_assert_no_error(error);
	text_again = write_text(again, &size_again);
	g_assert_cmpstr(text, ==, text_again);
	g_assert_cmpuint(fn_released_rows(again), ==, fn_released_rows(released));
	g_assert_null(read_text(text, size, other, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN);
	g_clear_error(&error);
	g_assert_null(fn_admission_new(other, census, released, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN);
	/* Cut anywhere, or with any byte changed or added, it is refused. */
	for (gsize i = 0; i < size; i += size > 2000 ? 7 : 1) {
		char was = text[i];

		g_assert_null(read_text(text, i, plan, NULL));
		text[i] = was == '1' ? '2' : '1';
		g_assert_null(read_text(text, size, plan, NULL));
		text[i] = was;
	}
	g_free(text_again);
	text_again = g_strconcat(text, "\n", NULL);
	g_assert_null(read_text(text_again, size + 1, plan, NULL));
}

/* What stands behind the plan's digest in the first line, and the lines of groups; the last line is right. */
static const struct {
	const char *text, *named;
} bad_released[] = {
	{ "2 12\n5 7 7\n6 0 5\n", NULL },
	{ "0 0\n", NULL },
	{ "2 12\n6 0 5\n5 7 7\n", "line 3: the groups are not in order" },
	{ "2 12\n5 7 7\n5 7 5\n", "line 3: the groups are not in order" },
	{ "2 11\n5 7 7\n6 0 5\n", "line 3: the groups hold more" },
	{ "2 13\n5 7 7\n6 0 5\n", "hold fewer" },
	{ "1 12\n5 7 7\n6 0 5\n", "hold fewer" },
	{ "1 7\n5 7 7\n6 0 5\n", "the digest is not" },
	{ "3 12\n5 7 7\n6 0 5\n", "line 4" },
	{ "1 7\n5 7\n", "line 2: expected the codes" },
	{ "1 7\n5 7 7 7\n", "line 2: expected the codes" },
	{ "1 0\n5 7 0\n", "line 2: expected the codes" },
	{ "1 7\n5 4294967296 7\n", "line 2: a code is no number" },
	{ "1 7\n5 -1 7\n", "line 2: a code is no number" },
	{ "1 99999999999999999999\n", "line 1: expected" },
	{ "1\n", "line 1: expected" },
	{ "1 7 7\n", "line 1: expected" },
	{ "", "line 1: expected" },
};

static void
test_released_bad(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(11, 2, 400, 30);
	FnDisclosureOptions options = { 3, 1, 100000, FALSE };
	g_autoptr(FnCensus) census = fn_test_census(&rows, FALSE, 1 << 20, 0, 400);
	g_autoptr(FnDisclosurePlan) plan = fn_census_choose(census, &options, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(bad_released); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		g_autoptr(FnReleased) released = NULL;
		g_autofree char *hex = NULL;
		guint8 digest[FN_DIGEST_SIZE];
		g_autoptr(GError) error = NULL;

		g_string_printf(text, "fengni/v1/released %s %s", fn_disclosure_plan_digest(plan), bad_released[i].text);
		fn_sm3(text->str, text->len, digest);
		hex = fn_hex(digest, sizeof(digest));
		g_string_append_printf(text, "sm3 %s\n", hex);
		released = read_text(text->str, text->len, plan, &error);
		g_assert_cmpint(released != NULL, ==, bad_released[i].named == NULL);
		if (released != NULL)
			continue;
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, bad_released[i].named));
	}
}

static void
test_released_unwritable(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(11, 1, 100, 30);
	FnDisclosureOptions options = { 3, 1, 100000, FALSE };
	g_autoptr(FnCensus) census = fn_test_census(&rows, FALSE, 1 << 20, 0, 100);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDisclosurePlan) plan = fn_census_choose(census, &options, &error);
	g_autoptr(FnAdmission) admission = fn_admission_new(plan, census, NULL, &error);
	g_autoptr(FnReleased) released = fn_admission_released(admission, NULL, &error);

	g_assert_no_error(error);
	g_assert_false(fn_released_write(released, -1, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL);
	g_clear_error(&error);
	g_assert_null(fn_released_read(-1, plan, 1 << 20, NULL, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/stream/snapshot", test_snapshot);
	g_test_add_func("/stream/increment", test_increment);
	g_test_add_func("/stream/single-row", test_single_row);
	g_test_add_func("/stream/changed", test_changed);
	g_test_add_func("/stream/exchanged", test_exchanged);
	g_test_add_func("/stream/report", test_report);
	g_test_add_func("/stream/released-round", test_released_round);
	g_test_add_func("/stream/released-bad", test_released_bad);
	g_test_add_func("/stream/released-unwritable", test_released_unwritable);
	return g_test_run();
}
