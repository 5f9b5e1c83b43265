#include "ledger/trusted.h"

#include "base/json.h"
#include "base/text.h"
#include "ledger/segment.h"
#include "ledger/tile.h"
#include "ledger/tlog_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX (1u << 18)

static gboolean
fault(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
fault(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL)
		*error = g_error_new_valist(FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, format, arguments);
	va_end(arguments);
	return FALSE;
}

void
fn_trusted_clear(FnTrusted *trusted)
{
	g_free(trusted->origin);
	g_free(trusted->time);
	memset(trusted, 0, sizeof(*trusted));
}

void
fn_trusted_of_head(const FnHead *head, FnTrusted *trusted_out)
{
	*trusted_out = (FnTrusted){ .origin = g_strdup(head->origin), .time = g_strdup(head->time), .size = head->size, .has_sm3 = TRUE };
	memcpy(trusted_out->root[FN_PROOF_SHA256], head->sha256, FN_DIGEST_SIZE);
	memcpy(trusted_out->root[FN_PROOF_SM3], head->sm3, FN_DIGEST_SIZE);
}

void
fn_trusted_of_checkpoint(const FnCheckpoint *checkpoint, FnTrusted *trusted_out)
{
	*trusted_out = (FnTrusted){ .origin = g_strndup(checkpoint->origin.text, checkpoint->origin.size), .size = checkpoint->size };
	memcpy(trusted_out->root[FN_PROOF_SHA256], checkpoint->root, FN_DIGEST_SIZE);
}

/* ---- reading ---- */

gboolean
fn_checkpoint_is_of_log(const FnCheckpoint *checkpoint, const char *intl_key, GError **error)
{
	g_autofree char *origin = g_strndup(checkpoint->origin.text, checkpoint->origin.size);
	g_autofree guint8 *raw = NULL;
	g_autofree char *text = NULL;
	g_autoptr(FnNoteKey) key = NULL;
	gsize size = 0;

	if (!fn_origin_is_valid(origin))
		return fault(error, "the checkpoint's origin is none of ours");
	if (g_str_has_prefix(intl_key, "intl:"))
		raw = fn_span_base64((FnSpan){ intl_key + 5, strlen(intl_key + 5) }, 32, &size);
	if (size != 32) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "not an Ed25519 public key (intl:<base64 of 32 bytes>)");
		return FALSE;
	}
	text = fn_note_key_text(origin, FN_NOTE_ED25519, raw);
	key = fn_note_key_parse(text, FN_NOTE_ED25519, error);
	return key != NULL && fn_checkpoint_verify(checkpoint, key, NULL, error);
}

static gboolean
read_checkpoint(const char *text, gsize size, const char *intl_key, FnTrusted *trusted_out, GError **error)
{
	FnCheckpoint checkpoint;

	if (!fn_checkpoint_parse(text, size, &checkpoint, error) || !fn_checkpoint_is_of_log(&checkpoint, intl_key, error))
		return FALSE;
	fn_trusted_of_checkpoint(&checkpoint, trusted_out);
	return TRUE;
}

static gboolean
read_head(const char *text, const char *gm_key, const char *intl_key, FnTrusted *trusted_out, GError **error)
{
	FnCanon canon = fn_canon_over(text, strlen(text));
	g_auto(FnHead) head = { 0 };

	if (!fn_head_take(&canon, &head) || canon.at != canon.end)
		return fault(error, "neither a head, a receipt, a tlog-proof nor a checkpoint");
	if (!fn_head_verify(&head, gm_key, intl_key, error))
		return FALSE;
	fn_trusted_of_head(&head, trusted_out);
	return TRUE;
}

static gboolean
read_receipt(const char *text, gsize size, const char *gm_key, const char *intl_key, FnTrusted *trusted_out, GError **error)
{
	g_autoptr(FnReceipt) receipt = fn_receipt_parse(text, size, error);

	if (receipt == NULL || !fn_receipt_holds(receipt, gm_key, intl_key, error))
		return FALSE;
	fn_trusted_of_head(&receipt->head, trusted_out);
	return TRUE;
}

/* Its receipt knows more than its checkpoint. */
static gboolean
read_proof(const char *text, gsize size, const char *gm_key, const char *intl_key, FnTrusted *trusted_out, GError **error)
{
	g_auto(FnTlogProof) proof = { 0 };
	g_autoptr(FnReceipt) receipt = NULL;

	if (!fn_tlog_proof_parse(text, size, &proof, error) || !fn_checkpoint_is_of_log(&proof.checkpoint, intl_key, error))
		return FALSE;
	if (proof.extra == NULL) {
		fn_trusted_of_checkpoint(&proof.checkpoint, trusted_out);
		return TRUE;
	}
	if ((receipt = fn_tlog_proof_receipt(&proof, error)) == NULL || !fn_receipt_holds(receipt, gm_key, intl_key, error))
		return FALSE;
	fn_trusted_of_head(&receipt->head, trusted_out);
	return TRUE;
}

gboolean
fn_trusted_read(const char *text, gsize size, const char *gm_key, const char *intl_key, FnTrusted *trusted_out, GError **error)
{
	g_autofree char *canonical = NULL;
	json_t *json;

	if (size > TEXT_MAX)
		return fault(error, "too long for a head");
	if (fn_tlog_proof_is(text, size))
		return read_proof(text, size, gm_key, intl_key, trusted_out, error);
	json = fn_json_parse(text, size, NULL);
	if (json == NULL)
		return read_checkpoint(text, size, intl_key, trusted_out, error);
	canonical = fn_json_canonical(json);
	json_decref(json);
	if (g_str_has_prefix(canonical, "{\"entry\":"))
		return read_receipt(canonical, strlen(canonical), gm_key, intl_key, trusted_out, error);
	return read_head(canonical, gm_key, intl_key, trusted_out, error);
}

/* ---- is it the past of today's tree? ---- */

static gboolean
tree_begins_with(const FnTrusted *kept, const FnTrusted *now, guint which, const FnTiles *tiles, GError **error)
{
	guint8 proof[FN_PROOF_MAX * FN_DIGEST_SIZE];
	guint count = 0;

	if (kept->size < now->size && !fn_tiles_consistency(tiles, kept->size, now->size, proof, &count, error))
		return FALSE;
	if (fn_proof_consistency(tiles->suite, kept->size, now->size, proof, count, kept->root[which], now->root[which]))
		return TRUE;
	return fault(error, "the log was forked: the %s tree over its first %" G_GUINT64_FORMAT " entries is not the one that was signed%s%s",
		which == FN_PROOF_SM3 ? "SM3" : "SHA-256", kept->size, kept->time != NULL ? " at " : "", kept->time != NULL ? kept->time : "");
}

gboolean
fn_trusted_is_past(const FnTrusted *kept, const FnTrusted *now, const FnTiles tiles[FN_PROOFS], GError **error)
{
	if (!g_str_equal(kept->origin, now->origin))
		return fault(error, "the head is of another log: %s, not %s", kept->origin, now->origin);
	if (kept->size > now->size)
		return fault(error, "the log was rolled back: a head over %" G_GUINT64_FORMAT " entries was signed%s%s, the last one here is over %" G_GUINT64_FORMAT,
			kept->size, kept->time != NULL ? " at " : "", kept->time != NULL ? kept->time : "", now->size);
	return tree_begins_with(kept, now, FN_PROOF_SHA256, &tiles[FN_PROOF_SHA256], error) &&
		(!kept->has_sm3 || !now->has_sm3 || tree_begins_with(kept, now, FN_PROOF_SM3, &tiles[FN_PROOF_SM3], error));
}

/* ---- witnesses ---- */

/* The text with the cosignature that lies in @directory: the head's note with the line of the file kept for the witness (cosign.h),
 * or the checkpoint that the lines were collected on. */
static char *
cosigned_note(int directory, const FnNoteKey *witness, GError **error)
{
	g_autofree char *id = fn_hex(witness->id, sizeof(witness->id));
	g_autofree char *path = g_build_filename("cosignatures", id, NULL);
	g_autoptr(GBytes) bytes = fn_file_read(directory, path, FN_NOTE_MAX, NULL, NULL);
	const char *text, *at;
	g_auto(FnHead) head = { 0 };
	FnSpan first, line;
	FnCanon canon;
	gsize size;

	if (bytes == NULL) {
		g_autoptr(GBytes) note = fn_file_read(directory, "checkpoint", FN_NOTE_MAX, NULL, error);

		return note != NULL ? g_strndup(g_bytes_get_data(note, NULL), g_bytes_get_size(note)) : NULL;
	}
	at = text = g_bytes_get_data(bytes, &size);
	if (fn_line_next(&at, text + size, &first) && fn_line_next(&at, text + size, &line)) {
		canon = fn_canon_over(first.text, first.size);
		if (fn_head_take(&canon, &head) && canon.at == canon.end)
			return g_strdup_printf("%s%.*s\n", head.note, (int)line.size, line.text);
	}
	return fault(error, "%s: not a head with a cosignature", path), NULL;
}

gboolean
fn_trusted_of_witness(int directory, const FnNoteKey *witness, const char *intl_key, FnTrusted *trusted_out, guint64 *time_out,
	GError **error)
{
	g_autofree char *note = cosigned_note(directory, witness, error);
	FnCheckpoint checkpoint;

	if (note == NULL || !fn_checkpoint_parse(note, strlen(note), &checkpoint, error) ||
	    !fn_checkpoint_is_of_log(&checkpoint, intl_key, error) ||
	    !fn_cosignature_find(checkpoint.lines, checkpoint.body, witness, NULL, time_out, error))
		return FALSE;
	fn_trusted_of_checkpoint(&checkpoint, trusted_out);
	return TRUE;
}

/* ---- a directory ---- */

static gboolean
now_of(int directory, const FnLedgerReport *report, FnTrusted *now, GError **error)
{
	g_autoptr(GBytes) bytes = fn_file_read(directory, "origin", FN_ORIGIN_MAX + 1, NULL, error);
	const char *text;
	gsize size;

	if (bytes == NULL)
		return FALSE;
	text = g_bytes_get_data(bytes, &size);
	*now = (FnTrusted){ .origin = g_strndup(text != NULL ? text : "", size > 0 ? size - 1 : 0), .size = report->signed_size, .has_sm3 = TRUE };
	return (fn_unhex(report->root_sha256, now->root[FN_PROOF_SHA256], FN_DIGEST_SIZE) &&
		       fn_unhex(report->root_sm3, now->root[FN_PROOF_SM3], FN_DIGEST_SIZE)) || fault(error, "no roots");
}

gboolean
fn_trusted_is_past_of(const FnTrusted *kept, const char *directory, const FnLedgerReport *report, GError **error)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_autoptr(FnTileReader) sha256 = fn_tile_reader_new(fd, FN_SUITE_INTL, NULL);
	g_autoptr(FnTileReader) sm3 = fn_tile_reader_new(fd, FN_SUITE_GM, NULL);
	const FnTiles tiles[FN_PROOFS] = { [FN_PROOF_SHA256] = fn_tile_reader_tiles(sha256, report->signed_size),
		[FN_PROOF_SM3] = fn_tile_reader_tiles(sm3, report->signed_size) };
	g_auto(FnTrusted) now = { 0 };
	gboolean good;

	if (fd < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", directory, g_strerror(errno));
		return FALSE;
	}
	good = now_of(fd, report, &now, error) && fn_trusted_is_past(kept, &now, tiles, error);
	close(fd);
	return good;
}
