#include "disclosure/requirement.h"

#include "disclosure/disclosure_priv.h"

#include <string.h>

struct FnRequirement {
	FnDisclosureOptions options;
	guint n;
	FnQuasi quasi[FN_DISCLOSURE_MAX_QUASI];
	FnHierarchy *hierarchy[FN_DISCLOSURE_MAX_QUASI];
	char *name[FN_DISCLOSURE_MAX_QUASI];
	char *sensitive;
};

void
fn_requirement_free(FnRequirement *requirement)
{
	if (requirement == NULL)
		return;
	for (guint i = 0; i < requirement->n; i++) {
		fn_hierarchy_free(requirement->hierarchy[i]);
		g_free(requirement->name[i]);
	}
	g_free(requirement->sensitive);
	g_free(requirement);
}

const FnDisclosureOptions *
fn_requirement_options(const FnRequirement *requirement)
{
	return &requirement->options;
}

const FnQuasi *
fn_requirement_quasi(const FnRequirement *requirement, guint *n_out)
{
	*n_out = requirement->n;
	return requirement->quasi;
}

const char *
fn_requirement_sensitive(const FnRequirement *requirement)
{
	return requirement->sensitive;
}

gboolean
fn_requirement_allows(const FnRequirement *requirement, const FnDisclosurePlan *plan)
{
	const FnDisclosureOptions *asked = &requirement->options, *has = &plan->options;

	if (plan->n != requirement->n || has->k < asked->k || has->l < asked->l || has->suppress_ppm > asked->suppress_ppm || (has->joint && !asked->joint) ||
		g_strcmp0(plan->sensitive, requirement->sensitive) != 0)
		return FALSE;
	for (guint i = 0; i < plan->n; i++)
		if (strcmp(plan->column[i].name, requirement->name[i]) != 0 ||
			strcmp(plan->column[i].hierarchy, fn_hierarchy_version(requirement->hierarchy[i])) != 0)
			return FALSE;
	return TRUE;
}

/* ---- reading ---- */

static gboolean
refuse(GError **error, const char *why)
{
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "what rows are held to: %s", why);
	return FALSE;
}

/* A whole number of 32 bits, 0 to G_MAXINT32. */
static gboolean
read_number(const json_t *json, const char *name, guint *out, GError **error)
{
	const json_t *value = json_object_get(json, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > G_MAXINT32)
		return refuse(error, "k, l and suppress_ppm must be whole numbers");
	*out = (guint)json_integer_value(value);
	return TRUE;
}

static gboolean
check_name(const FnRequirement *requirement, const char *name, GError **error)
{
	if (name == NULL || *name == '\0' || strlen(name) > 128)
		return refuse(error, "a field has no name");
	for (guint i = 0; i < requirement->n; i++)
		if (g_str_equal(requirement->name[i], name))
			return refuse(error, "a field is there twice");
	return TRUE;
}

static gboolean
read_field(FnRequirement *requirement, const json_t *field, GError **error)
{
	const char *name = json_string_value(json_object_get(field, "name")), *spec = json_string_value(json_object_get(field, "generalise"));
	g_autoptr(FnHierarchy) hierarchy = NULL;

	if (json_object_size(field) != 3 || spec == NULL)
		return refuse(error, "a field is {generalise, hierarchy, name}");
	if (!check_name(requirement, name, error))
		return FALSE;
	hierarchy = fn_hierarchy_new(spec, NULL, 0, error);
	if (hierarchy == NULL)
		return FALSE;
	if (g_strcmp0(json_string_value(json_object_get(field, "hierarchy")), fn_hierarchy_version(hierarchy)) != 0)
		return refuse(error, "a field generalises by another version than was pinned");
	requirement->name[requirement->n] = g_strdup(name);
	requirement->quasi[requirement->n] = (FnQuasi){ requirement->name[requirement->n], hierarchy, 0 };
	requirement->hierarchy[requirement->n++] = g_steal_pointer(&hierarchy);
	return TRUE;
}

static gboolean
read_fields(FnRequirement *requirement, const json_t *fields, GError **error)
{
	const json_t *field;
	gsize i;

	if (!json_is_array(fields) || json_array_size(fields) == 0 || json_array_size(fields) > FN_DISCLOSURE_MAX_QUASI)
		return refuse(error, "1 to 16 fields tell rows apart");
	json_array_foreach(fields, i, field)
		if (!read_field(requirement, field, error))
			return FALSE;
	return TRUE;
}

/* The members that are not always there. */
static gboolean
read_more(FnRequirement *requirement, const json_t *json, GError **error)
{
	const json_t *joint = json_object_get(json, "joint"), *sensitive = json_object_get(json, "sensitive");
	gsize members = 3 + (joint != NULL) + (sensitive != NULL ? 2 : 0);

	if (json_object_size(json) != members || (joint != NULL && !json_is_true(joint)))
		return refuse(error, "expected {fields, k, suppress_ppm}, where asked for with \"joint\": true, or with {l, sensitive}");
	requirement->options.joint = joint != NULL;
	if (sensitive == NULL)
		return TRUE;
	if (!check_name(requirement, json_string_value(sensitive), error) || !read_number(json, "l", &requirement->options.l, error))
		return FALSE;
	requirement->sensitive = g_strdup(json_string_value(sensitive));
	return requirement->options.l > 1 || refuse(error, "a sensitive field takes at least 2 values in each group");
}

FnRequirement *
fn_requirement_read(const json_t *json, GError **error)
{
	g_autoptr(FnRequirement) requirement = g_new0(FnRequirement, 1);

	requirement->options = fn_disclosure_options();
	if (!read_number(json, "k", &requirement->options.k, error) || !read_number(json, "suppress_ppm", &requirement->options.suppress_ppm, error) ||
		!read_fields(requirement, json_object_get(json, "fields"), error) || !read_more(requirement, json, error) ||
		!fn_disclosure_options_check(&requirement->options, error))
		return NULL;
	return g_steal_pointer(&requirement);
}

/* ---- writing ---- */

static json_t *
write_field(const FnRequiredField *field, GError **error)
{
	g_autoptr(FnHierarchy) hierarchy = fn_hierarchy_new(field->generalise, NULL, 0, error);

	if (hierarchy == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:s}", "generalise", field->generalise, "hierarchy", fn_hierarchy_version(hierarchy), "name", field->name);
}

static json_t *
write_terms(const FnRequirementTerms *terms)
{
	json_t *json = json_pack("{s:I, s:I}", "k", (json_int_t)terms->k, "suppress_ppm", (json_int_t)terms->suppress_ppm);

	if (terms->joint)
		json_object_set_new(json, "joint", json_true());
	if (terms->sensitive == NULL)
		return json;
	json_object_set_new(json, "l", json_integer(terms->l));
	json_object_set_new(json, "sensitive", json_string(terms->sensitive));
	return json;
}

json_t *
fn_requirement_write(const FnRequiredField *fields, guint n, const FnRequirementTerms *terms, GError **error)
{
	json_t *list = json_array(), *json = write_terms(terms);
	g_autoptr(FnRequirement) read = NULL;

	json_object_set_new(json, "fields", list);
	for (guint i = 0; i < n; i++) {
		json_t *field = write_field(&fields[i], error);

		if (field == NULL) {
			json_decref(json);
			return NULL;
		}
		json_array_append_new(list, field);
	}
	read = fn_requirement_read(json, error);
	if (read != NULL)
		return json;
	json_decref(json);
	return NULL;
}
