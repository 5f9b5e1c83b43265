/* For tests and fuzzers of readers: a sink that writes everything down, and zips made by hand. */
#pragma once

#include "extract/extract_priv.h"

#include <string.h>
#include <zlib.h>

/* Everything said, as text: "[where] text", "{label}", "!note where: detail", "outside kind where size". */
static inline void
testing_segment(const char *where, gpointer data)
{
	g_assert_true(g_utf8_validate(where, -1, NULL));
	g_string_append_printf(data, "[%s]", where);
}

static inline void
testing_place(const char *label, gpointer data)
{
	g_assert_true(g_utf8_validate(label, -1, NULL));
	g_string_append_printf(data, "{%s}", label);
}

static inline void
testing_text(const char *text, gsize size, gpointer data)
{
	g_assert_true(size > 0 && g_utf8_validate_len(text, size, NULL));
	g_string_append_len(data, text, (gssize)size);
}

static inline void
testing_note(FnNote note, const char *where, const char *detail, gpointer data)
{
	g_assert_true(g_utf8_validate(where, -1, NULL) && g_utf8_validate(detail, -1, NULL));
	g_string_append_printf(data, "!%s %s: %s\n", fn_note_name(note), where, detail);
}

static inline void
testing_outside(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data)
{
	g_string_append_printf(data, "outside %s %s %zu\n", kind, where, size);
}

static inline FnSink
testing_sink(GString *said, gboolean outside)
{
	return (FnSink){ testing_segment, testing_place, testing_text, testing_note, outside ? testing_outside : NULL, said };
}

/* What is said of a document; @limits NULL: the default. Caller frees. */
static inline char *
testing_extract(const char *name, const void *bytes, gsize size, const FnLimits *limits)
{
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits usual = fn_limits_default();
	g_autoptr(FnExtract) extract = NULL;

	usual.seconds = 100000; /* the test as a whole takes its time */
	extract = fn_extract_new(limits != NULL ? limits : &usual, &sink);
	fn_extract_document(extract, name, bytes, size);
	return g_string_free(said, FALSE);
}

/* The document cut off after every byte, and with every byte of it turned: whatever is said, nothing breaks. Each in memory of its
 * own, so that a sanitizer sees one byte too many. For small samples. */
static inline void
testing_maim(const char *name, const void *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++) {
		g_autofree guint8 *cut = g_memdup2(bytes, i), *turned = g_memdup2(bytes, size);

		turned[i] ^= (guint8)(1u << i % 8);
		g_free(testing_extract(name, cut, i, NULL));
		g_free(testing_extract(name, turned, size, NULL));
	}
}

/* What a fuzzer of one reader does with its input: under a name of that format, with small limits. */
static inline void
testing_fuzz(const char *name, const guint8 *data, gsize size)
{
	const FnLimits limits = { .input = 1 << 20, .output = 4 << 20, .ratio = 200, .members = 200, .depth = 5, .seconds = 1000000 };
	g_autofree guint8 *bytes = g_memdup2(data, size);

	g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING); /* as in tests: a NULL where none may be is a finding */
	g_free(testing_extract(name, bytes, size, &limits));
}

/* ---- zips ---- */

typedef struct {
	GByteArray *bytes, *directory;
	guint members;
} TestingZip;

static inline TestingZip
testing_zip(void)
{
	return (TestingZip){ g_byte_array_new(), g_byte_array_new(), 0 };
}

static inline void
testing_le(GByteArray *to, guint64 value, guint size)
{
	for (guint i = 0; i < size; i++) {
		guint8 byte = (guint8)(i < 8 ? value >> 8 * i : 0);

		g_byte_array_append(to, &byte, 1);
	}
}

/* Adds a member: deflated or stored. @flags as in the format (1: encrypted). */
static inline void
testing_zip_add(TestingZip *zip, const char *name, const void *bytes, gsize size, gboolean deflated, guint flags)
{
	gsize packed = deflated ? compressBound((uLong)size) + 16 : size;
	g_autofree guint8 *data = g_malloc(packed + 1);
	guint32 crc = (guint32)crc32_z(0, bytes, size);
	gsize start = zip->bytes->len;

	if (deflated) {
		z_stream stream = { .next_in = (guint8 *)bytes, .avail_in = (guint)size, .next_out = data, .avail_out = (guint)packed };

		g_assert_true(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK);
		g_assert_true(deflate(&stream, Z_FINISH) == Z_STREAM_END);
		packed = stream.total_out;
		deflateEnd(&stream);
	} else if (size > 0) {
		memcpy(data, bytes, size);
	}
	for (guint central = 0; central < 2; central++) {
		GByteArray *to = central ? zip->directory : zip->bytes;

		g_byte_array_append(to, (const guint8 *)(central ? "PK\1\2\24\0\24\0" : "PK\3\4\24\0"), central ? 8 : 6);
		testing_le(to, flags, 2);
		testing_le(to, deflated ? 8 : 0, 2);
		testing_le(to, 0, 4); /* time */
		testing_le(to, crc, 4);
		testing_le(to, packed, 4);
		testing_le(to, size, 4);
		testing_le(to, strlen(name), 2);
		testing_le(to, 0, 2); /* extra */
		if (central) {
			testing_le(to, 0, 10); /* comment, disk, attributes */
			testing_le(to, start, 4);
		}
		g_byte_array_append(to, (const guint8 *)name, (guint)strlen(name));
	}
	g_byte_array_append(zip->bytes, data, (guint)packed);
	zip->members++;
}

static inline void
testing_zip_add_text(TestingZip *zip, const char *name, const char *text)
{
	testing_zip_add(zip, name, text, strlen(text), TRUE, 0);
}

/* The finished zip; the caller frees it. */
static inline GByteArray *
testing_zip_end(TestingZip *zip)
{
	gsize at = zip->bytes->len, size = zip->directory->len;

	g_byte_array_append(zip->bytes, zip->directory->data, zip->directory->len);
	g_byte_array_append(zip->bytes, (const guint8 *)"PK\5\6\0\0\0\0", 8);
	testing_le(zip->bytes, zip->members, 2);
	testing_le(zip->bytes, zip->members, 2);
	testing_le(zip->bytes, size, 4);
	testing_le(zip->bytes, at, 4);
	testing_le(zip->bytes, 0, 2);
	g_byte_array_unref(zip->directory);
	return zip->bytes;
}
