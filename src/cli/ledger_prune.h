/* fengni ledger prune DIR --dry-run [--json]: what pruning could take, month by month, and what it would leave and why. Nothing is
 * changed: pruning itself takes a case of two persons (rules/procedures/ledger_pruning.yaml). */
#pragma once

int fn_ledger_prune_command(int argc, char **argv);
