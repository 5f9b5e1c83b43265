/* A stream in windows. A window is scanned once FN_OVERLAP bytes behind it are there; FN_OVERLAP bytes before it are kept,
 * so that no number, mark or context is cut. */
#include "scan/scan_priv.h"

#include "base/text.h"

#include <string.h>

struct FnScanStream {
	const FnScanner *scanner;
	FnScanFound on_finding;
	gpointer data;
	hs_scratch_t *scratch;
	GByteArray *kept; /* bytes of the stream from @base on */
	gsize base;
	gsize done;       /* findings that begin before this place were taken */
	gsize valid;      /* UTF-8 up to here */
	char *reason;
	GArray *findings;
};

FnScanStream *
fn_scan_stream_new(const FnScanner *scanner, FnScanFound on_finding, gpointer data)
{
	FnScanStream *stream = g_new0(FnScanStream, 1);

	stream->scanner = scanner;
	stream->on_finding = on_finding;
	stream->data = data;
	stream->scratch = fn_words_borrow(scanner);
	stream->kept = g_byte_array_sized_new(4096);
	stream->findings = fn_findings_new();
	return stream;
}

void
fn_scan_stream_free(FnScanStream *stream)
{
	if (stream == NULL)
		return;
	fn_words_return(stream->scanner, stream->scratch);
	explicit_bzero(stream->kept->data, stream->kept->len);
	g_byte_array_unref(stream->kept);
	if (stream->findings != NULL)
		g_array_unref(stream->findings);
	g_free(stream->reason);
	g_free(stream);
}

static void
give_reason(FnScanStream *stream, char *reason)
{
	if (stream->reason == NULL)
		stream->reason = reason;
	else
		g_free(reason);
}

/* @bytes begins at @base of the stream and holds @size bytes. */
static void
check_text(FnScanStream *stream, const char *bytes, gsize base, gsize size, gboolean last)
{
	gsize from = stream->valid - base;
	gssize span;

	if (stream->reason != NULL)
		return;
	span = fn_utf8_span(bytes + from, size - from);
	if (span < 0 || (last && from + (gsize)span < size))
		give_reason(stream, g_strdup("the bytes are not UTF-8 text; convert them, or inspect the document by its format"));
	else
		stream->valid += (gsize)span;
}

static void
tell(FnScanStream *stream, const FnWindow *window, guint first)
{
	for (guint i = first; stream->on_finding != NULL && i < stream->findings->len; i++) {
		const FnFinding *finding = &g_array_index(stream->findings, FnFinding, i);
		g_autofree char *text = g_strndup(window->bytes + finding->start - window->base, finding->end - finding->start);

		stream->on_finding(finding, text, stream->data);
	}
}

static void
scan_to(FnScanStream *stream, const char *bytes, gsize base, gsize size, gsize to)
{
	gsize low = stream->done - base > FN_OVERLAP ? stream->done - base - FN_OVERLAP : 0;
	gsize high = MIN(size, to - base + FN_OVERLAP);
	FnWindow window = { bytes + low, high - low, base + low, stream->done - base - low, to - base - low };
	guint first = stream->findings->len;

	if (first >= FN_FINDINGS_MAX) {
		give_reason(stream, g_strdup_printf("more than %d findings; inspect the parts of it", FN_FINDINGS_MAX));
	} else {
		fn_scan_window(stream->scanner, stream->scratch, &window, stream->findings);
		tell(stream, &window, first);
	}
	stream->done = to;
}

/* Scans what is ready of @size bytes that begin at @base of the stream. */
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

/* Forgets all but the overlap before what is still to be scanned. */
static void
forget(FnScanStream *stream)
{
	gsize keep_from = MIN(stream->done > FN_OVERLAP ? stream->done - FN_OVERLAP : 0, stream->valid);
	gsize drop = keep_from > stream->base ? keep_from - stream->base : 0;

	/* Invalid text is not checked further: its place does not hold bytes back. */
	if (stream->reason != NULL && stream->done > FN_OVERLAP)
		drop = stream->done - FN_OVERLAP - stream->base;
	if (drop == 0)
		return;
	g_byte_array_remove_range(stream->kept, 0, (guint)drop);
	stream->base += drop;
}

void
fn_scan_stream_add(FnScanStream *stream, const char *bytes, gsize size)
{
	while (size > 0) {
		gsize part = MIN(size, 16 * FN_WINDOW);

		g_byte_array_append(stream->kept, (const guint8 *)bytes, (guint)part);
		scan_ready(stream, (const char *)stream->kept->data, stream->base, stream->kept->len, FALSE);
		forget(stream);
		bytes += part;
		size -= part;
	}
}

FnScanResult *
fn_scan_stream_end(FnScanStream *stream, const char *broken)
{
	scan_ready(stream, (const char *)stream->kept->data, stream->base, stream->kept->len, TRUE);
	if (broken != NULL)
		give_reason(stream, fn_text_safe(broken, -1, 400));
	return fn_scan_conclude(stream->scanner, g_steal_pointer(&stream->findings), g_steal_pointer(&stream->reason));
}

/* As a stream that holds everything already: nothing is copied. */
FnScanResult *
fn_scan(const FnScanner *scanner, const char *bytes, gsize size)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL);

	scan_ready(stream, size > 0 ? bytes : "", 0, size, TRUE);
	return fn_scan_conclude(scanner, g_steal_pointer(&stream->findings), g_steal_pointer(&stream->reason));
}
