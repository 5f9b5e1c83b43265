/* Inside of `fengni mask`: options, the key file, and what is said. */
#pragma once

#include "base/progress.h"
#include "table/table_priv.h"

/* ---- options.c ---- */
typedef struct {
	char *path;                     /* of the input; NULL: standard input */
	char *output;                   /* NULL: standard output */
	char *key, *new_key, *plan, *write_plan, *rules, *pack, *sheet;
	char **column, **allow;         /* may be NULL */
	FnTableFormat format, to;       /* UNKNOWN: told from names and bytes */
	FnEncoding encoding;            /* NONE: told from bytes */
	char delimiter;                 /* 0: told from the first line */
	FnSuite suite;
	gboolean automatic, explain, no_verify, json, quiet, help;
} FnMaskOptions;
gboolean fn_mask_options_read(FnMaskOptions *options, int argc, char *const *argv, GError **error);
void fn_mask_options_clear(FnMaskOptions *options);
void fn_mask_help(FILE *to);
void fn_mask_usage(FILE *to); /* one line */

/* ---- key.c ---- */
enum { FN_MASK_KEY_SIZE = 32 };
/* 32 bytes, or 64 hexadecimal digits; refused when others may read the file. Errors: FN_TABLE_ERROR_ENVIRONMENT. */
gboolean fn_mask_key_read(const char *path, guint8 key[FN_MASK_KEY_SIZE], GError **error);
/* A new file with a random key, for its owner only; one that is there is never replaced. */
gboolean fn_mask_key_make(const char *path, GError **error);

/* ---- report.c ---- */
typedef struct {
	FnTableFormat from, to;
	FnEncoding encoding;
	FnSuite suite;
	guint64 rows, bytes;
	double seconds;
	guint8 digest[FN_DIGEST_SIZE];
} FnMaskTotals;
/* The table of --explain. */
void fn_mask_explain(const GPtrArray *decisions, gboolean json, FILE *to);
void fn_mask_summary(const GPtrArray *decisions, const FnMaskTotals *totals, gboolean json, FILE *to);
/* The proposed plan as a file: what fn_table_plan_read() reads. Caller frees. */
char *fn_mask_plan_text(const GPtrArray *decisions);
