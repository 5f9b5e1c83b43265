/* The life of a finding: open with a case of rectification, fixed once that is verified, closed when the check no longer finds it, open
 * again with another case when it does. */
#include "oversight/oversight_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "oversight_sql.h"

#include <string.h>

#define PROCEDURE "rectification"

typedef struct {
	char *id, *organization, *subject, *state, *case_id, *case_state;
	gboolean seen;
} Open;

static void
open_free(gpointer data)
{
	Open *open = data;

	g_free(open->id);
	g_free(open->organization);
	g_free(open->subject);
	g_free(open->state);
	g_free(open->case_id);
	g_free(open->case_state);
	g_free(open);
}

static char *
key_of(const char *organization, const char *subject)
{
	return g_strjoin("\n", organization, subject, NULL);
}

static GHashTable *
open_findings(FnDb *db, const char *check, GError **error)
{
	g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, open_free);
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_open_findings, FN_BINDS(FN_TEXT("check", check)), error);
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &why)) {
		Open *open = g_new0(Open, 1);

		*open = (Open){ .id = g_strdup(fn_rows_text(rows, "id")), .organization = g_strdup(fn_rows_text(rows, "organization")),
			.subject = g_strdup(fn_rows_text(rows, "subject")), .state = g_strdup(fn_rows_text(rows, "state")),
			.case_id = g_strdup(fn_rows_text(rows, "case_id")), .case_state = g_strdup(fn_rows_text(rows, "case_state")) };
		g_hash_table_insert(all, key_of(open->organization, open->subject), open);
	}
	if (why == NULL)
		return g_steal_pointer(&all);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

/* ---- cases ---- */

static char *
deadline_of(const FnOversight *oversight, const FnNode *check)
{
	gint64 days = fn_rules_parameter_int(oversight->rules, fn_node_text(fn_node_get(check, "fix_within"), "parameter"), 0);
	char text[11];
	GDate today, due;

	fn_time_date(oversight->now, &today);
	due = fn_calendar_due(fn_rules_calendar(oversight->rules), &today, (guint)CLAMP(days, 0, 10000), NULL);
	g_date_strftime(text, sizeof(text), "%Y-%m-%d", &due);
	return g_strdup(text);
}

/* Both languages, since a case is read in either. */
static json_t *
form_of(const FnNode *check, const FnOffender *offender)
{
	const FnNode *finding = fn_node_get(check, "finding"), *advice = fn_node_get(check, "advice");
	g_autofree char *matter = g_strdup_printf("%s / %s", fn_node_text(finding, "zh"), fn_node_text(finding, "en"));
	g_autofree char *wanted = g_strdup_printf("%s / %s", fn_node_text(advice, "zh"), fn_node_text(advice, "en"));
	g_autofree char *about = g_strdup_printf("%s %s", offender->subject, offender->detail);

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "check", fn_node_text(check, "id"), "severity", fn_node_text(check, "severity"), "matter",
		matter, "about", g_strstrip(about), "advice", wanted);
}

/* The platform opens it and gives notice, which starts the clock. */
static char *
open_case(const FnOversight *oversight, const FnNode *check, const FnOffender *offender, const char *finding, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	json_t *parties = json_pack("{s:s}", "organization", offender->organization), *form = form_of(check, offender);
	char *id = fn_work_open(oversight->work, oversight->db, PROCEDURE, finding, parties, form, platform, oversight->now, error);

	json_decref(parties);
	json_decref(form);
	if (id != NULL && !fn_work_step(oversight->work, oversight->db, id, "notify", NULL, NULL, platform, oversight->now, error))
		g_clear_pointer(&id, g_free);
	return id;
}

static gboolean
add(const FnOversight *oversight, const FnNode *check, const FnOffender *offender, const char *inspection, char **id_out, GError **error)
{
	g_autofree char *id = fn_id_new(), *deadline = deadline_of(oversight, check);
	g_autofree char *case_id = open_case(oversight, check, offender, id, error);

	if (case_id == NULL ||
		!fn_db_exec(oversight->db, &fn_sql_oversight_add_finding,
			FN_BINDS(FN_TEXT("id", id), FN_TEXT("check", fn_node_text(check, "id")), FN_TEXT("organization", offender->organization),
				FN_TEXT("subject", offender->subject), FN_TEXT("detail", offender->detail), FN_TEXT("severity", fn_node_text(check, "severity")),
				FN_INT("now", oversight->now), FN_TEXT("deadline", deadline), FN_TEXT("case", case_id), FN_TEXT("inspection", inspection)),
			NULL, error))
		return FALSE;
	*id_out = g_steal_pointer(&id);
	return TRUE;
}

static gboolean
reopen(const FnOversight *oversight, const FnNode *check, const FnOffender *offender, const Open *open, GError **error)
{
	g_autofree char *deadline = deadline_of(oversight, check), *case_id = open_case(oversight, check, offender, open->id, error);

	return case_id != NULL &&
		fn_db_exec(oversight->db, &fn_sql_oversight_reopen_finding,
			FN_BINDS(FN_TEXT("id", open->id), FN_TEXT("case", case_id), FN_TEXT("detail", offender->detail), FN_TEXT("deadline", deadline)), NULL,
			error);
}

static gboolean
move(const FnOversight *oversight, const Open *open, const char *state, GError **error)
{
	gboolean closed = strcmp(state, "closed") == 0;

	return strcmp(open->state, state) == 0 ||
		fn_db_exec(oversight->db, &fn_sql_oversight_move_finding,
			FN_BINDS(FN_TEXT("id", open->id), FN_TEXT("state", state), closed ? FN_INT("closed_at", oversight->now) : FN_NULL("closed_at")), NULL,
			error);
}

/* ---- following a check ---- */

static gboolean
concerns(const FnFollow *follow, const char *organization)
{
	return *follow->organization == '\0' || strcmp(follow->organization, organization) == 0;
}

static gboolean
meet(const FnFollow *follow, const char *finding, guint *met_out, GError **error)
{
	gint64 changed = 0;

	if (follow->inspection == NULL)
		return TRUE;
	if (!fn_db_exec(follow->oversight->db, &fn_sql_oversight_meet,
			FN_BINDS(FN_TEXT("inspection", follow->inspection), FN_TEXT("finding", finding), FN_INT("now", follow->oversight->now)), &changed,
			error))
		return FALSE;
	*met_out += (guint)changed;
	return TRUE;
}

static Open *
remember(GHashTable *all, const char *id, const FnOffender *offender)
{
	Open *open = g_new0(Open, 1);

	*open = (Open){ .id = g_strdup(id), .organization = g_strdup(offender->organization), .subject = g_strdup(offender->subject),
		.state = g_strdup("open"), .case_state = g_strdup("") };
	g_hash_table_insert(all, key_of(open->organization, open->subject), open);
	return open;
}

static gboolean
follow_offender(const FnFollow *follow, const FnNode *check, const FnOffender *offender, GHashTable *all, guint *opened_out, guint *met_out,
	GError **error)
{
	g_autofree char *key = key_of(offender->organization, offender->subject), *id = NULL;
	Open *open = g_hash_table_lookup(all, key);

	if (open == NULL && follow->known_only)
		return TRUE;
	if (open == NULL) {
		if (!add(follow->oversight, check, offender, follow->inspection, &id, error))
			return FALSE;
		open = remember(all, id, offender);
		(*opened_out)++;
	} else if (!open->seen && strcmp(open->case_state, "verified") == 0) {
		if (!reopen(follow->oversight, check, offender, open, error))
			return FALSE;
		(*opened_out)++;
	}
	open->seen = TRUE;
	return meet(follow, open->id, met_out, error);
}

/* What the check does not name any more. Where it named only a part, or could not run, nobody can say that something is gone. */
static gboolean
follow_gone(const FnFollow *follow, const FnChecked *checked, GHashTable *all, GError **error)
{
	gboolean certain = checked->cannot == NULL && !checked->more;
	GHashTableIter each;
	gpointer value;

	g_hash_table_iter_init(&each, all);
	while (g_hash_table_iter_next(&each, NULL, &value)) {
		const Open *open = value;

		if (!open->seen && strcmp(open->case_state, "verified") == 0 && concerns(follow, open->organization) &&
			!move(follow->oversight, open, certain ? "closed" : "fixed", error))
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_finding_follow(const FnFollow *follow, const FnChecked *checked, guint *opened_out, guint *met_out, GError **error)
{
	g_autoptr(GHashTable) all = NULL;

	if (checked->check == NULL)
		return TRUE;
	if ((all = open_findings(follow->oversight->db, fn_node_text(checked->check, "id"), error)) == NULL)
		return FALSE;
	for (guint i = 0; i < checked->offenders->len; i++) {
		const FnOffender *offender = checked->offenders->pdata[i];

		if (!offender->near && concerns(follow, offender->organization) &&
			!follow_offender(follow, checked->check, offender, all, opened_out, met_out, error))
			return FALSE;
	}
	return follow_gone(follow, checked, all, error);
}

/* ---- telling ---- */

static json_t *
moment(gint64 us)
{
	g_autofree char *text = us != 0 ? fn_time_format(us) : NULL;

	return text != NULL ? json_string(text) : json_null();
}

static json_t *
finding_json(FnRows *row, const FnRules *rules, gboolean chinese)
{
	const FnNode *check = fn_rules_get(rules, "checks", fn_rows_text(row, "check_id"));
	g_autofree char *what = fn_subject_said(rules, check, fn_rows_text(row, "subject"), fn_rows_text(row, "detail"), chinese);

	return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s?, s:I, s:o}", "id", fn_rows_text(row, "id"), "check",
		fn_rows_text(row, "check_id"), "title", fn_oversight_say(fn_node_get(check, "title"), chinese), "text", fn_oversight_say(fn_node_get(check, "finding"), chinese), "organization",
		fn_rows_text(row, "organization"), "name", fn_rows_text(row, "name"), "subject", fn_rows_text(row, "subject"), "what", what, "detail",
		fn_rows_text(row, "detail"), "severity", fn_rows_text(row, "severity"), "found_at", moment(fn_rows_int(row, "found_at")), "deadline",
		fn_rows_text(row, "deadline"), "state", fn_rows_text(row, "state"), "case", fn_rows_text(row, "case_id"), "case_state",
		fn_rows_text(row, "case_state"), "inspection", fn_rows_text(row, "inspection"), "reopened",
		(json_int_t)fn_rows_int(row, "reopened"), "closed_at", moment(fn_rows_int(row, "closed_at")));
}

static json_t *
findings_json(FnRows *rows, const FnRules *rules, gboolean chinese, GError **error)
{
	g_autoptr(GError) why = NULL;
	json_t *list = json_array();

	while (fn_rows_next(rows, &why))
		json_array_append_new(list, finding_json(rows, rules, chinese));
	if (why == NULL)
		return list;
	g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

json_t *
fn_finding_list(FnDb *db, const FnRules *rules, const char *organization, const char *check, const char *state, gboolean chinese,
	GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_findings,
		FN_BINDS(FN_TEXT("organization", organization != NULL ? organization : ""), FN_TEXT("check", check != NULL ? check : ""),
			FN_TEXT("state", state != NULL ? state : "")), error);

	return rows != NULL ? findings_json(rows, rules, chinese, error) : NULL;
}

json_t *
fn_finding_of_inspection(FnDb *db, const FnRules *rules, const char *inspection, const char *organization, gboolean chinese,
	GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_findings_met,
		FN_BINDS(FN_TEXT("inspection", inspection), FN_TEXT("organization", organization != NULL ? organization : "")), error);

	return rows != NULL ? findings_json(rows, rules, chinese, error) : NULL;
}
