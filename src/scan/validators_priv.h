/* Inside of the validators: a file for each kind of thing, a row in validators.c for each validator. */
#pragma once

#include "scan/scan_priv.h"

#include <uchar.h>

/* ---- look.c: small steps over UTF-8 text ---- */

/* Bytes of the first of @words that stands at @at, or that ends there; 0 for none. */
gsize fn_word_at(const char *bytes, gsize size, gsize at, const char *const *words, gsize n);
gsize fn_word_before(const char *bytes, gsize at, const char *const *words, gsize n);
#define FN_AT(set, bytes, size, at) fn_word_at((bytes), (size), (at), (set), G_N_ELEMENTS(set))
#define FN_BEFORE(set, bytes, at) fn_word_before((bytes), (at), (set), G_N_ELEMENTS(set))
/* The same for one Han character, and for two, among many: sorted by code. */
typedef char FnPair[7];
gboolean fn_han_among(const char *bytes, gsize size, gsize at, const char16_t *sorted, gsize n);
gboolean fn_pair_among(const char *bytes, gsize size, gsize at, const FnPair *sorted, gsize n);
#define FN_HAN_AMONG(set, bytes, size, at) fn_han_among((bytes), (size), (at), (set), G_N_ELEMENTS(set) - 1)
#define FN_PAIR_AMONG(set, bytes, size, at) fn_pair_among((bytes), (size), (at), (set), G_N_ELEMENTS(set))
/* Past, or back over, blanks of any width on the same line. */
gsize fn_blanks_end(const char *bytes, gsize size, gsize at);
gsize fn_blanks_begin(const char *bytes, gsize at);
/* Bytes of the Han character that begins, or ends, at @at; 0 when it is none. */
gsize fn_han_at(const char *bytes, gsize size, gsize at);
gsize fn_han_before(const char *bytes, gsize at);
/* Ends of the run of ASCII digits, or letters and digits, that begins at @at. */
gsize fn_digits_end(const char *bytes, gsize size, gsize at);
gsize fn_alnum_end(const char *bytes, gsize size, gsize at);
gboolean fn_alnum_before(const char *bytes, gsize at);
/* Is @c one of the ASCII characters of @set? A zero byte is none. */
static inline gboolean
fn_is_one_of(char c, const char *set)
{
	while (*set != '\0' && *set != c)
		set++;
	return *set != '\0';
}

/* What stands between a label and its value. */
typedef enum { FN_GAP_NONE = 0, FN_GAP_BLANK, FN_GAP_SAID /* a colon, 是, 为 */ } FnGap;
/* Where the value of the label begins that ends at @at: past 号码, brackets, quotes, a colon. */
gsize fn_value_at(const char *bytes, gsize size, gsize at, FnGap *gap);
/* Ready made: the run of letters and digits behind the label at @place is given to @check; what is labelled so is STRONG. */
FnMatch fn_labelled_run(const FnPlace *place, FnMatch (*check)(const char *text, gsize size, const FnIssued *issued), gsize *start,
	gsize *end);
/* A shape of letters and digits: 9 is any digit, a any letter but I and O, a capital itself in either case. */
gboolean fn_fits(const char *text, gsize size, const char *const *shapes, gsize n);
/* "xxx", "****", "${…}", "your-…": what stands where a secret would. */
gboolean fn_is_placeholder(const char *text, gsize size);

/* ---- the validators ---- */
#define FN_CHECK(name) FnMatch fn_check_##name(const char *text, gsize size, const FnIssued *issued)
#define FN_AROUND(name) FnMatch fn_around_##name(const FnPlace *place, gsize *start, gsize *end)
FN_CHECK(resident_id);
FN_CHECK(credit_code);
FN_CHECK(org_code);
FN_CHECK(bank_card);
FN_CHECK(passport);
FN_CHECK(hkm_permit);
FN_CHECK(tw_permit);
FN_CHECK(officer_id);
FN_CHECK(social_security);
FN_CHECK(estate_cert);
FN_AROUND(org_code);
FN_AROUND(tw_permit);
FN_AROUND(officer_id);
FN_AROUND(social_security);
FN_AROUND(estate_cert);
FN_CHECK(mobile);
FN_CHECK(landline);
FN_CHECK(email);
FN_AROUND(landline);
FN_AROUND(email);
FN_CHECK(plate);
FN_CHECK(vin);
FN_AROUND(plate);
FN_CHECK(ip);
FN_CHECK(mac);
FN_CHECK(imei);
FN_CHECK(geo_point);
FN_AROUND(ip);
FN_AROUND(mac);
FN_AROUND(geo_point);
FN_CHECK(url_credential);
FN_CHECK(secret_key);
FN_AROUND(url_credential);
FN_AROUND(secret_key);
FN_AROUND(account_password);
FN_CHECK(person_name);
FN_CHECK(address);
FN_CHECK(date);
FN_CHECK(gender);
FN_AROUND(person_name);
FN_AROUND(address);
FN_AROUND(birth_date);
FN_AROUND(secrecy_mark);
FN_AROUND(internal_mark);
