/* The crash matrix: every call by which the log changes a file - appending, rolling to a new segment, publishing heads, pruning,
 * opening - is made to fail, to be done but reported as failed, to be the last before death or the last thing done before it; and
 * at many of them the disk is full, or only half is written. Every call that reads is made to fail too. Then the log is opened
 * again: what was acknowledged is there, once; every head that was shown is still one of the log's, so that nobody can be shown
 * another history; a pruning happened or did not; all verifies, and the log goes on.
 *
 * The functions of the C library are replaced by those below for the whole test program. Syncing does nothing: what
 * reached the kernel outlives a process, and what a power cut loses is the matter of recovery_test.c. */
#include "ledger/test_keys.h"

#include "ledger/entry.h"
#include "ledger/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum { FAIL, FAIL_DONE, DIE, DIE_AFTER, FAIL_FULL, HALF, DIE_HALF, FAIL_READ, FAULTS } Fault;
static const struct {
	const char *name;
	gint step;  /* each so many-th call is hit */
	gint least; /* so many points, together more than 1,000, or the test tests less than it says */
} faults[FAULTS] = {
	[FAIL] = { "fail", 3, 120 }, [FAIL_DONE] = { "fail-done", 3, 120 }, [DIE] = { "die", 1, 350 }, [DIE_AFTER] = { "die-after", 1, 350 },
	[FAIL_FULL] = { "full", 9, 35 }, [HALF] = { "half", 9, 35 }, [DIE_HALF] = { "die-half", 9, 35 }, [FAIL_READ] = { "read", 3, 35 },
};

#define OLD	 300u /* entries of a year ago */
#define ENTRIES_MAX 1000u
#define HEADS_MAX 16u

/* Shared with the child. */
typedef struct {
	gint calls; /* atomic */
	gint at;    /* the call that is hit, from 1 on; 0: none */
	Fault fault;
	gint acknowledged; /* atomic */
	struct {
		guint number;
		guint64 index;
	} entry[ENTRIES_MAX];
	guint heads;
	char head[HEADS_MAX][2048];
} Shared;
static Shared *shared;

static gboolean
is_hit(gboolean reads)
{
	return shared != NULL && reads == (shared->fault == FAIL_READ) && g_atomic_int_add(&shared->calls, 1) + 1 == shared->at;
}

/* What becomes of a call that is hit: TRUE when it is to be done; then *@done_error (or 0) is reported. */
static gboolean
goes_ahead(int *done_error)
{
	*done_error = 0;
	switch (shared->fault) {
	case FAIL:
	case FAIL_READ:
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
#define FAULTY(reads_, call)                                        \
	int done_error;                                             \
	if (!is_hit(reads_))                                        \
		return (call);                                      \
	if (!goes_ahead(&done_error))                               \
		return -1;                                          \
	return report((call), done_error)

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
	int done_error;
	gboolean hit = is_hit(FALSE);

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

static long
faulty_sync(void)
{
	FAULTY(FALSE, 0L);
}

int
fdatasync(int fd)
{
	return (int)faulty_sync();
}

int
fsync(int fd)
{
	return (int)faulty_sync();
}

static long
faulty(gboolean reads, long number, long a, long b, long c, long d)
{
	FAULTY(reads, syscall(number, a, b, c, d));
}

int
ftruncate(int fd, off_t size)
{
	return (int)faulty(FALSE, SYS_ftruncate, fd, size, 0, 0);
}

int
renameat(int from_directory, const char *from, int to_directory, const char *to)
{
	return (int)faulty(FALSE, SYS_renameat, from_directory, (long)from, to_directory, (long)to);
}

int
mkdirat(int directory, const char *path, mode_t mode)
{
	return (int)faulty(FALSE, SYS_mkdirat, directory, (long)path, mode, 0);
}

int
unlinkat(int directory, const char *path, int flags)
{
	return (int)faulty(FALSE, SYS_unlinkat, directory, (long)path, flags, 0);
}

/* Opening a file that is not there yet changes the folder; any other opening is for reading or changes nothing. */
int
openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return (int)faulty((flags & O_CREAT) == 0, SYS_openat, directory, (long)path, flags, mode);
}

ssize_t
pread(int fd, void *data, size_t size, off_t offset)
{
	return faulty(TRUE, SYS_pread64, fd, (long)data, (long)size, offset);
}

/* ---- the child ---- */

typedef struct {
	FnLog *log;
	guint number;
} Living;

static void
acknowledged(guint64 index, const guint8 *salt, const GError *error, gpointer number)
{
	gint place;

	if (error != NULL)
		return;
	place = shared->acknowledged;
	shared->entry[place].number = GPOINTER_TO_UINT(number);
	shared->entry[place].index = index;
	g_atomic_int_set(&shared->acknowledged, place + 1);
}

/* One in eight is to be kept for ever. */
static FnClass
class_of(guint number)
{
	return number % 8 == 3 ? FN_CLASS_PERMANENT : FN_CLASS_6M;
}

static char *
body_of(guint number)
{
	g_autofree char *fill = g_strnfill(number * 71 % 60, 'y');

	return g_strdup_printf("{\"event\":\"fault\",\"fill\":\"%s\",\"n\":%u}", fill, number);
}

/* Together; one more at the end is waited for. */
static void
append(Living *living, guint count)
{
	for (; count > 0; count--, living->number++) {
		g_autofree char *body = body_of(living->number);

		fn_log_append(living->log, FN_ROLE_GATE, class_of(living->number), body, strlen(body), acknowledged,
			GUINT_TO_POINTER(living->number));
	}
	fn_log_append_wait(living->log, FN_ROLE_GATE, FN_CLASS_6M, "{\"event\":\"wait\"}", strlen("{\"event\":\"wait\"}"), NULL, NULL, NULL);
}

/* What is shown to others once must be a part of the log for ever. */
static void
show_head(FnLog *log)
{
	g_autofree char *head = fn_log_publish(log, NULL) ? fn_log_head(log, NULL) : NULL;

	if (head != NULL && shared->heads < HEADS_MAX && strlen(head) < sizeof(shared->head[0]))
		memcpy(shared->head[shared->heads++], head, strlen(head) + 1);
}

/* This month, as who asks for a pruning writes it. */
static gboolean
prune(FnLog *log, TestKeys *keys, GError **error)
{
	g_autofree char *month = fn_time_date_text(fn_time_now());

	month[FN_MONTH_SIZE] = '\0';
	return test_keys_prune(log, keys, month, error);
}

static void
live_once(Living *living, const FnLogOptions *options, guint count, TestKeys *keys)
{
	living->log = fn_log_open(options, NULL);
	if (living->log == NULL)
		return;
	append(living, 1);
	show_head(living->log);
	append(living, count);
	show_head(living->log);
	if (keys != NULL) {
		prune(living->log, keys, NULL);
		append(living, 1);
		show_head(living->log);
	}
	fn_log_close(living->log);
}

/* A year ago, now, and once more with a pruning; the next opening is the parent's. */
static void
live(const char *directory, TestKeys *keys)
{
	FnLogOptions options = test_options(directory, keys), old;
	gint64 then = fn_time_now() - 400 * G_TIME_SPAN_DAY;
	Living living = { NULL, 0 };

	options.segment_bytes = 8192;
	old = options;
	old.clock = test_keys_clock;
	old.clock_data = &then;
	live_once(&living, &old, OLD, NULL);
	live_once(&living, &options, 240, NULL);
	live_once(&living, &options, 3, keys);
}

/* ---- the parent ---- */

typedef struct {
	GHashTable *numbers; /* number -> index + 1 */
	guint64 size;
} Found;

static void
find(const Found *found, guint64 index, FnSpan frame)
{
	g_autofree char *text = NULL;
	FnEntry entry;
	json_t *body;
	guint n;

	g_assert_true(fn_entry_parse(frame.text, frame.size, &entry));
	if (!fn_span_is(entry.event, "fault"))
		return;
	text = g_strndup(entry.body.text, entry.body.size);
	body = fn_json_parse(text, entry.body.size, NULL);
	n = (guint)json_integer_value(json_object_get(body, "n"));
	json_decref(body);
	/* Numbers of a life that was cut short are not given again: a second one is a copy. */
	g_assert_true(g_hash_table_insert(found->numbers, GUINT_TO_POINTER(n), GUINT_TO_POINTER((guint)index + 1)));
}

static void
read_all(FnLog *log, Found *found)
{
	guint64 at = 0;

	for (;;) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		g_autoptr(GError) error = NULL;
		gsize place = 0;
		FnSpan frame;

		g_assert_true(fn_log_next(log, at, &at, NULL));
		fn_log_read(log, at, 1000, 1u << 20, out, &error);
		g_assert_no_error(error);
		if (out->len == 0)
			break;
		for (; fn_frame_skip(out->data, out->len, &place, &frame) == FN_FOUND_GOOD; at++)
			find(found, at, frame);
	}
	found->size = at;
}

/* Nothing that was acknowledged is gone but what pruning may take, and each lies where it was said to lie. */
static void
check_acknowledged(FnLog *log)
{
	Found found = { g_hash_table_new(NULL, NULL), 0 };
	guint64 minimum = fn_log_minimum(log);

	read_all(log, &found);
	for (gint i = 0; i < shared->acknowledged; i++) {
		guint number = shared->entry[i].number;
		guint64 index = shared->entry[i].index;
		gpointer there = g_hash_table_lookup(found.numbers, GUINT_TO_POINTER(number));

		if (index < minimum && class_of(number) == FN_CLASS_6M)
			g_assert_null(there);
		else
			g_assert_cmpuint(GPOINTER_TO_UINT(there), ==, (guint)index + 1);
	}
	g_hash_table_unref(found.numbers);
}

static void
check_heads(const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "heads", NULL);
	g_autofree char *heads = NULL;

	if (shared->heads == 0)
		return;
	g_assert_true(g_file_get_contents(path, &heads, NULL, NULL));
	for (guint i = 0; i < shared->heads; i++)
		g_assert_nonnull(strstr(heads, shared->head[i]));
}

/* Whatever became of a pruning before, the next one does what is left of it; nothing may be left, or not enough was entered. */
static void
check_pruning(FnLog *log, TestKeys *keys)
{
	g_autoptr(GError) error = NULL;

	if (prune(log, keys, &error))
		g_assert_cmpuint(fn_log_minimum(log), >, 0);
	else
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE);
	check_acknowledged(log);
}

static void
check_all(const char *directory, TestKeys *keys, gboolean prune_too)
{
	g_autoptr(GError) error = NULL;
	FnLog *log = test_open(directory, keys);

	check_acknowledged(log);
	check_heads(directory);
	test_append(log, 0, 1);
	fn_log_publish(log, &error);
	g_assert_no_error(error);
	if (prune_too)
		check_pruning(log, keys);
	fn_log_close(log);
	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
}

/* Runs the child with the fault at call @at. FALSE when there are not so many calls. */
static gboolean
run_once(TestKeys *keys, Fault fault, gint at)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autofree char *path = g_build_filename(directory, "ledger", NULL);
	pid_t child;
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
	g_test_message("%s at %d of %d: %d acknowledged, %u heads", faults[fault].name, at, calls, shared->acknowledged, shared->heads);
	check_all(path, keys, at % 4 == 0);
	return calls >= at;
}

static void
test_fault(gconstpointer data)
{
	Fault fault = (Fault)GPOINTER_TO_INT(data);
	g_autoptr(TestKeys) keys = test_keys_new();
	gint step = g_test_thorough() ? 1 : faults[fault].step;
	gint at = 1 + (gint)fault % step, tried = 0;

	for (; run_once(keys, fault, at); at += step)
		tried++;
	g_test_message("%d points tried", tried);
	g_assert_cmpint(tried, >=, faults[fault].least);
}

int
main(int argc, char **argv)
{
	Shared *memory = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	g_assert_true(memory != MAP_FAILED);
	g_test_init(&argc, &argv, NULL);
	if (g_getenv("TMPDIR") == NULL && g_file_test("/dev/shm", G_FILE_TEST_IS_DIR))
		g_setenv("TMPDIR", "/dev/shm", TRUE); /* thousands of small files */
	shared = memory;
	fn_roles_init(0);
	for (int fault = 0; fault < FAULTS; fault++) {
		g_autofree char *path = g_strdup_printf("/ledger/fault/%s", faults[fault].name);

		g_test_add_data_func(path, GINT_TO_POINTER(fault), test_fault);
	}
	return g_test_run();
}
