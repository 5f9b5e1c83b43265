/* The protocol, answer by answer, with a log that behaves and one that went its own way under the same name and keys. */
#include "witness/testing.h"

#include "base/pool.h"

typedef struct {
	TestWorld world;
	TestHead old, new, more, fork; /* of the log: three sizes; of the other: one */
} Fixture;

static void
start(Fixture *fixture, gconstpointer both_trees)
{
	test_world_start(&fixture->world, both_trees != NULL);
	fixture->old = test_head(fixture->world.log, 5);
	fixture->new = test_head(fixture->world.log, 300);
	fixture->more = test_head(fixture->world.log, 7);
	fixture->fork = test_head(fixture->world.fork, 305);
	g_assert_cmpuint(fixture->fork.size, >, fixture->old.size);
}

static void
stop(Fixture *fixture, gconstpointer both_trees)
{
	test_head_clear(&fixture->old);
	test_head_clear(&fixture->new);
	test_head_clear(&fixture->more);
	test_head_clear(&fixture->fork);
	test_world_stop(&fixture->world);
}

/* Posts and expects @status; gives the body back. */
static char *
post(const Fixture *fixture, const char *path, const char *body, guint status)
{
	FnWitnessAnswer answer = test_post(fixture->world.witness, path, body);
	char *text = g_strdup(answer.body);

	if (answer.status != status)
		g_error("%u instead of %u: %s for %s", answer.status, status, answer.body, body);
	g_assert_cmpstr(answer.type, ==, status == 409 ? "text/x.tlog.size" : "text/plain; charset=utf-8");
	fn_witness_answer_clear(&answer);
	return text;
}

static void
expect(const Fixture *fixture, const TestHead *head, guint64 old, guint status)
{
	g_autofree char *body = test_add_checkpoint(head, old);
	g_free(post(fixture, "/add-checkpoint", body, status));
}

static void
expect_head(const Fixture *fixture, const TestHead *head, guint64 old, guint status)
{
	g_autofree char *body = test_add_head(head, old);
	g_free(post(fixture, "/add-head", body, status));
}

static FnNoteKey *
witness_key(const Fixture *fixture)
{
	g_auto(GStrv) word = g_strsplit(fixture->world.witness_line, " ", 2);
	g_autoptr(GError) error = NULL;
	FnNoteKey *key = fn_note_key_parse(word[0], FN_NOTE_COSIGNATURE, &error);

	g_assert_no_error(error);
	return key;
}

/* ---- checkpoints ---- */

static void
test_cosigns(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *body = test_add_checkpoint(&fixture->old, 0);
	g_autofree char *line = post(fixture, "/add-checkpoint", body, 200);
	g_autofree char *whole = g_strconcat(fixture->old.note, line, NULL);
	g_autoptr(FnNoteKey) key = witness_key(fixture);
	g_autoptr(FnNoteKey) log_key = fn_note_key_parse(fixture->world.log_key, FN_NOTE_ED25519, NULL);
	g_autoptr(GError) error = NULL;
	FnCheckpoint note;
	guint64 time;

	g_assert_true(fn_checkpoint_parse(whole, strlen(whole), &note, &error));
	g_assert_true(fn_checkpoint_verify(&note, log_key, NULL, &error));
	g_assert_true(fn_cosignature_find(note.lines, note.body, key, NULL, &time, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(time, >, 1700000000);
	expect(fixture, &fixture->new, fixture->old.size, 200);
	expect(fixture, &fixture->new, fixture->new.size, 200); /* the same once more: a fresh time */
	expect(fixture, &fixture->more, fixture->new.size, 200);
}

typedef struct {
	const char *name;
	char *(*body)(const Fixture *fixture); /* after the size of `old` was cosigned */
	guint status;
} Refusal;

static char *
replaced(char *text, const char *from, const char *to)
{
	g_auto(GStrv) part = g_strsplit(text, from, 2);
	char *result;

	g_assert_cmpuint(g_strv_length(part), ==, 2);
	result = g_strjoinv(to, part);
	g_free(text);
	return result;
}

static char *
right(const Fixture *fixture)
{
	return test_add_checkpoint(&fixture->new, fixture->old.size);
}

static char *
is_empty(const Fixture *fixture)
{
	return g_strdup("");
}

static char *
leading_zero(const Fixture *fixture)
{
	return replaced(right(fixture), "old ", "old 0");
}

static char *
no_old(const Fixture *fixture)
{
	return replaced(right(fixture), "old ", "new ");
}

static char *
no_end(const Fixture *fixture)
{
	char *body = right(fixture);

	body[strlen(body) - 1] = '\0';
	return body;
}

static char *
no_empty_line(const Fixture *fixture)
{
	return replaced(right(fixture), "\n\nlog.", "\nlog.");
}

static char *
carriage_return(const Fixture *fixture)
{
	return replaced(right(fixture), "\n", "\r\n");
}

static char *
long_proof(const Fixture *fixture)
{
	g_autoptr(GString) many = g_string_new("\n");

	for (guint i = 0; i < 64; i++)
		g_string_append(many, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	g_string_append_c(many, '\n');
	return replaced(right(fixture), "\n\n", many->str);
}

static char *
short_hash(const Fixture *fixture)
{
	return replaced(right(fixture), "=\n", "\n");
}

static char *
old_above(const Fixture *fixture)
{
	g_autofree char *old = g_strdup_printf("old %" G_GUINT64_FORMAT "\n", fixture->new.size + 1);
	g_autofree char *before = g_strdup_printf("old %" G_GUINT64_FORMAT "\n", fixture->old.size);

	return replaced(right(fixture), before, old);
}

static char *
unknown_log(const Fixture *fixture)
{
	return replaced(right(fixture), "\n\nlog.", "\n\nlag.");
}

static char *
unsigned_note(const Fixture *fixture)
{
	return replaced(right(fixture), "\xe2\x80\x94 log.", "\xe2\x80\x94 lag.");
}

static char *
other_size(const Fixture *fixture)
{
	g_autofree char *size = g_strdup_printf("one\n%" G_GUINT64_FORMAT "\n", fixture->new.size);

	return replaced(right(fixture), size, "one\n999\n");
}

/* The signature of the smaller head under the larger one. */
static char *
other_signature(const Fixture *fixture)
{
	const char *small = strstr(fixture->old.note, "\xe2\x80\x94"), *large = strstr(fixture->new.note, "\xe2\x80\x94");

	return replaced(right(fixture), large, small);
}

static char *
wrong_old(const Fixture *fixture)
{
	return test_add_checkpoint(&fixture->more, fixture->new.size);
}

static char *
from_nothing(const Fixture *fixture)
{
	return test_add_checkpoint(&fixture->new, 0);
}

/* A proof line of another place. */
static char *
changed_proof(const Fixture *fixture)
{
	char *body = right(fixture), *hash = strchr(body, '\n') + 1;

	hash[0] = hash[0] == 'A' ? 'B' : 'A';
	return body;
}

static char *
no_proof(const Fixture *fixture)
{
	return g_strdup_printf("old %" G_GUINT64_FORMAT "\n\n%s", fixture->old.size, fixture->new.note);
}

static char *
proof_for_the_same(const Fixture *fixture)
{
	return g_strdup_printf("old %" G_GUINT64_FORMAT "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n%s", fixture->old.size, fixture->old.note);
}

static char *
fork_above(const Fixture *fixture)
{
	return test_add_checkpoint(&fixture->fork, fixture->old.size);
}

static const Refusal refusals[] = {
	{ "is empty", is_empty, 400 },
	{ "a size with a leading zero", leading_zero, 400 },
	{ "no old size", no_old, 400 },
	{ "no line end", no_end, 400 },
	{ "no empty line", no_empty_line, 400 },
	{ "a carriage return", carriage_return, 400 },
	{ "a proof of 64 lines", long_proof, 400 },
	{ "a hash that is too short", short_hash, 400 },
	{ "an old size above the new", old_above, 400 },
	{ "an unknown log", unknown_log, 404 },
	{ "a signature under another name", unsigned_note, 403 },
	{ "a size that was not signed", other_size, 403 },
	{ "a signature of another head", other_signature, 403 },
	{ "an old size that is not ours", wrong_old, 409 },
	{ "as if nothing was cosigned", from_nothing, 409 },
	{ "a proof that was changed", changed_proof, 422 },
	{ "no proof", no_proof, 422 },
	{ "a proof where there is nothing to prove", proof_for_the_same, 422 },
	{ "a log that went its own way", fork_above, 422 },
};

static void
test_refusals(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "\n", fixture->old.size);

	expect(fixture, &fixture->old, 0, 200);
	for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autofree char *body = refusals[i].body(fixture);
		g_autofree char *answer = NULL;

		g_test_message("%s", refusals[i].name);
		answer = post(fixture, "/add-checkpoint", body, refusals[i].status);
		if (refusals[i].status == 409)
			g_assert_cmpstr(answer, ==, size);
	}
	/* None of this moved it. */
	expect(fixture, &fixture->new, fixture->old.size, 200);
}

/* A key of somebody else under the right name: its lines do not count. */
static void
test_wrong_key(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree TestDirectory *directory = test_directory_new();
	FnLog *log = test_open(directory, keys);
	g_auto(TestHead) head = test_head(log, 3);
	g_autofree char *before = NULL;
	g_autofree char *both = NULL;

	expect(fixture, &head, 0, 403);
	before = test_add_checkpoint(&fixture->old, 0);
	both = g_strconcat(before, strstr(head.note, "\xe2\x80\x94"), NULL);
	g_free(post(fixture, "/add-checkpoint", both, 200));
	fn_log_close(log);
	test_remove(directory);
}

static guint
evidence_of(const Fixture *fixture, const char *prefix)
{
	g_autofree char *path = g_build_filename(fixture->world.directory, "evidence", NULL);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;
	guint count = 0;

	while ((name = g_dir_read_name(folder)) != NULL)
		count += g_str_has_prefix(name, prefix);
	return count;
}

/* Same size, other root: nothing that can be explained. */
static void
test_fork(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) a = test_head(fixture->world.log, 1), b = { 0 };
	g_autofree char *body = NULL;
	FnWitnessAnswer answer;

	while (b.size != a.size) {
		TestHead next = test_head(fixture->world.fork, 1);

		test_head_clear(&b);
		b = next;
		if (b.size > a.size) {
			next = test_head(fixture->world.log, (guint)(b.size - a.size - 1));
			test_head_clear(&a);
			a = next;
		}
	}
	expect(fixture, &a, 0, 200);
	body = test_add_checkpoint(&b, b.size);
	answer = test_post(fixture->world.witness, "/add-checkpoint", body);
	g_assert_cmpuint(answer.status, ==, 409);
	g_assert_nonnull(strstr(answer.alarm, TEST_ORIGIN));
	fn_witness_answer_clear(&answer);
	expect(fixture, &b, b.size, 409);
	g_assert_cmpuint(evidence_of(fixture, "fork-"), ==, 1);
	expect(fixture, &fixture->fork, a.size, fixture->fork.size < a.size ? 400 : 422);
	expect(fixture, &a, a.size, 200);
}

/* Neither by asking nor by starting anew. */
static void
test_roll_back(Fixture *fixture, gconstpointer unused)
{
	expect(fixture, &fixture->new, 0, 200);
	expect(fixture, &fixture->old, 0, 409);
	expect(fixture, &fixture->old, fixture->old.size, 409);
	test_reopen(&fixture->world);
	expect(fixture, &fixture->old, 0, 409);
	expect(fixture, &fixture->fork, fixture->new.size, fixture->fork.size < fixture->new.size ? 400 : fixture->fork.size == fixture->new.size ? 409 : 422);
	expect(fixture, &fixture->more, fixture->new.size, 200);
}

static void
test_other_addresses(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, TEST_ORIGIN, -1);
	g_autofree char *path = g_strconcat("/checkpoint/", hash, NULL);
	g_autoptr(FnNoteKey) key = witness_key(fixture);
	FnWitnessAnswer answer;
	FnCheckpoint note;

	fn_witness_answer(fixture->world.witness, "GET", path, "", 0, &answer);
	g_assert_cmpuint(answer.status, ==, 404);
	fn_witness_answer_clear(&answer);
	expect(fixture, &fixture->new, 0, 200);
	fn_witness_answer(fixture->world.witness, "GET", path, "", 0, &answer);
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(fn_checkpoint_parse(answer.body, strlen(answer.body), &note, NULL));
	g_assert_cmpuint(note.size, ==, fixture->new.size);
	g_assert_true(fn_cosignature_find(note.lines, note.body, key, NULL, NULL, NULL));
	fn_witness_answer_clear(&answer);
	fn_witness_answer(fixture->world.witness, "GET", "/add-checkpoint", "", 0, &answer);
	g_assert_cmpuint(answer.status, ==, 405);
	fn_witness_answer_clear(&answer);
	g_free(post(fixture, "/add", "", 404));
	expect_head(fixture, &fixture->more, fixture->new.size, 403); /* its SM2 key is not listed */
}

/* ---- heads of both trees ---- */

static void
test_both_trees(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *body = test_add_head(&fixture->old, 0);
	g_autofree char *answer = post(fixture, "/add-head", body, 200);
	g_autofree char *text = g_strconcat(fixture->old.line, "\n", answer, NULL);
	g_autofree char *list = g_strconcat("http://127.0.0.1 ", fixture->world.witness_line, NULL);
	g_autoptr(GPtrArray) witnesses = fn_witnesses_parse(list, NULL);
	g_auto(FnCosigned) cosigned = { 0 };
	g_autoptr(GError) error = NULL;

	fn_cosigned_verify(text, strlen(text), g_ptr_array_index(witnesses, 0), fixture->world.keys->gm_text, fixture->world.keys->intl_text, &cosigned, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(cosigned.sm2_time, ==, cosigned.time);
	/* The trees do not part: a checkpoint alone does not move it, what is known it cosigns. */
	expect(fixture, &fixture->new, fixture->old.size, 403);
	expect(fixture, &fixture->old, fixture->old.size, 200);
	expect_head(fixture, &fixture->new, fixture->old.size, 200);
	expect_head(fixture, &fixture->new, fixture->old.size, 409);
	test_reopen(&fixture->world);
	expect_head(fixture, &fixture->more, fixture->new.size, 200);
	expect_head(fixture, &fixture->fork, fixture->more.size, fixture->fork.size < fixture->more.size ? 400 : fixture->fork.size == fixture->more.size ? 409 : 422);
}

/* The SHA-256 proof is right, the SM3 proof is not; the SM3 root is not signed. */
static void
test_sm3_alone_fails(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *good = NULL;
	g_autofree char *wrong = NULL;
	char *second, *root;

	expect_head(fixture, &fixture->old, 0, 200);
	good = test_add_head(&fixture->new, fixture->old.size);
	wrong = g_strdup(good);
	second = strstr(wrong, "\n\n") + 2;
	second[0] = second[0] == 'A' ? 'B' : 'A';
	g_free(post(fixture, "/add-head", wrong, 422));
	g_free(wrong);
	wrong = g_strdup(good);
	root = strstr(wrong, "\"sm3\":\"") + 7;
	root[0] = root[0] == 'a' ? 'b' : 'a';
	g_free(post(fixture, "/add-head", wrong, 403));
	g_free(wrong);
	wrong = g_strdup(good);
	wrong[strlen(wrong) - 1] = '\0';
	g_free(post(fixture, "/add-head", wrong, 400));
	g_free(post(fixture, "/add-head", good, 200));
}

/* A log whose second tree is watched from some day on. */
static void
test_second_tree_later(Fixture *fixture, gconstpointer unused)
{
	expect(fixture, &fixture->old, 0, 200);
	test_configure(&fixture->world, TRUE);
	test_reopen(&fixture->world);
	expect(fixture, &fixture->new, fixture->old.size, 403);
	expect_head(fixture, &fixture->new, fixture->old.size, 200);
	test_reopen(&fixture->world);
	expect_head(fixture, &fixture->more, fixture->new.size, 200);
	/* And not the other way: the state says more than the configuration wants to look at. */
	g_clear_pointer(&fixture->world.witness, fn_witness_free);
	test_configure(&fixture->world, FALSE);
	g_assert_null(fn_witness_open(fixture->world.directory, NULL));
}

/* ---- two at once ---- */

typedef struct {
	const Fixture *fixture;
	char *body;
	guint status;
} Race;

static void *
run_race(void *data)
{
	Race *race = data;
	FnWitnessAnswer answer = test_post(race->fixture->world.witness, "/add-checkpoint", race->body);

	race->status = answer.status;
	fn_witness_answer_clear(&answer);
	return NULL;
}

static void
test_race(Fixture *fixture, gconstpointer unused)
{
	Race race[2] = { { fixture, test_add_checkpoint(&fixture->new, fixture->old.size), 0 },
		{ fixture, test_add_checkpoint(&fixture->more, fixture->old.size), 0 } };
	pthread_t thread[2];

	expect(fixture, &fixture->old, 0, 200);
	for (guint i = 0; i < 2; i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, run_race, &race[i]), ==, 0);
	for (guint i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		g_free(race[i].body);
	}
	g_assert_cmpuint(MIN(race[0].status, race[1].status), ==, 200);
	g_assert_cmpuint(MAX(race[0].status, race[1].status), ==, 409);
	expect(fixture, race[0].status == 200 ? &fixture->new : &fixture->more, 1, 409);
}

/* ---- the directory ---- */

static void
test_second_witness(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_witness_open(fixture->world.directory, &error));
	g_assert_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN);
	g_assert_nonnull(strstr(error->message, "two would sign forks"));
}

static void
test_directory(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *key = g_build_filename(fixture->world.directory, "key", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	GStatBuf about;

	g_assert_cmpint(g_stat(key, &about), ==, 0);
	g_assert_cmpuint(about.st_mode & 0777, ==, 0600);
	g_assert_false(fn_witness_init(fixture->world.directory, "witness.test.example/w", NULL)); /* never a second key */
	g_clear_pointer(&fixture->world.witness, fn_witness_free);
	g_assert_cmpint(g_chmod(key, 0640), ==, 0);
	g_assert_null(fn_witness_open(fixture->world.directory, &error));
	g_assert_nonnull(strstr(error->message, "others may read"));
	g_assert_cmpint(g_chmod(key, 0600), ==, 0);
	test_reopen(&fixture->world);
	g_assert_true(g_file_get_contents(key, &text, NULL, NULL));
	g_clear_pointer(&fixture->world.witness, fn_witness_free);
	*strstr(text, "PRIVATE") = 'X';
	g_assert_true(g_file_set_contents_full(key, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	g_assert_null(fn_witness_open(fixture->world.directory, NULL));
}

static void
test_changed_state(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, TEST_ORIGIN, -1);
	g_autofree char *path = g_build_filename(fixture->world.directory, "state", hash, NULL);
	g_autofree char *text = NULL;
	gsize size;

	expect(fixture, &fixture->new, 0, 200);
	g_clear_pointer(&fixture->world.witness, fn_witness_free);
	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	g_assert_cmpuint(size, >, 100);
	for (gsize i = 0; i < size; i++) {
		g_autoptr(GError) error = NULL;

		text[i] ^= 1;
		g_assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
		g_assert_null(fn_witness_open(fixture->world.directory, &error));
		g_assert_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_STATE);
		text[i] ^= 1;
	}
	g_assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
	test_reopen(&fixture->world);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Fixture *fixture, gconstpointer both_trees);
		gboolean both_trees;
	} tests[] = {
		{ "cosigns", test_cosigns, FALSE },
		{ "refusals", test_refusals, FALSE },
		{ "wrong-key", test_wrong_key, FALSE },
		{ "fork", test_fork, FALSE },
		{ "roll-back", test_roll_back, FALSE },
		{ "other-addresses", test_other_addresses, FALSE },
		{ "both-trees", test_both_trees, TRUE },
		{ "sm3-alone-fails", test_sm3_alone_fails, TRUE },
		{ "second-tree-later", test_second_tree_later, FALSE },
		{ "race", test_race, FALSE },
		{ "second-witness", test_second_witness, FALSE },
		{ "directory", test_directory, FALSE },
		{ "changed-state", test_changed_state, FALSE },
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/witness/", tests[i].name, NULL);

		g_test_add(path, Fixture, tests[i].both_trees ? "both" : NULL, start, tests[i].run, stop);
	}
	return g_test_run();
}
