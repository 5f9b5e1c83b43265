/* What goes over the wire, to a mail server played here. */
#include "notify/notify.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
	int listener;
	guint port;
	const char *to_rcpt, *to_data; /* what it answers to RCPT and to the end of the text; NULL: hangs up */
	GString *heard;
	pthread_t thread;
} Server;

static void
say(FILE *peer, const char *line)
{
	fprintf(peer, "%s\r\n", line);
	fflush(peer);
}

static void
hear_text(Server *server, FILE *peer)
{
	char line[2048];

	say(peer, "354 go on");
	while (fgets(line, sizeof(line), peer) != NULL && strcmp(line, ".\r\n") != 0)
		g_string_append(server->heard, line);
	if (server->to_data != NULL)
		say(peer, server->to_data);
}

static void
talk(Server *server, FILE *peer)
{
	char line[2048];

	say(peer, "220 test");
	while (fgets(line, sizeof(line), peer) != NULL) {
		g_string_append(server->heard, line);
		if (g_str_has_prefix(line, "DATA"))
			hear_text(server, peer);
		else
			say(peer, g_str_has_prefix(line, "RCPT") ? server->to_rcpt : g_str_has_prefix(line, "QUIT") ? "221 bye" : "250 fine");
		if (g_str_has_prefix(line, "QUIT") || (g_str_has_prefix(line, "DATA") && server->to_data == NULL))
			return;
	}
}

static void *
serve(void *data)
{
	Server *server = data;
	int fd = accept(server->listener, NULL, NULL);
	FILE *peer = fdopen(fd, "r+");

	talk(server, peer);
	fclose(peer);
	return NULL;
}

static void
server_start(Server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	server->heard = g_string_new(NULL);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, size), ==, 0);
	g_assert_cmpint(listen(server->listener, 1), ==, 0);
	g_assert_cmpint(getsockname(server->listener, (struct sockaddr *)&address, &size), ==, 0);
	server->port = ntohs(address.sin_port);
	g_assert_cmpint(pthread_create(&server->thread, NULL, serve, server), ==, 0);
}

static void
server_stop(Server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
	g_string_free(server->heard, TRUE);
}

/* The post office of an instance whose fengni.conf is @lines. */
static FnPostOffice *
open_office(const char *lines, FnSettings **settings_out, GError **error)
{
	g_autofree char *directory = g_dir_make_tmp("fengni-post-XXXXXX", NULL), *conf = g_build_filename(directory, "fengni.conf", NULL);
	FnPostOffice *office;

	g_assert_true(g_file_set_contents(conf, lines, -1, NULL));
	*settings_out = fn_settings_load(directory, NULL);
	g_assert_nonnull(*settings_out);
	office = fn_post_office_new(*settings_out, error);
	g_unlink(conf);
	g_rmdir(directory);
	return office;
}

static const FnNotifyMessage message = { .id = "01M", .channel = "mail", .address = "name@city.gov.cn", .notice = "01N", .case_id = "01CASE",
	.kind = "overdue", .at = G_GINT64_CONSTANT(1770861600000000) };

static gboolean
deliver(Server *server, GError **error)
{
	g_autofree char *lines = g_strdup_printf("smtp_url = smtp://127.0.0.1:%u\nsmtp_from = fengni@city.gov.cn\nconsole_url = https://data.city.gov.cn\n",
		server->port);
	g_autoptr(FnSettings) settings = NULL;
	g_autoptr(FnPostOffice) office = open_office(lines, &settings, NULL);

	g_assert_nonnull(office);
	return fn_post_office_send(&message, office, error);
}

/* Headers, then a text in base64 with number and link in both languages, and nothing else. */
static void
test_mail(void)
{
	Server server = { .to_rcpt = "250 fine", .to_data = "250 taken" };
	g_autoptr(GError) error = NULL;
	g_autofree guchar *text = NULL;
	g_autofree char *body = NULL;
	gsize size;

	server_start(&server);
	g_assert_true(deliver(&server, &error));
	pthread_join(server.thread, NULL);
	g_assert_nonnull(strstr(server.heard->str, "MAIL FROM:<fengni@city.gov.cn>"));
	g_assert_nonnull(strstr(server.heard->str, "RCPT TO:<name@city.gov.cn>\r\n"));
	g_assert_nonnull(strstr(server.heard->str, "Date: Thu, 12 Feb 2026 02:00:00 +0000\r\n"));
	g_assert_nonnull(strstr(server.heard->str, "Message-ID: <01M@city.gov.cn>\r\n"));
	g_assert_nonnull(strstr(server.heard->str, "Auto-Submitted: auto-generated\r\n"));
	text = g_base64_decode(strstr(server.heard->str, "base64\r\n\r\n") + strlen("base64\r\n\r\n"), &size);
	body = g_strndup((const char *)text, size);
	g_assert_nonnull(strstr(body, "办件的时限已过。\r\n"));
	g_assert_nonnull(strstr(body, "A deadline of a case has passed.\r\n"));
	g_assert_nonnull(strstr(body, "https://data.city.gov.cn/cases/01CASE\r\n"));
	close(server.listener);
	g_string_free(server.heard, TRUE);
}

static const struct {
	const char *to_rcpt, *to_data;
	FnNotifyError code;
} refusals[] = {
	{ "550 no such user", "250 taken", FN_NOTIFY_ERROR_REFUSED },
	{ "450 later", "250 taken", FN_NOTIFY_ERROR_LATER },
	{ "250 fine", "451 later", FN_NOTIFY_ERROR_LATER },
	{ "250 fine", "554 spam", FN_NOTIFY_ERROR_REFUSED },
	{ "250 fine", NULL, FN_NOTIFY_ERROR_UNSURE },
};

static void
test_refusals(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
		Server server = { .to_rcpt = refusals[i].to_rcpt, .to_data = refusals[i].to_data };
		g_autoptr(GError) error = NULL;

		server_start(&server);
		g_assert_false(deliver(&server, &error));
		if (!g_error_matches(error, FN_NOTIFY_ERROR, (gint)refusals[i].code))
			g_error("%zu: %d %s", i, error->code, error->message);
		server_stop(&server);
	}
}

/* Nobody listens: later. */
static void
test_nobody(void)
{
	g_autoptr(FnSettings) settings = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(FnPostOffice) office = open_office("smtp_url = smtp://127.0.0.1:1\nsmtp_from = f@city.gov.cn\n", &settings, NULL);

	g_assert_false(fn_post_office_send(&message, office, &error));
	g_assert_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_LATER);
}

static const struct {
	const char *lines, *named;
} wrong[] = {
	{ "smtp_url = mail.city.gov.cn\n", "smtp_url" },
	{ "smtp_url = smtp://user:word@mail\nsmtp_from = f@c.cn\n", "smtp_url" },
	{ "smtp_url = smtp://mail\n", "smtp_from" },
	{ "smtp_url = smtp://mail\nsmtp_from = fengni\n", "smtp_from" },
	{ "webhook_url = ftp://x\n", "webhook_url" },
	{ "webhook_url = https://x\nwebhook_ca = nowhere.pem\n", "webhook_ca" },
	{ "console_url = data.city.gov.cn\n", "console_url" },
};

static void
test_settings(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(FnSettings) settings = NULL;
		g_autoptr(GError) error = NULL;

		g_assert_null(open_office(wrong[i].lines, &settings, &error));
		g_assert_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_SETTING);
		g_assert_nonnull(strstr(error->message, wrong[i].named));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mail/mail", test_mail);
	g_test_add_func("/mail/refusals", test_refusals);
	g_test_add_func("/mail/nobody", test_nobody);
	g_test_add_func("/mail/settings", test_settings);
	return g_test_run();
}
