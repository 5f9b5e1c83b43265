/* Verification of a log from outside: from what it publishes (published.h), whoever carries it. Nothing is believed but the public
 * keys. One thread at a time. */
#pragma once

#include "ledger/trusted.h"

/* The bytes under @path, at most @most; NULL with @error. *@missing_out: there is nothing there, or no more. */
typedef GBytes *(*FnPublishedGet)(const char *path, gsize most, gpointer data, gboolean *missing_out, GError **error);

typedef struct {
	FnPublishedGet get;
	gpointer data;
	const char *gm_key, *intl_key;
	gboolean entries; /* bundles are asked for as well */
	void (*progress)(guint64 done, guint64 all, gpointer data); /* may be NULL */
} FnPublishedLog;

typedef struct {
	FnTrusted now;      /* without SM3 when no signed head of that tree is published */
	GBytes *checkpoint; /* as it came, with the lines of witnesses */
	guint64 hashed, gone; /* entries whose bytes were hashed; entries that are not given any more */
} FnPublishedReport;

void fn_published_report_clear(FnPublishedReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnPublishedReport, fn_published_report_clear)

/* The checkpoint's and the head's signatures; that the leaves make both roots and every tile above them; and, when they are asked
 * for, that the bytes of the entries make the leaves. FN_LEDGER_ERROR_TAMPERED names the path. */
gboolean fn_published_verify(const FnPublishedLog *log, FnPublishedReport *report_out, GError **error);
/* That the log found there begins with the tree of @kept. */
gboolean fn_published_is_past(const FnPublishedLog *log, const FnTrusted *kept, const FnTrusted *now, GError **error);
