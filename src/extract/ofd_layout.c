#include "extract/ofd_layout.h"

#include <math.h>
#include <string.h>

const FnFlowWord fn_ofd_words[] = {
	{"Annot", FN_FLOW_ATTRIBUTES},
	{"Parameter", FN_FLOW_ATTRIBUTES},
	{"CustomData", FN_FLOW_ATTRIBUTES},
	{"OutlineElem", FN_FLOW_ATTRIBUTES},
	{"Bookmark", FN_FLOW_ATTRIBUTES},
	{"Attachment", FN_FLOW_ATTRIBUTES},
	{"Extension", FN_FLOW_ATTRIBUTES},
	{"Property", FN_FLOW_ATTRIBUTES},
	{"URI", FN_FLOW_ATTRIBUTES},
	{"Provider", FN_FLOW_ATTRIBUTES},
	{"AbbreviatedData", FN_FLOW_NUMBERS},
	{"Glyphs", FN_FLOW_NUMBERS},
	{"CheckValue", FN_FLOW_NUMBERS},
	{"PhysicalBox", FN_FLOW_NUMBERS},
	{"ApplicationBox", FN_FLOW_NUMBERS},
	{"ContentBox", FN_FLOW_NUMBERS},
	{"BleedBox", FN_FLOW_NUMBERS},
	{"MaxUnitID", FN_FLOW_NUMBERS},
	{"DocRoot", FN_FLOW_NUMBERS}, /* names of parts */
	{"FileLoc", FN_FLOW_NUMBERS},
	{"SchemaLoc", FN_FLOW_NUMBERS},
	{"PublicRes", FN_FLOW_NUMBERS},
	{"DocumentRes", FN_FLOW_NUMBERS},
	{"PageRes", FN_FLOW_NUMBERS},
	{"FontFile", FN_FLOW_NUMBERS},
	{"MediaFile", FN_FLOW_NUMBERS},
	{"Signatures", FN_FLOW_NUMBERS},
	{"Annotations", FN_FLOW_NUMBERS},
	{"Attachments", FN_FLOW_NUMBERS},
	{"CustomTags", FN_FLOW_NUMBERS},
	{"Extensions", FN_FLOW_NUMBERS},
	{"DefaultCS", FN_FLOW_NUMBERS},
	{"ObjectRef", FN_FLOW_NUMBERS},
	{"Palette", FN_FLOW_SKIP},
	{"DashPattern", FN_FLOW_NUMBERS},
};
const gsize fn_ofd_word_count = G_N_ELEMENTS(fn_ofd_words);

typedef struct {
	FnOfdLayout *layout;
	FnFlow *flow;
	const FnXmlHandler *other;
	double left, top;  /* of the annotation we are in */
	double x, y, size; /* of the text object */
	double matrix[6];
	FnOfdPiece piece;
	double step, last; /* from the first character to the last; width of the last's place */
	gboolean in_code;
} Reading;

FnOfdLayout *
fn_ofd_layout_new(void)
{
	FnOfdLayout *layout = g_new(FnOfdLayout, 1);

	layout->pieces = g_array_new(FALSE, FALSE, sizeof(FnOfdPiece));
	layout->text = g_string_new(NULL);
	layout->templates = g_ptr_array_new_with_free_func(g_free);
	return layout;
}

void
fn_ofd_layout_free(FnOfdLayout *layout)
{
	if (!layout)
		return;
	g_array_unref(layout->pieces);
	g_string_free(layout->text, TRUE);
	g_ptr_array_unref(layout->templates);
	g_free(layout);
}

/* ---- numbers ---- */

/* The next number of a list, or what is no number as 0; FALSE at the end. Quicker than strtod, which every glyph would pay. */
static gboolean
next_number(const char **text, double *number)
{
	const char *c = *text;
	double value = 0, scale = 1;
	gboolean negative = FALSE;

	while (*c == ' ' || *c == ',' || *c == '\n' || *c == '\t' || *c == '\r')
		c++;
	if (*c == 0)
		return FALSE;
	if (*c == '-' || *c == '+')
		negative = *c++ == '-';
	for (; g_ascii_isdigit(*c); c++)
		value = value * 10 + (*c - '0');
	if (*c == '.')
		for (c++; g_ascii_isdigit(*c); c++)
			value += (*c - '0') * (scale /= 10);
	while (*c && !strchr(" ,\n\t\r", *c))
		c++;
	*number = negative ? -value : value;
	*text = c;
	return TRUE;
}

static guint
numbers(const char *text, double *out, guint n)
{
	guint i = 0;

	while (text && i < n && next_number(&text, &out[i]))
		i++;
	return i;
}

static double
number_of(const char **attributes, const char *name, double otherwise)
{
	double value = otherwise;

	numbers(fn_xml_attribute(attributes, name), &value, 1);
	return value;
}

/* The sum of a list of steps, in which "g 3 4.2" is 4.2 three times; what is no number ends it. */
static double
sum_steps(const char *text)
{
	double sum = 0, value, times;

	while (text && *text) {
		text += strspn(text, " \n\t\r");
		if (*text == 'g') {
			text++;
			if (!next_number(&text, &times) || !next_number(&text, &value))
				break;
			sum += times * value;
		} else {
			if (!next_number(&text, &value))
				break;
			sum += value;
		}
	}
	return sum;
}

/* ---- reading ---- */

static void
object_start(Reading *self, const char **attributes)
{
	static const double identity[6] = {1, 0, 0, 1, 0, 0};
	double box[4] = {0};

	numbers(fn_xml_attribute(attributes, "Boundary"), box, 4);
	self->x = self->left + box[0];
	self->y = self->top + box[1];
	self->size = number_of(attributes, "Size", 4);
	if (numbers(fn_xml_attribute(attributes, "CTM"), self->matrix, 6) != 6)
		memcpy(self->matrix, identity, sizeof identity);
	/* A code without X or Y stands where the one before it did. */
	self->piece = (FnOfdPiece){0};
}

static void
code_start(Reading *self, const char **attributes)
{
	self->piece.x = number_of(attributes, "X", self->piece.x);
	self->piece.y = number_of(attributes, "Y", self->piece.y);
	self->piece.from = self->layout->text->len;
	self->step = sum_steps(fn_xml_attribute(attributes, "DeltaX"));
	self->in_code = TRUE;
}

static double
last_width(const GString *text, gsize from, double size)
{
	return text->len > from && (guchar)text->str[text->len - 1] < 0x80 ? size / 2 : size;
}

static void
code_end(Reading *self)
{
	const double *m = self->matrix;
	FnOfdPiece piece = self->piece;
	double x = piece.x, y = piece.y, end;

	self->in_code = FALSE;
	piece.length = self->layout->text->len - piece.from;
	if (piece.length == 0)
		return;
	end = x + self->step + last_width(self->layout->text, piece.from, self->size);
	piece.x = self->x + m[0] * x + m[2] * y + m[4];
	piece.y = self->y + m[1] * x + m[3] * y + m[5];
	piece.end = self->x + m[0] * end + m[2] * y + m[4];
	piece.size = self->size * MAX(hypot(m[2], m[3]), 0.01);
	g_array_append_val(self->layout->pieces, piece);
}

static void
appearance(Reading *self, const char **attributes)
{
	double box[4] = {0};

	if (attributes)
		numbers(fn_xml_attribute(attributes, "Boundary"), box, 4);
	self->left = box[0];
	self->top = box[1];
}

/* What is drawn: its attributes are all measures. */
static gboolean
is_drawing(const char *name)
{
	static const char *const names[] = {
		"TextObject", "TextCode", "PathObject", "FillColor", "StrokeColor", "CGTransform", "ImageObject", "Area",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
			return TRUE;
	return FALSE;
}

static const char *const no_attributes[] = {NULL};

static void
on_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Reading *self = data;

	if (self->other && self->other->start)
		self->other->start(xml, name, attributes, self->other->data);
	if (strcmp(name, "TextCode") == 0) {
		code_start(self, attributes);
	} else if (strcmp(name, "TextObject") == 0) {
		object_start(self, attributes);
	} else if (strcmp(name, "Appearance") == 0) {
		appearance(self, attributes);
	} else if (strcmp(name, "Template") == 0 && fn_xml_attribute(attributes, "TemplateID")) {
		g_ptr_array_add(self->layout->templates, g_strdup(fn_xml_attribute(attributes, "TemplateID")));
	}
	fn_flow_start(xml, name, is_drawing(name) ? (const char **)no_attributes : attributes, self->flow);
}

static void
on_end(FnXml *xml, const char *name, gpointer data)
{
	Reading *self = data;

	if (self->other && self->other->end)
		self->other->end(xml, name, self->other->data);
	if (self->in_code)
		code_end(self);
	if (strcmp(name, "Appearance") == 0)
		appearance(self, NULL);
	fn_flow_end(xml, name, self->flow);
}

static void
on_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	Reading *self = data;

	if (self->other && self->other->text)
		self->other->text(xml, text, size, self->other->data);
	if (self->in_code)
		g_string_append_len(self->layout->text, text, (gssize)size);
	else
		fn_flow_text(xml, text, size, self->flow);
}

static void
on_comment(FnXml *xml, const char *text, gpointer data)
{
	fn_flow_comment(xml, text, ((Reading *)data)->flow);
}

void
fn_ofd_layout_read(FnOfdLayout *layout, FnFlow *flow, const char *part, const char *place, const GByteArray *bytes,
	const FnXmlHandler *other)
{
	Reading reading = {.layout = layout, .flow = flow, .other = other};
	const FnXmlHandler handler = {on_start, on_end, on_text, &reading, on_comment};

	fn_flow_begin(flow, place);
	fn_xml_read(fn_flow_extract(flow), part, bytes->data, bytes->len, &handler);
	if (reading.in_code)
		code_end(&reading);
	fn_flow_finish(flow);
}

/* ---- lines ---- */

static gboolean
same_line(const FnOfdPiece *a, const FnOfdPiece *b)
{
	return fabs(a->y - b->y) < 0.5 * MIN(a->size, b->size);
}

static gboolean
is_single_digit(const FnOfdLayout *layout, const FnOfdPiece *piece)
{
	return piece->length == 1 && g_ascii_isalnum(layout->text->str[piece->from]);
}

/* What stands between two pieces: nothing, a space, a tab (another column) or a new line. */
static char
between(const FnOfdLayout *layout, const FnOfdPiece *a, const FnOfdPiece *b)
{
	double size = MIN(a->size, b->size), gap = b->x - a->end;

	if (!same_line(a, b) || b->x < a->x)
		return '\n';
	/* One digit in each box of a form. */
	if (gap < 0.4 * size || (gap < 2.5 * size && is_single_digit(layout, a) && is_single_digit(layout, b)))
		return 0;
	return gap < 2 * size ? ' ' : '\t';
}

/* The template's piece that labels this one: the nearest to its left on the same line. */
static const FnOfdPiece *
label_of(const FnOfdLayout *below, const FnOfdPiece *piece)
{
	const FnOfdPiece *best = NULL;

	for (guint i = 0; i < below->pieces->len; i++) {
		const FnOfdPiece *label = &g_array_index(below->pieces, FnOfdPiece, i);

		if (same_line(label, piece) && label->x < piece->x && piece->x - label->end < 20 * piece->size &&
			(!best || label->x > best->x))
			best = label;
	}
	return best;
}

enum { LABELS_MAX = 2000 }; /* pieces of a template among which labels are looked for */

typedef struct {
	const FnOfdLayout *layout, *below;
	GHashTable *known;  /* chunks said: what stands between tabs and ends of lines */
	GString *out, *chunk;
} Lines;

/* Ends a chunk. In the second pass only those that nobody has heard are said. */
static void
end_chunk(Lines *lines, char separator, gboolean only_new)
{
	if (lines->chunk->len && (!only_new || !g_hash_table_contains(lines->known, lines->chunk->str))) {
		g_string_append_len(lines->out, lines->chunk->str, (gssize)lines->chunk->len);
		g_string_append_c(lines->out, separator);
	}
	if (lines->known && !only_new)
		g_hash_table_add(lines->known, g_strdup(lines->chunk->str));
	g_string_truncate(lines->chunk, 0);
}

static void
put_together(Lines *lines, const FnOfdPiece *const *order, guint n, gboolean only_new)
{
	const FnOfdLayout *layout = lines->layout;

	for (guint i = 0; i < n; i++) {
		const FnOfdPiece *label = NULL;
		char separator = i ? between(layout, order[i - 1], order[i]) : '\n';

		if (separator == '\n' || separator == '\t')
			end_chunk(lines, separator, only_new);
		else if (separator)
			g_string_append_c(lines->chunk, separator);
		if (!lines->chunk->len && !only_new && lines->below)
			label = label_of(lines->below, order[i]);
		if (label) {
			g_string_append_len(lines->out, lines->below->text->str + label->from, (gssize)label->length);
			g_string_append_c(lines->out, ' ');
		}
		g_string_append_len(lines->chunk, layout->text->str + order[i]->from, (gssize)order[i]->length);
	}
	end_chunk(lines, '\n', only_new);
}

/* By rows of a grid half a character high, then by x: a total order, unlike nearness. */
static int
by_place(gconstpointer a, gconstpointer b)
{
	const FnOfdPiece *first = *(const FnOfdPiece *const *)a, *second = *(const FnOfdPiece *const *)b;

	if (first->y != second->y)
		return first->y < second->y ? -1 : 1;
	return first->x < second->x ? -1 : first->x > second->x;
}

static int
by_x(gconstpointer a, gconstpointer b)
{
	const FnOfdPiece *first = *(const FnOfdPiece *const *)a, *second = *(const FnOfdPiece *const *)b;

	return first->x < second->x ? -1 : first->x > second->x;
}

/* Top down, and what is on a line with its first piece from left to right. */
static void
sort_by_place(const FnOfdPiece **order, guint n)
{
	guint from = 0;

	qsort(order, n, sizeof *order, by_place);
	for (guint i = 1; i <= n; i++) {
		if (i < n && same_line(order[from], order[i]))
			continue;
		qsort(order + from, i - from, sizeof *order, by_x);
		from = i;
	}
}

static gboolean
in_order(const FnOfdPiece *const *order, guint n)
{
	for (guint i = 1; i < n; i++)
		if (same_line(order[i - 1], order[i]) ? order[i]->x < order[i - 1]->x : order[i]->y < order[i - 1]->y)
			return FALSE;
	return TRUE;
}

void
fn_ofd_layout_say(const FnOfdLayout *layout, const FnOfdLayout *below, FnExtract *extract, const char *place)
{
	guint n = layout->pieces->len;
	g_autofree const FnOfdPiece **order = g_new(const FnOfdPiece *, n + 1);
	g_autoptr(GHashTable) known = NULL;
	g_autoptr(GString) out = g_string_new(NULL), chunk = g_string_new(NULL);
	g_autofree char *by_position = g_strdup_printf("%s%sby position", place, *place ? ", " : "");
	Lines lines = {layout, below && below->pieces->len <= LABELS_MAX ? below : NULL, NULL, out, chunk};

	for (guint i = 0; i < n; i++)
		order[i] = &g_array_index(layout->pieces, FnOfdPiece, i);
	if (!in_order(order, n))
		lines.known = known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	put_together(&lines, order, n, FALSE);
	fn_extract_begin(extract, place);
	if (!fn_extract_text(extract, out->str, (gssize)out->len) || !known)
		return;
	g_string_truncate(out, 0);
	sort_by_place(order, n);
	put_together(&lines, order, n, TRUE);
	fn_extract_begin(extract, by_position);
	fn_extract_text(extract, out->str, (gssize)out->len);
}
