/* Operators by name, their parameters by type, and one function each that masks a column. */
#include "mask/mask_priv.h"

#include "base/text.h"

#include <string.h>

typedef struct Operator Operator;

struct FnMaskColumn {
	const Operator *operator;
	guint first, last; /* partial: characters that stay */
	FnSuite suite;
	guint8 key[32];    /* derived for this column */
	FnPseudonym *pseudonym;
};

/* A value of the spec, checked. Each parameter of an operator has a place here. */
typedef struct {
	guint first, last;
	const FnPseudonymKind *kind;
	char *join;
} Values;

typedef enum { COUNTS, KIND, TABLE, NAME } Type;

struct Operator {
	const char *name;
	gboolean keyed;
	struct {
		const char *name;
		Type type;
		gboolean required;
	} parameter[3];
	void (*apply)(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
};

static void
put(FnColumn *column, guint row, FnMaskArena *arena, const char *text, gsize size)
{
	char *out = fn_mask_arena_take(arena, size);

	memcpy(out, text, size);
	column->value[row] = out;
	column->size[row] = (guint32)size;
}

static void
apply_keep(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
}

static void
apply_redact(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	for (guint row = 0; row < column->n; row++)
		if (column->value[row] != NULL)
			put(column, row, arena, FN_MASK_REDACTED, strlen(FN_MASK_REDACTED));
}

static gboolean
is_ascii(const char *text, guint32 size)
{
	guint8 all = 0;

	for (guint32 i = 0; i < size; i++)
		all |= (guint8)text[i];
	return all < 0x80;
}

/* Bytes of the first @n characters of valid UTF-8. */
static gsize
bytes_of(const char *text, gsize n)
{
	return (gsize)(g_utf8_offset_to_pointer(text, (glong)n) - text);
}

/* Stars for all but the ends. A value with no more characters than would stay becomes stars throughout. */
static void
put_partial(const FnMaskColumn *mask, FnColumn *column, guint row, FnMaskArena *arena)
{
	const char *text = column->value[row];
	gsize size = column->size[row], first = mask->first, last = mask->last;
	gboolean ascii = is_ascii(text, (guint32)size);
	gsize n = ascii ? size : (gsize)g_utf8_strlen(text, (gssize)size), stars, head, tail;
	char *out;

	if (first + last >= n)
		first = last = 0;
	stars = n - first - last;
	head = ascii ? first : bytes_of(text, first);
	tail = ascii ? last : size - bytes_of(text, n - last);
	out = fn_mask_arena_take(arena, head + stars + tail);
	memcpy(out, text, head);
	memset(out + head, '*', stars);
	memcpy(out + head + stars, text + size - tail, tail);
	column->value[row] = out;
	column->size[row] = (guint32)(head + stars + tail);
}

static void
apply_partial(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	for (guint row = 0; row < column->n; row++) {
		if (column->value[row] == NULL)
			continue;
		/* What is not UTF-8 has no characters to count. */
		if (!is_ascii(column->value[row], column->size[row]) &&
			!g_utf8_validate(column->value[row], column->size[row], NULL))
			put(column, row, arena, FN_MASK_REDACTED, strlen(FN_MASK_REDACTED));
		else
			put_partial(mask, column, row, arena);
	}
}

static void
apply_hash(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	static const char digit[] = "0123456789abcdef";
	int algorithm = mask->suite == FN_SUITE_GM ? GCRY_MAC_HMAC_SM3 : GCRY_MAC_HMAC_SHA256;
	gcry_mac_hd_t mac;

	g_assert(gcry_mac_open(&mac, algorithm, 0, NULL) == 0);
	g_assert(gcry_mac_setkey(mac, mask->key, sizeof(mask->key)) == 0);
	for (guint row = 0; row < column->n; row++) {
		guint8 code[32];
		gsize size = sizeof(code);
		char *out;

		if (column->value[row] == NULL)
			continue;
		g_assert(gcry_mac_reset(mac) == 0);
		g_assert(gcry_mac_write(mac, column->value[row], column->size[row]) == 0);
		g_assert(gcry_mac_read(mac, code, &size) == 0 && size == sizeof(code));
		out = fn_mask_arena_take(arena, 2 * sizeof(code));
		for (gsize i = 0; i < sizeof(code); i++) {
			out[2 * i] = digit[code[i] >> 4];
			out[2 * i + 1] = digit[code[i] & 15];
		}
		column->value[row] = out;
		column->size[row] = 2 * sizeof(code);
	}
	gcry_mac_close(mac);
}

static void
apply_pseudonym(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	fn_pseudonym_apply(mask->pseudonym, column, arena);
}

/* To add an operator, add a row here, a file in rules/masks/, and its examples there. */
static const Operator operators[] = {
	{ "keep", FALSE, { { 0 } }, apply_keep },
	{ "redact", FALSE, { { 0 } }, apply_redact },
	{ "partial", FALSE, { { "keep", COUNTS, TRUE } }, apply_partial },
	{ "hash", TRUE, { { "join", NAME, FALSE } }, apply_hash },
	{ "pseudonym", TRUE, { { "kind", KIND, TRUE }, { "table", TABLE, FALSE }, { "join", NAME, FALSE } }, apply_pseudonym },
};

const char *
fn_mask_operator_at(guint i)
{
	return i < G_N_ELEMENTS(operators) ? operators[i].name : NULL;
}

static const Operator *
find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(operators); i++)
		if (g_str_equal(operators[i].name, name))
			return &operators[i];
	return NULL;
}

gboolean
fn_mask_operator_has(const char *operator, const char *parameter, gboolean *required_out)
{
	const Operator *found = find(operator);

	for (gsize i = 0; found != NULL && i < G_N_ELEMENTS(found->parameter) && found->parameter[i].name != NULL; i++)
		if (g_str_equal(found->parameter[i].name, parameter)) {
			*required_out = found->parameter[i].required;
			return TRUE;
		}
	return FALSE;
}

/* "3.4": characters that stay at the beginning and at the end. */
static gboolean
parse_counts(const char *text, Values *values)
{
	g_auto(GStrv) part = g_strsplit(text, ".", 3);
	guint64 first, last;

	if (g_strv_length(part) != 2 || !g_ascii_string_to_unsigned(part[0], 10, 0, 64, &first, NULL) ||
		!g_ascii_string_to_unsigned(part[1], 10, 0, 64, &last, NULL))
		return FALSE;
	values->first = (guint)first;
	values->last = (guint)last;
	return TRUE;
}

static gboolean
parse_name(const char *text, Values *values)
{
	gsize size = strlen(text);

	if (size == 0 || size > 64 || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != size)
		return FALSE;
	g_free(values->join);
	values->join = g_strdup(text);
	return TRUE;
}

/* NULL when @text is a value of @type, else what it should be. */
static const char *
parse_value(Type type, const char *text, Values *values)
{
	switch (type) {
	case COUNTS:
		return parse_counts(text, values) ? NULL : "two counts of characters from 0 to 64, as in 3.4";
	case KIND:
		values->kind = fn_pseudonym_kind(text);
		return values->kind != NULL ? NULL : fn_pseudonym_kind_names();
	case TABLE:
		return g_str_equal(text, "1") ? NULL : "1, the only table there is";
	case NAME:
		return parse_name(text, values) ? NULL : "1 to 64 letters, digits, '_', '.' and '-'";
	}
	return "known";
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

static gboolean
take_parameter(const Operator *operator, const char *spec, const char *text, guint *seen, Values *values, GError **error)
{
	g_auto(GStrv) pair = g_strsplit(text, "=", 2);

	if (g_strv_length(pair) != 2)
		return refuse(error, spec, "expected parameter=value instead of \"%s\"", text);
	for (guint i = 0; i < G_N_ELEMENTS(operator->parameter) && operator->parameter[i].name != NULL; i++) {
		const char *expected;

		if (!g_str_equal(operator->parameter[i].name, pair[0]))
			continue;
		if (*seen & 1u << i)
			return refuse(error, spec, "parameter \"%s\" is given twice", pair[0]);
		*seen |= 1u << i;
		if ((expected = parse_value(operator->parameter[i].type, pair[1], values)) != NULL)
			return refuse(error, spec, "parameter \"%s\" must be %s, not \"%s\"", pair[0], expected, pair[1]);
		return TRUE;
	}
	return refuse(error, spec, "operator %s has no parameter \"%s\"", operator->name, pair[0]);
}

static gboolean
take_parameters(const Operator *operator, const char *spec, const char *text, Values *values, GError **error)
{
	g_auto(GStrv) parameter = g_strsplit(text != NULL ? text : "", ",", -1);
	guint seen = 0;

	for (guint i = 0; text != NULL && parameter[i] != NULL; i++)
		if (!take_parameter(operator, spec, parameter[i], &seen, values, error))
			return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(operator->parameter) && operator->parameter[i].name != NULL; i++)
		if (operator->parameter[i].required && !(seen & 1u << i))
			return refuse(error, spec, "parameter \"%s\" is missing", operator->parameter[i].name);
	return TRUE;
}

/* One key per operator, kind and column; columns that join share the key of the name that they join by. */
static void
derive_key(FnMaskColumn *mask, const guint8 *key, const Values *values, const char *column)
{
	g_autofree char *context = g_strdup_printf("fengni/v1/mask/%s/%s/%s/%s", mask->operator->name,
		values->kind != NULL ? values->kind->name : "", values->join != NULL ? "join" : "column",
		values->join != NULL ? values->join : column);

	fn_hkdf(mask->suite, key, 32, context, mask->key, sizeof(mask->key));
}

static gboolean
compile(FnMaskColumn *mask, const guint8 *key, const Values *values, const char *spec, const char *column, GError **error)
{
	mask->first = values->first;
	mask->last = values->last;
	if (!mask->operator->keyed)
		return TRUE;
	if (key == NULL) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_KEY, "mask \"%s\" needs the key of a grant", spec);
		return FALSE;
	}
	derive_key(mask, key, values, column);
	if (values->kind == NULL)
		return TRUE;
	mask->pseudonym = fn_pseudonym_new(values->kind, mask->suite, mask->key, error);
	return mask->pseudonym != NULL;
}

FnMaskColumn *
fn_mask_column_new(const char *spec, FnSuite suite, const guint8 *key, const char *column, GError **error)
{
	g_auto(GStrv) part = g_strsplit(spec, ":", 2);
	g_autoptr(FnMaskColumn) mask = g_new0(FnMaskColumn, 1);
	Values values = { 0 };
	gboolean fine;

	mask->suite = suite;
	mask->operator = find(part[0] != NULL ? part[0] : "");
	if (mask->operator == NULL) {
		refuse(error, spec, "no operator \"%s\"", part[0] != NULL ? part[0] : "");
		return NULL;
	}
	fine = take_parameters(mask->operator, spec, part[1], &values, error) && compile(mask, key, &values, spec, column, error);
	g_free(values.join);
	return fine ? g_steal_pointer(&mask) : NULL;
}

void
fn_mask_column_free(FnMaskColumn *column)
{
	if (column == NULL)
		return;
	fn_pseudonym_free(column->pseudonym);
	explicit_bzero(column, sizeof(*column));
	g_free(column);
}

gboolean
fn_mask_column_is_keep(const FnMaskColumn *column)
{
	return column->operator->apply == apply_keep;
}

void
fn_mask_apply(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	mask->operator->apply(mask, column, arena);
}
