#include "ledger/segment.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Entries taken from any bytes lie within them, follow each other and are what fn_entry_write() spells; a commit record that is
 * taken writes itself again. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	gsize at = 0, before = 0;
	FnSpan frame;
	FnEntry entry;
	FnCommit commit;

	while (fn_frame_take(data, size, &at, &frame, &entry) == FN_FOUND_GOOD) {
		g_autofree char *again = g_malloc(entry.body.size + FN_ENVELOPE_MAX);
		g_autofree char *from = g_strndup(entry.from.text, entry.from.size);
		guint8 salt[FN_SALT_SIZE];
		gsize written;

		g_assert_true(at == before + 2 + frame.size && at <= size);
		for (gsize i = 0; i < sizeof(salt); i++)
			salt[i] = (guint8)(g_ascii_xdigit_value(entry.salt.text[2 * i]) << 4 | g_ascii_xdigit_value(entry.salt.text[2 * i + 1]));
		written = fn_entry_write(again, entry.body.text, entry.body.size, entry.class, from, salt, entry.time.text);
		g_assert_true(written == frame.size && memcmp(again, frame.text, written) == 0);
		before = at;
	}
	g_assert_true(at == before && at <= size);
	if (size >= FN_SECTOR && fn_commit_read(data, &commit) == FN_FOUND_GOOD) {
		guint8 sector[FN_SECTOR];

		fn_commit_write(&commit, sector);
		g_assert_true(memcmp(sector, data, FN_SECTOR) == 0);
	}
	return 0;
}
