/* The command line of `fengni scan`. */
#include "inspect/command_priv.h"

#include "base/program.h"
#include "base/say.h"

#include <string.h>

enum { JOBS_MAX = 64, LIMIT = 100 };

static G_DEFINE_QUARK(fn-scan-options-error-quark, fn_scan_options_error)

static const FnHelpRow rows[] = {
	{ NULL, FN_SAY("What is looked at") },
	{ "PATH", FN_SAY("a file, or a directory with all that lies below it (links are named, not followed)") },
	{ "-", FN_SAY("standard input, of any length; the same when no PATH is given") },
	{ "--name NAME", FN_SAY("what standard input is called: the ending helps to tell its format") },
	{ "--exclude GLOB", FN_SAY("leave out names or paths like this one; may be given again") },
	{ "--max-size SIZE", FN_SAY("do not look at larger files (500K, 20M, 2G); they count as not fully inspected") },
	{ "--ocr", FN_SAY("read pictures too (needs tesseract; slow)") },
	{ NULL, FN_SAY("What counts") },
	{ "--profile NAME", FN_SAY("whose measure is taken (default); --list names them") },
	{ "--rules DIR", FN_SAY("directory of rule files") },
	{ "--pack PACK", FN_SAY("rule pack in force (national)") },
	{ "--fail-on VERDICT", FN_SAY("blocked: exit 1 when something must be stopped (default); found: when anything is found") },
	{ NULL, FN_SAY("What is said") },
	{ "--json", FN_SAY("one JSON object a line for each file") },
	{ "--sarif", FN_SAY("one SARIF 2.1.0 document, for tools that collect findings") },
	{ "--show", FN_SAY("show what was found in clear; else it is masked") },
	{ "--limit N", FN_SAY("findings shown of each file (100; 0: all); --json and --sarif always give all") },
	{ "--quiet", FN_SAY("say nothing of files that are clean") },
	{ "--list", FN_SAY("list profiles and detectors, and look at nothing") },
	{ NULL, FN_SAY("How") },
	{ "--jobs N", FN_SAY("files at the same time (one for each processor)") },
};

void
fn_scan_usage(FILE *to)
{
	fprintf(to, fn_say("usage: %s"), "fengni scan [OPTION…] [PATH…]\n");
}

void
fn_scan_help(FILE *to)
{
	fn_scan_usage(to);
	fputs(fn_say("Looks for personal information, important data and marks of state secrets in texts, office files, PDF, OFD, mail and "
		"archives. Nothing leaves this machine.\n"), to);
	fn_program_help(to, rows, G_N_ELEMENTS(rows));
	fputs(fn_say("\nExit code: 0 every file is clean, or holds nothing that must be stopped; 1 a file is blocked or was not fully inspected "
		"(with --fail-on found also: something was found); 2 the command line is wrong; 3 rules, programs or the output fail.\n"), to);
}

/* "20M"; FALSE when it is no such size. */
static gboolean
read_size(const char *text, guint64 *size_out)
{
	static const char units[] = "KMGT";
	g_autofree char *number = g_ascii_strup(text, -1);
	gsize n = strlen(number);
	const char *unit = n > 1 ? strchr(units, number[n - 1]) : NULL;
	guint shift = unit != NULL ? 10 * (guint)(unit - units + 1) : 0;

	if (unit != NULL)
		number[n - 1] = '\0';
	if (!g_ascii_string_to_unsigned(number, 10, 0, G_MAXINT64 >> shift, size_out, NULL))
		return FALSE;
	*size_out <<= shift;
	return TRUE;
}

/* What the parser of options gives as it stands. */
typedef struct {
	gboolean json, sarif;
	char *max_size, *fail_on;
	int jobs, limit;
} Raw;

static gboolean
refuse(GError **error, const char *message)
{
	g_set_error_literal(error, fn_scan_options_error_quark(), 0, message);
	return FALSE;
}

static gboolean
take(FnScanOptions *options, const Raw *raw, GError **error)
{
	if (raw->json && raw->sarif)
		return refuse(error, fn_say("--json and --sarif do not go together"));
	if (raw->max_size != NULL && !read_size(raw->max_size, &options->max_size))
		return refuse(error, fn_say("--max-size needs a number of bytes such as 500K, 20M or 2G"));
	if (raw->fail_on != NULL && !g_str_equal(raw->fail_on, "found") && !g_str_equal(raw->fail_on, "blocked"))
		return refuse(error, fn_say("--fail-on knows blocked and found"));
	if (raw->jobs < 0 || raw->jobs > JOBS_MAX)
		return refuse(error, fn_say("--jobs needs a number from 1 to 64"));
	if (raw->limit < 0)
		return refuse(error, fn_say("--limit needs a number, 0 for all"));
	options->limit = raw->limit > 0 ? (guint)raw->limit : G_MAXUINT;
	options->form = raw->json ? FN_FORM_JSON : raw->sarif ? FN_FORM_SARIF : FN_FORM_TEXT;
	options->fail_on_found = g_strcmp0(raw->fail_on, "found") == 0;
	options->jobs = raw->jobs > 0 ? (guint)raw->jobs : MIN(g_get_num_processors(), JOBS_MAX);
	return TRUE;
}

static gboolean
parse(FnScanOptions *options, Raw *raw, int argc, char *const *argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "help", 'h', 0, G_OPTION_ARG_NONE, &options->help, NULL, NULL },
		{ "list", 0, 0, G_OPTION_ARG_NONE, &options->list, NULL, NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &raw->json, NULL, NULL },
		{ "sarif", 0, 0, G_OPTION_ARG_NONE, &raw->sarif, NULL, NULL },
		{ "show", 0, 0, G_OPTION_ARG_NONE, &options->show, NULL, NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, NULL, NULL },
		{ "ocr", 0, 0, G_OPTION_ARG_NONE, &options->recognise, NULL, NULL },
		{ "profile", 0, 0, G_OPTION_ARG_STRING, &options->profile, NULL, "" },
		{ "rules", 0, 0, G_OPTION_ARG_FILENAME, &options->rules, NULL, "" },
		{ "pack", 0, 0, G_OPTION_ARG_STRING, &options->pack, NULL, "" },
		{ "name", 0, 0, G_OPTION_ARG_FILENAME, &options->name, NULL, "" },
		{ "exclude", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->exclude, NULL, "" },
		{ "max-size", 0, 0, G_OPTION_ARG_STRING, &raw->max_size, NULL, "" },
		{ "fail-on", 0, 0, G_OPTION_ARG_STRING, &raw->fail_on, NULL, "" },
		{ "limit", 0, 0, G_OPTION_ARG_INT, &raw->limit, NULL, "" },
		{ "jobs", 'j', 0, G_OPTION_ARG_INT, &raw->jobs, NULL, "" },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->path, NULL, "" },
		{ 0 },
	};

	return fn_program_options(argc, argv, entries, error);
}

gboolean
fn_scan_options_read(FnScanOptions *options, int argc, char *const *argv, GError **error)
{
	static const char *const input[] = { "-", NULL }, *const nothing[] = { NULL };
	Raw raw = { .limit = LIMIT };
	gboolean good;

	*options = (FnScanOptions){ .max_size = G_MAXINT64 };
	good = parse(options, &raw, argc, argv, error) && take(options, &raw, error);
	g_free(raw.max_size);
	g_free(raw.fail_on);
	if (options->path == NULL)
		options->path = g_strdupv((char **)input);
	if (options->exclude == NULL)
		options->exclude = g_strdupv((char **)nothing);
	return good;
}

void
fn_scan_options_clear(FnScanOptions *options)
{
	g_free(options->profile);
	g_free(options->rules);
	g_free(options->pack);
	g_free(options->name);
	g_strfreev(options->exclude);
	g_strfreev(options->path);
}
