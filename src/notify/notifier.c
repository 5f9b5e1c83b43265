#include "notify/notify.h"

#include "base/json.h"
#include "base/pool.h"
#include "base/text.h"
#include "ledger/ledger.h"

#include <string.h>

#define PAUSE_US (5 * G_USEC_PER_SEC)

struct FnNotifier {
	const FnSettings *settings;
	const char *registry;
	FnIpcClient *ledger;
	gint64 (*now)(gpointer data);
	gpointer data;
	FnPostOffice *office;
	FnDb *db; /* of the thread */
	pthread_t thread;
	FnMutex mutex;
	FnCond wake;
	gboolean ending; /* under the mutex */
};

static gboolean
enter(FnNotifier *notifier, const FnNotifyMessage *message, GError **error)
{
	g_autoptr(GString) body = g_string_new(NULL);
	FnJson json = fn_json_to(body);

	fn_json_begin_object(&json);
	fn_json_member(&json, "case", message->case_id);
	fn_json_member(&json, "channel", message->channel);
	fn_json_member(&json, "event", "notice.sending");
	fn_json_member(&json, "subject", message->id);
	fn_json_end_object(&json);
	return fn_ledger_append_wait(notifier->ledger, FN_CLASS_6M, body->str, body->len, NULL, error);
}

/* Nothing leaves before its entry is durable. */
static gboolean
send_entered(const FnNotifyMessage *message, gpointer data, GError **error)
{
	FnNotifier *notifier = data;
	g_autoptr(GError) why = NULL;

	if (enter(notifier, message, &why))
		return fn_post_office_send(message, notifier->office, error);
	g_set_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_LATER, "the ledger: %s", why->message);
	return FALSE;
}

static gboolean
is_ending(FnNotifier *notifier)
{
	gboolean ending;

	fn_mutex_lock(&notifier->mutex);
	ending = notifier->ending;
	fn_mutex_unlock(&notifier->mutex);
	return ending;
}

static gboolean
go_round(FnNotifier *notifier, GError **error)
{
	const char *webhook = fn_settings_text(notifier->settings, "webhook_url");
	gint64 now = notifier->now(notifier->data);
	gint sent;

	if (notifier->db == NULL &&
		((notifier->db = fn_db_open_existing(notifier->registry, error)) == NULL || !fn_notify_recover(notifier->db, now, error)))
		return FALSE;
	if (fn_notify_spread(notifier->db, *webhook != '\0' ? webhook : NULL, now, error) < 0)
		return FALSE;
	do
		sent = fn_notify_send_next(notifier->db, send_entered, notifier, now, NULL, error);
	while (sent > 0 && !is_ending(notifier));
	return sent >= 0;
}

static void *
run(void *data)
{
	FnNotifier *notifier = data;

	fn_mutex_lock(&notifier->mutex);
	while (!notifier->ending) {
		g_autoptr(GError) why = NULL;

		fn_mutex_unlock(&notifier->mutex);
		if (!go_round(notifier, &why)) {
			g_autofree char *safe = fn_text_safe(why->message, -1, 300);

			g_warning("notices: %s", safe);
			g_clear_pointer(&notifier->db, fn_db_close);
		}
		fn_mutex_lock(&notifier->mutex);
		if (!notifier->ending)
			fn_cond_wait_for(&notifier->wake, &notifier->mutex, PAUSE_US);
	}
	fn_mutex_unlock(&notifier->mutex);
	g_clear_pointer(&notifier->db, fn_db_close);
	return NULL;
}

FnNotifier *
fn_notifier_new(const FnSettings *settings, const char *registry, FnIpcClient *ledger, gint64 (*now)(gpointer data), gpointer data,
	GError **error)
{
	g_autoptr(FnPostOffice) office = fn_post_office_new(settings, error);
	FnNotifier *notifier;
	int failed;

	if (office == NULL || (*fn_settings_text(settings, "smtp_url") == '\0' && *fn_settings_text(settings, "webhook_url") == '\0'))
		return NULL;
	notifier = g_new0(FnNotifier, 1);
	notifier->settings = settings;
	notifier->registry = registry;
	notifier->ledger = ledger;
	notifier->now = now;
	notifier->data = data;
	notifier->office = g_steal_pointer(&office);
	pthread_mutex_init(&notifier->mutex, NULL);
	pthread_cond_init(&notifier->wake, NULL);
	failed = pthread_create(&notifier->thread, NULL, run, notifier);
	g_assert(failed == 0);
	return notifier;
}

void
fn_notifier_free(FnNotifier *notifier)
{
	if (notifier == NULL)
		return;
	fn_post_office_cut(notifier->office);
	fn_mutex_lock(&notifier->mutex);
	notifier->ending = TRUE;
	pthread_cond_signal(&notifier->wake);
	fn_mutex_unlock(&notifier->mutex);
	pthread_join(notifier->thread, NULL);
	fn_post_office_free(notifier->office);
	pthread_mutex_destroy(&notifier->mutex);
	pthread_cond_destroy(&notifier->wake);
	g_free(notifier);
}
