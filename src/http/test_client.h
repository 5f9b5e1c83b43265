/* For tests: a client of a server on a Unix socket that sees bytes as they come, cut answers too. Any failure fails the test. */
#pragma once

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
	guint status;
	GString *head, *body;
	gboolean whole; /* the answer's end was seen */
} Answer;

static inline void
answer_clear(Answer *answer)
{
	if (answer->head != NULL)
		g_string_free(answer->head, TRUE);
	if (answer->body != NULL)
		g_string_free(answer->body, TRUE);
	*answer = (Answer){ 0 };
}

static inline int
test_http_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	return fd;
}

static inline void
test_http_send(int fd, const char *text, gsize size)
{
	while (size > 0) {
		ssize_t n = send(fd, text, size, MSG_NOSIGNAL);

		g_assert_cmpint(n, >, 0);
		text += n;
		size -= (gsize)n;
	}
}

/* Undoes chunks in place; TRUE when the last one was there. */
static inline gboolean
answer_unchunk(GString *body)
{
	GString *out = g_string_new(NULL);
	gboolean whole = FALSE;
	gsize at = 0;

	while (at < body->len) {
		char *end;
		gsize n = strtoul(body->str + at, &end, 16);

		at = (gsize)(end - body->str) + 2;
		if (n == 0) {
			whole = TRUE;
			break;
		}
		if (at >= body->len)
			break;
		g_string_append_len(out, body->str + at, (gssize)MIN(n, body->len - at));
		at += n + 2;
	}
	g_string_truncate(body, 0);
	g_string_append_len(body, out->str, (gssize)out->len);
	g_string_free(out, TRUE);
	return whole;
}

/* Reads until the other side closes, or @most bytes. */
static inline Answer
test_http_receive(int fd, gsize most)
{
	Answer answer = { .body = g_string_new(NULL) };
	g_autoptr(GString) all = g_string_new(NULL);
	char buffer[65536];
	const char *end, *length;
	ssize_t n;

	while (all->len < most && (n = recv(fd, buffer, MIN(sizeof(buffer), most - all->len), 0)) > 0)
		g_string_append_len(all, buffer, n);
	end = strstr(all->str, "\r\n\r\n");
	answer.head = g_string_new_len(all->str, end != NULL ? end - all->str : (gssize)all->len);
	if (end == NULL)
		return answer;
	answer.status = (guint)g_ascii_strtoull(all->str + strlen("HTTP/1.1 "), NULL, 10);
	g_string_append_len(answer.body, end + 4, (gssize)all->len - (end + 4 - all->str));
	length = strstr(answer.head->str, "Content-Length: ");
	answer.whole = length != NULL ? g_ascii_strtoull(length + 16, NULL, 10) == answer.body->len : answer_unchunk(answer.body);
	return answer;
}

static inline char *
answer_header(const Answer *answer, const char *name)
{
	g_autofree char *start = g_strdup_printf("\r\n%s: ", name);
	const char *at = strstr(answer->head->str, start), *end;

	if (at == NULL)
		return NULL;
	at += strlen(start);
	end = strstr(at, "\r\n");
	return end != NULL ? g_strndup(at, (gsize)(end - at)) : g_strdup(at);
}
