#include "share/sign.h"

#include <glib/gstdio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* ---- a signer of each kind of key, from files as a consumer has them ---- */

static EVP_PKEY *
make_key(const char *kind)
{
	if (strcmp(kind, "ed25519") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (strcmp(kind, "rsa") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (gsize)2048);
	if (strcmp(kind, "sm2") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
}

static X509 *
make_certificate(EVP_PKEY *key, const char *kind)
{
	X509 *certificate = X509_new();
	const EVP_MD *digest = strcmp(kind, "ed25519") == 0 ? NULL : strcmp(kind, "sm2") == 0 ? EVP_sm3() : EVP_sha256();

	X509_set_version(certificate, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	g_assert_cmpint(X509_sign(certificate, key, digest), >, 0);
	return certificate;
}

typedef struct {
	char *directory, *key_file, *certificate_file;
	EVP_PKEY *key;
} Files;

static void
write_files(Files *f, const char *kind)
{
	X509 *certificate;
	FILE *out;

	f->directory = g_dir_make_tmp("fengni-sign-XXXXXX", NULL);
	f->key_file = g_build_filename(f->directory, "key.pem", NULL);
	f->certificate_file = g_build_filename(f->directory, "certificate.pem", NULL);
	f->key = make_key(kind);
	certificate = make_certificate(f->key, kind);
	out = fopen(f->key_file, "w");
	PEM_write_PrivateKey(out, f->key, NULL, NULL, 0, NULL, NULL);
	fclose(out);
	out = fopen(f->certificate_file, "w");
	PEM_write_X509(out, certificate);
	fclose(out);
	X509_free(certificate);
}

static void
remove_files(Files *f)
{
	g_unlink(f->key_file);
	g_unlink(f->certificate_file);
	g_rmdir(f->directory);
	EVP_PKEY_free(f->key);
	g_free(f->key_file);
	g_free(f->certificate_file);
	g_free(f->directory);
}

/* ---- what the gate sees ---- */

static const char body[] = "{\"keys\":{\"resident_id\":\"x\"}}";

typedef struct {
	FnSignedMessage message;
	char *digest, *input, *signature;
	const char *body, *fingerprint;
} Seen;

static char *
header_of(const char *lines, const char *name)
{
	g_autofree char *start = g_strdup_printf("%s: ", name);
	const char *at = strstr(lines, start), *end;

	g_assert_nonnull(at);
	at += strlen(start);
	end = strstr(at, "\r\n");
	return g_strndup(at, (gsize)(end - at));
}

static FnSignedRequest
usual_request(void)
{
	return (FnSignedRequest){ .path = "/share/v1/371400-A-1/query", .grant = "g1", .case_number = "c1", .operator_account = "op1",
		.purpose = "%E6%A0%B8%E9%AA%8C", .body = body, .size = sizeof(body) - 1, .created = 1795312800, .nonce = "nonce-0001" };
}

static void
see(Seen *seen, const FnSigner *signer, const FnSignedRequest *request)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *lines = fn_signer_headers(signer, request, &error);

	g_assert_no_error(error);
	seen->digest = header_of(lines, "Content-Digest");
	seen->input = header_of(lines, "Signature-Input");
	seen->signature = header_of(lines, "Signature");
	seen->message = (FnSignedMessage){ .value = { "POST", request->path, seen->digest, request->grant, request->case_number,
		request->operator_account, request->purpose } };
	seen->body = request->body;
	seen->fingerprint = fn_signer_fingerprint(signer);
}

static void
forget(Seen *seen)
{
	g_free(seen->digest);
	g_free(seen->input);
	g_free(seen->signature);
}

static gboolean
right(const Seen *seen, EVP_PKEY *key, FnSignatureInput *input, GError **error)
{
	g_autoptr(FnP256) fast = fn_p256_new(key);
	FnSignedBy by = { seen->fingerprint, key, NULL };
	gboolean slow = fn_signature_verify(seen->input, seen->signature, &seen->message, seen->body, strlen(seen->body), &by, input, error);

	by.fast = fast;
	g_assert_cmpint(fn_signature_verify(seen->input, seen->signature, &seen->message, seen->body, strlen(seen->body), &by, input, NULL),
		==, slow);
	return slow;
}

static void
replace(char **text, const char *from, const char *to)
{
	g_auto(GStrv) part = g_strsplit(*text, from, 2);

	g_assert_nonnull(part[1]);
	g_free(*text);
	*text = g_strconcat(part[0], to, part[1], NULL);
}

/* Each changes one thing after signing. */
#define CHANGE(name, statement) \
	static void name(Seen *s) { statement; }
CHANGE(other_body, s->body = "{\"keys\":{\"resident_id\":\"y\"}}")
CHANGE(other_path, s->message.value[FN_PART_PATH] = "/share/v1/371400-A-2/query")
CHANGE(other_method, s->message.value[FN_PART_METHOD] = "PUT")
CHANGE(other_grant, s->message.value[FN_PART_GRANT] = "g2")
CHANGE(other_case, s->message.value[FN_PART_CASE] = "c2")
CHANGE(other_operator, s->message.value[FN_PART_OPERATOR] = "op2")
CHANGE(other_purpose, s->message.value[FN_PART_PURPOSE] = "p")
CHANGE(case_removed, s->message.value[FN_PART_CASE] = NULL)
CHANGE(digest_removed, s->message.value[FN_PART_DIGEST] = NULL)
CHANGE(later, replace(&s->input, "created=1795312800", "created=1795312801"))
CHANGE(fresh_nonce, replace(&s->input, "nonce-0001", "nonce-0002"))
CHANGE(other_alg, replace(&s->input, "alg=\"", "alg=\"x"))
CHANGE(other_certificate, s->fingerprint = "00")
CHANGE(uncovered_purpose, replace(&s->input, " \"fengni-purpose\"", ""))
CHANGE(uncovered_digest, replace(&s->input, " \"content-digest\"", ""))
CHANGE(uncovered_method, replace(&s->input, "\"@method\" ", ""))
CHANGE(reordered, replace(&s->input, "\"@method\" \"@path\"", "\"@path\" \"@method\""))
CHANGE(no_input, (g_free(s->input), s->input = NULL))
CHANGE(no_signature, (g_free(s->signature), s->signature = NULL))
CHANGE(empty_signature, (g_free(s->signature), s->signature = g_strdup("fengni=::")))
CHANGE(short_signature, (g_free(s->signature), s->signature = g_strdup("fengni=:AAAA:")))
CHANGE(zero_signature, (g_free(s->signature), s->signature = g_strdup(
	"fengni=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:")))
CHANGE(other_label, replace(&s->signature, "fengni=", "other="))
CHANGE(two_signatures, replace(&s->signature, "fengni=", "a=:AAAA:, fengni="))

static void (*const changes[])(Seen *seen) = { other_body, other_path, other_method, other_grant, other_case, other_operator,
	other_purpose, case_removed, digest_removed, later, fresh_nonce, other_alg, other_certificate, uncovered_purpose,
	uncovered_digest, uncovered_method, reordered, no_input, no_signature, empty_signature, short_signature, zero_signature,
	other_label, two_signatures };

static void
test_round(gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnSigner) signer = NULL;
	FnSignedRequest request = usual_request();
	FnSignatureInput input;
	Seen seen;
	Files f;

	write_files(&f, data);
	signer = fn_signer_new(f.key_file, f.certificate_file, &error);
	g_assert_no_error(error);
	see(&seen, signer, &request);
	g_assert_true(right(&seen, f.key, &input, &error));
	g_assert_no_error(error);
	g_assert_cmpint(input.created, ==, 1795312800);
	g_assert_cmpstr(input.nonce, ==, "nonce-0001");
	forget(&seen);
	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autoptr(GError) wrong = NULL;

		see(&seen, signer, &request);
		changes[i](&seen);
		g_test_message("%zu", i);
		g_assert_false(right(&seen, f.key, &input, &wrong));
		g_assert_error(wrong, FN_SHARE_ERROR, FN_SHARE_ERROR_SIGNATURE);
		forget(&seen);
	}
	remove_files(&f);
}

/* Another key of the same kind under the same name never passes. */
static void
test_other_key(void)
{
	FnSignedRequest request = usual_request();
	FnSignatureInput input;
	Seen seen;
	Files one, two;

	write_files(&one, "P-256");
	write_files(&two, "P-256");
	g_autoptr(FnSigner) signer = fn_signer_new(one.key_file, one.certificate_file, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_signer_new(two.key_file, one.certificate_file, &error));
	g_assert_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_CERTIFICATE);
	see(&seen, signer, &request);
	g_assert_false(right(&seen, two.key, &input, NULL));
	forget(&seen);
	remove_files(&one);
	remove_files(&two);
}

static void
test_bad_files(void)
{
	g_autoptr(GError) error = NULL, rsa = NULL;
	Files f;

	g_assert_null(fn_signer_new("/nonexistent", "/nonexistent", &error));
	g_assert_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_CERTIFICATE);
	write_files(&f, "rsa");
	g_assert_null(fn_signer_new(f.key_file, f.certificate_file, &rsa));
	g_assert_nonnull(strstr(rsa->message, "P-256, Ed25519 or SM2"));
	remove_files(&f);
}

/* The base is text that two programs must build alike: written out here (RFC 9421 2.5). */
static void
test_base(void)
{
	static const char header[] = "sig1=( \"@path\"  \"@method\" \"content-digest\" \"fengni-grant\");alg=\"ed25519\"; created=5;keyid=\"k\";nonce=\"12345678\"";
	FnSignedMessage message = { .value = { [FN_PART_METHOD] = "POST", [FN_PART_PATH] = "/p", [FN_PART_DIGEST] = "sha-256=:AA==:",
		[FN_PART_GRANT] = "g" } };
	g_autoptr(GString) base = g_string_new(NULL);
	FnSignatureInput input;

	g_assert_true(fn_signature_input_parse(header, &input, NULL));
	g_assert_true(fn_signature_base(base, &input, &message, NULL));
	g_assert_cmpstr(base->str, ==,
		"\"@path\": /p\n\"@method\": POST\n\"content-digest\": sha-256=:AA==:\n\"fengni-grant\": g\n"
		"\"@signature-params\": (\"@path\" \"@method\" \"content-digest\" \"fengni-grant\");alg=\"ed25519\";created=5;keyid=\"k\";nonce=\"12345678\"");
}

static const char *const bad_inputs[] = {
	"", "sig1", "sig1=", "Sig=()", "sig1=(", "sig1=()", "sig1=();created=1",
	"s=(\"@method\";req);created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=(\"@method\"\"@path\");created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=(\"@method\" \"@method\");created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=(\"@authority\");created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=(\"cookie\");created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=\"1\";nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=-1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=01;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=1.0;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=9999999999999999;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;created=2;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;expires=2;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=\"1234567\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=\"1234\\\"567\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=\"12345678\x7f\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=\"封封封封\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=12345678;keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\" x",
	"s=();created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\", t=();created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a\"",
	"s=();created=1;nonce=\"12345678\";keyid=\"k\";alg=\"a",
};

static const char *const bad_bytes[] = { "", "fengni", "fengni=", "fengni=:", "fengni=:A:", "fengni=:AA:", "fengni=:AA=:", "fengni=:AB==:",
	"fengni=:AAA=", "fengni=:AAAA", "fengni=:AAAA:x", "fengni=:AAAA:, b=:AAAA:", "fengni=:AA A:", "other=:AAAA:", "fengni=:AAAA===:",
	"fengni=:AAAAAAAA:" };

static const char *const bad_digests[] = { "", "sha-256=::", "sha-256=:AAAA:", "sha-512=:AAAA:", "sha-256=AAAA",
	"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
	"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:;a=1", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:," };

static void
test_refused(void)
{
	g_autofree char *long_input = g_strnfill(5000, 's');
	FnSignatureInput input;
	guint8 bytes[32], empty[32];
	gsize n;

	for (gsize i = 0; i < G_N_ELEMENTS(bad_inputs); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", bad_inputs[i]);
		g_assert_false(fn_signature_input_parse(bad_inputs[i], &input, &error));
		g_assert_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_SIGNATURE);
	}
	g_assert_false(fn_signature_input_parse(long_input, &input, NULL));
	g_assert_false(fn_signature_input_parse(NULL, &input, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(bad_bytes); i++) {
		g_test_message("%s", bad_bytes[i]);
		g_assert_false(fn_signature_bytes_parse(bad_bytes[i], "fengni", bytes, 4, &n, NULL));
	}
	g_assert_true(fn_signature_bytes_parse("fengni=:AAEC/w==:", "fengni", bytes, 4, &n, NULL));
	g_assert_true(n == 4 && memcmp(bytes, "\x00\x01\x02\xff", 4) == 0);
	for (gsize i = 0; i < G_N_ELEMENTS(bad_digests); i++) {
		g_test_message("%s", bad_digests[i]);
		g_assert_false(fn_content_digest_parse(bad_digests[i], bytes, NULL));
	}
	g_assert_true(fn_content_digest_parse("sha-512=:AAAA:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", bytes, NULL));
	fn_sha256("", 0, empty);
	g_assert_cmpmem(bytes, sizeof(bytes), empty, sizeof(empty));
}

static void
test_header_text(void)
{
	g_autofree char *text = fn_share_header_text("低保 50%");

	g_assert_cmpstr(text, ==, "%E4%BD%8E%E4%BF%9D%2050%25");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/signature/p256", "P-256", test_round);
	g_test_add_data_func("/signature/ed25519", "ed25519", test_round);
	g_test_add_data_func("/signature/sm2", "sm2", test_round);
	g_test_add_func("/signature/other-key", test_other_key);
	g_test_add_func("/signature/bad-files", test_bad_files);
	g_test_add_func("/signature/base", test_base);
	g_test_add_func("/signature/refused", test_refused);
	g_test_add_func("/signature/header-text", test_header_text);
	return g_test_run();
}
