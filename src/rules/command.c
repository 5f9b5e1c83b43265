#include "rules/command.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "rules/diff.h"
#include "rules/rules_priv.h"

#include <stdio.h>
#include <string.h>

typedef struct {
	char *from, *directory, *more, *pack;
	int days;
	gboolean json;
	char **words; /* what is left */
	const FnRulesCheck *checks;
} Options;

typedef struct {
	const char *name;
	int (*run)(const Options *options, const FnRules *rules);
	int least, most; /* words after the name */
	const char *about;
} Command;

static const char *
language(void)
{
	return fn_say_in_chinese() ? "zh" : "en";
}

static const char *
pack_of(const Options *options)
{
	return options->pack != NULL ? options->pack : "national";
}

static const char *
say(const FnNode *both)
{
	return fn_node_text(both, language());
}

static void
print_json(const GString *text)
{
	printf("%s\n", text->str);
}

static int
run_due(const Options *options, const FnRules *rules)
{
	gboolean provisional = FALSE;
	g_autoptr(GError) error = NULL;
	GDate from, due;
	char date[11];

	g_date_clear(&from, 1);
	if (options->from == NULL || options->days < 0 || options->days > 10000 || !fn_date_parse(options->from, &from, &error)) {
		fprintf(stderr, "%s\n", fn_say("rules due: needs --from YYYY-MM-DD and --days N (0 to 10000)"));
		return FN_EXIT_USAGE;
	}
	due = fn_calendar_due(fn_rules_calendar(rules), &from, (guint)options->days, &provisional);
	g_date_strftime(date, sizeof(date), "%Y-%m-%d", &due);
	if (options->json) {
		g_autoptr(GString) out = g_string_new(NULL);
		FnJson json = fn_json_to(out);

		fn_json_begin_object(&json);
		fn_json_member(&json, "from", options->from);
		fn_json_member_int(&json, "days", options->days);
		fn_json_member(&json, "due", date);
		fn_json_member_bool(&json, "provisional", provisional);
		fn_json_end_object(&json);
		print_json(out);
		return FN_EXIT_OK;
	}
	printf("%s\n", date);
	if (provisional)
		fprintf(stderr, "%s\n", fn_say("provisional: a year on the way has no holiday notice yet and counts weekends only; it is computed anew when the notice comes"));
	return FN_EXIT_OK;
}

static int
run_check(const Options *options, const FnRules *rules)
{
	g_autoptr(GError) error = NULL;
	guint n, total = 0;

	for (const FnRulesCheck *check = options->checks; *check != NULL; check++)
		if (!(*check)(rules, &error)) {
			fprintf(stderr, "%s\n", error->message);
			return FN_EXIT_NO;
		}
	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++) {
		fn_rules_all(rules, kind->name, &n);
		total += n;
	}
	printf("%s: %u\n", fn_say("the rule files are sound; documents"), total);
	return FN_EXIT_OK;
}

static void
list_kind(const Options *options, const FnRules *rules, const char *kind, FnJson *json)
{
	guint n;
	const FnNode *const *all = fn_rules_all(rules, kind, &n);

	for (guint i = 0; i < n; i++) {
		const char *id = fn_node_text(all[i], "id"), *title = fn_rules_title(all[i], language());
		g_autofree char *place = fn_node_place(all[i]);

		if (!options->json) {
			printf("%s\t%s\t%s\t%s\n", kind, id, title, place);
			continue;
		}
		fn_json_begin_object(json);
		fn_json_member(json, "kind", kind);
		fn_json_member(json, "id", id);
		fn_json_member(json, "title", title);
		fn_json_member(json, "place", place);
		fn_json_end_object(json);
	}
}

static int
run_list(const Options *options, const FnRules *rules)
{
	const char *wanted = options->words[0];
	g_autoptr(GString) out = g_string_new(NULL);
	FnJson json = fn_json_to(out);

	if (wanted != NULL && fn_kind_find(wanted) == NULL) {
		fprintf(stderr, "%s: %s", wanted, fn_say("there is no such kind of rule; there are"));
		for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
			fprintf(stderr, " %s", kind->name);
		fputc('\n', stderr);
		return FN_EXIT_NO;
	}
	fn_json_begin_array(&json);
	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		if (wanted == NULL || strcmp(kind->name, wanted) == 0)
			list_kind(options, rules, kind->name, &json);
	fn_json_end_array(&json);
	if (options->json)
		print_json(out);
	return FN_EXIT_OK;
}

static void
join_words(GString *out, const char *before, const FnNode *words)
{
	const char *word;

	for (guint i = 0; (word = fn_node_word(words, i)) != NULL; i++)
		g_string_append_printf(out, "%s%s", i == 0 ? before : ", ", word);
}

/* What else a step does: clocks, conditions, effect. */
static char *
describe_step(const FnNode *step)
{
	static const char *const shown[] = { "start", "pause", "resume", "stop", "needs", "after", "tell", "effect", "say", "fields", "fill", "attach" };
	GString *out = g_string_new(NULL);
	const FnNode *extend = fn_node_get(step, "extend");

	if (fn_node_bool(step, "once", FALSE))
		g_string_append(out, " once");
	for (guint i = 0; i < G_N_ELEMENTS(shown); i++) {
		g_autofree char *before = g_strdup_printf(" %s: ", shown[i]);

		join_words(out, before, fn_node_get(step, shown[i]));
	}
	for (guint i = 0; i < fn_node_count(extend); i++)
		g_string_append_printf(out, " extend: %s by %s", fn_node_key_at(extend, i), fn_node_scalar(fn_node_at(extend, i)));
	return g_string_free(out, FALSE);
}

static void
print_steps(const FnNode *procedure, const char *state)
{
	const FnNode *steps = fn_node_get(procedure, "steps");

	for (guint i = 0; i < fn_node_count(steps); i++) {
		const FnNode *step = fn_node_at(steps, i);
		g_autofree char *more = describe_step(step);
		g_autoptr(GString) by = g_string_new(NULL);

		if (!fn_node_has_word(fn_node_get(step, "from"), state))
			continue;
		join_words(by, "", fn_node_get(step, "by"));
		printf("  %-16s -> %-16s %-12s %s;%s\n", fn_node_text(step, "do"),
			fn_node_text(step, "to") != NULL ? fn_node_text(step, "to") : state, by->str, say(step), more);
	}
}

/* A clock whose length the form chooses: each choice with what it comes to. */
static void
print_choices(const FnRules *rules, const FnNode *parameters)
{
	FnParameter found;

	for (guint i = 0; i < fn_node_count(parameters); i++)
		if (fn_rules_parameter(rules, fn_node_scalar(fn_node_at(parameters, i)), &found))
			printf("  %-16s   %s: %s %s (%s)\n", "", fn_node_key_at(parameters, i), found.value, found.unit, found.source);
}

static void
print_map(const FnRules *rules, const FnNode *map, const char *title)
{
	if (map != NULL)
		printf("%s\n", title);
	for (guint i = 0; i < fn_node_count(map); i++) {
		const FnNode *value = fn_node_at(map, i);
		const char *name = fn_node_text(value, "parameter");
		FnParameter found;

		if (name != NULL && fn_rules_parameter(rules, name, &found))
			printf("  %-16s %s: %s %s (%s)\n", fn_node_key_at(map, i), say(value), found.value, found.unit, found.source);
		else if (value->type == FN_NODE_SCALAR)
			printf("  %-16s %s\n", fn_node_key_at(map, i), fn_node_scalar(value));
		else
			printf("  %-16s %s\n", fn_node_key_at(map, i), say(value) != NULL ? say(value) : "");
		print_choices(rules, fn_node_get(value, "parameters"));
	}
}

static void
print_procedure(const FnRules *rules, const FnNode *procedure)
{
	const FnNode *states = fn_node_get(procedure, "states");
	g_autofree char *opening = describe_step(procedure); /* clocks that run from it */

	print_map(rules, fn_node_get(procedure, "people"), fn_say("people"));
	print_map(rules, fn_node_get(procedure, "form"), fn_say("form"));
	print_map(rules, fn_node_get(procedure, "clocks"), fn_say("clocks"));
	if (fn_node_get(procedure, "start") != NULL)
		printf("open -> %s;%s\n", fn_node_key_at(states, 0), opening);
	for (guint i = 0; i < fn_node_count(states); i++) {
		printf("%s  %s\n", fn_node_key_at(states, i), say(fn_node_at(states, i)));
		print_steps(procedure, fn_node_key_at(states, i));
	}
}

static void
print_node(const FnNode *node, guint depth)
{
	for (guint i = 0; i < fn_node_count(node); i++) {
		const FnNode *value = fn_node_at(node, i);
		const char *key = fn_node_key_at(node, i);

		printf("%*s%s%s%s\n", (int)depth * 2, "", key != NULL ? key : "-", key != NULL ? ": " : " ",
			value->type == FN_NODE_SCALAR ? value->text : "");
		print_node(value, depth + 1);
	}
}

static int
run_show(const Options *options, const FnRules *rules)
{
	const char *id = options->words[0];

	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++) {
		const FnNode *found = fn_rules_get(rules, kind->name, id);
		g_autofree char *place = fn_node_place(found);

		if (found == NULL)
			continue;
		printf("%s  %s  %s\n", id, fn_rules_title(found, language()), place);
		if (strcmp(kind->name, "procedures") == 0)
			print_procedure(rules, found);
		else
			print_node(found, 1);
		return FN_EXIT_OK;
	}
	fprintf(stderr, "%s: %s\n", id, fn_say("there is no such rule; rules list shows them"));
	return FN_EXIT_NO;
}

static void
explain_json(const char *name, const FnParameter *found)
{
	g_autoptr(GString) out = g_string_new(NULL);
	FnJson json = fn_json_to(out);

	fn_json_begin_object(&json);
	fn_json_member(&json, "parameter", name);
	fn_json_member(&json, "title", fn_rules_title(found->node, language()));
	fn_json_member(&json, "value", found->value);
	fn_json_member(&json, "unit", found->unit);
	fn_json_member(&json, "direction", found->direction);
	fn_json_member_bool(&json, "may_tighten", fn_node_bool(found->node, "may_tighten", FALSE));
	fn_json_member(&json, "source", found->source);
	fn_json_member(&json, "pack", found->pack);
	fn_json_member(&json, "place", found->place);
	fn_json_member(&json, "why", say(fn_node_get(found->node, "why")));
	fn_json_member(&json, "contest", found->contest);
	fn_json_end_object(&json);
	print_json(out);
}

static int
run_explain(const Options *options, const FnRules *rules)
{
	const char *name = options->words[0], *why;
	FnParameter found;

	if (!fn_rules_parameter(rules, name, &found)) {
		fprintf(stderr, "%s: %s\n", name, fn_say("the pack in force has no such parameter; rules show PACK shows them"));
		return FN_EXIT_NO;
	}
	if (options->json) {
		explain_json(name, &found);
		return FN_EXIT_OK;
	}
	printf("%s = %s %s  %s\n", name, found.value, found.unit, fn_rules_title(found.node, language()));
	printf("  %s %s (%s)\n", fn_say("source"), found.source, found.place);
	printf("  %s %s; %s %s; %s\n", fn_say("pack"), found.pack, fn_say("stricter is"), found.direction,
		fn_node_bool(found.node, "may_tighten", FALSE) ? fn_say("a lower pack may tighten it") :
		fn_say("a lower pack may not change it"));
	if ((why = say(fn_node_get(found.node, "why"))) != NULL)
		printf("  %s\n", why);
	if (found.contest != NULL)
		printf("  %s\n", found.contest);
	return FN_EXIT_OK;
}

static void
print_change(const FnRulesChange *change, gpointer data)
{
	FnJson *json = data;

	if (json == NULL) {
		printf("%s %s%s%s: ", change->kind, change->id, change->path != NULL ? " " : "", change->path != NULL ? change->path : "");
		if (change->was != NULL && change->is != NULL)
			printf("%s -> %s", change->was, change->is);
		else
			printf("%s%s%s", fn_say(change->was != NULL ? "gone" : "new"), change->path != NULL ? ": " : "",
				change->path == NULL ? "" : change->was != NULL ? change->was : change->is);
		printf("  (%s)\n", change->where);
		return;
	}
	fn_json_begin_object(json);
	fn_json_member(json, "kind", change->kind);
	fn_json_member(json, "id", change->id);
	fn_json_member(json, "path", change->path);
	fn_json_member(json, "was", change->was);
	fn_json_member(json, "is", change->is);
	fn_json_member(json, "where", change->where);
	fn_json_end_object(json);
}

/* @rules are those of now. */
static int
run_diff(const Options *options, const FnRules *rules)
{
	g_autoptr(GString) out = g_string_new(NULL);
	FnJson json = fn_json_to(out);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) after = fn_rules_load(options->words[0], pack_of(options), options->more, &error);
	guint changes;

	if (after == NULL) {
		fprintf(stderr, "%s\n", error->message);
		return FN_EXIT_NO;
	}
	fn_json_begin_array(&json);
	changes = fn_rules_diff(rules, after, print_change, options->json ? &json : NULL);
	fn_json_end_array(&json);
	if (options->json)
		print_json(out);
	else if (changes == 0)
		printf("%s\n", fn_say("no difference"));
	return FN_EXIT_OK;
}

static const Command commands[] = {
	{ "due", run_due, 0, 0, "--from DATE --days N: the date N working days later" },
	{ "check", run_check, 0, 1, "[DIR]: checks the rule files and runs their examples" },
	{ "list", run_list, 0, 1, "[KIND]: lists the rules" },
	{ "show", run_show, 1, 1, "ID: shows a rule (a procedure as a state table)" },
	{ "diff", run_diff, 1, 1, "DIR: what is different in DIR: documents, values, parameters in force" },
	{ "explain", run_explain, 1, 1, "PARAMETER: value, unit, source, pack and why" },
};

static void
help(FILE *to)
{
	fprintf(to, "%s\n", fn_say("usage: fengni rules COMMAND [--rules DIR] [--more DIR] [--pack PACK] [--json]"));
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, fn_say(commands[i].about));
	fprintf(to, "  %-8s %s\n", "reload", fn_say("DIR: makes the programs of a running instance read the rules again, all of them or none"));
}

static int
usage(void)
{
	return help(stderr), FN_EXIT_USAGE;
}

static const Command *
find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static gboolean
parse(int argc, char **argv, Options *options, GError **error)
{
	GOptionEntry entries[] = {
		{ "from", 0, 0, G_OPTION_ARG_STRING, &options->from, NULL, NULL },
		{ "days", 0, 0, G_OPTION_ARG_INT, &options->days, NULL, NULL },
		{ "rules", 0, 0, G_OPTION_ARG_FILENAME, &options->directory, NULL, NULL },
		{ "more", 0, 0, G_OPTION_ARG_FILENAME, &options->more, NULL, NULL },
		{ "pack", 0, 0, G_OPTION_ARG_STRING, &options->pack, NULL, NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &options->json, NULL, NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->words, NULL, NULL },
		{ 0 },
	};
	GOptionContext *context = g_option_context_new(NULL);
	g_auto(GStrv) copy = g_new0(char *, (gsize)argc + 1);
	gboolean fits;

	for (int i = 0; i < argc; i++)
		copy[i] = g_strdup(argv[i]);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	fits = g_option_context_parse_strv(context, &copy, error);
	g_option_context_free(context);
	if (options->words == NULL)
		options->words = g_new0(char *, 1);
	return fits;
}

static int
load_and_run(const Command *command, const Options *options)
{
	gboolean checks = command->run == run_check;
	g_autofree char *found = checks && options->words[0] != NULL ? g_strdup(options->words[0]) :
		options->directory != NULL ? g_strdup(options->directory) : fn_rules_directory(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = fn_rules_load(found, pack_of(options), options->more, &error);

	if (rules == NULL) {
		fprintf(stderr, "%s\n", error->message);
		return checks ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
	}
	return command->run(options, rules);
}

int
fn_rules_command(int argc, char **argv, const FnRulesCheck *checks)
{
	Options options = { .days = -1, .checks = checks };
	g_autoptr(GError) error = NULL;
	const Command *command;
	int code;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return help(stdout), FN_EXIT_OK;
	if (argc < 2 || (command = find(argv[1])) == NULL)
		return usage();
	if (!parse(argc - 1, argv + 1, &options, &error)) {
		fprintf(stderr, "%s\n", error->message);
		code = usage();
	} else {
		int words = (int)g_strv_length(options.words);

		code = words < command->least || words > command->most ? usage() : load_and_run(command, &options);
	}
	g_free(options.from);
	g_free(options.directory);
	g_free(options.more);
	g_free(options.pack);
	g_strfreev(options.words);
	return code;
}
