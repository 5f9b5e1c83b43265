/* The console API: every route with its permission in one table (routes.c).
 *
 * HTTP threads only take the request; a bounded pool runs it: session → permission → transaction → handler → ledger entry
 * durable → commit → answer. A write that cannot be entered in the ledger did not happen. */
#pragma once

#include "catalog/catalog.h"
#include "http/http.h"
#include "ledger/now.h"
#include "work/in_force.h"

typedef struct {
	const FnSettings *settings;
	FnInForce *in_force; /* each call keeps to the rules that it began with */
	const char *registry; /* database address */
	FnIpcClient *ledger, *keeper, *inspect, *clock;
	FnNow *now;
	struct FnShare *share; /* counts of today for explanations; may be NULL */
} FnApiOptions; /* everything is borrowed and outlives the API */

typedef struct FnApi FnApi;
FnApi *fn_api_new(const FnApiOptions *options, GError **error);
void fn_api_free(FnApi *api);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnApi, fn_api_free)

/* An FnHttpHandler; @api is the FnApi. */
void fn_api_handle(FnHttpRequest *request, gpointer api);
/* The same server's FnHttpOptions.large: documents to be looked at. */
const char *fn_api_large(const FnHttpRequest *request, gpointer api);
