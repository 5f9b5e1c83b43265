/* Reports: rules/reports/ID.yaml filled from the registry. */
#include "oversight/oversight_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "oversight_sql.h"

#include <string.h>

enum { ROWS_MOST = 5000 }; /* of one section; beyond that it says that there are more */

typedef struct {
	FnPart part;
	char *name;     /* of the period */
	FnPeriod period;
	gint64 from, until;
	char from_on[11], until_on[11];
} Making;

static gpointer
refuse(GError **error, FnOversightError code, const char *english)
{
	g_set_error_literal(error, FN_OVERSIGHT_ERROR, code, fn_say(english));
	return NULL;
}

/* A file that does not fit this program. */
static gpointer G_GNUC_PRINTF(3, 4)
misfit(const FnNode *at, GError **error, const char *format, ...)
{
	g_autofree char *place = fn_node_place(at), *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_STATE, "%s: %s", place, text);
	return NULL;
}

/* ---- what a report is ---- */

static json_t *
words(const FnNode *list)
{
	json_t *array = json_array();
	const char *word;

	for (guint i = 0; (word = fn_node_word(list, i)) != NULL; i++)
		json_array_append_new(array, json_string(word));
	return array;
}

static json_t *
report_json(const FnNode *report, gboolean chinese)
{
	return json_pack("{s:s, s:s, s:o, s:s}", "id", fn_node_text(report, "id"), "title", fn_oversight_say(fn_node_get(report, "title"), chinese),
		"law", words(fn_node_get(report, "law")), "period", fn_node_text(report, "period"));
}

json_t *
fn_report_list(const FnRules *rules, gboolean chinese)
{
	json_t *list = json_array();
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "reports", &n);

	for (guint i = 0; i < n; i++)
		json_array_append_new(list, report_json(all[i], chinese));
	return list;
}

/* ---- the period ---- */

static gint64
midnight(const GDate *day)
{
	char text[32];
	gint64 us = 0;
	gboolean known;

	g_date_strftime(text, sizeof(text), "%Y-%m-%dT00:00:00+08:00", day);
	known = fn_time_parse(text, &us);
	g_assert(known);
	return us;
}

/* Of the length in which the report is due: the last one that is over, or the one that runs where a section tells of today. */
static char *
usual_period(const FnNode *report, gint64 now)
{
	const FnNode *sections = fn_node_get(report, "sections");
	gboolean of_today = FALSE;
	GDate today;

	fn_time_date(now, &today);
	for (guint i = 0; i < fn_node_count(sections); i++)
		of_today = of_today || fn_part_is_of_today(fn_node_text(fn_node_at(sections, i), "builtin"));
	for (guint i = FN_MONTH; i < FN_OFTEN; i++)
		if (g_strcmp0(fn_often[i], fn_node_text(report, "period")) == 0)
			return of_today ? fn_period_of((FnOften)i, &today) : fn_period_before((FnOften)i, &today);
	return NULL;
}

static gboolean
set_period(Making *making, GError **error)
{
	GDate today, after;

	fn_time_date(making->part.oversight->now, &today);
	if (!fn_period_parse(making->name, &making->period))
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"period\": write 2026-02, 2026-Q1, 2026-H1 or 2026") != NULL;
	if (g_date_compare(&making->period.first, &today) > 0)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"period\": it has not begun; ask for one that has") != NULL;
	after = making->period.last;
	g_date_add_days(&after, 1);
	making->from = midnight(&making->period.first);
	making->until = midnight(&after);
	g_date_strftime(making->from_on, sizeof(making->from_on), "%Y-%m-%d", &making->period.first);
	g_date_strftime(making->until_on, sizeof(making->until_on), "%Y-%m-%d", &after);
	making->part.period = making->name;
	return TRUE;
}

/* ---- facts at its head ---- */

static const struct {
	const char *word, *said;
} inspection_words[] = {
	{ "routine", FN_SAY("routine inspection") }, { "full", FN_SAY("inspection of everything") }, { "special", FN_SAY("special inspection") },
	{ "running", FN_SAY("still running") }, { "closed", FN_SAY("closed") },
};

static const char *
said(const char *word, gboolean chinese)
{
	for (gsize i = 0; word != NULL && i < G_N_ELEMENTS(inspection_words); i++)
		if (strcmp(inspection_words[i].word, word) == 0)
			return fn_say_in(inspection_words[i].said, chinese);
	return word;
}

static void
add_fact(json_t *facts, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		json_array_append_new(facts, json_pack("{s:s, s:s}", "name", name, "value", value));
}

static char *
organization_name(FnDb *db, const char *id)
{
	char *name = fn_db_text(db, &fn_sql_oversight_organization_name, FN_BINDS(FN_TEXT("id", id)), NULL);

	return name != NULL ? name : g_strdup(id);
}

static json_t *
facts_of(const Making *making, const json_t *inspection)
{
	const FnReportAsked *asked = making->part.asked;
	const FnOversight *oversight = making->part.oversight;
	gboolean chinese = asked->chinese;
	json_t *facts = json_array();
	char last[11];
	g_autofree char *days = NULL, *whose = asked->organization != NULL ? organization_name(oversight->db, asked->organization) : NULL;

	g_date_strftime(last, sizeof(last), "%Y-%m-%d", &making->period.last);
	days = g_strdup_printf("%s – %s", making->from_on, last);
	add_fact(facts, fn_say_in("Period", chinese), making->name);
	add_fact(facts, fn_say_in("Days", chinese), days);
	add_fact(facts, fn_say_in("Organization", chinese), whose);
	if (inspection != NULL) {
		add_fact(facts, fn_say_in("Inspection", chinese), json_string_value(json_object_get(inspection, "id")));
		add_fact(facts, fn_say_in("Kind", chinese), said(json_string_value(json_object_get(inspection, "kind")), chinese));
		add_fact(facts, fn_say_in("State", chinese), said(json_string_value(json_object_get(inspection, "state")), chinese));
		if (asked->organization == NULL) /* it speaks of all */
			add_fact(facts, fn_say_in("Opinion", chinese), json_string_value(json_object_get(inspection, "opinion")));
	}
	add_fact(facts, fn_say_in("Version of the rules", chinese), fn_rules_digest(oversight->rules));
	return facts;
}

/* ---- values ---- */

/* "procedure/name": the entry of that name in @map of the procedure. */
static const FnNode *
of_procedure(const FnRules *rules, const char *value, const char *map)
{
	g_auto(GStrv) parts = g_strsplit(value, "/", 2);
	const FnNode *procedure = parts[0] != NULL ? fn_rules_get(rules, "procedures", parts[0]) : NULL;

	return procedure != NULL && parts[1] != NULL ? fn_node_get(fn_node_get(procedure, map), parts[1]) : NULL;
}

/* Names of what @value is the id of; NULL: nothing in force. */
static const FnNode *
named(const FnRules *rules, const FnNode *column, const char *value)
{
	const char *of = fn_node_text(column, "of");

	if (of == NULL)
		return fn_node_get(fn_node_get(column, "names"), value);
	if (strcmp(of, "clocks") == 0 || strcmp(of, "states") == 0)
		return of_procedure(rules, value, of);
	return fn_node_get(fn_rules_get(rules, of, value), "title");
}

static char *
per_mille(gint64 value)
{
	return g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT, value / 10, value % 10);
}

static gboolean
is_number(const FnNode *column)
{
	static const char *const units[] = { "count", "day", "points", NULL };
	const char *unit = fn_node_text(column, "unit");

	return unit != NULL && g_strv_contains(units, unit);
}

/* @text NULL: nothing is known. @said: how it is shown, where the column does not say it. */
static void
add_value(const Making *making, const FnNode *column, const char *text, const char *said_so, json_t *values, json_t *shown)
{
	const char *id = fn_node_text(column, "id"), *name;
	gint64 number = text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;

	if (text == NULL) {
		json_object_set_new(values, id, json_null());
		json_array_append_new(shown, json_string("—"));
	} else if (g_strcmp0(fn_node_text(column, "unit"), "percent") == 0) {
		g_autofree char *value = per_mille(number), *percent = g_strconcat(value, "%", NULL);

		json_object_set_new(values, id, json_string(value));
		json_array_append_new(shown, json_string(percent));
	} else {
		name = fn_oversight_say(named(making->part.oversight->rules, column, text), making->part.asked->chinese);
		json_object_set_new(values, id, is_number(column) ? json_integer(number) : json_string(text));
		json_array_append_new(shown, json_string(said_so != NULL ? said_so : name != NULL ? name : text));
	}
}

/* ---- sections ---- */

/* Only what reports.sql calls report_NAME can be named. */
static const FnSql *
statement(const char *name)
{
	g_autofree char *full = g_strconcat("oversight.report_", name, NULL);

	for (guint i = 0; fn_sql_oversight_all[i] != NULL; i++)
		if (strcmp(fn_sql_oversight_all[i]->name, full) == 0)
			return fn_sql_oversight_all[i];
	return NULL;
}

static gboolean
bind_one(const Making *making, const char *name, FnBind *bind_out)
{
	const FnReportAsked *asked = making->part.asked;
	const FnBind known[] = {
		FN_INT("from", making->from), FN_INT("until", making->until), FN_TEXT("from_on", making->from_on),
		FN_TEXT("until_on", making->until_on), FN_TEXT("period", making->name), FN_INT("most", ROWS_MOST + 1),
		FN_TEXT("inspection", asked->inspection != NULL ? asked->inspection : ""),
		FN_TEXT("organization", asked->organization != NULL ? asked->organization : ""),
	};
	FnParameter parameter;

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (strcmp(known[i].name, name) == 0) {
			*bind_out = known[i];
			return TRUE;
		}
	if (!fn_rules_parameter(making->part.oversight->rules, name, &parameter))
		return FALSE;
	*bind_out = FN_INT(name, fn_rules_parameter_int(making->part.oversight->rules, name, 0));
	return TRUE;
}

static gboolean
has_column(FnRows *rows, const char *name)
{
	for (guint i = 0; i < fn_rows_columns(rows); i++)
		if (strcmp(fn_rows_column_name(rows, i), name) == 0)
			return TRUE;
	return FALSE;
}

/* NULL with an error that names what is missing. */
static FnRows *
query(const Making *making, const FnNode *section, GError **error)
{
	const char *name = fn_node_text(section, "sql");
	const FnSql *sql = statement(name);
	const FnNode *columns = fn_node_get(section, "columns");
	g_autoptr(FnRows) rows = NULL;
	FnBind binds[16] = { { 0 } };

	if (sql == NULL)
		return misfit(section, error, "this program has no statement \"%s\"; correct the name", name);
	for (guint i = 0; sql->parameters[i] != NULL; i++) {
		g_assert(i + 1 < G_N_ELEMENTS(binds));
		if (!bind_one(making, sql->parameters[i], &binds[i]))
			return misfit(section, error, "the pack has no parameter \"%s\"; add it", sql->parameters[i]);
	}
	if ((rows = fn_db_query(making->part.oversight->db, sql, binds, error)) == NULL)
		return NULL;
	for (guint i = 0; i < fn_node_count(columns); i++) {
		const char *id = fn_node_text(fn_node_at(columns, i), "id");

		if (g_strcmp0(fn_node_text(fn_node_at(columns, i), "of"), "subjects") == 0 && !has_column(rows, "check_id"))
			return misfit(fn_node_at(columns, i), error, "statement \"%s\" does not say by which check; drop \"of\"", name);
		if (!has_column(rows, id))
			return misfit(fn_node_at(columns, i), error, "statement \"%s\" has no column \"%s\"; correct the name", name, id);
	}
	if (!has_column(rows, "organization"))
		return misfit(section, error, "statement \"%s\" does not say whose its rows are", name);
	return g_steal_pointer(&rows);
}

/* What one may see of the city, and of cases that only their offices see. */
static gboolean
may_be_told(const Making *making, FnRows *row, gboolean restricts)
{
	const char *own = making->part.asked->organization, *organization = fn_rows_text(row, "organization");
	const char *procedure = restricts ? fn_rows_text(row, "restricted_by") : NULL;

	if (own != NULL && g_strcmp0(organization, own) != 0)
		return FALSE;
	if (!restricts)
		return TRUE;
	return procedure != NULL && fn_rules_get(making->part.oversight->rules, "procedures", procedure) != NULL &&
		!fn_node_bool(fn_rules_get(making->part.oversight->rules, "procedures", procedure), "restricted", FALSE);
}

/* What a row with a "check_id", and a "detail" if it has one, calls @subject. */
static char *
subject_of(const Making *making, FnRows *row, const char *subject)
{
	const FnRules *rules = making->part.oversight->rules;
	const char *detail = has_column(row, "detail") ? fn_rows_text(row, "detail") : NULL;

	return fn_subject_said(rules, fn_rules_get(rules, "checks", fn_rows_text(row, "check_id")), subject, detail, making->part.asked->chinese);
}

static void
add_row(const Making *making, const FnNode *columns, FnRows *row, json_t *into)
{
	json_t *values = json_object(), *shown = json_array();
	g_autofree char *what = NULL;

	for (guint i = 0; i < fn_node_count(columns); i++) {
		const FnNode *column = fn_node_at(columns, i);
		const char *text = fn_rows_text(row, fn_node_text(column, "id"));
		gboolean is_subject = g_strcmp0(fn_node_text(column, "of"), "subjects") == 0 && text != NULL;

		if (is_subject) {
			g_free(what);
			what = subject_of(making, row, text);
		}
		/* nothing is said twice */
		add_value(making, column, text, is_subject ? what : g_strcmp0(text, what) == 0 ? "" : NULL, values, shown);
	}
	json_array_append_new(into, json_pack("{s:o, s:o}", "values", values, "shown", shown));
}

static gboolean
fill_by_statement(const Making *making, const FnNode *section, json_t *into, gboolean *more_out, GError **error)
{
	g_autoptr(FnRows) rows = query(making, section, error);
	gboolean restricts = rows != NULL && has_column(rows, "restricted_by");
	g_autoptr(GError) why = NULL;
	guint n = 0;

	while (rows != NULL && fn_rows_next(rows, &why)) {
		if (++n > ROWS_MOST)
			*more_out = TRUE;
		else if (may_be_told(making, rows, restricts))
			add_row(making, fn_node_get(section, "columns"), rows, into);
	}
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static FnPartMaker
part_of(const FnNode *section, GError **error)
{
	const FnNode *columns = fn_node_get(section, "columns");
	const char *const *known = NULL;
	FnPartMaker make = fn_part_find(fn_node_text(section, "builtin"), &known);

	if (make == NULL)
		return misfit(section, error, "this program has no part \"%s\"; correct the name",
			fn_node_text(section, "builtin"));
	for (guint i = 0; i < fn_node_count(columns); i++)
		if (!g_strv_contains(known, fn_node_text(fn_node_at(columns, i), "id")))
			return misfit(fn_node_at(columns, i), error, "this part has no such column; correct the name");
	return make;
}

static gboolean
fill_by_function(const Making *making, const FnNode *section, json_t *into, GError **error)
{
	const FnNode *columns = fn_node_get(section, "columns");
	FnPartMaker make = part_of(section, error);
	json_t *rows = make != NULL ? make(&making->part, error) : NULL;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *values = json_object(), *shown = json_array();

		for (guint j = 0; j < fn_node_count(columns); j++) {
			const json_t *value = json_object_get(json_array_get(rows, i), fn_node_text(fn_node_at(columns, j), "id"));
			g_autofree char *number = json_is_integer(value) ? g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value)) : NULL;

			add_value(making, fn_node_at(columns, j), number != NULL ? number : json_string_value(value), NULL, values, shown);
		}
		json_array_append_new(into, json_pack("{s:o, s:o}", "values", values, "shown", shown));
	}
	if (rows == NULL)
		return FALSE;
	json_decref(rows);
	return TRUE;
}

static json_t *
columns_json(const FnNode *columns, gboolean chinese)
{
	json_t *list = json_array();

	for (guint i = 0; i < fn_node_count(columns); i++) {
		const FnNode *column = fn_node_at(columns, i);
		const char *unit = fn_node_text(column, "unit");

		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", fn_node_text(column, "id"), "title", fn_oversight_say(column, chinese),
			"unit", unit != NULL ? unit : "text"));
	}
	return list;
}

static json_t *
section_json(const Making *making, const FnNode *section, GError **error)
{
	gboolean chinese = making->part.asked->chinese, more = FALSE;
	json_t *rows = json_array();
	gboolean fine = fn_node_get(section, "sql") != NULL ? fill_by_statement(making, section, rows, &more, error) :
		fill_by_function(making, section, rows, error);

	if (!fine) {
		json_decref(rows);
		return NULL;
	}
	return json_pack("{s:s, s:s?, s:o, s:o, s:b}", "title", fn_oversight_say(fn_node_get(section, "title"), chinese), "note",
		fn_oversight_say(fn_node_get(section, "note"), chinese), "columns", columns_json(fn_node_get(section, "columns"), chinese), "rows", rows,
		"more", more);
}

/* ---- one report ---- */

static json_t *
sections_json(const Making *making, const FnNode *report, GError **error)
{
	const FnNode *sections = fn_node_get(report, "sections");
	json_t *list = json_array();

	for (guint i = 0; i < fn_node_count(sections); i++) {
		json_t *section = section_json(making, fn_node_at(sections, i), error);

		if (section == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, section);
	}
	return list;
}

static void
seal(json_t *made)
{
	g_autofree char *text = fn_json_canonical(made), *hex = NULL, *digest = NULL;
	guint8 sum[FN_DIGEST_SIZE];

	fn_sm3(text, strlen(text), sum);
	hex = fn_hex(sum, sizeof(sum));
	digest = g_strconcat("sm3:", hex, NULL);
	json_object_set_new(made, "digest", json_string(digest));
}

static json_t *
make(const Making *making, const FnNode *report, const json_t *inspection, GError **error)
{
	const FnReportAsked *asked = making->part.asked;
	json_t *sections = sections_json(making, report, error), *made;
	char last[11];

	if (sections == NULL)
		return NULL;
	g_date_strftime(last, sizeof(last), "%Y-%m-%d", &making->period.last);
	made = report_json(report, asked->chinese);
	json_object_set_new(made, "period", json_string(making->name));
	json_object_set_new(made, "from", json_string(making->from_on));
	json_object_set_new(made, "until", json_string(last));
	json_object_set_new(made, "organization", asked->organization != NULL ? json_string(asked->organization) : json_null());
	json_object_set_new(made, "language", json_string(asked->chinese ? "zh" : "en"));
	json_object_set_new(made, "rules", json_string(fn_rules_digest(making->part.oversight->rules)));
	json_object_set_new(made, "facts", facts_of(making, inspection));
	json_object_set_new(made, "sections", sections);
	seal(made);
	return made;
}

/* Of one inspection: what it was, as far as it concerns who asks; its period is the report's. */
static json_t *
inspection_asked(const FnOversight *oversight, const FnReportAsked *asked, GError **error)
{
	json_t *shown;
	const char *whose;

	if (asked->inspection == NULL)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"inspection\": this report is on one inspection; name it");
	shown = fn_inspection_show(oversight, asked->inspection, asked->organization, asked->chinese, error);
	whose = json_string_value(json_object_get(shown, "organization"));
	if (shown == NULL || asked->organization == NULL || *whose == '\0' || strcmp(whose, asked->organization) == 0)
		return shown;
	json_decref(shown);
	return refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such inspection");
}

json_t *
fn_report_make(const FnOversight *oversight, const char *id, const FnReportAsked *asked, GError **error)
{
	const FnNode *report = fn_rules_get(oversight->rules, "reports", id);
	gboolean of_inspection = report != NULL && g_strcmp0(fn_node_text(report, "period"), "inspection") == 0;
	Making making = { .part = { .oversight = oversight, .asked = asked } };
	json_t *inspection = NULL, *made = NULL;

	if (report == NULL)
		return refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such report");
	if (of_inspection ? asked->period != NULL : asked->inspection != NULL)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, of_inspection ? "\"period\": an inspection has its own; leave it out" :
			"\"inspection\": this report is on a period; leave it out");
	if (of_inspection && (inspection = inspection_asked(oversight, asked, error)) == NULL)
		return NULL;
	making.name = of_inspection ? g_strdup(json_string_value(json_object_get(inspection, "period"))) : asked->period != NULL ?
		g_strdup(asked->period) : usual_period(report, oversight->now);
	if (set_period(&making, error)) {
		if (!of_inspection && making.period.often == FN_DAY)
			refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"period\": write 2026-02, 2026-Q1, 2026-H1 or 2026");
		else
			made = make(&making, report, inspection, error);
	}
	json_decref(inspection);
	g_free(making.name);
	return made;
}

/* ---- whether the files fit the program ---- */

static gboolean
check_section(const Making *making, const FnNode *section, GError **error)
{
	g_autoptr(FnRows) rows = NULL;

	if (fn_node_get(section, "builtin") != NULL)
		return part_of(section, error) != NULL;
	rows = query(making, section, error);
	return rows != NULL;
}

gboolean
fn_reports_check(const FnOversight *oversight, GError **error)
{
	const FnReportAsked nothing = { .organization = "-" };
	Making making = { .part = { .oversight = oversight, .asked = &nothing }, .name = g_strdup("1991") };
	gboolean fine = set_period(&making, error);
	guint n;
	const FnNode *const *all = fn_rules_all(oversight->rules, "reports", &n);

	for (guint i = 0; fine && i < n; i++) {
		const FnNode *sections = fn_node_get(all[i], "sections");

		for (guint j = 0; fine && j < fn_node_count(sections); j++)
			fine = check_section(&making, fn_node_at(sections, j), error);
	}
	g_free(making.name);
	return fine;
}
