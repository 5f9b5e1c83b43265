#include "share/part.h"

#include "share/cursor.h"
#include "share/released.h"
#include "share_sql.h"

#include <string.h>

enum { PASS_ROWS = 1024, FETCH_MOST = 1024 };

struct FnPart {
	FnWorker *worker;
	FnCall *call;
	const FnQuasi *quasi;
	guint n, fields;            /* quasi-identifiers; fields asked for, which stand before them in a batch */
	const char *sensitive;      /* stands behind them, under its mask; NULL: none */
	FnMasks *masks;
	const guint8 *key;
	gint64 ordinal;
	gboolean known;             /* written down before */
	char *after, *until;        /* values of the cursor; NULL: from the beginning, not yet known */
	gboolean joint;             /* held to it together with what left before */
	char *before;               /* digest of what left before it; NULL: nothing */
	FnReleased *left;           /* the same */
	FnDisclosurePlan *plan;
	FnCensus *census;
	FnAdmission *admission;
	FnStream *stream;
	FnSourceSelect *select;
	gboolean waits;             /* too much of it would be withheld */
};

void
fn_part_free(FnPart *part)
{
	if (part == NULL)
		return;
	fn_source_select_free(part->select);
	fn_stream_free(part->stream);
	fn_admission_free(part->admission);
	fn_census_free(part->census);
	fn_released_free(part->left);
	fn_masks_unref(part->masks);
	fn_disclosure_plan_free(part->plan);
	g_free(part->after);
	g_free(part->until);
	g_free(part->before);
	g_free(part);
}

/* ---- which part ---- */

/* The registry is not believed: what is written there keeps to what the grant's signed text demands, or nothing leaves. */
static FnDisclosurePlan *
plan_of(FnRows *rows, const FnSnapGrant *grant, GError **error)
{
	const char *text = fn_rows_text(rows, "plan");
	g_autoptr(FnDisclosurePlan) plan = fn_disclosure_plan_parse(text, strlen(text), error);

	if (plan == NULL || fn_requirement_allows(grant->held, plan))
		return g_steal_pointer(&plan);
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN, "the plan that is pinned for grant %s is not one that the grant allows",
		grant->policy.id);
	return NULL;
}

/* Where a part ended, and what had left by then; NULL: where the first begins. */
typedef struct {
	char *until, *released;
} End;

static void
end_clear(End *end)
{
	g_free(end->until);
	g_free(end->released);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(End, end_clear)

/* One row of the registry; *@end: where the part before it ended, and after this call where this one did. */
static gboolean
take_row(FnPart *part, FnRows *rows, End *end, gboolean *found, GError **error)
{
	FnCall *call = part->call;
	char *until;

	if (part->plan == NULL && (part->plan = plan_of(rows, call->grant, error)) == NULL)
		return FALSE;
	until = fn_cursor_open(call->share->suite, part->key, call->grant->policy.id, fn_rows_text(rows, "until"));
	if (until == NULL) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN, "a part of grant %s does not end where its grant's parts do",
			call->grant->policy.id);
		return FALSE;
	}
	if (g_strcmp0(end->until, part->after) == 0 && !*found) {
		*found = part->known = TRUE;
		part->until = g_strdup(until);
		part->before = g_strdup(end->released);
	} else if (!*found) {
		part->ordinal++;
	}
	end_clear(end);
	*end = (End){ until, g_strdup(fn_rows_text(rows, "released")) };
	return TRUE;
}

static gboolean
find(FnPart *part, gboolean *found, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(part->worker->db, &fn_sql_share_parts, FN_BINDS(FN_TEXT("grant_id", part->call->grant->policy.id)), error);
	g_auto(End) end = { 0 };
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &failed))
		if (!take_row(part, rows, &end, found, error))
			return FALSE;
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (!*found && g_strcmp0(end.until, part->after) == 0) { /* a new one, behind all that are known */
		*found = TRUE;
		part->before = g_strdup(end.released);
	}
	return TRUE;
}

FnPart *
fn_part_open(FnWorker *worker, FnCall *call, const guint8 *key, const char *after, gboolean *known_out, GError **error)
{
	g_autoptr(FnPart) part = g_new0(FnPart, 1);

	part->worker = worker;
	part->call = call;
	part->key = key;
	part->after = g_strdup(after);
	part->quasi = fn_requirement_quasi(call->grant->held, &part->n);
	part->fields = g_strv_length((char **)call->fields);
	part->sensitive = fn_requirement_sensitive(call->grant->held);
	part->joint = fn_requirement_options(call->grant->held)->joint;
	*known_out = FALSE;
	if (fn_worker_db(worker, error) == NULL)
		return NULL;
	return find(part, known_out, error) ? g_steal_pointer(&part) : NULL;
}

/* ---- counting ---- */

static gboolean
begin(FnPart *part, GError **error)
{
	const char *more[FN_DISCLOSURE_MAX_QUASI + 2] = { NULL };

	for (guint i = 0; i < part->n; i++)
		more[i] = part->quasi[i].name;
	more[part->n] = part->sensitive;
	g_clear_pointer(&part->select, fn_source_select_free);
	part->select = fn_worker_select_part(part->worker, part->call, more, part->until, error);
	return part->select != NULL && fn_source_run(part->select, NULL, part->after, 0, error);
}

static void
columns_of(const FnPart *part, FnRowBatch *batch, FnColumn column[FN_DISCLOSURE_MAX_QUASI])
{
	for (guint i = 0; i < part->n; i++)
		column[i] = (FnColumn){ batch->value[part->fields + i], batch->size[part->fields + i], batch->rows };
}

/* A group is as diverse as what is shown of its values. */
static void
mask_sensitive(const FnPart *part, FnColumn *sensitive)
{
	const FnSnapGrant *grant = part->call->grant;
	guint granted = 0;

	while (strcmp(grant->policy.fields[granted], part->sensitive) != 0)
		g_assert(grant->policy.fields[++granted] != NULL); /* the snapshot found it there */
	fn_mask_arena_reset(part->worker->arena);
	fn_mask_apply(part->masks->column[granted], sensitive, part->worker->arena);
}

static gboolean
count_rows(FnPart *part, FnRowBatch *batch, GError **error)
{
	guint behind = part->fields + part->n;
	FnColumn column[FN_DISCLOSURE_MAX_QUASI], sensitive = { batch->value[behind], batch->size[behind], batch->rows };

	columns_of(part, batch, column);
	if (part->sensitive == NULL)
		return fn_census_add(part->census, column, NULL, error);
	mask_sensitive(part, &sensitive);
	return fn_census_add(part->census, column, &sensitive, error);
}

static void
remember_end(char **end, const FnRowBatch *batch)
{
	guint cursor = batch->columns - 1, row = batch->rows - 1;

	g_free(*end);
	*end = g_strndup(batch->value[cursor][row], batch->size[cursor][row]);
}

/* Reads the part once. *@end_out: the cursor of its last row, NULL when it has none. */
static gboolean
read_once(FnPart *part, char **end_out, GError **error)
{
	FnRowBatch batch;

	for (;;) {
		if (g_atomic_int_get(&part->call->share->ending)) {
			g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the gate ends");
			return FALSE;
		}
		if (!fn_source_fetch(part->select, PASS_ROWS, &batch, error))
			return FALSE;
		if (batch.rows == 0)
			return TRUE;
		if (!count_rows(part, &batch, error))
			return FALSE;
		remember_end(end_out, &batch);
	}
}

/* A part behind others of a grant that is held to it jointly is counted with what they let out. */
static gboolean
read_left(FnPart *part, GError **error)
{
	if (!part->joint || part->after == NULL)
		return TRUE;
	part->left = fn_released_load(part->call->share->settings, part->call->grant->policy.id, part->before, part->plan, error);
	return part->left != NULL;
}

static gboolean
admit(FnPart *part, GError **error)
{
	if (part->plan == NULL)
		part->plan = fn_census_choose(part->census, fn_requirement_options(part->call->grant->held), error);
	if (part->plan == NULL)
		return FALSE;
	if (!read_left(part, error))
		return FALSE;
	part->admission = fn_admission_new(part->plan, part->census, part->left, error);
	if (part->admission == NULL)
		return FALSE;
	part->waits = !fn_admission_within_limit(part->admission);
	return TRUE;
}

gboolean
fn_part_count(FnPart *part, GError **error)
{
	const FnSettings *settings = part->call->share->settings;
	g_autofree char *directory = fn_settings_path(settings, "gate"), *end = NULL;
	gboolean good;

	part->census = fn_census_new(part->quasi, part->n, part->sensitive, (gsize)fn_settings_int(settings, "disclosure_memory"), directory, error);
	if (part->census == NULL || (part->sensitive != NULL && (part->masks = fn_worker_masks(part->call, error)) == NULL))
		return FALSE;
	fn_worker_begin(part->worker, part->call->request);
	good = begin(part, error) && read_once(part, &end, error);
	fn_worker_end(part->worker);
	if (!good || end == NULL)
		return good;
	if (!part->known)
		part->until = g_steal_pointer(&end);
	return admit(part, error);
}

gboolean
fn_part_is_empty(const FnPart *part)
{
	return fn_census_rows(part->census) == 0;
}

guint64
fn_part_rows(const FnPart *part)
{
	return part->admission == NULL || part->waits ? 0 : fn_census_rows(part->census) - fn_admission_withheld(part->admission);
}

gboolean
fn_part_is_newest(const FnPart *part)
{
	return !part->known;
}

const char *
fn_part_until(const FnPart *part)
{
	return part->until;
}

/* ---- writing down ---- */

static char **
levels_of(const FnDisclosurePlan *plan)
{
	guint n = fn_disclosure_plan_columns(plan);
	char **levels = g_new0(char *, n + 1);

	for (guint i = 0; i < n; i++)
		levels[i] = g_strdup_printf("%s=%u", fn_disclosure_plan_name(plan, i), fn_disclosure_plan_level(plan, i));
	return levels;
}

static gboolean
enter(const FnPart *part, GError **error)
{
	g_auto(GStrv) levels = levels_of(part->plan);
	FnShareEntry entry = fn_call_entry(part->call, "share.batch.plan");

	entry.digest = fn_disclosure_plan_digest(part->plan);
	entry.k = fn_requirement_options(part->call->grant->held)->k;
	entry.levels = (const char *const *)levels;
	entry.part = part->ordinal;
	entry.result = fn_part_rows(part) == 0 ? "withheld" : part->known ? "again" : part->ordinal == 0 ? "pinned" : "added";
	entry.rows = (gint64)fn_part_rows(part);
	entry.withheld = (gint64)(fn_census_rows(part->census) - fn_part_rows(part));
	return fn_share_enter(part->call->share, FN_CLASS_3Y, &entry, NULL, error);
}

/* *@digest_out stays NULL where parts are held to it by themselves. */
static gboolean
save_left(const FnPart *part, char **digest_out, GError **error)
{
	g_autoptr(FnReleased) released = NULL;

	if (!part->joint)
		return TRUE;
	released = fn_admission_released(part->admission, part->left, error);
	if (released != NULL)
		*digest_out = fn_released_save(part->call->share->settings, part->call->grant->policy.id, released, error);
	return *digest_out != NULL;
}

static gboolean
write_down(const FnPart *part, GError **error)
{
	const char *grant = part->call->grant->policy.id;
	g_autofree char *released = NULL;
	g_autofree char *until = fn_cursor_seal(part->call->share->suite, part->key, grant, part->until, strlen(part->until));
	g_autofree char *plan = fn_disclosure_plan_text(part->plan);

	if (!save_left(part, &released, error))
		return FALSE;
	/* Who was faster with the same part wrote it down: ours fails by its primary key. */
	return fn_db_exec(part->worker->db, &fn_sql_share_add_part, FN_BINDS(FN_TEXT("grant_id", grant), FN_INT("part", part->ordinal),
		FN_TEXT("plan", plan), FN_TEXT("until", until), FN_TEXT("released", released), FN_INT("now", part->call->now)), NULL, error);
}

gboolean
fn_part_pin(FnPart *part, GError **error)
{
	if (!enter(part, error))
		return FALSE;
	return part->known || fn_part_rows(part) == 0 || write_down(part, error);
}

/* ---- leaving ---- */

gboolean
fn_part_run(FnPart *part, GError **error)
{
	part->stream = fn_stream_new(part->admission);
	return begin(part, error);
}

/* What was asked for of the quasi-identifiers is what was made of them. */
static void
take_generalised(const FnPart *part, FnRowBatch *batch)
{
	for (guint i = 0; i < part->fields; i++)
		for (guint j = 0; j < part->n; j++)
			if (strcmp(part->call->fields[i], part->quasi[j].name) == 0) {
				memcpy(batch->value[i], batch->value[part->fields + j], batch->rows * sizeof(*batch->value[i]));
				memcpy(batch->size[i], batch->size[part->fields + j], batch->rows * sizeof(*batch->size[i]));
			}
}

static void
drop_withheld(FnRowBatch *batch, const gboolean *keep)
{
	guint rows = 0;

	for (guint row = 0; row < batch->rows; row++) {
		if (!keep[row])
			continue;
		for (guint i = 0; i < batch->columns; i++) {
			batch->value[i][rows] = batch->value[i][row];
			batch->size[i][rows] = batch->size[i][row];
		}
		rows++;
	}
	batch->rows = rows;
}

gboolean
fn_part_fetch(FnPart *part, guint most, FnRowBatch *batch, gboolean *more_out, GError **error)
{
	FnColumn column[FN_DISCLOSURE_MAX_QUASI];
	gboolean keep[FETCH_MOST];

	if (!fn_source_fetch(part->select, MIN(most, FETCH_MOST), batch, error))
		return FALSE;
	*more_out = batch->rows > 0;
	if (batch->rows == 0)
		return fn_stream_end(part->stream, error);
	columns_of(part, batch, column);
	fn_stream_apply(part->stream, column, keep);
	take_generalised(part, batch);
	drop_withheld(batch, keep);
	return TRUE;
}

/* ---- for who wonders ---- */

FnDisclosurePlan *
fn_part_plan(FnDb *db, const FnSnapGrant *grant, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_share_parts, FN_BINDS(FN_TEXT("grant_id", grant->policy.id)), error);

	return rows != NULL && fn_rows_next(rows, error) ? plan_of(rows, grant, error) : NULL;
}
