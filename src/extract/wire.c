#include "extract/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 5 };

/* ---- writing ---- */

typedef struct {
	int fd;
	GByteArray *waiting;
} Writer;

static void
flush(Writer *writer)
{
	const guint8 *at = writer->waiting->data;
	gsize left = writer->waiting->len;

	while (left > 0) {
		ssize_t n = write(writer->fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(1);
		at += n;
		left -= (gsize)n;
	}
	g_byte_array_set_size(writer->waiting, 0);
}

static void
frame(Writer *writer, char kind, const void *bytes, gsize size)
{
	guint8 head[HEAD] = { (guint8)kind, (guint8)size, (guint8)(size >> 8), (guint8)(size >> 16), (guint8)(size >> 24) };

	g_assert(size <= FN_WIRE_MAX);
	g_byte_array_append(writer->waiting, head, HEAD);
	g_byte_array_append(writer->waiting, bytes, (guint)size);
	if (writer->waiting->len >= FN_WIRE_MAX)
		flush(writer);
}

static void
frames(Writer *writer, char kind, const void *bytes, gsize size)
{
	const guint8 *at = bytes;

	for (; size > FN_WIRE_MAX; at += FN_WIRE_MAX, size -= FN_WIRE_MAX)
		frame(writer, kind, at, FN_WIRE_MAX);
	if (size > 0)
		frame(writer, kind, at, size);
}

static void
write_segment(const char *where, gpointer data)
{
	frame(data, 'S', where, MIN(strlen(where), FN_WIRE_MAX));
}

static void
write_place(const char *label, gpointer data)
{
	frame(data, 'P', label, MIN(strlen(label), FN_WIRE_MAX));
}

static void
write_text(const char *text, gsize size, gpointer data)
{
	frames(data, 'T', text, size);
}

static void
write_note(FnNote note, const char *where, const char *detail, gpointer data)
{
	g_autoptr(GString) payload = g_string_new(NULL);

	g_string_append_c(payload, (char)note);
	g_string_append(payload, where);
	g_string_append_c(payload, '\0');
	g_string_append(payload, detail);
	frame(data, 'N', payload->str, MIN(payload->len, FN_WIRE_MAX));
}

static void
write_outside(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data)
{
	g_autoptr(GString) payload = g_string_new(kind);

	g_string_append_c(payload, '\0');
	g_string_append(payload, where);
	g_string_append_c(payload, '\0');
	frame(data, 'O', payload->str, payload->len);
	frames(data, 'B', bytes, size);
	frame(data, 'B', "", 0);
}

FnSink
fn_wire_sink(int fd)
{
	Writer *writer = g_new0(Writer, 1);

	writer->fd = fd;
	writer->waiting = g_byte_array_new();
	return (FnSink){ .segment = write_segment,
		.place = write_place,
		.text = write_text,
		.note = write_note,
		.outside = write_outside,
		.data = writer };
}

void
fn_wire_end(FnSink *sink)
{
	Writer *writer = sink->data;

	frame(writer, 'E', "", 0);
	flush(writer);
	g_byte_array_unref(writer->waiting);
	g_free(writer);
	*sink = (FnSink){ 0 };
}

/* ---- reading ---- */

struct FnWireReader {
	FnSink sink;
	gsize outside_max;
	guint8 head[HEAD];
	guint have;          /* bytes of the head */
	guint size;          /* of the frame, once the head is whole */
	GByteArray *payload;
	GString *cut;        /* a character of the text that the last frame cut off */
	GByteArray *outside; /* the document that comes in 'B' frames, NULL: none comes */
	char *kind, *where;
	gboolean too_large;
	FnWireState state;
};

static const char *const kinds[] = { "pdf", "picture", NULL };

FnWireReader *
fn_wire_reader_new(const FnSink *sink, gsize outside_max)
{
	FnWireReader *reader = g_new0(FnWireReader, 1);

	reader->sink = *sink;
	reader->outside_max = outside_max;
	reader->payload = g_byte_array_sized_new(FN_WIRE_MAX); /* never NULL inside */
	reader->cut = g_string_new(NULL);
	reader->state = FN_WIRE_MORE;
	return reader;
}

static void
drop_outside(FnWireReader *reader)
{
	g_clear_pointer(&reader->outside, g_byte_array_unref);
	g_clear_pointer(&reader->kind, g_free);
	g_clear_pointer(&reader->where, g_free);
	reader->too_large = FALSE;
}

void
fn_wire_reader_free(FnWireReader *reader)
{
	if (reader == NULL)
		return;
	drop_outside(reader);
	g_byte_array_unref(reader->payload);
	g_string_free(reader->cut, TRUE);
	g_free(reader);
}

/* The payload as text without a NUL; NULL when it is none. */
static char *
payload_text(const guint8 *bytes, gsize size)
{
	return g_utf8_validate_len((const char *)bytes, size, NULL) ? g_strndup((const char *)bytes, size) : NULL;
}

static gboolean
take_text(FnWireReader *reader, const char *text, gsize size)
{
	const char *end;
	gsize good;

	g_string_append_len(reader->cut, text, (gssize)size);
	text = reader->cut->str;
	size = reader->cut->len;
	g_utf8_validate_len(text, size, &end);
	good = (gsize)(end - text);
	if (size - good > 3 || (size > good && (*end == '\0' || g_utf8_get_char_validated(end, (gssize)(size - good)) != (gunichar)-2)))
		return FALSE;
	if (good > 0)
		reader->sink.text(text, good, reader->sink.data);
	g_string_erase(reader->cut, 0, (gssize)good);
	return TRUE;
}

static gboolean
take_label(FnWireReader *reader, const guint8 *bytes, gsize size)
{
	g_autofree char *text = payload_text(bytes, size);

	if (text == NULL)
		return FALSE;
	if (reader->head[0] == 'S')
		reader->sink.segment(text, reader->sink.data);
	else
		reader->sink.place(text, reader->sink.data);
	return TRUE;
}

static gboolean
take_note(FnWireReader *reader, const guint8 *bytes, gsize size)
{
	const guint8 *nul = size > 1 ? memchr(bytes + 1, '\0', size - 1) : NULL;
	g_autofree char *where = NULL, *detail = NULL;

	if (nul == NULL || bytes[0] == 0 || bytes[0] >= FN_NOTES)
		return FALSE;
	where = payload_text(bytes + 1, (gsize)(nul - bytes) - 1);
	detail = payload_text(nul + 1, (gsize)(bytes + size - nul) - 1);
	if (where == NULL || detail == NULL)
		return FALSE;
	reader->sink.note((FnNote)bytes[0], where, detail, reader->sink.data);
	return TRUE;
}

static gboolean
take_outside(FnWireReader *reader, const guint8 *bytes, gsize size)
{
	const guint8 *first = memchr(bytes, '\0', size);
	const guint8 *second = first != NULL ? memchr(first + 1, '\0', (gsize)(bytes + size - first) - 1) : NULL;

	if (second == NULL || second + 1 != bytes + size)
		return FALSE;
	reader->kind = payload_text(bytes, (gsize)(first - bytes));
	reader->where = payload_text(first + 1, (gsize)(second - first) - 1);
	reader->outside = g_byte_array_new();
	return reader->kind != NULL && reader->where != NULL && g_strv_contains(kinds, reader->kind);
}

static void
hand_outside(FnWireReader *reader)
{
	const FnSink *sink = &reader->sink;

	if (reader->too_large)
		sink->note(FN_NOTE_LIMIT, reader->where, "size of a document for an outside program", sink->data);
	else if (sink->outside != NULL)
		sink->outside(reader->kind, reader->where, reader->outside->data, reader->outside->len, sink->data);
	else
		sink->note(strcmp(reader->kind, "picture") == 0 ? FN_NOTE_PICTURE : FN_NOTE_UNKNOWN, reader->where,
			"nothing outside reads it", sink->data);
	drop_outside(reader);
}

static gboolean
take_bytes(FnWireReader *reader, const guint8 *bytes, gsize size)
{
	if (size == 0) {
		hand_outside(reader);
		return TRUE;
	}
	if (reader->outside->len + size > reader->outside_max)
		reader->too_large = TRUE;
	else if (!reader->too_large && reader->sink.outside != NULL)
		g_byte_array_append(reader->outside, bytes, (guint)size);
	return TRUE;
}

/* One whole frame. A text that is cut within a character must go on with text; a document from outside with its bytes. */
static gboolean
take_frame(FnWireReader *reader)
{
	const guint8 *bytes = reader->payload->data;
	gsize size = reader->payload->len;
	char kind = (char)reader->head[0];

	if ((kind == 'B') != (reader->outside != NULL) || (kind != 'T' && reader->cut->len > 0))
		return FALSE;
	switch (kind) {
	case 'S':
	case 'P':
		return take_label(reader, bytes, size);
	case 'T':
		return take_text(reader, (const char *)bytes, size);
	case 'N':
		return take_note(reader, bytes, size);
	case 'O':
		return take_outside(reader, bytes, size);
	case 'B':
		return take_bytes(reader, bytes, size);
	case 'E':
		reader->state = FN_WIRE_ENDED;
		return size == 0;
	default:
		return FALSE;
	}
}

/* Takes in a part of the current frame: how many bytes, 0 when it is broken. */
static gsize
take_part(FnWireReader *reader, const guint8 *bytes, gsize size)
{
	gsize n;

	if (reader->have < HEAD) {
		n = MIN(size, HEAD - reader->have);
		memcpy(reader->head + reader->have, bytes, n);
		reader->have += (guint)n;
		if (reader->have < HEAD)
			return n;
		reader->size = (guint)reader->head[1] | (guint)reader->head[2] << 8 | (guint)reader->head[3] << 16 |
			       (guint)reader->head[4] << 24;
		if (reader->size > FN_WIRE_MAX)
			return 0;
	} else {
		n = MIN(size, reader->size - reader->payload->len);
		g_byte_array_append(reader->payload, bytes, (guint)n);
	}
	if (reader->payload->len < reader->size)
		return n;
	if (!take_frame(reader))
		return 0;
	reader->have = 0;
	g_byte_array_set_size(reader->payload, 0);
	return n;
}

FnWireState
fn_wire_reader_add(FnWireReader *reader, const guint8 *bytes, gsize size)
{
	while (size > 0 && reader->state != FN_WIRE_BROKEN) {
		gsize n = reader->state == FN_WIRE_MORE ? take_part(reader, bytes, size) : 0;

		if (n == 0)
			reader->state = FN_WIRE_BROKEN;
		bytes += n;
		size -= n;
	}
	return reader->state;
}
