/* Many literals at once: context words, keywords, secrecy words. Vectorscan as a pure literal matcher: no regex, no
 * Unicode classes, exact ends. */
#include "scan/scan_priv.h"

#include <string.h>

static gboolean
fail(GError **error, const char *doing, hs_error_t code)
{
	g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_MACHINE, "%s: vectorscan error %d", doing, code);
	return FALSE;
}

gboolean
fn_words_compile(FnScanner *scanner, GError **error)
{
	guint n = scanner->words->len;
	g_autofree const char **text = g_new(const char *, n + 1);
	g_autofree size_t *size = g_new(size_t, n + 1);
	g_autofree unsigned *flag = g_new0(unsigned, n + 1), *id = g_new(unsigned, n + 1);
	hs_compile_error_t *wrong = NULL;
	hs_scratch_t *scratch = NULL;
	hs_error_t code;

	if (n == 0)
		return TRUE;
	if (hs_valid_platform() != HS_SUCCESS)
		return fail(error, "this processor has no SSSE3, which the word automaton needs", HS_ARCH_ERROR);
	for (guint i = 0; i < n; i++) {
		const FnWord *word = &g_array_index(scanner->words, FnWord, i);

		text[i] = word->text;
		size[i] = word->size;
		id[i] = i;
	}
	code = hs_compile_lit_multi(text, flag, id, size, n, HS_MODE_BLOCK, NULL, &scanner->automaton, &wrong);
	if (code != HS_SUCCESS) {
		g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_MACHINE, "word automaton: %s", wrong != NULL ? wrong->message : "no memory");
		hs_free_compile_error(wrong);
		return FALSE;
	}
	if ((code = hs_alloc_scratch(scanner->automaton, &scratch)) != HS_SUCCESS)
		return fail(error, "memory of the word automaton", code);
	g_ptr_array_add(scanner->idle, scratch);
	return TRUE;
}

/* The first scratch is never lent: the others are its copies. */
hs_scratch_t *
fn_words_borrow(const FnScanner *scanner)
{
	FnScanner *shared = (FnScanner *)scanner;
	hs_scratch_t *scratch = NULL;

	if (scanner->automaton == NULL)
		return NULL;
	fn_mutex_lock(&shared->lock);
	if (shared->idle->len > 1)
		scratch = g_ptr_array_steal_index_fast(shared->idle, shared->idle->len - 1);
	else
		g_assert(hs_clone_scratch(shared->idle->pdata[0], &scratch) == HS_SUCCESS);
	fn_mutex_unlock(&shared->lock);
	return scratch;
}

void
fn_words_return(const FnScanner *scanner, hs_scratch_t *scratch)
{
	FnScanner *shared = (FnScanner *)scanner;

	if (scratch == NULL)
		return;
	fn_mutex_lock(&shared->lock);
	g_ptr_array_add(shared->idle, scratch);
	fn_mutex_unlock(&shared->lock);
}

typedef struct {
	const FnWord *words;
	GArray *hits;
} Found;

static int
take_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
	Found *found = data;
	FnWordHit hit = { (guint32)to, found->words[id].size, id };

	g_array_append_val(found->hits, hit);
	return 0;
}

void
fn_words_find(const FnScanner *scanner, hs_scratch_t *scratch, const char *bytes, gsize size, GArray *hits)
{
	Found found = { (const FnWord *)(const void *)scanner->words->data, hits };

	if (scanner->automaton == NULL)
		return;
	g_assert(size < G_MAXUINT32);
	g_assert(hs_scan(scanner->automaton, bytes, (unsigned)size, 0, scratch, take_hit, &found) == HS_SUCCESS);
}
