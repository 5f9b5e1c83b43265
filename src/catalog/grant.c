/* Preparing a grant: what an agreed application asks for, held against what the provider offers, as the text that is
 * signed. */
#include "catalog/catalog_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog_sql.h"
#include "mask/plan.h"

#include <string.h>

enum { ROWS_MOST = 20, OPERATORS_MOST = 500, TABLES_MOST = 16, MINUTES = 1440 };

/* An application as it is read; texts are borrowed from the form. */
typedef struct {
	const char *provider, *consumer;
	const char *resource, *system, *mode, *purpose, *basis, *scenario;
	const json_t *fields, *needed, *rows, *operators, *tables;
	gint64 until, hour_from, hour_until, quota_day;
	gboolean case_required;
	gboolean noisy, joint; /* counts with noise; increments together with what left before */
	const FnRules *rules;
	FnPlanTerms terms; /* for organizations of the consumer's kind */
	gint64 level;      /* of the granted fields */
} Wish;

static gboolean
take_text(const json_t *form, const char *name, gsize max, const char **out, GError **error)
{
	*out = json_string_value(json_object_get(form, name));
	if (*out != NULL && **out != '\0' && strlen(*out) <= max)
		return TRUE;
	return fn_catalog_input(error, "\"%s\" of the application must be a text of 1 to %zu bytes", name, max);
}

static gboolean
take_int(const json_t *form, const char *name, gint64 otherwise, gint64 max, gint64 *out, GError **error)
{
	const json_t *value = json_object_get(form, name);

	*out = otherwise;
	if (value == NULL || json_is_null(value))
		return TRUE;
	*out = json_integer_value(value);
	if (json_is_integer(value) && *out >= 0 && *out <= max)
		return TRUE;
	return fn_catalog_input(
		error, "\"%s\" of the application must be a whole number from 0 to %" G_GINT64_FORMAT, name, max);
}

gboolean
fn_catalog_day_end(const char *day, gint64 *out)
{
	g_autofree char *moment = g_strconcat(day == NULL ? "" : day, "T00:00:00+08:00", NULL);

	if (day == NULL || strlen(day) != 10 || !fn_time_parse(moment, out))
		return FALSE;
	*out += G_TIME_SPAN_DAY;
	return TRUE;
}

static gboolean
take_until(const json_t *form, gint64 now, gint64 *out, GError **error)
{
	if (!fn_catalog_day_end(json_string_value(json_object_get(form, "until")), out))
		return fn_catalog_input(error, "\"until\" of the application must be a date, as in 2027-06-30");
	return *out > now || fn_catalog_input(error, "\"until\" of the application is over already");
}

static gboolean
take_array(const json_t *form, const char *name, gsize max, const json_t **out, GError **error)
{
	*out = json_object_get(form, name);
	if (*out == NULL || json_is_null(*out))
		*out = NULL;
	else if (!json_is_array(*out) || json_array_size(*out) > max)
		return fn_catalog_input(error, "\"%s\" of the application must be an array of at most %zu", name, max);
	return TRUE;
}

static gboolean
take_form(const json_t *form, gint64 now, Wish *wish, GError **error)
{
	wish->case_required = json_is_true(json_object_get(form, "case_required"));
	wish->noisy = json_is_true(json_object_get(form, "noisy"));
	wish->joint = g_strcmp0(json_string_value(json_object_get(form, "increments")), "joint") == 0;
	return take_text(form, "resource", 100, &wish->resource, error) &&
	       take_text(form, "system", 40, &wish->system, error) && take_text(form, "mode", 20, &wish->mode, error) &&
	       take_text(form, "purpose", 800, &wish->purpose, error) &&
	       take_text(form, "basis", 8000, &wish->basis, error) &&
	       take_text(form, "scenario", 8000, &wish->scenario, error) &&
	       take_until(form, now, &wish->until, error) && take_array(form, "fields", 500, &wish->fields, error) &&
	       take_array(form, "needed", 500, &wish->needed, error) &&
	       take_array(form, "rows", ROWS_MOST, &wish->rows, error) &&
	       take_array(form, "operators", OPERATORS_MOST, &wish->operators, error) &&
	       take_array(form, "tables", TABLES_MOST, &wish->tables, error) &&
	       take_int(form, "hour_from", 0, MINUTES, &wish->hour_from, error) &&
	       take_int(form, "hour_until", MINUTES, MINUTES, &wish->hour_until, error) &&
	       take_int(form, "quota_day", 0, G_MAXINT32, &wish->quota_day, error);
}

static gboolean
take_parties(const json_t *parties, Wish *wish, GError **error)
{
	wish->provider = json_string_value(json_object_get(parties, "provider"));
	wish->consumer = json_string_value(json_object_get(parties, "consumer"));
	if (wish->provider == NULL || wish->consumer == NULL)
		return fn_catalog_input(error, "the application must have the parties provider and consumer");
	if (g_str_equal(wish->provider, wish->consumer))
		return fn_catalog_input(error, "nobody needs a grant for a resource of their own");
	return TRUE;
}

static gboolean
holds_text(const json_t *array, const char *text)
{
	json_t *one;
	gsize i;

	json_array_foreach((json_t *)array, i, one) if (g_strcmp0(json_string_value(one), text) == 0) return TRUE;
	return FALSE;
}

/* State, type, mode and who may ask: the offer but for its fields. */
static gboolean
check_offer(const FnResource *resource, const Wish *wish, GError **error)
{
	const json_t *consumers = json_object_get(resource->body, "consumers");

	if (!g_str_equal(resource->organization, wish->provider))
		return fn_catalog_input(error, "the provider of the application does not provide this resource");
	if (!g_str_equal(resource->offered, "published"))
		return fn_catalog_state(error, "the resource is not published");
	if (g_str_equal(resource->version_sharing_type, "withheld"))
		return fn_catalog_state(error, "the resource is withheld: no grant refers to it");
	if (!fn_mode_known(wish->mode) || !holds_text(json_object_get(resource->body, "sharing_modes"), wish->mode)) {
		g_autofree char *safe = fn_text_safe(wish->mode, -1, 40);

		return fn_catalog_input(error, "the resource is not offered in the mode \"%s\"", safe);
	}
	if (json_array_size(consumers) > 0 && !holds_text(consumers, wish->consumer))
		return fn_catalog_input(error, "the resource is not offered to this organization");
	return TRUE;
}

/* Sharing is between departments (decree 809); others get data in other ways, not by a grant. */
static gboolean
check_consumer(FnDb *db, Wish *wish, GError **error)
{
	static const char *const kinds[] = { "department", "bureau", "regulator", "government", "institution", NULL };
	g_autoptr(FnRows) row = fn_catalog_row(db, &fn_sql_catalog_organization,
		FN_BINDS(FN_TEXT("id", wish->consumer)), "there is no organization", wish->consumer, error);

	if (row == NULL)
		return FALSE;
	if (!g_str_equal(fn_rows_text(row, "state"), "active") || !g_strv_contains(kinds, fn_rows_text(row, "kind")))
		return fn_catalog_input(error, "an organization of this kind gets no grant");
	wish->terms = fn_plan_terms(wish->rules, fn_rows_text(row, "kind"));
	g_clear_pointer(&row, fn_rows_free);
	row = fn_catalog_row(
		db, &fn_sql_catalog_system, FN_BINDS(FN_TEXT("id", wish->system)), "there is no system", wish->system, error);
	if (row == NULL)
		return FALSE;
	if (!g_str_equal(fn_rows_text(row, "organization"), wish->consumer) ||
		!g_str_equal(fn_rows_text(row, "state"), "active"))
		return fn_catalog_input(error, "the system is not an active one of the organization that asks");
	return TRUE;
}

static gboolean
check_operators(FnDb *db, const Wish *wish, GError **error)
{
	json_t *one;
	gsize i;

	json_array_foreach((json_t *)wish->operators, i, one)
	{
		const char *account = json_string_value(one);
		GError *failed = NULL;
		gint64 known = account == NULL
				       ? 0
				       : fn_db_int(db, &fn_sql_catalog_operator_of,
						 FN_BINDS(FN_TEXT("system", wish->system), FN_TEXT("account", account)),
						 0, &failed);

		if (failed != NULL) {
			g_propagate_error(error, failed);
			return FALSE;
		}
		if (known == 0)
			return fn_catalog_input(error, "operators[%zu] is no operator of the system", i);
	}
	return TRUE;
}

static const FnField *
offered_field(const FnResource *resource, const char *name)
{
	const FnField *field = name == NULL ? NULL : fn_fields_find(resource->fields, name);

	return field == NULL || !field->offered ? NULL : field;
}

static gboolean
refuse_field(const json_t *name, const char *english, GError **error)
{
	g_autofree char *safe = fn_text_safe(json_string_value(name), -1, 63);

	return fn_catalog_input(error, "field \"%s\" is %s", safe, fn_say(english));
}

static gboolean
there_before(const json_t *array, gsize at)
{
	for (gsize i = 0; i < at; i++)
		if (json_equal(json_array_get(array, i), json_array_get(array, at)))
			return TRUE;
	return FALSE;
}

/* scope(grant) ⊆ scope(offer), field by field; the first that goes beyond is named. */
static gboolean
take_fields(const FnResource *resource, Wish *wish, FnPlanField *out, GError **error)
{
	json_t *one;
	gsize i;

	json_array_foreach((json_t *)wish->fields, i, one)
	{
		const FnField *field = offered_field(resource, json_string_value(one));

		if (field == NULL || there_before(wish->fields, i))
			return refuse_field(one, field == NULL ? "not offered" : "there twice", error);
		wish->level = MAX(wish->level, field->level);
		out[i] = (FnPlanField){ .name = field->name,
			.title = field->title,
			.column = field->column,
			.element = field->element,
			.identifier = field->identifier,
			.mask = field->mask,
			.level = field->level,
			.named = holds_text(wish->needed, field->name) };
	}
	json_array_foreach((json_t *)wish->needed, i, one)
	{
		if (json_string_value(one) == NULL || !holds_text(wish->fields, json_string_value(one)))
			return refuse_field(one, "needed, but not asked for", error);
	}
	return TRUE;
}

static gboolean
is_mode(const Wish *wish, const char *mode)
{
	return g_str_equal(wish->mode, mode);
}

/* Whether the rows of this grant leave in groups only. Of counts no row leaves. */
static gboolean
held_together(const Wish *wish, const FnPlanField *fields, guint n)
{
	FnTogether together = fn_plan_together(fields, n, &wish->terms);

	if (is_mode(wish, "aggregate"))
		return FALSE;
	return together == FN_TOGETHER_ALWAYS || (together == FN_TOGETHER_BATCH && is_mode(wish, "batch"));
}

/* Pins with the plan what rows leave together, or which counts leave in their place. */
static gboolean
pin_terms(FnDb *db, const FnResource *resource, const Wish *wish, gboolean together, json_t *plan, GError **error)
{
	FnCountsAsked counts = { wish->consumer, resource->code, wish->tables, wish->rows, wish->noisy };

	if (is_mode(wish, "aggregate"))
		return fn_catalog_pin_counts(db, resource, wish->rules, &counts, plan, error);
	if (wish->tables != NULL)
		return fn_catalog_input(error, "only in the mode \"aggregate\" an application names \"tables\"");
	return !together || fn_catalog_hold_together(resource, wish->rules, wish->mode, wish->rows, wish->joint, plan, error);
}

/* The plan of the fields that are asked for. */
static json_t *
plan_fields(FnDb *db, const FnResource *resource, Wish *wish, GError **error)
{
	gsize n = json_array_size(wish->fields);
	g_autofree FnPlanField *fields = g_new0(FnPlanField, n + 1);
	g_autoptr(GError) failed = NULL;
	gboolean together;
	json_t *plan;

	if (n == 0) {
		fn_catalog_input(error, "\"fields\" of the application names no field");
		return NULL;
	}
	if (!take_fields(resource, wish, fields, error))
		return NULL;
	together = held_together(wish, fields, (guint)n);
	plan = fn_plan_compile(fields, (guint)n, &wish->terms, together, &failed);
	if (plan == NULL)
		fn_catalog_input(error, "%s", failed->message);
	if (plan == NULL || pin_terms(db, resource, wish, together, plan, error))
		return plan;
	json_decref(plan);
	return NULL;
}

/* The fields stand beside the plan, as in grants of before. */
static void
add_plan(json_t *content, json_t *plan)
{
	json_object_set(content, "fields", json_object_get(plan, "fields"));
	json_object_del(plan, "fields");
	json_object_set_new(content, "plan", plan);
}

static gboolean
add_row(const FnResource *resource, const json_t *row, gboolean of_offer, json_t *rows, GError **error)
{
	const char *name = json_string_value(json_object_get(row, "field")),
		   *op = json_string_value(json_object_get(row, "op"));
	const char *value = json_string_value(json_object_get(row, "value"));
	const FnField *field = name == NULL ? NULL
			       : of_offer   ? fn_fields_find(resource->fields, name)
					    : offered_field(resource, name);

	if (field == NULL || op == NULL || !g_strv_contains(fn_row_operators, op) || value == NULL ||
		strlen(value) > 200)
		return fn_catalog_input(error, "a row condition is {field, op, value} with an offered field and =, !=, "
					       "<, <=, >, >= or like_prefix");
	json_array_append_new(rows,
		json_pack("{s:s, s:s, s:s, s:s}", "field", name, "column", field->column, "op", op, "value", value));
	return TRUE;
}

/* All conditions must hold, so what the provider set stays set whatever is asked for. */
static json_t *
row_scope(const FnResource *resource, const Wish *wish, GError **error)
{
	json_t *rows = json_array(), *row;
	gboolean good = TRUE;
	gsize i;

	json_array_foreach(json_object_get(resource->body, "row_scope"), i, row) good =
		good && add_row(resource, row, TRUE, rows, error);
	json_array_foreach((json_t *)wish->rows, i, row) good = good && add_row(resource, row, FALSE, rows, error);
	if (good)
		return rows;
	json_decref(rows);
	return NULL;
}

static json_t *
key_fields(const FnResource *resource)
{
	json_t *keys = json_array();

	for (guint i = 0; i < resource->fields->len; i++) {
		const FnField *field = resource->fields->pdata[i];

		if (field->key && field->offered)
			json_array_append_new(
				keys, json_pack("{s:s, s:s}", "name", field->name, "column", field->column));
	}
	return keys;
}

/* The binding that serves, and whether the mode can be served through it. */
static json_t *
serving_binding(FnDb *db, const FnResource *resource, const Wish *wish, const json_t *keys, GError **error)
{
	json_t *bindings = fn_resource_bindings(db, resource->code, resource->read_version, NULL, error), *first;

	if (bindings == NULL)
		return NULL;
	first = json_incref(json_array_get(bindings, 0));
	json_decref(bindings);
	if (first == NULL)
		fn_catalog_state(error, "the resource is not bound to a table");
	else if (g_str_equal(wish->mode, "query") && json_array_size(keys) == 0)
		fn_catalog_state(error, "the resource has no key field to query by");
	else if (g_str_equal(wish->mode, "batch") && *json_string_value(json_object_get(first, "cursor")) == '\0')
		fn_catalog_state(error, "the resource has no cursor column, so batches cannot be resumed");
	else
		return first;
	json_decref(first);
	return NULL;
}

static json_t *
grant_json(const FnCase *application, const char *id, const FnResource *resource, const Wish *wish, gint64 now)
{
	json_t *content = json_object(),
	       *operators = wish->operators == NULL ? json_array() : json_deep_copy(wish->operators);
	const struct {
		const char *name, *text;
	} texts[] = { { "grant", id }, { "case", application->id }, { "resource", resource->code },
		{ "provider", wish->provider }, { "consumer", wish->consumer }, { "system", wish->system },
		{ "mode", wish->mode }, { "purpose", wish->purpose }, { "basis", wish->basis },
		{ "scenario", wish->scenario } };
	const struct {
		const char *name;
		gint64 number;
	} numbers[] = { { "content_version", 1 }, { "version", resource->read_version }, { "level", wish->level },
		{ "hour_from", wish->hour_from }, { "hour_until", wish->hour_until }, { "quota_day", wish->quota_day },
		{ "from", now }, { "until", wish->until } };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		json_object_set_new(content, texts[i].name, json_string(texts[i].text));
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		json_object_set_new(content, numbers[i].name, json_integer(numbers[i].number));
	json_object_set_new(content, "case_required", json_boolean(wish->case_required || wish->level >= 3));
	json_object_set_new(content, "operators", operators);
	return content;
}

/* Adds fields, keys, rows and binding, or fails with what goes beyond the offer. */
static gboolean
add_scope(FnDb *db, const FnResource *resource, Wish *wish, json_t *content, GError **error)
{
	json_t *rows = row_scope(resource, wish, error), *keys, *binding;

	if (rows == NULL)
		return FALSE;
	json_object_set_new(content, "rows", rows);
	keys = key_fields(resource);
	json_object_set_new(content, "keys", keys);
	binding = serving_binding(db, resource, wish, keys, error);
	if (binding == NULL)
		return FALSE;
	json_object_set_new(content, "binding", binding);
	return TRUE;
}

static gboolean
write_grant(FnDb *db, const json_t *content, gint64 now, GError **error)
{
	g_autofree char *text = fn_json_canonical(content), *rows = fn_json_canonical(json_object_get(content, "rows"));
	g_autofree char *operators = fn_json_canonical(json_object_get(content, "operators"));
#define OF(name_)     json_string_value(json_object_get(content, name_))
#define NUMBER(name_) json_integer_value(json_object_get(content, name_))
	return fn_db_exec(db, &fn_sql_catalog_add_grant,
		FN_BINDS(FN_TEXT("id", OF("grant")), FN_TEXT("case_id", OF("case")),
			FN_TEXT("resource", OF("resource")), FN_INT("resource_version", NUMBER("version")),
			FN_TEXT("provider", OF("provider")), FN_TEXT("consumer", OF("consumer")),
			FN_TEXT("system", OF("system")), FN_TEXT("mode", OF("mode")), FN_TEXT("purpose", OF("purpose")),
			FN_TEXT("basis", OF("basis")), FN_TEXT("scenario", OF("scenario")), FN_TEXT("row_scope", rows),
			FN_TEXT("operators", operators), FN_INT("hour_from", NUMBER("hour_from")),
			FN_INT("hour_until", NUMBER("hour_until")), FN_INT("quota_day", NUMBER("quota_day")),
			FN_INT("case_required", json_is_true(json_object_get(content, "case_required"))),
			FN_INT("level", NUMBER("level")), FN_INT("valid_from", NUMBER("from")),
			FN_INT("valid_until", NUMBER("until")), FN_TEXT("content", text), FN_INT("now", now)),
		NULL, error);
#undef OF
#undef NUMBER
}

static gboolean
write_grant_fields(FnDb *db, const char *id, const json_t *fields, GError **error)
{
	json_t *field;
	gsize i;

	json_array_foreach((json_t *)fields, i,
		field) if (!fn_db_exec(db, &fn_sql_catalog_add_grant_field,
				   FN_BINDS(FN_TEXT("grant_id", id), FN_INT("ordinal", (gint64)i),
					   FN_TEXT("name", json_string_value(json_object_get(field, "name"))),
					   FN_TEXT("mask", json_string_value(json_object_get(field, "mask")))),
				   NULL, error)) return FALSE;
	return TRUE;
}

static gboolean
check_first(FnDb *db, const char *application, GError **error)
{
	GError *failed = NULL;
	g_autofree char *there =
		fn_db_text(db, &fn_sql_catalog_grant_of_case, FN_BINDS(FN_TEXT("case_id", application)), &failed);

	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (there != NULL)
		fn_catalog_state(error, "the application has led to grant %s already", there);
	else
		return TRUE;
	return FALSE;
}

static FnResource *
read_published(FnDb *db, const char *code, GError **error)
{
	g_autoptr(FnResource) newest = fn_resource_read(db, code, 0, error);

	if (newest == NULL)
		return NULL;
	if (newest->published_version == 0) {
		fn_catalog_state(error, "the resource is not published");
		return NULL;
	}
	return fn_resource_read(db, code, newest->published_version, error);
}

static gboolean
check_wish(FnDb *db, const FnCase *application, const FnResource *resource, Wish *wish, GError **error)
{
	if (wish->hour_from >= wish->hour_until)
		return fn_catalog_input(error, "\"hour_from\" must be before \"hour_until\"");
	return check_first(db, application->id, error) && check_offer(resource, wish, error) &&
	       check_consumer(db, wish, error) && check_operators(db, wish, error);
}

char *
fn_catalog_prepare_grant(FnDb *db, const FnCase *application, const FnRules *rules, gint64 now, GError **error)
{
	g_autoptr(FnResource) resource = NULL;
	g_autofree char *id = fn_id_new();
	json_t *plan, *content;
	Wish wish = { .rules = rules };
	gboolean done;

	if (!take_parties(application->parties, &wish, error) || !take_form(application->form, now, &wish, error))
		return NULL;
	resource = read_published(db, wish.resource, error);
	if (resource == NULL || !check_wish(db, application, resource, &wish, error))
		return NULL;
	plan = plan_fields(db, resource, &wish, error);
	if (plan == NULL)
		return NULL;
	content = grant_json(application, id, resource, &wish, now);
	add_plan(content, plan);
	done = add_scope(db, resource, &wish, content, error) && write_grant(db, content, now, error) &&
	       write_grant_fields(db, id, json_object_get(content, "fields"), error) && fn_catalog_raise_generation(db, error);
	json_decref(content);
	return done ? g_steal_pointer(&id) : NULL;
}
