/* Whom a pseudonym stands for: two persons, a term, an entry; and nobody else. */
#include "cli/journey_priv.h"

#include "base/json.h"
#include "cli/registers.h"

#include <string.h>

enum { WHO = 7 }; /* the resident */

static char *
pseudonym_of(FnJourney *journey, GError **error)
{
	g_autofree char *body = fn_journey_body(WHO, NULL);
	FnCall call = fn_journey_call(journey);
	FnAnswer answer = { 0 };
	const json_t *row;
	json_t *reply;
	char *pseudonym;

	if (!fn_journey_answered(journey, &call, body, &answer, error))
		return NULL;
	reply = fn_json_parse(answer.body->str, answer.body->len, error);
	row = json_array_get(json_object_get(reply, "rows"), 0);
	pseudonym = g_strdup(json_string_value(json_object_get(row, "id_number")));
	if (reply != NULL && pseudonym == NULL)
		fn_city_fail(error, "the answer has no row with an id_number");
	json_decref(reply);
	fn_answer_clear(&answer);
	return pseudonym;
}

/* The body that opens the case. */
static json_t *
wish(const FnJourney *journey, const char *pseudonym)
{
	return json_pack("{s:s, s:s, s:{s:s, s:[s], s:s, s:s, s:i}}", "procedure", "reidentification", "subject", journey->grant, "form", "field",
		"id_number", "pseudonyms", pseudonym, "reason", "养老待遇疑似重复领取，须通知本人核对", "basis", "社会保险法第八十八条及其实施规定", "days", 1);
}

static gboolean
approve(FnJourney *journey, const char *steps, const char *originals, GError **error)
{
	static const char allow[] = "理由成立，准予还原";
	FnCity *city = journey->city;

	return fn_city_refused(city, "gongan.officer", "POST", originals, NULL, "state", error) &&
		fn_city_do(city, "gongan.officer", "POST", steps, json_pack("{s:s}", "step", "send"), error) &&
		fn_city_refused(city, "gongan.officer", "POST", steps, json_pack("{s:s, s:s}", "step", "approve", "say", allow), "office", error) &&
		fn_city_do(city, "gongan.secrecy_reviewer", "POST", steps, json_pack("{s:s, s:s}", "step", "approve", "say", allow), error);
}

static gboolean
turn_back(FnJourney *journey, const char *originals, GError **error)
{
	json_t *reply = fn_city_call(journey->city, "gongan.officer", "POST", originals, NULL, error);
	const json_t *item = json_array_get(json_object_get(reply, "items"), 0);
	FnResident truth;
	gboolean right;

	fn_demo_resident(WHO, &truth);
	right = g_strcmp0(json_string_value(json_object_get(item, "value")), truth.id_number) == 0;
	if (reply != NULL && !right)
		fn_city_fail(error, "the pseudonym is turned back into something else");
	json_decref(reply);
	return right;
}

gboolean
fn_step_reversal(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *pseudonym = pseudonym_of(journey, error), *steps = NULL, *originals = NULL;
	json_t *reply;

	if (pseudonym == NULL || !fn_city_refused(city, "renshe.officer", "POST", "/cases", wish(journey, pseudonym), "office", error) ||
		(reply = fn_city_call(city, "gongan.officer", "POST", "/cases", wish(journey, pseudonym), error)) == NULL)
		return FALSE;
	steps = g_strdup_printf("/cases/%s/steps", json_string_value(json_object_get(reply, "id")));
	originals = g_strdup_printf("/cases/%s/originals", json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	return approve(journey, steps, originals, error) &&
		fn_city_refused(city, "renshe.officer", "POST", originals, NULL, "office", error) &&
		fn_city_refused(city, "gongan.secrecy_reviewer", "POST", originals, NULL, "forbidden", error) &&
		turn_back(journey, originals, error) &&
		fn_city_do(city, "gongan.secrecy_reviewer", "POST", steps, json_pack("{s:s, s:s}", "step", "revoke", "say", "已通知本人"), error) &&
		fn_city_refused(city, "gongan.officer", "POST", originals, NULL, "state", error);
}
