/* What can be measured: a closed table. A measure says which deeds count, by how much, and of what different ones are told apart. */
#include "watch/watch_priv.h"

#include "base/time.h"
#include "crypto/crypto.h"

#include <string.h>

#define PER(per_) (1u << FN_PER_##per_)
#define CALLERS   (PER(GRANT) | PER(SYSTEM) | PER(ACCOUNT))

static gint64
one(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return 1;
}

static gint64
rows(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return deed->rows;
}

/* Those before somebody was known stand in one line together. */
static gint64
times(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return deed->count;
}

static gint64
persons(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return deed->subjects;
}

static gint64
off_hours(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	gint64 minute = fn_time_minute_of_day(deed->at);
	GDate day;

	fn_time_date(deed->at, &day);
	return !fn_calendar_is_workday(calendar, &day) || minute < rule->begin * 60 || minute >= rule->end * 60;
}

static gint64
without_case(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return deed->kind == FN_DEED_REFUSED ? fn_span_is(deed->code, "case_missing") : deed->case_number.size == 0;
}

static gint64
with_case(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return deed->case_number.size > 0 ? (gint64)deed->subjects : 0;
}

/* Older entries of calls tell no address. */
static gint64
with_address(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed)
{
	return deed->address.size > 0;
}

static const FnMeasure measures[] = {
	{ "volume", FN_DEED_QUERY | FN_DEED_BATCH_END, CALLERS, "", rows, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "sensitive", FN_DEED_QUERY | FN_DEED_BATCH_END, CALLERS, "level", rows, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "calls", FN_DEED_CALL, CALLERS, "", one, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "batches", FN_DEED_BATCH, CALLERS, "", one, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "distinct_subjects", FN_DEED_QUERY, CALLERS, "", persons, FN_OF_PERSONS, FN_FOR_ALL, NULL },
	{ "enumeration", FN_DEED_QUERY, CALLERS, "ratio", persons, FN_OF_PERSONS, FN_FOR_ALL, NULL },
	{ "off_hours", FN_DEED_CALL, CALLERS, "hours", off_hours, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "batch_off_hours", FN_DEED_BATCH, CALLERS, "hours", off_hours, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "case_missing", FN_DEED_CALL | FN_DEED_REFUSED, CALLERS, "", without_case, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "case_repeated", FN_DEED_QUERY, CALLERS, "", with_case, FN_OF_PERSONS, FN_FOR_CASE, NULL },
	{ "addresses", FN_DEED_CALL, PER(GRANT) | PER(SYSTEM), "", with_address, FN_OF_ADDRESSES, FN_FOR_ALL, NULL },
	{ "denied_burst", FN_DEED_REFUSED, CALLERS | PER(ADDRESS), "", one, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "purpose_denied", FN_DEED_REFUSED, CALLERS, "", one, FN_OF_NOTHING, FN_FOR_ALL, "purpose_missing purpose_not_granted" },
	{ "scope_denied", FN_DEED_REFUSED, CALLERS, "", one, FN_OF_NOTHING, FALSE,
		"field_not_granted mode_not_granted grant_other_system grant_other_resource table_not_granted operator_not_allowed" },
	{ "after_expiry", FN_DEED_REFUSED, CALLERS, "", one, FN_OF_NOTHING, FN_FOR_ALL, "grant_expired grant_ended grant_suspended" },
	{ "concurrent_sessions", FN_DEED_CALL | FN_DEED_LOGIN | FN_DEED_CONSOLE, PER(ACCOUNT), "", one, FN_OF_PLACES, FN_FOR_ALL, NULL },
	{ "returns", FN_DEED_CALL | FN_DEED_LOGIN | FN_DEED_CONSOLE, PER(ACCOUNT), "", one, FN_OF_SILENCE, FN_FOR_ALL, NULL },
	{ "same_person", FN_DEED_QUERY, PER(ACCOUNT), "", one, FN_OF_NOTHING, FN_FOR_PERSON, NULL },
	{ "one_person", FN_DEED_QUERY, PER(PERSON), "", one, FN_OF_ACCOUNTS, FN_FOR_ALL, NULL },
	{ "failed_logins", FN_DEED_LOGIN_FAILED, PER(ADDRESS), "", times, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "strangers", FN_DEED_STRANGER, PER(ADDRESS), "", times, FN_OF_NOTHING, FN_FOR_ALL, NULL },
	{ "unused", 0, PER(GRANT), "", NULL, FN_OF_NOTHING, FN_FOR_ALL, NULL },
};

const FnMeasure *
fn_measure_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(measures); i++)
		if (g_strcmp0(measures[i].name, name) == 0)
			return &measures[i];
	return NULL;
}

const FnMeasure *
fn_measure_at(gsize place)
{
	return place < G_N_ELEMENTS(measures) ? &measures[place] : NULL;
}

char *
fn_measure_names(void)
{
	GString *names = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(measures); i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", measures[i].name);
	return g_string_free(names, FALSE);
}

/* What is counted as different is never more than what was added, so that most entries need no estimate. */
gint64
fn_measure(const FnCounter *counter)
{
	const FnWatchRule *rule = counter->rule;
	gint64 sum = fn_counter_sum(counter), found = sum, usual;

	if (rule->measure->of == FN_OF_SILENCE)
		return counter->silence / G_TIME_SPAN_DAY;
	if (sum < rule->threshold)
		return 0;
	if (rule->measure->of != FN_OF_NOTHING)
		found = fn_sketch_count(counter->sketch, FN_WATCH_BUCKETS);
	if (rule->ratio >= 0 && found * 100 < sum * rule->ratio)
		return 0;
	if (rule->usual < 0)
		return found;
	usual = fn_counter_usual(counter);
	return usual >= 0 ? found * 100 >= usual * rule->usual ? found : 0 : rule->waits ? 0 : found;
}

/* Callers choose case numbers: nobody may find two that look alike. Digests of persons are spread evenly already. */
guint32
fn_watch_hash(FnSpan text)
{
	guint8 digest[FN_DIGEST_SIZE];
	guint32 hash;

	fn_sha256(text.text, text.size, digest);
	memcpy(&hash, digest, sizeof(hash));
	return hash;
}
