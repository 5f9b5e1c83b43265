/* For tests and fuzzers: compound files made by hand, and the integers of the records inside. */
#pragma once

#include "extract/testing.h"

#define TESTING_END 0xFFFFFFFEu

typedef struct {
	char name[32];
	guint parent;
	gboolean storage;
	GByteArray *bytes;
	guint32 start;
} TestingOleEntry;

typedef struct {
	GArray *entries;  /* TestingOleEntry; 0 is the root */
	GByteArray *body; /* sectors */
	GArray *fat;      /* guint32 */
} TestingOle;

static inline guint
testing_ole_add(TestingOle *ole, guint parent, const char *name, gboolean storage, const void *bytes, gsize size)
{
	TestingOleEntry entry = { .parent = parent, .storage = storage, .bytes = g_byte_array_new(), .start = TESTING_END };

	g_strlcpy(entry.name, name, sizeof entry.name);
	if (size > 0)
		g_byte_array_append(entry.bytes, bytes, (guint)size);
	g_array_append_val(ole->entries, entry);
	return ole->entries->len - 1;
}

static inline TestingOle
testing_ole(void)
{
	TestingOle ole = { g_array_new(FALSE, FALSE, sizeof(TestingOleEntry)), g_byte_array_new(),
		g_array_new(FALSE, FALSE, sizeof(guint32)) };

	testing_ole_add(&ole, 0, "Root Entry", TRUE, NULL, 0);
	return ole;
}

static inline guint
testing_ole_storage(TestingOle *ole, guint parent, const char *name)
{
	return testing_ole_add(ole, parent, name, TRUE, NULL, 0);
}

static inline void
testing_ole_stream(TestingOle *ole, guint parent, const char *name, const GByteArray *bytes)
{
	testing_ole_add(ole, parent, name, FALSE, bytes->data, bytes->len);
}

/* @bytes as a chain of sectors; returns the first. */
static inline guint32
testing_ole_chain(TestingOle *ole, const GByteArray *bytes, guint8 filler)
{
	guint32 first = ole->fat->len, sectors = (bytes->len + 511) / 512;

	if (sectors == 0)
		return TESTING_END;
	g_byte_array_append(ole->body, bytes->data, bytes->len);
	while (ole->body->len % 512 != 0)
		g_byte_array_append(ole->body, &filler, 1);
	for (guint32 i = 1; i <= sectors; i++) {
		guint32 next = i < sectors ? first + i : TESTING_END;

		g_array_append_val(ole->fat, next);
	}
	return first;
}

/* Small streams in sectors of 64 bytes, their table and what they lie in; big ones at once. */
static inline void
testing_ole_streams(TestingOle *ole, GByteArray *small, GByteArray *small_fat)
{
	static const guint8 zero[64] = { 0 };

	for (guint i = 1; i < ole->entries->len; i++) {
		TestingOleEntry *entry = &g_array_index(ole->entries, TestingOleEntry, i);
		guint sectors = (entry->bytes->len + 63) / 64;

		if (entry->bytes->len >= 4096) {
			entry->start = testing_ole_chain(ole, entry->bytes, 0);
		} else if (sectors > 0) {
			entry->start = small_fat->len / 4;
			g_byte_array_append(small, entry->bytes->data, entry->bytes->len);
			g_byte_array_append(small, zero, sectors * 64 - entry->bytes->len);
			for (guint k = 1; k <= sectors; k++)
				testing_le(small_fat, k < sectors ? entry->start + k : TESTING_END, 4);
		}
	}
}

static inline void
testing_ole_directory(const TestingOle *ole, GByteArray *out)
{
	for (guint i = 0; i < ole->entries->len; i++) {
		const TestingOleEntry *entry = &g_array_index(ole->entries, TestingOleEntry, i);
		guint32 next = G_MAXUINT32, child = G_MAXUINT32;

		/* Brothers are a list: a tree as good as any. */
		for (guint k = ole->entries->len - 1; k > 0; k--) {
			const TestingOleEntry *other = &g_array_index(ole->entries, TestingOleEntry, k);

			if (k > i && i > 0 && other->parent == entry->parent)
				next = k;
			if (other->parent == i)
				child = k;
		}
		for (guint k = 0; k < 32; k++)
			testing_le(out, k < strlen(entry->name) ? (guchar)entry->name[k] : 0, 2);
		testing_le(out, 2 * strlen(entry->name) + 2, 2);
		testing_le(out, (guint64)(i == 0 ? 5 : entry->storage ? 1 : 2) | 1 << 8, 2);
		testing_le(out, G_MAXUINT32, 4);
		testing_le(out, next, 4);
		testing_le(out, child, 4);
		for (guint k = 0; k < 9; k++)
			testing_le(out, 0, 4);
		testing_le(out, entry->start, 4);
		testing_le(out, entry->bytes->len, 8);
	}
	while (out->len % 512 != 0)
		testing_le(out, 0, 1);
}

static inline void
testing_ole_free(TestingOle *ole)
{
	for (guint i = 0; i < ole->entries->len; i++)
		g_byte_array_unref(g_array_index(ole->entries, TestingOleEntry, i).bytes);
	g_array_unref(ole->entries);
	g_array_unref(ole->fat);
	g_byte_array_unref(ole->body);
}

/* The finished file; the caller unrefs it. */
static inline GByteArray *
testing_ole_end(TestingOle *ole)
{
	g_autoptr(GByteArray) small = g_byte_array_new(), small_fat = g_byte_array_new(), directory = g_byte_array_new();
	GByteArray *out = g_byte_array_new();
	guint32 small_start, directory_start, fats = 1;

	testing_ole_streams(ole, small, small_fat);
	g_array_index(ole->entries, TestingOleEntry, 0).start = testing_ole_chain(ole, small, 0);
	g_byte_array_append(g_array_index(ole->entries, TestingOleEntry, 0).bytes, small->data, small->len);
	small_start = testing_ole_chain(ole, small_fat, 0xFF);
	testing_ole_directory(ole, directory);
	directory_start = testing_ole_chain(ole, directory, 0);
	while (fats * 128 < ole->fat->len + fats)
		fats++;
	g_assert_true(fats <= 109);

	g_byte_array_append(out, (const guint8 *)"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
	for (guint i = 0; i < 4; i++)
		testing_le(out, 0, 4);
	testing_le(out, 0x0003003E, 4);
	testing_le(out, 0x0009FFFE, 4);
	testing_le(out, 6, 8);
	testing_le(out, 0, 4);
	testing_le(out, fats, 4);
	testing_le(out, directory_start, 4);
	testing_le(out, 0, 4);
	testing_le(out, 4096, 4);
	testing_le(out, small_start, 4);
	testing_le(out, small_fat->len > 0, 4);
	testing_le(out, TESTING_END, 4);
	testing_le(out, 0, 4);
	for (guint i = 0; i < 109; i++)
		testing_le(out, i < fats ? ole->fat->len + i : G_MAXUINT32, 4);
	g_byte_array_append(out, ole->body->data, ole->body->len);
	for (guint i = 0; i < fats * 128; i++)
		testing_le(out, i < ole->fat->len ? g_array_index(ole->fat, guint32, i) : i < ole->fat->len + fats ? 0xFFFFFFFD : G_MAXUINT32, 4);
	testing_ole_free(ole);
	return out;
}

/* A text as UTF-16LE. */
static inline void
testing_wide(GByteArray *to, const char *text)
{
	glong n = 0;
	g_autofree gunichar2 *units = g_utf8_to_utf16(text, -1, NULL, &n, NULL);

	for (glong i = 0; i < n; i++)
		testing_le(to, units[i], 2);
}

static inline void
testing_bytes(GByteArray *to, const void *bytes, gsize size)
{
	g_byte_array_append(to, bytes, (guint)size);
}

/* TRUE when each of these stands in @said; says which one is missing. */
static inline void
testing_has(const char *said, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		if (strstr(said, *texts) == NULL) {
			g_printerr("missing: %s\nin:\n%s\n", *texts, said);
			g_assert_not_reached();
		}
}

/* As testing_maim(), for files of many sectors: cut at every 64th byte, every 61st turned. */
static inline void
testing_maim_some(const char *name, const GByteArray *bytes)
{
	for (gsize i = 0; i < bytes->len; i += 64) {
		g_autofree guint8 *cut = g_memdup2(bytes->data, i);
		g_autofree char *said = testing_extract(name, cut, i, NULL);

		g_assert_true(i == 0 || strchr(said, '!') != NULL || i + 4096 > bytes->len);
	}
	for (gsize i = 0; i < bytes->len; i += 61) {
		g_autofree guint8 *turned = g_memdup2(bytes->data, bytes->len);

		turned[i] ^= (guint8)(1u << i % 8);
		g_free(testing_extract(name, turned, bytes->len, NULL));
		turned[i] = 0xFF;
		g_free(testing_extract(name, turned, bytes->len, NULL));
	}
}
