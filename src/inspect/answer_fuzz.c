/* A worker that answers whatever it likes: nothing breaks, and it never makes a whole answer of half of one. The first byte
 * says in which pieces it comes. */
#include "inspect/inspect_priv.h"
#include "scan/fixture.h"

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize size);

static FnInspector *
inspector(void)
{
	static FnInspector one;

	one.options = fn_inspect_options_default();
	one.options.limits.output = 1 << 20;
	one.options.document_max = 1 << 20;
	return &one;
}

static const FnScanner *
scanner(void)
{
	static FnScanner *one;

	if (one == NULL)
		one = fixture_scanner(NULL, NULL);
	g_assert_nonnull(one);
	return one;
}

int
LLVMFuzzerTestOneInput(const guint8 *bytes, gsize size)
{
	gsize piece = size > 0 ? (gsize)bytes[0] + 1 : 1;
	FnScanStream *stream = fn_scan_stream_new(scanner(), NULL, NULL, NULL);
	const FnReading reading = { inspector(), stream, FALSE };
	g_autoptr(FnAnswer) answer = fn_answer_new(&reading);
	const FnWorkerEnd end = { .ended = TRUE };
	g_autoptr(FnScanResult) result = NULL;
	g_autofree char *fault = NULL;

	for (gsize at = 1; at < size && fn_answer_take(bytes + at, MIN(piece, size - at), answer); at += piece)
		;
	fault = fn_answer_fault(answer, &end);
	g_assert_true(fault != NULL || (size >= 6 && memcmp(bytes + size - 5, "E\0\0\0\0", 5) == 0));
	if (fault != NULL)
		fn_scan_stream_note(stream, fault);
	result = fn_scan_stream_end(stream, NULL);
	g_assert_true(fault == NULL || result->verdict == FN_SCAN_NOT_FULLY_INSPECTED || result->verdict == FN_SCAN_BLOCKED);
	fn_scan_stream_free(stream);
	return 0;
}
