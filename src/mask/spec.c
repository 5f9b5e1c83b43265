/* From "operator:parameter=value,parameter=value" to typed values. */
#include "mask/mask_priv.h"

#include "base/text.h"

#include <string.h>

static gboolean
whole(const char *text, guint64 least, guint64 most, guint *out)
{
	guint64 value;

	if (!g_ascii_string_to_unsigned(text, 10, least, most, &value, NULL))
		return FALSE;
	*out = (guint)value;
	return TRUE;
}

/* "3.4": characters that stay at the beginning and at the end. */
static gboolean
take_counts(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	g_auto(GStrv) part = g_strsplit(text, ".", 3);
	guint *counts = place;

	return g_strv_length(part) == 2 && whole(part[0], 0, 64, &counts[0]) && whole(part[1], 0, 64, &counts[1]);
}

static gboolean
take_kind(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	const FnPseudonymKind **kind = place;

	*kind = fn_pseudonym_kind(text, 1);
	return *kind != NULL;
}

static gboolean
take_table(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	return whole(text, 1, 65535, place);
}

static gboolean
take_name(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	char **name = place;
	gsize size = strlen(text);

	if (size == 0 || size > 64 || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != size)
		return FALSE;
	*name = g_strdup(text);
	return TRUE;
}

static gboolean
take_text(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	char **out = place;

	if (strlen(text) > 64 || !g_utf8_validate(text, -1, NULL))
		return FALSE;
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return FALSE;
	*out = g_strdup(text);
	return TRUE;
}

static gboolean
take_choice(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	g_auto(GStrv) choice = g_strsplit(parameter->choices, " ", -1);

	for (guint i = 0; choice[i] != NULL; i++)
		if (g_str_equal(choice[i], text)) {
			*(guint *)place = i;
			return TRUE;
		}
	return FALSE;
}

static gboolean
take_whole(const FnMaskParameter *parameter, const char *text, gpointer place)
{
	return whole(text, 1, parameter->most, place);
}

/* By FnMaskType. To add a type, add a row here and in that enum. */
static const struct {
	const char *name, *expected; /* NULL: depends on the parameter */
	gboolean (*take)(const FnMaskParameter *parameter, const char *text, gpointer place);
} types[] = {
	[FN_MASK_COUNTS] = { "counts", "two counts of characters from 0 to 64, as in 3.4", take_counts },
	[FN_MASK_KIND] = { "kind", NULL, take_kind },
	[FN_MASK_TABLE] = { "table", "a whole number from 1 to 65535", take_table },
	[FN_MASK_NAME] = { "name", "1 to 64 letters, digits, '_', '.' and '-'", take_name },
	[FN_MASK_TEXT] = { "text", "at most 64 bytes of text without controls", take_text },
	[FN_MASK_CHOICE] = { "choice", NULL, take_choice },
	[FN_MASK_WHOLE] = { "whole", NULL, take_whole },
};

const char *
fn_mask_type_name(FnMaskType type)
{
	return types[type].name;
}

static char *
expected(const FnMaskParameter *parameter)
{
	g_auto(GStrv) choice = g_strsplit(parameter->choices != NULL ? parameter->choices : "", " ", -1);
	g_autofree char *choices = g_strjoinv(", ", choice);

	if (parameter->type == FN_MASK_WHOLE)
		return g_strdup_printf("a whole number from 1 to %u", parameter->most);
	if (parameter->type == FN_MASK_CHOICE || parameter->type == FN_MASK_KIND)
		return g_strconcat("one of ", parameter->type == FN_MASK_KIND ? fn_pseudonym_kind_names() : choices, NULL);
	return g_strdup(types[parameter->type].expected);
}

static gboolean
refuse(GError **error, const char *spec, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean
refuse(GError **error, const char *spec, const char *format, ...)
{
	g_autofree char *shown = fn_text_safe(spec, -1, 120), *why = NULL, *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	why = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	safe = fn_text_safe(why, -1, 300);
	g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_OPERATOR, "mask \"%s\": %s", shown, safe);
	return FALSE;
}

const FnMaskParameter *
fn_mask_parameter(const FnMaskOperator *operator, const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(operator->parameter) && operator->parameter[i].name != NULL; i++)
		if (g_str_equal(operator->parameter[i].name, name))
			return &operator->parameter[i];
	return NULL;
}

static gboolean
take_parameter(FnMaskSpec *spec, const char *all, const char *text, GError **error)
{
	g_auto(GStrv) pair = g_strsplit(text, "=", 2);
	g_autofree char *wanted = NULL;
	const FnMaskParameter *parameter;
	guint bit;

	if (g_strv_length(pair) != 2)
		return refuse(error, all, "expected parameter=value instead of \"%s\"", text);
	parameter = fn_mask_parameter(spec->operator, pair[0]);
	if (parameter == NULL)
		return refuse(error, all, "operator %s has no parameter \"%s\"", spec->operator->name, pair[0]);
	bit = 1u << (parameter - spec->operator->parameter);
	if (spec->seen & bit)
		return refuse(error, all, "parameter \"%s\" is given twice", pair[0]);
	spec->seen |= bit;
	spec->keyed |= parameter->keyed;
	if (types[parameter->type].take(parameter, pair[1], (char *)spec + parameter->place))
		return TRUE;
	wanted = expected(parameter);
	return refuse(error, all, "parameter \"%s\" must be %s, not \"%s\"", pair[0], wanted, pair[1]);
}

/* Required parameters are there, and one of those that exclude each other. */
static gboolean
check_complete(const FnMaskSpec *spec, const char *all, GError **error)
{
	g_autoptr(GString) one_of = g_string_new(NULL);
	const FnMaskOperator *operator = spec->operator;
	guint alternatives = 0, given = 0;

	for (guint i = 0; i < G_N_ELEMENTS(operator->parameter) && operator->parameter[i].name != NULL; i++) {
		const FnMaskParameter *parameter = &operator->parameter[i];
		gboolean seen = (spec->seen & 1u << i) != 0;

		if (parameter->required && !seen)
			return refuse(error, all, "parameter \"%s\" is missing", parameter->name);
		if (!parameter->one_of)
			continue;
		g_string_append_printf(one_of, "%s%s", alternatives++ > 0 ? ", " : "", parameter->name);
		given += (guint)seen;
	}
	return alternatives == 0 || given == 1 || refuse(error, all, "operator %s needs exactly one of %s", operator->name, one_of->str);
}

/* A kind is named before or after its table: table 1 when none is. */
static gboolean
settle_table(FnMaskSpec *spec, const char *all, GError **error)
{
	const FnPseudonymKind *kind = spec->kind;

	if (kind == NULL || spec->table == 0)
		return TRUE;
	spec->kind = fn_pseudonym_kind(fn_pseudonym_kind_name(kind), spec->table);
	return spec->kind != NULL || refuse(error, all, "kind %s has no table \"%u\"", fn_pseudonym_kind_name(kind), spec->table);
}

static gboolean
take_parameters(FnMaskSpec *spec, const char *all, const char *text, GError **error)
{
	g_auto(GStrv) parameter = g_strsplit(text != NULL ? text : "", ",", -1);

	for (guint i = 0; text != NULL && parameter[i] != NULL; i++)
		if (!take_parameter(spec, all, parameter[i], error))
			return FALSE;
	return check_complete(spec, all, error) && settle_table(spec, all, error);
}

gboolean
fn_mask_spec_parse(const char *text, FnMaskSpec *spec_out, GError **error)
{
	g_auto(GStrv) part = g_strsplit(text, ":", 2);
	FnMaskSpec spec = { .operator = fn_mask_operator(part[0] != NULL ? part[0] : "") };

	memset(spec_out, 0, sizeof(*spec_out));
	if (spec.operator == NULL)
		return refuse(error, text, "no operator \"%s\"", part[0] != NULL ? part[0] : "");
	spec.keyed = spec.operator->keyed;
	if (!take_parameters(&spec, text, part[1], error)) {
		fn_mask_spec_clear(&spec);
		return FALSE;
	}
	*spec_out = spec;
	return TRUE;
}

void
fn_mask_spec_clear(FnMaskSpec *spec)
{
	g_clear_pointer(&spec->join, g_free);
	g_clear_pointer(&spec->with, g_free);
}

gboolean
fn_mask_spec_needs_key(const char *spec)
{
	FnMaskSpec parsed;
	gboolean keyed = fn_mask_spec_parse(spec, &parsed, NULL) && parsed.keyed;

	fn_mask_spec_clear(&parsed);
	return keyed;
}
