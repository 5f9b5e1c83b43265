#include "cli/client.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct FnClient {
	CURL *curl;
	char *base, *token;
	gsize most; /* bytes of a body that is taken; 0: all */
	char reason[CURL_ERROR_SIZE];
};

typedef struct {
	FnAnswer *answer;
	int to; /* -1: into the answer */
	gsize most;
} Sink;

G_DEFINE_QUARK(fn-client-error-quark, fn_client_error)

FnClient *
fn_client_new(const char *base, const char *ca)
{
	FnClient *client = g_new0(FnClient, 1);

	client->curl = curl_easy_init();
	g_assert(client->curl != NULL);
	client->base = g_strdup(base);
	if (ca != NULL)
		curl_easy_setopt(client->curl, CURLOPT_CAINFO, ca);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->reason);
	curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(client->curl, CURLOPT_USERAGENT, "fengni/" FN_VERSION);
	return client;
}

FnClient *
fn_client_new_public(const char *base, const char *ca)
{
	FnClient *client = fn_client_new(base, ca);

	curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT, 20L);
	curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_TIME, 60L);
	return client;
}

void
fn_client_free(FnClient *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	fn_secret_free(client->token);
	g_free(client->base);
	g_free(client);
}

void
fn_client_set_token(FnClient *client, const char *token)
{
	fn_secret_free(client->token);
	client->token = g_strdup(token);
}

void
fn_client_set_certificate(FnClient *client, const char *certificate, const char *key)
{
	curl_easy_setopt(client->curl, CURLOPT_SSLCERT, certificate);
	curl_easy_setopt(client->curl, CURLOPT_SSLKEY, key);
}

void
fn_answer_clear(FnAnswer *answer)
{
	if (answer->body != NULL)
		g_string_free(answer->body, TRUE);
	g_free(answer->receipt);
	memset(answer, 0, sizeof(*answer));
}

static size_t
take_body(char *data, size_t one, size_t size, void *user)
{
	Sink *sink = user;
	size_t done = 0;

	if (sink->most != 0 && sink->answer->body->len + size > sink->most)
		return 0; /* curl ends here */
	if (sink->to < 0) {
		g_string_append_len(sink->answer->body, data, (gssize)size);
		return size;
	}
	while (done < size) {
		ssize_t wrote = write(sink->to, data + done, size - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return 0;
		done += (size_t)wrote;
	}
	return size;
}

static size_t
take_header(char *data, size_t one, size_t size, void *user)
{
	static const char name[] = "fengni-receipt:";
	Sink *sink = user;

	if (size > strlen(name) && g_ascii_strncasecmp(data, name, strlen(name)) == 0) {
		g_free(sink->answer->receipt);
		sink->answer->receipt = g_strstrip(g_strndup(data + strlen(name), size - strlen(name)));
	}
	return size;
}

static struct curl_slist *
headers_of(const FnClient *client, const char *const *headers, const char *type)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	list = curl_slist_append(list, fn_say_in_chinese() ? "Accept-Language: zh" : "Accept-Language: en");
	if (type != NULL) {
		g_autofree char *line = g_strconcat("Content-Type: ", type, NULL);

		list = curl_slist_append(list, line);
	}
	if (client->token != NULL && g_str_has_prefix(client->base, "https://")) {
		g_autofree char *line = g_strconcat("Authorization: Bearer ", client->token, NULL);

		list = curl_slist_append(list, line);
	}
	for (guint i = 0; headers != NULL && headers[i] != NULL; i++)
		list = curl_slist_append(list, headers[i]);
	return list;
}

typedef struct {
	const char *type; /* NULL: there is none */
	const void *bytes;
	gsize size;
} Body;

static Body
json_body(const char *text)
{
	return text != NULL ? (Body){ "application/json", text, strlen(text) } : (Body){ 0 };
}

static gboolean
perform(FnClient *client, const char *method, const char *path, const char *const *headers, Body body, int to, FnAnswer *answer,
	GError **error)
{
	g_autofree char *url = g_strconcat(client->base, path, NULL);
	struct curl_slist *list = headers_of(client, headers, body.type);
	Sink sink = { answer, to, client->most };
	CURLcode result;

	answer->body = g_string_new(NULL);
	curl_easy_setopt(client->curl, CURLOPT_URL, url);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
	if (body.type != NULL) {
		curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
		curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body.bytes);
	}
	curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &sink);
	curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, &sink);
	client->reason[0] = '\0';
	result = curl_easy_perform(client->curl);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_slist_free_all(list);
	if (result == CURLE_OK)
		return TRUE;
	g_set_error(error, FN_CLIENT_ERROR, answer->status != 0 ? FN_CLIENT_ERROR_CUT : FN_CLIENT_ERROR_CONNECT, "%s: %s", url,
		*client->reason != '\0' ? client->reason : curl_easy_strerror(result));
	return FALSE;
}

gboolean
fn_client_send(FnClient *client, const char *method, const char *path, const char *const *headers, const char *body,
	FnAnswer *answer_out, GError **error)
{
	FnAnswer answer = { 0 };
	gboolean whole = perform(client, method, path, headers, json_body(body), -1, &answer, error);

	*answer_out = answer;
	return whole;
}

gboolean
fn_client_fetch(FnClient *client, const char *path, const char *const *headers, const char *body, int to, FnAnswer *answer_out,
	GError **error)
{
	FnAnswer answer = { 0 };
	gboolean whole = perform(client, "POST", path, headers, json_body(body), to, &answer, error);

	*answer_out = answer;
	return whole;
}

char *
fn_answer_code(const FnAnswer *answer)
{
	json_t *problem = fn_json_parse(answer->body->str, answer->body->len, NULL);
	char *code = g_strdup(json_string_value(json_object_get(problem, "code")));

	json_decref(problem);
	return code;
}

void
fn_answer_refused(const FnAnswer *answer, GError **error)
{
	json_t *problem = fn_json_parse(answer->body->str, answer->body->len, NULL);
	const char *code = json_string_value(json_object_get(problem, "code"));
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	g_autofree char *name = fn_text_safe(code != NULL ? code : "refused", -1, 60);
	g_autofree char *why = detail != NULL ? fn_text_safe(detail, -1, 1000)
		: fn_text_safe(answer->body->str, (gssize)answer->body->len, 300);

	g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "%s: %s", name, why);
	json_decref(problem);
}

/* The JSON of a good answer; clears @answer. */
static json_t *
read_reply(FnAnswer *answer, GError **error)
{
	json_t *reply = NULL;

	if (answer->status < 200 || answer->status > 299)
		fn_answer_refused(answer, error);
	else
		reply = fn_json_parse(answer->body->str, answer->body->len, error);
	fn_answer_clear(answer);
	return reply;
}

json_t *
fn_client_call(FnClient *client, const char *method, const char *path, json_t *body, GError **error)
{
	g_autofree char *text = body != NULL ? fn_json_canonical(body) : NULL;
	FnAnswer answer = { 0 };

	json_decref(body);
	if (fn_client_send(client, method, path, NULL, text, &answer, error))
		return read_reply(&answer, error);
	fn_answer_clear(&answer);
	return NULL;
}

json_t *
fn_client_upload(FnClient *client, const char *path, const void *bytes, gsize size, GError **error)
{
	FnAnswer answer = { 0 };

	if (perform(client, "POST", path, NULL, (Body){ "application/octet-stream", bytes, size }, -1, &answer, error))
		return read_reply(&answer, error);
	fn_answer_clear(&answer);
	return NULL;
}

GBytes *
fn_client_get(FnClient *client, const char *path, gsize most, long *status_out, GError **error)
{
	FnAnswer answer = { 0 };
	GBytes *body = NULL;
	gboolean whole;

	client->most = MAX(most, 1u << 16); /* a problem document may be longer than what was asked for */
	whole = perform(client, "GET", path, NULL, json_body(NULL), -1, &answer, error);
	client->most = 0;
	*status_out = answer.status;
	if (whole && answer.status != 200)
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED, "%s%s: HTTP %ld", client->base, path, answer.status);
	else if (whole && answer.body->len > most)
		g_set_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_ANSWER, "%s%s: more than %" G_GSIZE_FORMAT " bytes", client->base, path, most);
	else if (whole)
		body = g_string_free_to_bytes(g_steal_pointer(&answer.body));
	fn_answer_clear(&answer);
	return body;
}

int
fn_client_exit_code(const GError *error)
{
	if (error != NULL && error->domain == G_OPTION_ERROR)
		return FN_EXIT_USAGE;
	return g_error_matches(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_REFUSED) ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
}
