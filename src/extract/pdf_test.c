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
	say(to, "5 0 obj <</Type/Filespec/F(a.txt)/UF(\xFE\xFF\x96\x44\x4E\xF6\0.\0t\0x\0t)/EF<</F 6 0 R>>>> endobj\n");
	to->data[to->len - 1] = '\n';
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
		"rich MARKER", "hint MARKER", "{field value, object 4}\xe5\xbc\xa0\xe4\xb8\x89", "default MARKER", "attached MARKER text",
		"XMP MARKER", "{annotation, object 8}packed MARKER", "{field value, object 8}value MARKER", "a script MARKER in a stream",
		"{annotation, object 3}new words", NULL };
	g_autoptr(GByteArray) bytes = document();
	g_autofree char *said = testing_extract("a.pdf", bytes->data, bytes->len, NULL);

	testing_has(said, texts);
	g_assert_null(strstr(said, "20240102"));
	g_assert_null(strstr(said, "!broken"));
	testing_maim_some("a.pdf", bytes);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pdf/document", test_document);
	return g_test_run();
}
