/* fengni-witness DIR                 vouches for the logs that DIR/witness.conf lists, until SIGTERM
 * fengni-witness --init DIR [NAME]   makes DIR with keys and an example of a configuration
 *
 * Both print the public keys in one line, for those who keep the logs.
 *
 * For another organization than the one that keeps the log: it sees heads and proofs and no entry, and says whether a log only
 * grew. witness/witness.h has the files and the protocol.
 *
 * Exit: 0 ended as asked, 2 wrong command line, 3 something around it is missing or broken (in use, altered, unreadable).
 *
 * SECURITY. Belongs to no instance and trusts none. Its two keys lie in DIR/key, readable by its user alone, never in an
 * argument or the environment. It answers plain HTTP on an address of this machine or a socket, behind a server with TLS of
 * its own organization. First it becomes the owner of DIR, who is not root; then it binds, and gives up everything but
 * answering there and writing below DIR: no other files, no connections of its own, no new programs. Requests are hostile input, at
 * most 32 KiB, so many a second, parsed strictly; nothing is stored before the log's signature holds, nothing is signed
 * before what it says is durable. Who can write in DIR, or sets it back to an older copy, can have a fork signed. */
#include "base/program.h"
#include "base/say.h"
#include "ipc/roles.h"
#include "witness/witness.h"

#include <stdio.h>
#include <sys/poll.h>
#include <unistd.h>

static int
usage(void)
{
	fprintf(stderr, fn_say("usage: %s"), "fengni-witness DIR | --init DIR [NAME]\n");
	return FN_EXIT_USAGE;
}

static FnWitness *
open_witness(const char *directory)
{
	g_autoptr(GError) error = NULL;
	FnWitness *witness = fn_witness_open(directory, &error);

	if (witness == NULL)
		fn_program_fail(fn_say("cannot open the witness"), error);
	return witness;
}

static void
print_public(const FnWitness *witness)
{
	g_autofree char *text = fn_witness_public(witness);

	fputs(text, stdout);
}

static int
init(const char *directory, const char *name)
{
	g_autofree char *made_up = g_strdup_printf("%s/witness", g_get_host_name());
	g_autoptr(FnWitness) witness = NULL;
	g_autoptr(GError) error = NULL;

	if (!fn_witness_init(directory, name != NULL ? name : made_up, &error))
		fn_program_fail(fn_say("cannot make the witness"), error);
	witness = open_witness(directory);
	print_public(witness);
	if (geteuid() == 0)
		fprintf(stderr, fn_say("%s belongs to root: give it to a user of its own (chown -R) before the start\n"), directory);
	return FN_EXIT_OK;
}

static void
on_alarm(const char *text)
{
	g_warning("%s", text);
}

/* All in one thread still: bound and confined before threads begin. */
static int
serve(const char *directory)
{
	g_autoptr(FnWitness) witness = NULL;
	g_autoptr(GError) error = NULL;
	struct pollfd end = { .fd = fn_program_signals(), .events = POLLIN };
	FnWitnessServer *server;
	int fd;

	if (!fn_become_owner(directory, &error))
		fn_program_fail(fn_say("cannot become the witness' user"), error);
	witness = open_witness(directory);
	print_public(witness);
	fflush(stdout);
	fd = fn_witness_bind(witness, &error);
	if (fd < 0)
		fn_program_fail(fn_say("cannot listen"), error);
	if (fn_confine_gap() != NULL) /* before: once confined nobody can ask the kernel any more */
		g_warning("%s", fn_confine_gap());
	if (!fn_confine_alone(directory, &error))
		fn_program_fail(fn_say("cannot confine itself"), error);
	server = fn_witness_serve(witness, fd, on_alarm, &error);
	if (server == NULL)
		fn_program_fail(fn_say("cannot listen"), error);
	while (poll(&end, 1, -1) < 1)
		continue;
	fn_witness_server_free(server);
	close(end.fd);
	return FN_EXIT_OK;
}

int
main(int argc, char **argv)
{
	gboolean making = argc >= 3 && g_str_equal(argv[1], "--init");

	fn_program_start("fengni-witness");
	if (making && argc <= 4)
		return init(argv[2], argv[3]);
	return argc == 2 && argv[1][0] != '-' ? serve(argv[1]) : usage();
}
