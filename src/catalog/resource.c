/* Resources: registering, changing, reading. */
#include "catalog/catalog_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"

#include <string.h>

void
fn_resource_free(FnResource *resource)
{
	if (resource == NULL)
		return;
	g_free(resource->code);
	g_free(resource->organization);
	g_free(resource->organization_name);
	g_free(resource->name);
	g_free(resource->sharing_type);
	g_free(resource->state);
	g_free(resource->offered);
	g_free(resource->version_sharing_type);
	g_free(resource->edited_by);
	g_free(resource->basis_accepted_by);
	g_free(resource->return_reason);
	json_decref(resource->body);
	g_clear_pointer(&resource->fields, g_ptr_array_unref);
	g_free(resource);
}

static gboolean
read_head(FnDb *db, const char *code, FnResource *resource, GError **error)
{
	g_autoptr(FnRows) row =
		fn_catalog_row(db, &fn_sql_catalog_resource, FN_BINDS(FN_TEXT("code", code)), "there is no resource", code, error);

	if (row == NULL)
		return FALSE;
	resource->code = g_strdup(fn_rows_text(row, "code"));
	resource->organization = g_strdup(fn_rows_text(row, "organization"));
	resource->organization_name = g_strdup(fn_rows_text(row, "organization_name"));
	resource->name = g_strdup(fn_rows_text(row, "name"));
	resource->sharing_type = g_strdup(fn_rows_text(row, "sharing_type"));
	resource->state = g_strdup(fn_rows_text(row, "state"));
	resource->offered = g_strdup(fn_rows_text(row, "offered"));
	resource->level = fn_rows_int(row, "level");
	resource->version = fn_rows_int(row, "version");
	resource->published_version = fn_rows_int(row, "published_version");
	return TRUE;
}

static gboolean
read_version(FnDb *db, FnResource *resource, GError **error)
{
	const FnBind *which = FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", resource->read_version));
	g_autoptr(FnRows) row =
		fn_catalog_row(db, &fn_sql_catalog_version, which, "there is no such version of resource", resource->code, error);
	const char *body;

	if (row == NULL)
		return FALSE;
	body = fn_rows_text(row, "body");
	resource->body = fn_json_parse(body, strlen(body), error);
	resource->version_sharing_type = g_strdup(fn_rows_text(row, "sharing_type"));
	resource->version_level = fn_rows_int(row, "level");
	resource->edited_by = g_strdup(fn_rows_text(row, "edited_by"));
	resource->basis_accepted_by = g_strdup(fn_rows_text(row, "basis_accepted_by"));
	resource->return_reason = g_strdup(fn_rows_text(row, "return_reason"));
	resource->published_at = fn_rows_int(row, "published_at");
	return resource->body != NULL;
}

FnResource *
fn_resource_read(FnDb *db, const char *code, gint64 version, GError **error)
{
	g_autoptr(FnResource) resource = g_new0(FnResource, 1);

	if (!read_head(db, code, resource, error))
		return NULL;
	resource->read_version = version == 0 ? resource->version : version;
	if (!read_version(db, resource, error))
		return NULL;
	resource->fields = fn_fields_read(db, resource->code, resource->read_version, error);
	return resource->fields == NULL ? NULL : g_steal_pointer(&resource);
}

static gboolean
default_text(json_t *body, const char *name, const char *value)
{
	return json_object_get(body, name) != NULL || json_object_set_new(body, name, json_string(value)) == 0;
}

/* @base changed by @changes; null takes a member out. Fields and binding stay outside. */
static json_t *
merge_body(const json_t *base, const json_t *changes)
{
	json_t *body = base == NULL ? json_object() : json_deep_copy(base);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)changes, name, value)
	{
		if (g_str_equal(name, "fields") || g_str_equal(name, "binding"))
			continue;
		if (json_is_null(value))
			json_object_del(body, name);
		else
			json_object_set(body, name, value);
	}
	default_text(body, "sharing_type", "unconditional"); /* sharing is the rule */
	default_text(body, "carrier", "electronic");
	default_text(body, "upstream_status", "none");
	return body;
}

static json_t *
checked_body(const json_t *base, const json_t *changes, GError **error)
{
	json_t *body;

	if (!json_is_object(changes)) {
		fn_catalog_input(error, "a resource must be a JSON object");
		return NULL;
	}
	body = merge_body(base, changes);
	if (fn_items_check(body, error)) {
		if (json_object_get(body, "name") != NULL)
			return body;
		fn_catalog_input(error, "\"name\" is missing");
	}
	json_decref(body);
	return NULL;
}

static gboolean
binding_text(const json_t *object, const char *name, gboolean required, const char **out, GError **error)
{
	const json_t *value = json_object_get(object, name);

	*out = value == NULL || json_is_null(value) ? "" : json_string_value(value);
	if (*out == NULL || strlen(*out) > 128 || !g_utf8_validate(*out, -1, NULL) || (required && **out == '\0'))
		return fn_catalog_input(error, "\"%s\" of the binding must be a text of at most 128 bytes", name);
	return TRUE;
}

/* A source of somebody else is said to be unknown. */
static gboolean
check_source(FnDb *db, const char *source, const char *organization, GError **error)
{
	g_autoptr(FnRows) row =
		fn_catalog_row(db, &fn_sql_catalog_source, FN_BINDS(FN_TEXT("id", source)), "source", source, error);

	if (row == NULL)
		return FALSE;
	if (g_str_equal(fn_rows_text(row, "organization"), organization))
		return TRUE;
	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "the organization has no such source");
	return FALSE;
}

static gboolean
write_binding(FnDb *db, const char *code, gint64 version, const char *organization, gsize ordinal, const json_t *object,
	GError **error)
{
	const char *source, *table, *cursor;

	if (!json_is_object(object))
		return fn_catalog_input(error, "\"binding\" must be {source, table, cursor} or an array of such");
	return binding_text(object, "source", TRUE, &source, error) &&
	       binding_text(object, "table", TRUE, &table, error) &&
	       binding_text(object, "cursor", FALSE, &cursor, error) && check_source(db, source, organization, error) &&
	       fn_db_exec(db, &fn_sql_catalog_add_binding,
		       FN_BINDS(FN_TEXT("code", code), FN_INT("version", version), FN_INT("ordinal", (gint64)ordinal),
			       FN_TEXT("source", source), FN_TEXT("table_name", table),
			       FN_TEXT("cursor_column", cursor)),
		       NULL, error);
}

static gboolean
write_bindings(
	FnDb *db, const char *code, gint64 version, const char *organization, const json_t *binding, GError **error)
{
	const gsize most = 20;

	if (!fn_db_exec(db, &fn_sql_catalog_drop_bindings, FN_BINDS(FN_TEXT("code", code), FN_INT("version", version)),
		    NULL, error))
		return FALSE;
	if (json_is_null(binding))
		return TRUE;
	if (!json_is_array(binding))
		return write_binding(db, code, version, organization, 0, binding, error);
	if (json_array_size(binding) > most)
		return fn_catalog_input(error, "\"binding\" holds at most %zu", most);
	for (gsize i = 0; i < json_array_size(binding); i++)
		if (!write_binding(db, code, version, organization, i, json_array_get(binding, i), error))
			return FALSE;
	return TRUE;
}

static gint64
body_level(const json_t *body, const GPtrArray *fields)
{
	return MAX(json_integer_value(json_object_get(body, "level")), fn_fields_level(fields));
}

/* What stands in a version and in what others read of a resource, before its first publication. */
static gboolean
write_face(FnDb *db, const char *code, const json_t *body, gint64 level, GError **error)
{
	return fn_db_exec(db, &fn_sql_catalog_set_resource_face,
		FN_BINDS(FN_TEXT("code", code), FN_TEXT("name", json_string_value(json_object_get(body, "name"))),
			FN_TEXT("sharing_type", json_string_value(json_object_get(body, "sharing_type"))),
			FN_INT("level", level)),
		NULL, error);
}

static gboolean
write_new(FnDb *db, const char *code, gint64 serial, const json_t *body, const GPtrArray *fields, const FnActor *actor,
	gint64 now, GError **error)
{
	const char *sharing_type = json_string_value(json_object_get(body, "sharing_type"));
	g_autofree char *text = fn_json_canonical(body);
	gint64 level = body_level(body, fields);

	return fn_db_exec(db, &fn_sql_catalog_add_resource,
		       FN_BINDS(FN_TEXT("code", code), FN_TEXT("organization", actor->organization),
			       FN_INT("serial", serial),
			       FN_TEXT("name", json_string_value(json_object_get(body, "name"))),
			       FN_TEXT("sharing_type", sharing_type), FN_INT("level", level),
			       FN_TEXT("account", actor->account), FN_INT("now", now)),
		       NULL, error) &&
	       fn_db_exec(db, &fn_sql_catalog_add_version,
		       FN_BINDS(FN_TEXT("code", code), FN_INT("version", 1), FN_TEXT("body", text),
			       FN_TEXT("sharing_type", sharing_type), FN_INT("level", level),
			       FN_TEXT("account", actor->account), FN_INT("now", now)),
		       NULL, error) &&
	       fn_fields_write(db, code, 1, fields, error);
}

static char *
new_code(FnDb *db, const char *organization, gint64 *serial_out, GError **error)
{
	g_autofree char *counter = g_strconcat("resource/", organization, NULL);
	g_autoptr(FnRows) row = fn_catalog_row(db, &fn_sql_catalog_organization, FN_BINDS(FN_TEXT("id", organization)),
		"there is no organization", organization, error);
	g_autofree char *region = row == NULL ? NULL : g_strdup(fn_rows_text(row, "region"));

	g_clear_pointer(&row, fn_rows_free);
	*serial_out = region == NULL ? 0 : fn_counter_next(db, counter, error);
	return *serial_out == 0 ? NULL
				: g_strdup_printf("%s-%s-%06" G_GINT64_FORMAT, region, organization, *serial_out);
}

static GPtrArray *
fields_of(const json_t *resource, GError **error)
{
	const json_t *array = json_object_get(resource, "fields");
	json_t *none = json_array();
	GPtrArray *fields = fn_fields_parse(array == NULL || json_is_null(array) ? none : array, error);

	json_decref(none);
	return fields;
}

char *
fn_catalog_add_resource(FnDb *db, const json_t *resource, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *code = NULL;
	g_autoptr(GPtrArray) fields = NULL;
	const json_t *binding = json_object_get(resource, "binding");
	json_t *body;
	gboolean done;
	gint64 serial = 0;

	if (!fn_act_allowed(actor, FN_ACT_EDIT, actor == NULL ? NULL : actor->organization, error))
		return NULL;
	body = checked_body(NULL, resource, error);
	if (body == NULL)
		return NULL;
	fields = fields_of(resource, error);
	code = fields == NULL ? NULL : new_code(db, actor->organization, &serial, error);
	done = code != NULL && write_new(db, code, serial, body, fields, actor, now, error) &&
	       (binding == NULL || write_bindings(db, code, 1, actor->organization, binding, error)) &&
	       fn_search_index(db, code, error);
	json_decref(body);
	return done ? g_steal_pointer(&code) : NULL;
}

static gboolean
write_changed(FnDb *db, const FnResource *resource, const json_t *body, const GPtrArray *fields, const FnActor *actor,
	gint64 now, GError **error)
{
	g_autofree char *text = fn_json_canonical(body);
	gint64 level = body_level(body, fields);
	const FnBind *version = FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", resource->version));

	return fn_db_exec(db, &fn_sql_catalog_set_version,
		       FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", resource->version),
			       FN_TEXT("body", text),
			       FN_TEXT("sharing_type", json_string_value(json_object_get(body, "sharing_type"))),
			       FN_INT("level", level), FN_TEXT("account", actor->account), FN_INT("now", now)),
		       NULL, error) &&
	       fn_db_exec(db, &fn_sql_catalog_drop_assessments, version, NULL, error) &&
	       (fields == resource->fields || fn_fields_write(db, resource->code, resource->version, fields, error)) &&
	       (resource->published_version != 0 || write_face(db, resource->code, body, level, error));
}

/* What was assessed is not what stands there now: back to where editing began. */
static gboolean
fall_back(FnDb *db, const FnResource *resource, gint64 now, GError **error)
{
	if (!g_str_equal(resource->state, "assessed"))
		return TRUE;
	return fn_db_exec(db, &fn_sql_catalog_set_resource_state,
		FN_BINDS(FN_TEXT("code", resource->code),
			FN_TEXT("state", resource->published_version > 0 ? "revising" : "draft"),
			FN_TEXT("offered", resource->offered), FN_INT("version", resource->version),
			FN_INT("published_version", resource->published_version), FN_INT("now", now)),
		NULL, error);
}

gboolean
fn_catalog_update_resource(
	FnDb *db, const char *code, const json_t *changes, const FnActor *actor, gint64 now, GError **error)
{
	static const char *const editable[] = { "draft", "assessed", "returned", "revising", NULL };
	const json_t *binding = json_object_get(changes, "binding");
	g_autoptr(GPtrArray) fields = NULL;
	g_autoptr(FnResource) resource = NULL;
	json_t *body;
	gboolean done;

	if (!fn_db_exec(db, &fn_sql_catalog_lock_resource, FN_BINDS(FN_TEXT("code", code)), NULL, error))
		return FALSE;
	resource = fn_resource_read(db, code, 0, error);
	if (resource == NULL || !fn_act_allowed(actor, FN_ACT_EDIT, resource->organization, error))
		return FALSE;
	if (!g_strv_contains(editable, resource->state))
		return fn_catalog_state(error, g_str_equal(resource->state, "published") ?
			"a resource that is %s cannot be changed; start a revision first" : "a resource that is %s cannot be changed", resource->state);
	body = checked_body(resource->body, changes, error);
	if (body == NULL)
		return FALSE;
	fields = json_object_get(changes, "fields") == NULL ? g_ptr_array_ref(resource->fields)
							    : fields_of(changes, error);
	done = fields != NULL && write_changed(db, resource, body, fields, actor, now, error) &&
	       (binding == NULL ||
		       write_bindings(db, code, resource->version, resource->organization, binding, error)) &&
	       fall_back(db, resource, now, error) && fn_search_index(db, code, error);
	json_decref(body);
	return done;
}

json_t *
fn_resource_bindings(FnDb *db, const char *code, gint64 version, gboolean *good_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(
		db, &fn_sql_catalog_bindings, FN_BINDS(FN_TEXT("code", code), FN_INT("version", version)), error);
	GError *failed = NULL;
	json_t *list;

	if (rows == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &failed)) {
		if (good_out != NULL)
			*good_out = g_str_equal(fn_rows_text(rows, "state"), "active");
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "source", fn_rows_text(rows, "source"), "table",
				      fn_rows_text(rows, "table_name"), "cursor", fn_rows_text(rows, "cursor_column")));
	}
	if (failed == NULL)
		return list;
	g_propagate_error(error, failed);
	json_decref(list);
	return NULL;
}

static json_t *
head_json(const FnResource *resource)
{
	json_t *object = json_object();

	json_object_set_new(object, "code", json_string(resource->code));
	json_object_set_new(object, "organization", json_string(resource->organization));
	json_object_set_new(object, "organization_name", json_string(resource->organization_name));
	json_object_set_new(object, "state", json_string(resource->state));
	json_object_set_new(object, "offered", json_string(resource->offered));
	json_object_set_new(object, "version", json_integer(resource->read_version));
	json_object_set_new(object, "newest_version", json_integer(resource->version));
	json_object_set_new(object, "published_version", json_integer(resource->published_version));
	return object;
}

/* Name and reason, no more. */
static json_t *
withheld_json(const FnResource *resource)
{
	json_t *object = json_object();
	json_t *reason = json_object_get(resource->body, "withheld_reason");

	json_object_set_new(object, "code", json_string(resource->code));
	json_object_set_new(object, "organization", json_string(resource->organization));
	json_object_set_new(object, "organization_name", json_string(resource->organization_name));
	json_object_set_new(object, "state", json_string(resource->offered));
	json_object_set_new(object, "sharing_type", json_string("withheld"));
	json_object_set(object, "name", json_object_get(resource->body, "name"));
	json_object_set_new(object, "withheld_reason", reason == NULL ? json_null() : json_incref(reason));
	return object;
}

static json_t *
assessments_json(FnDb *db, const FnResource *resource, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_catalog_assessments,
		FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", resource->read_version)), error);
	GError *failed = NULL;
	json_t *list;

	if (rows == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &failed))
		json_array_append_new(list,
			json_pack("{s:s, s:b, s:s, s:s, s:I}", "kind", fn_rows_text(rows, "kind"), "passed",
				fn_rows_int(rows, "passed") != 0, "answer", fn_rows_text(rows, "answer"), "by",
				fn_rows_text(rows, "answered_by"), "at", (json_int_t)fn_rows_int(rows, "answered_at")));
	if (failed == NULL)
		return list;
	g_propagate_error(error, failed);
	json_decref(list);
	return NULL;
}

/* What only the provider and the overseers see. */
static gboolean
add_inside(FnDb *db, const FnResource *resource, json_t *object, GError **error)
{
	json_t *bindings = fn_resource_bindings(db, resource->code, resource->read_version, NULL, error), *assessments;

	if (bindings == NULL)
		return FALSE;
	json_object_set(object, "binding", json_array_size(bindings) == 1 ? json_array_get(bindings, 0) : bindings);
	json_decref(bindings);
	assessments = assessments_json(db, resource, error);
	if (assessments == NULL)
		return FALSE;
	json_object_set_new(object, "assessments", assessments);
	json_object_set_new(object, "edited_by", json_string(resource->edited_by));
	json_object_set_new(object, "basis_accepted", json_boolean(resource->basis_accepted_by != NULL));
	json_object_set_new(object, "return_reason",
		resource->return_reason == NULL ? json_null() : json_string(resource->return_reason));
	return TRUE;
}

static json_t *
whole_json(FnDb *db, const FnResource *resource, gboolean inside, GError **error)
{
	json_t *object = json_deep_copy(resource->body), *head = head_json(resource);

	json_object_update(object, head);
	json_decref(head);
	json_object_set_new(object, "level", json_integer(resource->version_level));
	json_object_set_new(object, "fields", fn_fields_json(resource->fields, inside));
	json_object_set_new(object, "published_at",
		resource->published_at == 0 ? json_null() : json_integer(resource->published_at));
	if (!inside || add_inside(db, resource, object, error))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
set_unknown(const char *code, GError **error)
{
	g_autofree char *safe = fn_text_safe(code, -1, 60);

	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "there is no resource \"%s\"", safe);
	return NULL;
}

/* Others meet published versions only; what they may not see does not exist for them. */
static json_t *
outside_json(FnDb *db, const char *code, gint64 version, gint64 published, GError **error)
{
	g_autoptr(FnResource) resource = NULL;

	if (published == 0)
		return set_unknown(code, error);
	resource = fn_resource_read(db, code, version == 0 ? published : version, error);
	if (resource == NULL)
		return NULL;
	if (resource->published_at == 0 || g_str_equal(resource->offered, "withdrawn"))
		return set_unknown(code, error);
	if (g_str_equal(resource->sharing_type, "withheld") || g_str_equal(resource->version_sharing_type, "withheld"))
		return withheld_json(resource);
	return whole_json(db, resource, FALSE, error);
}

static gboolean
seen_by_overseer(const FnResource *resource)
{
	static const char *const private[] = { "draft", "assessed", "head_ok", NULL };

	return !g_strv_contains(private, resource->state);
}

json_t *
fn_catalog_resource(FnDb *db, const char *code, gint64 version, const FnActor *actor, GError **error)
{
	g_autoptr(FnResource) newest = fn_resource_read(db, code, 0, error), asked = NULL;
	gboolean own;

	if (newest == NULL)
		return NULL;
	own = actor != NULL && g_strcmp0(actor->organization, newest->organization) == 0;
	if (!own && !(fn_actor_oversees(actor) && seen_by_overseer(newest)))
		return outside_json(db, code, version, newest->published_version, error);
	if (version == 0 || version == newest->version)
		return whole_json(db, newest, TRUE, error);
	asked = fn_resource_read(db, code, version, error);
	return asked == NULL ? NULL : whole_json(db, asked, TRUE, error);
}

json_t *
fn_resource_missing(FnDb *db, const FnResource *resource, GError **error)
{
	gboolean bound = FALSE;
	json_t *bindings = fn_resource_bindings(db, resource->code, resource->read_version, &bound, error), *missing;

	if (bindings == NULL)
		return NULL;
	json_decref(bindings);
	missing = json_array();
	fn_items_missing(resource->body, resource->fields, bound, missing);
	return missing;
}

json_t *
fn_catalog_missing(FnDb *db, const char *code, GError **error)
{
	g_autoptr(FnResource) resource = fn_resource_read(db, code, 0, error);

	return resource == NULL ? NULL : fn_resource_missing(db, resource, error);
}
