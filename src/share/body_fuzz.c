#include "share/body.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	for (guint mode = FN_MODE_QUERY; mode <= FN_MODE_LAST; mode++) {
		g_autofree char *text = g_strndup((const char *)data, size);
		FnShareBody body;

		memcpy(text, data, size); /* g_strndup() stops at a NUL */
		if (!fn_share_body_parse(&body, (FnShareMode)mode, text, size, NULL))
			continue;
		for (guint i = 0; i < body.keys; i++)
			g_assert(g_utf8_validate(body.key[i], -1, NULL) && g_utf8_validate(body.value[i], -1, NULL));
		for (guint i = 0; body.field[i] != NULL; i++)
			g_assert(i < FN_BODY_FIELDS && g_utf8_validate(body.field[i], -1, NULL));
		g_assert(mode != FN_MODE_QUERY || body.keys > 0);
		g_assert(mode != FN_MODE_AGGREGATE || (body.field[0] != NULL && (body.field[1] == NULL || body.field[2] == NULL)));
		g_assert(body.limit >= 0);
	}
	return 0;
}
