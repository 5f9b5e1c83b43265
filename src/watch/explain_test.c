/* An alert explained: every measure has its words, in both languages; what was seen, the limit, what is next. */
#include "watch/testing.h"

#include "base/say.h"

static json_t *
shown(World *world, const char *rule)
{
	g_autoptr(FnActor) eve = world_actor("a-eve", "Z", "bureau", "officer");
	json_t *alerts = world_alerts(world, rule), *one;
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	one = fn_watch_show(world->db, world->rules, eve, text_in(json_array_get(alerts, 0), "id"), &error);
	g_assert_no_error(error);
	json_decref(alerts);
	return one;
}

static const char *
told(const json_t *alert, const char *language, const char *part)
{
	return text_in(json_object_get(json_object_get(alert, "explanation"), part), language);
}

/* No measure without words, or its alerts would say nothing. */
static void
test_words(void)
{
	const FnMeasure *measure;

	for (gsize i = 0; (measure = fn_measure_at(i)) != NULL; i++)
		if (!fn_watch_has_words(measure))
			g_error("measure %s has no words in explain.c", measure->name);
}

static void
test_shown(gconstpointer engine)
{
	static const struct {
		const char *rule, *language, *part, *says;
	} table[] = {
		{ "denied_burst", "en", "seen", "system s0: refused calls: 20. First told 2026-06-22 10:03, last 2026-06-22 10:03" },
		{ "denied_burst", "en", "seen", "entries 1 to 20 of the ledger" },
		{ "denied_burst", "zh", "seen", "系统 s0：被拒调用次数：20" },
		{ "denied_burst", "en", "compared", "Within 10 minutes the limit is 20. The pack says so: Refused calls in ten minutes (watch_denied)." },
		{ "denied_burst", "zh", "compared", "10 分钟内，限值为 20。依据规则包参数：十分钟内被拒调用次数（watch_denied）。" },
		{ "denied_burst", "en", "next", "fengni ledger search system=s0" },
		{ "denied_burst", "en", "next", "fengni case step " },
		{ "denied_burst", "zh", "next", "由主管部门在案件" },
		{ "failed_logins", "en", "seen", "address 10.0.0.0: failed logins: 15" },
		{ "failed_logins", "en", "next", "fengni watch handle " },
		{ "failed_logins", "zh", "next", "fengni ledger search address=10.0.0.0" },
		{ "idle_account", "en", "compared", "The limit is 90." },
		{ "idle_account", "en", "next", "fengni ledger search actor=a-0" },
		{ "sensitive_volume", "en", "compared", "Within a day the limit is 200." },
		{ "sensitive_volume", "en", "compared", "It is 200 percent or more of what is usual" },
	};
	static const Play plays[] = { { .event = "login", .n = 1, .at = -100 * DAYS }, { .event = "refused", .n = 20, .every = 10000, .code = "quota_exceeded" },
		{ .event = "failed", .n = 15, .at = 3600, .every = 10000 },
		{ .event = "query", .n = 25, .at = 7200, .every = 60000, .rows = 10, .grant = "g-high" } };
	g_autoptr(World) world = world_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(plays); i++)
		play(world->log, &plays[i]);
	world_follow(world, 64);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		json_t *alert = shown(world, table[i].rule);
		const char *text = told(alert, table[i].language, table[i].part);

		g_test_message("%s %s: %s", table[i].rule, table[i].part, text);
		g_assert_nonnull(strstr(text, table[i].says));
		json_decref(alert);
	}
}

/* Handled: nothing is next. A rule that is gone: what the alert itself holds. */
static void
test_over(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	json_t *alert;

	play(world->log, &(const Play){ .event = "failed", .n = 15, .every = 10000 });
	world_follow(world, 64);
	world_exec(world->db, &(const FnSql)WORLD_SQL("UPDATE watch_alert SET state = 'handled', rule = 'gone'"));
	alert = shown(world, "gone");
	g_assert_cmpstr(told(alert, "en", "next"), ==, "Nothing: it was handled.");
	g_assert_cmpstr(told(alert, "en", "compared"), ==, "The limit was 15; its rule is not in force any more.");
	g_assert_true(g_str_has_prefix(told(alert, "zh", "seen"), "地址 10.0.0.0：测得值：15"));
	json_decref(alert);
}

/* What is of others is as unknown as what there is not. */
static void
test_unknown(gconstpointer engine)
{
	static const struct {
		const char *organization, *kind, *id;
		gboolean seen;
	} table[] = { { "B", "department", NULL, TRUE }, { "A", "department", NULL, FALSE }, { "Z", "bureau", NULL, TRUE }, { "Z", "bureau", "none", FALSE },
		{ "Z", "bureau", "\xff", FALSE }, { "Z", "bureau", "' OR 1=1 --", FALSE } };
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = NULL;
	json_t *alert;

	play(world->log, &(const Play){ .event = "refused", .n = 20, .every = 10000, .code = "quota_exceeded" });
	world_follow(world, 64);
	alert = shown(world, "denied_burst");
	id = g_strdup(text_in(alert, "id"));
	json_decref(alert);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(FnActor) actor = world_actor("a-bo", table[i].organization, table[i].kind, "officer");
		g_autoptr(GError) error = NULL;

		alert = fn_watch_show(world->db, world->rules, actor, table[i].id != NULL ? table[i].id : id, &error);
		g_assert_true((alert != NULL) == table[i].seen);
		if (!table[i].seen)
			g_assert_error(error, FN_WATCH_ERROR, FN_WATCH_ERROR_UNKNOWN);
		json_decref(alert);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(90000);
	g_test_add_func("/watch/explain/words", test_words);
	fn_test_add("/watch/explain/shown", test_shown);
	fn_test_add("/watch/explain/over", test_over);
	fn_test_add("/watch/explain/unknown", test_unknown);
	return g_test_run();
}
