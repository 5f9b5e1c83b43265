/* Checks that need nothing but files and public keys. */
#pragma once

#include "ledger/note.h"

/* Public keys of a text file, separated by white space: "gm:…" and "intl:…" of the log, and keys of witnesses ("name+id+base64");
 * other words are passed over. */
typedef struct {
	char *gm, *intl;
	GPtrArray *witnesses; /* of FnNoteKey; first those that were demanded */
	guint demanded;
} FnKeys;

void fn_keys_clear(FnKeys *keys);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnKeys, fn_keys_clear)
/* @demanded: texts of witnesses' keys, NULL-ended or NULL. A key that is none must not pass for evidence that is false. */
gboolean fn_keys_read(const char *path, char *const *demanded, FnKeys *keys_out, GError **error);

/* One more line of what is said. */
void fn_evidence_line(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Says how it ended and gives the exit code: @json_more (NULL or members written by fn_json_* to a GString, beginning with a comma) goes
 * into the JSON object. */
int fn_evidence_verdict(gboolean good, const GError *error, gboolean json, const char *said, const char *json_more);

/* `fengni receipt verify FILE --keys FILE [--witness KEY]… [--entry FILE] [--json]`: a receipt or a tlog-proof. */
int fn_receipt_command(int argc, char **argv);
/* `fengni ledger prove DIR INDEX [--form receipt|tlog-proof] [--keys FILE]`: writes one, after it was verified. */
int fn_ledger_prove_command(int argc, char **argv);
