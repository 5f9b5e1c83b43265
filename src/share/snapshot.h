/* What the share path knows of the registry: read at one generation, immutable from then on, counted.
 *
 * A grant counts only by what the keeper signed (catalog.sql): its content is parsed from the signed text, its columns are not
 * looked at but for the state, which can only narrow it. */
#pragma once

#include "base/pool.h"
#include "crypto/keeper_client.h"
#include "disclosure/counts.h"
#include "disclosure/requirement.h"
#include "mask/mask.h"
#include "policy/policy.h"
#include "share/rescan.h"
#include "share/share.h"
#include "source/source.h"

typedef struct {
	FnPolicySystem policy;
	const char *const *operators; /* accounts it may name, NULL-ended */
} FnSnapSystem;

typedef struct {
	const FnSnapSystem *system; /* NULL: its system is unknown */
	gboolean revoked;
} FnSnapCertificate;

typedef struct {
	FnPolicyResource policy;
	const char *organization;
} FnSnapResource;

/* Masks of a grant's fields, compiled; counted, since leases run out while they are in use. */
typedef struct {
	gint references;
	FnLease *lease; /* NULL: no field needs a key */
	FnScanner *scanner; /* that the rescan was made with */
	FnRescan *rescan;
	guint n;
	FnMaskColumn *column[]; /* by granted field */
} FnMasks;
void fn_masks_unref(FnMasks *masks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnMasks, fn_masks_unref)

typedef struct {
	const char *name, *column;
} FnSnapKey;

typedef struct {
	const char *column, *mask;
	const char *heading; /* all its names together, for who looks at its values */
	const char *why;     /* plan.h; NULL in grants of before */
	guint level;
} FnSnapField;

typedef struct {
	FnPolicyGrant policy;
	const char *provider;
	guint fields;
	const FnSnapField *field; /* by field of the policy */
	guint keys;
	const FnSnapKey *key;
	const FnSourceFilter *scope; /* rows that it gives, ended by a NULL column */
	const char *source, *spec;   /* spec: JSON of an active source as stored, else NULL */
	const char *table, *cursor;  /* NULL: none */
	FnRequirement *held;         /* what its rows are held to; NULL: nothing */
	FnCounts *counts;            /* the tables that it gives in the place of rows; NULL: it gives rows */
	FnMutex *mutex;              /* guards masks, the only thing here that changes */
	FnMasks *masks;
} FnSnapGrant;

typedef struct FnSnapshot FnSnapshot;
FnSnapshot *fn_snapshot_ref(FnSnapshot *snapshot);
void fn_snapshot_unref(FnSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSnapshot, fn_snapshot_unref)
gint64 fn_snapshot_generation(const FnSnapshot *snapshot);

/* Grant signatures that were verified before, so that a reload verifies only what is new. One thread at a time. */
typedef struct FnVerified FnVerified;
FnVerified *fn_verified_new(const FnPublicKey *key);
void fn_verified_free(FnVerified *verified);

/* Reads everything at one generation. @hours: the hours of grants without own ones. */
typedef struct {
	guint from, until;
} FnHours;
FnSnapshot *fn_snapshot_load(FnDb *db, FnVerified *verified, FnHours hours, GError **error);

/* NULL when there is none. Borrowed. */
const FnSnapCertificate *fn_snapshot_certificate(const FnSnapshot *snapshot, const char *fingerprint);
const FnSnapResource *fn_snapshot_resource(const FnSnapshot *snapshot, const char *code);
FnSnapGrant *fn_snapshot_grant(const FnSnapshot *snapshot, const char *grant);
/* The column of a key, or of a granted field; NULL: no such. */
const char *fn_snap_key(const FnSnapGrant *grant, const char *name);
const char *fn_snap_column(const FnSnapGrant *grant, const char *name);

/* The grant's masks, compiled at first use, and again when the key's lease ran out or the rules were read again. Blocks (keeper). Unref them. */
FnMasks *fn_snap_masks(FnSnapGrant *grant, FnIpcClient *keeper, FnScannerRef *scanners, FnSuite suite, GError **error);
/* The key from which the grant's masks and cursors come. */
char *fn_snap_mask_context(const FnSnapGrant *grant);
