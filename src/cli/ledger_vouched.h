/* `fengni ledger vouched DIR [--keys FILE] [--witnesses FILE] [--timestamp-ca FILE]`: who outside vouches for the ledger in DIR, by
 * what is kept there and public keys alone. Exit 1 when something kept does not verify, or nothing is kept. */
#pragma once

int fn_ledger_vouched_command(int argc, char **argv);
