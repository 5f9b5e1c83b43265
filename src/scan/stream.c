/* A stream in windows of UTF-8. A window is scanned once FN_OVERLAP bytes behind it are there; FN_OVERLAP bytes before it are kept,
 * so that no number, mark or context is cut. Text in another encoding is decoded first; its bytes are kept beside, and findings
 * are taken back to their places in them. */
#include "scan/scan_priv.h"

#include "base/encoding.h"
#include "base/text.h"

#include <string.h>

/* Bounds of what strangers' labels may take: of one text, and of the places of all findings together. */
enum { WHERE_SIZE = 1024, WHERE_MAX = 64 << 20 };

/* Text from @start on stands at the place that labels->str + @label names. */
typedef struct {
	gsize start;
	gsize label;
	guint32 where; /* its text in FnFindings.where once a finding stands there, else 0 */
} Place;

/* Bytes of a text that are waited for before its encoding is judged. */
enum { GUESS_SIZE = 64 * 1024 };

/* Text that is not UTF-8. */
typedef struct {
	FnEncoding encoding;
	FnDecoder *decoder;
	GByteArray *bytes; /* of the original, from @original on; a character begins there */
	gsize original;
	gsize done;        /* a character begins at this byte of them, and at @utf8 of the decoded text */
	gsize utf8;
} Foreign;

struct FnScanStream {
	FnScanner *scanner;
	const FnProfile *profile;
	FnScanFound on_finding;
	gpointer data;
	FnScratch *scratch;
	GByteArray *kept; /* bytes of the text from @base on */
	gsize base;
	gsize done;       /* findings that begin before this place were taken */
	FnTable *table;   /* NULL: the text is none */
	const FnTable *given; /* known beforehand, then no other is looked for */
	gsize head;       /* where the text begins: behind a byte order mark */
	gsize valid;      /* UTF-8 up to here */
	gboolean guessed; /* the encoding is known */
	Foreign *foreign; /* NULL: UTF-8, or bytes that are no text */
	gboolean not_text;
	char *segment;
	GArray *places;   /* Place, by start: those that findings may still fall into */
	guint at_place;   /* where the last finding stands */
	GString *labels;  /* of the places, with end marks */
	char *reason;
	guint reasons;
	FnFindings *findings;
	guint64 found;
	guint64 *count; /* findings by detector */
};

static void
free_foreign(Foreign *foreign)
{
	if (foreign == NULL)
		return;
	fn_decoder_free(foreign->decoder);
	if (foreign->bytes->len > 0)
		explicit_bzero(foreign->bytes->data, foreign->bytes->len);
	g_byte_array_unref(foreign->bytes);
	g_free(foreign);
}

static void
begin_text(FnScanStream *stream, const char *where)
{
	Place place = { 0 };

	g_free(stream->segment);
	stream->segment = fn_text_safe(where, -1, WHERE_SIZE);
	stream->base = stream->done = stream->valid = stream->head = 0;
	stream->not_text = FALSE;
	g_clear_pointer(&stream->table, fn_table_free);
	g_clear_pointer(&stream->foreign, free_foreign);
	g_byte_array_set_size(stream->kept, 0);
	g_array_set_size(stream->places, 0);
	stream->at_place = 0;
	g_string_assign(stream->labels, "");
	g_string_append_c(stream->labels, '\0');
	g_array_append_val(stream->places, place);
}

FnScanStream *
fn_scan_stream_new(const FnScanner *scanner, const char *profile, FnScanFound on_finding, gpointer data)
{
	const FnProfile *rules = fn_scanner_profile(scanner, profile);
	FnScanStream *stream;

	if (rules == NULL)
		return NULL;
	stream = g_new0(FnScanStream, 1);
	stream->scanner = fn_scanner_share(scanner);
	stream->profile = rules;
	stream->count = g_new0(guint64, scanner->detectors);
	stream->on_finding = on_finding;
	stream->data = data;
	stream->scratch = fn_scratch_borrow(scanner);
	stream->kept = g_byte_array_sized_new(4096);
	stream->places = g_array_new(FALSE, FALSE, sizeof(Place));
	stream->labels = g_string_new(NULL);
	stream->findings = fn_findings_new(scanner);
	begin_text(stream, "");
	return stream;
}

void
fn_scan_stream_free(FnScanStream *stream)
{
	if (stream == NULL)
		return;
	fn_scratch_return(stream->scanner, stream->scratch);
	free_foreign(stream->foreign);
	fn_table_free(stream->table);
	explicit_bzero(stream->kept->data, stream->kept->len);
	g_byte_array_unref(stream->kept);
	g_array_unref(stream->places);
	g_string_free(stream->labels, TRUE);
	fn_findings_free(stream->findings);
	fn_scanner_free(stream->scanner);
	g_free(stream->count);
	g_free(stream->segment);
	g_free(stream->reason);
	g_free(stream);
}

void
fn_scan_stream_note(FnScanStream *stream, const char *reason)
{
	if (stream->reasons++ == 0)
		stream->reason = fn_text_safe(reason, -1, 400);
}

/* @bytes begins at @base of the text and holds @size bytes. */
static void
check_text(FnScanStream *stream, const char *bytes, gsize base, gsize size, gboolean last)
{
	gsize from = stream->valid - base;
	gssize span;

	if (stream->not_text || stream->foreign != NULL)
		return;
	span = fn_utf8_span(bytes + from, size - from);
	stream->not_text = span < 0 || (last && from + (gsize)span < size);
	if (stream->not_text)
		fn_scan_stream_note(stream, "bytes in the text are no characters of its encoding");
	else
		stream->valid += (gsize)span;
}

/* ---- places ---- */

/* Offset in FnFindings.where of "segment: label", made when the first finding stands there; of "" once there are too many. */
static guint32
where_of(FnScanStream *stream, Place *place)
{
	const char *label = stream->labels->str + place->label;
	GString *where = stream->findings->where;
	g_autofree char *safe = NULL;

	if (place->where != 0 || where->len > WHERE_MAX || (*label == '\0' && *stream->segment == '\0'))
		return place->where;
	place->where = (guint32)where->len;
	g_string_append(where, stream->segment);
	if (*label != '\0' && *stream->segment != '\0')
		g_string_append(where, ": ");
	safe = fn_text_safe(label, -1, WHERE_SIZE);
	g_string_append_len(where, safe, (gssize)strlen(safe) + 1);
	return place->where;
}

static guint32
place_of(FnScanStream *stream, gsize start)
{
	while (stream->at_place + 1 < stream->places->len &&
		g_array_index(stream->places, Place, stream->at_place + 1).start <= start)
		stream->at_place++;
	return where_of(stream, &g_array_index(stream->places, Place, stream->at_place));
}

/* Forgets the places that end before what is still to be scanned. */
static void
forget_places(FnScanStream *stream)
{
	guint n = 0;
	gsize first;

	stream->at_place = 0;
	while (n + 1 < stream->places->len && g_array_index(stream->places, Place, n + 1).start <= stream->done)
		n++;
	if (n == 0)
		return;
	g_array_remove_range(stream->places, 0, n);
	first = g_array_index(stream->places, Place, 0).label;
	g_string_erase(stream->labels, 0, (gssize)first);
	for (guint i = 0; i < stream->places->len; i++)
		g_array_index(stream->places, Place, i).label -= first;
}

static void decide(FnScanStream *stream, gboolean last);

void
fn_scan_stream_place(FnScanStream *stream, const char *label)
{
	Place place = { 0, stream->labels->len, 0 };
	Place *last = &g_array_index(stream->places, Place, stream->places->len - 1);

	if (!stream->guessed)
		decide(stream, FALSE);
	place.start = stream->base + stream->kept->len;
	/* Nothing stood at the last place: an empty cell. */
	if (last->start == place.start) {
		g_string_truncate(stream->labels, last->label);
		place.label = last->label;
		*last = place;
	} else {
		g_array_append_val(stream->places, place);
	}
	g_string_append_len(stream->labels, label, (gssize)strnlen(label, WHERE_SIZE));
	g_string_append_c(stream->labels, '\0');
}

/* ---- windows ---- */

/* Takes @found back to its place in the original. Findings come by start, so that each byte is stepped over once. */
static void
to_original(Foreign *foreign, FnFound *found)
{
	gsize size = foreign->bytes->len, start, end;
	const char *bytes = (const char *)foreign->bytes->data;

	start = fn_encoding_offset(foreign->encoding, bytes + foreign->done, size - foreign->done, found->start - foreign->utf8);
	foreign->done += start;
	foreign->utf8 = found->start;
	end = fn_encoding_offset(foreign->encoding, bytes + foreign->done, size - foreign->done, found->size);
	found->start = foreign->original + foreign->done;
	found->size = (guint32)end;
}

/* Says where the finding is and tells of it. */
static void
place_finding(FnScanStream *stream, const FnWindow *window, guint i)
{
	FnFound *found = &stream->findings->at[i];
	const char *text = window->bytes + found->start - window->base;
	gsize size = found->size;

	fn_findings_put(stream->findings, i, place_of(stream, found->start));
	if (stream->foreign != NULL)
		to_original(stream->foreign, found);
	if (stream->on_finding != NULL) {
		FnFinding finding = fn_findings_get(stream->findings, i);
		g_autofree char *copy = g_strndup(text, size);

		stream->on_finding(&finding, copy, stream->data);
	}
}

/* Takes out what the profile does not want and counts the rest; of findings beyond the limit only their number is kept. */
static void
take_findings(FnScanStream *stream, const FnWindow *window, guint first)
{
	FnFindings *findings = stream->findings;

	fn_profile_keep(stream->profile, findings, first, stream->count);
	stream->found += findings->n - first;
	findings->n = MIN(findings->n, FN_FINDINGS_MAX);
	if (stream->foreign == NULL && stream->on_finding == NULL && stream->places->len == 1 && *stream->segment == '\0' &&
		*stream->labels->str == '\0')
		return;
	for (guint i = first; i < findings->n; i++)
		place_finding(stream, window, i);
}

static void
note_pattern(FnScanStream *stream)
{
	const FnDetector *detector = stream->scratch->gave_up;
	g_autofree char *reason = NULL;

	if (detector == NULL)
		return;
	stream->scratch->gave_up = NULL;
	reason = g_strdup_printf("the pattern of %s takes too long on this text; make it simpler", detector->id);
	fn_scan_stream_note(stream, reason);
}

static void
scan_to(FnScanStream *stream, const char *bytes, gsize base, gsize size, gsize to)
{
	gsize low = stream->done - base > FN_OVERLAP ? stream->done - base - FN_OVERLAP : 0;
	gsize high = MIN(size, to - base + FN_OVERLAP);
	FnWindow window = { bytes + low, high - low, base + low, stream->done - base - low, to - base - low,
		base + low == stream->head, NULL };
	guint first = stream->findings->n;

	if (stream->done == stream->head && stream->given == NULL)
		stream->table = fn_table_new(stream->scanner, bytes, size, base);
	window.table = stream->given != NULL ? stream->given : stream->table;
	fn_scan_window(stream->scanner, stream->scratch, &window, stream->findings);
	note_pattern(stream);
	take_findings(stream, &window, first);
	stream->done = to;
}

/* Scans what is ready of @size bytes that begin at @base of the text. */
static void
scan_ready(FnScanStream *stream, const char *bytes, gsize base, gsize size, gboolean last)
{
	while (base + size - stream->done >= FN_WINDOW + FN_OVERLAP) {
		check_text(stream, bytes, base, stream->done + FN_WINDOW - base, FALSE);
		scan_to(stream, bytes, base, size, stream->done + FN_WINDOW);
	}
	if (!last)
		return;
	check_text(stream, bytes, base, size, TRUE);
	if (stream->done < base + size)
		scan_to(stream, bytes, base, size, base + size);
}

/* Forgets the original bytes of decoded text before @utf8. */
static void
forget_foreign(Foreign *foreign, gsize utf8)
{
	if (utf8 > foreign->utf8) {
		foreign->done += fn_encoding_offset(foreign->encoding, (const char *)foreign->bytes->data + foreign->done,
			foreign->bytes->len - foreign->done, utf8 - foreign->utf8);
		foreign->utf8 = utf8;
	}
	g_byte_array_remove_range(foreign->bytes, 0, (guint)foreign->done);
	foreign->original += foreign->done;
	foreign->done = 0;
}

/* Forgets all but the overlap before what is still to be scanned. */
static void
forget(FnScanStream *stream)
{
	gsize keep_from = stream->done > FN_OVERLAP ? stream->done - FN_OVERLAP : 0;

	/* Text that is not UTF-8 is not checked further: its place does not hold bytes back. */
	if (!stream->not_text && stream->foreign == NULL)
		keep_from = MIN(keep_from, stream->valid);
	forget_places(stream);
	if (keep_from <= stream->base)
		return;
	g_byte_array_remove_range(stream->kept, 0, (guint)(keep_from - stream->base));
	stream->base = keep_from;
	/* No finding begins before. */
	if (stream->foreign != NULL) {
		gsize at = stream->done;

		while (at > stream->base && at - stream->base < stream->kept->len && (stream->kept->data[at - stream->base] & 0xc0) == 0x80)
			at--;
		forget_foreign(stream->foreign, at);
	}
}

/* ---- bytes that come ---- */

/* Text to be scanned, in UTF-8. */
static void
add_text(FnScanStream *stream, const char *text, gsize size)
{
	while (size > 0) {
		gsize part = MIN(size, 16 * FN_WINDOW);

		g_byte_array_append(stream->kept, (const guint8 *)text, (guint)part);
		scan_ready(stream, (const char *)stream->kept->data, stream->base, stream->kept->len, FALSE);
		forget(stream);
		text += part;
		size -= part;
	}
}

static void
add_foreign(FnScanStream *stream, const char *bytes, gsize size, gboolean last)
{
	Foreign *foreign = stream->foreign;

	do {
		gsize part = MIN(size, FN_WINDOW);
		g_autoptr(GString) text = g_string_sized_new(2 * part);

		g_byte_array_append(foreign->bytes, (const guint8 *)bytes, (guint)part);
		fn_decoder_add(foreign->decoder, bytes, part, last && part == size, text);
		add_text(stream, text->str, text->len);
		explicit_bzero(text->str, text->len);
		bytes += part;
		size -= part;
	} while (size > 0);
}

/* Judges the text by its first @size bytes; gives how many of them are a byte order mark. */
static gsize
guess(FnScanStream *stream, const char *bytes, gsize size)
{
	gsize mark = 0;
	FnEncoding encoding = FN_ENCODING_UTF8;

	/* Most text is: then nothing has to be weighed. */
	if (size == 0 || (guint8)bytes[0] >= 0xef || fn_utf8_span(bytes, MIN(size, GUESS_SIZE)) <= 0)
		encoding = fn_encoding_guess(bytes, MIN(size, GUESS_SIZE), &mark);
	stream->guessed = TRUE;
	stream->not_text = encoding == FN_ENCODING_NONE;
	if (stream->not_text)
		fn_scan_stream_note(stream, "the bytes are no text in an encoding that is known; inspect the document by its format");
	if (encoding == FN_ENCODING_NONE || encoding == FN_ENCODING_UTF8) {
		stream->base = stream->done = stream->valid = stream->head = mark;
		return mark;
	}
	stream->foreign = g_new0(Foreign, 1);
	*stream->foreign = (Foreign){ encoding, fn_decoder_new(encoding), g_byte_array_new(), mark, 0, 0 };
	return mark;
}

static void
add_bytes(FnScanStream *stream, const char *bytes, gsize size, gboolean last)
{
	if (stream->foreign != NULL)
		add_foreign(stream, bytes, size, last);
	else
		add_text(stream, bytes, size);
}

/* What came first was kept until now. */
static void
decide(FnScanStream *stream, gboolean last)
{
	g_autoptr(GByteArray) first = stream->kept;
	gsize mark;

	stream->kept = g_byte_array_sized_new(4096);
	mark = guess(stream, (const char *)first->data, first->len);
	add_bytes(stream, (const char *)first->data + mark, first->len - mark, last);
	explicit_bzero(first->data, first->len);
}

void
fn_scan_stream_add(FnScanStream *stream, const char *bytes, gsize size)
{
	if (!stream->guessed) {
		gsize part = MIN(size, GUESS_SIZE - stream->kept->len);

		g_byte_array_append(stream->kept, (const guint8 *)bytes, (guint)part);
		bytes += part;
		size -= part;
		if (stream->kept->len == GUESS_SIZE)
			decide(stream, FALSE);
	}
	if (size > 0)
		add_bytes(stream, bytes, size, FALSE);
}

static void
end_text(FnScanStream *stream)
{
	if (!stream->guessed)
		decide(stream, TRUE);
	else if (stream->foreign != NULL)
		add_foreign(stream, "", 0, TRUE);
	scan_ready(stream, (const char *)stream->kept->data, stream->base, stream->kept->len, TRUE);
	if (stream->foreign != NULL && fn_decoder_errors(stream->foreign->decoder) > 0)
		fn_scan_stream_note(stream, "bytes in the text are no characters of its encoding");
}

void
fn_scan_stream_segment(FnScanStream *stream, const char *where)
{
	end_text(stream);
	begin_text(stream, where);
	stream->guessed = TRUE;
}

static guint
highest_level(const FnScanStream *stream)
{
	guint level = 1;

	for (guint i = 0; i < stream->scanner->detectors; i++)
		if (stream->count[i] > 0)
			level = MAX(level, stream->scanner->detector[i].level);
	return level;
}

static FnScanResult *
conclude(FnScanStream *stream)
{
	FnScanResult *result = g_new0(FnScanResult, 1);

	if (stream->found > FN_FINDINGS_MAX) {
		g_autofree char *many = g_strdup_printf("only the first %d of %" G_GUINT64_FORMAT " findings are listed; inspect the parts",
			FN_FINDINGS_MAX, stream->found);

		fn_scan_stream_note(stream, many);
	}
	if (stream->reasons > 1)
		result->reason = g_strdup_printf("%s (and %u more reasons)", stream->reason, stream->reasons - 1);
	else
		result->reason = g_steal_pointer(&stream->reason);
	result->level = highest_level(stream);
	result->found = stream->found;
	result->listed = stream->findings->n;
	result->findings = g_steal_pointer(&stream->findings);
	result->verdict = fn_profile_blocks(stream->profile, stream->scanner, stream->count) ? FN_SCAN_BLOCKED
		: result->reason != NULL ? FN_SCAN_NOT_FULLY_INSPECTED : result->found > 0 ? FN_SCAN_FOUND : FN_SCAN_CLEAN;
	return result;
}

FnScanResult *
fn_scan_stream_end(FnScanStream *stream, const char *broken)
{
	end_text(stream);
	if (broken != NULL)
		fn_scan_stream_note(stream, broken);
	return conclude(stream);
}

/* As a stream that holds everything already: nothing is copied. */
FnScanResult *
fn_scan(const FnScanner *scanner, const char *bytes, gsize size)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);
	gsize mark = guess(stream, bytes, size);

	if (stream->foreign != NULL) {
		add_foreign(stream, bytes + mark, size - mark, TRUE);
		end_text(stream);
	} else {
		scan_ready(stream, size > mark ? bytes + mark : "", mark, size - mark, TRUE);
	}
	return conclude(stream);
}

FnScanResult *
fn_scan_rows(const FnScanHeader *header, const char *bytes, gsize size)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(header->scanner, NULL, NULL, NULL);

	stream->given = header->table;
	stream->guessed = TRUE;
	scan_ready(stream, bytes, 0, size, TRUE);
	return conclude(stream);
}
