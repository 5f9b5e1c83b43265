/* How much of its daily quota each grant has used: in memory, rebuilt at start from the ledger's entries of the day. */
#pragma once

#include <glib.h>

typedef struct FnQuotas FnQuotas; /* thread-safe */
FnQuotas *fn_quotas_new(void);
void fn_quotas_free(FnQuotas *quotas);

/* The civil day of @now in China, as a number of days. */
gint64 fn_quota_day(gint64 now);
/* Used by @grant on the day of @now. */
gint64 fn_quotas_used(FnQuotas *quotas, const char *grant, gint64 now);
/* Reserves @wanted more if at most @quota are used then; *@used_out was used before. A quota of 0 is none: nothing is counted. */
gboolean fn_quotas_reserve(FnQuotas *quotas, const char *grant, gint64 quota, gint64 wanted, gint64 now, gint64 *used_out);
/* Gives back what was reserved at @then and not used, or counts (@amount < 0) what the ledger says. */
void fn_quotas_release(FnQuotas *quotas, const char *grant, gint64 amount, gint64 then);
