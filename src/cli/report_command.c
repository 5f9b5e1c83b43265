#include "cli/report_command.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/nouns.h"
#include "oversight/oversight.h"
#include "print/print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPORTS "/api/v1/reports"

typedef struct {
	gboolean json, help;
	char *period, *inspection, *format, *file;
	FnClient *client;
	int argc; /* behind the verb */
	char **argv;
} Job;

typedef struct {
	const char *name, *arguments;
	int count; /* of what is no option */
	gboolean (*run)(Job *job, GError **error);
	const char *about;
} Verb;

static gboolean
usage_error(GError **error, const char *text)
{
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
	return FALSE;
}

/* ---- list ---- */

static const struct {
	const char *word, *said;
} periods[] = {
	{ "month", FN_SAY("each month") },
	{ "quarter", FN_SAY("each quarter") },
	{ "half_year", FN_SAY("each half-year") },
	{ "year", FN_SAY("each year") },
	{ "inspection", FN_SAY("of an inspection") },
};

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void
print_line(const json_t *report)
{
	g_autofree char *id = fn_text_safe(text_of(report, "id"), -1, 100), *title = fn_text_safe(text_of(report, "title"), -1, 200);
	g_autofree char *word = fn_text_safe(text_of(report, "period"), -1, 40);
	const char *said = word;

	for (gsize i = 0; i < G_N_ELEMENTS(periods); i++)
		if (g_str_equal(periods[i].word, word))
			said = fn_say(periods[i].said);
	printf("%-20s %s (%s)\n", id, title, said);
}

static gboolean
run_list(Job *job, GError **error)
{
	json_t *reply = fn_client_call(job->client, "GET", REPORTS, NULL, error);
	const json_t *items = json_object_get(reply, "items");
	g_autofree char *text = job->json && reply != NULL ? json_dumps(reply, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
	gboolean whole = json_is_array(items);

	if (text != NULL)
		puts(text);
	for (gsize i = 0; text == NULL && i < json_array_size(items); i++)
		print_line(json_array_get(items, i));
	json_decref(reply);
	return whole;
}

/* ---- make ---- */

/* A PDF is of the fonts of who asks, so the platform gives the report and it is printed here. */
static GBytes *
printed(const GString *answer, GError **error)
{
	json_t *report = fn_json_parse(answer->str, answer->len, error);
	g_autoptr(FnPrint) print = report != NULL ? fn_report_print(report, error) : NULL;

	json_decref(report);
	return print != NULL ? fn_print_pdf(print, error) : NULL;
}

typedef struct {
	const char *name, *asked; /* asked: of the platform */
	GBytes *(*make)(const GString *answer, GError **error); /* NULL: it is kept as it came */
} Format;

static const Format formats[] = { { "json", "json", NULL }, { "html", "html", NULL }, { "csv", "csv", NULL }, { "pdf", "json", printed } };

static const Format *
format_of(const Job *job, GError **error)
{
	const char *dot = job->file != NULL ? strrchr(job->file, '.') : NULL;
	const char *name = job->format != NULL ? job->format : job->json || job->file == NULL ? "json" : dot != NULL ? dot + 1 : "";

	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
		if (g_ascii_strcasecmp(formats[i].name, name) == 0)
			return &formats[i];
	usage_error(error, fn_say("which format? --format pdf, html, csv or json, or a FILE that ends so"));
	return NULL;
}

/* Caller frees. */
static char *
address(const char *id, const Job *job, const char *inspection, const Format *format)
{
	json_t *query = json_pack("{s:s*, s:s*, s:s}", "period", job->period, "inspection", inspection, "format", format->asked);
	GString *path = g_string_new(REPORTS "/");
	char *whole;

	g_string_append_uri_escaped(path, id, ":", TRUE);
	whole = query != NULL ? fn_query_path(path->str, query) : NULL; /* what is no UTF-8 is not packed */
	json_decref(query);
	g_string_free(path, TRUE);
	return whole;
}

/* NULL with the platform's words when it refuses. */
static GBytes *
fetch(FnClient *client, const char *path, const Format *format, GError **error)
{
	FnAnswer answer = { 0 };
	GBytes *made = NULL;

	if (fn_client_send(client, "GET", path, NULL, NULL, &answer, error)) {
		if (answer.status != 200)
			fn_answer_refused(&answer, error);
		else
			made = format->make != NULL ? format->make(answer.body, error) : g_bytes_new(answer.body->str, answer.body->len);
	}
	fn_answer_clear(&answer);
	return made;
}

/* A file is there whole or not at all, and nobody else reads it. */
static gboolean
keep(GBytes *bytes, const char *file, GError **error)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);

	if (file != NULL)
		return g_file_set_contents_full(file, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
	if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
		return TRUE;
	g_set_error_literal(error, G_FILE_ERROR, g_file_error_from_errno(errno), g_strerror(errno));
	return FALSE;
}

static gboolean
make(Job *job, const char *id, const char *inspection, GError **error)
{
	const Format *format = format_of(job, error);
	g_autofree char *path = format != NULL ? address(id, job, inspection, format) : NULL;
	g_autoptr(GBytes) made = NULL;

	if (format == NULL)
		return FALSE;
	if (path == NULL)
		return usage_error(error, fn_say("not a text in UTF-8"));
	if (format->make != NULL && job->file == NULL && isatty(STDOUT_FILENO))
		return usage_error(error, fn_say("a PDF is not for the terminal: name a file with -o"));
	made = fetch(job->client, path, format, error);
	return made != NULL && keep(made, job->file, error);
}

static gboolean
run_make(Job *job, GError **error)
{
	return make(job, job->argv[0], job->inspection, error);
}

static gboolean
run_inspection(Job *job, GError **error)
{
	if (job->period != NULL || job->inspection != NULL)
		return usage_error(error, fn_say("a report of an inspection has its period: neither --period nor --inspection belongs here"));
	return make(job, "inspection", job->argv[0], error);
}

static const Verb verbs[] = {
	{ "list", "[--json]", 0, run_list, FN_SAY("the reports that can be made, and how often each is due") },
	{ "make", "ID [--period 2026-Q1] [--inspection ID] [--format pdf|html|csv|json] [-o FILE]", 1, run_make,
		FN_SAY("makes one; no period: the last that is over; no format: as FILE ends, else json") },
};
static const Verb inspection_verbs[] = {
	{ "report", "INSPECTION [--format pdf|html|csv|json] [-o FILE]", 1, run_inspection,
		FN_SAY("what an inspection came to, to print or to keep") },
};

/* ---- the command line ---- */

typedef struct {
	const char *name;
	const Verb *verbs;
	gsize n;
} Noun;

static const Noun report_noun = { "report", verbs, G_N_ELEMENTS(verbs) };
static const Noun inspect_noun = { "inspect", inspection_verbs, G_N_ELEMENTS(inspection_verbs) };

static void
help(const Noun *noun, FILE *to)
{
	g_autofree char *line = g_strdup_printf("fengni %s VERB …\n", noun->name), *calls = fn_nouns_help(noun->name);

	fprintf(to, fn_say("usage: %s"), line);
	fputs(calls, to);
	for (gsize i = 0; i < noun->n; i++) {
		g_autofree char *words = g_strdup_printf("%s %s", noun->name, noun->verbs[i].name);

		fprintf(to, "  %-22s %s: %s\n", words, noun->verbs[i].arguments, fn_say(noun->verbs[i].about));
	}
}

static const Verb *
find_verb(const Noun *noun, const char *name)
{
	for (gsize i = 0; name != NULL && i < noun->n; i++)
		if (g_str_equal(noun->verbs[i].name, name))
			return &noun->verbs[i];
	return NULL;
}

static void
job_clear(Job *job)
{
	g_free(job->period);
	g_free(job->inspection);
	g_free(job->format);
	g_free(job->file);
	fn_client_free(job->client);
}

static gboolean
run(Job *job, const Verb *verb, GError **error)
{
	if (job->argc != verb->count) {
		g_autofree char *text = g_strdup_printf(fn_say("usage: %s"), verb->arguments);

		return usage_error(error, text);
	}
	return (job->client = fn_session_client(error)) != NULL && verb->run(job, error);
}

static int
command(const Noun *noun, int argc, char **argv)
{
	Job job = { 0 };
	const GOptionEntry options[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &job.json, NULL, NULL },
		{ "period", 0, 0, G_OPTION_ARG_STRING, &job.period, NULL, NULL }, { "inspection", 0, 0, G_OPTION_ARG_STRING, &job.inspection, NULL, NULL },
		{ "format", 0, 0, G_OPTION_ARG_STRING, &job.format, NULL, NULL }, { "output", 'o', 0, G_OPTION_ARG_FILENAME, &job.file, NULL, NULL },
		{ "help", 'h', 0, G_OPTION_ARG_NONE, &job.help, NULL, NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	const Verb *verb = NULL;
	gboolean parsed;
	int code = FN_EXIT_OK;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, options, NULL);
	parsed = g_option_context_parse(context, &argc, &argv, &error);
	verb = parsed && argc > 1 ? find_verb(noun, argv[1]) : NULL;
	job.argc = argc - 2;
	job.argv = argv + 2;
	if (parsed && job.help) {
		help(noun, stdout);
	} else if (verb == NULL) {
		if (error != NULL)
			fprintf(stderr, "fengni %s: %s\n", noun->name, error->message);
		help(noun, stderr);
		code = FN_EXIT_USAGE;
	} else if (!run(&job, verb, &error)) {
		fprintf(stderr, "fengni %s: %s\n", noun->name, error != NULL ? error->message : fn_say("the answer is not what was asked for"));
		code = fn_client_exit_code(error);
	}
	job_clear(&job);
	return code;
}

int
fn_report_command(int argc, char **argv)
{
	return command(&report_noun, argc, argv);
}

/* Calls of the table go to it as they are, their name=value untouched by options. */
int
fn_inspect_command(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";

	if (fn_nouns_have("inspect", wanted))
		return fn_nouns_command(argc, argv);
	return command(&inspect_noun, argc, argv);
}
