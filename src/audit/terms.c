/* What of an entry can be asked for: one table. A member that is a list gives a term for each text in it. */
#include "audit/audit_priv.h"

#include "crypto/crypto.h"

#include <string.h>

G_DEFINE_QUARK(fn-audit-error-quark, fn_audit_error)

static const struct {
	FnAuditColumn column;
	const char *member;
	const char *event; /* only in events that begin so; NULL: in all */
	char cut;          /* what stands before the first of these is a term of its own: "refused:state" is found as "refused" too */
} members[] = {
	{ FN_AUDIT_ACTOR, "actor", NULL, 0 },
	{ FN_AUDIT_ACTOR, "operator", NULL, 0 },
	{ FN_AUDIT_ACTOR, "approved_by", NULL, 0 },
	{ FN_AUDIT_ORGANIZATION, "organization", NULL, 0 },
	{ FN_AUDIT_PROVIDER, "provider", NULL, 0 },
	{ FN_AUDIT_SYSTEM, "system", NULL, 0 },
	{ FN_AUDIT_SYSTEM, "subject", "system.", 0 },
	{ FN_AUDIT_RESOURCE, "resource", NULL, 0 },
	{ FN_AUDIT_RESOURCE, "subject", "resource.", 0 },
	{ FN_AUDIT_GRANT, "grant", NULL, 0 },
	{ FN_AUDIT_CASE, "case", NULL, 0 },
	{ FN_AUDIT_CASE, "subject", "case.", ':' },
	{ FN_AUDIT_CASE, "subject", "reidentification.", 0 },
	{ FN_AUDIT_CASE, "subject", "lookup.", 0 },
	{ FN_AUDIT_ACTION, "event", NULL, '.' },
	{ FN_AUDIT_RESULT, "result", NULL, ':' },
	{ FN_AUDIT_RESULT, "code", NULL, 0 },
	{ FN_AUDIT_SUBJECT, "subjects", NULL, 0 },
	{ FN_AUDIT_ABOUT, "subject", NULL, 0 },
	{ FN_AUDIT_ADDRESS, "address", NULL, 0 },
};

const char *
fn_audit_column_name(FnAuditColumn column)
{
	static const char *const name[FN_AUDIT_COLUMNS] = {
		[FN_AUDIT_ACTOR] = "actor",
		[FN_AUDIT_ORGANIZATION] = "organization",
		[FN_AUDIT_PROVIDER] = "provider",
		[FN_AUDIT_SYSTEM] = "system",
		[FN_AUDIT_RESOURCE] = "resource",
		[FN_AUDIT_GRANT] = "grant",
		[FN_AUDIT_CASE] = "case",
		[FN_AUDIT_ACTION] = "action",
		[FN_AUDIT_RESULT] = "result",
		[FN_AUDIT_SUBJECT] = "subject",
		[FN_AUDIT_ABOUT] = "about",
		[FN_AUDIT_ADDRESS] = "address",
	};

	g_assert(column < FN_AUDIT_COLUMNS);
	return name[column];
}

typedef struct {
	const FnEntry *entry;
	FnAuditTerm each;
	gpointer data;
} Walk;

static gboolean
begins(FnSpan raw, const char *with)
{
	return with == NULL || (raw.size >= strlen(with) && memcmp(raw.text, with, strlen(with)) == 0);
}

static void
give(const Walk *walk, gsize row, FnSpan raw)
{
	g_autofree char *unescaped = memchr(raw.text, '\\', raw.size) != NULL ? fn_canon_unescape(raw) : NULL;
	const char *text = unescaped != NULL ? unescaped : raw.text, *end;
	gsize size = unescaped != NULL ? strlen(unescaped) : raw.size;

	walk->each(members[row].column, text, size, walk->data);
	end = members[row].cut != 0 ? memchr(text, members[row].cut, size) : NULL;
	if (end != NULL && end > text)
		walk->each(members[row].column, text, (gsize)(end - text), walk->data);
}

static void
give_all(const Walk *walk, FnSpan name, FnSpan raw)
{
	for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
		if (fn_span_is(name, members[i].member) && begins(walk->entry->event, members[i].event))
			give(walk, i, raw);
}

/* A text, or the texts at the start of a list. */
static gboolean
value(const Walk *walk, FnSpan name, FnCanon *canon)
{
	FnCanon at = *canon;
	FnSpan raw;

	if (fn_canon_text(&at, &raw)) {
		give_all(walk, name, raw);
	} else if (fn_canon_literal(&at, "[")) {
		while (fn_canon_text(&at, &raw)) {
			give_all(walk, name, raw);
			if (!fn_canon_literal(&at, ","))
				break;
		}
	}
	return fn_canon_value(canon);
}

void
fn_audit_terms(const FnEntry *entry, FnAuditTerm each, gpointer data)
{
	FnCanon canon = fn_canon_over(entry->body.text, entry->body.size);
	Walk walk = { entry, each, data };
	FnSpan name;

	each(FN_AUDIT_ALL, "", 0, data);
	if (!fn_canon_literal(&canon, "{"))
		return;
	while (fn_canon_text(&canon, &name) && fn_canon_literal(&canon, ":") && value(&walk, name, &canon))
		if (!fn_canon_literal(&canon, ","))
			break;
}

gint64
fn_audit_term_number(FnAuditColumn column, const char *text, gsize size)
{
	guint8 bytes[1 + FN_AUDIT_TEXT] = { (guint8)column }, digest[FN_DIGEST_SIZE];
	guint64 number;

	size = MIN(size, FN_AUDIT_TEXT);
	if (size > 0)
		memcpy(bytes + 1, text, size);
	fn_sha256(bytes, size + 1, digest);
	memcpy(&number, digest, sizeof(number));
	return (gint64)(GUINT64_FROM_BE(number) >> 1);
}
