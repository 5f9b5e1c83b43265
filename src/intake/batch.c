/* A batch on its way in: attestation, header, rows, verdict, registry. */
#include "intake/intake_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "intake_sql.h"
#include "table/table.h"

#include <string.h>

enum { NAME_MAX_BYTES = 200, PERIOD_MAX = 40 };
#define FILE_NAME "batch.csv" /* in the reader's messages */

struct FnIntakeBatch {
	char *id, *resource, *organization, *account, *name, *period, *attested_digest, *digest;
	gint64 now, attested_rows, rows;
	gsize size;
	gboolean whole, kept;
	const char *state;
	json_t *reasons, *measures, *alarms;
};

void
fn_intake_batch_free(FnIntakeBatch *batch)
{
	char **texts[] = { &batch->id, &batch->resource, &batch->organization, &batch->account, &batch->name, &batch->period,
		&batch->attested_digest, &batch->digest };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(*texts[i]);
	json_decref(batch->reasons);
	json_decref(batch->measures);
	json_decref(batch->alarms);
	g_free(batch);
}

const char *
fn_intake_batch_id(const FnIntakeBatch *batch)
{
	return batch->id;
}

const char *
fn_intake_batch_state(const FnIntakeBatch *batch)
{
	return batch->state;
}

const json_t *
fn_intake_batch_alarms(const FnIntakeBatch *batch)
{
	return batch->alarms;
}

const json_t *
fn_intake_batch_reasons(const FnIntakeBatch *batch)
{
	return batch->reasons;
}

gint64
fn_intake_batch_rows(const FnIntakeBatch *batch)
{
	return batch->rows;
}

/* ---- the resource ---- */

static void
field_free(gpointer data)
{
	FnIntakeField *field = data;

	g_free(field->name);
	g_free(field->title);
	g_free(field->element);
	g_free(field->column);
	g_free(field);
}

void
fn_intake_resource_free(FnIntakeResource *resource)
{
	g_free(resource->code);
	g_free(resource->organization);
	g_ptr_array_unref(resource->fields);
	g_free(resource);
}

static gboolean
read_fields(FnDb *db, FnIntakeResource *resource, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_intake_fields, FN_BINDS(FN_TEXT("code", resource->code),
		FN_INT("version", resource->version)), error);
	GError *why = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why)) {
		FnIntakeField *field = g_new0(FnIntakeField, 1);
		const char *column = fn_rows_text(rows, "column_name");

		field->name = g_strdup(fn_rows_text(rows, "name"));
		field->title = g_strdup(fn_rows_text(rows, "title"));
		field->element = g_strdup(fn_rows_text(rows, "element"));
		field->column = g_strdup(column != NULL && *column != '\0' ? column : field->name);
		g_ptr_array_add(resource->fields, field);
	}
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

FnIntakeResource *
fn_intake_resource(FnDb *db, const char *code, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(db, &fn_sql_intake_resource, FN_BINDS(FN_TEXT("code", code)), error);
	g_autoptr(FnIntakeResource) resource = NULL;
	GError *why = NULL;

	if (row == NULL)
		return NULL;
	if (!fn_rows_next(row, &why)) {
		if (why != NULL)
			g_propagate_error(error, why);
		else
			fn_intake_fail(FN_INTAKE_ERROR_UNKNOWN, error, "there is no such resource");
		return NULL;
	}
	resource = g_new0(FnIntakeResource, 1);
	resource->code = g_strdup(fn_rows_text(row, "code"));
	resource->organization = g_strdup(fn_rows_text(row, "organization"));
	resource->version = fn_rows_int(row, "published_version");
	resource->fields = g_ptr_array_new_with_free_func(field_free);
	if (resource->version == 0) {
		fn_intake_fail(FN_INTAKE_ERROR_STATE, error, "the resource was never published; its fields are not settled yet");
		return NULL;
	}
	return read_fields(db, resource, error) ? g_steal_pointer(&resource) : NULL;
}

const FnIntakeField *
fn_intake_field(const FnIntakeResource *resource, const char *name)
{
	for (guint i = 0; i < resource->fields->len; i++)
		if (strcmp(((const FnIntakeField *)resource->fields->pdata[i])->name, name) == 0)
			return resource->fields->pdata[i];
	return NULL;
}

gboolean
fn_intake_of_bureau(const FnActor *actor)
{
	return g_strcmp0(actor->organization_kind, "bureau") == 0;
}

/* ---- attestation ---- */

static const char *
bare(const char *digest)
{
	return digest != NULL && g_str_has_prefix(digest, "sm3:") ? digest + strlen("sm3:") : digest;
}

static gboolean
is_digest(const char *text)
{
	guint8 bytes[FN_DIGEST_SIZE];

	return text != NULL && strlen(text) == 2 * sizeof(bytes) && fn_unhex(text, bytes, sizeof(bytes));
}

static gboolean
is_period(const char *text)
{
	if (text == NULL || strlen(text) < 4 || strlen(text) > PERIOD_MAX)
		return FALSE;
	for (; *text != '\0'; text++)
		if (!g_ascii_isalnum(*text) && strchr("-/.:", *text) == NULL)
			return FALSE;
	return TRUE;
}

static gboolean
check_attestation(const FnIntakeGiven *given, GError **error)
{
	if (given->rows < 0)
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"rows\": say how many rows the file has, without its header");
	if (!is_digest(bare(given->digest)))
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"digest\": give the SM3 of the file as 64 hexadecimal digits");
	if (!is_period(given->period))
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"period\": say what time the rows are about, for example 2026-11");
	if (given->name != NULL && (strlen(given->name) > NAME_MAX_BYTES || !g_utf8_validate(given->name, -1, NULL)))
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "\"name\" may have %d bytes", NAME_MAX_BYTES);
	return TRUE;
}

static FnIntakeResource *
resource_to_send(const FnIntake *in, const FnIntakeGiven *given, GError **error)
{
	g_autoptr(FnIntakeResource) resource = fn_intake_resource(in->db, given->resource, error);

	if (resource == NULL || !check_attestation(given, error))
		return NULL;
	if (strcmp(resource->organization, in->actor->organization) == 0 &&
		(fn_actor_has(in->actor, "officer") || fn_actor_has(in->actor, "editor")))
		return g_steal_pointer(&resource);
	fn_intake_fail(FN_INTAKE_ERROR_OFFICE, error, "batches are sent by an officer or editor of the resource's own organization, which vouches for them");
	return NULL;
}

gboolean
fn_intake_may_send(const FnIntake *in, const FnIntakeGiven *given, GError **error)
{
	g_autoptr(FnIntakeResource) resource = resource_to_send(in, given, error);

	return resource != NULL;
}

static FnIntakeBatch *
batch_new(const FnIntake *in, const FnIntakeGiven *given)
{
	FnIntakeBatch *batch = g_new0(FnIntakeBatch, 1);

	batch->id = fn_id_new();
	batch->resource = g_strdup(given->resource);
	batch->organization = g_strdup(in->actor->organization);
	batch->account = g_strdup(in->actor->account);
	batch->name = given->name != NULL ? fn_text_safe(given->name, -1, NAME_MAX_BYTES) : g_strdup("");
	batch->period = g_strdup(given->period);
	batch->attested_digest = g_ascii_strdown(bare(given->digest), -1);
	batch->attested_rows = given->rows;
	batch->size = given->size;
	batch->whole = given->whole;
	batch->now = in->now;
	batch->reasons = json_array();
	batch->measures = json_object();
	batch->alarms = json_array();
	return batch;
}

/* The attested digest would say of the file what may not be kept of it, and its name may be part of it. */
FnIntakeBatch *
fn_intake_refuse(const FnIntake *in, const FnIntakeGiven *given, const char *kind, GError **error)
{
	g_autoptr(FnIntakeResource) resource = resource_to_send(in, given, error);
	FnIntakeBatch *batch;

	if (resource == NULL)
		return NULL;
	batch = batch_new(in, given);
	batch->state = "refused";
	batch->digest = g_strdup("");
	g_free(batch->attested_digest);
	batch->attested_digest = g_strdup("");
	g_free(batch->name);
	batch->name = g_strdup("");
	fn_intake_reason(batch->reasons, "inspection", kind, "", 0, NULL);
	return batch;
}

/* ---- reading ---- */

typedef struct {
	const FnIntake *in;
	const FnIntakeResource *resource;
	FnIntakePool *pool;
	FnIntakeBatch *batch;
	gboolean header, stopped; /* read; it does not fit */
} Reading;

static gboolean
is_named(const FnIntakeField *field, const char *name)
{
	g_autofree char *stripped = g_strstrip(g_strdup(name));

	return strcmp(stripped, field->name) == 0 || strcmp(stripped, field->title) == 0;
}

static gboolean
has_column(const FnTableBatch *rows, const FnIntakeField *field)
{
	for (guint i = 0; i < rows->columns; i++)
		if (is_named(field, rows->column[i].name))
			return TRUE;
	return FALSE;
}

static gboolean
is_of(const FnIntakeResource *resource, const char *name)
{
	for (guint i = 0; i < resource->fields->len; i++)
		if (is_named(resource->fields->pdata[i], name))
			return TRUE;
	return FALSE;
}

/* Where the first line is no header its "names" are values: a column that is not in the catalog is told by its number alone. */
static gboolean
check_header(Reading *reading, const FnTableBatch *rows)
{
	json_t *reasons = reading->batch->reasons;
	const GPtrArray *fields = reading->resource->fields;
	gboolean ordered = TRUE;

	for (guint i = 0; i < fields->len; i++)
		if (!has_column(rows, fields->pdata[i]))
			fn_intake_reason(reasons, "header", "missing", ((const FnIntakeField *)fields->pdata[i])->name, 1, NULL);
	for (guint i = 0; i < rows->columns; i++)
		if (!is_of(reading->resource, rows->column[i].name)) {
			g_autofree char *number = g_strdup_printf("#%u", i + 1);

			fn_intake_reason(reasons, "header", "extra", number, 1, NULL);
		}
	for (guint i = 0; i < MIN(fields->len, rows->columns); i++)
		ordered = ordered && is_named(fields->pdata[i], rows->column[i].name);
	if (json_array_size(reasons) == 0 && (!ordered || fields->len != rows->columns))
		fn_intake_reason(reasons, "header", "order", "", 1, NULL);
	return json_array_size(reasons) == 0;
}

static gboolean
add_row(Reading *reading, const FnTableBatch *rows, guint row, GError **error)
{
	const char *value[FN_TABLE_COLUMNS];
	gsize size[FN_TABLE_COLUMNS];
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	for (guint i = 0; i < rows->columns; i++) {
		value[i] = rows->column[i].values.value[row];
		size[i] = value[i] != NULL ? strlen(value[i]) : 0;
	}
	fn_intake_row_digest(value, size, rows->columns, digest);
	hex = fn_hex(digest, sizeof(digest));
	return fn_intake_pool_add(reading->pool, (guint64)reading->batch->rows++ + 2, hex, value, rows->columns, error);
}

static gboolean
take_rows(FnTableBatch *rows, gpointer data, GError **error)
{
	Reading *reading = data;

	if (!reading->header && !check_header(reading, rows)) {
		reading->stopped = TRUE;
		return fn_intake_fail(FN_INTAKE_ERROR_INPUT, error, "the header does not fit");
	}
	reading->header = TRUE;
	for (guint i = 0; i < rows->rows; i++)
		if (!add_row(reading, rows, i, error))
			return FALSE;
	return TRUE;
}

/* "batch.csv:12: …": the line of what the reader did not understand. */
static json_t *
line_of(const GError *why)
{
	json_t *rows = json_array();
	guint64 line = 0;

	if (g_str_has_prefix(why->message, FILE_NAME ":"))
		line = g_ascii_strtoull(why->message + strlen(FILE_NAME ":"), NULL, 10);
	if (line > 0)
		json_array_append_new(rows, json_integer((json_int_t)line));
	return rows;
}

static gboolean
is_of_the_file(const GError *why)
{
	return g_error_matches(why, FN_TABLE_ERROR, FN_TABLE_ERROR_INPUT) || g_error_matches(why, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT);
}

/* FALSE with an error when we failed; FALSE without one when the file did. */
static gboolean
read_file(Reading *reading, const FnIntakeGiven *given, GError **error)
{
	FnTableInput input = { .name = FILE_NAME, .format = FN_TABLE_CSV };
	g_autoptr(FnTableReader) reader = fn_table_reader_new(&input, take_rows, reading);
	g_autoptr(GError) why = NULL;

	if (fn_table_reader_add(reader, given->bytes, given->size, &why) && fn_table_reader_end(reader, &why) && reading->header)
		return TRUE;
	if (why == NULL || (is_of_the_file(why) && !reading->stopped))
		fn_intake_reason(reading->batch->reasons, "form", "malformed", "", 1, why != NULL ? line_of(why) : NULL);
	else if (!reading->stopped)
		g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static void
check_vouched(FnIntakeBatch *batch)
{
	if (strcmp(batch->digest, batch->attested_digest) != 0)
		fn_intake_reason(batch->reasons, "attestation", "digest", "", 1, NULL);
	if (batch->kept && batch->rows != batch->attested_rows)
		fn_intake_reason(batch->reasons, "attestation", "count", "", ABS(batch->rows - batch->attested_rows), NULL);
}

/* A file sent twice would stand in the pool twice; one that is all there is takes the place of itself. */
static gboolean
check_repeated(const FnIntake *in, FnIntakeBatch *batch, GError **error)
{
	GError *why = NULL;
	gint64 same = batch->whole ? 0 : fn_db_int(in->db, &fn_sql_intake_same_file, FN_BINDS(FN_TEXT("resource", batch->resource),
		FN_TEXT("digest", batch->digest), FN_TEXT("period", batch->period)), 0, &why);

	if (same > 0)
		fn_intake_reason(batch->reasons, "attestation", "repeated", "", same, NULL);
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

static gboolean
judge(const Reading *reading, GError **error)
{
	const FnIntakeBatch *batch = reading->batch;
	FnIntakeJudge one = { .in = reading->in, .resource = reading->resource, .pool = reading->pool, .batch = batch->id,
		.rows = (guint64)batch->rows, .whole = batch->whole, .reasons = batch->reasons, .measures = batch->measures, .alarms = batch->alarms };

	return fn_intake_judge(&one, error);
}

/* Rows whose columns are not the catalog's cannot lie in its columns: such a file can only be discarded and sent anew. */
static gboolean
stage(Reading *reading, const FnIntakeGiven *given, GError **error)
{
	FnIntakeBatch *batch = reading->batch;
	FnIntakeStaged staged = { .id = batch->id, .organization = batch->organization, .account = batch->account, .digest = batch->digest,
		.received_at = batch->now, .whole = batch->whole };
	GError *why = NULL;

	if (!fn_intake_pool_begin(reading->pool, reading->resource, &staged, error))
		return FALSE;
	if (!read_file(reading, given, &why)) {
		fn_intake_pool_rollback(reading->pool);
		batch->rows = 0;
		if (why != NULL)
			g_propagate_error(error, why);
		return why == NULL;
	}
	batch->kept = TRUE;
	return fn_intake_pool_commit(reading->pool, error) && judge(reading, error);
}

FnIntakeBatch *
fn_intake_take(const FnIntake *in, const FnIntakeGiven *given, GError **error)
{
	g_autoptr(FnIntakeResource) resource = resource_to_send(in, given, error);
	g_autoptr(FnIntakePool) pool = resource != NULL ? fn_intake_pool_open(in->root, resource->code, resource, error) : NULL;
	g_autoptr(FnIntakeBatch) batch = NULL;
	guint8 digest[FN_DIGEST_SIZE];
	Reading reading = { .in = in, .resource = resource, .pool = pool };

	if (pool == NULL || !fn_intake_pool_settle(pool, in->db, in->now, error))
		return NULL;
	reading.batch = batch = batch_new(in, given);
	fn_sm3(given->bytes, given->size, digest);
	batch->digest = fn_hex(digest, sizeof(digest));
	if (!stage(&reading, given, error)) {
		fn_intake_pool_rollback(pool);
		return NULL;
	}
	check_vouched(batch);
	if (!check_repeated(in, batch, error)) {
		fn_intake_pool_rollback(pool);
		return NULL;
	}
	batch->state = json_array_size(batch->reasons) == 0 ? "pooled" : "quarantined";
	return g_steal_pointer(&batch);
}

gboolean
fn_intake_enter(const FnIntake *in, const FnIntakeBatch *batch, GError **error)
{
	g_autofree char *reasons = fn_json_canonical(batch->reasons), *measures = fn_json_canonical(batch->measures);
	g_autofree char *alarms = fn_json_canonical(batch->alarms);

	return fn_db_exec(in->db, &fn_sql_intake_add_batch,
		FN_BINDS(FN_TEXT("id", batch->id), FN_TEXT("resource", batch->resource), FN_TEXT("organization", batch->organization),
			FN_TEXT("account", batch->account), FN_TEXT("name", batch->name), FN_INT("now", batch->now), FN_INT("size", (gint64)batch->size),
			FN_TEXT("digest", batch->digest), FN_INT("attested_rows", batch->attested_rows),
			FN_TEXT("attested_digest", batch->attested_digest), FN_TEXT("period", batch->period), FN_INT("whole", batch->whole),
			FN_INT("rows", batch->rows), FN_TEXT("state", batch->state), FN_INT("kept", batch->kept), FN_TEXT("reasons", reasons),
			FN_TEXT("measures", measures), FN_TEXT("alarms", alarms)),
		NULL, error);
}

gboolean
fn_intake_settle(const FnIntake *in, const char *resource, GError **error)
{
	GError *why = NULL;
	g_autoptr(FnIntakePool) pool = fn_intake_pool_open(in->root, resource, NULL, &why);

	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL && (pool == NULL || fn_intake_pool_settle(pool, in->db, in->now, error));
}
