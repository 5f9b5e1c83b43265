#include "mask/testing.h"
#include "rules/fixture.h"

static const TestCase cases[] = {
	{ "keep", "张三", "张三" },
	{ "keep", NULL, NULL },
	{ "redact", "张三", "***" },
	{ "redact", "", "***" },
	{ "redact", NULL, NULL },
	{ "suppress", "张三", NULL },
	{ "suppress", NULL, NULL },
	{ "replace", "张三", "[c]" },
	{ "replace", "", "[c]" },
	{ "replace", NULL, NULL },
	{ "replace:with=", "张三", "" },
	{ "replace:with=a=b:某人", "张三", "a=b:某人" },
	{ "partial:keep=3.4", "13800138000", "138****8000" },
	{ "partial:keep=1.0", "欧阳修远", "欧***" },
	{ "partial:keep=0.2", "石家庄市藁城区", "*****城区" },
	{ "partial:keep=1.1", "诸葛亮", "诸*亮" },
	{ "partial:keep=3.4", "1380013", "*******" },
	{ "partial:keep=1.0", "张", "*" },
	{ "partial:keep=0.0", "abc", "***" },
	{ "partial:keep=3.4", "", "" },
	{ "partial:keep=1.1", "a\xff\xfe" "b", "***" },
	{ "partial:keep=6.4", NULL, NULL },
	{ "pseudonym:kind=resident_id", "not an id", "***" },
	{ "pseudonym:kind=resident_id", "", "***" },
	{ "pseudonym:kind=resident_id", NULL, NULL },
	{ "pseudonym:kind=mobile", "12800138000", "***" },
	{ "pseudonym:kind=mobile,else=null", "12800138000", NULL },
	{ "pseudonym:kind=bank_card", "6217000000000000001", "***" },
	{ "pseudonym:kind=digits", "12345", "***" },
	{ "pseudonym:kind=text", "张三", "***" },
	{ "hash", NULL, NULL },
};

static void
test_cases(void)
{
	test_mask_cases(cases, G_N_ELEMENTS(cases));
}

/* What is wrong with a spec is named in the message. */
static const struct {
	const char *spec, *named;
	FnMaskError code;
} bad[] = {
	{ "", "no operator", FN_MASK_ERROR_OPERATOR },
	{ "kepp", "kepp", FN_MASK_ERROR_OPERATOR },
	{ "keep:x=1", "\"x\"", FN_MASK_ERROR_OPERATOR },
	{ "partial", "\"keep\" is missing", FN_MASK_ERROR_OPERATOR },
	{ "partial:", "\"keep\" is missing", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep", "\"keep\"", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep=3", "\"3\"", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep=-1.2", "\"-1.2\"", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep=1.2.3", "\"1.2.3\"", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep=99999999999999999999.1", "\"keep\"", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep=1.2,keep=1.2", "twice", FN_MASK_ERROR_OPERATOR },
	{ "partial:keep=1.2,", "parameter=value", FN_MASK_ERROR_OPERATOR },
	{ "partial:kep=1.2", "\"kep\"", FN_MASK_ERROR_OPERATOR },
	{ "pseudonym", "\"kind\" is missing", FN_MASK_ERROR_OPERATOR },
	{ "pseudonym:kind=resident", "\"resident\"", FN_MASK_ERROR_OPERATOR },
	{ "pseudonym:kind=resident_id,table=2", "\"2\"", FN_MASK_ERROR_OPERATOR },
	{ "pseudonym:kind=resident_id,join=a b", "\"a b\"", FN_MASK_ERROR_OPERATOR },
	{ "hash:join=", "\"join\"", FN_MASK_ERROR_OPERATOR },
	{ "suppress:x=1", "suppress", FN_MASK_ERROR_OPERATOR },
	{ "replace:with=a,b", "\"b\"", FN_MASK_ERROR_OPERATOR },
	{ "replace:with=a\tb", "without controls", FN_MASK_ERROR_OPERATOR },
	{ "replace:with=\xff", "without controls", FN_MASK_ERROR_OPERATOR },
	{ "replace:with=12345678901234567890123456789012345678901234567890123456789012345", "64 bytes", FN_MASK_ERROR_OPERATOR },
	{ "name", "\"keep\" is missing", FN_MASK_ERROR_OPERATOR },
	{ "name:keep=all", "surname, given, none", FN_MASK_ERROR_OPERATOR },
	{ "name:keep=", "surname, given, none", FN_MASK_ERROR_OPERATOR },
	{ "name:keep=surname,else=keep", "redact, null", FN_MASK_ERROR_OPERATOR },
	{ "address:keep=street", "province, city, district", FN_MASK_ERROR_OPERATOR },
	{ "date", "exactly one of to, shift", FN_MASK_ERROR_OPERATOR },
	{ "date:to=year,shift=3", "exactly one of to, shift", FN_MASK_ERROR_OPERATOR },
	{ "date:to=day", "year, month, quarter, decade", FN_MASK_ERROR_OPERATOR },
	{ "date:shift=0", "from 1 to 3650", FN_MASK_ERROR_OPERATOR },
	{ "date:shift=3651", "\"3651\"", FN_MASK_ERROR_OPERATOR },
	{ "date:shift=-1", "\"-1\"", FN_MASK_ERROR_OPERATOR },
	{ "number:else=null", "exactly one of round, bucket, noise", FN_MASK_ERROR_OPERATOR },
	{ "number:bucket=1.5", "\"1.5\"", FN_MASK_ERROR_OPERATOR },
	{ "number:bucket=10000000000", "from 1 to 1000000000", FN_MASK_ERROR_OPERATOR },
	{ "shuffle:join=a", "shuffle", FN_MASK_ERROR_OPERATOR },
	{ "evil\n\x1b[31m", "\\x0a", FN_MASK_ERROR_OPERATOR },
};

static void
test_bad_specs(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_mask_column_new(bad[i].spec, FN_SUITE_GM, test_key, "c", &error));
		g_assert_error(error, FN_MASK_ERROR, (int)bad[i].code);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, bad[i].named));
		g_assert_null(strchr(error->message, '\n'));
	}
}

static void
test_no_key(void)
{
	static const char *const keyed[] = { "hash", "pseudonym:kind=mobile", "date:shift=3", "number:noise=3", "shuffle" };
	static const char *const free_of_keys[] = { "keep", "partial:keep=1.1", "date:to=year", "number:bucket=3", "", "hash:x=1", "hashed" };

	for (gsize i = 0; i < G_N_ELEMENTS(keyed); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_mask_column_new(keyed[i], FN_SUITE_GM, NULL, "c", &error));
		g_assert_error(error, FN_MASK_ERROR, FN_MASK_ERROR_KEY);
		g_assert_true(fn_mask_spec_needs_key(keyed[i]));
	}
	for (gsize i = 0; i < G_N_ELEMENTS(free_of_keys); i++)
		g_assert_false(fn_mask_spec_needs_key(free_of_keys[i]));
}

/* hash is the suite's HMAC under a key of this grant and column. */
static void
test_hash(void)
{
	static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autofree char *out = test_mask_one("hash", suites[i], test_key, "phone", "13800138000");
		g_autofree char *again = test_mask_one("hash", suites[i], test_key, "phone", "13800138000");
		g_autofree char *other = test_mask_one("hash", suites[i], test_key, "mobile", "13800138000");
		g_autofree char *joined = test_mask_one("hash:join=person", suites[i], test_key, "phone", "13800138000");
		g_autofree char *partner = test_mask_one("hash:join=person", suites[i], test_key, "mobile", "13800138000");
		guint8 derived[32], code[32];
		GString *expected = g_string_new(NULL);

		fn_hkdf(suites[i], test_key, 32, "fengni/v1/mask/hash//column/phone", derived, 32);
		fn_hmac(suites[i], derived, 32, "13800138000", 11, code);
		for (guint b = 0; b < 32; b++)
			g_string_append_printf(expected, "%02x", code[b]);
		g_assert_cmpstr(out, ==, expected->str);
		g_assert_cmpstr(out, ==, again);
		g_assert_cmpstr(out, !=, other);
		g_assert_cmpstr(joined, ==, partner);
		g_string_free(expected, TRUE);
	}
}

/* Many rows of many sizes in one batch, twice in one arena. */
static void
test_arena(void)
{
	enum { N = 3000 };
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new("partial:keep=1.1", FN_SUITE_GM, NULL, "c", NULL);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < N; i++)
		g_ptr_array_add(texts, g_strnfill(i % 100 == 0 ? 100000 + i : i % 97, 'x'));
	for (guint round = 0; round < 2; round++) {
		const char *cell[N];
		guint32 size[N];
		FnColumn column = { cell, size, N };

		for (guint i = 0; i < N; i++) {
			cell[i] = texts->pdata[i];
			size[i] = (guint32)strlen(cell[i]);
		}
		fn_mask_apply(mask, &column, arena);
		for (guint i = 0; i < N; i++) {
			const char *text = texts->pdata[i];

			g_assert_true(cell[i] != text);
			g_assert_cmpuint(strlen(cell[i]), ==, strlen(text));
			g_assert_cmpuint(size[i], ==, strlen(text));
			if (size[i] > 2)
				g_assert_true(cell[i][0] == 'x' && cell[i][1] == '*' && cell[i][size[i] - 1] == 'x');
		}
		fn_mask_arena_reset(arena);
	}
}

/* The bounds of a parameter are declared as they are. */
static void
check_bounds(const FnMaskParameter *parameter, const FnNode *declared)
{
	const FnNode *values = fn_node_get(declared, "values");
	g_autoptr(GString) choices = g_string_new(NULL);

	for (guint i = 0; i < fn_node_count(values); i++)
		g_string_append_printf(choices, "%s%s", i > 0 ? " " : "", fn_node_scalar(fn_node_at(values, i)));
	if (parameter->type == FN_MASK_CHOICE)
		g_assert_cmpstr(choices->str, ==, parameter->choices);
	g_assert_cmpint(parameter->most, ==, fn_node_int(declared, "most", 0));
}

/* rules/masks/ declares the operators and parameters that there are, no more, no fewer. */
static void
test_declared(void)
{
	g_autoptr(FnRules) rules = fixture_national();
	guint n, known = 0;
	const FnNode *const *masks = fn_rules_all(rules, "masks", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *parameters = fn_node_get(masks[i], "parameters");

		const FnMaskOperator *operator = fn_mask_operator(fn_node_text(masks[i], "id"));

		g_test_message("%s", fn_node_text(masks[i], "id"));
		g_assert_nonnull(operator);
		for (guint p = 0; p < fn_node_count(parameters); p++) {
			const FnMaskParameter *parameter = fn_mask_parameter(operator, fn_node_key_at(parameters, p));
			const FnNode *declared = fn_node_at(parameters, p);

			g_test_message("parameter %s", fn_node_key_at(parameters, p));
			g_assert_nonnull(parameter);
			g_assert_cmpint(parameter->required, ==, fn_node_bool(declared, "required", FALSE));
			g_assert_cmpstr(fn_mask_type_name(parameter->type), ==, fn_node_text(declared, "type"));
			check_bounds(parameter, declared);
		}
		for (guint p = 0; p < G_N_ELEMENTS(operator->parameter) && operator->parameter[p].name != NULL; p++)
			g_assert_nonnull(fn_node_get(parameters, operator->parameter[p].name));
	}
	for (; fn_mask_operator_at(known) != NULL; known++)
		g_assert_nonnull(fn_rules_get(rules, "masks", fn_mask_operator_at(known)->name));
	g_assert_cmpuint(known, ==, n);
}

/* Every example of the files comes out as it says. */
static void
test_examples(void)
{
	static const guint8 zero[32] = { 0 };
	g_autoptr(FnRules) rules = fixture_national();
	guint n, run = 0;
	const FnNode *const *masks = fn_rules_all(rules, "masks", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *examples = fn_node_get(masks[i], "examples");

		for (guint e = 0; e < fn_node_count(examples); e++, run++) {
			const FnNode *example = fn_node_at(examples, e);
			g_autofree char *out = test_mask_one(fn_node_text(example, "spec"), FN_SUITE_GM, zero, "example", fn_node_text(example, "in"));

			g_assert_cmpstr(out, ==, fn_node_text(example, "out"));
		}
	}
	g_assert_cmpuint(run, >=, n);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mask/cases", test_cases);
	g_test_add_func("/mask/bad-specs", test_bad_specs);
	g_test_add_func("/mask/no-key", test_no_key);
	g_test_add_func("/mask/hash", test_hash);
	g_test_add_func("/mask/arena", test_arena);
	g_test_add_func("/mask/declared", test_declared);
	g_test_add_func("/mask/examples", test_examples);
	return g_test_run();
}
