#include "ledger/verify_published.h"

#include "ledger/entry.h"
#include "ledger/published.h"
#include "ledger/segment.h"
#include "ledger/tile.h"

#include <string.h>

#define BUNDLE_BYTES_MAX ((gsize)FN_BUNDLE * (FN_ENTRY_MAX + 2))

static gboolean
fault(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
fault(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL && *error == NULL)
		*error = g_error_new_valist(FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, format, arguments);
	va_end(arguments);
	return FALSE;
}

void
fn_published_report_clear(FnPublishedReport *report)
{
	fn_trusted_clear(&report->now);
	if (report->checkpoint != NULL)
		g_bytes_unref(report->checkpoint);
	memset(report, 0, sizeof(*report));
}

/* ---- tiles ---- */

/* The first @width hashes of a tile; the full one serves as well where the narrower is gone. */
static GBytes *
get_tile(const FnPublishedLog *log, FnSuite suite, guint level, guint64 index, guint width, GError **error)
{
	const guint widths[] = { width, FN_TILE_WIDTH };
	gboolean missing = TRUE;

	for (gsize i = 0; i < G_N_ELEMENTS(widths) && missing && (i == 0 || width < FN_TILE_WIDTH); i++) {
		g_autofree char *path = fn_tile_path(suite, level, index, widths[i]);
		g_autoptr(GBytes) bytes = NULL;

		g_clear_error(error);
		missing = FALSE;
		if ((bytes = log->get(path, FN_TILE_BYTES, log->data, &missing, error)) == NULL)
			continue;
		if (g_bytes_get_size(bytes) == (gsize)widths[i] * FN_DIGEST_SIZE)
			return g_bytes_new_from_bytes(bytes, 0, (gsize)width * FN_DIGEST_SIZE);
		fault(error, "%s: has %" G_GSIZE_FORMAT " bytes instead of %u", path, g_bytes_get_size(bytes), widths[i] * FN_DIGEST_SIZE);
	}
	return NULL;
}

typedef struct {
	const FnPublishedLog *log;
	FnSuite suite;
	FnTree *tree;
	GError *why; /* of a callback */
} Growing;

/* Tiles above the leaves are what the leaves make. */
static void
compare(guint level, guint64 index, guint width, const guint8 *hashes, gpointer data)
{
	Growing *growing = data;
	g_autoptr(GBytes) tile = NULL;

	if (level == 0 || growing->why != NULL)
		return;
	tile = get_tile(growing->log, growing->suite, level, index, width, &growing->why);
	if (tile != NULL && memcmp(g_bytes_get_data(tile, NULL), hashes, (gsize)width * FN_DIGEST_SIZE) != 0) {
		g_autofree char *path = fn_tile_path(growing->suite, level, index, width);

		fault(&growing->why, "%s: not the hashes that the leaves make", path);
	}
}

/* ---- entries ---- */

static gboolean
check_bundle(const guint8 *data, gsize size, guint64 first, guint width, GBytes *const leaves[FN_PROOFS], const char *path, GError **error)
{
	static const FnSuite suite[FN_PROOFS] = { [FN_PROOF_SHA256] = FN_SUITE_INTL, [FN_PROOF_SM3] = FN_SUITE_GM };
	gsize at = 0;

	for (guint i = 0; i < width; i++) {
		FnEntry entry;
		FnSpan frame;

		if (fn_frame_take(data, size, &at, &frame, &entry) != FN_FOUND_GOOD)
			return fault(error, "%s: entry %" G_GUINT64_FORMAT " is not there, or not in its form", path, first + i);
		for (guint tree = 0; tree < FN_PROOFS; tree++) {
			guint8 leaf[FN_DIGEST_SIZE];

			fn_tree_leaf(suite[tree], frame.text, frame.size, leaf);
			if (leaves[tree] != NULL &&
			    memcmp(leaf, (const guint8 *)g_bytes_get_data(leaves[tree], NULL) + (gsize)i * FN_DIGEST_SIZE, sizeof(leaf)) != 0)
				return fault(error, "%s: entry %" G_GUINT64_FORMAT " is not what its tile says", path, first + i);
		}
	}
	return at == size || fault(error, "%s: something follows its last entry", path);
}

static gboolean
take_bundle(const FnPublishedLog *log, guint64 index, guint width, GBytes *const leaves[FN_PROOFS], FnPublishedReport *report,
	GError **error)
{
	const FnPublished published = { .kind = FN_PUBLISHED_BUNDLE, .suite = FN_SUITE_INTL, .index = index, .width = width };
	g_autofree char *path = fn_published_path(&published);
	g_autoptr(GError) why = NULL;
	gboolean missing = FALSE;
	g_autoptr(GBytes) bundle = log->get(path, BUNDLE_BYTES_MAX, log->data, &missing, &why);

	if (bundle == NULL && missing) {
		report->gone += width;
		return TRUE;
	}
	if (bundle == NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	report->hashed += width;
	return check_bundle(g_bytes_get_data(bundle, NULL), g_bytes_get_size(bundle), index * FN_BUNDLE, width, leaves, path, error);
}

/* ---- trees ---- */

static gboolean
add_leaves(const FnPublishedLog *log, Growing growing[FN_PROOFS], guint64 index, guint width, FnPublishedReport *report, GError **error)
{
	g_autoptr(GBytes) sha256 = get_tile(log, FN_SUITE_INTL, 0, index, width, error);
	g_autoptr(GBytes) sm3 = sha256 != NULL && report->now.has_sm3 ? get_tile(log, FN_SUITE_GM, 0, index, width, error) : NULL;
	GBytes *const leaves[FN_PROOFS] = { [FN_PROOF_SHA256] = sha256, [FN_PROOF_SM3] = sm3 };

	if (sha256 == NULL || (report->now.has_sm3 && sm3 == NULL))
		return FALSE;
	for (guint tree = 0; tree < FN_PROOFS; tree++) {
		if (leaves[tree] != NULL)
			fn_tree_add(growing[tree].tree, g_bytes_get_data(leaves[tree], NULL), width);
		if (growing[tree].why != NULL) {
			g_propagate_error(error, g_steal_pointer(&growing[tree].why));
			return FALSE;
		}
	}
	return !log->entries || take_bundle(log, index, width, leaves, report, error);
}

static gboolean
root_is(Growing *growing, const guint8 *root, GError **error)
{
	guint8 made[FN_DIGEST_SIZE];

	fn_tree_open_tiles(growing->tree, compare, growing);
	if (growing->why != NULL) {
		g_propagate_error(error, g_steal_pointer(&growing->why));
		return FALSE;
	}
	fn_tree_root(growing->tree, made);
	return memcmp(made, root, sizeof(made)) == 0 ||
		fault(error, "the leaves do not make the signed %s root", growing->suite == FN_SUITE_GM ? "SM3" : "SHA-256");
}

static gboolean
check_trees(const FnPublishedLog *log, FnPublishedReport *report, GError **error)
{
	guint64 size = report->now.size;
	Growing growing[FN_PROOFS] = { [FN_PROOF_SHA256] = { .log = log, .suite = FN_SUITE_INTL }, [FN_PROOF_SM3] = { .log = log, .suite = FN_SUITE_GM } };
	gboolean good = TRUE;

	for (guint tree = 0; tree < FN_PROOFS; tree++)
		growing[tree].tree = fn_tree_new(growing[tree].suite, compare, &growing[tree]);
	for (guint64 done = 0; good && done < size; done += FN_TILE_WIDTH) {
		good = add_leaves(log, growing, done / FN_TILE_WIDTH, (guint)MIN(FN_TILE_WIDTH, size - done), report, error);
		if (log->progress != NULL)
			log->progress(MIN(size, done + FN_TILE_WIDTH), size, NULL);
	}
	for (guint tree = 0; tree < FN_PROOFS; tree++) {
		good = good && ((tree == FN_PROOF_SM3 && !report->now.has_sm3) || root_is(&growing[tree], report->now.root[tree], error));
		fn_tree_free(growing[tree].tree);
		g_clear_error(&growing[tree].why);
	}
	return good;
}

/* ---- what is signed ---- */

/* The head of both trees at the checkpoint's size; there is none where only what C2SP knows is published. */
static gboolean
take_head(const FnPublishedLog *log, FnPublishedReport *report, GError **error)
{
	const FnPublished published = { .kind = FN_PUBLISHED_HEADS, .index = report->now.size - 1 };
	g_autofree char *path = fn_published_path(&published);
	g_autoptr(GError) why = NULL;
	gboolean missing = FALSE;
	g_autoptr(GBytes) lines = log->get(path, FN_HEADS_BYTES, log->data, &missing, &why);
	g_auto(FnHead) head = { 0 };
	FnSpan line = { 0 };
	const char *at;
	FnCanon canon;
	gsize size;

	if (lines == NULL && missing)
		return TRUE;
	if (lines == NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	at = g_bytes_get_data(lines, &size);
	if (size > 0)
		fn_line_next(&at, at + size, &line);
	canon = fn_canon_over(line.text, line.size);
	if (line.size == 0 || !fn_head_take(&canon, &head) || canon.at != canon.end)
		return fault(error, "%s: no head in its form", path);
	if (head.size != report->now.size || !g_str_equal(head.origin, report->now.origin) ||
	    memcmp(head.sha256, report->now.root[FN_PROOF_SHA256], FN_DIGEST_SIZE) != 0)
		return fault(error, "%s: not the head that the checkpoint is of", path);
	if (!fn_head_verify(&head, log->gm_key, log->intl_key, error))
		return FALSE;
	fn_trusted_clear(&report->now);
	fn_trusted_of_head(&head, &report->now);
	return TRUE;
}

gboolean
fn_published_verify(const FnPublishedLog *log, FnPublishedReport *report_out, GError **error)
{
	g_auto(FnPublishedReport) report = { 0 };
	gboolean missing;
	FnCheckpoint checkpoint;
	gsize size;
	const char *text;

	report.checkpoint = log->get("checkpoint", FN_NOTE_MAX, log->data, &missing, error);
	if (report.checkpoint == NULL)
		return FALSE;
	text = g_bytes_get_data(report.checkpoint, &size);
	if (!fn_checkpoint_parse(text, size, &checkpoint, error) || !fn_checkpoint_is_of_log(&checkpoint, log->intl_key, error)) {
		g_prefix_error(error, "checkpoint: ");
		return FALSE;
	}
	fn_trusted_of_checkpoint(&checkpoint, &report.now);
	if ((report.now.size > 0 && !take_head(log, &report, error)) || !check_trees(log, &report, error))
		return FALSE;
	*report_out = report;
	memset(&report, 0, sizeof(report));
	return TRUE;
}

/* ---- from a kept head ---- */

typedef struct {
	const FnPublishedLog *log;
	FnSuite suite;
	FnTile tile; /* the last */
} Proving;

static const FnTile *
proving_get(guint level, guint64 index, guint width, gpointer data, GError **error)
{
	Proving *proving = data;
	g_autoptr(GBytes) hashes = get_tile(proving->log, proving->suite, level, index, width, error);

	if (hashes == NULL)
		return NULL;
	fn_tile_fill(proving->suite, &proving->tile, g_bytes_get_data(hashes, NULL), width);
	return &proving->tile;
}

gboolean
fn_published_is_past(const FnPublishedLog *log, const FnTrusted *kept, const FnTrusted *now, GError **error)
{
	Proving proving[FN_PROOFS] = { [FN_PROOF_SHA256] = { .log = log, .suite = FN_SUITE_INTL }, [FN_PROOF_SM3] = { .log = log, .suite = FN_SUITE_GM } };
	FnTiles tiles[FN_PROOFS];

	for (guint tree = 0; tree < FN_PROOFS; tree++)
		tiles[tree] = (FnTiles){ proving[tree].suite, now->size, proving_get, &proving[tree] };
	return fn_trusted_is_past(kept, now, tiles, error);
}
