/* What is attached to a case, and the digest of what somebody sees who signs. The digest covers the case, its revision, its form, the
 * attachments and the step: whoever confirms it confirms that very step on that very case. */
#include "work/work_priv.h"

#include "base/json.h"
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
			g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "attach a file of the kind \"%s\" first", kind);
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
