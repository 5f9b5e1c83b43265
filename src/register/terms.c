/* By what records are found: numbers made of values and of a few characters of text, alike on both engines.
 *
 * Of text outside ASCII a term is a character and a pair of neighbours; of letters and digits of ASCII two and four neighbours: two are
 * enough to ask for, four are rare enough to find a number among a million. A record that is found is always compared with the
 * question, so a term may say too much and never too little. */
#include "register/register_priv.h"

#include "base/json.h"
#include "crypto/crypto.h"

#include <string.h>

enum { CONTENT_MAX = 16 * 1024, VALUE_MAX = 1024 };

char *
fn_register_fold(const char *text)
{
	g_autofree char *normal = text != NULL ? g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE) : NULL;

	return normal != NULL ? g_utf8_casefold(normal, -1) : g_strdup("");
}

/* 63 bits of a digest over the parts, each with its end. */
static gint64
number_of(const char *book, const char *kind, const char *text, gsize size)
{
	g_autoptr(GString) whole = g_string_new(book);
	guint8 digest[FN_DIGEST_SIZE];
	guint64 number;

	g_string_append_c(whole, '\0');
	g_string_append(whole, kind);
	g_string_append_c(whole, '\0');
	g_string_append_len(whole, text, (gssize)size);
	fn_sha256(whole->str, whole->len, digest);
	memcpy(&number, digest, sizeof(number));
	return (gint64)(GUINT64_FROM_LE(number) >> 1);
}

gint64
fn_term_of_value(const char *book, const char *field, const char *value)
{
	return number_of(book, field, value, MIN(strlen(value), VALUE_MAX));
}

static void
add_text_term(const char *book, const char *from, gsize size, GArray *terms)
{
	gint64 term = number_of(book, "", from, size);

	g_array_append_val(terms, term);
}

static gboolean
is_ascii_word(const char *at)
{
	return (guchar)*at < 128 && g_ascii_isalnum(*at);
}

static gboolean
is_other_word(const char *at)
{
	gunichar c = g_utf8_get_char(at);

	return c >= 128 && (g_unichar_isalnum(c) || g_unichar_ismark(c));
}

/* Two and four neighbours; of a question the longer ones, where it has them. */
static const char *
take_ascii(const char *book, const char *at, gboolean query, GArray *terms)
{
	const char *end = at;
	gsize size;

	while (is_ascii_word(end))
		end++;
	size = (gsize)(end - at);
	for (gsize i = 0; i + 2 <= size && !(query && size >= 4); i++)
		add_text_term(book, at + i, 2, terms);
	for (gsize i = 0; i + 4 <= size; i++)
		add_text_term(book, at + i, 4, terms);
	return end;
}

static const char *
take_other(const char *book, const char *at, gboolean query, GArray *terms)
{
	const char *before = NULL, *from = at;

	while (*at != '\0' && is_other_word(at)) {
		const char *next = g_utf8_next_char(at);

		if (before != NULL)
			add_text_term(book, before, (gsize)(next - before), terms);
		if (!query || (from == at && (*next == '\0' || !is_other_word(next))))
			add_text_term(book, at, (gsize)(next - at), terms);
		before = at;
		at = next;
	}
	return at;
}

void
fn_terms_of_text(const char *book, const char *folded, gboolean query, GArray *terms)
{
	for (const char *at = folded; *at != '\0';) {
		if (is_ascii_word(at))
			at = take_ascii(book, at, query, terms);
		else if (is_other_word(at))
			at = take_other(book, at, query, terms);
		else
			at = g_utf8_next_char(at);
	}
}

static gint
by_number(gconstpointer a, gconstpointer b)
{
	gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;

	return one < other ? -1 : one > other;
}

static void
add_value(const FnBook *book, const char *field, const json_t *value, GArray *terms)
{
	g_autofree char *text = fn_value_text(value);
	gint64 term = fn_term_of_value(book->id, field, text);

	g_array_append_val(terms, term);
}

char *
fn_terms_of_record(const FnBook *book, const char *state, const json_t *values, const char *content)
{
	g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 of_state = fn_term_of_value(book->id, "/state", state);
	GString *text = g_string_new("[");
	const char *field;
	json_t *value, *one;
	gsize n;

	g_array_append_val(terms, of_state);
	json_object_foreach((json_t *)values, field, value)
		if (json_is_array(value))
			json_array_foreach(value, n, one)
				add_value(book, field, one, terms);
		else
			add_value(book, field, value, terms);
	fn_terms_of_text(book->id, content, FALSE, terms);
	g_array_sort(terms, by_number);
	for (guint i = 0; i < terms->len; i++)
		if (i == 0 || g_array_index(terms, gint64, i) != g_array_index(terms, gint64, i - 1))
			g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", g_array_index(terms, gint64, i));
	g_string_append_c(text, ']');
	return g_string_free(text, FALSE);
}

/* A name of the net is found as people write it, too. */
static void
add_line(GString *out, const char *text)
{
	g_autofree char *folded = fn_register_fold(text);
	g_autofree char *written = strstr(text, "xn--") != NULL ? g_hostname_to_unicode(text) : NULL;

	g_string_append_printf(out, "%s\n", folded);
	if (written != NULL)
		g_string_append_printf(out, "%s\n", written);
}

static void
add_searched(FnDb *db, const FnBookField *field, const json_t *value, GString *out)
{
	g_autofree char *text = fn_value_text(value), *said = field->type->say != NULL ? field->type->say(db, field, value) : NULL;

	add_line(out, text);
	if (said != NULL)
		add_line(out, said);
}

/* What is sensitive is never searched: a reader who is not shown it could guess it so. The rules refuse such a file, too. */
char *
fn_register_content(FnDb *db, const FnBook *book, const char *key, const json_t *values)
{
	GString *out = g_string_new(NULL);

	add_line(out, key);
	for (guint i = 0; i < book->fields; i++) {
		const json_t *value = json_object_get(values, book->field[i].name);

		if ((!book->field[i].search && !book->field[i].key) || book->field[i].sensitive || value == NULL)
			continue;
		for (gsize n = 0; n < json_array_size(value); n++)
			add_searched(db, &book->field[i], json_array_get(value, n), out);
		if (!json_is_array(value))
			add_searched(db, &book->field[i], value, out);
	}
	if (out->len > CONTENT_MAX)
		g_string_truncate(out, (gsize)(g_utf8_find_prev_char(out->str, out->str + CONTENT_MAX) - out->str));
	return g_string_free(out, FALSE);
}
