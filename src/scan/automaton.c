/* Our own literal finder: Aho and Corasick's automaton ("Efficient string matching", CACM 1975) over bytes, as a double
 * array, behind a filter.
 *
 * A state is a slot. Its child by byte c lies at base ^ c and has c as its label; bases are unique, so a slot that has the
 * right label has the right parent. The children of a state lie in one block of 256 slots. A state takes 12 bytes.
 *
 * Of a text hardly a place begins a literal. The filter says so from the first PREFIX bytes there, without a state; only
 * where it does not, the automaton runs, until no more than a few bytes behind could begin a literal. The filter knows all
 * ways to write those bytes; the automaton simplifies the text as it goes. */
#include "scan/scan.h"
#include "scan/words.h"

#include <string.h>

enum {
	BLOCK = 256,
	OPEN_MAX = 16,        /* blocks that are still tried for a place */
	BLOCKS_MAX = 1 << 17, /* 32 million states, 400 MB */
	PREFIX = 8, SOME = 6, FEW = 3, /* bytes that the filter looks at: of long literals, of shorter ones, of the shortest */
	FEW_BITS = 16,
	MORE_MIN = 6, MORE_MAX = 17, /* places of Filter.more: 2 to the power of */
};

typedef struct {
	guint32 base;      /* 0: no children; block 0 has nothing but the root */
	guint32 fail : 25; /* where the longest proper suffix leads that begins a literal */
	guint32 fallen : 7; /* how many bytes that suffix has */
	guint32 label : 8; /* 0: an empty slot */
	guint32 output : 24; /* what ends here, 0: nothing */
} State;

/* Bits by hash of the bytes at a place where a literal may begin. */
typedef struct {
	gboolean first[BLOCK];               /* by the first byte */
	guint64 any[(1 << FEW_BITS) / 64];   /* FEW bytes: of any literal */
	guint64 brief[(1 << FEW_BITS) / 64]; /* FEW bytes: of one shorter than SOME */
	guint64 *more;                       /* SOME bytes, or PREFIX where a literal has as many: three bits of one place */
	guint shift;
	gboolean some;                       /* is there one of less than PREFIX bytes? */
} Filter;

typedef struct {
	guint32 literal;
	guint32 next; /* what else ends there, shorter or the same */
} Output;

typedef struct {
	State *state;
	Output *output;
	gsize states, outputs; /* places for them */
	Filter filter;
} Automaton;

/* ---- building ---- */

typedef struct {
	guint64 used[BLOCK / 64];  /* slots */
	guint64 based[BLOCK / 64]; /* bases */
} Block;

/* The literals from @low to @high begin with the bytes that lead to @state. */
typedef struct {
	guint32 state, low, high;
} Range;

typedef struct {
	Automaton *automaton;
	const FnLiteral *literal;
	guint32 *sorted;
	GArray *blocks; /* Block */
	guint32 open[OPEN_MAX];
	guint opens;
	guint32 outputs;
	gboolean full;
} Builder;

static int
by_bytes(gconstpointer a, gconstpointer b, gpointer literals)
{
	const FnLiteral *one = (const FnLiteral *)literals + *(const guint32 *)a, *two = (const FnLiteral *)literals + *(const guint32 *)b;
	int order = memcmp(one->text, two->text, MIN(one->size, two->size));

	return order != 0 ? order : (one->size > two->size) - (one->size < two->size);
}

static gboolean
has_bit(const guint64 *bits, guint32 i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static void
set_bit(guint64 *bits, guint32 i)
{
	bits[i / 64] |= G_GUINT64_CONSTANT(1) << i % 64;
}

static gboolean
open_block(Builder *builder)
{
	Block block = { 0 };
	guint32 number = builder->blocks->len;
	Automaton *automaton = builder->automaton;

	if (number == BLOCKS_MAX) {
		builder->full = TRUE;
		return FALSE;
	}
	/* Doubling keeps the copies few. */
	if ((number & (number - 1)) == 0)
		automaton->state = g_renew(State, automaton->state, (gsize)MAX(1, number * 2) * BLOCK);
	g_assert(automaton->state != NULL);
	memset(automaton->state + (gsize)number * BLOCK, 0, BLOCK * sizeof(State));
	g_array_append_val(builder->blocks, block);
	if (builder->opens == OPEN_MAX)
		memmove(builder->open, builder->open + 1, --builder->opens * sizeof(*builder->open));
	builder->open[builder->opens++] = number;
	return TRUE;
}

/* Looks for a base in block @number whose slots for all @n labels are free. */
static gboolean
fits(const Block *block, const guint8 *label, guint n, guint32 *base)
{
	for (guint word = 0; word < BLOCK / 64; word++)
		for (guint64 free = ~block->used[word]; free != 0; free &= free - 1) {
			guint32 slot = word * 64 + (guint32)__builtin_ctzll(free);
			guint i = 1;

			*base = slot ^ label[0];
			if (has_bit(block->based, *base))
				continue;
			while (i < n && !has_bit(block->used, *base ^ label[i]))
				i++;
			if (i == n)
				return TRUE;
		}
	return FALSE;
}

/* A block without a free slot is tried no more. */
static void
close_block(Builder *builder, guint i)
{
	const Block *block = &g_array_index(builder->blocks, Block, builder->open[i]);
	guint64 all = ~G_GUINT64_CONSTANT(0);

	for (guint word = 0; word < BLOCK / 64; word++)
		all &= block->used[word];
	if (~all == 0)
		memmove(builder->open + i, builder->open + i + 1, (--builder->opens - i) * sizeof(*builder->open));
}

/* 0 when there is no room. */
static guint32
find_base(Builder *builder, const guint8 *label, guint n)
{
	guint32 number, base = 0;
	Block *block;
	guint i = 0;

	while (i < builder->opens && !fits(&g_array_index(builder->blocks, Block, builder->open[i]), label, n, &base))
		i++;
	if (i == builder->opens) {
		if (!open_block(builder))
			return 0;
		i = builder->opens - 1;
		base = label[0];
	}
	number = builder->open[i];
	block = &g_array_index(builder->blocks, Block, number);
	set_bit(block->based, base);
	for (guint l = 0; l < n; l++)
		set_bit(block->used, base ^ label[l]);
	close_block(builder, i);
	return number * BLOCK + base;
}

static guint32
child_of(const Automaton *automaton, guint32 state, guint8 label)
{
	guint32 child = automaton->state[state].base ^ label;

	return automaton->state[child].label == label ? child : 0;
}

/* Where @state, the child of @parent by @label, falls: the longest suffix of its bytes that begins a literal. */
static void
set_fail(Automaton *automaton, guint32 state, guint32 parent, guint8 label)
{
	while (parent != 0) {
		guint fallen = automaton->state[parent].fallen;
		guint32 child;

		parent = automaton->state[parent].fail;
		child = child_of(automaton, parent, label);
		if (child == 0)
			continue;
		automaton->state[state].fail = child & 0x1ffffff;
		automaton->state[state].fallen = (fallen + 1) & 0x7f;
		return;
	}
}

static void
add_output(Builder *builder, guint32 state, guint32 literal)
{
	Automaton *automaton = builder->automaton;

	automaton->output[builder->outputs] = (Output){ literal, automaton->state[state].output };
	automaton->state[state].output = builder->outputs++ & 0xffffff;
}

/* Gives the state of @range its outputs and its children, and the children's ranges to @next. */
static void
grow(Builder *builder, Range range, guint depth, GArray *next)
{
	Automaton *automaton = builder->automaton;
	guint8 label[BLOCK];
	guint32 begin[BLOCK + 1], base;
	guint n = 0;

	automaton->state[range.state].output = automaton->state[automaton->state[range.state].fail].output;
	for (; range.low < range.high && builder->literal[builder->sorted[range.low]].size == depth; range.low++)
		add_output(builder, range.state, builder->sorted[range.low]);
	for (guint32 i = range.low; i < range.high; i++) {
		guint8 c = (guint8)builder->literal[builder->sorted[i]].text[depth];

		if (n == 0 || label[n - 1] != c) {
			label[n] = c;
			begin[n++] = i;
		}
	}
	begin[n] = range.high;
	if (n == 0 || (base = find_base(builder, label, n)) == 0)
		return;
	automaton->state[range.state].base = base;
	for (guint i = 0; i < n; i++) {
		Range child = { base ^ label[i], begin[i], begin[i + 1] };

		automaton->state[child.state].label = label[i];
		g_array_append_val(next, child);
	}
	for (guint i = 0; i < n; i++)
		set_fail(automaton, base ^ label[i], range.state, label[i]);
}

static void
build(Builder *builder, guint n)
{
	g_autoptr(GArray) now = g_array_new(FALSE, FALSE, sizeof(Range)), next = g_array_new(FALSE, FALSE, sizeof(Range));
	Range all = { 0, 0, n };

	open_block(builder);
	builder->opens = 0;
	g_array_append_val(now, all);
	for (guint depth = 0; now->len > 0 && !builder->full; depth++) {
		GArray *done = now;

		for (guint i = 0; i < now->len && !builder->full; i++)
			grow(builder, g_array_index(now, Range, i), depth, next);
		now = next;
		next = done;
		g_array_set_size(next, 0);
	}
}

/* ---- the filter ---- */

static guint32
hash_few(guint64 bytes)
{
	return (guint32)(bytes & 0xffffff) * 0x9e3779b1u >> (32 - FEW_BITS);
}

static guint64
hash_more(guint64 bytes, guint size)
{
	return (bytes << (64 - 8 * size)) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
}

static guint64
three_bits(guint64 hash)
{
	return G_GUINT64_CONSTANT(1) << (hash >> 41 & 63) | G_GUINT64_CONSTANT(1) << (hash >> 35 & 63) | G_GUINT64_CONSTANT(1) << (hash >> 29 & 63);
}

static gboolean
has_more(const Filter *filter, guint64 hash)
{
	guint64 bits = three_bits(hash);

	return (filter->more[hash >> filter->shift] & bits) == bits;
}

/* The bytes from @i on, the first in the lowest place; zero behind the end. */
static guint64
load(const char *bytes, gsize size, gsize i)
{
	guint64 word = 0;

	memcpy(&word, bytes + i, MIN(size - i, sizeof(word)));
	return GUINT64_FROM_LE(word);
}

/* A to Z become a to z in all eight bytes at once. */
static guint64
lower(guint64 bytes)
{
	const guint64 each = G_GUINT64_CONSTANT(0x0101010101010101);
	guint64 low = bytes & each * 0x7f;
	guint64 upper = (low + each * (0x80 - 'A')) & ~(low + each * (0x7f - 'Z')) & ~bytes & each * 0x80;

	return bytes | upper >> 2;
}

/* @literal begins with @bytes, or, in another script, so does what means the same. */
static void
add_bytes(Filter *filter, const FnLiteral *literal, guint64 bytes)
{
	guint open = literal->size < FEW ? 8 * (FEW - literal->size) : 0; /* bits that may be anything */

	for (guint c = 0; c < BLOCK; c++)
		filter->first[c] |= g_ascii_tolower((char)c) == (char)bytes;
	for (guint64 rest = 0; rest < G_GUINT64_CONSTANT(1) << open; rest++) {
		guint32 hash = hash_few(bytes | rest << (8 * FEW - open));

		set_bit(filter->any, hash);
		if (literal->size < SOME)
			set_bit(filter->brief, hash);
	}
	if (literal->size >= SOME) {
		guint64 hash = hash_more(bytes, literal->size < PREFIX ? SOME : PREFIX);

		filter->more[hash >> filter->shift] |= three_bits(hash);
	}
	filter->some |= literal->size >= SOME && literal->size < PREFIX;
}

/* All ways to write the first PREFIX bytes; @text has those of the first @done decided. */
static void
add_ways(Filter *filter, const FnLiteral *literal, char text[PREFIX + 6], guint done)
{
	gunichar forms[FN_SCRIPT_FORMS];
	guint ways;

	if (done >= PREFIX || done == literal->size) {
		add_bytes(filter, literal, load(text, MIN(done, PREFIX), 0));
		return;
	}
	ways = fn_script_forms(g_utf8_get_char(literal->text + done), forms);
	for (guint i = 0; i < ways; i++)
		add_ways(filter, literal, text, done + (guint)g_unichar_to_utf8(forms[i], text + done));
}

static void
make_filter(Filter *filter, const FnLiteral *literal, guint n)
{
	char text[PREFIX + 6];
	guint size = MORE_MIN;

	while (size < MORE_MAX && 1u << size < n)
		size++;
	filter->more = g_new0(guint64, 1u << size);
	filter->shift = 64 - size;
	for (guint i = 0; i < n; i++)
		add_ways(filter, &literal[i], text, 0);
}

/* May a literal begin with these bytes, whose first few may begin one? */
static gboolean
passes(const Filter *filter, guint64 bytes)
{
	return has_more(filter, hash_more(bytes, PREFIX)) || has_bit(filter->brief, hash_few(bytes)) ||
		(filter->some && has_more(filter, hash_more(bytes, SOME)));
}

/* The next place from @i on where a literal may begin. */
static gsize
next_place(const Filter *filter, const char *bytes, gsize size, gsize i)
{
	for (; i < size; i++) {
		guint64 here, few;
		gboolean wide;

		if (!filter->first[(guint8)bytes[i]])
			continue;
		here = i + 8 <= size ? load(bytes, i + 8, i) : load(bytes, size, i);
		wide = (here & 0xc0c0f0) == 0x8080e0; /* a character of three bytes: inside of it no literal begins */
		few = wide ? here : lower(here);
		if (has_bit(filter->any, hash_few(few)) && passes(filter, lower(here)))
			return i;
		i += wide ? 2 : 0;
	}
	return size;
}

static void
free_automaton(gpointer data)
{
	Automaton *automaton = data;

	g_free(automaton->filter.more);
	g_free(automaton->state);
	g_free(automaton->output);
	g_free(automaton);
}

static gpointer
compile(const FnLiteral *literal, guint n, GError **error)
{
	Automaton *automaton = g_new0(Automaton, 1);
	Builder builder = { .automaton = automaton, .literal = literal, .blocks = g_array_new(FALSE, FALSE, sizeof(Block)), .outputs = 1 };

	g_assert(n < 1 << 24);
	automaton->output = g_new0(Output, n + 1);
	builder.sorted = g_new(guint32, n);
	for (guint i = 0; i < n; i++)
		builder.sorted[i] = i;
	g_qsort_with_data(builder.sorted, (int)n, sizeof(guint32), by_bytes, (gpointer)literal);
	build(&builder, n);
	make_filter(&automaton->filter, literal, n);
	automaton->states = (gsize)builder.blocks->len * BLOCK;
	automaton->outputs = n + 1;
	automaton->state = g_renew(State, automaton->state, automaton->states);
	g_array_unref(builder.blocks);
	g_free(builder.sorted);
	if (!builder.full)
		return automaton;
	free_automaton(automaton);
	g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_MACHINE, "the words of the rules need more than %d states; take some out of the dictionaries",
		BLOCKS_MAX * BLOCK);
	return NULL;
}

static gsize
size_of(gconstpointer data)
{
	const Automaton *automaton = data;

	return sizeof(*automaton) + automaton->states * sizeof(State) + automaton->outputs * sizeof(Output) +
		((gsize)8 << (64 - automaton->filter.shift));
}

/* ---- finding ---- */

typedef struct {
	const Automaton *automaton;
	const char *bytes;
	gsize size;
	gsize told; /* literals that end up to here were told */
	FnLiteralFound found;
	gpointer data;
} Search;

static void
tell(Search *search, guint32 state, gsize end)
{
	const Output *all = search->automaton->output;

	for (guint32 output = search->automaton->state[state].output; output != 0; output = all[output].next)
		search->found(all[output].literal, end, search->data);
}

/* The byte at @i as it stands in literals. @character: the three bytes of the character in which it stands, folded. */
static guint8
fold(const Search *search, gsize i, char character[6], gsize *place)
{
	guint8 byte = (guint8)search->bytes[i];

	if (i - *place < 3)
		return (guint8)character[i - *place];
	/* Words have no zero, which is the label of empty slots; nor have they this. */
	if (byte < 0x80)
		return byte == 0 ? 0xff : (guint8)g_ascii_tolower((char)byte);
	if ((byte & 0xf0) != 0xe0 || i + 3 > search->size || (load(search->bytes, i + 3, i) & 0xc0c000) != 0x808000)
		return byte;
	*place = i;
	g_unichar_to_utf8(fn_script_fold(g_utf8_get_char(search->bytes + i)), character);
	return (guint8)*character;
}

/* Runs the automaton from @i on, until less than PREFIX bytes may begin a literal; gives where those begin. */
static gsize
run(Search *search, gsize i)
{
	const State *all = search->automaton->state;
	guint32 state = 0;
	gsize began = i, place = G_MAXSIZE / 2; /* far from here */
	char character[6];

	for (; i < search->size; i++) {
		guint8 c = fold(search, i, character, &place);
		guint32 child;

		while (all[child = all[state].base ^ c].label != c) {
			if (all[state].fallen < PREFIX)
				return MAX(i - all[state].fallen, began + 1);
			state = all[state].fail;
		}
		state = child;
		if (i < search->told)
			continue;
		if (all[state].output != 0)
			tell(search, state, i + 1);
		search->told = i + 1;
	}
	return i;
}

static void
find(gconstpointer data, gpointer scratch, const char *bytes, gsize size, FnLiteralFound found, gpointer context)
{
	const Automaton *automaton = data;
	Search search = { automaton, bytes, size, 0, found, context };

	for (gsize i = next_place(&automaton->filter, bytes, size, 0); i < size; i = next_place(&automaton->filter, bytes, size, i))
		i = run(&search, i);
}

static gboolean
here(void)
{
	return TRUE;
}

static gpointer
scratch_new(gconstpointer automaton)
{
	return NULL;
}

static void
scratch_free(gpointer scratch)
{
}

const FnWordFinder fn_own_finder = { "own", TRUE, here, compile, free_automaton, size_of, scratch_new, scratch_free, find };
