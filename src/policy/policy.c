#include "policy/policy_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

#define SIGNATURE_WINDOW (300 * G_USEC_PER_SEC) /* RFC 9421 "created": this far from our clock either way */
#define SIGNED_FROM_LEVEL 3

static gboolean
given(const char *text)
{
	return text != NULL && *text != '\0';
}

static gboolean
same(const char *a, const char *b)
{
	return given(a) && given(b) && strcmp(a, b) == 0;
}

static gboolean
among(const char *const *list, const char *text)
{
	for (; list != NULL && *list != NULL; list++)
		if (same(*list, text))
			return TRUE;
	return FALSE;
}

/* Each test answers "does this hold?". A later test may rely on what the earlier ones established. */
static gboolean
certificate_there(const FnQuestion *q, const char **what)
{
	return q->certificate != NULL && q->certificate->present;
}

static gboolean
certificate_begun(const FnQuestion *q, const char **what)
{
	return q->now >= q->certificate->not_before;
}

static gboolean
certificate_lasting(const FnQuestion *q, const char **what)
{
	return q->now <= q->certificate->not_after;
}

static gboolean
certificate_trusted(const FnQuestion *q, const char **what)
{
	return q->certificate->trusted;
}

static gboolean
certificate_known(const FnQuestion *q, const char **what)
{
	return q->system != NULL && same(q->certificate->system, q->system->id);
}

static gboolean
certificate_not_revoked(const FnQuestion *q, const char **what)
{
	return !q->certificate->revoked;
}

static gboolean
system_active(const FnQuestion *q, const char **what)
{
	*what = q->system->id;
	return q->system->active;
}

static gboolean
resource_there(const FnQuestion *q, const char **what)
{
	return q->resource != NULL && given(q->resource->code);
}

/* Only the two types that may be shared pass; an unknown third is as good as withheld. */
static gboolean
resource_shareable(const FnQuestion *q, const char **what)
{
	*what = q->resource->code;
	return same(q->resource->sharing_type, "unconditional") || same(q->resource->sharing_type, "conditional");
}

static gboolean
resource_published(const FnQuestion *q, const char **what)
{
	*what = q->resource->code;
	return same(q->resource->state, "published");
}

static gboolean
grant_given(const FnQuestion *q, const char **what)
{
	return given(q->grant_id);
}

static gboolean
grant_there(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return q->grant != NULL && same(q->grant->id, q->grant_id);
}

static gboolean
grant_of_system(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return same(q->grant->system, q->system->id) && same(q->grant->organization, q->system->organization);
}

static gboolean
grant_of_resource(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return same(q->grant->resource, q->resource->code);
}

static gboolean
grant_not_suspended(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return !same(q->grant->state, "suspended") && !same(q->grant->state, "rectifying");
}

static gboolean
grant_not_ended(const FnQuestion *q, const char **what)
{
	static const char *const ended[] = { "terminated", "disposal_due", "disposed", NULL };

	*what = q->grant_id;
	return !among(ended, q->grant->state);
}

static gboolean
grant_active(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return same(q->grant->state, "active");
}

static gboolean
grant_signed(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return q->grant->signed_right;
}

static gboolean
grant_begun(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return q->now >= q->grant->from;
}

static gboolean
grant_lasting(const FnQuestion *q, const char **what)
{
	*what = q->grant_id;
	return q->now < q->grant->until;
}

static gboolean
mode_granted(const FnQuestion *q, const char **what)
{
	*what = q->mode;
	return same(q->grant->mode, q->mode);
}

static gboolean
fields_granted(const FnQuestion *q, const char **what)
{
	const char *const *asked = q->fields != NULL ? q->fields : q->grant->fields;

	if (asked == NULL || *asked == NULL)
		return FALSE;
	for (; *asked != NULL; asked++)
		if (!among(q->grant->fields, *asked)) {
			*what = *asked;
			return FALSE;
		}
	return TRUE;
}

static gboolean
purpose_given(const FnQuestion *q, const char **what)
{
	return given(q->purpose);
}

static gboolean
purpose_granted(const FnQuestion *q, const char **what)
{
	return same(q->purpose, q->grant->purpose);
}

static gboolean
case_given(const FnQuestion *q, const char **what)
{
	return !q->grant->case_required || given(q->case_number);
}

static gboolean
operator_given(const FnQuestion *q, const char **what)
{
	return given(q->operator_account);
}

static gboolean
operator_allowed(const FnQuestion *q, const char **what)
{
	*what = q->operator_account;
	return among(q->operators_known, q->operator_account) &&
		(q->grant->operators == NULL || among(q->grant->operators, q->operator_account));
}

/* A resource whose level nobody stated is treated like one of a high level. */
static gboolean
signature_there(const FnQuestion *q, const char **what)
{
	return q->signature_present || (q->resource->level > 0 && q->resource->level < SIGNED_FROM_LEVEL);
}

static gboolean
signature_verified(const FnQuestion *q, const char **what)
{
	return !q->signature_present || q->signature_right;
}

static gboolean
signature_fresh(const FnQuestion *q, const char **what)
{
	return !q->signature_present ||
		(q->signature_created >= q->now - SIGNATURE_WINDOW && q->signature_created <= q->now + SIGNATURE_WINDOW);
}

static gboolean
nonce_new(const FnQuestion *q, const char **what)
{
	return !q->signature_present || !q->nonce_seen;
}

/* From 22:00 until 06:00 runs over midnight. Equal ends are an empty window, so that zeros never mean "always". */
static gboolean
within_hours(const FnQuestion *q, const char **what)
{
	guint minute = fn_time_minute_of_day(q->now), from = q->grant->hour_from, until = q->grant->hour_until;

	if (from > until)
		return minute >= from || minute < until;
	return minute >= from && minute < until;
}

static gboolean
within_quota(const FnQuestion *q, const char **what)
{
	gint64 quota = q->grant->quota_day;

	if (quota == 0)
		return TRUE;
	if (quota < 0 || q->used_today < 0 || q->wanted < 0 || q->used_today > quota)
		return FALSE;
	return q->wanted <= quota - q->used_today;
}

typedef struct {
	FnDeny deny; /* when the test fails */
	gboolean (*holds)(const FnQuestion *question, const char **what);
} Test;

/* The order is part of the contract: who is calling, what for, under which grant, how, and last what is counted. */
static const Test tests[] = {
	{ FN_DENY_CERTIFICATE_MISSING, certificate_there },
	{ FN_DENY_CERTIFICATE_NOT_YET, certificate_begun },
	{ FN_DENY_CERTIFICATE_EXPIRED, certificate_lasting },
	{ FN_DENY_CERTIFICATE_UNTRUSTED, certificate_trusted },
	{ FN_DENY_CERTIFICATE_UNKNOWN, certificate_known },
	{ FN_DENY_CERTIFICATE_REVOKED, certificate_not_revoked },
	{ FN_DENY_SYSTEM_INACTIVE, system_active },
	{ FN_DENY_RESOURCE_UNKNOWN, resource_there },
	{ FN_DENY_RESOURCE_WITHHELD, resource_shareable },
	{ FN_DENY_RESOURCE_NOT_PUBLISHED, resource_published },
	{ FN_DENY_GRANT_MISSING, grant_given },
	{ FN_DENY_GRANT_UNKNOWN, grant_there },
	{ FN_DENY_GRANT_OTHER_SYSTEM, grant_of_system },
	{ FN_DENY_GRANT_OTHER_RESOURCE, grant_of_resource },
	{ FN_DENY_GRANT_EXPIRED, grant_lasting },
	{ FN_DENY_GRANT_SUSPENDED, grant_not_suspended },
	{ FN_DENY_GRANT_ENDED, grant_not_ended },
	{ FN_DENY_GRANT_NOT_ACTIVE, grant_active },
	{ FN_DENY_GRANT_UNSIGNED, grant_signed },
	{ FN_DENY_GRANT_NOT_YET, grant_begun },
	{ FN_DENY_MODE, mode_granted },
	{ FN_DENY_FIELD, fields_granted },
	{ FN_DENY_PURPOSE_MISSING, purpose_given },
	{ FN_DENY_PURPOSE, purpose_granted },
	{ FN_DENY_CASE_MISSING, case_given },
	{ FN_DENY_OPERATOR_MISSING, operator_given },
	{ FN_DENY_OPERATOR_UNKNOWN, operator_allowed },
	{ FN_DENY_SIGNATURE_MISSING, signature_there },
	{ FN_DENY_SIGNATURE_WRONG, signature_verified },
	{ FN_DENY_CLOCK_SKEW, signature_fresh },
	{ FN_DENY_NONCE_SEEN, nonce_new },
	{ FN_DENY_OUTSIDE_HOURS, within_hours },
	{ FN_DENY_QUOTA, within_quota },
};
G_STATIC_ASSERT(G_N_ELEMENTS(tests) == FN_DENIES - 2); /* all reasons but "undecided" and "none" */

static FnDecision
verdict(FnDeny deny, const char *what)
{
	return (FnDecision){ .permit = deny == FN_DENY_NONE, .deny = deny, .status = fn_policy_status(deny),
		.code = fn_policy_code(deny), .what = what };
}

static FnDecision
first_failure(const FnQuestion *question, gsize most)
{
	for (gsize i = 0; i < most; i++) {
		const char *what = NULL;

		if (!tests[i].holds(question, &what))
			return verdict(tests[i].deny, what);
	}
	return verdict(FN_DENY_NONE, NULL);
}

FnDecision
fn_policy_decide(const FnQuestion *question)
{
	return first_failure(question, G_N_ELEMENTS(tests));
}

FnDecision
fn_policy_decide_before_quota(const FnQuestion *question)
{
	G_STATIC_ASSERT(G_N_ELEMENTS(tests) > 1);
	g_assert(tests[G_N_ELEMENTS(tests) - 1].deny == FN_DENY_QUOTA);
	return first_failure(question, G_N_ELEMENTS(tests) - 1);
}

static void
explain_refusal(GString *out, FnDeny deny, const char *what, const char *language)
{
	g_autofree char *safe = fn_text_safe(what != NULL ? what : "", -1, 128);

	g_string_append_printf(out, "      %u %s%s%s\n      %s\n", fn_policy_status(deny), fn_policy_code(deny),
		what != NULL ? ": " : "", safe, fn_policy_words(deny, language));
}

char *
fn_policy_explain(const FnQuestion *question, const char *language)
{
	gboolean zh = g_strcmp0(language, "zh") == 0;
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
		const FnPolicyWords *row = fn_policy_row(tests[i].deny);
		const char *what = NULL;
		gboolean holds = tests[i].holds(question, &what);

		g_string_append_printf(out, "%s  %s\n", fn_say_in(holds ? "ok  " : "NO  ", zh), fn_say_in(row->asks, zh));
		if (!holds) {
			explain_refusal(out, tests[i].deny, what, language);
			return g_string_free(out, FALSE);
		}
	}
	g_string_append_printf(out, "%s\n", fn_policy_words(FN_DENY_NONE, language));
	return g_string_free(out, FALSE);
}
