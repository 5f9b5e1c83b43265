#include "anchor/post.h"

#include "base/text.h"

#include <curl/curl.h>
#include <string.h>

#define CONNECT_MS 5000L
#define WHOLE_MS   15000L

struct FnPoster {
	CURL *curl;
	char *ca;
	char reason[CURL_ERROR_SIZE];
	gint cut; /* atomic */
};

typedef struct {
	GByteArray *body;
	gboolean large;
} Sink;

G_DEFINE_QUARK(fn-post-error-quark, fn_post_error)

static int
on_progress(void *data, curl_off_t all, curl_off_t now, curl_off_t send, curl_off_t sent)
{
	return g_atomic_int_get(&((FnPoster *)data)->cut);
}

static size_t
on_body(char *bytes, size_t one, size_t size, void *data)
{
	Sink *sink = data;

	sink->large = sink->body->len + size > FN_POST_ANSWER_MAX;
	if (sink->large)
		return 0;
	g_byte_array_append(sink->body, (const guint8 *)bytes, (guint)size);
	return size;
}

static void
set_up(FnPoster *poster)
{
	struct curl_blob blob = { poster->ca, poster->ca != NULL ? strlen(poster->ca) : 0, CURL_BLOB_NOCOPY };
	CURL *curl = poster->curl;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, poster->reason);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "fengni/" FN_VERSION);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, poster);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	if (poster->ca != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
}

FnPoster *
fn_poster_new(const char *ca)
{
	FnPoster *poster = g_new0(FnPoster, 1);

	poster->ca = g_strdup(ca);
	poster->curl = curl_easy_init();
	g_assert(poster->curl != NULL);
	set_up(poster);
	return poster;
}

void
fn_poster_free(FnPoster *poster)
{
	if (poster == NULL)
		return;
	curl_easy_cleanup(poster->curl);
	g_free(poster->ca);
	g_free(poster);
}

void
fn_posted_clear(FnPosted *posted)
{
	g_free(posted->type);
	if (posted->body != NULL)
		g_byte_array_unref(posted->body);
	memset(posted, 0, sizeof(*posted));
}

static void
failed(FnPoster *poster, const char *url, const Sink *sink, CURLcode result, GError **error)
{
	g_autofree char *why = fn_text_safe(*poster->reason != '\0' ? poster->reason : curl_easy_strerror(result), -1, 300);

	if (sink->large)
		g_set_error(error, FN_POST_ERROR, FN_POST_ERROR_LARGE, "%s: an answer of more than %u bytes", url, FN_POST_ANSWER_MAX);
	else
		g_set_error(error, FN_POST_ERROR, FN_POST_ERROR_REACH, "%s: %s", url, why);
}

gboolean
fn_post(FnPoster *poster, const char *url, const char *type, const void *body, gsize size, FnPosted *posted_out, GError **error)
{
	g_autofree char *header = g_strconcat("Content-Type: ", type, NULL);
	struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, "Expect:"), header);
	g_auto(FnPosted) posted = { .body = g_byte_array_new() };
	Sink sink = { posted.body, FALSE };
	const char *answered = NULL;
	CURLcode result;

	poster->reason[0] = '\0';
	curl_easy_setopt(poster->curl, CURLOPT_URL, url);
	curl_easy_setopt(poster->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(poster->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(poster->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(poster->curl, CURLOPT_WRITEDATA, &sink);
	result = curl_easy_perform(poster->curl);
	curl_easy_getinfo(poster->curl, CURLINFO_RESPONSE_CODE, &posted.status);
	curl_easy_getinfo(poster->curl, CURLINFO_CONTENT_TYPE, &answered);
	curl_slist_free_all(headers);
	if (result != CURLE_OK) {
		failed(poster, url, &sink, result, error);
		return FALSE;
	}
	posted.type = g_strdup(answered);
	*posted_out = posted;
	memset(&posted, 0, sizeof(posted));
	return TRUE;
}

void
fn_poster_cut(FnPoster *poster)
{
	g_atomic_int_set(&poster->cut, 1);
}
