/* Words in text that is half digits, as tables are: they are looked for in what is left without them. The first digit of each run
 * stays, so that nothing meets that stood apart; what has no digit in it is found where it was, and nothing else. */
#include "scan/scan_priv.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

enum { BLOCK = 64 };

/* Gives the bytes in @out, which has room for a block more; of each block, by bits, those that stayed, and how many stayed before. */
__attribute__((target("avx512bw,avx512vbmi2,bmi2,popcnt"))) static gsize
squeeze(const char *bytes, gsize size, char *out, guint64 *stayed, guint32 *before)
{
	guint64 inside = 0;
	gsize n = 0;

	for (gsize at = 0; at < size; at += BLOCK) {
		guint64 here = size - at < BLOCK ? (G_GUINT64_CONSTANT(1) << (size - at)) - 1 : G_MAXUINT64;
		__m512i text = _mm512_maskz_loadu_epi8(here, bytes + at);
		guint64 digit = _mm512_cmple_epu8_mask(_mm512_sub_epi8(text, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
		guint64 stays = here & ~(digit & (digit << 1 | inside));

		inside = digit >> (BLOCK - 1);
		_mm512_storeu_si512(out + n, _mm512_maskz_compress_epi8(stays, text));
		*stayed++ = stays;
		*before++ = (guint32)n;
		n += (gsize)__builtin_popcountll(stays);
	}
	return n;
}

/* Takes the hits back to where they were: they come by their ends. */
__attribute__((target("bmi,bmi2"))) static void
put_back(FnWordHit *hit, guint hits, const guint64 *stayed, const guint32 *before, gsize blocks)
{
	gsize block = 0;

	for (; hits > 0; hits--, hit++) {
		guint32 last = hit->end - 1;

		while (block + 1 < blocks && before[block + 1] <= last)
			block++;
		hit->end = (guint32)(block * BLOCK + (guint)__builtin_ctzll(_pdep_u64(G_GUINT64_CONSTANT(1) << (last - before[block]), stayed[block]))) + 1;
	}
}

void
fn_squeezed_find(const FnWords *words, FnScratch *scratch, const char *bytes, gsize size, GArray *hits)
{
	gsize blocks = size / BLOCK + 1, n;
	guint first = hits->len;
	guint64 *stayed;
	guint32 *before;
	char *out;

	g_byte_array_set_size(scratch->squeezed, (guint)(blocks * (sizeof(*stayed) + sizeof(*before) + BLOCK) + BLOCK));
	stayed = (guint64 *)(void *)scratch->squeezed->data;
	before = (guint32 *)(void *)(stayed + blocks);
	out = (char *)(before + blocks);
	n = squeeze(bytes, size, out, stayed, before);
	fn_words_find(words, scratch->words, out, n, hits);
	put_back((FnWordHit *)(void *)hits->data + first, hits->len - first, stayed, before, (size + BLOCK - 1) / BLOCK);
	explicit_bzero(out, n + BLOCK);
}
#else
void
fn_squeezed_find(const FnWords *words, FnScratch *scratch, const char *bytes, gsize size, GArray *hits)
{
	g_assert_not_reached();
}
#endif
