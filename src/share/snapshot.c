#include "share/snapshot.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "mask/plan.h"
#include "share/body.h"
#include "share_sql.h"

#include <string.h>

#define TRIES 5 /* the generation moved while we read: read again */

struct FnSnapshot {
	gint references;
	gint64 generation;
	GStringChunk *texts;    /* every text in here */
	GPtrArray *arrays;      /* every array, g_free */
	GHashTable *systems, *certificates, *resources, *grants, *sources; /* id → struct or text */
	FnMutex masks_mutex;
};

struct FnVerified {
	const FnPublicKey *key;
	GHashTable *right; /* digest of content and signature, hex */
};

/* ---- life ---- */

void
fn_masks_unref(FnMasks *masks)
{
	if (masks == NULL || !g_atomic_int_dec_and_test(&masks->references))
		return;
	for (guint i = 0; i < masks->n; i++)
		fn_mask_column_free(masks->column[i]);
	fn_lease_free(masks->lease);
	fn_rescan_free(masks->rescan);
	fn_scanner_free(masks->scanner);
	g_free(masks);
}

static void
grant_free(gpointer data)
{
	FnSnapGrant *grant = data;

	fn_masks_unref(grant->masks);
	fn_requirement_free(grant->held);
	fn_counts_free(grant->counts);
	g_free(grant);
}

static FnSnapshot *
snapshot_new(gint64 generation)
{
	FnSnapshot *s = g_new0(FnSnapshot, 1);

	s->references = 1;
	s->generation = generation;
	s->texts = g_string_chunk_new(64 * 1024);
	s->arrays = g_ptr_array_new_with_free_func(g_free);
	s->systems = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	s->certificates = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	s->resources = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	s->grants = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, grant_free);
	s->sources = g_hash_table_new(g_str_hash, g_str_equal);
	s->masks_mutex = (FnMutex)FN_MUTEX_INIT;
	return s;
}

FnSnapshot *
fn_snapshot_ref(FnSnapshot *snapshot)
{
	g_atomic_int_inc(&snapshot->references);
	return snapshot;
}

void
fn_snapshot_unref(FnSnapshot *s)
{
	if (s == NULL || !g_atomic_int_dec_and_test(&s->references))
		return;
	g_hash_table_unref(s->systems);
	g_hash_table_unref(s->certificates);
	g_hash_table_unref(s->resources);
	g_hash_table_unref(s->grants);
	g_hash_table_unref(s->sources);
	g_ptr_array_unref(s->arrays);
	g_string_chunk_free(s->texts);
	g_free(s);
}

gint64
fn_snapshot_generation(const FnSnapshot *snapshot)
{
	return snapshot->generation;
}

FnVerified *
fn_verified_new(const FnPublicKey *key)
{
	FnVerified *verified = g_new0(FnVerified, 1);

	verified->key = key;
	verified->right = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return verified;
}

void
fn_verified_free(FnVerified *verified)
{
	if (verified == NULL)
		return;
	g_hash_table_unref(verified->right);
	g_free(verified);
}

static const char *
keep(FnSnapshot *s, const char *text)
{
	return text != NULL ? g_string_chunk_insert_const(s->texts, text) : NULL;
}

static gpointer
keep_array(FnSnapshot *s, GArray *array)
{
	gpointer memory = g_array_free(array, FALSE);

	if (memory != NULL)
		g_ptr_array_add(s->arrays, memory);
	return memory;
}

static const char *const no_texts[] = { NULL };

/* ---- systems, certificates, operators ---- */

static gboolean
read_sources(FnSnapshot *s, FnRows *rows, GError **error)
{
	while (fn_rows_next(rows, error))
		g_hash_table_insert(s->sources, (gpointer)keep(s, fn_rows_text(rows, "id")), (gpointer)keep(s, fn_rows_text(rows, "spec")));
	return TRUE;
}

static gboolean
read_systems(FnSnapshot *s, FnRows *rows, GError **error)
{
	while (fn_rows_next(rows, error)) {
		FnSnapSystem *system = g_new0(FnSnapSystem, 1);

		system->policy = (FnPolicySystem){ .id = keep(s, fn_rows_text(rows, "id")),
			.organization = keep(s, fn_rows_text(rows, "organization")), .name = keep(s, fn_rows_text(rows, "name")),
			.active = g_strcmp0(fn_rows_text(rows, "state"), "active") == 0 };
		system->operators = no_texts;
		g_hash_table_insert(s->systems, (gpointer)system->policy.id, system);
	}
	return TRUE;
}

static gboolean
read_certificates(FnSnapshot *s, FnRows *rows, GError **error)
{
	while (fn_rows_next(rows, error)) {
		FnSnapCertificate *certificate = g_new0(FnSnapCertificate, 1);

		certificate->system = g_hash_table_lookup(s->systems, fn_rows_text(rows, "system"));
		certificate->revoked = fn_rows_text(rows, "revoked_at") != NULL;
		g_hash_table_insert(s->certificates, (gpointer)keep(s, fn_rows_text(rows, "fingerprint")), certificate);
	}
	return TRUE;
}

static void
give_operators(FnSnapshot *s, FnSnapSystem *system, GArray *accounts)
{
	if (system == NULL)
		g_array_free(accounts, TRUE);
	else
		system->operators = keep_array(s, accounts);
}

static GArray *
texts_new(void)
{
	return g_array_new(TRUE, FALSE, sizeof(const char *));
}

static gboolean
read_operators(FnSnapshot *s, FnRows *rows, GError **error)
{
	FnSnapSystem *system = NULL;
	GArray *accounts = texts_new();

	while (fn_rows_next(rows, error)) { /* ordered by system */
		FnSnapSystem *of = g_hash_table_lookup(s->systems, fn_rows_text(rows, "system"));
		const char *account = keep(s, fn_rows_text(rows, "account"));

		if (of != system) {
			give_operators(s, system, accounts);
			accounts = texts_new();
			system = of;
		}
		g_array_append_val(accounts, account);
	}
	give_operators(s, system, accounts);
	return TRUE;
}

/* ---- resources ---- */

static gboolean
read_resources(FnSnapshot *s, FnRows *rows, GError **error)
{
	while (fn_rows_next(rows, error)) {
		FnSnapResource *resource = g_new0(FnSnapResource, 1);
		gint64 level = fn_rows_int(rows, "level");

		resource->policy = (FnPolicyResource){ .code = keep(s, fn_rows_text(rows, "code")), .state = keep(s, fn_rows_text(rows, "offered")),
			.sharing_type = keep(s, fn_rows_text(rows, "sharing_type")), .level = level > 0 ? (guint)level : 0 };
		resource->organization = keep(s, fn_rows_text(rows, "organization"));
		g_hash_table_insert(s->resources, (gpointer)resource->policy.code, resource);
	}
	return TRUE;
}

/* ---- grants ---- */

static gboolean
verified(FnVerified *verified, const char *content, const char *signature)
{
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *both = NULL, *key = NULL;
	g_autofree guint8 *bytes = NULL;
	gsize size = 0;

	if (signature == NULL)
		return FALSE;
	both = g_strconcat(signature, "\n", content, NULL);
	fn_sha256(both, strlen(both), digest);
	key = fn_hex(digest, sizeof(digest));
	if (g_hash_table_contains(verified->right, key))
		return TRUE;
	bytes = g_base64_decode(signature, &size);
	if (!fn_verify(verified->key, "grant", content, strlen(content), bytes, size, NULL))
		return FALSE;
	g_hash_table_add(verified->right, g_steal_pointer(&key));
	return TRUE;
}

static const char *
text_of(FnSnapshot *s, const json_t *object, const char *name)
{
	return keep(s, json_string_value(json_object_get(object, name)));
}

static gint64
int_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* A level that cannot be read is the lowest: nothing above it passes. */
static guint
level_of(const json_t *field)
{
	gint64 level = int_of(field, "level");

	return level >= 1 && level <= FN_PLAN_LEVELS ? (guint)level : 1;
}

static FnSnapField
take_field(FnSnapshot *s, const json_t *field)
{
	FnSnapField taken = { .column = text_of(s, field, "column"), .mask = text_of(s, field, "mask"), .why = text_of(s, field, "why"),
		.level = level_of(field) };
	const char *parts[] = { "name", "title", "column", "element" };
	g_autoptr(GString) heading = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
		const char *part = json_string_value(json_object_get(field, parts[i]));

		if (part != NULL)
			g_string_append_printf(heading, "%s ", part);
	}
	taken.heading = keep(s, heading->str);
	return taken;
}

static void
take_grant_fields(FnSnapshot *s, FnSnapGrant *grant, const json_t *fields)
{
	GArray *names = texts_new(), *taken = g_array_new(FALSE, FALSE, sizeof(FnSnapField));
	const json_t *one;
	gsize i;

	json_array_foreach(fields, i, one) {
		const char *name = text_of(s, one, "name");
		FnSnapField field = take_field(s, one);

		if (name == NULL || field.column == NULL || field.mask == NULL)
			continue; /* what cannot be read is not granted */
		g_array_append_val(names, name);
		g_array_append_val(taken, field);
	}
	grant->fields = names->len;
	grant->policy.fields = keep_array(s, names);
	grant->field = keep_array(s, taken);
}

static void
take_keys(FnSnapshot *s, FnSnapGrant *grant, const json_t *keys)
{
	GArray *out = g_array_new(FALSE, FALSE, sizeof(FnSnapKey));
	const json_t *one;
	gsize i;

	json_array_foreach(keys, i, one) {
		FnSnapKey key = { text_of(s, one, "name"), text_of(s, one, "column") };

		if (key.name != NULL && key.column != NULL)
			g_array_append_val(out, key);
	}
	grant->keys = out->len;
	grant->key = keep_array(s, out);
}

/* A condition that cannot be read becomes one on a column that no table has, so that nothing is given without it. */
static void
take_scope(FnSnapshot *s, FnSnapGrant *grant, const json_t *rows)
{
	GArray *out = g_array_new(TRUE, TRUE, sizeof(FnSourceFilter));
	const json_t *one;
	gsize i;

	if (!json_is_array(rows)) {
		FnSourceFilter never = { "", "=", "" };

		g_array_append_val(out, never);
	}
	json_array_foreach(rows, i, one) {
		FnSourceFilter filter = { text_of(s, one, "column"), text_of(s, one, "op"), text_of(s, one, "value") };

		if (filter.column == NULL || filter.op == NULL || filter.value == NULL)
			filter = (FnSourceFilter){ "", "=", "" };
		g_array_append_val(out, filter);
	}
	grant->scope = keep_array(s, out);
}

static void
take_binding(FnSnapshot *s, FnSnapGrant *grant, const json_t *binding)
{
	grant->source = text_of(s, binding, "source");
	grant->spec = grant->source != NULL ? g_hash_table_lookup(s->sources, grant->source) : NULL;
	grant->table = text_of(s, binding, "table");
	grant->cursor = text_of(s, binding, "cursor");
	if (grant->cursor != NULL && *grant->cursor == '\0')
		grant->cursor = NULL;
}

static void
take_operators(FnSnapshot *s, FnSnapGrant *grant, const json_t *operators)
{
	GArray *out;
	const json_t *one;
	gsize i;

	if (json_array_size(operators) == 0)
		return; /* any of the system */
	out = texts_new();
	json_array_foreach(operators, i, one) {
		const char *account = keep(s, json_string_value(one));

		if (account != NULL)
			g_array_append_val(out, account);
	}
	grant->policy.operators = keep_array(s, out);
}

static void
take_content(FnSnapshot *s, FnSnapGrant *grant, const json_t *content, FnHours hours)
{
	FnPolicyGrant *policy = &grant->policy;
	gint64 from = int_of(content, "hour_from"), until = int_of(content, "hour_until");

	policy->resource = text_of(s, content, "resource");
	policy->organization = text_of(s, content, "consumer");
	policy->system = text_of(s, content, "system");
	policy->mode = text_of(s, content, "mode");
	policy->purpose = text_of(s, content, "purpose");
	policy->from = int_of(content, "from");
	policy->until = int_of(content, "until");
	policy->quota_day = int_of(content, "quota_day");
	policy->case_required = !json_is_false(json_object_get(content, "case_required"));
	policy->hour_from = from >= 0 && from <= 1440 ? (guint)from : 0;
	policy->hour_until = until >= 0 && until <= 1440 ? (guint)until : 0;
	if (from == 0 && until == 1440) {
		policy->hour_from = hours.from;
		policy->hour_until = hours.until;
	}
	grant->provider = text_of(s, content, "provider");
	take_grant_fields(s, grant, json_object_get(content, "fields"));
	take_keys(s, grant, json_object_get(content, "keys"));
	take_scope(s, grant, json_object_get(content, "rows"));
	take_binding(s, grant, json_object_get(content, "binding"));
	take_operators(s, grant, json_object_get(content, "operators"));
}

/* FALSE: the grant holds its rows to something that is not understood, or to fields that it does not give. */
static gboolean
take_requirement(FnSnapGrant *grant, const json_t *content)
{
	const json_t *held = json_object_get(json_object_get(content, "plan"), "disclosure");
	const FnQuasi *quasi;
	guint n;

	if (held == NULL)
		return TRUE;
	grant->held = fn_requirement_read(held, NULL);
	if (grant->held == NULL)
		return FALSE;
	quasi = fn_requirement_quasi(grant->held, &n);
	for (guint i = 0; i < n; i++)
		if (fn_snap_column(grant, quasi[i].name) == NULL)
			return FALSE;
	return fn_requirement_sensitive(grant->held) == NULL || fn_snap_column(grant, fn_requirement_sensitive(grant->held)) != NULL;
}

/* What says whose a row is, stands for it under a key, or is the same in all rows is nothing to count by, whoever signed it. */
static gboolean
is_countable(const json_t *fields, const char *name)
{
	const json_t *field;
	gsize i;

	json_array_foreach(fields, i, field) {
		const char *mask = json_string_value(json_object_get(field, "mask"));

		if (g_strcmp0(json_string_value(json_object_get(field, "name")), name) == 0)
			return mask != NULL && !fn_mask_spec_needs_key(mask) && !fn_plan_blanks(mask) &&
				g_strcmp0(json_string_value(json_object_get(field, "identifier")), "direct") != 0;
	}
	return FALSE;
}

/* FALSE: a grant for counts without tables, for rows with them, or by what nothing is counted by. */
static gboolean
take_counts(FnSnapGrant *grant, const json_t *content)
{
	const json_t *counts = json_object_get(json_object_get(content, "plan"), "counts");
	gboolean counted = g_strcmp0(grant->policy.mode, fn_share_mode_name(FN_MODE_AGGREGATE)) == 0;

	if (counted != (counts != NULL))
		return FALSE;
	if (!counted)
		return TRUE;
	grant->counts = fn_counts_read(counts, NULL);
	if (grant->counts == NULL)
		return FALSE;
	for (guint i = 0; i < grant->counts->fields; i++)
		if (fn_snap_column(grant, grant->counts->field[i].name) == NULL ||
			!is_countable(json_object_get(content, "fields"), grant->counts->field[i].name))
			return FALSE;
	return TRUE;
}

static void
read_grant(FnSnapshot *s, FnRows *rows, FnVerified *signatures, FnHours hours)
{
	const char *text = fn_rows_text(rows, "content");
	json_t *content = text != NULL ? fn_json_parse(text, strlen(text), NULL) : NULL;
	FnSnapGrant *grant = g_new0(FnSnapGrant, 1);

	grant->mutex = &s->masks_mutex;
	grant->policy.id = keep(s, fn_rows_text(rows, "id"));
	grant->policy.state = keep(s, fn_rows_text(rows, "state"));
	if (json_is_object(content)) {
		take_content(s, grant, content, hours);
		/* the signed text must be this grant's own, not another's copied into its row */
		grant->policy.signed_right = g_strcmp0(json_string_value(json_object_get(content, "grant")), grant->policy.id) == 0 &&
			verified(signatures, text, fn_rows_text(rows, "signature")) && fn_plan_check(content, NULL) && take_requirement(grant, content) &&
			take_counts(grant, content);
	}
	json_decref(content);
	g_hash_table_insert(s->grants, (gpointer)grant->policy.id, grant);
}

/* ---- all of it ---- */

typedef gboolean (*Reader)(FnSnapshot *snapshot, FnRows *rows, GError **error);

static const struct {
	const FnSql *sql;
	Reader read;
} tables[] = { /* in this order: later ones look up the earlier */
	{ &fn_sql_share_sources, read_sources }, { &fn_sql_share_systems, read_systems },
	{ &fn_sql_share_certificates, read_certificates }, { &fn_sql_share_operators, read_operators },
	{ &fn_sql_share_resources, read_resources },
};

static gboolean
read_all(FnSnapshot *s, FnDb *db, FnVerified *signatures, FnHours hours, GError **error)
{
	GError *failed = NULL;
	FnRows *rows;

	for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
		rows = fn_db_query(db, tables[i].sql, FN_NO_BINDS, error);
		if (rows == NULL)
			return FALSE;
		tables[i].read(s, rows, &failed);
		fn_rows_free(rows);
		if (failed != NULL) {
			g_propagate_error(error, failed);
			return FALSE;
		}
	}
	rows = fn_db_query(db, &fn_sql_share_grants, FN_NO_BINDS, error);
	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &failed))
		read_grant(s, rows, signatures, hours);
	fn_rows_free(rows);
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

FnSnapshot *
fn_snapshot_load(FnDb *db, FnVerified *signatures, FnHours hours, GError **error)
{
	for (guint i = 0; i < TRIES; i++) {
		g_autoptr(GError) failed = NULL;
		gint64 generation = fn_catalog_generation(db, &failed);
		g_autoptr(FnSnapshot) s = NULL;

		if (failed == NULL) {
			s = snapshot_new(generation);
			if (read_all(s, db, signatures, hours, &failed) && fn_catalog_generation(db, &failed) == generation && failed == NULL)
				return g_steal_pointer(&s);
		}
		if (failed != NULL) {
			g_propagate_error(error, g_steal_pointer(&failed));
			return NULL;
		}
	}
	g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the registry changes faster than it can be read; try again");
	return NULL;
}

const FnSnapCertificate *
fn_snapshot_certificate(const FnSnapshot *snapshot, const char *fingerprint)
{
	return g_hash_table_lookup(snapshot->certificates, fingerprint);
}

const FnSnapResource *
fn_snapshot_resource(const FnSnapshot *snapshot, const char *code)
{
	return code != NULL ? g_hash_table_lookup(snapshot->resources, code) : NULL;
}

FnSnapGrant *
fn_snapshot_grant(const FnSnapshot *snapshot, const char *grant)
{
	return grant != NULL ? g_hash_table_lookup(snapshot->grants, grant) : NULL;
}

const char *
fn_snap_key(const FnSnapGrant *grant, const char *name)
{
	for (guint i = 0; i < grant->keys; i++)
		if (strcmp(grant->key[i].name, name) == 0)
			return grant->key[i].column;
	return NULL;
}

const char *
fn_snap_column(const FnSnapGrant *grant, const char *name)
{
	for (guint i = 0; i < grant->fields; i++)
		if (strcmp(grant->policy.fields[i], name) == 0)
			return grant->field[i].column;
	return NULL;
}

/* ---- masks ---- */

char *
fn_snap_mask_context(const FnSnapGrant *grant)
{
	return fn_catalog_mask_context(grant->policy.id);
}

static FnRescan *
compile_rescan(const FnSnapGrant *grant, const FnScanner *scanner)
{
	g_autofree FnRescanField *fields = g_new0(FnRescanField, grant->fields + 1);

	for (guint i = 0; i < grant->fields; i++)
		fields[i] = (FnRescanField){ grant->field[i].heading, grant->field[i].mask, grant->field[i].level };
	return fn_rescan_new(scanner, fields, grant->fields);
}

static FnMasks *
compile(const FnSnapGrant *grant, FnIpcClient *keeper, const FnScanner *scanner, FnSuite suite, GError **error)
{
	g_autoptr(FnMasks) masks = g_malloc0(sizeof(FnMasks) + grant->fields * sizeof(FnMaskColumn *));
	g_autofree char *context = fn_snap_mask_context(grant);
	gboolean keyed = FALSE;
	guint8 key[FN_DIGEST_SIZE];

	masks->references = 1;
	masks->scanner = fn_scanner_share(scanner);
	masks->rescan = compile_rescan(grant, scanner);
	for (guint i = 0; i < grant->fields; i++)
		keyed |= fn_mask_spec_needs_key(grant->field[i].mask);
	if (keyed) {
		masks->lease = fn_lease_get(keeper, "mask", context, error);
		if (masks->lease == NULL)
			return NULL;
		if (!fn_lease_copy(masks->lease, key)) {
			g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the key of grant %s ran out at once", grant->policy.id);
			return NULL;
		}
	}
	for (; masks->n < grant->fields; masks->n++) {
		masks->column[masks->n] = fn_mask_column_new(grant->field[masks->n].mask, suite, masks->lease != NULL ? key : NULL,
			grant->policy.fields[masks->n], error);
		if (masks->column[masks->n] == NULL)
			break;
	}
	explicit_bzero(key, sizeof(key));
	return masks->n == grant->fields ? g_steal_pointer(&masks) : NULL;
}

/* The key's lease runs, and nobody read the rules again. */
static gboolean
still_good(const FnMasks *masks, const FnScanner *scanner)
{
	guint8 key[FN_DIGEST_SIZE];
	gboolean good = masks->scanner == scanner && (masks->lease == NULL || fn_lease_copy(masks->lease, key));

	explicit_bzero(key, sizeof(key));
	return good;
}

FnMasks *
fn_snap_masks(FnSnapGrant *grant, FnIpcClient *keeper, FnScannerRef *scanners, FnSuite suite, GError **error)
{
	g_autoptr(FnScanner) scanner = fn_scanner_ref_get(scanners);
	FnMasks *masks;

	fn_mutex_lock(grant->mutex);
	masks = grant->masks;
	if (masks != NULL && still_good(masks, scanner)) {
		g_atomic_int_inc(&masks->references);
		fn_mutex_unlock(grant->mutex);
		return masks;
	}
	fn_mutex_unlock(grant->mutex);
	masks = compile(grant, keeper, scanner, suite, error); /* asks the keeper: not under the lock */
	if (masks == NULL)
		return NULL;
	fn_mutex_lock(grant->mutex);
	fn_masks_unref(grant->masks);
	grant->masks = masks;
	g_atomic_int_inc(&masks->references);
	fn_mutex_unlock(grant->mutex);
	return masks;
}
