/* Batches: whole, limited, cut by the caller, cut by a restart. */
#include "share/test_world.h"

#include "share/cursor.h"
#include "share/rows.h"
#include "share/warden.h"

#include <string.h>

typedef struct {
	World *w;
} Fixture;

static void
set_up(Fixture *f, gconstpointer conf)
{
	f->w = world_new("suite = gm\nstreams = 4\n");
	world_add_grant(f->w, &(WorldGrant){ .id = "b1", .mode = "batch" });
	world_start_gate(f->w);
	world_wait_ready(f->w);
}

static void
tear_down(Fixture *f, gconstpointer conf)
{
	world_free(f->w);
}

static Ask
batch_of(const char *grant, const char *body)
{
	return (Ask){ .path = "/share/v1/371400-A-1/batch", .grant = grant, .body = body };
}

/* The last line as an object; json_decref() it. @size_out: bytes before it. */
static json_t *
last_line(const Answer *answer, gsize *size_out)
{
	gsize at = answer->body->len - 1;
	json_t *line;

	g_assert_cmpint(answer->body->str[at], ==, '\n');
	while (at > 0 && answer->body->str[at - 1] != '\n')
		at--;
	line = fn_json_parse(answer->body->str + at, answer->body->len - at, NULL);
	g_assert_nonnull(json_object_get(line, "@end"));
	*size_out = at;
	return line;
}

static guint
lines_of(const Answer *answer)
{
	guint n = 0;

	for (gsize i = 0; i < answer->body->len; i++)
		n += answer->body->str[i] == '\n';
	return n;
}

/* The entries of one stream tell what left: opening, progress before each further 4 MiB, closing with the digest of all. */
static void
check_entries(World *w, guint64 before, const Answer *answer, gsize size, const char *result)
{
	json_t *entries = world_entries(w, before), *last = json_array_get(entries, json_array_size(entries) - 1);
	g_autofree char *id = answer_header(answer, "Fengni-Receipt");
	char digest[FN_DIGEST_TEXT];

	g_assert_cmpuint(count_entries(entries, "share.batch.open", "result", "permitted"), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.close", "stream", id), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.open", "address", "10.0.0.9"), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.close", "address", "10.0.0.9"), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.progress", "stream", id), >=, size / (4 << 20) - (size % (4 << 20) == 0));
	fn_share_digest_text(FN_SUITE_GM, answer->body->str, size, digest);
	g_assert_cmpstr(body_text(last, "digest"), ==, digest);
	g_assert_cmpstr(body_text(last, "result"), ==, result);
	g_assert_cmpint(json_integer_value(json_object_get(last, "bytes")), ==, size);
	json_decref(entries);
}

static void
test_whole(Fixture *f, gconstpointer unused)
{
	Ask ask = batch_of("b1", "{}");
	guint64 before = world_size(f->w);
	Answer answer = world_ask(f->w, &ask);
	json_t *last, *end, *first;
	gsize size;

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(answer.whole);
	g_assert_cmpuint(lines_of(&answer), ==, WORLD_PEOPLE + 1);
	last = last_line(&answer, &size);
	end = json_object_get(last, "@end");
	g_assert_true(json_is_true(json_object_get(end, "complete")));
	g_assert_cmpint(json_integer_value(json_object_get(end, "rows")), ==, WORLD_PEOPLE);
	g_assert_cmpuint(size, >, 5 << 20);
	check_entries(f->w, before, &answer, size, "complete");
	first = fn_json_parse(answer.body->str, (gsize)(strchr(answer.body->str, '\n') - answer.body->str), NULL);
	g_assert_cmpuint(json_object_size(first), ==, 3);
	g_assert_null(strstr(answer.body->str, "ID0000"));
	json_decref(first);
	json_decref(last);
	answer_clear(&answer);
}

/* Three limited batches one after the other give each row once; the cursor tells nothing. */
static void
test_cursor(Fixture *f, gconstpointer unused)
{
	g_autofree char *body = g_strdup("{\"limit\":25000}"), *kept = NULL;
	guint rows = 0;
	gsize size;

	for (guint i = 0; i < 3; i++) {
		Ask ask = batch_of("b1", body);
		Answer answer = world_ask(f->w, &ask);
		json_t *last = last_line(&answer, &size);
		const json_t *end = json_object_get(last, "@end");
		g_autofree char *town = g_strdup_printf("town %u\"", i * 25000 % 7);

		g_assert_cmpint(json_is_true(json_object_get(end, "complete")), ==, i == 2);
		rows += (guint)json_integer_value(json_object_get(end, "rows"));
		g_assert_nonnull(strstr(answer.body->str, town));
		g_assert_true(strstr(answer.body->str, town) < strchr(answer.body->str, '\n'));
		g_assert_null(strstr(body_text(end, "next"), "0024999"));
		g_free(body);
		body = g_strdup_printf("{\"limit\":25000,\"after\":\"%s\"}", body_text(end, "next"));
		if (i == 0)
			kept = g_strdup(body);
		json_decref(last);
		answer_clear(&answer);
	}
	g_assert_cmpuint(rows, ==, WORLD_PEOPLE);
	/* another grant's cursor, and one that was touched */
	world_add_grant(f->w, &(WorldGrant){ .id = "b2", .mode = "batch" });
	world_raise(f->w);
	for (guint i = 0; i < 2; i++) {
		Ask ask = batch_of(i == 0 ? "b2" : "b1", kept);
		Answer answer;

		if (i == 1)
			kept[strlen(kept) - 20] ^= 1;
		answer = world_ask(f->w, &ask);
		g_assert_cmpuint(answer.status, ==, 400);
		g_assert_nonnull(strstr(answer.body->str, "cursor_wrong"));
		answer_clear(&answer);
	}
}

static void
test_csv(Fixture *f, gconstpointer unused)
{
	Ask ask = batch_of("b1", "{\"limit\":3,\"format\":\"csv\",\"fields\":[\"town\",\"name\"]}");
	guint64 before = world_size(f->w);
	Answer answer = world_ask(f->w, &ask);
	g_auto(GStrv) line = g_strsplit(answer.body->str, "\n", -1);

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_cmpuint(g_strv_length(line), ==, 6);
	g_assert_cmpstr(line[0], ==, "town,name");
	g_assert_true(g_str_has_prefix(line[1], "town 0,王"));
	g_assert_true(g_str_has_prefix(line[4], "# complete=false rows=3 receipt="));
	g_assert_nonnull(strstr(line[4], " next="));
	check_entries(f->w, before, &answer, (gsize)(strstr(answer.body->str, "# ") - answer.body->str), "limit");
	answer_clear(&answer);
}

/* Rows count; when the quota ends, the batch ends there and says so. */
static void
test_quota(Fixture *f, gconstpointer unused)
{
	Ask ask = batch_of("q", "{}");
	Answer answer;
	json_t *last;
	gsize size;

	world_add_grant(f->w, &(WorldGrant){ .id = "q", .mode = "batch", .quota = 1000 });
	world_raise(f->w);
	answer = world_ask(f->w, &ask);
	last = last_line(&answer, &size);
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(last, "@end"), "rows")), ==, 1000);
	g_assert_cmpstr(body_text(json_object_get(last, "@end"), "result"), ==, "quota");
	g_assert_cmpuint(lines_of(&answer), ==, 1001);
	json_decref(last);
	answer_clear(&answer);
	answer = world_ask(f->w, &ask);
	g_assert_cmpuint(answer.status, ==, 429);
	answer_clear(&answer);
	world_stop_gate(f->w);
	world_start_gate(f->w);
	world_wait_ready(f->w);
	answer = world_ask(f->w, &ask);
	g_assert_cmpuint(answer.status, ==, 429);
	answer_clear(&answer);
}

/* Rows that hold more than the grant allows: the batch ends before the step that has them, and says so; what left is whole. */
static void
test_rescan(Fixture *f, gconstpointer unused)
{
	enum { STEP = 256, RELEASED = WORLD_NOTED / STEP * STEP };
	Ask ask = batch_of("note", "{}");
	guint64 before;
	Answer answer;
	json_t *last, *entries, *entry;
	gsize size;

	world_add_grant(f->w, &(WorldGrant){ .id = "note", .mode = "batch", .note_level = 2, .quota = 5000 });
	world_add_grant(f->w, &(WorldGrant){ .id = "allowed", .mode = "batch", .note_level = 3 });
	world_raise(f->w);
	before = world_size(f->w);
	answer = world_ask(f->w, &ask);
	g_assert_true(answer.whole);
	g_assert_cmpuint(lines_of(&answer), ==, RELEASED + 1);
	g_assert_null(strstr(answer.body->str, WORLD_NUMBER));
	last = last_line(&answer, &size);
	g_assert_cmpstr(body_text(json_object_get(last, "@end"), "result"), ==, "stopped");
	g_assert_true(json_is_false(json_object_get(json_object_get(last, "@end"), "complete")));
	check_entries(f->w, before, &answer, size, "stopped");
	entries = world_entries(f->w, before);
	entry = json_array_get(entries, json_array_size(entries) - 1);
	g_assert_cmpstr(body_text(entry, "code"), ==, "output_above_grant");
	g_assert_cmpstr(body_text(entry, "field"), ==, "note");
	g_assert_cmpint(json_integer_value(json_object_get(entry, "count")), ==, 1);
	g_assert_cmpint(json_integer_value(json_object_get(entry, "rows")), ==, RELEASED);
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(entry, "detectors"), 0)), ==, "cn.resident_id");
	g_assert_cmpint(fn_quotas_used(f->w->share->quotas, "note", fn_time_now()), ==, RELEASED);
	/* going on where it ended gives no row more */
	g_autofree char *body = g_strdup_printf("{\"after\":\"%s\"}", body_text(json_object_get(last, "@end"), "next"));

	answer_clear(&answer);
	ask.body = body;
	answer = world_ask(f->w, &ask);
	g_assert_cmpuint(lines_of(&answer), ==, 1);
	answer_clear(&answer);
	/* as CSV */
	ask.body = "{\"format\":\"csv\"}";
	answer = world_ask(f->w, &ask);
	g_assert_true(answer.whole);
	g_assert_cmpuint(lines_of(&answer), ==, 1 + RELEASED + 1);
	g_assert_nonnull(strstr(answer.body->str, "\n# complete=false rows="));
	g_assert_null(strstr(answer.body->str, WORLD_NUMBER));
	answer_clear(&answer);
	/* the same rows where the field's level allows it */
	ask = batch_of("allowed", "{}");
	answer = world_ask(f->w, &ask);
	g_assert_cmpuint(lines_of(&answer), ==, WORLD_PEOPLE + 1);
	g_assert_nonnull(strstr(answer.body->str, WORLD_NUMBER));
	json_decref(last);
	json_decref(entries);
	answer_clear(&answer);
}

static guint
wait_for_close(World *w, guint64 before, const char *result)
{
	guint n = 0;

	for (guint i = 0; i < 400 && n == 0; i++) {
		json_t *entries = world_entries(w, before);

		n = count_entries(entries, "share.batch.close", "result", result);
		json_decref(entries);
		g_usleep(10000);
	}
	return n;
}

/* A caller who leaves half-way: entered as broken, and the thread is free again. */
static void
test_caller_leaves(Fixture *f, gconstpointer unused)
{
	Ask ask = batch_of("b1", "{}");
	guint64 before = world_size(f->w);

	for (guint i = 0; i < 6; i++) { /* more than there are threads */
		g_autofree char *text = ask_text(f->w, &ask);
		int fd = world_connect(f->w);
		Answer answer;

		before = world_size(f->w);
		test_http_send(fd, text, strlen(text));
		answer = test_http_receive(fd, 100000);
		g_assert_cmpuint(answer.status, ==, 200);
		g_assert_false(answer.whole);
		answer_clear(&answer);
		close(fd);
		g_assert_cmpuint(wait_for_close(f->w, before, "broken"), ==, 1);
	}
}

/* A grant that is suspended while its stream runs: the stream is cut. */
static void
test_suspended_meanwhile(Fixture *f, gconstpointer unused)
{
	Ask ask = batch_of("b1", "{}");
	g_autofree char *text = ask_text(f->w, &ask);
	guint64 before = world_size(f->w);
	int fd = world_connect(f->w);
	Answer answer, rest;

	test_http_send(fd, text, strlen(text));
	answer = test_http_receive(fd, 1000); /* the rest waits: the ring is full long before the end */
	g_assert_cmpuint(answer.status, ==, 200);
	world_set_state(f->w, "b1", "suspended");
	rest = test_http_receive(fd, G_MAXSSIZE);
	g_assert_null(strstr(rest.head->str, "@end"));
	g_assert_null(strstr(rest.body->str, "@end"));
	g_assert_cmpuint(wait_for_close(f->w, before, "broken"), ==, 1);
	answer_clear(&answer);
	answer_clear(&rest);
	close(fd);
}

/* Half of the threads at most work for one source; the others are told to come again. */
static void
test_bounded(Fixture *f, gconstpointer unused)
{
	Ask ask = batch_of("b1", "{}");
	g_autofree char *text = ask_text(f->w, &ask);
	int fd[2];
	Answer answer;

	for (guint i = 0; i < 2; i++) {
		fd[i] = world_connect(f->w);
		test_http_send(fd[i], text, strlen(text));
		answer = test_http_receive(fd[i], 500);
		g_assert_cmpuint(answer.status, ==, 200);
		answer_clear(&answer);
	}
	answer = world_ask(f->w, &ask);
	g_assert_cmpuint(answer.status, ==, 503);
	g_assert_nonnull(strstr(answer.body->str, "busy"));
	answer_clear(&answer);
	close(fd[0]);
	close(fd[1]);
}

/* What a killed gate left open is closed at the next start, once. */
static void
test_dangling(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	FnShareEntry open = FN_SHARE_ENTRY("share.batch.open"), progress = FN_SHARE_ENTRY("share.batch.progress");
	char id[FN_RECEIPT_ID_SIZE];
	guint64 before = world_size(w);
	json_t *entries;

	open.grant = progress.grant = "b1";
	open.organization = "B";
	open.address = "10.0.0.8";
	g_assert_true(fn_share_enter(w->share, FN_CLASS_3Y, &open, id, NULL));
	progress.stream = id;
	progress.rows = 12;
	g_assert_true(fn_share_enter(w->share, FN_CLASS_3Y, &progress, NULL, NULL));
	for (guint i = 0; i < 2; i++) {
		world_stop_gate(w);
		world_start_gate(w);
		world_wait_ready(w);
	}
	entries = world_entries(w, before);
	g_assert_cmpuint(count_entries(entries, "share.batch.close", "stream", id), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.close", "code", "gate_restarted"), ==, 1);
	g_assert_cmpuint(count_entries(entries, "share.batch.close", "address", "10.0.0.8"), ==, 1);
	json_decref(entries);
}

/* ---- rows as text ---- */

static const char *const fields[] = { "a", "b", NULL };

static char *
row_text(const char *a, const char *b, gboolean csv)
{
	const char *values[2] = { a, b }, **columns[2] = { &values[0], &values[1] };
	guint32 sizes[2] = { a != NULL ? (guint32)strlen(a) : 0, b != NULL ? (guint32)strlen(b) : 0 }, *lengths[2] = { &sizes[0], &sizes[1] };
	FnRowBatch batch = { .columns = 2, .rows = 1, .value = columns, .size = lengths };
	GString *out = g_string_new(NULL);

	if (csv)
		fn_rows_csv(out, fields, &batch, 0);
	else
		fn_rows_json(out, fields, &batch, 0);
	return g_string_free(out, FALSE);
}

static void
test_rows(void)
{
	static const struct {
		const char *a, *b, *csv, *json;
	} cases[] = {
		{ "x", "y", "x,y\n", "{\"a\":\"x\",\"b\":\"y\"}" },
		{ NULL, "", ",\"\"\n", "{\"a\":null,\"b\":\"\"}" },
		{ "a,b", "say \"no\"", "\"a,b\",\"say \"\"no\"\"\"\n", "{\"a\":\"a,b\",\"b\":\"say \\\"no\\\"\"}" },
		{ "# x", "two\nlines", "\"# x\",\"two\nlines\"\n", "{\"a\":\"# x\",\"b\":\"two\\nlines\"}" },
		{ " x", "x ", "\" x\",\"x \"\n", "{\"a\":\" x\",\"b\":\"x \"}" },
		{ "封\r", "\"", "\"封\r\",\"\"\"\"\n", "{\"a\":\"封\\r\",\"b\":\"\\\"\"}" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *csv = row_text(cases[i].a, cases[i].b, TRUE), *json = row_text(cases[i].a, cases[i].b, FALSE);

		g_assert_cmpstr(csv, ==, cases[i].csv);
		g_assert_cmpstr(json, ==, cases[i].json);
	}
}

static void
test_sealed_cursor(void)
{
	static const char *const bad[] = { "", "A", "AAAA", "====", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	guint8 key[32] = { 1 }, other[32] = { 2 };

	for (guint suite = FN_SUITE_GM; suite <= FN_SUITE_INTL; suite++)
		for (gsize n = 0; n < 40; n++) {
			g_autofree char *value = g_strnfill(n, 'v'), *cursor = fn_cursor_seal((FnSuite)suite, key, "g1", value, n);
			g_autofree char *open = fn_cursor_open((FnSuite)suite, key, "g1", cursor);

			g_assert_cmpstr(open, ==, value);
			g_assert_null(fn_cursor_open((FnSuite)suite, key, "g2", cursor));
			g_assert_null(fn_cursor_open((FnSuite)suite, other, "g1", cursor));
			g_assert_null(strpbrk(cursor, "+/="));
		}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_null(fn_cursor_open(FN_SUITE_GM, key, "g1", bad[i]));
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/batch/rows", test_rows);
	g_test_add_func("/batch/sealed-cursor", test_sealed_cursor);
	ADD("/batch/whole", test_whole);
	ADD("/batch/cursor", test_cursor);
	ADD("/batch/csv", test_csv);
	ADD("/batch/quota", test_quota);
	ADD("/batch/rescan", test_rescan);
	ADD("/batch/caller-leaves", test_caller_leaves);
	ADD("/batch/suspended-meanwhile", test_suspended_meanwhile);
	ADD("/batch/bounded", test_bounded);
	ADD("/batch/dangling", test_dangling);
	return g_test_run();
}
