/* The plan of least loss, found in the lattice of all combinations of levels.
 *
 * A group that is safe stays safe when it is merged with others, so the number of rows left out never grows on the way up:
 * whatever is above a node that holds, holds, and whatever is below one that fails, fails (predictive tagging: Samarati 2001;
 * LeFevre, DeWitt and Ramakrishnan 2005, Incognito). As in Flash (Kohlmayer, Prasser et al. 2012) nodes are visited along paths
 * from below upwards, each path by halving, and a node's groups are counted from those of a node below it instead of the rows. */
#include "disclosure/disclosure_priv.h"

#include <string.h>

enum { MAX_NODES = 100000, MAX_HEIGHT = 1024 /* 16 columns of at most 64 levels */ };

typedef enum { UNKNOWN = 0, HOLDS, FAILS } Tag;

typedef struct {
	guint8 level[FN_DISCLOSURE_MAX_QUASI];
	FnTally *tally; /* owned */
} Kept;

typedef struct {
	const FnCensus *census;
	const FnDisclosureOptions *options;
	guint64 allowed;      /* rows that may be left out */
	guint64 most_groups;  /* more of them cannot all be safe but the allowed rows; 0: unknown */
	guint radix[FN_DISCLOSURE_MAX_QUASI], nodes;
	guint8 *tag;          /* Tag of each node */
	guint32 *loss;
	guint64 *withheld;    /* of nodes that were looked at and hold */
	guint32 *order;       /* nodes by loss */
	GArray *kept;         /* Kept: groups of nodes to count others from */
	gsize kept_size;
	guint best;           /* node, or G_MAXUINT */
} Search;

static void
levels_of(const Search *search, guint node, guint8 *level)
{
	for (guint i = search->census->n; i-- > 0; node /= search->radix[i])
		level[i] = (guint8)(node % search->radix[i]);
}

static gboolean
is_at_or_above(const guint8 *level, const guint8 *base, guint n)
{
	for (guint i = 0; i < n; i++)
		if (level[i] < base[i])
			return FALSE;
	return TRUE;
}

/* ---- looking at one node ---- */

/* The fewest groups from which those of @level can be made. */
static const FnTally *
pick_source(const Search *search, const guint8 *level)
{
	const FnTally *source = search->census->tally;

	for (guint i = 0; i < search->kept->len; i++) {
		const Kept *kept = &g_array_index(search->kept, Kept, i);

		if (is_at_or_above(level, kept->level, search->census->n) && fn_tally_keys(kept->tally) < fn_tally_keys(source))
			source = kept->tally;
	}
	return source;
}

static void
free_kept(gpointer kept)
{
	fn_tally_free(((Kept *)kept)->tally);
}

/* Takes @tally: keeps it where memory allows, the largest go first. */
static void
keep(Search *search, const guint8 *level, FnTally *tally)
{
	gsize room = search->census->memory / 8 * FN_SHARE_KEPT;
	Kept kept = { .tally = tally };

	if (!fn_tally_spilled(tally))
		fn_tally_pack(tally);
	if (fn_tally_spilled(tally) || fn_tally_size(tally) > room) {
		fn_tally_free(tally);
		return;
	}
	memcpy(kept.level, level, search->census->n);
	g_array_append_val(search->kept, kept);
	for (search->kept_size += fn_tally_size(tally); search->kept_size > room;) {
		guint largest = 0;

		for (guint i = 1; i < search->kept->len; i++)
			if (fn_tally_size(g_array_index(search->kept, Kept, i).tally) > fn_tally_size(g_array_index(search->kept, Kept, largest).tally))
				largest = i;
		search->kept_size -= fn_tally_size(g_array_index(search->kept, Kept, largest).tally);
		g_array_remove_index_fast(search->kept, largest);
	}
}

/* Rows in groups that are not safe at @level. */
static gboolean
count_withheld(Search *search, const guint8 *level, guint64 most_groups, guint64 *withheld, GError **error)
{
	FnTally *rolled = NULL;
	g_autoptr(GError) why = NULL;
	FnGroup group;

	if (!fn_census_roll(search->census, pick_source(search, level), level, most_groups, &rolled, error))
		return FALSE;
	*withheld = rolled == NULL ? G_MAXUINT64 : 0;
	if (rolled == NULL)
		return TRUE;
	g_auto(FnGroupReader) reader = fn_groups_read(search->census, rolled);
	while (fn_groups_next(&reader, &group, &why))
		*withheld += fn_disclosure_is_safe(search->options, &group) ? 0 : group.rows;
	if (why != NULL) {
		fn_tally_free(rolled);
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	keep(search, level, rolled);
	return TRUE;
}

static void
tag_all(Search *search, const guint8 *level, Tag tag)
{
	guint8 other[FN_DISCLOSURE_MAX_QUASI];
	guint n = search->census->n;

	for (guint node = 0; node < search->nodes; node++) {
		if (search->tag[node] != UNKNOWN)
			continue;
		levels_of(search, node, other);
		if (tag == HOLDS ? is_at_or_above(other, level, n) : is_at_or_above(level, other, n))
			search->tag[node] = (guint8)tag;
	}
}

static gboolean
is_better(const Search *search, guint node)
{
	guint best = search->best;

	if (best == G_MAXUINT || search->loss[node] != search->loss[best])
		return best == G_MAXUINT || search->loss[node] < search->loss[best];
	return search->withheld[node] != search->withheld[best] ? search->withheld[node] < search->withheld[best] : node < best;
}

static gboolean
look_at(Search *search, guint node, GError **error)
{
	guint8 level[FN_DISCLOSURE_MAX_QUASI];
	guint64 withheld;

	levels_of(search, node, level);
	if (!count_withheld(search, level, search->most_groups, &withheld, error))
		return FALSE;
	tag_all(search, level, withheld <= search->allowed ? HOLDS : FAILS);
	search->withheld[node] = withheld;
	if (withheld <= search->allowed && is_better(search, node))
		search->best = node;
	return TRUE;
}

/* ---- walking ---- */

static gboolean
is_of_interest(const Search *search, guint node)
{
	return search->tag[node] == UNKNOWN && (search->best == G_MAXUINT || search->loss[node] <= search->loss[search->best]);
}

/* The least lossy step up from @node to one that is still of interest; G_MAXUINT where there is none. */
static guint
step_up(const Search *search, guint node)
{
	guint8 level[FN_DISCLOSURE_MAX_QUASI];
	guint up = G_MAXUINT, stride = 1;

	levels_of(search, node, level);
	for (guint i = search->census->n; i-- > 0; stride *= search->radix[i])
		if (level[i] + 1u < search->radix[i] && is_of_interest(search, node + stride) &&
			(up == G_MAXUINT || search->loss[node + stride] < search->loss[up]))
			up = node + stride;
	return up;
}

/* Halves the path until its lowest node that holds is found: all below it on the path then fail. */
static gboolean
walk_path(Search *search, guint from, GError **error)
{
	guint path[MAX_HEIGHT + 1], n = 0, low = 0, high;

	for (guint node = from; node != G_MAXUINT; node = step_up(search, node))
		path[n++] = node;
	for (high = n; low < high;) {
		guint middle = low + (high - low) / 2;

		if (!look_at(search, path[middle], error))
			return FALSE;
		if (search->tag[path[middle]] == HOLDS)
			high = middle;
		else
			low = middle + 1;
	}
	return TRUE;
}

static int
compare_loss(gconstpointer a, gconstpointer b, gpointer data)
{
	const Search *search = data;
	guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

	if (search->loss[x] != search->loss[y])
		return search->loss[x] < search->loss[y] ? -1 : 1;
	return x < y ? -1 : x > y;
}

static gboolean
walk_all(Search *search, GError **error)
{
	for (guint i = 0; i < search->nodes; i++)
		while (is_of_interest(search, search->order[i]))
			if (!walk_path(search, search->order[i], error))
				return FALSE;
	return TRUE;
}

/* ---- when there is no plan ---- */

/* Which column, given up wholly, would bring back most rows? */
static gboolean
blame(Search *search, GError **error)
{
	const FnCensus *census = search->census;
	guint8 top[FN_DISCLOSURE_MAX_QUASI] = { 0 }, level[FN_DISCLOSURE_MAX_QUASI];
	guint64 least = G_MAXUINT64, withheld, at_best;
	guint worst = 0;

	for (guint i = 0; i < census->n; i++)
		top[i] = (guint8)fn_hierarchy_top(census->quasi[i].hierarchy);
	if (!count_withheld(search, top, 0, &withheld, error))
		return FALSE;
	if (withheld > 0)
		return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "column", census->sensitive,
			"all %" G_GUINT64_FORMAT " rows together hold fewer than %u distinct values of it", census->rows, search->options->l);
	for (guint i = 0; i < census->n; i++) {
		levels_of(search, search->nodes - 1, level);
		level[i] = top[i];
		if (!count_withheld(search, level, 0, &withheld, error))
			return FALSE;
		if (withheld < least) {
			least = withheld;
			worst = i;
		}
	}
	levels_of(search, search->nodes - 1, level);
	if (!count_withheld(search, level, 0, &at_best, error))
		return FALSE;
	return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "column", census->quasi[worst].name,
		"it stands in the way: with its first %u levels alone %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
		" rows would be left out (%" G_GUINT64_FORMAT " may be), without it %" G_GUINT64_FORMAT,
		search->radix[worst], at_best, census->rows, search->allowed, least);
}

/* ---- all ---- */

static gboolean
lay_out(Search *search, GError **error)
{
	const FnCensus *census = search->census;
	guint64 nodes = 1;

	for (guint i = 0; i < census->n; i++) {
		search->radix[i] = census->quasi[i].levels != 0 ? census->quasi[i].levels : fn_hierarchy_top(census->quasi[i].hierarchy) + 1;
		nodes *= search->radix[i];
		if (nodes > MAX_NODES)
			return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_OPTIONS, "column", census->quasi[i].name,
				"its levels and those of the columns before it combine in more than %d ways; declare fewer", MAX_NODES);
	}
	search->nodes = (guint)nodes;
	search->tag = g_new0(guint8, nodes);
	search->loss = g_new(guint32, nodes);
	search->withheld = g_new0(guint64, nodes);
	search->order = g_new(guint32, nodes);
	for (guint node = 0; node < search->nodes; node++) {
		guint8 level[FN_DISCLOSURE_MAX_QUASI];

		levels_of(search, node, level);
		search->loss[node] = fn_census_loss(census, level);
		search->order[node] = node;
	}
	g_qsort_with_data(search->order, (int)search->nodes, sizeof(guint32), compare_loss, search);
	return TRUE;
}

static FnDisclosurePlan *
find_plan(Search *search, GError **error)
{
	guint8 level[FN_DISCLOSURE_MAX_QUASI];

	if (!lay_out(search, error) || !walk_all(search, error))
		return NULL;
	if (search->best == G_MAXUINT) {
		blame(search, error);
		return NULL;
	}
	levels_of(search, search->best, level);
	return fn_disclosure_plan_new(search->census, level, search->options);
}

FnDisclosurePlan *
fn_census_choose(FnCensus *census, const FnDisclosureOptions *options, GError **error)
{
	Search search = { .census = census, .options = options, .best = G_MAXUINT };
	FnDisclosurePlan *plan;

	if (!fn_disclosure_options_check(options, error) || !fn_census_finish(census, error))
		return NULL;
	if (options->l > 1 && census->sensitive == NULL) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "l = %u needs a sensitive column", options->l);
		return NULL;
	}
	if (census->rows < options->k) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "%" G_GUINT64_FORMAT " rows cannot form a group of %u",
			census->rows, options->k);
		return NULL;
	}
	search.allowed = fn_disclosure_allowed(census->rows, options->suppress_ppm);
	if (census->sensitive == NULL)
		search.most_groups = search.allowed + (census->rows - search.allowed) / options->k;
	search.kept = g_array_new(FALSE, FALSE, sizeof(Kept));
	g_array_set_clear_func(search.kept, free_kept);
	plan = find_plan(&search, error);
	g_array_unref(search.kept);
	g_free(search.tag);
	g_free(search.loss);
	g_free(search.withheld);
	g_free(search.order);
	return plan;
}
