/* Inside of pseudonyms: FF1 over batches, and what a kind is made of. */
#pragma once

#include "mask/mask_priv.h"

#include <string.h>

/* Division by a number that stays the same, without dividing. */
typedef struct {
	guint64 by, inverse; /* at least 1; 2^64 - 1 divided by it */
} FnDivisor;

/* The quotient; what is left over goes to @rest. The estimate is too small by one at most. */
static inline guint64
fn_divide(const FnDivisor *divisor, guint64 value, guint64 *rest)
{
	guint64 quotient = (guint64)((unsigned __int128)value * divisor->inverse >> 64), left = value - quotient * divisor->by;
	gboolean more = left >= divisor->by;

	*rest = more ? left - divisor->by : left;
	return quotient + (guint64)more;
}

/* What is fixed for one cipher, tweak and length: SP 800-38G algorithm 7, steps 1-5, and as much of step 6 as does not
 * change between values. Each round then costs one block. */
typedef struct {
	guint u, v;                   /* numerals in the halves */
	FnDivisor modulus_u, modulus_v; /* radix^u, radix^v, at most 2^63 */
	guint b, d;                   /* bytes of a half in Q, bytes of S */
	guint64 high, low;            /* CBC-MAC state before the last block, combined with that block's constant part */
} FnFf1Plan;
gboolean fn_ff1_plan(const FnFf1 *ff1, const void *tweak, gsize tweak_size, guint n, FnFf1Plan *out, GError **error);

/* A keyed cipher and room for one batch; belongs to one thread at a time. */
typedef struct FnFf1Batch FnFf1Batch;
FnFf1Batch *fn_ff1_batch_new(const FnFf1 *ff1);
void fn_ff1_batch_free(FnFf1Batch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnFf1Batch, fn_ff1_batch_free)
/* @a[i] and @b[i] are the numbers of the halves of value i, replaced by those of the result. */
void fn_ff1_batch_encrypt(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n);
void fn_ff1_batch_decrypt(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n);

/* Every text of a kind has a shape, which separates what must not mix (lengths), and within it a rank from 0 on. */
typedef unsigned __int128 FnRank;

/* The texts that go in and the pseudonyms that come out are two forms of the same ranks. */
typedef struct {
	/* The shape of @text, and its rank, which is below the form's number of texts; -1 when it is none of this form. */
	int (*read)(const char *text, guint32 size, FnRank *rank);
	/* Writes the text of @rank, which is below the shape's domain, and gives its size, which is not above the kind's longest.
	 * @beside is a text of the other form and of this shape that was read: marks between characters can stay. */
	guint32 (*write)(guint shape, FnRank rank, const char *beside, guint32 size, char *out);
} FnPseudonymForm;

/* One kind by one table. Tables are frozen: grants pin them, and old pseudonyms must not change. What new numbers need is a
 * row with the next table beside the old one. */
struct FnPseudonymKind {
	const char *name;
	guint table;
	guint shapes;
	guint32 longest; /* bytes of any text in either form */
	/* How many ranks shape @shape has, and radix and numerals that hold them: radix^n is the domain or little more. */
	void (*describe)(guint shape, guint *radix, guint *n, FnRank *domain);
	FnPseudonymForm clear, pseudonym;
};

extern const FnPseudonymKind fn_pseudonym_resident_id, fn_pseudonym_resident_id15, fn_pseudonym_name, fn_pseudonym_mobile,
	fn_pseudonym_bank_card, fn_pseudonym_digits, fn_pseudonym_text, fn_pseudonym_credit_code, fn_pseudonym_plate;

/* The row of @kinds with this name and table, or NULL. */
const FnPseudonymKind *fn_pseudonym_among(const FnPseudonymKind *const *kinds, gsize n, const char *name, guint table);
/* All kinds; NULL behind the last. */
const FnPseudonymKind *fn_pseudonym_kind_at(guint i);

/* ---- what kinds are written with ---- */

static inline gboolean
fn_rank_digits(const char *text, guint32 size)
{
	guint8 wrong = 0;

	for (guint32 i = 0; i < size; i++)
		wrong |= (guint8)((guint8)(text[i] - '0') > 9);
	return !wrong;
}

/* At most 19 digits. */
static inline guint64
fn_rank_number(const char *digits, guint n)
{
	guint64 value = 0;

	for (guint i = 0; i < n; i++)
		value = value * 10 + (guint64)(digits[i] - '0');
	return value;
}

/* Two digits at a time: half the divisions, of which each waits for the one before. */
static inline void
fn_rank_write(guint64 value, char *to, guint n)
{
	for (; n >= 2; n -= 2, value /= 100) {
		guint two = (guint)(value % 100);

		to[n - 1] = (char)('0' + two % 10);
		to[n - 2] = (char)('0' + two / 10);
	}
	if (n > 0)
		to[0] = (char)('0' + value % 10);
}

/* Place of @value among the @n bytes of @table, -1 when it is none of them. */
static inline int
fn_rank_place(const void *table, gsize n, guint64 value)
{
	const guint8 *at = value > 255 ? NULL : memchr(table, (int)value, n);

	return at == NULL ? -1 : (int)(at - (const guint8 *)table);
}

/* The least radix of which @n numerals hold @domain. */
guint fn_rank_radix(FnRank domain, guint n);
