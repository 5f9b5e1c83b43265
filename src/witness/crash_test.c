/* A witness dies, or a call fails, at every step between "it may be cosigned" and the answer: what was answered is kept, what
 * was not leads on, and in no case is there a way to a fork.
 *
 * The calls of the C library by which it changes files are replaced by those below for the whole program. */
#include "witness/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum { DIE, DIE_AFTER, FAIL, FAULTS } Fault;

static guint calls, at; /* in the process that is to die; 0: nothing happens */
static Fault fault;

static gboolean
is_hit(void)
{
	return at != 0 && ++calls == at;
}

#define FAULTY(call)                   \
	if (is_hit()) {                \
		if (fault == DIE)      \
			_exit(9);      \
		if (fault == FAIL) {   \
			errno = EIO;   \
			return -1;     \
		}                      \
		if ((call) >= 0)       \
			_exit(9);      \
	}                              \
	return (call)

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
	FAULTY(syscall(SYS_pwrite64, fd, data, size, offset));
}

int
fdatasync(int fd)
{
	FAULTY((int)syscall(SYS_fdatasync, fd));
}

int
fsync(int fd)
{
	FAULTY((int)syscall(SYS_fsync, fd));
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	FAULTY((int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0));
}

typedef struct {
	TestWorld world;
	TestHead old, new, fork;
	char *state; /* its file */
} Fixture;

static guint
post(FnWitness *witness, const TestHead *head, guint64 old)
{
	g_autofree char *body = test_add_head(head, old);
	FnWitnessAnswer answer = test_post(witness, "/add-head", body);
	guint status = answer.status;

	fn_witness_answer_clear(&answer);
	return status;
}

static void
start(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, TEST_ORIGIN, -1);

	test_world_start(&fixture->world, TRUE);
	fixture->state = g_build_filename(fixture->world.directory, "state", hash, NULL);
	fixture->old = test_head(fixture->world.log, 5);
	fixture->new = test_head(fixture->world.log, 40);
	fixture->fork = test_head(fixture->world.fork, 60);
}

static void
stop(Fixture *fixture, gconstpointer unused)
{
	test_head_clear(&fixture->old);
	test_head_clear(&fixture->new);
	test_head_clear(&fixture->fork);
	g_free(fixture->state);
	test_world_stop(&fixture->world);
}

/* The witness knows the old head and nothing else. */
static void
set_up(Fixture *fixture)
{
	g_clear_pointer(&fixture->world.witness, fn_witness_free);
	g_unlink(fixture->state);
	test_reopen(&fixture->world);
	g_assert_cmpuint(post(fixture->world.witness, &fixture->old, 0), ==, 200);
	g_clear_pointer(&fixture->world.witness, fn_witness_free);
}

/* Another process takes the new head and is hit at call @number. What it answered, or 0: it died. */
static guint
take_and_be_hit(Fixture *fixture, Fault wanted, guint number)
{
	g_autofree char *body = test_add_head(&fixture->new, fixture->old.size);
	guint status = 0;
	int ends[2];
	pid_t pid;

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	pid = fork();
	g_assert_cmpint(pid, >=, 0);
	if (pid == 0) {
		FnWitness *witness = fn_witness_open(fixture->world.directory, NULL);
		FnWitnessAnswer answer;

		fault = wanted;
		at = number;
		answer = test_post(witness, "/add-head", body);
		_exit(write(ends[1], &answer.status, sizeof(answer.status)) != sizeof(answer.status));
	}
	close(ends[1]);
	if (read(ends[0], &status, sizeof(status)) != sizeof(status))
		status = 0;
	close(ends[0]);
	g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
	return status;
}

/* What was answered stands; either way it goes on, and never to another history. */
static void
check(Fixture *fixture, guint status)
{
	guint first;

	test_reopen(&fixture->world);
	first = post(fixture->world.witness, &fixture->new, fixture->old.size);
	if (status == 200)
		g_assert_cmpuint(first, ==, 409);
	if (first == 409) /* it was durable: from there on */
		g_assert_cmpuint(post(fixture->world.witness, &fixture->new, fixture->new.size), ==, 200);
	else
		g_assert_cmpuint(first, ==, 200);
	g_assert_cmpuint(post(fixture->world.witness, &fixture->old, fixture->old.size), ==, 409);
	g_assert_cmpuint(post(fixture->world.witness, &fixture->fork, fixture->old.size), ==, 409);
	g_assert_cmpuint(post(fixture->world.witness, &fixture->fork, fixture->new.size), ==, 422);
}

static void
test_every_call(Fixture *fixture, gconstpointer unused)
{
	for (guint wanted = 0; wanted < FAULTS; wanted++) {
		guint number = 1, status, deaths = 0, failures = 0;

		do {
			set_up(fixture);
			status = take_and_be_hit(fixture, (Fault)wanted, number++);
			deaths += status == 0;
			failures += status == 500;
			check(fixture, status);
		} while (status != 200);
		/* Each of write, sync, rename and the folder's sync was hit. */
		g_assert_cmpuint(wanted == FAIL ? failures : deaths, >=, 4);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/witness/every-call", Fixture, NULL, start, test_every_call, stop);
	return g_test_run();
}
