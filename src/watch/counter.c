/* A window of twelve buckets that slides by one of them, and what it was in the windows before. */
#include "watch/watch_priv.h"

#include <string.h>

enum { VERSION = 1, LEAST_WINDOWS = 5 };

/* Windows of a day begin at midnight in China. */
#define CHINA (8 * G_TIME_SPAN_HOUR)

static gint64
bucket_of(const FnWatchRule *rule, gint64 at)
{
	return (at + CHINA) / (rule->window / FN_WATCH_BUCKETS);
}

static gint64
window_of(const FnCounter *counter)
{
	return counter->bucket / FN_WATCH_BUCKETS;
}

static void
empty(FnCounter *counter, guint bucket)
{
	if (counter->sum[bucket] == 0)
		return;
	counter->sum[bucket] = 0;
	counter->first[bucket] = 0;
	fn_sketch_clear(&counter->sketch[bucket]);
}

/* One piece of memory with its texts: they come and go by the thousand. */
FnCounter *
fn_counter_new(const FnWatchRule *rule, const char *subject, const char *slot)
{
	gsize head = strlen(subject) + 1, tail = strlen(slot) + 1;
	FnCounter *counter = g_malloc0(sizeof(FnCounter) + head + tail);

	counter->rule = rule;
	counter->subject = memcpy(counter + 1, subject, head);
	counter->slot = memcpy(counter->subject + head, slot, tail);
	counter->bucket = counter->first_window = counter->past_window = -1;
	if (rule->usual >= 0)
		counter->past = g_new0(gint64, FN_WATCH_PAST);
	return counter;
}

void
fn_counter_free(FnCounter *counter)
{
	for (guint i = 0; i < FN_WATCH_BUCKETS; i++)
		empty(counter, i);
	g_free(counter->past);
	g_free(counter);
}

static void
slide_past(FnCounter *counter)
{
	gint64 window = window_of(counter);

	if (counter->past == NULL || window == counter->past_window)
		return;
	if (counter->past_window < 0)
		counter->first_window = window;
	for (gint64 i = MAX(counter->past_window + 1, window - FN_WATCH_PAST + 1); i <= window; i++)
		counter->past[i % FN_WATCH_PAST] = 0;
	counter->past_window = window;
}

void
fn_counter_slide(FnCounter *counter, gint64 at)
{
	gint64 bucket = MAX(bucket_of(counter->rule, at), counter->bucket);

	counter->silence = counter->last_at > 0 ? MAX(at - counter->last_at, 0) : 0;
	if (counter->rule->measure->of == FN_OF_SILENCE && fn_measure(counter) >= counter->rule->threshold)
		for (guint i = 0; i < FN_WATCH_BUCKETS; i++) /* what is told of begins with the deed after it */
			empty(counter, i);
	for (gint64 i = MAX(counter->bucket + 1, bucket - FN_WATCH_BUCKETS + 1); i <= bucket; i++)
		empty(counter, (guint)(i % FN_WATCH_BUCKETS));
	counter->bucket = bucket;
	counter->last_at = MAX(counter->last_at, at);
	slide_past(counter);
}

void
fn_counter_add(FnCounter *counter, const FnDeed *deed, gint64 amount)
{
	guint bucket = (guint)(counter->bucket % FN_WATCH_BUCKETS);

	if (counter->sum[bucket] == 0)
		counter->first[bucket] = deed->index;
	counter->sum[bucket] += amount;
	if (counter->past != NULL)
		counter->past[counter->past_window % FN_WATCH_PAST] += amount;
	switch (counter->rule->measure->of) {
	case FN_OF_PERSONS:
		for (guint i = 0; i < deed->subjects; i++)
			fn_sketch_add(&counter->sketch[bucket], deed->subject_hash[i]);
		break;
	case FN_OF_PLACES: /* of a person: the console's address; of a call the system, whichever machine of it sent it */
		fn_sketch_add(&counter->sketch[bucket], fn_watch_hash(deed->kind & FN_DEED_CALL ? deed->system : deed->address));
		break;
	case FN_OF_ADDRESSES:
		fn_sketch_add(&counter->sketch[bucket], fn_watch_hash(deed->address));
		break;
	case FN_OF_ACCOUNTS:
		fn_sketch_add(&counter->sketch[bucket], fn_watch_hash(deed->account));
		break;
	case FN_OF_SILENCE:
	case FN_OF_NOTHING:
		break;
	}
}

gint64
fn_counter_sum(const FnCounter *counter)
{
	gint64 sum = 0;

	for (guint i = 0; i < FN_WATCH_BUCKETS; i++)
		sum += counter->sum[i];
	return sum;
}

guint64
fn_counter_first(const FnCounter *counter)
{
	guint64 first = G_MAXUINT64;

	for (guint i = 0; i < FN_WATCH_BUCKETS; i++)
		if (counter->sum[i] > 0)
			first = MIN(first, counter->first[i]);
	return first;
}

gint64
fn_counter_usual(const FnCounter *counter)
{
	gint64 window = window_of(counter), from = MAX(counter->first_window, window - (gint64)counter->rule->usual_windows), sum = 0;

	if (counter->past == NULL || window - from < LEAST_WINDOWS)
		return -1;
	for (gint64 i = from; i < window; i++)
		sum += counter->past[i % FN_WATCH_PAST];
	return sum / (window - from);
}

gint64
fn_counter_ends(const FnCounter *counter)
{
	return counter->last_at + counter->rule->window * (counter->past != NULL ? FN_WATCH_PAST : 1);
}

/* ---- keeping ---- */

static void
write_number(GByteArray *out, gint64 number)
{
	gint64 bytes = GINT64_TO_BE(number);

	g_byte_array_append(out, (const guint8 *)&bytes, sizeof(bytes));
}

/* Buckets that hold nothing are left out: u16 says which do. */
void
fn_counter_write(const FnCounter *counter, GByteArray *out)
{
	guint8 head[4] = { VERSION, counter->past != NULL };

	for (guint i = 0; i < FN_WATCH_BUCKETS; i++)
		if (counter->sum[i] > 0)
			head[2 + i / 8] |= (guint8)(1u << i % 8);
	g_byte_array_append(out, head, sizeof(head));
	write_number(out, counter->bucket);
	for (guint i = 0; i < FN_WATCH_BUCKETS; i++) {
		if (counter->sum[i] == 0)
			continue;
		write_number(out, counter->sum[i]);
		write_number(out, (gint64)counter->first[i]);
		fn_sketch_write(&counter->sketch[i], out);
	}
	if (counter->past == NULL)
		return;
	write_number(out, counter->first_window);
	write_number(out, counter->past_window);
	for (guint i = 0; i < FN_WATCH_PAST; i++)
		write_number(out, counter->past[i]);
}

static gboolean
read_number(const guint8 **at, const guint8 *end, gint64 *out)
{
	if (end - *at < (ptrdiff_t)sizeof(*out))
		return FALSE;
	memcpy(out, *at, sizeof(*out));
	*at += sizeof(*out);
	*out = GINT64_FROM_BE(*out);
	return *out >= -1;
}

static gboolean
read_buckets(FnCounter *counter, guint which, const guint8 **at, const guint8 *end)
{
	for (guint i = 0; i < FN_WATCH_BUCKETS; i++) {
		gint64 first;

		if (!(which >> i & 1))
			continue;
		if (!read_number(at, end, &counter->sum[i]) || !read_number(at, end, &first) || counter->sum[i] <= 0 || first < 0 ||
			!fn_sketch_read(&counter->sketch[i], at, end))
			return FALSE;
		counter->first[i] = (guint64)first;
	}
	return TRUE;
}

static gboolean
read_past(FnCounter *counter, const guint8 **at, const guint8 *end)
{
	if (counter->past == NULL)
		return TRUE;
	if (!read_number(at, end, &counter->first_window) || !read_number(at, end, &counter->past_window) ||
		counter->past_window != window_of(counter) || counter->first_window > counter->past_window)
		return FALSE;
	for (guint i = 0; i < FN_WATCH_PAST; i++)
		if (!read_number(at, end, &counter->past[i]))
			return FALSE;
	return TRUE;
}

gboolean
fn_counter_read(FnCounter *counter, const guint8 *bytes, gsize size)
{
	const guint8 *at = bytes + 4, *end = bytes + size;

	return size >= 4 && bytes[0] == VERSION && bytes[1] == (counter->past != NULL) && read_number(&at, end, &counter->bucket) &&
		read_buckets(counter, bytes[2] | (guint)bytes[3] << 8, &at, end) && read_past(counter, &at, end) && at == end;
}
