/* Delimited text: what the header says of a column is said of every cell below it. Spreadsheets come in this form too. */
#include "scan/scan_priv.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LINE_SIZE = 4096, LINES = 8, COLUMNS = 256, CELL_SIZE = 96, ROW_SIZE = 8192, VALUE_SIZE = 1024, UNKNOWN = 1 << 30 };

struct FnTable {
	char delimiter;
	FnMachine machine;
	guint columns, detectors;
	gint8 *meaning; /* columns × detectors */
	gint8 *telling; /* by detector: does any column mean something to it? */
	FnAsked *asked; /* by column; nothing behind the last */
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
ask(const FnScanner *scanner, FnAsked *asked, guint which)
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
	FnAsked *asked = &table->asked[table->columns];

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
	g_autofree FnAsked *asked = NULL;

	for (gsize line = 0, at = 0, end; line < LINES && at < size; line++, at = end + 1) {
		FnTable table = { .machine = scanner->machine, .detectors = scanner->detectors };

		end = at + line_size(text, size, at);
		if (end >= size || text[end] != '\n')
			return NULL;
		table.delimiter = delimiter_of(text + at, end - at, text + end + 1, line_size(text, size, end + 1));
		if (table.delimiter == '\0')
			continue;
		if (meaning == NULL) {
			meaning = g_new0(gint8, COLUMNS * (gsize)scanner->detectors);
			telling = g_new0(gint8, scanner->detectors);
			asked = g_new(FnAsked, COLUMNS + 1);
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

	*table = (FnTable){ .delimiter = FN_SCAN_DELIMITER, .machine = scanner->machine, .detectors = scanner->detectors };
	table->meaning = g_new0(gint8, (gsize)columns * scanner->detectors + 1);
	table->telling = g_new0(gint8, scanner->detectors + 1);
	table->asked = g_new(FnAsked, columns + 1);
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

/* Bits of the delimiters and line ends in blocks of 64 bytes; of the quotes. */
enum { BLOCK = 64, BATCH = 32 };
typedef struct {
	guint64 edges, quotes;
} Edges;
typedef void (*FindEdges)(const char *bytes, gsize blocks, char delimiter, Edges *found);

/* Of eight bytes, the first the lowest: a bit for each that is @c. */
static inline guint64
equal_to(guint64 eight, char c)
{
	const guint64 each = G_GUINT64_CONSTANT(0x0101010101010101), low = each * 0x7f;
	guint64 other = eight ^ each * (guint8)c;

	return (~(((other & low) + low) | other | low) >> 7) * G_GUINT64_CONSTANT(0x0102040810204080) >> 56;
}

static void
find_edges_portable(const char *bytes, gsize blocks, char delimiter, Edges *found)
{
	for (; blocks > 0; blocks--, found++) {
		*found = (Edges){ 0 };
		for (guint i = 0; i < BLOCK; i += 8, bytes += 8) {
			guint64 eight;

			memcpy(&eight, bytes, sizeof(eight));
			eight = GUINT64_FROM_LE(eight);
			found->edges |= (equal_to(eight, delimiter) | equal_to(eight, '\n')) << i;
			found->quotes |= equal_to(eight, '"') << i;
		}
	}
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline guint64
bits_of(__m256i low, __m256i high)
{
	return (guint32)_mm256_movemask_epi8(low) | (guint64)(guint32)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2"))) static void
find_edges_avx2(const char *bytes, gsize blocks, char delimiter, Edges *found)
{
	const __m256i part = _mm256_set1_epi8(delimiter), line = _mm256_set1_epi8('\n'), quote = _mm256_set1_epi8('"');

	for (; blocks > 0; blocks--, bytes += BLOCK, found++) {
		__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
		__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));

		found->quotes = bits_of(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote));
		found->edges = bits_of(_mm256_or_si256(_mm256_cmpeq_epi8(low, part), _mm256_cmpeq_epi8(low, line)),
			_mm256_or_si256(_mm256_cmpeq_epi8(high, part), _mm256_cmpeq_epi8(high, line)));
	}
}

__attribute__((target("avx512bw"))) static void
find_edges_avx512(const char *bytes, gsize blocks, char delimiter, Edges *found)
{
	for (; blocks > 0; blocks--, bytes += BLOCK, found++) {
		__m512i text = _mm512_loadu_si512(bytes);

		found->quotes = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('"'));
		found->edges = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(delimiter)) | _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('\n'));
	}
}
#endif

static FindEdges
edges_of(FnMachine machine)
{
#if defined(__x86_64__)
	return machine == FN_MACHINE_LONG ? find_edges_avx512 : machine == FN_MACHINE_VECTOR ? find_edges_avx2 : find_edges_portable;
#else
	return find_edges_portable;
#endif
}

/* Edges of [@at, @to) in at most BATCH blocks; gives where they end. What is no whole block is read from a copy. */
static gsize
find_edges(const FnTable *table, const char *bytes, gsize at, gsize to, Edges *found)
{
	gsize blocks = MIN((to - at) / BLOCK, (gsize)BATCH);
	char rest[BLOCK] = { 0 };

	if (blocks > 0) {
		edges_of(table->machine)(bytes + at, blocks, table->delimiter, found);
		return at + blocks * BLOCK;
	}
	memcpy(rest, bytes + at, to - at);
	edges_of(table->machine)(rest, 1, table->delimiter, found);
	return to;
}

/* The edges outside of quotes; @quoted: whether the block begins inside of them, and then whether the next does. */
static inline guint64
outside(const Edges *block, gboolean *quoted)
{
	guint64 inside = block->quotes;

	if (G_LIKELY(inside == 0 && !*quoted))
		return block->edges;
	/* Bit by bit, whether the quotes up to it are odd. */
	for (guint by = 1; by < BLOCK; by *= 2)
		inside ^= inside << by;
	if (*quoted)
		inside = ~inside;
	*quoted = (gboolean)(inside >> 63);
	return block->edges & ~inside;
}

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
	gsize at = row->at;
	Edges found[BATCH];

	if (at == 0 || to < at || to - at > ROW_SIZE)
		at = begin_line(row, window, to);
	while (at < to) {
		gsize next = find_edges(table, window->bytes, at, to, found);

		for (const Edges *block = found; at < next; at += BLOCK, block++)
			for (guint64 edges = outside(block, &row->quoted); edges != 0; edges &= edges - 1)
				row->column = window->bytes[at + (guint)__builtin_ctzll(edges)] == table->delimiter ? row->column + 1 : 0;
		at = next;
	}
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

/* Where the reading of cells is. */
typedef struct {
	gsize start; /* of the cell */
	const FnAsked *column;
	gboolean quoted;
} Place;

typedef struct {
	const FnTable *table;
	const char *bytes;
	const FnAsked *last; /* column, above which no header stands */
	gsize from, to; /* cells that begin elsewhere are not ours: of the windows beside it, or of the header */
	FnTableCells give;
	gpointer data;
	FnCell cell[FN_CELLS_MAX];
	FnCell *end; /* of the cells that were taken */
} Reading;

static inline gboolean
is_trimmed(char c)
{
	return c == ' ' || c == '"' || c == '\r';
}

/* Does anybody read the cells of the column? Both detectors at once. */
static inline gboolean
is_asked(const FnAsked *column)
{
	guint32 both;

	memcpy(&both, column, sizeof(both));
	return both != G_MAXUINT32;
}

/* Takes the cell [@start, @end) to @out, if anybody asks for its column; gives where the next goes. */
G_ALWAYS_INLINE static inline FnCell *
take_cell(FnCell *out, const FnAsked *column, const char *bytes, gsize start, gsize end)
{
	if (!is_asked(column) || start >= end)
		return out;
	if ((guint8)bytes[start] <= '"' || (guint8)bytes[end - 1] <= '"') {
		while (start < end && is_trimmed(bytes[start]))
			start++;
		while (end > start && is_trimmed(bytes[end - 1]))
			end--;
	}
	if (end - start - 1 < VALUE_SIZE)
		*out++ = (FnCell){ (guint32)start, (guint32)(end - start), *column };
	return out;
}

static void
give_cells(Reading *reading)
{
	FnCell *first = reading->cell, *end = reading->end;

	while (first < end && first->start < reading->from)
		first++;
	while (end > first && end[-1].start >= reading->to)
		end--;
	reading->give(first, (guint)(end - first), reading->data);
	reading->end = reading->cell;
}

G_ALWAYS_INLINE static inline Place
take_blocks(Reading *reading, Place place, gsize at, gsize end, const Edges *block)
{
	const char *bytes = reading->bytes;
	const FnAsked *first = reading->table->asked, *last = reading->last;

	for (; at < end && place.start < reading->to; at += BLOCK, block++) {
		FnCell *out = reading->end;

		for (guint64 edges = outside(block, &place.quoted); edges != 0; edges &= edges - 1) {
			gsize edge = at + (guint)__builtin_ctzll(edges);

			out = take_cell(out, place.column, bytes, place.start, edge);
			place.start = edge + 1;
			place.column = bytes[edge] == '\n' ? first : MIN(place.column + 1, last);
		}
		reading->end = out;
		if (out > reading->cell + FN_CELLS_MAX - BLOCK)
			give_cells(reading);
	}
	return place;
}

typedef Place (*TakeBlocks)(Reading *reading, Place place, gsize at, gsize end, const Edges *block);

static Place
take_blocks_portable(Reading *reading, Place place, gsize at, gsize end, const Edges *block)
{
	return take_blocks(reading, place, at, end, block);
}

#if defined(__x86_64__)
/* The same with instructions for single bits. */
__attribute__((target("bmi"))) static Place
take_blocks_bmi(Reading *reading, Place place, gsize at, gsize end, const Edges *block)
{
	return take_blocks(reading, place, at, end, block);
}
#endif

void
fn_table_cells(const FnTable *table, const FnWindow *window, FnTableCells give, gpointer data)
{
	gsize body = table->body > window->base ? table->body - window->base : 0, at;
	Reading reading = { .table = table, .bytes = window->bytes, .last = table->asked + table->columns, .from = MAX(window->from, body),
		.to = window->to, .give = give, .data = data };
	TakeBlocks take = take_blocks_portable;
	Edges found[BATCH];
	Place place = { 0 };
	FnRow row;

#if defined(__x86_64__)
	if (table->machine >= FN_MACHINE_VECTOR)
		take = take_blocks_bmi;
#endif
	if (!table->asks)
		return;
	at = place.start = begin_line(&row, window, window->from);
	place.column = table->asked + MIN(row.column, table->columns);
	reading.end = reading.cell;
	/* Cells that begin in the window's own part are followed to their ends. */
	while (at < window->size && place.start < window->to) {
		gsize next = find_edges(table, window->bytes, at, window->size, found);

		place = take(&reading, place, at, next, found);
		at = next;
	}
	/* The last cell of the text has nothing behind it. */
	if (place.start < window->to && !place.quoted)
		reading.end = take_cell(reading.end, place.column, window->bytes, place.start, window->size);
	give_cells(&reading);
}
