/* Structured fields (RFC 8941), as much as Signature-Input, Signature and Content-Digest have of them. Nothing is repaired. */
#include "share/signature.h"

#include <string.h>

#define HEADER_MAX 2048

typedef struct {
	const char *header; /* its name, for messages */
	const char *start, *at;
	const char *wrong;  /* sticky */
	const char *wrong_at;
} Cursor;

static gboolean
fail(Cursor *c, const char *what)
{
	if (c->wrong == NULL) {
		c->wrong = what;
		c->wrong_at = c->at;
	}
	return FALSE;
}

static gboolean
give(const Cursor *c, gboolean good, GError **error)
{
	if (!good)
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_SIGNATURE, "%s, byte %zd: %s", c->header, c->wrong_at - c->start, c->wrong);
	return good;
}

static gboolean
open_header(Cursor *c, const char *name, const char *text)
{
	*c = (Cursor){ .header = name, .start = text != NULL ? text : "", .at = text != NULL ? text : "" };
	if (text == NULL)
		return fail(c, "the header is missing");
	return strnlen(text, HEADER_MAX + 1) <= HEADER_MAX || fail(c, "the header is too long");
}

static void
skip_spaces(Cursor *c)
{
	while (*c->at == ' ')
		c->at++;
}

static gboolean
take(Cursor *c, char expected, const char *what)
{
	if (*c->at != expected)
		return fail(c, what);
	c->at++;
	return TRUE;
}

/* key = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" ) */
static gboolean
take_key(Cursor *c, char *to, gsize room)
{
	gsize n = 0;

	if (!g_ascii_islower(*c->at) && *c->at != '*')
		return fail(c, "expected a key in lower case");
	while (g_ascii_islower(*c->at) || g_ascii_isdigit(*c->at) || (*c->at != '\0' && strchr("_-.*", *c->at) != NULL)) {
		if (n + 1 >= room)
			return fail(c, "a key that is too long");
		to[n++] = *c->at++;
	}
	to[n] = '\0';
	return TRUE;
}

/* A string without escapes: none of ours needs one. */
static gboolean
take_string(Cursor *c, char *to, gsize room)
{
	gsize n = 0;

	if (!take(c, '"', "expected a string in double quotes"))
		return FALSE;
	for (; *c->at != '"'; c->at++) {
		if (*c->at < 0x20 || *c->at > 0x7e || *c->at == '\\')
			return fail(c, "a character that a string here may not have");
		if (n + 1 >= room)
			return fail(c, "a string that is too long");
		to[n++] = *c->at;
	}
	to[n] = '\0';
	c->at++;
	return TRUE;
}

static gboolean
take_integer(Cursor *c, gint64 *out)
{
	gint64 value = 0;
	guint digits = 0;

	if (*c->at == '0' && g_ascii_isdigit(c->at[1]))
		return fail(c, "a number with a leading zero");
	for (; g_ascii_isdigit(*c->at); c->at++) {
		if (++digits > 15)
			return fail(c, "a number that is too large");
		value = value * 10 + (*c->at - '0');
	}
	*out = value;
	return digits > 0 || fail(c, "expected a whole number");
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (g_ascii_isdigit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* A byte sequence ":base64:", padded, with zero bits at the end: one text per value. */
static gboolean
take_bytes(Cursor *c, guint8 *to, gsize most, gsize *size_out)
{
	guint32 bits = 0;
	guint held = 0, characters = 0, padding = 0;
	gsize n = 0;

	if (!take(c, ':', "expected bytes between colons"))
		return FALSE;
	for (; base64_value(*c->at) >= 0; c->at++, characters++) {
		bits = bits << 6 | (guint32)base64_value(*c->at);
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (n == most)
			return fail(c, "more bytes than this can have");
		to[n++] = (guint8)(bits >> held);
		bits &= (1u << held) - 1;
	}
	for (; *c->at == '=' && padding < 2; c->at++)
		padding++;
	if ((characters + padding) % 4 != 0 || bits != 0 || held >= 6)
		return fail(c, "broken base64");
	*size_out = n;
	return take(c, ':', "expected ':' behind the bytes");
}

/* ---- Signature-Input ---- */

static const char *const part_names[FN_PARTS] = {
	[FN_PART_METHOD] = "@method", [FN_PART_PATH] = "@path", [FN_PART_DIGEST] = "content-digest", [FN_PART_GRANT] = "fengni-grant",
	[FN_PART_CASE] = "fengni-case", [FN_PART_OPERATOR] = "fengni-operator", [FN_PART_PURPOSE] = "fengni-purpose",
};

const char *
fn_signed_part_name(FnSignedPart part)
{
	return part_names[part];
}

static gboolean
take_component(Cursor *c, FnSignatureInput *out)
{
	char name[33];

	if (!take_string(c, name, sizeof(name)))
		return FALSE;
	for (guint part = 0; part < FN_PARTS; part++) {
		if (strcmp(part_names[part], name) != 0)
			continue;
		for (guint i = 0; i < out->parts; i++)
			if (out->part[i] == part)
				return fail(c, "a component twice");
		out->part[out->parts++] = (FnSignedPart)part;
		return *c->at == ' ' || *c->at == ')' || fail(c, "components have no parameters here");
	}
	return fail(c, "a component that is not signed here");
}

static gboolean
take_components(Cursor *c, FnSignatureInput *out)
{
	if (!take(c, '(', "expected '('"))
		return FALSE;
	for (skip_spaces(c); *c->at != ')'; skip_spaces(c))
		if (!take_component(c, out))
			return FALSE;
	c->at++;
	return TRUE;
}

enum { SEEN_CREATED = 1, SEEN_NONCE = 2, SEEN_KEYID = 4, SEEN_ALG = 8, SEEN_ALL = 15 };

static gboolean
take_parameter(Cursor *c, FnSignatureInput *out, guint *seen)
{
	char name[33];
	guint bit;

	if (!take_key(c, name, sizeof(name)))
		return FALSE;
	bit = strcmp(name, "created") == 0 ? SEEN_CREATED : strcmp(name, "nonce") == 0 ? SEEN_NONCE :
		strcmp(name, "keyid") == 0 ? SEEN_KEYID : strcmp(name, "alg") == 0 ? SEEN_ALG : 0;
	if (bit == 0)
		return fail(c, "a parameter that is not known here");
	if ((*seen & bit) != 0)
		return fail(c, "a parameter twice");
	*seen |= bit;
	if (!take(c, '=', "expected '='"))
		return FALSE;
	switch (bit) {
	case SEEN_CREATED: return take_integer(c, &out->created);
	case SEEN_NONCE: return take_string(c, out->nonce, sizeof(out->nonce));
	case SEEN_KEYID: return take_string(c, out->keyid, sizeof(out->keyid));
	default: return take_string(c, out->alg, sizeof(out->alg));
	}
}

/* "a;b" and "a; b" mean the same; the base has the first form, so both are brought to it. */
static gboolean
take_parameters(Cursor *c, FnSignatureInput *out, GString *params)
{
	guint seen = 0;

	while (*c->at == ';') {
		const char *from;

		c->at++;
		skip_spaces(c);
		from = c->at;
		if (!take_parameter(c, out, &seen))
			return FALSE;
		g_string_append_c(params, ';');
		g_string_append_len(params, from, c->at - from);
	}
	if (seen != SEEN_ALL)
		return fail(c, "created, nonce, keyid and alg must all be there");
	return strlen(out->nonce) >= 8 || fail(c, "a nonce of less than 8 characters");
}

static gboolean
take_end(Cursor *c)
{
	skip_spaces(c);
	if (*c->at == ',')
		return fail(c, "one signature only");
	return *c->at == '\0' || fail(c, "something stands behind");
}

static gboolean
take_input(Cursor *c, FnSignatureInput *out)
{
	g_autoptr(GString) params = g_string_sized_new(256);

	skip_spaces(c);
	if (!take_key(c, out->label, sizeof(out->label)) || !take(c, '=', "expected '='") || !take_components(c, out))
		return FALSE;
	g_string_append_c(params, '(');
	for (guint i = 0; i < out->parts; i++) {
		g_string_append(params, i > 0 ? " \"" : "\"");
		g_string_append(params, part_names[out->part[i]]);
		g_string_append_c(params, '"');
	}
	g_string_append_c(params, ')');
	if (!take_parameters(c, out, params) || !take_end(c))
		return FALSE;
	if (params->len >= sizeof(out->params))
		return fail(c, "too long");
	memcpy(out->params, params->str, params->len + 1);
	return TRUE;
}

gboolean
fn_signature_input_parse(const char *header, FnSignatureInput *out, GError **error)
{
	Cursor c;

	*out = (FnSignatureInput){ 0 };
	return give(&c, open_header(&c, "Signature-Input", header) && take_input(&c, out), error);
}

static gboolean
take_signature(Cursor *c, const char *label, guint8 *out, gsize most, gsize *size_out)
{
	char name[33];

	skip_spaces(c);
	if (!take_key(c, name, sizeof(name)))
		return FALSE;
	if (strcmp(name, label) != 0)
		return fail(c, "another label than in Signature-Input");
	return take(c, '=', "expected '='") && take_bytes(c, out, most, size_out) && take_end(c);
}

gboolean
fn_signature_bytes_parse(const char *header, const char *label, guint8 *out, gsize most, gsize *size_out, GError **error)
{
	Cursor c;

	return give(&c, open_header(&c, "Signature", header) && take_signature(&c, label, out, most, size_out), error);
}

static gboolean
take_digests(Cursor *c, guint8 out[32])
{
	gboolean found = FALSE;

	for (;;) {
		guint8 bytes[64];
		char name[33];
		gsize size;

		skip_spaces(c);
		if (!take_key(c, name, sizeof(name)) || !take(c, '=', "expected '='") || !take_bytes(c, bytes, sizeof(bytes), &size))
			return FALSE;
		if (strcmp(name, "sha-256") == 0) {
			if (found || size != 32)
				return fail(c, found ? "sha-256 twice" : "a sha-256 has 32 bytes");
			memcpy(out, bytes, 32);
			found = TRUE;
		}
		skip_spaces(c);
		if (*c->at != ',')
			break;
		c->at++;
	}
	if (*c->at != '\0')
		return fail(c, "something stands behind");
	return found || fail(c, "no sha-256 among the digests");
}

gboolean
fn_content_digest_parse(const char *header, guint8 out[32], GError **error)
{
	Cursor c;

	return give(&c, open_header(&c, "Content-Digest", header) && take_digests(&c, out), error);
}
