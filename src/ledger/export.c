#include "ledger/export.h"

#include "base/time.h"
#include "ledger/entry.h"

#include <string.h>

#define FACILITY 13u /* log audit */

typedef struct {
	const char *origin;
	guint64 index;
	FnSpan bytes;
	FnEntry entry;
	char *event, *result; /* result may be NULL */
} Record;

/* ---- how bad is it ---- */

/* The first row that fits; a '*' at the end stands for anything. RFC 5424 severity, CEF severity. */
static const struct {
	const char *event, *result;
	guint8 syslog, cef;
} severities[] = {
	{ "*", "broken*", 3, 7 },
	{ "*", "stopped*", 3, 8 }, /* rows held more than their columns say */
	{ "*", "refused*", 4, 5 },
	{ "share.refused", "*", 4, 5 },
	{ "reidentification.*", "*", 5, 6 },
	{ "ledger.head", "*", 7, 0 },
	{ "ledger.read", "*", 6, 2 },
	{ "ledger.*", "*", 5, 4 },
	{ "instance.*", "*", 5, 4 },
	{ "account.*", "*", 5, 4 },
	{ "certificate.*", "*", 5, 4 },
	{ "organization.*", "*", 5, 3 },
	{ "system.*", "*", 5, 3 },
	{ "source.*", "*", 5, 3 },
	{ "grant.*", "*", 5, 3 },
	{ "clock.*", "*", 5, 6 },
	{ "*", "*", 6, 2 },
};

static gboolean
fits(const char *pattern, const char *text)
{
	gsize size = strlen(pattern);

	if (pattern[size - 1] == '*')
		return strncmp(pattern, text != NULL ? text : "", size - 1) == 0;
	return g_strcmp0(pattern, text) == 0;
}

static gsize
severity_of(const Record *record)
{
	gsize i = 0;

	while (!fits(severities[i].event, record->event) || !fits(severities[i].result, record->result))
		i++;
	return i;
}

/* ---- values ---- */

/* Printing ASCII but @without, at most @most bytes; the rest becomes @other. */
static void
put_name(GString *out, const char *text, const char *without, gsize most, char other)
{
	for (gsize i = 0; text[i] != '\0' && i < most; i++)
		g_string_append_c(out, text[i] > ' ' && text[i] <= '~' && strchr(without, text[i]) == NULL ? text[i] : other);
}

/* @text (valid UTF-8), cut at a character; a backslash before @special; line ends as \n and \r when @lines. */
static void
put_value(GString *out, const char *text, const char *special, gboolean lines)
{
	const char *start = text;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		if ((gsize)(text - start) + 4 > FN_EXPORT_VALUE) {
			g_string_append(out, "…");
			return;
		}
		if (c < 0x80 && strchr(special, (char)c) != NULL)
			g_string_append_printf(out, "\\%c", (char)c);
		else if (lines && (c == '\n' || c == '\r'))
			g_string_append(out, c == '\n' ? "\\n" : "\\r");
		else if (g_unichar_isprint(c))
			g_string_append_unichar(out, c);
		else
			g_string_append_printf(out, "\\\\u%04x", c);
	}
}

/* ---- members of the body ---- */

typedef struct {
	char *name, *value; /* a text, or JSON of anything else */
} Member;

static void
member_clear(gpointer data)
{
	Member *member = data;

	g_free(member->name);
	g_free(member->value);
}

/* @body was parsed before: it is a canonical object. */
static GArray *
members_of(FnSpan body)
{
	GArray *members = g_array_new(FALSE, FALSE, sizeof(Member));
	FnCanon canon = fn_canon_over(body.text, body.size);

	g_array_set_clear_func(members, member_clear);
	for (gboolean more = fn_canon_literal(&canon, "{"); more; more = fn_canon_literal(&canon, ",")) {
		Member member = { 0 };
		const char *value;
		FnSpan raw;

		if (!fn_canon_text(&canon, &raw) || !fn_canon_literal(&canon, ":"))
			break;
		member.name = fn_canon_unescape(raw);
		value = canon.at;
		if (fn_canon_text(&canon, &raw))
			member.value = fn_canon_unescape(raw);
		else if (fn_canon_value(&canon))
			member.value = g_strndup(value, (gsize)(canon.at - value));
		g_assert(member.value != NULL);
		g_array_append_val(members, member);
	}
	return members;
}

/* Appends a member, or leaves @out as it was. */
typedef void (*PutMember)(GString *out, const Member *member);

/* Those that the record has room for; how many it has not. */
static guint
put_members(GString *out, gsize start, const Record *record, PutMember put)
{
	g_autoptr(GArray) members = members_of(record->entry.body);
	guint left = 0;

	for (guint i = 0; i < members->len; i++) {
		gsize before = out->len;

		put(out, &g_array_index(members, Member, i));
		if (out->len - start > FN_EXPORT_RECORD - 100) { /* the end and the count come behind */
			g_string_truncate(out, before);
			left++;
		}
	}
	return left;
}

/* ---- syslog ---- */

static void
put_parameter(GString *out, const Member *member)
{
	g_string_append_c(out, ' ');
	put_name(out, *member->name != '\0' ? member->name : "_", "=]\"", 32, '_');
	g_string_append(out, "=\"");
	put_value(out, member->value, "\"\\]", FALSE);
	g_string_append_c(out, '"');
}

static void
put_from(GString *out, const Record *record)
{
	g_string_append_len(out, record->entry.from.text, (gssize)record->entry.from.size);
}

/* Role and time were checked with the entry: they need no escape. */
static void
put_syslog(GString *out, const Record *record)
{
	gsize start = out->len;
	guint left;

	g_string_append_printf(out, "<%u>1 %.*s %s fengni-", FACILITY * 8 + severities[severity_of(record)].syslog, (int)FN_TIME_SIZE,
		record->entry.time.text, record->origin);
	put_from(out, record);
	g_string_append(out, " - ");
	put_name(out, record->event, "", 32, '?');
	g_string_append_printf(out, " [entry@32473 index=\"%" G_GUINT64_FORMAT "\" class=\"%s\" from=\"", record->index,
		fn_class_name(record->entry.class));
	put_from(out, record);
	g_string_append(out, "\"][body@32473");
	left = put_members(out, start, record, put_parameter);
	g_string_append_c(out, ']');
	if (left > 0)
		g_string_append_printf(out, "[cut@32473 members=\"%u\"]", left);
}

static void
put_syslog_line(GString *out, const Record *record)
{
	put_syslog(out, record);
	g_string_append_c(out, '\n');
}

static void
put_syslog_octets(GString *out, const Record *record)
{
	g_autoptr(GString) message = g_string_sized_new(1024);

	put_syslog(message, record);
	g_string_append_printf(out, "%zu ", message->len);
	g_string_append_len(out, message->str, (gssize)message->len);
}

/* ---- CEF ---- */

/* What CEF has a key for; the rest keeps its name behind our own, as CEF wants of keys that are not its own. */
static const struct {
	const char *name, *key;
} keys[] = {
	{ "actor", "suser" }, { "bytes", "out" }, { "code", "reason" }, { "count", "cnt" }, { "digest", "fileHash" }, { "result", "outcome" },
	{ "system", "sourceServiceName" },
};

static void
put_own_key(GString *out, const char *name)
{
	g_string_append(out, "fengni");
	for (gsize i = 0; name[i] != '\0' && i < 32; i++)
		if (g_ascii_isalnum(name[i]))
			g_string_append_c(out, i == 0 ? g_ascii_toupper(name[i]) : name[i]);
		else
			g_string_append_c(out, '_');
}

static void
put_address(GString *out, const char *address)
{
	if (!g_hostname_is_ip_address(address))
		g_string_append(out, " fengniAddress=");
	else
		g_string_append(out, strchr(address, ':') != NULL ? " c6a2Label=Source IPv6 Address c6a2=" : " src=");
	put_value(out, address, "\\=", TRUE);
}

static void
put_extension(GString *out, const Member *member)
{
	const char *key = NULL;

	if (g_str_equal(member->name, "event")) /* stands as act before */
		return;
	if (g_str_equal(member->name, "address")) {
		put_address(out, member->value);
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
		if (g_str_equal(keys[i].name, member->name))
			key = keys[i].key;
	g_string_append_c(out, ' ');
	if (key != NULL)
		g_string_append(out, key);
	else
		put_own_key(out, member->name);
	g_string_append_c(out, '=');
	put_value(out, member->value, "\\=", TRUE);
}

/* In the head a bar and a backslash are escaped, and there is no way to write a line end. */
static void
put_head(GString *out, const char *text)
{
	g_autoptr(GString) name = g_string_new(NULL);

	put_name(name, text, "", 100, '?');
	for (const char *at = name->str; *at != '\0'; at++)
		g_string_append_printf(out, *at == '|' || *at == '\\' ? "\\%c" : "%c", *at);
}

static void
put_cef(GString *out, const Record *record)
{
	g_autofree char *time = g_strndup(record->entry.time.text, record->entry.time.size);
	gsize start = out->len;
	gint64 moment = 0;
	guint left;

	(void)fn_time_parse(time, &moment); /* it is one, the entry was parsed */
	g_string_append(out, "CEF:0|Fengni|Fengni|" FN_VERSION "|");
	put_head(out, record->event);
	g_string_append_c(out, '|');
	put_head(out, record->event);
	g_string_append_printf(out, "|%u|rt=%" G_GINT64_FORMAT " dvchost=", severities[severity_of(record)].cef, moment / 1000);
	put_value(out, record->origin, "\\=", TRUE);
	g_string_append_printf(out, " externalId=%" G_GUINT64_FORMAT " cat=%s deviceProcessName=fengni-", record->index,
		fn_class_name(record->entry.class));
	put_from(out, record);
	g_string_append(out, " act=");
	put_value(out, record->event, "\\=", TRUE);
	left = put_members(out, start, record, put_extension);
	if (left > 0)
		g_string_append_printf(out, " fengniCut=%u", left);
	g_string_append_c(out, '\n');
}

/* ---- byte for byte ---- */

static void
put_ndjson(GString *out, const Record *record)
{
	g_string_append(out, "{\"entry\":");
	g_string_append_len(out, record->bytes.text, (gssize)record->bytes.size);
	g_string_append_printf(out, ",\"index\":%" G_GUINT64_FORMAT "}\n", record->index);
}

/* Canonical JSON has no line end, so the data are one line. */
static void
put_event(GString *out, const Record *record)
{
	g_string_append_printf(out, "id: %" G_GUINT64_FORMAT "\ndata: ", record->index);
	g_string_append_len(out, record->bytes.text, (gssize)record->bytes.size);
	g_string_append(out, "\n\n");
}

static void
put_frame(GString *out, const Record *record)
{
	g_string_append_c(out, (char)(record->bytes.size >> 8));
	g_string_append_c(out, (char)(record->bytes.size & 0xff));
	g_string_append_len(out, record->bytes.text, (gssize)record->bytes.size);
}

/* ---- the forms ---- */

static const struct {
	const char *name, *type;
	void (*put)(GString *out, const Record *record);
} forms[] = {
	[FN_EXPORT_NDJSON] = { "ndjson", "application/x-ndjson", put_ndjson },
	[FN_EXPORT_SYSLOG] = { "syslog", "text/plain; charset=utf-8", put_syslog_line },
	[FN_EXPORT_SYSLOG_OCTETS] = { "syslog-octets", "application/octet-stream", put_syslog_octets },
	[FN_EXPORT_CEF] = { "cef", "text/plain; charset=utf-8", put_cef },
	[FN_EXPORT_EVENT] = { NULL, "text/event-stream", put_event },
	[FN_EXPORT_BUNDLE] = { NULL, "application/octet-stream", put_frame },
};

gboolean
fn_export_form(const char *name, FnExportForm *form_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
		if (name != NULL && g_strcmp0(forms[i].name, name) == 0) {
			*form_out = (FnExportForm)i;
			return TRUE;
		}
	return FALSE;
}

const char *
fn_export_type(FnExportForm form)
{
	return forms[form].type;
}

/* A text member of the body; NULL when there is none. */
static char *
text_member(FnSpan body, const char *name)
{
	FnCanon canon = fn_canon_over(body.text, body.size);
	FnSpan raw = { 0 };

	return fn_canon_object(&canon, name, &raw) && raw.text != NULL ? fn_canon_unescape(raw) : NULL;
}

gboolean
fn_export_write(GString *out, FnExportForm form, const char *origin, guint64 index, const void *entry, gsize size)
{
	Record record = { .origin = origin, .index = index, .bytes = { entry, size } };

	if (size > FN_ENTRY_MAX || !fn_entry_parse(entry, size, &record.entry))
		return FALSE;
	record.event = fn_canon_unescape(record.entry.event);
	record.result = text_member(record.entry.body, "result");
	forms[form].put(out, &record);
	g_free(record.event);
	g_free(record.result);
	return TRUE;
}
