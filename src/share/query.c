/* A query by key: one round through judge, source, masks and ledger. */
#include "share/share_priv.h"

#include "share/rows.h"

#include <string.h>

#define ANSWER_MOST (1024 * 1024)

static void
on_entered(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
	FnCall *call = data;
	char receipt[FN_RECEIPT_ID_SIZE];
	FnHttpHeader headers[] = { { FN_HTTP_RECEIPT, receipt }, { "Cache-Control", "no-store" }, { NULL, NULL } };
	gsize size;

	if (error != NULL) {
		explicit_bzero(call->answer->str, call->answer->len);
		call->system = NULL; /* the ledger does not take entries now: no second one for the refusal */
		call->reserved = 0;  /* it may have been written */
		fn_call_fail(call, FN_FAULT_LEDGER, NULL, NULL);
		return;
	}
	fn_receipt_id(receipt, index, salt);
	g_string_append(call->answer, ",\"receipt\":\"");
	g_string_append(call->answer, receipt);
	g_string_append(call->answer, "\"}");
	size = call->answer->len;
	fn_http_answer(call->request, 200, "application/json", headers, g_string_free(g_steal_pointer(&call->answer), FALSE), size);
	fn_call_free(call);
}

/* Rows of the source → masked → the text of "rows"; at most FN_SHARE_ROWS. */
static gboolean
take_rows(FnWorker *worker, FnCall *call, FnSourceSelect *select, const FnMasks *masks, guint *rows_out, gboolean *more_out, GError **error)
{
	FnRowBatch batch;
	guint rows = 0;

	*more_out = FALSE;
	g_string_append_c(call->answer, '[');
	do {
		if (!fn_source_fetch(select, FN_SHARE_ROWS + 1 - rows, &batch, error))
			return FALSE;
		if (batch.rows + rows > FN_SHARE_ROWS) {
			*more_out = TRUE;
			batch.rows = FN_SHARE_ROWS - rows;
		}
		fn_mask_arena_reset(worker->arena);
		if (!fn_worker_mask(worker, call, masks, &batch, error))
			return FALSE;
		for (guint row = 0; row < batch.rows; row++, rows++) {
			if (rows > 0)
				g_string_append_c(call->answer, ',');
			fn_rows_json(call->answer, call->fields, &batch, row);
		}
	} while (batch.rows > 0 && rows < FN_SHARE_ROWS && call->answer->len <= ANSWER_MOST);
	g_string_append_c(call->answer, ']');
	*rows_out = rows;
	return TRUE;
}

static void
enter(FnWorker *worker, FnCall *call, gsize rows_at, gsize rows_size, guint rows)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) subjects = fn_call_subjects(call, &error);
	char digest[FN_DIGEST_TEXT];
	FnShareEntry entry;

	if (subjects == NULL) {
		fn_call_fail_error(call, error);
		return;
	}
	fn_share_digest_text(call->share->suite, call->answer->str + rows_at, rows_size, digest);
	entry = fn_call_entry(call, "share.query");
	entry.digest = digest;
	entry.fields = call->fields;
	entry.result = "permitted";
	entry.rows = rows;
	entry.subjects = (const char *const *)subjects;
	g_string_truncate(worker->entry, 0);
	fn_share_entry_write(worker->entry, &entry);
	fn_ledger_append(call->share->ledger, FN_CLASS_3Y, worker->entry->str, worker->entry->len, on_entered, call);
}

static gboolean
ask_source(FnWorker *worker, FnCall *call, guint *rows_out, gboolean *more_out, GError **error)
{
	FnSourceSelect *select = fn_worker_select(worker, call, error);
	g_autoptr(FnMasks) masks = NULL;
	gboolean good;

	if (select == NULL)
		return FALSE;
	masks = fn_worker_masks(call, error);
	if (masks == NULL)
		return FALSE;
	fn_worker_begin(worker, call->request);
	good = fn_source_run(select, call->body.value, NULL, call->share->timeout_ms, error) &&
		take_rows(worker, call, select, masks, rows_out, more_out, error);
	fn_worker_end(worker);
	return good;
}

static void
answer(FnWorker *worker, FnCall *call)
{
	static const char start[] = "{\"rows\":";
	g_autoptr(GError) error = NULL;
	gsize rows_size;
	gboolean more;
	guint rows;

	call->answer = g_string_sized_new(1024);
	g_string_append(call->answer, start);
	if (!ask_source(worker, call, &rows, &more, &error)) {
		/* The source did nothing wrong when its rows hold too much. */
		if (call->above.count == 0 && (error->domain == FN_SOURCE_ERROR || error->domain == FN_SHARE_ERROR))
			fn_worker_reset(worker);
		fn_call_fail_error(call, error);
		return;
	}
	if (call->answer->len > ANSWER_MOST) {
		fn_call_fail(call, FN_FAULT_TOO_LARGE, NULL, NULL);
		return;
	}
	rows_size = call->answer->len - (sizeof(start) - 1);
	if (more)
		g_string_append(call->answer, ",\"truncated\":true");
	enter(worker, call, sizeof(start) - 1, rows_size, rows);
}

void
fn_query_run(gpointer data, gpointer of)
{
	FnCall *call = data;
	FnWorker *worker = of;

	if (!fn_call_find(call, worker) || fn_call_forward(call, worker) || !fn_call_judge(call))
		return;
	if (call->grant->held != NULL) { /* a grant in this mode holds no such thing; whatever does is not answered */
		fn_call_fail(call, FN_FAULT_BY_KEY, NULL, NULL);
		return;
	}
	answer(worker, call);
}
