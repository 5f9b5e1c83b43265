/* What of an entry is watched: one pass over its members, nothing is copied. */
#include "watch/watch_priv.h"

#include "base/time.h"
#include "ipc/roles.h"

#include <string.h>

static const struct {
	const char *member;
	gsize at;
} texts[] = {
	{ "actor", offsetof(FnDeed, account) },
	{ "address", offsetof(FnDeed, address) },
	{ "case", offsetof(FnDeed, case_number) },
	{ "code", offsetof(FnDeed, code) },
	{ "grant", offsetof(FnDeed, grant) },
	{ "operator", offsetof(FnDeed, account) },
	{ "organization", offsetof(FnDeed, organization) },
	{ "system", offsetof(FnDeed, system) },
};

static const struct {
	const char *event, *result; /* NULL: any; else how it begins */
	FnDeedKind kind;
} events[] = {
	{ "share.query", NULL, FN_DEED_QUERY },
	{ "share.batch.open", NULL, FN_DEED_BATCH },
	{ "share.batch.close", NULL, FN_DEED_BATCH_END },
	{ "share.aggregate", NULL, FN_DEED_TABLE },
	{ "share.refused", NULL, FN_DEED_REFUSED },
	{ "share.strangers", NULL, FN_DEED_STRANGER },
	{ "session.login", "done", FN_DEED_LOGIN },
	{ "session.login", "refused:login", FN_DEED_LOGIN_FAILED },
	{ "console.strangers", "refused:login", FN_DEED_LOGIN_FAILED },
};

static gboolean
begins(FnSpan raw, const char *with)
{
	return raw.size >= strlen(with) && memcmp(raw.text, with, strlen(with)) == 0;
}

/* By the gate; where all programs run as one user the ledger stamps ADMIN (roles.h). */
static gboolean
is_the_gates(const FnEntry *entry)
{
	return fn_span_is(entry->from, fn_role_name(FN_ROLE_GATE)) ||
		(fn_roles_development() && fn_span_is(entry->from, fn_role_name(FN_ROLE_ADMIN)));
}

static void
take_text(FnDeed *deed, FnSpan name, FnSpan text)
{
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (fn_span_is(name, texts[i].member))
			*(FnSpan *)((char *)deed + texts[i].at) = text;
}

static void
take_number(FnDeed *deed, FnSpan name, guint64 number)
{
	if (fn_span_is(name, "rows"))
		deed->rows = (gint64)MIN(number, G_MAXINT32);
	else if (fn_span_is(name, "count"))
		deed->count = (gint64)CLAMP(number, 1, G_MAXINT32);
}

static void
take_list(FnDeed *deed, FnSpan name, FnCanon at)
{
	FnSpan text;

	if (!fn_span_is(name, "subjects") || !fn_canon_literal(&at, "["))
		return;
	while (deed->subjects < FN_WATCH_SUBJECTS && fn_canon_text(&at, &text)) {
		deed->subject[deed->subjects++] = text;
		if (!fn_canon_literal(&at, ","))
			break;
	}
}

static gboolean
take_member(FnDeed *deed, FnCanon *canon, FnSpan *result)
{
	FnCanon at;
	FnSpan name, text;
	guint64 number;

	if (!fn_canon_text(canon, &name) || !fn_canon_literal(canon, ":"))
		return FALSE;
	at = *canon;
	if (fn_canon_text(&at, &text)) {
		take_text(deed, name, text);
		if (fn_span_is(name, "result"))
			*result = text;
	} else if (fn_canon_unsigned(&at, &number)) {
		take_number(deed, name, number);
	} else {
		take_list(deed, name, *canon);
	}
	return fn_canon_value(canon);
}

static FnDeedKind
kind_of(const FnEntry *entry, const FnDeed *deed, FnSpan result)
{
	for (gsize i = 0; i < G_N_ELEMENTS(events); i++)
		if (fn_span_is(entry->event, events[i].event) && (events[i].result == NULL || begins(result, events[i].result)))
			return events[i].kind;
	if (deed->account.size == 0 || begins(entry->event, "share."))
		return 0;
	return FN_DEED_CONSOLE;
}

gboolean
fn_deed_read(const FnEntry *entry, guint64 index, FnDeed *deed_out)
{
	FnCanon canon = fn_canon_over(entry->body.text, entry->body.size);
	FnSpan result = { "", 0 };
	char time[FN_TIME_SIZE + 1];

	*deed_out = (FnDeed){ .index = index, .count = 1 };
	if (!is_the_gates(entry) || !fn_canon_literal(&canon, "{") || entry->time.size != FN_TIME_SIZE)
		return FALSE;
	memcpy(time, entry->time.text, FN_TIME_SIZE);
	time[FN_TIME_SIZE] = '\0';
	if (!fn_time_parse(time, &deed_out->at))
		return FALSE;
	while (take_member(deed_out, &canon, &result) && fn_canon_literal(&canon, ","))
		;
	deed_out->kind = kind_of(entry, deed_out, result);
	for (guint i = 0; deed_out->kind == FN_DEED_QUERY && i < deed_out->subjects; i++) /* once for all rules */
		deed_out->subject_hash[i] = fn_watch_hash(deed_out->subject[i]);
	return deed_out->kind != 0;
}
