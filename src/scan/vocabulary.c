/* Words and what they mean to the detectors. */
#include "scan/scan_priv.h"

#include <string.h>

typedef struct {
	guint word;
	FnUse use;
} Entry;

void
fn_vocabulary_init(FnVocabulary *vocabulary)
{
	*vocabulary = (FnVocabulary){ .words = fn_words_new(), .entries = g_array_new(FALSE, FALSE, sizeof(Entry)) };
}

void
fn_vocabulary_clear(FnVocabulary *vocabulary)
{
	fn_words_free(vocabulary->words);
	g_clear_pointer(&vocabulary->entries, g_array_unref);
	g_free(vocabulary->first);
	g_free(vocabulary->use);
}

void
fn_vocabulary_add(FnVocabulary *vocabulary, const char *text, guint detector, FnUseKind kind)
{
	Entry entry = { fn_words_add(vocabulary->words, text), { (guint16)detector, (guint8)kind } };

	g_array_append_val(vocabulary->entries, entry);
	vocabulary->digits |= strpbrk(text, "0123456789") != NULL;
}

/* Rule files may name a word twice: in its simplified and its traditional form. */
static gboolean
is_known(const FnVocabulary *vocabulary, const Entry *entry, guint end)
{
	for (guint i = vocabulary->first[entry->word]; i < end; i++)
		if (vocabulary->use[i].detector == entry->use.detector && vocabulary->use[i].kind == entry->use.kind)
			return TRUE;
	return FALSE;
}

static int
by_word(gconstpointer a, gconstpointer b)
{
	const Entry *one = a, *two = b;

	return one->word != two->word ? (one->word < two->word ? -1 : 1) : (int)one->use.detector - (int)two->use.detector;
}

gboolean
fn_vocabulary_close(FnVocabulary *vocabulary, const FnWordFinder *finder, GError **error)
{
	guint words = fn_words_count(vocabulary->words), n = 0;

	g_array_sort(vocabulary->entries, by_word);
	vocabulary->first = g_new0(guint32, words + 1);
	vocabulary->use = g_new0(FnUse, vocabulary->entries->len + 1);
	for (guint i = 0; i < vocabulary->entries->len; i++) {
		const Entry *entry = &g_array_index(vocabulary->entries, Entry, i);

		if (i == 0 || entry[-1].word != entry->word)
			vocabulary->first[entry->word] = n;
		if (!is_known(vocabulary, entry, n))
			vocabulary->use[n++] = entry->use;
	}
	vocabulary->first[words] = n;
	g_clear_pointer(&vocabulary->entries, g_array_unref);
	return fn_words_compile(vocabulary->words, finder, error);
}
