#include "extract/testing.h"

#define CASE(why, name, bytes, said) { why, name, bytes, sizeof(bytes) - 1, said }

static const struct {
	const char *why, *name, *bytes;
	gsize size;
	const char *said;
} cases[] = {
	CASE("nothing", "a.docx", "", ""),
	CASE("text", "a.txt", "138", "[]138"),
	CASE("text in GBK", "", "\xD0\xD5\xC3\xFB\xD0\xD5\xC3\xFB", "[]\xE5\xA7\x93\xE5\x90\x8D\xE5\xA7\x93\xE5\x90\x8D"),
	CASE("text in UTF-16", "a.csv", "\xFF\xFE" "a\0,\0\xD3\x59", "[]a,\xE5\xA7\x93"),
	CASE("invalid UTF-8", "a.txt", "a long enough line of text with one \xFF in it, and more of it behind",
		"[]a long enough line of text with one \xEF\xBF\xBD in it, and more of it behind!broken : bytes that are no characters\n"),
	CASE("a name without meaning", "a.138", "x", "[]x"),
	CASE("a forged name", "a.pdf", "plain text", "!forged : called pdf, is text\n[]plain text"),
	CASE("a forged picture", "a.png", "13812345678", "!forged : called picture, is text\n[]13812345678"),
	CASE("unknown bytes", "a.bin", "\1\2\3\4\0\0\0hello 13812345678\0\0\1\2\0\0",
		"!unknown : a format that nobody here reads\n[strings]hello 13812345678\n"),
	CASE("unknown bytes in UTF-16", "a.bin", "\1\2\3\4\5\6\0\0" "1\0" "3\0" "8\0" "1\0" "2\0" "3\0" "4\0\0\0\1\2\0\0",
		"!unknown : a format that nobody here reads\n[strings]1381234\n"),
	CASE("unknown bytes in GBK", "a.bin", "\1\2\3\4\5\6\0\xD0\xD5\xC3\xFB\xD0\xD5\xC3\xFB\0\0\0\1\2\3",
		"!unknown : a format that nobody here reads\n[strings]\xE5\xA7\x93\xE5\x90\x8D\xE5\xA7\x93\xE5\x90\x8D\n"),
	CASE("unknown under a known name", "a.txt", "\1\2\3\4\5\6\7", "!forged : called text, is unknown\n"
		"!unknown : a format that nobody here reads\n"),
};

static void
test_cases(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *said = testing_extract(cases[i].name, cases[i].bytes, cases[i].size, NULL);

	g_assert_cmpstr(said, ==, cases[i].said);
	testing_maim(cases[i].name, cases[i].bytes, cases[i].size);
}

static void
test_needed(void)
{
	static const struct {
		const char *name, *bytes;
		gboolean needed;
	} files[] = {
		{ "a.txt", "text", FALSE },	  { "", "text", FALSE },
		{ "", "", FALSE },		  { "a.csv", "a,b\n", FALSE },
		{ "noname", "\xD0\xD5\xC3\xFB\xD0\xD5", FALSE }, { "a.docx", "text", TRUE },
		{ "a.txt", "PK\3\4", TRUE },	  { "", "\1\2\3\4", TRUE },
		{ "a.txt", "<html>", TRUE },	  { "", "{\"a\":1}", TRUE },
		{ "", "{\\rtf1}", TRUE },	  { "", "From: a\nTo: b\n\n", TRUE },
		{ "", "%PDF-1.4", TRUE },	  { "x.tar/y", "text", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
		if (fn_extract_needed(files[i].name, (const guint8 *)files[i].bytes, strlen(files[i].bytes)) != files[i].needed)
			g_error("%s, %s", files[i].name, files[i].bytes);
}

/* ---- the core, without a reader ---- */

typedef struct {
	GString *said;
	FnExtract *extract;
} Core;

static Core
core(guint64 output)
{
	Core made = { g_string_new(NULL), NULL };
	FnSink sink = testing_sink(made.said, FALSE);
	FnLimits limits = fn_limits_default();

	limits.output = output;
	limits.seconds = 100000;
	made.extract = fn_extract_new(&limits, &sink);
	return made;
}

static void
core_clear(Core *core)
{
	fn_extract_free(core->extract);
	g_string_free(core->said, TRUE);
}

static void
test_segments_and_places(void)
{
	Core made = core(1 << 20);

	fn_extract_begin(made.extract, "never filled");
	fn_extract_begin(made.extract, "a\nb");
	fn_extract_place(made.extract, "passed over");
	fn_extract_place(made.extract, "B3");
	g_assert_true(fn_extract_text(made.extract, "x", 1));
	g_assert_true(fn_extract_text(made.extract, "", 0));
	g_assert_true(fn_extract_inner(made.extract, "in.txt", (const guint8 *)"y", 1));
	g_assert_true(fn_extract_text(made.extract, "z\0\xff\xE5\xA7\x93\xE5", -1));
	g_assert_true(fn_extract_text(made.extract, "\0\xff\xE5\xA7\x93\xE5", 6));
	g_assert_cmpstr(made.said->str, ==,
		"[a\\x0ab]{B3}x[in.txt]y[a\\x0ab]{B3}z\xEF\xBF\xBD\xEF\xBF\xBD\xE5\xA7\x93\xEF\xBF\xBD");
	core_clear(&made);
}

/* Notes are bounded, and the limit that ends the job is always among them. */
static void
test_notes(void)
{
	Core made = core(10);
	guint lines = 0;

	for (guint i = 0; i < 10000; i++)
		fn_extract_note(made.extract, FN_NOTE_BROKEN, "again\n");
	g_assert_false(fn_extract_text(made.extract, "more than ten bytes", -1));
	g_assert_true(fn_extract_stopped(made.extract));
	g_assert_false(fn_extract_text(made.extract, "x", 1));
	g_assert_false(fn_extract_inner(made.extract, "x", (const guint8 *)"x", 1));
	g_assert_false(fn_extract_member(made.extract));
	g_assert_false(fn_extract_outside(made.extract, "pdf", (const guint8 *)"x", 1));
	for (const char *at = made.said->str; *at != '\0'; at++)
		lines += *at == '\n';
	g_assert_cmpuint(lines, <, 260);
	g_assert_nonnull(strstr(made.said->str, "!broken : again\\x0a\n"));
	g_assert_nonnull(strstr(made.said->str, "!limit : more notes than are told\n"));
	g_assert_nonnull(strstr(made.said->str, "!limit : output\n"));
	for (guint note = 1; note < FN_NOTES; note++)
		g_assert_cmpuint(strlen(fn_note_name((FnNote)note)), >, 4);
	core_clear(&made);
}

/* One part in a hundred thousand: whichever way it is packed, some limit ends it early. */
static void
test_bomb(void)
{
	gsize size = 100u << 20;
	g_autofree guint8 *zeros = g_malloc0(size);
	TestingZip inner = testing_zip(), outer = testing_zip();
	g_autoptr(GByteArray) once = NULL, twice = NULL;
	g_autofree char *said = NULL;

	testing_zip_add(&inner, "zeros", zeros, size, TRUE, 0);
	once = testing_zip_end(&inner);
	testing_zip_add(&outer, "in.zip", once->data, once->len, TRUE, 0);
	twice = testing_zip_end(&outer);
	g_assert_cmpuint(size / twice->len, >, 100000);
	said = testing_extract("a.zip", twice->data, twice->len, NULL);
	g_assert_nonnull(strstr(said, "!limit in.zip: ratio of unpacked to packed bytes\n"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/extract/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cases);
	}
	g_test_add_func("/extract/needed", test_needed);
	g_test_add_func("/extract/segments-and-places", test_segments_and_places);
	g_test_add_func("/extract/notes", test_notes);
	g_test_add_func("/extract/bomb", test_bomb);
	return g_test_run();
}
