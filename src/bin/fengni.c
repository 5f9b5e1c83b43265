/* fengni: the command line, and the supervisor of the daemons where systemd is not.
 *
 * SECURITY: `init`, `run` and `demo` start as root so that every daemon gets its own uid; the other commands need no right but that
 * of their user: they speak HTTPS with the door or read the files they are given. Secrets are read from descriptors and the
 * terminal, never from arguments or the environment. */
#include "cli/cli.h"

int
main(int argc, char **argv)
{
	return fn_cli(argc, argv);
}
