#include "extract/readers.h"

#include <string.h>

gboolean
fn_zip_is(const FnDocument *document)
{
	return document->zip != NULL || fn_document_starts(document, "PK\3\4", 4) || fn_document_starts(document, "PK\5\6", 4);
}

static void
read_names(FnExtract *extract, const FnZip *zip)
{
	fn_extract_begin(extract, "names");
	for (guint i = 0; i < fn_zip_members(zip); i++) {
		g_autofree char *shown = fn_name_shown(fn_zip_member(zip, i)->name, -1);

		if (!fn_extract_text(extract, shown, -1) || !fn_extract_text(extract, "\n", 1))
			return;
	}
	fn_extract_begin(extract, "");
}

void
fn_zip_read_all(FnExtract *extract, const FnDocument *document)
{
	if (document->zip == NULL) {
		fn_extract_note(extract, FN_NOTE_BROKEN, "no zip in what begins as one");
		return;
	}
	read_names(extract, document->zip);
	for (guint i = 0; i < fn_zip_members(document->zip) && !fn_extract_stopped(extract); i++) {
		const FnZipMember *member = fn_zip_member(document->zip, i);
		g_autoptr(GByteArray) bytes = fn_zip_read(extract, document->zip, member);

		if (member->symlink)
			fn_extract_note(extract, FN_NOTE_UNKNOWN, "a symbolic link, not followed");
		if (bytes != NULL && !fn_extract_inner(extract, member->name, bytes->data, bytes->len))
			return;
	}
}
