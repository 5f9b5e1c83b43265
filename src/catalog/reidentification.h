/* Turning pseudonyms of a grant back: what rules/procedures/reidentification.yaml does to the registry, and the step that only
 * fengni-clock takes.
 *
 * It takes two programs. The clock replays the case's written history, enters the use in the ledger, waits until it is durable and
 * only then has the keeper sign an authorisation of a minute for exactly the case's pseudonyms. The gate brings that to the keeper
 * (fn_keeper_reverse()), which turns them back. The clock never sees an original, the gate cannot authorise. */
#pragma once

#include "catalog/catalog.h"
#include "ipc/ipc.h"

/* For a case in which "use" is the last step taken: the authorisation and its signature as JSON text for fn_keeper_reverse().
 * Errors of FN_WORK_ERROR and FN_CATALOG_ERROR say why this case gives none (not approved, run out, grant not signed); others
 * that somebody could not be asked. Caller frees. */
char *fn_reidentification_authorise(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *case_id, gint64 now,
	GError **error);
