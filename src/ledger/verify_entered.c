/* Verification: signed heads that the log itself tells of. Each head is entered after its line is durable, so that a line that is
 * taken out of the file heads, or an older copy of what is signed beside newer segments, contradicts the entries. */
#include "ledger/verify_priv.h"

#include "base/json.h"

static gint
by_number(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return x < y ? -1 : x > y;
}

gboolean
fn_verify_entered(const FnVerify *verify, const FnEntry *entry, guint64 index, GError **error)
{
	json_int_t stated;
	guint64 size;
	json_t *body;

	if (!fn_span_is(entry->event, "ledger.head") || !fn_span_is(entry->from, fn_role_name(FN_ROLE_LEDGER)))
		return TRUE;
	body = fn_json_parse(entry->body.text, entry->body.size, NULL);
	stated = json_integer_value(json_object_get(body, "size"));
	size = stated > 0 ? (guint64)stated : 0;
	json_decref(body);
	if (g_array_binary_search(verify->met, &size, by_number, NULL))
		return TRUE;
	/* Signed after we opened the file. */
	if (verify->live && verify->head.size == 0 && size > verify->last.size)
		return TRUE;
	return fn_verify_fault(error, "heads: the head over %" G_GUINT64_FORMAT " entries is missing, of which entry %" G_GUINT64_FORMAT
		" tells, in %s: one of the two was altered", size, index, verify->segment);
}
