#include "extract/ooxml.h"

#include "extract/readers.h"

#include <string.h>

/* How far relations are followed for the sake of a telling place; what lies deeper is read all the same, by its name. */
enum { RELATED_DEPTH = 6 };

typedef enum { KIND_PART = 0, KIND_DOCUMENT, KIND_WORKBOOK, KIND_BINARY_WORKBOOK, KIND_PRESENTATION, KIND_SKIP } Kind;

/* Content types by a piece of their name: what the part is called in places. The first that fits. */
static const struct {
	const char *type, *label;
	Kind kind;
} kinds[] = {
	{"wordprocessingml.document.main+xml", "", KIND_DOCUMENT},
	{"wordprocessingml.template.main+xml", "", KIND_DOCUMENT},
	{"ms-word.document.macroEnabled.main+xml", "", KIND_DOCUMENT},
	{"ms-word.template.macroEnabledTemplate.main+xml", "", KIND_DOCUMENT},
	{"ms-excel.sheet.binary.macroEnabled.main", "", KIND_BINARY_WORKBOOK},
	{"spreadsheetml.sheet.main+xml", "", KIND_WORKBOOK},
	{"spreadsheetml.template.main+xml", "", KIND_WORKBOOK},
	{"ms-excel.sheet.macroEnabled.main+xml", "", KIND_WORKBOOK},
	{"ms-excel.template.macroEnabled.main+xml", "", KIND_WORKBOOK},
	{"ms-excel.addin.macroEnabled.main+xml", "", KIND_WORKBOOK},
	{"presentationml.presentation.main+xml", "", KIND_PRESENTATION},
	{"presentationml.slideshow.main+xml", "", KIND_PRESENTATION},
	{"presentationml.template.main+xml", "", KIND_PRESENTATION},
	{"ms-powerpoint.presentation.macroEnabled.main+xml", "", KIND_PRESENTATION},
	{"ms-powerpoint.slideshow.macroEnabled.main+xml", "", KIND_PRESENTATION},
	{"ms-powerpoint.template.macroEnabled.main+xml", "", KIND_PRESENTATION},
	{"wordprocessingml.document.glossary+xml", "glossary", KIND_PART},
	{"wordprocessingml.header+xml", "header", KIND_PART},
	{"wordprocessingml.footer+xml", "footer", KIND_PART},
	{"wordprocessingml.comments+xml", "comments", KIND_PART},
	{"wordprocessingml.footnotes+xml", "footnotes", KIND_PART},
	{"wordprocessingml.endnotes+xml", "endnotes", KIND_PART},
	{"wordprocessingml.settings+xml", "settings", KIND_PART},
	{"spreadsheetml.comments+xml", "comments", KIND_PART},
	{"threadedcomments+xml", "comments", KIND_PART},
	{"presentationml.comments+xml", "comments", KIND_PART},
	{"ms-powerpoint.comments+xml", "comments", KIND_PART},
	{"presentationml.notesSlide+xml", "notes", KIND_PART},
	{"presentationml.slideMaster+xml", "master", KIND_PART},
	{"presentationml.notesMaster+xml", "notes master", KIND_PART},
	{"presentationml.handoutMaster+xml", "handout master", KIND_PART},
	{"presentationml.slideLayout+xml", "layout", KIND_PART},
	{"presentationml.commentAuthors+xml", "comment authors", KIND_PART},
	{"drawingml.chart+xml", "chart", KIND_PART},
	{"chartex+xml", "chart", KIND_PART},
	{"drawingml.diagramData+xml", "diagram", KIND_PART},
	{"ms-office.drawingml.diagramDrawing+xml", "diagram", KIND_PART},
	{"openxmlformats-officedocument.drawing+xml", "drawing", KIND_PART},
	{"vmlDrawing", "drawing", KIND_PART},
	{"spreadsheetml.pivotCacheDefinition+xml", "pivot cache", KIND_PART},
	{"spreadsheetml.pivotCacheRecords+xml", "pivot cache", KIND_PART},
	{"spreadsheetml.externalLink+xml", "external link", KIND_PART},
	{"spreadsheetml.table+xml", "table", KIND_PART},
	{"core-properties+xml", "properties", KIND_PART},
	{"extended-properties+xml", "properties", KIND_PART},
	{"custom-properties+xml", "custom properties", KIND_PART},
	/* Nothing in these is anybody's words: glyphs, paper trays, an order of calculation. */
	{"spreadsheetml.calcChain+xml", NULL, KIND_SKIP},
	{"spreadsheetml.printerSettings", NULL, KIND_SKIP},
	{"wordprocessingml.printerSettings", NULL, KIND_SKIP},
	{"presentationml.printerSettings", NULL, KIND_SKIP},
	{"obfuscatedFont", NULL, KIND_SKIP},
	{"application/x-fontdata", NULL, KIND_SKIP},
	{"ms-excel.calcChain", NULL, KIND_SKIP},
	{"ms-excel.binIndexWs", NULL, KIND_SKIP},
};

/* ---- content types ---- */

static void
on_type(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	FnPackage *package = data;
	const char *type = fn_xml_attribute(attributes, "ContentType");
	const char *part = fn_xml_attribute(attributes, "PartName");
	const char *extension = fn_xml_attribute(attributes, "Extension");
	char *key;

	(void)xml;
	(void)name;
	if (!type || (!part && !extension))
		return;
	key = part ? fn_part_key(part[0] == '/' ? part + 1 : part) : g_strconcat(".", extension, NULL);
	if (!part)
		g_strdelimit(key, "/", '.');
	for (char *c = key; *c; c++)
		*c = g_ascii_tolower(*c);
	g_hash_table_insert(package->types, key, g_strdup(type));
}

static void
read_types(FnPackage *package)
{
	const FnXmlHandler handler = {on_type, NULL, NULL, package};
	const FnZipMember *part = fn_parts_find(&package->parts, "[Content_Types].xml");
	g_autoptr(GByteArray) bytes = part ? fn_parts_take(&package->parts, part) : NULL;

	if (bytes)
		fn_xml_read(package->extract, part->name, bytes->data, bytes->len, &handler);
}

static const char *
type_of(const FnPackage *package, const FnZipMember *part)
{
	g_autofree char *key = fn_part_key(part->name);
	const char *dot = strrchr(fn_part_last(key), '.'), *type = g_hash_table_lookup(package->types, key);

	if (!type && dot)
		type = g_hash_table_lookup(package->types, dot);
	return type ? type : "";
}

static Kind
kind_of(const char *type, const char **label)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!strstr(type, kinds[i].type))
			continue;
		*label = kinds[i].label;
		return kinds[i].kind;
	}
	*label = NULL;
	return KIND_PART;
}

/* ---- relationships ---- */

static void
relation_free(gpointer data)
{
	FnRelation *relation = data;

	g_free(relation->id);
	g_free(relation->type);
	g_free(relation->target);
	g_free(relation);
}

typedef struct {
	FnPackage *package;
	const char *from;
	GPtrArray *relations;
} Relations;

static void
on_relation(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Relations *self = data;
	const char *id = fn_xml_attribute(attributes, "Id"), *type = fn_xml_attribute(attributes, "Type");
	const char *target = fn_xml_attribute(attributes, "Target"), *mode = fn_xml_attribute(attributes, "TargetMode");
	FnRelation *relation;

	(void)xml;
	if (strcmp(name, "Relationship") != 0 || !target)
		return;
	if (mode && g_ascii_strcasecmp(mode, "External") == 0) {
		g_string_append_printf(self->package->links, "%s\n", target);
		return;
	}
	relation = g_new0(FnRelation, 1);
	relation->id = g_strdup(id ? id : "");
	relation->type = g_strdup(fn_part_last(type ? type : ""));
	relation->target = fn_part_resolve(self->from, target);
	g_ptr_array_add(self->relations, relation);
}

GPtrArray *
fn_package_relations(FnPackage *package, const char *name)
{
	const char *word = fn_part_last(name);
	g_autofree char *path = g_strdup_printf("%.*s_rels/%s.rels", (int)(word - name), name, word);
	const FnZipMember *part = fn_parts_find(&package->parts, path);
	g_autoptr(GByteArray) bytes = part ? fn_parts_take(&package->parts, part) : NULL;
	Relations relations = {package, name, g_ptr_array_new_with_free_func(relation_free)};
	const FnXmlHandler handler = {on_relation, NULL, NULL, &relations};

	if (bytes)
		fn_xml_read(package->extract, path, bytes->data, bytes->len, &handler);
	return relations.relations;
}

const FnRelation *
fn_package_named(const GPtrArray *relations, const char **attributes)
{
	for (; *attributes; attributes += 2) {
		const char *colon = strchr(attributes[0], ':');

		if (strcmp(colon ? colon + 1 : attributes[0], "id") != 0)
			continue;
		for (guint i = 0; i < relations->len; i++) {
			const FnRelation *relation = relations->pdata[i];

			if (strcmp(relation->id, attributes[1]) == 0)
				return relation;
		}
	}
	return NULL;
}

/* ---- parts ---- */

/* "header 2" of word/header2.xml; behind something else only "comments"; a kind without name is called by its path. */
static char *
place_of(const FnZipMember *part, const char *label, const char *before)
{
	g_autofree char *shown = label ? NULL : fn_name_shown(part->name, -1);
	const char *digits = strpbrk(fn_part_last(part->name), "0123456789");
	guint64 number = digits && label && !*before ? g_ascii_strtoull(digits, NULL, 10) : 0;

	if (shown)
		return g_strdup_printf("%s%s%s", before, *before ? ", " : "", shown);
	if (number)
		return g_strdup_printf("%s %" G_GUINT64_FORMAT, label, number);
	return g_strdup_printf("%s%s%s", before, *before && *label ? ", " : "", label);
}

static gboolean
is_markup(const char *name, const char *type)
{
	if (g_str_has_prefix(name, "customXml/item") || strstr(type, "svg") || strstr(type, "html"))
		return FALSE;
	return g_str_has_suffix(type, "xml") || strstr(type, "vmlDrawing") || fn_name_ends(name, "xml vml rels");
}

static gboolean
is_picture_of_itself(const char *name)
{
	return g_str_has_prefix(name, "docProps/thumbnail.");
}

void
fn_package_related(FnPackage *package, const GPtrArray *relations, const char *before, guint depth)
{
	for (guint i = 0; i < relations->len && depth < RELATED_DEPTH; i++) {
		const FnRelation *relation = relations->pdata[i];
		const FnZipMember *part = fn_parts_find(&package->parts, relation->target);
		/* Masters and themes belong to no slide in particular. */
		gboolean common = strstr(relation->type, "Master") || strstr(relation->type, "Layout") ||
			strcmp(relation->type, "theme") == 0 || strcmp(relation->type, "slide") == 0;

		if (part)
			fn_package_read(package, part, common ? "" : before, depth + 1);
	}
}

void
fn_package_read(FnPackage *package, const FnZipMember *part, const char *before, guint depth)
{
	const char *label, *type = type_of(package, part);
	Kind kind = kind_of(type, &label);
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(GPtrArray) relations = NULL;
	g_autofree char *place = NULL;

	if (fn_parts_done(&package->parts, part) || fn_extract_stopped(package->extract))
		return;
	if (kind == KIND_SKIP || is_picture_of_itself(part->name)) {
		fn_parts_skip(&package->parts, part);
		return;
	}
	place = place_of(part, label, before);
	fn_extract_begin(package->extract, place);
	bytes = fn_parts_take(&package->parts, part);
	if (!bytes || bytes->len == 0)
		return;
	if (fn_part_is_font(bytes))
		return;
	if (is_markup(part->name, type))
		fn_flow_read(package->flow, part->name, place, bytes->data, bytes->len);
	else
		fn_extract_inner(package->extract, part->name, bytes->data, bytes->len);
	relations = fn_package_relations(package, part->name);
	fn_package_related(package, relations, *before ? before : place, depth);
}

/* ---- the package ---- */

static const FnZipMember *
main_part(const FnPackage *package, Kind *kind)
{
	const char *label;

	for (guint i = 0; i < fn_zip_members(package->parts.zip); i++) {
		const FnZipMember *part = fn_zip_member(package->parts.zip, i);

		*kind = kind_of(type_of(package, part), &label);
		if (*kind > KIND_PART && *kind < KIND_SKIP)
			return part;
	}
	return NULL;
}

static void
read_main(FnPackage *package)
{
	Kind kind;
	const FnZipMember *part = main_part(package, &kind);
	g_autoptr(GByteArray) bytes = NULL;

	if (!part) {
		fn_extract_note(package->extract, FN_NOTE_BROKEN, "no main part");
		return;
	}
	if (kind == KIND_DOCUMENT) {
		fn_package_read(package, part, "", 0);
		return;
	}
	if (kind == KIND_BINARY_WORKBOOK) {
		fn_extract_note(package->extract, FN_NOTE_UNKNOWN, "a binary workbook: words in its parts are read, not its cells");
		return;
	}
	bytes = fn_parts_take(&package->parts, part);
	if (!bytes)
		return;
	if (kind == KIND_WORKBOOK)
		fn_xlsx_read(package, part, bytes);
	else
		fn_pptx_read(package, part, bytes);
}

/* Whatever nothing led to. Relations come first: they may say more of the parts. */
static void
read_rest(FnPackage *package)
{
	g_autoptr(GPtrArray) roots = fn_package_relations(package, "");

	fn_package_related(package, roots, "", 0);
	for (guint i = 0; i < fn_zip_members(package->parts.zip) && !fn_extract_stopped(package->extract); i++)
		fn_package_read(package, fn_zip_member(package->parts.zip, i), "", RELATED_DEPTH);
	fn_extract_begin(package->extract, "links");
	fn_extract_text(package->extract, package->links->str, (gssize)package->links->len);
}

void
fn_ooxml_read(FnExtract *extract, const FnDocument *document)
{
	FnPackage package = {.extract = extract};

	fn_parts_init(&package.parts, extract, document->zip);
	package.types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	package.flow = fn_flow_new(extract, fn_ooxml_words, fn_ooxml_word_count, FALSE);
	package.links = g_string_new(NULL);
	read_types(&package);
	read_main(&package);
	read_rest(&package);
	fn_parts_clear(&package.parts);
	g_hash_table_unref(package.types);
	fn_flow_free(package.flow);
	g_string_free(package.links, TRUE);
}

/* ---- which is it? ---- */

static gboolean
has_folder(const FnDocument *document, const char *folder)
{
	if (!document->zip || !fn_zip_find(document->zip, "[Content_Types].xml"))
		return FALSE;
	for (guint i = 0; i < fn_zip_members(document->zip); i++)
		if (g_str_has_prefix(fn_zip_member(document->zip, i)->name, folder))
			return TRUE;
	return FALSE;
}

gboolean
fn_docx_is(const FnDocument *document)
{
	return has_folder(document, "word/");
}

gboolean
fn_xlsx_is(const FnDocument *document)
{
	return has_folder(document, "xl/");
}

gboolean
fn_pptx_is(const FnDocument *document)
{
	return has_folder(document, "ppt/");
}

gboolean
fn_ooxml_is(const FnDocument *document)
{
	return has_folder(document, "");
}
