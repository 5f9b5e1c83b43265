/* For tests: a TLS server on this machine that takes one request per connection, keeps it, and answers what it was told to. */
#pragma once

#include "cli/certificate.h"

#include "base/pool.h"
#include "ledger/test_keys.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
	TestDirectory *directory;
	char *certificate, *key, *url;
	SSL_CTX *tls;
	int fd;
	pthread_t thread;
	FnMutex mutex;
	const char *answer; /* under the mutex: whole, with its head; what is cut short here is cut for the caller */
	GString *request;   /* under the mutex: the last one */
	GHashTable *files;  /* under the mutex: path -> GBytes, answered instead, or 404; NULL: @answer to all */
} TestServer;

static inline void
test_server_read(SSL *ssl, GString *into)
{
	char buffer[4096];
	const char *end, *length;
	int n;

	while ((end = strstr(into->str, "\r\n\r\n")) == NULL ||
		((length = strstr(into->str, "Content-Length: ")) != NULL &&
			into->len < (gsize)(end + 4 - into->str) + g_ascii_strtoull(length + 16, NULL, 10))) {
		if ((n = SSL_read(ssl, buffer, sizeof(buffer))) <= 0)
			return;
		g_string_append_len(into, buffer, n);
	}
}

static inline void
test_server_file(TestServer *server, SSL *ssl, const char *request)
{
	g_autofree char *path = g_str_has_prefix(request, "GET ") ? g_strndup(request + 4, strcspn(request + 4, " ")) : g_strdup("");
	GBytes *bytes = g_hash_table_lookup(server->files, path);
	gsize size = bytes != NULL ? g_bytes_get_size(bytes) : 0;
	g_autofree char *head = g_strdup_printf("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", bytes != NULL ? "200 OK" : "404 Not Found", size);

	SSL_write(ssl, head, (int)strlen(head));
	if (size > 0)
		SSL_write(ssl, g_bytes_get_data(bytes, NULL), (int)size);
}

static inline void
test_server_one(TestServer *server, int fd)
{
	SSL *ssl = SSL_new(server->tls);
	g_autoptr(GString) request = g_string_new(NULL);

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		test_server_read(ssl, request);
		fn_mutex_lock(&server->mutex);
		g_string_assign(server->request, request->str);
		if (server->files != NULL)
			test_server_file(server, ssl, request->str);
		else
			SSL_write(ssl, server->answer, (int)strlen(server->answer));
		fn_mutex_unlock(&server->mutex);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	close(fd);
}

static inline void *
test_server_run(void *data)
{
	TestServer *server = data;
	int fd;

	while ((fd = accept(server->fd, NULL, NULL)) >= 0)
		test_server_one(server, fd);
	return NULL;
}

static inline TestServer *
test_server_new(void)
{
	TestServer *server = g_new0(TestServer, 1);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	g_autoptr(GError) error = NULL;

	server->directory = test_directory_new();
	server->certificate = g_build_filename(server->directory, "server.crt", NULL);
	server->key = g_build_filename(server->directory, "server.key", NULL);
	fn_certificate_self_signed(server->key, server->certificate, "localhost", 0, &error);
	g_assert_no_error(error);
	server->tls = SSL_CTX_new(TLS_server_method());
	g_assert_cmpint(SSL_CTX_use_certificate_file(server->tls, server->certificate, SSL_FILETYPE_PEM), ==, 1);
	g_assert_cmpint(SSL_CTX_use_PrivateKey_file(server->tls, server->key, SSL_FILETYPE_PEM), ==, 1);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	g_assert_cmpint(listen(server->fd, 8), ==, 0);
	g_assert_cmpint(getsockname(server->fd, (struct sockaddr *)&address, &size), ==, 0);
	server->url = g_strdup_printf("https://localhost:%u", ntohs(address.sin_port));
	server->request = g_string_new(NULL);
	server->answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
	g_assert_cmpint(pthread_create(&server->thread, NULL, test_server_run, server), ==, 0);
	return server;
}

/* The same, with a session of somebody kept in it, which FENGNI_SESSION names. */
static inline TestServer *
test_server_with_session(void)
{
	TestServer *server = test_server_new();
	g_autofree char *text = g_strdup_printf("{\"ca\":\"%s\",\"token\":\"t0ken\",\"url\":\"%s\"}", server->certificate, server->url);
	g_autofree char *path = g_build_filename(server->directory, "session.json", NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_setenv("FENGNI_SESSION", path, TRUE);
	return server;
}

static inline void
test_server_free(TestServer *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
	SSL_CTX_free(server->tls);
	g_string_free(server->request, TRUE);
	if (server->files != NULL)
		g_hash_table_unref(server->files);
	g_free(server->certificate);
	g_free(server->key);
	g_free(server->url);
	test_directory_free(server->directory);
	g_free(server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestServer, test_server_free)

static inline void
test_server_answer(TestServer *server, const char *answer)
{
	fn_mutex_lock(&server->mutex);
	server->answer = answer;
	g_string_truncate(server->request, 0);
	fn_mutex_unlock(&server->mutex);
}

/* The last request; caller frees. */
static inline char *
test_server_request(TestServer *server)
{
	char *text;

	fn_mutex_lock(&server->mutex);
	text = g_strdup(server->request->str);
	fn_mutex_unlock(&server->mutex);
	return text;
}
