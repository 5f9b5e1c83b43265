/* Following the log: each entry through every rule, counted in memory, and a transaction for each step. What is in memory is what the
 * registry held and what this step added; after a failure it is read again. */
#include "watch/watch_priv.h"

#include "watch_sql.h"

#include <string.h>

enum { PIECE = 2048 }; /* entries that are in memory at once */

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
	*state_out = (FnWatchState){ 0 };
	state_out->next = (guint64)fn_rows_int(rows, "next");
	state_out->log = fn_rows_int(rows, "log");
	g_strlcpy(state_out->anchor, fn_rows_text(rows, "anchor"), sizeof(state_out->anchor));
	return TRUE;
}

static gboolean
is_same(const FnWatchState *a, const FnWatchState *b)
{
	return a->next == b->next && a->log == b->log && strcmp(a->anchor, b->anchor) == 0;
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
	watch->memory = fn_memory_new(list);
	watch->alerts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_alert_free);
	return watch;
}

void
fn_watch_free(FnWatch *watch)
{
	if (watch == NULL)
		return;
	fn_memory_free(watch->memory);
	g_hash_table_unref(watch->alerts);
	g_ptr_array_unref(watch->rules);
	g_free(watch);
}

void
fn_watch_forget(FnWatch *watch)
{
	watch->loaded = FALSE;
	fn_memory_forget(watch->memory);
	g_hash_table_remove_all(watch->alerts);
}

static gboolean
load(FnWatch *watch, FnDb *db, const FnWatchState *state, GError **error)
{
	if (watch->loaded && is_same(&watch->state, state))
		return TRUE;
	fn_watch_forget(watch);
	if (!fn_memory_read(watch->memory, db, error))
		return FALSE;
	watch->state = *state;
	watch->loaded = TRUE;
	return TRUE;
}

gboolean
fn_watch_lock(FnWatch *watch, FnDb *db, GError **error)
{
	FnWatchState state;

	return read_state(db, &fn_sql_watch_lock, &state, error) && load(watch, db, &state, error);
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
	for (const char *word = codes; word != NULL; word = strchr(word, ' ')) {
		word += *word == ' ';
		if (strcspn(word, " ") == code.size && memcmp(word, code.text, code.size) == 0)
			return TRUE;
	}
	return codes == NULL;
}

/* An entry within the evidence of an alert was counted before: the log is read once more. What was handled is not told again
 * before the window has left it behind. */
static gboolean
hit(FnWatch *watch, FnDb *db, const FnCounter *counter, const FnDeed *deed, gint64 measured, GError **error)
{
	const FnWatchRule *rule = counter->rule;
	const FnHit hit = { .at = deed->at, .from = fn_counter_first(counter), .to = deed->index, .measured = measured,
		.place = (gint64)deed->index };
	gboolean of_nobody = rule->per == FN_PER_PERSON || rule->per == FN_PER_ADDRESS;
	FnAlert *alert;

	if (!fn_hit_find(watch, db, rule, counter->subject, &alert, error))
		return FALSE;
	if (alert == NULL || (!alert->open && deed->index > alert->to && hit.from > alert->to))
		fn_hit_new(watch, rule, counter->subject, of_nobody ? (FnSpan){ "", 0 } : deed->organization, &hit);
	else if (alert->open && deed->index > alert->to)
		fn_hit_add(alert, &hit);
	return TRUE;
}

static gboolean
count(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const FnDeed *deed, guint i, gint64 amount, GError **error)
{
	const FnSpan slots[] = { [FN_FOR_ALL] = { "", 0 }, [FN_FOR_CASE] = deed->case_number,
		[FN_FOR_PERSON] = subject_of(deed, FN_PER_PERSON, i) }, whom = subject_of(deed, rule->per, i);
	char subject[FN_WATCH_KEY + 1], slot[FN_WATCH_KEY + 1];
	FnCounter *counter;
	gint64 measured, level;

	if (whom.size == 0)
		return TRUE;
	copy(subject, whom);
	if (rule->level >= 0) {
		if (!fn_memory_level(watch->memory, db, subject, &level, error))
			return FALSE;
		if (level < rule->level)
			return TRUE;
	}
	copy(slot, slots[rule->measure->each]);
	counter = fn_memory_counter(watch->memory, rule, subject, slot);
	fn_counter_slide(counter, deed->at);
	fn_counter_add(counter, deed, amount);
	measured = fn_measure(counter);
	return measured < rule->threshold || hit(watch, db, counter, deed, measured, error);
}

static gboolean
take_rule(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const FnDeed *deed, GError **error)
{
	guint n = rule->per == FN_PER_PERSON || rule->measure->each == FN_FOR_PERSON ? deed->subjects : 1;
	gint64 amount;

	if (!(rule->measure->kinds & deed->kind) || (deed->kind == FN_DEED_REFUSED && !is_listed(rule->measure->codes, deed->code)) ||
		(amount = rule->measure->amount(rule, watch->calendar, deed)) <= 0)
		return TRUE;
	for (guint i = 0; i < n; i++)
		if (!count(watch, db, rule, deed, i, amount, error))
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
	fn_memory_pass(watch->memory, deed.at);
	if ((deed.kind & FN_DEED_CALL) && deed.grant.size > 0) {
		char grant[FN_WATCH_KEY + 1];

		copy(grant, deed.grant);
		fn_memory_use(watch->memory, grant, deed.at, deed.index);
	}
	for (guint i = 0; i < watch->rules->len; i++)
		if (!take_rule(watch, db, watch->rules->pdata[i], &deed, error))
			return FALSE;
	return TRUE;
}

/* ---- one step ---- */

static gboolean
take_piece(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint64 size, guint32 most, guint *done_out, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 first;

	*done_out = 0;
	if (!log->there(log->data, watch->state.next, &first, error))
		return FALSE;
	if (first >= size)
		return TRUE;
	if ((entries = log->read(log->data, first, most, error)) == NULL)
		return FALSE;
	if (entries->len == 0)
		return TRUE;
	for (guint i = 0; i < entries->len; i++)
		if (!take(watch, db, entries->pdata[i], first + i, error))
			return FALSE;
	watch->state.next = first + entries->len;
	fn_audit_digest(entries->pdata[entries->len - 1], watch->state.anchor);
	*done_out = entries->len;
	return TRUE;
}

static gboolean
take_all(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint32 most, guint *done_out, GError **error)
{
	guint64 size, minimum;
	guint n;

	if (!log->size(log->data, &size, &minimum, error))
		return FALSE;
	do {
		if (!take_piece(watch, db, log, size, MIN(most - *done_out, PIECE), &n, error))
			return FALSE;
		*done_out += n;
	} while (n > 0 && *done_out < most);
	return TRUE;
}

/* *@late_out: somebody began anew meanwhile, or handled an alert that grew; nothing of this stands. */
static gboolean
write_down(FnWatch *watch, FnDb *db, const FnWatchState *before, gint64 now, gboolean *late_out, GError **error)
{
	FnWatchState state;

	if (!read_state(db, &fn_sql_watch_lock, &state, error))
		return FALSE;
	*late_out = !is_same(&state, before);
	if (*late_out)
		return TRUE;
	return fn_hits_write(watch, db, now, late_out, error) && (*late_out || (fn_memory_write(watch->memory, db, error) &&
		write_state(db, &watch->state, error) && fn_db_commit(db, error)));
}

static gboolean
take_next(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint32 most, gint64 now, guint *done_out, GError **error)
{
	const FnWatchState before = watch->state;
	gboolean late = FALSE, done;

	done = take_all(watch, db, log, most, done_out, error);
	if (done && *done_out == 0)
		return TRUE;
	if (done && (done = fn_db_begin(db, error))) {
		done = write_down(watch, db, &before, now, &late, error);
		if (done && !late)
			return TRUE;
		fn_db_rollback(db);
	}
	fn_watch_forget(watch);
	*done_out = 0;
	return done;
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
