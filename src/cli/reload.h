/* `fengni rules reload DIR`. */
#pragma once

/* argv[0] is "reload". */
int fn_rules_reload_command(int argc, char **argv);
