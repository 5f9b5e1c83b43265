#include "http/door.h"

#include "http/conf_priv.h"

#include "ipc/roles.h"

#include "door_template.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BENCH_BYTES 1024

static const char bench_location[] = "location = /bench {\n"
				     "\t\t\tif ($ssl_client_verify != SUCCESS) {\n"
				     "\t\t\t\treturn 403;\n"
				     "\t\t\t}\n"
				     "\t\t\talias @directory@/bench.bin;\n"
				     "\t\t}";

G_DEFINE_QUARK(fn-door-error-quark, fn_door_error)

/* ---- the text ---- */

typedef struct {
	const char *name;
	char *value;
} Place;

static gboolean
made_of(const char *text, const char *more)
{
	if (*text == '\0')
		return FALSE;
	for (; *text != '\0'; text++)
		if (!g_ascii_isalnum(*text) && strchr(more, *text) == NULL && (guint8)*text < 0x80)
			return FALSE;
	return TRUE;
}

/* Values go into the configuration unquoted: nothing that has a meaning there may be in them. */
static gboolean
check_settings(const FnSettings *settings, GError **error)
{
	const char *wrong = NULL;

	if (!made_of(fn_settings_directory(settings), "/._-+@,"))
		wrong = "the instance directory has a blank or a sign that nginx gives a meaning to: choose another place";
	else if (!made_of(fn_settings_text(settings, "door_host"), ".:"))
		wrong = "door_host is no IP address";
	else if (!made_of(fn_settings_text(settings, "door_name"), ".-"))
		wrong = "door_name is no host name";
	else if (fn_settings_int(settings, "share_port") == fn_settings_int(settings, "console_port"))
		wrong = "share_port and console_port are the same";
	if (wrong != NULL)
		g_set_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_SETTINGS, "%s/fengni.conf: %s", fn_settings_directory(settings),
			wrong);
	return wrong == NULL;
}

static char *
listen_host(const FnSettings *settings)
{
	const char *host = fn_settings_text(settings, "door_host");

	return strchr(host, ':') != NULL ? g_strdup_printf("[%s]", host) : g_strdup(host);
}

static char *
number(const FnSettings *settings, const char *key)
{
	return g_strdup_printf("%" G_GINT64_FORMAT, fn_settings_int(settings, key));
}

static char *
scan_body_max(const FnSettings *settings)
{
	return number(settings, fn_settings_int(settings, "scan_body_max") > fn_settings_int(settings, "body_max") ? "scan_body_max" : "body_max");
}

/* Puts the value of each place where "@name@" stands. Names of nginx' own locations ("@plain") are no places. */
static char *
fill(const char *template, const Place *place)
{
	GString *text = g_string_new(template);

	for (; place->name != NULL; place++) {
		g_autofree char *mark = g_strdup_printf("@%s@", place->name);

		g_string_replace(text, mark, place->value, 0);
	}
	return g_string_free(text, FALSE);
}

char *
fn_door_text(const FnSettings *settings, gboolean bench, GError **error)
{
	Place place[] = { { "bench", g_strdup(bench ? bench_location : "") }, { "directory", fn_settings_path(settings, "door") },
		{ "instance", g_strdup(fn_settings_directory(settings)) }, { "host", listen_host(settings) },
		{ "door_name", g_strdup(fn_settings_text(settings, "door_name")) }, { "share_port", number(settings, "share_port") },
		{ "console_port", number(settings, "console_port") }, { "body_max", number(settings, "body_max") },
		{ "scan_body_max", scan_body_max(settings) }, { "connections", number(settings, "door_connections") }, { NULL, NULL } };
	char *text = check_settings(settings, error) ? fill(door_template, place) : NULL;

	for (guint i = 0; place[i].name != NULL; i++)
		g_free(place[i].value);
	return text;
}

/* ---- the points ---- */

/* Where documents arrive: those to be looked at, and files of cases. */
#define DOCUMENTS "~ ^/api/v1/(scan|cases/[^/]+/attachments)$"

typedef enum { IN_MAIN, IN_HTTP, IN_SHARE, IN_CONSOLE, IN_SCAN, IN_UPSTREAMS } Where;

/* What must stand where, with exactly these arguments, and never with others. */
static const struct {
	Where where;
	const char *directive, *value;
} points[] = {
	{ IN_MAIN, "daemon", "off" },
	{ IN_MAIN, "worker_processes", "2" },
	{ IN_MAIN, "pid", "@directory@/nginx.pid" },
	{ IN_MAIN, "lock_file", "@directory@/nginx.lock" },
	{ IN_HTTP, "error_log", "@directory@/error.log emerg" },
	{ IN_HTTP, "access_log", "@directory@/access.log door buffer=32k flush=1s" },
	{ IN_HTTP, "server_tokens", "off" },
	{ IN_HTTP, "gzip", "off" },
	{ IN_HTTP, "underscores_in_headers", "off" },
	{ IN_HTTP, "client_max_body_size", "@body_max@" },
	{ IN_HTTP, "client_header_buffer_size", "4k" },
	{ IN_HTTP, "large_client_header_buffers", "4 16k" },
	{ IN_HTTP, "client_header_timeout", "10s" },
	{ IN_HTTP, "client_body_timeout", "30s" },
	{ IN_HTTP, "send_timeout", "60s" },
	{ IN_HTTP, "http2_max_concurrent_streams", "64" },
	{ IN_HTTP, "limit_conn", "address @connections@" },
	{ IN_HTTP, "client_body_temp_path", "@directory@/temp/body" },
	{ IN_HTTP, "proxy_temp_path", "@directory@/temp/proxy" },
	{ IN_HTTP, "fastcgi_temp_path", "@directory@/temp/fastcgi" },
	{ IN_HTTP, "uwsgi_temp_path", "@directory@/temp/uwsgi" },
	{ IN_HTTP, "scgi_temp_path", "@directory@/temp/scgi" },
	{ IN_HTTP, "ssl_protocols", "TLSv1.3" },
	{ IN_HTTP, "ssl_early_data", "off" },
	{ IN_HTTP, "ssl_session_tickets", "off" },
	{ IN_HTTP, "ssl_session_cache", "off" },
	{ IN_HTTP, "ssl_certificate", "@directory@/server.crt" },
	{ IN_HTTP, "ssl_certificate_key", "@directory@/server.key" },
	{ IN_HTTP, "proxy_http_version", "1.1" },
	{ IN_HTTP, "proxy_request_buffering", "off" },
	{ IN_HTTP, "proxy_buffering", "off" },
	{ IN_HTTP, "proxy_max_temp_file_size", "0" },
	{ IN_HTTP, "proxy_next_upstream", "off" },
	{ IN_HTTP, "proxy_ignore_client_abort", "off" },
	{ IN_HTTP, "proxy_intercept_errors", "off" },
	{ IN_UPSTREAMS, "keepalive_timeout", "30s" },
	{ IN_SHARE, "listen", "@host@:@share_port@ ssl http2" },
	{ IN_SHARE, "ssl_verify_client", "optional_no_ca" },
	{ IN_SHARE, "ssl_client_certificate", "@directory@/ca.crt" },
	{ IN_CONSOLE, "listen", "@host@:@console_port@ ssl http2" },
	{ IN_CONSOLE, "ssl_verify_client", "off" },
	{ IN_SCAN, "client_max_body_size", "@scan_body_max@" },
};

/* Pages for errors: which status leads where. */
static const struct {
	Where where;
	const char *value;
} pages[] = {
	{ IN_SHARE, "495 496 = @refused" }, { IN_SHARE, "497 = @plain" }, { IN_SHARE, "413 @too_large" },
	{ IN_SHARE, "502 504 =503 @unavailable" }, { IN_CONSOLE, "413 @too_large" }, { IN_CONSOLE, "502 504 =503 @unavailable" },
};

/* In each location that passes a request on: what a caller says of itself under these names never arrives. */
static const struct {
	const char *upstream, *location, *header, *value;
} headers[] = {
	{ "http://share", "/", "X-Fengni-Verify", "$ssl_client_verify" },
	{ "http://share", "@refused", "X-Fengni-Verify", "$ssl_client_verify" },
	{ "http://share", "@plain", "X-Fengni-Verify", "FAILED:plain HTTP" },
	{ "http://share", "/", "X-Fengni-Certificate", "$ssl_client_escaped_cert" },
	{ "http://share", "@refused", "X-Fengni-Certificate", "$ssl_client_escaped_cert" },
	{ "http://share", "@plain", "X-Fengni-Certificate", "" },
	{ "http://console", "/", "X-Fengni-Verify", "NONE" },
	{ "http://console", "/", "X-Fengni-Certificate", "" },
	{ "http://console", DOCUMENTS, "X-Fengni-Verify", "NONE" },
	{ "http://console", DOCUMENTS, "X-Fengni-Certificate", "" },
	{ NULL, NULL, "X-Fengni-Address", "$remote_addr" },
	{ NULL, NULL, "X-Forwarded-For", "" },
	{ NULL, NULL, "Connection", "" },
};

/* The only variables that a log line may hold. */
static const char *const loggable[] = { "$time_iso8601", "$door", "$door_method", "$status", "$bytes_sent", "$request_time" };

static gboolean
missing(GError **error, const char *what, const char *value)
{
	g_set_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_POINT, "the door must hold: %s %s", what, value);
	return FALSE;
}

static const FnConf *
server_of(const FnConf *http, const char *port)
{
	g_autofree char *ending = g_strdup_printf(":%s", port);

	for (const FnConf *at = NULL; (at = fn_conf_next(http, "server", at)) != NULL;) {
		const FnConf *listens = fn_conf_next(at, "listen", NULL);
		const char *address = listens != NULL ? fn_conf_argument(listens, 1) : NULL;

		if (address != NULL && g_str_has_suffix(address, ending))
			return at;
	}
	return NULL;
}

static const FnConf *
location_of(const FnConf *server, const char *value)
{
	for (const FnConf *at = NULL; (at = fn_conf_next(server, "location", at)) != NULL;) {
		g_autofree char *found = fn_conf_value(at);

		if (g_str_equal(found, value))
			return at;
	}
	return NULL;
}

/* @directive stands in @block, and wherever it stands it says @value. */
static gboolean
says(const FnConf *block, const char *directive, const char *value)
{
	gboolean stands = FALSE;

	for (const FnConf *at = NULL; (at = fn_conf_next(block, directive, at)) != NULL; stands = TRUE) {
		g_autofree char *found = fn_conf_value(at);

		if (!g_str_equal(found, value))
			return FALSE;
	}
	return stands;
}

static gboolean
has_point(Where where, const char *directive)
{
	for (gsize i = 0; i < G_N_ELEMENTS(points); i++)
		if (points[i].where == where && g_str_equal(points[i].directive, directive))
			return TRUE;
	return FALSE;
}

/* A deeper block that says otherwise would overrule what stands above. @own (or NULL) has a point of its own for it. */
static gboolean
overruled(const FnConf *block, const FnConf *own, const char *directive, const char *value)
{
	for (guint i = 0; block->child != NULL && i < block->child->len; i++) {
		const FnConf *child = block->child->pdata[i];

		if (child->child != NULL && child != own &&
			((fn_conf_next(child, directive, NULL) != NULL && !says(child, directive, value)) || overruled(child, own, directive, value)))
			return TRUE;
	}
	return FALSE;
}

typedef struct {
	const FnConf *block[IN_UPSTREAMS]; /* by Where */
	const Place *place;
} Parts;

static gboolean
point_holds(const Parts *parts, Where where, const char *directive, const char *value)
{
	const FnConf *http = parts->block[IN_HTTP], *own = has_point(IN_SCAN, directive) ? parts->block[IN_SCAN] : NULL;

	if (where == IN_UPSTREAMS) {
		for (const FnConf *at = NULL; (at = fn_conf_next(http, "upstream", at)) != NULL;)
			if (!says(at, directive, value))
				return FALSE;
		return fn_conf_next(http, "upstream", NULL) != NULL;
	}
	if (!says(parts->block[where], directive, value))
		return FALSE;
	/* The error log of main is coarser on purpose, hence only http downwards. */
	return where == IN_MAIN || !overruled(parts->block[where], own, directive, value);
}

static gboolean
check_points(const Parts *parts, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(points); i++) {
		g_autofree char *value = fill(points[i].value, parts->place);

		if (!point_holds(parts, points[i].where, points[i].directive, value))
			return missing(error, points[i].directive, value);
	}
	if (fn_conf_next(parts->block[IN_MAIN], "user", NULL) != NULL)
		return missing(error, "no directive", "user (it runs as the door's user already)");
	return TRUE;
}

static gboolean
check_pages(const Parts *parts, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
		gboolean found = FALSE;

		for (const FnConf *at = NULL; (at = fn_conf_next(parts->block[pages[i].where], "error_page", at)) != NULL;) {
			g_autofree char *value = fn_conf_value(at);

			found |= g_str_equal(value, pages[i].value);
		}
		if (!found)
			return missing(error, "error_page", pages[i].value);
	}
	return TRUE;
}

/* Exactly once, and with this value. */
static gboolean
sets_header(const FnConf *location, const char *header, const char *value)
{
	guint times = 0;

	for (const FnConf *at = NULL; (at = fn_conf_next(location, "proxy_set_header", at)) != NULL;)
		if (g_ascii_strcasecmp(fn_conf_argument(at, 1), header) == 0) {
			if (g_strcmp0(fn_conf_argument(at, 2), value) != 0)
				return FALSE;
			times++;
		}
	return times == 1;
}

static gboolean
check_location(const FnConf *location, const char *upstream, GError **error)
{
	g_autofree char *name = fn_conf_value(location);
	gboolean known = FALSE;

	for (gsize i = 0; i < G_N_ELEMENTS(headers); i++) {
		gboolean mine = headers[i].upstream != NULL && g_str_equal(headers[i].upstream, upstream) &&
			g_str_equal(headers[i].location, name);

		known |= mine;
		if ((mine || headers[i].upstream == NULL) && !sets_header(location, headers[i].header, headers[i].value))
			return missing(error, headers[i].header, headers[i].value);
	}
	return known || missing(error, "no other location that passes requests on than", "/ @refused @plain " DOCUMENTS);
}

static gboolean
check_headers(const FnConf *server, GError **error)
{
	guint passing = 0;

	for (const FnConf *at = NULL; (at = fn_conf_next(server, "location", at)) != NULL;) {
		const FnConf *pass = fn_conf_next(at, "proxy_pass", NULL);

		if (pass == NULL)
			continue;
		if (fn_conf_argument(pass, 1) == NULL || !check_location(at, fn_conf_argument(pass, 1), error))
			return FALSE;
		passing++;
	}
	return passing > 0 || missing(error, "location", "/ { proxy_pass … }");
}

static gboolean
is_loggable(const char *word)
{
	for (gsize i = 0; i < G_N_ELEMENTS(loggable); i++)
		if (g_str_equal(loggable[i], word))
			return TRUE;
	return FALSE;
}

static gboolean
check_log(const FnConf *http, GError **error)
{
	const FnConf *format = fn_conf_next(http, "log_format", NULL);
	g_auto(GStrv) word = NULL;

	if (format == NULL || fn_conf_next(http, "log_format", format) != NULL || fn_conf_argument(format, 2) == NULL ||
		fn_conf_argument(format, 3) != NULL)
		return missing(error, "log_format", "one, in one text");
	word = g_strsplit(fn_conf_argument(format, 2), " ", -1);
	for (guint i = 0; word[i] != NULL; i++)
		if (!is_loggable(word[i]))
			return missing(error, "log_format without", word[i]);
	return TRUE;
}

static gboolean
check_parts(const Parts *parts, GError **error)
{
	return check_points(parts, error) && check_pages(parts, error) && check_headers(parts->block[IN_SHARE], error) &&
	       check_headers(parts->block[IN_CONSOLE], error) && check_log(parts->block[IN_HTTP], error);
}

gboolean
fn_door_check(const char *text, const FnSettings *settings, GError **error)
{
	Place place[] = { { "directory", fn_settings_path(settings, "door") }, { "host", listen_host(settings) },
		{ "share_port", number(settings, "share_port") }, { "console_port", number(settings, "console_port") },
		{ "body_max", number(settings, "body_max") }, { "scan_body_max", scan_body_max(settings) },
		{ "connections", number(settings, "door_connections") }, { NULL, NULL } };
	g_autoptr(FnConf) main_block = fn_conf_parse(text, error);
	const FnConf *http = main_block != NULL ? fn_conf_next(main_block, "http", NULL) : NULL;
	Parts parts = { { main_block, http }, place };
	gboolean holds = FALSE;

	if (http != NULL) {
		parts.block[IN_SHARE] = server_of(http, place[2].value);
		parts.block[IN_CONSOLE] = server_of(http, place[3].value);
		parts.block[IN_SCAN] = parts.block[IN_CONSOLE] != NULL ? location_of(parts.block[IN_CONSOLE], DOCUMENTS) : NULL;
		if (parts.block[IN_SHARE] == NULL || parts.block[IN_CONSOLE] == NULL)
			missing(error, "server", "one for each of the two ports");
		else if (parts.block[IN_SCAN] == NULL)
			missing(error, "location", DOCUMENTS);
		else
			holds = check_parts(&parts, error);
	} else if (main_block != NULL) {
		missing(error, "http", "{ … }");
	}
	for (guint i = 0; place[i].name != NULL; i++)
		g_free(place[i].value);
	return holds;
}

/* ---- files ---- */

static gboolean
fail(GError **error, const char *path)
{
	g_set_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_FILE, "%s: %s", path, g_strerror(errno));
	return FALSE;
}

/* Owned by the door's user where there is one. */
static gboolean
give(const char *path, mode_t mode, GError **error)
{
	uid_t uid = fn_role_uid(FN_ROLE_DOOR);

	if (chmod(path, mode) != 0 || (geteuid() == 0 && lchown(path, uid, (gid_t)uid) != 0))
		return fail(error, path);
	return TRUE;
}

static gboolean
make_directory(const FnSettings *settings, const char *below, mode_t mode, GError **error)
{
	g_autofree char *path = fn_settings_path(settings, below);

	return (g_mkdir_with_parents(path, 0755) == 0 || fail(error, path)) && give(path, mode, error);
}

static gboolean
write_file(const FnSettings *settings, const char *below, const char *text, gsize size, GError **error)
{
	g_autofree char *path = fn_settings_path(settings, below);
	g_autoptr(GError) why = NULL;

	if (!g_file_set_contents(path, text, (gssize)size, &why)) {
		g_set_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_FILE, "%s", why->message);
		return FALSE;
	}
	return give(path, 0644, error);
}

gboolean
fn_door_write(const FnSettings *settings, gboolean bench, GError **error)
{
	g_autofree char *text = fn_door_text(settings, bench, error);
	g_autofree char *block = g_strnfill(BENCH_BYTES, 'x');

	if (text == NULL || !fn_door_check(text, settings, error))
		return FALSE;
	return make_directory(settings, "door", 0711, error) && make_directory(settings, "door/temp", 0700, error) &&
	       (!bench || write_file(settings, "door/bench.bin", block, BENCH_BYTES, error)) &&
	       write_file(settings, "door/nginx.conf", text, strlen(text), error);
}

char **
fn_door_arguments(const FnSettings *settings)
{
	char **argument = g_new0(char *, 7);

	argument[0] = g_strdup("-p");
	argument[1] = fn_settings_path(settings, "door");
	argument[2] = g_strdup("-c");
	argument[3] = fn_settings_path(settings, "door/nginx.conf");
	argument[4] = g_strdup("-e");
	argument[5] = fn_settings_path(settings, "door/error.log");
	return argument;
}

char *
fn_door_ready(const FnSettings *settings)
{
	const char *host = fn_settings_text(settings, "door_host");

	/* Listening everywhere, it is met at home. */
	return g_strdup_printf("%s:%" G_GINT64_FORMAT, g_str_equal(host, "0.0.0.0") ? "127.0.0.1" : host,
		fn_settings_int(settings, "share_port"));
}
