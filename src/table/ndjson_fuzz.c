/* Any bytes as NDJSON: wherever the pieces are cut, the same comes of it; and what is taken for an object, jansson takes too. */
#include "table/testing.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Numbers that no double and no integer of jansson holds are fine with us: they stay as they are written. */
static void
compare(const char *line, gsize size, const char *seen)
{
	json_error_t why;
	json_t *value;

	if (!g_str_has_prefix(seen, "[]") || memchr(line, '\n', size) != NULL)
		return;
	value = json_loadb(line, size, 0, &why);
	g_assert_true(value != NULL ? json_is_object(value) : json_error_code(&why) == json_error_numeric_overflow);
	json_decref(value);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const FnTableInput input = { .name = "fuzz", .format = FN_TABLE_NDJSON, .encoding = FN_ENCODING_UTF8 };
	g_autofree char *whole = testing_read(&input, (const char *)data, size, MAX(size, 1));
	g_autofree char *bytewise = testing_read(&input, (const char *)data, size, 1);
	gsize bom = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	g_assert_cmpstr(whole, ==, bytewise);
	compare((const char *)data + bom, size - bom, whole);
	return 0;
}
