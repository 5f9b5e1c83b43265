/* The table of kinds of pseudonyms, and what all of them need. */
#include "mask/pseudonym_priv.h"

/* To add a kind, or a table of one, add a row here, frozen values in the test, and its name in rules/masks/. Rows never
 * change. */
static const FnPseudonymKind *const kinds[] = {
	&fn_pseudonym_resident_id, &fn_pseudonym_resident_id15, &fn_pseudonym_name, &fn_pseudonym_mobile, &fn_pseudonym_bank_card,
	&fn_pseudonym_credit_code, &fn_pseudonym_plate, &fn_pseudonym_digits, &fn_pseudonym_text,
};
static const char names[] = "resident_id, resident_id15, name, mobile, bank_card, credit_code, plate, digits, text";

const FnPseudonymKind *
fn_pseudonym_among(const FnPseudonymKind *const *rows, gsize n, const char *name, guint table)
{
	for (gsize i = 0; i < n; i++)
		if (rows[i]->table == table && g_str_equal(rows[i]->name, name))
			return rows[i];
	return NULL;
}

const FnPseudonymKind *
fn_pseudonym_kind(const char *name, guint table)
{
	return fn_pseudonym_among(kinds, G_N_ELEMENTS(kinds), name, table);
}

const char *
fn_pseudonym_kind_name(const FnPseudonymKind *kind)
{
	return kind->name;
}

const FnPseudonymKind *
fn_pseudonym_kind_at(guint i)
{
	return i < G_N_ELEMENTS(kinds) ? kinds[i] : NULL;
}

const char *
fn_pseudonym_kind_names(void)
{
	return names;
}

guint
fn_rank_radix(FnRank domain, guint n)
{
	guint low = 2, high = 65536;

	g_assert(domain >> 110 == 0);
	while (low < high) {
		guint middle = (low + high) / 2;
		FnRank all = 1;

		for (guint i = 0; i < n && all < domain; i++)
			all *= middle;
		if (all >= domain)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}
