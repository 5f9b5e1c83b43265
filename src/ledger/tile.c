#include "ledger/tile.h"

#include "base/pool.h"
#include "ledger/ledger.h"

#include <fcntl.h>
#include <unistd.h>

/* Not changed once it is made. */
typedef struct {
	gint64 place;
	guint width;
	FnTile tile;
} Held;

struct FnTileCache {
	FnMutex mutex;
	GQueue order;     /* of Held, the last used first */
	GHashTable *link; /* place -> its link in the order */
};

struct FnTileReader {
	int directory;
	FnSuite suite;
	FnTileCache *cache;
	GPtrArray *kept; /* of Held: few, so they are looked through */
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

/* ---- files ---- */

static GBytes *
read_width(int directory, FnSuite suite, guint level, guint64 index, guint width, gboolean *missing_out, GError **error)
{
	g_autofree char *path = fn_tile_path(suite, level, index, width);
	g_autoptr(GError) why = NULL;
	GBytes *bytes = fn_file_read(directory, path, FN_TILE_BYTES, missing_out, &why);

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

GBytes *
fn_tile_read(int directory, FnSuite suite, guint level, guint64 index, guint width, GError **error)
{
	g_autoptr(GError) why = NULL;
	gboolean missing;
	GBytes *bytes;

	g_assert(width > 0 && width <= FN_TILE_WIDTH);
	bytes = read_width(directory, suite, level, index, width, &missing, &why);
	if (bytes == NULL && missing && width < FN_TILE_WIDTH)
		bytes = read_width(directory, suite, level, index, FN_TILE_WIDTH, NULL, NULL);
	if (bytes == NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return bytes;
}

void
fn_tile_expect(int directory, FnSuite suite, guint level, guint64 index, guint width)
{
	g_autofree char *path = fn_tile_path(suite, level, index, width);
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

	if (fd < 0)
		return;
	posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
	close(fd);
}

/* ---- tiles with their nodes ---- */

/* An index is less than 2^56. */
static gint64
place_of(FnSuite suite, guint level, guint64 index)
{
	return (gint64)((index * FN_TILE_LEVELS + level) * 2 + (suite == FN_SUITE_GM));
}

FnTileCache *
fn_tile_cache_new(void)
{
	FnTileCache *cache = g_new0(FnTileCache, 1);

	pthread_mutex_init(&cache->mutex, NULL);
	g_queue_init(&cache->order);
	cache->link = g_hash_table_new(g_int64_hash, g_int64_equal);
	return cache;
}

void
fn_tile_cache_free(FnTileCache *cache)
{
	if (cache == NULL)
		return;
	g_hash_table_unref(cache->link);
	g_queue_clear_full(&cache->order, g_atomic_rc_box_release);
	pthread_mutex_destroy(&cache->mutex);
	g_free(cache);
}

guint
fn_tile_cache_count(FnTileCache *cache)
{
	guint count;

	fn_mutex_lock(&cache->mutex);
	count = cache->order.length;
	fn_mutex_unlock(&cache->mutex);
	return count;
}

/* Caller releases. */
static Held *
cache_find(FnTileCache *cache, gint64 place, guint width)
{
	Held *held = NULL;
	GList *link;

	fn_mutex_lock(&cache->mutex);
	link = g_hash_table_lookup(cache->link, &place);
	if (link != NULL && ((const Held *)link->data)->width >= width) {
		held = g_atomic_rc_box_acquire(link->data);
		g_queue_unlink(&cache->order, link);
		g_queue_push_head_link(&cache->order, link);
	}
	fn_mutex_unlock(&cache->mutex);
	return held;
}

/* With the mutex. */
static void
cache_drop(FnTileCache *cache, GList *link)
{
	Held *held = link->data;

	g_hash_table_remove(cache->link, &held->place);
	g_queue_delete_link(&cache->order, link);
	g_atomic_rc_box_release(held);
}

static void
cache_keep(FnTileCache *cache, Held *held)
{
	GList *old;

	fn_mutex_lock(&cache->mutex);
	old = g_hash_table_lookup(cache->link, &held->place);
	if (old == NULL || ((const Held *)old->data)->width < held->width) {
		if (old != NULL)
			cache_drop(cache, old);
		g_queue_push_head(&cache->order, g_atomic_rc_box_acquire(held));
		g_hash_table_insert(cache->link, &held->place, cache->order.head);
		if (cache->order.length > FN_TILES_CACHED)
			cache_drop(cache, cache->order.tail);
	}
	fn_mutex_unlock(&cache->mutex);
}

FnTileReader *
fn_tile_reader_new(int directory, FnSuite suite, FnTileCache *cache)
{
	FnTileReader *reader = g_new0(FnTileReader, 1);

	reader->directory = directory;
	reader->suite = suite;
	reader->cache = cache;
	reader->kept = g_ptr_array_new_with_free_func(g_atomic_rc_box_release);
	return reader;
}

void
fn_tile_reader_free(FnTileReader *reader)
{
	if (reader == NULL)
		return;
	g_ptr_array_unref(reader->kept);
	g_free(reader);
}

static Held *
read_held(FnTileReader *reader, guint level, guint64 index, guint width, GError **error)
{
	g_autoptr(GBytes) hashes = fn_tile_read(reader->directory, reader->suite, level, index, width, error);
	Held *held;

	if (hashes == NULL)
		return NULL;
	held = g_atomic_rc_box_new0(Held);
	held->place = place_of(reader->suite, level, index);
	held->width = (guint)(g_bytes_get_size(hashes) / FN_DIGEST_SIZE);
	fn_tile_fill(reader->suite, &held->tile, g_bytes_get_data(hashes, NULL), held->width);
	if (reader->cache != NULL && (level > 0 || held->width < FN_TILE_WIDTH))
		cache_keep(reader->cache, held);
	return held;
}

const FnTile *
fn_tile_reader_get(guint level, guint64 index, guint width, gpointer data, GError **error)
{
	FnTileReader *reader = data;
	gint64 place = place_of(reader->suite, level, index);
	Held *held;

	for (guint i = 0; i < reader->kept->len; i++) {
		held = g_ptr_array_index(reader->kept, i);
		if (held->place == place && held->width >= width)
			return &held->tile;
	}
	held = reader->cache != NULL ? cache_find(reader->cache, place, width) : NULL;
	if (held == NULL)
		held = read_held(reader, level, index, width, error);
	if (held == NULL)
		return NULL;
	g_ptr_array_add(reader->kept, held);
	return &held->tile;
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
