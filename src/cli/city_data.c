/* The demo's data: sources, resources and calling systems. */
#include "cli/city.h"

#include "cli/certificate.h"
#include "cli/registers.h"
#include "source/source.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* A field as its officer describes it; level and mask NULL or 0: what the profile proposes. */
typedef struct {
	const char *column, *title, *mask;
	int level;
	gboolean key;
	const char *generalise; /* NULL: nobody says how it becomes coarser */
} Field;

/* A register: the file it lies in, who keeps it, how it is described. */
typedef struct {
	const char *name, *organization, *title, *summary, *sharing_type, *duty, *update, *cursor, *index[3];
	const Field *fields; /* ends with column == NULL */
} Register;

static const Field division_fields[] = { { "code", "行政区划代码", "keep", 1, TRUE }, { "name", "名称", "keep", 1, FALSE },
	{ "level", "层级", "keep", 1, FALSE }, { "parent", "上级代码", "keep", 1, TRUE }, { 0 } };
static const Field holiday_fields[] = { { "date", "日期", "keep", 1, TRUE }, { "name", "节日", "keep", 1, FALSE },
	{ "kind", "放假或调休上班", "keep", 1, FALSE }, { 0 } };
static const Field resident_fields[] = { { "id_number", "公民身份号码", "pseudonym:kind=resident_id", 0, TRUE },
	{ "name", "姓名", "partial:keep=1.0", 0, FALSE }, { "gender", "性别", "keep", 0, FALSE }, { "birth_date", "出生日期", "keep", 0, FALSE, "date" },
	{ "mobile", "手机号码", "partial:keep=3.4", 0, TRUE }, { "address", "住址", "partial:keep=6.0", 0, FALSE },
	{ "household", "户号", "hash", 2, FALSE }, { "marital", "婚姻状况", "keep", 2, FALSE }, { "education", "文化程度", "keep", 2, FALSE },
	{ "updated_on", "更新日期", "keep", 1, FALSE }, { 0 } };

static const Register registers[] = {
	{ "divisions", "minzheng", "行政区划代码（省至村）", "全国省、市、县、乡、村五级行政区划代码与名称", "unconditional", "行政区划管理", "yearly", "code",
		{ "code", "parent", NULL }, division_fields },
	{ "holidays", "renshe", "法定节假日与调休安排", "国务院办公厅通知的放假与调休日期", "unconditional", "工作时间和休假管理", "yearly", "date",
		{ "date", NULL }, holiday_fields },
	{ "residents", "gongan", "常住人口登记信息", "演示用虚构常住人口登记，号码均取自从未发放的号段", "conditional", "户籍管理", "daily", "id_number",
		{ "id_number", "mobile", NULL }, resident_fields },
};

static const Register *
find_register(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(registers); i++)
		if (g_str_equal(registers[i].name, name))
			return &registers[i];
	g_assert_not_reached();
}

/* ---- files and sources ---- */

static gboolean
write_csv(const Register *one, const char *csv, const char *divisions, const char *rules_directory, GError **error)
{
	guint64 rows;

	if (g_str_equal(one->name, "divisions"))
		return fn_demo_write_divisions(divisions, csv, &rows, error);
	if (g_str_equal(one->name, "holidays"))
		return fn_demo_write_holidays(rules_directory, csv, error);
	return fn_demo_write_residents(csv, error);
}

static gboolean
make_file(FnCity *city, const Register *one, const char *divisions, const char *rules_directory, GError **error)
{
	g_autofree char *directory = g_build_filename(city->directory, "sources", NULL);
	g_autofree char *csv = g_strdup_printf("%s/%s.csv", directory, one->name);
	g_autofree char *db = g_strdup_printf("%s/%s.db", directory, one->name);
	struct stat about;
	guint64 rows;

	city->progress(one->title);
	if (!write_csv(one, csv, divisions, rules_directory, error) ||
		!fn_source_import_csv(csv, db, one->name, one->index, &rows, error))
		return FALSE;
	g_unlink(csv);
	/* The files belong to whoever owns sources/: the gate. */
	if (geteuid() == 0 && (g_stat(directory, &about) != 0 || chown(db, about.st_uid, about.st_gid) != 0)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "%s: cannot hand it to the gate", db);
		return FALSE;
	}
	return TRUE;
}

static gboolean
add_source(FnCity *city, const Register *one, GError **error)
{
	g_autofree char *file = g_strconcat(one->name, ".db", NULL);
	json_t *reply = fn_city_call(city, "system_admin", "POST", "/sources", json_pack("{s:s, s:s, s:{s:s, s:s}}", "organization",
		fn_city_id(city, "org", one->organization), "name", one->title, "spec", "kind", "sqlite", "path", file), error);

	if (reply == NULL)
		return FALSE;
	fn_city_set_id(city, "source", one->name, json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	return TRUE;
}

gboolean
fn_city_make_sources(FnCity *city, const char *divisions, const char *rules_directory, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(registers); i++)
		if (!make_file(city, &registers[i], divisions, rules_directory, error) || !add_source(city, &registers[i], error))
			return FALSE;
	return TRUE;
}

/* ---- from table to catalog ---- */

static const json_t *
profile_of(const json_t *profile, const char *column)
{
	const json_t *columns = json_object_get(profile, "columns");

	for (size_t i = 0; i < json_array_size(columns); i++)
		if (g_strcmp0(json_string_value(json_object_get(json_array_get(columns, i), "column")), column) == 0)
			return json_array_get(columns, i);
	return NULL;
}

/* What the officer confirms: the profile's proposal, but for what he knows better. */
static json_t *
fields_of(const Register *one, const json_t *profile)
{
	json_t *fields = json_array();

	for (const Field *field = one->fields; field->column != NULL; field++) {
		const json_t *proposed = profile_of(profile, field->column);
		json_int_t level = field->level != 0 ? field->level : json_integer_value(json_object_get(proposed, "level"));
		const char *identifier = json_string_value(json_object_get(proposed, "identifier"));

		json_array_append_new(fields, json_pack("{s:s, s:s, s:s, s:i, s:I, s:s, s:s, s:s, s:b, s:s*}", "name", field->column, "title",
			field->title, "type", "text", "length", 200, "level", level, "identifier", identifier != NULL ? identifier : "none", "mask",
			field->mask, "column", field->column, "key", field->key,
			"generalise", field->generalise));
	}
	return fields;
}

static json_t *
description_of(FnCity *city, const Register *one, const json_t *profile)
{
	gboolean conditional = g_str_equal(one->sharing_type, "conditional");
	json_t *resource = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[s,s,s], s:s, s:s, s:[s], s:{s:s,s:s,s:s}, s:s, s:s}", "name",
		one->title, "summary", one->summary, "classification", "3/01/01", "format_class", "database", "format", "sqlite", "carrier",
		"electronic", "update_period", one->update, "sharing_type", one->sharing_type, "sharing_modes", "query", "batch", "aggregate", "openness",
		conditional ? "closed" : "open", "category", conditional ? "个人信息" : "公共基础信息", "duties", one->duty, "responsible",
		"department_head", "主要负责人（演示）", "editor", "数据专员（演示）", "reviewer", "保密审查员（演示）", "store_location",
		"市政务云一区", "upstream_status", "exempt");

	if (conditional) {
		json_object_set_new(resource, "use_conditions", json_string("按申请的用途、范围和时限使用，不得转授"));
		json_object_set_new(resource, "sharing_basis", json_pack("{s:s, s:s, s:s}", "kind", "admin_regulation", "document",
			"政务数据共享条例（国务院令第809号）", "article", "第十四条"));
	}
	json_object_set_new(resource, "fields", fields_of(one, profile));
	json_object_set_new(resource, "binding", json_pack("{s:s, s:s, s:s}", "source", fn_city_id(city, "source", one->name), "table",
		one->name, "cursor", one->cursor));
	return resource;
}

/* The residents' numbers must be recognised for what they are, and no clear value may come back with the proposal. */
static gboolean
check_profile(const Register *one, const json_t *profile, GError **error)
{
	static const struct {
		const char *column, *detector;
	} expected[] = { { "id_number", "cn.resident_id" }, { "mobile", "cn.mobile" } };
	g_autofree char *text = json_dumps(profile, JSON_COMPACT);

	if (!g_str_equal(one->name, "residents"))
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
		const json_t *column = profile_of(profile, expected[i].column);

		if (g_strcmp0(json_string_value(json_object_get(column, "detector")), expected[i].detector) != 0 ||
			json_integer_value(json_object_get(column, "level")) < 3)
			return fn_city_fail(error, "the column %s is not proposed as %s of level 3: %s", expected[i].column, expected[i].detector, text);
	}
	for (guint i = 0; i < FN_DEMO_RESIDENTS; i += 100) {
		FnResident resident;

		fn_demo_resident(i, &resident);
		if (strstr(text, resident.id_number) != NULL || strstr(text, resident.mobile) != NULL)
			return fn_city_fail(error, "the profile gives away a clear value");
	}
	return TRUE;
}

static gboolean
assess(FnCity *city, const Register *one, const char *code, GError **error)
{
	static const struct {
		const char *kind, *answer;
	} answers[] = { { "secrecy_review", "不含国家秘密和工作秘密" }, { "personal_information", "已评估对个人权益的影响，按最小必要提供" },
		{ "encryption", "传输双向 TLS，敏感项按级加密" }, { "masking", "按字段级别脱敏" }, { "backup", "每日备份，异地一份" },
		{ "audit", "全部调用入审计存证日志" } };
	g_autofree char *reviewer = g_strconcat(one->organization, ".secrecy_reviewer", NULL);
	g_autofree char *path = g_strdup_printf("/resources/%s/assessments", code);

	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++)
		if (!fn_city_do(city, reviewer, "POST", path, json_pack("{s:s, s:b, s:s}", "kind", answers[i].kind, "passed", 1, "answer",
				answers[i].answer), error))
			return FALSE;
	return TRUE;
}

/* assessor → head → officer → bureau, each a different person. */
static gboolean
review(FnCity *city, const Register *one, const char *code, GError **error)
{
	static const struct {
		const char *who, *step; /* who NULL: the bureau's officer */
	} steps[] = { { "secrecy_reviewer", "assess" }, { "department_head", "approve" }, { "officer", "submit" }, { NULL, "publish" } };
	g_autofree char *officer = g_strconcat(one->organization, ".officer", NULL), *path = NULL;
	g_autofree char *basis = g_strdup_printf("/resources/%s/basis", code);
	json_t *reply = fn_city_call(city, officer, "POST", "/cases", json_pack("{s:s, s:s}", "procedure", "catalog_review", "subject", code), error);

	if (reply == NULL)
		return FALSE;
	path = g_strdup_printf("/cases/%s/steps", json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autofree char *who = steps[i].who != NULL ? g_strdup_printf("%s.%s", one->organization, steps[i].who) : g_strdup("shuju.officer");

		if (steps[i].who == NULL && g_str_equal(one->sharing_type, "conditional") && !fn_city_do(city, who, "POST", basis, NULL, error))
			return FALSE;
		if (!fn_city_do(city, who, "POST", path, json_pack("{s:s}", "step", steps[i].step), error))
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_city_publish(FnCity *city, const char *name, GError **error)
{
	const Register *one = find_register(name);
	g_autofree char *officer = g_strconcat(one->organization, ".officer", NULL);
	g_autofree char *path = g_strdup_printf("/sources/%s/profile", fn_city_id(city, "source", name));
	json_t *profile, *reply = NULL;
	const char *code;

	city->progress(one->title);
	profile = fn_city_call(city, officer, "POST", path, json_pack("{s:s}", "table", one->name), error);
	if (profile != NULL && check_profile(one, profile, error))
		reply = fn_city_call(city, officer, "POST", "/resources", description_of(city, one, profile), error);
	json_decref(profile);
	if (reply == NULL)
		return FALSE;
	fn_city_set_id(city, "resource", name, json_string_value(json_object_get(reply, "code")));
	json_decref(reply);
	code = fn_city_id(city, "resource", name);
	return assess(city, one, code, error) && review(city, one, code, error);
}

/* ---- calling systems ---- */

static gboolean
pin_certificate(FnCity *city, const char *name, const char *key, const char *certificate, GError **error)
{
	g_autofree char *csr = fn_certificate_request(key, error);
	g_autofree char *path = g_strdup_printf("/systems/%s/certificates", fn_city_id(city, "system", name));
	gboolean written;
	json_t *reply;

	if (csr == NULL)
		return FALSE;
	reply = fn_city_call(city, "security_admin", "POST", path, json_pack("{s:s, s:i}", "csr", csr, "days", 365), error);
	if (reply == NULL)
		return FALSE;
	fn_city_set_id(city, "certificate", name, json_string_value(json_object_get(reply, "fingerprint")));
	written = g_file_set_contents(certificate, json_string_value(json_object_get(reply, "certificate")), -1, error);
	json_decref(reply);
	return written;
}

gboolean
fn_city_add_system(FnCity *city, const char *organization, const char *name, const char *operator_login, GError **error)
{
	g_autofree char *directory = g_build_filename(city->directory, "demo", NULL);
	g_autofree char *key = g_strdup_printf("%s/%s.key", directory, name);
	g_autofree char *certificate = g_strdup_printf("%s/%s.crt", directory, name);
	g_autofree char *path = NULL;
	json_t *reply;

	g_mkdir_with_parents(directory, 0755);
	reply = fn_city_call(city, "system_admin", "POST", "/systems", json_pack("{s:s, s:s, s:i}", "organization",
		fn_city_id(city, "org", organization), "name", name, "mlps_level", 3), error);
	if (reply == NULL)
		return FALSE;
	fn_city_set_id(city, "system", name, json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	path = g_strdup_printf("/systems/%s/operators", fn_city_id(city, "system", name));
	return pin_certificate(city, name, key, certificate, error) &&
		fn_city_do(city, "security_admin", "POST", path, json_pack("{s:s}", "account", fn_city_id(city, "account", operator_login)), error);
}
