/* The rule files of rules/: read once, checked whole, immutable. A broken file names file, line, key and remedy.
 *
 * A rule file is one YAML document with an id; its folder is its kind: procedures, detectors, masks, packs, calendar, …
 * Every kind has a schema in src/rules/schema.c: unknown keys, missing keys, wrong types and dangling references are
 * refused at load. All or nothing. */
#pragma once

#include "base/calendar.h"

#include <glib.h>

typedef enum {
	FN_RULES_ERROR_FILE,      /* unreadable, not YAML */
	FN_RULES_ERROR_SCHEMA,    /* unknown or missing key, wrong type */
	FN_RULES_ERROR_REFERENCE, /* names something that nothing declares */
	FN_RULES_ERROR_PROCEDURE, /* unreachable state, clock nothing stops, a person who would act twice */
} FnRulesError;
#define FN_RULES_ERROR (fn_rules_error_quark())
GQuark fn_rules_error_quark(void);

/* A YAML value that knows where it stands. Borrowed from its FnRules. NULL is accepted everywhere and gives "absent". */
typedef struct FnNode FnNode;
const char *fn_node_text(const FnNode *map, const char *key);              /* NULL when absent */
gint64 fn_node_int(const FnNode *map, const char *key, gint64 otherwise);
double fn_node_number(const FnNode *map, const char *key, double otherwise);
gboolean fn_node_bool(const FnNode *map, const char *key, gboolean otherwise);
const FnNode *fn_node_get(const FnNode *map, const char *key);
guint fn_node_count(const FnNode *list_or_map);
const FnNode *fn_node_at(const FnNode *list_or_map, guint i);              /* the i-th value */
const char *fn_node_key_at(const FnNode *map, guint i);                    /* the i-th key */
const char *fn_node_scalar(const FnNode *scalar);                          /* its text */
char *fn_node_place(const FnNode *node);                                   /* "rules/packs/national.yaml:12"; caller frees */

typedef struct FnRules FnRules;
/* @directory: rules/; @pack: id of the pack in force; @more: further directory laid over it (a demo's own pack), or NULL. */
FnRules *fn_rules_load(const char *directory, const char *pack, const char *more, GError **error);
void fn_rules_free(FnRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRules, fn_rules_free)

/* The document @id of a kind ("procedures", …), NULL when there is none; and all of a kind, in byte order of ids. */
const FnNode *fn_rules_get(const FnRules *rules, const char *kind, const char *id);
const FnNode *const *fn_rules_all(const FnRules *rules, const char *kind, guint *n_out);
/* title.zh or title.en of a document. */
const char *fn_rules_title(const FnNode *document, const char *language);

/* A parameter of the pack in force (packs extend packs). Unknown names are a reference error at load of whoever names them. */
typedef struct {
	const char *value, *unit, *source, *place;
} FnParameter;
gboolean fn_rules_parameter(const FnRules *rules, const char *name, FnParameter *out);
gint64 fn_rules_parameter_int(const FnRules *rules, const char *name, gint64 otherwise);

/* Working days from rules/calendar/<year>.yaml. */
const FnCalendar *fn_rules_calendar(const FnRules *rules);
