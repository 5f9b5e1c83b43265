/* From words to literals, and back from literals to hits.
 *
 * Each word is kept folded: ASCII in lower case, Han simplified. A finder that folds the text takes it so. For others the
 * literals are the ways to write its last characters, as many characters as have at most VARIANTS_MAX ways together; what
 * stands before them is compared folded once a literal is found. So every mixture of Simplified and Traditional is found,
 * and the automaton stays small. */
#include "scan/words.h"

#include "scan/scan.h"

#include <string.h>

enum {
	VARIANTS_MAX = 16,
	LITERALS_MAX = 4000000,
	FEW_WORDS = 4000, /* from here on our own finder is the faster one, and it is built at once */
};

typedef struct {
	guint32 text; /* place in FnWords.text, with an end mark */
	guint8 size;
	guint8 key; /* bytes at its end that its literals stand for */
} Word;

struct FnWords {
	GString *text;
	GArray *words;      /* Word */
	GHashTable *known;  /* folded text → number + 1; until compiled */
	guint32 *of_literal; /* the word of each literal */
	const FnWordFinder *finder;
	gpointer automaton; /* NULL without words */
};

const FnWordFinder *const fn_word_finders[] = {
#ifdef FN_VECTORSCAN
	&fn_vectorscan,
#endif
	&fn_own_finder,
	&fn_tails,
	&fn_tails_portable,
	NULL,
};

FnWords *
fn_words_new(void)
{
	FnWords *words = g_new0(FnWords, 1);

	words->text = g_string_new(NULL);
	words->words = g_array_new(FALSE, FALSE, sizeof(Word));
	words->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return words;
}

void
fn_words_free(FnWords *words)
{
	if (words == NULL)
		return;
	if (words->automaton != NULL)
		words->finder->free(words->automaton);
	g_string_free(words->text, TRUE);
	g_array_unref(words->words);
	g_clear_pointer(&words->known, g_hash_table_unref);
	g_free(words->of_literal);
	g_free(words);
}

guint
fn_words_count(const FnWords *words)
{
	return words->words->len;
}

static char *
fold_text(const char *text)
{
	GString *folded = g_string_new(NULL);

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		g_string_append_unichar(folded, c < 0x80 ? (gunichar)g_ascii_tolower((char)c) : fn_script_fold(c));
	}
	return g_string_free(folded, FALSE);
}

guint
fn_words_add(FnWords *words, const char *text)
{
	g_autofree char *folded = fold_text(text);
	guint number = GPOINTER_TO_UINT(g_hash_table_lookup(words->known, folded));
	Word word = { (guint32)words->text->len, (guint8)strlen(folded), 0 };

	if (number > 0)
		return number - 1;
	g_assert(word.size > 0 && word.size <= FN_WORD_SIZE);
	g_string_append_len(words->text, folded, word.size + 1);
	g_array_append_val(words->words, word);
	g_hash_table_insert(words->known, g_steal_pointer(&folded), GUINT_TO_POINTER(words->words->len));
	return words->words->len - 1;
}

/* ---- literals ---- */

typedef struct {
	GString *text;   /* of all literals, without end marks */
	GArray *literal; /* FnLiteral; text is an offset until all are there */
	GArray *word;    /* guint32 */
} Literals;

/* How many bytes at the end of @text have at most VARIANTS_MAX ways to be written. */
static guint
key_size(const char *text, guint size)
{
	gunichar forms[FN_SCRIPT_FORMS];
	guint ways = 1;

	for (const char *at = text + size; at > text;) {
		const char *before = g_utf8_prev_char(at);

		ways *= fn_script_forms(g_utf8_get_char(before), forms);
		if (ways > VARIANTS_MAX)
			return (guint)(text + size - at);
		at = before;
	}
	return size;
}

static void
add_literal(Literals *literals, guint32 word, const char *text, guint size)
{
	FnLiteral literal = { GSIZE_TO_POINTER(literals->text->len), size };

	g_string_append_len(literals->text, text, size);
	g_array_append_val(literals->literal, literal);
	g_array_append_val(literals->word, word);
}

/* All ways to write @text, whose first @done bytes are decided. */
static void
add_ways(Literals *literals, guint32 word, char text[FN_WORD_SIZE], guint size)
{
	guint8 place[FN_WORD_SIZE], chosen[FN_WORD_SIZE] = { 0 };
	guint n = 0, at;

	for (guint i = 0; i < size; i += (guint)g_utf8_skip[(guint8)text[i]])
		place[n++] = (guint8)i;
	do {
		add_literal(literals, word, text, size);
		/* The next way, as a counter goes up: the last character that has a further form takes it, those behind begin anew. */
		for (at = n; at > 0; at--) {
			gunichar forms[FN_SCRIPT_FORMS];
			guint ways = fn_script_forms(g_utf8_get_char(text + place[at - 1]), forms);

			chosen[at - 1] = (guint8)((chosen[at - 1] + 1u) % ways);
			if (ways > 1)
				g_unichar_to_utf8(forms[chosen[at - 1]], text + place[at - 1]);
			if (chosen[at - 1] != 0)
				break;
		}
	} while (at > 0);
}

static void
make_literals(FnWords *words, Literals *literals)
{
	for (guint32 i = 0; i < words->words->len; i++) {
		Word *word = &g_array_index(words->words, Word, i);
		char text[FN_WORD_SIZE];

		word->key = words->finder->folds ? word->size : (guint8)key_size(words->text->str + word->text, word->size);
		memcpy(text, words->text->str + word->text + word->size - word->key, word->key);
		if (words->finder->folds)
			add_literal(literals, i, text, word->size);
		else
			add_ways(literals, i, text, word->key);
	}
	for (guint i = 0; i < literals->literal->len; i++) {
		FnLiteral *literal = &g_array_index(literals->literal, FnLiteral, i);

		literal->text = literals->text->str + GPOINTER_TO_SIZE(literal->text);
	}
}

static const FnWordFinder *
best_finder(const FnWords *words)
{
	guint i = 0;

	while (!fn_word_finders[i]->here())
		i++;
	return words->words->len < FEW_WORDS ? fn_word_finders[i] : &fn_own_finder;
}

gboolean
fn_words_compile(FnWords *words, const FnWordFinder *finder, GError **error)
{
	Literals literals = { g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(FnLiteral)), g_array_new(FALSE, FALSE, sizeof(guint32)) };
	gboolean fine = TRUE;

	words->finder = finder != NULL ? finder : best_finder(words);
	make_literals(words, &literals);
	g_clear_pointer(&words->known, g_hash_table_unref);
	if (literals.literal->len > LITERALS_MAX) {
		g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_MACHINE, "%u words need more than %d literals; take some out of the dictionaries",
			words->words->len, LITERALS_MAX);
		fine = FALSE;
	} else if (words->words->len > 0) {
		words->automaton = words->finder->compile((const FnLiteral *)(const void *)literals.literal->data, literals.literal->len, error);
		fine = words->automaton != NULL;
	}
	g_string_free(literals.text, TRUE);
	g_array_unref(literals.literal);
	words->of_literal = (guint32 *)(void *)g_array_free(literals.word, FALSE);
	return fine;
}

const char *
fn_words_finder(const FnWords *words)
{
	return words->finder->name;
}

gsize
fn_words_size(const FnWords *words)
{
	return words->automaton != NULL ? words->finder->size(words->automaton) : 0;
}

gpointer
fn_words_scratch_new(const FnWords *words)
{
	return words->automaton != NULL ? words->finder->scratch_new(words->automaton) : NULL;
}

void
fn_words_scratch_free(const FnWords *words, gpointer scratch)
{
	if (scratch != NULL)
		words->finder->scratch_free(scratch);
}

/* ---- hits ---- */

typedef struct {
	const FnWords *words;
	const char *bytes;
	GArray *hits;
	guint first;
	gsize begun, from; /* the finder began at @begun; hits up to @from are not wanted */
} Search;

/* Do the @size bytes at @text, folded, read as @folded? */
static gboolean
reads_as(const char *text, const char *folded, guint size)
{
	for (guint i = 0; i < size;) {
		guint8 lead = (guint8)folded[i];

		if (lead < 0x80 || (lead & 0xf0) != 0xe0) {
			if (g_ascii_tolower(text[i]) != folded[i])
				return FALSE;
			i++;
			continue;
		}
		if (memcmp(text + i, folded + i, 3) != 0) {
			gunichar c = g_utf8_get_char_validated(text + i, 3);

			if (fn_script_fold(c) != g_utf8_get_char(folded + i))
				return FALSE;
		}
		i += 3;
	}
	return TRUE;
}

static gboolean
stands_before(const FnWordHit *a, const FnWordHit *b)
{
	return a->end != b->end ? a->end < b->end : a->size > b->size;
}

static void
take_literal(guint literal, gsize end, gpointer data)
{
	Search *search = data;
	const FnWords *words = search->words;
	guint32 number = words->of_literal[literal];
	const Word *word = &g_array_index(words->words, Word, number);
	FnWordHit hit = { (guint32)(end += search->begun), word->size, number };
	FnWordHit *all;
	guint at;

	if (end <= search->from)
		return;
	if (word->key < word->size && (end < word->size ||
		!reads_as(search->bytes + end - word->size, words->text->str + word->text, word->size - word->key)))
		return;
	g_array_append_val(search->hits, hit);
	all = (FnWordHit *)(void *)search->hits->data;
	for (at = search->hits->len - 1; at > search->first && stands_before(&hit, &all[at - 1]); at--)
		all[at] = all[at - 1];
	all[at] = hit;
}

void
fn_words_find_from(const FnWords *words, gpointer scratch, const char *bytes, gsize from, gsize size, GArray *hits)
{
	gsize begun = from > FN_WORD_SIZE ? from - FN_WORD_SIZE : 0;
	Search search = { words, bytes, hits, hits->len, begun, from };

	g_assert(size < G_MAXUINT32);
	if (words->automaton != NULL && begun < size)
		words->finder->find(words->automaton, scratch, bytes + begun, size - begun, take_literal, &search);
}

void
fn_words_find(const FnWords *words, gpointer scratch, const char *bytes, gsize size, GArray *hits)
{
	fn_words_find_from(words, scratch, bytes, 0, size, hits);
}
