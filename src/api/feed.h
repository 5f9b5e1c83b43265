/* Long answers made of ledger entries: exports, bundles, and streams that follow the log.
 *
 * No feed has a thread. The HTTP thread pulls; when nothing is left it asks the ledger for the next entries and sleeps until
 * they come, so that a caller who reads slowly is read for slowly, and a feed holds one frame of entries at most. One thread
 * for all of them (the warden) looks every half second after those that wait at the end of the log, sends a comment where
 * nothing happened for long, and has sessions looked at: a feed ends with its caller's session, or when he may no longer ask
 * for it. A feed that follows ends in order and the caller comes again with Last-Event-ID; one with an end is cut, so that a
 * part is never taken for all of it. */
#pragma once

#include "api/api_priv.h"
#include "ledger/export.h"

#define FN_FEEDS	  32u /* at a time */
#define FN_FEEDS_OF_ONE 8u  /* of one account */

typedef struct FnFeeds FnFeeds;
typedef struct FnFeed FnFeed;

/* @api is borrowed and outlives it but for its pool. */
FnFeeds *fn_feeds_new(FnApi *api);
/* Ends the warden; before the pool is freed, when no feed is left. */
void fn_feeds_end(FnFeeds *feeds);
void fn_feeds_free(FnFeeds *feeds);

/* Has all sessions looked at now: one may have ended. */
void fn_feeds_look(FnFeeds *feeds);

typedef struct {
	FnExportForm form;
	guint64 from, until; /* entries; @until exclusive */
	gboolean follow;     /* there is no end */
} FnFeedOptions;

/* A feed for this call, with its first entries read. FN_API_ERROR_BUSY: too many. */
FnFeed *fn_feed_new(FnApiCall *call, const FnFeedOptions *options, GError **error);
/* Answers @request with it; the feed belongs to the answer then. */
void fn_feed_start(FnFeed *feed, FnHttpRequest *request);
/* One that was not started. NULL is fine. */
void fn_feed_drop(FnFeed *feed);
