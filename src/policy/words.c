#include "policy/policy_priv.h"

#include "base/say.h"

/* One row per reason. Codes are interface: callers' programs and the ledger keep them. */
static const FnPolicyWords table[FN_DENIES] = {
	[FN_DENY_UNDECIDED] = { FN_DENY_UNDECIDED, 403, "undecided",
		"a decision was made",
		"No decision could be made, which counts as a refusal. Tell the platform's administrator the receipt of this answer." },
	[FN_DENY_NONE] = { FN_DENY_NONE, 200, "permitted",
		"every condition holds",
		"Permitted." },
	[FN_DENY_CERTIFICATE_MISSING] = { FN_DENY_CERTIFICATE_MISSING, 401, "certificate_missing",
		"a client certificate was shown",
		"No client certificate was shown. Connect over mutual TLS with the certificate that this platform issued to your system." },
	[FN_DENY_CERTIFICATE_EXPIRED] = { FN_DENY_CERTIFICATE_EXPIRED, 401, "certificate_expired",
		"the certificate has not expired",
		"The client certificate has expired. Have your organization's administrator request and register a new one." },
	[FN_DENY_CERTIFICATE_NOT_YET] = { FN_DENY_CERTIFICATE_NOT_YET, 401, "certificate_not_yet_valid",
		"the certificate is already valid",
		"The client certificate is not valid yet. Check its start, or call again once it is valid." },
	[FN_DENY_CERTIFICATE_UNTRUSTED] = { FN_DENY_CERTIFICATE_UNTRUSTED, 401, "certificate_untrusted",
		"the certificate comes from a trusted authority",
		"The client certificate was not issued by an authority that this platform trusts, or its chain is incomplete. Use the one issued here." },
	[FN_DENY_CERTIFICATE_UNKNOWN] = { FN_DENY_CERTIFICATE_UNKNOWN, 401, "certificate_unknown",
		"the certificate is registered for a system",
		"This client certificate is registered for no system. Have your administrator register its fingerprint." },
	[FN_DENY_CERTIFICATE_REVOKED] = { FN_DENY_CERTIFICATE_REVOKED, 401, "certificate_revoked",
		"the certificate is not revoked",
		"The client certificate was revoked. Stop using it and have your administrator request a new one." },
	[FN_DENY_SYSTEM_INACTIVE] = { FN_DENY_SYSTEM_INACTIVE, 403, "system_inactive",
		"the calling system is active",
		"The calling system is not active. Ask your administrator or the sharing authority." },
	[FN_DENY_RESOURCE_UNKNOWN] = { FN_DENY_RESOURCE_UNKNOWN, 404, "resource_unknown",
		"the resource exists",
		"There is no resource of this code. Check it in the catalog." },
	[FN_DENY_RESOURCE_WITHHELD] = { FN_DENY_RESOURCE_WITHHELD, 403, "resource_withheld",
		"the resource is of a sharing type that may be shared",
		"This resource is withheld from sharing. The catalog states why; you may open a dispute." },
	[FN_DENY_RESOURCE_NOT_PUBLISHED] = { FN_DENY_RESOURCE_NOT_PUBLISHED, 404, "resource_not_published",
		"the resource is published",
		"This resource is not published at present. See its state in the catalog and call again once it is published." },
	[FN_DENY_GRANT_MISSING] = { FN_DENY_GRANT_MISSING, 403, "grant_missing",
		"the request names its grant",
		"The request names no grant. Put the id of your grant into the header Fengni-Grant." },
	[FN_DENY_GRANT_UNKNOWN] = { FN_DENY_GRANT_UNKNOWN, 403, "grant_unknown",
		"the grant exists",
		"There is no grant of this id. Check Fengni-Grant, or apply for sharing first." },
	[FN_DENY_GRANT_OTHER_SYSTEM] = { FN_DENY_GRANT_OTHER_SYSTEM, 403, "grant_other_system",
		"the grant belongs to the calling system",
		"This grant does not belong to the calling system. Use the certificate of the system it names, or apply for this one." },
	[FN_DENY_GRANT_OTHER_RESOURCE] = { FN_DENY_GRANT_OTHER_RESOURCE, 403, "grant_other_resource",
		"the grant is for the requested resource",
		"This grant is for another resource. Check the resource code and the id of the grant." },
	[FN_DENY_GRANT_SUSPENDED] = { FN_DENY_GRANT_SUSPENDED, 403, "grant_suspended",
		"the grant is not suspended",
		"This grant is suspended. See the reason on your desk, put it right and ask for it to be resumed." },
	[FN_DENY_GRANT_ENDED] = { FN_DENY_GRANT_ENDED, 403, "grant_ended",
		"the grant has not ended",
		"This grant has ended. Apply again if you still need the data, and dispose in time of what you hold." },
	[FN_DENY_GRANT_NOT_ACTIVE] = { FN_DENY_GRANT_NOT_ACTIVE, 403, "grant_not_active",
		"the grant is active",
		"This grant is not active yet. Follow its progress on your desk and call again once it is active." },
	[FN_DENY_GRANT_UNSIGNED] = { FN_DENY_GRANT_UNSIGNED, 403, "grant_unsigned",
		"the signature over the grant is right",
		"This grant carries no valid signature of the platform; its content may have been changed. Ask the platform's administrator to look into it." },
	[FN_DENY_GRANT_NOT_YET] = { FN_DENY_GRANT_NOT_YET, 403, "grant_not_yet_valid",
		"the term of the grant has begun",
		"The term of this grant has not begun. Call again after its start." },
	[FN_DENY_GRANT_EXPIRED] = { FN_DENY_GRANT_EXPIRED, 403, "grant_expired",
		"the term of the grant is not over",
		"The term of this grant is over. Apply for renewal if you still need the data." },
	[FN_DENY_MODE] = { FN_DENY_MODE, 403, "mode_not_granted",
		"the grant allows this mode",
		"The grant does not include this mode. Call in the mode it names, or apply for a change." },
	[FN_DENY_FIELD] = { FN_DENY_FIELD, 403, "field_not_granted",
		"every requested field is granted",
		"A field outside the grant was asked for. Leave it out, or apply for a wider grant." },
	[FN_DENY_PURPOSE_MISSING] = { FN_DENY_PURPOSE_MISSING, 403, "purpose_missing",
		"the request states its purpose",
		"The request states no purpose. Put the purpose of your grant into the header Fengni-Purpose." },
	[FN_DENY_PURPOSE] = { FN_DENY_PURPOSE, 403, "purpose_not_granted",
		"the purpose is the grant's",
		"The stated purpose is not the grant's. Data may be used for the granted purpose only; apply for a change if it has changed." },
	[FN_DENY_CASE_MISSING] = { FN_DENY_CASE_MISSING, 403, "case_missing",
		"a case number is given where demanded",
		"This grant demands a case number. Put the number of the case at hand into the header Fengni-Case." },
	[FN_DENY_OPERATOR_MISSING] = { FN_DENY_OPERATOR_MISSING, 403, "operator_missing",
		"the operator is named",
		"The request names no operator. Put the account of the acting person into the header Fengni-Operator." },
	[FN_DENY_OPERATOR_UNKNOWN] = { FN_DENY_OPERATOR_UNKNOWN, 403, "operator_not_allowed",
		"the operator may use the system and the grant",
		"This operator is not registered for the calling system, or not among those the grant names. Have your administrator register the account." },
	[FN_DENY_SIGNATURE_MISSING] = { FN_DENY_SIGNATURE_MISSING, 401, "signature_missing",
		"the request is signed (level 3 and above)",
		"Requests for this resource must be signed (RFC 9421). Sign with the key of the system's certificate and try again." },
	[FN_DENY_SIGNATURE_WRONG] = { FN_DENY_SIGNATURE_WRONG, 401, "signature_wrong",
		"the signature of the request is right",
		"The signature of the request is wrong or does not cover what it must. Check the key, the body's digest and the signed headers." },
	[FN_DENY_CLOCK_SKEW] = { FN_DENY_CLOCK_SKEW, 401, "clock_skew",
		"the signature was made within 300 seconds of our clock",
		"The signature was made more than 300 seconds off our clock. Set your system's clock right and sign again." },
	[FN_DENY_NONCE_SEEN] = { FN_DENY_NONCE_SEEN, 401, "nonce_seen",
		"the nonce of the signature was not used before",
		"The nonce of this signature was already used. Sign each request with a fresh nonce." },
	[FN_DENY_OUTSIDE_HOURS] = { FN_DENY_OUTSIDE_HOURS, 403, "outside_hours",
		"it is within the hours of the grant",
		"It is outside the hours of this grant. Call within them, or apply for a change." },
	[FN_DENY_QUOTA] = { FN_DENY_QUOTA, 429, "quota_exceeded",
		"the quota of the day is not used up",
		"The quota of the day is used up. Call again tomorrow, or apply for a larger one." },
};

const FnPolicyWords *
fn_policy_row(FnDeny deny)
{
	if ((guint)deny >= FN_DENIES || table[deny].code == NULL)
		return &table[FN_DENY_UNDECIDED];
	return &table[deny];
}

const char *
fn_policy_code(FnDeny deny)
{
	return fn_policy_row(deny)->code;
}

guint
fn_policy_status(FnDeny deny)
{
	return fn_policy_row(deny)->status;
}

const char *
fn_policy_words(FnDeny deny, const char *language)
{
	const FnPolicyWords *row = fn_policy_row(deny);

	return fn_say_in(row->words, g_strcmp0(language, "zh") == 0);
}
