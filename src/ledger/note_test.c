#include "ledger/note.h"

#include "ledger/test_witness.h"

static void
test_vkeys(void)
{
	static const char *const good[] = { /* published keys */
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	static const char *const wrong[] = { "", "+", "++", "sum.golang.org", "sum.golang.org+033de0ae",
		"sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"sum.golang.org+033de0ae+Bc4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn",
		"sum golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8" };
	guint8 key[32] = { 7 };
	g_auto(FnVkey) none = { 0 };

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_auto(FnVkey) vkey = { 0 };
		g_autofree char *again = NULL;

		g_assert_true(fn_vkey_parse(good[i], &vkey, NULL));
		g_assert_cmpuint(vkey.type, ==, FN_VKEY_LOG);
		again = fn_vkey_text(&vkey);
		g_assert_cmpstr(again, ==, good[i]);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_vkey_parse(wrong[i], &none, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	}
	g_assert_false(fn_vkey_make("", FN_VKEY_LOG, key, &none));
	g_assert_false(fn_vkey_make("a+b", FN_VKEY_LOG, key, &none));
	g_assert_false(fn_vkey_make("a\xe3\x80\x80" "b", FN_VKEY_LOG, key, &none)); /* an ideographic space */
	g_assert_false(fn_vkey_make("a\nb", FN_VKEY_LOG, key, &none));
}

/* A note over size 9 with the log's line. */
static char *
make_note(TestKeys *keys, FnVkey *log_out)
{
	const char *body = "log.test.example/one\n9\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	gsize size;
	g_autofree guint8 *raw = g_base64_decode(keys->intl_text + 5, &size);
	g_autofree guint8 *signature = test_keys_sign_bytes(keys->intl, FALSE, body, strlen(body), &size);
	g_autofree char *line = NULL;

	g_assert_true(fn_vkey_make("log.test.example/one", FN_VKEY_LOG, raw, log_out));
	line = fn_note_line(log_out, 0, signature);
	return g_strconcat(body, "\n", line, NULL);
}

static FnSigned
signed_by(const char *text, const FnVkey *vkey, guint64 *time_out)
{
	g_auto(FnCheckpoint) checkpoint = { 0 };

	g_assert_true(fn_checkpoint_parse(text, strlen(text), &checkpoint, NULL));
	g_assert_cmpstr(checkpoint.origin, ==, "log.test.example/one");
	g_assert_cmpuint(checkpoint.size, ==, 9);
	g_assert_cmpuint(checkpoint.root[0], ==, 0x0a);
	return fn_checkpoint_signed(&checkpoint, vkey, time_out);
}

static void
test_signed(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) one = test_witness_new("witness.example/one");
	g_autoptr(TestWitness) two = test_witness_new("witness.example/two");
	g_autoptr(TestWitness) forger = test_witness_new("witness.example/one");
	g_auto(FnVkey) log = { 0 };
	g_autofree char *note = make_note(keys, &log);
	g_autofree char *first = test_witness_sign(one, note, 1700000000);
	g_autofree char *later = test_witness_sign(one, note, 1700000099);
	g_autofree char *forged = test_witness_sign(forger, note, 1700000000);
	g_autofree char *cosigned = g_strconcat(note, first, later, forged, NULL);
	g_autofree char *wrong = g_strdup(cosigned);
	guint64 time = 1;

	g_assert_cmpint(signed_by(note, &log, NULL), ==, FN_SIGNED_GOOD);
	g_assert_cmpint(signed_by(note, &one->vkey, &time), ==, FN_SIGNED_NOT);
	g_assert_cmpuint(time, ==, 1);
	g_assert_cmpint(signed_by(cosigned, &log, NULL), ==, FN_SIGNED_GOOD);
	g_assert_cmpint(signed_by(cosigned, &one->vkey, &time), ==, FN_SIGNED_GOOD);
	g_assert_cmpuint(time, ==, 1700000099);
	g_assert_cmpint(signed_by(cosigned, &two->vkey, NULL), ==, FN_SIGNED_NOT);
	/* One line of a known key that is false spoils the note, whatever the others say. */
	memcpy(forger->vkey.id, one->vkey.id, sizeof(one->vkey.id));
	g_free(forged);
	forged = test_witness_sign(forger, note, 1700000000);
	g_free(wrong);
	wrong = g_strconcat(cosigned, forged, NULL);
	g_assert_cmpint(signed_by(wrong, &one->vkey, NULL), ==, FN_SIGNED_WRONGLY);
	g_assert_cmpint(signed_by(wrong, &log, NULL), ==, FN_SIGNED_GOOD);
}

/* Each bit of a note, but for lines of strangers, is bound by a signature or by the form. */
static void
test_every_bit(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) one = test_witness_new("witness.example/one");
	g_auto(FnVkey) log = { 0 };
	g_autofree char *note = make_note(keys, &log);
	g_autofree char *line = test_witness_sign(one, note, 1700000000);
	g_autofree char *text = g_strconcat(note, line, NULL);
	gsize size = strlen(text);

	for (gsize i = 0; i < size * 8; i++) {
		g_auto(FnCheckpoint) checkpoint = { 0 };
		g_autoptr(GError) error = NULL;

		text[i / 8] ^= (char)(1 << i % 8);
		if (fn_checkpoint_parse(text, size, &checkpoint, &error) && fn_checkpoint_signed(&checkpoint, &log, NULL) == FN_SIGNED_GOOD &&
		    fn_checkpoint_signed(&checkpoint, &one->vkey, NULL) == FN_SIGNED_GOOD)
			g_error("bit %zu of byte %zu may be changed", i % 8, i / 8);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (gsize cut = 0; cut < size; cut++) {
		g_autofree char *exact = g_memdup2(text, cut + 1);
		g_auto(FnCheckpoint) checkpoint = { 0 };

		g_assert_false(fn_checkpoint_parse(exact, cut, &checkpoint, NULL) &&
			fn_checkpoint_signed(&checkpoint, &one->vkey, NULL) == FN_SIGNED_GOOD);
	}
}

static void
test_forms(void)
{
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define LINE "\xe2\x80\x94 a AAAAAAA=\n"
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
		{ "a\n0\n" ROOT "\n\n\xe2\x80\x94 a AAAA\n", FALSE }, /* an id alone */
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

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(FnCheckpoint) checkpoint = { 0 };
		g_autoptr(GError) error = NULL;

		g_test_message("%zu", i);
		g_assert_cmpint(fn_checkpoint_parse(cases[i].text, strlen(cases[i].text), &checkpoint, &error), ==, cases[i].good);
		if (!cases[i].good)
			g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	}
	for (guint lines = 1; lines <= FN_NOTE_LINES + 1; lines++) {
		g_auto(FnCheckpoint) checkpoint = { 0 };

		g_string_append(many, LINE);
		g_assert_cmpint(fn_checkpoint_parse(many->str, many->len, &checkpoint, NULL), ==, lines <= FN_NOTE_LINES);
	}
	g_string_free(many, TRUE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/note/vkeys", test_vkeys);
	g_test_add_func("/ledger/note/signed", test_signed);
	g_test_add_func("/ledger/note/every-bit", test_every_bit);
	g_test_add_func("/ledger/note/forms", test_forms);
	return g_test_run();
}
