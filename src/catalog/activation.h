/* Turning an agreed application into a right: the last step before data may flow, taken by fengni-clock alone.
 *
 * The gate can write to the registry but has no right to have a grant signed; the clock replays the case's written history
 * against its procedure and only then asks the keeper. A row written past the procedure stays unsigned, and the share path
 * takes an unsigned grant for none. */
#pragma once

#include "catalog/catalog.h"
#include "ipc/ipc.h"

enum { /* operations on the clock's socket */
	FN_CLOCK_OP_SIGN = FN_IPC_FIRST_OP, /* grant id → {}: audited, signed, active */
	FN_CLOCK_OP_TICK,                   /* → {}: look at the deadlines now */
	FN_CLOCK_OP_REVERSAL,               /* case id → what fn_reidentification_authorise() gives */
	FN_CLOCK_OP_WITNESSES,              /* → how witnesses and time stamps of the ledger stand: JSON of fn_collector_status() */
};

/* In a transaction of its own: audit of the case, signature, state active, ledger entry. A grant that is signed already is left as it
 * is. */
gboolean fn_activation_sign(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *grant, gint64 now,
	GError **error);
