/* The exit codes that a script of an auditor goes by: 0 genuine, 1 not, 2 wrongly called, 3 cannot be looked at. */
#include "cli/evidence.h"
#include "cli/ledger_export.h"
#include "cli/ledger_verify.h"
#include "cli/test_quiet.h"

#include "base/program.h"
#include "ledger/ledger.h"
#include "ledger/test_keys.h"

/* Of somebody who never signed here. */
#define WITNESS "witness.example/w+bbabb70a+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"

typedef struct {
	TestDirectory *directory;
	TestKeys *keys;
	char *log, *keys_file, *receipt;
} Evidence;

static char *
below(const Evidence *e, const char *name)
{
	return g_build_filename(e->directory, name, NULL);
}

static void
write_text(const Evidence *e, const char *name, const char *text)
{
	g_autofree char *path = below(e, name);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* The head of a log of the same keys and name that went further. */
static void
write_later(const Evidence *e)
{
	g_autofree char *path = below(e, "later"), *text = NULL;
	FnLog *log = test_open(path, e->keys);

	test_append(log, 0, 40);
	g_assert_true(fn_log_publish(log, NULL));
	text = fn_log_head(log, NULL);
	write_text(e, "later.json", text);
	fn_log_close(log);
}

static void
set_up(Evidence *e, gconstpointer unused)
{
	g_autofree char *text = NULL;
	FnLog *log;

	e->directory = test_directory_new();
	e->keys = test_keys_new();
	e->log = below(e, "ledger");
	e->keys_file = below(e, "keys");
	e->receipt = below(e, "receipt.json");
	log = test_open(e->log, e->keys);
	test_append(log, 0, 20);
	g_assert_true(fn_log_publish(log, NULL));
	text = fn_log_receipt(log, 7, NULL);
	g_assert_nonnull(text);
	write_text(e, "receipt.json", text);
	g_free(text);
	text = fn_log_head(log, NULL);
	write_text(e, "head.json", text);
	fn_log_close(log);
	write_later(e);
	g_autofree char *keys = g_strdup_printf("the city's keys\n%s\n%s\r\nother: x\n", e->keys->intl_text, e->keys->gm_text);

	write_text(e, "keys", keys);
}

static void
tear_down(Evidence *e, gconstpointer unused)
{
	g_free(e->log);
	g_free(e->keys_file);
	g_free(e->receipt);
	test_keys_free(e->keys);
	test_directory_free(e->directory);
}

/* "%" stands for the scratch directory; words are separated by spaces. */
static int
run(const Evidence *e, int (*command)(int argc, char **argv), const char *words)
{
	g_auto(GStrv) part = g_strsplit(words, "%", -1);
	g_autofree char *text = g_strjoinv(e->directory, part);
	g_auto(GStrv) word = g_strsplit(text, " ", -1);
	g_autofree char **argv = g_memdup2(word, sizeof(char *) * (g_strv_length(word) + 1)); /* the option parser moves them */

	return quietly(command, (int)g_strv_length(word), argv);
}

typedef struct {
	const char *words;
	int code;
} Case;

static void
check(const Evidence *e, int (*command)(int argc, char **argv), const Case *cases, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		g_test_message("%s", cases[i].words);
		g_assert_cmpint(run(e, command, cases[i].words), ==, cases[i].code);
	}
}

/* Files of keys that are none. */
static void
write_wrong_keys(Evidence *e)
{
	g_autoptr(TestKeys) others = test_keys_new();
	g_autofree char *other = g_strdup_printf("%s\n%s\n", others->gm_text, others->intl_text);

	write_text(e, "others", other);
	write_text(e, "half", e->keys->gm_text);
	write_text(e, "empty", "");
	write_text(e, "garbled", "gm:AAAA\nintl:====\n");
}

static void
test_ledger(Evidence *e, gconstpointer unused)
{
	static const Case cases[] = {
		{ "verify %/ledger --keys %/keys", FN_EXIT_OK },
		{ "verify %/ledger --keys %/keys --json", FN_EXIT_OK },
		{ "verify %/ledger --keys %/others", FN_EXIT_NO },
		{ "verify %/ledger --keys %/half", FN_EXIT_ENVIRONMENT },
		{ "verify %/ledger --keys %/empty", FN_EXIT_ENVIRONMENT },
		{ "verify %/ledger --keys %/garbled", FN_EXIT_ENVIRONMENT },
		{ "verify %/ledger --keys %/absent", FN_EXIT_ENVIRONMENT },
		{ "verify %/absent --keys %/keys", FN_EXIT_ENVIRONMENT },
		{ "verify %/ledger --keys %/keys --from %/head.json", FN_EXIT_OK },
		{ "verify %/ledger --keys %/keys --from %/head.json --json", FN_EXIT_OK },
		{ "verify %/ledger --keys %/keys --from %/receipt.json", FN_EXIT_OK },
		{ "verify %/ledger --keys %/keys --from %/ledger/checkpoint", FN_EXIT_OK },
		{ "verify %/ledger --keys %/keys --from %/later.json", FN_EXIT_NO },
		{ "verify %/ledger --keys %/keys --from %/half", FN_EXIT_NO },
		{ "verify %/ledger --keys %/keys --from %/absent", FN_EXIT_ENVIRONMENT },
		{ "verify %/ledger --keys %/keys --witness " WITNESS, FN_EXIT_NO },
		{ "verify %/ledger --keys %/keys --witness none", FN_EXIT_ENVIRONMENT },
		{ "verify", FN_EXIT_USAGE },
		{ "verify %/ledger %/ledger", FN_EXIT_USAGE },
		{ "verify %/ledger --nothing", FN_EXIT_USAGE },
	};

	write_wrong_keys(e);
	check(e, fn_ledger_verify_command, cases, G_N_ELEMENTS(cases));
}

/* The first segment file below @directory. */
static char *
find_largest(const char *directory)
{
	g_autoptr(GDir) list = g_dir_open(directory, 0, NULL);
	char *found = NULL;
	const char *name;
	gsize most = 0;

	while (list != NULL && (name = g_dir_read_name(list)) != NULL) {
		g_autofree char *path = g_build_filename(directory, name, NULL);
		char *inner = g_file_test(path, G_FILE_TEST_IS_DIR) ? find_largest(path) : g_strdup(path);
		g_autofree char *text = NULL;
		gsize size = 0;

		if (inner != NULL && g_file_get_contents(inner, &text, &size, NULL) && size > most && memmem(text, size, "\"event\":\"test\"", 14) != NULL) {
			g_free(found);
			found = g_steal_pointer(&inner);
			most = size;
		}
		g_free(inner);
	}
	return found;
}

/* One byte of one entry. */
static void
test_tampered(Evidence *e, gconstpointer unused)
{
	g_autofree char *path = find_largest(e->log), *text = NULL;
	gsize size;
	char *at;

	g_assert_nonnull(path);
	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	at = memmem(text, size, "\"event\":\"test\"", 14);
	at[10] = 'b';
	g_assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
	check(e, fn_ledger_verify_command, &(const Case){ "verify %/ledger --keys %/keys", FN_EXIT_NO }, 1);
}

/* The receipt as a tlog-proof, and as one of others would be, with the entry beside it. */
static void
write_proofs(const Evidence *e)
{
	g_autofree char *receipt = NULL, *proof = NULL, *bare = NULL, *entry = NULL;

	g_assert_true(g_file_get_contents(e->receipt, &receipt, NULL, NULL));
	proof = fn_receipt_tlog_proof(receipt, strlen(receipt), NULL, NULL);
	bare = g_strconcat("c2sp.org/tlog-proof@v1", strstr(proof, "\nindex "), NULL);
	entry = g_strndup(receipt + strlen("{\"entry\":"), (gsize)(strstr(receipt, ",\"head\":") - receipt) - strlen("{\"entry\":"));
	write_text(e, "proof", proof);
	write_text(e, "bare", bare);
	write_text(e, "entry", entry);
}

static void
test_prove(Evidence *e, gconstpointer unused)
{
	static const Case cases[] = {
		{ "prove %/ledger 7", FN_EXIT_OK },
		{ "prove %/ledger 7 --form receipt --keys %/keys", FN_EXIT_OK },
		{ "prove %/ledger 7 --form tlog-proof", FN_EXIT_OK },
		{ "prove %/ledger 20", FN_EXIT_NO }, /* the head's own entry */
		{ "prove %/ledger 7 --keys %/others", FN_EXIT_NO },
		{ "prove %/ledger 7 --keys %/absent", FN_EXIT_ENVIRONMENT },
		{ "prove %/absent 7 --keys %/keys", FN_EXIT_ENVIRONMENT },
		{ "prove %/ledger x", FN_EXIT_USAGE },
		{ "prove %/ledger -1", FN_EXIT_USAGE },
		{ "prove %/ledger", FN_EXIT_USAGE },
		{ "prove %/ledger 7 --form pdf", FN_EXIT_USAGE },
	};

	write_wrong_keys(e);
	check(e, fn_ledger_prove_command, cases, G_N_ELEMENTS(cases));
}

static void
test_receipt(Evidence *e, gconstpointer unused)
{
	static const Case cases[] = {
		{ "receipt verify %/receipt.json --keys %/keys", FN_EXIT_OK },
		{ "receipt --json verify %/receipt.json --keys %/keys", FN_EXIT_OK },
		{ "receipt verify %/receipt.json --keys %/others", FN_EXIT_NO },
		{ "receipt verify %/changed.json --keys %/keys", FN_EXIT_NO },
		{ "receipt verify %/text.json --keys %/keys", FN_EXIT_NO },
		{ "receipt verify %/object.json --keys %/keys", FN_EXIT_NO },
		{ "receipt verify %/empty --keys %/keys", FN_EXIT_NO },
		{ "receipt verify %/receipt.json --keys %/half", FN_EXIT_ENVIRONMENT },
		{ "receipt verify %/receipt.json --keys %/garbled", FN_EXIT_ENVIRONMENT },
		{ "receipt verify %/absent.json --keys %/keys", FN_EXIT_ENVIRONMENT },
		{ "receipt verify %/receipt.json --keys %/keys --witness " WITNESS, FN_EXIT_NO },
		{ "receipt verify %/receipt.json --keys %/keys --witness none", FN_EXIT_ENVIRONMENT },
		{ "receipt verify %/proof --keys %/keys", FN_EXIT_OK },
		{ "receipt verify %/proof --keys %/keys --json", FN_EXIT_OK },
		{ "receipt verify %/proof --keys %/others", FN_EXIT_NO },
		{ "receipt verify %/proof --keys %/keys --witness " WITNESS, FN_EXIT_NO },
		{ "receipt verify %/bare --keys %/keys", FN_EXIT_NO },
		{ "receipt verify %/bare --keys %/keys --entry %/entry", FN_EXIT_OK },
		{ "receipt verify %/bare --keys %/keys --entry %/receipt.json", FN_EXIT_NO },
		{ "receipt verify %/bare --keys %/keys --entry %/absent", FN_EXIT_ENVIRONMENT },
		{ "receipt verify %/receipt.json", FN_EXIT_USAGE },
		{ "receipt show %/receipt.json --keys %/keys", FN_EXIT_USAGE },
		{ "receipt", FN_EXIT_USAGE },
	};
	g_autofree char *text = NULL;

	write_wrong_keys(e);
	write_proofs(e);
	write_text(e, "text.json", "not a receipt");
	write_text(e, "object.json", "{}");
	g_assert_true(g_file_get_contents(e->receipt, &text, NULL, NULL));
	strstr(text, "test")[0] = 'b';
	write_text(e, "changed.json", text);
	check(e, fn_receipt_command, cases, G_N_ELEMENTS(cases));
}

static void
test_export(Evidence *e, gconstpointer unused)
{
	static const Case cases[] = {
		{ "export %/ledger", FN_EXIT_OK },
		{ "export %/ledger --form cef --from 1 --until 2", FN_EXIT_OK },
		{ "export %/absent", FN_EXIT_ENVIRONMENT },
		{ "export %/ledger --form xml", FN_EXIT_USAGE },
	};

	check(e, fn_ledger_export_command, cases, G_N_ELEMENTS(cases));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/evidence/ledger", Evidence, NULL, set_up, test_ledger, tear_down);
	g_test_add("/evidence/export", Evidence, NULL, set_up, test_export, tear_down);
	g_test_add("/evidence/tampered", Evidence, NULL, set_up, test_tampered, tear_down);
	g_test_add("/evidence/receipt", Evidence, NULL, set_up, test_receipt, tear_down);
	g_test_add("/evidence/prove", Evidence, NULL, set_up, test_prove, tear_down);
	return g_test_run();
}
