#include "cli/ledger_verify.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/time.h"
#include "cli/evidence.h"
#include "ledger/ledger.h"
#include "ledger/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One verification: what is asked, and what is found. */
typedef struct {
	const char *place, *from; /* from NULL: no head was kept */
	const FnKeys *keys;
	FnLedgerReport report;
	GString *said, *more; /* for people; members of the JSON object */
	FnJson json;          /* to @more */
} Verifying;

static void
show_progress(guint64 done, guint64 all, gpointer data)
{
	if (all > 0)
		fprintf(stderr, "\r%3d %%", (int)(done * 100 / all));
	if (done == all)
		fputs("\r     \r", stderr);
}

/* ---- against heads that were kept ---- */

static gboolean
follow(Verifying *v, GError **error)
{
	g_auto(FnTrusted) kept = { 0 };
	g_autofree char *text = NULL;
	gsize size;

	if (v->from == NULL)
		return TRUE;
	if (!g_file_get_contents(v->from, &text, &size, error))
		return FALSE;
	if (!fn_trusted_read(text, size, v->keys->gm, v->keys->intl, &kept, error)) {
		g_prefix_error(error, "%s: ", v->from);
		return FALSE;
	}
	if (!fn_trusted_is_past_of(&kept, v->place, &v->report, error))
		return FALSE;
	fn_evidence_line(v->said, fn_say("it begins with the %lu entries that %s is about%s%s"), (gulong)kept.size, v->from,
		kept.time != NULL ? ", " : "", kept.time != NULL ? kept.time : "");
	fn_json_member_int(&v->json, "from_size", (gint64)kept.size);
	return TRUE;
}

static gboolean
ask_witness(Verifying *v, int directory, const FnNoteKey *witness, gboolean demanded, GError **error)
{
	g_auto(FnTrusted) kept = { 0 };
	g_autoptr(GError) why = NULL;
	g_autofree char *when = NULL;
	guint64 time;

	if (!fn_trusted_of_witness(directory, witness, v->keys->intl, &kept, &time, &why)) {
		if (demanded)
			g_propagate_error(error, g_steal_pointer(&why));
		return !demanded;
	}
	if (!fn_trusted_is_past_of(&kept, v->place, &v->report, error)) {
		g_prefix_error(error, "%s: ", witness->name);
		return FALSE;
	}
	when = fn_time_format(time < G_MAXINT64 / G_USEC_PER_SEC ? (gint64)time * G_USEC_PER_SEC : 0);
	fn_evidence_line(v->said, fn_say("witness %s saw %lu entries at %s"), witness->name, (gulong)kept.size, when);
	fn_json_begin_object(&v->json);
	fn_json_member(&v->json, "name", witness->name);
	fn_json_member_int(&v->json, "size", (gint64)kept.size);
	fn_json_member(&v->json, "time", when);
	fn_json_end_object(&v->json);
	return TRUE;
}

static gboolean
ask_witnesses(Verifying *v, GError **error)
{
	int directory = open(v->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean good = directory >= 0;

	if (!good)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", v->place, g_strerror(errno));
	fn_json_name(&v->json, "witnesses");
	fn_json_begin_array(&v->json);
	for (guint i = 0; good && i < v->keys->witnesses->len; i++)
		good = ask_witness(v, directory, v->keys->witnesses->pdata[i], i < v->keys->demanded, error);
	fn_json_end_array(&v->json);
	if (directory >= 0)
		close(directory);
	return good;
}

/* ---- the whole ---- */

static gboolean
verify_directory(Verifying *v, GError **error)
{
	if (!fn_ledger_verify(v->place, v->keys->gm, v->keys->intl, isatty(STDERR_FILENO) ? show_progress : NULL, NULL, &v->report, error))
		return FALSE;
	fn_evidence_line(v->said, fn_say("%lu entries, %lu under the last signed head, root %s: verified"), (gulong)v->report.entries,
		(gulong)v->report.signed_size, v->report.root_sm3);
	fn_json_member_int(&v->json, "entries", (gint64)v->report.entries);
	fn_json_member_int(&v->json, "signed", (gint64)v->report.signed_size);
	return follow(v, error) && ask_witnesses(v, error);
}

int
fn_ledger_verify_command(int argc, char **argv)
{
	g_autofree char *keys_path = NULL, *from = NULL;
	g_auto(GStrv) demanded = NULL;
	gboolean json = FALSE, good;
	const GOptionEntry options[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys_path, fn_say("file with the two public keys"), "FILE" },
		{ "from", 0, 0, G_OPTION_ARG_FILENAME, &from, fn_say("a head, receipt, tlog-proof or checkpoint kept from before"), "FILE" },
		{ "witness", 0, 0, G_OPTION_ARG_STRING_ARRAY, &demanded, fn_say("key of a witness that must have signed"), "KEY" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, fn_say("one JSON object"), NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR");
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) said = g_string_new(NULL), more = g_string_new(NULL);
	g_auto(FnKeys) keys = { 0 };
	Verifying v = { .keys = &keys, .said = said, .more = more, .json = fn_json_to(more) };

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger verify DIR [--keys FILE] [--from FILE] [--witness KEY]… [--json]\n");
		return FN_EXIT_USAGE;
	}
	v.place = argv[1];
	v.from = from;
	v.json.depth = 1, v.json.comma = TRUE; /* it goes into an object that has members already */
	if (keys_path == NULL) {
		keys_path = g_build_filename(argv[1], "keys", NULL);
		fprintf(stderr, fn_say("keys taken from %s: compare them with those you were given\n"), keys_path);
	}
	good = fn_keys_read(keys_path, demanded, &keys, &error) && verify_directory(&v, &error);
	return fn_evidence_verdict(good, error, json, said->str, more->str);
}
