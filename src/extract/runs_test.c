#include "extract/legacy.h"
#include "extract/readers.h"
#include "extract/testing_ole.h"

static char *
runs_of(const GByteArray *bytes)
{
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);

	fn_extract_begin(extract, "");
	g_assert_true(fn_extract_strings(extract, bytes->data, bytes->len));
	return g_string_free(said, FALSE);
}

/* Words between bytes that mean nothing, at even and odd places. */
static void
test_found(void)
{
	static const struct {
		const char *text, *charset;
	} cases[] = {
		{ "13800138000", "UTF-16LE" },
		{ "\xe6\x9c\xba\xe5\xaf\x86", "UTF-16LE" },
		{ "\xe6\x9c\xba\xe5\xaf\x86", "GBK" },
		{ "\xe6\x9c\xba\xe5\xaf\x86", "UTF-8" },
		{ "\xe6\x9c\xba\xe5\xaf\x86\xe6\x96\x87\xe4\xbb\xb6", "UTF-16BE" },
		{ "\xe5\xa7\x93\xe5\x90\x8d\xef\xbc\x9a\xe5\xbc\xa0\xe4\xb8\x89 440524188001010014", "UTF-16LE" },
		{ "\xe5\xa7\x93\xe5\x90\x8d\xef\xbc\x9a\xe5\xbc\xa0\xe4\xb8\x89 440524188001010014", "GBK" },
		{ "\xe5\xa7\x93\xe5\x90\x8d\xef\xbc\x9a\xe5\xbc\xa0\xe4\xb8\x89 440524188001010014", "UTF-8" },
		{ "a line of plain words", "UTF-8" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		for (guint shift = 0; shift < 2; shift++) {
			gsize size;
			g_autofree char *bytes = g_convert(cases[i].text, -1, cases[i].charset, "UTF-8", NULL, &size, NULL);
			g_autoptr(GByteArray) all = g_byte_array_new();
			g_autofree char *said = NULL;

			testing_bytes(all, "\0\1\xff\2\0\0\3", 6 + shift);
			testing_bytes(all, bytes, size);
			testing_bytes(all, "\0\1\xff\2\0\0\3", 6);
			said = runs_of(all);
			testing_has(said, (const char *const[]){ cases[i].text, NULL });
		}
}

/* Chance makes little text: of a megabyte of random bytes less than a tenth comes out. */
static void
test_noise(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(20240607);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autofree char *said = NULL;

	while (bytes->len < 1 << 20)
		testing_le(bytes, g_rand_int(rand), 4);
	said = runs_of(bytes);
	g_assert_cmpuint(strlen(said), <, 100000);
}

/* Every cut and start of a mixed text is in bounds. */
static void
test_edges(void)
{
	static const char mixed[] = "ab\xD6\xD0\xCE\xC4\x4E\x2D\x65\x87\0a\0b\0c\0d\xE4\xB8\xAD\xE6\x96\x87\x81\xFF\xFE";

	for (gsize from = 0; from < sizeof mixed; from++)
		for (gsize to = from; to < sizeof mixed; to++) {
			g_autofree guint8 *own = g_memdup2(mixed + from, to - from);
			GByteArray bytes = { own, (guint)(to - from) };

			g_free(runs_of(&bytes));
		}
}

static void
test_legacy(void)
{
	static const struct {
		guint codepage;
		const char *bytes, *text;
	} cases[] = {
		{ 936, "\xD6\xD0\xCE\xC4", "\xe4\xb8\xad\xe6\x96\x87" },
		{ 1252, "\xD6\xD0\xCE\xC4", "\xe4\xb8\xad\xe6\x96\x87" },
		{ 950, "\xA4\xA4\xA4\xE5", "\xe4\xb8\xad\xe6\x96\x87" },
		{ 936, "\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87" },
		{ 0, "caf\xE9 \x80", "caf\xc3\xa9 \xe2\x82\xac" },
		{ 0, "plain", "plain" },
		{ 0, "", "" },
	};
	g_autoptr(GString) units = g_string_new(NULL), tidy = g_string_new_len("a\r\nb\rc\1d\0\0", 10);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		fn_legacy_append(out, cases[i].codepage, (const guint8 *)cases[i].bytes, strlen(cases[i].bytes));
		g_assert_cmpstr(out->str, ==, cases[i].text);
	}
	fn_utf16le_append(units, (const guint8 *)"\x3D\xD8\x00\xDE\x00\xDE\x3D\xD8", 4);
	g_assert_cmpstr(units->str, ==, "\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd");
	g_string_truncate(units, 0);
	fn_utf16be_append(units, (const guint8 *)"\xD8\x3D\xDE\x00\x4E\x2D", 3);
	g_assert_cmpstr(units->str, ==, "\xf0\x9f\x98\x80\xe4\xb8\xad");
	fn_tidy(tidy);
	g_assert_cmpstr(tidy->str, ==, "a\nb\nc d");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/runs/found", test_found);
	g_test_add_func("/runs/noise", test_noise);
	g_test_add_func("/runs/edges", test_edges);
	g_test_add_func("/runs/legacy", test_legacy);
	return g_test_run();
}
