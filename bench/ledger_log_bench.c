/* ledger_log_bench DIRECTORY [ENTRIES] - a long log (10 M entries unless said otherwise), built in DIRECTORY and left there.
 * Lines: name, ours, reference, ratio.
 *
 * verify.full: entries a second of one core, processor time, of fn_ledger_verify(). Reference: the digests alone that both trees
 * need, one by one by libgcrypt, from memory.
 * proof.p50, proof.p99: microseconds until a receipt is there, for entries at random, asked one after the other through the socket
 * of a ledger in another process. Reference: the same question for the last head, which proves nothing.
 * bytes.data: bytes on disk for an entry. Reference: what its writer gave. bytes.sha256, bytes.sm3: bytes of tiles for an entry.
 * Reference: its hash. */
#include "ledger/service.h"
#include "ledger/test_keys.h"
#include "ledger_body.h"
#include "ledger_serve.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ENTRIES	      10000000u
#define TOGETHER      20000u  /* entries that wait for one commit */
#define HEAD_EVERY    100000u /* entries */
#define VERIFY_ROUNDS 3u
#define HASHED	      200000u
#define PROOFS	      20000u
#define SEGMENT_BYTES (64u << 20)

static guint64 given; /* bytes of all bodies */

/* ---- the log ---- */

static void
build(const char *directory, TestKeys *keys, guint64 entries)
{
	FnLogOptions options = test_options(directory, keys);
	g_autoptr(GError) error = NULL;
	char body[BODY_MAX];
	FnLog *log;

	options.segment_bytes = SEGMENT_BYTES;
	log = fn_log_open(&options, &error);
	for (guint64 n = 0; log != NULL && error == NULL && n < entries; n++) {
		gsize size = bench_body(body, n);

		given += size;
		if ((n + 1) % TOGETHER != 0 && n + 1 != entries)
			fn_log_append(log, FN_ROLE_GATE, FN_CLASS_6M, body, size, test_ignore, NULL);
		else
			fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, body, size, NULL, NULL, &error);
		if (error == NULL && ((n + 1) % HEAD_EVERY == 0 || n + 1 == entries))
			fn_log_publish(log, &error);
	}
	if (log == NULL || error != NULL)
		g_error("the log cannot be built: %s", error->message);
	fn_log_close(log);
}

/* ---- verification ---- */

static double
processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
print_line(const char *name, double ours, double reference, int digits)
{
	printf("%s\t%.*f\t%.*f\t%.2f\n", name, digits, ours, digits, reference, ours / reference);
	fflush(stdout);
}

static double
bare_hashes(void)
{
	static const FnSuite suite[] = { FN_SUITE_INTL, FN_SUITE_GM };
	guint8 leaf[FN_DIGEST_SIZE], node[FN_DIGEST_SIZE] = { 0 };
	char body[BODY_MAX];
	gsize size = bench_body(body, 0) + strlen("{\"body\":,\"class\":\"6m\",\"from\":\"gate\",\"salt\":\"\",\"time\":\"\"}") + 32 + 27;
	g_autofree guint8 *entry = g_malloc0(size);
	double began = processor_seconds();

	for (guint i = 0; i < HASHED; i++)
		for (guint s = 0; s < G_N_ELEMENTS(suite); s++) {
			entry[i % size] = (guint8)i;
			fn_tree_leaf(suite[s], entry, size, leaf);
			fn_tree_node(suite[s], leaf, node, node);
		}
	return HASHED / (processor_seconds() - began);
}

static void
bench_verify(const char *directory, const TestKeys *keys, guint64 entries)
{
	double ours[VERIFY_ROUNDS], reference[VERIFY_ROUNDS];

	for (guint i = 0; i < VERIFY_ROUNDS; i++) {
		FnLedgerReport report;
		g_autoptr(GError) error = NULL;
		double began;

		reference[i] = bare_hashes();
		began = processor_seconds();
		if (!fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, &report, &error))
			g_error("%s", error->message);
		g_assert_cmpuint(report.signed_size, >=, entries);
		ours[i] = (double)report.entries / (processor_seconds() - began);
	}
	qsort(ours, VERIFY_ROUNDS, sizeof(*ours), by_value);
	qsort(reference, VERIFY_ROUNDS, sizeof(*reference), by_value);
	print_line("verify.full", ours[VERIFY_ROUNDS / 2], reference[VERIFY_ROUNDS / 2], 0);
}

/* ---- proofs ---- */

static void
serve(const char *directory, const char *socket_path)
{
	FnLogOptions options = test_options(directory, NULL);

	options.segment_bytes = SEGMENT_BYTES;
	bench_serve(&options, socket_path);
}

/* Microseconds of one question; its answer goes to @check when there is one. */
static double
ask(FnIpcClient *client, guint32 op, const void *payload, gsize size, const TestKeys *check)
{
	gint64 began = g_get_monotonic_time();
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) reply = fn_ipc_call(client, op, payload, size, 0, &error);
	double us = (double)(g_get_monotonic_time() - began);

	if (reply == NULL || (check != NULL && !fn_receipt_verify(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), check->gm_text,
		check->intl_text, &error)))
		g_error("%s", error->message);
	return us;
}

static void
wait_until_open(FnIpcClient *client)
{
	for (guint i = 0; i < 600; i++) {
		g_autoptr(GBytes) reply = fn_ipc_call(client, FN_LEDGER_OP_HEAD, NULL, 0, 0, NULL);

		if (reply != NULL)
			return;
		g_usleep(100000);
	}
	g_error("the ledger does not answer");
}

static void
bench_proofs(const char *directory, const char *socket_path, const TestKeys *keys, guint64 entries)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(socket_path, FN_ROLE_ANY);
	g_autofree double *ours = g_new(double, PROOFS), *reference = g_new(double, PROOFS);
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	pid_t child = fork();

	if (child == 0) {
		serve(directory, socket_path);
		_exit(0);
	}
	wait_until_open(client);
	for (guint i = 0; i < PROOFS; i++) {
		guint64 index = GUINT64_TO_LE((guint64)(g_rand_double(rand) * (double)entries));

		reference[i] = ask(client, FN_LEDGER_OP_HEAD, NULL, 0, NULL);
		ours[i] = ask(client, FN_LEDGER_OP_PROVE, &index, sizeof(index), i % 100 == 0 ? keys : NULL);
	}
	qsort(ours, PROOFS, sizeof(*ours), by_value);
	qsort(reference, PROOFS, sizeof(*reference), by_value);
	print_line("proof.p50", ours[PROOFS / 2], reference[PROOFS / 2], 0);
	print_line("proof.p99", ours[PROOFS / 100 * 99], reference[PROOFS / 100 * 99], 0);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
}

/* ---- size ---- */

static guint64 counted;

static int
count(const char *path, const struct stat *about, int type, struct FTW *at)
{
	counted += type == FTW_F ? (guint64)about->st_size : 0;
	return 0;
}

static double
bytes_below(const char *directory, const char *name)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	counted = 0;
	if (nftw(path, count, 16, FTW_PHYS) != 0)
		g_error("%s: %s", path, g_strerror(errno));
	return (double)counted;
}

static void
measure_size(const char *directory, guint64 entries)
{
	print_line("bytes.data", bytes_below(directory, "segments") / (double)entries, (double)given / (double)entries, 1);
	print_line("bytes.sha256", bytes_below(directory, "tile") / (double)entries, FN_DIGEST_SIZE, 2);
	print_line("bytes.sm3", bytes_below(directory, "sm3/tile") / (double)entries, FN_DIGEST_SIZE, 2);
}

int
main(int argc, char **argv)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	guint64 entries = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : ENTRIES;
	g_autofree char *log = NULL;
	g_autofree char *socket_path = NULL;

	if (argc < 2 || entries == 0)
		g_error("ledger_log_bench DIRECTORY [ENTRIES]");
	fn_roles_init(0);
	log = g_build_filename(argv[1], "log", NULL);
	socket_path = g_build_filename(argv[1], "log.sock", NULL);
	build(log, keys, entries);
	measure_size(log, entries);
	bench_verify(log, keys, entries);
	bench_proofs(log, socket_path, keys, entries);
	return 0;
}
