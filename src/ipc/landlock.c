/* Landlock: which files a role may reach at all, whatever its user may. The header of Debian 12 knows version 2; what later
 * kernels added stands here by number (linux/landlock.h, struct landlock_ruleset_attr). */
#include "ipc/confine_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FS_TRUNCATE       (G_GUINT64_CONSTANT(1) << 14) /* version 3 */
#define FS_IOCTL_DEV      (G_GUINT64_CONSTANT(1) << 15) /* version 5 */
#define NET_BIND_TCP      (G_GUINT64_CONSTANT(1) << 0)  /* version 4 */
#define NET_CONNECT_TCP   (G_GUINT64_CONSTANT(1) << 1)
#define SCOPE_ABSTRACT    (G_GUINT64_CONSTANT(1) << 0) /* version 6 */
#define SCOPE_SIGNAL      (G_GUINT64_CONSTANT(1) << 1)
#define FS_READ           (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_OF_FILES       (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FS_WRITE                                                                                                     \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)

/* What a C program needs around it: libraries, names, time zones, trust anchors. Absent ones are passed over. */
static const char *const system_read[] = { "/usr", "/lib", "/lib64", "/etc/ssl", "/etc/ld.so.cache", "/etc/localtime",
	"/etc/gcrypt", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/locale.alias", "/dev/urandom", "/dev/random",
	"/dev/zero", "/dev/null", "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/sys/devices/system/cpu" };
static const char *const network_read[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
	"/etc/services", "/etc/protocols", "/run/systemd/resolve" };

int
fn_landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

FnLandlockRules
fn_landlock_rules(guint may, int version)
{
	FnLandlockRules rules = { .handled_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };

	if (version >= 2)
		rules.handled_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		rules.handled_fs |= FS_TRUNCATE;
	if (version >= 5)
		rules.handled_fs |= FS_IOCTL_DEV;
	if (version >= 4)
		rules.handled_net = ((may & FN_MAY_SERVE) != 0 ? 0 : NET_BIND_TCP) |
			((may & FN_MAY_NETWORK) != 0 ? 0 : NET_CONNECT_TCP);
	if (version >= 6)
		rules.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return rules;
}

gboolean
fn_landlock_allow_fd(int ruleset, const FnLandlockRules *rules, int fd, guint64 access)
{
	struct landlock_path_beneath_attr beneath = { .parent_fd = fd };
	struct stat about;

	if (fstat(fd, &about) != 0)
		return FALSE;
	beneath.allowed_access = access & rules->handled_fs & (S_ISDIR(about.st_mode) ? G_MAXUINT64 : FS_OF_FILES);
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

gboolean
fn_landlock_allow(int ruleset, const FnLandlockRules *rules, const char *path, guint64 access, gboolean required, GError **error)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	gboolean allowed = fd >= 0 ? fn_landlock_allow_fd(ruleset, rules, fd, access) : !required;

	if (!allowed)
		g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_LANDLOCK, "%s: cannot be opened to this program: %s", path,
			g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return allowed;
}

static gboolean
allow_system(int ruleset, const FnLandlockRules *rules, const FnPrivilege *privilege, GError **error)
{
	guint64 run = (privilege->may & FN_MAY_SPAWN) != 0 ? LANDLOCK_ACCESS_FS_EXECUTE : 0;
	gboolean allowed = fn_landlock_allow(ruleset, rules, "/dev/null", FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE, FALSE, error);

	for (guint i = 0; allowed && i < G_N_ELEMENTS(system_read); i++)
		allowed = fn_landlock_allow(ruleset, rules, system_read[i], FS_READ | run, FALSE, error);
	for (guint i = 0; allowed && (privilege->may & FN_MAY_NETWORK) != 0 && i < G_N_ELEMENTS(network_read); i++)
		allowed = fn_landlock_allow(ruleset, rules, network_read[i], FS_READ, FALSE, error);
	return allowed;
}

/* One path below the instance; where "sources" may be reached, the place that the settings name instead may be too. */
static gboolean
allow_below(int ruleset, const FnLandlockRules *rules, const FnSettings *settings, const char *below, guint64 access,
	gboolean required, GError **error)
{
	g_autofree char *path = fn_settings_path(settings, below);
	const char *source_root = fn_settings_text(settings, "source_root");

	if (!fn_landlock_allow(ruleset, rules, path, access, required, error))
		return FALSE;
	return !g_str_equal(below, "sources") || *source_root == '\0' ||
	       fn_landlock_allow(ruleset, rules, source_root, access, TRUE, error);
}

static gboolean
allow_instance(int ruleset, const FnLandlockRules *rules, const FnPrivilege *privilege, const FnSettings *settings,
	GError **error)
{
	guint64 write = (privilege->may & FN_MAY_WRITE) != 0 ? FS_WRITE : FS_READ;
	gboolean allowed = TRUE;

	if ((privilege->may & FN_MAY_LISTEN) != 0)
		write |= LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
	for (guint i = 0; allowed && privilege->read_write[i] != NULL; i++)
		allowed = allow_below(ruleset, rules, settings, privilege->read_write[i], write, TRUE, error);
	for (guint i = 0; allowed && privilege->read_only[i] != NULL; i++)
		allowed = allow_below(ruleset, rules, settings, privilege->read_only[i], FS_READ, FALSE, error);
	return allowed;
}

gboolean
fn_landlock_restrict(const FnPrivilege *privilege, const FnSettings *settings, const char *rules_directory, GError **error)
{
	int version = fn_landlock_version();
	FnLandlockRules rules = fn_landlock_rules(privilege->may, version);
	gboolean restricted;
	int ruleset;

	if (version == 0)
		return TRUE;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	restricted = ruleset >= 0 && allow_system(ruleset, &rules, privilege, error) &&
		allow_instance(ruleset, &rules, privilege, settings, error) &&
		(rules_directory == NULL || *rules_directory == '\0' ||
			/* They were read before; one that this user cannot reach, such as a clone below /root, needs no permit. */
			fn_landlock_allow(ruleset, &rules, rules_directory, FS_READ, FALSE, error)) &&
		syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (!restricted && (error == NULL || *error == NULL))
		g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_LANDLOCK, "Landlock: %s", g_strerror(errno));
	if (ruleset >= 0)
		close(ruleset);
	return restricted;
}
