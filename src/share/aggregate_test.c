/* Tables of counts: what a caller is told, when, what it costs, and what the ledger says of it. */
#include "share/test_world.h"

#include "disclosure/counts.h"
#include "mask/plan.h"

#include <string.h>

enum { THRESHOLD = 5, INTERVAL = 30 };

typedef struct {
	World *w;
	char *people;        /* the source's file */
} Fixture;

/* ---- people: serial, name, birth, sex, district, town, note ---- */

typedef struct {
	const char *birth, *sex;
	guint n;
} Kind;

static const Kind usual[] = { { "1961-02-03", "M", 40 }, { "1965-12-24", "F", 30 }, { "1977-01-01", "M", 25 }, { "1970-06-15", "F", 20 },
	{ "1980-02-29", "M", 12 }, { "1989-12-31", "F", 15 }, { "1990-01-01", "M", 22 }, { "1999-09-09", "F", 3 }, { NULL, NULL, 0 } };
enum { USUAL = 167 };

static void
fill(Fixture *f, const Kind *kinds, guint more)
{
	static const char *const index[] = { "serial", NULL };
	g_autofree char *csv = g_strdup_printf("%s/people.csv", f->w->directory);
	g_autoptr(GString) text = g_string_new("serial,name,birth,sex,district,town,note\n");
	g_autoptr(GError) error = NULL;
	guint64 rows;
	guint serial = 0;

	for (; kinds->birth != NULL; kinds++)
		for (guint i = 0; i < kinds->n + (kinds[1].birth == NULL ? more : 0); i++, serial++)
			g_string_append_printf(text, "%06u,N%u,%s,%s,13010%u,town %u,%s\n", serial, serial, kinds->birth, kinds->sex, 2 + serial % 2,
				serial % 3, serial < THRESHOLD + 1 ? WORLD_NUMBER : "none");
	g_assert_true(g_file_set_contents(csv, text->str, (gssize)text->len, NULL));
	fn_source_import_csv(csv, f->people, "people", index, &rows, &error);
	g_assert_no_error(error);
}

static void
fill_many(Fixture *f)
{
	static const char *const index[] = { "serial", NULL };
	g_autofree char *csv = g_strdup_printf("%s/people.csv", f->w->directory);
	g_autoptr(GString) text = g_string_new("serial,name,birth,sex,district,town,note\n");
	guint64 rows;

	for (guint i = 0; i < 12000; i++)
		g_string_append_printf(text, "%06u,N%u,1961-02-03,M,130102,town %u,none\n", i, i, i);
	g_assert_true(g_file_set_contents(csv, text->str, (gssize)text->len, NULL));
	g_assert_true(fn_source_import_csv(csv, f->people, "people", index, &rows, NULL));
}

/* ---- grants ---- */

typedef struct {
	const char *id, *mode, *tables, *epsilon, *budget, *sex_mask, *town_identifier;
	gint64 quota;
	void (*spoil)(json_t *content);
} Given;

static json_t *
counts_of(const Given *given)
{
	static const FnCountedWish all[] = { { "birth", "date", 3 }, { "sex", NULL, 0 }, { "district", "region", 1 }, { "town", NULL, 0 },
		{ "note", NULL, 0 } };
	const char *tables = given->tables != NULL ? given->tables : "[[\"birth\",\"sex\"],[\"district\"],[\"town\"]]";
	const FnCountsTerms terms = { THRESHOLD, INTERVAL, given->epsilon, given->budget };
	json_t *named = fn_json_parse(tables, strlen(tables), NULL), *counts;
	FnCountedWish wishes[G_N_ELEMENTS(all)];
	g_autoptr(GError) error = NULL;
	guint n = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
		if (strstr(tables, all[i].name) != NULL)
			wishes[n++] = all[i];
	counts = fn_counts_write(&terms, wishes, n, named, &error);
	g_assert_no_error(error);
	json_decref(named);
	return counts;
}

static json_t *
field(const char *name, const char *mask, const char *identifier)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s}", "column", name, "identifier", identifier, "level", 1, "mask", mask, "name", name);
}

static void
add_grant(Fixture *f, const Given *given)
{
	gint64 now = fn_time_now();
	json_t *fields = json_pack("[o, o, o, o, o, o]", field("name", "hash", "direct"), field("birth", "keep", "quasi"),
		field("sex", given->sex_mask != NULL ? given->sex_mask : "keep", "none"), field("district", "keep", "quasi"),
		field("town", "keep", given->town_identifier != NULL ? given->town_identifier : "none"), field("note", "keep", "none"));
	json_t *plan = json_pack("{s:O, s:s, s:i}", "fields", fields, "scenario", "department", "table", 1), *content;
	g_autofree char *text = NULL;

	fn_plan_count(plan, counts_of(given));
	json_object_del(plan, "fields");
	content = json_pack("{s:{s:s, s:s, s:s}, s:b, s:s, s:o, s:I, s:s, s:i, s:i, s:[], s:i, s:s, s:[], s:o, s:s, s:s, s:I, s:s, s:[], s:s, s:I}",
		"binding", "cursor", "", "source", "src2", "table", "people", "case_required", 1, "consumer", "B", "fields", fields, "from",
		(json_int_t)(now - WORLD_DAY), "grant", given->id, "hour_from", 0, "hour_until", 1440, "keys", "level", 2, "mode",
		given->mode != NULL ? given->mode : "aggregate", "operators", "plan", plan, "provider", "A", "purpose", "低保核验", "quota_day",
		(json_int_t)given->quota, "resource", "371400-A-1", "rows", "system", "s1", "until", (json_int_t)(now + 400 * WORLD_DAY));
	g_assert_nonnull(content);
	if (given->spoil != NULL)
		given->spoil(content);
	text = fn_json_canonical(content);
	world_add_content(f->w, given->id, NULL, text, FALSE);
	world_raise(f->w);
	json_decref(content);
}

static void
set_up(Fixture *f, gconstpointer conf)
{
	f->w = world_new(conf != NULL ? conf : "suite = gm\n");
	f->people = world_add_people(f->w);
	fill(f, usual, 0);
	add_grant(f, &(Given){ .id = "g" });
	world_start_gate(f->w);
	world_wait_ready(f->w);
}

static void
tear_down(Fixture *f, gconstpointer conf)
{
	world_free(f->w);
	g_free(f->people);
}

static void
restart(Fixture *f, gint64 ahead)
{
	world_stop_gate(f->w);
	f->w->ahead += ahead;
	world_start_gate(f->w);
	world_wait_ready(f->w);
}

/* ---- asking ---- */

#define BIRTH_SEX "{\"by\":[\"birth\",\"sex\"]}"
#define DISTRICT  "{\"by\":[\"district\"],\"measure\":\"count\",\"format\":\"json\"}"
#define TOWN      "{\"by\":[\"town\"]}"

static Answer
ask(Fixture *f, const char *grant, const char *body)
{
	Ask asked = { .path = "/share/v1/371400-A-1/aggregate", .grant = grant, .body = body };

	return world_ask(f->w, &asked);
}

typedef struct {
	json_t *whole;       /* of the answer */
	const json_t *table;
	char *text, *next;   /* of the table; of "next" */
} Got;

static void
got_clear(Got *got)
{
	json_decref(got->whole);
	g_free(got->text);
	g_free(got->next);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Got, got_clear)

static Got
get(Fixture *f, const char *grant, const char *body)
{
	Answer answer = ask(f, grant, body);
	g_autofree char *receipt = answer_header(&answer, "Fengni-Receipt");
	Got got = { 0 };

	g_assert_cmpuint(answer.status, ==, 200);
	got.whole = fn_json_parse(answer.body->str, answer.body->len, NULL);
	got.table = json_object_get(got.whole, "table");
	got.text = fn_json_canonical(got.table);
	got.next = g_strdup(body_text(got.whole, "next"));
	g_assert_cmpstr(body_text(got.whole, "receipt"), ==, receipt);
	/* the digest is over bytes that stand in the answer */
	g_assert_nonnull(strstr(answer.body->str, got.text));
	answer_clear(&answer);
	return got;
}

static void
refused(Fixture *f, const char *grant, const char *body, guint status, const char *code)
{
	guint64 before = world_size(f->w);
	Answer answer = ask(f, grant, body);
	json_t *entries;

	g_test_message("%s %s: %s", grant, body, answer.body->str);
	g_assert_cmpuint(answer.status, ==, status);
	g_assert_nonnull(strstr(answer.body->str, code));
	answer_clear(&answer);
	entries = world_entries(f->w, before);
	g_assert_cmpuint(count_entries(entries, "share.refused", "code", code), ==, 1);
	g_assert_cmpuint(json_array_size(entries), ==, 1);
	json_decref(entries);
}

static gint64
total_of(const Got *got)
{
	return json_integer_value(json_object_get(got->table, "total"));
}

/* The last entry since @before; json_decref() it. */
static json_t *
last_entry(Fixture *f, guint64 before)
{
	json_t *entries = world_entries(f->w, before), *last = json_incref(json_array_get(entries, json_array_size(entries) - 1));

	json_decref(entries);
	g_assert_cmpstr(body_text(last, "event"), ==, "share.aggregate");
	return last;
}

/* ---- tests ---- */

/* The three women of the nineties are not told, nor what they could be reckoned from; the entry says what left and no value. */
static void
test_exact(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	g_auto(Got) got = get(f, "g", BIRTH_SEX);
	json_t *entry = last_entry(f, before);
	const json_t *cells = json_object_get(got.table, "cells");
	g_autofree char *written = json_dumps(entry, JSON_COMPACT);
	char digest[FN_DIGEST_TEXT];

	g_assert_cmpint(total_of(&got), ==, USUAL);
	g_assert_cmpint(json_integer_value(json_array_get(json_array_get(cells, 0), 0)), ==, 30);
	g_assert_true(json_is_null(json_array_get(json_array_get(cells, 3), 0)));
	g_assert_true(json_is_null(json_array_get(json_array_get(cells, 3), 1)));
	g_assert_cmpint(json_integer_value(json_object_get(got.table, "withheld")), >=, 4);
	g_assert_nonnull(strstr(got.text, "\"rows\":[\"1960s\",\"1970s\",\"1980s\",\"1990s\"]"));
	g_assert_null(strstr(got.text, "19990"));
	fn_share_digest_text(FN_SUITE_GM, got.text, strlen(got.text), digest);
	g_assert_cmpstr(body_text(entry, "digest"), ==, digest);
	g_assert_cmpstr(body_text(entry, "result"), ==, "counted");
	g_assert_cmpstr(body_text(entry, "mode"), ==, "aggregate");
	g_assert_cmpstr(body_text(entry, "case"), ==, "c-1");
	g_assert_cmpint(json_integer_value(json_object_get(entry, "threshold")), ==, THRESHOLD);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "cells")), ==, 15);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "rows")), ==, USUAL);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "withheld")), ==, json_integer_value(json_object_get(got.table, "withheld")));
	g_assert_null(json_object_get(entry, "epsilon"));
	g_assert_null(strstr(written, "1960s"));
	json_decref(entry);
}

static void
test_csv(Fixture *f, gconstpointer unused)
{
	Answer answer = ask(f, "g", "{\"by\":[\"birth\",\"sex\"],\"format\":\"csv\"}"), one;

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(g_str_has_prefix(answer.body->str, "birth,sex,count\n1960s,F,30\n1960s,M,40\n1960s,,70\n1970s,F,20\n"));
	g_assert_nonnull(strstr(answer.body->str, "\n1990s,F,\n1990s,M,\n1990s,,25\n"));
	g_assert_nonnull(strstr(answer.body->str, "\n,,167\n# counted_at=20"));
	answer_clear(&answer);
	one = ask(f, "g", "{\"by\":[\"district\"],\"format\":\"csv\"}");
	g_assert_true(g_str_has_prefix(one.body->str, "district,count\n130100,167\n,167\n# counted_at="));
	answer_clear(&one);
}

/* Within the interval a table stays as it is, whatever happens to the rows; then it is told anew only if enough has changed. */
static void
test_interval(Fixture *f, gconstpointer unused)
{
	static const struct {
		gint64 ahead;
		guint more;
		const char *result;
		gint64 total;
	} days[] = {
		{ 0, 0, "counted", USUAL },
		{ 0, 40, "again", USUAL },
		{ (INTERVAL - 1) * WORLD_DAY, 40, "again", USUAL },
		{ 2 * WORLD_DAY, THRESHOLD - 1, "kept", USUAL },
		{ (INTERVAL - 1) * WORLD_DAY, 40, "again", USUAL },
		{ 2 * WORLD_DAY, 40, "counted", USUAL + 40 },
	};
	g_autofree char *text = NULL, *next = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(days); i++) {
		guint64 before;
		g_auto(Got) got = { 0 };
		json_t *entry;

		g_test_message("case %zu", i);
		fill(f, usual, days[i].more);
		restart(f, days[i].ahead);
		before = world_size(f->w);
		got = get(f, "g", BIRTH_SEX);
		entry = last_entry(f, before);
		g_assert_cmpstr(body_text(entry, "result"), ==, days[i].result);
		g_assert_cmpint(total_of(&got), ==, days[i].total);
		if (text != NULL && strcmp(days[i].result, "counted") != 0)
			g_assert_cmpstr(text, ==, got.text); /* to the byte, with the moment of its count */
		if (next != NULL)
			g_assert_cmpint(strcmp(next, got.next) == 0, ==, strcmp(days[i].result, "again") == 0);
		g_free(text);
		g_free(next);
		text = g_strdup(got.text);
		next = g_strdup(got.next);
		json_decref(entry);
	}
}

/* A table that the grant does not name, and bodies that are none. */
static void
test_refused(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *body;
		guint status;
		const char *code;
	} asked[] = {
		{ "{\"by\":[\"birth\"]}", 403, "table_not_granted" }, { "{\"by\":[\"sex\",\"birth\"]}", 403, "table_not_granted" },
		{ "{\"by\":[\"birth\",\"district\"]}", 403, "table_not_granted" }, { "{\"by\":[\"name\"]}", 403, "table_not_granted" },
		{ "{\"by\":[\"salary\"]}", 403, "field_not_granted" }, { "{}", 400, "body_malformed" }, { "{\"by\":[]}", 400, "body_malformed" },
		{ "{\"by\":[\"birth\",\"sex\",\"town\"]}", 400, "body_malformed" }, { "{\"by\":\"birth\"}", 400, "body_malformed" },
		{ "{\"by\":[\"birth\",\"birth\"]}", 400, "body_malformed" }, { "{\"by\":[\"town\"],\"measure\":\"sum\"}", 400, "body_malformed" },
		{ "{\"by\":[\"town\"],\"format\":\"ndjson\"}", 400, "body_malformed" },
		{ "{\"by\":[\"town\"],\"keys\":{\"name\":\"N1\"}}", 400, "body_malformed" },
		{ "{\"by\":[\"town\"],\"limit\":3}", 400, "body_malformed" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(asked); i++)
		refused(f, "g", asked[i].body, asked[i].status, asked[i].code);
	world_set_state(f->w, "g", "suspended");
	refused(f, "g", TOWN, 403, "grant_suspended");
	world_set_state(f->w, "g", "active");
	/* a grant of counts gives no rows, and one of rows no counts */
	Ask batch = { .path = "/share/v1/371400-A-1/batch", .grant = "g", .body = "{}" };
	Answer answer = world_ask(f->w, &batch);

	g_assert_cmpuint(answer.status, ==, 403);
	g_assert_nonnull(strstr(answer.body->str, "mode_not_granted"));
	answer_clear(&answer);
	world_add_grant(f->w, &(WorldGrant){ .id = "rows", .mode = "batch" });
	world_raise(f->w);
	refused(f, "rows", "{\"by\":[\"town\"]}", 403, "mode_not_granted");
}

/* Too few to show anything, too many kinds to count, labels that say what they must not, a source that is gone. */
static void
test_unfit(Fixture *f, gconstpointer unused)
{
	static const Kind few[] = { { "1961-02-03", "M", THRESHOLD - 1 }, { NULL, NULL, 0 } }, none[] = { { NULL, NULL, 0 } };
	g_auto(Got) got = { 0 };

	fill(f, few, 0);
	refused(f, "g", BIRTH_SEX, 409, "too_few_rows");
	fill(f, none, 0);
	refused(f, "g", BIRTH_SEX, 409, "too_few_rows");
	fill_many(f);
	refused(f, "g", TOWN, 409, "too_many_cells");
	fill(f, usual, 0);
	add_grant(f, &(Given){ .id = "notes", .tables = "[[\"note\"]]" });
	refused(f, "notes", "{\"by\":[\"note\"]}", 409, "output_above_grant");
	/* nothing of all that was pinned */
	got = get(f, "g", TOWN);
	g_assert_cmpint(total_of(&got), ==, USUAL);
	g_assert_cmpint(unlink(f->people), ==, 0);
	refused(f, "g", BIRTH_SEX, 503, "source_unavailable");
}

static void
drop_counts(json_t *content)
{
	json_object_del(json_object_get(content, "plan"), "counts");
}

static void
repin(json_t *content)
{
	json_t *plan = json_object_get(content, "plan");

	json_object_set(plan, "fields", json_object_get(content, "fields"));
	fn_plan_count(plan, json_incref(json_object_get(plan, "counts")));
	json_object_del(plan, "fields");
}

static void
no_counts(json_t *content)
{
	json_t *plan = json_object_get(content, "plan");

	json_object_set_new(plan, "counts", json_true());
	repin(content);
}

static void
lower_threshold(json_t *content)
{
	json_object_set_new(json_object_get(json_object_get(content, "plan"), "counts"), "threshold", json_integer(2));
}

static void
other_field(json_t *content)
{
	json_t *counts = json_object_get(json_object_get(content, "plan"), "counts");

	json_object_set_new(counts, "fields", json_pack("[{s:s}]", "name", "salary"));
	json_object_set_new(counts, "tables", json_pack("[[s]]", "salary"));
	repin(content);
}

static void
by_name(json_t *content)
{
	json_t *counts = json_object_get(json_object_get(content, "plan"), "counts");

	json_object_set_new(counts, "fields", json_pack("[{s:s}]", "name", "name"));
	json_object_set_new(counts, "tables", json_pack("[[s]]", "name"));
	repin(content);
}

/* A signed grant that is not whole, or counts by what nothing is counted by, is no grant. */
static void
test_tampered(Fixture *f, gconstpointer unused)
{
	static const Given given[] = {
		{ .id = "t1", .spoil = drop_counts }, { .id = "t2", .spoil = no_counts }, { .id = "t3", .spoil = lower_threshold },
		{ .id = "t4", .spoil = other_field }, { .id = "t5", .spoil = by_name }, { .id = "t6", .sex_mask = "hash" },
		{ .id = "t7", .sex_mask = "redact" }, { .id = "t8", .town_identifier = "direct" }, { .id = "t9", .mode = "batch" },
	};
	g_auto(Got) got = { 0 };

	for (gsize i = 0; i < G_N_ELEMENTS(given); i++) {
		add_grant(f, &given[i]);
		refused(f, given[i].id, TOWN, 403, "grant_unsigned");
	}
	add_grant(f, &(Given){ .id = "good", .spoil = repin });
	got = get(f, "good", TOWN);
	g_assert_cmpint(total_of(&got), ==, USUAL);
}

/* Every answer counts once, told again or not; what was used today is known after a new start. */
static void
test_quota(Fixture *f, gconstpointer unused)
{
	g_auto(Got) one = { 0 }, two = { 0 };

	add_grant(f, &(Given){ .id = "few", .quota = 2 });
	refused(f, "few", "{\"by\":[\"sex\"]}", 403, "table_not_granted");
	one = get(f, "few", TOWN);
	restart(f, 0);
	two = get(f, "few", TOWN);
	refused(f, "few", TOWN, 429, "quota_exceeded");
}

static const FnSql change_answer = { .name = "test_answer", .sqlite = "UPDATE shared_table SET answer = replace(answer, substr(answer, 9, 1), '+')",
	.postgres = "", .parameters = world_none };
static const FnSql change_time = { .name = "test_time", .sqlite = "UPDATE shared_table SET counted_at = counted_at - 1", .postgres = "",
	.parameters = world_none };
static const FnSql change_place = { .name = "test_place", .sqlite = "UPDATE shared_table SET ordinal = 2 - ordinal", .postgres = "",
	.parameters = world_none };
static const FnSql forget_table = { .name = "test_forget", .sqlite = "DELETE FROM shared_table", .postgres = "", .parameters = world_none };

/* What the registry says was told is not believed. */
static void
test_registry(Fixture *f, gconstpointer unused)
{
	const FnSql *const changes[] = { &change_answer, &change_time, &change_place };

	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		Got got = get(f, "g", TOWN);

		got_clear(&got);
		world_exec(f->w, changes[i], FN_NO_BINDS);
		refused(f, "g", changes[i] == &change_place ? BIRTH_SEX : TOWN, 503, "counting_failed");
		world_exec(f->w, &forget_table, FN_NO_BINDS);
	}
}

static void
test_receipt(Fixture *f, gconstpointer unused)
{
	g_auto(Got) got = get(f, "g", TOWN);
	g_autofree char *path = g_strdup_printf("/share/v1/receipts/%s", body_text(got.whole, "receipt"));
	Ask asked = { .method = "GET", .path = path };
	Answer answer;

	for (answer = world_ask(f->w, &asked); answer.status == 503; answer = world_ask(f->w, &asked))
		answer_clear(&answer); /* until a head covers it */
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_nonnull(strstr(answer.body->str, "share.aggregate"));
	answer_clear(&answer);
}

/* Who wonders is told which tables there are, how coarse, and what they cost. */
static void
test_explained(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *grant, *language, *says[4];
	} told[] = {
		{ "g", "en", { "in these tables", "    birth, sex\n", "No count below 5", "once in 30 days" } },
		{ "g", "zh", { "统计表", "小于 5", "每 30 天", "第 3 级，共 4 级" } },
		{ "n", "en", { "    district\n", "    town\n", "costs 1 of a budget of 2", "level 3 of 4" } },
	};
	World *w = f->w;

	add_grant(f, &(Given){ .id = "n", .epsilon = "1", .budget = "2" });
	for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
		FnShareCase about = { .resource = "371400-A-1", .mode = "aggregate", .grant = told[i].grant, .now = fn_time_now(), .rules = w->rules };
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		json_t *masks = NULL;

		text = fn_share_explain(w->db, w->keeper, NULL, w->settings, &about, told[i].language, NULL, &masks, &error);
		g_assert_no_error(error);
		for (gsize k = 0; k < G_N_ELEMENTS(told[i].says); k++)
			g_assert_nonnull(strstr(text, told[i].says[k]));
		g_assert_cmpint(json_integer_value(json_object_get(json_object_get(json_array_get(masks, 1), "generalised"), "level")), ==, 3);
		json_decref(masks);
	}
}

/* ---- noise ---- */

static const FnSql read_budget = { .name = "test_budget", .sqlite = "SELECT budget FROM shared_budget WHERE grant_id = 'n'", .postgres = "",
	.parameters = world_none };

static void
check_spent(Fixture *f, const char *spent)
{
	g_autofree char *text = fn_db_text(f->w->db, &read_budget, FN_NO_BINDS, NULL), *expected = g_strdup_printf("{\"spent\":\"%s\",\"total\":\"2\"}", spent);

	g_assert_cmpstr(text, ==, spent != NULL ? expected : NULL);
}

/* Each table costs once in its interval; what the budget does not hold is refused, and what was told stays. */
static void
test_noisy(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	g_auto(Got) one = { 0 }, again = { 0 }, two = { 0 }, still = { 0 };
	json_t *entry;

	add_grant(f, &(Given){ .id = "n", .epsilon = "1", .budget = "2" });
	check_spent(f, NULL);
	one = get(f, "n", BIRTH_SEX);
	check_spent(f, "1");
	entry = last_entry(f, before);
	g_assert_cmpstr(body_text(entry, "epsilon"), ==, "1");
	g_assert_null(json_object_get(entry, "rows")); /* the receipt is for the caller, too */
	json_decref(entry);
	g_assert_cmpstr(body_text(one.table, "epsilon"), ==, "1");
	g_assert_cmpint(ABS(total_of(&one) - USUAL), <, 120);
	restart(f, 0);
	before = world_size(f->w);
	again = get(f, "n", BIRTH_SEX);
	g_assert_cmpstr(again.text, ==, one.text);
	entry = last_entry(f, before);
	g_assert_null(json_object_get(entry, "epsilon"));
	json_decref(entry);
	check_spent(f, "1");
	two = get(f, "n", TOWN);
	check_spent(f, "2");
	refused(f, "n", DISTRICT, 409, "budget_spent");
	restart(f, (INTERVAL + 1) * WORLD_DAY);
	refused(f, "n", BIRTH_SEX, 409, "budget_spent");
	check_spent(f, "2");
	f->w->ahead = 0;
	restart(f, 0);
	still = get(f, "n", BIRTH_SEX);
	g_assert_cmpstr(still.text, ==, one.text);
}

static const FnSql change_budget = { .name = "test_budget2", .sqlite = "UPDATE shared_budget SET budget = :a", .postgres = "",
	.parameters = (const char *const[]){ "a", NULL } };

/* A budget that is not what was granted, or no budget, pays for nothing. */
static void
test_budget_tampered(Fixture *f, gconstpointer unused)
{
	static const char *const budgets[] = { "{\"spent\":\"1\",\"total\":\"200\"}", "{\"spent\":\"3\",\"total\":\"2\"}", "", "{}" };
	g_auto(Got) got = { 0 };

	add_grant(f, &(Given){ .id = "n", .epsilon = "1", .budget = "2" });
	got = get(f, "n", BIRTH_SEX);
	for (gsize i = 0; i < G_N_ELEMENTS(budgets); i++) {
		world_exec(f->w, &change_budget, FN_BINDS(FN_TEXT("a", budgets[i])));
		refused(f, "n", TOWN, 503, "counting_failed");
	}
}

typedef struct {
	Fixture *f;
	const char *body;
	Answer answer;
	pthread_t thread;
} Caller;

static void *
call(void *data)
{
	Caller *caller = data;

	caller->answer = ask(caller->f, "n", caller->body);
	return NULL;
}

/* Who asks at the same time gets the same table, paid for once, and of different tables no more than the budget holds. */
static void
test_together(Fixture *f, gconstpointer unused)
{
	static const char *const bodies[] = { BIRTH_SEX, TOWN, DISTRICT, BIRTH_SEX, TOWN, DISTRICT };
	Caller caller[G_N_ELEMENTS(bodies)];
	guint given = 0;

	add_grant(f, &(Given){ .id = "n", .epsilon = "1", .budget = "2" });
	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
		caller[i] = (Caller){ .f = f, .body = bodies[i] };
		g_assert_cmpint(pthread_create(&caller[i].thread, NULL, call, &caller[i]), ==, 0);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++)
		pthread_join(caller[i].thread, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
		const char *end = strstr(caller[i].answer.body->str, ",\"next\"");

		g_test_message("%s", caller[i].answer.body->str);
		g_assert_true(caller[i].answer.status == 200 || strstr(caller[i].answer.body->str, "budget_spent") != NULL);
		given += i < 3 && (caller[i].answer.status == 200 || caller[i + 3].answer.status == 200);
		if (i >= 3 && caller[i].answer.status == 200 && caller[i - 3].answer.status == 200)
			g_assert_cmpint(strncmp(caller[i].answer.body->str, caller[i - 3].answer.body->str, (gsize)(end - caller[i].answer.body->str)), ==, 0);
	}
	g_assert_cmpuint(given, ==, 2);
	check_spent(f, "2");
	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++)
		answer_clear(&caller[i].answer);
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	ADD("/aggregate/exact", test_exact);
	ADD("/aggregate/csv", test_csv);
	ADD("/aggregate/interval", test_interval);
	ADD("/aggregate/refused", test_refused);
	ADD("/aggregate/unfit", test_unfit);
	ADD("/aggregate/tampered", test_tampered);
	ADD("/aggregate/quota", test_quota);
	ADD("/aggregate/registry", test_registry);
	ADD("/aggregate/receipt", test_receipt);
	ADD("/aggregate/explained", test_explained);
	ADD("/aggregate/noisy", test_noisy);
	ADD("/aggregate/budget-tampered", test_budget_tampered);
	g_test_add("/aggregate/together", Fixture, "suite = gm\nstreams = 16\n", set_up, test_together, tear_down);
	return g_test_run();
}
