/* The data gate: a system of one organization asks, the rows of another leave, masked, counted and entered in the ledger.
 *
 *   POST /share/v1/{resource}/query  {"keys":{"field":"value"},"fields":["…"]?}       → {"rows":[{…}],"receipt":"…"}
 *   POST /share/v1/{resource}/batch  {"after":"cursor"?,"limit":n?,"format":"ndjson"|"csv"?,"fields":["…"]?} → a stream
 *   POST /share/v1/{resource}/aggregate  {"by":["field"(,"field")],"measure":"count"?,"format":"json"|"csv"?} → {"table":{…},"next":"…","receipt":"…"}
 *   GET  /share/v1/receipts/{id}                                                     → the receipt, offline verifiable
 *
 * Callers send Fengni-Grant, Fengni-Purpose, Fengni-Operator and, where the grant demands it, Fengni-Case; values beyond ASCII
 * percent-encoded UTF-8. From level 3 on requests are signed (sign.h). The door sets X-Fengni-Verify, X-Fengni-Certificate
 * and X-Fengni-Address and overwrites what a caller puts there. Every answer with data, and every refusal of a known
 * caller, carries Fengni-Receipt: "<index>-<first 16 hex of the entry's salt>".
 *
 * A query answers at most 100 rows ("truncated":true when there are more). The digest in its entry is over the bytes of the
 * value of "rows".
 *
 * A batch is one line of JSON per row; the last line is {"@end":{"complete":…,"next":…,"receipt":"…","rows":n}}. As CSV
 * (RFC 4180, header line, LF) the last line is "# complete=… rows=… receipt=… next=…"; no other line begins with '#', since
 * values that do are quoted. "next" is the sealed cursor for the following batch. An answer without that last line is not
 * complete, whatever the transport says. The digest in its closing entry is over all bytes before that last line.
 *
 * Rows are looked at once more before they leave: what stands in an unmasked column above that column's level refuses a query
 * (output_above_grant), and ends a batch before the rows in question ("result":"stopped").
 *
 * Where the grant holds its rows to groups (part.h), a batch is a part: the first snapshot, then what came since, each told by the
 * "next" before it. It takes no limit, rows in groups that are too small are left out, and it ends "part" where more is known behind
 * it, "withheld" where too few have come yet. Queries by key are refused (rows_only_together).
 *
 * An aggregate is one of the tables that the grant pins (disclosure/counts.h, crosstab.h): rows counted by one or two fields, generalised
 * and masked; null is withheld. A table is counted once in the grant's interval, and until "next" everybody of the grant gets the same
 * bytes; it also stays where no count that is shown has changed by as much as the threshold. Noisy counts cost of the grant's budget when
 * they are counted, and are paid for before they leave. The digest in the entry is over the bytes of the value of "table", or for CSV, a line
 * for each cell, over those that JSON would have; there an empty field (not "") stands for all labels, an empty count is withheld, and the
 * last line is "# counted_at=… next=… receipt=…".
 *
 * Nothing leaves before its entry is durable: the answer to a query or an aggregate after its one entry; a stream opens with an entry and enters
 * rows, bytes and running digest before each further 4 MiB.
 *
 * Decree 809 arts. 21-24 (use by purpose and scope), PIPL art. 55-56 (records of three years). */
#pragma once

#include "base/settings.h"
#include "crypto/crypto.h"
#include "http/http.h"
#include "ipc/ipc.h"
#include "scan/scan.h"
#include "store/store.h"

#include <jansson.h>

typedef enum {
	FN_SHARE_ERROR_BODY,        /* the request's body; the message names the place */
	FN_SHARE_ERROR_HEADER,      /* a header of the request, the message names it */
	FN_SHARE_ERROR_SIGNATURE,   /* RFC 9421, RFC 9530: malformed, or does not verify */
	FN_SHARE_ERROR_CERTIFICATE, /* not a certificate, or a key that cannot sign requests */
	FN_SHARE_ERROR_REGISTRY,    /* a row that the share path cannot use; the message names it */
	FN_SHARE_ERROR_UNAVAILABLE, /* keeper, ledger, registry or source cannot be asked now */
	FN_SHARE_ERROR_OUTPUT,      /* rows hold more than the grant allows */
} FnShareError;
#define FN_SHARE_ERROR (fn_share_error_quark())
GQuark fn_share_error_quark(void);

typedef gint64 (*FnShareClock)(gpointer data); /* us since 1970 */

typedef struct {
	const FnSettings *settings;
	const char *registry;  /* database address */
	FnIpcClient *keeper, *ledger;
	FnScannerRef *scanner; /* looks at what leaves; needed. Another one in its place holds from the next answer on */
	FnShareClock clock;    /* the moment by which terms, hours and quotas are reckoned; NULL: the machine's clock */
	gpointer clock_data;
} FnShareOptions; /* everything is borrowed and outlives the share */

typedef struct FnShare FnShare;
/* Opens nothing by itself but threads: registry, sources, keeper and ledger are asked when they are needed, and again after
 * they were away. Streams that a former run left open in the ledger are closed as broken first; until that is done and the
 * day's quotas are counted, calls get 503 "starting". Fails only on settings that contradict themselves. */
FnShare *fn_share_new(const FnShareOptions *options, GError **error);
/* After the HTTP server ended: no request may be under way. Cuts streams, waits for entries under way. */
void fn_share_free(FnShare *share);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnShare, fn_share_free)

/* An FnHttpHandler; @share is the FnShare. Never blocks. */
void fn_share_handle(FnHttpRequest *request, gpointer share);

/* TRUE once the start has been finished; for health. Thread-safe. */
gboolean fn_share_ready(FnShare *share);

/* A call that somebody wonders about. NULL texts: not given. */
typedef struct {
	const char *resource, *mode; /* NULL: the grant's */
	const char *grant, *purpose, *case_number, *operator_account;
	const char *certificate;   /* fingerprint; NULL: the newest good one of the grant's system */
	const char *const *fields; /* NULL: all granted */
	const FnRules *rules;      /* titles and laws of masks; NULL: what becomes of the fields is not told */
	gint64 now;
} FnShareCase;
/* Why such a call, rightly signed, is allowed or not: every test in order, then what leaves of each field and why. @share may be
 * NULL, then nothing counts as used today. *@permit_out (may be NULL): whether it is allowed. *@masks_out (may be NULL), set when
 * it is told: [{field, level, operator, title, parameters {}, why, reason, law [],
 * generalised {by, level, top}?}]; json_decref() it. Blocks: not for HTTP threads.
 * Caller frees. */
char *fn_share_explain(FnDb *db, FnIpcClient *keeper, FnShare *share, const FnSettings *settings, const FnShareCase *about,
	const char *language, gboolean *permit_out, json_t **masks_out, GError **error);
