/* The cell for programs that parse strangers' documents: no network, no files, no other processes, little memory and time.
 *
 * Three ways in, each for good: fn_cell_enter() for our own worker `fengni-extract`, which goes on as it is and opens nothing
 * from then on; fn_cell_run() for the programs of others (pdftotext, tesseract), which are started inside and may read
 * programs, libraries and data of the system; fn_cell_nursery() for the process that starts both. They work for any user;
 * the first needs nothing but seccomp, the others Landlock, or a mount namespace for each program.
 *
 * Failing is FALSE and FN_CONFINE_ERROR, and the caller must end: it may be confined in part. Call them before any thread.
 * Under a sanitizer, which needs them itself, the memory limit, making processes and opening files stay free. */
#pragma once

#include <glib.h>

typedef struct {
	guint64 memory; /* RLIMIT_AS, bytes */
	guint seconds;  /* RLIMIT_CPU: SIGXCPU, a second later SIGKILL */
} FnCell;

/* Descriptors above 2 closed but @keep (-1: none), limits (no core, no file growth, few descriptors, no processes),
 * no_new_privs, every file out of reach (Landlock where there is one), then an allow-list of system calls: reading and
 * writing what is open, memory that cannot be executed, clocks. What only an attacker would try ends the process. */
gboolean fn_cell_enter(const FnCell *cell, int keep, GError **error);

/* Runs @program (a descriptor, close-on-exec) with descriptors 0 to 2 as they are and nothing else, in a cell that reads the
 * system's libraries and data, writes nowhere, and executes nothing more. Does not return when all went well. */
gboolean fn_cell_run(const FnCell *cell, int program, char *const *arguments, char *const *environment, GError **error);
/* Whether programs of others can be held on this machine at all. */
gboolean fn_cell_holds_programs(void);

/* Confines the process that starts workers: it may execute @programs (descriptors) and nothing else, read what they read, and
 * make processes; no network, no writing, no looking into others. */
gboolean fn_cell_nursery(const int *programs, guint count, GError **error);
