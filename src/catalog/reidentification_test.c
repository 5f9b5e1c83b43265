/* Pseudonyms of a signed grant turned back through a true keeper, and whoever is not allowed to. */
#include "catalog/reidentification.h"

#include "base/pool.h"
#include "catalog/fixture.h"
#include "crypto/keeper_client.h"
#include "ipc/testing.h"
#include "keeper/test_help.h"
#include "ledger/ledger.h"
#include "mask/mask.h"

#define CLEAR_ONE "13800138000"
#define CLEAR_TWO "15912345678"
#define REASON "核对三月份重复发放的补贴对象"

typedef struct {
	City *city;
	FnWork *work;
	Instance *instance;
	FnKeeper *holder; /* of the thread that serves it */
	TestPeer keeper, ledger;
	FnMutex mutex;
	GPtrArray *entries;         /* under the mutex: class digit and body */
	gboolean ledger_away;       /* under the mutex */
	FnActor *another, *twofold; /* officers of the provider; the second is secrecy reviewer too */
	char *grant, *pseudonym[2];
} World;

/* ---- keeper and ledger ---- */

static void
serve_keeper(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	gboolean of_gate = op == FN_KEEPER_OP_REVERSE || op == FN_KEEPER_OP_LEASE;
	g_autoptr(GString) reply = g_string_sized_new(FN_KEEPER_REPLY);
	g_autoptr(GError) error = NULL;

	if (fn_keeper_handle(((World *)data)->holder, of_gate ? FN_ROLE_GATE : FN_ROLE_CLOCK, op, payload, size, reply, &error))
		fn_ipc_reply(token, reply->str, reply->len);
	else
		fn_ipc_refuse(token, fn_keeper_error_code(error), error->message);
}

static void
serve_ledger(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	static const guint8 reply[24] = { 0 };
	World *world = data;

	fn_mutex_lock(&world->mutex);
	if (world->ledger_away || op != FN_LEDGER_OP_APPEND) {
		fn_ipc_refuse(token, "stopped", "the disk is full");
	} else {
		g_ptr_array_add(world->entries, g_strdup_printf("%u%.*s", payload[0], (int)size - 1, (const char *)payload + 1));
		fn_ipc_reply(token, reply, sizeof(reply));
	}
	fn_mutex_unlock(&world->mutex);
}

/* ---- a signed grant whose phone numbers leave as pseudonyms ---- */

static char *
prepare(World *world, const char *code, gboolean is_signed)
{
	g_autoptr(GError) error = NULL;
	json_t *form = fixture_json("{'fields': ['phone', 'district'], 'mode': 'query', 'purpose': '登记', 'basis': '依法', 'scenario': '窗口',"
		"'until': '2027-06-30'}");
	json_t *parties = json_pack("{s:s, s:s}", "provider", world->city->provider, "consumer", world->city->consumer);
	FnCase application = { .id = is_signed ? "case-1" : "case-2", .procedure = "sharing_unconditional", .subject = code, .form = form, .parties = parties };
	char *grant;

	json_object_set_new(form, "resource", json_string(code));
	json_object_set_new(form, "system", json_string(world->city->system));
	grant = fn_catalog_prepare_grant(world->city->db, &application, world->city->rules, noon, &error);
	g_assert_no_error(error);
	json_decref(form);
	json_decref(parties);
	return grant;
}

static char *
new_grant(World *world, gboolean is_signed)
{
	g_autofree char *code = fixture_add(world->city,
		"{'sharing_type': 'unconditional', 'fields': [{'name': 'phone', 'title': '手机号码', 'level': 2, 'identifier': 'direct',"
		"'column': 'sjh', 'key': true, 'mask': 'pseudonym:kind=mobile'},"
		"{'name': 'district', 'title': '所在区县', 'level': 1, 'identifier': 'quasi', 'column': 'qx'}]}");
	g_autofree char *grant = NULL, *content = NULL, *key = NULL, *signature = NULL;
	g_autofree guint8 *bytes = NULL;
	g_autoptr(GError) error = NULL;
	gsize size;

	fixture_publish(world->city, code);
	grant = prepare(world, code, is_signed);
	if (!is_signed)
		return g_steal_pointer(&grant);
	content = fn_catalog_grant_content(world->city->db, grant, &error);
	key = fn_keeper_public(world->keeper.client, "grant", &error);
	bytes = fn_keeper_sign(world->keeper.client, "grant", content, &size, &error);
	g_assert_no_error(error);
	signature = g_base64_encode(bytes, size);
	g_assert_true(fn_catalog_release_grant(world->city->db, grant, noon, &error));
	fn_catalog_activate_grant(world->city->db, grant, signature, key, noon, &error);
	g_assert_no_error(error);
	return g_steal_pointer(&grant);
}

/* As the share path gives it. */
static char *
mask(World *world, const char *clear)
{
	g_autofree char *context = fn_catalog_mask_context(world->grant);
	g_autoptr(FnLease) lease = fn_lease_get(world->keeper.client, "mask", context, NULL);
	g_autoptr(FnMaskColumn) column = fn_mask_column_new("pseudonym:kind=mobile", FN_SUITE_GM, fn_lease_key(lease), "phone", NULL);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	guint32 size = (guint32)strlen(clear);
	const char *value = clear;
	FnColumn one = { &value, &size, 1 };

	fn_mask_apply(column, &one, arena);
	return g_strndup(value, size);
}

static FnActor *
twofold(World *world)
{
	FnActor *actor = fixture_actor(world->city->db, world->city->provider, "twofold1", "officer");

	g_ptr_array_add(actor->offices, g_strdup("secrecy_reviewer"));
	return actor;
}

static World *
world_new(gconstpointer engine)
{
	g_autoptr(GError) error = NULL;
	World *world = g_new0(World, 1);

	world->mutex = (FnMutex)FN_MUTEX_INIT;
	world->entries = g_ptr_array_new_with_free_func(g_free);
	world->instance = instance_new(FN_SUITE_GM);
	world->holder = instance_open(world->instance);
	test_peer_start(&world->keeper, world->instance->directory, "k.sock", serve_keeper, world);
	test_peer_start(&world->ledger, world->instance->directory, "l.sock", serve_ledger, world);
	world->city = city_new(engine);
	world->work = fn_work_new(world->city->rules, fn_catalog_effects, world->city->rules, &error);
	g_assert_no_error(error);
	world->another = fixture_actor(world->city->db, world->city->provider, "officer2", "officer");
	world->twofold = twofold(world);
	world->grant = new_grant(world, TRUE);
	world->pseudonym[0] = mask(world, CLEAR_ONE);
	world->pseudonym[1] = mask(world, CLEAR_TWO);
	return world;
}

static void
world_free(World *world)
{
	for (guint i = 0; i < G_N_ELEMENTS(world->pseudonym); i++)
		g_free(world->pseudonym[i]);
	g_free(world->grant);
	fn_actor_free(world->another);
	fn_actor_free(world->twofold);
	fn_work_free(world->work);
	city_free(world->city);
	test_peer_stop(&world->ledger);
	test_peer_stop(&world->keeper);
	fn_keeper_free(world->holder);
	instance_free(world->instance);
	g_ptr_array_unref(world->entries);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

/* ---- steps ---- */

static json_t *
form_of(const World *world)
{
	return json_pack("{s:s, s:[s,s,s], s:s, s:s, s:i}", "field", "phone", "pseudonyms", world->pseudonym[1], "no number",
		world->pseudonym[0], "reason", REASON, "basis", "财政违法行为处罚处分条例第六条", "days", 2);
}

static char *
open_by(World *world, const char *grant, const FnActor *actor, json_t *form)
{
	json_t *parties = json_pack("{s:s}", "provider", world->city->provider);
	g_autoptr(GError) error = NULL;
	char *id = fn_work_open(world->work, world->city->db, "reidentification", grant, parties, form, actor, noon, &error);

	g_assert_no_error(error);
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

/* A case that is approved and, with @used, in which the last step is a use. */
static char *
approved(World *world, gboolean used)
{
	char *id = open_by(world, world->grant, world->city->officer, form_of(world));

	must(world, id, "send", world->city->officer);
	must(world, id, "approve", world->city->secrecy);
	if (used)
		must(world, id, "use", world->city->officer);
	return id;
}

static char *
authorise(World *world, const char *id, gint64 now, GError **error)
{
	return fn_reidentification_authorise(world->city->db, world->work, world->keeper.client, world->ledger.client, id, now, error);
}

/* No authorisation, no entry, for a reason that is the case's own. */
static void
gives_none(World *world, const char *id, gint64 now)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = authorise(world, id, now, &error);

	g_assert_null(text);
	g_assert_true(error->domain == FN_CATALOG_ERROR || error->domain == FN_WORK_ERROR);
	g_assert_cmpuint(world->entries->len, ==, 0);
}

static char *
state_of(World *world, const char *id)
{
	json_t *shown = fn_work_show(world->work, world->city->db, id, world->city->officer, noon, NULL);
	char *state = g_strdup(json_string_value(json_object_get(shown, "state")));

	json_decref(shown);
	return state;
}

/* ---- tests ---- */

static void
test_whole_way(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world, TRUE), *authorised = NULL, *got = NULL;
	g_autoptr(GError) error = NULL;
	json_t *values;

	authorised = authorise(world, id, noon, &error);
	g_assert_no_error(error);
	values = fn_keeper_reverse(world->keeper.client, authorised, &error);
	g_assert_no_error(error);
	got = fn_json_canonical(values);
	json_decref(values);
	g_assert_cmpstr(got, ==, "[\"" CLEAR_TWO "\",null,\"" CLEAR_ONE "\"]");
}

/* Who, for which case, how many: and nothing that says who was behind them, nor what people wrote. */
static void
test_entry(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const char *const never[] = { CLEAR_ONE, CLEAR_TWO, world->pseudonym[0], world->pseudonym[1], "no number", REASON };
	g_autofree char *id = approved(world, TRUE), *authorised = authorise(world, id, noon, NULL), *digest = NULL;
	g_autofree char *hashed = g_strconcat(world->grant, "\n", world->pseudonym[0], NULL);
	const json_t *digests;
	guint8 bytes[FN_DIGEST_SIZE];
	const char *entry;
	json_t *body;

	g_assert_nonnull(authorised);
	g_assert_cmpuint(world->entries->len, ==, 1);
	entry = world->entries->pdata[0];
	g_assert_cmpint(entry[0], ==, '0' + FN_CLASS_PERMANENT);
	for (gsize i = 0; i < G_N_ELEMENTS(never); i++)
		g_assert_null(strstr(entry, never[i]));
	body = fn_json_parse(entry + 1, strlen(entry + 1), NULL);
#define IS(name_, value_) g_assert_cmpstr(json_string_value(json_object_get(body, name_)), ==, value_)
	IS("event", "reidentification.authorised");
	IS("actor", world->city->officer->account);
	IS("approved_by", world->city->secrecy->account);
	IS("case", id);
	IS("field", "phone");
	IS("grant", world->grant);
	IS("provider", world->city->provider);
	IS("organization", world->city->provider);
	g_assert_cmpint(json_integer_value(json_object_get(body, "count")), ==, 3);
	fn_sm3(hashed, strlen(hashed), bytes);
	digest = fn_hex(bytes, sizeof(bytes));
	digests = json_object_get(body, "digests");
	g_assert_cmpuint(json_array_size(digests), ==, 3);
	g_assert_cmpstr(json_string_value(json_array_get(digests, 2)), ==, digest);
	json_decref(body);
}

/* Without an entry there is no authorisation. */
static void
test_ledger_away(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world, TRUE), *authorised = NULL;
	g_autoptr(GError) error = NULL;

	fn_mutex_lock(&world->mutex);
	world->ledger_away = TRUE;
	fn_mutex_unlock(&world->mutex);
	authorised = authorise(world, id, noon, &error);
	g_assert_null(authorised);
	g_assert_true(fn_ipc_error_is(error, "stopped"));
}

static void
test_two_persons(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const City *city = world->city;
	g_autofree char *id = open_by(world, world->grant, world->twofold, form_of(world));
	const FnActor *const others[] = { city->officer, city->head, city->sharing, city->asker, city->asking_head, city->bureau_officer,
		city->admin, city->outsider };
	g_autoptr(GError) error = NULL;

	must(world, id, "send", world->twofold);
	g_assert_false(take(world, id, "approve", world->twofold, noon, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_APART);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autoptr(GError) why = NULL;

		g_assert_false(take(world, id, "approve", others[i], noon, &why));
		g_assert_error(why, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	}
	must(world, id, "approve", city->secrecy);
}

/* The approval is for who asked; nobody else of the same office, and never the consumer. */
static void
test_only_who_asked(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const City *city = world->city;
	const FnActor *const others[] = { world->another, city->bureau_officer, city->asker, city->secrecy, city->head };
	g_autofree char *id = approved(world, FALSE);
	json_t *parties = json_pack("{s:s}", "provider", city->provider), *form = form_of(world);
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_false(take(world, id, "use", others[i], noon, NULL));
	gives_none(world, id, noon);
	g_assert_null(fn_work_open(world->work, city->db, "reidentification", world->grant, parties, form, city->asker, noon, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	json_decref(parties);
	json_decref(form);
}

/* Every state but an approval in its days, last used, gives nothing. */
static void
test_states(gconstpointer engine)
{
	static const struct {
		const char *steps[4];
		gboolean officer[4]; /* else the secrecy reviewer */
	} ways[] = {
		{ { NULL }, { FALSE } },
		{ { "send" }, { TRUE } },
		{ { "send", "refuse" }, { TRUE, FALSE } },
		{ { "send", "withdraw" }, { TRUE, TRUE } },
		{ { "send", "approve" }, { TRUE, FALSE } },
		{ { "send", "approve", "withdraw" }, { TRUE, FALSE, TRUE } },
		{ { "send", "approve", "use", "withdraw" }, { TRUE, FALSE, TRUE, TRUE } },
		{ { "send", "approve", "use", "revoke" }, { TRUE, FALSE, TRUE, FALSE } },
	};
	g_autoptr(World) world = world_new(engine);
	const City *city = world->city;

	for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
		g_autofree char *id = open_by(world, world->grant, city->officer, form_of(world));

		for (guint j = 0; j < 4 && ways[i].steps[j] != NULL; j++)
			must(world, id, ways[i].steps[j], ways[i].officer[j] ? city->officer : city->secrecy);
		gives_none(world, id, noon);
	}
	gives_none(world, "no-such-case", noon);
}

static void
test_days(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world, FALSE), *running = NULL, *ended = NULL, *authorised = NULL;
	gint64 end = noon + 2 * G_TIME_SPAN_DAY;
	g_autoptr(GError) error = NULL;

	g_assert_true(take(world, id, "use", world->city->officer, end - 1, NULL));
	gives_none(world, id, end);
	authorised = authorise(world, id, end - 1, NULL);
	g_assert_nonnull(authorised);
	g_assert_false(take(world, id, "use", world->city->officer, end, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT);
	g_assert_true(fn_approval_expire(world->city->db, world->work, end - 1, NULL));
	running = state_of(world, id);
	g_assert_cmpstr(running, ==, "approved");
	g_assert_true(fn_approval_expire(world->city->db, world->work, end, NULL));
	ended = state_of(world, id);
	g_assert_cmpstr(ended, ==, "expired");
}

/* The provider's head reads of the request, the approval, each use and the end. */
static void
test_told(gconstpointer engine)
{
	static const char *const steps[] = { "send", "approve", "use", "revoke" };
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world, TRUE), *text = NULL;
	json_t *notices;

	must(world, id, "revoke", world->city->secrecy);
	notices = fn_work_notices(world->work, world->city->db, world->city->head, noon, NULL);
	text = fn_json_canonical(notices);
	json_decref(notices);
	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autofree char *about = g_strdup_printf("\"about\":\"%s\"", steps[i]);

		g_assert_nonnull(strstr(text, about));
	}
}

/* What cannot be turned back is not asked for. */
static void
test_bad_wishes(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const City *city = world->city;
	static const char *const changes[] = { "{'field': 'district'}", "{'field': 'note'}", "{'field': 'no field'}",
		"{'pseudonyms': ['a\\u0007b']}" };

	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		json_t *form = form_of(world), *change = fixture_json(changes[i]);
		g_autofree char *id = NULL;
		g_autoptr(GError) error = NULL;

		json_object_update(form, change);
		json_decref(change);
		id = open_by(world, world->grant, city->officer, form);
		g_assert_false(take(world, id, "send", city->officer, noon, &error));
		g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT);
	}
}

static void
test_count(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	json_t *parties = json_pack("{s:s}", "provider", world->city->provider);
	static const guint counts[] = { 0, FN_REVERSAL_PSEUDONYMS, FN_REVERSAL_PSEUDONYMS + 1 };

	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
		json_t *form = form_of(world), *list = json_array();
		g_autofree char *id = NULL;

		for (guint j = 0; j < counts[i]; j++)
			json_array_append_new(list, json_sprintf("138%08u", j));
		json_object_set_new(form, "pseudonyms", list);
		id = fn_work_open(world->work, world->city->db, "reidentification", world->grant, parties, form, world->city->officer, noon, NULL);
		g_assert_cmpint(id != NULL, ==, counts[i] == FN_REVERSAL_PSEUDONYMS);
		json_decref(form);
	}
	json_decref(parties);
}

/* A grant that the keeper did not sign, or not so, tells nothing about how its fields are masked. */
static void
test_unsigned(gconstpointer engine)
{
	static const char *const no_parameters[] = { NULL };
	static const char other[] = "UPDATE sharing_grant SET content = REPLACE(content, 'kind=mobile', 'kind=digits')";
	static const FnSql rewritten = { "test", other, other, no_parameters };
	g_autoptr(World) world = world_new(engine);
	g_autofree char *grant = new_grant(world, FALSE), *id = open_by(world, grant, world->city->officer, form_of(world)), *used = NULL;
	g_autoptr(GError) error = NULL;

	must(world, id, "send", world->city->officer);
	must(world, id, "approve", world->city->secrecy);
	must(world, id, "use", world->city->officer);
	gives_none(world, id, noon);
	used = approved(world, TRUE);
	fn_db_exec(world->city->db, &rewritten, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
	gives_none(world, used, noon);
}

static void
test_destroyed(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = approved(world, TRUE), *authorised = authorise(world, id, noon, NULL);
	g_autofree char *context = fn_catalog_mask_context(world->grant);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_keeper_destroy(world->keeper.client, "mask", context, NULL));
	g_assert_null(fn_keeper_reverse(world->keeper.client, authorised, &error));
	g_assert_true(fn_ipc_error_is(error, "destroyed"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	fn_test_add("/reidentification/whole-way", test_whole_way);
	fn_test_add("/reidentification/entry", test_entry);
	fn_test_add("/reidentification/ledger-away", test_ledger_away);
	fn_test_add("/reidentification/two-persons", test_two_persons);
	fn_test_add("/reidentification/only-who-asked", test_only_who_asked);
	fn_test_add("/reidentification/states", test_states);
	fn_test_add("/reidentification/days", test_days);
	fn_test_add("/reidentification/told", test_told);
	fn_test_add("/reidentification/bad-wishes", test_bad_wishes);
	fn_test_add("/reidentification/count", test_count);
	fn_test_add("/reidentification/unsigned", test_unsigned);
	fn_test_add("/reidentification/destroyed", test_destroyed);
	return g_test_run();
}
