/* For tests: a log with its keys, another log under the same name and keys that went its own way, and a witness of both trees
 * that knows them. */
#pragma once

#include "ledger/test_keys.h"
#include "witness/witness.h"

#include "ledger/cosign.h"

#define TEST_ORIGIN "log.test.example/one"

typedef struct {
	TestDirectory *directory, *logs[2];
	TestKeys *keys;
	FnLog *log, *fork;
	char *log_key;      /* as a verifier's key */
	char *witness_line; /* "KEY gm:KEY" */
	FnWitness *witness;
} TestWorld;

typedef struct { /* a signed head as it was */
	FnLog *log;
	guint64 size;
	char *note, *line;
} TestHead;

static inline void
test_head_clear(TestHead *head)
{
	g_free(head->note);
	g_free(head->line);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestHead, test_head_clear)

/* The head of @log after @more entries. */
static inline TestHead
test_head(FnLog *log, guint more)
{
	TestHead head = { .log = log };
	g_autoptr(GError) error = NULL;
	json_t *json;

	test_append(log, 0, more);
	fn_log_publish(log, &error);
	g_assert_no_error(error);
	head.line = fn_log_head(log, &error);
	g_assert_no_error(error);
	json = fn_json_parse(head.line, strlen(head.line), NULL);
	head.size = (guint64)json_integer_value(json_object_get(json, "size"));
	head.note = g_strdup(json_string_value(json_object_get(json, "note")));
	json_decref(json);
	return head;
}

/* The same, for its own sake. */
static inline void
test_grow(FnLog *log, guint more)
{
	TestHead head = test_head(log, more);

	test_head_clear(&head);
}

/* The lines of the consistency proof @tree ("sha256", "sm3") from @old to @head. */
static inline char *
test_proof(const TestHead *head, guint64 old, const char *tree)
{
	g_autofree char *text = old > 0 && old < head->size ? fn_log_consistency(head->log, old, head->size, NULL) : NULL;
	json_t *json = text != NULL ? fn_json_parse(text, strlen(text), NULL) : NULL;
	const json_t *hashes = json_object_get(json_object_get(json, "proof"), tree);
	GString *lines = g_string_new(NULL);

	for (size_t i = 0; i < json_array_size(hashes); i++) {
		guint8 hash[FN_DIGEST_SIZE];
		g_autofree char *base64 = NULL;

		g_assert_true(fn_unhex(json_string_value(json_array_get(hashes, i)), hash, sizeof(hash)));
		base64 = g_base64_encode(hash, sizeof(hash));
		g_string_append_printf(lines, "%s\n", base64);
	}
	json_decref(json);
	return g_string_free(lines, FALSE);
}

static inline char *
test_add_checkpoint(const TestHead *head, guint64 old)
{
	g_autofree char *proof = test_proof(head, old, "sha256");

	return g_strdup_printf("old %" G_GUINT64_FORMAT "\n%s\n%s", old, proof, head->note);
}

static inline char *
test_add_head(const TestHead *head, guint64 old)
{
	g_autofree char *sha256 = test_proof(head, old, "sha256");
	g_autofree char *sm3 = test_proof(head, old, "sm3");

	return g_strdup_printf("old %" G_GUINT64_FORMAT "\n%s\n%s\n%s\n", old, sha256, sm3, head->line);
}

static inline FnWitnessAnswer
test_post(FnWitness *witness, const char *path, const char *body)
{
	FnWitnessAnswer answer;

	fn_witness_answer(witness, "POST", path, body, strlen(body), &answer);
	return answer;
}

static inline void
test_configure(const TestWorld *world, gboolean both_trees)
{
	g_autofree char *path = g_build_filename(world->directory, "witness.conf", NULL);
	g_autofree char *text = g_strdup_printf("name = witness.test.example/w\nlisten = 127.0.0.1:0\nlog = %s%s%s\n", world->log_key,
		both_trees ? " " : "", both_trees ? world->keys->gm_text : "");

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline void
test_reopen(TestWorld *world)
{
	g_autoptr(GError) error = NULL;

	fn_witness_free(world->witness);
	world->witness = fn_witness_open(world->directory, &error);
	g_assert_no_error(error);
}

static inline void
test_world_start(TestWorld *world, gboolean both_trees)
{
	g_autofree guint8 *raw = NULL;
	g_autoptr(GError) error = NULL;
	gsize size;

	world->keys = test_keys_new();
	for (guint i = 0; i < 2; i++)
		world->logs[i] = test_directory_new();
	world->log = test_open(world->logs[0], world->keys);
	world->fork = test_open(world->logs[1], world->keys);
	raw = g_base64_decode(world->keys->intl_text + 5, &size);
	world->log_key = fn_note_key_text(TEST_ORIGIN, FN_NOTE_ED25519, raw);
	world->directory = test_directory_new();
	fn_witness_init(world->directory, "witness.test.example/w", &error);
	g_assert_no_error(error);
	test_configure(world, both_trees);
	test_reopen(world);
	world->witness_line = fn_witness_public(world->witness);
	g_strchomp(world->witness_line);
}

static inline void
test_world_stop(TestWorld *world)
{
	fn_witness_free(world->witness);
	fn_log_close(world->log);
	fn_log_close(world->fork);
	g_free(world->log_key);
	g_free(world->witness_line);
	test_keys_free(world->keys);
	test_directory_free(world->directory);
	for (guint i = 0; i < 2; i++)
		test_directory_free(world->logs[i]);
}
