/* What a driver of a source provides. source.c checks, builds the SQL and keeps what drivers have alike. */
#pragma once

#include "source/source.h"

enum {
	FN_SOURCE_BATCH_ROWS = 1024,
	FN_SOURCE_BATCH_BYTES = 4 << 20,
	FN_SOURCE_MAX_VALUE = 16 << 20,
	FN_SOURCE_MAX_VALUES = 64, /* filters, keys and cursor of one select */
	FN_SOURCE_MAX_COLUMNS = 512,
	FN_SOURCE_SAMPLE_SCAN = 100000, /* rows that a sample looks at */
	FN_SOURCE_SAMPLE_MS = 20000,
	FN_SOURCE_COUNT_MS = 1000,
	FN_SOURCE_IMPORT_MARK = 0x466e4353, /* application_id of an imported SQLite file */
};

/* Bytes of one batch: pointers stay good until the reset. */
typedef struct FnArenaChunk FnArenaChunk;
typedef struct {
	FnArenaChunk *first;
	gsize used; /* bytes since the reset */
} FnArena;
/* A copy of @size bytes and a NUL. */
const char *fn_arena_copy(FnArena *arena, const void *bytes, gsize size);
void fn_arena_reset(FnArena *arena);
void fn_arena_free(FnArena *arena);

/* Keeps up to @most values of each column, spread over all that it is shown. */
typedef struct FnSampler FnSampler;
FnSampler *fn_sampler_new(const json_t *columns, guint most);
void fn_sampler_add(FnSampler *sampler, guint column, const char *text, gsize size);
json_t *fn_sampler_finish(FnSampler *sampler); /* frees it */
void fn_sampler_free(FnSampler *sampler);

typedef struct {
	/* [{"table",…}] as in fn_source_tables(), of all tables or of @table alone; empty when there is none. */
	json_t *(*tables)(FnSourceConnection *source, const char *table, gboolean count, GError **error);
	gboolean (*sample)(FnSourceConnection *source, const char *table, const json_t *columns, FnSampler *sampler,
		GError **error);
	/* Fills select->driver; @select's SQL is complete. */
	gboolean (*prepare)(FnSourceSelect *select, GError **error);
	/* @values: filters, keys and, with @resumed, the cursor; as many as the SQL counts. */
	gboolean (*run)(FnSourceSelect *select, const char *const *values, gboolean resumed, GError **error);
	/* Appends rows to select->batch until @most; sets *ended_out at the end. */
	gboolean (*fetch)(FnSourceSelect *select, guint most, gboolean *ended_out, GError **error);
	/* Ends a run early or late. */
	void (*stop)(FnSourceSelect *select);
	void (*unprepare)(FnSourceSelect *select);
	void (*cancel)(FnSourceConnection *source);
	void (*close)(FnSourceConnection *source);
	char parameter; /* '?' or '$' before a number */
} FnSourceDriver;

struct FnSourceConnection {
	const FnSourceDriver *driver;
	FnSourceSelect *running;
	guint selects;
	char *schema;    /* quoted qualifier with its dot, or "" */
	gint cancelled;  /* atomic */
	gint64 deadline; /* monotonic µs of the call under way; 0: none */
};

typedef enum {
	FN_SELECT_BROKEN, /* never run, failed, or ended by another run */
	FN_SELECT_RUNNING,
	FN_SELECT_COMPLETE,
} FnSelectState;

struct FnSourceSelect {
	FnSourceConnection *source;
	char *first, *resumed; /* SQL from the beginning, and after a cursor */
	char **fixed;          /* filter values */
	guint columns, fixed_count, keys, limit;
	gboolean has_cursor;
	FnSelectState state;
	guint timeout_ms, given;
	FnArena texts;    /* bound values, while the run lasts */
	FnArena arena;    /* the batch's values */
	FnRowBatch batch; /* arrays of @room rows */
	guint room;
	gpointer driver;
};

/* Sets source->deadline to @ms from now (0: none). */
void fn_source_deadline(FnSourceConnection *source, guint ms);
gboolean fn_source_is_late(const FnSourceConnection *source);

/* Appends an identifier in double quotes. */
void fn_source_quote(GString *sql, const char *name);
/* Sets FN_SOURCE_ERROR_CANCELLED or _TIMEOUT; what a driver says when its statement was stopped. */
void fn_source_stopped(FnSourceConnection *source, GError **error);
/* "SELECT every column FROM table". */
char *fn_source_select_all(FnSourceConnection *source, const char *table, const json_t *columns);

FnSourceConnection *fn_source_sqlite_open(const json_t *spec, const char *root, GError **error);
FnSourceConnection *fn_source_postgres_open(const json_t *spec, const char *root, GError **error);

/* Only members named in @known (NULL-ended). */
gboolean fn_source_members(const json_t *spec, const char *const *known, GError **error);

/* The numeric address of @host, resolved once; FN_SOURCE_ERROR_SPEC for addresses where no source may lie. Caller frees. */
char *fn_source_resolve(const char *host, GError **error);
