/* `fengni register`: record books from the command line. */
#pragma once

/* @argv[0] is "register". Exit code of base/program.h: 0 done, 1 refused or bad rows, 2 usage, 3 no connection, a file or a program. */
int fn_register_command(int argc, char **argv);
