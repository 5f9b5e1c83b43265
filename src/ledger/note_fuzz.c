#include "ledger/note.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A key whose private half nobody has: nothing may verify with it. What is taken holds what it says. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const guint8 key[32] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72,
		0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };
	g_auto(FnCheckpoint) checkpoint = { 0 };
	g_autofree char *text = g_strndup((const char *)data, size);
	g_auto(FnVkey) vkey = { 0 };

	if (fn_vkey_parse(text, &vkey, NULL)) {
		g_autofree char *again = fn_vkey_text(&vkey);

		g_assert_cmpstr(again, ==, text);
	}
	if (!fn_checkpoint_parse((const char *)data, size, &checkpoint, NULL))
		return 0;
	g_assert_true(g_str_has_prefix((const char *)text, checkpoint.body) && checkpoint.lines->len > 0);
	for (guint i = 0; i < checkpoint.lines->len; i++) {
		const FnNoteLine *line = checkpoint.lines->pdata[i];
		g_auto(FnVkey) known = { 0 };

		g_assert_true(fn_vkey_make(line->name, i % 2 ? FN_VKEY_LOG : FN_VKEY_WITNESS, key, &known));
		memcpy(known.id, line->id, sizeof(known.id));
		g_assert_cmpint(fn_checkpoint_signed(&checkpoint, &known, NULL), ==, FN_SIGNED_WRONGLY);
	}
	return 0;
}
