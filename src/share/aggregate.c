/* A table of counts: counted once in its interval, told the same in between.
 *
 * The way: is the table one that the grant names → what was told of it → is its interval over → count, protect, look at its labels,
 * write down (and pay) → enter → answer. What is told again is entered again. */
#include "share/share_priv.h"

#include "base/json.h"
#include "base/time.h"
#include "disclosure/crosstab.h"
#include "share/rows.h"
#include "share/told.h"

#include <string.h>

enum { PASS_ROWS = 1024 };
#define DAY ((gint64)86400 * G_USEC_PER_SEC)

typedef struct {
	FnCall *call;
	FnWorker *worker;
	const FnCounts *counts;
	FnTold told;
	guint8 key[FN_DIGEST_SIZE];
	json_t *table;         /* what is told */
	gint64 counted_at;     /* as in told.h */
	const char *result;    /* counted, kept (too little has changed), again (within its interval) */
} Aggregate;

/* ---- counting ---- */

static guint
granted_field(const FnSnapGrant *grant, const char *name)
{
	guint i = 0;

	while (strcmp(grant->policy.fields[i], name) != 0)
		g_assert(grant->policy.fields[++i] != NULL); /* the snapshot found it there */
	return i;
}

static FnCrosstab *
new_crosstab(const Aggregate *a, const FnMasks *masks)
{
	FnCrosstabField field[2];
	guint n = a->counts->table[a->told.table].fields;

	for (guint i = 0; i < n; i++) {
		const FnCountedField *counted = &a->counts->field[a->counts->table[a->told.table].field[i]];

		field[i] = (FnCrosstabField){ counted->name, counted->hierarchy, counted->level,
			masks->column[granted_field(a->call->grant, counted->name)] };
	}
	return fn_crosstab_new(field, n);
}

/* Milliseconds until @deadline; 0 with an error: it is over. */
static guint
time_left(gint64 deadline, GError **error)
{
	gint64 left = (deadline - g_get_monotonic_time()) / 1000;

	if (left > 0)
		return (guint)MIN(left, G_MAXINT);
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_TIMEOUT, "the rows were not counted in time");
	return 0;
}

static gboolean
read_all(Aggregate *a, FnSourceSelect *select, FnCrosstab *crosstab, GError **error)
{
	gint64 deadline = g_get_monotonic_time() + fn_settings_int(a->call->share->settings, "aggregate_seconds") * G_USEC_PER_SEC;
	FnRowBatch batch;

	if (!fn_source_run(select, NULL, NULL, time_left(deadline, NULL), error))
		return FALSE;
	for (;;) {
		FnColumn column[2];

		if (g_atomic_int_get(&a->call->share->ending)) {
			g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the gate ends");
			return FALSE;
		}
		if (time_left(deadline, error) == 0 || !fn_source_fetch(select, PASS_ROWS, &batch, error))
			return FALSE;
		if (batch.rows == 0)
			return TRUE;
		for (guint i = 0; i < batch.columns; i++)
			column[i] = (FnColumn){ batch.value[i], batch.size[i], batch.rows };
		if (!fn_crosstab_add(crosstab, column, error))
			return FALSE;
	}
}

static gboolean
count_source(Aggregate *a, FnCrosstab *crosstab, GError **error)
{
	g_autoptr(FnSourceSelect) select = fn_worker_select_all(a->worker, a->call, error);
	gboolean good;

	if (select == NULL)
		return FALSE;
	fn_worker_begin(a->worker, a->call->request);
	good = read_all(a, select, crosstab, error);
	fn_worker_end(a->worker);
	return good;
}

/* The last look: labels are what leaves of the rows' own values. */
static gboolean
look_at_labels(Aggregate *a, const FnMasks *masks, const FnCrosstab *crosstab, GError **error)
{
	const FnSnapGrant *grant = a->call->grant;
	guint column_of[FN_BODY_FIELDS];

	for (guint side = 0; a->call->fields[side] != NULL; side++) {
		guint n, granted = granted_field(grant, a->call->fields[side]);
		const char **label = (const char **)fn_crosstab_labels(crosstab, side, &n);
		g_autofree guint32 *size = g_new(guint32, n + 1);
		FnRowBatch batch = { .columns = 1, .rows = n, .value = &label, .size = &size };

		for (guint i = 0; i < n; i++)
			size[i] = (guint32)strlen(label[i]);
		for (guint i = 0; i < grant->fields; i++)
			column_of[i] = i == granted ? 0 : G_MAXUINT;
		if (fn_rescan_look(masks->rescan, a->worker->room, column_of, &batch, &a->call->above))
			continue;
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_OUTPUT, "field %s of grant %s holds more than its level", grant->policy.fields[granted],
			grant->policy.id);
		return FALSE;
	}
	return TRUE;
}

static json_t *
count(Aggregate *a, GError **error)
{
	g_autoptr(FnMasks) masks = fn_worker_masks(a->call, error);
	g_autoptr(FnCrosstab) crosstab = masks != NULL ? new_crosstab(a, masks) : NULL;
	const char *epsilon = a->counts->epsilon;

	if (crosstab == NULL || !count_source(a, crosstab, error) || !fn_crosstab_close(crosstab, a->counts->threshold, epsilon != NULL, error) ||
		!look_at_labels(a, masks, crosstab, error))
		return NULL;
	return epsilon != NULL ? fn_crosstab_noisy(crosstab, epsilon, NULL, NULL, error) : fn_crosstab_exact(crosstab, error);
}

/* ---- telling ---- */

/* The call is answered, and gone. Always FALSE. */
static gboolean
fail(Aggregate *a, FnFault fault)
{
	fn_call_fail(a->call, fault, NULL, NULL);
	return FALSE;
}

static gboolean
fail_error(Aggregate *a, const GError *error)
{
	if (g_error_matches(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_IMPOSSIBLE))
		return fail(a, FN_FAULT_FEW);
	fn_call_fail_error(a->call, error);
	return FALSE;
}

/* So little that the difference would be about few: what was told before stays. */
static gboolean
is_too_near(const Aggregate *a, const json_t *former, const json_t *counted)
{
	return a->counts->epsilon == NULL && former != NULL && fn_crosstab_distance(former, counted) < (gint64)a->counts->threshold;
}

/* Takes over @counted. */
static FnTelling
write_down(Aggregate *a, json_t *counted, GError **error)
{
	gint64 before = a->counted_at;
	FnTelling done;

	a->result = "counted";
	if (is_too_near(a, a->table, counted)) {
		a->result = "kept";
		json_decref(counted);
		counted = json_incref(a->table);
	} else {
		g_autofree char *at = fn_time_format(a->call->now);

		json_object_set_new(counted, "counted_at", json_string(at));
	}
	json_decref(a->table);
	a->table = counted;
	a->counted_at = a->call->now;
	done = fn_told_write(&a->told, a->counts, counted, before, a->call->now, error);
	if (done != FN_TELLING_LATE)
		return done;
	a->result = "again";
	json_decref(g_steal_pointer(&a->table));
	return fn_told_read(&a->told, &a->table, &a->counted_at, error) && a->table != NULL ? FN_TELLING_DONE : FN_TELLING_LATE;
}

/* FALSE: answered. */
static gboolean
count_anew(Aggregate *a)
{
	g_autoptr(GError) error = NULL;
	FnTelling done = fn_told_affordable(&a->told, a->counts, &error);
	json_t *counted;

	if (done != FN_TELLING_DONE)
		return done == FN_TELLING_SPENT ? fail(a, FN_FAULT_BUDGET) : fail_error(a, error);
	if (!fn_share_enter_source(a->call))
		return fail(a, a->call->grant->spec == NULL ? FN_FAULT_PLAN : FN_FAULT_BUSY);
	counted = count(a, &error);
	fn_worker_reset(a->worker);
	fn_share_leave_source(a->call->share, a->call->grant->source);
	if (counted == NULL)
		return g_error_matches(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE) ? fail(a, FN_FAULT_CELLS) : fail_error(a, error);
	if (!fn_call_still_granted(a->call, a->worker)) {
		json_decref(counted);
		return fail(a, FN_FAULT_MEANWHILE);
	}
	done = write_down(a, counted, &error);
	if (done == FN_TELLING_DONE)
		return TRUE;
	return done == FN_TELLING_SPENT ? fail(a, FN_FAULT_BUDGET) : done == FN_TELLING_LATE ? fail(a, FN_FAULT_COUNTING) : fail_error(a, error);
}

static gint64
next_of(const Aggregate *a)
{
	return a->counted_at + (gint64)a->counts->interval_days * DAY;
}

/* Sets what is told. FALSE: answered. */
static gboolean
find_table(Aggregate *a)
{
	g_autoptr(GError) error = NULL;

	if (a->told.table == G_MAXUINT)
		return fail(a, FN_FAULT_TABLE);
	if (!fn_call_key(a->call, a->key, &error) || (a->told.db = fn_worker_db(a->worker, &error)) == NULL ||
		!fn_told_read(&a->told, &a->table, &a->counted_at, &error))
		return fail_error(a, error);
	if (a->table == NULL || a->call->now >= next_of(a))
		return count_anew(a);
	a->result = "again";
	return TRUE;
}

/* ---- answering ---- */

static gint64
cells_of(const json_t *table)
{
	gsize rows = json_array_size(json_object_get(table, "rows")), columns = json_array_size(json_object_get(table, "columns"));

	return json_array_size(json_object_get(table, "by")) == 2 ? (gint64)((rows + 1) * (columns + 1)) : (gint64)rows + 1;
}

/* Of noisy tables no exact number is entered: who was answered may read their entry. */
static gboolean
enter(Aggregate *a, const char *text, char receipt[FN_RECEIPT_ID_SIZE])
{
	FnShareEntry entry = fn_call_entry(a->call, "share.aggregate");
	char digest[FN_DIGEST_TEXT];

	fn_share_digest_text(a->call->share->suite, text, strlen(text), digest);
	entry.cells = cells_of(a->table);
	entry.digest = digest;
	entry.fields = a->call->fields;
	entry.result = a->result;
	entry.threshold = a->counts->threshold;
	entry.withheld = json_integer_value(json_object_get(a->table, "withheld"));
	if (a->counts->epsilon == NULL)
		entry.rows = json_integer_value(json_object_get(a->table, "total"));
	else if (strcmp(a->result, "counted") == 0)
		entry.epsilon = a->counts->epsilon;
	return fn_share_enter(a->call->share, FN_CLASS_3Y, &entry, receipt, NULL);
}

static GString *
write_answer(const Aggregate *a, const char *table, const char *receipt)
{
	g_autofree char *next = fn_time_format(next_of(a));
	GString *out = g_string_sized_new(strlen(table) + 256);

	if (a->call->body.csv) {
		fn_rows_table_csv(out, a->table);
		g_string_append_printf(out, "# counted_at=%s next=%s receipt=%s\n", json_string_value(json_object_get(a->table, "counted_at")), next,
			receipt);
		return out;
	}
	g_string_append_printf(out, "{\"table\":%s,\"next\":\"%s\",\"receipt\":\"%s\"}", table, next, receipt);
	return out;
}

static void
answer(Aggregate *a)
{
	char receipt[FN_RECEIPT_ID_SIZE];
	FnHttpHeader headers[] = { { FN_HTTP_RECEIPT, receipt }, { "Cache-Control", "no-store" }, { NULL, NULL } };
	g_autofree char *table = fn_json_canonical(a->table);
	FnCall *call = a->call;
	GString *out;
	gsize size;

	if (!enter(a, table, receipt)) {
		call->system = NULL; /* the ledger takes no refusal either */
		fn_call_fail(call, FN_FAULT_LEDGER, NULL, NULL);
		return;
	}
	call->reserved = 0; /* used */
	out = write_answer(a, table, receipt);
	size = out->len;
	fn_http_answer(call->request, 200, call->body.csv ? "text/csv; charset=utf-8; header=present" : "application/json", headers,
		g_string_free(out, FALSE), size);
	fn_call_free(call);
}

void
fn_aggregate_run(gpointer data, gpointer of)
{
	FnCall *call = data;
	FnWorker *worker = of;
	Aggregate a = { .call = call, .worker = worker };

	if (!fn_call_find(call, worker) || !fn_call_judge(call))
		return;
	a.counts = call->grant->counts;
	g_assert(a.counts != NULL); /* a grant of this mode without them is not rightly signed */
	a.told = (FnTold){ NULL, call->share->suite, a.key, call->grant->policy.id, fn_counts_find(a.counts, call->fields) };
	if (find_table(&a))
		answer(&a);
	json_decref(a.table);
	explicit_bzero(a.key, sizeof(a.key));
}
