/* Property sets of [MS-OLEPS]: title, author, company, and the properties people add themselves. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <string.h>

#define SECTIONS_MAX 16u
#define VALUES_MAX   65536u
#define CODEPAGE     1u /* property 1 of every set */
#define VECTOR       0x1000u

enum { VT_I2 = 2, VT_I4 = 3, VT_R4 = 4, VT_R8 = 5, VT_BSTR = 8, VT_VARIANT = 12, VT_UI4 = 19, VT_I8 = 20, VT_UI8 = 21,
	VT_INT = 22, VT_UINT = 23, VT_LPSTR = 30, VT_LPWSTR = 31 };

typedef struct {
	FnExtract *extract;
	guint8 *bytes; /* of the section; what was read is wiped */
	gsize size;
	guint codepage;
	GHashTable *names; /* id -> name, of custom properties */
	guint values;      /* read so far */
} Set;

static gboolean
fits(const Set *set, gsize at, gsize n)
{
	return at <= set->size && n <= set->size - at;
}

static const char *
name_of(const Set *set, guint32 id, gboolean summary)
{
	static const char *const summary_names[] = { NULL, NULL, "title", "subject", "author", "keywords", "comments", "template",
		"last author", "revision", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "application" };
	static const char *const document_names[] = { NULL, NULL, "category", "presentation", NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, "headings", "parts", "manager", "company" };
	const char *name = g_hash_table_lookup(set->names, GUINT_TO_POINTER(id));

	if (name != NULL)
		return name;
	if (summary)
		return id < G_N_ELEMENTS(summary_names) ? summary_names[id] : NULL;
	return id < G_N_ELEMENTS(document_names) ? document_names[id] : NULL;
}

/* ---- values ---- */

static void
say(Set *set, GString *text)
{
	fn_tidy(text);
	if (text->len > 0) {
		g_string_append_c(text, '\n');
		fn_extract_text(set->extract, text->str, (gssize)text->len);
	}
}

static gsize
read_string(Set *set, gsize at, gboolean wide, gsize each)
{
	g_autoptr(GString) text = g_string_new(NULL);
	gsize n;

	if (!fits(set, at, 4))
		return set->size;
	n = (gsize)fn_le32(set->bytes + at) * each;
	at += 4;
	n = MIN(n, set->size - at);
	if (wide) {
		fn_utf16le_append(text, set->bytes + at, n / 2);
	} else {
		gsize length = n;

		while (length > 0 && set->bytes[at + length - 1] == 0)
			length--;
		fn_legacy_append(text, set->codepage, set->bytes + at, length);
	}
	memset(set->bytes + at, 0, n);
	say(set, text);
	return at + n;
}

static gsize
read_number(Set *set, gsize at, guint type, gsize size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	gint64 whole = 0;

	if (!fits(set, at, size))
		return set->size;
	if (type == VT_R8) {
		double value;

		memcpy(&value, set->bytes + at, 8);
		g_string_append_printf(text, value > -1e18 && value < 1e18 ? "%.*f" : "%.*g", 0, value);
	} else {
		memcpy(&whole, set->bytes + at, size);
		g_string_append_printf(text, "%" G_GINT64_FORMAT, whole);
	}
	say(set, text);
	return at + size;
}

static gsize
pad(gsize at)
{
	return (at + 3) & ~(gsize)3;
}

/* One value of @type at @at; returns where it ends, the set's end when nobody knows. */
static gsize
read_scalar(Set *set, guint type, gsize at)
{
	switch (type) {
	case VT_LPSTR:
	case VT_BSTR:
		return read_string(set, at, set->codepage == 1200, 1);
	case VT_LPWSTR:
		return read_string(set, at, TRUE, 2);
	case VT_I2:
	case VT_I4:
	case VT_UI4:
	case VT_INT:
	case VT_UINT:
		return read_number(set, at, type, 4);
	case VT_R8:
	case VT_I8:
	case VT_UI8:
		return read_number(set, at, type, 8);
	default:
		return set->size;
	}
}

static void
read_value(Set *set, gsize at)
{
	guint type;
	guint32 n = 1;

	if (!fits(set, at, 4))
		return;
	type = fn_le16(set->bytes + at);
	at += 4;
	if ((type & VECTOR) != 0) {
		if (!fits(set, at, 4))
			return;
		n = fn_le32(set->bytes + at);
		at += 4;
	}
	for (; n > 0 && at < set->size && set->values < VALUES_MAX; n--) {
		guint one = type & ~VECTOR;

		set->values++;
		if (one == VT_VARIANT) {
			if (!fits(set, at, 4))
				return;
			one = fn_le16(set->bytes + at);
			at += 4;
		}
		at = read_scalar(set, one, at);
		if (one == VT_LPWSTR || (type & ~VECTOR) == VT_VARIANT)
			at = pad(at);
	}
}

/* ---- sections ---- */

static void
read_names(Set *set, gsize at)
{
	guint32 n;

	if (!fits(set, at, 4))
		return;
	n = fn_le32(set->bytes + at);
	at += 4;
	for (; n > 0 && fits(set, at, 8) && set->values < VALUES_MAX; n--) {
		g_autoptr(GString) name = g_string_new(NULL);
		guint32 id = fn_le32(set->bytes + at);
		gsize size = fn_le32(set->bytes + at + 4), length;

		at += 8;
		if (set->codepage == 1200)
			size *= 2;
		size = MIN(size, set->size - at);
		length = size;
		if (set->codepage == 1200) {
			fn_utf16le_append(name, set->bytes + at, size / 2);
		} else {
			while (length > 0 && set->bytes[at + length - 1] == 0)
				length--;
			fn_legacy_append(name, set->codepage, set->bytes + at, length);
		}
		set->values++;
		fn_tidy(name);
		g_hash_table_insert(set->names, GUINT_TO_POINTER(id), g_strdup(name->str));
		at += size;
		if (set->codepage == 1200)
			at = pad(at);
	}
}

static void
read_section(Set *set, gboolean summary)
{
	guint32 n = set->size >= 8 ? fn_le32(set->bytes + 4) : 0;

	n = (guint32)MIN((gsize)n, set->size / 8);
	for (guint pass = 0; pass < 3; pass++)
		for (guint32 i = 0; i < n && fits(set, 8 + 8 * (gsize)i, 8) && !fn_extract_stopped(set->extract); i++) {
			guint32 id = fn_le32(set->bytes + 8 + 8 * (gsize)i);
			gsize at = fn_le32(set->bytes + 12 + 8 * (gsize)i);
			const char *name = name_of(set, id, summary);

			if (pass == 0 && id == CODEPAGE && fits(set, at, 6))
				set->codepage = fn_le16(set->bytes + at + 4);
			else if (pass == 1 && id == 0)
				read_names(set, at);
			else if (pass == 2 && id > CODEPAGE) {
				fn_extract_place(set->extract, name != NULL ? name : "");
				if (g_hash_table_contains(set->names, GUINT_TO_POINTER(id))) {
					fn_extract_text(set->extract, name, -1);
					fn_extract_text(set->extract, ": ", 2);
				}
				read_value(set, at);
			}
		}
}

void
fn_properties_read(FnOle *ole, guint storage, guint stream)
{
	FnExtract *extract = fn_ole_extract(ole);
	g_autoptr(GByteArray) data = fn_ole_stream(ole, stream);
	gboolean summary = strcmp(fn_ole_entry(ole, stream)->name, "\5SummaryInformation") == 0;
	guint sections;

	fn_ole_begin(ole, stream, "");
	if (data->len >= 28 && fn_le16(data->data) == 0xFFFE) {
		sections = MIN(fn_le32(data->data + 24), SECTIONS_MAX);
		for (guint i = 0; i < sections && 28 + 20 * (i + 1) <= data->len; i++) {
			guint32 at = fn_le32(data->data + 28 + 20 * i + 16);
			g_autoptr(GHashTable) names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
			Set set = { extract, data->data, 0, 0, names, 0 };

			if (at >= data->len)
				continue;
			set.bytes = data->data + at;
			set.size = data->len - at;
			read_section(&set, summary);
		}
	}
	/* Hyperlinks, pictures and whatever else a set may hold: the strings read above are wiped. */
	fn_ole_begin(ole, stream, "other");
	fn_extract_strings(extract, data->data, data->len);
}
