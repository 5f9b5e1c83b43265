/* Numbers as people and programs write them: in full-width forms, with dashes and blanks of all kinds between the digits, with
 * characters in them that nobody sees, broken at the end of a line. A piece of text that holds such things is folded to plain
 * ASCII beside a map of its bytes, so that findings in it have exact places in the original. */
#include "scan/scan_priv.h"

#include <string.h>

enum { BEFORE = 96, BEHIND = 192, BESIDE = 24, NUMBER_MAX = 64, INDENT_MAX = 64 };

typedef enum { OTHER, SAME, CHANGED, DROPPED } Fold;

/* Three bytes of UTF-8 that are no full-width form. */
static Fold
fold_general(guint c, char *out)
{
	static const struct {
		guint first, last;
		char out; /* '\0': dropped */
	} table[] = {
		{ 0x2000, 0x200a, ' ' }, { 0x200b, 0x200f, '\0' }, { 0x2010, 0x2015, '-' }, { 0x202a, 0x202e, '\0' },
		{ 0x202f, 0x202f, ' ' }, { 0x205f, 0x205f, ' ' }, { 0x2060, 0x2064, '\0' }, { 0x2066, 0x206f, '\0' },
		{ 0x2212, 0x2212, '-' }, { 0x3000, 0x3000, ' ' }, { 0xfe58, 0xfe58, '-' }, { 0xfe63, 0xfe63, '-' },
		{ 0xfeff, 0xfeff, '\0' },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (c >= table[i].first && c <= table[i].last) {
			*out = table[i].out;
			return *out != '\0' ? CHANGED : DROPPED;
		}
	return OTHER;
}

static gboolean
is_kept(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr(" -.@:_%+", c) != NULL);
}

/* What the character at @at becomes, and its bytes. OTHER: no part of a number or an address. */
static Fold
fold_at(const char *bytes, gsize size, gsize at, char *out, guint *length)
{
	const guint8 *text = (const guint8 *)bytes + at;
	guint c;

	*length = 1;
	*out = bytes[at];
	if (text[0] < 0x80)
		return is_kept(*out) ? SAME : OTHER;
	if (text[0] == 0xc2 && size - at >= 2) {
		*length = 2;
		*out = ' ';
		return text[1] == 0xa0 ? CHANGED : text[1] == 0xad ? DROPPED : OTHER;
	}
	if ((text[0] & 0xf0) != 0xe0 || size - at < 3 || (text[1] & 0xc0) != 0x80 || (text[2] & 0xc0) != 0x80)
		return OTHER;
	*length = 3;
	c = (text[0] & 15u) << 12 | (text[1] & 63u) << 6 | (text[2] & 63u);
	if (c < 0xff01 || c > 0xff5e)
		return fold_general(c, out);
	*out = (char)(c - 0xff01 + 0x21);
	return is_kept(*out) ? CHANGED : OTHER;
}

/* The character that ends before @at. */
static Fold
fold_before(const char *bytes, gsize at, char *out, guint *length)
{
	gsize first = at - 1;
	Fold fold;

	while (first > 0 && at - first < 3 && ((guint8)bytes[first] & 0xc0) == 0x80)
		first--;
	fold = fold_at(bytes, at, first, out, length);
	return first + *length == at ? fold : OTHER;
}

static void
append(FnFolded *folded, char c, gsize from, gsize to)
{
	folded->text[folded->size] = c;
	folded->from[folded->size] = (guint32)from;
	folded->to[folded->size++] = (guint32)to;
}

static void
append_folded(FnFolded *folded, const char *bytes, gsize from, gsize to)
{
	char out;
	guint length;

	for (; from < to; from += length)
		if (fold_at(bytes, to, from, &out, &length) != DROPPED)
			append(folded, out, from, from + length);
}

static void
append_plain(FnFolded *folded, const char *bytes, gsize from, gsize to)
{
	for (; from < to; from++)
		append(folded, bytes[from], from, from + 1);
}

/* Does the run that ends at @end go on behind something that is to be folded? A separator joins digits only. */
static gboolean
is_connected(const char *bytes, gsize size, gsize end)
{
	gboolean changed = FALSE, separated = FALSE, ends_number = g_ascii_isdigit(bytes[end - 1]) || (bytes[end - 1] | 32) == 'x';
	char out;
	guint length;

	for (gsize at = end; at < size && at - end < BESIDE; at += length) {
		Fold fold = fold_at(bytes, size, at, &out, &length);

		changed |= fold == CHANGED || fold == DROPPED;
		if (fold == DROPPED)
			continue;
		if (fold != OTHER && g_ascii_isalnum(out))
			return changed && (!separated || (ends_number && g_ascii_isdigit(out)));
		if (fold == OTHER || separated || strchr(" -.@:_", out) == NULL)
			return FALSE;
		separated = out == ' ' || out == '-';
	}
	return FALSE;
}

gboolean
fn_fold_region(const char *bytes, gsize size, gsize start, gsize end, FnFolded *folded, gsize *until)
{
	gsize first = start, last = end, low, high;
	char out;
	guint length;

	if (end - start > BEFORE || (start < end && !is_connected(bytes, size, end)))
		return FALSE;
	while (first > 0 && start - first < BEFORE && fold_before(bytes, first, &out, &length) != OTHER)
		first -= length;
	while (last < size && last - end < BEHIND && fold_at(bytes, size, last, &out, &length) != OTHER)
		last += length;
	low = first > BESIDE ? first - BESIDE : 0;
	high = MIN(last + BESIDE, size);
	folded->size = 0;
	append_plain(folded, bytes, low, first);
	folded->begin = folded->size;
	append_folded(folded, bytes, first, last);
	folded->end = folded->size;
	append_plain(folded, bytes, last, high);
	/* A piece that was cut off may have cut a number: what begins near its end comes with the next piece. */
	*until = last - end >= BEHIND ? last - NUMBER_MAX : last;
	while (folded->end > folded->begin && folded->from[folded->end - 1] >= *until)
		folded->end--;
	return TRUE;
}

/* ---- line breaks ---- */

static gsize
skip_indent(const char *bytes, gsize size, gsize at)
{
	gsize begun = at;

	while (at < size && at - begun < INDENT_MAX) {
		char out = '\0';
		guint length = 1;

		if (bytes[at] != '\t' && (fold_at(bytes, size, at, &out, &length) <= OTHER || out != ' '))
			break;
		at += length;
	}
	return at;
}

/* Behind the line break at @at and the indentation of the next line; @at when there is none. */
static gsize
break_end(const char *bytes, gsize size, gsize at)
{
	if (at < size && bytes[at] == '\r')
		at++;
	if (at < size && bytes[at] == '\n')
		at++;
	return skip_indent(bytes, size, at);
}

static gboolean
is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* How far the number goes on from @at, forwards or back: letters and digits, single separators before digits. */
static gsize
number_edge(const char *bytes, gsize size, gsize at, gboolean forwards, guint *count)
{
	gsize edge = at;
	char out;
	guint length, seen = 0;
	gboolean separated = TRUE;

	while ((forwards ? at < size : at > 0) && seen < NUMBER_MAX) {
		Fold fold = forwards ? fold_at(bytes, size, at, &out, &length) : fold_before(bytes, at, &out, &length);
		gboolean counts = fold != DROPPED && g_ascii_isalnum(out);

		if (fold == OTHER || (fold != DROPPED && !counts && (separated || (out != ' ' && out != '-'))))
			break;
		if (counts && separated && !g_ascii_isdigit(out) && edge != at)
			break;
		at = forwards ? at + length : at - length;
		seen += length;
		if (fold != DROPPED)
			separated = !counts;
		if (counts) {
			(*count)++;
			edge = at;
		}
	}
	return edge;
}

/* Lines that are numbers and nothing else, three in a row: a list, whose numbers are whole. */
static gboolean
is_list(const char *bytes, gsize size, gsize first, gsize last)
{
	gsize next = break_end(bytes, size, last);

	if ((first > 0 && !is_break(bytes[first - 1])) || (last < size && !is_break(bytes[last])))
		return FALSE;
	while (first > 0 && is_break(bytes[first - 1]))
		first--;
	return (first > 0 && g_ascii_isdigit(bytes[first - 1])) || (next < size && g_ascii_isdigit(bytes[next]));
}

gboolean
fn_fold_break(const char *bytes, gsize size, gsize start, gsize end, gboolean spaced, FnFolded *folded)
{
	gboolean hyphen = end < size && bytes[end] == '-';
	gsize at = end + (gsize)hyphen, behind, first, last;
	guint count = 0;

	if (at >= size || !is_break(bytes[at]) || !g_ascii_isdigit(bytes[start]))
		return FALSE;
	behind = break_end(bytes, size, at);
	if (behind >= size || !g_ascii_isdigit(bytes[behind]))
		return FALSE;
	last = number_edge(bytes, size, behind, TRUE, &count);
	first = number_edge(bytes, size, end, FALSE, &count);
	if (count < FN_RUN_MIN || count > FN_RUN_MAX || is_list(bytes, size, first, last))
		return FALSE;
	folded->size = 0;
	append_folded(folded, bytes, first, end);
	folded->begin = folded->end = folded->size;
	if (spaced)
		append(folded, hyphen ? '-' : ' ', end, behind);
	append_folded(folded, bytes, behind, last);
	return TRUE;
}
