/* How many different things were seen, in bounded memory: exact for few, HyperLogLog (1,024 registers of a byte, standard error
 * 3.25 %, Ertl's estimator) beyond. Several sketches are counted together without adding them up, which is what a window of buckets
 * needs. What is added is a hash of 32 bits that is spread evenly. */
#pragma once

#include <glib.h>

#define FN_SKETCH_FEW       256u  /* up to here hashes are kept as they are */
#define FN_SKETCH_REGISTERS 1024u

typedef struct {
	guint32 *few;      /* rising, or NULL */
	guint16 n, room;
	guint8 *registers; /* in place of few, or NULL */
} FnSketch;

void fn_sketch_clear(FnSketch *sketch);
/* FALSE when it changed nothing. */
gboolean fn_sketch_add(FnSketch *sketch, guint32 hash);
/* How many different hashes @n sketches hold together; exact while none has registers. */
gint64 fn_sketch_count(const FnSketch *sketches, guint n);

/* What stands in the registry: appended to @out, and read back. @at moves on; FALSE when these are not the bytes of a sketch. */
void fn_sketch_write(const FnSketch *sketch, GByteArray *out);
gboolean fn_sketch_read(FnSketch *sketch, const guint8 **at, const guint8 *end);
