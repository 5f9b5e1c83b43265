/* The log as third parties read it: hashes are everybody's, entries are not. */
#include "cli/journey_priv.h"

#include "ledger/note.h"
#include "ledger/published.h"
#include "ledger/segment.h"
#include "ledger/tile.h"

#include <string.h>

#define BASE "/api/v1/ledger/"

static gboolean
get(FnClient *client, const char *path, long status, GString **body_out, GError **error)
{
	g_autofree char *whole = g_strconcat(BASE, path, NULL);
	FnAnswer answer = { 0 };
	gboolean good;

	if (!fn_client_send(client, "GET", whole, NULL, NULL, &answer, error))
		return FALSE;
	good = answer.status == status || fn_city_fail(error, "%s: %ld instead of %ld: %.200s", path, answer.status, status, answer.body->str);
	if (good && body_out != NULL)
		*body_out = g_steal_pointer(&answer.body);
	fn_answer_clear(&answer);
	return good;
}

/* Each entry of the bundle hashes to its place in the tile. */
static gboolean
bundle_is_of_tile(const GString *bundle, const GString *tile, guint width, GError **error)
{
	gsize at = 0;

	for (guint i = 0; i < width; i++) {
		guint8 leaf[FN_DIGEST_SIZE];
		FnSpan entry;

		if (fn_frame_skip((const guint8 *)bundle->str, bundle->len, &at, &entry) != FN_FOUND_GOOD)
			return fn_city_fail(error, "the bundle ends before entry %u", i);
		fn_tree_leaf(FN_SUITE_INTL, entry.text, entry.size, leaf);
		if (tile->len != width * FN_DIGEST_SIZE || memcmp(tile->str + i * FN_DIGEST_SIZE, leaf, sizeof(leaf)) != 0)
			return fn_city_fail(error, "entry %u is not the one that the tile is of", i);
	}
	return at == bundle->len || fn_city_fail(error, "something follows the bundle");
}

static gboolean
check_entries(FnJourney *journey, FnClient *stranger, guint width, GError **error)
{
	g_autofree char *number = fn_tile_number(0, width);
	g_autofree char *tile_path = fn_tile_path(FN_SUITE_INTL, 0, 0, width);
	g_autofree char *bundle_path = g_strconcat("tile/entries/", number, NULL);
	g_autoptr(GString) tile = NULL, bundle = NULL;

	if (!get(stranger, tile_path, 200, &tile, error) || !get(stranger, bundle_path, 401, NULL, error) ||
		!get(stranger, "entries", 401, NULL, error) || !get(stranger, "stream?from=0", 401, NULL, error) ||
		!fn_city_do(journey->city, "auditor", "GET", "/me", NULL, error)) /* logs in */
		return FALSE;
	fn_client_set_token(journey->city->client, g_hash_table_lookup(journey->city->tokens, "auditor"));
	return get(journey->city->client, bundle_path, 200, &bundle, error) && bundle_is_of_tile(bundle, tile, width, error);
}

gboolean
fn_step_log(FnJourney *journey, GError **error)
{
	g_autoptr(FnClient) stranger = fn_client_new(journey->city->console, journey->city->ca);
	g_autoptr(GString) note = NULL;
	FnCheckpoint checkpoint;

	return get(stranger, "checkpoint", 200, &note, error) && fn_checkpoint_parse(note->str, note->len, &checkpoint, error) &&
		check_entries(journey, stranger, (guint)MIN(checkpoint.size, FN_TILE_WIDTH), error);
}
