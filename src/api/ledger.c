/* The log over HTTP, below /api/v1/ledger in the layout of C2SP tlog-tiles.
 *
 * Everybody may have checkpoint, tiles, heads and proofs: they are hashes of entries of which each holds 16 random bytes, so
 * they confirm no guess, and what everybody can check nobody can change unseen. Proofs are public like the tiles they are made
 * of. Entries are for auditors, and what they read is entered.
 *
 * Nothing here reads a file of the ledger. What is public comes by an operation that cannot give an entry (published.h). */
#include "api/feed.h"

#include "base/say.h"
#include "ledger/published.h"

#include <string.h>

#define FOR_EVER "public, max-age=31536000, immutable"
#define FRESH	 "public, no-cache"
#define SECRET	 "no-store"

static json_t *
from_ledger(FnApiCall *call, GBytes *reply, const char *type, const char *cache)
{
	return reply != NULL ? fn_api_answer_bytes(call, reply, type, cache) : NULL;
}

static gboolean
fault(GError **error, const char *english)
{
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "%s", fn_say(english));
	return FALSE;
}

static gboolean
query_number(FnApiCall *call, const char *name, guint64 otherwise, guint64 *number_out, GError **error)
{
	return fn_api_number(fn_http_query(call->request, name), name, otherwise, number_out, error);
}

/* One that must be there. */
static gboolean
need_number(FnApiCall *call, const char *name, guint64 *number_out, GError **error)
{
	if (fn_http_query(call->request, name) != NULL)
		return query_number(call, name, 0, number_out, error);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" is missing", name);
	return FALSE;
}

/* ---- for everybody ---- */

json_t *
fn_api_ledger_head(FnApiCall *call, GError **error)
{
	return from_ledger(call, fn_ipc_call(call->api->options.ledger, FN_LEDGER_OP_HEAD, NULL, 0, 0, error), "application/json", FRESH);
}

json_t *
fn_api_ledger_checkpoint(FnApiCall *call, GError **error)
{
	return from_ledger(call, fn_ledger_file(call->api->options.ledger, "checkpoint", error), "text/plain; charset=utf-8", FRESH);
}

json_t *
fn_api_ledger_cosigned(FnApiCall *call, GError **error)
{
	return from_ledger(call, fn_ledger_file(call->api->options.ledger, "cosigned", error), "text/plain; charset=utf-8", FRESH);
}

/* The path that @published is of; anything else under this address is as unknown as if there were no route. */
static char *
published_path(FnApiCall *call, FnPublished *published, FnPublishedKind kind, GError **error)
{
	const char *path = fn_http_path(call->request) + strlen(FN_API_PREFIX "/ledger/");

	if (fn_published_parse(path, strlen(path), published) && published->kind == kind)
		return g_strdup(path);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "there is no such path: see C2SP tlog-tiles");
	return NULL;
}

json_t *
fn_api_ledger_heads(FnApiCall *call, GError **error)
{
	FnPublished published;
	g_autofree char *path = published_path(call, &published, FN_PUBLISHED_HEADS, error);

	if (path == NULL)
		return NULL;
	return from_ledger(call, fn_ledger_file(call->api->options.ledger, path, error), "application/x-ndjson", FRESH);
}

json_t *
fn_api_ledger_tile(FnApiCall *call, GError **error)
{
	FnPublished published;
	g_autofree char *path = published_path(call, &published, FN_PUBLISHED_TILE, error);

	if (path == NULL)
		return NULL;
	return from_ledger(call, fn_ledger_file(call->api->options.ledger, path, error), "application/octet-stream", FOR_EVER);
}

/* @first and "size", which is that of the last head when it is absent. */
static json_t *
proof(FnApiCall *call, guint32 op, const char *first, GError **error)
{
	guint64 number[2];

	if (!need_number(call, first, &number[0], error) || !query_number(call, "size", 0, &number[1], error))
		return NULL;
	number[0] = GUINT64_TO_LE(number[0]);
	number[1] = GUINT64_TO_LE(number[1]);
	return from_ledger(call, fn_ipc_call(call->api->options.ledger, op, number, sizeof(number), 0, error), "application/json", FRESH);
}

json_t *
fn_api_ledger_inclusion(FnApiCall *call, GError **error)
{
	return proof(call, FN_LEDGER_OP_INCLUSION, "index", error);
}

json_t *
fn_api_ledger_consistency(FnApiCall *call, GError **error)
{
	return proof(call, FN_LEDGER_OP_CONSISTENCY, "first", error);
}

/* ---- for auditors ---- */

/* What of the log was read, for its entry; @until exclusive. */
static void
note_range(FnApiCall *call, guint64 from, guint64 until)
{
	g_free(call->subject);
	call->subject = g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, from, MAX(until, from + 1) - 1);
}

json_t *
fn_api_ledger_entries(FnApiCall *call, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 first, most;
	json_t *items;

	if (!query_number(call, "from", 0, &first, error) || !query_number(call, "limit", 100, &most, error) ||
		(entries = fn_ledger_read_left(call->api->options.ledger, &first, (guint32)CLAMP(most, 1, 1000), error)) == NULL)
		return NULL;
	note_range(call, first, first + entries->len);
	items = json_array();
	for (guint i = 0; i < entries->len; i++) {
		gsize size;
		gconstpointer text = g_bytes_get_data(g_ptr_array_index(entries, i), &size);
		json_t *entry = fn_json_parse(text, size, NULL);

		json_array_append_new(items, json_pack("{s:I, s:o}", "index", (json_int_t)first + i, "entry", entry != NULL ? entry : json_null()));
	}
	return json_pack("{s:o, s:I}", "items", items, "next", (json_int_t)first + entries->len);
}

json_t *
fn_api_ledger_entry(FnApiCall *call, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 index;

	if (!fn_api_number(call->part[0], "index", 0, &index, error) ||
		(entries = fn_ledger_read(call->api->options.ledger, index, 1, error)) == NULL)
		return NULL;
	if (entries->len == 1)
		return fn_api_answer_bytes(call, g_bytes_ref(entries->pdata[0]), "application/json", SECRET);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "there is no entry %" G_GUINT64_FORMAT, index);
	return NULL;
}

static json_t *
tlog_proof(FnApiCall *call, const char *receipt, GError **error)
{
	g_autoptr(GBytes) bytes = fn_ledger_file(call->api->options.ledger, "checkpoint", error);
	g_autofree char *checkpoint = bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
	char *text = checkpoint != NULL ? fn_receipt_tlog_proof(receipt, strlen(receipt), checkpoint, error) : NULL;

	return text != NULL ? fn_api_answer_bytes(call, g_bytes_new_take(text, strlen(text)), "text/plain; charset=utf-8", SECRET) : NULL;
}

json_t *
fn_api_ledger_receipt(FnApiCall *call, GError **error)
{
	const char *form = fn_http_query(call->request, "form");
	g_autofree char *receipt = NULL;
	guint64 index;
	gsize size;

	if (!fn_api_number(call->part[0], "index", 0, &index, error))
		return NULL;
	if (form != NULL && !g_str_equal(form, "json") && !g_str_equal(form, "tlog-proof"))
		return fault(error, "\"form\" must be json or tlog-proof"), NULL;
	receipt = fn_ledger_receipt(call->api->options.ledger, index, error);
	if (receipt == NULL)
		return NULL;
	if (g_strcmp0(form, "tlog-proof") == 0)
		return tlog_proof(call, receipt, error);
	size = strlen(receipt);
	return fn_api_answer_bytes(call, g_bytes_new_take(g_steal_pointer(&receipt), size), "application/json", SECRET);
}

/* ---- long answers ---- */

/* @name of the ledger's status: a size. */
static gboolean
ledger_size(FnApiCall *call, const char *name, guint64 *size_out, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(call->api->options.ledger, FN_LEDGER_OP_STATUS, NULL, 0, 0, error);
	json_t *status = reply != NULL ? fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), error) : NULL;

	if (status == NULL)
		return FALSE;
	*size_out = (guint64)json_integer_value(json_object_get(status, name));
	json_decref(status);
	return TRUE;
}

static json_t *
feed(FnApiCall *call, const FnFeedOptions *options, GError **error)
{
	if (!options->follow)
		note_range(call, options->from, options->until);
	call->feed = fn_feed_new(call, options, error);
	return call->feed != NULL ? json_null() : NULL;
}

/* Of the tree that the last signed head covers, like the tiles. */
json_t *
fn_api_ledger_bundle(FnApiCall *call, GError **error)
{
	FnFeedOptions options = { .form = FN_EXPORT_BUNDLE };
	FnPublished published;
	g_autofree char *path = published_path(call, &published, FN_PUBLISHED_BUNDLE, error);
	guint64 size;

	if (path == NULL || !ledger_size(call, "signed", &size, error))
		return NULL;
	options.from = published.index * 256;
	options.until = options.from + published.width;
	if (options.until <= size && options.until > options.from)
		return feed(call, &options, error);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "the tree of the last signed head has no such bundle");
	return NULL;
}

/* Whoever comes again says what he had last. */
json_t *
fn_api_ledger_stream(FnApiCall *call, GError **error)
{
	const char *last = fn_http_header(call->request, "Last-Event-ID");
	FnFeedOptions options = { .form = FN_EXPORT_EVENT, .until = G_MAXUINT64, .follow = TRUE };
	guint64 size;

	if (last != NULL && *last != '\0') {
		if (!fn_api_number(last, "Last-Event-ID", 0, &options.from, error))
			return NULL;
		options.from++;
	} else if (!need_number(call, "from", &options.from, error)) {
		return NULL;
	}
	if (!ledger_size(call, "durable", &size, error))
		return NULL;
	call->subject = g_strdup_printf("%" G_GUINT64_FORMAT "-", options.from);
	if (options.from <= size)
		return feed(call, &options, error);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "the log has only %" G_GUINT64_FORMAT " entries: this is another log, or an older copy", size);
	return NULL;
}

json_t *
fn_api_ledger_export(FnApiCall *call, GError **error)
{
	const char *form = fn_http_query(call->request, "form");
	FnFeedOptions options = { 0 };
	guint64 size;

	if (!fn_export_form(form != NULL ? form : "ndjson", &options.form))
		return fault(error, "\"form\" must be ndjson, syslog, syslog-octets or cef"), NULL;
	if (!query_number(call, "from", 0, &options.from, error) || !query_number(call, "until", G_MAXINT64, &options.until, error) ||
		!ledger_size(call, "durable", &size, error))
		return NULL;
	options.until = MIN(options.until, size);
	if (options.from <= options.until)
		return feed(call, &options, error);
	return fault(error, "\"from\" is behind \"until\" or the end of the log"), NULL;
}
