/* Commands that are one call of the console API: a table of noun, verb and address. */
#pragma once

#include <glib.h>

/* TRUE when @noun is one of the table's. */
gboolean fn_nouns_have(const char *noun);
/* `fengni NOUN VERB [argument …] [name=value | name:=json …]`. */
int fn_nouns_command(int argc, char **argv);
/* Logs in and keeps the session for later commands: `fengni login NAME --url URL --ca FILE`; the password is read from the terminal
 * or the first line of standard input. */
int fn_login_command(int argc, char **argv);
int fn_logout_command(int argc, char **argv);
/* One line per command of the table. Caller frees. */
char *fn_nouns_help(void);
