/* Pictures inside office drawings ([MS-ODRAW] 2.2.23 and on): the same records in .doc, .xls and .ppt, found by their heads wherever
 * they lie. What lies around them is read as runs. */
#include "extract/ole.h"

#include <string.h>

#define HEAD      8u
#define META_HEAD 34u /* behind the digests of a metafile */

static const struct {
	guint16 kind, instance; /* the instance is one more when there are two digests */
	const char *name;
	gboolean meta;
} blips[] = {
	{ 0xF01A, 0x3D4, "picture.emf", TRUE },
	{ 0xF01B, 0x216, "picture.wmf", TRUE },
	{ 0xF01C, 0x542, "picture.pict", TRUE },
	{ 0xF01D, 0x46A, "picture.jpg", FALSE },
	{ 0xF01D, 0x6E2, "picture.jpg", FALSE },
	{ 0xF02A, 0x46A, "picture.jpg", FALSE },
	{ 0xF02A, 0x6E2, "picture.jpg", FALSE },
	{ 0xF01E, 0x6E0, "picture.png", FALSE },
	{ 0xF01F, 0x7A8, "picture.bmp", FALSE },
	{ 0xF029, 0x6E4, "picture.tif", FALSE },
};

/* Metafiles hold their texts as strings; the packed ones are unpacked first. */
static gboolean
read_metafile(FnExtract *extract, const guint8 *bytes, gsize size)
{
	g_autoptr(GByteArray) data = NULL;

	if (size < META_HEAD)
		return TRUE;
	if (bytes[META_HEAD - 2] != 0)
		return fn_extract_strings(extract, bytes + META_HEAD, size - META_HEAD);
	data = fn_inflate(extract, bytes + META_HEAD, size - META_HEAD, 15, "metafile", NULL);
	return fn_extract_strings(extract, data->data, data->len);
}

static gboolean
read_blip(FnExtract *extract, gsize i, guint instance, const guint8 *bytes, gsize size)
{
	gsize skip = instance == blips[i].instance ? 16 : 32;

	if (!fn_extract_member(extract))
		return FALSE;
	if (blips[i].meta)
		return size < skip || read_metafile(extract, bytes + skip, size - skip);
	return size <= ++skip || fn_extract_inner(extract, blips[i].name, bytes + skip, size - skip);
}

/* The row of the table whose record begins here, or -1. */
static gssize
blip_at(const guint8 *bytes, gsize left)
{
	guint head, kind;

	if (left < HEAD || bytes[3] != 0xF0 || fn_le32(bytes + 4) > left - HEAD)
		return -1;
	head = fn_le16(bytes);
	kind = fn_le16(bytes + 2);
	for (gsize i = 0; i < G_N_ELEMENTS(blips); i++)
		if (blips[i].kind == kind && (head & 15) == 0 && (blips[i].instance | 1u) == (head >> 4 | 1u))
			return (gssize)i;
	return -1;
}

gboolean
fn_drawing_read(FnExtract *extract, const guint8 *bytes, gsize size)
{
	gsize plain = 0;

	for (gsize at = 0; at + HEAD <= size;) {
		gssize i = blip_at(bytes + at, size - at);
		gsize length;

		if (i < 0) {
			at++;
			continue;
		}
		length = fn_le32(bytes + at + 4);
		if (!fn_extract_strings(extract, bytes + plain, at - plain) ||
			!read_blip(extract, (gsize)i, fn_le16(bytes + at) >> 4, bytes + at + HEAD, length))
			return FALSE;
		plain = at += HEAD + length;
	}
	return plain == size ? !fn_extract_stopped(extract) : fn_extract_strings(extract, bytes + plain, size - plain);
}
