#include "extract/grid.h"
#include "extract/ooxml.h"
#include "extract/xlsx_styles.h"

#include <string.h>

/* Texts of the whole workbook, which cells name by number. */
typedef struct {
	GString *text;  /* one after the other */
	GArray *ends;   /* gsize */
	GString *phonetic;
	guint8 *used;   /* once all are read: which of them a cell showed */
	gboolean in_text, in_phonetic, open;
} Strings;

typedef struct {
	char *name, *part;
	const char *hidden; /* NULL, or how it is hidden */
} Sheet;

typedef struct {
	FnPackage *package;
	const GPtrArray *relations;
	GPtrArray *sheets; /* Sheet */
	Strings strings;
	FnXlsxStyles *styles; /* only when cells are wanted */
	gboolean since_1904;
} Workbook;

typedef enum { CELL_NUMBER = 0, CELL_SHARED, CELL_TEXT, CELL_BOOLEAN } CellType;

/* One sheet while it is read. What stands outside its rows goes through the flow, beside the cells. */
typedef struct {
	Workbook *book;
	FnGrid grid;
	FnFlow *flow;
	gboolean in_rows, phonetic;
	guint row, column;
	CellType type;
	char style[12];
	GString *value, *formula, *into; /* @into: where characters go now, or NULL */
	GString *number;                 /* scratch */
	gboolean stopped;
} Reading;

static void
sheet_free(gpointer data)
{
	Sheet *sheet = data;

	g_free(sheet->name);
	g_free(sheet->part);
	g_free(sheet);
}

/* ---- shared strings ---- */

static void
strings_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Strings *strings = data;

	(void)xml;
	(void)attributes;
	if (strcmp(name, "si") == 0)
		strings->open = TRUE;
	else if (strcmp(name, "t") == 0)
		strings->in_text = TRUE;
	else if (strcmp(name, "rPh") == 0)
		strings->in_phonetic = TRUE;
}

static void
strings_end(FnXml *xml, const char *name, gpointer data)
{
	Strings *strings = data;

	(void)xml;
	if (strcmp(name, "si") == 0) {
		g_array_append_val(strings->ends, strings->text->len);
		strings->open = FALSE;
	} else if (strcmp(name, "t") == 0) {
		strings->in_text = FALSE;
	} else if (strcmp(name, "rPh") == 0) {
		strings->in_phonetic = FALSE;
		g_string_append_c(strings->phonetic, '\n');
	}
}

static void
strings_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	Strings *strings = data;

	(void)xml;
	if (strings->in_text)
		g_string_append_len(strings->in_phonetic ? strings->phonetic : strings->text, text, (gssize)size);
}

static const char *
string_at(const Strings *strings, guint i, gsize *size)
{
	gsize from = i ? g_array_index(strings->ends, gsize, i - 1) : 0;

	*size = g_array_index(strings->ends, gsize, i) - from;
	return strings->text->str + from;
}

static const FnRelation *
relation_of(const GPtrArray *relations, const char *type)
{
	for (guint i = 0; i < relations->len; i++) {
		const FnRelation *relation = relations->pdata[i];

		if (strcmp(relation->type, type) == 0)
			return relation;
	}
	return NULL;
}

static void
read_strings(Workbook *book)
{
	const FnRelation *relation = relation_of(book->relations, "sharedStrings");
	const FnZipMember *part = relation ? fn_parts_find(&book->package->parts, relation->target) : NULL;
	const FnXmlHandler handler = {strings_start, strings_end, strings_text, &book->strings};
	g_autoptr(GByteArray) bytes = part ? fn_parts_take(&book->package->parts, part) : NULL;

	if (bytes)
		fn_xml_read(book->package->extract, part->name, bytes->data, bytes->len, &handler);
	if (book->strings.open) /* cut off in the midst of one */
		g_array_append_val(book->strings.ends, book->strings.text->len);
	book->strings.used = g_malloc0(book->strings.ends->len + 1);
}

/* What no cell shows: left behind when a cell was deleted, or hidden there. */
static void
say_unused(Workbook *book)
{
	FnExtract *extract = book->package->extract;

	fn_extract_begin(extract, "strings without a cell");
	for (guint i = 0; i < book->strings.ends->len; i++) {
		gsize size;
		const char *text = string_at(&book->strings, i, &size);

		if (book->strings.used[i] || size == 0)
			continue;
		if (!fn_extract_text(extract, text, (gssize)size) || !fn_extract_text(extract, "\n", 1))
			return;
	}
	fn_extract_begin(extract, "phonetic text");
	fn_extract_text(extract, book->strings.phonetic->str, (gssize)book->strings.phonetic->len);
}

/* ---- cells ---- */

/* Attributes of cells and rows have no prefix and names of one letter. */
static const char *
letter(const char **attributes, char name)
{
	for (; *attributes; attributes += 2)
		if (attributes[0][0] == name && attributes[0][1] == 0)
			return attributes[1];
	return NULL;
}

static CellType
type_named(const char *type)
{
	static const struct {
		const char *name;
		CellType type;
	} types[] = {{"s", CELL_SHARED}, {"n", CELL_NUMBER}, {"b", CELL_BOOLEAN}};

	if (!type)
		return CELL_NUMBER;
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].name, type) == 0)
			return types[i].type;
	return CELL_TEXT;
}

static void
cell_start(Reading *self, const char **attributes)
{
	const char *reference = letter(attributes, 'r');

	self->column++;
	if (reference)
		fn_grid_reference(reference, &self->row, &self->column);
	self->type = type_named(letter(attributes, 't'));
	g_strlcpy(self->style, letter(attributes, 's') ? letter(attributes, 's') : "0", sizeof self->style);
	g_string_truncate(self->value, 0);
	g_string_truncate(self->formula, 0);
}

static void
cell_end(Reading *self)
{
	Strings *strings = &self->book->strings;
	const char *text = self->value->str;
	gsize size = self->value->len;
	guint64 index;

	self->grid.number = FALSE;
	if (self->type == CELL_NUMBER) {
		self->grid.number = !self->book->styles || !fn_xlsx_styles_date(self->book->styles, self->style, text, self->number);
		if (self->grid.number) {
			g_string_truncate(self->number, 0);
			fn_grid_number(self->number, text, size);
		}
		text = self->number->str;
		size = self->number->len;
	} else if (self->type == CELL_BOOLEAN) {
		text = *text == '1' ? "TRUE" : "FALSE";
		size = strlen(text);
	} else if (self->type == CELL_SHARED && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &index, NULL) &&
		   index < strings->ends->len) {
		strings->used[index] = 1;
		text = string_at(strings, (guint)index, &size);
	}
	self->stopped = !fn_grid_cell(&self->grid, self->row, self->column, text, size);
	fn_grid_aside(&self->grid, FN_GRID_FORMULA, self->row, self->column, self->formula->str);
}

static void
row_start(Reading *self, const char **attributes)
{
	const char *number = letter(attributes, 'r');
	guint64 row;

	self->row = number && g_ascii_string_to_unsigned(number, 10, 1, 100000000, &row, NULL) ? (guint)row : self->row + 1;
	self->column = 0;
}

static void
in_rows_start(Reading *self, const char *name, const char **attributes)
{
	if (strcmp(name, "c") == 0)
		cell_start(self, attributes);
	else if (strcmp(name, "v") == 0)
		self->into = self->value;
	else if (strcmp(name, "t") == 0)
		self->into = self->phonetic ? self->book->strings.phonetic : self->value;
	else if (strcmp(name, "f") == 0)
		self->into = self->formula;
	else if (strcmp(name, "row") == 0)
		row_start(self, attributes);
	else if (strcmp(name, "rPh") == 0)
		self->phonetic = TRUE;
}

static void
sheet_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Reading *self = data;

	if (self->in_rows)
		in_rows_start(self, name, attributes);
	else if (strcmp(name, "sheetData") == 0)
		self->in_rows = TRUE;
	else
		fn_flow_start(xml, name, attributes, self->flow);
	if (self->stopped)
		fn_xml_stop(xml);
}

static void
sheet_end(FnXml *xml, const char *name, gpointer data)
{
	Reading *self = data;

	if (!self->in_rows) {
		fn_flow_end(xml, name, self->flow);
	} else if (strcmp(name, "c") == 0) {
		cell_end(self);
	} else if (strcmp(name, "rPh") == 0) {
		self->phonetic = FALSE;
		g_string_append_c(self->book->strings.phonetic, '\n');
	} else if (strcmp(name, "sheetData") == 0) {
		self->in_rows = FALSE;
	}
	self->into = NULL;
}

static void
sheet_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	Reading *self = data;

	if (self->into)
		g_string_append_len(self->into, text, (gssize)size);
	else if (!self->in_rows)
		fn_flow_text(xml, text, size, self->flow);
}

static void
sheet_comment(FnXml *xml, const char *text, gpointer data)
{
	fn_flow_comment(xml, text, ((Reading *)data)->flow);
}

static void
read_cells(Workbook *book, const Sheet *sheet, const char *part, const GByteArray *bytes)
{
	FnPackage *package = book->package;
	Reading reading = {.book = book, .flow = package->flow, .value = g_string_new(NULL), .formula = g_string_new(NULL),
		.number = g_string_new(NULL)};
	const FnXmlHandler handler = {sheet_start, sheet_end, sheet_text, &reading, sheet_comment};

	fn_flow_begin_beside(package->flow, sheet->name);
	fn_grid_init(&reading.grid, package->extract);
	fn_grid_sheet(&reading.grid, sheet->name, sheet->hidden);
	fn_xml_read(package->extract, part, bytes->data, bytes->len, &handler);
	fn_grid_end(&reading.grid);
	fn_flow_finish(package->flow);
	fn_grid_clear(&reading.grid);
	g_string_free(reading.value, TRUE);
	g_string_free(reading.formula, TRUE);
	g_string_free(reading.number, TRUE);
}

/* ---- comments ---- */

typedef struct {
	FnFlow *flow;
	FnGrid grid;
} Comments;

static void
comments_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Comments *self = data;
	const char *reference = fn_xml_attribute(attributes, "ref");
	guint row, column;

	if (reference && (strcmp(name, "comment") == 0 || strcmp(name, "threadedComment") == 0) &&
	    fn_grid_reference(reference, &row, &column))
		fn_grid_place(&self->grid, row, column);
	fn_flow_start(xml, name, attributes, self->flow);
}

static void
comments_end(FnXml *xml, const char *name, gpointer data)
{
	fn_flow_end(xml, name, ((Comments *)data)->flow);
}

static void
comments_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	fn_flow_text(xml, text, size, ((Comments *)data)->flow);
}

static void
comments_comment(FnXml *xml, const char *text, gpointer data)
{
	fn_flow_comment(xml, text, ((Comments *)data)->flow);
}

static void
read_comments(FnPackage *package, const FnRelation *relation, const Sheet *sheet)
{
	const FnZipMember *part = fn_parts_find(&package->parts, relation->target);
	g_autoptr(GByteArray) bytes = part ? fn_parts_take(&package->parts, part) : NULL;
	g_autofree char *place = g_strdup_printf("%s, comments", sheet->name);
	Comments comments = {.flow = package->flow};
	const FnXmlHandler handler = {comments_start, comments_end, comments_text, &comments, comments_comment};

	if (!bytes)
		return;
	fn_grid_init(&comments.grid, package->extract);
	fn_grid_name(&comments.grid, sheet->name);
	fn_flow_begin(package->flow, place);
	fn_xml_read(package->extract, part->name, bytes->data, bytes->len, &handler);
	fn_flow_finish(package->flow);
	fn_grid_clear(&comments.grid);
}

/* ---- the workbook ---- */

static void
read_sheet(Workbook *book, const Sheet *sheet)
{
	FnPackage *package = book->package;
	const FnZipMember *part = fn_parts_find(&package->parts, sheet->part);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(GPtrArray) relations = NULL;

	fn_extract_begin(package->extract, sheet->name);
	if (!part) {
		fn_extract_note(package->extract, FN_NOTE_BROKEN, "a sheet that is not there");
		return;
	}
	bytes = fn_parts_take(&package->parts, part);
	if (!bytes)
		return;
	read_cells(book, sheet, part->name, bytes);
	relations = fn_package_relations(package, part->name);
	for (guint i = 0; i < relations->len; i++) {
		const FnRelation *relation = relations->pdata[i];

		if (strcmp(relation->type, "comments") == 0 || strcmp(relation->type, "threadedComment") == 0)
			read_comments(package, relation, sheet);
	}
	fn_package_related(package, relations, sheet->name, 0);
}

static void
on_workbook(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Workbook *book = data;
	const FnRelation *relation;
	const char *title, *state;
	Sheet *sheet;

	(void)xml;
	if (strcmp(name, "workbookPr") == 0) {
		state = fn_xml_attribute(attributes, "date1904");
		book->since_1904 = state && (strcmp(state, "1") == 0 || strcmp(state, "true") == 0);
	}
	if (strcmp(name, "sheet") != 0)
		return;
	relation = fn_package_named(book->relations, attributes);
	title = fn_xml_attribute(attributes, "name");
	state = fn_xml_attribute(attributes, "state");
	sheet = g_new0(Sheet, 1);
	sheet->name = g_strdup(title ? title : "?");
	sheet->part = g_strdup(relation ? relation->target : "");
	if (state && strcmp(state, "visible") != 0)
		sheet->hidden = strcmp(state, "veryHidden") == 0 ? "very hidden" : "hidden";
	g_ptr_array_add(book->sheets, sheet);
}

void
fn_xlsx_read(FnPackage *package, const FnZipMember *main, const GByteArray *bytes)
{
	g_autoptr(GPtrArray) relations = fn_package_relations(package, main->name);
	g_autoptr(GPtrArray) sheets = g_ptr_array_new_with_free_func(sheet_free);
	Workbook book = {.package = package, .relations = relations, .sheets = sheets};
	const FnXmlHandler handler = {.start = on_workbook, .data = &book};

	book.strings = (Strings){.text = g_string_new(NULL), .phonetic = g_string_new(NULL),
		.ends = g_array_new(FALSE, FALSE, sizeof(gsize))};
	fn_extract_begin(package->extract, "workbook");
	if (fn_xml_read(package->extract, main->name, bytes->data, bytes->len, &handler))
		fn_flow_read(package->flow, main->name, "workbook", bytes->data, bytes->len);
	read_strings(&book);
	if (fn_extract_wants_cells(package->extract) && relation_of(relations, "styles"))
		book.styles = fn_xlsx_styles_read(package, relation_of(relations, "styles")->target, book.since_1904);
	for (guint i = 0; i < sheets->len && !fn_extract_stopped(package->extract); i++)
		read_sheet(&book, sheets->pdata[i]);
	say_unused(&book);
	fn_package_related(package, relations, "", 0);
	g_string_free(book.strings.text, TRUE);
	g_string_free(book.strings.phonetic, TRUE);
	g_array_unref(book.strings.ends);
	g_free(book.strings.used);
	fn_xlsx_styles_free(book.styles);
}
