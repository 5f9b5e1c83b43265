/* A register's definition in memory, and what the files of this room share. Private to the room. */
#pragma once

#include "register/register.h"

#define FN_FOREVER "9999-12-31"

typedef struct FnBookField FnBookField;
typedef struct FnValue FnValue;

/* A type of field: reads @text as people write it and gives the stored form; else the reason why not, which never holds the value. */
typedef struct {
	const char *name;
	const char *(*read)(FnValue *value, const char *text, json_t **out);
	/* Writes the stored form as people read it, where that differs; NULL: as it is stored. Caller frees. */
	char *(*say)(FnDb *db, const FnBookField *field, const json_t *stored);
} FnBookType;

struct FnBookField {
	const char *name;
	const FnBookType *type;
	const FnNode *node;
	gboolean key, required, unique, sensitive, search;
	gint64 min, max; /* -1: unbounded */
};

/* A register as its file declares it; made for a call, freed with fn_book_free(). */
typedef struct {
	const FnRules *rules;
	const FnNode *node;
	const char *id;
	gboolean city;
	FnBookField *field;
	guint fields;
	const FnBookField *about; /* of a book of the city: whom a record is about, or NULL */
	GPtrArray *key;           /* const FnBookField */
	const char *renew_field;  /* NULL: nothing is renewed */
	gint64 every, warn;       /* every -1: the field itself is the end */
	gboolean months;
} FnBook;
FnBook *fn_book_open(const FnRules *rules, const char *id, GError **error);
void fn_book_free(FnBook *book);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnBook, fn_book_free)
const FnBookField *fn_book_field(const FnBook *book, const char *name);
/* By id or title. */
const FnBookField *fn_book_column(const FnBook *book, const char *name);
/* The last day on which @values are good; @added is the day on which the record was. Caller frees. */
char *fn_book_due(const FnBook *book, const json_t *values, gint64 added);
/* What due dates and terms were computed by. Caller frees. */
char *fn_book_rule(const FnBook *book);

/* ---- value.c ---- */
struct FnValue {
	FnDb *db;
	const FnBook *book;
	const FnBookField *field;
	const char *organization; /* whose record it will be, or "" */
	gboolean whole;           /* it came as a JSON integer */
	const char *limit;        /* what the reason is measured by: a constant or from the rules; NULL */
	char number[32];          /* room for it */
	GError *failed;           /* the database */
};
extern const FnBookType fn_book_types[]; /* ends with name == NULL */
const FnBookType *fn_book_type(const char *name);
/* The stored form of @given. NULL with *reason_out, or with value->failed. */
json_t *fn_value_take(FnValue *value, const json_t *given, const char **reason_out);
/* The same from a cell of a file. */
json_t *fn_value_take_cell(FnValue *value, const char *cell, const char **reason_out);
/* The stored form as it is compared and indexed. Caller frees. */
char *fn_value_text(const json_t *stored);

/* ---- demand.c: rules across fields ---- */
#define FN_GIVEN "given" /* of a condition: the field holds something */
/* The first rule of the file that @values (stored forms, whole) do not keep, or NULL. Borrowed from the rules. */
const FnNode *fn_demand_broken(const FnBook *book, const json_t *values);
/* What a rule demands, as a sentence with the titles of its fields, or in its own words. Caller frees. */
char *fn_demand_text(const FnBook *book, const FnNode *rule, gboolean chinese);

/* ---- who.c ---- */
typedef enum { FN_ACCESS_NONE = 0, FN_ACCESS_READ, FN_ACCESS_FULL, FN_ACCESS_WRITE } FnAccess; /* READ: without what is sensitive */
typedef struct {
	FnAccess all, own; /* of every organization's records, of the own organization's */
} FnSight;
FnSight fn_book_sight(const FnBook *book, const FnActor *actor);
FnAccess fn_book_access(FnSight sight, const FnActor *actor, const char *organization);

/* ---- terms.c ---- */
/* Folded for searching: NFKC, case folded. Caller frees. */
char *fn_register_fold(const char *text);
gint64 fn_term_of_value(const char *book, const char *field, const char *value);
/* Adds the terms of searched text; of a query only those that every hit must have. */
void fn_terms_of_text(const char *book, const char *folded, gboolean query, GArray *terms);
/* All terms of a record, each once, as a JSON array of numbers. Caller frees. */
char *fn_terms_of_record(const FnBook *book, const char *state, const json_t *values, const char *content);
/* The text of a record that is searched; of ids also what they stand for. Caller frees. */
char *fn_register_content(FnDb *db, const FnBook *book, const char *key, const json_t *values);

/* ---- record.c ---- */
typedef struct {
	gint64 number, revision, created_at, changed_at;
	char *id, *organization, *key, *state, *due;
	json_t *values;
	char *content;
} FnRecord;
void fn_record_free(FnRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRecord, fn_record_free)
/* Of the row under the cursor. */
FnRecord *fn_record_of(FnRows *rows);
FnRecord *fn_record_read(FnDb *db, const FnBook *book, const char *id, GError **error);
/* The active one with this key; NULL without an error when there is none. */
FnRecord *fn_record_with_key(FnDb *db, const FnBook *book, const char *scope, const char *key, GError **error);
json_t *fn_record_json(FnDb *db, const FnBook *book, const FnRecord *record, FnAccess access, gint64 now);

/* Who does it, and what is wrong with it. */
typedef struct {
	FnDb *db;
	const FnBook *book;
	const FnActor *actor;
	gint64 now;
	const char *say;
	/* Of what was refused: a field or "", a constant reason, and what it is measured by or NULL. */
	const char *field, *reason;
	char limit[64];
	const FnNode *rule; /* instead of a reason: the rule across fields that was broken */
	FnRegisterError code;
	GError *failed; /* the database */
} FnWrite;
/* The values of a key as one text; NULL with a reason. */
char *fn_write_key(FnWrite *write, const char *organization, const json_t *values);
/* Given values in their stored form, laid over @before (may be NULL); NULL with a reason. @cells: they came from a file. */
json_t *fn_write_values(FnWrite *write, const char *organization, const json_t *before, const json_t *given, gboolean cells);
/* @values are stored forms and whole. FALSE with a reason. */
gboolean fn_write_add(FnWrite *write, const char *organization, const json_t *values, char **id_out);
gboolean fn_write_change(FnWrite *write, const FnRecord *record, const json_t *values);
gboolean fn_write_close(FnWrite *write, const FnRecord *record);
/* Makes the reason an error; always FALSE. */
gboolean fn_write_refused(FnWrite *write, GError **error);
/* The reason, or what @rule demands, as a sentence in a language. Caller frees. */
char *fn_reason_text(const FnBook *book, const FnNode *rule, const char *reason, const char *limit, gboolean chinese);
