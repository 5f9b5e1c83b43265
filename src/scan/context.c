/* What stands near a candidate. Most candidates are decided by themselves, and most text has none: so only the bytes near the
 * others are searched for context words, and no byte twice while candidates come in order. */
#include "scan/scan_priv.h"

#include <string.h>

void
fn_context_init(FnContext *context, const FnScanner *scanner, FnScratch *scratch, const FnWindow *window)
{
	context->scanner = scanner;
	context->scratch = scratch;
	context->window = window;
	context->from = context->to = context->passed = 0;
	g_array_set_size(scratch->hits, 0);
}

/* Bytes that are searched at once where candidates are near each other. */
enum { STRIDE = 448 };

/* Makes sure that words that end in (@from, @to] are among the hits. */
static void
look(FnContext *context, gsize from, gsize to)
{
	gsize size = context->window->size;

	if (from < context->from || from > context->to) {
		g_array_set_size(context->scratch->hits, 0);
		context->from = context->to = from;
		context->passed = 0;
	} else {
		to = to > context->to ? MAX(to, context->to + STRIDE) : to;
	}
	to = MIN(to, size);
	if (to <= context->to)
		return;
	fn_words_find_from(context->scanner->vocabulary[FN_WORDS_CONTEXT].words, context->scratch->words[FN_WORDS_CONTEXT],
		context->window->bytes, context->to, to, context->scratch->hits);
	context->to = to;
}

/* +1 when @word speaks for what detector @which looks for, -1 when it speaks against it, else 0. */
static int
meaning_of(const FnScanner *scanner, guint word, guint which)
{
	const FnVocabulary *vocabulary = &scanner->vocabulary[FN_WORDS_CONTEXT];

	for (guint i = vocabulary->first[word]; i < vocabulary->first[word + 1]; i++)
		if (vocabulary->use[i].detector == which)
			return vocabulary->use[i].kind == FN_USE_CONTEXT ? 1 : -1;
	return 0;
}

/* The meaning of the nearest word that ends in [@start - @near, @start]. */
static int
before(FnContext *context, guint which, guint near, gsize start)
{
	const FnWordHit *hit = (const FnWordHit *)(const void *)context->scratch->hits->data;

	for (guint i = context->passed; i > 0 && hit[i - 1].end + near >= start; i--) {
		int meaning = meaning_of(context->scanner, hit[i - 1].word, which);

		/* Contrary words count from a third of the distance: the order number may be the field before. */
		if (meaning > 0 || (meaning < 0 && hit[i - 1].end + near / 3 >= start))
			return meaning;
	}
	return 0;
}

/* The meaning of the first word that begins in [@end, @end + @near] on the same line: the next begins with a label of its own. */
static int
behind(FnContext *context, guint which, guint near, gsize end)
{
	const FnWordHit *hit = (const FnWordHit *)(const void *)context->scratch->hits->data;
	const char *line = memchr(context->window->bytes + end, '\n', MIN(near, context->window->size - end));

	if (line != NULL)
		near = (guint)(line - context->window->bytes - end);

	for (guint i = context->passed; i < context->scratch->hits->len && hit[i].end - hit[i].size <= end + near; i++) {
		int meaning = hit[i].end - hit[i].size >= end ? meaning_of(context->scanner, hit[i].word, which) : 0;

		if (meaning != 0)
			return meaning;
	}
	return 0;
}

/* The nearest word that means anything to detector @which decides. What stands before a number says what it is; right behind
 * it only when nothing stands before. */
int
fn_context_of(FnContext *context, guint which, gsize start, gsize end)
{
	guint near = context->scanner->detector[which].near, n;
	const FnWordHit *hit;
	int meaning;

	look(context, start > near ? start - near - 1 : 0, end + near / 6 + FN_WORD_SIZE);
	n = context->scratch->hits->len;
	if (n == 0)
		return 0;
	hit = (const FnWordHit *)(const void *)context->scratch->hits->data;
	while (context->passed > 0 && hit[context->passed - 1].end > start)
		context->passed--;
	while (context->passed < n && hit[context->passed].end <= start)
		context->passed++;
	meaning = before(context, which, near, start);
	return meaning != 0 ? meaning : behind(context, which, near / 6, end);
}
