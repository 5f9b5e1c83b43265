/* Counts instead of rows: what is small is not told, everything else is right, and asking again tells no more. */
#include "cli/journey_priv.h"

#include "base/json.h"
#include "cli/registers.h"

#include <string.h>

enum { THRESHOLD = 5 /* of the national pack */, MONTH = 7 /* bytes of "2018-12" */ };

static char *
obtain_tables(FnJourney *journey, GError **error)
{
	return fn_journey_obtain(journey, "pension", json_pack("{s:s, s:[s, s, s], s:[s, s]}", "mode", "aggregate", "fields", "birth_date",
		"education", "marital", "tables", "birth_date/1,education", "marital"), error);
}

/* Counts of the register itself by "month education". */
static GHashTable *
count_register(void)
{
	GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < FN_DEMO_RESIDENTS; i++) {
		FnResident one;
		char *key;

		fn_demo_resident(i, &one);
		key = g_strdup_printf("%.*s %s", MONTH, one.birth_date, one.education);
		g_hash_table_replace(counts, key, GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) + 1));
	}
	return counts;
}

/* @small counts those that must not be told; @hidden those that are not. */
static gboolean
check_cell(const json_t *cell, guint truth, guint *small, guint *hidden, GError **error)
{
	gboolean is_small = truth > 0 && truth < THRESHOLD;

	*small += is_small;
	*hidden += json_is_null(cell);
	if (is_small != json_is_null(cell) && is_small)
		return fn_city_fail(error, "a count of %u is told", truth);
	if (json_is_integer(cell) && json_integer_value(cell) != (json_int_t)truth)
		return fn_city_fail(error, "%d is told where the register has %u", (int)json_integer_value(cell), truth);
	return json_is_integer(cell) || json_is_null(cell) || fn_city_fail(error, "a cell is neither a number nor withheld");
}

static gboolean
check_table(const json_t *table, GError **error)
{
	const json_t *rows = json_object_get(table, "rows"), *columns = json_object_get(table, "columns");
	g_autoptr(GHashTable) counts = count_register();
	guint small = 0, hidden = 0;

	if (json_integer_value(json_object_get(table, "total")) != FN_DEMO_RESIDENTS || json_array_size(rows) == 0)
		return fn_city_fail(error, "the table does not count all of the register");
	for (size_t r = 0; r < json_array_size(rows); r++)
		for (size_t c = 0; c < json_array_size(columns); c++) {
			g_autofree char *key = g_strdup_printf("%s %s", json_string_value(json_array_get(rows, r)),
				json_string_value(json_array_get(columns, c)));
			const json_t *cell = json_array_get(json_array_get(json_object_get(table, "cells"), r), c);

			if (!check_cell(cell, GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)), &small, &hidden, error))
				return FALSE;
		}
	return (small > 0 && hidden > small) ||
		fn_city_fail(error, "%u small counts, %u withheld: expected some, and others with them", small, hidden);
}

/* Caller frees. */
static json_t *
ask_table(FnJourney *journey, const FnCall *call, GError **error)
{
	FnAnswer answer = { 0 };
	json_t *reply;

	if (!fn_journey_answered(journey, call, "{\"by\":[\"birth_date\",\"education\"]}", &answer, error))
		return NULL;
	reply = fn_json_parse(answer.body->str, answer.body->len, error);
	fn_answer_clear(&answer);
	return reply;
}

gboolean
fn_step_aggregate(FnJourney *journey, GError **error)
{
	g_autofree char *grant = obtain_tables(journey, error);
	FnCall call = fn_journey_call(journey);
	json_t *first, *again = NULL;
	gboolean right;

	if (grant == NULL)
		return FALSE;
	call.grant = grant;
	call.mode = "aggregate";
	first = ask_table(journey, &call, error);
	right = first != NULL && check_table(json_object_get(first, "table"), error) && (again = ask_table(journey, &call, error)) != NULL &&
		(json_equal(json_object_get(first, "table"), json_object_get(again, "table")) || fn_city_fail(error, "the same table was told otherwise"));
	json_decref(first);
	json_decref(again);
	return right && fn_journey_refused(journey, &call, "{\"by\":[\"education\",\"marital\"]}", 403, "table_not_granted", error);
}
