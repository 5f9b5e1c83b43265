#include "work/in_force.h"

#include "base/pool.h"
#include "rules/broken.h"
#include "work/fixture.h"

/* One more procedure beside those of the tree. */
#define ERRAND(then_, effect_) "id: errand\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [provider]\nopener: asker\n" \
	"people: {asker: officer@provider}\nstates:\n  open: {zh: 甲, en: A}\n  " then_ ": {zh: 甲, en: A}\n  closed: {zh: 甲, en: A}\n" \
	"steps:\n  - {do: end, zh: 甲, en: A, from: open, to: " then_ ", by: asker" effect_ "}\n  - {do: close, zh: 甲, en: A, from: " then_ \
	", to: closed, by: asker}\n"

static FnRules *
load(const char *errand)
{
	const FixtureFile files[] = { { "procedures/errand.yaml", errand }, { 0 } };
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL), *more = fixture_write(files);
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_rules_load(tree, "national", more, &error);

	g_assert_no_error(error);
	fixture_remove(more, files);
	return rules;
}

/* An open case that stands in the second state. */
static FnDb *
standing(gconstpointer engine, FnInForce *in_force)
{
	FnDb *db = fn_test_db(engine, fixture_rooms);
	g_autoptr(FnForce) force = fn_in_force_take(in_force);
	g_autoptr(FnActor) chen = fixture_actor(CHEN);
	json_t *parties = json_pack("{s:s}", "provider", "provider");
	g_autoptr(GError) error = NULL;
	g_autofree char *id = NULL;

	g_assert_true(fn_db_begin(db, &error));
	id = fn_work_open(force->work, db, "errand", "x", parties, NULL, chen, NOON, &error);
	g_assert_no_error(error);
	g_assert_true(fn_work_step(force->work, db, id, "end", NULL, NULL, chen, NOON, &error));
	g_assert_true(fn_db_commit(db, &error));
	json_decref(parties);
	return db;
}

static void
assert_refused(FnInForce *in_force, FnDb *db, const char *errand, const char *because)
{
	g_autoptr(FnForce) before = fn_in_force_take(in_force);
	g_autoptr(FnForce) after = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_in_force_replace(in_force, load(errand), db, &error));
	g_assert_nonnull(strstr(error->message, because));
	after = fn_in_force_take(in_force);
	g_assert_true(after == before);
}

/* Other rules hold from the next taking on; whoever holds the old ones goes on with them. What leaves a case stranded, or names what
 * the program has not, changes nothing. */
static void
test_replace(gconstpointer engine)
{
	Effects effects = { .ran = g_string_new(NULL) };
	g_autoptr(GError) error = NULL;
	g_autoptr(FnInForce) in_force = fn_in_force_new(load(ERRAND("done", "")), fixture_effects, &error);
	g_autoptr(FnForce) before = fn_in_force_take(in_force);
	g_autoptr(FnForce) after = NULL;
	g_autofree char *digest = g_strdup(fn_rules_digest(before->rules));
	FnDb *db = standing(engine, in_force);

	g_assert_no_error(error);
	assert_refused(in_force, db, ERRAND("over", ""), "errand: open cases stand in state \"done\"");
	assert_refused(in_force, db, ERRAND("done", ", effect: fly"), "\"fly\"");
	g_assert_true(fn_in_force_replace(in_force, load(ERRAND("done", ", once: true")), db, &error));
	after = fn_in_force_take(in_force);
	g_assert_true(after != before);
	g_assert_cmpstr(fn_rules_digest(before->rules), ==, digest);
	g_assert_cmpstr(fn_rules_digest(after->rules), !=, digest);
	fn_db_close(db);
	g_string_free(effects.ran, TRUE);
}

enum { EACH = 12 }; /* rules/broken_test.c takes them all */

/* As the programs do on a reload: what cannot be read replaces nothing, in whatever way it is broken. */
static void
test_broken(void)
{
	g_autoptr(FnInForce) in_force = fn_in_force_new(load(ERRAND("done", "")), fixture_effects, NULL);
	g_autoptr(FnForce) before = fn_in_force_take(in_force);
	FnDb *db = fn_test_db("sqlite", fixture_rooms);

	for (gsize i = 0; i < G_N_ELEMENTS(broken_rules); i += EACH) {
		g_autofree char *place = NULL, *copy = broken_make(&broken_rules[i], &place);
		g_autoptr(GError) error = NULL;
		FnRules *rules = fn_rules_load(copy, "national", NULL, &error);
		g_autoptr(FnForce) after = NULL;

		broken_remove(copy);
		if (rules != NULL)
			fn_in_force_replace(in_force, rules, db, &error);
		after = fn_in_force_take(in_force);
		if (after != before || error == NULL)
			g_error("%s: the rules in force were replaced", broken_rules[i].why);
	}
	fn_db_close(db);
}

typedef struct {
	FnInForce *in_force;
	gint ending;
} Reader;

static void *
read_on(void *data)
{
	Reader *reader = data;

	while (!g_atomic_int_get(&reader->ending)) {
		g_autoptr(FnForce) force = fn_in_force_take(reader->in_force);

		g_assert_nonnull(fn_rules_get(force->rules, "procedures", "errand"));
	}
	return NULL;
}

static void
test_threads(void)
{
	g_autoptr(FnInForce) in_force = fn_in_force_new(load(ERRAND("done", "")), fixture_effects, NULL);
	FnDb *db = fn_test_db("sqlite", fixture_rooms);
	Reader reader = { in_force, 0 };
	g_autoptr(GError) error = NULL;
	pthread_t threads[2];

	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		g_assert_cmpint(pthread_create(&threads[i], NULL, read_on, &reader), ==, 0);
	for (guint i = 0; i < 5; i++)
		g_assert_true(fn_in_force_replace(in_force, load(ERRAND("done", "")), db, &error));
	g_atomic_int_set(&reader.ending, 1);
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_join(threads[i], NULL);
	fn_db_close(db);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/in-force/replace", test_replace);
	g_test_add_func("/in-force/broken", test_broken);
	g_test_add_func("/in-force/threads", test_threads);
	return g_test_run();
}
