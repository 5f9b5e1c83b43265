#include "extract/testing.h"

static GByteArray *
one_zip(const char *name, const char *text)
{
	TestingZip zip = testing_zip();

	testing_zip_add_text(&zip, name, text);
	return testing_zip_end(&zip);
}

static char *
said_of(const GByteArray *bytes)
{
	return testing_extract("a.zip", bytes->data, bytes->len, NULL);
}

/* Position of the n-th signature. */
static gsize
position(const GByteArray *bytes, const char *signature, guint n)
{
	const guint8 *at = bytes->data;

	for (;; at++, n--) {
		at = memmem(at, bytes->len - (gsize)(at - bytes->data), signature, 4);
		g_assert_nonnull(at);
		if (n == 0)
			return (gsize)(at - bytes->data);
	}
}

static void
test_nested(void)
{
	TestingZip outer = testing_zip();
	g_autoptr(GByteArray) inner = one_zip("b.txt", "inner text"), bytes = NULL;
	g_autofree char *said = NULL;

	testing_zip_add_text(&outer, "../a.txt", "outer text");
	testing_zip_add(&outer, "in.zip", inner->data, inner->len, FALSE, 0);
	testing_zip_add(&outer, "\xD0\xD5\xC3\xFB.txt", "\xD0\xD5\xC3\xFB\xD0\xD5\xC3\xFB", 8, TRUE, 0);
	testing_zip_add_text(&outer, "bad\n\x01.txt", "c");
	bytes = testing_zip_end(&outer);
	said = said_of(bytes);
	g_assert_cmpstr(said, ==,
		"[names]../a.txt\nin.zip\n\xE5\xA7\x93\xE5\x90\x8D.txt\nbad\\x0a\\x01.txt\n"
		"[../a.txt]outer text"
		"[in.zip: names]b.txt\n"
		"[in.zip/b.txt]inner text"
		"[\xE5\xA7\x93\xE5\x90\x8D.txt]\xE5\xA7\x93\xE5\x90\x8D\xE5\xA7\x93\xE5\x90\x8D"
		"[bad\\x0a\\x01.txt]c");
	testing_maim("a.zip", bytes->data, bytes->len);
}

static void
test_truncated(void)
{
	g_autoptr(GByteArray) bytes = one_zip("a.txt", "some text in a zip that is cut off");

	for (gsize cut = 4; cut < bytes->len; cut++) {
		g_autofree char *said = testing_extract("a.zip", bytes->data, cut, NULL);

		g_assert_nonnull(strchr(said, '!'));
		if (cut >= position(bytes, "PK\1\2", 0))
			g_assert_nonnull(strstr(said, "[a.txt]some text in a zip that is cut off"));
	}
}

static void
test_encrypted(void)
{
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;

	testing_zip_add(&zip, "a.txt", "012345678901", 12, FALSE, 1);
	testing_zip_add_text(&zip, "b.txt", "clear");
	bytes = testing_zip_end(&zip);
	said = said_of(bytes);
	g_assert_cmpstr(said, ==, "[names]a.txt\nb.txt\n!encrypted : a.txt: needs a password\n[b.txt]clear");
}

static void
test_hidden_and_doubled(void)
{
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;

	testing_zip_add_text(&zip, "a.txt", "shown");
	g_byte_array_set_size(zip.directory, 0);
	zip.members = 0;
	testing_zip_add_text(&zip, "b.txt", "first");
	testing_zip_add_text(&zip, "b.txt", "second");
	bytes = testing_zip_end(&zip);
	said = said_of(bytes);
	g_assert_nonnull(strstr(said, "!broken : the zip holds entries that its directory does not list\n"));
	g_assert_nonnull(strstr(said, "!broken : entries of the zip have the same name\n"));
	g_assert_nonnull(strstr(said, "[a.txt]shown"));
	g_assert_nonnull(strstr(said, "[b.txt]first"));
	g_assert_nonnull(strstr(said, "[b.txt]second"));
}

/* Byte @at behind the signature is turned: what is said of it. */
static void
test_lies(void)
{
	static const struct {
		const char *signature;
		gsize at;
		const char *says;
	} lies[] = {
		{ "PK\3\4", 30, "the zip's directory and its entries differ" }, /* name */
		{ "PK\3\4", 8, "the zip's directory and its entries differ" },	/* method */
		{ "PK\3\4", 18, "the zip's directory and its entries differ" }, /* packed size */
		{ "PK\1\2", 16, "checksum differs" },
		{ "PK\1\2", 42, "the zip's directory is broken" },		/* offset */
		{ "PK\1\2", 23, "the zip's directory is broken" },		/* packed size, far too large */
		{ "PK\1\2", 10, "!unknown : a.txt: Unsupported" },		/* method */
		{ "PK\5\6", 16, "!" },						/* where the directory is */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
		g_autoptr(GByteArray) bytes = one_zip("a.txt", "some text, some text, some text");
		g_autofree char *said = NULL;

		bytes->data[position(bytes, lies[i].signature, 0) + lies[i].at] ^= 0x11;
		said = said_of(bytes);
		if (i + 1 < G_N_ELEMENTS(lies) && strstr(said, lies[i].says) == NULL)
			g_error("lie %zu: %s", i, said);
		if (i + 1 == G_N_ELEMENTS(lies)) /* found all the same: it ends where the end record begins */
			g_assert_nonnull(strstr(said, "[a.txt]some text, some text, some text"));
	}
}

static void
test_overlap(void)
{
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;
	gsize second;

	testing_zip_add_text(&zip, "a.txt", "text");
	testing_zip_add_text(&zip, "b.txt", "text");
	bytes = testing_zip_end(&zip);
	second = position(bytes, "PK\1\2", 1);
	memset(bytes->data + second + 42, 0, 4);
	said = said_of(bytes);
	g_assert_nonnull(strstr(said, "entries of the zip overlap"));
}

/* A zip behind something else is read too. */
static void
test_appended(void)
{
	static const char *const heads[] = { "MZ\1\2\3\4 this program unpacks itself", "%no PDF at all\n", "\x89PNG\r\n\x1a\n" };

	for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autoptr(GByteArray) zip = one_zip("a.txt", "hidden text"), bytes = g_byte_array_new();
		g_autofree char *said = NULL;

		g_byte_array_append(bytes, (const guint8 *)heads[i], (guint)strlen(heads[i]));
		g_byte_array_append(bytes, zip->data, zip->len);
		said = testing_extract("", bytes->data, bytes->len, NULL);
		g_assert_nonnull(strstr(said, "[appended.zip/a.txt]hidden text"));
	}
}

/* Text where a zip has none: comments, between entries, behind the end, in a folder. */
static void
test_odd_places(void)
{
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;
	static const char between[] = "13812345671 between the entries of a zip", folder[] = "13812345672";

	testing_zip_add_text(&zip, "a.txt", "first");
	g_byte_array_append(zip.bytes, (const guint8 *)between, sizeof(between) - 1);
	testing_zip_add(&zip, "folder/", folder, sizeof(folder) - 1, FALSE, 0);
	testing_zip_add_text(&zip, "empty/", "");
	bytes = testing_zip_end(&zip);
	bytes->data[bytes->len - 2] = 7;
	g_byte_array_append(bytes, (const guint8 *)"comment" "\0\0" "13812345673", 20);
	said = said_of(bytes);
	g_assert_true(g_str_has_prefix(said,
		"[names]a.txt\nfolder/\nempty/\n[comments]comment\n[a.txt]first[folder/]13812345672"
		"[between entries]13812345671 between the entries of a zip\n"));
	g_assert_true(g_str_has_suffix(said, "[appended]13812345673"));
}

static void
test_empty(void)
{
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = testing_zip_end(&zip);
	g_autofree char *said = said_of(bytes);

	g_assert_cmpstr(said, ==, "");
}

static void
test_depth(void)
{
	g_autoptr(GByteArray) bytes = one_zip("a.txt", "text");
	g_autofree char *said = NULL;

	for (guint i = 0; i < 1000; i++) {
		TestingZip zip = testing_zip();

		testing_zip_add(&zip, "z.zip", bytes->data, bytes->len, TRUE, 0);
		g_byte_array_unref(bytes);
		bytes = testing_zip_end(&zip);
	}
	said = said_of(bytes);
	g_assert_nonnull(strstr(said, "!limit z.zip/z.zip/"));
	g_assert_nonnull(strstr(said, "depth of documents in documents"));
	g_assert_null(strstr(said, "text"));
}

static void
test_limits(void)
{
	gsize length = 20u << 20;
	g_autofree guint8 *zeros = g_malloc(length);
	const struct {
		const char *says;
		FnLimits limits;
		gsize size;
		gboolean deflated;
	} tries[] = {
		{ "ratio", { 1u << 30, 1u << 30, 250, 100, 9, 100000 }, length, TRUE },
		{ "output", { 1u << 30, 1u << 20, 250, 100, 9, 100000 }, length, TRUE },
		{ "output", { 1u << 30, 1u << 20, 250, 100, 9, 100000 }, length, FALSE },
		{ "members", { 1u << 30, 1u << 30, 250, 1, 9, 100000 }, 10, TRUE },
		{ "size of a member", { 1000, 1u << 30, 250, 100, 9, 100000 }, length, TRUE },
		{ "size of a document", { 1000, 1u << 30, 250, 100, 9, 100000 }, length, FALSE },
		{ "processor time", { 1u << 30, 1u << 30, 250, 100, 9, 0 }, 10, TRUE },
	};

	memset(zeros, 0, length);
	for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
		TestingZip zip = testing_zip();
		g_autoptr(GByteArray) bytes = NULL;
		g_autofree char *said = NULL;

		testing_zip_add(&zip, "a", zeros, i == 4 ? 3000 : tries[i].size, tries[i].deflated, 0);
		testing_zip_add(&zip, "b", zeros, 0, FALSE, 0);
		bytes = testing_zip_end(&zip);
		said = testing_extract("a.zip", bytes->data, bytes->len, &tries[i].limits);
		if (strstr(said, tries[i].says) == NULL || strstr(said, "!limit") == NULL)
			g_error("%s: %.200s", tries[i].says, said);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/zip/nested", test_nested);
	g_test_add_func("/zip/truncated", test_truncated);
	g_test_add_func("/zip/encrypted", test_encrypted);
	g_test_add_func("/zip/hidden-and-doubled", test_hidden_and_doubled);
	g_test_add_func("/zip/lies", test_lies);
	g_test_add_func("/zip/overlap", test_overlap);
	g_test_add_func("/zip/appended", test_appended);
	g_test_add_func("/zip/odd-places", test_odd_places);
	g_test_add_func("/zip/empty", test_empty);
	g_test_add_func("/zip/depth", test_depth);
	g_test_add_func("/zip/limits", test_limits);
	return g_test_run();
}
