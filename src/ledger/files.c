#include "ledger/files.h"

#include "ledger/ledger.h"

#include "base/pool.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_WAITING   128u
#define HELPERS	       8u
#define FILES_A_HELPER 16u

typedef struct {
	char *path;
	char aside[32];
	int fd;
	gboolean is_folder;
} Waiting;

struct FnFiles {
	int directory;
	guint64 serial;
	GArray *waiting; /* of Waiting */
};

static gboolean
failed(GError **error, const char *doing, const char *path)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "%s %s: %s", doing, path, g_strerror(errno));
	return FALSE;
}

FnFiles *
fn_files_new(int directory)
{
	FnFiles *files = g_new0(FnFiles, 1);

	files->directory = directory;
	files->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
	return files;
}

static void
forget(FnFiles *files)
{
	for (guint i = 0; i < files->waiting->len; i++) {
		Waiting *waiting = &g_array_index(files->waiting, Waiting, i);

		close(waiting->fd);
		g_free(waiting->path);
	}
	g_array_set_size(files->waiting, 0);
}

void
fn_files_free(FnFiles *files)
{
	if (files == NULL)
		return;
	for (guint i = 0; i < files->waiting->len; i++)
		unlinkat(files->directory, g_array_index(files->waiting, Waiting, i).aside, 0);
	forget(files);
	g_array_unref(files->waiting);
	g_free(files);
}

gboolean
fn_files_put(FnFiles *files, const char *path, const void *data, gsize size, GError **error)
{
	Waiting waiting = { 0 };

	snprintf(waiting.aside, sizeof(waiting.aside), "tmp/%" G_GUINT64_FORMAT, files->serial++);
	waiting.fd = openat(files->directory, waiting.aside, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (waiting.fd < 0)
		return failed(error, "creating", waiting.aside);
	waiting.path = g_strdup(path);
	g_array_append_val(files->waiting, waiting);
	if (!fn_file_write_all(waiting.fd, data, size, 0, error))
		return FALSE;
	/* Starts the writing now, so that the syncs on commit find it under way; only a hint. */
	sync_file_range(waiting.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return files->waiting->len < MOST_WAITING || fn_files_commit(files, error);
}

gboolean
fn_file_make_folder(int directory, const char *path, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(path);

	if (g_str_equal(path, ".") || mkdirat(directory, path, 0700) == 0)
		return g_str_equal(path, ".") || fn_file_sync_folder(directory, parent, error);
	if (errno == EEXIST)
		return TRUE;
	if (errno != ENOENT)
		return failed(error, "making the folder", path);
	return fn_file_make_folder(directory, parent, error) && fn_file_make_folder(directory, path, error);
}

gboolean
fn_file_sync_folder(int directory, const char *path, GError **error)
{
	int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean done = fd >= 0 && fsync(fd) == 0;

	if (!done)
		failed(error, "syncing the folder", path);
	if (fd >= 0)
		close(fd);
	return done;
}

/* ---- syncing many at once ---- */

typedef struct {
	const Waiting *file;
	guint count;
	gint next; /* atomic */
	FnMutex mutex;
	/* under the mutex: */
	const Waiting *failed;
	int why;
} Syncing;

static void *
sync_some(void *data)
{
	Syncing *syncing = data;
	guint i;

	while ((i = (guint)g_atomic_int_add(&syncing->next, 1)) < syncing->count) {
		const Waiting *file = &syncing->file[i];

		if ((file->is_folder ? fsync : fdatasync)(file->fd) == 0)
			continue;
		fn_mutex_lock(&syncing->mutex);
		syncing->why = errno;
		syncing->failed = file;
		fn_mutex_unlock(&syncing->mutex);
	}
	return NULL;
}

/* Each sync ends with a flush of the disk, for which the commits of entries would wait in turn; flushes that come together the
 * kernel makes one. So many files are synced from several threads; where one cannot be had, this one does its part. */
static gboolean
sync_all(const GArray *files, GError **error)
{
	Syncing syncing = { (const Waiting *)files->data, files->len, 0, FN_MUTEX_INIT, NULL, 0 };
	guint helpers = MIN(files->len / FILES_A_HELPER, HELPERS);
	pthread_t helper[HELPERS];
	guint started = 0;

	while (started < helpers && pthread_create(&helper[started], NULL, sync_some, &syncing) == 0)
		started++;
	sync_some(&syncing);
	for (guint i = 0; i < started; i++)
		pthread_join(helper[i], NULL);
	if (syncing.failed == NULL)
		return TRUE;
	errno = syncing.why;
	return failed(error, "syncing", syncing.failed->path);
}

static gboolean
sync_folders(FnFiles *files, GHashTable *paths, GError **error)
{
	GArray *folders = g_array_new(FALSE, FALSE, sizeof(Waiting));
	gboolean good = TRUE;
	GHashTableIter each;
	gpointer path;

	g_hash_table_iter_init(&each, paths);
	while (good && g_hash_table_iter_next(&each, &path, NULL)) {
		Waiting folder = { .path = path, .is_folder = TRUE,
			.fd = openat(files->directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

		good = folder.fd >= 0 || failed(error, "syncing the folder", path);
		if (good)
			g_array_append_val(folders, folder);
	}
	good = good && sync_all(folders, error);
	for (guint i = 0; i < folders->len; i++)
		close(g_array_index(folders, Waiting, i).fd);
	g_array_unref(folders);
	return good;
}

static gboolean
move_all(FnFiles *files, GHashTable *folders, GError **error)
{
	for (guint i = 0; i < files->waiting->len; i++) {
		const Waiting *waiting = &g_array_index(files->waiting, Waiting, i);
		char *folder = g_path_get_dirname(waiting->path);
		gboolean known = g_hash_table_contains(folders, folder);

		g_hash_table_add(folders, folder); /* frees the one it replaces */
		if (!known && !fn_file_make_folder(files->directory, folder, error))
			return FALSE;
		if (renameat(files->directory, waiting->aside, files->directory, waiting->path) != 0)
			return failed(error, "putting in place", waiting->path);
	}
	return TRUE;
}

gboolean
fn_files_commit(FnFiles *files, GError **error)
{
	g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!sync_all(files->waiting, error) || !move_all(files, folders, error) || !sync_folders(files, folders, error))
		return FALSE;
	forget(files);
	return TRUE;
}

gboolean
fn_file_write_all(int fd, const void *data, gsize size, guint64 offset, GError **error)
{
	const guint8 *from = data;

	while (size > 0) {
		ssize_t wrote = pwrite(fd, from, size, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "writing at offset %" G_GUINT64_FORMAT ": %s", offset,
				wrote == 0 ? "nothing was taken" : g_strerror(errno));
			return FALSE;
		}
		from += wrote;
		size -= (gsize)wrote;
		offset += (guint64)wrote;
	}
	return TRUE;
}

gboolean
fn_file_read_all(int fd, void *data, gsize size, guint64 offset, GError **error)
{
	guint8 *to = data;

	while (size > 0) {
		ssize_t got = pread(fd, to, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "reading at offset %" G_GUINT64_FORMAT ": %s", offset,
				got == 0 ? "the file ends" : g_strerror(errno));
			return FALSE;
		}
		to += got;
		size -= (gsize)got;
		offset += (guint64)got;
	}
	return TRUE;
}

static GBytes *
read_open(int fd, gsize most, GError **error)
{
	struct stat about;
	g_autofree guint8 *data = NULL;

	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size < 0 || (guint64)about.st_size > most) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "not a plain file of at most %" G_GSIZE_FORMAT " bytes", most);
		return NULL;
	}
	data = g_try_malloc((gsize)about.st_size + 1);
	if (data == NULL) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "no memory");
		return NULL;
	}
	if (!fn_file_read_all(fd, data, (gsize)about.st_size, 0, error))
		return NULL;
	return g_bytes_new_take(g_steal_pointer(&data), (gsize)about.st_size);
}

GBytes *
fn_file_read(int directory, const char *path, gsize most, gboolean *missing_out, GError **error)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	GBytes *bytes;

	if (missing_out != NULL)
		*missing_out = fd < 0 && errno == ENOENT;
	if (fd < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
		return NULL;
	}
	bytes = read_open(fd, most, error);
	if (bytes == NULL)
		g_prefix_error(error, "%s: ", path);
	close(fd);
	return bytes;
}

void
fn_file_empty_folder(int directory, const char *path)
{
	int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *item;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((item = readdir(folder)) != NULL)
		if (item->d_name[0] != '.')
			unlinkat(dirfd(folder), item->d_name, 0);
	closedir(folder);
}

static gint
by_number(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return x < y ? -1 : x > y;
}

GArray *
fn_file_list_numbers(int directory, const char *folder, gboolean (*parse)(const char *name, guint64 *number_out), const char *what,
	gboolean may_lack, GError **error)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(guint64));
	int fd = openat(directory, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *item;
	gboolean good = TRUE;

	if (stream == NULL && errno == ENOENT && may_lack)
		return g_steal_pointer(&list);
	if (stream == NULL) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", folder, g_strerror(errno));
		return NULL;
	}
	while (good && (item = readdir(stream)) != NULL) {
		guint64 number;

		if (g_str_equal(item->d_name, ".") || g_str_equal(item->d_name, ".."))
			continue;
		good = parse(item->d_name, &number);
		if (good) {
			g_array_append_val(list, number);
		} else {
			g_autofree char *name = fn_text_safe(item->d_name, -1, 64);

			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s/%s: not a %s", folder, name, what);
		}
	}
	closedir(stream);
	g_array_sort(list, by_number);
	return good ? g_steal_pointer(&list) : NULL;
}
