/* Shared by the files of the data gate. */
#pragma once

#include "base/pool.h"
#include "crypto/subject.h"
#include "ledger/ledger.h"
#include "share/body.h"
#include "share/caller.h"
#include "share/entry.h"
#include "share/fault.h"
#include "share/nonces.h"
#include "share/quotas.h"
#include "share/rescan.h"
#include "share/snapshot.h"
#include "share/strangers.h"

#define FN_SHARE_PREFIX "/share/v1/"
#define FN_SHARE_ROWS   100 /* most that a query answers */
#define FN_DIGEST_TEXT  (16 + 2 * FN_DIGEST_SIZE)

/* ---- one call, from the request until its answer ---- */

/* What a caller says about itself, decoded. */
typedef struct {
	const char *grant, *case_number, *operator_account, *purpose;
} FnStated;

typedef struct FnCall {
	FnShare *share;
	FnHttpRequest *request;
	FnShareMode mode; /* 0: a receipt is asked for */
	guint hops;       /* from pool to pool */
	FnFault fault;    /* found while reading the request; told once the caller is known */
	char *fault_detail;
	const char *fault_field;

	char *address;    /* the caller's, as the door saw it, in the form in which it is entered; NULL: unknown */
	char *resource, *body_text; /* body_text is changed by parsing */
	FnShareBody body;
	FnStated raw;               /* headers as received, for the signature */
	char *stated_text;          /* memory of stated */
	FnStated stated;
	guint64 receipt_index;      /* of a receipt asked for */
	guint8 receipt_salt[8];

	/* found by the worker */
	FnSnapshot *snapshot;
	FnCaller *caller;
	FnPolicyCertificate certificate;
	const FnSnapSystem *system;
	const FnSnapResource *of;
	FnSnapGrant *grant;
	gint64 arrived;             /* us, monotonic: a look at the registry after it is new enough */
	gint64 now;                 /* by the share's clock */
	char date[11];              /* of now, in China */
	char nonce[65];             /* of a signature that verified, else empty */
	gint64 reserved;            /* of the grant's quota */
	const char *const *fields;  /* asked for, or all granted */
	FnRescanFound above;        /* what its rows hold above the grant; count 0: nothing yet */

	/* the answer under way */
	GString *answer;
	guint status;               /* of a refusal */
	const char *code, *words, *field;
} FnCall;

/* ---- the gate ---- */

/* Whoever works for a source: its own connections, statements and memory. */
typedef struct {
	FnShare *share;
	struct FnBulkhead *bulkhead; /* NULL: of the desk */
	FnDb *db;
	FnSourceConnection *source;
	char *spec;                  /* with which the source was opened */
	FnSnapshot *snapshot;        /* to which the selects belong */
	GHashTable *selects;         /* plan text → FnSourceSelect */
	FnMaskArena *arena;
	FnRescanRoom *room;
	GString *scratch, *entry;
	FnMutex mutex;               /* guards running */
	FnHttpRequest *running;      /* request for whom the source works now */
	gboolean cancelled;
} FnWorker;

typedef struct FnBulkhead {
	FnShare *share;
	char *source; /* id; NULL: the desk */
	FnPool *pool;
	guint streams; /* open now, guarded by the share's pools_mutex */
} FnBulkhead;

struct FnShare {
	const FnSettings *settings;
	char *registry, *source_root;
	FnIpcClient *keeper, *ledger;
	FnScannerRef *scanner;
	FnShareClock clock;
	gpointer clock_data;
	FnSuite suite;
	FnHours hours;
	guint timeout_ms;

	FnCallers *callers;
	FnNonces *nonces;
	FnQuotas *quotas;
	FnStrangers *strangers;

	FnMutex snapshot_mutex; /* guards snapshot, never held for long */
	FnSnapshot *snapshot;
	gint64 looked;          /* us, monotonic: when the registry was last found to be at the snapshot's generation */
	FnMutex load_mutex;     /* one load at a time; guards grant_key, verified */
	FnPublicKey *grant_key;
	FnVerified *verified;

	FnSubjects *subjects;

	FnMutex pools_mutex;
	GHashTable *bulkheads; /* source id → FnBulkhead */
	FnBulkhead *desk;
	FnPool *streams;
	GPtrArray *workers;    /* alive now */
	gint ending;           /* atomic */

	FnMutex flight_mutex;
	FnCond landed;
	guint in_flight; /* calls and streams that are not over */

	gint ready; /* atomic */
	pthread_t warden;
	FnMutex warden_mutex;
	FnCond warden_wake;
	gboolean warden_ends;
};

gint64 fn_share_clock(FnShare *share);
/* The civil date of @us in China, YYYY-MM-DD; cheap enough for every call. */
void fn_share_date(gint64 us, char out[11]);

/* call.c */
void fn_call_free(FnCall *call);
/* Ends the call with a refusal: entered, then answered. @detail (English, may be NULL) says more than the table. */
void fn_call_fail(FnCall *call, FnFault fault, const char *detail, const char *field);
/* Without an entry: nobody was refused anything that they may have. */
void fn_call_fail_unentered(FnCall *call, FnFault fault);
/* The same for what a room below reported; says no more than the kind. */
void fn_call_fail_error(FnCall *call, const GError *error);
/* Who calls, for which resource, under which grant: looked up in the registry of this moment. FALSE: answered, the call is gone. */
gboolean fn_call_find(FnCall *call, FnWorker *worker);
/* TRUE when another pool has it now, or it was refused as busy. */
gboolean fn_call_forward(FnCall *call, FnWorker *worker);
/* May they? Reserves of the quota. FALSE: refused, and the call is gone. */
gboolean fn_call_judge(FnCall *call);
/* Only whether the caller is a known system in good order. FALSE: refused, and the call is gone. */
gboolean fn_call_judge_caller(FnCall *call);
/* Looks once more: a grant that ended or was suspended meanwhile, or a certificate that was revoked, gives nothing any more. */
gboolean fn_call_still_granted(FnCall *call, FnWorker *worker);
/* The grant's own key, of which cursors and what is kept in the registry are sealed. */
gboolean fn_call_key(FnCall *call, guint8 key[FN_DIGEST_SIZE], GError **error);
/* An entry with everything that is known of the call. */
FnShareEntry fn_call_entry(const FnCall *call, const char *event);
/* Adds what the call's rows hold above its grant: counts and names, never a value. */
void fn_call_enter_above(const FnCall *call, FnShareEntry *entry);
/* Keyed digests of the body's keys, in their order; NULL with an error when no key can be leased. g_strfreev(). */
char **fn_call_subjects(const FnCall *call, GError **error);

/* Enters one line for @count refusals of a stranger; @share is the FnShare. */
void fn_share_enter_strangers(const char *address, const char *code, guint count, gpointer share);

/* worker.c */
gpointer fn_worker_open(gpointer bulkhead);
void fn_worker_close(gpointer worker);
FnWorker *fn_worker_new(FnBulkhead *bulkhead);
/* The worker's connection to the registry: a worker that found the snapshot fresh may not have had one. */
FnDb *fn_worker_db(FnWorker *worker, GError **error);
/* What the registry says at @since (us, monotonic) or later: its generation is compared, unless somebody did so after @since. */
FnSnapshot *fn_worker_snapshot(FnWorker *worker, gint64 since, GError **error);
/* The prepared select for the call's fields and keys; reused while the snapshot lasts. */
FnSourceSelect *fn_worker_select(FnWorker *worker, FnCall *call, GError **error);
/* A select of the call's fields in all rows that the grant gives, in any order. The caller frees it, before the worker is reset. */
FnSourceSelect *fn_worker_select_all(FnWorker *worker, FnCall *call, GError **error);
/* A select of a part of a batch, from wherever it is run to the cursor's value @until (NULL: to the end): the call's fields, then
 * @more (granted fields, NULL-ended), then the cursor. The caller frees it, before the worker is reset. */
FnSourceSelect *fn_worker_select_part(FnWorker *worker, FnCall *call, const char *const *more, const char *until, GError **error);
/* The source is asked for @request from here to there; lets the warden cancel it when the caller has gone. */
void fn_worker_begin(FnWorker *worker, FnHttpRequest *request);
void fn_worker_end(FnWorker *worker);
/* After a failure: closes the source's connection, so that the next query opens it anew. */
void fn_worker_reset(FnWorker *worker);
/* The masks of the call's grant; unref them. */
FnMasks *fn_worker_masks(const FnCall *call, GError **error);
/* Masks one batch of rows in place, columns in the order of the call's fields, and looks at what would leave. FALSE with
 * FN_SHARE_ERROR_OUTPUT: nothing of it may; @call->above says why. */
gboolean fn_worker_mask(FnWorker *worker, FnCall *call, const FnMasks *masks, FnRowBatch *batch, GError **error);

/* query.c, batch.c, receipt.c, aggregate.c */
void fn_query_run(gpointer call, gpointer worker);
void fn_batch_run(gpointer call, gpointer worker);
void fn_receipt_run(gpointer call, gpointer worker);
void fn_aggregate_run(gpointer call, gpointer worker);

/* warden.c: what happens beside the calls - start, strangers' lines, callers who left. */
void *fn_warden_run(void *share);

/* decide.c: the judge's question, put together alike for calls and for explain. */
typedef struct {
	const FnPolicyCertificate *certificate;
	const FnSnapSystem *system;
	const FnSnapResource *resource;
	const FnSnapGrant *grant;
	FnStated stated;
	const char *mode;
	const char *const *fields; /* NULL: all granted */
	gint64 now, used_today, wanted;
} FnAsked;
FnQuestion fn_question(const FnAsked *asked);

/* The bulkhead of the source of @grant, made at first use; NULL once the share ends. */
FnBulkhead *fn_share_bulkhead(FnShare *share, const FnSnapGrant *grant);
/* The same and fn_pool_push() in one, for who may run while the share ends: the pool of another bulkhead may be gone by then. */
gboolean fn_share_push(FnShare *share, const FnSnapGrant *grant, FnJob job, gpointer data);
/* What reads a source for long, batches and tables, takes at most half of its places. FALSE: none is free, or the grant has no source. */
gboolean fn_share_enter_source(FnCall *call);
void fn_share_leave_source(FnShare *share, const char *source);
FnSnapshot *fn_share_snapshot(FnShare *share);
gboolean fn_share_hours(const FnSettings *settings, FnHours *hours_out, GError **error);
/* "sm3:…" or "sha-256:…". */
void fn_share_digest_text(FnSuite suite, const void *data, gsize size, char out[FN_DIGEST_TEXT]);
void fn_share_digest_write(FnSuite suite, const guint8 *digest, char out[FN_DIGEST_TEXT]);
/* Counts what is under way, so that the end can wait for it. */
void fn_share_take_off(FnShare *share);
void fn_share_land(FnShare *share);
/* Appends and waits. FALSE: not durable. */
gboolean fn_share_enter(FnShare *share, FnClass class, const FnShareEntry *entry, char id_out[FN_RECEIPT_ID_SIZE], GError **error);
