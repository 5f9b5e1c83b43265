/* The usual form of what fills a column, told by some dozen instructions: a whole value is one vector, its weighted sum one
 * multiplication. What is not of the usual form is told by the validator itself. */
#include "scan/validators_priv.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { SIX = 1000000, PLACE = 1, CARD_MIN = 16, CARD_MAX = 19, VECTOR = 32 };

static inline guint8
card_bit(gsize size)
{
	return (guint8)(2 << (size - CARD_MIN));
}

guint8 *
fn_quick_six_new(void)
{
	guint8 *six = g_malloc0(SIX);

	fn_region_mark(six, PLACE);
	for (gsize size = CARD_MIN; size <= CARD_MAX; size++)
		fn_card_issuer_mark(six, size, card_bit(size));
	return six;
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,bmi,bmi2")))

AVX2 G_ALWAYS_INLINE static inline __m128i
load(const char *text)
{
	return _mm_loadu_si128((const __m128i *)(const void *)text);
}

/* Bits of the bytes that are at most @most. */
AVX2 G_ALWAYS_INLINE static inline guint
up_to(__m128i bytes, char most)
{
	return (guint)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(most)), bytes));
}

/* Sum of the products of bytes and weights: a product is at most 35 * 30. */
AVX2 G_ALWAYS_INLINE static inline guint
weigh(__m128i bytes, __m128i weights)
{
	__m128i sums = _mm_madd_epi16(_mm_maddubs_epi16(bytes, weights), _mm_set1_epi16(1));

	sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, 0x4e));
	return (guint)_mm_cvtsi128_si32(sums) + (guint)_mm_extract_epi32(sums, 1);
}

/* Two digits each as a number, eight times, the first in the lowest 16 bits. */
AVX2 G_ALWAYS_INLINE static inline __m128i
pairs_of(__m128i digits)
{
	return _mm_maddubs_epi16(digits, _mm_set1_epi16(1 << 8 | 10));
}

static inline guint
pair(guint64 pairs, guint i)
{
	return (guint)(pairs >> 16 * i & 0xff);
}

static inline guint
six_of(guint64 pairs)
{
	return (pair(pairs, 0) * 100 + pair(pairs, 1)) * 100 + pair(pairs, 2);
}

AVX2 G_ALWAYS_INLINE static inline gboolean
is_resident_id(const char *text, gsize size, const guint8 *six)
{
	static const guint8 days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	__m128i digits = _mm_sub_epi8(load(text), _mm_set1_epi8('0')), pairs;
	guint last = (guint8)(text[16] - '0'), sum, year, month;
	guint64 low, high;

	if (size != 18 || up_to(digits, 9) != 0xffff || last > 9)
		return FALSE;
	pairs = pairs_of(digits);
	low = (guint64)_mm_cvtsi128_si64(pairs);
	high = (guint64)_mm_extract_epi64(pairs, 1);
	year = pair(low, 3) * 100 + pair(high, 0);
	month = pair(high, 1) - 1;
	sum = weigh(digits, _mm_setr_epi8(7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4)) + 2 * last;
	return "10X98765432"[sum % 11] == text[17] && year - 1900 < 150 && month < 12 && pair(high, 2) - 1 < days[month] &&
		(pair(high, 3) | last) != 0 && (six[six_of(low)] & PLACE) != 0;
}

AVX2 G_ALWAYS_INLINE static inline gboolean
is_bank_card(const char *text, gsize size, const guint8 *six)
{
	const __m256i place = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
		26, 27, 28, 29, 30, 31);
	const __m256i twice = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 0, 0, 0, 0, 0, 0));
	__m256i digits, sums;
	__m128i half;

	/* Of 18 digits it could be a resident ID too. */
	if (size < CARD_MIN || size > CARD_MAX || size == 18)
		return FALSE;
	/* The last digit is the vector's last, whatever the size; what stands before the first is nothing. */
	digits = _mm256_loadu_si256((const __m256i *)(const void *)(text + size - sizeof(digits)));
	digits = _mm256_and_si256(_mm256_sub_epi8(digits, _mm256_set1_epi8('0')),
		_mm256_cmpgt_epi8(place, _mm256_set1_epi8((char)(sizeof(digits) - 1 - size))));
	sums = _mm256_subs_epu8(digits, _mm256_set1_epi8(9));
	if (!_mm256_testz_si256(sums, sums))
		return FALSE;
	digits = _mm256_blendv_epi8(digits, _mm256_shuffle_epi8(twice, digits), _mm256_set1_epi16(0xff));
	sums = _mm256_sad_epu8(digits, _mm256_setzero_si256());
	half = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
	if (((guint)_mm_cvtsi128_si32(half) + (guint)_mm_extract_epi32(half, 2)) % 10 != 0)
		return FALSE;
	half = pairs_of(_mm_sub_epi8(load(text), _mm_set1_epi8('0')));
	return (six[six_of((guint64)_mm_cvtsi128_si64(half))] & card_bit(size)) != 0;
}

AVX2 G_ALWAYS_INLINE static inline gboolean
is_mobile(const char *text, gsize size, const FnIssued *issued)
{
	if (size != 11 || (~up_to(_mm_sub_epi8(load(text), _mm_set1_epi8('0')), 9) & 0x7ff) != 0)
		return FALSE;
	return issued->mobile[(text[0] - '0') * 100 + (text[1] - '0') * 10 + text[2] - '0'];
}

/* What the characters of GB 32100 count for, and one more: 0 for all others. */
AVX2 G_ALWAYS_INLINE static inline __m128i
credit_values(__m128i text)
{
	const __m128i digits = _mm_setr_epi8(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 0);
	const __m128i to_o = _mm_setr_epi8(0, 11, 12, 13, 14, 15, 16, 17, 18, 0, 19, 20, 21, 22, 23, 0);
	const __m128i from_p = _mm_setr_epi8(24, 25, 26, 0, 27, 28, 0, 29, 30, 31, 0, 0, 0, 0, 0, 0);
	const __m128i others = _mm_set1_epi8(0x70); /* from 0x80 on a table gives 0 */

	return _mm_or_si128(_mm_shuffle_epi8(digits, _mm_adds_epu8(_mm_sub_epi8(text, _mm_set1_epi8('0')), others)),
		_mm_or_si128(_mm_shuffle_epi8(to_o, _mm_adds_epu8(_mm_sub_epi8(text, _mm_set1_epi8(0x40)), others)),
			_mm_shuffle_epi8(from_p, _mm_adds_epu8(_mm_sub_epi8(text, _mm_set1_epi8(0x50)), others))));
}

/* With a letter in the organization code: no resident ID, as that has none there, and more than a serial number. */
AVX2 G_ALWAYS_INLINE static inline gboolean
is_credit_code(const char *text, gsize size, const FnIssued *issued)
{
	__m128i characters = load(text), values = credit_values(characters), digits = _mm_sub_epi8(characters, _mm_set1_epi8('0')), whole;
	guint numeric = up_to(digits, 9), last = text[16] == 'X' ? 29 : (guint8)(text[16] - '0'), sum;

	if (size != 18 || (numeric & 0xfc) != 0xfc || numeric >> 8 == 0xff || (last > 9 && last != 29) ||
		_mm_movemask_epi8(_mm_cmpeq_epi8(values, _mm_setzero_si128())) != 0 || !fn_credit_code_registrar(text[0], text[1]) ||
		!issued->province[pair((guint64)_mm_cvtsi128_si64(pairs_of(digits)), 1)])
		return FALSE;
	/* In the organization code letters count for what they are in the whole alphabet, from 10 on. */
	whole = _mm_sub_epi8(digits, _mm_and_si128(_mm_cmpgt_epi8(digits, _mm_set1_epi8(9)), _mm_set1_epi8('A' - '9' - 1)));
	sum = weigh(whole, _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 3, 7, 9, 10, 5, 8, 4, 2));
	if ("0X987654321"[sum % 11] != text[16])
		return FALSE;
	sum = weigh(_mm_sub_epi8(values, _mm_set1_epi8(1)), _mm_setr_epi8(1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30)) + 28 * last;
	return "0YXWUTRQPNMLKJHGFEDCBA987654321"[sum % 31] == text[17];
}

AVX2 G_ALWAYS_INLINE static inline guint32
bits_of(__m256i bytes)
{
	return (guint32)_mm256_movemask_epi8(bytes);
}

AVX2 G_ALWAYS_INLINE static inline guint32
in_range(__m256i bytes, char first, char n)
{
	__m256i from_first = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));

	return bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(from_first, _mm256_set1_epi8(n)), from_first));
}

AVX2 G_ALWAYS_INLINE static inline guint32
equal_to(__m256i bytes, char c)
{
	return bits_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)));
}

/* Letters, digits, dots, hyphens and low lines around one @; the address is shorter than a vector. */
AVX2 G_ALWAYS_INLINE static inline gboolean
is_email(const char *text, gsize size)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);
	guint32 whole = size < VECTOR ? (1u << size) - 1 : 0;
	guint32 letter = in_range(_mm256_or_si256(bytes, _mm256_set1_epi8(32)), 'a', 25), alnum = letter | in_range(bytes, '0', 9);
	guint32 dot = equal_to(bytes, '.'), at = equal_to(bytes, '@') & whole, hyphen = equal_to(bytes, '-');
	guint32 before = at - 1, behind = whole & ~(before | at), dots = dot & behind, last;

	/* One @, of which a letter or digit is the first byte and no dot the last before it. */
	if (at == 0 || (at & before) != 0 || (alnum & 1) == 0 || (dot & at >> 1) != 0 || dots == 0)
		return FALSE;
	if ((whole & ~(alnum | dot | hyphen | at | (equal_to(bytes, '_') & before))) != 0)
		return FALSE;
	/* Behind each dot, and behind the @, begins a label; the last is letters, two at least. */
	last = behind & ~(G_MAXUINT32 >> __builtin_clz(dots));
	return (((dots | at) << 1) & ~alnum) == 0 && (last & ~letter) == 0 && (last & (last - 1)) != 0;
}

AVX2 G_ALWAYS_INLINE static inline gboolean
is_usual(FnQuick quick, const char *text, gsize size, const guint8 *six, const FnIssued *issued)
{
	switch (quick) {
	case FN_QUICK_RESIDENT_ID: return is_resident_id(text, size, six);
	case FN_QUICK_CREDIT_CODE: return is_credit_code(text, size, issued);
	case FN_QUICK_BANK_CARD: return is_bank_card(text, size, six);
	case FN_QUICK_MOBILE: return is_mobile(text, size, issued);
	case FN_QUICK_EMAIL: return is_email(text, size);
	case FN_QUICK_NONE: break;
	}
	return FALSE;
}

/* As many bytes as a vector has can be read before each cell, and from its beginning on. */
AVX2 static void
read_cells(const FnScanner *scanner, const char *bytes, const FnCell *cell, guint n, guint8 *sure, guint64 *known)
{
	const FnCellReader *readers = scanner->cell;
	const guint8 *six = scanner->six;

	for (guint i = 0; i < n; i++) {
		guint start = cell[i].start, size = cell[i].size;
		gint16 which = cell[i].asked.sure;

		if (which < 0 || !is_usual(readers[which].quick, bytes + start, size, six, &scanner->issued))
			continue;
		sure[i] = TRUE;
		fn_known_mark(known, start, size);
	}
}
#endif

void
fn_quick_cells(const FnScanner *scanner, const FnWindow *window, const FnCell *cell, guint n, guint8 *sure, guint64 *known)
{
	guint first = 0, end = n;

	memset(sure, FALSE, n);
	while (first < end && cell[first].start < VECTOR)
		first++;
	while (end > first && cell[end - 1].start + VECTOR > window->size)
		end--;
#if defined(__x86_64__)
	if (scanner->machine >= FN_MACHINE_VECTOR)
		read_cells(scanner, window->bytes, cell + first, end - first, sure + first, known);
#endif
}
