/* What every program has alike: exit codes, the language of its messages, structured logging to standard error. */
#pragma once

#include <glib.h>
#include <stdio.h>

enum {
	FN_EXIT_OK = 0,
	FN_EXIT_NO = 1,          /* the answer is no: a check failed, a call was refused */
	FN_EXIT_USAGE = 2,       /* the command line is wrong */
	FN_EXIT_ENVIRONMENT = 3, /* something around us is missing or broken */
};

/* Once, first in main(): locale, UTF-8, no core files, no inherited secrets in the environment, line-wise logging with the
 * program's name. */
void fn_program_start(const char *name);
/* Says what failed and ends with FN_EXIT_ENVIRONMENT; @error may be NULL. */
void fn_program_fail(const char *doing, const GError *error) G_GNUC_NORETURN;
/* For daemons, before any thread: SIGTERM and SIGINT are blocked and come through the descriptor given (non-blocking, readable when one
 * did); SIGPIPE and SIGXFSZ are ignored, so that a reader that left or a limit on files is an error of write(), not the end. */
int fn_program_signals(void);
/* The same for SIGHUP, by which a program is asked to read its rules again; TRUE once per time it was asked. */
int fn_program_reloads(void);
gboolean fn_program_reload_asked(int fd);

/* What --help says of options; a row without an option is a heading. @about stands in FN_SAY(). */
typedef struct {
	const char *option, *about;
} FnHelpRow;
void fn_program_help(FILE *to, const FnHelpRow *rows, gsize n);
/* Reads options; @argv, which begins with the command's name, stays as it is. --help is an option like any other. */
gboolean fn_program_options(int argc, char *const *argv, const GOptionEntry *entries, GError **error);
