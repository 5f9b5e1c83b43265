/* `fengni ledger reindex DIR`. */
#pragma once

/* argv[0] is "reindex". */
int fn_ledger_reindex_command(int argc, char **argv);
