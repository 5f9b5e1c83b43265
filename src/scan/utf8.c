/* Is it UTF-8 text? GLib's answer, reached 32 bytes at a time where the processor can: the pair of a byte and the one before
 * it is looked up by three of its half-bytes, each lookup gives the errors that are possible, and an error that all three
 * allow is one (Keiser and Lemire, Validating UTF-8 in less than one instruction per byte, 2021). */
#include "scan/scan_priv.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum {
	TOO_SHORT = 1, TOO_LONG = 2, OVERLONG_3 = 4, TOO_LARGE = 8, SURROGATE = 16, OVERLONG_2 = 32,
	OVERLONG_4 = 64, /* and too large with a second byte of 0x80 */
	TWO_CONTINUATIONS = 128,
	ANY = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS,
};

#define TWICE(...) { __VA_ARGS__, __VA_ARGS__ }
static const guint8 first_high[32] = TWICE(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
	TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
	TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | OVERLONG_4);
static const guint8 first_low[32] = TWICE(ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4, ANY | OVERLONG_2, ANY, ANY, ANY | TOO_LARGE,
	ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4,
	ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4,
	ANY | TOO_LARGE | OVERLONG_4 | SURROGATE, ANY | TOO_LARGE | OVERLONG_4, ANY | TOO_LARGE | OVERLONG_4);
#define SECOND (TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS)
static const guint8 second_high[32] = TWICE(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
	SECOND | OVERLONG_3 | OVERLONG_4, SECOND | OVERLONG_3 | TOO_LARGE, SECOND | SURROGATE | TOO_LARGE, SECOND | SURROGATE | TOO_LARGE,
	TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT);

/* @now moved right by @n bytes, filled from the end of @before. */
#define SHIFTED(now, before, n) _mm256_alignr_epi8((now), _mm256_permute2x128_si256((before), (now), 0x21), 16 - (n))

__attribute__((target("avx2"))) static __m256i
look_up(const guint8 table[32], __m256i half_bytes)
{
	return _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(const void *)table),
		_mm256_and_si256(half_bytes, _mm256_set1_epi8(15)));
}

/* Bytes in whole blocks before the first block with an error or a zero byte. */
__attribute__((target("avx2"))) static gsize
clean_blocks(const char *bytes, gsize size)
{
	__m256i before = _mm256_setzero_si256();
	gsize at = 0;

	for (; at + 32 <= size; at += 32) {
		__m256i now = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + at));
		__m256i one = SHIFTED(now, before, 1), two = SHIFTED(now, before, 2), three = SHIFTED(now, before, 3);
		__m256i wrong = _mm256_and_si256(_mm256_and_si256(look_up(first_high, _mm256_srli_epi16(one, 4)), look_up(first_low, one)),
			look_up(second_high, _mm256_srli_epi16(now, 4)));
		__m256i third = _mm256_subs_epu8(two, _mm256_set1_epi8((char)(0xE0 - 0x80)));
		__m256i fourth = _mm256_subs_epu8(three, _mm256_set1_epi8((char)(0xF0 - 0x80)));
		__m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));

		wrong = _mm256_or_si256(_mm256_xor_si256(wrong, must), _mm256_cmpeq_epi8(now, _mm256_setzero_si256()));
		if (!_mm256_testz_si256(wrong, wrong))
			break;
		before = now;
	}
	return at;
}
#endif

/* Where GLib must go on: before the last character that clean blocks may have cut. */
static gsize
known_good(const char *bytes, gsize size)
{
#if defined(__x86_64__)
	gsize good;

	if (!__builtin_cpu_supports("avx2"))
		return 0;
	good = clean_blocks(bytes, size);
	for (guint back = 0; back < 4 && good > 0; back++)
		if (((guint8)bytes[--good] & 0xC0) != 0x80)
			return good;
	return good;
#else
	return 0;
#endif
}

gssize
fn_utf8_span(const char *bytes, gsize size)
{
	gsize good = known_good(bytes, size);
	const char *end;

	if (g_utf8_validate_len(bytes + good, size - good, &end))
		return (gssize)size;
	/* -2: the bytes that are there begin a character. */
	if (g_utf8_get_char_validated(end, (gssize)(bytes + size - end)) == (gunichar)-2)
		return (gssize)(end - bytes);
	return -1;
}
