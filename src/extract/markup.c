/* HTML and XML of any kind, however broken: one pass over the tags, no tree. Words of a paragraph that tags cut apart are joined again;
 * what a browser does not show (comments, scripts, attributes, hidden elements) is text too. */
#include "extract/readers.h"

#include <string.h>

#define FLUSH 65536u

typedef struct {
	FnExtract *extract;
	const char *at, *end;
	gboolean html;
	GString *text;       /* of the body, flushed now and then */
	GString *aside[3];   /* what is told behind the body */
	guint data_uris;
} Markup;

enum { ATTRIBUTES, COMMENTS, SCRIPTS };
static const char *const asides[] = { "attributes", "comments", "scripts" };

/* Tags that do not end a word. In XML of unknown kind every other tag does; in HTML only those of the next table do. */
static const char *const xml_inline[] = { "t", "r", "rPr", "span", "tspan", "sub", "sup", NULL };
static const char *const html_breaks[] = { "p", "div", "br", "hr", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "thead", "tbody",
	"tfoot", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "section", "article", "header", "footer", "nav",
	"main", "aside", "form", "fieldset", "legend", "option", "select", "textarea", "input", "button", "label", "title", "head", "body",
	"html", "address", "figure", "figcaption", "details", "summary", "iframe", "noscript", "template", "script", "style", "img", NULL };
static const char *const html_cells[] = { "td", "th", NULL };

static const struct {
	const char *name;
	gunichar c;
} entities[] = {
	{ "amp", '&' },       { "lt", '<' },        { "gt", '>' },        { "quot", '"' },      { "apos", '\'' },     { "nbsp", 0xa0 },
	{ "middot", 0xb7 },   { "copy", 0xa9 },     { "reg", 0xae },      { "yen", 0xa5 },      { "times", 0xd7 },    { "deg", 0xb0 },
	{ "ensp", 0x2002 },   { "emsp", 0x2003 },   { "thinsp", 0x2009 }, { "zwnj", 0x200c },   { "zwj", 0x200d },    { "shy", 0xad },
	{ "ndash", 0x2013 },  { "mdash", 0x2014 },  { "lsquo", 0x2018 },  { "rsquo", 0x2019 },  { "ldquo", 0x201c },  { "rdquo", 0x201d },
	{ "hellip", 0x2026 }, { "bull", 0x2022 },   { "star", 0x2606 },   { "starf", 0x2605 },  { "bigstar", 0x2605 }, { "colon", ':' },
	{ "commat", '@' },    { "period", '.' },    { "sol", '/' },       { "num", '#' },       { "lowbar", '_' },    { "Tab", '\t' },
	{ "NewLine", '\n' },  { "hyphen", 0x2010 }, { "dash", 0x2010 },   { "comma", ',' },     { "equals", '=' },    { "lpar", '(' },
	{ "rpar", ')' },
};

/* ---- characters ---- */

static gunichar
numeric_entity(const char *at, const char *end, const char **after)
{
	guint base = at < end && (*at == 'x' || *at == 'X') ? 16 : 10;
	const char *from = at += base == 16;
	gunichar c = 0;

	for (; at < end && (base == 16 ? g_ascii_isxdigit(*at) : g_ascii_isdigit(*at)); at++)
		c = MIN(c * base + (guint)g_ascii_xdigit_value(*at), 0x110000u);
	*after = at + (at < end && *at == ';');
	return at == from ? 0 : g_unichar_validate(c) && c != 0 ? c : 0xfffd;
}

static gunichar
named_entity(const char *at, const char *end, const char **after)
{
	gsize length = 0;

	while (at + length < end && length < 10 && g_ascii_isalpha(at[length]))
		length++;
	for (gsize i = 0; i < G_N_ELEMENTS(entities); i++)
		if (strlen(entities[i].name) == length && strncmp(entities[i].name, at, length) == 0) {
			*after = at + length + (at + length < end && at[length] == ';');
			return entities[i].c;
		}
	return 0;
}

/* Appends text with its entities as characters. */
static void
append_unescaped(GString *to, const char *at, const char *end)
{
	while (at < end) {
		const char *and = memchr(at, '&', (gsize)(end - at)), *after = NULL;
		gunichar c;

		g_string_append_len(to, at, (and != NULL ? and : end) - at);
		if (and == NULL)
			return;
		c = and + 1 < end && and[1] == '#' ? numeric_entity(and + 2, end, &after) : named_entity(and + 1, end, &after);
		if (c != 0)
			g_string_append_unichar(to, c);
		else
			g_string_append_c(to, '&');
		at = c != 0 ? after : and + 1;
	}
}

static gboolean
flush(Markup *markup, gsize from)
{
	gboolean go_on = !fn_extract_stopped(markup->extract);

	if (markup->text->len >= from && markup->text->len > 0) {
		go_on = fn_extract_text(markup->extract, markup->text->str, (gssize)markup->text->len);
		g_string_truncate(markup->text, 0);
	}
	return go_on;
}

static void
append_aside(Markup *markup, guint which, const char *at, const char *end)
{
	if (end > at) {
		g_string_append_len(markup->aside[which], at, end - at);
		g_string_append_c(markup->aside[which], '\n');
	}
}

/* ---- tags ---- */

static gboolean
one_of(const char *const *names, const char *name, gsize length)
{
	for (; *names != NULL; names++)
		if (strlen(*names) == length && g_ascii_strncasecmp(*names, name, length) == 0)
			return TRUE;
	return FALSE;
}

static void
end_word(Markup *markup, const char *name, gsize length)
{
	const char *colon = memchr(name, ':', length);

	if (colon != NULL) {
		length -= (gsize)(colon + 1 - name);
		name = colon + 1;
	}
	if (markup->html && one_of(html_cells, name, length))
		g_string_append_c(markup->text, '\t');
	else if (markup->html ? one_of(html_breaks, name, length) : !one_of(xml_inline, name, length))
		g_string_append_c(markup->text, '\n');
}

/* A document inside an attribute: data:[type][;base64],… */
static void
read_data_uri(Markup *markup, const char *value, gsize size)
{
	const char *comma = memchr(value, ',', size);
	g_autofree char *packed = NULL;
	g_autofree guint8 *bytes = NULL;
	gsize length = 0;

	if (comma == NULL)
		return;
	packed = g_strndup(comma + 1, size - (gsize)(comma + 1 - value));
	if (g_strstr_len(value, comma - value, ";base64") != NULL) {
		bytes = g_base64_decode(packed, &length);
	} else {
		bytes = (guint8 *)g_uri_unescape_string(packed, NULL);
		length = bytes != NULL ? strlen((char *)bytes) : 0;
	}
	if (bytes != NULL && flush(markup, 0) && fn_extract_spend(markup->extract, length, size) && fn_extract_member(markup->extract)) {
		g_autofree char *name = g_strdup_printf("data %u", ++markup->data_uris);

		fn_extract_inner(markup->extract, name, bytes, length);
	}
}

static void
read_value(Markup *markup, const char *at, const char *end)
{
	GString *aside = markup->aside[ATTRIBUTES];
	gsize from = aside->len;

	append_unescaped(aside, at, end);
	g_string_append_c(aside, '\n');
	if (aside->len - from > 5 && g_ascii_strncasecmp(aside->str + from, "data:", 5) == 0) {
		g_autofree char *uri = g_strndup(aside->str + from, aside->len - from - 1);

		g_string_truncate(aside, from);
		read_data_uri(markup, uri, strlen(uri));
	} else if (memchr(aside->str + from, '%', aside->len - from) != NULL) {
		g_autofree char *plain = g_uri_unescape_segment(aside->str + from, aside->str + aside->len, NULL);

		if (plain != NULL && g_utf8_validate(plain, -1, NULL))
			g_string_append(aside, plain);
	}
}

/* From behind the tag's name to behind its '>'; every value of an attribute is told. A quote that never ends takes the rest. */
static void
read_attributes(Markup *markup)
{
	const char *end = markup->end, *at = markup->at;

	while (at < end && *at != '>') {
		const char *value;
		char quote;

		if (*at != '=') {
			at++;
			continue;
		}
		for (at++; at < end && g_ascii_isspace(*at); at++)
			;
		quote = at < end && (*at == '"' || *at == '\'') ? *at++ : '\0';
		value = at;
		while (at < end && (quote != '\0' ? *at != quote : *at != '>' && !g_ascii_isspace(*at)))
			at++;
		read_value(markup, value, at);
		at += quote != '\0' && at < end;
	}
	markup->at = at + (at < end);
}

/* Text that no tag ends but this one. */
static void
read_raw(Markup *markup, const char *name)
{
	const char *at = markup->at;
	gsize length = strlen(name);

	while ((at = memchr(at, '<', (gsize)(markup->end - at))) != NULL) {
		if ((gsize)(markup->end - at) >= length + 2 && at[1] == '/' && g_ascii_strncasecmp(at + 2, name, length) == 0)
			break;
		at++;
	}
	if (at == NULL)
		at = markup->end;
	append_aside(markup, SCRIPTS, markup->at, at);
	markup->at = at;
}

/* @at stands behind '<' and is a letter or '/' and a letter. */
static void
read_tag(Markup *markup)
{
	gboolean closing = *markup->at == '/';
	const char *name = markup->at += closing;
	gsize length = 0;

	while (name + length < markup->end && !g_ascii_isspace(name[length]) && name[length] != '>' && name[length] != '/')
		length++;
	markup->at = name + length;
	end_word(markup, name, length);
	read_attributes(markup);
	if (!markup->html || closing || markup->at >= markup->end)
		return;
	if (length == 6 && g_ascii_strncasecmp(name, "script", 6) == 0)
		read_raw(markup, "script");
	else if (length == 5 && g_ascii_strncasecmp(name, "style", 5) == 0)
		read_raw(markup, "style");
}

/* From @start, with its opening of @skip bytes, to @mark: told aside, or as text. */
static void
read_until(Markup *markup, gsize skip, const char *mark, gboolean as_text)
{
	const char *from = markup->at + MIN(skip, (gsize)(markup->end - markup->at));
	const char *to = memmem(from, (gsize)(markup->end - from), mark, strlen(mark));

	markup->at = to != NULL ? to + strlen(mark) : markup->end;
	if (to == NULL)
		to = markup->end;
	if (as_text)
		g_string_append_len(markup->text, from, to - from);
	else
		append_aside(markup, COMMENTS, from, to);
}

static gboolean
starts(const Markup *markup, const char *with)
{
	return (gsize)(markup->end - markup->at) >= strlen(with) && g_ascii_strncasecmp(markup->at, with, strlen(with)) == 0;
}

static void
read_declaration(Markup *markup)
{
	gboolean subset = starts(markup, "<!doctype") && memchr(markup->at, '[', MIN((gsize)(markup->end - markup->at), 512)) != NULL &&
			  !markup->html;

	if (starts(markup, "<!--"))
		read_until(markup, 4, "-->", FALSE);
	else if (starts(markup, "<![cdata["))
		read_until(markup, 9, "]]>", TRUE);
	else if (subset)
		read_until(markup, 2, "]>", FALSE);
	else
		read_until(markup, 2, ">", FALSE);
}

static void
read_body(Markup *markup)
{
	while (markup->at < markup->end && flush(markup, FLUSH)) {
		const char *tag = memchr(markup->at, '<', (gsize)(markup->end - markup->at));
		const char *next;

		append_unescaped(markup->text, markup->at, tag != NULL ? tag : markup->end);
		if (tag == NULL)
			break;
		markup->at = tag;
		next = tag + 1;
		if (next < markup->end && (*next == '!' || *next == '?')) {
			read_declaration(markup);
		} else if (next < markup->end && (g_ascii_isalpha(*next) || (guint8)*next >= 0x80 || *next == '_' ||
			(*next == '/' && next + 1 < markup->end && *(next + 1) != '>'))) {
			markup->at = next;
			read_tag(markup);
		} else {
			g_string_append_c(markup->text, '<');
			markup->at = next;
		}
	}
	flush(markup, 0);
}

void
fn_markup_text(FnExtract *extract, const char *text, gsize size, gboolean html, const char *place)
{
	Markup markup = { .extract = extract, .at = text, .end = text + size, .html = html, .text = g_string_new(NULL) };

	for (gsize i = 0; i < G_N_ELEMENTS(asides); i++)
		markup.aside[i] = g_string_new(NULL);
	fn_extract_begin(extract, place);
	read_body(&markup);
	for (gsize i = 0; i < G_N_ELEMENTS(asides); i++) {
		g_autofree char *where = *place != '\0' ? g_strdup_printf("%s, %s", place, asides[i]) : g_strdup(asides[i]);

		fn_extract_begin(extract, where);
		fn_extract_text(extract, markup.aside[i]->str, (gssize)markup.aside[i]->len);
		g_string_free(markup.aside[i], TRUE);
	}
	g_string_free(markup.text, TRUE);
}

/* ---- whole documents ---- */

/* What the document says of itself: <?xml encoding="…"?> or <meta charset=…>, in its first kilobytes. Caller frees. */
static char *
declared_charset(const guint8 *bytes, gsize size)
{
	g_autofree char *head = g_ascii_strdown((const char *)bytes, (gssize)MIN(size, 4096));
	const char *at = g_str_has_prefix(head, "<?xml") ? strstr(head, "encoding=") : NULL;

	if (at != NULL)
		at += strlen("encoding=");
	else if ((at = strstr(head, "charset=")) != NULL)
		at += strlen("charset=");
	else
		return NULL;
	at += strspn(at, "\"' ");
	return g_strndup(at, strcspn(at, "\"' ;/>\r\n\t?"));
}

void
fn_markup_bytes(FnExtract *extract, const guint8 *bytes, gsize size, const char *charset, gboolean html, const char *place)
{
	g_autofree char *declared = charset == NULL ? declared_charset(bytes, size) : NULL;
	g_autoptr(GString) text = fn_text_decode(extract, bytes, size, charset != NULL ? charset : declared);

	fn_markup_text(extract, text->str, text->len, html, place);
}

/* The first bytes as ASCII in lower case, with what UTF-16 puts between left out. */
static void
head_of(const FnDocument *document, char *head, gsize max)
{
	gsize n = 0;

	for (gsize i = 0; i < document->size && n + 1 < max; i++)
		if (document->bytes[i] != 0 && document->bytes[i] < 0x80 && (n > 0 || !g_ascii_isspace(document->bytes[i])))
			head[n++] = g_ascii_tolower((char)document->bytes[i]);
	head[n] = '\0';
}

gboolean
fn_html_is(const FnDocument *document)
{
	static const char *const tags[] = { "<!doctype html", "<html", "<head", "<body", "<div", "<table", "<meta", "<script", "<span",
		"<p>", "<br", "<style", "<title", "<form", "<h1" };
	char head[4096];

	head_of(document, head, sizeof(head));
	if (head[0] != '<' && (!fn_text_is(document) || fn_name_ends(document->name, "txt csv tsv log md sql")))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
		if (strstr(head, tags[i]) != NULL)
			return TRUE;
	return fn_name_ends(document->name, "html htm xhtml") && fn_text_is(document);
}

gboolean
fn_xml_is(const FnDocument *document)
{
	char head[512];

	head_of(document, head, sizeof(head));
	return head[0] == '<' && (g_str_has_prefix(head, "<?x") || g_str_has_prefix(head, "<!doctype") || g_str_has_prefix(head, "<!--") ||
					 (strchr(head, '>') != NULL && g_ascii_isalpha(head[1]) && fn_text_is(document)));
}

void
fn_html_read(FnExtract *extract, const FnDocument *document)
{
	fn_markup_bytes(extract, document->bytes, document->size, NULL, TRUE, "");
}

void
fn_xml_read_any(FnExtract *extract, const FnDocument *document)
{
	fn_markup_bytes(extract, document->bytes, document->size, NULL, FALSE, "");
}
