/* OpenDocument (ISO/IEC 26300; GB/T 20916 is its sibling): content, styles and meta data of a package. */
#include "extract/odf.h"

#include "extract/grid.h"
#include "extract/parts.h"
#include "extract/readers.h"

#include <string.h>

const FnFlowWord fn_odf_words[] = {
	{"p", FN_FLOW_PARAGRAPH},
	{"h", FN_FLOW_PARAGRAPH},
	{"table-row", FN_FLOW_ROW},
	{"table-cell", FN_FLOW_CELL},
	{"covered-table-cell", FN_FLOW_CELL},
	{"tab", FN_FLOW_TAB},
	{"line-break", FN_FLOW_BREAK},
	{"s", FN_FLOW_SPACES},
	{"annotation", FN_FLOW_NOTE},
	{"note", FN_FLOW_NOTE},
	{"note-citation", FN_FLOW_NUMBERS},
	{"ruby-text", FN_FLOW_PHONETIC},
	{"title", FN_FLOW_ASIDE},
	{"desc", FN_FLOW_ASIDE},
	{"event-listeners", FN_FLOW_ASIDE},
	{"tracked-changes", FN_FLOW_CHANGES},
	{"section", FN_FLOW_SECTION},
	{"user-defined", FN_FLOW_ATTRIBUTES},
	{"user-field-decl", FN_FLOW_ATTRIBUTES},
	{"variable-set", FN_FLOW_ATTRIBUTES},
	{"hidden-text", FN_FLOW_ATTRIBUTES},
	{"conditional-text", FN_FLOW_ATTRIBUTES},
	{"hidden-paragraph", FN_FLOW_ATTRIBUTES},
	{"placeholder", FN_FLOW_ATTRIBUTES},
	{"property", FN_FLOW_ATTRIBUTES},
	{"listitem", FN_FLOW_ATTRIBUTES},
	{"option", FN_FLOW_ATTRIBUTES},
	{"label", FN_FLOW_ATTRIBUTES},
	{"textarea", FN_FLOW_ATTRIBUTES},
	{"content-validation", FN_FLOW_ATTRIBUTES},
	{"help-message", FN_FLOW_ATTRIBUTES},
	{"error-message", FN_FLOW_ATTRIBUTES},
	{"named-range", FN_FLOW_ATTRIBUTES},
	{"named-expression", FN_FLOW_ATTRIBUTES},
	{"a", FN_FLOW_ATTRIBUTES},
	{"binary-data", FN_FLOW_SKIP},
	{"DigestValue", FN_FLOW_NUMBERS},
	{"SignatureValue", FN_FLOW_NUMBERS},
	{"X509Certificate", FN_FLOW_NUMBERS},
	{"EncapsulatedX509Certificate", FN_FLOW_NUMBERS},
};
const gsize fn_odf_word_count = G_N_ELEMENTS(fn_odf_words);

typedef struct {
	FnExtract *extract;
	FnFlow *flow;
	GHashTable *hidden;  /* names of styles of sheets and slides that are not shown */
	char *style;         /* being defined */
	guint slides;
	/* sheets */
	gboolean book, in_cell;
	guint tables;        /* open ones: only the outermost is a sheet */
	FnGrid grid;
	GString *cell, *note, *value;
	guint row, column, next_row, next_column;
} Content;

/* ---- sheets ---- */

static guint
repeated(const char **attributes, const char *name)
{
	const char *value = fn_xml_attribute(attributes, name);
	guint64 times;

	return value && g_ascii_string_to_unsigned(value, 10, 1, 1u << 20, &times, NULL) ? (guint)times : 1;
}

static guint
count_digits(const char *text)
{
	guint digits = 0;

	for (; *text; text++)
		digits += g_ascii_isdigit(*text);
	return digits;
}

/* A long number may be shown with groups or in short: then what is stored counts. */
static void
cell_start(Content *self, const char **attributes)
{
	static const char *const values[] = {"value", "string-value", "date-value", "time-value", "boolean-value"};
	const char *formula = fn_xml_attribute(attributes, "formula");

	self->column = self->next_column;
	self->next_column = MIN(self->column + repeated(attributes, "number-columns-repeated"), 1u << 20);
	g_string_truncate(self->cell, 0);
	g_string_truncate(self->note, 0);
	g_string_truncate(self->value, 0);
	for (guint i = 0; i < G_N_ELEMENTS(values) && self->value->len == 0; i++) {
		const char *value = fn_xml_attribute(attributes, values[i]);

		if (value && i == 0)
			fn_grid_number(self->value, value, strlen(value));
		else if (value)
			g_string_append(self->value, value);
	}
	if (formula)
		fn_grid_aside(&self->grid, FN_GRID_FORMULA, self->row, self->column, formula);
	self->in_cell = TRUE;
	fn_flow_capture(self->flow, self->cell);
}

static void
cell_end(Content *self)
{
	gboolean stored = self->cell->len == 0 ||
		(count_digits(self->value->str) >= 7 && count_digits(self->value->str) + 2 >= self->value->len);
	const GString *text = stored && self->value->len ? self->value : self->cell;

	fn_grid_cell(&self->grid, self->row, self->column, text->str, text->len);
	fn_grid_aside(&self->grid, FN_GRID_COMMENT, self->row, self->column, self->note->str);
	self->in_cell = FALSE;
	fn_flow_capture(self->flow, NULL);
}

static void
sheet_start(Content *self, const char **attributes)
{
	const char *name = fn_xml_attribute(attributes, "name"), *style = fn_xml_attribute(attributes, "style-name");

	fn_grid_sheet(&self->grid, name ? name : "?",
		style && g_hash_table_contains(self->hidden, style) ? "hidden" : NULL);
	self->row = 0;
	self->next_row = 1;
}

/* TRUE when the element is one of a sheet's own. */
static gboolean
book_start(Content *self, const char *name, const char **attributes)
{
	gboolean table = strcmp(name, "table") == 0;

	if (!table && self->tables != 1)
		return FALSE;
	if (table) {
		if (self->tables++ == 0)
			sheet_start(self, attributes);
	} else if (strcmp(name, "table-row") == 0) {
		self->row = self->next_row;
		self->next_row = MIN(self->row + repeated(attributes, "number-rows-repeated"), 1u << 30);
		self->next_column = 1;
	} else if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0) {
		cell_start(self, attributes);
	} else if (strcmp(name, "annotation") == 0 && self->in_cell) {
		fn_flow_capture(self->flow, self->note);
	} else {
		return FALSE;
	}
	return TRUE;
}

static gboolean
book_end(Content *self, const char *name)
{
	if (strcmp(name, "table") == 0) {
		if (--self->tables == 0)
			fn_grid_end(&self->grid);
	} else if (self->tables != 1) {
		return FALSE;
	} else if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0) {
		cell_end(self);
	} else if (strcmp(name, "annotation") == 0 && self->in_cell) {
		fn_flow_capture(self->flow, self->cell);
	} else {
		return strcmp(name, "table-row") == 0;
	}
	return TRUE;
}

/* ---- any content ---- */

static void
note_style(Content *self, const char *name, const char **attributes)
{
	const char *value;

	if (strcmp(name, "style") == 0) {
		value = fn_xml_attribute(attributes, "name");
		g_free(self->style);
		self->style = g_strdup(value ? value : "");
		return;
	}
	value = strcmp(name, "table-properties") == 0 ? fn_xml_attribute(attributes, "display") :
		strcmp(name, "drawing-page-properties") == 0 ? fn_xml_attribute(attributes, "visibility") : NULL;
	if (value && self->style && (strcmp(value, "false") == 0 || strcmp(value, "hidden") == 0))
		g_hash_table_add(self->hidden, g_strdup(self->style));
}

/* Slides are places of the one body. */
static void
note_slide(Content *self, FnXml *xml, const char *name, const char **attributes)
{
	const char *above = fn_xml_above(xml, 1), *style;
	char label[64];

	if (!above || (strcmp(name, "page") != 0 && strcmp(name, "notes") != 0))
		return;
	if (strcmp(name, "page") == 0 && strcmp(above, "presentation") == 0) {
		style = fn_xml_attribute(attributes, "style-name");
		self->slides++;
		g_snprintf(label, sizeof label, "slide %u%s", self->slides,
			style && g_hash_table_contains(self->hidden, style) ? " (hidden)" : "");
	} else if (strcmp(name, "notes") == 0 && strcmp(above, "page") == 0) {
		g_snprintf(label, sizeof label, "slide %u, notes", self->slides);
	} else {
		return;
	}
	fn_extract_place(self->extract, label);
}

static void
on_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Content *self = data;

	note_style(self, name, attributes);
	if (strcmp(name, "spreadsheet") == 0)
		self->book = TRUE;
	else
		note_slide(self, xml, name, attributes);
	if (!self->book || !book_start(self, name, attributes))
		fn_flow_start(xml, name, attributes, self->flow);
	if (self->grid.stopped)
		fn_xml_stop(xml);
}

static void
on_end(FnXml *xml, const char *name, gpointer data)
{
	Content *self = data;

	if (!self->book || !book_end(self, name))
		fn_flow_end(xml, name, self->flow);
	if (strcmp(name, "spreadsheet") == 0)
		self->book = FALSE;
}

static void
on_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	fn_flow_text(xml, text, size, ((Content *)data)->flow);
}

static void
on_comment(FnXml *xml, const char *text, gpointer data)
{
	fn_flow_comment(xml, text, ((Content *)data)->flow);
}

void
fn_odf_content(FnExtract *extract, FnFlow *flow, const char *part, const char *place, const guint8 *bytes, gsize size)
{
	Content content = {.extract = extract, .flow = flow, .cell = g_string_new(NULL), .note = g_string_new(NULL),
		.value = g_string_new(NULL)};
	const FnXmlHandler handler = {on_start, on_end, on_text, &content, on_comment};

	content.hidden = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	fn_grid_init(&content.grid, extract);
	fn_flow_begin(flow, place);
	fn_xml_read(extract, part, bytes, size, &handler);
	if (content.in_cell)
		cell_end(&content);
	if (content.tables)
		fn_grid_end(&content.grid);
	fn_flow_finish(flow);
	fn_grid_clear(&content.grid);
	g_hash_table_unref(content.hidden);
	g_free(content.style);
	g_string_free(content.cell, TRUE);
	g_string_free(content.note, TRUE);
	g_string_free(content.value, TRUE);
}

/* ---- the package ---- */

typedef struct {
	GHashTable *encrypted; /* names of parts */
	char *entry;
} Manifest;

static void
on_manifest(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Manifest *manifest = data;
	const char *path;

	(void)xml;
	if (strcmp(name, "file-entry") == 0) {
		path = fn_xml_attribute(attributes, "full-path");
		g_free(manifest->entry);
		manifest->entry = g_strdup(path ? path : "");
	} else if (strcmp(name, "encryption-data") == 0 && manifest->entry) {
		g_hash_table_add(manifest->encrypted, g_strdup(manifest->entry));
	}
}

static GHashTable *
read_manifest(FnExtract *extract, const FnZip *zip)
{
	const FnZipMember *part = fn_zip_find(zip, "META-INF/manifest.xml");
	g_autoptr(GByteArray) bytes = part ? fn_zip_read(extract, zip, part) : NULL;
	Manifest manifest = {.encrypted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
	const FnXmlHandler handler = {.start = on_manifest, .data = &manifest};

	if (bytes)
		fn_xml_read(extract, part->name, bytes->data, bytes->len, &handler);
	else
		fn_extract_note(extract, FN_NOTE_BROKEN, "no manifest");
	g_free(manifest.entry);
	return manifest.encrypted;
}

/* Parts that say nothing of their own: pictures of what is read elsewhere, where lines were broken, the list of parts. */
static gboolean
is_silent(const char *name)
{
	static const char *const silent[] = {
		"Thumbnails/", "ObjectReplacements/", "layout-cache", "mimetype", "META-INF/manifest.xml",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
		if (g_str_has_prefix(name, silent[i]))
			return TRUE;
	return FALSE;
}

static char *
place_of(const char *name)
{
	static const struct {
		const char *name, *place;
	} places[] = {{"content.xml", ""}, {"styles.xml", "header and footer"}, {"meta.xml", "properties"}};

	for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
		if (strcmp(name, places[i].name) == 0)
			return g_strdup(places[i].place);
	return fn_name_shown(name, -1);
}

static void
read_part(FnExtract *extract, FnFlow *flow, const FnZip *zip, const FnZipMember *part, GHashTable *encrypted)
{
	g_autofree char *place = place_of(part->name);
	g_autoptr(GByteArray) bytes = NULL;

	if (part->directory || is_silent(part->name))
		return;
	fn_extract_begin(extract, place);
	if (g_hash_table_contains(encrypted, part->name)) {
		fn_extract_note(extract, FN_NOTE_ENCRYPTED, part->name);
		return;
	}
	bytes = fn_zip_read(extract, zip, part);
	if (!bytes || bytes->len == 0)
		return;
	if (fn_part_is_font(bytes))
		return;
	if (fn_name_ends(part->name, "xml rdf"))
		fn_odf_content(extract, flow, part->name, place, bytes->data, bytes->len);
	else
		fn_extract_inner(extract, part->name, bytes->data, bytes->len);
}

void
fn_odf_read(FnExtract *extract, const FnDocument *document)
{
	g_autoptr(GHashTable) encrypted = read_manifest(extract, document->zip);
	g_autoptr(FnFlow) flow = fn_flow_new(extract, fn_odf_words, fn_odf_word_count, TRUE);
	const FnZipMember *content = fn_zip_find(document->zip, "content.xml");

	if (content)
		read_part(extract, flow, document->zip, content, encrypted);
	else
		fn_extract_note(extract, FN_NOTE_BROKEN, "no content.xml");
	for (guint i = 0; i < fn_zip_members(document->zip) && !fn_extract_stopped(extract); i++) {
		const FnZipMember *part = fn_zip_member(document->zip, i);

		if (part != content)
			read_part(extract, flow, document->zip, part, encrypted);
	}
}

/* The first entry is "mimetype", stored. */
static gboolean
is_kind(const FnDocument *document, const char *kind)
{
	static const char type[] = "application/vnd.oasis.opendocument.";
	const FnZipMember *part = document->zip ? fn_zip_find(document->zip, "mimetype") : NULL;
	gsize size = sizeof type - 1 + strlen(kind);

	return part && part->method == 0 && part->packed >= size && part->data + size <= document->size &&
		memcmp(document->bytes + part->data, type, sizeof type - 1) == 0 &&
		memcmp(document->bytes + part->data + sizeof type - 1, kind, strlen(kind)) == 0;
}

gboolean
fn_odt_is(const FnDocument *document)
{
	return is_kind(document, "text");
}

gboolean
fn_ods_is(const FnDocument *document)
{
	return is_kind(document, "spreadsheet");
}

gboolean
fn_odp_is(const FnDocument *document)
{
	return is_kind(document, "presentation");
}

/* Drawings, charts, formulas, databases; and any that was packed without its type but has the parts. */
gboolean
fn_odf_is(const FnDocument *document)
{
	return is_kind(document, "") || (document->zip && fn_zip_find(document->zip, "content.xml") &&
		fn_zip_find(document->zip, "META-INF/manifest.xml"));
}
