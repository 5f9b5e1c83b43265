#include "catalog/reidentification.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/catalog_priv.h"
#include "catalog_sql.h"
#include "crypto/keeper_client.h"
#include "ledger/ledger.h"
#include "mask/mask.h"

#include <string.h>

#define PROCEDURE "reidentification"
enum { AUTHORISED_SECONDS = 60 };

char *
fn_catalog_mask_context(const char *grant)
{
	return g_strconcat(grant, "/1", NULL);
}

static const char *
text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* ---- what a case asks for ---- */

/* The content of @grant, which must be one of @provider's. */
static json_t *
content_of(FnDb *db, const char *grant, const char *provider, GError **error)
{
	g_autofree char *text = fn_catalog_grant_content(db, grant, error);
	json_t *content = text != NULL ? fn_json_parse(text, strlen(text), error) : NULL;

	if (content == NULL || g_str_equal(text_in(content, "provider"), provider))
		return content;
	json_decref(content);
	fn_catalog_input(error, "the grant is not one of the provider's");
	return NULL;
}

static gboolean
is_reversible(const char *spec, const char *field)
{
	static const guint8 any_key[32];
	g_autoptr(FnMaskColumn) column = fn_mask_column_new(spec, FN_SUITE_INTL, any_key, field, NULL);

	return column != NULL && fn_mask_column_reversible(column);
}

/* The operator through which @field leaves. Borrowed from @content. */
static const char *
mask_of(const json_t *content, const char *field, GError **error)
{
	const json_t *one;
	gsize i;

	json_array_foreach(json_object_get(content, "fields"), i, one) {
		const char *mask = text_in(one, "mask");

		if (!g_str_equal(text_in(one, "name"), field))
			continue;
		if (is_reversible(mask, field))
			return mask;
		fn_catalog_input(error, "what leaves in this field cannot be turned back: its mask is \"%s\"", mask);
		return NULL;
	}
	fn_catalog_input(error, "\"field\" must be one that the grant gives");
	return NULL;
}

static gboolean
check_pseudonyms(const json_t *list, GError **error)
{
	json_t *one;
	gsize i;

	json_array_foreach(list, i, one)
		for (const char *p = json_string_value(one); p != NULL && *p != '\0'; p = g_utf8_next_char(p))
			if (g_unichar_iscntrl(g_utf8_get_char(p)))
				return fn_catalog_input(error, "pseudonym %zu must have no control characters", i + 1);
	return TRUE;
}

gboolean
fn_reidentification_check(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *content = content_of(db, which->subject, text_in(which->parties, "provider"), error);
	gboolean good = content != NULL && mask_of(content, text_in(which->form, "field"), error) != NULL &&
		check_pseudonyms(json_object_get(which->form, "pseudonyms"), error);

	json_decref(content);
	return good;
}

/* ---- the clock ---- */

/* A case as its history tells it; texts are borrowed from @shown. */
typedef struct {
	json_t *shown;
	const json_t *form, *approved, *used; /* entries of the history; NULL: there is none */
	const char *id, *grant, *provider;
	gint64 end; /* of the approval */
} Case;

static void
case_clear(Case *which)
{
	json_decref(which->shown);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

/* The approval in force and whether the last step was a use. */
static gboolean
read_case(FnDb *db, FnWork *work, const char *id, gint64 now, Case *out, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	const json_t *history, *event;
	gint64 since;
	gsize i;

	if ((out->shown = fn_work_show(work, db, id, platform, now, error)) == NULL)
		return FALSE;
	if (!g_str_equal(text_in(out->shown, "procedure"), PROCEDURE))
		return fn_catalog_state(error, "the case is about something else");
	history = json_object_get(out->shown, "history");
	json_array_foreach(history, i, event)
		if (g_str_equal(text_in(event, "step"), "approve"))
			out->approved = event;
	event = json_array_get(history, json_array_size(history) - 1);
	out->used = g_str_equal(text_in(event, "step"), "use") ? event : NULL;
	out->form = json_object_get(out->shown, "form");
	out->id = text_in(out->shown, "id");
	out->grant = text_in(out->shown, "subject");
	out->provider = text_in(json_object_get(out->shown, "parties"), "provider");
	if (out->approved == NULL || !g_str_equal(text_in(out->shown, "state"), "approved") ||
		!fn_time_parse(text_in(out->approved, "at"), &since))
		return fn_catalog_state(error, "the case is not approved");
	out->end = fn_approval_end(since, out->form);
	return TRUE;
}

/* The grant's signature is looked at here too: a mask written past it would turn back what nobody approved. */
static gboolean
check_grant(FnDb *db, FnIpcClient *keeper, const char *grant, GError **error)
{
	g_autoptr(FnRows) row = fn_catalog_row(db, &fn_sql_catalog_grant, FN_BINDS(FN_TEXT("id", grant)), "there is no grant", grant, error);
	g_autofree char *text = row != NULL ? fn_keeper_public(keeper, "grant", error) : NULL;
	g_autoptr(FnPublicKey) key = text != NULL ? fn_public_key_parse(text, error) : NULL;
	const char *signature, *content;
	g_autofree guint8 *bytes = NULL;
	gsize size;

	if (key == NULL)
		return FALSE;
	signature = fn_rows_text(row, "signature");
	content = fn_rows_text(row, "content");
	if (signature == NULL)
		return fn_catalog_state(error, "the grant is not signed");
	bytes = g_base64_decode(signature, &size);
	return fn_verify(key, "grant", content, strlen(content), bytes, size, NULL) ||
		fn_catalog_state(error, "the grant's signature does not verify");
}

static char *
digest_text(const char *text)
{
	guint8 digest[FN_DIGEST_SIZE];

	fn_sm3(text, strlen(text), digest);
	return fn_hex(digest, sizeof(digest));
}

/* Of one grant's pseudonyms, so that equal ones of two grants do not show as equal. */
static json_t *
digests_of(const Case *which)
{
	json_t *digests = json_array(), *one;
	gsize i;

	json_array_foreach(json_object_get(which->form, "pseudonyms"), i, one) {
		g_autofree char *text = g_strconcat(which->grant, "\n", json_string_value(one), NULL), *digest = digest_text(text);

		json_array_append_new(digests, json_string(digest));
	}
	return digests;
}

/* Durable when this returns. Who, whose and what for, but no pseudonym, no original and none of the words that people wrote: those
 * are bound by the digest of the form. */
static gboolean
enter(FnIpcClient *ledger, const Case *which, GError **error)
{
	g_autofree char *form = fn_json_canonical(which->form), *form_digest = digest_text(form), *end = fn_time_format(which->end);
	g_autofree char *body = NULL;
	json_t *digests = digests_of(which), *entry;

	entry = json_pack("{s:s, s:s, s:s, s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "actor", text_in(which->used, "account"), "approved_by",
		text_in(which->approved, "account"), "case", which->id, "count", (json_int_t)json_array_size(digests), "digests", digests, "event",
		"reidentification.authorised", "expires", end, "field", text_in(which->form, "field"), "form", form_digest, "grant", which->grant,
		"organization", text_in(which->used, "organization"), "provider", which->provider);
	body = fn_json_canonical(entry);
	json_decref(entry);
	return fn_ledger_append_wait(ledger, FN_CLASS_PERMANENT, body, strlen(body), NULL, error);
}

/* What the keeper is to sign, canonical: for a minute by its clock, and never past the approval. */
static char *
message_of(FnDb *db, const Case *which, gint64 now, GError **error)
{
	json_t *content = content_of(db, which->grant, which->provider, error), *message;
	const char *field = text_in(which->form, "field"), *mask = content != NULL ? mask_of(content, field, error) : NULL;
	g_autofree char *context = fn_catalog_mask_context(which->grant);
	g_autofree char *until = fn_time_format(fn_time_now() + MIN(AUTHORISED_SECONDS * G_USEC_PER_SEC, which->end - now));
	char *text = NULL;

	if (mask != NULL) {
		message = json_pack("{s:s, s:s, s:s, s:O, s:s, s:s}", "case", which->id, "column", field, "context", context, "pseudonyms",
			json_object_get(which->form, "pseudonyms"), "spec", mask, "until", until);
		text = fn_json_canonical(message);
		json_decref(message);
	}
	json_decref(content);
	return text;
}

static char *
sign(FnIpcClient *keeper, const char *message, GError **error)
{
	gsize size;
	g_autofree guint8 *bytes = fn_keeper_sign(keeper, "reversal", message, &size, error);
	g_autofree char *signature = bytes != NULL ? g_base64_encode(bytes, size) : NULL;

	return signature != NULL ? g_strdup_printf("{\"authorisation\":%s,\"signature\":\"%s\"}", message, signature) : NULL;
}

char *
fn_reidentification_authorise(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *case_id, gint64 now,
	GError **error)
{
	g_auto(Case) which = { 0 };
	g_autofree char *message = NULL;

	if (!fn_work_audit(work, db, case_id, error) || !read_case(db, work, case_id, now, &which, error))
		return NULL;
	if (which.used == NULL || now >= which.end) {
		fn_catalog_state(error, which.used == NULL ? "take the step \"use\" first" : "the approval has run out");
		return NULL;
	}
	if (!check_grant(db, keeper, which.grant, error) || (message = message_of(db, &which, now, error)) == NULL ||
		!enter(ledger, &which, error))
		return NULL;
	return sign(keeper, message, error);
}
