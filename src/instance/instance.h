/* What every daemon opens first: the instance directory of its command line, its settings, rules and the way to its peers. */
#pragma once

#include "base/settings.h"
#include "ipc/ipc.h"
#include "rules/rules.h"

typedef struct {
	FnSettings *settings;
	char *rules_directory;
	char *own_rules; /* the city's own beside them, if it has any: fn_instance_own_rules() */
	FnRules *rules; /* may be stolen by who keeps them in force */
	char *registry; /* database address */
} FnInstance;

/* `program DIR`; anything else prints the usage and fails. Reads settings and rules, prepares the roles. */
FnInstance *fn_instance_open(int argc, char **argv, GError **error);
/* The same for a directory known otherwise. */
FnInstance *fn_instance_new(const char *directory, GError **error);
/* The directory of the instance's own rule files when there is one now, else NULL. */
const char *fn_instance_own_rules(const FnInstance *instance);
/* The rule files as they are now, of the pack of the settings. Errors: FN_RULES_ERROR. */
FnRules *fn_instance_read_rules(const FnInstance *instance, GError **error);
void fn_instance_free(FnInstance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInstance, fn_instance_free)

FnIpcClient *fn_instance_client(const FnInstance *instance, FnRole peer);
/* fn_confine() with the instance's paths. */
gboolean fn_instance_confine(const FnInstance *instance, FnRole role, GError **error);
