/* Why a call fails that the judge did not refuse: one table of codes, with the words that say what to do. */
#pragma once

#include <glib.h>

typedef enum {
	FN_FAULT_NONE = 0,
	FN_FAULT_BODY, FN_FAULT_HEADER, FN_FAULT_KEY, FN_FAULT_CURSOR, FN_FAULT_ROUTE, FN_FAULT_METHOD, FN_FAULT_RECEIPT, FN_FAULT_NOT_YET,
	FN_FAULT_TOO_LARGE, FN_FAULT_NO_CURSOR, FN_FAULT_PLAN, FN_FAULT_BUSY, FN_FAULT_STARTING, FN_FAULT_REGISTRY, FN_FAULT_KEEPER, FN_FAULT_LEDGER,
	FN_FAULT_SOURCE, FN_FAULT_TIMEOUT, FN_FAULT_NONCES, FN_FAULT_OUTPUT,
	FN_FAULT_BY_KEY, FN_FAULT_APART, FN_FAULT_COUNTING,
	FN_FAULT_TABLE, FN_FAULT_CELLS, FN_FAULT_FEW, FN_FAULT_BUDGET, FN_FAULT_MEANWHILE,
	FN_FAULTS,
} FnFault;

typedef struct {
	guint status;
	guint retry; /* seconds of Retry-After, 0: none */
	const char *code;
	const char *words; /* English; Chinese stands in locales/zh.txt */
} FnFaultRow;
const FnFaultRow *fn_fault_row(FnFault fault);
