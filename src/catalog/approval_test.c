/* Who may learn who looked a person up: rules/procedures/lookup.yaml, step by step, and everybody who may not. */
#include "catalog/fixture.h"

#define DIGEST "2026:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

typedef struct {
	City *city;
	FnWork *work;
	FnActor *auditor, *officer, *secrecy, *twofold, *head, *elsewhere; /* all but the last of the bureau */
} World;

static World *
world_new(gconstpointer engine)
{
	World *world = g_new0(World, 1);
	g_autoptr(GError) error = NULL;

	world->city = city_new(engine);
	world->work = fn_work_new(world->city->rules, fn_catalog_effects, world->city->rules, &error);
	g_assert_no_error(error);
	world->auditor = fixture_actor(world->city->db, world->city->bureau, "auditor2", "auditor");
	world->officer = fixture_actor(world->city->db, world->city->bureau, "officer3", "officer");
	world->secrecy = fixture_actor(world->city->db, world->city->bureau, "secrecy3", "secrecy_reviewer");
	world->head = fixture_actor(world->city->db, world->city->bureau, "head3", "sharing_head");
	world->twofold = fixture_actor(world->city->db, world->city->bureau, "twofold3", "officer");
	g_ptr_array_add(world->twofold->offices, g_strdup("secrecy_reviewer"));
	world->elsewhere = fixture_actor(world->city->db, world->city->provider, "auditor4", "auditor");
	return world;
}

static void
world_free(World *world)
{
	FnActor *actors[] = { world->auditor, world->officer, world->secrecy, world->twofold, world->head, world->elsewhere };

	for (gsize i = 0; i < G_N_ELEMENTS(actors); i++)
		fn_actor_free(actors[i]);
	fn_work_free(world->work);
	city_free(world->city);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static char *
open_by(World *world, const FnActor *actor, const char *subject, GError **error)
{
	json_t *parties = json_pack("{s:s}", "bureau", world->city->bureau);
	json_t *form = json_pack("{s:[s], s:s, s:s, s:i}", "subjects", subject, "reason", "当事人投诉其住址被无关人员得知", "basis", "个人信息保护法第四十五条",
		"days", 2);
	char *id = fn_work_open(world->work, world->city->db, "lookup", "ledger", parties, form, actor, noon, error);

	json_decref(parties);
	json_decref(form);
	return id;
}

static gboolean
take(World *world, const char *id, const char *step, const FnActor *actor, gint64 now, GError **error)
{
	return fn_work_step(world->work, world->city->db, id, step, "查过，理由成立", NULL, actor, now, error);
}

static void
must(World *world, const char *id, const char *step, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	take(world, id, step, actor, noon, &error);
	g_assert_no_error(error);
}

static void
must_not(World *world, const char *id, const char *step, const FnActor *actor, FnWorkError code)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(take(world, id, step, actor, noon, &error));
	g_assert_error(error, FN_WORK_ERROR, (gint)code);
}

static char *
approved(World *world, const FnActor *asker)
{
	char *id = open_by(world, asker, DIGEST, NULL);

	g_assert_nonnull(id);
	must(world, id, "send", asker);
	must(world, id, "approve", world->secrecy);
	return id;
}

static char *
state_of(World *world, const char *id)
{
	json_t *shown = fn_work_show(world->work, world->city->db, id, world->officer, noon, NULL);
	char *state = g_strdup(json_string_value(json_object_get(shown, "state")));

	json_decref(shown);
	return state;
}

static void
test_way(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const FnActor *askers[] = { world->auditor, world->officer };

	for (gsize i = 0; i < G_N_ELEMENTS(askers); i++) {
		g_autofree char *id = approved(world, askers[i]);
		g_autoptr(GError) error = NULL;

		must(world, id, "use", askers[i]);
		must(world, id, "use", askers[i]); /* as often as it takes, each an entry */
		fn_work_audit(world->work, world->city->db, id, &error);
		g_assert_no_error(error);
	}
}

static void
test_forbidden(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const FnActor *strangers[] = { world->elsewhere, world->city->officer, world->city->asker, world->secrecy, world->head, world->city->outsider };
	g_autofree char *id = open_by(world, world->officer, DIGEST, NULL), *mine = NULL;
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
		g_assert_null(open_by(world, strangers[i], DIGEST, &error));
		g_assert_true(error->domain == FN_WORK_ERROR);
		g_clear_error(&error);
	}
	must_not(world, id, "use", world->officer, FN_WORK_ERROR_STATE);
	must_not(world, id, "approve", world->secrecy, FN_WORK_ERROR_STATE);
	must(world, id, "send", world->officer);
	must_not(world, id, "use", world->officer, FN_WORK_ERROR_STATE);
	must_not(world, id, "approve", world->officer, FN_WORK_ERROR_OFFICE);
	must_not(world, id, "approve", world->city->secrecy, FN_WORK_ERROR_OFFICE); /* of another organization */
	must(world, id, "approve", world->secrecy);
	must_not(world, id, "use", world->secrecy, FN_WORK_ERROR_OFFICE);
	must_not(world, id, "use", world->auditor, FN_WORK_ERROR_EFFECT); /* somebody else's approval */
	must(world, id, "revoke", world->head);
	must_not(world, id, "use", world->officer, FN_WORK_ERROR_STATE);
	/* two offices make no second person */
	mine = open_by(world, world->twofold, DIGEST, NULL);
	must(world, mine, "send", world->twofold);
	must_not(world, mine, "approve", world->twofold, FN_WORK_ERROR_APART);
}

/* A digest, or the case is never sent: an identifier in clear goes no further. */
static void
test_digests(gconstpointer engine)
{
	static const char *const bad[] = { "110105194912310021", "2026:110105194912310021", "aaaa" DIGEST, DIGEST "a",
		"2026-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "2026:zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	g_autoptr(World) world = world_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *id = open_by(world, world->officer, bad[i], NULL);

		must_not(world, id, "send", world->officer, FN_WORK_ERROR_EFFECT);
	}
}

static void
test_term(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world, world->auditor), *running = NULL, *ended = NULL;
	gint64 end = noon + 2 * G_TIME_SPAN_DAY;
	g_autoptr(GError) error = NULL;

	g_assert_true(take(world, id, "use", world->auditor, end - 1, NULL));
	g_assert_false(take(world, id, "use", world->auditor, end, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT);
	g_assert_true(fn_approval_expire(world->city->db, world->work, end - 1, NULL));
	running = state_of(world, id);
	g_assert_cmpstr(running, ==, "approved");
	g_assert_true(fn_approval_expire(world->city->db, world->work, end, NULL));
	ended = state_of(world, id);
	g_assert_cmpstr(ended, ==, "expired");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/approval/way", test_way);
	fn_test_add("/approval/forbidden", test_forbidden);
	fn_test_add("/approval/digests", test_digests);
	fn_test_add("/approval/term", test_term);
	return g_test_run();
}
