/* A finder for short texts: what stands near a candidate. It has nothing to set up, so that it pays from a few bytes on.
 *
 * A literal is known by its tail, its last three bytes. 32 places at a time are asked whether a tail may end there: each byte
 * is looked up by its halves, each look-up gives the buckets that it allows, and a bucket that all three bytes allow is worth
 * the exact look. Literals of one and two bytes allow everything in the bytes that they lack. */
#include "scan/words.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { TAIL = 3, BUCKETS = 8, SEEN_BITS = 14 };

typedef struct {
	guint32 key; /* the tail, lower case, the last byte lowest */
	guint8 tail; /* its bytes */
	guint8 size;
	guint32 id, text;
} Literal;

typedef struct {
	guint32 key, first; /* literals from @first on while they have this key; first is one too high, 0: empty */
} Slot;

typedef struct {
	guint8 low[TAIL][16], high[TAIL][16]; /* by byte, the last one first: which buckets allow it */
	gboolean has[TAIL + 1];               /* are there tails of that many bytes? */
	guint64 seen[1 << (SEEN_BITS - 6)];   /* by a hash of the last three bytes: may they be a tail? */
	Literal *literal;                     /* by key */
	guint n;
	Slot *slot;
	guint shift; /* of the hash */
	char *text;
} Tails;

static guint32
hash(guint32 key, guint tail)
{
	return (key + tail * 0x1000193u) * 0x9e3779b1u;
}

static inline guint8
lower(char c)
{
	return (guint8)(c - 'A') < 26 ? (guint8)(c | 32) : (guint8)c;
}

static gboolean
yes(void)
{
	return TRUE;
}

static void
free_tails(gpointer automaton)
{
	Tails *tails = automaton;

	g_free(tails->literal);
	g_free(tails->slot);
	g_free(tails->text);
	g_free(tails);
}

static int
by_key(gconstpointer a, gconstpointer b)
{
	const Literal *one = a, *two = b;

	if (one->key != two->key)
		return one->key < two->key ? -1 : 1;
	return one->tail != two->tail ? (int)one->tail - (int)two->tail : (int)two->size - (int)one->size;
}

static guint32
key_of(const char *end, guint tail)
{
	guint32 key = 0;

	for (guint i = tail; i > 0; i--)
		key = key << 8 | lower(end[-(int)i]);
	return key;
}

static void
allow(Tails *tails, guint place, guint8 byte, guint8 bucket)
{
	tails->low[place][byte & 15] |= bucket;
	tails->high[place][byte >> 4] |= bucket;
	tails->high[place][(guint8)g_ascii_toupper((char)byte) >> 4] |= bucket;
}

/* Short tails and those that end in ASCII have buckets of their own. The others, in order of their keys, share the rest:
 * characters beside each other begin with the same bytes. */
static guint8
bucket_of(const Tails *tails, guint i)
{
	enum { SHORT, ASCII, OTHERS };
	const Literal *literal = &tails->literal[i];

	if (literal->tail < TAIL)
		return 1 << SHORT;
	if ((literal->key & 0x80) == 0)
		return 1 << ASCII;
	return (guint8)(1u << (OTHERS + (guint64)i * (BUCKETS - OTHERS) / tails->n));
}

static void
fill_buckets(Tails *tails)
{
	for (guint i = 0; i < tails->n; i++) {
		const Literal *literal = &tails->literal[i];
		guint8 bucket = bucket_of(tails, i);

		for (guint place = 0; place < TAIL; place++) {
			if (place < literal->tail) {
				allow(tails, place, (guint8)(literal->key >> (8 * place)), bucket);
				continue;
			}
			for (guint half = 0; half < 16; half++) {
				tails->low[place][half] |= bucket;
				tails->high[place][half] |= bucket;
			}
		}
		tails->has[literal->tail] = TRUE;
	}
}

/* Of the bytes with the bit set that makes letters lower. */
static inline guint
seen_hash(guint32 three)
{
	return ((three | 0x202020u) * 0x9e3779b1u) >> (32 - SEEN_BITS);
}

static inline gboolean
is_seen(const Tails *tails, const char *end)
{
	guint h = seen_hash((guint32)(guint8)end[-3] << 16 | (guint32)(guint8)end[-2] << 8 | (guint8)end[-1]);

	return (tails->seen[h / 64] >> (h % 64)) & 1;
}

static void
fill_seen(Tails *tails)
{
	for (guint i = 0; i < tails->n; i++) {
		guint lacking = 8 * (TAIL - tails->literal[i].tail);

		/* Anything may stand in the bytes that a short literal lacks. */
		for (guint32 before = 0; before < 1u << lacking; before++) {
			guint h = seen_hash(before << (24 - lacking) | tails->literal[i].key);

			tails->seen[h / 64] |= G_GUINT64_CONSTANT(1) << (h % 64);
		}
	}
}

static void
fill_slots(Tails *tails)
{
	guint bits = 4;

	while ((1u << bits) < 2 * tails->n)
		bits++;
	tails->shift = 32 - bits;
	tails->slot = g_new0(Slot, 1u << bits);
	for (guint i = 0; i < tails->n; i++) {
		const Literal *literal = &tails->literal[i];
		guint32 at = hash(literal->key, literal->tail) >> tails->shift;

		if (i > 0 && literal[-1].key == literal->key && literal[-1].tail == literal->tail)
			continue;
		while (tails->slot[at].first != 0)
			at = (at + 1) & ((1u << bits) - 1);
		tails->slot[at] = (Slot){ literal->key, i + 1 };
	}
}

static gpointer
compile(const FnLiteral *literal, guint n, GError **error)
{
	Tails *tails = g_new0(Tails, 1);
	GString *text = g_string_new(NULL);

	tails->literal = g_new(Literal, n);
	tails->n = n;
	for (guint i = 0; i < n; i++) {
		guint tail = MIN(literal[i].size, TAIL);

		tails->literal[i] = (Literal){ key_of(literal[i].text + literal[i].size, tail), (guint8)tail, (guint8)literal[i].size, i,
			(guint32)text->len };
		g_string_append_len(text, literal[i].text, literal[i].size);
	}
	tails->text = g_string_free(text, FALSE);
	qsort(tails->literal, n, sizeof(Literal), by_key);
	fill_buckets(tails);
	fill_seen(tails);
	fill_slots(tails);
	return tails;
}

static gsize
size_of(gconstpointer automaton)
{
	const Tails *tails = automaton;

	return sizeof(*tails) + tails->n * sizeof(Literal) + ((gsize)1 << (32 - tails->shift)) * sizeof(Slot) + strlen(tails->text);
}

static gpointer
no_scratch(gconstpointer automaton)
{
	return NULL;
}

/* ---- the exact look ---- */

typedef struct {
	const Tails *tails;
	const char *bytes;
	FnLiteralFound found;
	gpointer data;
} Look;

static gboolean
same_text(const char *text, const char *literal, guint size)
{
	for (guint i = 0; i < size; i++)
		if (lower(text[i]) != (guint8)literal[i])
			return FALSE;
	return TRUE;
}

static void
look_for(const Look *look, gsize end, guint tail)
{
	const Tails *tails = look->tails;
	guint32 key = key_of(look->bytes + end, tail), at = hash(key, tail) >> tails->shift;
	guint32 mask = (guint32)(G_MAXUINT32 >> tails->shift);

	for (; tails->slot[at].first != 0; at = (at + 1) & mask) {
		guint i = tails->slot[at].first - 1;

		if (tails->slot[at].key != key || tails->literal[i].tail != tail)
			continue;
		for (; i < tails->n && tails->literal[i].key == key && tails->literal[i].tail == tail; i++) {
			const Literal *literal = &tails->literal[i];

			if (literal->size <= end && same_text(look->bytes + end - literal->size, tails->text + literal->text, literal->size))
				look->found(literal->id, end, look->data);
		}
		return;
	}
}

/* Does a literal end before @end? */
static void
look_at(const Look *look, gsize end)
{
	for (guint tail = (guint)MIN(end, (gsize)TAIL); tail > 0; tail--)
		if (look->tails->has[tail])
			look_for(look, end, tail);
}

/* ---- where to look ---- */

static void
find_portable(const Look *look, gsize from, gsize size)
{
	const Tails *tails = look->tails;

	for (gsize at = from; at < size; at++) {
		guint8 allowed = 0xff;

		for (guint place = 0; place < TAIL && place <= at; place++) {
			guint8 byte = (guint8)look->bytes[at - place];

			allowed &= tails->low[place][byte & 15] & tails->high[place][byte >> 4];
		}
		if (allowed != 0)
			look_at(look, at + 1);
	}
}

#if defined(__x86_64__)
typedef struct {
	__m256i low[TAIL], high[TAIL];
} Tables;

__attribute__((target("avx2"))) static inline Tables
load_tables(const Tails *tails)
{
	Tables tables;

	for (guint i = 0; i < TAIL; i++) {
		tables.low[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)tails->low[i]));
		tables.high[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)tails->high[i]));
	}
	return tables;
}

__attribute__((target("avx2"))) static inline __m256i
allowed_by(const Tables *tables, guint place, const char *bytes)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i text = _mm256_loadu_si256((const __m256i *)(const void *)(bytes - place));

	return _mm256_and_si256(_mm256_shuffle_epi8(tables->low[place], _mm256_and_si256(text, half)),
		_mm256_shuffle_epi8(tables->high[place], _mm256_and_si256(_mm256_srli_epi16(text, 4), half)));
}

/* The last places are asked for together with some before them again. Gives where to go on byte by byte. */
__attribute__((target("avx2"))) static gsize
find_avx2(const Look *look, gsize from, gsize size)
{
	Tables tables = load_tables(look->tails);
	gsize first = from;

	for (guint again = 0; from < size; from += 32) {
		guint32 places;
		__m256i allowed;

		if (size - from < 32) {
			if (size < first + 32)
				return from;
			again = (guint)(32 - (size - from));
			from = size - 32;
		}
		allowed = _mm256_and_si256(allowed_by(&tables, 0, look->bytes + from),
			_mm256_and_si256(allowed_by(&tables, 1, look->bytes + from), allowed_by(&tables, 2, look->bytes + from)));
		places = ~(guint32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(allowed, _mm256_setzero_si256()));
		for (places &= G_MAXUINT32 << again; places != 0; places &= places - 1)
			if (is_seen(look->tails, look->bytes + from + (guint)__builtin_ctz(places) + 1))
				look_at(look, from + (guint)__builtin_ctz(places) + 1);
	}
	return size;
}
#elif defined(__aarch64__)
static inline uint8x16_t
allowed_by(const Tails *tails, guint place, const char *bytes)
{
	uint8x16_t text = vld1q_u8((const guint8 *)bytes - place);

	return vandq_u8(vqtbl1q_u8(vld1q_u8(tails->low[place]), vandq_u8(text, vdupq_n_u8(15))),
		vqtbl1q_u8(vld1q_u8(tails->high[place]), vshrq_n_u8(text, 4)));
}

static gsize
find_neon(const Look *look, gsize from, gsize size)
{
	for (; from + 16 <= size; from += 16) {
		const char *text = look->bytes + from;
		uint8x16_t allowed = vandq_u8(allowed_by(look->tails, 0, text),
			vandq_u8(allowed_by(look->tails, 1, text), allowed_by(look->tails, 2, text)));
		uint8x16_t places = vtstq_u8(allowed, allowed);
		/* Four bits a place. */
		guint64 bits = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(places), 4)), 0) & 0x1111111111111111u;

		for (; bits != 0; bits &= bits - 1)
			look_at(look, from + (guint)__builtin_ctzll(bits) / 4 + 1);
	}
	return from;
}
#endif

static void
find_fast(gconstpointer automaton, gpointer scratch, const char *bytes, gsize size, FnLiteralFound found, gpointer data)
{
	Look look = { automaton, bytes, found, data };
	gsize begun = MIN(TAIL - 1, size);

	find_portable(&look, 0, begun);
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		begun = find_avx2(&look, begun, size);
#elif defined(__aarch64__)
	begun = find_neon(&look, begun, size);
#endif
	find_portable(&look, begun, size);
}

static void
find_slowly(gconstpointer automaton, gpointer scratch, const char *bytes, gsize size, FnLiteralFound found, gpointer data)
{
	Look look = { automaton, bytes, found, data };

	find_portable(&look, 0, size);
}

const FnWordFinder fn_tails = { "tails", FALSE, yes, compile, free_tails, size_of, no_scratch, g_free, find_fast };
const FnWordFinder fn_tails_portable = { "tails without vectors", FALSE, yes, compile, free_tails, size_of, no_scratch, g_free, find_slowly };
