/* The compression functions of SM3 (GB/T 32905-2016, 5.3) and SHA-256 (FIPS 180-4, 6.2.2) over LANES messages side by side, one block
 * of each: a template, for whoever sets LANES (4, 8 or 16), NAME and, before it, the machine by a function attribute TARGET. Lane i of
 * every vector belongs to message i; the state is eight vectors, word by word. */

typedef guint32 NAME(Words) __attribute__((vector_size(LANES * 4)));

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define P0(x)	     ((x) ^ ROTATE(x, 9) ^ ROTATE(x, 17))
#define P1(x)	     ((x) ^ ROTATE(x, 15) ^ ROTATE(x, 23))
#define PARITY(x, y, z)	  ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | (((x) | (y)) & (z)))
#define CHOOSE(x, y, z)	  ((((y) ^ (z)) & (x)) ^ (z))

/* One round; the next one takes d a b c h e f g for a b c d e f g h. */
#define ROUND(FF, GG, a, b, c, d, e, f, g, h, j) \
	do { \
		NAME(Words) a12 = ROTATE(a, 12), first = a12 + e + constant; \
\
		first = ROTATE(first, 7); \
		d += FF(a, b, c) + (first ^ a12) + (w[j] ^ w[(j) + 4]); \
		h += GG(e, f, g) + first + w[j]; \
		b = ROTATE(b, 9); \
		f = ROTATE(f, 19); \
		h = P0(h); \
		constant = ROTATE(constant, 1); \
	} while (0)

#define ROUNDS(FF, GG, from, to) \
	for (guint j = from; j < to; j += 4) { \
		for (guint i = j + 16; i < MIN(j + 20, 68u); i++) { \
			NAME(Words) mixed = w[i - 16] ^ w[i - 9] ^ ROTATE(w[i - 3], 15); \
\
			w[i] = P1(mixed) ^ ROTATE(w[i - 13], 7) ^ w[i - 6]; \
		} \
		ROUND(FF, GG, a, b, c, d, e, f, g, h, j); \
		ROUND(FF, GG, d, a, b, c, h, e, f, g, j + 1); \
		ROUND(FF, GG, c, d, a, b, g, h, e, f, j + 2); \
		ROUND(FF, GG, b, c, d, a, f, g, h, e, j + 3); \
	}

/* The first 16 words of every lane. */
TARGET static inline void
NAME(take_words)(NAME(Words) *w, const guint8 *const *block)
{
	for (guint lane = 0; lane < LANES; lane++)
		for (guint i = 0; i < 16; i++) {
			guint32 word;

			memcpy(&word, block[lane] + i * 4, sizeof(word));
			((guint32 *)&w[i])[lane] = GUINT32_FROM_BE(word);
		}
}

TARGET static void
NAME(sm3)(guint32 *state, const guint8 *const *block)
{
	NAME(Words) w[68], *v = (NAME(Words) *)state;
	NAME(Words) a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];
	guint32 constant = 0x79cc4519;

	NAME(take_words)(w, block);
	ROUNDS(PARITY, PARITY, 0, 16)
	constant = 0x9d8a7a87; /* 7a879d8a, turned by 16 */
	ROUNDS(MAJORITY, CHOOSE, 16, 64)
	v[0] ^= a;
	v[1] ^= b;
	v[2] ^= c;
	v[3] ^= d;
	v[4] ^= e;
	v[5] ^= f;
	v[6] ^= g;
	v[7] ^= h;
}

#define BIG0(x)	  (ROTATE(x, 30) ^ ROTATE(x, 19) ^ ROTATE(x, 10))
#define BIG1(x)	  (ROTATE(x, 26) ^ ROTATE(x, 21) ^ ROTATE(x, 7))
#define SMALL0(x) (ROTATE(x, 25) ^ ROTATE(x, 14) ^ ((x) >> 3))
#define SMALL1(x) (ROTATE(x, 15) ^ ROTATE(x, 13) ^ ((x) >> 10))

/* One round; the next one takes h a b c d e f g. The schedule goes round in 16 words. */
#define ROUND256(a, b, c, d, e, f, g, h, j) \
	do { \
		NAME(Words) sum; \
\
		if (i > 0) \
			w[j] += SMALL1(w[((j) + 14) % 16]) + w[((j) + 9) % 16] + SMALL0(w[((j) + 1) % 16]); \
		sum = h + BIG1(e) + CHOOSE(e, f, g) + sha256_constant[i + (j)] + w[j]; \
		d += sum; \
		h = sum + BIG0(a) + MAJORITY(a, b, c); \
	} while (0)

TARGET static void
NAME(sha256)(guint32 *state, const guint8 *const *block)
{
	NAME(Words) w[16], *v = (NAME(Words) *)state;
	NAME(Words) a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];

	NAME(take_words)(w, block);
	for (guint i = 0; i < 64; i += 16) {
		ROUND256(a, b, c, d, e, f, g, h, 0);
		ROUND256(h, a, b, c, d, e, f, g, 1);
		ROUND256(g, h, a, b, c, d, e, f, 2);
		ROUND256(f, g, h, a, b, c, d, e, 3);
		ROUND256(e, f, g, h, a, b, c, d, 4);
		ROUND256(d, e, f, g, h, a, b, c, 5);
		ROUND256(c, d, e, f, g, h, a, b, 6);
		ROUND256(b, c, d, e, f, g, h, a, 7);
		ROUND256(a, b, c, d, e, f, g, h, 8);
		ROUND256(h, a, b, c, d, e, f, g, 9);
		ROUND256(g, h, a, b, c, d, e, f, 10);
		ROUND256(f, g, h, a, b, c, d, e, 11);
		ROUND256(e, f, g, h, a, b, c, d, 12);
		ROUND256(d, e, f, g, h, a, b, c, 13);
		ROUND256(c, d, e, f, g, h, a, b, 14);
		ROUND256(b, c, d, e, f, g, h, a, 15);
	}
	v[0] += a;
	v[1] += b;
	v[2] += c;
	v[3] += d;
	v[4] += e;
	v[5] += f;
	v[6] += g;
	v[7] += h;
}

#undef BIG0
#undef BIG1
#undef SMALL0
#undef SMALL1
#undef ROUND256
#undef ROTATE
#undef P0
#undef P1
#undef PARITY
#undef MAJORITY
#undef CHOOSE
#undef ROUND
#undef ROUNDS
#undef LANES
#undef NAME
#undef TARGET
