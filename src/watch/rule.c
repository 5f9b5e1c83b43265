/* The files of rules/watch/, read against the table of measures. */
#include "watch/watch_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "crypto/crypto.h"

#include <string.h>

static const char *const per_names[FN_PERS] = { "grant", "system", "account", "address", "person" };

const char *
fn_per_name(FnPer per)
{
	return per_names[per];
}

static void
rule_free(gpointer data)
{
	FnWatchRule *rule = data;

	g_free(rule->id);
	g_free(rule->key);
	g_free(rule);
}

static gboolean refuse(const FnNode *node, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean
refuse(const FnNode *node, GError **error, const char *format, ...)
{
	g_autofree char *place = fn_node_place(node), *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, FN_RULES_ERROR, FN_RULES_ERROR_REFERENCE, "%s: %s", place, what);
	return FALSE;
}

/* A number, or {value: n}, or {parameter: name}; -1 when there is none. */
static gboolean
read_amount(const FnRules *rules, const FnNode *amount, gint64 *out, const char **parameter_out, GError **error)
{
	const char *parameter = fn_node_text(amount, "parameter"), *text;
	FnParameter found;

	*out = -1;
	if (amount == NULL)
		return TRUE;
	if (parameter != NULL && !fn_rules_parameter(rules, parameter, &found))
		return refuse(amount, error, "the pack in force has no parameter \"%s\"; add it to a pack or correct the name", parameter);
	text = parameter != NULL ? found.value : fn_node_is_map(amount) ? fn_node_text(amount, "value") : fn_node_scalar(amount);
	if (!g_ascii_string_to_signed(text, 10, 0, G_MAXINT32, out, NULL))
		return refuse(amount, error, "\"%s\" is not a whole number from 0 on; write one", text);
	if (parameter_out != NULL)
		*parameter_out = parameter;
	return TRUE;
}

static gboolean
read_per(FnWatchRule *rule, GError **error)
{
	const char *per = fn_node_text(rule->node, "per");

	for (guint i = 0; i < FN_PERS; i++)
		if (strcmp(per_names[i], per) == 0)
			rule->per = (FnPer)i;
	if (rule->measure->pers & 1u << rule->per)
		return TRUE;
	return refuse(fn_node_get(rule->node, "per"), error, "\"%s\" cannot be counted per %s; take another per", rule->measure->name, per);
}

static gboolean
read_measure(FnWatchRule *rule, GError **error)
{
	const char *name = fn_node_text(rule->node, "measure");
	g_auto(GStrv) needs = NULL;

	if ((rule->measure = fn_measure_find(name)) == NULL) {
		g_autofree char *names = fn_measure_names();

		return refuse(fn_node_get(rule->node, "measure"), error, "there is no measure \"%s\"; known are: %s", name, names);
	}
	needs = g_strsplit(rule->measure->needs, " ", -1);
	for (guint i = 0; needs[i] != NULL; i++)
		if (*needs[i] != '\0' && fn_node_get(rule->node, needs[i]) == NULL)
			return refuse(rule->node, error, "measure \"%s\" needs \"%s\"; add it", name, needs[i]);
	return TRUE;
}

static gboolean
read_window(FnWatchRule *rule, GError **error)
{
	const FnNode *window = fn_node_get(rule->node, "window");
	const char *unit = fn_node_text(window, "unit");
	gint64 value = fn_node_int(window, "value", 0);
	gint64 span = strcmp(unit, "minute") == 0 ? G_TIME_SPAN_MINUTE : strcmp(unit, "hour") == 0 ? G_TIME_SPAN_HOUR : G_TIME_SPAN_DAY;

	rule->window = value * span;
	if (value >= 1 && value <= 400)
		return TRUE;
	return refuse(window, error, "a window of %" G_GINT64_FORMAT " %ss; write 1 to 400", value, unit);
}

static gboolean
read_amounts(const FnRules *rules, FnWatchRule *rule, GError **error)
{
	const FnNode *hours = fn_node_get(rule->node, "hours"), *usual = fn_node_get(rule->node, "usual");

	rule->level = fn_node_int(rule->node, "level", -1);
	rule->usual_windows = (guint)fn_node_int(usual, "windows", 0);
	rule->waits = g_strcmp0(fn_node_text(usual, "unknown"), "wait") == 0;
	if (!read_amount(rules, fn_node_get(rule->node, "threshold"), &rule->threshold, &rule->parameter, error) ||
		!read_amount(rules, fn_node_get(rule->node, "ratio"), &rule->ratio, NULL, error) ||
		!read_amount(rules, fn_node_get(hours, "begin"), &rule->begin, NULL, error) ||
		!read_amount(rules, fn_node_get(hours, "end"), &rule->end, NULL, error) ||
		!read_amount(rules, fn_node_get(usual, "percent"), &rule->usual, NULL, error))
		return FALSE;
	if (rule->threshold < 1)
		return refuse(fn_node_get(rule->node, "threshold"), error, "a threshold of 0 is always reached; write 1 or more");
	if (hours != NULL && (rule->end > 24 || rule->begin >= rule->end))
		return refuse(hours, error, "the hours must lie in a day and begin before they end; correct them");
	if (rule->level >= 0 && rule->per != FN_PER_GRANT)
		return refuse(rule->node, error, "\"level\" is a grant's; count per grant or leave it out");
	return TRUE;
}

/* What is of no organization has nobody to be asked. */
static gboolean
read_then(FnWatchRule *rule, GError **error)
{
	const FnNode *then = fn_node_get(rule->node, "then");

	rule->opens_case = fn_node_has_word(then, "case");
	if (!fn_node_has_word(then, "alert"))
		return refuse(then, error, "a rule raises an alert; add \"alert\"");
	if (rule->opens_case && (rule->per == FN_PER_ADDRESS || rule->per == FN_PER_PERSON))
		return refuse(then, error, "an alert per %s belongs to no organization and so has no case; leave \"case\" out", per_names[rule->per]);
	return TRUE;
}

static char *
key_of(const FnWatchRule *rule)
{
	g_autofree char *text = g_strdup_printf("%s %u %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d",
		rule->measure->name, rule->per, rule->window, rule->level, rule->begin, rule->end, rule->usual >= 0);
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	fn_sha256(text, strlen(text), digest);
	hex = fn_hex(digest, 8);
	return g_strdup_printf("%s:%s", rule->id, hex);
}

static FnWatchRule *
read_rule(const FnRules *rules, const FnNode *node, GError **error)
{
	FnWatchRule *rule = g_new0(FnWatchRule, 1);

	rule->node = node;
	rule->id = g_strdup(fn_node_text(node, "id"));
	rule->severity = fn_node_text(node, "severity");
	if (read_measure(rule, error) && read_per(rule, error) && read_window(rule, error) && read_amounts(rules, rule, error) &&
		read_then(rule, error)) {
		rule->key = key_of(rule);
		return rule;
	}
	rule_free(rule);
	return NULL;
}

GPtrArray *
fn_watch_rules_read(const FnRules *rules, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(rule_free);
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "watch", &n);

	for (guint i = 0; i < n; i++) {
		FnWatchRule *rule = read_rule(rules, all[i], error);

		if (rule == NULL)
			return NULL;
		rule->place = list->len;
		g_ptr_array_add(list, rule);
	}
	return g_steal_pointer(&list);
}

gboolean
fn_watch_check(const FnRules *rules, GError **error)
{
	g_autoptr(GPtrArray) list = fn_watch_rules_read(rules, error);

	return list != NULL;
}

/* ---- for people ---- */

static json_t *
words_of(const FnNode *list)
{
	json_t *words = json_array();
	const char *word;

	for (guint i = 0; (word = fn_node_word(list, i)) != NULL; i++)
		json_array_append_new(words, json_string(word));
	return words;
}

static json_t *
show(const FnWatchRule *rule)
{
	const FnNode *window = fn_node_get(rule->node, "window");

	return json_pack("{s:s, s:{s:s, s:s}, s:o, s:s, s:s, s:{s:I, s:s}, s:I, s:s?, s:s, s:o}", "id", rule->id, "title", "zh",
		fn_rules_title(rule->node, "zh"), "en", fn_rules_title(rule->node, "en"), "law", words_of(fn_node_get(rule->node, "law")), "measure",
		rule->measure->name, "per", per_names[rule->per], "window", "value", (json_int_t)fn_node_int(window, "value", 0), "unit",
		fn_node_text(window, "unit"), "threshold", (json_int_t)rule->threshold, "parameter", rule->parameter, "severity", rule->severity,
		"then", words_of(fn_node_get(rule->node, "then")));
}

json_t *
fn_watch_rules(const FnRules *rules, GError **error)
{
	g_autoptr(GPtrArray) list = fn_watch_rules_read(rules, error);
	json_t *shown;

	if (list == NULL)
		return NULL;
	shown = json_array();
	for (guint i = 0; i < list->len; i++)
		json_array_append_new(shown, show(list->pdata[i]));
	return shown;
}
