#include "anchor/anchor.h"

#include "base/pool.h"
#include "crypto/keeper_client.h"
#include "ledger/files.h"

#include <fcntl.h>
#include <string.h>

#define CA_MAX (1u << 20)

struct FnAnchor {
	const FnSettings *settings;
	GPtrArray *witnesses;
	char *witness_ca, *timestamp_ca; /* NULL: the system's */
	FnCollector *collector;          /* NULL: not started */
	pthread_t thread;
};

static gboolean
wrong(const char *key, const char *why, GError **error)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "setting \"%s\": %s", key, why);
	return FALSE;
}

static gboolean
read_ca(const FnSettings *settings, const char *key, char **text_out, GError **error)
{
	const char *path = fn_settings_text(settings, key);
	g_autofree char *whole = g_canonicalize_filename(path, fn_settings_directory(settings));
	g_autoptr(GBytes) bytes = NULL;

	if (*path == '\0')
		return TRUE;
	if ((bytes = fn_file_read(AT_FDCWD, whole, CA_MAX, NULL, error)) == NULL)
		return FALSE;
	*text_out = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	return strstr(*text_out, "BEGIN CERTIFICATE") != NULL || wrong(key, "no certificate (PEM) stands in this file", error);
}

static gboolean
check_stamps(const FnSettings *settings, GError **error)
{
	const char *url = fn_settings_text(settings, "timestamp_url"), *digest = fn_settings_text(settings, "timestamp_digest");

	if (*url != '\0' && !g_str_has_prefix(url, "http://") && !g_str_has_prefix(url, "https://"))
		return wrong("timestamp_url", "an address begins with http:// or https://", error);
	return g_str_equal(digest, "sha256") || g_str_equal(digest, "sm3") || wrong("timestamp_digest", "sha256 or sm3", error);
}

FnAnchor *
fn_anchor_read(const FnSettings *settings, GError **error)
{
	g_autoptr(FnAnchor) anchor = g_new0(FnAnchor, 1);
	g_autofree char *list = fn_settings_path(settings, "witnesses");

	anchor->settings = settings;
	if ((anchor->witnesses = fn_witnesses_read(list, error)) == NULL || !read_ca(settings, "witness_ca", &anchor->witness_ca, error) ||
	    !read_ca(settings, "timestamp_ca", &anchor->timestamp_ca, error) || !check_stamps(settings, error))
		return NULL;
	return g_steal_pointer(&anchor);
}

static char *
public_key(gpointer keeper, const char *purpose, GError **error)
{
	return fn_keeper_public(keeper, purpose, error);
}

static void *
run(void *collector)
{
	fn_collector_run(collector);
	return NULL;
}

void
fn_anchor_start(FnAnchor *anchor, FnIpcClient *ledger, FnIpcClient *keeper)
{
	const char *url = fn_settings_text(anchor->settings, "timestamp_url");
	FnCollectorOptions options = { .ledger = ledger, .witnesses = anchor->witnesses, .witness_ca = anchor->witness_ca,
		.interval_s = (guint)fn_settings_int(anchor->settings, "witness_interval"), .timestamp_url = *url != '\0' ? url : NULL,
		.timestamp_ca = anchor->timestamp_ca, .timestamp_digest = fn_settings_text(anchor->settings, "timestamp_digest"),
		.public_key = public_key, .data = keeper };
	int failed;

	g_assert(anchor->collector == NULL);
	anchor->collector = fn_collector_new(&options);
	failed = pthread_create(&anchor->thread, NULL, run, anchor->collector);
	g_assert(failed == 0);
}

char *
fn_anchor_status(FnAnchor *anchor)
{
	return fn_collector_status(anchor->collector);
}

void
fn_anchor_free(FnAnchor *anchor)
{
	if (anchor == NULL)
		return;
	if (anchor->collector != NULL) {
		fn_collector_stop(anchor->collector);
		pthread_join(anchor->thread, NULL);
		fn_collector_free(anchor->collector);
	}
	if (anchor->witnesses != NULL)
		g_ptr_array_unref(anchor->witnesses);
	g_free(anchor->witness_ca);
	g_free(anchor->timestamp_ca);
	g_free(anchor);
}
