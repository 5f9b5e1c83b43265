/* What a time-stamping authority may answer, and what may lie beside a head as its stamp. */
#include "anchor/timestamp.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	static FnTimestampRequest *request;
	g_autoptr(GBytes) token = NULL;
	guint64 time;

	if (request == NULL)
		request = fn_timestamp_request_new("sha256", "head", 4, NULL);
	token = fn_timestamp_take(request, data, size, "none", &time, NULL);
	g_assert(token == NULL);
	g_assert(!fn_timestamp_verify("head", 4, data, size, "none", &time, NULL));
	return 0;
}
