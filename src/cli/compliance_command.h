/* `fengni compliance`: is the law kept, article by article? */
#pragma once

/* Asks the platform of the kept session. Exit 1 with --strict when something is violated. */
int fn_compliance_command(int argc, char **argv);
