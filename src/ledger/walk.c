#include "ledger/walk.h"

#include "ledger/prune.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1u << 20)

/* A day in China Standard Time begins with an hour: within one, nothing changes. */
static gboolean
look_at_hour(FnWalk *walk, const FnEntry *entry)
{
	char text[FN_TIME_SIZE + 1] = "";
	g_autofree char *date = NULL;
	gint64 time;

	if (memcmp(walk->hour, entry->time.text, sizeof(walk->hour) - 1) == 0)
		return TRUE;
	memcpy(text, entry->time.text, FN_TIME_SIZE);
	if (!fn_time_parse(text, &time))
		return FALSE;
	memcpy(walk->hour, text, sizeof(walk->hour) - 1);
	date = fn_time_date_text(time);
	g_strlcpy(walk->month, date, sizeof(walk->month));
	for (FnClass class = FN_CLASS_6M; class <= FN_CLASS_PERMANENT; class++)
		walk->over[class] = fn_class_over(class, time, walk->now);
	return TRUE;
}

static gboolean
take(FnWalk *walk, guint64 index, FnSpan frame, const char *path, GError **error)
{
	FnEntry entry;

	if (fn_entry_parse(frame.text, frame.size, &entry) && look_at_hour(walk, &entry))
		return walk->entry(walk, index, frame, &entry, error);
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s: entry %" G_GUINT64_FORMAT " cannot be read", path, index);
	return FALSE;
}

static gboolean
walk_kept(FnWalk *walk, GError **error)
{
	g_autoptr(GByteArray) frame = g_byte_array_new();

	for (guint64 place = 0; place < walk->kept->entries; place++) {
		guint64 index;

		g_byte_array_set_size(frame, 0);
		if (!fn_kept_take(walk->kept, place, &index, frame, error) ||
		    !take(walk, index, (FnSpan){ (const char *)frame->data + 2, frame->len - 2 }, "kept", error))
			return FALSE;
	}
	return TRUE;
}

/* The entries [first, next) from the open file @fd. */
static gboolean
walk_file(FnWalk *walk, int fd, guint64 size, guint64 first, guint64 next, const char *path, GError **error)
{
	g_autofree guint8 *buffer = g_malloc(CHUNK + FN_ENTRY_MAX + 2);
	gsize have = 0, at = 0;
	guint64 offset = FN_SEGMENT_HEAD; /* of what comes behind the buffer */

	for (guint64 index = first; index < next; index++) {
		FnSpan frame;

		if (have - at < FN_ENTRY_MAX + 2 && offset < size) {
			gsize more = (gsize)MIN(CHUNK, size - offset);

			memmove(buffer, buffer + at, have - at);
			have -= at;
			at = 0;
			if (!fn_file_read_all(fd, buffer + have, more, offset, error))
				return FALSE;
			have += more;
			offset += more;
		}
		if (fn_frame_skip(buffer, have, &at, &frame) != FN_FOUND_GOOD) {
			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s: entry %" G_GUINT64_FORMAT " cannot be read", path, index);
			return FALSE;
		}
		if (!take(walk, index, frame, path, error))
			return FALSE;
	}
	return TRUE;
}

/* Its entries up to @end. */
static gboolean
walk_segment(FnWalk *walk, guint64 first, guint64 end, GError **error)
{
	g_autofree char *name = fn_segment_name(first);
	g_autofree char *path = g_build_filename("segments", name, NULL);
	int fd = openat(walk->directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat about;
	gboolean good = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);

	if (!good)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", path, fd < 0 ? g_strerror(errno) : "no plain file");
	good = good && (walk->segment == NULL || walk->segment(walk, first, (guint64)about.st_size, error)) &&
		walk_file(walk, fd, (guint64)about.st_size, first, end, path, error);
	if (fd >= 0)
		close(fd);
	return good;
}

gboolean
fn_walk(FnWalk *walk, GError **error)
{
	guint64 first = walk->kept->fd >= 0 ? walk->kept->first : 0;
	g_autoptr(GArray) segments = fn_segment_list(walk->directory, error);
	const guint64 *each = segments != NULL ? (const guint64 *)(gpointer)segments->data : NULL;
	guint i = 0;

	if (segments == NULL || !walk_kept(walk, error))
		return FALSE;
	while (i < segments->len && each[i] < first) /* left over by a pruning that was cut short */
		i++;
	if (i == segments->len ? first > 0 : each[i] != first) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "the segment of entry %" G_GUINT64_FORMAT " is missing", first);
		return FALSE;
	}
	for (; i < segments->len && each[i] < walk->until; i++) {
		guint64 end = i + 1 < segments->len ? each[i + 1] : MAX(walk->size, each[i]);

		if (end > walk->from || walk->from == 0)
			if (!walk_segment(walk, each[i], end, error))
				return FALSE;
	}
	return TRUE;
}
