/* The scanner: words and tokens of a window become candidates, context decides their score, the score whether they are
 * findings. */
#include "scan/scan_priv.h"

#include "base/json.h"

#include <string.h>

G_DEFINE_QUARK(fn-scan-error-quark, fn_scan_error)

const char *
fn_scan_verdict_name(FnScanVerdict verdict)
{
	static const char *const name[] = { "not_fully_inspected", "clean", "found", "blocked" };

	g_assert(verdict < G_N_ELEMENTS(name));
	return name[verdict];
}

static int
compare_findings(gconstpointer a, gconstpointer b)
{
	const FnFound *one = a, *two = b;

	if (one->start != two->start)
		return one->start < two->start ? -1 : 1;
	if (one->size != two->size)
		return one->size < two->size ? -1 : 1;
	return (int)one->which - (int)two->which;
}

static void
free_scratch(gpointer scratch)
{
	hs_free_scratch(scratch);
}

FnScanner *
fn_scanner_new(const FnRules *rules, GError **error)
{
	FnScanner *scanner = g_new0(FnScanner, 1);

	scanner->words = g_array_new(FALSE, FALSE, sizeof(FnWord));
	scanner->strings = g_string_chunk_new(4096);
	scanner->vectors = g_ptr_array_new_with_free_func(g_free);
	scanner->idle = g_ptr_array_new_with_free_func(free_scratch);
	pthread_mutex_init(&scanner->lock, NULL);
	if (!fn_detectors_read(scanner, rules, error) || !fn_words_compile(scanner, error)) {
		fn_scanner_free(scanner);
		return NULL;
	}
	return scanner;
}

void
fn_scanner_free(FnScanner *scanner)
{
	if (scanner == NULL)
		return;
	g_ptr_array_unref(scanner->idle);
	hs_free_database(scanner->automaton);
	g_array_unref(scanner->words);
	g_ptr_array_unref(scanner->vectors);
	g_string_chunk_free(scanner->strings);
	pthread_mutex_destroy(&scanner->lock);
	g_free(scanner);
}

/* ---- one window ---- */

typedef struct {
	const FnScanner *scanner;
	const FnWindow *window;
	GArray *hits; /* FnWordHit, by end */
	guint passed; /* hits that end before the candidate last looked at */
	FnFindings *out;
} Search;

/* +1 when the nearest word that means anything to @bit is context, -1 when it is contrary, 0 when there is none. What
 * stands before a number says what it is; right behind it only when nothing stands before. Contrary words count from a
 * third of the distance: the order number may be the field before. */
static int
context_of(Search *search, guint64 bit, guint near, gsize start, gsize end)
{
	const FnWordHit *hit = (const FnWordHit *)(const void *)search->hits->data;
	const FnWord *words = (const FnWord *)(const void *)search->scanner->words->data;

	while (search->passed > 0 && hit[search->passed - 1].end > start)
		search->passed--;
	while (search->passed < search->hits->len && hit[search->passed].end <= start)
		search->passed++;
	for (guint i = search->passed; i > 0 && hit[i - 1].end + near >= start; i--) {
		const FnWord *word = &words[hit[i - 1].word];

		if (word->context & bit)
			return 1;
		if ((word->against & bit) && hit[i - 1].end + near / 3 >= start)
			return -1;
	}
	for (guint i = search->passed; i < search->hits->len && hit[i].end - hit[i].size <= end + near / 6; i++) {
		const FnWord *word = &words[hit[i].word];

		if (hit[i].end - hit[i].size >= end && ((word->context | word->against) & bit))
			return word->context & bit ? 1 : -1;
	}
	return 0;
}

static void
report(Search *search, guint which, gsize start, gsize end, guint score)
{
	FnFound found = { search->window->base + start, (guint32)(end - start), 0, (guint16)which, (guint8)score };

	if (start >= search->window->from && start < search->window->to)
		fn_findings_add(search->out, &found);
}

/* Scores a candidate; TRUE when it became a finding. */
static gboolean
judge(Search *search, guint which, gsize start, gsize end, FnMatch match)
{
	const FnDetector *detector = &search->scanner->detector[which];
	int score = detector->shape + (match == FN_MATCH_STRONG ? detector->validated : 0);
	int context = context_of(search, G_GUINT64_CONSTANT(1) << which, detector->near, start, end);

	score += context > 0 ? detector->context : context < 0 ? detector->against : 0;
	if (score < detector->report)
		return FALSE;
	report(search, which, start, end, (guint)CLAMP(score, 0, 100));
	return TRUE;
}

/* A digit behind a point, or before one, is part of a longer number. */
static gboolean
is_fraction(const FnWindow *window, gsize start, gsize end)
{
	const char *bytes = window->bytes;

	return (start > 1 && bytes[start - 1] == '.' && g_ascii_isdigit(bytes[start - 2])) ||
		(end + 1 < window->size && bytes[end] == '.' && g_ascii_isdigit(bytes[end + 1]));
}

static gboolean
pattern_fits(const guint8 *group, guint groups, const FnToken *token)
{
	for (guint i = 0; i < token->groups; i++) {
		guint expected = group[MIN(i, groups - 1)];
		gboolean may_be_short = i + 1 == token->groups && i >= groups;

		if (token->group[i] != expected && !(may_be_short && token->group[i] < expected))
			return FALSE;
	}
	return token->groups >= groups;
}

static gboolean
groups_fit(const FnDetector *detector, const FnToken *token)
{
	for (guint i = 0; i < detector->patterns; i++)
		if (pattern_fits(detector->group[i], detector->groups[i], token))
			return TRUE;
	return FALSE;
}

static void
take_number(Search *search, const FnToken *token, const char *text, gsize size)
{
	for (guint64 bits = search->scanner->of_size[size]; bits != 0; bits &= bits - 1) {
		guint i = (guint)__builtin_ctzll(bits);
		const FnDetector *detector = &search->scanner->detector[i];
		FnMatch match;

		if (token->kind == FN_TOKEN_GROUPS && !groups_fit(detector, token))
			continue;
		match = detector->validator->check(text, size, &search->scanner->issued);
		/* Nobody writes a number that is no card in groups of four. */
		if (token->kind == FN_TOKEN_GROUPS && match == FN_MATCH_WEAK)
			match = FN_MATCH_STRONG;
		if (match != FN_MATCH_NONE && judge(search, i, token->start, token->end, match))
			return;
	}
}

/* Asks the detectors of @bits what stands around [start, end). */
static void
take_place(Search *search, guint64 bits, gsize start, gsize end)
{
	const FnWindow *window = search->window;
	FnPlace place = { window->bytes, window->size, start, end, window->base == 0, &search->scanner->issued };

	for (; bits != 0; bits &= bits - 1) {
		guint i = (guint)__builtin_ctzll(bits);
		gsize from, to;
		FnMatch match = search->scanner->detector[i].validator->around(&place, &from, &to);

		if (match != FN_MATCH_NONE)
			judge(search, i, from, to, match);
	}
}

/* The country code stands before the number, not in it. */
static FnToken
without_country(const FnToken *token)
{
	FnToken rest = *token;

	if (rest.group[0] != 2 || memcmp(rest.digits, "86", 2) != 0)
		return rest;
	rest.start += 3;
	rest.groups--;
	memmove(rest.group, rest.group + 1, sizeof(rest.group) - 1);
	memmove(rest.digits, rest.digits + 2, strlen(rest.digits + 2) + 1);
	return rest;
}

static void
take_token(const FnToken *token, gpointer data)
{
	FnToken rest;
	Search *search = data;
	const FnWindow *window = search->window;

	switch (token->kind) {
	case FN_TOKEN_RUN:
		if (!is_fraction(window, token->start, token->end))
			take_number(search, token, window->bytes + token->start, token->end - token->start);
		break;
	case FN_TOKEN_GROUPS:
		rest = without_country(token);
		take_number(search, &rest, rest.digits, strlen(rest.digits));
		break;
	case FN_TOKEN_SIGN:
		take_place(search, search->scanner->of_sign[(guint8)token->sign], token->start, token->end);
		break;
	}
}

static void
take_hit(Search *search, const FnWordHit *hit)
{
	const FnWord *word = &g_array_index(search->scanner->words, FnWord, hit->word);
	gsize start = hit->end - hit->size;

	for (guint64 bits = word->finding; bits != 0; bits &= bits - 1)
		judge(search, (guint)__builtin_ctzll(bits), start, hit->end, FN_MATCH_STRONG);
	take_place(search, word->around, start, hit->end);
}

/* Tokens come almost in order: an @ before the runs of its block, a number in groups when its end is known. */
static void
sort_nearly(FnFound *finding, guint n)
{
	for (guint i = 1; i < n; i++) {
		FnFound moving = finding[i];
		guint to = i;

		for (; to > 0 && compare_findings(&finding[to - 1], &moving) > 0; to--)
			finding[to] = finding[to - 1];
		finding[to] = moving;
	}
}

void
fn_scan_window(const FnScanner *scanner, hs_scratch_t *scratch, const FnWindow *window, FnFindings *out)
{
	g_autoptr(GArray) hits = g_array_sized_new(FALSE, FALSE, sizeof(FnWordHit), 256);
	Search search = { scanner, window, hits, 0, out };
	guint first = out->n, words;

	fn_words_find(scanner, scratch, window->bytes, window->size, hits);
	fn_tokens(window->bytes, window->size, FALSE, take_token, &search);
	sort_nearly(out->at + first, out->n - first);
	words = out->n;
	for (guint i = 0; i < hits->len; i++)
		take_hit(&search, &g_array_index(hits, FnWordHit, i));
	if (out->n > words)
		qsort(out->at + first, out->n - first, sizeof(FnFound), compare_findings);
}
