/* Profiles: which findings count at a gate, and how many of them block. */
#include "scan/scan_priv.h"

#include <string.h>

typedef struct {
	guint which; /* a detector, or, when @level > 0, all of that level and above */
	guint level;
	guint64 least;
} Rule;

struct FnProfile {
	const char *id;
	Rule *rule;
	guint rules;
	gboolean *ignored; /* by detector; NULL when none is */
	guint floor;
	gboolean passes_pictures;
};

void
fn_profile_free(gpointer data)
{
	FnProfile *profile = data;

	g_free(profile->rule);
	g_free(profile->ignored);
	g_free(profile);
}

static gboolean
find_detector(const FnScanner *scanner, const FnNode *node, const char *id, guint *which, GError **error)
{
	for (*which = 0; *which < scanner->detectors; (*which)++)
		if (strcmp(scanner->detector[*which].id, id) == 0)
			return TRUE;
	return fn_scan_refuse(error, node, "no detector \"%s\"; name one of rules/detectors/ or rules/dictionaries/", id);
}

/* "level_3" or the id of a detector. */
static gboolean
read_rule(const FnScanner *scanner, const FnNode *blocks, guint i, Rule *rule, GError **error)
{
	const FnNode *least = fn_node_at(blocks, i);
	const char *key = fn_node_key_at(blocks, i);

	rule->least = (guint64)fn_node_int(blocks, key, 1);
	if (!g_str_has_prefix(key, "level_"))
		return find_detector(scanner, least, key, &rule->which, error);
	if (strlen(key) != strlen("level_0") || key[6] < '1' || key[6] > '6')
		return fn_scan_refuse(error, least, "levels are level_1 to level_6, not \"%s\"", key);
	rule->level = (guint)(key[6] - '0');
	return TRUE;
}

static gboolean
read_ignores(const FnScanner *scanner, FnProfile *profile, const FnNode *ignores, GError **error)
{
	if (fn_node_count(ignores) > 0)
		profile->ignored = g_new0(gboolean, scanner->detectors);
	for (guint i = 0; i < fn_node_count(ignores); i++) {
		const FnNode *id = fn_node_at(ignores, i);
		guint which;

		if (!find_detector(scanner, id, fn_node_scalar(id), &which, error))
			return FALSE;
		if (scanner->detector[which].blocks)
			return fn_scan_refuse(error, id, "%s always blocks and cannot be ignored; take it out", scanner->detector[which].id);
		profile->ignored[which] = TRUE;
	}
	return TRUE;
}

static gboolean
read_profile(FnScanner *scanner, const FnNode *file, GError **error)
{
	FnProfile *profile = g_new0(FnProfile, 1);
	const FnNode *blocks = fn_node_get(file, "blocks");

	g_ptr_array_add(scanner->profiles, profile);
	profile->id = g_string_chunk_insert_const(scanner->strings, fn_node_text(file, "id"));
	profile->floor = (guint)(fn_node_number(file, "floor", 0) * 100 + 0.5);
	profile->passes_pictures = strcmp(fn_node_text(file, "pictures"), "pass") == 0;
	profile->rules = fn_node_count(blocks);
	profile->rule = g_new0(Rule, profile->rules + 1);
	for (guint i = 0; i < profile->rules; i++)
		if (!read_rule(scanner, blocks, i, &profile->rule[i], error))
			return FALSE;
	return read_ignores(scanner, profile, fn_node_get(file, "ignores"), error);
}

gboolean
fn_profiles_read(FnScanner *scanner, const FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *file = fn_rules_all(rules, "profiles", &n);

	for (guint i = 0; i < n; i++)
		if (!read_profile(scanner, file[i], error))
			return FALSE;
	if (fn_scanner_profile(scanner, NULL) != NULL)
		return TRUE;
	g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_RULE, "the rules have no profile \"default\"; put default.yaml into profiles/");
	return FALSE;
}

const FnProfile *
fn_scanner_profile(const FnScanner *scanner, const char *id)
{
	for (guint i = 0; i < scanner->profiles->len; i++) {
		const FnProfile *profile = scanner->profiles->pdata[i];

		if (strcmp(profile->id, id != NULL ? id : "default") == 0)
			return profile;
	}
	return NULL;
}

char *
fn_scanner_profiles(const FnScanner *scanner)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < scanner->profiles->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", ((const FnProfile *)scanner->profiles->pdata[i])->id);
	return g_string_free(names, FALSE);
}

gboolean
fn_profile_passes_pictures(const FnProfile *profile)
{
	return profile->passes_pictures;
}

void
fn_profile_keep(const FnProfile *profile, FnFindings *findings, guint first, guint64 *count)
{
	const gboolean *ignored = profile->ignored;
	guint floor = profile->floor, kept = first;

	for (guint i = first; i < findings->n; i++) {
		const FnFound *at = &findings->at[i];

		if (at->score < floor || (ignored != NULL && ignored[at->which]))
			continue;
		count[at->which]++;
		findings->at[kept++] = *at;
	}
	findings->n = kept;
}

static guint64
count_level(const FnScanner *scanner, const guint64 *count, guint level)
{
	guint64 sum = 0;

	for (guint i = 0; i < scanner->detectors; i++)
		if (scanner->detector[i].level >= level)
			sum += count[i];
	return sum;
}

gboolean
fn_profile_blocks(const FnProfile *profile, const FnScanner *scanner, const guint64 *count)
{
	for (guint i = 0; i < scanner->detectors; i++)
		if (scanner->detector[i].blocks && count[i] > 0)
			return TRUE;
	for (guint i = 0; i < profile->rules; i++) {
		const Rule *rule = &profile->rule[i];
		guint64 n = rule->level > 0 ? count_level(scanner, count, rule->level) : count[rule->which];

		if (n >= rule->least)
			return TRUE;
	}
	return FALSE;
}
