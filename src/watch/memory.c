/* What the rules have counted so far, in memory: windows, and when each grant was last used. It is what the registry held at a position
 * of the log and what came since, and depends on the entries alone, not on how the log was cut into steps: counters are swept and
 * given up at an entry, not at the end of a step. */
#include "watch/watch_priv.h"

#include "watch_sql.h"

#include <string.h>

#define SWEEP (6 * G_TIME_SPAN_HOUR)

typedef struct {
	char *grant;
	gint64 at, level; /* level: -1 until it is asked for */
	guint64 entry;
	gboolean used;    /* since it was written */
} Grant;

typedef struct {
	const char *rule, *subject, *slot; /* behind it, in one piece of memory */
} Row;

struct FnMemory {
	const GPtrArray *rules;
	GHashTable **counters; /* of each rule a set of FnCounter: a flood in one pushes nothing out of another */
	GPtrArray *dirty;     /* of FnCounter, borrowed; each knows its place in it */
	GPtrArray *gone;      /* of Row, which go with the next writing */
	GHashTable *grants;   /* id → Grant */
	gint64 at, swept;     /* time of the newest entry, and the span of SWEEP in which counters were last swept */
};

/* ---- counters by rule, subject and slot ---- */

static guint
hash(gconstpointer key)
{
	const FnCounter *counter = key;

	return g_str_hash(counter->subject) * 31 + g_str_hash(counter->slot);
}

static gboolean
equal(gconstpointer a, gconstpointer b)
{
	const FnCounter *x = a, *y = b;

	return strcmp(x->subject, y->subject) == 0 && strcmp(x->slot, y->slot) == 0;
}

static gint
compare(const FnCounter *x, const FnCounter *y)
{
	int order = x->rule != y->rule ? strcmp(x->rule->key, y->rule->key) : 0;

	if (order == 0)
		order = strcmp(x->subject, y->subject);
	return order != 0 ? order : strcmp(x->slot, y->slot);
}

static gint
by_key(gconstpointer a, gconstpointer b)
{
	return compare(*(const FnCounter *const *)a, *(const FnCounter *const *)b);
}

typedef struct {
	gint64 at; /* here too: most comparisons need nothing else */
	FnCounter *counter;
} Quiet;

static gboolean
is_quieter(const Quiet *x, const Quiet *y)
{
	return x->at != y->at ? x->at < y->at : compare(x->counter, y->counter) < 0;
}

/* Hoare's partition: how many of them, fewer than all, lie in front; none of those is behind any of the others. */
static guint
part(Quiet *all, guint n)
{
	const Quiet middle = all[(n - 1) / 2];
	guint low = 0, high = n - 1;

	for (;; low++, high--) {
		Quiet kept;

		while (is_quieter(&all[low], &middle))
			low++;
		while (is_quieter(&middle, &all[high]))
			high--;
		if (low >= high)
			return high + 1;
		kept = all[low];
		all[low] = all[high];
		all[high] = kept;
	}
}

/* Brings the @first that have been quiet longest to the front, in any order. */
static void
select_quiet(Quiet *all, guint n, guint first)
{
	while (first > 0 && first < n) {
		guint front = part(all, n);

		if (first < front) {
			n = front;
		} else {
			all += front;
			n -= front;
			first -= front;
		}
	}
}

/* ---- the whole ---- */

static void
free_grant(gpointer data)
{
	Grant *grant = data;

	g_free(grant->grant);
	g_free(grant);
}

FnMemory *
fn_memory_new(const GPtrArray *rules)
{
	FnMemory *memory = g_new0(FnMemory, 1);

	memory->rules = rules;
	memory->counters = g_new(GHashTable *, rules->len + 1);
	for (guint i = 0; i < rules->len; i++)
		memory->counters[i] = g_hash_table_new_full(hash, equal, (GDestroyNotify)fn_counter_free, NULL);
	memory->dirty = g_ptr_array_new();
	memory->gone = g_ptr_array_new_with_free_func(g_free);
	memory->grants = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_grant);
	return memory;
}

void
fn_memory_free(FnMemory *memory)
{
	if (memory == NULL)
		return;
	g_ptr_array_unref(memory->dirty);
	for (guint i = 0; i < memory->rules->len; i++)
		g_hash_table_unref(memory->counters[i]);
	g_free(memory->counters);
	g_hash_table_unref(memory->grants);
	g_ptr_array_unref(memory->gone);
	g_free(memory);
}

void
fn_memory_forget(FnMemory *memory)
{
	memory->at = memory->swept = 0;
	g_ptr_array_set_size(memory->gone, 0);
	g_ptr_array_set_size(memory->dirty, 0);
	for (guint i = 0; i < memory->rules->len; i++)
		g_hash_table_remove_all(memory->counters[i]);
	g_hash_table_remove_all(memory->grants);
}

guint
fn_memory_size(const FnMemory *memory)
{
	guint size = 0;

	for (guint i = 0; i < memory->rules->len; i++)
		size += g_hash_table_size(memory->counters[i]);
	return size;
}

/* ---- reading ---- */

static void
add_gone(FnMemory *memory, const char *rule, const char *subject, const char *slot)
{
	gsize n = strlen(rule) + 1, m = strlen(subject) + 1, k = strlen(slot) + 1;
	Row *row = g_malloc(sizeof(Row) + n + m + k);

	row->rule = memcpy(row + 1, rule, n);
	row->subject = memcpy((char *)(row + 1) + n, subject, m);
	row->slot = memcpy((char *)(row + 1) + n + m, slot, k);
	g_ptr_array_add(memory->gone, row);
}

static const FnWatchRule *
rule_of_key(const FnMemory *memory, const char *key)
{
	for (guint i = 0; i < memory->rules->len; i++) {
		const FnWatchRule *rule = memory->rules->pdata[i];

		if (strcmp(rule->key, key) == 0)
			return rule;
	}
	return NULL;
}

/* A row of a rule that there no longer is, or that is none of ours, goes. */
static void
read_row(FnMemory *memory, FnRows *rows)
{
	const char *subject = fn_rows_text(rows, "subject"), *slot = fn_rows_text(rows, "slot");
	const FnWatchRule *rule = rule_of_key(memory, fn_rows_text(rows, "rule"));
	FnCounter *counter = rule != NULL ? fn_counter_new(rule, subject, slot) : NULL;
	gsize size;
	const guint8 *bytes = fn_rows_blob(rows, "state", &size);

	if (counter != NULL && fn_counter_read(counter, bytes, size)) {
		counter->last_at = fn_rows_int(rows, "last_at");
		counter->stored = TRUE;
		memory->at = MAX(memory->at, counter->last_at);
		g_hash_table_add(memory->counters[rule->place], counter);
		return;
	}
	g_clear_pointer(&counter, fn_counter_free);
	add_gone(memory, fn_rows_text(rows, "rule"), subject, slot);
}

gboolean
fn_memory_read(FnMemory *memory, FnDb *db, GError **error)
{
	g_autoptr(FnRows) rows = NULL;
	GError *why = NULL;

	fn_memory_forget(memory);
	rows = fn_db_query(db, &fn_sql_watch_counters, FN_BINDS(FN_INT("most", (gint64)FN_WATCH_COUNTERS * (memory->rules->len + 1))), error);
	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why))
		read_row(memory, rows);
	memory->swept = memory->at / SWEEP;
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

/* ---- sweeping ---- */

/* The caller takes it out of the counters, which frees it. */
static void
let_go(FnMemory *memory, FnCounter *counter)
{
	if (counter->stored)
		add_gone(memory, counter->rule->key, counter->subject, counter->slot);
	if (counter->dirty == 0)
		return;
	g_ptr_array_remove_index_fast(memory->dirty, counter->dirty - 1);
	if (counter->dirty <= memory->dirty->len)
		((FnCounter *)memory->dirty->pdata[counter->dirty - 1])->dirty = counter->dirty;
}

static gboolean
is_over(gpointer key, gpointer value, gpointer data)
{
	FnMemory *memory = data;

	if (fn_counter_ends(key) >= memory->at)
		return FALSE;
	let_go(memory, key);
	return TRUE;
}

/* Strangers make more counters than there may be: those that have been quiet longest go. */
static void
make_room(FnMemory *memory, GHashTable *counters)
{
	guint keep = FN_WATCH_COUNTERS / 8 * 7, n = 0;
	g_autofree Quiet *all = NULL;
	GHashTableIter iter;
	gpointer key;

	all = g_new(Quiet, g_hash_table_size(counters));
	g_hash_table_iter_init(&iter, counters);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (is_over(key, NULL, memory))
			g_hash_table_iter_remove(&iter);
		else
			all[n++] = (Quiet){ ((FnCounter *)key)->last_at, key };
	if (n > keep)
		select_quiet(all, n, n - keep);
	for (guint i = 0; i + keep < n; i++) {
		let_go(memory, all[i].counter);
		g_hash_table_remove(counters, all[i].counter);
	}
}

void
fn_memory_pass(FnMemory *memory, gint64 at)
{
	memory->at = MAX(memory->at, at);
	if (memory->at / SWEEP == memory->swept)
		return;
	memory->swept = memory->at / SWEEP;
	for (guint i = 0; i < memory->rules->len; i++)
		g_hash_table_foreach_remove(memory->counters[i], is_over, memory);
}

/* ---- counting ---- */

/* One that is over and was not swept yet is none: what is usual of it is not known any more. */
FnCounter *
fn_memory_counter(FnMemory *memory, const FnWatchRule *rule, const char *subject, const char *slot)
{
	const FnCounter asked = { .rule = rule, .subject = (char *)subject, .slot = (char *)slot };
	GHashTable *counters = memory->counters[rule->place];
	FnCounter *counter = NULL;

	if (g_hash_table_lookup_extended(counters, &asked, (gpointer *)&counter, NULL) && is_over(counter, NULL, memory)) {
		g_hash_table_remove(counters, counter);
		counter = NULL;
	}
	if (counter == NULL) {
		if (g_hash_table_size(counters) >= FN_WATCH_COUNTERS)
			make_room(memory, counters);
		counter = fn_counter_new(rule, subject, slot);
		g_hash_table_add(counters, counter);
	}
	if (counter->dirty == 0) {
		g_ptr_array_add(memory->dirty, counter);
		counter->dirty = memory->dirty->len;
	}
	return counter;
}

/* ---- grants ---- */

static Grant *
grant_named(FnMemory *memory, const char *id)
{
	Grant *grant = g_hash_table_lookup(memory->grants, id);

	if (grant == NULL) {
		grant = g_new0(Grant, 1);
		grant->grant = g_strdup(id);
		grant->level = -1;
		g_hash_table_insert(memory->grants, grant->grant, grant);
	}
	return grant;
}

/* A grant that the registry does not know has no level: its calls were not permitted either. */
gboolean
fn_memory_level(FnMemory *memory, FnDb *db, const char *id, gint64 *level_out, GError **error)
{
	Grant *grant = grant_named(memory, id);
	GError *why = NULL;

	if (grant->level < 0)
		grant->level = fn_db_int(db, &fn_sql_watch_grant, FN_BINDS(FN_TEXT("id", id)), 0, &why);
	*level_out = grant->level;
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

void
fn_memory_use(FnMemory *memory, const char *id, gint64 at, guint64 entry)
{
	Grant *grant = grant_named(memory, id);

	grant->at = at;
	grant->entry = entry;
	grant->used = TRUE;
}

/* ---- writing ---- */

/* All in the order of their key, as the registry keeps them: neighbours lie in one page. */
static gint
by_row(gconstpointer a, gconstpointer b)
{
	const Row *x = *(const Row *const *)a, *y = *(const Row *const *)b;
	int order = strcmp(x->rule, y->rule);

	if (order == 0)
		order = strcmp(x->subject, y->subject);
	return order != 0 ? order : strcmp(x->slot, y->slot);
}

static gboolean
delete_gone(FnMemory *memory, FnDb *db, GError **error)
{
	g_ptr_array_sort(memory->gone, by_row);
	for (guint i = 0; i < memory->gone->len; i++) {
		const Row *row = memory->gone->pdata[i];

		if (!fn_db_exec(db, &fn_sql_watch_delete_counter, FN_BINDS(FN_TEXT("rule", row->rule), FN_TEXT("subject", row->subject),
			FN_TEXT("slot", row->slot)), NULL, error))
			return FALSE;
	}
	g_ptr_array_set_size(memory->gone, 0);
	return TRUE;
}

static gboolean
write_counters(FnMemory *memory, FnDb *db, GError **error)
{
	g_autoptr(GByteArray) state = g_byte_array_new();

	g_ptr_array_sort(memory->dirty, by_key);
	for (guint i = 0; i < memory->dirty->len; i++) {
		FnCounter *counter = memory->dirty->pdata[i];

		g_byte_array_set_size(state, 0);
		fn_counter_write(counter, state);
		if (!fn_db_exec(db, &fn_sql_watch_set_counter, FN_BINDS(FN_TEXT("rule", counter->rule->key), FN_TEXT("subject", counter->subject),
			FN_TEXT("slot", counter->slot), FN_INT("last_at", counter->last_at), FN_BLOB("state", state->data, state->len)), NULL, error))
			return FALSE;
		counter->dirty = 0;
		counter->stored = TRUE;
	}
	g_ptr_array_set_size(memory->dirty, 0);
	return TRUE;
}

static gboolean
write_grants(FnMemory *memory, FnDb *db, GError **error)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, memory->grants);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Grant *grant = value;

		if (!grant->used)
			continue;
		if (!fn_db_exec(db, &fn_sql_watch_set_used, FN_BINDS(FN_TEXT("grant_id", grant->grant), FN_INT("at", grant->at),
			FN_INT("entry", (gint64)grant->entry)), NULL, error))
			return FALSE;
		grant->used = FALSE;
	}
	return TRUE;
}

gboolean
fn_memory_write(FnMemory *memory, FnDb *db, GError **error)
{
	return delete_gone(memory, db, error) && write_counters(memory, db, error) && write_grants(memory, db, error);
}
