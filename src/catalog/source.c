/* Sources: connections made by system_admin, with passwords that stand nowhere in clear. */
#include "catalog/catalog_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"

#include <string.h>

enum { SPEC_MAX = 8 * 1024 };

/* The password opens for this very connection only: nobody moves it to a host of theirs by editing the row. */
static char *
seal_context(const json_t *spec)
{
	static const char *const bound[] = { "kind", "host", "port", "database", "user", NULL };
	json_t *object = json_object();
	g_autofree char *text = NULL;
	char *context;

	for (gsize i = 0; bound[i] != NULL; i++) {
		json_t *value = json_object_get(spec, bound[i]);

		json_object_set_new(object, bound[i], value == NULL ? json_null() : json_incref(value));
	}
	text = fn_json_canonical(object);
	json_decref(object);
	context = g_strconcat("source/", text, NULL);
	return context;
}

json_t *
fn_catalog_seal_spec(const json_t *spec, FnSuite suite, const guint8 *key, GError **error)
{
	const char *password = json_string_value(json_object_get(spec, "password"));
	g_autofree char *context = NULL, *hex = NULL, *text = NULL;
	g_autofree guint8 *sealed = NULL;
	json_t *copy;
	gsize size;

	if (!json_is_object(spec) || json_object_get(spec, "password_sealed") != NULL ||
		(json_object_get(spec, "password") != NULL && password == NULL)) {
		fn_catalog_input(error, "\"spec\" must be an object, its \"password\" a text");
		return NULL;
	}
	copy = json_deep_copy(spec);
	if (password == NULL)
		return copy;
	context = seal_context(spec);
	sealed = fn_seal(suite, key, context, password, strlen(password), &size);
	hex = fn_hex(sealed, size);
	text = g_strconcat(fn_suite_name(suite), ":", hex, NULL);
	json_object_del(copy, "password");
	json_object_set_new(copy, "password_sealed", json_string(text));
	return copy;
}

static char *
open_password(const json_t *spec, const char *sealed, const guint8 *key, GError **error)
{
	g_auto(GStrv) part = g_strsplit(sealed, ":", 2);
	g_autofree char *context = seal_context(spec);
	g_autofree guint8 *bytes = NULL, *password = NULL;
	FnSuite suite;
	gsize size = part[0] == NULL || part[1] == NULL ? 0 : strlen(part[1]) / 2, opened;
	char *text;

	bytes = g_malloc(size + 1);
	if (size == 0 || !fn_suite_from_name(part[0], &suite) || !fn_unhex(part[1], bytes, size)) {
		fn_catalog_input(error, "\"password_sealed\" is damaged; give the password again");
		return NULL;
	}
	password = fn_open(suite, key, context, bytes, size, &opened, error);
	if (password == NULL)
		return NULL;
	text = g_strndup((const char *)password, opened);
	explicit_bzero(password, opened);
	return text;
}

json_t *
fn_catalog_open_spec(const json_t *spec, const guint8 *key, GError **error)
{
	const char *sealed = json_string_value(json_object_get(spec, "password_sealed"));
	json_t *copy;
	char *password;

	if (sealed == NULL)
		return json_deep_copy(spec);
	password = open_password(spec, sealed, key, error);
	if (password == NULL)
		return NULL;
	copy = json_deep_copy(spec);
	json_object_del(copy, "password_sealed");
	json_object_set_new(copy, "password", json_string(password));
	fn_secret_free(password);
	return copy;
}

static gboolean
check_spec(const json_t *spec, GError **error)
{
	const char *kind = json_string_value(json_object_get(spec, "kind"));
	const char *name;
	json_t *value;

	if (kind == NULL)
		return fn_catalog_input(error, "\"spec\" must be an object with a \"kind\"");
	if (json_object_get(spec, "password") != NULL)
		return fn_catalog_input(error, "\"password\" must not stand in clear in \"spec\"; seal it first");
	json_object_foreach((json_t *)spec, name,
		value) if (!json_is_string(value) && !json_is_integer(value)) return fn_catalog_input(error,
		"members of \"spec\" are texts and whole numbers");
	return TRUE;
}

/* Whether a name or organization is good and free. */
static gboolean
check_name(FnDb *db, const char *organization, const char *name, GError **error)
{
	GError *failed = NULL;
	g_autofree char *known = NULL, *taken = NULL;

	if (name == NULL || *name == '\0' || strlen(name) > 200 || !g_utf8_validate(name, -1, NULL))
		return fn_catalog_input(error, "\"name\" of a source must be a text of 1 to 200 bytes");
	known = fn_db_text(db, &fn_sql_catalog_organization, FN_BINDS(FN_TEXT("id", organization)), &failed);
	if (failed == NULL)
		taken = fn_db_text(db, &fn_sql_catalog_source_by_name,
			FN_BINDS(FN_TEXT("organization", organization), FN_TEXT("name", name)), &failed);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (known == NULL) {
		fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "the organization is not registered");
		return FALSE;
	}
	return taken == NULL || fn_catalog_input(error, "the organization has a source of this name already");
}

char *
fn_catalog_add_source(FnDb *db, const char *organization, const char *name, const json_t *spec, const FnActor *actor,
	gint64 now, GError **error)
{
	g_autofree char *id = fn_id_new(), *text = NULL;

	if (!fn_act_allowed(actor, FN_ACT_SOURCE, organization, error) || !check_name(db, organization, name, error) ||
		!check_spec(spec, error))
		return NULL;
	text = fn_json_canonical(spec);
	if (strlen(text) > SPEC_MAX) {
		fn_catalog_input(error, "\"spec\" is longer than %d bytes", SPEC_MAX);
		return NULL;
	}
	if (!fn_db_exec(db, &fn_sql_catalog_add_source,
		    FN_BINDS(FN_TEXT("id", id), FN_TEXT("organization", organization), FN_TEXT("name", name),
			    FN_TEXT("spec", text), FN_TEXT("created_by", actor->account), FN_INT("now", now)),
		    NULL, error))
		return NULL;
	return g_steal_pointer(&id);
}

json_t *
fn_catalog_source(FnDb *db, const char *source, GError **error)
{
	g_autoptr(FnRows) row =
		fn_catalog_row(db, &fn_sql_catalog_source, FN_BINDS(FN_TEXT("id", source)), "source", source, error);
	const char *text;
	json_t *spec;

	if (row == NULL)
		return NULL;
	text = fn_rows_text(row, "spec");
	spec = fn_json_parse(text, strlen(text), error);
	if (spec == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", fn_rows_text(row, "id"), "organization",
		fn_rows_text(row, "organization"), "name", fn_rows_text(row, "name"), "state",
		fn_rows_text(row, "state"), "spec", spec);
}

json_t *
fn_catalog_sources(FnDb *db, const FnActor *actor, GError **error)
{
	static const char *const no_integers[] = { NULL };

	return fn_catalog_list(db, &fn_sql_catalog_sources, FN_BINDS(FN_TEXT("organization", fn_catalog_scope(actor))),
		no_integers, error);
}
