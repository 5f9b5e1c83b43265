/* fengni-extract: turns one document into text, for the program that started it.
 *
 * SECURITY: everything it reads comes from strangers, and the libraries that parse it are large. It gets the document as
 * sealed memory (descriptor 3) and a pipe to answer (4), and before it looks at the first byte gives up
 * files, network, other processes and all but a list of system calls for good (ipc/sandbox.h). It links none of our crypto,
 * store or network code. Its parent treats what it answers as hostile; when it dies or hits a limit, the document counts as
 * not fully inspected. It has no command line: what it is told stands before the document. */
#include "base/program.h"
#include "extract/wire.h"
#include "inspect/job.h"
#include "ipc/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	FnSink wire;
	const FnJobHead *head;
} Relay;

static void
relay_segment(const char *where, gpointer data)
{
	const Relay *relay = data;

	relay->wire.segment(where, relay->wire.data);
}

static void
relay_place(const char *label, gpointer data)
{
	const Relay *relay = data;

	relay->wire.place(label, relay->wire.data);
}

static void
relay_text(const char *text, gsize size, gpointer data)
{
	const Relay *relay = data;

	relay->wire.text(text, size, relay->wire.data);
}

static void
relay_note(FnNote note, const char *where, const char *detail, gpointer data)
{
	const Relay *relay = data;

	relay->wire.note(note, where, detail, relay->wire.data);
}

/* What the parent has no program for need not travel. */
static void
relay_outside(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data)
{
	const Relay *relay = data;
	gboolean pdf = g_str_equal(kind, "pdf");

	if (pdf ? relay->head->pdf : relay->head->picture)
		relay->wire.outside(kind, where, bytes, size, relay->wire.data);
	else
		relay->wire.note(pdf ? FN_NOTE_UNKNOWN : FN_NOTE_PICTURE, where, "", relay->wire.data);
}

/* NULL when descriptor FN_JOB_DOCUMENT is no job. */
static const FnJobHead *
map_job(void)
{
	struct stat about;
	const FnJobHead *head;

	if (fstat(FN_JOB_DOCUMENT, &about) != 0 || about.st_size < FN_JOB_HEAD)
		return NULL;
	head = mmap(NULL, (gsize)about.st_size, PROT_READ, MAP_PRIVATE, FN_JOB_DOCUMENT, 0);
	if (head == MAP_FAILED || memcmp(head->magic, FN_JOB_MAGIC, sizeof(head->magic)) != 0 ||
		head->size != (guint64)about.st_size - FN_JOB_HEAD || memchr(head->name, '\0', sizeof(head->name)) == NULL)
		return NULL;
	close(FN_JOB_DOCUMENT);
	return head;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	const FnJobHead *head;
	FnExtract *extract;
	FnSink sink;
	Relay relay;
	FnCell cell;

	fn_program_start("fengni-extract");
	if ((head = map_job()) == NULL)
		fn_program_fail("it is started by other programs of Fengni, not by hand", NULL);
	cell = (FnCell){ head->memory, head->limits.seconds };
	if (!fn_cell_enter(&cell, FN_JOB_ANSWER, &error))
		fn_program_fail("cannot confine itself", error);
	relay = (Relay){ fn_wire_sink(FN_JOB_ANSWER), head };
	sink = (FnSink){ relay_segment, relay_place, relay_text, relay_note, relay_outside, &relay };
	extract = fn_extract_new(&head->limits, &sink);
	if (head->cells)
		fn_extract_want_cells(extract);
	fn_extract_document(extract, head->name, (const guint8 *)head + FN_JOB_HEAD, head->size);
	fn_wire_end(&relay.wire);
	/* All is said, and what libraries do at the end they may not do in here. */
	_exit(FN_EXIT_OK);
}
