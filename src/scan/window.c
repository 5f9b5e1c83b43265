/* Words and tokens of a window become candidates, context decides their score, the score whether they are findings. */
#include "scan/scan_priv.h"

#include <string.h>

typedef struct Search Search;
struct Search {
	const FnScanner *scanner;
	FnScratch *scratch;
	const FnWindow *window;
	FnRow *row;
	const FnWordHit *hit; /* findings among the words, by end: those still to be taken */
	guint hits;
	FnFindings *out;
	guint64 *known; /* bits of the bytes that their cells told; NULL: none */
	GArray *folded; /* FnFound: findings in folded text */
	GArray *joined; /* FnFound: findings over a line break */
	/* In a folded piece of text: where it is, and the search of the window that holds it. */
	Search *outer;
	const FnFolded *piece;
	gboolean broken; /* only what stands over the break counts */
};

static void
report(Search *search, guint which, gsize start, gsize end, int score)
{
	const FnWindow *window = search->piece != NULL ? search->outer->window : search->window;
	FnFound found = { window->base + start, (guint32)(end - start), (guint16)which, (guint8)CLAMP(score, 0, 100) };

	if (start < window->from || start >= window->to)
		return;
	if (search->piece == NULL)
		fn_findings_add(search->out, found);
	else
		g_array_append_val(search->broken ? search->outer->joined : search->outer->folded, found);
}

/* What the header of the column says; without it, the words near it. */
static int
context_of(Search *search, guint which, gsize start, gsize end)
{
	const FnWindow *window = search->piece != NULL ? search->outer->window : search->window;
	int meaning = 0;

	if (window->table != NULL && fn_table_tells(window->table, which))
		meaning = fn_table_meaning(window->table, search->row, window, which, start, end);
	return meaning != 0 ? meaning : fn_context_of(search->scanner, search->scratch, window, which, start, end);
}

/* Over a line break numbers join by chance: their check characters must speak for them, or a word. */
static gboolean
is_joined_by_chance(const Search *search, gsize size, FnMatch match, int context)
{
	enum { CHECKED_SIZE = 15 };

	return search->broken && context <= 0 && (match != FN_MATCH_STRONG || size < CHECKED_SIZE);
}

/* Scores a candidate; TRUE when it became a finding. */
static gboolean
judge(Search *search, guint which, gsize start, gsize end, FnMatch match)
{
	const FnDetector *detector = &search->scanner->detector[which];
	int score = fn_score_of(detector, match, 0), context = 0;
	gsize size = end - start;

	if (score + detector->context < detector->report)
		return FALSE;
	if (G_UNLIKELY(search->piece != NULL)) {
		if (end <= search->piece->begin || start >= search->piece->end)
			return FALSE;
		start = search->piece->from[start];
		end = search->piece->to[end - 1];
	}
	if (detector->context > 0 || detector->against < 0)
		context = context_of(search, which, start, end);
	score = fn_score_of(detector, match, context);
	if (score < detector->report || is_joined_by_chance(search, size, match, context))
		return FALSE;
	report(search, which, start, end, score);
	return TRUE;
}

/* A digit behind a point, or before one, is part of a longer number; a run beside an @ is part of an address. */
static inline gboolean
is_part(const FnWindow *window, gsize start, gsize end)
{
	const char *bytes = window->bytes;

	if (end < window->size && bytes[end] == '@')
		return TRUE;
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
	const FnReader *reader = search->scanner->reader[size];

	for (; reader->check != NULL; reader++) {
		FnMatch match;

		if (token->kind == FN_TOKEN_GROUPS && !groups_fit(&search->scanner->detector[reader->which], token))
			continue;
		match = reader->check(text, size, &search->scanner->issued);
		if (match == FN_MATCH_NONE)
			continue;
		/* Nobody writes a number that is no card in groups of four. */
		if (token->kind == FN_TOKEN_GROUPS && match == FN_MATCH_WEAK)
			match = FN_MATCH_STRONG;
		if (judge(search, reader->which, token->start, token->end, match))
			return;
	}
}

/* Asks detector @which what stands around [start, end). */
static void
take_place(Search *search, guint which, gsize start, gsize end)
{
	const FnWindow *window = search->window;
	FnPlace place = { window->bytes, window->size, start, end, window->head, &search->scanner->issued };
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

/* A letter beside a letter, or a digit beside a digit, is part of a longer word. */
static gboolean
are_one(char one, char two)
{
	return (g_ascii_isalpha(one) && g_ascii_isalpha(two)) || (g_ascii_isdigit(one) && g_ascii_isdigit(two));
}

static gboolean
stands_alone(const FnWindow *window, gsize start, gsize end)
{
	return (start == 0 || !are_one(window->bytes[start - 1], window->bytes[start])) &&
		(end == window->size || !are_one(window->bytes[end - 1], window->bytes[end]));
}

static void
add_region(Search *search, guint which, gsize start, gsize end)
{
	const FnDetector *detector = &search->scanner->detector[which];
	FnRegion region = { which, (guint32)(start > detector->before ? start - detector->before : 0),
		(guint32)MIN(end + detector->after, search->window->size) };

	g_array_append_val(search->scratch->regions, region);
}

static void
take_hit(Search *search, const FnWordHit *hit)
{
	const FnVocabulary *finding = &search->scanner->finding;
	gsize start = hit->end - hit->size;

	for (guint i = finding->first[hit->word]; i < finding->first[hit->word + 1]; i++) {
		const FnUse *use = &finding->use[i];

		if (use->kind == FN_USE_ANCHOR)
			add_region(search, use->detector, start, hit->end);
		else if (use->kind == FN_USE_AROUND)
			take_place(search, use->detector, start, hit->end);
		else if (stands_alone(search->window, start, hit->end))
			judge(search, use->detector, start, hit->end, FN_MATCH_STRONG);
	}
}

/* Words up to @end, so that findings come nearly in order. */
static void
take_hits(Search *search, gsize end)
{
	for (; search->hits > 0 && search->hit->end <= end; search->hits--, search->hit++)
		take_hit(search, search->hit);
}

G_NO_INLINE static void
take_groups(Search *search, const FnToken *token)
{
	FnToken rest = without_country(token);

	take_number(search, &rest, rest.digits, strlen(rest.digits));
}

static void
take_token(const FnToken *token, gpointer data)
{
	Search *search = data;

	if (search->hits > 0 && search->hit->end <= token->start)
		take_hits(search, token->start);
	if (token->kind == FN_TOKEN_SIGN)
		take_sign(search, token);
	else if (token->kind == FN_TOKEN_GROUPS)
		take_groups(search, token);
	else if (!is_part(search->window, token->start, token->end))
		take_number(search, token, search->window->bytes + token->start, token->end - token->start);
}

/* ---- cells of a table ---- */

/* Is the value what its column says, and nothing that has precedence? */
G_NO_INLINE static gboolean
is_sure(const FnScanner *scanner, guint which, const char *text, gsize size)
{
	const FnValidator *validator = scanner->detector[which].validator;

	if (validator->kind != FN_VALIDATE_TOKEN)
		return validator->check(text, size, &scanner->issued) == FN_MATCH_STRONG;
	if (size > FN_RUN_MAX)
		return FALSE;
	for (const FnReader *reader = scanner->reader[size]; reader->check != NULL; reader++) {
		FnMatch match = reader->check(text, size, &scanner->issued);

		if (match != FN_MATCH_NONE)
			return match == FN_MATCH_STRONG && reader->which == which;
	}
	return FALSE;
}

/* Under its header anything could stand ("total"): only what could hardly be something else counts. */
static gboolean
is_value(const FnScanner *scanner, guint which, const char *text, gsize size)
{
	return scanner->detector[which].validator->check(text, size, &scanner->issued) == FN_MATCH_STRONG;
}

/* What its column and its check characters tell need not be read again: nothing inside of it could count beside it. */
static void
take_some_cells(const FnCell *cell, guint n, gpointer data)
{
	Search *search = data;
	const FnScanner *scanner = search->scanner;
	const FnCellReader *readers = scanner->cell;
	const char *bytes = search->window->bytes;
	gsize base = search->window->base;
	FnFound *first = fn_findings_reserve(search->out, 2 * n), *out = first;
	guint8 sure[FN_CELLS_MAX];

	fn_quick_cells(scanner, search->window, cell, n, sure, search->known);
	for (guint i = 0; i < n; i++) {
		guint32 start = cell[i].start, size = cell[i].size;
		FnAsked asked = cell[i].asked;

		if (G_UNLIKELY(!sure[i]) && asked.sure >= 0 && is_sure(scanner, (guint)asked.sure, bytes + start, size)) {
			sure[i] = TRUE;
			fn_known_mark(search->known, start, size);
		}
		if (sure[i])
			*out++ = (FnFound){ base + start, size, (guint16)asked.sure, readers[asked.sure].score };
		if (G_UNLIKELY(asked.value >= 0) && is_value(scanner, (guint)asked.value, bytes + start, size))
			*out++ = (FnFound){ base + start, size, (guint16)asked.value, readers[asked.value].score };
	}
	search->out->n += (guint)(out - first);
}

static void
take_cells(Search *search)
{
	const FnWindow *window = search->window;
	GArray *known = search->scratch->known;

	if (window->table == NULL)
		return;
	g_array_set_size(known, 0);
	g_array_set_size(known, (guint)(window->size / 64 + 2));
	search->known = (guint64 *)(void *)known->data;
	fn_table_cells(window->table, window, take_some_cells, search);
}

/* ---- patterns ---- */

static int
compare_regions(gconstpointer a, gconstpointer b)
{
	const FnRegion *one = a, *two = b;

	if (one->which != two->which)
		return one->which < two->which ? -1 : 1;
	return one->start != two->start ? (one->start < two->start ? -1 : 1) : 0;
}

typedef struct {
	Search *search;
	const FnRegion *region;
} Match;

static void
take_match(gsize start, gsize end, gpointer data)
{
	const Match *match = data;

	judge(match->search, match->region->which, match->region->start + start, match->region->start + end, FN_MATCH_STRONG);
}

/* Regions that touch are one: no byte is looked at twice for a detector. */
static void
search_regions(Search *search)
{
	GArray *regions = search->scratch->regions;

	g_array_sort(regions, compare_regions);
	for (guint i = 0; i < regions->len;) {
		FnRegion region = g_array_index(regions, FnRegion, i);
		const FnDetector *detector = &search->scanner->detector[region.which];
		Match match = { search, &region };

		for (i++; i < regions->len; i++) {
			const FnRegion *next = &g_array_index(regions, FnRegion, i);

			if (next->which != region.which || next->start > region.end)
				break;
			region.end = MAX(region.end, next->end);
		}
		if (!fn_regex_find(detector->regex, search->scratch->regex, search->window->bytes + region.start, region.end - region.start,
			take_match, &match))
			search->scratch->gave_up = detector;
	}
	g_array_set_size(regions, 0);
}

/* ---- folded text ---- */

/* Finds in a folded piece as in any text that is no beginning. */
static void
search_piece(Search *search, const FnFolded *piece, gboolean broken)
{
	FnWindow window = { .bytes = piece->text, .size = piece->size };
	Search inner = { .scanner = search->scanner, .scratch = search->scratch, .window = &window, .row = search->row,
		.outer = search, .piece = piece,
		.broken = broken };

	fn_tokens(piece->text, piece->size, FN_MACHINE_PLAIN, &search->scanner->wants, NULL, take_token, NULL, &inner);
}

static void
join_lines(Search *search, gsize start, gsize end)
{
	const FnWindow *window = search->window;

	for (guint spaced = 0; spaced < 2; spaced++) {
		FnFolded piece;

		if (!fn_fold_break(window->bytes, window->size, start, end, spaced == 1, &piece))
			return;
		search_piece(search, &piece, TRUE);
	}
}

static guint
fold(guint start, guint end, gpointer data)
{
	Search *search = data;
	const FnWindow *window = search->window;
	FnFolded piece;
	gsize until;

	if (start < end)
		join_lines(search, start, end);
	if (!fn_fold_region(window->bytes, window->size, start, end, &piece, &until))
		return 0;
	search_piece(search, &piece, FALSE);
	return (guint)until;
}

/* ---- in order ---- */

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

/* Candidates come almost in order: a number in groups when its end is known, a word before the number in front of it. */
static void
sort_nearly(FnFound *finding, guint n)
{
	for (guint i = 1; i < n; i++) {
		FnFound moving;
		guint to = i;

		if (finding[i - 1].start < finding[i].start)
			continue;
		moving = finding[i];
		for (; to > 0 && compare_findings(&finding[to - 1], &moving) > 0; to--)
			finding[to] = finding[to - 1];
		finding[to] = moving;
	}
}

static void
add_all(FnFindings *out, guint first, const GArray *more)
{
	for (guint i = 0; i < more->len; i++)
		fn_findings_add(out, g_array_index(more, FnFound, i));
	qsort(out->at + first, out->n - first, sizeof(FnFound), compare_findings);
}

/* Two parts in order, [first, middle) and [middle, end), become one. */
static void
merge(FnFound *finding, guint first, guint middle, guint end)
{
	g_autofree FnFound *second = NULL;
	guint one = middle, two = end - middle;

	if (first == middle || middle == end || compare_findings(&finding[middle - 1], &finding[middle]) <= 0)
		return;
	second = g_memdup2(finding + middle, two * sizeof(FnFound));
	while (two > 0)
		if (one > first && compare_findings(&finding[one - 1], &second[two - 1]) > 0)
			one--, finding[--end] = finding[one];
		else
			finding[--end] = second[--two];
}

static gboolean
overlap(const FnFound *one, const FnFound *two)
{
	return one->start < two->start + two->size && two->start < one->start + one->size;
}

/* What was found over a line break counts only when its parts are nothing by themselves. */
static void
drop_parted(GArray *joined, const FnFindings *out, guint first)
{
	guint n = 0, at = first;

	for (guint i = 0; i < joined->len; i++) {
		const FnFound *now = &g_array_index(joined, FnFound, i);
		gboolean whole = TRUE;

		while (at < out->n && out->at[at].start + FN_OVERLAP < now->start)
			at++;
		for (guint k = at; k < out->n && out->at[k].start < now->start + now->size; k++)
			whole &= !overlap(&out->at[k], now);
		if (whole)
			g_array_index(joined, FnFound, n++) = *now;
	}
	g_array_set_size(joined, n);
}

/* In order, and none over another: nothing is to be settled. */
static gboolean
are_apart(const FnFindings *out, guint first)
{
	guint64 end = 0;

	for (guint i = first; i < out->n; i++) {
		if (out->at[i].start < end)
			return FALSE;
		end = out->at[i].start + out->at[i].size;
	}
	return TRUE;
}

/* The findings from @first on: of cells, from @middle on of tokens and words; those before @ordered are nearly in order. */
static void
put_in_order(const Search *search, guint first, guint middle, guint ordered)
{
	FnFindings *out = search->out;

	if (search->folded->len + search->joined->len == 0 && are_apart(out, first))
		return;
	if (ordered > first) {
		sort_nearly(out->at + first, middle - first);
		sort_nearly(out->at + middle, ordered - middle);
		merge(out->at, first, middle, ordered);
	}
	if (search->folded->len > 0 || out->n > ordered)
		add_all(out, first, search->folded);
	fn_findings_settle(out, first);
	if (search->joined->len == 0)
		return;
	drop_parted(search->joined, out, first);
	add_all(out, first, search->joined);
	fn_findings_settle(out, first);
}

void
fn_scan_window(const FnScanner *scanner, FnScratch *scratch, const FnWindow *window, FnFindings *out)
{
	g_autoptr(GArray) hits = g_array_sized_new(FALSE, FALSE, sizeof(FnWordHit), 256);
	g_autoptr(GArray) folded = g_array_new(FALSE, FALSE, sizeof(FnFound));
	g_autoptr(GArray) joined = g_array_new(FALSE, FALSE, sizeof(FnFound));
	FnRow row = { 0 };
	Search search = { .scanner = scanner, .scratch = scratch, .window = window, .row = &row, .out = out, .folded = folded, .joined = joined };
	guint first = out->n, middle, ordered;

	take_cells(&search);
	middle = out->n;
	/* Half of a table is digits. */
	if (window->table != NULL && scanner->machine == FN_MACHINE_LONG && !scanner->finding.digits)
		fn_squeezed_find(scanner->finding.words, scratch, window->bytes, window->size, hits);
	else
		fn_words_find(scanner->finding.words, scratch->words, window->bytes, window->size, hits);
	search.hit = (const FnWordHit *)(const void *)hits->data;
	search.hits = hits->len;
	fn_tokens(window->bytes, window->size, scanner->machine, &scanner->wants, search.known, take_token, fold, &search);
	take_hits(&search, window->size);
	ordered = out->n;
	search_regions(&search);
	put_in_order(&search, first, middle, ordered);
}
