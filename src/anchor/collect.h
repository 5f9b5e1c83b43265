/* Brings the ledger's heads to its witnesses and their cosignatures back, and once a day a time stamp over a head.
 *
 * One round asks each witness in turn for the last head, with the proof from what it saw last; what it answers is verified
 * here and again by the ledger, which keeps it (ledger/cosign.h). A witness that saw something that does not lead to this
 * head makes an entry "ledger.alarm": somebody signed two histories. */
#pragma once

#include "ipc/ipc.h"
#include "ledger/cosign.h"

typedef struct FnCollector FnCollector;

typedef struct {
	FnIpcClient *ledger;
	const GPtrArray *witnesses; /* of FnKnownWitness; borrowed */
	const char *witness_ca;     /* PEM text; NULL: the system's */
	guint interval_s;
	const char *timestamp_url; /* NULL: none */
	const char *timestamp_ca;  /* PEM text; NULL: the system's */
	const char *timestamp_digest;
	/* The public keys of the log's heads, as fn_keeper_public() gives them; may block and fail. */
	char *(*public_key)(gpointer data, const char *purpose, GError **error);
	gpointer data;
} FnCollectorOptions;

/* Copies texts. Starts nothing. */
FnCollector *fn_collector_new(const FnCollectorOptions *options);
/* NULL is fine. */
void fn_collector_free(FnCollector *collector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCollector, fn_collector_free)
/* One round; blocks for as long as witnesses may take. One thread at a time. */
void fn_collector_round(FnCollector *collector);
/* Rounds until fn_collector_stop(): for a thread of its own. */
void fn_collector_run(FnCollector *collector);
/* Ends it soon, whatever is under way. Thread-safe. */
void fn_collector_stop(FnCollector *collector);
/* How it stands, as JSON: {"log": {"key","sm2"}?,"size": of the last head,"timestamp":{"size","state","time"?,"why"?}?,
 * "witnesses":[{"behind": entries,"name","since"?: of the trouble,"size","state": "new"|"current"|"behind"|"unreachable"|"refused"|
 * "fork","time"?: of the last cosignature,"url","why"?}]}. "current" is as of
 * the last round. Thread-safe, never waits for a witness. Caller frees. */
char *fn_collector_status(FnCollector *collector);
