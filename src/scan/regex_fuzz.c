/* A pattern, a zero, a text: what is taken for a pattern ends, and its matches lie in the text, one behind the other. */
#include "scan/regex.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gsize start, gsize end, gpointer data)
{
	gsize *last = data;

	g_assert_true(start >= last[0] && start < end && end <= last[1]);
	last[0] = end;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *pattern = g_strndup((const char *)data, size), *why = NULL;
	g_autoptr(FnRegex) regex = fn_regex_new(pattern, &why);
	gsize behind = MIN(strlen(pattern) + 1, size), bounds[2] = { 0, MIN(size - behind, 2000) };
	g_autofree char *text = g_memdup2(data + behind, bounds[1]);
	FnRegexScratch *scratch;

	g_assert_true((regex == NULL) == (why != NULL));
	if (regex == NULL)
		return 0;
	scratch = fn_regex_scratch_new();
	fn_regex_find(regex, scratch, text != NULL ? text : "", bounds[1], check, bounds);
	fn_regex_is(regex, text != NULL ? text : "", bounds[1]);
	fn_regex_scratch_free(scratch);
	return 0;
}
