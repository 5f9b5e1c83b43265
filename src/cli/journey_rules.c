/* What the regulations demand beside sharing: books, signed procedures, inspections, duties, rules that change, misuse. */
#include "cli/journey_priv.h"

#include "base/json.h"
#include "base/time.h"

#include <string.h>
#include <sys/wait.h>

enum { PATIENCE = 100 /* tries */, PAUSE = 100000 /* us between them */, DUTIES = 380 };

static const char *
text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* A call whose answer is only looked at: @name of it must be @wanted. */
static gboolean
gives(FnCity *city, const char *who, const char *path, const char *name, json_int_t wanted, GError **error)
{
	json_t *reply = fn_city_call(city, who, "GET", path, NULL, error);
	const json_t *value = json_object_get(reply, name);
	json_int_t given = json_is_array(value) ? (json_int_t)json_array_size(value) : json_integer_value(value);

	if (reply != NULL && given != wanted)
		fn_city_fail(error, "%s: \"%s\" is %d instead of %d", path, name, (int)given, (int)wanted);
	json_decref(reply);
	return reply != NULL && given == wanted;
}

/* ---- record books ---- */

#define TERMINALS "/registers/terminals/records"
#define HEADER "name,user,place,connection,system,antivirus\r\n"
#define GOOD(name) name ",renshe.officer,三楼,wired,国产操作系统,ok\r\n"

static json_t *
terminal(const char *antivirus)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "values", "name", "PC-1", "user", "renshe.officer", "place", "三楼", "connection",
		"wired", "system", "国产操作系统", "antivirus", antivirus);
}

/* Refused with a problem that names @field. */
static gboolean
named(FnCity *city, json_t *body, const char *field, GError **error)
{
	g_autoptr(GError) why = NULL;

	if (fn_city_do(city, "renshe.officer", "POST", TERMINALS, body, &why))
		return fn_city_fail(error, "a bad record was taken");
	return strstr(why->message, field) != NULL || fn_city_fail(error, "the refusal does not name \"%s\": %s", field, why->message);
}

static gboolean
import(FnCity *city, const char *how, json_int_t bad, gboolean written, GError **error)
{
	static const char file[] = HEADER GOOD("PC-2") GOOD("PC-3") "PC-4,nobody.here,三楼,wired,国产操作系统,ok\r\n" GOOD("PC-5")
		"PC-6,renshe.officer,三楼,pigeon,国产操作系统,ok\r\n" ",renshe.officer,三楼,wired,国产操作系统,ok\r\n" GOOD("PC-7");
	g_autofree char *path = g_strconcat("/registers/terminals/import", how, NULL);
	json_t *report = fn_city_upload(city, "renshe.officer", path, file, strlen(file), error);
	const json_t *problems = json_object_get(report, "problems");
	gboolean right = json_integer_value(json_object_get(report, "bad")) == bad && json_array_size(problems) == (size_t)bad &&
		json_integer_value(json_object_get(json_array_get(problems, 0), "row")) == 4 &&
		g_str_equal(text_in(json_array_get(problems, 0), "field"), "user") && json_is_true(json_object_get(report, "written")) == written;

	if (report != NULL && !right) {
		g_autofree char *text = fn_json_canonical(report);

		fn_city_fail(error, "import%s: not the report that was expected: %s", how, text);
	}
	json_decref(report);
	return report != NULL && right;
}

static gboolean
exported(FnCity *city, GError **error)
{
	static const char *const wanted[] = { "PC-1", "PC-2", "PC-3", "PC-5", "PC-7", NULL };
	g_autoptr(GBytes) file = NULL;
	g_autofree char *text = NULL;
	long status;

	fn_client_set_token(city->client, g_hash_table_lookup(city->tokens, "renshe.officer"));
	if ((file = fn_client_get(city->client, "/api/v1/registers/terminals/export", 1 << 20, &status, error)) == NULL)
		return FALSE;
	text = g_strndup(g_bytes_get_data(file, NULL), g_bytes_get_size(file));
	for (guint i = 0; wanted[i] != NULL; i++)
		if (strstr(text, wanted[i]) == NULL)
			return fn_city_fail(error, "the export lacks %s", wanted[i]);
	return strstr(text, "PC-4") == NULL || fn_city_fail(error, "the export holds a bad row");
}

gboolean
fn_step_registers(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;

	return fn_city_do(city, "renshe.officer", "POST", TERMINALS, terminal("ok"), error) &&
		named(city, terminal("none at all"), "antivirus", error) &&
		fn_city_refused(city, "renshe.officer", "POST", TERMINALS, terminal("ok"), "taken", error) &&
		import(city, "", 3, FALSE, error) && gives(city, "renshe.officer", TERMINALS, "items", 1, error) &&
		import(city, "?dry_run=1&keep_good=1", 3, FALSE, error) && gives(city, "renshe.officer", TERMINALS, "items", 1, error) &&
		import(city, "?keep_good=1", 3, TRUE, error) && gives(city, "renshe.officer", TERMINALS, "items", 5, error) &&
		exported(city, error) && gives(city, "jiaoyu.officer", TERMINALS, "items", 0, error) &&
		gives(city, "shuju.officer", TERMINALS, "items", 5, error) &&
		fn_city_refused(city, "yibao.officer", "POST", TERMINALS, json_pack("{s:s, s:o}", "organization", fn_city_id(city, "org", "renshe"),
			"values", json_object()), "office", error);
}

/* ---- what is signed ---- */

#define ADDRESS "fuwu@danni.gov.cn"

gboolean
fn_journey_take(FnCity *city, const char *who, const char *id, const char *name, const char *say, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id);

	return fn_city_do(city, who, "POST", path, json_pack("{s:s, s:s*}", "step", name, "say", say), error);
}

gboolean
fn_journey_not_taken(FnCity *city, const char *who, const char *id, const char *name, const char *code, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id);

	return fn_city_refused(city, who, "POST", path, json_pack("{s:s, s:s}", "step", name, "say", "按规定办理"), code, error);
}

char *
fn_journey_seen(FnCity *city, const char *who, const char *id, const char *name, GError **error)
{
	g_autofree char *path = g_strconcat("/cases/", id, NULL);
	json_t *reply = fn_city_call(city, who, "GET", path, NULL, error);
	const json_t *actions = json_object_get(reply, "allowed_actions");
	char *digest = NULL;

	for (size_t i = 0; i < json_array_size(actions) && digest == NULL; i++)
		if (g_str_equal(text_in(json_array_get(actions, i), "do"), name))
			digest = g_strdup(json_string_value(json_object_get(json_array_get(actions, i), "digest")));
	if (reply != NULL && digest == NULL)
		fn_city_fail(error, "%s is not shown what \"%s\" would sign", who, name);
	json_decref(reply);
	return digest;
}

static json_t *
signature(const char *name, const char *seen, const char *password)
{
	return json_pack("{s:s, s:s*, s:s*}", "step", name, "seen", seen, "password", password);
}

/* Without the password, with a wrong one, and over what is no longer what the case says: refused. Then it is signed. */
static gboolean
sign_approval(FnCity *city, const char *id, GError **error)
{
	static const char head[] = "shuju.sharing_head", stale[] = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
	g_autofree char *steps = g_strdup_printf("/cases/%s/steps", id), *seen = fn_journey_seen(city, head, id, "approve", error);

	return seen != NULL && fn_city_refused(city, head, "POST", steps, signature("approve", seen, NULL), "confirm", error) &&
		fn_city_refused(city, head, "POST", steps, signature("approve", seen, "Fn-not-the-one-000"), "login", error) &&
		fn_city_refused(city, head, "POST", steps, signature("approve", stale, city->password), "confirm", error) &&
		fn_city_do(city, head, "POST", steps, signature("approve", seen, city->password), error);
}

gboolean
fn_step_signed(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *id = NULL;
	json_t *reply = fn_city_call(city, "shuju.officer", "POST", "/cases", json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:b}}", "procedure",
		"mailbox_request", "subject", ADDRESS, "form", "address", ADDRESS, "holder", "shuju.officer", "kind", "unit", "purpose",
		"受理数据服务事项", "rules", 1), error);

	if (reply == NULL)
		return FALSE;
	id = g_strdup(text_in(reply, "id"));
	json_decref(reply);
	return fn_journey_take(city, "shuju.officer", id, "send", NULL, error) && fn_journey_not_taken(city, "shuju.officer", id, "approve", "office", error) &&
		fn_journey_not_taken(city, "security_admin", id, "activate", "state", error) && sign_approval(city, id, error) &&
		fn_journey_not_taken(city, "shuju.sharing_head", id, "activate", "office", error) &&
		fn_journey_take(city, "security_admin", id, "activate", "当面核验身份", error) &&
		gives(city, "security_admin", "/registers/mailboxes/records?where.address=" ADDRESS, "items", 1, error) &&
		fn_journey_not_taken(city, "security_admin", id, "activate", "state", error);
}

/* ---- inspection, rectification, compliance, notices ---- */

/* State of the one duty 002A-A24.6; its evidence must name @check when it is violated. */
static gboolean
duty_is(FnCity *city, gboolean violated, GError **error)
{
	json_t *reply = fn_city_call(city, "auditor", "GET", "/compliance?article=002A-A24.6", NULL, error);
	const json_t *duty = json_array_get(json_object_get(reply, "duties"), 0);
	g_autofree char *text = duty != NULL ? fn_json_canonical(duty) : g_strdup("no such duty");
	gboolean right = reply != NULL && g_str_equal(text_in(duty, "state"), "violated") == violated && strstr(text, "late_answer") != NULL;

	if (reply != NULL && !right)
		fn_city_fail(error, "002A-A24.6 is not %s: %s", violated ? "violated" : "kept", text);
	json_decref(reply);
	return right;
}

/* Every duty has a state, and none is without a control. */
static gboolean
all_are_judged(FnCity *city, GError **error)
{
	json_t *reply = fn_city_call(city, "auditor", "GET", "/compliance", NULL, error);
	const json_t *duties = json_object_get(reply, "duties"), *duty;
	gboolean right = json_array_size(duties) == DUTIES;
	size_t i;

	json_array_foreach(duties, i, duty)
		right = right && *text_in(duty, "state") != '\0' && *text_in(duty, "id") != '\0';
	if (reply != NULL && !right)
		fn_city_fail(error, "%zu duties are judged instead of %d", json_array_size(duties), DUTIES);
	json_decref(reply);
	return right;
}

/* The finding on the application @subject: its id, case and state. */
static json_t *
finding_on(FnCity *city, const char *subject, GError **error)
{
	json_t *reply = fn_city_call(city, "auditor", "GET", "/findings?check=late_answer", NULL, error), *found = NULL, *item;
	size_t i;

	json_array_foreach(json_object_get(reply, "items"), i, item)
		if (found == NULL && g_str_equal(text_in(item, "subject"), subject))
			found = json_incref(item);
	if (reply != NULL && found == NULL)
		fn_city_fail(error, "the late answer is not among the findings");
	json_decref(reply);
	return found;
}

static gboolean
finding_is(FnCity *city, const char *subject, const char *state, GError **error)
{
	json_t *finding = finding_on(city, subject, error);
	gboolean right = g_str_equal(text_in(finding, "state"), state);

	if (finding != NULL && !right)
		fn_city_fail(error, "the finding is %s instead of %s", text_in(finding, "state"), state);
	json_decref(finding);
	return finding != NULL && right;
}

/* The month's inspection is opened, or looks again. */
static gboolean
look(FnCity *city, const char *month, GError **error)
{
	return fn_city_do(city, "auditor", "POST", "/inspections", json_pack("{s:s}", "period", month), error);
}

/* Points that late answers took from @organization in @month, -1 where it has no score. (The score itself stops at 0.) */
static json_int_t
lost_of(FnCity *city, const char *month, const char *organization, GError **error)
{
	g_autofree char *path = g_strconcat("/scores?period=", month, NULL);
	json_t *reply = fn_city_call(city, "auditor", "GET", path, NULL, error), *item;
	const char *id = fn_city_id(city, "org", organization);
	json_int_t lost = -1;
	size_t i;

	json_array_foreach(json_object_get(reply, "items"), i, item)
		if (g_str_equal(text_in(item, "organization"), id))
			lost = json_integer_value(json_object_get(json_object_get(item, "lost"), "late_answer"));
	json_decref(reply);
	return lost;
}

/* Is there a notice of @case for @who? */
static gboolean
is_told(FnCity *city, const char *who, const char *case_id, GError **error)
{
	json_t *reply = fn_city_call(city, who, "GET", "/notices", NULL, error), *item;
	gboolean told = FALSE;
	size_t i;

	json_array_foreach(json_object_get(reply, "items"), i, item)
		told = told || g_str_equal(text_in(item, "case"), case_id);
	if (reply != NULL && !told)
		fn_city_fail(error, "%s was not told of the case %s", who, case_id);
	json_decref(reply);
	return told;
}

static gboolean
rectify(FnCity *city, const char *id, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id);

	return fn_city_do(city, "gongan.officer", "POST", path, json_pack("{s:s, s:{s:s}}", "step", "answer", "form", "plan", "已指定专人办理答复"),
			error) &&
		fn_journey_not_taken(city, "gongan.officer", id, "agree", "office", error) &&
		fn_journey_take(city, "gongan.sharing_head", id, "agree", "已答复，今后按期办理", error) &&
		fn_journey_take(city, "gongan.officer", id, "submit", "答复见申请办件", error) &&
		fn_journey_not_taken(city, "gongan.officer", id, "verify", "office", error) &&
		fn_journey_take(city, "shuju.officer", id, "verify", "已查看答复", error);
}

static char *
month_of(FnCity *city)
{
	g_autofree char *date = fn_time_date_text(fn_city_now(city));

	return g_strndup(date, strlen("2026-11"));
}

/* From the late answer on: found, told, put right, closed. */
static gboolean
follow_finding(FnCity *city, const char *application, GError **error)
{
	g_autofree char *month = month_of(city), *id = NULL;
	json_int_t others, own;
	json_t *finding;

	if (!look(city, month, error) || (finding = finding_on(city, application, error)) == NULL)
		return FALSE;
	id = g_strdup(text_in(finding, "case"));
	json_decref(finding);
	others = lost_of(city, month, "jiaoyu", error);
	own = lost_of(city, month, "gongan", error);
	return ((others == 0 && own > 0) || fn_city_fail(error, "late answers take %d points from who answered late, %d from another", (int)own, (int)others)) &&
		is_told(city, "gongan.officer", id, error) &&
		/* the cause is mended, then the case is gone through */
		fn_journey_take(city, "gongan.sharing_head", application, "agree", NULL, error) && duty_is(city, TRUE, error) && rectify(city, id, error) &&
		is_told(city, "gongan.sharing_head", id, error) && look(city, month, error) && finding_is(city, application, "closed", error) &&
		duty_is(city, FALSE, error);
}

gboolean
fn_step_inspection(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *id = NULL;

	if (!all_are_judged(city, error) || !duty_is(city, FALSE, error) ||
		(id = fn_journey_apply(journey, "renshe", "pension", error)) == NULL)
		return FALSE;
	/* ten working days are never more than 24 days, whatever holidays there are */
	return fn_journey_advance(journey, (gint64)24 * 24 * 60, error) && duty_is(city, TRUE, error) && follow_finding(city, id, error);
}

/* ---- rules that change ---- */

static char *
digest_in_force(FnCity *city, GError **error)
{
	json_t *reply = fn_city_call(city, "auditor", "GET", "/health", NULL, error);
	char *digest = reply != NULL ? g_strdup(text_in(reply, "rules")) : NULL;

	json_decref(reply);
	return digest;
}

/* `fengni rules reload` as somebody types it. */
static gboolean
reload(FnCity *city, int wanted, GError **error)
{
	char *argv[] = { "/proc/self/exe", "rules", "reload", city->directory, NULL };
	g_autofree char *self = g_file_read_link("/proc/self/exe", error), *said = NULL, *complained = NULL;
	int status;

	argv[0] = self;
	if (self == NULL || !g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, &complained, &status, error))
		return FALSE;
	return WEXITSTATUS(status) == wanted || fn_city_fail(error, "rules reload ended with %d instead of %d: %s", WEXITSTATUS(status), wanted, complained);
}

static gboolean
wait_for_other(FnCity *city, const char *before, GError **error)
{
	for (guint tries = 0; tries < PATIENCE; tries++) {
		g_autofree char *digest = digest_in_force(city, error);

		if (digest == NULL || !g_str_equal(digest, before))
			return digest != NULL;
		g_usleep(PAUSE);
	}
	return fn_city_fail(error, "the rules in force are still the ones before");
}

static gboolean
stays(FnCity *city, const char *digest, GError **error)
{
	g_autofree char *now = digest_in_force(city, error);

	return g_strcmp0(now, digest) == 0 || (now != NULL && fn_city_fail(error, "broken rules came into force"));
}

/* @sound with a smaller number of refusals that raises an alert. */
static gboolean
tighten(FnJourney *journey, const char *path, const char *sound, GError **error)
{
	g_autofree char *text = g_strconcat(sound, "  watch_denied:\n    title: {zh: 十分钟内被拒调用次数, en: Refused calls in ten minutes}\n"
		"    value: 12\n    unit: count\n    direction: lower\n    may_tighten: true\n    source: demo\n", NULL);
	g_autofree char *before = digest_in_force(journey->city, error), *after = NULL;
	g_autofree char *broken = g_strconcat(text, "  nothing: [\n", NULL);

	if (before == NULL || !g_file_set_contents(path, text, -1, error) || !reload(journey->city, 0, error) ||
		!wait_for_other(journey->city, before, error) || (after = digest_in_force(journey->city, error)) == NULL)
		return FALSE;
	return g_file_set_contents(path, broken, -1, error) && reload(journey->city, 1, error) && stays(journey->city, after, error) &&
		g_file_set_contents(path, text, -1, error);
}

gboolean
fn_step_reload(FnJourney *journey, GError **error)
{
	g_autofree char *path = g_build_filename(journey->city->directory, "rules", "packs", "demo.yaml", NULL), *sound = NULL;
	g_autofree char *body = fn_journey_body(9, NULL);
	FnCall call = fn_journey_call(journey);
	FnAnswer answer = { 0 };

	if (!g_file_get_contents(path, &sound, NULL, error) || !tighten(journey, path, sound, error) ||
		!fn_journey_answered(journey, &call, body, &answer, error))
		return FALSE;
	fn_answer_clear(&answer);
	return TRUE;
}

/* ---- misuse ---- */

/* The open alert of a run of refusals by @system, once the clock has read so far. */
static json_t *
wait_for_alert(FnCity *city, const char *who, const char *system, GError **error)
{
	g_autofree char *path = g_strdup_printf("/alerts?rule=denied_burst&state=open&subject=%s", system);

	for (guint tries = 0; tries < PATIENCE; tries++) {
		json_t *reply = fn_city_call(city, who, "GET", path, NULL, error);
		json_t *alert = json_incref(json_array_get(json_object_get(reply, "items"), 0));

		json_decref(reply);
		if (reply == NULL || alert != NULL)
			return alert;
		g_usleep(PAUSE);
	}
	fn_city_fail(error, "a run of refusals raises no alert");
	return NULL;
}

static gboolean
burst(FnJourney *journey, guint calls, GError **error)
{
	FnCall call = fn_journey_call(journey);

	call.purpose = "另作他用";
	for (guint i = 0; i < calls; i++)
		if (!fn_journey_refused(journey, &call, NULL, 403, "purpose_not_granted", error))
			return FALSE;
	return TRUE;
}

gboolean
fn_step_misuse(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	const char *system = fn_city_id(city, "system", "pension");
	g_autofree char *id = NULL, *handle = NULL;
	json_t *alert;

	/* more than the rules say since they were reloaded, fewer than they said before */
	if (!burst(journey, 15, error) || (alert = wait_for_alert(city, "security_admin", system, error)) == NULL)
		return FALSE;
	id = g_strdup(text_in(alert, "case"));
	handle = g_strdup_printf("/alerts/%s/handle", text_in(alert, "id"));
	json_decref(alert);
	return is_told(city, "security_admin", id, error) &&
		fn_city_refused(city, "security_admin", "POST", handle, json_pack("{s:s}", "reason", "另行处置"), "state", error) &&
		fn_journey_take(city, "security_admin", id, "ask", "请说明为何用途与授权不符", error) &&
		fn_journey_not_taken(city, "renshe.officer", id, "dismiss", "office", error) &&
		fn_journey_take(city, "renshe.officer", id, "explain", "联调时误用测试用途", error) &&
		fn_journey_take(city, "shuju.officer", id, "dismiss", "已核实为联调误用，未取得数据", error) &&
		fn_journey_not_taken(city, "security_admin", id, "confirm", "state", error);
}
