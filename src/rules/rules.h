/* The rule files of rules/: read once, checked whole, immutable. A broken file names file, line, key and remedy.
 *
 * A rule file is one YAML document with an id; its folder is its kind: procedures, detectors, masks, packs, calendar, …
 * Every kind has a schema in src/rules/schema.c: unknown keys, missing keys, wrong types and dangling references are
 * refused at load. All or nothing. */
#pragma once

#include "base/calendar.h"
#include "base/settings.h"

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
const char *fn_node_word(const FnNode *word_or_list, guint i);             /* the i-th of "a" or "[a, b]", NULL beyond */
gboolean fn_node_has_word(const FnNode *word_or_list, const char *word);
char *fn_node_place(const FnNode *node);                                   /* "rules/packs/national.yaml:12"; caller frees */
/* Reads the file that the scalar @name names, without folder, beside its rule file. *text_out has an end mark. Error:
 * FN_RULES_ERROR_FILE. */
gboolean fn_node_read_beside(const FnNode *name, gsize max, char **text_out, gsize *size_out, GError **error);

/* For files of other rooms that are no rules. Reads @size bytes as one YAML document without anchors, aliases, tags and duplicate
 * keys. @file names it in messages; it is borrowed by every node and must outlive them. Errors: FN_RULES_ERROR_FILE. */
FnNode *fn_node_read(const char *bytes, gsize size, const char *file, GError **error);
void fn_node_free(FnNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnNode, fn_node_free)
gboolean fn_node_is_map(const FnNode *node);
gboolean fn_node_is_list(const FnNode *node);

typedef struct FnRules FnRules;
/* @directory: rules/; @pack: id of the pack in force; @more: further directory read after it (a demo's own pack), or NULL. It may
 * add documents of every kind but replace none. The result is immutable: share it among threads. */
FnRules *fn_rules_load(const char *directory, const char *pack, const char *more, GError **error);
void fn_rules_free(FnRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRules, fn_rules_free)

/* SHA-256 over all files read and the pack in force, hexadecimal: two programs with the same digest go by the same rules. */
const char *fn_rules_digest(const FnRules *rules);

/* Where the rule files are: the setting "rules" of @settings (which may be NULL), else the rules/ of the source tree the running
 * program was built in, else /usr/share/fengni/rules. Caller frees. */
char *fn_rules_directory(const FnSettings *settings);

/* The document @id of a kind ("procedures", …), NULL when there is none; and all of a kind, in byte order of ids. */
const FnNode *fn_rules_get(const FnRules *rules, const char *kind, const char *id);
const FnNode *const *fn_rules_all(const FnRules *rules, const char *kind, guint *n_out);
/* title.zh or title.en of a document. */
const char *fn_rules_title(const FnNode *document, const char *language);

/* A parameter of the pack in force (packs extend packs). Unknown names are a reference error at load of whoever names them.
 * Where packs of one chain differ, the extended (higher) one prevails, unless it says may_tighten and the other is stricter. A
 * list's value is its items with one space between. Texts are borrowed from @rules. */
typedef struct {
	const char *value, *unit, *source, *place;
	const char *pack;      /* whose value it is */
	const char *direction; /* "lower" or "higher" is stricter, or "free" */
	const FnNode *node;    /* title, why; the declaration that prevails */
	const char *contest;   /* how packs that differ were decided, in English, or NULL */
} FnParameter;
gboolean fn_rules_parameter(const FnRules *rules, const char *name, FnParameter *out);
gint64 fn_rules_parameter_int(const FnRules *rules, const char *name, gint64 otherwise);

/* Working days from rules/calendar/<year>.yaml. */
const FnCalendar *fn_rules_calendar(const FnRules *rules);
