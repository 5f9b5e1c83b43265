/* The file `heads`: one line per signed head, by growing size, so that it is searched like a sorted list. */
#include "ledger/files.h"
#include "ledger/head.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_LINE 4096u /* no head's line is longer */
#define BLOCK	 (2 * HEAD_LINE)

typedef struct {
	int fd;
	guint64 size;
	char block[BLOCK];
} Heads;

typedef enum { FOUND_FAULT = 0, FOUND_END, FOUND_LINE } Found;

static Found
no_line(guint64 at, GError **error)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "heads at offset %" G_GUINT64_FORMAT ": no line of a head", at);
	return FOUND_FAULT;
}

/* The first line that begins at or behind @at (@at 0 or behind a line's end: there). A last line without its end is being
 * written: it is not there yet. */
static Found
line_from(Heads *heads, guint64 at, guint64 *start_out, guint64 *end_out, guint64 *size_out, GError **error)
{
	guint64 base = at > 0 ? at - 1 : 0;
	gsize have = (gsize)MIN(BLOCK, heads->size - base);
	const char *start = heads->block, *end;
	g_auto(FnHead) head = { 0 };
	FnCanon canon;

	if (!fn_file_read_all(heads->fd, heads->block, have, base, error))
		return FOUND_FAULT;
	if (at > 0 && (start = memchr(heads->block, '\n', have)) != NULL)
		start++;
	end = start != NULL ? memchr(start, '\n', have - (gsize)(start - heads->block)) : NULL;
	if (end == NULL)
		return have < BLOCK ? FOUND_END : no_line(base, error);
	canon = fn_canon_over(start, (gsize)(end - start));
	*start_out = base + (guint64)(start - heads->block);
	*end_out = base + (guint64)(end + 1 - heads->block);
	if (!fn_head_take(&canon, &head) || canon.at != canon.end)
		return no_line(*start_out, error);
	*size_out = head.size;
	return FOUND_LINE;
}

/* Where the first line of a head above @above begins; the file's size when there is none. */
static gboolean
find(Heads *heads, guint64 above, guint64 *at_out, GError **error)
{
	guint64 low = 0, high = heads->size;

	while (low < high) {
		guint64 middle = low + (high - low) / 2, start, end, size;
		Found found = line_from(heads, middle, &start, &end, &size, error);

		if (found == FOUND_FAULT)
			return FALSE;
		if (found == FOUND_LINE && size <= above)
			low = end;
		else
			high = middle; /* no line begins in [middle, start) */
	}
	*at_out = low;
	return TRUE;
}

static GBytes *
whole_lines(Heads *heads, guint64 at, gsize most, GError **error)
{
	gsize size = (gsize)MIN(most, heads->size - at);
	g_autofree char *lines = g_malloc(size + 1);

	if (!fn_file_read_all(heads->fd, lines, size, at, error))
		return NULL;
	while (size > 0 && lines[size - 1] != '\n')
		size--;
	return g_bytes_new_take(g_steal_pointer(&lines), size);
}

GBytes *
fn_heads_after(int directory, guint64 above, gsize most, GError **error)
{
	g_autofree Heads *heads = g_new0(Heads, 1);
	GBytes *lines = NULL;
	struct stat about;
	guint64 at;

	g_assert(most >= HEAD_LINE);
	heads->fd = openat(directory, "heads", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (heads->fd < 0 || fstat(heads->fd, &about) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "heads: %s", g_strerror(errno));
	} else {
		heads->size = (guint64)about.st_size;
		if (find(heads, above, &at, error))
			lines = whole_lines(heads, at, most, error);
	}
	if (heads->fd >= 0)
		close(heads->fd);
	return lines;
}
