/* Speed of disclosure control over a million made-up people with five quasi-identifiers: district, date of birth, sex, schooling
 * and income, nearly all of them unique. What leaves is held against the promise: no group below k. Lines: name, ours, reference,
 * ratio, in rows per second.
 *
 * kanon.count is the pass that counts combinations; kanon.1m is all of it: counting, the choice among 600 combinations of levels
 * and the pass that generalises and withholds. kanon.1m.8mib is the same with 8 MiB of memory, so that nearly all is spilled. The
 * reference of all three is sqlite3 with the same rows in memory: one GROUP BY over the five columns. What memory was taken beyond
 * the rows goes to standard error. */
#include "disclosure/disclosure.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROWS = 1000000, COLUMNS = 5, BATCH = 4096 };

typedef struct {
	GString *text;
	const char **value[COLUMNS];
	guint32 *size[COLUMNS];
	FnHierarchy *hierarchy[COLUMNS];
	FnQuasi quasi[COLUMNS];
} People;

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* KiB, from the line @name of /proc/self/status. */
static guint64
memory_of(const char *name)
{
	g_autofree char *status = NULL;
	const char *line;

	if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL) || (line = strstr(status, name)) == NULL)
		return 0;
	return g_ascii_strtoull(line + strlen(name), NULL, 10);
}

/* The most memory taken counts from now on. */
static void
forget_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "w");

	if (file == NULL)
		return;
	fputs("5", file);
	fclose(file);
}

/* ---- people ---- */

static char *
any_value(GRand *rand, guint column)
{
	static const char *const schooling[] = { "primary", "middle", "vocational", "college", "university", "doctoral" };

	switch (column) {
	case 0: /* 3 provinces of up to 11 cities, districts of uneven size */
		return g_strdup_printf("%02d%02d%02d", 13 + g_rand_int_range(rand, 0, 3), 1 + g_rand_int_range(rand, 0, 1 + g_rand_int_range(rand, 0, 11)),
			1 + g_rand_int_range(rand, 0, 1 + g_rand_int_range(rand, 0, 20)));
	case 1:
		return g_strdup_printf("%d-%02d-%02d", 1935 + g_rand_int_range(rand, 0, 85), g_rand_int_range(rand, 1, 13), g_rand_int_range(rand, 1, 29));
	case 2:
		return g_strdup(g_rand_boolean(rand) ? "男" : "女");
	case 3:
		return g_strdup(schooling[g_rand_int_range(rand, 0, G_N_ELEMENTS(schooling))]);
	default:
		return g_strdup_printf("%d", g_rand_int_range(rand, 0, 100) * g_rand_int_range(rand, 0, 400));
	}
}

static gboolean
make_people(People *people)
{
	static const char *const spec[] = { "region", "date", "list", "list", "number:1000,5000,20000,100000" };
	static const char *const name[] = { "district", "birth", "sex", "schooling", "income" };
	static const char *const tree[] = { NULL, NULL, "[\"男\", \"女\"]",
		"{\"school\": [\"primary\", \"middle\", \"vocational\"], \"higher\": [\"college\", \"university\", \"doctoral\"]}", NULL };
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	gsize at = 0;

	people->text = g_string_sized_new((gsize)48 * ROWS);
	for (guint i = 0; i < COLUMNS; i++) {
		people->hierarchy[i] = fn_hierarchy_new(spec[i], tree[i], tree[i] != NULL ? strlen(tree[i]) : 0, NULL);
		people->quasi[i] = (FnQuasi){ name[i], people->hierarchy[i], 0 };
		people->value[i] = g_new(const char *, ROWS);
		people->size[i] = g_new(guint32, ROWS);
	}
	for (guint row = 0; row < ROWS; row++)
		for (guint i = 0; i < COLUMNS; i++) {
			g_autofree char *value = any_value(rand, i);

			people->size[i][row] = (guint32)strlen(value);
			g_string_append_printf(people->text, "%s%c", value, i + 1 < COLUMNS ? ',' : '\n');
		}
	for (guint row = 0; row < ROWS; row++)
		for (guint i = 0; i < COLUMNS; at += people->size[i++][row] + 1)
			people->value[i][row] = people->text->str + at;
	return people->hierarchy[3] != NULL && people->hierarchy[4] != NULL;
}

static void
free_people(People *people)
{
	for (guint i = 0; i < COLUMNS; i++) {
		fn_hierarchy_free(people->hierarchy[i]);
		g_free(people->value[i]);
		g_free(people->size[i]);
	}
	g_string_free(people->text, TRUE);
}

/* ---- ours ---- */

static FnCensus *
count_people(const People *people, gsize memory, GError **error)
{
	g_autoptr(FnCensus) census = fn_census_new(people->quasi, COLUMNS, NULL, memory, g_get_tmp_dir(), error);

	for (guint row = 0; census != NULL && row < ROWS; row += BATCH) {
		FnColumn column[COLUMNS];

		for (guint i = 0; i < COLUMNS; i++)
			column[i] = (FnColumn){ people->value[i] + row, people->size[i] + row, MIN(ROWS - row, BATCH) };
		if (!fn_census_add(census, column, NULL, error))
			return NULL;
	}
	return g_steal_pointer(&census);
}

/* Sends all rows; those that left, joined, are added to @left. */
static gboolean
send_people(const People *people, const FnAdmission *admission, GHashTable *left, double *took, GError **error)
{
	g_autoptr(FnStream) stream = fn_stream_new(admission);
	const char *value[COLUMNS][BATCH];
	guint32 size[COLUMNS][BATCH];
	gboolean keep[BATCH];

	for (guint row = 0; row < ROWS; row += BATCH) {
		FnColumn column[COLUMNS];
		guint n = MIN(ROWS - row, BATCH);
		double began;

		for (guint i = 0; i < COLUMNS; i++) {
			memcpy(value[i], people->value[i] + row, n * sizeof(*value[i]));
			memcpy(size[i], people->size[i] + row, n * sizeof(*size[i]));
			column[i] = (FnColumn){ value[i], size[i], n };
		}
		began = seconds();
		fn_stream_apply(stream, column, keep);
		*took += seconds() - began;
		for (guint i = 0; left != NULL && i < n; i++)
			if (keep[i]) {
				char *joined = g_strjoin("|", value[0][i], value[1][i], value[2][i], value[3][i], value[4][i], NULL);

				g_hash_table_insert(left, joined, GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(left, joined)) + 1));
			}
	}
	return fn_stream_end(stream, error);
}

static gboolean
is_safe(GHashTable *left, guint k)
{
	GHashTableIter iter;
	gpointer rows;

	g_hash_table_iter_init(&iter, left);
	while (g_hash_table_iter_next(&iter, NULL, &rows))
		if (GPOINTER_TO_UINT(rows) < k)
			return FALSE;
	return g_hash_table_size(left) > 1;
}

/* Seconds of the pass that counts and of all; FALSE when what left is not safe. The check stays out of time and memory. */
static gboolean
run(const People *people, gsize memory, double *counting, double *all)
{
	g_autoptr(GHashTable) left = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	FnDisclosureOptions options = fn_disclosure_options();
	g_autoptr(GError) error = NULL;
	g_autoptr(FnCensus) census = NULL;
	g_autoptr(FnDisclosurePlan) plan = NULL;
	g_autoptr(FnAdmission) admission = NULL;
	g_autofree char *report = NULL;
	guint64 resting = memory_of("VmRSS:");
	double began = seconds(), ignored = 0;

	forget_peak();
	census = count_people(people, memory, &error);
	*counting = seconds() - began;
	plan = census != NULL ? fn_census_choose(census, &options, &error) : NULL;
	admission = plan != NULL ? fn_admission_new(plan, census, NULL, &error) : NULL;
	*all = seconds() - began;
	if (admission == NULL || !send_people(people, admission, NULL, all, &error)) {
		fprintf(stderr, "kanon: %s\n", error->message);
		return FALSE;
	}
	report = fn_admission_report(admission);
	fprintf(stderr, "kanon: %" G_GSIZE_FORMAT " KiB given, %" G_GUINT64_FORMAT " KiB taken; %s\n", memory / 1024, memory_of("VmHWM:") - resting,
		report);
	return send_people(people, admission, left, &ignored, &error) && is_safe(left, options.k);
}

/* ---- sqlite3 ---- */

/* Seconds of the GROUP BY alone, as sqlite3 tells them. 0 when it did not run. */
static double
time_sqlite(const People *people)
{
	g_autofree char *directory = g_dir_make_tmp("fengni-bench-XXXXXX", NULL), *rows = g_build_filename(directory, "rows.csv", NULL),
		*script = g_strdup_printf("CREATE TABLE p (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT);\n.mode csv\n.import %s p\n.timer on\n"
					  "SELECT count(*) FROM (SELECT 1 FROM p GROUP BY a, b, c, d, e HAVING count(*) < 5);\n",
			rows),
		*commands = g_build_filename(directory, "commands", NULL), *read = g_strdup_printf(".read %s", commands), *out = NULL;
	char *arguments[] = { (char *)"sqlite3", (char *)"-batch", (char *)":memory:", read, NULL };
	const char *timer, *user;
	double sum = 0;
	char *end;

	if (g_file_set_contents(rows, people->text->str, (gssize)people->text->len, NULL) && g_file_set_contents(commands, script, -1, NULL) &&
		g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, NULL) &&
		(timer = strstr(out, "Run Time: real ")) != NULL && (user = strstr(timer, "user ")) != NULL) {
		sum = g_ascii_strtod(user + strlen("user "), &end);
		sum += g_ascii_strtod(end + strlen(" sys "), NULL);
	}
	g_unlink(rows);
	g_unlink(commands);
	g_rmdir(directory);
	return sum;
}

static void
print_line(const char *name, double ours, double reference)
{
	printf("%s\t%.0fk\t%.0fk\t%.2f\n", name, ROWS / ours / 1000, ROWS / reference / 1000, reference / ours);
}

int
main(void)
{
	People people = { 0 };
	double counting, all, counting_little, all_little, reference;
	gboolean fine;

	fn_crypto_init();
	fine = make_people(&people) && run(&people, FN_DISCLOSURE_MEMORY, &counting, &all) && run(&people, 8 << 20, &counting_little, &all_little);
	reference = fine ? time_sqlite(&people) : 0;
	fine = fine && reference > 0;
	if (fine) {
		print_line("kanon.count", counting, reference);
		print_line("kanon.1m", all, reference);
		print_line("kanon.1m.8mib", all_little, reference);
	}
	free_people(&people);
	return fine ? 0 : 1;
}
