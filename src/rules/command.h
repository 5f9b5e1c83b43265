/* `fengni rules …`: working days, checking and reading the rule files. */
#pragma once

#include "rules/rules.h"

/* What rooms above hold against the files that they read: their examples, say. The error names file, line and remedy. */
typedef gboolean (*FnRulesCheck)(const FnRules *rules, GError **error);

/* @argv[0] is "rules". @checks, ended by NULL, are what `rules check` runs besides the schema. Gives an exit code of
 * base/program.h. Answers go to standard output, notes and errors to standard error. */
int fn_rules_command(int argc, char **argv, const FnRulesCheck *checks);
