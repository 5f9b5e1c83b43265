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

static gboolean
write_row(FnDb *db, const Posting *first, const GByteArray *list, GError **error)
{
	guint64 block = first->entry / FN_AUDIT_BLOCK;

	return fn_db_exec(db, &fn_sql_audit_add, FN_BINDS(FN_INT("run", (gint64)(block / FN_AUDIT_RUN)), FN_INT("term", first->term),
		FN_INT("block", (gint64)block), FN_BLOB("list", list->data, list->len)), NULL, error);
}

static gboolean
write_postings(FnDb *db, const GArray *postings, GError **error)
{
	g_autoptr(GByteArray) list = g_byte_array_new();
	gboolean good = TRUE;

	for (guint i = 0; good && i < postings->len;) {
		const Posting *first = &g_array_index(postings, Posting, i), *at = first;

		g_byte_array_set_size(list, 0);
		for (; i < postings->len; at = &g_array_index(postings, Posting, ++i)) {
			guint16 place = GUINT16_TO_BE((guint16)(at->entry % FN_AUDIT_BLOCK));

			if (at->term != first->term || at->entry / FN_AUDIT_BLOCK != first->entry / FN_AUDIT_BLOCK)
				break;
			if (at == first || at->entry != at[-1].entry)
				g_byte_array_append(list, (const guint8 *)&place, sizeof(place));
		}
		good = write_row(db, first, list, error);
	}
	return good;
}

/* Every 64th entry, or the first that is there after it. */
static gboolean
write_moment(FnDb *db, const FnEntry *entry, guint64 index, guint64 before, GError **error)
{
	g_autofree char *time = g_strndup(entry->time.text, entry->time.size);
	gint64 us;

	if (before != G_MAXUINT64 && index / FN_AUDIT_MOMENT == before / FN_AUDIT_MOMENT)
		return TRUE;
	return !fn_time_parse(time, &us) ||
		fn_db_exec(db, &fn_sql_audit_add_moment, FN_BINDS(FN_INT("time", us), FN_INT("entry", (gint64)index)), NULL, error);
}

gboolean
fn_audit_add(FnDb *db, guint64 first, GPtrArray *entries, FnAuditState *state, GError **error)
{
	g_autoptr(GArray) postings = g_array_new(FALSE, FALSE, sizeof(Posting));
	guint64 before = state->next > 0 ? state->next - 1 : G_MAXUINT64;

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
		if (!write_moment(db, &entry, first + i, before, error))
			return FALSE;
		before = first + i;
	}
	g_array_sort(postings, in_order);
	if (!write_postings(db, postings, error))
		return FALSE;
	state->next = first + entries->len;
	fn_audit_digest(g_ptr_array_index(entries, entries->len - 1), state->anchor);
	return fn_audit_state_write(db, state, error);
}

/* ---- dropping ---- */

#define RUN_ENTRIES ((guint64)FN_AUDIT_BLOCK * FN_AUDIT_RUN)

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
	gsize first = (gsize)(block - run * FN_AUDIT_RUN) * FN_AUDIT_BLOCK;

	if (block < run * FN_AUDIT_RUN || block >= (run + 1) * FN_AUDIT_RUN)
		return stays;
	for (gsize i = 0; i + 1 < size; i += 2) {
		gsize place = (gsize)list[i] << 8 | list[i + 1], entry = first + place;

		if (place < FN_AUDIT_BLOCK && (bits[entry / 8] & 1u << entry % 8))
			g_byte_array_append(stays, list + i, 2);
	}
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
		else if (stays->len < size)
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
