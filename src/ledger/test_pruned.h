/* For tests: a log over five months of which the first ones were pruned. */
#pragma once

#include "ledger/test_keys.h"

#include "base/time.h"

/* Makes it in @directory and closes it. */
static inline void
test_pruned(const char *directory, TestKeys *keys)
{
	static const char *const month[] = { "2025-11-03T02:00:00Z", "2025-12-01T02:00:00Z", "2026-01-02T02:00:00Z", "2026-03-01T02:00:00Z", "2026-04-04T02:00:00Z" };
	FnLogOptions options = test_options(directory, keys);
	g_autoptr(GError) error = NULL;
	gint64 now = 0;
	FnLog *log;

	options.clock = test_keys_clock;
	options.clock_data = &now;
	g_assert_true(fn_time_parse(month[0], &now));
	log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(month); i++) {
		g_assert_true(fn_time_parse(month[i], &now));
		test_append_many(log, (guint)i * 500, 380);
		test_append(log, (guint)i, 6); /* all classes */
		g_assert_true(fn_log_publish(log, NULL));
	}
	g_assert_true(fn_time_parse("2026-09-20T02:00:00Z", &now));
	test_keys_prune(log, keys, "2026-02", &error);
	g_assert_no_error(error);
	fn_log_close(log);
}
