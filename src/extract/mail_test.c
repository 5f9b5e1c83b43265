#include "extract/testing.h"

#include "extract/mime.h"

static const struct {
	const char *why, *document, *said;
} cases[] = {
	{ "headers and a body", "From: a@example.com\r\nSubject: =?gb2312?B?0NXD+w==?= =?utf-8?q?a_=E5=A7=93?=\r\n\r\nhello\r\n",
		"[headers]from: a@example.com\nsubject: \xE5\xA7\x93\xE5\x90\x8D" "a \xE5\xA7\x93\n[]hello\r\n" },
	{ "a character cut between encoded words", "From: x\nSubject: =?utf-8?B?5ac=?=\n =?utf-8?B?kw==?=\n\n",
		"[headers]from: x\nsubject: \xE5\xA7\x93\n" },
	{ "raw bytes in a header", "From: x\nSubject: \xD0\xD5\xC3\xFB\xD0\xD5\xC3\xFB\n\n",
		"[headers]from: x\nsubject: \xE5\xA7\x93\xE5\x90\x8D\xE5\xA7\x93\xE5\x90\x8D\n" },
	{ "base64 and a charset", "From: x\nContent-Type: text/plain; charset=GBK\nContent-Transfer-Encoding: base64\n\n0NXD\n+w==\n",
		"[headers]from: x\ncontent-type: text/plain; charset=GBK\ncontent-transfer-encoding: base64\n[]\xE5\xA7\x93\xE5\x90\x8D" },
	{ "quoted-printable", "From: x\nTo: y\nContent-Transfer-Encoding: Quoted-Printable\n\n138=\n1234=35678=zz\n",
		"[headers]from: x\nto: y\ncontent-transfer-encoding: Quoted-Printable\n[]13812345678=zz\n" },
	{ "parts, an attachment, what stands outside",
		"From: x\nContent-Type: multipart/mixed; boundary=\"b 1\"\n\nbefore\n--b 1\n\nfirst\n--b 1\n"
		"Content-Type: text/html\n\n<p>se<b>co</b>nd\n--b 1\n"
		"Content-Disposition: attachment; filename*0*=utf-8''%e5%a7%93; filename*1=.txt\n\nthird\n--b 1--\nbehind\n",
		"[headers]from: x\ncontent-type: multipart/mixed; boundary=\"b 1\"\n[before the parts]before[part 1]first"
		"[headers of part 2]content-type: text/html\n[part 2]\nsecond"
		"[headers of part 3]content-disposition: attachment; filename*0*=utf-8''%e5%a7%93; filename*1=.txt\n[\xE5\xA7\x93.txt]third"
		"[behind the parts]behind\n" },
	{ "parts without an end", "From: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst",
		"[headers]from: x\ncontent-type: multipart/mixed; boundary=b\n!broken headers: the last part has no end\n[part 1]first" },
	{ "no part", "From: x\nContent-Type: multipart/mixed; boundary=b\n\nhello",
		"[headers]from: x\ncontent-type: multipart/mixed; boundary=b\n!broken headers: no part where parts are announced\n[body]hello" },
	{ "no boundary", "From: x\nContent-Type: multipart/mixed\n\nhello",
		"[headers]from: x\ncontent-type: multipart/mixed\n!broken headers: parts are announced without their boundary\n[]hello" },
	{ "a message in a message", "From: x\nContent-Type: message/rfc822\n\nFrom: y\nTo: z\n\nhello",
		"[headers]from: x\ncontent-type: message/rfc822\n[message.eml: headers]from: y\nto: z\n[message.eml]hello" },
	{ "an encrypted part", "From: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nhello",
		"[headers]from: x\ncontent-type: application/pkcs7-mime; smime-type=enveloped-data\n"
		"!encrypted headers: an encrypted part\n[part 0]hello" },
	{ "uuencode", "From: x\nTo: y\n\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\n",
		"[headers]from: x\nto: y\n[]begin 644 a.txt\n%:&5L;&\\\n`\nend\n[a.txt]hello" },
	{ "Western text", "From: x\nContent-Type: text/plain; charset=iso-8859-1\n\ncaf\xE9 \xE0 la\n",
		"[headers]from: x\ncontent-type: text/plain; charset=iso-8859-1\n[]caf\xC3\xA9 \xC3\xA0 la\n" },
	{ "a charset that hides ASCII", "From: x\nContent-Type: text/plain; charset=UTF-7\n\n+ADEAMwA4-\n",
		"[headers]from: x\ncontent-type: text/plain; charset=UTF-7\n!unknown : encoding of a text: UTF-7\n[]+ADEAMwA4-\n" },
	{ "an unknown transfer encoding", "From: x\nTo: y\nContent-Transfer-Encoding: x-y\n\nabc\n",
		"[headers]from: x\nto: y\ncontent-transfer-encoding: x-y\n"
		"!unknown headers: a transfer encoding that nobody here reads\n[]abc\n" },
	{ "a mailbox", "From x 1\nFrom: x\nTo: y\n\none\nFrom y 2\nFrom: y\nTo: x\n\ntwo",
		"[envelopes]From x 1\n[message 1.eml: headers]from: x\nto: y\n[message 1.eml]one\n"
		"[envelopes]From y 2\n[message 2.eml: headers]from: y\nto: x\n[message 2.eml]two" },
};

static void
test_cases(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *said = testing_extract("a.eml", cases[i].document, strlen(cases[i].document), NULL);

	g_assert_cmpstr(said, ==, cases[i].said);
	testing_maim("a.eml", cases[i].document, strlen(cases[i].document));
}

static void
test_depth(void)
{
	g_autoptr(GString) deep = g_string_new("From: x\nTo: y\n");
	g_autofree char *said = NULL;

	for (guint i = 0; i < 1000; i++)
		g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%u.\n\n--b%u.\n", i, i);
	said = testing_extract("a.eml", deep->str, deep->len, NULL);
	g_assert_nonnull(strstr(said, "!limit headers of part 32: depth of parts in parts\n"));
}

static void
test_parameters(void)
{
	static const struct {
		const char *field, *name, *value;
	} parameters[] = {
		{ "text/plain; charset=utf-8", "charset", "utf-8" },
		{ "a; NAME = \"x;\\\"y\" ; b=c", "name", "x;\"y" },
		{ "a; b", "b", "" },
		{ "a; bc=1", "b", NULL },
		{ "a", "a", NULL },
		{ "a; name=\"plain\"; name*=gb18030''%D0%D5", "name", "\xE5\xA7\x93" },
		{ "a; name*0=\"x\"; name*1*=%41; name*2=\"z\"", "name", "xAz" },
		{ "a; name*=''%", "name", "%" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
		g_autofree char *value = fn_mime_parameter(parameters[i].field, parameters[i].name);

		g_assert_cmpstr(value, ==, parameters[i].value);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/mail/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cases);
	}
	g_test_add_func("/mail/depth", test_depth);
	g_test_add_func("/mail/parameters", test_parameters);
	return g_test_run();
}
