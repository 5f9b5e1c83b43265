/* A batch: a stream that opens with an entry, enters its progress before each further 4 MiB, and closes with an entry. */
#include "share/share_priv.h"

#include "base/json.h"
#include "share/cursor.h"
#include "share/part.h"
#include "share/rows.h"
#include "share/stream.h"

#include <string.h>

#define AT_ONCE     256               /* rows of one step */
#define STEP_BYTES  (4 * 1024 * 1024) /* most that leaves without a new entry */
#define PATIENCE_MS 60000             /* a caller who takes nothing for so long has gone */

typedef struct {
	FnCall *call;
	FnShare *share;
	const char *source;            /* its id; lives with the snapshot that the batch holds */
	FnWorker *worker;
	FnOutlet *stream;
	FnMasks *masks;
	FnSourceSelect *select;
	FnPart *part;                  /* of a grant whose rows leave in groups, else NULL */
	FnDigest *digest;
	GString *chunk;
	guint8 key[FN_DIGEST_SIZE];    /* of cursors */
	char id[FN_RECEIPT_ID_SIZE];   /* of the opening entry: names the stream */
	gint64 rows, bytes, since;     /* since: bytes after the last entry */
	gint64 left;                   /* rows that the caller still wants; -1: all */
	gboolean inside;               /* one of the source's streams */
	gint64 spare;                  /* rows reserved of the quota and not yet used */
	char *cursor;                  /* raw value of the last row's cursor column */
	gsize cursor_size;
	const char *result;            /* complete, limit, quota, stopped, broken; part, withheld (part.h) */
} Batch;

/* The source is done with: before the caller sees the end, and may call again. */
static void
leave_bulkhead(Batch *b)
{
	if (!b->inside)
		return;
	b->inside = FALSE;
	g_clear_pointer(&b->part, fn_part_free); /* its select belongs to the connection */
	fn_worker_reset(b->worker);
	fn_share_leave_source(b->share, b->source);
}

/* The call is answered, and gone. Always FALSE. */
static gboolean
fail(Batch *b, FnFault fault, const char *detail, const char *field)
{
	leave_bulkhead(b);
	fn_call_fail(b->call, fault, detail, field);
	return FALSE;
}

static gboolean
fail_error(Batch *b, const GError *error)
{
	leave_bulkhead(b);
	fn_call_fail_error(b->call, error);
	return FALSE;
}

/* ---- entries ---- */

static FnShareEntry
entry_of(Batch *b, const char *event, char digest[FN_DIGEST_TEXT])
{
	FnShareEntry entry = fn_call_entry(b->call, event);
	guint8 bytes[FN_DIGEST_SIZE];

	entry.fields = b->call->fields;
	if (*b->id == '\0')
		return entry;
	fn_digest_peek(b->digest, bytes);
	fn_share_digest_write(b->call->share->suite, bytes, digest);
	entry.stream = b->id;
	entry.digest = digest;
	entry.rows = b->rows;
	entry.bytes = b->bytes;
	return entry;
}

static gboolean
enter(Batch *b, const char *event, const char *result, char id_out[FN_RECEIPT_ID_SIZE], GError **error)
{
	char digest[FN_DIGEST_TEXT];
	FnShareEntry entry = entry_of(b, event, digest);

	entry.result = result;
	fn_call_enter_above(b->call, &entry);
	return fn_share_enter(b->call->share, FN_CLASS_3Y, &entry, id_out, error);
}

/* ---- rows ---- */

/* How many of @rows the quota and the caller's limit let through; sets the result when that ends the batch. */
static guint
allowed(Batch *b, guint rows)
{
	const FnPolicyGrant *grant = &b->call->grant->policy;
	gint64 used, take = rows;

	if (b->left >= 0 && take >= b->left) {
		take = b->left;
		b->result = "limit";
	}
	if (grant->quota_day == 0)
		return (guint)take;
	while (take > b->spare && !fn_quotas_reserve(b->call->share->quotas, grant->id, grant->quota_day, take - b->spare, b->call->now, &used)) {
		b->result = "quota";
		take = MIN(take - 1, MAX(grant->quota_day - used, 0) + b->spare);
	}
	b->spare = MAX(b->spare - take, 0);
	return (guint)take;
}

static void
remember_cursor(Batch *b, const FnRowBatch *batch, guint rows)
{
	guint column = batch->columns - 1;
	const char *value = batch->value[column][rows - 1];

	if (value == NULL)
		return;
	g_free(b->cursor);
	b->cursor_size = batch->size[column][rows - 1];
	b->cursor = g_strndup(value, b->cursor_size);
}

/* Rows hold more than the grant allows: none of them leaves, none is counted, and the next batch would begin with them. */
static void
stop(Batch *b, guint rows)
{
	const FnPolicyGrant *grant = &b->call->grant->policy;

	if (grant->quota_day > 0)
		fn_quotas_release(b->call->share->quotas, grant->id, rows, b->call->now);
	b->result = "stopped";
}

/* Masks and writes. The cursor's column is the last and under no mask. FALSE: they may not leave. */
static gboolean
encode(Batch *b, FnRowBatch *batch, guint rows)
{
	void (*write)(GString *out, const char *const *fields, const FnRowBatch *batch, guint row) =
		b->call->body.csv ? fn_rows_csv : fn_rows_json;

	batch->rows = rows;
	fn_mask_arena_reset(b->worker->arena);
	if (!fn_worker_mask(b->worker, b->call, b->masks, batch, NULL))
		return FALSE;
	if (b->part == NULL)
		remember_cursor(b, batch, rows);
	for (guint row = 0; row < rows; row++) {
		write(b->chunk, b->call->fields, batch, row);
		if (!b->call->body.csv)
			g_string_append_c(b->chunk, '\n');
	}
	return TRUE;
}

/* Lets the chunk go; entered first when 4 MiB would be passed. */
static gboolean
release(Batch *b, guint rows)
{
	if (b->since > 0 && b->since + (gint64)b->chunk->len > STEP_BYTES) {
		if (!enter(b, "share.batch.progress", NULL, NULL, NULL))
			return FALSE;
		b->since = 0;
	}
	fn_digest_add(b->digest, b->chunk->str, b->chunk->len);
	b->rows += rows;
	b->bytes += (gint64)b->chunk->len;
	b->since += (gint64)b->chunk->len;
	if (b->left >= 0)
		b->left -= rows;
	return fn_outlet_put(b->stream, b->chunk->str, b->chunk->len, PATIENCE_MS);
}

/* All rows of a part are reserved already, and where it ends is where the batch stands once all have left. */
static gboolean
step_part(Batch *b)
{
	FnRowBatch batch;
	gboolean more;

	if (!fn_part_fetch(b->part, AT_ONCE, &batch, &more, NULL))
		return FALSE;
	if (!more) {
		b->result = fn_part_is_newest(b->part) ? "complete" : "part";
		g_free(b->cursor);
		b->cursor = g_strdup(fn_part_until(b->part));
		b->cursor_size = strlen(b->cursor);
		return TRUE;
	}
	b->spare = MAX(b->spare - (gint64)batch.rows, 0);
	g_string_truncate(b->chunk, 0);
	if (batch.rows == 0)
		return TRUE;
	if (encode(b, &batch, batch.rows))
		return release(b, batch.rows);
	stop(b, batch.rows);
	return TRUE;
}

static gboolean
step(Batch *b)
{
	FnRowBatch batch;
	guint rows;

	if (b->part != NULL)
		return !g_atomic_int_get(&b->call->share->ending) && fn_call_still_granted(b->call, b->worker) && step_part(b);
	if (g_atomic_int_get(&b->call->share->ending) || !fn_call_still_granted(b->call, b->worker) || !fn_source_fetch(b->select, AT_ONCE, &batch, NULL))
		return FALSE;
	if (batch.rows == 0) {
		b->result = "complete";
		return TRUE;
	}
	rows = allowed(b, batch.rows);
	if (rows == 0)
		return TRUE;
	g_string_truncate(b->chunk, 0);
	if (encode(b, &batch, rows))
		return release(b, rows);
	stop(b, rows);
	return TRUE;
}

/* ---- end ---- */

static char *
next_cursor(Batch *b)
{
	if (b->cursor == NULL)
		return g_strdup(b->call->body.after);
	return fn_cursor_seal(b->call->share->suite, b->key, b->call->grant->policy.id, b->cursor, b->cursor_size);
}

static void
write_last_line(Batch *b, const char *receipt)
{
	g_autofree char *next = next_cursor(b);
	gboolean complete = strcmp(b->result, "complete") == 0;
	FnJson json = fn_json_to(b->chunk);

	g_string_truncate(b->chunk, 0);
	if (b->call->body.csv) {
		g_string_append_printf(b->chunk, "# complete=%s rows=%" G_GINT64_FORMAT " receipt=%s next=%s\n", complete ? "true" : "false",
			b->rows, receipt, next != NULL ? next : "");
		return;
	}
	fn_json_begin_object(&json);
	fn_json_name(&json, "@end");
	fn_json_begin_object(&json);
	fn_json_member_bool(&json, "complete", complete);
	fn_json_member(&json, "next", next);
	fn_json_member(&json, "receipt", receipt);
	fn_json_member(&json, "result", b->result);
	fn_json_member_int(&json, "rows", b->rows);
	fn_json_end_object(&json);
	fn_json_end_object(&json);
	g_string_append_c(b->chunk, '\n');
}

/* A closing entry that says whole is durable before the line that says so; a stream that broke says so in its entry. */
static void
finish(Batch *b)
{
	char receipt[FN_RECEIPT_ID_SIZE];
	gboolean whole = b->result != NULL && enter(b, "share.batch.close", b->result, receipt, NULL), taken;

	if (whole) {
		write_last_line(b, receipt);
		whole = fn_outlet_put(b->stream, b->chunk->str, b->chunk->len, PATIENCE_MS);
	}
	fn_outlet_close(b->stream, whole);
	taken = fn_outlet_finish(b->stream);
	if (!whole || !taken)
		(void)enter(b, "share.batch.close", "broken", NULL, NULL); /* a failure here is mended at the next start */
}

/* ---- begin ---- */

static gboolean
open_cursor(Batch *b)
{
	if (b->call->body.after == NULL)
		return TRUE;
	b->cursor = fn_cursor_open(b->call->share->suite, b->key, b->call->grant->policy.id, b->call->body.after);
	if (b->cursor == NULL)
		return FALSE;
	b->cursor_size = strlen(b->cursor);
	return TRUE;
}

/* The quota is for whole parts: one that was cut would hold groups that are too small. */
static gboolean
reserve_part(Batch *b)
{
	FnCall *call = b->call;
	const FnPolicyGrant *grant = &call->grant->policy;
	gint64 more = (gint64)fn_part_rows(b->part) - call->reserved, used;

	if (grant->quota_day == 0 || more <= 0)
		return TRUE;
	if (!fn_quotas_reserve(call->share->quotas, grant->id, grant->quota_day, more, call->now, &used)) {
		b->result = "quota";
		return FALSE;
	}
	call->reserved += more;
	return TRUE;
}

/* Counts before anything is answered: what is impossible is a problem, not a stream. */
static gboolean
count_part(Batch *b, GError **error)
{
	if (!fn_part_count(b->part, error))
		return FALSE;
	if (fn_part_is_empty(b->part)) {
		b->result = "complete";
		return TRUE;
	}
	if (!reserve_part(b))
		return TRUE;
	if (fn_part_rows(b->part) == 0)
		b->result = "withheld";
	return fn_part_pin(b->part, error);
}

static gboolean
ask_source(Batch *b, GError **error)
{
	FnCall *call = b->call;
	gboolean good;

	if (b->part != NULL && !count_part(b, error))
		return FALSE;
	b->select = b->part == NULL ? fn_worker_select(b->worker, call, error) : NULL;
	b->masks = b->select != NULL || b->part != NULL ? fn_worker_masks(call, error) : NULL;
	if (b->masks == NULL)
		return FALSE;
	if (b->result != NULL)
		return TRUE; /* no row leaves */
	fn_worker_begin(b->worker, call->request);
	good = b->part != NULL ? fn_part_run(b->part, error) : fn_source_run(b->select, NULL, b->cursor, 0, error);
	fn_worker_end(b->worker);
	return good;
}

/* The caller hung up: whatever the source does for it may stop. */
static void
on_left(gpointer data)
{
	Batch *b = data;

	fn_mutex_lock(&b->worker->mutex);
	if (b->worker->source != NULL)
		fn_source_cancel(b->worker->source);
	fn_mutex_unlock(&b->worker->mutex);
}

/* What was reserved of the quota and not used; before the caller sees the end and may call again, too. */
static void
give_back(Batch *b)
{
	if (b->spare > 0)
		fn_quotas_release(b->call->share->quotas, b->call->grant->policy.id, b->spare, b->call->now);
	b->spare = 0;
}

static void
send_all(Batch *b)
{
	FnHttpHeader headers[] = { { FN_HTTP_RECEIPT, b->id }, { "Cache-Control", "no-store" }, { NULL, NULL } };

	b->stream = fn_outlet_new(b->call->request, on_left, b);
	fn_outlet_start(b->stream, b->call->body.csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson", headers);
	b->call->request = NULL;
	if (b->call->body.csv) {
		fn_rows_csv_head(b->chunk, b->call->fields);
		if (!release(b, 0))
			b->result = "broken";
	}
	while (b->result == NULL && step(b))
		;
	if (g_strcmp0(b->result, "broken") == 0)
		b->result = NULL;
	give_back(b);
	leave_bulkhead(b);
	finish(b);
}

static void
batch_clear(Batch *b)
{
	give_back(b);
	fn_masks_unref(b->masks);
	fn_digest_free(b->digest);
	g_string_free(b->chunk, TRUE);
	g_free(b->cursor);
	explicit_bzero(b->key, sizeof(b->key));
}

/* FALSE: answered. */
static gboolean
open_part(Batch *b)
{
	g_autoptr(GError) error = NULL;
	gboolean known;

	if (b->call->grant->held == NULL)
		return TRUE;
	if (b->call->body.limit > 0)
		return fail(b, FN_FAULT_BODY, "rows of this grant leave in groups; ask without a limit", "limit");
	b->part = fn_part_open(b->worker, b->call, b->key, b->cursor, &known, &error);
	if (b->part == NULL)
		return fail_error(b, error);
	return known || fail(b, FN_FAULT_CURSOR, NULL, "after");
}

/* TRUE when the stream ran, to whatever end; FALSE when the call was answered with a problem. */
static gboolean
run(Batch *b)
{
	g_autoptr(GError) error = NULL;
	FnCall *call = b->call;

	if (call->grant->cursor == NULL)
		return fail(b, FN_FAULT_NO_CURSOR, NULL, NULL);
	if (!fn_call_key(call, b->key, &error))
		return fail_error(b, error);
	if (!open_cursor(b))
		return fail(b, FN_FAULT_CURSOR, NULL, "after");
	if (!open_part(b))
		return FALSE;
	if (!ask_source(b, &error))
		return fail_error(b, error);
	if (!enter(b, "share.batch.open", "permitted", b->id, &error)) {
		call->system = NULL; /* the ledger takes no refusal either */
		return fail(b, FN_FAULT_LEDGER, NULL, NULL);
	}
	b->spare = call->reserved;
	call->reserved = 0;
	send_all(b);
	return TRUE;
}

void
fn_batch_run(gpointer data, gpointer of)
{
	FnCall *call = data;
	Batch b = { .call = call, .worker = of, .left = -1 };
	g_autoptr(FnSnapshot) snapshot = NULL;

	if (!fn_call_find(call, b.worker) || !fn_call_judge(call))
		return;
	b.inside = fn_share_enter_source(call);
	if (!b.inside) {
		fn_call_fail(call, call->grant->spec == NULL ? FN_FAULT_PLAN : FN_FAULT_BUSY, NULL, NULL);
		return;
	}
	snapshot = fn_snapshot_ref(call->snapshot); /* the call may be gone before we have left */
	b.share = call->share;
	b.source = call->grant->source;
	b.digest = fn_digest_new(b.share->suite);
	b.chunk = g_string_sized_new(64 * 1024);
	if (call->body.limit > 0)
		b.left = call->body.limit;
	if (run(&b)) {
		batch_clear(&b);
		fn_call_free(call);
	} else {
		b.spare = 0; /* fn_call_fail() gave it back */
		batch_clear(&b);
	}
}
