/* An nginx configuration as a tree of directives: enough of its grammar to check what stands in one. */
#pragma once

#include <glib.h>

typedef struct FnConf FnConf;
struct FnConf {
	GPtrArray *word;  /* the name and its arguments, quotes taken away; none for the root */
	GPtrArray *child; /* FnConf; NULL for a directive that ends with ';' */
	guint line;
};

/* NULL with the line in @error when @text is no configuration. Depth and words are bounded. */
FnConf *fn_conf_parse(const char *text, GError **error);
void fn_conf_free(FnConf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnConf, fn_conf_free)

const char *fn_conf_name(const FnConf *conf);
/* The @n-th argument from 1 on; NULL beyond the last. */
const char *fn_conf_argument(const FnConf *conf, guint n);
/* All arguments joined with single blanks. Caller frees. */
char *fn_conf_value(const FnConf *conf);
/* The next child called @name after @after (NULL: from the first); NULL when there is no more. */
const FnConf *fn_conf_next(const FnConf *block, const char *name, const FnConf *after);
