#include "http/target_priv.h"

#include <string.h>

static const char bad_escape[] = "a broken percent escape";
static const char bad_control[] = "a control character";
static const char bad_utf8[] = "text that is not UTF-8";

/* Decodes @size bytes of @raw; *wrong says why it cannot be. */
static char *
decode(const char *raw, gsize size, gboolean is_path, const char **wrong)
{
	g_autofree char *text = g_malloc(size + 1);
	gsize n = 0;

	for (gsize i = 0; i < size; i++) {
		char c = raw[i];

		if (c == '%') {
			if (size - i < 3 || !g_ascii_isxdigit(raw[i + 1]) || !g_ascii_isxdigit(raw[i + 2])) {
				*wrong = bad_escape;
				return NULL;
			}
			c = (char)(g_ascii_xdigit_value(raw[i + 1]) << 4 | g_ascii_xdigit_value(raw[i + 2]));
			i += 2;
			if (is_path && c == '/') { /* would hide a segment's border */
				*wrong = "an encoded slash";
				return NULL;
			}
		} else if (!is_path && c == '+') {
			c = ' ';
		}
		if ((guint8)c < 0x20 || c == 0x7f) {
			*wrong = bad_control;
			return NULL;
		}
		text[n++] = c;
	}
	text[n] = '\0';
	if (!g_utf8_validate_len(text, n, NULL)) {
		*wrong = bad_utf8;
		return NULL;
	}
	return g_steal_pointer(&text);
}

static gboolean
has_dot_segment(const char *path)
{
	for (const char *at = path; at != NULL; at = strchr(at + 1, '/')) {
		gsize n = strcspn(at + 1, "/");

		if ((n == 1 && at[1] == '.') || (n == 2 && at[1] == '.' && at[2] == '.'))
			return TRUE;
	}
	return FALSE;
}

static const char *
take_parameter(FnHttpTarget *target, const char *raw, gsize size)
{
	const char *equals = memchr(raw, '=', size);
	gsize n = equals != NULL ? (gsize)(equals - raw) : size;
	const char *wrong = NULL;
	g_autofree char *name = decode(raw, n, FALSE, &wrong);
	g_autofree char *value = equals != NULL ? decode(equals + 1, size - n - 1, FALSE, &wrong) : g_strdup("");

	if (wrong != NULL)
		return wrong;
	if (fn_target_query(target, name) != NULL)
		return "a parameter given twice";
	if (target->query->len >= 2 * FN_TARGET_PARAMETERS)
		return "too many parameters";
	g_ptr_array_add(target->query, g_steal_pointer(&name));
	g_ptr_array_add(target->query, g_steal_pointer(&value));
	return NULL;
}

static const char *
take_query(FnHttpTarget *target, const char *raw)
{
	while (*raw != '\0') {
		gsize n = strcspn(raw, "&");
		const char *wrong = n > 0 ? take_parameter(target, raw, n) : NULL;

		if (wrong != NULL)
			return wrong;
		raw += n + (raw[n] == '&');
	}
	return NULL;
}

static const char *
parse(const char *raw, FnHttpTarget *target)
{
	gsize n = strcspn(raw, "?#");
	const char *wrong = NULL;

	if (raw[0] != '/')
		return "not a path";
	if (strchr(raw, '#') != NULL)
		return "a fragment";
	target->path = decode(raw, n, TRUE, &wrong);
	if (wrong != NULL)
		return wrong;
	if (has_dot_segment(target->path))
		return "a dot segment";
	return raw[n] == '?' ? take_query(target, raw + n + 1) : NULL;
}

const char *
fn_target_parse(const char *raw, FnHttpTarget *target_out)
{
	const char *wrong;

	*target_out = (FnHttpTarget){ NULL, g_ptr_array_new_with_free_func(g_free) };
	wrong = parse(raw, target_out);
	if (wrong != NULL)
		fn_target_clear(target_out);
	return wrong;
}

void
fn_target_clear(FnHttpTarget *target)
{
	g_clear_pointer(&target->path, g_free);
	g_clear_pointer(&target->query, g_ptr_array_unref);
}

const char *
fn_target_query(const FnHttpTarget *target, const char *name)
{
	for (guint i = 0; target->query != NULL && i < target->query->len; i += 2)
		if (g_str_equal(target->query->pdata[i], name))
			return target->query->pdata[i + 1];
	return NULL;
}
