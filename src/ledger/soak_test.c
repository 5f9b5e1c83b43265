/* Two years in a short time: entries over 24 months by a clock of the test's own, a pruning each month, and resident memory that
 * does not grow with the log. 50,000 entries; FENGNI_SOAK=5000000 is `make soak-ledger`. */
#include "ledger/prune.h"
#include "ledger/test_keys.h"

#include <stdio.h>
#include <unistd.h>

enum { MONTHS = 24, LITTLE = 50000, WARM = 9 /* months until prunings go on as they will for ever */ };

/* What a log may take more at its end than when it had become warm, whatever its size. AddressSanitizer keeps freed memory. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define GROWTH_MAX (300u << 20)
#else
#define GROWTH_MAX (24u << 20)
#endif

typedef struct {
	guint64 entries, batch, segment_bytes, publish_every;
	char *directory;
	TestKeys *keys;
	FnLog *log;
	gint64 now;
	guint64 entered, published, pruned_times;
	guint64 warm; /* resident bytes at most until then */
	guint64 most; /* after */
} Soak;

static guint64
resident(void)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) fields = NULL;

	g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
	fields = g_strsplit(text, " ", 3);
	return g_ascii_strtoull(fields[1], NULL, 10) * (guint64)sysconf(_SC_PAGESIZE);
}

static FnClass
class_of(guint64 number)
{
	return number % 64 == 0 ? FN_CLASS_PERMANENT : number % 16 == 0 ? FN_CLASS_1Y : FN_CLASS_6M;
}

static void
enter(Soak *soak, guint64 count)
{
	char body[256];

	for (guint64 i = 0; i < count; i++, soak->entered++) {
		int size = snprintf(body, sizeof(body), "{\"actor\":\"account-%u\",\"event\":\"share.query\",\"grant\":\"g-%u\",\"n\":%u,"
			"\"result\":\"permit\",\"rows\":%u}", (guint)(soak->entered % 977), (guint)(soak->entered % 61), (guint)soak->entered,
			(guint)(soak->entered % 100));

		if (i + 1 < count) {
			fn_log_append(soak->log, FN_ROLE_GATE, class_of(soak->entered), body, (gsize)size, test_ignore, NULL);
		} else {
			g_autoptr(GError) error = NULL;

			fn_log_append_wait(soak->log, FN_ROLE_GATE, class_of(soak->entered), body, (gsize)size, NULL, NULL, &error);
			g_assert_no_error(error);
		}
	}
}

static void
publish(Soak *soak)
{
	g_autoptr(GError) error = NULL;

	fn_log_publish(soak->log, &error);
	g_assert_no_error(error);
	soak->published = soak->entered;
}

/* What was entered before the seventh month back is over, but for the longer classes. */
static void
prune(Soak *soak)
{
	g_autofree char *month = NULL;
	g_autoptr(GError) error = NULL;
	GDate date;

	fn_time_date(soak->now, &date);
	g_date_set_day(&date, 1);
	g_date_subtract_months(&date, 7);
	month = g_strdup_printf("%04u-%02u", (guint)g_date_get_year(&date), (guint)g_date_get_month(&date));
	if (test_keys_prune(soak->log, soak->keys, month, &error))
		soak->pruned_times++;
	else
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE);
}

static void
live_month(Soak *soak, guint month)
{
	guint64 until = soak->entries * (month + 1) / MONTHS, now;
	gint64 step = 30 * G_TIME_SPAN_DAY / (gint64)(soak->entries / MONTHS / soak->batch + 1);

	while (soak->entered < until) {
		enter(soak, MIN(soak->batch, until - soak->entered));
		soak->now += step;
		if (soak->entered - soak->published >= soak->publish_every)
			publish(soak);
	}
	publish(soak);
	prune(soak);
	now = resident();
	if (month < WARM)
		soak->warm = MAX(soak->warm, now);
	else
		soak->most = MAX(soak->most, now);
	g_test_message("month %2u: %8" G_GUINT64_FORMAT " entries, first left %8" G_GUINT64_FORMAT ", %3" G_GUINT64_FORMAT " MiB resident", month + 1,
		soak->entered, fn_log_minimum(soak->log), now >> 20);
}

static void
check_after(Soak *soak)
{
	g_autoptr(GError) error = NULL;
	FnLedgerReport report;
	guint64 before = resident();

	fn_ledger_verify(soak->directory, soak->keys->gm_text, soak->keys->intl_text, NULL, NULL, &report, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(report.entries, >=, soak->entries);
	g_assert_cmpuint(report.pruned, >, soak->entries / 2);
	g_assert_cmpuint(report.minimum, >, report.pruned);
	g_test_message("%" G_GUINT64_FORMAT " entries verified, of which %" G_GUINT64_FORMAT " by their hashes only; %" G_GUINT64_FORMAT
		" prunings; resident: %" G_GUINT64_FORMAT " MiB warm, %" G_GUINT64_FORMAT " MiB at most, %" G_GUINT64_FORMAT " MiB verifying",
		report.entries, report.pruned, soak->pruned_times, soak->warm >> 20, soak->most >> 20, MAX(before, resident()) >> 20);
}

static void
test_two_years(void)
{
	const char *wanted = g_getenv("FENGNI_SOAK");
	Soak soak = { .entries = wanted != NULL ? g_ascii_strtoull(wanted, NULL, 10) : LITTLE };
	FnLogOptions options;
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(soak.entries, >=, LITTLE);
	soak.batch = soak.entries / 1000;
	soak.publish_every = soak.entries / 240;
	soak.segment_bytes = MAX(soak.entries * 250 / 500, 65536);
	soak.directory = test_directory_new();
	soak.keys = test_keys_new();
	g_assert_true(fn_time_parse("2024-01-01T00:00:00Z", &soak.now));
	options = test_options(soak.directory, soak.keys);
	options.segment_bytes = soak.segment_bytes;
	options.clock = test_keys_clock;
	options.clock_data = &soak.now;
	soak.log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	for (guint month = 0; month < MONTHS; month++)
		live_month(&soak, month);
	g_assert_cmpuint(soak.pruned_times, >=, MONTHS - WARM);
	g_assert_cmpuint(soak.most, <=, soak.warm + GROWTH_MAX);
	fn_log_close(soak.log);
	check_after(&soak);
	test_directory_free(soak.directory);
	test_keys_free(soak.keys);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (g_getenv("FENGNI_SOAK") == NULL && g_getenv("TMPDIR") == NULL && g_file_test("/dev/shm", G_FILE_TEST_IS_DIR))
		g_setenv("TMPDIR", "/dev/shm", TRUE); /* the little one waits for no disk */
	fn_roles_init(0);
	g_test_add_func("/ledger/soak/two-years", test_two_years);
	return g_test_run();
}
