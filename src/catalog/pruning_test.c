/* Two persons have the ledger pruned, through a true keeper; and whoever is not allowed to. */
#include "catalog/pruning.h"

#include "base/pool.h"
#include "catalog/fixture.h"
#include "crypto/keeper_client.h"
#include "ipc/testing.h"
#include "keeper/test_help.h"
#include "ledger/ledger.h"

#define ORIGIN "log.test.example/one"
#define REASON "存储空间不足，已过保存期限"

/* The ledger as the clock sees it; under the mutex. */
typedef struct {
	char before[8];
	const char *refusal; /* code, or NULL */
	guint asked;
	char *authorised;
} Ledger;

typedef struct {
	City *city;
	FnWork *work;
	Instance *instance;
	FnKeeper *holder; /* of the thread that serves it */
	TestPeer keeper, ledger;
	FnMutex mutex;
	Ledger state;
	FnActor *auditor, *security, *both, *stranger;
} World;

static void
serve_keeper(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	g_autoptr(GString) reply = g_string_sized_new(FN_KEEPER_REPLY);
	g_autoptr(GError) error = NULL;

	if (fn_keeper_handle(((World *)data)->holder, FN_ROLE_CLOCK, op, payload, size, reply, &error))
		fn_ipc_reply(token, reply->str, reply->len);
	else
		fn_ipc_refuse(token, fn_keeper_error_code(error), error->message);
}

static void
prune(FnIpcToken *token, Ledger *state, const guint8 *payload, gsize size)
{
	guint64 minimum = GUINT64_TO_LE(4711);
	json_t *json = fn_json_parse((const char *)payload, size, NULL);

	state->asked++;
	g_free(state->authorised);
	state->authorised = g_strndup((const char *)payload, size);
	if (state->refusal != NULL) {
		fn_ipc_refuse(token, state->refusal, "no");
	} else {
		g_strlcpy(state->before, json_string_value(json_object_get(json_object_get(json, "authorisation"), "before")), sizeof(state->before));
		fn_ipc_reply(token, &minimum, sizeof(minimum));
	}
	json_decref(json);
}

static void
serve_ledger(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	World *world = data;
	g_autofree char *text = NULL;

	fn_mutex_lock(&world->mutex);
	if (op == FN_LEDGER_OP_PRUNE)
		prune(token, &world->state, payload, size);
	else if (op == FN_LEDGER_OP_HEAD)
		text = g_strdup("{\"origin\":\"" ORIGIN "\"}");
	else if (op == FN_LEDGER_OP_STATUS)
		text = world->state.before[0] != '\0' ? g_strdup_printf("{\"before\":\"%s\"}", world->state.before) : g_strdup("{}");
	else
		fn_ipc_refuse(token, "request", "not here");
	fn_mutex_unlock(&world->mutex);
	if (text != NULL)
		fn_ipc_reply(token, text, strlen(text));
}

static World *
world_new(gconstpointer engine)
{
	g_autoptr(GError) error = NULL;
	World *world = g_new0(World, 1);

	world->mutex = (FnMutex)FN_MUTEX_INIT;
	world->instance = instance_new(FN_SUITE_GM);
	world->holder = instance_open(world->instance);
	test_peer_start(&world->keeper, world->instance->directory, "k.sock", serve_keeper, world);
	test_peer_start(&world->ledger, world->instance->directory, "l.sock", serve_ledger, world);
	world->city = city_new(engine);
	world->work = fn_work_new(world->city->rules, fn_catalog_effects, world->city->rules, &error);
	g_assert_no_error(error);
	world->auditor = fixture_actor(world->city->db, world->city->bureau, "auditor1", "auditor");
	world->security = fixture_actor(world->city->db, world->city->bureau, "security1", "security_admin");
	world->both = fixture_actor(world->city->db, world->city->bureau, "both1", "auditor");
	g_ptr_array_add(world->both->offices, g_strdup("security_admin"));
	world->stranger = fixture_actor(world->city->db, world->city->provider, "auditor2", "auditor");
	return world;
}

static void
world_free(World *world)
{
	fn_actor_free(world->auditor);
	fn_actor_free(world->security);
	fn_actor_free(world->both);
	fn_actor_free(world->stranger);
	fn_work_free(world->work);
	city_free(world->city);
	test_peer_stop(&world->ledger);
	test_peer_stop(&world->keeper);
	fn_keeper_free(world->holder);
	instance_free(world->instance);
	g_free(world->state.authorised);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static char *
open_by(World *world, int year, int month, const FnActor *actor, GError **error)
{
	json_t *form = json_pack("{s:i, s:i, s:s}", "year", year, "month", month, "reason", REASON), *parties = json_pack("{s:s}", "bureau", world->city->bureau);
	char *id = fn_work_open(world->work, world->city->db, FN_PRUNING, "ledger", parties, form, actor, noon, error);

	json_decref(parties);
	json_decref(form);
	return id;
}

static gboolean
take(World *world, const char *id, const char *step, const FnActor *actor, GError **error)
{
	return fn_work_step(world->work, world->city->db, id, step, "查过，理由成立", NULL, actor, noon, error);
}

static char *
approved(World *world)
{
	g_autoptr(GError) error = NULL;
	char *id = open_by(world, 2026, 3, world->auditor, &error);

	g_assert_no_error(error);
	take(world, id, "send", world->auditor, &error);
	g_assert_no_error(error);
	take(world, id, "approve", world->security, &error);
	g_assert_no_error(error);
	return id;
}

static const char *
carry_out(World *world, const char *id, GError **error)
{
	g_autofree char *say = NULL;
	const char *step = fn_pruning_carry_out(world->city->db, world->work, world->keeper.client, world->ledger.client, id, noon, &say, error);

	g_assert_cmpint(step != NULL, ==, say != NULL);
	if (step != NULL) {
		g_autoptr(FnActor) platform = fn_work_platform();

		g_assert_true(fn_work_step(world->work, world->city->db, id, step, say, NULL, platform, noon, error));
	}
	return step;
}

/* ---- tests ---- */

static void
test_whole_way(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world);
	g_autofree char *text = NULL;
	g_autofree guint8 *signature = NULL;
	g_autofree char *key_text = fn_keeper_public(world->keeper.client, "grant", NULL);
	g_autoptr(FnPublicKey) key = fn_public_key_parse(key_text, NULL);
	g_autoptr(GError) error = NULL;
	json_t *json;
	gsize size;

	g_assert_cmpstr(carry_out(world, id, &error), ==, "done");
	g_assert_no_error(error);
	json = fn_json_parse(world->state.authorised, strlen(world->state.authorised), &error);
	g_assert_no_error(error);
	text = fn_json_canonical(json_object_get(json, "authorisation"));
	signature = g_base64_decode(json_string_value(json_object_get(json, "signature")), &size);
	g_assert_true(fn_verify(key, "pruning", text, strlen(text), signature, size, NULL));
	g_assert_false(fn_verify(key, "reversal", text, strlen(text), signature, size, NULL));
	g_assert_nonnull(strstr(text, "\"before\":\"2026-03\""));
	g_assert_nonnull(strstr(text, "\"origin\":\"" ORIGIN "\""));
	g_assert_nonnull(strstr(text, id));
	json_decref(json);
	/* The case is closed: it gives nothing more. */
	g_assert_null(carry_out(world, id, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_assert_cmpuint(world->state.asked, ==, 1);
}

/* The ledger did it, but its answer was lost: it is asked no second time. */
static void
test_done_before(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world);
	g_autoptr(GError) error = NULL;

	g_strlcpy(world->state.before, "2026-04", sizeof(world->state.before));
	g_assert_cmpstr(carry_out(world, id, &error), ==, "done");
	g_assert_cmpuint(world->state.asked, ==, 0);
}

static void
test_refusals(gconstpointer engine)
{
	static const struct {
		const char *code, *step;
	} cases[] = { { "range", "fail" }, { "not_authorised", "fail" }, { "tampered", "fail" }, { "busy", NULL }, { "not_yet", NULL },
		{ "stopped", NULL }, { "io", NULL } };
	g_autoptr(World) world = world_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *id = approved(world);
		g_autoptr(GError) error = NULL;

		world->state.refusal = cases[i].code;
		g_assert_cmpstr(carry_out(world, id, &error), ==, cases[i].step);
		g_assert_cmpint(error != NULL, ==, cases[i].step == NULL);
	}
}

static void
test_two_persons(gconstpointer engine)
{
	static const char *const none[] = { NULL };
	static const char forged_text[] = "UPDATE work_case SET form = '{\"year\":2026,\"month\":9}'";
	static const FnSql forged = { "forged", forged_text, forged_text, none };
	g_autoptr(World) world = world_new(engine);
	const City *city = world->city;
	const FnActor *const others[] = { world->auditor, world->stranger, city->officer, city->head, city->bureau_officer, city->admin,
		city->outsider };
	g_autoptr(GError) error = NULL;
	g_autofree char *id = open_by(world, 2026, 3, world->both, &error);

	g_assert_no_error(error);
	g_assert_true(take(world, id, "send", world->both, NULL));
	g_assert_false(take(world, id, "approve", world->both, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_APART);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_false(take(world, id, "approve", others[i], NULL));
	g_clear_error(&error);
	g_assert_null(carry_out(world, id, &error)); /* not approved */
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	for (gsize i = 1; i < G_N_ELEMENTS(others); i++)
		g_assert_null(open_by(world, 2026, 3, others[i], NULL));
	g_assert_true(take(world, id, "approve", world->security, NULL));
	/* A row written past the procedure. */
	g_assert_true(fn_db_exec(world->city->db, &forged, FN_NO_BINDS, NULL, NULL));
	g_clear_error(&error);
	g_assert_null(carry_out(world, id, &error));
	g_assert_nonnull(error);
	g_assert_cmpuint(world->state.asked, ==, 0);
}

static void
test_bad_wishes(gconstpointer engine)
{
	static const int cases[][2] = { { 2026, 0 }, { 2026, 13 }, { 2019, 1 }, { 10000, 1 }, { -1, -1 } };
	g_autoptr(World) world = world_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(open_by(world, cases[i][0], cases[i][1], world->auditor, &error));
		g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	fn_test_add("/pruning/whole-way", test_whole_way);
	fn_test_add("/pruning/done-before", test_done_before);
	fn_test_add("/pruning/refusals", test_refusals);
	fn_test_add("/pruning/two-persons", test_two_persons);
	fn_test_add("/pruning/bad-wishes", test_bad_wishes);
	return g_test_run();
}
