#include "extract/testing.h"
#include "extract/xml.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
on_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	g_assert_true(fn_xml_depth(xml) <= FN_XML_DEPTH && fn_xml_within(xml, name));
	fn_xml_attribute(attributes, "a");
}

static void
on_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	fn_extract_text(fn_xml_extract(xml), text, (gssize)size);
}

/* The same bytes as HTML, as XML of any kind, and as a part of a document. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GString) said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = NULL;
	const FnXmlHandler handler = { on_start, NULL, on_text, NULL };

	limits.seconds = 1000000;
	extract = fn_extract_new(&limits, &sink);
	testing_fuzz("a.html", data, size);
	testing_fuzz("a.xml", data, size);
	fn_xml_read(extract, "a.xml", data, size, &handler);
	return 0;
}
