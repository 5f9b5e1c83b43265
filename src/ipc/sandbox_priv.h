/* The steps into a cell, each in its file. Private to the room. */
#pragma once

#include "ipc/confine_priv.h"
#include "ipc/sandbox.h"

typedef enum {
	FN_CELL_WORKER,  /* opens nothing */
	FN_CELL_PROGRAM, /* reads the system, executes once */
	FN_CELL_NURSERY, /* reads the system, executes @programs, makes processes */
} FnCellKind;

/* ---- files (sandbox_files.c) ---- */
/* By Landlock; TRUE as well where the kernel has none. */
gboolean fn_cell_landlock(FnCellKind kind, const int *programs, guint count, GError **error);
/* By a root of our own in a mount namespace of our own: the same paths, read-only. */
gboolean fn_cell_mounts(GError **error);

/* ---- system calls (sandbox_filter.c) ---- */
/* @program: the descriptor that a FN_CELL_PROGRAM may execute with fn_cell_execute(), once. */
gboolean fn_cell_filter(FnCellKind kind, int program, GError **error);
/* The only call to execute that the filter of a program lets through. */
void fn_cell_execute(int program, char *const *arguments, char *const *environment);
/* The first name in the lists of system calls that the library does not know; NULL when all are fine. For the test. */
const char *fn_cell_unknown(void);
