#include "scan/script.h"

#include "scan/script_table.h"

#include <string.h>

enum { FIRST = 0x3400, LAST = 0x9fff };

/* Made of the table once and never changed. */
typedef struct {
	guint16 form[sizeof(script_table) / 3 + sizeof(script_table) / 6 + 2]; /* groups of characters, each ended by 0; the first entry is unused */
	guint16 group[LAST - FIRST + 1]; /* where the group of a character begins in @form, or 0 */
} Script;

static gpointer
make_script(gpointer unused)
{
	Script *script = g_new0(Script, 1);
	guint n = 1, group = 1;

	for (const char *at = script_table; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c == ' ') {
			group = ++n;
			continue;
		}
		g_assert(c >= FIRST && c <= LAST && script->group[c - FIRST] == 0);
		script->form[n++] = (guint16)c;
		script->group[c - FIRST] = (guint16)group;
	}
	return script;
}

static const guint16 *
group_of(gunichar c)
{
	static GOnce once = G_ONCE_INIT;
	const Script *script = g_once(&once, make_script, NULL);

	return c >= FIRST && c <= LAST && script->group[c - FIRST] != 0 ? script->form + script->group[c - FIRST] : NULL;
}

gunichar
fn_script_fold(gunichar c)
{
	const guint16 *group = group_of(c);

	return group != NULL ? *group : c;
}

guint
fn_script_forms(gunichar c, gunichar forms[FN_SCRIPT_FORMS])
{
	const guint16 *group = group_of(c);
	guint n = 0;

	forms[0] = c;
	if (group == NULL)
		return 1;
	for (; *group != 0 && n < FN_SCRIPT_FORMS; group++)
		forms[n++] = *group;
	return n;
}
