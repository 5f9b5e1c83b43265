/* What fengni-extract is told: the first page of the sealed memory it gets as descriptor FN_JOB_DOCUMENT; the document's
 * bytes follow. Nothing of it stands on a command line, which every user of the machine can read. */
#pragma once

#include "extract/extract.h"

enum { FN_JOB_DOCUMENT = 3, FN_JOB_ANSWER = 4, FN_JOB_HEAD = 4096, FN_JOB_NAME = 1024 };
#define FN_JOB_MAGIC "fn-job\n1"

typedef struct {
	char magic[8];
	guint64 size;   /* of the document */
	guint64 memory; /* the worker's, bytes */
	FnLimits limits;
	gboolean pdf, picture; /* whether the parent has a program for them */
	gboolean cells;        /* sheets cell by cell: fn_extract_want_cells() */
	char name[FN_JOB_NAME]; /* NUL-ended; as the document was called, cut at a character */
} FnJobHead;
G_STATIC_ASSERT(sizeof(FnJobHead) <= FN_JOB_HEAD);
