/* Mail (RFC 5322, MIME): every header, every part, attachments as documents inside, what stands outside the parts too. Web archives
 * (.mht) are built alike. A mailbox of "From " lines is read message by message. */
#include "extract/mime.h"
#include "extract/readers.h"

#include "base/encoding.h"

#include <string.h>

#define DEPTH_MAX 32u /* multiparts in multiparts of one message */
#define SNIFF     4096u

typedef struct {
	FnExtract *extract;
	guint depth, parts;
} Mail;

static void read_entity(Mail *mail, const char *bytes, gsize size, const char *outer_type);

static void
tell_fields(Mail *mail, const GArray *fields)
{
	g_autofree char *place = mail->parts > 0 ? g_strdup_printf("headers of part %u", mail->parts) : g_strdup("headers");

	fn_extract_begin(mail->extract, place);
	for (guint i = 0; i < fields->len; i++) {
		const FnMimeField *field = &g_array_index(fields, FnMimeField, i);

		if (!fn_extract_text(mail->extract, field->name, -1) || !fn_extract_text(mail->extract, ": ", 2) ||
			!fn_extract_text(mail->extract, field->value, -1) || !fn_extract_text(mail->extract, "\n", 1))
			return;
	}
}

/* Bytes outside of parts, and texts: told under @place. */
static void
tell_bytes(Mail *mail, const char *place, const char *charset, const char *bytes, gsize size)
{
	g_autoptr(GString) text = NULL;

	if (size == 0)
		return;
	fn_extract_begin(mail->extract, place);
	text = fn_text_decode(mail->extract, (const guint8 *)bytes, size, charset);
	fn_extract_text(mail->extract, text->str, (gssize)text->len);
}

/* ---- multiparts ---- */

typedef struct {
	gsize line, behind; /* where the delimiter's line (with the break before it) begins, and where the part after it does */
	gboolean last;
} Delimiter;

static gboolean
find_delimiter(const char *bytes, gsize size, gsize from, const char *boundary, Delimiter *found)
{
	gsize length = strlen(boundary);

	for (gsize at = from; at < size;) {
		const char *end = memchr(bytes + at, '\n', size - at);
		gsize next = end != NULL ? (gsize)(end - bytes) + 1 : size;

		if (next - at >= length + 2 && bytes[at] == '-' && bytes[at + 1] == '-' && memcmp(bytes + at + 2, boundary, length) == 0) {
			found->line = at;
			if (found->line > from && bytes[found->line - 1] == '\n')
				found->line--;
			if (found->line > from && bytes[found->line - 1] == '\r')
				found->line--;
			found->behind = next;
			found->last = next - at >= length + 4 && memcmp(bytes + at + 2 + length, "--", 2) == 0;
			return TRUE;
		}
		at = next;
	}
	return FALSE;
}

static void
read_multipart(Mail *mail, const char *bytes, gsize size, const char *boundary, const char *type)
{
	Delimiter delimiter;
	gsize from;

	if (!find_delimiter(bytes, size, 0, boundary, &delimiter)) {
		fn_extract_note(mail->extract, FN_NOTE_BROKEN, "no part where parts are announced");
		tell_bytes(mail, "body", NULL, bytes, size);
		return;
	}
	tell_bytes(mail, "before the parts", NULL, bytes, delimiter.line);
	while (!delimiter.last) {
		from = delimiter.behind;
		if (!find_delimiter(bytes, size, from, boundary, &delimiter)) {
			fn_extract_note(mail->extract, FN_NOTE_BROKEN, "the last part has no end");
			delimiter = (Delimiter){ size, size, TRUE };
		}
		if (!fn_extract_member(mail->extract))
			return;
		mail->parts++;
		read_entity(mail, bytes + from, delimiter.line - from, type);
	}
	tell_bytes(mail, "behind the parts", NULL, bytes + delimiter.behind, size - delimiter.behind);
}

/* ---- parts ---- */

/* uuencode: "begin 644 name", lines that begin with their length, "end". */
static gsize
decode_uu(const char *bytes, gsize size, GByteArray *out)
{
	for (gsize at = 0; at < size;) {
		const char *line = bytes + at, *end = memchr(line, '\n', size - at);
		gsize next = end != NULL ? (gsize)(end - bytes) + 1 : size, have = next - at;
		guint length = ((guint8)line[0] - 32u) & 63;

		if (have >= 3 && memcmp(line, "end", 3) == 0)
			return next;
		for (guint i = 0, n = 1; i < length && n + 3 < have + 0; i += 3, n += 4) {
			guint32 four = 0;
			guint8 three[3];

			for (guint k = 0; k < 4; k++)
				four = four << 6 | (((guint8)line[n + k] - 32u) & 63);
			three[0] = (guint8)(four >> 16);
			three[1] = (guint8)(four >> 8);
			three[2] = (guint8)four;
			g_byte_array_append(out, three, MIN(3, length - i));
		}
		at = next;
	}
	return size;
}

static void
read_uu(Mail *mail, const char *bytes, gsize size)
{
	for (const char *at = bytes, *end = bytes + size; (at = memmem(at, (gsize)(end - at), "begin ", 6)) != NULL; at++) {
		const char *line = memchr(at, '\n', (gsize)(end - at)), *name;
		g_autofree char *head = NULL;
		g_autoptr(GByteArray) out = NULL;

		if (line == NULL)
			return;
		if ((at > bytes && at[-1] != '\n') || line - at < 11 || !g_ascii_isdigit(at[6]) || !g_ascii_isdigit(at[8]) || at[9] != ' ')
			continue;
		head = g_strstrip(g_strndup(at + 10, (gsize)(line - at) - 10));
		name = head;
		out = g_byte_array_new();
		at = line + decode_uu(line + 1, (gsize)(end - line) - 1, out);
		if (!fn_extract_member(mail->extract) || !fn_extract_spend(mail->extract, out->len, out->len) ||
			!fn_extract_inner(mail->extract, name, out->data, out->len) || at >= end)
			return;
	}
}

static const struct {
	const char *type;
	FnNote note;
	const char *detail;
} sealed[] = {
	{ "multipart/encrypted", FN_NOTE_ENCRYPTED, "an encrypted part" },
	{ "message/partial", FN_NOTE_UNKNOWN, "a piece of a message whose rest is elsewhere" },
	{ "message/external-body", FN_NOTE_UNKNOWN, "a part that lies elsewhere" },
	{ "application/ms-tnef", FN_NOTE_UNKNOWN, "a part packed by Outlook (TNEF)" },
};

static void
note_sealed(Mail *mail, const char *type, const char *type_field)
{
	g_autofree char *smime = fn_mime_parameter(type_field, "smime-type");

	for (gsize i = 0; i < G_N_ELEMENTS(sealed); i++)
		if (strcmp(sealed[i].type, type) == 0)
			fn_extract_note(mail->extract, sealed[i].note, sealed[i].detail);
	if (g_str_has_suffix(type, "pkcs7-mime") && (smime == NULL || strstr(smime, "enveloped") != NULL))
		fn_extract_note(mail->extract, FN_NOTE_ENCRYPTED, "an encrypted part");
}

static char *
part_name(const GArray *fields, const char *type_field)
{
	const char *disposition = fn_mime_field(fields, "content-disposition"), *location;
	char *name = disposition != NULL ? fn_mime_parameter(disposition, "filename") : NULL;

	if (name == NULL)
		name = fn_mime_parameter(type_field, "name");
	location = fn_mime_field(fields, "content-location");
	return name == NULL && location != NULL ? g_strdup(location) : name;
}

static void
read_attachment(Mail *mail, const char *name, const char *type, const guint8 *bytes, gsize size)
{
	g_autofree char *usual = g_str_has_prefix(type, "message/") ? g_strdup("message.eml") : g_strdup_printf("part %u", mail->parts);

	if (fn_extract_spend(mail->extract, size, size))
		fn_extract_inner(mail->extract, name != NULL && *name != '\0' ? name : usual, bytes, size);
}

/* A text by its content, whatever it is declared to be; in Western bytes only when the mail says so and nothing else fits. */
static gboolean
looks_like_text(const FnDocument *document, const char *charset)
{
	const FnFormat *format = fn_format_of(document);

	if (format == NULL)
		return charset != NULL && fn_charset_is_latin(charset);
	return strcmp(format->name, "text") == 0 || strcmp(format->name, "html") == 0;
}

static void
read_leaf(Mail *mail, const GArray *fields, const char *type, const char *type_field, const char *bytes, gsize size)
{
	static const char *const transfers[] = { "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "",
		NULL };
	const char *transfer = fn_mime_field(fields, "content-transfer-encoding");
	g_autofree char *encoding = transfer != NULL ? fn_mime_word(transfer) : NULL, *name = part_name(fields, type_field);
	g_autofree char *charset = fn_mime_parameter(type_field, "charset");
	g_autofree char *place = mail->parts > 0 ? g_strdup_printf("part %u", mail->parts) : g_strdup("");
	g_autoptr(GByteArray) plain = fn_mime_decode(encoding, bytes, size);
	FnDocument document = { name != NULL ? name : "", plain->data, plain->len, NULL };

	if (plain->len == 0)
		return;
	if (encoding != NULL && !g_strv_contains(transfers, encoding))
		fn_extract_note(mail->extract, FN_NOTE_UNKNOWN, "a transfer encoding that nobody here reads");
	if (name == NULL && g_str_has_prefix(type, "text/") && looks_like_text(&document, charset)) {
		if (strcmp(type, "text/html") == 0 || fn_html_is(&document))
			fn_markup_bytes(mail->extract, plain->data, plain->len, charset, TRUE, place);
		else
			tell_bytes(mail, place, charset, (const char *)plain->data, plain->len);
	} else {
		read_attachment(mail, name, type, plain->data, plain->len);
	}
	if (strcmp(type, "text/plain") == 0 || (encoding != NULL && strstr(encoding, "uu") != NULL))
		read_uu(mail, (const char *)plain->data, plain->len);
}

static void
read_entity(Mail *mail, const char *bytes, gsize size, const char *outer_type)
{
	g_autoptr(GArray) fields = fn_mime_fields_new();
	gsize body = fn_mime_fields(bytes, size, fields);
	const char *type_field = fn_mime_field(fields, "content-type");
	g_autofree char *type = NULL, *boundary = NULL;

	if (type_field == NULL)
		type_field = strcmp(outer_type, "multipart/digest") == 0 ? "message/rfc822" : "text/plain";
	type = fn_mime_word(type_field);
	tell_fields(mail, fields);
	note_sealed(mail, type, type_field);
	boundary = fn_mime_parameter(type_field, "boundary");
	if (!g_str_has_prefix(type, "multipart/") || boundary == NULL || *boundary == '\0') {
		if (g_str_has_prefix(type, "multipart/"))
			fn_extract_note(mail->extract, FN_NOTE_BROKEN, "parts are announced without their boundary");
		read_leaf(mail, fields, g_str_has_prefix(type, "multipart/") ? "text/plain" : type, type_field, bytes + body, size - body);
	} else if (mail->depth >= DEPTH_MAX) {
		fn_extract_note(mail->extract, FN_NOTE_LIMIT, "depth of parts in parts");
	} else {
		mail->depth++;
		read_multipart(mail, bytes + body, size - body, boundary, type);
		mail->depth--;
	}
}

/* ---- messages ---- */

static gboolean
is_known_field(const char *name)
{
	static const char *const known[] = { "from", "to", "cc", "subject", "date", "received", "return-path", "mime-version", "message-id",
		"content-type", "content-transfer-encoding", "delivered-to", "dkim-signature", "reply-to", "sender", "x-mailer", "x-originating-ip",
		"authentication-results", "arc-seal", "x-spam-status", "references", "in-reply-to", NULL };

	return g_strv_contains(known, name);
}

gboolean
fn_mail_is(const FnDocument *document)
{
	const char *bytes = (const char *)document->bytes;
	gsize size = MIN(document->size, SNIFF);
	g_autoptr(GArray) fields = fn_mime_fields_new();
	guint known = 0;

	if (fn_document_starts(document, "From ", 5)) {
		const char *line = memchr(bytes, '\n', size);

		if (line == NULL)
			return FALSE;
		size -= (gsize)(line + 1 - bytes);
		bytes = line + 1;
	}
	fn_mime_fields(bytes, size, fields);
	for (guint i = 0; i < fields->len; i++)
		known += is_known_field(g_array_index(fields, FnMimeField, i).name);
	return known >= 2 || (known == 1 && fn_name_ends(document->name, "eml mht mhtml mbox"));
}

static void
read_mailbox(FnExtract *extract, const char *at, const char *end)
{
	for (guint n = 1; at < end; n++) {
		const char *next = memmem(at, (gsize)(end - at), "\nFrom ", 6), *line = memchr(at, '\n', (gsize)(end - at));
		const char *to = next != NULL ? next + 1 : end, *from = line != NULL ? line + 1 : end;
		g_autofree char *name = g_strdup_printf("message %u.eml", n);

		fn_extract_begin(extract, "envelopes");
		if (!fn_extract_encoded(extract, FN_ENCODING_UTF8, at, (gsize)(from - at)) || !fn_extract_member(extract) ||
			!fn_extract_inner(extract, name, (const guint8 *)from, (gsize)(to - MIN(from, to))))
			return;
		at = to;
	}
}

void
fn_mail_read(FnExtract *extract, const FnDocument *document)
{
	Mail mail = { .extract = extract };
	const char *bytes = (const char *)document->bytes;

	if (fn_document_starts(document, "From ", 5))
		read_mailbox(extract, bytes, bytes + document->size);
	else
		read_entity(&mail, bytes, document->size, "");
}
