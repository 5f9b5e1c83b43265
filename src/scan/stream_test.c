#include "scan/fixture.h"

#include <string.h>

/* Text with every kind of finding at random places; long enough for several windows. */
static GString *
random_text(GRand *rand, gsize size)
{
	static const char *const pieces[] = { "13800138000", "11010519491231002X", "，", "电话", "订单号", "a", " ", "\n", "-", "@", "u@example.com", "机密★10年",
		"91350100M000100Y43", "138-0013-8000", "举报人", "6222 0200 0000 0000 000", "6222020000000000000", "中华人民共和国", ".", "x9", "86 ",
		"\n绝密★长期\n", "１", "＠", "\u200b", "\u3000", "7", "4111111111111111", "卡号", "10.1.2.3", "::1", "a:b" };
	GString *text = g_string_new(NULL);

	while (text->len < size)
		g_string_append(text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
	return text;
}

static void
assert_same(const FnScanResult *one, const FnScanResult *two)
{
	g_assert_cmpint(one->verdict, ==, two->verdict);
	g_assert_cmpuint(one->found, ==, two->found);
	for (guint i = 0; i < one->listed; i++) {
		FnFinding a = fn_scan_finding(one, i), b = fn_scan_finding(two, i);

		g_assert_cmpuint(a.start, ==, b.start);
		g_assert_cmpuint(a.end, ==, b.end);
		g_assert_cmpuint(a.score, ==, b.score);
		g_assert_cmpstr(a.detector, ==, b.detector);
	}
}

static void
test_stream(gconstpointer scanner)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);

	for (guint round = 0; round < 3; round++) {
		GString *text = random_text(rand, 700000);
		g_autoptr(FnScanResult) whole = fn_scan(scanner, text->str, text->len);
		g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);
		g_autoptr(FnScanResult) parts = NULL;

		for (gsize at = 0; at < text->len;) {
			gsize most = (gsize)g_rand_int_range(rand, 1, round == 0 ? 5000 : 300000), part = MIN(most, text->len - at);

			fn_scan_stream_add(stream, text->str + at, part);
			at += part;
		}
		parts = fn_scan_stream_end(stream, NULL);
		g_assert_cmpint(whole->verdict, ==, FN_SCAN_BLOCKED);
		g_assert_cmpuint(whole->found, >, 1000);
		assert_same(whole, parts);
		g_string_free(text, TRUE);
	}
}

/* A finding that lies on the border of two windows, at every place around it. */
static void
test_borders(gconstpointer scanner)
{
	for (gsize at = FN_WINDOW - 40; at < FN_WINDOW + 8; at++) {
		g_autofree char *text = g_strnfill(2 * FN_WINDOW, '.');
		g_autoptr(FnScanResult) result = NULL;

		memcpy(text + at, " 11010519491231002X ", 20);
		memcpy(text + at + 100, "订单号13800138000 ", 21);
		result = fn_scan(scanner, text, 2 * FN_WINDOW);
		g_assert_cmpuint(result->found, ==, 1);
		g_assert_cmpuint(fn_scan_finding(result, 0).start, ==, at + 1);
	}
}

static void
test_not_text(gconstpointer scanner)
{
	static const struct {
		const char *bytes;
		gsize size;
		FnScanVerdict verdict;
	} cases[] = {
		{ "", 0, FN_SCAN_CLEAN },
		{ "\0", 1, FN_SCAN_NOT_FULLY_INSPECTED },
		{ "abc\xff", 4, FN_SCAN_NOT_FULLY_INSPECTED },
		{ "abc\xe4\xb8", 5, FN_SCAN_NOT_FULLY_INSPECTED },
		{ "13800138000 \xb5\xe7\xff\xff\xff", 16, FN_SCAN_NOT_FULLY_INSPECTED },
		{ "机密★10年\n\xff", 16, FN_SCAN_BLOCKED },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, cases[i].bytes, cases[i].size);

		g_assert_cmpint(result->verdict, ==, cases[i].verdict);
		g_assert_cmpint(result->reason != NULL, ==, cases[i].size > 0);
	}
}

static void
test_broken_stream(gconstpointer scanner)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);
	g_autoptr(FnScanResult) result = NULL;

	fn_scan_stream_add(stream, "clean", 5);
	result = fn_scan_stream_end(stream, "the peer went away");
	g_assert_cmpint(result->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
	g_assert_cmpstr(result->reason, ==, "the peer went away");
}

static void
keep_where(const FnFinding *finding, const char *text, gpointer out)
{
	g_string_append_printf(out, "%s|%s|%" G_GSIZE_FORMAT ";", finding->where, text, finding->start);
}

/* Segments and places: offsets count from the segment's beginning, a number may cross a place but no segment. */
static void
test_segments(gconstpointer scanner)
{
	g_autoptr(GString) told = g_string_new(NULL);
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, keep_where, told);
	g_autoptr(FnScanResult) result = NULL;

	fn_scan_stream_add(stream, "13800138000 1390013", 19);
	fn_scan_stream_segment(stream, "a.xlsx");
	fn_scan_stream_add(stream, "9000 13800138001 ", 17);
	fn_scan_stream_place(stream, "S!A1");
	fn_scan_stream_place(stream, "S!B1");
	fn_scan_stream_add(stream, "13800", 5);
	fn_scan_stream_place(stream, "S!C1");
	fn_scan_stream_add(stream, "138002 13800138003", 18);
	fn_scan_stream_segment(stream, "");
	fn_scan_stream_place(stream, "page 1");
	fn_scan_stream_add(stream, "13800138004", 11);
	fn_scan_stream_note(stream, "password");
	fn_scan_stream_note(stream, "broken");
	result = fn_scan_stream_end(stream, "gone");
	g_assert_cmpstr(told->str, ==, "|13800138000|0;a.xlsx|13800138001|5;a.xlsx: S!B1|13800138002|17;a.xlsx: S!C1|13800138003|29;page 1|13800138004|0;");
	g_assert_cmpuint(result->listed, ==, 5);
	g_assert_cmpstr(fn_scan_finding(result, 3).where, ==, "a.xlsx: S!C1");
	g_assert_cmpstr(result->reason, ==, "password (and 2 more reasons)");
	g_assert_cmpint(result->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
}

/* Places by the ten thousand, in pieces: every finding says its own. */
static void
test_many_places(gconstpointer scanner)
{
	enum { CELLS = 60000 };
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);
	g_autoptr(FnScanResult) result = NULL;

	fn_scan_stream_segment(stream, "t");
	for (guint i = 0; i < CELLS; i++) {
		g_autofree char *label = g_strdup_printf("R%u", i);

		fn_scan_stream_place(stream, label);
		fn_scan_stream_add(stream, "13800138000\t", 12);
	}
	result = fn_scan_stream_end(stream, NULL);
	g_assert_cmpuint(result->listed, ==, CELLS);
	for (guint i = 0; i < CELLS; i++) {
		g_autofree char *where = g_strdup_printf("t: R%u", i);

		g_assert_cmpstr(fn_scan_finding(result, i).where, ==, where);
		g_assert_cmpuint(fn_scan_finding(result, i).start, ==, 12 * (gsize)i);
	}
}

/* ---- encodings ---- */

static const struct {
	const char *name, *mark;
	gsize mark_size;
} encodings[] = { { "UTF-8", "", 0 }, { "UTF-8", "\xef\xbb\xbf", 3 }, { "GB18030", "", 0 }, { "BIG5-HKSCS", "", 0 }, { "UTF-16LE", "\xff\xfe", 2 },
	{ "UTF-16BE", "\xfe\xff", 2 }, { "UTF-16LE", "", 0 } };

/* Sentences of a text that is written in both scripts, and what stands between them. */
static const char *const sentences[] = { "各部門應當按照職責分工，加強數據資源的採集、歸集、共享和應用工作。", "電話", "聯繫人：張三，", "資料主管部門會同有關單位建立監督檢查機制。\n", "手機 ",
	"The platform offers interfaces; ", "項目總結報告，內容完整，", "\r\n" };
static const char *const numbers[] = { "13800138000", "138-0013-8000", "11010519491231002X", "u@example.com", "１３８００１３８０００" };

static void
append_in(GByteArray *out, const char *encoding, const char *text)
{
	gsize size;
	g_autofree char *bytes = g_convert(text, -1, encoding, "UTF-8", NULL, &size, NULL);

	g_assert_nonnull(bytes);
	g_byte_array_append(out, (const guint8 *)bytes, (guint)size);
}

/* A text in @encoding with its numbers at @places (pairs of start and end). */
static GByteArray *
write_text(GRand *rand, gsize i, guint n, GArray *places)
{
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)encodings[i].mark, (guint)encodings[i].mark_size);
	for (guint k = 0; k < n; k++) {
		gsize start, end;

		for (gint part = g_rand_int_range(rand, 1, 6); part > 0; part--)
			append_in(out, encodings[i].name, sentences[g_rand_int_range(rand, 0, G_N_ELEMENTS(sentences))]);
		append_in(out, encodings[i].name, "。");
		start = out->len;
		append_in(out, encodings[i].name, numbers[g_rand_int_range(rand, 0, G_N_ELEMENTS(numbers))]);
		end = out->len;
		append_in(out, encodings[i].name, "，");
		g_array_append_val(places, start);
		g_array_append_val(places, end);
	}
	return out;
}

static FnScanResult *
scan_in_pieces(const FnScanner *scanner, GRand *rand, const GByteArray *bytes)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);

	for (gsize at = 0; at < bytes->len;) {
		gsize most = (gsize)g_rand_int_range(rand, 1, 30000), part = MIN(most, bytes->len - at);

		fn_scan_stream_add(stream, (const char *)bytes->data + at, part);
		at += part;
	}
	return fn_scan_stream_end(stream, NULL);
}

/* Texts longer than a window in every encoding, whole and in pieces: each number at its exact bytes of the original. */
static void
test_encodings(gconstpointer scanner)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(17);

	for (gsize i = 0; i < G_N_ELEMENTS(encodings); i++) {
		g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(gsize));
		g_autoptr(GByteArray) bytes = write_text(rand, i, 3000, places);
		g_autoptr(FnScanResult) whole = fn_scan(scanner, (const char *)bytes->data, bytes->len);
		g_autoptr(FnScanResult) pieces = scan_in_pieces(scanner, rand, bytes);

		g_test_message("%s", encodings[i].name);
		g_assert_cmpstr(whole->reason, ==, NULL);
		g_assert_cmpuint(whole->found, ==, 3000);
		for (guint k = 0; k < whole->listed; k++) {
			FnFinding finding = fn_scan_finding(whole, k);

			g_assert_cmpuint(finding.start, ==, g_array_index(places, gsize, 2 * k));
			g_assert_cmpuint(finding.end, ==, g_array_index(places, gsize, 2 * k + 1));
		}
		assert_same(whole, pieces);
	}
}

/* Bytes in a text that are none of its characters: said, and everything around them is found. */
static void
test_broken_encoding(gconstpointer scanner)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(FnScanResult) result = NULL;

	for (guint i = 0; i < 40; i++)
		append_in(bytes, "GB18030", "各部门应当按照职责分工，加强数据资源的采集、归集、共享和应用工作。");
	append_in(bytes, "GB18030", "电话");
	g_byte_array_append(bytes, (const guint8 *)"\xff", 1);
	append_in(bytes, "GB18030", "13800138000。");
	result = fn_scan(scanner, (const char *)bytes->data, bytes->len);
	g_assert_cmpint(result->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
	g_assert_cmpuint(result->found, ==, 1);
	g_assert_cmpuint(fn_scan_finding(result, 0).end, ==, bytes->len - 2);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = NULL;

	g_test_init(&argc, &argv, NULL);
	scanner = fixture_scanner(NULL, &error);
	g_assert_no_error(error);
	g_test_add_data_func("/scan-stream/pieces", scanner, test_stream);
	g_test_add_data_func("/scan-stream/borders", scanner, test_borders);
	g_test_add_data_func("/scan-stream/not-text", scanner, test_not_text);
	g_test_add_data_func("/scan-stream/broken", scanner, test_broken_stream);
	g_test_add_data_func("/scan-stream/segments", scanner, test_segments);
	g_test_add_data_func("/scan-stream/many-places", scanner, test_many_places);
	g_test_add_data_func("/scan-stream/encodings", scanner, test_encodings);
	g_test_add_data_func("/scan-stream/broken-encoding", scanner, test_broken_encoding);
	return g_test_run();
}
