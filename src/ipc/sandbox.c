#include "ipc/sandbox_priv.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKER_FILES = 16, PROGRAM_FILES = 64 };

static gboolean
fail(GError **error, FnConfineError code, const char *what)
{
	g_set_error(error, FN_CONFINE_ERROR, code, "%s: %s", what, g_strerror(errno));
	return FALSE;
}

static gboolean
close_others(int keep, GError **error)
{
	guint from = 3;

	if (keep >= 3) {
		if (keep > 3 && close_range(3, (guint)keep - 1, 0) != 0)
			return fail(error, FN_CONFINE_ERROR_LIMITS, "cannot close descriptors");
		from = (guint)keep + 1;
	}
	return close_range(from, ~0u, 0) == 0 || fail(error, FN_CONFINE_ERROR_LIMITS, "cannot close descriptors");
}

/* Never above what the caller's caller has set. */
static gboolean
limit(__rlimit_resource_t resource, guint64 soft, guint64 hard)
{
	struct rlimit old, wanted;

	if (getrlimit(resource, &old) != 0)
		return FALSE;
	wanted.rlim_max = MIN(hard, old.rlim_max);
	wanted.rlim_cur = MIN(soft, wanted.rlim_max);
	return setrlimit(resource, &wanted) == 0;
}

static gboolean
set_limits(const FnCell *cell, guint files, GError **error)
{
	gboolean set = limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_FSIZE, 0, 0) && limit(RLIMIT_NOFILE, files, files) &&
		limit(RLIMIT_CPU, cell->seconds, (guint64)cell->seconds + 1) && limit(RLIMIT_MEMLOCK, 0, 0) &&
		limit(RLIMIT_MSGQUEUE, 0, 0);

	if (set && !FN_SANITIZED)
		set = limit(RLIMIT_NPROC, 0, 0) && limit(RLIMIT_AS, cell->memory, cell->memory);
	return set || fail(error, FN_CONFINE_ERROR_LIMITS, "cannot set resource limits");
}

static gboolean
give_up_privileges(GError **error)
{
	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, FN_SANITIZED) == 0) ||
	       fail(error, FN_CONFINE_ERROR_USER, "cannot give up privileges for good");
}

gboolean
fn_cell_enter(const FnCell *cell, int keep, GError **error)
{
	return close_others(keep, error) && set_limits(cell, WORKER_FILES, error) && give_up_privileges(error) &&
	       fn_cell_landlock(FN_CELL_WORKER, NULL, 0, error) && fn_cell_filter(FN_CELL_WORKER, -1, error);
}

gboolean
fn_cell_run(const FnCell *cell, int program, char *const *arguments, char *const *environment, GError **error)
{
	gboolean landlock = fn_landlock_version() > 0;

	if (!close_others(program, error) || !(landlock || fn_cell_mounts(error)) || !set_limits(cell, PROGRAM_FILES, error) ||
		!give_up_privileges(error) || !fn_cell_landlock(FN_CELL_PROGRAM, &program, 1, error) ||
		!fn_cell_filter(FN_CELL_PROGRAM, program, error))
		return FALSE;
	fn_cell_execute(program, arguments, environment);
	return fail(error, FN_CONFINE_ERROR_FILES, "cannot start the program");
}

gboolean
fn_cell_nursery(const int *programs, guint count, GError **error)
{
	if (!limit(RLIMIT_CORE, 0, 0) || !limit(RLIMIT_FSIZE, 0, 0))
		return fail(error, FN_CONFINE_ERROR_LIMITS, "cannot set resource limits");
	return give_up_privileges(error) && fn_cell_landlock(FN_CELL_NURSERY, programs, count, error) &&
	       fn_cell_filter(FN_CELL_NURSERY, -1, error);
}

/* In a child, because success cannot be taken back. */
static gboolean
can_mount(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(fn_cell_mounts(NULL) ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

gboolean
fn_cell_holds_programs(void)
{
	return fn_landlock_version() > 0 || can_mount();
}
