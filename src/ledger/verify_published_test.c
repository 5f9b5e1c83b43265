/* A log as a mirror sees it: some paths of what it publishes, and what becomes of them on the way. */
#include "ledger/verify_published.h"

#include "ledger/test_mirror.h"

typedef struct {
	TestDirectory *directory;
	TestKeys *keys;
	FnLog *log;
	GHashTable *files; /* path -> GBytes */
	const char *forbidden; /* prefix that is refused, though not as missing */
} Mirror;

static GBytes *
get(const char *path, gsize most, gpointer data, gboolean *missing_out, GError **error)
{
	const Mirror *mirror = data;
	GBytes *bytes = g_hash_table_lookup(mirror->files, path);
	gboolean refused = mirror->forbidden != NULL && g_str_has_prefix(path, mirror->forbidden);

	*missing_out = bytes == NULL && !refused;
	if (bytes != NULL && !refused && g_bytes_get_size(bytes) <= most)
		return g_bytes_ref(bytes);
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: not here", path);
	return NULL;
}

static guint64
copy_all(Mirror *mirror)
{
	return test_mirror(mirror->log, mirror->files, "");
}

static void
set_up(Mirror *mirror, gconstpointer unused)
{
	mirror->directory = test_directory_new();
	mirror->keys = test_keys_new();
	mirror->files = test_mirror_files();
	mirror->log = test_open(mirror->directory, mirror->keys);
	test_append_many(mirror->log, 0, 700);
	g_assert_true(fn_log_publish(mirror->log, NULL));
	copy_all(mirror);
}

static void
tear_down(Mirror *mirror, gconstpointer unused)
{
	fn_log_close(mirror->log);
	g_hash_table_unref(mirror->files);
	test_keys_free(mirror->keys);
	test_directory_free(mirror->directory);
}

static FnPublishedLog
log_of(Mirror *mirror, gboolean entries)
{
	return (FnPublishedLog){ get, mirror, mirror->keys->gm_text, mirror->keys->intl_text, entries, NULL };
}

static gboolean
verifies(Mirror *mirror, gboolean entries, FnPublishedReport *report)
{
	FnPublishedLog log = log_of(mirror, entries);
	g_autoptr(GError) error = NULL;
	gboolean good = fn_published_verify(&log, report, &error);

	g_assert_true(good == (error == NULL));
	if (!good)
		g_test_message("%s", error->message);
	return good;
}

static gboolean
is_good(Mirror *mirror, gboolean entries)
{
	g_auto(FnPublishedReport) report = { 0 };

	return verifies(mirror, entries, &report);
}

static void
test_good(Mirror *mirror, gconstpointer unused)
{
	for (guint round = 0; round < 3; round++) {
		g_auto(FnPublishedReport) bare = { 0 };
		g_auto(FnPublishedReport) whole = { 0 };
		guint64 size = copy_all(mirror);

		g_assert_true(verifies(mirror, FALSE, &bare));
		g_assert_true(bare.now.size == size && bare.now.has_sm3 && bare.hashed == 0 && bare.gone == 0);
		g_assert_true(verifies(mirror, TRUE, &whole));
		g_assert_true(whole.hashed == size && whole.gone == 0);
		test_append_many(mirror->log, round * 1000, 1 + round * 250);
		g_assert_true(fn_log_publish(mirror->log, NULL));
	}
}

/* Bits of every file; entries are only found by who asks for them. */
static void
test_bits(Mirror *mirror, gconstpointer unused)
{
	g_autoptr(GList) paths = g_hash_table_get_keys(mirror->files);

	for (const GList *item = paths; item != NULL; item = item->next) {
		g_autofree char *path = g_strdup(item->data);
		g_autoptr(GBytes) whole = g_bytes_ref(g_hash_table_lookup(mirror->files, path));
		gsize size = g_bytes_get_size(whole);

		for (gsize bit = 5; bit < size * 8; bit += 1 + size * 8 / 13) {
			guint8 *data = g_memdup2(g_bytes_get_data(whole, NULL), size);

			data[bit / 8] ^= (guint8)(1u << bit % 8);
			g_hash_table_replace(mirror->files, g_strdup(path), g_bytes_new_take(data, size));
			if (is_good(mirror, TRUE))
				g_error("bit %zu of %s", bit, path);
			g_assert_cmpint(is_good(mirror, FALSE), ==, g_str_has_prefix(path, "tile/entries/"));
		}
		for (gsize to = 0; to < size; to += 1 + size / 3) {
			g_hash_table_replace(mirror->files, g_strdup(path), g_bytes_new_from_bytes(whole, 0, to));
			g_assert_false(is_good(mirror, TRUE));
		}
		g_hash_table_replace(mirror->files, g_strdup(path), g_bytes_ref(whole));
	}
	g_assert_true(is_good(mirror, TRUE));
}

/* What is not there: a bundle was pruned, a mirror has no national tree; anything else is a fault, and so is a refusal. */
static void
test_missing(Mirror *mirror, gconstpointer unused)
{
	g_autoptr(GList) paths = g_hash_table_get_keys(mirror->files);

	for (const GList *item = paths; item != NULL; item = item->next) {
		g_autofree char *path = g_strdup(item->data);
		GBytes *whole = g_bytes_ref(g_hash_table_lookup(mirror->files, path));
		gboolean bundle = g_str_has_prefix(path, "tile/entries/"), head = g_str_has_prefix(path, "heads/");
		g_auto(FnPublishedReport) report = { 0 };

		g_hash_table_remove(mirror->files, path);
		g_assert_cmpint(verifies(mirror, TRUE, &report), ==, bundle || head);
		g_assert_true(!bundle || (report.gone > 0 && report.gone + report.hashed == report.now.size));
		g_assert_true(!head || !report.now.has_sm3);
		g_hash_table_replace(mirror->files, g_steal_pointer(&path), whole);
	}
	mirror->forbidden = "tile/entries/";
	g_assert_false(is_good(mirror, TRUE));
	g_assert_true(is_good(mirror, FALSE));
	mirror->forbidden = "heads/";
	g_assert_false(is_good(mirror, FALSE));
}

static void
test_past(Mirror *mirror, gconstpointer unused)
{
	FnPublishedLog log = log_of(mirror, FALSE);
	g_auto(FnPublishedReport) before = { 0 };
	g_auto(FnPublishedReport) after = { 0 };
	g_autoptr(GError) error = NULL;

	g_assert_true(verifies(mirror, FALSE, &before));
	test_append_many(mirror->log, 2000, 900);
	g_assert_true(fn_log_publish(mirror->log, NULL));
	copy_all(mirror);
	g_assert_true(verifies(mirror, FALSE, &after));
	fn_published_is_past(&log, &before.now, &after.now, &error);
	g_assert_no_error(error);
	g_assert_false(fn_published_is_past(&log, &after.now, &before.now, &error));
	g_assert_nonnull(strstr(error->message, "rolled back"));
	g_clear_error(&error);
	for (guint tree = 0; tree < FN_PROOFS; tree++) {
		before.now.root[tree][7] ^= 1;
		g_assert_false(fn_published_is_past(&log, &before.now, &after.now, &error));
		g_assert_nonnull(strstr(error->message, "forked"));
		g_clear_error(&error);
		before.now.root[tree][7] ^= 1;
	}
}

static void
test_other_keys(Mirror *mirror, gconstpointer unused)
{
	g_autoptr(TestKeys) others = test_keys_new();
	TestKeys *mine = mirror->keys, mixed = *mine;

	mirror->keys = &mixed;
	mixed.gm_text = others->gm_text;
	g_assert_false(is_good(mirror, FALSE));
	mixed = *mine;
	mixed.intl_text = others->intl_text;
	g_assert_false(is_good(mirror, FALSE));
	mirror->keys = mine;
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
#define ADD(name, function) g_test_add("/ledger/verify-published/" name, Mirror, NULL, set_up, function, tear_down)
	ADD("good", test_good);
	ADD("bits", test_bits);
	ADD("missing", test_missing);
	ADD("past", test_past);
	ADD("other-keys", test_other_keys);
	return g_test_run();
}
