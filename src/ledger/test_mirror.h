/* For tests: all that a log publishes, and its bundles, by their paths. */
#pragma once

#include "ledger/published.h"
#include "ledger/segment.h"
#include "ledger/test_keys.h"
#include "ledger/tile.h"

static inline void
test_mirror_put(GHashTable *files, const char *prefix, const FnPublished *published, GBytes *bytes)
{
	g_autofree char *path = fn_published_path(published);

	g_assert_nonnull(bytes);
	g_hash_table_replace(files, g_strconcat(prefix, path, NULL), bytes);
}

static inline void
test_mirror_copy(FnLog *log, GHashTable *files, const char *prefix, FnPublished published)
{
	g_autofree char *path = fn_published_path(&published);

	test_mirror_put(files, prefix, &published, fn_log_file(log, path, strlen(path), NULL));
}

static inline void
test_mirror_tiles(FnLog *log, GHashTable *files, const char *prefix, FnSuite suite, guint64 size)
{
	for (guint level = 0; fn_tile_index(size, level) > 0 || fn_tile_width(size, level) > 0; level++)
		for (guint64 index = 0; index <= fn_tile_index(size, level); index++) {
			guint width = index < fn_tile_index(size, level) ? FN_TILE_WIDTH : fn_tile_width(size, level);

			if (width > 0)
				test_mirror_copy(log, files, prefix, (FnPublished){ FN_PUBLISHED_TILE, suite, level, width, index });
		}
}

static inline GHashTable *
test_mirror_files(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
}

/* What the last head covers; its size. */
static inline guint64
test_mirror(FnLog *log, GHashTable *files, const char *prefix)
{
	g_autofree char *head = fn_log_head(log, NULL);
	json_t *json = fn_json_parse(head, strlen(head), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "size"));

	json_decref(json);
	g_hash_table_remove_all(files);
	test_mirror_copy(log, files, prefix, (FnPublished){ .kind = FN_PUBLISHED_CHECKPOINT });
	test_mirror_copy(log, files, prefix, (FnPublished){ .kind = FN_PUBLISHED_HEADS, .index = size - 1 });
	test_mirror_tiles(log, files, prefix, FN_SUITE_INTL, size);
	test_mirror_tiles(log, files, prefix, FN_SUITE_GM, size);
	for (guint64 at = 0; at < size; at += FN_BUNDLE) {
		const FnPublished bundle = { FN_PUBLISHED_BUNDLE, FN_SUITE_INTL, 0, (guint)MIN(FN_BUNDLE, size - at), at / FN_BUNDLE };
		GByteArray *entries = g_byte_array_new();

		g_assert_true(fn_log_read(log, at, bundle.width, 1u << 24, entries, NULL));
		test_mirror_put(files, prefix, &bundle, g_byte_array_free_to_bytes(entries));
	}
	return size;
}
