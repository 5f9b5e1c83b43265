/* The judge: may this caller have this, now? A pure function over what its caller gathered. Table-tested; `fengni explain`
 * prints its reasons. The zero value of a decision is deny. */
#pragma once

#include <glib.h>

/* What a certificate, a system, an operator and a grant are to the judge. NULL pointers mean "not given / not found". */
typedef struct {
	const char *id, *organization, *name;
	gboolean active;
} FnPolicySystem;
typedef struct {
	gboolean present, trusted, revoked; /* trusted: the door's chain check succeeded */
	gint64 not_before, not_after;       /* us */
	const char *system;                 /* the system it is pinned to, NULL: unknown certificate */
} FnPolicyCertificate;
typedef struct {
	const char *id, *resource, *organization, *system, *mode, *purpose, *state; /* state: active, suspended, terminated, … */
	const char *const *fields;    /* granted, NULL-ended */
	const char *const *operators; /* allowed operator accounts, NULL-ended; NULL: any of the system */
	gint64 from, until;           /* us */
	guint hour_from, hour_until;  /* minutes of the day, China time; 0 and 1440: always */
	gint64 quota_day;             /* queries (rows for batch) a day, 0: none */
	gboolean case_required, signed_right; /* signed_right: the keeper's signature over it verified */
} FnPolicyGrant;
typedef struct {
	const char *code, *state, *sharing_type; /* unconditional, conditional, withheld */
	guint level;
} FnPolicyResource;

typedef struct {
	const FnPolicyCertificate *certificate;
	const FnPolicySystem *system;
	const FnPolicyGrant *grant;
	const FnPolicyResource *resource;
	const char *grant_id; /* as the caller gave it: tells "none given" from "not found" */
	const char *mode, *purpose, *case_number, *operator_account;
	const char *const *operators_known; /* accounts the system may name */
	const char *const *fields;          /* asked for, NULL-ended; NULL: all granted */
	gint64 now;
	gint64 used_today; /* of the grant's quota, reservations included */
	gint64 wanted;     /* how much this call would use */
	gboolean signature_present, signature_right; /* RFC 9421 */
	gint64 signature_created; /* us */
	gboolean nonce_seen;
} FnQuestion;

typedef enum { /* FN_DENY_NONE only together with permit */
	FN_DENY_UNDECIDED = 0,
	FN_DENY_NONE,
	FN_DENY_CERTIFICATE_MISSING, FN_DENY_CERTIFICATE_UNTRUSTED, FN_DENY_CERTIFICATE_EXPIRED, FN_DENY_CERTIFICATE_NOT_YET,
	FN_DENY_CERTIFICATE_REVOKED, FN_DENY_CERTIFICATE_UNKNOWN, FN_DENY_SYSTEM_INACTIVE,
	FN_DENY_RESOURCE_UNKNOWN, FN_DENY_RESOURCE_NOT_PUBLISHED, FN_DENY_RESOURCE_WITHHELD,
	FN_DENY_GRANT_MISSING, FN_DENY_GRANT_UNKNOWN, FN_DENY_GRANT_OTHER_SYSTEM, FN_DENY_GRANT_OTHER_RESOURCE, FN_DENY_GRANT_UNSIGNED,
	FN_DENY_GRANT_SUSPENDED, FN_DENY_GRANT_ENDED, FN_DENY_GRANT_NOT_ACTIVE, FN_DENY_GRANT_NOT_YET, FN_DENY_GRANT_EXPIRED,
	FN_DENY_MODE, FN_DENY_FIELD, FN_DENY_PURPOSE_MISSING, FN_DENY_PURPOSE, FN_DENY_CASE_MISSING, FN_DENY_OPERATOR_MISSING, FN_DENY_OPERATOR_UNKNOWN,
	FN_DENY_SIGNATURE_MISSING, FN_DENY_SIGNATURE_WRONG, FN_DENY_CLOCK_SKEW, FN_DENY_NONCE_SEEN,
	FN_DENY_OUTSIDE_HOURS, FN_DENY_QUOTA,
	FN_DENIES,
} FnDeny;

typedef struct {
	gboolean permit;
	FnDeny deny;
	guint status;      /* HTTP: 401, 403, 404, 429 */
	const char *code;  /* stable: "field_not_granted" */
	const char *what;  /* the field, operator … that was refused; borrowed from the question, or NULL */
} FnDecision;
/* Puts the question through every test in a fixed order; the first that fails decides. Never permits by default. Pure and
 * thread-safe. Decree 809 arts. 21-24: use only by the agreed purpose, scope and term. */
FnDecision fn_policy_decide(const FnQuestion *question);
/* The same without the quota: whether a call may be made at all, before anything is reserved. */
FnDecision fn_policy_decide_before_quota(const FnQuestion *question);
const char *fn_policy_code(FnDeny deny);
guint fn_policy_status(FnDeny deny);
/* The reason in words, and what to do next. @language "zh" or "en". */
const char *fn_policy_words(FnDeny deny, const char *language);
/* Every test in order with its outcome, until the one that decided: for `fengni explain`. Caller frees. */
char *fn_policy_explain(const FnQuestion *question, const char *language);
