#include "extract/testing_ole.h"

/* A piece of a Word document made by hand: its bytes and how many characters they are. */
typedef struct {
	const char *text;
	gboolean wide;
} Piece;

#define PARTS 8

typedef struct {
	const Piece *pieces;
	guint n_pieces;
	guint lengths[PARTS];
	guint flags;
	const char *left_over; /* bytes behind the text that no piece shows */
} Sample;

static void
put_le(GByteArray *to, gsize at, guint64 value, guint size)
{
	for (guint i = 0; i < size; i++)
		to->data[at + i] = (guint8)(value >> 8 * i);
}

/* WordDocument and its table. */
static void
build(const Sample *sample, GByteArray *main, GByteArray *table)
{
	g_autoptr(GByteArray) positions = g_byte_array_new(), descriptors = g_byte_array_new();
	guint32 characters = 0;

	g_byte_array_set_size(main, 0x600);
	memset(main->data, 0, main->len);
	put_le(main, 0, 0xA5EC, 2);
	put_le(main, 2, 0xC1, 2);
	put_le(main, 0x0A, 0x200 | sample->flags, 2);
	put_le(main, 0x20, 14, 2);
	put_le(main, 0x3E, 22, 2);
	put_le(main, 0x98, 93, 2);
	for (guint i = 0; i < PARTS; i++)
		put_le(main, 0x4C + 4 * i, sample->lengths[i], 4);
	for (guint i = 0; i < sample->n_pieces; i++) {
		const Piece *piece = &sample->pieces[i];
		guint32 at = main->len;

		testing_le(positions, characters, 4);
		testing_le(descriptors, 0, 2);
		testing_le(descriptors, piece->wide ? at : 0x40000000 | at * 2, 4);
		testing_le(descriptors, 0, 2);
		if (piece->wide)
			testing_wide(main, piece->text);
		else
			testing_bytes(main, piece->text, strlen(piece->text));
		characters += piece->wide ? (main->len - at) / 2 : main->len - at;
		testing_le(main, 0, 6);
	}
	testing_le(positions, characters, 4);
	testing_wide(main, sample->left_over);
	/* A list of formats first, then the pieces. */
	testing_bytes(table, "in front", 8);
	testing_bytes(table, "\1\3\0xyz\2", 7);
	testing_le(table, positions->len + descriptors->len, 4);
	testing_bytes(table, positions->data, positions->len);
	testing_bytes(table, descriptors->data, descriptors->len);
	put_le(main, 0x1A2, 8, 4);
	put_le(main, 0x1A6, table->len - 8, 4);
	testing_wide(table, "a style MARKER");
}

static GByteArray *
file_of(const GByteArray *main, const GByteArray *table)
{
	TestingOle ole = testing_ole();

	testing_ole_stream(&ole, 0, "WordDocument", main);
	if (table != NULL)
		testing_ole_stream(&ole, 0, "1Table", table);
	return testing_ole_end(&ole);
}

static GByteArray *
document(const Sample *sample)
{
	g_autoptr(GByteArray) main = g_byte_array_new(), table = g_byte_array_new();

	build(sample, main, table);
	return file_of(main, table);
}

/* 41 characters of text in two pieces, an identifier over their border, a field, a table; each other part in a piece of its own. */
static const Piece pieces[] = {
	{ "\xe6\xad\xa3\xe6\x96\x87 440524\r", TRUE },         /* 10 */
	{ "1880010014\rA\7B\7\7\x13 CODE\x14shown\x15!\r", FALSE }, /* 31 */
	{ "a footnote\r", FALSE },
	{ "\xe9\xa1\xb5\xe7\x9c\x89\r", TRUE },
	{ "\xe6\x89\xb9\xe6\xb3\xa8\r", TRUE },
	{ "an endnote\r", FALSE },
	{ "a box\r", FALSE },
	{ "a header box\r", FALSE },
	{ "beyond\r", FALSE },
};
static const Sample sample = { pieces, G_N_ELEMENTS(pieces), { 41, 11, 3, 0, 3, 11, 6, 13 }, 0, "deleted long ago MARKER" };

static void
test_parts(void)
{
	static const char *const texts[] = { "[]\xe6\xad\xa3\xe6\x96\x87 440524\n1880010014", "A\tB\t\nshown!", "[field codes] CODE",
		"[footnotes]a footnote", "[headers]\xe9\xa1\xb5\xe7\x9c\x89", "[comments]\xe6\x89\xb9\xe6\xb3\xa8", "[endnotes]an endnote",
		"[text boxes]a box", "[header text boxes]a header box", "[beyond the text]beyond",
		"[WordDocument]deleted long ago MARKER", "[names and styles]a style MARKER", "in front", NULL };
	g_autoptr(GByteArray) bytes = document(&sample);
	g_autofree char *said = testing_extract("a.doc", bytes->data, bytes->len, NULL);

	testing_has(said, texts);
	g_assert_true(strchr(said, '!') == strstr(said, "shown!") + 5);
	testing_maim_some("a.doc", bytes);
}

/* What one run of characters was over two pieces is one again. */
static void
test_joined(void)
{
	static const Piece two[] = { { "4405241880", TRUE }, { "01010014", FALSE } };
	const Sample joined = { two, 2, { 18 }, 0, "" };
	g_autoptr(GByteArray) bytes = document(&joined);
	g_autofree char *said = testing_extract("a.doc", bytes->data, bytes->len, NULL);

	testing_has(said, (const char *const[]){ "440524188001010014", NULL });
}

static void
test_gbk_piece(void)
{
	static const Piece one[] = { { "\xC9\xED\xB7\xDD\xD6\xA4 caf\xE9", FALSE }, { "caf\xE9 \x93x\x94", FALSE },
		{ "\xC9\xED\xB7\xDD\xD6\xA4", FALSE } };
	const Sample gbk = { one, 3, { 24 }, 0, "" };
	g_autoptr(GByteArray) bytes = document(&gbk);
	g_autofree char *said = testing_extract("a.doc", bytes->data, bytes->len, NULL);

	testing_has(said, (const char *const[]){ "caf\xc3\xa9 \xe2\x80\x9cx\xe2\x80\x9d", "\xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81", NULL });
}

static void
test_encrypted(void)
{
	Sample encrypted = sample;
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;

	encrypted.flags = 0x100;
	bytes = document(&encrypted);
	said = testing_extract("a.doc", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ "!encrypted", NULL });
	g_assert_null(strstr(said, "footnote"));
}

/* Broken tables give notes, never silence, and what stands in the streams is read as runs. */
static void
test_broken(void)
{
	static const struct {
		gsize at;
		guint32 value;
	} bad[] = { { 0x1A2, 0x7FFFFFFF }, { 0x1A6, 0x7FFFFFFF }, { 0x1A6, 0 }, { 0x20, 0xFFFF }, { 0x3E, 0xFFFF }, { 0x98, 3 } };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GByteArray) main = g_byte_array_new(), table = g_byte_array_new(), bytes = NULL;
		g_autofree char *said = NULL;

		build(&sample, main, table);
		put_le(main, bad[i].at, bad[i].value, bad[i].at < 0x100 ? 2 : 4);
		bytes = file_of(main, table);
		said = testing_extract("a.doc", bytes->data, bytes->len, NULL);
		testing_has(said, (const char *const[]){ "!broken", "deleted long ago MARKER", "a footnote", NULL });
	}
}

/* Pieces that show the same bytes again and again do not make more than they are. */
static void
test_overlap(void)
{
	g_autoptr(GByteArray) main = g_byte_array_new(), table = g_byte_array_new(), bytes = NULL;
	g_autofree char *said = NULL;
	guint n = 5000;

	build(&sample, main, table);
	g_byte_array_set_size(table, 0);
	testing_bytes(table, "\2", 1);
	testing_le(table, 4 * (n + 1) + 8 * n, 4);
	for (guint i = 0; i <= n; i++)
		testing_le(table, i * 0x600, 4);
	for (guint i = 0; i < n; i++)
		testing_le(table, 0x40000000ull << 16, 8);
	put_le(main, 0x1A2, 0, 4);
	put_le(main, 0x1A6, table->len, 4);
	bytes = file_of(main, table);
	said = testing_extract("a.doc", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ ": overlapping texts", NULL });
	g_assert_cmpuint(strlen(said), <, 100000);
}

static GByteArray *
old_document(const void *text, gsize size, guint characters)
{
	GByteArray *main = g_byte_array_new(), *bytes;

	g_byte_array_set_size(main, 0x300);
	memset(main->data, 0, main->len);
	put_le(main, 0, 0xA5DC, 2);
	put_le(main, 2, 104, 2);
	put_le(main, 0x18, main->len, 4);
	put_le(main, 0x1C, main->len + size, 4);
	put_le(main, 0x34, characters, 4);
	testing_bytes(main, text, size);
	bytes = file_of(main, NULL);
	g_byte_array_unref(main);
	return bytes;
}

static void
test_word_95(void)
{
	static const char gbk[] = "\xB8\xBD\xBC\xFE 13800138000";
	g_autoptr(GByteArray) wide = g_byte_array_new(), narrow_file = NULL, wide_file = NULL;
	g_autofree char *narrow_said = NULL, *wide_said = NULL;

	narrow_file = old_document(gbk, sizeof gbk - 1, sizeof gbk - 1);
	narrow_said = testing_extract("a.doc", narrow_file->data, narrow_file->len, NULL);
	testing_has(narrow_said, (const char *const[]){ "[]\xe9\x99\x84\xe4\xbb\xb6 13800138000", NULL });
	testing_wide(wide, "\xe9\x99\x84\xe4\xbb\xb6 13800138000");
	wide_file = old_document(wide->data, wide->len, wide->len / 2);
	wide_said = testing_extract("a.doc", wide_file->data, wide_file->len, NULL);
	testing_has(wide_said, (const char *const[]){ "[]\xe9\x99\x84\xe4\xbb\xb6 13800138000", NULL });
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/doc/parts", test_parts);
	g_test_add_func("/doc/joined", test_joined);
	g_test_add_func("/doc/gbk-piece", test_gbk_piece);
	g_test_add_func("/doc/encrypted", test_encrypted);
	g_test_add_func("/doc/broken", test_broken);
	g_test_add_func("/doc/overlap", test_overlap);
	g_test_add_func("/doc/word-95", test_word_95);
	return g_test_run();
}
