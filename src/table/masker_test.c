/* What is decided about columns, what is masked, and what may not pass. */
#include "rules/fixture.h"
#include "table/testing.h"

#define PHONE_1 "13800138000"
#define PHONE_2 "13900139000"

static FnScanner *scanner;

typedef struct {
	FnMasker *masker;
	GString *seen;
} Run;

static gboolean
mask_batch(FnTableBatch *batch, gpointer data, GError **error)
{
	Run *run = data;

	if (!fn_masker_take(run->masker, batch, error))
		return FALSE;
	for (guint i = 0; i < batch->columns; i++)
		for (guint row = 0; row < batch->rows; row++) {
			const FnColumn *values = &batch->column[i].values;

			if (values->value[row] == NULL)
				g_string_append(run->seen, "~;");
			else
				g_string_append_printf(run->seen, "%.*s;", (int)values->size[row], values->value[row]);
		}
	return TRUE;
}

/* Values column by column, or the error's message. Caller frees; *@masker_out too when it is asked for. */
static char *
mask(FnMaskerOptions options, const char *name, const char *text, FnMasker **masker_out)
{
	static const guint8 key[32] = { 1, 2, 3 };
	FnTableInput input = { .name = name };
	Run run = { .seen = g_string_new(NULL) };
	g_autoptr(FnTableReader) reader = fn_table_reader_new(&input, mask_batch, &run);
	g_autoptr(GError) error = NULL;

	options.scanner = scanner;
	options.suite = FN_SUITE_GM;
	options.key = key;
	run.masker = fn_masker_new(&options);
	if (!fn_table_reader_add(reader, text, strlen(text), &error) || !fn_table_reader_end(reader, &error) ||
		!fn_masker_end(run.masker, &error))
		g_string_assign(run.seen, error->message);
	if (masker_out != NULL)
		*masker_out = run.masker;
	else
		fn_masker_free(run.masker);
	return g_string_free(run.seen, FALSE);
}

static FnTablePlan *
plan_of(const char *text)
{
	FnTablePlan *plan = fn_table_plan_new();

	g_assert_true(fn_table_plan_read(plan, text, strlen(text), "p", NULL));
	return plan;
}

static void
test_masking(void)
{
	static const struct {
		const char *plan, *name, *text, *out;
	} cases[] = {
		{ "columns: {phone: 'partial:keep=3.4'}", "a.csv", "phone,n\n" PHONE_1 ",1\n,2\n", "138****8000;~;1;2;" },
		{ "columns: {phone: redact}", "a.csv", "phone,n\n\"\",1\n", "***;1;" },
		{ "columns: {phone: redact}", "a.csv", "phone,n\n", "" },
		{ "columns: {phone: suppress}", "a.csv", "phone,n\n" PHONE_1 ",1\n", "~;1;" },
		/* what does not fit is redacted, never kept */
		{ "columns: {id: 'pseudonym:kind=mobile'}", "a.csv", "id\n12\nx\n", "***;***;" },
		/* numbers and nested values of JSON */
		{ "columns: {phone: 'partial:keep=3.4'}", "a.ndjson", "{\"phone\":" PHONE_1 "}\n{\"phone\":[\"" PHONE_1 "\"]}\n{\"phone\":{\"x\":1}}\n{}\n",
			"138****8000;***;***;~;" },
		/* explicit keep and allow are a person's word */
		{ "columns: {phone: keep}", "a.csv", "phone\n" PHONE_1 "\n", PHONE_1 ";" },
		{ "allow: [phone]", "a.csv", "phone\n" PHONE_1 "\n", PHONE_1 ";" },
		{ "columns: {fax: redact}", "a.csv", "n\n1\n", "p:1: there is no column \"fax\"; names must be as in the first row (or the members' names)" },
		{ "allow: [fax]", "a.csv", "n\n1\n", "p:1: there is no column \"fax\"; names must be as in the first row (or the members' names)" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnTablePlan) plan = plan_of(cases[i].plan);
		g_autofree char *out = mask((FnMaskerOptions){ .plan = plan }, cases[i].name, cases[i].text, NULL);

		g_assert_cmpstr(out, ==, cases[i].out);
	}
}

/* What nobody named and where something is found does not pass; by header, by values, inside a text, in nested JSON. */
static void
test_undecided(void)
{
	static const struct {
		const char *name, *text, *said;
	} cases[] = {
		{ "a.csv", "手机号\n\n", "--column '手机号=partial:keep=3.4'" },
		{ "a.csv", "x\n" PHONE_1 "\n" PHONE_2 "\n", "--column 'x=" },
		{ "a.csv", "remark\ncall " PHONE_1 " please\nnothing\n", "--column 'remark=redact'" },
		{ "a.ndjson", "{\"x\":{\"y\":[\"\\u0031\\u0033800138000\"]}}\n", "--column 'x=" },
	};
	g_autoptr(FnTablePlan) plan = fn_table_plan_new();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *out = mask((FnMaskerOptions){ .plan = plan }, cases[i].name, cases[i].text, NULL);

		g_assert_true(g_str_has_prefix(out, "no rule names these columns"));
		g_assert_nonnull(strstr(out, cases[i].said));
		g_assert_null(strstr(out, PHONE_1));
	}
}

/* Data in the first row, people as members' names: names leave as they are, so they hold nothing. */
static void
test_names(void)
{
	static const struct {
		const char *plan, *name, *text;
		gboolean passes;
	} cases[] = {
		{ "{}", "a.csv", "x," PHONE_1 "\n1,2\n", FALSE },
		{ "columns: {'" PHONE_1 "': redact}", "a.csv", "x," PHONE_1 "\n1,2\n", FALSE },
		{ "{}", "a.ndjson", "{\"" PHONE_1 "\":1}\n", FALSE },
		{ "allow: ['" PHONE_1 "']", "a.csv", "x," PHONE_1 "\n1,2\n", TRUE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnTablePlan) plan = plan_of(cases[i].plan);
		g_autofree char *out = mask((FnMaskerOptions){ .plan = plan, .automatic = TRUE }, cases[i].name, cases[i].text, NULL);

		g_assert_true(g_str_has_prefix(out, "the name of column ") == !cases[i].passes);
		g_assert_null(strstr(out, PHONE_1));
	}
}

static void
test_automatic(void)
{
	g_autoptr(FnTablePlan) plan = plan_of("columns: {b: redact}");
	FnMasker *masker;
	g_autofree char *out = mask((FnMaskerOptions){ .plan = plan, .automatic = TRUE }, "a.csv", "手机号,b,n\n" PHONE_1 ",x,1\n无,y,2\n", &masker);
	const GPtrArray *decisions = fn_masker_decisions(masker);
	const FnTableDecision *phone = decisions->pdata[0], *b = decisions->pdata[1], *n = decisions->pdata[2];

	g_assert_cmpstr(out, ==, "138****8000;*;***;***;1;2;");
	g_assert_cmpuint(decisions->len, ==, 3);
	g_assert_cmpint(phone->why, ==, FN_TABLE_WHY_PROPOSED);
	g_assert_cmpstr(phone->found, ==, "cn.mobile");
	g_assert_cmpuint(phone->values, ==, 2);
	g_assert_cmpint(b->why, ==, FN_TABLE_WHY_RULE);
	g_assert_cmpuint(b->redacted, ==, 2);
	g_assert_cmpuint(phone->redacted + phone->emptied + n->redacted, ==, 0);
	g_assert_cmpint(n->why, ==, FN_TABLE_WHY_NOTHING);
	g_assert_cmpstr(n->rule, ==, "keep");
	g_assert_cmpuint(fn_masker_rows(masker), ==, 2);
	fn_masker_free(masker);
}

static void
test_explaining(void)
{
	g_autoptr(FnTablePlan) plan = fn_table_plan_new();
	const FnTableDecision *phone;
	FnMasker *masker;

	g_free(mask((FnMaskerOptions){ .plan = plan, .only_decide = TRUE }, "a.csv", "手机号\n" PHONE_1 "\n", &masker));
	phone = fn_masker_decisions(masker)->pdata[0];
	g_assert_cmpint(phone->why, ==, FN_TABLE_WHY_UNDECIDED);
	g_assert_cmpstr(phone->proposed, ==, "partial:keep=3.4");
	g_assert_cmpuint(phone->confidence, ==, 100);
	fn_masker_free(masker);
}

/* A first batch of harmless values, then @last. */
static char *
late(const char *header, const char *last)
{
	GString *text = g_string_new(header);

	for (guint i = 0; i < FN_TABLE_ROWS; i++)
		g_string_append(text, "\nfine");
	g_string_append_printf(text, "\n%s\n", last);
	return g_string_free(text, FALSE);
}

/* What comes later in a kept column is looked at too. */
static void
test_verifying(void)
{
	static const struct {
		const char *plan, *last;
		gboolean unverified;
		const char *said; /* NULL: it passes */
	} cases[] = {
		{ "{}", "call " PHONE_1, FALSE, "column \"note\" is kept, but in the 1 rows from line 1026 on it holds cn.mobile (level 3)" },
		{ "{}", "call " PHONE_1, TRUE, NULL },
		{ "allow: [note]", "call " PHONE_1, FALSE, NULL },
		{ "allow: [note]", "机密★10年", FALSE, "column \"note\" is kept" },
		{ "columns: {note: redact}", "call " PHONE_1, FALSE, NULL },
		{ "{}", "fine", FALSE, NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnTablePlan) plan = plan_of(cases[i].plan);
		g_autofree char *text = late("note", cases[i].last);
		g_autofree char *out = mask((FnMaskerOptions){ .plan = plan, .unverified = cases[i].unverified }, "a.csv", text, NULL);

		if (cases[i].said != NULL) {
			g_assert_true(g_str_has_prefix(out, cases[i].said));
			g_assert_null(strstr(out, PHONE_1));
		} else {
			g_assert_true(g_str_has_prefix(out, g_str_has_prefix(cases[i].plan, "columns") ? "***;" : "fine;"));
		}
	}
}

/* A member that appears late is a new column, and decided as one. */
static void
test_late_columns(void)
{
	g_autoptr(FnTablePlan) plan = fn_table_plan_new();
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *refused = NULL, *masked = NULL;

	for (guint i = 0; i < FN_TABLE_ROWS; i++)
		g_string_append(text, "{\"n\":1}\n");
	g_string_append(text, "{\"手机号\":\"" PHONE_1 "\"}\n");
	refused = mask((FnMaskerOptions){ .plan = plan }, "a.ndjson", text->str, NULL);
	masked = mask((FnMaskerOptions){ .plan = plan, .automatic = TRUE }, "a.ndjson", text->str, NULL);
	g_assert_true(g_str_has_prefix(refused, "no rule names these columns"));
	g_assert_true(g_str_has_suffix(masked, "1;~;138****8000;"));
}

/* Numbers that stand below each other are not read as one. */
static void
test_columns_of_digits(void)
{
	g_autoptr(FnTablePlan) plan = fn_table_plan_new();
	g_autofree char *out = mask((FnMaskerOptions){ .plan = plan }, "a.csv", "n\n138\n0013\n8000\n1380\n0138\n000\n", NULL);

	g_assert_cmpstr(out, ==, "138;0013;8000;1380;0138;000;");
}

int
main(int argc, char **argv)
{
	g_autoptr(FnRules) rules = NULL;
	int code;

	g_test_init(&argc, &argv, NULL);
	rules = fixture_national();
	scanner = fn_scanner_new(rules, NULL);
	g_test_add_func("/table/masker/masking", test_masking);
	g_test_add_func("/table/masker/undecided", test_undecided);
	g_test_add_func("/table/masker/names", test_names);
	g_test_add_func("/table/masker/automatic", test_automatic);
	g_test_add_func("/table/masker/explaining", test_explaining);
	g_test_add_func("/table/masker/verifying", test_verifying);
	g_test_add_func("/table/masker/late_columns", test_late_columns);
	g_test_add_func("/table/masker/columns_of_digits", test_columns_of_digits);
	code = g_test_run();
	fn_scanner_free(scanner);
	return code;
}
