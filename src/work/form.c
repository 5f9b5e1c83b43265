/* The form of a case against what its procedure says of it. What only the catalog can know is for effects and needs. */
#include "work/work_priv.h"

#include "base/identifiers.h"
#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

enum { MAX_FORM = 64 * 1024, MAX_TEXT = 4000, MAX_ITEMS = 1000, MAX_SAY = 2000 };

typedef struct {
	const FnRules *rules;
	const FnNode *field;
	const char *subject;
	gint64 now;
} Context;

typedef const char *(*Check)(const Context *context, const json_t *value); /* what is wrong, or NULL */

static gboolean
is_blank(const char *text)
{
	for (; *text != '\0'; text = g_utf8_next_char(text))
		if (!g_unichar_isspace(g_utf8_get_char(text)))
			return FALSE;
	return TRUE;
}

static const char *
check_text(const Context *context, const json_t *value)
{
	const char *text = json_string_value(value);
	glong size = text != NULL ? g_utf8_strlen(text, -1) : 0;

	if (text == NULL || is_blank(text))
		return FN_SAY("must be a text");
	if (size < fn_node_int(context->field, "min", 1))
		return FN_SAY("is too short");
	return size > fn_node_int(context->field, "max", MAX_TEXT) ? FN_SAY("is too long") : NULL;
}

static const char *
check_name(const Context *context, const json_t *value)
{
	const char *text = json_string_value(value);

	return text == NULL || is_blank(text) || strlen(text) > 128 ? FN_SAY("must be a name of at most 128 bytes") : NULL;
}

static const char *
check_resource(const Context *context, const json_t *value)
{
	return g_strcmp0(json_string_value(value), context->subject) != 0 ? FN_SAY("must be the resource that the case is about") : NULL;
}

static const char *
check_names(const Context *context, const json_t *value)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
	gsize n = json_array_size(value);

	if (!json_is_array(value) || n > MAX_ITEMS)
		return FN_SAY("must be a list of at most 1000 names");
	if ((gint64)n < fn_node_int(context->field, "min", 0))
		return FN_SAY("has too few entries");
	if ((gint64)n > fn_node_int(context->field, "max", MAX_ITEMS))
		return FN_SAY("has too many entries");
	for (gsize i = 0; i < n; i++) {
		const json_t *item = json_array_get(value, i);

		if (check_name(context, item) != NULL)
			return FN_SAY("must be a list of names");
		if (!g_hash_table_add(known, (gpointer)json_string_value(item)))
			return FN_SAY("names one entry twice");
	}
	return NULL;
}

static const char *
check_mode(const Context *context, const json_t *value)
{
	static const char *const modes[] = { "verify", "aggregate", "query", "batch", "push", "file", NULL };
	const char *mode = json_string_value(value);

	return mode == NULL || !g_strv_contains(modes, mode) ? FN_SAY("must be one of verify, aggregate, query, batch, push, file") : NULL;
}

static const char *
check_date(const Context *context, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *parameter = fn_node_text(fn_node_get(context->field, "max"), "parameter");
	GDate day, today, latest;

	g_date_clear(&day, 1);
	if (text == NULL || !fn_date_parse(text, &day, NULL))
		return FN_SAY("must be a date (YYYY-MM-DD)");
	fn_time_date(context->now, &today);
	if (g_date_compare(&day, &today) <= 0)
		return FN_SAY("must lie after today");
	latest = today;
	g_date_add_months(&latest, (guint)CLAMP(fn_rules_parameter_int(context->rules, parameter != NULL ? parameter : "", 1200), 0, 1200));
	return parameter != NULL && g_date_compare(&day, &latest) > 0 ? FN_SAY("lies beyond the longest term") : NULL;
}

static const char *
check_enum(const Context *context, const json_t *value)
{
	const char *text = json_string_value(value);

	return text == NULL || !fn_node_has_word(fn_node_get(context->field, "values"), text) ? FN_SAY("is not one of the values") : NULL;
}

static const char *
check_int(const Context *context, const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return FN_SAY("must be a whole number");
	return number < fn_node_int(context->field, "min", 0) || number > fn_node_int(context->field, "max", G_MAXINT32) ? FN_SAY("is out of bounds") : NULL;
}

static const char *
check_bool(const Context *context, const json_t *value)
{
	return json_is_boolean(value) ? NULL : FN_SAY("must be true or false");
}

static const char *
check_accepted(const Context *context, const json_t *value)
{
	return json_is_true(value) ? NULL : FN_SAY("must be accepted");
}

static const char *
check_rows(const Context *context, const json_t *value)
{
	if (!json_is_array(value) || json_array_size(value) > 32)
		return FN_SAY("must be a list of at most 32 conditions");
	for (gsize i = 0; i < json_array_size(value); i++) {
		const json_t *condition = json_array_get(value, i);

		if (!json_is_object(condition) || json_string_value(json_object_get(condition, "field")) == NULL ||
		    json_string_value(json_object_get(condition, "op")) == NULL || json_object_get(condition, "value") == NULL)
			return FN_SAY("must be a list of {field, op, value}");
	}
	return NULL;
}

/* Any day, past or to come. */
static const char *
check_day(const Context *context, const json_t *value)
{
	GDate day;

	g_date_clear(&day, 1);
	return json_string_value(value) == NULL || !fn_date_parse(json_string_value(value), &day, NULL) ? FN_SAY("must be a date (YYYY-MM-DD)") : NULL;
}

static const char *
check_moment(const Context *context, const json_t *value)
{
	gint64 at;

	return json_string_value(value) == NULL || !fn_time_parse(json_string_value(value), &at) ?
		FN_SAY("must be a moment (YYYY-MM-DDThh:mm:ss+08:00)") : NULL;
}

static const char *
check_credit_code(const Context *context, const json_t *value)
{
	const char *text = json_string_value(value);

	return text == NULL || !fn_credit_code_well_formed(text, strlen(text)) ? FN_SAY("must be a unified social credit code") : NULL;
}

/* What is written by a pattern: other characters than these, too short, too long, or not looking like one is refused. */
static const struct {
	const char *type, *pattern, *wrong;
} patterns[] = {
	{ "email", "^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\\.)+[A-Za-z0-9-]{2,63}$", FN_SAY("must be a mail address") },
	{ "phone", "^\\+?[0-9][0-9 -]{4,24}$", FN_SAY("must be a telephone number") },
	{ "domain", "^([\\p{L}\\p{N}]([\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?\\.)+[\\p{L}\\p{N}-]{2,63}$", FN_SAY("must be a domain name") },
	{ "url", "^https?://[^\\s\"<>]{1,1000}$", FN_SAY("must be an address beginning with http:// or https://") },
	{ "ip", "^[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?$", FN_SAY("must be an IP address") },
	{ "digest", "^[0-9a-f]{64}$", FN_SAY("must be a digest of 64 hexadecimal digits") },
	{ "fingerprint", "^[0-9a-f]{64}$", FN_SAY("must be a fingerprint of 64 hexadecimal digits") },
	{ "money", "^[0-9]{1,15}(\\.[0-9]{1,2})?$", FN_SAY("must be an amount, as 1200.50") },
};

static const char *
check_pattern(const Context *context, const json_t *value)
{
	const char *type = fn_node_text(context->field, "type"), *text = json_string_value(value);

	for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++)
		if (strcmp(patterns[i].type, type) == 0)
			return text == NULL || !g_regex_match_simple(patterns[i].pattern, text, G_REGEX_DOLLAR_ENDONLY, 0) ? patterns[i].wrong : NULL;
	return FN_SAY("is of a type that this program does not know");
}

static const char *
check_texts(const Context *context, const json_t *value)
{
	gsize n = json_array_size(value);

	if (!json_is_array(value) || n > MAX_ITEMS)
		return FN_SAY("must be a list of at most 1000 texts");
	if ((gint64)n < fn_node_int(context->field, "min", 0) || (gint64)n > fn_node_int(context->field, "max", MAX_ITEMS))
		return FN_SAY("has too few or too many entries");
	for (gsize i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(value, i));

		if (text == NULL || is_blank(text) || g_utf8_strlen(text, -1) > MAX_TEXT)
			return FN_SAY("must be a list of texts");
	}
	return NULL;
}

static const char *
check_number(const Context *context, const json_t *value)
{
	double number = json_number_value(value);

	if (!json_is_number(value))
		return FN_SAY("must be a number");
	return number < (double)fn_node_int(context->field, "min", G_MININT32) || number > (double)fn_node_int(context->field, "max", G_MAXINT32) ?
		FN_SAY("is out of bounds") : NULL;
}

static const char *
check_percent(const Context *context, const json_t *value)
{
	return !json_is_number(value) || json_number_value(value) < 0 || json_number_value(value) > 100 ? FN_SAY("must be a number from 0 to 100") : NULL;
}

static const struct {
	const char *type;
	Check check;
} types[] = {
	{ "text", check_text }, { "resource", check_resource }, { "fields", check_names }, { "mode", check_mode }, { "date", check_date },
	{ "enum", check_enum }, { "int", check_int }, { "bool", check_bool }, { "system", check_name }, { "operators", check_names },
	{ "names", check_names }, { "rows", check_rows }, { "accepted", check_accepted },
	{ "day", check_day }, { "moment", check_moment }, { "organization", check_name }, { "person", check_name }, { "case", check_name },
	{ "grant", check_name }, { "record", check_name }, { "credit_code", check_credit_code }, { "email", check_pattern },
	{ "phone", check_pattern }, { "domain", check_pattern }, { "url", check_pattern }, { "ip", check_pattern }, { "digest", check_pattern },
	{ "fingerprint", check_pattern }, { "money", check_pattern }, { "number", check_number }, { "percent", check_percent },
	{ "texts", check_texts },
};

char *
fn_work_field_shown(const FnNode *field, const char *name)
{
	const char *title = fn_say_in_chinese() ? fn_node_text(field, "zh") : NULL;
	g_autofree char *safe = fn_text_safe(name, -1, 64);

	return title != NULL ? g_strdup_printf("%s（%s）", title, safe) : g_steal_pointer(&safe);
}

static gboolean
refuse(const FnNode *field, const char *name, const char *english, GError **error)
{
	g_autofree char *shown = fn_work_field_shown(field, name);

	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: %s", shown, fn_say(english));
	return FALSE;
}

static gboolean
check_field(const Context *context, const char *name, const json_t *value, GError **error)
{
	const char *type = fn_node_text(context->field, "type");

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].type, type) == 0) {
			const char *wrong = types[i].check(context, value);

			return wrong == NULL || refuse(context->field, name, wrong, error);
		}
	return refuse(context->field, name, "is of a type that this program does not know", error);
}

gboolean
fn_work_form_check(const FnRules *rules, const FnNode *schema, const json_t *form, const json_t *before, const char *subject, gint64 now,
	GError **error)
{
	Context context = { .rules = rules, .subject = subject, .now = now };
	g_autofree char *whole = NULL;
	const char *name;
	const json_t *value;

	if (!json_is_object(form))
		return refuse(NULL, "form", "must be an object", error);
	whole = fn_json_canonical(form);
	if (strlen(whole) > MAX_FORM)
		return refuse(NULL, "form", "is larger than 64 KiB", error);
	json_object_foreach((json_t *)form, name, value) {
		if ((context.field = fn_node_get(schema, name)) == NULL)
			return refuse(NULL, name, "is not part of this form", error);
		if (!json_equal(json_object_get(before, name), value) && !check_field(&context, name, value, error))
			return FALSE;
	}
	for (guint i = 0; i < fn_node_count(schema); i++)
		if (fn_node_bool(fn_node_at(schema, i), "required", FALSE) && json_object_get(form, fn_node_key_at(schema, i)) == NULL)
			return refuse(fn_node_at(schema, i), fn_node_key_at(schema, i), "is missing", error);
	return TRUE;
}

gboolean
fn_work_say_check(const char *say, gboolean demanded, const char *what, GError **error)
{
	if (say == NULL || *say == '\0' || !g_utf8_validate(say, -1, NULL) || is_blank(say)) {
		if (!demanded && (say == NULL || *say == '\0'))
			return TRUE;
		if (what != NULL)
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_SAY, "say %s", what);
		else
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_SAY, "say it in words");
		return FALSE;
	}
	if (g_utf8_strlen(say, -1) > MAX_SAY) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_SAY, "say it in at most %d characters", MAX_SAY);
		return FALSE;
	}
	return TRUE;
}
