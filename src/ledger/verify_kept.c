/* Verification of a pruned log: what is left from before the first segment. The leaves are believed to be what the tiles say, and
 * every signed head must come out of them; the bytes of each kept entry must make its leaf; and the file as a whole must be the one
 * that the entry ledger.pruned names, which lies under a signed head: so nobody takes a kept entry away unnoticed. */
#include "ledger/verify_priv.h"

#include "ledger/prune.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

gboolean
fn_verify_find_kept(FnVerify *verify, GError **error)
{
	g_autoptr(GArray) list = fn_kept_list(verify->directory, error);
	g_autofree char *path = NULL;

	if (list == NULL || list->len == 0)
		return list != NULL;
	if (list->len > 1 && !verify->live)
		return fn_verify_fault(error, "kept: more than one file; after a crash, opening the ledger once ends what was under way");
	path = fn_kept_path(g_array_index(list, guint64, list->len - 1));
	return fn_kept_open(verify->directory, path, verify->origin, &verify->pruned, error) &&
		fn_kept_digest(&verify->pruned, verify->pruned_digest, error);
}

/* The next kept entry and where it is; index G_MAXUINT64 behind the last. */
typedef struct {
	guint64 place, index;
	GByteArray *frame;
} Next;

static const guint8 *
leaf_of(GBytes *tile, guint64 index)
{
	return (const guint8 *)g_bytes_get_data(tile, NULL) + index % FN_TILE_WIDTH * FN_DIGEST_SIZE;
}

/* The bytes of the kept entry make its leaves. */
static gboolean
check_frame(FnVerify *verify, const Next *next, GBytes *const tile[FN_CHECKS], GError **error)
{
	FnSpan span = { (const char *)next->frame->data + 2, next->frame->len - 2 };
	FnEntry entry;

	if (!fn_entry_parse(span.text, span.size, &entry))
		return fn_verify_fault(error, "%s: entry %" G_GUINT64_FORMAT " is not in canonical form", verify->segment, next->index);
	if (memcmp(verify->time, entry.time.text, FN_TIME_SIZE) > 0)
		return fn_verify_fault(error, "%s: entry %" G_GUINT64_FORMAT " is older than the one before", verify->segment, next->index);
	memcpy(verify->time, entry.time.text, FN_TIME_SIZE);
	for (guint check = 0; check < FN_CHECKS; check++) {
		guint8 made[FN_DIGEST_SIZE];

		fn_tree_leaf(fn_verify_suite(check), span.text, span.size, made);
		if (memcmp(made, leaf_of(tile[check], next->index), FN_DIGEST_SIZE) != 0)
			return fn_verify_fault(error, "%s: entry %" G_GUINT64_FORMAT " is not what its %s tile says: one of the two was altered",
				verify->segment, next->index, check == FN_CHECK_SM3 ? "SM3" : "SHA-256");
	}
	return TRUE;
}

static gboolean
step(const FnVerify *verify, Next *next, GError **error)
{
	g_byte_array_set_size(next->frame, 0);
	next->index = G_MAXUINT64;
	return next->place == verify->pruned.entries || fn_kept_take(&verify->pruned, next->place++, &next->index, next->frame, error);
}

/* Leaves up to entry @until, and what is said about the trees on the way. */
static gboolean
add_leaves(FnVerify *verify, GBytes *const tile[FN_CHECKS], guint64 until, GError **error)
{
	while (verify->entries < until) {
		guint64 from = verify->entries;

		do
			verify->entries++;
		while (verify->entries < until && !fn_verify_is_said(verify, verify->entries));
		for (guint check = 0; check < FN_CHECKS; check++)
			fn_tree_add(verify->tree[check], leaf_of(tile[check], from), verify->entries - from);
		if (verify->fault != NULL) {
			g_propagate_error(error, g_steal_pointer(&verify->fault));
			return FALSE;
		}
		if (!fn_verify_heads(verify, error))
			return FALSE;
	}
	return TRUE;
}

static GBytes *
read_leaves(const FnVerify *verify, guint check, guint64 index, GError **error)
{
	g_autofree char *path = fn_tile_path(fn_verify_suite(check), 0, index, FN_TILE_WIDTH);
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(verify->directory, path, FN_TILE_BYTES, NULL, &why);

	if (bytes == NULL)
		fn_verify_fault(error, "%s", why->message);
	else if (g_bytes_get_size(bytes) != FN_TILE_BYTES)
		fn_verify_fault(error, "%s: has %" G_GSIZE_FORMAT " bytes instead of %u", path, g_bytes_get_size(bytes), FN_TILE_BYTES);
	else
		return g_steal_pointer(&bytes);
	return NULL;
}

static gboolean
check_leaves(FnVerify *verify, guint64 index, Next *next, GError **error)
{
	g_autoptr(GBytes) sha256 = read_leaves(verify, FN_CHECK_SHA256, index, error);
	g_autoptr(GBytes) sm3 = sha256 != NULL ? read_leaves(verify, FN_CHECK_SM3, index, error) : NULL;
	GBytes *const tile[FN_CHECKS] = { [FN_CHECK_SHA256] = sha256, [FN_CHECK_SM3] = sm3 };

	if (sm3 == NULL)
		return FALSE;
	while (next->index < (index + 1) * FN_TILE_WIDTH)
		if (!check_frame(verify, next, tile, error) || !step(verify, next, error))
			return FALSE;
	return add_leaves(verify, tile, (index + 1) * FN_TILE_WIDTH, error);
}

gboolean
fn_verify_kept(FnVerify *verify, GError **error)
{
	Next next = { .frame = g_byte_array_new() };
	gboolean good = TRUE;

	if (verify->pruned.fd >= 0) {
		g_free(verify->segment);
		verify->segment = fn_kept_path(verify->pruned.minimum);
		good = step(verify, &next, error);
		for (guint64 i = 0; good && i < verify->pruned.first / FN_TILE_WIDTH; i++)
			good = check_leaves(verify, i, &next, error);
	}
	g_byte_array_unref(next.frame);
	return good;
}

void
fn_verify_note_pruning(FnVerify *verify, const FnEntry *entry, guint64 index)
{
	g_autofree char *digest = NULL;
	const char *said;
	json_t *body;

	if (verify->pruned.fd < 0 || !fn_span_is(entry->event, FN_PRUNED_EVENT) || !fn_span_is(entry->from, fn_role_name(FN_ROLE_LEDGER)))
		return;
	body = fn_json_parse(entry->body.text, entry->body.size, NULL);
	said = json_string_value(json_object_get(body, "digest"));
	digest = fn_hex(verify->pruned_digest, FN_DIGEST_SIZE);
	if (said != NULL && g_str_equal(said, digest) &&
	    json_integer_value(json_object_get(body, "minimum")) == (json_int_t)verify->pruned.minimum)
		verify->pruned_said = index + 1;
	json_decref(body);
}

gboolean
fn_verify_pruned(FnVerify *verify, GError **error)
{
	g_autofree char *path = fn_kept_path(verify->pruned.minimum);

	return verify->pruned.fd < 0 || (verify->pruned_said > 0 && verify->pruned_said <= verify->last.size) ||
		fn_verify_fault(error, "%s: no signed entry of the ledger says that this was to be kept", path);
}
