#include "extract/grid.h"

#include <string.h>

void
fn_grid_init(FnGrid *grid, FnExtract *extract)
{
	*grid = (FnGrid){.extract = extract, .label = g_string_new(NULL), .line = g_string_new(NULL)};
	for (guint i = 0; i < FN_GRID_ASIDES; i++)
		grid->asides[i] = g_string_new(NULL);
}

void
fn_grid_clear(FnGrid *grid)
{
	g_string_free(grid->label, TRUE);
	g_string_free(grid->line, TRUE);
	for (guint i = 0; i < FN_GRID_ASIDES; i++)
		g_string_free(grid->asides[i], TRUE);
	*grid = (FnGrid){0};
}

void
fn_grid_name(FnGrid *grid, const char *name)
{
	g_string_printf(grid->label, "%s!", name);
	grid->sheet = grid->label->len;
}

void
fn_grid_sheet(FnGrid *grid, const char *name, const char *hidden)
{
	g_autofree char *place = hidden ? g_strdup_printf("%s sheet", hidden) : g_strdup("");

	fn_grid_name(grid, name);
	grid->row = grid->column = grid->width = 0;
	grid->first = TRUE;
	fn_extract_begin(grid->extract, place);
}

/* Can these bytes be a finding of their own? Short ASCII cannot, and a place for each of them would cost more than the text. */
static gboolean
worth_a_place(const char *text, gsize size)
{
	if (size > 5)
		return TRUE;
	for (gsize i = 0; i < size; i++)
		if ((guchar)text[i] >= 0x80)
			return TRUE;
	return FALSE;
}

static void
set_label(FnGrid *grid, guint row, guint column)
{
	char digits[32];
	gsize at = sizeof digits;

	g_string_truncate(grid->label, grid->sheet);
	digits[--at] = 0;
	do
		digits[--at] = (char)('0' + row % 10);
	while (row /= 10);
	for (; column; column = (column - 1) / 26)
		digits[--at] = (char)('A' + (column - 1) % 26);
	g_string_append_len(grid->label, digits + at, (gssize)(sizeof digits - 1 - at));
}

void
fn_grid_place(FnGrid *grid, guint row, guint column)
{
	set_label(grid, row, column);
	fn_extract_place(grid->extract, grid->label->str);
}

/* Ends the row before and pads with tabs up to this cell. */
static void
move_to(FnGrid *grid, guint row, guint column)
{
	guint target;

	if (row != grid->row) {
		if (grid->row) {
			g_string_append_c(grid->line, '\n');
			if (grid->first)
				grid->width = MIN(grid->column, FN_GRID_GAP);
			grid->first = FALSE;
		}
		grid->row = row;
		grid->column = 1;
	} else if (grid->column == 0) {
		grid->column = 1;
	}
	/* Far beyond the first row nothing is aligned any more: one column behind it. */
	target = MIN(column, grid->first ? grid->column + FN_GRID_GAP : MAX(grid->width, grid->column) + 1);
	for (guint i = grid->column; i < target; i++)
		g_string_append_c(grid->line, '\t');
	grid->column = MAX(column, grid->column);
}

static gboolean
tell_cell(FnGrid *grid, guint row, guint column, const char *text, gsize size)
{
	set_label(grid, row, column);
	if (grid->number)
		g_string_append(grid->label, " number");
	fn_extract_place(grid->extract, grid->label->str);
	grid->stopped = !fn_extract_text(grid->extract, text, (gssize)size);
	return !grid->stopped;
}

gboolean
fn_grid_cell(FnGrid *grid, guint row, guint column, const char *text, gsize size)
{
	gsize from;

	if (grid->stopped || size == 0)
		return !grid->stopped;
	if (fn_extract_wants_cells(grid->extract))
		return tell_cell(grid, row, column, text, size);
	move_to(grid, row, column);
	if (worth_a_place(text, size)) {
		/* What came up to here still belongs to the cell before. */
		grid->stopped = grid->line->len && !fn_extract_text(grid->extract, grid->line->str, (gssize)grid->line->len);
		g_string_truncate(grid->line, 0);
		fn_grid_place(grid, row, column);
	}
	from = grid->line->len;
	g_string_append_len(grid->line, text, (gssize)size);
	for (char *c = grid->line->str + from; c < grid->line->str + grid->line->len; c++)
		if (*c == '\t' || *c == '\n' || *c == '\r')
			*c = ' ';
	return !grid->stopped;
}

void
fn_grid_aside(FnGrid *grid, FnGridAside kind, guint row, guint column, const char *text)
{
	if (*text)
		g_string_append_printf(grid->asides[kind], "%u %u %s%c", row, column, text, 0);
}

static void
say_asides(FnGrid *grid, FnGridAside kind)
{
	static const char *const names[FN_GRID_ASIDES] = {"formulas", "comments"};
	g_autofree char *place = g_strdup_printf("%.*s, %s", (int)grid->sheet - 1, grid->label->str, names[kind]);
	const char *at = grid->asides[kind]->str, *end = at + grid->asides[kind]->len;

	if (at < end)
		fn_extract_begin(grid->extract, place);
	while (at < end && !grid->stopped) {
		char *text;
		guint row = (guint)g_ascii_strtoull(at, &text, 10);
		guint column = (guint)g_ascii_strtoull(text, &text, 10);

		fn_grid_place(grid, row, column);
		grid->stopped = !fn_extract_text(grid->extract, text + 1, -1) || !fn_extract_text(grid->extract, "\n", 1);
		at = text + strlen(text) + 1;
	}
	g_string_truncate(grid->asides[kind], 0);
}

void
fn_grid_end(FnGrid *grid)
{
	if (grid->row)
		g_string_append_c(grid->line, '\n');
	if (!grid->stopped && grid->line->len)
		grid->stopped = !fn_extract_text(grid->extract, grid->line->str, (gssize)grid->line->len);
	g_string_truncate(grid->line, 0);
	grid->row = 0;
	for (guint i = 0; i < FN_GRID_ASIDES; i++)
		say_asides(grid, i);
}

gboolean
fn_grid_reference(const char *reference, guint *row, guint *column)
{
	guint letters = 0, number = 0;
	const char *c = reference;

	for (; g_ascii_isalpha(*c) && letters < 20000; c++)
		letters = letters * 26 + (guint)(g_ascii_toupper(*c) - 'A') + 1;
	for (; g_ascii_isdigit(*c) && number < 100000000; c++)
		number = number * 10 + (guint)(*c - '0');
	if (*c || letters == 0 || number == 0)
		return FALSE;
	*row = number;
	*column = letters;
	return TRUE;
}

/* Parts of "-1.25E+17": where the digits are and how far the point moves. FALSE when it has no exponent that we resolve. */
static gboolean
take_apart(const char *number, gsize size, gsize *exponent_at, int *exponent)
{
	const char *e = memchr(number, 'E', size);
	gsize i;
	int sign = 1, value = 0;

	e = e ? e : memchr(number, 'e', size);
	if (!e || e == number)
		return FALSE;
	i = (gsize)(e - number) + 1;
	if (i < size && (number[i] == '+' || number[i] == '-'))
		sign = number[i++] == '-' ? -1 : 1;
	if (i == size)
		return FALSE;
	for (; i < size; i++) {
		if (!g_ascii_isdigit(number[i]) || value > 40)
			return FALSE;
		value = value * 10 + (number[i] - '0');
	}
	*exponent_at = (gsize)(e - number);
	*exponent = sign * value;
	return value <= 40;
}

void
fn_grid_number(GString *out, const char *number, gsize size)
{
	gsize end, before = 0, after = 0, from = 0;
	const char *point;
	int exponent;

	if (!take_apart(number, size, &end, &exponent) || exponent < 0) {
		g_string_append_len(out, number, (gssize)size);
		return;
	}
	if (number[0] == '-' || number[0] == '+')
		from = 1;
	point = memchr(number, '.', end);
	before = (point ? (gsize)(point - number) : end) - from;
	after = point ? end - from - before - 1 : 0;
	g_string_append_len(out, number, (gssize)(from + before));
	if (point)
		g_string_append_len(out, point + 1, (gssize)MIN(after, (gsize)exponent));
	for (gsize i = after; i < (gsize)exponent; i++)
		g_string_append_c(out, '0');
	if (after > (gsize)exponent) {
		g_string_append_c(out, '.');
		g_string_append_len(out, point + 1 + exponent, (gssize)(after - (gsize)exponent));
	}
}
