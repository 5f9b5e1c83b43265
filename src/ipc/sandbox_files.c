/* Which files a cell reaches: none, or what programs of the system need around them, read-only. */
#include "ipc/sandbox_priv.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <sched.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Programs, libraries, fonts, poppler-data and tessdata lie below /usr. */
static const char *const readable[] = { "/usr", "/lib", "/lib64", "/etc/fonts", "/etc/ld.so.cache", "/var/cache/fontconfig" };
static const char *const devices[] = { "/dev/null", "/dev/urandom" };

static gboolean
fail(GError **error, const char *what)
{
	g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_LANDLOCK, "%s: %s", what, g_strerror(errno));
	return FALSE;
}

/* ---- Landlock ---- */

/* The dynamic loader, which the kernel executes with every program: it is the same one that loaded us. NULL: static. */
static const char *
loader(void)
{
	const ElfW(Phdr) *header = (const void *)getauxval(AT_PHDR); /* NOLINT(performance-no-int-to-ptr): how the kernel gives it */
	gulong count = getauxval(AT_PHNUM);
	const char *base = NULL;

	for (gulong i = 0; i < count; i++)
		if (header[i].p_type == PT_PHDR)
			base = (const char *)header - header[i].p_vaddr;
	for (gulong i = 0; i < count && base != NULL; i++)
		if (header[i].p_type == PT_INTERP)
			return base + header[i].p_vaddr;
	return NULL;
}

static gboolean
allow_execution(int ruleset, const FnLandlockRules *rules, const int *programs, guint count, GError **error)
{
	guint64 access = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
	const char *path = loader();

	for (guint i = 0; i < count; i++)
		if (!fn_landlock_allow_fd(ruleset, rules, programs[i], access))
			return fail(error, "Landlock: cannot open the program to itself");
	return path == NULL || fn_landlock_allow(ruleset, rules, path, access, TRUE, error);
}

static gboolean
allow_system(int ruleset, const FnLandlockRules *rules, GError **error)
{
	gboolean allowed = TRUE;

	for (guint i = 0; allowed && i < G_N_ELEMENTS(readable); i++)
		allowed = fn_landlock_allow(ruleset, rules, readable[i], READ, FALSE, error);
	for (guint i = 0; allowed && i < G_N_ELEMENTS(devices); i++)
		allowed = fn_landlock_allow(ruleset, rules, devices[i], READ, FALSE, error);
	return allowed;
}

gboolean
fn_cell_landlock(FnCellKind kind, const int *programs, guint count, GError **error)
{
	int version = fn_landlock_version(), ruleset;
	FnLandlockRules rules = fn_landlock_rules(0, version);
	gboolean restricted;

	if (version == 0 || (kind == FN_CELL_WORKER && FN_SANITIZED))
		return TRUE;
	/* The nursery ends its workers, which are in domains below its own: signals may go there. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (ruleset < 0)
		return fail(error, "Landlock");
	restricted = (kind == FN_CELL_WORKER || allow_system(ruleset, &rules, error)) &&
		allow_execution(ruleset, &rules, programs, count, error) &&
		(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 || fail(error, "Landlock"));
	close(ruleset);
	return restricted;
}

/* ---- a root of our own ---- */

/* What the original mount forbids or asks for must stay, else the kernel refuses. */
static gulong
flags_of(const char *path)
{
	static const struct {
		gulong stat_flag, mount_flag;
	} kept[] = { { ST_NOEXEC, MS_NOEXEC }, { ST_NOATIME, MS_NOATIME }, { ST_NODIRATIME, MS_NODIRATIME },
		{ ST_RELATIME, MS_RELATIME } };
	gulong flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;
	struct statvfs about;

	if (statvfs(path, &about) == 0)
		for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
			flags |= (about.f_flag & kept[i].stat_flag) != 0 ? kept[i].mount_flag : 0;
	return flags;
}

static gboolean
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0;
}

/* Read-only, without devices and set-user programs. A path that does not exist is passed over. */
static gboolean
bind(const char *path)
{
	struct stat about;
	g_autofree char *to = g_strconcat("/tmp", path, NULL);
	g_autofree char *parent = g_path_get_dirname(to);

	if (stat(path, &about) != 0)
		return TRUE;
	if (g_mkdir_with_parents(S_ISDIR(about.st_mode) ? to : parent, 0755) != 0 || (!S_ISDIR(about.st_mode) && !make_file(to)))
		return FALSE;
	return mount(path, to, NULL, MS_BIND | MS_REC, NULL) == 0 && mount(NULL, to, NULL, flags_of(to), NULL) == 0;
}

static gboolean
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	gboolean written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Anyone may mount in a user namespace of his own, once he is somebody there. */
static gboolean
own_namespaces(void)
{
	g_autofree char *user = g_strdup_printf("%u %u 1", (guint)geteuid(), (guint)geteuid());
	g_autofree char *group = g_strdup_printf("%u %u 1", (guint)getegid(), (guint)getegid());

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) == 0;
	/* What may not be dumped does not own its own /proc/self. */
	return prctl(PR_SET_DUMPABLE, 1) == 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0 &&
	       write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", user) && write_text("/proc/self/gid_map", group);
}

gboolean
fn_cell_mounts(GError **error)
{
	gboolean made = own_namespaces() && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("none", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755") == 0;

	for (guint i = 0; made && i < G_N_ELEMENTS(readable); i++)
		made = bind(readable[i]);
	made = made && chdir("/tmp") == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
		chdir("/") == 0 && mount(NULL, "/", NULL, flags_of("/"), NULL) == 0;
	return made || fail(error, "a mount namespace cannot be had");
}
