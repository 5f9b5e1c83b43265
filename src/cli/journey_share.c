/* The second half of the journey: what leaves, what is refused, what is written down. */
#include "cli/journey_priv.h"

#include "base/identifiers.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/certificate.h"
#include "cli/registers.h"
#include "crypto/keeper_client.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

FnCall
fn_journey_call(const FnJourney *journey)
{
	return (FnCall){ .system = "pension", .resource = fn_city_id(journey->city, "resource", "residents"), .grant = journey->grant,
		.purpose = FN_JOURNEY_PURPOSE, .case_number = FN_JOURNEY_CASE,
		.operator_account = fn_city_id(journey->city, "account", "renshe.officer") };
}

char *
fn_journey_body(guint index, const char *fields)
{
	FnResident one;

	fn_demo_resident(index, &one);
	return g_strdup_printf("{\"keys\":{\"id_number\":\"%s\"}%s%s%s}", one.id_number, fields != NULL ? ",\"fields\":[" : "",
		fields != NULL ? fields : "", fields != NULL ? "]" : "");
}

gboolean
fn_journey_answered(FnJourney *journey, const FnCall *call, const char *body, FnAnswer *answer_out, GError **error)
{
	FnAnswer answer = { 0 };

	if (!fn_caller_query(journey->city, call, body, &answer, error)) {
		fn_answer_clear(&answer);
		return FALSE;
	}
	if (answer.status != 200 || answer.receipt == NULL) {
		fn_city_fail(error, "expected 200 with a receipt, got %ld %s", answer.status, answer.body->str);
		fn_answer_clear(&answer);
		return FALSE;
	}
	*answer_out = answer;
	return TRUE;
}

gboolean
fn_journey_refused(FnJourney *journey, const FnCall *call, const char *body, long status, const char *code, GError **error)
{
	g_autofree char *regular = body == NULL ? fn_journey_body(7, NULL) : NULL, *got = NULL;
	FnAnswer answer = { 0 };
	gboolean right = FALSE;

	if (fn_caller_query(journey->city, call, body != NULL ? body : regular, &answer, error)) {
		got = fn_answer_code(&answer);
		right = answer.status == status && g_strcmp0(got, code) == 0;
		if (!right)
			fn_city_fail(error, "expected %ld %s, got %ld %s", status, code, answer.status, answer.body->str);
	}
	fn_answer_clear(&answer);
	return right;
}

/* ---- one person ---- */

static const char *
member(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text != NULL ? text : "";
}

/* Six fields: three as they are, two partly hidden, one pseudonym that is well-formed and nobody's. */
static gboolean
check_row(const json_t *row, const FnResident *truth, GError **error)
{
	FnIssued issued = fn_issued_national(), anything = issued;
	const char *pseudonym = member(row, "id_number");

	memset(anything.province, 1, sizeof(anything.province));
	if (json_object_size(row) != 6)
		return fn_city_fail(error, "%zu fields instead of 6", json_object_size(row));
	if (strcmp(member(row, "gender"), truth->gender) != 0 || strcmp(member(row, "birth_date"), truth->birth_date) != 0 ||
		strcmp(member(row, "marital"), truth->marital) != 0)
		return fn_city_fail(error, "a field that is kept differs from the register");
	if (strcmp(member(row, "name"), truth->name) == 0 || strncmp(member(row, "mobile"), truth->mobile, 3) != 0 ||
		strcmp(member(row, "mobile"), truth->mobile) == 0)
		return fn_city_fail(error, "name and mobile are not masked");
	if (strcmp(pseudonym, truth->id_number) == 0 || strlen(pseudonym) != 18 || !fn_resident_id_check(pseudonym, 18, &anything) ||
		fn_resident_id_check(pseudonym, 18, &issued) || g_str_has_prefix(pseudonym, "66"))
		return fn_city_fail(error, "the pseudonym is not a well-formed number that nobody was given");
	return TRUE;
}

gboolean
fn_step_query(FnJourney *journey, GError **error)
{
	g_autofree char *body = fn_journey_body(7, NULL);
	FnCall call = fn_journey_call(journey);
	FnAnswer answer = { 0 };
	FnResident truth;
	json_t *reply;
	gboolean right = FALSE;

	if (!fn_journey_answered(journey, &call, body, &answer, error))
		return FALSE;
	fn_demo_resident(7, &truth);
	reply = fn_json_parse(answer.body->str, answer.body->len, error);
	if (reply != NULL)
		right = json_array_size(json_object_get(reply, "rows")) == 1
			? check_row(json_array_get(json_object_get(reply, "rows"), 0), &truth, error)
			: fn_city_fail(error, "not exactly one row");
	journey->receipt_id = g_strdup(answer.receipt);
	json_decref(reply);
	fn_answer_clear(&answer);
	return right;
}

gboolean
fn_step_refusals(FnJourney *journey, GError **error)
{
	g_autofree char *seventh = fn_journey_body(7, "\"name\",\"address\"");
	FnCall regular = fn_journey_call(journey), call;

	if (!fn_journey_refused(journey, &regular, seventh, 403, "field_not_granted", error))
		return FALSE;
	call = regular, call.case_number = NULL;
	if (!fn_journey_refused(journey, &call, NULL, 403, "case_missing", error))
		return FALSE;
	call = regular, call.purpose = "另作他用";
	if (!fn_journey_refused(journey, &call, NULL, 403, "purpose_not_granted", error))
		return FALSE;
	call = regular, call.purpose = NULL;
	if (!fn_journey_refused(journey, &call, NULL, 403, "purpose_missing", error))
		return FALSE;
	call = regular, call.grant = NULL;
	if (!fn_journey_refused(journey, &call, NULL, 403, "grant_missing", error))
		return FALSE;
	call = regular, call.operator_account = fn_city_id(journey->city, "account", "yibao.officer");
	return fn_journey_refused(journey, &call, NULL, 403, "operator_not_allowed", error);
}

/* Grants of their own with a short term, a small quota, and hours that are not now. */
gboolean
fn_step_other_grants(FnJourney *journey, GError **error)
{
	FnCall call = fn_journey_call(journey);
	guint minute = fn_time_minute_of_day(fn_time_now());
	/* Two hours that begin in four: not now, whatever time it is. */
	int from = (int)((minute + 240) % 1440), until = MIN(from + 120, 1440);
	g_autofree char *quota = fn_journey_obtain(journey, "pension", json_pack("{s:i}", "quota_day", 2), error);
	g_autofree char *hours = quota != NULL
		? fn_journey_obtain(journey, "pension", json_pack("{s:i, s:i}", "hour_from", from, "hour_until", until), error) : NULL;

	if (hours == NULL)
		return FALSE;
	call.grant = quota;
	for (guint i = 0; i < 2; i++) {
		g_autofree char *body = fn_journey_body(i, NULL);
		FnAnswer answer = { 0 };

		if (!fn_journey_answered(journey, &call, body, &answer, error))
			return FALSE;
		fn_answer_clear(&answer);
	}
	if (!fn_journey_refused(journey, &call, NULL, 429, "quota_exceeded", error))
		return FALSE;
	call.grant = hours;
	return fn_journey_refused(journey, &call, NULL, 403, "outside_hours", error);
}

/* ---- certificates and terms ---- */

static gboolean
make_stranger(FnJourney *journey, const char *name, int from_day, GError **error)
{
	g_autofree char *base = g_build_filename(journey->city->directory, "demo", name, NULL);
	g_autofree char *key = g_strconcat(base, ".key", NULL), *certificate = g_strconcat(base, ".crt", NULL);

	return fn_certificate_self_signed(key, certificate, name, from_day, error);
}

gboolean
fn_step_certificates(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	FnCall regular = fn_journey_call(journey), call = regular;
	g_autofree char *short_term = NULL, *path = NULL, *tomorrow = NULL;

	call.nobody = "none";
	if (!fn_journey_refused(journey, &call, NULL, 401, "certificate_missing", error))
		return FALSE;
	call.nobody = "stranger";
	if (!make_stranger(journey, "stranger", 0, error) || !fn_journey_refused(journey, &call, NULL, 401, "certificate_untrusted", error))
		return FALSE;
	call.nobody = "bygone";
	if (!make_stranger(journey, "bygone", -3, error) || !fn_journey_refused(journey, &call, NULL, 401, "certificate_expired", error))
		return FALSE;
	/* Another department's good certificate does not open this grant. */
	call = regular, call.system = "insurance";
	if (!fn_journey_refused(journey, &call, NULL, 403, "grant_other_system", error))
		return FALSE;
	tomorrow = fn_time_date_text(fn_city_now(city) + G_TIME_SPAN_DAY);
	if ((short_term = fn_journey_obtain(journey, "pension", json_pack("{s:s}", "until", tomorrow), error)) == NULL ||
		!fn_journey_advance(journey, 4 * 24 * 60, error))
		return FALSE;
	call = regular, call.grant = short_term;
	if (!fn_journey_refused(journey, &call, NULL, 403, "grant_expired", error))
		return FALSE;
	path = g_strdup_printf("/certificates/%s/revoke", fn_city_id(city, "certificate", "insurance"));
	call = regular, call.system = "insurance";
	return fn_city_do(city, "security_admin", "POST", path, json_pack("{s:s}", "reason", "密钥遗失"), error) &&
		fn_journey_refused(journey, &call, NULL, 401, "certificate_revoked", error);
}

gboolean
fn_step_suspend(FnJourney *journey, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", journey->application), *body = fn_journey_body(7, NULL);
	FnCall call = fn_journey_call(journey);
	FnAnswer answer = { 0 };

	if (!fn_city_do(journey->city, "gongan.sharing_head", "POST", path, json_pack("{s:s, s:s}", "step", "suspend", "say", "发现超范围使用"), error) ||
		!fn_journey_refused(journey, &call, NULL, 403, "grant_suspended", error) ||
		!fn_city_do(journey->city, "gongan.sharing_head", "POST", path, json_pack("{s:s}", "step", "resume"), error) ||
		!fn_journey_answered(journey, &call, body, &answer, error))
		return FALSE;
	fn_answer_clear(&answer);
	return TRUE;
}

/* ---- receipt ---- */

char *
fn_journey_key(const FnJourney *journey, const char *purpose, GError **error)
{
	g_autofree char *path = fn_role_socket(journey->settings, FN_ROLE_KEEPER);
	g_autoptr(FnIpcClient) keeper = fn_ipc_client_new(path, FN_ROLE_KEEPER);

	return fn_keeper_public(keeper, purpose, error);
}

gboolean
fn_step_receipt(FnJourney *journey, GError **error)
{
	FnCall call = fn_journey_call(journey);
	g_autofree char *receipt = fn_caller_receipt(journey->city, &call, journey->receipt_id, error);
	g_autofree char *gm = receipt != NULL ? fn_journey_key(journey, "ledger_head_gm", error) : NULL;
	g_autofree char *intl = gm != NULL ? fn_journey_key(journey, "ledger_head_intl", error) : NULL;
	gsize size;

	if (intl == NULL)
		return FALSE;
	size = strlen(receipt);
	if (!fn_receipt_verify(receipt, size, gm, intl, error))
		return FALSE;
	for (gsize i = 0; i < size; i += 7) {
		char kept = receipt[i];

		receipt[i] ^= 1;
		if (fn_receipt_verify(receipt, size, gm, intl, NULL))
			return fn_city_fail(error, "the receipt verifies with byte %zu changed", i);
		receipt[i] = kept;
	}
	return TRUE;
}

/* ---- batch ---- */

static char *
obtain_batch(FnJourney *journey, GError **error)
{
	return fn_journey_obtain(journey, "pension", json_pack("{s:s, s:b}", "mode", "batch", "case_required", 0), error);
}

/* Lines of the file and whether the last says complete. */
static gboolean
check_lines(const char *path, guint64 rows, GError **error)
{
	FILE *file = fopen(path, "re");
	char line[4096], last[4096] = "";
	guint64 lines = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		lines++;
		g_strlcpy(last, line, sizeof(last));
	}
	if (file != NULL)
		fclose(file);
	if (lines != rows + 1 || strstr(last, "\"complete\":true") == NULL || strstr(last, "\"receipt\":\"") == NULL)
		return fn_city_fail(error, "%" G_GUINT64_FORMAT " lines, the last is: %.200s", lines, last);
	return TRUE;
}

gboolean
fn_step_batch(FnJourney *journey, GError **error)
{
	g_autofree char *grant = obtain_batch(journey, error), *path = NULL;
	FnCall call = fn_journey_call(journey);
	FnAnswer answer = { 0 };
	gint64 before, after;
	gboolean whole;
	int to;

	if (grant == NULL)
		return FALSE;
	fn_city_set_id(journey->city, "grant", "batch", grant);
	call.grant = grant;
	path = g_build_filename(journey->city->directory, "demo", "batch.ndjson", NULL);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	before = fn_daemons_peak(journey->daemons, FN_ROLE_GATE);
	whole = fn_caller_batch(journey->city, &call, "{}", to, &answer, error);
	close(to);
	after = fn_daemons_peak(journey->daemons, FN_ROLE_GATE);
	if (whole && answer.status != 200)
		whole = fn_city_fail(error, "the batch was refused: %ld", answer.status);
	fn_answer_clear(&answer);
	if (!whole || !check_lines(path, FN_DEMO_RESIDENTS, error))
		return FALSE;
	if (after - before > 64 * 1024 * 1024)
		return fn_city_fail(error, "the gate grew by %" G_GINT64_FORMAT " bytes for a stream", after - before);
	return TRUE;
}
