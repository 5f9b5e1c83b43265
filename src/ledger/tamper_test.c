/* The tamper matrix: whatever is done to the files of a ledger is found, or is provably no loss. `make test` tries a part of the bits
 * (each STRIDE-th of the larger files, fewer in the zeros behind the entries), `make tamper` (FENGNI_TAMPER=1) all of them.
 *
 * What may be changed is listed in test_irrelevant(), each with its reason, and is tested to be accepted, so that the list is
 * neither too short nor too long. What lies behind the last signed head is bound by the digests of the commits alone: whoever
 * can write the files and recomputes those can change it until the next head is signed (test_behind_the_head()). */
#include "ledger/segment.h"
#include "ledger/test_pruned.h"
#include "ledger/tile.h"
#include "ledger/trusted.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRIDE 23u /* bits; prime to 8 */
#define CUTS   7u  /* bytes */

static guint
stride(void)
{
	return g_getenv("FENGNI_TAMPER") != NULL ? 1 : STRIDE;
}

typedef struct {
	TestDirectory *directory;
	TestKeys *keys;
	GPtrArray *files; /* of relative paths */
	char *first_head; /* over the first few entries */
} Matrix;

static gboolean
is_good(const Matrix *m)
{
	g_autoptr(GError) error = NULL;
	gboolean good = fn_ledger_verify(m->directory, m->keys->gm_text, m->keys->intl_text, NULL, NULL, NULL, &error);

	g_assert_true(good || strlen(error->message) > 5);
	if (!good)
		g_test_message("%s", error->message);
	return good;
}

static char *
path_of(const Matrix *m, const char *file)
{
	return g_build_filename(m->directory, file, NULL);
}

static GBytes *
take(const Matrix *m, const char *file)
{
	g_autofree char *path = path_of(m, file);
	char *text = NULL;
	gsize size = 0;

	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	return g_bytes_new_take(text, size);
}

static void
put(const Matrix *m, const char *file, const void *data, gsize size)
{
	g_autofree char *path = path_of(m, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	g_assert_cmpint(write(fd, data, size), ==, (gssize)size);
	close(fd);
}

static void
put_back(const Matrix *m, const char *file, GBytes *bytes)
{
	put(m, file, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void
list_files(Matrix *m, const char *below)
{
	g_autofree char *path = path_of(m, below);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *next = below[0] != '\0' ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *whole = path_of(m, next);

		if (g_file_test(whole, G_FILE_TEST_IS_DIR))
			list_files(m, next);
		else if (!g_str_equal(next, "lock") && !g_str_has_prefix(next, "tmp/"))
			g_ptr_array_add(m->files, g_steal_pointer(&next));
	}
}

static void
append(FnLog *log, guint from, guint count)
{
	for (guint i = from; i < from + count; i++) {
		g_autofree char *body = g_strdup_printf("{\"event\":\"e\",\"n\":%u}", i);

		fn_log_append(log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), test_ignore, NULL);
	}
	test_append(log, from + count, 1); /* waits for all */
}

/* Heads after @first, @first + @second and @third more entries, and a few entries that no head covers. */
static void
make_log(Matrix *m, guint first, guint second, guint third)
{
	FnLogOptions options = test_options(m->directory, m->keys);
	const guint count[] = { first, second, third };
	FnLog *log;

	options.segment_bytes = 8192;
	log = fn_log_open(&options, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(count); i++) {
		append(log, i * 1000, count[i]);
		g_assert_true(fn_log_publish(log, NULL));
		if (i == 0)
			m->first_head = fn_log_head(log, NULL);
	}
	append(log, 5000, 2);
	fn_log_close(log);
	list_files(m, "");
	g_assert_cmpuint(m->files->len, >=, 10);
	g_assert_true(is_good(m));
}

static void
set_up(Matrix *m, gconstpointer size)
{
	m->directory = test_directory_new();
	m->keys = test_keys_new();
	m->files = g_ptr_array_new_with_free_func(g_free);
	make_log(m, 6, GPOINTER_TO_UINT(size), 4);
}

static void
tear_down(Matrix *m, gconstpointer size)
{
	test_keys_free(m->keys);
	g_ptr_array_unref(m->files);
	g_free(m->first_head);
	test_directory_free(m->directory);
}

#define SMALL GUINT_TO_POINTER(9u)  /* one segment */
#define LARGE GUINT_TO_POINTER(260u) /* two segments, full tiles */

/* ---- bits ---- */

/* Where the zeros of a segment begin, of which there are many and one is as good as another. */
static guint64
padding_at(const Matrix *m, const char *file)
{
	g_autoptr(GBytes) bytes = take(m, file);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	while (size > 0 && data[size - 1] == 0)
		size--;
	return size;
}

static void
flip_bits(Matrix *m, const char *file, guint step)
{
	g_autofree char *path = path_of(m, file);
	guint64 zeros = padding_at(m, file), tried = 0;
	int fd = open(path, O_RDWR);
	struct stat about;

	g_assert_cmpint(fstat(fd, &about), ==, 0);
	for (guint64 bit = 0; bit < (guint64)about.st_size * 8; bit += bit / 8 < zeros + 4 ? step : stride() * step, tried++) {
		guint8 byte, other;

		g_assert_cmpint(pread(fd, &byte, 1, (off_t)(bit / 8)), ==, 1);
		other = (guint8)(byte ^ (1u << bit % 8));
		g_assert_cmpint(pwrite(fd, &other, 1, (off_t)(bit / 8)), ==, 1);
		if (is_good(m))
			g_error("bit %" G_GUINT64_FORMAT " of byte %" G_GUINT64_FORMAT " of %s may be changed", bit % 8, bit / 8, file);
		g_assert_cmpint(pwrite(fd, &byte, 1, (off_t)(bit / 8)), ==, 1);
	}
	close(fd);
	g_assert_cmpuint(tried, >, 0);
}

static void
test_bits(Matrix *m, gconstpointer size)
{
	for (guint i = 0; i < m->files->len; i++) {
		const char *file = m->files->pdata[i];
		gboolean large = g_str_has_prefix(file, "segments/") || strstr(file, "tile/") != NULL || g_str_equal(file, "heads");

		flip_bits(m, file, size == LARGE ? 41 * stride() : large ? stride() : 1 + stride() / 8);
	}
	g_assert_true(is_good(m));
}

/* ---- lengths ---- */

/* Whether @file of @size bytes cut to @to says the same as before: only zero pages are gone. */
static gboolean
is_padding(const char *file, GBytes *bytes, gsize to)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	if (!g_str_has_prefix(file, "segments/") || to % FN_PAGE != 0 || to <= FN_SEGMENT_HEAD)
		return FALSE;
	for (gsize i = to - 2; i < size; i++) /* two zero bytes end the entries */
		if (data[i] != 0)
			return FALSE;
	return TRUE;
}

/* Whole pages are not stepped over. */
static gsize
next_cut(gsize to, guint step)
{
	return to / FN_PAGE < (to + step) / FN_PAGE ? (to / FN_PAGE + 1) * FN_PAGE : to + step;
}

static void
test_lengths(Matrix *m, gconstpointer unused)
{
	for (guint i = 0; i < m->files->len; i++) {
		const char *file = m->files->pdata[i];
		guint step = stride() == 1 ? 1 : g_str_has_prefix(file, "segments/") ? 30 * CUTS : CUTS;
		g_autofree char *path = path_of(m, file);
		g_autoptr(GBytes) whole = take(m, file);
		gsize size = g_bytes_get_size(whole);
		guint8 *longer = g_malloc0(size + FN_PAGE);

		for (gsize to = 0; to < size; to = next_cut(to, step)) {
			g_assert_cmpint(truncate(path, (off_t)to), ==, 0);
			if (is_good(m) != is_padding(file, whole, to))
				g_error("%s cut to %zu of %zu bytes", file, to, size);
			put_back(m, file, whole);
		}
		memcpy(longer, g_bytes_get_data(whole, NULL), size);
		for (gsize more = 1; more <= FN_PAGE; more = more * 2 + 1) {
			put(m, file, longer, size + more);
			g_assert_false(is_good(m));
		}
		put(m, file, longer, size + FN_PAGE);
		g_assert_cmpint(is_good(m), ==, g_str_has_prefix(file, "segments/")); /* one more page of padding */
		put_back(m, file, whole);
		g_free(longer);
	}
	g_assert_true(is_good(m));
}

/* ---- whole files ---- */

static gboolean
is_open_tile(const Matrix *m, const char *file, guint64 size)
{
	const FnSuite suite[] = { FN_SUITE_GM, FN_SUITE_INTL };

	for (guint i = 0; i < 2; i++)
		for (guint level = 0; level < FN_TILE_LEVELS; level++) {
			guint width = fn_tile_width(size, level);
			g_autofree char *path = width > 0 ? fn_tile_path(suite[i], level, fn_tile_index(size, level), width) : NULL;

			if (g_strcmp0(path, file) == 0)
				return TRUE;
		}
	return FALSE;
}

static guint64
signed_size(const Matrix *m)
{
	FnLedgerReport report;

	g_assert_true(fn_ledger_verify(m->directory, m->keys->gm_text, m->keys->intl_text, NULL, NULL, &report, NULL));
	return report.signed_size;
}

/* A tile of a smaller tree, since grown: C2SP lets it go, and no proof in the last tree needs it. */
static gboolean
is_superseded(const Matrix *m, const char *file, guint64 size)
{
	return strstr(file, ".p/") != NULL && !is_open_tile(m, file, size);
}

static void
test_delete(Matrix *m, gconstpointer unused)
{
	guint64 size = signed_size(m);
	guint superseded = 0;

	for (guint i = 0; i < m->files->len; i++) {
		const char *file = m->files->pdata[i];
		g_autofree char *path = path_of(m, file);
		g_autoptr(GBytes) whole = take(m, file);
		gboolean may = g_str_equal(file, "keys") || is_superseded(m, file, size);

		superseded += is_superseded(m, file, size);
		g_assert_cmpint(unlink(path), ==, 0);
		if (is_good(m) != may)
			g_error("%s deleted", file);
		put(m, file, "", 0);
		g_assert_false(is_good(m));
		put_back(m, file, whole);
	}
	g_assert_cmpuint(superseded, >, 0);
	g_assert_true(is_good(m));
}

/* Any two files, where they are not the same. */
static void
test_swap_files(Matrix *m, gconstpointer unused)
{
	for (guint i = 0; i < m->files->len; i++)
		for (guint j = 0; j < i; j++) {
			g_autoptr(GBytes) one = take(m, m->files->pdata[i]);
			g_autoptr(GBytes) two = take(m, m->files->pdata[j]);

			put_back(m, m->files->pdata[i], two);
			put_back(m, m->files->pdata[j], one);
			if (is_good(m))
				g_error("%s and %s change places", (char *)m->files->pdata[i], (char *)m->files->pdata[j]);
			put_back(m, m->files->pdata[i], one);
			put_back(m, m->files->pdata[j], two);
		}
	g_assert_true(is_good(m));
}

/* Files that a ledger does not have. */
static void
test_added(Matrix *m, gconstpointer unused)
{
	static const char *const file[] = { "segments/x", "segments/0000000000000999.seg", "tile/x", "tile/0/007", "tile/0/000.p/255", "sm3/tile/0/001",
		"sm3/tile/9/000", "kept/x" };

	for (gsize i = 0; i < G_N_ELEMENTS(file); i++) {
		g_autofree char *path = path_of(m, file[i]);
		g_autofree char *folder = g_path_get_dirname(path);
		g_autofree guint8 *zeros = g_malloc0(FN_TILE_BYTES);

		g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
		put(m, file[i], zeros, strstr(file[i], "255") != NULL ? 255 * FN_DIGEST_SIZE : FN_TILE_BYTES);
		if (is_good(m))
			g_error("%s added", file[i]);
		unlink(path);
		rmdir(folder); /* fails where others lie */
	}
	g_assert_true(is_good(m));
}

/* ---- entries ---- */

typedef struct {
	guint8 *data;
	gsize size, end;
	GArray *at; /* of gsize: where each entry begins */
} Segment;

static Segment
read_segment(const Matrix *m, const char *file)
{
	g_autoptr(GBytes) bytes = take(m, file);
	Segment segment = { .size = g_bytes_get_size(bytes), .at = g_array_new(FALSE, FALSE, sizeof(gsize)) };
	gsize at = FN_SEGMENT_HEAD;
	FnSpan frame;

	segment.data = g_memdup2(g_bytes_get_data(bytes, NULL), segment.size);
	for (segment.end = at; fn_frame_skip(segment.data, segment.size, &at, &frame) == FN_FOUND_GOOD; segment.end = at)
		g_array_append_val(segment.at, segment.end);
	return segment;
}

/* The records of the commits over the bytes as they are now, as somebody would write them who knows the format. */
static void
commit_again(Segment *segment)
{
	for (guint i = 0; i < 2; i++) {
		guint8 *sector = segment->data + fn_commit_offset(i);
		FnCommit commit;

		if (fn_commit_read(sector, &commit) != FN_FOUND_GOOD)
			continue;
		fn_sha256(segment->data + commit.start, commit.end - commit.start, commit.digest);
		fn_commit_write(&commit, sector);
	}
}

static gboolean
is_good_with(const Matrix *m, const char *file, Segment *segment)
{
	commit_again(segment);
	put(m, file, segment->data, segment->size);
	return is_good(m);
}

static gsize
frame_size(const Segment *segment, gsize at)
{
	return 2 + ((gsize)segment->data[at] << 8 | segment->data[at + 1]);
}

/* Neighbours change places, an entry is taken out, one is entered twice, a letter changes; and the commit records are made again. */
static void
test_entries(Matrix *m, gconstpointer unused)
{
	const char *file = "segments/0000000000000000.seg";
	g_autoptr(GBytes) whole = take(m, file);
	guint64 size = signed_size(m);

	for (guint i = 0; i < size; i++)
		for (guint act = 0; act < 4; act++) {
			Segment segment = read_segment(m, file);
			gsize at = g_array_index(segment.at, gsize, i), one = frame_size(&segment, at), two = frame_size(&segment, at + one);
			g_autofree guint8 *copy = g_memdup2(segment.data + at, one);

			if (act == 0) {
				memmove(segment.data + at, segment.data + at + one, two);
				memcpy(segment.data + at + two, copy, one);
			} else if (act == 1) {
				memmove(segment.data + at, segment.data + at + one, segment.size - at - one);
				memset(segment.data + segment.size - one, 0, one);
			} else if (act == 2) {
				memmove(segment.data + at + one, segment.data + at, segment.size - at - one);
			} else {
				guint8 *digit = (guint8 *)memmem(segment.data + at, one, "\"salt\":\"", 8) + 8;

				*digit = *digit == '0' ? '1' : '0'; /* all is in its form but the hash */
			}
			if (is_good_with(m, file, &segment))
				g_error("entry %u, act %u", i, act);
			g_free(segment.data);
			g_array_unref(segment.at);
		}
	put_back(m, file, whole);
	g_assert_true(is_good(m));
}

/* What no head covers yet can be changed by who knows the format; once a head is signed over it, no more. */
static void
test_behind_the_head(Matrix *m, gconstpointer unused)
{
	const char *file = "segments/0000000000000000.seg";
	g_autoptr(GBytes) whole = take(m, file);
	guint64 size = signed_size(m);
	Segment segment = read_segment(m, file);
	FnLogOptions options = test_options(m->directory, m->keys);
	guint8 *event;
	FnLog *log;

	g_assert_cmpuint(segment.at->len, >, size + 1);
	event = memmem(segment.data + g_array_index(segment.at, gsize, size + 1), 100, "\"event\":\"e\"", 11);
	g_assert_nonnull(event);
	event[9] = 'f';
	put(m, file, segment.data, segment.size);
	g_assert_false(is_good(m)); /* the record of the commit */
	g_assert_true(is_good_with(m, file, &segment));
	put_back(m, file, whole);
	options.segment_bytes = 8192;
	log = fn_log_open(&options, NULL);
	append(log, 6000, 1);
	g_assert_true(fn_log_publish(log, NULL));
	fn_log_close(log);
	g_array_unref(segment.at);
	g_free(segment.data);
	segment = read_segment(m, file);
	event = memmem(segment.data + g_array_index(segment.at, gsize, size + 1), 100, "\"event\":\"e\"", 11);
	event[9] = 'f';
	g_assert_false(is_good_with(m, file, &segment));
	g_array_unref(segment.at);
	g_free(segment.data);
}

/* ---- heads and keys ---- */

static char *
join(char **line, guint n)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < n; i++)
		if (line[i] != NULL)
			g_string_append_printf(text, "%s\n", line[i]);
	return g_string_free(text, FALSE);
}

static void
check_heads(Matrix *m, char *const *lines, guint n, const char *what)
{
	g_autofree char *text = join((char **)lines, n);

	put(m, "heads", text, strlen(text));
	if (is_good(m))
		g_error("heads: %s", what);
}

/* Taken out, twice, in another order: also where what is left is genuine. */
static void
test_heads(Matrix *m, gconstpointer unused)
{
	g_autoptr(GBytes) whole = take(m, "heads");
	g_autofree char *text = g_strndup(g_bytes_get_data(whole, NULL), g_bytes_get_size(whole));
	g_auto(GStrv) line = g_strsplit(g_strchomp(text), "\n", -1);
	guint n = g_strv_length(line);

	g_assert_cmpuint(n, ==, 3);
	for (guint i = 0; i < n; i++) {
		char *without[3], *twice[4], *order[3];

		for (guint j = 0; j < n; j++) {
			without[j] = j == i ? NULL : line[j];
			order[j] = line[(i + n - j) % n];
		}
		memcpy(twice, line, sizeof(order));
		twice[3] = line[i];
		check_heads(m, without, n, "one is missing");
		check_heads(m, twice, 4, "one stands twice");
		check_heads(m, order, n, "another order");
	}
	put_back(m, "heads", whole);
	g_assert_true(is_good(m));
}

/* All that is signed is put back to the second head, the entries stay: they tell of the third. */
static void
test_heads_roll_back(Matrix *m, gconstpointer unused)
{
	g_autoptr(GBytes) heads = take(m, "heads");
	g_autofree char *text = g_strndup(g_bytes_get_data(heads, NULL), g_bytes_get_size(heads));
	g_auto(GStrv) line = g_strsplit(g_strchomp(text), "\n", -1);
	FnCanon canon = fn_canon_over(line[1], strlen(line[1]));
	g_autofree char *kept = join(line, 2);
	g_auto(FnHead) head = { 0 };

	g_assert_true(fn_head_take(&canon, &head));
	put(m, "heads", kept, strlen(kept));
	put(m, "checkpoint", head.note, strlen(head.note));
	g_assert_false(is_good(m));
}

/* A log made anew with other keys is good with those that lie beside it, and only with those. */
static void
test_other_signer(Matrix *m, gconstpointer unused)
{
	g_autoptr(TestKeys) others = test_keys_new();
	g_autoptr(TestKeys) half = test_keys_new();
	Matrix forged = { .directory = test_directory_new(), .keys = others, .files = g_ptr_array_new_with_free_func(g_free) };
	TestKeys *mine = m->keys;

	make_log(&forged, 6, 9, 4);
	forged.keys = mine;
	g_assert_false(is_good(&forged));
	for (guint i = 0; i < 2; i++) {
		TestKeys mixed = *half;

		mixed.gm_text = i == 0 ? mine->gm_text : others->gm_text;
		mixed.intl_text = i == 0 ? others->intl_text : mine->intl_text;
		m->keys = &mixed;
		g_assert_false(is_good(m));
		m->keys = mine;
	}
	/* Its signatures put under the genuine log. */
	{
		static const char *const file[] = { "heads", "checkpoint", "keys" };

		for (gsize i = 0; i < G_N_ELEMENTS(file); i++) {
			g_autoptr(GBytes) whole = take(m, file[i]), other = take(&forged, file[i]);

			put_back(m, file[i], other);
			g_assert_false(is_good(m));
			put_back(m, file[i], whole);
		}
	}
	test_directory_free(forged.directory);
	g_ptr_array_unref(forged.files);
	g_free(forged.first_head);
}

/* Signatures taken out, with the rest of the line still in its form. */
static void
test_unsigned(Matrix *m, gconstpointer unused)
{
	g_autoptr(GBytes) whole = take(m, "heads");
	g_autofree char *text = g_strndup(g_bytes_get_data(whole, NULL), g_bytes_get_size(whole));
	g_auto(GStrv) line = g_strsplit(g_strchomp(text), "\n", -1);

	for (guint i = 0; line[i] != NULL; i++)
		for (guint act = 0; act < 2; act++) {
			FnCanon canon = fn_canon_over(line[i], strlen(line[i]));
			g_auto(FnHead) head = { 0 };
			g_autoptr(GString) out = g_string_new(NULL);
			char *kept = line[i];

			g_assert_true(fn_head_take(&canon, &head));
			if (act == 0)
				head.sm3_signature_size = 0;
			else
				strstr(head.note, "\n\n")[1] = '\0';
			fn_head_write(&head, out);
			line[i] = out->str;
			check_heads(m, line, 3, "a signature is missing");
			line[i] = kept;
		}
	put_back(m, "heads", whole);
	g_assert_true(is_good(m));
}

/* ---- older copies ---- */

/* All files as they were at an earlier head are good in themselves: only somebody who kept a later head can tell. */
static void
test_roll_back(Matrix *m, gconstpointer unused)
{
	Matrix old = { .directory = test_directory_new(), .keys = m->keys, .files = g_ptr_array_new_with_free_func(g_free) };
	g_autoptr(GBytes) later = NULL;
	g_auto(FnTrusted) trusted = { 0 };
	g_autoptr(GError) error = NULL;
	FnLedgerReport report;
	gsize size;

	for (guint i = 0; i < m->files->len; i++) {
		g_autoptr(GBytes) bytes = take(m, m->files->pdata[i]);
		g_autofree char *path = path_of(&old, m->files->pdata[i]);
		g_autofree char *folder = g_path_get_dirname(path);

		g_mkdir_with_parents(folder, 0700);
		put_back(&old, m->files->pdata[i], bytes);
	}
	{
		FnLogOptions options = test_options(m->directory, m->keys);
		FnLog *log;

		options.segment_bytes = 8192;
		log = fn_log_open(&options, NULL);
		append(log, 7000, 3);
		g_assert_true(fn_log_publish(log, NULL));
		fn_log_close(log);
	}
	later = take(m, "checkpoint");
	g_assert_true(fn_trusted_read(g_bytes_get_data(later, &size), g_bytes_get_size(later), m->keys->gm_text, m->keys->intl_text, &trusted, NULL));
	g_assert_true(fn_ledger_verify(old.directory, m->keys->gm_text, m->keys->intl_text, NULL, NULL, &report, NULL));
	g_assert_false(fn_trusted_is_past_of(&trusted, old.directory, &report, &error));
	g_assert_nonnull(strstr(error->message, "rolled back"));
	g_assert_true(fn_ledger_verify(m->directory, m->keys->gm_text, m->keys->intl_text, NULL, NULL, &report, NULL));
	g_assert_true(fn_trusted_is_past_of(&trusted, m->directory, &report, NULL));
	/* Some files of the older copy among the newer. */
	list_files(&old, "");
	for (guint i = 0; i < old.files->len; i++) {
		g_autofree char *path = path_of(m, old.files->pdata[i]);
		g_autoptr(GBytes) now = NULL, then = take(&old, old.files->pdata[i]);

		if (!g_file_test(path, G_FILE_TEST_EXISTS))
			continue;
		now = take(m, old.files->pdata[i]);
		if (g_bytes_equal(now, then))
			continue;
		put_back(m, old.files->pdata[i], then);
		if (is_good(m))
			g_error("an older copy of %s", (char *)old.files->pdata[i]);
		put_back(m, old.files->pdata[i], now);
	}
	test_directory_free(old.directory);
	g_ptr_array_unref(old.files);
}

/* ---- a pruned log ---- */

/* What was kept, and the hashes of what is gone: of those only tiles are left. */
static void
test_pruned_log(void)
{
	Matrix m = { .directory = test_directory_new(), .keys = test_keys_new(), .files = g_ptr_array_new_with_free_func(g_free) };
	guint tried = 0;

	test_pruned(m.directory, m.keys);
	list_files(&m, "");
	g_assert_true(is_good(&m));
	for (guint i = 0; i < m.files->len; i++) {
		const char *file = m.files->pdata[i];
		g_autofree char *path = path_of(&m, file);
		g_autoptr(GBytes) whole = NULL;

		if (!g_str_has_prefix(file, "kept/") && !g_str_has_suffix(file, "tile/0/000") && !g_str_has_suffix(file, "tile/1/000"))
			continue;
		flip_bits(&m, file, 239 * stride());
		whole = take(&m, file);
		g_assert_cmpint(truncate(path, (off_t)g_bytes_get_size(whole) - 1), ==, 0);
		g_assert_false(is_good(&m));
		g_assert_cmpint(unlink(path), ==, 0);
		g_assert_false(is_good(&m));
		put_back(&m, file, whole);
		tried++;
	}
	g_assert_cmpuint(tried, >=, 3);
	g_assert_true(is_good(&m));
	g_ptr_array_unref(m.files);
	test_keys_free(m.keys);
	test_directory_free(m.directory);
}

/* ---- what may be changed ---- */

typedef enum { GONE, GROWN, SHRUNK, WRITTEN } Act;

/* All that the tests above found to be accepted, and why it is no loss. */
static void
test_irrelevant(Matrix *m, gconstpointer unused)
{
	static const struct {
		const char *file;
		Act act;
		const char *why;
	} rows[] = {
		{ "lock", WRITTEN, "that it is held says that a writer lives; its bytes say nothing" },
		{ "tmp/anything", WRITTEN, "what lies there never came to its place; opening removes it" },
		{ "keys", GONE, "it is a copy for readers: who verifies brings the keys along, and one that differs is found" },
		{ "tile/0/000.p/7", GONE, "a tile of the first head, since grown: the later one begins with the same hashes" },
		{ "sm3/tile/0/000.p/7", GONE, "the same of the national tree" },
		{ "segments/0000000000000000.seg", GROWN, "pages of zeros behind the last entry hold none" },
		{ "segments/0000000000000000.seg", SHRUNK, "the same: room that was not used" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = path_of(m, rows[i].file);
		g_autoptr(GBytes) whole = rows[i].act == WRITTEN ? g_bytes_new_static("", 0) : take(m, rows[i].file);
		gsize size = g_bytes_get_size(whole);

		g_test_message("%s: %s", rows[i].file, rows[i].why);
		if (rows[i].act == GONE)
			g_assert_cmpint(unlink(path), ==, 0);
		else if (rows[i].act == WRITTEN)
			put(m, rows[i].file, "anything", 8);
		else
			g_assert_cmpint(truncate(path, (off_t)(rows[i].act == GROWN ? size + FN_PAGE : size - FN_PAGE)), ==, 0);
		if (!is_good(m))
			g_error("%s", rows[i].file);
		put_back(m, rows[i].file, whole);
		if (rows[i].act == WRITTEN && strstr(rows[i].file, "tmp/") != NULL)
			unlink(path);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
#define ADD(name, size, function) g_test_add("/ledger/tamper/" name, Matrix, size, set_up, function, tear_down)
	ADD("bits", SMALL, test_bits);
	ADD("bits-large", LARGE, test_bits);
	ADD("lengths", SMALL, test_lengths);
	ADD("delete", SMALL, test_delete);
	ADD("delete-large", LARGE, test_delete);
	ADD("swap-files", SMALL, test_swap_files);
	ADD("swap-files-large", LARGE, test_swap_files);
	ADD("added", SMALL, test_added);
	ADD("entries", SMALL, test_entries);
	ADD("behind-the-head", SMALL, test_behind_the_head);
	ADD("heads", SMALL, test_heads);
	ADD("heads-roll-back", SMALL, test_heads_roll_back);
	ADD("other-signer", SMALL, test_other_signer);
	ADD("unsigned", SMALL, test_unsigned);
	ADD("roll-back", LARGE, test_roll_back);
	g_test_add_func("/ledger/tamper/pruned", test_pruned_log);
	ADD("irrelevant", SMALL, test_irrelevant);
	return g_test_run();
}
