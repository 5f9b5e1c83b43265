/* An alert told to a person: what was seen, what it was held against, what to do next; in both languages, since nobody knows who reads
 * it. Nothing is said here that the alert, its rule and the pack do not hold. */
#include "watch/watch_priv.h"

#include "base/say.h"
#include "base/time.h"

#include <string.h>

/* What a measure counts, and what to ask. */
static const struct {
	const char *measure, *what, *ask;
} words[] = {
	{ "volume", FN_SAY("rows that left"), FN_SAY("Ask which matter needed so many rows, and where they are now.") },
	{ "sensitive", FN_SAY("rows of sensitive data that left"), FN_SAY("Ask which matter needed so many rows, and where they are now.") },
	{ "calls", FN_SAY("calls"), FN_SAY("Ask whether a person was at work, or a program under a person's account.") },
	{ "batches", FN_SAY("batches begun"), FN_SAY("Ask which task needed them, and who planned it.") },
	{ "distinct_subjects", FN_SAY("different persons looked up"), FN_SAY("Take some of the case numbers and compare them with the matters handled.") },
	{ "enumeration", FN_SAY("persons asked for, hardly any twice"), FN_SAY("Ask where the list of numbers came from; suspend the grant where nobody can say.") },
	{ "off_hours", FN_SAY("calls outside hours"), FN_SAY("Ask for the roster of those on duty at that time.") },
	{ "batch_off_hours", FN_SAY("batches begun outside hours"), FN_SAY("Ask which task needed them, and who planned it.") },
	{ "case_missing", FN_SAY("calls without a case number"), FN_SAY("Ask which matters the calls were for; have the system send case numbers.") },
	{ "case_repeated", FN_SAY("different persons under one case number"), FN_SAY("Take some of the case numbers and compare them with the matters handled.") },
	{ "denied_burst", FN_SAY("refused calls"), FN_SAY("Read the codes of the refusals: a faulty program repeats one, somebody who tries changes them.") },
	{ "purpose_denied", FN_SAY("calls refused for their purpose"), FN_SAY("Ask what the data were wanted for; another purpose needs an application of its own.") },
	{ "scope_denied", FN_SAY("calls beyond what was granted"), FN_SAY("Read the codes of the refusals: a faulty program repeats one, somebody who tries changes them.") },
	{ "after_expiry", FN_SAY("calls after the end of a grant"), FN_SAY("Ask why the system still calls; what it kept should have been destroyed.") },
	{ "concurrent_sessions", FN_SAY("places from which one account acts at once"), FN_SAY("Ask the owner in person; change the password, and see to it that everybody has an account.") },
	{ "one_person", FN_SAY("accounts that looked one person up"), FN_SAY("Compare the matters of those accounts; who the person is takes the procedure of lookups.") },
	{ "same_person", FN_SAY("lookups of one person"), FN_SAY("Ask which matter took so many lookups; who the person is takes the procedure of lookups.") },
	{ "returns", FN_SAY("days without use, then used again"), FN_SAY("Ask the owner in person whether that was them; close the account where they have left.") },
	{ "addresses", FN_SAY("addresses that called"), FN_SAY("Compare them with the machines of the system; a certificate whose copies nobody can name is revoked.") },
	{ "failed_logins", FN_SAY("failed logins"), FN_SAY("Find the machine; ask its user, and have the address closed where it is nobody's.") },
	{ "strangers", FN_SAY("calls with unknown certificates"), FN_SAY("Find the machine; ask its user, and have the address closed where it is nobody's.") },
	{ "unused", FN_SAY("days without use"), FN_SAY("Ask whether the grant is still needed; what nobody uses is ended.") },
};

/* Where the search of the ledger finds what an alert is of. */
static const struct {
	const char *per, *name, *condition;
} pers[] = {
	{ "grant", FN_SAY("grant"), "grant" },
	{ "system", FN_SAY("system"), "system" },
	{ "account", FN_SAY("account"), "actor" },
	{ "address", FN_SAY("address"), "address" },
	{ "person", FN_SAY("person (keyed digest)"), "subject" },
};

static const struct {
	const char *unit, *one, *more;
} units[] = { { "minute", FN_SAY("a minute"), FN_SAY("minutes") }, { "hour", FN_SAY("an hour"), FN_SAY("hours") },
	{ "day", FN_SAY("a day"), FN_SAY("days") } };

static gsize
place_of(const char *measure)
{
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(words[i].measure, measure) == 0)
			return i;
	return G_N_ELEMENTS(words);
}

gboolean
fn_watch_has_words(const FnMeasure *measure)
{
	return place_of(measure->name) < G_N_ELEMENTS(words);
}

static const char *
text_of(const json_t *alert, const char *name)
{
	const char *text = json_string_value(json_object_get(alert, name));

	return text != NULL ? text : "";
}

static char *
number_of(const json_t *alert, const char *name)
{
	return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(alert, name)));
}

static gsize
per_of(const json_t *alert)
{
	for (gsize i = 0; i < G_N_ELEMENTS(pers); i++)
		if (strcmp(pers[i].per, text_of(alert, "per")) == 0)
			return i;
	return 0;
}

/* To the minute, in China. */
static char *
moment_of(const json_t *alert, const char *name)
{
	gint64 at;
	char *text;

	if (!fn_time_parse(text_of(alert, name), &at))
		return g_strdup("-");
	text = fn_time_format(at + 8 * G_TIME_SPAN_HOUR);
	text[10] = ' ';
	text[16] = '\0';
	return text;
}

static char *
seen(const json_t *alert, const FnWatchRule *rule, gboolean zh)
{
	g_autofree char *measured = number_of(alert, "measured"), *count = number_of(alert, "count"), *from = number_of(alert, "from"),
		*to = number_of(alert, "to"), *first = moment_of(alert, "first_at"), *last = moment_of(alert, "last_at");
	const char *what = rule != NULL ? words[place_of(rule->measure->name)].what : FN_SAY("measured");

	return g_strdup_printf(fn_say_in("%s %s: %s: %s. First told %s, last %s; entries at or over the limit: %s. Evidence: entries %s to %s of the ledger.", zh),
		fn_say_in(pers[per_of(alert)].name, zh), text_of(alert, "subject"), fn_say_in(what, zh), measured, first, last, count, from, to);
}

static char *
window_of(const FnWatchRule *rule, gboolean zh)
{
	const FnNode *window = fn_node_get(rule->node, "window");
	gint64 value = fn_node_int(window, "value", 0);
	gsize unit = 0;

	while (unit + 1 < G_N_ELEMENTS(units) && strcmp(units[unit].unit, fn_node_text(window, "unit")) != 0)
		unit++;
	return value == 1 ? g_strdup(fn_say_in(units[unit].one, zh)) :
		g_strdup_printf("%" G_GINT64_FORMAT " %s", value, fn_say_in(units[unit].more, zh));
}

/* The limit as it was when the alert was raised; the rest as the rule is now. */
static char *
compared(const FnRules *rules, const json_t *alert, const FnWatchRule *rule, gboolean zh)
{
	g_autofree char *threshold = number_of(alert, "threshold");
	g_autofree char *window = rule != NULL ? window_of(rule, zh) : NULL;
	GString *text = g_string_new(NULL);
	FnParameter parameter;

	if (rule == NULL) {
		g_string_append_printf(text, fn_say_in("The limit was %s; its rule is not in force any more.", zh), threshold);
		return g_string_free(text, FALSE);
	}
	if (rule->measure->kinds == 0 || rule->measure->of == FN_OF_SILENCE)
		g_string_append_printf(text, fn_say_in("The limit is %s.", zh), threshold);
	else
		g_string_append_printf(text, fn_say_in("Within %s the limit is %s.", zh), window, threshold);
	if (rule->usual >= 0)
		g_string_append_printf(text, fn_say_in(" It is %d percent or more of what is usual of the same one.", zh), (int)rule->usual);
	if (rule->parameter != NULL && fn_rules_parameter(rules, rule->parameter, &parameter))
		g_string_append_printf(text, fn_say_in(" The pack says so: %s (%s).", zh), fn_rules_title(parameter.node, zh ? "zh" : "en"), rule->parameter);
	return g_string_free(text, FALSE);
}

static char *
next(const json_t *alert, const FnWatchRule *rule, gboolean zh)
{
	GString *text = g_string_new(NULL);

	if (strcmp(text_of(alert, "state"), "handled") == 0) {
		g_string_append(text, fn_say_in("Nothing: it was handled.", zh));
		return g_string_free(text, FALSE);
	}
	if (rule != NULL)
		g_string_append_printf(text, "%s ", fn_say_in(words[place_of(rule->measure->name)].ask, zh));
	g_string_append_printf(text, fn_say_in("An auditor reads what was done: fengni ledger search %s=%s.", zh), pers[per_of(alert)].condition,
		text_of(alert, "subject"));
	g_string_append_c(text, ' ');
	if (*text_of(alert, "case") != '\0')
		g_string_append_printf(text, fn_say_in("The bureau decides in case %s: fengni case step %s step=ask, confirm or dismiss, say=….", zh), text_of(alert, "case"),
			text_of(alert, "case"));
	else
		g_string_append_printf(text, fn_say_in("Then the bureau writes down what came of it: fengni watch handle %s reason=….", zh), text_of(alert, "id"));
	return g_string_free(text, FALSE);
}

static json_t *
both(char *zh, char *en)
{
	json_t *text = json_pack("{s:s, s:s}", "zh", zh, "en", en);

	g_free(zh);
	g_free(en);
	return text;
}

json_t *
fn_watch_explain(const FnRules *rules, const json_t *alert, GError **error)
{
	g_autoptr(GPtrArray) list = fn_watch_rules_read(rules, error);
	const FnWatchRule *rule = NULL;

	if (list == NULL)
		return NULL;
	for (guint i = 0; i < list->len; i++)
		if (strcmp(((const FnWatchRule *)list->pdata[i])->id, text_of(alert, "rule")) == 0)
			rule = list->pdata[i];
	return json_pack("{s:o, s:o, s:o}", "seen", both(seen(alert, rule, TRUE), seen(alert, rule, FALSE)), "compared",
		both(compared(rules, alert, rule, TRUE), compared(rules, alert, rule, FALSE)), "next", both(next(alert, rule, TRUE),
		next(alert, rule, FALSE)));
}
