#include "ledger/prove.h"

#include "base/text.h"
#include "ledger/kept.h"
#include "ledger/note.h"
#include "ledger/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEADS_BYTES (64u << 10)

static gboolean
fault(GError **error, FnLedgerError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean
fault(GError **error, FnLedgerError code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL)
		*error = g_error_new_valist(FN_LEDGER_ERROR, code, format, arguments);
	va_end(arguments);
	return FALSE;
}

/* ---- proofs ---- */

gboolean
fn_prove_write(int directory, FnTileCache *cache, FnJson *json, FnProve prove, guint64 which, guint64 size, guint64 tree,
	GError **error)
{
	static const struct {
		const char *name;
		FnSuite suite;
	} trees[] = { { "sha256", FN_SUITE_INTL }, { "sm3", FN_SUITE_GM } };

	fn_json_begin_object(json);
	for (gsize i = 0; i < G_N_ELEMENTS(trees); i++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(directory, trees[i].suite, cache);
		FnTiles tiles = fn_tile_reader_tiles(reader, tree);
		guint8 proof[FN_PROOF_MAX * FN_DIGEST_SIZE];
		guint count;

		if (!prove(&tiles, which, size, proof, &count, error))
			return FALSE;
		fn_json_name(json, trees[i].name);
		fn_json_begin_array(json);
		for (guint j = 0; j < count; j++) {
			g_autofree char *hex = fn_hex(proof + (gsize)j * FN_DIGEST_SIZE, FN_DIGEST_SIZE);

			fn_json_text(json, hex);
		}
		fn_json_end_array(json);
	}
	fn_json_end_object(json);
	return TRUE;
}

char *
fn_prove_receipt(int directory, FnTileCache *cache, const char *head, guint64 size, FnSpan entry, guint64 index, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_name(&json, "entry");
	fn_json_raw(&json, entry.text, entry.size);
	fn_json_name(&json, "head");
	fn_json_raw(&json, head, strlen(head));
	fn_json_member_int(&json, "index", (gint64)index);
	fn_json_name(&json, "proof");
	if (!fn_prove_write(directory, cache, &json, fn_tiles_inclusion, index, size, size, error))
		return NULL;
	fn_json_end_object(&json);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* ---- the last head ---- */

gboolean
fn_last_head(int directory, FnHead *head_out, GError **error)
{
	g_autoptr(GBytes) note = fn_file_read(directory, "checkpoint", FN_NOTE_MAX, NULL, error);
	g_autoptr(GBytes) lines = NULL;
	const char *text, *end;
	FnCheckpoint checkpoint;
	FnCanon canon;
	gsize size;

	if (note == NULL)
		return FALSE;
	text = g_bytes_get_data(note, &size);
	if (!fn_checkpoint_parse(text, size, &checkpoint, error)) {
		g_prefix_error(error, "checkpoint: ");
		return FALSE;
	}
	lines = fn_heads_after(directory, checkpoint.size > 0 ? checkpoint.size - 1 : 0, HEADS_BYTES, error);
	if (lines == NULL)
		return FALSE;
	text = g_bytes_get_data(lines, &size);
	end = size > 0 ? memchr(text, '\n', size) : NULL;
	canon = fn_canon_over(text, end != NULL ? (gsize)(end - text) : 0);
	if (fn_head_take(&canon, head_out) && canon.at == canon.end && head_out->size == checkpoint.size)
		return TRUE;
	return fault(error, FN_LEDGER_ERROR_TAMPERED, "heads: no head over the %" G_GUINT64_FORMAT " entries that the checkpoint names", checkpoint.size);
}

/* ---- an entry ---- */

/* Of what pruning kept from before the first segment. NULL without @error: the segments hold it. */
static GBytes *
find_kept(int directory, const char *origin, guint64 index, GError **error)
{
	g_auto(FnKept) kept = FN_KEPT_NONE;
	g_autoptr(GByteArray) frame = g_byte_array_new();
	guint64 place, found = G_MAXUINT64;

	if (!fn_kept_open_last(directory, origin, &kept, error) || index >= kept.first ||
	    !fn_kept_find(&kept, index, &place, error) || (place < kept.entries && !fn_kept_take(&kept, place, &found, frame, error)))
		return NULL;
	if (found == index)
		return g_bytes_new(frame->data + 2, frame->len - 2);
	return fault(error, FN_LEDGER_ERROR_PRUNED, "entry %" G_GUINT64_FORMAT " was pruned: its time was over", index), NULL;
}

/* The segment that @index lies in: the last one that begins at or before it. */
static gboolean
find_segment(int directory, guint64 index, guint64 *first_out, GError **error)
{
	g_autoptr(GArray) list = fn_segment_list(directory, error);
	guint at = list != NULL ? list->len : 0;

	if (list == NULL)
		return FALSE;
	while (at > 0 && g_array_index(list, guint64, at - 1) > index)
		at--;
	if (at == 0)
		return fault(error, FN_LEDGER_ERROR_TAMPERED, "segments: none begins at or before entry %" G_GUINT64_FORMAT, index);
	*first_out = g_array_index(list, guint64, at - 1);
	return TRUE;
}

static gboolean
bundle_offset(int directory, guint64 bundle, guint64 *offset_out, GError **error)
{
	int fd = openat(directory, "bundles", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	guint32 offset;
	gboolean good = fd >= 0 && fn_file_read_all(fd, &offset, sizeof(offset), bundle * sizeof(offset), NULL);

	if (!good)
		fault(error, FN_LEDGER_ERROR_OPEN, "bundles at offset %" G_GUINT64_FORMAT ": cannot be read", bundle * sizeof(offset));
	if (fd >= 0)
		close(fd);
	if (good)
		*offset_out = GUINT32_FROM_BE(offset);
	return good;
}

/* Steps over @skip frames from @offset on and reads the next. */
static GBytes *
read_frame(int fd, guint64 offset, guint64 skip, GError **error)
{
	g_autofree guint8 *entry = NULL;
	guint16 size = 0;

	for (guint64 i = 0; i <= skip; i++) {
		offset += i > 0 ? sizeof(size) + size : 0;
		if (!fn_file_read_all(fd, &size, sizeof(size), offset, error))
			return NULL;
		size = GUINT16_FROM_BE(size);
		if (size == 0)
			return fault(error, FN_LEDGER_ERROR_TAMPERED, "no entry at offset %" G_GUINT64_FORMAT, offset), NULL;
	}
	entry = g_malloc(size);
	return fn_file_read_all(fd, entry, size, offset + sizeof(size), error) ? g_bytes_new_take(g_steal_pointer(&entry), size) : NULL;
}

GBytes *
fn_entry_find(int directory, const char *origin, guint64 index, GError **error)
{
	g_autofree char *name = NULL;
	g_autofree char *path = NULL;
	g_autoptr(GError) why = NULL;
	GBytes *entry = find_kept(directory, origin, index, &why);
	guint64 first = 0, offset = 0;
	int fd;

	if (entry != NULL)
		return entry;
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return NULL;
	}
	if (!find_segment(directory, index, &first, error) || !bundle_offset(directory, index / FN_BUNDLE, &offset, error))
		return NULL;
	name = fn_segment_name(first);
	path = g_build_filename("segments", name, NULL);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fault(error, FN_LEDGER_ERROR_OPEN, "%s: %s", path, g_strerror(errno)), NULL;
	entry = read_frame(fd, offset, index % FN_BUNDLE, error);
	close(fd);
	if (entry == NULL)
		g_prefix_error(error, "%s: ", path);
	return entry;
}

char *
fn_ledger_prove(const char *directory, guint64 index, GError **error)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_autoptr(GString) line = g_string_new(NULL);
	g_autoptr(GBytes) entry = NULL;
	g_auto(FnHead) head = { 0 };
	char *receipt = NULL;
	FnSpan bytes;

	if (fd < 0)
		return fault(error, FN_LEDGER_ERROR_OPEN, "%s: %s", directory, g_strerror(errno)), NULL;
	if (fn_last_head(fd, &head, error)) {
		if (index >= head.size)
			fault(error, FN_LEDGER_ERROR_RANGE, "the last head covers %" G_GUINT64_FORMAT " entries: there is no proof of entry %" G_GUINT64_FORMAT,
				head.size, index);
		else
			entry = fn_entry_find(fd, head.origin, index, error);
	}
	if (entry != NULL) {
		fn_head_write(&head, line);
		bytes.text = g_bytes_get_data(entry, &bytes.size);
		receipt = fn_prove_receipt(fd, NULL, line->str, head.size, bytes, index, error);
	}
	close(fd);
	return receipt;
}
