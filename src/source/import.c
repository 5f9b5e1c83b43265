#include "base/text.h"
#include "source/csv.h"
#include "source/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 256 << 10, MAX_NAME = 128 };

/* One import under way. The file is made beside its final place and renamed when it is whole and on the disk. */
typedef struct {
	const char *table, *shown;
	const char *const *index;
	char *partial;
	sqlite3 *handle;
	sqlite3_stmt *insert;
	GPtrArray *columns;
	guint64 rows;
} Import;

static gboolean
fail_sqlite(const Import *import, const char *doing, GError **error)
{
	int code = sqlite3_errcode(import->handle) & 0xff;
	g_autofree char *message = fn_text_safe(sqlite3_errmsg(import->handle), -1, 200);
	gboolean full = code == SQLITE_FULL || code == SQLITE_IOERR;

	g_set_error(error, FN_SOURCE_ERROR, full ? FN_SOURCE_ERROR_FULL : FN_SOURCE_ERROR_QUERY, "%s: %s: %s%s",
		import->shown, doing, message, full ? "; free space on the disk of the sources" : "");
	return FALSE;
}

static gboolean
fail_file(FnSourceError code, const char *path, const char *doing, const char *remedy, GError **error)
{
	int failed = errno;
	g_autofree char *shown = fn_text_safe(path, -1, 200);

	g_set_error(error, FN_SOURCE_ERROR,
		failed == ENOSPC || failed == EDQUOT || failed == EIO ? FN_SOURCE_ERROR_FULL : code, "%s: %s: %s; %s",
		shown, doing, g_strerror(failed), remedy);
	return FALSE;
}

static gboolean
run_sql(const Import *import, const char *doing, const char *sql, GError **error)
{
	return sqlite3_exec(import->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail_sqlite(import, doing, error);
}

/* A name that a person can read and SQLite keeps: of tables and columns. */
static gboolean
is_name(const char *name, gsize size)
{
	if (size == 0 || size > MAX_NAME || !g_utf8_validate_len(name, size, NULL))
		return FALSE;
	if (g_ascii_strncasecmp(name, "sqlite_", 7) == 0 || g_ascii_isspace(name[0]) || g_ascii_isspace(name[size - 1]))
		return FALSE;
	for (const char *at = name; at < name + size; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return FALSE;
	return TRUE;
}

/* SQLite folds ASCII letters in names, so "ID" and "id" are one. */
static gboolean
has_column(const Import *import, const char *name)
{
	for (guint i = 0; i < import->columns->len; i++)
		if (g_ascii_strcasecmp(import->columns->pdata[i], name) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
refuse_header(const Import *import, guint64 line, guint column, const char *name, const char *what, GError **error)
{
	g_autofree char *safe = fn_text_safe(name, -1, 60);

	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT, "%s:%" G_GUINT64_FORMAT ": column %u, \"%s\": %s",
		import->shown, line, column, safe, what);
	return FALSE;
}

static gboolean
read_header(Import *import, const FnCsvField *fields, guint count, guint64 line, GError **error)
{
	for (guint i = 0; i < count; i++) {
		if (!is_name(fields[i].text, fields[i].size))
			return refuse_header(import, line, i + 1, fields[i].text,
				"a column's name has 1 to 128 bytes, no control characters and no spaces around; "
				"correct the first line",
				error);
		if (has_column(import, fields[i].text))
			return refuse_header(
				import, line, i + 1, fields[i].text, "this name is already there; rename one", error);
		g_ptr_array_add(import->columns, g_strdup(fields[i].text));
	}
	for (const char *const *name = import->index; name != NULL && *name != NULL; name++)
		if (!has_column(import, *name)) {
			g_autofree char *safe = fn_text_safe(*name, -1, 60);

			g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SCHEMA, "%s: no column \"%s\" to index",
				import->shown, safe);
			return FALSE;
		}
	return TRUE;
}

static gboolean
make_table(Import *import, GError **error)
{
	g_autoptr(GString) create = g_string_new("CREATE TABLE ");
	g_autoptr(GString) insert = g_string_new("INSERT INTO ");

	fn_source_quote(create, import->table);
	fn_source_quote(insert, import->table);
	g_string_append(insert, " VALUES ");
	for (guint i = 0; i < import->columns->len; i++) {
		g_string_append(create, i == 0 ? " (" : ", ");
		fn_source_quote(create, import->columns->pdata[i]);
		g_string_append(create, " TEXT");
		g_string_append_printf(insert, "%s?%u", i == 0 ? "(" : ", ", i + 1);
	}
	g_string_append_c(create, ')');
	g_string_append_c(insert, ')');
	if (!run_sql(import, "making the table", create->str, error))
		return FALSE;
	return sqlite3_prepare_v2(import->handle, insert->str, -1, &import->insert, NULL) == SQLITE_OK ||
	       fail_sqlite(import, "making the table", error);
}

static gboolean
take_record(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error)
{
	Import *import = data;

	if (import->insert == NULL)
		return read_header(import, fields, count, line, error) && make_table(import, error);
	for (guint i = 0; i < count; i++) {
		if (fields[i].size == 0 && !fields[i].quoted)
			sqlite3_bind_null(import->insert, (int)i + 1);
		else
			sqlite3_bind_text(
				import->insert, (int)i + 1, fields[i].text, (int)fields[i].size, SQLITE_STATIC);
	}
	if (sqlite3_step(import->insert) != SQLITE_DONE)
		return fail_sqlite(import, "writing a row", error);
	sqlite3_reset(import->insert);
	import->rows++;
	return TRUE;
}

static gboolean
make_indexes(Import *import, GError **error)
{
	guint number = 0;

	for (const char *const *name = import->index; name != NULL && *name != NULL; name++) {
		g_autoptr(GString) sql = g_string_new(NULL);

		g_string_append_printf(sql, "CREATE INDEX fn_index_%u ON ", ++number);
		fn_source_quote(sql, import->table);
		g_string_append(sql, " (");
		fn_source_quote(sql, *name);
		g_string_append_c(sql, ')');
		if (!run_sql(import, "indexing", sql->str, error))
			return FALSE;
	}
	return TRUE;
}

static int
open_csv(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat about;

	if (fd < 0) {
		fail_file(
			FN_SOURCE_ERROR_INPUT, path, "opening", "check that the file is there and may be read", error);
		return -1;
	}
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	fail_file(FN_SOURCE_ERROR_INPUT, path, "opening", "this is no file", error);
	return -1;
}

static gboolean
read_pieces(int fd, const char *path, FnCsv *csv, GError **error)
{
	g_autofree char *piece = g_malloc(PIECE);

	for (;;) {
		gssize got = read(fd, piece, PIECE);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_file(FN_SOURCE_ERROR_INPUT, path, "reading", "check the disk", error);
		if (got == 0)
			return fn_csv_finish(csv, error);
		if (!fn_csv_feed(csv, piece, (gsize)got, error))
			return FALSE;
	}
}

static gboolean
read_csv(Import *import, const char *path, GError **error)
{
	g_autoptr(FnCsv) csv = NULL;
	int fd = open_csv(path, error);
	gboolean done;

	if (fd < 0)
		return FALSE;
	csv = fn_csv_new(path, take_record, import);
	done = read_pieces(fd, path, csv, error);
	close(fd);
	return done;
}

static gboolean
fill(Import *import, const char *csv_path, GError **error)
{
	g_autofree char *start =
		g_strdup_printf("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA application_id = %d;"
				" PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN",
			FN_SOURCE_IMPORT_MARK);

	return run_sql(import, "beginning", start, error) && read_csv(import, csv_path, error) &&
	       make_indexes(import, error) && run_sql(import, "ending", "COMMIT", error);
}

static void
let_go(Import *import)
{
	int result;

	sqlite3_finalize(import->insert);
	import->insert = NULL;
	result = sqlite3_close(import->handle);
	g_assert(result == SQLITE_OK);
	import->handle = NULL;
}

static gboolean
sync_path(const char *path, int flags, GError **error)
{
	int fd = open(path, flags | O_CLOEXEC);
	gboolean done = fd >= 0 && fsync(fd) == 0;

	if (!done)
		fail_file(FN_SOURCE_ERROR_FULL, path, "bringing it to the disk", "check the disk", error);
	if (fd >= 0)
		close(fd);
	return done;
}

/* The rename is what makes the import happen; the directory's fsync makes it last. */
static gboolean
put_in_place(const Import *import, const char *path, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);

	if (!sync_path(import->partial, O_RDONLY, error))
		return FALSE;
	if (rename(import->partial, path) < 0)
		return fail_file(FN_SOURCE_ERROR_SPEC, path, "putting it in its place",
			"check the directory of the sources", error);
	return sync_path(directory, O_RDONLY | O_DIRECTORY, error);
}

static gboolean
make_partial(Import *import, GError **error)
{
	int fd = open(import->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0)
		return fail_file(FN_SOURCE_ERROR_SPEC, import->partial, "making the file",
			"check that its directory is there and open to"
			" this user",
			error);
	close(fd);
	return sqlite3_open_v2(import->partial, &import->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
		       SQLITE_OK ||
	       fail_sqlite(import, "making the file", error);
}

static gboolean
check_table(const char *table, GError **error)
{
	if (table != NULL && is_name(table, strlen(table)))
		return TRUE;
	g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC,
		"a table's name has 1 to 128 bytes of UTF-8, no control characters, no spaces around, and does not "
		"begin with sqlite_");
	return FALSE;
}

gboolean
fn_source_import_csv(const char *csv_path, const char *sqlite_path, const char *table, const char *const *index,
	guint64 *rows_out, GError **error)
{
	g_autofree char *id = fn_id_new();
	g_autofree char *partial = g_strdup_printf("%s.part-%s", sqlite_path, id);
	g_autofree char *shown = fn_text_safe(csv_path, -1, 200);
	g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
	Import import = { .table = table, .shown = shown, .index = index, .partial = partial, .columns = columns };
	gboolean done;

	if (!check_table(table, error))
		return FALSE;
	done = make_partial(&import, error) && fill(&import, csv_path, error);
	let_go(&import);
	if (done && put_in_place(&import, sqlite_path, error)) {
		if (rows_out != NULL)
			*rows_out = import.rows;
		return TRUE;
	}
	unlink(partial);
	return FALSE;
}
