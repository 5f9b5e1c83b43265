/* For the tests of this room: the real rules, people of five organizations, effects that only count. */
#pragma once

#include "base/text.h"
#include "rules/testing.h"
#include "store/testing.h"
#include "work/work.h"
#include "work_sql.h"

#include <string.h>

/* Tests stand on 2026-02-12, 10:00 in China, before the Spring Festival. */
#define DAY (G_GINT64_CONSTANT(86400) * G_USEC_PER_SEC)
#define NOON (G_GINT64_CONSTANT(1770861600) * G_USEC_PER_SEC)

/* A statement of a test's own, without parameters. */
static const char *const fixture_no_parameters[] = { NULL };
#define FIXTURE_SQL(text_) { "test", text_, text_, fixture_no_parameters }

static const FnMigration *const fixture_rooms[] = { fn_sql_work_migrations, NULL };

typedef enum { ANNA, BO, CHEN, DING, EVE, FANG, GU, HE, IAN, JIA, KAI, LIN, PEOPLE } Who;

static const struct {
	const char *account, *person, *organization, *kind, *offices[4];
} fixture_people[PEOPLE] = {
	[ANNA] = { "a-anna", "p-anna", "consumer", "department", { "officer" } },
	[BO] = { "a-bo", "p-bo", "consumer", "department", { "sharing_head" } },
	[CHEN] = { "a-chen", "p-chen", "provider", "department", { "officer" } },
	[DING] = { "a-ding", "p-ding", "provider", "department", { "sharing_head" } },
	[EVE] = { "a-eve", "p-eve", "bureau", "bureau", { "officer" } },
	[FANG] = { "a-fang", "p-fang", "government", "government", { "officer" } },
	[GU] = { "a-gu", "p-gu", "stranger", "department", { "officer", "sharing_head", "department_head" } },
	/* an officer to whom the head's office is delegated */
	[HE] = { "a-he", "p-he", "consumer", "department", { "officer", "sharing_head" } },
	[IAN] = { "a-ian", "p-ian", "provider", "department", { "secrecy_reviewer" } },
	[JIA] = { "a-jia", "p-jia", "provider", "department", { "department_head" } },
	/* the same person as CHEN by another account, with the head's office */
	[KAI] = { "a-kai", "p-chen", "provider", "department", { "sharing_head", "department_head", "secrecy_reviewer" } },
	[LIN] = { "a-lin", "p-lin", "provider", "department", { "editor" } },
};

static inline FnActor *
fixture_actor(Who who)
{
	FnActor *actor = g_new0(FnActor, 1);

	actor->account = g_strdup(fixture_people[who].account);
	actor->person = g_strdup(fixture_people[who].person);
	actor->name = g_strdup(fixture_people[who].account + 2);
	actor->organization = g_strdup(fixture_people[who].organization);
	actor->organization_kind = g_strdup(fixture_people[who].kind);
	actor->offices = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < 4 && fixture_people[who].offices[i] != NULL; i++)
		g_ptr_array_add(actor->offices, g_strdup(fixture_people[who].offices[i]));
	return actor;
}

typedef struct {
	GString *ran;            /* names of the effects that ran, in order, with where the step leads */
	gboolean nda, handover;
	const char *failing;     /* the effect that fails */
} Effects;

static inline gboolean
fixture_ran(const char *name, const FnCase *which, gpointer data, GError **error)
{
	Effects *effects = data;

	if (g_strcmp0(effects->failing, name) == 0) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "told to fail");
		return FALSE;
	}
	g_string_append_printf(effects->ran, "%s>%s ", name, which->to);
	return TRUE;
}

#define FIXTURE_EFFECT(id_, name_) \
	static gboolean fixture_##id_(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error) \
	{ \
		return fixture_ran(name_, which, data, error); \
	}
FIXTURE_EFFECT(record, "record")
FIXTURE_EFFECT(assess, "resource.assess")
FIXTURE_EFFECT(approve, "resource.approve")
FIXTURE_EFFECT(submit, "resource.submit")
FIXTURE_EFFECT(publish, "resource.publish")
FIXTURE_EFFECT(return, "resource.return")
FIXTURE_EFFECT(revise, "resource.revise")
FIXTURE_EFFECT(suspend, "resource.suspend")
FIXTURE_EFFECT(withdraw, "resource.withdraw")
FIXTURE_EFFECT(prepare, "grant.prepare")
FIXTURE_EFFECT(activate, "grant.activate")
FIXTURE_EFFECT(grant_suspend, "grant.suspend")
FIXTURE_EFFECT(rectify, "grant.rectify")
FIXTURE_EFFECT(resume, "grant.resume")
FIXTURE_EFFECT(terminate, "grant.terminate")
FIXTURE_EFFECT(end, "grant.end")
FIXTURE_EFFECT(dispose, "grant.dispose")
FIXTURE_EFFECT(reversal_check, "reidentification.check")
FIXTURE_EFFECT(reversal_use, "reidentification.use")
FIXTURE_EFFECT(lookup_check, "lookup.check")
FIXTURE_EFFECT(lookup_use, "lookup.use")
FIXTURE_EFFECT(account_open, "account.open")
FIXTURE_EFFECT(account_close, "account.close")
FIXTURE_EFFECT(account_prolong, "account.prolong")
FIXTURE_EFFECT(office_pass_on, "office.pass_on")
FIXTURE_EFFECT(grant_pause, "grant.pause")
FIXTURE_EFFECT(grant_stop, "grant.stop")
FIXTURE_EFFECT(grant_replace, "grant.replace")
FIXTURE_EFFECT(office_give, "office.give")
FIXTURE_EFFECT(office_set, "office.set")
FIXTURE_EFFECT(office_take, "office.take")

static gboolean
fixture_nda(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return ((Effects *)data)->nda;
}

static gboolean
fixture_handover(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return ((Effects *)data)->handover;
}

static const FnEffect fixture_effects[] = {
	{ "resource.assess", fixture_assess }, { "resource.approve", fixture_approve }, { "resource.submit", fixture_submit },
	{ "resource.publish", fixture_publish }, { "resource.return", fixture_return }, { "resource.revise", fixture_revise },
	{ "resource.suspend", fixture_suspend }, { "resource.withdraw", fixture_withdraw }, { "grant.prepare", fixture_prepare },
	{ "grant.activate", fixture_activate }, { "grant.suspend", fixture_grant_suspend }, { "grant.rectify", fixture_rectify },
	{ "grant.resume", fixture_resume }, { "grant.terminate", fixture_terminate }, { "grant.end", fixture_end },
	{ "grant.dispose", fixture_dispose }, { "need:nda", fixture_nda }, { "need:handover", fixture_handover },
	{ "need:risk_assessment", fixture_nda }, { "reidentification.check", fixture_reversal_check },
	{ "reidentification.use", fixture_reversal_use }, { "lookup.check", fixture_lookup_check }, { "lookup.use", fixture_lookup_use },
	{ "record", fixture_record }, { "account.open", fixture_account_open },
	{ "account.close", fixture_account_close }, { "account.prolong", fixture_account_prolong }, { "office.pass_on", fixture_office_pass_on }, { "need:rights_gone", fixture_nda },
	{ "grant.pause", fixture_grant_pause }, { "grant.stop", fixture_grant_stop }, { "grant.replace", fixture_grant_replace },
	{ "office.give", fixture_office_give }, { "office.set", fixture_office_set }, { "office.take", fixture_office_take },
	{ NULL, NULL },
};

typedef struct {
	FnRules *rules; /* of the tree, read once for all; or of the test's own */
	FnRules *own;
	FnWork *work;
	FnDb *db;
	Effects effects;
	FnActor *actor[PEOPLE];
} Fixture;

static inline void
fixture_free(Fixture *fixture)
{
	for (guint i = 0; i < PEOPLE; i++)
		fn_actor_free(fixture->actor[i]);
	g_string_free(fixture->effects.ran, TRUE);
	fn_db_close(fixture->db);
	fn_work_free(fixture->work);
	fn_rules_free(fixture->own);
	g_free(fixture);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static inline Fixture *
fixture_new(const char *engine)
{
	g_autoptr(GError) error = NULL;
	Fixture *fixture = g_new0(Fixture, 1);

	fixture->rules = test_tree_rules("national");
	fixture->effects = (Effects){ .ran = g_string_new(NULL), .nda = TRUE, .handover = TRUE };
	fixture->work = fn_work_new(fixture->rules, fixture_effects, &fixture->effects, &error);
	g_assert_no_error(error);
	fixture->db = fn_test_db(engine, fixture_rooms);
	for (guint i = 0; i < PEOPLE; i++)
		fixture->actor[i] = fixture_actor((Who)i);
	return fixture;
}

/* Attaches a small file of @kind as it is kept, inside the caller's transaction. */
static inline void
fixture_attach(FnDb *db, const char *id, const char *kind, const FnActor *actor, gint64 now)
{
	static const char digest[] = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"; /* SM3 of "abc" */
	g_autofree char *attachment = fn_id_new();
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, &fn_sql_work_add_attachment, FN_BINDS(FN_TEXT("id", attachment), FN_TEXT("case", id), FN_TEXT("kind", kind),
		FN_TEXT("name", "a.txt"), FN_TEXT("media_type", "text/plain"), FN_INT("size", 3), FN_TEXT("digest", digest),
		FN_BLOB("bytes", "abc", 3), FN_INT("at", now), FN_TEXT("account", actor->account), FN_TEXT("organization", actor->organization)),
		NULL, &error);
	g_assert_no_error(error);
}

static inline json_t *
fixture_form(void)
{
	return json_pack("{s:s, s:[s,s,s], s:s, s:s, s:s, s:s, s:s, s:s}", "resource", "130100-x-1", "fields", "a", "b", "c", "mode", "query",
		"system", "sys-1", "purpose", "核验居民信息", "basis", "居民身份证法第十九条规定", "scenario", "窗口办理时核验申请人身份", "until",
		"2026-12-31");
}

static inline json_t *
fixture_reversal(void)
{
	return json_pack("{s:s, s:[s,s], s:s, s:s, s:i}", "field", "a", "pseudonyms", "p1", "p2", "reason", "核对重复发放的补贴对象名单", "basis",
		"财政违法行为处罚处分条例第六条", "days", 3);
}

static inline json_t *
fixture_parties(void)
{
	return json_pack("{s:s, s:s}", "provider", "provider", "consumer", "consumer");
}

/* Opens in its own transaction; NULL with *error. */
static inline char *
fixture_open(Fixture *fixture, const char *procedure, const json_t *form, Who who, gint64 now, GError **error)
{
	json_t *parties = fixture_parties();
	char *id;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	id = fn_work_open(fixture->work, fixture->db, procedure, "130100-x-1", parties, form, fixture->actor[who], now, error);
	json_decref(parties);
	if (id == NULL)
		fn_db_rollback(fixture->db);
	else
		g_assert_true(fn_db_commit(fixture->db, NULL));
	return id;
}

static inline gboolean
fixture_step(Fixture *fixture, const char *id, const char *step, const char *say, const json_t *form, Who who, gint64 now, GError **error)
{
	gboolean taken;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	taken = fn_work_step(fixture->work, fixture->db, id, step, say, form, fixture->actor[who], now, error);
	if (!taken)
		fn_db_rollback(fixture->db);
	else
		g_assert_true(fn_db_commit(fixture->db, NULL));
	return taken;
}

static inline char *
fixture_state(Fixture *fixture, const char *id)
{
	json_t *shown = fn_work_show(fixture->work, fixture->db, id, fixture->actor[EVE], NOON, NULL);
	char *state = g_strdup(json_string_value(json_object_get(shown, "state")));

	json_decref(shown);
	return state;
}
