/* Record books: lists, records, import and export. Who may do what says each book's file (register/who.c). */
#include "api/api_priv.h"

#include "base/encoding.h"
#include "base/say.h"
#include "base/text.h"
#include "register/register.h"
#include "source/csv.h"

#include <string.h>

enum {
	PAGE = 50,
	ROWS_MAX = 100000,          /* of one import: the registry has one writer at a time */
	EXPORT_MAX = 64 * 1024 * 1024, /* bytes */
	EXPORT_PAGE = 500
};

#define WHERE "where."

static json_t *
items(json_t *array)
{
	return array != NULL ? json_pack("{s:o}", "items", array) : NULL;
}

/* "terminals/01J…": what the ledger says it was about. */
static void
about(FnApiCall *call, const char *record)
{
	g_free(call->subject);
	call->subject = g_strconcat(call->part[0], record != NULL ? "/" : NULL, record, NULL);
}

json_t *
fn_api_list_registers(FnApiCall *call, GError **error)
{
	return items(fn_register_list(call->force->rules, call->actor));
}

json_t *
fn_api_show_register(FnApiCall *call, GError **error)
{
	return fn_register_schema(call->force->rules, call->part[0], call->actor, error);
}

/* ---- finding ---- */

static gboolean
is_known(const char *name)
{
	static const char *const known[] = { "organization", "state", "renewal", "sort", "q", "cursor", "limit", "language", NULL };

	return g_strv_contains(known, name) || g_str_has_prefix(name, WHERE);
}

/* A condition that is misspelt would be none, and show more than was asked for. */
static gboolean
check_names(FnApiCall *call, GError **error)
{
	const char *name;

	for (guint i = 0; (name = fn_http_query_name(call->request, i)) != NULL; i++)
		if (!is_known(name)) {
			g_autofree char *safe = fn_text_safe(name, -1, 60);

			fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" is unknown here; a field is asked for as " WHERE "FIELD=value", safe);
			return FALSE;
		}
	return TRUE;
}

static json_t *
where_of(FnApiCall *call)
{
	json_t *where = json_object();
	const char *name;

	for (guint i = 0; (name = fn_http_query_name(call->request, i)) != NULL; i++)
		if (g_str_has_prefix(name, WHERE))
			json_object_set_new(where, name + strlen(WHERE), json_string(fn_http_query(call->request, name)));
	return where;
}

static const char *
asked(FnApiCall *call, const char *name)
{
	const char *text = fn_http_query(call->request, name);

	return text != NULL && *text != '\0' ? text : NULL;
}

static FnRegisterQuery
query_of(FnApiCall *call, const json_t *where)
{
	return (FnRegisterQuery){ .organization = asked(call, "organization"), .state = asked(call, "state"), .renewal = asked(call, "renewal"),
		.sort = asked(call, "sort"), .text = asked(call, "q"), .cursor = asked(call, "cursor"), .where = where };
}

json_t *
fn_api_find_records(FnApiCall *call, GError **error)
{
	json_t *where, *found = NULL;
	FnRegisterQuery query;
	guint64 limit;

	if (!check_names(call, error) || !fn_api_number(asked(call, "limit"), "limit", PAGE, &limit, error))
		return NULL;
	where = where_of(call);
	query = query_of(call, where);
	query.limit = (guint)MIN(limit, G_MAXUINT);
	found = fn_register_find(call->db, call->force->rules, call->part[0], &query, call->actor, call->now, error);
	json_decref(where);
	return found;
}

json_t *
fn_api_show_record(FnApiCall *call, GError **error)
{
	return fn_register_show(call->db, call->force->rules, call->part[0], call->part[1], call->actor, call->now, error);
}

json_t *
fn_api_record_history(FnApiCall *call, GError **error)
{
	guint64 after;

	if (!fn_api_number(fn_http_query(call->request, "after"), "after", 0, &after, error))
		return NULL;
	return items(fn_register_history(call->db, call->force->rules, call->part[0], call->part[1], (gint64)after, call->actor, error));
}

/* ---- writing ---- */

static const json_t *
values_of(FnApiCall *call, GError **error)
{
	const json_t *values = json_object_get(call->body, "values");

	if (json_is_object(values))
		return values;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"values\" must be an object of fields, for example {\"values\":{\"name\":\"PC-1\"}}");
	return NULL;
}

static gboolean
revision_of(FnApiCall *call, gint64 *revision_out, GError **error)
{
	if (!fn_api_want_number(call, "revision", -1, revision_out, error))
		return FALSE;
	if (*revision_out >= 1)
		return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"revision\" must be that of the record as it was read");
	return FALSE;
}

static json_t *
shown(FnApiCall *call, const char *record, GError **error)
{
	return fn_register_show(call->db, call->force->rules, call->part[0], record, call->actor, call->now, error);
}

json_t *
fn_api_add_record(FnApiCall *call, GError **error)
{
	const json_t *values = values_of(call, error);
	g_autofree char *id = NULL;
	const char *organization;

	about(call, NULL);
	if (values == NULL || !fn_api_want(call, "organization", &organization, error))
		return NULL;
	id = fn_register_add(call->db, call->force->rules, call->part[0], organization, values, call->actor, call->now, error);
	if (id == NULL)
		return NULL;
	about(call, id);
	return shown(call, id, error);
}

json_t *
fn_api_change_record(FnApiCall *call, GError **error)
{
	const json_t *values = values_of(call, error);
	gint64 revision;

	about(call, call->part[1]);
	if (values == NULL || !revision_of(call, &revision, error) ||
		!fn_register_change(call->db, call->force->rules, call->part[0], call->part[1], revision, values, call->actor, call->now, error))
		return NULL;
	return shown(call, call->part[1], error);
}

json_t *
fn_api_close_record(FnApiCall *call, GError **error)
{
	const char *say;
	gint64 revision;

	about(call, call->part[1]);
	if (!fn_api_want(call, "say", &say, error) || !revision_of(call, &revision, error) ||
		!fn_register_close(call->db, call->force->rules, call->part[0], call->part[1], revision, say, call->actor, call->now, error))
		return NULL;
	return shown(call, call->part[1], error);
}

/* ---- import ---- */

typedef struct {
	FnApiCall *call;
	FnRegisterImport *import;
	guint64 row; /* of the file, the header being 1 */
} Import;

static gboolean
take_header(Import *import, const char *const *name, guint columns, GError **error)
{
	FnApiCall *call = import->call;

	import->row = 1;
	import->import = fn_register_import_new(call->db, call->force->rules, call->part[0], name, columns, call->actor, call->now, error);
	return import->import != NULL;
}

static gboolean
take_record(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error)
{
	g_autofree const char **cell = g_new0(const char *, count + 1);
	Import *import = data;

	for (guint i = 0; i < count; i++)
		cell[i] = fields[i].text;
	if (import->import == NULL)
		return take_header(import, cell, count, error);
	if (++import->row > ROWS_MAX + 1) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SIZE, "a file may have %d rows; divide it", ROWS_MAX);
		return FALSE;
	}
	return fn_register_import_row(import->import, import->row, cell, error);
}

/* The file as UTF-8, whatever a spreadsheet program made of it. */
static GString *
text_of(FnApiCall *call, GError **error)
{
	gsize size, mark = 0;
	const char *bytes = fn_http_body(call->request, &size);
	FnEncoding encoding = fn_encoding_guess(bytes, MIN(size, 64 << 10), &mark);
	g_autoptr(FnDecoder) decoder = encoding != FN_ENCODING_NONE ? fn_decoder_new(encoding) : NULL;
	GString *text = g_string_new(NULL);

	if (decoder != NULL)
		fn_decoder_add(decoder, bytes + mark, size - mark, TRUE, text);
	if (decoder != NULL && fn_decoder_errors(decoder) == 0)
		return text;
	g_string_free(text, TRUE);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "the file is no text in UTF-8, GB18030 or UTF-16; save it as CSV (UTF-8)");
	return NULL;
}

/* Rows are numbered as a spreadsheet does, also where a cell has several lines. */
static gboolean
read_rows(Import *import, GError **error)
{
	GString *text = text_of(import->call, error);
	g_autoptr(FnCsv) csv = fn_csv_new("import.csv", take_record, import);
	gboolean fine = text != NULL && fn_csv_feed(csv, text->str, text->len, error) && fn_csv_finish(csv, error);

	if (text != NULL)
		g_string_free(text, TRUE);
	if (!fine || import->import != NULL)
		return fine;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "the file is empty; its first line names the columns");
	return FALSE;
}

static gboolean
is_set(FnApiCall *call, const char *name)
{
	const char *text = fn_http_query(call->request, name);

	return text != NULL && (g_str_equal(text, "1") || g_str_equal(text, "true"));
}

/* What was tried is entered in the ledger either way; what was not meant to stand, or holds a bad row, is undone. */
json_t *
fn_api_import_records(FnApiCall *call, GError **error)
{
	gboolean dry = is_set(call, "dry_run"), keep = is_set(call, "keep_good"), bad;
	Import import = { .call = call };
	json_t *report = NULL;

	about(call, NULL);
	if (!fn_api_is_document(call->request)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "send the file as it is, with Content-Type: text/csv");
		return NULL;
	}
	if (read_rows(&import, error)) {
		bad = fn_register_import_bad(import.import) > 0;
		call->undo = dry || (bad && !keep);
		call->outcome = dry ? "dry_run" : call->undo ? "not_written" : bad ? "in_part" : NULL;
		report = fn_register_import_report(import.import, call->chinese);
		call->conditions = json_pack("{s:O, s:O, s:O}", "added", json_object_get(report, "added"), "bad", json_object_get(report, "bad"), "changed",
			json_object_get(report, "changed"));
		json_object_set_new(report, "written", json_boolean(!call->undo));
		json_object_set_new(report, "dry_run", json_boolean(dry));
	}
	fn_register_import_free(import.import);
	return report;
}

/* ---- export ---- */

static void
put_line(GString *out, char **cells, gboolean guarded)
{
	for (guint i = 0; cells[i] != NULL; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		if (*cells[i] != '\0')
			fn_csv_write_field(out, cells[i], strlen(cells[i]), ',', guarded);
	}
	g_string_append(out, "\r\n");
}

/* Titles in a language, or ids. */
static gboolean
put_header(FnApiCall *call, char **columns, GString *out, GError **error)
{
	const char *language = asked(call, "language");
	json_t *schema = fn_register_schema(call->force->rules, call->part[0], call->actor, error), *field;
	g_autoptr(GPtrArray) titles = g_ptr_array_new();
	gsize n;

	if (schema == NULL)
		return FALSE;
	if (language == NULL)
		language = call->chinese ? "zh" : "en";
	for (char **column = columns; *column != NULL; column++) {
		const char *title = !g_str_equal(language, "id") && g_str_equal(*column, "organization") ? fn_say_in("Organization", g_str_equal(language, "zh")) : *column;

		json_array_foreach(json_object_get(schema, "fields"), n, field)
			if (g_str_equal(json_string_value(json_object_get(field, "id")), *column) && json_object_get(field, language) != NULL &&
				!g_str_equal(language, "id"))
				title = json_string_value(json_object_get(field, language));
		g_ptr_array_add(titles, (gpointer)title);
	}
	g_ptr_array_add(titles, NULL);
	put_line(out, (char **)titles->pdata, TRUE);
	json_decref(schema);
	return TRUE;
}

/* *cursor: where it goes on; NULL at the end. */
static gboolean
put_page(FnApiCall *call, FnRegisterQuery *query, char **columns, char **cursor, GString *out, GError **error)
{
	json_t *page = fn_register_find(call->db, call->force->rules, call->part[0], query, call->actor, call->now, error), *item;
	gsize n;

	if (page == NULL)
		return FALSE;
	json_array_foreach(json_object_get(page, "items"), n, item) {
		g_auto(GStrv) row = fn_register_row(call->force->rules, call->part[0], item, columns);

		put_line(out, row, TRUE);
	}
	g_free(*cursor);
	*cursor = g_strdup(json_string_value(json_object_get(page, "next")));
	query->cursor = *cursor;
	json_decref(page);
	if (out->len <= EXPORT_MAX)
		return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SIZE, "this is more than one file may hold; narrow it, for example by organization");
	return FALSE;
}

json_t *
fn_api_export_records(FnApiCall *call, GError **error)
{
	g_auto(GStrv) columns = fn_register_columns(call->force->rules, call->part[0], call->actor, error);
	g_autoptr(GString) out = g_string_new("\xef\xbb\xbf"); /* without it spreadsheets take Chinese for something else */
	json_t *where = where_of(call);
	FnRegisterQuery query = query_of(call, where);
	g_autofree char *cursor = NULL;
	gboolean fine = columns != NULL && check_names(call, error) && put_header(call, columns, out, error);

	about(call, NULL);
	query.limit = EXPORT_PAGE;
	query.cursor = NULL;
	while (fine && (fine = put_page(call, &query, columns, &cursor, out, error)) && cursor != NULL)
		;
	json_decref(where);
	return fine ? fn_api_answer_bytes(call, g_string_free_to_bytes(g_steal_pointer(&out)), "text/csv; charset=utf-8", "no-store") : NULL;
}
