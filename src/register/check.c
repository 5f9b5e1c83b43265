/* What checks ask of the books: who has no record, what is over, what is so. And due dates after a rule has changed. */
#include "register/find.h"

#include "base/json.h"
#include "base/time.h"
#include "register_sql.h"

#include <string.h>

enum { PAGE = 500 };

static gboolean
take_where(FnSearch *search, FnDb *db, const FnNode *where, GError **error)
{
	for (guint i = 0; i < fn_node_count(where); i++) {
		g_autoptr(GPtrArray) values = g_ptr_array_new();
		const char *word;

		for (guint n = 0; (word = fn_node_word(fn_node_at(where, i), n)) != NULL; n++)
			g_ptr_array_add(values, (gpointer)word);
		g_ptr_array_add(values, NULL);
		if (!fn_search_where(search, db, fn_node_key_at(where, i), (const char *const *)values->pdata, error))
			return FALSE;
	}
	return TRUE;
}

typedef gboolean (*Each)(const FnRecord *record, gpointer data);

/* Calls @each for every active record; it says whether to go on. */
static gboolean
each_record(FnDb *db, const FnBook *book, const char *organization, const char *renewal, const FnNode *where, gint64 now, Each each, gpointer data,
	GError **error)
{
	g_auto(FnSearch) search = { 0 };
	gboolean more = TRUE;

	fn_search_begin(&search, book, organization, "active");
	fn_search_renewal(&search, renewal, now);
	if (!take_where(&search, db, where, error))
		return FALSE;
	while (more) {
		g_autoptr(GPtrArray) hits = fn_search_run(&search, db, PAGE, &more, error);

		if (hits == NULL)
			return FALSE;
		for (guint i = 0; i < hits->len; i++)
			if (!each(hits->pdata[i], data))
				return TRUE;
	}
	return TRUE;
}

static json_t *
offender(const FnRecord *record)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "organization", record->organization, "record", record->id, "key", record->key, "due",
		strcmp(record->due, FN_FOREVER) == 0 ? json_null() : json_string(record->due));
}

typedef struct {
	json_t *items;
	gint risk; /* -1: none is said */
} Listing;

static gboolean
list(const FnRecord *record, gpointer data)
{
	Listing *listing = data;
	json_t *item = offender(record);

	if (listing->risk >= 0)
		json_object_set_new(item, "risk", json_integer(listing->risk));
	json_array_append_new(listing->items, item);
	return TRUE;
}

json_t *
fn_register_where(FnDb *db, const FnRules *rules, const char *id, const FnNode *where, gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	Listing listing = { json_array(), -1 };

	if (book != NULL && each_record(db, book, "", NULL, where, now, list, &listing, error))
		return listing.items;
	json_decref(listing.items);
	return NULL;
}

json_t *
fn_register_overdue(FnDb *db, const FnRules *rules, const char *id, const FnNode *where, gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	Listing listing = { json_array(), 0 };
	gboolean fine = book != NULL && each_record(db, book, "", "over", where, now, list, &listing, error);

	listing.risk = 1;
	if (fine && each_record(db, book, "", "near", where, now, list, &listing, error))
		return listing.items;
	json_decref(listing.items);
	return NULL;
}

/* ---- who has none ---- */

typedef struct {
	const char *today;
	gboolean found;
} Looking;

static gboolean
look(const FnRecord *record, gpointer data)
{
	Looking *looking = data;

	looking->found = strcmp(record->due, looking->today) >= 0;
	return !looking->found;
}

static char **
organizations(FnDb *db, const char *kind, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_register_organizations_of, FN_BINDS(FN_TEXT("kind", kind)), error);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	GError *failed = NULL;

	while (rows != NULL && fn_rows_next(rows, &failed))
		g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "id")));
	if (failed != NULL)
		g_propagate_error(error, failed);
	if (rows == NULL || failed != NULL)
		return NULL;
	g_ptr_array_add(ids, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&ids), FALSE);
}

static gboolean
add_missing(FnDb *db, const FnBook *book, const FnNode *where, const char *kind, gint64 now, json_t *missing, GError **error)
{
	g_auto(GStrv) ids = organizations(db, kind, error);
	g_autofree char *today = fn_time_date_text(now);

	for (char **id = ids; id != NULL && *id != NULL; id++) {
		Looking looking = { today, FALSE };

		if (!each_record(db, book, *id, NULL, where, now, look, &looking, error))
			return FALSE;
		if (!looking.found)
			json_array_append_new(missing, json_string(*id));
	}
	return ids != NULL;
}

json_t *
fn_register_missing(FnDb *db, const FnRules *rules, const char *id, const FnNode *where, const FnNode *kinds, gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	json_t *missing = json_array();
	const char *kind;

	for (guint i = 0; book != NULL && (kind = fn_node_word(kinds, i)) != NULL; i++)
		if (!add_missing(db, book, where, kind, now, missing, error)) {
			json_decref(missing);
			return NULL;
		}
	if (book != NULL)
		return missing;
	json_decref(missing);
	return NULL;
}

/* ---- a rule has changed ---- */

typedef struct {
	gint64 number, created_at;
	char *body;
} Row;

static void
row_clear(gpointer data)
{
	g_free(((Row *)data)->body);
}

static GArray *
rows_after(FnDb *db, const FnBook *book, gint64 after, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_register_to_renew,
		FN_BINDS(FN_TEXT("register", book->id), FN_INT("after", after), FN_INT("most", PAGE)), error);
	GArray *found = g_array_new(FALSE, FALSE, sizeof(Row));
	GError *failed = NULL;

	g_array_set_clear_func(found, row_clear);
	while (rows != NULL && fn_rows_next(rows, &failed)) {
		Row row = { fn_rows_int(rows, "number"), fn_rows_int(rows, "created_at"), g_strdup(fn_rows_text(rows, "body")) };

		g_array_append_val(found, row);
	}
	if (failed != NULL)
		g_propagate_error(error, failed);
	if (rows != NULL && failed == NULL)
		return found;
	g_array_unref(found);
	return NULL;
}

/* Terms of an older rule stay: they find too much, and what is found is compared. */
static gboolean
settle_row(FnDb *db, const FnBook *book, const Row *row, GError **error)
{
	json_t *values = fn_json_parse(row->body, strlen(row->body), error);
	FnWrite write = { .db = db, .book = book };
	g_autofree char *due = NULL, *key = NULL, *content = NULL, *terms = NULL;
	gboolean done;

	if (values == NULL)
		return FALSE;
	due = fn_book_due(book, values, row->created_at);
	key = fn_write_key(&write, "", values);
	content = fn_register_content(db, book, key != NULL ? key : "", values);
	terms = fn_terms_of_record(book, "active", values, content);
	done = fn_db_exec(db, &fn_sql_register_set_due, FN_BINDS(FN_TEXT("due", due), FN_TEXT("content", content), FN_INT("number", row->number)), NULL,
		       error) &&
		fn_db_exec(db, &fn_sql_register_add_terms, FN_BINDS(FN_INT("number", row->number), FN_TEXT("terms", terms)), NULL, error);
	json_decref(values);
	return done;
}

/* A page in a transaction of its own; *after moves on, -1 at the end. */
static gboolean
settle_page(FnDb *db, const FnBook *book, gint64 *after, GError **error)
{
	g_autoptr(GArray) rows = NULL;
	GError *failed = NULL;
	gboolean fine;

	if (!fn_db_begin(db, error))
		return FALSE;
	g_free(fn_db_text(db, &fn_sql_register_lock_register, FN_BINDS(FN_TEXT("register", book->id)), &failed));
	if (failed != NULL)
		g_propagate_error(error, failed);
	else
		rows = rows_after(db, book, *after, error);
	fine = rows != NULL;
	for (guint i = 0; fine && i < rows->len; i++)
		fine = settle_row(db, book, &g_array_index(rows, Row, i), error);
	if (fine && fn_db_commit(db, error)) {
		*after = rows->len < PAGE ? -1 : g_array_index(rows, Row, rows->len - 1).number;
		return TRUE;
	}
	fn_db_rollback(db);
	return FALSE;
}

static gboolean
note_rule(FnDb *db, const FnBook *book, const char *rule, GError **error)
{
	if (!fn_db_begin(db, error))
		return FALSE;
	if (fn_db_exec(db, &fn_sql_register_set_renewal, FN_BINDS(FN_TEXT("register", book->id), FN_TEXT("rule", rule)), NULL, error) &&
		fn_db_commit(db, error))
		return TRUE;
	fn_db_rollback(db);
	return FALSE;
}

/* *changed_out: its rule was another. */
static gboolean
settle(FnDb *db, const FnBook *book, gboolean *changed_out, GError **error)
{
	GError *failed = NULL;
	g_autofree char *rule = fn_book_rule(book), *before = NULL;
	gint64 after = 0;

	before = fn_db_text(db, &fn_sql_register_renewal, FN_BINDS(FN_TEXT("register", book->id)), &failed);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	*changed_out = g_strcmp0(before, rule) != 0;
	while (*changed_out && after >= 0)
		if (!settle_page(db, book, &after, error))
			return FALSE;
	return !*changed_out || note_rule(db, book, rule, error);
}

gint64
fn_register_settle(FnDb *db, const FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "registers", &n);
	gint64 settled = 0;

	for (guint i = 0; i < n; i++) {
		g_autoptr(FnBook) book = fn_book_open(rules, fn_node_text(all[i], "id"), error);
		gboolean changed;

		if (book == NULL || !settle(db, book, &changed, error))
			return -1;
		settled += changed;
	}
	return settled;
}
