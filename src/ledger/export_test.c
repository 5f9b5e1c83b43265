#include "ledger/export.h"

#include "ledger/entry.h"

#include <string.h>

#define ORIGIN "log.test.example/one"
#define TIME "2026-07-01T08:00:00.000001Z"

static char *
entry_of(const char *body)
{
	static const guint8 salt[FN_SALT_SIZE] = { 1 };
	char *entry = g_malloc0(strlen(body) + FN_ENVELOPE_MAX + 1);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_body_check(body, strlen(body), NULL, &error));
	fn_entry_write(entry, body, strlen(body), FN_CLASS_1Y, "gate", salt, TIME);
	return entry;
}

static char *
exported(FnExportForm form, guint64 index, const char *body)
{
	g_autofree char *entry = entry_of(body);
	GString *out = g_string_new("before ");

	g_assert_true(fn_export_write(out, form, ORIGIN, index, entry, strlen(entry)));
	g_assert_true(g_str_has_prefix(out->str, "before "));
	g_string_erase(out, 0, 7);
	g_assert_cmpuint(strlen(out->str), ==, out->len);
	return g_string_free(out, FALSE);
}

/* ---- goldens ---- */

static const struct {
	const char *body, *syslog, *cef;
} goldens[] = {
	{ "{\"actor\":\"01A\",\"address\":\"10.0.0.9\",\"event\":\"grant.add\",\"organization\":\"O\",\"result\":\"done\",\"subject\":null}",
		"<109>1 " TIME " " ORIGIN " fengni-gate - grant.add [entry@32473 index=\"7\" class=\"1y\" from=\"gate\"]"
		"[body@32473 actor=\"01A\" address=\"10.0.0.9\" event=\"grant.add\" organization=\"O\" result=\"done\" subject=\"null\"]\n",
		"CEF:0|Fengni|Fengni|" FN_VERSION "|grant.add|grant.add|3|rt=1782892800000 dvchost=" ORIGIN
		" externalId=7 cat=1y deviceProcessName=fengni-gate act=grant.add suser=01A src=10.0.0.9 fengniOrganization=O outcome=done "
		"fengniSubject=null\n" },
	{ "{\"code\":\"grant_unknown\",\"count\":17,\"event\":\"share.query\",\"result\":\"refused:forbidden\"}",
		"<108>1 " TIME " " ORIGIN " fengni-gate - share.query [entry@32473 index=\"7\" class=\"1y\" from=\"gate\"]"
		"[body@32473 code=\"grant_unknown\" count=\"17\" event=\"share.query\" result=\"refused:forbidden\"]\n",
		"CEF:0|Fengni|Fengni|" FN_VERSION "|share.query|share.query|5|rt=1782892800000 dvchost=" ORIGIN
		" externalId=7 cat=1y deviceProcessName=fengni-gate act=share.query reason=grant_unknown cnt=17 outcome=refused:forbidden\n" },
	/* what would end a value, a field or a message */
	{ "{\"a\":\"x\\ny\\rz\\u0001\",\"b\":\"]\\\"\\\\|=\",\"event\":\"a|b\\\\c\\n[d]\",\"list\":[\"]\\n\",{\"k\":1}]}",
		"<110>1 " TIME " " ORIGIN " fengni-gate - a|b\\c?[d] [entry@32473 index=\"7\" class=\"1y\" from=\"gate\"]"
		"[body@32473 a=\"x\\\\u000ay\\\\u000dz\\\\u0001\" b=\"\\]\\\"\\\\|=\" event=\"a|b\\\\c\\\\u000a[d\\]\" "
		"list=\"[\\\"\\]\\\\n\\\",{\\\"k\\\":1}\\]\"]\n",
		"CEF:0|Fengni|Fengni|" FN_VERSION "|a\\|b\\\\c?[d]|a\\|b\\\\c?[d]|2|rt=1782892800000 dvchost=" ORIGIN
		" externalId=7 cat=1y deviceProcessName=fengni-gate act=a|b\\\\c\\n[d] fengniA=x\\ny\\rz\\\\u0001 fengniB=]\"\\\\|\\= "
		"fengniList=[\"]\\\\n\",{\"k\":1}]\n" },
	/* names that are none, Han, what does not print, IPv6 and what is no address */
	{ "{\"\":1,\"a b=\\\"]\":2,\"address\":\"2001:db8::1\",\"event\":\"e\",\"名\":\"王\x7f\xe2\x80\xae\"}",
		"<110>1 " TIME " " ORIGIN " fengni-gate - e [entry@32473 index=\"7\" class=\"1y\" from=\"gate\"]"
		"[body@32473 _=\"1\" a_b___=\"2\" address=\"2001:db8::1\" event=\"e\" ___=\"王\\\\u007f\\\\u202e\"]\n",
		"CEF:0|Fengni|Fengni|" FN_VERSION "|e|e|2|rt=1782892800000 dvchost=" ORIGIN
		" externalId=7 cat=1y deviceProcessName=fengni-gate act=e fengni=1 fengniA_b___=2 c6a2Label=Source IPv6 Address "
		"c6a2=2001:db8::1 fengni___=王\\\\u007f\\\\u202e\n" },
	{ "{\"address\":\"10.0.0.9 suser=root\",\"event\":\"e\"}",
		"<110>1 " TIME " " ORIGIN " fengni-gate - e [entry@32473 index=\"7\" class=\"1y\" from=\"gate\"]"
		"[body@32473 address=\"10.0.0.9 suser=root\" event=\"e\"]\n",
		"CEF:0|Fengni|Fengni|" FN_VERSION "|e|e|2|rt=1782892800000 dvchost=" ORIGIN
		" externalId=7 cat=1y deviceProcessName=fengni-gate act=e fengniAddress=10.0.0.9 suser\\=root\n" },
};

static void
test_goldens(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(goldens); i++) {
		g_autofree char *syslog = exported(FN_EXPORT_SYSLOG, 7, goldens[i].body), *cef = exported(FN_EXPORT_CEF, 7, goldens[i].body);
		g_autofree char *octets = exported(FN_EXPORT_SYSLOG_OCTETS, 7, goldens[i].body), *counted = NULL;

		g_assert_cmpstr(syslog, ==, goldens[i].syslog);
		g_assert_cmpstr(cef, ==, goldens[i].cef);
		counted = g_strdup_printf("%zu %.*s", strlen(syslog) - 1, (int)strlen(syslog) - 1, syslog);
		g_assert_cmpstr(octets, ==, counted);
	}
}

static void
test_exact(void)
{
	static const char body[] = "{\"event\":\"e\",\"text\":\"a\\nb\"}";
	g_autofree char *entry = entry_of(body), *line = exported(FN_EXPORT_NDJSON, 1u << 20, body), *event = exported(FN_EXPORT_EVENT, 3, body);
	g_autofree char *want_line = g_strdup_printf("{\"entry\":%s,\"index\":1048576}\n", entry);
	g_autofree char *want_event = g_strdup_printf("id: 3\ndata: %s\n\n", entry);
	g_autoptr(GString) bundle = g_string_new(NULL);

	g_assert_cmpstr(line, ==, want_line);
	g_assert_cmpstr(event, ==, want_event);
	g_assert_true(fn_export_write(bundle, FN_EXPORT_BUNDLE, ORIGIN, 0, entry, strlen(entry)));
	g_assert_cmpuint(bundle->len, ==, strlen(entry) + 2);
	g_assert_cmpuint((guint8)bundle->str[0] * 256u + (guint8)bundle->str[1], ==, strlen(entry));
	g_assert_true(memcmp(bundle->str + 2, entry, strlen(entry)) == 0);
}

/* ---- severity ---- */

static void
test_severity(void)
{
	static const struct {
		const char *event, *result;
		guint syslog, cef;
	} cases[] = {
		{ "share.query", "permitted", 6, 2 }, { "share.query", "refused", 4, 5 }, { "share.batch.close", "broken", 3, 7 },
		{ "share.batch.close", "stopped", 3, 8 }, { "reidentification.authorised", "done", 5, 6 }, { "session.login", "done", 6, 2 },
		{ "session.login", "refused:login", 4, 5 }, { "account.add", "done", 5, 4 }, { "ledger.head", "", 7, 0 }, { "ledger.read", "done", 6, 2 },
		{ "ledger.pruned", "done", 5, 4 }, { "clock.advance", "done", 5, 6 }, { "accountant", "done", 6, 2 }, { "never.seen", "", 6, 2 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *body = g_strdup_printf("{\"event\":\"%s\",\"result\":\"%s\"}", cases[i].event, cases[i].result);
		g_autofree char *syslog = exported(FN_EXPORT_SYSLOG, 0, body), *cef = exported(FN_EXPORT_CEF, 0, body);
		g_autofree char *start = g_strdup_printf("<%u>1 ", 13 * 8 + cases[i].syslog), *severity = g_strdup_printf("|%u|rt=", cases[i].cef);

		g_test_message("%s %s", cases[i].event, cases[i].result);
		g_assert_true(g_str_has_prefix(syslog, start));
		g_assert_nonnull(strstr(cef, severity));
	}
}

/* ---- hostile ---- */

static void
test_long(void)
{
	g_autofree char *han = g_malloc0(3 * 20000 + 1), *one = NULL, *syslog = NULL, *cef = NULL, *many_syslog = NULL, *many_cef = NULL;
	g_autoptr(GString) many = g_string_new("{");

	for (guint i = 0; i < 20000; i++)
		memcpy(han + 3 * i, "长", 3);
	one = g_strdup_printf("{\"event\":\"e\",\"text\":\"%s\"}", han);
	syslog = exported(FN_EXPORT_SYSLOG, 0, one);
	cef = exported(FN_EXPORT_CEF, 0, one);
	g_assert_true(g_utf8_validate(syslog, -1, NULL) && g_utf8_validate(cef, -1, NULL));
	g_assert_cmpuint(strlen(syslog), <, FN_EXPORT_VALUE + 300);
	g_assert_true(g_str_has_suffix(syslog, "长…\"]\n"));
	g_assert_true(g_str_has_suffix(cef, "长…\n"));
	for (guint i = 0; i < 3000; i++)
		g_string_append_printf(many, "\"a%04u\":\"]]]\",", i);
	g_string_append(many, "\"event\":\"e\"}");
	many_syslog = exported(FN_EXPORT_SYSLOG, 0, many->str);
	many_cef = exported(FN_EXPORT_CEF, 0, many->str);
	g_assert_cmpuint(strlen(many_syslog), <=, FN_EXPORT_RECORD);
	g_assert_cmpuint(strlen(many_cef), <=, FN_EXPORT_RECORD);
	g_assert_true(g_regex_match_simple("\\]\\[cut@32473 members=\"[0-9]+\"\\]\n$", many_syslog, 0, 0));
	g_assert_true(g_regex_match_simple(" fengniCut=[0-9]+\n$", many_cef, 0, 0));
}

/* Reads a syslog message as a receiver does; the parameters of [body@32473] go to @values. */
static gboolean
read_syslog(const char *text, GHashTable *values)
{
	const char *at = strstr(text, "[body@32473");
	gboolean open = at != NULL;

	at = open ? at + strlen("[body@32473") : "";
	while (open && *at == ' ') {
		const char *equals = strchr(at, '=');
		g_autoptr(GString) value = g_string_new(NULL);

		if (equals == NULL || equals[1] != '"')
			return FALSE;
		for (at++; at < equals; at++)
			if (*at <= ' ' || *at > '~' || strchr("]\"", *at) != NULL)
				return FALSE;
		for (at = equals + 2; *at != '"'; at++) {
			if (*at == '\0' || *at == ']' || *at == '\n')
				return FALSE;
			if (*at == '\\' && (at[1] == '"' || at[1] == '\\' || at[1] == ']'))
				at++;
			g_string_append_c(value, *at);
		}
		at++;
		g_hash_table_insert(values, g_strdup("v"), g_string_free(g_steal_pointer(&value), FALSE));
	}
	return g_str_equal(at, "]\n");
}

/* Any text comes out as it went in, but for what does not print; one message stays one line. */
static void
test_random(void)
{
	static const char *const piece[] = { "\\\\", "\\\"", "]", "[", "|", "=", " ", "\\n", "\\r", "王", "a", "=\\\"", "\\\\]", "CEF:0|", "<34>1 " };
	static const char *const plain[] = { "\\", "\"", "]", "[", "|", "=", " ", "\\u000a", "\\u000d", "王", "a", "=\"", "\\]", "CEF:0|", "<34>1 " };
	GRand *random = g_rand_new_with_seed(9);

	for (guint i = 0; i < 3000; i++) {
		g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		g_autoptr(GString) body = g_string_new("{\"event\":\"e\",\"v\":\""), want = g_string_new(NULL);
		g_autofree char *syslog = NULL, *cef = NULL;

		for (guint n = (guint)g_rand_int_range(random, 0, 40); n > 0; n--) {
			gint32 which = g_rand_int_range(random, 0, G_N_ELEMENTS(piece));

			g_string_append(body, piece[which]);
			g_string_append(want, plain[which]);
		}
		g_string_append(body, "\"}");
		syslog = exported(FN_EXPORT_SYSLOG, i, body->str);
		cef = exported(FN_EXPORT_CEF, i, body->str);
		g_assert_true(read_syslog(syslog, values));
		g_assert_cmpstr(g_hash_table_lookup(values, "v"), ==, want->str);
		g_assert_true(strchr(syslog, '\n')[1] == '\0' && strchr(cef, '\n')[1] == '\0');
		for (const char *at = strstr(cef, " fengniV=") + strlen(" fengniV="); *at != '\0'; at++)
			if (*at == '\\')
				g_assert_nonnull(strchr("\\=nr", *++at));
			else
				g_assert_cmpint(*at, !=, '=');
	}
	g_rand_free(random);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "{}", "{\"event\":\"e\"}", "{\"body\":{},\"class\":\"1y\"}", "\xff" };
	g_autofree char *entry = entry_of("{\"event\":\"e\"}");
	g_autoptr(GString) out = g_string_new("x");
	FnExportForm form;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		for (guint f = FN_EXPORT_NDJSON; f <= FN_EXPORT_BUNDLE; f++)
			g_assert_false(fn_export_write(out, (FnExportForm)f, ORIGIN, 0, bad[i], strlen(bad[i])));
	g_assert_false(fn_export_write(out, FN_EXPORT_NDJSON, ORIGIN, 0, entry, strlen(entry) - 1));
	g_assert_cmpstr(out->str, ==, "x");
	g_assert_true(fn_export_form("cef", &form) && form == FN_EXPORT_CEF);
	g_assert_true(fn_export_form("syslog-octets", &form) && form == FN_EXPORT_SYSLOG_OCTETS);
	g_assert_false(fn_export_form("CEF", &form) || fn_export_form("", &form) || fn_export_form(NULL, &form) || fn_export_form("event", &form));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/export/goldens", test_goldens);
	g_test_add_func("/ledger/export/exact", test_exact);
	g_test_add_func("/ledger/export/severity", test_severity);
	g_test_add_func("/ledger/export/long", test_long);
	g_test_add_func("/ledger/export/random", test_random);
	g_test_add_func("/ledger/export/refused", test_refused);
	return g_test_run();
}
