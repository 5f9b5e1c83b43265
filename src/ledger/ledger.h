/* The audit ledger, seen by those who write and read it through fengni-ledger's socket.
 *
 * An entry is canonical JSON, at most 65,535 bytes:
 *   {"body":B,"class":"6m|1y|3y|permanent","from":"gate","salt":"32 hex","time":"RFC 3339"}
 * The writer gives B (a canonical JSON object with at least "event") and the class; the ledger stamps from, salt and time.
 * One tree for ever, twice: SM3 with an SM2-signed head, SHA-256 in the C2SP forms with Ed25519. */
#pragma once

#include "base/json.h"
#include "ipc/ipc.h"

typedef enum { FN_CLASS_6M = 1, FN_CLASS_1Y, FN_CLASS_3Y, FN_CLASS_PERMANENT } FnClass;

enum { /* operations on the ledger's socket */
	FN_LEDGER_OP_APPEND = FN_IPC_FIRST_OP, /* u8 class || B  →  u64 index || 16 bytes salt, little endian; after it is durable */
	FN_LEDGER_OP_READ,    /* u64 first || u32 most → entries: (u16 big endian size || bytes)…, from first on, within a frame */
	FN_LEDGER_OP_HEAD,    /* → JSON {"origin","size","time","sm3","sha256","sm3_signature","note"} of the last signed head */
	FN_LEDGER_OP_PROVE,   /* u64 index → receipt JSON; refused with code "not_yet" until a head covers it */
	FN_LEDGER_OP_STATUS,  /* → JSON {"durable","free","minimum","signed","size","state": open|reserve|stopped; "heads": why they wait; "why";
	                       * "before": the month that the last pruning reached} */
	FN_LEDGER_OP_CONSISTENCY, /* u64 first || u64 size (0: of the last head) → JSON {"first","proof":{"sha256","sm3"},"size"} */
	FN_LEDGER_OP_FILE,    /* path of published.h → the bytes: what everybody may see, never an entry */
	FN_LEDGER_OP_INCLUSION, /* u64 index || u64 size (0: of the last head) → JSON {"index","proof":{"sha256","sm3"},"size"} */
	FN_LEDGER_OP_NEXT,    /* u64 index → u64, little endian: the first entry from there on that is left; the size of the log when none is */
	FN_LEDGER_OP_PRUNE,   /* {"authorisation","signature"} as the keeper gave them (prune.h) → u64, little endian: the minimum */
	FN_LEDGER_OP_COSIGN,  /* a text of cosign.h → {}; it is verified and kept */
	FN_LEDGER_OP_COSIGNED, /* → JSON {"checkpoint": the last note with cosignatures, or null,"timestamp":{"size","time"}?,
	                        * "witnesses":[{"name","size","sm2": for both trees?,"time"?}]}; size 0: nothing yet */
};
/* Refusals have the codes entry, stopped, reserve, busy, range, not_yet, tampered, io, pruned, not_authorised, forbidden, request
 * (fn_ipc_error_is()). Gate, clock, keeper and admin may append; gate and admin may read; clock and admin may bring an
 * authorisation to prune, and cosignatures. */

/* Asynchronous append; @done runs on the client's thread once the entry is durable or the append failed (then nothing may be
 * released to anybody). @salt is 16 bytes. */
typedef void (*FnAppended)(guint64 index, const guint8 *salt, const GError *error, gpointer data);
void fn_ledger_append(FnIpcClient *ledger, FnClass class, const char *body, gsize size, FnAppended done, gpointer data);
/* The same, waiting. */
gboolean fn_ledger_append_wait(FnIpcClient *ledger, FnClass class, const char *body, gsize size, guint64 *index_out, GError **error);
/* Entries from @first on, at most @most, as GBytes; fewer when the frame is full, none at the end. */
GPtrArray *fn_ledger_read(FnIpcClient *ledger, guint64 first, guint32 most, GError **error);
/* The same from the first entry on that is left at or behind *@first, which becomes its index. */
GPtrArray *fn_ledger_read_left(FnIpcClient *ledger, guint64 *first, guint32 most, GError **error);
/* The first entry at or behind @index that was not pruned; the size of the log when none is. */
gboolean fn_ledger_next(FnIpcClient *ledger, guint64 index, guint64 *next_out, GError **error);
/* Has the ledger prune, at most @timeout_ms; it goes on when that is over, and the same may be asked again. */
gboolean fn_ledger_prune(FnIpcClient *ledger, const char *authorised, guint timeout_ms, guint64 *minimum_out, GError **error);
/* What is published under @path (published.h). */
GBytes *fn_ledger_file(FnIpcClient *ledger, const char *path, GError **error);
/* The receipt of @index as JSON text: {"entry","index","proof":{"sha256":[…],"sm3":[…]},"head":{…}}. */
char *fn_ledger_receipt(FnIpcClient *ledger, guint64 index, GError **error);

/* ---- offline: nothing but files and public keys ---- */
typedef enum {
	FN_LEDGER_ERROR_OPEN,    /* not a ledger, in use, unreadable */
	FN_LEDGER_ERROR_TAMPERED, /* the message names file, offset or index */
	FN_LEDGER_ERROR_RECEIPT, /* the receipt does not verify; the message says which part */
	FN_LEDGER_ERROR_STOPPED, /* an fsync failed or the disk is full: nothing is taken any more */
	FN_LEDGER_ERROR_ENTRY,   /* not canonical JSON, too large, unknown class */
	FN_LEDGER_ERROR_RESERVE, /* little disk is left: only administration is taken */
	FN_LEDGER_ERROR_BUSY,    /* too much waits to be written: try again */
	FN_LEDGER_ERROR_RANGE,   /* no such entry */
	FN_LEDGER_ERROR_NOT_YET, /* no signed head covers the entry yet: ask again after head_interval_ms */
	FN_LEDGER_ERROR_PRUNED,  /* its time was over, and it went by pruning: tiles and heads prove that it was there */
	FN_LEDGER_ERROR_FORBIDDEN, /* the authorisation is not one for this */
} FnLedgerError;
#define FN_LEDGER_ERROR (fn_ledger_error_quark())
GQuark fn_ledger_error_quark(void);

typedef struct {
	guint64 entries; /* of the tree, those that were pruned among them */
	guint64 pruned;  /* of which only the hashes are left */
	guint64 minimum; /* what was pruned lies below it */
	guint64 signed_size;
	char root_sha256[65], root_sm3[65];
} FnLedgerReport;
/* Checks the bytes of every entry that is left, all tiles, both trees, every signed head kept, padding, in @directory (the ledger may run).
 * @keys: texts of the public keys (gm and intl). @progress may be NULL. */
gboolean fn_ledger_verify(const char *directory, const char *gm_key, const char *intl_key, void (*progress)(guint64 done, guint64 all, gpointer data),
	gpointer data, FnLedgerReport *report_out, GError **error);
/* The receipt of entry @index in @directory, under the last head; nothing is verified. FN_LEDGER_ERROR_RANGE: no head covers it. Caller
 * frees. */
char *fn_ledger_prove(const char *directory, guint64 index, GError **error);
gboolean fn_receipt_verify(const char *receipt, gsize size, const char *gm_key, const char *intl_key, GError **error);
/* The same receipt as a C2SP tlog-proof@v1 text (tlog_proof.h), with the receipt itself as its extra data. @checkpoint (may be NULL)
 * may hold cosignatures and is put in when it is of the receipt's head. Verifies nothing; FN_LEDGER_ERROR_RECEIPT. Caller frees. */
char *fn_receipt_tlog_proof(const char *receipt, gsize size, const char *checkpoint, GError **error);
