/* Counts by key: a table with open addressing in bounded memory, sorted and spilled when it is full. */
#include "disclosure/disclosure_priv.h"

#include "base/text.h"

#include <string.h>

enum { FIRST_RECORDS = 1024, MIN_RECORDS = 16, READ_RECORDS = 1024, BLOCK = 32 };

struct FnTally {
	guint words, stride; /* of a key, of a record, in words */
	guint32 *record;
	guint32 *slot;       /* 2 × capacity: index of a record + 1, or 0; once sorted: the order in the first half */
	gsize records, capacity, most;
	guint64 seed;        /* keys come from strangers: nobody shall choose those that collide */
	gboolean finished, sorted;
	char *directory;
	gsize memory;
	FnRuns *runs;        /* NULL as long as memory holds it */
};

FnTally *
fn_tally_new(guint words, gsize memory, const char *directory)
{
	FnTally *tally = g_new0(FnTally, 1);

	g_assert(words >= 1 && words <= FN_TALLY_MAX_WORDS);
	tally->words = words;
	tally->stride = words + 2;
	tally->most = CLAMP(memory / ((tally->stride + 2) * sizeof(guint32)), MIN_RECORDS, G_MAXINT32 / 2);
	tally->memory = memory;
	tally->directory = g_strdup(directory);
	fn_random(&tally->seed, sizeof(tally->seed));
	return tally;
}

void
fn_tally_free(FnTally *tally)
{
	if (tally == NULL)
		return;
	g_free(tally->record);
	g_free(tally->slot);
	g_free(tally->directory);
	fn_runs_free(tally->runs);
	g_free(tally);
}

static guint32 *
record_at(const FnTally *tally, gsize i)
{
	return tally->record + i * tally->stride;
}

static guint64
hash_key(const FnTally *tally, const guint32 *key)
{
	guint64 hash = tally->seed;

	for (guint i = 0; i < tally->words; i++) {
		hash = (hash ^ key[i]) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash;
}

static guint32 *
first_slot(const FnTally *tally, guint64 hash)
{
	return &tally->slot[(gsize)((hash >> 32) * (2 * tally->capacity) >> 32)];
}

/* Where @key is or would be. */
static guint32 *
probe(const FnTally *tally, const guint32 *key, guint64 hash)
{
	const guint32 *end = tally->slot + 2 * tally->capacity;
	guint32 *slot;

	for (slot = first_slot(tally, hash); *slot != 0; slot = slot + 1 < end ? slot + 1 : tally->slot)
		if (fn_key_compare(record_at(tally, *slot - 1), key, tally->words) == 0)
			break;
	return slot;
}

static void
fill_slots(FnTally *tally)
{
	memset(tally->slot, 0, 2 * tally->capacity * sizeof(guint32));
	for (gsize i = 0; i < tally->records; i++)
		*probe(tally, record_at(tally, i), hash_key(tally, record_at(tally, i))) = (guint32)i + 1;
}

static void
grow(FnTally *tally)
{
	tally->capacity = MIN(MAX(2 * tally->capacity, FIRST_RECORDS), tally->most);
	tally->record = g_realloc_n(tally->record, tally->capacity * tally->stride, sizeof(guint32));
	g_free(tally->slot);
	tally->slot = g_new(guint32, 2 * tally->capacity);
	fill_slots(tally);
}

/* One pass of a radix sort: @order by one byte of one word, into @out. FALSE when that byte is the same in all. */
static gboolean
sort_by_byte(const FnTally *tally, const guint32 *order, guint32 *out, guint word, guint shift)
{
	gsize start[257] = { 0 };

	for (gsize i = 0; i < tally->records; i++)
		start[1 + (record_at(tally, i)[word] >> shift & 255)]++;
	if (start[1 + (record_at(tally, 0)[word] >> shift & 255)] == tally->records)
		return FALSE;
	for (guint i = 1; i < 257; i++)
		start[i] += start[i - 1];
	for (gsize i = 0; i < tally->records; i++)
		out[start[record_at(tally, order[i])[word] >> shift & 255]++] = order[i];
	return TRUE;
}

/* The order of keys into the first half of the slots, which are a table no longer. */
static void
sort(FnTally *tally)
{
	guint32 *order = tally->slot, *other = tally->slot + tally->capacity;

	for (gsize i = 0; i < tally->records; i++)
		order[i] = (guint32)i;
	for (guint word = tally->words; tally->records > 1 && word-- > 0;)
		for (guint shift = 0; shift < 32; shift += 8)
			if (sort_by_byte(tally, order, other, word, shift)) {
				guint32 *last = order;

				order = other;
				other = last;
			}
	if (order != tally->slot)
		memcpy(tally->slot, order, tally->records * sizeof(guint32));
}

static gboolean
spill(FnTally *tally, GError **error)
{
	if (tally->directory == NULL) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL,
			"more than %" G_GSIZE_FORMAT " bytes of combinations, and no directory to spill into", tally->memory);
		return FALSE;
	}
	if (tally->runs == NULL && (tally->runs = fn_runs_new(tally->words, tally->memory / 4, tally->directory, error)) == NULL)
		return FALSE;
	sort(tally);
	for (gsize i = 0; i < tally->records; i++)
		if (!fn_runs_put(tally->runs, record_at(tally, tally->slot[i]), error))
			return FALSE;
	tally->records = 0;
	memset(tally->slot, 0, 2 * tally->capacity * sizeof(guint32));
	return fn_runs_end_run(tally->runs, error);
}

static gboolean
add(FnTally *tally, const guint32 *key, guint64 hash, guint64 count, GError **error)
{
	guint32 *slot = probe(tally, key, hash), *record;

	if (*slot != 0) {
		record = record_at(tally, *slot - 1);
		fn_record_set_count(record, tally->words, fn_record_count(record, tally->words) + count);
		return TRUE;
	}
	if (tally->records == tally->capacity) {
		if (tally->capacity < tally->most)
			grow(tally);
		else if (!spill(tally, error))
			return FALSE;
		slot = probe(tally, key, hash);
	}
	record = record_at(tally, tally->records);
	memcpy(record, key, tally->words * sizeof(guint32));
	fn_record_set_count(record, tally->words, count);
	*slot = (guint32)++tally->records;
	return TRUE;
}

/* What takes time is waiting for memory: first for the slots of a block of keys, then for their records. */
static void
fetch(const FnTally *tally, const guint32 *keys, guint64 *hash, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		hash[i] = hash_key(tally, keys + i * tally->words);
		__builtin_prefetch(first_slot(tally, hash[i]));
	}
	for (gsize i = 0; i < n; i++) {
		guint32 slot = *first_slot(tally, hash[i]);

		if (slot != 0)
			__builtin_prefetch(record_at(tally, slot - 1));
	}
}

gboolean
fn_tally_add(FnTally *tally, const guint32 *keys, const guint64 *count, gsize n, GError **error)
{
	g_assert(!tally->finished);
	if (tally->capacity == 0)
		grow(tally);
	for (gsize from = 0; from < n; from += BLOCK) {
		gsize size = MIN(n - from, BLOCK);
		guint64 hash[BLOCK];

		fetch(tally, keys + from * tally->words, hash, size);
		for (gsize i = 0; i < size; i++)
			if (!add(tally, keys + (from + i) * tally->words, hash[i], count != NULL ? count[from + i] : 1, error))
				return FALSE;
	}
	return TRUE;
}

static void
drop_table(FnTally *tally)
{
	g_clear_pointer(&tally->record, g_free);
	g_clear_pointer(&tally->slot, g_free);
	tally->records = tally->capacity = 0;
}

gboolean
fn_tally_finish(FnTally *tally, gboolean sorted, GError **error)
{
	g_assert(!tally->finished);
	tally->finished = TRUE;
	if (tally->runs != NULL) {
		if (!spill(tally, error))
			return FALSE;
		drop_table(tally);
		tally->sorted = TRUE;
		return fn_runs_merge(tally->runs, error);
	}
	if (tally->capacity > 0 && sorted)
		sort(tally);
	tally->sorted = sorted;
	return TRUE;
}

guint64
fn_tally_keys(const FnTally *tally)
{
	return tally->runs != NULL ? fn_runs_records(tally->runs) : tally->records;
}

gsize
fn_tally_size(const FnTally *tally)
{
	return tally->capacity * (tally->stride + (tally->slot != NULL ? 2 : 0)) * sizeof(guint32);
}

void
fn_tally_pack(FnTally *tally)
{
	g_assert(tally->finished && tally->runs == NULL);
	g_clear_pointer(&tally->slot, g_free);
	tally->sorted = FALSE;
	tally->capacity = MAX(tally->records, 1);
	tally->record = g_realloc_n(tally->record, tally->capacity * tally->stride, sizeof(guint32));
}

gboolean
fn_tally_spilled(const FnTally *tally)
{
	return tally->runs != NULL;
}

static const guint32 *
search_sorted(const FnTally *tally, const guint32 *key)
{
	gsize low = 0, high = tally->records;

	while (low < high) {
		gsize middle = low + (high - low) / 2;
		const guint32 *record = record_at(tally, tally->slot[middle]);
		int compared = fn_key_compare(record, key, tally->words);

		if (compared == 0)
			return record;
		if (compared < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

gboolean
fn_tally_find(const FnTally *tally, const guint32 *key, guint64 *count_out, GError **error)
{
	const guint32 *record = NULL;

	g_assert(tally->finished);
	if (tally->runs != NULL)
		return fn_runs_find(tally->runs, key, count_out, error);
	if (tally->sorted)
		record = search_sorted(tally, key);
	else if (tally->slot != NULL) {
		guint32 slot = *probe(tally, key, hash_key(tally, key));

		record = slot != 0 ? record_at(tally, slot - 1) : NULL;
	}
	*count_out = record != NULL ? fn_record_count(record, tally->words) : 0;
	return TRUE;
}

FnTallyReader
fn_tally_read(const FnTally *tally)
{
	g_assert(tally->finished);
	return (FnTallyReader){ .tally = tally };
}

static const guint32 *
next_on_disk(FnTallyReader *reader, GError **error)
{
	const FnTally *tally = reader->tally;

	if (reader->next == reader->from + reader->have) {
		reader->from = reader->next;
		reader->have = (gsize)MIN(fn_tally_keys(tally) - reader->next, READ_RECORDS);
		if (reader->buffer == NULL)
			reader->buffer = g_new(guint32, READ_RECORDS * tally->stride);
		if (!fn_runs_read(tally->runs, reader->from, reader->buffer, reader->have, error))
			return NULL;
	}
	return reader->buffer + (reader->next++ - reader->from) * tally->stride;
}

const guint32 *
fn_tally_next(FnTallyReader *reader, guint64 *count_out, GError **error)
{
	const FnTally *tally = reader->tally;
	const guint32 *record;

	if (reader->next == fn_tally_keys(tally))
		return NULL;
	if (tally->runs != NULL)
		record = next_on_disk(reader, error);
	else {
		record = record_at(tally, tally->sorted ? tally->slot[reader->next] : (gsize)reader->next);
		reader->next++;
	}
	if (record != NULL)
		*count_out = fn_record_count(record, tally->words);
	return record;
}

void
fn_tally_reader_clear(FnTallyReader *reader)
{
	g_clear_pointer(&reader->buffer, g_free);
}
