/* Inside the catalog: fields, items, access, text of the search. */
#pragma once

#include "catalog/catalog.h"

#define FN_LEVEL_HIGHEST 6 /* core */

/* What an actor may want to do; access.c says who may. */
typedef enum {
	FN_ACT_SOURCE = 1,     /* make a source */
	FN_ACT_EDIT,           /* register, change, submit, revise */
	FN_ACT_SECRECY_REVIEW, /* answer the secrecy review */
	FN_ACT_ASSESS,         /* answer the rest of the assessment, close it */
	FN_ACT_APPROVE,
	FN_ACT_REVIEW, /* bureau: publish, return, accept a basis, withdraw */
	FN_ACT_SUSPEND,
	FN_ACT_GRANT_CONTROL, /* suspend, order rectification, resume, terminate: of the provider */
	FN_ACT_GRANT_END,     /* purpose met, stopped as negotiated: of either side */
	FN_ACT_GRANT_DISPOSE, /* of the consumer */
	FN_ACT_PAPER,         /* make or sign a paper */
} FnAct;
/* @organization: whose thing it is. FALSE with OFFICE. */
gboolean fn_act_allowed(const FnActor *actor, FnAct act, const char *organization, GError **error);
/* Reads everything but unfinished drafts of others: the bureau, regulators, the government. */
gboolean fn_actor_oversees(const FnActor *actor);

/* A data item. Texts are owned. */
typedef struct {
	char *name, *title, *type, *identifier, *generalise, *mask, *element, *labels, *column;
	gint64 length, level;
	gboolean authoritative, key, offered;
} FnField;
/* Checked fields of a JSON array; NULL with INPUT naming place and fault. */
GPtrArray *fn_fields_parse(const json_t *array, GError **error);
GPtrArray *fn_fields_read(FnDb *db, const char *code, gint64 version, GError **error);
gboolean fn_fields_write(FnDb *db, const char *code, gint64 version, const GPtrArray *fields, GError **error);
/* @inside: with column, the provider's own business. */
json_t *fn_fields_json(const GPtrArray *fields, gboolean inside);
gint64 fn_fields_level(const GPtrArray *fields);
const FnField *fn_fields_find(const GPtrArray *fields, const char *name);
/* What the catalog shows as the field's mask: the provider's, or the default of its level. What a grant gives is planned
 * (mask/plan.h). */
const char *fn_field_mask(const FnField *field);
/* The spec of the hierarchy by which the field becomes coarser; NULL: nobody said how. */
const char *fn_field_generalise(const FnField *field);
gboolean fn_field_name_good(const char *name);

/* Items of a body (all but fields and binding): known names, types, bounds. */
gboolean fn_items_check(const json_t *body, GError **error);
/* Appends {field, problem} for what @body lacks for submission. */
void fn_items_missing(const json_t *body, const GPtrArray *fields, gboolean bound, json_t *missing);
void fn_missing_add(json_t *missing, const char *field, const char *english);
extern const char *const fn_modes[];
gboolean fn_mode_known(const char *mode);
extern const char *const fn_row_operators[];

/* A resource with one of its versions, as stored. */
typedef struct {
	char *code, *organization, *organization_name, *name, *sharing_type, *state, *offered;
	gint64 level, version, published_version;
	gint64 read_version; /* the one of which the following are */
	json_t *body;
	char *version_sharing_type, *edited_by, *basis_accepted_by, *return_reason;
	gint64 version_level, published_at;
	GPtrArray *fields;
} FnResource;
/* @version 0: the newest. NULL with UNKNOWN. */
FnResource *fn_resource_read(FnDb *db, const char *code, gint64 version, GError **error);
void fn_resource_free(FnResource *resource);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnResource, fn_resource_free)
json_t *fn_resource_bindings(FnDb *db, const char *code, gint64 version, gboolean *good_out, GError **error);
json_t *fn_resource_missing(FnDb *db, const FnResource *resource, GError **error);

/* Pins with the compiled @plan what rows are held to, where any field tells them apart. @rows: row conditions that are asked for, may
 * be NULL. @joint: what comes later is held to it together with what left before. A field that the provider labelled
 * "sensitive_personal" and that points at nobody must take several values in each group (parameter disclosure_l). Refuses fields that nobody can generalise, and other modes than batches. */
gboolean fn_catalog_hold_together(const FnResource *resource, const FnRules *rules, const char *mode, const json_t *rows, gboolean joint,
	json_t *plan, GError **error);

/* Counts in the place of rows. */
typedef struct {
	const char *consumer, *resource;
	const json_t *tables, *rows; /* of the application, may be NULL */
	gboolean noisy;
} FnCountsAsked;
/* Pins with the compiled @plan the tables that may be asked for (disclosure/counts.h), by the terms of the pack. Refuses what nothing may
 * be counted by, row conditions, and a second set of tables for the same organization. */
gboolean fn_catalog_pin_counts(FnDb *db, const FnResource *resource, const FnRules *rules, const FnCountsAsked *asked, json_t *plan,
	GError **error);

/* Whether a paper of this kind counts for its own case only. */
gboolean fn_paper_of_case(const char *kind);

/* Folded for searching: NFKC, case folded. */
char *fn_search_fold(const char *text);
/* Terms of folded text: pairs and single characters of runs, ASCII words; each once. */
GPtrArray *fn_search_terms(const char *folded);
/* The runs of letters and digits of a folded query, which must all occur. */
char **fn_search_words(const char *folded);
/* Whether @word occurs in @folded, ASCII words as wholes. */
gboolean fn_search_occurs(const char *folded, const char *word);
/* Puts the faces of the resource into the index as its state wants it. */
gboolean fn_search_index(FnDb *db, const char *code, GError **error);

/* accounts.c: effects on people, with what the step gives them. */
gboolean fn_account_open(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_office_give(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_office_set(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_office_take(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_office_pass_on(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_account_close(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_account_prolong(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_account_gone(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
/* The end of the day "YYYY-MM-DD" in China; FALSE when it is none. */
gboolean fn_catalog_day_end(const char *day, gint64 *out);

/* change.c: effects of an agreed change on the grant that it names, from the day agreed on. */
gboolean fn_change_pause(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_change_stop(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_change_replace(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);

/* reidentification.c: effects. The field of the case's grant leaves as what can be turned back. */
gboolean fn_reidentification_check(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
/* approval.c: effects. What an approved case may be used for has "days" in its form: the approval is the actor's own and has not run
 * out; and, for look-ups: the subjects are digests and nothing else. */
gboolean fn_approval_use(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
gboolean fn_lookup_check(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
/* When an approval of @since ends. */
gint64 fn_approval_end(gint64 since, const json_t *form);

/* The first row of a query: NULL on failure, and with UNKNOWN when there is none ("there is no WHAT ID"). */
FnRows *fn_catalog_row(
	FnDb *db, const FnSql *sql, const FnBind *binds, const char *english, const char *id, GError **error);
/* Every row as an object of its columns, NULL as null; @integers: those that are numbers, NULL-ended. */
json_t *fn_catalog_list(FnDb *db, const FnSql *sql, const FnBind *binds, const char *const *integers, GError **error);
/* First column of every row; g_strfreev(). */
char **fn_catalog_ids(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error);
/* "" (everything) for who oversees, else the actor's organization. */
const char *fn_catalog_scope(const FnActor *actor);
/* The next value of a counter. 0 on failure. */
gint64 fn_counter_next(FnDb *db, const char *name, GError **error);
gboolean fn_catalog_input(GError **error, const char *english, ...) G_GNUC_PRINTF(2, 3);
gboolean fn_catalog_state(GError **error, const char *english, ...) G_GNUC_PRINTF(2, 3);
