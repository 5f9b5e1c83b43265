/* A plan and its canonical text. */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"
#include "base/text.h"

#include <stdarg.h>
#include <string.h>

#define FORMAT "fengni/v1/disclosure"

enum { MAX_LEVEL = 63 };

FnDisclosureOptions
fn_disclosure_options(void)
{
	return (FnDisclosureOptions){ .k = FN_DISCLOSURE_K, .l = 1, .suppress_ppm = FN_DISCLOSURE_SUPPRESS_PPM };
}

gboolean
fn_disclosure_options_check(const FnDisclosureOptions *options, GError **error)
{
	if (options->k >= 2 && options->k <= FN_DISCLOSURE_MAX_K && options->l >= 1 && options->l <= options->k &&
		options->suppress_ppm <= FN_DISCLOSURE_MAX_PPM)
		return TRUE;
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS,
		"k = %u, l = %u, %u rows in a million left out; expected k from 2 to %d, l from 1 to k, at most %d in a million", options->k, options->l,
		options->suppress_ppm, FN_DISCLOSURE_MAX_K, FN_DISCLOSURE_MAX_PPM);
	return FALSE;
}

void
fn_disclosure_plan_free(FnDisclosurePlan *plan)
{
	if (plan == NULL)
		return;
	for (guint i = 0; i < plan->n; i++) {
		g_free(plan->column[i].name);
		g_free(plan->column[i].hierarchy);
	}
	g_free(plan->sensitive);
	g_free(plan->digest);
	g_free(plan);
}

static void
write_columns(const FnDisclosurePlan *plan, FnJson *json)
{
	fn_json_name(json, "columns");
	fn_json_begin_array(json);
	for (guint i = 0; i < plan->n; i++) {
		fn_json_begin_object(json);
		fn_json_member(json, "hierarchy", plan->column[i].hierarchy);
		fn_json_member_int(json, "level", plan->level[i]);
		fn_json_member(json, "name", plan->column[i].name);
		fn_json_end_object(json);
	}
	fn_json_end_array(json);
}

/* Members in byte order of their names. */
static char *
write_plan(const FnDisclosurePlan *plan, const char *digest)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	write_columns(plan, &json);
	if (digest != NULL)
		fn_json_member(&json, "digest", digest);
	fn_json_member(&json, "format", FORMAT);
	fn_json_member_bool(&json, "joint", plan->options.joint);
	fn_json_member_int(&json, "k", plan->options.k);
	fn_json_member_int(&json, "l", plan->options.l);
	fn_json_member(&json, "sensitive", plan->sensitive);
	fn_json_member_int(&json, "suppress_ppm", plan->options.suppress_ppm);
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}

static void
set_digest(FnDisclosurePlan *plan)
{
	g_autofree char *text = write_plan(plan, NULL), *hex = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	fn_sm3(text, strlen(text), digest);
	hex = fn_hex(digest, sizeof(digest));
	plan->digest = g_strconcat("sm3:", hex, NULL);
}

FnDisclosurePlan *
fn_disclosure_plan_new(const FnCensus *census, const guint8 *level, const FnDisclosureOptions *options)
{
	FnDisclosurePlan *plan = g_new0(FnDisclosurePlan, 1);

	plan->n = census->n;
	for (guint i = 0; i < plan->n; i++) {
		plan->column[i].name = g_strdup(census->quasi[i].name);
		plan->column[i].hierarchy = g_strdup(fn_hierarchy_version(census->quasi[i].hierarchy));
		plan->level[i] = level[i];
	}
	plan->options = *options;
	plan->sensitive = g_strdup(census->sensitive);
	set_digest(plan);
	return plan;
}

char *
fn_disclosure_plan_text(const FnDisclosurePlan *plan)
{
	return write_plan(plan, plan->digest);
}

const char *
fn_disclosure_plan_digest(const FnDisclosurePlan *plan)
{
	return plan->digest;
}

guint
fn_disclosure_plan_columns(const FnDisclosurePlan *plan)
{
	return plan->n;
}

const char *
fn_disclosure_plan_name(const FnDisclosurePlan *plan, guint column)
{
	g_assert(column < plan->n);
	return plan->column[column].name;
}

guint
fn_disclosure_plan_level(const FnDisclosurePlan *plan, guint column)
{
	g_assert(column < plan->n);
	return plan->level[column];
}

const char *
fn_disclosure_plan_sensitive(const FnDisclosurePlan *plan)
{
	return plan->sensitive;
}

/* ---- reading ---- */

static gboolean
refuse(GError **error, const char *why, ...) G_GNUC_PRINTF(2, 3);

static gboolean
refuse(GError **error, const char *why, ...)
{
	g_autofree char *text = NULL, *safe = NULL;
	va_list arguments;

	va_start(arguments, why);
	text = g_strdup_vprintf(why, arguments);
	va_end(arguments);
	safe = fn_text_safe(text, -1, 300);
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN, "disclosure plan: %s", safe);
	return FALSE;
}

static gboolean
take_text(const json_t *object, const char *name, char **out, GError **error)
{
	enum { MOST = 200 };
	const json_t *value = json_object_get(object, name);
	gsize size = json_string_length(value);

	if (!json_is_string(value) || size < 1 || size > MOST || strlen(json_string_value(value)) != size)
		return refuse(error, "\"%s\" must be a text of 1 to %d bytes", name, MOST);
	*out = g_strdup(json_string_value(value));
	return TRUE;
}

static gboolean
take_number(const json_t *object, const char *name, guint least, guint most, guint *out, GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > most)
		return refuse(error, "\"%s\" must be a whole number from %u to %u", name, least, most);
	*out = (guint)json_integer_value(value);
	return TRUE;
}

static gboolean
take_bool(const json_t *object, const char *name, gboolean *out, GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_boolean(value))
		return refuse(error, "\"%s\" must be true or false", name);
	*out = json_is_true(value);
	return TRUE;
}

static gboolean
take_column(FnDisclosurePlan *plan, const json_t *value, GError **error)
{
	guint i = plan->n++, level;

	if (!json_is_object(value) || json_object_size(value) != 3)
		return refuse(error, "a column must have a hierarchy, a level and a name, no more");
	if (!take_text(value, "hierarchy", &plan->column[i].hierarchy, error) || !take_text(value, "name", &plan->column[i].name, error) ||
		!take_number(value, "level", 0, MAX_LEVEL, &level, error))
		return FALSE;
	plan->level[i] = (guint8)level;
	for (guint other = 0; other < i; other++)
		if (g_strcmp0(plan->column[other].name, plan->column[i].name) == 0)
			return refuse(error, "column \"%s\" is there twice", plan->column[i].name);
	return TRUE;
}

static gboolean
take_columns(FnDisclosurePlan *plan, const json_t *columns, GError **error)
{
	if (!json_is_array(columns) || json_array_size(columns) < 1 || json_array_size(columns) > FN_DISCLOSURE_MAX_QUASI)
		return refuse(error, "\"columns\" must be a list of 1 to %d columns", FN_DISCLOSURE_MAX_QUASI);
	for (gsize i = 0; i < json_array_size(columns); i++)
		if (!take_column(plan, json_array_get(columns, i), error))
			return FALSE;
	return TRUE;
}

static gboolean
take_plan(FnDisclosurePlan *plan, const json_t *value, GError **error)
{
	g_autofree char *format = NULL, *digest = NULL;
	FnDisclosureOptions *options = &plan->options;

	if (!json_is_object(value) || json_object_size(value) != 8)
		return refuse(error, "expected an object of columns, digest, format, joint, k, l, sensitive and suppress_ppm, no more");
	if (!take_columns(plan, json_object_get(value, "columns"), error) || !take_text(value, "format", &format, error) ||
		!take_text(value, "digest", &digest, error) || !take_number(value, "k", 2, FN_DISCLOSURE_MAX_K, &options->k, error) ||
		!take_number(value, "l", 1, options->k, &options->l, error) ||
		!take_number(value, "suppress_ppm", 0, FN_DISCLOSURE_MAX_PPM, &options->suppress_ppm, error))
		return FALSE;
	if (!g_str_equal(format, FORMAT))
		return refuse(error, "its format is \"%s\", not " FORMAT, format);
	if (!take_bool(value, "joint", &options->joint, error))
		return FALSE;
	if (!json_is_null(json_object_get(value, "sensitive")) && !take_text(value, "sensitive", &plan->sensitive, error))
		return FALSE;
	if (options->l > 1 && plan->sensitive == NULL)
		return refuse(error, "l-diversity needs a sensitive column");
	set_digest(plan);
	return g_str_equal(digest, plan->digest) || refuse(error, "its digest is not that of its content");
}

FnDisclosurePlan *
fn_disclosure_plan_parse(const char *text, gsize size, GError **error)
{
	g_autoptr(FnDisclosurePlan) plan = g_new0(FnDisclosurePlan, 1);
	g_autoptr(GError) why = NULL;
	json_t *value = fn_json_parse(text, size, &why);
	gboolean fine = value != NULL ? take_plan(plan, value, error) : refuse(error, "%s", why->message);

	json_decref(value);
	return fine ? g_steal_pointer(&plan) : NULL;
}

gboolean
fn_disclosure_plan_fits(const FnDisclosurePlan *plan, const FnCensus *census, GError **error)
{
	if (plan->n != census->n || g_strcmp0(plan->sensitive, census->sensitive) != 0)
		return refuse(error, "it has %u quasi-identifiers and sensitive column \"%s\", the rows %u and \"%s\"", plan->n,
			plan->sensitive != NULL ? plan->sensitive : "", census->n, census->sensitive != NULL ? census->sensitive : "");
	for (guint i = 0; i < plan->n; i++) {
		const FnQuasi *quasi = &census->quasi[i];

		if (!g_str_equal(plan->column[i].name, quasi->name))
			return refuse(error, "column %u is \"%s\", not \"%s\"", i + 1, plan->column[i].name, quasi->name);
		if (!g_str_equal(plan->column[i].hierarchy, fn_hierarchy_version(quasi->hierarchy)))
			return refuse(error, "column \"%s\" is pinned to hierarchy %s, not %s", quasi->name, plan->column[i].hierarchy,
				fn_hierarchy_version(quasi->hierarchy));
		if (plan->level[i] > fn_hierarchy_top(quasi->hierarchy))
			return refuse(error, "column \"%s\" has no level %u", quasi->name, plan->level[i]);
	}
	return TRUE;
}
