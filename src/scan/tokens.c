/* One pass over the bytes: which are ASCII letters or digits, as bits; then the edges of the bits are the tokens. */
#include "scan/scan_priv.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { BLOCK = 64, GROUP_MAX = 8, SHORT_MAX = 7, HOUSE_MAX = 5 };

typedef struct {
	guint64 alnum, at, dot; /* @; . and : */
} Masks;
typedef Masks (*Classify)(const guint8 *block);

static gboolean
is_alnum(guint8 c)
{
	return (guint8)(c - '0') <= 9 || (guint8)((c | 32) - 'a') <= 25;
}

static Masks
classify_portable(const guint8 *block)
{
	Masks masks = { 0 };

	for (guint i = 0; i < BLOCK; i++) {
		masks.alnum |= (guint64)is_alnum(block[i]) << i;
		masks.at |= (guint64)(block[i] == '@') << i;
		masks.dot |= (guint64)(block[i] == '.' || block[i] == ':') << i;
	}
	return masks;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static Masks
classify_avx2(const guint8 *block)
{
	Masks masks = { 0 };

	for (guint half = 0; half < 2; half++) {
		__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32 * half));
		__m256i digit = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
		__m256i letter = _mm256_sub_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(32)), _mm256_set1_epi8('a'));
		__m256i is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit);
		__m256i is_letter = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter);
		__m256i is_at = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('@'));
		__m256i is_dot = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('.')),
			_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(':')));

		masks.alnum |= (guint64)(guint32)_mm256_movemask_epi8(_mm256_or_si256(is_digit, is_letter)) << (32 * half);
		masks.at |= (guint64)(guint32)_mm256_movemask_epi8(is_at) << (32 * half);
		masks.dot |= (guint64)(guint32)_mm256_movemask_epi8(is_dot) << (32 * half);
	}
	return masks;
}
#endif

static Classify
choose(gboolean portable)
{
#if defined(__x86_64__)
	if (!portable && __builtin_cpu_supports("avx2"))
		return classify_avx2;
#endif
	return classify_portable;
}

typedef struct {
	const char *bytes;
	gsize size;
	FnTokenFound found;
	gpointer data;
	FnToken chain;  /* the number in groups that grows */
	guint digits;   /* in the chain */
	char separator;
	gboolean spoilt; /* more groups or digits than any number has */
} Walk;

static void
end_chain(Walk *walk)
{
	if (walk->chain.groups > 1 && !walk->spoilt) {
		walk->chain.digits[walk->digits] = '\0';
		walk->found(&walk->chain, walk->data);
	}
	walk->chain.groups = 0;
	walk->digits = 0;
	walk->separator = '\0';
	walk->spoilt = FALSE;
}

/* A group is digits; the last may end in X, as a resident ID does. */
static gboolean
is_group(const char *text, guint size)
{
	for (guint i = 0; i < size; i++)
		if (!g_ascii_isdigit(text[i]) && !(i > 0 && i == size - 1 && (text[i] | 32) == 'x'))
			return FALSE;
	return TRUE;
}

static void
add_group(Walk *walk, guint start, guint end)
{
	guint size = end - start;

	if (walk->chain.groups == 0)
		walk->chain.start = start;
	if (walk->chain.groups == FN_GROUPS_MAX || walk->digits + size > FN_RUN_MAX) {
		walk->spoilt = TRUE;
	} else {
		memcpy(walk->chain.digits + walk->digits, walk->bytes + start, size);
		walk->digits += size;
		walk->chain.group[walk->chain.groups++] = (guint8)size;
	}
	walk->chain.end = end;
}

/* Whether the run at @start goes on with the chain: one blank or hyphen between, always the same. */
static gboolean
continues(Walk *walk, guint start)
{
	char between;

	if (walk->chain.groups == 0 || start != walk->chain.end + 1)
		return FALSE;
	between = walk->bytes[walk->chain.end];
	if ((between != ' ' && between != '-') || (walk->separator != '\0' && walk->separator != between))
		return FALSE;
	walk->separator = between;
	return TRUE;
}

static void
take_sign(Walk *walk, guint at, char sign)
{
	FnToken token = { .kind = FN_TOKEN_SIGN, .start = at, .end = at + 1, .sign = sign };

	walk->found(&token, walk->data);
}

/* 号, 栋, 幢, 弄, 號: what a house number ends in. */
static gboolean
is_house(const Walk *walk, guint end)
{
	static const char units[][4] = { "号", "栋", "幢", "弄", "號" };

	for (gsize i = 0; i < G_N_ELEMENTS(units) && end + 3 <= walk->size; i++)
		if (memcmp(walk->bytes + end, units[i], 3) == 0)
			return TRUE;
	return FALSE;
}

static inline void
take_run(Walk *walk, guint start, guint end)
{
	guint size = end - start;

	if (size <= SHORT_MAX && start > 0 && (guint8)walk->bytes[start - 1] >= 0x80) {
		if (!g_ascii_isdigit(walk->bytes[start]))
			take_sign(walk, start, 'A');
		else if (size <= HOUSE_MAX && is_house(walk, end))
			take_sign(walk, start, '0');
	}
	if (size >= FN_RUN_MIN && size <= FN_RUN_MAX) {
		FnToken token = { .kind = FN_TOKEN_RUN, .start = start, .end = end };

		walk->found(&token, walk->data);
	}
	if (size <= GROUP_MAX && g_ascii_isdigit(walk->bytes[start]) && is_group(walk->bytes + start, size)) {
		if (!continues(walk, start))
			end_chain(walk);
		add_group(walk, start, end);
	} else if (walk->chain.groups > 0) {
		end_chain(walk);
	}
}

/* @masks.dot knows only what stands before it. */
static void
take_signs(Walk *walk, const Masks *masks, guint base, gsize size)
{
	for (guint64 bits = masks->at; bits != 0; bits &= bits - 1)
		take_sign(walk, base + (guint)__builtin_ctzll(bits), '@');
	for (guint64 bits = masks->dot; bits != 0; bits &= bits - 1) {
		guint at = base + (guint)__builtin_ctzll(bits);
		char sign = walk->bytes[at];

		if (at + 1 < size && (is_alnum((guint8)walk->bytes[at + 1]) || (sign == ':' && walk->bytes[at + 1] == ':')))
			take_sign(walk, at, sign);
	}
}

void
fn_tokens(const char *bytes, gsize size, gboolean portable, FnTokenFound found, gpointer data)
{
	Classify classify = choose(portable);
	Walk walk = { .bytes = bytes, .size = size, .found = found, .data = data, .chain = { .kind = FN_TOKEN_GROUPS } };
	guint start = 0;
	gboolean inside = FALSE;

	g_assert(size < G_MAXUINT32);
	for (guint at = 0; at < size + 1; at += BLOCK) {
		guint8 last[BLOCK] = { 0 };
		const guint8 *block = (const guint8 *)bytes + at;
		Masks masks;
		guint64 edges;

		/* The last block ends in zeros, which end whatever run is open. */
		if (size - at < BLOCK) {
			memcpy(last, block, size - at);
			block = last;
		}
		masks = classify(block);
		masks.dot &= masks.alnum << 1 | (guint64)inside;
		if ((masks.at | masks.dot) != 0)
			take_signs(&walk, &masks, at, size);
		for (edges = masks.alnum ^ (masks.alnum << 1 | (guint64)inside); edges != 0; edges &= edges - 1) {
			guint edge = at + (guint)__builtin_ctzll(edges);

			if (inside)
				take_run(&walk, start, edge);
			else
				start = edge;
			inside = !inside;
		}
	}
	end_chain(&walk);
}
