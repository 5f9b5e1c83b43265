/* Inside the room: the pool's files, the judge. */
#pragma once

#include "intake/intake.h"

#include <sqlite3.h>

typedef struct {
	char *name, *title, *element, *column;
} FnIntakeField;
typedef struct {
	char *code, *organization;
	gint64 version;
	GPtrArray *fields; /* FnIntakeField, in order */
} FnIntakeResource;
/* The published version; UNKNOWN, or STATE while there is none. */
FnIntakeResource *fn_intake_resource(FnDb *db, const char *code, GError **error);
void fn_intake_resource_free(FnIntakeResource *resource);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIntakeResource, fn_intake_resource_free)
const FnIntakeField *fn_intake_field(const FnIntakeResource *resource, const char *name);
gboolean fn_intake_of_bureau(const FnActor *actor);
gboolean fn_intake_fail(FnIntakeError code, GError **error, const char *english, ...) G_GNUC_PRINTF(3, 4);

/* ---- pool.c ---- */

typedef struct {
	sqlite3 *handle;
	sqlite3_stmt *insert;
	char *code;
} FnIntakePool;
char *fn_intake_pool_path(const char *root, const char *code);
/* Made when it is not there and @resource is given; brought to its fields. NULL without an error: there is none. */
FnIntakePool *fn_intake_pool_open(const char *root, const char *code, const FnIntakeResource *resource, GError **error);
void fn_intake_pool_close(FnIntakePool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIntakePool, fn_intake_pool_close)
gboolean fn_intake_pool_fail(const FnIntakePool *pool, const char *english, GError **error);
gboolean fn_intake_pool_run(const FnIntakePool *pool, const char *english, const char *sql, GError **error);
void fn_intake_quote(GString *sql, const char *name);
/* A statement with up to three texts bound; NULL with an error. */
sqlite3_stmt *fn_intake_pool_prepare(const FnIntakePool *pool, const char *sql, const char *first, const char *second, GError **error);

typedef struct {
	const char *id, *organization, *account, *digest;
	gint64 received_at;
	gboolean whole;
} FnIntakeStaged;
gboolean fn_intake_pool_begin(FnIntakePool *pool, const FnIntakeResource *resource, const FnIntakeStaged *staged, GError **error);
gboolean fn_intake_pool_add(FnIntakePool *pool, guint64 row, const char *digest, const char *const *value, guint values, GError **error);
gboolean fn_intake_pool_commit(FnIntakePool *pool, GError **error);
void fn_intake_pool_rollback(FnIntakePool *pool);
gboolean fn_intake_pool_settle(FnIntakePool *pool, FnDb *db, gint64 now, GError **error);

/* ---- value.c ---- */

/* The row's canonical form, as digest: for each value a mark and, where there is one, its length and bytes. */
void fn_intake_row_digest(const char *const *value, const gsize *size, guint values, guint8 out[32]);

typedef struct FnIntakeFits FnIntakeFits;
/* What values a rule of kind "valid" lets pass; borrows the rule. */
FnIntakeFits *fn_intake_fits_new(const FnRules *rules, const FnNode *rule);
void fn_intake_fits_free(FnIntakeFits *fits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIntakeFits, fn_intake_fits_free)
gboolean fn_intake_fits(const FnIntakeFits *fits, const char *text, gsize size);
/* The ids that "detector" may be; ends with NULL. The checker of rule files has the same list. */
extern const char *const fn_intake_detectors[];

/* ---- judge.c ---- */

typedef struct {
	const FnIntake *in;
	const FnIntakeResource *resource;
	FnIntakePool *pool;
	const char *batch;
	guint64 rows;
	gboolean whole;
	json_t *reasons, *measures, *alarms; /* filled */
} FnIntakeJudge;
/* Puts the staged rows to every rule that is for them. */
gboolean fn_intake_judge(const FnIntakeJudge *judge, GError **error);
void fn_intake_reason(json_t *reasons, const char *rule, const char *kind, const char *field, gint64 count, json_t *rows);
