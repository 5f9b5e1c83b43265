#include "mask/plan.h"

#include "base/json.h"
#include "rules/fixture.h"

#include <string.h>

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* ---- the matrix as it stands in rules/levels.yaml ---- */

#define D FN_CONTROL_DENY
#define N FN_CONTROL_NONE
#define S FN_CONTROL_STRICT
#define O FN_CONTROL_DEFAULT
static const struct {
	const char *kind, *scenario;
	FnControl control[FN_PLAN_LEVELS];
	const char *together; /* by level: none, batch, always */
} columns[] = {
	{ "department", "department", { N, O, O, S, S, D }, "nnnnna" },
	{ "bureau", "department", { N, O, O, S, S, D }, "nnnnna" },
	{ "institution", "institution", { N, O, O, D, D, D }, "nnbaaa" },
	{ "contractor", "contractor", { N, O, D, D, D, D }, "naaaaa" },
	{ "enterprise", "licence", { N, S, D, D, D, D }, "aaaaaa" },
	{ "public", "open", { N, D, D, D, D, D }, "aaaaaa" },
	{ "army", NULL, { D, D, D, D, D, D }, "nnnnnn" },
};
#undef D
#undef N
#undef S
#undef O

static void
test_terms(void)
{
	g_autoptr(FnRules) rules = fixture_national();

	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
		FnPlanTerms terms = fn_plan_terms(rules, columns[i].kind);

		g_assert_cmpstr(terms.scenario, ==, columns[i].scenario);
		g_assert_cmpint(terms.control[0], ==, FN_CONTROL_DENY);
		for (guint level = 1; level <= FN_PLAN_LEVELS; level++) {
			static const char letter[] = { [FN_TOGETHER_NONE] = 'n', [FN_TOGETHER_BATCH] = 'b', [FN_TOGETHER_ALWAYS] = 'a' };
			gboolean denied = columns[i].control[level - 1] == FN_CONTROL_DENY;

			g_assert_cmpint(terms.control[level], ==, columns[i].control[level - 1]);
			g_assert_cmpint(letter[terms.together[level]], ==, columns[i].together[level - 1]);
			g_assert_cmpint(terms.deny[level] != NULL, ==, denied && terms.scenario != NULL);
		}
	}
}

/* ---- every cell, with and without a mask of the provider's own, named by the purpose or not ---- */

#define OUTLINE "partial:keep=1.1"
/* What a field without and with the mask "hash" becomes, by level; NULL: denied. */
typedef struct {
	FnControl control;
	gboolean named;
	const char *identifier;
	const char *own;                             /* the provider's */
	const char *mask[FN_PLAN_LEVELS], *why[FN_PLAN_LEVELS]; /* one that is NULL is as the one before */
} Cell;
static const Cell cells[] = {
	{ FN_CONTROL_NONE, FALSE, "none", "", { "keep" }, { "open" } },
	{ FN_CONTROL_NONE, FALSE, "direct", "", { "keep" }, { "open" } },
	{ FN_CONTROL_NONE, FALSE, "none", "hash", { "hash" }, { "own_mask" } },
	{ FN_CONTROL_DEFAULT, FALSE, "none", "", { "keep", "keep", OUTLINE, "redact" }, { "open", "open", "level_default" } },
	{ FN_CONTROL_DEFAULT, FALSE, "quasi", "", { "keep", "keep", OUTLINE, "redact" }, { "open", "open", "level_default" } },
	{ FN_CONTROL_DEFAULT, TRUE, "none", "", { "keep", "keep", OUTLINE, "redact" }, { "open", "open", "level_default" } },
	{ FN_CONTROL_DEFAULT, FALSE, "direct", "", { "keep", OUTLINE, OUTLINE, "redact" }, { "open", "identifier", "level_default" } },
	{ FN_CONTROL_DEFAULT, FALSE, "direct", "keep", { "keep" }, { "own_mask" } },
	{ FN_CONTROL_DEFAULT, FALSE, "none", "pseudonym:kind=mobile", { "pseudonym:kind=mobile,table=1" }, { "own_mask" } },
	{ FN_CONTROL_STRICT, FALSE, "none", "", { "redact" }, { "strict" } },
	{ FN_CONTROL_STRICT, FALSE, "direct", "keep", { "redact" }, { "strict" } },
	{ FN_CONTROL_STRICT, FALSE, "none", "hash", { "redact" }, { "strict" } },
	{ FN_CONTROL_STRICT, FALSE, "none", "suppress", { "suppress" }, { "own_mask" } }, /* hides more than redact */
	{ FN_CONTROL_STRICT, TRUE, "none", "hash", { "hash" }, { "own_mask" } },
	{ FN_CONTROL_STRICT, TRUE, "none", "", { "keep", "keep", OUTLINE, "redact" }, { "open", "open", "level_default" } },
	{ FN_CONTROL_STRICT, TRUE, "direct", "", { "keep", OUTLINE, OUTLINE, "redact" }, { "open", "identifier", "level_default" } },
};

static FnPlanTerms
terms_with(FnControl control)
{
	FnPlanTerms terms = { .scenario = "department", .table = FN_PLAN_TABLE };

	for (guint level = 1; level <= FN_PLAN_LEVELS; level++)
		terms.control[level] = control;
	return terms;
}

static void
test_cells(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cells); i++) {
		const Cell *cell = &cells[i];
		FnPlanTerms terms = terms_with(cell->control);
		const char *mask = NULL, *why = NULL;

		for (guint level = 1; level <= FN_PLAN_LEVELS; level++) {
			FnPlanField field = { "a", "A", "col_a", "", cell->identifier, cell->own, level, cell->named };
			g_autoptr(GError) error = NULL;
			json_t *plan = fn_plan_compile(&field, 1, &terms, FALSE, &error);
			const json_t *planned = json_array_get(json_object_get(plan, "fields"), 0);

			g_assert_no_error(error);
			mask = cell->mask[level - 1] != NULL ? cell->mask[level - 1] : mask;
			why = cell->why[level - 1] != NULL ? cell->why[level - 1] : why;
			g_test_message("cell %zu, level %u", i, level);
			g_assert_cmpstr(text_of(planned, "mask"), ==, mask);
			g_assert_cmpstr(text_of(planned, "why"), ==, why);
			g_assert_cmpstr(text_of(planned, "identifier"), ==, cell->identifier);
			g_assert_cmpint(json_integer_value(json_object_get(planned, "level")), ==, level);
			json_decref(plan);
		}
	}
}

/* Where rows are alike in groups, no field says whose row it is; the demand is that of the strictest cell. */
static void
test_together(void)
{
	static const struct {
		const char *identifier, *own, *mask, *why;
	} alike[] = { { "direct", "", "redact", "together" }, { "direct", "keep", "redact", "together" }, { "direct", "partial:keep=1.1", "redact", "together" },
		{ "direct", "hash", "hash", "own_mask" }, { "direct", "suppress", "suppress", "own_mask" }, { "quasi", "", "keep", "open" },
		{ "none", "", "keep", "open" } };
	FnPlanTerms terms = terms_with(FN_CONTROL_DEFAULT);
	FnPlanField of[] = { { "a", "A", "a", "", "none", "", 1, FALSE }, { "b", "B", "b", "", "none", "", 3, FALSE } };

	for (gsize i = 0; i < G_N_ELEMENTS(alike); i++) {
		FnPlanField field = { "a", "A", "a", "", alike[i].identifier, alike[i].own, 2, FALSE };
		json_t *plan = fn_plan_compile(&field, 1, &terms, TRUE, NULL);

		g_assert_cmpstr(text_of(json_array_get(json_object_get(plan, "fields"), 0), "mask"), ==, alike[i].mask);
		g_assert_cmpstr(text_of(json_array_get(json_object_get(plan, "fields"), 0), "why"), ==, alike[i].why);
		json_decref(plan);
	}
	terms.together[3] = FN_TOGETHER_BATCH;
	g_assert_cmpint(fn_plan_together(of, 1, &terms), ==, FN_TOGETHER_NONE);
	g_assert_cmpint(fn_plan_together(of, 2, &terms), ==, FN_TOGETHER_BATCH);
	terms.together[1] = FN_TOGETHER_ALWAYS;
	g_assert_cmpint(fn_plan_together(of, 2, &terms), ==, FN_TOGETHER_ALWAYS);
}

/* ---- pinning ---- */

static void
test_pinned(void)
{
	static const struct {
		const char *own, *mask;
	} pins[] = { { "pseudonym:kind=text", "pseudonym:kind=text,table=1" }, { "pseudonym:kind=text,join=a", "pseudonym:kind=text,join=a,table=1" },
		{ "pseudonym:table=1,kind=text", "pseudonym:table=1,kind=text" }, { "pseudonym:kind=text,join=table", "pseudonym:kind=text,join=table,table=1" },
		{ "hash:join=a", "hash:join=a" }, { "redact", "redact" } };
	FnPlanTerms terms = terms_with(FN_CONTROL_DEFAULT);

	for (gsize i = 0; i < G_N_ELEMENTS(pins); i++) {
		FnPlanField field = { "a", "A", "a", "", "none", pins[i].own, 3, FALSE };
		json_t *plan = fn_plan_compile(&field, 1, &terms, FALSE, NULL);

		g_assert_cmpstr(text_of(json_array_get(json_object_get(plan, "fields"), 0), "mask"), ==, pins[i].mask);
		json_decref(plan);
	}
}

static json_t *
content_of(const json_t *plan)
{
	json_t *pinned = json_copy((json_t *)plan), *content = json_object();

	json_object_set(content, "fields", json_object_get(plan, "fields"));
	json_object_del(pinned, "fields");
	json_object_set_new(content, "plan", pinned);
	return content;
}

static void
test_digest(void)
{
	static const char *const before = "{\"fields\":[{\"column\":\"a\",\"level\":1,\"mask\":\"keep\",\"name\":\"a\"}]}";
	FnPlanTerms terms = terms_with(FN_CONTROL_DEFAULT);
	FnPlanField fields[] = { { "a", "甲", "col_a", "DE001", "direct", "pseudonym:kind=text", 3, FALSE }, { "b", "乙", "b", "", "none", "", 1, FALSE } };
	json_t *plan = fn_plan_compile(fields, 2, &terms, FALSE, NULL), *again = fn_plan_compile(fields, 2, &terms, FALSE, NULL), *content, *held, *old;
	g_autofree char *first = fn_json_canonical(plan), *second = fn_json_canonical(again);
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(first, ==, second);
	g_assert_cmpuint(strlen(text_of(plan, "digest")), ==, strlen("sha-256:") + 64);
	content = content_of(plan);
	g_assert_true(fn_plan_check(content, &error));
	g_assert_no_error(error);
	/* what rows are held to is pinned with the fields: it can be neither added nor dropped nor changed */
	json_object_set_new(json_object_get(content, "plan"), "disclosure", json_pack("{s:i}", "k", 5));
	g_assert_false(fn_plan_check(content, NULL));
	fn_plan_require(again, json_pack("{s:i}", "k", 5));
	held = content_of(again);
	g_assert_true(fn_plan_check(held, NULL));
	json_object_set_new(json_object_get(json_object_get(held, "plan"), "disclosure"), "k", json_integer(2));
	g_assert_false(fn_plan_check(held, NULL));
	json_object_del(json_object_get(held, "plan"), "disclosure");
	g_assert_false(fn_plan_check(held, NULL));
	json_decref(held);
	json_object_del(json_object_get(content, "plan"), "disclosure");
	g_assert_true(fn_plan_check(content, NULL));
	json_object_set_new(json_array_get(json_object_get(content, "fields"), 1), "mask", json_string("redact"));
	g_assert_false(fn_plan_check(content, &error));
	g_assert_error(error, FN_PLAN_ERROR, FN_PLAN_ERROR_DIGEST);
	g_clear_error(&error);
	json_object_del(content, "fields");
	g_assert_false(fn_plan_check(content, NULL));
	json_object_set_new(content, "plan", json_integer(1));
	g_assert_false(fn_plan_check(content, NULL));
	/* a grant of before plans were pinned */
	old = fn_json_parse(before, strlen(before), NULL);
	g_assert_true(fn_plan_check(old, NULL));
	json_decref(old);
	json_decref(content);
	json_decref(plan);
	json_decref(again);
}

/* ---- what cannot be planned ---- */

static const struct {
	FnPlanField field;
	GQuark (*domain)(void);
	int code;
	const char *says;
} refused[] = {
	{ { "", "A", "a", "", "none", "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "no name" },
	{ { NULL, "A", "a", "", "none", "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "no name" },
	{ { "a", "A", NULL, "", "none", "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "no column" },
	{ { "a", NULL, "a", "", "none", "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "not described" },
	{ { "a", "A", "a", "", "none", NULL, 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "not described" },
	{ { "a", "A", "a", "", "some", "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "identifier" },
	{ { "a", "A", "a", "", NULL, "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "identifier" },
	{ { "a", "A", "a", "", "none", "", 0, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "level" },
	{ { "a", "A", "a", "", "none", "", 7, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "level" },
	{ { "a", "A", "a", "", "none", "", G_MININT64, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "level" },
	{ { "a", "\xff", "a", "", "none", "", 1, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_FIELD, "no text" },
	{ { "a", "A", "a", "", "none", "", 6, FALSE }, fn_plan_error_quark, FN_PLAN_ERROR_DENIED, "\"a\": level 6 may not" },
	{ { "a", "A", "a", "", "none", "hash", 6, TRUE }, fn_plan_error_quark, FN_PLAN_ERROR_DENIED, "core_data_not_shared" },
	{ { "a", "A", "a", "", "none", "erase", 1, FALSE }, fn_mask_error_quark, FN_MASK_ERROR_OPERATOR, "erase" },
	{ { "a", "A", "a", "", "none", "pseudonym", 1, FALSE }, fn_mask_error_quark, FN_MASK_ERROR_OPERATOR, "kind" },
	{ { "a", "A", "a", "", "none", "pseudonym:", 1, FALSE }, fn_mask_error_quark, FN_MASK_ERROR_OPERATOR, "" },
	{ { "a", "A", "a", "", "none", ":", 1, FALSE }, fn_mask_error_quark, FN_MASK_ERROR_OPERATOR, "" },
};

static void
test_refused(void)
{
	g_autoptr(FnRules) rules = fixture_national();
	FnPlanTerms terms = fn_plan_terms(rules, "department"), nobody = fn_plan_terms(rules, "army"), zero = { 0 };

	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		FnPlanField fields[] = { { "good", "G", "g", "", "none", "", 1, FALSE }, refused[i].field };
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		g_assert_null(fn_plan_compile(fields, 2, &terms, FALSE, &error));
		g_assert_error(error, refused[i].domain(), refused[i].code);
		g_assert_nonnull(strstr(error->message, refused[i].says));
		g_clear_error(&error);
		/* to nobody, nothing */
		g_assert_null(fn_plan_compile(fields, 1, &nobody, FALSE, &error));
		g_assert_error(error, FN_PLAN_ERROR, FN_PLAN_ERROR_DENIED);
		g_assert_null(fn_plan_compile(fields, 1, &zero, FALSE, NULL));
	}
}

static void
test_shows(void)
{
	static const struct {
		const char *spec;
		gboolean shows;
	} specs[] = { { "hash:join=a", FALSE }, { "pseudonym:kind=text,table=1", FALSE }, { "hashes", TRUE }, { "", TRUE }, { ":", TRUE } };

	for (gsize i = 0; i < G_N_ELEMENTS(specs); i++)
		g_assert_cmpint(fn_plan_shows(specs[i].spec), ==, specs[i].shows);
}

/* Whoever adds an operator says here whether something of the value may stand in what it makes. */
static void
test_operators(void)
{
	static const struct {
		const char *operator;
		gboolean shows;
	} operators[] = { { "address", TRUE }, { "date", TRUE }, { "hash", FALSE }, { "keep", TRUE }, { "name", TRUE }, { "number", TRUE },
		{ "partial", TRUE }, { "pseudonym", FALSE }, { "redact", FALSE }, { "replace", FALSE }, { "shuffle", TRUE }, { "suppress", FALSE } };
	g_autoptr(FnRules) rules = fixture_national();
	guint n;
	const FnNode *const *masks = fn_rules_all(rules, "masks", &n);

	g_assert_cmpuint(n, ==, G_N_ELEMENTS(operators));
	for (guint i = 0; i < n; i++) {
		g_assert_cmpstr(fn_node_text(masks[i], "id"), ==, operators[i].operator);
		g_assert_cmpint(fn_plan_shows(operators[i].operator), ==, operators[i].shows);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/plan/terms", test_terms);
	g_test_add_func("/plan/cells", test_cells);
	g_test_add_func("/plan/together", test_together);
	g_test_add_func("/plan/pinned", test_pinned);
	g_test_add_func("/plan/digest", test_digest);
	g_test_add_func("/plan/refused", test_refused);
	g_test_add_func("/plan/shows", test_shows);
	g_test_add_func("/plan/operators", test_operators);
	return g_test_run();
}
