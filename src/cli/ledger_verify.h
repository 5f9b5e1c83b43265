/* `fengni ledger verify`: everything that can be told from the files of a ledger, or from what it publishes, and public keys. */
#pragma once

/* `verify DIR [--keys FILE] [--from FILE] [--witness KEY]… [--json]`: without keys, those beside the log are taken and named.
 * `verify URL --keys FILE [--ca FILE] [--session] …`: of a log in C2SP's layout over HTTP(S), URL/checkpoint and so on; the bytes of the
 * entries are only given, and checked, with a session. */
int fn_ledger_verify_command(int argc, char **argv);
