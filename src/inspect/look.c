/* One file, from its descriptor to what it holds. */
#include "inspect/command_priv.h"

#include "base/say.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 20, WAIT_MS = 100 };

typedef struct {
	const FnLook *look;
	FnLooked *looked;
} Listening;

void
fn_looked_free(FnLooked *looked)
{
	if (looked == NULL)
		return;
	fn_scan_result_free(looked->result);
	g_ptr_array_unref(looked->text);
	g_hash_table_unref(looked->counts);
	g_free(looked->name);
	g_free(looked);
}

static void
on_finding(const FnFinding *finding, const char *text, gpointer data)
{
	const Listening *listening = data;
	FnLooked *looked = listening->looked;
	FnAbout about = fn_abouts_get(listening->look->abouts, finding->detector);
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(looked->counts, finding->detector));

	g_hash_table_insert(looked->counts, (gpointer)finding->detector, GUINT_TO_POINTER(n + 1));
	g_ptr_array_add(looked->text, listening->look->options->show ? g_utf8_make_valid(text, -1) : fn_about_excerpt(&about, text));
}

static gboolean
stopped(FnLook *look)
{
	return g_atomic_int_get(&look->stop) != 0;
}

/* Waits until there is something to read, or the end, or we are stopped: a pipe may be silent for long. */
static gboolean
readable(FnLook *look, int fd)
{
	struct pollfd wait = { fd, POLLIN, 0 };

	while (!stopped(look))
		if (poll(&wait, 1, WAIT_MS) != 0)
			return TRUE; /* or an error, which read() will name */
	return FALSE;
}

/* Reads to the end; NULL when everything came, else why not. */
static char *
read_all(FnLook *look, int fd, FnInspection *inspection, FnLooked *looked)
{
	g_autofree char *buffer = g_malloc(READ_SIZE);
	char *broken = NULL;
	gboolean more = TRUE;

	while (more && broken == NULL) {
		gboolean ready = readable(look, fd);
		gssize got = ready ? read(fd, buffer, READ_SIZE) : 0;

		if (!ready) {
			broken = g_strdup(fn_say("interrupted"));
		} else if (got < 0 && errno != EINTR) {
			broken = g_strdup_printf(fn_say("cannot be read: %s"), g_strerror(errno));
		} else if (got == 0) {
			more = FALSE;
		} else if (got > 0) {
			looked->bytes += (guint64)got;
			__atomic_fetch_add(&look->bytes, (guint64)got, __ATOMIC_RELAXED);
			more = fn_inspection_add(inspection, buffer, (gsize)got);
			if (looked->bytes > look->options->max_size)
				broken = g_strdup(fn_say("larger than --max-size"));
		}
	}
	explicit_bzero(buffer, READ_SIZE);
	return broken;
}

FnLooked *
fn_look(FnLook *look, FnItem *item)
{
	FnLooked *looked = g_new0(FnLooked, 1);
	Listening listening = { look, looked };
	g_autoptr(FnInspection) inspection = NULL;
	g_autofree char *broken = g_steal_pointer(&item->why);

	looked->name = g_steal_pointer(&item->name);
	looked->text = g_ptr_array_new_with_free_func(g_free);
	looked->counts = g_hash_table_new(g_str_hash, g_str_equal);
	/* only an unknown profile makes it fail, and the profile was looked up before */
	inspection = fn_inspection_new(look->inspector, look->scanner, look->options->profile, looked->name, on_finding, &listening, NULL);
	g_assert(inspection != NULL);
	if (broken == NULL && item->size > look->options->max_size)
		broken = g_strdup(fn_say("larger than --max-size"));
	if (broken == NULL)
		broken = read_all(look, item->fd, inspection, looked);
	looked->result = fn_inspection_end(inspection, broken);
	fn_item_clear(item);
	return looked;
}
