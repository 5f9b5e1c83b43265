/* Following the log: each entry through every rule, a transaction for each step. What is in memory is what the registry holds; after
 * a failure it is read again. */
#include "watch/watch_priv.h"

#include "catalog/catalog.h"
#include "base/text.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "watch_sql.h"

#include <string.h>

#define SWEEP (10 * G_TIME_SPAN_MINUTE)

typedef struct {
	char *grant;
	gint64 at, level; /* level: -1 until it is asked for */
	guint64 entry;
	gboolean used;    /* in this step */
} Grant;

struct FnWatch {
	const FnCalendar *calendar;
	FnWork *work;
	GPtrArray *rules;      /* of FnWatchRule */
	GHashTable *counters;  /* key of counter_key() → FnCounter */
	GPtrArray *dirty;      /* of FnCounter, borrowed */
	GHashTable *alerts;    /* of this step: rule and subject → FnAlert */
	GHashTable *grants;    /* id → Grant */
	GPtrArray *foreign;    /* rows of counters that no rule wants: rule, subject, slot in turn */
	FnWatchState state;
	gboolean loaded;
	gint64 at, swept;      /* time of the newest entry, and as of when counters were last swept */
};

/* ---- state ---- */

static gboolean
read_state(FnDb *db, const FnSql *sql, FnWatchState *state_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, FN_NO_BINDS, error);
	GError *why = NULL;

	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &why)) {
		if (why == NULL)
			g_set_error(&why, FN_DB_ERROR, FN_DB_ERROR_SCHEMA, "the registry has lost the row of watch_state: put one row (1, 0, 0, '') there");
		g_propagate_error(error, why);
		return FALSE;
	}
	*state_out = (FnWatchState){ 0 }; /* states are compared byte by byte */
	state_out->next = (guint64)fn_rows_int(rows, "next");
	state_out->log = fn_rows_int(rows, "log");
	g_strlcpy(state_out->anchor, fn_rows_text(rows, "anchor"), sizeof(state_out->anchor));
	return TRUE;
}

static gboolean
write_state(FnDb *db, const FnWatchState *state, GError **error)
{
	return fn_db_exec(db, &fn_sql_watch_set_state, FN_BINDS(FN_INT("next", (gint64)state->next), FN_INT("log", state->log),
		FN_TEXT("anchor", state->anchor)), NULL, error);
}

gboolean
fn_watch_seen(FnDb *db, guint64 *seen_out, GError **error)
{
	FnWatchState state;

	if (!read_state(db, &fn_sql_watch_state, &state, error))
		return FALSE;
	*seen_out = state.next;
	return TRUE;
}

static gboolean
begin_anew(FnDb *db, gint64 more, GError **error)
{
	FnWatchState state;

	if (!fn_db_begin(db, error))
		return FALSE;
	if (read_state(db, &fn_sql_watch_lock, &state, error)) {
		const FnWatchState none = { .log = state.log + more };

		if (fn_db_exec(db, &fn_sql_watch_empty_counters, FN_NO_BINDS, NULL, error) &&
			fn_db_exec(db, &fn_sql_watch_empty_used, FN_NO_BINDS, NULL, error) && write_state(db, &none, error) && fn_db_commit(db, error))
			return TRUE;
	}
	fn_db_rollback(db);
	return FALSE;
}

gboolean
fn_watch_reset(FnDb *db, GError **error)
{
	return begin_anew(db, 0, error);
}

/* ---- what is in memory ---- */

static void
free_grant(gpointer data)
{
	Grant *grant = data;

	g_free(grant->grant);
	g_free(grant);
}

FnWatch *
fn_watch_new(const FnRules *rules, FnWork *work, GError **error)
{
	GPtrArray *list = fn_watch_rules_read(rules, error);
	FnWatch *watch;

	if (list == NULL)
		return NULL;
	watch = g_new0(FnWatch, 1);
	watch->calendar = fn_rules_calendar(rules);
	watch->work = work;
	watch->rules = list;
	watch->counters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_counter_free);
	watch->dirty = g_ptr_array_new();
	watch->alerts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_alert_free);
	watch->grants = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_grant);
	watch->foreign = g_ptr_array_new_with_free_func(g_free);
	return watch;
}

void
fn_watch_free(FnWatch *watch)
{
	if (watch == NULL)
		return;
	g_ptr_array_unref(watch->dirty);
	g_hash_table_unref(watch->counters);
	g_hash_table_unref(watch->alerts);
	g_hash_table_unref(watch->grants);
	g_ptr_array_unref(watch->foreign);
	g_ptr_array_unref(watch->rules);
	g_free(watch);
}

static void
forget(FnWatch *watch)
{
	watch->loaded = FALSE;
	g_ptr_array_set_size(watch->dirty, 0);
	g_ptr_array_set_size(watch->foreign, 0);
	g_hash_table_remove_all(watch->counters);
	g_hash_table_remove_all(watch->alerts);
	g_hash_table_remove_all(watch->grants);
}

static char *
key_of(const FnWatchRule *rule, const char *subject, const char *slot)
{
	return g_strjoin("\x1f", rule->key, subject, slot, NULL);
}

static const FnWatchRule *
rule_of_key(const FnWatch *watch, const char *key)
{
	for (guint i = 0; i < watch->rules->len; i++) {
		const FnWatchRule *rule = watch->rules->pdata[i];

		if (strcmp(rule->key, key) == 0)
			return rule;
	}
	return NULL;
}

/* A row of a rule that there no longer is, or that is none of ours, goes with the next step. */
static void
load_row(FnWatch *watch, FnRows *rows)
{
	const char *subject = fn_rows_text(rows, "subject"), *slot = fn_rows_text(rows, "slot");
	const FnWatchRule *rule = rule_of_key(watch, fn_rows_text(rows, "rule"));
	FnCounter *counter = rule != NULL ? fn_counter_new(rule, subject, slot) : NULL;
	gsize size;
	const guint8 *bytes = fn_rows_blob(rows, "state", &size);

	if (counter != NULL && fn_counter_read(counter, bytes, size)) {
		counter->last_at = fn_rows_int(rows, "last_at");
		watch->at = MAX(watch->at, counter->last_at);
		g_hash_table_insert(watch->counters, key_of(rule, subject, slot), counter);
		return;
	}
	g_clear_pointer(&counter, fn_counter_free);
	g_ptr_array_add(watch->foreign, g_strdup(fn_rows_text(rows, "rule")));
	g_ptr_array_add(watch->foreign, g_strdup(subject));
	g_ptr_array_add(watch->foreign, g_strdup(slot));
}

static gboolean
load(FnWatch *watch, FnDb *db, const FnWatchState *state, GError **error)
{
	g_autoptr(FnRows) rows = NULL;
	GError *why = NULL;

	if (watch->loaded && memcmp(&watch->state, state, sizeof(*state)) == 0)
		return TRUE;
	forget(watch);
	rows = fn_db_query(db, &fn_sql_watch_counters, FN_BINDS(FN_INT("most", (gint64)FN_WATCH_COUNTERS * 4)), error);
	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why))
		load_row(watch, rows);
	if (why != NULL) {
		g_propagate_error(error, why);
		return FALSE;
	}
	watch->state = *state;
	watch->loaded = TRUE;
	return TRUE;
}

/* ---- grants ---- */

static Grant *
grant_named(FnWatch *watch, const char *id)
{
	Grant *grant = g_hash_table_lookup(watch->grants, id);

	if (grant == NULL) {
		grant = g_new0(Grant, 1);
		grant->grant = g_strdup(id);
		grant->level = -1;
		g_hash_table_insert(watch->grants, grant->grant, grant);
	}
	return grant;
}

/* A grant that the registry does not know has no level: its calls were not permitted either. */
static gboolean
level_of(FnWatch *watch, FnDb *db, const char *id, gint64 *level_out, GError **error)
{
	Grant *grant = grant_named(watch, id);
	GError *why = NULL;

	if (grant->level < 0)
		grant->level = fn_db_int(db, &fn_sql_watch_grant, FN_BINDS(FN_TEXT("id", id)), 0, &why);
	*level_out = grant->level;
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

static void
note_use(FnWatch *watch, const FnDeed *deed, const char *id)
{
	Grant *grant = grant_named(watch, id);

	grant->at = deed->at;
	grant->entry = deed->index;
	grant->used = TRUE;
}

/* ---- hits ---- */

static char *
id_of(const FnWatchRule *rule, const char *subject, gint64 log, gint64 place)
{
	g_autofree char *text = g_strdup_printf("%s\x1f%s\x1f%" G_GINT64_FORMAT "\x1f%" G_GINT64_FORMAT, rule->id, subject, log, place), *hex = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	fn_sha256(text, strlen(text), digest);
	hex = fn_hex(digest, 13);
	return g_steal_pointer(&hex);
}

static gboolean
find_alert(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const char *subject, FnAlert **alert_out, GError **error)
{
	g_autofree char *key = g_strjoin("\x1f", rule->id, subject, NULL);

	if ((*alert_out = g_hash_table_lookup(watch->alerts, key)) != NULL)
		return TRUE;
	if (!fn_alert_read(db, rule, subject, watch->state.log, alert_out, error))
		return FALSE;
	if (*alert_out != NULL)
		g_hash_table_insert(watch->alerts, g_steal_pointer(&key), *alert_out);
	return TRUE;
}

static FnAlert *
new_alert(const FnWatchRule *rule, const char *subject, const char *organization, gint64 at, guint64 from, guint64 to, gint64 measured)
{
	FnAlert *alert = g_new0(FnAlert, 1);

	*alert = (FnAlert){ .subject = g_strdup(subject), .organization = g_strdup(organization), .rule = rule, .open = TRUE, .is_new = TRUE,
		.dirty = TRUE, .first_at = at, .last_at = at, .count = 1, .measured = measured, .from = from, .to = to };
	return alert;
}

static void
add_to(FnAlert *alert, gint64 at, guint64 to, gint64 measured)
{
	alert->to = MAX(alert->to, to);
	alert->last_at = MAX(alert->last_at, at);
	alert->measured = MAX(alert->measured, measured);
	alert->count++;
	alert->dirty = TRUE;
}

/* An entry within the evidence of an alert was counted before: the log is read once more. What was handled is not told again
 * before the window has left it behind. */
static gboolean
hit(FnWatch *watch, FnDb *db, const FnCounter *counter, const FnDeed *deed, gint64 measured, GError **error)
{
	const FnWatchRule *rule = counter->rule;
	guint64 from = fn_counter_first(counter);
	g_autofree char *organization = g_strndup(deed->organization.text, deed->organization.size);
	FnAlert *alert;

	if (!find_alert(watch, db, rule, counter->subject, &alert, error))
		return FALSE;
	if (alert != NULL && deed->index <= alert->to)
		return TRUE;
	if (alert != NULL && alert->open) {
		add_to(alert, deed->at, deed->index, measured);
		return TRUE;
	}
	if (alert != NULL && from <= alert->to)
		return TRUE;
	alert = new_alert(rule, counter->subject, rule->per == FN_PER_PERSON || rule->per == FN_PER_ADDRESS ? "" : organization, deed->at, from,
		deed->index, measured);
	alert->id = id_of(rule, alert->subject, watch->state.log, (gint64)deed->index);
	g_hash_table_insert(watch->alerts, g_strjoin("\x1f", rule->id, alert->subject, NULL), alert);
	return TRUE;
}

/* ---- one entry ---- */

/* Strangers' words are cut, never refused: who writes a long one is not to go uncounted. */
static void
copy(char out[FN_WATCH_KEY + 1], FnSpan text)
{
	gsize size = MIN(text.size, FN_WATCH_KEY);

	if (size > 0)
		memcpy(out, text.text, size);
	while (size > 0 && text.size > FN_WATCH_KEY && (text.text[size] & 0xc0) == 0x80)
		size--;
	out[size] = '\0';
}

static FnSpan
subject_of(const FnDeed *deed, FnPer per, guint i)
{
	const FnSpan spans[FN_PERS] = { [FN_PER_GRANT] = deed->grant, [FN_PER_SYSTEM] = deed->system, [FN_PER_ACCOUNT] = deed->account,
		[FN_PER_ADDRESS] = deed->address, [FN_PER_PERSON] = i < deed->subjects ? deed->subject[i] : (FnSpan){ NULL, 0 } };

	return spans[per];
}

static gboolean
is_listed(const char *codes, FnSpan code)
{
	g_auto(GStrv) words = codes != NULL ? g_strsplit(codes, " ", -1) : NULL;

	for (guint i = 0; words != NULL && words[i] != NULL; i++)
		if (fn_span_is(code, words[i]))
			return TRUE;
	return codes == NULL;
}

static FnCounter *
counter_for(FnWatch *watch, const FnWatchRule *rule, const char *subject, const char *slot)
{
	char key[64 + 20 + 2 * FN_WATCH_KEY + 3];
	FnCounter *counter;

	g_snprintf(key, sizeof(key), "%s\x1f%s\x1f%s", rule->key, subject, slot);
	counter = g_hash_table_lookup(watch->counters, key);
	if (counter == NULL) {
		counter = fn_counter_new(rule, subject, slot);
		g_hash_table_insert(watch->counters, g_strdup(key), counter);
	}
	return counter;
}

static gboolean
count(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const FnDeed *deed, FnSpan whom, gint64 amount, GError **error)
{
	char subject[FN_WATCH_KEY + 1], slot[FN_WATCH_KEY + 1] = "";
	FnCounter *counter;
	gint64 measured, level;

	if (whom.size == 0)
		return TRUE;
	copy(subject, whom);
	if (rule->level >= 0) {
		if (!level_of(watch, db, subject, &level, error))
			return FALSE;
		if (level < rule->level)
			return TRUE;
	}
	if (rule->measure->by_case)
		copy(slot, deed->case_number);
	counter = counter_for(watch, rule, subject, slot);
	fn_counter_slide(counter, deed->at);
	if (!counter->dirty)
		g_ptr_array_add(watch->dirty, counter);
	fn_counter_add(counter, deed, amount);
	measured = fn_measure(counter);
	return measured < rule->threshold || hit(watch, db, counter, deed, measured, error);
}

static gboolean
take_rule(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const FnDeed *deed, GError **error)
{
	guint n = rule->per == FN_PER_PERSON ? deed->subjects : 1;
	gint64 amount;

	if (!(rule->measure->kinds & deed->kind) || (deed->kind == FN_DEED_REFUSED && !is_listed(rule->measure->codes, deed->code)) ||
		(amount = rule->measure->amount(rule, watch->calendar, deed)) <= 0)
		return TRUE;
	for (guint i = 0; i < n; i++)
		if (!count(watch, db, rule, deed, subject_of(deed, rule->per, i), amount, error))
			return FALSE;
	return TRUE;
}

static gboolean
take(FnWatch *watch, FnDb *db, GBytes *bytes, guint64 index, GError **error)
{
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);
	FnEntry entry;
	FnDeed deed;

	if (!fn_entry_parse(text, size, &entry)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "entry %" G_GUINT64_FORMAT ": not the form of an entry", index);
		return FALSE;
	}
	if (!fn_deed_read(&entry, index, &deed))
		return TRUE;
	watch->at = MAX(watch->at, deed.at);
	if ((deed.kind & FN_DEED_CALL) && deed.grant.size > 0) {
		char grant[FN_WATCH_KEY + 1];

		copy(grant, deed.grant);
		note_use(watch, &deed, grant);
	}
	for (guint i = 0; i < watch->rules->len; i++)
		if (!take_rule(watch, db, watch->rules->pdata[i], &deed, error))
			return FALSE;
	return TRUE;
}

/* ---- writing down ---- */

static gboolean
delete_row(FnDb *db, const char *rule, const char *subject, const char *slot, GError **error)
{
	return fn_db_exec(db, &fn_sql_watch_delete_counter, FN_BINDS(FN_TEXT("rule", rule), FN_TEXT("subject", subject), FN_TEXT("slot", slot)),
		NULL, error);
}

static gboolean
write_counters(FnWatch *watch, FnDb *db, GError **error)
{
	g_autoptr(GByteArray) state = g_byte_array_new();

	for (guint i = 0; i < watch->foreign->len; i += 3)
		if (!delete_row(db, watch->foreign->pdata[i], watch->foreign->pdata[i + 1], watch->foreign->pdata[i + 2], error))
			return FALSE;
	for (guint i = 0; i < watch->dirty->len; i++) {
		FnCounter *counter = watch->dirty->pdata[i];

		g_byte_array_set_size(state, 0);
		fn_counter_write(counter, state);
		if (!fn_db_exec(db, &fn_sql_watch_set_counter, FN_BINDS(FN_TEXT("rule", counter->rule->key), FN_TEXT("subject", counter->subject),
			FN_TEXT("slot", counter->slot), FN_INT("last_at", counter->last_at), FN_BLOB("state", state->data, state->len)), NULL, error))
			return FALSE;
		counter->dirty = FALSE;
	}
	g_ptr_array_set_size(watch->dirty, 0);
	g_ptr_array_set_size(watch->foreign, 0);
	return TRUE;
}

static gboolean
write_grants(FnWatch *watch, FnDb *db, GError **error)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, watch->grants);
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

static gboolean
write_alerts(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, watch->alerts);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		FnAlert *alert = value;

		if (alert->dirty && !fn_alert_write(db, watch->work, alert, watch->state.log, now, error))
			return FALSE;
	}
	g_hash_table_remove_all(watch->alerts);
	return TRUE;
}

static gint
longest_quiet(gconstpointer a, gconstpointer b)
{
	const FnCounter *x = *(const FnCounter *const *)a, *y = *(const FnCounter *const *)b;

	return x->last_at < y->last_at ? -1 : x->last_at > y->last_at;
}

static gboolean
drop(FnWatch *watch, FnDb *db, FnCounter *counter, GError **error)
{
	g_autofree char *key = key_of(counter->rule, counter->subject, counter->slot);
	gboolean done = delete_row(db, counter->rule->key, counter->subject, counter->slot, error);

	g_hash_table_remove(watch->counters, key);
	return done;
}

/* What is over goes; where strangers make more counters than there may be, those that have been quiet longest. */
static gboolean
sweep(FnWatch *watch, FnDb *db, GError **error)
{
	g_autoptr(GPtrArray) all = NULL;
	gboolean full = g_hash_table_size(watch->counters) > FN_WATCH_COUNTERS;
	guint keep = FN_WATCH_COUNTERS / 8 * 7;
	GHashTableIter iter;
	gpointer value;

	if (!full && watch->at - watch->swept < SWEEP)
		return TRUE;
	watch->swept = watch->at;
	all = g_ptr_array_sized_new(g_hash_table_size(watch->counters));
	g_hash_table_iter_init(&iter, watch->counters);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		g_ptr_array_add(all, value);
	g_ptr_array_sort(all, longest_quiet);
	for (guint i = 0; i < all->len; i++)
		if (fn_counter_ends(all->pdata[i]) < watch->at || (full && all->len - i > keep))
			if (!drop(watch, db, all->pdata[i], error))
				return FALSE;
	return TRUE;
}

/* ---- one step ---- */

/* In a transaction, unless somebody began anew meanwhile: then nothing is done. */
static gboolean
take_all(FnWatch *watch, FnDb *db, guint64 first, GPtrArray *entries, gint64 now, guint *done_out, GError **error)
{
	FnWatchState state = { 0 };

	if (!read_state(db, &fn_sql_watch_lock, &state, error))
		return FALSE;
	if (memcmp(&state, &watch->state, sizeof(state)) != 0) {
		fn_db_rollback(db);
		forget(watch);
		return TRUE;
	}
	for (guint i = 0; i < entries->len; i++)
		if (!take(watch, db, entries->pdata[i], first + i, error))
			return FALSE;
	watch->state.next = first + entries->len;
	fn_audit_digest(entries->pdata[entries->len - 1], watch->state.anchor);
	if (!write_alerts(watch, db, now, error) || !write_counters(watch, db, error) || !write_grants(watch, db, error) ||
		!sweep(watch, db, error) || !write_state(db, &watch->state, error) || !fn_db_commit(db, error))
		return FALSE;
	*done_out = entries->len;
	return TRUE;
}

static gboolean
take_next(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint32 most, gint64 now, guint *done_out, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 size, minimum, first;

	if (!log->size(log->data, &size, &minimum, error) || !log->there(log->data, watch->state.next, &first, error))
		return FALSE;
	if (first >= size)
		return TRUE;
	if ((entries = fn_audit_log_read(log, first, most, error)) == NULL)
		return FALSE;
	if (entries->len == 0)
		return TRUE;
	if (!fn_db_begin(db, error))
		return FALSE;
	if (take_all(watch, db, first, entries, now, done_out, error))
		return TRUE;
	fn_db_rollback(db);
	forget(watch);
	return FALSE;
}

gboolean
fn_watch_step(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint32 most, gint64 now, guint *done_out, GError **error)
{
	FnWatchState state = { 0 };
	gboolean same;
	guint done = 0;

	if (!read_state(db, &fn_sql_watch_state, &state, error) || !fn_audit_log_is(log, state.next, state.anchor, &same, error))
		return FALSE;
	if (!same && (!begin_anew(db, 1, error) || !read_state(db, &fn_sql_watch_state, &state, error)))
		return FALSE;
	if (!load(watch, db, &state, error) || !take_next(watch, db, log, most, now, &done, error))
		return FALSE;
	if (done_out != NULL)
		*done_out = done;
	return TRUE;
}

/* ---- what no entry tells ---- */

typedef struct {
	char *grant, *consumer;
	gint64 at;
	guint64 entry;
} Unused;

static void
free_unused(gpointer data)
{
	Unused *unused = data;

	g_free(unused->grant);
	g_free(unused->consumer);
	g_free(unused);
}

static GPtrArray *
find_unused(FnDb *db, gint64 until, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_unused, FN_BINDS(FN_INT("until", until)), error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_unused);
	GError *why = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &why)) {
		Unused *unused = g_new0(Unused, 1);

		*unused = (Unused){ g_strdup(fn_rows_text(rows, "id")), g_strdup(fn_rows_text(rows, "consumer")), fn_rows_int(rows, "at"),
			(guint64)fn_rows_int(rows, "entry") };
		g_ptr_array_add(list, unused);
	}
	if (why == NULL)
		return g_steal_pointer(&list);
	g_propagate_error(error, why);
	return NULL;
}

/* Told once for each time it goes unused, and again after as many days once it was handled. */
static gboolean
tell_unused(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const Unused *unused, gint64 now, GError **error)
{
	gint64 days = (now - unused->at) / G_TIME_SPAN_DAY;
	guint64 place = MAX(unused->entry, watch->state.next > 0 ? watch->state.next - 1 : 0);
	FnAlert *alert;

	if (!find_alert(watch, db, rule, unused->grant, &alert, error))
		return FALSE;
	if (alert != NULL && alert->open) {
		if (days > alert->measured)
			add_to(alert, now, place, days);
		return TRUE;
	}
	if (alert != NULL && now - MAX(alert->last_at, unused->at) < rule->threshold * G_TIME_SPAN_DAY)
		return TRUE;
	alert = new_alert(rule, unused->grant, unused->consumer, now, unused->entry, place, days);
	alert->id = id_of(rule, alert->subject, watch->state.log, now);
	g_hash_table_insert(watch->alerts, g_strjoin("\x1f", rule->id, alert->subject, NULL), alert);
	return TRUE;
}

static gboolean
look_at_unused(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	const FnMeasure *measure = fn_measure_find("unused");

	for (guint i = 0; i < watch->rules->len; i++) {
		const FnWatchRule *rule = watch->rules->pdata[i];
		g_autoptr(GPtrArray) list = NULL;

		if (rule->measure != measure)
			continue;
		if ((list = find_unused(db, now - rule->threshold * G_TIME_SPAN_DAY, error)) == NULL)
			return FALSE;
		for (guint j = 0; j < list->len; j++)
			if (!tell_unused(watch, db, rule, list->pdata[j], now, error))
				return FALSE;
	}
	return write_alerts(watch, db, now, error);
}

/* The grant goes by itself, and with it the case of its application, as when an agreement runs out. */
static gboolean
suspend(FnWatch *watch, FnDb *db, const char *grant, const char *why, gint64 now, gboolean *done_out, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_grant, FN_BINDS(FN_TEXT("id", grant)), error);
	g_autofree char *application = NULL;
	GError *failed = NULL;

	*done_out = FALSE;
	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &failed) || !g_str_equal(fn_rows_text(rows, "state"), "active")) {
		if (failed != NULL)
			g_propagate_error(error, failed);
		return failed == NULL;
	}
	application = g_strdup(fn_rows_text(rows, "case_id"));
	g_clear_pointer(&rows, fn_rows_free);
	*done_out = TRUE;
	return fn_catalog_set_grant_state(db, grant, "suspended", why, NULL, now, error) &&
		fn_work_step(watch->work, db, application, "lapse", why, NULL, platform, now, error);
}

static gboolean
carry_out(FnWatch *watch, FnDb *db, const char *case_id, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_of_case, FN_BINDS(FN_TEXT("case_id", case_id)), error);
	g_autofree char *why = NULL, *grant = NULL;
	gboolean done = FALSE;
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	if (fn_rows_next(rows, &failed)) {
		why = g_strdup_printf("misuse was confirmed: alert %s", fn_rows_text(rows, "id"));
		grant = g_str_equal(fn_rows_text(rows, "per"), "grant") ? g_strdup(fn_rows_text(rows, "subject")) : NULL;
	}
	g_clear_pointer(&rows, fn_rows_free);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (grant != NULL && !suspend(watch, db, grant, why, now, &done, error))
		return FALSE;
	return fn_work_step(watch->work, db, case_id, done ? "suspended" : "not_suspended", done ? why : "the alert names no grant that is active",
		NULL, platform, now, error);
}

/* A rectification that a step of another case opened: the platform gives notice, from which its clock runs. */
static gboolean
give_notice(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_auto(GStrv) ids = fn_work_cases_in(db, "rectification", "found", error);

	for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
		if (!fn_work_step(watch->work, db, ids[i], "notify", NULL, NULL, platform, now, error))
			return FALSE;
	return ids != NULL;
}

static gboolean
look(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	g_auto(GStrv) ids = NULL;
	FnWatchState state = { 0 };

	if (!read_state(db, &fn_sql_watch_lock, &state, error) || !load(watch, db, &state, error) ||
		(ids = fn_work_cases_in(db, "alert", "suspending", error)) == NULL)
		return FALSE;
	for (guint i = 0; ids[i] != NULL; i++)
		if (!carry_out(watch, db, ids[i], now, error))
			return FALSE;
	return give_notice(watch, db, now, error) && fn_db_exec(db, &fn_sql_watch_close_with_cases, FN_BINDS(FN_INT("now", now)), NULL, error) &&
		look_at_unused(watch, db, now, error) && fn_db_commit(db, error);
}

gboolean
fn_watch_look(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	if (!fn_db_begin(db, error))
		return FALSE;
	if (look(watch, db, now, error))
		return TRUE;
	fn_db_rollback(db);
	forget(watch);
	return FALSE;
}
