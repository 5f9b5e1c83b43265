/* watch_bench URL [ENTRIES] - a ledger of ENTRIES entries (a million) looked at by every rule of rules/watch. URL: an empty database.
 * Lines: name, ours, reference, ratio.
 *
 * watch.rate: entries a second of processor time, thousands, with the transactions that keep counters and alerts, against the million a day (12 a second)
 * that a gate of a city enters. watch.counters: counters at the end. The log is made up as it is read (ledger_entries.h): 2,000 operators,
 * three million persons, three refusals in a hundred, so that counters come and go and some rules raise alerts. */
#include "ledger_entries.h"

#include "catalog_sql.h"
#include "ipc/roles.h"
#include "people_sql.h"
#include "watch/watch.h"
#include "watch_sql.h"
#include "work_sql.h"
#include "catalog/catalog.h"

#include <stdio.h>
#include <time.h>

enum { BATCH = 2048 }; /* as the thread of fengni-clock takes them */

static FnDb *
open_registry(const char *url, GError **error)
{
	static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_work_migrations, fn_sql_catalog_migrations,
		fn_sql_watch_migrations, NULL };
	FnDb *db = fn_db_open(url, error);

	if (db == NULL || fn_db_migrate(db, rooms, error))
		return db;
	fn_db_close(db);
	return NULL;
}

static void
follow(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint64 entries)
{
	clock_t began = clock();
	gint64 rate;
	g_autoptr(GError) error = NULL;
	guint done;

	do
		if (!fn_watch_step(watch, db, log, BATCH, START, &done, &error))
			g_error("%s", error->message);
	while (done > 0);
	rate = (gint64)entries * CLOCKS_PER_SEC / MAX(clock() - began, 1);
	printf("watch.rate\t%.1fk/s\t12/s\t%.0f\n", (double)rate / 1000, (double)rate / 12);
	printf("watch.counters\t%" G_GINT64_FORMAT "\t-\t-\n", fn_db_int(db, &(const FnSql){ "counters", "SELECT COUNT(*) FROM watch_counter",
		"SELECT COUNT(*) FROM watch_counter", (const char *const[]){ NULL } }, FN_NO_BINDS, -1, NULL));
}

int
main(int argc, char **argv)
{
	guint64 entries = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 1000000;
	const FnAuditLog log = { &entries, read_entries, size_of, there };
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = NULL;
	g_autoptr(FnWork) work = NULL;
	g_autoptr(FnWatch) watch = NULL;
	g_autoptr(FnDb) db = NULL;

	if (argc < 2 || entries == 0) {
		fprintf(stderr, "usage: watch_bench URL [ENTRIES]\n");
		return 2;
	}
	fn_roles_init(90000);
	if ((rules = fn_rules_load(directory, "national", NULL, &error)) == NULL ||
		(work = fn_work_new(rules, fn_catalog_effects, rules, &error)) == NULL || (watch = fn_watch_new(rules, work, &error)) == NULL ||
		(db = open_registry(argv[1], &error)) == NULL)
		g_error("%s", error->message);
	follow(watch, db, &log, entries);
	return 0;
}
