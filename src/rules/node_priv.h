/* Reading one YAML file into nodes that know their line. Private to the room. */
#pragma once

#include "rules/rules.h"

enum {
	FN_NODE_MAX_FILE = 4 * 1024 * 1024, /* bytes of one rule file */
	FN_NODE_MAX_DEPTH = 24,             /* lists and maps within each other */
	FN_NODE_MAX_NODES = 400000,         /* values of one file */
};

typedef enum { FN_NODE_SCALAR, FN_NODE_LIST, FN_NODE_MAP } FnNodeType;

struct FnNode {
	FnNodeType type;
	guint line;       /* counted from 1 */
	const char *file; /* as shown to people; borrowed from the tree */
	char *text;       /* scalar: its text, never NULL */
	gboolean quoted;  /* scalar: written in quotes or as a block, so it is a text whatever it looks like */
	GPtrArray *keys;  /* map: texts */
	GPtrArray *values; /* list, map: FnNode, owned */
};

/* Sets *error to "file:line: key: what" and gives FALSE. @what says what is wrong; what to do. */
gboolean fn_node_refuse(const FnNode *node, const char *key, FnRulesError code, GError **error, const char *english, ...) G_GNUC_PRINTF(5, 6);

/* Strict reading of a plain scalar; FALSE when it is something else. */
gboolean fn_node_read_int(const FnNode *scalar, gint64 *out);
gboolean fn_node_read_number(const FnNode *scalar, double *out);
gboolean fn_node_read_bool(const FnNode *scalar, gboolean *out);
