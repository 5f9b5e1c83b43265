#include "source/postgres_spec.h"

#include "source/source_priv.h"

#include <string.h>

/* What a specification says, checked. */
typedef struct {
	char *host, *address; /* @address: NULL for a Unix socket */
	char *port;
	const char *database, *user, *password, *schema, *tls;
} Spec;

static void
spec_clear(Spec *spec)
{
	g_free(spec->host);
	g_free(spec->address);
	g_free(spec->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spec, spec_clear)

static gboolean
refuse(GError **error, const char *what)
{
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a source of kind postgres: %s", what);
	return FALSE;
}

/* Texts go into connection parameters as they are: each stands in its own array place, none is parsed again. */
static const char *
text_member(const json_t *from, const char *name, const char *otherwise)
{
	const json_t *value = json_object_get(from, name);
	const char *text = json_string_value(value);

	if (value == NULL)
		return otherwise;
	return text != NULL && *text != '\0' && strlen(text) == json_string_length(value) ? text : "";
}

static gboolean
read_port(const json_t *from, Spec *spec, GError **error)
{
	const json_t *value = json_object_get(from, "port");
	gint64 port = value == NULL ? 5432 : json_integer_value(value);
	guint64 from_text;

	if (json_is_string(value) &&
		g_ascii_string_to_unsigned(json_string_value(value), 10, 1, 65535, &from_text, NULL))
		port = (gint64)from_text;
	if (port < 1 || port > 65535)
		return refuse(error, "\"port\" is a number from 1 to 65535");
	spec->port = g_strdup_printf("%" G_GINT64_FORMAT, port);
	return TRUE;
}

static gboolean
read_host(const json_t *from, const char *root, Spec *spec, GError **error)
{
	const char *host = text_member(from, "host", "");

	/* A comma would make two hosts of it, '@' an abstract socket. */
	if (*host == '\0' || strpbrk(host, ",@") != NULL)
		return refuse(error, "\"host\" is one host name, one address, or the directory of a Unix socket");
	if (*host == '/') {
		spec->host = fn_source_path(host, root, error);
		return spec->host != NULL;
	}
	spec->host = g_strdup(host);
	spec->address = fn_source_resolve(host, error);
	return spec->address != NULL;
}

static gboolean
read_spec(const json_t *from, const char *root, Spec *spec, GError **error)
{
	static const char *const known[] = { "kind", "host", "port", "database", "user", "password", "schema", "tls",
		NULL };
	static const char *const tls[] = { "disable", "prefer", "require", "verify-full", NULL };

	if (!fn_source_members(from, known, error))
		return FALSE;
	spec->database = text_member(from, "database", "");
	spec->user = text_member(from, "user", "");
	spec->password = text_member(from, "password", NULL);
	spec->schema = text_member(from, "schema", "public");
	spec->tls = text_member(from, "tls", "prefer");
	if (*spec->database == '\0' || *spec->user == '\0' || *spec->schema == '\0')
		return refuse(error, "\"database\", \"user\" and \"schema\" are texts that are not empty");
	if (!g_strv_contains(tls, spec->tls))
		return refuse(error, "\"tls\" is disable, prefer, require or verify-full");
	return read_port(from, spec, error) && read_host(from, root, spec, error);
}

/* No parameter is left to the environment or a service file. */
static PGconn *
connect_to(const Spec *spec)
{
	const char *const pairs[][2] = {
		{ "host", spec->host },
		{ "port", spec->port },
		{ "dbname", spec->database },
		{ "user", spec->user },
		{ "password", spec->password != NULL ? spec->password : "" },
		{ "passfile", "/dev/null/none" },
		{ "sslmode", spec->address != NULL ? spec->tls : "disable" },
		{ "client_encoding", "UTF8" },
		{ "connect_timeout", "10" },
		{ "tcp_user_timeout", "30000" },
		{ "application_name", "fengni" },
		{ "gssencmode", "disable" },
		{ "hostaddr", spec->address },
	};
	const char *names[G_N_ELEMENTS(pairs) + 1] = { NULL }, *values[G_N_ELEMENTS(pairs) + 1] = { NULL };

	for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
		names[i] = pairs[i][0];
		values[i] = pairs[i][1];
	}
	return PQconnectdbParams(names, values, 0);
}

PGconn *
fn_source_postgres_connect(const json_t *from, const char *root, char **schema_out, GError **error)
{
	g_auto(Spec) spec = { 0 };
	PGconn *connection;

	if (!read_spec(from, root, &spec, error))
		return NULL;
	connection = connect_to(&spec);
	g_assert(connection != NULL);
	*schema_out = g_strdup(spec.schema);
	return connection;
}
