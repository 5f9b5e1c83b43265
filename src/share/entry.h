/* What the share path enters in the ledger, and the ids of receipts. */
#pragma once

#include "share/share.h"

/* Texts of NULL and numbers below 0 are left out. No identifier of a person stands in here: key values only as keyed digests
 * (subjects), callers' own words only where they were found to be what they should be. */
typedef struct {
	const char *event; /* share.query, share.refused, share.batch.open, …progress, …close, …plan, share.aggregate, share.start, share.strangers */
	const char *address, *case_number, *code, *date, *digest, *epsilon, *field, *grant, *mode, *nonce, *operator_account, *organization,
		*policy, *provider, *purpose, *resource, *result, *stream, *system;
	const char *const *fields, *const *detectors; /* detectors: of what rows held above the grant, count times */
	const char *const *levels;                    /* "field=level" of a plan of generalisation */
	const char *const *subjects;                  /* whom it was about: crypto/subject.h */
	gint64 bytes, cells, count, k, part, rows, threshold, withheld;
	gboolean is_signed;
} FnShareEntry;
#define FN_SHARE_ENTRY(event_) { .event = (event_), .bytes = -1, .cells = -1, .count = -1, .k = -1, .part = -1, .rows = -1, \
	.threshold = -1, .withheld = -1 }

/* Appends the entry's canonical JSON to @out. */
void fn_share_entry_write(GString *out, const FnShareEntry *entry);

/* TRUE when the ledger stamped the gate as writer; where all programs run as one user, that is ADMIN (roles.h). */
gboolean fn_share_entry_is_ours(const char *from);

#define FN_RECEIPT_ID_SIZE 40
/* "<index>-<first 16 hex of the salt>". */
void fn_receipt_id(char out[FN_RECEIPT_ID_SIZE], guint64 index, const guint8 *salt);
/* Strict: the one text that fn_receipt_id() writes. @salt_out: 8 bytes. */
gboolean fn_receipt_id_parse(const char *text, guint64 *index_out, guint8 salt_out[8]);
