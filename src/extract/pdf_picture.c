#include "extract/pdf_priv.h"

#include <string.h>

#define SIDE_MAX 65536u

/* Points as a portable map ("P5", "P6"; "P4" for one bit a point, which counts black as one). What a row's length tells about
 * the kind of its points is better than what a colour space says, which may be anywhere. NULL when it is none of these. */
static GByteArray *
portable(guint32 width, guint32 height, const GByteArray *data)
{
	const struct {
		char kind;
		gsize row;
	} maps[] = { { '6', (gsize)width * 3 }, { '5', width }, { '4', ((gsize)width + 7) / 8 } };

	for (gsize i = 0; i < G_N_ELEMENTS(maps); i++) {
		gsize size = maps[i].row * height;
		GByteArray *out;
		g_autofree char *head = NULL;

		/* A line end may hang behind the points. */
		if (data->len < size || data->len > size + 2)
			continue;
		out = g_byte_array_new();
		head = g_strdup_printf(maps[i].kind == '4' ? "P%c %u %u\n" : "P%c %u %u 255\n", maps[i].kind, width, height);
		g_byte_array_append(out, (const guint8 *)head, (guint)strlen(head));
		g_byte_array_append(out, data->data, (guint)size);
		for (gsize k = strlen(head); maps[i].kind == '4' && k < out->len; k++)
			out->data[k] ^= 0xFF;
		return out;
	}
	return NULL;
}

void
fn_pdf_picture(FnExtract *extract, guint number, guint32 width, guint32 height, const GByteArray *unfiltered)
{
	g_autofree char *name = g_strdup_printf("picture in object %u", number);
	g_autoptr(GByteArray) map = NULL;

	if (unfiltered->len >= 3 && memcmp(unfiltered->data, "\xFF\xD8\xFF", 3) == 0) {
		fn_extract_inner(extract, name, unfiltered->data, unfiltered->len);
		return;
	}
	fn_extract_begin(extract, name);
	if (width <= SIDE_MAX && height <= SIDE_MAX)
		map = portable(width, height, unfiltered);
	if (map != NULL)
		fn_extract_outside(extract, "picture", map->data, map->len);
	else
		fn_extract_note(extract, FN_NOTE_PICTURE, "of a kind that is not unpacked here");
}
