/* Looking at texts and documents. The gate does not parse them: fengni-inspect does, and keeps nothing of them. */
#include "api/api_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "inspect/inspect.h"

#include <string.h>

typedef struct {
	const char *profile, *name, *bytes;
	gsize size;
} Document;

static gboolean
takes_documents(const char *path)
{
	return strcmp(path, FN_API_PREFIX "/scan") == 0 ||
		(g_str_has_prefix(path, FN_API_PREFIX "/cases/") && g_str_has_suffix(path, "/attachments")) ||
		(g_str_has_prefix(path, FN_API_PREFIX "/registers/") && g_str_has_suffix(path, "/import")) ||
		(g_str_has_prefix(path, FN_API_PREFIX "/intake/") && g_str_has_suffix(path, "/batches"));
}

/* The body itself is the document, unless it is JSON or nothing is said of it. */
gboolean
fn_api_is_document(const FnHttpRequest *request)
{
	const char *type = fn_http_header(request, "Content-Type");
	g_autofree char *lower = type != NULL ? g_ascii_strdown(type, -1) : NULL;

	return g_strcmp0(fn_http_method(request), "POST") == 0 && takes_documents(fn_http_path(request)) && lower != NULL &&
		!g_str_has_prefix(lower, "application/json");
}

/* Only for who at least says that there is a session: places for large bodies are few. */
const char *
fn_api_large(const FnHttpRequest *request, gpointer api)
{
	const char *session = fn_http_header(request, "Authorization"), *address = fn_http_header(request, "X-Fengni-Address");

	if (!fn_api_is_document(request) || session == NULL || !g_str_has_prefix(session, "Bearer "))
		return NULL;
	return address != NULL ? address : "";
}

static gboolean
read_json(FnApiCall *call, Document *document, GError **error)
{
	if (!fn_api_want(call, "profile", &document->profile, error) || !fn_api_want(call, "name", &document->name, error) ||
		(document->bytes = fn_api_need(call, "text", error)) == NULL)
		return FALSE;
	document->size = strlen(document->bytes);
	return TRUE;
}

static gboolean
read_document(FnApiCall *call, Document *document, GError **error)
{
	if (!fn_api_is_document(call->request))
		return read_json(call, document, error);
	document->profile = fn_http_query(call->request, "profile");
	document->name = fn_http_query(call->request, "name");
	document->bytes = fn_http_body(call->request, &document->size);
	return TRUE;
}

/* "sm3:…": what the ledger says of a document; nothing else of it is entered. */
static char *
digest_of(FnSuite suite, const Document *document)
{
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	if (suite == FN_SUITE_GM)
		fn_sm3(document->bytes, document->size, digest);
	else
		fn_sha256(document->bytes, document->size, digest);
	hex = fn_hex(digest, sizeof(digest));
	return g_strconcat(suite == FN_SUITE_GM ? "sm3:" : "sha-256:", hex, NULL);
}

/* NULL when it is none that we know. */
static const char *
verdict_of(const json_t *answer)
{
	const char *verdict = json_string_value(json_object_get(answer, "verdict"));

	for (FnScanVerdict one = FN_SCAN_NOT_FULLY_INSPECTED; verdict != NULL && one <= FN_SCAN_BLOCKED; one++)
		if (strcmp(verdict, fn_scan_verdict_name(one)) == 0)
			return fn_scan_verdict_name(one);
	return NULL;
}

/* What fengni-inspect says is not believed further than its form: without a verdict nothing is known of the document. */
static json_t *
take_answer(GBytes *reply, GError **error)
{
	gsize size;
	const char *text = g_bytes_get_data(reply, &size);
	json_t *answer = fn_json_parse(text, size, NULL);

	if (verdict_of(answer) != NULL && json_is_array(json_object_get(answer, "findings")))
		return answer;
	json_decref(answer);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SERVICE, "the inspection gave no answer that makes sense: nothing is known of this document");
	return NULL;
}

/* What fengni-inspect cannot read through is not known to be harmless. */
gboolean
fn_api_is_harmless(GBytes *reply, GError **error)
{
	json_t *answer = take_answer(reply, error);
	const char *verdict = answer != NULL ? verdict_of(answer) : NULL, *why = json_string_value(json_object_get(answer, "reason"));
	gboolean blocked = g_strcmp0(verdict, fn_scan_verdict_name(FN_SCAN_BLOCKED)) == 0;
	gboolean harmless = verdict != NULL && !blocked && strcmp(verdict, fn_scan_verdict_name(FN_SCAN_NOT_FULLY_INSPECTED)) != 0;

	if (verdict != NULL && !harmless) {
		g_autofree char *safe = fn_text_safe(why != NULL ? why : "", -1, 200);

		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, blocked ?
			"not kept: the file holds what must not leave in clear (blocked)%s%s; mask it first, and see POST " FN_API_PREFIX "/scan for what was found" :
			"not kept: the file could not be inspected to its end (not_fully_inspected)%s%s; send it unencrypted, whole and in a common format",
			*safe != '\0' ? ": " : "", safe);
	}
	json_decref(answer);
	return harmless;
}

json_t *
fn_api_scan(FnApiCall *call, GError **error)
{
	g_autoptr(GBytes) reply = NULL;
	Document document = { 0 };
	json_t *answer;

	if (!read_document(call, &document, error))
		return NULL;
	call->subject = digest_of(call->api->suite, &document);
	reply = fn_inspect_ask(call->api->options.inspect, document.profile, document.name, document.bytes, document.size, error);
	if (reply == NULL || (answer = take_answer(reply, error)) == NULL)
		return NULL;
	call->outcome = verdict_of(answer);
	json_object_set_new(answer, "bytes", json_integer((json_int_t)document.size));
	json_object_set_new(answer, "digest", json_string(call->subject));
	return answer;
}

/* ---- what is looked for ---- */

static json_t *
about(const FnNode *file)
{
	return json_pack("{s:s, s:{s:s, s:s}}", "id", fn_node_text(file, "id"), "title", "zh", fn_rules_title(file, "zh"), "en",
		fn_rules_title(file, "en"));
}

json_t *
fn_api_detectors(FnApiCall *call, GError **error)
{
	json_t *items = json_array();
	guint n;
	const FnNode *const *file = fn_rules_all(call->force->rules, "detectors", &n);

	for (guint i = 0; i < n; i++) {
		json_t *item = about(file[i]);

		json_object_set_new(item, "level", json_integer(fn_node_int(file[i], "level", 1)));
		json_object_set_new(item, "blocks", json_boolean(g_strcmp0(fn_node_text(file[i], "verdict"), "blocked") == 0));
		json_array_append_new(items, item);
	}
	return json_pack("{s:o}", "items", items);
}

json_t *
fn_api_profiles(FnApiCall *call, GError **error)
{
	json_t *items = json_array();
	guint n;
	const FnNode *const *file = fn_rules_all(call->force->rules, "profiles", &n);

	for (guint i = 0; i < n; i++)
		json_array_append_new(items, about(file[i]));
	return json_pack("{s:o}", "items", items);
}
