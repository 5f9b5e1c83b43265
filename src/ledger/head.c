#include "ledger/head.h"

#include "base/json.h"
#include "base/text.h"
#include "ledger/note.h"
#include "ledger/segment.h"

#include <string.h>

void
fn_head_clear(FnHead *head)
{
	g_free(head->origin);
	g_free(head->time);
	g_free(head->note);
	g_free(head->sm3_signature);
	memset(head, 0, sizeof(*head));
}

gboolean
fn_origin_is_valid(const char *origin)
{
	/* The note's body is signed as it is: it must not look like what the keeper signs for other purposes. */
	return fn_note_name_is_valid(origin) && strlen(origin) <= FN_ORIGIN_MAX && strstr(origin, "://") == NULL && !g_str_has_prefix(origin, "fengni/v");
}

char *
fn_head_message(const FnHead *head, FnSuite suite)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	g_autofree char *root = fn_hex(suite == FN_SUITE_GM ? head->sm3 : head->sha256, FN_DIGEST_SIZE);

	fn_json_begin_object(&json);
	fn_json_member(&json, "origin", head->origin);
	fn_json_member(&json, "root", root);
	fn_json_member_int(&json, "size", (gint64)head->size);
	fn_json_member(&json, "time", head->time);
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}

char *
fn_head_note_body(const FnHead *head)
{
	g_autofree char *root = g_base64_encode(head->sha256, FN_DIGEST_SIZE);

	return g_strdup_printf("%s\n%" G_GUINT64_FORMAT "\n%s\n", head->origin, head->size, root);
}

static gboolean
key_id(const char *origin, const char *intl_key, guint8 id_out[FN_KEY_ID_SIZE], GError **error)
{
	g_autofree guint8 *key = NULL;
	gsize size = 0;

	if (g_str_has_prefix(intl_key, "intl:"))
		key = g_base64_decode(intl_key + 5, &size);
	if (size != 32) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "not an Ed25519 public key (intl:<base64 of 32 bytes>)");
		return FALSE;
	}
	fn_note_key_id(origin, FN_NOTE_ED25519, key, id_out);
	return TRUE;
}

char *
fn_head_note(const FnHead *head, const char *intl_key, const guint8 *signature, gsize size, GError **error)
{
	g_autoptr(GByteArray) signed_bytes = g_byte_array_new();
	g_autofree char *body = fn_head_note_body(head);
	g_autofree char *base64 = NULL;
	guint8 id[FN_KEY_ID_SIZE];

	if (!key_id(head->origin, intl_key, id, error))
		return NULL;
	g_byte_array_append(signed_bytes, id, sizeof(id));
	g_byte_array_append(signed_bytes, signature, (guint)size);
	base64 = g_base64_encode(signed_bytes->data, signed_bytes->len);
	return g_strdup_printf("%s\n\xe2\x80\x94 %s %s\n", body, head->origin, base64);
}

void
fn_head_write(const FnHead *head, GString *out)
{
	FnJson json = fn_json_to(out);
	g_autofree char *sha256 = fn_hex(head->sha256, FN_DIGEST_SIZE);
	g_autofree char *sm3 = fn_hex(head->sm3, FN_DIGEST_SIZE);
	g_autofree char *signature = g_base64_encode(head->sm3_signature, head->sm3_signature_size);

	fn_json_begin_object(&json);
	fn_json_member(&json, "note", head->note);
	fn_json_member(&json, "origin", head->origin);
	fn_json_member(&json, "sha256", sha256);
	fn_json_member_int(&json, "size", (gint64)head->size);
	fn_json_member(&json, "sm3", sm3);
	fn_json_member(&json, "sm3_signature", signature);
	fn_json_member(&json, "time", head->time);
	fn_json_end_object(&json);
}

static gboolean
take_text(FnCanon *canon, const char *literal, gsize most, char **text_out)
{
	FnSpan raw;

	if (!fn_canon_literal(canon, literal) || !fn_canon_text(canon, &raw) || raw.size > most)
		return FALSE;
	g_free(*text_out);
	*text_out = fn_canon_unescape(raw);
	return TRUE;
}

static gboolean
take_digest(FnCanon *canon, const char *literal, guint8 *digest_out)
{
	g_autofree char *hex = NULL;

	return take_text(canon, literal, 2 * FN_DIGEST_SIZE, &hex) && fn_unhex(hex, digest_out, FN_DIGEST_SIZE);
}

/* What was taken spells itself again in the same bytes: hexadecimal and base64 have other spellings of the same value. */
static gboolean
spells(const FnHead *head, const char *from, const char *to)
{
	GString *again = g_string_new(NULL);
	gboolean same;

	fn_head_write(head, again);
	same = again->len == (gsize)(to - from) && memcmp(again->str, from, again->len) == 0;
	g_string_free(again, TRUE);
	return same;
}

gboolean
fn_head_take(FnCanon *canon, FnHead *head_out)
{
	g_auto(FnHead) head = { 0 };
	g_autofree char *signature = NULL;
	const char *from = canon->at;

	if (!take_text(canon, "{\"note\":", 2048, &head.note) || !take_text(canon, ",\"origin\":", FN_ORIGIN_MAX, &head.origin) ||
	    !fn_origin_is_valid(head.origin) || !take_digest(canon, ",\"sha256\":", head.sha256) ||
	    !fn_canon_literal(canon, ",\"size\":") || !fn_canon_unsigned(canon, &head.size) ||
	    !take_digest(canon, ",\"sm3\":", head.sm3) || !take_text(canon, ",\"sm3_signature\":", 256, &signature) ||
	    !take_text(canon, ",\"time\":", 40, &head.time) || !fn_canon_literal(canon, "}"))
		return FALSE;
	head.sm3_signature = g_base64_decode(signature, &head.sm3_signature_size);
	if (head.size == 0 || !spells(&head, from, canon->at))
		return FALSE;
	*head_out = head;
	memset(&head, 0, sizeof(head));
	return TRUE;
}

/* The signature bytes in the note's last line; the whole note must be the one that fn_head_note() writes around them. */
static gboolean
note_signature(const FnHead *head, const char *intl_key, guint8 signature_out[64], GError **error)
{
	const char *space = strrchr(head->note, ' ');
	g_autofree guint8 *raw = NULL;
	g_autofree char *again = NULL;
	gsize size = 0;

	if (space != NULL)
		raw = g_base64_decode(space + 1, &size);
	if (size == FN_KEY_ID_SIZE + 64) {
		memcpy(signature_out, raw + FN_KEY_ID_SIZE, 64);
		again = fn_head_note(head, intl_key, signature_out, 64, error);
		if (again == NULL)
			return FALSE;
	}
	if (g_strcmp0(again, head->note) == 0)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "the note does not say what the head says, or names another key");
	return FALSE;
}

static gboolean
signature_holds(const char *key_text, FnSuite suite, const char *message, const guint8 *signature, gsize size, GError **error)
{
	g_autoptr(FnPublicKey) key = fn_public_key_parse(key_text, error);

	if (key == NULL)
		return FALSE;
	if (fn_public_key_suite(key) != suite) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "not a public key of suite %s", fn_suite_name(suite));
		return FALSE;
	}
	if (suite == FN_SUITE_GM)
		return fn_verify(key, "ledger_head_gm", message, strlen(message), signature, size, error);
	return fn_verify_bare(key, message, strlen(message), signature, size, error);
}

gboolean
fn_head_verify(const FnHead *head, const char *gm_key, const char *intl_key, GError **error)
{
	g_autofree char *message = fn_head_message(head, FN_SUITE_GM);
	g_autofree char *body = fn_head_note_body(head);
	g_autoptr(GError) why = NULL;
	const char *part = "note";
	guint8 signature[64];
	gboolean holds = note_signature(head, intl_key, signature, &why) &&
		signature_holds(intl_key, FN_SUITE_INTL, body, signature, sizeof(signature), &why);

	if (holds) {
		part = "SM2 signature";
		holds = signature_holds(gm_key, FN_SUITE_GM, message, head->sm3_signature, head->sm3_signature_size, &why);
	}
	if (!holds)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "the %s of the head of size %" G_GUINT64_FORMAT ": %s", part,
			head->size, why->message);
	return holds;
}
