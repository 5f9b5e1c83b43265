#include "cli/compliance_command.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/nouns.h"

#include <stdio.h>
#include <string.h>

typedef struct {
	char *article, *instrument, *state;
	gboolean json, law, strict;
} Options;

/* The words of the interface, as people read them. */
static const struct {
	const char *word, *said;
} words[] = {
	{ "met", FN_SAY("met") },
	{ "at_risk", FN_SAY("at risk") },
	{ "violated", FN_SAY("VIOLATED") },
	{ "recorded", FN_SAY("recorded only") },
	{ "not_yet", FN_SAY("not yet: its gate is still to come") },
	{ "unmapped", FN_SAY("no control") },
	{ "no_control", FN_SAY("nothing looks after it") },
	{ "offenders", FN_SAY("its checks find offenders") },
	{ "open_findings", FN_SAY("findings are not rectified") },
	{ "control_coming", FN_SAY("its control is still to come") },
	{ "cannot_check", FN_SAY("a check could not run") },
	{ "near", FN_SAY("a limit is near, or an answer is missing") },
	{ "no_test", FN_SAY("no test is named") },
	{ "tested", FN_SAY("the program does it; tests prove it") },
	{ "checked", FN_SAY("its checks find nothing") },
	{ "no_check", FN_SAY("kept on record, without a check") },
};

static const char *
said(const char *word)
{
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_strcmp0(words[i].word, word) == 0)
			return fn_say(words[i].said);
	return word != NULL ? word : "";
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* What a terminal would take for orders is shown as it is. */
static void
print_safe(const char *before, const char *text)
{
	g_autofree char *safe = fn_text_safe(text, -1, 400);

	printf("%s%s", before, safe);
}

/* ---- one duty ---- */

static void
print_check(const json_t *check)
{
	const json_t *first = json_object_get(check, "first");

	printf("      %s  ", text_of(check, "check"));
	print_safe("", text_of(check, "title"));
	fputs(": ", stdout);
	if (!json_is_null(json_object_get(check, "cannot")))
		print_safe("", text_of(check, "cannot"));
	else
		printf(fn_say("%d offend, %d are near"), (int)json_integer_value(json_object_get(check, "offending")),
			(int)json_integer_value(json_object_get(check, "near")));
	putchar('\n');
	for (size_t i = 0; i < json_array_size(first); i++) {
		const json_t *one = json_array_get(first, i);

		print_safe("        ", text_of(one, "name"));
		print_safe("  ", text_of(one, "what"));
		if (!g_str_equal(text_of(one, "detail"), text_of(one, "what")))
			print_safe("  ", text_of(one, "detail"));
		putchar('\n');
	}
}

static void
print_duty(const json_t *duty)
{
	const json_t *checks = json_object_get(duty, "checks"), *findings = json_object_get(duty, "findings");
	gboolean wrong = g_str_equal(text_of(duty, "state"), "violated") || g_str_equal(text_of(duty, "state"), "at_risk");

	print_safe("", text_of(duty, "id"));
	print_safe("  ", text_of(duty, "duty"));
	if (json_is_true(json_object_get(duty, "unconfirmed")))
		printf("  [%s]", fn_say("unconfirmed"));
	printf("\n    %s: %s\n", said(text_of(duty, "state")), said(text_of(duty, "why")));
	for (size_t i = 0; wrong && i < json_array_size(checks); i++)
		print_check(json_array_get(checks, i));
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *one = json_array_get(findings, i);

		printf(fn_say("      finding %s, case %s, due %s\n"), text_of(one, "id"), text_of(one, "case"), text_of(one, "deadline"));
	}
}

static void
print_counts(const json_t *counts, const char *title)
{
	static const char *const order[] = { "met", "at_risk", "violated", "recorded", "not_yet", "unmapped" };

	printf("\n%s: %d\n", title, (int)json_integer_value(json_object_get(counts, "all")));
	for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
		printf("  %6d  %s\n", (int)json_integer_value(json_object_get(counts, order[i])), said(order[i]));
}

static void
print_all(const json_t *answer, const Options *options)
{
	const json_t *list = json_object_get(answer, options->law ? "law" : "duties");

	for (size_t i = 0; i < json_array_size(list); i++)
		print_duty(json_array_get(list, i));
	print_counts(json_object_get(answer, options->law ? "law_counts" : "counts"),
		options->law ? fn_say("duties of today's law") : fn_say("duties of the policies"));
}

/* ---- asking ---- */

static char *
address(const Options *options)
{
	const struct {
		const char *name, *value;
	} asked[] = { { "article", options->article }, { "instrument", options->instrument }, { "state", options->state } };
	GString *path = g_string_new("/api/v1/compliance");
	char mark = '?';

	for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
		if (asked[i].value == NULL)
			continue;
		g_string_append_printf(path, "%c%s=", mark, asked[i].name);
		g_string_append_uri_escaped(path, asked[i].value, NULL, FALSE);
		mark = '&';
	}
	return g_string_free(path, FALSE);
}

static json_t *
ask(const Options *options, GError **error)
{
	g_auto(FnSession) session = { 0 };
	g_autofree char *path = address(options);
	g_autoptr(FnClient) client = NULL;

	if (!fn_session_read(&session, error))
		return NULL;
	client = fn_client_new(session.url, session.ca);
	fn_client_set_token(client, session.token);
	return fn_client_call(client, "GET", path, NULL, error);
}

static gboolean
is_violated(const json_t *answer)
{
	return json_integer_value(json_object_get(json_object_get(answer, "counts"), "violated")) > 0 ||
		json_integer_value(json_object_get(json_object_get(answer, "law_counts"), "violated")) > 0;
}

static int
show(const Options *options)
{
	g_autoptr(GError) error = NULL;
	json_t *answer = ask(options, &error);
	gboolean violated;

	if (answer == NULL) {
		fprintf(stderr, "fengni: %s\n", error->message);
		return g_error_matches(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED) ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
	}
	violated = is_violated(answer);
	if (options->json) {
		g_autofree char *text = json_dumps(answer, JSON_INDENT(2) | JSON_SORT_KEYS);

		puts(text);
	} else
		print_all(answer, options);
	json_decref(answer);
	return options->strict && violated ? FN_EXIT_NO : FN_EXIT_OK;
}

int
fn_compliance_command(int argc, char **argv)
{
	Options options = { 0 };
	const GOptionEntry entries[] = {
		{ "article", 0, 0, G_OPTION_ARG_STRING, &options.article, fn_say("only this article, or this duty"), "A" },
		{ "instrument", 0, 0, G_OPTION_ARG_STRING, &options.instrument, fn_say("only this instrument"), "ID" },
		{ "state", 0, 0, G_OPTION_ARG_STRING, &options.state, "met, at_risk, violated, recorded, not_yet, unmapped", "STATE" },
		{ "law", 0, 0, G_OPTION_ARG_NONE, &options.law, fn_say("today's law instead of the five policies"), NULL },
		{ "strict", 0, 0, G_OPTION_ARG_NONE, &options.strict, fn_say("exit 1 when anything is violated"), NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &options.json, fn_say("as JSON, with all evidence"), NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	gboolean fits;
	int code;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	if (argc == 2 && g_str_equal(argv[1], "--help")) {
		g_autofree char *text = NULL;

		g_set_prgname("fengni compliance");
		text = g_option_context_get_help(context, TRUE, NULL);
		fputs(text, stdout);
		return FN_EXIT_OK;
	}
	fits = g_option_context_parse(context, &argc, &argv, &error) && argc == 1;
	if (fits)
		code = show(&options);
	else {
		fprintf(stderr, fn_say("usage: %s"), "fengni compliance [--article A] [--instrument ID] [--state STATE] [--law] [--strict] [--json]\n");
		code = FN_EXIT_USAGE;
	}
	g_free(options.article);
	g_free(options.instrument);
	g_free(options.state);
	return code;
}
