#include "audit/testing.h"

enum { MANY = 5000 };

typedef struct {
	FnDb *db;
	TestLog *log;
	FnAuditLog over;
} World;

static void
add(World *world, guint i)
{
	g_autofree char *body = g_strdup_printf("{\"case\":\"case-%u\",\"event\":\"share.%s\",\"operator\":\"op%u\",\"resource\":\"r%u\",\"result\":\"%s\"}",
		i * 7 % 1000, i % 11 == 0 ? "refused" : "query", i % 13, i % 3, i % 11 == 0 ? "refused" : "permitted");

	test_log_add(world->log, body);
}

static World *
world_new(gconstpointer engine)
{
	World *world = g_new0(World, 1);

	world->db = fn_test_db(engine, test_audit_rooms);
	world->log = test_log_new();
	world->over = test_log_over(world->log);
	for (guint i = 0; i < MANY; i++)
		add(world, i);
	test_follow(world->db, world->log, 1700);
	return world;
}

static void
world_free(World *world)
{
	fn_db_close(world->db);
	test_log_free(world->log);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static json_t *
ask(World *world, const FnAuditQuestion *question)
{
	g_autoptr(GError) error = NULL;
	json_t *answer = fn_audit_search(world->db, &world->over, question, &error);

	g_assert_no_error(error);
	return answer;
}

/* Which entries a question finds, over as many pages as it takes: each newer than the one after it, none twice. */
static GArray *
found(World *world, FnAuditQuestion question)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(guint64));
	json_t *next;

	do {
		json_t *answer = ask(world, &question);
		const json_t *items = json_object_get(answer, "items");

		g_assert_cmpuint(json_array_size(items), <=, question.limit);
		for (size_t i = 0; i < json_array_size(items); i++) {
			const json_t *item = json_array_get(items, i);
			guint64 index = (guint64)json_integer_value(json_object_get(item, "index"));

			g_assert_true(all->len == 0 || index < g_array_index(all, guint64, all->len - 1));
			g_assert_true(json_is_object(json_object_get(json_object_get(item, "entry"), "body")));
			g_array_append_val(all, index);
		}
		next = json_object_get(answer, "next");
		question.before = (guint64)json_integer_value(next);
		next = json_is_null(next) ? NULL : next;
		json_decref(answer);
	} while (next != NULL);
	return all;
}

static gboolean
is_in(guint i, const FnAuditQuestion *question)
{
	g_autofree char *which = g_strdup_printf("case-%u", i * 7 % 1000), *actor = g_strdup_printf("op%u", i % 13), *resource = g_strdup_printf("r%u", i % 3);
	const char *const is[FN_AUDIT_COLUMNS] = { [FN_AUDIT_ACTOR] = actor, [FN_AUDIT_CASE] = which, [FN_AUDIT_RESOURCE] = resource,
		[FN_AUDIT_ACTION] = i % 11 == 0 ? "share.refused" : "share.query", [FN_AUDIT_RESULT] = i % 11 == 0 ? "refused" : "permitted" };
	gint64 time = TEST_START + (gint64)i * G_USEC_PER_SEC;

	for (guint c = 0; c < FN_AUDIT_COLUMNS; c++)
		if (question->value[c] != NULL && g_strcmp0(question->value[c], is[c]) != 0 && !(c == FN_AUDIT_ACTION && g_str_equal(question->value[c], "share")))
			return FALSE;
	return time >= question->from && time < question->until && i < question->before;
}

#define AT(second) (TEST_START + (gint64)(second) * G_USEC_PER_SEC)
#define ANY .from = G_MININT64, .until = G_MAXINT64, .before = G_MAXUINT64

static const FnAuditQuestion questions[] = {
	{ ANY, .limit = 500 },
	{ .value = { [FN_AUDIT_ACTOR] = "op5" }, ANY, .limit = 7 },
	{ .value = { [FN_AUDIT_CASE] = "case-49" }, ANY, .limit = 1 },
	{ .value = { [FN_AUDIT_ACTOR] = "op5", [FN_AUDIT_RESOURCE] = "r1" }, ANY, .limit = 100 },
	{ .value = { [FN_AUDIT_ACTOR] = "op5", [FN_AUDIT_RESOURCE] = "r1", [FN_AUDIT_RESULT] = "refused", [FN_AUDIT_ACTION] = "share" }, ANY, .limit = 2 },
	{ .value = { [FN_AUDIT_ACTION] = "share.query", [FN_AUDIT_RESULT] = "refused" }, ANY, .limit = 100 },
	{ .value = { [FN_AUDIT_ACTOR] = "nobody" }, ANY, .limit = 100 },
	{ .value = { [FN_AUDIT_ACTOR] = "op5' OR 1=1 --" }, ANY, .limit = 100 },
	{ .value = { [FN_AUDIT_ACTOR] = "op5" }, .from = AT(1000), .until = AT(1013), .before = G_MAXUINT64, .limit = 100 },
	{ .from = AT(4095), .until = AT(4097), .before = G_MAXUINT64, .limit = 1 },
	{ .from = AT(64), .until = AT(65), .before = G_MAXUINT64, .limit = 10 },
	{ .from = AT(0) - 1, .until = AT(1), .before = G_MAXUINT64, .limit = 10 },
	{ .from = AT(MANY), .until = G_MAXINT64, .before = G_MAXUINT64, .limit = 10 },
	{ .from = G_MININT64, .until = AT(0), .before = G_MAXUINT64, .limit = 10 },
	{ .from = G_MININT64, .until = G_MAXINT64, .before = 4096, .limit = 500 },
	{ .value = { [FN_AUDIT_RESOURCE] = "r0" }, .from = G_MININT64, .until = G_MAXINT64, .before = 0, .limit = 5 },
};

/* Pages have neither gaps nor doubles, and hold exactly what the log holds. */
static void
test_questions(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);

	for (gsize q = 0; q < G_N_ELEMENTS(questions); q++) {
		g_autoptr(GArray) all = found(world, questions[q]);
		guint n = 0;

		for (guint i = MANY; i-- > 0;)
			if (is_in(i, &questions[q])) {
				g_assert_cmpuint(n, <, all->len);
				g_assert_cmpuint(g_array_index(all, guint64, n++), ==, i);
			}
		g_assert_cmpuint(n, ==, all->len);
	}
}

/* ---- any question, over many runs ---- */

enum { PIECES = 90, PLACES_MOST = 60, WIDE = 5000, FAR = 70000 };

static const struct {
	FnAuditColumn column;
	const char *name;
	guint values; /* "name0", …: the first is in most entries, the last in hardly any */
} varied[] = {
	{ FN_AUDIT_ACTOR, "op", 40 },
	{ FN_AUDIT_RESOURCE, "r", 6 },
	{ FN_AUDIT_RESULT, "result", 2 },
	{ FN_AUDIT_ADDRESS, "a", 3 },
};

static guint
skewed(GRand *random, guint values)
{
	double x = g_rand_double(random);

	return MIN((guint)(x * x * x * values), values - 1);
}

static void
add_varied(TestLog *log, GRand *random, GArray *have)
{
	guint8 is[G_N_ELEMENTS(varied)];
	g_autofree char *body = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(varied); i++)
		is[i] = (guint8)skewed(random, varied[i].values);
	body = g_strdup_printf("{\"address\":\"a%u\",\"event\":\"x\",\"operator\":\"op%u\",\"resource\":\"r%u\",\"result\":\"result%u\"}", is[3], is[0],
		is[1], is[2]);
	g_array_set_size(have, log->entries->len + 1);
	memcpy(&g_array_index(have, guint32, log->entries->len), is, sizeof(is));
	test_log_add(log, body);
}

/* Pieces with gaps where entries were pruned, so that few entries reach over many runs; one is denser than all. */
static TestLog *
log_with_gaps(GRand *random, GArray *have)
{
	TestLog *log = test_log_new();

	for (guint piece = 0; piece < PIECES; piece++) {
		guint n = piece == PIECES / 2 ? WIDE : (guint)g_rand_int_range(random, 1, PLACES_MOST);

		for (guint i = 0; i < n; i++)
			add_varied(log, random, have);
		g_ptr_array_set_size(log->entries, (gint)log->entries->len + g_rand_int_range(random, 1, piece % 3 == 0 ? FAR : 200));
	}
	add_varied(log, random, have);
	return log;
}

static FnAuditQuestion
any_question(GRand *random, guint entries, guint8 wanted[G_N_ELEMENTS(varied)], char text[G_N_ELEMENTS(varied)][16])
{
	static const guint limits[] = { 1, 7, 100, 500 };
	FnAuditQuestion question = { ANY, .limit = limits[g_rand_int_range(random, 0, G_N_ELEMENTS(limits))] };

	for (gsize i = 0; i < G_N_ELEMENTS(varied); i++) {
		wanted[i] = G_MAXUINT8;
		if (g_rand_boolean(random))
			continue;
		wanted[i] = (guint8)g_rand_int_range(random, 0, (gint)varied[i].values);
		g_snprintf(text[i], sizeof(text[i]), "%s%u", varied[i].name, wanted[i]);
		question.value[varied[i].column] = text[i];
	}
	if (g_rand_int_range(random, 0, 4) == 0)
		question.from = AT(g_rand_int_range(random, 0, (gint)entries));
	if (g_rand_int_range(random, 0, 4) == 0)
		question.until = AT(g_rand_int_range(random, 0, (gint)entries));
	if (question.from > question.until)
		question.from = question.until - G_TIME_SPAN_HOUR;
	if (g_rand_int_range(random, 0, 4) == 0)
		question.before = (guint64)g_rand_int_range(random, 0, (gint)entries);
	return question;
}

static gboolean
is_wanted(const TestLog *log, const GArray *have, guint i, const FnAuditQuestion *question, const guint8 *wanted)
{
	const guint8 *is = (const guint8 *)&g_array_index(have, guint32, i);

	if (g_ptr_array_index(log->entries, i) == NULL || AT(i) < question->from || AT(i) >= question->until || i >= question->before)
		return FALSE;
	for (gsize c = 0; c < G_N_ELEMENTS(varied); c++)
		if (wanted[c] != G_MAXUINT8 && wanted[c] != is[c])
			return FALSE;
	return TRUE;
}

/* By a fixed seed: the answer is what reading the whole log one by one gives. */
static void
test_any_question(gconstpointer engine)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(20261122);
	g_autoptr(GArray) have = g_array_new(FALSE, TRUE, sizeof(guint32));
	World world = { fn_test_db(engine, test_audit_rooms), log_with_gaps(random, have), { 0 } };
	guint entries = world.log->entries->len, some = 0;

	g_assert_cmpuint(entries, >, 5 * FN_AUDIT_BLOCK * FN_AUDIT_RUN);
	world.over = test_log_over(world.log);
	test_follow(world.db, world.log, 16384);
	for (guint round = 0; round < 150; round++) {
		char text[G_N_ELEMENTS(varied)][16];
		guint8 wanted[G_N_ELEMENTS(varied)];
		FnAuditQuestion question = any_question(random, entries, wanted, text);
		g_autoptr(GArray) all = found(&world, question);
		guint n = 0;

		for (guint i = entries; i-- > 0;)
			if (is_wanted(world.log, have, i, &question, wanted)) {
				g_assert_cmpuint(n, <, all->len);
				g_assert_cmpuint(g_array_index(all, guint64, n++), ==, i);
			}
		g_assert_cmpuint(n, ==, all->len);
		some += n > 0;
	}
	g_assert_cmpuint(some, >, 75); /* else it asks for nothing */
	fn_db_close(world.db);
	test_log_free(world.log);
}

/* The rarest condition decides how much of the log is read, however many entries the others have. */
static void
test_little_is_read(gconstpointer engine)
{
	FnAuditQuestion question = { .value = { [FN_AUDIT_CASE] = "case-49", [FN_AUDIT_RESULT] = "permitted" }, ANY, .limit = 500 };
	g_autoptr(World) world = world_new(engine);
	g_autoptr(GArray) all = NULL;

	world->log->reads = 0;
	all = found(world, question);
	g_assert_cmpuint(all->len, >, 0);
	g_assert_cmpuint(world->log->reads, ==, all->len);
}

/* A page that began before new entries came goes on without them; they are the first of a new question. */
static void
test_growing(gconstpointer engine)
{
	FnAuditQuestion question = { .value = { [FN_AUDIT_RESULT] = "permitted" }, ANY, .limit = 10 };
	g_autoptr(World) world = world_new(engine);
	json_t *answer = ask(world, &question);
	guint64 before = (guint64)json_integer_value(json_object_get(answer, "next"));

	json_decref(answer);
	for (guint i = MANY; i < MANY + 100; i++)
		add(world, i);
	answer = ask(world, &question);
	g_assert_cmpint(json_integer_value(json_object_get(answer, "lag")), ==, 100);
	g_assert_cmpint(json_integer_value(json_object_get(answer, "indexed")), ==, MANY);
	g_assert_cmpuint((guint64)json_integer_value(json_object_get(answer, "next")), ==, before);
	json_decref(answer);
	test_follow(world->db, world->log, 30);
	answer = ask(world, &question);
	g_assert_cmpint(json_integer_value(json_object_get(answer, "lag")), ==, 0);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(json_object_get(answer, "items"), 0), "index")), ==, MANY + 99);
	json_decref(answer);
	question.before = before;
	answer = ask(world, &question);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(json_object_get(answer, "items"), 0), "index")), <, (json_int_t)before);
	json_decref(answer);
}

/* Rows that say too much add nothing: the log is asked. One that was pruned a moment ago is passed over. */
static void
test_false_rows(gconstpointer engine)
{
	static const char text[] = "UPDATE audit_posting SET term = 5 WHERE term = :term";
	static const char other[] = "UPDATE audit_posting SET term = :term WHERE term = :old";
	static const char *const one[] = { "term", NULL }, *const two[] = { "term", "old", NULL };
	const FnSql away = { "test", text, "UPDATE audit_posting SET term = 5 WHERE term = $1", one };
	const FnSql move = { "test", other, "UPDATE audit_posting SET term = $1 WHERE term = $2", two };
	FnAuditQuestion question = { .value = { [FN_AUDIT_ACTOR] = "op5" }, ANY, .limit = 500 };
	g_autoptr(World) world = world_new(engine);
	g_autoptr(GArray) all = NULL;
	g_autoptr(GError) error = NULL;

	fn_db_exec(world->db, &away, FN_BINDS(FN_INT("term", fn_audit_term_number(FN_AUDIT_ACTOR, "op5", 3))), NULL, &error);
	fn_db_exec(world->db, &move, FN_BINDS(FN_INT("term", fn_audit_term_number(FN_AUDIT_ACTOR, "op5", 3)),
		FN_INT("old", fn_audit_term_number(FN_AUDIT_ACTOR, "op6", 3))), NULL, &error);
	g_assert_no_error(error);
	all = found(world, question);
	g_assert_cmpuint(all->len, ==, 0);
	question.value[FN_AUDIT_ACTOR] = "op7";
	g_bytes_unref(g_ptr_array_index(world->log->entries, MANY - MANY % 13 - 6)); /* of op7 */
	g_ptr_array_index(world->log->entries, MANY - MANY % 13 - 6) = NULL;
	g_clear_pointer(&all, g_array_unref);
	all = found(world, question);
	g_assert_cmpuint(all->len, ==, MANY / 13); /* one more had it */
}

static const struct {
	FnAuditQuestion question;
	const char *says;
} bad[] = {
	{ { ANY, .limit = 0 }, "limit" },
	{ { ANY, .limit = FN_AUDIT_LIMIT + 1 }, "limit" },
	{ { .value = { [FN_AUDIT_GRANT] = "" }, ANY, .limit = 1 }, "grant" },
	{ { .from = 2, .until = 1, .limit = 1 }, "after" },
};

static void
test_bad(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *longer = g_strnfill(FN_AUDIT_TEXT + 1, 'x');
	FnAuditQuestion question = { .value = { [FN_AUDIT_CASE] = longer }, ANY, .limit = 1 };
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_audit_search(world->db, &world->over, &question, &error));
	g_assert_error(error, FN_AUDIT_ERROR, FN_AUDIT_ERROR_INPUT);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_clear_error(&error);
		g_assert_null(fn_audit_search(world->db, &world->over, &bad[i].question, &error));
		g_assert_error(error, FN_AUDIT_ERROR, FN_AUDIT_ERROR_INPUT);
		g_assert_nonnull(strstr(error->message, bad[i].says));
	}
	g_clear_error(&error);
	world->log->away = TRUE;
	question.value[FN_AUDIT_CASE] = NULL;
	g_assert_null(fn_audit_search(world->db, &world->over, &question, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/audit/questions", test_questions);
	fn_test_add("/audit/any-question", test_any_question);
	fn_test_add("/audit/little-is-read", test_little_is_read);
	fn_test_add("/audit/growing", test_growing);
	fn_test_add("/audit/false-rows", test_false_rows);
	fn_test_add("/audit/bad", test_bad);
	return g_test_run();
}
