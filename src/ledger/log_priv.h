/* Inside the log. */
#pragma once

#include "ledger/log.h"

#include "base/pool.h"
#include "ledger/kept.h"
#include "ledger/segment.h"
#include "ledger/tile.h"

#define FN_PENDING_MAX (64u << 20) /* bytes that may wait for a commit */

enum { FN_TREE_SHA256, FN_TREE_SM3, FN_TREES };

typedef struct {
	FnLogDone done;
	gpointer data;
	guint frame; /* bytes with the size before */
	guint8 salt[FN_SALT_SIZE];
} FnWaiter;

typedef struct {
	GByteArray *bytes; /* frames */
	GArray *waiters;   /* of FnWaiter, one per frame */
} FnBatch;

typedef struct {
	guint64 first; /* index of its first entry */
	guint64 end;   /* offset behind its last durable entry; kept true for the last segment only */
} FnLogSegment;

typedef struct {
	guint level;
	guint64 index;
	FnSuite suite;
} FnFullTile;

struct FnLog {
	FnLogOptions options; /* its texts are not ours: only numbers and the signer are used after opening */
	char *origin;
	int directory, lock;
	guint64 cut;
	FnTileCache *tiles; /* for proofs */
	pthread_t committer, publisher;
	gboolean publishing;

	/* the committer's */
	int segment;       /* descriptor of the last segment */
	guint64 allocated; /* its size */
	FnCommit commit;   /* its last */

	FnMutex mutex;
	FnCond work, tick;
	/* under the mutex: */
	void (*before)(gpointer);
	void (*after)(gpointer);
	gpointer around;
	FnBatch filling, idle;
	guint64 durable;
	gint64 last_time;
	gint64 second; /* that @time_text stands for */
	char time_text[FN_TIME_SIZE + 1];
	guint8 random[64 * FN_SALT_SIZE];
	guint salts; /* left in @random */
	GArray *segments; /* of FnLogSegment; never empty once open */
	FnKept kept;      /* entries before the first of them */
	GArray *bundles;  /* of guint32 offsets */
	GError *stopped;  /* why nothing is taken any more */
	gboolean low, ending, closing, spare;
	FnHead head; /* size 0: none yet */
	char *head_error; /* why heads wait */

	FnMutex prune;   /* held while pruning; taken before @publish */
	FnMutex publish; /* taken before @mutex */
	/* under the publish mutex: */
	FnTree *tree[FN_TREES];
	FnFiles *files;
	GError *tile_error; /* of a callback that cannot fail */
	GArray *full;       /* of FnFullTile: their partials may go */
	guint64 fresh;      /* entries since the last head that are no heads */
	guint64 stated;     /* size in the file `state` */
	guint64 indexed;    /* bundles in the file `bundles` */
	char *key[FN_TREES]; /* public keys, once known */
};

static inline FnSuite
fn_log_suite(guint tree)
{
	return tree == FN_TREE_SM3 ? FN_SUITE_GM : FN_SUITE_INTL;
}

/* Ends all taking of entries; the first reason stays. */
void fn_log_stop(FnLog *log, const GError *why);
void fn_log_look_at_disk(FnLog *log);

/* A new zeroed segment file under tmp/@name, synced. -1 on failure. */
int fn_log_make_segment(FnLog *log, const char *name, GError **error);
/* Begins the segment of entry @first: the spare one or a new one, put in its place durably. */
gboolean fn_log_roll(FnLog *log, guint64 first, GError **error);
/* Writes @size bytes behind the last commit, with the record that closes it, and syncs. @entries: size of the log after it. */
gboolean fn_log_commit_bytes(FnLog *log, const void *data, gsize size, guint64 entries, GError **error);

/* Removes what the last pruning left over: segments before the first one, kept files before the last one. */
void fn_log_drop_pruned(FnLog *log);

/* Bytes of the bundle that entry @index lies in, as far as written; *@first_out is the index of its first entry. */
GBytes *fn_log_bundle(FnLog *log, guint64 index, guint64 *first_out, GError **error);
/* Feeds the trees with the entries up to @size, which are durable. With the publish mutex. */
gboolean fn_log_absorb(FnLog *log, guint64 size, GError **error);
/* A tile that filled: goes to the files. @data is the log; one function per tree. */
extern const FnTileReady fn_log_tile_ready[FN_TREES];
/* The threads. */
void *fn_log_committer(void *log);
void *fn_log_publisher(void *log);
