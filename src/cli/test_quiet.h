/* For tests of commands: runs one with all that it says thrown away. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static inline int
quietly(int (*command)(int argc, char **argv), int argc, char **argv)
{
	int out, err, nothing = open("/dev/null", O_WRONLY | O_CLOEXEC), code;

	fflush(NULL);
	out = dup(STDOUT_FILENO);
	err = dup(STDERR_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	code = command(argc, argv);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	close(nothing);
	return code;
}
