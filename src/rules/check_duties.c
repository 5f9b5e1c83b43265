/* Whether what is owed is looked after by something that there is, and reports show a column once: checks name registers, clocks and rules of misuse, duties name controls
 * and checks, and no id is given twice over all regulations. */
#include "rules/rules_priv.h"

#include <string.h>

static gboolean
check_known(const FnRules *rules, const FnNode *place, const char *key, const char *kind, const char *id, GError **error)
{
	return fn_rules_get(rules, kind, id) != NULL ||
		fn_node_refuse(place, key, FN_RULES_ERROR_REFERENCE, error, "rules/%s/ has no \"%s\"; add it or correct the name", kind, id);
}

static gboolean
check_clock(const FnRules *rules, const FnNode *place, const char *procedure, const char *clock, GError **error)
{
	return clock == NULL || fn_node_get(fn_node_get(fn_rules_get(rules, "procedures", procedure), "clocks"), clock) != NULL ||
		fn_node_refuse(place, "clock", FN_RULES_ERROR_REFERENCE, error, "procedure \"%s\" has no clock \"%s\"; correct the name", procedure, clock);
}

/* ---- checks ---- */

/* Fields of a register, and values that its enums have. */
static gboolean
check_where(const FnRules *rules, const FnNode *find, const char *name, GError **error)
{
	const FnNode *fields = fn_node_get(fn_rules_get(rules, "registers", name), "fields"), *where = fn_node_get(find, "where");
	const char *value;

	for (guint i = 0; i < fn_node_count(where); i++) {
		const char *key = fn_node_key_at(where, i);
		const FnNode *values = fn_node_get(fn_node_get(fields, key), "values");

		if (fn_node_get(fields, key) == NULL)
			return fn_node_refuse(fn_node_at(where, i), key, FN_RULES_ERROR_REFERENCE, error, "register \"%s\" has no such field; correct the name",
				name);
		for (guint j = 0; values != NULL && (value = fn_node_word(fn_node_at(where, i), j)) != NULL; j++)
			if (!fn_node_has_word(values, value))
				return fn_node_refuse(fn_node_at(where, i), key, FN_RULES_ERROR_REFERENCE, error, "\"%s\" is none of the field's values; correct it",
					value);
	}
	return TRUE;
}

static gboolean
check_items(const FnNode *find, GError **error)
{
	const FnNode *items = fn_node_get(find, "manual");

	for (guint i = 0; i < fn_node_count(items); i++)
		for (guint j = 0; j < i; j++)
			if (strcmp(fn_node_text(fn_node_at(items, i), "id"), fn_node_text(fn_node_at(items, j), "id")) == 0)
				return fn_node_refuse(fn_node_at(items, i), "id", FN_RULES_ERROR_REFERENCE, error, "two items have this id; rename one");
	return TRUE;
}

/* What a way to find names, and the kind in which that is declared. */
static const struct {
	const char *key, *kind;
} found_in[] = {
	{ "each_has", "registers" }, { "none_overdue", "registers" }, { "none_where", "registers" }, { "late", "procedures" },
	{ "open", "procedures" }, { "watch", "watch" },
};

static gboolean
check_find(const FnRules *rules, const FnNode *find, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(found_in); i++) {
		const char *name = fn_node_text(find, found_in[i].key);

		if (name == NULL)
			continue;
		if (!check_known(rules, find, found_in[i].key, found_in[i].kind, name, error) ||
			!check_clock(rules, find, name, fn_node_text(find, "clock"), error) ||
			(strcmp(found_in[i].kind, "registers") == 0 && !check_where(rules, find, name, error)))
			return FALSE;
	}
	return check_items(find, error) && fn_check_parameter(rules, fn_node_get(find, "older"), "parameter", "day", error);
}

/* What offenders are called must be called something there. */
static gboolean
check_subject(const FnRules *rules, const FnNode *subject, GError **error)
{
	const char *book = fn_node_text(subject, "register"), *field = fn_node_text(subject, "field");
	const FnNode *fields = fn_node_get(fn_rules_get(rules, "registers", book), "fields");

	if (subject == NULL || (book == NULL && field == NULL))
		return TRUE;
	if (book == NULL || field == NULL)
		return fn_node_refuse(subject, "subject", FN_RULES_ERROR_REFERENCE, error, "\"register\" and \"field\" stand together; add the other");
	if (!check_known(rules, subject, "register", "registers", book, error))
		return FALSE;
	return fn_node_get(fn_node_get(fields, field), "names") != NULL || fn_node_refuse(subject, "field", FN_RULES_ERROR_REFERENCE, error,
		"register \"%s\" has no field \"%s\" with names; correct it", book, field);
}

static gboolean
check_check(const FnRules *rules, const FnNode *check, GError **error)
{
	return fn_check_parameter(rules, fn_node_get(check, "score"), "parameter", "points", error) &&
		fn_check_parameter(rules, fn_node_get(check, "fix_within"), "parameter", "working_day", error) &&
		fn_check_parameter(rules, fn_node_get(check, "grace"), "parameter", "day", error) && check_subject(rules, fn_node_get(check, "subject"), error) && check_find(rules, fn_node_get(check, "find"), error);
}

/* ---- duties ---- */

static const struct {
	const char *key, *kind;
} controls[] = {
	{ "procedure", "procedures" }, { "register", "registers" }, { "check", "checks" }, { "report", "reports" },
};

/* "also" may name any of them. */
static gboolean
check_also(const FnRules *rules, const FnNode *control, GError **error)
{
	const FnNode *also = fn_node_get(control, "also");
	const char *name;

	for (guint i = 0; (name = fn_node_word(also, i)) != NULL; i++) {
		gboolean known = FALSE;

		for (gsize j = 0; j < G_N_ELEMENTS(controls); j++)
			known = known || fn_rules_get(rules, controls[j].kind, name) != NULL;
		if (!known)
			return fn_node_refuse(also, "also", FN_RULES_ERROR_REFERENCE, error,
				"there is no procedure, register, check or report \"%s\"; add it or correct the name", name);
	}
	return TRUE;
}

static gboolean
check_control(const FnRules *rules, const FnNode *duty, GError **error)
{
	const FnNode *control = fn_node_get(duty, "control"), *proof = fn_node_get(duty, "proof"), *checks = fn_node_get(proof, "checks");
	const char *name;

	for (gsize i = 0; i < G_N_ELEMENTS(controls); i++) {
		name = fn_node_text(control, controls[i].key);
		if (name != NULL && !check_known(rules, control, controls[i].key, controls[i].kind, name, error))
			return FALSE;
	}
	for (guint i = 0; (name = fn_node_word(checks, i)) != NULL; i++)
		if (!check_known(rules, checks, "checks", "checks", name, error))
			return FALSE;
	return check_clock(rules, control, fn_node_text(control, "procedure"), fn_node_text(control, "clock"), error) &&
		check_also(rules, control, error);
}

/* What the program itself does is believed of nobody. */
static gboolean
check_tested(const FnNode *duty, GError **error)
{
	return fn_node_get(fn_node_get(duty, "control"), "engine") == NULL || fn_node_word(fn_node_get(fn_node_get(duty, "proof"), "tests"), 0) != NULL ||
		fn_node_refuse(duty, "proof", FN_RULES_ERROR_REFERENCE, error, "what the program itself does is proved by a test; name one");
}

/* Every duty under its id. */
static gboolean
collect(const FnRules *rules, GHashTable *duties, GError **error)
{
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "regulations", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *list = fn_node_get(all[i], "duties");

		for (guint j = 0; j < fn_node_count(list); j++) {
			const FnNode *duty = fn_node_at(list, j), *before = g_hash_table_lookup(duties, fn_node_text(duty, "id"));
			g_autofree char *place = before != NULL ? fn_node_place(before) : NULL;

			if (before != NULL)
				return fn_node_refuse(duty, "id", FN_RULES_ERROR_REFERENCE, error, "\"%s\" is at %s already; give it another id",
					fn_node_text(duty, "id"), place);
			g_hash_table_insert(duties, (gpointer)fn_node_text(duty, "id"), (gpointer)duty);
		}
	}
	return TRUE;
}

static gboolean
check_duties(const FnRules *rules, GError **error)
{
	g_autoptr(GHashTable) duties = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter each;
	gpointer duty;

	if (!collect(rules, duties, error))
		return FALSE;
	g_hash_table_iter_init(&each, duties);
	while (g_hash_table_iter_next(&each, NULL, &duty)) {
		const char *restates = fn_node_text(duty, "restates");

		if (restates != NULL && (strcmp(restates, fn_node_text(duty, "id")) == 0 || !g_hash_table_contains(duties, restates)))
			return fn_node_refuse(fn_node_get(duty, "restates"), "restates", FN_RULES_ERROR_REFERENCE, error,
				"\"%s\" is no other duty; correct the id", restates);
		if (!check_tested(duty, error) || !check_control(rules, duty, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- amounts that rules of misuse and of quality leave to the pack ---- */

/* Each by the map that may hold it (NULL: the rule itself) and its key. */
static const struct {
	const char *in, *key;
} amounts[] = { { NULL, "threshold" }, { NULL, "ratio" }, { "hours", "begin" }, { "hours", "end" }, { "usual", "percent" } };

static gboolean
check_watch(const FnRules *rules, const FnNode *watch, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(amounts); i++) {
		const FnNode *in = amounts[i].in != NULL ? fn_node_get(watch, amounts[i].in) : watch;

		if (!fn_check_parameter(rules, fn_node_get(in, amounts[i].key), "parameter", NULL, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_quality(const FnRules *rules, const FnNode *quality, GError **error)
{
	const FnNode *list = fn_node_get(quality, "rules");

	for (guint i = 0; i < fn_node_count(list); i++) {
		const FnNode *rule = fn_node_at(list, i);

		if (!fn_check_parameter(rules, fn_node_get(rule, "days"), "parameter", NULL, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- reports ---- */

static gboolean
check_columns(const FnNode *columns, GError **error)
{
	for (guint i = 0; i < fn_node_count(columns); i++)
		for (guint j = 0; j < i; j++)
			if (strcmp(fn_node_text(fn_node_at(columns, i), "id"), fn_node_text(fn_node_at(columns, j), "id")) == 0)
				return fn_node_refuse(fn_node_at(columns, i), "id", FN_RULES_ERROR_REFERENCE, error, "two columns have this id; drop one");
	return TRUE;
}

static gboolean
check_reports(const FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *reports = fn_rules_all(rules, "reports", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *sections = fn_node_get(reports[i], "sections");

		for (guint j = 0; j < fn_node_count(sections); j++)
			if (!check_columns(fn_node_get(fn_node_at(sections, j), "columns"), error))
				return FALSE;
	}
	return TRUE;
}

gboolean
fn_check_duties(const FnRules *rules, GError **error)
{
	static const struct {
		const char *kind;
		gboolean (*check)(const FnRules *rules, const FnNode *document, GError **error);
	} kinds[] = { { "checks", check_check }, { "watch", check_watch }, { "quality", check_quality } };

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		guint n;
		const FnNode *const *all = fn_rules_all(rules, kinds[i].kind, &n);

		for (guint j = 0; j < n; j++)
			if (!kinds[i].check(rules, all[j], error))
				return FALSE;
	}
	return check_reports(rules, error) && check_duties(rules, error);
}
