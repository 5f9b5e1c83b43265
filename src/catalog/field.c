/* Data items of a resource: JSON in, rows, JSON out. */
#include "catalog/catalog_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "catalog_sql.h"
#include "disclosure/disclosure.h"
#include "mask/plan.h"

#include <string.h>

enum { FIELDS_MOST = 500 };

static void
field_free(gpointer data)
{
	FnField *field = data;

	g_free(field->name);
	g_free(field->title);
	g_free(field->type);
	g_free(field->identifier);
	g_free(field->generalise);
	g_free(field->mask);
	g_free(field->element);
	g_free(field->labels);
	g_free(field->column);
	g_free(field);
}

/* The guide's letters, and words for people who do not know them. */
static const struct {
	const char *word, *letter;
} types[] = { { "text", "C" }, { "integer", "I" }, { "number", "N" }, { "decimal", "F" }, { "money", "Y" },
	{ "date", "D" }, { "datetime", "T" }, { "boolean", "L" }, { "note", "M" }, { "general", "G" },
	{ "double", "B" } };
static const char *const identifiers[] = { "direct", "quasi", "none", NULL };
static const char *const labels[] = { "personal", "sensitive_personal", "work_secret", "commercial", NULL };
static const char *const members[] = { "name", "title", "type", "length", "level", "identifier", "generalise", "mask", "element",
	"authoritative", "labels", "column", "key", "offered", NULL };

static const char *
type_letter(const char *text)
{
	for (gsize i = 0; text != NULL && i < G_N_ELEMENTS(types); i++)
		if (g_str_equal(types[i].word, text) || g_str_equal(types[i].letter, text))
			return types[i].letter;
	return NULL;
}

gboolean
fn_field_name_good(const char *name)
{
	gsize size = name == NULL ? 0 : strlen(name);

	return size > 0 && size < 64 && g_ascii_islower(name[0]) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

/* The text member @name of at most @max bytes, @otherwise when it is not there; NULL with an error when it is no such
 * text. */
static char *
take_text(const json_t *object, gsize at, const char *name, const char *otherwise, gsize max, GError **error)
{
	const json_t *value = json_object_get(object, name);
	const char *text = value == NULL || json_is_null(value) ? otherwise : json_string_value(value);

	if (text == NULL || strlen(text) > max ||
		(json_is_string(value) && strlen(text) != json_string_length(value))) {
		fn_catalog_input(error, "fields[%zu]: \"%s\" must be a text of at most %zu bytes", at, name, max);
		return NULL;
	}
	for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c)) {
		if (!g_unichar_isprint(g_utf8_get_char(c))) {
			fn_catalog_input(error, "fields[%zu]: \"%s\" holds a control character", at, name);
			return NULL;
		}
	}
	return g_strdup(text);
}

static gboolean
take_int(const json_t *object, gsize at, const char *name, gint64 otherwise, gint64 min, gint64 max, gint64 *out,
	GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL || json_is_null(value)) {
		*out = otherwise;
		return TRUE;
	}
	if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
		return fn_catalog_input(error,
			"fields[%zu]: \"%s\" must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, at,
			name, min, max);
	*out = json_integer_value(value);
	return TRUE;
}

static gboolean
take_bool(const json_t *object, gsize at, const char *name, gboolean otherwise, gboolean *out, GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (value != NULL && !json_is_null(value) && !json_is_boolean(value))
		return fn_catalog_input(error, "fields[%zu]: \"%s\" must be true or false", at, name);
	*out = json_is_boolean(value) ? json_is_true(value) : otherwise;
	return TRUE;
}

static char *
take_labels(const json_t *object, gsize at, GError **error)
{
	json_t *list = json_object_get(object, "labels"), *label;
	gsize i;

	if (list == NULL || json_is_null(list))
		return g_strdup("[]");
	if (!json_is_array(list) || json_array_size(list) > g_strv_length((char **)labels)) {
		fn_catalog_input(error, "fields[%zu]: \"labels\" must be an array", at);
		return NULL;
	}
	json_array_foreach(list, i, label)
	{
		if (!json_is_string(label) || !g_strv_contains(labels, json_string_value(label))) {
			fn_catalog_input(error,
				"fields[%zu]: a label is one of personal, sensitive_personal, work_secret, commercial",
				at);
			return NULL;
		}
	}
	return fn_json_canonical(list);
}

static gboolean
check_members(const json_t *object, gsize at, GError **error)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return fn_catalog_input(error, "fields[%zu] must be an object", at);
	json_object_foreach((json_t *)object, name, value)
	{
		if (!g_strv_contains(members, name)) {
			g_autofree char *safe = fn_text_safe(name, -1, 40);

			return fn_catalog_input(error, "fields[%zu]: a field has no \"%s\"", at, safe);
		}
	}
	return TRUE;
}

/* A mask is good when the mask room compiles it; an empty one means the default of the level. */
static gboolean
check_mask(const char *mask, gsize at, GError **error)
{
	static const guint8 any_key[32] = { 0 };
	g_autoptr(FnMaskColumn) compiled = NULL;
	g_autoptr(GError) wrong = NULL;

	if (*mask == '\0')
		return TRUE;
	compiled = fn_mask_column_new(mask, FN_SUITE_INTL, any_key, "any", &wrong);
	if (compiled != NULL)
		return TRUE;
	return fn_catalog_input(error, "fields[%zu]: \"mask\": %s", at, wrong->message);
}

/* How it becomes coarser; a tree of categories has no place in a field. */
static gboolean
check_generalise(const char *spec, gsize at, GError **error)
{
	g_autoptr(FnHierarchy) hierarchy = NULL;
	g_autoptr(GError) wrong = NULL;

	if (*spec == '\0')
		return TRUE;
	hierarchy = fn_hierarchy_new(spec, NULL, 0, &wrong);
	if (hierarchy != NULL)
		return TRUE;
	return fn_catalog_input(error, "fields[%zu]: \"generalise\": %s", at, wrong->message);
}

const char *
fn_field_generalise(const FnField *field)
{
	if (*field->generalise != '\0')
		return field->generalise;
	return g_str_equal(field->type, "D") ? "date" : NULL;
}

static gboolean
take_texts(FnField *field, const json_t *object, gsize at, GError **error)
{
	return (field->name = take_text(object, at, "name", "", 63, error)) != NULL &&
	       (field->title = take_text(object, at, "title", field->name, 200, error)) != NULL &&
	       (field->type = take_text(object, at, "type", "C", 20, error)) != NULL &&
	       (field->identifier = take_text(object, at, "identifier", "none", 10, error)) != NULL &&
	       (field->generalise = take_text(object, at, "generalise", "", 100, error)) != NULL &&
	       (field->mask = take_text(object, at, "mask", "", 100, error)) != NULL &&
	       (field->element = take_text(object, at, "element", "", 100, error)) != NULL &&
	       (field->column = take_text(object, at, "column", field->name, 128, error)) != NULL &&
	       (field->labels = take_labels(object, at, error)) != NULL;
}

static gboolean
take_numbers(FnField *field, const json_t *object, gsize at, GError **error)
{
	return take_int(object, at, "length", 0, 0, 1000000, &field->length, error) &&
	       take_int(object, at, "level", 1, 1, FN_LEVEL_HIGHEST, &field->level, error) &&
	       take_bool(object, at, "authoritative", FALSE, &field->authoritative, error) &&
	       take_bool(object, at, "key", FALSE, &field->key, error) &&
	       take_bool(object, at, "offered", TRUE, &field->offered, error);
}

static gboolean
take_field(FnField *field, const json_t *object, gsize at, GError **error)
{
	const char *letter;

	if (!check_members(object, at, error) || !take_texts(field, object, at, error) ||
		!take_numbers(field, object, at, error) || !check_mask(field->mask, at, error) ||
		!check_generalise(field->generalise, at, error))
		return FALSE;
	if (!fn_field_name_good(field->name))
		return fn_catalog_input(
			error, "fields[%zu]: \"name\" must be 1 to 63 of a-z, 0-9 and _, beginning with a letter", at);
	if (*field->title == '\0' || *field->column == '\0')
		return fn_catalog_input(error, "fields[%zu]: \"title\" and \"column\" must not be empty", at);
	if (!g_strv_contains(identifiers, field->identifier))
		return fn_catalog_input(error, "fields[%zu]: \"identifier\" must be direct, quasi or none", at);
	if (field->authoritative && *field->element == '\0')
		return fn_catalog_input(
			error, "fields[%zu]: \"authoritative\" needs the \"element\" that it is the source of", at);
	letter = type_letter(field->type);
	if (letter == NULL)
		return fn_catalog_input(error,
			"fields[%zu]: \"type\" must be text, integer, number, decimal, money, date, datetime, boolean, "
			"note, general, double, or its letter in the guide",
			at);
	g_free(field->type);
	field->type = g_strdup(letter);
	return TRUE;
}

GPtrArray *
fn_fields_parse(const json_t *array, GError **error)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(field_free);
	json_t *object;
	gsize i;

	if (!json_is_array(array) || json_array_size(array) > FIELDS_MOST) {
		fn_catalog_input(error, "\"fields\" must be an array of at most %d", FIELDS_MOST);
		return NULL;
	}
	json_array_foreach((json_t *)array, i, object)
	{
		FnField *field = g_new0(FnField, 1);

		g_ptr_array_add(fields, field);
		if (!take_field(field, object, i, error))
			return NULL;
		if (fn_fields_find(fields, field->name) != field) {
			fn_catalog_input(error, "fields[%zu]: the name \"%s\" is there twice", i, field->name);
			return NULL;
		}
	}
	return g_steal_pointer(&fields);
}

const FnField *
fn_fields_find(const GPtrArray *fields, const char *name)
{
	for (guint i = 0; i < fields->len; i++)
		if (g_str_equal(((const FnField *)fields->pdata[i])->name, name))
			return fields->pdata[i];
	return NULL;
}

gint64
fn_fields_level(const GPtrArray *fields)
{
	gint64 level = 1;

	for (guint i = 0; i < fields->len; i++)
		level = MAX(level, ((const FnField *)fields->pdata[i])->level);
	return level;
}

const char *
fn_field_mask(const FnField *field)
{
	return *field->mask != '\0' ? field->mask : fn_plan_default(field->level, field->identifier);
}

static FnField *
read_field(FnRows *rows)
{
	FnField *field = g_new0(FnField, 1);

	field->name = g_strdup(fn_rows_text(rows, "name"));
	field->title = g_strdup(fn_rows_text(rows, "title"));
	field->type = g_strdup(fn_rows_text(rows, "type"));
	field->identifier = g_strdup(fn_rows_text(rows, "identifier"));
	field->generalise = g_strdup(fn_rows_text(rows, "generalise"));
	field->mask = g_strdup(fn_rows_text(rows, "mask"));
	field->element = g_strdup(fn_rows_text(rows, "element"));
	field->labels = g_strdup(fn_rows_text(rows, "labels"));
	field->column = g_strdup(fn_rows_text(rows, "column_name"));
	field->length = fn_rows_int(rows, "length");
	field->level = fn_rows_int(rows, "level");
	field->authoritative = fn_rows_int(rows, "authoritative") != 0;
	field->key = fn_rows_int(rows, "is_key") != 0;
	field->offered = fn_rows_int(rows, "offered") != 0;
	return field;
}

GPtrArray *
fn_fields_read(FnDb *db, const char *code, gint64 version, GError **error)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(field_free);
	g_autoptr(FnRows) rows = fn_db_query(
		db, &fn_sql_catalog_fields, FN_BINDS(FN_TEXT("code", code), FN_INT("version", version)), error);
	GError *failed = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &failed))
		g_ptr_array_add(fields, read_field(rows));
	if (failed == NULL)
		return g_steal_pointer(&fields);
	g_propagate_error(error, failed);
	return NULL;
}

static gboolean
write_field(FnDb *db, const char *code, gint64 version, guint ordinal, const FnField *field, GError **error)
{
	return fn_db_exec(db, &fn_sql_catalog_add_field,
		FN_BINDS(FN_TEXT("code", code), FN_INT("version", version), FN_INT("ordinal", ordinal),
			FN_TEXT("name", field->name), FN_TEXT("title", field->title), FN_TEXT("type", field->type),
			FN_INT("length", field->length), FN_INT("level", field->level),
			FN_TEXT("identifier", field->identifier), FN_TEXT("generalise", field->generalise),
			FN_TEXT("mask", field->mask),
			FN_TEXT("element", field->element), FN_INT("authoritative", field->authoritative),
			FN_TEXT("labels", field->labels), FN_TEXT("column_name", field->column),
			FN_INT("is_key", field->key), FN_INT("offered", field->offered)),
		NULL, error);
}

gboolean
fn_fields_write(FnDb *db, const char *code, gint64 version, const GPtrArray *fields, GError **error)
{
	if (!fn_db_exec(db, &fn_sql_catalog_drop_fields, FN_BINDS(FN_TEXT("code", code), FN_INT("version", version)),
		    NULL, error))
		return FALSE;
	for (guint i = 0; i < fields->len; i++)
		if (!write_field(db, code, version, i, fields->pdata[i], error))
			return FALSE;
	return TRUE;
}

static json_t *
field_json(const FnField *field, gboolean inside)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(field->name));
	json_object_set_new(object, "title", json_string(field->title));
	json_object_set_new(object, "type", json_string(field->type));
	json_object_set_new(object, "length", json_integer(field->length));
	json_object_set_new(object, "level", json_integer(field->level));
	json_object_set_new(object, "identifier", json_string(field->identifier));
	json_object_set_new(object, "generalise", json_string(field->generalise));
	json_object_set_new(object, "mask", json_string(fn_field_mask(field)));
	json_object_set_new(object, "element", json_string(field->element));
	json_object_set_new(object, "authoritative", json_boolean(field->authoritative));
	json_object_set_new(object, "labels", json_loads(field->labels, 0, NULL));
	json_object_set_new(object, "key", json_boolean(field->key));
	json_object_set_new(object, "offered", json_boolean(field->offered));
	if (inside)
		json_object_set_new(object, "column", json_string(field->column));
	return object;
}

json_t *
fn_fields_json(const GPtrArray *fields, gboolean inside)
{
	json_t *array = json_array();

	for (guint i = 0; i < fields->len; i++)
		json_array_append_new(array, field_json(fields->pdata[i], inside));
	return array;
}
