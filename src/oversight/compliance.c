/* Every duty of the regulations, judged by what its checks find now. */
#include "oversight/oversight_priv.h"

#include "base/say.h"
#include "base/time.h"
#include "oversight_sql.h"

#include <string.h>

typedef enum { UNMAPPED = 0, VIOLATED, AT_RISK, NOT_YET, RECORDED, MET, STATES } State;

static const char *const states[STATES] = {
	[UNMAPPED] = "unmapped", [VIOLATED] = "violated", [AT_RISK] = "at_risk", [NOT_YET] = "not_yet", [RECORDED] = "recorded", [MET] = "met",
};

typedef struct {
	FnLook *look;
	const FnComplianceFilter *filter;
	GHashTable *findings; /* check → json_t array of findings that are not closed */
	GHashTable *cases;    /* procedure → json_t {cases, open} */
	guint counts[STATES], law_counts[STATES];
} Judging;

/* What a duty's checks say together. */
typedef struct {
	guint checks, offending, near, open;
	gboolean cannot;
	json_t *evidence, *findings;
} Sum;

enum { FINDINGS_SHOWN = 10 };

static void
decref(gpointer value)
{
	json_decref(value);
}

/* ---- what the registry holds ---- */

/* A verified case counts no more, unless the check still finds it, which is then an offender. */
static gboolean
read_findings(Judging *judging, GError **error)
{
	const char *organization = judging->filter->organization;
	g_autoptr(FnRows) rows = fn_db_query(fn_look_at(judging->look)->db, &fn_sql_oversight_findings_open, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why)) {
		const char *check = fn_rows_text(rows, "check_id");
		json_t *list = g_hash_table_lookup(judging->findings, check);

		if (strcmp(fn_rows_text(rows, "case_state"), "verified") == 0 ||
			(organization != NULL && strcmp(organization, fn_rows_text(rows, "organization")) != 0))
			continue;
		if (list == NULL)
			g_hash_table_insert(judging->findings, g_strdup(check), list = json_array());
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", fn_rows_text(rows, "id"), "organization",
			fn_rows_text(rows, "organization"), "subject", fn_rows_text(rows, "subject"), "case", fn_rows_text(rows, "case_id"), "case_state",
			fn_rows_text(rows, "case_state"), "deadline", fn_rows_text(rows, "deadline")));
	}
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
read_cases(Judging *judging, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(fn_look_at(judging->look)->db, &fn_sql_oversight_cases_of_procedures, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_hash_table_insert(judging->cases, g_strdup(fn_rows_text(rows, "procedure")), json_pack("{s:I, s:I}", "cases",
			(json_int_t)fn_rows_int(rows, "n"), "open", (json_int_t)fn_rows_int(rows, "running")));
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

/* ---- one duty ---- */

static void
add_check(Judging *judging, const char *id, Sum *sum)
{
	const FnChecked *checked = fn_look_check(judging->look, id);
	const json_t *findings = g_hash_table_lookup(judging->findings, id);
	json_t *told = json_pack("{s:s, s:s?}", "check", id, "title", fn_oversight_say(fn_node_get(checked->check, "title"),
		judging->filter->chinese));

	fn_checked_tell(judging->look, checked, judging->filter->organization, judging->filter->chinese, told);
	sum->checks++;
	sum->offending += (guint)json_integer_value(json_object_get(told, "offending"));
	sum->near += (guint)json_integer_value(json_object_get(told, "near"));
	sum->open += (guint)json_array_size(findings);
	sum->cannot = sum->cannot || checked->cannot != NULL;
	json_array_append_new(sum->evidence, told);
	for (size_t i = 0; i < json_array_size(findings) && json_array_size(sum->findings) < FINDINGS_SHOWN; i++)
		json_array_append(sum->findings, json_array_get(findings, i));
}

static Sum
sum_checks(Judging *judging, const FnNode *duty)
{
	const FnNode *named = fn_node_get(fn_node_get(duty, "proof"), "checks");
	const char *control = fn_node_text(fn_node_get(duty, "control"), "check"), *check;
	Sum sum = { .evidence = json_array(), .findings = json_array() };

	for (guint i = 0; (check = fn_node_word(named, i)) != NULL; i++)
		add_check(judging, check, &sum);
	if (control != NULL && !fn_node_has_word(named, control))
		add_check(judging, control, &sum);
	return sum;
}

/* What kind of control there is, and the rule kind in which what it names must be declared. */
static const struct {
	const char *key, *kind; /* kind NULL: code, or nothing yet */
} controls[] = {
	{ "engine", NULL }, { "procedure", "procedures" }, { "register", "registers" }, { "check", "checks" }, { "report", "reports" },
	{ "coming", NULL },
};

static const char *
control_kind(const Judging *judging, const FnNode *control)
{
	for (gsize i = 0; i < G_N_ELEMENTS(controls); i++) {
		const FnNode *named = fn_node_get(control, controls[i].key);

		if (named == NULL)
			continue;
		if (controls[i].kind != NULL && fn_rules_get(fn_look_at(judging->look)->rules, controls[i].kind, fn_node_scalar(named)) == NULL)
			return NULL;
		return controls[i].key;
	}
	return NULL;
}

/* The rules of judgement, the first that fits. *why_out is a word of the interface. */
static State
judge(const char *kind, const Sum *sum, gboolean has_tests, const char **why_out)
{
	gboolean is_engine = g_strcmp0(kind, "engine") == 0, is_coming = g_strcmp0(kind, "coming") == 0;
	const struct {
		gboolean fits;
		State state;
		const char *why;
	} rules[] = {
		{ kind == NULL, UNMAPPED, "no_control" },
		{ sum->offending > 0, VIOLATED, "offenders" },
		{ sum->open > 0, VIOLATED, "open_findings" },
		{ is_coming, NOT_YET, "control_coming" },
		{ sum->cannot, AT_RISK, "cannot_check" },
		{ sum->near > 0, AT_RISK, "near" },
		{ is_engine && !has_tests, AT_RISK, "no_test" },
		{ is_engine, MET, "tested" },
		{ sum->checks > 0, MET, "checked" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
		if (rules[i].fits) {
			*why_out = rules[i].why;
			return rules[i].state;
		}
	*why_out = "no_check";
	return RECORDED;
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

static json_t *
control_json(const Judging *judging, const FnNode *control)
{
	json_t *told = json_object();

	for (guint i = 0; i < fn_node_count(control); i++) {
		const FnNode *value = fn_node_at(control, i);

		json_object_set_new(told, fn_node_key_at(control, i), fn_node_is_list(value) ? words(value) : json_string(fn_node_scalar(value)));
	}
	if (fn_node_text(control, "procedure") != NULL) {
		json_t *cases = g_hash_table_lookup(judging->cases, fn_node_text(control, "procedure"));

		json_object_set_new(told, "cases", cases != NULL ? json_incref(cases) : json_pack("{s:i, s:i}", "cases", 0, "open", 0));
	}
	return told;
}

static gboolean
begins(const char *text, const char *article)
{
	gsize size = strlen(article);

	return text != NULL && strncmp(text, article, size) == 0 && !g_ascii_isdigit(text[size]);
}

static gboolean
is_asked(const FnComplianceFilter *filter, const FnNode *regulation, const FnNode *duty, const char *state)
{
	if (filter->instrument != NULL && strcmp(filter->instrument, fn_node_text(regulation, "id")) != 0)
		return FALSE;
	if (filter->article != NULL && !begins(fn_node_text(duty, "id"), filter->article) &&
		!begins(fn_node_text(duty, "article"), filter->article))
		return FALSE;
	return filter->state == NULL || strcmp(filter->state, state) == 0;
}

static void
judge_duty(Judging *judging, const FnNode *regulation, const FnNode *duty, guint counts[STATES], json_t *into)
{
	const FnNode *control = fn_node_get(duty, "control"), *tests = fn_node_get(fn_node_get(duty, "proof"), "tests");
	Sum sum = sum_checks(judging, duty);
	const char *why;
	State state = judge(control_kind(judging, control), &sum, fn_node_word(tests, 0) != NULL, &why);

	counts[state]++;
	if (is_asked(judging->filter, regulation, duty, states[state])) {
		json_t *told = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s?}", "id", fn_node_text(duty, "id"), "instrument",
			fn_node_text(regulation, "id"), "article", fn_node_text(duty, "article"), "who", fn_node_text(duty, "who"), "duty",
			fn_oversight_say(fn_node_get(duty, "duty"), judging->filter->chinese), "state", states[state], "why", why, "unconfirmed",
			fn_node_bool(duty, "unconfirmed", FALSE), "restates", fn_node_text(duty, "restates"));

		json_object_set_new(told, "control", control_json(judging, control));
		json_object_set(told, "checks", sum.evidence);
		json_object_set(told, "findings", sum.findings);
		json_object_set_new(told, "open_findings", json_integer(sum.open));
		json_object_set_new(told, "tests", words(tests));
		json_array_append_new(into, told);
	}
	json_decref(sum.evidence);
	json_decref(sum.findings);
}

/* ---- all of them ---- */

static json_t *
counts_json(const guint counts[STATES])
{
	json_t *told = json_object();
	guint all = 0;

	for (guint i = 0; i < STATES; i++) {
		json_object_set_new(told, states[i], json_integer(counts[i]));
		all += counts[i];
	}
	json_object_set_new(told, "all", json_integer(all));
	return told;
}

static json_t *
judge_all(Judging *judging)
{
	json_t *duties = json_array(), *law = json_array();
	g_autofree char *at = fn_time_format(fn_look_at(judging->look)->now);
	guint n;
	const FnNode *const *all = fn_rules_all(fn_look_at(judging->look)->rules, "regulations", &n);

	for (guint i = 0; i < n; i++) {
		gboolean is_law = g_strcmp0(fn_node_text(all[i], "scope"), "law") == 0;
		const FnNode *list = fn_node_get(all[i], "duties");

		for (guint j = 0; j < fn_node_count(list); j++)
			judge_duty(judging, all[i], fn_node_at(list, j), is_law ? judging->law_counts : judging->counts, is_law ? law : duties);
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:i}", "at", at, "duties", duties, "law", law, "counts", counts_json(judging->counts),
		"law_counts", counts_json(judging->law_counts), "unmapped", (int)judging->counts[UNMAPPED]);
}

json_t *
fn_oversight_compliance(FnLook *look, const FnComplianceFilter *filter, GError **error)
{
	Judging judging = { .look = look, .filter = filter };
	json_t *answer = NULL;

	judging.findings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, decref);
	judging.cases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, decref);
	if (filter->state != NULL && !g_strv_contains((const char *const[]){ "unmapped", "violated", "at_risk", "not_yet", "recorded", "met", NULL },
		filter->state))
		fn_refuse(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT,
			"\"state\" must be met, at_risk, violated, recorded, not_yet or unmapped");
	else if (read_findings(&judging, error) && read_cases(&judging, error))
		answer = judge_all(&judging);
	g_hash_table_unref(judging.findings);
	g_hash_table_unref(judging.cases);
	return answer;
}
