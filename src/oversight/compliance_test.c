/* Every duty is judged by what its checks find now. The violations that 002A article 24 names are played: each turns its article to
 * violated, with the evidence, and back once it is rectified. */
#include "oversight/fixture.h"

static const char *
text(const json_t *object, const char *name)
{
	const char *found = json_string_value(json_object_get(object, name));

	return found != NULL ? found : "";
}

/* ---- the whole matrix ---- */

static json_t *
compliance(const Town *town, const FnComplianceFilter *filter, GError **error)
{
	FnOversight at = town_at(town);
	g_autoptr(FnLook) look = fn_look_new(&at);

	return fn_oversight_compliance(look, filter, error);
}

static guint
shown(const Town *town, const FnComplianceFilter *filter)
{
	g_autoptr(GError) error = NULL;
	json_t *all = compliance(town, filter, &error);
	guint n;

	g_assert_no_error(error);
	n = (guint)json_array_size(json_object_get(all, "duties"));
	json_decref(all);
	return n;
}

static void
test_matrix(gconstpointer engine)
{
	static const char *const states[] = { "met", "at_risk", "violated", "recorded", "not_yet", "unmapped" };
	g_autoptr(Town) town = town_new(engine, NULL);
	FnComplianceFilter filter = { 0 };
	g_autoptr(GError) error = NULL;
	json_t *all = compliance(town, &filter, &error);
	const json_t *duties = json_object_get(all, "duties"), *counts = json_object_get(all, "counts");
	json_int_t sum = 0;
	guint by_state = 0;

	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(duties), ==, 380);
	g_assert_cmpint(json_integer_value(json_object_get(counts, "all")), ==, 380);
	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		sum += json_integer_value(json_object_get(counts, states[i]));
		filter.state = states[i];
		by_state += shown(town, &filter);
		g_test_message("%s: %" JSON_INTEGER_FORMAT, states[i], json_integer_value(json_object_get(counts, states[i])));
	}
	g_assert_cmpint(sum, ==, 380);
	g_assert_cmpuint(by_state, ==, 380);
	for (size_t i = 0; i < json_array_size(duties); i++) {
		const json_t *one = json_array_get(duties, i), *control = json_object_get(one, "control");
		const char *state = text(one, "state");

		/* a control that is still to come is never met, and what is met has checks or tests that say so */
		if (json_object_get(control, "coming") != NULL)
			g_assert_true(g_str_equal(state, "not_yet") || g_str_equal(state, "violated"));
		if (g_str_equal(state, "met"))
			g_assert_true(json_array_size(json_object_get(one, "checks")) > 0 || json_array_size(json_object_get(one, "tests")) > 0);
		g_assert_cmpuint(strlen(text(one, "duty")), >, 0);
	}
	g_assert_cmpuint(json_array_size(json_object_get(all, "law")), >, 50);
	json_decref(all);
}

static void
test_filter(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autoptr(GError) error = NULL;
	const struct {
		FnComplianceFilter filter;
		guint least, most;
	} cases[] = {
		{ { .article = "002A-A16b" }, 1, 1 },
		{ { .article = "002A-A16" }, 4, 8 },
		{ { .article = "002A-A2" }, 0, 5 }, /* not article 24 */
		{ { .article = "002A-A24" }, 7, 7 },
		{ { .article = "99" }, 0, 0 },
		{ { .instrument = "002A" }, 30, 200 },
		{ { .instrument = "nothing" }, 0, 0 },
		{ { .instrument = "002A", .state = "unmapped", .article = "16" }, 0, 0 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint n = shown(town, &cases[i].filter);

		g_test_message("%zu: %u", i, n);
		g_assert_cmpuint(n, >=, cases[i].least);
		g_assert_cmpuint(n, <=, cases[i].most);
	}
	g_assert_null(compliance(town, &(FnComplianceFilter){ .state = "splendid" }, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT);
}

/* An organization sees its own evidence only. */
static void
test_whose(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	const struct {
		const char *organization;
		gboolean violated;
	} cases[] = { { town->city->provider, TRUE }, { NULL, TRUE }, { town->city->consumer, FALSE } };

	g_free(town_application(town, "130100-x-1"));
	town_wait(town, 40);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnComplianceFilter filter = { .article = "002A-A24.6", .organization = cases[i].organization };
		g_autoptr(GError) error = NULL;
		json_t *all = compliance(town, &filter, &error);

		g_assert_no_error(error);
		g_assert_cmpint(g_str_equal(text(json_array_get(json_object_get(all, "duties"), 0), "state"), "violated"), ==, cases[i].violated);
		json_decref(all);
	}
}

/* ---- the six violations ---- */

typedef struct {
	char *subject;           /* what the evidence must name */
	const FnActor *officer, *head; /* who puts it right */
} Violation;

typedef struct {
	const char *name, *duty, *check;
	Violation (*breach)(Town *town);
	void (*mend)(Town *town, const Violation *violation); /* what stops it, before the bureau verifies */
} Play;

static Violation
late_answer(Town *town)
{
	char *id = town_application(town, "130100-x-1");

	town_wait(town, 40);
	return (Violation){ id, town->city->officer, town->city->sharing };
}

static void
answer(Town *town, const Violation *violation)
{
	town_step(town, violation->subject, "refuse", "不符合共享条件", town->city->sharing);
}

static Violation
no_supply(Town *town)
{
	char *id = town_application(town, "130100-x-1");

	town_step(town, id, "agree", NULL, town->city->sharing);
	town_step(town, id, "provide", NULL, town->city->officer);
	town_wait(town, 60);
	return (Violation){ id, town->city->officer, town->city->sharing };
}

static void
supply(Town *town, const Violation *violation)
{
	town_step(town, violation->subject, "deliver", NULL, town->city->officer);
}

static Violation
stale_catalog(Town *town)
{
	char *code = fixture_add(town->city, NULL);

	fixture_publish(town->city, code);
	town_wait(town, 366);
	return (Violation){ code, town->city->officer, town->city->sharing };
}

/* Revised and published again, today. */
static void
publish_again(Town *town, const Violation *violation)
{
	static const char *const parameters[] = { "at", "code", NULL };
	static const FnSql again = { "t", "UPDATE resource_version SET published_at = :at WHERE resource = :code",
		"UPDATE resource_version SET published_at = $1 WHERE resource = $2", parameters };
	g_autoptr(GError) error = NULL;

	fn_db_exec(town->city->db, &again, FN_BINDS(FN_INT("at", town->now), FN_TEXT("code", violation->subject)), NULL, &error);
	g_assert_no_error(error);
}

/* As src/watch leaves it behind; its own tests play the pattern in the ledger. */
static Violation
alert(Town *town, const char *rule)
{
	static const char *const parameters[] = { "id", "organization", "rule", "system", "now", NULL };
	static const FnSql add = { "t",
		"INSERT INTO watch_alert (id, rule, per, subject, organization, severity, state, first_at, last_at, count, log, from_index, to_index, "
		"measured, threshold, entered) VALUES (:id, :rule, 'system', :system, :organization, 'major', 'open', :now, :now, 4, 1, 1, 4, 4, 3, 1)",
		"INSERT INTO watch_alert (id, rule, per, subject, organization, severity, state, first_at, last_at, count, log, from_index, to_index, "
		"measured, threshold, entered) VALUES ($1, $3, 'system', $4, $2, 'major', 'open', $5, $5, 4, 1, 1, 4, 4, 3, 1)", parameters };
	g_autoptr(GError) error = NULL;

	fn_db_exec(town->city->db, &add, FN_BINDS(FN_TEXT("id", "alert-1"), FN_TEXT("organization", town->city->consumer), FN_TEXT("rule", rule),
		FN_TEXT("system", town->city->system), FN_INT("now", town->now)), NULL, &error);
	g_assert_no_error(error);
	return (Violation){ g_strdup("alert-1"), town->city->asker, town->city->asking_head };
}

static Violation
other_purpose(Town *town)
{
	return alert(town, "purpose_denied");
}

static Violation
many_persons(Town *town)
{
	return alert(town, "sensitive_volume");
}

/* A person of the bureau judged it. */
static void
handle(Town *town, const Violation *violation)
{
	static const char *const parameters[] = { "id", NULL };
	static const FnSql done = { "t", "UPDATE watch_alert SET state = 'handled' WHERE id = :id",
		"UPDATE watch_alert SET state = 'handled' WHERE id = $1", parameters };
	g_autoptr(GError) error = NULL;

	fn_db_exec(town->city->db, &done, FN_BINDS(FN_TEXT("id", violation->subject)), NULL, &error);
	g_assert_no_error(error);
}

/* As src/intake leaves it behind; its own tests compare real tables. */
static void
compared(Town *town, const char *code, gint64 pool, gint64 agrees)
{
	static const char *const parameters[] = { "id", "code", "organization", "at", "pool", "agrees", NULL };
	static const FnSql add = { "t",
		"INSERT INTO intake_comparison (id, resource, organization, at, source_count, source_digest, pool_count, pool_digest, agrees) "
		"VALUES (:id, :code, :organization, :at, 5, 's', :pool, 'p', :agrees)",
		"INSERT INTO intake_comparison (id, resource, organization, at, source_count, source_digest, pool_count, pool_digest, agrees) "
		"VALUES ($1, $2, $3, $4, 5, 's', $5, 'p', $6)", parameters };
	g_autofree char *id = fn_id_new();
	g_autoptr(GError) error = NULL;

	fn_db_exec(town->city->db, &add, FN_BINDS(FN_TEXT("id", id), FN_TEXT("code", code), FN_TEXT("organization", town->city->provider),
		FN_INT("at", ++town->now), FN_INT("pool", pool), FN_INT("agrees", agrees)), NULL, &error);
	g_assert_no_error(error);
}

static Violation
differs(Town *town)
{
	char *code = fixture_add(town->city, NULL);

	fixture_publish(town->city, code);
	compared(town, code, 4, 0);
	return (Violation){ code, town->city->officer, town->city->sharing };
}

static void
compare_again(Town *town, const Violation *violation)
{
	compared(town, violation->subject, 5, 1);
}

static const Play plays[] = {
	{ "late answer", "002A-A24.6", "late_answer", late_answer, answer },
	{ "catalog not updated", "002A-A24.1", "catalog_overdue", stale_catalog, publish_again },
	{ "purpose breach", "002A-A24.4", "purpose_breach", other_purpose, handle },
	{ "sensitive misuse", "002A-A24.5", "sensitive_misuse", many_persons, handle },
	{ "no timely supply", "002A-A24.2", "late_supply", no_supply, supply },
	{ "data that differ", "002A-A24.3", "data_inconsistent", differs, compare_again },
};

static char *
state_of(const Town *town, const char *duty)
{
	json_t *one = town_duty(town, duty);
	char *state = g_strdup(text(one, "state"));

	g_test_message("%s is %s (%s)", duty, state, text(one, "why"));
	json_decref(one);
	return state;
}

static void
expect(const Town *town, const char *duty, const char *state)
{
	g_autofree char *found = state_of(town, duty);

	g_assert_cmpstr(found, ==, state);
}

/* The offender stands in the evidence, and so does the case of its finding. */
static char *
check_evidence(const Town *town, const Play *play, const Violation *violation)
{
	json_t *one = town_duty(town, play->duty);
	const json_t *checks = json_object_get(one, "checks"), *findings = json_object_get(one, "findings");
	char *case_id = NULL;
	gboolean named = FALSE;

	for (size_t i = 0; i < json_array_size(checks); i++) {
		const json_t *first = json_array_get(json_object_get(json_array_get(checks, i), "first"), 0);

		named = named || g_str_equal(text(first, "subject"), violation->subject);
	}
	g_assert_true(named);
	for (size_t i = 0; i < json_array_size(findings); i++)
		if (g_str_equal(text(json_array_get(findings, i), "subject"), violation->subject))
			case_id = g_strdup(text(json_array_get(findings, i), "case"));
	json_decref(one);
	return case_id;
}

/* @period: the month in which the town stands. */
static void
inspect(const Town *town)
{
	GDate today;
	g_autofree char *period = NULL;

	fn_time_date(town->now, &today);
	period = fn_period_of(FN_MONTH, &today);
	g_free(town_inspect(town, period, "full", NULL));
}

static void
test_violations(gconstpointer engine)
{
	for (gsize i = 0; i < G_N_ELEMENTS(plays); i++) {
		g_autoptr(Town) town = town_new(engine, NULL);
		g_autofree char *case_id = NULL, *before = NULL;
		Violation violation;

		g_test_message("%s", plays[i].name);
		before = state_of(town, plays[i].duty);
		g_assert_cmpstr(before, !=, "violated");
		violation = plays[i].breach(town);
		expect(town, plays[i].duty, "violated"); /* at once, before any inspection */
		g_free(check_evidence(town, &plays[i], &violation));
		inspect(town);
		case_id = check_evidence(town, &plays[i], &violation);
		g_assert_nonnull(case_id);
		plays[i].mend(town, &violation);
		expect(town, plays[i].duty, "violated"); /* done, but nobody looked */
		town_rectify(town, case_id, violation.officer, violation.head, town->verifier);
		expect(town, plays[i].duty, before);
		inspect(town);
		expect(town, plays[i].duty, before);
		g_free(violation.subject);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/oversight/compliance/matrix", test_matrix);
	fn_test_add("/oversight/compliance/filter", test_filter);
	fn_test_add("/oversight/compliance/whose", test_whose);
	fn_test_add("/oversight/compliance/violations", test_violations);
	return g_test_run();
}
