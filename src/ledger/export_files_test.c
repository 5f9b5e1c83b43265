/* Exports of a directory, against what its log says of itself. */
#include "ledger/export.h"
#include "ledger/test_keys.h"

#include "ledger/segment.h"

typedef struct {
	GString *all;
	guint calls, most; /* most: fails after so many; 0: never */
} Sink;

static gboolean
sink(const char *bytes, gsize size, gpointer data, GError **error)
{
	Sink *sink = data;

	g_string_append_len(sink->all, bytes, (gssize)size);
	if (++sink->calls != sink->most)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_BUSY, "no more room");
	return FALSE;
}

/* What the log has of [@from, @until), entry by entry. */
static char *
wanted(FnLog *log, FnExportForm form, guint64 from, guint64 until, guint64 *count_out)
{
	GString *out = g_string_new(NULL);

	*count_out = 0;
	for (guint64 index = from; index < until; index++) {
		g_autoptr(GByteArray) frame = g_byte_array_new();
		g_autoptr(GError) error = NULL;

		if (!fn_log_read(log, index, 1, G_MAXSIZE, frame, &error)) {
			g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_PRUNED);
			continue;
		}
		g_assert_true(fn_export_write(out, form, "log.test.example/one", index, frame->data + 2, frame->len - 2));
		++*count_out;
	}
	return g_string_free(out, FALSE);
}

static void
check(const char *directory, FnLog *log, FnExportForm form, guint64 from, guint64 until, guint64 signed_size)
{
	Sink all = { .all = g_string_new(NULL) };
	g_autofree char *want = NULL;
	g_autoptr(GError) error = NULL;
	guint64 count = 0, want_count;

	g_assert_true(fn_ledger_export(directory, form, from, until, sink, &all, &count, &error));
	g_assert_no_error(error);
	want = wanted(log, form, from, MIN(until, signed_size), &want_count);
	g_assert_cmpstr(all.all->str, ==, want);
	g_assert_cmpuint(count, ==, want_count);
	g_string_free(all.all, TRUE);
}

static void
test_ranges(void)
{
	static const guint64 ends[] = { 0, 1, 255, 256, 257, 700, 1099, 1100, 1101, 5000, G_MAXUINT64 };
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);

	test_append_many(log, 0, 1100);
	g_assert_true(fn_log_publish(log, NULL));
	test_append_many(log, 1100, 30); /* under no head yet */
	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
		for (gsize j = i; j < G_N_ELEMENTS(ends); j++)
			check(directory, log, j % 2 == 0 ? FN_EXPORT_SYSLOG : FN_EXPORT_NDJSON, ends[i], ends[j], 1100);
	check(directory, log, FN_EXPORT_CEF, 3, 1, 1100);
}

static void
test_pruned(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	gint64 now = G_GINT64_CONSTANT(1762135200) * G_USEC_PER_SEC; /* 2025-11-03 */
	FnLogOptions options = test_options(directory, keys);
	g_autoptr(FnLog) log = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *head = NULL;
	guint64 size;

	options.clock = test_keys_clock;
	options.clock_data = &now;
	log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	for (guint month = 0; month < 3; month++, now += 30 * G_TIME_SPAN_DAY) {
		test_append_many(log, 0, 600);
		test_append(log, 0, 8); /* of all classes */
		g_assert_true(fn_log_publish(log, NULL));
	}
	now += 240 * G_TIME_SPAN_DAY;
	g_assert_true(test_keys_prune(log, keys, "2025-12", &error));
	g_assert_no_error(error);
	g_assert_cmpuint(fn_log_minimum(log), >, 0);
	head = fn_log_head(log, NULL);
	size = g_ascii_strtoull(strstr(head, "\"size\":") + 7, NULL, 10);
	check(directory, log, FN_EXPORT_NDJSON, 0, G_MAXUINT64, size);
	check(directory, log, FN_EXPORT_CEF, 605, 1300, size);
	check(directory, log, FN_EXPORT_NDJSON, 1, 2, size);
}

static void
test_faults(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autofree char *segment = g_build_filename(directory, "segments", "0000000000000000.seg", NULL), *bytes = NULL;
	Sink all = { .all = g_string_new(NULL), .most = 2 };
	g_autoptr(GError) error = NULL;
	gsize size;

	g_assert_false(fn_ledger_export("/nonexistent", FN_EXPORT_CEF, 0, 9, sink, &all, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	g_clear_error(&error);
	g_assert_false(fn_ledger_export(directory, FN_EXPORT_CEF, 0, 9, sink, &all, NULL, &error)); /* no head */
	g_assert_nonnull(error);
	g_clear_error(&error);
	test_append_many(log, 0, 4000);
	g_assert_true(fn_log_publish(log, NULL));
	g_assert_false(fn_ledger_export(directory, FN_EXPORT_CEF, 0, G_MAXUINT64, sink, &all, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_BUSY);
	g_clear_error(&error);
	g_assert_true(g_file_get_contents(segment, &bytes, &size, NULL));
	bytes[FN_SEGMENT_HEAD + 2] = '['; /* of the first entry */
	g_assert_true(g_file_set_contents(segment, bytes, (gssize)size, NULL));
	g_assert_false(fn_ledger_export(directory, FN_EXPORT_CEF, 0, 9, sink, &all, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	g_string_free(all.all, TRUE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/export-files/ranges", test_ranges);
	g_test_add_func("/ledger/export-files/pruned", test_pruned);
	g_test_add_func("/ledger/export-files/faults", test_faults);
	return g_test_run();
}
