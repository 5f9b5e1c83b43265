#include "share/told.h"

#include "base/json.h"
#include "share_sql.h"

#include <string.h>

enum { TRIES = 5 /* somebody else spent of the same budget meanwhile */ };

/* ---- sealed answers ---- */

static void
derive(const FnTold *told, guint8 out[FN_DIGEST_SIZE])
{
	fn_hkdf(told->suite, told->key, FN_DIGEST_SIZE, "fengni/v1/table", out, FN_DIGEST_SIZE);
}

static char *
context_of(const FnTold *told, gint64 counted_at)
{
	return g_strdup_printf("%s/%u/%" G_GINT64_FORMAT, told->grant, told->table, counted_at);
}

static char *
seal(const FnTold *told, const json_t *table, gint64 counted_at)
{
	g_autofree char *text = fn_json_canonical(table), *context = context_of(told, counted_at);
	g_autofree guint8 *sealed = NULL;
	guint8 own[FN_DIGEST_SIZE];
	gsize size;

	derive(told, own);
	sealed = fn_seal(told->suite, own, context, text, strlen(text), &size);
	explicit_bzero(own, sizeof(own));
	return g_base64_encode(sealed, size);
}

static json_t *
unseal(const FnTold *told, const char *base64, gint64 counted_at, GError **error)
{
	g_autofree char *context = context_of(told, counted_at);
	g_autofree guint8 *sealed = NULL, *text = NULL;
	guint8 own[FN_DIGEST_SIZE];
	gsize sealed_size = 0, size = 0;

	sealed = base64 != NULL ? g_base64_decode(base64, &sealed_size) : NULL;
	derive(told, own);
	text = sealed_size >= FN_SEAL_OVERHEAD ? fn_open(told->suite, own, context, sealed, sealed_size, &size, NULL) : NULL;
	explicit_bzero(own, sizeof(own));
	if (text == NULL) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE, "what was told of table %u of grant %s is not what the gate wrote",
			told->table, told->grant);
		return NULL;
	}
	return fn_json_parse((const char *)text, size, error);
}

gboolean
fn_told_read(const FnTold *told, json_t **table_out, gint64 *counted_at_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(told->db, &fn_sql_share_table, FN_BINDS(FN_TEXT("grant_id", told->grant), FN_INT("ordinal", told->table)),
		error);
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	*table_out = NULL;
	*counted_at_out = -1;
	if (fn_rows_next(rows, &failed)) {
		*counted_at_out = fn_rows_int(rows, "counted_at");
		*table_out = unseal(told, fn_rows_text(rows, "answer"), *counted_at_out, &failed);
	}
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

/* ---- the budget ---- */

/* As it stands; of a grant that never paid, whole. It must be of the total that the grant's signed text says. */
static FnBudget *
read_budget(const FnTold *told, const FnCounts *counts, char **text_out, GError **error)
{
	g_autoptr(FnBudget) whole = fn_budget_new(counts->budget, error), budget = NULL;
	g_autofree char *full = whole != NULL ? fn_budget_text(whole) : NULL, *text = NULL;
	GError *failed = NULL;
	json_t *stored, *granted;
	gboolean same;

	if (full == NULL)
		return NULL;
	text = fn_db_text(told->db, &fn_sql_share_budget, FN_BINDS(FN_TEXT("grant_id", told->grant)), &failed);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return NULL;
	}
	if (text == NULL)
		text = g_strdup(full);
	budget = fn_budget_parse(text, strlen(text), error);
	if (budget == NULL)
		return NULL;
	stored = fn_json_parse(text, strlen(text), NULL);
	granted = fn_json_parse(full, strlen(full), NULL);
	same = json_equal(json_object_get(stored, "total"), json_object_get(granted, "total"));
	json_decref(stored);
	json_decref(granted);
	if (!same) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET, "the budget of grant %s is not the one that it was granted", told->grant);
		return NULL;
	}
	*text_out = g_steal_pointer(&text);
	return g_steal_pointer(&budget);
}

/* Takes what a table costs; the text before and after it. */
static FnTelling
pay(const FnTold *told, const FnCounts *counts, char **before_out, char **after_out, GError **error)
{
	g_autofree char *before = NULL;
	g_autoptr(FnBudget) budget = read_budget(told, counts, &before, error);

	if (budget == NULL)
		return FN_TELLING_FAILED;
	if (!fn_budget_spend(budget, counts->epsilon, NULL))
		return FN_TELLING_SPENT;
	*before_out = g_steal_pointer(&before);
	*after_out = fn_budget_text(budget);
	return FN_TELLING_DONE;
}

FnTelling
fn_told_affordable(const FnTold *told, const FnCounts *counts, GError **error)
{
	g_autofree char *before = NULL, *after = NULL;

	return counts->epsilon == NULL ? FN_TELLING_DONE : pay(told, counts, &before, &after, error);
}

/* LATE: another table of the grant was paid for meanwhile; try again. */
static FnTelling
spend(const FnTold *told, const FnCounts *counts, GError **error)
{
	g_autofree char *before = NULL, *after = NULL;
	FnTelling paid = pay(told, counts, &before, &after, error);
	gint64 changed = 0;

	if (paid != FN_TELLING_DONE)
		return paid;
	if (!fn_db_exec(told->db, &fn_sql_share_open_budget, FN_BINDS(FN_TEXT("grant_id", told->grant), FN_TEXT("budget", before)), NULL, error) ||
		!fn_db_exec(told->db, &fn_sql_share_spend, FN_BINDS(FN_TEXT("grant_id", told->grant), FN_TEXT("before", before),
			FN_TEXT("after", after)), &changed, error))
		return FN_TELLING_FAILED;
	return changed == 1 ? FN_TELLING_DONE : FN_TELLING_LATE;
}

/* ---- both ---- */

static FnTelling
write_once(const FnTold *told, const FnCounts *counts, const char *answer, gint64 before, gint64 now, gboolean *paid_late, GError **error)
{
	FnTelling done = counts->epsilon != NULL ? spend(told, counts, error) : FN_TELLING_DONE;
	gint64 changed = 0;

	*paid_late = done == FN_TELLING_LATE;
	if (done != FN_TELLING_DONE)
		return done;
	if (!fn_db_exec(told->db, &fn_sql_share_set_table, FN_BINDS(FN_TEXT("grant_id", told->grant), FN_INT("ordinal", told->table),
			FN_TEXT("answer", answer), FN_INT("now", now), FN_INT("before", before)), &changed, error))
		return FN_TELLING_FAILED;
	return changed == 1 ? FN_TELLING_DONE : FN_TELLING_LATE;
}

FnTelling
fn_told_write(const FnTold *told, const FnCounts *counts, const json_t *table, gint64 before, gint64 now, GError **error)
{
	g_autofree char *answer = seal(told, table, now);
	FnTelling done = FN_TELLING_LATE;
	gboolean again = TRUE;

	for (guint i = 0; i < TRIES && again; i++) {
		if (!fn_db_begin(told->db, error))
			return FN_TELLING_FAILED;
		done = write_once(told, counts, answer, before, now, &again, error);
		if (done == FN_TELLING_DONE && !fn_db_commit(told->db, error))
			return FN_TELLING_FAILED;
		if (done != FN_TELLING_DONE)
			fn_db_rollback(told->db);
	}
	if (!again)
		return done;
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET, "the budget of grant %s changes faster than it can be spent", told->grant);
	return FN_TELLING_FAILED;
}
