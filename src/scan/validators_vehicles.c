/* Vehicles: number plates (GA 36) and vehicle identification numbers (GB 16735). */
#include "scan/validators_priv.h"

#include <string.h>

/* ---- plates ---- */

static const char16_t provinces[] = u"云京冀吉宁川新晋桂沪津浙渝湘琼甘皖粤苏蒙藏豫贵赣辽鄂闽陕青鲁黑";

/* Bytes of the province that stands at @at, 0 when none does. */
static gsize
province_at(const char *bytes, gsize size, gsize at)
{
	return FN_HAN_AMONG(provinces, bytes, size, at) ? strlen("京") : 0;
}

static gboolean
is_plate_letter(char c)
{
	return c >= 'A' && c <= 'Z' && c != 'I' && c != 'O';
}

/* Upper case of up to @most letters and digits at @at; how many there are, more than @most when the run goes on. */
static gsize
take_upper(const char *bytes, gsize size, gsize at, gsize most, char *out)
{
	gsize n = fn_alnum_end(bytes, size, at) - at;

	for (gsize i = 0; i < MIN(n, most); i++)
		out[i] = g_ascii_toupper(bytes[at + i]);
	return n;
}

/* Five behind the city's letter: digits and at most two letters. */
static gboolean
is_serial(const char *text, gsize n)
{
	guint letters = 0;

	for (gsize i = 0; i < n; i++) {
		if (!g_ascii_isdigit(text[i]) && !is_plate_letter(text[i]))
			return FALSE;
		letters += (guint)!g_ascii_isdigit(text[i]);
	}
	return letters <= 2;
}

static gboolean
all_digits(const char *text, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (!g_ascii_isdigit(text[i]))
			return FALSE;
	return TRUE;
}

/* New energy, six: a small car's kind comes first, a large one's last. */
static gboolean
is_new_energy(const char *six)
{
	static const char kinds[] = "DABCEFGHJK";

	if (fn_is_one_of(six[0], kinds) && (g_ascii_isdigit(six[1]) || is_plate_letter(six[1])))
		return all_digits(six + 2, 4);
	return all_digits(six, 5) && fn_is_one_of(six[5], kinds);
}

/* Behind the province at @at: where the plate ends, or 0. */
static gsize
plate_end(const char *bytes, gsize size, gsize at)
{
	static const char *const dots[] = { "·", "•", "・", ".", "-", " " };
	static const char *const suffixes[] = { "挂", "学", "警", "港", "澳", "使", "领", "試", "试", "超", "應急", "应急" };
	char text[6];
	gsize n, step;

	if (at >= size || !is_plate_letter(g_ascii_toupper(bytes[at])))
		return 0;
	at++;
	at += FN_AT(dots, bytes, size, at);
	n = take_upper(bytes, size, at, sizeof(text), text);
	step = n == 4 || n == 5 ? FN_AT(suffixes, bytes, size, at + n) : 0;
	if ((n == 4 && step > 0 && is_serial(text, n)) || (n == 5 && is_serial(text, n)))
		return at + n + (n == 4 ? step : 0);
	return n == 6 && is_new_energy(text) ? at + n : 0;
}

/* Embassies, the armed police and the forces have no province and letter: only behind a label. */
static gsize
special_end(const char *bytes, gsize size, gsize at)
{
	static const char *const embassy[] = { "使" }, *const police[] = { "WJ", "wj" };
	static const char *const force[] = { "军", "空", "海", "北", "沈", "兰", "济", "南", "广", "成" };
	gsize step, end;

	if ((step = FN_AT(embassy, bytes, size, at)) > 0) {
		end = fn_digits_end(bytes, size, at + step);
		return end == at + step + 6 ? end : 0;
	}
	if ((step = FN_AT(police, bytes, size, at)) > 0) {
		step += province_at(bytes, size, at + step);
		end = fn_alnum_end(bytes, size, at + step);
		return end >= at + step + 4 && end <= at + step + 6 ? end : 0;
	}
	step = FN_AT(force, bytes, size, at);
	end = fn_alnum_end(bytes, size, at + step);
	if (step > 0)
		return end == at + step + 6 && all_digits(bytes + at + step + 1, 5) ? end : 0;
	return end == at + 7 && g_ascii_isupper(bytes[at]) && g_ascii_isupper(bytes[at + 1]) && all_digits(bytes + at + 2, 5) ? end : 0;
}

FN_AROUND(plate)
{
	const char *bytes = place->bytes;
	gsize step;
	FnGap gap;

	if (place->end - place->start == 1) {
		step = place->start >= strlen("京") ? province_at(bytes, place->start, place->start - strlen("京")) : 0;
		*start = place->start - step;
		*end = step > 0 ? plate_end(bytes, place->size, place->start) : 0;
		return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
	}
	*start = fn_value_at(bytes, place->size, place->end, &gap);
	step = province_at(bytes, place->size, *start);
	*end = step > 0 ? plate_end(bytes, place->size, fn_blanks_end(bytes, place->size, *start + step)) : 0;
	if (*end == 0)
		*end = special_end(bytes, place->size, *start);
	return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(plate)
{
	gsize step = province_at(text, size, 0);

	if (step > 0 && plate_end(text, size, fn_blanks_end(text, size, step)) == size)
		return FN_MATCH_STRONG;
	return special_end(text, size, 0) == size && size > 0 ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* ---- VIN ---- */

/* Frequent makers, by ISO 3780; the rest needs a word beside it. */
static const char *const makers[] = { "LSV", "LFV", "LSG", "LVS", "LHG", "LGB", "LGX", "LJD", "LDC", "LVH", "LNB", "LFM", "LGW", "LBV", "LE4", "LVG", "LFP",
	"LS4", "LS5", "LSJ", "LB3", "LRW", "LC0", "L6T", "LJ1", "LMG", "LTV", "LUC", "LVV", "LZW", "LZY", "LNN", "LGJ", "LFB", "LDN", "LKH", "LYV", "LMV", "LGH", "LVR",
	"LBE", "LJN", "LZZ", "LFN", "LEF", "LGA", "LGG", "LA6", "LB2", "LGK", "LGP", "LHB", "LHW", "LLV", "LPA", "LSC", "LTA", "LVT", "LW4", "HES", "WBA",
	"WDD", "WDC", "WVW", "WVG", "WAU", "WP0", "WP1", "WMW", "JTD", "JTH", "JTE", "JTM", "JN1", "JHM", "JM1", "1G1", "1GC", "1FM", "1FA", "1HG", "2T1", "3VW", "5YJ",
	"5UX", "KMH", "KNA", "SAL", "SAJ", "SCA", "YV1", "ZFF", "ZAR", "VF1", "VF3", "TMB" };

FN_CHECK(vin)
{
	static const guint8 weight[17] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2 };
	static const guint8 value[26] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9 };
	guint sum = 0, letters = 0;
	char upper[18] = "";

	if (size != 17 || !all_digits(text + 13, 4))
		return FN_MATCH_NONE;
	for (gsize i = 0; i < size; i++) {
		char c = upper[i] = g_ascii_toupper(text[i]);

		if (g_ascii_isalpha(c) && (c == 'I' || c == 'O' || c == 'Q'))
			return FN_MATCH_NONE;
		letters += (guint)g_ascii_isalpha(c);
		sum += weight[i] * (g_ascii_isdigit(c) ? (guint)(c - '0') : g_ascii_isupper(c) ? value[c - 'A'] : 0u);
	}
	if (letters < 2 || upper[8] != "0123456789X"[sum % 11])
		return FN_MATCH_NONE;
	return FN_AT(makers, upper, size, 0) > 0 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}
