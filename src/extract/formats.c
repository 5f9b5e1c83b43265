#include "extract/extract_priv.h"

#include "extract/readers.h"

#include <string.h>

/* Special before general: what is a zip with known parts before zips, markup and mail before plain text. */
static const FnFormat formats[] = {
	{ "docx", "docx docm dotx dotm", fn_docx_is, fn_ooxml_read },
	{ "xlsx", "xlsx xlsm xltx xltm xlam xlsb", fn_xlsx_is, fn_ooxml_read },
	{ "pptx", "pptx pptm potx potm ppsx ppsm", fn_pptx_is, fn_ooxml_read },
	{ "odt", "odt ott odm", fn_odt_is, fn_odf_read },
	{ "ods", "ods ots", fn_ods_is, fn_odf_read },
	{ "odp", "odp otp", fn_odp_is, fn_odf_read },
	{ "ofd", "ofd", fn_ofd_is, fn_ofd_read },
	{ "flat", "fodt fods fodp fodg uof uot uos uop", fn_flat_is, fn_flat_read },
	{ "odf", "odg odf odc odb", fn_odf_is, fn_odf_read },
	{ "ooxml", "vsdx vsdm", fn_ooxml_is, fn_ooxml_read },
	{ "ole2", "doc dot wps wpt xls xlt et ett ppt pot pps dps dpt msg", fn_ole_is, fn_ole_read, TRUE },
	{ "pdf", "pdf", fn_pdf_is, fn_pdf_read },
	{ "zip", "zip jar apk", fn_zip_is, fn_zip_read_all },
	{ "archive", "tar gz tgz bz2 tbz tbz2 xz txz zst tzst lz4 lz z lzma 7z rar cab iso cpio ar deb xar lzh", fn_archive_is,
		fn_archive_read, TRUE },
	{ "picture", "png jpg jpeg jpe gif bmp tif tiff webp", fn_picture_is, fn_picture_read },
	{ "rtf", "rtf", fn_rtf_is, fn_rtf_read },
	{ "mail", "eml mht mhtml mbox", fn_mail_is, fn_mail_read },
	{ "json", "json ndjson jsonl geojson", fn_json_is, fn_json_read },
	{ "html", "html htm xhtml", fn_html_is, fn_html_read },
	{ "xml", "xml svg xsl xslt xsd kml gml gpx rss atom wsdl plist", fn_xml_is, fn_xml_read_any },
	{ "text", "txt csv tsv log md ini conf yaml yml toml sql", fn_text_is, fn_text_read },
};

gboolean
fn_name_ends(const char *name, const char *extensions)
{
	const char *dot = strrchr(name, '.');
	gsize length;

	if (dot == NULL || *++dot == '\0')
		return FALSE;
	length = strlen(dot);
	while (*extensions != '\0') {
		gsize one = strcspn(extensions, " ");

		if (one == length && g_ascii_strncasecmp(extensions, dot, one) == 0)
			return TRUE;
		extensions += one;
		extensions += strspn(extensions, " ");
	}
	return FALSE;
}

const FnFormat *
fn_format_of(const FnDocument *document)
{
	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
		if (formats[i].is(document))
			return &formats[i];
	return NULL;
}

const FnFormat *
fn_format_claimed(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
		if (fn_name_ends(name, formats[i].extensions))
			return &formats[i];
	return NULL;
}
