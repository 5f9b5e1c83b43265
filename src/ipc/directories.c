#include "ipc/confine_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 32

typedef struct {
	uid_t uid;
	gid_t gid;
	mode_t mode;      /* of the directory */
	mode_t file_mode; /* added to files below it */
} Owner;

static gboolean
fail(GError **error, const char *path, const char *doing)
{
	g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_FILES, "%s: %s: %s", path, doing, g_strerror(errno));
	return FALSE;
}

/* Sockets are reached by all, the door's certificates are read by the gate, the registry and the index of the ledger are shared by a
 * group; everything else is its role's alone. */
static Owner
owner_of(const FnPrivilege *privilege, const char *below)
{
	uid_t uid = fn_role_uid(privilege->role);

	if (g_str_equal(below, "registry") || g_str_equal(below, "audit"))
		return (Owner){ fn_role_uid(FN_ROLE_ADMIN), fn_role_registry_gid(), 02770, 0660 };
	if (g_str_has_prefix(below, "run/"))
		return (Owner){ uid, (gid_t)uid, 0755, 0 };
	if (g_str_equal(below, "sources"))
		return (Owner){ uid, (gid_t)uid, 0750, 0 };
	if (g_str_equal(below, "door"))
		return (Owner){ uid, (gid_t)uid, 0711, 0 };
	return (Owner){ uid, (gid_t)uid, 0700, 0 };
}

static gboolean give(int parent, const char *name, const Owner *owner, guint depth, GError **error);

static gboolean
give_content(int fd, const Owner *owner, guint depth, GError **error)
{
	DIR *directory = fdopendir(dup(fd));
	gboolean given = directory != NULL && depth < DEPTH;
	struct dirent *entry;

	while (given && (entry = readdir(directory)) != NULL)
		if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
			given = give(fd, entry->d_name, owner, depth + 1, error);
	if (directory != NULL)
		closedir(directory);
	return given;
}

/* Hands one entry over. Links of either kind are left alone: behind them may lie what belongs to others. */
static gboolean
give(int parent, const char *name, const Owner *owner, guint depth, GError **error)
{
	int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat about;
	gboolean given = TRUE;

	if (fd < 0)
		return errno == ELOOP || errno == ENXIO || fail(error, name, "open");
	if (fstat(fd, &about) != 0)
		given = fail(error, name, "look at");
	else if (S_ISDIR(about.st_mode))
		given = (fchown(fd, owner->uid, owner->gid) == 0 && fchmod(fd, owner->mode) == 0) || fail(error, name, "hand over");
	else if (S_ISREG(about.st_mode) && about.st_nlink == 1)
		given = (fchown(fd, owner->uid, owner->gid) == 0 && fchmod(fd, (about.st_mode & 0777) | owner->file_mode) == 0) ||
			fail(error, name, "hand over");
	if (given && S_ISDIR(about.st_mode))
		given = give_content(fd, owner, depth, error);
	close(fd);
	return given;
}

static gboolean
prepare(const char *path, const Owner *owner, gboolean recursive, GError **error)
{
	if (g_mkdir_with_parents(path, 0755) != 0)
		return fail(error, path, "make the directory");
	if (geteuid() != 0 && !fn_roles_development())
		return TRUE;
	if (recursive)
		return give(AT_FDCWD, path, owner, 0, error);
	if (geteuid() == 0 && lchown(path, owner->uid, owner->gid) != 0)
		return fail(error, path, "hand over");
	return chmod(path, owner->mode) == 0 || fail(error, path, "set the mode");
}

/* Others must be able to pass through the instance to their own directories. */
static gboolean
open_way(const FnSettings *settings, GError **error)
{
	const char *path = fn_settings_directory(settings);
	struct stat about;

	if (stat(path, &about) != 0)
		return fail(error, path, "look at");
	return (about.st_mode & 0111) == 0111 || chmod(path, (about.st_mode & 07777) | 0711) == 0 ||
	       fail(error, path, "set the mode");
}

gboolean
fn_directories_prepare(const FnPrivilege *privilege, const FnSettings *settings, gboolean recursive, GError **error)
{
	if (!open_way(settings, error))
		return FALSE;
	for (guint i = 0; privilege->read_write[i] != NULL; i++) {
		g_autofree char *path = fn_settings_path(settings, privilege->read_write[i]);
		Owner owner = owner_of(privilege, privilege->read_write[i]);

		if (!prepare(path, &owner, recursive, error))
			return FALSE;
	}
	return TRUE;
}
