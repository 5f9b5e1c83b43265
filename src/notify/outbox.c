#include "notify/notify.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "notify_sql.h"

#include <string.h>

#define MINUTE (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)
#define SINCE  (G_GINT64_CONSTANT(3) * 24 * 60 * MINUTE) /* older notices were for programs that did not send yet */
enum { AT_ONCE = 200, TRIES = 8, MAX_ADDRESS = 254, MAX_WHY = 300 };

G_DEFINE_QUARK(fn-notify-error-quark, fn_notify_error)

/* ---- contacts ---- */

/* What may stand in an address that is written into the commands of SMTP. */
static gboolean
is_address(const char *email)
{
	const char *at = strchr(email, '@');
	gsize size = strlen(email);

	return at != NULL && at > email && strchr(at + 1, '@') == NULL && size <= MAX_ADDRESS &&
		strspn(email, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-@") == size &&
		strchr(at + 1, '.') != NULL && email[size - 1] != '.' && email[size - 1] != '-' && strstr(at, "..") == NULL && at[1] != '.';
}

/* @host is @domain or lies below it; compared on the border of labels. */
static gboolean
is_below(const char *host, const char *domain)
{
	gsize have = strlen(host), want = strlen(domain);

	return want > 0 && have >= want && g_ascii_strcasecmp(host + have - want, domain) == 0 && (have == want || host[have - want - 1] == '.');
}

static gboolean
is_ours(const char *email, const char *domains)
{
	g_auto(GStrv) domain = g_strsplit(domains, " ", -1);

	for (guint i = 0; domain[i] != NULL; i++)
		if (is_below(strchr(email, '@') + 1, domain[i]))
			return TRUE;
	return FALSE;
}

gboolean
fn_notify_set_contact(FnDb *db, const char *account, const char *email, const char *domains, gint64 now, GError **error)
{
	if (email == NULL || *email == '\0')
		return fn_db_exec(db, &fn_sql_notify_clear_contact, FN_BINDS(FN_TEXT("account", account)), NULL, error);
	if (!is_address(email)) {
		fn_refuse(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_INPUT, "email: not an address; write one such as name@city.gov.cn");
		return FALSE;
	}
	if (!is_ours(email, domains)) {
		if (*domains != '\0')
			fn_refuse(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_INPUT, "email: notices go to official addresses only: %s", domains);
		else
			fn_refuse(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_INPUT,
				"email: notices go to official addresses only; the setting \"mail_domains\" names none");
		return FALSE;
	}
	return fn_db_exec(db, &fn_sql_notify_set_contact, FN_BINDS(FN_TEXT("account", account), FN_TEXT("email", email), FN_INT("now", now)), NULL,
		error);
}

char *
fn_notify_contact(FnDb *db, const char *account, GError **error)
{
	return fn_db_text(db, &fn_sql_notify_contact, FN_BINDS(FN_TEXT("account", account)), error);
}

/* ---- into the outbox ---- */

typedef struct {
	char *id, *organization, *kind, *office;
} Notice;

static void
free_notice(gpointer data)
{
	Notice *notice = data;

	g_free(notice->id);
	g_free(notice->organization);
	g_free(notice->kind);
	g_free(notice->office);
	g_free(notice);
}

/* Read before anything is written. */
static GPtrArray *
unspread(FnDb *db, gint64 now, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_notify_unspread, FN_BINDS(FN_INT("since", now - SINCE), FN_INT("limit", AT_ONCE)), error);
	g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(free_notice);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why)) {
		Notice *notice = g_new(Notice, 1);

		*notice = (Notice){ g_strdup(fn_rows_text(rows, "id")), g_strdup(fn_rows_text(rows, "organization")),
			g_strdup(fn_rows_text(rows, "kind")), g_strdup(fn_rows_text(rows, "office")) };
		g_ptr_array_add(notices, notice);
	}
	if (why == NULL)
		return rows != NULL ? g_steal_pointer(&notices) : NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

static gboolean
spread_one(FnDb *db, const Notice *notice, const char *webhook, gint64 now, GError **error)
{
	g_autofree char *id = fn_id_new();

	if (!fn_db_exec(db, &fn_sql_notify_add_mail,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("notice", notice->id), FN_TEXT("organization", notice->organization), FN_TEXT("kind", notice->kind),
			FN_TEXT("office", notice->office), FN_INT("now", now)), NULL, error))
		return FALSE;
	if (webhook != NULL && !fn_db_exec(db, &fn_sql_notify_add_webhook,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("notice", notice->id), FN_TEXT("address", webhook), FN_INT("now", now)), NULL, error))
		return FALSE;
	return fn_db_exec(db, &fn_sql_notify_mark_spread, FN_BINDS(FN_TEXT("notice", notice->id)), NULL, error);
}

static gboolean
spread_all(FnDb *db, const GPtrArray *notices, const char *webhook, gint64 now, GError **error)
{
	for (guint i = 0; i < notices->len; i++)
		if (!spread_one(db, notices->pdata[i], webhook, now, error))
			return FALSE;
	return TRUE;
}

gint
fn_notify_spread(FnDb *db, const char *webhook, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) notices = NULL;
	gint count = -1;

	if (!fn_db_begin(db, error))
		return -1;
	if ((notices = unspread(db, now, error)) != NULL && spread_all(db, notices, webhook, now, error) && fn_db_commit(db, error))
		count = (gint)notices->len;
	if (count < 0)
		fn_db_rollback(db);
	return count;
}

/* ---- out of it ---- */

gboolean
fn_notify_recover(FnDb *db, gint64 now, GError **error)
{
	return fn_db_exec(db, &fn_sql_notify_give_up_sending, FN_BINDS(FN_INT("now", now)), NULL, error);
}

/* A minute, two, four … */
static gint64
wait_after(gint64 tries)
{
	return MINUTE << MIN(tries, 10);
}

/* TRUE when it stood in @from. */
static gboolean
move(FnDb *db, const char *id, const char *from, const char *to, gint64 tried, gint64 next, const char *why, gint64 now, gboolean *moved_out,
	GError **error)
{
	gint64 changed = 0;
	gboolean done = fn_db_exec(db, &fn_sql_notify_move_message,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("from", from), FN_TEXT("to", to), FN_INT("tried", tried), FN_INT("next", next), FN_TEXT("why", why),
			FN_INT("now", now)), &changed, error);

	*moved_out = changed == 1;
	return done;
}

/* What became of it is written, whatever it is. */
static gboolean
settle(FnDb *db, const char *id, gint64 tries, const GError *why, gint64 now, GError **error)
{
	gboolean later = why != NULL && g_error_matches(why, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_LATER) && tries + 1 < TRIES;
	gboolean refused = why != NULL && (g_error_matches(why, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_REFUSED) ||
		g_error_matches(why, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_LATER));
	g_autofree char *shown = why != NULL ? fn_text_safe(why->message, -1, MAX_WHY) : NULL;
	gboolean moved;

	return move(db, id, "sending", why == NULL ? "sent" : later ? "waiting" : refused ? "failed" : "unsure", 1,
		later ? now + wait_after(tries) : now, shown, now, &moved, error);
}

gint
fn_notify_send_next(FnDb *db, FnNotifySend send, gpointer data, gint64 now, gboolean *sent_out, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(db, &fn_sql_notify_due, FN_BINDS(FN_INT("now", now)), error);
	g_autoptr(GError) why = NULL;
	g_autofree char *id = NULL, *channel = NULL, *address = NULL, *notice = NULL, *case_id = NULL, *kind = NULL;
	FnNotifyMessage message;
	gboolean moved;
	gint64 tries;

	if (sent_out != NULL)
		*sent_out = FALSE;
	if (row == NULL || !fn_rows_next(row, &why)) {
		if (row != NULL && why == NULL)
			return 0;
		if (why != NULL)
			g_propagate_error(error, g_steal_pointer(&why));
		return -1;
	}
	id = g_strdup(fn_rows_text(row, "id"));
	channel = g_strdup(fn_rows_text(row, "channel"));
	address = g_strdup(fn_rows_text(row, "address"));
	notice = g_strdup(fn_rows_text(row, "notice"));
	case_id = g_strdup(fn_rows_text(row, "case_id"));
	kind = g_strdup(fn_rows_text(row, "kind"));
	tries = fn_rows_int(row, "tries");
	message = (FnNotifyMessage){ id, channel, address, notice, case_id, kind, fn_rows_int(row, "at") };
	g_clear_pointer(&row, fn_rows_free);
	if (!move(db, id, "waiting", "sending", 0, now, NULL, now, &moved, error))
		return -1;
	if (!moved) /* another program took it */
		return 1;
	if (send(&message, data, &why) && sent_out != NULL)
		*sent_out = TRUE;
	return settle(db, id, tries, why, now, error) ? 1 : -1;
}

/* ---- what became of them ---- */

static gboolean
list(FnDb *db, const FnSql *sql, json_t *into, json_t *(*show)(FnRows *rows), GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		json_array_append_new(into, show(rows));
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static json_t *
show_count(FnRows *rows)
{
	return json_pack("{s:s, s:s, s:I}", "channel", fn_rows_text(rows, "channel"), "state", fn_rows_text(rows, "state"), "n",
		(json_int_t)fn_rows_int(rows, "n"));
}

static json_t *
show_trouble(FnRows *rows)
{
	g_autofree char *at = fn_time_format(fn_rows_int(rows, "changed_at"));

	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s?}", "id", fn_rows_text(rows, "id"), "channel", fn_rows_text(rows, "channel"), "account",
		fn_rows_text(rows, "account"), "state", fn_rows_text(rows, "state"), "tries", (json_int_t)fn_rows_int(rows, "tries"), "at", at, "why",
		fn_rows_text(rows, "why"));
}

json_t *
fn_notify_status(FnDb *db, GError **error)
{
	json_t *counts = json_array(), *troubles = json_array();

	if (list(db, &fn_sql_notify_counts, counts, show_count, error) && list(db, &fn_sql_notify_troubles, troubles, show_trouble, error))
		return json_pack("{s:o, s:o}", "counts", counts, "troubles", troubles);
	json_decref(counts);
	json_decref(troubles);
	return NULL;
}
