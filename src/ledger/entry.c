#include "ledger/entry.h"

#include <string.h>

static const char *const class_name[] = {
	[FN_CLASS_6M] = "6m", [FN_CLASS_1Y] = "1y", [FN_CLASS_3Y] = "3y", [FN_CLASS_PERMANENT] = "permanent"
};

const char *
fn_class_name(FnClass class)
{
	return (guint)class < G_N_ELEMENTS(class_name) ? class_name[class] : NULL;
}

gboolean
fn_body_check(const char *body, gsize size, FnSpan *event_out, GError **error)
{
	FnCanon canon = fn_canon_over(body, size);
	FnSpan event;

	if (size > FN_ENTRY_MAX - FN_ENVELOPE_MAX) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY,
			"the entry has %" G_GSIZE_FORMAT " bytes, at most %u are taken: enter a digest of the rest", size,
			FN_ENTRY_MAX - FN_ENVELOPE_MAX);
		return FALSE;
	}
	if (!fn_canon_object(&canon, "event", &event) || canon.at != canon.end) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY, "the entry is not canonical JSON at byte %" G_GSIZE_FORMAT,
			(gsize)(canon.at - body));
		return FALSE;
	}
	if (event.size == 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY, "the entry has no text \"event\"");
		return FALSE;
	}
	if (event_out != NULL)
		*event_out = event;
	return TRUE;
}

static char *
put(char *at, const char *text, gsize size)
{
	memcpy(at, text, size);
	return at + size;
}

static char *
put_text(char *at, const char *text)
{
	return put(at, text, strlen(text));
}

static char *
put_hex(char *at, const guint8 *bytes, gsize size)
{
	static const char digit[] = "0123456789abcdef";

	for (gsize i = 0; i < size; i++) {
		*at++ = digit[bytes[i] >> 4];
		*at++ = digit[bytes[i] & 15];
	}
	return at;
}

gsize
fn_entry_write(char *out, const char *body, gsize size, FnClass class, const char *from, const guint8 salt[FN_SALT_SIZE],
	const char *time)
{
	char *at = out;

	g_assert(fn_class_name(class) != NULL && strlen(from) <= 16);
	at = put_text(at, "{\"body\":");
	at = put(at, body, size);
	at = put_text(at, ",\"class\":\"");
	at = put_text(at, fn_class_name(class));
	at = put_text(at, "\",\"from\":\"");
	at = put_text(at, from);
	at = put_text(at, "\",\"salt\":\"");
	at = put_hex(at, salt, FN_SALT_SIZE);
	at = put_text(at, "\",\"time\":\"");
	at = put(at, time, FN_TIME_SIZE);
	at = put_text(at, "\"}");
	g_assert((gsize)(at - out) <= size + FN_ENVELOPE_MAX);
	return (gsize)(at - out);
}

static gboolean
class_of(FnSpan name, FnClass *class_out)
{
	for (guint i = FN_CLASS_6M; i < G_N_ELEMENTS(class_name); i++)
		if (fn_span_is(name, class_name[i])) {
			*class_out = (FnClass)i;
			return TRUE;
		}
	return FALSE;
}

enum { DIGIT = 1, HEX = 2 };
static const guint8 kinds[256] = { ['0' ... '9'] = DIGIT | HEX, ['a' ... 'f'] = HEX };

static gboolean
all_are(const char *text, gsize size, guint8 kind)
{
	guint8 all = kind;

	for (gsize i = 0; i < size; i++)
		all &= kinds[(guint8)text[i]];
	return all == kind;
}

static gboolean
is_salt(FnSpan text)
{
	return text.size == (gsize)2 * FN_SALT_SIZE && all_are(text.text, text.size, HEX);
}

/* "2026-07-01T08:00:00.000000Z" by its shape. */
static gboolean
is_time(FnSpan text)
{
	static const struct {
		guint8 at, digits;
		char then;
	} part[] = { { 0, 4, '-' }, { 5, 2, '-' }, { 8, 2, 'T' }, { 11, 2, ':' }, { 14, 2, ':' }, { 17, 2, '.' }, { 20, 6, 'Z' } };

	if (text.size != FN_TIME_SIZE)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(part); i++)
		if (!all_are(text.text + part[i].at, part[i].digits, DIGIT) || text.text[part[i].at + part[i].digits] != part[i].then)
			return FALSE;
	return TRUE;
}

static gboolean
is_role(FnSpan name)
{
	for (gsize i = 0; i < name.size; i++)
		if (!g_ascii_islower(name.text[i]))
			return FALSE;
	return name.size > 0 && name.size <= 16;
}

static gboolean
member(FnCanon *canon, const char *literal, FnSpan *text_out)
{
	return fn_canon_literal(canon, literal) && fn_canon_text(canon, text_out);
}

gboolean
fn_entry_take(FnCanon *canon, FnEntry *entry_out)
{
	const char *from = canon->at;
	FnSpan class;
	FnEntry entry;

	if (!fn_canon_literal(canon, "{\"body\":"))
		return FALSE;
	entry.body.text = canon->at;
	if (!fn_canon_object(canon, "event", &entry.event) || entry.event.size == 0)
		return FALSE;
	entry.body.size = (gsize)(canon->at - entry.body.text);
	if (!member(canon, ",\"class\":", &class) || !class_of(class, &entry.class) ||
	    !member(canon, ",\"from\":", &entry.from) || !is_role(entry.from) ||
	    !member(canon, ",\"salt\":", &entry.salt) || !is_salt(entry.salt) ||
	    !member(canon, ",\"time\":", &entry.time) || !is_time(entry.time) ||
	    !fn_canon_literal(canon, "}") || canon->at - from > FN_ENTRY_MAX)
		return FALSE;
	*entry_out = entry;
	return TRUE;
}

gboolean
fn_entry_parse(const char *text, gsize size, FnEntry *entry_out)
{
	FnCanon canon = fn_canon_over(text, size);

	return fn_entry_take(&canon, entry_out) && canon.at == canon.end;
}
