/* work_bench [DATABASE-URL [CASES]]: cases by the hundred thousand, all open with a running clock.
 *
 *	inbox.100k     a page of 50 of what waits for one head, anywhere in it
 *	sweep.100k     the tick when 200 cases fell due
 *	calendar.100k  the tick when the calendar is another one, and no date moves
 *
 * Each line: name, ours, reference, ratio. Ours is milliseconds, the reference is what it may cost at most, the ratio is how often ours
 * fits into it. The cases are clones of two that the engine itself opened. Exit 1 when one does not fit. */
#include "store/store.h"
#include "work/work.h"
#include "work_sql.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 50, PAGES = 40, DUE = 200 };
static const gint64 day = G_TIME_SPAN_DAY;
static const gint64 now = G_GINT64_CONSTANT(1770861600) * G_USEC_PER_SEC; /* 2026-02-12 */

static const FnMigration *const rooms[] = { fn_sql_work_migrations, NULL };
static const char *const parameters[] = { "mark", "count", "of", NULL };
static const char *const none[] = { NULL };
static const FnSql settle = { "settle", "ANALYZE", "ANALYZE", none };

#define NUMBERS_SQLITE "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
#define NUMBERS_POSTGRES "WITH n AS (SELECT i FROM generate_series(1, $2::bigint) AS g (i)) "
#define CASE_REST "procedure, state, subject, form, parties, revision, opened_at, changed_at, ended"
#define HISTORY_REST "number, at, kind, step, from_state, to_state, role, office, account, person, name, organization, say, changes"
#define CLOCK_REST "name, state, from_on, days, due_on, provisional, extended, warned, late, unit, from_at, due_at, look_at"
static const FnSql clones[] = {
	{ "clone cases", "INSERT INTO work_case (id, due_at, " CASE_REST ") " NUMBERS_SQLITE "SELECT :mark || i, due_at + i, " CASE_REST
		" FROM n, work_case t WHERE t.id = :of",
		"INSERT INTO work_case (id, due_at, " CASE_REST ") " NUMBERS_POSTGRES "SELECT $1 || i, due_at + i, " CASE_REST
		" FROM n, work_case t WHERE t.id = $3", parameters },
	{ "clone history", "INSERT INTO work_history (case_id, " HISTORY_REST ") " NUMBERS_SQLITE "SELECT :mark || i, " HISTORY_REST
		" FROM n, work_history t WHERE t.case_id = :of",
		"INSERT INTO work_history (case_id, " HISTORY_REST ") " NUMBERS_POSTGRES "SELECT $1 || i, " HISTORY_REST
		" FROM n, work_history t WHERE t.case_id = $3", parameters },
	{ "clone waiting", "INSERT INTO work_waiting (case_id, due_at, organization, organization_kind, office) " NUMBERS_SQLITE
		"SELECT :mark || i, due_at + i, organization, organization_kind, office FROM n, work_waiting t WHERE t.case_id = :of",
		"INSERT INTO work_waiting (case_id, due_at, organization, organization_kind, office) " NUMBERS_POSTGRES
		"SELECT $1 || i, due_at + i, organization, organization_kind, office FROM n, work_waiting t WHERE t.case_id = $3", parameters },
	{ "clone clocks", "INSERT INTO work_clock (case_id, " CLOCK_REST ") " NUMBERS_SQLITE "SELECT :mark || i, " CLOCK_REST
		" FROM n, work_clock t WHERE t.case_id = :of",
		"INSERT INTO work_clock (case_id, " CLOCK_REST ") " NUMBERS_POSTGRES "SELECT $1 || i, " CLOCK_REST
		" FROM n, work_clock t WHERE t.case_id = $3", parameters },
};

static gboolean
agree(FnDb *db, const FnCase *which, const FnActor *actor, gint64 at, gpointer data, GError **error)
{
	return TRUE;
}

static void
add_effects(GArray *effects, const FnNode *names, const char *prefix)
{
	const char *name;

	for (guint i = 0; (name = fn_node_word(names, i)) != NULL; i++) {
		g_autofree char *whole = g_strconcat(prefix, name, NULL);
		FnEffect effect = { g_intern_string(whole), agree };

		g_array_append_val(effects, effect);
	}
}

static GArray *
all_effects(const FnRules *rules)
{
	static const FnEffect record = { "record", agree };
	GArray *effects = g_array_new(TRUE, TRUE, sizeof(FnEffect));
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "procedures", &n);

	g_array_append_val(effects, record);
	for (guint i = 0; i < n; i++) {
		const FnNode *steps = fn_node_get(all[i], "steps");

		for (guint j = 0; j < fn_node_count(steps); j++) {
			add_effects(effects, fn_node_get(fn_node_at(steps, j), "effect"), "");
			add_effects(effects, fn_node_get(fn_node_at(steps, j), "needs"), "need:");
		}
	}
	return effects;
}

static FnActor *
somebody(const char *name, const char *organization, const char *office)
{
	FnActor *actor = g_new0(FnActor, 1);

	actor->account = g_strdup(name);
	actor->person = g_strdup(name);
	actor->name = g_strdup(name);
	actor->organization = g_strdup(organization);
	actor->organization_kind = g_strdup("department");
	actor->offices = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(actor->offices, g_strdup(office));
	return actor;
}

static void
must(gboolean done, GError *error)
{
	if (!done)
		g_error("%s", error != NULL ? error->message : "failed");
}

/* A case sent to the provider at @at. */
static char *
sent(FnWork *work, FnDb *db, gint64 at)
{
	g_autoptr(FnActor) drafter = somebody("anna", "consumer", "officer"), head = somebody("bo", "consumer", "sharing_head");
	json_t *form = json_pack("{s:s, s:[s], s:s, s:s, s:s, s:s, s:s, s:s}", "resource", "r", "fields", "a", "mode", "query", "system", "s",
		"purpose", "核验居民信息", "basis", "居民身份证法第十九条规定", "scenario", "窗口办理时核验申请人身份", "until", "2026-12-31");
	json_t *parties = json_pack("{s:s, s:s}", "provider", "provider", "consumer", "consumer");
	g_autoptr(GError) error = NULL;
	char *id;

	must(fn_db_begin(db, &error), error);
	id = fn_work_open(work, db, "sharing_application", "r", parties, form, drafter, at, &error);
	must(id != NULL && fn_work_step(work, db, id, "consent", NULL, NULL, head, at, &error) &&
		fn_work_step(work, db, id, "send", NULL, NULL, drafter, at, &error) && fn_db_commit(db, &error), error);
	json_decref(form);
	json_decref(parties);
	return id;
}

static void
copy_case(FnDb *db, const char *of, const char *mark, gint64 count)
{
	g_autoptr(GError) error = NULL;

	must(fn_db_begin(db, &error), error);
	for (gsize i = 0; i < G_N_ELEMENTS(clones); i++)
		must(fn_db_exec(db, &clones[i], FN_BINDS(FN_TEXT("mark", mark), FN_INT("count", count), FN_TEXT("of", of)), NULL, &error), error);
	must(fn_db_commit(db, &error), error);
}

static gboolean
print_line(const char *name, double ms, double most)
{
	printf("%s\t%.1f ms\t%.0f ms\t%.2f\n", name, ms, most, most / ms);
	return ms <= most;
}

static int
by_value(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/* The middle one of pages one after another. */
static double
inbox(FnWork *work, FnDb *db)
{
	g_autoptr(FnActor) head = somebody("ding", "provider", "sharing_head");
	g_autofree char *cursor = NULL;
	double ms[PAGES];

	for (guint i = 0; i < PAGES; i++) {
		gint64 from = g_get_monotonic_time();
		g_autoptr(GError) error = NULL;
		char *next = NULL;
		json_t *page = fn_work_inbox_page(work, db, head, cursor, PAGE, now, &next, &error);

		ms[i] = (double)(g_get_monotonic_time() - from) / 1000;
		must(page != NULL && json_array_size(page) == PAGE, error);
		json_decref(page);
		g_free(cursor);
		cursor = next;
	}
	qsort(ms, PAGES, sizeof(*ms), by_value);
	return ms[PAGES / 2];
}

static double
sweep(FnWork *work, FnDb *db, gint64 at, gint64 wanted)
{
	gint64 from = g_get_monotonic_time(), marked;
	g_autoptr(GError) error = NULL;

	must(fn_db_begin(db, &error), error);
	marked = fn_work_tick(work, db, at, &error);
	must(marked >= 0 && fn_db_commit(db, &error), error);
	if (marked != wanted)
		g_error("the tick marked %" G_GINT64_FORMAT " clocks, not %" G_GINT64_FORMAT, marked, wanted);
	return (double)(g_get_monotonic_time() - from) / 1000;
}

int
main(int argc, char **argv)
{
	g_autofree char *directory = fn_rules_directory(NULL), *scratch = NULL, *file = NULL, *url = NULL, *far = NULL, *near = NULL;
	gint64 cases = argc > 2 ? g_ascii_strtoll(argv[2], NULL, 10) : 100000;
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, &error);
	g_autoptr(FnWork) work = NULL;
	g_autoptr(FnDb) db = NULL;
	GArray *effects;
	gboolean fits;

	must(rules != NULL, error);
	effects = all_effects(rules);
	work = fn_work_new(rules, (const FnEffect *)(gpointer)effects->data, NULL, &error);
	must(work != NULL, error);
	if (argc < 2) {
		scratch = g_dir_make_tmp("fengni-bench-XXXXXX", NULL);
		file = g_build_filename(scratch, "registry.db", NULL);
	}
	url = argc < 2 ? g_strconcat("sqlite:", file, NULL) : g_strdup(argv[1]);
	db = fn_db_open(url, &error);
	must(db != NULL && fn_db_migrate(db, rooms, &error), error);
	near = sent(work, db, now - 40 * day);
	far = sent(work, db, now);
	copy_case(db, far, "far-", cases - DUE - 2);
	must(fn_db_exec(db, &settle, FN_NO_BINDS, NULL, &error), error);
	fits = print_line("calendar.100k", sweep(work, db, now, 1), 30000);
	g_clear_pointer(&near, g_free);
	near = sent(work, db, now - 41 * day);
	copy_case(db, near, "due-", DUE - 1);
	fits = print_line("sweep.100k", sweep(work, db, now, DUE), 5000) && fits;
	fits = print_line("inbox.100k", inbox(work, db), 100) && fits;
	g_array_free(effects, TRUE);
	g_clear_pointer(&db, fn_db_close);
	if (scratch != NULL) {
		static const char *const ends[] = { "", "-wal", "-shm" };

		for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
			g_autofree char *one = g_strconcat(file, ends[i], NULL);

			g_unlink(one);
		}
		g_rmdir(scratch);
	}
	return fits ? 0 : 1;
}
