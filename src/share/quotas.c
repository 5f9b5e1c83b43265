#include "share/quotas.h"

#include "base/pool.h"

#define CHINA ((gint64)8 * 3600 * G_USEC_PER_SEC)
#define DAY   ((gint64)86400 * G_USEC_PER_SEC)

typedef struct {
	gint64 day, used;
} Count;

struct FnQuotas {
	FnMutex mutex;
	GHashTable *count; /* grant → Count */
};

FnQuotas *
fn_quotas_new(void)
{
	FnQuotas *quotas = g_new0(FnQuotas, 1);

	quotas->mutex = (FnMutex)FN_MUTEX_INIT;
	quotas->count = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return quotas;
}

void
fn_quotas_free(FnQuotas *quotas)
{
	if (quotas == NULL)
		return;
	g_hash_table_unref(quotas->count);
	g_free(quotas);
}

gint64
fn_quota_day(gint64 now)
{
	return (now + CHINA) / DAY;
}

/* The count of the day; a later day begins at zero, an earlier one (a clock set back) goes on with the later. */
static Count *
count_of(FnQuotas *quotas, const char *grant, gint64 day)
{
	Count *count = g_hash_table_lookup(quotas->count, grant);

	if (count == NULL) {
		count = g_new0(Count, 1);
		g_hash_table_insert(quotas->count, g_strdup(grant), count);
	}
	if (count->day < day)
		*count = (Count){ .day = day };
	return count;
}

gint64
fn_quotas_used(FnQuotas *quotas, const char *grant, gint64 now)
{
	gint64 used;

	fn_mutex_lock(&quotas->mutex);
	used = count_of(quotas, grant, fn_quota_day(now))->used;
	fn_mutex_unlock(&quotas->mutex);
	return used;
}

gboolean
fn_quotas_reserve(FnQuotas *quotas, const char *grant, gint64 quota, gint64 wanted, gint64 now, gint64 *used_out)
{
	gboolean fits;
	Count *count;

	*used_out = 0;
	if (quota == 0)
		return TRUE;
	fn_mutex_lock(&quotas->mutex);
	count = count_of(quotas, grant, fn_quota_day(now));
	*used_out = count->used;
	fits = wanted >= 0 && count->used <= quota && wanted <= quota - count->used;
	if (fits)
		count->used += wanted;
	fn_mutex_unlock(&quotas->mutex);
	return fits;
}

void
fn_quotas_release(FnQuotas *quotas, const char *grant, gint64 amount, gint64 then)
{
	Count *count;

	fn_mutex_lock(&quotas->mutex);
	count = count_of(quotas, grant, fn_quota_day(then));
	if (count->day == fn_quota_day(then))
		count->used = MAX(count->used - amount, 0);
	fn_mutex_unlock(&quotas->mutex);
}
