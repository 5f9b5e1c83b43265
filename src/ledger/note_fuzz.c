#include "ledger/note.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Keys whose private halves nobody has: nothing may verify with them. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const guint8 bytes[32] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72,
		0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *log_text = NULL;
	g_autofree char *witness_text = NULL;
	g_autofree char *origin = NULL;
	g_autoptr(FnNoteKey) any = fn_note_key_parse(text, FN_NOTE_COSIGNATURE, NULL);
	g_autoptr(FnNoteKey) log = NULL;
	g_autoptr(FnNoteKey) witness = NULL;
	FnCheckpoint checkpoint;

	g_assert_true(any == NULL || fn_note_name_is_valid(any->name));
	if (!fn_checkpoint_parse((const char *)data, size, &checkpoint, NULL))
		return 0;
	g_assert_true(checkpoint.body.size + 1 + checkpoint.lines.size == size && checkpoint.lines.size > 0);
	origin = g_strndup(checkpoint.origin.text, checkpoint.origin.size);
	if (!fn_note_name_is_valid(origin))
		return 0;
	log_text = fn_note_key_text(origin, FN_NOTE_ED25519, bytes);
	witness_text = fn_note_key_text(origin, FN_NOTE_COSIGNATURE, bytes);
	log = fn_note_key_parse(log_text, FN_NOTE_ED25519, NULL);
	witness = fn_note_key_parse(witness_text, FN_NOTE_COSIGNATURE, NULL);
	g_assert_true(log != NULL && witness != NULL);
	g_assert_false(fn_checkpoint_verify(&checkpoint, log, NULL, NULL));
	g_assert_false(fn_cosignature_find(checkpoint.lines, checkpoint.body, witness, NULL, NULL, NULL));
	return 0;
}
