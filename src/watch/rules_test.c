/* Every rule of rules/watch/, as it stands there with the numbers of the pack: played so that it must tell, and as its innocent twin,
 * the same numbers spread otherwise, or a lawful use, of which it must tell nothing. */
#include "watch/testing.h"

enum { PLAYS = 3 };
#define CALLS(...) { .event = "query", __VA_ARGS__ }
#define MINUTES(n_) ((n_) * G_GINT64_CONSTANT(60000))
#define HOURS(n_)   MINUTES((n_) * 60)

static const struct {
	const char *rule, *subject; /* whom it must name */
	gboolean has_case;
	Play bad[PLAYS], good[PLAYS];
} table[] = {
	{ "volume_spike", "g-low", TRUE, /* against a grant that always takes as much */
		{ CALLS(.n = 10, .every = HOURS(24), .rows = 400), CALLS(.n = 3, .at = 10 * DAYS, .every = 60000, .rows = 500) },
		{ CALLS(.n = 10, .every = HOURS(24), .rows = 1400), CALLS(.n = 3, .at = 10 * DAYS, .every = 60000, .rows = 500) } },
	{ "volume_spike", "g-low", TRUE, /* batches count by what left */
		{ CALLS(.n = 10, .every = HOURS(24), .rows = 400), { .event = "close", .n = 1, .at = 10 * DAYS, .rows = 5000 } },
		{ CALLS(.n = 10, .every = HOURS(24), .rows = 400), { .event = "batch", .n = 1, .at = 10 * DAYS } } },
	{ "sensitive_volume", "g-high", TRUE, /* of a level that is not sensitive */
		{ CALLS(.n = 25, .every = 60000, .rows = 10, .grant = "g-high") }, { CALLS(.n = 25, .every = 60000, .rows = 10, .grant = "g-low") } },
	{ "sensitive_volume", "g-high", TRUE, /* spread over days */
		{ CALLS(.n = 25, .every = 60000, .rows = 10, .grant = "g-high") }, { CALLS(.n = 25, .every = HOURS(24), .rows = 10, .grant = "g-high") } },
	{ "many_persons", "a-0", TRUE, /* by three persons */
		{ CALLS(.n = 310, .every = 60000) }, { CALLS(.n = 310, .every = 60000, .accounts = 3) } },
	{ "many_persons", "a-0", TRUE, /* the same persons again */
		{ CALLS(.n = 310, .every = 60000) }, { CALLS(.n = 310, .every = 60000, .persons = 90) } },
	{ "enumeration", "g-low", TRUE, /* as fast, but matters: each person several times */
		{ CALLS(.n = 70, .every = 5000) }, { CALLS(.n = 70, .every = 5000, .persons = 20) } },
	{ "enumeration", "g-low", TRUE, /* as many, at the speed of a counter */
		{ CALLS(.n = 70, .every = 5000) }, { CALLS(.n = 70, .every = 60000) } },
	{ "machine_speed", "a-0", TRUE,
		{ CALLS(.n = 140, .every = 400) }, { CALLS(.n = 140, .every = 1000) } },
	{ "off_hours", "a-0", FALSE, /* Monday at ten in the evening; Monday at three in the afternoon */
		{ CALLS(.n = 20, .at = 12 * 3600, .every = 60000) }, { CALLS(.n = 20, .at = 5 * 3600, .every = 60000) } },
	{ "off_hours", "a-0", FALSE, /* a Sunday; a Saturday that the calendar makes a working day (2026-02-14) */
		{ CALLS(.n = 20, .at = -1 * DAYS, .every = 60000) }, { CALLS(.n = 20, .at = -128 * DAYS, .every = 60000) } },
	{ "batch_off_hours", "g-low", TRUE,
		{ { .event = "batch", .n = 2, .at = 13 * 3600, .every = 60000 } }, { { .event = "batch", .n = 2, .at = 3600, .every = 60000 } } },
	{ "batch_off_hours", "g-low", TRUE, /* one nightly job */
		{ { .event = "batch", .n = 2, .at = 13 * 3600, .every = 60000 } }, { { .event = "batch", .n = 5, .at = 13 * 3600, .every = HOURS(24) } } },
	{ "case_missing", "g-low", FALSE,
		{ CALLS(.n = 10, .every = 60000, .bare = TRUE) }, { CALLS(.n = 10, .every = 60000) } },
	{ "case_missing", "g-low", FALSE, /* where the grant demands one, the refusals tell; others do not */
		{ { .event = "refused", .n = 10, .every = 60000, .code = "case_missing", .bare = TRUE } },
		{ { .event = "refused", .n = 10, .every = 60000, .code = "quota_exceeded", .bare = TRUE } } },
	{ "case_repeated", "g-low", TRUE,
		{ CALLS(.n = 20, .every = 60000, .cases = 1) }, { CALLS(.n = 20, .every = 60000, .cases = 1, .persons = 5) } },
	{ "case_repeated", "g-low", TRUE,
		{ CALLS(.n = 20, .every = 60000, .cases = 1) }, { CALLS(.n = 20, .every = 60000, .cases = 4) } },
	{ "denied_burst", "s0", TRUE,
		{ { .event = "refused", .n = 20, .every = 10000, .code = "quota_exceeded" } },
		{ { .event = "refused", .n = 20, .every = 120000, .code = "quota_exceeded" } } },
	{ "purpose_denied", "s0", TRUE,
		{ { .event = "refused", .n = 3, .every = 60000, .code = "purpose_not_granted" } },
		{ { .event = "refused", .n = 3, .every = 60000, .code = "quota_exceeded" } } },
	{ "scope_denied", "s0", TRUE,
		{ { .event = "refused", .n = 5, .every = 60000, .code = "field_not_granted" } },
		{ { .event = "refused", .n = 5, .every = HOURS(24), .code = "field_not_granted" } } },
	{ "after_expiry", "s0", FALSE, /* calls before its time */
		{ { .event = "refused", .n = 10, .every = 60000, .code = "grant_expired" } },
		{ { .event = "refused", .n = 10, .every = 60000, .code = "grant_not_yet_valid" } } },
	{ "shared_account", "a-0", TRUE, /* three persons, each in his place */
		{ { .event = "login", .n = 3, .every = 60000, .places = 3 } },
		{ { .event = "login", .n = 3, .every = 60000, .places = 3, .accounts = 3 } } },
	{ "shared_account", "a-0", TRUE, /* one after another, over a day */
		{ CALLS(.n = 3, .every = 60000, .places = 3) }, { CALLS(.n = 3, .every = HOURS(1), .places = 3) } },
	{ "shared_account", "a-0", TRUE, /* one system whose calls come from four machines */
		{ CALLS(.n = 8, .every = 60000, .places = 4) }, { CALLS(.n = 8, .every = 60000, .addresses = 4) } },
	{ "system_addresses", "s0", TRUE, /* two front nodes that share the work */
		{ CALLS(.n = 12, .every = 60000, .addresses = 6) }, { CALLS(.n = 40, .every = 60000, .addresses = 2) } },
	{ "system_addresses", "s0", TRUE, /* machines that are replaced, one a day; entries from before addresses were told */
		{ CALLS(.n = 12, .every = 60000, .addresses = 6) },
		{ CALLS(.n = 6, .every = HOURS(24), .addresses = 6), CALLS(.n = 40, .at = 30 * DAYS, .every = 60000) } },
	{ "address_denied", "10.0.1.0", FALSE, /* each system by itself stays below; from as many machines as there are systems */
		{ { .event = "refused", .n = 40, .every = 10000, .code = "grant_missing", .places = 4, .addresses = 1 } },
		{ { .event = "refused", .n = 40, .every = 10000, .code = "grant_missing", .places = 4, .addresses = 4 } } },
	{ "slow_collection", "a-0", TRUE, /* a hundred and twenty a day; the same work for ninety persons */
		{ CALLS(.n = 3300, .every = MINUTES(12)) }, { CALLS(.n = 3300, .every = MINUTES(12), .persons = 90) } },
	{ "slow_collection", "a-0", TRUE, /* as many in a season */
		{ CALLS(.n = 3300, .every = MINUTES(12)) }, { CALLS(.n = 3300, .every = HOURS(1)) } },
	{ "sensitive_off_hours", "g-high", TRUE,
		{ CALLS(.n = 5, .at = 13 * 3600, .every = 60000, .grant = "g-high") }, { CALLS(.n = 5, .at = 13 * 3600, .every = 60000, .grant = "g-low") } },
	{ "sensitive_off_hours", "g-high", TRUE, /* in the afternoon */
		{ CALLS(.n = 5, .at = 13 * 3600, .every = 60000, .grant = "g-high") }, { CALLS(.n = 9, .at = 5 * 3600, .every = 60000, .grant = "g-high") } },
	{ "idle_account", "a-0", TRUE, /* once a month; its first use; another account meanwhile */
		{ { .event = "login", .n = 2, .every = HOURS(24 * 95) } }, { { .event = "login", .n = 8, .every = HOURS(24 * 30) } } },
	{ "idle_account", "a-0", TRUE, /* used by calls alone */
		{ { .event = "login", .n = 1 }, CALLS(.n = 1, .at = 91 * DAYS) },
		{ { .event = "login", .n = 1 }, CALLS(.n = 4, .at = 30 * DAYS, .every = HOURS(24 * 30)), { .event = "login", .n = 1, .at = 180 * DAYS } } },
	{ "same_person", "a-0", TRUE, /* as many persons; as many colleagues; over the year */
		{ CALLS(.n = 20, .every = HOURS(8), .persons = 1) }, { CALLS(.n = 20, .every = HOURS(8), .persons = 20) } },
	{ "same_person", "a-0", TRUE,
		{ CALLS(.n = 20, .every = HOURS(8), .persons = 1) }, { CALLS(.n = 20, .every = HOURS(8), .persons = 1, .accounts = 4) } },
	{ "same_person", "a-0", TRUE,
		{ CALLS(.n = 20, .every = HOURS(8), .persons = 1) }, { CALLS(.n = 40, .every = HOURS(24 * 9), .persons = 1) } },
	{ "one_person", "", FALSE,
		{ CALLS(.n = 8, .every = 60000, .persons = 1, .accounts = 8) }, { CALLS(.n = 8, .every = 60000, .persons = 1, .accounts = 2) } },
	{ "one_person", "", FALSE,
		{ CALLS(.n = 8, .every = 60000, .persons = 1, .accounts = 8) }, { CALLS(.n = 8, .every = 60000, .persons = 8, .accounts = 8) } },
	{ "failed_logins", "10.0.0.0", FALSE,
		{ { .event = "failed", .n = 15, .every = 10000 } }, { { .event = "failed", .n = 15, .every = 10000, .places = 15 } } },
	{ "unknown_certificates", "10.0.0.0", FALSE,
		{ { .event = "stranger", .n = 30, .every = 60000 } }, { { .event = "stranger", .n = 30, .every = MINUTES(20) } } },
};

static json_t *
played(const char *engine, const Play plays[PLAYS], const char *rule)
{
	g_autoptr(World) world = world_new(engine);

	for (guint i = 0; i < PLAYS && plays[i].event != NULL; i++)
		play(world->log, &plays[i]);
	world_follow(world, 64);
	return world_alerts(world, rule);
}

static void
check_alert(const json_t *alert, gsize row)
{
	g_assert_cmpstr(text_in(alert, "state"), ==, "open");
	if (*table[row].subject != '\0')
		g_assert_cmpstr(text_in(alert, "subject"), ==, table[row].subject);
	g_assert_true((text_in(alert, "case") != NULL) == table[row].has_case);
	g_assert_cmpint(json_integer_value(json_object_get(alert, "measured")), >=, json_integer_value(json_object_get(alert, "threshold")));
	g_assert_cmpint(json_integer_value(json_object_get(alert, "from")), <=, json_integer_value(json_object_get(alert, "to")));
}

static void
test_rules(gconstpointer engine)
{
	for (gsize row = 0; row < G_N_ELEMENTS(table); row++) {
		json_t *bad = played(engine, table[row].bad, table[row].rule), *good = played(engine, table[row].good, table[row].rule);

		g_test_message("%s", table[row].rule);
		g_assert_cmpuint(json_array_size(bad), ==, 1);
		check_alert(json_array_get(bad, 0), row);
		g_assert_cmpuint(json_array_size(good), ==, 0);
		json_decref(bad);
		json_decref(good);
	}
}

/* No rule goes unplayed. What no entry tells is played in watch_test.c. */
static void
test_all(void)
{
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, NULL);
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "watch", &n);

	g_assert_cmpuint(n, >=, 12);
	for (guint i = 0; i < n; i++) {
		const char *id = fn_node_text(all[i], "id");
		gboolean is_played = g_str_equal(id, "unused_grant");

		for (gsize row = 0; row < G_N_ELEMENTS(table); row++)
			is_played |= g_str_equal(table[row].rule, id);
		if (!is_played)
			g_error("rule %s is not played: add it and its twin", id);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(90000);
	g_test_add_func("/watch/rules/all", test_all);
	fn_test_add("/watch/rules/played", test_rules);
	return g_test_run();
}
