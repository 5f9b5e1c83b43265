/* Outlook messages ([MS-OXMSG]): every property of a message, recipient or attachment is a stream whose name tells its number and
 * type. Called once for each of those storages. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <string.h>

#define PREFIX "__substg1.0_"

enum { T_STRING8 = 0x001E, T_UNICODE = 0x001F, T_BINARY = 0x0102, T_MULTIPLE = 0x1000 };
enum { M_BODY_RTF = 0x1009, M_BODY_HTML = 0x1013, M_ATTACHED = 0x3701, M_FILE_SHORT = 0x3704, M_FILE_LONG = 0x3707 };

#define CODEPAGE_TAG 0x3FFD0003u

static const struct {
	guint id;
	const char *label;
} labels[] = {
	{ 0x0037, "subject" },
	{ 0x003D, "subject" },
	{ 0x0070, "topic" },
	{ 0x0E1D, "subject" },
	{ 0x1000, "body" },
	{ 0x007D, "transport headers" },
	{ 0x0C1A, "sender" },
	{ 0x0C1F, "sender" },
	{ 0x5D01, "sender" },
	{ 0x0042, "sender" },
	{ 0x0065, "sender" },
	{ 0x0E02, "bcc" },
	{ 0x0E03, "cc" },
	{ 0x0E04, "to" },
	{ 0x3001, "name" },
	{ 0x3003, "address" },
	{ 0x39FE, "address" },
	{ M_BODY_HTML, "body" },
	{ M_FILE_SHORT, "attachment's name" },
	{ M_FILE_LONG, "attachment's name" },
};

typedef struct {
	FnOle *ole;
	FnExtract *extract;
	guint storage, codepage;
} Msg;

/* "__substg1.0_1000001F", with "-00000000" behind it for one of many values. */
static gboolean
parse_name(const char *name, guint *id, guint *type)
{
	guint64 tag;
	char *end;

	if (!g_str_has_prefix(name, PREFIX) || strlen(name) < strlen(PREFIX) + 8)
		return FALSE;
	name += strlen(PREFIX);
	tag = g_ascii_strtoull(name, &end, 16);
	if (end != name + 8 || (*end != '\0' && *end != '-'))
		return FALSE;
	*id = (guint)(tag >> 16);
	*type = (guint)(tag & 0xFFFF);
	if (*end == '-')
		*type &= ~(guint)T_MULTIPLE;
	return TRUE;
}

static void
decode(const Msg *msg, guint type, const GByteArray *data, GString *out)
{
	gsize size = data->len;

	if (type == T_UNICODE) {
		fn_utf16le_append(out, data->data, size / 2);
	} else {
		while (size > 0 && data->data[size - 1] == 0)
			size--;
		fn_legacy_append(out, msg->codepage, data->data, size);
	}
	fn_tidy(out);
}

static const char *
label_of(guint id, char number[16])
{
	for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
		if (labels[i].id == id)
			return labels[i].label;
	g_snprintf(number, 16, "property %04X", id);
	return number;
}

/* The attachment's name, read ahead of its bytes. Caller frees. */
static char *
attachment_name(const Msg *msg)
{
	static const char *const streams[] = { PREFIX "3707001F", PREFIX "3707001E", PREFIX "3704001F", PREFIX "3704001E" };
	g_autoptr(GString) name = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
		guint stream = fn_ole_find(msg->ole, msg->storage, streams[i]);
		g_autoptr(GByteArray) data = stream != 0 ? fn_ole_stream(msg->ole, stream) : NULL;

		if (data == NULL)
			continue;
		decode(msg, i % 2 == 0 ? T_UNICODE : T_STRING8, data, name);
		if (name->len > 0)
			return g_strdup(name->str);
	}
	return g_strdup("attachment");
}

static gboolean
read_rtf(Msg *msg, const GByteArray *data)
{
	g_autoptr(GByteArray) rtf = fn_lzfu_unpack(msg->extract, data->data, data->len);

	if (rtf != NULL)
		return fn_extract_inner(msg->extract, "body.rtf", rtf->data, rtf->len);
	fn_extract_note(msg->extract, FN_NOTE_BROKEN, "packed body");
	return fn_extract_strings(msg->extract, data->data, data->len);
}

static gboolean
read_binary(Msg *msg, guint id, const GByteArray *data)
{
	g_autofree char *name = NULL;

	switch (id) {
	case M_BODY_HTML:
		return fn_extract_inner(msg->extract, "body.html", data->data, data->len);
	case M_BODY_RTF:
		return read_rtf(msg, data);
	case M_ATTACHED:
		name = attachment_name(msg);
		return fn_extract_inner(msg->extract, name, data->data, data->len);
	default:
		return fn_extract_strings(msg->extract, data->data, data->len);
	}
}

static gboolean
read_property(Msg *msg, guint stream)
{
	const FnOleEntry *entry = fn_ole_entry(msg->ole, stream);
	g_autoptr(GByteArray) data = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	char number[16];
	guint id, type;

	if (entry->storage || !parse_name(entry->name, &id, &type))
		return TRUE;
	if (!fn_extract_member(msg->extract))
		return FALSE;
	data = fn_ole_stream(msg->ole, stream);
	fn_extract_place(msg->extract, label_of(id, number));
	if (type == T_UNICODE || type == T_STRING8) {
		decode(msg, type, data, text);
		g_string_append_c(text, '\n');
		return fn_extract_text(msg->extract, text->str, (gssize)text->len);
	}
	return data->len == 0 || read_binary(msg, id, data);
}

/* The code page of 8-bit strings: among the properties of fixed size, sixteen bytes each behind a head of some multiple of eight. */
static guint
codepage_of(const GByteArray *properties)
{
	for (gsize at = 8; at + 16 <= properties->len; at += 8)
		if (fn_le32(properties->data + at) == CODEPAGE_TAG)
			return fn_le32(properties->data + at + 8);
	return 0;
}

void
fn_msg_read(FnOle *ole, guint storage, guint stream)
{
	g_autoptr(GByteArray) properties = fn_ole_stream(ole, stream);
	Msg msg = { ole, fn_ole_extract(ole), storage, codepage_of(properties) };

	fn_ole_begin(ole, storage, "");
	for (guint i = fn_ole_entry(ole, storage)->first; i != 0; i = fn_ole_entry(ole, i)->next)
		if (!read_property(&msg, i))
			return;
}
