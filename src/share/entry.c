#include "share/entry.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* Members in the order of their names: that makes the text canonical. */
static const struct {
	const char *name;
	char type; /* t text, i number, b truth, l list of texts */
	gsize at;
} members[] = {
#define MEMBER(name_, type_, field_) { name_, type_, offsetof(FnShareEntry, field_) }
	MEMBER("address", 't', address), MEMBER("bytes", 'i', bytes), MEMBER("case", 't', case_number), MEMBER("cells", 'i', cells),
	MEMBER("code", 't', code),
	MEMBER("count", 'i', count), MEMBER("date", 't', date), MEMBER("detectors", 'l', detectors), MEMBER("digest", 't', digest),
	MEMBER("epsilon", 't', epsilon),
	MEMBER("event", 't', event),
	MEMBER("field", 't', field), MEMBER("fields", 'l', fields), MEMBER("grant", 't', grant), MEMBER("k", 'i', k),
	MEMBER("levels", 'l', levels), MEMBER("mode", 't', mode),
	MEMBER("nonce", 't', nonce), MEMBER("operator", 't', operator_account), MEMBER("organization", 't', organization),
	MEMBER("part", 'i', part),
	MEMBER("policy", 't', policy), MEMBER("provider", 't', provider), MEMBER("purpose", 't', purpose),
	MEMBER("resource", 't', resource), MEMBER("result", 't', result), MEMBER("rows", 'i', rows), MEMBER("signed", 'b', is_signed),
	MEMBER("stream", 't', stream), MEMBER("subjects", 'l', subjects), MEMBER("system", 't', system),
	MEMBER("threshold", 'i', threshold), MEMBER("withheld", 'i', withheld),
#undef MEMBER
};

static void
write_list(FnJson *json, const char *const *list)
{
	fn_json_begin_array(json);
	for (; *list != NULL; list++)
		fn_json_text(json, *list);
	fn_json_end_array(json);
}

void
fn_share_entry_write(GString *out, const FnShareEntry *entry)
{
	FnJson json = fn_json_to(out);

	fn_json_begin_object(&json);
	for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
		const char *at = (const char *)entry + members[i].at;

		if (members[i].type == 't' && *(const char *const *)at != NULL) {
			fn_json_member(&json, members[i].name, *(const char *const *)at);
		} else if (members[i].type == 'i' && *(const gint64 *)at >= 0) {
			fn_json_member_int(&json, members[i].name, *(const gint64 *)at);
		} else if (members[i].type == 'b' && *(const gboolean *)at) {
			fn_json_member_bool(&json, members[i].name, TRUE);
		} else if (members[i].type == 'l' && *(const char *const *const *)at != NULL) {
			fn_json_name(&json, members[i].name);
			write_list(&json, *(const char *const *const *)at);
		}
	}
	fn_json_end_object(&json);
}

gboolean
fn_share_entry_is_ours(const char *from)
{
	return g_strcmp0(from, fn_role_name(fn_roles_development() ? FN_ROLE_ADMIN : FN_ROLE_GATE)) == 0;
}

void
fn_receipt_id(char out[FN_RECEIPT_ID_SIZE], guint64 index, const guint8 *salt)
{
	static const char digit[] = "0123456789abcdef";
	int n = g_snprintf(out, FN_RECEIPT_ID_SIZE, "%" G_GUINT64_FORMAT "-", index);

	for (guint i = 0; i < 8; i++) {
		out[n++] = digit[salt[i] >> 4];
		out[n++] = digit[salt[i] & 15];
	}
	out[n] = '\0';
}

gboolean
fn_receipt_id_parse(const char *text, guint64 *index_out, guint8 salt_out[8])
{
	char again[FN_RECEIPT_ID_SIZE];
	guint64 index = 0;
	const char *p = text;

	for (; g_ascii_isdigit(*p); p++) {
		if (index > (G_MAXUINT64 - 9) / 10)
			return FALSE;
		index = index * 10 + (guint64)(*p - '0');
	}
	if (p == text || *p != '-' || !fn_unhex(p + 1, salt_out, 8))
		return FALSE;
	fn_receipt_id(again, index, salt_out);
	*index_out = index;
	return strcmp(again, text) == 0;
}
