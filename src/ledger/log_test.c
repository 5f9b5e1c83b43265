#include "ledger/test_keys.h"

#include "base/time.h"

#include "ledger/entry.h"
#include "ledger/segment.h"

#include <sys/stat.h>

static json_t *
status(FnLog *log)
{
	g_autofree char *text = fn_log_status(log);
	json_t *json = fn_json_parse(text, strlen(text), NULL);

	g_assert_nonnull(json);
	return json;
}

static gint64
status_int(FnLog *log, const char *name)
{
	json_t *json = status(log);
	gint64 value = json_integer_value(json_object_get(json, name));

	json_decref(json);
	return value;
}

/* The numbers of the entries that test_append() made, in order. */
static void
check_entries(FnLog *log, guint64 size)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	char before[FN_TIME_SIZE + 1] = "";
	guint64 index = 0;

	while (index < size) {
		gsize at = 0;

		g_byte_array_set_size(out, 0);
		g_assert_true(fn_log_read(log, index, 100, 1u << 20, out, NULL));
		g_assert_cmpuint(out->len, >, 0);
		for (; at < out->len; index++) {
			gsize length = (gsize)out->data[at] << 8 | out->data[at + 1];
			FnEntry entry;

			g_assert_true(fn_entry_parse((const char *)out->data + at + 2, length, &entry));
			g_assert_cmpint(strncmp(before, entry.time.text, FN_TIME_SIZE), <=, 0);
			memcpy(before, entry.time.text, FN_TIME_SIZE);
			if (fn_span_is(entry.event, "test")) {
				g_autofree char *text = g_strndup(entry.body.text, entry.body.size);
				json_t *body = fn_json_parse(text, entry.body.size, NULL);

				g_assert_true(json_is_integer(json_object_get(body, "n")));
				json_decref(body);
			}
			at += 2 + length;
		}
	}
	g_byte_array_set_size(out, 0);
	g_assert_true(fn_log_read(log, status_int(log, "durable"), 10, 1000, out, NULL));
	g_assert_cmpuint(out->len, ==, 0);
}

static void
test_first_steps(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLog *log = test_open(directory, keys);
	const char *body = "{\"event\":\"share.query\",\"subject\":\"d1\"}";
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autofree char *hex = NULL;
	g_autoptr(GError) error = NULL;
	guint8 salt[FN_SALT_SIZE];
	guint64 index = 99;
	FnEntry entry;

	g_assert_null(fn_log_head(log, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET);
	g_assert_true(fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_3Y, body, strlen(body), &index, salt, NULL));
	g_assert_cmpuint(index, ==, 0);
	g_assert_true(fn_log_read(log, 0, 1, 1000, out, NULL));
	g_assert_true(fn_entry_parse((const char *)out->data + 2, out->len - 2, &entry));
	g_assert_true(fn_span_is(entry.body, body));
	g_assert_true(fn_span_is(entry.from, "gate"));
	g_assert_cmpint(entry.class, ==, FN_CLASS_3Y);
	hex = fn_hex(salt, sizeof(salt));
	g_assert_true(fn_span_is(entry.salt, hex));
	fn_log_close(log);
	log = test_open(directory, keys);
	check_entries(log, 1);
	g_assert_cmpint(status_int(log, "durable"), ==, 1);
	fn_log_close(log);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "{}", "{\"event\":1}", "{\"event\":\"\"}", "{\"event\": \"x\"}", "[\"event\"]", "{\"event\":\"x\"}x" };
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(FnLog) log = test_open(directory, NULL);
	g_autofree char *fill = g_strnfill(FN_ENTRY_MAX - FN_ENVELOPE_MAX - 23, 'x');
	g_autofree char *largest = g_strdup_printf("{\"event\":\"x\",\"fill\":\"%s\"}", fill);
	g_autofree char *larger = g_strdup_printf("{\"event\":\"x\",\"fill\":\"%sx\"}", fill);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, bad[i], strlen(bad[i]), NULL, NULL, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY);
	}
	g_assert_false(fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, larger, strlen(larger), NULL, NULL, NULL));
	g_assert_false(fn_log_append_wait(log, FN_ROLE_GATE, (FnClass)0, largest, strlen(largest), NULL, NULL, NULL));
	g_assert_false(fn_log_append_wait(log, FN_ROLE_GATE, (FnClass)5, largest, strlen(largest), NULL, NULL, NULL));
	g_assert_true(fn_log_append_wait(log, FN_ROLE_INSPECT, FN_CLASS_6M, largest, strlen(largest), NULL, NULL, NULL));
	check_entries(log, 1);
}

static void
test_one_writer(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(FnLog) log = test_open(directory, NULL);
	FnLogOptions options = test_options(directory, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(log);
	g_assert_null(fn_log_open(&options, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	g_assert_nonnull(strstr(error->message, "in use"));
}

static void
test_origin_stays(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	FnLogOptions options = test_options(directory, NULL);
	g_autoptr(GError) error = NULL;

	fn_log_close(test_open(directory, NULL));
	options.origin = "log.test.example/two";
	g_assert_null(fn_log_open(&options, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	options.origin = "";
	fn_log_close(fn_log_open(&options, NULL));
}

static guint
count_segments(const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "segments", NULL);
	GDir *folder = g_dir_open(path, 0, NULL);
	guint count = 0;

	while (g_dir_read_name(folder) != NULL)
		count++;
	g_dir_close(folder);
	return count;
}

/* Over many segments, with a restart after every batch, single and in commits of many. */
static void
test_segments(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	guint size = 0;

	for (guint round = 0; round < 12; round++) {
		g_autoptr(FnLog) log = test_open(directory, keys);
		guint before = (guint)status_int(log, "durable");

		test_append(log, size, 3 + 5 * round);
		size += 3 + 5 * round;
		test_append_many(log, size, 1 + 97 * round);
		size += 1 + 97 * round;
		if (round % 3 == 1)
			g_assert_true(fn_log_publish(log, NULL));
		g_assert_cmpint(status_int(log, "durable"), >=, before + 4 + 102 * round);
		check_entries(log, (guint64)status_int(log, "durable"));
	}
	g_assert_cmpuint(count_segments(directory), >, 20);
}

static void
test_heads(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_log_publish(log, NULL));
	g_assert_cmpuint(keys->signed_times, ==, 0);
	test_append(log, 0, 5);
	g_assert_true(fn_log_publish(log, NULL));
	g_assert_cmpuint(keys->signed_times, ==, 2);
	g_assert_cmpint(status_int(log, "signed"), ==, 5);
	test_append(log, 5, 1); /* waits until the head's own entry is durable, too */
	g_assert_cmpint(status_int(log, "durable"), ==, 7);
	g_assert_true(fn_log_publish(log, NULL));
	g_assert_cmpint(status_int(log, "signed"), ==, 7);
	for (guint i = 0; i < 100 && status_int(log, "durable") < 8; i++)
		g_usleep(10000);
	g_assert_cmpint(status_int(log, "durable"), ==, 8);
	g_assert_true(fn_log_publish(log, NULL)); /* nothing but a head is new: no head */
	g_assert_cmpint(status_int(log, "signed"), ==, 7);
	keys->away = TRUE;
	test_append(log, 6, 300);
	g_assert_false(fn_log_publish(log, &error));
	g_assert_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT);
	test_append(log, 306, 1);
	keys->away = FALSE;
	g_assert_true(fn_log_publish(log, NULL));
	g_assert_cmpint(status_int(log, "signed"), ==, 309);
}

/* Without the keeper, over a restart; then heads catch up. */
static void
test_catch_up(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLog *log = test_open(directory, keys);

	keys->away = TRUE;
	test_append_many(log, 0, 700);
	g_assert_false(fn_log_publish(log, NULL));
	fn_log_close(log);
	log = test_open(directory, keys);
	g_assert_false(fn_log_publish(log, NULL));
	keys->away = FALSE;
	g_assert_true(fn_log_publish(log, NULL));
	g_assert_cmpint(status_int(log, "signed"), ==, 700);
	fn_log_close(log);
}

static void
test_other_keys(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestKeys) others = test_keys_new();
	FnLog *log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;

	test_append(log, 0, 3);
	g_assert_true(fn_log_publish(log, NULL));
	fn_log_close(log);
	log = test_open(directory, others);
	test_append(log, 3, 3);
	g_assert_false(fn_log_publish(log, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	g_assert_cmpint(status_int(log, "signed"), ==, 3);
	fn_log_close(log);
}

static void
test_reserve(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	FnLogOptions options = test_options(directory, NULL);
	const char *query = "{\"event\":\"share.query\"}", *prune = "{\"event\":\"admin.prune\"}";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnLog) log = NULL;

	options.reserve = G_MAXINT64;
	log = fn_log_open(&options, NULL);
	g_assert_false(fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, query, strlen(query), NULL, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RESERVE);
	g_assert_true(fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, prune, strlen(prune), NULL, NULL, NULL));
	g_assert_true(fn_log_append_wait(log, FN_ROLE_CLOCK, FN_CLASS_6M, query, strlen(query), NULL, NULL, NULL));
	g_assert_true(fn_log_append_wait(log, FN_ROLE_ADMIN, FN_CLASS_6M, query, strlen(query), NULL, NULL, NULL));
}

static void
check_last_time(FnLog *log, gint64 wanted)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autofree char *text = fn_time_format(wanted);
	FnEntry entry;

	g_assert_true(fn_log_read(log, (guint64)status_int(log, "durable") - 1, 1, 100000, out, NULL));
	g_assert_true(fn_entry_parse((const char *)out->data + 2, out->len - 2, &entry));
	g_assert_true(fn_span_is(entry.time, text));
}

/* The machine's clock goes back one hour, also while the log is closed: times stand still until it has caught up. */
static void
test_clock_back(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLogOptions options = test_options(directory, keys);
	gint64 start = fn_time_now(), now = start;
	g_autoptr(GError) error = NULL;
	FnLog *log;

	options.clock = test_keys_clock;
	options.clock_data = &now;
	log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	test_append(log, 0, 3);
	now = start - G_TIME_SPAN_HOUR;
	test_append(log, 3, 3);
	check_last_time(log, start);
	fn_log_close(log);
	log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	test_append(log, 6, 3);
	check_last_time(log, start);
	now = start + 5;
	test_append(log, 9, 3);
	check_last_time(log, now);
	g_assert_true(fn_log_publish(log, NULL));
	fn_log_close(log);
	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
}

/* Entries of very different sizes are each found alone, wherever in its bundle, as they are among the others. */
static void
test_uneven(void)
{
	enum { ENTRIES = 2 * FN_BUNDLE + 70, LONGEST = 6000 };
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(GRand) rand = g_rand_new_with_seed(0x5eed6);
	g_autoptr(GByteArray) all = g_byte_array_new();
	g_autofree char *filling = g_strnfill(LONGEST, 'x');
	FnLog *log = test_open(directory, keys);
	gsize at = 0;

	for (guint i = 0; i < ENTRIES; i++) {
		gboolean large = i < FN_BUNDLE ? i > 200 : i < 2 * FN_BUNDLE ? i < FN_BUNDLE + 60 : g_rand_int_range(rand, 0, 9) == 0;
		int length = large ? g_rand_int_range(rand, 3000, LONGEST) : 1;
		g_autofree char *body = g_strdup_printf("{\"event\":\"test\",\"n\":%u,\"x\":\"%.*s\"}", i, length, filling);

		g_assert_true(fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), NULL, NULL, NULL));
	}
	g_assert_true(fn_log_read(log, 0, ENTRIES, 64u << 20, all, NULL));
	for (guint i = 0; i < ENTRIES; i++) {
		g_autoptr(GByteArray) one = g_byte_array_new();

		g_assert_true(fn_log_read(log, i, 1, FN_ENTRY_MAX + 2, one, NULL));
		g_assert_cmpuint(one->len, >, 2);
		g_assert_cmpuint(at + one->len, <=, all->len);
		g_assert_true(memcmp(all->data + at, one->data, one->len) == 0);
		at += one->len;
	}
	g_assert_cmpuint(at, ==, all->len);
	fn_log_close(log);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/log/first-steps", test_first_steps);
	g_test_add_func("/ledger/log/refused", test_refused);
	g_test_add_func("/ledger/log/one-writer", test_one_writer);
	g_test_add_func("/ledger/log/origin-stays", test_origin_stays);
	g_test_add_func("/ledger/log/segments", test_segments);
	g_test_add_func("/ledger/log/heads", test_heads);
	g_test_add_func("/ledger/log/catch-up", test_catch_up);
	g_test_add_func("/ledger/log/other-keys", test_other_keys);
	g_test_add_func("/ledger/log/reserve", test_reserve);
	g_test_add_func("/ledger/log/clock-back", test_clock_back);
	g_test_add_func("/ledger/log/uneven", test_uneven);
	return g_test_run();
}
