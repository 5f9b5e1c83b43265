/* Manual checks: a list of items that people answer, for each organization, in an inspection. A "no" offends until a later answer says
 * otherwise; what nobody answered in this period or the last is at risk, never good. */
#include "oversight/oversight_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "oversight_sql.h"

#include <string.h>

enum { NOTE_MOST = 1000 };

static gboolean
refuse(GError **error, FnOversightError code, const char *english)
{
	g_set_error_literal(error, FN_OVERSIGHT_ERROR, code, fn_say(english));
	return FALSE;
}

static gboolean
has_item(const FnNode *items, const char *id)
{
	for (guint i = 0; i < fn_node_count(items); i++)
		if (g_strcmp0(fn_node_text(fn_node_at(items, i), "id"), id) == 0)
			return TRUE;
	return FALSE;
}

/* ---- answering ---- */

static gboolean
check_words(const char *answer, const char *note, GError **error)
{
	gboolean yes = g_strcmp0(answer, "yes") == 0;

	if (!yes && g_strcmp0(answer, "no") != 0 && g_strcmp0(answer, "na") != 0)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"answer\" must be yes, no or na");
	if (!yes && (note == NULL || *note == '\0'))
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"note\": say what is wrong, or why it does not apply");
	if (note != NULL && g_utf8_strlen(note, -1) > NOTE_MOST)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"note\" is too long");
	return TRUE;
}

/* The inspection's organization and checks, held until the transaction ends. */
static gboolean
check_place(const FnOversight *oversight, const char *id, const char *check, const char *organization, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(oversight->db, &fn_sql_oversight_inspection, FN_BINDS(FN_TEXT("id", id)), error);
	g_autofree char *known = NULL;
	g_autoptr(GError) why = NULL;
	gboolean asked = FALSE;
	json_t *checks;

	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &why)) {
		if (why == NULL)
			return refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such inspection");
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (strcmp(fn_rows_text(rows, "state"), "running") != 0)
		return refuse(error, FN_OVERSIGHT_ERROR_STATE, "this inspection is closed");
	checks = json_loads(fn_rows_text(rows, "checks"), 0, NULL);
	for (size_t i = 0; i < json_array_size(checks); i++)
		asked = asked || g_strcmp0(json_string_value(json_array_get(checks, i)), check) == 0;
	json_decref(checks);
	if (!asked)
		return refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "this inspection has no such check");
	if (*fn_rows_text(rows, "organization") != '\0' && g_strcmp0(fn_rows_text(rows, "organization"), organization) != 0)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "this inspection is of another organization");
	known = fn_db_text(oversight->db, &fn_sql_oversight_organization, FN_BINDS(FN_TEXT("id", organization)), error);
	return known != NULL || ((error == NULL || *error == NULL) && refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such organization"));
}

gboolean
fn_inspection_answer(const FnOversight *oversight, const char *id, const char *check, const char *item, const char *organization,
	const char *answer, const char *note, const FnActor *actor, GError **error)
{
	const FnNode *items = fn_node_get(fn_node_get(fn_rules_get(oversight->rules, "checks", check), "find"), "manual");
	gint64 changed = 0;

	if (!check_place(oversight, id, check, organization, error))
		return FALSE;
	if (items == NULL)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "this check is not answered by people");
	if (!has_item(items, item))
		return refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "this check has no such item");
	if (!check_words(answer, note, error) ||
		!fn_db_exec(oversight->db, &fn_sql_oversight_lock_inspection, FN_BINDS(FN_TEXT("id", id), FN_INT("now", oversight->now)), &changed, error))
		return FALSE;
	if (changed != 1)
		return refuse(error, FN_OVERSIGHT_ERROR_STATE, "this inspection is closed");
	return fn_db_exec(oversight->db, &fn_sql_oversight_set_answer,
		FN_BINDS(FN_TEXT("inspection", id), FN_TEXT("check", check), FN_TEXT("organization", organization), FN_TEXT("item", item),
			FN_TEXT("answer", answer), FN_TEXT("note", note != NULL ? note : ""), FN_TEXT("account", actor->account),
			FN_INT("now", oversight->now)), NULL, error);
}

/* ---- what was not answered ---- */

static GHashTable *
answered(FnDb *db, const char *inspection, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_answers, FN_BINDS(FN_TEXT("inspection", inspection), FN_TEXT("organization", "")),
		error);
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &why))
		g_hash_table_add(known, g_strjoin("\n", fn_rows_text(rows, "check_id"), fn_rows_text(rows, "organization"), fn_rows_text(rows, "item"),
			NULL));
	if (why == NULL)
		return g_steal_pointer(&known);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

static void
add_missing(const FnNode *items, const char *check, const char *organization, GHashTable *known, guint most, json_t *into)
{
	for (guint i = 0; i < fn_node_count(items) && json_array_size(into) < most; i++) {
		const char *item = fn_node_text(fn_node_at(items, i), "id");
		g_autofree char *key = g_strjoin("\n", check, organization, item, NULL);

		if (!g_hash_table_contains(known, key))
			json_array_append_new(into, json_pack("{s:s, s:s, s:s}", "check", check, "organization", organization, "item", item));
	}
}

json_t *
fn_answers_missing(const FnOversight *oversight, const char *inspection, const json_t *checks, const char *organization, guint most,
	GError **error)
{
	g_autoptr(GHashTable) known = answered(oversight->db, inspection, error);
	g_autoptr(FnRows) rows = known != NULL ? fn_db_query(oversight->db, &fn_sql_oversight_inspected, FN_NO_BINDS, error) : NULL;
	g_autoptr(GError) why = NULL;
	json_t *missing;

	if (rows == NULL)
		return NULL;
	missing = json_array();
	while (fn_rows_next(rows, &why)) {
		const char *id = fn_rows_text(rows, "id");

		for (size_t i = 0; (*organization == '\0' || strcmp(organization, id) == 0) && i < json_array_size(checks); i++) {
			const char *check = json_string_value(json_array_get(checks, i));
			const FnNode *find = fn_node_get(fn_rules_get(oversight->rules, "checks", check), "find");

			add_missing(fn_node_get(find, "manual"), check, id, known, most, missing);
		}
	}
	if (why == NULL)
		return missing;
	g_propagate_error(error, g_steal_pointer(&why));
	json_decref(missing);
	return NULL;
}

/* ---- {manual: […]} ---- */

/* How long an answer counts: this period of the check and the one before. */
static char *
counts_from(const FnNode *check, gint64 now)
{
	FnPeriod period;
	g_autofree char *before = NULL;
	char first[11];
	GDate today;
	FnOften often = FN_YEAR;

	for (guint i = FN_OFTEN; i-- > 0;)
		if (fn_node_has_word(fn_node_get(check, "every"), fn_often[i]))
			often = (FnOften)i;
	fn_time_date(now, &today);
	before = fn_period_before(often, &today);
	fn_period_parse(before, &period);
	g_date_strftime(first, sizeof(first), "%Y-%m-%d", &period.first);
	return g_strdup(first);
}

/* Answers that count, "organization\nitem" → answer; "no" with its note is added as an offender, however old. */
static GHashTable *
good_answers(FnLook *look, const FnNode *items, FnChecked *checked, GError **error)
{
	const FnOversight *oversight = fn_look_at(look);
	g_autofree char *from = counts_from(checked->check, oversight->now);
	g_autoptr(GHashTable) good = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(FnRows) rows = fn_db_query(oversight->db, &fn_sql_oversight_last_answers,
		FN_BINDS(FN_TEXT("check", fn_node_text(checked->check, "id"))), error);
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &why)) {
		const char *organization = fn_rows_text(rows, "organization"), *item = fn_rows_text(rows, "item");
		g_autofree char *on = fn_time_date_text(fn_rows_int(rows, "answered_at"));

		if (!has_item(items, item))
			continue;
		if (strcmp(fn_rows_text(rows, "answer"), "no") == 0)
			fn_checked_add(look, checked, organization, item, fn_rows_text(rows, "note"), FALSE);
		if (strcmp(on, from) >= 0 || strcmp(fn_rows_text(rows, "answer"), "no") == 0)
			g_hash_table_add(good, g_strjoin("\n", organization, item, NULL));
	}
	if (why == NULL)
		return g_steal_pointer(&good);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

static guint
count_good(const FnNode *items, const char *organization, GHashTable *good)
{
	guint n = 0;

	for (guint i = 0; i < fn_node_count(items); i++) {
		g_autofree char *key = g_strjoin("\n", organization, fn_node_text(fn_node_at(items, i), "id"), NULL);

		n += g_hash_table_contains(good, key);
	}
	return n;
}

gboolean
fn_answers_find(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const FnNode *items = fn_node_get(find, "manual");
	g_autoptr(GHashTable) good = good_answers(look, items, checked, error);
	g_autoptr(FnRows) rows = good != NULL ? fn_db_query(fn_look_at(look)->db, &fn_sql_oversight_inspected, FN_NO_BINDS, error) : NULL;
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why)) {
		guint n = count_good(items, fn_rows_text(rows, "id"), good);
		g_autofree char *share = g_strdup_printf("%u/%u", n, fn_node_count(items));

		if (n < fn_node_count(items))
			fn_checked_add(look, checked, fn_rows_text(rows, "id"), FN_UNANSWERED, share, TRUE);
	}
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}
