/* Pseudonyms turned back, and every way in which they are not. */
#include "keeper/test_help.h"

#include "mask/mask.h"

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

enum { MINUTE = 60 * G_USEC_PER_SEC };

/* What the share path gives for @clear under the key of @context. Caller frees. */
static char *
pseudonym_of(const FnKeeper *keeper, const char *context, const char *column, const char *clear)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autoptr(FnMaskColumn) mask = NULL;
	const char *value = clear;
	guint32 size = (guint32)strlen(clear);
	FnColumn one = { &value, &size, 1 };
	guint8 key[32];

	g_assert_true(fn_keeper_derive(keeper, "mask", context, key, NULL));
	mask = fn_mask_column_new(REVERSAL_SPEC, keeper->suite, key, column, NULL);
	g_assert_nonnull(mask);
	fn_mask_apply(mask, &one, arena);
	g_assert_cmpstr(value, !=, clear);
	return g_strndup(value, size);
}

static char *
reverse(FnKeeper *keeper, const char *context, const char *column, const char *pseudonyms)
{
	g_autofree char *message = reversal(context, column, REVERSAL_SPEC, pseudonyms, fn_time_now() + MINUTE);
	g_autofree char *request = reverse_request(keeper, "mask", message, NULL);

	return ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);
}

/* The way it goes: the clock has it signed, the gate brings it. */
static void
test_there_and_back(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(Instance) instance = instance_new(suites[i]);
		g_autoptr(FnKeeper) keeper = instance_open(instance);
		g_autofree char *one = pseudonym_of(keeper, "g1/1", "phone", "13800138000");
		g_autofree char *two = pseudonym_of(keeper, "g1/1", "phone", "15912345678");
		g_autofree char *list = g_strdup_printf("[\"%s\",\"no number\",\"%s\",\"\xe7\x94\xb2\",\"%s\"]", two, one, two);
		g_autofree char *message = reversal("g1/1", "phone", REVERSAL_SPEC, list, fn_time_now() + MINUTE);
		g_autofree char *wish = g_strdup_printf("{\"purpose\":\"reversal\",\"message\":%s}", message);
		g_autofree char *reply = ask(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, wish);
		g_autofree char *signature = member(reply, "signature");
		g_autofree char *request = g_strdup_printf("{\"purpose\":\"mask\",\"signature\":\"%s\",\"authorisation\":%s}", signature, message);
		g_autofree char *values = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);

		g_assert_cmpstr(values, ==, "{\"values\":[\"15912345678\",null,\"13800138000\",null,\"15912345678\"]}");
	}
}

/* Keys of another grant and another column know nobody by these. */
static void
test_elsewhere(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *pseudonym = pseudonym_of(keeper, "g1/1", "phone", "13800138000");
	g_autofree char *list = g_strdup_printf("[\"%s\"]", pseudonym);
	g_autofree char *here = reverse(keeper, "g1/1", "phone", list);
	g_autofree char *grant = reverse(keeper, "g2/1", "phone", list);
	g_autofree char *column = reverse(keeper, "g1/1", "telephone", list);

	g_assert_nonnull(strstr(here, "13800138000"));
	g_assert_null(strstr(grant, "13800138000"));
	g_assert_null(strstr(column, "13800138000"));
}

static void
test_destroyed(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *gone = ask(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, "{\"purpose\":\"mask\",\"context\":\"g1/1\"}");
	g_autofree char *reply = reverse(keeper, "g1/1", "phone", REVERSAL_SOME);
	g_autofree char *other = reverse(keeper, "g2/1", "phone", REVERSAL_SOME);

	g_assert_cmpstr(gone, ==, "{}");
	g_assert_cmpstr(reply, ==, "!destroyed");
	g_assert_cmpint(*other, ==, '{');
}

static char *
list_of(guint n)
{
	GString *list = g_string_new("[");

	for (guint i = 0; i < n; i++)
		g_string_append_printf(list, "%s\"138%08u\"", i > 0 ? "," : "", i);
	return g_string_free(g_string_append_c(list, ']'), FALSE);
}

static void
test_count(void)
{
	static const struct {
		guint n;
		gboolean right;
	} table[] = { { 0, FALSE }, { 1, TRUE }, { FN_REVERSAL_PSEUDONYMS, TRUE }, { FN_REVERSAL_PSEUDONYMS + 1, FALSE } };
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *list = list_of(table[i].n);
		g_autofree char *message = reversal("g1/1", "phone", REVERSAL_SPEC, list, fn_time_now() + MINUTE);
		g_autofree char *wish = g_strdup_printf("{\"purpose\":\"reversal\",\"message\":%s}", message);
		g_autofree char *given = ask(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, wish);
		g_autofree char *reply = reverse(keeper, "g1/1", "phone", list);

		if (table[i].right) {
			g_assert_cmpint(*given, ==, '{');
			g_assert_cmpint(*reply, ==, '{');
		} else {
			g_assert_cmpstr(given, ==, "!bad_request");
			g_assert_cmpstr(reply, ==, "!bad_request");
		}
	}
}

/* Terms by the keeper's own clock, for signing and for use. */
static void
test_term(void)
{
	static const struct {
		gint64 from_now;
		const char *given, *reply;
	} table[] = {
		{ -1, "{", "!expired" },
		{ -G_TIME_SPAN_DAY, "{", "!expired" },
		{ MINUTE, "{", "{" },
		{ (FN_REVERSAL_SECONDS + 60) * G_USEC_PER_SEC, "!bad_request", "!bad_request" },
		{ 365 * G_TIME_SPAN_DAY, "!bad_request", "!bad_request" },
	};
	g_autoptr(Instance) instance = instance_new(FN_SUITE_INTL);
	g_autoptr(FnKeeper) keeper = instance_open(instance);

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *message = reversal("g1/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, fn_time_now() + table[i].from_now);
		g_autofree char *wish = g_strdup_printf("{\"purpose\":\"reversal\",\"message\":%s}", message);
		g_autofree char *request = reverse_request(keeper, "mask", message, NULL);
		g_autofree char *given = ask(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, wish);
		g_autofree char *reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);

		g_assert_true(g_str_has_prefix(given, table[i].given));
		g_assert_true(g_str_has_prefix(reply, table[i].reply));
	}
}

/* A signature over one authorisation opens no other: each member, changed in turn. */
static void
test_changed(void)
{
	static const struct {
		const char *context, *column, *spec, *pseudonyms;
		gint64 longer;
	} other[] = {
		{ "g2/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, 0 },
		{ "g1/1", "id", REVERSAL_SPEC, REVERSAL_SOME, 0 },
		{ "g1/1", "phone", "pseudonym:kind=digits", REVERSAL_SOME, 0 },
		{ "g1/1", "phone", REVERSAL_SPEC, "[\"13012345679\"]", 0 },
		{ "g1/1", "phone", REVERSAL_SPEC, "[\"13012345678\",\"13012345679\"]", 0 },
		{ "g1/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, MINUTE },
	};
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	gint64 until = fn_time_now() + MINUTE;
	g_autofree char *right = reversal("g1/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, until);
	g_autofree char *request = reverse_request(keeper, "mask", right, NULL);
	g_autofree char *reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);

	g_assert_cmpint(*reply, ==, '{');
	for (gsize i = 0; i < G_N_ELEMENTS(other); i++) {
		g_autofree char *message = reversal(other[i].context, other[i].column, other[i].spec, other[i].pseudonyms, until + other[i].longer);
		g_autofree char *changed = reverse_request(keeper, "mask", message, right);
		g_autofree char *got = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, changed);

		g_assert_cmpstr(got, ==, "!not_allowed");
	}
}

/* Signatures of another keeper, for another purpose, and none. */
static void
test_forged(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(Instance) elsewhere = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autoptr(FnKeeper) stranger = instance_open(elsewhere);
	g_autofree char *message = reversal("g1/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, fn_time_now() + MINUTE);
	g_autofree char *request = reverse_request(stranger, "mask", message, NULL);
	g_autofree char *reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);
	/* a grant may have any members but one: it is no authorisation with the members of one added */
	g_autofree char *grant = g_strdup_printf("{\"purpose\":\"grant\",\"message\":{\"grant\":\"g\",%s}", message + 1);
	g_autofree char *given = ask(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, grant), *signature = member(given, "signature");
	g_autofree char *used = g_strdup_printf("{\"purpose\":\"mask\",\"authorisation\":%s,\"signature\":\"%s\"}", message, signature);
	static const char *const none[] = { "", "AAAA", "!!!!", "=" };

	g_assert_cmpstr(reply, ==, "!not_allowed");
	g_clear_pointer(&reply, g_free);
	reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, used);
	g_assert_cmpstr(reply, ==, "!not_allowed");
	for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
		g_autofree char *bare = g_strdup_printf("{\"purpose\":\"mask\",\"authorisation\":%s,\"signature\":\"%s\"}", message, none[i]);
		g_autofree char *got = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, bare);

		g_assert_cmpstr(got, ==, i == 0 ? "!bad_request" : "!not_allowed");
	}
}

/* Of any other than the exact shape: neither signed nor, where somebody got it signed, used. */
static void
test_bad_authorisations(void)
{
#define SOME(members) "{\"case\":\"c\",\"column\":\"k\",\"context\":\"g/1\"," members ",\"until\":\"2026-01-01T00:00:00Z\"}"
#define SPEC ",\"spec\":\"" REVERSAL_SPEC "\""
	static const char *const bad[] = {
		"1", "[]", "{}", "null", SOME("\"pseudonyms\":[\"a\"]"), SOME("\"spec\":\"x\""),
		SOME("\"pseudonyms\":\"a\"" SPEC), SOME("\"pseudonyms\":{\"a\":\"b\"}" SPEC), SOME("\"pseudonyms\":[1]" SPEC),
		SOME("\"pseudonyms\":[null]" SPEC), SOME("\"pseudonyms\":[\"\"]" SPEC), SOME("\"pseudonyms\":[\"a\\nb\"]" SPEC),
		SOME("\"pseudonyms\":[\"a\\u0000b\"]" SPEC), SOME("\"pseudonyms\":[[\"a\"]]" SPEC), SOME("\"extra\":1,\"pseudonyms\":[\"a\"]" SPEC),
		"{\"case\":\"c\",\"column\":\"k\",\"context\":\"g/1\",\"pseudonyms\":[\"a\"]" SPEC ",\"until\":\"soon\"}",
		"{\"case\":\"c\",\"column\":\"k\",\"context\":\"g/1\",\"pseudonyms\":[\"a\"]" SPEC ",\"until\":1}",
		"{\"case\":\"c\",\"column\":\"k\",\"context\":\"\",\"pseudonyms\":[\"a\"]" SPEC ",\"until\":\"2026-01-01T00:00:00Z\"}",
		"{\"case\":\"\",\"column\":\"k\",\"context\":\"g/1\",\"pseudonyms\":[\"a\"]" SPEC ",\"until\":\"2026-01-01T00:00:00Z\"}",
	};
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *wish = g_strdup_printf("{\"purpose\":\"reversal\",\"message\":%s}", bad[i]);
		g_autofree char *given = ask(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, wish);
		g_autofree char *request = reverse_request(keeper, "mask", bad[i], NULL);
		g_autofree char *reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);

		if (!g_str_equal(given, "!bad_request") || !g_str_equal(reply, "!bad_request"))
			g_error("%s: %s, %s", bad[i], given, reply);
	}
}

/* Only what can be turned back is: no other operator, and none that there is not. */
static void
test_bad_operators(void)
{
	static const char *const bad[] = { "keep", "redact", "hash", "partial:keep=3.4", "pseudonym", "pseudonym:kind=nothing", "nothing", ":",
		"pseudonym:kind=mobile,kind=mobile" };
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *message = reversal("g1/1", "phone", bad[i], REVERSAL_SOME, fn_time_now() + MINUTE);
		g_autofree char *request = reverse_request(keeper, "mask", message, NULL);
		g_autofree char *reply = ask(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request);

		if (!g_str_equal(reply, "!bad_request"))
			g_error("%s: %s", bad[i], reply);
	}
}

/* The longest reply fits the room that the caller keeps, so no copy of an original is left behind by a string that grew. */
static void
test_room(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autoptr(GString) reply = g_string_sized_new(FN_KEEPER_REPLY);
	g_autofree char *letters = g_strnfill(20, 'a'), *marks = g_strnfill(44, '"'), *widest = g_strconcat(letters, marks, NULL);
	g_autofree char *escaped = g_strescape(widest, NULL), *list = NULL, *message = NULL, *request = NULL;
	GString *many = g_string_new(NULL);
	gsize room = reply->allocated_len;

	for (guint i = 0; i < FN_REVERSAL_PSEUDONYMS; i++)
		g_string_append_printf(many, "%c\"%s\"", i == 0 ? '[' : ',', escaped);
	list = g_string_free(g_string_append_c(many, ']'), FALSE);
	message = reversal("g1/1", "phone", "pseudonym:kind=text", list, fn_time_now() + MINUTE);
	request = reverse_request(keeper, "mask", message, NULL);
	g_assert_true(fn_keeper_handle(keeper, FN_ROLE_GATE, FN_KEEPER_OP_REVERSE, request, strlen(request), reply, NULL));
	g_assert_cmpuint(reply->len, >, FN_REVERSAL_PSEUDONYMS * (20 + 2 * 44));
	g_assert_cmpuint(reply->allocated_len, ==, room);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(61000);
	g_test_add_func("/reverse/there-and-back", test_there_and_back);
	g_test_add_func("/reverse/elsewhere", test_elsewhere);
	g_test_add_func("/reverse/destroyed", test_destroyed);
	g_test_add_func("/reverse/count", test_count);
	g_test_add_func("/reverse/term", test_term);
	g_test_add_func("/reverse/changed", test_changed);
	g_test_add_func("/reverse/forged", test_forged);
	g_test_add_func("/reverse/bad-authorisations", test_bad_authorisations);
	g_test_add_func("/reverse/bad-operators", test_bad_operators);
	g_test_add_func("/reverse/room", test_room);
	return g_test_run();
}
