#include "cli/caller.h"

#include "share/sign.h"

#include <string.h>

static char *
file_of(const FnCity *city, const char *name, const char *kind)
{
	return g_strdup_printf("%s/demo/%s.%s", city->directory, name, kind);
}

FnClient *
fn_caller_client(FnCity *city, const FnCall *call)
{
	const char *who = call->nobody != NULL ? call->nobody : call->system;
	g_autofree char *certificate = file_of(city, who, "crt"), *key = file_of(city, who, "key");
	FnClient *client = fn_client_new(city->share, city->ca);

	if (!g_str_equal(who, "none"))
		fn_client_set_certificate(client, certificate, key);
	return client;
}

static void
add_header(GPtrArray *headers, const char *name, const char *value)
{
	if (value != NULL)
		g_ptr_array_add(headers, g_strdup_printf("%s: %s", name, value));
}

/* The call's headers and, signed with the system's own key, those of RFC 9421. */
static GPtrArray *
headers_of(FnCity *city, const FnCall *call, const char *path, const char *body, GError **error)
{
	g_autofree char *certificate = file_of(city, call->system, "crt"), *key = file_of(city, call->system, "key");
	g_autofree char *purpose = call->purpose != NULL ? fn_share_header_text(call->purpose) : NULL;
	g_autofree char *case_number = call->case_number != NULL ? fn_share_header_text(call->case_number) : NULL;
	g_autofree char *lines = NULL;
	g_autoptr(FnSigner) signer = fn_signer_new(key, certificate, error);
	g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free);
	FnSignedRequest request = { .path = path, .grant = call->grant, .case_number = case_number,
		.operator_account = call->operator_account, .purpose = purpose, .body = body, .size = strlen(body) };
	g_auto(GStrv) line = NULL;

	if (signer == NULL || (lines = fn_signer_headers(signer, &request, error)) == NULL)
		return NULL;
	add_header(headers, "Fengni-Grant", call->grant);
	add_header(headers, "Fengni-Purpose", purpose);
	add_header(headers, "Fengni-Case", case_number);
	add_header(headers, "Fengni-Operator", call->operator_account);
	line = g_strsplit(lines, "\r\n", -1);
	for (guint i = 0; line[i] != NULL; i++)
		if (*line[i] != '\0')
			g_ptr_array_add(headers, g_strdup(line[i]));
	g_ptr_array_add(headers, NULL);
	return g_steal_pointer(&headers);
}

gboolean
fn_caller_query_on(FnClient *client, FnCity *city, const FnCall *call, const char *body, FnAnswer *answer_out, GError **error)
{
	g_autofree char *path = g_strdup_printf("/share/v1/%s/%s", call->resource, call->mode != NULL ? call->mode : "query");
	g_autoptr(GPtrArray) headers = headers_of(city, call, path, body, error);

	return headers != NULL &&
		fn_client_send(client, "POST", path, (const char *const *)headers->pdata, body, answer_out, error);
}

gboolean
fn_caller_query(FnCity *city, const FnCall *call, const char *body, FnAnswer *answer_out, GError **error)
{
	g_autoptr(FnClient) client = fn_caller_client(city, call);

	return fn_caller_query_on(client, city, call, body, answer_out, error);
}

gboolean
fn_caller_batch(FnCity *city, const FnCall *call, const char *body, int to, FnAnswer *answer_out, GError **error)
{
	g_autofree char *path = g_strdup_printf("/share/v1/%s/batch", call->resource);
	g_autoptr(GPtrArray) headers = headers_of(city, call, path, body, error);
	g_autoptr(FnClient) client = fn_caller_client(city, call);

	return headers != NULL &&
		fn_client_fetch(client, path, (const char *const *)headers->pdata, body, to, answer_out, error);
}

char *
fn_caller_receipt(FnCity *city, const FnCall *call, const char *id, GError **error)
{
	g_autofree char *path = g_strconcat("/share/v1/receipts/", id, NULL);
	g_autoptr(FnClient) client = fn_caller_client(city, call);
	FnAnswer answer = { 0 };

	for (guint tries = 0; tries < 100; tries++) {
		if (!fn_client_send(client, "GET", path, NULL, NULL, &answer, error))
			return NULL;
		if (answer.status == 200) {
			g_free(answer.receipt);
			return g_string_free(answer.body, FALSE);
		}
		if (answer.status != 503)
			break;
		fn_answer_clear(&answer);
		g_usleep(100000);
	}
	g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "no receipt %s: %ld %s", id, answer.status,
		answer.body != NULL ? answer.body->str : "");
	fn_answer_clear(&answer);
	return NULL;
}
