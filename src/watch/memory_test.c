/* Counters in memory: what is written is what is read; sweeping and giving up go by the entries, not by the steps. */
#include "watch/testing.h"

static const FnWatchRule *
rule_named(World *world, const char *id)
{
	for (guint i = 0; i < world->watch->rules->len; i++) {
		const FnWatchRule *rule = world->watch->rules->pdata[i];

		if (g_str_equal(rule->id, id))
			return rule;
	}
	g_assert_not_reached();
}

static void
add(FnMemory *memory, const FnWatchRule *rule, const char *subject, gint64 at)
{
	const FnDeed deed = { .index = 7, .at = at, .count = 1 };
	FnCounter *counter;

	fn_memory_pass(memory, at);
	counter = fn_memory_counter(memory, rule, subject, "");
	fn_counter_slide(counter, at);
	fn_counter_add(counter, &deed, 1);
}

static gint64
sum(FnMemory *memory, const FnWatchRule *rule, const char *subject)
{
	return fn_counter_sum(fn_memory_counter(memory, rule, subject, ""));
}

static void
save(FnMemory *memory, FnDb *db)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(db, &error));
	fn_memory_write(memory, db, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(db, &error));
}

static gint64
rows(FnDb *db)
{
	static const FnSql all = WORLD_SQL("SELECT COUNT(*) FROM watch_counter");

	return fn_db_int(db, &all, FN_NO_BINDS, -1, NULL);
}

static void
test_kept(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const FnWatchRule *rule = rule_named(world, "failed_logins");
	g_autoptr(FnMemory) memory = fn_memory_new(world->watch->rules), other = fn_memory_new(world->watch->rules);
	g_autoptr(GError) error = NULL;

	add(memory, rule, "x", MONDAY);
	add(memory, rule, "x", MONDAY);
	add(memory, rule, "y", MONDAY);
	save(memory, world->db);
	g_assert_true(fn_memory_read(other, world->db, &error));
	g_assert_cmpuint(fn_memory_size(other), ==, 2);
	g_assert_cmpint(sum(other, rule, "x"), ==, 2);
	g_assert_cmpint(sum(other, rule, "y"), ==, 1);
	g_assert_cmpint(sum(other, rule, "z"), ==, 0);
	fn_memory_forget(other);
	g_assert_cmpuint(fn_memory_size(other), ==, 0);
}

/* What came and went between two writings is never written; what was written goes from the registry too. */
static void
test_over(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const FnWatchRule *rule = rule_named(world, "failed_logins");
	g_autoptr(FnMemory) memory = fn_memory_new(world->watch->rules);

	add(memory, rule, "written", MONDAY);
	save(memory, world->db);
	add(memory, rule, "short", MONDAY + G_TIME_SPAN_MINUTE);
	add(memory, rule, "later", MONDAY + G_TIME_SPAN_DAY);
	g_assert_cmpuint(fn_memory_size(memory), ==, 1);
	save(memory, world->db);
	g_assert_cmpint(rows(world->db), ==, 1);
	add(memory, rule, "written", MONDAY + G_TIME_SPAN_DAY); /* comes back */
	save(memory, world->db);
	g_assert_cmpint(rows(world->db), ==, 2);
}

/* Swept or not yet: a counter that is over is none. */
static void
test_unswept(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const FnWatchRule *rule = rule_named(world, "failed_logins");
	g_autoptr(FnMemory) memory = fn_memory_new(world->watch->rules);
	gint64 begin = MONDAY - MONDAY % G_TIME_SPAN_DAY;

	add(memory, rule, "x", begin);
	fn_memory_pass(memory, begin + 10 * G_TIME_SPAN_MINUTE); /* just not over */
	g_assert_cmpint(sum(memory, rule, "x"), ==, 1);
	fn_memory_pass(memory, begin + 10 * G_TIME_SPAN_MINUTE + 1);
	g_assert_cmpuint(fn_memory_size(memory), ==, 1);
	g_assert_cmpint(sum(memory, rule, "x"), ==, 0);
}

/* More than there may be: those that were quiet longest go, of equals those whose names come first, wherever the steps are cut. */
static void
test_full(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	const FnWatchRule *rule = rule_named(world, "one_person");
	g_autoptr(FnMemory) whole = fn_memory_new(world->watch->rules), cut = fn_memory_new(world->watch->rules);
	guint most = FN_WATCH_COUNTERS, left = FN_WATCH_COUNTERS / 8 * 7;

	for (guint i = 0; i <= most; i++) {
		g_autofree char *subject = g_strdup_printf("%08u", (guint)(((guint64)i * 7919) % (most + 1)));

		add(whole, rule, subject, MONDAY + i / 1000);
		add(cut, rule, subject, MONDAY + i / 1000);
		if (i == most / 2)
			save(cut, world->db);
	}
	g_assert_cmpuint(fn_memory_size(whole), ==, left + 1);
	for (guint i = 0; i <= most; i++) {
		g_autofree char *subject = g_strdup_printf("%08u", (guint)(((guint64)i * 7919) % (most + 1)));
		gint64 there = i < most - left ? 0 : 1;

		if (i / 1000 == (most - left) / 1000) /* of one moment, some of them */
			continue;
		g_assert_cmpint(sum(whole, rule, subject), ==, there);
	}
	save(cut, world->db);
	g_assert_cmpint(rows(world->db), ==, left + 1);
}

static void
test_grants(gconstpointer engine)
{
	static const FnSql used = WORLD_SQL("SELECT entry FROM watch_used WHERE grant_id = 'g-high'");
	g_autoptr(World) world = world_new(engine);
	g_autoptr(FnMemory) memory = fn_memory_new(world->watch->rules);
	gint64 level;

	g_assert_true(fn_memory_level(memory, world->db, "g-high", &level, NULL));
	g_assert_cmpint(level, ==, 3);
	g_assert_true(fn_memory_level(memory, world->db, "none", &level, NULL));
	g_assert_cmpint(level, ==, 0);
	fn_memory_use(memory, "g-high", MONDAY, 3);
	fn_memory_use(memory, "g-high", MONDAY, 4);
	save(memory, world->db);
	g_assert_cmpint(fn_db_int(world->db, &used, FN_NO_BINDS, -1, NULL), ==, 4);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(90000);
	fn_test_add("/watch/memory/kept", test_kept);
	fn_test_add("/watch/memory/over", test_over);
	fn_test_add("/watch/memory/unswept", test_unswept);
	fn_test_add("/watch/memory/full", test_full);
	fn_test_add("/watch/memory/grants", test_grants);
	return g_test_run();
}
