/* `fengni ledger verify DIR`: everything that can be told from the files of a ledger and public keys. */
#pragma once

/* `verify DIR [--keys FILE] [--from FILE] [--witness KEY]… [--json]`: without keys, those beside the log are taken and named. */
int fn_ledger_verify_command(int argc, char **argv);
