#include "extract/pdf_priv.h"
#include "extract/testing_ole.h"

static void
say(GByteArray *to, const char *text)
{
	testing_bytes(to, text, strlen(text));
}

static void G_GNUC_PRINTF(2, 3)
print(GByteArray *to, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	say(to, text);
}

static GByteArray *
deflated(const void *bytes, gsize size)
{
	GByteArray *out = g_byte_array_new();
	uLongf packed = compressBound(size);

	g_byte_array_set_size(out, (guint)packed);
	g_assert_true(compress(out->data, &packed, bytes, size) == Z_OK);
	g_byte_array_set_size(out, (guint)packed);
	return out;
}

static void
stream(GByteArray *to, guint number, const char *dictionary, const void *bytes, gsize size)
{
	print(to, "%u 0 obj\n<<%s /Length %zu>>\nstream\n", number, dictionary, size);
	testing_bytes(to, bytes, size);
	say(to, "\nendstream\nendobj\n");
}

/* Rows of three bytes with each of the predictors of PNG. */
static GByteArray *
predicted(const char *text)
{
	g_autoptr(GByteArray) rows = g_byte_array_new();
	guint8 above[3] = { 0 };
	gsize n = strlen(text);

	for (gsize at = 0, row = 0; at < n; at += 3, row++) {
		guint8 line[3], kind = (guint8)(row % 5);

		testing_le(rows, kind, 1);
		for (gsize i = 0; i < 3; i++) {
			int left = i > 0 ? line[i - 1] : 0, up = above[i], corner = i > 0 ? above[i - 1] : 0, p = left + up - corner;
			int paeth = ABS(p - left) <= ABS(p - up) && ABS(p - left) <= ABS(p - corner) ? left :
				    ABS(p - up) <= ABS(p - corner)				       ? up :
													corner;
			int guess[5] = { 0, left, up, (left + up) / 2, paeth };

			line[i] = at + i < n ? (guint8)text[at + i] : ' ';
			testing_le(rows, (guint8)(line[i] - guess[kind]), 1);
		}
		memcpy(above, line, 3);
	}
	return deflated(rows->data, rows->len);
}

static GByteArray *
document(void)
{
	GByteArray *to = g_byte_array_new();
	const char packed_objects[] = "20 0 21 30 << /Contents (packed MARKER) >> << /T (packed field) /V (value MARKER) >>";
	const char xmp[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><d>XMP MARKER</d></x:xmpmeta>";
	g_autoptr(GByteArray) objects = predicted(packed_objects), attached = deflated("attached MARKER text", 20);

	say(to, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
	say(to, "1 0 obj\n<< /Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(\"script MARKER\"\\)) >> >>\nendobj\n");
	say(to, "2 0 obj\n<< /Title <FEFF 4E2D 6587 68 00 9898> /Author (\xD5\xC5\xC8\xFD) /Own#20Key (own MARKER)\n"
		"/CreationDate (D:20240102030405+08'00') /Esc (a\\(b\\)c\\101\\\nd (nested)) >>\nendobj\n");
	say(to, "3 0 obj <</Type/Annot/Subtype/Text/Contents(\xFE\xFF\x62\x79\x6C\xE8 note)/RC(<body>rich MARKER</body>)/T(who)>> endobj\n");
	say(to, "4 0 obj <</FT/Tx/T(name)/TU(hint MARKER)/V<E5BCA0E4B889>/DV/default#20MARKER>> endobj\n");
	say(to, "5 0 obj <</Type/Filespec/F(a.txt)/UF<FEFF 9644 4EF6 002E 0074 0078 0074>/EF<</F 6 0 R>>>> endobj\n");
	stream(to, 6, "/Type/EmbeddedFile/Filter/FlateDecode", attached->data, attached->len);
	stream(to, 7, "/Type/Metadata/Subtype/XML", xmp, sizeof xmp - 1);
	stream(to, 8, "/Type/ObjStm/N 2/First 11/Filter[/FlateDecode]/DecodeParms[<</Predictor 15/Columns 3>>]", objects->data,
		objects->len);
	say(to, "9 0 obj <</S/JavaScript/JS 10 0 R>> endobj\n");
	stream(to, 10, "", "a script MARKER in a stream", 27);
	say(to, "xref\n0 1\ntrailer <</Root 1 0 R/Info 2 0 R>>\nstartxref\n0\n%%EOF\n");
	/* An older annotation came again: both are there. */
	say(to, "3 0 obj <</Type/Annot/Contents(new words)>> endobj\ntrailer <</Root 1 0 R/Prev 0>>\nstartxref\n1\n%%EOF\n");
	return to;
}

static void
test_document(void)
{
	static const char *const texts[] = { "{script, object 1}app.alert(\"script MARKER\")", "{author, object 2}\xe5\xbc\xa0\xe4\xb8\x89",
		"{Own Key, object 2}own MARKER", "{Esc, object 2}a(b)cAd (nested)", "{annotation, object 3}\xe6\x89\xb9\xe6\xb3\xa8",
		"rich MARKER", "hint MARKER", "{field value, object 4}\xe5\xbc\xa0\xe4\xb8\x89", "default MARKER", "[\xe9\x99\x84\xe4\xbb\xb6.txt]attached MARKER text",
		"XMP MARKER", "{annotation, object 8}packed MARKER", "{field value, object 8}value MARKER", "a script MARKER in a stream",
		"{annotation, object 3}new words", NULL };
	g_autoptr(GByteArray) bytes = document();
	g_autofree char *said = testing_extract("a.pdf", bytes->data, bytes->len, NULL);

	testing_has(said, texts);
	g_assert_null(strstr(said, "20240102"));
	g_assert_null(strstr(said, "!broken"));
	testing_maim_some("a.pdf", bytes);
}

/* What is said, with what goes outside. */
static char *
extract(const GByteArray *bytes)
{
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, TRUE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) one = NULL;

	limits.seconds = 100000;
	one = fn_extract_new(&limits, &sink);
	fn_extract_document(one, "a.pdf", bytes->data, bytes->len);
	return g_string_free(said, FALSE);
}

/* The older revision's pages go outside too; a change that writes nothing anew makes none. */
static void
test_revisions(void)
{
	g_autoptr(GByteArray) bytes = document(), linear = g_byte_array_new();
	g_autofree char *said = extract(bytes), *expected = NULL, *said_linear = NULL;
	const guint8 *first = memmem(bytes->data, bytes->len, "%%EOF", 5);

	expected = g_strdup_printf("outside pdf revision 1 %zu\n", (gsize)(first - bytes->data) + 5);
	testing_has(said, (const char *const[]){ "outside pdf  ", expected, NULL });
	say(linear, "%PDF-1.4\n1 0 obj << /Linearized 1 >> endobj\nstartxref 0 %%EOF\n2 0 obj <<>> endobj\nstartxref 9 %%EOF\n");
	said_linear = extract(linear);
	g_assert_null(strstr(said_linear, "revision"));
	for (guint i = 0; i < 20; i++)
		say(bytes, "3 0 obj <<>> endobj\n%%EOF\n");
	g_free(said);
	said = extract(bytes);
	testing_has(said, (const char *const[]){ "outside pdf revision 8 ", "!limit revision 8: older revisions of a PDF", NULL });
	g_assert_null(strstr(said, "revision 9 "));
}

/* Pictures of pages: JPEG as it is, points as a map, others noted, small ones not. */
static void
test_pictures(void)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new(), points = g_byte_array_new(), packed = NULL;
	g_autofree char *said = NULL;

	g_byte_array_set_size(points, 100 * 20 * 3);
	memset(points->data, 0x55, points->len);
	packed = deflated(points->data, points->len);
	say(bytes, "%PDF-1.4\n");
	stream(bytes, 1, "/Type/XObject/Subtype/Image/Width 100/Height 20/Filter/FlateDecode", packed->data, packed->len);
	stream(bytes, 2, "/Subtype/Image/Width 60/Height 100", points->data, points->len);
	stream(bytes, 3, "/Subtype/Image/Width 480/Height 100/BitsPerComponent 1", points->data, points->len);
	stream(bytes, 4, "/Subtype/Image/Width 480/Height 99/Filter/JBIG2Decode", "\x97JB2 and more", 13);
	stream(bytes, 5, "/Subtype/Image/Width 5/Height 5", points->data, points->len);
	stream(bytes, 6, "/Subtype/Image/Width 500/Height 500/Filter[/ASCIIHexDecode/DCTDecode]", "FFD8FFE000104A464946>", 21);
	say(bytes, "%%EOF");
	said = extract(bytes);
	testing_has(said, (const char *const[]){ "outside picture picture in object 1 6014\n", "outside picture picture in object 2 6014\n",
		"outside picture picture in object 3 6011\n", "!picture picture in object 4: ", "outside picture picture in object 6 10\n", NULL });
	g_assert_null(strstr(said, "object 5"));
}

static void
remember(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data)
{
	g_string_append_len(data, (const char *)bytes, (gssize)size);
}

/* Layers lose their list, so that nothing on them is left out; where that cannot be done, it is noted. */
static void
test_layers(void)
{
	static const char plain[] = "%PDF-1.5\n1 0 obj <</OCProperties<</D<</OFF[2 0 R]>>>>>> endobj\n%%EOF";
	static const char escaped[] = "%PDF-1.5\n1 0 obj <</OC#50roperties<</D<</OFF[2 0 R]>>>>>> endobj\n%%EOF";
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, TRUE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract_plain = NULL;
	g_autoptr(GByteArray) other = g_byte_array_new(), packed = g_byte_array_new();
	g_autofree char *said_other = NULL, *said_packed = NULL;

	sink.outside = remember;
	extract_plain = fn_extract_new(&limits, &sink);
	fn_extract_document(extract_plain, "a.pdf", (const guint8 *)plain, sizeof plain - 1);
	testing_has(said->str, (const char *const[]){ "<</XCProperties<<", NULL });
	g_assert_null(strchr(said->str, '!'));
	g_string_free(said, TRUE);
	say(other, escaped);
	said_other = extract(other);
	testing_has(said_other, (const char *const[]){ "!unknown : layers that are not shown", NULL });
	say(packed, "%PDF-1.5\n");
	stream(packed, 1, "/Type/ObjStm", "<</OCProperties<</D<</BaseState/OFF>>>>>>", 41);
	say(packed, "%%EOF");
	said_packed = extract(packed);
	testing_has(said_packed, (const char *const[]){ "!unknown : layers that are not shown", NULL });
}

static GByteArray *
filtered(const char *filters, const char *bytes, gsize size)
{
	GByteArray *to = g_byte_array_new();
	g_autofree char *dictionary = g_strdup_printf("/Type/EmbeddedFile %s", filters);

	say(to, "%PDF-1.4\n");
	stream(to, 7, dictionary, bytes, size);
	say(to, "%%EOF\n");
	return to;
}

static void
test_filters(void)
{
	static const struct {
		const char *filters, *bytes;
		gsize size;
		const char *expected;
	} cases[] = {
		{ "", "plain words", 11, "plain words" },
		{ "/Filter/ASCIIHexDecode", "70 6c 61 69 6e 20 77 6f 72 64 7>", 32, "plain wordp" },
		{ "/Filter[/AHx]", "706c61696e20776f7264", 20, "plain word" },
		{ "/Filter/ASCII85Decode", "87cURD_*#4DfTZ)~>", 17, "Hello, World" },
		{ "/Filter/A85", "87cUR\nD_*#4DfTZ)+T~>", 20, "Hello, World!" },
		{ "/Filter/RunLengthDecode", "\4words\xFE!\x80zzz", 11, "words!!!" },
		/* The example of the standard (7.4.4.2), then its codes as text. */
		{ "/Filter/LZWDecode", "\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 9, "-----A---B" },
		{ "/Filter[/ASCIIHexDecode/LZWDecode]/DecodeParms[null<</EarlyChange 1>>]", "800B6050220C0C8501>", 19, "-----A---B" },
		{ "/Filter/LZWDecode", "\x80\x0B\x7F\xFF", 4, "!broken" },
		{ "/Filter/FlateDecode", "x\x9C\xFF\xFF", 4, "!broken" },
		{ "/Filter/A85", "87c\x80", 4, "!broken" },
		{ "/Filter/BrotliDecode", "xyz", 3, "!unknown" },
		{ "/Filter 9 0 R", "xyz", 3, "!unknown" },
		{ "/Filter[/AHx/AHx/AHx/AHx/AHx]", "3e>", 3, "!unknown" },
		/* An object stream by what it needs, not by what it is called. */
		{ "/N 1/First 4", "1 0 <</V(as an object)>>", 24, "{field value, object 7}as an object" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) bytes = filtered(cases[i].filters, cases[i].bytes, cases[i].size);
		g_autofree char *said = extract(bytes);

		testing_has(said, (const char *const[]){ cases[i].expected, NULL });
	}
}

/* A stream is as long as it says when that is true, and else up to its end; what lies in it is no other object's. */
static void
test_lengths(void)
{
	static const struct {
		const char *text, *expected;
		gboolean broken;
	} cases[] = {
		{ "1 0 obj <</Type/EmbeddedFile/Length 22>> stream\nan endstream inside it\nendstream endobj", "an endstream inside it", FALSE },
		{ "1 0 obj <</Type/EmbeddedFile/Length 2 0 R>> stream\nan endstream inside it\nendstream endobj 2 0 obj 22 endobj",
			"an endstream inside it", FALSE },
		{ "1 0 obj <</Type/EmbeddedFile/Length 9999>> stream\nshort\nendstream endobj", "[embedded file]short", FALSE },
		{ "1 0 obj <</Type/EmbeddedFile>> stream\nno end", "[embedded file]no end", TRUE },
		{ "1 0 obj (unclosed 2 0 obj <</Contents(hidden)>> endobj", "{annotation, object 2}hidden", FALSE },
		{ "1 0 obj <</Length 60>> stream\n2 0 obj <</Contents(in a stream)>> endobj  endstream endobj", "in a stream", FALSE },
		{ "no object <</Contents(nowhere)>>", "{annotation}nowhere", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		g_autofree char *said = NULL;

		print(bytes, "%%PDF-1.4\n%s\n%%%%EOF", cases[i].text);
		if (cases[i].broken)
			g_byte_array_set_size(bytes, bytes->len - 6);
		said = extract(bytes);
		testing_has(said, (const char *const[]){ cases[i].expected, NULL });
		g_assert_true(cases[i].broken == (strstr(said, "!broken") != NULL));
	}
}

static void
test_encrypted(void)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autofree char *said = NULL;

	say(bytes, "%PDF-1.4\n");
	stream(bytes, 1, "/Type/EmbeddedFile", "\1\2\3", 3);
	say(bytes, "trailer <</Encrypt 5 0 R>>\n%%EOF");
	said = extract(bytes);
	testing_has(said, (const char *const[]){ "!encrypted objects: ", NULL });
	g_assert_null(strstr(said, "[embedded file"));
}

/* Shapes that make careless readers slow or deep; the time is the test's own time-out. */
static void
test_hostile(void)
{
	static const char *const shapes[] = { "1 0 obj (", "1 0 obj <</Length 5>> stream\n", "<<", "[", "1 0 obj<</A", "%%EOF\n", "1 0 obj <</Length 1 0 R>> stream\n",
		"1 0 obj ", "(", "<", "endobj ", "1 0 obj 1 0 R " };

	for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		g_autofree char *said = NULL;

		say(bytes, "%PDF-1.4\n");
		while (bytes->len < 1 << 20)
			say(bytes, shapes[i]);
		say(bytes, " 9 0 obj <</Contents(at the end)>> endobj");
		said = extract(bytes);
		testing_has(said, (const char *const[]){ "{annotation, object 9}at the end", NULL });
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pdf/document", test_document);
	g_test_add_func("/pdf/revisions", test_revisions);
	g_test_add_func("/pdf/pictures", test_pictures);
	g_test_add_func("/pdf/layers", test_layers);
	g_test_add_func("/pdf/filters", test_filters);
	g_test_add_func("/pdf/lengths", test_lengths);
	g_test_add_func("/pdf/encrypted", test_encrypted);
	g_test_add_func("/pdf/hostile", test_hostile);
	return g_test_run();
}
