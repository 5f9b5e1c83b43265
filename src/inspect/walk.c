/* Files below the paths that were given: names in byte order, links never followed, nothing passed over in silence. */
#include "inspect/command_priv.h"

#include "base/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory on the way down. */
typedef struct {
	int fd;
	char *name;       /* as it is shown */
	GPtrArray *below; /* names in it, sorted */
	guint at;
} Level;

struct FnWalk {
	const FnScanOptions *options;
	guint path;     /* the next of options->path */
	GArray *levels; /* Level */
	guint64 excluded;
};

static void
level_clear(gpointer data)
{
	Level *level = data;

	close(level->fd);
	g_free(level->name);
	g_ptr_array_unref(level->below);
}

FnWalk *
fn_walk_new(const FnScanOptions *options)
{
	FnWalk *walk = g_new0(FnWalk, 1);

	walk->options = options;
	walk->levels = g_array_new(FALSE, FALSE, sizeof(Level));
	g_array_set_clear_func(walk->levels, level_clear);
	return walk;
}

void
fn_walk_free(FnWalk *walk)
{
	if (walk == NULL)
		return;
	g_array_unref(walk->levels);
	g_free(walk);
}

guint64
fn_walk_excluded(const FnWalk *walk)
{
	return walk->excluded;
}

void
fn_item_clear(FnItem *item)
{
	if (item->fd > STDIN_FILENO)
		close(item->fd);
	g_free(item->name);
	g_free(item->why);
}

static void
cannot_read(FnItem *item, int code)
{
	item->why = g_strdup_printf(fn_say("cannot be read: %s"), g_strerror(code));
}

static const char *
kind_in_words(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return fn_say("a link, which is not followed");
	case S_IFIFO:
		return fn_say("a pipe, not a file");
	case S_IFSOCK:
		return fn_say("a socket, not a file");
	default:
		return fn_say("a device, not a file");
	}
}

static gboolean
is_excluded(const FnWalk *walk, const char *name)
{
	const char *slash = strrchr(name, '/'), *last = slash != NULL ? slash + 1 : name;

	for (char **glob = walk->options->exclude; *glob != NULL; glob++)
		if (fnmatch(*glob, last, 0) == 0 || fnmatch(*glob, name, 0) == 0)
			return TRUE;
	return FALSE;
}

static gint
by_bytes(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in directory @fd, sorted; NULL and errno when they cannot be read to the end. */
static GPtrArray *
names_in(int fd)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	int failed;

	if (directory == NULL) {
		failed = errno;
		if (copy >= 0)
			close(copy);
		errno = failed;
		return NULL;
	}
	for (errno = 0; (entry = readdir(directory)) != NULL; errno = 0)
		if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
			g_ptr_array_add(names, g_strdup(entry->d_name));
	failed = errno;
	closedir(directory);
	errno = failed;
	if (failed != 0)
		return NULL;
	g_ptr_array_sort(names, by_bytes);
	return g_steal_pointer(&names);
}

/* Goes down; FALSE and errno when that cannot be done. */
static gboolean
descend(FnWalk *walk, int at, const char *path, const char *name, int follow)
{
	Level level = { .fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow) };

	if (level.fd < 0)
		return FALSE;
	if ((level.below = names_in(level.fd)) == NULL) {
		int failed = errno;

		close(level.fd);
		errno = failed;
		return FALSE;
	}
	level.name = g_strdup(name);
	g_array_append_val(walk->levels, level);
	return TRUE;
}

/* Opens a file that was one a moment ago, and looks again at what was opened. */
static void
open_file(FnItem *item, int at, const char *path, int follow)
{
	struct stat about;

	item->fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | follow);
	if (item->fd < 0 || fstat(item->fd, &about) != 0) {
		cannot_read(item, errno);
	} else if (S_ISREG(about.st_mode)) {
		item->size = (guint64)about.st_size;
		return;
	} else if (S_ISFIFO(about.st_mode) && follow == 0) {
		return; /* one that was named itself */
	} else {
		item->why = g_strdup(kind_in_words(about.st_mode));
	}
	if (item->fd >= 0)
		close(item->fd);
	item->fd = -1;
}

/* Looks at one name: TRUE when @item is to be told, FALSE when it was a directory that was entered. @follow: 0 for what the
 * user named, else O_NOFOLLOW. */
static gboolean
visit(FnWalk *walk, int at, const char *path, const char *name, int follow, FnItem *item)
{
	struct stat about;
	gboolean known = fstatat(at, path, &about, follow != 0 ? AT_SYMLINK_NOFOLLOW : 0) == 0;

	*item = (FnItem){ .fd = -1 };
	if (known && S_ISDIR(about.st_mode) && descend(walk, at, path, name, follow))
		return FALSE;
	if (!known || S_ISDIR(about.st_mode))
		cannot_read(item, errno);
	else if (S_ISREG(about.st_mode) || (S_ISFIFO(about.st_mode) && follow == 0))
		open_file(item, at, path, follow);
	else /* never opened: some devices act when they are */
		item->why = g_strdup(kind_in_words(about.st_mode));
	item->name = g_strdup(name);
	return TRUE;
}

/* The next name of the innermost directory that has one left. */
static gboolean
next_below(FnWalk *walk, FnItem *item)
{
	while (walk->levels->len > 0) {
		Level *level = &g_array_index(walk->levels, Level, walk->levels->len - 1);
		g_autofree char *name = NULL;
		const char *last;

		if (level->at == level->below->len) {
			g_array_set_size(walk->levels, walk->levels->len - 1);
			continue;
		}
		last = level->below->pdata[level->at++];
		name = g_build_filename(level->name, last, NULL);
		if (is_excluded(walk, name))
			walk->excluded++;
		else if (visit(walk, level->fd, last, name, O_NOFOLLOW, item))
			return TRUE;
	}
	return FALSE;
}

gboolean
fn_walk_next(FnWalk *walk, FnItem *item)
{
	while (!next_below(walk, item)) {
		const char *path = walk->options->path[walk->path];

		if (path == NULL)
			return FALSE;
		walk->path++;
		if (g_str_equal(path, "-")) {
			*item = (FnItem){ .fd = STDIN_FILENO,
				.name = g_strdup(walk->options->name != NULL ? walk->options->name : "-") };
			return TRUE;
		}
		if (visit(walk, AT_FDCWD, path, path, 0, item))
			return TRUE;
	}
	return TRUE;
}
