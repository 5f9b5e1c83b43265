/* RTF: text in code pages (\'hh, raw bytes) and in Unicode (\uN), told by destination: body, headers, notes, annotations, information,
 * shapes and the rest. Hidden and deleted text is text. What lies in hexadecimal (objects, pictures, packages) is a document inside. */
#include "extract/readers.h"

#include "base/encoding.h"
#include "base/text.h"

#include <string.h>

#define DEPTH_MAX 1000u
#define FONTS_MAX 4096u

typedef enum { BODY, HEADER, NOTE, ANNOTATION, INFORMATION, SHAPE, FIELD, OTHER, SILENT, OBJECT, PICTURE, PACKAGE, KINDS } Kind;
static const char *const places[OBJECT] = { "", "headers and footers", "notes", "annotations", "information", "shapes", "fields",
	"other", NULL };

/* What a destination's text is. */
static const struct {
	const char *word;
	Kind kind;
} destinations[] = {
	{ "header", HEADER }, { "headerl", HEADER }, { "headerr", HEADER }, { "headerf", HEADER }, { "footer", HEADER },
	{ "footerl", HEADER }, { "footerr", HEADER }, { "footerf", HEADER }, { "footnote", NOTE }, { "ftnsep", OTHER },
	{ "annotation", ANNOTATION }, { "atnid", ANNOTATION }, { "atnauthor", ANNOTATION }, { "info", INFORMATION },
	{ "userprops", INFORMATION }, { "docvar", INFORMATION }, { "revtbl", INFORMATION }, { "title", INFORMATION },
	{ "shptxt", BODY }, { "shppict", BODY }, { "nonshppict", BODY }, { "shpinst", SHAPE }, { "sp", SHAPE }, { "sn", SHAPE },
	{ "sv", SHAPE }, { "fldinst", FIELD }, { "fldrslt", BODY }, { "result", BODY }, { "fonttbl", SILENT }, { "colortbl", SILENT },
	{ "stylesheet", OTHER }, { "latentstyles", SILENT }, { "rsidtbl", SILENT }, { "panose", SILENT }, { "blipuid", SILENT },
	{ "objclass", OTHER }, { "objname", OTHER }, { "objdata", OBJECT }, { "pict", PICTURE }, { "themedata", PACKAGE },
	{ "colorschememapping", PACKAGE }, { "datastore", PACKAGE }, { "pntext", BODY }, { "listtext", BODY }, { "mmath", BODY },
	{ "bkmkstart", OTHER }, { "bkmkend", SILENT }, { "xe", OTHER }, { "tc", OTHER }, { "upr", BODY }, { "ud", BODY },
};

/* Words that are characters. */
static const struct {
	const char *word;
	gunichar c;
} characters[] = {
	{ "par", '\n' }, { "line", '\n' }, { "sect", '\n' }, { "page", '\n' }, { "row", '\n' }, { "nestrow", '\n' }, { "column", '\n' },
	{ "tab", '\t' }, { "cell", '\t' }, { "nestcell", '\t' }, { "emdash", 0x2014 }, { "endash", 0x2013 }, { "emspace", 0x2003 },
	{ "enspace", 0x2002 }, { "qmspace", 0x2005 }, { "bullet", 0x2022 }, { "lquote", 0x2018 }, { "rquote", 0x2019 },
	{ "ldblquote", 0x201c }, { "rdblquote", 0x201d }, { "zwj", 0x200d }, { "zwnj", 0x200c }, { "zwbo", 0x200b },
};

/* Code pages of \fcharset; others are Latin, as far as we read them. */
static const struct {
	guint charset, page;
} charsets[] = { { 134, 936 }, { 136, 950 }, { 129, 949 }, { 128, 932 } };

typedef struct {
	Kind kind;
	guint page;
	guint skip;      /* \uc: characters behind \uN that stand for it */
	gboolean fonts;  /* within the font table */
} Group;

typedef struct {
	FnExtract *extract;
	const char *at, *end;
	GArray *groups; /* Group */
	Group now;
	GString *texts[OBJECT];
	GString *bytes;  /* of one code page, not yet converted */
	GString *hex;    /* digits, or the bytes of \bin, of the object that is open */
	gboolean starred;
	guint skipping;  /* characters still to be left out behind \uN */
	guint surrogate; /* the first half of a pair */
	guint page;      /* \ansicpg */
	guint font;      /* the one the table defines now */
	GHashTable *fonts; /* number → page */
	guint inner;
} Rtf;

static void
append_latin(GString *to, const char *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++)
		g_string_append_unichar(to, (guint8)bytes[i]);
}

/* Converts what waits in the code page. */
static void
flush_bytes(Rtf *rtf)
{
	static const struct {
		guint page;
		FnEncoding encoding;
	} pages[] = { { 936, FN_ENCODING_GB18030 }, { 54936, FN_ENCODING_GB18030 }, { 950, FN_ENCODING_BIG5 }, { 65001, FN_ENCODING_UTF8 } };
	GString *to = rtf->now.kind < SILENT ? rtf->texts[rtf->now.kind] : NULL;
	FnEncoding encoding = FN_ENCODING_NONE;

	for (gsize i = 0; i < G_N_ELEMENTS(pages); i++)
		if (pages[i].page == rtf->now.page)
			encoding = pages[i].encoding;
	if (to != NULL && rtf->bytes->len > 0 && encoding != FN_ENCODING_NONE) {
		g_autoptr(FnDecoder) decoder = fn_decoder_new(encoding);

		fn_decoder_add(decoder, rtf->bytes->str, rtf->bytes->len, TRUE, to);
	} else if (to != NULL) {
		append_latin(to, rtf->bytes->str, rtf->bytes->len);
	}
	g_string_truncate(rtf->bytes, 0);
}

static void
put_byte(Rtf *rtf, char c)
{
	if (rtf->skipping > 0)
		rtf->skipping--;
	else if (rtf->now.kind > SILENT)
		g_string_append_c(rtf->hex, c);
	else
		g_string_append_c(rtf->bytes, c);
}

static void
put_character(Rtf *rtf, gunichar c)
{
	flush_bytes(rtf);
	if (rtf->now.kind < SILENT)
		g_string_append_unichar(rtf->texts[rtf->now.kind], c);
}

/* ---- documents inside ---- */

static GByteArray *
from_hex(const GString *hex)
{
	GByteArray *bytes = g_byte_array_sized_new((guint)hex->len / 2 + 1);
	int high = -1;

	for (gsize i = 0; i < hex->len; i++) {
		int digit = g_ascii_xdigit_value(hex->str[i]);
		guint8 byte;

		if (digit < 0)
			continue;
		if (high < 0) {
			high = digit;
			continue;
		}
		byte = (guint8)(high << 4 | digit);
		g_byte_array_append(bytes, &byte, 1);
		high = -1;
	}
	return bytes;
}

static guint32
u32(const guint8 *at)
{
	return (guint32)at[0] | (guint32)at[1] << 8 | (guint32)at[2] << 16 | (guint32)at[3] << 24;
}

/* An embedded OLE 1 object: version, format, three counted names, then its counted data. Where the data is, or all of it when it does
 * not look so. */
static void
object_data(const GByteArray *object, gsize *at, gsize *size)
{
	gsize place = 8;

	*at = 0;
	*size = object->len;
	for (guint i = 0; i < 4; i++) {
		gsize length;

		if (place > object->len || object->len - place < 4)
			return;
		length = u32(object->data + place);
		place += 4;
		if (i == 3) {
			*at = place;
			*size = MIN(length, object->len - place);
			return;
		}
		if (length > object->len - place)
			return;
		place += length;
	}
}

/* A packaged file: 2 bytes, label NUL, path NUL, 4 bytes, counted path, counted bytes. */
static void
package_data(const guint8 *data, gsize length, gsize *at, gsize *size, const char **name)
{
	const guint8 *label = data + 2, *end = data + length, *path, *after;
	gsize n;

	if (length < 4 || data[0] != 2 || data[1] != 0)
		return;
	path = memchr(label, '\0', (gsize)(end - label));
	after = path != NULL ? memchr(path + 1, '\0', (gsize)(end - path) - 1) : NULL;
	if (after == NULL || end - after < 9)
		return;
	n = u32(after + 5);
	after += 9;
	if (n > (gsize)(end - after) || (gsize)(end - after) - n < 4)
		return;
	after += n;
	n = MIN(u32(after), (gsize)(end - after) - 4);
	*at = (gsize)(after + 4 - data);
	*size = n;
	*name = (const char *)label;
}

static void
end_object(Rtf *rtf, Kind kind)
{
	static const char *const names[] = { [OBJECT] = "object", [PICTURE] = "picture", [PACKAGE] = "package" };
	g_autoptr(GByteArray) bytes = from_hex(rtf->hex);
	g_autofree char *usual = g_strdup_printf("%s %u", names[kind], ++rtf->inner);
	const char *name = usual;
	gsize at = 0, size = bytes->len, within = 0;

	g_string_truncate(rtf->hex, 0);
	if (kind == OBJECT)
		object_data(bytes, &at, &size);
	if (kind == OBJECT && at > 0) {
		gsize length = size;

		package_data(bytes->data + at, length, &within, &size, &name);
	}
	if (size > 0 && fn_extract_member(rtf->extract) && fn_extract_spend(rtf->extract, size, size))
		fn_extract_inner(rtf->extract, name, bytes->data + at + within, size);
}

/* ---- words ---- */

static void
set_kind(Rtf *rtf, Kind kind)
{
	flush_bytes(rtf);
	if (kind > SILENT)
		g_string_truncate(rtf->hex, 0);
	rtf->now.kind = kind;
}

static gboolean
destination(Rtf *rtf, const char *word)
{
	for (gsize i = 0; i < G_N_ELEMENTS(destinations); i++)
		if (strcmp(destinations[i].word, word) == 0) {
			/* What stands in a note or in information stays there. */
			if (destinations[i].kind != BODY || rtf->now.kind == SHAPE || rtf->now.kind == FIELD || rtf->now.kind == OTHER)
				set_kind(rtf, destinations[i].kind);
			rtf->now.fonts |= strcmp(word, "fonttbl") == 0;
			return TRUE;
		}
	return FALSE;
}

static void
set_page(Rtf *rtf, guint page)
{
	flush_bytes(rtf);
	rtf->now.page = page;
}

static void
set_font(Rtf *rtf, guint font)
{
	guint page = GPOINTER_TO_UINT(g_hash_table_lookup(rtf->fonts, GUINT_TO_POINTER(font)));

	rtf->font = font;
	if (!rtf->now.fonts)
		set_page(rtf, page != 0 ? page : rtf->page);
}

static void
set_charset(Rtf *rtf, guint charset)
{
	for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++)
		if (charsets[i].charset == charset && g_hash_table_size(rtf->fonts) < FONTS_MAX)
			g_hash_table_insert(rtf->fonts, GUINT_TO_POINTER(rtf->font), GUINT_TO_POINTER(charsets[i].page));
}

static void
put_unit(Rtf *rtf, int value)
{
	guint unit = (guint)value & 0xffff;

	rtf->skipping = 0;
	if (unit >= 0xd800 && unit < 0xdc00)
		rtf->surrogate = unit;
	else if (unit >= 0xdc00 && unit < 0xe000)
		put_character(rtf, rtf->surrogate != 0 ? 0x10000 + ((rtf->surrogate & 0x3ff) << 10) + (unit & 0x3ff) : 0xfffd);
	else
		put_character(rtf, unit != 0 ? unit : 0xfffd);
	if (unit < 0xd800 || unit > 0xdbff)
		rtf->surrogate = 0;
	rtf->skipping = rtf->now.skip;
}

static void
skip_binary(Rtf *rtf, int size)
{
	gsize n = size > 0 ? MIN((gsize)size, (gsize)(rtf->end - rtf->at)) : 0;

	if (rtf->now.kind > SILENT) {
		g_autofree char *hex = fn_hex(rtf->at, n);

		g_string_append(rtf->hex, hex);
	} else if (n > 0 && fn_extract_member(rtf->extract)) {
		fn_extract_inner(rtf->extract, "binary", (const guint8 *)rtf->at, n);
	}
	rtf->at += n;
}

static void
word(Rtf *rtf, const char *name, int value, gboolean has_value)
{
	if (rtf->skipping > 0 && strcmp(name, "u") != 0) {
		rtf->skipping--;
		return;
	}
	if (strcmp(name, "u") == 0 && has_value)
		put_unit(rtf, value);
	else if (strcmp(name, "uc") == 0)
		rtf->now.skip = (guint)CLAMP(value, 0, 64);
	else if (strcmp(name, "bin") == 0)
		skip_binary(rtf, value);
	else if (strcmp(name, "ansicpg") == 0)
		set_page(rtf, rtf->page = (guint)value);
	else if (strcmp(name, "f") == 0)
		set_font(rtf, (guint)value);
	else if (strcmp(name, "fcharset") == 0)
		set_charset(rtf, (guint)value);
	else if (strcmp(name, "cpg") == 0 && rtf->now.fonts)
		g_hash_table_insert(rtf->fonts, GUINT_TO_POINTER(rtf->font), GUINT_TO_POINTER((guint)value));
	else if (!destination(rtf, name)) {
		for (gsize i = 0; i < G_N_ELEMENTS(characters); i++)
			if (strcmp(characters[i].word, name) == 0)
				put_character(rtf, characters[i].c);
		if (rtf->starred)
			set_kind(rtf, rtf->now.kind < SILENT ? OTHER : rtf->now.kind);
	}
	rtf->starred = FALSE;
}

/* Behind the backslash, at a letter. */
static void
read_word(Rtf *rtf)
{
	char name[32] = "", digits[12] = "";
	gsize n = 0, length = 0;

	for (; rtf->at < rtf->end && g_ascii_isalpha(*rtf->at); rtf->at++)
		if (n + 1 < sizeof(name))
			name[n++] = *rtf->at;
	if (rtf->at < rtf->end && *rtf->at == '-')
		digits[length++] = *rtf->at++;
	for (; rtf->at < rtf->end && g_ascii_isdigit(*rtf->at); rtf->at++)
		if (length + 1 < sizeof(digits))
			digits[length++] = *rtf->at;
	if (rtf->at < rtf->end && *rtf->at == ' ')
		rtf->at++;
	word(rtf, name, (int)CLAMP(g_ascii_strtoll(digits, NULL, 10), G_MININT, G_MAXINT), length > 0);
}

static void
read_symbol(Rtf *rtf)
{
	char c = *rtf->at++;

	switch (c) {
	case '\'':
		if (rtf->end - rtf->at >= 2 && g_ascii_isxdigit(rtf->at[0]) && g_ascii_isxdigit(rtf->at[1])) {
			put_byte(rtf, (char)(g_ascii_xdigit_value(rtf->at[0]) << 4 | g_ascii_xdigit_value(rtf->at[1])));
			rtf->at += 2;
		}
		return;
	case '*':
		rtf->starred = TRUE;
		return;
	case '~':
		put_character(rtf, 0xa0);
		return;
	case '_':
		put_character(rtf, '-');
		return;
	case '-':
	case '|':
	case ':':
		return;
	case '\r':
	case '\n':
		put_character(rtf, '\n');
		return;
	default:
		put_byte(rtf, c); /* \\ \{ \} */
	}
}

/* ---- groups ---- */

static gboolean
open_group(Rtf *rtf)
{
	flush_bytes(rtf);
	rtf->skipping = 0;
	if (rtf->groups->len >= DEPTH_MAX) {
		fn_extract_note(rtf->extract, FN_NOTE_LIMIT, "groups too deep");
		return FALSE;
	}
	g_array_append_val(rtf->groups, rtf->now);
	return TRUE;
}

/* What is told aside does not run together. */
static void
end_line(GString *text)
{
	if (text->len > 0 && text->str[text->len - 1] != '\n')
		g_string_append_c(text, '\n');
}

static void
close_group(Rtf *rtf)
{
	Kind kind = rtf->now.kind;
	const Group *outer;

	flush_bytes(rtf);
	rtf->skipping = 0;
	rtf->starred = FALSE;
	if (rtf->groups->len == 0)
		return;
	outer = &g_array_index(rtf->groups, Group, rtf->groups->len - 1);
	if (kind > SILENT && outer->kind != kind)
		end_object(rtf, kind);
	if (kind > BODY && kind < SILENT && (kind != outer->kind || kind == INFORMATION || kind == SHAPE))
		end_line(rtf->texts[kind]);
	rtf->now = *outer;
	g_array_set_size(rtf->groups, rtf->groups->len - 1);
}

static void
read_all(Rtf *rtf)
{
	while (rtf->at < rtf->end && !fn_extract_stopped(rtf->extract)) {
		char c = *rtf->at++;

		if (c == '{') {
			if (!open_group(rtf))
				return;
		} else if (c == '}') {
			close_group(rtf);
			if (rtf->groups->len == 0)
				return;
		} else if (c == '\\' && rtf->at < rtf->end) {
			if (g_ascii_isalpha(*rtf->at))
				read_word(rtf);
			else
				read_symbol(rtf);
		} else if (c != '\r' && c != '\n' && c != '\0') {
			put_byte(rtf, c);
		}
	}
	fn_extract_note(rtf->extract, FN_NOTE_BROKEN, "ends within a group");
}

gboolean
fn_rtf_is(const FnDocument *document)
{
	return fn_document_starts(document, "{\\rt", 4);
}

void
fn_rtf_read(FnExtract *extract, const FnDocument *document)
{
	const char *bytes = (const char *)document->bytes;
	Rtf rtf = { .extract = extract, .at = bytes, .end = bytes + document->size, .page = 1252 };

	rtf.groups = g_array_new(FALSE, FALSE, sizeof(Group));
	rtf.now = (Group){ .kind = BODY, .page = 1252, .skip = 1 };
	rtf.bytes = g_string_new(NULL);
	rtf.hex = g_string_new(NULL);
	rtf.fonts = g_hash_table_new(NULL, NULL);
	for (Kind i = 0; i < OBJECT; i++)
		rtf.texts[i] = g_string_new(NULL);
	read_all(&rtf);
	flush_bytes(&rtf);
	for (Kind i = 0; i < OBJECT; i++) {
		if (i != SILENT) {
			fn_extract_begin(extract, places[i]);
			fn_extract_text(extract, rtf.texts[i]->str, (gssize)rtf.texts[i]->len);
		}
		g_string_free(rtf.texts[i], TRUE);
	}
	/* Whatever follows the last brace is shown by nobody and can hold anything. */
	if (rtf.at < rtf.end) {
		fn_extract_begin(extract, "behind the end");
		fn_extract_strings(extract, (const guint8 *)rtf.at, (gsize)(rtf.end - rtf.at));
	}
	g_string_free(rtf.bytes, TRUE);
	g_string_free(rtf.hex, TRUE);
	g_hash_table_unref(rtf.fonts);
	g_array_unref(rtf.groups);
}
