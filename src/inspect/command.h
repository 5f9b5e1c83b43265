/* `fengni scan`: what is in these files? */
#pragma once

/* @argv[0] is "scan". Results on standard output in the order of names; matched text is masked unless --show is given. Exit
 * code of base/program.h: 0 clean or found, 1 when a file is blocked or could not be inspected fully (or, with --fail-on found,
 * when anything was found), 2 usage, 3 environment. */
int fn_scan_command(int argc, char **argv);
