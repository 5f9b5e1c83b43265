/* What stands near a candidate. Most candidates are decided by themselves, and most text has none: so only the bytes near the
 * others are searched, for the few words that mean something to their detector. */
#include "scan/scan_priv.h"

#include <string.h>

typedef struct {
	const FnVocabulary *words;
	const FnWordHit *hit; /* by end */
	guint n;
} Near;

static int
meaning_of(const Near *near, guint i)
{
	const FnUse *use = &near->words->use[near->words->first[near->hit[i].word]];

	return use->kind == FN_USE_CONTEXT ? 1 : -1;
}

/* The meaning of the nearest word that ends in [@start - @reach, @start]. */
static int
before(const Near *near, guint reach, gsize start)
{
	for (guint i = near->n; i > 0 && near->hit[i - 1].end + reach >= start; i--) {
		int meaning = near->hit[i - 1].end <= start ? meaning_of(near, i - 1) : 0;

		/* Contrary words count from a third of the distance: the order number may be the field before. */
		if (meaning > 0 || (meaning < 0 && near->hit[i - 1].end + reach / 3 >= start))
			return meaning;
	}
	return 0;
}

/* The meaning of the first word that begins in [@end, @to]. */
static int
behind(const Near *near, gsize end, gsize to)
{
	for (guint i = 0; i < near->n; i++) {
		gsize start = near->hit[i].end - near->hit[i].size;

		if (start >= end && start <= to)
			return meaning_of(near, i);
	}
	return 0;
}

/* Behind a candidate its own line counts: the next begins with a label of its own. */
static gsize
line_end(const FnWindow *window, gsize end, gsize to)
{
	const char *line = memchr(window->bytes + end, '\n', MIN(to, window->size) - end);

	return line != NULL ? (gsize)(line - window->bytes) : to;
}

int
fn_context_of(const FnScanner *scanner, FnScratch *scratch, const FnWindow *window, guint which, gsize start, gsize end)
{
	guint reach = scanner->detector[which].near;
	gsize to = end + reach / 6;
	Near near = { .words = which < scanner->near->len ? scanner->near->pdata[which] : NULL };
	int meaning;

	if (near.words == NULL)
		return 0;
	g_array_set_size(scratch->hits, 0);
	fn_words_find_from(near.words->words, NULL, window->bytes, start > reach ? start - reach - 1 : 0, MIN(to + FN_WORD_SIZE, window->size),
		scratch->hits);
	near.hit = (const FnWordHit *)(const void *)scratch->hits->data;
	near.n = scratch->hits->len;
	meaning = before(&near, reach, start);
	return meaning != 0 ? meaning : behind(&near, end, line_end(window, end, to));
}
