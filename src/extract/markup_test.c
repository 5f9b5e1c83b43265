#include "extract/testing.h"

static const struct {
	const char *why, *name, *document, *said;
} cases[] = {
	{ "words that tags cut apart are joined", "a.html", "<html><p>138<b>1234</b><span>5678</span></p>", "[]\n\n13812345678\n" },
	{ "cells stand apart", "a.html", "<table><tr><td>1</td><td>2</td></tr></table>", "[]\n\n\t1\t\t2\t\n\n" },
	{ "entities of every kind", "a.html", "<p>&#49;&#x33;&#56 &amp;&lt;&unknown;&nbsp;&starf;&#0;", "[]\n138 &<&unknown;\xC2\xA0\xE2\x98\x85\xEF\xBF\xBD" },
	{ "what is not shown", "a.html", "<html><!--secret--><script>var a='<p>';</script><style>p{}</style><p hidden>gone</p>",
		"[]\n\n\n\n\n\ngone\n[comments]secret\n[scripts]var a='<p>';\np{}\n" },
	{ "attributes", "a.html", "<html><img alt='a&amp;b' title=\"c\" data-x=d><a href='?q=%31%32'>e</a>",
		"[]\n\ne[attributes]a&b\nc\nd\n?q=%31%32\n?q=12\n" },
	{ "a document in an attribute", "a.html", "<html><img src='data:text/plain;base64,aGVsbG8gd29ybGQ='>", "[]\n\n[data 1]hello world" },
	{ "broken tags", "a.html", "<html><p a='x", "[]\n\n[attributes]x\n" },
	{ "an unclosed comment", "a.html", "<html><!-- 1", "[]\n[comments] 1\n" },
	{ "no tag", "a.html", "<p>1 < 2 <3", "[]\n1 < 2 <3" },
	{ "XML values stand apart", "a.xml", "<?xml version='1.0'?><a><n>1</n><n>2</n></a>", "[]\n\n1\n\n2\n\n[comments]xml version='1.0'?\n" },
	{ "XML runs are joined", "a.xml", "<d><w:p><w:r><w:t>1</w:t></w:r><w:r><w:t>2</w:t></w:r></w:p></d>", "[]\n\n12\n\n" },
	{ "CDATA", "a.xml", "<a><![CDATA[<1>]]></a>", "[]\n<1>\n" },
	{ "entities that a type declares are seen", "a.xml", "<!DOCTYPE a [<!ENTITY b \"138\">]><a>&b;</a>",
		"[]\n&b;\n[comments]DOCTYPE a [<!ENTITY b \"138\">\n" },
	{ "the declared encoding", "a.xml", "<?xml version='1.0' encoding='gb2312'?><a>\xD0\xD5</a>",
		"[]\n\xE5\xA7\x93\n[comments]xml version='1.0' encoding='gb2312'?\n" },
	{ "the encoding of a meta tag", "a.html", "<html><meta charset=\"big5\">\xA9\x6D", "[]\n\xE5\xA7\x93[attributes]big5\n" },
	{ "a charset nobody knows", "a.html", "<html><meta charset=\"x-none\">\x81\xff\x80\x99\xff\x80\xff",
		"!unknown : encoding of a text: x-none\n" },
	{ "a name that lies", "a.docx", "<html>1", "!forged : called docx, is html\n[]\n1" },
};

static void
test_cases(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *said = testing_extract(cases[i].name, cases[i].document, strlen(cases[i].document), NULL);

	if (g_str_has_prefix(cases[i].said, "!unknown"))
		g_assert_true(g_str_has_prefix(said, cases[i].said));
	else
		g_assert_cmpstr(said, ==, cases[i].said);
	testing_maim(cases[i].name, cases[i].document, strlen(cases[i].document));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/markup/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cases);
	}
	return g_test_run();
}
