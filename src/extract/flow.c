#include "extract/flow_priv.h"

#include "extract/grid.h"

#include <string.h>

static const char *const side_names[SIDES] = {
	"",          "tracked changes",   "hidden text", "field codes", "watermark",
	"notes",     "phonetic text",     "header and footer", "other text",  "attributes",
	"comments in the markup",
};

/* What these elements hold stands beside the body. */
static const Side role_sides[FN_FLOW_ROLES] = {
	[FN_FLOW_NOTE] = NOTES, [FN_FLOW_PHONETIC] = PHONETIC, [FN_FLOW_HEADER] = HEADERS, [FN_FLOW_ASIDE] = OTHER,
	[FN_FLOW_CHANGES] = TRACKED,
};

enum { IS_DELETED = 1, IS_INSERTED = 2, IS_HIDDEN = 4 };

typedef struct {
	guint8 role, flags, side;
} Element;

/* A stretch of a paragraph's text with the same flags, up to byte @end. */
typedef struct {
	gsize end;
	guint8 flags;
} Span;

typedef struct {
	GString *text;
	GArray *spans;
	guint8 any;    /* flags that occur */
	guint8 side;
} Paragraph;

typedef struct {
	GString *text;
	guint cells, span;
	gboolean filled; /* the current cell has a paragraph already */
	guint8 side;
} Row;

/* The same content twice: what the first branch put into the open paragraph begins at @from. */
typedef struct {
	guint open;
	gsize from;
	GString *fallback;
} Alternate;

struct FnFlow {
	FnExtract *extract;
	GHashTable *words;
	GHashTable *rules;     /* fn_flow_rules_new() */
	gboolean mixed, stopped;
	char *place;
	GArray *elements;      /* Element; the first is the document's own */
	GPtrArray *paragraphs; /* Paragraph; the first @open are open, the rest kept for later */
	guint open;
	GPtrArray *rows;
	guint open_rows;
	GArray *alternates;
	guint fallbacks;       /* elements of FN_FLOW_FALLBACK we are in */
	GHashTable *lines;     /* what first branches said, while in an alternate */
	GString *loose;        /* characters outside paragraphs, of the current element */
	GString *code;
	GString *line;         /* scratch */
	GString *capture;      /* borrowed, or NULL */
	Side base;             /* where lines go that belong to no side */
	GString *sides[SIDES];
};

static Paragraph *
paragraph_new(void)
{
	Paragraph *paragraph = g_new0(Paragraph, 1);

	paragraph->text = g_string_new(NULL);
	paragraph->spans = g_array_new(FALSE, FALSE, sizeof(Span));
	return paragraph;
}

static void
paragraph_free(gpointer data)
{
	Paragraph *paragraph = data;

	g_string_free(paragraph->text, TRUE);
	g_array_unref(paragraph->spans);
	g_free(paragraph);
}

static Row *
row_new(void)
{
	Row *row = g_new0(Row, 1);

	row->text = g_string_new(NULL);
	return row;
}

static void
row_free(gpointer data)
{
	Row *row = data;

	g_string_free(row->text, TRUE);
	g_free(row);
}

FnFlow *
fn_flow_new(FnExtract *extract, const FnFlowWord *words, gsize n, gboolean mixed)
{
	FnFlow *flow = g_new0(FnFlow, 1);

	flow->extract = extract;
	flow->mixed = mixed;
	flow->words = g_hash_table_new(g_str_hash, g_str_equal);
	for (gsize i = 0; i < n; i++)
		g_hash_table_insert(flow->words, (gpointer)words[i].name, GUINT_TO_POINTER(words[i].role));
	flow->rules = fn_flow_rules_new();
	flow->elements = g_array_new(FALSE, FALSE, sizeof(Element));
	flow->paragraphs = g_ptr_array_new_with_free_func(paragraph_free);
	flow->rows = g_ptr_array_new_with_free_func(row_free);
	flow->alternates = g_array_new(FALSE, FALSE, sizeof(Alternate));
	flow->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	flow->loose = g_string_new(NULL);
	flow->code = g_string_new(NULL);
	flow->line = g_string_new(NULL);
	for (guint i = TRACKED; i < SIDES; i++)
		flow->sides[i] = g_string_new(NULL);
	return flow;
}

void
fn_flow_free(FnFlow *flow)
{
	if (!flow)
		return;
	for (guint i = 0; i < flow->alternates->len; i++)
		g_string_free(g_array_index(flow->alternates, Alternate, i).fallback, TRUE);
	for (guint i = TRACKED; i < SIDES; i++)
		g_string_free(flow->sides[i], TRUE);
	g_hash_table_unref(flow->words);
	g_hash_table_unref(flow->rules);
	g_hash_table_unref(flow->lines);
	g_array_unref(flow->elements);
	g_array_unref(flow->alternates);
	g_ptr_array_unref(flow->paragraphs);
	g_ptr_array_unref(flow->rows);
	g_string_free(flow->loose, TRUE);
	g_string_free(flow->code, TRUE);
	g_string_free(flow->line, TRUE);
	g_free(flow->place);
	g_free(flow);
}

static Element *
top(FnFlow *flow)
{
	return &g_array_index(flow->elements, Element, flow->elements->len - 1);
}

static Paragraph *
open_paragraph(FnFlow *flow)
{
	return flow->open ? flow->paragraphs->pdata[flow->open - 1] : NULL;
}

static Row *
open_row(FnFlow *flow)
{
	return flow->open_rows ? flow->rows->pdata[flow->open_rows - 1] : NULL;
}

static void
add_side(FnFlow *flow, Side side, const char *text, gsize size)
{
	if (size == 0)
		return;
	g_string_append_len(flow->sides[side], text, (gssize)size);
	g_string_append_c(flow->sides[side], '\n');
}

/* A paragraph inside a cell. A return stands between two of them until the row is complete. */
static void
add_to_row(Row *row, const char *text, gsize size)
{
	if (size == 0)
		return;
	if (row->filled)
		g_string_append_c(row->text, '\r');
	for (gsize i = 0; i < size; i++)
		g_string_append_c(row->text, text[i] == '\t' || text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
	row->filled = TRUE;
}

/* TRUE when the other branch of an alternate said this already. */
static gboolean
said_twice(FnFlow *flow, const char *text)
{
	if (flow->fallbacks)
		return g_hash_table_contains(flow->lines, text);
	if (flow->alternates->len)
		g_hash_table_add(flow->lines, g_strdup(text));
	return FALSE;
}

static void
say_line(FnFlow *flow, Side side, GString *text)
{
	Row *row = open_row(flow);

	if (text->len == 0 || said_twice(flow, text->str))
		return;
	if (row && row->side == side) {
		add_to_row(row, text->str, text->len);
	} else if (flow->capture && side == flow->base) {
		g_string_append_printf(flow->capture, "%s%s", flow->capture->len ? " " : "", text->str);
	} else if (side != BODY) {
		add_side(flow, side, text->str, text->len);
	} else if (!flow->stopped) {
		g_string_append_c(text, '\n');
		flow->stopped = !fn_extract_text(flow->extract, text->str, (gssize)text->len);
	}
}

/* ---- paragraphs ---- */

static void
paragraph_begin(FnFlow *flow, Side side)
{
	Paragraph *paragraph;

	if (flow->open == flow->paragraphs->len)
		g_ptr_array_add(flow->paragraphs, paragraph_new());
	paragraph = flow->paragraphs->pdata[flow->open++];
	g_string_truncate(paragraph->text, 0);
	g_array_set_size(paragraph->spans, 0);
	paragraph->any = 0;
	paragraph->side = (guint8)side;
}

static void
paragraph_add(Paragraph *paragraph, guint8 flags, const char *text, gsize size)
{
	Span *last = paragraph->spans->len ? &g_array_index(paragraph->spans, Span, paragraph->spans->len - 1) : NULL;

	g_string_append_len(paragraph->text, text, (gssize)size);
	if (last && last->flags == flags)
		last->end = paragraph->text->len;
	else
		g_array_append_vals(paragraph->spans, &(Span){paragraph->text->len, flags}, 1);
	paragraph->any |= flags;
}

static gboolean
stands_now(guint8 flags)
{
	return !(flags & (IS_DELETED | IS_HIDDEN));
}

/* What was put in and taken out again stood there once. */
static gboolean
stood_before(guint8 flags)
{
	return !(flags & IS_INSERTED) || (flags & IS_DELETED);
}

static gboolean
stands_hidden(guint8 flags)
{
	return !(flags & IS_DELETED);
}

static GString *
reading(FnFlow *flow, const Paragraph *paragraph, gboolean (*holds)(guint8))
{
	gsize from = 0;

	g_string_truncate(flow->line, 0);
	for (guint i = 0; i < paragraph->spans->len; i++) {
		const Span *span = &g_array_index(paragraph->spans, Span, i);

		if (holds(span->flags))
			g_string_append_len(flow->line, paragraph->text->str + from, (gssize)(span->end - from));
		from = span->end;
	}
	return flow->line;
}

static void
paragraph_end(FnFlow *flow)
{
	Paragraph *paragraph = flow->paragraphs->pdata[--flow->open];

	if (flow->code->len) {
		add_side(flow, CODES, flow->code->str, flow->code->len);
		g_string_truncate(flow->code, 0);
	}
	if (!paragraph->any) {
		say_line(flow, paragraph->side, paragraph->text);
		return;
	}
	if (paragraph->any & IS_DELETED) {
		reading(flow, paragraph, stood_before);
		add_side(flow, TRACKED, flow->line->str, flow->line->len);
	}
	if (paragraph->any & IS_HIDDEN) {
		reading(flow, paragraph, stands_hidden);
		add_side(flow, HIDDEN, flow->line->str, flow->line->len);
	}
	say_line(flow, paragraph->side, reading(flow, paragraph, stands_now));
}

/* ---- rows ---- */

static void
row_begin(FnFlow *flow, Side side)
{
	Row *row;

	if (flow->open_rows == flow->rows->len)
		g_ptr_array_add(flow->rows, row_new());
	row = flow->rows->pdata[flow->open_rows++];
	g_string_truncate(row->text, 0);
	row->cells = 0;
	row->span = 1;
	row->filled = FALSE;
	row->side = (guint8)side;
}

static void
cell_begin(FnFlow *flow)
{
	Row *row = open_row(flow);

	if (!row)
		return;
	for (guint i = row->cells ? row->span : 0; i; i--)
		g_string_append_c(row->text, '\t');
	row->cells++;
	row->span = 1;
	row->filled = FALSE;
}

/* A row of one cell is a frame around paragraphs: they stay lines. */
static void
row_end(FnFlow *flow)
{
	Row *row = flow->rows->pdata[--flow->open_rows];
	char between = row->cells > 1 || flow->open_rows ? ' ' : '\n';

	for (char *c = strchr(row->text->str, '\r'); c; c = strchr(c, '\r'))
		*c = between;
	if (row->text->len >= MAX(row->cells, 1))
		say_line(flow, row->side, row->text);
}

/* ---- alternates ---- */

static void
alternate_begin(FnFlow *flow)
{
	Paragraph *paragraph = open_paragraph(flow);
	Alternate alternate = {flow->open, paragraph ? paragraph->text->len : 0, g_string_new(NULL)};

	g_array_append_val(flow->alternates, alternate);
}

static void
alternate_end(FnFlow *flow)
{
	Alternate alternate = g_array_index(flow->alternates, Alternate, flow->alternates->len - 1);
	Paragraph *paragraph = open_paragraph(flow);

	g_array_set_size(flow->alternates, flow->alternates->len - 1);
	if (flow->alternates->len == 0)
		g_hash_table_remove_all(flow->lines);
	if (!paragraph || !strstr(paragraph->text->str + MIN(alternate.from, paragraph->text->len), alternate.fallback->str))
		add_side(flow, OTHER, alternate.fallback->str, alternate.fallback->len);
	g_string_free(alternate.fallback, TRUE);
}

/* Where the text of the open paragraph goes: a fallback's stands aside until it is known whether it says anything new. */
static void
add_text(FnFlow *flow, const char *text, gsize size)
{
	Paragraph *paragraph = open_paragraph(flow);
	Alternate *alternate = flow->alternates->len ?
		&g_array_index(flow->alternates, Alternate, flow->alternates->len - 1) : NULL;

	if (flow->fallbacks && alternate && flow->open <= alternate->open)
		g_string_append_len(alternate->fallback, text, (gssize)size);
	else if (paragraph)
		paragraph_add(paragraph, top(flow)->flags, text, size);
	else
		g_string_append_len(flow->loose, text, (gssize)size);
}

/* ---- loose text and attributes ---- */

static void
add_named(GString *out, const char *name, const char *text, gsize size)
{
	g_string_append(out, name);
	g_string_append(out, ": ");
	fn_grid_number(out, text, size);
}

static void
flush_loose(FnFlow *flow, const char *name)
{
	Element *element = top(flow);

	if (flow->loose->len == 0)
		return;
	g_string_truncate(flow->line, 0);
	if (element->role == FN_FLOW_HEADER)
		fn_flow_header_plain(flow->line, flow->loose->str, flow->loose->len);
	else if (element->role == FN_FLOW_TEXT)
		g_string_append_len(flow->line, flow->loose->str, (gssize)flow->loose->len);
	else
		add_named(flow->line, name, flow->loose->str, flow->loose->len);
	g_string_truncate(flow->loose, 0);
	if (open_paragraph(flow) && element->side == flow->base)
		add_side(flow, OTHER, flow->line->str, flow->line->len);
	else
		say_line(flow, element->side, flow->line);
}

static void
take_attribute(FnFlow *flow, FnFlowRole role, const char *full, const char *value)
{
	const char *colon = strchr(full, ':'), *name = colon ? colon + 1 : full;
	Side side = g_str_has_prefix(full, "xmlns") ? BODY : fn_flow_attribute_side(flow->rules, role, name, value);

	if (side == BODY)
		return;
	if (side == NAMES)
		add_named(flow->sides[side], name, value, strlen(value));
	else
		g_string_append(flow->sides[side], value);
	g_string_append_c(flow->sides[side], '\n');
}

static guint
number_attribute(const char **attributes, const char *name, guint base, guint otherwise, guint most)
{
	const char *value = fn_xml_attribute(attributes, name);
	guint64 number;

	if (!value || !g_ascii_string_to_unsigned(value, base, 0, G_MAXUINT32, &number, NULL))
		return otherwise;
	return (guint)MIN(number, most);
}

static void
add_symbol(FnFlow *flow, const char **attributes)
{
	guint code = number_attribute(attributes, "char", 16, 0, 0x10ffff);
	char utf8[8];

	/* Symbol fonts sit in the private area with ASCII behind it. */
	if (code >= 0xf020 && code <= 0xf07e)
		code -= 0xf000;
	if (code >= ' ' && g_unichar_validate(code))
		add_text(flow, utf8, (gsize)g_unichar_to_utf8(code, utf8));
}

static void
add_spaces(FnFlow *flow, const char **attributes)
{
	for (guint i = number_attribute(attributes, "c", 10, 1, 64); i; i--)
		add_text(flow, " ", 1);
}

/* <r><rPr><vanish/>: the run is two elements up. */
static void
vanish(FnFlow *flow, const char **attributes)
{
	const char *value = fn_xml_attribute(attributes, "val");

	if (value && (strcmp(value, "0") == 0 || strcmp(value, "false") == 0 || strcmp(value, "off") == 0))
		return;
	if (flow->elements->len >= 3)
		g_array_index(flow->elements, Element, flow->elements->len - 3).flags |= IS_HIDDEN;
}

static gboolean
is_hidden_section(const char **attributes)
{
	const char *display = fn_xml_attribute(attributes, "display");

	return display && strcmp(display, "none") == 0;
}

/* ---- events ---- */

static void
act(FnFlow *flow, Element *element, const char **attributes)
{
	Row *row;

	switch ((FnFlowRole)element->role) {
	case FN_FLOW_PARAGRAPH:
		paragraph_begin(flow, element->side);
		break;
	case FN_FLOW_ROW:
		row_begin(flow, element->side);
		break;
	case FN_FLOW_CELL:
		cell_begin(flow);
		break;
	case FN_FLOW_SPAN:
		row = open_row(flow);
		if (row)
			row->span = MAX(number_attribute(attributes, "val", 10, 1, 64), 1);
		break;
	case FN_FLOW_TAB:
		add_text(flow, "\t", 1);
		break;
	case FN_FLOW_BREAK:
		add_text(flow, "\n", 1);
		break;
	case FN_FLOW_HYPHEN:
		add_text(flow, "-", 1);
		break;
	case FN_FLOW_SPACES:
		add_spaces(flow, attributes);
		break;
	case FN_FLOW_SYMBOL:
		add_symbol(flow, attributes);
		break;
	case FN_FLOW_VANISH:
		vanish(flow, attributes);
		break;
	case FN_FLOW_ALTERNATE:
		alternate_begin(flow);
		break;
	case FN_FLOW_FALLBACK:
		flow->fallbacks++;
		break;
	default:
		break;
	}
}

void
fn_flow_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	FnFlow *flow = data;
	Element element = *top(flow);

	flush_loose(flow, fn_xml_above(xml, 1));
	if (element.role == FN_FLOW_SKIP) {
		g_array_append_val(flow->elements, element);
		return;
	}
	element.role = (guint8)GPOINTER_TO_UINT(g_hash_table_lookup(flow->words, name));
	if (element.role == FN_FLOW_DELETED)
		element.flags |= IS_DELETED;
	else if (element.role == FN_FLOW_INSERTED)
		element.flags |= IS_INSERTED;
	else if (element.role == FN_FLOW_SECTION && is_hidden_section(attributes))
		element.flags |= IS_HIDDEN;
	else if (role_sides[element.role])
		element.side = (guint8)role_sides[element.role];
	g_array_append_val(flow->elements, element);
	act(flow, &element, attributes);
	if (element.role != FN_FLOW_SKIP)
		for (; attributes[0]; attributes += 2)
			take_attribute(flow, element.role, attributes[0], attributes[1]);
	if (flow->stopped)
		fn_xml_stop(xml);
}

void
fn_flow_end(FnXml *xml, const char *name, gpointer data)
{
	FnFlow *flow = data;
	guint8 role = top(flow)->role;
	gboolean inside = flow->elements->len > 1 &&
		g_array_index(flow->elements, Element, flow->elements->len - 2).role == FN_FLOW_SKIP;

	(void)xml;
	flush_loose(flow, name);
	g_array_set_size(flow->elements, flow->elements->len - 1);
	if (inside)
		return;
	switch ((FnFlowRole)role) {
	case FN_FLOW_PARAGRAPH:
		paragraph_end(flow);
		break;
	case FN_FLOW_ROW:
		row_end(flow);
		break;
	case FN_FLOW_FALLBACK:
		flow->fallbacks--;
		break;
	case FN_FLOW_ALTERNATE:
		alternate_end(flow);
		break;
	default:
		break;
	}
}

static gboolean
is_blank(const char *text, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (!g_ascii_isspace(text[i]))
			return FALSE;
	return TRUE;
}

/* Runs of white space in mixed content are one space. */
static void
add_mixed(FnFlow *flow, const char *text, gsize size)
{
	gsize from = 0;

	for (gsize i = 0; i < size; i++) {
		if (text[i] != '\n' && text[i] != '\t' && text[i] != '\r')
			continue;
		if (i > from)
			add_text(flow, text + from, i - from);
		if (i == 0 || !g_ascii_isspace(text[i - 1]))
			add_text(flow, " ", 1);
		from = i + 1;
	}
	if (size > from)
		add_text(flow, text + from, size - from);
}

void
fn_flow_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	FnFlow *flow = data;
	const Element *element = top(flow);
	const Paragraph *paragraph = open_paragraph(flow);
	gboolean ours = paragraph && paragraph->side == element->side;
	gboolean direct = element->role == FN_FLOW_TEXT && (ours || !paragraph);
	gboolean blank = flow->loose->len == 0 && is_blank(text, size);

	(void)xml;
	if (element->role == FN_FLOW_SKIP || element->role == FN_FLOW_NUMBERS)
		return;
	if (element->role == FN_FLOW_CODE)
		g_string_append_len(flow->code, text, (gssize)size);
	else if (!direct && flow->mixed && ours)
		add_mixed(flow, text, size);
	else if (direct || (element->role == FN_FLOW_PARAGRAPH && !blank))
		add_text(flow, text, size);
	else if (!blank)
		g_string_append_len(flow->loose, text, (gssize)size);
}

void
fn_flow_comment(FnXml *xml, const char *text, gpointer data)
{
	FnFlow *flow = data;

	(void)xml;
	add_side(flow, MARKUP, text, strlen(text));
}

static void
begin(FnFlow *flow, const char *place, Side side)
{
	g_free(flow->place);
	flow->place = g_strdup(place);
	flow->open = flow->open_rows = flow->fallbacks = 0;
	g_array_set_size(flow->elements, 0);
	g_array_append_vals(flow->elements, &(Element){.side = (guint8)side}, 1);
	flow->stopped = fn_extract_stopped(flow->extract);
	flow->base = side;
	flow->capture = NULL;
}

FnExtract *
fn_flow_extract(const FnFlow *flow)
{
	return flow->extract;
}

void
fn_flow_capture(FnFlow *flow, GString *out)
{
	flow->capture = out;
}

void
fn_flow_begin(FnFlow *flow, const char *place)
{
	begin(flow, place, BODY);
	fn_extract_begin(flow->extract, place);
}

void
fn_flow_begin_beside(FnFlow *flow, const char *place)
{
	begin(flow, place, OTHER);
}

/* Says what a broken part left open. */
static void
close_all(FnFlow *flow)
{
	while (flow->alternates->len)
		alternate_end(flow);
	flow->fallbacks = 0;
	while (flow->open)
		paragraph_end(flow);
	while (flow->open_rows)
		row_end(flow);
	add_side(flow, OTHER, flow->loose->str, flow->loose->len);
	g_string_truncate(flow->loose, 0);
	add_side(flow, CODES, flow->code->str, flow->code->len);
	g_string_truncate(flow->code, 0);
}

void
fn_flow_finish(FnFlow *flow)
{
	close_all(flow);
	for (guint i = TRACKED; i < SIDES; i++) {
		if (flow->sides[i]->len && !flow->stopped) {
			g_autofree char *place = g_strdup_printf("%s%s%s", flow->place, *flow->place ? ", " : "", side_names[i]);

			fn_extract_begin(flow->extract, place);
			flow->stopped = !fn_extract_text(flow->extract, flow->sides[i]->str, (gssize)flow->sides[i]->len);
		}
		g_string_truncate(flow->sides[i], 0);
	}
}

void
fn_flow_read(FnFlow *flow, const char *part, const char *place, const guint8 *bytes, gsize size)
{
	const FnXmlHandler handler = {fn_flow_start, fn_flow_end, fn_flow_text, flow, fn_flow_comment};

	fn_flow_begin(flow, place);
	fn_xml_read(flow->extract, part, bytes, size, &handler);
	fn_flow_finish(flow);
}
