#include "base/encoding.h"

#include <string.h>

static const char *const simplified = "根据《中华人民共和国政府信息公开条例》，现将本市二〇二五年度预算执行情况予以公布。各区县人民政府、市直各部门："
				      "请于九月三十日前报送材料，联系电话、身份证号码等个人信息不得外传。";
static const char *const traditional = "根據政府資訊公開條例，現將本市年度預算執行情況予以公布。各區政府、市屬各部門：請於九月三十日前報送資料，"
				       "聯絡電話、身分證號碼等個人資訊不得外傳。";

/* The other way round, by search: slow, and another way than the one under test. */
static void
encode(FnEncoding encoding, const char *utf8, GByteArray *out)
{
	g_autoptr(GError) error = NULL;
	gsize size;
	g_autofree char *bytes = g_convert(utf8, -1, fn_encoding_name(encoding), "UTF-8", NULL, &size, &error);

	g_assert_no_error(error);
	g_byte_array_append(out, (const guint8 *)bytes, (guint)size);
}

static GByteArray *
encoded(FnEncoding encoding, const char *utf8)
{
	GByteArray *bytes = g_byte_array_new();

	encode(encoding, utf8, bytes);
	return bytes;
}

static char *
decoded(FnEncoding encoding, const void *bytes, gsize size, gsize step, guint64 *errors)
{
	g_autoptr(FnDecoder) decoder = fn_decoder_new(encoding);
	GString *text = g_string_new(NULL);

	for (gsize at = 0; at < size; at += step)
		fn_decoder_add(decoder, (const char *)bytes + at, MIN(step, size - at), at + step >= size, text);
	if (errors != NULL)
		*errors = fn_decoder_errors(decoder);
	return g_string_free(text, FALSE);
}

static void
test_named(void)
{
	static const struct {
		const char *name;
		FnEncoding encoding;
	} cases[] = {
		{ "gb2312", FN_ENCODING_GB18030 },  { "GBK", FN_ENCODING_GB18030 },     { " GB18030 ", FN_ENCODING_GB18030 },
		{ "cp936", FN_ENCODING_GB18030 },   { "utf-8", FN_ENCODING_UTF8 },      { "UTF8", FN_ENCODING_UTF8 },
		{ "us-ascii", FN_ENCODING_UTF8 },   { "Big5-HKSCS", FN_ENCODING_BIG5 }, { "big5", FN_ENCODING_BIG5 },
		{ "UTF-16", FN_ENCODING_UTF16LE },  { "utf-16be", FN_ENCODING_UTF16BE }, { "koi8-r", FN_ENCODING_NONE },
		{ "", FN_ENCODING_NONE },           { "utf-8 utf8", FN_ENCODING_NONE },  { "gb", FN_ENCODING_NONE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(fn_encoding_named(cases[i].name), ==, cases[i].encoding);
	g_assert_cmpstr(fn_encoding_name(FN_ENCODING_GB18030), ==, "GB18030");
}

/* Every character that the other converter knows too is the same there, in pieces of any size. */
static void
test_all_characters(void)
{
	static const FnEncoding tried[] = { FN_ENCODING_UTF8, FN_ENCODING_GB18030, FN_ENCODING_BIG5, FN_ENCODING_UTF16LE,
		FN_ENCODING_UTF16BE };

	for (gsize e = 0; e < G_N_ELEMENTS(tried); e++) {
		guint seen = 0;

		for (gunichar c = 1; c < 0x110000; c += c < 0x30000 ? 1 : 997) {
			char utf8[8] = "";
			gsize size;
			guint64 errors;
			g_autofree char *bytes = NULL, *back = NULL;

			if (!g_unichar_validate(c) || g_unichar_type(c) == G_UNICODE_PRIVATE_USE || (c >= 0x80 && c < 0xa0))
				continue;
			g_unichar_to_utf8(c, utf8);
			bytes = g_convert(utf8, -1, fn_encoding_name(tried[e]), "UTF-8", NULL, &size, NULL);
			if (bytes == NULL)
				continue;
			back = decoded(tried[e], bytes, size, 1, &errors);
			if (strcmp(back, utf8) != 0)
				g_error("%s: U+%04x became %s", fn_encoding_name(tried[e]), c, back);
			g_assert_cmpuint(errors, ==, 0);
			seen++;
		}
		g_assert_cmpuint(seen, >, 15000);
	}
}

static void
test_guess(void)
{
	static const struct {
		FnEncoding encoding;
		gboolean traditional;
	} cases[] = {
		{ FN_ENCODING_UTF8, FALSE },    { FN_ENCODING_UTF8, TRUE },    { FN_ENCODING_GB18030, FALSE }, { FN_ENCODING_BIG5, TRUE },
		{ FN_ENCODING_UTF16LE, FALSE }, { FN_ENCODING_UTF16LE, TRUE }, { FN_ENCODING_UTF16BE, FALSE }, { FN_ENCODING_UTF16BE, TRUE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) bytes = encoded(cases[i].encoding, cases[i].traditional ? traditional : simplified);

		for (guint cut = bytes->len; cut > 24; cut--)
			if (fn_encoding_guess((const char *)bytes->data, cut, NULL) != cases[i].encoding &&
				!(cut % 2 == 1 && cases[i].encoding >= FN_ENCODING_UTF16LE))
				g_error("case %zu cut to %u is guessed as %s", i, cut,
					fn_encoding_name(fn_encoding_guess((const char *)bytes->data, cut, NULL)));
	}
}

static void
test_guess_short_and_strange(void)
{
	static const struct {
		const char *why, *bytes;
		gsize size;
		FnEncoding encoding;
		gsize bom;
	} cases[] = {
		{ "nothing", "", 0, FN_ENCODING_UTF8, 0 },
		{ "ASCII", "name,phone\n", 11, FN_ENCODING_UTF8, 0 },
		{ "UTF-8 mark", "\xEF\xBB\xBF" "a", 4, FN_ENCODING_UTF8, 3 },
		{ "UTF-16LE mark", "\xFF\xFE" "a\0", 4, FN_ENCODING_UTF16LE, 2 },
		{ "UTF-16BE mark", "\xFE\xFF" "\0a", 4, FN_ENCODING_UTF16BE, 2 },
		{ "GB18030 mark", "\x84\x31\x95\x33" "a", 5, FN_ENCODING_GB18030, 4 },
		{ "one word of GBK in ASCII", "id,\xD0\xD5\xC3\xFB,phone,email,address\n1,2,3,4,5\n", 38, FN_ENCODING_GB18030, 0 },
		{ "four bytes of GB18030", "\xD2\xBB\x81\x39\xEF\x30\xB6\xFE\xC8\xFD\xCB\xC4", 12, FN_ENCODING_GB18030, 0 },
		{ "UTF-16 without a mark, ASCII", "i\0d\0=\0" "1\0" "2\0\n\0", 12, FN_ENCODING_UTF16LE, 0 },
		{ "one stray byte in ASCII", "a long enough line of plain text with one \xE9 in it", 49, FN_ENCODING_UTF8, 0 },
		{ "controls", "\1\2\3\4abcd\5\6", 10, FN_ENCODING_NONE, 0 },
		{ "UTF-32", "\xFF\xFE\0\0a\0\0\0b\0\0\0", 12, FN_ENCODING_NONE, 0 },
		{ "UTF-32BE", "\0\0\xFE\xFF\0\0\0a\0\0\0b", 12, FN_ENCODING_NONE, 0 },
		{ "noise", "\x80\x9c\xff\xfe\xfd\x80\x81\x20\x90\xff", 10, FN_ENCODING_NONE, 0 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize bom = 99;
		FnEncoding encoding = fn_encoding_guess(cases[i].bytes, cases[i].size, &bom);

		if (encoding != cases[i].encoding || bom != cases[i].bom)
			g_error("%s: %s, mark of %zu", cases[i].why, fn_encoding_name(encoding), bom);
	}
}

/* Texts without meaning, from a fixed seed: whatever is no character becomes U+FFFD, pieces do not matter, and each character's
 * offset is where reading the rest of the original gives the rest of the text. */
static void
test_offsets(void)
{
	static const FnEncoding tried[] = { FN_ENCODING_UTF8, FN_ENCODING_GB18030, FN_ENCODING_BIG5, FN_ENCODING_UTF16LE,
		FN_ENCODING_UTF16BE };
	g_autoptr(GRand) random = g_rand_new_with_seed(20260101);

	for (guint round = 0; round < 400; round++) {
		FnEncoding encoding = tried[round % G_N_ELEMENTS(tried)];
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		g_autofree char *text = NULL, *pieces = NULL;
		gsize length;

		while (bytes->len < 120) {
			if (g_rand_boolean(random)) {
				gunichar any = (gunichar)g_rand_int_range(random, 0x4e00, 0x5fff);
				char utf8[8] = "";

				g_unichar_to_utf8(encoding == FN_ENCODING_BIG5 ? 0x4e00 : any, utf8);
				encode(encoding, utf8, bytes);
			} else {
				guint8 noise = (guint8)g_rand_int_range(random, g_rand_boolean(random) ? 0x80 : 1, 256);

				g_byte_array_append(bytes, &noise, 1);
			}
		}
		text = decoded(encoding, bytes->data, bytes->len, bytes->len, NULL);
		pieces = decoded(encoding, bytes->data, bytes->len, (gsize)g_rand_int_range(random, 1, 9), NULL);
		g_assert_cmpstr(text, ==, pieces);
		g_assert_true(g_utf8_validate(text, -1, NULL));
		length = strlen(text);
		for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
			gsize offset = fn_encoding_offset(encoding, (const char *)bytes->data, bytes->len, (gsize)(at - text));
			g_autofree char *rest = decoded(encoding, bytes->data + offset, bytes->len - offset, 1000, NULL);

			g_assert_cmpstr(rest, ==, at);
		}
		g_assert_cmpuint(fn_encoding_offset(encoding, (const char *)bytes->data, bytes->len, length), ==, bytes->len);
	}
}

static void
test_errors(void)
{
	static const struct {
		FnEncoding encoding;
		const char *bytes;
		gsize size;
		const char *text;
		guint64 errors;
	} cases[] = {
		{ FN_ENCODING_UTF8, "a\xC0\x80z", 4, "a\xEF\xBF\xBD\xEF\xBF\xBDz", 2 },
		{ FN_ENCODING_UTF8, "\xE4\xB8", 2, "\xEF\xBF\xBD\xEF\xBF\xBD", 2 },
		{ FN_ENCODING_UTF8, "\xEF\xBF\xBD", 3, "\xEF\xBF\xBD", 0 },
		{ FN_ENCODING_GB18030, "\x81 1", 3, "\xEF\xBF\xBD 1", 1 },
		{ FN_ENCODING_GB18030, "\x81\x30", 2, "\xEF\xBF\xBD" "0", 1 },
		{ FN_ENCODING_GB18030, "\x90\x30\x81\x30", 4, "\xF0\x90\x80\x80", 0 },
		{ FN_ENCODING_GB18030, "\xFE\x39\xFE\x39", 4, "\xEF\xBF\xBD" "9\xEF\xBF\xBD" "9", 2 },
		{ FN_ENCODING_BIG5, "\x88\x62", 2, "\xC3\x8A\xCC\x84", 0 },
		{ FN_ENCODING_BIG5, "\xA4", 1, "\xEF\xBF\xBD", 1 },
		{ FN_ENCODING_UTF16LE, "\x00\xD8" "a\0", 4, "\xEF\xBF\xBD" "a", 1 },
		{ FN_ENCODING_UTF16LE, "a\0b", 3, "a\xEF\xBF\xBD", 1 },
		{ FN_ENCODING_UTF16BE, "\xD8\x00", 2, "\xEF\xBF\xBD", 1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		for (gsize step = 1; step <= 4; step++) {
			guint64 errors;
			g_autofree char *text = decoded(cases[i].encoding, cases[i].bytes, cases[i].size, step, &errors);

			g_assert_cmpstr(text, ==, cases[i].text);
			g_assert_cmpuint(errors, ==, cases[i].errors);
		}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/encoding/named", test_named);
	g_test_add_func("/encoding/all-characters", test_all_characters);
	g_test_add_func("/encoding/guess", test_guess);
	g_test_add_func("/encoding/guess-short-and-strange", test_guess_short_and_strange);
	g_test_add_func("/encoding/offsets", test_offsets);
	g_test_add_func("/encoding/errors", test_errors);
	return g_test_run();
}
