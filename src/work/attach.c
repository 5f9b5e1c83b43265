/* What is attached to a case, and the digest of what somebody sees who signs. The digest covers the case, its revision, its form, the
 * attachments and the step: whoever confirms it confirms that very step on that very case. */
#include "work/work_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "work_sql.h"

#include <string.h>

const json_t *
fn_work_attachments(FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = NULL;
	g_autoptr(GError) why = NULL;
	json_t *list;

	if (which->attachments != NULL)
		return which->attachments;
	if ((rows = fn_db_query(which->db, &fn_sql_work_attachments, FN_BINDS(FN_TEXT("case", which->id)), error)) == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &why))
		json_array_append_new(list, json_pack("{s:s, s:s}", "digest", fn_rows_text(rows, "digest"), "kind", fn_rows_text(rows, "kind")));
	if (why == NULL)
		return which->attachments = list;
	g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

static gboolean
has_kind(const json_t *list, const char *kind)
{
	for (gsize i = 0; i < json_array_size(list); i++)
		if (g_strcmp0(json_string_value(json_object_get(json_array_get(list, i), "kind")), kind) == 0)
			return TRUE;
	return FALSE;
}

gboolean
fn_work_attach_check(FnWorkCase *which, const FnNode *step, GError **error)
{
	const FnNode *kinds = fn_node_get(step, "attach");
	const json_t *list = kinds != NULL ? fn_work_attachments(which, error) : NULL;
	const char *kind;

	if (kinds != NULL && list == NULL)
		return FALSE;
	for (guint i = 0; (kind = fn_node_word(kinds, i)) != NULL; i++)
		if (!has_kind(list, kind)) {
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "attach a file of the kind \"%s\" first", kind);
			return FALSE;
		}
	return TRUE;
}

char *
fn_work_digest(const char *id, gint64 revision, const json_t *form, const json_t *attachments, const char *step)
{
	json_t *seen = json_pack("{s:s, s:I, s:O, s:O, s:s}", "case", id, "revision", (json_int_t)revision, "form", form, "attachments",
		attachments, "step", step);
	g_autofree char *text = fn_json_canonical(seen);
	guint8 digest[FN_DIGEST_SIZE];
	GString *hex = g_string_new(NULL);

	json_decref(seen);
	fn_sm3(text, strlen(text), digest);
	for (gsize i = 0; i < sizeof(digest); i++)
		g_string_append_printf(hex, "%02x", digest[i]);
	return g_string_free(hex, FALSE);
}

/* ---- adding and reading ---- */

#define OTHER "other"

/* The kinds that steps of this procedure ask for, and "other". */
static GPtrArray *
known_kinds(const FnNode *procedure)
{
	const FnNode *steps = fn_node_get(procedure, "steps");
	GPtrArray *kinds = g_ptr_array_new();
	const char *kind;

	for (guint i = 0; i < fn_node_count(steps); i++)
		for (guint j = 0; (kind = fn_node_word(fn_node_get(fn_node_at(steps, i), "attach"), j)) != NULL; j++)
			if (!g_ptr_array_find_with_equal_func(kinds, kind, g_str_equal, NULL))
				g_ptr_array_add(kinds, (gpointer)kind);
	g_ptr_array_add(kinds, OTHER);
	return kinds;
}

static gboolean
check_kind(const FnNode *procedure, const char *kind, GError **error)
{
	g_autoptr(GPtrArray) kinds = known_kinds(procedure);
	g_autofree char *names = NULL;

	if (kind != NULL && g_ptr_array_find_with_equal_func(kinds, kind, g_str_equal, NULL))
		return TRUE;
	g_ptr_array_add(kinds, NULL);
	names = g_strjoinv(", ", (char **)kinds->pdata);
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "kind: must be one of %s", names);
	return FALSE;
}

/* It is written into headers and lists, and offered as the name of a file. */
static gboolean
check_name(const char *name, GError **error)
{
	gboolean fine = name != NULL && *name != '\0' && *name != '.' && g_utf8_validate(name, -1, NULL) && g_utf8_strlen(name, -1) <= 150;

	for (const char *at = name; fine && *at != '\0'; at = g_utf8_next_char(at))
		fine = g_unichar_isprint(g_utf8_get_char(at)) && strchr("/\\:*?\"<>|", *at) == NULL;
	if (!fine)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "name: must be the name of a file of at most 150 characters, without a folder");
	return fine;
}

static gboolean
check_size(const FnWorkFile *file, GError **error)
{
	if (file->size > 0 && file->size <= FN_WORK_FILE_MAX)
		return TRUE;
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, file->size == 0 ? "the file is empty" : "a file may have %d bytes; divide it",
		FN_WORK_FILE_MAX);
	return FALSE;
}

static gboolean
check_room(const FnWorkCase *which, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *count = fn_db_text(which->db, &fn_sql_work_count_attachments, FN_BINDS(FN_TEXT("case", which->id)), &why);

	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (count == NULL || g_ascii_strtoll(count, NULL, 10) < FN_WORK_FILES_MAX)
		return TRUE;
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "a case holds at most %d files", FN_WORK_FILES_MAX);
	return FALSE;
}

static gboolean
check_file(const FnWorkCase *which, const FnWorkFile *file, const FnActor *actor, GError **error)
{
	if (which->ended)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "case %s has ended; nothing is attached to it any more", which->id);
	else if (!fn_work_is_seated(which, actor))
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE, "you hold no office in this case; let somebody who does attach it");
	else
		return check_kind(which->procedure, file->kind, error) && check_name(file->name, error) && check_size(file, error) && check_room(which, error);
	return FALSE;
}

gboolean
fn_work_may_attach(FnWork *work, FnDb *db, const char *id, const FnWorkFile *file, const FnActor *actor, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_seen(work, db, id, FALSE, actor, error);

	return which != NULL && check_file(which, file, actor, error);
}

static const char *
safe_type(const char *type)
{
	return type != NULL && strlen(type) <= 100 && g_regex_match_simple("^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*$", type, 0, 0) ? type :
		"application/octet-stream";
}

/* {…} of @attachment, with its bytes unless @bytes_out is NULL. */
static json_t *
read_attachment(const FnWorkCase *which, const char *attachment, GBytes **bytes_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_attachment, FN_BINDS(FN_TEXT("id", attachment), FN_TEXT("case", which->id)), error);
	g_autoptr(GError) why = NULL;
	gconstpointer bytes;
	gsize size;

	if (rows == NULL)
		return NULL;
	if (fn_rows_next(rows, &why)) {
		bytes = fn_rows_blob(rows, "bytes", &size);
		if (bytes_out != NULL)
			*bytes_out = g_bytes_new(bytes, size);
		return fn_work_show_attachment(rows);
	}
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	else
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "the case has no such attachment");
	return NULL;
}

json_t *
fn_work_attach(FnWork *work, FnDb *db, const char *id, const FnWorkFile *file, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_seen(work, db, id, TRUE, actor, error);
	g_autofree char *attachment = fn_id_new(), *hex = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	if (which == NULL || !check_file(which, file, actor, error))
		return NULL;
	fn_sm3(file->bytes, file->size, digest);
	hex = fn_hex(digest, sizeof(digest));
	if (!fn_db_exec(db, &fn_sql_work_add_attachment, FN_BINDS(FN_TEXT("id", attachment), FN_TEXT("case", which->id), FN_TEXT("kind", file->kind),
		FN_TEXT("name", file->name), FN_TEXT("media_type", safe_type(file->media_type)), FN_INT("size", (gint64)file->size),
		FN_TEXT("digest", hex), FN_BLOB("bytes", file->bytes, file->size), FN_INT("at", now), FN_TEXT("account", actor->account),
		FN_TEXT("organization", actor->organization)), NULL, error))
		return NULL;
	return read_attachment(which, attachment, NULL, error);
}

json_t *
fn_work_attachment(FnWork *work, FnDb *db, const char *id, const char *attachment, const FnActor *actor, GBytes **bytes_out, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_seen(work, db, id, FALSE, actor, error);

	return which != NULL ? read_attachment(which, attachment, bytes_out, error) : NULL;
}
