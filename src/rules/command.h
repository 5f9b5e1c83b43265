/* `fengni rules …`: working days, checking and reading the rule files. */
#pragma once

/* @argv[0] is "rules". Gives an exit code of base/program.h. Answers go to standard output, notes and errors to standard error. */
int fn_rules_command(int argc, char **argv);
