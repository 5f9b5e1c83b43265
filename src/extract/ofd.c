/* OFD (GB/T 33190-2016), the fixed-layout document of Chinese government: OFD.xml names documents, a document its pages,
 * templates, annotations and attachments. What nothing names is read by its name in the package. */
#include "extract/der.h"
#include "extract/ofd_layout.h"
#include "extract/parts.h"
#include "extract/readers.h"

#include <string.h>

typedef struct {
	char *id, *part;
} Reference;

typedef struct {
	FnParts parts;
	FnFlow *flow;
	GHashTable *templates; /* id → FnOfdLayout */
	guint documents;
} Ofd;

/* What an XML part refers to, gathered while its own text is said. */
typedef struct {
	const char *part;      /* the part itself */
	GString *path;         /* characters of the element we are in */
	GArray *pages, *templates, *annotations, *attachments, *documents; /* Reference */
	char *page, *name;     /* of the annotation's page; of the attachment */
} Links;

static void
reference_clear(gpointer data)
{
	Reference *reference = data;

	g_free(reference->id);
	g_free(reference->part);
}

static GArray *
references_new(void)
{
	GArray *references = g_array_new(FALSE, FALSE, sizeof(Reference));

	g_array_set_clear_func(references, reference_clear);
	return references;
}

static void
add_reference(GArray *references, const Links *links, const char *id, const char *path)
{
	Reference reference = {g_strdup(id ? id : ""), NULL};
	g_autofree char *plain = g_strstrip(g_strdup(path ? path : ""));

	reference.part = fn_part_resolve(links->part, plain);
	g_array_append_val(references, reference);
}

static void
links_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Links *links = data;
	const char *id = fn_xml_attribute(attributes, "ID"), *base = fn_xml_attribute(attributes, "BaseLoc");

	(void)xml;
	g_string_truncate(links->path, 0);
	if (strcmp(name, "Page") == 0 && base) {
		add_reference(links->pages, links, id, base);
	} else if (strcmp(name, "TemplatePage") == 0) {
		add_reference(links->templates, links, id, base);
	} else if (strcmp(name, "Page") == 0) {
		g_free(links->page);
		links->page = g_strdup(fn_xml_attribute(attributes, "PageID"));
	} else if (strcmp(name, "Attachment") == 0) {
		g_free(links->name);
		links->name = g_strdup(fn_xml_attribute(attributes, "Name"));
	}
}

static void
links_end(FnXml *xml, const char *name, gpointer data)
{
	Links *links = data;

	if (strcmp(name, "DocRoot") == 0)
		add_reference(links->documents, links, NULL, links->path->str);
	else if (strcmp(name, "Annotations") == 0 && links->path->len)
		add_reference(links->annotations, links, NULL, links->path->str);
	else if (strcmp(name, "Attachments") == 0 && links->path->len)
		add_reference(links->attachments, links, NULL, links->path->str);
	else if (strcmp(name, "FileLoc") == 0 && fn_xml_within(xml, "Attachment"))
		add_reference(links->attachments, links, links->name, links->path->str);
	else if (strcmp(name, "FileLoc") == 0 && fn_xml_within(xml, "Annotations"))
		add_reference(links->annotations, links, links->page, links->path->str);
	g_string_truncate(links->path, 0);
}

static void
links_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	Links *links = data;

	(void)xml;
	if (links->path->len < 4096)
		g_string_append_len(links->path, text, (gssize)size);
}

static void
links_init(Links *links)
{
	*links = (Links){NULL, g_string_new(NULL), references_new(), references_new(), references_new(), references_new(),
		references_new(), NULL, NULL};
}

static void
links_clear(Links *links)
{
	g_string_free(links->path, TRUE);
	g_array_unref(links->pages);
	g_array_unref(links->templates);
	g_array_unref(links->annotations);
	g_array_unref(links->attachments);
	g_array_unref(links->documents);
	g_free(links->page);
	g_free(links->name);
}

static const Reference *
reference_at(const GArray *references, guint i)
{
	return &g_array_index(references, Reference, i);
}

/* ---- parts ---- */

/* Reads an XML part: what it refers to into @links, its text as @place. The layout is the caller's; NULL when there is none. */
static FnOfdLayout *
read_part(Ofd *ofd, const char *name, const char *place, Links *links)
{
	const FnZipMember *part = fn_parts_find(&ofd->parts, name);
	FnXmlHandler handler = {links_start, links_end, links_text, links};
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *missing = NULL;
	FnOfdLayout *layout;

	fn_extract_begin(ofd->parts.extract, place);
	if (!part) {
		missing = g_strdup_printf("%s is not there", name);
		fn_extract_note(ofd->parts.extract, FN_NOTE_BROKEN, missing);
		return NULL;
	}
	bytes = fn_parts_take(&ofd->parts, part);
	if (!bytes)
		return NULL;
	links->part = part->name;
	layout = fn_ofd_layout_new();
	fn_ofd_layout_read(layout, ofd->flow, part->name, place, bytes, &handler);
	return layout;
}

/* The same, said at once. */
static void
say_part(Ofd *ofd, const char *name, const char *place, Links *links)
{
	g_autoptr(FnOfdLayout) layout = read_part(ofd, name, place, links);

	if (layout && layout->pieces->len)
		fn_ofd_layout_say(layout, NULL, ofd->parts.extract, place);
}

static void
read_inner(Ofd *ofd, const FnZipMember *part, const char *name)
{
	g_autoptr(GByteArray) bytes = fn_parts_take(&ofd->parts, part);

	if (!bytes || bytes->len == 0 || fn_part_is_font(bytes))
		return;
	if (fn_der_is(bytes->data, bytes->len))
		fn_der_read(ofd->parts.extract, bytes->data, bytes->len);
	else
		fn_extract_inner(ofd->parts.extract, name, bytes->data, bytes->len);
}

/* ---- a document ---- */

static char *
place_in(const Ofd *ofd, const char *place)
{
	return ofd->documents > 1 ? g_strdup_printf("document %u, %s", ofd->documents, place) : g_strdup(place);
}

static void
read_templates(Ofd *ofd, const Links *links)
{
	g_hash_table_remove_all(ofd->templates);
	for (guint i = 0; i < links->templates->len && !fn_extract_stopped(ofd->parts.extract); i++) {
		const Reference *template = reference_at(links->templates, i);
		g_autofree char *label = g_strdup_printf("template %u", i + 1), *place = place_in(ofd, label);
		Links own;
		FnOfdLayout *layout;

		links_init(&own);
		layout = read_part(ofd, template->part, place, &own);
		links_clear(&own);
		if (!layout)
			continue;
		fn_ofd_layout_say(layout, NULL, ofd->parts.extract, place);
		g_hash_table_replace(ofd->templates, g_strdup(template->id), layout);
	}
}

static void
read_page(Ofd *ofd, const Reference *page, guint number)
{
	g_autofree char *label = g_strdup_printf("page %u", number), *place = place_in(ofd, label);
	g_autoptr(FnOfdLayout) layout = NULL;
	const FnOfdLayout *below = NULL;
	Links own;

	links_init(&own);
	layout = read_part(ofd, page->part, place, &own);
	links_clear(&own);
	if (!layout)
		return;
	if (layout->templates->len)
		below = g_hash_table_lookup(ofd->templates, layout->templates->pdata[0]);
	fn_ofd_layout_say(layout, below, ofd->parts.extract, place);
}

static guint
page_number(const Links *document, const char *id)
{
	for (guint i = 0; i < document->pages->len; i++)
		if (strcmp(reference_at(document->pages, i)->id, id) == 0)
			return i + 1;
	return 0;
}

/* Annotations.xml names one part for each page. */
static void
read_annotations(Ofd *ofd, const Links *document)
{
	g_autofree char *place = place_in(ofd, "annotations");

	for (guint i = 0; i < document->annotations->len; i++) {
		Links list;

		links_init(&list);
		say_part(ofd, reference_at(document->annotations, i)->part, place, &list);
		for (guint k = 0; k < list.annotations->len && !fn_extract_stopped(ofd->parts.extract); k++) {
			const Reference *one = reference_at(list.annotations, k);
			g_autofree char *label = g_strdup_printf("page %u, annotations", page_number(document, one->id));
			g_autofree char *whole = place_in(ofd, label);
			Links own;

			links_init(&own);
			say_part(ofd, one->part, whole, &own);
			links_clear(&own);
		}
		links_clear(&list);
	}
}

static void
read_attachments(Ofd *ofd, const Links *document)
{
	g_autofree char *place = place_in(ofd, "attachments");

	for (guint i = 0; i < document->attachments->len; i++) {
		Links list;

		links_init(&list);
		say_part(ofd, reference_at(document->attachments, i)->part, place, &list);
		for (guint k = 0; k < list.attachments->len && !fn_extract_stopped(ofd->parts.extract); k++) {
			const Reference *one = reference_at(list.attachments, k);
			const FnZipMember *part = fn_parts_find(&ofd->parts, one->part);

			fn_extract_begin(ofd->parts.extract, place);
			if (part)
				read_inner(ofd, part, *one->id ? one->id : part->name);
			else
				fn_extract_note(ofd->parts.extract, FN_NOTE_BROKEN, "an attachment that is not there");
		}
		links_clear(&list);
	}
}

static void
read_document(Ofd *ofd, const char *part)
{
	g_autofree char *place = NULL;
	Links document;

	ofd->documents++;
	place = place_in(ofd, "outline");
	links_init(&document);
	say_part(ofd, part, place, &document);
	read_templates(ofd, &document);
	for (guint i = 0; i < document.pages->len && !fn_extract_stopped(ofd->parts.extract); i++)
		read_page(ofd, reference_at(document.pages, i), i + 1);
	read_annotations(ofd, &document);
	read_attachments(ofd, &document);
	links_clear(&document);
}

/* ---- the package ---- */

/* Resources, custom tags, signatures, versions: whatever was not named on the way. */
static void
read_rest(Ofd *ofd)
{
	for (guint i = 0; i < fn_zip_members(ofd->parts.zip) && !fn_extract_stopped(ofd->parts.extract); i++) {
		const FnZipMember *part = fn_zip_member(ofd->parts.zip, i);
		g_autofree char *shown = fn_name_shown(part->name, -1);

		if (fn_parts_done(&ofd->parts, part) || part->directory)
			continue;
		fn_extract_begin(ofd->parts.extract, shown);
		if (fn_parts_find(&ofd->parts, part->name) == part && fn_name_ends(part->name, "xml")) {
			Links links;

			links_init(&links);
			say_part(ofd, part->name, shown, &links);
			links_clear(&links);
		} else {
			read_inner(ofd, part, part->name);
		}
	}
}

void
fn_ofd_read(FnExtract *extract, const FnDocument *document)
{
	Ofd ofd = {.documents = 0};
	Links root;

	fn_parts_init(&ofd.parts, extract, document->zip);
	ofd.flow = fn_flow_new(extract, fn_ofd_words, fn_ofd_word_count, FALSE);
	ofd.templates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_ofd_layout_free);
	links_init(&root);
	say_part(&ofd, "OFD.xml", "properties", &root);
	if (fn_parts_find(&ofd.parts, "Encryptions.xml"))
		fn_extract_note(extract, FN_NOTE_ENCRYPTED, "parts of the document");
	if (root.documents->len == 0)
		fn_extract_note(extract, FN_NOTE_BROKEN, "no document in OFD.xml");
	for (guint i = 0; i < root.documents->len && !fn_extract_stopped(extract); i++)
		read_document(&ofd, reference_at(root.documents, i)->part);
	read_rest(&ofd);
	links_clear(&root);
	g_hash_table_unref(ofd.templates);
	fn_flow_free(ofd.flow);
	fn_parts_clear(&ofd.parts);
}

gboolean
fn_ofd_is(const FnDocument *document)
{
	static const char *const names[] = {"OFD.xml", "ofd.xml", "OFD.XML"};

	for (gsize i = 0; i < G_N_ELEMENTS(names) && document->zip; i++)
		if (fn_zip_find(document->zip, names[i]))
			return TRUE;
	return FALSE;
}
