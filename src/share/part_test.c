/* Rows that leave in groups: what a recipient of batches sees, and what the ledger says of it. */
#include "share/test_world.h"

#include "mask/plan.h"
#include "share/cursor.h"
#include "share/part.h"

#include <glib/gstdio.h>
#include <string.h>

enum { K = 5, PPM = 50000, PEOPLE = 60, ODD = 42 };

typedef struct {
	World *w;
	char *people; /* the source's file */
} Fixture;

/* ---- people: serial, name, birth, district, illness ---- */

/* Months of two years, one person of another time. */
static char *
usual_birth(guint i)
{
	return i == ODD ? g_strdup("1901-02-03") : g_strdup_printf("19%02u-%02u-%02u", 80 + i % 2, 1 + i / 2 % 3, 4 + i % 20);
}

static char *
many_births(guint i)
{
	return g_strdup_printf("%04u-%02u-%02u", 1920 + i % 80, 1 + i / 80 % 12, 1 + i / 960 % 28);
}

/* All who were born in one month, and those who came last, have the same; others do not. */
static const char *
illness(guint i)
{
	return i >= PEOPLE || (i % 2 == 0 && i / 2 % 3 == 1) ? "flu" : i % 4 < 2 ? "cold" : "gout";
}

/* Takes the place of what was there, as an import by night does. */
static void
fill(Fixture *f, guint people, char *(*birth)(guint i))
{
	static const char *const index[] = { "serial", NULL };
	g_autofree char *csv = g_strdup_printf("%s/people.csv", f->w->directory);
	g_autoptr(GString) text = g_string_new("serial,name,birth,district,illness\n");
	g_autoptr(GError) error = NULL;
	guint64 rows;

	for (guint i = 0; i < people; i++) {
		g_autofree char *born = birth(i);

		g_string_append_printf(text, "%06u,N%u,%s,13010%u,%s\n", i, i, born, 2 + i % 2, illness(i));
	}
	g_assert_true(g_file_set_contents(csv, text->str, (gssize)text->len, NULL));
	fn_source_import_csv(csv, f->people, "people", index, &rows, &error);
	g_assert_no_error(error);
}

/* ---- grants ---- */

static json_t *
held_to(guint l, gboolean joint)
{
	const FnRequiredField fields[] = { { "birth", "date" }, { "district", "region" } };
	const FnRequirementTerms terms = { .k = K, .suppress_ppm = PPM, .l = l, .sensitive = l > 1 ? "illness" : NULL, .joint = joint };
	json_t *held = fn_requirement_write(fields, G_N_ELEMENTS(fields), &terms, NULL);

	g_assert_nonnull(held);
	return held;
}

typedef struct {
	const char *id, *mode, *birth_mask;
	guint l;         /* of the illness, which the grant gives only then */
	const char *illness_mask;
	gboolean joint;
	gint64 quota;
	void (*spoil)(json_t *content);
} Given;

static void
add_grant(Fixture *f, const Given *given)
{
	gint64 now = fn_time_now();
	json_t *fields = json_pack("[{s:s, s:i, s:s, s:s}, {s:s, s:i, s:s, s:s}, {s:s, s:i, s:s, s:s}]", "column", "name", "level", 2, "mask", "hash",
		"name", "name", "column", "birth", "level", 2, "mask", given->birth_mask != NULL ? given->birth_mask : "keep", "name", "birth", "column",
		"district", "level", 1, "mask", "keep", "name", "district");
	json_t *plan = json_pack("{s:O, s:s, s:i}", "fields", fields, "scenario", "institution", "table", 1), *content;
	g_autofree char *text = NULL;

	if (given->l > 1)
		json_array_append_new(fields, json_pack("{s:s, s:i, s:s, s:s}", "column", "illness", "level", 2, "mask",
			given->illness_mask != NULL ? given->illness_mask : "keep", "name", "illness"));
	fn_plan_require(plan, held_to(given->l, given->joint));
	json_object_del(plan, "fields");
	content = json_pack("{s:{s:s, s:s, s:s}, s:b, s:s, s:o, s:I, s:s, s:i, s:i, s:[{s:s, s:s}], s:i, s:s, s:[], s:o, s:s, s:s, s:I, s:s, s:[], s:s, s:I}",
		"binding", "cursor", "serial", "source", "src2", "table", "people", "case_required", 1, "consumer", "B", "fields", fields, "from",
		(json_int_t)(now - WORLD_DAY), "grant", given->id, "hour_from", 0, "hour_until", 1440, "keys", "column", "name", "name", "name", "level", 2,
		"mode", given->mode != NULL ? given->mode : "batch", "operators", "plan", plan, "provider", "A", "purpose", "低保核验", "quota_day",
		(json_int_t)given->quota, "resource", "371400-A-1", "rows", "system", "s1", "until", (json_int_t)(now + WORLD_DAY));
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
	fill(f, PEOPLE, usual_birth);
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

/* ---- asking ---- */

typedef struct {
	char *rows;     /* all lines but the last */
	json_t *end;    /* of the last */
	guint n;
} Got;

static void
got_clear(Got *got)
{
	g_free(got->rows);
	json_decref(got->end);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Got, got_clear)

static Answer
ask(Fixture *f, const char *grant, const char *body)
{
	Ask asked = { .path = "/share/v1/371400-A-1/batch", .grant = grant, .body = body };

	return world_ask(f->w, &asked);
}

static Got
get(Fixture *f, const char *grant, const char *body)
{
	Answer answer = ask(f, grant, body);
	const char *last = strstr(answer.body->str, "{\"@end\"");
	Got got = { 0 };
	json_t *line;

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(answer.whole);
	g_assert_nonnull(last);
	got.rows = g_strndup(answer.body->str, (gsize)(last - answer.body->str));
	line = fn_json_parse(last, strlen(last) - 1, NULL);
	got.end = json_incref(json_object_get(line, "@end"));
	got.n = (guint)json_integer_value(json_object_get(got.end, "rows"));
	json_decref(line);
	answer_clear(&answer);
	return got;
}

static Got
get_after(Fixture *f, const char *grant, const Got *before)
{
	g_autofree char *body = g_strdup_printf("{\"after\":\"%s\"}", body_text(before->end, "next"));

	return get(f, grant, body);
}

static void
refused(Fixture *f, const char *grant, const char *body, guint status, const char *code)
{
	Answer answer = ask(f, grant, body);

	g_assert_cmpuint(answer.status, ==, status);
	g_assert_nonnull(strstr(answer.body->str, code));
	answer_clear(&answer);
}

/* No row stands with fewer than K - 1 others, and there are as many as the last line says. */
static void
check_groups(const Got *got)
{
	g_autoptr(GHashTable) groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = g_strsplit(got->rows, "\n", -1);
	GHashTableIter iter;
	gpointer count;
	guint n = 0;

	for (; *lines[n] != '\0'; n++) {
		json_t *row = fn_json_parse(lines[n], strlen(lines[n]), NULL);
		char *key = g_strconcat(body_text(row, "birth"), "|", body_text(row, "district"), NULL);

		count = g_hash_table_lookup(groups, key);
		g_hash_table_replace(groups, key, GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + 1));
		json_decref(row);
	}
	g_assert_cmpuint(n, ==, got->n);
	g_hash_table_iter_init(&iter, groups);
	while (g_hash_table_iter_next(&iter, NULL, &count))
		g_assert_cmpuint(GPOINTER_TO_UINT(count), >=, K);
}

/* The entry of the last plan since @before; json_decref() it. */
static json_t *
plan_entry(Fixture *f, guint64 before)
{
	json_t *entries = world_entries(f->w, before), *found = NULL, *one;
	gsize i;

	json_array_foreach(entries, i, one)
		if (strcmp(body_text(one, "event"), "share.batch.plan") == 0)
			found = one;
	json_incref(found);
	json_decref(entries);
	return found;
}

static void
check_plan(Fixture *f, guint64 before, const char *result, gint64 part, gint64 rows, gint64 withheld)
{
	json_t *entry = plan_entry(f, before);

	g_assert_cmpstr(body_text(entry, "result"), ==, result);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "part")), ==, part);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "rows")), ==, rows);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "withheld")), ==, withheld);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "k")), ==, K);
	g_assert_cmpuint(json_array_size(json_object_get(entry, "levels")), ==, 2);
	g_assert_true(g_str_has_prefix(body_text(entry, "digest"), "sm3:"));
	json_decref(entry);
}

/* ---- tests ---- */

/* The one of another time stays, the others leave with their like, and no value of theirs that is finer than the plan. */
static void
test_first(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	g_auto(Got) got = get(f, "g", "{}"), some = { 0 };

	g_assert_cmpuint(got.n, ==, PEOPLE - 1);
	g_assert_cmpstr(body_text(got.end, "result"), ==, "complete");
	check_groups(&got);
	check_plan(f, before, "pinned", 0, PEOPLE - 1, 1);
	g_assert_null(strstr(got.rows, "1901"));
	g_assert_nonnull(strstr(got.rows, "\"1980-01\""));
	g_assert_null(strstr(got.rows, "1980-01-"));
	g_assert_nonnull(strstr(got.rows, "130102"));
	/* fewer columns: the same rows, although what they are counted by is not among them */
	some = get(f, "g", "{\"fields\":[\"name\"]}");
	g_assert_cmpuint(some.n, ==, PEOPLE - 1);
	g_assert_null(strstr(some.rows, "birth"));
}

/* What was made coarser still goes through its mask. */
static void
test_masked(Fixture *f, gconstpointer unused)
{
	g_auto(Got) got = { 0 };

	add_grant(f, &(Given){ .id = "masked", .birth_mask = "partial:keep=2.0" });
	got = get(f, "masked", "{}");
	g_assert_cmpuint(got.n, ==, PEOPLE - 1);
	check_groups(&got);
	g_assert_null(strstr(got.rows, "1980"));
	g_assert_nonnull(strstr(got.rows, "\"19*****\""));
}

/* Who comes after leaves when enough have come; asking again gives what was given, however many came meanwhile. */
static void
test_parts(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	g_auto(Got) first = get(f, "g", "{}"), none = { 0 }, one = { 0 }, again = { 0 }, second = { 0 }, second_again = { 0 }, still = { 0 };

	none = get_after(f, "g", &first);
	g_assert_cmpuint(none.n, ==, 0);
	g_assert_cmpstr(body_text(none.end, "result"), ==, "complete");
	/* one person more */
	fill(f, PEOPLE + 1, usual_birth);
	before = world_size(f->w);
	one = get_after(f, "g", &none);
	g_assert_cmpuint(one.n, ==, 0);
	g_assert_cmpstr(body_text(one.end, "result"), ==, "withheld");
	g_assert_true(json_is_false(json_object_get(one.end, "complete")));
	check_plan(f, before, "withheld", 1, 0, 1);
	before = world_size(f->w);
	again = get(f, "g", "{}");
	g_assert_cmpstr(again.rows, ==, first.rows);
	g_assert_cmpstr(body_text(again.end, "result"), ==, "part");
	check_plan(f, before, "again", 0, PEOPLE - 1, 1);
	/* thirty more: the one who waited leaves among them */
	fill(f, PEOPLE + 31, usual_birth);
	before = world_size(f->w);
	second = get_after(f, "g", &one);
	g_assert_cmpuint(second.n, >=, 29);
	g_assert_cmpstr(body_text(second.end, "result"), ==, "complete");
	check_groups(&second);
	check_plan(f, before, "added", 1, second.n, 31 - (gint64)second.n);
	/* the same cursor once more, after still more have come, and after a new start of the gate */
	fill(f, PEOPLE + 40, usual_birth);
	world_stop_gate(f->w);
	world_start_gate(f->w);
	world_wait_ready(f->w);
	second_again = get_after(f, "g", &first);
	g_assert_cmpstr(second_again.rows, ==, second.rows);
	g_assert_cmpstr(body_text(second_again.end, "result"), ==, "part");
	still = get_after(f, "g", &second_again);
	g_assert_cmpstr(body_text(still.end, "result"), ==, "withheld");
}

/* ---- several values in each group ---- */

/* A group of which all have the same does not leave as such. */
static void
test_diverse(Fixture *f, gconstpointer unused)
{
	g_auto(Got) plain = { 0 }, diverse = { 0 }, alike = { 0 }, fewer = { 0 };

	add_grant(f, &(Given){ .id = "l", .l = 2 });
	plain = get(f, "g", "{}");
	diverse = get(f, "l", "{}");
	g_assert_nonnull(strstr(plain.rows, "\"1980-02\""));
	g_assert_null(strstr(diverse.rows, "1980-0"));
	g_assert_nonnull(strstr(diverse.rows, "\"birth\":\"1980\""));
	g_assert_cmpuint(diverse.n, ==, PEOPLE - 1);
	check_groups(&diverse);
	/* although it is not asked for, groups are the same */
	fewer = get(f, "l", "{\"fields\":[\"birth\",\"district\"]}");
	g_assert_cmpuint(fewer.n, ==, PEOPLE - 1);
	g_assert_null(strstr(fewer.rows, "flu"));
	/* thirty come who all have the same: none of them leaves, which would be enough for a grant that does not ask */
	fill(f, PEOPLE + 30, usual_birth);
	alike = get_after(f, "l", &diverse);
	g_assert_cmpuint(alike.n, ==, 0);
	g_assert_cmpstr(body_text(alike.end, "result"), ==, "withheld");
	got_clear(&alike);
	alike = get_after(f, "g", &plain);
	g_assert_cmpuint(alike.n, >=, 28);
}

/* What a mask makes the same is the same. */
static void
test_diverse_masked(Fixture *f, gconstpointer unused)
{
	add_grant(f, &(Given){ .id = "masked", .l = 2, .illness_mask = "replace:with=ill" });
	refused(f, "masked", "{}", 409, "rows_too_different");
}

static const FnSql change_grant = { .name = "test_grant2", .sqlite = "UPDATE shared_part SET grant_id = :a", .postgres = "",
	.parameters = (const char *const[]){ "a", NULL } };
static const FnSql forget_parts = { .name = "test_forget", .sqlite = "DELETE FROM shared_part", .postgres = "", .parameters = world_none };
static const FnSql move_part = { .name = "test_move", .sqlite = "UPDATE shared_part SET grant_id = :a WHERE grant_id = :b", .postgres = "",
	.parameters = (const char *const[]){ "a", "b", NULL } };

/* A plan that was rightly made without diversity is none for a grant that asks for it, nor the other way round. */
static void
test_diverse_plan(Fixture *f, gconstpointer unused)
{
	static const char *const from[] = { "g", "l" };

	add_grant(f, &(Given){ .id = "l", .l = 2 });
	for (gsize i = 0; i < G_N_ELEMENTS(from); i++) {
		Got got = get(f, from[i], "{}");

		got_clear(&got);
		world_exec(f->w, &move_part, FN_BINDS(FN_TEXT("a", from[!i]), FN_TEXT("b", from[i])));
		refused(f, from[!i], "{}", 503, "counting_failed");
		world_exec(f->w, &forget_parts, FN_NO_BINDS);
	}
}

/* ---- increments together with what left before ---- */

static char *
released_file(Fixture *f, const char *grant)
{
	g_autofree char *directory = g_strdup_printf("%s/gate/released", f->w->directory);
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		if (g_str_has_prefix(name, grant))
			return g_build_filename(directory, name, NULL);
	return NULL;
}

/* One row leaves where its group left before; a group that is new waits. What left is known after a new start. */
static void
test_joint(Fixture *f, gconstpointer unused)
{
	g_autofree char *directory = g_strdup_printf("%s/gate", f->w->directory), *file = NULL;
	g_auto(Got) first = { 0 }, alone = { 0 }, one = { 0 }, again = { 0 }, more = { 0 };

	g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
	add_grant(f, &(Given){ .id = "j", .joint = TRUE });
	first = get(f, "j", "{}");
	g_assert_cmpuint(first.n, ==, PEOPLE - 1);
	file = released_file(f, "j");
	g_assert_nonnull(file);
	alone = get(f, "g", "{}");
	fill(f, PEOPLE + 1, usual_birth);
	one = get_after(f, "j", &first);
	g_assert_cmpuint(one.n, ==, 1);
	g_assert_cmpstr(body_text(one.end, "result"), ==, "complete");
	got_clear(&again);
	again = get_after(f, "g", &alone);
	g_assert_cmpuint(again.n, ==, 0); /* without joint it waits */
	world_stop_gate(f->w);
	fill(f, PEOPLE + 3, usual_birth);
	world_start_gate(f->w);
	world_wait_ready(f->w);
	got_clear(&again);
	again = get_after(f, "j", &first);
	g_assert_cmpstr(again.rows, ==, one.rows);
	more = get_after(f, "j", &one);
	g_assert_cmpuint(more.n, ==, 2);
}

static char *
strange_birth(guint i)
{
	return i >= PEOPLE ? g_strdup("1955-05-05") : usual_birth(i);
}

static void
test_joint_waits(Fixture *f, gconstpointer unused)
{
	g_autofree char *directory = g_strdup_printf("%s/gate", f->w->directory);
	g_auto(Got) first = { 0 }, waits = { 0 };

	g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
	add_grant(f, &(Given){ .id = "j", .joint = TRUE });
	first = get(f, "j", "{}");
	fill(f, PEOPLE + 2, strange_birth);
	waits = get_after(f, "j", &first);
	g_assert_cmpuint(waits.n, ==, 0);
	g_assert_cmpstr(body_text(waits.end, "result"), ==, "withheld");
}

/* Without what left before nothing leaves: the file is changed, cut, another grant's, gone, or cannot be written. */
static void
test_joint_damaged(Fixture *f, gconstpointer unused)
{
	g_autofree char *directory = g_strdup_printf("%s/gate", f->w->directory), *file = NULL, *text = NULL, *body = NULL;
	g_auto(Got) first = { 0 }, good = { 0 };
	gsize size;

	add_grant(f, &(Given){ .id = "j", .joint = TRUE });
	g_assert_true(g_file_set_contents(directory, "", 0, NULL)); /* no directory */
	refused(f, "j", "{}", 503, "counting_failed");
	g_assert_cmpint(g_unlink(directory), ==, 0);
	first = get(f, "j", "{}");
	body = g_strdup_printf("{\"after\":\"%s\"}", body_text(first.end, "next"));
	fill(f, PEOPLE + 1, usual_birth);
	file = released_file(f, "j");
	g_assert_true(g_file_get_contents(file, &text, &size, NULL));
	for (gsize at = 0; at < size; at += 1 + size / 40) {
		text[at] ^= 1;
		g_assert_true(g_file_set_contents(file, text, (gssize)size, NULL));
		text[at] ^= 1;
		refused(f, "j", body, 503, "counting_failed");
	}
	g_assert_true(g_file_set_contents(file, text, (gssize)size - 1, NULL));
	refused(f, "j", body, 503, "counting_failed");
	g_assert_cmpint(g_unlink(file), ==, 0);
	refused(f, "j", body, 503, "counting_failed");
	g_assert_true(g_file_set_contents(file, text, (gssize)size, NULL));
	good = get_after(f, "j", &first);
	g_assert_cmpuint(good.n, ==, 1);
}

/* Who wonders is told what rows are held to, and how coarse they leave once that is pinned. */
static void
test_explained(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *language, *says[3];
		gboolean pinned;
	} told[] = {
		{ "en", { "at least 5 are alike", "at most 50000 in a million", "how far is chosen with the first batch" }, FALSE },
		{ "en", { "at least 5 are alike", "level 1 of 4", "level 0 of 3" }, TRUE }, { "zh", { "不少于 5 行", "第 1 级，共 4 级", "舍去 50000 行" }, TRUE },
	};
	World *w = f->w;
	FnShareCase about = { .resource = "371400-A-1", .mode = "batch", .grant = "g", .now = fn_time_now(), .rules = w->rules };

	for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		json_t *masks = NULL, *birth;

		if (told[i].pinned) {
			g_auto(Got) got = get(f, "g", "{}");

			g_assert_cmpuint(got.n, ==, PEOPLE - 1);
		}
		text = fn_share_explain(w->db, w->keeper, NULL, w->settings, &about, told[i].language, NULL, &masks, &error);
		g_assert_no_error(error);
		for (gsize k = 0; k < G_N_ELEMENTS(told[i].says); k++)
			g_assert_nonnull(strstr(text, told[i].says[k]));
		g_assert_null(json_object_get(json_array_get(masks, 0), "generalised"));
		birth = json_object_get(json_array_get(masks, 1), "generalised");
		g_assert_cmpint(json_integer_value(json_object_get(birth, "top")), ==, 4);
		g_assert_cmpint(json_object_get(birth, "level") != NULL, ==, told[i].pinned);
		json_decref(masks);
	}
}

static void
test_explained_more(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	FnShareCase about = { .resource = "371400-A-1", .mode = "batch", .grant = "more", .now = fn_time_now(), .rules = w->rules };
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	json_t *masks = NULL;

	add_grant(f, &(Given){ .id = "more", .l = 3, .joint = TRUE });
	text = fn_share_explain(w->db, w->keeper, NULL, w->settings, &about, "en", NULL, &masks, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(text, "at least 3 values of illness"));
	g_assert_nonnull(strstr(text, "together with what left before"));
	json_decref(masks);
}

static void
test_refused(Fixture *f, gconstpointer unused)
{
	g_auto(Got) first = { 0 };
	guint8 key[32];
	g_autofree char *context = fn_catalog_mask_context("g"), *purpose = g_strconcat("mask/", context, NULL), *cursor = NULL, *body = NULL;

	/* a cursor of this grant at which no part ends */
	fn_sha256(purpose, strlen(purpose), key);
	cursor = fn_cursor_seal(FN_SUITE_GM, key, "g", "000010", 6);
	body = g_strdup_printf("{\"after\":\"%s\"}", cursor);
	refused(f, "g", body, 400, "cursor_wrong");
	first = get(f, "g", "{}");
	refused(f, "g", body, 400, "cursor_wrong");
	refused(f, "g", "{\"limit\":10}", 400, "body_malformed");
	/* by key, whatever mode was signed */
	add_grant(f, &(Given){ .id = "q", .mode = "query" });
	Ask by_key = { .path = "/share/v1/371400-A-1/query", .grant = "q", .body = "{\"keys\":{\"name\":\"N1\"}}" };
	Answer answer = world_ask(f->w, &by_key);

	g_assert_cmpuint(answer.status, ==, 409);
	g_assert_nonnull(strstr(answer.body->str, "rows_only_together"));
	answer_clear(&answer);
}

static json_t *
disclosure_of(json_t *content)
{
	return json_object_get(json_object_get(content, "plan"), "disclosure");
}

static void
drop_all(json_t *content)
{
	json_object_del(json_object_get(content, "plan"), "disclosure");
}

static void
drop_field(json_t *content)
{
	json_array_remove(json_object_get(disclosure_of(content), "fields"), 0);
}

static void
lower_k(json_t *content)
{
	json_object_set_new(disclosure_of(content), "k", json_integer(2));
}

/* These are pinned rightly, but not understood, or of a field that is not given. */
static void
repin(json_t *content)
{
	json_t *plan = json_object_get(content, "plan");

	json_object_set(plan, "fields", json_object_get(content, "fields"));
	fn_plan_require(plan, json_incref(disclosure_of(content)));
	json_object_del(plan, "fields");
}

static void
other_version(json_t *content)
{
	json_object_set_new(json_array_get(json_object_get(disclosure_of(content), "fields"), 0), "hierarchy", json_string("date/0"));
	repin(content);
}

static void
other_field(json_t *content)
{
	json_object_set_new(json_array_get(json_object_get(disclosure_of(content), "fields"), 0), "name", json_string("height"));
	repin(content);
}

static void
other_sensitive(json_t *content)
{
	json_object_set_new(disclosure_of(content), "l", json_integer(2));
	json_object_set_new(disclosure_of(content), "sensitive", json_string("illness")); /* which this grant does not give */
	repin(content);
}

static void
easier(json_t *content)
{
	json_object_set_new(disclosure_of(content), "k", json_integer(2));
	repin(content);
}

static void
no_requirement(json_t *content)
{
	json_object_set_new(json_object_get(content, "plan"), "disclosure", json_true());
	repin(content);
}

/* A signed grant that is not whole is no grant. */
static void
test_tampered(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *id;
		void (*spoil)(json_t *content);
	} spoiled[] = { { "t1", drop_all }, { "t2", drop_field }, { "t3", lower_k }, { "t4", other_version }, { "t5", other_field }, { "t6", no_requirement },
		{ "t7", other_sensitive } };

	for (gsize i = 0; i < G_N_ELEMENTS(spoiled); i++) {
		add_grant(f, &(Given){ .id = spoiled[i].id, .spoil = spoiled[i].spoil });
		refused(f, spoiled[i].id, "{}", 403, "grant");
	}
	add_grant(f, &(Given){ .id = "good", .spoil = repin });
	g_auto(Got) got = get(f, "good", "{}");

	g_assert_cmpuint(got.n, ==, PEOPLE - 1);
}

static const FnSql change_plan = { .name = "test_plan", .sqlite = "UPDATE shared_part SET plan = replace(plan, :a, :b)", .postgres = "",
	.parameters = (const char *const[]){ "a", "b", NULL } };
static const FnSql change_until = { .name = "test_until", .sqlite = "UPDATE shared_part SET until = :a", .postgres = "",
	.parameters = (const char *const[]){ "a", NULL } };

/* What the registry says of parts is not believed either. */
static void
test_registry(Fixture *f, gconstpointer unused)
{
	g_auto(Got) got = get(f, "g", "{}");

	world_exec(f->w, &change_plan, FN_BINDS(FN_TEXT("a", "\"level\":1"), FN_TEXT("b", "\"level\":0")));
	refused(f, "g", "{}", 503, "counting_failed");
	world_exec(f->w, &change_plan, FN_BINDS(FN_TEXT("a", "\"level\":0"), FN_TEXT("b", "\"level\":1")));
	refused(f, "g", "{}", 503, "counting_failed");
	world_exec(f->w, &change_until, FN_BINDS(FN_TEXT("a", body_text(got.end, "receipt"))));
	refused(f, "g", "{}", 503, "counting_failed");
}

/* One that was rightly made, by another requirement than the grant's. */
static void
test_other_plan(Fixture *f, gconstpointer unused)
{
	g_auto(Got) got = { 0 };

	add_grant(f, &(Given){ .id = "easy", .spoil = easier });
	got = get(f, "easy", "{}");
	world_exec(f->w, &change_grant, FN_BINDS(FN_TEXT("a", "g")));
	refused(f, "g", "{}", 503, "counting_failed");
	world_exec(f->w, &change_grant, FN_BINDS(FN_TEXT("a", "easy")));
	got_clear(&got);
	got = get(f, "easy", "{}");
	g_assert_cmpuint(got.n, >, 0);
}

/* Fewer people than must be alike: nothing leaves and nothing is pinned, so that it works once there are more. */
static void
test_impossible(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	g_auto(Got) got = { 0 };
	json_t *entries;

	fill(f, K - 1, usual_birth);
	refused(f, "g", "{}", 409, "rows_too_different");
	entries = world_entries(f->w, before);
	g_assert_cmpuint(count_entries(entries, "share.refused", "code", "rows_too_different"), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.open", NULL, NULL), ==, 0);
	g_assert_cmpuint(count_entries(entries, "share.batch.plan", NULL, NULL), ==, 0);
	json_decref(entries);
	fill(f, 0, usual_birth);
	got = get(f, "g", "{}");
	g_assert_cmpuint(got.n, ==, 0);
	g_assert_cmpstr(body_text(got.end, "result"), ==, "complete");
	got_clear(&got);
	fill(f, PEOPLE, usual_birth);
	got = get(f, "g", "{}");
	g_assert_cmpuint(got.n, ==, PEOPLE - 1);
}

/* A part leaves whole or not at all; what was withheld is not counted. */
static void
test_quota(Fixture *f, gconstpointer unused)
{
	g_auto(Got) got = { 0 };

	add_grant(f, &(Given){ .id = "less", .quota = PEOPLE - 2 });
	add_grant(f, &(Given){ .id = "enough", .quota = PEOPLE - 1 });
	got = get(f, "less", "{}");
	g_assert_cmpuint(got.n, ==, 0);
	g_assert_cmpstr(body_text(got.end, "result"), ==, "quota");
	g_assert_cmpint(fn_quotas_used(f->w->share->quotas, "less", fn_time_now()), ==, 0);
	got_clear(&got);
	got = get(f, "enough", "{}");
	g_assert_cmpuint(got.n, ==, PEOPLE - 1);
	g_assert_cmpint(fn_quotas_used(f->w->share->quotas, "enough", fn_time_now()), ==, PEOPLE - 1);
}

/* A part whose rows have gone since is counted anew, under the same plan. */
static void
test_shrunk(Fixture *f, gconstpointer unused)
{
	guint64 before;
	g_auto(Got) first = get(f, "g", "{}"), fewer = { 0 }, too_few = { 0 };

	g_assert_cmpuint(first.n, ==, PEOPLE - 1);
	fill(f, PEOPLE / 2, usual_birth);
	fewer = get(f, "g", "{}");
	g_assert_cmpuint(fewer.n, ==, PEOPLE / 2);
	g_assert_nonnull(strstr(fewer.rows, "\"1980-01\""));
	check_groups(&fewer);
	fill(f, PEOPLE / 5, usual_birth);
	before = world_size(f->w);
	too_few = get(f, "g", "{}");
	g_assert_cmpuint(too_few.n, ==, 0);
	g_assert_cmpstr(body_text(too_few.end, "result"), ==, "withheld");
	check_plan(f, before, "withheld", 0, 0, PEOPLE / 5);
}

/* As CSV, with its own last line. */
static void
test_csv(Fixture *f, gconstpointer unused)
{
	Answer answer = ask(f, "g", "{\"format\":\"csv\",\"fields\":[\"birth\",\"district\"]}");

	g_assert_true(g_str_has_prefix(answer.body->str, "birth,district\n1980-01,130102\n"));
	g_assert_nonnull(strstr(answer.body->str, "\n# complete=true rows=59 receipt="));
	answer_clear(&answer);
}

/* ---- more combinations than fit the memory ---- */

enum { MANY = 20000 };

static void
test_spill(void)
{
	static const char *const confs[] = { "suite = gm\n", "suite = gm\ndisclosure_memory = 16384\n" };
	char *rows[G_N_ELEMENTS(confs)];

	for (gsize i = 0; i < G_N_ELEMENTS(confs); i++) {
		Fixture f = { 0 };
		g_autofree char *directory = NULL;
		g_auto(Got) got = { 0 };

		set_up(&f, confs[i]);
		fill(&f, MANY, many_births);
		directory = g_strdup_printf("%s/gate", f.w->directory);
		if (i == 1) /* it does spill: without a place for it nothing leaves */
			refused(&f, "g", "{}", 503, "counting_failed");
		g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
		got = get(&f, "g", "{}");
		g_assert_cmpuint(got.n, >=, MANY - MANY / 20);
		check_groups(&got);
		rows[i] = g_steal_pointer(&got.rows);
		tear_down(&f, NULL);
	}
	g_assert_cmpstr(rows[0], ==, rows[1]);
	g_free(rows[0]);
	g_free(rows[1]);
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	ADD("/part/first", test_first);
	ADD("/part/masked", test_masked);
	ADD("/part/parts", test_parts);
	ADD("/part/diverse", test_diverse);
	ADD("/part/diverse-masked", test_diverse_masked);
	ADD("/part/diverse-plan", test_diverse_plan);
	ADD("/part/joint", test_joint);
	ADD("/part/joint-waits", test_joint_waits);
	ADD("/part/joint-damaged", test_joint_damaged);
	ADD("/part/explained", test_explained);
	ADD("/part/explained-more", test_explained_more);
	ADD("/part/refused", test_refused);
	ADD("/part/tampered", test_tampered);
	ADD("/part/registry", test_registry);
	ADD("/part/other-plan", test_other_plan);
	ADD("/part/impossible", test_impossible);
	ADD("/part/quota", test_quota);
	ADD("/part/shrunk", test_shrunk);
	ADD("/part/csv", test_csv);
	g_test_add_func("/part/spill", test_spill);
	return g_test_run();
}
