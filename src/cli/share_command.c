#include "cli/share_command.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "cli/client.h"
#include "share/sign.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	char *url, *ca, *certificate, *key, *resource, *grant, *purpose, *case_number, *operator_account, *body, *mode, *format;
	char **by;
} Call;

static void
call_clear(Call *call)
{
	char *const all[] = { call->url, call->ca, call->certificate, call->key, call->resource, call->grant, call->purpose, call->case_number,
		call->operator_account, call->body, call->mode, call->format };

	for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
	g_strfreev(call->by);
}

/* The body that "--by" stands for. */
static void
take_by(Call *call)
{
	GString *body = g_string_new(NULL);
	FnJson json = fn_json_to(body);

	fn_json_begin_object(&json);
	fn_json_name(&json, "by");
	fn_json_begin_array(&json);
	for (guint i = 0; call->by[i] != NULL; i++)
		fn_json_text(&json, call->by[i]);
	fn_json_end_array(&json);
	if (call->format != NULL)
		fn_json_member(&json, "format", call->format);
	fn_json_member(&json, "measure", "count");
	fn_json_end_object(&json);
	call->body = g_string_free(body, FALSE);
	if (call->mode == NULL)
		call->mode = g_strdup("aggregate");
}

/* Header lines of the call, each "Name: value", NULL-ended. */
static char **
headers_of(const Call *call, const char *path, GError **error)
{
	g_autofree char *purpose = call->purpose != NULL ? fn_share_header_text(call->purpose) : NULL;
	g_autofree char *case_number = call->case_number != NULL ? fn_share_header_text(call->case_number) : NULL;
	const struct {
		const char *name, *value;
	} plain[] = { { "Fengni-Grant", call->grant }, { "Fengni-Purpose", purpose }, { "Fengni-Case", case_number },
		{ "Fengni-Operator", call->operator_account } };
	FnSignedRequest request = { .path = path, .grant = call->grant, .case_number = case_number,
		.operator_account = call->operator_account, .purpose = purpose, .body = call->body, .size = strlen(call->body) };
	g_autoptr(FnSigner) signer = fn_signer_new(call->key, call->certificate, error);
	g_autofree char *signature = signer != NULL ? fn_signer_headers(signer, &request, error) : NULL;
	GPtrArray *lines;
	char **line;

	if (signature == NULL)
		return NULL;
	lines = g_ptr_array_new();
	for (gsize i = 0; i < G_N_ELEMENTS(plain); i++)
		if (plain[i].value != NULL)
			g_ptr_array_add(lines, g_strdup_printf("%s: %s", plain[i].name, plain[i].value));
	line = g_strsplit(signature, "\r\n", -1);
	for (guint i = 0; line[i] != NULL; i++)
		if (*line[i] != '\0')
			g_ptr_array_add(lines, g_strdup(line[i]));
	g_strfreev(line);
	g_ptr_array_add(lines, NULL);
	return (char **)g_ptr_array_free(lines, FALSE);
}

static int
get(const Call *call, const char *path, char **headers, GError **error)
{
	g_autoptr(FnClient) client = fn_client_new(call->url, call->ca);
	FnAnswer answer = { 0 };
	gboolean whole;
	long status;

	fn_client_set_certificate(client, call->certificate, call->key);
	whole = fn_client_fetch(client, path, (const char *const *)headers, call->body, STDOUT_FILENO, &answer, error);
	status = answer.status;
	if (whole && answer.receipt != NULL)
		fprintf(stderr, fn_say("\nreceipt %s\n"), answer.receipt);
	fn_answer_clear(&answer);
	if (!whole)
		return FN_EXIT_ENVIRONMENT;
	return status == 200 ? FN_EXIT_OK : FN_EXIT_NO;
}

static int
run(const char *verb, const Call *call)
{
	g_autofree char *path = g_strdup_printf("/share/v1/%s/%s", call->resource, call->mode != NULL ? call->mode : "query");
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) headers = headers_of(call, path, &error);
	int code = FN_EXIT_ENVIRONMENT;

	if (headers != NULL && g_str_equal(verb, "get"))
		code = get(call, path, headers, &error);
	else if (headers != NULL) {
		for (guint i = 0; headers[i] != NULL; i++)
			puts(headers[i]);
		code = FN_EXIT_OK;
	}
	if (error != NULL)
		fprintf(stderr, "fengni: %s\n", error->message);
	return code;
}

/* Standard input whole; a body beyond what any gate takes is refused, not cut. */
static char *
read_input(GError **error)
{
	enum { MOST = 1 << 20 };
	g_autofree char *text = g_malloc(MOST + 1);
	gsize size = fread(text, 1, MOST + 1, stdin);

	if (size <= MOST && memchr(text, '\0', size) == NULL)
		return g_strndup(text, size);
	g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_ANSWER, "%s", fn_say("the body on standard input is longer than 1 MiB, or no text"));
	return NULL;
}

int
fn_share_command(int argc, char **argv)
{
	Call call = { 0 };
	const GOptionEntry options[] = { { "url", 0, 0, G_OPTION_ARG_STRING, &call.url, fn_say("https://HOST:PORT of the share API (get)"), "URL" },
		{ "ca", 0, 0, G_OPTION_ARG_FILENAME, &call.ca, fn_say("certificate of the platform's CA (get)"), "FILE" },
		{ "cert", 0, 0, G_OPTION_ARG_FILENAME, &call.certificate, fn_say("the system's certificate"), "FILE" },
		{ "key", 0, 0, G_OPTION_ARG_FILENAME, &call.key, fn_say("its private key"), "FILE" },
		{ "resource", 0, 0, G_OPTION_ARG_STRING, &call.resource, fn_say("code of the resource"), "CODE" },
		{ "mode", 0, 0, G_OPTION_ARG_STRING, &call.mode, fn_say("query (default), batch or aggregate"), "MODE" },
		{ "grant", 0, 0, G_OPTION_ARG_STRING, &call.grant, fn_say("the grant used"), "ID" },
		{ "purpose", 0, 0, G_OPTION_ARG_STRING, &call.purpose, fn_say("what for"), "TEXT" },
		{ "case", 0, 0, G_OPTION_ARG_STRING, &call.case_number, fn_say("number of the case"), "TEXT" },
		{ "operator", 0, 0, G_OPTION_ARG_STRING, &call.operator_account, fn_say("account behind the call"), "ID" },
		{ "body", 0, 0, G_OPTION_ARG_STRING, &call.body, fn_say("JSON body; - reads it from standard input"), "JSON" },
		{ "by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &call.by, fn_say("field to count by, once or twice; in the place of --body (mode aggregate)"), "FIELD" },
		{ "format", 0, 0, G_OPTION_ARG_STRING, &call.format, fn_say("answer of an aggregate as json (default) or csv"), "FORMAT" }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("get|sign");
	g_autoptr(GError) error = NULL;
	int code = FN_EXIT_USAGE;
	gboolean parsed;

	g_option_context_add_main_entries(context, options, NULL);
	parsed = g_option_context_parse(context, &argc, &argv, &error);
	if (parsed && g_strcmp0(call.body, "-") == 0) {
		g_clear_pointer(&call.body, g_free);
		call.body = read_input(&error);
	} else if (parsed && call.body == NULL && call.by != NULL) {
		take_by(&call);
	}
	if (parsed && argc == 2 && (g_str_equal(argv[1], "get") || g_str_equal(argv[1], "sign")) && call.certificate != NULL &&
		call.key != NULL && call.resource != NULL && call.body != NULL && (!g_str_equal(argv[1], "get") || (call.url != NULL && call.ca != NULL)))
		code = run(argv[1], &call);
	else {
		if (error != NULL)
			fprintf(stderr, "fengni: %s\n", error->message);
		fprintf(stderr, fn_say("usage: %s"),
			"fengni share get|sign --cert FILE --key FILE --resource CODE --body JSON|- [--mode query|batch|aggregate]\n"
			"       in the place of --body: --by FIELD [--by FIELD] [--format json|csv]\n"
			"       [--grant ID] [--purpose TEXT] [--case TEXT] [--operator ID] [--url URL --ca FILE]\n");
	}
	call_clear(&call);
	return code;
}
