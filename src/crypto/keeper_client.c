#include "crypto/keeper_client.h"

#include "base/json.h"
#include "base/pool.h"

#include <string.h>

enum { KEY = 32 };

struct FnLease {
	FnMutex mutex;
	/* under the mutex: */
	gint64 until; /* g_get_monotonic_time() */
	guint8 key[KEY];
};

G_DEFINE_QUARK(fn-keeper-client-error-quark, fn_keeper_client_error)

/* A value that perhaps holds a key: its texts are wiped before they are freed. */
static void
forget(json_t *value)
{
	const char *name;
	json_t *member;

	json_object_foreach(value, name, member)
		if (json_is_string(member))
			explicit_bzero((char *)json_string_value(member), json_string_length(member));
	json_decref(value);
}

typedef json_t Reply;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, forget)

static gpointer
bad_reply(const char *what, GError **error)
{
	g_set_error(error, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_REPLY,
		"the keeper's answer has no proper \"%s\": its version differs from ours", what);
	return NULL;
}

static Reply *
call(FnIpcClient *keeper, guint32 op, const GString *payload, GError **error)
{
	GBytes *bytes = fn_ipc_call(keeper, op, payload->str, payload->len, 0, error);
	Reply *reply;
	gsize size;
	char *text;

	if (bytes == NULL)
		return NULL;
	text = g_bytes_unref_to_data(bytes, &size);
	reply = size > 0 ? fn_json_parse(text, size, NULL) : NULL;
	if (size > 0)
		explicit_bzero(text, size);
	g_free(text);
	if (reply != NULL && json_is_object(reply))
		return reply;
	json_decref(reply);
	return bad_reply("object", error);
}

/* {"purpose":…,"<name>":…}; @name may be NULL. */
static GString *
request(const char *purpose, const char *name, const char *value)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_member(&json, "purpose", purpose);
	if (name != NULL)
		fn_json_member(&json, name, value);
	fn_json_end_object(&json);
	return text;
}

static guint8 *
take_base64(const Reply *reply, const char *name, gsize *size_out, GError **error)
{
	const char *text = json_string_value(json_object_get(reply, name));
	g_autofree guint8 *bytes = NULL;
	gsize size = 0;

	if (text != NULL)
		bytes = g_base64_decode(text, &size);
	if (size == 0)
		return bad_reply(name, error);
	*size_out = size;
	return g_steal_pointer(&bytes);
}

static char *
take_text(const Reply *reply, const char *name, GError **error)
{
	const char *text = json_string_value(json_object_get(reply, name));

	return text != NULL ? g_strdup(text) : bad_reply(name, error);
}

static gboolean
is_canonical(const char *message, GError **error)
{
	g_autofree char *canonical = NULL;
	json_t *value = fn_json_parse(message, strlen(message), error);

	if (value == NULL) {
		g_prefix_error(error, "message to be signed: ");
		return FALSE;
	}
	canonical = fn_json_canonical(value);
	json_decref(value);
	if (g_str_equal(canonical, message))
		return TRUE;
	g_set_error(error, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_MESSAGE,
		"message to be signed: not in canonical form (names sorted, no spaces)");
	return FALSE;
}

guint8 *
fn_keeper_sign(FnIpcClient *keeper, const char *purpose, const char *message, gsize *size_out, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(Reply) reply = NULL;
	FnJson json = fn_json_to(text);

	if (!is_canonical(message, error))
		return NULL;
	fn_json_begin_object(&json);
	fn_json_member(&json, "purpose", purpose);
	fn_json_name(&json, "message");
	fn_json_raw(&json, message, strlen(message));
	fn_json_end_object(&json);
	if ((reply = call(keeper, FN_KEEPER_OP_SIGN, text, error)) == NULL)
		return NULL;
	return take_base64(reply, "signature", size_out, error);
}

char *
fn_keeper_public(FnIpcClient *keeper, const char *purpose, GError **error)
{
	g_autoptr(GString) text = request(purpose, NULL, NULL);
	g_autoptr(Reply) reply = call(keeper, FN_KEEPER_OP_PUBLIC, text, error);

	if (reply == NULL)
		return NULL;
	return take_text(reply, g_str_equal(purpose, "ca") ? "certificate" : "key", error);
}

/* Texts and nulls only. */
static gboolean
are_values(const json_t *values)
{
	json_t *value;
	gsize i;

	json_array_foreach(values, i, value)
		if (!json_is_string(value) && !json_is_null(value))
			return FALSE;
	return json_is_array(values);
}

json_t *
fn_keeper_reverse(FnIpcClient *keeper, const char *authorised, GError **error)
{
	json_t *asked = fn_json_parse(authorised, strlen(authorised), error), *values;
	g_autofree char *whole = NULL;
	g_autoptr(GString) text = NULL;
	g_autoptr(Reply) reply = NULL;

	if (asked == NULL)
		return NULL;
	if (json_object_set_new(asked, "purpose", json_string("mask")) == 0)
		whole = fn_json_canonical(asked);
	json_decref(asked);
	if (whole == NULL) {
		g_set_error(error, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_MESSAGE, "authorisation: expected a JSON object");
		return NULL;
	}
	text = g_string_new(whole);
	if ((reply = call(keeper, FN_KEEPER_OP_REVERSE, text, error)) == NULL)
		return NULL;
	values = json_object_get(reply, "values");
	return are_values(values) ? json_incref(values) : bad_reply("values", error);
}

gboolean
fn_keeper_destroy(FnIpcClient *keeper, const char *purpose, const char *context, GError **error)
{
	g_autoptr(GString) text = request(purpose, "context", context);
	g_autoptr(Reply) reply = call(keeper, FN_KEEPER_OP_DESTROY, text, error);

	return reply != NULL;
}

char *
fn_keeper_issue(FnIpcClient *keeper, const char *csr_pem, const char *request_json, GError **error)
{
	json_t *about = fn_json_parse(request_json, strlen(request_json), error);
	g_autofree char *whole = NULL;
	g_autoptr(GString) text = NULL;
	g_autoptr(Reply) reply = NULL;
	gboolean fits;

	if (about == NULL)
		return NULL;
	/* Fails when @about is no object or the PEM no UTF-8. */
	fits = json_object_set_new(about, "purpose", json_string("ca")) == 0 &&
		json_object_set_new(about, "csr", json_string(csr_pem)) == 0;
	if (fits)
		whole = fn_json_canonical(about);
	json_decref(about);
	if (!fits) {
		g_set_error(error, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_MESSAGE,
			"certificate request: expected a JSON object and a PEM text");
		return NULL;
	}
	text = g_string_new(whole);
	if ((reply = call(keeper, FN_KEEPER_OP_ISSUE, text, error)) == NULL)
		return NULL;
	return take_text(reply, "certificate", error);
}

FnLease *
fn_lease_get(FnIpcClient *keeper, const char *purpose, const char *context, GError **error)
{
	gint64 asked = g_get_monotonic_time();
	g_autoptr(GString) text = request(purpose, "context", context);
	g_autoptr(Reply) reply = call(keeper, FN_KEEPER_OP_LEASE, text, error);
	g_autofree guint8 *key = NULL;
	const json_t *seconds;
	gsize size;
	FnLease *lease;

	if (reply == NULL || (key = take_base64(reply, "key", &size, error)) == NULL)
		return NULL;
	seconds = json_object_get(reply, "seconds");
	if (size != KEY || !json_is_integer(seconds) || json_integer_value(seconds) < 1 ||
	    json_integer_value(seconds) > G_MAXINT32) {
		explicit_bzero(key, size);
		return bad_reply("seconds", error);
	}
	lease = g_new0(FnLease, 1);
	pthread_mutex_init(&lease->mutex, NULL);
	lease->until = asked + json_integer_value(seconds) * G_USEC_PER_SEC;
	memcpy(lease->key, key, KEY);
	explicit_bzero(key, KEY);
	return lease;
}

/* With the mutex. */
static gboolean
runs(FnLease *lease)
{
	if (g_get_monotonic_time() < lease->until)
		return TRUE;
	explicit_bzero(lease->key, KEY);
	return FALSE;
}

const guint8 *
fn_lease_key(FnLease *lease)
{
	gboolean good;

	fn_mutex_lock(&lease->mutex);
	good = runs(lease);
	fn_mutex_unlock(&lease->mutex);
	return good ? lease->key : NULL;
}

gboolean
fn_lease_copy(FnLease *lease, guint8 key_out[KEY])
{
	gboolean good;

	fn_mutex_lock(&lease->mutex);
	if ((good = runs(lease)))
		memcpy(key_out, lease->key, KEY);
	fn_mutex_unlock(&lease->mutex);
	return good;
}

void
fn_lease_free(FnLease *lease)
{
	if (lease == NULL)
		return;
	explicit_bzero(lease->key, KEY);
	pthread_mutex_destroy(&lease->mutex);
	g_free(lease);
}
