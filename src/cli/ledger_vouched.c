#include "cli/ledger_vouched.h"

#include "anchor/timestamp.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/evidence.h"
#include "ledger/cosign.h"
#include "ledger/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

typedef struct {
	char *folder;
	FnKeys keys;
	GPtrArray *witnesses;
	char *ca; /* NULL: the system's */
	guint good, wrong;
} Visit;

static void
visit_clear(Visit *visit)
{
	g_free(visit->folder);
	fn_keys_clear(&visit->keys);
	if (visit->witnesses != NULL)
		g_ptr_array_unref(visit->witnesses);
	g_free(visit->ca);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Visit, visit_clear)

static void
tell(Visit *visit, const char *what, guint64 size, guint64 time, const GError *error)
{
	g_autofree char *moment = fn_time_format((gint64)MIN(time, G_MAXINT64 / G_USEC_PER_SEC) * G_USEC_PER_SEC);

	if (error == NULL)
		printf(fn_say("ok   %s: %lu entries, %s\n"), what, (gulong)size, moment);
	else
		printf("%s %s: %s\n", fn_say("BAD "), what, error->message);
	visit->good += error == NULL;
	visit->wrong += error != NULL;
}

static GBytes *
read_kept(const Visit *visit, const char *name, gboolean *missing, GError **error)
{
	g_autofree char *path = g_build_filename(visit->folder, name, NULL);

	return fn_file_read(AT_FDCWD, path, FN_COSIGN_MAX, missing, error);
}

static void
look_at_witness(Visit *visit, const FnKnownWitness *witness)
{
	g_autofree char *name = fn_hex(witness->key->id, FN_KEY_ID_SIZE);
	g_autofree char *what = g_strdup_printf(fn_say("witness %s"), witness->key->name);
	g_auto(FnCosigned) cosigned = { 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) text = NULL;
	gboolean missing = FALSE;

	text = read_kept(visit, name, &missing, &error);
	if (missing) {
		printf("     %s: %s\n", what, fn_say("nothing yet"));
		return;
	}
	if (text != NULL)
		fn_cosigned_verify(g_bytes_get_data(text, NULL), g_bytes_get_size(text), witness, visit->keys.gm, visit->keys.intl, &cosigned, &error);
	tell(visit, what, cosigned.head.size, cosigned.time, error);
}

static void
look_at_stamp(Visit *visit, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) text = read_kept(visit, name, NULL, &error);
	guint64 size = 0, time = 0;

	if (text != NULL)
		fn_timestamp_verify_kept(g_bytes_get_data(text, NULL), g_bytes_get_size(text), visit->keys.gm, visit->keys.intl, visit->ca, &size, &time, &error);
	tell(visit, name, size, time, error);
}

static void
look(Visit *visit)
{
	g_autoptr(GDir) folder = g_dir_open(visit->folder, 0, NULL);
	const char *name;

	for (guint i = 0; i < visit->witnesses->len; i++)
		look_at_witness(visit, g_ptr_array_index(visit->witnesses, i));
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
		if (g_str_has_prefix(name, "timestamp-"))
			look_at_stamp(visit, name);
}

static gboolean
open_visit(Visit *visit, const char *directory, const char *keys, const char *list, const char *ca, GError **error)
{
	g_autofree char *own_keys = g_build_filename(directory, "keys", NULL), *parent = g_path_get_dirname(directory);
	g_autofree char *own_list = g_build_filename(parent, "witnesses", NULL);

	visit->folder = g_build_filename(directory, "cosignatures", NULL);
	return fn_keys_read(keys != NULL ? keys : own_keys, NULL, &visit->keys, error) &&
		(visit->witnesses = fn_witnesses_read(list != NULL ? list : own_list, error)) != NULL &&
		(ca == NULL || g_file_get_contents(ca, &visit->ca, NULL, error));
}

int
fn_ledger_vouched_command(int argc, char **argv)
{
	g_autofree char *keys = NULL, *list = NULL, *ca = NULL;
	const GOptionEntry entries[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys, fn_say("file with the two public keys"), "FILE" },
		{ "witnesses", 0, 0, G_OPTION_ARG_FILENAME, &list, fn_say("the list of witnesses; else the one beside the ledger"), "FILE" },
		{ "timestamp-ca", 0, 0, G_OPTION_ARG_FILENAME, &ca, fn_say("CA certificates of time stamps; else those of the system"), "FILE" }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR");
	g_autoptr(GError) error = NULL;
	g_auto(Visit) visit = { 0 };

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger vouched DIR [--keys FILE] [--witnesses FILE] [--timestamp-ca FILE]\n");
		return FN_EXIT_USAGE;
	}
	if (!open_visit(&visit, argv[1], keys, list, ca, &error)) {
		fprintf(stderr, "fengni: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	look(&visit);
	if (visit.good + visit.wrong == 0)
		puts(fn_say("nobody outside vouches for this ledger"));
	return visit.good > 0 && visit.wrong == 0 ? FN_EXIT_OK : FN_EXIT_NO;
}
