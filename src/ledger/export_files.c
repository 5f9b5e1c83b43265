/* Exports straight from the files of a ledger. */
#include "ledger/export.h"

#include "ledger/head.h"
#include "ledger/prove.h"
#include "ledger/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BLOCK (1u << 18)

typedef struct {
	FnExportForm form;
	const char *origin;
	guint64 from, until, count;
	GString *out;
	FnExportSink sink;
	gpointer data;
} Exporting;

static gboolean
flush(Exporting *exporting, GError **error)
{
	gboolean good = exporting->sink(exporting->out->str, exporting->out->len, exporting->data, error);

	g_string_truncate(exporting->out, 0);
	return good;
}

static gboolean
export_entry(FnWalk *walk, guint64 index, FnSpan frame, const FnEntry *entry, GError **error)
{
	Exporting *exporting = walk->data;
	gboolean written;

	if (index < exporting->from || index >= exporting->until)
		return TRUE;
	written = fn_export_write(exporting->out, exporting->form, exporting->origin, index, frame.text, frame.size);
	g_assert(written); /* the walk parsed it */
	exporting->count++;
	return exporting->out->len < BLOCK || flush(exporting, error);
}

static gboolean
export_from(int directory, Exporting *exporting, GError **error)
{
	g_auto(FnKept) kept = FN_KEPT_NONE;
	g_auto(FnHead) head = { 0 };
	FnWalk walk = { .directory = directory, .kept = &kept, .entry = export_entry, .data = exporting };

	if (!fn_last_head(directory, &head, error) || !fn_kept_open_last(directory, head.origin, &kept, error))
		return FALSE;
	exporting->origin = head.origin;
	exporting->until = MIN(exporting->until, head.size);
	walk.from = exporting->from;
	walk.until = walk.size = exporting->until;
	return fn_walk(&walk, error) && flush(exporting, error);
}

gboolean
fn_ledger_export(const char *directory, FnExportForm form, guint64 from, guint64 until, FnExportSink sink, gpointer data,
	guint64 *count_out, GError **error)
{
	Exporting exporting = { .form = form, .from = from, .until = until, .out = g_string_sized_new(BLOCK), .sink = sink, .data = data };
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean good = fd >= 0;

	if (!good)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", directory, g_strerror(errno));
	good = good && export_from(fd, &exporting, error);
	if (fd >= 0)
		close(fd);
	g_string_free(exporting.out, TRUE);
	if (good && count_out != NULL)
		*count_out = exporting.count;
	return good;
}
