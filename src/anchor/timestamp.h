/* Time stamps of others over our heads (RFC 3161, RFC 5816): a third party's word that a head was there at a time.
 *
 * What is stamped are the bytes of a head's line (ledger/head.h), without its end. Thread-safe. */
#pragma once

#include "ledger/head.h"

typedef enum {
	FN_TIMESTAMP_ERROR_REQUEST, /* no such digest, no CA certificates */
	FN_TIMESTAMP_ERROR_REFUSED, /* the authority says no */
	FN_TIMESTAMP_ERROR_TOKEN,   /* the stamp does not verify */
} FnTimestampError;
#define FN_TIMESTAMP_ERROR (fn_timestamp_error_quark())
GQuark fn_timestamp_error_quark(void);

/* A question and what its answer must say. @digest: "sha256" or "sm3". */
typedef struct FnTimestampRequest FnTimestampRequest;
FnTimestampRequest *fn_timestamp_request_new(const char *digest, const void *data, gsize size, GError **error);
void fn_timestamp_request_free(FnTimestampRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTimestampRequest, fn_timestamp_request_free)
/* To be posted as application/timestamp-query. */
GBytes *fn_timestamp_request_bytes(const FnTimestampRequest *request);
/* The token in the authority's @answer, verified under @ca (PEM text; NULL: the system's) against the question, its nonce
 * included. @time_out: seconds since 1970. */
GBytes *fn_timestamp_take(const FnTimestampRequest *request, const void *answer, gsize size, const char *ca, guint64 *time_out,
	GError **error);

/* Verifies @token over @data alone, as of the time it tells: a certificate that has ended since does not unmake it. */
gboolean fn_timestamp_verify(const void *data, gsize size, const void *token, gsize token_size, const char *ca, guint64 *time_out,
	GError **error);
/* The same for a file that the ledger keeps (cosignatures/timestamp-<size>): the head's signatures, the token over it and the
 * time beside it. @size_out: of the head. */
gboolean fn_timestamp_verify_kept(const char *text, gsize size, const char *gm_key, const char *intl_key, const char *ca,
	guint64 *size_out, guint64 *time_out, GError **error);
