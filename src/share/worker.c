#include "share/share_priv.h"

#include "base/json.h"
#include "catalog/catalog.h"

#include <string.h>

#define SELECTS_MOST 256 /* prepared per worker; beyond, all are dropped and made again */

FnWorker *
fn_worker_new(FnBulkhead *bulkhead)
{
	FnShare *share = bulkhead->share;
	FnWorker *worker = g_new0(FnWorker, 1);

	worker->share = share;
	worker->bulkhead = bulkhead;
	worker->selects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_source_select_free);
	worker->arena = fn_mask_arena_new();
	worker->room = fn_rescan_room_new();
	worker->scratch = g_string_sized_new(256);
	worker->entry = g_string_sized_new(1024);
	worker->mutex = (FnMutex)FN_MUTEX_INIT;
	fn_mutex_lock(&share->pools_mutex);
	g_ptr_array_add(share->workers, worker);
	fn_mutex_unlock(&share->pools_mutex);
	return worker;
}

gpointer
fn_worker_open(gpointer bulkhead)
{
	return fn_worker_new(bulkhead);
}

void
fn_worker_reset(FnWorker *worker)
{
	g_hash_table_remove_all(worker->selects); /* before the connection that they belong to */
	fn_mutex_lock(&worker->mutex);
	fn_source_close(g_steal_pointer(&worker->source));
	fn_mutex_unlock(&worker->mutex);
	g_clear_pointer(&worker->spec, g_free);
}

void
fn_worker_close(gpointer data)
{
	FnWorker *worker = data;
	FnShare *share = worker->share;

	fn_mutex_lock(&share->pools_mutex);
	g_ptr_array_remove_fast(share->workers, worker);
	fn_mutex_unlock(&share->pools_mutex);
	fn_worker_reset(worker);
	g_hash_table_unref(worker->selects);
	fn_snapshot_unref(worker->snapshot);
	fn_db_close(worker->db);
	fn_mask_arena_free(worker->arena);
	fn_rescan_room_free(worker->room);
	g_string_free(worker->scratch, TRUE);
	g_string_free(worker->entry, TRUE);
	g_free(worker);
}

/* ---- the snapshot ---- */

static gboolean
need_grant_key(FnShare *share, GError **error)
{
	g_autofree char *text = NULL;

	if (share->grant_key != NULL)
		return TRUE;
	text = fn_keeper_public(share->keeper, "grant", error);
	if (text == NULL)
		return FALSE;
	share->grant_key = fn_public_key_parse(text, error);
	if (share->grant_key != NULL)
		share->verified = fn_verified_new(share->grant_key);
	return share->grant_key != NULL;
}

FnSnapshot *
fn_share_snapshot(FnShare *share)
{
	FnSnapshot *snapshot;

	fn_mutex_lock(&share->snapshot_mutex);
	snapshot = share->snapshot != NULL ? fn_snapshot_ref(share->snapshot) : NULL;
	fn_mutex_unlock(&share->snapshot_mutex);
	return snapshot;
}

static void
install(FnShare *share, FnSnapshot *snapshot)
{
	FnSnapshot *old;

	fn_mutex_lock(&share->snapshot_mutex);
	old = share->snapshot;
	share->snapshot = fn_snapshot_ref(snapshot);
	share->looked = 0; /* looked at its predecessor */
	fn_mutex_unlock(&share->snapshot_mutex);
	fn_snapshot_unref(old);
}

/* Only the first who sees a new generation reads; the others wait for it and look again. */
static FnSnapshot *
reload(FnWorker *worker, gint64 generation, GError **error)
{
	FnShare *share = worker->share;
	FnSnapshot *snapshot;

	fn_mutex_lock(&share->load_mutex);
	snapshot = fn_share_snapshot(share);
	if (snapshot == NULL || fn_snapshot_generation(snapshot) != generation) {
		fn_snapshot_unref(snapshot);
		snapshot = need_grant_key(share, error) ? fn_snapshot_load(worker->db, share->verified, share->hours, error) : NULL;
		if (snapshot != NULL)
			install(share, snapshot);
	}
	fn_mutex_unlock(&share->load_mutex);
	return snapshot;
}

/* The snapshot, if the registry was at its generation @since or later. */
static FnSnapshot *
fresh(FnShare *share, gint64 since)
{
	FnSnapshot *snapshot = NULL;

	fn_mutex_lock(&share->snapshot_mutex);
	if (share->snapshot != NULL && share->looked > since)
		snapshot = fn_snapshot_ref(share->snapshot);
	fn_mutex_unlock(&share->snapshot_mutex);
	return snapshot;
}

static FnSnapshot *
confirm(FnShare *share, gint64 generation, gint64 looked)
{
	FnSnapshot *snapshot = NULL;

	fn_mutex_lock(&share->snapshot_mutex);
	if (share->snapshot != NULL && fn_snapshot_generation(share->snapshot) == generation) {
		share->looked = MAX(share->looked, looked);
		snapshot = fn_snapshot_ref(share->snapshot);
	}
	fn_mutex_unlock(&share->snapshot_mutex);
	return snapshot;
}

FnDb *
fn_worker_db(FnWorker *worker, GError **error)
{
	if (worker->db == NULL)
		worker->db = fn_db_open_existing(worker->share->registry, error);
	return worker->db;
}

FnSnapshot *
fn_worker_snapshot(FnWorker *worker, gint64 since, GError **error)
{
	FnSnapshot *snapshot = fresh(worker->share, since);
	GError *failed = NULL;
	gint64 generation, looked;

	if (snapshot != NULL)
		return snapshot;
	if (fn_worker_db(worker, error) == NULL)
		return NULL;
	looked = g_get_monotonic_time(); /* before the look: what was committed by then is seen */
	generation = fn_catalog_generation(worker->db, &failed);
	if (failed != NULL) {
		fn_db_close(g_steal_pointer(&worker->db)); /* opened anew next time */
		g_propagate_error(error, failed);
		return NULL;
	}
	snapshot = confirm(worker->share, generation, looked);
	return snapshot != NULL ? snapshot : reload(worker, generation, error);
}

/* ---- the source ---- */

static json_t *
unsealed(FnShare *share, json_t *spec, GError **error)
{
	g_autoptr(FnLease) lease = NULL;
	guint8 key[FN_DIGEST_SIZE];
	json_t *open = NULL;

	if (json_object_get(spec, "password_sealed") == NULL)
		return json_incref(spec);
	lease = fn_lease_get(share->keeper, "secret", "source", error);
	if (lease == NULL)
		return NULL;
	if (fn_lease_copy(lease, key))
		open = fn_catalog_open_spec(spec, key, error);
	else
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the key of sealed passwords ran out at once");
	explicit_bzero(key, sizeof(key));
	return open;
}

static gboolean
open_source(FnWorker *worker, const char *text, GError **error)
{
	json_t *spec, *open;
	FnSourceConnection *source;

	if (worker->source != NULL && g_strcmp0(worker->spec, text) == 0)
		return TRUE;
	fn_worker_reset(worker);
	spec = fn_json_parse(text, strlen(text), error);
	if (spec == NULL)
		return FALSE;
	open = unsealed(worker->share, spec, error);
	source = open != NULL ? fn_source_open(open, worker->share->source_root, error) : NULL;
	json_decref(open);
	json_decref(spec);
	if (source == NULL)
		return FALSE;
	fn_mutex_lock(&worker->mutex);
	worker->source = source;
	fn_mutex_unlock(&worker->mutex);
	worker->spec = g_strdup(text);
	return TRUE;
}

/* ---- plans ---- */

static void
name_plan(GString *name, const FnCall *call)
{
	g_string_assign(name, fn_share_mode_name(call->mode));
	g_string_append_c(name, ' ');
	g_string_append(name, call->grant->policy.id);
	for (guint i = 0; i < call->body.keys; i++) {
		g_string_append_c(name, '\n');
		g_string_append(name, call->body.key[i]);
	}
	g_string_append(name, "\n");
	for (guint i = 0; call->fields[i] != NULL; i++) {
		g_string_append_c(name, '\n');
		g_string_append(name, call->fields[i]);
	}
}

static guint
take_columns(const FnCall *call, const char **column)
{
	guint n = 0;

	for (; call->fields[n] != NULL && n < FN_BODY_FIELDS; n++)
		column[n] = fn_snap_column(call->grant, call->fields[n]);
	return n;
}

/* Everything comes from the signed content of the grant; the judge found fields and keys to be among it. */
static FnSourceSelect *
prepare(FnWorker *worker, const FnCall *call, GError **error)
{
	const FnSnapGrant *grant = call->grant;
	const char *column[FN_BODY_FIELDS + 2], *key[FN_BODY_KEYS + 1];
	gboolean batch = call->mode == FN_MODE_BATCH;
	guint columns = take_columns(call, column), keys = 0;

	if (batch) /* behind the fields: where the batch stands */
		column[columns++] = grant->cursor;
	column[columns] = NULL;
	for (; keys < call->body.keys; keys++)
		key[keys] = fn_snap_key(grant, call->body.key[keys]);
	key[keys] = NULL;
	FnSourceQuery query = { .table = grant->table, .columns = column, .filters = grant->scope, .keys = batch ? NULL : key,
		.cursor = batch ? grant->cursor : NULL, .limit = batch ? 0 : FN_SHARE_ROWS + 1 };
	return fn_source_prepare(worker->source, &query, error);
}

/* The source of the call's grant, open. */
static gboolean
reach_source(FnWorker *worker, FnCall *call, GError **error)
{
	if (call->grant->spec == NULL || call->grant->table == NULL || call->grant->fields > FN_BODY_FIELDS) {
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_REGISTRY, "grant %s is bound to no active source", call->grant->policy.id);
		return FALSE;
	}
	if (worker->snapshot != call->snapshot) { /* its plans may be of yesterday */
		g_hash_table_remove_all(worker->selects);
		fn_snapshot_unref(worker->snapshot);
		worker->snapshot = fn_snapshot_ref(call->snapshot);
	}
	return open_source(worker, call->grant->spec, error);
}

FnSourceSelect *
fn_worker_select(FnWorker *worker, FnCall *call, GError **error)
{
	FnSourceSelect *select;

	if (!reach_source(worker, call, error))
		return NULL;
	name_plan(worker->scratch, call);
	select = g_hash_table_lookup(worker->selects, worker->scratch->str);
	if (select != NULL)
		return select;
	if (g_hash_table_size(worker->selects) >= SELECTS_MOST)
		g_hash_table_remove_all(worker->selects);
	select = prepare(worker, call, error);
	if (select != NULL)
		g_hash_table_insert(worker->selects, g_strdup(worker->scratch->str), select);
	return select;
}

/* The scope of the grant and, where the part has one, its end. Free the array. */
static FnSourceFilter *
bounded_scope(const FnSnapGrant *grant, const char *until)
{
	FnSourceFilter end = { grant->cursor, "<=", until };
	GArray *filters = g_array_new(TRUE, TRUE, sizeof(FnSourceFilter));

	for (const FnSourceFilter *one = grant->scope; one->column != NULL; one++)
		g_array_append_val(filters, *one);
	if (until != NULL)
		g_array_append_val(filters, end);
	return (FnSourceFilter *)(gpointer)g_array_free(filters, FALSE);
}

FnSourceSelect *
fn_worker_select_all(FnWorker *worker, FnCall *call, GError **error)
{
	const char *column[FN_BODY_FIELDS + 1];
	guint columns;

	if (!reach_source(worker, call, error))
		return NULL;
	columns = take_columns(call, column);
	column[columns] = NULL;
	FnSourceQuery query = { .table = call->grant->table, .columns = column, .filters = call->grant->scope };
	return fn_source_prepare(worker->source, &query, error);
}

FnSourceSelect *
fn_worker_select_part(FnWorker *worker, FnCall *call, const char *const *more, const char *until, GError **error)
{
	const char *column[FN_BODY_FIELDS + FN_DISCLOSURE_MAX_QUASI + 3];
	g_autofree FnSourceFilter *filters = NULL;
	guint columns;

	if (!reach_source(worker, call, error))
		return NULL;
	filters = bounded_scope(call->grant, until);
	columns = take_columns(call, column);
	for (guint i = 0; more[i] != NULL && i <= FN_DISCLOSURE_MAX_QUASI; i++)
		column[columns++] = fn_snap_column(call->grant, more[i]);
	column[columns++] = call->grant->cursor;
	column[columns] = NULL;
	FnSourceQuery query = { .table = call->grant->table, .columns = column, .filters = filters, .cursor = call->grant->cursor };
	return fn_source_prepare(worker->source, &query, error);
}

/* ---- while the source works ---- */

void
fn_worker_begin(FnWorker *worker, FnHttpRequest *request)
{
	fn_mutex_lock(&worker->mutex);
	worker->running = request;
	worker->cancelled = FALSE;
	fn_mutex_unlock(&worker->mutex);
}

void
fn_worker_end(FnWorker *worker)
{
	fn_mutex_lock(&worker->mutex);
	worker->running = NULL;
	fn_mutex_unlock(&worker->mutex);
}

/* ---- what leaves ---- */

FnMasks *
fn_worker_masks(const FnCall *call, GError **error)
{
	return fn_snap_masks(call->grant, call->share->keeper, call->share->scanner, call->share->suite, error);
}

/* The judge found every asked field among the granted ones. */
static guint
granted_field(const FnCall *call, const char *name)
{
	guint granted = 0;

	while (strcmp(call->grant->policy.fields[granted], name) != 0)
		g_assert(call->grant->policy.fields[++granted] != NULL);
	return granted;
}

gboolean
fn_worker_mask(FnWorker *worker, FnCall *call, const FnMasks *masks, FnRowBatch *batch, GError **error)
{
	guint column_of[FN_BODY_FIELDS];

	g_assert(masks->n <= FN_BODY_FIELDS);
	for (guint i = 0; i < masks->n; i++)
		column_of[i] = G_MAXUINT;
	for (guint i = 0; call->fields[i] != NULL; i++) {
		FnColumn column = { batch->value[i], batch->size[i], batch->rows };
		guint granted = granted_field(call, call->fields[i]);

		column_of[granted] = i;
		fn_mask_apply(masks->column[granted], &column, worker->arena); /* of every column: nothing goes around it */
	}
	if (fn_rescan_look(masks->rescan, worker->room, column_of, batch, &call->above))
		return TRUE;
	g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_OUTPUT, "field %s of grant %s holds more than its level",
		call->grant->policy.fields[call->above.field], call->grant->policy.id);
	return FALSE;
}
