/* Inside of disclosure: codes of values, trees, counts of combinations. */
#pragma once

#include "disclosure/disclosure.h"

#include <jansson.h>

/* Sets *error to "@what "@subject": why" with the subject made safe; always FALSE. */
gboolean fn_disclosure_refuse(GError **error, FnDisclosureError code, const char *what, const char *subject, const char *why, ...)
	G_GNUC_PRINTF(5, 6);

/* ---- codes ----
 * A value is a number, and so is what it becomes at any level: 0 is "*". Codes follow from the hierarchy's version alone, so that
 * they mean the same in every census. Coarser by steps is the same as coarser at once. */
guint32 fn_hierarchy_encode(const FnHierarchy *hierarchy, const char *value, gsize size);
/* @code stands at @level or finer. */
guint32 fn_hierarchy_coarsen(const FnHierarchy *hierarchy, guint32 code, guint level);
enum { FN_LABEL_SCRATCH = 32 };
/* The text of a code that stands at @level: in @scratch or the hierarchy's own. */
const char *fn_hierarchy_label(const FnHierarchy *hierarchy, guint32 code, guint level, char scratch[FN_LABEL_SCRATCH], gsize *size_out);

/* ---- trees: node 0 is the root, "*" ---- */
enum { FN_TREE_MAX_TEXT = 4 << 20, FN_TREE_MAX_NODES = 100000, FN_TREE_MAX_LABEL = 128, FN_TREE_MAX_DEPTH = 16 };
typedef struct FnTree FnTree;
/* With @places a label may stand in several branches and a node is found, and shown, by its way as well. */
FnTree *fn_tree_new(const char *text, gsize size, gboolean places, const char *spec, GError **error);
void fn_tree_free(FnTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTree, fn_tree_free)
guint fn_tree_depth(const FnTree *tree);
guint32 fn_tree_find(const FnTree *tree, const char *value, gsize size); /* 0 when it is not there */
guint32 fn_tree_cut(const FnTree *tree, guint32 node, guint depth);      /* itself or its ancestor at @depth */
const char *fn_tree_label(const FnTree *tree, guint32 node);
/* SM3 of depths and labels in order, 64 hexadecimal digits. Caller frees. */
char *fn_tree_digest(const FnTree *tree);
