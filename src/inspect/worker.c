/* One worker, seen from its parent: asked for, listened to, given up. */
#include "inspect/nursery_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 65536, LINE_MAX_BYTES = 128 };
#define GRACE (2 * G_USEC_PER_SEC) /* for the nursery to end a worker and say so */

typedef struct {
	int answer, errors, exit; /* our ends; -1 once closed */
	FnWorkerEnd end;
	gboolean reported;
	char line[LINE_MAX_BYTES]; /* what came of the present line of errors */
	guint in_line;
} Listening;

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* FALSE: no descriptors, or the nursery is gone. */
static gboolean
ask(FnNursery *nursery, FnWorkerKind kind, int document, gint64 deadline, Listening *listening)
{
	FnWorkerRequest request = { .kind = kind, .deadline = deadline };
	struct iovec io = { &request, sizeof(request) };
	union {
		char bytes[CMSG_SPACE(FN_PASSED * sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int ours[FN_PASSED] = { -1, -1, -1, -1 }, theirs[FN_PASSED] = { document, -1, -1, -1 };
	gboolean sent = TRUE;

	for (guint i = FN_PASS_ANSWER; sent && i < FN_PASSED; i++) {
		int pair[2];

		if ((sent = pipe2(pair, O_CLOEXEC) == 0)) {
			ours[i] = pair[0];
			theirs[i] = pair[1];
		}
	}
	*head = (struct cmsghdr){ CMSG_LEN(sizeof(theirs)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(head), theirs, sizeof(theirs));
	while (sent && sendmsg(nursery->socket, &message, MSG_NOSIGNAL) < 0)
		sent = errno == EINTR;
	for (guint i = FN_PASS_ANSWER; i < FN_PASSED; i++)
		close_fd(&theirs[i]);
	*listening = (Listening){ .answer = ours[FN_PASS_ANSWER], .errors = ours[FN_PASS_ERRORS], .exit = ours[FN_PASS_EXIT] };
	return sent;
}

/* Programs write "Syntax Error …", "Internal Error …": something of the document was not read. Warnings tell of flaws that
 * cost nothing. */
static void
end_line(Listening *listening)
{
	listening->line[MIN(listening->in_line, LINE_MAX_BYTES - 1)] = '\0';
	if (strstr(listening->line, "Error") != NULL && listening->end.complaints < G_MAXUINT)
		listening->end.complaints++;
	listening->in_line = 0;
}

static void
take_errors(Listening *listening, const guint8 *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (bytes[i] == '\n' || bytes[i] == '\0')
			end_line(listening);
		else if (listening->in_line < LINE_MAX_BYTES - 1)
			listening->line[listening->in_line++] = (char)bytes[i];
}

/* At the end of the pipe the descriptor is closed. */
static gsize
read_some(int *fd, guint8 *buffer)
{
	ssize_t size = read(*fd, buffer, READ_SIZE);

	if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN))
		close_fd(fd);
	return size > 0 ? (gsize)size : 0;
}

static void
take_report(Listening *listening)
{
	FnWorkerReport report;

	if (read(listening->exit, &report, sizeof(report)) == sizeof(report)) {
		listening->reported = TRUE;
		listening->end.status = report.status;
		listening->end.late = report.late != 0;
	}
	close_fd(&listening->exit);
}

/* One wait and what it brought. FALSE: enough. */
static gboolean
listen_once(Listening *listening, gint64 until, guint8 *buffer, FnWorkerAnswer on_answer, gpointer data)
{
	struct pollfd polled[] = { { listening->answer, POLLIN, 0 }, { listening->errors, POLLIN, 0 }, { listening->exit, POLLIN, 0 } };
	gint64 left = until - g_get_monotonic_time();
	gsize size;

	if (left <= 0) {
		listening->end.late = TRUE;
		return FALSE;
	}
	if (poll(polled, G_N_ELEMENTS(polled), (int)MIN(left / 1000 + 1, 60000)) < 0 && errno != EINTR)
		return FALSE;
	if (polled[0].revents != 0 && (size = read_some(&listening->answer, buffer)) > 0 && !on_answer(buffer, size, data))
		return FALSE;
	if (polled[1].revents != 0 && (size = read_some(&listening->errors, buffer)) > 0)
		take_errors(listening, buffer, size);
	if (polled[2].revents != 0)
		take_report(listening);
	return listening->answer >= 0 || listening->errors >= 0 || listening->exit >= 0;
}

FnWorkerEnd
fn_nursery_run(FnNursery *nursery, FnWorkerKind kind, int document, gint64 deadline, FnWorkerAnswer on_answer, gpointer data)
{
	g_autofree guint8 *buffer = g_malloc(READ_SIZE);
	Listening listening;

	if (ask(nursery, kind, document, deadline, &listening))
		while (listen_once(&listening, deadline + GRACE, buffer, on_answer, data))
			;
	if (listening.in_line > 0)
		end_line(&listening);
	listening.end.ended = listening.reported && listening.answer < 0 && !listening.end.late;
	close_fd(&listening.answer);
	close_fd(&listening.errors);
	close_fd(&listening.exit);
	explicit_bzero(buffer, READ_SIZE);
	return listening.end;
}
