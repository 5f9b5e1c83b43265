/* What a step gives to its effects and needs: each takes what the table says, of these types, and no more. */
#include "rules/rules_priv.h"

#include <string.h>

/* Effects of the registry that take anything from the step; all others follow from the case alone. @types: of the form's fields that
 * will do, separated by blanks; "party" for an organization of the case. */
static const struct {
	const char *name, *argument, *types;
	gboolean needed;
} arguments[] = {
	{ "account.open", "organization", "party", TRUE },
	{ "account.open", "login", "text", TRUE },
	{ "account.open", "name", "text", TRUE },
	{ "account.open", "offices", "names", TRUE },
	{ "account.open", "until", "date", FALSE },
	{ "account.close", "organization", "party", TRUE },
	{ "account.close", "account", "person", TRUE },
	{ "account.close", "successor", "person", FALSE },
	{ "account.prolong", "organization", "party", TRUE },
	{ "account.prolong", "account", "person", TRUE },
	{ "account.prolong", "until", "date", TRUE },
	{ "need:rights_gone", "organization", "party", TRUE },
	{ "need:rights_gone", "person", "text", TRUE },
	{ "need:rights_gone", "login", "person", FALSE },
	{ "office.pass_on", "organization", "party", TRUE },
	{ "office.pass_on", "office", "enum text", TRUE },
	{ "office.pass_on", "from", "person", TRUE },
	{ "office.pass_on", "to", "person", TRUE },
	{ "grant.pause", "grant", "grant", TRUE },
	{ "grant.pause", "from", "date day", TRUE },
	{ "grant.stop", "grant", "grant", TRUE },
	{ "grant.stop", "from", "date day", TRUE },
	{ "grant.replace", "grant", "grant", TRUE },
	{ "grant.replace", "from", "date day", TRUE },
	{ "grant.replace", "by", "grant", TRUE },
	{ "office.give", "organization", "party", TRUE },
	{ "office.give", "account", "person", TRUE },
	{ "office.give", "offices", "names", TRUE },
	{ "office.set", "organization", "party", TRUE },
	{ "office.set", "account", "person", TRUE },
	{ "office.set", "offices", "names", TRUE },
	{ "office.take", "organization", "party", TRUE },
	{ "office.take", "account", "person", TRUE },
	{ "office.take", "offices", "names", TRUE },
};

static gboolean
has_type(const char *types, const char *type)
{
	g_auto(GStrv) known = g_strsplit(types, " ", -1);

	return type != NULL && g_strv_contains((const char *const *)known, type);
}

/* Whether @step names the effect, or the need ("need:" before it). */
static gboolean
is_named(const FnNode *step, const char *name)
{
	return g_str_has_prefix(name, "need:") ? fn_node_has_word(fn_node_get(step, "needs"), name + strlen("need:")) :
		fn_node_has_word(fn_node_get(step, "effect"), name);
}

/* What is needed is there whenever the step is taken: the form demands it, or the step does. */
static gboolean
is_always_there(const FnNode *step, const FnNode *field, const char *name)
{
	return fn_node_bool(field, "required", FALSE) || fn_node_has_word(fn_node_get(step, "fill"), name);
}

static gboolean
check_type(const FnNode *form, const FnNode *step, const FnNode *source, gsize i, GError **error)
{
	const char *name = fn_node_text(source, "field");
	const FnNode *field = fn_node_get(form, name);
	const char *type = fn_node_get(source, "party") != NULL ? "party" : field != NULL ? fn_node_text(field, "type") : "text";

	if (!has_type(arguments[i].types, type))
		return fn_node_refuse(source, arguments[i].argument, FN_RULES_ERROR_REFERENCE, error, "%s takes %s here; give it that", arguments[i].name,
			arguments[i].types);
	if (arguments[i].needed && field != NULL && !is_always_there(step, field, name))
		return fn_node_refuse(source, arguments[i].argument, FN_RULES_ERROR_REFERENCE, error,
			"\"%s\" may be missing when the step is taken; demand it with required or fill", name);
	return TRUE;
}

/* Every argument of what the step names. */
static gboolean
check_given(const FnNode *form, const FnNode *step, const FnNode *with, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(arguments); i++) {
		const FnNode *source = fn_node_get(with, arguments[i].argument);

		if (!is_named(step, arguments[i].name))
			continue;
		if (source == NULL && arguments[i].needed)
			return fn_node_refuse(with != NULL ? with : step, "with", FN_RULES_ERROR_REFERENCE, error, "%s takes \"%s\"; say where it comes from",
				arguments[i].name, arguments[i].argument);
		if (source != NULL && !check_type(form, step, source, i, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
is_taken(const FnNode *step, const char *argument)
{
	for (gsize i = 0; i < G_N_ELEMENTS(arguments); i++)
		if (strcmp(arguments[i].argument, argument) == 0 && is_named(step, arguments[i].name))
			return TRUE;
	return FALSE;
}

gboolean
fn_check_with(const FnRules *rules, const FnNode *procedure, const FnNode *step, GError **error)
{
	const FnNode *with = fn_node_get(step, "with");

	for (guint i = 0; i < fn_node_count(with); i++) {
		const char *name = fn_node_key_at(with, i);

		if (!fn_check_source(rules, procedure, fn_node_at(with, i), name, error))
			return FALSE;
		if (!is_taken(step, name))
			return fn_node_refuse(fn_node_at(with, i), name, FN_RULES_ERROR_REFERENCE, error, "no effect of this step takes it; leave it out");
	}
	return check_given(fn_node_get(procedure, "form"), step, with, error);
}
