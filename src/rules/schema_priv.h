/* The words in which the shape of a rule file is written, for schema.c and the files that hold further kinds. Private to the room. */
#pragma once

#include "rules/schema.h"

typedef struct FnShape FnShape;

typedef enum {
	SHAPE_TEXT,   /* any text that is not blank */
	SHAPE_ID,     /* letters, digits, '.', '_', '-' */
	SHAPE_OFFICE, /* office@party */
	SHAPE_INT,    /* min to max */
	SHAPE_NUMBER, /* min to max */
	SHAPE_BOOL,
	SHAPE_DATE,
	SHAPE_ENUM,   /* one of values */
	SHAPE_SCALAR, /* text, number or truth */
	SHAPE_LIST,   /* each of shape of; at least min */
	SHAPE_MAP,    /* free ids, each value of shape of; at least min */
	SHAPE_RECORD, /* the keys of keys */
	SHAPE_EITHER, /* the first of choices that suits the node's type and key */
	SHAPE_ANY,    /* whatever its reader accepts */
} ShapeType;

typedef struct {
	const char *name; /* NULL ends */
	gboolean required;
	const FnShape *shape;
} Key;

typedef struct {
	const FnShape *shape; /* NULL ends */
	FnNodeType type;
	const char *key; /* the map must have it; NULL: any */
} Choice;

struct FnShape {
	ShapeType type;
	double min, max; /* 0 and 0: unbounded */
	const FnShape *of;
	const Key *keys;
	const char *const *values;
	const Choice *choices;
};

#define KEYS(...)    ((const Key[]){ __VA_ARGS__, { 0 } })
#define RECORD(...)  { .type = SHAPE_RECORD, .keys = KEYS(__VA_ARGS__) }
#define VALUES(...)  ((const char *const[]){ __VA_ARGS__, NULL })
#define ENUM(...)    { .type = SHAPE_ENUM, .values = VALUES(__VA_ARGS__) }
#define CHOICES(...) ((const Choice[]){ __VA_ARGS__, { 0 } })
#define EITHER(...)  { .type = SHAPE_EITHER, .choices = CHOICES(__VA_ARGS__) }
#define NEEDED TRUE
#define MAYBE FALSE

/* What most kinds are made of. */
#define SHARED G_GNUC_UNUSED static const
SHARED FnShape text = { .type = SHAPE_TEXT };
SHARED FnShape texts = { .type = SHAPE_LIST, .of = &text };
SHARED FnShape id = { .type = SHAPE_ID };
SHARED FnShape ids = { .type = SHAPE_LIST, .of = &id };
SHARED FnShape some_ids = { .type = SHAPE_LIST, .of = &id, .min = 1 };
SHARED FnShape id_or_ids = EITHER({ &id, FN_NODE_SCALAR }, { &some_ids, FN_NODE_LIST });
SHARED FnShape truth = { .type = SHAPE_BOOL };
SHARED FnShape scalar = { .type = SHAPE_SCALAR };
SHARED FnShape scalars = { .type = SHAPE_LIST, .of = &scalar };
SHARED FnShape date = { .type = SHAPE_DATE };
SHARED FnShape dates = { .type = SHAPE_LIST, .of = &date };
SHARED FnShape any = { .type = SHAPE_ANY };
SHARED FnShape any_list = { .type = SHAPE_LIST, .of = &any };
SHARED FnShape any_map = { .type = SHAPE_MAP, .of = &any };
SHARED FnShape whole = { .type = SHAPE_INT, .min = 0, .max = 2147483647 };
SHARED FnShape level_number = { .type = SHAPE_INT, .min = 1, .max = 6 };
SHARED FnShape both_languages = RECORD({ "zh", NEEDED, &text }, { "en", NEEDED, &text });
SHARED FnShape organization_kind = ENUM("department", "bureau", "regulator", "government", "contractor", "enterprise", "institution",
	"public", "platform");
SHARED FnShape organization_kinds = { .type = SHAPE_LIST, .of = &organization_kind, .min = 1 };
SHARED FnShape some_texts = { .type = SHAPE_LIST, .of = &text, .min = 1 };
SHARED FnShape office = { .type = SHAPE_OFFICE };
SHARED FnShape offices = { .type = SHAPE_LIST, .of = &office, .min = 1 };
SHARED FnShape number = { .type = SHAPE_NUMBER, .min = -1000, .max = 1000 };

/* schema_procedures.c: how a case goes. schema_records.c: what is recorded. schema_duties.c: what is owed, and how it is looked after. */
extern const FnShape fn_shape_procedure;
extern const FnShape fn_shape_quality, fn_shape_register, fn_shape_report;
extern const FnShape fn_shape_check, fn_shape_regulation, fn_shape_watch;
