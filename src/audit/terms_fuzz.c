/* Whatever passes as an entry can be walked over, and every term lies within what was given. */
#include "audit/audit_priv.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
take(FnAuditColumn column, const char *text, gsize size, gpointer sum)
{
	g_assert(column < FN_AUDIT_COLUMNS);
	*(gint64 *)sum ^= fn_audit_term_number(column, text, size);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const FnSpan event = { "resource.x", 10 };
	FnEntry entry;
	gint64 sum = 0;

	if (fn_entry_parse((const char *)data, size, &entry))
		fn_audit_terms(&entry, take, &sum);
	/* and what no entry can be */
	entry = (FnEntry){ .body = { (const char *)data, size }, .event = event };
	fn_audit_terms(&entry, take, &sum);
	return 0;
}
