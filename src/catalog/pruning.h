/* Pruning the audit ledger: what only fengni-clock does with an approved case of rules/procedures/ledger_pruning.yaml.
 *
 * It takes two persons and three programs. The clock replays the case's written history and has the keeper sign an authorisation
 * of a minute for the case's month and this ledger (keeper_client.h, purpose "pruning"); the ledger checks it against the keeper's
 * public key and does the rest (ledger/prune.h). The gate, where people approve, can neither have it signed nor bring it. */
#pragma once

#include "catalog/catalog.h"
#include "ipc/ipc.h"

#define FN_PRUNING "ledger_pruning"

/* Asks the ledger to do what the approved case says, or whether it is done. The step that is to follow: "done" or "fail", with
 * *@say_out for it; NULL: none yet, for the reason in @error (the ledger is at it, or somebody is away): ask again later. Blocks for
 * some seconds at most. Caller frees *@say_out. */
const char *fn_pruning_carry_out(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *case_id, gint64 now,
	char **say_out, GError **error);
