#include "cli/ledger_export.h"

#include "base/program.h"
#include "base/say.h"
#include "ledger/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static gboolean
to_output(const char *bytes, gsize size, gpointer data, GError **error)
{
	if (fwrite(bytes, 1, size, stdout) == size)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s", g_strerror(errno));
	return FALSE;
}

static int
usage(void)
{
	fprintf(stderr, fn_say("usage: %s"), "fengni ledger export DIR [--form ndjson|syslog|syslog-octets|cef] [--from INDEX] [--until INDEX]\n");
	return FN_EXIT_USAGE;
}

static gboolean
read_index(const char *text, guint64 otherwise, guint64 *index_out)
{
	*index_out = otherwise;
	return text == NULL || g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, index_out, NULL);
}

static int
export(const char *directory, FnExportForm form, guint64 from, guint64 until)
{
	g_autoptr(GError) error = NULL;

	if (fn_ledger_export(directory, form, from, until, to_output, NULL, NULL, &error)) {
		if (fflush(stdout) == 0)
			return FN_EXIT_OK;
		g_set_error(&error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s", g_strerror(errno));
	}
	fprintf(stderr, "fengni: %s\n", error->message);
	return g_error_matches(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED) ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
}

int
fn_ledger_export_command(int argc, char **argv)
{
	g_autofree char *form_name = NULL, *from_text = NULL, *until_text = NULL;
	const GOptionEntry options[] = { { "form", 0, 0, G_OPTION_ARG_STRING, &form_name, fn_say("ndjson (exact), syslog, syslog-octets or cef"), "FORM" },
		{ "from", 0, 0, G_OPTION_ARG_STRING, &from_text, fn_say("the first entry"), "INDEX" },
		{ "until", 0, 0, G_OPTION_ARG_STRING, &until_text, fn_say("the entry to stop before"), "INDEX" }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR");
	FnExportForm form;
	guint64 from, until;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, NULL) || argc != 2 ||
		!fn_export_form(form_name != NULL ? form_name : "ndjson", &form) || !read_index(from_text, 0, &from) ||
		!read_index(until_text, G_MAXUINT64, &until))
		return usage();
	return export(argv[1], form, from, until);
}
