/* What goes by pruning and what stays, against a list of all entries that the test keeps itself. */
#include "ledger/prune.h"
#include "ledger/test_keys.h"

#include "ledger/entry.h"

#include <fcntl.h>
#include <unistd.h>

#define PER_MONTH 400u

typedef struct {
	char *directory;
	TestKeys *keys;
	gint64 now;
	FnLog *log;
	GPtrArray *entries; /* of GBytes: frames, as they were when they were written */
} World;

static gint64
moment(const char *text)
{
	gint64 us;

	g_assert_true(fn_time_parse(text, &us));
	return us;
}

static FnLogOptions
options_of(World *world)
{
	FnLogOptions options = test_options(world->directory, world->keys);

	options.clock = test_keys_clock;
	options.clock_data = &world->now;
	return options;
}

static void
open_log(World *world)
{
	FnLogOptions options = options_of(world);
	g_autoptr(GError) error = NULL;

	world->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
}

static void
close_log(World *world)
{
	g_clear_pointer(&world->log, fn_log_close);
}

static guint64
durable(FnLog *log)
{
	g_autofree char *status = fn_log_status(log);
	json_t *json = fn_json_parse(status, strlen(status), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "durable"));

	json_decref(json);
	return size;
}

/* All that came since the last look; one that is waited for comes behind the log's own. */
static void
remember(World *world)
{
	test_append(world->log, 0, 1);
	for (guint64 index = world->entries->len; index < durable(world->log); index++) {
		g_autoptr(GByteArray) out = g_byte_array_new();

		g_assert_true(fn_log_read(world->log, index, 1, 100000, out, NULL));
		g_ptr_array_add(world->entries, g_byte_array_free_to_bytes(g_steal_pointer(&out)));
	}
}

/* Entries of all classes, over the days of one month. */
static void
live_month(World *world, const char *first_day)
{
	gint64 start = moment(first_day);

	for (guint day = 0; day < 20; day++) {
		world->now = start + day * G_TIME_SPAN_DAY;
		test_append_many(world->log, 0, PER_MONTH / 20 - 4);
		test_append(world->log, day, 4);
	}
	g_assert_true(fn_log_publish(world->log, NULL));
	remember(world);
}

static World *
world_new(void)
{
	World *world = g_new0(World, 1);

	world->directory = test_directory_new();
	world->keys = test_keys_new();
	world->entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	world->now = moment("2025-11-03T02:00:00Z");
	open_log(world);
	live_month(world, "2025-11-03T02:00:00Z");
	live_month(world, "2025-12-01T02:00:00Z");
	live_month(world, "2026-01-02T02:00:00Z");
	live_month(world, "2026-03-01T02:00:00Z"); /* nothing in February */
	live_month(world, "2026-04-04T02:00:00Z");
	return world;
}

static void
world_free(World *world)
{
	close_log(world);
	test_directory_free(world->directory);
	test_keys_free(world->keys);
	g_ptr_array_unref(world->entries);
	g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void
verify(World *world, guint64 pruned)
{
	g_autoptr(GError) error = NULL;
	FnLedgerReport report;

	fn_ledger_verify(world->directory, world->keys->gm_text, world->keys->intl_text, NULL, NULL, &report, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(report.pruned, ==, pruned);
}

static FnEntry
entry_of(World *world, guint64 index)
{
	gsize size;
	const char *data = g_bytes_get_data(g_ptr_array_index(world->entries, index), &size);
	FnEntry entry;

	g_assert_true(fn_entry_parse(data + 2, size - 2, &entry));
	return entry;
}

/* Worked out anew: the date in China, the months, whether below the border. */
static gboolean
should_go(World *world, guint64 index, guint64 minimum, gint64 now)
{
	static const guint months[] = { [FN_CLASS_6M] = 6, [FN_CLASS_1Y] = 12, [FN_CLASS_3Y] = 36, [FN_CLASS_PERMANENT] = 12000 };
	FnEntry entry = entry_of(world, index);
	g_autofree char *text = g_strndup(entry.time.text, entry.time.size);
	g_autoptr(GTimeZone) china = g_time_zone_new_offset(8 * 3600);
	g_autoptr(GDateTime) utc = g_date_time_new_from_iso8601(text, NULL);
	g_autoptr(GDateTime) there = g_date_time_to_timezone(utc, china);
	g_autoptr(GDateTime) midnight = g_date_time_new(china, g_date_time_get_year(there), g_date_time_get_month(there),
		g_date_time_get_day_of_month(there), 0, 0, 0);
	g_autoptr(GDateTime) end = g_date_time_add_months(midnight, (gint)months[entry.class]);

	return index < minimum && now >= (g_date_time_to_unix(end) + 24 * 3600) * G_USEC_PER_SEC;
}

static void
check_one(World *world, guint64 index, gboolean gone)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *receipt = NULL;
	GBytes *was = g_ptr_array_index(world->entries, index);

	fn_log_read(world->log, index, 1, 100000, out, &error);
	if (gone) {
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_PRUNED);
		g_clear_error(&error);
		g_assert_null(fn_log_receipt(world->log, index, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_PRUNED);
		return;
	}
	g_assert_no_error(error);
	g_assert_cmpmem(out->data, (int)out->len, g_bytes_get_data(was, NULL), (int)g_bytes_get_size(was));
	if (index % 7 != 0)
		return;
	receipt = fn_log_receipt(world->log, index, &error);
	g_assert_no_error(error);
	fn_receipt_verify(receipt, strlen(receipt), world->keys->gm_text, world->keys->intl_text, &error);
	g_assert_no_error(error);
}

/* Reading on from the start with fn_log_next() meets what is left, each once and in order. */
static void
check_reading_on(World *world, guint64 left)
{
	guint64 at = 0, met = 0, size = world->entries->len;

	for (;;) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		g_autoptr(GError) error = NULL;
		gsize place = 0;
		FnSpan frame;

		g_assert_true(fn_log_next(world->log, at, &at, NULL));
		if (at >= size)
			break;
		fn_log_read(world->log, at, 50, 5000, out, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(out->len, >, 0);
		for (; at < size && fn_frame_skip(out->data, out->len, &place, &frame) == FN_FOUND_GOOD; at++, met++) {
			GBytes *was = g_ptr_array_index(world->entries, at);

			g_assert_cmpmem(frame.text, (int)frame.size, (const char *)g_bytes_get_data(was, NULL) + 2, (int)g_bytes_get_size(was) - 2);
		}
	}
	g_assert_cmpuint(met, ==, left);
}

/* Returns how many are gone. @removed: NULL or those that went before. */
static guint64
check_all(World *world, guint64 minimum, gint64 now, GHashTable *removed)
{
	guint64 gone = 0;

	for (guint64 index = 0; index < world->entries->len; index++) {
		gboolean goes = should_go(world, index, minimum, now) || g_hash_table_contains(removed, GUINT_TO_POINTER((guint)index));

		if (goes)
			g_hash_table_add(removed, GUINT_TO_POINTER((guint)index));
		gone += goes;
		check_one(world, index, goes);
	}
	check_reading_on(world, world->entries->len - gone);
	return gone;
}

static const FnPruneMonth *
month_of(const FnPrunePlan *plan, const char *before)
{
	for (guint i = 0; i < plan->months->len; i++)
		if (g_str_equal(g_array_index(plan->months, FnPruneMonth, i).before, before))
			return &g_array_index(plan->months, FnPruneMonth, i);
	g_error("the plan has no %s", before);
}

static void
check_plan(World *world, const FnPruneMonth *month, gint64 now)
{
	guint64 gone = 0, bytes = 0, kept[FN_CLASS_PERMANENT + 1] = { 0 };

	for (guint64 index = 0; index < month->minimum; index++) {
		gboolean goes = should_go(world, index, month->minimum, now);

		gone += goes;
		bytes += goes ? g_bytes_get_size(g_ptr_array_index(world->entries, index)) : 0;
		kept[entry_of(world, index).class] += !goes;
	}
	g_assert_cmpuint(gone, ==, month->gone);
	g_assert_cmpuint(bytes, ==, month->gone_bytes);
	for (guint class = FN_CLASS_6M; class <= FN_CLASS_PERMANENT; class++)
		g_assert_cmpuint(kept[class], ==, month->kept[class]);
	g_assert_cmpuint(month->tail, ==, month->first - month->minimum);
	g_assert_cmpuint(month->first % FN_BUNDLE, ==, 0);
}

static gboolean
has_file(World *world, const char *path)
{
	g_autofree char *whole = g_build_filename(world->directory, path, NULL);

	return g_file_test(whole, G_FILE_TEST_EXISTS);
}

static void
test_all(void)
{
	g_autoptr(World) world = world_new();
	g_autoptr(GHashTable) removed = g_hash_table_new(NULL, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnPrunePlan) plan = NULL;
	const FnPruneMonth *month;
	guint64 gone;

	world->now = moment("2026-08-15T02:00:00Z");
	plan = fn_log_prune_plan(world->directory, world->now, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(plan->months->len, >=, 3);
	for (guint i = 0; i < plan->months->len; i++)
		check_plan(world, &g_array_index(plan->months, FnPruneMonth, i), world->now);
	month = month_of(plan, "2026-01");
	g_assert_cmpuint(month->gone, ==, 2 * (20 * (PER_MONTH / 20 - 4) + 2)); /* all but four a day are of 6m, and the head and one more */
	test_keys_prune(world->log, world->keys, "2026-01", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fn_log_minimum(world->log), ==, month->minimum);
	g_assert_false(has_file(world, "segments/0000000000000000.seg"));
	remember(world);
	gone = check_all(world, month->minimum, world->now, removed);
	g_assert_cmpuint(gone, ==, month->gone);
	verify(world, gone);
	close_log(world);
	verify(world, gone);
	open_log(world);
	check_all(world, month->minimum, world->now, removed);
	/* The same again is no fault and does nothing. */
	g_assert_true(test_keys_prune(world->log, world->keys, "2026-01", NULL));
	g_assert_true(test_keys_prune(world->log, world->keys, "2025-12", NULL));
	g_assert_cmpuint(durable(world->log), ==, world->entries->len);

	/* Later the year is over too, and February is no border but what came after it. */
	world->now = moment("2027-02-01T02:00:00Z");
	live_month(world, "2027-02-01T02:00:00Z");
	g_clear_pointer(&plan, fn_prune_plan_free);
	plan = fn_log_prune_plan(world->directory, world->now, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(plan->pruned, ==, gone);
	month = month_of(plan, "2026-03");
	test_keys_prune(world->log, world->keys, "2026-02", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fn_log_minimum(world->log), ==, month->minimum);
	remember(world);
	g_assert_cmpuint(check_all(world, month->minimum, world->now, removed), ==, gone + month->gone);
	verify(world, gone + month->gone);
	close_log(world);
	verify(world, gone + month->gone);
}

static void
test_refused(void)
{
	g_autoptr(World) world = world_new();
	const char *ours = "log.test.example/one";
	gint64 soon = fn_time_now() + 60 * G_USEC_PER_SEC;
	g_autofree char *good = test_keys_authorise(world->keys, ours, "2026-01", soon);
	g_autofree char *altered = g_strdup(good);
	g_autoptr(TestKeys) others = test_keys_new();
	struct {
		char *text;
		FnLedgerError code;
	} cases[] = {
		{ test_keys_authorise(world->keys, "log.test.example/two", "2026-01", soon), FN_LEDGER_ERROR_FORBIDDEN },
		{ test_keys_authorise(world->keys, ours, "2026-01", fn_time_now() - 1), FN_LEDGER_ERROR_FORBIDDEN },
		{ test_keys_authorise(others, ours, "2026-01", soon), FN_LEDGER_ERROR_FORBIDDEN },
		{ test_keys_authorise(world->keys, ours, "2026-13", soon), FN_LEDGER_ERROR_FORBIDDEN },
		{ test_keys_authorise(world->keys, ours, "2026-1", soon), FN_LEDGER_ERROR_FORBIDDEN },
		{ test_keys_authorise(world->keys, ours, "2026-01-01", soon), FN_LEDGER_ERROR_FORBIDDEN },
		{ altered, FN_LEDGER_ERROR_FORBIDDEN },
		{ g_strdup("{}"), FN_LEDGER_ERROR_FORBIDDEN },
		{ g_strdup("["), FN_LEDGER_ERROR_FORBIDDEN },
		{ g_strdup("{\"authorisation\":[],\"signature\":\"AA==\"}"), FN_LEDGER_ERROR_FORBIDDEN },
		{ test_keys_authorise(world->keys, ours, "2030-01", soon), FN_LEDGER_ERROR_RANGE },
		{ test_keys_authorise(world->keys, ours, "2026-04", soon), FN_LEDGER_ERROR_RANGE }, /* in the segment being written, or all to be kept */
		{ test_keys_authorise(world->keys, ours, "2025-01", soon), FN_LEDGER_ERROR_RANGE }, /* all to be kept */
	};
	guint64 size = durable(world->log), minimum;

	strstr(altered, "2026-01")[6] = '3';
	world->now = moment("2026-04-30T02:00:00Z");
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_log_prune(world->log, cases[i].text, strlen(cases[i].text), &minimum, &error));
		g_assert_error(error, FN_LEDGER_ERROR, (int)cases[i].code);
		if (cases[i].text != altered)
			g_free(cases[i].text);
	}
	world->now = moment("2026-09-30T02:00:00Z");
	world->keys->away = TRUE;
	for (guint i = 0; i < 2; i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_log_prune(world->log, good, strlen(good), &minimum, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET);
	}
	g_assert_cmpuint(durable(world->log), ==, size);
	g_assert_cmpuint(fn_log_minimum(world->log), ==, 0);
	g_assert_false(has_file(world, "kept"));
	g_assert_false(has_file(world, "tmp/kept"));
	world->keys->away = FALSE;
	g_assert_true(fn_log_prune(world->log, good, strlen(good), &minimum, NULL));
	g_assert_cmpuint(minimum, >, 0);
}

/* Below the reserve nothing is taken but administration: pruning is what makes room. */
static void
test_reserve(void)
{
	g_autoptr(World) world = world_new();
	FnLogOptions options = options_of(world);
	g_autoptr(GError) error = NULL;
	const char *body = "{\"event\":\"test\",\"n\":1}";

	close_log(world);
	options.reserve = G_MAXUINT64;
	world->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	world->now = moment("2026-09-30T02:00:00Z");
	g_assert_false(fn_log_append_wait(world->log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), NULL, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RESERVE);
	g_clear_error(&error);
	test_keys_prune(world->log, world->keys, "2026-01", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fn_log_minimum(world->log), >, 0);
}

/* What is made from other files can be made again. */
static void
test_derived(void)
{
	static const char *const lost[] = { "state", "bundles", "checkpoint" };
	g_autoptr(World) world = world_new();
	g_autoptr(GHashTable) removed = g_hash_table_new(NULL, NULL);
	guint64 minimum, gone;

	world->now = moment("2026-09-30T02:00:00Z");
	g_assert_true(test_keys_prune(world->log, world->keys, "2026-03", NULL));
	minimum = fn_log_minimum(world->log);
	remember(world);
	gone = check_all(world, minimum, world->now, removed);
	close_log(world);
	for (gsize i = 0; i < G_N_ELEMENTS(lost); i++) {
		g_autofree char *path = g_build_filename(world->directory, lost[i], NULL);
		g_autofree char *state = g_build_filename(world->directory, "state", NULL);

		g_unlink(path);
		if (i == 1)
			g_unlink(state);
		open_log(world);
		test_append(world->log, 0, 1);
		g_assert_true(fn_log_publish(world->log, NULL));
		remember(world);
		check_all(world, minimum, world->now, removed);
		close_log(world);
		verify(world, gone);
	}
}

/* ---- while others read and write ---- */

typedef struct {
	World *world;
	gint ending, read, pruned; /* atomic */
} Reader;

/* Whatever is read in the middle of it is what was there, or is said to be pruned. */
static void *
read_on(void *data)
{
	Reader *reader = data;
	g_autoptr(GRand) random = g_rand_new_with_seed(11);

	while (g_atomic_int_get(&reader->ending) == 0) {
		guint64 index = (guint64)g_rand_int_range(random, 0, (gint32)reader->world->entries->len);
		GBytes *was = g_ptr_array_index(reader->world->entries, index);
		g_autoptr(GByteArray) out = g_byte_array_new();
		g_autoptr(GError) error = NULL;
		guint64 next;

		if (fn_log_read(reader->world->log, index, 1, 100000, out, &error)) {
			g_assert_cmpmem(out->data, (int)out->len, g_bytes_get_data(was, NULL), (int)g_bytes_get_size(was));
			g_atomic_int_inc(&reader->read);
		} else {
			g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_PRUNED);
			g_atomic_int_inc(&reader->pruned);
		}
		g_assert_true(fn_log_next(reader->world->log, index, &next, NULL));
		g_assert_cmpuint(next, >=, index);
	}
	return NULL;
}

static void
wait_for(gint *count, gint least)
{
	while (g_atomic_int_get(count) < least)
		g_thread_yield();
}

static void
test_meanwhile(void)
{
	static const char *const months[] = { "2025-12", "2026-01", "2026-03" };
	g_autoptr(World) world = world_new();
	Reader reader = { .world = world };
	g_autoptr(GError) error = NULL;
	pthread_t thread;

	world->now = moment("2026-09-30T02:00:00Z");
	g_assert_cmpint(pthread_create(&thread, NULL, read_on, &reader), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(months); i++) {
		wait_for(&reader.read, 100 * ((gint)i + 1));
		test_append_many(world->log, 0, 50);
		test_keys_prune(world->log, world->keys, months[i], &error);
		g_assert_no_error(error);
	}
	wait_for(&reader.pruned, 100);
	g_atomic_int_set(&reader.ending, 1);
	pthread_join(thread, NULL);
	close_log(world);
	g_assert_true(fn_ledger_verify(world->directory, world->keys->gm_text, world->keys->intl_text, NULL, NULL, NULL, &error));
	g_assert_no_error(error);
}

/* ---- what verification finds ---- */

static char *
kept_path(World *world)
{
	g_autofree char *folder = g_build_filename(world->directory, "kept", NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	char *path = g_build_filename(folder, g_dir_read_name(dir), NULL);

	g_dir_close(dir);
	return path;
}

static void
check_fault(World *world)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_ledger_verify(world->directory, world->keys->gm_text, world->keys->intl_text, NULL, NULL, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
}

/* The kept entries without one of them, in good form. */
static void
leave_one_out(World *world, const FnKept *kept, guint64 out)
{
	g_autofree char *path = fn_kept_path(kept->minimum);
	g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
	g_autoptr(GArray) indexes = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(FnKeptWriter) writer = NULL;
	FnKept shape = *kept;
	int directory = open(world->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (guint64 place = 0; place < kept->entries; place++) {
		GByteArray *frame = g_byte_array_new();
		guint64 index;

		g_assert_true(fn_kept_take(kept, place, &index, frame, NULL));
		if (place == out)
			shape.bytes -= frame->len;
		g_ptr_array_add(frames, frame);
		g_array_append_val(indexes, index);
	}
	shape.entries--;
	writer = fn_kept_writer_new(directory, path, "log.test.example/one", &shape, NULL);
	for (guint64 place = 0; place < kept->entries; place++) {
		const GByteArray *frame = g_ptr_array_index(frames, place);

		g_assert_true(place == out || fn_kept_writer_add(writer, g_array_index(indexes, guint64, place),
			(FnSpan){ (const char *)frame->data + 2, frame->len - 2 }, NULL));
	}
	g_assert_true(fn_kept_writer_end(writer, NULL));
	close(directory);
}

static void
test_tampered(void)
{
	g_autoptr(World) world = world_new();
	g_autofree char *path = NULL;
	g_autofree char *name = NULL;
	g_autofree char *data = NULL;
	g_auto(FnKept) kept = FN_KEPT_NONE;
	int directory = open(world->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gsize size;

	world->now = moment("2026-09-30T02:00:00Z");
	g_assert_true(test_keys_prune(world->log, world->keys, "2026-03", NULL));
	close_log(world);
	path = kept_path(world);
	g_assert_true(g_file_get_contents(path, &data, &size, NULL));
	for (gsize at = 0; at < size; at += at < 600 ? 7 : 4999) {
		data[at] ^= 0x10;
		g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
		check_fault(world);
		data[at] ^= 0x10;
	}
	g_assert_true(g_file_set_contents(path, data, (gssize)size - 1, NULL));
	check_fault(world);
	g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
	name = g_strconcat("kept/", strrchr(path, '/') + 1, NULL);
	g_assert_true(fn_kept_open(directory, name, "log.test.example/one", &kept, NULL));
	g_assert_false(fn_kept_open(directory, name, "log.test.example/two", &(FnKept){ .fd = -1 }, NULL));
	leave_one_out(world, &kept, kept.entries / 2);
	check_fault(world);
	g_unlink(path);
	check_fault(world);
	g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
	g_assert_true(fn_ledger_verify(world->directory, world->keys->gm_text, world->keys->intl_text, NULL, NULL, NULL, NULL));
	close(directory);
}

/* ---- rules ---- */

static void
test_classes(void)
{
	static const struct {
		FnClass class;
		const char *time, *now;
		gboolean over;
	} cases[] = {
		{ FN_CLASS_6M, "2026-01-15T02:00:00Z", "2026-07-15T15:59:59Z", FALSE }, /* the day itself, in China */
		{ FN_CLASS_6M, "2026-01-15T02:00:00Z", "2026-07-15T16:00:00Z", TRUE },
		{ FN_CLASS_6M, "2026-01-15T17:00:00Z", "2026-07-16T15:59:59Z", FALSE }, /* entered on the 16th there */
		{ FN_CLASS_6M, "2026-08-31T02:00:00Z", "2027-02-28T15:59:59Z", FALSE }, /* no 31st of February */
		{ FN_CLASS_6M, "2026-08-31T02:00:00Z", "2027-02-28T16:00:00Z", TRUE },
		{ FN_CLASS_1Y, "2024-02-29T02:00:00Z", "2025-02-28T15:00:00Z", FALSE },
		{ FN_CLASS_1Y, "2024-02-29T02:00:00Z", "2025-03-01T02:00:00Z", TRUE },
		{ FN_CLASS_3Y, "2024-01-15T02:00:00Z", "2027-01-15T02:00:00Z", FALSE },
		{ FN_CLASS_3Y, "2024-01-15T02:00:00Z", "2027-01-16T02:00:00Z", TRUE },
		{ FN_CLASS_PERMANENT, "2024-01-15T02:00:00Z", "2124-01-16T02:00:00Z", FALSE },
		{ FN_CLASS_6M, "2026-01-15T02:00:00Z", "2025-01-15T02:00:00Z", FALSE }, /* a clock that went back */
		{ (FnClass)0, "2024-01-15T02:00:00Z", "2124-01-16T02:00:00Z", FALSE },
		{ (FnClass)9, "2024-01-15T02:00:00Z", "2124-01-16T02:00:00Z", FALSE },
	};
	static const char *const months[] = { "2026-01", "2026-12", "1999-10" };
	static const char *const no_months[] = { "", "2026", "2026-0", "2026-00", "2026-13", "2026-1", "2026-012", "2026/01", "20a6-01", "-026-01" };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(fn_class_over(cases[i].class, moment(cases[i].time), moment(cases[i].now)), ==, cases[i].over);
	for (gsize i = 0; i < G_N_ELEMENTS(months); i++)
		g_assert_true(fn_month_is_valid(months[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(no_months); i++)
		g_assert_false(fn_month_is_valid(no_months[i]));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/prune/classes", test_classes);
	g_test_add_func("/ledger/prune/all", test_all);
	g_test_add_func("/ledger/prune/refused", test_refused);
	g_test_add_func("/ledger/prune/reserve", test_reserve);
	g_test_add_func("/ledger/prune/derived", test_derived);
	g_test_add_func("/ledger/prune/meanwhile", test_meanwhile);
	g_test_add_func("/ledger/prune/tampered", test_tampered);
	return g_test_run();
}
