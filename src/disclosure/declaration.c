/* What is declared of a table, read from JSON. */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 16 << 20, MAX_SPEC = 200, MAX_NAME = 128 };

struct FnDeclaration {
	FnQuasi quasi[FN_DISCLOSURE_MAX_QUASI];
	char *name[FN_DISCLOSURE_MAX_QUASI];
	FnHierarchy *hierarchy[FN_DISCLOSURE_MAX_QUASI];
	guint n;
	char *sensitive;
	FnDisclosureOptions options;
};

static const FnDisclosureError code = FN_DISCLOSURE_ERROR_OPTIONS;

void
fn_declaration_free(FnDeclaration *declaration)
{
	if (declaration == NULL)
		return;
	for (guint i = 0; i < declaration->n; i++) {
		g_free(declaration->name[i]);
		fn_hierarchy_free(declaration->hierarchy[i]);
	}
	g_free(declaration->sensitive);
	g_free(declaration);
}

static gboolean
knows(const json_t *object, const char *const *names, GError **error)
{
	const char *key;
	const json_t *value;

	json_object_foreach ((json_t *)object, key, value)
		if (!g_strv_contains(names, key))
			return fn_field_refuse(code, error, "there is no member \"%s\"", key);
	return TRUE;
}

static gboolean
take_hierarchy(FnDeclaration *declaration, const json_t *column, guint i, GError **error)
{
	const char *spec = fn_field_text(column, "hierarchy", MAX_SPEC, code, error);
	const json_t *tree = json_object_get(column, "tree");
	char *text;

	if (spec == NULL)
		return FALSE;
	text = tree != NULL ? json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	declaration->hierarchy[i] = fn_hierarchy_new(spec, text, text != NULL ? strlen(text) : 0, error);
	free(text);
	if (declaration->hierarchy[i] == NULL)
		g_prefix_error(error, "column %u: ", i + 1);
	return declaration->hierarchy[i] != NULL;
}

static gboolean
take_column(FnDeclaration *declaration, const json_t *column, GError **error)
{
	static const char *const members[] = { "name", "hierarchy", "levels", "tree", NULL };
	guint i = declaration->n++;
	const char *name;

	if (!json_is_object(column))
		return fn_field_refuse(code, error, "a column must be an object of name and hierarchy");
	if (!knows(column, members, error) || (name = fn_field_text(column, "name", MAX_NAME, code, error)) == NULL ||
		!take_hierarchy(declaration, column, i, error))
		return FALSE;
	declaration->name[i] = g_strdup(name);
	declaration->quasi[i] = (FnQuasi){ declaration->name[i], declaration->hierarchy[i], 0 };
	return json_object_get(column, "levels") == NULL ||
		fn_field_number(column, "levels", 1, fn_hierarchy_top(declaration->hierarchy[i]) + 1, code, &declaration->quasi[i].levels, error);
}

static gboolean
take_columns(FnDeclaration *declaration, const json_t *columns, GError **error)
{
	if (!json_is_array(columns) || json_array_size(columns) < 1 || json_array_size(columns) > FN_DISCLOSURE_MAX_QUASI)
		return fn_field_refuse(code, error, "\"columns\" must be a list of 1 to %d columns", FN_DISCLOSURE_MAX_QUASI);
	for (gsize i = 0; i < json_array_size(columns); i++)
		if (!take_column(declaration, json_array_get(columns, i), error))
			return FALSE;
	return TRUE;
}

static gboolean
take_number(const json_t *object, const char *name, guint least, guint most, guint *out, GError **error)
{
	return json_object_get(object, name) == NULL || fn_field_number(object, name, least, most, code, out, error);
}

static gboolean
take_options(FnDeclaration *declaration, const json_t *value, GError **error)
{
	FnDisclosureOptions *options = &declaration->options;

	*options = fn_disclosure_options();
	if (!take_number(value, "k", 2, FN_DISCLOSURE_MAX_K, &options->k, error) || !take_number(value, "l", 1, options->k, &options->l, error) ||
		!take_number(value, "suppress_ppm", 0, FN_DISCLOSURE_MAX_PPM, &options->suppress_ppm, error))
		return FALSE;
	if (json_object_get(value, "joint") != NULL && !fn_field_bool(value, "joint", code, &options->joint, error))
		return FALSE;
	if (json_object_get(value, "sensitive") != NULL) {
		declaration->sensitive = g_strdup(fn_field_text(value, "sensitive", MAX_NAME, code, error));
		return declaration->sensitive != NULL;
	}
	return options->l == 1 || fn_field_refuse(code, error, "l = %u needs a sensitive column", options->l);
}

static gboolean
take_declaration(FnDeclaration *declaration, const json_t *value, GError **error)
{
	static const char *const members[] = { "columns", "k", "l", "sensitive", "suppress_ppm", "joint", NULL };
	g_autoptr(FnCensus) census = NULL;

	if (!json_is_object(value))
		return fn_field_refuse(code, error, "expected an object with columns");
	if (!knows(value, members, error) || !take_columns(declaration, json_object_get(value, "columns"), error) ||
		!take_options(declaration, value, error))
		return FALSE;
	/* Whatever else a census would refuse is refused here already. */
	census = fn_census_new(declaration->quasi, declaration->n, declaration->sensitive, FN_DISCLOSURE_MIN_MEMORY, NULL, error);
	return census != NULL;
}

FnDeclaration *
fn_declaration_parse(const char *text, gsize size, GError **error)
{
	g_autoptr(FnDeclaration) declaration = g_new0(FnDeclaration, 1);
	g_autoptr(GError) why = NULL;
	json_t *value = size <= MAX_TEXT ? fn_json_parse(text, size, &why) : NULL;
	gboolean fine = value != NULL ? take_declaration(declaration, value, error)
				      : fn_field_refuse(code, error, "%s", why != NULL ? why->message : "above 16 MiB");

	json_decref(value);
	return fine ? g_steal_pointer(&declaration) : NULL;
}

const FnQuasi *
fn_declaration_quasi(const FnDeclaration *declaration, guint *n_out)
{
	*n_out = declaration->n;
	return declaration->quasi;
}

const char *
fn_declaration_sensitive(const FnDeclaration *declaration)
{
	return declaration->sensitive;
}

FnDisclosureOptions
fn_declaration_options(const FnDeclaration *declaration)
{
	return declaration->options;
}
