#include "audit/testing.h"


static void
add_term(FnAuditColumn column, const char *text, gsize size, gpointer said)
{
	if (column != FN_AUDIT_ALL)
		g_string_append_printf(said, "%s=%.*s;", fn_audit_column_name(column), (int)size, text);
}

static char *
terms_of(const char *body)
{
	g_autoptr(TestLog) log = test_log_new();
	GString *said = g_string_new(NULL);
	const char *text;
	FnEntry entry;
	gsize size;

	test_log_add(log, body);
	text = g_bytes_get_data(g_ptr_array_index(log->entries, 0), &size);
	g_assert_true(fn_entry_parse(text, size, &entry));
	fn_audit_terms(&entry, add_term, said);
	return g_string_free(said, FALSE);
}

/* What each kind of entry can be found by. */
static const struct {
	const char *body, *terms;
} cases[] = {
	{ "{\"event\":\"ledger.head\"}", "action=ledger.head;action=ledger;" },
	{ "{\"address\":\"10.0.0.9\",\"case\":\"A-1\",\"event\":\"share.query\",\"grant\":\"g\",\"operator\":\"wang\",\"organization\":\"o\","
	  "\"provider\":\"p\",\"resource\":\"r\",\"result\":\"permitted\",\"subjects\":[\"aa\",\"bb\"],\"system\":\"s\"}",
		"address=10.0.0.9;case=A-1;action=share.query;action=share;grant=g;actor=wang;organization=o;provider=p;resource=r;"
		"result=permitted;subject=aa;subject=bb;system=s;" },
	{ "{\"actor\":\"li\",\"event\":\"case.step\",\"result\":\"refused:office\",\"subject\":\"C1:approve\"}",
		"actor=li;action=case.step;action=case;result=refused:office;result=refused;case=C1:approve;case=C1;about=C1:approve;" },
	{ "{\"actor\":\"li\",\"event\":\"resource.basis\",\"subject\":\"r1\"}",
		"actor=li;action=resource.basis;action=resource;resource=r1;about=r1;" },
	{ "{\"actor\":\"a\",\"approved_by\":\"b\",\"event\":\"reidentification.authorised\"}",
		"actor=a;actor=b;action=reidentification.authorised;action=reidentification;" },
	/* other types, nested members and escapes */
	{ "{\"actor\":7,\"case\":null,\"event\":\"x\",\"grant\":{\"grant\":\"inner\"},\"system\":[[\"inner\"]],\"z\":{\"actor\":\"inner\"}}", "action=x;" },
	{ "{\"actor\":\"a\\\"b\\nc\",\"event\":\"x\"}", "action=x;" },
	{ "{\"actor\":\"\",\"event\":\":x.\",\"result\":\":late\",\"subjects\":[]}", "actor=;action=:x.;action=:x;result=:late;" },
	{ "{\"event\":\"x\",\"subjects\":[\"a\",1,\"b\"]}", "action=x;subject=a;" },
	{ "{\"event\":\"x\",\"resource\":\"\xe5\x9f\xba\"}", "action=x;resource=\xe5\x9f\xba;" },
};

static void
test_terms(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *terms = terms_of(cases[i].body);

		if (i == 6) /* unescaped */
			g_assert_cmpstr(terms, ==, "actor=a\"b\nc;action=x;");
		else
			g_assert_cmpstr(terms, ==, cases[i].terms);
	}
}

/* Numbers that are written stay: an index would find nothing any more. */
static void
test_number(void)
{
	g_autofree char *longer = g_strnfill(FN_AUDIT_TEXT + 9, 'x');

	g_assert_cmpint(fn_audit_term_number(FN_AUDIT_ALL, "", 0), ==, G_GINT64_CONSTANT(0x6e340b9cffb37a98) >> 1);
	g_assert_cmpint(fn_audit_term_number(FN_AUDIT_ACTOR, "a", 1), !=, fn_audit_term_number(FN_AUDIT_CASE, "a", 1));
	g_assert_cmpint(fn_audit_term_number(FN_AUDIT_ACTOR, longer, strlen(longer)), ==, fn_audit_term_number(FN_AUDIT_ACTOR, longer, FN_AUDIT_TEXT));
	for (guint i = 0; i < 1000; i++)
		g_assert_cmpint(fn_audit_term_number(FN_AUDIT_CASE, (const char *)&i, sizeof(i)), >=, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/audit/terms", test_terms);
	g_test_add_func("/audit/number", test_number);
	return g_test_run();
}
