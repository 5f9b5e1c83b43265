#include "base/say.h"

#include "base/say_priv.h"

#include <string.h>

static void
test_sorted(void)
{
	for (gsize i = 1; i < fn_sayings_count; i++)
		g_assert_cmpint(strcmp(fn_sayings[i - 1].english, fn_sayings[i].english), <, 0);
}

static void
test_languages(void)
{
	g_assert_cmpstr(fn_say_in("usage: %s", TRUE), ==, "用法：%s");
	g_assert_cmpstr(fn_say_in("usage: %s", FALSE), ==, "usage: %s");
	g_assert_cmpstr(fn_say_in("no such saying", TRUE), ==, "no such saying");
}

static void
test_readers(void)
{
	static const struct {
		FnReader reader;
		const char *language;
		gboolean logs;
		const char *wanted;
	} row[] = {
		{ FN_READER_OF_PROGRAM, "zh_CN.UTF-8", FALSE, "用法：%s" },
		{ FN_READER_OF_PROGRAM, "C", FALSE, "usage: %s" },
		{ FN_READER_CHINESE, "C", FALSE, "用法：%s" },
		{ FN_READER_ENGLISH, "zh_CN.UTF-8", FALSE, "usage: %s" },
		{ FN_READER_OF_PROGRAM, "zh_CN.UTF-8", TRUE, "usage: %s" },
		{ FN_READER_CHINESE, "zh_CN.UTF-8", TRUE, "用法：%s" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(row); i++) {
		g_setenv("LC_ALL", row[i].language, TRUE);
		if (row[i].logs)
			fn_say_logs();
		g_assert_cmpint(fn_say_to(row[i].reader), ==, FN_READER_OF_PROGRAM);
		g_assert_cmpstr(fn_say("usage: %s"), ==, row[i].wanted);
		g_assert_cmpint(fn_say_to(FN_READER_OF_PROGRAM), ==, row[i].reader);
	}
}

static gpointer
say_elsewhere(gpointer none)
{
	return (gpointer)fn_say("usage: %s");
}

/* One call's reader is no other call's. */
static void
test_threads(void)
{
	FnReader before = fn_say_to(FN_READER_CHINESE);
	GThread *thread = g_thread_new("other", say_elsewhere, NULL);

	g_assert_cmpstr(g_thread_join(thread), ==, "usage: %s");
	fn_say_to(before);
}

static void
test_refuse(void)
{
	GQuark domain = g_quark_from_static_string("say-test");
	g_autoptr(GError) chinese = NULL;
	g_autoptr(GError) english = NULL;

	fn_say_to(FN_READER_CHINESE);
	fn_refuse(&chinese, domain, 7, "usage: %s", "fengni");
	fn_say_to(FN_READER_ENGLISH);
	fn_refuse(&english, domain, 7, "usage: %s", "fengni");
	fn_refuse(NULL, domain, 7, "usage: %s", "nobody asks why");
	fn_say_to(FN_READER_OF_PROGRAM);
	g_assert_error(chinese, domain, 7);
	g_assert_cmpstr(chinese->message, ==, "用法：fengni");
	g_assert_error(english, domain, 7);
	g_assert_cmpstr(english->message, ==, "usage: fengni");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/say/sorted", test_sorted);
	g_test_add_func("/say/languages", test_languages);
	g_test_add_func("/say/readers", test_readers);
	g_test_add_func("/say/threads", test_threads);
	g_test_add_func("/say/refuse", test_refuse);
	return g_test_run();
}
