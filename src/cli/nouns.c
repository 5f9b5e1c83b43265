#include "cli/nouns.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/readable.h"
#include "crypto/crypto.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

typedef struct {
	const char *noun, *verb, *method, *path; /* '*' takes one argument */
	const char *about;
	const char *columns; /* of the list that comes; DOCUMENT: what comes is for programs */
} Verb;

#define DOCUMENT "DOCUMENT"

#define UPLOAD "UPLOAD" /* a POST whose body is the member "file"; the others go into the address */

static const Verb verbs[] = {
	{ "status", "", "GET", "/health", FN_SAY("does the instance work?") },
	{ "me", "", "GET", "/me", FN_SAY("who am I") },
	{ "inbox", "", "GET", "/inbox", FN_SAY("what waits for me"), "id title state due left unit subject" },
	{ "notice", "list", "GET", "/notices", FN_SAY("what I was told: steps, deadlines near and passed"), "at procedure kind about case subject" },
	{ "notice", "contact", "GET", "/me/contact", FN_SAY("where I am told besides") },
	{ "notice", "mail", "POST", "/me/contact", FN_SAY("email=: an official address for notices; empty: the inbox alone") },
	{ "notice", "outbox", "GET", "/outbox", FN_SAY("what became of the notices that left") },
	{ "org", "list", "GET", "/organizations", FN_SAY("organizations"), "id name kind authority region state" },
	{ "org", "add", "POST", "/organizations", "id= name= kind= region= [authority=]" },
	{ "user", "list", "GET", "/accounts", FN_SAY("accounts"), "login name offices organization state account" },
	{ "user", "add", "POST", "/accounts", "organization= login= name= password=" },
	{ "user", "first-password", "POST", "/accounts/*/first-password", FN_SAY("ACCOUNT: a password for an account that a case opened, shown once") },
	{ "user", "office", "POST", "/accounts/*/offices", "ACCOUNT office= holds:=true" },
	{ "user", "close", "POST", "/accounts/*/close", "ACCOUNT [to=]" },
	{ "user", "hand-over", "POST", "/accounts/*/hand-over", FN_SAY("ACCOUNT to=: gives its open cases to a colleague") },
	{ "user", "delegate", "POST", "/delegations", "to= office= until=" },
	{ "system", "list", "GET", "/systems", FN_SAY("calling systems"), "system name mlps_level state organization" },
	{ "system", "add", "POST", "/systems", "organization= name= mlps_level:=" },
	{ "system", "certificate", "POST", "/systems/*/certificates", "SYSTEM csr=@FILE days:=365" },
	{ "system", "operator", "POST", "/systems/*/operators", "SYSTEM account=" },
	{ "system", "close", "POST", "/systems/*/close", "SYSTEM" },
	{ "certificate", "revoke", "POST", "/certificates/*/revoke", "FINGERPRINT reason=" },
	{ "source", "list", "GET", "/sources", FN_SAY("connections to data"), "id name organization state" },
	{ "source", "add", "POST", "/sources", "organization= name= spec:='{\"kind\":\"sqlite\",\"path\":\"x.db\"}'" },
	{ "source", "tables", "GET", "/sources/*/tables", "SOURCE", "table rows columns" },
	{ "source", "profile", "POST", "/sources/*/profile", "SOURCE table=" },
	{ "resource", "search", "GET", "/search", "q= organization= sharing_type= limit=", "code name organization_name sharing_type level update_period state" },
	{ "resource", "show", "GET", "/resources/*", "CODE" },
	{ "resource", "add", "POST", "/resources", FN_SAY("name= fields:=… or @FILE.json") },
	{ "resource", "update", "PATCH", "/resources/*", "CODE name= …" },
	{ "resource", "missing", "GET", "/resources/*/missing", FN_SAY("CODE: what stands in the way of publication") },
	{ "resource", "assess", "POST", "/resources/*/assessments", "CODE kind= passed:=true answer=" },
	{ "resource", "basis", "POST", "/resources/*/basis", FN_SAY("CODE: the bureau accepts the legal basis") },
	{ "paper", "list", "GET", "/papers", FN_SAY("agreements, handovers, risk assessments"), "id kind provider consumer valid_until state" },
	{ "paper", "add", "POST", "/papers", "kind= provider= consumer= digest= valid_until=" },
	{ "paper", "sign", "POST", "/papers/*/sign", "PAPER" },
	{ "application", "open", "POST", "/cases", "procedure= subject= form:=…" },
	{ "application", "show", "GET", "/cases/*", "CASE" },
	{ "application", "step", "POST", "/cases/*/steps", "CASE step= say=" },
	{ "case", "procedures", "GET", "/procedures", FN_SAY("what cases there are, and which I may open"), "id title offices restricted" },
	{ "case", "procedure", "GET", "/procedures/*", FN_SAY("PROCEDURE: its form, parties, steps, reasons") },
	{ "case", "open", "POST", "/cases", "procedure= subject= form:=… parties:='{\"recipient\":\"…\"}'" },
	{ "case", "list", "GET", "/cases", FN_SAY("procedure= state= mine=1 limit= cursor=: cases that I may see, newest first"), "id title state subject ended" },
	{ "case", "show", "GET", "/cases/*", "CASE" },
	{ "case", "steps", "POST", "/cases/steps", FN_SAY("step= cases:=[…] say= all_or_none:=true: the same step in many cases") },
	{ "case", "attachments", "GET", "/cases/*/attachments", "CASE", "id kind name size at" },
	{ "case", "claim", "POST", "/cases/*/claim", FN_SAY("CASE [release:=true]: tells colleagues who works on it") },
	{ "case", "hand-over", "POST", "/cases/*/hand-over", FN_SAY("CASE to=: gives it to a colleague") },
	{ "reidentification", "open", "POST", "/cases", "procedure=reidentification subject=GRANT form:=…" },
	{ "reidentification", "show", "GET", "/cases/*", "CASE" },
	{ "reidentification", "step", "POST", "/cases/*/steps", "CASE step= say=" },
	{ "reidentification", "use", "POST", "/cases/*/originals", FN_SAY("CASE: whom the pseudonyms of an approved case stand for") },
	{ "pruning", "open", "POST", "/cases", "procedure=ledger_pruning subject=ledger form:='{\"year\":2026,\"month\":1,\"reason\":…}'" },
	{ "pruning", "show", "GET", "/cases/*", "CASE" },
	{ "pruning", "step", "POST", "/cases/*/steps", "CASE step= say=" },
	{ "lookup", "open", "POST", "/lookups", FN_SAY("@FILE.json (identifiers, reason, basis, days): asks who looked a person up; the file is better removed afterwards") },
	{ "lookup", "show", "GET", "/cases/*", "CASE" },
	{ "lookup", "step", "POST", "/cases/*/steps", "CASE step= say=" },
	{ "lookup", "use", "POST", "/cases/*/lookups", FN_SAY("CASE before:= limit:=: who looked them up, when and for which case") },
	{ "grant", "list", "GET", "/grants", FN_SAY("grants of or from the own organization"), "id resource_name consumer mode state valid_until reason" },
	{ "grant", "show", "GET", "/grants/*", "GRANT" },
	{ "explain", "", "POST", "/explain", FN_SAY("grant= mode= fields:=[…] case= purpose= operator=: why a call is allowed or not") },
	{ "watch", "alerts", "GET", "/alerts", FN_SAY("state= rule= subject= organization= before= limit=: what looks like misuse"), "id title state severity organization subject count last_at" },
	{ "watch", "show", "GET", "/alerts/*", FN_SAY("ALERT: what was seen, compared with what, what to do next") },
	{ "watch", "rules", "GET", "/alerts/rules", FN_SAY("what is watched for, and from which numbers on"), "id title measure per threshold severity" },
	{ "watch", "handle", "POST", "/alerts/*/handle", FN_SAY("ALERT reason=: what came of an alert that has no case") },
	{ "inspect", "checks", "GET", "/checks", FN_SAY("what is checked, and what the checks find now"), "id title severity offending near cannot" },
	{ "inspect", "run", "POST", "/inspections", FN_SAY("period=2026-11 kind=routine|full|special checks:=[…] organization=: opens the inspection of a period, or looks again") },
	{ "inspect", "list", "GET", "/inspections", FN_SAY("inspections, newest first"), "id period kind organization state findings looked_at" },
	{ "inspect", "show", "GET", "/inspections/*", FN_SAY("INSPECTION: its items, answers and findings") },
	{ "inspect", "answer", "POST", "/inspections/*/answers", "INSPECTION check= item= organization= answer=yes|no|na note=" },
	{ "inspect", "close", "POST", "/inspections/*/close", "INSPECTION opinion=" },
	{ "inspect", "findings", "GET", "/findings", "organization= check= state=", "id title what name severity state deadline case" },
	{ "inspect", "scores", "GET", "/scores", "period=" },
	{ "intake", "send", UPLOAD, "/intake/*/batches", FN_SAY("CODE rows:= period= [digest=] [whole=1] file=@FILE.csv: a batch of rows; digest is the SM3 of the file, made here unless you have it from its source") },
	{ "intake", "list", "GET", "/intake/batches", FN_SAY("resource= state= before= limit=: batches of rows that came in, newest first"), "id resource period state rows refused at" },
	{ "intake", "show", "GET", "/intake/batches/*", FN_SAY("BATCH: with the reasons why it was quarantined") },
	{ "intake", "release", "POST", "/intake/batches/*/release", "BATCH reason=" },
	{ "intake", "discard", "POST", "/intake/batches/*/discard", "BATCH reason=" },
	{ "intake", "trace", "POST", "/intake/trace", FN_SAY("@FILE.json (resource, field, value): which batch a value came with; the file is better removed afterwards") },
	{ "intake", "compare", "POST", "/resources/*/comparison", FN_SAY("CODE: the business database against the pool, by count and digest") },
	{ "ledger", "head", "GET", "/ledger/head", FN_SAY("the last signed head"), DOCUMENT },
	{ "ledger", "witnesses", "GET", "/ledger/witnesses", FN_SAY("who outside vouches for the ledger, and who is behind") },
	{ "ledger", "search", "GET", "/ledger/search", "actor= organization= provider= system= resource= grant= case= action= result= subject= about= "
		"address= from= until= before= limit=",
		"index entry.time entry.body.event entry.body.result entry.body.actor entry.body.resource entry.body.case" },
	{ "ledger", "entries", "GET", "/ledger/entries", FN_SAY("from= limit=: entries from an index on"), DOCUMENT },
	{ "ledger", "receipt", "GET", "/ledger/receipts/*", "INDEX", DOCUMENT },
	{ "clock", "advance", "POST", "/test-clock", FN_SAY("minutes:=: throw-away instances only") },
};

gboolean
fn_nouns_have(const char *noun, const char *verb)
{
	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].noun, noun) && (verb == NULL || g_str_equal(verbs[i].verb, verb)))
			return TRUE;
	return FALSE;
}

static void
append_line(GString *text, const Verb *verb)
{
	g_autofree char *words = g_strjoin(*verb->verb != '\0' ? " " : "", verb->noun, verb->verb, NULL);

	g_string_append_printf(text, "  %-22s %s\n", words, fn_say(verb->about));
}

char *
fn_nouns_help(const char *noun)
{
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (noun == NULL || g_str_equal(verbs[i].noun, noun))
			append_line(text, &verbs[i]);
	return g_string_free(text, FALSE);
}

static int
usage(const char *noun, gboolean asked)
{
	g_autofree char *text = fn_nouns_help(noun);

	fprintf(asked ? stdout : stderr, fn_say("usage: %s"), "fengni COMMAND … [--json]\n");
	fputs(text, asked ? stdout : stderr);
	return asked ? FN_EXIT_OK : FN_EXIT_USAGE;
}

/* ---- the kept session ---- */

static char *
session_path(void)
{
	const char *set = g_getenv("FENGNI_SESSION");

	return set != NULL ? g_strdup(set) : g_build_filename(g_get_user_config_dir(), "fengni", "session.json", NULL);
}

void
fn_session_clear(FnSession *session)
{
	g_free(session->url);
	g_free(session->ca);
	fn_secret_free(session->token);
	memset(session, 0, sizeof(*session));
}

gboolean
fn_session_read(FnSession *session_out, GError **error)
{
	g_autofree char *path = session_path(), *text = NULL;
	const char *url, *ca;
	gsize size;
	json_t *kept;

	if (!g_file_get_contents(path, &text, &size, NULL)) {
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_CONNECT, "%s", fn_say("log in first: fengni login NAME --url URL --ca FILE"));
		return FALSE;
	}
	if ((kept = fn_json_parse(text, size, error)) == NULL)
		return FALSE;
	url = json_string_value(json_object_get(kept, "url"));
	ca = json_string_value(json_object_get(kept, "ca"));
	*session_out = (FnSession){ g_strdup(url != NULL ? url : ""), g_strdup(ca != NULL ? ca : ""),
		g_strdup(json_string_value(json_object_get(kept, "token"))) };
	json_decref(kept);
	return TRUE;
}

FnClient *
fn_session_client(GError **error)
{
	g_auto(FnSession) session = { 0 };
	FnClient *client;

	if (!fn_session_read(&session, error))
		return NULL;
	client = fn_client_new(session.url, session.ca);
	fn_client_set_token(client, session.token);
	return client;
}

static gboolean
keep_session(const char *url, const char *ca, const char *token, GError **error)
{
	g_autofree char *path = session_path(), *directory = g_path_get_dirname(path), *text = NULL;
	json_t *kept = json_pack("{s:s, s:s, s:s}", "ca", ca, "token", token, "url", url);

	if (kept == NULL) {
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_ANSWER, "%s", fn_say("the answer to the login holds no token"));
		return FALSE;
	}
	text = fn_json_canonical(kept);
	json_decref(kept);
	g_mkdir_with_parents(directory, 0700);
	return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* One line without its end, no echo on a terminal. */
char *
fn_read_password(void)
{
	struct termios before, quiet;
	gboolean terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
	char line[256];
	gboolean have;

	if (terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
		fprintf(stderr, "%s", fn_say("password: "));
	}
	have = fgets(line, sizeof(line), stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
		fputc('\n', stderr);
	}
	return have ? g_strchomp(g_strdup(line)) : NULL;
}

int
fn_login_command(int argc, char **argv)
{
	g_autofree char *url = NULL, *ca = NULL, *code = NULL, *absolute = NULL;
	const GOptionEntry options[] = { { "url", 0, 0, G_OPTION_ARG_STRING, &url, "https://HOST:PORT", NULL },
		{ "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca, fn_say("certificate of the platform's CA"), "FILE" },
		{ "code", 0, 0, G_OPTION_ARG_STRING, &code, fn_say("one-time code"), "CODE" }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("NAME");
	g_autoptr(GError) error = NULL;
	g_autoptr(FnClient) client = NULL;
	char *password;
	json_t *body, *reply;
	gboolean kept;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2 || url == NULL || ca == NULL) {
		fprintf(stderr, fn_say("usage: %s"), "fengni login NAME --url URL --ca FILE [--code CODE]\n");
		return FN_EXIT_USAGE;
	}
	absolute = g_canonicalize_filename(ca, NULL);
	client = fn_client_new(url, absolute);
	if ((password = fn_read_password()) == NULL)
		return FN_EXIT_USAGE;
	body = json_pack("{s:s, s:s, s:s*}", "login", argv[1], "password", password, "code", code);
	fn_secret_free(password);
	reply = fn_client_call(client, "POST", "/api/v1/login", body, &error);
	kept = reply != NULL && keep_session(url, absolute, json_string_value(json_object_get(reply, "token")), &error);
	json_decref(reply);
	if (kept)
		return FN_EXIT_OK;
	fprintf(stderr, "fengni: %s\n", error->message);
	return g_error_matches(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED) ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
}

int
fn_logout_command(int argc, char **argv)
{
	g_autofree char *path = session_path();
	g_autoptr(FnClient) client = fn_session_client(NULL);

	if (client != NULL)
		json_decref(fn_client_call(client, "POST", "/api/v1/logout", NULL, NULL));
	g_unlink(path);
	return FN_EXIT_OK;
}

/* ---- arguments ---- */

gboolean
fn_argument_take(json_t *body, const char *argument, GError **error)
{
	const char *equal = strchr(argument, '=');
	gboolean is_json = equal != NULL && equal > argument && equal[-1] == ':';
	g_autofree char *name = equal != NULL ? g_strndup(argument, (gsize)(equal - argument) - is_json) : NULL, *text = NULL;
	json_t *value;
	gsize size;

	if (argument[0] == '@') {
		if (!g_file_get_contents(argument + 1, &text, &size, error) || (value = fn_json_parse(text, size, error)) == NULL)
			return FALSE;
		if (json_object_update(body, value) == 0) {
			json_decref(value);
			return TRUE;
		}
		json_decref(value);
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_ANSWER, fn_say("%s: expected a JSON object"), argument);
		return FALSE;
	}
	if (name == NULL || *name == '\0') {
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_ANSWER, fn_say("%s: expected name=value, name:=json or @FILE"), argument);
		return FALSE;
	}
	if (equal[1] == '@' && !is_json) {
		if (!g_file_get_contents(equal + 2, &text, NULL, error))
			return FALSE;
		value = json_string(text);
	} else
		value = is_json ? fn_json_parse(equal + 1, strlen(equal + 1), error) : json_string(equal + 1);
	if (value == NULL) {
		if (error != NULL && *error == NULL)
			g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_ANSWER, "%s", fn_say("not a text in UTF-8"));
		g_prefix_error(error, "%s: ", name);
		return FALSE;
	}
	json_object_set_new(body, name, value);
	return TRUE;
}

char *
fn_query_path(const char *path, const json_t *body)
{
	GString *whole = g_string_new(path);
	const char *name;
	json_t *value;
	char mark = '?';

	json_object_foreach((json_t *)body, name, value) {
		g_autofree char *text = json_is_string(value) ? g_strdup(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		g_autofree char *escaped = g_uri_escape_string(text, NULL, FALSE), *key = g_uri_escape_string(name, NULL, FALSE);

		g_string_append_printf(whole, "%c%s=%s", mark, key, escaped);
		mark = '&';
	}
	return g_string_free(whole, FALSE);
}

/* Fills the '*' of the verb's path from the arguments, the rest goes into the body. */
static char *
address(const Verb *verb, int *argc, char ***argv)
{
	g_auto(GStrv) part = g_strsplit(verb->path, "*", -1);
	GString *path = g_string_new("/api/v1");

	for (guint i = 0; part[i] != NULL; i++) {
		if (i > 0) {
			if (*argc == 0) {
				g_string_free(path, TRUE);
				return NULL;
			}
			g_string_append_uri_escaped(path, (*argv)[0], ":", TRUE);
			(*argc)--, (*argv)++;
		}
		g_string_append(path, part[i]);
	}
	return g_string_free(path, FALSE);
}

gboolean
fn_json_wanted(int *argc, char **argv)
{
	gboolean wanted = FALSE;
	int kept = 0;

	for (int i = 0; i < *argc; i++)
		if (g_str_equal(argv[i], "--json"))
			wanted = TRUE;
		else
			argv[kept++] = argv[i];
	*argc = kept;
	return wanted;
}

void
fn_show_answer(const json_t *answer, gboolean as_json, const char *columns)
{
	g_autofree char *text = as_json ? json_dumps(answer, JSON_INDENT(2) | JSON_SORT_KEYS) : g_strchomp(fn_readable(answer, columns));

	puts(text);
}

/* An explanation is for reading as it is; a "permit" that is false makes the answer no. */
static int
show(const Verb *verb, const json_t *reply, gboolean as_json)
{
	const char *explanation = json_string_value(json_object_get(reply, "explanation"));
	g_autofree char *text = explanation != NULL ? g_strchomp(g_strdup(explanation)) : NULL;

	if (text != NULL && !as_json)
		puts(text);
	else
		fn_show_answer(reply, as_json || g_strcmp0(verb->columns, DOCUMENT) == 0, verb->columns);
	return json_is_false(json_object_get(reply, "permit")) ? FN_EXIT_NO : FN_EXIT_OK;
}

/* What nobody attested elsewhere is at least what was read here. */
static void
add_digest(json_t *body, const json_t *file)
{
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	fn_sm3(json_string_value(file), json_string_length(file), digest);
	hex = fn_hex(digest, sizeof(digest));
	json_object_set_new(body, "digest", json_string(hex));
}

static json_t *
send_file(FnClient *client, const char *path, json_t *body, GError **error)
{
	json_t *file = json_incref(json_object_get(body, "file")), *reply = NULL;
	g_autofree char *whole = NULL;

	json_object_del(body, "file");
	if (json_is_string(file) && json_object_get(body, "digest") == NULL)
		add_digest(body, file);
	whole = fn_query_path(path, body);
	if (json_is_string(file))
		reply = fn_client_upload(client, whole, json_string_value(file), json_string_length(file), error);
	else
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "%s", fn_say("name the file: file=@FILE.csv"));
	json_decref(file);
	return reply;
}

static int
run(const Verb *verb, int argc, char **argv)
{
	gboolean as_json = fn_json_wanted(&argc, argv);
	g_autofree char *path = address(verb, &argc, &argv);
	gboolean get = g_str_equal(verb->method, "GET");
	g_autoptr(GError) error = NULL;
	g_autoptr(FnClient) client = NULL;
	json_t *body = json_object(), *reply = NULL;
	int code;

	if (path == NULL) {
		json_decref(body);
		return usage(verb->noun, FALSE);
	}
	for (int i = 0; i < argc; i++)
		if (!fn_argument_take(body, argv[i], &error)) {
			fprintf(stderr, "fengni: %s\n", error->message);
			json_decref(body);
			return FN_EXIT_USAGE;
		}
	if ((client = fn_session_client(&error)) != NULL) {
		g_autofree char *whole = get ? fn_query_path(path, body) : g_strdup(path);

		reply = g_str_equal(verb->method, UPLOAD) ? send_file(client, path, body, &error) : fn_client_call(client, verb->method, whole, get ? NULL : json_incref(body), &error);
	}
	json_decref(body);
	if (reply == NULL) {
		fprintf(stderr, "fengni: %s\n", error->message);
		return g_error_matches(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED) ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
	}
	code = show(verb, reply, as_json);
	json_decref(reply);
	return code;
}

int
fn_nouns_command(int argc, char **argv)
{
	const char *noun = argv[0], *wanted = argc > 1 ? argv[1] : "";

	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
		gboolean bare = *verbs[i].verb == '\0';

		if (g_str_equal(verbs[i].noun, noun) && (bare || g_str_equal(verbs[i].verb, wanted)) && !g_str_equal(wanted, "--help"))
			return run(&verbs[i], argc - (bare ? 1 : 2), argv + (bare ? 1 : 2));
	}
	return usage(noun, g_str_equal(wanted, "--help"));
}
