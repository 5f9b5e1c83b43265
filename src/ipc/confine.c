#include "ipc/confine_priv.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(fn-confine-error-quark, fn_confine_error)

static gboolean
fail(GError **error, FnConfineError code, const char *what)
{
	g_set_error(error, FN_CONFINE_ERROR, code, "%s: %s", what, g_strerror(errno));
	return FALSE;
}

/* no_new_privs, Landlock and seccomp hold for the calling thread and those that it makes later. */
static gboolean
is_alone(GError **error)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	guint threads = 0;

	if (tasks == NULL)
		return fail(error, FN_CONFINE_ERROR_THREADS, "/proc/self/task");
	while ((entry = readdir(tasks)) != NULL)
		threads += entry->d_name[0] != '.';
	closedir(tasks);
	if (threads == 1 || FN_SANITIZED)
		return TRUE;
	g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_THREADS,
		"%u threads run already; confinement must come before the first", threads);
	return FALSE;
}

static gboolean
may_become(FnRole role, const FnSettings *settings, GError **error)
{
	if (fn_roles_development() || geteuid() == 0)
		return TRUE;
	g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_USER,
		"fengni-%s runs as its own user %u and must be started by root; for development write \"uid_base = 0\" into "
		"%s/fengni.conf, and everything runs as you",
		fn_role_name(role), (guint)fn_role_uid(role), fn_settings_directory(settings));
	return FALSE;
}

static gboolean
uses_registry(const FnPrivilege *privilege)
{
	for (guint i = 0; privilege->read_write[i] != NULL; i++)
		if (g_str_equal(privilege->read_write[i], "registry"))
			return TRUE;
	return FALSE;
}

/* With the one group @shared, or with none. */
static gboolean
become(uid_t uid, gid_t gid, const gid_t *shared, GError **error)
{
	int parent_death = 0;

	prctl(PR_GET_PDEATHSIG, &parent_death); /* the kernel forgets it when the user changes */
	if (setgroups(shared != NULL, shared) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 ||
		prctl(PR_SET_PDEATHSIG, parent_death) != 0)
		return fail(error, FN_CONFINE_ERROR_USER, "cannot become the program's user");
	g_assert(setuid(0) != 0 && geteuid() == uid && getegid() == gid);
	return TRUE;
}

static gboolean
drop_user(const FnPrivilege *privilege, const FnSettings *settings, GError **error)
{
	uid_t uid = fn_role_uid(privilege->role);
	gid_t shared = fn_role_registry_gid();

	umask(uses_registry(privilege) ? 0007 : 0077);
	if (fn_roles_development())
		return TRUE;
	if (!become(uid, (gid_t)uid, uses_registry(privilege) ? &shared : NULL, error))
		return FALSE;
	if (access(fn_settings_directory(settings), X_OK) == 0)
		return TRUE;
	g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_FILES,
		"%s: user %u cannot reach it: all directories above must be passable (mode 0711 or more); choose a place outside "
		"of home directories",
		fn_settings_directory(settings), (guint)uid);
	return FALSE;
}

static gboolean
limit(int resource, guint64 value)
{
	struct rlimit old, wanted = { value, value };

	if (getrlimit((__rlimit_resource_t)resource, &old) != 0)
		return FALSE;
	if (geteuid() != 0 && old.rlim_max < value)
		wanted = (struct rlimit){ old.rlim_max, old.rlim_max };
	return setrlimit((__rlimit_resource_t)resource, &wanted) == 0;
}

/* Before the user is dropped, so that the number of files can be raised. */
static gboolean
set_limits(const FnPrivilege *privilege, GError **error)
{
	gboolean set = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, privilege->files);

	if (set && privilege->memory > 0 && !FN_SANITIZED)
		set = limit(RLIMIT_AS, privilege->memory);
	return set || fail(error, FN_CONFINE_ERROR_LIMITS, "cannot set resource limits");
}

/* Libraries (SQLite's sorter among them) put temporary files where the role may write. */
static void
set_temporary(const FnPrivilege *privilege, const FnSettings *settings)
{
	g_autofree char *path = fn_settings_path(settings, privilege->read_write[privilege->read_write[1] != NULL]);

	g_setenv("TMPDIR", path, TRUE);
	g_setenv("SQLITE_TMPDIR", path, TRUE);
}

/* For good: what comes after is held to it. */
static gboolean
shut(const FnPrivilege *privilege, const FnSettings *settings, const char *rules_directory, GError **error)
{
	set_temporary(privilege, settings);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, FN_SANITIZED) != 0)
		return fail(error, FN_CONFINE_ERROR_USER, "cannot give up privileges for good");
	return fn_landlock_restrict(privilege, settings, rules_directory, error) && fn_seccomp_restrict(privilege, error);
}

gboolean
fn_confine(FnRole role, const FnSettings *settings, const char *rules_directory, GError **error)
{
	const FnPrivilege *privilege = fn_role_privilege(role);

	g_assert(privilege != NULL);
	if (!is_alone(error) || !may_become(role, settings, error) ||
		!fn_directories_prepare(privilege, settings, FALSE, error) || !set_limits(privilege, error) ||
		!drop_user(privilege, settings, error))
		return FALSE;
	return shut(privilege, settings, rules_directory, error);
}

gboolean
fn_become_owner(const char *directory, GError **error)
{
	struct stat about;

	umask(0077);
	if (stat(directory, &about) != 0)
		return fail(error, FN_CONFINE_ERROR_FILES, directory);
	if (geteuid() != 0)
		return TRUE;
	if (about.st_uid != 0)
		return become(about.st_uid, about.st_gid, NULL, error);
	g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_USER,
		"%s belongs to root: give it to a user of its own (chown -R), or start the program as that user", directory);
	return FALSE;
}

gboolean
fn_confine_alone(const char *directory, GError **error)
{
	static const FnPrivilege privilege = { .role = FN_ROLE_NONE, .may = FN_MAY_LISTEN | FN_MAY_WRITE, .read_write = { "." },
		.files = 4096 };
	g_autoptr(FnSettings) settings = fn_settings_load(directory, error);

	return settings != NULL && is_alone(error) && set_limits(&privilege, error) &&
		shut(&privilege, settings, NULL, error);
}

const char *
fn_confine_gap(void)
{
	if (fn_landlock_version() == 0)
		return "this kernel has no Landlock: files are guarded by user ids alone";
	if (fn_landlock_version() < 4)
		return "this kernel's Landlock cannot forbid listening on the network: a firewall must";
	return NULL;
}

gboolean
fn_roles_prepare(const FnSettings *settings, GError **error)
{
	for (guint role = FN_ROLE_NONE + 1; role < FN_ROLES; role++) {
		const FnPrivilege *privilege = fn_role_privilege((FnRole)role);

		if (privilege != NULL && !fn_directories_prepare(privilege, settings, TRUE, error))
			return FALSE;
	}
	return TRUE;
}
