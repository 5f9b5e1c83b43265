/* Rows of a file into a book, and records as rows of a file.
 *
 * Every row is written as it comes, inside the caller's transaction, so that two rows of one file are held against each other as two
 * records are; whether all of it stands is the caller's to say. */
#include "register/register_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "register_sql.h"

#include <string.h>

enum { TOLD = 100, COLUMNS_MAX = 256 };
#define WHOSE "organization"

struct FnRegisterImport {
	FnDb *db;
	FnBook *book;
	const FnActor *actor;
	gint64 now;
	FnSight sight;
	guint columns;
	const FnBookField **column; /* NULL: the organization's */
	gboolean names_organization;
	guint64 rows, added, changed, same, bad;
	json_t *sample;
	GPtrArray *problems; /* Problem */
};

typedef struct {
	guint64 row;
	char *field, *limit;
	const char *reason; /* a constant */
	const FnNode *rule; /* of the rules, or NULL */
} Problem;

static void
problem_free(gpointer data)
{
	Problem *problem = data;

	g_free(problem->field);
	g_free(problem->limit);
	g_free(problem);
}

/* ---- the header ---- */

static gboolean
refuse_header(GError **error, const char *column, const char *english)
{
	g_autofree char *safe = fn_text_safe(column, -1, 60);

	fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT, "header: \"%s\" %s", safe, fn_say(english));
	return FALSE;
}

/* A register's own field of that name comes first. */
static gboolean
is_whose(const FnBook *book, const char *name)
{
	return !book->city && fn_book_column(book, name) == NULL && (strcmp(name, WHOSE) == 0 || strcmp(name, "单位") == 0 || strcmp(name, "所属单位") == 0 ||
		g_ascii_strcasecmp(name, "Organization") == 0);
}

static gboolean
take_column(FnRegisterImport *import, guint i, const char *given, GError **error)
{
	g_autofree char *name = g_strstrip(g_strdup(given));
	const FnBookField *field = fn_book_column(import->book, name);
	gboolean whose = is_whose(import->book, name);

	if (field == NULL && !whose)
		return refuse_header(error, name, "is no field of the register; take an id or title from its columns");
	for (guint before = 0; before < i; before++)
		if (import->column[before] == field)
			return refuse_header(error, name, "stands twice");
	import->column[i] = field;
	import->names_organization = import->names_organization || whose;
	return TRUE;
}

static gboolean
has_key(const FnRegisterImport *import, GError **error)
{
	for (guint k = 0; k < import->book->key->len; k++) {
		const FnBookField *field = import->book->key->pdata[k];
		gboolean found = FALSE;

		for (guint i = 0; i < import->columns; i++)
			found = found || import->column[i] == field;
		if (!found)
			return refuse_header(error, field->name, "is missing; it is part of the key");
	}
	return TRUE;
}

FnRegisterImport *
fn_register_import_new(FnDb *db, const FnRules *rules, const char *id, const char *const *header, guint columns, const FnActor *actor, gint64 now,
	GError **error)
{
	g_autoptr(FnRegisterImport) import = g_new0(FnRegisterImport, 1);

	import->problems = g_ptr_array_new_with_free_func(problem_free);
	import->sample = json_array();
	if ((import->book = fn_book_open(rules, id, error)) == NULL)
		return NULL;
	import->db = db;
	import->actor = actor;
	import->now = now;
	import->sight = fn_book_sight(import->book, actor);
	if (MAX(import->sight.all, import->sight.own) != FN_ACCESS_WRITE) {
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE, "none of your offices writes the register \"%s\"", import->book->id);
		return NULL;
	}
	if (columns > COLUMNS_MAX) {
		refuse_header(error, header[COLUMNS_MAX], "is one column too many");
		return NULL;
	}
	import->column = g_new0(const FnBookField *, columns + 1);
	for (guint i = 0; i < columns; i++) {
		import->columns = i + 1;
		if (!take_column(import, i, header[i], error))
			return NULL;
	}
	return has_key(import, error) ? g_steal_pointer(&import) : NULL;
}

void
fn_register_import_free(FnRegisterImport *import)
{
	if (import == NULL)
		return;
	g_free(import->column);
	fn_book_free(import->book);
	json_decref(import->sample);
	g_ptr_array_unref(import->problems);
	g_free(import);
}

/* ---- a row ---- */

static gboolean
bad(FnRegisterImport *import, guint64 row, FnWrite *write, GError **error)
{
	Problem *problem;

	if (write->failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&write->failed));
		return FALSE;
	}
	import->bad++;
	if (import->problems->len >= TOLD)
		return TRUE;
	problem = g_new(Problem, 1);
	*problem = (Problem){ row, g_strdup(write->field), g_strdup(write->limit), write->reason, write->rule };
	g_ptr_array_add(import->problems, problem);
	return TRUE;
}

static void
tell(FnRegisterImport *import, guint64 row, const char *act, const char *key, const json_t *values)
{
	json_t *fields = json_array(), *value;
	const char *name;

	if (json_array_size(import->sample) < TOLD) {
		json_object_foreach((json_t *)values, name, value)
			json_array_append_new(fields, json_string(name));
		json_array_append_new(import->sample, json_pack("{s:I, s:s, s:s, s:O}", "row", (json_int_t)row, "do", act, "key", key, "fields", fields));
	}
	json_decref(fields);
}

/* The organization of the row, by id or name; NULL with a reason. */
static char *
whose_row(FnRegisterImport *import, const char *const *cells, FnWrite *write)
{
	char *id = NULL;

	for (guint i = 0; i < import->columns; i++)
		if (import->column[i] == NULL && cells[i] != NULL && *cells[i] != '\0') {
			id = fn_db_text(write->db, &fn_sql_register_organization_active, FN_BINDS(FN_TEXT("value", cells[i])), &write->failed);
			if (id == NULL && write->failed == NULL)
				id = fn_db_text(write->db, &fn_sql_register_organization_named, FN_BINDS(FN_TEXT("value", cells[i])), &write->failed);
			write->code = FN_REGISTER_ERROR_INPUT;
			write->field = WHOSE;
			write->reason = FN_SAY("is no organization that the platform knows");
			return id;
		}
	return g_strdup(import->book->city ? "" : import->actor->organization);
}

static json_t *
given_of(const FnRegisterImport *import, const char *const *cells)
{
	json_t *given = json_object();

	for (guint i = 0; i < import->columns; i++)
		if (import->column[i] != NULL)
			json_object_set_new(given, import->column[i]->name,
				cells[i] != NULL && *cells[i] != '\0' ? json_string(cells[i]) : json_null());
	return given;
}

static gboolean
may(FnRegisterImport *import, const char *organization, const json_t *values, FnWrite *write)
{
	const FnBook *book = import->book;
	const char *about = book->about != NULL ? json_string_value(json_object_get(values, book->about->name)) : NULL;

	if (book->city)
		organization = about != NULL ? about : "";
	if (fn_book_access(import->sight, import->actor, organization) == FN_ACCESS_WRITE)
		return TRUE;
	write->field = book->about != NULL ? book->about->name : WHOSE;
	write->reason = FN_SAY("is an organization for which you may not write");
	return FALSE;
}

/* The active record with the key of these stored values. */
static FnRecord *
known_record(FnRegisterImport *import, const char *organization, const json_t *values, FnWrite *write)
{
	g_autofree char *key = fn_write_key(write, organization, values);

	return key != NULL ? fn_record_with_key(import->db, import->book, import->book->city ? "" : organization, key, &write->failed) : NULL;
}

static json_t *
only_key(const FnRegisterImport *import, const json_t *given)
{
	json_t *key = json_object();

	for (guint i = 0; i < import->book->key->len; i++) {
		const char *name = ((const FnBookField *)import->book->key->pdata[i])->name;

		json_object_set(key, name, json_object_get(given, name));
	}
	return key;
}

/* Which record the row means is known by its key alone: a row that changes need not hold what the record has already. */
static FnRecord *
meant(FnRegisterImport *import, const char *organization, const json_t *given, FnWrite *write)
{
	FnWrite probe = *write;
	json_t *key = only_key(import, given), *stored = json_object();
	FnRecord *record = NULL;
	gboolean fine = TRUE;

	for (guint i = 0; fine && i < import->book->key->len; i++) {
		const FnBookField *field = import->book->key->pdata[i];
		FnValue value = { .db = import->db, .book = import->book, .field = field, .organization = organization };
		const char *text = json_string_value(json_object_get(key, field->name)), *reason;
		json_t *one = text != NULL ? fn_value_take_cell(&value, text, &reason) : NULL;

		fine = one != NULL;
		if (fine)
			json_object_set_new(stored, field->name, one);
		write->failed = value.failed;
	}
	if (fine && write->failed == NULL) {
		record = known_record(import, organization, stored, &probe);
		write->failed = probe.failed;
	}
	json_decref(key);
	json_decref(stored);
	return record;
}

static gboolean
change(FnRegisterImport *import, guint64 row, const FnRecord *record, const json_t *given, FnWrite *write)
{
	json_t *values = fn_write_values(write, record->organization, record->values, given, TRUE), *changed, *value;
	const char *name;
	gboolean done;

	if (values == NULL)
		return FALSE;
	done = may(import, record->organization, record->values, write) && may(import, record->organization, values, write);
	if (done && json_equal(values, record->values)) {
		import->same++;
		json_decref(values);
		return TRUE;
	}
	done = done && fn_write_change(write, record, values);
	if (done) {
		import->changed++;
		changed = json_object();
		json_object_foreach(values, name, value)
			if (!json_equal(value, json_object_get(record->values, name)))
				json_object_set(changed, name, value);
		json_object_foreach(record->values, name, value)
			if (json_object_get(values, name) == NULL)
				json_object_set_new(changed, name, json_null());
		tell(import, row, "change", record->key, changed);
		json_decref(changed);
	}
	json_decref(values);
	return done;
}

static gboolean
add(FnRegisterImport *import, guint64 row, const char *organization, const json_t *given, FnWrite *write)
{
	json_t *values = fn_write_values(write, organization, NULL, given, TRUE);
	g_autofree char *key = values != NULL ? fn_write_key(write, organization, values) : NULL;
	gboolean done = values != NULL && may(import, organization, values, write) && fn_write_add(write, organization, values, NULL);

	if (done) {
		import->added++;
		tell(import, row, "add", key, values);
	}
	json_decref(values);
	return done;
}

/* A reader of files sees to it; what is none all the same must not be lost on the way to JSON. */
static gboolean
are_texts(const FnRegisterImport *import, const char *const *cells, FnWrite *write)
{
	for (guint i = 0; i < import->columns; i++)
		if (cells[i] != NULL && !g_utf8_validate(cells[i], -1, NULL)) {
			write->code = FN_REGISTER_ERROR_INPUT;
			write->field = import->column[i] != NULL ? import->column[i]->name : WHOSE;
			write->reason = FN_SAY("has characters that no text may have");
			return FALSE;
		}
	return TRUE;
}

gboolean
fn_register_import_row(FnRegisterImport *import, guint64 row, const char *const *cells, GError **error)
{
	FnWrite write = { .db = import->db, .book = import->book, .actor = import->actor, .now = import->now, .field = "" };
	g_autofree char *organization = are_texts(import, cells, &write) ? whose_row(import, cells, &write) : NULL;
	g_autoptr(FnRecord) record = NULL;
	json_t *given;
	gboolean done;

	import->rows++;
	if (organization == NULL)
		return bad(import, row, &write, error);
	given = given_of(import, cells);
	record = meant(import, organization, given, &write);
	done = write.failed == NULL && (record != NULL ? change(import, row, record, given, &write) : add(import, row, organization, given, &write));
	json_decref(given);
	return done || bad(import, row, &write, error);
}

guint64
fn_register_import_bad(const FnRegisterImport *import)
{
	return import->bad;
}

json_t *
fn_register_import_report(const FnRegisterImport *import, gboolean chinese)
{
	json_t *problems = json_array();

	for (guint i = 0; i < import->problems->len; i++) {
		const Problem *problem = import->problems->pdata[i];
		g_autofree char *reason = fn_reason_text(import->book, problem->rule, problem->reason, problem->limit, chinese);

		json_array_append_new(problems, json_pack("{s:I, s:s, s:s}", "row", (json_int_t)problem->row, "field", problem->field, "reason", reason));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:O}", "rows", (json_int_t)import->rows, "added", (json_int_t)import->added, "changed",
		(json_int_t)import->changed, "same", (json_int_t)import->same, "bad", (json_int_t)import->bad, "problems", problems, "sample",
		import->sample);
}

/* ---- export ---- */

char **
fn_register_columns(const FnRules *rules, const char *id, const FnActor *actor, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	FnSight sight = book != NULL ? fn_book_sight(book, actor) : (FnSight){ 0 };
	FnAccess shown;
	GPtrArray *names;

	if (book == NULL)
		return NULL;
	if (MAX(sight.all, sight.own) == FN_ACCESS_NONE) {
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE, "none of your offices reads the register \"%s\"", book->id);
		return NULL;
	}
	shown = sight.all != FN_ACCESS_NONE ? sight.all : sight.own;
	names = g_ptr_array_new();
	if (!book->city && sight.all != FN_ACCESS_NONE && fn_book_column(book, WHOSE) == NULL)
		g_ptr_array_add(names, g_strdup(WHOSE));
	for (guint i = 0; i < book->fields; i++)
		if (!book->field[i].sensitive || shown >= FN_ACCESS_FULL)
			g_ptr_array_add(names, g_strdup(book->field[i].name));
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static char *
cell_of(const FnBook *book, const json_t *item, const char *column)
{
	const FnBookField *field = fn_book_field(book, column);
	const json_t *value = json_object_get(json_object_get(item, "values"), column);
	GString *joined;

	if (field == NULL)
		return g_strdup(json_string_value(json_object_get(item, column)));
	if (value == NULL)
		return g_strdup("");
	if (strcmp(field->type->name, "money") == 0)
		return field->type->say(NULL, field, value);
	if (!json_is_array(value))
		return fn_value_text(value);
	joined = g_string_new(NULL);
	for (gsize i = 0; i < json_array_size(value); i++)
		g_string_append_printf(joined, "%s%s", i > 0 ? ";" : "", json_string_value(json_array_get(value, i)));
	return g_string_free(joined, FALSE);
}

/* Ids stay ids, which an import takes for sure; money is yuan again. */
char **
fn_register_row(const FnRules *rules, const char *id, const json_t *item, char **columns)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, NULL);
	GPtrArray *cells = g_ptr_array_new();

	for (; book != NULL && *columns != NULL; columns++)
		g_ptr_array_add(cells, cell_of(book, item, *columns));
	g_ptr_array_add(cells, NULL);
	return (char **)g_ptr_array_free(cells, FALSE);
}
