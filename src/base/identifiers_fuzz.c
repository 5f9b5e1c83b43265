#include "base/identifiers.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* No check may read past @size or agree with a wrong size. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_memdup2(data, size);
	g_autofree char *list = g_strndup((const char *)data, size);
	FnIssued issued = fn_issued_national();

	g_assert_true(!fn_resident_id_check(text, size, &issued) || size == 18);
	g_assert_true(!fn_resident_id15_check(text, size, &issued) || size == 15);
	g_assert_true(!fn_credit_code_check(text, size, &issued) || fn_credit_code_well_formed(text, size));
	g_assert_true(!fn_credit_code_is_telling(text, size) || size == 18);
	g_assert_true(!fn_organization_code_check(text, size) || size == 9);
	g_assert_true(!fn_mobile_check(text, size, &issued) || size == 11);
	g_assert_true(fn_bank_card_check(text, size, &issued) == FN_CARD_NONE || fn_luhn_check(text, size));
	fn_issued_add_provinces(&issued, list);
	return 0;
}
