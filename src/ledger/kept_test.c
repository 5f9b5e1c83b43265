#include "ledger/kept.h"
#include "ledger/test_keys.h"

#include <fcntl.h>
#include <unistd.h>

#define ORIGIN "log.test.example/one"

typedef struct {
	TestDirectory *directory;
	int fd;
	FnKept shape;
	char *path;
} Place;

static const guint64 indexes[] = { 0, 7, 8, 300, 511 };

static char *
frame_of(guint64 index)
{
	return g_strdup_printf("entry number %" G_GUINT64_FORMAT, index);
}

static void
set_up(Place *place, gconstpointer unused)
{
	g_autoptr(FnKeptWriter) writer = NULL;
	g_autoptr(GError) error = NULL;

	place->directory = test_directory_new();
	place->fd = open(place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_assert_true(fn_file_make_folder(place->fd, "kept", NULL));
	place->shape = (FnKept){ .fd = -1, .minimum = 400, .first = 512, .entries = G_N_ELEMENTS(indexes), .before = "2026-05" };
	for (gsize i = 0; i < G_N_ELEMENTS(indexes); i++) {
		g_autofree char *frame = frame_of(indexes[i]);

		place->shape.bytes += strlen(frame) + 2;
	}
	place->path = fn_kept_path(400);
	writer = fn_kept_writer_new(place->fd, place->path, ORIGIN, &place->shape, &error);
	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(indexes); i++) {
		g_autofree char *frame = frame_of(indexes[i]);

		g_assert_true(fn_kept_writer_add(writer, indexes[i], (FnSpan){ frame, strlen(frame) }, NULL));
	}
	fn_kept_writer_end(writer, &error);
	g_assert_no_error(error);
}

static void
tear_down(Place *place, gconstpointer unused)
{
	close(place->fd);
	g_free(place->path);
	test_directory_free(place->directory);
}

static void
test_there_and_back(Place *place, gconstpointer unused)
{
	static const struct {
		guint64 index, place;
	} finds[] = { { 0, 0 }, { 1, 1 }, { 7, 1 }, { 8, 2 }, { 9, 3 }, { 300, 3 }, { 301, 4 }, { 511, 4 }, { 512, 5 }, { G_MAXUINT64, 5 } };
	g_auto(FnKept) kept = FN_KEPT_NONE;
	g_auto(FnKept) shared = FN_KEPT_NONE;
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) list = fn_kept_list(place->fd, &error);
	guint64 at;

	g_assert_no_error(error);
	g_assert_cmpuint(list->len, ==, 1);
	g_assert_cmpuint(g_array_index(list, guint64, 0), ==, 400);
	fn_kept_open(place->fd, place->path, ORIGIN, &kept, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(kept.before, ==, "2026-05");
	for (gsize i = 0; i < G_N_ELEMENTS(finds); i++) {
		g_assert_true(fn_kept_find(&kept, finds[i].index, &at, NULL));
		g_assert_cmpuint(at, ==, finds[i].place);
	}
	shared = fn_kept_share(&kept);
	fn_kept_clear(&kept);
	for (guint64 i = 0; i < shared.entries; i++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		g_autofree char *frame = frame_of(indexes[i]);

		g_assert_true(fn_kept_take(&shared, i, &at, out, NULL));
		g_assert_cmpuint(at, ==, indexes[i]);
		g_assert_cmpmem(out->data + 2, (int)out->len - 2, frame, (int)strlen(frame));
	}
}

/* What was counted and what was copied differ. */
static void
test_other_numbers(Place *place, gconstpointer unused)
{
	for (guint kind = 0; kind < 3; kind++) {
		FnKept shape = place->shape;
		g_autoptr(FnKeptWriter) writer = NULL;
		g_autoptr(GError) error = NULL;

		shape.entries = kind == 0 ? 2 : 1;
		shape.bytes = kind == 1 ? 4 : 3;
		writer = fn_kept_writer_new(place->fd, "kept/other", ORIGIN, &shape, &error);
		g_assert_no_error(error);
		for (guint i = 0; i < (kind == 2 ? 2u : 1u); i++)
			g_assert_true(fn_kept_writer_add(writer, i, (FnSpan){ "x", 1 }, NULL));
		g_assert_false(fn_kept_writer_end(writer, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	}
}

/* No byte of title and index can be changed without being refused somewhere or leading to other bytes, and nothing breaks. */
static void
test_altered(Place *place, gconstpointer unused)
{
	g_autofree char *whole = g_build_filename(place->directory, place->path, NULL);
	g_autofree char *data = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(whole, &data, &size, NULL));
	for (gsize at = 0; at < FN_KEPT_HEAD; at++) {
		g_auto(FnKept) kept = FN_KEPT_NONE;
		g_autoptr(GError) error = NULL;

		data[at] ^= 1;
		g_assert_true(g_file_set_contents(whole, data, (gssize)size, NULL));
		data[at] ^= 1;
		if (fn_kept_open(place->fd, place->path, ORIGIN, &kept, &error)) /* another number that is as good: verification tells */
			g_assert_false(kept.minimum == 400 && kept.first == 512 && g_str_equal(kept.before, "2026-05"));
		else
			g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	}
	for (gsize at = FN_KEPT_HEAD; at < FN_KEPT_HEAD + 16 * G_N_ELEMENTS(indexes); at++) {
		g_auto(FnKept) kept = FN_KEPT_NONE;
		guint faults = 0;

		data[at] ^= (char)0x80;
		g_assert_true(g_file_set_contents(whole, data, (gssize)size, NULL));
		data[at] ^= (char)0x80;
		g_assert_true(fn_kept_open(place->fd, place->path, ORIGIN, &kept, NULL));
		for (guint64 i = 0; i < kept.entries; i++) {
			guint64 index;

			faults += !fn_kept_take(&kept, i, &index, NULL, NULL) || index != indexes[i];
		}
		g_assert_cmpuint(faults, >, 0);
	}
}

static void
test_names(Place *place, gconstpointer unused)
{
	static const char *const bad[] = { "kept/x", "kept/400.kept", "kept/0000000000000400.kepT", "kept/000000000000040x.kept" };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *whole = g_build_filename(place->directory, bad[i], NULL);
		g_autoptr(GError) error = NULL;

		g_assert_true(g_file_set_contents(whole, "", 0, NULL));
		g_assert_null(fn_kept_list(place->fd, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
		g_unlink(whole);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/ledger/kept/there-and-back", Place, NULL, set_up, test_there_and_back, tear_down);
	g_test_add("/ledger/kept/other-numbers", Place, NULL, set_up, test_other_numbers, tear_down);
	g_test_add("/ledger/kept/altered", Place, NULL, set_up, test_altered, tear_down);
	g_test_add("/ledger/kept/names", Place, NULL, set_up, test_names, tear_down);
	return g_test_run();
}
