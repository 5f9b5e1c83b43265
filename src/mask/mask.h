/* How much of it may leave? Operators on columns of text values, compiled into a plan per grant. See rules/masks/. */
#pragma once

#include "crypto/crypto.h"

#include <glib.h>

typedef enum {
	FN_MASK_ERROR_OPERATOR, /* unknown operator or parameter; the message names it */
	FN_MASK_ERROR_KEY,      /* a keyed operator without a key */
	FN_MASK_ERROR_DOMAIN,   /* FF1 domain below 10^6 */
} FnMaskError;
#define FN_MASK_ERROR (fn_mask_error_quark())
GQuark fn_mask_error_quark(void);

/* A column of values: NULL is SQL null. Values point into someone's buffer; results into the batch's arena. */
typedef struct {
	const char **value;
	guint32 *size;
	guint n;
} FnColumn;

typedef struct FnMaskColumn FnMaskColumn; /* compiled operator for one column; immutable, thread-safe */
/* @spec: "operator" or "operator:parameter=value,parameter=value"; rules/masks/ declares them all with examples.
 * @key (32 bytes, or NULL) is the grant's mask key; @column name separates the keys of columns unless "join" names a shared domain.
 * A value that an operator cannot read (no UTF-8, no date, an invalid identifier) is redacted, never kept. */
FnMaskColumn *fn_mask_column_new(const char *spec, FnSuite suite, const guint8 *key, const char *column, GError **error);
void fn_mask_column_free(FnMaskColumn *column);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnMaskColumn, fn_mask_column_free)
/* TRUE when @spec works with a key. FALSE also for what is no spec: fn_mask_column_new() tells why. */
gboolean fn_mask_spec_needs_key(const char *spec);
/* TRUE for keep. */
gboolean fn_mask_column_is_keep(const FnMaskColumn *column);

typedef struct FnMaskArena FnMaskArena; /* memory of one batch; reset keeps it for the next */
FnMaskArena *fn_mask_arena_new(void);
void fn_mask_arena_reset(FnMaskArena *arena);
void fn_mask_arena_free(FnMaskArena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnMaskArena, fn_mask_arena_free)
/* Masks in place: @column's pointers are replaced by pointers into @arena (never the input for a masked value). */
void fn_mask_apply(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);

/* TRUE when who has the key can get values back from what fn_mask_apply() gave: for pseudonyms. */
gboolean fn_mask_column_reversible(const FnMaskColumn *column);
/* Back from pseudonyms of this spec, key and column name, in place, for a reversible mask: a value becomes the canonical form of what it
 * stands for (18 digits for a resident ID, capitals, no layout), or NULL when it is no pseudonym of this kind. There is no
 * redundancy in a pseudonym: one of another grant gives a well-formed value that means nothing. */
void fn_mask_reverse(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);

/* FF1 (NIST SP 800-38G) over digits of @radix (2..65536), for tests and other rooms. Values are arrays of numerals. */
typedef struct FnFf1 FnFf1;
FnFf1 *fn_ff1_new(FnSuite suite, const guint8 *key, gsize key_size, guint radix, GError **error);
void fn_ff1_free(FnFf1 *ff1);
gboolean fn_ff1_encrypt(const FnFf1 *ff1, const void *tweak, gsize tweak_size, const guint16 *in, guint16 *out, guint n, GError **error);
gboolean fn_ff1_decrypt(const FnFf1 *ff1, const void *tweak, gsize tweak_size, const guint16 *in, guint16 *out, guint n, GError **error);
