/* A registry made by an earlier program: its tables are brought up to date by `fengni upgrade DIR`, never in passing. */
#pragma once

#include "instance/instance.h"

/* Makes what the tables of all rooms lack, in one transaction. *@done_out (may be NULL): what was done, "" for nothing; caller frees. */
gboolean fn_upgrade_registry(const FnInstance *instance, char **done_out, GError **error);
/* Nothing is due; else the message says what, and the way to do it. */
gboolean fn_upgrade_is_done(const FnInstance *instance, GError **error);
/* Makes the directory of the instance's own rules: what programs that shut themselves in read later must be there when they start. */
gboolean fn_upgrade_own_rules(const FnSettings *settings, GError **error);
/* The registry's files become those of the programs that share it. */
gboolean fn_upgrade_share(const FnSettings *settings, GError **error);

/* `fengni upgrade DIR`. */
int fn_upgrade_command(int argc, char **argv);
