#include "ledger/published.h"

#include "ledger/log_priv.h"
#include "ledger/note.h"

#include <string.h>

typedef struct {
	const char *at, *end;
} Path;

static gboolean
literal(Path *path, const char *text)
{
	gsize size = strlen(text);

	if ((gsize)(path->end - path->at) < size || memcmp(path->at, text, size) != 0)
		return FALSE;
	path->at += size;
	return TRUE;
}

/* A decimal number up to @most, without leading zeros. */
static gboolean
number(Path *path, guint64 most, guint64 *value_out)
{
	const char *first = path->at;
	guint64 value = 0;

	for (; path->at < path->end && g_ascii_isdigit(*path->at); path->at++) {
		guint digit = (guint)(*path->at - '0');

		if (value > (most - digit) / 10)
			return FALSE;
		value = value * 10 + digit;
	}
	*value_out = value;
	return path->at > first && (*first != '0' || path->at == first + 1) && value <= most;
}

static gboolean
three_digits(Path *path, guint64 *value)
{
	guint64 group = 0;

	if (path->end - path->at < 3)
		return FALSE;
	for (guint i = 0; i < 3; i++, path->at++) {
		if (!g_ascii_isdigit(*path->at))
			return FALSE;
		group = group * 10 + (guint64)(*path->at - '0');
	}
	if (*value > (FN_PUBLISHED_INDEX_MAX - group) / 1000)
		return FALSE;
	*value = *value * 1000 + group;
	return TRUE;
}

/* Groups of three; only the first one of several may not be zero, or there would be two spellings. */
static gboolean
grouped(Path *path, guint64 *value_out)
{
	guint64 value = 0;

	while (literal(path, "x"))
		if (!three_digits(path, &value) || value == 0 || !literal(path, "/"))
			return FALSE;
	*value_out = value;
	return three_digits(path, value_out);
}

static gboolean
tile(Path *path, FnPublished *published)
{
	guint64 level = 0, width = FN_TILE_WIDTH;

	if (!literal(path, "tile/"))
		return FALSE;
	published->kind = literal(path, "entries/") ? FN_PUBLISHED_BUNDLE : FN_PUBLISHED_TILE;
	if (published->kind == FN_PUBLISHED_TILE && !(number(path, 63, &level) && literal(path, "/")))
		return FALSE;
	if (!grouped(path, &published->index) || (literal(path, ".p/") && (!number(path, FN_TILE_WIDTH - 1, &width) || width == 0)))
		return FALSE;
	published->level = (guint)level;
	published->width = (guint)width;
	return TRUE;
}

gboolean
fn_published_parse(const char *text, gsize size, FnPublished *published_out)
{
	Path path = { text, text + size };
	FnPublished published = { .suite = FN_SUITE_INTL };
	gboolean good;

	*published_out = (FnPublished){ 0 };
	if (size > FN_PUBLISHED_PATH_MAX)
		return FALSE;
	if (literal(&path, "checkpoint")) {
		published.kind = FN_PUBLISHED_CHECKPOINT;
		good = TRUE;
	} else if (literal(&path, "cosigned")) {
		published.kind = FN_PUBLISHED_COSIGNED;
		good = TRUE;
	} else if (literal(&path, "heads/")) {
		published.kind = FN_PUBLISHED_HEADS;
		good = number(&path, G_MAXINT64, &published.index);
	} else {
		published.suite = literal(&path, "sm3/") ? FN_SUITE_GM : FN_SUITE_INTL;
		good = tile(&path, &published);
	}
	if (!good || path.at != path.end)
		return FALSE;
	*published_out = published;
	return TRUE;
}

char *
fn_published_path(const FnPublished *published)
{
	g_autofree char *number = NULL;

	switch (published->kind) {
	case FN_PUBLISHED_CHECKPOINT:
		return g_strdup("checkpoint");
	case FN_PUBLISHED_COSIGNED:
		return g_strdup("cosigned");
	case FN_PUBLISHED_HEADS:
		return g_strdup_printf("heads/%" G_GUINT64_FORMAT, published->index);
	case FN_PUBLISHED_TILE:
		return fn_tile_path(published->suite, published->level, published->index, published->width);
	case FN_PUBLISHED_BUNDLE:
		number = fn_tile_number(published->index, published->width);
		return g_strdup_printf("%stile/entries/%s", published->suite == FN_SUITE_GM ? "sm3/" : "", number);
	default:
		g_assert_not_reached();
	}
}

/* ---- what lies behind them ---- */

static GBytes *
out_of_range(GError **error, const char *what)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "%s", what);
	return NULL;
}

/* The tree that heads cover, not what is on disk: it may be further while a head waits for its signature. */
static GBytes *
read_tile(int directory, const FnPublished *published, guint64 size, GError **error)
{
	g_autoptr(GBytes) hashes = NULL;
	guint64 open;
	guint width;

	if (published->level >= FN_TILE_LEVELS)
		return out_of_range(error, "the tree is not that high");
	open = fn_tile_index(size, published->level);
	width = published->index < open ? FN_TILE_WIDTH : published->index == open ? fn_tile_width(size, published->level) : 0;
	if (published->width > width)
		return out_of_range(error, "the tree of the last signed head has no such tile");
	hashes = fn_tile_read(directory, published->suite, published->level, published->index, width, error);
	return hashes != NULL ? g_bytes_new_from_bytes(hashes, 0, (gsize)published->width * FN_DIGEST_SIZE) : NULL;
}

/* Size of the last signed head, 0: none yet; its note. */
static guint64
last_note(FnLog *log, char **note_out)
{
	guint64 size;

	fn_mutex_lock(&log->mutex);
	size = log->head.size;
	*note_out = g_strdup(log->head.note);
	fn_mutex_unlock(&log->mutex);
	return size;
}

static GBytes *
cosigned(int directory, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;
	GBytes *text = fn_file_read(directory, "cosignatures/checkpoint", FN_NOTE_MAX, &missing, &why);

	if (text == NULL && missing)
		return out_of_range(error, "no witness has vouched for a head yet");
	if (text == NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return text;
}

/* With the lines of witnesses where they are about this very note. */
static GBytes *
checkpoint(int directory, const char *note)
{
	g_autoptr(GBytes) with = cosigned(directory, NULL);
	gsize size = 0, length = strlen(note);
	const char *text = with != NULL ? g_bytes_get_data(with, &size) : NULL;

	if (size > length && memcmp(text, note, length) == 0)
		return g_steal_pointer(&with);
	return g_bytes_new(note, length);
}

GBytes *
fn_log_file(FnLog *log, const char *path, gsize size, GError **error)
{
	g_autofree char *note = NULL;
	FnPublished published;
	guint64 head_size;

	if (!fn_published_parse(path, size, &published)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "nothing is published under this path: see C2SP tlog-tiles");
		return NULL;
	}
	head_size = last_note(log, &note);
	if (head_size == 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET, "there is no signed head yet: ask again in a moment");
		return NULL;
	}
	switch (published.kind) {
	case FN_PUBLISHED_CHECKPOINT:
		return checkpoint(log->directory, note);
	case FN_PUBLISHED_COSIGNED:
		return cosigned(log->directory, error);
	case FN_PUBLISHED_TILE:
		return read_tile(log->directory, &published, head_size, error);
	case FN_PUBLISHED_HEADS:
		return fn_heads_after(log->directory, published.index, FN_HEADS_BYTES, error);
	default:
		return out_of_range(error, "bundles of entries are not published here");
	}
}
