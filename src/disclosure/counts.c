#include "disclosure/counts.h"

#include "disclosure/disclosure_priv.h"

#include <string.h>

enum { NAME_MOST = 128 };

void
fn_counts_free(FnCounts *counts)
{
	if (counts == NULL)
		return;
	for (guint i = 0; i < counts->fields; i++) {
		fn_hierarchy_free((FnHierarchy *)counts->field[i].hierarchy);
		g_free((char *)counts->field[i].name);
	}
	g_free((char *)counts->epsilon);
	g_free((char *)counts->budget);
	g_free(counts);
}

static gboolean
refuse(GError **error, const char *why)
{
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "tables of counts: %s", why);
	return FALSE;
}

static guint
find_field(const FnCounts *counts, const char *name)
{
	for (guint i = 0; i < counts->fields; i++)
		if (g_strcmp0(counts->field[i].name, name) == 0)
			return i;
	return G_MAXUINT;
}

guint
fn_counts_find(const FnCounts *counts, const char *const *fields)
{
	guint n = g_strv_length((char **)fields);

	for (guint t = 0; t < counts->tables; t++) {
		guint same = 0;

		while (same < n && same < counts->table[t].fields && strcmp(fields[same], counts->field[counts->table[t].field[same]].name) == 0)
			same++;
		if (same == n && n == counts->table[t].fields)
			return t;
	}
	return G_MAXUINT;
}

/* ---- reading ---- */

static gboolean
read_number(const json_t *json, const char *name, guint least, guint most, guint *out, GError **error)
{
	const json_t *value = json_object_get(json, name);

	if (!json_is_integer(value) || json_integer_value(value) < (json_int_t)least || json_integer_value(value) > (json_int_t)most)
		return refuse(error, "a number is missing or out of bounds");
	*out = (guint)json_integer_value(value);
	return TRUE;
}

/* The field at @counts->fields, which has its name already. */
static gboolean
read_hierarchy(FnCounts *counts, const json_t *field, GError **error)
{
	FnCountedField *out = &counts->field[counts->fields - 1];
	const char *spec = json_string_value(json_object_get(field, "generalise"));
	FnHierarchy *hierarchy;

	if (json_object_size(field) == 1)
		return TRUE;
	if (json_object_size(field) != 4 || spec == NULL)
		return refuse(error, "a field is {name} or {generalise, hierarchy, level, name}");
	hierarchy = fn_hierarchy_new(spec, NULL, 0, error);
	if (hierarchy == NULL)
		return FALSE;
	out->hierarchy = hierarchy;
	if (g_strcmp0(json_string_value(json_object_get(field, "hierarchy")), fn_hierarchy_version(hierarchy)) != 0)
		return refuse(error, "a field generalises by another version than was pinned");
	/* At a level below its top nothing is wholly hidden; the finest would be the value itself. */
	if (fn_hierarchy_top(hierarchy) < 2)
		return refuse(error, "a field has no level between its values and nothing");
	return read_number(field, "level", 1, fn_hierarchy_top(hierarchy) - 1, &out->level, error);
}

static gboolean
read_field(FnCounts *counts, const json_t *field, GError **error)
{
	const char *name = json_string_value(json_object_get(field, "name"));

	if (name == NULL || *name == '\0' || strlen(name) > NAME_MOST)
		return refuse(error, "a field has no name");
	if (find_field(counts, name) != G_MAXUINT)
		return refuse(error, "a field is there twice");
	counts->field[counts->fields++].name = g_strdup(name);
	return read_hierarchy(counts, field, error);
}

static gboolean
read_fields(FnCounts *counts, const json_t *fields, GError **error)
{
	const json_t *field;
	gsize i;

	if (!json_is_array(fields) || json_array_size(fields) == 0 || json_array_size(fields) > FN_COUNTS_FIELDS)
		return refuse(error, "1 to 32 fields are counted by");
	json_array_foreach(fields, i, field)
		if (!read_field(counts, field, error))
			return FALSE;
	return TRUE;
}

/* @used: fields that stand in a table before. */
static gboolean
read_table(FnCounts *counts, const json_t *table, gboolean *used, GError **error)
{
	guint t = counts->tables++;
	const json_t *name;
	gsize i;

	if (!json_is_array(table) || json_array_size(table) < 1 || json_array_size(table) > 2)
		return refuse(error, "a table is a list of one or two fields");
	json_array_foreach(table, i, name) {
		guint field = find_field(counts, json_string_value(name));

		if (field == G_MAXUINT)
			return refuse(error, "a table names a field that is not there");
		if (used[field])
			return refuse(error, "a field stands in two tables, so that each would tell of the other");
		used[field] = TRUE;
		counts->table[t].field[counts->table[t].fields++] = field;
	}
	return TRUE;
}

static gboolean
read_tables(FnCounts *counts, const json_t *tables, GError **error)
{
	gboolean used[FN_COUNTS_FIELDS] = { FALSE };
	const json_t *table;
	gsize i;

	if (!json_is_array(tables) || json_array_size(tables) == 0 || json_array_size(tables) > FN_COUNTS_TABLES)
		return refuse(error, "1 to 16 tables may be pinned");
	json_array_foreach(tables, i, table)
		if (!read_table(counts, table, used, error))
			return FALSE;
	for (guint f = 0; f < counts->fields; f++)
		if (!used[f])
			return refuse(error, "a field stands in no table");
	return TRUE;
}

/* A budget that does not hold one table is a mistake. */
static gboolean
read_noise(FnCounts *counts, const json_t *json, GError **error)
{
	const char *epsilon = json_string_value(json_object_get(json, "epsilon")), *total = json_string_value(json_object_get(json, "budget"));
	g_autoptr(FnBudget) budget = NULL;

	if (epsilon == NULL || total == NULL)
		return refuse(error, "budget and epsilon are texts, and both there");
	budget = fn_budget_new(total, error);
	if (budget == NULL || !fn_budget_spend(budget, epsilon, error))
		return FALSE;
	counts->epsilon = g_strdup(epsilon);
	counts->budget = g_strdup(total);
	return TRUE;
}

FnCounts *
fn_counts_read(const json_t *json, GError **error)
{
	g_autoptr(FnCounts) counts = g_new0(FnCounts, 1);
	gboolean noisy = json_object_get(json, "epsilon") != NULL;

	if (json_object_size(json) != (noisy ? 6 : 4)) {
		refuse(error, "expected {fields, interval_days, tables, threshold} and, for noisy counts, {budget, epsilon}");
		return NULL;
	}
	if (!read_number(json, "threshold", 2, FN_CELLS_MAX_THRESHOLD, &counts->threshold, error) ||
		!read_number(json, "interval_days", 1, FN_COUNTS_INTERVAL, &counts->interval_days, error) ||
		!read_fields(counts, json_object_get(json, "fields"), error) || !read_tables(counts, json_object_get(json, "tables"), error) ||
		(noisy && !read_noise(counts, json, error)))
		return NULL;
	return g_steal_pointer(&counts);
}

/* ---- writing ---- */

static json_t *
write_field(const FnCountedWish *field, GError **error)
{
	g_autoptr(FnHierarchy) hierarchy = NULL;

	if (field->generalise == NULL)
		return json_pack("{s:s}", "name", field->name);
	hierarchy = fn_hierarchy_new(field->generalise, NULL, 0, error);
	if (hierarchy == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:I, s:s}", "generalise", field->generalise, "hierarchy", fn_hierarchy_version(hierarchy), "level",
		(json_int_t)field->level, "name", field->name);
}

static json_t *
write_fields(const FnCountedWish *fields, guint n, GError **error)
{
	json_t *list = json_array();

	for (guint i = 0; i < n; i++) {
		json_t *field = write_field(&fields[i], error);

		if (field == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, field);
	}
	return list;
}

json_t *
fn_counts_write(const FnCountsTerms *terms, const FnCountedWish *fields, guint n, const json_t *tables, GError **error)
{
	json_t *list = write_fields(fields, n, error), *json;
	g_autoptr(FnCounts) read = NULL;

	if (list == NULL)
		return NULL;
	json = json_pack("{s:o, s:I, s:O?, s:I, s:s*, s:s*}", "fields", list, "interval_days", (json_int_t)terms->interval_days, "tables", tables,
		"threshold", (json_int_t)terms->threshold, "budget", terms->budget, "epsilon", terms->epsilon);
	read = fn_counts_read(json, error);
	if (read != NULL)
		return json;
	json_decref(json);
	return NULL;
}
