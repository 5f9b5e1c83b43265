/* What the worker says to its parent over a pipe, and how the parent reads it without believing it.
 *
 * A frame is a kind (u8) and a size (u32, little endian), then at most FN_WIRE_MAX bytes:
 *   'S' where            a segment begins          'P' label   a place in it       'T' text (UTF-8, may be cut anywhere)
 *   'N' note (u8), where, NUL, detail
 *   'O' kind, NUL, where, NUL: an outside document follows in 'B' frames and ends with an empty 'B'
 *   'E' nothing: all is said. A pipe that ends without it means that the worker died. */
#pragma once

#include "extract/extract.h"

#define FN_WIRE_MAX 65536u

/* Sink that writes frames to @fd (borrowed); a failed write ends the process (exit 1): nobody listens any more. */
FnSink fn_wire_sink(int fd);
/* Ends the message and frees the sink. */
void fn_wire_end(FnSink *sink);

typedef enum { FN_WIRE_BROKEN = 0, FN_WIRE_MORE, FN_WIRE_ENDED } FnWireState;
/* Reads frames out of whatever pieces come and calls @sink; the outside document is gathered up to @outside_max bytes.
 * Unknown kinds, oversized frames, texts that are not UTF-8 where they must be, anything after the end: BROKEN for ever. */
typedef struct FnWireReader FnWireReader;
FnWireReader *fn_wire_reader_new(const FnSink *sink, gsize outside_max);
void fn_wire_reader_free(FnWireReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWireReader, fn_wire_reader_free)
FnWireState fn_wire_reader_add(FnWireReader *reader, const guint8 *bytes, gsize size);
