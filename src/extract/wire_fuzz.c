#include "extract/testing.h"
#include "extract/wire.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static char *
read_wire(const guint8 *data, gsize size, gsize step, FnWireState *state)
{
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, TRUE);
	g_autoptr(FnWireReader) reader = fn_wire_reader_new(&sink, 1000);

	*state = FN_WIRE_MORE;
	for (gsize at = 0; at < size; at += step)
		*state = fn_wire_reader_add(reader, data + at, MIN(step, size - at));
	return g_string_free(said, FALSE);
}

/* Whatever the worker answers, and however it is cut into pieces, the parent understands the same. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	FnWireState at_once, in_pieces;
	g_autofree char *said = read_wire(data, size, size + 1, &at_once);
	g_autofree char *pieces = read_wire(data, size, 3, &in_pieces);

	g_assert_cmpstr(said, ==, pieces);
	g_assert_cmpint(at_once, ==, in_pieces);
	return 0;
}
