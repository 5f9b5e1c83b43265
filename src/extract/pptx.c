#include "extract/ooxml.h"

#include <string.h>

typedef struct {
	const GPtrArray *relations;
	GPtrArray *slides; /* names of their parts, in order */
} Presentation;

static void
on_presentation(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Presentation *self = data;
	const FnRelation *slide = strcmp(name, "sldId") == 0 ? fn_package_named(self->relations, attributes) : NULL;

	(void)xml;
	if (slide)
		g_ptr_array_add(self->slides, slide->target);
}

/* <p:sld show="0"> */
static void
on_root(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	const char *show = fn_xml_attribute(attributes, "show");

	*(gboolean *)data = strcmp(name, "sld") == 0 && show && (strcmp(show, "0") == 0 || strcmp(show, "false") == 0);
	fn_xml_stop(xml);
}

static void
read_slide(FnPackage *package, const FnZipMember *part, guint number)
{
	gboolean hidden = FALSE;
	const FnXmlHandler handler = {.start = on_root, .data = &hidden};
	g_autofree char *place = g_strdup_printf("slide %u", number);
	g_autofree char *hidden_place = g_strdup_printf("slide %u (hidden)", number);
	g_autoptr(GPtrArray) relations = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	fn_extract_begin(package->extract, place);
	bytes = fn_parts_take(&package->parts, part);
	if (!bytes)
		return;
	fn_xml_read(package->extract, part->name, bytes->data, bytes->len, &handler);
	fn_flow_read(package->flow, part->name, hidden ? hidden_place : place, bytes->data, bytes->len);
	relations = fn_package_relations(package, part->name);
	fn_package_related(package, relations, hidden ? hidden_place : place, 0);
}

void
fn_pptx_read(FnPackage *package, const FnZipMember *main, const GByteArray *bytes)
{
	g_autoptr(GPtrArray) relations = fn_package_relations(package, main->name);
	g_autoptr(GPtrArray) slides = g_ptr_array_new();
	Presentation presentation = {relations, slides};
	const FnXmlHandler handler = {.start = on_presentation, .data = &presentation};

	fn_extract_begin(package->extract, "presentation");
	if (fn_xml_read(package->extract, main->name, bytes->data, bytes->len, &handler))
		fn_flow_read(package->flow, main->name, "presentation", bytes->data, bytes->len);
	for (guint i = 0; i < slides->len && !fn_extract_stopped(package->extract); i++) {
		const FnZipMember *part = fn_parts_find(&package->parts, slides->pdata[i]);

		if (part)
			read_slide(package, part, i + 1);
		else
			fn_extract_note(package->extract, FN_NOTE_BROKEN, "a slide that is not there");
	}
	fn_package_related(package, relations, "", 0);
}
