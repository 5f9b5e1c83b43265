/* `fengni ledger …`: commands on the files of a ledger are rows of a table here, each in a file of its own; those that need a
 * session are rows of nouns.c under the same noun. */
#pragma once

/* argv[0] is "ledger". */
int fn_ledger_command(int argc, char **argv);
/* One line per row. Caller frees. */
char *fn_ledger_help(void);
