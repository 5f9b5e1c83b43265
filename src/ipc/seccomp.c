/* seccomp: which system calls a role may make. The keeper and the inspector, which hold keys and read hostile bytes, get a
 * list of what they need; the others a list of what nobody here needs. */
#include "ipc/confine_priv.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define FAMILIES 64

/* No role may: look into other processes, load code into the kernel, change mounts, clocks, names or namespaces. */
static const char *const dangerous[] = { "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime",
	"delete_module", "fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter",
	"io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl",
	"lookup_dcookie", "migrate_pages", "mknod", "mknodat", "modify_ldt", "mount", "mount_setattr", "move_mount", "move_pages",
	"name_to_handle_at", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "personality", "pidfd_getfd",
	"pidfd_open", "pivot_root", "process_madvise", "process_vm_readv", "process_vm_writev", "quotactl", "reboot",
	"request_key", "setdomainname", "sethostname", "setns", "settimeofday", "swapoff", "swapon", "symlink", "symlinkat",
	"syslog", "umount2", "unshare", "uselib", "userfaultfd", "vhangup" };
/* Sanitizers look into their own process at the end, by way of a helper. */
static const char *const tracing[] = { "ptrace" };
static const char *const watching[] = { "ptrace", "getdents", "kill" };
static const char *const spawning[] = { "execve", "execveat", "fork", "vfork" };

/* Files, memory, threads, time, signals, waiting. */
static const char *const needed[] = { "access", "arch_prctl", "brk", "capget", "chmod", "clock_getres", "clock_gettime",
	"clock_nanosleep", "close", "close_range", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64",
	"fallocate", "fchmod", "fchmodat", "fcntl", "fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "futex",
	"get_robust_list", "getcwd", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getpid", "getppid",
	"getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "gettid", "gettimeofday", "getuid", "link", "linkat",
	"lseek", "lstat", "madvise", "membarrier", "memfd_create", "mincore", "mkdir", "mkdirat", "mlock", "mlock2", "mlockall",
	"mmap", "mprotect", "mremap", "msync", "munlock", "munlockall", "munmap", "nanosleep", "newfstatat", "open", "openat", "pipe",
	"pipe2", "poll", "ppoll", "prctl", "pread64", "preadv", "prlimit64", "pselect6", "pwrite64", "pwritev", "read", "readlink",
	"readlinkat", "readv", "rename", "renameat", "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction",
	"rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity",
	"sched_getparam", "sched_getscheduler", "sched_yield", "select", "set_robust_list", "set_tid_address", "sigaltstack",
	"signalfd4", "stat", "statfs", "statx", "sync_file_range", "sysinfo", "tgkill", "time", "timerfd_create",
	"timerfd_gettime", "timerfd_settime", "times", "truncate", "umask", "uname", "unlink", "unlinkat", "wait4", "write", "writev" };
static const char *const sockets[] = { "accept", "accept4", "bind", "getpeername", "getsockname", "getsockopt", "listen",
	"recvfrom", "recvmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "socketpair" };
static const unsigned long terminal_requests[] = { FIONREAD, FIONBIO, 0x5401 /* TCGETS, from isatty() */ };

static const struct {
	const char *const *name;
	gsize count;
} lists[] = { { dangerous, G_N_ELEMENTS(dangerous) }, { tracing, 1 }, { watching, G_N_ELEMENTS(watching) }, { spawning, G_N_ELEMENTS(spawning) },
	{ needed, G_N_ELEMENTS(needed) }, { sockets, G_N_ELEMENTS(sockets) } };

const char *const *
fn_seccomp_dangerous(gsize *count)
{
	*count = G_N_ELEMENTS(dangerous);
	return dangerous;
}

const char *
fn_seccomp_unknown(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (gsize j = 0; j < lists[i].count; j++)
			if (seccomp_syscall_resolve_name(lists[i].name[j]) == __NR_SCMP_ERROR)
				return lists[i].name[j];
	return NULL;
}

gboolean
fn_seccomp_add(void *filter, guint32 action, const char *const *name, gsize count)
{
	for (gsize i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(name[i]);

		/* Negative, but not the error: a call of other machines only. */
		if (number == __NR_SCMP_ERROR || (number >= 0 && seccomp_rule_add_array(filter, action, number, 0, NULL) != 0))
			return FALSE;
	}
	return TRUE;
}

#define ADD_NAMES(filter, action, names) fn_seccomp_add(filter, action, names, G_N_ELEMENTS(names))

static gboolean
family_allowed(guint may, int family)
{
	if (family == AF_UNIX)
		return (may & (FN_MAY_CONNECT | FN_MAY_LISTEN)) != 0;
	/* Netlink: the resolver asks which addresses the machine has. */
	return (may & FN_MAY_NETWORK) != 0 && (family == AF_INET || family == AF_INET6 || family == AF_NETLINK);
}

/* Both kinds of filter name the families one by one. */
static gboolean
add_families(scmp_filter_ctx filter, guint may, gboolean allow_list)
{
	gboolean added = TRUE;

	for (int family = 0; added && family < FAMILIES; family++)
		if (family_allowed(may, family) == allow_list)
			added = seccomp_rule_add(filter, allow_list ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
					SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family)) == 0;
	if (added && !allow_list)
		added = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GE, FAMILIES)) == 0;
	return added;
}

/* Threads may be made, processes not. The arguments of clone3 cannot be seen: "no such call" makes libc use clone. */
static gboolean
add_clone(scmp_filter_ctx filter, guint may, gboolean allow_list)
{
	gboolean process = (may & FN_MAY_SPAWN) != 0 || FN_SANITIZED;

	if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0)
		return FALSE;
	if (process)
		return !allow_list || seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 0) == 0;
	if (allow_list)
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			       SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0;
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		       SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
}

static gboolean
fill_allow_list(scmp_filter_ctx filter, guint may)
{
	gboolean filled = ADD_NAMES(filter, SCMP_ACT_ALLOW, needed) && ADD_NAMES(filter, SCMP_ACT_ALLOW, sockets);

	for (gsize i = 0; filled && i < G_N_ELEMENTS(terminal_requests); i++)
		filled = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				 SCMP_A1(SCMP_CMP_EQ, terminal_requests[i])) == 0;
	if (filled && (may & FN_MAY_CONNECT) != 0)
		filled = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0) == 0;
	if (filled && (may & FN_MAY_SPAWN) != 0)
		filled = ADD_NAMES(filter, SCMP_ACT_ALLOW, spawning);
	if (filled && FN_SANITIZED)
		filled = ADD_NAMES(filter, SCMP_ACT_ALLOW, watching);
	return filled;
}

static gboolean
fill_deny_list(scmp_filter_ctx filter, guint may)
{
	guint32 refuse = SCMP_ACT_ERRNO(EPERM);
	gboolean filled = ADD_NAMES(filter, refuse, dangerous);

	if (filled && !FN_SANITIZED)
		filled = ADD_NAMES(filter, refuse, tracing);
	if (filled && (may & FN_MAY_SPAWN) == 0)
		filled = ADD_NAMES(filter, refuse, spawning);
	if (filled && (may & FN_MAY_CONNECT) == 0)
		filled = seccomp_rule_add(filter, refuse, SCMP_SYS(connect), 0) == 0;
	if (filled && (may & FN_MAY_LISTEN) == 0)
		filled = seccomp_rule_add(filter, refuse, SCMP_SYS(listen), 0) == 0;
	return filled;
}

gboolean
fn_seccomp_restrict(const FnPrivilege *privilege, GError **error)
{
	gboolean allow_list = privilege->role == FN_ROLE_KEEPER || privilege->role == FN_ROLE_INSPECT;
	scmp_filter_ctx filter = seccomp_init(allow_list ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
	gboolean restricted;

	restricted = filter != NULL && seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
		(allow_list ? fill_allow_list(filter, privilege->may) : fill_deny_list(filter, privilege->may)) &&
		add_families(filter, privilege->may, allow_list) && add_clone(filter, privilege->may, allow_list) &&
		seccomp_load(filter) == 0;
	if (!restricted)
		g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_SECCOMP,
			"the filter of system calls cannot be loaded: the kernel needs CONFIG_SECCOMP_FILTER");
	if (filter != NULL)
		seccomp_release(filter);
	return restricted;
}
