/* Whom pseudonyms stand for: exactly those that an authorisation names which this keeper signed for the clock and which has not run
 * out. No other program has the code that calls for it (tests/house/reversal). */
#include "keeper/keeper_priv.h"

#include "base/time.h"
#include "mask/mask.h"

#include <string.h>

enum { SIGNATURE_MAX = 512 };

/* The keeper's own signature over exactly this authorisation. */
static gboolean
is_ours(const FnKeeper *keeper, const json_t *authorisation, const char *signature, GError **error)
{
	g_autoptr(FnPublicKey) key = fn_public_key_parse(keeper->public[FN_KEY_GRANT], NULL);
	g_autofree char *text = fn_json_canonical(authorisation);
	g_autofree guint8 *bytes = NULL;
	gsize size;

	g_assert(key != NULL);
	bytes = g_base64_decode(signature, &size);
	return fn_verify(key, "reversal", text, strlen(text), bytes, size, NULL) ||
		fn_keeper_fail(error, FN_KEEPER_ERROR_NOT_ALLOWED, "the authorisation is not one that this keeper signed");
}

static gboolean
check(const FnKeeper *keeper, const json_t *request, FnReversal *reversal, GError **error)
{
	const json_t *authorisation = json_object_get(request, "authorisation");
	const char *signature = fn_shape_text(request, "signature", 1, SIGNATURE_MAX, error);

	if (signature == NULL || !fn_shape_reversal(authorisation, reversal, error) ||
	    !is_ours(keeper, authorisation, signature, error))
		return FALSE;
	return reversal->until > fn_time_now() ||
		fn_keeper_fail(error, FN_KEEPER_ERROR_EXPIRED, "the authorisation has run out");
}

static FnMaskColumn *
column_of(const FnKeeper *keeper, const FnReversal *reversal, GError **error)
{
	guint8 *key = fn_locked_new(FN_PRIVATE);
	g_autoptr(FnMaskColumn) column = NULL;
	g_autoptr(GError) why = NULL;

	if (fn_keeper_derive(keeper, "mask", reversal->context, key, error) &&
	    (column = fn_mask_column_new(reversal->spec, keeper->suite, key, reversal->column, &why)) == NULL)
		fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"spec\": %s", why->message);
	else if (column != NULL && !fn_mask_column_reversible(column)) {
		fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"spec\": what this operator gives cannot be turned back");
		g_clear_pointer(&column, fn_mask_column_free);
	}
	fn_locked_free(key, FN_PRIVATE);
	return g_steal_pointer(&column);
}

/* Each original is wiped once it is written. */
static void
write_values(FnJson *reply, const FnColumn *column)
{
	fn_json_name(reply, "values");
	fn_json_begin_array(reply);
	for (guint i = 0; i < column->n; i++) {
		if (column->value[i] == NULL) {
			fn_json_text(reply, NULL);
			continue;
		}
		fn_json_text_sized(reply, column->value[i], column->size[i]);
		explicit_bzero((char *)column->value[i], column->size[i]);
	}
	fn_json_end_array(reply);
}

gboolean
fn_reverse(const FnKeeper *keeper, const json_t *request, FnJson *reply, GError **error)
{
	FnReversal reversal;
	guint32 size[FN_REVERSAL_PSEUDONYMS];
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autoptr(FnMaskColumn) mask = NULL;
	FnColumn column;

	if (!check(keeper, request, &reversal, error) || (mask = column_of(keeper, &reversal, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < reversal.n; i++)
		size[i] = (guint32)strlen(reversal.pseudonym[i]);
	column = (FnColumn){ reversal.pseudonym, size, reversal.n };
	fn_mask_reverse(mask, &column, arena);
	write_values(reply, &column);
	return TRUE;
}
