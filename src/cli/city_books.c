/* The demo's record books: what a department that keeps order has entered, so that checks tell it from one that does not. */
#include "cli/city.h"

#include "base/json.h"
#include "base/time.h"

#include <string.h>

/* Values that begin with '@' are the city's: @officer, @head, @reviewer (accounts of the organization), @today, @in_a_year. */
typedef struct {
	const char *book, *kind, *values; /* kind: of organizations, or "any": departments and bureau */
	gboolean by_bureau;               /* the bureau's officer writes this book */
} Entry;

#define PERSON(post, name, rank) "{\"post\":\"" post "\",\"name\":\"" name "\",\"body\":\"办公室（演示）\",\"rank\":\"" rank \
	"\",\"phone\":\"16012345678\",\"since\":\"2026-01-05\",\"person\":\"@officer\"}"
#define PLAN(kind, name) "{\"kind\":\"" kind "\",\"name\":\"" name "\",\"version\":\"2026-1\",\"approved_on\":\"@today\",\"contact\":\"@officer\"," \
	"\"body\":\"应急工作领导小组（演示）\",\"reporting\":\"发现后一小时内报主管部门\",\"measures\":\"隔离、止损、留存证据、恢复（演示）\","\
	"\"until\":\"@in_a_year\"}"
#define TRAINING(kind, title) "{\"kind\":\"" kind "\",\"title\":\"" title "\",\"held_on\":\"@today\",\"leaders\":3,\"staff\":42,\"coverage\":95}"

static const Entry entries[] = {
	{ "data_officers", "any", "{\"post\":\"data_officer\",\"name\":\"数据专员（演示）\",\"person\":\"@officer\",\"body\":\"信息科（演示）\",\"rank\":\"科长\","
		"\"phone\":\"16012345678\",\"since\":\"2026-01-05\",\"filed_on\":\"@today\"}", TRUE },
	{ "responsible_persons", "any", PERSON("first", "主要负责人（演示）", "局长") },
	{ "responsible_persons", "any", PERSON("direct", "分管负责人（演示）", "副局长") },
	{ "responsible_persons", "any", PERSON("security_leader", "数据安全负责人（演示）", "科长") },
	{ "responsible_persons", "any", PERSON("network_security", "网络安全负责人（演示）", "科长") },
	{ "systems", "any", "{\"name\":\"业务系统（演示）\",\"purpose\":\"办理本单位业务\",\"responsible\":\"@head\",\"primary\":\"@officer\",\"deputy\":\"@reviewer\","
		"\"network\":\"extranet\",\"secret\":\"none\",\"location\":\"domestic\",\"level\":2,\"protection\":\"tested\",\"filing\":\"@filing\","
		"\"tested_on\":\"@today\",\"cii\":false,\"connection\":\"connected\",\"channel\":\"platform\"}" },
	{ "plans", "any", PLAN("incident", "网络安全事件应急预案") },
	{ "plans", "any", PLAN("data", "数据安全事件应急预案") },
	{ "plans", "department", PLAN("digitization", "历史数据电子化计划") },
	{ "plans", "bureau", PLAN("platform", "共享平台应急预案") },
	{ "plans", "bureau", PLAN("data_centre", "数据中心应急预案") },
	{ "plans", "bureau", PLAN("work", "年度数据共享工作计划") },
	{ "trainings", "any", TRAINING("awareness", "数据安全意识教育") },
	{ "trainings", "any", TRAINING("technical", "数据安全操作培训") },
	{ "trainings", "bureau", TRAINING("platform", "共享平台应用培训") },
	{ "backup_policies", "any", "{\"object\":\"业务数据库（演示）\",\"kind\":\"database\",\"important\":true,\"method\":\"full\",\"frequency\":\"daily\","
		"\"tool\":\"数据库自带工具，按备份规程\",\"retention\":6,\"copies\":2,\"place\":\"市政务云一区\",\"offsite\":\"市政务云二区\",\"location\":\"domestic\","
		"\"encrypted\":true,\"backed_up_on\":\"@today\",\"restored_on\":\"@today\"}" },
};

static char *
account_of(const FnCity *city, const FnCityOrganization *organization, const char *office)
{
	g_autofree char *login = g_strdup_printf("%s.%s", organization->key, office);

	return g_strdup(fn_city_id(city, "account", login));
}

/* What a word of the table is here. Caller frees; NULL: it stands for itself. */
static char *
meaning_of(const FnCity *city, const FnCityOrganization *organization, gint64 now, const char *word)
{
	static const struct {
		const char *word, *office;
	} people[] = { { "@officer", "officer" }, { "@head", "department_head" }, { "@reviewer", "secrecy_reviewer" } };

	for (gsize i = 0; i < G_N_ELEMENTS(people); i++)
		if (g_str_equal(people[i].word, word))
			return account_of(city, organization, people[i].office);
	if (g_str_equal(word, "@today"))
		return fn_time_date_text(now);
	if (g_str_equal(word, "@in_a_year"))
		return fn_time_date_text(now + 365 * G_TIME_SPAN_DAY);
	return g_str_equal(word, "@filing") ? g_strdup_printf("6601-%s", organization->serial) : NULL;
}

static json_t *
values_of(const FnCity *city, const FnCityOrganization *organization, gint64 now, const Entry *entry)
{
	json_t *values = json_loads(entry->values, 0, NULL), *value;
	const char *name;

	g_assert(values != NULL);
	json_object_foreach(values, name, value) {
		g_autofree char *meaning = json_is_string(value) ? meaning_of(city, organization, now, json_string_value(value)) : NULL;

		if (meaning != NULL)
			json_object_set_new(values, name, json_string(meaning));
	}
	return values;
}

static gboolean
enter(FnCity *city, const FnCityOrganization *organization, const Entry *entry, gint64 now, GError **error)
{
	g_autofree char *own = g_strconcat(organization->key, ".officer", NULL);
	g_autofree char *path = g_strdup_printf("/registers/%s/records", entry->book);

	return fn_city_do(city, entry->by_bureau ? "shuju.officer" : own, "POST", path, json_pack("{s:s, s:o}", "organization",
		fn_city_id(city, "org", organization->key), "values", values_of(city, organization, now, entry)), error);
}

static gboolean
keeps_books(const FnCityOrganization *organization)
{
	return g_str_equal(organization->kind, "department") || g_str_equal(organization->kind, "bureau");
}

gboolean
fn_city_keep_books(FnCity *city, GError **error)
{
	gint64 now = fn_city_now(city);

	for (const FnCityOrganization *one = fn_city_organizations; one->key != NULL; one++) {
		if (!keeps_books(one))
			continue;
		city->progress(one->name);
		for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
			if ((g_str_equal(entries[i].kind, "any") || g_str_equal(entries[i].kind, one->kind)) &&
				!enter(city, one, &entries[i], now, error))
				return FALSE;
	}
	return TRUE;
}
