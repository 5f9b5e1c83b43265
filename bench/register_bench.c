/* register_bench URL [RECORDS] - a record book of RECORDS records (one million) of a hundred organizations, asked as people ask it. URL: an
 * empty database. Lines: name, ours, reference, ratio.
 *
 * register.KIND.ENGINE: p99 of a page of 50 records in milliseconds, against the 100 that are promised, and their ratio. The book is written
 * by the shortest way of the engine, in the form that the room itself writes. With a database that is full already it is asked only. */
#include "register/register_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "people_sql.h"
#include "register_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORGANIZATIONS = 100, BATCH = 20000, PART = 250000, ROUNDS = 60, PROMISED = 100 };
#define TODAY G_GINT64_CONSTANT(1790000000000000) /* 2026-09-21 */

static guint64
mix(guint64 x)
{
	x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

typedef struct {
	gint64 term, number;
} Term;

static gint
by_term(gconstpointer a, gconstpointer b)
{
	const Term *one = a, *other = b;

	if (one->term != other->term)
		return one->term < other->term ? -1 : 1;
	return one->number < other->number ? -1 : one->number > other->number;
}

static void
must(gboolean fine, const GError *error)
{
	if (!fine)
		g_error("register_bench: %s", error != NULL ? error->message : "failed");
}

static char *
organization(guint i)
{
	return g_strdup_printf("organization-%02u", i);
}

static json_t *
values_of(guint64 i)
{
	guint64 random = mix(i);
	g_autofree char *name = g_strdup_printf("PC-%07" G_GUINT64_FORMAT, i), *serial = g_strdup_printf("SN%010" G_GUINT64_FORMAT, random % 10000000000u);
	g_autofree char *place = g_strdup_printf("%s楼%u层", random % 3 == 0 ? "东" : random % 3 == 1 ? "西" : "主", (guint)(random % 30));
	g_autofree char *checked = fn_time_date_text(TODAY - (gint64)(random % 120) * G_TIME_SPAN_DAY);
	static const char *const states[] = { "ok", "ok", "ok", "ok", "ok", "ok", "ok", "outdated", "outdated", "none" };

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "serial", serial, "place", place, "antivirus",
		random % 10000 == 0 ? "none" : states[random % 9], "checked_on", checked);
}

/* A record in the form in which the room itself writes it. */
typedef struct {
	json_t *values;
	gint64 number;
	char *id, *owner, *key, *due, *body, *content, *terms;
} Row;

static Row
row_of(FnDb *db, const FnBook *book, guint64 i)
{
	Row row = { .values = values_of(i), .number = (gint64)i + 1, .id = fn_id_new(), .owner = organization((guint)(mix(i + 7) % ORGANIZATIONS)) };

	row.key = g_strdup(json_string_value(json_object_get(row.values, "name")));
	row.due = fn_book_due(book, row.values, TODAY);
	row.body = fn_json_canonical(row.values);
	row.content = fn_register_content(db, book, row.key, row.values);
	row.terms = fn_terms_of_record(book, "active", row.values, row.content);
	return row;
}

static void
row_clear(Row *row)
{
	char *const texts[] = { row->id, row->owner, row->key, row->due, row->body, row->content, row->terms };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	json_decref(row->values);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Row, row_clear)

static void
keep_terms(const char *list, gint64 number, GArray *terms)
{
	json_t *read = fn_json_parse(list, strlen(list), NULL), *one;
	gsize i;

	json_array_foreach(read, i, one) {
		Term term = { json_integer_value(one), number };

		g_array_append_val(terms, term);
	}
	json_decref(read);
}

/* ---- filling SQLite: rows, and sorted terms by the thousand ---- */

static const char *const pairs_parameter[] = { "pairs", NULL }, *const no_parameters[] = { NULL };
#define TERMS_SQLITE "INSERT INTO register_term (term, number) SELECT value ->> 0, value ->> 1 FROM json_each(:pairs)"
static const FnSql add_terms = { "fill", TERMS_SQLITE, TERMS_SQLITE, pairs_parameter };
static const FnSql count = { "count", "SELECT COUNT(*) FROM register_record", "SELECT COUNT(*) FROM register_record", no_parameters };
static const FnSql analyze = { "analyze", "ANALYZE", "ANALYZE", no_parameters };

static void
write_terms(FnDb *db, GArray *terms)
{
	g_autoptr(GString) pairs = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	g_array_sort(terms, by_term);
	must(fn_db_begin(db, &error), error);
	for (guint from = 0; from < terms->len; from += BATCH) {
		g_string_assign(pairs, "[");
		for (guint i = from; i < MIN(from + BATCH, terms->len); i++) {
			const Term *term = &g_array_index(terms, Term, i);

			g_string_append_printf(pairs, "%s[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]", i > from ? "," : "", term->term, term->number);
		}
		g_string_append_c(pairs, ']');
		must(fn_db_exec(db, &add_terms, FN_BINDS(FN_TEXT("pairs", pairs->str)), NULL, &error), error);
	}
	must(fn_db_commit(db, &error), error);
}

static void
write_record(FnDb *db, const FnBook *book, guint64 i, GArray *terms)
{
	g_auto(Row) row = row_of(db, book, i);
	g_autoptr(GError) error = NULL;

	must(fn_db_exec(db, &fn_sql_register_add_record,
		     FN_BINDS(FN_INT("number", row.number), FN_TEXT("id", row.id), FN_TEXT("register", book->id), FN_TEXT("scope", row.owner),
			     FN_TEXT("organization", row.owner), FN_TEXT("key", row.key), FN_TEXT("due", row.due), FN_TEXT("body", row.body),
			     FN_TEXT("content", row.content), FN_INT("now", TODAY)),
		     NULL, &error),
		error);
	keep_terms(row.terms, row.number, terms);
}

static void
fill_sqlite(FnDb *db, const FnBook *book, guint64 records)
{
	g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(Term));
	g_autoptr(GError) error = NULL;

	for (guint64 from = 0; from < records; from += PART) {
		must(fn_db_begin(db, &error), error);
		for (guint64 i = from; i < MIN(from + PART, records); i++)
			write_record(db, book, i, terms);
		must(fn_db_commit(db, &error), error);
		write_terms(db, terms);
		g_array_set_size(terms, 0);
	}
	must(fn_db_exec(db, &analyze, FN_NO_BINDS, NULL, &error), error);
}

/* ---- filling PostgreSQL: two streams of COPY, the index of terms made afterwards ---- */

static FILE *
psql(const char *url, const char *statement)
{
	g_autofree char *where = g_shell_quote(url), *what = g_shell_quote(statement);
	g_autofree char *command = g_strdup_printf("psql -q -v ON_ERROR_STOP=1 %s -c %s", where, what);
	FILE *stream = popen(command, "w");

	if (stream == NULL)
		g_error("register_bench: psql cannot be started");
	return stream;
}

static void
finish(FILE *stream)
{
	if (pclose(stream) != 0)
		g_error("register_bench: psql failed");
}

static void
put_text(FILE *stream, const char *text, char after)
{
	for (; *text != '\0'; text++)
		if (*text == '\\' || *text == '\t')
			fprintf(stream, "\\%c", *text);
		else if (*text == '\n')
			fputs("\\n", stream);
		else
			putc(*text, stream);
	putc(after, stream);
}

static void
put_row(FILE *records, FILE *terms, const FnBook *book, const Row *row)
{
	const char *const texts[] = { row->id, book->id, row->owner, row->owner, row->key, row->due, row->body };
	g_autofree char *list = g_strndup(row->terms + 1, strlen(row->terms) - 2);
	g_auto(GStrv) term = g_strsplit(list, ",", -1);

	fprintf(records, "%" G_GINT64_FORMAT "\tactive\t1\t%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\t", row->number, TODAY, TODAY);
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		put_text(records, texts[i], '\t');
	put_text(records, row->content, '\n');
	for (char **one = term; *one != NULL; one++)
		fprintf(terms, "%s\t%" G_GINT64_FORMAT "\n", *one, row->number);
}

static void
fill_postgres(const char *url, const FnBook *book, guint64 records, FnDb *db)
{
	FILE *rows, *terms;

	finish(psql(url, "ALTER TABLE register_term DROP CONSTRAINT register_term_pkey"));
	rows = psql(url, "COPY register_record (number, state, revision, created_at, changed_at, id, register, scope, organization, record_key, due_on, "
			 "body, content) FROM STDIN");
	terms = psql(url, "COPY register_term (term, number) FROM STDIN");
	for (guint64 i = 0; i < records; i++) {
		g_auto(Row) row = row_of(db, book, i);

		put_row(rows, terms, book, &row);
	}
	finish(rows);
	finish(terms);
	finish(psql(url, "SET maintenance_work_mem = '1GB'; ALTER TABLE register_term ADD PRIMARY KEY (term, number)"));
	finish(psql(url, "VACUUM ANALYZE")); /* as its own housekeeping leaves it */
}

static void
fill(FnDb *db, const char *url, const FnBook *book, guint64 records)
{
	g_autoptr(GError) error = NULL;
	gint64 there = fn_db_int(db, &count, FN_NO_BINDS, 0, &error);

	must(error == NULL, error);
	if (there > 0 && (guint64)there != records)
		g_error("register_bench: the database has %" G_GINT64_FORMAT " records; give an empty one", there);
	else if (there == 0 && fn_db_is_postgres(db))
		fill_postgres(url, book, records, db);
	else if (there == 0)
		fill_sqlite(db, book, records);
}

/* ---- questions ---- */

typedef struct {
	const char *name;
	FnRegisterQuery query;
	const char *field, *value; /* a condition, or NULL; "#": that of a random record */
	gboolean own, deep;        /* of one organization; from a random place on */
} Kind;

static const Kind kinds[] = {
	{ "list", { .sort = "key" }, NULL, NULL, FALSE, FALSE },
	{ "list.deep", { .sort = "key" }, NULL, NULL, FALSE, TRUE },
	{ "list.own", { .sort = "key" }, NULL, NULL, TRUE, FALSE },
	{ "list.due", { .sort = "due" }, NULL, NULL, FALSE, FALSE },
	{ "filter.common", { 0 }, "antivirus", "outdated", FALSE, FALSE },
	{ "filter.rare", { 0 }, "serial", "#", FALSE, FALSE },
	{ "filter.own", { 0 }, "antivirus", "none", TRUE, FALSE },
	{ "search.common", { .text = "东楼" }, NULL, NULL, FALSE, FALSE },
	{ "search.name", { .text = "#" }, NULL, NULL, FALSE, FALSE },
	{ "search.two", { .text = "17" }, NULL, NULL, FALSE, FALSE },
	{ "search+filter", { .text = "西楼" }, "antivirus", "none", FALSE, FALSE },
	{ "search.nothing", { .text = "zqzq" }, NULL, NULL, FALSE, FALSE },
	{ "over", { .renewal = "over" }, NULL, NULL, FALSE, FALSE },
	{ "over.own", { .renewal = "over" }, NULL, NULL, TRUE, FALSE },
	{ "near+filter", { .renewal = "near" }, "antivirus", "outdated", FALSE, FALSE },
};

static char *
random_value(guint64 i, const char *field)
{
	json_t *values = values_of(i);
	char *value = g_strdup(json_string_value(json_object_get(values, field)));

	json_decref(values);
	return value;
}

static char *
cursor_at(guint64 i)
{
	g_autofree char *name = random_value(i, "name"), *text = g_strdup_printf("0\n%s", name);

	return g_base64_encode((const guchar *)text, strlen(text));
}

static double
ask(FnDb *db, const FnRules *rules, const FnActor *actor, const Kind *kind, guint64 records, guint round)
{
	guint64 random = mix(round + 1000) % records;
	g_autofree char *cursor = kind->deep ? cursor_at(random) : NULL, *value = NULL, *word = NULL;
	g_autofree char *owner = organization((guint)(random % ORGANIZATIONS));
	FnRegisterQuery query = kind->query;
	json_t *where = NULL, *page;
	g_autoptr(GError) error = NULL;
	gint64 from;

	query.limit = 50;
	query.cursor = cursor;
	query.organization = kind->own ? owner : NULL;
	if (g_strcmp0(query.text, "#") == 0)
		query.text = word = random_value(random, "name");
	if (kind->field != NULL) {
		value = g_str_equal(kind->value, "#") ? random_value(random, kind->field) : g_strdup(kind->value);
		query.where = where = json_pack("{s:s}", kind->field, value);
	}
	from = g_get_monotonic_time();
	page = fn_register_find(db, rules, "terminals", &query, actor, TODAY, &error);
	from = g_get_monotonic_time() - from;
	must(page != NULL, error);
	json_decref(page);
	json_decref(where);
	return (double)from / 1000;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
tell(FnDb *db, const FnRules *rules, const FnActor *actor, const Kind *kind, guint64 records)
{
	double taken[ROUNDS];

	for (guint i = 0; i < 3; i++)
		ask(db, rules, actor, kind, records, 5000 + i);
	for (guint i = 0; i < ROUNDS; i++)
		taken[i] = ask(db, rules, actor, kind, records, i);
	qsort(taken, ROUNDS, sizeof(double), by_size);
	printf("register.%s.%s\t%.1f\t%d\t%.2f\n", kind->name, fn_db_is_postgres(db) ? "postgres" : "sqlite", taken[ROUNDS - 1], PROMISED,
		PROMISED / taken[ROUNDS - 1]);
}

int
main(int argc, char **argv)
{
	static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_register_migrations, NULL };
	guint64 records = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 1000000;
	FnActor actor = { "a", "p", "n", "organization-00", "bureau", NULL, NULL };
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, &error);
	g_autoptr(FnBook) book = NULL;
	g_autoptr(FnDb) db = NULL;

	if (argc < 2 || records < 1000) {
		fputs("usage: register_bench URL [RECORDS]\n", stderr);
		return 2;
	}
	must(rules != NULL && (book = fn_book_open(rules, "terminals", &error)) != NULL && (db = fn_db_open(argv[1], &error)) != NULL &&
		     fn_db_migrate(db, rooms, &error),
		error);
	actor.offices = g_ptr_array_new();
	g_ptr_array_add(actor.offices, "officer");
	fill(db, argv[1], book, records);
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		tell(db, rules, &actor, &kinds[i], records);
	g_ptr_array_unref(actor.offices);
	return 0;
}
