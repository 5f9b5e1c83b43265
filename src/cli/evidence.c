#include "cli/evidence.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/proven.h"

#include <stdio.h>
#include <string.h>

/* ---- keys ---- */

void
fn_keys_clear(FnKeys *keys)
{
	g_free(keys->gm);
	g_free(keys->intl);
	if (keys->witnesses != NULL)
		g_ptr_array_unref(keys->witnesses);
	memset(keys, 0, sizeof(*keys));
}

static gboolean
is_key(const char *text)
{
	g_autoptr(FnPublicKey) key = text != NULL ? fn_public_key_parse(text, NULL) : NULL;

	return key != NULL;
}

static void
take_word(FnKeys *keys, const char *word)
{
	FnNoteKey *witness;

	if (g_str_has_prefix(word, "gm:") && keys->gm == NULL)
		keys->gm = g_strdup(word);
	else if (g_str_has_prefix(word, "intl:") && keys->intl == NULL)
		keys->intl = g_strdup(word);
	else if ((witness = fn_note_key_parse(word, FN_NOTE_COSIGNATURE, NULL)) != NULL)
		g_ptr_array_add(keys->witnesses, witness);
}

gboolean
fn_keys_read(const char *path, char *const *demanded, FnKeys *keys_out, GError **error)
{
	g_auto(FnKeys) keys = { .witnesses = g_ptr_array_new_with_free_func((GDestroyNotify)fn_note_key_free) };
	g_autofree char *text = NULL;
	g_auto(GStrv) word = NULL;

	for (; demanded != NULL && demanded[keys.demanded] != NULL; keys.demanded++) {
		FnNoteKey *witness = fn_note_key_parse(demanded[keys.demanded], FN_NOTE_COSIGNATURE, error);

		if (witness == NULL)
			return FALSE;
		g_ptr_array_add(keys.witnesses, witness);
	}
	if (!g_file_get_contents(path, &text, NULL, error))
		return FALSE;
	word = g_strsplit_set(text, " \t\r\n", -1);
	for (guint i = 0; word[i] != NULL; i++)
		take_word(&keys, word[i]);
	if (!is_key(keys.gm) || !is_key(keys.intl)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, fn_say("%s: expected two public keys, gm:… and intl:…"), path);
		return FALSE;
	}
	*keys_out = keys;
	memset(&keys, 0, sizeof(keys));
	return TRUE;
}

/* ---- verdicts ---- */

void
fn_evidence_line(GString *text, const char *format, ...)
{
	va_list arguments;

	if (text->len > 0)
		g_string_append_c(text, '\n');
	va_start(arguments, format);
	g_string_append_vprintf(text, format, arguments);
	va_end(arguments);
}

int
fn_evidence_verdict(gboolean good, const GError *error, gboolean json, const char *said, const char *json_more)
{
	if (json) {
		g_autoptr(GString) out = g_string_new(NULL);
		FnJson writer = fn_json_to(out);

		fn_json_begin_object(&writer);
		fn_json_member(&writer, "detail", good ? said : error->message);
		fn_json_member_bool(&writer, "verified", good);
		g_string_append(out, good && json_more != NULL ? json_more : "");
		fn_json_end_object(&writer);
		puts(out->str);
	} else if (good)
		puts(said);
	else
		fprintf(stderr, "fengni: %s\n", error->message);
	if (good)
		return FN_EXIT_OK;
	return error->domain == FN_LEDGER_ERROR && error->code != FN_LEDGER_ERROR_OPEN ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
}

/* ---- fengni receipt verify ---- */

static char *
tell(const FnProven *proven)
{
	GString *text = g_string_new(fn_say("the receipt is genuine"));
	g_autofree char *event = fn_text_safe(proven->event, -1, 200);

	fn_evidence_line(text, fn_say("entry %lu of %s: %s, at %s, by %s"), (gulong)proven->index, proven->origin, event, proven->time,
		proven->from);
	fn_evidence_line(text, fn_say("under the signed head over %lu entries%s%s"), (gulong)proven->size,
		proven->head_time != NULL ? ", " : "", proven->head_time != NULL ? proven->head_time : "");
	if (!proven->both)
		fn_evidence_line(text, "%s", fn_say("only by SHA-256 with Ed25519: there is no receipt in the proof"));
	for (guint i = 0; i < proven->witnesses->len; i++)
		fn_evidence_line(text, fn_say("witnessed by %s"), (const char *)proven->witnesses->pdata[i]);
	if (proven->strangers > 0)
		fn_evidence_line(text, fn_say("%u more signature lines were not looked at: their keys were not given"), proven->strangers);
	return g_string_free(text, FALSE);
}

static char *
tell_json(const FnProven *proven)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	json.depth = 1, json.comma = TRUE; /* it goes into an object that has members already */
	fn_json_member(&json, "event", proven->event);
	fn_json_member(&json, "from", proven->from);
	fn_json_member(&json, "head_time", proven->head_time);
	fn_json_member_int(&json, "index", (gint64)proven->index);
	fn_json_member(&json, "origin", proven->origin);
	fn_json_member_int(&json, "size", (gint64)proven->size);
	fn_json_member_bool(&json, "sm3", proven->both);
	fn_json_member(&json, "time", proven->time);
	fn_json_name(&json, "witnesses");
	fn_json_begin_array(&json);
	for (guint i = 0; i < proven->witnesses->len; i++)
		fn_json_text(&json, proven->witnesses->pdata[i]);
	fn_json_end_array(&json);
	return g_string_free(text, FALSE);
}

int
fn_receipt_command(int argc, char **argv)
{
	g_autofree char *keys_path = NULL, *entry_path = NULL, *receipt = NULL, *entry = NULL, *said = NULL, *more = NULL;
	g_auto(GStrv) demanded = NULL;
	gboolean json = FALSE, good;
	const GOptionEntry options[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys_path, fn_say("file with the two public keys"), "FILE" },
		{ "witness", 0, 0, G_OPTION_ARG_STRING_ARRAY, &demanded, fn_say("key of a witness that must have signed"), "KEY" },
		{ "entry", 0, 0, G_OPTION_ARG_FILENAME, &entry_path, fn_say("the entry of a proof that holds no receipt"), "FILE" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, fn_say("one JSON object"), NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("verify FILE");
	g_autoptr(GError) error = NULL;
	g_auto(FnProven) proven = { 0 };
	g_auto(FnKeys) keys = { 0 };
	gsize size, entry_size = 0;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 3 || !g_str_equal(argv[1], "verify") || keys_path == NULL) {
		fprintf(stderr, fn_say("usage: %s"), "fengni receipt verify FILE --keys FILE [--witness KEY]… [--entry FILE] [--json]\n");
		return FN_EXIT_USAGE;
	}
	good = fn_keys_read(keys_path, demanded, &keys, &error) && g_file_get_contents(argv[2], &receipt, &size, &error) &&
		(entry_path == NULL || g_file_get_contents(entry_path, &entry, &entry_size, &error)) &&
		fn_receipt_prove(receipt, size, entry, entry_size, keys.gm, keys.intl, keys.witnesses, keys.demanded, &proven, &error);
	if (good) {
		said = tell(&proven);
		more = tell_json(&proven);
	}
	return fn_evidence_verdict(good, error, json, said, more);
}

/* ---- fengni ledger prove ---- */

/* The checkpoint that witnesses signed, else the last head's; NULL when there is none. */
static char *
read_checkpoint(const char *directory)
{
	static const char *const name[] = { "cosignatures/checkpoint", "checkpoint" };
	char *text = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(name) && text == NULL; i++) {
		g_autofree char *path = g_build_filename(directory, name[i], NULL);

		g_file_get_contents(path, &text, NULL, NULL);
	}
	return text;
}

static char *
prove(const char *directory, guint64 index, gboolean as_proof, const FnKeys *keys, GError **error)
{
	g_autofree char *receipt = fn_ledger_prove(directory, index, error);
	g_autofree char *checkpoint = as_proof ? read_checkpoint(directory) : NULL;

	if (receipt == NULL || !fn_receipt_verify(receipt, strlen(receipt), keys->gm, keys->intl, error))
		return NULL;
	return as_proof ? fn_receipt_tlog_proof(receipt, strlen(receipt), checkpoint, error) : g_strconcat(receipt, "\n", NULL);
}

int
fn_ledger_prove_command(int argc, char **argv)
{
	g_autofree char *keys_path = NULL, *form = NULL, *text = NULL;
	const GOptionEntry options[] = { { "keys", 0, 0, G_OPTION_ARG_FILENAME, &keys_path, fn_say("file with the two public keys"), "FILE" },
		{ "form", 0, 0, G_OPTION_ARG_STRING, &form, fn_say("receipt (JSON, both suites) or tlog-proof (C2SP, with the receipt in it)"), "FORM" }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR INDEX");
	g_autoptr(GError) error = NULL;
	g_auto(FnKeys) keys = { 0 };
	gboolean as_proof;
	guint64 index;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 3 || !g_ascii_string_to_unsigned(argv[2], 10, 0, G_MAXINT64, &index, NULL) ||
	    (form != NULL && !g_str_equal(form, "receipt") && !g_str_equal(form, "tlog-proof"))) {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger prove DIR INDEX [--form receipt|tlog-proof] [--keys FILE]\n");
		return FN_EXIT_USAGE;
	}
	as_proof = form != NULL && g_str_equal(form, "tlog-proof");
	if (keys_path == NULL)
		keys_path = g_build_filename(argv[1], "keys", NULL);
	if (fn_keys_read(keys_path, NULL, &keys, &error))
		text = prove(argv[1], index, as_proof, &keys, &error);
	if (text == NULL)
		return fn_evidence_verdict(FALSE, error, FALSE, NULL, NULL);
	fputs(text, stdout);
	return FN_EXIT_OK;
}
