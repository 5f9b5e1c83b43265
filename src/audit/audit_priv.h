/* Shared by the files of the index. */
#pragma once

#include "audit/audit.h"

#define FN_AUDIT_BLOCK 4096u /* entries */
#define FN_AUDIT_RUN   32u   /* blocks */
#define FN_AUDIT_MOMENT 64u  /* entries between two moments that are kept */

/* ---- places (places.c) ---- */

/* A bit for each entry of a block. */
typedef struct {
	guint64 word[FN_AUDIT_BLOCK / 64];
} FnAuditPlaces;
/* The longest list that fn_audit_places_write() makes; one that grew step by step may be longer. */
#define FN_AUDIT_LIST 1024u
void fn_audit_places_add(FnAuditPlaces *places, guint place);
/* What a row says; whatever stands in it that no step has written is left out. */
void fn_audit_places_read(FnAuditPlaces *places, const guint8 *list, gsize size);
void fn_audit_places_write(const FnAuditPlaces *places, GByteArray *list);
void fn_audit_places_and(FnAuditPlaces *places, const FnAuditPlaces *other);
/* The last place, which is taken out; -1 when there is none. */
gint fn_audit_places_take_last(FnAuditPlaces *places);

/* ---- rows (index.c) ---- */

typedef struct {
	guint64 next;    /* the first entry that is not indexed */
	guint64 minimum; /* what pruning was over is dropped up to here */
	char anchor[65]; /* SHA-256 of entry next - 1; empty at the beginning */
} FnAuditState;
gboolean fn_audit_state_read(FnDb *db, FnAuditState *state_out, GError **error);
gboolean fn_audit_state_write(FnDb *db, const FnAuditState *state, GError **error);

/* Adds @entries, the first of which is @first, in the caller's transaction; *@state becomes what it is after that. */
gboolean fn_audit_add(FnDb *db, guint64 first, GPtrArray *entries, FnAuditState *state, GError **error);
/* Drops what is gone below @minimum and writes that down, run by run, a transaction each. */
gboolean fn_audit_drop(FnDb *db, const FnAuditLog *log, guint64 minimum, GError **error);
