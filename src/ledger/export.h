/* Entries in the forms that other systems take.
 *
 *   ndjson         {"entry":E,"index":I} a line, E byte for byte as it was hashed: the only form from which entries are proved
 *   syslog         RFC 5424, one message a line: facility 13, time and salt-free members as structured data
 *   syslog-octets  the same with its length before it (RFC 6587 octet counting), no line end
 *   cef            Common Event Format 0, one event a line
 *
 * Syslog and CEF are for reading and alarms: a value longer than FN_EXPORT_VALUE bytes is cut (and ends with …), characters that
 * do not print are written as \uXXXX, and members that a message of FN_EXPORT_RECORD bytes has no room for are counted. What
 * stands in an entry never ends a message, a field or a value early. Severity follows from event and result by a table.
 *
 * The structured data are [entry@32473 index class from] and [body@32473 …] with the members of the body under their names
 * (32473 is the number that RFC 5612 keeps for examples: we have none of our own), and [cut@32473 members] where some are left
 * out. Thread-safe. */
#pragma once

#include "ledger/ledger.h"

#define FN_EXPORT_VALUE	 1024u
#define FN_EXPORT_RECORD 8192u /* what RFC 5425 wants every receiver to take */

typedef enum {
	FN_EXPORT_NDJSON,
	FN_EXPORT_SYSLOG,
	FN_EXPORT_SYSLOG_OCTETS,
	FN_EXPORT_CEF,
	/* not asked for by name: */
	FN_EXPORT_EVENT,  /* server-sent event: id is the index, data the entry */
	FN_EXPORT_BUNDLE, /* C2SP entry bundle: u16 big endian size || entry */
} FnExportForm;

/* By its name above; FALSE for any other. */
gboolean fn_export_form(const char *name, FnExportForm *form_out);
/* Media type. */
const char *fn_export_type(FnExportForm form);
/* Appends entry @index of the log @origin. FALSE, and nothing is appended, when these are not the bytes of an entry. */
gboolean fn_export_write(GString *out, FnExportForm form, const char *origin, guint64 index, const void *entry, gsize size);

/* Takes what was written; FALSE with an error ends the export. */
typedef gboolean (*FnExportSink)(const char *bytes, gsize size, gpointer data, GError **error);
/* The entries [@from, @until) of the ledger in @directory (it may run) that the last signed head covers; what was pruned is
 * passed over. Nothing is verified. *@count_out (may be NULL): how many. */
gboolean fn_ledger_export(const char *directory, FnExportForm form, guint64 from, guint64 until, FnExportSink sink, gpointer data,
	guint64 *count_out, GError **error);
