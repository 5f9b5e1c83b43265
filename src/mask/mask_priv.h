/* Inside of mask: specs and the table of operators, pseudonyms by their names. */
#pragma once

#include "mask/mask.h"

#include <gcrypt.h>

/* @size bytes (and an end mark behind them) that live until the arena is reset. */
char *fn_mask_arena_take(FnMaskArena *arena, gsize size);
/* The last @size bytes of what was taken last are not needed. */
void fn_mask_arena_give_back(FnMaskArena *arena, gsize size);

/* What becomes of a value that an operator cannot read; in the order of the choices in the table of operators. */
typedef enum { FN_MASK_ELSE_REDACT, FN_MASK_ELSE_NULL } FnMaskOtherwise;

/* ---- pseudonyms ---- */
typedef struct FnPseudonymKind FnPseudonymKind;
/* NULL when there is no such kind, or when it has no such table. Every kind has table 1. */
const FnPseudonymKind *fn_pseudonym_kind(const char *name, guint table);
const char *fn_pseudonym_kind_name(const FnPseudonymKind *kind);
/* For the message about an unknown kind: all names. */
const char *fn_pseudonym_kind_names(void);

typedef struct FnPseudonym FnPseudonym;
FnPseudonym *fn_pseudonym_new(const FnPseudonymKind *kind, FnSuite suite, const guint8 key[32], GError **error);
void fn_pseudonym_free(FnPseudonym *pseudonym);
/* Thread-safe. */
void fn_pseudonym_apply(const FnPseudonym *pseudonym, FnMaskOtherwise otherwise, FnColumn *column, FnMaskArena *arena);
/* Thread-safe. What is no pseudonym becomes NULL. */
void fn_pseudonym_reverse(const FnPseudonym *pseudonym, FnColumn *column, FnMaskArena *arena);

/* ---- specs ----
 * "operator:parameter=value,parameter=value" becomes one of these. What a parameter may be is in the table of operators;
 * each has its place here. */
typedef struct FnMaskOperator FnMaskOperator;
typedef struct {
	const FnMaskOperator *operator;
	gboolean keyed;                 /* the operator, or a parameter that was given, works with a key */
	guint seen;                     /* bit i: parameter i was given */
	guint otherwise;                /* FnMaskOtherwise */
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
