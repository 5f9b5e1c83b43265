#include "scan/fixture.h"

#define HEAD FIXTURE_HEAD("city.projects") "level: 4\n"

static FnScanner *
scanner_of(const char *rest, const char *words, GError **error)
{
	g_autofree char *text = g_strconcat(HEAD, rest, NULL);
	const FixtureFile files[] = { { "dictionaries/x.yaml", text }, { words != NULL ? "dictionaries/words.txt" : NULL, words }, { 0 } };

	return fixture_scanner(files, error);
}

/* "start-end " of the dictionary's findings. */
static char *
found_in(const FnScanner *scanner, const char *text, FnScanVerdict *verdict)
{
	g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));
	GString *found = g_string_new(NULL);

	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		if (strcmp(finding.detector, "city.projects") == 0)
			g_string_append_printf(found, "%zu-%zu ", finding.start, finding.end);
	}
	*verdict = result->verdict;
	return g_string_free(found, FALSE);
}

static void
test_words(void)
{
	static const struct {
		const char *text, *found;
	} texts[] = {
		{ "请看玄铁计划", "6-18 " }, { "請看玄鐵計劃和玄铁計划", "6-18 21-33 " }, { "玄铁", "" }, { "Blue Sky 与 BLUE SKY", "0-8 13-21 " },
		{ "blue skyline, ablue sky", "" }, { "编号A7，A70，BA7", "6-8 " }, { "A7b", "0-2 " },
	};
	static const char *const rules[] = { "words: [玄铁计划, blue sky, A7, 玄鐵計劃]\nverdict: blocked\n", "file: words.txt\nverdict: blocked\n" };
	static const char lines[] = "\xef\xbb\xbf# 项目\r\n玄铁计划\r\n\n  blue sky \nA7";

	for (gsize r = 0; r < G_N_ELEMENTS(rules); r++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnScanner) scanner = scanner_of(rules[r], lines, &error);

		g_assert_no_error(error);
		for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
			FnScanVerdict verdict;
			g_autofree char *found = found_in(scanner, texts[i].text, &verdict);

			g_test_message("%s", texts[i].text);
			g_assert_cmpstr(found, ==, texts[i].found);
			g_assert_cmpint(verdict == FN_SCAN_BLOCKED, ==, *found != '\0');
		}
	}
}

/* As many words as there may be, and more detectors than a machine word has bits. */
static void
test_many(void)
{
	g_autoptr(GString) words = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = NULL;
	g_autofree char *found = NULL;
	FixtureFile files[102] = { { 0 } };
	FnScanVerdict verdict;

	for (guint i = 0; i < 50000; i++)
		g_string_append_printf(words, "专项%05u工程\n", i);
	files[0] = (FixtureFile){ "dictionaries/words.txt", words->str };
	files[1] = (FixtureFile){ "dictionaries/x.yaml", HEAD "file: words.txt\n" };
	for (guint i = 2; i < 101; i++)
		files[i] = (FixtureFile){ g_strdup_printf("dictionaries/d%u.yaml", i),
			g_strdup_printf("id: d%u\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nlevel: 2\nwords: [代号%u, 共同]\n", i, i) };
	scanner = fixture_scanner(files, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(fn_words_finder(scanner->finding.words), ==, "own");
	found = found_in(scanner, "专项00000工程、專項49999工程、专项50000工程", &verdict);
	g_assert_cmpstr(found, ==, "0-17 20-37 ");
	for (guint i = 2; i < 101; i++) {
		g_autofree char *text = g_strdup_printf("代号%u。", i);
		g_autoptr(FnScanResult) one = fn_scan(scanner, text, strlen(text)), all = fn_scan(scanner, "共同", 6);
		g_autofree char *id = g_strdup_printf("d%u", i);

		g_assert_cmpuint(one->found, ==, 1);
		g_assert_cmpstr(fn_scan_finding(one, 0).detector, ==, id);
		g_assert_cmpuint(all->found, ==, 99);
		g_free((char *)files[i].path);
		g_free((char *)files[i].text);
	}
}

static void
test_bad(void)
{
	static const struct {
		const char *rest, *words, *named;
	} cases[] = {
		{ "", NULL, "either words or a file" },
		{ "words: [玄铁]\nfile: words.txt\n", "玄铁", "either words or a file" },
		{ "words: []\n", NULL, "x.yaml:5: words" },
		{ "words: [玄铁, 玄]\n", NULL, "x.yaml:5: \"玄\" is one character" },
		{ "words:\n  - 玄铁\n  - 玄\n", NULL, "x.yaml:7: \"玄\"" },
		{ "words: [\"a\\tb\"]\n", NULL, "control character" },
		{ "file: words.txt\n", NULL, "words.txt is no file" },
		{ "file: ../words.txt\n", NULL, "plain name" },
		{ "file: .words\n", NULL, "plain name" },
		{ "file: words.txt\n", "玄铁\n\nx\n", "words.txt:3: \"x\" is one character" },
		{ "file: words.txt\n", "玄铁\n\xb5\xe7\xbb\xb0\n", "words.txt:2: " },
		{ "file: words.txt\n", "# nothing\n", "words.txt has no word" },
		{ "file: words.txt\n", "玄铁玄铁玄铁玄铁玄铁玄铁玄铁玄铁玄铁玄铁玄铁", "words.txt:1: " },
		{ "words: [玄铁]\nlevle: 2\n", NULL, "levle" },
		{ "words: [玄铁]\nverdict: bloked\n", NULL, "x.yaml:6: verdict" },
		{ "words: [玄铁]\nmask: {keep: [1, 2]}\n", NULL, "default" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(scanner_of(cases[i].rest, cases[i].words, &error));
		g_assert_nonnull(error);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, "x.yaml:"));
		g_assert_nonnull(strstr(error->message, cases[i].named));
	}
}

static void
test_too_many(void)
{
	g_autoptr(GString) words = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i <= 50000; i++)
		g_string_append_printf(words, "a%u\n", i);
	g_assert_null(scanner_of("file: words.txt\n", words->str, &error));
	g_assert_nonnull(strstr(error->message, "words.txt:50001: "));
}

/* Detectors and dictionaries share their ids. */
static void
test_ids(void)
{
	static const FixtureFile files[] = { { "dictionaries/x.yaml", FIXTURE_HEAD("cn.mobile") "level: 4\nwords: [玄铁]\n" }, { 0 } };
	g_autoptr(GError) error = NULL;

	g_assert_null(fixture_scanner(files, &error));
	g_assert_nonnull(strstr(error->message, "\"cn.mobile\" already"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/dictionary/words", test_words);
	g_test_add_func("/dictionary/many", test_many);
	g_test_add_func("/dictionary/bad", test_bad);
	g_test_add_func("/dictionary/too-many", test_too_many);
	g_test_add_func("/dictionary/ids", test_ids);
	return g_test_run();
}
