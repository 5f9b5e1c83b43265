/* The table of operators, and those that take one line. */
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

static void
apply_pseudonym(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	fn_pseudonym_apply(mask->pseudonym, mask->spec.otherwise, column, arena);
}

#define AT(member) offsetof(FnMaskSpec, member)
#define ELSE { "else", FN_MASK_CHOICE, AT(otherwise), .choices = "redact null" }
#define JOIN { "join", FN_MASK_NAME, AT(join) }
#define ONE_OF(name, place) name, FN_MASK_WHOLE, AT(place), .one_of = TRUE

/* To add an operator, add a row here, a file in rules/masks/, and its examples there. */
static const FnMaskOperator operators[] = {
	{ "keep", FALSE, { { 0 } }, apply_keep },
	{ "redact", FALSE, { { 0 } }, apply_redact },
	{ "suppress", FALSE, { { 0 } }, apply_suppress },
	{ "replace", FALSE, { { "with", FN_MASK_TEXT, AT(with) } }, apply_replace },
	{ "partial", FALSE, { { "keep", FN_MASK_COUNTS, AT(first), .required = TRUE }, ELSE }, fn_mask_apply_partial },
	{ "name", FALSE, { { "keep", FN_MASK_CHOICE, AT(keep), .required = TRUE, .choices = "surname given none" }, ELSE },
		fn_mask_apply_name },
	{ "address", FALSE, { { "keep", FN_MASK_CHOICE, AT(keep), .required = TRUE, .choices = "province city district" }, ELSE },
		fn_mask_apply_address },
	{ "date", FALSE, { { "to", FN_MASK_CHOICE, AT(to), .one_of = TRUE, .choices = "year month quarter decade" },
		{ ONE_OF("shift", shift), .keyed = TRUE, .most = 3650 }, JOIN, ELSE }, fn_mask_apply_date },
	{ "number", FALSE, { { ONE_OF("round", round), .most = 1000000000 }, { ONE_OF("bucket", bucket), .most = 1000000000 },
		{ ONE_OF("noise", noise), .keyed = TRUE, .most = 1000000000 }, JOIN, ELSE }, fn_mask_apply_number },
	{ "hash", TRUE, { JOIN }, fn_mask_apply_hash },
	{ "pseudonym", TRUE, { { "kind", FN_MASK_KIND, AT(kind), .required = TRUE }, { "table", FN_MASK_TABLE, AT(table) }, JOIN, ELSE },
		apply_pseudonym },
	{ "shuffle", TRUE, { { 0 } }, fn_mask_apply_shuffle },
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
