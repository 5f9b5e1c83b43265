/* Speed of the word search on Chinese prose, on one core, and what fifty thousand words take. Lines: name, ours, reference,
 * ratio, in GB/s.
 *
 * words.100: a hundred words that are findings, by the best finder here; reference: our own automaton.
 * words.50k: fifty thousand words by vectorscan; reference: the hundred.
 * words.own: fifty thousand words by our own automaton; reference: vectorscan with the same.
 * Every finder must give the same number of hits, else the run fails. */
#include "scan/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SIZE = 16 << 20, ROUNDS = 5, FEW = 100, MANY = 50000 };

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Characters as common in prose as here. */
static const char letters[] =
	"的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自"
	"二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条"
	"只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几"
	"九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场"
	"身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断"
	"深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆";

typedef struct {
	char **letter;
	guint n;
	GRand *rand;
} Source;

/* Low numbers come often, as in any language. */
static const char *
draw(Source *source)
{
	double place = g_rand_double(source->rand);

	return source->letter[(guint)(place * place * source->n)];
}

static void
append_letters(Source *source, GString *text, guint n)
{
	while (n-- > 0)
		g_string_append(text, draw(source));
}

static GString *
make_prose(Source *source)
{
	GString *text = g_string_sized_new(SIZE + 64);

	while (text->len < SIZE) {
		append_letters(source, text, (guint)g_rand_int_range(source->rand, 4, 20));
		g_string_append(text, g_rand_int_range(source->rand, 0, 5) == 0 ? "。\n" : "，");
	}
	return text;
}

static FnWords *
make_words(Source *source, const FnWordFinder *finder, guint n, double *seconds)
{
	FnWords *words = fn_words_new();
	g_autoptr(GString) text = g_string_new(NULL);
	double began;

	while (fn_words_count(words) < n) {
		g_string_truncate(text, 0);
		for (gint32 left = g_rand_int_range(source->rand, 3, 9); left > 0; left--)
			g_string_append(text, source->letter[g_rand_int_range(source->rand, 0, (gint32)source->n)]);
		fn_words_add(words, text->str);
	}
	began = cpu_seconds();
	g_assert(fn_words_compile(words, finder, NULL));
	*seconds = cpu_seconds() - began;
	return words;
}

/* GB/s of @n words by @finder; the words are the same for every finder. */
static double
measure(const FnWordFinder *finder, guint n, guint *found)
{
	Source source = { g_new(char *, strlen(letters)), 0, g_rand_new_with_seed(11) };
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(FnWordHit));
	GString *prose;
	FnWords *words;
	gpointer scratch;
	double best = 1e9, seconds;

	for (const char *at = letters; *at != '\0'; at = g_utf8_next_char(at))
		source.letter[source.n++] = g_strndup(at, 3);
	prose = make_prose(&source);
	words = make_words(&source, finder, n, &seconds);
	scratch = fn_words_scratch_new(words);
	for (guint round = 0; round < ROUNDS; round++) {
		double began = cpu_seconds();

		g_array_set_size(hits, 0);
		fn_words_find(words, scratch, prose->str, prose->len, hits);
		best = MIN(best, cpu_seconds() - began);
	}
	fprintf(stderr, "%s, %u words: %u hits; built in %.2f s, %.1f MB\n", finder->name, n, hits->len, seconds, (double)fn_words_size(words) / 1e6);
	*found = hits->len;
	fn_words_scratch_free(words, scratch);
	fn_words_free(words);
	for (guint i = 0; i < source.n; i++)
		g_free(source.letter[i]);
	g_free(source.letter);
	g_rand_free(source.rand);
	best = (double)prose->len / best / 1e9;
	g_string_free(prose, TRUE);
	return best;
}

static void
print_line(const char *name, double ours, double reference)
{
	printf("%s\t%.3f\t%.3f\t%.3f\n", name, ours, reference, ours / reference);
}

int
main(void)
{
	const FnWordFinder *best = fn_word_finders[0];
	guint found[4];
	double few = measure(best, FEW, &found[0]), own_few = measure(&fn_own_finder, FEW, &found[1]);
	double many = measure(best, MANY, &found[2]), own_many = measure(&fn_own_finder, MANY, &found[3]);

	print_line("words.100", few, own_few);
	print_line("words.50k", many, few);
	print_line("words.own", own_many, many);
	return found[0] == found[1] && found[2] == found[3] ? 0 : 1;
}
