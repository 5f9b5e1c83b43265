/* The index over a real ledger behind its socket: restarts, months that are pruned, another log in the same place. */
#include "audit/testing.h"

#include "ledger/service.h"
#include "ledger/test_keys.h"

enum { PER_MONTH = 600, MONTHS = 3 };

typedef struct {
	char *directory, *path;
	TestKeys *keys;
	gint64 now;
	FnLog *log;
	FnLedgerService *service;
	FnIpcClient *client;
	FnAuditLog over;
	pthread_t thread;
} World;

static void *
run(void *data)
{
	World *world = data;

	fn_ledger_service_run(world->service, world->log);
	return NULL;
}

static void
world_start(World *world)
{
	FnLogOptions options = test_options(world->directory, world->keys);
	g_autoptr(GError) error = NULL;

	options.clock = test_keys_clock;
	options.clock_data = &world->now;
	world->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	world->service = fn_ledger_service_new(world->path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&world->thread, NULL, run, world), ==, 0);
}

static void
world_stop(World *world)
{
	fn_ledger_service_stop(world->service);
	pthread_join(world->thread, NULL);
	fn_log_close(world->log);
	fn_ledger_service_free(world->service);
}

static World *
world_new(void)
{
	World *world = g_new0(World, 1);

	world->directory = test_directory_new();
	world->path = g_build_filename(world->directory, "l.sock", NULL);
	world->keys = test_keys_new();
	g_assert_true(fn_time_parse("2026-01-05T02:00:00Z", &world->now));
	world_start(world);
	world->client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	world->over = fn_audit_log(world->client);
	return world;
}

static void
world_free(World *world)
{
	fn_ipc_client_free(world->client);
	world_stop(world);
	test_keys_free(world->keys);
	test_directory_free(world->directory);
	g_free(world->path);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void
follow(World *world, FnDb *db)
{
	g_autoptr(GError) error = NULL;
	guint done;

	do
		fn_audit_step(db, &world->over, 250, &done, &error);
	while (error == NULL && done > 0);
	g_assert_no_error(error);
}

/* Of each entry in ten an answer found by its case; every fourth is kept longer than six months. */
static void
fill(World *world)
{
	for (guint month = 0; month < MONTHS; month++, world->now += 31 * G_TIME_SPAN_DAY)
		for (guint i = 0; i < PER_MONTH; i++) {
			g_autofree char *body = g_strdup_printf("{\"case\":\"c-%u\",\"event\":\"share.query\"}", i % 10);

			g_assert_true(fn_log_append_wait(world->log, FN_ROLE_GATE, i % 4 == 0 ? FN_CLASS_3Y : FN_CLASS_6M, body, strlen(body), NULL, NULL, NULL));
		}
	g_assert_true(fn_log_publish(world->log, NULL));
}

/* Every entry that the question finds, newest first, as text. */
static char *
found(World *world, FnDb *db, guint64 *lag_out)
{
	FnAuditQuestion question = { .value = { [FN_AUDIT_CASE] = "c-4" }, .from = G_MININT64, .until = G_MAXINT64, .before = G_MAXUINT64, .limit = 17 };
	GString *text = g_string_new(NULL);
	gboolean more = TRUE;

	while (more) {
		g_autoptr(GError) error = NULL;
		json_t *answer = fn_audit_search(db, &world->over, &question, &error), *next = json_object_get(answer, "next");
		const json_t *item;
		size_t i;

		g_assert_no_error(error);
		json_array_foreach(json_object_get(answer, "items"), i, item)
			g_string_append_printf(text, "%" JSON_INTEGER_FORMAT " ", json_integer_value(json_object_get(item, "index")));
		more = !json_is_null(next);
		question.before = (guint64)json_integer_value(next);
		*lag_out = (guint64)json_integer_value(json_object_get(answer, "lag"));
		json_decref(answer);
	}
	return g_string_free(text, FALSE);
}

/* What a walk over what is left of the log finds. */
static char *
truth(World *world)
{
	guint64 size, minimum, at = 0;
	GString *text = g_string_new(NULL);

	g_assert_true(world->over.size(world->client, &size, &minimum, NULL));
	while (world->over.there(world->client, at, &at, NULL) && at < size) {
		g_autoptr(GPtrArray) entries = world->over.read(world->client, at, 1, NULL);
		gsize n;
		const char *entry = g_bytes_get_data(g_ptr_array_index(entries, 0), &n);

		if (g_strstr_len(entry, (gssize)n, "\"case\":\"c-4\"") != NULL) {
			g_autofree char *index = g_strdup_printf("%" G_GUINT64_FORMAT " ", at);

			g_string_prepend(text, index);
		}
		at++;
	}
	return g_string_free(text, FALSE);
}

static void
must_agree(World *world, FnDb *db)
{
	g_autofree char *wanted = truth(world), *have = NULL;
	guint64 lag;

	have = found(world, db, &lag);
	g_assert_cmpuint(lag, ==, 0);
	g_assert_cmpuint(strlen(wanted), >, 0);
	g_assert_cmpstr(have, ==, wanted);
}

static void
test_pruning(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms), fresh = fn_test_db(engine, test_audit_rooms);
	g_autoptr(World) world = world_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *before = NULL, *after = NULL;
	guint64 lag;

	fill(world);
	follow(world, db);
	must_agree(world, db);
	before = found(world, db, &lag);
	world->now += 7 * 31 * G_TIME_SPAN_DAY;
	test_keys_prune(world->log, world->keys, "2026-03", &error);
	g_assert_no_error(error);
	/* before the index is told, what is gone is passed over */
	after = found(world, db, &lag);
	g_assert_cmpstr(after, !=, before);
	follow(world, db);
	must_agree(world, db);
	follow(world, fresh); /* made after the pruning */
	must_agree(world, fresh);
	world_stop(world);
	world_start(world);
	follow(world, db);
	must_agree(world, db);
}

static void
test_other_log(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms);
	g_autoptr(World) one = world_new(), other = world_new();

	fill(one);
	follow(one, db);
	fill(other);
	follow(other, db);
	must_agree(other, db);
}

int
main(int argc, char **argv)
{
	fn_roles_init(0);
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/audit/ledger/pruning", test_pruning);
	fn_test_add("/audit/ledger/other-log", test_other_log);
	return g_test_run();
}
