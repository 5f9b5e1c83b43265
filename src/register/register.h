/* Record books: what rules/registers/ declares, kept as records with their history.
 *
 * A register is a file: its fields with types and bounds, its key, whose records it holds, who may read and write, when a record
 * has to be renewed, and what its fields demand of each other. Nothing here knows a register by name, so a new one is a new file.
 *
 * Values are JSON objects from field to value. Texts are taken as people write them and stored in one form each: a domain in ASCII
 * (xn--), a person as account id, money as whole fen. A JSON integer for a field of type money is fen, a text is yuan ("12.50").
 *
 * Everything runs inside the caller's transaction where it writes. A record is active until it is closed; its due date is the last
 * day on which it is good. Errors: FN_REGISTER_ERROR as named, or FN_DB_ERROR. One FnDb, one thread. */
#pragma once

#include "people/people.h"
#include "rules/rules.h"

#include <jansson.h>

typedef enum {
	FN_REGISTER_ERROR_UNKNOWN, /* no such register or record, or none that the actor may know of */
	FN_REGISTER_ERROR_INPUT,   /* "field: reason" */
	FN_REGISTER_ERROR_OFFICE,  /* the actor's seats do not let it write here */
	FN_REGISTER_ERROR_STALE,   /* somebody changed the record since that revision */
	FN_REGISTER_ERROR_STATE,   /* the record is closed */
	FN_REGISTER_ERROR_TAKEN,   /* an active record has this key */
} FnRegisterError;
#define FN_REGISTER_ERROR (fn_register_error_quark())
GQuark fn_register_error_quark(void);

/* Registers that @actor may read: [{id, title: {zh, en}, scope, write}]; write: TRUE when it may add. */
json_t *fn_register_list(const FnRules *rules, const FnActor *actor);
/* {id, title, law, scope, key, fields: [{id, type, zh, en, …}], rules: [{field, …, text: {zh, en}}], renew, write, hides}; hides: fields that @actor is not shown. */
json_t *fn_register_schema(const FnRules *rules, const char *id, const FnActor *actor, GError **error);

/* Adds a record; gives its id (caller frees). @organization: whose it is, NULL: the actor's own. In a book of the city it follows from
 * the first field of type organization, and @organization is passed over. */
char *fn_register_add(FnDb *db, const FnRules *rules, const char *id, const char *organization, const json_t *values, const FnActor *actor,
	gint64 now, GError **error);
/* Sets the fields that @values names, null takes one away. @revision: the one that the actor saw. */
gboolean fn_register_change(FnDb *db, const FnRules *rules, const char *id, const char *record, gint64 revision, const json_t *values,
	const FnActor *actor, gint64 now, GError **error);
/* Closes it for good; its key is free again. @say may be NULL. */
gboolean fn_register_close(FnDb *db, const FnRules *rules, const char *id, const char *record, gint64 revision, const char *say,
	const FnActor *actor, gint64 now, GError **error);
/* What a procedure's step does to a book, whoever may write there by hand: @act is "add", "change" or "close"; @key has the values of
 * the key's fields, @values those that are set (may be NULL). A change of what is not there, or an addition of what is, is refused.
 * @organization: whose record; @say: the case. */
gboolean fn_register_apply(FnDb *db, const FnRules *rules, const char *id, const char *act, const json_t *key, const json_t *values,
	const char *organization, const char *say, const FnActor *actor, gint64 now, GError **error);

/* {id, register, organization, key, state, revision, due, renewal: "none" | "good" | "near" | "over", values, shown, created_at,
 * changed_at}; shown: what stands for the ids among the values, in words. */
json_t *fn_register_show(FnDb *db, const FnRules *rules, const char *id, const char *record, const FnActor *actor, gint64 now,
	GError **error);
/* Oldest first: [{number, at, kind, account, name, organization, say, changes}], at most 500 after @after. */
json_t *fn_register_history(FnDb *db, const FnRules *rules, const char *id, const char *record, gint64 after, const FnActor *actor,
	GError **error);

typedef struct {
	const char *organization; /* NULL: all that the actor may read */
	const char *state;        /* "active" (NULL), "closed", "all" */
	const char *renewal;      /* "over", "near" or NULL */
	const char *sort;         /* "key" (NULL), "due"; with renewal always by due date */
	const char *text;         /* words that must all occur in searched fields or the key, or NULL */
	const json_t *where;      /* field → value or list of values of which one must be it, or NULL */
	const char *cursor;       /* "next" of an earlier answer, or NULL */
	guint limit;              /* 1 to 500 */
} FnRegisterQuery;
/* {items: [as fn_register_show()], next}. Where what is asked for is rare among very many records a page may be short and go on. */
json_t *fn_register_find(FnDb *db, const FnRules *rules, const char *id, const FnRegisterQuery *query, const FnActor *actor, gint64 now,
	GError **error);

/* ---- for checks: the platform asks, whatever anybody may see ---- */

/* @where: field → value or list, from a rule file; may be NULL. @kinds: kinds of organization, a word or list.
 * Ids of the active organizations of these kinds without an active record that is not over. */
json_t *fn_register_missing(FnDb *db, const FnRules *rules, const char *id, const FnNode *where, const FnNode *kinds, gint64 now,
	GError **error);
/* Active records whose renewal is over or near, soonest first: [{organization, record, key, due, risk}]; risk 0: over, 1: near. */
json_t *fn_register_overdue(FnDb *db, const FnRules *rules, const char *id, const FnNode *where, gint64 now, GError **error);
/* Active records with these values: [{organization, record, key, due}]. */
json_t *fn_register_where(FnDb *db, const FnRules *rules, const char *id, const FnNode *where, gint64 now, GError **error);
/* Computes due dates and search terms anew where a rule file that they follow has changed since; the clock does so when it starts.
 * Makes its own transactions. Returns how many registers were gone through, -1 on failure. */
gint64 fn_register_settle(FnDb *db, const FnRules *rules, GError **error);

/* ---- import and export: rows of texts, whatever file they come from ---- */

typedef struct FnRegisterImport FnRegisterImport;
/* @header: names of columns, each a field's id or its Chinese or English title; "organization" besides, where the actor may write for
 * several. Every key field must be there. Borrows all but @header. */
FnRegisterImport *fn_register_import_new(FnDb *db, const FnRules *rules, const char *id, const char *const *header, guint columns,
	const FnActor *actor, gint64 now, GError **error);
void fn_register_import_free(FnRegisterImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRegisterImport, fn_register_import_free)
/* One row; NULL or "" is an empty cell, which takes a value away. What has an active record's key changes it. A bad row is noted
 * (FALSE only where the database failed). @row is its number in the file, the header being 1. */
gboolean fn_register_import_row(FnRegisterImport *import, guint64 row, const char *const *cells, GError **error);
guint64 fn_register_import_bad(const FnRegisterImport *import);
/* {rows, added, changed, same, bad, problems: [{row, field, reason}], sample: [{row, do, key, fields}]}: at most 100 of each list, all are
 * counted. @chinese: the language of reasons. */
json_t *fn_register_import_report(const FnRegisterImport *import, gboolean chinese);

/* The columns of an export: field ids that @actor is shown, "organization" first where it sees several; NULL-ended, g_strfreev(). */
char **fn_register_columns(const FnRules *rules, const char *id, const FnActor *actor, GError **error);
/* What stands in these columns of an item of fn_register_find(), in forms that an import takes; "" where there is nothing.
 * g_strfreev(). */
char **fn_register_row(const FnRules *rules, const char *id, const json_t *item, char **columns);
