#include "ledger/note.h"

#include "ledger/test_witness.h"

static void
test_keys(void)
{
	static const char *const good[] = { /* published keys */
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	static const char *const wrong[] = { "", "+", "++", "sum.golang.org", "sum.golang.org+033de0ae",
		"sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"sum.golang.org+033de0ae+Bc4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn",
		"sum golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8" };

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(FnNoteKey) key = fn_note_key_parse(good[i], FN_NOTE_ED25519, NULL);
		g_autofree char *again = NULL;

		g_assert_nonnull(key);
		g_assert_null(fn_note_key_parse(good[i], FN_NOTE_COSIGNATURE, NULL));
		again = fn_note_key_text(key->name, key->type, key->bytes);
		g_assert_cmpstr(again, ==, good[i]);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_note_key_parse(wrong[i], FN_NOTE_ED25519, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	}
	g_assert_false(fn_note_name_is_valid(""));
	g_assert_false(fn_note_name_is_valid("a+b"));
	g_assert_false(fn_note_name_is_valid("a b"));
	g_assert_false(fn_note_name_is_valid("a\nb"));
}

/* A note over size 9 with the log's line. */
static char *
make_note(TestKeys *keys)
{
	const char *body = "log.test.example/one\n9\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	g_auto(FnHead) head = { .origin = g_strdup("log.test.example/one"), .size = 9 };
	g_autofree guint8 *signature = NULL;
	gsize size;

	g_assert_true(fn_span_digest((FnSpan){ strstr(body, "CsUY"), 44 }, head.sha256));
	signature = test_keys_sign_bytes(keys->intl, FALSE, body, strlen(body), &size);
	return fn_head_note(&head, keys->intl_text, signature, size, NULL);
}

static gboolean
signed_by_log(const char *text, gsize size, const FnNoteKey *log)
{
	FnCheckpoint checkpoint;

	return fn_checkpoint_parse(text, size, &checkpoint, NULL) && fn_checkpoint_verify(&checkpoint, log, NULL, NULL);
}

static gboolean
signed_by_witness(const char *text, gsize size, const FnNoteKey *key, guint64 *time_out)
{
	FnCheckpoint checkpoint;

	return fn_checkpoint_parse(text, size, &checkpoint, NULL) &&
		fn_cosignature_find(checkpoint.lines, checkpoint.body, key, NULL, time_out, NULL);
}

static void
test_signed(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) one = test_witness_new("witness.example/one");
	g_autoptr(TestWitness) two = test_witness_new("witness.example/two");
	g_autoptr(TestWitness) forger = test_witness_new("witness.example/one");
	g_autoptr(FnNoteKey) log = test_log_key(keys, "log.test.example/one");
	g_autofree char *note = make_note(keys);
	g_autofree char *first = test_witness_sign(one, note, 1700000000);
	g_autofree char *forged = test_witness_sign(forger, note, 1700000000);
	g_autofree char *cosigned = g_strconcat(note, forged, first, NULL);
	g_autofree char *wrong = NULL;
	guint64 time = 1;

	g_assert_true(signed_by_log(note, strlen(note), log));
	g_assert_false(signed_by_witness(note, strlen(note), one->key, &time));
	g_assert_cmpuint(time, ==, 1);
	g_assert_true(signed_by_log(cosigned, strlen(cosigned), log));
	g_assert_true(signed_by_witness(cosigned, strlen(cosigned), one->key, &time));
	g_assert_cmpuint(time, ==, 1700000000);
	g_assert_false(signed_by_witness(cosigned, strlen(cosigned), two->key, NULL));
	/* A line of a known name and id that is false is not passed over. */
	memcpy(forger->key->id, one->key->id, sizeof(one->key->id));
	g_free(forged);
	forged = test_witness_sign(forger, note, 1700000000);
	wrong = g_strconcat(note, forged, first, NULL);
	g_assert_false(signed_by_witness(wrong, strlen(wrong), one->key, NULL));
	g_assert_true(signed_by_log(wrong, strlen(wrong), log));
}

/* Each bit of a note, but for lines of strangers, is bound by a signature or by the form. */
static void
test_every_bit(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) one = test_witness_new("witness.example/one");
	g_autoptr(FnNoteKey) log = test_log_key(keys, "log.test.example/one");
	g_autofree char *note = make_note(keys);
	g_autofree char *line = test_witness_sign(one, note, 1700000000);
	g_autofree char *text = g_strconcat(note, line, NULL);
	gsize size = strlen(text);

	for (gsize i = 0; i < size * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		if (signed_by_log(text, size, log) && signed_by_witness(text, size, one->key, NULL))
			g_error("bit %zu of byte %zu may be changed", i % 8, i / 8);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (gsize cut = 0; cut < size; cut++) {
		g_autofree char *exact = g_memdup2(text, cut + 1);

		g_assert_false(signed_by_witness(exact, cut, one->key, NULL));
	}
}

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define LINE "\xe2\x80\x94 a AAAAAAA=\n"

static void
test_forms(void)
{
	static const struct {
		const char *text;
		gboolean good;
	} cases[] = {
		{ "a\n0\n" ROOT "\n\n" LINE, TRUE },
		{ "a\n0\n" ROOT "\nextension\n\n" LINE, TRUE },
		{ "a\n0\n" ROOT "\n\n" LINE LINE, TRUE },
		{ "a\n0\n" ROOT "\n\n", FALSE },
		{ "a\n0\n" ROOT "\n" LINE, FALSE },
		{ "a\n\n" ROOT "\n\n" LINE, FALSE },
		{ "a\n00\n" ROOT "\n\n" LINE, FALSE },
		{ "a\n-1\n" ROOT "\n\n" LINE, FALSE },
		{ "a\n9223372036854775808\n" ROOT "\n\n" LINE, FALSE },
		{ "a\n0\nAAAA\n\n" LINE, FALSE },
		{ "a\n0\n" ROOT "\n\n\xe2\x80\x94 a b AAAAAAA=\n", FALSE },
		{ "a\n0\n" ROOT "\n\n\xe2\x80\x94  AAAAAAA=\n", FALSE },
		{ "a\n0\n" ROOT "\n\n\xe2\x80\x94 AAAAAAA=\n", FALSE },
		{ "a\n0\n" ROOT "\n\n- a AAAAAAA=\n", FALSE },
		{ "a\n0\n" ROOT "\n\n" LINE "\n", FALSE },
		{ "a\r\n0\n" ROOT "\n\n" LINE, FALSE },
		{ "a\xff\n0\n" ROOT "\n\n" LINE, FALSE },
		{ "", FALSE },
	};
	GString *many = g_string_new("a\n0\n" ROOT "\n\n");
	FnCheckpoint checkpoint;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%zu", i);
		g_assert_cmpint(fn_checkpoint_parse(cases[i].text, strlen(cases[i].text), &checkpoint, &error), ==, cases[i].good);
		if (!cases[i].good)
			g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY);
	}
	for (guint lines = 1; lines <= FN_NOTE_SIGNATURES + 1; lines++) {
		g_string_append(many, LINE);
		g_assert_cmpint(fn_checkpoint_parse(many->str, many->len, &checkpoint, NULL), ==, lines <= FN_NOTE_SIGNATURES);
	}
	g_string_free(many, TRUE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/note/keys", test_keys);
	g_test_add_func("/ledger/note/signed", test_signed);
	g_test_add_func("/ledger/note/every-bit", test_every_bit);
	g_test_add_func("/ledger/note/forms", test_forms);
	return g_test_run();
}
