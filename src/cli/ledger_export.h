/* `fengni ledger export DIR [--form FORM] [--from INDEX] [--until INDEX]`: entries of a directory to standard output. */
#pragma once

/* argv[0] is "export". */
int fn_ledger_export_command(int argc, char **argv);
