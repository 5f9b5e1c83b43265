/* `fengni`: one word per noun, exit 0 yes, 1 no, 2 usage, 3 environment. */
#pragma once

/* Runs the command line and gives the exit code. */
int fn_cli(int argc, char **argv);
