/* Questions to the index of the ledger. The index is another database than the registry: one connection serves all, opened when it is
 * first needed and again after a failure, since fengni-clock may make it anew at any time. */
#include "api/api_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

struct FnApiIndex {
	char *url;
	FnAuditLog log;
	FnMutex mutex;
	FnDb *db; /* under the mutex */
};

struct FnApiIndex *
fn_api_index_new(const FnSettings *settings, FnIpcClient *ledger)
{
	struct FnApiIndex *index = g_new0(struct FnApiIndex, 1);

	*index = (struct FnApiIndex){ .url = fn_audit_url(settings), .log = fn_audit_log(ledger), .mutex = FN_MUTEX_INIT };
	return index;
}

void
fn_api_index_free(struct FnApiIndex *index)
{
	if (index == NULL)
		return;
	fn_db_close(index->db);
	g_free(index->url);
	g_free(index);
}

json_t *
fn_api_index_ask(struct FnApiIndex *index, const FnAuditQuestion *question, GError **error)
{
	g_autoptr(GError) why = NULL;
	json_t *answer = NULL;

	fn_mutex_lock(&index->mutex);
	if (index->db != NULL || (index->db = fn_db_open_existing(index->url, &why)) != NULL)
		answer = question != NULL ? fn_audit_search(index->db, &index->log, question, &why) : fn_audit_state(index->db, &index->log, &why);
	if (why != NULL && why->domain == FN_DB_ERROR)
		g_clear_pointer(&index->db, fn_db_close);
	fn_mutex_unlock(&index->mutex);
	if (answer == NULL)
		g_propagate_prefixed_error(error, g_steal_pointer(&why), "%s", fn_say("index of the ledger: "));
	return answer;
}

json_t *
fn_api_index_state(struct FnApiIndex *index)
{
	json_t *state = fn_api_index_ask(index, NULL, NULL);

	return state != NULL ? state : json_null();
}

/* ---- searching ---- */

/* A moment (RFC 3339) or a day, which begins at midnight in China. */
static gboolean
read_moment(FnApiCall *call, const char *name, gint64 *us_out, GError **error)
{
	const char *text = fn_http_query(call->request, name);
	g_autofree char *whole = NULL;

	if (text == NULL)
		return TRUE;
	whole = strlen(text) == strlen("2026-07-01") ? g_strconcat(text, "T00:00:00+08:00", NULL) : g_strdup(text);
	if (fn_time_parse(whole, us_out))
		return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" must be a moment (RFC 3339) or a day (YYYY-MM-DD)", name);
	return FALSE;
}

/* A person is asked for by digest: whoever writes the number itself would have it entered in the ledger, for ever. */
static gboolean
is_digest(const char *text)
{
	guint8 bytes[32];

	return fn_unhex(text, bytes, sizeof(bytes));
}

/* A mistyped condition that is passed over finds more than was meant. */
static gboolean
is_known(const char *name)
{
	static const char *const more[] = { "from", "until", "before", "limit", NULL };

	for (guint i = FN_AUDIT_ALL + 1; i < FN_AUDIT_COLUMNS; i++)
		if (g_str_equal(fn_audit_column_name(i), name))
			return TRUE;
	return g_strv_contains(more, name);
}

static gboolean
are_known(FnApiCall *call, GError **error)
{
	const char *name;

	for (guint i = 0; (name = fn_http_query_name(call->request, i)) != NULL; i++)
		if (!is_known(name)) {
			g_autofree char *safe = fn_text_safe(name, -1, 40);

			fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "there is no condition \"%s\"", safe);
			return FALSE;
		}
	return TRUE;
}

static gboolean
read_question(FnApiCall *call, FnAuditQuestion *question, GError **error)
{
	guint64 limit;

	if (!are_known(call, error))
		return FALSE;
	for (guint i = FN_AUDIT_ALL + 1; i < FN_AUDIT_COLUMNS; i++)
		question->value[i] = fn_http_query(call->request, fn_audit_column_name(i));
	if (question->value[FN_AUDIT_SUBJECT] != NULL && !is_digest(question->value[FN_AUDIT_SUBJECT])) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT,
			"\"subject\" must be a keyed digest of 64 digits; whether a person was looked up is asked by POST " FN_API_PREFIX "/lookups");
		return FALSE;
	}
	if (!read_moment(call, "from", &question->from, error) || !read_moment(call, "until", &question->until, error) ||
		!fn_api_number(fn_http_query(call->request, "before"), "before", G_MAXUINT64, &question->before, error) ||
		!fn_api_number(fn_http_query(call->request, "limit"), "limit", question->limit, &limit, error))
		return FALSE;
	question->limit = (guint)MIN(limit, G_MAXUINT);
	return TRUE;
}

/* What was asked, for the ledger. */
static json_t *
conditions_of(FnApiCall *call)
{
	static const char *const more[] = { "from", "until", "before" };
	json_t *conditions = json_object();

	for (guint i = FN_AUDIT_ALL + 1; i < FN_AUDIT_COLUMNS + G_N_ELEMENTS(more); i++) {
		const char *name = i < FN_AUDIT_COLUMNS ? fn_audit_column_name(i) : more[i - FN_AUDIT_COLUMNS];
		const char *text = fn_http_query(call->request, name);

		if (text != NULL) {
			g_autofree char *safe = fn_text_safe(text, -1, FN_AUDIT_TEXT);

			json_object_set_new(conditions, name, json_string(safe));
		}
	}
	return conditions;
}

json_t *
fn_api_search_ledger(FnApiCall *call, GError **error)
{
	FnAuditQuestion question = FN_AUDIT_ANYTHING;

	if (!read_question(call, &question, error))
		return NULL;
	call->conditions = conditions_of(call);
	return fn_api_index_ask(call->api->index, &question, error);
}
