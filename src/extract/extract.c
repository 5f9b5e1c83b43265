#include "extract/extract_priv.h"
#include "extract/readers.h"
#include "extract/runs.h"

#include "base/encoding.h"
#include "base/text.h"

#include <string.h>
#include <time.h>

#define RATIO_FROM  (16u << 20) /* below it any ratio is harmless */
#define NOTES_MAX   256u
#define NAME_MAX_   160u /* bytes of one member's name that are shown */
#define WHERE_MAX   4096u
#define DEPTH_BOUND 64u /* whatever the limits say: readers nest on the stack */
#define INPUT_BOUND (1u << 30) /* whatever the limits say: a GByteArray holds less than 4 GiB */

struct FnExtract {
	FnLimits limits;
	FnSink sink;
	GString *path;  /* of the current document, "" for the outermost */
	GString *where; /* of the current segment, with @path */
	GString *label;
	gboolean segment_said, label_said; /* told to the sink; both wait for the first text */
	guint depth, members, notes, ticks;
	guint64 spent, size; /* bytes that came out; bytes of the outermost document */
	gboolean stopped, cells;
	FnRuns *runs; /* made when first needed */
};

FnLimits
fn_limits_default(void)
{
	return (FnLimits){ .input = 256u << 20,
		.output = 1u << 30,
		.ratio = 250,
		.members = 100000,
		.depth = 16,
		.seconds = 60 };
}

const char *
fn_note_name(FnNote note)
{
	static const char *const names[FN_NOTES] = { NULL, "broken", "encrypted", "limit", "unknown", "picture", "forged" };

	return note > 0 && note < FN_NOTES ? names[note] : "unknown";
}

FnExtract *
fn_extract_new(const FnLimits *limits, const FnSink *sink)
{
	FnExtract *extract = g_new0(FnExtract, 1);

	extract->limits = *limits;
	extract->limits.depth = MIN(limits->depth, DEPTH_BOUND);
	extract->limits.input = MIN(limits->input, INPUT_BOUND);
	extract->sink = *sink;
	extract->path = g_string_new(NULL);
	extract->where = g_string_new(NULL);
	extract->label = g_string_new(NULL);
	return extract;
}

void
fn_extract_free(FnExtract *extract)
{
	if (extract == NULL)
		return;
	g_string_free(extract->path, TRUE);
	g_string_free(extract->where, TRUE);
	g_string_free(extract->label, TRUE);
	fn_runs_free(extract->runs);
	g_free(extract);
}

gboolean
fn_extract_stopped(const FnExtract *extract)
{
	return extract->stopped;
}

void
fn_extract_want_cells(FnExtract *extract)
{
	extract->cells = TRUE;
}

gboolean
fn_extract_wants_cells(const FnExtract *extract)
{
	return extract->cells;
}

const FnLimits *
fn_extract_limits(const FnExtract *extract)
{
	return &extract->limits;
}

/* ---- notes and limits ---- */

void
fn_extract_note(FnExtract *extract, FnNote note, const char *detail)
{
	g_autofree char *safe = fn_text_safe(detail, -1, 400);

	g_assert(note > 0 && note < FN_NOTES);
	if (extract->notes >= NOTES_MAX)
		return;
	if (++extract->notes == NOTES_MAX)
		extract->sink.note(FN_NOTE_LIMIT, "", "more notes than are told", extract->sink.data);
	else
		extract->sink.note(note, extract->where->str, safe, extract->sink.data);
}

static gboolean
stop(FnExtract *extract, const char *limit)
{
	if (!extract->stopped) {
		extract->notes = MIN(extract->notes, NOTES_MAX - 2); /* this one is always told */
		fn_extract_note(extract, FN_NOTE_LIMIT, limit);
	}
	extract->stopped = TRUE;
	return FALSE;
}

/* Asking the clock costs a system call: now and then is enough. */
static gboolean
in_time(FnExtract *extract)
{
	struct timespec used;

	if (extract->stopped)
		return FALSE;
	if (extract->ticks++ % 64 != 0)
		return TRUE;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 && used.tv_sec >= (time_t)extract->limits.seconds)
		return stop(extract, "processor time");
	return TRUE;
}

static gboolean
spend(FnExtract *extract, guint64 n)
{
	if (!in_time(extract))
		return FALSE;
	if (n > extract->limits.output - MIN(extract->spent, extract->limits.output))
		return stop(extract, "output");
	extract->spent += n;
	return TRUE;
}

static gboolean
ratio_kept(FnExtract *extract, guint64 out, guint64 packed)
{
	return out <= RATIO_FROM || out / extract->limits.ratio <= packed || stop(extract, "ratio of unpacked to packed bytes");
}

gboolean
fn_extract_spend(FnExtract *extract, guint64 n, guint64 packed)
{
	return spend(extract, n) && ratio_kept(extract, n, packed) && ratio_kept(extract, extract->spent, extract->size);
}

gboolean
fn_unpacked_add(FnUnpacked *unpacked, guint64 more, guint64 packed)
{
	unpacked->out += more;
	return spend(unpacked->extract, more) && ratio_kept(unpacked->extract, unpacked->out, packed) &&
	       ratio_kept(unpacked->extract, unpacked->extract->spent, unpacked->extract->size);
}

gboolean
fn_extract_member(FnExtract *extract)
{
	if (!in_time(extract))
		return FALSE;
	return ++extract->members <= extract->limits.members || stop(extract, "members");
}

/* ---- text ---- */

static void
set_where(FnExtract *extract, const char *place)
{
	g_string_assign(extract->where, extract->path->str);
	if (*place != '\0') {
		g_autofree char *safe = fn_text_safe(place, -1, WHERE_MAX / 4);

		g_string_append_printf(extract->where, "%s%s", extract->path->len > 0 ? ": " : "", safe);
	}
	g_string_truncate(extract->label, 0);
	extract->segment_said = FALSE;
	extract->label_said = TRUE;
}

void
fn_extract_begin(FnExtract *extract, const char *place)
{
	set_where(extract, place);
}

void
fn_extract_place(FnExtract *extract, const char *label)
{
	g_autofree char *safe = fn_text_safe(label, -1, WHERE_MAX / 4);

	g_string_assign(extract->label, safe);
	extract->label_said = FALSE;
}

/* Segments and places without text are not told. */
static gboolean
announce(FnExtract *extract)
{
	if (!extract->segment_said && spend(extract, extract->where->len + 1)) {
		extract->sink.segment(extract->where->str, extract->sink.data);
		extract->segment_said = TRUE;
		extract->label_said = extract->label->len == 0;
	}
	if (!extract->label_said && spend(extract, extract->label->len)) {
		extract->sink.place(extract->label->str, extract->sink.data);
		extract->label_said = TRUE;
	}
	return !extract->stopped;
}

gboolean
fn_extract_text(FnExtract *extract, const char *text, gssize length)
{
	gsize size = length < 0 ? strlen(text) : (gsize)length;

	if (size == 0 || !announce(extract) || !spend(extract, size))
		return !extract->stopped;
	while (size > 0) {
		const char *end;

		g_utf8_validate_len(text, size, &end);
		if (end > text)
			extract->sink.text(text, (gsize)(end - text), extract->sink.data);
		size -= (gsize)(end - text);
		text = end;
		for (; size > 0 && !g_utf8_validate_len(text, MIN(size, 4), &end) && end == text; text++, size--)
			extract->sink.text("\xEF\xBF\xBD", 3, extract->sink.data);
	}
	return TRUE;
}

gboolean
fn_extract_encoded(FnExtract *extract, guint encoding, const char *bytes, gsize size)
{
	g_autoptr(FnDecoder) decoder = fn_decoder_new(encoding);
	g_autoptr(GString) text = g_string_new(NULL);
	gsize step = 1 << 16;

	for (gsize at = 0; at < size; at += step) {
		fn_decoder_add(decoder, bytes + at, MIN(step, size - at), at + step >= size, text);
		if (!fn_extract_text(extract, text->str, (gssize)text->len))
			return FALSE;
		g_string_truncate(text, 0);
	}
	if (fn_decoder_errors(decoder) > 0)
		fn_extract_note(extract, FN_NOTE_BROKEN, "bytes that are no characters");
	return TRUE;
}

gboolean
fn_extract_strings(FnExtract *extract, const guint8 *bytes, gsize size)
{
	if (extract->runs == NULL)
		extract->runs = fn_runs_new();
	return fn_runs_read(extract->runs, extract, bytes, size);
}

/* ---- documents ---- */

char *
fn_name_shown(const char *name, gssize length)
{
	gsize size = length < 0 ? strlen(name) : (gsize)length;
	g_autoptr(FnDecoder) decoder = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	size = MIN(size, 4 * NAME_MAX_);
	if (g_utf8_validate_len(name, size, NULL))
		return fn_text_safe(name, (gssize)size, NAME_MAX_);
	decoder = fn_decoder_new(FN_ENCODING_GB18030);
	fn_decoder_add(decoder, name, size, TRUE, text);
	return fn_decoder_errors(decoder) == 0 ? fn_text_safe(text->str, (gssize)text->len, NAME_MAX_) :
						 fn_text_safe(name, (gssize)size, NAME_MAX_);
}

static void
note_forged(FnExtract *extract, const FnDocument *document, const FnFormat *format)
{
	const FnFormat *claimed = fn_format_claimed(document->name);
	g_autofree char *detail = NULL;

	if (claimed == NULL || claimed == format || claimed->is(document))
		return;
	detail = g_strdup_printf("called %s, is %s", claimed->name, format != NULL ? format->name : "unknown");
	fn_extract_note(extract, FN_NOTE_FORGED, detail);
}

static void
read_document(FnExtract *extract, const char *name, const guint8 *bytes, gsize size)
{
	g_autoptr(FnZip) zip = NULL;
	FnDocument document = { name, bytes, size, NULL };
	const FnFormat *format;
	gsize behind = 0;

	if (size == 0)
		return;
	if (size > extract->limits.input) {
		fn_extract_note(extract, FN_NOTE_LIMIT, "size of a document");
		return;
	}
	zip = fn_zip_open(bytes, size);
	if (zip != NULL)
		behind = fn_zip_start(zip);
	if (behind == 0)
		document.zip = zip;
	format = fn_format_of(&document);
	note_forged(extract, &document, format);
	if (extract->cells && (format == NULL || strcmp(format->name, "xlsx") != 0)) {
		fn_extract_note(extract, FN_NOTE_UNKNOWN, "a workbook is wanted");
		return;
	}
	if (document.zip != NULL)
		fn_zip_note(extract, zip);
	if (format != NULL)
		format->read(extract, &document);
	else
		fn_extract_unknown(extract, &document);
	if (document.zip != NULL)
		fn_zip_rest(extract, zip);
	/* A program that unpacks itself, or a picture with something behind it. */
	if (behind > 0 && behind < size && (format == NULL || !format->holds || fn_zip_ends(zip)))
		fn_extract_inner(extract, "appended.zip", bytes + behind, size - behind);
}

void
fn_extract_document(FnExtract *extract, const char *name, const guint8 *bytes, gsize size)
{
	extract->size = size;
	set_where(extract, "");
	read_document(extract, name, bytes, size);
}

gboolean
fn_extract_inner(FnExtract *extract, const char *name, const guint8 *bytes, gsize size)
{
	g_autofree char *shown = fn_name_shown(name, -1);
	g_autofree char *where = g_strdup(extract->where->str), *label = g_strdup(extract->label->str);
	gsize before = extract->path->len;

	if (extract->stopped || extract->cells)
		return !extract->stopped;
	if (before > 0)
		g_string_append_c(extract->path, '/');
	g_string_append(extract->path, *shown != '\0' ? shown : "?");
	set_where(extract, "");
	if (extract->depth >= extract->limits.depth || extract->path->len > WHERE_MAX) {
		fn_extract_note(extract, FN_NOTE_LIMIT, "depth of documents in documents");
	} else {
		extract->depth++;
		read_document(extract, name, bytes, size);
		extract->depth--;
	}
	g_string_truncate(extract->path, before);
	g_string_assign(extract->where, where);
	g_string_assign(extract->label, label);
	extract->segment_said = FALSE;
	extract->label_said = extract->label->len == 0;
	return !extract->stopped;
}

gboolean
fn_extract_outside(FnExtract *extract, const char *kind, const guint8 *bytes, gsize size)
{
	gboolean picture = strcmp(kind, "picture") == 0;

	if (extract->stopped)
		return FALSE;
	if (extract->sink.outside != NULL)
		extract->sink.outside(kind, extract->where->str, bytes, size, extract->sink.data);
	else
		fn_extract_note(extract, picture ? FN_NOTE_PICTURE : FN_NOTE_UNKNOWN, "nothing outside reads it");
	return TRUE;
}

gboolean
fn_extract_needed(const char *name, const guint8 *bytes, gsize size)
{
	FnDocument document = { name, bytes, MIN(size, 4096), NULL };
	const FnFormat *format = fn_format_of(&document), *claimed = fn_format_claimed(name);

	return format == NULL || strcmp(format->name, "text") != 0 || (claimed != NULL && claimed != format);
}
