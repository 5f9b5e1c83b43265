/* The business database against the pool: as many rows, and the same. The digests of rows are added, so that no order is needed; both
 * sides are read in the same way. */
#include "intake/intake_priv.h"

#include "base/text.h"
#include "intake_sql.h"

#include <string.h>

enum { ROWS_AT_ONCE = 1024, FETCH_MS = 60000 };

void
fn_intake_bound_free(FnIntakeBound *bound)
{
	g_free(bound->resource);
	g_free(bound->organization);
	g_free(bound->source);
	g_free(bound->table);
	g_clear_pointer(&bound->names, g_ptr_array_unref);
	g_clear_pointer(&bound->columns, g_ptr_array_unref);
	g_free(bound);
}

static gboolean
read_binding(const FnIntake *in, const FnIntakeResource *resource, FnIntakeBound *bound, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(in->db, &fn_sql_intake_binding, FN_BINDS(FN_TEXT("code", resource->code),
		FN_INT("version", resource->version)), error);
	GError *why = NULL;

	if (row == NULL)
		return FALSE;
	if (fn_rows_next(row, &why)) {
		bound->source = g_strdup(fn_rows_text(row, "source"));
		bound->table = g_strdup(fn_rows_text(row, "table_name"));
		return TRUE;
	}
	if (why != NULL)
		g_propagate_error(error, why);
	else
		fn_intake_fail(FN_INTAKE_ERROR_STATE, error, "the resource is bound to no source, so there is nothing to compare with; bind it first");
	return FALSE;
}

FnIntakeBound *
fn_intake_bound(const FnIntake *in, const char *code, GError **error)
{
	g_autoptr(FnIntakeResource) resource = fn_intake_resource(in->db, code, error);
	g_autoptr(FnIntakeBound) bound = NULL;

	if (resource == NULL)
		return NULL;
	if (!fn_actor_has(in->actor, "officer") ||
		(!fn_intake_of_bureau(in->actor) && strcmp(resource->organization, in->actor->organization) != 0)) {
		fn_intake_fail(FN_INTAKE_ERROR_OFFICE, error, "an officer of the resource's organization or of the bureau compares");
		return NULL;
	}
	bound = g_new0(FnIntakeBound, 1);
	bound->resource = g_strdup(resource->code);
	bound->organization = g_strdup(resource->organization);
	bound->names = g_ptr_array_new_with_free_func(g_free);
	bound->columns = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < resource->fields->len; i++) {
		const FnIntakeField *field = resource->fields->pdata[i];

		g_ptr_array_add(bound->names, g_strdup(field->name));
		g_ptr_array_add(bound->columns, g_strdup(field->column));
	}
	g_ptr_array_add(bound->names, NULL);
	g_ptr_array_add(bound->columns, NULL);
	return read_binding(in, resource, bound, error) ? g_steal_pointer(&bound) : NULL;
}

/* ---- sums ---- */

static void
add(guint8 sum[32], const guint8 digest[32])
{
	guint carry = 0;

	for (int i = 31; i >= 0; i--) {
		carry += (guint)sum[i] + digest[i];
		sum[i] = (guint8)carry;
		carry >>= 8;
	}
}

static void
add_rows(const FnRowBatch *rows, FnIntakeSum *sum)
{
	g_autofree const char **value = g_new(const char *, rows->columns);
	g_autofree gsize *size = g_new(gsize, rows->columns);
	guint8 digest[32];

	for (guint row = 0; row < rows->rows; row++) {
		for (guint i = 0; i < rows->columns; i++) {
			value[i] = rows->value[i][row];
			size[i] = value[i] != NULL ? rows->size[i][row] : 0;
		}
		fn_intake_row_digest(value, size, rows->columns, digest);
		add(sum->sum, digest);
		sum->count++;
	}
}

gboolean
fn_intake_sum(FnSourceConnection *source, const char *table, const GPtrArray *columns, FnIntakeSum *sum_out, GError **error)
{
	FnSourceQuery query = { .table = table, .columns = (const char *const *)columns->pdata };
	g_autoptr(FnSourceSelect) select = fn_source_prepare(source, &query, error);
	FnRowBatch rows;

	memset(sum_out, 0, sizeof(*sum_out));
	if (select == NULL || !fn_source_run(select, NULL, NULL, FETCH_MS, error))
		return FALSE;
	do {
		if (!fn_source_fetch(select, ROWS_AT_ONCE, &rows, error))
			return FALSE;
		add_rows(&rows, sum_out);
	} while (rows.rows > 0);
	return TRUE;
}

/* Where nothing ever came in the pool is empty. */
gboolean
fn_intake_pool_sum(const FnIntake *in, const FnIntakeBound *bound, FnIntakeSum *sum_out, GError **error)
{
	g_autofree char *path = fn_intake_pool_path(in->root, bound->resource);
	g_autoptr(FnIntakeResource) resource = fn_intake_resource(in->db, bound->resource, error);
	g_autoptr(FnIntakePool) pool = NULL;
	g_autoptr(FnSourceConnection) source = NULL;
	json_t *spec;

	memset(sum_out, 0, sizeof(*sum_out));
	if (resource == NULL)
		return FALSE;
	pool = fn_intake_pool_open(in->root, resource->code, resource, error);
	if (pool == NULL || !fn_intake_pool_settle(pool, in->db, in->now, error))
		return FALSE;
	spec = json_pack("{s:s, s:s}", "kind", "sqlite", "path", path);
	source = fn_source_open(spec, in->root, error);
	json_decref(spec);
	return source != NULL && fn_intake_sum(source, "rows", bound->names, sum_out, error);
}

json_t *
fn_intake_compared(const FnIntake *in, const FnIntakeBound *bound, const FnIntakeSum *source, const FnIntakeSum *pool, GError **error)
{
	gboolean agrees = source->count == pool->count && memcmp(source->sum, pool->sum, sizeof(pool->sum)) == 0;
	g_autofree char *id = fn_id_new(), *theirs = fn_hex(source->sum, sizeof(source->sum)), *ours = fn_hex(pool->sum, sizeof(pool->sum));

	if (!fn_db_exec(in->db, &fn_sql_intake_add_comparison,
		    FN_BINDS(FN_TEXT("id", id), FN_TEXT("resource", bound->resource), FN_TEXT("organization", bound->organization), FN_INT("now", in->now),
			    FN_INT("source_count", (gint64)source->count), FN_TEXT("source_digest", theirs), FN_INT("pool_count", (gint64)pool->count),
			    FN_TEXT("pool_digest", ours), FN_INT("agrees", agrees)),
		    NULL, error))
		return NULL;
	return json_pack("{s:s, s:s, s:b, s:{s:I, s:s}, s:{s:I, s:s}}", "id", id, "resource", bound->resource, "agrees", agrees, "source", "count",
		(json_int_t)source->count, "digest", theirs, "pool", "count", (json_int_t)pool->count, "digest", ours);
}
