/* `fengni scan`: what is in these files? */
#pragma once

/* @argv[0] is "scan". One line per file on standard output, JSON with --json; matched text only with --show. Exit code of
 * base/program.h: 0 clean or found, 1 when a file is blocked or could not be inspected fully, 2 usage, 3 environment. */
int fn_scan_command(int argc, char **argv);
