/* How a loaded set of rules is kept. Private to the room. */
#pragma once

#include "rules/schema.h"

struct FnRules {
	GPtrArray *files;       /* shown names, owned; nodes borrow them */
	GHashTable *kinds;      /* name -> GPtrArray of FnNode, owned, by id */
	GHashTable *parameters; /* name -> Parameter, owned */
	FnCalendar *calendar;
	GChecksum *sum; /* of what was read, in its order */
};

/* pack.c: resolves the chain of @pack into rules->parameters. */
gboolean fn_rules_resolve_pack(FnRules *rules, const char *pack, GError **error);
/* check.c: every reference and every procedure. */
gboolean fn_rules_check(const FnRules *rules, GError **error);
/* Each word of @list must be a key of @map, which @where names. */
gboolean fn_check_words(const FnNode *list, const char *key, const FnNode *map, const char *where, GError **error);
/* The pack in force has the parameter that @map names under @key, in @wanted_unit (NULL: any). */
gboolean fn_check_parameter(const FnRules *rules, const FnNode *map, const char *key, const char *wanted_unit, GError **error);
/* check_procedures.c */
gboolean fn_check_procedure(const FnRules *rules, const FnNode *document, GError **error);
/* check_links.c: guards, records, openings and walks; whether the platform may open cases of @procedure. */
gboolean fn_check_links(const FnRules *rules, const FnNode *procedure, GError **error);
/* Where a value comes from, {field}, {party} or {value}, is there. */
gboolean fn_check_source(const FnRules *rules, const FnNode *procedure, const FnNode *source, const char *key, GError **error);
/* check_effects.c: what @step gives its effects and needs is what they take. */
gboolean fn_check_with(const FnRules *rules, const FnNode *procedure, const FnNode *step, GError **error);
gboolean fn_check_opened_by_platform(const FnNode *procedure);
/* check_quality.c */
gboolean fn_check_quality(const FnRules *rules, GError **error);
/* check_registers.c */
gboolean fn_check_registers(const FnRules *rules, GError **error);
/* check_duties.c: what checks name, ids of duties, and that every control and check of a duty is there. */
gboolean fn_check_duties(const FnRules *rules, GError **error);
