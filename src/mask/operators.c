/* One function per operator, and the table of them all. */
#include "mask/mask_priv.h"

#include <string.h>

static void
apply_keep(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
}

static void
apply_redact(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	for (guint row = 0; row < column->n; row++)
		if (column->value[row] != NULL)
			fn_mask_redact(column, row, arena);
}

/* A constant in the place of every value: the text of the spec, or the column's name in brackets. */
static void
apply_replace(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	g_autofree char *text = mask->spec.with != NULL ? g_strdup(mask->spec.with) : g_strconcat("[", mask->name, "]", NULL);
	gsize size = strlen(text);

	for (guint row = 0; row < column->n; row++)
		if (column->value[row] != NULL)
			fn_mask_put(column, row, text, size, arena);
}

static void
apply_suppress(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	for (guint row = 0; row < column->n; row++) {
		column->value[row] = NULL;
		column->size[row] = 0;
	}
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
	gsize size = column->size[row], first = mask->spec.first, last = mask->spec.last;
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
			fn_mask_redact(column, row, arena);
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

#define AT(member) offsetof(FnMaskSpec, member)

/* To add an operator, add a row here, a file in rules/masks/, and its examples there. */
static const FnMaskOperator operators[] = {
	{ "keep", FALSE, { { 0 } }, apply_keep },
	{ "redact", FALSE, { { 0 } }, apply_redact },
	{ "suppress", FALSE, { { 0 } }, apply_suppress },
	{ "replace", FALSE, { { "with", FN_MASK_TEXT, AT(with) } }, apply_replace },
	{ "partial", FALSE, { { "keep", FN_MASK_COUNTS, AT(first), .required = TRUE } }, apply_partial },
	{ "hash", TRUE, { { "join", FN_MASK_NAME, AT(join) } }, apply_hash },
	{ "pseudonym", TRUE, { { "kind", FN_MASK_KIND, AT(kind), .required = TRUE }, { "table", FN_MASK_TABLE, AT(table) },
		{ "join", FN_MASK_NAME, AT(join) } }, apply_pseudonym },
};

const FnMaskOperator *
fn_mask_operator_at(guint i)
{
	return i < G_N_ELEMENTS(operators) ? &operators[i] : NULL;
}

const FnMaskOperator *
fn_mask_operator(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(operators); i++)
		if (g_str_equal(operators[i].name, name))
			return &operators[i];
	return NULL;
}
