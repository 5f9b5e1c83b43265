/* What the forms of report have in common. */
#include "inspect/command_priv.h"

#include <string.h>

enum { PIECE = 1 << 16 };

void
fn_report_flush(FnReport *report, gboolean all)
{
	if (!all && report->out->len < PIECE)
		return;
	fwrite(report->out->str, 1, report->out->len, report->to);
	explicit_bzero(report->out->str, report->out->len);
	g_string_truncate(report->out, 0);
}

static gint
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char **
fn_report_ids(GHashTable *counts)
{
	guint n;
	gpointer *id = g_hash_table_get_keys_as_array(counts, &n);

	if (n > 0)
		qsort(id, n, sizeof(*id), by_text);
	return (const char **)id;
}
