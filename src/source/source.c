#include "source/source_priv.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_QUARK(fn - source - error - quark, fn_source_error)

static const struct {
	const char *kind;
	FnSourceConnection *(*open)(const json_t *spec, const char *root, GError **error);
} drivers[] = {
	{ "sqlite", fn_source_sqlite_open },
	{ "postgres", fn_source_postgres_open },
};

FnSourceConnection *
fn_source_open(const json_t *spec, const char *root, GError **error)
{
	const char *kind = json_string_value(json_object_get(spec, "kind"));
	g_autofree char *shown = NULL;

	for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS(drivers); i++)
		if (strcmp(kind, drivers[i].kind) == 0)
			return drivers[i].open(spec, root, error);
	shown = kind != NULL ? fn_text_safe(kind, -1, 40) : g_strdup("nothing");
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a source's \"kind\" is sqlite or postgres, not %s",
		shown);
	return NULL;
}

void
fn_source_close(FnSourceConnection *source)
{
	if (source == NULL)
		return;
	g_assert(source->selects == 0);
	g_free(source->schema);
	source->driver->close(source);
}

gboolean
fn_source_members(const json_t *spec, const char *const *known, GError **error)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)spec, name, value)
	{
		g_autofree char *shown = NULL;

		if (g_strv_contains(known, name))
			continue;
		shown = fn_text_safe(name, -1, 60);
		g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a source of this kind has no member \"%s\"",
			shown);
		return FALSE;
	}
	return TRUE;
}

static gboolean
lies_below(const char *path, const char *root)
{
	gsize size = strlen(root);

	if (strcmp(root, "/") == 0)
		return TRUE;
	return strncmp(path, root, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

char *
fn_source_path(const char *path, const char *root, GError **error)
{
	g_autofree char *whole = g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(root, path, NULL);
	g_autofree char *shown = fn_text_safe(path, -1, 200);
	/* realpath() allocates with malloc(), which GLib 2.46 and later frees alike. */
	g_autofree char *real_root = realpath(root, NULL);
	g_autofree char *real = realpath(whole, NULL);

	if (real_root == NULL) {
		g_autofree char *shown_root = fn_text_safe(root, -1, 200);

		g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "the directory of sources %s: %s; make it",
			shown_root, g_strerror(errno));
		return NULL;
	}
	/* One answer for what is outside and what is not there: the root's neighbourhood cannot be explored from here.
	 */
	if (real != NULL && lies_below(real, real_root))
		return g_steal_pointer(&real);
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC,
		"%s is not there or lies outside the directory of sources; put it below %s", shown, real_root);
	return NULL;
}

void
fn_source_deadline(FnSourceConnection *source, guint ms)
{
	source->deadline = ms == 0 ? 0 : g_get_monotonic_time() + (gint64)ms * 1000;
}

gboolean
fn_source_is_late(const FnSourceConnection *source)
{
	return source->deadline != 0 && g_get_monotonic_time() > source->deadline;
}

void
fn_source_stopped(FnSourceConnection *source, GError **error)
{
	if (g_atomic_int_get(&source->cancelled))
		g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_CANCELLED, "the query was cancelled");
	else
		g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_TIMEOUT,
			"the source took too long; ask for less, or have its columns indexed");
}

void
fn_source_cancel(FnSourceConnection *source)
{
	g_atomic_int_set(&source->cancelled, TRUE);
	source->driver->cancel(source);
}

void
fn_source_quote(GString *sql, const char *name)
{
	g_string_append_c(sql, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			g_string_append_c(sql, '"');
		g_string_append_c(sql, *name);
	}
	g_string_append_c(sql, '"');
}

static void
end_running(FnSourceConnection *source)
{
	if (source->running == NULL)
		return;
	source->driver->stop(source->running);
	source->running->state = FN_SELECT_BROKEN;
	source->running = NULL;
}

/* The run has given all its rows. */
static void
complete(FnSourceSelect *select)
{
	end_running(select->source);
	select->state = FN_SELECT_COMPLETE;
}

json_t *
fn_source_tables(FnSourceConnection *source, GError **error)
{
	end_running(source);
	return source->driver->tables(source, NULL, TRUE, error);
}

/* The columns of @table as introspected; FN_SOURCE_ERROR_SCHEMA when there is no such table. New reference. */
static json_t *
columns_of(FnSourceConnection *source, const char *table, GError **error)
{
	json_t *tables = source->driver->tables(source, table, FALSE, error);
	g_autofree char *shown = NULL;
	json_t *columns;

	if (tables == NULL)
		return NULL;
	columns = json_incref(json_object_get(json_array_get(tables, 0), "columns"));
	json_decref(tables);
	if (columns != NULL)
		return columns;
	shown = fn_text_safe(table, -1, 100);
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SCHEMA, "the source has no table \"%s\" that may be read",
		shown);
	return NULL;
}

char *
fn_source_select_all(FnSourceConnection *source, const char *table, const json_t *columns)
{
	GString *sql = g_string_new("SELECT ");

	for (gsize i = 0; i < json_array_size(columns); i++) {
		g_string_append(sql, i > 0 ? ", " : "");
		fn_source_quote(sql, json_string_value(json_object_get(json_array_get(columns, i), "name")));
	}
	g_string_append_printf(sql, " FROM %s", source->schema);
	fn_source_quote(sql, table);
	return g_string_free(sql, FALSE);
}

json_t *
fn_source_sample(FnSourceConnection *source, const char *table, guint most, GError **error)
{
	json_t *columns;
	FnSampler *sampler;
	json_t *out = NULL;

	end_running(source);
	columns = columns_of(source, table, error);
	if (columns == NULL)
		return NULL;
	g_atomic_int_set(&source->cancelled, FALSE);
	sampler = fn_sampler_new(columns, CLAMP(most, 1, 10000));
	if (source->driver->sample(source, table, columns, sampler, error))
		out = fn_sampler_finish(sampler);
	else
		fn_sampler_free(sampler);
	json_decref(columns);
	return out;
}

/* The introspected column of that very name, or NULL with an error. */
static const json_t *
find_column(const json_t *columns, const char *table, const char *name, GError **error)
{
	g_autofree char *shown = NULL, *shown_table = NULL;

	for (gsize i = 0; i < json_array_size(columns); i++) {
		const json_t *column = json_array_get(columns, i);

		if (strcmp(json_string_value(json_object_get(column, "name")), name) == 0)
			return column;
	}
	shown = fn_text_safe(name, -1, 100);
	shown_table = fn_text_safe(table, -1, 100);
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SCHEMA, "table \"%s\" has no column \"%s\"", shown_table,
		shown);
	return NULL;
}

typedef struct {
	FnSourceConnection *source;
	const FnSourceQuery *query;
	const json_t *columns;
	GString *sql;
	GPtrArray *fixed;
	guint values, keys;
	const char *joint; /* " WHERE " first, then " AND " */
} Builder;

/* @as_text: as a text, whatever its type; a text column as it is, so that its index serves. */
static gboolean
add_column(Builder *builder, const char *name, gboolean as_text, GError **error)
{
	const json_t *column = find_column(builder->columns, builder->query->table, name, error);
	const char *type = json_string_value(json_object_get(column, "type"));

	if (column == NULL)
		return FALSE;
	as_text =
		as_text && g_ascii_strncasecmp(type, "text", 4) != 0 && g_ascii_strncasecmp(type, "character", 9) != 0;
	g_string_append(builder->sql, as_text ? "CAST(" : "");
	fn_source_quote(builder->sql, json_string_value(json_object_get(column, "name")));
	g_string_append(builder->sql, as_text ? " AS text)" : "");
	return TRUE;
}

static gboolean
add_columns(Builder *builder, guint *count_out, GError **error)
{
	const char *const *name = builder->query->columns;

	g_string_append(builder->sql, "SELECT ");
	for (*count_out = 0; name[*count_out] != NULL; (*count_out)++) {
		g_string_append(builder->sql, *count_out > 0 ? ", " : "");
		if (!add_column(builder, name[*count_out], FALSE, error))
			return FALSE;
	}
	if (*count_out > 0 && *count_out <= FN_SOURCE_MAX_COLUMNS)
		return TRUE;
	g_set_error(
		error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a select takes 1 to %d columns", FN_SOURCE_MAX_COLUMNS);
	return FALSE;
}

static void
add_parameter(Builder *builder)
{
	g_string_append_printf(builder->sql, "%c%u", builder->source->driver->parameter, ++builder->values);
}

static gboolean
add_condition(Builder *builder, const char *column, const char *op, GError **error)
{
	g_string_append(builder->sql, builder->joint);
	builder->joint = " AND ";
	if (!add_column(builder, column, strcmp(op, "LIKE") == 0, error))
		return FALSE;
	g_string_append_printf(builder->sql, " %s ", op);
	add_parameter(builder);
	return TRUE;
}

/* "汉_" as a LIKE pattern: "汉!_%". */
static char *
prefix_pattern(const char *prefix)
{
	GString *pattern = g_string_new(NULL);

	for (; *prefix != '\0'; prefix++) {
		if (*prefix == '%' || *prefix == '_' || *prefix == '!')
			g_string_append_c(pattern, '!');
		g_string_append_c(pattern, *prefix);
	}
	g_string_append_c(pattern, '%');
	return g_string_free(pattern, FALSE);
}

static gboolean
add_filter(Builder *builder, const FnSourceFilter *filter, GError **error)
{
	static const char *const ops[] = { "=", "!=", "<", "<=", ">", ">=", NULL };
	g_autofree char *shown = NULL;

	if (filter->value == NULL || !g_utf8_validate(filter->value, -1, NULL)) {
		g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a filter needs a value in UTF-8");
		return FALSE;
	}
	if (filter->op != NULL && strcmp(filter->op, "like_prefix") == 0) {
		g_ptr_array_add(builder->fixed, prefix_pattern(filter->value));
		if (!add_condition(builder, filter->column, "LIKE", error))
			return FALSE;
		g_string_append(builder->sql, " ESCAPE '!'");
		return TRUE;
	}
	for (const char *const *op = ops; filter->op != NULL && *op != NULL; op++)
		if (strcmp(filter->op, *op) == 0) {
			g_ptr_array_add(builder->fixed, g_strdup(filter->value));
			return add_condition(builder, filter->column, *op, error);
		}
	shown = fn_text_safe(filter->op != NULL ? filter->op : "", -1, 40);
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "\"%s\" is no operator of a filter", shown);
	return FALSE;
}

static gboolean
add_where(Builder *builder, GError **error)
{
	const FnSourceFilter *filter = builder->query->filters;
	const char *const *key = builder->query->keys;

	g_string_append_printf(builder->sql, " FROM %s", builder->source->schema);
	fn_source_quote(builder->sql, builder->query->table);
	for (; filter != NULL && filter->column != NULL; filter++)
		if (!add_filter(builder, filter, error))
			return FALSE;
	for (; key != NULL && *key != NULL; key++, builder->keys++)
		if (!add_condition(builder, *key, "=", error))
			return FALSE;
	if (builder->values < FN_SOURCE_MAX_VALUES)
		return TRUE;
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a select takes fewer than %d filters and keys",
		FN_SOURCE_MAX_VALUES);
	return FALSE;
}

/* Closes the SQL with order and limit; @resumed: after the cursor's value. */
static gboolean
add_end(Builder *builder, gboolean resumed, GError **error)
{
	const char *cursor = builder->query->cursor;

	if (cursor != NULL) {
		if (resumed) {
			if (!add_condition(builder, cursor, ">", error))
				return FALSE;
		} else {
			g_string_append(builder->sql, builder->joint);
			if (!add_column(builder, cursor, FALSE, error))
				return FALSE;
			g_string_append(builder->sql, " IS NOT NULL");
		}
		g_string_append(builder->sql, " ORDER BY ");
		if (!add_column(builder, cursor, FALSE, error))
			return FALSE;
	}
	if (builder->query->limit > 0)
		g_string_append_printf(builder->sql, " LIMIT %u", builder->query->limit);
	return TRUE;
}

static gboolean
build(FnSourceSelect *select, const FnSourceQuery *query, const json_t *columns, GError **error)
{
	g_autoptr(GString) head = g_string_new(NULL);
	Builder builder = {
		.source = select->source, .query = query, .columns = columns, .sql = head, .joint = " WHERE "
	};
	Builder resumed;
	gboolean done;

	builder.fixed = g_ptr_array_new();
	done = add_columns(&builder, &select->columns, error) && add_where(&builder, error);
	select->fixed_count = builder.fixed->len;
	g_ptr_array_add(builder.fixed, NULL);
	select->fixed = (char **)g_ptr_array_free(builder.fixed, FALSE);
	if (!done)
		return FALSE;
	resumed = builder;
	resumed.sql = g_string_new_len(head->str, (gssize)head->len);
	done = add_end(&builder, FALSE, error) && (query->cursor == NULL || add_end(&resumed, TRUE, error));
	select->first = g_strdup(head->str);
	select->resumed = g_string_free(resumed.sql, FALSE);
	select->keys = builder.keys;
	select->has_cursor = query->cursor != NULL;
	select->limit = query->limit;
	return done;
}

FnSourceSelect *
fn_source_prepare(FnSourceConnection *source, const FnSourceQuery *query, GError **error)
{
	FnSourceSelect *select;
	json_t *columns;
	gboolean done;

	end_running(source);
	columns = columns_of(source, query->table, error);
	if (columns == NULL)
		return NULL;
	select = g_new0(FnSourceSelect, 1);
	select->source = source;
	source->selects++;
	done = build(select, query, columns, error) && source->driver->prepare(select, error);
	json_decref(columns);
	if (done)
		return select;
	fn_source_select_free(select);
	return NULL;
}

static void
batch_free(FnRowBatch *batch)
{
	for (guint i = 0; batch->value != NULL && i < batch->columns; i++) {
		g_free(batch->value[i]);
		g_free(batch->size[i]);
	}
	g_free(batch->value);
	g_free(batch->size);
	*batch = (FnRowBatch){ 0 };
}

void
fn_source_select_free(FnSourceSelect *select)
{
	if (select == NULL)
		return;
	if (select->source->running == select)
		end_running(select->source);
	if (select->driver != NULL)
		select->source->driver->unprepare(select);
	select->source->selects--;
	batch_free(&select->batch);
	fn_arena_free(&select->texts);
	fn_arena_free(&select->arena);
	g_strfreev(select->fixed);
	g_free(select->first);
	g_free(select->resumed);
	g_free(select);
}

/* Arrays for @rows rows; they grow to what was ever asked for, at most a whole batch. */
static void
batch_room(FnSourceSelect *select, guint rows)
{
	FnRowBatch *batch = &select->batch;

	if (rows <= select->room)
		return;
	batch_free(batch);
	batch->columns = select->columns;
	batch->value = g_new(const char **, select->columns);
	batch->size = g_new(guint32 *, select->columns);
	for (guint i = 0; i < select->columns; i++) {
		batch->value[i] = g_new(const char *, rows);
		batch->size[i] = g_new(guint32, rows);
	}
	select->room = rows;
}

/* Filter values, keys and cursor in the order of the SQL; copies that live as long as the run. */
static gboolean
gather_values(FnSourceSelect *select, const char *const *keys, const char *after, const char **values, GError **error)
{
	guint count = 0;

	fn_arena_reset(&select->texts);
	for (guint i = 0; i < select->fixed_count; i++)
		values[count++] = select->fixed[i];
	for (guint i = 0; i < select->keys; i++)
		values[count++] = fn_arena_copy(&select->texts, keys[i], strlen(keys[i]));
	if (after != NULL)
		values[count++] = fn_arena_copy(&select->texts, after, strlen(after));
	for (guint i = select->fixed_count; i < count; i++)
		if (!g_utf8_validate(values[i], -1, NULL)) {
			g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT, "a key is not valid UTF-8");
			return FALSE;
		}
	return TRUE;
}

gboolean
fn_source_run(
	FnSourceSelect *select, const char *const *key_values, const char *after, guint timeout_ms, GError **error)
{
	FnSourceConnection *source = select->source;
	const char *values[FN_SOURCE_MAX_VALUES];

	g_assert(select->keys == 0 || key_values != NULL);
	g_assert(after == NULL || select->has_cursor);
	end_running(source);
	if (!gather_values(select, key_values, after, values, error))
		return FALSE;
	g_atomic_int_set(&source->cancelled, FALSE);
	select->timeout_ms = timeout_ms;
	select->given = 0;
	select->state = FN_SELECT_RUNNING;
	source->running = select;
	fn_source_deadline(source, timeout_ms);
	if (source->driver->run(select, values, after != NULL, error))
		return TRUE;
	end_running(source);
	return FALSE;
}

static gboolean
fetch_more(FnSourceSelect *select, guint most, GError **error)
{
	FnSourceConnection *source = select->source;
	gboolean ended = FALSE, done;

	fn_source_deadline(source, select->timeout_ms);
	if (g_atomic_int_get(&source->cancelled)) {
		fn_source_stopped(source, error);
		done = FALSE;
	} else {
		done = source->driver->fetch(select, most, &ended, error);
	}
	select->given += select->batch.rows;
	if (!done)
		end_running(source);
	else if (ended || (select->limit > 0 && select->given >= select->limit))
		complete(select);
	return done;
}

gboolean
fn_source_fetch(FnSourceSelect *select, guint most, FnRowBatch *batch_out, GError **error)
{
	most = CLAMP(most, 1, FN_SOURCE_BATCH_ROWS);
	batch_room(select, most);
	fn_arena_reset(&select->arena);
	select->batch.rows = 0;
	if (select->state == FN_SELECT_BROKEN) {
		/* Never an end: what was cut short must not look complete. */
		g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY,
			"the run was ended before its last row; begin anew");
		return FALSE;
	}
	if (select->state == FN_SELECT_RUNNING && !fetch_more(select, most, error))
		return FALSE;
	*batch_out = select->batch;
	return TRUE;
}
