#include "policy/policy_priv.h"

/* One row per reason. Codes are interface: callers' programs and the ledger keep them. */
static const FnPolicyWords table[FN_DENIES] = {
	[FN_DENY_UNDECIDED] = { FN_DENY_UNDECIDED, 403, "undecided", "作出了判断", "a decision was made",
		"未能作出判断，按拒绝处理。请将本答复的回执号告知平台管理员。",
		"No decision could be made, which counts as a refusal. Tell the platform's administrator the receipt of this answer." },
	[FN_DENY_NONE] = { FN_DENY_NONE, 200, "permitted", "全部条件满足", "every condition holds", "允许。", "Permitted." },
	[FN_DENY_CERTIFICATE_MISSING] = { FN_DENY_CERTIFICATE_MISSING, 401, "certificate_missing",
		"出示了客户端证书", "a client certificate was shown",
		"没有出示客户端证书。请用本平台为业务系统签发的证书建立双向 TLS 连接。",
		"No client certificate was shown. Connect over mutual TLS with the certificate that this platform issued to your system." },
	[FN_DENY_CERTIFICATE_EXPIRED] = { FN_DENY_CERTIFICATE_EXPIRED, 401, "certificate_expired",
		"证书未过期", "the certificate has not expired",
		"客户端证书已过期。请由本单位管理员申请新证书并登记。",
		"The client certificate has expired. Have your organization's administrator request and register a new one." },
	[FN_DENY_CERTIFICATE_NOT_YET] = { FN_DENY_CERTIFICATE_NOT_YET, 401, "certificate_not_yet_valid",
		"证书已生效", "the certificate is already valid",
		"客户端证书尚未生效。请检查证书起始时间，或在生效后再调用。",
		"The client certificate is not valid yet. Check its start, or call again once it is valid." },
	[FN_DENY_CERTIFICATE_UNTRUSTED] = { FN_DENY_CERTIFICATE_UNTRUSTED, 401, "certificate_untrusted",
		"证书由受信任的机构签发", "the certificate comes from a trusted authority",
		"客户端证书不是由本平台信任的机构签发，或证书链不完整。请使用本平台签发的证书。",
		"The client certificate was not issued by an authority that this platform trusts, or its chain is incomplete. Use the one issued here." },
	[FN_DENY_CERTIFICATE_UNKNOWN] = { FN_DENY_CERTIFICATE_UNKNOWN, 401, "certificate_unknown",
		"证书已登记到业务系统", "the certificate is registered for a system",
		"该客户端证书没有登记到任何业务系统。请由本单位管理员登记证书指纹。",
		"This client certificate is registered for no system. Have your administrator register its fingerprint." },
	[FN_DENY_CERTIFICATE_REVOKED] = { FN_DENY_CERTIFICATE_REVOKED, 401, "certificate_revoked",
		"证书未被吊销", "the certificate is not revoked",
		"客户端证书已被吊销。请停止使用，并由本单位管理员申请新证书。",
		"The client certificate was revoked. Stop using it and have your administrator request a new one." },
	[FN_DENY_SYSTEM_INACTIVE] = { FN_DENY_SYSTEM_INACTIVE, 403, "system_inactive",
		"业务系统处于启用状态", "the calling system is active",
		"调用的业务系统已停用。请联系本单位管理员或数据共享主管部门。",
		"The calling system is not active. Ask your administrator or the sharing authority." },
	[FN_DENY_RESOURCE_UNKNOWN] = { FN_DENY_RESOURCE_UNKNOWN, 404, "resource_unknown",
		"资源存在", "the resource exists",
		"没有这个资源代码。请在政务数据目录中核对资源代码。",
		"There is no resource of this code. Check it in the catalog." },
	[FN_DENY_RESOURCE_WITHHELD] = { FN_DENY_RESOURCE_WITHHELD, 403, "resource_withheld",
		"资源属于可共享类型", "the resource is of a sharing type that may be shared",
		"该资源属于不予共享类。目录中载有不予共享的依据，如有异议可提出争议处理。",
		"This resource is withheld from sharing. The catalog states why; you may open a dispute." },
	[FN_DENY_RESOURCE_NOT_PUBLISHED] = { FN_DENY_RESOURCE_NOT_PUBLISHED, 404, "resource_not_published",
		"资源已发布", "the resource is published",
		"该资源目前没有发布。请在目录中查看其状态，发布后再调用。",
		"This resource is not published at present. See its state in the catalog and call again once it is published." },
	[FN_DENY_GRANT_MISSING] = { FN_DENY_GRANT_MISSING, 403, "grant_missing",
		"请求写明了授权编号", "the request names its grant",
		"请求没有写明授权编号。请在 Fengni-Grant 请求头中填写共享授权编号。",
		"The request names no grant. Put the id of your grant into the header Fengni-Grant." },
	[FN_DENY_GRANT_UNKNOWN] = { FN_DENY_GRANT_UNKNOWN, 403, "grant_unknown",
		"授权存在", "the grant exists",
		"没有这个授权编号。请核对 Fengni-Grant，或先提出共享申请。",
		"There is no grant of this id. Check Fengni-Grant, or apply for sharing first." },
	[FN_DENY_GRANT_OTHER_SYSTEM] = { FN_DENY_GRANT_OTHER_SYSTEM, 403, "grant_other_system",
		"授权属于调用的业务系统", "the grant belongs to the calling system",
		"该授权不属于调用的业务系统。请使用授权所列业务系统的证书，或为本系统另行申请。",
		"This grant does not belong to the calling system. Use the certificate of the system it names, or apply for this one." },
	[FN_DENY_GRANT_OTHER_RESOURCE] = { FN_DENY_GRANT_OTHER_RESOURCE, 403, "grant_other_resource",
		"授权针对所请求的资源", "the grant is for the requested resource",
		"该授权针对的是另一个资源。请核对资源代码与授权编号。",
		"This grant is for another resource. Check the resource code and the id of the grant." },
	[FN_DENY_GRANT_SUSPENDED] = { FN_DENY_GRANT_SUSPENDED, 403, "grant_suspended",
		"授权未被暂停", "the grant is not suspended",
		"该授权已暂停。请在工作台查看暂停原因，完成整改后申请恢复。",
		"This grant is suspended. See the reason on your desk, put it right and ask for it to be resumed." },
	[FN_DENY_GRANT_ENDED] = { FN_DENY_GRANT_ENDED, 403, "grant_ended",
		"授权未终止", "the grant has not ended",
		"该授权已终止。如仍需使用请重新申请，并按期处置已取得的数据。",
		"This grant has ended. Apply again if you still need the data, and dispose in time of what you hold." },
	[FN_DENY_GRANT_NOT_ACTIVE] = { FN_DENY_GRANT_NOT_ACTIVE, 403, "grant_not_active",
		"授权已启用", "the grant is active",
		"该授权尚未启用。请在工作台查看办理进度，启用后再调用。",
		"This grant is not active yet. Follow its progress on your desk and call again once it is active." },
	[FN_DENY_GRANT_UNSIGNED] = { FN_DENY_GRANT_UNSIGNED, 403, "grant_unsigned",
		"授权内容的签名有效", "the signature over the grant is right",
		"该授权没有有效的平台签名，内容可能被改动。请联系平台管理员核查。",
		"This grant carries no valid signature of the platform; its content may have been changed. Ask the platform's administrator to look into it." },
	[FN_DENY_GRANT_NOT_YET] = { FN_DENY_GRANT_NOT_YET, 403, "grant_not_yet_valid",
		"已到授权起始时间", "the term of the grant has begun",
		"尚未到授权的起始时间。请在起始时间之后调用。",
		"The term of this grant has not begun. Call again after its start." },
	[FN_DENY_GRANT_EXPIRED] = { FN_DENY_GRANT_EXPIRED, 403, "grant_expired",
		"未过授权截止时间", "the term of the grant is not over",
		"授权期限已届满。如仍需使用请申请续期。",
		"The term of this grant is over. Apply for renewal if you still need the data." },
	[FN_DENY_MODE] = { FN_DENY_MODE, 403, "mode_not_granted",
		"授权允许这种共享方式", "the grant allows this mode",
		"授权不包括这种共享方式。请按授权所列方式调用，或申请变更授权。",
		"The grant does not include this mode. Call in the mode it names, or apply for a change." },
	[FN_DENY_FIELD] = { FN_DENY_FIELD, 403, "field_not_granted",
		"所请求的数据项都在授权之内", "every requested field is granted",
		"请求了授权之外的数据项。请去掉该数据项，或申请变更授权范围。",
		"A field outside the grant was asked for. Leave it out, or apply for a wider grant." },
	[FN_DENY_PURPOSE_MISSING] = { FN_DENY_PURPOSE_MISSING, 403, "purpose_missing",
		"请求写明了用途", "the request states its purpose",
		"请求没有写明用途。请在 Fengni-Purpose 请求头中填写授权所载用途。",
		"The request states no purpose. Put the purpose of your grant into the header Fengni-Purpose." },
	[FN_DENY_PURPOSE] = { FN_DENY_PURPOSE, 403, "purpose_not_granted",
		"用途与授权一致", "the purpose is the grant's",
		"所填用途与授权用途不一致。不得超出授权用途使用数据；用途有变请申请变更授权。",
		"The stated purpose is not the grant's. Data may be used for the granted purpose only; apply for a change if it has changed." },
	[FN_DENY_CASE_MISSING] = { FN_DENY_CASE_MISSING, 403, "case_missing",
		"写明了办件号（如需要）", "a case number is given where demanded",
		"该授权要求写明办件号。请在 Fengni-Case 请求头中填写正在办理的办件号。",
		"This grant demands a case number. Put the number of the case at hand into the header Fengni-Case." },
	[FN_DENY_OPERATOR_MISSING] = { FN_DENY_OPERATOR_MISSING, 403, "operator_missing",
		"写明了经办人", "the operator is named",
		"请求没有写明经办人。请在 Fengni-Operator 请求头中填写经办人账号。",
		"The request names no operator. Put the account of the acting person into the header Fengni-Operator." },
	[FN_DENY_OPERATOR_UNKNOWN] = { FN_DENY_OPERATOR_UNKNOWN, 403, "operator_not_allowed",
		"经办人可使用该系统和授权", "the operator may use the system and the grant",
		"该经办人未登记到调用的业务系统，或不在授权所列经办人之中。请由本单位管理员登记。",
		"This operator is not registered for the calling system, or not among those the grant names. Have your administrator register the account." },
	[FN_DENY_SIGNATURE_MISSING] = { FN_DENY_SIGNATURE_MISSING, 401, "signature_missing",
		"请求已签名（三级及以上）", "the request is signed (level 3 and above)",
		"该资源的请求必须签名（RFC 9421）。请用系统证书的私钥签名后重试。",
		"Requests for this resource must be signed (RFC 9421). Sign with the key of the system's certificate and try again." },
	[FN_DENY_SIGNATURE_WRONG] = { FN_DENY_SIGNATURE_WRONG, 401, "signature_wrong",
		"请求签名正确", "the signature of the request is right",
		"请求签名不正确或未覆盖规定的内容。请核对签名密钥、正文摘要和所签的请求头。",
		"The signature of the request is wrong or does not cover what it must. Check the key, the body's digest and the signed headers." },
	[FN_DENY_CLOCK_SKEW] = { FN_DENY_CLOCK_SKEW, 401, "clock_skew",
		"签名时间与平台时钟相差不超过 300 秒", "the signature was made within 300 seconds of our clock",
		"签名时间与平台时钟相差超过 300 秒。请校准本系统时钟后重新签名。",
		"The signature was made more than 300 seconds off our clock. Set your system's clock right and sign again." },
	[FN_DENY_NONCE_SEEN] = { FN_DENY_NONCE_SEEN, 401, "nonce_seen",
		"签名的随机数未曾使用", "the nonce of the signature was not used before",
		"签名的随机数已经使用过。每次请求请使用新的随机数重新签名。",
		"The nonce of this signature was already used. Sign each request with a fresh nonce." },
	[FN_DENY_OUTSIDE_HOURS] = { FN_DENY_OUTSIDE_HOURS, 403, "outside_hours",
		"在授权的使用时段之内", "it is within the hours of the grant",
		"现在不在授权的使用时段之内。请在规定时段调用，或申请变更授权。",
		"It is outside the hours of this grant. Call within them, or apply for a change." },
	[FN_DENY_QUOTA] = { FN_DENY_QUOTA, 429, "quota_exceeded",
		"未超过当日配额", "the quota of the day is not used up",
		"已超过当日配额。请于次日再调用，或申请提高配额。",
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

	return g_strcmp0(language, "zh") == 0 ? row->zh : row->en;
}
