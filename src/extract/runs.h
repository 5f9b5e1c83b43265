/* Words in bytes of unknown meaning: streams, tables and left-overs of binary documents that no reader understands.
 *
 * A run is UTF-16, UTF-8, GB18030 or ASCII that is more likely text than chance. Runs come out one a line. Linear in the size. */
#pragma once

#include "extract/extract.h"

typedef struct FnRuns FnRuns;
FnRuns *fn_runs_new(void);
void fn_runs_free(FnRuns *runs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRuns, fn_runs_free)
/* Text of all runs in @bytes, into the current segment. FALSE once a limit stops the job. */
gboolean fn_runs_read(const FnRuns *runs, FnExtract *extract, const guint8 *bytes, gsize size);
