/* The log itself, without sockets: one writer, one directory, one tree for ever.
 *
 *   DIR/lock        held while the log is open: a second writer refuses
 *   DIR/origin      the log's name, one line; never changes
 *   DIR/keys        the public keys of the heads, one a line; never change
 *   DIR/segments/   the entries (segment.h)
 *   DIR/tile/ DIR/sm3/tile/   both trees (tile.h)
 *   DIR/bundles     u32 big endian per bundle: where it starts in its segment
 *   DIR/state       {"sha256":root,"size":S,"sm3":root}: the tree that tiles and bundles cover
 *   DIR/heads       every signed head, one line each (head.h)
 *   DIR/checkpoint  the note of the last one (C2SP)
 *   DIR/kept/       entries before the first segment, once the log was pruned (kept.h)
 *   DIR/tmp/        files on their way to their places, and the next segment
 *
 * An append is taken in order, written with all that wait, synced once and only then acknowledged. Trees, tiles and heads
 * follow once per interval on another thread, which reads the entries back from their file. Times never go back: an entry's
 * time is the machine's or that of the entry before, whichever is later.
 * While the machine's clock stands behind the last entry, by an hour or however much, all get its time.
 * A short write is gone on with. On a failed write or sync, a full disk among them, the log stops: what waited and all that comes is refused (FN_LEDGER_ERROR_STOPPED), reading goes
 * on, and opening again finds what is there. Below the reserve of free disk only administration is taken: roles admin,
 * keeper, clock and the ledger's own, and events that begin with "admin.".
 *
 * All functions are thread-safe but open and close. */
#pragma once

#include "ledger/head.h"
#include "ledger/ledger.h"

typedef struct FnLog FnLog;

/* Who signs heads; both functions may block and fail, then heads wait. */
typedef struct {
	gpointer data;
	/* As fn_keeper_sign() and fn_keeper_public(), of the purposes ledger_head_gm, ledger_head_intl and (public only) grant; caller
	 * frees. */
	guint8 *(*sign)(gpointer data, const char *purpose, const char *message, gsize *size_out, GError **error);
	char *(*public_key)(gpointer data, const char *purpose, GError **error);
} FnHeadSigner;

typedef struct {
	const char *directory; /* made when it is missing */
	const char *origin;    /* for a new log, or what it must be; NULL or "": made up once */
	guint64 segment_bytes; /* rounded up to whole pages */
	guint64 reserve;       /* bytes */
	guint head_interval_ms; /* 0: nothing happens but by fn_log_publish() */
	FnHeadSigner signer;    /* sign NULL: heads are never signed */
	gint64 (*clock)(gpointer data); /* for tests: microseconds since 1970; NULL: the machine's */
	gpointer clock_data;
} FnLogOptions;

/* Opens, recovers and starts. After a crash the commit that was under way is kept as far as it arrived whole and cut behind
 * that: it was never acknowledged. Anything else that does not fit is FN_LEDGER_ERROR_TAMPERED with file and offset;
 * FN_LEDGER_ERROR_OPEN: in use, unreadable, another origin. */
FnLog *fn_log_open(const FnLogOptions *options, GError **error);
/* Commits what waits, publishes once more (when there is an interval), ends the threads. NULL is fine. */
void fn_log_close(FnLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnLog, fn_log_close)
/* Bytes of an unacknowledged commit that opening cut off. */
guint64 fn_log_cut(const FnLog *log);

/* Runs exactly once: on the committer's thread once the entry is durable, or with @error, then perhaps before fn_log_append()
 * returns. Be short. @salt has 16 bytes. */
typedef void (*FnLogDone)(guint64 index, const guint8 *salt, const GError *error, gpointer data);
/* Takes an entry; @body is copied. Nothing is written before fn_log_kick(), which a caller of many calls once. */
void fn_log_append(FnLog *log, FnRole from, FnClass class, const char *body, gsize size, FnLogDone done, gpointer data);
void fn_log_kick(FnLog *log);
/* Both, waiting. @index_out and @salt_out may be NULL. */
gboolean fn_log_append_wait(FnLog *log, FnRole from, FnClass class, const char *body, gsize size, guint64 *index_out,
	guint8 *salt_out, GError **error);
/* @before and @after run on the committer's thread around the FnLogDone of one commit. */
void fn_log_around(FnLog *log, void (*before)(gpointer), void (*after)(gpointer), gpointer data);

/* Brings tiles and heads up to what is durable now. Failing to sign is an error here, but the log goes on. */
gboolean fn_log_publish(FnLog *log, GError **error);

/* Frames (u16 big endian size || bytes) of entries from @first on, at most @most and @bytes in all; none at the end. PRUNED when
 * @first went by pruning; a later one that did ends the frames before it (fn_log_next() tells where to go on). */
gboolean fn_log_read(FnLog *log, guint64 first, guint most, gsize bytes, GByteArray *out, GError **error);
/* JSON texts of ledger.h's operations; caller frees. NULL with NOT_YET before the first head. */
char *fn_log_head(FnLog *log, GError **error);
char *fn_log_receipt(FnLog *log, guint64 index, GError **error);
char *fn_log_status(FnLog *log);
/* {"first":M,"proof":{"sha256":[…],"sm3":[…]},"size":S}: that the tree of @first leaves is the start of that of @size; 0 for
 * @size means the last head. */
char *fn_log_consistency(FnLog *log, guint64 first, guint64 size, GError **error);
/* {"index":I,"proof":{…},"size":S}: that entry I is in the tree of S leaves; sizes as above. */
char *fn_log_inclusion(FnLog *log, guint64 index, guint64 size, GError **error);

/* ---- pruning: prune.h says what it is ---- */
/* Prunes as @authorised, {"authorisation":{…},"signature":base64}, says. Returns the minimum in force after; the same again is
 * no fault. FORBIDDEN: the authorisation is not one for this log and moment; RANGE: nothing can go before this month;
 * BUSY: another pruning is under way; NOT_YET: no head could be signed, nothing went. Takes as long as it takes to read the
 * entries twice; appending and reading go on. Works below the disk reserve. */
gboolean fn_log_prune(FnLog *log, const char *authorised, gsize size, guint64 *minimum_out, GError **error);
/* Of the last pruning, 0 before the first: what is below it and not kept answers PRUNED. */
guint64 fn_log_minimum(FnLog *log);
/* The first entry at or behind @index that is still there; the size of the log when none is. */
gboolean fn_log_next(FnLog *log, guint64 index, guint64 *next_out, GError **error);
