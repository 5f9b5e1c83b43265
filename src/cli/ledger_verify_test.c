/* A ledger verified over HTTPS, by what its exit codes say. */
#include "cli/ledger_verify.h"
#include "cli/test_quiet.h"
#include "cli/test_server.h"

#include "base/program.h"
#include "ledger/test_mirror.h"
#include "ledger/test_witness.h"

#include <signal.h>

#define PREFIX "/api/v1/ledger/"

typedef struct {
	TestServer *server;
	TestDirectory *directory;
	TestKeys *keys;
	TestWitness *witness;
	FnLog *log;
} Remote;

static void
write_text(const Remote *r, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(r->directory, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
set_up(Remote *r, gconstpointer unused)
{
	g_autofree char *log = NULL, *keys = NULL, *session = NULL, *path = NULL, *head = NULL;

	r->server = test_server_new();
	r->directory = test_directory_new();
	r->keys = test_keys_new();
	r->witness = test_witness_new("witness.example/one");
	log = g_build_filename(r->directory, "log", NULL);
	r->log = test_open(log, r->keys);
	test_append_many(r->log, 0, 300);
	g_assert_true(fn_log_publish(r->log, NULL));
	head = fn_log_head(r->log, NULL);
	write_text(r, "first.json", head);
	test_append_many(r->log, 400, 30);
	g_assert_true(fn_log_publish(r->log, NULL));
	keys = g_strdup_printf("%s\n%s\n", r->keys->gm_text, r->keys->intl_text);
	write_text(r, "keys", keys);
	session = g_strdup_printf("{\"ca\":\"%s\",\"token\":\"t\",\"url\":\"%s\"}", r->server->certificate, r->server->url);
	write_text(r, "session.json", session);
	path = g_build_filename(r->directory, "session.json", NULL);
	g_setenv("FENGNI_SESSION", path, TRUE);
	r->server->files = test_mirror_files();
	test_mirror(r->log, r->server->files, PREFIX);
}

static void
tear_down(Remote *r, gconstpointer unused)
{
	fn_log_close(r->log);
	test_server_free(r->server);
	test_witness_free(r->witness);
	test_keys_free(r->keys);
	test_directory_free(r->directory);
}

/* '%' stands for the scratch directory, '@' for the server's URL, '~' for its certificate. */
static int
run(const Remote *r, const char *words)
{
	g_autoptr(GString) text = g_string_new(words);
	g_auto(GStrv) word = NULL;
	g_autofree char **argv = NULL;

	g_string_replace(text, "%", r->directory, 0);
	g_string_replace(text, "@", r->server->url, 0);
	g_string_replace(text, "~", r->server->certificate, 0);
	word = g_strsplit(text->str, " ", -1);
	argv = g_memdup2(word, sizeof(char *) * (g_strv_length(word) + 1)); /* the option parser moves them */
	return quietly(fn_ledger_verify_command, (int)g_strv_length(word), argv);
}

static void
check(const Remote *r, const char *words, int code)
{
	g_test_message("%s", words);
	g_assert_cmpint(run(r, words), ==, code);
}

static void
change(Remote *r, const char *path, gsize at)
{
	g_autofree char *whole = g_strconcat(PREFIX, path, NULL);
	GBytes *bytes;
	guint8 *data;
	gsize size;

	fn_mutex_lock(&r->server->mutex);
	bytes = g_hash_table_lookup(r->server->files, whole);
	g_assert_nonnull(bytes);
	size = g_bytes_get_size(bytes);
	data = g_memdup2(g_bytes_get_data(bytes, NULL), size);
	data[at] ^= 1;
	g_hash_table_replace(r->server->files, g_strdup(whole), g_bytes_new_take(data, size));
	fn_mutex_unlock(&r->server->mutex);
}

#define GOOD "verify @/api/v1/ledger --keys %/keys --ca ~"

static void
test_codes(Remote *r, gconstpointer unused)
{
	static const struct {
		const char *words;
		int code;
	} cases[] = {
		{ GOOD, FN_EXIT_OK },
		{ GOOD " --json", FN_EXIT_OK },
		{ "verify @/api/v1/ledger/ --keys %/keys --ca ~", FN_EXIT_OK },
		{ "verify @/api/v1/ledger --keys %/keys --session", FN_EXIT_OK },
		{ GOOD " --session", FN_EXIT_OK },
		{ GOOD " --from %/first.json", FN_EXIT_OK },
		{ "verify @/api/v1/ledger --keys %/keys", FN_EXIT_ENVIRONMENT }, /* nobody vouches for the certificate */
		{ "verify @/elsewhere --keys %/keys --ca ~", FN_EXIT_ENVIRONMENT },
		{ "verify https://localhost:1/api/v1/ledger --keys %/keys --session", FN_EXIT_ENVIRONMENT }, /* the token stays at home */
		{ "verify @/api/v1/ledger --ca ~", FN_EXIT_USAGE }, /* keys do not come from the one who is checked */
		{ GOOD " --from %/keys", FN_EXIT_NO },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check(r, cases[i].words, cases[i].code);
}

/* An entry that was changed is found by who has a session; anything else by everybody. */
static void
test_changed(Remote *r, gconstpointer unused)
{
	static const char *const public[] = { "checkpoint", "tile/0/000", "tile/0/001.p/75", "tile/1/000.p/1", "sm3/tile/0/000", "sm3/tile/1/000.p/1", "heads/330" };

	change(r, "tile/entries/000", 100);
	check(r, GOOD, FN_EXIT_OK);
	check(r, GOOD " --session", FN_EXIT_NO);
	change(r, "tile/entries/000", 100);
	for (gsize i = 0; i < G_N_ELEMENTS(public); i++) {
		change(r, public[i], 10);
		check(r, GOOD, FN_EXIT_NO);
		change(r, public[i], 10);
	}
	check(r, GOOD " --session", FN_EXIT_OK);
}

/* The server puts an older log in the newer one's place: only who kept a head can tell. */
static void
test_roll_back(Remote *r, gconstpointer unused)
{
	g_autofree char *head = fn_log_head(r->log, NULL), *path = g_build_filename(r->directory, "other", NULL);
	FnLog *other = test_open(path, r->keys);

	write_text(r, "last.json", head);
	check(r, GOOD " --from %/last.json", FN_EXIT_OK);
	test_append_many(other, 0, 40);
	g_assert_true(fn_log_publish(other, NULL));
	fn_mutex_lock(&r->server->mutex);
	test_mirror(other, r->server->files, PREFIX);
	fn_mutex_unlock(&r->server->mutex);
	fn_log_close(other);
	check(r, GOOD, FN_EXIT_OK);
	check(r, GOOD " --from %/last.json", FN_EXIT_NO);
}

static void
test_witness(Remote *r, gconstpointer unused)
{
	g_autofree char *words = g_strconcat(GOOD " --witness ", r->witness->text, NULL), *note = NULL, *line = NULL, *both = NULL;
	GBytes *bytes;

	check(r, words, FN_EXIT_NO);
	fn_mutex_lock(&r->server->mutex);
	bytes = g_hash_table_lookup(r->server->files, PREFIX "checkpoint");
	note = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	line = test_witness_sign(r->witness, note, 1700000000);
	both = g_strconcat(note, line, NULL);
	g_hash_table_replace(r->server->files, g_strdup(PREFIX "checkpoint"), g_bytes_new(both, strlen(both)));
	fn_mutex_unlock(&r->server->mutex);
	check(r, words, FN_EXIT_OK);
	change(r, "checkpoint", strlen(both) - 20);
	check(r, words, FN_EXIT_NO);
	check(r, GOOD, FN_EXIT_OK); /* a stranger's line proves nothing and spoils nothing */
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
#define ADD(name, function) g_test_add("/ledger-verify/" name, Remote, NULL, set_up, function, tear_down)
	ADD("codes", test_codes);
	ADD("changed", test_changed);
	ADD("roll-back", test_roll_back);
	ADD("witness", test_witness);
	return g_test_run();
}
