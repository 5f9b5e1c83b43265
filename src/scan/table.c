/* Delimited text: what the header says of a column is said of every cell below it. Spreadsheets come in this form too. */
#include "scan/scan_priv.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LINE_SIZE = 4096, LINES = 8, COLUMNS = 256, CELL_SIZE = 96, ROW_SIZE = 8192, VALUE_SIZE = 1024, UNKNOWN = 1 << 30 };

/* Detectors that read the whole cells of a column, -1: none. */
typedef struct {
	gint16 sure;  /* whose check tells by itself: most cells below its header need no other reading */
	gint16 value; /* only the header tells that the cell is one */
} Asked;

static inline gboolean
is_nobody(const Asked *asked)
{
	return (asked->sure & asked->value) < 0;
}

struct FnTable {
	char delimiter;
	guint columns, detectors;
	gint8 *meaning; /* columns × detectors */
	gint8 *telling; /* by detector: does any column mean something to it? */
	Asked *asked;   /* by column; nothing behind the last */
	gboolean asks;  /* any column is asked */
	gsize body;     /* where the text goes on behind the header */
};

void
fn_table_free(FnTable *table)
{
	if (table == NULL)
		return;
	g_free(table->meaning);
	g_free(table->telling);
	g_free(table->asked);
	g_free(table);
}

/* The end of the cell at @at: its delimiter or its line's end. Quotes hold both, and stand twice for themselves. */
static gsize
cell_end(const char *text, gsize size, gsize at, char delimiter)
{
	gboolean quoted = FALSE;

	for (; at < size && (quoted || (text[at] != delimiter && text[at] != '\n' && text[at] != '\r')); at++)
		quoted ^= text[at] == '"';
	return at;
}

/* A name or a date of birth is one by its column alone; numbers are found wherever they stand. */
static gboolean
is_value(const FnDetector *detector)
{
	return detector->needs_header && detector->validator->check != NULL && detector->validator->kind != FN_VALIDATE_TOKEN;
}

static void
ask(const FnScanner *scanner, Asked *asked, guint which)
{
	const FnDetector *detector = &scanner->detector[which];

	if (scanner->cell[which].score == 0)
		return;
	if (asked->value < 0 && is_value(detector))
		asked->value = (gint16)which;
	if (asked->sure < 0 && detector->sure)
		asked->sure = (gint16)which;
}

static void
read_cell(const FnScanner *scanner, FnTable *table, const char *cell, gsize size)
{
	g_autofree char *valid = g_utf8_make_valid(cell, (gssize)size), *lower = g_utf8_strdown(valid, -1);
	gint8 *meaning = table->meaning + table->columns * table->detectors;
	Asked *asked = &table->asked[table->columns];

	for (guint i = 0; i < table->detectors; i++) {
		meaning[i] = (gint8)fn_header_meaning(&scanner->detector[i], lower);
		table->telling[i] |= meaning[i] != 0;
		if (meaning[i] > 0)
			ask(scanner, asked, i);
	}
	table->asks |= asked->value >= 0 || asked->sure >= 0;
	table->columns++;
}

/* A header is short names in two columns or more. */
static gboolean
read_line(const FnScanner *scanner, FnTable *table, const char *text, gsize size)
{
	table->columns = 0;
	table->asks = FALSE;
	memset(table->telling, 0, table->detectors);
	memset(table->asked, 0xff, (COLUMNS + 1) * sizeof(*table->asked));
	for (gsize at = 0; at <= size;) {
		gsize end = cell_end(text, size, at, table->delimiter);

		if (end - at > CELL_SIZE || table->columns == COLUMNS)
			return FALSE;
		read_cell(scanner, table, text + at, end - at);
		at = end + 1;
	}
	for (guint i = 0; i < table->detectors; i++)
		if (table->telling[i])
			return table->columns > 1;
	return FALSE;
}

static guint
count_of(const char *text, gsize size, char c)
{
	guint n = 0;

	for (gsize i = 0; i < size; i++)
		n += (guint)(text[i] == c);
	return n;
}

/* What the line is divided by, '\0' when by nothing; the line behind it is divided by the same. */
static char
delimiter_of(const char *line, gsize size, const char *behind, gsize behind_size)
{
	static const char delimiters[] = "\t,;|";
	guint most = 0;
	char best = '\0';

	for (const char *c = delimiters; *c != '\0'; c++) {
		guint n = count_of(line, size, *c);

		if (n > most && count_of(behind, behind_size, *c) >= n) {
			most = n;
			best = *c;
		}
	}
	return best;
}

/* Bytes of the line at @at, at most LINE_SIZE. */
static gsize
line_size(const char *text, gsize size, gsize at)
{
	gsize most = MIN(size - at, LINE_SIZE);
	const char *end = memchr(text + at, '\n', most);

	return end != NULL ? (gsize)(end - text) - at : most;
}

FnTable *
fn_table_new(const FnScanner *scanner, const char *text, gsize size, gsize base)
{
	g_autofree gint8 *meaning = NULL, *telling = NULL;
	g_autofree Asked *asked = NULL;

	for (gsize line = 0, at = 0, end; line < LINES && at < size; line++, at = end + 1) {
		FnTable table = { .detectors = scanner->detectors };

		end = at + line_size(text, size, at);
		if (end >= size || text[end] != '\n')
			return NULL;
		table.delimiter = delimiter_of(text + at, end - at, text + end + 1, line_size(text, size, end + 1));
		if (table.delimiter == '\0')
			continue;
		if (meaning == NULL) {
			meaning = g_new0(gint8, COLUMNS * (gsize)scanner->detectors);
			telling = g_new0(gint8, scanner->detectors);
			asked = g_new(Asked, COLUMNS + 1);
		}
		table.meaning = meaning;
		table.telling = telling;
		table.asked = asked;
		table.body = base + end + 1;
		if (read_line(scanner, &table, text + at, end - at)) {
			meaning = telling = NULL;
			asked = NULL;
			return g_memdup2(&table, sizeof(table));
		}
	}
	return NULL;
}

/* ---- columns known beforehand ---- */

FnScanHeader *
fn_scan_header_new(const FnScanner *scanner, const char *const *names, guint columns)
{
	FnScanHeader *header = g_new0(FnScanHeader, 1);
	FnTable *table = g_new0(FnTable, 1);

	*table = (FnTable){ .delimiter = FN_SCAN_DELIMITER, .detectors = scanner->detectors };
	table->meaning = g_new0(gint8, (gsize)columns * scanner->detectors + 1);
	table->telling = g_new0(gint8, scanner->detectors + 1);
	table->asked = g_new(Asked, columns + 1);
	memset(table->asked, 0xff, (columns + 1) * sizeof(*table->asked));
	for (guint i = 0; i < columns; i++) {
		const char *name = names[i] != NULL ? names[i] : "";

		read_cell(scanner, table, name, strlen(name));
	}
	table->asks = FALSE;
	header->scanner = fn_scanner_share(scanner);
	header->table = table;
	return header;
}

void
fn_scan_header_free(FnScanHeader *header)
{
	if (header == NULL)
		return;
	fn_table_free(header->table);
	fn_scanner_free(header->scanner);
	g_free(header);
}

gboolean
fn_scan_header_says(const FnScanHeader *header, guint column, const char *detector)
{
	const FnTable *table = header->table;

	for (guint i = 0; column < table->columns && i < table->detectors; i++)
		if (g_str_equal(header->scanner->detector[i].id, detector))
			return table->meaning[column * table->detectors + i] > 0;
	return FALSE;
}

/* ---- the column of a candidate ---- */

static void
step(const FnTable *table, FnRow *row, char c)
{
	if (c == '"')
		row->quoted = !row->quoted;
	else if (!row->quoted && c == table->delimiter)
		row->column++;
	else if (!row->quoted)
		row->column = 0;
}

static gboolean
is_separator(const FnTable *table, char c)
{
	return c == table->delimiter || c == '\n' || c == '"';
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline guint64
bits_of(__m256i low, __m256i high)
{
	return (guint32)_mm256_movemask_epi8(low) | (guint64)(guint32)_mm256_movemask_epi8(high) << 32;
}

/* The delimiters, line ends and quotes among 64 bytes; the quotes alone. */
__attribute__((target("avx2"))) static inline guint64
edges_avx2(const FnTable *table, const char *bytes, guint64 *quotes)
{
	const __m256i delimiter = _mm256_set1_epi8(table->delimiter), line = _mm256_set1_epi8('\n'), quote = _mm256_set1_epi8('"');
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));

	*quotes = bits_of(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote));
	return *quotes | bits_of(_mm256_or_si256(_mm256_cmpeq_epi8(low, delimiter), _mm256_cmpeq_epi8(low, line)),
		_mm256_or_si256(_mm256_cmpeq_epi8(high, delimiter), _mm256_cmpeq_epi8(high, line)));
}

/* Steps over [@at, @to), as far as 64 bytes can be read at a time. Gives where to go on byte by byte. */
__attribute__((target("avx2"))) static gsize
advance_avx2(const FnTable *table, FnRow *row, const FnWindow *window, gsize at, gsize to)
{
	for (; at < to && at + 64 <= window->size; at += 64) {
		guint64 quotes, bits = edges_avx2(table, window->bytes + at, &quotes);

		if (to - at < 64)
			bits &= (G_GUINT64_CONSTANT(1) << (to - at)) - 1;
		for (; bits != 0; bits &= bits - 1)
			step(table, row, window->bytes[at + (guint)__builtin_ctzll(bits)]);
	}
	return MIN(at, to);
}
#endif

/* Begins anew at the line of @to. */
static gsize
begin_line(FnRow *row, const FnWindow *window, gsize to)
{
	gsize most = MIN(to, ROW_SIZE);
	const char *line = memrchr(window->bytes + to - most, '\n', most);

	*row = (FnRow){ .column = line != NULL || (window->head && to == most) ? 0 : UNKNOWN };
	return line != NULL ? (gsize)(line + 1 - window->bytes) : to - most;
}

static void
advance(const FnTable *table, FnRow *row, const FnWindow *window, gsize to)
{
	const char *bytes = window->bytes;
	gsize at = row->at;

	if (at == 0 || to < at || to - at > ROW_SIZE)
		at = begin_line(row, window, to);
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		at = advance_avx2(table, row, window, at, to);
#endif
	for (; at < to; at++)
		if (is_separator(table, bytes[at]))
			step(table, row, bytes[at]);
	row->at = to;
}

static gboolean
is_edge(const FnTable *table, char c)
{
	return c == table->delimiter || c == '\n' || c == '\r';
}

/* Is [@start, @end) all of its cell, but for blanks and quotes? */
static gboolean
fills_cell(const FnTable *table, const char *bytes, gsize size, gsize start, gsize end)
{
	while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '"' || bytes[start - 1] == '\''))
		start--;
	while (end < size && (bytes[end] == ' ' || bytes[end] == '"' || bytes[end] == '\''))
		end++;
	return (start == 0 || is_edge(table, bytes[start - 1])) && (end == size || is_edge(table, bytes[end]));
}

gboolean
fn_table_tells(const FnTable *table, guint which)
{
	return table->telling[which];
}

int
fn_table_meaning(const FnTable *table, FnRow *row, const FnWindow *window, guint which, gsize start, gsize end)
{
	if (!fills_cell(table, window->bytes, window->size, start, end))
		return 0;
	advance(table, row, window, start);
	return row->column < table->columns ? table->meaning[row->column * table->detectors + which] : 0;
}

/* ---- whole cells ---- */

enum { EDGES = 64 };

/* Where the reading of cells is. */
typedef struct {
	gsize start;  /* of the cell */
	guint column; /* COLUMNS: no header stands above it */
	gboolean quoted;
} Place;

typedef struct {
	const FnTable *table;
	const char *bytes;
	gsize from, to; /* cells that begin elsewhere are not ours: of the windows beside it, or of the header */
	FnTableCells give;
	gpointer data;
	FnCell cell[FN_CELLS_MAX];
	guint n;
} Reading;

static inline gboolean
is_trimmed(char c)
{
	return c == ' ' || c == '"' || c == '\r';
}

/* Takes the cell [@start, @end), if anybody asks for its column. */
G_ALWAYS_INLINE static inline void
take_cell(Reading *reading, guint column, gsize start, gsize end)
{
	const Asked *asked = &reading->table->asked[column];
	const char *bytes = reading->bytes;

	if (is_nobody(asked) || start >= end)
		return;
	if ((guint8)bytes[start] <= '"' || (guint8)bytes[end - 1] <= '"') {
		while (start < end && is_trimmed(bytes[start]))
			start++;
		while (end > start && is_trimmed(bytes[end - 1]))
			end--;
	}
	if (end - start - 1 < VALUE_SIZE)
		reading->cell[reading->n++] = (FnCell){ (guint32)start, (guint32)(end - start), asked->sure, asked->value };
}

/* A delimiter, a quote or a line's end stands at @at: where the reading is behind it. */
G_ALWAYS_INLINE static inline Place
take_edge(Reading *reading, Place place, gsize at)
{
	char c = reading->bytes[at];

	if (c == '"' || place.quoted)
		return (Place){ place.start, place.column, place.quoted ^ (c == '"') };
	take_cell(reading, place.column, place.start, at);
	return (Place){ at + 1, c == '\n' ? 0 : MIN(place.column + 1, COLUMNS), FALSE };
}

static void
give_cells(Reading *reading)
{
	guint first = 0;

	while (first < reading->n && reading->cell[first].start < reading->from)
		first++;
	while (reading->n > first && reading->cell[reading->n - 1].start >= reading->to)
		reading->n--;
	reading->give(reading->cell + first, reading->n - first, reading->data);
	reading->n = 0;
}

static inline void
make_room(Reading *reading)
{
	if (reading->n > FN_CELLS_MAX - EDGES)
		give_cells(reading);
}

#if defined(__x86_64__)
/* As far as 64 bytes can be read at a time; gives where to go on byte by byte. */
__attribute__((target("avx2,bmi"))) static gsize
take_edges_avx2(Reading *reading, Place *shared, gsize at, gsize size)
{
	const FnTable *table = reading->table;
	const char *bytes = reading->bytes;
	Place place = *shared;

	for (; at + EDGES <= size && place.start < reading->to; at += EDGES) {
		guint64 quotes, edges = edges_avx2(table, bytes + at, &quotes);

		if (place.quoted || quotes != 0)
			for (; edges != 0; edges &= edges - 1)
				place = take_edge(reading, place, at + (guint)__builtin_ctzll(edges));
		for (; edges != 0; edges &= edges - 1) {
			gsize edge = at + (guint)__builtin_ctzll(edges);

			take_cell(reading, place.column, place.start, edge);
			place.start = edge + 1;
			place.column = bytes[edge] == '\n' ? 0 : MIN(place.column + 1, COLUMNS);
		}
		make_room(reading);
	}
	*shared = place;
	return at;
}
#endif

void
fn_table_cells(const FnTable *table, const FnWindow *window, FnTableCells give, gpointer data)
{
	gsize body = table->body > window->base ? table->body - window->base : 0, at;
	Reading reading = { .table = table, .bytes = window->bytes, .from = MAX(window->from, body), .to = window->to, .give = give, .data = data };
	Place place = { 0 };
	FnRow row;

	if (!table->asks)
		return;
	at = place.start = begin_line(&row, window, window->from);
	place.column = MIN(row.column, COLUMNS);
	/* Cells that begin in the window's own part are followed to their ends. */
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
		at = take_edges_avx2(&reading, &place, at, window->size);
#endif
	for (; at < window->size && place.start < window->to; at++)
		if (is_separator(table, window->bytes[at])) {
			place = take_edge(&reading, place, at);
			make_room(&reading);
		}
	/* The last cell of the text has nothing behind it. */
	if (at >= window->size && place.start < window->to && !place.quoted)
		take_cell(&reading, place.column, place.start, window->size);
	give_cells(&reading);
}
