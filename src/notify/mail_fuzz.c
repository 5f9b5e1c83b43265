/* What a mail server may answer: each line of the input in turn, then it hangs up. A message is delivered, or fails in one of our ways. */
#include "notify/notify.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

typedef struct {
	int listener;
	char **answer;
	guint at;
} Server;

static gboolean
say(Server *server, FILE *peer)
{
	const char *line = server->answer[server->at];

	if (line == NULL)
		return FALSE;
	server->at++;
	fprintf(peer, "%s\r\n", line);
	/* what goes on over several lines is said at once */
	return fflush(peer) == 0 && (strlen(line) < 4 || line[3] != '-' || say(server, peer));
}

static void
hear(Server *server, FILE *peer)
{
	char line[2048];
	gboolean text = FALSE;

	while (fgets(line, sizeof(line), peer) != NULL) {
		if (text && strcmp(line, ".\r\n") != 0)
			continue;
		text = g_str_has_prefix(line, "DATA") && server->answer[server->at] != NULL && g_str_has_prefix(server->answer[server->at], "354");
		if (!say(server, peer))
			return;
	}
}

static void *
serve(void *data)
{
	static const struct timeval soon = { .tv_usec = 30000 }; /* for who waits for us while we wait for it */
	Server *server = data;
	int fd = accept(server->listener, NULL, NULL);
	FILE *peer;

	g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)), ==, 0);
	peer = fdopen(fd, "r+");
	if (say(server, peer))
		hear(server, peer);
	fclose(peer);
	return NULL;
}

static FnPostOffice *
begin(Server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	g_autofree char *directory = g_dir_make_tmp("fengni-post-XXXXXX", NULL), *conf = g_build_filename(directory, "fengni.conf", NULL), *lines = NULL;
	FnSettings *settings;
	FnPostOffice *office;

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, size), ==, 0);
	g_assert_cmpint(listen(server->listener, 4), ==, 0);
	g_assert_cmpint(getsockname(server->listener, (struct sockaddr *)&address, &size), ==, 0);
	lines = g_strdup_printf("smtp_url = smtp://127.0.0.1:%u\nsmtp_from = fengni@city.gov.cn\n", ntohs(address.sin_port));
	g_assert_true(g_file_set_contents(conf, lines, -1, NULL));
	settings = fn_settings_load(directory, NULL);
	office = fn_post_office_new(settings, NULL);
	g_assert_nonnull(office);
	g_unlink(conf);
	g_rmdir(directory);
	return office;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const FnNotifyMessage message = { .id = "01M", .channel = "mail", .address = "name@city.gov.cn", .notice = "01N", .case_id = "01CASE",
		.kind = "overdue", .at = G_GINT64_CONSTANT(1770861600000000) };
	static Server server;
	static FnPostOffice *office;
	g_autofree char *text = g_strndup((const char *)data, size);
	g_auto(GStrv) answer = g_strsplit(text, "\n", 30);
	g_autoptr(GError) error = NULL;
	pthread_t thread;
	gboolean sent;

	if (office == NULL)
		office = begin(&server);
	server.answer = answer;
	server.at = 0;
	g_assert_cmpint(pthread_create(&thread, NULL, serve, &server), ==, 0);
	sent = fn_post_office_send(&message, office, &error);
	g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
	g_assert_true(sent == (error == NULL));
	g_assert_true(sent || g_error_matches(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_LATER) ||
		g_error_matches(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_REFUSED) || g_error_matches(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_UNSURE));
	g_assert_true(sent || g_utf8_validate(error->message, -1, NULL));
	return 0;
}
