/* Objects are found by looking for them, wherever they lie: a broken or lying table of objects hides nothing, and neither does an
 * older revision. The bytes are cut into stretches, each from one "n g obj" to the next, and every word of a stretch is looked at
 * once: linear, and an object that hides inside another's string or stream is read all the same. All strings are text, whatever
 * their key. */
#include "extract/legacy.h"
#include "extract/pdf_priv.h"
#include "extract/readers.h"

#include <string.h>

#define DEPTH_MAX 64u
#define KEY_MAX   40u

typedef struct {
	char key[KEY_MAX]; /* the last one of a dictionary; an array's is the one it stands under */
	gboolean dictionary, want_key;
	char *file;     /* of a file specification */
	guint file_ref; /* the stream that /EF names */
} Level;

/* By the values of /Type and /Subtype. */
static const struct {
	const char *name;
	guint8 kind;
} kinds[] = {
	{ "ObjStm", FN_PDF_KIND_OBJECTS },
	{ "XRef", FN_PDF_KIND_TABLE },
	{ "Metadata", FN_PDF_KIND_METADATA },
	{ "XML", FN_PDF_KIND_METADATA },
	{ "EmbeddedFile", FN_PDF_KIND_FILE },
	{ "Image", FN_PDF_KIND_PICTURE },
};

/* One stretch of words. */
typedef struct {
	FnPdf *pdf;
	FnPdfLexer lexer;
	Level levels[DEPTH_MAX];
	guint depth;    /* open dictionaries and arrays, those beyond DEPTH_MAX counted too */
	gint64 numbers[2]; /* the last two, for references */
	FnPdfStream stream;
	GString *text;
	gboolean packed; /* the stretch is an object stream */
} Stretch;

/* ---- texts ---- */

static const struct {
	const char *key, *label;
} labels[] = {
	{ "Contents", "annotation" },
	{ "RC", "annotation" },
	{ "V", "field value" },
	{ "DV", "field default" },
	{ "T", "field or author" },
	{ "TU", "field hint" },
	{ "Opt", "field choices" },
	{ "JS", "script" },
	{ "URI", "link" },
	{ "Title", "title" },
	{ "Author", "author" },
	{ "Subject", "subject" },
	{ "Keywords", "keywords" },
	{ "ActualText", "alternative text" },
	{ "Alt", "alternative text" },
	{ "F", "file name" },
	{ "UF", "file name" },
};

static void
say_where(Stretch *stretch, const char *key)
{
	g_autofree char *label = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
		if (strcmp(labels[i].key, key) == 0)
			key = labels[i].label;
	label = stretch->stream.number != 0 ? g_strdup_printf("%s%sobject %u", key, *key != '\0' ? ", " : "", stretch->stream.number) :
					      g_strdup(key);
	fn_extract_place(stretch->pdf->extract, label);
}

static gboolean
has_controls(const GString *value)
{
	for (gsize i = 0; i < value->len; i++)
		if ((guchar)value->str[i] < 0x20 && strchr("\t\n\v\f\r", value->str[i]) == NULL)
			return TRUE;
	return memchr(value->str, 0, value->len) != NULL;
}

/* A text string (7.9.2.2): marked UTF-16 or UTF-8, else 8-bit, which Chinese programs fill with GBK. FALSE when it is bytes. */
static gboolean
decode(const GString *value, GString *out)
{
	const guint8 *bytes = (const guint8 *)value->str;

	g_string_truncate(out, 0);
	if (value->len >= 2 && memcmp(bytes, "\xFE\xFF", 2) == 0)
		fn_utf16be_append(out, bytes + 2, (value->len - 2) / 2);
	else if (value->len >= 2 && memcmp(bytes, "\xFF\xFE", 2) == 0)
		fn_utf16le_append(out, bytes + 2, (value->len - 2) / 2);
	else if (value->len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		g_string_append_len(out, value->str + 3, (gssize)value->len - 3);
	else if (has_controls(value))
		return FALSE;
	else
		fn_legacy_append(out, 0, bytes, value->len);
	fn_tidy(out);
	return TRUE;
}

static gboolean
is_date(const GString *text)
{
	return g_str_has_prefix(text->str, "D:") && strspn(text->str + 2, "0123456789+-Z'") == text->len - 2;
}

static void
say_string(Stretch *stretch, const char *key)
{
	const GString *value = stretch->lexer.value;
	FnExtract *extract = stretch->pdf->extract;

	if (value->len == 0)
		return;
	if (!decode(value, stretch->text)) {
		say_where(stretch, key);
		fn_extract_strings(extract, (const guint8 *)value->str, value->len);
	} else if (stretch->text->len > 0 && !is_date(stretch->text)) {
		say_where(stretch, key);
		g_string_append_c(stretch->text, '\n');
		fn_extract_text(extract, stretch->text->str, (gssize)stretch->text->len);
		g_string_truncate(stretch->text, stretch->text->len - 1);
	}
}

/* ---- words ---- */

static Level *
top(Stretch *stretch)
{
	return stretch->depth > 0 && stretch->depth <= DEPTH_MAX ? &stretch->levels[stretch->depth - 1] : NULL;
}

static const char *
key_at(Stretch *stretch, guint depth)
{
	return depth > 0 && depth <= MIN(stretch->depth, DEPTH_MAX) ? stretch->levels[depth - 1].key : "";
}

static gboolean
is_one_of(const char *key, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (strcmp(key, *keys) == 0)
			return TRUE;
	return FALSE;
}

static FnPdfFilter *
parameters(Stretch *stretch)
{
	static const char *const keys[] = { "DecodeParms", "DP", NULL };

	if (stretch->depth < 2 || !is_one_of(key_at(stretch, 1), keys) || stretch->stream.n_parameters == 0)
		return NULL;
	return &stretch->stream.filters[MIN(stretch->stream.n_parameters, FN_PDF_FILTERS) - 1];
}

static void
open_level(Stretch *stretch, gboolean dictionary)
{
	static const char *const keys[] = { "DecodeParms", "DP", NULL };
	const char *above = key_at(stretch, stretch->depth);
	Level level = { .dictionary = dictionary, .want_key = dictionary };

	if (!dictionary)
		g_strlcpy(level.key, above, sizeof level.key);
	if (dictionary && stretch->depth > 0 && is_one_of(key_at(stretch, 1), keys))
		stretch->stream.n_parameters = (guint8)MIN(stretch->stream.n_parameters + 1, 255);
	if (++stretch->depth <= DEPTH_MAX)
		stretch->levels[stretch->depth - 1] = level;
	else if (stretch->depth == DEPTH_MAX + 1)
		fn_extract_note(stretch->pdf->extract, FN_NOTE_LIMIT, "depth of a PDF's dictionaries");
}

/* A value is complete: in a dictionary a key follows. */
static void
value_done(Stretch *stretch)
{
	Level *level = top(stretch);

	if (level != NULL && level->dictionary)
		level->want_key = TRUE;
}

static void
close_level(Stretch *stretch)
{
	Level *level = top(stretch);

	if (stretch->depth == 0)
		return;
	if (level != NULL && level->file != NULL && level->file_ref != 0)
		g_hash_table_replace(stretch->pdf->files, GUINT_TO_POINTER(level->file_ref), g_steal_pointer(&level->file));
	if (level != NULL)
		g_clear_pointer(&level->file, g_free);
	stretch->depth--;
	value_done(stretch);
}

static void
on_key(Stretch *stretch, const char *key)
{
	FnPdf *pdf = stretch->pdf;

	if (strcmp(key, "Encrypt") == 0)
		pdf->encrypted = TRUE;
	else if (strcmp(key, FN_PDF_LAYERS) == 0) /* behind escapes it is longer than the word */
		pdf->layers_packed |= stretch->packed ||
				      memcmp(stretch->lexer.bytes + stretch->lexer.at - strlen(key), key, strlen(key)) != 0;
}

static void
on_name(Stretch *stretch)
{
	static const char *const filters[] = { "Filter", NULL };
	static const char *const types[] = { "Type", "Subtype", NULL };
	static const char *const spoken[] = { "V", "DV", "Opt", NULL };
	Level *level = top(stretch);
	FnPdfStream *stream = &stretch->stream;
	const char *name = stretch->lexer.value->str;

	if (level == NULL)
		return;
	if (level->want_key) {
		g_strlcpy(level->key, name, sizeof level->key);
		level->want_key = FALSE;
		on_key(stretch, level->key);
		return;
	}
	if (stretch->depth <= 2 && is_one_of(key_at(stretch, 1), filters)) {
		if (stream->n_filters < FN_PDF_FILTERS)
			stream->filters[stream->n_filters++].kind = fn_pdf_filter_kind(name);
		else
			stream->filters_unknown = TRUE;
	} else if (stretch->depth == 1 && is_one_of(level->key, types)) {
		for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
			if (strcmp(kinds[i].name, name) == 0)
				stream->kind = kinds[i].kind;
	} else if (is_one_of(level->key, spoken)) {
		say_string(stretch, level->key);
	} else if (strcmp(level->key, "BaseState") == 0) {
		stretch->pdf->layers_off |= strcmp(name, "OFF") == 0;
	}
	value_done(stretch);
}

static void
on_string(Stretch *stretch)
{
	static const char *const names[] = { "F", "UF", "Desc", NULL };
	Level *level = top(stretch);
	const char *key = level != NULL ? level->key : "";

	g_string_truncate(stretch->text, 0);
	say_string(stretch, key);
	if (level != NULL && level->dictionary && is_one_of(key, names) && stretch->text->len > 0 &&
		(level->file == NULL || strcmp(key, "UF") == 0)) {
		g_free(level->file);
		level->file = g_strdup(stretch->text->str);
	}
	value_done(stretch);
}

static void
on_number(Stretch *stretch)
{
	gint64 number = stretch->lexer.number;
	guint small = (guint)CLAMP(number, 0, G_MAXINT32);
	FnPdfFilter *filter = parameters(stretch);
	const char *key = key_at(stretch, stretch->depth);

	stretch->numbers[0] = stretch->numbers[1];
	stretch->numbers[1] = number;
	if (filter != NULL && strcmp(key, "Predictor") == 0)
		filter->predictor = (guint8)MIN(small, 255);
	else if (filter != NULL && strcmp(key, "Colors") == 0)
		filter->colors = (guint8)MIN(small, 255);
	else if (filter != NULL && strcmp(key, "BitsPerComponent") == 0)
		filter->bits = (guint8)MIN(small, 255);
	else if (filter != NULL && strcmp(key, "Columns") == 0)
		filter->columns = small;
	else if (filter != NULL && strcmp(key, "EarlyChange") == 0)
		filter->late = small == 0;
	else if (stretch->depth == 1 && strcmp(key, "Width") == 0)
		stretch->stream.width = small;
	else if (stretch->depth == 1 && strcmp(key, "Height") == 0)
		stretch->stream.height = small;
	else if (stretch->depth == 1 && strcmp(key, "Length") == 0 && stretch->stream.length < 0)
		stretch->stream.length = number;
	else if (stretch->depth == 1 && strcmp(key, "First") == 0) /* whatever its /Type says */
		stretch->stream.kind = FN_PDF_KIND_OBJECTS;
	/* A reference may follow, which is no key: the next name is one all the same. */
	value_done(stretch);
}

static void
on_reference(Stretch *stretch)
{
	static const char *const texts[] = { "JS", "RC", "XFA", "V", "DV", NULL };
	static const char *const filters[] = { "Filter", "DecodeParms", "DP", NULL };
	guint number = (guint)CLAMP(stretch->numbers[0], 0, G_MAXINT32);
	const char *key = key_at(stretch, stretch->depth);

	if (number == 0)
		return;
	if (stretch->depth == 1 && strcmp(key, "Length") == 0) {
		stretch->stream.length = number;
		stretch->stream.length_elsewhere = TRUE;
	}
	stretch->stream.filters_unknown |= stretch->depth >= 1 && is_one_of(key_at(stretch, 1), filters);
	stretch->pdf->layers_off |= strcmp(key, "OFF") == 0;
	if (is_one_of(key, texts))
		g_hash_table_add(stretch->pdf->wanted, GUINT_TO_POINTER(number));
	if (stretch->depth >= 2 && stretch->depth <= DEPTH_MAX && strcmp(key_at(stretch, stretch->depth - 1), "EF") == 0) {
		stretch->levels[stretch->depth - 2].file_ref = number;
		if (!g_hash_table_contains(stretch->pdf->files, GUINT_TO_POINTER(number)))
			g_hash_table_insert(stretch->pdf->files, GUINT_TO_POINTER(number), g_strdup("embedded file"));
	}
}

/* ---- streams ---- */

/* Where an object's own integer stands, for lengths that are objects: found once, for all of them. */
static gsize
integer_of(FnPdf *pdf, guint number);

static gboolean
ends_here(const FnPdf *pdf, gsize at)
{
	static const char end[] = "endstream";

	while (at < pdf->size && strchr("\r\n \t", pdf->bytes[at]) != NULL && pdf->bytes[at] != 0)
		at++;
	return pdf->size - at >= sizeof end - 1 && memcmp(pdf->bytes + at, end, sizeof end - 1) == 0;
}

/* How long the stream at @at is: its word for it when "endstream" stands there, else up to the next one. */
static gsize
stream_size(FnPdf *pdf, const FnPdfStream *stream, gsize at)
{
	guint64 length = stream->length_elsewhere ? integer_of(pdf, (guint)stream->length) : (guint64)MAX(stream->length, 0);
	const guint8 *end;

	if (stream->length >= 0 && length <= pdf->size - at && ends_here(pdf, at + (gsize)length))
		return (gsize)length;
	end = pdf->no_more_ends ? NULL : memmem(pdf->bytes + at, pdf->size - at, "endstream", 9);
	if (end != NULL)
		return (gsize)(end - pdf->bytes) - at;
	pdf->no_more_ends = TRUE;
	fn_extract_note(pdf->extract, FN_NOTE_BROKEN, "stream without an end");
	return pdf->size - at;
}

static void read_stretch(FnPdf *pdf, const guint8 *bytes, gsize from, gsize to, guint number, gboolean packed);

GByteArray *
fn_pdf_stream(const FnPdf *pdf, const FnPdfStream *stream)
{
	gboolean unknown = stream->filters_unknown;

	for (guint i = 0; i < stream->n_filters; i++)
		unknown |= stream->filters[i].kind == 0;
	/* A picture's own packing is left to who recognises it. */
	if (unknown && stream->kind != FN_PDF_KIND_PICTURE)
		fn_extract_note(pdf->extract, FN_NOTE_UNKNOWN, "filters of a stream");
	return fn_pdf_unfilter(pdf->extract, stream->filters, stream->n_filters, pdf->bytes + stream->at, stream->size);
}

static void
read_object_stream(FnPdf *pdf, const FnPdfStream *stream)
{
	g_autoptr(GByteArray) data = NULL;

	if (!fn_extract_member(pdf->extract))
		return;
	data = fn_pdf_stream(pdf, stream);
	read_stretch(pdf, data->data, 0, data->len, stream->number, TRUE);
}

/* Behind the word "stream"; returns where the stream ends. */
static gsize
on_stream(Stretch *stretch, gsize at)
{
	FnPdf *pdf = stretch->pdf;
	FnPdfStream *stream = &stretch->stream;

	if (at < pdf->size && pdf->bytes[at] == '\r')
		at++;
	if (at < pdf->size && pdf->bytes[at] == '\n')
		at++;
	stream->at = at;
	stream->size = stream_size(pdf, stream, at);
	if (!pdf->encrypted && stream->kind == FN_PDF_KIND_OBJECTS)
		read_object_stream(pdf, stream);
	else if (stream->kind != FN_PDF_KIND_TABLE)
		g_array_append_vals(pdf->streams, stream, 1);
	return stream->at + stream->size;
}

/* ---- stretches ---- */

static void
forget_stream(Stretch *stretch, guint number)
{
	stretch->stream = (FnPdfStream){ .number = number, .length = -1 };
}

static void
on_keyword(Stretch *stretch)
{
	const char *word = stretch->lexer.value->str;

	if (strcmp(word, "R") == 0) {
		on_reference(stretch);
	} else if (strcmp(word, "stream") == 0 && !stretch->packed) {
		stretch->lexer.at = on_stream(stretch, stretch->lexer.at);
		forget_stream(stretch, 0);
	} else if (strcmp(word, "null") == 0 && stretch->depth == 2 && strcmp(key_at(stretch, 1), "DecodeParms") == 0) {
		stretch->stream.n_parameters = (guint8)MIN(stretch->stream.n_parameters + 1, 255);
	}
	value_done(stretch);
}

static void
read_stretch(FnPdf *pdf, const guint8 *bytes, gsize from, gsize to, guint number, gboolean packed)
{
	g_autoptr(GString) value = g_string_new(NULL), text = g_string_new(NULL);
	g_autofree Stretch *stretch = g_new0(Stretch, 1);
	FnPdfKind kind;

	stretch->pdf = pdf;
	stretch->lexer = (FnPdfLexer){ bytes, to, from, value, 0 };
	stretch->text = text;
	stretch->packed = packed;
	forget_stream(stretch, number);
	while (!fn_extract_stopped(pdf->extract) && (kind = fn_pdf_next(&stretch->lexer)) != FN_PDF_END) {
		if (kind == FN_PDF_NAME)
			on_name(stretch);
		else if (kind == FN_PDF_STRING)
			on_string(stretch);
		else if (kind == FN_PDF_NUMBER)
			on_number(stretch);
		else if (kind == FN_PDF_KEYWORD)
			on_keyword(stretch);
		else if (kind == FN_PDF_OPEN_DICTIONARY || kind == FN_PDF_OPEN_ARRAY)
			open_level(stretch, kind == FN_PDF_OPEN_DICTIONARY);
		else if (kind == FN_PDF_COMMENT)
			fn_extract_strings(pdf->extract, (const guint8 *)value->str, value->len);
		else
			close_level(stretch);
	}
	while (stretch->depth > 0)
		close_level(stretch);
}

/* The digits that end before @end, spaces behind them; 0 when there are none. *@begin: where they begin. */
static guint
number_before(const FnPdf *pdf, gsize end, gsize *begin)
{
	gsize at = end, digits;
	guint64 number = 0;

	while (at > 0 && strchr(" \t\r\n", pdf->bytes[at - 1]) != NULL && pdf->bytes[at - 1] != 0 && end - at < 8)
		at--;
	digits = at;
	while (at > 0 && g_ascii_isdigit(pdf->bytes[at - 1]) && digits - at < 10)
		at--;
	for (gsize i = at; i < digits; i++)
		number = number * 10 + (pdf->bytes[i] - '0');
	*begin = at;
	return at < digits ? (guint)MIN(number, G_MAXINT32) : 0;
}

typedef struct {
	gsize at, body; /* where "n g obj" begins, and where it ends */
	guint number;
} Anchor;

/* The first "n g obj" at or behind @from; FALSE when there is none. */
static gboolean
next_anchor(const FnPdf *pdf, gsize from, Anchor *anchor)
{
	const guint8 *found;

	while (from < pdf->size && (found = memmem(pdf->bytes + from, pdf->size - from, "obj", 3)) != NULL) {
		gsize at = (gsize)(found - pdf->bytes), generation, begin;

		from = at + 3;
		number_before(pdf, at, &generation);
		if (generation == at || !g_ascii_isdigit(pdf->bytes[generation]))
			continue;
		anchor->number = number_before(pdf, generation, &begin);
		if (begin == generation || anchor->number == 0)
			continue;
		anchor->at = begin;
		anchor->body = at + 3;
		return TRUE;
	}
	return FALSE;
}

static void
gather_integers(FnPdf *pdf)
{
	Anchor anchor;

	pdf->integers = g_hash_table_new(NULL, NULL);
	for (gsize at = 0; next_anchor(pdf, at, &anchor); at = anchor.body) {
		gsize i = anchor.body;
		guint64 value = 0, digits = 0;

		while (i < pdf->size && strchr(" \t\r\n", pdf->bytes[i]) != NULL && pdf->bytes[i] != 0)
			i++;
		for (; i < pdf->size && g_ascii_isdigit(pdf->bytes[i]) && digits < 15; i++, digits++)
			value = value * 10 + (pdf->bytes[i] - '0');
		if (digits > 0)
			g_hash_table_insert(pdf->integers, GUINT_TO_POINTER(anchor.number), GSIZE_TO_POINTER(value));
	}
}

static gsize
integer_of(FnPdf *pdf, guint number)
{
	if (pdf->integers == NULL)
		gather_integers(pdf);
	return GPOINTER_TO_SIZE(g_hash_table_lookup(pdf->integers, GUINT_TO_POINTER(number)));
}

void
fn_pdf_objects(FnPdf *pdf)
{
	Anchor anchor = { 0, 0, 0 }, next;
	gboolean more;

	do {
		more = next_anchor(pdf, anchor.body, &next);
		if (anchor.number != 0 && !g_hash_table_add(pdf->seen, GUINT_TO_POINTER(anchor.number)))
			g_array_append_val(pdf->rewritten, anchor.at);
		read_stretch(pdf, pdf->bytes, anchor.body, more ? next.at : pdf->size, anchor.number, FALSE);
		anchor = next;
	} while (more && !fn_extract_stopped(pdf->extract));
}
