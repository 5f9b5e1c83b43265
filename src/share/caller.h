/* Who stands at the other end of the TLS connection, from what the door passes on. */
#pragma once

#include "share/signature.h"

/* A parsed client certificate; counted. What is not marked otherwise never changes. */
typedef struct {
	gint references; /* atomic */
	char fingerprint[65];         /* SHA-256 of the DER, hex */
	gint64 not_before, not_after; /* us */
	EVP_PKEY *key;
	gpointer fast;                /* FnP256 of a caller who comes often, see fn_caller_fast() */
	guint uses;                   /* guarded by the cache */
} FnCaller;
void fn_caller_unref(FnCaller *caller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCaller, fn_caller_unref)
/* NULL, or its prepared key. */
const FnP256 *fn_caller_fast(FnCaller *caller);

/* @escaped: the PEM text, percent-encoded (nginx: $ssl_client_escaped_cert); at most 16 KiB.
 * Errors: FN_SHARE_ERROR_CERTIFICATE. */
FnCaller *fn_caller_parse(const char *escaped, GError **error);

/* Certificates seen lately, by digest of their text; bounded, thread-safe. The keys of the first 64 who come often are prepared. */
typedef struct FnCallers FnCallers;
FnCallers *fn_callers_new(guint most);
void fn_callers_free(FnCallers *callers);
FnCaller *fn_callers_get(FnCallers *callers, const char *escaped, GError **error);
