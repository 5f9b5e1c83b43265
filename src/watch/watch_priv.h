/* Shared by the files of misuse detection. */
#pragma once

#include "watch/sketch.h"
#include "watch/watch.h"

#define FN_WATCH_BUCKETS  12u    /* of a window, which slides by one of them */
#define FN_WATCH_PAST     32u    /* whole windows that "usual" may look back on */
#define FN_WATCH_COUNTERS 50000u /* at once, of all rules; the longest quiet go first */
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
	gint64 last_at;
	gint64 bucket;      /* number of the newest */
	gint64 first_window; /* number of the first whole window it saw */
	gint64 sum[FN_WATCH_BUCKETS];
	guint64 first[FN_WATCH_BUCKETS]; /* entry; valid where sum is not 0 */
	FnSketch sketch[FN_WATCH_BUCKETS];
	gint64 *past;       /* what the last windows came to, by number modulo FN_WATCH_PAST; NULL unless the rule has "usual" */
	gint64 past_window; /* the newest in past */
	gboolean dirty;
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

/* ---- measures ---- */

struct FnMeasure {
	const char *name;
	guint kinds;          /* of deeds, FnDeedKind; 0: none, fn_watch_look() counts it */
	guint pers;           /* bits: by whom it can be counted */
	const char *needs;    /* keys a rule of it must have, separated by spaces */
	gint64 (*amount)(const FnWatchRule *rule, const FnCalendar *calendar, const FnDeed *deed);
	enum { FN_OF_NOTHING, FN_OF_PERSONS, FN_OF_PLACES, FN_OF_ACCOUNTS, FN_OF_ADDRESSES } of; /* different ones are counted */
	gboolean by_case;     /* a counter for each case number */
	const char *codes;    /* of refusals, separated by spaces; NULL: all */
};
const FnMeasure *fn_measure_find(const char *name);
char *fn_measure_names(void);
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
/* Adds or updates it and opens its case. */
gboolean fn_alert_write(FnDb *db, FnWork *work, FnAlert *alert, gint64 log, gint64 now, GError **error);

typedef struct {
	guint64 next;    /* the first entry that was not looked at */
	gint64 log;      /* how often the log became another */
	char anchor[65]; /* SHA-256 of entry next - 1; empty at the beginning */
} FnWatchState;
gboolean fn_watch_state_read(FnDb *db, FnWatchState *state_out, GError **error);
gboolean fn_watch_state_write(FnDb *db, const FnWatchState *state, GError **error);
