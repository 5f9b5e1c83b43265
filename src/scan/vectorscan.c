/* Vectorscan as a pure literal matcher: no regex, no Unicode classes, exact ends. */
#include "scan/scan.h"
#include "scan/words.h"

#include <hs/hs.h>

static gboolean
here(void)
{
	return hs_valid_platform() == HS_SUCCESS;
}

static gboolean
has_letter(const FnLiteral *literal)
{
	for (guint i = 0; i < literal->size; i++)
		if (g_ascii_isalpha(literal->text[i]))
			return TRUE;
	return FALSE;
}

static gpointer
compile(const FnScript *script, const FnLiteral *literal, guint n, GError **error)
{
	g_autofree const char **text = g_new(const char *, n);
	g_autofree size_t *size = g_new(size_t, n);
	g_autofree unsigned *flag = g_new(unsigned, n), *id = g_new(unsigned, n);
	hs_compile_error_t *wrong = NULL;
	hs_database_t *automaton = NULL;

	for (guint i = 0; i < n; i++) {
		text[i] = literal[i].text;
		size[i] = literal[i].size;
		flag[i] = has_letter(&literal[i]) ? HS_FLAG_CASELESS : 0;
		id[i] = i;
	}
	if (hs_compile_lit_multi(text, flag, id, size, n, HS_MODE_BLOCK, NULL, &automaton, &wrong) == HS_SUCCESS)
		return automaton;
	g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_MACHINE, "word automaton: %s", wrong != NULL ? wrong->message : "no memory");
	hs_free_compile_error(wrong);
	return NULL;
}

static void
free_automaton(gpointer automaton)
{
	hs_free_database(automaton);
}

static gsize
size_of(gconstpointer automaton)
{
	size_t size = 0;

	g_assert(hs_database_size(automaton, &size) == HS_SUCCESS);
	return size;
}

static gpointer
scratch_new(gconstpointer automaton)
{
	hs_scratch_t *scratch = NULL;

	g_assert(hs_alloc_scratch(automaton, &scratch) == HS_SUCCESS);
	return scratch;
}

static void
scratch_free(gpointer scratch)
{
	hs_free_scratch(scratch);
}

typedef struct {
	FnLiteralFound found;
	gpointer data;
} Found;

static int
take(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
	const Found *found = data;

	found->found(id, (gsize)to, found->data);
	return 0;
}

static void
find(gconstpointer automaton, gpointer scratch, const char *bytes, gsize size, FnLiteralFound found, gpointer data)
{
	Found both = { found, data };

	g_assert(hs_scan(automaton, bytes, (unsigned)size, 0, scratch, take, &both) == HS_SUCCESS);
}

const FnWordFinder fn_vectorscan = { "vectorscan", FALSE, here, compile, free_automaton, size_of, scratch_new, scratch_free, find };
