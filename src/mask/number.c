/* number: rounded to a multiple, as the bucket it lies in, or moved by an amount that depends on the key and on itself: one
 * number always moves to the same other one, never to itself, and never over zero, so that no number of answers averages
 * out. Decimal numbers with a point, at most 15 digits of which at most 6 stand behind it. A number that begins with
 * superfluous zeros is somebody's code and no amount. */
#include "mask/mask_priv.h"

#include <string.h>

enum { DIGITS = 15, DECIMALS = 6, OUT_SIZE = 48 };

typedef struct {
	gboolean negative;
	guint64 magnitude; /* times 10^decimals, below 10^15 */
	guint decimals;
	guint64 scale;     /* 10^decimals */
} Number;

static gboolean
read_number(const char *text, gsize size, Number *out)
{
	const char *at = text, *end = text + size, *point = NULL;
	guint digits = 0;

	memset(out, 0, sizeof(*out));
	out->scale = 1;
	out->negative = at < end && *at == '-';
	at += out->negative;
	if (at + 1 < end && at[0] == '0' && at[1] != '.')
		return FALSE;
	for (; at < end; at++) {
		if (*at == '.' && point == NULL && digits > 0) {
			point = at;
			continue;
		}
		if (!g_ascii_isdigit(*at) || ++digits > DIGITS)
			return FALSE;
		out->magnitude = out->magnitude * 10 + (guint64)(*at - '0');
		if (point != NULL) {
			out->decimals++;
			out->scale *= 10;
		}
	}
	return digits > 0 && out->decimals <= DECIMALS && (point == NULL || out->decimals > 0);
}

/* Halves go away from zero. */
static int
write_rounded(const Number *number, guint to, char *out)
{
	guint64 unit = to * number->scale, value = (number->magnitude + unit / 2) / unit * to;

	return g_snprintf(out, OUT_SIZE, "%s%" G_GUINT64_FORMAT, number->negative && value > 0 ? "-" : "", value);
}

static int
write_bucket(const Number *number, guint width, char *out)
{
	guint64 unit = width * number->scale;
	gint64 low = number->negative ? -(gint64)((number->magnitude + unit - 1) / unit) : (gint64)(number->magnitude / unit);

	return g_snprintf(out, OUT_SIZE, "[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ")", low * width, (low + 1) * width);
}

static int
write_number(const Number *number, char *out)
{
	const char *sign = number->negative && number->magnitude > 0 ? "-" : "";

	if (number->decimals == 0)
		return g_snprintf(out, OUT_SIZE, "%s%" G_GUINT64_FORMAT, sign, number->magnitude);
	return g_snprintf(out, OUT_SIZE, "%s%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT, sign, number->magnitude / number->scale,
		(int)number->decimals, number->magnitude % number->scale);
}

/* By 1 to @most units of @number's last digit, towards zero by no more than its magnitude. */
static void
move(Number *number, FnMaskMac *mac, guint most)
{
	guint64 up = most * number->scale, down = MIN(up, number->magnitude), drawn;
	char text[OUT_SIZE];

	drawn = fn_mask_mac_below(mac, text, (gsize)write_number(number, text), down + up);
	/* 0 to down - 1 lie below the number, the others above it */
	number->magnitude = number->magnitude - down + drawn + (drawn >= down);
}

static int
write_masked(const FnMaskSpec *spec, FnMaskMac *mac, Number *number, char *out)
{
	if (spec->round > 0)
		return write_rounded(number, spec->round, out);
	if (spec->bucket > 0)
		return write_bucket(number, spec->bucket, out);
	move(number, mac, spec->noise);
	return write_number(number, out);
}

void
fn_mask_apply_number(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	g_autoptr(FnMaskMac) mac = mask->spec.keyed ? fn_mask_mac_new(mask) : NULL;

	for (guint row = 0; row < column->n; row++) {
		char out[OUT_SIZE];
		Number number;

		if (column->value[row] == NULL)
			continue;
		if (read_number(column->value[row], column->size[row], &number))
			fn_mask_put(column, row, out, (gsize)write_masked(&mask->spec, mac, &number, out), arena);
		else
			fn_mask_fall_back(mask, column, row, arena);
	}
}
