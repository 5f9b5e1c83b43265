/* What the rows of a grant are held to: which fields tell rows apart, how each becomes coarser, how many rows must be alike. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "disclosure/requirement.h"
#include "mask/plan.h"

#include <string.h>

enum { PPM_OF_PERCENT = 10000 };

static gboolean
refuse(GError **error, const char *name, const char *english)
{
	g_autofree char *safe = fn_text_safe(name, -1, 63);

	return fn_catalog_input(error, "field \"%s\" %s", safe, fn_say(english));
}

/* Everything of a quasi-identifier that differs from row to row is generalised, pseudonyms too. */
static gboolean
tells_apart(const json_t *planned)
{
	return g_strcmp0(json_string_value(json_object_get(planned, "identifier")), "quasi") == 0 &&
		!fn_plan_blanks(json_string_value(json_object_get(planned, "mask")));
}

static gboolean
take_fields(const json_t *fields, const FnResource *resource, GArray *out, GError **error)
{
	const json_t *planned;
	gsize i;

	json_array_foreach(fields, i, planned) {
		const char *name = json_string_value(json_object_get(planned, "name"));
		FnRequiredField field = { .name = name };

		if (!tells_apart(planned))
			continue;
		field.generalise = fn_field_generalise(fn_fields_find(resource->fields, name));
		if (field.generalise == NULL)
			return refuse(error, name, "tells rows apart and may only leave generalised, but nobody said how: have its provider set "
				"\"generalise\" or the mask \"redact\", or ask without it");
		g_array_append_val(out, field);
	}
	return TRUE;
}

/* Rows that are chosen by a field tell what it holds, however coarse it leaves. What the provider chose is theirs to tell. */
static gboolean
check_rows(const GArray *fields, const json_t *rows, GError **error)
{
	const json_t *row;
	gsize i;

	json_array_foreach(rows, i, row)
		for (guint j = 0; j < fields->len; j++)
			if (g_strcmp0(json_string_value(json_object_get(row, "field")), g_array_index(fields, FnRequiredField, j).name) == 0)
				return refuse(error, g_array_index(fields, FnRequiredField, j).name,
					"leaves generalised, so that rows cannot be chosen by it: ask without this row condition");
	return TRUE;
}

/* A field of which a whole group would tell the same of all in it. What points at a person is hidden, a pseudonym or generalised. */
static gboolean
is_sensitive(const json_t *planned, const FnResource *resource)
{
	const FnField *field = fn_fields_find(resource->fields, json_string_value(json_object_get(planned, "name")));

	return strstr(field->labels, "\"sensitive_personal\"") != NULL && g_str_equal(field->identifier, "none") &&
		!fn_plan_blanks(json_string_value(json_object_get(planned, "mask")));
}

/* *@out stays NULL where there is none. */
static gboolean
take_sensitive(const json_t *fields, const FnResource *resource, const char **out, GError **error)
{
	const json_t *planned;
	gsize i;

	json_array_foreach(fields, i, planned) {
		const char *name = json_string_value(json_object_get(planned, "name"));

		if (!is_sensitive(planned, resource))
			continue;
		if (*out != NULL)
			return refuse(error, name, "is sensitive, and another one is asked for as well: groups are kept diverse in one of them, so ask "
				"without the other");
		*out = name;
	}
	return TRUE;
}

static gboolean
require(const GArray *fields, const FnResource *resource, const FnRules *rules, gboolean joint, json_t *plan, GError **error)
{
	FnRequirementTerms terms = { .joint = joint, .l = (guint)CLAMP(fn_rules_parameter_int(rules, "disclosure_l", 1), 0, G_MAXINT) };
	guint k = (guint)CLAMP(fn_rules_parameter_int(rules, "disclosure_k", FN_DISCLOSURE_K), 0, G_MAXINT);
	guint percent = (guint)CLAMP(fn_rules_parameter_int(rules, "disclosure_suppress", 0), 0, 100);
	g_autoptr(GError) failed = NULL;
	json_t *requirement;

	if (terms.l > 1 && !take_sensitive(json_object_get(plan, "fields"), resource, &terms.sensitive, error))
		return FALSE;
	terms.k = k;
	terms.suppress_ppm = percent * PPM_OF_PERCENT;
	requirement = fn_requirement_write((const FnRequiredField *)fields->data, fields->len, &terms, &failed);
	if (requirement == NULL)
		return fn_catalog_input(error, "%s", failed->message);
	fn_plan_require(plan, requirement);
	return TRUE;
}

gboolean
fn_catalog_hold_together(const FnResource *resource, const FnRules *rules, const char *mode, const json_t *rows, gboolean joint,
	json_t *plan, GError **error)
{
	g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(FnRequiredField));

	if (!take_fields(json_object_get(plan, "fields"), resource, fields, error) || !check_rows(fields, rows, error))
		return FALSE;
	if (fields->len == 0)
		return TRUE; /* nothing declared tells rows apart */
	if (!g_str_equal(mode, "batch"))
		return refuse(error, g_array_index(fields, FnRequiredField, 0).name,
			"tells rows apart, and to an organization of this kind rows leave in batches only: ask for the mode \"batch\"");
	return require(fields, resource, rules, joint, plan, error);
}
