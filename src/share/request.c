/* From a request to a call: addresses, headers, body. Runs on HTTP threads. */
#include "share/share_priv.h"

#include "base/say.h"

#include <string.h>

#define BODY_MOST (64 * 1024) /* keys or a cursor; nothing else belongs in there */

/* ---- headers ---- */

typedef struct {
	const char *name;
	gsize most;
	gboolean token; /* letters, digits, '.', '_', '-' only */
	gsize at;       /* in FnStated */
} Header;

static const Header headers[] = {
	{ "Fengni-Grant", 64, TRUE, offsetof(FnStated, grant) },
	{ "Fengni-Case", 128, FALSE, offsetof(FnStated, case_number) },
	{ "Fengni-Operator", 64, TRUE, offsetof(FnStated, operator_account) },
	{ "Fengni-Purpose", 1024, FALSE, offsetof(FnStated, purpose) },
};

/* Decodes '%XX'; NULL when that is broken. */
static char *
decode(const char *text, char *to)
{
	for (; *text != '\0'; text++) {
		int high, low;

		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		high = g_ascii_xdigit_value(text[1]);
		low = high < 0 ? -1 : g_ascii_xdigit_value(text[2]);
		if (low < 0)
			return NULL;
		*to++ = (char)(high << 4 | low);
		text += 2;
	}
	*to = '\0';
	return to + 1;
}

static gboolean
is_good(const Header *header, const char *text)
{
	const char *p = text;

	if (!g_utf8_validate(text, -1, NULL))
		return FALSE;
	for (; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (g_unichar_iscntrl(c) || (header->token && !(c < 0x80 && (g_ascii_isalnum((char)c) || strchr("._-", (char)c) != NULL))))
			return FALSE;
	}
	return (gsize)(p - text) <= header->most;
}

static void
read_headers(FnCall *call)
{
	char *to = call->stated_text = g_malloc((64 + 128 + 64 + 1024) * 3 + 8);

	for (gsize i = 0; i < G_N_ELEMENTS(headers); i++) {
		const char *raw = fn_http_header(call->request, headers[i].name), *from = to;

		*(const char **)(gpointer)((char *)&call->raw + headers[i].at) = raw;
		if (raw == NULL || *raw == '\0')
			continue;
		to = strnlen(raw, headers[i].most * 3 + 1) <= headers[i].most * 3 ? decode(raw, to) : NULL;
		if (to == NULL || !is_good(&headers[i], from)) {
			call->fault = FN_FAULT_HEADER;
			call->fault_field = headers[i].name;
			return;
		}
		*(const char **)(gpointer)((char *)&call->stated + headers[i].at) = from;
	}
}

/* ---- body ---- */

static void
read_body(FnCall *call)
{
	g_autoptr(GError) error = NULL;
	gsize size;
	const char *body = fn_http_body(call->request, &size);

	if (call->fault != FN_FAULT_NONE)
		return;
	if (size > BODY_MOST) {
		call->fault = FN_FAULT_BODY;
		call->fault_detail = g_strdup("more than 65536 bytes");
		return;
	}
	call->body_text = g_malloc(size + 1);
	memcpy(call->body_text, body, size);
	call->body_text[size] = '\0';
	if (!fn_share_body_parse(&call->body, call->mode, call->body_text, size, &error)) {
		call->fault = FN_FAULT_BODY;
		call->fault_detail = g_strdup(error->message);
		call->body = (FnShareBody){ 0 };
	}
}

/* ---- addresses ---- */

static void
answer_fault(FnHttpRequest *request, FnFault fault, const char *allow)
{
	const FnFaultRow *row = fn_fault_row(fault);
	char seconds[12];
	FnHttpHeader more[3] = { 0 };
	guint n = 0;

	g_snprintf(seconds, sizeof(seconds), "%u", row->retry);
	if (row->retry > 0)
		more[n++] = (FnHttpHeader){ "Retry-After", seconds };
	if (allow != NULL)
		more[n++] = (FnHttpHeader){ "Allow", allow };
	fn_http_problem(request, row->status, row->code, fn_say_in(row->words, fn_http_wants_chinese(request)), NULL, more);
}

/* Splits "{resource}/{mode}" or "receipts/{id}". */
static FnFault
read_address(FnCall *call, const char *path, const char *method, const char **allow)
{
	const char *slash = strchr(path, '/'), *rest = slash != NULL ? slash + 1 : "";

	if (slash == NULL || slash == path || strchr(rest, '/') != NULL)
		return FN_FAULT_ROUTE;
	if (slash - path == strlen("receipts") && g_str_has_prefix(path, "receipts/")) {
		*allow = "GET";
		if (!fn_receipt_id_parse(rest, &call->receipt_index, call->receipt_salt))
			return FN_FAULT_RECEIPT;
		return strcmp(method, "GET") == 0 ? FN_FAULT_NONE : FN_FAULT_METHOD;
	}
	for (guint mode = FN_MODE_QUERY; mode <= FN_MODE_LAST; mode++)
		if (strcmp(rest, fn_share_mode_name((FnShareMode)mode)) == 0)
			call->mode = (FnShareMode)mode;
	if (call->mode == 0)
		return FN_FAULT_ROUTE;
	*allow = "POST";
	call->resource = g_strndup(path, (gsize)MIN(slash - path, 128));
	return strcmp(method, "POST") == 0 ? FN_FAULT_NONE : FN_FAULT_METHOD;
}

/* ---- on to a pool ---- */

/* Only who came through the door's check may stand in a source's queue; the others are refused at the desk. */
static FnPool *
pool_for(FnCall *call)
{
	FnShare *share = call->share;
	g_autoptr(FnSnapshot) snapshot = NULL;
	const FnSnapGrant *grant;
	FnBulkhead *bulkhead;

	if ((call->mode == FN_MODE_BATCH || call->mode == FN_MODE_AGGREGATE) && g_strcmp0(fn_http_header(call->request, "X-Fengni-Verify"), "SUCCESS") == 0)
		return share->streams;
	if (call->mode != FN_MODE_QUERY || g_strcmp0(fn_http_header(call->request, "X-Fengni-Verify"), "SUCCESS") != 0)
		return share->desk->pool;
	snapshot = fn_share_snapshot(share);
	grant = snapshot != NULL ? fn_snapshot_grant(snapshot, call->stated.grant) : NULL;
	bulkhead = grant != NULL && grant->spec != NULL ? fn_share_bulkhead(share, grant) : share->desk;
	return bulkhead != NULL ? bulkhead->pool : NULL;
}

static const FnJob jobs[FN_MODE_LAST + 1] = { fn_receipt_run, [FN_MODE_QUERY] = fn_query_run, [FN_MODE_BATCH] = fn_batch_run,
	[FN_MODE_AGGREGATE] = fn_aggregate_run };

void
fn_share_handle(FnHttpRequest *request, gpointer data)
{
	FnShare *share = data;
	FnCall *call = g_new0(FnCall, 1);
	const char *path = fn_http_path(request), *allow = NULL;
	FnFault fault;
	FnPool *pool;

	call->share = share;
	call->request = request;
	call->address = fn_http_address(request);
	call->arrived = g_get_monotonic_time();
	fn_share_take_off(share);
	fault = !g_str_has_prefix(path, FN_SHARE_PREFIX) ? FN_FAULT_ROUTE :
		read_address(call, path + strlen(FN_SHARE_PREFIX), fn_http_method(request), &allow);
	if (fault != FN_FAULT_NONE) {
		answer_fault(request, fault, fault == FN_FAULT_METHOD ? allow : NULL);
		fn_call_free(call);
		return;
	}
	if (call->mode != 0) {
		read_headers(call);
		read_body(call);
	}
	pool = pool_for(call);
	if (pool == NULL || !fn_pool_push(pool, jobs[call->mode], call)) {
		answer_fault(request, FN_FAULT_BUSY, NULL);
		fn_call_free(call);
	}
}
