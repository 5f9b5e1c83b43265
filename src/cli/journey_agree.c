/* The first half of the journey: from a table to an active grant, through console and procedures. */
#include "cli/journey_priv.h"

#include "base/text.h"
#include "cli/registers.h"

#include <string.h>

gboolean
fn_journey_advance(FnJourney *journey, gint64 minutes, GError **error)
{
	return fn_city_do(journey->city, "system_admin", "POST", "/test-clock", json_pack("{s:I}", "minutes", (json_int_t)minutes), error);
}

gboolean
fn_step_publish(FnJourney *journey, GError **error)
{
	static const char *const names[] = { "divisions", "holidays", "residents" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (!fn_city_publish(journey->city, names[i], error))
			return FALSE;
	return TRUE;
}

gboolean
fn_step_find(FnJourney *journey, GError **error)
{
	const char *code = fn_city_id(journey->city, "resource", "residents");
	json_t *reply = fn_city_call(journey->city, "renshe.officer", "GET", "/search?q=%E4%BA%BA%E5%8F%A3", NULL, error); /* 人口 */
	const json_t *items = json_object_get(reply, "items");
	gboolean found = FALSE;

	for (size_t i = 0; i < json_array_size(items); i++)
		found |= g_strcmp0(json_string_value(json_object_get(json_array_get(items, i), "code")), code) == 0;
	if (reply != NULL && !found)
		fn_city_fail(error, "%s is not among the %zu found", code, json_array_size(items));
	json_decref(reply);
	return found;
}

/* ---- the application ---- */

static gboolean
step(FnJourney *journey, const char *who, const char *id, const char *step, const char *say, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id);

	return fn_city_do(journey->city, who, "POST", path, json_pack("{s:s, s:s*}", "step", step, "say", say), error);
}

/* Agreement, risk assessment and handover: signed by both sides before level 3 flows. */
static gboolean
sign_papers(FnJourney *journey, const char *consumer, const char *case_id, GError **error)
{
	static const char *const kinds[] = { "nda", "risk_assessment", "handover" };
	FnCity *city = journey->city;
	g_autofree char *consumer_head = g_strconcat(consumer, ".sharing_head", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		guint8 digest[32];
		g_autofree char *text = NULL, *path = NULL;
		json_t *reply;

		fn_random(digest, sizeof(digest));
		text = fn_hex(digest, sizeof(digest));
		reply = fn_city_call(city, "gongan.sharing_head", "POST", "/papers", json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind", kinds[i],
			"provider", fn_city_id(city, "org", "gongan"), "consumer", fn_city_id(city, "org", consumer), "case", case_id, "digest", text,
			"valid_until", "2030-12-31T16:00:00Z"), error);
		if (reply == NULL)
			return FALSE;
		path = g_strdup_printf("/papers/%s/sign", json_string_value(json_object_get(reply, "id")));
		json_decref(reply);
		/* Whoever files a paper has signed for his side. */
		if (!fn_city_do(city, consumer_head, "POST", path, NULL, error))
			return FALSE;
	}
	return TRUE;
}

static char *
open_application(FnJourney *journey, const char *consumer, const char *system, json_t *more, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *officer = g_strconcat(consumer, ".officer", NULL);
	const char *resource = fn_city_id(city, "resource", "residents");
	json_t *form = json_pack("{s:s, s:[s,s,s,s,s,s], s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:[s]}", "resource", resource, "fields", "id_number",
		"name", "gender", "birth_date", "mobile", "marital", "mode", "query", "system", fn_city_id(city, "system", system), "purpose",
		FN_JOURNEY_PURPOSE, "basis", "《中华人民共和国社会保险法》第十六条 核定待遇", "scenario", "窗口办理养老待遇领取资格认证时核验本人信息",
		"until", "2028-12-31", "case_required", 1, "operators", fn_city_id(city, "account", officer));
	char *id = NULL;
	json_t *reply;

	if (more != NULL)
		json_object_update(form, more);
	json_decref(more);
	reply = fn_city_call(city, officer, "POST", "/cases", json_pack("{s:s, s:s, s:o}", "procedure", "sharing_application", "subject", resource,
		"form", form), error);
	id = g_strdup(json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	return id;
}

static char *
grant_of(FnJourney *journey, const char *who, const char *case_id, GError **error)
{
	json_t *reply = fn_city_call(journey->city, who, "GET", "/grants", NULL, error);
	const json_t *items = json_object_get(reply, "items");
	char *id = NULL;

	for (size_t i = 0; i < json_array_size(items) && id == NULL; i++) {
		const json_t *grant = json_array_get(items, i);

		if (g_strcmp0(json_string_value(json_object_get(grant, "case_id")), case_id) != 0)
			continue;
		id = g_strdup(json_string_value(json_object_get(grant, "id")));
		if (g_strcmp0(json_string_value(json_object_get(grant, "state")), "active") != 0) {
			fn_city_fail(error, "grant %s is %s, not active", id, json_string_value(json_object_get(grant, "state")));
			g_clear_pointer(&id, g_free);
			break;
		}
	}
	if (reply != NULL && id == NULL && *error == NULL)
		fn_city_fail(error, "the case has no grant");
	json_decref(reply);
	return id;
}

/* Provider's side, once the application was sent. */
static gboolean
deliver(FnJourney *journey, const char *consumer, const char *id, GError **error)
{
	return step(journey, "gongan.sharing_head", id, "agree", NULL, error) && step(journey, "gongan.officer", id, "provide", NULL, error) &&
		sign_papers(journey, consumer, id, error) && step(journey, "gongan.officer", id, "deliver", NULL, error);
}

static gboolean
send(FnJourney *journey, const char *consumer, const char *id, GError **error)
{
	g_autofree char *officer = g_strconcat(consumer, ".officer", NULL), *head = g_strconcat(consumer, ".sharing_head", NULL);

	return step(journey, head, id, "consent", NULL, error) && step(journey, officer, id, "send", NULL, error);
}

char *
fn_journey_apply(FnJourney *journey, const char *consumer, const char *system, GError **error)
{
	g_autofree char *id = open_application(journey, consumer, system, NULL, error);

	return id != NULL && send(journey, consumer, id, error) ? g_steal_pointer(&id) : NULL;
}

char *
fn_journey_obtain(FnJourney *journey, const char *system, json_t *more, GError **error)
{
	const char *consumer = g_str_equal(system, "insurance") ? "yibao" : "renshe";
	g_autofree char *officer = g_strconcat(consumer, ".officer", NULL);
	g_autofree char *id = open_application(journey, consumer, system, more, error);

	if (id == NULL || !send(journey, consumer, id, error) || !deliver(journey, consumer, id, error))
		return NULL;
	return grant_of(journey, officer, id, error);
}

/* Working days left on the reply clock of a case. */
static gboolean
reply_left(FnJourney *journey, const char *id, json_int_t *left_out, GError **error)
{
	g_autofree char *path = g_strconcat("/cases/", id, NULL);
	json_t *reply = fn_city_call(journey->city, "gongan.sharing_head", "GET", path, NULL, error);
	const json_t *clocks = json_object_get(reply, "clocks");
	gboolean found = FALSE;

	for (size_t i = 0; i < json_array_size(clocks); i++) {
		const json_t *clock = json_array_get(clocks, i);

		if (g_strcmp0(json_string_value(json_object_get(clock, "name")), "reply") == 0) {
			*left_out = json_integer_value(json_object_get(clock, "left"));
			found = TRUE;
		}
	}
	json_decref(reply);
	return found || fn_city_fail(error, "the case shows no reply clock");
}

/* Moves the test clock day by day until @days working days are gone. */
static gboolean
wait_working_days(FnJourney *journey, const char *id, json_int_t days, GError **error)
{
	json_int_t first, left;

	if (!reply_left(journey, id, &first, error))
		return FALSE;
	if (first != 10)
		return fn_city_fail(error, "a reply is due within 10 working days, the case says %d", (int)first);
	for (guint day = 0; day < 20; day++) {
		if (!fn_journey_advance(journey, 24 * 60, error) || !reply_left(journey, id, &left, error))
			return FALSE;
		if (first - left == days)
			return TRUE;
	}
	return fn_city_fail(error, "the reply clock does not run");
}

/* What leaves of the number under the new grant is told to both sides, and to no third. */
static gboolean
check_plan(FnJourney *journey, const char *who, gboolean concerned, GError **error)
{
	json_t *reply = fn_city_call(journey->city, who, "POST", "/explain",
		json_pack("{s:s, s:[s]}", "grant", journey->grant, "fields", "id_number"), error);
	const json_t *masks = json_object_get(reply, "masks"), *mask = json_array_get(masks, 0), *parameters = json_object_get(mask, "parameters");
	gboolean told = json_array_size(masks) == 1 && g_strcmp0(json_string_value(json_object_get(mask, "operator")), "pseudonym") == 0 &&
		g_strcmp0(json_string_value(json_object_get(parameters, "table")), "1") == 0 &&
		g_strcmp0(json_string_value(json_object_get(mask, "why")), "own_mask") == 0;
	gboolean good = reply != NULL && (concerned ? told : masks == NULL);

	json_decref(reply);
	return good || (error != NULL && *error != NULL ? FALSE : fn_city_fail(error, "%s is told another plan of the grant than there is", who));
}

gboolean
fn_step_apply(FnJourney *journey, GError **error)
{
	char *id = open_application(journey, "renshe", "pension", NULL, error);
	g_autofree char *path = NULL;

	journey->application = id;
	if (id == NULL || !send(journey, "renshe", id, error))
		return FALSE;
	/* The drafter may not decide, and the consumer's head is not the provider's. */
	path = g_strdup_printf("/cases/%s/steps", id);
	if (!fn_city_refused(journey->city, "renshe.officer", "POST", path, json_pack("{s:s}", "step", "agree"), "office", error) ||
		!fn_city_refused(journey->city, "renshe.sharing_head", "POST", path, json_pack("{s:s}", "step", "agree"), "office", error))
		return FALSE;
	if (!wait_working_days(journey, id, 3, error) || !deliver(journey, "renshe", id, error))
		return FALSE;
	journey->grant = grant_of(journey, "renshe.officer", id, error);
	return journey->grant != NULL && check_plan(journey, "renshe.officer", TRUE, error) &&
		check_plan(journey, "gongan.officer", TRUE, error) && check_plan(journey, "jiaoyu.officer", FALSE, error);
}
