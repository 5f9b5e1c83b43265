#include "base/calendar.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	GDate day;

	g_date_clear(&day, 1);
	if (fn_date_parse(text, &day, NULL))
		g_assert_true(g_date_valid(&day));
	return 0;
}
