#include "cli/evidence.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "crypto/crypto.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The two public keys of a text file: lines "gm:…" and "intl:…", others are passed over. */
typedef struct {
	char *gm, *intl;
} Keys;

static void
keys_clear(Keys *keys)
{
	g_free(keys->gm);
	g_free(keys->intl);
}

/* A key that is none must not pass for a receipt that is false. */
static gboolean
is_key(const char *text)
{
	g_autoptr(FnPublicKey) key = text != NULL ? fn_public_key_parse(text, NULL) : NULL;

	return key != NULL;
}

static gboolean
read_keys(const char *path, Keys *keys, GError **error)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) word = NULL;

	if (!g_file_get_contents(path, &text, NULL, error))
		return FALSE;
	word = g_strsplit_set(text, " \t\r\n", -1);
	for (guint i = 0; word[i] != NULL; i++) {
		if (g_str_has_prefix(word[i], "gm:") && keys->gm == NULL)
			keys->gm = g_strdup(word[i]);
		if (g_str_has_prefix(word[i], "intl:") && keys->intl == NULL)
			keys->intl = g_strdup(word[i]);
	}
	if (is_key(keys->gm) && is_key(keys->intl))
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, fn_say("%s: expected two public keys, gm:… and intl:…"), path);
	return FALSE;
}

static int
verdict(gboolean good, const GError *error, gboolean json, const char *what)
{
	if (json) {
		g_autoptr(GString) out = g_string_new(NULL);
		FnJson writer = fn_json_to(out);

		fn_json_begin_object(&writer);
		fn_json_member(&writer, "detail", good ? what : error->message);
		fn_json_member_bool(&writer, "verified", good);
		fn_json_end_object(&writer);
		puts(out->str);
	} else if (good)
		puts(what);
	else
		fprintf(stderr, "fengni: %s\n", error->message);
	if (good)
		return FN_EXIT_OK;
	return error->domain == FN_LEDGER_ERROR && error->code != FN_LEDGER_ERROR_OPEN ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
}

static void
show_progress(guint64 done, guint64 all, gpointer data)
{
	if (all > 0)
		fprintf(stderr, "\r%3d %%", (int)(done * 100 / all));
	if (done == all)
		fputs("\r     \r", stderr);
}

int
fn_ledger_verify_command(int argc, char **argv)
{
	g_autofree char *keys_path = NULL, *said = NULL;
	gboolean json = FALSE, good;
	const GOptionEntry options[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys_path, fn_say("file with the two public keys"), "FILE" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, fn_say("one JSON object"), NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR");
	g_autoptr(GError) error = NULL;
	FnLedgerReport report = { 0 };
	Keys keys = { 0 };

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger verify DIR [--keys FILE] [--json]\n");
		return FN_EXIT_USAGE;
	}
	if (keys_path == NULL) {
		keys_path = g_build_filename(argv[1], "keys", NULL);
		fprintf(stderr, fn_say("keys taken from %s: compare them with those you were given\n"), keys_path);
	}
	good = read_keys(keys_path, &keys, &error) && fn_ledger_verify(argv[1], keys.gm, keys.intl,
		isatty(STDERR_FILENO) ? show_progress : NULL, NULL, &report, &error);
	said = g_strdup_printf(fn_say("%lu entries, %lu under the last signed head, root %s: verified"),
		(gulong)report.entries, (gulong)report.signed_size, report.root_sm3);
	keys_clear(&keys);
	return verdict(good, error, json, said);
}

int
fn_receipt_command(int argc, char **argv)
{
	g_autofree char *keys_path = NULL, *receipt = NULL;
	gboolean json = FALSE, good;
	const GOptionEntry options[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys_path, fn_say("file with the two public keys"), "FILE" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, fn_say("one JSON object"), NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("verify FILE");
	g_autoptr(GError) error = NULL;
	Keys keys = { 0 };
	gsize size;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 3 || !g_str_equal(argv[1], "verify") || keys_path == NULL) {
		fprintf(stderr, fn_say("usage: %s"), "fengni receipt verify FILE --keys FILE [--json]\n");
		return FN_EXIT_USAGE;
	}
	good = read_keys(keys_path, &keys, &error) && g_file_get_contents(argv[2], &receipt, &size, &error) &&
		fn_receipt_verify(receipt, size, keys.gm, keys.intl, &error);
	keys_clear(&keys);
	return verdict(good, error, json, fn_say("the receipt is genuine"));
}
