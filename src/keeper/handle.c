#include "keeper/keeper_priv.h"

#include "base/text.h"
#include "crypto/keeper_client.h"

#include <string.h>

enum { PEM_MAX = 16384, NAMES_MAX = 16, SUBJECT_MAX = 64, LEASE_SIZE = 32 };

typedef struct {
	FnKeeper *keeper;
	const char *purpose;
	const json_t *request;
	FnJson *reply;
} Call;

static const struct {
	const char *purpose;
	FnKey key;
	FnShape shape;
} signers[] = {
	{ "ledger_head_gm", FN_KEY_HEAD_GM, FN_SHAPE_HEAD_GM },
	{ "ledger_head_intl", FN_KEY_HEAD_INTL, FN_SHAPE_HEAD_INTL },
	{ "grant", FN_KEY_GRANT, FN_SHAPE_GRANT },
	{ "reversal", FN_KEY_GRANT, FN_SHAPE_REVERSAL },
	{ "pruning", FN_KEY_GRANT, FN_SHAPE_PRUNING },
};

static gsize
signer_of(const char *purpose)
{
	for (gsize i = 0; i < G_N_ELEMENTS(signers); i++)
		if (g_str_equal(signers[i].purpose, purpose))
			return i;
	g_assert_not_reached(); /* the table of permits has no other purpose with these operations */
}

static gboolean
status(const Call *call, GError **error)
{
	fn_json_member_bool(call->reply, "ready", TRUE);
	fn_json_member(call->reply, "suite", fn_suite_name(call->keeper->suite));
	return TRUE;
}

static gboolean
public(const Call *call, GError **error)
{
	if (g_str_equal(call->purpose, "ca")) {
		g_autofree char *pem = fn_authority_pem(call->keeper->authority);

		fn_json_member(call->reply, "certificate", pem);
	} else {
		fn_json_member(call->reply, "key", call->keeper->public[signers[signer_of(call->purpose)].key]);
	}
	return TRUE;
}

static gboolean
sign(const Call *call, GError **error)
{
	gsize i = signer_of(call->purpose);
	gsize size, signature_size;
	g_autofree guint8 *bytes = fn_shape_bytes(signers[i].shape, json_object_get(call->request, "message"), &size, error);
	g_autoptr(EVP_PKEY) pair = NULL;
	g_autofree guint8 *signature = NULL;
	g_autofree char *text = NULL;

	if (bytes == NULL || (pair = fn_keeper_pair(call->keeper, signers[i].key, error)) == NULL)
		return FALSE;
	signature = fn_pair_sign(fn_keeper_kind(call->keeper->suite, signers[i].key), pair, bytes, size, &signature_size, error);
	if (signature == NULL)
		return FALSE;
	text = g_base64_encode(signature, signature_size);
	fn_json_member(call->reply, "signature", text);
	return TRUE;
}

static gboolean
lease(const Call *call, GError **error)
{
	const char *context = fn_shape_text(call->request, "context", 1, FN_CONTEXT_MAX, error);
	guint8 key[LEASE_SIZE];
	char *text;

	if (context == NULL || !fn_keeper_derive(call->keeper, call->purpose, context, key, error))
		return FALSE;
	text = g_base64_encode(key, sizeof key);
	explicit_bzero(key, sizeof key);
	fn_json_member(call->reply, "key", text);
	fn_json_member_int(call->reply, "seconds", call->keeper->lease_seconds);
	fn_secret_free(text);
	return TRUE;
}

static gboolean
destroy(const Call *call, GError **error)
{
	const char *context = fn_shape_text(call->request, "context", 1, FN_CONTEXT_MAX, error);

	return context != NULL && fn_keeper_forget(call->keeper, call->purpose, context, error);
}

static gboolean
reverse(const Call *call, GError **error)
{
	return fn_reverse(call->keeper, call->request, call->reply, error);
}

/* ---- issue ---- */

static gboolean
read_subject(const json_t *request, FnIssue *wish, GError **error)
{
	static const char *const names[FN_SUBJECT_FIELDS + 1] = { "O", "OU", "CN", "serialNumber", NULL };
	const json_t *subject = json_object_get(request, "subject");

	if (!fn_shape_members(subject, names, error))
		return FALSE;
	for (gsize i = 0; i < FN_SUBJECT_FIELDS; i++)
		if ((i == FN_SUBJECT_CN || json_object_get(subject, names[i]) != NULL) &&
		    (wish->subject[i] = fn_shape_text(subject, names[i], 1, SUBJECT_MAX, error)) == NULL)
			return FALSE;
	return TRUE;
}

static gboolean
read_dns(const json_t *request, const char *names_out[NAMES_MAX + 1], GError **error)
{
	const json_t *dns = json_object_get(request, "dns");
	json_t *name;
	gsize i;

	if (dns != NULL && (!json_is_array(dns) || json_array_size(dns) > NAMES_MAX))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"dns\" must be an array of at most 16 texts");
	json_array_foreach(dns, i, name) {
		if ((names_out[i] = json_string_value(name)) == NULL || strlen(names_out[i]) != json_string_length(name))
			return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"dns\" must be an array of at most 16 texts");
	}
	return TRUE;
}

static gboolean
read_rest(const Call *call, FnIssue *wish, GError **error)
{
	const json_t *days = json_object_get(call->request, "days");
	const json_t *csr = json_object_get(call->request, "csr");
	const char *usage = fn_shape_text(call->request, "usage", 1, 16, error);

	if (usage == NULL)
		return FALSE;
	if (!g_str_equal(usage, "client") && !g_str_equal(usage, "server"))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "\"usage\" must be client or server");
	if (!json_is_integer(days) || json_integer_value(days) < 1 || json_integer_value(days) > call->keeper->certificate_days)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST,
			"\"days\" must be a whole number from 1 to %" G_GINT64_FORMAT " (the setting certificate_days)",
			call->keeper->certificate_days);
	if (!json_is_string(csr) || json_string_length(csr) > PEM_MAX || strlen(json_string_value(csr)) != json_string_length(csr))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_CSR, "\"csr\" must be a certificate request in PEM of at most 16 KiB");
	wish->server = g_str_equal(usage, "server");
	wish->days = json_integer_value(days);
	wish->csr = json_string_value(csr);
	return TRUE;
}

static gboolean
issue(const Call *call, GError **error)
{
	const char *names[NAMES_MAX + 1] = { NULL };
	FnIssue wish = { .dns = names };
	g_autoptr(EVP_PKEY) pair = NULL;
	g_autofree char *pem = NULL;

	if (!read_subject(call->request, &wish, error) || !read_dns(call->request, names, error) || !read_rest(call, &wish, error) ||
	    (pair = fn_keeper_pair(call->keeper, FN_KEY_CA, error)) == NULL ||
	    (pem = fn_authority_issue(call->keeper->authority, pair, &wish, error)) == NULL)
		return FALSE;
	fn_json_member(call->reply, "certificate", pem);
	return TRUE;
}

/* ---- the table ---- */

static const struct {
	guint32 operation;
	const char *members[8];
	gboolean (*run)(const Call *call, GError **error);
} operations[] = {
	{ FN_KEEPER_OP_STATUS, { NULL }, status },
	{ FN_KEEPER_OP_PUBLIC, { "purpose" }, public },
	{ FN_KEEPER_OP_SIGN, { "purpose", "message" }, sign },
	{ FN_KEEPER_OP_LEASE, { "purpose", "context" }, lease },
	{ FN_KEEPER_OP_ISSUE, { "purpose", "csr", "subject", "days", "usage", "dns" }, issue },
	{ FN_KEEPER_OP_DESTROY, { "purpose", "context" }, destroy },
	{ FN_KEEPER_OP_REVERSE, { "purpose", "authorisation", "signature" }, reverse },
};

static gboolean
run(gsize i, FnRole role, Call *call, GError **error)
{
	call->purpose = operations[i].operation == FN_KEEPER_OP_STATUS
		? "" : json_string_value(json_object_get(call->request, "purpose"));
	if (!json_is_object(call->request) || call->purpose == NULL)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "expected a JSON object with a text \"purpose\"");
	if (!fn_keeper_permits(role, call->keeper->development, call->purpose, operations[i].operation)) {
		g_autofree char *safe = fn_text_safe(call->purpose, -1, 64);

		return fn_keeper_fail(error, FN_KEEPER_ERROR_NOT_ALLOWED, "%s may not do this with \"%s\"", fn_role_name(role), safe);
	}
	return fn_shape_members(call->request, operations[i].members, error) && operations[i].run(call, error);
}

gboolean
fn_keeper_handle(FnKeeper *keeper, FnRole role, guint32 operation, const void *payload, gsize size, GString *reply,
	GError **error)
{
	g_autoptr(GError) why = NULL;
	FnJson json = fn_json_to(reply);
	Call call = { .keeper = keeper, .reply = &json };
	json_t *request;
	gboolean done;
	gsize i = 0;

	while (i < G_N_ELEMENTS(operations) && operations[i].operation != operation)
		i++;
	if (i == G_N_ELEMENTS(operations))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_OPERATION, "the keeper has no operation %u", operation);
	if ((request = fn_json_parse(payload, size, &why)) == NULL)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "%s", why->message);
	call.request = request;
	fn_json_begin_object(&json);
	done = run(i, role, &call, error);
	fn_json_end_object(&json);
	json_decref(request);
	if (!done)
		g_string_truncate(reply, 0);
	return done;
}
