/* `fengni mask`: give less of a file of rows. */
#pragma once

/* @argv[0] is "mask". Exit code of base/program.h: 0 masked, 1 the input is malformed or a column may not leave as it is, 2 usage or
 * plan, 3 key, rules, programs or the output. */
int fn_mask_command(int argc, char **argv);
