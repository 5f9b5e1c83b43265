/* SM3's compression function (GB/T 32905-2016, 5.3) over LANES messages side by side, one block of each: a template, for whoever
 * sets LANES (4, 8 or 16), NAME and, before it, the machine by a function attribute TARGET. Lane i of every vector belongs to
 * message i; the state is eight vectors, word by word. */

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

TARGET static void
NAME(compress)(guint32 *state, const guint8 *const *block)
{
	NAME(Words) w[68], *v = (NAME(Words) *)state;
	NAME(Words) a = v[0], b = v[1], c = v[2], d = v[3], e = v[4], f = v[5], g = v[6], h = v[7];
	guint32 constant = 0x79cc4519;

	for (guint lane = 0; lane < LANES; lane++)
		for (guint i = 0; i < 16; i++) {
			guint32 word;

			memcpy(&word, block[lane] + i * 4, sizeof(word));
			((guint32 *)&w[i])[lane] = GUINT32_FROM_BE(word);
		}
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
