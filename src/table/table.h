/* Files of rows, in and out: CSV, NDJSON and workbooks as batches of columns, and a plan of masks over them.
 *
 * A file of any length goes through in bounded memory: bytes are fed in pieces, about a thousand rows at a time come out as
 * columns, are masked in place and handed to a writer. Nothing here is thread-safe; one job, one thread. */
#pragma once

#include "mask/mask.h"

#include "base/encoding.h"
#include "rules/rules.h"
#include "scan/scan.h"

typedef enum {
	FN_TABLE_ERROR_INPUT,       /* malformed: name, line, column and remedy */
	FN_TABLE_ERROR_PLAN,        /* a rule that is none, or for a column that is not there */
	FN_TABLE_ERROR_REFUSED,     /* a column may not leave as it is */
	FN_TABLE_ERROR_OUTPUT,      /* it cannot be written, or the format cannot hold it */
	FN_TABLE_ERROR_ENVIRONMENT, /* a file, a key or a program that we need */
} FnTableError;
#define FN_TABLE_ERROR (fn_table_error_quark())
GQuark fn_table_error_quark(void);

/* ---- rows ---- */

/* What a cell was; the zero value is one that is not there (a member that a JSON object does not have). */
typedef enum {
	FN_CELL_ABSENT = 0,
	FN_CELL_NULL,
	FN_CELL_TEXT,
	FN_CELL_NUMBER,  /* as the file writes it */
	FN_CELL_BOOLEAN, /* true, false */
	FN_CELL_NESTED,  /* a list or an object, as compact JSON without needless escapes */
} FnCellKind;

typedef struct {
	const char *name;
	FnColumn values; /* valid UTF-8, each with a NUL behind it; NULL where null or absent */
	guint8 *kind;    /* FnCellKind */
	gboolean masked; /* what stands here was made by a mask */
} FnTableColumn;

enum { FN_TABLE_COLUMNS = 512, FN_TABLE_ROWS = 1024 };

/* Lives for the call it is given to; who takes it may put other values in the place of its own. */
typedef struct {
	const char *table; /* the sheet of a workbook; "" when the format has one table */
	gboolean first;    /* of its table: it comes even when there are no rows. Later batches may have more columns */
	guint64 line;      /* where the first row stands, from 1 */
	guint rows, columns;
	FnTableColumn *column;
} FnTableBatch;
/* FALSE with an error ends the reading. */
typedef gboolean (*FnTableTake)(FnTableBatch *batch, gpointer data, GError **error);

/* ---- formats ---- */

typedef enum { FN_TABLE_UNKNOWN = 0, FN_TABLE_CSV, FN_TABLE_NDJSON, FN_TABLE_WORKBOOK, FN_TABLE_FORMATS } FnTableFormat;
/* "csv", "ndjson", "xlsx"; UNKNOWN when there is none of that name. */
FnTableFormat fn_table_format_named(const char *name);
const char *fn_table_format_name(FnTableFormat format);
/* By the ending of a file's name; UNKNOWN when it says nothing. */
FnTableFormat fn_table_format_of_name(const char *path);

typedef struct {
	const char *name;     /* for messages, and its ending for the format; never opened */
	FnTableFormat format; /* UNKNOWN: by name, else by the first bytes */
	FnEncoding encoding;  /* of text; NONE: told from the first 64 KiB */
	char delimiter;       /* of CSV; 0: told from the first line */
	const char *sheet;    /* of a workbook, the only one to read; NULL: all */
} FnTableInput;

typedef struct FnTableReader FnTableReader;
/* Borrows the texts of @input. */
FnTableReader *fn_table_reader_new(const FnTableInput *input, FnTableTake take, gpointer data);
void fn_table_reader_free(FnTableReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTableReader, fn_table_reader_free)
/* Errors: FN_TABLE_ERROR_INPUT, or what @take gave; only fn_table_reader_free() may follow. A workbook is kept in memory
 * that a confined worker reads at the end: nothing of it is parsed in this process. */
gboolean fn_table_reader_add(FnTableReader *reader, const char *bytes, gsize size, GError **error);
gboolean fn_table_reader_end(FnTableReader *reader, GError **error);
/* Once the first batch came. */
FnTableFormat fn_table_reader_format(const FnTableReader *reader);
char fn_table_reader_delimiter(const FnTableReader *reader); /* ',' for what is no CSV */
FnEncoding fn_table_reader_encoding(const FnTableReader *reader);

/* Where the bytes go: standard output, or a file that is there whole or not at all. */
typedef struct FnTableOutput FnTableOutput;
/* @path NULL: standard output. A file is made beside @path, for its owner only, and renamed by the commit. */
FnTableOutput *fn_table_output_new(const char *path, FnSuite suite, GError **error);
/* Without a commit nothing of a file is left. */
void fn_table_output_free(FnTableOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTableOutput, fn_table_output_free)
gboolean fn_table_output_add(FnTableOutput *output, const void *bytes, gsize size, GError **error);
/* The same, and empties @text. */
gboolean fn_table_output_take(FnTableOutput *output, GString *text, GError **error);
/* Flushes and renames. @digest: SM3 or SHA-256 of all bytes. */
gboolean fn_table_output_commit(FnTableOutput *output, guint8 digest[FN_DIGEST_SIZE], GError **error);
/* Whether bytes have already left and cannot be taken back. */
gboolean fn_table_output_has_left(const FnTableOutput *output);
/* The directory for a library's scratch files: that of the file, or the system's. */
const char *fn_table_output_directory(const FnTableOutput *output);

/* CSV: UTF-8, CR LF as RFC 4180 has it. Null is an empty field, an empty text is "". What a mask made and a spreadsheet would
 * take for a formula (it begins with = + - @, tab or CR and is no number) gets an apostrophe before it.
 * NDJSON: one object a line; what was absent stays absent; what a mask made of a number is a number where it is one, else text.
 * Workbook: values only, one sheet for each table, the first row names the columns. */
typedef struct FnTableWriter FnTableWriter;
FnTableWriter *fn_table_writer_new(FnTableFormat format, char delimiter, FnTableOutput *output);
void fn_table_writer_free(FnTableWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTableWriter, fn_table_writer_free)
gboolean fn_table_writer_add(FnTableWriter *writer, const FnTableBatch *batch, GError **error);
gboolean fn_table_writer_end(FnTableWriter *writer, GError **error);

/* ---- plan ---- */

/* Which column gets which mask, and which columns a person has looked at and lets pass:
 *   columns: {NAME: "operator:param=value", …}
 *   allow: [NAME, …]
 * Operators are whatever fn_mask_column_new() knows. */
typedef struct FnTablePlan FnTablePlan;
FnTablePlan *fn_table_plan_new(void);
void fn_table_plan_free(FnTablePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTablePlan, fn_table_plan_free)
/* Adds what a plan file (YAML or JSON) says; @name stands in messages, which name the line. Errors: FN_TABLE_ERROR_PLAN. */
gboolean fn_table_plan_read(FnTablePlan *plan, const char *bytes, gsize size, const char *name, GError **error);
/* Adds "NAME=operator:param=value". */
gboolean fn_table_plan_add(FnTablePlan *plan, const char *rule, GError **error);
gboolean fn_table_plan_allow(FnTablePlan *plan, const char *column, GError **error);
/* Whether every operator can be made, before a byte is read; @key may be NULL. */
gboolean fn_table_plan_check(const FnTablePlan *plan, FnSuite suite, const guint8 *key, GError **error);
/* NULL: no rule. Borrowed. */
const char *fn_table_plan_rule(const FnTablePlan *plan, const char *column);
gboolean fn_table_plan_allows(const FnTablePlan *plan, const char *column);
/* All columns that it names, in order. */
guint fn_table_plan_count(const FnTablePlan *plan);
const char *fn_table_plan_name(const FnTablePlan *plan, guint i);
const char *fn_table_plan_place(const FnTablePlan *plan, guint i); /* "plan.yaml:3", "" when it came from no file */

/* ---- masking ---- */

typedef enum {
	FN_TABLE_WHY_RULE,      /* the plan names an operator */
	FN_TABLE_WHY_ALLOWED,   /* the plan lets it pass */
	FN_TABLE_WHY_PROPOSED,  /* what scan proposes */
	FN_TABLE_WHY_NOTHING,   /* nothing was found in it */
	FN_TABLE_WHY_UNDECIDED, /* something was found, and nobody decided: masking refuses */
} FnTableWhy;

typedef struct {
	char *table, *name;
	char *rule;             /* what is done, "keep" when nothing */
	FnTableWhy why;
	char *found;            /* detector, or those inside, with commas; NULL: nothing */
	guint confidence, level;
	const char *proposed;   /* by scan; lives as long as the scanner */
	guint64 values;         /* neither null nor absent */
	guint64 redacted;       /* of them: what became "***", by rule or because it did not fit (invalid, nested) */
	guint64 emptied;        /* of them: what became null, by rule or because too few others stood beside it */
} FnTableDecision;

typedef struct {
	const FnTablePlan *plan;
	const FnScanner *scanner;
	FnSuite suite;
	const guint8 *key;    /* 32 bytes or NULL; borrowed */
	gboolean automatic;   /* columns that the plan does not name get what scan proposes */
	gboolean unverified;  /* later batches are not looked at again */
	gboolean only_decide; /* --explain: decide about columns, mask nothing, refuse nothing */
} FnMaskerOptions;

typedef struct FnMasker FnMasker;
FnMasker *fn_masker_new(const FnMaskerOptions *options);
void fn_masker_free(FnMasker *masker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnMasker, fn_masker_free)
/* Decides about columns that are new and masks the batch in place; results live until the next call. A column that no rule names
 * is profiled when it is first seen; when a mask is proposed for it, the batch is refused (or, automatic, masked so). What is kept
 * is scanned whole: a finding above level 1 (above 4 where the plan lets it pass), or one that always blocks, refuses. So does one
 * in a name of a column or a sheet, which leaves as it is. Messages name the column and what was found, never a value. */
gboolean fn_masker_take(FnMasker *masker, FnTableBatch *batch, GError **error);
/* FALSE when a column of the plan was in no table. */
gboolean fn_masker_end(FnMasker *masker, GError **error);
const GPtrArray *fn_masker_decisions(const FnMasker *masker); /* FnTableDecision, in order of appearance */
guint64 fn_masker_rows(const FnMasker *masker);
