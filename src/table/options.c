/* The command line of `fengni mask`. */
#include "table/command_priv.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"

#include <string.h>

static const FnHelpRow rows[] = {
	{ NULL, FN_SAY("What is read") },
	{ "FILE", FN_SAY("CSV, NDJSON or a workbook (.xlsx); standard input when none is given. It is never changed") },
	{ "--format F", FN_SAY("csv, ndjson or xlsx; else told from the name, else from the first bytes") },
	{ "--encoding E", FN_SAY("of text, such as GB18030; else told from the first bytes. The output is always UTF-8") },
	{ "--delimiter D", FN_SAY("of CSV: comma, tab or semicolon; else told from the first line") },
	{ "--sheet NAME", FN_SAY("the only sheet of a workbook to read; else all") },
	{ NULL, FN_SAY("What is done") },
	{ "--column RULE", FN_SAY("NAME=OPERATOR[:param=value,…], such as phone=partial:keep=3.4; again for each column") },
	{ "--plan FILE", FN_SAY("rules from a file, YAML or JSON: columns: {NAME: \"OPERATOR…\"}, allow: [NAME]") },
	{ "--auto", FN_SAY("columns that no rule names get what scan proposes") },
	{ "--allow NAME", FN_SAY("let a column pass as it is, up to level 4; again for each column") },
	{ "--key FILE", FN_SAY("the key of hash, pseudonym and the like: 32 bytes or 64 hexadecimal digits, for you only (chmod 600)") },
	{ "--new-key FILE", FN_SAY("make such a file, and do nothing else") },
	{ "--suite SUITE", FN_SAY("gm (SM3, SM4; the default) or intl (SHA-256, AES)") },
	{ "--explain", FN_SAY("say for each column what was found and what would be done, and mask nothing") },
	{ "--write-plan FILE", FN_SAY("write that as a plan file, and mask nothing") },
	{ NULL, FN_SAY("What is written") },
	{ "--output FILE", FN_SAY("there when everything is well, else not at all; standard output when none is given") },
	{ "--to F", FN_SAY("csv, ndjson or xlsx; else as the output is called, else as the input") },
	{ "--no-verify", FN_SAY("look at columns that are kept only once, at the beginning") },
	{ "--json", FN_SAY("the summary (or --explain) as one JSON object") },
	{ "--quiet", FN_SAY("no summary, no progress") },
	{ NULL, FN_SAY("Rules") },
	{ "--rules DIR", FN_SAY("directory of rule files") },
	{ "--pack PACK", FN_SAY("rule pack in force (national)") },
};

void
fn_mask_usage(FILE *to)
{
	fprintf(to, fn_say("usage: %s"), "fengni mask [OPTION…] [FILE] > OUTPUT\n");
}

void
fn_mask_help(FILE *to)
{
	fn_mask_usage(to);
	fputs(fn_say("Masks columns of a file of rows of any length. A column that no rule names is kept only when nothing is found in it: else "
		"the command refuses and says what to do. Values that do not fit an operator are redacted, lists and objects always.\n"), to);
	fn_program_help(to, rows, G_N_ELEMENTS(rows));
	fputs(fn_say("\nIn CSV a masked text that a spreadsheet would take for a formula (= + - @) gets an apostrophe before it.\n"
		"Exit code: 0 masked; 1 the input is malformed, or a column may not leave as it is; 2 the command line or the plan is wrong; 3 the "
		"key, rules, programs or the output fail. What a pipe has got when the code is not 0 is incomplete.\n"), to);
}

/* What the parser of options gives as it stands. */
typedef struct {
	char *format, *to, *encoding, *delimiter, *suite;
	char **path;
} Raw;

static gboolean
refuse(GError **error, const char *message)
{
	return fn_table_refuse(FN_TABLE_ERROR_PLAN, error, "%s", message);
}

static gboolean
take_format(const char *name, FnTableFormat *format_out)
{
	return name == NULL || (*format_out = fn_table_format_named(name)) != FN_TABLE_UNKNOWN;
}

static gboolean
take_delimiter(const char *name, char *delimiter_out)
{
	static const struct {
		const char *name, *sign;
	} known[] = { { "comma", "," }, { "tab", "\t" }, { "semicolon", ";" } };

	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(known); i++)
		if (g_str_equal(known[i].name, name) || g_str_equal(known[i].sign, name))
			*delimiter_out = known[i].sign[0];
	return name == NULL || *delimiter_out != '\0';
}

static gboolean
take(FnMaskOptions *options, const Raw *raw, GError **error)
{
	if (!take_format(raw->format, &options->format) || !take_format(raw->to, &options->to))
		return refuse(error, fn_say("--format and --to know csv, ndjson and xlsx"));
	if (raw->encoding != NULL && (options->encoding = fn_encoding_named(raw->encoding)) == FN_ENCODING_NONE)
		return refuse(error, fn_say("--encoding knows UTF-8, GB18030 (GBK, GB2312), Big5, UTF-16LE and UTF-16BE"));
	if (!take_delimiter(raw->delimiter, &options->delimiter))
		return refuse(error, fn_say("--delimiter knows comma, tab and semicolon"));
	if (raw->suite != NULL && !fn_suite_from_name(raw->suite, &options->suite))
		return refuse(error, fn_say("--suite knows gm and intl"));
	if (raw->path != NULL && raw->path[0] != NULL && raw->path[1] != NULL)
		return refuse(error, fn_say("one FILE at a time"));
	if (raw->path != NULL && g_strcmp0(raw->path[0], "-") != 0)
		options->path = g_strdup(raw->path[0]);
	return TRUE;
}

static gboolean
parse(FnMaskOptions *options, Raw *raw, int argc, char *const *argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "help", 'h', 0, G_OPTION_ARG_NONE, &options->help, NULL, NULL },
		{ "format", 0, 0, G_OPTION_ARG_STRING, &raw->format, NULL, "" },
		{ "encoding", 0, 0, G_OPTION_ARG_STRING, &raw->encoding, NULL, "" },
		{ "delimiter", 0, 0, G_OPTION_ARG_STRING, &raw->delimiter, NULL, "" },
		{ "sheet", 0, 0, G_OPTION_ARG_STRING, &options->sheet, NULL, "" },
		{ "column", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->column, NULL, "" },
		{ "plan", 0, 0, G_OPTION_ARG_FILENAME, &options->plan, NULL, "" },
		{ "auto", 0, 0, G_OPTION_ARG_NONE, &options->automatic, NULL, NULL },
		{ "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->allow, NULL, "" },
		{ "key", 0, 0, G_OPTION_ARG_FILENAME, &options->key, NULL, "" },
		{ "new-key", 0, 0, G_OPTION_ARG_FILENAME, &options->new_key, NULL, "" },
		{ "suite", 0, 0, G_OPTION_ARG_STRING, &raw->suite, NULL, "" },
		{ "explain", 0, 0, G_OPTION_ARG_NONE, &options->explain, NULL, NULL },
		{ "write-plan", 0, 0, G_OPTION_ARG_FILENAME, &options->write_plan, NULL, "" },
		{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output, NULL, "" },
		{ "to", 0, 0, G_OPTION_ARG_STRING, &raw->to, NULL, "" },
		{ "no-verify", 0, 0, G_OPTION_ARG_NONE, &options->no_verify, NULL, NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &options->json, NULL, NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, NULL, NULL },
		{ "rules", 0, 0, G_OPTION_ARG_FILENAME, &options->rules, NULL, "" },
		{ "pack", 0, 0, G_OPTION_ARG_STRING, &options->pack, NULL, "" },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->path, NULL, "" },
		{ 0 },
	};

	return fn_program_options(argc, argv, entries, error);
}

gboolean
fn_mask_options_read(FnMaskOptions *options, int argc, char *const *argv, GError **error)
{
	Raw raw = { 0 };
	gboolean good;

	*options = (FnMaskOptions){ .suite = FN_SUITE_GM };
	good = parse(options, &raw, argc, argv, error) && take(options, &raw, error);
	g_free(raw.format);
	g_free(raw.to);
	g_free(raw.encoding);
	g_free(raw.delimiter);
	g_free(raw.suite);
	g_strfreev(raw.path);
	return good;
}

void
fn_mask_options_clear(FnMaskOptions *options)
{
	g_free(options->path);
	g_free(options->output);
	g_free(options->key);
	g_free(options->new_key);
	g_free(options->plan);
	g_free(options->write_plan);
	g_free(options->rules);
	g_free(options->pack);
	g_free(options->sheet);
	g_strfreev(options->column);
	g_strfreev(options->allow);
}
