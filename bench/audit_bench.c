/* audit_bench URL [ENTRIES] - the index of a ledger of ENTRIES entries (ten million), made and asked. URL: an empty database.
 * Lines: name, ours, reference, ratio.
 *
 * index.rate: entries indexed a second, thousands. index.bytes: of the database for an entry (SQLite). search.KIND: p99 of a first
 * page of 100 entries in milliseconds, against the 100 that are promised, p50, and p99 of our own processor time. The log is made up as it is read, an entry of
 * some 500 bytes from its number: what a real one adds to a page is the reading of the page's entries over a socket. */
#include "ledger_entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ROUNDS = 200, BATCH = 16384 };

/* ---- questions ---- */

typedef struct {
	const char *name;
	const char *value[FN_AUDIT_COLUMNS]; /* "#": of a random entry */
	gboolean day;                        /* of a random day */
	gboolean deep;                       /* below a random entry */
} Kind;

static const Kind kinds[] = {
	{ "newest", { NULL }, FALSE, FALSE },
	{ "deep", { NULL }, FALSE, TRUE },
	{ "actor", { [FN_AUDIT_ACTOR] = "#" }, FALSE, FALSE },
	{ "organization", { [FN_AUDIT_ORGANIZATION] = "#" }, FALSE, TRUE },
	{ "case", { [FN_AUDIT_CASE] = "#" }, FALSE, FALSE },
	{ "subject", { [FN_AUDIT_SUBJECT] = "#" }, FALSE, FALSE },
	{ "nothing", { [FN_AUDIT_CASE] = "none" }, FALSE, FALSE },
	{ "actor+resource", { [FN_AUDIT_ACTOR] = "#", [FN_AUDIT_RESOURCE] = "#" }, FALSE, FALSE },
	{ "actor+result+day", { [FN_AUDIT_ACTOR] = "#", [FN_AUDIT_RESULT] = "refused" }, TRUE, FALSE },
	{ "never-together", { [FN_AUDIT_ACTION] = "share.query", [FN_AUDIT_RESULT] = "refused" }, FALSE, FALSE },
};

typedef struct {
	FnAuditColumn column;
	char *text;
} Wanted;

static void
take(FnAuditColumn column, const char *text, gsize size, gpointer data)
{
	Wanted *wanted = data;

	if (column == wanted->column && wanted->text == NULL)
		wanted->text = g_strndup(text, size);
}

/* What entry @index has in @column. */
static char *
value_of(guint64 index, FnAuditColumn column)
{
	g_autoptr(GBytes) bytes = entry_of(index);
	Wanted wanted = { column, NULL };
	FnEntry entry;
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);

	g_assert(fn_entry_parse(text, size, &entry));
	fn_audit_terms(&entry, take, &wanted);
	return wanted.text;
}

typedef struct {
	double ms, processor; /* ms */
} Taken;

static double
processor_ms(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec * 1000 + (double)at.tv_nsec / 1e6;
}

static Taken
ask(FnDb *db, const FnAuditLog *log, const Kind *kind, guint64 entries, guint round)
{
	FnAuditQuestion question = FN_AUDIT_ANYTHING;
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	guint64 random = mix(G_MAXUINT32 + (guint64)round) % entries;
	g_autoptr(GError) error = NULL;
	Taken taken;
	json_t *answer;

	for (guint i = 0; i < FN_AUDIT_COLUMNS; i++) {
		question.value[i] = kind->value[i];
		if (g_strcmp0(kind->value[i], "#") == 0) {
			g_ptr_array_add(texts, value_of(random, i));
			question.value[i] = g_ptr_array_index(texts, texts->len - 1);
		}
	}
	if (kind->day) {
		question.from = START + (gint64)random * G_USEC_PER_SEC;
		question.until = question.from + G_TIME_SPAN_DAY;
	}
	if (kind->deep)
		question.before = random;
	taken = (Taken){ (double)g_get_monotonic_time() / 1000, processor_ms() };
	answer = fn_audit_search(db, log, &question, &error);
	taken = (Taken){ (double)g_get_monotonic_time() / 1000 - taken.ms, processor_ms() - taken.processor };
	if (answer == NULL)
		g_error("%s: %s", kind->name, error->message);
	json_decref(answer);
	return taken;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(FnDb *db, const FnAuditLog *log, const Kind *kind, guint64 entries)
{
	double ms[ROUNDS], processor[ROUNDS];

	for (guint i = 0; i < ROUNDS; i++) {
		Taken taken = ask(db, log, kind, entries, i);

		ms[i] = taken.ms;
		processor[i] = taken.processor;
	}
	qsort(ms, ROUNDS, sizeof(*ms), by_size);
	qsort(processor, ROUNDS, sizeof(*processor), by_size);
	printf("search.%s\tp99 %.2f ms, p50 %.2f, processor p99 %.2f\t100 ms\t%.1f\n", kind->name, ms[ROUNDS * 99 / 100], ms[ROUNDS / 2],
		processor[ROUNDS * 99 / 100], 100 / ms[ROUNDS * 99 / 100]);
	fflush(stdout);
}

/* ---- the index ---- */

static void
make(FnDb *db, const FnAuditLog *log, guint64 entries)
{
	gint64 began = g_get_monotonic_time();
	g_autoptr(GError) error = NULL;
	guint done;

	do
		if (!fn_audit_step(db, log, BATCH, &done, &error))
			g_error("%s", error->message);
	while (done > 0);
	printf("index.rate\t%.0fk/s\t-\t-\n", (double)entries * 1000 / (double)(g_get_monotonic_time() - began));
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	guint64 entries = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 10000000;
	const FnAuditLog log = { &entries, read_entries, size_of, there };
	g_autoptr(GError) error = NULL;
	struct stat about;
	FnDb *db;

	if (argc < 2 || entries == 0) {
		fprintf(stderr, "usage: audit_bench URL [ENTRIES]\n");
		return 2;
	}
	if ((db = fn_audit_open(argv[1], &error)) == NULL)
		g_error("%s", error->message);
	make(db, &log, entries);
	if (g_str_has_prefix(argv[1], "sqlite:") && stat(argv[1] + strlen("sqlite:"), &about) == 0)
		printf("index.bytes\t%.1f\t-\t-\n", (double)about.st_size / (double)entries);
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		measure(db, &log, &kinds[i], entries);
	fn_db_close(db);
	return 0;
}
