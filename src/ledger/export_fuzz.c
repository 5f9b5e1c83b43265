#include "ledger/export.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Whatever is an entry becomes one line in every form that has lines, of bounded length and valid UTF-8. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const FnExportForm lines[] = { FN_EXPORT_NDJSON, FN_EXPORT_SYSLOG, FN_EXPORT_CEF };

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		if (!fn_export_write(out, lines[i], "log.example/one", 1, data, size))
			continue;
		g_assert_true(memchr(out->str, '\n', out->len) == out->str + out->len - 1);
		g_assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
		g_assert_true(lines[i] == FN_EXPORT_NDJSON || out->len <= FN_EXPORT_RECORD);
	}
	return 0;
}
