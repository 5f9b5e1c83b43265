/* The ledger's own process: a log behind a socket until SIGTERM. */
#pragma once

#include "ledger/service.h"

#include <signal.h>

static FnLedgerService *bench_serving; /* one a process */

static inline void
bench_end(int signal_number)
{
	fn_ledger_service_stop(bench_serving);
}

static inline void
bench_serve(const FnLogOptions *options, const char *socket_path)
{
	g_autoptr(GError) error = NULL;
	FnLog *log;

	bench_serving = fn_ledger_service_new(socket_path, &error);
	signal(SIGTERM, bench_end);
	log = bench_serving != NULL ? fn_log_open(options, &error) : NULL;
	if (log == NULL)
		g_error("the ledger does not open: %s", error->message);
	fn_ledger_service_run(bench_serving, log);
	fn_log_close(log);
	fn_ledger_service_free(bench_serving);
}
