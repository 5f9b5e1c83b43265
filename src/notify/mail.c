/* What a message looks like on the wire: RFC 5322 by SMTP, JSON by HTTP. Both languages, since nobody asked the reader. */
#include "notify/notify.h"

#include "anchor/post.h"
#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <curl/curl.h>
#include <string.h>

#define CONNECT_MS 5000L
#define WHOLE_MS   30000L
#define LINE_BYTES 57 /* before base64: 76 characters a line */

struct FnPostOffice {
	const char *smtp_url, *smtp_from, *console_url;
	char *smtp_ca;
	FnPoster *poster;
	gint cut; /* atomic */
};

typedef struct {
	const char *text;
	gsize size, at;
} Upload;

/* ---- settings ---- */

static gboolean
wrong(const char *key, const char *why, GError **error)
{
	g_set_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_SETTING, "setting \"%s\": %s", key, why);
	return FALSE;
}

static gboolean
check_prefix(const FnSettings *settings, const char *key, const char *plain, const char *safe, GError **error)
{
	const char *url = fn_settings_text(settings, key);
	g_autofree char *why = g_strdup_printf("an address begins with %s or %s", plain, safe);

	if (*url == '\0' || g_str_has_prefix(url, plain) || g_str_has_prefix(url, safe))
		return strchr(url, '@') == NULL || wrong(key, "no name or password may stand in it", error);
	return wrong(key, why, error);
}

static gboolean
check(const FnSettings *settings, GError **error)
{
	const char *from = fn_settings_text(settings, "smtp_from");

	if (!check_prefix(settings, "smtp_url", "smtp://", "smtps://", error) ||
		!check_prefix(settings, "webhook_url", "http://", "https://", error) ||
		!check_prefix(settings, "console_url", "http://", "https://", error))
		return FALSE;
	if (*fn_settings_text(settings, "smtp_url") != '\0' && (strchr(from, '@') == NULL || strpbrk(from, " <>\r\n\"") != NULL))
		return wrong("smtp_from", "write the platform's own address, such as fengni@city.gov.cn", error);
	return TRUE;
}

static gboolean
read_ca(const FnSettings *settings, const char *key, char **text_out, GError **error)
{
	const char *path = fn_settings_text(settings, key);
	g_autofree char *whole = g_canonicalize_filename(path, fn_settings_directory(settings));
	g_autoptr(GError) why = NULL;

	if (*path == '\0')
		return TRUE;
	if (!g_file_get_contents(whole, text_out, NULL, &why))
		return wrong(key, why->message, error);
	return strstr(*text_out, "BEGIN CERTIFICATE") != NULL || wrong(key, "no certificate (PEM) stands in this file", error);
}

FnPostOffice *
fn_post_office_new(const FnSettings *settings, GError **error)
{
	g_autoptr(FnPostOffice) office = g_new0(FnPostOffice, 1);
	g_autofree char *webhook_ca = NULL;

	if (!check(settings, error) || !read_ca(settings, "smtp_ca", &office->smtp_ca, error) || !read_ca(settings, "webhook_ca", &webhook_ca, error))
		return NULL;
	office->smtp_url = fn_settings_text(settings, "smtp_url");
	office->smtp_from = fn_settings_text(settings, "smtp_from");
	office->console_url = fn_settings_text(settings, "console_url");
	office->poster = fn_poster_new(webhook_ca);
	return g_steal_pointer(&office);
}

void
fn_post_office_free(FnPostOffice *office)
{
	if (office == NULL)
		return;
	fn_poster_free(office->poster);
	g_free(office->smtp_ca);
	g_free(office);
}

void
fn_post_office_cut(FnPostOffice *office)
{
	g_atomic_int_set(&office->cut, 1);
	fn_poster_cut(office->poster);
}

/* ---- text ---- */

static const struct {
	const char *kind, *text;
} kinds[] = {
	{ "step", FN_SAY("Something happened in a case that concerns you.") },
	{ "near", FN_SAY("A deadline of a case that waits for you is near.") },
	{ "overdue", FN_SAY("A deadline of a case has passed.") },
	{ "recomputed", FN_SAY("A deadline of a case was computed anew.") },
};

static const char *
text_of(const char *kind)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(kinds[i].kind, kind))
			return kinds[i].text;
	return kinds[0].text;
}

/* Empty where the console has no address. */
static char *
link_of(const FnPostOffice *office, const FnNotifyMessage *message)
{
	return *office->console_url != '\0' ? g_strdup_printf("%s%scases/%s", office->console_url,
		g_str_has_suffix(office->console_url, "/") ? "" : "/", message->case_id) : g_strdup("");
}

static void
append_base64(GString *text, const char *plain)
{
	for (gsize at = 0, size = strlen(plain); at < size; at += LINE_BYTES) {
		g_autofree char *line = g_base64_encode((const guchar *)plain + at, MIN(size - at, LINE_BYTES));

		g_string_append_printf(text, "%s\r\n", line);
	}
}

static char *
compose(const FnPostOffice *office, const FnNotifyMessage *message)
{
	GString *text = g_string_new(NULL);
	g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(message->at / G_USEC_PER_SEC);
	g_autofree char *link = link_of(office, message), *date = g_date_time_format(at, "%a, %d %b %Y %H:%M:%S +0000");
	g_autofree char *subject = g_strdup_printf("%s %s", fn_say_in(FN_SAY("Case"), TRUE), message->case_id);
	g_autofree char *coded = g_base64_encode((const guchar *)subject, strlen(subject));
	g_autofree char *body = g_strdup_printf("%s\r\n%s: %s\r\n%s\r\n\r\n%s\r\n%s: %s\r\n%s\r\n", fn_say_in(text_of(message->kind), TRUE),
		fn_say_in(FN_SAY("Case"), TRUE), message->case_id, link, text_of(message->kind), "Case", message->case_id, link);

	g_string_append_printf(text, "Date: %s\r\nFrom: <%s>\r\nTo: <%s>\r\nMessage-ID: <%s%s>\r\nSubject: =?UTF-8?B?%s?=\r\n", date,
		office->smtp_from, message->address, message->id, strchr(office->smtp_from, '@'), coded);
	g_string_append(text, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n");
	append_base64(text, body);
	return g_string_free(text, FALSE);
}

/* ---- mail ---- */

static size_t
on_upload(char *to, size_t one, size_t room, void *data)
{
	Upload *upload = data;
	gsize size = MIN(room * one, upload->size - upload->at);

	memcpy(to, upload->text + upload->at, size);
	upload->at += size;
	return size;
}

static int
on_progress(void *office, curl_off_t all, curl_off_t now, curl_off_t send, curl_off_t sent)
{
	return g_atomic_int_get(&((FnPostOffice *)office)->cut);
}

/* A server that answers 4xx may take it later, one that answers 5xx never; what broke before the text was offered did not arrive. */
static void
blame(CURL *curl, CURLcode result, const Upload *upload, const char *reason, GError **error)
{
	long status = 0;
	FnNotifyError code;
	g_autofree char *safe = fn_text_safe(*reason != '\0' ? reason : curl_easy_strerror(result), -1, 200);

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 500 && status < 600)
		code = FN_NOTIFY_ERROR_REFUSED;
	else if ((status >= 400 && status < 500) || upload->at == 0)
		code = FN_NOTIFY_ERROR_LATER;
	else
		code = FN_NOTIFY_ERROR_UNSURE;
	g_set_error(error, FN_NOTIFY_ERROR, code, "mail server: %s (%ld)", safe, status);
}

static gboolean
send_mail(FnPostOffice *office, const FnNotifyMessage *message, GError **error)
{
	g_autofree char *text = compose(office, message), *from = g_strdup_printf("<%s>", office->smtp_from);
	g_autofree char *to = g_strdup_printf("<%s>", message->address);
	struct curl_blob ca = { office->smtp_ca, office->smtp_ca != NULL ? strlen(office->smtp_ca) : 0, CURL_BLOB_NOCOPY };
	struct curl_slist *recipients = curl_slist_append(NULL, to);
	char reason[CURL_ERROR_SIZE] = "";
	Upload upload = { text, strlen(text), 0 };
	CURL *curl = curl_easy_init();
	CURLcode result;

	g_assert(curl != NULL);
	curl_easy_setopt(curl, CURLOPT_URL, office->smtp_url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, office);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	if (office->smtp_ca != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca);
	result = curl_easy_perform(curl);
	if (result != CURLE_OK)
		blame(curl, result, &upload, reason, error);
	curl_slist_free_all(recipients);
	curl_easy_cleanup(curl);
	return result == CURLE_OK;
}

/* ---- webhook ---- */

static gboolean
send_webhook(FnPostOffice *office, const FnNotifyMessage *message, GError **error)
{
	g_autofree char *link = link_of(office, message), *at = fn_time_format(message->at), *text = NULL;
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", message->notice, "case", message->case_id, "kind", message->kind, "about",
		text_of(message->kind), "at", at, "link", link);
	g_auto(FnPosted) posted = { 0 };
	g_autoptr(GError) why = NULL;

	text = fn_json_canonical(body);
	json_decref(body);
	if (!fn_post(office->poster, message->address, "application/json", text, strlen(text), &posted, &why)) {
		/* it may have arrived */
		g_set_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_UNSURE, "webhook: %s", why->message);
		return FALSE;
	}
	if (posted.status >= 200 && posted.status < 300)
		return TRUE;
	g_set_error(error, FN_NOTIFY_ERROR, posted.status >= 500 || posted.status == 429 ? FN_NOTIFY_ERROR_LATER : FN_NOTIFY_ERROR_REFUSED,
		"webhook: status %ld", posted.status);
	return FALSE;
}

gboolean
fn_post_office_send(const FnNotifyMessage *message, gpointer data, GError **error)
{
	FnPostOffice *office = data;

	if (g_str_equal(message->channel, "webhook"))
		return send_webhook(office, message, error);
	if (*office->smtp_url != '\0')
		return send_mail(office, message, error);
	g_set_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_REFUSED, "the setting \"smtp_url\" names no mail server");
	return FALSE;
}
