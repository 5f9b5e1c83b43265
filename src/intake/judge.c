/* Rules of quality. Each kind is a row of a table: most are a condition that bad rows fulfil, counted in the pool by one statement. What is
 * said of them is rule, field, how many and the first numbers of rows, never a value. */
#include "intake/intake_priv.h"

#include "base/json.h"
#include "base/time.h"
#include "intake_sql.h"

#include <math.h>
#include <string.h>

enum { FIRST_ROWS = 10 };

typedef struct {
	const FnIntakeJudge *judge;
	const FnNode *rule;
	const char *id;          /* of the file */
	const char *const *field; /* names, ended by NULL */
	char *shown;             /* the names with commas */
} Job;

void
fn_intake_reason(json_t *reasons, const char *rule, const char *kind, const char *field, gint64 count, json_t *rows)
{
	json_array_append_new(reasons, json_pack("{s:s, s:s, s:s, s:I, s:o}", "rule", rule, "kind", kind, "field", field, "count", (json_int_t)count,
		"rows", rows != NULL ? rows : json_array()));
}

/* ---- conditions ---- */

static void
put_list(GString *sql, const char *const *field)
{
	for (guint i = 0; field[i] != NULL; i++) {
		if (i > 0)
			g_string_append(sql, ", ");
		fn_intake_quote(sql, field[i]);
	}
}

static void
put_all_there(GString *sql, const char *const *field)
{
	for (guint i = 0; field[i] != NULL; i++) {
		if (i > 0)
			g_string_append(sql, " AND ");
		fn_intake_quote(sql, field[i]);
		g_string_append(sql, " IS NOT NULL");
	}
}

static gboolean
put_complete(const Job *job, GString *sql, GError **error)
{
	for (guint i = 0; job->field[i] != NULL; i++) {
		if (i > 0)
			g_string_append(sql, " OR ");
		fn_intake_quote(sql, job->field[i]);
		g_string_append(sql, " IS NULL");
	}
	return TRUE;
}

static void
fits_called(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);

	sqlite3_result_int(context, text != NULL && fn_intake_fits(sqlite3_user_data(context), text, (gsize)sqlite3_value_bytes(values[0])));
}

static void
fits_dropped(gpointer fits)
{
	fn_intake_fits_free(fits);
}

static gboolean
put_valid(const Job *job, GString *sql, GError **error)
{
	FnIntakePool *pool = job->judge->pool;

	/* the function of the rule before makes room */
	if (sqlite3_create_function_v2(pool->handle, "fengni_fits", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
		    fn_intake_fits_new(job->judge->in->rules, job->rule), fits_called, NULL, NULL, fits_dropped) != SQLITE_OK)
		return fn_intake_pool_fail(pool, "judging", error);
	for (guint i = 0; job->field[i] != NULL; i++) {
		g_string_append(sql, i > 0 ? " OR (" : "(");
		fn_intake_quote(sql, job->field[i]);
		g_string_append(sql, " IS NOT NULL AND NOT fengni_fits(");
		fn_intake_quote(sql, job->field[i]);
		g_string_append(sql, "))");
	}
	return TRUE;
}

/* Twice in the file; or once more than in the pool, unless what lies there is superseded. Rows that lack a part of the key are for the
 * rule "complete". */
static gboolean
put_unique(const Job *job, GString *sql, GError **error)
{
	put_all_there(sql, job->field);
	g_string_append(sql, " AND (fengni_row NOT IN (SELECT MIN(fengni_row) FROM quarantine WHERE fengni_batch = ?1 GROUP BY ");
	put_list(sql, job->field);
	g_string_append_c(sql, ')');
	if (!job->judge->whole) {
		g_string_append(sql, " OR (");
		put_list(sql, job->field);
		g_string_append(sql, ") IN (SELECT ");
		put_list(sql, job->field);
		g_string_append(sql, " FROM main.\"rows\")");
	}
	g_string_append_c(sql, ')');
	return TRUE;
}

static gboolean
attach(const Job *job, const char *other, gboolean *there_out, GError **error)
{
	FnIntakePool *pool = job->judge->pool;
	g_autofree char *path = fn_intake_pool_path(job->judge->in->root, other), *escaped = g_uri_escape_string(path, "/", FALSE);
	g_autofree char *uri = g_strdup_printf("file:%s?mode=ro", escaped);
	sqlite3_stmt *statement;

	*there_out = g_file_test(path, G_FILE_TEST_EXISTS);
	if (!*there_out)
		return TRUE;
	statement = fn_intake_pool_prepare(pool, "ATTACH ?1 AS other", uri, NULL, error);
	if (statement == NULL || sqlite3_step(statement) != SQLITE_DONE) {
		fn_intake_pool_fail(pool, "looking into the pool that is referred to", error);
		sqlite3_finalize(statement);
		return FALSE;
	}
	sqlite3_finalize(statement);
	return TRUE;
}

static gboolean
other_has(const FnIntakePool *pool, const char *schema, const char *name)
{
	g_autofree char *sql = g_strdup_printf("SELECT 1 FROM pragma_table_info('rows', '%s') WHERE name = ?1", schema);
	sqlite3_stmt *statement = fn_intake_pool_prepare(pool, sql, name, NULL, NULL);
	gboolean has = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;

	sqlite3_finalize(statement);
	return has;
}

/* Where there is no pool to refer to, no value stands in it. */
static gboolean
put_reference(const Job *job, GString *sql, GError **error)
{
	const char *of = fn_node_text(job->rule, "of"), *to = fn_node_text(job->rule, "to"), *schema = "main";
	gboolean there = TRUE;

	if (to == NULL)
		to = job->field[0];
	if (strcmp(of, job->judge->resource->code) != 0) {
		schema = "other";
		if (!attach(job, of, &there, error))
			return FALSE;
	}
	put_all_there(sql, job->field);
	if (!there || !other_has(job->judge->pool, schema, to))
		return TRUE;
	g_string_append(sql, " AND ");
	fn_intake_quote(sql, job->field[0]);
	g_string_append(sql, " NOT IN (SELECT ");
	fn_intake_quote(sql, to);
	g_string_append_printf(sql, " FROM %s.\"rows\" WHERE ", schema);
	fn_intake_quote(sql, to);
	g_string_append(sql, " IS NOT NULL)");
	return TRUE;
}

/* ---- counting ---- */

static gboolean
count_bad(const Job *job, const char *condition, gint64 *count_out, json_t *rows, GError **error)
{
	const FnIntakePool *pool = job->judge->pool;
	g_autofree char *count = g_strconcat("SELECT COUNT(*) FROM main.quarantine WHERE fengni_batch = ?1 AND (", condition, ")", NULL);
	g_autofree char *first = g_strdup_printf("SELECT fengni_row FROM main.quarantine WHERE fengni_batch = ?1 AND (%s) ORDER BY fengni_row LIMIT %d",
		condition, FIRST_ROWS);
	sqlite3_stmt *statement = fn_intake_pool_prepare(pool, count, job->judge->batch, NULL, error);
	int step = SQLITE_ERROR;

	if (statement == NULL)
		return FALSE;
	step = sqlite3_step(statement);
	*count_out = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	if (step != SQLITE_ROW)
		return fn_intake_pool_fail(pool, "judging", error);
	if (*count_out == 0)
		return TRUE;
	if ((statement = fn_intake_pool_prepare(pool, first, job->judge->batch, NULL, error)) == NULL)
		return FALSE;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW)
		json_array_append_new(rows, json_integer(sqlite3_column_int64(statement, 0)));
	sqlite3_finalize(statement);
	return step == SQLITE_DONE || fn_intake_pool_fail(pool, "judging", error);
}

/* The worst share of a kind is its score. */
static void
score(const Job *job, const char *kind, double share)
{
	json_t *scores = json_object_get(job->judge->measures, "scores"), *before = json_object_get(scores, kind);

	if (before == NULL || json_number_value(before) > share)
		json_object_set_new(scores, kind, json_real(floor(share * 10000) / 10000));
}

/* ---- what is no condition of rows ---- */

static gint64
amount_of(const Job *job, const char *key)
{
	const FnNode *node = fn_node_get(job->rule, key);
	const char *parameter = fn_node_text(node, "parameter");

	return parameter != NULL ? fn_rules_parameter_int(job->judge->in->rules, parameter, 0) : fn_node_int(job->rule, key, 0);
}

/* The newest day of the field, today at the latest: a date in the future makes nothing fresh. */
static gboolean
judge_fresh(const Job *job, GError **error)
{
	const FnIntakePool *pool = job->judge->pool;
	g_autoptr(GString) sql = g_string_new("SELECT MAX(d) FROM (SELECT REPLACE(REPLACE(SUBSTR(");
	char today[16], oldest[16];
	sqlite3_stmt *statement;
	gboolean fresh;
	GDate date;

	fn_time_date(job->judge->in->now, &date);
	g_date_strftime(today, sizeof(today), "%Y%m%d", &date);
	g_date_subtract_days(&date, (guint)amount_of(job, "days"));
	g_date_strftime(oldest, sizeof(oldest), "%Y%m%d", &date);
	fn_intake_quote(sql, job->field[0]);
	g_string_append(sql, ", 1, 10), '-', ''), '/', '') AS d FROM quarantine WHERE fengni_batch = ?1)"
			     " WHERE d GLOB '[12][0-9][0-9][0-9][01][0-9][0-3][0-9]*' AND SUBSTR(d, 1, 8) <= ?2");
	if ((statement = fn_intake_pool_prepare(pool, sql->str, job->judge->batch, today, error)) == NULL)
		return FALSE;
	if (sqlite3_step(statement) != SQLITE_ROW) {
		sqlite3_finalize(statement);
		return fn_intake_pool_fail(pool, "judging", error);
	}
	fresh = sqlite3_column_text(statement, 0) != NULL && strncmp((const char *)sqlite3_column_text(statement, 0), oldest, 8) >= 0;
	sqlite3_finalize(statement);
	score(job, "fresh", fresh ? 1 : 0);
	if (!fresh)
		fn_intake_reason(job->judge->reasons, job->id, "fresh", job->shown, (gint64)job->judge->rows, NULL);
	return TRUE;
}

/* ---- drift ---- */

static gboolean
last_measures(const FnIntakeJudge *judge, json_t *list, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(judge->in->db, &fn_sql_intake_last_measures, FN_BINDS(FN_TEXT("resource", judge->resource->code)), error);
	GError *why = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why)) {
		const char *text = fn_rows_text(rows, "measures");
		json_t *one = fn_json_parse(text, strlen(text), NULL);

		if (one != NULL)
			json_array_append_new(list, one);
	}
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

/* The share of rows that lack @field, or, without one, the number of rows. */
static double
measured(const json_t *measures, const char *field)
{
	double rows = (double)json_integer_value(json_object_get(measures, "rows"));

	if (field == NULL)
		return rows;
	return rows > 0 ? (double)json_integer_value(json_object_get(json_object_get(measures, "empty"), field)) / rows : 0;
}

static void
compare(const FnIntakeJudge *judge, const json_t *before, const char *rule, const char *field, double most)
{
	double now = measured(judge->measures, field), mean = 0, off;
	gsize n = json_array_size(before);

	for (gsize i = 0; i < n; i++)
		mean += measured(json_array_get(before, i), field) / (double)n;
	off = field != NULL ? fabs(now - mean) : mean > 0 ? fabs(now - mean) / mean : 0;
	if (n > 0 && off > most)
		json_array_append_new(judge->alarms, json_pack("{s:s, s:s, s:s, s:f, s:f}", "rule", rule, "kind", "drift", "field",
			field != NULL ? field : "", "now", now, "mean", mean));
}

/* Every batch is held against the last five; a rule of its own says how much is too much for a resource or field. */
static gboolean
judge_drift(const Job *job, GError **error)
{
	json_t *before = json_array();
	double most = fn_node_number(job->rule, "at_most", 0);
	gboolean done = last_measures(job->judge, before, error);

	for (guint i = 0; done && job->field[i] != NULL; i++)
		compare(job->judge, before, job->id, job->field[i], most);
	if (done && job->field[0] == NULL)
		compare(job->judge, before, job->id, NULL, most);
	json_decref(before);
	return done;
}

static gboolean
drift_of_all(const FnIntakeJudge *judge, GError **error)
{
	double rows = (double)fn_rules_parameter_int(judge->in->rules, "intake_drift", 50) / 100;
	double empty = (double)fn_rules_parameter_int(judge->in->rules, "intake_drift_empty", 20) / 100;
	json_t *before = json_array();
	gboolean done = last_measures(judge, before, error);

	if (done)
		compare(judge, before, "drift", NULL, rows);
	for (guint i = 0; done && i < judge->resource->fields->len; i++)
		compare(judge, before, "drift", ((const FnIntakeField *)judge->resource->fields->pdata[i])->name, empty);
	json_decref(before);
	return done;
}

/* ---- the table ---- */

static const struct {
	const char *kind;
	gboolean (*put)(const Job *job, GString *sql, GError **error); /* the condition of bad rows */
	gboolean (*run)(const Job *job, GError **error);               /* or all of it */
} kinds[] = {
	{ "complete", put_complete, NULL }, { "valid", put_valid, NULL }, { "unique", put_unique, NULL }, { "reference", put_reference, NULL },
	{ "fresh", NULL, judge_fresh }, { "drift", NULL, judge_drift },
};

static gboolean
judge_rows(const Job *job, gsize n, GError **error)
{
	g_autoptr(GString) condition = g_string_new(NULL);
	json_t *rows = json_array();
	double share = 1, least = fn_node_number(job->rule, "at_least", 1);
	gint64 bad = 0;
	gboolean done = kinds[n].put(job, condition, error) && count_bad(job, condition->str, &bad, rows, error);

	if (strcmp(kinds[n].kind, "reference") == 0) /* nothing, where it was not attached */
		sqlite3_exec(job->judge->pool->handle, "DETACH other", NULL, NULL, NULL);
	if (done && job->judge->rows > 0)
		share = 1 - (double)bad / (double)job->judge->rows;
	if (done)
		score(job, kinds[n].kind, share);
	if (done && share < least)
		fn_intake_reason(job->judge->reasons, job->id, kinds[n].kind, job->shown, bad, json_incref(rows));
	json_decref(rows);
	return done;
}

/* A field that the resource has no more cannot be judged, and that is a reason too. */
static gboolean
judge_rule(const FnIntakeJudge *judge, const FnNode *file, const FnNode *rule, const char *const *field, GError **error)
{
	const char *kind = fn_node_text(rule, "kind"), *id = fn_node_text(file, "id");
	g_autofree char *shown = g_strjoinv(",", (char **)field);
	Job job = { judge, rule, id, field, shown };

	for (guint i = 0; field[i] != NULL; i++)
		if (fn_intake_field(judge->resource, field[i]) == NULL) {
			fn_intake_reason(judge->reasons, id, "field", field[i], 0, NULL);
			return TRUE;
		}
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].run != NULL ? kinds[i].run(&job, error) : judge_rows(&job, i, error);
	g_assert_not_reached();
}

static gboolean
judge_named(const FnIntakeJudge *judge, const FnNode *file, const FnNode *rule, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const FnNode *field = fn_node_get(rule, "field");
	const char *word;

	for (guint i = 0; field != NULL && (word = fn_node_word(field, i)) != NULL; i++)
		g_ptr_array_add(names, (gpointer)word);
	g_ptr_array_add(names, NULL);
	return judge_rule(judge, file, rule, (const char *const *)names->pdata, error);
}

/* Rules for an element hold for each field that is one. */
static gboolean
judge_elements(const FnIntakeJudge *judge, const FnNode *file, const FnNode *rule, const char *element, GError **error)
{
	for (guint i = 0; i < judge->resource->fields->len; i++) {
		const FnIntakeField *field = judge->resource->fields->pdata[i];
		const char *one[] = { field->name, NULL };

		if (strcmp(field->element, element) == 0 && !judge_rule(judge, file, rule, one, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
judge_file(const FnIntakeJudge *judge, const FnNode *file, GError **error)
{
	const char *resource = fn_node_text(file, "resource"), *element = fn_node_text(file, "element");
	const FnNode *rules = fn_node_get(file, "rules");

	if (resource != NULL && strcmp(resource, judge->resource->code) != 0)
		return TRUE;
	for (guint i = 0; i < fn_node_count(rules); i++) {
		const FnNode *rule = fn_node_at(rules, i);

		if (!(resource != NULL ? judge_named(judge, file, rule, error) : judge_elements(judge, file, rule, element, error)))
			return FALSE;
	}
	return TRUE;
}

/* How many rows lack each field. */
static gboolean
measure(const FnIntakeJudge *judge, GError **error)
{
	g_autoptr(GString) sql = g_string_new("SELECT COUNT(*)");
	json_t *empty = json_object();
	sqlite3_stmt *statement;
	gboolean done;

	for (guint i = 0; i < judge->resource->fields->len; i++) {
		g_string_append(sql, ", COUNT(");
		fn_intake_quote(sql, ((const FnIntakeField *)judge->resource->fields->pdata[i])->name);
		g_string_append_c(sql, ')');
	}
	g_string_append(sql, " FROM quarantine WHERE fengni_batch = ?1");
	json_object_set_new(judge->measures, "rows", json_integer((json_int_t)judge->rows));
	json_object_set_new(judge->measures, "scores", json_object());
	json_object_set_new(judge->measures, "empty", empty);
	if ((statement = fn_intake_pool_prepare(judge->pool, sql->str, judge->batch, NULL, error)) == NULL)
		return FALSE;
	done = sqlite3_step(statement) == SQLITE_ROW || fn_intake_pool_fail(judge->pool, "measuring", error);
	for (guint i = 0; done && i < judge->resource->fields->len; i++)
		json_object_set_new(empty, ((const FnIntakeField *)judge->resource->fields->pdata[i])->name,
			json_integer(sqlite3_column_int64(statement, 0) - sqlite3_column_int64(statement, (int)i + 1)));
	sqlite3_finalize(statement);
	return done;
}

gboolean
fn_intake_judge(const FnIntakeJudge *judge, GError **error)
{
	guint n;
	const FnNode *const *file = fn_rules_all(judge->in->rules, "quality", &n);

	if (!measure(judge, error))
		return FALSE;
	for (guint i = 0; i < n; i++)
		if (!judge_file(judge, file[i], error))
			return FALSE;
	return drift_of_all(judge, error);
}
