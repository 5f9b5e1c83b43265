/* Questions: the rows of all conditions are walked from the newest on, and whichever is sparsest says where the others go on. */
#include "audit/audit_priv.h"

#include "audit_sql.h"
#include "base/json.h"
#include "base/time.h"

#include <string.h>

enum { ROWS_FIRST = 2, ROWS_MOST = 256, RUNS_MOST = 64, LOOKED_MOST = 2000 };

typedef struct {
	gint64 block;
	guint8 *list;
	gsize size;
} Row;

/* The rows of one term, from the newest on. */
typedef struct {
	gint64 term;
	GQueue rows;   /* Row, by falling block */
	gint64 run;    /* whence they come; rows below are still to be read */
	gint64 below;  /* the next read begins with this block of the run */
	guint most;    /* rows of the next read, */
	guint runs;    /* out of as many runs */
} Cursor;

typedef struct {
	FnDb *db;
	const FnAuditLog *log;
	const FnAuditQuestion *question;
	Cursor cursor[FN_AUDIT_COLUMNS];
	guint cursors;
	guint64 low, high; /* entries from low on, below high */
	json_t *items;
	guint looked;      /* entries read from the log */
	guint64 next;      /* set once the answer is full */
	gboolean full;
} Search;

static void
row_free(gpointer data)
{
	Row *row = data;

	g_free(row->list);
	g_free(row);
}

static void
search_clear(Search *search)
{
	for (guint i = 0; i < search->cursors; i++)
		g_queue_clear_full(&search->cursor[i].rows, row_free);
	json_decref(search->items);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)

/* ---- rows ---- */

static FnRows *
query_rows(FnDb *db, const Cursor *cursor, gint64 last, GError **error)
{
	if (last == cursor->run)
		return fn_db_query(db, &fn_sql_audit_blocks, FN_BINDS(FN_INT("run", cursor->run), FN_INT("term", cursor->term),
			FN_INT("block", cursor->below), FN_INT("most", cursor->most)), error);
	return fn_db_query(db, &fn_sql_audit_blocks_of_runs, FN_BINDS(FN_INT("run", cursor->run), FN_INT("last", last),
		FN_INT("term", cursor->term), FN_INT("block", cursor->below), FN_INT("most", cursor->most)), error);
}

/* Where the rows were fewer than wanted, the next read takes more runs; where not, as many as these rows came from. */
static gboolean
read_rows(FnDb *db, Cursor *cursor, gint64 low, GError **error)
{
	gint64 last = MAX(cursor->run - (gint64)cursor->runs + 1, low / FN_AUDIT_RUN);
	g_autoptr(FnRows) rows = query_rows(db, cursor, last, error);
	GError *why = NULL;
	guint n = 0;

	if (rows == NULL)
		return FALSE;
	for (; fn_rows_next(rows, &why); n++) {
		Row *row = g_new0(Row, 1);
		gconstpointer list = fn_rows_blob(rows, "list", &row->size);

		row->block = fn_rows_int(rows, "block");
		row->list = g_memdup2(list, row->size);
		g_queue_push_tail(&cursor->rows, row);
		cursor->below = row->block - 1;
	}
	if (why != NULL) {
		g_propagate_error(error, why);
		return FALSE;
	}
	if (n < cursor->most) { /* these runs have no more */
		cursor->run = last - 1;
		cursor->below = last * FN_AUDIT_RUN - 1;
		cursor->runs = MIN(cursor->runs * 4, RUNS_MOST);
	} else {
		gint64 run = (cursor->below + 1) / FN_AUDIT_RUN;

		cursor->runs = (guint)CLAMP(cursor->run - run + 1, 1, RUNS_MOST);
		cursor->run = MIN(cursor->run, cursor->below / FN_AUDIT_RUN);
	}
	cursor->most = MIN(cursor->most * 2, ROWS_MOST);
	return TRUE;
}

/* The newest row at or below @block; *@row_out NULL when none is left down to @low. */
static gboolean
seek(FnDb *db, Cursor *cursor, gint64 block, gint64 low, const Row **row_out, GError **error)
{
	for (;;) {
		Row *row = g_queue_peek_head(&cursor->rows);

		if (row != NULL && row->block <= block) {
			*row_out = row->block >= low ? row : NULL;
			return TRUE;
		}
		if (row != NULL) {
			row_free(g_queue_pop_head(&cursor->rows));
			continue;
		}
		if (block < cursor->below) {
			if (cursor->below - block > (gint64)cursor->most) /* rows are wanted one here, one there */
				cursor->most = ROWS_FIRST;
			cursor->below = block;
			cursor->run = block / FN_AUDIT_RUN;
		}
		if (cursor->run < low / FN_AUDIT_RUN || cursor->below < low) {
			*row_out = NULL;
			return TRUE;
		}
		if (!read_rows(db, cursor, low, error))
			return FALSE;
	}
}

/* The newest block at or below @block in which every term has a row; FALSE with *@block -1 when there is none. */
static gboolean
common_block(Search *search, gint64 *block, const Row **rows, GError **error)
{
	gint64 low = (gint64)(search->low / FN_AUDIT_BLOCK);

	for (guint i = 0, same = 0; same < search->cursors; i = (i + 1) % search->cursors) {
		if (!seek(search->db, &search->cursor[i], *block, low, &rows[i], error))
			return FALSE;
		if (rows[i] == NULL) {
			*block = -1;
			return TRUE;
		}
		same = rows[i]->block == *block ? same + 1 : 1;
		*block = rows[i]->block;
	}
	return TRUE;
}

/* ---- entries ---- */

typedef struct {
	const FnAuditQuestion *question;
	guint found; /* a bit for each column whose condition holds */
} Matching;

static void
match(FnAuditColumn column, const char *text, gsize size, gpointer data)
{
	Matching *matching = data;
	const char *wanted = matching->question->value[column];

	if (wanted != NULL && strlen(wanted) == size && memcmp(wanted, text, size) == 0)
		matching->found |= 1u << column;
}

static gboolean
holds(const FnAuditQuestion *question, const char *text, gsize size)
{
	Matching matching = { question, 0 };
	g_autofree char *time = NULL;
	FnEntry entry;
	gint64 us;

	if (!fn_entry_parse(text, size, &entry))
		return FALSE;
	time = g_strndup(entry.time.text, entry.time.size);
	if (!fn_time_parse(time, &us) || us < question->from || us >= question->until)
		return FALSE;
	fn_audit_terms(&entry, match, &matching);
	for (guint i = 0; i < FN_AUDIT_COLUMNS; i++)
		if (question->value[i] != NULL && (matching.found & 1u << i) == 0)
			return FALSE;
	return TRUE;
}

/* Reads @index from the log and takes it into the answer if it is what was asked for. One that was pruned since is passed over. */
static gboolean
look_at(Search *search, guint64 index, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 there;
	const char *text;
	gsize size;

	if (!search->log->there(search->log->data, index, &there, error))
		return FALSE;
	if (there == index && (entries = search->log->read(search->log->data, index, 1, error)) == NULL)
		return FALSE;
	if (entries != NULL && entries->len > 0) {
		text = g_bytes_get_data(g_ptr_array_index(entries, 0), &size);
		if (holds(search->question, text, size))
			json_array_append_new(search->items,
				json_pack("{s:I, s:o?}", "index", (json_int_t)index, "entry", fn_json_parse(text, size, NULL)));
	}
	if (json_array_size(search->items) >= search->question->limit || ++search->looked >= LOOKED_MOST) {
		search->full = TRUE;
		search->next = index;
	}
	return TRUE;
}

/* The places that all rows have, from the newest on. */
static gboolean
take_block(Search *search, gint64 block, const Row *const *rows, GError **error)
{
	FnAuditPlaces places, other;
	gint place;

	fn_audit_places_read(&places, rows[0]->list, rows[0]->size);
	for (guint i = 1; i < search->cursors; i++) {
		fn_audit_places_read(&other, rows[i]->list, rows[i]->size);
		fn_audit_places_and(&places, &other);
	}
	while (!search->full && (place = fn_audit_places_take_last(&places)) >= 0) {
		guint64 index = (guint64)block * FN_AUDIT_BLOCK + (guint)place;

		if (index < search->low)
			break;
		if (index < search->high && !look_at(search, index, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
walk(Search *search, GError **error)
{
	gint64 block = search->high > search->low ? (gint64)((search->high - 1) / FN_AUDIT_BLOCK) : -1;
	const Row *rows[FN_AUDIT_COLUMNS];

	for (; block >= 0 && !search->full; block--)
		if (!common_block(search, &block, rows, error) || (block >= 0 && !take_block(search, block, rows, error)))
			return FALSE;
	return TRUE;
}

/* ---- the question ---- */

static gboolean
check(const FnAuditQuestion *question, GError **error)
{
	for (guint i = 0; i < FN_AUDIT_COLUMNS; i++)
		if (question->value[i] != NULL && (*question->value[i] == '\0' || strlen(question->value[i]) > FN_AUDIT_TEXT)) {
			g_set_error(error, FN_AUDIT_ERROR, FN_AUDIT_ERROR_INPUT, "\"%s\" must have 1 to %u bytes", fn_audit_column_name(i), FN_AUDIT_TEXT);
			return FALSE;
		}
	if (question->limit >= 1 && question->limit <= FN_AUDIT_LIMIT && question->from <= question->until)
		return TRUE;
	g_set_error(error, FN_AUDIT_ERROR, FN_AUDIT_ERROR_INPUT, "%s", question->from > question->until ? "\"from\" lies after \"until\""
		: "\"limit\" must be a whole number from 1 to 500");
	return FALSE;
}

/* Which entries the times leave, up to 63 more at either end. */
static gboolean
bound(Search *search, guint64 indexed, GError **error)
{
	const FnAuditQuestion *question = search->question;
	GError *why = NULL;

	search->high = MIN(indexed, question->before);
	if (question->from > G_MININT64)
		search->low = (guint64)fn_db_int(search->db, &fn_sql_audit_moment_before, FN_BINDS(FN_INT("time", question->from)), 0, &why);
	if (why == NULL && question->until < G_MAXINT64)
		search->high = MIN(search->high, (guint64)fn_db_int(search->db, &fn_sql_audit_moment_from,
			FN_BINDS(FN_INT("time", question->until)), G_MAXINT64, &why));
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

static void
set_cursors(Search *search)
{
	for (guint i = 0; i < FN_AUDIT_COLUMNS; i++) {
		const char *value = search->question->value[i];

		if (value != NULL)
			search->cursor[search->cursors++].term = fn_audit_term_number(i, value, strlen(value));
	}
	if (search->cursors == 0)
		search->cursor[search->cursors++].term = fn_audit_term_number(FN_AUDIT_ALL, "", 0);
	for (guint i = 0; i < search->cursors; i++) {
		search->cursor[i].run = search->cursor[i].below = G_MAXINT64;
		search->cursor[i].most = ROWS_FIRST;
		search->cursor[i].runs = 1;
	}
}

json_t *
fn_audit_search(FnDb *db, const FnAuditLog *log, const FnAuditQuestion *question, GError **error)
{
	g_auto(Search) search = { .db = db, .log = log, .question = question, .items = json_array() };
	guint64 size, minimum;
	FnAuditState before, after;

	if (!check(question, error) || !fn_audit_state_read(db, &before, error) || !bound(&search, before.next, error))
		return NULL;
	set_cursors(&search);
	if (!walk(&search, error) || !fn_audit_state_read(db, &after, error) || !log->size(log->data, &size, &minimum, error))
		return NULL;
	if (after.next < before.next) {
		g_set_error(error, FN_AUDIT_ERROR, FN_AUDIT_ERROR_BUSY, "the index of the ledger is being made anew: ask again");
		return NULL;
	}
	return json_pack("{s:O, s:o, s:I, s:I}", "items", search.items, "next", search.full ? json_integer((json_int_t)search.next) : json_null(),
		"indexed", (json_int_t)before.next, "lag", (json_int_t)(size > before.next ? size - before.next : 0));
}

json_t *
fn_audit_state(FnDb *db, const FnAuditLog *log, GError **error)
{
	guint64 size, minimum, indexed;

	if (!fn_audit_indexed(db, &indexed, error) || !log->size(log->data, &size, &minimum, error))
		return NULL;
	return json_pack("{s:I, s:I}", "indexed", (json_int_t)indexed, "lag", (json_int_t)(size > indexed ? size - indexed : 0));
}
