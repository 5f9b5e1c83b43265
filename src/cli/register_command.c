/* Record books over the console API. A workbook is turned into CSV here, read by the confined worker as `fengni mask` does it; the platform
 * is sent CSV and nothing else. */
#include "cli/register_command.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/nouns.h"
#include "source/csv.h"
#include "table/table.h"

#include <stdio.h>
#include <string.h>

#define BOOKS "/api/v1/registers"

typedef struct {
	gboolean json, dry_run, keep_good, help;
	gint64 revision; /* 0: what stands now */
	char *say, *sheet, *organization;
	FnClient *client;
	int argc; /* behind the verb */
	char **argv;
} Job;

typedef struct {
	const char *name, *arguments;
	int least;
	gboolean (*run)(Job *job, GError **error);
	const char *about;
} Verb;

static gboolean
usage_error(GError **error, const char *text)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s", text);
	return FALSE;
}

/* BOOKS/book/rest/record…; each part escaped. */
static char *
address(const char *book, const char *kind, const char *record, const char *behind)
{
	GString *path = g_string_new(BOOKS "/");

	g_string_append_uri_escaped(path, book, ":", TRUE);
	if (kind != NULL)
		g_string_append_printf(path, "/%s", kind);
	if (record != NULL) {
		g_string_append_c(path, '/');
		g_string_append_uri_escaped(path, record, ":", TRUE);
	}
	if (behind != NULL)
		g_string_append_printf(path, "/%s", behind);
	return g_string_free(path, FALSE);
}

static json_t *
arguments(const Job *job, int from, GError **error)
{
	json_t *given = json_object();

	for (int i = from; i < job->argc; i++)
		if (!fn_argument_take(given, job->argv[i], error)) {
			json_decref(given);
			return NULL;
		}
	return given;
}

/* Conditions of a list: what is no word of the list is a field. */
static char *
asked(const Job *job, const char *path, int from, GError **error)
{
	static const char *const words[] = { "organization", "state", "renewal", "sort", "q", "cursor", "limit", "language", NULL };
	json_t *given = arguments(job, from, error), *named, *value;
	const char *name;
	char *whole;

	if (given == NULL)
		return NULL;
	named = json_object();
	json_object_foreach(given, name, value) {
		g_autofree char *field = g_strconcat(g_strv_contains(words, name) || g_str_has_prefix(name, "where.") ? "" : "where.", name, NULL);

		json_object_set(named, field, value);
	}
	whole = fn_query_path(path, named);
	json_decref(named);
	json_decref(given);
	return whole;
}

/* ---- what is printed ---- */

static void
print_json(const json_t *reply)
{
	g_autofree char *text = json_dumps(reply, JSON_INDENT(2) | JSON_SORT_KEYS);

	puts(text);
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void
print_value(const char *name, const json_t *value)
{
	g_autofree char *text = json_is_string(value) ? g_strdup(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	g_autofree char *safe = fn_text_safe(text, -1, 2000);

	printf("  %-20s %s\n", name, safe);
}

static void
print_record(const json_t *record)
{
	const json_t *shown = json_object_get(record, "shown");
	g_autofree char *key = fn_text_safe(text_of(record, "key"), -1, 400);
	const char *name;
	json_t *value;

	printf("%s  %s\n", text_of(record, "id"), key);
	printf(fn_say("  state %s, revision %d, good until %s (%s)\n"), text_of(record, "state"),
		(int)json_integer_value(json_object_get(record, "revision")), *text_of(record, "due") != '\0' ? text_of(record, "due") : "-",
		text_of(record, "renewal"));
	json_object_foreach(json_object_get(record, "values"), name, value)
		print_value(name, json_object_get(shown, name) != NULL ? json_object_get(shown, name) : value);
}

static void
print_line(const json_t *record)
{
	g_autofree char *key = fn_text_safe(text_of(record, "key"), -1, 200);

	printf("%s  %-7s %-10s %-5s %s\n", text_of(record, "id"), text_of(record, "state"), *text_of(record, "due") != '\0' ? text_of(record, "due") : "-",
		text_of(record, "renewal"), key);
}

static void
print_event(const json_t *event)
{
	g_autofree char *name = fn_text_safe(text_of(event, "name"), -1, 100), *say = fn_text_safe(text_of(event, "say"), -1, 400);
	g_autofree char *changes = json_dumps(json_object_get(event, "changes"), JSON_COMPACT | JSON_SORT_KEYS);
	g_autofree char *safe = fn_text_safe(changes, -1, 4000);

	printf("%s  %-6s %s  %s  %s\n", text_of(event, "at"), text_of(event, "kind"), name, safe, say);
}

static void
print_book(const json_t *book)
{
	const json_t *title = json_object_get(book, "title");

	printf("%-24s %s%s\n", text_of(book, "id"), text_of(title, fn_say_in_chinese() ? "zh" : "en"),
		json_is_true(json_object_get(book, "write")) ? "  *" : "");
}

static void
print_items(const json_t *reply, void (*print)(const json_t *item))
{
	const json_t *items = json_object_get(reply, "items");
	const char *next = json_string_value(json_object_get(reply, "next"));

	for (gsize i = 0; i < json_array_size(items); i++)
		print(json_array_get(items, i));
	if (next != NULL)
		printf(fn_say("there is more: cursor=%s\n"), next);
}

static gboolean
show(const Job *job, json_t *reply, void (*print)(const json_t *item))
{
	if (reply == NULL)
		return FALSE;
	if (job->json)
		print_json(reply);
	else if (json_object_get(reply, "items") != NULL)
		print_items(reply, print);
	else
		print(reply);
	json_decref(reply);
	return TRUE;
}

/* ---- verbs ---- */

static gboolean
run_list(Job *job, GError **error)
{
	g_autofree char *path = job->argc > 0 ? address(job->argv[0], "records", NULL, NULL) : NULL;
	g_autofree char *whole = path != NULL ? asked(job, path, 1, error) : g_strdup(BOOKS);

	return whole != NULL && show(job, fn_client_call(job->client, "GET", whole, NULL, error), path != NULL ? print_line : print_book);
}

static void
print_schema(const json_t *schema)
{
	const json_t *fields = json_object_get(schema, "fields"), *rules = json_object_get(schema, "rules");
	const char *language = fn_say_in_chinese() ? "zh" : "en";

	printf("%s  %s\n", text_of(schema, "id"), text_of(json_object_get(schema, "title"), language));
	for (gsize i = 0; i < json_array_size(fields); i++) {
		const json_t *field = json_array_get(fields, i);

		printf("  %-20s %-12s %s%s%s\n", text_of(field, "id"), text_of(field, "type"), text_of(field, language),
			json_is_true(json_object_get(field, "required")) ? " !" : "", json_is_true(json_object_get(field, "key")) ? " #" : "");
	}
	puts(fn_say("  ! must be there   # part of the key"));
	for (gsize i = 0; i < json_array_size(rules); i++)
		printf("  - %s\n", text_of(json_object_get(json_array_get(rules, i), "text"), language));
}

static gboolean
run_show(Job *job, GError **error)
{
	g_autofree char *path = address(job->argv[0], job->argc > 1 ? "records" : NULL, job->argc > 1 ? job->argv[1] : NULL, NULL);

	return show(job, fn_client_call(job->client, "GET", path, NULL, error), job->argc > 1 ? print_record : print_schema);
}

static gboolean
run_add(Job *job, GError **error)
{
	g_autofree char *path = address(job->argv[0], "records", NULL, NULL);
	json_t *values = arguments(job, 1, error);

	return values != NULL && show(job, fn_client_call(job->client, "POST", path,
					   json_pack("{s:o, s:s*}", "values", values, "organization", job->organization), error), print_record);
}

/* What the caller named, else what stands now. */
static gint64
revision(Job *job, const char *path, GError **error)
{
	json_t *record;
	gint64 found;

	if (job->revision > 0)
		return job->revision;
	record = fn_client_call(job->client, "GET", path, NULL, error);
	found = json_integer_value(json_object_get(record, "revision"));
	json_decref(record);
	return found;
}

static gboolean
run_change(Job *job, GError **error)
{
	g_autofree char *path = address(job->argv[0], "records", job->argv[1], NULL);
	json_t *values = arguments(job, 2, error);
	gint64 seen = values != NULL ? revision(job, path, error) : 0;

	if (seen > 0)
		return show(job, fn_client_call(job->client, "PATCH", path, json_pack("{s:o, s:I}", "values", values, "revision", (json_int_t)seen), error),
			print_record);
	json_decref(values);
	return FALSE;
}

static gboolean
run_close(Job *job, GError **error)
{
	g_autofree char *path = address(job->argv[0], "records", job->argv[1], NULL), *close = g_strconcat(path, "/close", NULL);
	gint64 seen = revision(job, path, error);

	return seen > 0 && show(job, fn_client_call(job->client, "POST", close, json_pack("{s:I, s:s*}", "revision", (json_int_t)seen, "say", job->say),
				     error), print_record);
}

static gboolean
run_history(Job *job, GError **error)
{
	g_autofree char *path = address(job->argv[0], "records", job->argv[1], "history");

	return show(job, fn_client_call(job->client, "GET", path, NULL, error), print_event);
}

/* ---- workbooks ---- */

typedef struct {
	GString *csv;
	gboolean begun;
} Sheet;

static void
put_cell(GString *csv, guint i, const char *text, gsize size)
{
	if (i > 0)
		g_string_append_c(csv, ',');
	if (size > 0)
		fn_csv_write_field(csv, text, size, ',', FALSE);
}

static gboolean
take_sheet(FnTableBatch *batch, gpointer data, GError **error)
{
	Sheet *sheet = data;

	if (batch->first && sheet->begun) {
		g_set_error(error, FN_TABLE_ERROR, FN_TABLE_ERROR_INPUT, "%s", fn_say("the workbook has several sheets; name one with --sheet"));
		return FALSE;
	}
	for (guint i = 0; batch->first && i < batch->columns; i++)
		put_cell(sheet->csv, i, batch->column[i].name, strlen(batch->column[i].name));
	if (batch->first)
		g_string_append_c(sheet->csv, '\n');
	sheet->begun = TRUE;
	for (guint row = 0; row < batch->rows; row++) {
		for (guint i = 0; i < batch->columns; i++)
			put_cell(sheet->csv, i, batch->column[i].values.value[row],
				batch->column[i].values.value[row] != NULL ? batch->column[i].values.size[row] : 0);
		g_string_append_c(sheet->csv, '\n');
	}
	return TRUE;
}

/* The bytes to send: a file that is no workbook goes as it is. */
static GString *
csv_of(const Job *job, const char *path, GError **error)
{
	FnTableInput input = { .name = path, .format = FN_TABLE_WORKBOOK, .sheet = job->sheet };
	Sheet sheet = { .csv = g_string_new(NULL) };
	g_autoptr(FnTableReader) reader = NULL;
	g_autofree char *bytes = NULL;
	gboolean fine;
	gsize size;

	fine = g_file_get_contents(path, &bytes, &size, error);
	if (fine && fn_table_format_of_name(path) != FN_TABLE_WORKBOOK) {
		g_string_append_len(sheet.csv, bytes, (gssize)size);
	} else if (fine) {
		reader = fn_table_reader_new(&input, take_sheet, &sheet);
		fine = fn_table_reader_add(reader, bytes, size, error) && fn_table_reader_end(reader, error);
	}
	if (fine)
		return sheet.csv;
	g_string_free(sheet.csv, TRUE);
	return NULL;
}

static void
print_report(const json_t *report)
{
	const json_t *problems = json_object_get(report, "problems");

	printf(fn_say("%d rows: %d added, %d changed, %d the same, %d bad\n"), (int)json_integer_value(json_object_get(report, "rows")),
		(int)json_integer_value(json_object_get(report, "added")), (int)json_integer_value(json_object_get(report, "changed")),
		(int)json_integer_value(json_object_get(report, "same")), (int)json_integer_value(json_object_get(report, "bad")));
	for (gsize i = 0; i < json_array_size(problems); i++) {
		const json_t *problem = json_array_get(problems, i);

		printf(fn_say("  row %d, %s: %s\n"), (int)json_integer_value(json_object_get(problem, "row")), text_of(problem, "field"),
			text_of(problem, "reason"));
	}
	if (json_is_true(json_object_get(report, "dry_run")))
		puts(fn_say("this was a dry run: nothing was written"));
	else if (json_is_false(json_object_get(report, "written")))
		puts(fn_say("nothing was written; mend the rows, or let the good ones in with --keep-good"));
}

static gboolean
run_import(Job *job, GError **error)
{
	g_autofree char *path = address(job->argv[0], "import", NULL, NULL);
	g_autofree char *whole = g_strconcat(path, "?dry_run=", job->dry_run ? "1" : "0", "&keep_good=", job->keep_good ? "1" : "0", NULL);
	GString *csv = csv_of(job, job->argv[1], error);
	json_t *report = csv != NULL ? fn_client_upload(job->client, whole, csv->str, csv->len, error) : NULL;
	gboolean bad = json_integer_value(json_object_get(report, "bad")) > 0;

	if (csv != NULL)
		g_string_free(csv, TRUE);
	if (!show(job, report, print_report))
		return FALSE;
	if (bad)
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "%s", fn_say("there are bad rows"));
	return !bad;
}

/* In a workbook nothing is a formula, so what guards CSV against it goes. */
static gboolean
take_csv(FnTableBatch *batch, gpointer writer, GError **error)
{
	for (guint i = 0; i < batch->columns; i++)
		for (guint row = 0; row < batch->rows; row++) {
			const char *text = batch->column[i].values.value[row];

			if (text != NULL && text[0] == '\'' && text[1] != '\0' && strchr("=+-@\t\r", text[1]) != NULL) {
				batch->column[i].values.value[row]++;
				batch->column[i].values.size[row]--;
			}
		}
	return fn_table_writer_add(writer, batch, error);
}

static gboolean
write_workbook(const char *path, const GString *csv, GError **error)
{
	FnTableInput input = { .name = path, .format = FN_TABLE_CSV, .encoding = FN_ENCODING_UTF8, .delimiter = ',' };
	g_autoptr(FnTableOutput) output = fn_table_output_new(path, FN_SUITE_GM, error);
	g_autoptr(FnTableWriter) writer = output != NULL ? fn_table_writer_new(FN_TABLE_WORKBOOK, ',', output) : NULL;
	g_autoptr(FnTableReader) reader = writer != NULL ? fn_table_reader_new(&input, take_csv, writer) : NULL;
	guint8 digest[FN_DIGEST_SIZE];

	return reader != NULL && fn_table_reader_add(reader, csv->str, csv->len, error) && fn_table_reader_end(reader, error) &&
		fn_table_writer_end(writer, error) && fn_table_output_commit(output, digest, error);
}

static gboolean
write_export(const char *path, const GString *csv, GError **error)
{
	if (path == NULL)
		return fwrite(csv->str, 1, csv->len, stdout) == csv->len && fflush(stdout) == 0;
	if (fn_table_format_of_name(path) == FN_TABLE_WORKBOOK)
		return write_workbook(path, csv, error);
	return g_file_set_contents_full(path, csv->str, (gssize)csv->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static gboolean
run_export(Job *job, GError **error)
{
	const char *file = job->argc > 1 && strchr(job->argv[1], '=') == NULL ? job->argv[1] : NULL;
	g_autofree char *path = address(job->argv[0], "export", NULL, NULL), *whole = asked(job, path, file != NULL ? 2 : 1, error);
	const char *language = fn_say_in_chinese() ? "Accept-Language: zh" : "Accept-Language: en";
	const char *const headers[] = { language, NULL };
	FnAnswer answer = { 0 };
	gboolean done = whole != NULL && fn_client_send(job->client, "GET", whole, headers, NULL, &answer, error);

	if (done && answer.status != 200) {
		g_autofree char *code = fn_answer_code(&answer);

		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "%s", code != NULL ? code : fn_say("refused"));
		done = FALSE;
	}
	done = done && write_export(file, answer.body, error);
	fn_answer_clear(&answer);
	return done;
}

static const Verb verbs[] = {
	{ "list", "[BOOK [q= state= renewal= sort= organization= limit= FIELD=…]]", 0, run_list, FN_SAY("the books, or records of one") },
	{ "show", "BOOK [RECORD]", 1, run_show, FN_SAY("a book's fields, or a record") },
	{ "add", "BOOK FIELD=… [--organization ID]", 2, run_add, FN_SAY("adds a record") },
	{ "change", "BOOK RECORD FIELD=… [--revision N]", 3, run_change, FN_SAY("sets fields; an empty value takes one away") },
	{ "close", "BOOK RECORD [--say TEXT] [--revision N]", 2, run_close, FN_SAY("closes a record for good") },
	{ "history", "BOOK RECORD", 2, run_history, FN_SAY("what became of a record") },
	{ "import", "BOOK FILE [--dry-run] [--keep-good] [--sheet NAME]", 2, run_import, FN_SAY("rows of a CSV file or a workbook") },
	{ "export", "BOOK [FILE] [FIELD=…]", 1, run_export, FN_SAY("the records as CSV, or as a workbook when FILE ends in .xlsx") },
};

/* ---- the command line ---- */

static void
help(FILE *to)
{
	fprintf(to, fn_say("usage: %s"), "fengni register VERB …  [--json]\n\n");
	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
		fprintf(to, "  %s %s\n      %s\n", verbs[i].name, verbs[i].arguments, fn_say(verbs[i].about));
}

static const Verb *
find_verb(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void
job_clear(Job *job)
{
	g_free(job->say);
	g_free(job->sheet);
	g_free(job->organization);
	fn_client_free(job->client);
}

static int
code_of(const GError *error)
{
	return g_error_matches(error, FN_TABLE_ERROR, FN_TABLE_ERROR_INPUT) ? FN_EXIT_NO : fn_client_exit_code(error);
}

static gboolean
run(Job *job, const Verb *verb, GError **error)
{
	if (job->argc < verb->least) {
		g_autofree char *text = g_strdup_printf(fn_say("usage: %s"), verb->arguments);

		return usage_error(error, text);
	}
	return (job->client = fn_session_client(error)) != NULL && verb->run(job, error);
}

int
fn_register_command(int argc, char **argv)
{
	Job job = { 0 };
	const GOptionEntry options[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &job.json, NULL, NULL },
		{ "dry-run", 0, 0, G_OPTION_ARG_NONE, &job.dry_run, NULL, NULL }, { "keep-good", 0, 0, G_OPTION_ARG_NONE, &job.keep_good, NULL, NULL },
		{ "sheet", 0, 0, G_OPTION_ARG_STRING, &job.sheet, NULL, NULL }, { "say", 0, 0, G_OPTION_ARG_STRING, &job.say, NULL, NULL },
		{ "organization", 0, 0, G_OPTION_ARG_STRING, &job.organization, NULL, NULL },
		{ "revision", 0, 0, G_OPTION_ARG_INT64, &job.revision, NULL, NULL }, { "help", 'h', 0, G_OPTION_ARG_NONE, &job.help, NULL, NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	const Verb *verb = NULL;
	gboolean parsed;
	int code = FN_EXIT_OK;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, options, NULL);
	parsed = g_option_context_parse(context, &argc, &argv, &error);
	verb = parsed && argc > 1 ? find_verb(argv[1]) : NULL;
	job.argc = argc - 2;
	job.argv = argv + 2;
	if (parsed && job.help) {
		help(stdout);
	} else if (verb == NULL) {
		if (error != NULL)
			fprintf(stderr, "fengni register: %s\n", error->message);
		help(stderr);
		code = FN_EXIT_USAGE;
	} else if (!run(&job, verb, &error)) {
		fprintf(stderr, "fengni register: %s\n", error != NULL ? error->message : fn_say("the answer is not what was asked for"));
		code = error != NULL ? code_of(error) : FN_EXIT_ENVIRONMENT;
	}
	job_clear(&job);
	return code;
}
