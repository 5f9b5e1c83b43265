#include "base/settings.h"

#include <string.h>

typedef struct {
	const char *key;
	char type; /* 't' text, 'i' integer */
	const char *value;
	gint64 min, max;
	const char *about;
} Setting;

static const Setting table[] = {
	{ "city", 't', "未命名市", 0, 0, "name of the city, shown on every screen" },
	{ "rules", 't', "", 0, 0, "directory of rule files; empty: the one installed with the programs" },
	{ "pack", 't', "national", 0, 0, "rule pack in force" },
	{ "registry", 't', "", 0, 0, "registry database: empty for the embedded SQLite, or a postgresql:// address" },
	{ "audit_index", 't', "", 0, 0, "index of the ledger: empty for an embedded SQLite in audit/, or a postgresql:// address" },
	{ "uid_base", 'i', "61000", 0, 4000000, "first of the user ids of the programs; 0: all run as the caller (development only)" },
	{ "door_host", 't', "127.0.0.1", 0, 0, "address the door listens on" },
	{ "door_name", 't', "localhost", 0, 0, "host name in the door's certificate" },
	{ "share_port", 'i', "8443", 1, 65535, "TLS port of the share API, client certificates demanded" },
	{ "console_port", 'i', "8444", 1, 65535, "TLS port of the console API" },
	{ "door_connections", 'i', "4096", 1, 65536, "connections that one address may have at the door" },
	{ "suite", 't', "gm", 0, 0, "crypto suite: gm (SM2, SM3, SM4) or intl (Ed25519, SHA-256, AES)" },
	{ "http_threads", 'i', "2", 1, 64, "event threads of the gate" },
	{ "source_threads", 'i', "4", 1, 64, "connections and threads per source" },
	{ "source_waiting", 'i', "512", 1, 65536, "queries that may wait per source; more get 503" },
	{ "source_timeout_ms", 'i', "5000", 10, 600000, "time after which a query of a source is given up, in milliseconds" },
	{ "registry_threads", 'i', "2", 1, 64, "threads for console requests" },
	{ "disclosure_memory", 'i', "67108864", 16384, 4294967296, "bytes of memory in which one batch counts rows that leave in groups only; the rest goes to disk" },
	{ "aggregate_seconds", 'i', "300", 1, 86400, "time after which counting the rows of one table is given up" },
	{ "streams", 'i', "8", 1, 256, "batch streams at the same time" },
	{ "body_max", 'i', "1048576", 1024, 1073741824, "largest request body in bytes" },
	{ "scan_body_max", 'i', "67108864", 1024, 1073741824, "largest document that the console API takes for scanning, in bytes; not below body_max" },
	{ "source_root", 't', "", 0, 0, "directory below which file sources must lie; empty: sources/ of the instance" },
	{ "ledger_origin", 't', "", 0, 0, "name of the ledger, such as data.city.example/ledger; empty: made up once; never changes after" },
	{ "segment_bytes", 'i', "67108864", 1048576, 1073741824, "size of a ledger segment file" },
	{ "head_interval_ms", 'i', "1000", 50, 3600000, "time between signed heads of the ledger; a receipt waits at most this long" },
	{ "ledger_reserve", 'i', "67108864", 0, 1099511627776, "bytes of free disk below which the ledger takes administration only" },
	{ "witness_interval", 'i', "60", 1, 86400, "seconds between two looks whether the witnesses (file `witnesses`) have cosigned the last head" },
	{ "witness_ca", 't', "", 0, 0, "file of the CA certificates of the witnesses' servers; empty: those of the system" },
	{ "timestamp_url", 't', "", 0, 0, "address of a time-stamping authority (RFC 3161) that stamps a head a day; empty: none" },
	{ "timestamp_ca", 't', "", 0, 0, "file of the CA certificates under which its stamps verify; empty: those of the system" },
	{ "timestamp_digest", 't', "sha256", 0, 0, "digest of the head that is stamped: sha256 or sm3" },
	{ "smtp_url", 't', "", 0, 0, "mail server that takes notices, smtp://host:25 or smtps://host:465, without name or password; empty: no mail" },
	{ "smtp_from", 't', "", 0, 0, "address that notices come from" },
	{ "smtp_ca", 't', "", 0, 0, "file of the CA certificates of the mail server; empty: those of the system" },
	{ "mail_domains", 't', "", 0, 0, "domains of official addresses, separated by blanks: notices go nowhere else" },
	{ "webhook_url", 't', "", 0, 0, "address that gets each notice as JSON (case number and link); empty: none" },
	{ "webhook_ca", 't', "", 0, 0, "file of the CA certificates of the webhook's server; empty: those of the system" },
	{ "console_url", 't', "", 0, 0, "address of the console as people reach it, for the links in notices" },
	{ "lease_seconds", 'i', "300", 10, 86400, "life of a key lease" },
	{ "certificate_days", 'i', "825", 1, 3650, "longest life of a certificate that the platform's CA signs" },
	{ "ca_years", 'i', "10", 1, 30, "life of the CA's own certificate, set when the keys are made" },
	{ "session_minutes", 'i', "30", 1, 1440, "idle time after which a session ends" },
	{ "inspect_workers", 'i', "2", 1, 8, "documents that are inspected at the same time" },
	{ "inspect_seconds", 'i', "60", 1, 3600, "time after which the inspection of one document is given up" },
	{ "recognise_pictures", 'i', "0", 0, 1, "1: text in pictures is recognised (needs tesseract); 0: they count as not inspected" },
	{ "work_from", 't', "00:00", 0, 0, "start of the hours in which grants without own hours may be used" },
	{ "work_until", 't', "24:00", 0, 0, "end of those hours" },
};

struct FnSettings {
	char *directory;
	char *value[G_N_ELEMENTS(table)]; /* NULL: the default */
};

G_DEFINE_QUARK(fn-settings-error-quark, fn_settings_error)

static gssize
find(const char *key)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_str_equal(table[i].key, key))
			return (gssize)i;
	return -1;
}

static const char *
fits(const Setting *setting, const char *value)
{
	gint64 number;

	if (setting->type == 't')
		return g_utf8_validate(value, -1, NULL) ? NULL : "is not UTF-8";
	if (!g_ascii_string_to_signed(value, 10, setting->min, setting->max, &number, NULL))
		return "is not a whole number within its bounds";
	return NULL;
}

static gboolean
take_line(FnSettings *settings, const char *line, GError **error)
{
	g_autofree char *text = g_strstrip(g_strdup(line));
	g_auto(GStrv) part = NULL;
	const char *wrong;
	gssize i;

	if (*text == '\0' || *text == '#')
		return TRUE;
	part = g_strsplit(text, "=", 2);
	if (part[0] == NULL || part[1] == NULL) {
		g_set_error(error, FN_SETTINGS_ERROR, FN_SETTINGS_ERROR_LINE, "expected \"key = value\"");
		return FALSE;
	}
	g_strstrip(part[0]);
	g_strstrip(part[1]);
	if ((i = find(part[0])) < 0) {
		g_set_error(error, FN_SETTINGS_ERROR, FN_SETTINGS_ERROR_LINE, "unknown key \"%s\"", part[0]);
		return FALSE;
	}
	if (settings->value[i] != NULL) {
		g_set_error(error, FN_SETTINGS_ERROR, FN_SETTINGS_ERROR_LINE, "\"%s\" is given twice", part[0]);
		return FALSE;
	}
	if ((wrong = fits(&table[i], part[1])) != NULL) {
		g_set_error(error, FN_SETTINGS_ERROR, FN_SETTINGS_ERROR_LINE, "\"%s\" %s (%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ")",
			part[0], wrong, table[i].min, table[i].max);
		return FALSE;
	}
	settings->value[i] = g_strdup(part[1]);
	return TRUE;
}

static gboolean
take_file(FnSettings *settings, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) line = NULL;
	g_autoptr(GError) why = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return TRUE;
	if (!g_file_get_contents(path, &text, NULL, &why)) {
		g_set_error(error, FN_SETTINGS_ERROR, FN_SETTINGS_ERROR_FILE, "%s", why->message);
		return FALSE;
	}
	line = g_strsplit(text, "\n", -1);
	for (guint i = 0; line[i] != NULL; i++)
		if (!take_line(settings, line[i], error)) {
			g_prefix_error(error, "%s:%u: ", path, i + 1);
			return FALSE;
		}
	return TRUE;
}

FnSettings *
fn_settings_load(const char *directory, GError **error)
{
	g_autoptr(FnSettings) settings = g_new0(FnSettings, 1);
	g_autofree char *path = NULL;

	settings->directory = g_canonicalize_filename(directory, NULL);
	path = g_build_filename(settings->directory, "fengni.conf", NULL);
	if (!take_file(settings, path, error))
		return NULL;
	return g_steal_pointer(&settings);
}

void
fn_settings_free(FnSettings *settings)
{
	if (settings == NULL)
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_free(settings->value[i]);
	g_free(settings->directory);
	g_free(settings);
}

static const char *
value(const FnSettings *settings, const char *key, char type)
{
	gssize i = find(key);

	g_assert(i >= 0 && table[i].type == type);
	return settings->value[i] != NULL ? settings->value[i] : table[i].value;
}

const char *
fn_settings_text(const FnSettings *settings, const char *key)
{
	return value(settings, key, 't');
}

gint64
fn_settings_int(const FnSettings *settings, const char *key)
{
	return g_ascii_strtoll(value(settings, key, 'i'), NULL, 10);
}

const char *
fn_settings_directory(const FnSettings *settings)
{
	return settings->directory;
}

char *
fn_settings_path(const FnSettings *settings, const char *below)
{
	return g_build_filename(settings->directory, below, NULL);
}

char *
fn_settings_describe(void)
{
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_string_append_printf(text, "# %s\n# %s = %s\n\n", table[i].about, table[i].key, table[i].value);
	return g_string_free(text, FALSE);
}
