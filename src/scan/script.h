/* Simplified and Traditional Chinese: which characters are the same written differently. */
#pragma once

#include <glib.h>

typedef struct FnScript FnScript; /* immutable */
FnScript *fn_script_new(void);
void fn_script_free(FnScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScript, fn_script_free)
/* The simplified form of @c, or @c. Both have the same size in UTF-8. */
gunichar fn_script_fold(const FnScript *script, gunichar c);
/* Every form of @c (the first is the simplified one), up to @max; gives how many. */
enum { FN_SCRIPT_FORMS = 8 };
guint fn_script_forms(const FnScript *script, gunichar c, gunichar forms[FN_SCRIPT_FORMS]);
