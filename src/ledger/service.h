/* The log behind its socket: the operations of ledger.h over frames, and who may use which. */
#pragma once

#include "ledger/cosign.h"
#include "ledger/log.h"

typedef struct FnLedgerService FnLedgerService;

/* Binds the socket; may be called while still privileged. */
FnLedgerService *fn_ledger_service_new(const char *socket_path, GError **error);
/* Serves @log (borrowed) until fn_ledger_service_stop(). Replies of one commit leave together. */
void fn_ledger_service_run(FnLedgerService *service, FnLog *log);
/* Before the run: takes and tells what others vouch for; without it nothing is taken. Borrowed. */
void fn_ledger_service_cosignatures(FnLedgerService *service, FnCosignatures *cosignatures);
/* Before the run: ends it when @fd (a signalfd, borrowed) is readable. */
void fn_ledger_service_end_on(FnLedgerService *service, int fd);
/* Async-signal-safe. */
void fn_ledger_service_stop(FnLedgerService *service);
/* After the log is closed: it may still answer tokens until then. NULL is fine. */
void fn_ledger_service_free(FnLedgerService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnLedgerService, fn_ledger_service_free)
