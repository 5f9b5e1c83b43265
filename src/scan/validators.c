/* Validators: what a token, the surroundings of a word or a sign, or a whole value of a column can be. */
#include "scan/validators_priv.h"

/* In order of precedence. */
static const FnValidator table[] = {
	{ "resident_id", FN_VALIDATE_TOKEN, 15, 18, NULL, fn_check_resident_id, NULL, TRUE, FN_QUICK_RESIDENT_ID },
	{ "credit_code", FN_VALIDATE_TOKEN, 18, 18, NULL, fn_check_credit_code, NULL, TRUE, FN_QUICK_CREDIT_CODE },
	{ "bank_card", FN_VALIDATE_TOKEN, 13, 19, NULL, fn_check_bank_card, NULL, TRUE, FN_QUICK_BANK_CARD },
	{ "mobile", FN_VALIDATE_TOKEN, 11, 13, NULL, fn_check_mobile, NULL, TRUE, FN_QUICK_MOBILE },
	{ "vin", FN_VALIDATE_TOKEN, 17, 17, NULL, fn_check_vin, NULL },
	{ "imei", FN_VALIDATE_TOKEN, 15, 15, NULL, fn_check_imei, NULL },
	{ "landline", FN_VALIDATE_TOKEN, 10, 12, NULL, fn_check_landline, fn_around_landline },
	{ "passport", FN_VALIDATE_TOKEN, 9, 9, NULL, fn_check_passport, NULL },
	{ "hkm_permit", FN_VALIDATE_TOKEN, 9, 11, NULL, fn_check_hkm_permit, NULL },
	{ "tw_permit", FN_VALIDATE_TOKEN, 8, 11, NULL, fn_check_tw_permit, fn_around_tw_permit },
	{ "org_code", FN_VALIDATE_TOKEN, 9, 10, NULL, fn_check_org_code, fn_around_org_code },
	{ "officer_id", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_officer_id, fn_around_officer_id },
	{ "plate", FN_VALIDATE_AROUND, 0, 0, "A", fn_check_plate, fn_around_plate },
	{ "social_security", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_social_security, fn_around_social_security },
	{ "estate_cert", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_estate_cert, fn_around_estate_cert },
	{ "email", FN_VALIDATE_AROUND, 0, 0, "@", fn_check_email, fn_around_email, TRUE, FN_QUICK_EMAIL },
	{ "ip", FN_VALIDATE_AROUND, 0, 0, ".:", fn_check_ip, fn_around_ip },
	{ "mac", FN_VALIDATE_AROUND, 0, 0, ":", fn_check_mac, fn_around_mac },
	{ "geo_point", FN_VALIDATE_AROUND, 0, 0, ".", fn_check_geo_point, fn_around_geo_point },
	{ "url_credential", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_url_credential, fn_around_url_credential },
	{ "secret_key", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_secret_key, fn_around_secret_key },
	{ "account_password", FN_VALIDATE_AROUND, 0, 0, NULL, NULL, fn_around_account_password },
	{ "secrecy_mark", FN_VALIDATE_MARK, 0, 0, NULL, NULL, fn_around_secrecy_mark },
	{ "internal_mark", FN_VALIDATE_AROUND, 0, 0, NULL, NULL, fn_around_internal_mark },
	{ "words", FN_VALIDATE_WORD, 0, 0, NULL, NULL, NULL },
	{ "regex", FN_VALIDATE_REGEX, 0, 0, NULL, NULL, NULL },
	{ "person_name", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_person_name, fn_around_person_name },
	{ "birth_date", FN_VALIDATE_AROUND, 0, 0, NULL, fn_check_date, fn_around_birth_date },
	{ "address", FN_VALIDATE_AROUND, 0, 0, "0", fn_check_address, fn_around_address },
	{ "gender", FN_VALIDATE_VALUE, 0, 0, NULL, fn_check_gender, NULL },
};

const FnValidator *
fn_validator(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_strcmp0(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

guint
fn_validators(void)
{
	return G_N_ELEMENTS(table);
}

guint
fn_validator_rank(const FnValidator *validator)
{
	return (guint)(validator - table);
}

char *
fn_validator_names(void)
{
	GString *names = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", table[i].name);
	return g_string_free(names, FALSE);
}
