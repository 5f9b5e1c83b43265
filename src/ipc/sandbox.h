/* The cell for programs that parse strangers' documents: no network, no files, no other processes, little memory and time.
 * Used by `fengni-extract` on itself, and around the programs of others (pdftotext, tesseract) before they are started. Works
 * for any user; needs nothing but seccomp for our own worker, and Landlock or a mount namespace for the programs of others. */
#pragma once

#include <glib.h>

typedef struct {
	guint64 memory;  /* RLIMIT_AS, bytes */
	guint seconds;   /* RLIMIT_CPU */
	gboolean program; /* FALSE: we go on as we are, and no file is opened from now on;
	                   * TRUE: @run is started: read-only programs, libraries and data of the system, nothing else, no writing */
} FnCell;

/* Locks this process in, for good: descriptors above 2 closed but @keep (-1: none), rlimits (no core, no file size, few descriptors,
 * no processes), no_new_privs, Landlock or mount namespace (programs only), then a seccomp allow-list: no socket, no open for
 * our own worker, no exec but one for a program, no ptrace, no signals to others. FALSE and FN_CONFINE_ERROR when any of it
 * cannot be had: the caller ends. Under a sanitizer the memory limit stays off. */
gboolean fn_cell_enter(const FnCell *cell, int keep, GError **error);
/* Whether programs of others can be held at all on this machine (Landlock or mount namespaces). */
gboolean fn_cell_holds_programs(void);
