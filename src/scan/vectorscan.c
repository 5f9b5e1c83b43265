/* Vectorscan as a pure literal matcher: no regex, no Unicode classes, exact ends. */
#include "scan/scan.h"
#include "scan/words.h"

#include <hs/hs.h>
#include <string.h>

/* The last bytes of a text are searched in a copy with zeros behind it. Vectorscan 5.4.9 with AVX-512 overlooks literals that
 * end within 63 bytes of the end when there are few of them, and may read a byte behind the end. */
enum { END = 64, COPIED = 2 * END + FN_WORD_SIZE };

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
compile(const FnLiteral *literal, guint n, GError **error)
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
	gsize base;        /* where the bytes begin in the text */
	gsize behind, end; /* ends that count */
} Found;

static int
take(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
	const Found *found = data;
	gsize end = found->base + (gsize)to;

	if (end > found->behind && end <= found->end)
		found->found(id, end, found->data);
	return 0;
}

static void
scan(gconstpointer automaton, gpointer scratch, const char *bytes, gsize size, Found *found)
{
	g_assert(hs_scan(automaton, bytes, (unsigned)size, 0, scratch, take, found) == HS_SUCCESS);
}

static void
find(gconstpointer automaton, gpointer scratch, const char *bytes, gsize size, FnLiteralFound found, gpointer data)
{
	gsize whole = size > COPIED ? size - 2 * END : 0, copied = MIN(size, COPIED);
	Found before = { found, data, 0, 0, whole }, behind = { found, data, size - copied, whole, size };
	char last[COPIED + 2 * END] = { 0 };

	if (whole > 0)
		scan(automaton, scratch, bytes, size - END, &before);
	memcpy(last, bytes + size - copied, copied);
	scan(automaton, scratch, last, copied + END, &behind);
	explicit_bzero(last, sizeof(last));
}

const FnWordFinder fn_vectorscan = { "vectorscan", FALSE, here, compile, free_automaton, size_of, scratch_new, scratch_free, find };
