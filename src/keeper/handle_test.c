#include "crypto/keeper_client.h"
#include "keeper/test_help.h"

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

#define ROOT "00ff000000000000000000000000000000000000000000000000000000000001"
#define HEAD(purpose, origin, root, size, time) \
	"{\"purpose\":\"" purpose "\",\"message\":{\"origin\":" origin ",\"root\":" root ",\"size\":" size ",\"time\":" time "}}"
#define GRANT(message) "{\"purpose\":\"grant\",\"message\":" message "}"
#define TIME "\"2026-01-01T00:00:00Z\""

static FnPublicKey *
public_key(FnKeeper *keeper, const char *purpose)
{
	g_autofree char *payload = g_strdup_printf("{\"purpose\":\"%s\"}", purpose);
	g_autofree char *reply = ask(keeper, FN_ROLE_INSPECT, FN_KEEPER_OP_PUBLIC, payload);
	g_autofree char *text = member(reply, "key");
	g_autoptr(GError) error = NULL;
	FnPublicKey *key = fn_public_key_parse(text, &error);

	g_assert_no_error(error);
	return key;
}

static guint8 *
sign(FnKeeper *keeper, FnRole role, const char *payload, gsize *size_out)
{
	g_autofree char *reply = ask(keeper, role, FN_KEEPER_OP_SIGN, payload);
	g_autofree char *text = member(reply, "signature");

	return g_base64_decode(text, size_out);
}

/* A signature verifies over what the contract says is signed, and over nothing else. */
static void
test_signatures_verify(void)
{
	static const char head[] = "{\"origin\":\"example.cn/log\",\"root\":\"" ROOT "\",\"size\":12,\"time\":" TIME "}";
	static const char grant[] = "{\"case\":null,\"fields\":[\"a\",\"b\"],\"grant\":\"01\",\"z\":{\"k\":1}}";
	static const char note[] = "example.cn/log\n12\nAP8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n";

	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(Instance) instance = instance_new(suites[i]);
		g_autoptr(FnKeeper) keeper = instance_open(instance);
		g_autoptr(FnPublicKey) gm = public_key(keeper, "ledger_head_gm");
		g_autoptr(FnPublicKey) intl = public_key(keeper, "ledger_head_intl");
		g_autoptr(FnPublicKey) granter = public_key(keeper, "grant");
		g_autofree guint8 *a = NULL, *b = NULL, *c = NULL;
		gsize a_size, b_size, c_size;

		g_assert_cmpint(fn_public_key_suite(gm), ==, FN_SUITE_GM);
		g_assert_cmpint(fn_public_key_suite(intl), ==, FN_SUITE_INTL);
		g_assert_cmpint(fn_public_key_suite(granter), ==, suites[i]);
		a = sign(keeper, FN_ROLE_LEDGER, HEAD("ledger_head_gm", "\"example.cn/log\"", "\"" ROOT "\"", "12", TIME), &a_size);
		g_assert_true(fn_verify(gm, "ledger_head_gm", head, strlen(head), a, a_size, NULL));
		g_assert_false(fn_verify(gm, "grant", head, strlen(head), a, a_size, NULL));
		g_assert_false(fn_verify_bare(gm, note, strlen(note), a, a_size, NULL));
		b = sign(keeper, FN_ROLE_LEDGER, HEAD("ledger_head_intl", "\"example.cn/log\"", "\"" ROOT "\"", "12", TIME), &b_size);
		g_assert_true(fn_verify_bare(intl, note, strlen(note), b, b_size, NULL));
		g_assert_false(fn_verify(intl, "ledger_head_intl", head, strlen(head), b, b_size, NULL));
		/* members in any order: the keeper signs the canonical form */
		c = sign(keeper, FN_ROLE_CLOCK, GRANT("{\"z\": {\"k\": 1}, \"grant\": \"01\", \"fields\": [\"a\",\"b\"], \"case\": null}"),
			&c_size);
		g_assert_true(fn_verify(granter, "grant", grant, strlen(grant), c, c_size, NULL));
		g_assert_false(fn_verify(suites[i] == FN_SUITE_GM ? gm : intl, "grant", grant, strlen(grant), c, c_size, NULL));
	}
}

static void
test_bad_requests(void)
{
	static const struct {
		FnRole role;
		guint32 operation;
		const char *payload, *code;
	} table[] = {
		{ FN_ROLE_GATE, 0, "{}", "!unknown_operation" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_REVERSE + 1, "{}", "!unknown_operation" },
		{ FN_ROLE_GATE, G_MAXUINT32, "", "!unknown_operation" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_STATUS, "", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_STATUS, "null", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_STATUS, "{\"purpose\":\"grant\"}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "[\"grant\"]", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":1}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"grant\",\"purpose\":\"grant\"}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"grant\",\"extra\":1}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"grant\"} x", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"grant\\u0000\"}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"mask\"}", "!not_allowed" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"\"}", "!not_allowed" },
		{ FN_ROLE_NONE, FN_KEEPER_OP_STATUS, "{}", "!not_allowed" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"mask\"}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"mask\",\"context\":\"\"}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"mask\",\"context\":\"a\\nb\"}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"mask\",\"context\":[\"a\"]}", "!bad_request" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"mask\",\"context\":\"\xff\"}", "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, "{\"purpose\":\"mask\",\"context\":\"\"}", "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, "{\"purpose\":\"mask\"}", "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, "{\"purpose\":\"grant\"}", "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("\"text\""), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("[]"), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("{}"), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("{\"grant\":1}"), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("{\"grant\":\"\"}"), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("{\"grant\":\"g\",\"k\":1.5}"), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("{\"grant\":\"g\",\"k\":[{\"a\":[1e3]}]}"), "!bad_request" },
		{ FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, GRANT("{\"grant\":\"g\",\"k\":99999999999999999999}"), "!bad_request" },
	};
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *long_text = g_strnfill(513, 'x');
	g_autofree char *long_context = g_strdup_printf("{\"purpose\":\"mask\",\"context\":\"%s\"}", long_text);
	g_autofree char *reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, long_context);

	g_assert_cmpstr(reply, ==, "!bad_request");
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *got = ask(keeper, table[i].role, table[i].operation, table[i].payload);

		if (!g_str_equal(got, table[i].code))
			g_error("%s: %s instead of %s", table[i].payload, got, table[i].code);
	}
}

/* Heads of any other than the exact shape, for both forms. */
static void
test_bad_heads(void)
{
#define O "\"o\""
#define R "\"" ROOT "\""
	static const struct {
		const char *origin, *root, *size, *time;
	} bad[] = {
		{ "\"\"", R, "1", TIME },
		{ "1", R, "1", TIME },
		{ "null", R, "1", TIME },
		{ "\"two\\nlines\"", R, "1", TIME },
		{ "\"a\\u2028b\"", R, "1", TIME },
		{ "\"with blank\"", R, "1", TIME },
		{ "\"plus+\"", R, "1", TIME },
		{ "\"\xe5\xb8\x82\"", R, "1", TIME },
		{ "\"fengni/v1/grant\"", R, "1", TIME },
		{ O, "\"\"", "1", TIME },
		{ O, "\"00FF000000000000000000000000000000000000000000000000000000000001\"", "1", TIME },
		{ O, "\"00ff00000000000000000000000000000000000000000000000000000000000\"", "1", TIME },
		{ O, "\"00ff0000000000000000000000000000000000000000000000000000000000011\"", "1", TIME },
		{ O, "\"00ff00000000000000000000000000000000000000000000000000000000000g\"", "1", TIME },
		{ O, "0", "1", TIME },
		{ O, R, "-1", TIME },
		{ O, R, "1.0", TIME },
		{ O, R, "\"1\"", TIME },
		{ O, R, "9223372036854775808", TIME },
		{ O, R, "1", "\"yesterday\"" },
		{ O, R, "1", "1767225600" },
		{ O, R, "1", "\"2026-01-01T00:00:00Z\\n\"" },
		{ O, R, "1", TIME ",\"extension\":\"x\"" },
		{ O, R ",\"root\":" R, "1", TIME },
	};
	static const char *const purposes[] = { "ledger_head_gm", "ledger_head_intl" };
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(purposes); j++) {
			g_autofree char *payload = g_strdup_printf(
				"{\"purpose\":\"%s\",\"message\":{\"origin\":%s,\"root\":%s,\"size\":%s,\"time\":%s}}", purposes[j], bad[i].origin,
				bad[i].root, bad[i].size, bad[i].time);
			g_autofree char *got = ask(keeper, FN_ROLE_LEDGER, FN_KEEPER_OP_SIGN, payload);

			if (!g_str_equal(got, "!bad_request"))
				g_error("%s: %s", payload, got);
		}
	for (gsize j = 0; j < 4; j++) {
		static const char *const missing[] = {
			"{\"root\":" R ",\"size\":1,\"time\":" TIME "}",
			"{\"origin\":" O ",\"size\":1,\"time\":" TIME "}",
			"{\"origin\":" O ",\"root\":" R ",\"time\":" TIME "}",
			"{\"origin\":" O ",\"root\":" R ",\"size\":1}",
		};
		g_autofree char *payload = g_strdup_printf("{\"purpose\":\"ledger_head_gm\",\"message\":%s}", missing[j]);
		g_autofree char *got = ask(keeper, FN_ROLE_LEDGER, FN_KEEPER_OP_SIGN, payload);

		g_assert_cmpstr(got, ==, "!bad_request");
	}
}

static void
test_lease(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = NULL;
	g_autofree char *reply = NULL, *text = NULL;
	g_autofree guint8 *key = NULL;
	guint8 expected[32];
	gsize size;

	instance_set(instance, "lease_seconds = 42\n");
	keeper = instance_open(instance);
	reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"field\",\"context\":\"资源/1\"}");
	text = member(reply, "key");
	key = g_base64_decode(text, &size);
	g_assert_true(fn_keeper_derive(keeper, "field", "资源/1", expected, NULL));
	g_assert_cmpmem(key, (int)size, expected, 32);
	g_assert_true(g_str_has_suffix(reply, ",\"seconds\":42}"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(61000);
	g_test_add_func("/handle/signatures-verify", test_signatures_verify);
	g_test_add_func("/handle/bad-requests", test_bad_requests);
	g_test_add_func("/handle/bad-heads", test_bad_heads);
	g_test_add_func("/handle/lease", test_lease);
	return g_test_run();
}
