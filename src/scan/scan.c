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

FnScanner *
fn_scanner_new(const FnRules *rules, GError **error)
{
	FnScanner *scanner = g_new0(FnScanner, 1);

	scanner->owners = 1;
	for (guint i = 0; i < FN_VOCABULARIES; i++)
		fn_vocabulary_init(&scanner->vocabulary[i]);
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_size); i++)
		scanner->of_size[i] = g_array_new(FALSE, FALSE, sizeof(guint16));
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_sign); i++)
		scanner->of_sign[i] = g_array_new(FALSE, FALSE, sizeof(guint16));
	scanner->strings = g_string_chunk_new(4096);
	scanner->vectors = g_ptr_array_new_with_free_func(g_free);
	scanner->profiles = g_ptr_array_new_with_free_func(fn_profile_free);
	scanner->idle = g_ptr_array_new();
	pthread_mutex_init(&scanner->lock, NULL);
	if (!fn_detectors_read(scanner, rules, error) || !fn_profiles_read(scanner, rules, error)) {
		fn_scanner_free(scanner);
		return NULL;
	}
	return scanner;
}

static void
free_scratch(const FnScanner *scanner, FnScratch *scratch)
{
	for (guint i = 0; i < FN_VOCABULARIES; i++)
		fn_words_scratch_free(scanner->vocabulary[i].words, scratch->words[i]);
	g_free(scratch);
}

FnScanner *
fn_scanner_share(const FnScanner *scanner)
{
	g_atomic_int_inc(&((FnScanner *)scanner)->owners);
	return (FnScanner *)scanner;
}

void
fn_scanner_free(FnScanner *scanner)
{
	if (scanner == NULL || !g_atomic_int_dec_and_test(&scanner->owners))
		return;
	for (guint i = 0; i < scanner->idle->len; i++)
		free_scratch(scanner, scanner->idle->pdata[i]);
	g_ptr_array_unref(scanner->idle);
	for (guint i = 0; i < FN_VOCABULARIES; i++)
		fn_vocabulary_clear(&scanner->vocabulary[i]);
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_size); i++)
		g_array_unref(scanner->of_size[i]);
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_sign); i++)
		g_array_unref(scanner->of_sign[i]);
	g_free(scanner->detector);
	g_ptr_array_unref(scanner->profiles);
	g_ptr_array_unref(scanner->vectors);
	g_string_chunk_free(scanner->strings);
	pthread_mutex_destroy(&scanner->lock);
	g_free(scanner);
}

FnScratch *
fn_scratch_borrow(const FnScanner *scanner)
{
	FnScanner *shared = (FnScanner *)scanner;
	FnScratch *scratch = NULL;

	fn_mutex_lock(&shared->lock);
	if (shared->idle->len > 0)
		scratch = g_ptr_array_steal_index_fast(shared->idle, shared->idle->len - 1);
	fn_mutex_unlock(&shared->lock);
	if (scratch != NULL)
		return scratch;
	scratch = g_new0(FnScratch, 1);
	for (guint i = 0; i < FN_VOCABULARIES; i++)
		scratch->words[i] = fn_words_scratch_new(scanner->vocabulary[i].words);
	return scratch;
}

void
fn_scratch_return(const FnScanner *scanner, FnScratch *scratch)
{
	FnScanner *shared = (FnScanner *)scanner;

	if (scratch == NULL)
		return;
	fn_mutex_lock(&shared->lock);
	g_ptr_array_add(shared->idle, scratch);
	fn_mutex_unlock(&shared->lock);
}

/* ---- one window ---- */

typedef struct {
	const FnScanner *scanner;
	const FnWindow *window;
	GArray *context; /* FnWordHit, by end */
	guint passed;    /* hits that end before the candidate last looked at */
	FnFindings *out;
} Search;

/* +1 when @word speaks for what detector @which looks for, -1 when it speaks against it, else 0. */
static int
meaning_of(const FnScanner *scanner, guint word, guint which)
{
	const FnVocabulary *context = &scanner->vocabulary[FN_WORDS_CONTEXT];

	for (guint i = context->first[word]; i < context->first[word + 1]; i++)
		if (context->use[i].detector == which)
			return context->use[i].kind == FN_USE_CONTEXT ? 1 : -1;
	return 0;
}

/* +1 when the nearest word that means anything to detector @which is context, -1 when it is contrary, 0 when there is none.
 * What stands before a number says what it is; right behind it only when nothing stands before. Contrary words count from
 * a third of the distance: the order number may be the field before. */
static int
context_of(Search *search, guint which, guint near, gsize start, gsize end)
{
	const FnWordHit *hit = (const FnWordHit *)(const void *)search->context->data;

	while (search->passed > 0 && hit[search->passed - 1].end > start)
		search->passed--;
	while (search->passed < search->context->len && hit[search->passed].end <= start)
		search->passed++;
	for (guint i = search->passed; i > 0 && hit[i - 1].end + near >= start; i--) {
		int meaning = meaning_of(search->scanner, hit[i - 1].word, which);

		if (meaning > 0 || (meaning < 0 && hit[i - 1].end + near / 3 >= start))
			return meaning;
	}
	for (guint i = search->passed; i < search->context->len && hit[i].end - hit[i].size <= end + near / 6; i++) {
		int meaning = hit[i].end - hit[i].size >= end ? meaning_of(search->scanner, hit[i].word, which) : 0;

		if (meaning != 0)
			return meaning;
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
	int context = context_of(search, which, detector->near, start, end);

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
	const GArray *readers = search->scanner->of_size[size];

	for (guint r = 0; r < readers->len; r++) {
		guint i = g_array_index(readers, guint16, r);
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

/* Asks detector @which what stands around [start, end). */
static void
take_place(Search *search, guint which, gsize start, gsize end)
{
	const FnWindow *window = search->window;
	FnPlace place = { window->bytes, window->size, start, end, window->base == 0, &search->scanner->issued };
	gsize from, to;
	FnMatch match = search->scanner->detector[which].validator->around(&place, &from, &to);

	if (match != FN_MATCH_NONE)
		judge(search, which, from, to, match);
}

static void
take_sign(Search *search, const FnToken *token)
{
	const GArray *readers = search->scanner->of_sign[(guint8)token->sign];

	for (guint i = 0; i < readers->len; i++)
		take_place(search, g_array_index(readers, guint16, i), token->start, token->end);
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
		take_sign(search, token);
		break;
	}
}

static void
take_hit(Search *search, const FnWordHit *hit)
{
	const FnVocabulary *finding = &search->scanner->vocabulary[FN_WORDS_FINDING];
	gsize start = hit->end - hit->size;

	for (guint i = finding->first[hit->word]; i < finding->first[hit->word + 1]; i++) {
		const FnUse *use = &finding->use[i];

		if (use->kind == FN_USE_FINDING)
			judge(search, use->detector, start, hit->end, FN_MATCH_STRONG);
		else
			take_place(search, use->detector, start, hit->end);
	}
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

static GArray *
find_words(const FnScanner *scanner, FnScratch *scratch, FnVocabularyKind kind, const FnWindow *window)
{
	GArray *hits = g_array_sized_new(FALSE, FALSE, sizeof(FnWordHit), 256);

	fn_words_find(scanner->vocabulary[kind].words, scratch->words[kind], window->bytes, window->size, hits);
	return hits;
}

void
fn_scan_window(const FnScanner *scanner, FnScratch *scratch, const FnWindow *window, FnFindings *out)
{
	g_autoptr(GArray) hits = find_words(scanner, scratch, FN_WORDS_FINDING, window);
	g_autoptr(GArray) context = find_words(scanner, scratch, FN_WORDS_CONTEXT, window);
	Search search = { scanner, window, context, 0, out };
	guint first = out->n, words;

	fn_tokens(window->bytes, window->size, FALSE, take_token, &search);
	sort_nearly(out->at + first, out->n - first);
	words = out->n;
	for (guint i = 0; i < hits->len; i++)
		take_hit(&search, &g_array_index(hits, FnWordHit, i));
	if (out->n > words)
		qsort(out->at + first, out->n - first, sizeof(FnFound), compare_findings);
}
