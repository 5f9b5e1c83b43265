/* Shared by the files of misuse detection. */
#pragma once

#include "watch/sketch.h"
#include "watch/watch.h"

#define FN_WATCH_BUCKETS  12u    /* of a window, which slides by one of them */
#define FN_WATCH_PAST     32u    /* whole windows that "usual" may look back on */
#define FN_WATCH_COUNTERS 50000u /* at once, of each rule; the longest quiet go first */
#define FN_WATCH_KEY      160u   /* bytes of a subject or slot */
#define FN_WATCH_SUBJECTS 64u    /* persons of one entry */

/* ---- what an entry tells ---- */

typedef enum {
	FN_DEED_QUERY = 1 << 0,
	FN_DEED_BATCH = 1 << 1,     /* begins */
	FN_DEED_BATCH_END = 1 << 2, /* says how many rows left */
	FN_DEED_TABLE = 1 << 3,
	FN_DEED_REFUSED = 1 << 4,
	FN_DEED_LOGIN = 1 << 5,
	FN_DEED_LOGIN_FAILED = 1 << 6,
	FN_DEED_STRANGER = 1 << 7,  /* a certificate that nobody knows */
	FN_DEED_CONSOLE = 1 << 8,   /* anything else that an account did */
	FN_DEED_CALL = FN_DEED_QUERY | FN_DEED_BATCH | FN_DEED_TABLE,
} FnDeedKind;

typedef struct { /* borrows the entry's bytes; texts are raw, as in the log */
	guint64 index;
	gint64 at;
	FnDeedKind kind;
	FnSpan grant, system, account, organization, case_number, code, address;
	FnSpan subject[FN_WATCH_SUBJECTS];
	guint32 subject_hash[FN_WATCH_SUBJECTS]; /* fn_watch_hash(), of queries alone */
	guint subjects;
	gint64 rows, count;
} FnDeed;
/* FALSE: nothing that is watched. */
gboolean fn_deed_read(const FnEntry *entry, guint64 index, FnDeed *deed_out);

/* ---- rules ---- */

typedef enum { FN_PER_GRANT, FN_PER_SYSTEM, FN_PER_ACCOUNT, FN_PER_ADDRESS, FN_PER_PERSON, FN_PERS } FnPer;
const char *fn_per_name(FnPer per);

typedef struct FnMeasure FnMeasure;

typedef struct {
	const FnMeasure *measure;
	char *id, *key; /* key: with a digest of all that it counts by, since another rule of the same name begins anew */
	guint place; /* among the rules */
	const char *severity, *parameter;
	const FnNode *node;
	FnPer per;
	gint64 window; /* us */
	gint64 threshold, ratio, level, begin, end, usual; /* -1: none; begin and end are hours; usual is a percentage */
	guint usual_windows;
	gboolean waits; /* until it knows what is usual; else the threshold alone decides */
	gboolean opens_case;
} FnWatchRule;
GPtrArray *fn_watch_rules_read(const FnRules *rules, GError **error); /* of FnWatchRule */

/* ---- counters ---- */

typedef struct {
	const FnWatchRule *rule;
	char *subject, *slot;
	gint64 last_at, silence; /* silence: us before the newest deed; 0 for the first */
	gint64 bucket;      /* number of the newest */
	gint64 first_window; /* number of the first whole window it saw */
	gint64 sum[FN_WATCH_BUCKETS];
	guint64 first[FN_WATCH_BUCKETS]; /* entry; valid where sum is not 0 */
	FnSketch sketch[FN_WATCH_BUCKETS];
	gint64 *past;       /* what the last windows came to, by number modulo FN_WATCH_PAST; NULL unless the rule has "usual" */
	gint64 past_window; /* the newest in past */
	guint dirty;        /* changed since it was written: its place among those that did, from 1 on */
	gboolean stored;    /* has a row */
} FnCounter; /* borrows its rule */
FnCounter *fn_counter_new(const FnWatchRule *rule, const char *subject, const char *slot);
void fn_counter_free(FnCounter *counter);
/* Lets the window slide to @at; a moment before the newest counts as the newest. */
void fn_counter_slide(FnCounter *counter, gint64 at);
void fn_counter_add(FnCounter *counter, const FnDeed *deed, gint64 amount);
gint64 fn_counter_sum(const FnCounter *counter);
guint64 fn_counter_first(const FnCounter *counter);
/* The mean of the whole windows before the present one, -1 where fewer than five were seen. */
gint64 fn_counter_usual(const FnCounter *counter);
/* When it may be forgotten. */
gint64 fn_counter_ends(const FnCounter *counter);
void fn_counter_write(const FnCounter *counter, GByteArray *out);
gboolean fn_counter_read(FnCounter *counter, const guint8 *bytes, gsize size);

/* ---- what is in memory ---- */

typedef struct FnMemory FnMemory; /* of one thread; borrows the rules */
FnMemory *fn_memory_new(const GPtrArray *rules);
void fn_memory_free(FnMemory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnMemory, fn_memory_free)
void fn_memory_forget(FnMemory *memory);
/* Forgets, and reads what the registry holds. */
gboolean fn_memory_read(FnMemory *memory, FnDb *db, GError **error);
/* Writes what changed, in the caller's transaction. After a failure, or when that is rolled back: fn_memory_read(). */
gboolean fn_memory_write(FnMemory *memory, FnDb *db, GError **error);
guint fn_memory_size(const FnMemory *memory); /* counters */
/* An entry of @at is next: what is over by then goes. */
void fn_memory_pass(FnMemory *memory, gint64 at);
/* The counter, new where there is none, which the caller adds to; it stays until the next call. */
FnCounter *fn_memory_counter(FnMemory *memory, const FnWatchRule *rule, const char *subject, const char *slot);
/* The level of a grant, 0 where the registry does not know it; asked for once. */
gboolean fn_memory_level(FnMemory *memory, FnDb *db, const char *id, gint64 *level_out, GError **error);
/* A grant was used. */
void fn_memory_use(FnMemory *memory, const char *id, gint64 at, guint64 entry);

/* ---- measures ---- */

struct FnMeasure {
	const char *name;
	guint kinds;          /* of deeds, FnDeedKind; 0: none, fn_watch_look() counts it */
	guint pers;           /* bits: by whom it can be counted */
	const char *needs;    /* keys a rule of it must have, separated by spaces */
	gint64 (*amount)(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed);
	enum { FN_OF_NOTHING, FN_OF_PERSONS, FN_OF_PLACES, FN_OF_ACCOUNTS, FN_OF_ADDRESSES, FN_OF_SILENCE } of; /* different ones are counted; days of silence */
	enum { FN_FOR_ALL, FN_FOR_CASE, FN_FOR_PERSON } each; /* a counter for each case number, or person */
	const char *codes;    /* of refusals, separated by spaces; NULL: all */
};
const FnMeasure *fn_measure_find(const char *name);
char *fn_measure_names(void);
/* By place in the table, NULL behind the last. */
const FnMeasure *fn_measure_at(gsize place);
/* What the rule measures now; 0 where it does not come near the threshold. */
gint64 fn_measure(const FnCounter *counter);
guint32 fn_watch_hash(FnSpan text);

/* ---- alerts ---- */

typedef struct {
	char *id, *subject, *organization, *case_id;
	const FnWatchRule *rule;
	gboolean open, is_new, dirty;
	gint64 first_at, last_at, count, measured;
	guint64 from, to;
} FnAlert;
void fn_alert_free(FnAlert *alert);
/* The newest of @rule and @subject in the log @log, *@alert_out NULL when there is none. */
gboolean fn_alert_read(FnDb *db, const FnWatchRule *rule, const char *subject, gint64 log, FnAlert **alert_out, GError **error);
/* Adds or updates it and opens its case. *@late_out is set when somebody handled it since it was read. */
gboolean fn_alert_write(FnDb *db, FnWork *work, FnAlert *alert, gint64 log, gint64 now, gboolean *late_out, GError **error);

/* What was seen, compared with what, and what to do next: {seen, compared, next}, each {zh, en}. @alert: as told. */
json_t *fn_watch_explain(const FnRules *rules, const json_t *alert, GError **error);
/* Whether alerts of it can be explained. */
gboolean fn_watch_has_words(const FnMeasure *measure);

typedef struct {
	guint64 next;    /* the first entry that was not looked at */
	gint64 log;      /* how often the log became another */
	char anchor[65]; /* SHA-256 of entry next - 1; empty at the beginning */
} FnWatchState;

struct FnWatch {
	const FnCalendar *calendar;
	FnWork *work;
	GPtrArray *rules;   /* of FnWatchRule */
	FnMemory *memory;
	GHashTable *alerts; /* under way: rule and subject → FnAlert */
	FnWatchState state; /* as of memory */
	gboolean loaded;
};
void fn_watch_forget(FnWatch *watch);
/* Locks the position in the caller's transaction and reads what is in memory again where it is not of it. */
gboolean fn_watch_lock(FnWatch *watch, FnDb *db, GError **error);

typedef struct { /* what reached a threshold */
	gint64 at, measured, place; /* place: of an alert's id */
	guint64 from, to;           /* entries */
} FnHit;
/* The newest alert of @rule and @subject, NULL when there is none; borrowed. */
gboolean fn_hit_find(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const char *subject, FnAlert **alert_out, GError **error);
void fn_hit_new(FnWatch *watch, const FnWatchRule *rule, const char *subject, FnSpan organization, const FnHit *hit);
void fn_hit_add(FnAlert *alert, const FnHit *hit);
/* Writes those that changed, in the caller's transaction, and forgets all. *@late_out: as of fn_alert_write(), roll back. */
gboolean fn_hits_write(FnWatch *watch, FnDb *db, gint64 now, gboolean *late_out, GError **error);
