/* Paths of what the ledger publishes, as C2SP tlog-tiles has them below its prefix:
 *
 *   checkpoint                          the note of the last signed head, with lines of witnesses who vouched for it
 *   cosigned                            the last such note that witnesses vouched for; heads come faster than they look
 *   tile/<level>/<index>[.p/<width>]    hashes of the SHA-256 tree, sm3/tile/… of the national one
 *   tile/entries/<index>[.p/<width>]    a bundle of entries, also as sm3/tile/entries/…: the same bytes
 *   heads/<size>                        signed heads of both trees, of more than that many entries, oldest first
 *
 * <index> is written in groups of three digits, all but the last with an x before (1234067 is x001/x234/067); <level> is 0 to
 * 63, <width> 1 to 255, without leading zeros. There is one spelling for each. Bundles are entries and not for everybody:
 * fn_log_file() never gives one. */
#pragma once

#include "ledger/log.h"

typedef enum {
	FN_PUBLISHED_NONE = 0, /* no such path */
	FN_PUBLISHED_CHECKPOINT,
	FN_PUBLISHED_COSIGNED,
	FN_PUBLISHED_TILE,
	FN_PUBLISHED_BUNDLE,
	FN_PUBLISHED_HEADS,
} FnPublishedKind;

typedef struct {
	FnPublishedKind kind;
	FnSuite suite;
	guint level, width; /* width 256: the full one */
	guint64 index;      /* of a tile or bundle; of heads: the size they are above */
} FnPublished;

#define FN_PUBLISHED_PATH_MAX 64u
/* The last index whose entries can be counted. */
#define FN_PUBLISHED_INDEX_MAX (G_MAXUINT64 >> 8)

/* FALSE, and kind NONE, when these bytes are none of the paths above. */
gboolean fn_published_parse(const char *path, gsize size, FnPublished *published_out);
/* The one spelling. Caller frees. */
char *fn_published_path(const FnPublished *published);

/* The bytes behind a path: of the tree that the last signed head covers, whatever lies on disk beyond it. Heads come as lines
 * of head.h, as many whole ones as fit FN_HEADS_BYTES. FN_LEDGER_ERROR_RANGE: no such path, beyond the tree, or a bundle; NOT_YET:
 * no head yet. Thread-safe. */
#define FN_HEADS_BYTES (256u * 1024)
GBytes *fn_log_file(FnLog *log, const char *path, gsize size, GError **error);
