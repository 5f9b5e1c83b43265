/* The rows of the index: adding entries, dropping what was pruned, beginning anew. */
#include "audit/audit_priv.h"

#include "audit_sql.h"
#include "base/text.h"
#include "base/time.h"
#include "crypto/crypto.h"

#include <string.h>

typedef struct {
	gint64 term;
	guint64 entry;
} Posting;

/* ---- state ---- */

gboolean
fn_audit_state_read(FnDb *db, FnAuditState *state_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_audit_state, FN_NO_BINDS, error);
	GError *why = NULL;

	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &why)) {
		if (why == NULL)
			g_set_error(&why, FN_DB_ERROR, FN_DB_ERROR_SCHEMA, "the index of the ledger has lost its state: `fengni ledger reindex` makes it anew");
		g_propagate_error(error, why);
		return FALSE;
	}
	state_out->next = (guint64)fn_rows_int(rows, "next");
	state_out->minimum = (guint64)fn_rows_int(rows, "minimum");
	g_strlcpy(state_out->anchor, fn_rows_text(rows, "anchor"), sizeof(state_out->anchor));
	return TRUE;
}

gboolean
fn_audit_state_write(FnDb *db, const FnAuditState *state, GError **error)
{
	return fn_db_exec(db, &fn_sql_audit_set_state, FN_BINDS(FN_INT("next", (gint64)state->next),
		FN_INT("minimum", (gint64)state->minimum), FN_TEXT("anchor", state->anchor)), NULL, error);
}

gboolean
fn_audit_indexed(FnDb *db, guint64 *indexed_out, GError **error)
{
	FnAuditState state;

	if (!fn_audit_state_read(db, &state, error))
		return FALSE;
	*indexed_out = state.next;
	return TRUE;
}

FnDb *
fn_audit_open(const char *url, GError **error)
{
	static const FnMigration *const rooms[] = { fn_sql_audit_migrations, NULL };
	FnDb *db = fn_db_open(url, error);

	if (db == NULL || fn_db_migrate(db, rooms, error))
		return db;
	fn_db_close(db);
	return NULL;
}

gboolean
fn_audit_reset(FnDb *db, GError **error)
{
	const FnAuditState none = { .anchor = "" };

	if (!fn_db_begin(db, error))
		return FALSE;
	if (fn_db_exec(db, &fn_sql_audit_empty_postings, FN_NO_BINDS, NULL, error) &&
		fn_db_exec(db, &fn_sql_audit_empty_moments, FN_NO_BINDS, NULL, error) && fn_audit_state_write(db, &none, error) &&
		fn_db_commit(db, error))
		return TRUE;
	fn_db_rollback(db);
	return FALSE;
}

void
fn_audit_digest(GBytes *entry, char digest_out[65])
{
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;
	gsize size;
	gconstpointer bytes = g_bytes_get_data(entry, &size);

	fn_sha256(bytes, size, digest);
	hex = fn_hex(digest, sizeof(digest));
	g_strlcpy(digest_out, hex, 65);
}

/* ---- adding ---- */

typedef struct {
	GArray *postings;
	guint64 entry;
} Adding;

static void
take_term(FnAuditColumn column, const char *text, gsize size, gpointer data)
{
	Adding *adding = data;
	Posting posting = { fn_audit_term_number(column, text, size), adding->entry };

	g_array_append_val(adding->postings, posting);
}

/* By run, term and entry: the order of the rows. */
static gint
in_order(gconstpointer a, gconstpointer b)
{
	const guint64 run = (guint64)FN_AUDIT_BLOCK * FN_AUDIT_RUN;
	const Posting *x = a, *y = b;

	if (x->entry / run != y->entry / run)
		return x->entry < y->entry ? -1 : 1;
	if (x->term != y->term)
		return x->term < y->term ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Rows on their way into the database. SQLite takes them one by one, PostgreSQL as arrays of some MEASURE bytes. */
typedef struct {
	FnDb *db;
	gint64 run; /* of all that waits */
	GString *term, *block, *list;
	GString *time, *entry; /* of moments */
} Writer;
enum { MEASURE = 1 << 20 };

static Writer
writer_over(FnDb *db)
{
	return (Writer){ .db = db, .term = g_string_new("{"), .block = g_string_new("{"), .list = g_string_new("{"), .time = g_string_new("{"),
		.entry = g_string_new("{") };
}

static void
writer_clear(Writer *writer)
{
	GString *const texts[] = { writer->term, writer->block, writer->list, writer->time, writer->entry };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_string_free(texts[i], TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Writer, writer_clear)

static void
array_add(GString *array, gint64 number)
{
	g_string_append_printf(array, "%s%" G_GINT64_FORMAT, array->len > 1 ? "," : "", number);
}

static void
array_add_bytes(GString *array, const GByteArray *bytes)
{
	g_autofree char *hex = fn_hex(bytes->data, bytes->len);

	g_string_append_printf(array, "%s\\\\x%s", array->len > 1 ? "," : "", hex);
}

static const char *
array_end(GString *array)
{
	return g_string_append_c(array, '}')->str;
}

static gboolean
write_waiting_rows(Writer *writer, GError **error)
{
	gboolean good = writer->term->len == 1 || fn_db_exec(writer->db, &fn_sql_audit_add, FN_BINDS(FN_INT("run", writer->run),
		FN_TEXT("term", array_end(writer->term)), FN_TEXT("block", array_end(writer->block)), FN_TEXT("list", array_end(writer->list))),
		NULL, error);

	g_string_truncate(writer->term, 1);
	g_string_truncate(writer->block, 1);
	g_string_truncate(writer->list, 1);
	return good;
}

static gboolean
write_waiting_moments(Writer *writer, GError **error)
{
	return writer->time->len == 1 || fn_db_exec(writer->db, &fn_sql_audit_add_moment,
		FN_BINDS(FN_TEXT("time", array_end(writer->time)), FN_TEXT("entry", array_end(writer->entry))), NULL, error);
}

static gboolean
write_row(Writer *writer, gint64 term, gint64 block, const GByteArray *list, GError **error)
{
	gint64 run = block / FN_AUDIT_RUN;

	if (!fn_db_is_postgres(writer->db))
		return fn_db_exec(writer->db, &fn_sql_audit_add, FN_BINDS(FN_INT("run", run), FN_INT("term", term), FN_INT("block", block),
			FN_BLOB("list", list->data, list->len)), NULL, error);
	if ((run != writer->run || writer->term->len + writer->list->len > MEASURE) && !write_waiting_rows(writer, error))
		return FALSE;
	writer->run = run;
	array_add(writer->term, term);
	array_add(writer->block, block);
	array_add_bytes(writer->list, list);
	return TRUE;
}

static gboolean
write_postings(Writer *writer, const GArray *postings, GError **error)
{
	g_autoptr(GByteArray) list = g_byte_array_new();
	gboolean good = TRUE;

	for (guint i = 0; good && i < postings->len;) {
		const Posting *first = &g_array_index(postings, Posting, i), *at = first;
		FnAuditPlaces places = { { 0 } };

		for (; i < postings->len; at = &g_array_index(postings, Posting, ++i)) {
			if (at->term != first->term || at->entry / FN_AUDIT_BLOCK != first->entry / FN_AUDIT_BLOCK)
				break;
			fn_audit_places_add(&places, (guint)(at->entry % FN_AUDIT_BLOCK));
		}
		g_byte_array_set_size(list, 0);
		fn_audit_places_write(&places, list);
		good = write_row(writer, first->term, (gint64)(first->entry / FN_AUDIT_BLOCK), list, error);
	}
	return good && write_waiting_rows(writer, error);
}

/* Every 64th entry, or the first that is there after it. */
static gboolean
write_moment(Writer *writer, const FnEntry *entry, guint64 index, guint64 before, GError **error)
{
	g_autofree char *time = g_strndup(entry->time.text, entry->time.size);
	gint64 us;

	if (before != G_MAXUINT64 && index / FN_AUDIT_MOMENT == before / FN_AUDIT_MOMENT)
		return TRUE;
	if (!fn_time_parse(time, &us))
		return TRUE;
	if (!fn_db_is_postgres(writer->db))
		return fn_db_exec(writer->db, &fn_sql_audit_add_moment, FN_BINDS(FN_INT("time", us), FN_INT("entry", (gint64)index)), NULL, error);
	array_add(writer->time, us);
	array_add(writer->entry, (gint64)index);
	return TRUE;
}

#define RUN_ENTRIES ((guint64)FN_AUDIT_BLOCK * FN_AUDIT_RUN)

enum { LONG_ROWS = 500 };

typedef struct {
	gint64 term, block;
	GByteArray *list; /* as it is to be */
} Shorter;

static void
shorter_clear(gpointer data)
{
	g_byte_array_unref(((Shorter *)data)->list);
}

/* Some rows of the run that steps have added to many times, and what they are to be; Shorter. */
static GArray *
read_long_rows(FnDb *db, gint64 run, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_audit_long_rows, FN_BINDS(FN_INT("run", run), FN_INT("size", FN_AUDIT_LIST),
		FN_INT("most", LONG_ROWS)), error);
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Shorter));
	GError *why = NULL;

	g_array_set_clear_func(found, shorter_clear);
	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &why)) {
		Shorter shorter = { fn_rows_int(rows, "term"), fn_rows_int(rows, "block"), g_byte_array_new() };
		gsize size;
		const guint8 *list = fn_rows_blob(rows, "list", &size);
		FnAuditPlaces places;

		fn_audit_places_read(&places, list, size);
		fn_audit_places_write(&places, shorter.list);
		g_array_append_val(found, shorter);
	}
	if (why == NULL)
		return g_steal_pointer(&found);
	g_propagate_error(error, why);
	return NULL;
}

/* Once a run is full. */
static gboolean
shorten(FnDb *db, gint64 run, GError **error)
{
	gboolean more = TRUE;

	while (more) {
		g_autoptr(GArray) rows = read_long_rows(db, run, error);

		if (rows == NULL)
			return FALSE;
		for (guint i = 0; i < rows->len; i++) {
			const Shorter *row = &g_array_index(rows, Shorter, i);

			if (!fn_db_exec(db, &fn_sql_audit_set_list, FN_BINDS(FN_BLOB("list", row->list->data, row->list->len), FN_INT("run", run),
				FN_INT("term", row->term), FN_INT("block", row->block)), NULL, error))
				return FALSE;
		}
		more = rows->len == LONG_ROWS;
	}
	return TRUE;
}

gboolean
fn_audit_add(FnDb *db, guint64 first, GPtrArray *entries, FnAuditState *state, GError **error)
{
	g_autoptr(GArray) postings = g_array_new(FALSE, FALSE, sizeof(Posting));
	guint64 before = state->next > 0 ? state->next - 1 : G_MAXUINT64, run = state->next / RUN_ENTRIES;
	g_auto(Writer) writer = writer_over(db);

	for (guint i = 0; i < entries->len; i++) {
		Adding adding = { postings, first + i };
		FnEntry entry;
		gsize size;
		const char *text = g_bytes_get_data(g_ptr_array_index(entries, i), &size);

		if (!fn_entry_parse(text, size, &entry)) {
			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "entry %" G_GUINT64_FORMAT ": not the form of an entry", first + i);
			return FALSE;
		}
		fn_audit_terms(&entry, take_term, &adding);
		if (!write_moment(&writer, &entry, first + i, before, error))
			return FALSE;
		before = first + i;
	}
	g_array_sort(postings, in_order);
	if (!write_postings(&writer, postings, error) || !write_waiting_moments(&writer, error))
		return FALSE;
	if ((first + entries->len) / RUN_ENTRIES > run && !shorten(db, (gint64)run, error))
		return FALSE;
	state->next = first + entries->len;
	fn_audit_digest(g_ptr_array_index(entries, entries->len - 1), state->anchor);
	return fn_audit_state_write(db, state, error);
}

/* ---- dropping ---- */

/* A bit for each entry of @run that is still there; those from @minimum on all are. */
static guint8 *
entries_there(const FnAuditLog *log, guint64 run, guint64 minimum, GError **error)
{
	g_autofree guint8 *bits = g_malloc0(RUN_ENTRIES / 8);
	guint64 first = run * RUN_ENTRIES, at = first;

	while (at < MIN(minimum, first + RUN_ENTRIES)) {
		if (!log->there(log->data, at, &at, error))
			return NULL;
		if (at < first + RUN_ENTRIES)
			bits[(at - first) / 8] |= (guint8)(1u << (at - first) % 8);
		at++;
	}
	for (; at < first + RUN_ENTRIES; at++)
		bits[(at - first) / 8] |= (guint8)(1u << (at - first) % 8);
	return g_steal_pointer(&bits);
}

/* Of a row that no step has written nothing stays. */
static GByteArray *
what_stays(const guint8 *list, gsize size, gint64 run, gint64 block, const guint8 *bits)
{
	GByteArray *stays = g_byte_array_new();
	FnAuditPlaces places, there;

	if (block < run * FN_AUDIT_RUN || block >= (run + 1) * FN_AUDIT_RUN)
		return stays;
	memcpy(&there, bits + (block - run * FN_AUDIT_RUN) * (FN_AUDIT_BLOCK / 8), sizeof(there));
	for (guint i = 0; i < G_N_ELEMENTS(there.word); i++)
		there.word[i] = GUINT64_FROM_LE(there.word[i]);
	fn_audit_places_read(&places, list, size);
	fn_audit_places_and(&places, &there);
	fn_audit_places_write(&places, stays);
	return stays;
}

/* One page of the run's rows; *@term and *@block say where it ended. -1 on failure, else how many rows. */
static gint
drop_page(FnDb *db, gint64 run, const guint8 *bits, gint64 *term, gint64 *block, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_audit_rows_of_run, FN_BINDS(FN_INT("run", run), FN_INT("term", *term),
		FN_INT("block", *block)), error);
	GError *why = NULL;
	gboolean good = rows != NULL;
	gint n = 0;

	for (; good && fn_rows_next(rows, &why); n++) {
		g_autoptr(GByteArray) stays = NULL;
		gsize size;
		const guint8 *list = fn_rows_blob(rows, "list", &size);

		*term = fn_rows_int(rows, "term");
		*block = fn_rows_int(rows, "block");
		stays = what_stays(list, size, run, *block, bits);
		if (stays->len == 0)
			good = fn_db_exec(db, &fn_sql_audit_delete_row, FN_BINDS(FN_INT("run", run), FN_INT("term", *term), FN_INT("block", *block)),
				NULL, error);
		else if (stays->len != size || memcmp(stays->data, list, size) != 0)
			good = fn_db_exec(db, &fn_sql_audit_set_list, FN_BINDS(FN_BLOB("list", stays->data, stays->len), FN_INT("run", run),
				FN_INT("term", *term), FN_INT("block", *block)), NULL, error);
	}
	if (why != NULL)
		g_propagate_error(error, why);
	return good && why == NULL ? n : -1;
}

static gboolean
drop_run(FnDb *db, guint64 run, const guint8 *bits, guint64 minimum, GError **error)
{
	gint64 term = -1, block = -1;
	FnAuditState state;
	gint n;

	do
		n = drop_page(db, (gint64)run, bits, &term, &block, error);
	while (n > 0);
	if (n < 0 || !fn_audit_state_read(db, &state, error))
		return FALSE;
	state.minimum = MIN(minimum, (run + 1) * RUN_ENTRIES);
	return fn_audit_state_write(db, &state, error);
}

gboolean
fn_audit_drop(FnDb *db, const FnAuditLog *log, guint64 minimum, GError **error)
{
	FnAuditState state;

	if (!fn_audit_state_read(db, &state, error))
		return FALSE;
	for (guint64 run = state.minimum / RUN_ENTRIES; run * RUN_ENTRIES < minimum; run++) {
		g_autofree guint8 *bits = entries_there(log, run, minimum, error);

		if (bits == NULL || !fn_db_begin(db, error))
			return FALSE;
		if (!drop_run(db, run, bits, minimum, error) || !fn_db_commit(db, error)) {
			fn_db_rollback(db);
			return FALSE;
		}
	}
	return TRUE;
}
