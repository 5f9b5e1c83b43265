#include "ledger/entry.h"

#include <string.h>

#define BODY "{\"event\":\"x\"}"
#define SALT "00112233445566778899aabbccddeeff"
#define TIME "2026-07-01T08:00:00.000000Z"

#define ENTRY(body, class, from, salt, time) \
	"{\"body\":" body ",\"class\":\"" class "\",\"from\":\"" from "\",\"salt\":\"" salt "\",\"time\":\"" time "\"}"

static const struct {
	const char *text;
	gboolean good;
} cases[] = {
	{ ENTRY(BODY, "6m", "gate", SALT, TIME), TRUE },
	{ ENTRY(BODY, "permanent", "ledger", SALT, TIME), TRUE },
	{ ENTRY(BODY, "2y", "gate", SALT, TIME), FALSE },
	{ ENTRY(BODY, "", "gate", SALT, TIME), FALSE },
	{ ENTRY(BODY, "6m", "", SALT, TIME), FALSE },
	{ ENTRY(BODY, "6m", "Gate", SALT, TIME), FALSE },
	{ ENTRY(BODY, "6m", "averyverylongrole", SALT, TIME), FALSE },
	{ ENTRY(BODY, "6m", "gate", "00112233445566778899AABBCCDDEEFF", TIME), FALSE },
	{ ENTRY(BODY, "6m", "gate", "0011", TIME), FALSE },
	{ ENTRY(BODY, "6m", "gate", SALT, "2026-07-01T08:00:00Z"), FALSE },
	{ ENTRY(BODY, "6m", "gate", SALT, "2026-07-01T08:00:00.00000xZ"), FALSE },
	{ ENTRY(BODY, "6m", "gate", SALT, "2026-07-01 08:00:00.000000Z"), FALSE },
	{ ENTRY(BODY, "6m", "gate", SALT, TIME) " ", FALSE },
	{ ENTRY(BODY, "6m", "gate", SALT, TIME) "}", FALSE },
	{ ENTRY("{}", "6m", "gate", SALT, TIME), FALSE },
	{ ENTRY("[]", "6m", "gate", SALT, TIME), FALSE },
	{ ENTRY("{\"event\":\"\"}", "6m", "gate", SALT, TIME), FALSE },
	{ "{\"class\":\"6m\"}", FALSE },
	{ "", FALSE },
};

static void
test_table(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize size = strlen(cases[i].text);
		g_autofree char *exact = g_memdup2(cases[i].text, size + 1);
		FnEntry entry;

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(fn_entry_parse(exact, size, &entry), ==, cases[i].good);
		for (gsize cut = 0; cut < size && cases[i].good; cut++)
			g_assert_false(fn_entry_parse(exact, cut, &entry));
	}
}

static void
test_written_is_read(void)
{
	guint8 salt[FN_SALT_SIZE];
	char out[sizeof(BODY) + FN_ENVELOPE_MAX];

	for (guint i = 0; i < sizeof(salt); i++)
		salt[i] = (guint8)(i * 17);
	for (guint class = FN_CLASS_6M; class <= FN_CLASS_PERMANENT; class++) {
		gsize size = fn_entry_write(out, BODY, strlen(BODY), (FnClass)class, "clock", salt, TIME);
		FnEntry entry;

		g_assert_true(fn_entry_parse(out, size, &entry));
		g_assert_cmpuint(entry.class, ==, class);
		g_assert_true(fn_span_is(entry.body, BODY));
		g_assert_true(fn_span_is(entry.event, "x"));
		g_assert_true(fn_span_is(entry.from, "clock"));
		g_assert_true(fn_span_is(entry.salt, SALT));
		g_assert_true(fn_span_is(entry.time, TIME));
	}
}

static void
test_body_faults_say_where(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_body_check("{\"event\":\"x\",\"a\":1}", 19, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY);
	g_assert_nonnull(strstr(error->message, "at byte 16"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/entry/table", test_table);
	g_test_add_func("/ledger/entry/written-is-read", test_written_is_read);
	g_test_add_func("/ledger/entry/body-faults-say-where", test_body_faults_say_where);
	return g_test_run();
}
