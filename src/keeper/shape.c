#include "keeper/keeper_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "crypto/crypto.h"

#include <string.h>

enum { ORIGIN_MAX = 255, ROOT = 32, GRANT_ID_MAX = 128 };
enum { MONTH = 7, CASE_ID_MAX = 64, COLUMN_MAX = 128, SPEC_MAX = 512, PSEUDONYM_MAX = 128 }; /* of a reversal */

gboolean
fn_shape_members(const json_t *object, const char *const *names, GError **error)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "expected a JSON object");
	json_object_foreach((json_t *)object, name, value)
		if (!g_strv_contains(names, name)) {
			g_autofree char *safe = fn_text_safe(name, -1, 64);

			return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "unknown member \"%s\"", safe);
		}
	return TRUE;
}

static gboolean
has_control(const char *text)
{
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
		if (g_unichar_iscntrl(g_utf8_get_char(p)))
			return TRUE;
	return FALSE;
}

static gboolean
is_text(const json_t *value, glong least, glong most)
{
	const char *text = json_string_value(value);

	return text != NULL && strlen(text) == json_string_length(value) && g_utf8_strlen(text, -1) >= least &&
		g_utf8_strlen(text, -1) <= most && !has_control(text);
}

const char *
fn_shape_text(const json_t *object, const char *name, glong least, glong most, GError **error)
{
	const json_t *value = json_object_get(object, name);

	if (is_text(value, least, most))
		return json_string_value(value);
	fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"%s\" must be a text of %ld to %ld characters without controls", name, least,
		most);
	return NULL;
}

typedef struct {
	const char *origin, *time;
	guint8 root[ROOT];
	gint64 size;
} Head;

/* An origin is also the key name of a C2SP note, which may hold neither blanks nor '+'; and it starts the bytes that are
 * signed bare, so it must not look like the prefix under which all else is signed. */
static gboolean
origin_is_fit(const char *origin)
{
	for (const char *p = origin; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '+')
			return FALSE;
	return *origin != '\0' && strlen(origin) <= ORIGIN_MAX && !g_str_has_prefix(origin, "fengni/v");
}

static gboolean
root_is_fit(const char *text, guint8 root_out[ROOT])
{
	g_autofree char *again = NULL;

	if (text == NULL || strlen(text) != 2 * ROOT || !fn_unhex(text, root_out, ROOT))
		return FALSE;
	again = fn_hex(root_out, ROOT);
	return g_str_equal(again, text);
}

static gboolean
read_head(const json_t *message, Head *head, GError **error)
{
	static const char *const names[] = { "origin", "root", "size", "time", NULL };
	const json_t *size = json_object_get(message, "size");
	gint64 moment;

	if (!fn_shape_members(message, names, error) ||
	    (head->origin = fn_shape_text(message, "origin", 1, ORIGIN_MAX, error)) == NULL ||
	    (head->time = fn_shape_text(message, "time", 1, 40, error)) == NULL)
		return FALSE;
	if (!origin_is_fit(head->origin))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST,
			"\"origin\" must be visible ASCII without '+' and not start with \"fengni/v\"");
	if (!root_is_fit(json_string_value(json_object_get(message, "root")), head->root))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"root\" must be 64 lower-case hexadecimal digits");
	if (!json_is_integer(size) || (head->size = json_integer_value(size)) < 0)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"size\" must be a whole number, not negative");
	if (!fn_time_parse(head->time, &moment))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"time\" must be a moment of RFC 3339");
	return TRUE;
}

/* C2SP tlog-checkpoint: origin, size, root, one line each. */
static guint8 *
note_body(const Head *head, gsize *size_out)
{
	g_autofree char *root = g_base64_encode(head->root, ROOT);
	char *body = g_strdup_printf("%s\n%" G_GINT64_FORMAT "\n%s\n", head->origin, head->size, root);

	*size_out = strlen(body);
	return (guint8 *)body;
}

/* Fractions have more than one spelling: what is signed has none. */
static gboolean
is_plain(const json_t *value)
{
	const char *name;
	json_t *member;
	gsize i;

	if (json_is_real(value))
		return FALSE;
	json_object_foreach((json_t *)value, name, member)
		if (!is_plain(member))
			return FALSE;
	json_array_foreach(value, i, member)
		if (!is_plain(member))
			return FALSE;
	return TRUE;
}

static gboolean
read_pseudonyms(const json_t *list, FnReversal *reversal, GError **error)
{
	json_t *one;
	gsize i;

	if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > FN_REVERSAL_PSEUDONYMS)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"pseudonyms\" must be an array of 1 to %d texts",
			FN_REVERSAL_PSEUDONYMS);
	json_array_foreach(list, i, one) {
		if (!is_text(one, 1, PSEUDONYM_MAX))
			return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST,
				"pseudonym %zu must be a text of 1 to %d characters without controls", i + 1, PSEUDONYM_MAX);
		reversal->pseudonym[i] = json_string_value(one);
	}
	reversal->n = (guint)i;
	return TRUE;
}

/* The moment up to which an authorisation counts: soon. */
static gboolean
read_until(const json_t *message, gint64 *until_out, GError **error)
{
	const char *until = fn_shape_text(message, "until", 1, 40, error);

	if (until == NULL)
		return FALSE;
	if (!fn_time_parse(until, until_out))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"until\" must be a moment of RFC 3339");
	return *until_out <= fn_time_now() + FN_REVERSAL_SECONDS * G_USEC_PER_SEC ||
		fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"until\" must lie within %d seconds", FN_REVERSAL_SECONDS);
}

gboolean
fn_shape_reversal(const json_t *message, FnReversal *reversal, GError **error)
{
	static const char *const names[] = { "case", "column", "context", "pseudonyms", "spec", "until", NULL };

	if (!fn_shape_members(message, names, error) || fn_shape_text(message, "case", 1, CASE_ID_MAX, error) == NULL ||
	    (reversal->column = fn_shape_text(message, "column", 1, COLUMN_MAX, error)) == NULL ||
	    (reversal->context = fn_shape_text(message, "context", 1, FN_CONTEXT_MAX, error)) == NULL ||
	    (reversal->spec = fn_shape_text(message, "spec", 1, SPEC_MAX, error)) == NULL || !read_until(message, &reversal->until, error))
		return FALSE;
	return read_pseudonyms(json_object_get(message, "pseudonyms"), reversal, error);
}

/* "2026-05" */
static gboolean
month_is_fit(const char *text)
{
	for (guint i = 0; i < MONTH; i++)
		if (i == 4 ? text[i] != '-' : !g_ascii_isdigit(text[i]))
			return FALSE;
	return strcmp(text + 5, "01") >= 0 && strcmp(text + 5, "12") <= 0;
}

/* What the ledger may prune: {"before","case","origin","until"}. */
static gboolean
is_pruning(const json_t *message, GError **error)
{
	static const char *const names[] = { "before", "case", "origin", "until", NULL };
	const char *before, *origin;
	gint64 until;

	if (!fn_shape_members(message, names, error) || (before = fn_shape_text(message, "before", MONTH, MONTH, error)) == NULL ||
	    fn_shape_text(message, "case", 1, CASE_ID_MAX, error) == NULL ||
	    (origin = fn_shape_text(message, "origin", 1, ORIGIN_MAX, error)) == NULL || !read_until(message, &until, error))
		return FALSE;
	if (!month_is_fit(before))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"before\" must be a month such as 2026-05");
	return origin_is_fit(origin) || fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"origin\" must be that of a log");
}

static guint8 *
canonical(const char *purpose, const json_t *message, gsize *size_out)
{
	g_autofree char *text = fn_json_canonical(message);

	return fn_signed_bytes(purpose, text, strlen(text), size_out);
}

guint8 *
fn_shape_bytes(FnShape shape, const json_t *message, gsize *size_out, GError **error)
{
	FnReversal reversal;
	Head head;

	switch (shape) {
	case FN_SHAPE_HEAD_GM:
		return read_head(message, &head, error) ? canonical("ledger_head_gm", message, size_out) : NULL;
	case FN_SHAPE_HEAD_INTL:
		return read_head(message, &head, error) ? note_body(&head, size_out) : NULL;
	case FN_SHAPE_GRANT:
		if (!json_is_object(message) || !is_plain(message)) {
			fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "a grant must be a JSON object without fractions");
			return NULL;
		}
		return fn_shape_text(message, "grant", 1, GRANT_ID_MAX, error) != NULL ? canonical("grant", message, size_out) : NULL;
	case FN_SHAPE_REVERSAL:
		return fn_shape_reversal(message, &reversal, error) ? canonical("reversal", message, size_out) : NULL;
	case FN_SHAPE_PRUNING:
		return is_pruning(message, error) ? canonical("pruning", message, size_out) : NULL;
	}
	g_assert_not_reached();
}
