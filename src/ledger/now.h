/* The moment by which deadlines, terms and hours are reckoned.
 *
 * It is the machine's clock, but for throw-away instances, whose first ledger entry says so: there a test clock may run
 * ahead. The ledger's own time stamps are always real. */
#pragma once

#include "base/settings.h"
#include "ipc/ipc.h"

typedef struct FnNow FnNow; /* thread-safe */

/* Asks the ledger for its first entry, trying for five seconds: the ledger may start later than we do. An empty or unreachable
 * ledger is an error. */
FnNow *fn_now_wait(const FnSettings *settings, FnIpcClient *ledger, GError **error);
void fn_now_free(FnNow *now);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnNow, fn_now_free)

/* Microseconds since 1970. */
gint64 fn_now(FnNow *now);
/* Moves the test clock ahead by @us, kept in the instance; refused on an instance that is not throw-away. */
gboolean fn_now_advance(FnNow *now, gint64 us, GError **error);
/* Reads again what another program kept. */
void fn_now_refresh(FnNow *now);
