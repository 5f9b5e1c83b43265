#include "ledger/cosign.h"
#include "ledger/test_keys.h"

typedef struct {
	TestDirectory *directory;
	TestKeys *keys, *witness, *stranger; /* keys of the log and of two witnesses */
	FnLog *log;
	GPtrArray *known; /* the first witness with both keys, the second with one */
	FnCosignatures *cosignatures;
} Fixture;

#define TIME G_GUINT64_CONSTANT(1790000000)

static char *
key_of(const TestKeys *keys, const char *name)
{
	gsize size;
	g_autofree guint8 *raw = g_base64_decode(keys->intl_text + 5, &size);

	return fn_note_key_text(name, FN_NOTE_COSIGNATURE, raw);
}

static void
reopen(Fixture *fixture)
{
	g_autoptr(GError) error = NULL;

	fn_cosignatures_free(fixture->cosignatures);
	fixture->cosignatures = fn_cosignatures_open(fixture->directory, fixture->known, &error);
	g_assert_no_error(error);
}

static void
start(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *one = NULL, *two = NULL, *list = NULL;
	g_autoptr(GError) error = NULL;

	fixture->directory = test_directory_new();
	fixture->keys = test_keys_new();
	fixture->witness = test_keys_new();
	fixture->stranger = test_keys_new();
	fixture->log = test_open(fixture->directory, fixture->keys);
	one = key_of(fixture->witness, "w.example/one");
	two = key_of(fixture->stranger, "w.example/two");
	list = g_strdup_printf("# witnesses\n\nhttps://w.example/ %s %s\n\thttp://127.0.0.1:1 %s \r\n", one, fixture->witness->gm_text, two);
	fixture->known = fn_witnesses_parse(list, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fixture->known->len, ==, 2);
	reopen(fixture);
}

static void
stop(Fixture *fixture, gconstpointer unused)
{
	fn_cosignatures_free(fixture->cosignatures);
	g_ptr_array_unref(fixture->known);
	fn_log_close(fixture->log);
	test_keys_free(fixture->keys);
	test_keys_free(fixture->witness);
	test_keys_free(fixture->stranger);
	test_directory_free(fixture->directory);
}

/* The last head of the log after @more entries. */
static char *
next_head(const Fixture *fixture, guint more, FnHead *head_out)
{
	g_autoptr(GError) error = NULL;
	FnCanon canon;
	char *line;

	test_append(fixture->log, 0, more);
	fn_log_publish(fixture->log, &error);
	g_assert_no_error(error);
	line = fn_log_head(fixture->log, NULL);
	canon = fn_canon_over(line, strlen(line));
	g_assert_true(fn_head_take(&canon, head_out));
	return line;
}

static char *
cosigned(const char *line, const FnHead *head, const TestKeys *keys, const FnKnownWitness *witness)
{
	g_autofree char *body = fn_head_note_body(head);
	g_autofree char *text = fn_cosigned_text((FnSpan){ body, strlen(body) }, TIME);
	g_autofree char *sm3 = fn_cosigned_sm3_text(head->origin, head->size, head->sm3, TIME);
	g_autofree guint8 *signature = NULL, *bytes = NULL, *sm2 = NULL;
	g_autofree char *first = NULL, *second = NULL;
	gsize size;

	signature = test_keys_sign_bytes(keys->intl, FALSE, text, strlen(text), &size);
	first = fn_cosignature_line(witness->key, TIME, signature);
	bytes = fn_signed_bytes(FN_COSIGN_PURPOSE, sm3, strlen(sm3), &size);
	sm2 = test_keys_sign_bytes(keys->gm, TRUE, bytes, size, &size);
	second = witness->sm2 != NULL ? fn_cosignature_sm2_line(TIME, sm2, size) : NULL;
	return g_strconcat(line, "\n", first, second, NULL);
}

static void
expect(Fixture *fixture, const char *text, int code)
{
	g_autoptr(GError) error = NULL;

	if (code < 0) {
		fn_cosignatures_take(fixture->cosignatures, text, strlen(text), &error);
		g_assert_no_error(error);
	} else {
		g_assert_false(fn_cosignatures_take(fixture->cosignatures, text, strlen(text), &error));
		g_assert_error(error, FN_LEDGER_ERROR, code);
	}
}

static json_t *
list(const Fixture *fixture)
{
	g_autofree char *text = fn_cosignatures_list(fixture->cosignatures);
	json_t *json = fn_json_parse(text, strlen(text), NULL);

	g_assert_nonnull(json);
	return json;
}

static json_int_t
size_of(const Fixture *fixture, guint i)
{
	json_t *json = list(fixture);
	json_int_t size = json_integer_value(json_object_get(json_array_get(json_object_get(json, "witnesses"), i), "size"));

	json_decref(json);
	return size;
}

static void
test_takes(Fixture *fixture, gconstpointer unused)
{
	const FnKnownWitness *one = g_ptr_array_index(fixture->known, 0), *two = g_ptr_array_index(fixture->known, 1);
	g_auto(FnHead) head = { 0 }, next = { 0 };
	g_autofree char *line = next_head(fixture, 3, &head), *later = NULL;
	g_autofree char *first = cosigned(line, &head, fixture->witness, one), *second = cosigned(line, &head, fixture->stranger, two);
	g_autofree char *third = NULL, *path = g_build_filename(fixture->directory, "cosignatures/checkpoint", NULL), *note = NULL;
	FnLedgerReport report;
	FnCheckpoint checkpoint;

	expect(fixture, first, -1);
	expect(fixture, second, -1);
	expect(fixture, first, -1); /* the same again is no harm */
	g_assert_true(g_file_get_contents(path, &note, NULL, NULL));
	g_assert_true(fn_checkpoint_parse(note, strlen(note), &checkpoint, NULL));
	g_assert_true(fn_cosignature_find(checkpoint.lines, checkpoint.body, one->key, NULL, NULL, NULL));
	g_assert_true(fn_cosignature_find(checkpoint.lines, checkpoint.body, two->key, NULL, NULL, NULL));
	/* A later head of one of them: its note has one line. */
	later = next_head(fixture, 2, &next);
	third = cosigned(later, &next, fixture->stranger, two);
	expect(fixture, third, -1);
	expect(fixture, second, FN_LEDGER_ERROR_RANGE);
	reopen(fixture);
	g_assert_cmpint(size_of(fixture, 0), ==, (gint64)head.size);
	g_assert_cmpint(size_of(fixture, 1), ==, (gint64)next.size);
	expect(fixture, second, FN_LEDGER_ERROR_RANGE);
	/* The log verifies as before with this in it, and opens again. */
	g_clear_pointer(&fixture->log, fn_log_close);
	g_assert_true(fn_ledger_verify(fixture->directory, fixture->keys->gm_text, fixture->keys->intl_text, NULL, NULL, &report, NULL));
	fixture->log = test_open(fixture->directory, fixture->keys);
}

/* Each byte of what is kept counts. */
static void
test_every_byte(Fixture *fixture, gconstpointer unused)
{
	const FnKnownWitness *one = g_ptr_array_index(fixture->known, 0);
	g_auto(FnHead) head = { 0 };
	g_autofree char *line = next_head(fixture, 3, &head);
	g_autofree char *text = cosigned(line, &head, fixture->witness, one);

	for (gsize i = 0; i < strlen(text); i++) {
		g_auto(FnCosigned) found = { 0 };

		text[i] ^= 1;
		g_assert_false(fn_cosigned_verify(text, strlen(text), one, fixture->keys->gm_text, fixture->keys->intl_text, &found, NULL));
		text[i] ^= 1;
	}
	expect(fixture, text, -1);
	text[strlen(text) - 20] ^= 1;
	expect(fixture, text, FN_LEDGER_ERROR_TAMPERED);
}

static void
test_refuses(Fixture *fixture, gconstpointer unused)
{
	const FnKnownWitness *one = g_ptr_array_index(fixture->known, 0);
	g_auto(FnHead) head = { 0 };
	g_autofree char *line = next_head(fixture, 3, &head);
	g_autofree char *wrong = cosigned(line, &head, fixture->stranger, one), *right = cosigned(line, &head, fixture->witness, one);
	g_autofree char *more = g_strconcat(right, "more\n", NULL), *half = g_strndup(right, (gsize)(strstr(right, "sm2 ") - right));
	g_autofree char *bare = g_strconcat(line, "\n", NULL);

	expect(fixture, wrong, FN_LEDGER_ERROR_TAMPERED);
	expect(fixture, "", FN_LEDGER_ERROR_ENTRY);
	expect(fixture, "x\n", FN_LEDGER_ERROR_ENTRY);
	expect(fixture, bare, FN_LEDGER_ERROR_TAMPERED);
	expect(fixture, more, FN_LEDGER_ERROR_TAMPERED);
	expect(fixture, half, FN_LEDGER_ERROR_TAMPERED);
	g_assert_cmpint(size_of(fixture, 0), ==, 0);
}

static void
test_stamps(Fixture *fixture, gconstpointer unused)
{
	g_auto(FnHead) head = { 0 };
	g_autofree char *line = next_head(fixture, 3, &head);
	g_autofree char *text = g_strconcat(line, "\ntimestamp 1790000000 AAEC\n", NULL), *bad = g_strconcat(line, "\ntimestamp x AAEC\n", NULL);
	json_t *json;

	expect(fixture, bad, FN_LEDGER_ERROR_ENTRY);
	expect(fixture, text, -1);
	expect(fixture, text, FN_LEDGER_ERROR_RANGE);
	reopen(fixture);
	json = list(fixture);
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(json, "timestamp"), "size")), ==, (gint64)head.size);
	g_assert_cmpstr(json_string_value(json_object_get(json_object_get(json, "timestamp"), "time")), ==, "2026-09-21T14:13:20.000000Z");
	json_decref(json);
}

static void
test_lists(void)
{
	static const char *const bad[] = { "x", "http://x", "ftp://x y", "http://x a+b+c", "http://x a b c d" };
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree char *key = key_of(keys, "w.example/one");
	g_autofree char *twice = g_strdup_printf("http://a %s\nhttp://b %s\n", key, key);
	g_autofree char *swapped = g_strdup_printf("http://a %s %s\n", key, keys->intl_text);
	g_autoptr(GPtrArray) none = fn_witnesses_read("/nonexistent/witnesses", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(none->len, ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_null(fn_witnesses_parse(bad[i], NULL));
	g_assert_null(fn_witnesses_parse(swapped, NULL));
	g_assert_null(fn_witnesses_parse(twice, &error));
	g_assert_nonnull(strstr(error->message, "line 2"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/cosign/takes", Fixture, NULL, start, test_takes, stop);
	g_test_add("/cosign/every-byte", Fixture, NULL, start, test_every_byte, stop);
	g_test_add("/cosign/refuses", Fixture, NULL, start, test_refuses, stop);
	g_test_add("/cosign/stamps", Fixture, NULL, start, test_stamps, stop);
	g_test_add_func("/cosign/lists", test_lists);
	return g_test_run();
}
