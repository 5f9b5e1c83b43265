/* The index of the ledger: who did what, where, for which case, and when, found in a log of any length.
 *
 * The log is the truth and the index only says where to look: what a search finds is read from the log and compared with the
 * question before it is told, so that a false row adds nothing to an answer. The index is made of the log alone and can be thrown
 * away at any time. It has a database of its own (setting audit_index), which fengni-clock fills and the gate asks.
 *
 * What of an entry can be asked for stands in one table (terms.c). A term is a column and a text as a number of 63 bits; for every
 * 4,096 entries (a block) in which a term occurs there is one row with the places of them (places.c), and the rows of a run of
 * 32 blocks lie together: so appending touches few pages, ten million entries take some hundred megabytes, and conditions
 * together cost no more than the rarest of them. Errors: FN_AUDIT_ERROR, FN_DB_ERROR and those of the log. */
#pragma once

#include "base/settings.h"
#include "ledger/entry.h"
#include "store/store.h"

#include <jansson.h>

typedef enum { /* part of what is written: new ones come last */
	FN_AUDIT_ALL = 0, /* every entry has it */
	FN_AUDIT_ACTOR,
	FN_AUDIT_ORGANIZATION,
	FN_AUDIT_PROVIDER,
	FN_AUDIT_SYSTEM,
	FN_AUDIT_RESOURCE,
	FN_AUDIT_GRANT,
	FN_AUDIT_CASE,
	FN_AUDIT_ACTION,
	FN_AUDIT_RESULT,
	FN_AUDIT_SUBJECT, /* a person, as keyed digest (crypto/subject.h) */
	FN_AUDIT_ABOUT,   /* what a deed at the console was about */
	FN_AUDIT_ADDRESS,
	FN_AUDIT_COLUMNS,
} FnAuditColumn;

typedef enum {
	FN_AUDIT_ERROR_INPUT, /* the question is none */
	FN_AUDIT_ERROR_BUSY,  /* the index was begun anew meanwhile: ask again */
} FnAuditError;
#define FN_AUDIT_ERROR (fn_audit_error_quark())
GQuark fn_audit_error_quark(void);

/* "actor", "case", …; NULL for FN_AUDIT_ALL. */
const char *fn_audit_column_name(FnAuditColumn column);

/* ---- what of an entry can be asked for ---- */

/* @text is not terminated; the same term may come twice. */
typedef void (*FnAuditTerm)(FnAuditColumn column, const char *text, gsize size, gpointer data);
void fn_audit_terms(const FnEntry *entry, FnAuditTerm each, gpointer data);
/* The number that stands for a term in the index, from 0 on; of a longer text the first FN_AUDIT_TEXT bytes count. */
gint64 fn_audit_term_number(FnAuditColumn column, const char *text, gsize size);

/* ---- the log, as the index sees it ---- */

typedef struct {
	gpointer data;
	/* Entries from @first on as GBytes, in order and without gaps, at most @most; none at the end. */
	GPtrArray *(*read)(gpointer data, guint64 first, guint32 most, GError **error);
	/* How many entries there are that stay, and how many of the first of them pruning has been over. */
	gboolean (*size)(gpointer data, guint64 *size_out, guint64 *minimum_out, GError **error);
	/* The first entry from @from on that was not pruned; the log's size when there is none. */
	gboolean (*there)(gpointer data, guint64 from, guint64 *there_out, GError **error);
} FnAuditLog;
/* Over the ledger's socket; @ledger is borrowed. */
FnAuditLog fn_audit_log(FnIpcClient *ledger);
/* As many as @most from @first on that follow each other, in as many readings as it takes: large transactions write less. */
GPtrArray *fn_audit_log_read(const FnAuditLog *log, guint64 first, guint32 most, GError **error);
/* Whether the log still has at place @next - 1 the entry whose digest is @anchor, or that was pruned meanwhile. */
gboolean fn_audit_log_is(const FnAuditLog *log, guint64 next, const char *anchor, gboolean *same_out, GError **error);
/* SHA-256 of an entry, in hex: the anchor of who followed the log up to there. */
void fn_audit_digest(GBytes *entry, char digest_out[65]);

/* ---- the index ---- */

/* The address of the index's database: the setting audit_index, or audit/index.db of the instance. Caller frees. */
char *fn_audit_url(const FnSettings *settings);
/* Opens, makes the tables where they are missing. For who fills it; who asks uses fn_db_open_existing(). */
FnDb *fn_audit_open(const char *url, GError **error);
/* Throws everything away: the next steps make it anew. */
gboolean fn_audit_reset(FnDb *db, GError **error);
/* How many entries of the log are indexed. */
gboolean fn_audit_indexed(FnDb *db, guint64 *indexed_out, GError **error);

/* Indexes what comes next, one transaction for at most @most entries; *@done_out (may be NULL) is how many, 0 at the end. Where the
 * log is another than the one that was indexed, or shorter, the index is begun anew. When pruning has gone on, drops what is gone. */
gboolean fn_audit_step(FnDb *db, const FnAuditLog *log, guint32 most, guint *done_out, GError **error);

/* Whether an entry since @since has this term, to within the 64 entries between two moments that are kept (then it counts as one). Asks
 * the index alone: for what need not be proved, such as a grant that nobody uses. */
gboolean fn_audit_used_since(FnDb *db, FnAuditColumn column, const char *text, gint64 since, gboolean *used_out, GError **error);

/* A thread that keeps the index up with the log. @warn (may be NULL) is told, on that thread, when that begins to fail. */
typedef struct FnAuditFollower FnAuditFollower;
typedef void (*FnAuditWarn)(const char *message, gpointer data);
FnAuditFollower *fn_audit_follower_new(const char *url, const FnAuditLog *log, FnAuditWarn warn, gpointer data);
/* The same for others that follow the log: @step gives how many entries it took, and at 0 has nothing more to do for now. */
typedef struct {
	FnDb *(*open)(const char *url, GError **error);
	gboolean (*step)(FnDb *db, const FnAuditLog *log, guint32 most, guint *done_out, gpointer data, GError **error);
	gpointer data;
} FnAuditFollowing;
FnAuditFollower *fn_audit_follower_of(const char *url, const FnAuditLog *log, const FnAuditFollowing *what, FnAuditWarn warn, gpointer data);
/* Ends the thread after what is under way. NULL is fine. */
void fn_audit_follower_free(FnAuditFollower *follower);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnAuditFollower, fn_audit_follower_free)

/* ---- questions ---- */

#define FN_AUDIT_LIMIT 500u /* entries in one answer */
#define FN_AUDIT_TEXT  512u /* bytes of a condition */

typedef struct {
	const char *value[FN_AUDIT_COLUMNS]; /* NULL: any. All must hold */
	gint64 from, until;                  /* us since 1970, until exclusive; G_MININT64 and G_MAXINT64: any time */
	guint64 before;                      /* entries below this one: "next" of the page before; G_MAXUINT64 for the first page */
	guint limit;                         /* 1 to FN_AUDIT_LIMIT */
} FnAuditQuestion;
#define FN_AUDIT_ANYTHING { .from = G_MININT64, .until = G_MAXINT64, .before = G_MAXUINT64, .limit = 100 }

/* Newest first: {"items":[{"index","entry"}],"next","indexed","lag"}. "next" is null after the last page; a page may be shorter than
 * the limit and yet have a next one. "lag" is how many entries of the log are not indexed yet and so cannot be in the answer. */
json_t *fn_audit_search(FnDb *db, const FnAuditLog *log, const FnAuditQuestion *question, GError **error);
/* {"indexed","lag"} */
json_t *fn_audit_state(FnDb *db, const FnAuditLog *log, GError **error);
