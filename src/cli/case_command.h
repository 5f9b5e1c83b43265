/* `fengni case`: what a call of the table does not say alone: signing, files, paper. Other verbs are rows of nouns.c. */
#pragma once

/* @argv[0] is "case". Exit code of base/program.h: 0 done, 1 refused, 2 usage, 3 no connection or a file. */
int fn_case_command(int argc, char **argv);
