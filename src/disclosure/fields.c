/* Members of a JSON object by their type and bounds. */
#include "disclosure/disclosure_priv.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

gboolean
fn_field_refuse(FnDisclosureError code, GError **error, const char *why, ...)
{
	g_autofree char *text = NULL, *safe = NULL;
	va_list arguments;

	va_start(arguments, why);
	text = g_strdup_vprintf(why, arguments);
	va_end(arguments);
	safe = fn_text_safe(text, -1, 300);
	g_set_error(error, FN_DISCLOSURE_ERROR, (int)code, "disclosure%s: %s", code == FN_DISCLOSURE_ERROR_PLAN ? " plan" : "", safe);
	return FALSE;
}

const char *
fn_field_text(const json_t *object, const char *name, gsize most, FnDisclosureError code, GError **error)
{
	const json_t *value = json_object_get(object, name);
	gsize size = json_string_length(value);

	if (json_is_string(value) && size >= 1 && size <= most && strlen(json_string_value(value)) == size)
		return json_string_value(value);
	fn_field_refuse(code, error, "\"%s\" must be a text of 1 to %" G_GSIZE_FORMAT " bytes", name, most);
	return NULL;
}

gboolean
fn_field_number(const json_t *object, const char *name, guint least, guint most, FnDisclosureError code, guint *out, GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > most)
		return fn_field_refuse(code, error, "\"%s\" must be a whole number from %u to %u", name, least, most);
	*out = (guint)json_integer_value(value);
	return TRUE;
}

gboolean
fn_field_bool(const json_t *object, const char *name, FnDisclosureError code, gboolean *out, GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_boolean(value))
		return fn_field_refuse(code, error, "\"%s\" must be true or false", name);
	*out = json_is_true(value);
	return TRUE;
}
