#include "extract/testing.h"

#include <archive.h>
#include <archive_entry.h>

static const struct {
	const char *name;
	int (*format)(struct archive *);
	int (*filter)(struct archive *); /* NULL: none */
} kinds[] = {
	{ "a.tar", archive_write_set_format_ustar, NULL },
	{ "a.v7.tar", archive_write_set_format_v7tar, NULL },
	{ "a.pax.tar", archive_write_set_format_pax, NULL },
	{ "a.7z", archive_write_set_format_7zip, NULL },
	{ "a.cpio", archive_write_set_format_cpio_newc, NULL },
	{ "a.iso", archive_write_set_format_iso9660, NULL },
	{ "a.tar.gz", archive_write_set_format_ustar, archive_write_add_filter_gzip },
	{ "a.tar.bz2", archive_write_set_format_ustar, archive_write_add_filter_bzip2 },
	{ "a.tar.xz", archive_write_set_format_ustar, archive_write_add_filter_xz },
	{ "a.tar.zst", archive_write_set_format_ustar, archive_write_add_filter_zstd },
	{ "a.tar.lz4", archive_write_set_format_ustar, archive_write_add_filter_lz4 },
};

static void
add(struct archive *archive, const char *name, int type, const void *bytes, gsize size)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, (guint)type);
	archive_entry_set_perm(entry, 0644);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, "/etc/passwd");
	archive_entry_set_size(entry, (la_int64_t)size);
	g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
	if (size > 0)
		g_assert_cmpint((int)archive_write_data(archive, bytes, size), ==, (int)size);
	archive_entry_free(entry);
}

/* An archive of kind @i with these members, NULL after the last; caller frees. @memory holds it. */
static gsize
pack(gsize i, void *memory, gsize max, const char *const *names, const void *bytes, gsize size)
{
	struct archive *archive = archive_write_new();
	gsize used = 0;

	kinds[i].format(archive);
	if (kinds[i].filter != NULL)
		kinds[i].filter(archive);
	archive_write_set_bytes_in_last_block(archive, 1);
	g_assert_cmpint(archive_write_open_memory(archive, memory, max, &used), ==, ARCHIVE_OK);
	for (; *names != NULL; names++)
		add(archive, *names, g_str_has_prefix(*names, "link") ? AE_IFLNK : AE_IFREG, bytes, g_str_has_prefix(*names, "link") ? 0 : size);
	g_assert_cmpint(archive_write_close(archive), ==, ARCHIVE_OK);
	archive_write_free(archive);
	return used;
}

static void
test_kinds(gconstpointer data)
{
	static const char *const names[] = { "one.txt", "two.txt", NULL };
	gsize i = GPOINTER_TO_SIZE(data), max = 1 << 22;
	g_autofree guint8 *memory = g_malloc(max);
	gsize size = pack(i, memory, max, names, "13812345678", 11);
	g_autofree char *said = testing_extract(kinds[i].name, memory, size, NULL);
	const char *inner = kinds[i].filter != NULL ? "a.tar/" : "";
	g_autofree char *first = g_strdup_printf("[%sone.txt]13812345678", inner), *second = g_strdup_printf("[%stwo.txt]13812345678", inner);

	g_assert_nonnull(strstr(said, first));
	g_assert_nonnull(strstr(said, second));
	g_assert_nonnull(strstr(said, "one.txt\ntwo.txt\n"));
	g_assert_null(strchr(said, '!'));
	/* Cut off: silent only when nothing but padding misses. */
	for (gsize step = MAX(size / 200, 1), cut = 1; cut < size; cut += step) {
		g_autofree guint8 *part = g_memdup2(memory, cut);
		g_autofree char *of_part = testing_extract(kinds[i].name, part, cut, NULL);

		if (strchr(of_part, '!') == NULL && (strstr(of_part, first) == NULL || strstr(of_part, second) == NULL))
			g_error("%s, cut to %zu of %zu, is silent: %s", kinds[i].name, cut, size, of_part);
	}
	for (gsize at = 0; at < size; at += MAX(size / 400, 1)) {
		g_autofree guint8 *turned = g_memdup2(memory, size);
		g_autofree char *of_turned = NULL;

		turned[at] ^= 0x55;
		of_turned = testing_extract(kinds[i].name, turned, size, NULL);
	}
}

static void
test_names_and_links(void)
{
	static const char *const names[] = { "../../etc/shadow", "/root/x", "link", NULL };
	g_autofree guint8 *memory = g_malloc(1 << 16);
	gsize size = pack(0, memory, 1 << 16, names, "hello", 5);
	g_autofree char *said = testing_extract("a.tar", memory, size, NULL);

	g_assert_cmpstr(said, ==,
		"[../../etc/shadow]hello[/root/x]hello!unknown : link: a link, not followed\n[names]../../etc/shadow\n/root/x\nlink\n");
}

/* Each limit once for each kind: whatever kind it is, it holds. */
static void
test_limits(gconstpointer data)
{
	static const char *const names[] = { "a", "b", "c", "d", NULL };
	gsize i = GPOINTER_TO_SIZE(data), max = 70u << 20, length = 20u << 20;
	g_autofree guint8 *memory = g_malloc(max), *zeros = g_malloc(length);
	struct {
		const char *says;
		FnLimits limits;
	} tries[] = {
		{ "ratio", fn_limits_default() },
		{ "members", fn_limits_default() },
		{ "output", fn_limits_default() },
		{ "size of a", fn_limits_default() },
		{ "depth", fn_limits_default() },
		{ "processor time", fn_limits_default() },
	};
	gsize size;

	memset(zeros, 'x', length);
	tries[0].limits.ratio = kinds[i].filter != NULL || strcmp(kinds[i].name, "a.7z") == 0 ? 100 : 0;
	tries[1].limits.members = 2;
	tries[2].limits.output = 1 << 20;
	tries[3].limits.input = 100;
	tries[4].limits.depth = 0;
	tries[5].limits.seconds = 0;
	for (gsize k = 0; k < G_N_ELEMENTS(tries); k++) {
		g_autofree char *said = NULL;

		if (k == 0 && tries[k].limits.ratio == 0)
			continue; /* nothing is packed in it */
		size = pack(i, memory, max, names + (k == 1 ? 0 : 3), zeros, k == 0 || k == 2 ? length : 200);
		tries[k].limits.seconds = k == 5 ? 0 : 100000;
		said = testing_extract(kinds[i].name, memory, size, &tries[k].limits);
		if (strstr(said, tries[k].says) == NULL || strstr(said, "!limit") == NULL)
			g_error("%s, %s: %.200s", kinds[i].name, tries[k].says, said);
	}
}

static void
test_names(void)
{
	static const struct {
		const char *name, *inner;
	} cases[] = { { "a.gz", "a" }, { "a.tgz", "a.tar" }, { "x/a.txt.gz", "a.txt" }, { "", "unpacked" }, { ".gz", "unpacked" } };
	g_autofree guint8 *memory = g_malloc(1 << 16);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		z_stream stream = { .next_in = (guint8 *)"hello", .avail_in = 5, .next_out = memory, .avail_out = 1 << 16 };
		g_autofree char *said = NULL, *expected = g_strdup_printf("[%s]hello", cases[i].inner);

		g_assert_true(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) == Z_OK);
		g_assert_true(deflate(&stream, Z_FINISH) == Z_STREAM_END);
		deflateEnd(&stream);
		said = testing_extract(cases[i].name, memory, stream.total_out, NULL);
		g_assert_true(g_str_has_suffix(said, expected)); /* "hello" is no tar, which is noted before */
	}
}

/* ---- what libarchive does not write ---- */

/* A member of a zip that is packed by bzip2. */
static void
test_zip_methods(void)
{
	static const char text[] = "13812345678 in a member packed by bzip2";
	guint8 packed[1024];
	gsize used = 0;
	struct archive *bzip2 = archive_write_new();
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL, *cut = NULL;
	guint32 crc = (guint32)crc32_z(0, (const guint8 *)text, sizeof(text) - 1);
	gsize central;

	archive_write_set_format_raw(bzip2);
	archive_write_add_filter_bzip2(bzip2);
	archive_write_set_bytes_in_last_block(bzip2, 1);
	g_assert_cmpint(archive_write_open_memory(bzip2, packed, sizeof(packed), &used), ==, ARCHIVE_OK);
	add(bzip2, "x", AE_IFREG, text, sizeof(text) - 1);
	archive_write_close(bzip2);
	archive_write_free(bzip2);
	testing_zip_add(&zip, "a.txt", packed, used, FALSE, 0);
	bytes = testing_zip_end(&zip);
	central = 30 + 5 + used;
	for (guint i = 0; i < 4; i++)
		bytes->data[14 + i] = bytes->data[central + 16 + i] = (guint8)(crc >> 8 * i);
	bytes->data[8] = bytes->data[central + 10] = 12;
	bytes->data[22] = bytes->data[central + 24] = sizeof(text) - 1;
	said = testing_extract("a.zip", bytes->data, bytes->len, NULL);
	g_assert_cmpstr(said, ==, "[names]a.txt\n[a.txt]13812345678 in a member packed by bzip2");
	bytes->data[40] ^= 1;
	cut = testing_extract("a.zip", bytes->data, bytes->len, NULL);
	g_assert_nonnull(strstr(cut, "!broken : a.txt: "));
}

/* One block of RAR 5: its checksum, its size, its head, then its data. */
static void
rar_block(GByteArray *rar, const char *head, gsize size)
{
	GByteArray *block = g_byte_array_new();

	testing_le(block, size, 1); /* a number below 128 is one byte */
	g_byte_array_append(block, (const guint8 *)head, (guint)size);
	testing_le(rar, crc32_z(0, block->data, block->len), 4);
	g_byte_array_append(rar, block->data, block->len);
	g_byte_array_unref(block);
}

static void
test_rar(void)
{
	g_autoptr(GByteArray) rar = g_byte_array_new();
	GByteArray *file = g_byte_array_new();
	g_autofree char *said = NULL, *of_cut = NULL;

	g_byte_array_append(rar, (const guint8 *)"Rar!\x1a\7\1", 8);
	rar_block(rar, "\1\0\0", 3);
	g_byte_array_append(file, (const guint8 *)"\2\2\x0b\4\x0b\x20", 6); /* file, has data, 11 bytes, has a checksum, 11 unpacked */
	testing_le(file, crc32_z(0, (const guint8 *)"13812345678", 11), 4);
	g_byte_array_append(file, (const guint8 *)"\0\1\5a.txt", 8); /* stored, Unix, name */
	rar_block(rar, (const char *)file->data, file->len);
	g_byte_array_unref(file);
	g_byte_array_append(rar, (const guint8 *)"13812345678", 11);
	rar_block(rar, "\5\0\0", 3);
	said = testing_extract("a.rar", rar->data, rar->len, NULL);
	g_assert_cmpstr(said, ==, "[a.txt]13812345678[names]a.txt\n");
	of_cut = testing_extract("a.rar", rar->data, rar->len - 12, NULL);
	g_assert_nonnull(strstr(of_cut, "!broken"));
	testing_maim("a.rar", rar->data, rar->len);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *path = g_strdup_printf("/archive/%s", kinds[i].name);
		g_autofree char *limits = g_strdup_printf("/archive/limits/%s", kinds[i].name);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_kinds);
		g_test_add_data_func(limits, GSIZE_TO_POINTER(i), test_limits);
	}
	g_test_add_func("/archive/names-and-links", test_names_and_links);
	g_test_add_func("/archive/names-of-packed", test_names);
	g_test_add_func("/archive/zip-methods", test_zip_methods);
	g_test_add_func("/archive/rar", test_rar);
	return g_test_run();
}
