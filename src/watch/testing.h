/* For tests of misuse detection: the real rules, two grants, and a log that is played from tables. */
#pragma once

#include "audit/testing.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog_sql.h"
#include "ipc/roles.h"
#include "people_sql.h"
#include "rules/testing.h"
#include "watch/watch_priv.h"
#include "watch_sql.h"
#include "work_sql.h"

/* Monday, 2026-06-22, 10:00 in China: a working day. */
#define MONDAY (G_GINT64_CONSTANT(1782093600) * G_USEC_PER_SEC)
#define DAYS   (24 * G_GINT64_CONSTANT(3600))

static const FnMigration *const watch_rooms[] = { fn_sql_people_migrations, fn_sql_work_migrations, fn_sql_catalog_migrations,
	fn_sql_watch_migrations, NULL };

typedef struct {
	FnRules *rules;
	FnWork *work;
	FnWatch *watch;
	FnDb *db;
	TestLog *log;
} World;

static inline void
world_free(World *world)
{
	fn_watch_free(world->watch);
	fn_db_close(world->db);
	fn_work_free(world->work);
	test_log_free(world->log);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static const char *const world_no_parameters[] = { NULL };
#define WORLD_SQL(text_) { "test", text_, text_, world_no_parameters }

static inline void
world_exec(FnDb *db, const FnSql *sql)
{
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, sql, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
}

static const FnSql world_rows[] = {
	WORLD_SQL("INSERT INTO organization (id, name, kind, region, state, created_at) VALUES ('A', 'Provider', 'department', '130100', 'active', 0)"),
	WORLD_SQL("INSERT INTO organization (id, name, kind, region, state, created_at) VALUES ('B', 'Consumer', 'department', '130100', 'active', 0)"),
	WORLD_SQL("INSERT INTO organization (id, name, kind, region, state, created_at) VALUES ('Z', 'Bureau', 'bureau', '130100', 'active', 0)"),
	WORLD_SQL("INSERT INTO person (id, organization, real_name, created_at) VALUES ('p1', 'A', 'Li', 0)"),
	WORLD_SQL("INSERT INTO account (id, person, organization, login, password, password_at, totp_step, state, created_at) VALUES ('a1', 'p1', 'A', 'li', 'x', 0, 0, 'active', 0)"),
	WORLD_SQL("INSERT INTO system (id, organization, name, mlps_level, state, created_at) VALUES ('s0', 'B', 'hall', 3, 'active', 0)"),
	WORLD_SQL("INSERT INTO resource VALUES ('r1', 'A', 1, 'Residents', 'conditional', 2, 'published', 'published', 1, 1, 'a1', 0, 0)"),
	WORLD_SQL("INSERT INTO resource VALUES ('r2', 'A', 2, 'Illnesses', 'conditional', 3, 'published', 'published', 1, 1, 'a1', 0, 0)"),
};

static const char *const world_grant_parameters[] = { "id", "resource", "level", "state", NULL };
#define WORLD_GRANT(id_, resource_, level_, state_) \
	"INSERT INTO sharing_grant (id, case_id, resource, resource_version, provider, consumer, system, mode, purpose, basis, scenario, " \
	"row_scope, operators, hour_from, hour_until, quota_day, case_required, level, valid_from, valid_until, state, content, prepared_at, " \
	"activated_at, changed_at) VALUES (" id_ ", 'case-' || " id_ ", " resource_ ", 1, 'A', 'B', 's0', 'query', 'p', 'b', 's', '[]', '[]', 0, " \
	"1440, 0, 0, " level_ ", 0, 9000000000000000, " state_ ", '{}', 0, 1782093600000000, 0)"
static const FnSql world_grant = { "grant", WORLD_GRANT(":id", ":resource", ":level", ":state"), WORLD_GRANT("$1", "$2", "$3", "$4"),
	world_grant_parameters };

static inline void
world_add_grant(FnDb *db, const char *id, const char *resource, gint64 level)
{
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, &world_grant, FN_BINDS(FN_TEXT("id", id), FN_TEXT("resource", resource), FN_INT("level", level), FN_TEXT("state", "active")),
		NULL, &error);
	g_assert_no_error(error);
}

static inline World *
world_new(const char *engine)
{
	g_autoptr(GError) error = NULL;
	World *world = g_new0(World, 1);

	world->rules = test_tree_rules("national");
	world->work = fn_work_new(world->rules, fn_catalog_effects, world->rules, &error);
	g_assert_no_error(error);
	world->watch = fn_watch_new(world->rules, world->work, &error);
	g_assert_no_error(error);
	world->db = fn_test_db(engine, watch_rooms);
	world->log = test_log_new();
	for (gsize i = 0; i < G_N_ELEMENTS(world_rows); i++)
		world_exec(world->db, &world_rows[i]);
	world_add_grant(world->db, "g-low", "r1", 2);
	world_add_grant(world->db, "g-high", "r2", 3);
	return world;
}

/* ---- playing ---- */

typedef struct {
	const char *event;       /* "query", "batch", "close", "refused", "login", "failed", "stranger" */
	guint n;
	gint64 at, every;        /* seconds after MONDAY, milliseconds */
	guint persons;           /* so many in turn; 0: another one each time */
	guint accounts, places;  /* so many in turn; 0: one */
	guint cases;             /* so many in turn; 0: another one each time */
	guint addresses;         /* of calls, so many in turn; 0: none is told, as in older entries */
	gint64 rows;
	const char *code, *grant;
	gboolean bare;           /* without a case number */
} Play;

static inline json_t *
play_subject(guint person)
{
	g_autofree char *name = g_strdup_printf("person-%u", person);
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	fn_sha256(name, strlen(name), digest);
	hex = fn_hex(digest, sizeof(digest));
	return json_string(hex);
}

static inline void
play_text(json_t *body, const char *name, const char *format, guint number)
{
	g_autofree char *text = g_strdup_printf("%s%u", format, number);

	json_object_set_new(body, name, json_string(text));
}

static inline void
play_call(json_t *body, const Play *play, guint i)
{
	static const struct {
		const char *event, *name, *result;
	} events[] = { { "query", "share.query", "permitted" }, { "batch", "share.batch.open", "permitted" }, { "close", "share.batch.close", "whole" },
		{ "refused", "share.refused", "refused" } };

	for (gsize e = 0; e < G_N_ELEMENTS(events); e++)
		if (g_str_equal(play->event, events[e].event)) {
			json_object_set_new(body, "event", json_string(events[e].name));
			json_object_set_new(body, "result", json_string(events[e].result));
		}
	json_object_set_new(body, "grant", json_string(play->grant != NULL ? play->grant : "g-low"));
	json_object_set_new(body, "organization", json_string("B"));
	play_text(body, "operator", "a-", play->accounts > 0 ? i % play->accounts : 0);
	play_text(body, "system", "s", play->places > 0 ? i % play->places : 0);
	if (play->addresses > 0)
		play_text(body, "address", "10.0.1.", i % play->addresses);
	if (!play->bare)
		play_text(body, "case", "2026-", play->cases > 0 ? i % play->cases : i);
	if (g_str_equal(play->event, "query"))
		json_object_set_new(body, "subjects", json_pack("[o]", play_subject(play->persons > 0 ? i % play->persons : i)));
	if (g_str_equal(play->event, "query") || g_str_equal(play->event, "close"))
		json_object_set_new(body, "rows", json_integer(MAX(play->rows, 1)));
	if (play->code != NULL)
		json_object_set_new(body, "code", json_string(play->code));
}

static inline void
play_other(json_t *body, const Play *play, guint i)
{
	gboolean login = g_str_equal(play->event, "login"), failed = g_str_equal(play->event, "failed");

	play_text(body, "address", "10.0.0.", play->places > 0 ? i % play->places : 0);
	json_object_set_new(body, "event", json_string(login ? "session.login" : failed ? "console.strangers" : "share.strangers"));
	json_object_set_new(body, "result", json_string(login ? "done" : failed ? "refused:login" : "refused"));
	if (login) {
		play_text(body, "actor", "a-", play->accounts > 0 ? i % play->accounts : 0);
		json_object_set_new(body, "organization", json_string("B"));
	} else {
		json_object_set_new(body, "count", json_integer(1));
	}
}

static inline void
play_add(TestLog *log, const char *body, const char *from, gint64 at)
{
	char *out = g_malloc(strlen(body) + FN_ENVELOPE_MAX);
	g_autofree char *time = fn_time_format(at);
	guint8 salt[FN_SALT_SIZE] = { 7 };

	g_ptr_array_add(log->entries, g_bytes_new_take(out, fn_entry_write(out, body, strlen(body), FN_CLASS_3Y, from, salt, time)));
}

static inline void
play_from(TestLog *log, const Play *play, const char *from)
{
	for (guint i = 0; i < play->n; i++) {
		json_t *body = json_object();
		gboolean calls = strstr("query batch close refused", play->event) != NULL;
		g_autofree char *text = NULL;

		if (calls)
			play_call(body, play, i);
		else
			play_other(body, play, i);
		text = fn_json_canonical(body);
		json_decref(body);
		play_add(log, text, from, MONDAY + play->at * G_USEC_PER_SEC + (gint64)i * play->every * 1000);
	}
}

static inline void
play(TestLog *log, const Play *one)
{
	play_from(log, one, "gate");
}

/* Steps of @most entries until all were looked at. */
static inline void
world_follow(World *world, guint32 most)
{
	FnAuditLog over = test_log_over(world->log);
	g_autoptr(GError) error = NULL;
	guint done;

	do
		fn_watch_step(world->watch, world->db, &over, most, MONDAY, &done, &error);
	while (error == NULL && done > 0);
	g_assert_no_error(error);
}

static inline void
world_look(World *world, gint64 now)
{
	g_autoptr(GError) error = NULL;

	fn_watch_look(world->watch, world->db, now, &error);
	g_assert_no_error(error);
}

static inline FnActor *
world_actor(const char *account, const char *organization, const char *kind, const char *office)
{
	FnActor *actor = g_new0(FnActor, 1);

	actor->account = g_strdup(account);
	actor->person = g_strdup(account);
	actor->name = g_strdup(account);
	actor->organization = g_strdup(organization);
	actor->organization_kind = g_strdup(kind);
	actor->offices = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(actor->offices, g_strdup(office));
	return actor;
}

/* Alerts of @rule (NULL: all), newest first. */
static inline json_t *
world_alerts(World *world, const char *rule)
{
	g_autoptr(FnActor) eve = world_actor("a-eve", "Z", "bureau", "officer");
	const FnWatchQuestion question = { .rule = rule, .limit = 500 };
	g_autoptr(GError) error = NULL;
	json_t *answer = fn_watch_alerts(world->db, world->rules, eve, &question, &error), *items;

	g_assert_no_error(error);
	items = json_incref(json_object_get(answer, "items"));
	json_decref(answer);
	return items;
}

static inline const char *
text_in(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
