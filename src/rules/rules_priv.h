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
