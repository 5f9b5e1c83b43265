#include "crypto/keeper_client.h"
#include "keeper/test_help.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEASE(context) "{\"purpose\":\"mask\",\"context\":\"" context "\"}"

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

static void
fails(const Instance *instance, const guint8 *with, FnKeeperError code)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_keeper_open(instance->settings, with, &error));
	g_assert_error(error, FN_KEEPER_ERROR, (int)code);
}

static void
test_create_and_open(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(Instance) instance = instance_new(suites[i]);
		g_autofree char *directory = instance_path(instance, NULL);
		g_autofree char *bundle = instance_path(instance, "bundle");
		g_autofree char *status = NULL;
		g_autofree char *expected = g_strdup_printf("{\"ready\":true,\"suite\":\"%s\"}", fn_suite_name(suites[i]));
		g_autoptr(FnKeeper) keeper = NULL;
		g_autoptr(GError) error = NULL;
		struct stat about;

		fails(instance, secret, FN_KEEPER_ERROR_ABSENT);
		keeper = instance_open(instance);
		status = ask(keeper, FN_ROLE_DOOR, FN_KEEPER_OP_STATUS, "{}");
		g_assert_cmpstr(status, ==, expected);
		g_assert_cmpint(stat(bundle, &about), ==, 0);
		g_assert_cmpuint(about.st_mode & 07777, ==, 0600);
		g_assert_cmpint(stat(directory, &about), ==, 0);
		g_assert_cmpuint(about.st_mode & 07777, ==, 0700);
		fails(instance, secret, FN_KEEPER_ERROR_FILE); /* a second keeper */
		fn_keeper_free(g_steal_pointer(&keeper));
		g_assert_false(fn_keeper_create(instance->settings, secret, &error));
		g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_EXISTS);
	}
}

/* Any bit of the secret. */
static void
test_wrong_secret(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	guint8 other[FN_KEEPER_SECRET];

	fn_keeper_free(instance_open(instance));
	memcpy(other, secret, sizeof other);
	for (gsize bit = 0; bit < sizeof other * 8; bit++) {
		other[bit / 8] ^= (guint8)(1 << bit % 8);
		fails(instance, other, FN_KEEPER_ERROR_SECRET);
		other[bit / 8] ^= (guint8)(1 << bit % 8);
	}
	fn_keeper_free(instance_open(instance));
}

static void
test_other_suite(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(GError) error = NULL;

	fn_keeper_free(instance_open(instance));
	instance_set(instance, "suite = intl\n");
	fails(instance, secret, FN_KEEPER_ERROR_SUITE);
	instance_set(instance, "suite = rsa\n");
	fails(instance, secret, FN_KEEPER_ERROR_SUITE);
	g_assert_false(fn_keeper_create(instance->settings, secret, &error));
	g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_SUITE);
}

/* Every byte of the file, and every length. */
static void
test_damaged_bundle(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_INTL);
	g_autofree char *path = instance_path(instance, "bundle");
	g_autofree char *bytes = NULL;
	gsize size;

	fn_keeper_free(instance_open(instance));
	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	for (gsize i = 0; i < size; i++) {
		bytes[i] ^= (char)(1 << i % 8);
		g_assert_true(g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
		fails(instance, secret, FN_KEEPER_ERROR_DAMAGED);
		bytes[i] ^= (char)(1 << i % 8);
	}
	for (gsize i = 0; i < size; i += 7) {
		g_assert_true(g_file_set_contents(path, bytes, (gssize)i, NULL));
		fails(instance, secret, FN_KEEPER_ERROR_DAMAGED);
	}
	g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
	fn_keeper_free(instance_open(instance));
}

/* Not a file at all. */
static void
test_odd_bundles(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autofree char *path = instance_path(instance, "bundle");
	g_autofree char *moved = instance_path(instance, "bundle.new");

	fn_keeper_free(instance_open(instance));
	g_assert_cmpint(g_rename(path, moved), ==, 0);
	g_assert_cmpint(symlink(moved, path), ==, 0);
	fails(instance, secret, FN_KEEPER_ERROR_FILE);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	fails(instance, secret, FN_KEEPER_ERROR_DAMAGED);
	g_assert_cmpint(g_rmdir(path), ==, 0);
	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	fails(instance, secret, FN_KEEPER_ERROR_DAMAGED);
}

/* A restart brings the same keys. */
static void
test_restart(void)
{
	static const struct {
		FnRole role;
		guint32 operation;
		const char *payload;
	} table[] = {
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"grant\"}" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"ledger_head_gm\"}" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"ledger_head_intl\"}" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_PUBLIC, "{\"purpose\":\"ca\"}" },
		{ FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g1") },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(Instance) instance = instance_new(suites[i]);
		g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func(g_free);
		g_autoptr(FnKeeper) keeper = instance_open(instance);

		for (gsize j = 0; j < G_N_ELEMENTS(table); j++)
			g_ptr_array_add(before, ask(keeper, table[j].role, table[j].operation, table[j].payload));
		fn_keeper_free(g_steal_pointer(&keeper));
		keeper = instance_open(instance);
		for (gsize j = 0; j < G_N_ELEMENTS(table); j++) {
			g_autofree char *after = ask(keeper, table[j].role, table[j].operation, table[j].payload);

			g_assert_cmpint(after[0], ==, '{');
			g_assert_cmpstr(after, ==, before->pdata[j]);
		}
	}
}

/* No two purposes or contexts, and no two instances, have a key in common. */
static void
test_keys_differ(void)
{
	static const char *const purposes[] = { "mask", "field", "secret", "receipt_digest" };
	static const char *const contexts[] = { "a", "b", "aa", "a/b", "mask", "密" };
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);

	for (gsize n = 0; n < 4; n++) {
		g_autoptr(Instance) instance = instance_new(suites[n % 2]);
		g_autoptr(FnKeeper) keeper = instance_open(instance);

		for (gsize i = 0; i < G_N_ELEMENTS(purposes); i++)
			for (gsize j = 0; j < G_N_ELEMENTS(contexts); j++) {
				guint8 key[32], again[32];

				g_assert_true(fn_keeper_derive(keeper, purposes[i], contexts[j], key, NULL));
				g_assert_true(fn_keeper_derive(keeper, purposes[i], contexts[j], again, NULL));
				g_assert_cmpmem(key, 32, again, 32);
				g_assert_true(g_hash_table_add(seen, g_bytes_new(key, sizeof key)));
			}
	}
}

static void
expect(FnKeeper *keeper, FnRole role, guint32 operation, const char *payload, const char *start)
{
	g_autofree char *reply = ask(keeper, role, operation, payload);

	if (!g_str_has_prefix(reply, start))
		g_error("%s: %s instead of %s", payload, reply, start);
}

static void
test_destroyed_for_ever(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);

	for (int i = 0; i < 3; i++) {
		expect(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, LEASE("g1"), "{}");
		expect(keeper, FN_ROLE_ADMIN, FN_KEEPER_OP_DESTROY, LEASE("g3"), "{}");
		expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g1"), "!destroyed");
		expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g2"), "{");
		expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g3"), "!destroyed");
		expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, "{\"purpose\":\"field\",\"context\":\"g1\"}", "{");
		fn_keeper_free(g_steal_pointer(&keeper));
		keeper = instance_open(instance);
	}
}

/* The disk takes no more: told, nothing lost, refused from now on all the same, and durable once there is room. A limit on
 * file sizes makes write() fail as a full disk does. */
static void
test_full_disk(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_INTL);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *path = instance_path(instance, "bundle");
	g_autofree char *left = instance_path(instance, "bundle.new");
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	gsize before_size, after_size;
	struct rlimit old, small;

	g_assert_true(g_file_get_contents(path, &before, &before_size, NULL));
	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
	small = old;
	small.rlim_cur = 100;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
	for (int i = 0; i < 2; i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_keeper_forget(keeper, "mask", "g1", &error));
		g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_FILE);
		g_assert_nonnull(strstr(error->message, "ask again"));
	}
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
	expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g1"), "!destroyed");
	g_assert_true(g_file_get_contents(path, &after, &after_size, NULL));
	g_assert_cmpmem(before, (int)before_size, after, (int)after_size);
	g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
	expect(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, LEASE("g1"), "{}");
	fn_keeper_free(g_steal_pointer(&keeper));
	keeper = instance_open(instance);
	expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g1"), "!destroyed");
}

/* What a keeper left that died while writing does not matter. */
static void
test_left_over_temporary(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *left = instance_path(instance, "bundle.new");

	g_assert_true(g_file_set_contents(left, "half", -1, NULL));
	expect(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, LEASE("g1"), "{}");
	g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
	fn_keeper_free(g_steal_pointer(&keeper));
	g_assert_true(g_file_set_contents(left, "half", -1, NULL));
	keeper = instance_open(instance);
	expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g1"), "!destroyed");
}

static void
test_create_where_nothing_can_be_written(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autofree char *directory = instance_path(instance, NULL);
	g_autofree char *path = instance_path(instance, "bundle");
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) second = NULL;
	struct rlimit old, small;

	g_assert_true(g_file_set_contents(directory, "in the way", -1, NULL));
	g_assert_false(fn_keeper_create(instance->settings, secret, &error));
	g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_FILE);
	g_assert_cmpint(g_unlink(directory), ==, 0);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
	small = old;
	small.rlim_cur = 100;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
	g_assert_false(fn_keeper_create(instance->settings, secret, &second));
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
	g_assert_error(second, FN_KEEPER_ERROR, FN_KEEPER_ERROR_FILE);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	fn_keeper_free(instance_open(instance));
}

/* The keys lie in memory that is locked and left out of core files: what the kernel says of that address. */
static void
test_memory_is_locked(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_GM);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *maps = NULL;
	g_auto(GStrv) line = NULL;
	guint64 at = (guint64)(guintptr)keeper->bundle->key, from, to;
	gboolean inside = FALSE, found = FALSE;

	g_assert_true(CRYPTO_secure_allocated(keeper->bundle->key));
	g_assert_true(CRYPTO_secure_allocated(keeper->file_key));
	g_assert_true(g_file_get_contents("/proc/self/smaps", &maps, NULL, NULL));
	line = g_strsplit(maps, "\n", -1);
	for (gsize i = 0; line[i] != NULL && !found; i++) {
		char *next;

		from = g_ascii_strtoull(line[i], &next, 16);
		if (*next == '-') {
			to = g_ascii_strtoull(next + 1, NULL, 16);
			inside = from <= at && at < to;
		} else if (inside && g_str_has_prefix(line[i], "VmFlags:")) {
			g_assert_nonnull(strstr(line[i], " lo"));
			g_assert_nonnull(strstr(line[i], " dd"));
			found = TRUE;
		}
	}
	g_assert_true(found);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED /* sanitizers keep freed memory and shadow what they see */
/* How often @key stands in the writable memory of this process outside the locked arena, as it is or as the little-endian
 * number that OpenSSL computes with. */
static guint
copies_of(const guint8 key[FN_PRIVATE], const char *const *map)
{
	guint8 turned[FN_PRIVATE];
	guint copies = 0;

	for (gsize i = 0; i < FN_PRIVATE; i++)
		turned[i] = key[FN_PRIVATE - 1 - i];
	for (gsize i = 0; map[i] != NULL; i++) {
		char *next;
		const guint8 *at = GSIZE_TO_POINTER(g_ascii_strtoull(map[i], &next, 16));
		const guint8 *end = *next == '-' ? GSIZE_TO_POINTER(g_ascii_strtoull(next + 1, &next, 16)) : at;

		if (!g_str_has_prefix(next, " rw") || (at <= key && key < end))
			continue;
		for (const guint8 *p = at; (p = memmem(p, (gsize)(end - p), key, FN_PRIVATE)) != NULL; p++)
			copies++;
		for (const guint8 *p = at; (p = memmem(p, (gsize)(end - p), turned, FN_PRIVATE)) != NULL; p++)
			copies += p != turned;
	}
	return copies;
}

/* After keys were loaded, used, derived from and written again, no stray copy is left anywhere. */
static void
test_keys_lie_nowhere_else(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(Instance) instance = instance_new(suites[i]);
		g_autoptr(FnKeeper) keeper = instance_open(instance);
		g_autofree char *maps = NULL;
		g_auto(GStrv) map = NULL;
		guint8 *leased;

		expect(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_SIGN, "{\"purpose\":\"grant\",\"message\":{\"grant\":\"g\"}}", "{");
		expect(keeper, FN_ROLE_GATE, FN_KEEPER_OP_LEASE, LEASE("g2"), "{");
		expect(keeper, FN_ROLE_CLOCK, FN_KEEPER_OP_DESTROY, LEASE("g1"), "{");
		g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
		map = g_strsplit(maps, "\n", -1);
		for (int key = 0; key < FN_KEYS; key++)
			g_assert_cmpuint(copies_of(keeper->bundle->key[key], (const char *const *)map), ==, 0);
		g_assert_cmpuint(copies_of(keeper->file_key, (const char *const *)map), ==, 0);
		leased = fn_locked_new(FN_PRIVATE);
		g_assert_true(fn_keeper_derive(keeper, "mask", "g2", leased, NULL));
		g_assert_cmpuint(copies_of(leased, (const char *const *)map), ==, 0);
		fn_locked_free(leased, FN_PRIVATE);
	}
}
#endif

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(61000);
	g_test_add_func("/keeper/create-and-open", test_create_and_open);
	g_test_add_func("/keeper/wrong-secret", test_wrong_secret);
	g_test_add_func("/keeper/other-suite", test_other_suite);
	g_test_add_func("/keeper/damaged-bundle", test_damaged_bundle);
	g_test_add_func("/keeper/odd-bundles", test_odd_bundles);
	g_test_add_func("/keeper/restart", test_restart);
	g_test_add_func("/keeper/keys-differ", test_keys_differ);
	g_test_add_func("/keeper/destroyed-for-ever", test_destroyed_for_ever);
	g_test_add_func("/keeper/full-disk", test_full_disk);
	g_test_add_func("/keeper/left-over-temporary", test_left_over_temporary);
	g_test_add_func("/keeper/create-where-nothing-can-be-written", test_create_where_nothing_can_be_written);
	g_test_add_func("/keeper/memory-is-locked", test_memory_is_locked);
#ifndef SANITIZED
	g_test_add_func("/keeper/keys-lie-nowhere-else", test_keys_lie_nowhere_else);
#endif
	return g_test_run();
}
