/* What came in, and is it right?
 *
 * A batch is a CSV file with an attestation: how many rows, which digest, which period, and the account that vouches. It is read into the
 * pool, one SQLite file for each resource below sources/pool/, held against the attestation and the rules of rules/quality/, and then
 * stands in the table "rows" or in "quarantine". Every row carries its batch (lineage), its number in the file and its digest.
 *
 * Two stores, one truth: rows are first staged, invisible; then the registry says in one transaction with the ledger's entry what becomes
 * of the batch; then the pool follows. fn_intake_settle() lets the pool follow after a crash; every call that looks into a pool begins
 * with it. A batch that never reached the registry did not happen.
 *
 * Errors: FN_INTAKE_ERROR as named, FN_DB_ERROR and FN_SOURCE_ERROR as they come. One FnDb belongs to one thread. */
#pragma once

#include "people/people.h"
#include "rules/rules.h"
#include "source/source.h"

typedef enum {
	FN_INTAKE_ERROR_INPUT,
	FN_INTAKE_ERROR_UNKNOWN, /* no such resource, field or batch; or not one that the actor may know of */
	FN_INTAKE_ERROR_OFFICE,
	FN_INTAKE_ERROR_STATE,
	FN_INTAKE_ERROR_POOL, /* the pool's file cannot be read or written */
} FnIntakeError;
#define FN_INTAKE_ERROR (fn_intake_error_quark())
GQuark fn_intake_error_quark(void);

typedef struct {
	const char *resource, *name; /* of the file, may be NULL */
	const char *digest;          /* attested: 64 hexadecimal digits of SM3, "sm3:" may stand before */
	const char *period;
	gint64 rows;                 /* attested */
	gboolean whole;              /* the file is all there is: rows of batches before it are superseded */
	const void *bytes;
	gsize size;
} FnIntakeGiven; /* borrowed for the call */

/* @root is the directory of the sources; the pool lies below it. */
typedef struct {
	FnDb *db;
	const FnRules *rules;
	const char *root;
	const FnActor *actor;
	gint64 now;
} FnIntake;

typedef struct FnIntakeBatch FnIntakeBatch;
/* Whether the actor may send batches of this resource and the attestation has its form: before anything is looked at. */
gboolean fn_intake_may_send(const FnIntake *in, const FnIntakeGiven *given, GError **error);
/* Reads, judges and stages the rows. Outside a transaction: it takes as long as the file is large. */
FnIntakeBatch *fn_intake_take(const FnIntake *in, const FnIntakeGiven *given, GError **error);
/* A file that must not come in: nothing is kept of it but that it came. @kind: what was found, a constant. */
FnIntakeBatch *fn_intake_refuse(const FnIntake *in, const FnIntakeGiven *given, const char *kind, GError **error);
void fn_intake_batch_free(FnIntakeBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIntakeBatch, fn_intake_batch_free)
const char *fn_intake_batch_id(const FnIntakeBatch *batch);
const char *fn_intake_batch_state(const FnIntakeBatch *batch); /* pooled, quarantined or refused */
const json_t *fn_intake_batch_alarms(const FnIntakeBatch *batch);
const json_t *fn_intake_batch_reasons(const FnIntakeBatch *batch);
gint64 fn_intake_batch_rows(const FnIntakeBatch *batch);
/* Writes it into the registry, in the caller's transaction. fn_intake_settle() comes after the commit. */
gboolean fn_intake_enter(const FnIntake *in, const FnIntakeBatch *batch, GError **error);

/* The pool's file of @resource does what the registry says. Outside a transaction that writes into intake_batch. */
gboolean fn_intake_settle(const FnIntake *in, const char *resource, GError **error);

/* A quarantined batch is released by an officer of the bureau who did not send it, or discarded by one of either side. In the caller's
 * transaction; gives the resource's code (caller frees), to be settled after the commit. */
char *fn_intake_decide(const FnIntake *in, const char *batch, gboolean release, const char *reason, GError **error);

/* Batches that the actor may see (its organization's, the bureau all), newest first. Texts NULL: any. {"items":[…],"next"?} */
typedef struct {
	const char *organization, *resource, *state, *before;
	guint limit;
} FnIntakeQuery;
json_t *fn_intake_batches(const FnIntake *in, const FnIntakeQuery *query, GError **error);
json_t *fn_intake_show(const FnIntake *in, const char *batch, GError **error);
/* Where rows of the pool with this value came from: [{batch, organization, organization_name, account, received_at, digest, period, state,
 * rows: [numbers in the file]}], newest first, at most 100 batches. */
json_t *fn_intake_trace(const FnIntake *in, const char *resource, const char *field, const char *value, GError **error);

/* ---- the business database against the pool ---- */

typedef struct {
	guint64 count;
	guint8 sum[32]; /* of the rows' digests, modulo 2^256 */
} FnIntakeSum;
typedef struct {
	char *resource, *organization, *source, *table;
	GPtrArray *names, *columns; /* of the fields, in the pool and in the table; both end with NULL */
} FnIntakeBound;
/* Where the resource's rows come from; whether the actor may compare them. */
FnIntakeBound *fn_intake_bound(const FnIntake *in, const char *resource, GError **error);
void fn_intake_bound_free(FnIntakeBound *bound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIntakeBound, fn_intake_bound_free)
/* Reads all rows of both; an empty text counts as null, which a file of rows cannot tell apart. */
gboolean fn_intake_sum(FnSourceConnection *source, const char *table, const GPtrArray *columns, FnIntakeSum *sum_out, GError **error);
gboolean fn_intake_pool_sum(const FnIntake *in, const FnIntakeBound *bound, FnIntakeSum *sum_out, GError **error);
/* In the caller's transaction: {"id","agrees","source":{"count","digest"},"pool":{…}}. */
json_t *fn_intake_compared(const FnIntake *in, const FnIntakeBound *bound, const FnIntakeSum *source, const FnIntakeSum *pool, GError **error);
