#include "share/share_priv.h"

#include "base/time.h"
#include "share_sql.h"

/* What the registry says of the certificate; its fingerprint is kept in @found. */
static gboolean
take_certificate(FnDb *db, const FnSnapshot *snapshot, const FnShareCase *about, const FnSnapGrant *grant, gint64 shift,
	FnPolicyCertificate *out, const FnSnapSystem **system_out, GError **error)
{
	const char *system = grant != NULL ? grant->policy.system : NULL;
	g_autoptr(FnRows) rows = NULL;
	const FnSnapCertificate *known;
	GError *failed = NULL;

	if (about->certificate == NULL && system == NULL)
		return TRUE;
	rows = about->certificate != NULL ?
		fn_db_query(db, &fn_sql_share_certificate, FN_BINDS(FN_TEXT("fingerprint", about->certificate)), error) :
		fn_db_query(db, &fn_sql_share_good_certificate, FN_BINDS(FN_TEXT("system", system)), error);
	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &failed)) {
		out->present = about->certificate != NULL; /* one that nobody registered; taken for trusted, so that the answer says why */
		out->trusted = out->present;
		out->not_after = G_MAXINT64;
		if (failed != NULL)
			g_propagate_error(error, failed);
		return failed == NULL;
	}
	known = fn_snapshot_certificate(snapshot, fn_rows_text(rows, "fingerprint"));
	*out = (FnPolicyCertificate){ .present = TRUE, .trusted = TRUE, .not_before = fn_rows_int(rows, "not_before") + shift,
		.not_after = fn_rows_int(rows, "not_after") + shift };
	if (known != NULL && known->system != NULL) {
		out->revoked = known->revoked;
		out->system = known->system->policy.id;
		*system_out = known->system;
	}
	return TRUE;
}

char *
fn_share_explain(FnDb *db, FnIpcClient *keeper, FnShare *share, const FnSettings *settings, const FnShareCase *about,
	const char *language, gboolean *permit_out, GError **error)
{
	g_autofree char *key_text = fn_keeper_public(keeper, "grant", error);
	g_autoptr(FnPublicKey) key = key_text != NULL ? fn_public_key_parse(key_text, error) : NULL;
	g_autoptr(FnSnapshot) snapshot = NULL;
	FnPolicyCertificate certificate = { 0 };
	FnVerified *verified;
	FnAsked asked;
	FnQuestion question;
	FnHours hours;

	if (key == NULL || !fn_share_hours(settings, &hours, error))
		return NULL;
	verified = fn_verified_new(key);
	snapshot = fn_snapshot_load(db, verified, hours, error);
	fn_verified_free(verified);
	if (snapshot == NULL)
		return NULL;
	asked = (FnAsked){ .certificate = &certificate, .resource = fn_snapshot_resource(snapshot, about->resource),
		.grant = fn_snapshot_grant(snapshot, about->grant), .mode = about->mode, .fields = about->fields, .now = about->now, .wanted = 1,
		.stated = { about->grant, about->case_number, about->operator_account, about->purpose } };
	if (!take_certificate(db, snapshot, about, asked.grant, about->now - fn_time_now(), &certificate, &asked.system, error))
		return NULL;
	if (share != NULL && about->grant != NULL)
		asked.used_today = fn_quotas_used(share->quotas, about->grant, about->now);
	question = fn_question(&asked);
	question.signature_present = question.signature_right = TRUE;
	question.signature_created = about->now;
	if (permit_out != NULL)
		*permit_out = fn_policy_decide(&question).permit;
	return fn_policy_explain(&question, language);
}
