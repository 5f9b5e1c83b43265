#include "scan/script.h"

#include "scan/script_table.h"

#include <string.h>

enum { FIRST = 0x3400, LAST = 0x9fff };

struct FnScript {
	guint16 *form;                      /* groups of characters, each ended by 0; the first entry is unused */
	guint16 group[LAST - FIRST + 1]; /* where the group of a character begins in @form, or 0 */
};

FnScript *
fn_script_new(void)
{
	FnScript *script = g_new0(FnScript, 1);
	guint n = 1, group = 1;

	script->form = g_new0(guint16, sizeof(script_table) / 3 + sizeof(script_table) / 6 + 2);
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

void
fn_script_free(FnScript *script)
{
	if (script == NULL)
		return;
	g_free(script->form);
	g_free(script);
}

static const guint16 *
group_of(const FnScript *script, gunichar c)
{
	return c >= FIRST && c <= LAST && script->group[c - FIRST] != 0 ? script->form + script->group[c - FIRST] : NULL;
}

gunichar
fn_script_fold(const FnScript *script, gunichar c)
{
	const guint16 *group = group_of(script, c);

	return group != NULL ? *group : c;
}

guint
fn_script_forms(const FnScript *script, gunichar c, gunichar forms[FN_SCRIPT_FORMS])
{
	const guint16 *group = group_of(script, c);
	guint n = 0;

	forms[0] = c;
	if (group == NULL)
		return 1;
	for (; *group != 0 && n < FN_SCRIPT_FORMS; group++)
		forms[n++] = *group;
	return n;
}
