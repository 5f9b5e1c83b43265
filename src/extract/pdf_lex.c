#include "extract/pdf_priv.h"

#include <string.h>

static gboolean
is_space(guint c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static gboolean
is_delimiter(guint c)
{
	return strchr("()<>[]{}/%", (int)c) != NULL; /* NUL too, which is space */
}

static gboolean
more(const FnPdfLexer *lexer)
{
	return lexer->at < lexer->size;
}

static void
read_comment(FnPdfLexer *lexer)
{
	gsize begin = lexer->at;

	while (more(lexer) && lexer->bytes[lexer->at] != '\n' && lexer->bytes[lexer->at] != '\r')
		lexer->at++;
	g_string_append_len(lexer->value, (const char *)lexer->bytes + begin, (gssize)(lexer->at - begin));
}

static void
read_name(FnPdfLexer *lexer)
{
	while (more(lexer)) {
		guint c = lexer->bytes[lexer->at];
		int high, low;

		if (is_space(c) || is_delimiter(c))
			break;
		lexer->at++;
		if (c == '#' && lexer->at + 2 <= lexer->size && (high = g_ascii_xdigit_value((char)lexer->bytes[lexer->at])) >= 0 &&
			(low = g_ascii_xdigit_value((char)lexer->bytes[lexer->at + 1])) >= 0) {
			c = (guint)(high * 16 + low);
			lexer->at += 2;
		}
		g_string_append_c(lexer->value, (char)c);
	}
}

/* Behind a backslash. */
static void
read_escape(FnPdfLexer *lexer)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	guint c, octal = 0;
	const char *known;

	if (!more(lexer))
		return;
	c = lexer->bytes[lexer->at];
	if (c >= '0' && c < '8') {
		for (guint i = 0; i < 3 && more(lexer) && lexer->bytes[lexer->at] >= '0' && lexer->bytes[lexer->at] < '8'; i++)
			octal = octal * 8 + (lexer->bytes[lexer->at++] - '0');
		g_string_append_c(lexer->value, (char)(octal & 0xFF));
		return;
	}
	lexer->at++;
	if (c == '\r' && more(lexer) && lexer->bytes[lexer->at] == '\n')
		lexer->at++;
	if (c == '\r' || c == '\n')
		return;
	known = c != 0 ? strchr(from, (int)c) : NULL;
	g_string_append_c(lexer->value, known != NULL ? to[known - from] : (char)c);
}

static void
read_literal(FnPdfLexer *lexer)
{
	guint64 depth = 1;

	while (more(lexer)) {
		guint c = lexer->bytes[lexer->at++];

		if (c == '\\') {
			read_escape(lexer);
			continue;
		}
		if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return;
		g_string_append_c(lexer->value, (char)c);
	}
}

static void
read_hex(FnPdfLexer *lexer)
{
	int high = -1;

	while (more(lexer)) {
		guint c = lexer->bytes[lexer->at++];
		int digit = g_ascii_xdigit_value((char)c);

		if (c == '>')
			break;
		if (digit < 0)
			continue;
		if (high >= 0)
			g_string_append_c(lexer->value, (char)(high * 16 + digit));
		high = high >= 0 ? -1 : digit;
	}
	if (high >= 0)
		g_string_append_c(lexer->value, (char)(high * 16));
}

static FnPdfKind
read_word(FnPdfLexer *lexer)
{
	gsize begin = lexer->at;
	char *end;

	while (more(lexer) && !is_space(lexer->bytes[lexer->at]) && !is_delimiter(lexer->bytes[lexer->at]))
		lexer->at++;
	if (lexer->at == begin) /* a bracket without its partner */
		lexer->at++;
	g_string_append_len(lexer->value, (const char *)lexer->bytes + begin, (gssize)(lexer->at - begin));
	lexer->number = g_ascii_strtoll(lexer->value->str, &end, 10);
	return end != lexer->value->str && (*end == '\0' || *end == '.') ? FN_PDF_NUMBER : FN_PDF_KEYWORD;
}

static FnPdfKind
one(FnPdfLexer *lexer, gsize length, FnPdfKind kind)
{
	lexer->at += length;
	return kind;
}

FnPdfKind
fn_pdf_next(FnPdfLexer *lexer)
{
	gboolean twice;

	g_string_truncate(lexer->value, 0);
	while (more(lexer) && is_space(lexer->bytes[lexer->at]))
		lexer->at++;
	if (!more(lexer))
		return FN_PDF_END;
	twice = lexer->at + 1 < lexer->size && lexer->bytes[lexer->at] == lexer->bytes[lexer->at + 1];
	switch (lexer->bytes[lexer->at]) {
	case '%':
		read_comment(lexer);
		return FN_PDF_COMMENT;
	case '/':
		lexer->at++;
		read_name(lexer);
		return FN_PDF_NAME;
	case '(':
		lexer->at++;
		read_literal(lexer);
		return FN_PDF_STRING;
	case '<':
		if (twice)
			return one(lexer, 2, FN_PDF_OPEN_DICTIONARY);
		lexer->at++;
		read_hex(lexer);
		return FN_PDF_STRING;
	case '>':
		return one(lexer, twice ? 2 : 1, FN_PDF_CLOSE_DICTIONARY);
	case '[':
		return one(lexer, 1, FN_PDF_OPEN_ARRAY);
	case ']':
		return one(lexer, 1, FN_PDF_CLOSE_ARRAY);
	default:
		return read_word(lexer);
	}
}
