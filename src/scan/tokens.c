/* One pass over the bytes: vector instructions say which are letters, digits and signs, as bits; the edges of the bits are the
 * runs. What cannot be a candidate is dropped by its length and its digits before anybody looks at its text. */
#include "scan/scan_priv.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { BLOCK = 64, BATCH = 32, GROUP_MAX = 8, SHORT_MAX = 7, HOUSE_MAX = 5 };

typedef struct {
	guint64 alnum, digit;
	guint64 at, dot; /* @; . and : */
	guint64 high;    /* not ASCII */
	guint64 wide;    /* 0xEF, which opens full-width forms */
} Masks;
typedef void (*Classify)(const guint8 *bytes, gsize blocks, Masks *masks);

static inline gboolean
is_digit(guint8 c)
{
	return (guint8)(c - '0') <= 9;
}

static inline gboolean
is_alnum(guint8 c)
{
	return is_digit(c) || (guint8)((c | 32) - 'a') <= 25;
}

static void
classify_portable(const guint8 *bytes, gsize blocks, Masks *masks)
{
	for (; blocks > 0; blocks--, bytes += BLOCK, masks++) {
		*masks = (Masks){ 0 };
		for (guint i = 0; i < BLOCK; i++) {
			masks->alnum |= (guint64)is_alnum(bytes[i]) << i;
			masks->digit |= (guint64)is_digit(bytes[i]) << i;
			masks->at |= (guint64)(bytes[i] == '@') << i;
			masks->dot |= (guint64)(bytes[i] == '.' || bytes[i] == ':') << i;
			masks->high |= (guint64)(bytes[i] >= 0x80) << i;
			masks->wide |= (guint64)(bytes[i] == 0xef) << i;
		}
	}
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline guint64
bits_of(__m256i low, __m256i high)
{
	return (guint32)_mm256_movemask_epi8(low) | (guint64)(guint32)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2"))) static inline __m256i
up_to(__m256i bytes, char first, char n)
{
	__m256i from_first = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));

	return _mm256_cmpeq_epi8(_mm256_min_epu8(from_first, _mm256_set1_epi8(n)), from_first);
}

__attribute__((target("avx2"))) static inline __m256i
is(__m256i bytes, char c)
{
	return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c));
}

__attribute__((target("avx2"))) static void
classify_avx2(const guint8 *bytes, gsize blocks, Masks *masks)
{
	for (; blocks > 0; blocks--, bytes += BLOCK, masks++) {
		__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
		__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
		__m256i lower = _mm256_set1_epi8(32);

		masks->digit = bits_of(up_to(low, '0', 9), up_to(high, '0', 9));
		masks->alnum = masks->digit | bits_of(up_to(_mm256_or_si256(low, lower), 'a', 25), up_to(_mm256_or_si256(high, lower), 'a', 25));
		masks->at = bits_of(is(low, '@'), is(high, '@'));
		masks->dot = bits_of(_mm256_or_si256(is(low, '.'), is(low, ':')), _mm256_or_si256(is(high, '.'), is(high, ':')));
		masks->high = bits_of(low, high);
		masks->wide = bits_of(is(low, (char)0xef), is(high, (char)0xef));
	}
}

__attribute__((target("avx512bw"))) static void
classify_avx512(const guint8 *bytes, gsize blocks, Masks *masks)
{
	for (; blocks > 0; blocks--, bytes += BLOCK, masks++) {
		__m512i text = _mm512_loadu_si512(bytes);

		masks->digit = _mm512_cmple_epu8_mask(_mm512_sub_epi8(text, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
		masks->alnum = masks->digit | _mm512_cmple_epu8_mask(_mm512_sub_epi8(_mm512_or_si512(text, _mm512_set1_epi8(32)),
			_mm512_set1_epi8('a')), _mm512_set1_epi8(25));
		masks->at = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('@'));
		masks->dot = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('.')) | _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(':'));
		masks->high = _mm512_movepi8_mask(text);
		masks->wide = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8((char)0xef));
	}
}
#elif defined(__aarch64__)
/* One bit a byte, of four vectors whose bytes are all ones or zero. */
static inline guint64
bits_of(const uint8x16_t part[4])
{
	static const guint8 bit[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t weight = vld1q_u8(bit);
	uint8x16_t first = vpaddq_u8(vandq_u8(part[0], weight), vandq_u8(part[1], weight));
	uint8x16_t second = vpaddq_u8(vandq_u8(part[2], weight), vandq_u8(part[3], weight));
	uint8x16_t both = vpaddq_u8(first, second);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(both, both)), 0);
}

static void
classify_neon(const guint8 *bytes, gsize blocks, Masks *masks)
{
	for (; blocks > 0; blocks--, bytes += BLOCK, masks++) {
		uint8x16_t digit[4], alnum[4], at[4], dot[4], beyond[4], wide[4];

		for (guint i = 0; i < 4; i++) {
			uint8x16_t part = vld1q_u8(bytes + 16 * i);

			digit[i] = vcleq_u8(vsubq_u8(part, vdupq_n_u8('0')), vdupq_n_u8(9));
			alnum[i] = vorrq_u8(digit[i], vcleq_u8(vsubq_u8(vorrq_u8(part, vdupq_n_u8(32)), vdupq_n_u8('a')), vdupq_n_u8(25)));
			at[i] = vceqq_u8(part, vdupq_n_u8('@'));
			dot[i] = vorrq_u8(vceqq_u8(part, vdupq_n_u8('.')), vceqq_u8(part, vdupq_n_u8(':')));
			beyond[i] = vcgeq_u8(part, vdupq_n_u8(0x80));
			wide[i] = vceqq_u8(part, vdupq_n_u8(0xef));
		}
		*masks = (Masks){ bits_of(alnum), bits_of(digit), bits_of(at), bits_of(dot), bits_of(beyond), bits_of(wide) };
	}
}
#endif

/* ---- runs ---- */

typedef struct {
	const char *bytes;
	guint size;
	const FnTokenWants *wants;
	FnTokenFound found;
	FnTokenFold fold;
	gpointer data;
	FnToken token;     /* what is told next */
	guint64 digit;     /* of the block */
	guint64 before;    /* of the block before */
	guint skip;        /* tokens that begin before this place were told already */
	/* The number in groups that grows. */
	guint start[FN_GROUPS_MAX];
	guint8 group[FN_GROUPS_MAX];
	guint groups, end, digits;
	char separator;
	gboolean spoilt; /* more groups or digits than any number has */
} Walk;

static void
tell(Walk *walk, FnTokenKind kind, guint start, guint end)
{
	walk->token.kind = kind;
	walk->token.start = start;
	walk->token.end = end;
	walk->found(&walk->token, walk->data);
}

static void
end_groups(Walk *walk)
{
	guint digits = 0;

	/* Two numbers with a point between are one with a fraction. */
	if (!walk->spoilt && walk->wants->grouped[walk->digits] && (walk->separator != '.' || walk->groups > 2)) {
		for (guint i = 0; i < walk->groups; i++) {
			memcpy(walk->token.digits + digits, walk->bytes + walk->start[i], walk->group[i]);
			walk->token.group[i] = walk->group[i];
			digits += walk->group[i];
		}
		walk->token.digits[digits] = '\0';
		walk->token.groups = walk->groups;
		walk->token.separator = walk->separator;
		tell(walk, FN_TOKEN_GROUPS, walk->start[0], walk->end);
	}
	walk->groups = 0;
}

static void
begin_groups(Walk *walk, guint start, guint end)
{
	if (walk->groups > 1)
		end_groups(walk);
	walk->start[0] = start;
	walk->end = end;
	walk->digits = end - start;
	walk->group[0] = (guint8)walk->digits;
	walk->groups = 1;
	walk->separator = '\0';
	walk->spoilt = FALSE;
}

/* TRUE when one separator stands between the number in groups and @start. */
static inline gboolean
touches(const Walk *walk, guint start)
{
	char between = start > 0 ? walk->bytes[start - 1] : '\0';

	return walk->groups > 0 && start == walk->end + 1 && (between == ' ' || between == '-' || between == '.');
}

/* A run of digits goes on with the number when one separator stands between, always the same. */
static void
take_group(Walk *walk, guint start, guint end)
{
	char between = start > 0 ? walk->bytes[start - 1] : '\0';

	if (!touches(walk, start) || (walk->separator != '\0' && walk->separator != between)) {
		begin_groups(walk, start, end);
		return;
	}
	walk->separator = between;
	walk->end = end;
	if (walk->groups == FN_GROUPS_MAX || walk->digits + end - start > FN_RUN_MAX) {
		walk->spoilt = TRUE;
		return;
	}
	walk->digits += end - start;
	walk->start[walk->groups] = start;
	walk->group[walk->groups++] = (guint8)(end - start);
}

/* Bits of the digits in the run, which is at most 32 bytes long and ends at @end in the block at @block or at its beginning. */
G_ALWAYS_INLINE static inline guint32
digits_of(const Walk *walk, guint start, guint size, guint block)
{
	guint64 bits = start >= block ? walk->digit >> (start - block)
		: walk->before >> (start + BLOCK - block) | walk->digit << (block - start);

	return (guint32)bits & (guint32)((G_GUINT64_CONSTANT(1) << size) - 1);
}

/* A group is digits; the last may end in X, as a resident ID does. */
G_ALWAYS_INLINE static inline gboolean
is_group(const Walk *walk, guint start, guint end, guint32 digits)
{
	guint32 all = (1u << (end - start)) - 1;

	return digits == all || (end - start > 1 && digits == all >> 1 && (walk->bytes[end - 1] | 32) == 'x');
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

/* A short run right behind a character that is not ASCII. */
static void
take_short(Walk *walk, guint start, guint end, gboolean digit)
{
	char sign = !digit ? 'A' : end - start <= HOUSE_MAX && is_house(walk, end) ? '0' : '\0';

	walk->token.sign = sign;
	if (walk->wants->sign[(guint8)sign])
		tell(walk, FN_TOKEN_SIGN, start, start + 1);
}

G_ALWAYS_INLINE static inline void
no_group(Walk *walk)
{
	if (walk->groups > 1)
		end_groups(walk);
	walk->groups = 0;
}

/* TRUE when what was folded holds the run. A number in groups right before it was folded with it. */
static gboolean
folds(Walk *walk, guint start, guint end)
{
	guint skip = walk->fold(start, end, walk->data);

	if (skip == 0)
		return FALSE;
	if (walk->groups > 1 && !touches(walk, start))
		end_groups(walk);
	walk->groups = 0;
	walk->skip = skip;
	return TRUE;
}

G_ALWAYS_INLINE static inline void
take_run(Walk *walk, guint start, guint end, guint block)
{
	guint size = end - start;
	guint32 digits;

	if (start < walk->skip)
		return;
	if (walk->fold != NULL && fn_fold_follows(walk->bytes, walk->size, end) && folds(walk, start, end))
		return;
	if (size > FN_RUN_MAX) {
		no_group(walk);
		return;
	}
	digits = digits_of(walk, start, size, block);
	/* Words: most runs of most texts. */
	if (digits == 0 && (size > SHORT_MAX || start == 0 || (guint8)walk->bytes[start - 1] < 0x80)) {
		no_group(walk);
		return;
	}
	if (size <= SHORT_MAX && start > 0 && (guint8)walk->bytes[start - 1] >= 0x80)
		take_short(walk, start, end, digits & 1);
	if (digits != 0 && walk->wants->run[size])
		tell(walk, FN_TOKEN_RUN, start, end);
	if (size <= GROUP_MAX && is_group(walk, start, end, digits))
		take_group(walk, start, end);
	else
		no_group(walk);
}

/* A . stands between digits, a : between letters or digits or beside another. What is before a sign is one of them. */
static void
take_sign(Walk *walk, guint at)
{
	char sign = walk->bytes[at], next = at + 1 < walk->size ? walk->bytes[at + 1] : '\0';

	if (!walk->wants->sign[(guint8)sign] || at < walk->skip)
		return;
	if (sign == '.' ? !is_digit((guint8)next) || !is_digit((guint8)walk->bytes[at - 1])
		: sign == ':' ? !is_alnum((guint8)next) && next != ':' : FALSE)
		return;
	walk->token.sign = sign;
	tell(walk, FN_TOKEN_SIGN, at, at + 1);
}

static void
take_wide(Walk *walk, guint at)
{
	if (fn_fold_is_wide(walk->bytes + at, walk->size - at) && at >= walk->skip)
		folds(walk, at, at);
}

/* What stands between the runs, up to the one that is told next: all in order, so that what is folded is not told twice. */
static guint64
take_between(Walk *walk, guint64 places, guint64 wide, guint block, guint end)
{
	for (; places != 0 && block + (guint)__builtin_ctzll(places) < end; places &= places - 1) {
		guint at = block + (guint)__builtin_ctzll(places);

		if ((places & -places & wide) != 0)
			take_wide(walk, at);
		else
			take_sign(walk, at);
	}
	return places;
}

typedef struct {
	guint start; /* of the run that is open */
	gboolean inside;
} Open;

/* Is the run that begins at @bit a word that nobody asks for: letters alone, all in this block, ASCII on both sides? Most runs
 * are. A separator and what follows it count as beside it. */
G_ALWAYS_INLINE static inline gboolean
is_plain_word(const Masks *masks, guint bit)
{
	guint64 rest = ~(masks->alnum >> bit);
	guint size = rest != 0 ? (guint)__builtin_ctzll(rest) : BLOCK;

	return bit > 0 && bit + size < BLOCK - 1 && (masks->digit >> bit & ((G_GUINT64_CONSTANT(1) << size) - 1)) == 0 &&
		(masks->high >> (bit - 1) & ((G_GUINT64_CONSTANT(8) << size) - 1)) == 0;
}

G_ALWAYS_INLINE static inline void
take_block(Walk *walk, const Masks *masks, guint block, Open *open)
{
	guint64 beside = masks->alnum << 1 | (guint64)open->inside, wide = walk->fold != NULL ? masks->wide : 0;
	guint64 places = masks->at | (masks->dot & beside) | wide;

	walk->digit = masks->digit;
	for (guint64 edges = masks->alnum ^ beside; edges != 0; edges &= edges - 1) {
		guint bit = (guint)__builtin_ctzll(edges), edge = block + bit;

		if (!open->inside) {
			if (is_plain_word(masks, bit)) {
				edges &= edges - 1;
				continue;
			}
			open->start = edge;
			open->inside = TRUE;
			continue;
		}
		if (places != 0 && block + (guint)__builtin_ctzll(places) < edge)
			places = take_between(walk, places, wide, block, edge);
		take_run(walk, open->start, edge, block);
		open->inside = FALSE;
	}
	if (places != 0)
		take_between(walk, places, wide, block, block + BLOCK);
	walk->before = walk->digit;
}

typedef void (*TakeBlocks)(Walk *walk, const Masks *masks, gsize blocks, guint at, Open *open);

static void
take_blocks_portable(Walk *walk, const Masks *masks, gsize blocks, guint at, Open *open)
{
	for (; blocks > 0; blocks--, masks++, at += BLOCK)
		take_block(walk, masks, at, open);
}

#if defined(__x86_64__)
/* The same with instructions for single bits. */
__attribute__((target("avx2,bmi,bmi2,popcnt"))) static void
take_blocks_bmi(Walk *walk, const Masks *masks, gsize blocks, guint at, Open *open)
{
	for (; blocks > 0; blocks--, masks++, at += BLOCK)
		take_block(walk, masks, at, open);
}
#endif

typedef struct {
	Classify classify;
	TakeBlocks take;
} Path;

FnMachine
fn_machine(void)
{
#if defined(__x86_64__)
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
		return FN_MACHINE_PLAIN;
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2") ? FN_MACHINE_LONG : FN_MACHINE_VECTOR;
#elif defined(__aarch64__)
	return FN_MACHINE_VECTOR;
#else
	return FN_MACHINE_PLAIN;
#endif
}

static Path
choose(FnMachine machine)
{
#if defined(__x86_64__)
	if (machine == FN_MACHINE_LONG)
		return (Path){ classify_avx512, take_blocks_bmi };
	if (machine == FN_MACHINE_VECTOR)
		return (Path){ classify_avx2, take_blocks_bmi };
#elif defined(__aarch64__)
	if (machine == FN_MACHINE_VECTOR)
		return (Path){ classify_neon, take_blocks_portable };
#endif
	return (Path){ classify_portable, take_blocks_portable };
}

static void
pass_over(Masks *masks, guint blocks, const guint64 *known)
{
	for (guint i = 0; i < blocks; i++) {
		masks[i].alnum &= ~known[i];
		masks[i].digit &= ~known[i];
		masks[i].at &= ~known[i];
		masks[i].dot &= ~known[i];
	}
}

void
fn_tokens(const char *bytes, gsize size, FnMachine machine, const FnTokenWants *wants, const guint64 *known, FnTokenFound found,
	FnTokenFold fold, gpointer data)
{
	Path path = choose(machine);
	Walk walk = { .bytes = bytes, .size = (guint)size, .wants = wants, .found = found, .fold = fold, .data = data };
	Masks masks[BATCH];
	Open open = { 0, FALSE };
	guint8 last[BLOCK] = { 0 };
	guint at = 0;

	g_assert(size < G_MAXUINT32 - BLOCK * BATCH);
	while (size - at >= BLOCK) {
		guint blocks = (guint)MIN((size - at) / BLOCK, (gsize)BATCH);

		path.classify((const guint8 *)bytes + at, blocks, masks);
		if (known != NULL)
			pass_over(masks, blocks, known + at / BLOCK);
		path.take(&walk, masks, blocks, at, &open);
		at += blocks * BLOCK;
	}
	/* The last block ends in zeros, which end whatever run is open. */
	memcpy(last, bytes + at, size - at);
	path.classify(last, 1, masks);
	if (known != NULL)
		pass_over(masks, 1, known + at / BLOCK);
	path.take(&walk, masks, 1, at, &open);
	if (walk.groups > 1)
		end_groups(&walk);
}
