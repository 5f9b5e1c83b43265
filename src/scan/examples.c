/* The examples in the detector files, run. */
#include "scan/scan_priv.h"

#include <string.h>

enum { EXAMPLES_MIN = 3 };

static gboolean
is_found(const FnScanner *scanner, const char *text, const char *id)
{
	g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));

	for (guint i = 0; i < result->listed; i++)
		if (strcmp(fn_scan_finding(result, i).detector, id) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
is_column(const FnScanner *scanner, const FnNode *column, const char *id)
{
	const FnNode *values = fn_node_get(column, "values");
	guint n = fn_node_count(values);
	g_autofree const char **text = g_new(const char *, n);
	FnColumnProfile profile;
	gboolean is;

	for (guint i = 0; i < n; i++)
		text[i] = fn_node_scalar(fn_node_at(values, i));
	profile = fn_scan_column(scanner, fn_node_text(column, "header"), text, n);
	is = g_strcmp0(profile.detector, id) == 0;
	fn_column_profile_clear(&profile);
	return is;
}

static gboolean
check_list(const FnScanner *scanner, const FnNode *file, const char *key, gboolean expected, GError **error)
{
	const FnNode *list = fn_node_get(file, key);
	const char *id = fn_node_text(file, "id");

	for (guint i = 0; i < fn_node_count(list); i++) {
		const FnNode *example = fn_node_at(list, i);
		const char *text = fn_node_scalar(example);
		gboolean found = text != NULL ? is_found(scanner, text, id) : is_column(scanner, example, id);

		if (found != expected)
			return fn_scan_refuse(error, example, "%s: example %u of %s, \"%s\", is %s by %s; mend the rule or the example", id, i + 1, key,
				text != NULL ? text : fn_node_text(example, "header"), found ? "found" : "not found", id);
	}
	return TRUE;
}

/* A detector says whose law it follows and shows what it finds and what it does not. A dictionary's words speak for
 * themselves. */
static gboolean
check_shown(const FnNode *file, GError **error)
{
	static const char *const lists[] = { "yes", "no" };

	if (fn_node_count(fn_node_get(file, "law")) == 0)
		return fn_scan_refuse(error, file, "%s: law is missing; name the requirements that it serves", fn_node_text(file, "id"));
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		if (fn_node_count(fn_node_get(file, lists[i])) < EXAMPLES_MIN)
			return fn_scan_refuse(error, file, "%s: fewer than %d examples of %s; add some", fn_node_text(file, "id"), EXAMPLES_MIN, lists[i]);
	return TRUE;
}

gboolean
fn_scan_check_examples(const FnScanner *scanner, const FnRules *rules, GError **error)
{
	static const char *const kinds[] = { "detectors", "dictionaries" };

	for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
		guint n;
		const FnNode *const *file = fn_rules_all(rules, kinds[k], &n);

		for (guint i = 0; i < n; i++)
			if ((k == 0 && !check_shown(file[i], error)) || !check_list(scanner, file[i], "yes", TRUE, error) || !check_list(scanner, file[i], "no", FALSE, error))
				return FALSE;
	}
	return TRUE;
}

gboolean
fn_scan_check_rules(const FnRules *rules, GError **error)
{
	g_autoptr(FnScanner) scanner = fn_scanner_new(rules, error);

	return scanner != NULL && fn_scan_check_examples(scanner, rules, error);
}
