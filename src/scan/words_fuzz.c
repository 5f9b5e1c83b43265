/* Words, one a line, then a zero, then a text: every finder gives the same hits. */
#include "scan/words.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum { WORDS_MAX = 40 };

static void
add_words(FnWords *words, const char *lines)
{
	g_auto(GStrv) line = g_strsplit(lines, "\n", WORDS_MAX);

	for (guint i = 0; line[i] != NULL; i++)
		if (*line[i] != '\0' && strlen(line[i]) <= FN_WORD_SIZE && g_utf8_validate(line[i], -1, NULL))
			fn_words_add(words, line[i]);
}

static GArray *
find(const FnWordFinder *finder, const char *lines, const char *text, gsize size)
{
	GArray *hits = g_array_new(FALSE, FALSE, sizeof(FnWordHit));
	g_autoptr(FnWords) words = fn_words_new();
	gpointer scratch;

	add_words(words, lines);
	g_assert_true(fn_words_compile(words, finder, NULL));
	scratch = fn_words_scratch_new(words);
	fn_words_find(words, scratch, text, size, hits);
	fn_words_scratch_free(words, scratch);
	return hits;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const guint8 *zero = memchr(data, 0, size);
	gsize behind = zero != NULL ? (gsize)(zero - data) + 1 : size;
	g_autofree char *lines = g_strndup((const char *)data, size), *text = g_memdup2(data + behind, size - behind);
	g_autoptr(GArray) first = find(fn_word_finders[0], lines, text, size - behind);

	for (guint i = 0; i < first->len; i++)
		g_assert_true(g_array_index(first, FnWordHit, i).end <= size - behind &&
			g_array_index(first, FnWordHit, i).size <= g_array_index(first, FnWordHit, i).end);
	for (guint f = 1; fn_word_finders[f] != NULL; f++) {
		g_autoptr(GArray) other = find(fn_word_finders[f], lines, text, size - behind);

		g_assert_cmpuint(other->len, ==, first->len);
		g_assert_true(first->len == 0 || memcmp(other->data, first->data, first->len * sizeof(FnWordHit)) == 0);
	}
	return 0;
}
