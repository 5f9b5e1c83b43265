/* Alerts under way: those of the step that is counted, read when they are first met and written with it. */
#include "watch/watch_priv.h"

#include "base/text.h"
#include "crypto/crypto.h"

#include <string.h>

static char *
id_of(const FnWatchRule *rule, const char *subject, gint64 log, gint64 place)
{
	g_autofree char *text = g_strdup_printf("%s\x1f%s\x1f%" G_GINT64_FORMAT "\x1f%" G_GINT64_FORMAT, rule->id, subject, log, place), *hex = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	fn_sha256(text, strlen(text), digest);
	hex = fn_hex(digest, 13);
	return g_steal_pointer(&hex);
}

static char *
key_of(const FnWatchRule *rule, const char *subject)
{
	return g_strjoin("\x1f", rule->id, subject, NULL);
}

gboolean
fn_hit_find(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const char *subject, FnAlert **alert_out, GError **error)
{
	g_autofree char *key = key_of(rule, subject);

	if ((*alert_out = g_hash_table_lookup(watch->alerts, key)) != NULL)
		return TRUE;
	if (!fn_alert_read(db, rule, subject, watch->state.log, alert_out, error))
		return FALSE;
	if (*alert_out != NULL)
		g_hash_table_insert(watch->alerts, g_steal_pointer(&key), *alert_out);
	return TRUE;
}

void
fn_hit_new(FnWatch *watch, const FnWatchRule *rule, const char *subject, FnSpan organization, const FnHit *hit)
{
	FnAlert *alert = g_new0(FnAlert, 1);

	*alert = (FnAlert){ .subject = g_strdup(subject), .organization = g_strndup(organization.text, organization.size), .rule = rule, .open = TRUE, .is_new = TRUE,
		.dirty = TRUE, .first_at = hit->at, .last_at = hit->at, .count = 1, .measured = hit->measured, .from = hit->from, .to = hit->to };
	alert->id = id_of(rule, subject, watch->state.log, hit->place);
	g_hash_table_insert(watch->alerts, key_of(rule, subject), alert);
}

void
fn_hit_add(FnAlert *alert, const FnHit *hit)
{
	alert->to = MAX(alert->to, hit->to);
	alert->last_at = MAX(alert->last_at, hit->at);
	alert->measured = MAX(alert->measured, hit->measured);
	alert->count++;
	alert->dirty = TRUE;
}

gboolean
fn_hits_write(FnWatch *watch, FnDb *db, gint64 now, gboolean *late_out, GError **error)
{
	GHashTableIter iter;
	gpointer value;

	*late_out = FALSE;
	g_hash_table_iter_init(&iter, watch->alerts);
	while (!*late_out && g_hash_table_iter_next(&iter, NULL, &value)) {
		FnAlert *alert = value;

		if (alert->dirty && !fn_alert_write(db, watch->work, alert, watch->state.log, now, late_out, error))
			return FALSE;
	}
	g_hash_table_remove_all(watch->alerts);
	return TRUE;
}
