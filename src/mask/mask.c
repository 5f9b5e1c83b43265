/* A column's mask: compiled once from a spec and a key, applied to many batches. */
#include "mask/mask_priv.h"

#include <string.h>

void
fn_mask_put(FnColumn *column, guint row, const char *text, gsize size, FnMaskArena *arena)
{
	char *out = fn_mask_arena_take(arena, size);

	memcpy(out, text, size);
	column->value[row] = out;
	column->size[row] = (guint32)size;
}

void
fn_mask_redact(FnColumn *column, guint row, FnMaskArena *arena)
{
	fn_mask_put(column, row, FN_MASK_REDACTED, strlen(FN_MASK_REDACTED), arena);
}

void
fn_mask_fall_back(const FnMaskColumn *mask, FnColumn *column, guint row, FnMaskArena *arena)
{
	if (mask->spec.otherwise == FN_MASK_ELSE_REDACT) {
		fn_mask_redact(column, row, arena);
		return;
	}
	column->value[row] = NULL;
	column->size[row] = 0;
}

gboolean
fn_mask_is_ascii(const char *text, gsize size)
{
	guint64 all = 0, word;

	for (; size >= 8; size -= 8, text += 8) {
		memcpy(&word, text, 8);
		all |= word;
	}
	for (gsize i = 0; i < size; i++)
		all |= (guint8)text[i];
	return (all & 0x8080808080808080) == 0;
}

/* One key per operator, kind and column; columns that join share the key of the name that they join by. */
static void
derive_key(FnMaskColumn *mask, const guint8 *key)
{
	const FnMaskSpec *spec = &mask->spec;
	g_autofree char *context = g_strdup_printf("fengni/v1/mask/%s/%s/%s/%s", spec->operator->name,
		spec->kind != NULL ? fn_pseudonym_kind_name(spec->kind) : "", spec->join != NULL ? "join" : "column",
		spec->join != NULL ? spec->join : mask->name);

	fn_hkdf(mask->suite, key, 32, context, mask->key, sizeof(mask->key));
}

static gboolean
compile(FnMaskColumn *mask, const guint8 *key, const char *spec, GError **error)
{
	if (!mask->spec.keyed)
		return TRUE;
	if (key == NULL) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_KEY, "mask \"%s\" needs the key of a grant", spec);
		return FALSE;
	}
	derive_key(mask, key);
	if (mask->spec.kind == NULL)
		return TRUE;
	mask->pseudonym = fn_pseudonym_new(mask->spec.kind, mask->suite, mask->key, error);
	return mask->pseudonym != NULL;
}

FnMaskColumn *
fn_mask_column_new(const char *spec, FnSuite suite, const guint8 *key, const char *column, GError **error)
{
	g_autoptr(FnMaskColumn) mask = g_new0(FnMaskColumn, 1);

	mask->suite = suite;
	mask->name = g_strdup(column);
	if (!fn_mask_spec_parse(spec, &mask->spec, error) || !compile(mask, key, spec, error))
		return NULL;
	return g_steal_pointer(&mask);
}

void
fn_mask_column_free(FnMaskColumn *column)
{
	if (column == NULL)
		return;
	fn_pseudonym_free(column->pseudonym);
	fn_mask_spec_clear(&column->spec);
	g_free(column->name);
	explicit_bzero(column, sizeof(*column));
	g_free(column);
}

gboolean
fn_mask_column_is_keep(const FnMaskColumn *column)
{
	return column->spec.operator == fn_mask_operator_at(0);
}

gboolean
fn_mask_column_reversible(const FnMaskColumn *column)
{
	return column->pseudonym != NULL;
}

void
fn_mask_reverse(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	g_assert(fn_mask_column_reversible(mask));
	fn_pseudonym_reverse(mask->pseudonym, column, arena);
}

void
fn_mask_apply(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	mask->spec.operator->apply(mask, column, arena);
}
