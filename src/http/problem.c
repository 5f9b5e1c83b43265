#include "http/http_priv.h"

#include "base/json.h"

#include <string.h>

static const char *
find_header(const FnHttpHeader *headers, const char *name)
{
	for (; headers != NULL && headers->name != NULL; headers++)
		if (g_ascii_strcasecmp(headers->name, name) == 0)
			return headers->value;
	return NULL;
}

char *
fn_problem_text(guint status, const char *code, const char *detail, const char *field, const FnHttpHeader *headers,
	gsize *size_out)
{
	g_autofree char *type = g_strconcat("urn:fengni:problem:", code, NULL);
	const char *receipt = find_header(headers, FN_HTTP_RECEIPT);
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_member(&json, "type", type);
	fn_json_member(&json, "code", code);
	fn_json_member(&json, "title", MHD_get_reason_phrase_for(status));
	fn_json_member_int(&json, "status", status);
	fn_json_member(&json, "detail", detail);
	if (field != NULL)
		fn_json_member(&json, "field", field);
	if (receipt != NULL)
		fn_json_member(&json, "receipt", receipt);
	fn_json_end_object(&json);
	*size_out = text->len;
	return g_string_free(text, FALSE);
}

void
fn_http_problem(FnHttpRequest *request, guint status, const char *code, const char *detail, const char *field,
	const FnHttpHeader *headers)
{
	gsize size;
	char *text = fn_problem_text(status, code, detail, field, headers, &size);

	fn_http_answer(request, status, FN_HTTP_PROBLEM_TYPE, headers, text, size);
}

/* The weight of one language range of Accept-Language in thousandths (RFC 9110, 12.5.4). */
static guint
weight(const char *range)
{
	const char *q = strstr(range, "q=");
	double value = q != NULL ? g_ascii_strtod(q + 2, NULL) : 1;

	return value >= 0 && value <= 1 ? (guint)(value * 1000) : 0;
}

gboolean
fn_http_wants_chinese(const FnHttpRequest *request)
{
	const char *header = fn_http_header(request, "Accept-Language");
	g_auto(GStrv) range = g_strsplit(header != NULL ? header : "zh", ",", 32);
	guint zh = 0, other = 0;

	for (guint i = 0; range[i] != NULL; i++) {
		const char *tag = g_strstrip(range[i]);

		if (g_ascii_strncasecmp(tag, "zh", 2) == 0 || *tag == '*')
			zh = MAX(zh, weight(tag));
		else
			other = MAX(other, weight(tag));
	}
	return zh > 0 && zh >= other;
}
