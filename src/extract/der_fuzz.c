#include "extract/der.h"

#include "extract/testing.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A seal: any bytes, whether they are DER from end to end or not. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const FnLimits limits = {.input = 1 << 20, .output = 4 << 20, .ratio = 200, .members = 200, .depth = 5, .seconds = 1000000};
	g_autofree guint8 *bytes = g_memdup2(data, size);
	g_autoptr(GString) said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);

	g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
	fn_der_is(bytes, size);
	fn_der_read(extract, bytes, size);
	return 0;
}
