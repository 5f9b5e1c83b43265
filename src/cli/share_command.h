/* A calling system at the command line. */
#pragma once

/* `fengni share get|sign …`: calls a resource, or prints the headers of a signed request for `curl -H @-`. */
int fn_share_command(int argc, char **argv);
