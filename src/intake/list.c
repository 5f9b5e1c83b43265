/* Batches as people see them, what becomes of those in quarantine, and where a value came from. */
#include "intake/intake_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "intake_sql.h"

#include <string.h>

enum { PAGE_MAX = 200, REASON_MAX = 2000, TRACED_MAX = 100, TRACED_ROWS = 20 };

static void
put_text(json_t *item, FnRows *rows, const char *column)
{
	const char *text = fn_rows_text(rows, column);

	json_object_set_new(item, column, text != NULL ? json_string(text) : json_null());
}

static void
put_json(json_t *item, FnRows *rows, const char *column)
{
	const char *text = fn_rows_text(rows, column);
	json_t *value = text != NULL ? fn_json_parse(text, strlen(text), NULL) : NULL;

	json_object_set_new(item, column, value != NULL ? value : json_null());
}

static void
put_time(json_t *item, FnRows *rows, const char *column)
{
	g_autofree char *time = fn_rows_text(rows, column) != NULL ? fn_time_format(fn_rows_int(rows, column)) : NULL;

	json_object_set_new(item, column, time != NULL ? json_string(time) : json_null());
}

static json_t *
item_of(FnRows *rows)
{
	static const char *const texts[] = { "id", "resource", "organization", "account", "name", "digest", "attested_digest", "period", "state",
		"decided_by", "decision" };
	static const char *const numbers[] = { "size", "attested_rows", "rows" };
	static const char *const parts[] = { "reasons", "measures", "alarms" };
	json_t *item = json_object();

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		put_text(item, rows, texts[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		json_object_set_new(item, numbers[i], json_integer(fn_rows_int(rows, numbers[i])));
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		put_json(item, rows, parts[i]);
	json_object_set_new(item, "whole", json_boolean(fn_rows_int(rows, "whole")));
	json_object_set_new(item, "kept", json_boolean(fn_rows_int(rows, "kept")));
	put_time(item, rows, "received_at");
	put_time(item, rows, "decided_at");
	return item;
}

static const char *
or_any(const char *text)
{
	return text != NULL ? text : "";
}

static gboolean
check_query(const FnIntakeQuery *query, GError **error)
{
	static const char *const states[] = { "pooled", "quarantined", "refused", "released", "discarded", NULL };

	if (query->limit < 1 || query->limit > PAGE_MAX)
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"limit\" is 1 to %d", PAGE_MAX);
	if (query->state != NULL && !g_strv_contains(states, query->state))
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"state\" is pooled, quarantined, refused, released or discarded");
	return TRUE;
}

json_t *
fn_intake_batches(const FnIntake *in, const FnIntakeQuery *query, GError **error)
{
	const char *organization = fn_intake_of_bureau(in->actor) ? or_any(query->organization) : in->actor->organization;
	g_autoptr(FnRows) rows = NULL;
	json_t *items, *answer;
	GError *why = NULL;

	if (!check_query(query, error))
		return NULL;
	rows = fn_db_query(in->db, &fn_sql_intake_batches, FN_BINDS(FN_TEXT("organization", organization), FN_TEXT("resource", or_any(query->resource)),
		FN_TEXT("state", or_any(query->state)), FN_TEXT("before", or_any(query->before)), FN_INT("most", query->limit + 1)), error);
	if (rows == NULL)
		return NULL;
	items = json_array();
	while (json_array_size(items) < query->limit && fn_rows_next(rows, &why))
		json_array_append_new(items, item_of(rows));
	answer = json_pack("{s:o}", "items", items);
	if (why == NULL && json_array_size(items) == query->limit && fn_rows_next(rows, &why))
		json_object_set(answer, "next", json_object_get(json_array_get(items, query->limit - 1), "id"));
	if (why == NULL)
		return answer;
	g_propagate_error(error, why);
	json_decref(answer);
	return NULL;
}

json_t *
fn_intake_show(const FnIntake *in, const char *batch, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(in->db, &fn_sql_intake_batch, FN_BINDS(FN_TEXT("id", batch)), error);
	GError *why = NULL;

	if (row == NULL)
		return NULL;
	if (fn_rows_next(row, &why) &&
		(fn_intake_of_bureau(in->actor) || strcmp(fn_rows_text(row, "organization"), in->actor->organization) == 0))
		return item_of(row);
	if (why != NULL)
		g_propagate_error(error, why);
	else
		fn_intake_fail(FN_INTAKE_ERROR_UNKNOWN, error, "there is no such batch");
	return NULL;
}

/* ---- quarantine ---- */

static const char *
text_of(const json_t *item, const char *name)
{
	return json_string_value(json_object_get(item, name));
}

static gboolean
may_release(const FnIntake *in, const json_t *batch, GError **error)
{
	if (!fn_intake_of_bureau(in->actor) || !fn_actor_has(in->actor, "officer"))
		return fn_intake_fail(FN_INTAKE_ERROR_OFFICE, error, "an officer of the bureau releases batches");
	if (strcmp(text_of(batch, "account"), in->actor->account) == 0)
		return fn_intake_fail(FN_INTAKE_ERROR_OFFICE, error, "who sent a batch does not release it; another officer decides");
	if (!json_is_true(json_object_get(batch, "kept")))
		return fn_intake_fail(FN_INTAKE_ERROR_STATE, error, "its rows do not fit the catalog's fields and were not kept; discard it and have it sent anew");
	return TRUE;
}

static gboolean
may_discard(const FnIntake *in, GError **error)
{
	return fn_actor_has(in->actor, "officer") ||
		fn_intake_fail(FN_INTAKE_ERROR_OFFICE, error, "an officer of the bureau or of the sending organization discards batches");
}

/* What is all there is at its time must not wipe out what came after it. */
static gboolean
check_newer(const FnIntake *in, const json_t *batch, GError **error)
{
	GError *why = NULL;
	gint64 newer;

	if (!json_is_true(json_object_get(batch, "whole")))
		return TRUE;
	newer = fn_db_int(in->db, &fn_sql_intake_newer, FN_BINDS(FN_TEXT("resource", text_of(batch, "resource")), FN_TEXT("id", text_of(batch, "id"))), 0,
		&why);
	if (why != NULL) {
		g_propagate_error(error, why);
		return FALSE;
	}
	return newer == 0 || fn_intake_fail(FN_INTAKE_ERROR_STATE, error, "a newer batch stands in the pool, and this one would take the place of all; discard it");
}

static gboolean
decide(const FnIntake *in, const json_t *batch, gboolean release, const char *reason, GError **error)
{
	gint64 changed = 0;

	if (!fn_db_exec(in->db, &fn_sql_intake_decide, FN_BINDS(FN_TEXT("id", text_of(batch, "id")), FN_TEXT("state", release ? "released" : "discarded"),
		FN_TEXT("account", in->actor->account), FN_INT("now", in->now), FN_TEXT("reason", reason)), &changed, error))
		return FALSE;
	return changed == 1 || fn_intake_fail(FN_INTAKE_ERROR_STATE, error, "the batch is not in quarantine");
}

char *
fn_intake_decide(const FnIntake *in, const char *id, gboolean release, const char *reason, GError **error)
{
	json_t *batch;
	char *resource = NULL;

	if (reason == NULL || *reason == '\0' || strlen(reason) > REASON_MAX) {
		fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"reason\": say why, in 1 to %d bytes", REASON_MAX);
		return NULL;
	}
	if ((batch = fn_intake_show(in, id, error)) == NULL)
		return NULL;
	if ((release ? may_release(in, batch, error) && check_newer(in, batch, error) : may_discard(in, error)) &&
		decide(in, batch, release, reason, error))
		resource = g_strdup(text_of(batch, "resource"));
	json_decref(batch);
	return resource;
}

/* ---- where from ---- */

static json_t *
lineage(const FnIntake *in, const char *id, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(in->db, &fn_sql_intake_lineage, FN_BINDS(FN_TEXT("id", id)), error);
	json_t *item;
	GError *why = NULL;

	if (row == NULL)
		return NULL;
	item = json_pack("{s:s}", "batch", id);
	if (fn_rows_next(row, &why)) {
		static const char *const texts[] = { "organization", "organization_name", "account", "digest", "period", "state" };

		for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
			put_text(item, row, texts[i]);
		put_time(item, row, "received_at");
	}
	if (why == NULL)
		return item;
	g_propagate_error(error, why);
	json_decref(item);
	return NULL;
}

static gboolean
add_batch(const FnIntake *in, const FnIntakePool *pool, const char *rows_of, const char *id, const char *value, json_t *found, GError **error)
{
	sqlite3_stmt *list = fn_intake_pool_prepare(pool, rows_of, value, id, error);
	json_t *item = list != NULL ? lineage(in, id, error) : NULL, *rows = json_array();
	int step = SQLITE_DONE;

	while (item != NULL && (step = sqlite3_step(list)) == SQLITE_ROW)
		json_array_append_new(rows, json_integer(sqlite3_column_int64(list, 0)));
	sqlite3_finalize(list);
	if (item == NULL || step != SQLITE_DONE) {
		json_decref(rows);
		json_decref(item);
		return item == NULL ? FALSE : fn_intake_pool_fail(pool, "tracing", error);
	}
	json_object_set_new(item, "rows", rows);
	json_array_append_new(found, item);
	return TRUE;
}

static json_t *
trace(const FnIntake *in, const FnIntakePool *pool, const char *field, const char *value, GError **error)
{
	g_autoptr(GString) column = g_string_new(NULL);
	g_autofree char *batches = NULL, *rows = NULL;
	sqlite3_stmt *list;
	json_t *found;
	gboolean done = TRUE;

	fn_intake_quote(column, field);
	batches = g_strdup_printf("SELECT DISTINCT fengni_batch FROM \"rows\" WHERE %s = ?1 ORDER BY fengni_batch DESC LIMIT %d", column->str, TRACED_MAX);
	rows = g_strdup_printf("SELECT fengni_row FROM \"rows\" WHERE %s = ?1 AND fengni_batch = ?2 ORDER BY fengni_row LIMIT %d", column->str, TRACED_ROWS);
	if ((list = fn_intake_pool_prepare(pool, batches, value, NULL, error)) == NULL)
		return NULL;
	found = json_array();
	while (done && sqlite3_step(list) == SQLITE_ROW)
		done = add_batch(in, pool, rows, (const char *)sqlite3_column_text(list, 0), value, found, error);
	if (done && sqlite3_errcode(pool->handle) != SQLITE_DONE && sqlite3_errcode(pool->handle) != SQLITE_OK)
		done = fn_intake_pool_fail(pool, "tracing", error);
	sqlite3_finalize(list);
	if (done)
		return found;
	json_decref(found);
	return NULL;
}

json_t *
fn_intake_trace(const FnIntake *in, const char *resource, const char *field, const char *value, GError **error)
{
	g_autoptr(FnIntakeResource) known = fn_intake_resource(in->db, resource, error);
	g_autoptr(FnIntakePool) pool = NULL;

	if (known == NULL)
		return NULL;
	if (!fn_intake_of_bureau(in->actor) && strcmp(known->organization, in->actor->organization) != 0) {
		fn_intake_fail(FN_INTAKE_ERROR_OFFICE, error, "rows are traced by the organization that they came from, and by the bureau");
		return NULL;
	}
	if (fn_intake_field(known, field) == NULL) {
		fn_intake_fail(FN_INTAKE_ERROR_UNKNOWN, error, "the resource has no such field");
		return NULL;
	}
	if (*value == '\0') {
		fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"value\" is empty; say what to look for");
		return NULL;
	}
	pool = fn_intake_pool_open(in->root, known->code, known, error);
	if (pool == NULL || !fn_intake_pool_settle(pool, in->db, in->now, error))
		return NULL;
	return trace(in, pool, field, value, error);
}
