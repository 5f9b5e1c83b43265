/* Inside of `fengni scan`: options, the walk over files, looking at one, and what is said about it. */
#pragma once

#include "base/progress.h"
#include "inspect/inspect.h"

#include <stdio.h>

/* ---- options.c ---- */
typedef enum { FN_FORM_TEXT, FN_FORM_JSON, FN_FORM_SARIF } FnForm;
typedef struct {
	FnForm form;
	gboolean show, quiet, recognise, fail_on_found, list, help;
	char *profile, *rules, *pack;
	char *name;       /* of standard input */
	char **exclude;   /* patterns; never NULL */
	char **path;      /* never empty: "-" is standard input */
	guint jobs;       /* files at once */
	guint limit;      /* findings shown of each file to people */
	guint64 max_size; /* larger files are not looked at */
} FnScanOptions;
gboolean fn_scan_options_read(FnScanOptions *options, int argc, char *const *argv, GError **error);
void fn_scan_options_clear(FnScanOptions *options);
void fn_scan_help(FILE *to);
void fn_scan_usage(FILE *to); /* one line */

/* ---- about.c: what the rules say about detectors, for people ---- */
typedef struct {
	const char *id, *zh, *en; /* borrowed from the rules */
	guint level;
	gboolean blocks;
	gboolean partial; /* an excerpt shows @head characters before and @tail behind; else nothing of it */
	guint head, tail;
} FnAbout;
typedef struct FnAbouts FnAbouts;
FnAbouts *fn_abouts_new(const FnRules *rules);
void fn_abouts_free(FnAbouts *abouts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnAbouts, fn_abouts_free)
/* Never NULL: of a detector that the rules do not describe only the id is known, and nothing of it is shown. */
FnAbout fn_abouts_get(const FnAbouts *abouts, const char *id);
const GArray *fn_abouts_all(const FnAbouts *abouts); /* FnAbout, by id */
const char *fn_about_title(const FnAbout *about);    /* in the user's language */
/* @text as the detector's own mask leaves it. Caller frees. */
char *fn_about_excerpt(const FnAbout *about, const char *text);
/* `--list`. */
void fn_scan_list(const FnRules *rules, const FnAbouts *abouts, FILE *to);

/* ---- walk.c: files in a stable order ---- */
typedef struct {
	char *name;   /* as it is shown; not always UTF-8 */
	int fd;       /* open for reading, -1: @why */
	guint64 size; /* 0 when unknown */
	char *why;    /* why it cannot be looked at */
} FnItem;
void fn_item_clear(FnItem *item); /* closes @fd unless it is standard input */
typedef struct FnWalk FnWalk;
/* Borrows @options. */
FnWalk *fn_walk_new(const FnScanOptions *options);
void fn_walk_free(FnWalk *walk);
/* FALSE: no more. One thread at a time. */
gboolean fn_walk_next(FnWalk *walk, FnItem *item_out);
guint64 fn_walk_excluded(const FnWalk *walk); /* files and directories that a pattern left out */

/* ---- look.c: one file ---- */
typedef struct {
	char *name;
	guint64 bytes; /* read */
	FnScanResult *result;
	GPtrArray *text;    /* of each listed finding, as it may be shown */
	GHashTable *counts; /* detector → number of findings */
} FnLooked;
void fn_looked_free(FnLooked *looked);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnLooked, fn_looked_free)
typedef struct {
	FnInspector *inspector;
	const FnScanner *scanner;
	const FnAbouts *abouts;
	const FnScanOptions *options;
	gint stop;      /* atomic: read no further */
	guint64 bytes;  /* atomic: read so far, by all */
} FnLook;
/* Takes @item over. */
FnLooked *fn_look(FnLook *look, FnItem *item);

/* ---- crew.c: many files at once, their results in the order of the walk ---- */
typedef struct FnCrew FnCrew;
FnCrew *fn_crew_new(FnLook *look, FnWalk *walk, guint jobs);
void fn_crew_free(FnCrew *crew); /* stops what is under way */
typedef enum { FN_CREW_WAIT, FN_CREW_READY, FN_CREW_DONE } FnCrewState;
/* The next result, or FN_CREW_WAIT after @us microseconds without one. */
FnCrewState fn_crew_next(FnCrew *crew, gint64 us, FnLooked **looked_out);
/* What is being looked at, for the eye. Caller frees; NULL when nothing is. */
char *fn_crew_current(FnCrew *crew);

/* ---- report*.c ---- */
typedef struct {
	guint64 files, bytes, found, excluded;
	guint64 verdict[4];  /* by FnScanVerdict */
	GHashTable *counts;  /* detector → guint64 * */
	double seconds;
	gboolean interrupted;
} FnTotals;

typedef struct FnReport FnReport;
typedef struct {
	void (*begin)(FnReport *report);
	void (*file)(FnReport *report, const FnLooked *looked);
	void (*end)(FnReport *report, const FnTotals *totals);
} FnReportForm;
struct FnReport {
	const FnReportForm *form;
	FILE *to;
	GString *out; /* goes to @to in pieces */
	const FnAbouts *abouts;
	const FnScanOptions *options;
	gboolean comma; /* SARIF: a result stands before */
};
extern const FnReportForm fn_report_text, fn_report_json, fn_report_sarif;
/* Writes out what has gathered; small pieces only with @all. */
void fn_report_flush(FnReport *report, gboolean all);
/* The detectors of @counts in the order of their ids, NULL-ended. Caller frees the list. */
const char **fn_report_ids(GHashTable *counts);
