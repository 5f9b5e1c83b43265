#include "extract/der.h"

#include "extract/testing.h"

static void
put(GByteArray *out, guint8 tag, const void *content, gsize size)
{
	g_assert_cmpuint(size, <, 128);
	g_byte_array_append(out, &tag, 1);
	g_byte_array_append(out, (const guint8[]){(guint8)size}, 1);
	g_byte_array_append(out, content, (guint)size);
}

static GByteArray *
wrap(guint8 tag, GByteArray *content)
{
	GByteArray *out = g_byte_array_new();

	put(out, tag, content->data, content->len);
	g_byte_array_unref(content);
	return out;
}

static char *
said_of(const guint8 *bytes, gsize size)
{
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);
	g_autofree guint8 *own = g_memdup2(bytes, size);

	fn_der_read(extract, own, size);
	return g_string_free(said, FALSE);
}

static GByteArray *
sample(void)
{
	g_autoptr(GByteArray) name = g_byte_array_new();
	GByteArray *all = g_byte_array_new();

	put(name, 0x0c, "某市公章", strlen("某市公章"));
	name = wrap(0x30, g_steal_pointer(&name));
	put(all, 0x02, "\1\2\3\4", 4);
	put(all, 0x13, "printable", 9);
	put(all, 0x1e, "\x53\x70\x7a\xe0", 4); /* 印章 in UTF-16 */
	put(all, 0x86, "http://ca.example/", 18);
	put(all, 0x04, name->data, name->len);
	put(all, 0x04, "GIF89a, a seal's picture", 24);
	put(all, 0x03, "\0signature", 10);
	return wrap(0x30, all);
}

static void
test_strings(void)
{
	g_autoptr(GByteArray) der = sample();
	g_autofree char *said = said_of(der->data, der->len);

	g_assert_true(fn_der_is(der->data, der->len));
	g_assert_nonnull(strstr(said, "printable\n印章\n"));
	g_assert_nonnull(strstr(said, "http://ca.example/\n"));
	g_assert_nonnull(strstr(said, "某市公章\n"));
	g_assert_nonnull(strstr(said, "!picture seal"));
	g_assert_null(strstr(said, "signature"));
}

static void
test_broken(void)
{
	g_autoptr(GByteArray) der = sample();

	g_assert_false(fn_der_is(der->data, der->len - 1));
	g_assert_false(fn_der_is((const guint8 *)"0\x80", 2));
	g_assert_false(fn_der_is((const guint8 *)"0\x85\1\1\1\1\1", 7));
	g_assert_false(fn_der_is((const guint8 *)"", 0));
	for (gsize i = 0; i < der->len; i++) {
		g_autofree char *cut = said_of(der->data, i), *turned = NULL;
		g_autofree guint8 *copy = g_memdup2(der->data, der->len);

		g_assert_true(i == 0 || strstr(cut, "!broken"));
		copy[i] ^= 0xff;
		turned = said_of(copy, der->len);
	}
}

static void
test_deep(void)
{
	GByteArray *der = g_byte_array_new();
	g_autofree char *said = NULL;

	for (guint i = 0; i < 60; i++)
		der = wrap(0x30, der);
	said = said_of(der->data, der->len);
	g_byte_array_unref(der);
	g_assert_nonnull(strstr(said, "!limit"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/der/strings", test_strings);
	g_test_add_func("/der/broken", test_broken);
	g_test_add_func("/der/deep", test_deep);
	return g_test_run();
}
