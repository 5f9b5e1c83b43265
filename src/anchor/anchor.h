/* What an instance has others vouch for, from its settings to a running thread: witnesses (DIR/witnesses) and time stamps. */
#pragma once

#include "anchor/collect.h"

#include "base/settings.h"

typedef struct FnAnchor FnAnchor;

/* Reads the list of witnesses and the CA certificates that the settings name: before fn_confine(), which puts them out of
 * reach. FN_LEDGER_ERROR_OPEN names file and line. Starts nothing. */
FnAnchor *fn_anchor_read(const FnSettings *settings, GError **error);
/* Collects in a thread of its own from now on. */
void fn_anchor_start(FnAnchor *anchor, FnIpcClient *ledger, FnIpcClient *keeper);
/* fn_collector_status(). After the start. */
char *fn_anchor_status(FnAnchor *anchor);
/* Ends the thread, whatever it waits for. NULL is fine. */
void fn_anchor_free(FnAnchor *anchor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnAnchor, fn_anchor_free)
