/* What organizations lost in a period, by the weights that its inspection opened with. */
#include "oversight/oversight_priv.h"

#include "oversight_sql.h"

#include <string.h>

enum { FULL = 100 };

static json_t *
score_of(json_t *scores, const char *organization, const char *name)
{
	json_t *score = json_object_get(scores, organization);

	if (score == NULL) {
		score = json_pack("{s:s, s:s?, s:i, s:i, s:{}}", "organization", organization, "name", name, "score", FULL, "findings", 0, "lost");
		json_object_set_new(scores, organization, score);
	}
	return score;
}

static gboolean
add_inspected(FnDb *db, const char *organization, json_t *scores, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_inspected, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		if (organization == NULL || strcmp(organization, fn_rows_text(rows, "id")) == 0)
			score_of(scores, fn_rows_text(rows, "id"), fn_rows_text(rows, "name"));
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static void
lose(json_t *score, const char *check, gint64 n, const char *weights)
{
	json_t *read = json_loads(weights, 0, NULL), *lost = json_object_get(score, "lost");
	json_int_t points = json_integer_value(json_object_get(read, check)) * n;

	json_decref(read);
	json_object_set_new(lost, check, json_integer(json_integer_value(json_object_get(lost, check)) + points));
	json_object_set_new(score, "findings", json_integer(json_integer_value(json_object_get(score, "findings")) + n));
	json_object_set_new(score, "score", json_integer(MAX(json_integer_value(json_object_get(score, "score")) - points, 0)));
}

static gboolean
take_off(FnDb *db, const char *period, const char *organization, json_t *scores, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_score_rows, FN_BINDS(FN_TEXT("period", period)), error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why)) {
		const char *whose = fn_rows_text(rows, "organization");

		if (organization == NULL || strcmp(organization, whose) == 0)
			lose(score_of(scores, whose, fn_rows_text(rows, "name")), fn_rows_text(rows, "check_id"), fn_rows_int(rows, "n"), fn_rows_text(rows, "weights"));
	}
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

json_t *
fn_score_list(FnDb *db, const char *period, const char *organization, GError **error)
{
	g_autofree char *inspected = NULL;
	g_autoptr(GError) why = NULL;
	json_t *scores, *list, *value;
	FnPeriod ignored;
	const char *key;

	if (!fn_period_parse(period, &ignored)) {
		g_set_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT, "\"period\": write 2026-11-22, 2026-11, 2026-Q4, 2026-H2 or 2026");
		return NULL;
	}
	inspected = fn_db_text(db, &fn_sql_oversight_period_inspected, FN_BINDS(FN_TEXT("period", period)), &why);
	if (inspected == NULL) {
		if (why != NULL)
			g_propagate_error(error, g_steal_pointer(&why));
		else
			g_set_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_UNKNOWN, "this period was not inspected");
		return NULL;
	}
	scores = json_object();
	if (!add_inspected(db, organization, scores, error) || !take_off(db, period, organization, scores, error)) {
		json_decref(scores);
		return NULL;
	}
	list = json_array();
	json_object_foreach(scores, key, value)
		json_array_append(list, value);
	json_decref(scores);
	return list;
}
