#include "share/caller.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(FnCaller) caller = fn_caller_parse(text, NULL);

	g_assert(caller == NULL || (strlen(caller->fingerprint) == 64 && caller->key != NULL));
	return 0;
}
