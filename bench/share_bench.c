/* Loader for the share API: point queries of random subjects against a static file of the same door, over the same mutual TLS.
 *
 * One thread, keep-alive connections, epoll. Only complete answers with status 200 count. Signed requests are signed before the
 * clock starts, as many as a fast gate could answer; a consumer signs on its own machine. Rounds of both kinds alternate, and
 * the medians are compared:
 *
 *	query.mtls <TAB> queries/s <TAB> static files/s <TAB> ratio
 *
 * What is not a figure goes to standard error. Exit 1 when a single answer was not 200. */
#include "base/program.h"
#include "share/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MOST (1024 * 1024)

static char *url = "https://127.0.0.1:8443", *host, *name = "localhost", *ca, *certificate, *key, *file = "/bench", *resource, *grant, *purpose,
	*operator_account, *case_number, *field = "id_number", *subjects, *fields;
static int port, connections = 64, seconds = 5, rounds = 3, rate = 25000;
static gboolean no_signature, only_query;

static const GOptionEntry entries[] = {
	{ "url", 0, 0, G_OPTION_ARG_STRING, &url, "https://ADDRESS:PORT of the share API", "URL" },
	{ "name", 0, 0, G_OPTION_ARG_STRING, &name, "name in the door's certificate", "NAME" },
	{ "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca, "certificate of the authority, PEM", "FILE" },
	{ "cert", 0, 0, G_OPTION_ARG_FILENAME, &certificate, "client certificate, PEM", "FILE" },
	{ "key", 0, 0, G_OPTION_ARG_FILENAME, &key, "its private key, PEM", "FILE" },
	{ "static", 0, 0, G_OPTION_ARG_STRING, &file, "path of the static file", "PATH" },
	{ "resource", 0, 0, G_OPTION_ARG_STRING, &resource, "resource code", "CODE" },
	{ "grant", 0, 0, G_OPTION_ARG_STRING, &grant, "grant", "ID" },
	{ "purpose", 0, 0, G_OPTION_ARG_STRING, &purpose, "purpose of the grant", "TEXT" },
	{ "operator", 0, 0, G_OPTION_ARG_STRING, &operator_account, "operator's account", "ID" },
	{ "case", 0, 0, G_OPTION_ARG_STRING, &case_number, "case number", "TEXT" },
	{ "field", 0, 0, G_OPTION_ARG_STRING, &field, "key field", "NAME" },
	{ "fields", 0, 0, G_OPTION_ARG_STRING, &fields, "fields to ask for, with commas; all granted if not given", "NAMES" },
	{ "subjects", 0, 0, G_OPTION_ARG_FILENAME, &subjects, "values of the key field, one a line", "FILE" },
	{ "no-signature", 0, 0, G_OPTION_ARG_NONE, &no_signature, "do not sign the requests (below level 3)", NULL },
	{ "connections", 0, 0, G_OPTION_ARG_INT, &connections, "connections at once", "N" },
	{ "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "length of a round", "N" },
	{ "rounds", 0, 0, G_OPTION_ARG_INT, &rounds, "rounds of each kind", "N" },
	{ "rate", 0, 0, G_OPTION_ARG_INT, &rate, "requests a second to sign ahead", "N" },
	{ "only-query", 0, 0, G_OPTION_ARG_NONE, &only_query, "leave the static file out (no ratio then)", NULL },
	{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
};

/* ---- requests ---- */

typedef struct {
	GPtrArray *texts; /* GBytes, sent in order and then again from the first (unsigned ones only) */
	guint next;
	gboolean once; /* each text may be sent once: it is signed */
} Load;

static GBytes *
make_query(const FnSigner *signer, const char *subject)
{
	g_autofree char *path = g_strdup_printf("/share/v1/%s/query", resource), *purpose_text = fn_share_header_text(purpose);
	g_autofree char *body = fields != NULL ? g_strdup_printf("{\"keys\":{\"%s\":\"%s\"},\"fields\":[%s]}", field, subject, fields) :
		g_strdup_printf("{\"keys\":{\"%s\":\"%s\"}}", field, subject);
	g_autofree char *signature = NULL, *case_text = case_number != NULL ? fn_share_header_text(case_number) : NULL;
	g_autoptr(GError) error = NULL;
	GString *text = g_string_new(NULL);

	if (signer != NULL) {
		signature = fn_signer_headers(signer, &(FnSignedRequest){ .path = path, .grant = grant, .case_number = case_text,
			.operator_account = operator_account, .purpose = purpose_text, .body = body, .size = strlen(body) }, &error);
		if (signature == NULL)
			fn_program_fail("sign", error);
	}
	g_string_printf(text, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nFengni-Grant: %s\r\n"
		"Fengni-Purpose: %s\r\nFengni-Operator: %s\r\n", path, name, strlen(body), grant, purpose_text, operator_account);
	if (case_text != NULL)
		g_string_append_printf(text, "Fengni-Case: %s\r\n", case_text);
	if (signature != NULL)
		g_string_append(text, signature);
	g_string_append_printf(text, "\r\n%s", body);
	return g_string_free_to_bytes(text);
}

static void
fill_queries(Load *load, const FnSigner *signer, char **subject, guint n)
{
	guint subjects_n = g_strv_length(subject);

	g_ptr_array_set_size(load->texts, 0);
	load->next = 0;
	for (guint i = 0; i < n; i++)
		g_ptr_array_add(load->texts, make_query(signer, subject[g_random_int_range(0, (gint32)subjects_n)]));
}

static void
fill_static(Load *load)
{
	char *text = g_strdup_printf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", file, name);

	g_ptr_array_add(load->texts, g_bytes_new_take(text, strlen(text)));
}

static GBytes *
next_text(Load *load)
{
	if (load->next == load->texts->len) {
		if (load->once)
			return NULL;
		load->next = 0;
	}
	return g_ptr_array_index(load->texts, load->next++);
}

/* ---- connections ---- */

typedef struct {
	int fd;
	SSL *ssl;
	gboolean writing;
	GBytes *out;
	gsize sent;
	gint64 began;
	char *in;
	gsize have, want; /* want 0: the head is not whole yet */
	guint status;
	gboolean close_after;
	guint32 events;
} Connection;

typedef struct {
	SSL_CTX *context;
	int epoll;
	Load *load;
	Connection *connection;
	gboolean counting, drained; /* drained: no signed request is left */
	guint64 answers, others;
	GArray *latency; /* us of each counted answer */
	char *first_other; /* the first answer that was not 200 */
} Run;

static void
fail_tls(const char *doing)
{
	GError *error = NULL;
	char text[256];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	g_set_error(&error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "%s", text);
	fn_program_fail(doing, error);
}

static SSL_CTX *
make_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
		fail_tls(ca);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		fail_tls(certificate);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		fail_tls(key);
	return context;
}

static void
watch(Run *run, Connection *c, guint32 events, int how)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (how == EPOLL_CTL_MOD && c->events == events)
		return;
	c->events = events;
	if (epoll_ctl(run->epoll, how, c->fd, &event) != 0)
		fn_program_fail("epoll", NULL);
}

static void
open_connection(Run *run, Connection *c)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((guint16)port) };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || c->fd < 0 ||
		connect(c->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fn_program_fail("connect to the door", NULL);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->ssl = SSL_new(run->context);
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_tlsext_host_name(c->ssl, name);
	SSL_set1_host(c->ssl, name);
	if (SSL_connect(c->ssl) != 1)
		fail_tls("TLS handshake with the door");
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	watch(run, c, EPOLLIN, EPOLL_CTL_ADD);
}

static void
close_connection(Connection *c)
{
	if (c->ssl == NULL)
		return;
	SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
}

static void
reopen(Run *run, Connection *c)
{
	close_connection(c);
	c->close_after = FALSE;
	open_connection(run, c);
}

/* FALSE: the connection is gone. */
static gboolean
write_some(Run *run, Connection *c)
{
	gsize size;
	const char *text = g_bytes_get_data(c->out, &size);

	while (c->sent < size) {
		int n = SSL_write(c->ssl, text + c->sent, (int)(size - c->sent));

		if (n > 0) {
			c->sent += (gsize)n;
			continue;
		}
		if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_WRITE)
			return FALSE;
		watch(run, c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
		return TRUE;
	}
	c->writing = FALSE;
	watch(run, c, EPOLLIN, EPOLL_CTL_MOD);
	return TRUE;
}

static void
begin(Run *run, Connection *c)
{
	c->out = next_text(run->load);
	if (c->out == NULL) {
		run->drained = TRUE;
		return;
	}
	c->sent = c->have = c->want = 0;
	c->writing = TRUE;
	c->began = g_get_monotonic_time();
	if (!write_some(run, c)) {
		run->others++;
		reopen(run, c);
	}
}

/* Finds the end of the head and the length of the body. */
static void
read_head(Connection *c)
{
	const char *end, *length;

	c->in[c->have] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (end == NULL)
		return;
	length = strcasestr(c->in, "\r\nContent-Length:");
	c->status = c->have > 12 ? (guint)g_ascii_strtoull(c->in + 9, NULL, 10) : 0;
	if (length == NULL || length > end) {
		c->status = 0; /* without a length nobody can say that it is complete */
		c->want = c->have;
		return;
	}
	c->want = (gsize)(end + 4 - c->in) + (gsize)g_ascii_strtoull(length + strlen("\r\nContent-Length:"), NULL, 10);
	c->close_after = strcasestr(c->in, "\r\nConnection: close") != NULL;
	if (c->want > ANSWER_MOST)
		c->status = 0, c->want = c->have;
}

static void
count(Run *run, Connection *c)
{
	gint64 took = g_get_monotonic_time() - c->began;

	if (c->status != 200) {
		run->others++;
		if (run->first_other == NULL)
			run->first_other = g_strndup(c->in, MIN(c->have, 1500));
	} else if (run->counting) {
		run->answers++;
		g_array_append_val(run->latency, took);
	}
}

static void
on_readable(Run *run, Connection *c)
{
	for (;;) {
		int n = SSL_read(c->ssl, c->in + c->have, (int)(ANSWER_MOST - c->have));

		if (n <= 0) {
			if (SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ)
				return;
			run->others += c->have > 0; /* cut in the middle; between answers it is the door's right to close */
			reopen(run, c);
			begin(run, c);
			return;
		}
		c->have += (gsize)n;
		if (c->want == 0)
			read_head(c);
		if (c->want == 0 || c->have < c->want)
			continue;
		count(run, c);
		if (c->close_after)
			reopen(run, c);
		begin(run, c);
		return;
	}
}

/* One round of @load for @length us after a warm-up; answers per second. */
static void
run_round(Run *run, gint64 length)
{
	struct epoll_event events[256];
	gint64 start = g_get_monotonic_time() + length / 5, end = start + length, now;

	run->answers = run->others = 0;
	run->counting = run->drained = FALSE;
	g_array_set_size(run->latency, 0);
	for (int i = 0; i < connections; i++) {
		open_connection(run, &run->connection[i]);
		begin(run, &run->connection[i]);
	}
	while ((now = g_get_monotonic_time()) < end && !run->drained) {
		int n = epoll_wait(run->epoll, events, G_N_ELEMENTS(events), 100);

		if (!run->counting && now >= start)
			run->counting = TRUE;
		for (int i = 0; i < n; i++) {
			Connection *c = events[i].data.ptr;

			if (c->writing && (events[i].events & EPOLLOUT) != 0 && !write_some(run, c))
				reopen(run, c);
			if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
				on_readable(run, c);
		}
	}
	if (run->drained)
		g_printerr("all signed requests were used: raise --rate\n");
	for (int i = 0; i < connections; i++)
		close_connection(&run->connection[i]);
}

/* ---- figures ---- */

static gint
by_number(gconstpointer a, gconstpointer b)
{
	return *(const gint64 *)a < *(const gint64 *)b ? -1 : *(const gint64 *)a > *(const gint64 *)b;
}

static gint
by_double(gconstpointer a, gconstpointer b)
{
	return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

static double
per_second(Run *run, const char *what)
{
	double figure;

	run_round(run, (gint64)seconds * G_USEC_PER_SEC);
	figure = (double)run->answers / seconds;
	g_array_sort(run->latency, by_number);
	g_printerr("%s: %.0f/s, p50 %.2f ms, p99 %.2f ms, other than 200: %" G_GUINT64_FORMAT "\n", what, figure,
		run->latency->len > 0 ? (double)g_array_index(run->latency, gint64, run->latency->len / 2) / 1000 : 0.0,
		run->latency->len > 0 ? (double)g_array_index(run->latency, gint64, (guint)(run->latency->len * 0.99)) / 1000 : 0.0, run->others);
	if (run->first_other != NULL)
		g_printerr("%s\n", run->first_other);
	return figure;
}

static double
median(GArray *figures)
{
	g_array_sort(figures, by_double);
	return figures->len > 0 ? g_array_index(figures, double, figures->len / 2) : 0;
}

static void
quote_fields(void)
{
	g_auto(GStrv) part = fields != NULL ? g_strsplit(fields, ",", -1) : NULL;
	g_autofree char *joined = part != NULL ? g_strjoinv("\",\"", part) : NULL;

	if (joined != NULL)
		fields = g_strdup_printf("\"%s\"", joined);
}

static char **
read_subjects(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	if (!g_file_get_contents(subjects, &text, NULL, &error))
		fn_program_fail("read the subjects", error);
	return g_strsplit(g_strchomp(text), "\n", -1);
}

static gboolean
read_url(void)
{
	const char *colon = strrchr(url, ':');

	if (!g_str_has_prefix(url, "https://") || colon == NULL || colon < url + strlen("https://"))
		return FALSE;
	host = g_strndup(url + strlen("https://"), (gsize)(colon - url) - strlen("https://"));
	port = (int)g_ascii_strtoull(colon + 1, NULL, 10);
	return port > 0 && port < 65536;
}

static gboolean
measure(Run *run, char **subject, const FnSigner *signer)
{
	g_autoptr(GArray) ours = g_array_new(FALSE, FALSE, sizeof(double)), reference = g_array_new(FALSE, FALSE, sizeof(double));
	Load query = { .texts = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref), .once = signer != NULL };
	Load still = { .texts = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref) };
	guint64 wrong = 0;
	double figure, other;

	fill_static(&still);
	for (int i = 0; i < rounds; i++) {
		if (!only_query) {
			run->load = &still;
			figure = per_second(run, "static");
			g_array_append_val(reference, figure);
			wrong += run->others;
		}
		fill_queries(&query, signer, subject, signer != NULL ? (guint)(rate * seconds * 6 / 5) : 20000);
		run->load = &query;
		figure = per_second(run, "query");
		g_array_append_val(ours, figure);
		wrong += run->others;
	}
	figure = median(ours);
	other = median(reference);
	g_print("query.mtls\t%.0f\t%.0f\t%.3f\n", figure, other, other > 0 ? figure / other : 0.0);
	g_ptr_array_unref(query.texts);
	g_ptr_array_unref(still.texts);
	return wrong == 0;
}

int
main(int argc, char **argv)
{
	g_autoptr(GOptionContext) options = g_option_context_new("- measure the share API over mutual TLS");
	g_autoptr(GError) error = NULL;
	g_autoptr(FnSigner) signer = NULL;
	g_auto(GStrv) subject = NULL;
	Run run = { 0 };
	gboolean good;

	fn_program_start("share_bench");
	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error) || ca == NULL || certificate == NULL || key == NULL || resource == NULL ||
		grant == NULL || purpose == NULL || operator_account == NULL || subjects == NULL || connections < 1 || seconds < 1 || rounds < 1) {
		g_printerr("%s\n", error != NULL ? error->message :
			"--ca, --cert, --key, --resource, --grant, --purpose, --operator and --subjects are needed");
		return FN_EXIT_USAGE;
	}
	if (!read_url()) {
		g_printerr("--url must be https://ADDRESS:PORT\n");
		return FN_EXIT_USAGE;
	}
	if (!no_signature && (signer = fn_signer_new(key, certificate, &error)) == NULL)
		fn_program_fail("sign", error);
	quote_fields();
	subject = read_subjects();
	run.context = make_context();
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	run.latency = g_array_new(FALSE, FALSE, sizeof(gint64));
	run.connection = g_new0(Connection, connections);
	for (int i = 0; i < connections; i++)
		run.connection[i].in = g_malloc(ANSWER_MOST + 1);
	good = measure(&run, subject, signer);
	return good ? FN_EXIT_OK : FN_EXIT_NO;
}
