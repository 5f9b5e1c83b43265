/* The witness behind its socket: bytes in, bytes out, and what is too much. */
#include "witness/testing.h"

#include "http/test_client.h"

typedef struct {
	TestWorld world;
	FnWitnessServer *server;
	char *path;
} Fixture;

static void
ignore_alarm(const char *text)
{
}

static void
start(Fixture *fixture, gconstpointer rate)
{
	g_autofree char *conf = NULL;
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	int fd;

	test_world_start(&fixture->world, FALSE);
	conf = g_build_filename(fixture->world.directory, "witness.conf", NULL);
	text = g_strdup_printf("name = witness.test.example/w\nlisten = ./witness.sock\nrate = %s\nlog = %s\n", (const char *)rate, fixture->world.log_key);
	g_assert_true(g_file_set_contents(conf, text, -1, NULL));
	test_reopen(&fixture->world);
	fixture->path = g_build_filename(fixture->world.directory, "witness.sock", NULL);
	g_assert_cmpstr(fn_witness_listen(fixture->world.witness), ==, fixture->path);
	fd = fn_witness_bind(fixture->world.witness, &error);
	g_assert_no_error(error);
	fixture->server = fn_witness_serve(fixture->world.witness, fd, ignore_alarm, &error);
	g_assert_no_error(error);
}

static void
stop(Fixture *fixture, gconstpointer rate)
{
	fn_witness_server_free(fixture->server);
	g_free(fixture->path);
	test_world_stop(&fixture->world);
}

/* @declared bytes are announced, @size of @body are sent: what is too much is refused before it is read. */
static Answer
post_declared(const Fixture *fixture, gsize declared, const char *body, gsize size)
{
	g_autofree char *head = g_strdup_printf("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
		declared);
	int fd = test_http_connect(fixture->path);
	Answer answer;

	test_http_send(fd, head, strlen(head));
	test_http_send(fd, body, size);
	answer = test_http_receive(fd, G_MAXSIZE);
	close(fd);
	return answer;
}

static Answer
post(const Fixture *fixture, const char *body, gsize size)
{
	return post_declared(fixture, size, body, size);
}

static void
test_answers(Fixture *fixture, gconstpointer rate)
{
	g_auto(TestHead) head = test_head(fixture->world.log, 5);
	g_autofree char *first = test_add_checkpoint(&head, 0);
	g_autofree char *type = NULL;
	Answer answer = post(fixture, first, strlen(first));

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(answer.whole && g_str_has_prefix(answer.body->str, "\xe2\x80\x94 witness.test.example/w "));
	answer_clear(&answer);
	answer = post(fixture, first, strlen(first));
	g_assert_cmpuint(answer.status, ==, 409);
	type = answer_header(&answer, "Content-Type");
	g_assert_cmpstr(type, ==, "text/x.tlog.size");
	answer_clear(&answer);
	answer = post_declared(fixture, FN_WITNESS_BODY_MAX + 1, "", 0);
	g_assert_cmpuint(answer.status, ==, 413);
	answer_clear(&answer);
	answer = post(fixture, "old 1\0\n", 7);
	g_assert_cmpuint(answer.status, ==, 400);
	answer_clear(&answer);
}

static void
test_rate(Fixture *fixture, gconstpointer rate)
{
	guint answered = 0, later = 0;

	while (later == 0) {
		Answer answer = post(fixture, "x", 1);
		g_autofree char *again = answer_header(&answer, "Retry-After");

		answered += answer.status == 400;
		later += answer.status == 429 && again != NULL;
		g_assert_true(answer.status == 400 || answer.status == 429);
		answer_clear(&answer);
	}
	g_assert_cmpuint(answered, >=, 1);
}

static void
test_addresses(void)
{
	static const char *const wrong[] = { "8470", "0.0.0.0:8470", "10.0.0.1:1", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "[::]:1", "localhost:1" };

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		TestWorld world = { 0 };
		g_autofree char *conf = NULL;
		g_autofree char *text = g_strdup_printf("name = witness.test.example/w\nlisten = %s\n", wrong[i]);
		g_autoptr(GError) error = NULL;

		test_world_start(&world, FALSE);
		conf = g_build_filename(world.directory, "witness.conf", NULL);
		g_assert_true(g_file_set_contents(conf, text, -1, NULL));
		test_reopen(&world);
		g_assert_cmpint(fn_witness_bind(world.witness, &error), ==, -1);
		g_assert_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN);
		test_world_stop(&world);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/serve/answers", Fixture, "100", start, test_answers, stop);
	g_test_add("/serve/rate", Fixture, "2", start, test_rate, stop);
	g_test_add_func("/serve/addresses", test_addresses);
	return g_test_run();
}
