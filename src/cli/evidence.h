/* Checks that need nothing but files and public keys. */
#pragma once

/* `fengni ledger verify DIR [--gm-key FILE|TEXT --intl-key FILE|TEXT]`: without keys, those beside the log are taken and named. */
int fn_ledger_verify_command(int argc, char **argv);
/* `fengni receipt verify FILE --keys FILE`: the file holds the two public keys, one a line. */
int fn_receipt_command(int argc, char **argv);
