/* The daemons of an instance as children of `fengni`, where systemd is not. The table of programs is in daemons.c; starting, watching
 * and restarting is src/ipc/spawn's, run here on a thread of its own. */
#pragma once

#include "base/settings.h"
#include "ipc/roles.h"

typedef struct FnDaemons FnDaemons;

typedef enum {
	FN_DAEMONS_VAULT, /* keeper and ledger: enough to make an instance */
	FN_DAEMONS_ALL,
} FnDaemonsSet;

/* Starts them and waits until each answers. NULL when one does not come up: the message holds the end of its log. @settings must
 * outlive it. */
FnDaemons *fn_daemons_start(const FnSettings *settings, FnDaemonsSet set, GError **error);
/* Stops all. NULL is fine. */
void fn_daemons_free(FnDaemons *daemons);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnDaemons, fn_daemons_free)
/* TRUE once a signal asked for the end. */
gboolean fn_daemons_ending(FnDaemons *daemons);

/* Takes the instance for the caller alone until the descriptor is closed; -1 when somebody runs it. */
int fn_daemons_lock(const FnSettings *settings, GError **error);

/* Process of @role, 0 while it does not run. */
pid_t fn_daemons_pid(FnDaemons *daemons, FnRole role);
/* Waits until @role runs as another process than @before and answers. */
gboolean fn_daemons_wait_again(FnDaemons *daemons, FnRole role, pid_t before, GError **error);
/* The most memory the role's process ever had, in bytes (VmHWM). */
gint64 fn_daemons_peak(FnDaemons *daemons, FnRole role);

/* Runs `fengni-keeper DIR --create` with the unseal secret. */
gboolean fn_daemons_create_keys(const FnSettings *settings, GError **error);

/* `fengni run DIR`. */
int fn_run_command(int argc, char **argv);
