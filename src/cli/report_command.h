/* `fengni report`, and `fengni inspect report`: reports from the command line, as JSON, HTML and CSV as the platform gives them, and as
 * PDF, which is made here. */
#pragma once

/* @argv[0] is "report". Exit code of base/program.h: 0 done, 1 refused, 2 usage, 3 no connection, a file, or no font to print with. */
int fn_report_command(int argc, char **argv);
/* @argv[0] is "inspect": its verb report, and the rows of nouns.c. */
int fn_inspect_command(int argc, char **argv);
