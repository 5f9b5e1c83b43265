/* Was this person looked up? Two persons, an entry for each look; the answer names who, and for which case. */
#include "cli/journey_priv.h"

#include "base/json.h"
#include "cli/registers.h"

#include <string.h>

enum { WHO = 7 }; /* the resident whose pseudonym was turned back */

/* The body that opens the case. */
static json_t *
wish(void)
{
	FnResident truth;

	fn_demo_resident(WHO, &truth);
	return json_pack("{s:[s], s:s, s:s, s:i}", "identifiers", truth.id_number, "reason", "本人投诉其信息被无关人员查询，须予核查", "basis",
		"个人信息保护法第四十五条、第六十五条", "days", 1);
}

static const char *
text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* At least one query, each of the journey's consumer, for its case; and all that was entered before the question was looked at. */
static gboolean
is_right(const json_t *reply, GError **error)
{
	const json_t *items = json_object_get(reply, "items"), *item;
	size_t i;

	if (!json_is_true(json_object_get(reply, "complete")) || json_array_size(items) == 0)
		return fn_city_fail(error, "%s", json_array_size(items) == 0 ? "nobody is said to have looked the person up" : "the answer is not complete");
	json_array_foreach(items, i, item) {
		const json_t *body = json_object_get(json_object_get(item, "entry"), "body");

		if (!g_str_equal(text_in(body, "event"), "share.query") || !g_str_equal(text_in(body, "case"), FN_JOURNEY_CASE) || *text_in(body, "operator") == '\0')
			return fn_city_fail(error, "entry %" JSON_INTEGER_FORMAT " is no query of the journey", json_integer_value(json_object_get(item, "index")));
	}
	return TRUE;
}

static gboolean
look(FnCity *city, const char *lookups, GError **error)
{
	json_t *reply = fn_city_call(city, "shuju.officer", "POST", lookups, NULL, error);
	gboolean right = reply != NULL && is_right(reply, error);

	json_decref(reply);
	return right;
}

gboolean
fn_step_lookup(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *steps = NULL, *lookups = NULL;
	json_t *reply;

	if (!fn_city_refused(city, "gongan.officer", "POST", "/lookups", wish(), "office", error) ||
		(reply = fn_city_call(city, "shuju.officer", "POST", "/lookups", wish(), error)) == NULL)
		return FALSE;
	steps = g_strdup_printf("/cases/%s/steps", text_in(reply, "id"));
	lookups = g_strdup_printf("/cases/%s/lookups", text_in(reply, "id"));
	json_decref(reply);
	return fn_city_refused(city, "shuju.officer", "POST", lookups, NULL, "state", error) &&
		fn_city_refused(city, "shuju.officer", "POST", steps, json_pack("{s:s, s:s}", "step", "approve", "say", "同意追溯"), "office", error) &&
		fn_city_do(city, "shuju.secrecy_reviewer", "POST", steps, json_pack("{s:s, s:s}", "step", "approve", "say", "同意追溯"), error) &&
		fn_city_refused(city, "shuju.secrecy_reviewer", "POST", lookups, NULL, "forbidden", error) && look(city, lookups, error) &&
		fn_city_do(city, "shuju.secrecy_reviewer", "POST", steps, json_pack("{s:s, s:s}", "step", "revoke", "say", "已答复本人"), error) &&
		fn_city_refused(city, "shuju.officer", "POST", lookups, NULL, "state", error);
}
