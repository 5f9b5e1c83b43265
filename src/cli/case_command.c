#include "cli/case_command.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/nouns.h"
#include "cli/readable.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 8 * 1024 * 1024 };

typedef struct {
	const char *name, *arguments;
	int least;
	gboolean (*run)(FnClient *client, int argc, char **argv, GError **error); /* behind the verb */
	const char *about;
} Verb;

/* /api/v1/cases/CASE@behind; the id escaped. Caller frees. */
static char *
address(const char *id, const char *behind)
{
	GString *path = g_string_new("/api/v1/cases/");

	g_string_append_uri_escaped(path, id, ":", TRUE);
	return g_string_free(g_string_append(path, behind), FALSE);
}

static gboolean
show(json_t *reply, gboolean as_json)
{
	if (reply == NULL)
		return FALSE;
	fn_show_answer(reply, as_json, NULL);
	json_decref(reply);
	return TRUE;
}

static gboolean
take_arguments(json_t *given, int argc, char **argv, GError **error)
{
	for (int i = 0; i < argc; i++)
		if (!fn_argument_take(given, argv[i], error))
			return FALSE;
	return TRUE;
}

/* ---- step ---- */

/* The digest of what stands there now when @step is signed, else NULL. */
static char *
digest_of(const json_t *shown, const char *step)
{
	const json_t *actions = json_object_get(shown, "allowed_actions");

	for (size_t i = 0; i < json_array_size(actions); i++) {
		const json_t *action = json_array_get(actions, i);

		if (g_strcmp0(json_string_value(json_object_get(action, "do")), step) == 0)
			return g_strdup(json_string_value(json_object_get(action, "digest")));
	}
	return NULL;
}

/* Who signs is shown what the digest is of, and then asked for the password. */
static gboolean
add_signature(const json_t *shown, const char *digest, json_t *body, GError **error)
{
	g_autofree char *form = fn_readable(json_object_get(shown, "form"), NULL);
	char *password;

	fprintf(stderr, fn_say("You sign this case as it stands now (%zu attachments, SM3 %s):\n"),
		json_array_size(json_object_get(shown, "attachments")), digest);
	fputs(form, stderr);
	if ((password = fn_read_password()) == NULL) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s", fn_say("this step is signed: give the password"));
		return FALSE;
	}
	json_object_set_new(body, "digest", json_string(digest));
	json_object_set_new(body, "password", json_string(password));
	fn_secret_free(password);
	return TRUE;
}

static gboolean
run_step(FnClient *client, int argc, char **argv, GError **error)
{
	gboolean as_json = fn_json_wanted(&argc, argv);
	g_autofree char *path = address(argv[0], ""), *steps = address(argv[0], "/steps"), *digest = NULL;
	json_t *body = json_object(), *shown = NULL, *reply = NULL;
	gboolean ready = take_arguments(body, argc - 1, argv + 1, error) && (shown = fn_client_call(client, "GET", path, NULL, error)) != NULL;

	digest = ready ? digest_of(shown, json_string_value(json_object_get(body, "step"))) : NULL;
	if (ready && digest != NULL && json_object_get(body, "digest") == NULL)
		ready = add_signature(shown, digest, body, error);
	if (ready)
		reply = fn_client_call(client, "POST", steps, json_incref(body), error);
	json_decref(shown);
	json_decref(body);
	return show(reply, as_json);
}

/* ---- files ---- */

static gboolean
run_attach(FnClient *client, int argc, char **argv, GError **error)
{
	gboolean as_json = fn_json_wanted(&argc, argv);
	g_autofree char *path = address(argv[0], "/attachments"), *whole = NULL, *bytes = NULL, *name = g_path_get_basename(argv[1]);
	json_t *query = json_pack("{s:s, s:s}", "kind", "other", "name", name), *reply = NULL;
	gsize size;

	if (query == NULL) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s", fn_say("not a text in UTF-8"));
		return FALSE;
	}
	if (take_arguments(query, argc - 2, argv + 2, error) && g_file_get_contents(argv[1], &bytes, &size, error)) {
		whole = fn_query_path(path, query);
		if (size > FILE_MAX)
			g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fn_say("a file may have %d bytes; divide it"), FILE_MAX);
		else
			reply = fn_client_upload(client, whole, bytes, size, error);
	}
	json_decref(query);
	return show(reply, as_json);
}

/* To a file, which is never replaced by half of an answer, or to the terminal. */
static gboolean
fetch(FnClient *client, const char *path, const char *file, GError **error)
{
	const char *const headers[] = { fn_say_in_chinese() ? "Accept-Language: zh" : "Accept-Language: en", NULL };
	FnAnswer answer = { 0 };
	gboolean done = fn_client_send(client, "GET", path, headers, NULL, &answer, error);

	if (done && answer.status != 200) {
		g_autofree char *code = fn_answer_code(&answer);

		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "%s", code != NULL ? code : fn_say("refused"));
		done = FALSE;
	}
	if (done && file == NULL)
		done = fwrite(answer.body->str, 1, answer.body->len, stdout) == answer.body->len && fflush(stdout) == 0;
	else if (done)
		done = g_file_set_contents_full(file, answer.body->str, (gssize)answer.body->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
	fn_answer_clear(&answer);
	return done;
}

static gboolean
run_print(FnClient *client, int argc, char **argv, GError **error)
{
	g_autofree char *path = address(argv[0], "/print");

	return fetch(client, path, argc > 1 ? argv[1] : NULL, error);
}

static gboolean
run_file(FnClient *client, int argc, char **argv, GError **error)
{
	g_autofree char *attachment = g_uri_escape_string(argv[1], NULL, FALSE), *behind = g_strconcat("/attachments/", attachment, NULL);
	g_autofree char *path = address(argv[0], behind);

	return fetch(client, path, argv[2], error);
}

static const Verb verbs[] = {
	{ "step", "CASE step= [say=] [reason=] [form:=…]", 2, run_step, FN_SAY("takes a step; one that is signed asks for the password") },
	{ "attach", "CASE FILE [kind=]", 2, run_attach, FN_SAY("attaches a file, once it is inspected") },
	{ "file", "CASE ATTACHMENT FILE", 3, run_file, FN_SAY("keeps an attachment as a file") },
	{ "print", "CASE [FILE]", 1, run_print, FN_SAY("the case as a page to print, stamp and file") },
};

/* One line per verb. Caller frees. */
static char *
help_text(void)
{
	g_autofree char *calls = fn_nouns_help("case");
	GString *text = g_string_new(calls);

	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
		g_autofree char *words = g_strconcat("case ", verbs[i].name, NULL);

		g_string_append_printf(text, "  %-22s %s: %s\n", words, verbs[i].arguments, fn_say(verbs[i].about));
	}
	return g_string_free(text, FALSE);
}

static int
usage(gboolean asked)
{
	g_autofree char *text = help_text();

	fprintf(asked ? stdout : stderr, fn_say("usage: %s"), "fengni case VERB …\n");
	fputs(text, asked ? stdout : stderr);
	return asked ? FN_EXIT_OK : FN_EXIT_USAGE;
}

static int
run(const Verb *verb, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	FnClient *client;
	gboolean done;

	if (argc < verb->least)
		return usage(FALSE);
	client = fn_session_client(&error);
	done = client != NULL && verb->run(client, argc, argv, &error);
	fn_client_free(client);
	if (done)
		return FN_EXIT_OK;
	fprintf(stderr, "fengni case: %s\n", error != NULL ? error->message : fn_say("the answer is not what was asked for"));
	return fn_client_exit_code(error);
}

int
fn_case_command(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";

	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, wanted))
			return run(&verbs[i], argc - 2, argv + 2);
	if (fn_nouns_have("case", wanted))
		return fn_nouns_command(argc, argv);
	return usage(g_str_equal(wanted, "--help"));
}
