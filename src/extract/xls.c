/* Excel 5 to 2003 ([MS-XLS], BIFF5 to BIFF8): a stream of records; sheets, hidden ones too, as lines of cells with their places. What no
 * row of the tables knows is kept and read as runs. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <math.h>
#include <string.h>

enum { R_FORMULA = 0x0006, R_EOF = 0x000A, R_NOTE = 0x001C, R_FILEPASS = 0x002F, R_CONTINUE = 0x003C, R_CODEPAGE = 0x0042,
	R_BOUNDSHEET = 0x0085, R_MULRK = 0x00BD, R_RSTRING = 0x00D6, R_DRAWING_GROUP = 0x00EB, R_DRAWING = 0x00EC, R_SST = 0x00FC,
	R_LABELSST = 0x00FD, R_TXO = 0x01B6, R_NUMBER = 0x0203, R_LABEL = 0x0204, R_STRING = 0x0207, R_RK = 0x027E, R_BOF = 0x0809 };

/* A record with its continuations: where each of those begins a string may change its width. */
typedef struct {
	guint kind;
	const guint8 *bytes;
	gsize size, at;
	const GArray *cuts; /* gsize */
	guint cut;          /* the next one */
} Record;

typedef struct {
	gsize at, size;
	gboolean used;
} Shared; /* a string of the table that cells point into */

typedef struct {
	FnOle *ole;
	FnExtract *extract;
	guint storage;
	const GByteArray *data;
	GString *shared_text;
	GArray *shared;      /* Shared */
	GHashTable *sheets;  /* position -> "name" */
	GByteArray *joined;  /* the current record, when it is continued */
	GArray *cuts;
	GByteArray *other;   /* records that no table knows, of the current sheet */
	GByteArray *drawing; /* of the whole book */
	gboolean wide;       /* BIFF8: Unicode */
	guint codepage;
	const char *sheet;   /* its name, "" in the part that belongs to all */
	guint depth;         /* substreams within substreams: charts in sheets */
	guint row;           /* of the last cell; G_MAXUINT: none yet */
	guint formula_row, formula_column;
	gboolean encrypted;
} Xls;

/* ---- strings ---- */

static gsize
boundary(Record *record)
{
	while (record->cut < record->cuts->len && g_array_index(record->cuts, gsize, record->cut) < record->at)
		record->cut++;
	return record->cut < record->cuts->len ? g_array_index(record->cuts, gsize, record->cut) : record->size;
}

/* @n characters; @wide as the string's flags say, and again behind each cut. */
static void
read_characters(Record *record, gsize n, gboolean wide, GString *out)
{
	while (n > 0 && record->at < record->size) {
		gsize end = boundary(record), width, some;

		if (record->at == end) {
			wide = (record->bytes[record->at++] & 1) != 0;
			record->cut++;
			continue;
		}
		width = wide ? 2 : 1;
		some = MIN(n, (end - record->at) / width);
		if (wide)
			fn_utf16le_append(out, record->bytes + record->at, some);
		else
			for (gsize i = 0; i < some; i++)
				g_string_append_unichar(out, record->bytes[record->at + i]);
		record->at += some * width;
		n -= some;
		if (some == 0) /* half a character before a cut: broken, go on behind it */
			record->at = end;
	}
}

/* A string whose count of characters takes @count_size bytes. */
static void
read_string(const Xls *xls, Record *record, guint count_size, GString *out)
{
	gsize left = record->size - MIN(record->at, record->size), n;

	if (left < count_size)
		return;
	n = count_size == 2 ? fn_le16(record->bytes + record->at) : record->bytes[record->at];
	record->at += count_size;
	left -= count_size;
	if (!xls->wide) {
		n = MIN(n, left);
		fn_legacy_append(out, xls->codepage, record->bytes + record->at, n);
		record->at += n;
	} else if (left > 0) {
		gboolean wide = (record->bytes[record->at++] & 1) != 0;

		read_characters(record, n, wide, out);
	}
}

static void
add_other(Xls *xls, const guint8 *bytes, gsize size)
{
	static const guint8 gap[3] = { 0 };

	g_byte_array_append(xls->other, bytes, (guint)size);
	g_byte_array_append(xls->other, gap, sizeof gap);
}

static void
read_shared(Xls *xls, Record *record)
{
	record->at = 8;
	while (record->size - MIN(record->at, record->size) >= 3 && !fn_extract_stopped(xls->extract)) {
		const guint8 *head = record->bytes + record->at;
		gsize n = fn_le16(head), runs = 0, extra = 0;
		guint flags = head[2];
		Shared shared = { .at = xls->shared_text->len };

		record->at += 3;
		if (record->size - record->at < ((flags & 8) != 0 ? 2u : 0u) + ((flags & 4) != 0 ? 4u : 0u))
			break;
		if ((flags & 8) != 0) {
			runs = 4 * (gsize)fn_le16(record->bytes + record->at);
			record->at += 2;
		}
		if ((flags & 4) != 0) {
			extra = fn_le32(record->bytes + record->at);
			record->at += 4;
		}
		read_characters(record, n, (flags & 1) != 0, xls->shared_text);
		record->at = MIN(record->size, record->at + runs);
		extra = MIN(extra, record->size - record->at);
		add_other(xls, record->bytes + record->at, extra);
		record->at += extra;
		shared.size = xls->shared_text->len - shared.at;
		g_array_append_val(xls->shared, shared);
	}
	if (record->size >= 8 && xls->shared->len < fn_le32(record->bytes + 4))
		fn_extract_note(xls->extract, FN_NOTE_BROKEN, "table of strings");
}

/* ---- cells ---- */

static void
column_name(guint column, char out[4])
{
	char letters[4];
	guint n = 0, k = 0;

	for (column = MIN(column, 16383u) + 1; column > 0; column = (column - 1) / 26)
		letters[n++] = (char)('A' + (column - 1) % 26);
	while (n > 0)
		out[k++] = letters[--n];
	out[k] = '\0';
}

/* Says where the following text stands; a new row begins a new line. */
static void
go_to(Xls *xls, guint row, guint column)
{
	char letters[4];
	g_autofree char *label = NULL;

	if (xls->row != G_MAXUINT)
		fn_extract_text(xls->extract, row == xls->row ? "\t" : "\n", 1);
	xls->row = row;
	column_name(column, letters);
	label = g_strdup_printf("%s!%s%u", xls->sheet, letters, row + 1);
	fn_extract_place(xls->extract, label);
}

static void
say_cell(Xls *xls, guint row, guint column, const char *text, gsize size)
{
	if (size > 0) {
		go_to(xls, row, column);
		fn_extract_text(xls->extract, text, (gssize)size);
	}
}

/* Whole numbers as plain digits, however long: identifiers stand in number cells too. */
static void
say_number(Xls *xls, guint row, guint column, double value)
{
	char text[64];

	if (!isfinite(value))
		return;
	if (value == floor(value) && fabs(value) < 1e21)
		g_snprintf(text, sizeof text, "%.0f", value);
	else
		g_snprintf(text, sizeof text, "%.15g", value);
	say_cell(xls, row, column, text, strlen(text));
}

static double
double_at(const guint8 *bytes)
{
	guint64 raw = fn_le32(bytes) | (guint64)fn_le32(bytes + 4) << 32;
	double value;

	memcpy(&value, &raw, sizeof value);
	return value;
}

static double
rk_value(guint32 rk)
{
	guint64 raw = (guint64)(rk & ~3u) << 32;
	double value;

	if ((rk & 2) != 0)
		value = (double)((gint32)rk >> 2);
	else
		memcpy(&value, &raw, sizeof value);
	return (rk & 1) != 0 ? value / 100 : value;
}

static void
cell_label_shared(Xls *xls, Record *record, guint row, guint column)
{
	guint32 i = fn_le32(record->bytes + 6);

	if (i < xls->shared->len) {
		Shared *shared = &g_array_index(xls->shared, Shared, i);

		shared->used = TRUE;
		say_cell(xls, row, column, xls->shared_text->str + shared->at, shared->size);
	} else {
		fn_extract_note(xls->extract, FN_NOTE_BROKEN, "cell without its string");
	}
}

static void
cell_label(Xls *xls, Record *record, guint row, guint column)
{
	g_autoptr(GString) text = g_string_new(NULL);

	record->at = 6;
	read_string(xls, record, 2, text);
	say_cell(xls, row, column, text->str, text->len);
}

static void
cell_number(Xls *xls, Record *record, guint row, guint column)
{
	say_number(xls, row, column, double_at(record->bytes + 6));
}

static void
cell_rk(Xls *xls, Record *record, guint row, guint column)
{
	say_number(xls, row, column, rk_value(fn_le32(record->bytes + 6)));
}

static void
cell_many_rk(Xls *xls, Record *record, guint row, guint column)
{
	for (gsize at = 4; at + 8 <= record->size; at += 6, column++)
		say_number(xls, row, column, rk_value(fn_le32(record->bytes + at + 2)));
}

static void
cell_formula(Xls *xls, Record *record, guint row, guint column)
{
	xls->formula_row = row;
	xls->formula_column = column;
	if (fn_le16(record->bytes + 12) != 0xFFFF)
		say_number(xls, row, column, double_at(record->bytes + 6));
	add_other(xls, record->bytes + 14, record->size - 14);
}

/* The text that the formula before it gave. */
static void
read_result(Xls *xls, Record *record)
{
	g_autoptr(GString) text = g_string_new(NULL);

	read_string(xls, record, 2, text);
	say_cell(xls, xls->formula_row, xls->formula_column, text->str, text->len);
}

static void
cell_note(Xls *xls, Record *record, guint row, guint column)
{
	g_autoptr(GString) text = g_string_new(NULL);

	record->at = xls->wide ? 8 : 4;
	read_string(xls, record, 2, text);
	say_cell(xls, row, column, text->str, text->len);
}

static const struct {
	guint kind;
	gsize least; /* bytes */
	void (*read)(Xls *xls, Record *record, guint row, guint column);
} cells[] = {
	{ R_LABELSST, 10, cell_label_shared },
	{ R_RK, 10, cell_rk },
	{ R_NUMBER, 14, cell_number },
	{ R_MULRK, 12, cell_many_rk },
	{ R_LABEL, 8, cell_label },
	{ R_RSTRING, 8, cell_label },
	{ R_FORMULA, 20, cell_formula },
	{ R_NOTE, 8, cell_note },
};

/* ---- other texts ---- */

static const struct {
	guint kind;
	gsize at;
	guint count_wide, count_narrow; /* bytes of the count, BIFF8 and before */
	const char *label;
} texts[] = {
	{ 0x0014, 0, 2, 1, "header" },
	{ 0x0015, 0, 2, 1, "footer" },
	{ 0x005C, 0, 2, 1, "user" },
	{ 0x00CD, 0, 2, 1, "pivot" },
	{ 0x041E, 2, 2, 1, "format" },
	{ 0x100D, 2, 1, 1, "chart" },
};

/* Numbers and formats alone: nothing to read. */
static const guint16 silent[] = { R_EOF, R_CONTINUE, R_CODEPAGE, 0x001D, 0x003D, 0x007D, 0x0092, 0x00BE, 0x00D7, 0x00E0, 0x00E5,
	0x00FF, 0x0200, 0x0201, 0x0205, 0x0208, 0x020B, 0x023E, R_BOF };

static void
say_line(Xls *xls, const char *label, GString *text)
{
	g_autofree char *place = *xls->sheet != '\0' ? g_strdup_printf("%s %s", xls->sheet, label) : g_strdup(label);

	fn_tidy(text);
	if (text->len == 0)
		return;
	if (xls->row != G_MAXUINT)
		fn_extract_text(xls->extract, "\n", 1);
	xls->row = G_MAXUINT;
	fn_extract_place(xls->extract, place);
	g_string_append_c(text, '\n');
	fn_extract_text(xls->extract, text->str, (gssize)text->len);
}

/* A text box or a comment: the text stands in the continuations. */
static void
read_text_object(Xls *xls, Record *record)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (record->size >= 18) {
		gsize n = fn_le16(record->bytes + 10);

		record->at = 18;
		if (record->cuts->len > 0)
			read_characters(record, n, FALSE, text);
	}
	say_line(xls, "text box or comment", text);
}

static void
read_sheet_name(Xls *xls, Record *record)
{
	g_autoptr(GString) name = g_string_new(NULL);

	if (record->size < 8)
		return;
	record->at = 6;
	read_string(xls, record, 1, name);
	fn_tidy(name);
	if ((record->bytes[4] & 3) != 0)
		g_string_append(name, " (hidden)");
	/* The first one counts: the name may be in use. */
	if (!g_hash_table_contains(xls->sheets, GUINT_TO_POINTER(fn_le32(record->bytes))))
		g_hash_table_insert(xls->sheets, GUINT_TO_POINTER(fn_le32(record->bytes)), g_strdup(name->str));
	say_line(xls, "sheet name", name);
}

/* ---- records ---- */

static gboolean
read_cell(Xls *xls, Record *record)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cells); i++)
		if (cells[i].kind == record->kind) {
			if (record->size < cells[i].least)
				fn_extract_note(xls->extract, FN_NOTE_BROKEN, "cell");
			else
				cells[i].read(xls, record, fn_le16(record->bytes), fn_le16(record->bytes + 2));
			return TRUE;
		}
	return FALSE;
}

static gboolean
read_text(Xls *xls, Record *record)
{
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i].kind == record->kind) {
			g_autoptr(GString) text = g_string_new(NULL);

			record->at = texts[i].at;
			read_string(xls, record, xls->wide ? texts[i].count_wide : texts[i].count_narrow, text);
			say_line(xls, texts[i].label, text);
			return TRUE;
		}
	return FALSE;
}

static gboolean
is_silent(guint kind)
{
	for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
		if (silent[i] == kind)
			return TRUE;
	return FALSE;
}

/* Ends a sheet or the common part: what no table knew is read as runs. */
static void
end_sheet(Xls *xls)
{
	if (xls->other->len > 0) {
		g_autofree char *what = g_strdup_printf("%s%sother records", xls->sheet, *xls->sheet != '\0' ? ": " : "");

		fn_ole_begin(xls->ole, xls->storage, what);
		fn_extract_strings(xls->extract, xls->other->data, xls->other->len);
	}
	g_byte_array_set_size(xls->other, 0);
	xls->row = G_MAXUINT;
}

static void
begin_sheet(Xls *xls, const Record *record, gsize position)
{
	const char *name = g_hash_table_lookup(xls->sheets, GUINT_TO_POINTER(position));

	if (record->size >= 2)
		xls->wide = fn_le16(record->bytes) >= 0x0600;
	if (xls->depth++ > 0)
		return;
	end_sheet(xls);
	xls->sheet = name != NULL ? name : position == 0 ? "" : "sheet";
	fn_ole_begin(xls->ole, xls->storage, "");
}

static void
read_record(Xls *xls, Record *record, gsize position)
{
	switch (record->kind) {
	case R_BOF:
		begin_sheet(xls, record, position);
		return;
	case R_EOF:
		if (xls->depth > 0)
			xls->depth--;
		return;
	case R_FILEPASS:
		xls->encrypted = TRUE;
		return;
	case R_CODEPAGE:
		if (record->size >= 2)
			xls->codepage = fn_le16(record->bytes);
		return;
	case R_BOUNDSHEET:
		read_sheet_name(xls, record);
		return;
	case R_SST:
		read_shared(xls, record);
		return;
	case R_TXO:
		read_text_object(xls, record);
		return;
	case R_STRING:
		read_result(xls, record);
		return;
	case R_DRAWING:
	case R_DRAWING_GROUP:
		g_byte_array_append(xls->drawing, record->bytes, (guint)record->size);
		return;
	default:
		if (!read_cell(xls, record) && !read_text(xls, record) && !is_silent(record->kind))
			add_other(xls, record->bytes, record->size);
	}
}

/* The record at @at with its continuations; returns where the next one begins, or 0 at the end. */
static gsize
next_record(Xls *xls, gsize at, Record *record)
{
	const guint8 *bytes = xls->data->data;
	gsize size = xls->data->len, have;

	if (size - at < 4)
		return 0;
	*record = (Record){ .kind = fn_le16(bytes + at), .bytes = bytes + at + 4, .cuts = xls->cuts };
	have = MIN((gsize)fn_le16(bytes + at + 2), size - at - 4);
	record->size = have;
	if (have < fn_le16(bytes + at + 2))
		fn_extract_note(xls->extract, FN_NOTE_BROKEN, "record beyond the stream");
	at += 4 + have;
	g_array_set_size(xls->cuts, 0);
	if (size - at < 4 || fn_le16(bytes + at) != R_CONTINUE)
		return at;
	g_byte_array_set_size(xls->joined, 0);
	g_byte_array_append(xls->joined, record->bytes, (guint)have);
	while (size - at >= 4 && fn_le16(bytes + at) == R_CONTINUE) {
		gsize cut = xls->joined->len;

		have = MIN((gsize)fn_le16(bytes + at + 2), size - at - 4);
		g_array_append_val(xls->cuts, cut);
		g_byte_array_append(xls->joined, bytes + at + 4, (guint)have);
		at += 4 + have;
	}
	record->bytes = xls->joined->data;
	record->size = xls->joined->len;
	return at;
}

static void
read_records(Xls *xls)
{
	Record record;

	for (gsize at = 0, next; !xls->encrypted && !fn_extract_stopped(xls->extract); at = next) {
		if ((next = next_record(xls, at, &record)) == 0)
			break;
		/* Streams end with zeros up to a sector's end. */
		if (record.kind != 0 || record.size != 0)
			read_record(xls, &record, at);
	}
	end_sheet(xls);
}

/* Strings that no cell shows: leftovers of deleted ones. */
static void
read_unused(Xls *xls)
{
	fn_ole_begin(xls->ole, xls->storage, "strings of no cell");
	for (guint i = 0; i < xls->shared->len; i++) {
		const Shared *shared = &g_array_index(xls->shared, Shared, i);

		if (!shared->used && shared->size > 0 &&
			(!fn_extract_text(xls->extract, xls->shared_text->str + shared->at, (gssize)shared->size) ||
				!fn_extract_text(xls->extract, "\n", 1)))
			return;
	}
}

static void
read_book(Xls *xls)
{
	fn_ole_begin(xls->ole, xls->storage, "");
	if (xls->data->len < 4 || fn_le16(xls->data->data) != R_BOF) {
		fn_extract_note(xls->extract, FN_NOTE_UNKNOWN, "workbook older than Excel 5");
		fn_extract_strings(xls->extract, xls->data->data, xls->data->len);
		return;
	}
	read_records(xls);
	fn_ole_begin(xls->ole, xls->storage, "");
	if (xls->encrypted)
		fn_extract_note(xls->extract, FN_NOTE_ENCRYPTED, "needs a password");
	read_unused(xls);
	fn_ole_begin(xls->ole, xls->storage, "drawings");
	fn_drawing_read(xls->extract, xls->drawing->data, xls->drawing->len);
}

void
fn_xls_read(FnOle *ole, guint storage, guint stream)
{
	g_autoptr(GByteArray) data = fn_ole_stream(ole, stream), joined = g_byte_array_new();
	g_autoptr(GByteArray) other = g_byte_array_new(), drawing = g_byte_array_new();
	g_autoptr(GString) shared_text = g_string_new(NULL);
	g_autoptr(GArray) shared = g_array_new(FALSE, FALSE, sizeof(Shared)), cuts = g_array_new(FALSE, FALSE, sizeof(gsize));
	g_autoptr(GHashTable) sheets = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	Xls xls = { .ole = ole, .extract = fn_ole_extract(ole), .storage = storage, .data = data,
		.shared_text = shared_text, .shared = shared, .sheets = sheets, .joined = joined, .cuts = cuts, .other = other,
		.drawing = drawing, .sheet = "", .row = G_MAXUINT, };

	read_book(&xls);
}
