/* The shape of every kind of rule file: one table in schema.c. To add a kind, add its shape and a row to the table. */
#pragma once

#include "rules/node_priv.h"

typedef struct {
	const char *name;    /* also the folder: rules/<name>/X.yaml; or the file rules/<name>.yaml when single */
	gboolean single;
	const struct FnShape *shape;
} FnKind;

/* All kinds, ended by name == NULL. */
extern const FnKind fn_kinds[];
const FnKind *fn_kind_find(const char *name);

/* Checks @document against the shape of @kind: unknown and missing keys, types, ranges, texts in both languages.
 * Errors: FN_RULES_ERROR_SCHEMA with file, line, key and remedy. */
gboolean fn_schema_check(const FnKind *kind, const FnNode *document, GError **error);
