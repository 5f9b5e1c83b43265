#include "mask/plan.h"

#include "base/json.h"
#include "base/text.h"
#include "crypto/crypto.h"

#include <string.h>

G_DEFINE_QUARK(fn-plan-error-quark, fn_plan_error)

static const char outline[] = "partial:keep=1.1";

/* ---- the matrix ---- */

static FnControl
control_of(const FnNode *cell)
{
	static const struct {
		const char *name;
		FnControl control;
	} controls[] = { { "none", FN_CONTROL_NONE }, { "default", FN_CONTROL_DEFAULT }, { "strict", FN_CONTROL_STRICT } };
	const char *mask = fn_node_text(cell, "mask");

	for (gsize i = 0; i < G_N_ELEMENTS(controls); i++)
		if (g_strcmp0(mask, controls[i].name) == 0 && fn_node_text(cell, "deny") == NULL)
			return controls[i].control;
	return FN_CONTROL_DENY;
}

static FnTogether
together_of(const FnNode *cell)
{
	const char *demand = fn_node_text(cell, "disclosure");

	if (g_strcmp0(demand, "none") == 0)
		return FN_TOGETHER_NONE;
	return g_strcmp0(demand, "batch") == 0 ? FN_TOGETHER_BATCH : FN_TOGETHER_ALWAYS;
}

static const char *
scenario_of(const FnNode *scenarios, const char *kind)
{
	for (guint i = 0; i < fn_node_count(scenarios); i++)
		if (fn_node_has_word(fn_node_get(fn_node_at(scenarios, i), "kinds"), kind))
			return fn_node_key_at(scenarios, i);
	return NULL;
}

FnPlanTerms
fn_plan_terms(const FnRules *rules, const char *kind)
{
	const FnNode *matrix = fn_rules_get(rules, "levels", "levels"), *levels = fn_node_get(matrix, "levels");
	FnPlanTerms terms = { .scenario = scenario_of(fn_node_get(matrix, "scenarios"), kind), .table = FN_PLAN_TABLE };

	for (guint i = 0; terms.scenario != NULL && i < fn_node_count(levels); i++) {
		const FnNode *level = fn_node_at(levels, i);
		const FnNode *cell = fn_node_get(fn_node_get(level, "scenarios"), terms.scenario);
		gint64 rank = fn_node_int(level, "rank", 0);

		if (rank < 1 || rank > FN_PLAN_LEVELS)
			continue;
		terms.control[rank] = control_of(cell);
		terms.deny[rank] = fn_node_text(cell, "deny");
		terms.together[rank] = together_of(cell);
	}
	return terms;
}

FnTogether
fn_plan_together(const FnPlanField *fields, guint n, const FnPlanTerms *terms)
{
	FnTogether together = FN_TOGETHER_NONE;

	for (guint i = 0; i < n; i++)
		if (fields[i].level >= 1 && fields[i].level <= FN_PLAN_LEVELS)
			together = MAX(together, terms->together[fields[i].level]);
	return together;
}

/* ---- one field ---- */

const char *
fn_plan_default(gint64 level, const char *identifier)
{
	if (level >= 4)
		return "redact";
	return level == 3 || (level == 2 && g_str_equal(identifier, "direct")) ? outline : "keep";
}

static gboolean
is_operator(const char *spec, const char *operator)
{
	gsize size = strlen(operator);

	return strncmp(spec, operator, size) == 0 && (spec[size] == '\0' || spec[size] == ':');
}

static gboolean
is_one_of(const char *spec, const char *const *operators)
{
	for (; *operators != NULL; operators++)
		if (is_operator(spec, *operators))
			return TRUE;
	return FALSE;
}

gboolean
fn_plan_shows(const char *spec)
{
	static const char *const hiding[] = { "redact", "suppress", "replace", "hash", "pseudonym", NULL };

	return !is_one_of(spec, hiding);
}

gboolean
fn_plan_blanks(const char *spec)
{
	static const char *const blank[] = { "redact", "suppress", "replace", NULL };

	return is_one_of(spec, blank);
}

/* The mask before its table is pinned, and why. */
static const char *
choose(const FnPlanField *field, FnControl control, const char **why_out)
{
	const char *mask;

	/* A column that the provider leaves out altogether stays out. */
	if (control == FN_CONTROL_STRICT && !field->named && !is_operator(field->mask, "suppress")) {
		*why_out = "strict";
		return "redact";
	}
	if (*field->mask != '\0') {
		*why_out = "own_mask";
		return field->mask;
	}
	mask = control == FN_CONTROL_NONE ? "keep" : fn_plan_default(field->level, field->identifier);
	*why_out = is_operator(mask, "keep") ? "open" : field->level == 2 ? "identifier" : "level_default";
	return mask;
}

/* Where rows are to be alike, none may say whose it is. */
static const char *
choose_together(const FnPlanField *field, FnControl control, const char **why_out)
{
	const char *mask = choose(field, control, why_out);

	if (!g_str_equal(field->identifier, "direct") || !fn_plan_shows(mask))
		return mask;
	*why_out = "together";
	return "redact";
}

static char *
pin(const char *spec, guint table)
{
	g_auto(GStrv) part = NULL;

	if (!is_operator(spec, "pseudonym"))
		return g_strdup(spec);
	part = g_strsplit_set(spec, ":,", -1);
	for (guint i = 1; part[0] != NULL && part[i] != NULL; i++)
		if (g_str_has_prefix(part[i], "table="))
			return g_strdup(spec);
	return g_strdup_printf("%s%ctable=%u", spec, strchr(spec, ':') != NULL ? ',' : ':', table);
}

static gboolean
refuse(GError **error, FnPlanError code, const FnPlanField *field, const char *why)
{
	g_autofree char *name = fn_text_safe(field->name != NULL ? field->name : "", -1, 63);

	g_set_error(error, FN_PLAN_ERROR, (int)code, "field \"%s\": %s", name, why);
	return FALSE;
}

/* What the catalog checks at its door is not believed here either: a plan is signed. */
static gboolean
check_field(const FnPlanField *field, const FnPlanTerms *terms, GError **error)
{
	static const char *const identifiers[] = { "direct", "quasi", "none", NULL };
	g_autofree char *why = NULL;

	if (field->name == NULL || *field->name == '\0' || field->column == NULL || *field->column == '\0')
		return refuse(error, FN_PLAN_ERROR_FIELD, field, "has no name or no column");
	if (field->title == NULL || field->element == NULL || field->mask == NULL)
		return refuse(error, FN_PLAN_ERROR_FIELD, field, "is not described");
	if (field->identifier == NULL || !g_strv_contains(identifiers, field->identifier))
		return refuse(error, FN_PLAN_ERROR_FIELD, field, "is neither direct, quasi nor none as an identifier");
	if (field->level < 1 || field->level > FN_PLAN_LEVELS)
		return refuse(error, FN_PLAN_ERROR_FIELD, field, "has no level from 1 to 6");
	if (terms->control[field->level] != FN_CONTROL_DENY)
		return TRUE;
	why = g_strdup_printf("level %d may not be given to an organization of this kind (%s)", (int)field->level,
		terms->deny[field->level] != NULL ? terms->deny[field->level] : "no_scenario");
	return refuse(error, FN_PLAN_ERROR_DENIED, field, why);
}

static gboolean
check_mask(const FnPlanField *field, const char *mask, GError **error)
{
	static const guint8 any_key[32] = { 0 };
	g_autoptr(FnMaskColumn) compiled = fn_mask_column_new(mask, FN_SUITE_INTL, any_key, field->name, error);

	return compiled != NULL;
}

static json_t *
plan_field(const FnPlanField *field, const FnPlanTerms *terms, gboolean together, GError **error)
{
	const char *(*chooser)(const FnPlanField *, FnControl, const char **) = together ? choose_together : choose;
	g_autofree char *mask = NULL;
	const char *why;
	json_t *planned;

	if (!check_field(field, terms, error))
		return NULL;
	mask = pin(chooser(field, terms->control[field->level], &why), terms->table);
	if (!check_mask(field, mask, error))
		return NULL;
	planned = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "column", field->column, "element", field->element, "identifier",
		field->identifier, "level", (json_int_t)field->level, "mask", mask, "name", field->name, "title", field->title, "why", why);
	if (planned == NULL) /* a text that is not UTF-8 */
		refuse(error, FN_PLAN_ERROR_FIELD, field, "is described in bytes that are no text");
	return planned;
}

/* ---- the plan ---- */

static char *
digest_of(const json_t *fields, const json_t *plan)
{
	json_t *pinned = json_pack("{s:O?, s:O?, s:O?, s:O*, s:O*}", "fields", fields, "scenario", json_object_get(plan, "scenario"), "table",
		json_object_get(plan, "table"), "disclosure", json_object_get(plan, "disclosure"), "counts", json_object_get(plan, "counts"));
	g_autofree char *text = fn_json_canonical(pinned), *hex = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	fn_sha256(text, strlen(text), digest);
	hex = fn_hex(digest, sizeof(digest));
	json_decref(pinned);
	return g_strconcat("sha-256:", hex, NULL);
}

json_t *
fn_plan_compile(const FnPlanField *fields, guint n, const FnPlanTerms *terms, gboolean together, GError **error)
{
	json_t *planned = json_array(), *plan;
	g_autofree char *digest = NULL;

	for (guint i = 0; i < n; i++) {
		json_t *field = plan_field(&fields[i], terms, together, error);

		if (field == NULL) {
			json_decref(planned);
			return NULL;
		}
		json_array_append_new(planned, field);
	}
	plan = json_pack("{s:o, s:s, s:i}", "fields", planned, "scenario", terms->scenario != NULL ? terms->scenario : "", "table",
		(int)terms->table);
	g_assert(plan != NULL);
	digest = digest_of(planned, plan);
	json_object_set_new(plan, "digest", json_string(digest));
	return plan;
}

static void
pin_with(json_t *plan, const char *name, json_t *terms)
{
	g_autofree char *digest = NULL;

	json_object_set_new(plan, name, terms);
	digest = digest_of(json_object_get(plan, "fields"), plan);
	json_object_set_new(plan, "digest", json_string(digest));
}

void
fn_plan_require(json_t *plan, json_t *requirement)
{
	pin_with(plan, "disclosure", requirement);
}

void
fn_plan_count(json_t *plan, json_t *counts)
{
	pin_with(plan, "counts", counts);
}

gboolean
fn_plan_check(const json_t *content, GError **error)
{
	const json_t *plan = json_object_get(content, "plan");
	g_autofree char *digest = NULL;

	if (plan == NULL)
		return TRUE;
	digest = digest_of(json_object_get(content, "fields"), plan);
	if (g_strcmp0(digest, json_string_value(json_object_get(plan, "digest"))) == 0)
		return TRUE;
	g_set_error(error, FN_PLAN_ERROR, FN_PLAN_ERROR_DIGEST, "the fields are not those of the plan that the grant pins");
	return FALSE;
}
