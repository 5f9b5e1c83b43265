/* Simplified and Traditional Chinese: which characters are the same written differently. */
#pragma once

#include <glib.h>

/* The simplified form of @c, or @c. Both have the same size in UTF-8. */
gunichar fn_script_fold(gunichar c);
/* Every form of @c, the first is the simplified one; gives how many. */
enum { FN_SCRIPT_FORMS = 8 };
guint fn_script_forms(gunichar c, gunichar forms[FN_SCRIPT_FORMS]);
