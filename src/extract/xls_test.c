#include "extract/testing_ole.h"

static void
record(GByteArray *to, guint kind, const void *bytes, gsize size)
{
	testing_le(to, kind, 2);
	testing_le(to, size, 2);
	testing_bytes(to, bytes, size);
}

/* A record that holds what @fill appends. */
static guint
begin(GByteArray *to, guint kind)
{
	testing_le(to, kind, 2);
	testing_le(to, 0, 2);
	return to->len;
}

static void
end(GByteArray *to, guint at)
{
	to->data[at - 2] = (guint8)(to->len - at);
	to->data[at - 1] = (guint8)((to->len - at) >> 8);
}

static void
head(GByteArray *to, guint version, guint kind)
{
	guint at = begin(to, 0x0809);

	testing_le(to, version, 2);
	testing_le(to, kind, 2);
	testing_le(to, 0, 4);
	end(to, at);
}

static void
cell(GByteArray *to, guint row, guint column)
{
	testing_le(to, row, 2);
	testing_le(to, column, 2);
	testing_le(to, 15, 2);
}

static void
wide_string(GByteArray *to, const char *text, guint count_size)
{
	g_autoptr(GByteArray) wide = g_byte_array_new();

	testing_wide(wide, text);
	testing_le(to, wide->len / 2, count_size);
	testing_le(to, 1, 1);
	testing_bytes(to, wide->data, wide->len);
}

static void
sheet_name(GByteArray *to, const char *name, guint hidden, guint *position)
{
	guint at = begin(to, 0x85);

	*position = to->len;
	testing_le(to, 0, 4);
	testing_le(to, hidden, 1);
	testing_le(to, 0, 1);
	wide_string(to, name, 1);
	end(to, at);
}

/* Strings of every kind, cut where it hurts: within a wide string, which goes on narrow; before its first character; within what
 * follows a rich one. */
static void
shared_strings(GByteArray *to)
{
	guint at = begin(to, 0xFC);

	testing_le(to, 5, 4);
	testing_le(to, 5, 4);
	wide_string(to, "\xe5\xa7\x93\xe5\x90\x8d", 2);
	testing_le(to, 18, 2); /* an identifier: eight characters wide, ten narrow */
	testing_le(to, 1, 1);
	testing_wide(to, "44052418");
	end(to, at);
	at = begin(to, 0x3C);
	testing_bytes(to, "\0" "8001010014", 11);
	testing_le(to, 4, 2); /* a rich one with its runs behind the cut */
	testing_le(to, 8 | 4, 1);
	testing_le(to, 2, 2);
	testing_le(to, 18, 4);
	testing_bytes(to, "rich", 4);
	testing_bytes(to, "\1\2\3\4", 4);
	end(to, at);
	at = begin(to, 0x3C);
	testing_bytes(to, "\5\6\7\10", 4);
	testing_wide(to, "phon MARK");
	testing_le(to, 6, 2); /* the characters all behind the cut */
	testing_le(to, 0, 1);
	end(to, at);
	at = begin(to, 0x3C);
	testing_bytes(to, "\0behind", 7);
	wide_string(to, "unused MARKER", 2);
	end(to, at);
}

static void
label_shared(GByteArray *to, guint row, guint column, guint i)
{
	guint at = begin(to, 0xFD);

	cell(to, row, column);
	testing_le(to, i, 4);
	end(to, at);
}

static void
sheet_one(GByteArray *to)
{
	double number = 440524188001009984.0, fraction = 12.5;
	guint at;

	head(to, 0x600, 0x10);
	at = begin(to, 0x14);
	wide_string(to, "&C\xe9\xa1\xb5\xe7\x9c\x89", 2);
	end(to, at);
	for (guint i = 0; i < 4; i++)
		label_shared(to, i / 2, i % 2, i);
	at = begin(to, 0x203);
	cell(to, 2, 0);
	testing_bytes(to, &number, 8);
	end(to, at);
	at = begin(to, 0x203);
	cell(to, 2, 27);
	testing_bytes(to, &fraction, 8);
	end(to, at);
	at = begin(to, 0xBD); /* 13800138 and -0.07 */
	testing_le(to, 3, 2);
	testing_le(to, 1, 2);
	testing_le(to, 15, 2);
	testing_le(to, 13800138 << 2 | 2, 4);
	testing_le(to, 15, 2);
	testing_le(to, (guint32)(-7 * 4) | 3, 4);
	testing_le(to, 2, 2);
	end(to, at);
	at = begin(to, 0x06);
	cell(to, 4, 0);
	testing_bytes(to, "\0\0\0\0\0\0\xFF\xFF", 8);
	testing_le(to, 0, 6);
	testing_le(to, 0, 2);
	testing_bytes(to, "\x17\x0e\0inside formula", 17);
	end(to, at);
	at = begin(to, 0x207);
	wide_string(to, "\xe7\xbb\x93\xe6\x9e\x9c", 2);
	end(to, at);
	at = begin(to, 0x1B6); /* a comment: its text stands in what continues the record */
	testing_le(to, 0, 10);
	testing_le(to, 7, 2);
	testing_le(to, 0, 6);
	end(to, at);
	record(to, 0x3C, "\0com", 4);
	record(to, 0x3C, "\1m\0e\0n\0t\0", 9);
	record(to, 0x3C, "\0\0\0\0\0\0\0\0", 8);
	at = begin(to, 0x1B8);
	testing_wide(to, "http://example.invalid/MARKER");
	end(to, at);
	record(to, 0x0A, NULL, 0);
}

static GByteArray *
book(void)
{
	GByteArray *to = g_byte_array_new();
	guint one, two, at, position;

	head(to, 0x600, 5);
	sheet_name(to, "\xe5\xb7\xa5\xe8\xb5\x84", 0, &one);
	sheet_name(to, "Secret", 2, &two);
	shared_strings(to);
	record(to, 0x0A, NULL, 0);
	position = to->len;
	memcpy(to->data + one, &position, 4);
	sheet_one(to);
	position = to->len;
	memcpy(to->data + two, &position, 4);
	head(to, 0x600, 0x10);
	at = begin(to, 0x204);
	cell(to, 9, 2);
	wide_string(to, "\xe7\xbb\x9d\xe5\xaf\x86", 2);
	end(to, at);
	record(to, 0x0A, NULL, 0);
	return to;
}

static GByteArray *
file_of(const char *name, const GByteArray *stream)
{
	TestingOle ole = testing_ole();

	testing_ole_stream(&ole, 0, name, stream);
	return testing_ole_end(&ole);
}

static void
test_book(void)
{
	static const char *const texts[] = { "{\xe5\xb7\xa5\xe8\xb5\x84!A1}\xe5\xa7\x93\xe5\x90\x8d\t{", "!B1}440524188001010014\n", "!A2}rich\t",
		"!B2}behind\n", "!A3}440524188001009984\t", "!AB3}12.5\n", "!B4}13800138\t", "!C4}-0.07\n", "!A5}\xe7\xbb\x93\xe6\x9e\x9c",
		"{\xe5\xb7\xa5\xe8\xb5\x84 header}&C\xe9\xa1\xb5\xe7\x9c\x89", "text box or comment}comment\n", "inside formula",
		"http://example.invalid/MARKER", "{Secret (hidden)!C10}\xe7\xbb\x9d\xe5\xaf\x86", "[strings of no cell]unused MARKER",
		"phon MARK", "{sheet name}Secret (hidden)", NULL };
	g_autoptr(GByteArray) stream = book(), bytes = file_of("Workbook", stream);
	g_autofree char *said = testing_extract("a.xls", bytes->data, bytes->len, NULL);

	testing_has(said, texts);
	testing_maim_some("a.xls", bytes);
}

/* The string may be cut at each of its characters, in each pair of widths. */
static void
test_cuts(void)
{
	static const char digits[] = "440524188001010014";

	for (guint cut = 0; cut <= 18; cut++)
		for (guint widths = 0; widths < 4; widths++) {
			g_autoptr(GByteArray) to = g_byte_array_new(), bytes = NULL;
			g_autofree char *said = NULL;
			guint at, position = 0;

			head(to, 0x600, 5);
			at = begin(to, 0xFC);
			testing_le(to, 1, 4);
			testing_le(to, 1, 4);
			testing_le(to, 18, 2);
			testing_le(to, widths & 1, 1);
			for (guint i = 0; i < 18; i++) {
				if (i == cut) {
					end(to, at);
					at = begin(to, 0x3C);
					testing_le(to, widths >> 1, 1);
				}
				testing_le(to, (guchar)digits[i], i < cut ? 1 + (widths & 1) : 1 + (widths >> 1));
			}
			end(to, at);
			record(to, 0x0A, NULL, 0);
			position = to->len;
			head(to, 0x600, 0x10);
			label_shared(to, 0, 0, 0);
			g_assert_cmpuint(position, >, 0);
			bytes = file_of("Workbook", to);
			said = testing_extract("a.xls", bytes->data, bytes->len, NULL);
			testing_has(said, (const char *const[]){ digits, NULL });
			g_assert_null(strstr(said, "!broken"));
		}
}

static void
test_biff5(void)
{
	g_autoptr(GByteArray) to = g_byte_array_new(), bytes = NULL;
	g_autofree char *said = NULL;
	guint at;

	head(to, 0x500, 5);
	record(to, 0x42, "\xA8\x03", 2);
	at = begin(to, 0x85);
	testing_le(to, 0, 6);
	testing_bytes(to, "\4\xB1\xED\xD2\xBB", 5); /* 表一 */
	end(to, at);
	at = begin(to, 0x204);
	cell(to, 0, 0);
	testing_le(to, 8, 2);
	testing_bytes(to, "\xD0\xD5\xC3\xFB 138", 8);
	end(to, at);
	bytes = file_of("Book", to);
	said = testing_extract("a.xls", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ "\xe8\xa1\xa8\xe4\xb8\x80", "!A1}\xe5\xa7\x93\xe5\x90\x8d 138", NULL });
}

static void
test_encrypted(void)
{
	g_autoptr(GByteArray) to = g_byte_array_new(), bytes = NULL;
	g_autofree char *said = NULL;
	guint at;

	head(to, 0x600, 5);
	record(to, 0x2F, "\0\0", 2);
	at = begin(to, 0x204);
	cell(to, 0, 0);
	wide_string(to, "never plain", 2);
	end(to, at);
	bytes = file_of("Workbook", to);
	said = testing_extract("a.xls", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ "!encrypted", NULL });
	g_assert_null(strstr(said, "never plain"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xls/book", test_book);
	g_test_add_func("/xls/cuts", test_cuts);
	g_test_add_func("/xls/biff5", test_biff5);
	g_test_add_func("/xls/encrypted", test_encrypted);
	return g_test_run();
}
