#include "scan/fixture.h"
#include "scan/script.h"

/* ---- the plain way: every word at every place ---- */

static gboolean
same(const char *text, gsize size, const char *word, gsize *used)
{
	const char *at = text;

	for (; *word != '\0'; word = g_utf8_next_char(word)) {
		gunichar wanted = g_utf8_get_char(word), c;

		if (at >= text + size)
			return FALSE;
		c = g_utf8_get_char_validated(at, text + size - at);
		if (c == (gunichar)-1 || c == (gunichar)-2)
			return FALSE;
		if (c < 0x80 && wanted < 0x80 ? g_ascii_tolower((char)c) != g_ascii_tolower((char)wanted)
			: fn_script_fold(c) != fn_script_fold(wanted))
			return FALSE;
		at = g_utf8_next_char(at);
	}
	*used = (gsize)(at - text);
	return TRUE;
}

static void
write_hit(GString *out, gsize end, gsize size, guint word)
{
	g_string_append_printf(out, "%zu-%zu:%u\n", end, size, word);
}

/* @number: of each word, as fn_words_add() gave it. */
static char *
plainly(const GPtrArray *word, const GArray *number, const char *text, gsize size)
{
	GString *out = g_string_new(NULL);

	for (gsize end = 1; end <= size; end++)
		for (gsize start = end > FN_WORD_SIZE ? end - FN_WORD_SIZE : 0; start < end; start++)
			for (guint w = 0; w < word->len; w++) {
				gsize used;

				if (!same(text + start, end - start, word->pdata[w], &used) || start + used != end)
					continue;
				write_hit(out, end, used, g_array_index(number, guint, w));
				break;
			}
	return g_string_free(out, FALSE);
}

static char *
found_by(const FnWords *words, const char *text, gsize size)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(FnWordHit));
	gpointer scratch = fn_words_scratch_new(words);

	fn_words_find(words, scratch, text, size, hits);
	for (guint i = 0; i < hits->len; i++) {
		const FnWordHit *hit = &g_array_index(hits, FnWordHit, i);

		write_hit(out, hit->end, hit->size, hit->word);
	}
	fn_words_scratch_free(words, scratch);
	return g_string_free(out, FALSE);
}

/* Words and texts of few characters, so that they overlap, begin and end each other. */
static char *
random_text(GRand *rand, const char *const *letter, guint letters, guint n)
{
	GString *text = g_string_new(NULL);

	while (n-- > 0)
		g_string_append(text, letter[g_rand_int_range(rand, 0, (gint32)letters)]);
	return g_string_free(text, FALSE);
}

static FnWords *
compile(const FnWordFinder *finder, const GPtrArray *word, GArray *number)
{
	FnWords *words = fn_words_new();
	g_autoptr(GError) error = NULL;

	g_array_set_size(number, 0);
	for (guint i = 0; i < word->len; i++) {
		guint added = fn_words_add(words, word->pdata[i]);

		g_array_append_val(number, added);
	}
	fn_words_compile(words, finder, &error);
	g_assert_no_error(error);
	return words;
}

static void
check_round(GRand *rand, const char *const *letter, guint letters)
{
	g_autoptr(GPtrArray) word = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) number = g_array_new(FALSE, FALSE, sizeof(guint));
	guint n = (guint)g_rand_int_range(rand, 1, 30);

	while (word->len < n)
		g_ptr_array_add(word, random_text(rand, letter, letters, (guint)g_rand_int_range(rand, 1, g_rand_boolean(rand) ? 4 : 17)));
	for (guint i = 0; fn_word_finders[i] != NULL; i++) {
		g_autoptr(FnWords) words = compile(fn_word_finders[i], word, number);

		for (guint round = 0; round < 4; round++) {
			g_autofree char *text = random_text(rand, letter, letters, (guint)g_rand_int_range(rand, 0, 120));
			/* Also cut inside a character. */
			gsize size = strlen(text) - (gsize)g_rand_int_range(rand, 0, *text != '\0' ? 2 : 1);
			g_autofree char *expected = plainly(word, number, text, size), *found = found_by(words, text, size);

			g_assert_cmpstr(found, ==, expected);
		}
	}
}

/* All ways to find words give what the plain way gives. */
static void
test_property(void)
{
	static const char *const ascii[] = { "a", "b", "A", "B", "1" };
	static const char *const han[] = { "国", "國", "机", "機", "发", "發", "髮", "台" };
	static const char *const mixed[] = { "a", "A", "国", "國", "一", "é", "\xf0\xa0\x80\x80", " ", "里", "裏", "裡", "\xe4\xb8\x80" };
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (guint round = 0; round < 30; round++) {
		check_round(rand, ascii, G_N_ELEMENTS(ascii));
		check_round(rand, han, G_N_ELEMENTS(han));
		check_round(rand, mixed, G_N_ELEMENTS(mixed));
	}
}

/* ---- single cases ---- */

static const struct {
	const char *words[4], *text, *found;
} cases[] = {
	{ { "秘密", "secret" }, "SECRET祕密Secret", "6-6:1\n12-6:0\n18-6:1\n" },
	{ { "举报人" }, "舉報人 舉报人 举報人 举报人", "9-9:0\n19-9:0\n29-9:0\n39-9:0\n" },
	{ { "舉報人" }, "举报人", "9-9:0\n" },
	{ { "he", "she", "hers", "his" }, "ushers", "4-3:1\n4-2:0\n6-4:2\n" },
	{ { "aa" }, "aaaa", "2-2:0\n3-2:0\n4-2:0\n" },
	{ { "a", "A" }, "aA", "1-1:0\n2-1:0\n" },
	/* More characters with two forms than the literals hold: what stands before is compared. */
	{ { "举报人员处理机关办公会议纪要" }, "舉報人员處理机关办公會議纪要 举报人員处理機關辦公会议紀要", "42-42:0\n85-42:0\n" },
	{ { "举报人员处理机关办公会议纪要" }, "人员处理机关办公会议纪要", "" },
	{ { "一" }, "\xe4\xb8\xe4\xb8\x80\xb8\x80", "5-3:0\n" },
	{ { "ab" }, "a", "" },
	{ { "a0\001", "b@" }, "A0\001A\020\001B@b`", "3-3:0\n8-2:1\n" }, /* only letters have two cases */
	{ { "ab" }, "", "" },
	{ { NULL }, "ab", "" },
};

static void
test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		for (guint f = 0; fn_word_finders[f] != NULL; f++) {
			g_autoptr(FnWords) words = fn_words_new();
			g_autofree char *found = NULL;

			for (guint w = 0; w < G_N_ELEMENTS(cases[i].words) && cases[i].words[w] != NULL; w++)
				fn_words_add(words, cases[i].words[w]);
			g_assert_true(fn_words_compile(words, fn_word_finders[f], NULL));
			found = found_by(words, cases[i].text, strlen(cases[i].text));
			g_assert_cmpstr(found, ==, cases[i].found);
		}
}

/* Few words in texts of all sizes, at every distance from the end. */
static void
test_ends(void)
{
	for (guint f = 0; fn_word_finders[f] != NULL; f++) {
		g_autoptr(FnWords) words = fn_words_new();

		fn_words_add(words, "he");
		fn_words_add(words, "her3");
		fn_words_add(words, "his");
		g_assert_true(fn_words_compile(words, fn_word_finders[f], NULL));
		for (gsize size = 2; size < 300; size++)
			for (gsize before = 0; before <= MIN(size - 2, 140); before++) {
				g_autofree char *text = g_strnfill(size, '.'), *found = NULL;
				g_autofree char *expected = g_strdup_printf("%zu-2:0\n", size - before);

				memcpy(text + size - before - 2, "He", 2);
				found = found_by(words, text, size);
				g_assert_cmpstr(found, ==, expected);
			}
	}
}

/* NUL and bytes that are no text are bytes like others, and find nothing. */
static void
test_bytes(void)
{
	for (guint f = 0; fn_word_finders[f] != NULL; f++) {
		g_autoptr(FnWords) words = fn_words_new();
		char text[256 * 3 + 4];
		g_autofree char *found = NULL;

		fn_words_add(words, "ab");
		fn_words_add(words, "国");
		g_assert_true(fn_words_compile(words, fn_word_finders[f], NULL));
		for (guint i = 0; i < 256; i++) {
			text[i * 3] = 'a';
			text[i * 3 + 1] = (char)i;
			text[i * 3 + 2] = 'b';
		}
		found = found_by(words, text, 256 * 3);
		g_assert_cmpstr(found, ==, "198-2:0\n200-2:0\n294-2:0\n296-2:0\n");
	}
}

/* Fifty thousand words: each is found and nothing else, in bounded memory. */
static void
test_many(void)
{
	for (guint f = 0; fn_word_finders[f] != NULL; f++) {
		guint n = fn_word_finders[f] == &fn_own_finder ? 50000 : 2000; /* vectorscan takes long to build so many */
		g_autoptr(FnWords) words = fn_words_new();
		g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(FnWordHit));
		g_autoptr(GString) text = g_string_new(NULL);
		gpointer scratch;

		for (guint i = 0; i < n; i++) {
			g_autofree char *word = g_strdup_printf("%c%04u号", 'A' + (char)(i / 10000), i % 10000);

			g_assert_cmpuint(fn_words_add(words, word), ==, i);
			g_string_append_printf(text, "%s，", word);
		}
		g_assert_true(fn_words_compile(words, fn_word_finders[f], NULL));
		g_assert_cmpstr(fn_words_finder(words), ==, fn_word_finders[f]->name);
		g_assert_cmpuint(fn_words_size(words), <, 64 << 20);
		scratch = fn_words_scratch_new(words);
		fn_words_find(words, scratch, text->str, text->len, hits);
		fn_words_scratch_free(words, scratch);
		g_assert_cmpuint(hits->len, ==, n);
		for (guint i = 0; i < n; i++)
			g_assert_cmpuint(g_array_index(hits, FnWordHit, i).word, ==, i);
	}
}

/* The longest words there may be, with every character in several forms. */
static void
test_long(void)
{
	static const char *const letter[] = { "国", "机", "发", "台", "复", "里", "干", "一" };
	g_autoptr(GRand) rand = g_rand_new_with_seed(9);
	g_autoptr(FnWords) words = fn_words_new();

	while (fn_words_count(words) < 50000) {
		g_autofree char *word = random_text(rand, letter, G_N_ELEMENTS(letter), FN_WORD_SIZE / 3);

		fn_words_add(words, word);
	}
	g_assert_true(fn_words_compile(words, NULL, NULL));
	g_assert_cmpuint(fn_words_size(words), <, 64 << 20);
}

static void
test_script(void)
{
	gunichar forms[FN_SCRIPT_FORMS];
	guint pairs = 0;

	for (gunichar c = 0; c < 0x11000; c++) {
		gunichar folded = fn_script_fold(c);
		guint n = fn_script_forms(c, forms);
		gboolean itself = FALSE;

		g_assert_cmpuint(fn_script_fold(folded), ==, folded);
		g_assert_cmpuint(g_unichar_to_utf8(folded, NULL), ==, g_unichar_to_utf8(c, NULL));
		g_assert_cmpuint(forms[0], ==, folded);
		for (guint i = 0; i < n; i++) {
			itself |= forms[i] == c;
			g_assert_cmpuint(fn_script_fold(forms[i]), ==, folded);
		}
		g_assert_true(itself);
		pairs += (guint)(folded != c);
	}
	g_assert_cmpuint(pairs, >, 2500);
	g_assert_cmpuint(fn_script_fold(0x6a5f), ==, 0x673a); /* 機 → 机 */
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/words/cases", test_cases);
	g_test_add_func("/words/bytes", test_bytes);
	g_test_add_func("/words/ends", test_ends);
	g_test_add_func("/words/property", test_property);
	g_test_add_func("/words/many", test_many);
	g_test_add_func("/words/long", test_long);
	g_test_add_func("/words/script", test_script);
	return g_test_run();
}
