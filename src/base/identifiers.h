/* National identifiers: check digits, structure, and which ranges were ever issued.
 *
 * Sources of the tables:
 *   provinces   GB/T 2260 first two digits (every code since 1982, abolished counties keep their province);
 *               81, 82 and 83 also open the residence permits of Hong Kong, Macau and Taiwan residents (in force
 *               2018-09-01); a leading 9 opens foreigners' permanent residence cards of the 2023 form:
 *               9, province (2), ISO 3166-1 numeric country (3). No other two-digit prefix was ever issued.
 *   regions     six digits, see regions.c
 *   mobile      three-digit segments in service or granted by the ministry of industry and information technology
 *               up to 2023, as collected in public lists of segments; 142 143 154 160 161 163 164 168 169 179 194 were
 *               granted to nobody.
 *   cards       first digits by ISO/IEC 7812-1 and the issuers' own ranges.
 *
 * Never-issued ranges are split once and for ever: demonstration data uses FN_DEMO_* and nothing else, pseudonyms use
 * what that leaves, so that no made-up number is a living person's and the two never meet. A scanner takes demonstration
 * data for real only where the rule pack declares those ranges as issued.
 *
 * All functions are pure and thread-safe. Texts are given with their size and need no end mark. */
#pragma once

#include <glib.h>

#define FN_DEMO_PROVINCES "66 67 68 69"
#define FN_DEMO_MOBILE "160 161 163 164"
#define FN_DEMO_CARD "88" /* first two digits */

/* What counts as issued. Make it with fn_issued_national(), add to it, then share it unchanged. */
typedef struct {
	guint8 province[100];
	guint8 mobile[1000]; /* by the first three digits */
	guint8 card[100];    /* by the first two digits, besides the issuers' own ranges */
} FnIssued;
FnIssued fn_issued_national(void);
/* Add the prefixes in @list (decimal numbers of exactly 2, 3 and 2 digits, separated by blanks or commas). FALSE when
 * @list is anything else; then nothing was added. */
gboolean fn_issued_add_provinces(FnIssued *issued, const char *list);
gboolean fn_issued_add_mobile(FnIssued *issued, const char *list);
gboolean fn_issued_add_cards(FnIssued *issued, const char *list);
/* TRUE when nobody was ever given a resident ID that begins with these two digits (0-99). */
gboolean fn_province_never_issued(guint province);

/* A day between 1900-01-01 and 2049-12-31. */
gboolean fn_identifier_date(guint year, guint month, guint day);

/* Resident identity number, 18 characters (GB 11643-1999): province, date of birth, sequence, check character (ISO 7064
 * MOD 11-2; x is accepted for X). @issued decides the province. */
gboolean fn_resident_id_check(const char *text, gsize size, const FnIssued *issued);
/* TRUE when the first six digits of a resident ID that passed a check are a place whose people were ever given one: any code
 * of GB/T 2260 since 1980, a permit's province, a foreigner's 9, or a province that the pack adds. */
gboolean fn_resident_id_region(const char *text, const FnIssued *issued);
/* The same for six digits of a mainland province as a number. */
gboolean fn_region_ever_issued(guint six);
/* Sets @bit of all of them in @six, a byte for each six digits. */
void fn_region_mark(guint8 *six, guint8 bit);
/* Check character for the first 17 digits. */
char fn_resident_id_check_character(const char *digits17);
/* The form before 1999, 15 digits: province, yymmdd, sequence; no check digit. */
gboolean fn_resident_id15_check(const char *text, gsize size, const FnIssued *issued);

/* Unified social credit code, 18 characters (GB 32100-2015): registration authority and category, region digits, check
 * character MOD 31. Case is upper. fn_credit_code_well_formed() does not ask whether the region's province exists. */
gboolean fn_credit_code_well_formed(const char *text, gsize size);
gboolean fn_credit_code_check(const char *text, gsize size, const FnIssued *issued);
/* Does this authority register this category? */
gboolean fn_credit_code_registrar(char authority, char category);
/* TRUE when characters 9-17 carry the right organization code check character and one of the 18 is a letter (a place of
 * GB/T 2260 besides, when only check characters are letters): without a letter it looks like any serial number, and one in
 * some thousand serials passes the rest. */
gboolean fn_credit_code_is_telling(const char *text, gsize size);
/* Check character for the first 17; '\0' when one is not in the alphabet. */
char fn_credit_code_check_character(const char *first17);

/* Organization code, 9 characters without the hyphen (GB 11714-1997). */
gboolean fn_organization_code_check(const char *text, gsize size);
char fn_organization_code_check_character(const char *first8);

/* Mobile number, 11 digits, segment issued. */
gboolean fn_mobile_check(const char *text, gsize size, const FnIssued *issued);

/* ISO/IEC 7812 check digit over all @size digits; FALSE for anything but digits. */
gboolean fn_luhn_check(const char *digits, gsize size);
/* Check digit to append to @size digits. */
char fn_luhn_digit(const char *digits, gsize size);
typedef enum {
	FN_CARD_NONE = 0,
	FN_CARD_SCHEME, /* an international or UnionPay range, length and check digit right */
	FN_CARD_BANK,   /* and the range is a known Chinese bank's */
} FnCard;
/* Are cards of @size digits with these first six digits a Chinese bank's? See cards.c. */
gboolean fn_card_issuer(guint six, gsize size);
/* Sets @bit of all of them in @six, a byte for each six digits. */
void fn_card_issuer_mark(guint8 *six, gsize size, guint8 bit);
/* Bank card of 13-19 digits. */
FnCard fn_bank_card_check(const char *text, gsize size, const FnIssued *issued);
