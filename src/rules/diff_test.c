#include "rules/diff.h"

#include "rules/fixture.h"

#define CALENDAR(off_, more_) "id: 2026\ntitle: {zh: 甲, en: A}\nnotice: [N]\nsource: [S]\nholidays:\n" \
	"  - {zh: 甲, en: A, off: [" off_ "]}\n" more_

static void
collect(const FnRulesChange *change, gpointer data)
{
	g_string_append_printf(data, "%s %s %s: %s -> %s\n", change->kind, change->id, change->path != NULL ? change->path : "*",
		change->was != NULL ? change->was : "none", change->is != NULL ? change->is : "none");
}

static const FixtureFile before[] = {
	{ "packs/top.yaml", FIXTURE_PACK_HEAD("top") "parameters:\n" FIXTURE_PARAMETER("reply", "10", "day", "lower", "true") },
	{ "packs/gone.yaml", FIXTURE_PACK_HEAD("gone") },
	{ "calendar/2026.yaml", CALENDAR("2026-01-01, 2026-01-02", "") },
	{ 0 } };
static const FixtureFile after[] = {
	{ "packs/top.yaml", FIXTURE_PACK_HEAD("top") "parameters:\n" FIXTURE_PARAMETER("reply", "7", "day", "lower", "true") },
	{ "packs/new.yaml", FIXTURE_PACK_HEAD("new") },
	{ "calendar/2026.yaml", CALENDAR("2026-01-01, 2026-01-05", "  - {zh: 乙, en: B, off: [2026-02-01]}\n") },
	{ 0 } };

static FnRules *
load(const FixtureFile *files)
{
	g_autofree char *message = NULL;
	FnRules *rules = fixture_load(files, "top", NULL, &message);

	g_assert_cmpstr(message, ==, NULL);
	return rules;
}

static void
test_diff(void)
{
	g_autoptr(FnRules) was = load(before), is = load(after);
	g_autoptr(GString) told = g_string_new(NULL);

	g_assert_cmpuint(fn_rules_diff(was, is, collect, told), ==, 6);
	g_assert_cmpstr(told->str, ==,
		"calendar 2026 holidays.1.off.2: 2026-01-02 -> 2026-01-05\n"
		"calendar 2026 holidays.2: none -> …\n"
		"packs gone *: … -> none\n"
		"packs top parameters.reply.value: 10 -> 7\n"
		"packs new *: none -> …\n"
		"parameters reply *: 10 -> 7\n");
}

static void
test_same(void)
{
	g_autoptr(FnRules) was = load(before), is = load(before);
	g_autoptr(FnRules) tree = fixture_national(), again = fixture_national();
	g_autoptr(GString) told = g_string_new(NULL);

	g_assert_cmpuint(fn_rules_diff(was, is, collect, told), ==, 0);
	g_assert_cmpuint(fn_rules_diff(tree, again, collect, told), ==, 0);
	g_assert_cmpstr(told->str, ==, "");
	g_assert_cmpstr(fn_rules_digest(tree), ==, fn_rules_digest(again));
	g_assert_cmpuint(strlen(fn_rules_digest(tree)), ==, 64);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/diff/diff", test_diff);
	g_test_add_func("/diff/same", test_same);
	return g_test_run();
}
