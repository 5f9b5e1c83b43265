#include "ledger/tile.h"

#include "ledger/ledger.h"

#include <fcntl.h>
#include <unistd.h>

struct FnTileReader {
	int directory;
	FnSuite suite;
	GHashTable *kept; /* "level/index/width" -> GBytes */
};

char *
fn_tile_number(guint64 index, guint width)
{
	g_autofree char *number = g_strdup_printf("%03u", (guint)(index % 1000));

	for (index /= 1000; index > 0; index /= 1000) {
		char *longer = g_strdup_printf("x%03u/%s", (guint)(index % 1000), number);

		g_free(number);
		number = longer;
	}
	return width == FN_TILE_WIDTH ? g_steal_pointer(&number) : g_strdup_printf("%s.p/%u", number, width);
}

char *
fn_tile_path(FnSuite suite, guint level, guint64 index, guint width)
{
	g_autofree char *number = fn_tile_number(index, width);

	return g_strdup_printf("%stile/%u/%s", suite == FN_SUITE_GM ? "sm3/" : "", level, number);
}

FnTileReader *
fn_tile_reader_new(int directory, FnSuite suite)
{
	FnTileReader *reader = g_new0(FnTileReader, 1);

	reader->directory = directory;
	reader->suite = suite;
	reader->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
	return reader;
}

void
fn_tile_reader_free(FnTileReader *reader)
{
	if (reader == NULL)
		return;
	g_hash_table_unref(reader->kept);
	g_free(reader);
}

static GBytes *
read_tile(FnTileReader *reader, guint level, guint64 index, guint width, gboolean *missing_out, GError **error)
{
	g_autofree char *path = fn_tile_path(reader->suite, level, index, width);
	g_autoptr(GError) why = NULL;
	GBytes *bytes = fn_file_read(reader->directory, path, FN_TILE_BYTES, missing_out, &why);

	if (bytes != NULL && g_bytes_get_size(bytes) == (gsize)width * FN_DIGEST_SIZE)
		return bytes;
	if (bytes != NULL) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s has %" G_GSIZE_FORMAT " bytes instead of %u", path,
			g_bytes_get_size(bytes), width * FN_DIGEST_SIZE);
		g_bytes_unref(bytes);
		return NULL;
	}
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s", why->message);
	return NULL;
}

const guint8 *
fn_tile_reader_get(guint level, guint64 index, guint width, gpointer data, GError **error)
{
	FnTileReader *reader = data;
	g_autofree char *key = g_strdup_printf("%u/%" G_GUINT64_FORMAT "/%u", level, index, width);
	GBytes *bytes = g_hash_table_lookup(reader->kept, key);
	gboolean missing;

	g_assert(width > 0 && width <= FN_TILE_WIDTH);
	if (bytes == NULL) {
		g_autoptr(GError) why = NULL;

		bytes = read_tile(reader, level, index, width, &missing, &why);
		if (bytes == NULL && missing && width < FN_TILE_WIDTH)
			bytes = read_tile(reader, level, index, FN_TILE_WIDTH, NULL, NULL);
		if (bytes == NULL) {
			g_propagate_error(error, g_steal_pointer(&why));
			return NULL;
		}
		g_hash_table_insert(reader->kept, g_steal_pointer(&key), bytes);
	}
	return g_bytes_get_data(bytes, NULL);
}

FnTiles
fn_tile_reader_tiles(FnTileReader *reader, guint64 size)
{
	return (FnTiles){ reader->suite, size, fn_tile_reader_get, reader };
}

void
fn_tile_drop_partials(int directory, FnSuite suite, guint level, guint64 index)
{
	g_autofree char *path = fn_tile_path(suite, level, index, FN_TILE_WIDTH);
	g_autofree char *partials = g_strconcat(path, ".p", NULL);

	fn_file_empty_folder(directory, partials);
	unlinkat(directory, partials, AT_REMOVEDIR);
}
