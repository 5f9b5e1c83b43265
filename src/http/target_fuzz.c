#include "http/target_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *raw = g_strndup((const char *)data, size);
	FnHttpTarget target;

	if (fn_target_parse(raw, &target) == NULL) {
		g_assert_true(target.path[0] == '/' && g_utf8_validate(target.path, -1, NULL));
		g_assert_null(strstr(target.path, "/../"));
		g_assert_true(target.query->len % 2 == 0 && target.query->len <= 2 * FN_TARGET_PARAMETERS);
	} else {
		g_assert_null(target.path);
	}
	fn_target_clear(&target);
	return 0;
}
