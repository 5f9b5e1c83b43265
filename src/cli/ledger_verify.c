#include "cli/ledger_verify.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/time.h"
#include "cli/client.h"
#include "cli/evidence.h"
#include "cli/nouns.h"
#include "ledger/ledger.h"
#include "ledger/verify_published.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One verification: what is asked, and what is found. */
typedef struct {
	const char *place, *from; /* from NULL: no head was kept */
	const char *ca;           /* NULL: the system's, or the session's */
	gboolean session;         /* with the kept session: entries are asked for */
	const FnKeys *keys;
	FnLedgerReport report;    /* of a directory */
	FnPublishedLog published; /* of a URL */
	FnPublishedReport found;
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
is_url(const char *place)
{
	return g_str_has_prefix(place, "https://") || g_str_has_prefix(place, "http://");
}

static gboolean
is_past(Verifying *v, const FnTrusted *kept, GError **error)
{
	if (is_url(v->place))
		return fn_published_is_past(&v->published, kept, &v->found.now, error);
	return fn_trusted_is_past_of(kept, v->place, &v->report, error);
}

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
	if (!is_past(v, &kept, error))
		return FALSE;
	fn_evidence_line(v->said, fn_say("it begins with the %lu entries that %s is about%s%s"), (gulong)kept.size, v->from,
		kept.time != NULL ? ", " : "", kept.time != NULL ? kept.time : "");
	fn_json_member_int(&v->json, "from_size", (gint64)kept.size);
	return TRUE;
}

/* The last that the witness signed: of a directory what was collected there, of a URL what its checkpoint has. */
static gboolean
find_witness(Verifying *v, const FnNoteKey *witness, FnTrusted *kept, guint64 *time, GError **error)
{
	FnCheckpoint checkpoint;
	int directory;
	gboolean good;

	if (is_url(v->place)) {
		gsize size;
		const char *text = g_bytes_get_data(v->found.checkpoint, &size);

		if (!fn_checkpoint_parse(text, size, &checkpoint, error) ||
		    !fn_cosignature_find(checkpoint.lines, checkpoint.body, witness, NULL, time, error))
			return FALSE;
		fn_trusted_of_checkpoint(&checkpoint, kept);
		return TRUE;
	}
	directory = open(v->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", v->place, g_strerror(errno));
		return FALSE;
	}
	good = fn_trusted_of_witness(directory, witness, v->keys->intl, kept, time, error);
	close(directory);
	return good;
}

static gboolean
ask_witness(Verifying *v, const FnNoteKey *witness, gboolean demanded, GError **error)
{
	g_auto(FnTrusted) kept = { 0 };
	g_autoptr(GError) why = NULL;
	g_autofree char *when = NULL;
	guint64 time;

	if (!find_witness(v, witness, &kept, &time, &why)) {
		if (demanded)
			g_propagate_error(error, g_steal_pointer(&why));
		return !demanded;
	}
	if (!is_past(v, &kept, error)) {
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
	gboolean good = TRUE;

	fn_json_name(&v->json, "witnesses");
	fn_json_begin_array(&v->json);
	for (guint i = 0; good && i < v->keys->witnesses->len; i++)
		good = ask_witness(v, v->keys->witnesses->pdata[i], i < v->keys->demanded, error);
	fn_json_end_array(&v->json);
	return good;
}

/* ---- over HTTP ---- */

static GBytes *
get(const char *path, gsize most, gpointer client, gboolean *missing_out, GError **error)
{
	g_autofree char *below = g_strconcat("/", path, NULL);
	long status;
	GBytes *bytes = fn_client_get(client, below, most, &status, error);

	*missing_out = status == 404 || status == 410;
	return bytes;
}

/* The token goes to where it is from, and nowhere else. */
static FnClient *
client_for(const Verifying *v, GError **error)
{
	g_autofree char *base = g_str_has_suffix(v->place, "/") ? g_strndup(v->place, strlen(v->place) - 1) : g_strdup(v->place);
	g_auto(FnSession) session = { 0 };
	g_autofree char *prefix = NULL;
	FnClient *client;

	if (!v->session)
		return fn_client_new_public(base, v->ca);
	if (!fn_session_read(&session, error))
		return NULL;
	prefix = g_strconcat(session.url, "/", NULL);
	if (!g_str_has_prefix(v->place, prefix)) {
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_CONNECT, fn_say("the session is one with %s"), session.url);
		return NULL;
	}
	client = fn_client_new_public(base, v->ca != NULL ? v->ca : session.ca);
	fn_client_set_token(client, session.token);
	return client;
}

static void
tell_published(Verifying *v)
{
	const FnPublishedReport *found = &v->found;

	fn_evidence_line(v->said, fn_say("%lu entries under the signed head of %s: its tree is verified"), (gulong)found->now.size, found->now.origin);
	if (!found->now.has_sm3)
		fn_evidence_line(v->said, "%s", fn_say("only by SHA-256 with Ed25519: no head of the SM3 tree is published there"));
	if (!v->session)
		fn_evidence_line(v->said, "%s", fn_say("the bytes of the entries were NOT checked: they are only given with a session (--session)"));
	else
		fn_evidence_line(v->said, fn_say("the bytes of %lu entries were checked; %lu are not given any more"), (gulong)found->hashed, (gulong)found->gone);
	fn_json_member_int(&v->json, "entries_checked", (gint64)found->hashed);
	fn_json_member_int(&v->json, "entries_gone", (gint64)found->gone);
	fn_json_member_int(&v->json, "signed", (gint64)found->now.size);
	fn_json_member_bool(&v->json, "sm3", found->now.has_sm3);
}

static gboolean
verify_url(Verifying *v, GError **error)
{
	g_autoptr(FnClient) client = client_for(v, error);

	if (client == NULL)
		return FALSE;
	v->published = (FnPublishedLog){ get, client, v->keys->gm, v->keys->intl, v->session, isatty(STDERR_FILENO) ? show_progress : NULL };
	if (!fn_published_verify(&v->published, &v->found, error))
		return FALSE;
	tell_published(v);
	return follow(v, error) && ask_witnesses(v, error);
}

/* ---- the whole ---- */

static gboolean
verify_directory(Verifying *v, GError **error)
{
	if (!fn_ledger_verify(v->place, v->keys->gm, v->keys->intl, isatty(STDERR_FILENO) ? show_progress : NULL, NULL, &v->report, error))
		return FALSE;
	fn_evidence_line(v->said, fn_say("%lu entries, %lu under the last signed head, root %s: verified"), (gulong)v->report.entries,
		(gulong)v->report.signed_size, v->report.root_sm3);
	if (v->report.pruned > 0)
		fn_evidence_line(v->said, fn_say("%lu of them were pruned, all below entry %lu: their hashes are verified, the entries are gone"),
			(gulong)v->report.pruned, (gulong)v->report.minimum);
	fn_json_member_int(&v->json, "entries", (gint64)v->report.entries);
	fn_json_member_int(&v->json, "minimum", (gint64)v->report.minimum);
	fn_json_member_int(&v->json, "pruned", (gint64)v->report.pruned);
	fn_json_member_int(&v->json, "signed", (gint64)v->report.signed_size);
	return follow(v, error) && ask_witnesses(v, error);
}

int
fn_ledger_verify_command(int argc, char **argv)
{
	g_autofree char *keys_path = NULL, *from = NULL, *ca = NULL;
	g_auto(GStrv) demanded = NULL;
	gboolean json = FALSE, session = FALSE, good;
	const GOptionEntry options[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys_path, fn_say("file with the two public keys"), "FILE" },
		{ "from", 0, 0, G_OPTION_ARG_FILENAME, &from, fn_say("a head, receipt, tlog-proof or checkpoint kept from before"), "FILE" },
		{ "witness", 0, 0, G_OPTION_ARG_STRING_ARRAY, &demanded, fn_say("key of a witness that must have signed"), "KEY" },
		{ "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca, fn_say("certificate of the platform's CA"), "FILE" },
		{ "session", 0, 0, G_OPTION_ARG_NONE, &session, fn_say("of a URL: asks for the entries with the kept session"), NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, fn_say("one JSON object"), NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR|URL");
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) said = g_string_new(NULL), more = g_string_new(NULL);
	g_auto(FnKeys) keys = { 0 };
	Verifying v = { .keys = &keys, .said = said, .more = more, .json = fn_json_to(more) };

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2 ||
	    (is_url(argv[1]) && keys_path == NULL)) {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger verify DIR|URL [--keys FILE] [--from FILE] [--witness KEY]… [--ca FILE] [--session] [--json]\n");
		return FN_EXIT_USAGE;
	}
	v.place = argv[1];
	v.from = from;
	v.ca = ca;
	v.session = session;
	v.json.depth = 1, v.json.comma = TRUE; /* it goes into an object that has members already */
	if (keys_path == NULL) {
		keys_path = g_build_filename(argv[1], "keys", NULL);
		fprintf(stderr, fn_say("keys taken from %s: compare them with those you were given\n"), keys_path);
	}
	good = fn_keys_read(keys_path, demanded, &keys, &error) && (is_url(v.place) ? verify_url : verify_directory)(&v, &error);
	fn_published_report_clear(&v.found);
	return fn_evidence_verdict(good, error, json, said->str, more->str);
}
