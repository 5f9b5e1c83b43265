/* Who may do what in the catalog: office, and whose thing it is. */
#include "catalog/catalog_priv.h"

#include "base/say.h"

#include <stdarg.h>

G_DEFINE_QUARK(fn - catalog - error - quark, fn_catalog_error)

/* The same offices as in rules/procedures/, so that neither side lets through what the other stops. */
static const struct {
	FnAct act;
	const char *office;
	gboolean own, bureau; /* of the thing's organization; of the bureau */
} table[] = {
	{ FN_ACT_SOURCE, "system_admin", TRUE, TRUE },
	{ FN_ACT_EDIT, "editor", TRUE, FALSE },
	{ FN_ACT_EDIT, "officer", TRUE, FALSE },
	{ FN_ACT_SECRECY_REVIEW, "secrecy_reviewer", TRUE, FALSE },
	{ FN_ACT_ASSESS, "secrecy_reviewer", TRUE, FALSE },
	{ FN_ACT_ASSESS, "reviewer", TRUE, FALSE },
	{ FN_ACT_APPROVE, "department_head", TRUE, FALSE },
	{ FN_ACT_REVIEW, "officer", FALSE, TRUE },
	{ FN_ACT_REVIEW, "reviewer", FALSE, TRUE },
	{ FN_ACT_SUSPEND, "department_head", TRUE, FALSE },
	{ FN_ACT_SUSPEND, "officer", FALSE, TRUE },
	{ FN_ACT_SUSPEND, "reviewer", FALSE, TRUE },
	{ FN_ACT_GRANT_CONTROL, "sharing_head", TRUE, FALSE },
	{ FN_ACT_GRANT_CONTROL, "officer", FALSE, TRUE },
	{ FN_ACT_GRANT_END, "sharing_head", TRUE, FALSE },
	{ FN_ACT_GRANT_END, "officer", TRUE, FALSE },
	{ FN_ACT_GRANT_DISPOSE, "sharing_head", TRUE, FALSE },
	{ FN_ACT_PAPER, "sharing_head", TRUE, FALSE },
	{ FN_ACT_PAPER, "department_head", TRUE, FALSE },
	{ FN_ACT_PAPER, "officer", TRUE, FALSE },
};

gboolean
fn_act_allowed(const FnActor *actor, FnAct act, const char *organization, GError **error)
{
	gboolean own = actor != NULL && g_strcmp0(actor->organization, organization) == 0;
	gboolean bureau = actor != NULL && g_strcmp0(actor->organization_kind, "bureau") == 0;
	g_autoptr(GString) who = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		if (table[i].act != act)
			continue;
		if (((table[i].own && own) || (table[i].bureau && bureau)) && fn_actor_has(actor, table[i].office))
			return TRUE;
		g_string_append_printf(who, "%s%s%s", who->len > 0 ? ", " : "", table[i].office,
			!table[i].own      ? " of the bureau"
			: !table[i].bureau ? " of the organization"
					   : " of the organization or the bureau");
	}
	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, "this is for: %s", who->str);
	return FALSE;
}

gboolean
fn_actor_oversees(const FnActor *actor)
{
	static const char *const kinds[] = { "bureau", "regulator", "government", NULL };

	return actor != NULL && actor->organization_kind != NULL && g_strv_contains(kinds, actor->organization_kind) &&
	       actor->offices != NULL && actor->offices->len > 0;
}

gboolean
fn_catalog_input(GError **error, const char *english, ...)
{
	va_list values;

	va_start(values, english);
	fn_refuse_valist(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT, english, values);
	va_end(values);
	return FALSE;
}

gboolean
fn_catalog_state(GError **error, const char *english, ...)
{
	va_list values;

	va_start(values, english);
	fn_refuse_valist(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE, english, values);
	va_end(values);
	return FALSE;
}
