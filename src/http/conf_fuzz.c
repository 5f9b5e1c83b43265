#include "http/conf_priv.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(FnConf) conf = fn_conf_parse(text, NULL);

	if (conf != NULL)
		for (const FnConf *at = NULL; (at = fn_conf_next(conf, "http", at)) != NULL;)
			g_free(fn_conf_value(at));
	return 0;
}
