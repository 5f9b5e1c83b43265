/* Every call by which the log changes a file is made to fail, to be done but reported as failed, to be done by half, and to
 * be the last before death; then the log is opened again: what was acknowledged is there, once, and all verifies.
 *
 * The functions of the C library are replaced by those below for the whole test program. Syncing does nothing: what
 * reached the kernel outlives a process, and what a power cut loses is the matter of recovery_test.c. */
#include "ledger/test_keys.h"

#include "ledger/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum { FAIL, FAIL_FULL, FAIL_DONE, HALF, DIE, DIE_HALF, DIE_AFTER, FAULTS } Fault;
static const char *const fault_name[FAULTS] = { "fail", "full", "fail-done", "half", "die", "die-half", "die-after" };

/* Shared with the child. */
typedef struct {
	gint calls; /* atomic */
	gint at;    /* the call that is hit, from 1 on; 0: none */
	Fault fault;
	guint acknowledged;
	struct {
		guint number;
		guint64 index;
	} entry[1000];
} Shared;
static Shared *shared;

static gboolean
is_hit(void)
{
	return shared != NULL && g_atomic_int_add(&shared->calls, 1) + 1 == shared->at;
}

/* What becomes of a call that is hit: TRUE when it is to be done; then *@done_error (or 0) is reported. */
static gboolean
goes_ahead(int *done_error)
{
	*done_error = 0;
	switch (shared->fault) {
	case FAIL:
		errno = EIO;
		return FALSE;
	case FAIL_FULL:
		errno = ENOSPC;
		return FALSE;
	case FAIL_DONE:
		*done_error = EIO;
		return TRUE;
	case DIE:
	case DIE_HALF:
		_exit(9);
	default:
		return TRUE;
	}
}

static long
report(long result, int done_error)
{
	if (shared->fault == DIE_AFTER)
		_exit(9);
	if (done_error == 0)
		return result;
	errno = done_error;
	return -1;
}

/* @call once, as the fault wants it. */
#define FAULTY(call)                                                \
	int done_error;                                             \
	if (!is_hit())                                              \
		return (call);                                      \
	if (!goes_ahead(&done_error))                               \
		return -1;                                          \
	return (int)report((call), done_error)

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
	int done_error;
	gboolean hit = is_hit();

	if (hit && (shared->fault == HALF || shared->fault == DIE_HALF) && size > 1) {
		size /= 2;
		if (shared->fault == DIE_HALF) {
			syscall(SYS_pwrite64, fd, data, size, offset);
			_exit(9);
		}
	}
	if (hit && !goes_ahead(&done_error))
		return -1;
	if (!hit)
		return syscall(SYS_pwrite64, fd, data, size, offset);
	return report(syscall(SYS_pwrite64, fd, data, size, offset), done_error);
}

int
fdatasync(int fd)
{
	FAULTY(0);
}

int
fsync(int fd)
{
	FAULTY(0);
}

int
ftruncate(int fd, off_t size)
{
	FAULTY((int)syscall(SYS_ftruncate, fd, size));
}

int
renameat(int from_directory, const char *from, int to_directory, const char *to)
{
	FAULTY((int)syscall(SYS_renameat2, from_directory, from, to_directory, to, 0));
}

int
mkdirat(int directory, const char *path, mode_t mode)
{
	FAULTY((int)syscall(SYS_mkdirat, directory, path, mode));
}

/* ---- the child ---- */

static void
append(FnLog *log, guint number)
{
	g_autofree char *fill = g_strnfill(number * 71 % 200, 'y');
	g_autofree char *body = g_strdup_printf("{\"event\":\"fault\",\"fill\":\"%s\",\"n\":%u}", fill, number);
	guint64 index;

	if (!fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), &index, NULL, NULL))
		return;
	shared->entry[shared->acknowledged].number = number;
	shared->entry[shared->acknowledged++].index = index;
}

static void
live(const char *directory, TestKeys *keys)
{
	FnLogOptions options = test_options(directory, keys);
	guint number = 0;

	options.segment_bytes = 16384;
	for (guint life = 0; life < 3; life++) {
		g_autoptr(FnLog) log = fn_log_open(&options, NULL);

		if (log == NULL)
			continue;
		for (guint i = 0; i < 4; i++)
			append(log, number++);
		fn_log_publish(log, NULL);
		if (life == 1)
			for (guint i = 0; i < 300; i++)
				append(log, number++);
		else
			append(log, number++);
		fn_log_publish(log, NULL);
	}
}

/* ---- the parent ---- */

static void
check_once(FnLog *log, guint64 size)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	for (guint64 index = 0; index < size; index++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		g_autofree char *text = NULL;
		json_t *body;
		FnEntry entry;

		g_assert_true(fn_log_read(log, index, 1, 100000, out, NULL));
		g_assert_true(fn_entry_parse((const char *)out->data + 2, out->len - 2, &entry));
		text = g_strndup(entry.body.text, entry.body.size);
		body = fn_json_parse(text, entry.body.size, NULL);
		if (fn_span_is(entry.event, "fault")) {
			guint n = (guint)json_integer_value(json_object_get(body, "n"));

			g_assert_true(g_hash_table_add(seen, GUINT_TO_POINTER(n + 1)));
			for (guint i = 0; i < shared->acknowledged; i++)
				if (shared->entry[i].index == index)
					g_assert_cmpuint(shared->entry[i].number, ==, n);
		}
		json_decref(body);
	}
	for (guint i = 0; i < shared->acknowledged; i++)
		g_assert_true(g_hash_table_contains(seen, GUINT_TO_POINTER(shared->entry[i].number + 1)));
}

static guint64
durable(FnLog *log)
{
	g_autofree char *status = fn_log_status(log);
	json_t *json = fn_json_parse(status, strlen(status), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "durable"));

	json_decref(json);
	return size;
}

/* Runs the child with the fault at call @at. FALSE when there are not so many calls. */
static gboolean
run_once(TestKeys *keys, Fault fault, gint at, gboolean check_reading)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autofree char *path = g_build_filename(directory, "ledger", NULL);
	g_autoptr(GError) error = NULL;
	pid_t child;
	FnLog *log;
	gint calls;

	memset(shared, 0, sizeof(*shared));
	shared->at = at;
	shared->fault = fault;
	child = fork();
	if (child == 0) {
		live(path, keys);
		_exit(0);
	}
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
	calls = shared->calls;
	shared->at = 0;
	g_test_message("%s at %d: %u acknowledged", fault_name[fault], at, shared->acknowledged);
	log = test_open(path, keys);
	if (check_reading)
		check_once(log, durable(log));
	g_assert_cmpuint(durable(log), >=, shared->acknowledged);
	test_append(log, 0, 1);
	fn_log_publish(log, &error);
	g_assert_no_error(error);
	fn_log_close(log);
	fn_ledger_verify(path, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	return calls >= at;
}

/* The long run of like commits in the middle is tested at some points only, unless thoroughly. */
static void
test_fault(gconstpointer data)
{
	Fault fault = (Fault)GPOINTER_TO_INT(data);
	g_autoptr(TestKeys) keys = test_keys_new();
	gint step = g_test_thorough() ? 1 : 31;
	gint at = 1 + (gint)fault % 4, tried = 0;

	while (run_once(keys, fault, at, tried % 4 == 0)) {
		at += at < 60 ? MIN(step, 4) : step;
		tried++;
	}
	g_test_message("%d points tried", tried);
	g_assert_cmpint(tried, >, 30);
}

int
main(int argc, char **argv)
{
	Shared *memory = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	g_assert_true(memory != MAP_FAILED);
	shared = memory;
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	for (int fault = 0; fault < FAULTS; fault++) {
		g_autofree char *path = g_strdup_printf("/ledger/fault/%s", fault_name[fault]);

		g_test_add_data_func(path, GINT_TO_POINTER(fault), test_fault);
	}
	return g_test_run();
}
