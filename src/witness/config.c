/* witness.conf: lines "key = value", '#' begins a comment; unknown keys refuse. */
#include "witness/witness_priv.h"

#include "base/text.h"

#include <string.h>

#define LOGS_MAX 256u

static gboolean
wrong(GError **error, const char *why)
{
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN, "%s", why);
	return FALSE;
}

static void
log_free(gpointer data)
{
	FnWitnessLog *log = data;

	fn_note_key_free(log->key);
	fn_witness_state_clear(&log->state);
	g_free(log->intl_text);
	g_free(log->gm_text);
	g_free(log->file);
	g_free(log);
}

void
fn_witness_config_clear(FnWitnessConfig *config)
{
	g_free(config->name);
	g_free(config->listen);
	g_clear_pointer(&config->logs, g_ptr_array_unref);
	memset(config, 0, sizeof(*config));
}

/* ---- values ---- */

static gboolean
take_text(char **text_out, const char *value, GError **error)
{
	if (*text_out != NULL)
		return wrong(error, "this key is given twice");
	*text_out = g_strdup(value);
	return TRUE;
}

static gboolean
take_name(FnWitnessConfig *config, const char *value, GError **error)
{
	if (!fn_note_name_is_valid(value))
		return wrong(error, "a name is like an address without scheme: no spaces, no '+', at most 255 characters");
	return take_text(&config->name, value, error);
}

static gboolean
take_listen(FnWitnessConfig *config, const char *value, GError **error)
{
	return *value != '\0' ? take_text(&config->listen, value, error) : wrong(error, "\"listen\" is empty");
}

static gboolean
take_rate(FnWitnessConfig *config, const char *value, GError **error)
{
	guint64 rate;

	if (config->rate != 0)
		return wrong(error, "this key is given twice");
	if (!g_ascii_string_to_unsigned(value, 10, 1, 100000, &rate, NULL))
		return wrong(error, "\"rate\" is a whole number from 1 to 100000");
	config->rate = (guint)rate;
	return TRUE;
}

/* The name of the log's key is its origin. */
static gboolean
fill_log(FnWitnessLog *log, const char *const *word, GError **error)
{
	g_autoptr(FnPublicKey) gm = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	if ((log->key = fn_note_key_parse(word[0], FN_NOTE_ED25519, error)) == NULL)
		return FALSE;
	log->intl_text = fn_public_key_text(FN_SUITE_INTL, log->key->bytes);
	fn_sha256(log->key->name, strlen(log->key->name), digest);
	log->file = fn_hex(digest, sizeof(digest));
	if (word[1] == NULL)
		return TRUE;
	if ((gm = fn_public_key_parse(word[1], error)) == NULL)
		return FALSE;
	log->gm_text = g_strdup(word[1]);
	return fn_public_key_suite(gm) == FN_SUITE_GM || wrong(error, "the second word of a log is no SM2 key (gm:…)");
}

static gboolean
take_log(FnWitnessConfig *config, const char *value, GError **error)
{
	g_auto(GStrv) word = g_strsplit(value, " ", 3);
	FnWitnessLog *log;

	if (word[0] == NULL || g_strv_length(word) > 2)
		return wrong(error, "a log is \"KEY\" or \"KEY gm:KEY\"");
	if (config->logs->len == LOGS_MAX)
		return wrong(error, "too many logs");
	log = g_new0(FnWitnessLog, 1);
	g_ptr_array_add(config->logs, log);
	if (!fill_log(log, (const char *const *)word, error))
		return FALSE;
	for (guint i = 0; i + 1 < config->logs->len; i++)
		if (g_str_equal(((FnWitnessLog *)g_ptr_array_index(config->logs, i))->key->name, log->key->name))
			return wrong(error, "a log of this name is listed already");
	return TRUE;
}

static const struct {
	const char *key;
	gboolean (*take)(FnWitnessConfig *config, const char *value, GError **error);
} table[] = {
	{ "name", take_name },
	{ "listen", take_listen },
	{ "rate", take_rate },
	{ "log", take_log },
};

static gboolean
take_line(FnWitnessConfig *config, char *line, GError **error)
{
	char *equals;

	g_strstrip(line);
	equals = strchr(line, '=');
	if (*line == '\0' || *line == '#')
		return TRUE;
	if (equals == NULL)
		return wrong(error, "expected \"key = value\"");
	*equals = '\0';
	g_strstrip(line);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_str_equal(table[i].key, line))
			return table[i].take(config, g_strstrip(equals + 1), error);
	return wrong(error, "unknown key; there are name, listen, rate and log");
}

gboolean
fn_witness_config_parse(const char *text, FnWitnessConfig *config_out, GError **error)
{
	g_auto(GStrv) line = g_strsplit(text, "\n", -1);
	FnWitnessConfig config = { .logs = g_ptr_array_new_with_free_func(log_free) };
	gboolean good = TRUE;

	for (guint i = 0; good && line[i] != NULL; i++) {
		good = take_line(&config, line[i], error);
		if (!good)
			g_prefix_error(error, "witness.conf:%u: ", i + 1);
	}
	if (good && (config.name == NULL || config.listen == NULL))
		good = wrong(error, "witness.conf: \"name\" and \"listen\" must be there");
	if (!good) {
		fn_witness_config_clear(&config);
		return FALSE;
	}
	if (config.rate == 0)
		config.rate = 100;
	*config_out = config;
	return TRUE;
}

char *
fn_witness_config_example(const char *name)
{
	return g_strdup_printf("# the name under which the witness signs; it is part of its key's id and does not change any more\n"
			       "name = %s\n\n"
			       "# where it answers plain HTTP, for a server with TLS before it: an address of this machine, or the path of a\n"
			       "# socket, from here unless it begins with /\n"
			       "listen = 127.0.0.1:8470\n\n"
			       "# requests a second that are answered\n"
			       "rate = 100\n\n"
			       "# the logs it vouches for, one a line: the key of the log, and its SM2 key where the SM3 tree is to be watched too\n"
			       "# log = data.city.example/ledger+00000000+AQ… gm:…\n",
		name);
}
