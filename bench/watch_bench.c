/* watch_bench URL [ENTRIES] - a ledger of ENTRIES entries (a million) looked at by every rule of rules/watch. URL: an empty database.
 * Lines: name, ours, reference, ratio.
 *
 * watch.rate: thousand entries a second of processor time, with the transactions that keep counters and alerts, in steps as the
 * thread of fengni-clock takes them; against reading and parsing the same entries with jansson. watch.counters: counters at the end.
 * The log is made up as it is read (ledger_entries.h), which counts for neither: 2,000 operators,
 * three million persons, three refusals in a hundred, so that counters come and go and some rules raise alerts. */
#include "ledger_entries.h"

#include "base/json.h"
#include "catalog_sql.h"
#include "ipc/roles.h"
#include "people_sql.h"
#include "watch/watch.h"
#include "watch_sql.h"
#include "work_sql.h"
#include "catalog/catalog.h"

#include <stdio.h>
#include <time.h>

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

/* The log makes its entries up: the time of that is nobody's. */
static clock_t making;

static GPtrArray *
read_made(gpointer data, guint64 first, guint32 most, GError **error)
{
	clock_t began = clock();
	GPtrArray *entries = read_entries(data, first, most, error);

	making += clock() - began;
	return entries;
}

static gint64
rate_of(guint64 entries, clock_t began)
{
	return (gint64)entries * CLOCKS_PER_SEC / MAX(clock() - began - making, 1);
}

/* The reference: the same entries read and taken apart by a general reader of JSON, nothing counted. */
static gint64
parse(const FnAuditLog *log, guint64 entries)
{
	clock_t began = clock();
	guint64 at = 0;

	making = 0;
	while (at < entries) {
		g_autoptr(GPtrArray) piece = log->read(log->data, at, 2048, NULL);

		for (guint i = 0; i < piece->len; i++, at++) {
			gsize size;
			const char *text = g_bytes_get_data(piece->pdata[i], &size);
			json_t *entry = fn_json_parse(text, size, NULL);

			g_assert_nonnull(json_object_get(json_object_get(entry, "body"), "event"));
			json_decref(entry);
		}
	}
	return rate_of(entries, began);
}

static gint64
follow(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint64 entries)
{
	clock_t began = clock();
	g_autoptr(GError) error = NULL;
	guint done;

	making = 0;
	do
		if (!fn_watch_step(watch, db, log, FN_WATCH_STEP, START, &done, &error))
			g_error("%s", error->message);
	while (done > 0);
	return rate_of(entries, began);
}

static void
tell(FnDb *db, gint64 ours, gint64 reference)
{
	printf("watch.rate\t%.1fk/s\t%.1fk/s\t%.2f\n", (double)ours / 1000, (double)reference / 1000, (double)ours / (double)reference);
	printf("watch.counters\t%" G_GINT64_FORMAT "\t-\t-\n", fn_db_int(db, &(const FnSql){ "counters", "SELECT COUNT(*) FROM watch_counter",
		"SELECT COUNT(*) FROM watch_counter", (const char *const[]){ NULL } }, FN_NO_BINDS, -1, NULL));
}

int
main(int argc, char **argv)
{
	guint64 entries = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 1000000;
	const FnAuditLog log = { &entries, read_made, size_of, there };
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
	tell(db, follow(watch, db, &log, entries), parse(&log, entries));
	return 0;
}
