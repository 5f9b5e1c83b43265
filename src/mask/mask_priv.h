/* Inside of mask: specs and the table of operators, batches of FF1, the kinds of pseudonyms. */
#pragma once

#include "mask/mask.h"

#include <gcrypt.h>

/* What is fixed for one cipher, tweak and length: SP 800-38G algorithm 7, steps 1-5, and as much of step 6 as does not
 * change between values. Each round then costs one block. */
typedef struct {
	guint u, v;             /* numerals in the halves */
	guint64 modulus_u, modulus_v; /* radix^u, radix^v, at most 2^63 */
	guint b, d;             /* bytes of a half in Q, bytes of S */
	guint8 chain[16];       /* CBC-MAC state before the last block, combined with that block's constant part */
} FnFf1Plan;
gboolean fn_ff1_plan(const FnFf1 *ff1, const void *tweak, gsize tweak_size, guint n, FnFf1Plan *out, GError **error);

/* A keyed cipher and room for one batch; belongs to one thread. */
typedef struct FnFf1Batch FnFf1Batch;
FnFf1Batch *fn_ff1_batch_new(const FnFf1 *ff1);
void fn_ff1_batch_free(FnFf1Batch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnFf1Batch, fn_ff1_batch_free)
/* @a[i] and @b[i] are the numbers of the halves of value i, replaced by those of the result. */
void fn_ff1_batch_encrypt(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n);
void fn_ff1_batch_decrypt(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n);

/* @size bytes (and an end mark behind them) that live until the arena is reset. */
char *fn_mask_arena_take(FnMaskArena *arena, gsize size);

/* One kind of pseudonym: how a text becomes two numbers and back. Shapes separate what must not mix (lengths). */
typedef struct FnPseudonymKind FnPseudonymKind;
typedef struct {
	FnFf1Plan plan;
	FnFf1 *ff1;
	guint64 domain; /* ranks below it are texts; 0: all of radix^n */
	guint length;
} FnPseudonymShape;
struct FnPseudonymKind {
	const char *name;
	guint shapes;
	/* Numbers of numerals and radix for shape @shape; domain 0 where radix^n is exact. */
	void (*describe)(guint shape, guint *radix, guint *n, guint64 *domain);
	/* The shape that @text has, or -1 when it is none of this kind. */
	int (*classify)(const char *text, guint32 size);
	void (*split)(const FnPseudonymShape *shape, const char *text, guint32 size, guint64 *a, guint64 *b);
	guint32 (*out_size)(const FnPseudonymShape *shape, guint32 size);
	/* @text is what split() read, so that marks between characters can stay. */
	void (*join)(const FnPseudonymShape *shape, guint64 a, guint64 b, const char *text, guint32 size, char *out);
};
const FnPseudonymKind *fn_pseudonym_kind(const char *name);
/* For the message about an unknown kind: all names. */
const char *fn_pseudonym_kind_names(void);

typedef struct FnPseudonym FnPseudonym;
FnPseudonym *fn_pseudonym_new(const FnPseudonymKind *kind, FnSuite suite, const guint8 key[32], GError **error);
void fn_pseudonym_free(FnPseudonym *pseudonym);
void fn_pseudonym_apply(const FnPseudonym *pseudonym, FnColumn *column, FnMaskArena *arena);

/* ---- specs ----
 * "operator:parameter=value,parameter=value" becomes one of these. What a parameter may be is in the table of operators;
 * each has its place here. */
typedef struct FnMaskOperator FnMaskOperator;
typedef struct {
	const FnMaskOperator *operator;
	gboolean keyed;                 /* the operator, or a parameter that was given, works with a key */
	guint seen;                     /* bit i: parameter i was given */
	guint otherwise;                /* FnMaskOtherwise: what becomes of a value that the operator cannot read */
	guint first, last;              /* partial: characters that stay */
	guint keep;                     /* name, address: FnNamePart, FnAddressLevel */
	guint to;                       /* date: FnDateUnit */
	guint shift;                    /* date: most days */
	guint round, bucket, noise;     /* number */
	const FnPseudonymKind *kind;
	guint table;
	char *join, *with;
} FnMaskSpec;

/* In the order of the choices in the table of operators. */
typedef enum { FN_MASK_ELSE_REDACT, FN_MASK_ELSE_NULL } FnMaskOtherwise;
typedef enum { FN_NAME_SURNAME, FN_NAME_GIVEN, FN_NAME_NONE } FnNamePart;
typedef enum { FN_ADDRESS_PROVINCE, FN_ADDRESS_CITY, FN_ADDRESS_DISTRICT } FnAddressLevel;
typedef enum { FN_DATE_YEAR, FN_DATE_MONTH, FN_DATE_QUARTER, FN_DATE_DECADE } FnDateUnit;

typedef enum {
	FN_MASK_COUNTS, /* two guint */
	FN_MASK_KIND,   /* const FnPseudonymKind * */
	FN_MASK_TABLE,  /* guint */
	FN_MASK_NAME,   /* char * */
	FN_MASK_TEXT,   /* char * */
	FN_MASK_CHOICE, /* guint: index of the word in the parameter's choices */
	FN_MASK_WHOLE,  /* guint from 1 to the parameter's most */
} FnMaskType;

typedef struct {
	const char *name;
	FnMaskType type;
	gsize place; /* in FnMaskSpec */
	gboolean required, keyed;
	gboolean one_of;     /* exactly one of the operator's parameters with this mark is given */
	const char *choices; /* words with one blank between them */
	guint most;
} FnMaskParameter;

struct FnMaskOperator {
	const char *name;
	gboolean keyed;
	FnMaskParameter parameter[6]; /* those that have a name */
	void (*apply)(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
};
/* The table of operators; NULL behind the last, and for a name that is none's. */
const FnMaskOperator *fn_mask_operator_at(guint i);
const FnMaskOperator *fn_mask_operator(const char *name);
/* NULL when @operator has none of that name. */
const FnMaskParameter *fn_mask_parameter(const FnMaskOperator *operator, const char *name);
/* As rules/masks/ names it. */
const char *fn_mask_type_name(FnMaskType type);

/* On failure @spec_out is empty, and the message names operator, parameter and what is expected. */
gboolean fn_mask_spec_parse(const char *text, FnMaskSpec *spec_out, GError **error);
void fn_mask_spec_clear(FnMaskSpec *spec);

struct FnMaskColumn {
	FnMaskSpec spec;
	FnSuite suite;
	char *name;     /* of the column */
	guint8 key[32]; /* derived for this column */
	FnPseudonym *pseudonym;
};

/* ---- what operators write ---- */
#define FN_MASK_REDACTED "***"
/* The value of @row becomes a copy of @text. */
void fn_mask_put(FnColumn *column, guint row, const char *text, gsize size, FnMaskArena *arena);
/* The value of @row becomes FN_MASK_REDACTED. */
void fn_mask_redact(FnColumn *column, guint row, FnMaskArena *arena);
/* The value of @row cannot be read: it becomes what the spec declares. */
void fn_mask_fall_back(const FnMaskColumn *mask, FnColumn *column, guint row, FnMaskArena *arena);
/* TRUE when all bytes are below 0x80. */
gboolean fn_mask_is_ascii(const char *text, gsize size);

/* ---- operators that have a file of their own ---- */
void fn_mask_apply_partial(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
void fn_mask_apply_name(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
void fn_mask_apply_address(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
void fn_mask_apply_date(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
void fn_mask_apply_number(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
void fn_mask_apply_hash(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);
void fn_mask_apply_shuffle(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena);

/* HMAC of the column's suite under the column's key, made once for a batch; belongs to one thread. */
typedef struct FnMaskMac FnMaskMac;
FnMaskMac *fn_mask_mac_new(const FnMaskColumn *mask);
void fn_mask_mac_free(FnMaskMac *mac);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnMaskMac, fn_mask_mac_free)
void fn_mask_mac_code(FnMaskMac *mac, const void *data, gsize size, guint8 out[32]);
/* A number below @n that depends on the key and @data only. */
guint64 fn_mask_mac_below(FnMaskMac *mac, const void *data, gsize size, guint64 n);
