#include "extract/testing.h"
#include "extract/xml.h"

typedef struct {
	GString *said;
	guint deepest;
	const char *stop_at;
} Seen;

static void
on_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Seen *seen = data;
	const char *value = fn_xml_attribute(attributes, "val");

	g_assert_cmpstr(fn_xml_above(xml, 0), ==, name);
	g_assert_null(fn_xml_above(xml, fn_xml_depth(xml)));
	g_assert_true(fn_xml_within(xml, name));
	seen->deepest = MAX(seen->deepest, fn_xml_depth(xml));
	g_string_append_printf(seen->said, "<%s%s%s>", name, value != NULL ? "=" : "", value != NULL ? value : "");
	if (g_strcmp0(seen->stop_at, name) == 0)
		fn_xml_stop(xml);
}

static void
on_end(FnXml *xml, const char *name, gpointer data)
{
	g_assert_cmpstr(fn_xml_above(xml, 0), ==, name);
	g_string_append_printf(((Seen *)data)->said, "</%s>", name);
}

static void
on_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	g_assert_true(g_utf8_validate_len(text, size, NULL));
	g_string_append_len(((Seen *)data)->said, text, (gssize)size);
}

static gboolean
read_xml(const char *bytes, gsize size, const char *stop_at, GString *said, GString *notes, guint *deepest)
{
	FnSink sink = testing_sink(notes, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = NULL;
	Seen seen = { said, 0, stop_at };
	FnXmlHandler handler = { on_start, on_end, on_text, &seen };
	gboolean read;

	limits.seconds = 100000;
	extract = fn_extract_new(&limits, &sink);
	read = fn_xml_read(extract, "a.xml", (const guint8 *)bytes, size, &handler);
	if (deepest != NULL)
		*deepest = seen.deepest;
	return read;
}

#define CASE(why, bytes, read, said, note) { why, bytes, sizeof(bytes) - 1, read, said, note }

static const struct {
	const char *why, *bytes;
	gsize size;
	gboolean read;
	const char *said, *note;
} cases[] = {
	CASE("names without prefixes", "<w:p xmlns:w='u'><w:t w:val='1&amp;'>a&#x4e00;</w:t></w:p>", TRUE,
		"<p><t=1&>a\xE4\xB8\x80</t></p>", ""),
	CASE("GB18030", "<?xml version='1.0' encoding='GB18030'?><a>\xD0\xD5</a>", TRUE, "<a>\xE5\xA7\x93</a>", ""),
	CASE("UTF-16", "\xFF\xFE<\0a\0>\0\xD3\x59<\0/\0a\0>\0", TRUE, "<a>\xE5\xA7\x93</a>", ""),
	CASE("a document type alone", "<!DOCTYPE a SYSTEM 'http://example.com/x.dtd'><a>b</a>", TRUE, "<a>b</a>", ""),
	CASE("entities", "<!DOCTYPE a [<!ENTITY b '<c/>'>]><a>&b;</a>", FALSE, "", "declares entities"),
	CASE("entities from outside", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", FALSE, "", "declares entities"),
	CASE("parameter entities", "<!DOCTYPE a [<!ENTITY % b SYSTEM 'x'> %b;]><a/>", FALSE, "", "declares entities"),
	CASE("an entity nobody declared", "<!DOCTYPE a SYSTEM 'x'><a>1&b;2</a>", FALSE, "<a>12</a>", "not declared"),
	CASE("broken", "<a>1<b>2</a>", FALSE, "<a>1<b>2", "!broken : a.xml, line 1: mismatched tag"),
	CASE("cut off", "<a>1<b", FALSE, "<a>1", "!broken"),
	CASE("nothing", "", FALSE, "", "!broken"),
	CASE("not UTF-8", "<a>\xff</a>", FALSE, "<a>", "!broken"),
};

static void
test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) said = g_string_new(NULL), notes = g_string_new(NULL);

		if (read_xml(cases[i].bytes, cases[i].size, NULL, said, notes, NULL) != cases[i].read)
			g_error("%s: %s%s", cases[i].why, said->str, notes->str);
		g_assert_cmpstr(said->str, ==, cases[i].said);
		g_assert_true(*cases[i].note == '\0' ? notes->len == 0 : strstr(notes->str, cases[i].note) != NULL);
	}
}

static void
test_depth(void)
{
	g_autoptr(GString) deep = g_string_new(NULL), said = g_string_new(NULL), notes = g_string_new(NULL);
	guint deepest;

	for (guint i = 0; i < 100000; i++)
		g_string_append(deep, "<a>");
	g_assert_false(read_xml(deep->str, deep->len, NULL, said, notes, &deepest));
	g_assert_cmpuint(deepest, ==, FN_XML_DEPTH);
	g_assert_nonnull(strstr(notes->str, "!limit : a.xml, line 1: elements too deep"));
}

static void
test_stop(void)
{
	g_autoptr(GString) said = g_string_new(NULL), notes = g_string_new(NULL);

	g_assert_true(read_xml("<a><b/><c/></a> <", 17, "b", said, notes, NULL));
	g_assert_cmpstr(said->str, ==, "<a><b>");
	g_assert_cmpstr(notes->str, ==, "");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xml/cases", test_cases);
	g_test_add_func("/xml/depth", test_depth);
	g_test_add_func("/xml/stop", test_stop);
	return g_test_run();
}
