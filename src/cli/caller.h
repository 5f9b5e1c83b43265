/* A calling system of the demo: queries and streams over mutual TLS, signed where the level demands it. */
#pragma once

#include "cli/city.h"

typedef struct {
	const char *system;   /* its certificate: DIR/demo/SYSTEM.{crt,key} */
	const char *resource, *grant, *purpose, *case_number, *operator_account;
	const char *mode;     /* of a call that is no batch; NULL: query */
	const char *nobody;   /* instead of the system's certificate: "none", or the name of another pair in DIR/demo */
} FnCall;

/* POST …/query, or what the call's mode says, with @body; the answer, whatever its status. Caller clears it. */
gboolean fn_caller_query(FnCity *city, const FnCall *call, const char *body, FnAnswer *answer_out, GError **error);
/* POST …/batch into the file descriptor @to. */
gboolean fn_caller_batch(FnCity *city, const FnCall *call, const char *body, int to, FnAnswer *answer_out, GError **error);
/* The receipt as JSON text, waiting until a signed head covers it. Caller frees. */
char *fn_caller_receipt(FnCity *city, const FnCall *call, const char *id, GError **error);
/* A client for many queries by one thread, and a query on it. */
FnClient *fn_caller_client(FnCity *city, const FnCall *call);
gboolean fn_caller_query_on(FnClient *client, FnCity *city, const FnCall *call, const char *body, FnAnswer *answer_out, GError **error);
