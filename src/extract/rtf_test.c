#include "extract/testing.h"

static const struct {
	const char *why, *document, *said;
} cases[] = {
	{ "code pages", "{\\rtf1\\ansi\\ansicpg936 \\'d0\\'d5\\'c3\\'fb a\\par}", "[]\xE5\xA7\x93\xE5\x90\x8D a\n" },
	{ "code pages of fonts", "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 A;}{\\f1\\fcharset134 B;}}\\f0 \\'e9\\f1 \\'d0\\'d5}",
		"[]\xC3\xA9\xE5\xA7\x93" },
	{ "raw bytes", "{\\rtf1\\ansicpg936 \xD0\xD5}", "[]\xE5\xA7\x93" },
	{ "Unicode, with what stands for it left out", "{\\rtf1\\uc1\\u22995?\\u21517\\'3f\\uc2\\u-28961??x\\uc0\\u65z}",
		"[]\xE5\xA7\x93\xE5\x90\x8D\xE8\xBB\x9FxAz" },
	{ "pairs", "{\\rtf1\\u-10179?\\u-8704?}", "[]\xF0\x9F\x98\x80" },
	{ "a number cut by formatting", "{\\rtf1 138{\\b 1234}\\i 5678}", "[]13812345678" },
	{ "hidden and deleted text", "{\\rtf1 a{\\v b}{\\deleted c}}", "[]abc" },
	{ "headers, notes, annotations, information",
		"{\\rtf1{\\info{\\title T}{\\author A}}{\\header H}b{\\footnote F}{\\*\\annotation N}}",
		"[]b[headers and footers]H\n[notes]F\n[annotations]N\n[information]T\nA\n" },
	{ "fields and shapes", "{\\rtf1{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt y}}{\\shp{\\*\\shpinst{\\sp{\\sn wm}{\\sv 138}}{\\shptxt z}}}}",
		"[]yz[shapes]wm\n138\n[fields]HYPERLINK x\n" },
	{ "an unknown destination", "{\\rtf1 a{\\*\\unknown 138}b}", "[]ab[other]138\n" },
	{ "marks", "{\\rtf1\\{\\\\\\}\\~\\_\\-\\emdash}", "[]{\\}\xC2\xA0-\xE2\x80\x94" },
	{ "cut off", "{\\rtf1 a{\\b", "!broken : ends within a group\n[]a" },
	{ "behind the end", "{\\rtf1 a}13812345678", "[]a[behind the end]13812345678\n" },
	{ "a picture", "{\\rtf1 a{\\*\\shppict{\\pict\\pngblip 89504e470d0a1a0a}}b}",
		"!broken picture 1: metadata: a picture ends early\n!picture picture 1: nothing outside reads it\n[]ab" },
	{ "an embedded text", "{\\rtf1{\\object{\\*\\objclass X}{\\*\\objdata 0105000002000000020000005800000000000000000007000000"
			      "7365637265742e0a}}}",
		"[object 1]secret.[other]X\n" },
	{ "a packaged file",
		"{\\rtf1{\\*\\objdata 0105000002000000010000000000000000000000001f000000"
		"0200612e74787400432f00000003000200000043000600000068656c6c6f21}}",
		"[a.txt]hello!" },
	{ "bytes as they are", "{\\rtf1 a\\bin5 {{}}\\b}", "[binary]{{}}\\[]ab" },
};

static void
test_cases(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *said = testing_extract("a.rtf", cases[i].document, strlen(cases[i].document), NULL);

	g_assert_cmpstr(said, ==, cases[i].said);
	testing_maim("a.rtf", cases[i].document, strlen(cases[i].document));
}

static void
test_depth(void)
{
	g_autoptr(GString) deep = g_string_new("{\\rtf1 a");
	g_autofree char *said = NULL;

	for (guint i = 0; i < 5000; i++)
		g_string_append_c(deep, '{');
	g_string_append(deep, "13812345678");
	said = testing_extract("a.rtf", deep->str, deep->len, NULL);
	g_assert_true(g_str_has_prefix(said, "!limit : groups too deep\n[]a[behind the end]{{{"));
	g_assert_nonnull(strstr(said, "{13812345678\n"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/rtf/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cases);
	}
	g_test_add_func("/rtf/depth", test_depth);
	return g_test_run();
}
