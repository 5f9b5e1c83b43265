/* partial: stars for all but the ends. */
#include "mask/mask_priv.h"

#include <string.h>

/* Bytes of the first @n characters of valid UTF-8. */
static gsize
bytes_of(const char *text, gsize n)
{
	return (gsize)(g_utf8_offset_to_pointer(text, (glong)n) - text);
}

/* Writes head, stars and tail of @text to @out; returns how many bytes that are, never more than @size. A value with no more
 * characters than would stay becomes stars throughout. */
static gsize
write_stars(const FnMaskSpec *spec, const char *text, gsize size, gboolean ascii, char *out)
{
	gsize first = spec->first, last = spec->last, head, tail, stars;
	gsize n = ascii ? size : (gsize)g_utf8_strlen(text, (gssize)size);

	if (first + last >= n)
		first = last = 0;
	stars = n - first - last;
	head = ascii ? first : bytes_of(text, first);
	tail = ascii ? last : size - bytes_of(text, n - last);
	memcpy(out, text, head);
	memset(out + head, '*', stars);
	memcpy(out + head + stars, text + size - tail, tail);
	out[head + stars + tail] = '\0';
	return head + stars + tail;
}

void
fn_mask_apply_partial(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	gsize room = 0;
	char *out;

	for (guint row = 0; row < column->n; row++)
		room += column->value[row] != NULL ? column->size[row] + (gsize)1 : 0;
	out = fn_mask_arena_take(arena, room);
	for (guint row = 0; row < column->n; row++) {
		const char *text = column->value[row];
		gsize size = column->size[row];
		gboolean ascii;

		if (text == NULL)
			continue;
		ascii = fn_mask_is_ascii(text, size);
		/* What is not UTF-8 has no characters to count. */
		if (!ascii && !g_utf8_validate(text, (gssize)size, NULL)) {
			fn_mask_fall_back(mask, column, row, arena);
			continue;
		}
		column->value[row] = out;
		column->size[row] = (guint32)write_stars(&mask->spec, text, size, ascii, out);
		out += column->size[row] + 1;
	}
}
