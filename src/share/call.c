#include "share/share_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

/* ---- end ---- */

void
fn_call_free(FnCall *call)
{
	FnShare *share = call->share;

	if (call->answer != NULL)
		g_string_free(call->answer, TRUE);
	fn_snapshot_unref(call->snapshot);
	fn_caller_unref(call->caller);
	g_free(call->fault_detail);
	g_free(call->address);
	g_free(call->resource);
	g_free(call->body_text);
	g_free(call->stated_text);
	g_free(call);
	fn_share_land(share);
}

/* ---- entries ---- */

/* Texts that may be entered: of the registry, or found to be what the registry says. */
FnShareEntry
fn_call_entry(const FnCall *call, const char *event)
{
	FnShareEntry entry = FN_SHARE_ENTRY(event);
	gboolean operator_known = FALSE;

	entry.address = call->address;
	entry.date = call->date;
	entry.mode = fn_share_mode_name(call->mode);
	entry.policy = fn_suite_name(call->share->suite);
	entry.case_number = call->stated.case_number;
	if (call->system != NULL) {
		entry.system = call->system->policy.id;
		entry.organization = call->system->policy.organization;
		for (const char *const *one = call->system->operators; *one != NULL; one++)
			operator_known |= g_strcmp0(*one, call->stated.operator_account) == 0;
	}
	if (operator_known)
		entry.operator_account = call->stated.operator_account;
	if (call->of != NULL) {
		entry.resource = call->of->policy.code;
		entry.provider = call->of->organization;
	}
	if (call->grant != NULL) {
		entry.grant = call->grant->policy.id;
		if (g_strcmp0(call->grant->policy.purpose, call->stated.purpose) == 0)
			entry.purpose = call->stated.purpose;
	}
	if (*call->nonce != '\0') {
		entry.nonce = call->nonce;
		entry.is_signed = TRUE;
	}
	return entry;
}

char **
fn_call_subjects(const FnCall *call, GError **error)
{
	g_auto(GStrv) subjects = g_new0(char *, FN_BODY_KEYS + 1);
	GDate date;

	fn_time_date(call->now, &date);
	for (guint i = 0; i < call->body.keys; i++)
		if ((subjects[i] = fn_subject_digest(call->share->subjects, g_date_get_year(&date), call->body.value[i], error)) == NULL)
			return NULL;
	return g_steal_pointer(&subjects);
}

gboolean
fn_call_key(FnCall *call, guint8 key[FN_DIGEST_SIZE], GError **error)
{
	g_autofree char *context = fn_snap_mask_context(call->grant);
	g_autoptr(FnLease) lease = fn_lease_get(call->share->keeper, "mask", context, error);

	if (lease == NULL)
		return FALSE;
	if (fn_lease_copy(lease, key))
		return TRUE;
	g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the key of the grant ran out at once");
	return FALSE;
}

/* ---- refusals ---- */

static void
answer_problem(FnCall *call, guint retry, const char *receipt)
{
	char seconds[12];
	FnHttpHeader headers[4] = { 0 };
	guint n = 0;

	g_snprintf(seconds, sizeof(seconds), "%u", retry);
	if (receipt != NULL)
		headers[n++] = (FnHttpHeader){ FN_HTTP_RECEIPT, receipt };
	if (retry > 0)
		headers[n++] = (FnHttpHeader){ "Retry-After", seconds };
	if (call->status == 405)
		headers[n++] = (FnHttpHeader){ "Allow", call->mode == 0 ? "GET" : "POST" };
	fn_http_problem(call->request, call->status, call->code, call->words, call->field, headers);
	fn_call_free(call);
}

static const char *
words_of_fault(FnCall *call, const FnFaultRow *row, const char *detail)
{
	const char *words = fn_say_in(row->words, fn_http_wants_chinese(call->request));
	char *longer = detail != NULL ? g_strdup_printf("%s (%s)", words, detail) : NULL; /* @detail may be the old one */

	g_free(call->fault_detail);
	call->fault_detail = longer;
	return longer != NULL ? longer : words;
}

static void
set_fault(FnCall *call, FnFault fault, const char *detail, const char *field)
{
	const FnFaultRow *row = fn_fault_row(fault);

	call->fault = fault;
	call->status = row->status;
	call->code = row->code;
	call->words = words_of_fault(call, row, detail);
	call->field = field;
}

static void
on_refusal_entered(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
	FnCall *call = data;
	char receipt[FN_RECEIPT_ID_SIZE];

	if (error != NULL) {
		set_fault(call, FN_FAULT_LEDGER, NULL, NULL);
		answer_problem(call, fn_fault_row(FN_FAULT_LEDGER)->retry, NULL);
		return;
	}
	fn_receipt_id(receipt, index, salt);
	answer_problem(call, fn_fault_row(call->fault)->retry, receipt);
}

void
fn_call_enter_above(const FnCall *call, FnShareEntry *entry)
{
	if (call->above.count == 0)
		return;
	entry->code = fn_fault_row(FN_FAULT_OUTPUT)->code;
	entry->count = (gint64)call->above.count;
	entry->detectors = call->above.detector;
	entry->field = call->grant->policy.fields[call->above.field];
}

/* A word of the caller's is entered only when it has the form of a field's name. */
static gboolean
is_field_name(const char *text)
{
	gsize n = text != NULL ? strlen(text) : 0;

	return n > 0 && n <= 64 && g_ascii_islower(*text) && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static void
enter_refusal(FnCall *call, gboolean field_asked)
{
	FnShareEntry entry = fn_call_entry(call, "share.refused");
	g_autoptr(GString) text = g_string_sized_new(512);

	entry.result = "refused";
	entry.code = call->code;
	if (field_asked && is_field_name(call->field))
		entry.field = call->field;
	fn_call_enter_above(call, &entry);
	fn_share_entry_write(text, &entry);
	fn_ledger_append(call->share->ledger, FN_CLASS_1Y, text->str, text->len, on_refusal_entered, call);
}

void
fn_call_fail(FnCall *call, FnFault fault, const char *detail, const char *field)
{
	if (call->reserved > 0 && call->grant != NULL)
		fn_quotas_release(call->share->quotas, call->grant->policy.id, call->reserved, call->now);
	call->reserved = 0;
	set_fault(call, fault, detail, field);
	if (call->system == NULL)
		answer_problem(call, fn_fault_row(fault)->retry, NULL); /* before anybody was known: nobody to write down */
	else
		enter_refusal(call, TRUE);
}

void
fn_call_fail_unentered(FnCall *call, FnFault fault)
{
	set_fault(call, fault, NULL, NULL);
	answer_problem(call, fn_fault_row(fault)->retry, NULL);
}

void
fn_call_fail_error(FnCall *call, const GError *error)
{
	FnFault fault = FN_FAULT_SOURCE;

	if (g_error_matches(error, FN_SHARE_ERROR, FN_SHARE_ERROR_OUTPUT)) {
		fn_call_fail(call, FN_FAULT_OUTPUT, NULL, call->grant->policy.fields[call->above.field]);
		return;
	}
	if (g_error_matches(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_TIMEOUT))
		fault = FN_FAULT_TIMEOUT;
	else if (g_error_matches(error, FN_SHARE_ERROR, FN_SHARE_ERROR_REGISTRY) ||
		g_error_matches(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SCHEMA))
		fault = FN_FAULT_PLAN;
	else if (error->domain == FN_IPC_ERROR || error->domain == FN_KEEPER_CLIENT_ERROR || error->domain == FN_SHARE_ERROR ||
		error->domain == FN_MASK_ERROR)
		fault = FN_FAULT_KEEPER;
	else if (error->domain == FN_DB_ERROR)
		fault = FN_FAULT_REGISTRY;
	else if (error->domain == FN_DISCLOSURE_ERROR)
		fault = error->code == FN_DISCLOSURE_ERROR_IMPOSSIBLE ? FN_FAULT_APART : FN_FAULT_COUNTING;
	fn_call_fail(call, fault, NULL, NULL);
}

typedef struct {
	FnShare *share;
	char *address;
	const char *code;
	guint count;
} StrangersLine;

static void
on_strangers_entered(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
	StrangersLine *line = data;
	FnShare *share = line->share;

	if (error != NULL)
		fn_strangers_return(share->strangers, line->address, line->code, line->count);
	g_free(line->address);
	g_free(line);
	fn_share_land(share);
}

void
fn_share_enter_strangers(const char *address, const char *code, guint count, gpointer data)
{
	FnShare *share = data;
	FnShareEntry entry = FN_SHARE_ENTRY("share.strangers");
	g_autoptr(GString) text = g_string_sized_new(256);
	StrangersLine *line = g_new0(StrangersLine, 1);

	*line = (StrangersLine){ share, g_strdup(address), code, count };
	entry.address = address;
	entry.code = code;
	entry.count = count;
	entry.result = "refused";
	fn_share_entry_write(text, &entry);
	fn_share_take_off(share);
	fn_ledger_append(share->ledger, FN_CLASS_6M, text->str, text->len, on_strangers_entered, line);
}

static gboolean
is_stranger(FnDeny deny)
{
	return deny >= FN_DENY_CERTIFICATE_MISSING && deny <= FN_DENY_CERTIFICATE_UNKNOWN && deny != FN_DENY_CERTIFICATE_REVOKED;
}

static void
refuse(FnCall *call, const FnDecision *decision)
{
	call->fault = FN_FAULT_NONE;
	call->status = decision->status;
	call->code = decision->code;
	call->words = fn_policy_words(decision->deny, fn_http_wants_chinese(call->request) ? "zh" : "en");
	call->field = decision->deny == FN_DENY_FIELD ? decision->what : NULL;
	if (is_stranger(decision->deny)) {
		guint count = fn_strangers_note(call->share->strangers, call->address, decision->code, fn_time_now());

		if (count > 0)
			fn_share_enter_strangers(call->address != NULL ? call->address : "unknown", decision->code, count, call->share);
		answer_problem(call, 0, NULL);
		return;
	}
	enter_refusal(call, decision->deny == FN_DENY_FIELD);
}

/* ---- finding ---- */

static gboolean
identify(FnCall *call)
{
	const char *verify = fn_http_header(call->request, "X-Fengni-Verify");
	const char *escaped = fn_http_header(call->request, "X-Fengni-Certificate");
	const FnSnapCertificate *pinned;
	gint64 shift = call->now - fn_time_now(); /* certificates go by the real clock, the judge by the share's */

	if (g_strcmp0(verify, "NONE") == 0 || escaped == NULL || *escaped == '\0')
		return FALSE;
	call->certificate.present = TRUE;
	call->caller = fn_callers_get(call->share->callers, escaped, NULL);
	if (call->caller == NULL) {
		call->certificate.not_before = G_MININT64;
		call->certificate.not_after = G_MAXINT64;
		return FALSE; /* present, never trusted */
	}
	call->certificate.trusted = g_strcmp0(verify, "SUCCESS") == 0;
	call->certificate.not_before = call->caller->not_before + shift;
	call->certificate.not_after = call->caller->not_after + shift;
	pinned = fn_snapshot_certificate(call->snapshot, call->caller->fingerprint);
	if (pinned == NULL || pinned->system == NULL)
		return FALSE;
	call->certificate.revoked = pinned->revoked;
	call->certificate.system = pinned->system->policy.id;
	if (call->certificate.trusted)
		call->system = pinned->system;
	return TRUE;
}

gboolean
fn_call_find(FnCall *call, FnWorker *worker)
{
	g_autoptr(GError) error = NULL;

	call->now = fn_share_clock(call->share);
	fn_share_date(call->now, call->date);
	if (!fn_share_ready(call->share)) {
		fn_call_fail(call, FN_FAULT_STARTING, NULL, NULL);
		return FALSE;
	}
	fn_snapshot_unref(call->snapshot);
	call->snapshot = fn_worker_snapshot(worker, call->arrived, &error);
	if (call->snapshot == NULL) {
		call->system = NULL;
		fn_call_fail(call, error->domain == FN_DB_ERROR ? FN_FAULT_REGISTRY : FN_FAULT_KEEPER, NULL, NULL);
		return FALSE;
	}
	fn_caller_unref(g_steal_pointer(&call->caller));
	call->certificate = (FnPolicyCertificate){ 0 };
	call->system = NULL;
	identify(call);
	call->of = fn_snapshot_resource(call->snapshot, call->resource);
	call->grant = fn_snapshot_grant(call->snapshot, call->stated.grant);
	return TRUE;
}

gboolean
fn_call_forward(FnCall *call, FnWorker *worker)
{
	const char *want = call->grant != NULL && call->grant->spec != NULL ? call->grant->source : NULL;

	if (call->system == NULL || want == NULL || call->mode != FN_MODE_QUERY || g_strcmp0(worker->bulkhead->source, want) == 0)
		return FALSE;
	if (++call->hops > 3 || !fn_share_push(call->share, call->grant, fn_query_run, call))
		fn_call_fail(call, FN_FAULT_BUSY, NULL, NULL);
	return TRUE;
}

/* ---- judging ---- */

/* Fills the question's signature part from the request. FALSE: the nonce cannot be remembered. */
static gboolean
check_signature(FnCall *call, FnQuestion *question)
{
	const FnHttpRequest *request = call->request;
	FnSignedMessage message = { .value = { [FN_PART_METHOD] = fn_http_method(request), [FN_PART_PATH] = fn_http_path(request),
		[FN_PART_DIGEST] = fn_http_header(request, "Content-Digest"), [FN_PART_GRANT] = call->raw.grant,
		[FN_PART_CASE] = call->raw.case_number, [FN_PART_OPERATOR] = call->raw.operator_account, [FN_PART_PURPOSE] = call->raw.purpose } };
	FnSignedBy by = { call->caller->fingerprint, call->caller->key, fn_caller_fast(call->caller) };
	gint64 real = fn_time_now();
	FnSignatureInput input;
	const char *body;
	FnNonce nonce;
	gsize size;

	body = fn_http_body(request, &size);
	question->signature_right = fn_signature_verify(fn_http_header(request, "Signature-Input"), fn_http_header(request, "Signature"),
		&message, body, size, &by, &input, NULL);
	if (!question->signature_right)
		return TRUE;
	question->signature_created = input.created * G_USEC_PER_SEC + (call->now - real);
	if (ABS(input.created - real / G_USEC_PER_SEC) > FN_NONCE_WINDOW)
		return TRUE; /* the judge refuses it by its time; nothing to remember */
	nonce = fn_nonces_take(call->share->nonces, input.keyid, input.nonce, input.created, real / G_USEC_PER_SEC);
	question->nonce_seen = nonce != FN_NONCE_FRESH;
	g_strlcpy(call->nonce, input.nonce, sizeof(call->nonce));
	return nonce != FN_NONCE_FULL;
}

/* First as if the signature were right: what is refused anyway costs no verification. */
static gboolean
judge_signed(FnCall *call, FnQuestion *question)
{
	FnDecision decision;

	question->signature_present = fn_http_header(call->request, "Signature-Input") != NULL ||
		fn_http_header(call->request, "Signature") != NULL;
	question->signature_right = TRUE;
	question->signature_created = call->now;
	decision = fn_policy_decide_before_quota(question);
	if (decision.permit && question->signature_present) {
		if (!check_signature(call, question)) {
			fn_call_fail(call, FN_FAULT_NONCES, NULL, NULL);
			return FALSE;
		}
		decision = fn_policy_decide_before_quota(question);
	}
	if (!decision.permit)
		refuse(call, &decision);
	return decision.permit;
}

static gboolean
judge_quota(FnCall *call, FnQuestion *question)
{
	FnPolicyGrant *grant = &call->grant->policy;
	gboolean reserved = fn_quotas_reserve(call->share->quotas, grant->id, grant->quota_day, question->wanted, call->now, &question->used_today);
	FnDecision decision = fn_policy_decide(question);

	call->reserved = reserved && grant->quota_day > 0 ? question->wanted : 0;
	if (decision.permit && reserved)
		return TRUE;
	if (call->reserved > 0)
		fn_quotas_release(call->share->quotas, grant->id, call->reserved, call->now);
	call->reserved = 0;
	if (decision.permit)
		decision = (FnDecision){ .deny = FN_DENY_QUOTA, .status = fn_policy_status(FN_DENY_QUOTA), .code = fn_policy_code(FN_DENY_QUOTA) };
	refuse(call, &decision);
	return FALSE;
}

/* A malformed request is told so only once its caller is known. */
static gboolean
judge_form(FnCall *call, const FnQuestion *question)
{
	FnDecision decision;

	if (call->fault == FN_FAULT_NONE)
		return TRUE;
	decision = fn_policy_decide_before_quota(question);
	if (!decision.permit && decision.deny <= FN_DENY_SYSTEM_INACTIVE)
		refuse(call, &decision);
	else
		fn_call_fail(call, call->fault, call->fault_detail, call->fault_field);
	return FALSE;
}

static gboolean
judge_keys(FnCall *call)
{
	for (guint i = 0; i < call->body.keys; i++) {
		if (fn_snap_key(call->grant, call->body.key[i]) != NULL)
			continue;
		fn_call_fail(call, FN_FAULT_KEY, NULL, call->body.key[i]);
		return FALSE;
	}
	return TRUE;
}

gboolean
fn_call_judge(FnCall *call)
{
	FnAsked asked = { .certificate = &call->certificate, .system = call->system, .resource = call->of, .grant = call->grant,
		.stated = call->stated, .mode = fn_share_mode_name(call->mode), .fields = call->body.fields_given ? call->body.field : NULL,
		.now = call->now, .wanted = 1 };
	FnQuestion question = fn_question(&asked);

	if (!judge_form(call, &question) || !judge_signed(call, &question) || !judge_quota(call, &question))
		return FALSE;
	call->fields = call->body.fields_given ? call->body.field : call->grant->policy.fields;
	return judge_keys(call);
}

gboolean
fn_call_still_granted(FnCall *call, FnWorker *worker)
{
	g_autoptr(FnSnapshot) now = fn_worker_snapshot(worker, g_get_monotonic_time(), NULL);
	const FnSnapGrant *grant;
	const FnSnapCertificate *certificate;

	if (now == NULL)
		return FALSE;
	if (now == call->snapshot)
		return fn_share_clock(call->share) < call->grant->policy.until;
	grant = fn_snapshot_grant(now, call->grant->policy.id);
	certificate = fn_snapshot_certificate(now, call->caller->fingerprint);
	return grant != NULL && g_strcmp0(grant->policy.state, "active") == 0 && grant->policy.signed_right && certificate != NULL &&
		!certificate->revoked && fn_share_clock(call->share) < call->grant->policy.until;
}

gboolean
fn_call_judge_caller(FnCall *call)
{
	FnAsked asked = { .certificate = &call->certificate, .system = call->system, .now = call->now };
	FnQuestion question = fn_question(&asked);
	FnDecision decision = fn_policy_decide_before_quota(&question);

	if (decision.deny > FN_DENY_SYSTEM_INACTIVE) /* the first thing missing is the resource: the caller itself is right */
		return TRUE;
	refuse(call, &decision);
	return FALSE;
}
