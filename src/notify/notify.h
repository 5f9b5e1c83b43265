/* Notices that leave the inbox, by mail and webhook. The inbox (fn_work_notices()) always has them; these only say that it has.
 *
 * A message carries the number of a case and a link, nothing of the content. Nothing is sent twice: a message is written down as being
 * sent before its first byte leaves, and one that a crash caught there is never tried again. Mail goes to official addresses only. */
#pragma once

#include "base/settings.h"
#include "ipc/ipc.h"
#include "store/store.h"

#include <jansson.h>

typedef enum {
	FN_NOTIFY_ERROR_INPUT,     /* not an address, or of a domain that is not ours */
	FN_NOTIFY_ERROR_SETTING,   /* the message names the setting */
	FN_NOTIFY_ERROR_LATER,     /* the other side does not take it now */
	FN_NOTIFY_ERROR_REFUSED,   /* it never will */
	FN_NOTIFY_ERROR_UNSURE,    /* the other side may have it */
} FnNotifyError;
#define FN_NOTIFY_ERROR (fn_notify_error_quark())
GQuark fn_notify_error_quark(void);

/* ---- where an account wants to be told (outbox.c) ---- */

/* @email NULL or "": the inbox alone. @domains: those of the setting "mail_domains", separated by blanks; the address must be of one
 * of them or below it. Inside the caller's transaction. */
gboolean fn_notify_set_contact(FnDb *db, const char *account, const char *email, const char *domains, gint64 now, GError **error);
/* Caller frees; NULL without an error: none. */
char *fn_notify_contact(FnDb *db, const char *account, GError **error);

/* ---- the outbox (outbox.c) ---- */

typedef struct {
	const char *id;      /* of the message; the same however often it is tried */
	const char *channel; /* "mail" or "webhook" */
	const char *address;
	const char *notice, *case_id, *kind; /* kind: "step", "near", "overdue", "recomputed" */
	gint64 at;
} FnNotifyMessage; /* borrowed during the call */
/* TRUE: the other side has it. Errors as above; any other counts as FN_NOTIFY_ERROR_UNSURE. */
typedef gboolean (*FnNotifySend)(const FnNotifyMessage *message, gpointer data, GError **error);

/* At the start: what was being sent when the program ended is given up. */
gboolean fn_notify_recover(FnDb *db, gint64 now, GError **error);
/* Puts notices of the last three days that are not in it yet into the outbox, at most 200 of them; @webhook may be NULL. Own
 * transaction. Returns how many notices, -1 on failure. */
gint fn_notify_spread(FnDb *db, const char *webhook, gint64 now, GError **error);
/* Sends the message that is due first: 1, 0 when none is, -1 when the registry fails. A message that cannot be sent now waits longer
 * each time and fails after eight tries; that is no failure of the call. @sent_out (may be NULL): it arrived. */
gint fn_notify_send_next(FnDb *db, FnNotifySend send, gpointer data, gint64 now, gboolean *sent_out, GError **error);
/* {counts: [{channel, state, n}], troubles: [{id, channel, account, state, tries, at, why}]}; troubles: at most 100, newest first. */
json_t *fn_notify_status(FnDb *db, GError **error);

/* ---- sending (mail.c) ---- */

typedef struct FnPostOffice FnPostOffice; /* one thread */
/* By the settings smtp_url, smtp_from, smtp_ca, webhook_url, webhook_ca, console_url. Error: FN_NOTIFY_ERROR_SETTING. */
FnPostOffice *fn_post_office_new(const FnSettings *settings, GError **error);
void fn_post_office_free(FnPostOffice *office);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPostOffice, fn_post_office_free)
gboolean fn_post_office_send(const FnNotifyMessage *message, gpointer office, GError **error); /* an FnNotifySend */
void fn_post_office_cut(FnPostOffice *office); /* what runs and all that comes fails at once; thread-safe */

/* ---- all of it in a thread of fengni-clock (notifier.c) ---- */

typedef struct FnNotifier FnNotifier;
/* @registry: its address; @now: of the instance. Each message that arrived is an entry of the ledger. NULL without an error: the settings
 * name neither a mail server nor a webhook. Everything is borrowed. Error: FN_NOTIFY_ERROR_SETTING. */
FnNotifier *fn_notifier_new(const FnSettings *settings, const char *registry, FnIpcClient *ledger, gint64 (*now)(gpointer data),
	gpointer data, GError **error);
void fn_notifier_free(FnNotifier *notifier); /* waits for its thread; NULL is fine */
