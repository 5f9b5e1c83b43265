/* What a check finds. The ways to find are a table by the key that stands under "find". */
#include "oversight/oversight_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "oversight_sql.h"
#include "register/register.h"

#include <string.h>

struct FnLook {
	FnOversight at;
	char *today, *soon, *bureau;
	GHashTable *checked; /* id → FnChecked */
	GHashTable *known;   /* organization → Known */
};

typedef struct {
	char *name;
	gint64 since; /* on the platform */
} Known;

G_DEFINE_QUARK(fn-oversight-error-quark, fn_oversight_error)

typedef gboolean (*Finder)(FnLook *look, const FnNode *find, FnChecked *checked, GError **error);

static void
offender_free(gpointer data)
{
	FnOffender *offender = data;

	g_free(offender->organization);
	g_free(offender->subject);
	g_free(offender->detail);
	g_free(offender);
}

static FnChecked *
checked_new(const FnNode *check)
{
	FnChecked *checked = g_new0(FnChecked, 1);

	checked->check = check;
	checked->offenders = g_ptr_array_new_with_free_func(offender_free);
	return checked;
}

static void
checked_free(gpointer data)
{
	FnChecked *checked = data;

	g_ptr_array_unref(checked->offenders);
	g_free(checked->cannot);
	g_free(checked);
}

gboolean
fn_checked_cannot(FnChecked *checked, const char *why, ...)
{
	va_list arguments;

	va_start(arguments, why);
	g_free(checked->cannot);
	checked->cannot = g_strdup_vprintf(why, arguments);
	va_end(arguments);
	return FALSE;
}

static void
known_free(gpointer data)
{
	Known *one = data;

	g_free(one->name);
	g_free(one);
}

static const Known *
known(FnLook *look, const char *organization)
{
	Known *one = g_hash_table_lookup(look->known, organization);
	g_autoptr(FnRows) rows = NULL;
	gboolean there;

	if (one != NULL)
		return one;
	rows = fn_db_query(look->at.db, &fn_sql_oversight_organization_name, FN_BINDS(FN_TEXT("id", organization)), NULL);
	there = rows != NULL && fn_rows_next(rows, NULL);
	one = g_new0(Known, 1);
	*one = (Known){ .name = g_strdup(there ? fn_rows_text(rows, "name") : organization), .since = there ? fn_rows_int(rows, "created_at") : 0 };
	g_hash_table_insert(look->known, g_strdup(organization), one);
	return one;
}

/* Who has just joined has some time to enter what it has: until then what is missing is near and not yet found. */
static gboolean
has_just_joined(FnLook *look, const FnNode *check, const char *organization)
{
	const char *grace = fn_node_text(fn_node_get(check, "grace"), "parameter");
	gint64 days = grace != NULL ? fn_rules_parameter_int(look->at.rules, grace, 0) : 0;

	return days > 0 && known(look, organization)->since + days * G_TIME_SPAN_DAY > look->at.now;
}

void
fn_checked_add(FnLook *look, FnChecked *checked, const char *organization, const char *subject, const char *detail, gboolean near)
{
	FnOffender *offender;

	if (checked->offenders->len >= FN_OFFENDERS_MOST) {
		checked->more = TRUE;
		return;
	}
	offender = g_new0(FnOffender, 1);
	*offender = (FnOffender){ .organization = g_strdup(organization != NULL && *organization != '\0' ? organization : look->bureau),
		.subject = g_strdup(subject != NULL ? subject : ""), .detail = g_strdup(detail != NULL ? detail : "") };
	offender->near = near || has_just_joined(look, checked->check, offender->organization);
	g_ptr_array_add(checked->offenders, offender);
	if (offender->near)
		checked->near++;
	else
		checked->offending++;
}

const FnOversight *
fn_look_at(const FnLook *look)
{
	return &look->at;
}

char *
fn_oversight_bureau(FnDb *db)
{
	char *bureau = fn_db_text(db, &fn_sql_oversight_bureau, FN_NO_BINDS, NULL);

	return bureau != NULL ? bureau : g_strdup("");
}

const char *
fn_oversight_say(const FnNode *both, gboolean chinese)
{
	return fn_node_text(both, chinese ? "zh" : "en");
}

/* ---- {sql: NAME} ---- */

/* Only what checks.sql calls check_NAME can be named. */
static const FnSql *
statement(const char *name)
{
	g_autofree char *full = g_strconcat("oversight.check_", name, NULL);

	for (guint i = 0; fn_sql_oversight_all[i] != NULL; i++)
		if (strcmp(fn_sql_oversight_all[i]->name, full) == 0)
			return fn_sql_oversight_all[i];
	return NULL;
}

static gboolean
bind_one(const FnLook *look, const char *name, FnBind *bind_out)
{
	const struct {
		const char *name;
		FnBind bind;
	} known[] = {
		{ "now", FN_INT("now", look->at.now) }, { "today", FN_TEXT("today", look->today) }, { "soon", FN_TEXT("soon", look->soon) },
		{ "most", FN_INT("most", FN_OFFENDERS_MOST + 1) },
	};
	FnParameter parameter;

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (strcmp(known[i].name, name) == 0) {
			*bind_out = known[i].bind;
			return TRUE;
		}
	if (!fn_rules_parameter(look->at.rules, name, &parameter))
		return FALSE;
	*bind_out = FN_INT(name, fn_rules_parameter_int(look->at.rules, name, 0));
	return TRUE;
}

static gboolean
take_rows(FnLook *look, FnRows *rows, FnChecked *checked, GError **error)
{
	g_autoptr(GError) why = NULL;

	while (fn_rows_next(rows, &why))
		fn_checked_add(look, checked, fn_rows_text(rows, "organization"), fn_rows_text(rows, "subject"), fn_rows_text(rows, "detail"),
			fn_rows_int(rows, "risk") != 0);
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
by_sql(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *name = fn_node_text(find, "sql");
	const FnSql *sql = statement(name);
	g_autoptr(FnRows) rows = NULL;
	FnBind binds[16] = { { 0 } };

	if (sql == NULL)
		return fn_checked_cannot(checked, "this program has no statement \"%s\"", name);
	for (guint i = 0; sql->parameters[i] != NULL; i++) {
		g_assert(i + 1 < G_N_ELEMENTS(binds));
		if (!bind_one(look, sql->parameters[i], &binds[i]))
			return fn_checked_cannot(checked, "the pack has no parameter %s", sql->parameters[i]);
	}
	rows = fn_db_query(look->at.db, sql, binds, error);
	return rows != NULL && take_rows(look, rows, checked, error);
}

/* ---- {builtin: NAME} ---- */

static gboolean
by_builtin(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	FnBuiltin run = fn_builtin_find(fn_node_text(find, "builtin"));

	if (run == NULL)
		return fn_checked_cannot(checked, "this program has no check \"%s\"", fn_node_text(find, "builtin"));
	return run(look, checked, error);
}

/* ---- {late: PROCEDURE, clock: CLOCK}, {open: PROCEDURE, older: {parameter: P}} ---- */

static const char *
party_of(const FnNode *procedure, const FnNode *step)
{
	const char *role = fn_node_word(fn_node_get(step, "by"), 0), *seat = fn_node_word(fn_node_get(fn_node_get(procedure, "people"), role), 0);

	return seat != NULL && strchr(seat, '@') != NULL ? strchr(seat, '@') + 1 : "";
}

/* Who is awaited: the party whose step leads on from @state, and stops @clock where that is given; else "". */
static const char *
debtor(const FnNode *procedure, const char *state, const char *clock)
{
	const FnNode *steps = fn_node_get(procedure, "steps");

	for (guint i = 0; i < fn_node_count(steps); i++) {
		const FnNode *step = fn_node_at(steps, i);

		if (fn_node_has_word(fn_node_get(step, "from"), state) && !fn_node_bool(step, "may", FALSE) &&
			(clock == NULL || fn_node_has_word(fn_node_get(step, "stop"), clock)))
			return party_of(procedure, step);
	}
	return clock != NULL ? debtor(procedure, state, NULL) : "";
}

static gboolean
take_cases(FnLook *look, FnRows *rows, const FnNode *procedure, const char *clock, FnChecked *checked, GError **error)
{
	g_autoptr(GError) why = NULL;

	while (fn_rows_next(rows, &why)) {
		const char *parties = fn_rows_text(rows, "parties");
		json_t *read = json_loads(parties, 0, NULL);
		const char *organization = json_string_value(json_object_get(read, debtor(procedure, fn_rows_text(rows, "state"), clock)));
		g_autofree char *since = clock == NULL ? fn_time_date_text(fn_rows_int(rows, "opened_at")) : g_strdup(fn_rows_text(rows, "due_on"));

		fn_checked_add(look, checked, organization, fn_rows_text(rows, "case_id"), since, clock != NULL && fn_rows_int(rows, "risk") != 0);
		json_decref(read);
	}
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
by_clock(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *name = fn_node_text(find, "late"), *clock = fn_node_text(find, "clock");
	const FnNode *procedure = fn_rules_get(look->at.rules, "procedures", name);
	g_autoptr(FnRows) rows = NULL;

	if (procedure == NULL)
		return fn_checked_cannot(checked, "there is no procedure \"%s\"", name);
	rows = fn_db_query(look->at.db, &fn_sql_oversight_late_cases, FN_BINDS(FN_TEXT("procedure", name), FN_TEXT("clock", clock),
		FN_TEXT("today", look->today), FN_INT("now", look->at.now), FN_INT("most", FN_OFFENDERS_MOST + 1)), error);
	return rows != NULL && take_cases(look, rows, procedure, clock, checked, error);
}

static gboolean
by_age(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *name = fn_node_text(find, "open"), *older = fn_node_text(fn_node_get(find, "older"), "parameter");
	const FnNode *procedure = fn_rules_get(look->at.rules, "procedures", name);
	gint64 days = fn_rules_parameter_int(look->at.rules, older, -1);
	g_autoptr(FnRows) rows = NULL;

	if (procedure == NULL)
		return fn_checked_cannot(checked, "there is no procedure \"%s\"", name);
	if (days < 0)
		return fn_checked_cannot(checked, "the pack has no parameter %s", older);
	rows = fn_db_query(look->at.db, &fn_sql_oversight_old_cases, FN_BINDS(FN_TEXT("procedure", name),
		FN_INT("before", look->at.now - days * G_TIME_SPAN_DAY), FN_INT("most", FN_OFFENDERS_MOST + 1)), error);
	return rows != NULL && take_cases(look, rows, procedure, NULL, checked, error);
}

/* ---- {each_has: REGISTER}, {none_overdue: REGISTER}, {none_where: REGISTER} ---- */

static const char *
member(const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	return text != NULL ? text : "";
}

static gboolean
has_register(const FnLook *look, const char *name, FnChecked *checked)
{
	return fn_rules_get(look->at.rules, "registers", name) != NULL || fn_checked_cannot(checked, "there is no register \"%s\"", name);
}

static gboolean
by_missing(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *name = fn_node_text(find, "each_has");
	json_t *missing;

	if (!has_register(look, name, checked) || (missing = fn_register_missing(look->at.db, look->at.rules, name, fn_node_get(find, "where"),
		fn_node_get(find, "kinds"), look->at.now, error)) == NULL)
		return FALSE;
	for (size_t i = 0; i < json_array_size(missing); i++)
		fn_checked_add(look, checked, json_string_value(json_array_get(missing, i)), name, "", FALSE);
	json_decref(missing);
	return TRUE;
}

/* The subject is the record, which stays the same when its key is changed; the detail is its key and the day until which it is good. */
static gboolean
take_records(FnLook *look, json_t *records, FnChecked *checked)
{
	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *record = json_array_get(records, i);
		g_autofree char *detail = g_strdup_printf("%s %s", member(record, "key"), member(record, "due"));

		fn_checked_add(look, checked, member(record, "organization"), member(record, "record"), g_strstrip(detail),
			json_integer_value(json_object_get(record, "risk")) != 0);
	}
	json_decref(records);
	return records != NULL;
}

static gboolean
by_renewal(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *name = fn_node_text(find, "none_overdue");

	return has_register(look, name, checked) && take_records(look, fn_register_overdue(look->at.db, look->at.rules, name,
		fn_node_get(find, "where"), look->at.now, error), checked);
}

static gboolean
by_value(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *name = fn_node_text(find, "none_where");

	return has_register(look, name, checked) && take_records(look, fn_register_where(look->at.db, look->at.rules, name,
		fn_node_get(find, "where"), look->at.now, error), checked);
}

/* ---- {watch: RULE} ---- */

static gboolean
by_watch(FnLook *look, const FnNode *find, FnChecked *checked, GError **error)
{
	const char *rule = fn_node_text(find, "watch");
	g_autoptr(FnRows) rows = NULL;

	if (fn_rules_get(look->at.rules, "watch", rule) == NULL)
		return fn_checked_cannot(checked, "there is no rule of misuse \"%s\"", rule);
	rows = fn_db_query(look->at.db, &fn_sql_oversight_open_alerts, FN_BINDS(FN_TEXT("rule", rule), FN_INT("most", FN_OFFENDERS_MOST + 1)), error);
	return rows != NULL && take_rows(look, rows, checked, error);
}

/* ---- all ---- */

static const struct {
	const char *key;
	Finder run;
} finders[] = {
	{ "sql", by_sql },
	{ "builtin", by_builtin },
	{ "late", by_clock },
	{ "open", by_age },
	{ "each_has", by_missing },
	{ "none_overdue", by_renewal },
	{ "none_where", by_value },
	{ "watch", by_watch },
	{ "manual", fn_answers_find },
};

const char *
fn_check_kind(const FnNode *check)
{
	const FnNode *find = fn_node_get(check, "find");

	return fn_node_count(find) > 0 ? fn_node_key_at(find, 0) : "";
}

static int
by_place(gconstpointer a, gconstpointer b)
{
	const FnOffender *one = *(const FnOffender *const *)a, *other = *(const FnOffender *const *)b;
	int order = strcmp(one->organization, other->organization);

	return order != 0 ? order : strcmp(one->subject, other->subject);
}

static FnChecked *
evaluate(FnLook *look, const char *id)
{
	const FnNode *check = fn_rules_get(look->at.rules, "checks", id), *find = fn_node_get(check, "find");
	FnChecked *checked = checked_new(check);
	g_autoptr(GError) why = NULL;

	if (check == NULL) {
		fn_checked_cannot(checked, "there is no check \"%s\"", id);
		return checked;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(finders); i++)
		if (fn_node_get(find, finders[i].key) != NULL) {
			if (!finders[i].run(look, find, checked, &why) && checked->cannot == NULL)
				fn_checked_cannot(checked, "%s", why != NULL ? why->message : "it failed");
			g_ptr_array_sort(checked->offenders, by_place);
			return checked;
		}
	fn_checked_cannot(checked, "this program cannot find by \"%s\"", fn_check_kind(check));
	return checked;
}

const FnChecked *
fn_look_check(FnLook *look, const char *id)
{
	FnChecked *checked = g_hash_table_lookup(look->checked, id);

	if (checked == NULL) {
		checked = evaluate(look, id);
		g_hash_table_insert(look->checked, g_strdup(id), checked);
	}
	return checked;
}

FnLook *
fn_look_new(const FnOversight *oversight)
{
	FnLook *look = g_new0(FnLook, 1);

	look->at = *oversight;
	look->today = fn_time_date_text(oversight->now);
	look->soon = fn_time_date_text(oversight->now + fn_rules_parameter_int(oversight->rules, "check_warn", 0) * G_TIME_SPAN_DAY);
	look->bureau = fn_oversight_bureau(oversight->db);
	look->checked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, checked_free);
	look->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, known_free);
	return look;
}

void
fn_look_free(FnLook *look)
{
	if (look == NULL)
		return;
	g_hash_table_unref(look->checked);
	g_hash_table_unref(look->known);
	g_free(look->today);
	g_free(look->soon);
	g_free(look->bureau);
	g_free(look);
}

/* ---- telling ---- */

static json_t *
offender_json(FnLook *look, const FnNode *check, const FnOffender *offender, gboolean chinese)
{
	g_autofree char *what = fn_subject_said(look->at.rules, check, offender->subject, offender->detail, chinese);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "organization", offender->organization, "name", known(look, offender->organization)->name,
		"subject", offender->subject, "what", what, "detail", offender->detail, "near", offender->near);
}

enum { SHOWN = 5 };

void
fn_checked_tell(FnLook *look, const FnChecked *checked, const char *organization, gboolean chinese, json_t *into)
{
	json_t *first = json_array();
	guint offending = 0, near = 0;

	for (guint i = 0; i < checked->offenders->len; i++) {
		const FnOffender *offender = checked->offenders->pdata[i];

		if (organization != NULL && strcmp(offender->organization, organization) != 0)
			continue;
		if (offender->near)
			near++;
		else
			offending++;
		if (json_array_size(first) < SHOWN)
			json_array_append_new(first, offender_json(look, checked->check, offender, chinese));
	}
	json_object_set_new(into, "offending", json_integer(offending));
	json_object_set_new(into, "near", json_integer(near));
	json_object_set_new(into, "more", json_boolean(checked->more));
	json_object_set_new(into, "first", first);
	json_object_set_new(into, "cannot", checked->cannot != NULL ? json_string(checked->cannot) : json_null());
}

static json_t *
words(const FnNode *list)
{
	json_t *array = json_array();
	const char *word;

	for (guint i = 0; (word = fn_node_word(list, i)) != NULL; i++)
		json_array_append_new(array, json_string(word));
	return array;
}

json_t *
fn_oversight_checks(FnLook *look, const char *organization, gboolean chinese, GError **error)
{
	json_t *list = json_array();
	guint n;
	const FnNode *const *all = fn_rules_all(look->at.rules, "checks", &n);

	for (guint i = 0; i < n; i++) {
		const char *id = fn_node_text(all[i], "id");
		json_t *one = json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "id", id, "title",
			fn_oversight_say(fn_node_get(all[i], "title"), chinese), "law", words(fn_node_get(all[i], "law")), "every",
			words(fn_node_get(all[i], "every")), "severity", fn_node_text(all[i], "severity"), "kind", fn_check_kind(all[i]), "finding",
			fn_oversight_say(fn_node_get(all[i], "finding"), chinese), "advice", fn_oversight_say(fn_node_get(all[i], "advice"), chinese));

		fn_checked_tell(look, fn_look_check(look, id), organization, chinese, one);
		json_array_append_new(list, one);
	}
	return list;
}
