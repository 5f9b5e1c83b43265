#include "scan/scan_priv.h"

gssize
fn_utf8_span(const char *bytes, gsize size)
{
	const char *end;
	gunichar c;

	if (g_utf8_validate_len(bytes, size, &end))
		return (gssize)size;
	/* -2: the bytes that are there begin a character. */
	c = g_utf8_get_char_validated(end, (gssize)(bytes + size - end));
	return c == (gunichar)-2 ? (gssize)(end - bytes) : -1;
}
