/* Values: the canonical form of a row, and what a rule of quality lets pass. */
#include "intake/intake_priv.h"

#include "base/identifiers.h"
#include "crypto/crypto.h"

#include <string.h>

void
fn_intake_row_digest(const char *const *value, const gsize *size, guint values, guint8 out[32])
{
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_GM);

	for (guint i = 0; i < values; i++) {
		gboolean there = value[i] != NULL && size[i] > 0;
		guint8 mark = there ? 1 : 0;
		guint32 length = GUINT32_TO_BE((guint32)size[i]);

		fn_digest_add(digest, &mark, 1);
		if (!there)
			continue;
		fn_digest_add(digest, &length, sizeof(length));
		fn_digest_add(digest, value[i], size[i]);
	}
	fn_digest_peek(digest, out);
}

/* ---- what fits ---- */

struct FnIntakeFits {
	const FnNode *values;
	const char *min, *max;
	const struct Detector *detector;
	FnIssued issued;
};

typedef struct Detector {
	const char *id;
	gboolean (*fits)(const char *text, gsize size, const FnIssued *issued);
} Detector;

static gboolean
is_resident(const char *text, gsize size, const FnIssued *issued)
{
	return fn_resident_id_check(text, size, issued) || fn_resident_id15_check(text, size, issued);
}

static gboolean
is_organization(const char *text, gsize size, const FnIssued *issued)
{
	return fn_organization_code_check(text, size);
}

static gboolean
is_card(const char *text, gsize size, const FnIssued *issued)
{
	return fn_bank_card_check(text, size, issued) != FN_CARD_NONE;
}

/* 2026-11-05, 2026/11/05 or 20261105. */
static gboolean
is_date(const char *text, gsize size, const FnIssued *issued)
{
	guint part[3] = { 0 }, digits = 0;

	if (size != 8 && size != 10)
		return FALSE;
	for (gsize i = 0; i < size; i++) {
		if (size == 10 && (i == 4 || i == 7)) {
			if ((text[i] != '-' && text[i] != '/') || text[i] != text[4])
				return FALSE;
			continue;
		}
		if (!g_ascii_isdigit(text[i]))
			return FALSE;
		part[digits < 4 ? 0 : digits < 6 ? 1 : 2] = part[digits < 4 ? 0 : digits < 6 ? 1 : 2] * 10 + (guint)(text[i] - '0');
		digits++;
	}
	return part[0] >= 1000 && g_date_valid_dmy((GDateDay)part[2], (GDateMonth)part[1], (GDateYear)part[0]);
}

static const Detector detectors[] = {
	{ "cn.resident_id", is_resident }, { "cn.credit_code", fn_credit_code_check }, { "cn.org_code", is_organization },
	{ "cn.mobile", fn_mobile_check }, { "cn.bank_card", is_card }, { "date", is_date },
};

const char *const fn_intake_detectors[] = { "cn.resident_id", "cn.credit_code", "cn.org_code", "cn.mobile", "cn.bank_card", "date", NULL };

/* As the scanner counts what is issued: the national tables, and what the pack in force adds. */
static void
read_issued(FnIssued *issued, const FnRules *rules)
{
	static const struct {
		const char *parameter;
		gboolean (*add)(FnIssued *issued, const char *list);
	} table[] = { { "issued_provinces", fn_issued_add_provinces }, { "issued_mobile", fn_issued_add_mobile }, { "issued_cards", fn_issued_add_cards } };
	FnParameter parameter;

	*issued = fn_issued_national();
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (fn_rules_parameter(rules, table[i].parameter, &parameter) && parameter.value != NULL)
			table[i].add(issued, parameter.value);
}

FnIntakeFits *
fn_intake_fits_new(const FnRules *rules, const FnNode *rule)
{
	FnIntakeFits *fits = g_new0(FnIntakeFits, 1);
	const char *detector = fn_node_text(rule, "detector");

	fits->values = fn_node_get(rule, "values");
	fits->min = fn_node_text(rule, "min");
	fits->max = fn_node_text(rule, "max");
	read_issued(&fits->issued, rules);
	for (gsize i = 0; detector != NULL && i < G_N_ELEMENTS(detectors); i++)
		if (strcmp(detectors[i].id, detector) == 0)
			fits->detector = &detectors[i];
	return fits;
}

void
fn_intake_fits_free(FnIntakeFits *fits)
{
	g_free(fits);
}

static gboolean
is_number(const char *text, double *number_out)
{
	char *end;

	*number_out = g_ascii_strtod(text, &end);
	return end != text && *end == '\0' && !g_ascii_isspace(*text);
}

/* Numbers by size where the bound is one, else texts: dates in ISO form. A text where a number is wanted is out of bounds. */
static gboolean
within(const char *text, const char *bound, int sign)
{
	double have, want;
	int order;

	if (bound == NULL)
		return TRUE;
	if (!is_number(bound, &want)) {
		order = strcmp(text, bound);
		return sign > 0 ? order >= 0 : order <= 0;
	}
	return is_number(text, &have) && (sign > 0 ? have >= want : have <= want);
}

gboolean
fn_intake_fits(const FnIntakeFits *fits, const char *text, gsize size)
{
	return (fits->detector == NULL || fits->detector->fits(text, size, &fits->issued)) &&
		(fits->values == NULL || fn_node_has_word(fits->values, text)) && within(text, fits->min, 1) && within(text, fits->max, -1);
}
