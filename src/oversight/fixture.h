/* What the tests of this room share: the catalog's city, a procedure engine whose effects do nothing, and shorthands that fail the test
 * on any error. */
#pragma once

#include "intake_sql.h"
#include "oversight_sql.h"
#include "register_sql.h"
#include "rules/testing.h"
#include "watch_sql.h"
#define FIXTURE_ALSO fn_sql_register_migrations, fn_sql_watch_migrations, fn_sql_oversight_migrations, fn_sql_intake_migrations,
#include "catalog/fixture.h"

#include "oversight/oversight_priv.h"

#define DAY G_TIME_SPAN_DAY

typedef struct {
	City *city;
	FnRules *rules;
	FnRules *own; /* of a test, or NULL */
	GArray *effects; /* FnEffect: every name that a procedure has, and it does nothing */
	GPtrArray *names;
	FnWork *work;
	gint64 now;
	FnActor *head, *verifier, *asking_officer; /* of the provider, the bureau, the consumer */
} Town;

static inline gboolean
town_effect(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return TRUE;
}

static inline void
town_name(Town *town, const FnNode *names, const char *prefix)
{
	const char *name;

	for (guint i = 0; (name = fn_node_word(names, i)) != NULL; i++) {
		FnEffect effect = { g_strconcat(prefix, name, NULL), town_effect };

		g_ptr_array_add(town->names, (gpointer)effect.name);
		g_array_append_val(town->effects, effect);
	}
}

static inline void
town_effects(Town *town)
{
	static const FnEffect record = { "record", town_effect };
	guint n;
	const FnNode *const *all = fn_rules_all(town->rules, "procedures", &n);

	g_array_append_val(town->effects, record);
	for (guint i = 0; i < n; i++) {
		const FnNode *steps = fn_node_get(all[i], "steps");

		for (guint j = 0; j < fn_node_count(steps); j++) {
			town_name(town, fn_node_get(fn_node_at(steps, j), "effect"), "");
			town_name(town, fn_node_get(fn_node_at(steps, j), "needs"), "need:");
		}
	}
}

/* Checks that find_test.c plays, with procedures that are walked: somebody who is found, and somebody who is not. */
static const char *const town_played[] = { "late_answer", "late_supply", "late_dispute", "late_rectification", "late_disposal", "catalog_overdue",
	"fields_unclassified", "fields_unmasked", "expired_agreements", "certificates_expiring", "accounts_idle", "password_old",
	"leavers_with_rights", "data_officer_missing", NULL };

/* Says since when all organizations have been on the platform. */
static inline void
town_joined(Town *town, gint64 at)
{
	static const char *const parameters[] = { "at", NULL };
	static const char update[] = "UPDATE organization SET created_at = :at";
	static const FnSql joined = { "joined", update, "UPDATE organization SET created_at = $1", parameters };
	g_autoptr(GError) error = NULL;

	fn_db_exec(town->city->db, &joined, FN_BINDS(FN_INT("at", at)), NULL, &error);
	g_assert_no_error(error);
}

/* @more: a further directory of rules, or NULL. */
static inline Town *
town_new(gconstpointer engine, const char *more)
{
	g_autofree char *directory = fn_rules_directory(NULL);
	const FnEffect record = { "record", town_effect };
	g_autoptr(GError) error = NULL;
	Town *town = g_new0(Town, 1);

	town->city = city_new(engine);
	town->now = noon;
	town_joined(town, 0);
	if (more != NULL)
		town->own = fn_rules_load(directory, "shijiazhuang", more, &error);
	g_assert_no_error(error);
	town->rules = more != NULL ? town->own : test_tree_rules("shijiazhuang");
	town->effects = g_array_new(TRUE, TRUE, sizeof(FnEffect));
	town->names = g_ptr_array_new_with_free_func(g_free);
	town_effects(town);
	g_array_append_val(town->effects, record);
	town->work = fn_work_new(town->rules, (const FnEffect *)(gpointer)town->effects->data, NULL, &error);
	g_assert_no_error(error);
	town->head = town->city->sharing;
	town->verifier = town->city->bureau_officer;
	town->asking_officer = town->city->asker;
	return town;
}

static inline void
town_free(Town *town)
{
	fn_work_free(town->work);
	fn_rules_free(town->own);
	g_array_unref(town->effects);
	g_ptr_array_unref(town->names);
	city_free(town->city);
	g_free(town);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Town, town_free)

static inline FnOversight
town_at(const Town *town)
{
	return (FnOversight){ .rules = town->rules, .work = town->work, .db = town->city->db, .now = town->now };
}

/* Deadlines pass. */
static inline void
town_wait(Town *town, gint64 days)
{
	g_autoptr(GError) error = NULL;

	town->now += days * DAY;
	fn_work_tick(town->work, town->city->db, town->now, &error);
	g_assert_no_error(error);
}

static inline char *
town_case(const Town *town, const char *procedure, const char *subject, const json_t *form, const FnActor *actor)
{
	json_t *parties = json_pack("{s:s, s:s}", "provider", town->city->provider, "consumer", town->city->consumer);
	g_autoptr(GError) error = NULL;
	char *id = fn_work_open(town->work, town->city->db, procedure, subject, parties, form, actor, town->now, &error);

	g_assert_no_error(error);
	json_decref(parties);
	return id;
}

static inline void
town_step(const Town *town, const char *id, const char *step, const char *say, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	fn_work_step(town->work, town->city->db, id, step, say, NULL, actor, town->now, &error);
	g_assert_no_error(error);
}

/* An application that waits for its answer. */
static inline char *
town_application(const Town *town, const char *resource)
{
	json_t *form = json_pack("{s:s, s:[s,s], s:s, s:s, s:s, s:s, s:s, s:s}", "resource", resource, "fields", "person_name", "district", "mode",
		"query", "system", town->city->system, "purpose", "核验居民信息", "basis", "居民身份证法第十九条规定", "scenario",
		"窗口办理时核验申请人身份", "until", "2027-12-31");
	char *id = town_case(town, "sharing_application", resource, form, town->city->asker);

	json_decref(form);
	town_step(town, id, "consent", NULL, town->city->asking_head);
	town_step(town, id, "send", NULL, town->city->asker);
	return id;
}

/* The organization's officer and head put it right, the bureau looks. */
static inline void
town_rectify(const Town *town, const char *id, const FnActor *officer, const FnActor *head, const FnActor *verifier)
{
	town_step(town, id, "agree", "已整改到位", head);
	town_step(town, id, "submit", "整改报告第1号", officer);
	town_step(town, id, "verify", "现场核实", verifier);
}

/* Opens or looks again; the number of cases opened in *opened_out (may be NULL). The id; caller frees. */
static inline char *
town_inspect(const Town *town, const char *period, const char *kind, guint *opened_out)
{
	FnOversight at = town_at(town);
	g_autoptr(GError) error = NULL;
	json_t *told = fn_inspection_open(&at, period, kind, NULL, NULL, town->verifier, &error);
	char *id;

	g_assert_no_error(error);
	id = g_strdup(json_string_value(json_object_get(told, "id")));
	if (opened_out != NULL)
		*opened_out = (guint)json_integer_value(json_object_get(told, "findings"));
	json_decref(told);
	return id;
}

/* The findings of @check that are not closed. */
static inline json_t *
town_findings(const Town *town, const char *check, const char *state)
{
	g_autoptr(GError) error = NULL;
	json_t *list = fn_finding_list(town->city->db, town->rules, NULL, check, state, FALSE, &error);

	g_assert_no_error(error);
	return list;
}

/* "violated", … of a duty, now. */
static inline json_t *
town_duty(const Town *town, const char *duty)
{
	FnOversight at = town_at(town);
	g_autoptr(FnLook) look = fn_look_new(&at);
	FnComplianceFilter filter = { .article = duty };
	g_autoptr(GError) error = NULL;
	json_t *all = fn_oversight_compliance(look, &filter, &error), *found = NULL;

	g_assert_no_error(error);
	for (size_t i = 0; i < json_array_size(json_object_get(all, "duties")); i++) {
		json_t *one = json_array_get(json_object_get(all, "duties"), i);

		if (g_strcmp0(json_string_value(json_object_get(one, "id")), duty) == 0)
			found = json_incref(one);
	}
	json_decref(all);
	g_assert_nonnull(found);
	return found;
}
