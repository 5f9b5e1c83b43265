/* A rule file of a kind that this room reads: it is refused with its place, or it makes a scanner that works. */
#include "scan/fixture.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static const char *const paths[] = { "detectors/x.yaml", "dictionaries/x.yaml", "profiles/x.yaml", "dictionaries/words.txt" };

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const char text[] = "工号AB-123，电话13800138000，玄铁计划；机密★10年\n";
	g_autofree char *file = size > 0 ? g_strndup((const char *)data + 1, size - 1) : NULL;
	const FixtureFile files[] = {
		{ "packs/national.yaml", FIXTURE_PACK_HEAD("national") },
		{ "profiles/default.yaml", FIXTURE_HEAD("default") "pictures: pass\n" },
		{ "detectors/a.yaml", FIXTURE_HEAD("a") "level: 3\nshape: {validator: mobile}\nscore: {shape: 0.9, report: 0.8}\n" },
		{ "dictionaries/b.yaml", FIXTURE_HEAD("b") "level: 3\nfile: words.txt\n" },
		{ "dictionaries/words.txt", "玄铁计划\n" },
		{ size > 0 ? paths[data[0] % G_N_ELEMENTS(paths)] : NULL, file },
		{ 0 },
	};
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = fixture_write(files);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, &error);
	g_autoptr(FnScanner) scanner = rules != NULL ? fn_scanner_new(rules, &error) : NULL;

	fixture_remove(directory, files);
	g_assert_true((scanner == NULL) == (error != NULL));
	if (scanner != NULL) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));

		g_assert_true(result->verdict != FN_SCAN_CLEAN || result->listed == 0);
		g_assert_true(fn_scan_check_examples(scanner, rules, &error) == (error == NULL));
	}
	return 0;
}
