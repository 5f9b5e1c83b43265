/* The door's configuration, point by point, and the door itself: nginx before an echo, spoken to with curl. */
#include "http/door.h"
#include "http/http.h"

#include "ipc/roles.h"
#include "ipc/spawn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NGINX "/usr/sbin/nginx"
enum { DOCUMENT = 8 << 20 };

typedef struct {
	char *directory;
	FnSettings *settings;
	guint16 share, console;
	FnSupervisor *supervisor;
	FnHttpServer *gate[2];
	char **arguments, *ready;
	FnProgram program;
} World;

static void
set_up(World *world, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	world->directory = g_dir_make_tmp("fn-door-XXXXXX", NULL);
	world->settings = fn_settings_load(world->directory, &error);
	g_assert_no_error(error);
}

static void
tear_down(World *world, gconstpointer unused)
{
	const char *const remove[] = { "rm", "-rf", "--", world->directory, NULL };

	fn_supervisor_free(world->supervisor);
	fn_http_server_free(world->gate[0], 0);
	fn_http_server_free(world->gate[1], 0);
	g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
	g_strfreev(world->arguments);
	g_free(world->ready);
	fn_settings_free(world->settings);
	g_free(world->directory);
}

/* Loads the settings again with @text as fengni.conf. */
static void
configure(World *world, const char *text)
{
	g_autofree char *path = g_build_filename(world->directory, "fengni.conf", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	fn_settings_free(world->settings);
	world->settings = fn_settings_load(world->directory, &error);
	g_assert_no_error(error);
}

/* ---- the points ---- */

/* Each change takes one point away, by another value or by a word that nginx takes for nothing. */
static const struct {
	const char *why, *from, *to;
} changes[] = {
	{ "runs in the foreground", "daemon off;", "daemon on;" },
	{ "two workers", "worker_processes 2;", "" },
	{ "no user directive", "daemon off;", "daemon off; user root;" },
	{ "pid inside", "/nginx.pid;", "/../nginx.pid;" },
	{ "TLS 1.3 only", "ssl_protocols TLSv1.3;", "ssl_protocols TLSv1.2 TLSv1.3;" },
	{ "TLS said again below", "ssl_verify_depth 3;", "ssl_protocols TLSv1.2;" },
	{ "no early data", "ssl_early_data off;", "ssl_early_data on;" },
	{ "no tickets", "ssl_session_tickets off;", "" },
	{ "no session cache", "ssl_session_cache off;", "" },
	{ "certificate", "ssl_certificate ", "#" },
	{ "key", "ssl_certificate_key ", "#" },
	{ "asks for a client certificate", "ssl_verify_client optional_no_ca;", "" },
	{ "not mandatory, or failures would not arrive", "ssl_verify_client optional_no_ca;", "ssl_verify_client on;" },
	{ "checked against our CA", "ssl_client_certificate ", "#" },
	{ "TLS at all", " ssl http2;", ";" },
	{ "HTTP/2", " ssl http2;", " ssl;" },
	{ "failed certificates reach the gate", "error_page 495 496 = @refused;", "" },
	{ "plain HTTP reaches the gate", "error_page 497 = @plain;\n\t\terror_page 413", "error_page 413" },
	{ "413 as a problem", "error_page 413 @too_large;", "" },
	{ "502 as a problem", "error_page 502 504 =503 @unavailable;", "" },
	{ "body limit", "client_max_body_size 1048576;", "client_max_body_size 0;" },
	{ "body limit said again below", "ssl_verify_depth 3;", "location /x { client_max_body_size 0; }" },
	{ "body limit of documents", "client_max_body_size 67108864;", "client_max_body_size 0;" },
	{ "body limit of documents", "location ~ ^/api/v1/(scan|cases/[^/]+/attachments)$ {", "location = /api/v1/other {" },
	{ "body limit of documents only there", "location ~ ^/api/v1/(scan|cases/[^/]+/attachments)$ {", "location /api/v1/scan {" },
	{ "header limit", "large_client_header_buffers 4 16k;", "" },
	{ "header time", "client_header_timeout 10s;", "" },
	{ "body time", "client_body_timeout 30s;", "" },
	{ "send time", "send_timeout 60s;", "" },
	{ "connections", "limit_conn address 4096;", "" },
	{ "streams", "http2_max_concurrent_streams 64;", "" },
	{ "versions hidden", "server_tokens off;", "server_tokens on;" },
	{ "no gzip", "gzip off;", "gzip on;" },
	{ "no gzip in one place", "ssl_verify_depth 3;", "gzip on;" },
	{ "HTTP/1.1 upstream", "proxy_http_version 1.1;", "" },
	{ "requests not buffered", "proxy_request_buffering off;", "" },
	{ "answers not buffered", "proxy_buffering off;", "" },
	{ "no temporary files", "proxy_max_temp_file_size 0;", "" },
	{ "no retry", "proxy_next_upstream off;", "proxy_next_upstream error;" },
	{ "callers that leave", "proxy_ignore_client_abort off;", "proxy_ignore_client_abort on;" },
	{ "answers of the gate pass", "proxy_intercept_errors off;", "proxy_intercept_errors on;" },
	{ "idle connections closed here first", "keepalive_timeout 30s;", "" },
	{ "temporary files inside", "/temp/body;", "/../body;" },
	{ "temporary files inside", "proxy_temp_path ", "#" },
	{ "underscores", "underscores_in_headers off;", "underscores_in_headers on;" },
	{ "verification overwritten", "proxy_set_header X-Fengni-Verify $ssl_client_verify;", "" },
	{ "verification not the caller's", "X-Fengni-Verify $ssl_client_verify", "X-Fengni-Verify $http_x_fengni_verify" },
	{ "set once", "proxy_set_header X-Fengni-Verify NONE;",
		"proxy_set_header X-Fengni-Verify NONE; proxy_set_header X-Fengni-Verify SUCCESS;" },
	{ "certificate overwritten", "proxy_set_header X-Fengni-Certificate $ssl_client_escaped_cert;", "" },
	{ "none on the console", "proxy_set_header X-Fengni-Verify NONE;", "" },
	{ "plain is failed", "\"FAILED:plain HTTP\"", "SUCCESS" },
	{ "address overwritten", "proxy_set_header X-Fengni-Address $remote_addr;", "" },
	{ "no forwarded-for", "proxy_set_header X-Forwarded-For \"\";", "" },
	{ "kept alive", "proxy_set_header Connection \"\";", "" },
	{ "another way in", "ssl_verify_depth 3;", "location /x { proxy_pass http://share; }" },
	{ "log: query string", "$request_time\";", "$request_time $request\";" },
	{ "log: subject", "$request_time\";", "$request_time $ssl_client_s_dn\";" },
	{ "log: address", "\"$time_iso8601 ", "\"$remote_addr " },
	{ "log: glued on", "$status $bytes_sent", "$status$args $bytes_sent" },
	{ "log: another format", "log_format door ", "log_format other $request; log_format door " },
	{ "log: default format", "access.log door buffer", "access.log combined buffer" },
	{ "log: another log", "ssl_verify_depth 3;", "access_log /tmp/x;" },
	{ "error log names requests", "error.log emerg;", "error.log error;" },
	{ "error log in one place", "ssl_verify_depth 3;", "error_log /tmp/x info;" },
	{ "both servers", ":8444 ssl", ":8445 ssl" },
	{ "an http block", "http {", "stream {" },
};

static char *
replace(const char *text, const char *from, const char *to)
{
	GString *changed = g_string_new(text);

	g_assert_cmpuint(g_string_replace(changed, from, to, 1), ==, 1);
	return g_string_free(changed, FALSE);
}

static void
test_points(World *world, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = fn_door_text(world->settings, FALSE, &error);

	g_assert_no_error(error);
	fn_door_check(text, world->settings, &error);
	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autofree char *changed = replace(text, changes[i].from, changes[i].to);
		g_autoptr(GError) point = NULL;

		g_test_message("%s", changes[i].why);
		g_assert_false(fn_door_check(changed, world->settings, &point));
		g_assert_error(point, FN_DOOR_ERROR, FN_DOOR_ERROR_POINT);
	}
	g_assert_false(fn_door_check("http {", world->settings, &error));
	g_assert_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_SYNTAX);
}

static void
test_bench(World *world, gconstpointer unused)
{
	g_autofree char *without = fn_door_text(world->settings, FALSE, NULL);
	g_autofree char *with = fn_door_text(world->settings, TRUE, NULL);

	g_assert_null(strstr(without, "bench"));
	g_assert_nonnull(strstr(with, "location = /bench"));
	g_assert_true(fn_door_check(with, world->settings, NULL));
	g_assert_null(strstr(with, "@directory@"));
}

static void
test_settings(World *world, gconstpointer unused)
{
	static const char *const bad[] = { "door_host = a;b", "door_host = ", "door_name = x y", "door_name = a{",
		"share_port = 8444", "door_host = 1.2.3.4 ssl" };
	g_autofree char *odd = g_build_filename(world->directory, "a; b", NULL);
	g_autoptr(FnSettings) place = fn_settings_load(odd, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) why = NULL;

		configure(world, bad[i]);
		g_assert_null(fn_door_text(world->settings, FALSE, &why));
		g_assert_error(why, FN_DOOR_ERROR, FN_DOOR_ERROR_SETTINGS);
	}
	g_assert_null(fn_door_text(place, FALSE, &error));
	g_assert_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_SETTINGS);
	configure(world, "door_host = ::1");
	text = fn_door_text(world->settings, FALSE, NULL);
	g_assert_nonnull(strstr(text, "listen [::1]:8443 ssl http2;"));
}

/* ---- the door itself ---- */

static char *
run(World *world, const char *line, int *status_out)
{
	g_autofree char *output = NULL;
	g_autoptr(GError) error = NULL;
	const char *const argument[] = { "/bin/sh", "-c", line, NULL };
	int status;

	g_spawn_sync(world->directory, (char **)argument, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
	g_assert_no_error(error);
	g_test_message("%s\n-> %d %s", line, status, output);
	if (status_out != NULL)
		*status_out = status;
	else
		g_assert_cmpint(status, ==, 0);
	return g_steal_pointer(&output);
}

/* A CA, a server, and clients: good, expired, of another CA, self-signed. */
static const char make_certificates[] =
	"set -e; mkdir -p door c; exec 2>&1; "
	"new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'; "
	"openssl req -x509 $new -keyout c/ca.key -out door/ca.crt -subj /CN=ca -days 30; "
	"openssl req -x509 $new -keyout c/other-ca.key -out c/other-ca.crt -subj /CN=ca -days 30; "
	"openssl req -x509 $new -keyout c/self.key -out c/self.crt -subj /CN=self -days 30; "
	"openssl req -x509 $new -keyout door/server.key -out door/server.crt -subj /CN=localhost -days 30 "
	"-addext subjectAltName=DNS:localhost,IP:127.0.0.1; "
	"for n in good expired stranger; do openssl req $new -keyout c/$n.key -out c/$n.csr -subj /CN=$n; done; "
	"sign='openssl x509 -req -CA door/ca.crt -CAkey c/ca.key'; "
	"$sign -in c/good.csr -out c/good.crt -days 30; "
	"$sign -in c/expired.csr -out c/expired.crt -days -1; "
	"openssl x509 -req -CA c/other-ca.crt -CAkey c/other-ca.key -in c/stranger.csr -out c/stranger.crt -days 30";

static guint16
free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &size), ==, 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* What the gate was told. */
static void
echo(FnHttpRequest *request, gpointer data)
{
	static const char *const name[] = { "X-Fengni-Verify", "X-Fengni-Certificate", "X-Fengni-Address", "X-Forwarded-For",
		"X_Fengni_Verify" };
	GString *text = g_string_new(data);
	gsize size;

	fn_http_body(request, &size);
	g_string_append_printf(text, " %s %s body=%zu\n", fn_http_method(request), fn_http_path(request), size);
	for (gsize i = 0; i < G_N_ELEMENTS(name); i++) {
		const char *value = fn_http_header(request, name[i]);

		g_string_append_printf(text, "%s=%s\n", name[i], value != NULL ? value : "-");
	}
	size = text->len;
	fn_http_answer(request, 200, "text/plain", NULL, g_string_free(text, FALSE), size);
}

static const char *
document(const FnHttpRequest *request, gpointer data)
{
	return (g_str_equal(fn_http_path(request), "/api/v1/scan") || g_str_has_suffix(fn_http_path(request), "/attachments")) &&
		fn_http_header(request, "X-Stranger") == NULL ? "someone" : NULL;
}

static void
start_gate(World *world, guint n, const char *name)
{
	g_autofree char *path = g_strdup_printf("%s/run/gate/%s.sock", world->directory, name);
	FnHttpOptions options = { .socket_path = path, .peer_uid = fn_role_uid(FN_ROLE_DOOR), .threads = 1, .body_max = 1 << 20, .connections = 100,
		.timeout = 60, .handler = echo, .data = (gpointer)name, .large = document, .large_max = DOCUMENT, .large_most = 2 };
	g_autoptr(GError) error = NULL;

	world->gate[n] = fn_http_server_new(&options, &error);
	g_assert_no_error(error);
}

static void
start_door(World *world)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	world->share = free_port();
	world->console = free_port();
	text = g_strdup_printf("share_port = %u\nconsole_port = %u\nscan_body_max = %u\n", world->share, world->console, DOCUMENT);
	configure(world, text);
	g_free(run(world, make_certificates, NULL));
	fn_door_write(world->settings, TRUE, &error);
	g_assert_no_error(error);
	fn_roles_prepare(world->settings, &error);
	g_assert_no_error(error);
	world->arguments = fn_door_arguments(world->settings);
	world->ready = fn_door_ready(world->settings);
	/* Under sanitizers the confinement of the child is that of the test of ipc. */
	world->program = (FnProgram){ "nginx", FN_ROLE_DOOR, NGINX, (const char *const *)world->arguments, world->ready, { NULL },
		{ { 0 } }, TRUE };
	world->supervisor = fn_supervisor_new(world->settings, &world->program, 1, NULL, NULL, &error);
	fn_supervisor_start(world->supervisor, 30000, &error);
	g_assert_no_error(error);
}

static void
test_nginx_takes_it(World *world, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	g_free(run(world, make_certificates, NULL));
	for (int bench = 0; bench < 2; bench++) {
		fn_door_write(world->settings, bench, &error);
		g_assert_no_error(error);
		g_free(run(world, NGINX " -t -q -p door -c \"$PWD/door/nginx.conf\" -e stderr 2>&1", NULL));
	}
}

/* curl on the share port. */
static char *
ask(World *world, const char *how, const char *path, int *status_out)
{
	g_autofree char *line = g_strdup_printf(
		"curl -sS --max-time 60 --cacert door/server.crt %s 'https://localhost:%u%s' 2>&1", how, world->share, path);

	return run(world, line, status_out);
}

#define CLIENT(name) "--cert c/" name ".crt --key c/" name ".key "

static const struct {
	const char *why, *how, *verify;
	gboolean certificate;
} callers[] = {
	{ "good", CLIENT("good"), "X-Fengni-Verify=SUCCESS\n", TRUE },
	{ "HTTP/1.1", CLIENT("good") "--http1.1", "X-Fengni-Verify=SUCCESS\n", TRUE },
	{ "none", "", "X-Fengni-Verify=NONE\n", FALSE },
	{ "expired", CLIENT("expired"), "X-Fengni-Verify=FAILED:certificate has expired\n", TRUE },
	{ "expired with a body", CLIENT("expired") "-d hello", "X-Fengni-Verify=FAILED:certificate has expired\n", TRUE },
	{ "self-signed", CLIENT("self"), "X-Fengni-Verify=FAILED:self-signed certificate\n", TRUE },
	{ "of another CA with the same name", CLIENT("stranger"), "X-Fengni-Verify=FAILED:", TRUE },
	{ "claims", "-H 'X-Fengni-Verify: SUCCESS' -H 'X-Fengni-Certificate: x' -H 'X-Fengni-Address: 9.9.9.9' "
		    "-H 'X_Fengni_Verify: SUCCESS' -H 'X-Forwarded-For: 9.9.9.9'",
		"X-Fengni-Verify=NONE\n", FALSE },
	{ "claims with an expired one", CLIENT("expired") "-H 'X-Fengni-Verify: SUCCESS'", "X-Fengni-Verify=FAILED:", TRUE },
};

static void
check_callers(World *world)
{
	for (gsize i = 0; i < G_N_ELEMENTS(callers); i++) {
		g_autofree char *how = g_strconcat(callers[i].how, " -w status=%{http_code}", NULL);
		g_autofree char *answer = ask(world, how, "/share/v1/x?id=110101199001011234", NULL);

		g_assert_true(g_str_has_prefix(answer, "share "));
		g_assert_nonnull(strstr(answer, callers[i].verify));
		g_assert_true(g_str_has_suffix(answer, "status=200")); /* the gate's, not the door's */
		g_assert_cmpint(strstr(answer, "X-Fengni-Certificate=-----BEGIN%20CERTIFICATE-----") != NULL, ==,
			callers[i].certificate);
		g_assert_cmpint(strstr(answer, "X-Fengni-Certificate=-\n") != NULL, ==, !callers[i].certificate);
		g_assert_nonnull(strstr(answer, "X-Fengni-Address=127.0.0.1\n"));
		g_assert_nonnull(strstr(answer, "X-Forwarded-For=-\nX_Fengni_Verify=-\n"));
	}
}

static void
check_ports(World *world)
{
	g_autofree char *plain_line = g_strdup_printf("curl -sS 'http://localhost:%u/a' 2>&1", world->share);
	g_autofree char *console_line = g_strdup_printf(
		"curl -sS --cacert door/server.crt " CLIENT("good") "-H 'X-Fengni-Verify: SUCCESS' 'https://localhost:%u/a' 2>&1",
		world->console);
	g_autofree char *plain = run(world, plain_line, NULL);
	g_autofree char *console = run(world, console_line, NULL);
	g_autofree char *old = NULL;
	int status;

	g_assert_nonnull(strstr(plain, "X-Fengni-Verify=FAILED:plain HTTP\n"));
	g_assert_true(g_str_has_prefix(console, "console "));
	g_assert_nonnull(strstr(console, "X-Fengni-Verify=NONE\nX-Fengni-Certificate=-\n"));
	old = ask(world, "--tls-max 1.2", "/", &status);
	g_assert_cmpint(status, !=, 0);
}

static void
check_bodies(World *world)
{
	g_autofree char *fits = ask(world, CLIENT("good") "--data-binary @door/bench.bin", "/a", NULL);
	g_autofree char *huge = NULL, *chunked = NULL, *bench = NULL, *nobody = NULL;

	g_assert_nonnull(strstr(fits, "POST /a body=1024\n"));
	/* 2 GiB that take no room: curl sees the refusal before it has sent them. */
	g_free(run(world, "truncate -s 2G huge", NULL));
	huge = ask(world, CLIENT("good") "--http1.1 -o answer -w '%{http_code} %{size_upload} %{content_type}' -T huge", "/a", NULL);
	g_assert_true(g_str_has_prefix(huge, "413 "));
	g_assert_cmpuint(g_ascii_strtoull(huge + 4, NULL, 10), <, 64 << 20);
	g_assert_nonnull(strstr(huge, "application/problem+json"));
	g_free(run(world, "grep -q '\"code\":\"body_too_large\"' answer && grep -q '\"status\":413' answer", NULL));
	chunked = ask(world, CLIENT("good") "-H 'Transfer-Encoding: chunked' --http1.1 -o answer -w '%{http_code}' -T huge", "/a",
		&(int){ 0 });
	g_assert_nonnull(strstr(chunked, "413"));
	bench = ask(world, CLIENT("good") "-w '%{size_download} ' -o answer", "/bench", NULL);
	g_assert_cmpstr(bench, ==, "1024 ");
	nobody = ask(world, "-w '%{http_code}' -o answer", "/bench", NULL);
	g_assert_cmpstr(nobody, ==, "403");
}

/* Documents to be looked at may be larger: there, and only there. */
static void
check_documents(World *world)
{
	static const struct {
		const char *path, *header, *size, *answer;
	} cases[] = {
		{ "/api/v1/scan", "", "8388608", "console POST /api/v1/scan body=8388608\n" },
		{ "/api/v1/scan", "", "8388609", "\"code\":\"body_too_large\"" },
		{ "/api/v1/scan", "-H 'X-Stranger: 1'", "8388608", "\"code\":\"body_too_large\"" }, /* the gate's own refusal arrives */
		{ "/api/v1/cases/01j/attachments", "", "2000000", "console POST /api/v1/cases/01j/attachments body=2000000\n" },
		{ "/api/v1/cases/01j/attachments/x", "", "2000000", "\"code\":\"body_too_large\"" },
		{ "/api/v1/scan/", "", "2000000", "\"code\":\"body_too_large\"" },
		{ "/api/v1/other", "", "2000000", "\"code\":\"body_too_large\"" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		for (int chunked = 0; chunked < 2; chunked++) {
			g_autofree char *line = g_strdup_printf("truncate -s %s large && curl -sS --http1.1 --cacert door/server.crt %s %s -X POST -T large "
				"'https://localhost:%u%s' 2>&1", cases[i].size, chunked ? "-H 'Transfer-Encoding: chunked'" : "", cases[i].header, world->console,
				cases[i].path);
			g_autofree char *answer = run(world, line, &(int){ 0 });

			g_assert_nonnull(strstr(answer, cases[i].answer));
		}
}

/* Without the gate: a problem document, at once. */
static void
check_no_gate(World *world)
{
	g_autofree char *answer = NULL;

	fn_http_server_free(g_steal_pointer(&world->gate[0]), 0);
	answer = ask(world, CLIENT("good") "-w ' %{http_code} %{content_type}' -H 'Accept-Language: en'", "/a?id=110101199001011234",
		NULL);
	g_assert_nonnull(strstr(answer, "\"code\":\"gate_unavailable\""));
	g_assert_nonnull(strstr(answer, "The gate does not answer"));
	g_assert_true(g_str_has_suffix(answer, " 503 application/problem+json"));
}

static void
check_logs(World *world)
{
	g_autofree char *log = NULL;

	fn_supervisor_stop(world->supervisor, 10000); /* writes what it still holds */
	log = run(world, "cat door/access.log door/error.log log/nginx.log", NULL);
	g_assert_nonnull(strstr(log, " share GET 200 "));
	g_assert_nonnull(strstr(log, " share PUT 413 "));
	g_assert_nonnull(strstr(log, " console GET 200 "));
	g_assert_null(strstr(log, "110101"));
	g_assert_null(strstr(log, "127.0.0.1"));
	g_assert_null(strstr(log, "CN="));
	g_assert_null(strstr(log, "/share"));
}

static void
test_end_to_end(World *world, gconstpointer unused)
{
	start_door(world);
	start_gate(world, 0, "share");
	start_gate(world, 1, "console");
	check_callers(world);
	check_ports(world);
	check_bodies(world);
	check_documents(world);
	check_no_gate(world);
	check_logs(world);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(geteuid() == 0 ? 61000 : 0);
	g_test_add("/door/points", World, NULL, set_up, test_points, tear_down);
	g_test_add("/door/bench", World, NULL, set_up, test_bench, tear_down);
	g_test_add("/door/settings", World, NULL, set_up, test_settings, tear_down);
	g_test_add("/door/nginx-takes-it", World, NULL, set_up, test_nginx_takes_it, tear_down);
	g_test_add("/door/end-to-end", World, NULL, set_up, test_end_to_end, tear_down);
	return g_test_run();
}
