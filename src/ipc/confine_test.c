/* Each forbidden thing is tried from inside a confined process, and each thing that a role needs. */
#include "ipc/confine_priv.h"
#include "ipc/ipc.h"

#include "base/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL      0xffu
#define ROLE(x)  (1u << FN_ROLE_##x)
#define NETWORKS (ROLE(GATE) | ROLE(CLOCK) | ROLE(DOOR))
#define STRICT   (ROLE(KEEPER) | ROLE(INSPECT))

/* What the parent prepared; read by the children. */
typedef struct {
	char *directory, *rules, *outside;
	FnSettings *settings;
	pid_t parent;
	int stranger; /* a process that sleeps */
} Place;
static Place place;

static char *
below(const char *name)
{
	return g_build_filename(place.directory, name, NULL);
}

/* ---- attempts: TRUE when it went through ---- */

static gboolean
can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0;
}

static gboolean
read_shadow(void)
{
	return can_open("/etc/shadow", O_RDONLY);
}

static gboolean
read_machine_id(void)
{
	return can_open("/proc/1/environ", O_RDONLY) || can_open("/var/log/dpkg.log", O_RDONLY);
}

static gboolean
write_outside(void)
{
	g_autofree char *path = g_build_filename(place.outside, "x", NULL);

	return can_open(path, O_WRONLY | O_CREAT);
}

static gboolean
read_outside(void)
{
	g_autofree char *path = g_build_filename(place.outside, "readable", NULL);

	return can_open(path, O_RDONLY);
}

static gboolean
write_settings(void)
{
	g_autofree char *path = below("fengni.conf");

	return can_open(path, O_WRONLY);
}

static gboolean
read_keeper(void)
{
	g_autofree char *path = below("keeper/key");

	return can_open(path, O_RDONLY);
}

static gboolean
read_ledger(void)
{
	g_autofree char *path = below("ledger/segment");

	return can_open(path, O_RDONLY);
}

static gboolean
read_registry(void)
{
	g_autofree char *path = below("registry/registry.db");

	return can_open(path, O_RDWR);
}

static gboolean
read_rules(void)
{
	g_autofree char *path = g_build_filename(place.rules, "rule.yaml", NULL);

	return can_open(path, O_RDONLY);
}

static gboolean
write_rules(void)
{
	g_autofree char *path = g_build_filename(place.rules, "rule.yaml", NULL);

	return can_open(path, O_WRONLY);
}

static gboolean
open_inet(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 || socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0;
}

static gboolean
open_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || socket(AF_VSOCK, SOCK_STREAM, 0) >= 0 || socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0;
}

static gboolean
listen_inet(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0;
}

static gboolean
run_program(void)
{
	char *const argument[] = { (char *)"true", NULL };
	pid_t child = fork();
	int status;

	if (child <= 0) { /* where no process can be made, this one tries */
		execv("/bin/true", argument);
		if (child == 0)
			_exit(127);
		return FALSE;
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static gboolean
make_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child > 0;
}

static gboolean
trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, place.parent, NULL, NULL) == 0;
}

static gboolean
signal_stranger(void)
{
	return kill(place.stranger, 0) == 0;
}

static gboolean
mount_something(void)
{
	return mount("none", place.outside, "tmpfs", 0, NULL) == 0 || unshare(CLONE_NEWUSER) == 0 || chroot(place.outside) == 0;
}

static gboolean
load_bpf(void)
{
	char attribute[128] = { 0 };

	return syscall(SYS_bpf, 0, attribute, sizeof(attribute)) >= 0 || syscall(SYS_io_uring_setup, 1, attribute) >= 0;
}

static gboolean
become_root(void)
{
	return setuid(0) == 0;
}

static gboolean
dump_core(void)
{
	struct rlimit core;
	struct rlimit more = { 1, 1 };

	return getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0 || setrlimit(RLIMIT_CORE, &more) == 0;
}

static gboolean
connect_unix(void)
{
	g_autofree char *path = below("run/other.sock");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static void
answer(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	fn_ipc_reply(token, NULL, 0);
}

static gboolean
listen_unix(FnRole role)
{
	g_autofree char *path = role == FN_ROLE_DOOR ? below("door/own.sock") : fn_role_socket(place.settings, role);
	g_autoptr(FnIpcServer) server = fn_ipc_server_new(path, answer, NULL, NULL, NULL);

	if (server == NULL)
		return FALSE;
	fn_ipc_server_stop(server);
	fn_ipc_server_run(server);
	return TRUE;
}

static gboolean
own_files(FnRole role)
{
	const char *directory = g_getenv("TMPDIR");
	g_autofree char *one = g_build_filename(directory, "one", NULL);
	g_autofree char *two = g_build_filename(directory, "two", NULL);
	g_autofree char *text = NULL;
	gboolean did = g_file_set_contents(one, "text", 4, NULL) && rename(one, two) == 0 &&
		g_file_get_contents(two, &text, NULL, NULL) && truncate(two, 1) == 0 && unlink(two) == 0;

	return did && g_str_has_prefix(directory, place.directory);
}

static void
add(gpointer data, gpointer worker)
{
	g_atomic_int_inc((gint *)data);
}

static gboolean
own_threads(FnRole role)
{
	gint done = 0;
	FnPool *pool = fn_pool_new("x", 2, 10, NULL, NULL, NULL);

	for (int i = 0; i < 4; i++)
		fn_pool_push(pool, add, &done);
	fn_pool_free(pool);
	return done == 4;
}

static gboolean
own_surroundings(FnRole role)
{
	g_autofree char *path = below("fengni.conf");

	return can_open("/dev/null", O_RDWR) && can_open("/dev/urandom", O_RDONLY) && can_open("/etc/passwd", O_RDONLY) &&
	       can_open("/usr/bin", O_RDONLY | O_DIRECTORY) && (role == FN_ROLE_DOOR || can_open(path, O_RDONLY));
}

static const struct {
	const char *why;
	gboolean (*attempt)(void);
	guint allowed;        /* roles that may */
	gboolean sanitizable; /* not enforced under a sanitizer, which needs it itself */
} attempts[] = {
	{ "read /etc/shadow", read_shadow, 0, FALSE },
	{ "read other files of the machine", read_machine_id, 0, FALSE },
	{ "write outside", write_outside, 0, FALSE },
	{ "read outside", read_outside, 0, FALSE },
	{ "write the settings", write_settings, 0, FALSE },
	{ "read keys", read_keeper, ROLE(KEEPER), FALSE },
	{ "read the log", read_ledger, ROLE(LEDGER), FALSE },
	{ "open the registry", read_registry, ROLE(GATE) | ROLE(CLOCK), FALSE },
	{ "read the rules", read_rules, ALL, FALSE },
	{ "write the rules", write_rules, 0, FALSE },
	{ "AF_INET", open_inet, NETWORKS, FALSE },
	{ "other families", open_packet, 0, FALSE },
	{ "listen on the network", listen_inet, ROLE(DOOR), FALSE },
	{ "execve", run_program, ROLE(DOOR), FALSE },
	{ "fork", make_process, ROLE(DOOR), TRUE },
	{ "ptrace", trace_parent, 0, TRUE },
	{ "signal a stranger", signal_stranger, 0, FALSE },
	{ "mount, unshare, chroot", mount_something, 0, FALSE },
	{ "bpf, io_uring", load_bpf, 0, FALSE },
	{ "dump core", dump_core, 0, FALSE },
	{ "connect to a socket", connect_unix, ALL & ~ROLE(INSPECT), FALSE },
};

static const struct {
	const char *why;
	gboolean (*attempt)(FnRole role);
} needs[] = {
	{ "own directory", own_files },
	{ "threads", own_threads },
	{ "surroundings", own_surroundings },
	{ "own socket", listen_unix },
};

/* In a child: 0 all as the statement says; else the number of what was not. */
static int
try_all(FnRole role)
{
	g_autoptr(GError) error = NULL;

	if (!fn_confine(role, place.settings, place.rules, &error)) {
		g_printerr("# %s\n", error->message);
		return 99;
	}
	for (guint i = 0; i < G_N_ELEMENTS(needs); i++)
		if (!needs[i].attempt(role)) {
			g_printerr("# %s cannot: %s: %s\n", fn_role_name(role), needs[i].why, g_strerror(errno));
			return 50 + (int)i;
		}
	if (!fn_roles_development() && (become_root() || geteuid() != fn_role_uid(role) || getegid() == 0))
		return 90;
	for (guint i = 0; i < G_N_ELEMENTS(attempts); i++) {
		gboolean may = (attempts[i].allowed & (1u << role)) != 0;

		if (attempts[i].sanitizable && FN_SANITIZED)
			continue;
		if (attempts[i].attempt() != may) {
			g_printerr("# %s %s: %s: %s\n", fn_role_name(role), may ? "cannot" : "can", attempts[i].why, g_strerror(errno));
			return 1 + (int)i;
		}
	}
	return 0;
}

typedef int (*Inside)(FnRole role);

static int
inside(gint64 uid_base, uid_t user, Inside what, FnRole role)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (user != 0 && (setgid(user) != 0 || setuid(user) != 0))
			_exit(98);
		fn_roles_init(uid_base);
		_exit(what(role));
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void
test_roles(gconstpointer data)
{
	gint64 base = (gint64)GPOINTER_TO_INT(data);

	if (base != 0 && geteuid() != 0) {
		g_test_skip("needs root to become other users");
		return;
	}
	for (guint role = FN_ROLE_GATE; role < FN_ROLE_ADMIN; role++)
		g_assert_cmpint(inside(base, 0, try_all, (FnRole)role), ==, 0);
}

static int
expect_user_error(FnRole role)
{
	g_autoptr(GError) error = NULL;

	return !fn_confine(role, place.settings, NULL, &error) &&
			       g_error_matches(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_USER) &&
			       strstr(error->message, "uid_base = 0") != NULL
		? 0
		: 1;
}

static void
test_not_root(void)
{
	g_assert_cmpint(inside(61000, geteuid() == 0 ? 65534 : 0, expect_user_error, FN_ROLE_GATE), ==, 0);
}

static void *
sleep_on(void *data)
{
	for (;;)
		pause();
	return NULL;
}

static int
expect_thread_error(FnRole role)
{
	g_autoptr(GError) error = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_on, NULL) != 0)
		return 2;
	return !fn_confine(role, place.settings, NULL, &error) &&
			       g_error_matches(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_THREADS)
		? 0
		: 1;
}

static void
test_threads(void)
{
	if (!FN_SANITIZED)
		g_assert_cmpint(inside(0, 0, expect_thread_error, FN_ROLE_GATE), ==, 0);
}

static int
expect_way_error(FnRole role)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hidden = g_build_filename(place.outside, "hidden", "instance", NULL);
	g_autofree char *parent = g_path_get_dirname(hidden);
	g_autoptr(FnSettings) settings = NULL;

	g_assert_cmpint(g_mkdir_with_parents(hidden, 0755), ==, 0);
	g_assert_cmpint(chmod(parent, 0700), ==, 0);
	settings = fn_settings_load(hidden, NULL);
	return !fn_confine(role, settings, NULL, &error) && g_error_matches(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_FILES) ? 0 : 1;
}

/* An instance below a directory that only root may pass. */
static void
test_way(void)
{
	if (geteuid() != 0)
		g_test_skip("needs root to become other users");
	else
		g_assert_cmpint(inside(61000, 0, expect_way_error, FN_ROLE_GATE), ==, 0);
}

static void
test_known_calls(void)
{
	g_assert_cmpstr(fn_seccomp_unknown(), ==, NULL);
}

static int
hand_over(FnRole role)
{
	g_autofree char *own = below("keeper/key");
	g_autofree char *link = below("keeper/link");
	g_autofree char *hard = below("keeper/hard");
	g_autofree char *foreign = g_build_filename(place.outside, "readable", NULL);
	struct stat about;

	g_assert_cmpint(symlink(foreign, link), ==, 0);
	g_assert_cmpint(linkat(AT_FDCWD, foreign, AT_FDCWD, hard, 0), ==, 0);
	g_assert_true(fn_roles_prepare(place.settings, NULL));
	g_assert_cmpint(stat(own, &about), ==, 0);
	g_assert_cmpuint(about.st_uid, ==, fn_role_uid(FN_ROLE_KEEPER));
	g_assert_cmpint(stat(foreign, &about), ==, 0);
	g_assert_cmpuint(about.st_uid, ==, 0);
	g_assert_cmpint(unlink(link) | unlink(hard), ==, 0);
	return 0;
}

static void
test_hand_over(void)
{
	if (geteuid() != 0)
		g_test_skip("needs root to give files away");
	else
		g_assert_cmpint(inside(61000, 0, hand_over, FN_ROLE_KEEPER), ==, 0);
}

static void
put(const char *directory, const char *name, mode_t mode)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, "", 0, NULL));
	g_assert_cmpint(chmod(path, mode), ==, 0);
}

static int
prepare(FnRole role)
{
	g_autoptr(GError) error = NULL;

	if (!fn_roles_prepare(place.settings, &error))
		g_printerr("# %s\n", error->message);
	return error == NULL ? 0 : 1;
}

static int
set_up(void)
{
	g_autofree char *socket_path = NULL;
	int fd;

	place.parent = getpid();
	place.directory = g_dir_make_tmp("fn-in-XXXXXX", NULL);
	place.outside = g_dir_make_tmp("fn-out-XXXXXX", NULL);
	place.rules = g_dir_make_tmp("fn-rules-XXXXXX", NULL);
	g_assert_cmpint(chmod(place.outside, 0777) | chmod(place.rules, 0777), ==, 0);
	put(place.rules, "rule.yaml", 0666);
	put(place.outside, "readable", 0666);
	put(place.directory, "fengni.conf", 0644);
	/* World-readable on purpose: it is not the mode that keeps the others out. */
	put(place.directory, "keeper/key", 0644);
	put(place.directory, "ledger/segment", 0644);
	put(place.directory, "registry/registry.db", 0660);
	place.settings = fn_settings_load(place.directory, NULL);
	g_assert_cmpint(inside(geteuid() == 0 ? 61000 : 0, 0, prepare, FN_ROLE_NONE), ==, 0);
	socket_path = below("run/other.sock");
	fd = fn_socket_listen(socket_path, NULL);
	g_assert_cmpint(fd, >=, 0);
	place.stranger = fork();
	if (place.stranger == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return fd;
}

int
main(int argc, char **argv)
{
	int listening, failed;

	g_test_init(&argc, &argv, NULL);
	listening = set_up();
	g_test_add_func("/confine/known-calls", test_known_calls);
	g_test_add_func("/confine/hand-over", test_hand_over);
	g_test_add_data_func("/confine/production", GINT_TO_POINTER(61000), test_roles);
	g_test_add_data_func("/confine/development", GINT_TO_POINTER(0), test_roles);
	g_test_add_func("/confine/not-root", test_not_root);
	g_test_add_func("/confine/threads", test_threads);
	g_test_add_func("/confine/way", test_way);
	failed = g_test_run();
	close(listening);
	kill(place.stranger, SIGKILL);
	waitpid(place.stranger, NULL, 0);
	fn_settings_free(place.settings);
	for (char **at = (char *[]){ place.directory, place.outside, place.rules, NULL }; *at != NULL; at++) {
		const char *const remove[] = { "rm", "-rf", "--", *at, NULL };

		g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
		g_free(*at);
	}
	return failed;
}
