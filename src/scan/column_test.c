#include "scan/fixture.h"

#include <string.h>

typedef struct {
	FnRules *rules;
	FnScanner *scanner;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	fixture->rules = fixture_national();
	fixture->scanner = fn_scanner_new(fixture->rules, &error);
	g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
	fn_scanner_free(fixture->scanner);
	fn_rules_free(fixture->rules);
}

static const struct {
	const char *header, *values[4];
	const char *detector;
	guint level, confidence;
	const char *identifier, *mask;
} columns[] = {
	{ "身份证号", { "11010519491231002X", "810000199408230021", NULL, "" }, "cn.resident_id", 3, 100, "direct", "pseudonym:kind=resident_id" },
	{ "c1", { "11010519491231002X", " 810000199408230021 ", "bad" }, "cn.resident_id", 3, 66, "direct", "pseudonym:kind=resident_id" },
	{ "c1", { "11010519491231002X", "bad", "bad" }, NULL, 3, 33, "direct", "redact" },
	{ "证件号", { "无", "无" }, "cn.resident_id", 3, 0, "direct", "pseudonym:kind=resident_id" },
	{ "联系电话", { "13800138000", "0311-12345678" }, "cn.mobile", 3, 50, "direct", "partial:keep=3.4" },
	{ "C", { "138-0013-8000", "139 0013 9000" }, "cn.mobile", 3, 100, "direct", "partial:keep=3.4" },
	{ "证件号", { "91350100M000100Y43", "12100000400000624D" }, "cn.credit_code", 1, 100, "none", "keep" },
	{ "Email", { "a@example.com", "b@example.com" }, "email", 2, 100, "direct", "partial:keep=2.4" },
	{ "姓名", { "张三", "欧阳修", "买买提·艾力" }, "cn.name", 3, 100, "direct", "name:keep=surname" },
	{ "法定代表人", { "李四" }, "cn.name", 3, 100, "direct", "name:keep=surname" },
	{ "名称", { "张三", "李四" }, NULL, 1, 0, "none", "keep" },
	{ "住址", { "河北省石家庄市藁城区某某路12号" }, "cn.address", 3, 100, "quasi", "address:keep=district" },
	{ "邮箱地址", { "a@example.com" }, "email", 2, 100, "direct", "partial:keep=2.4" },
	{ "出生日期", { "1990-03-07", "19900307", "1990年3月7日", "1990/3/7" }, "cn.birth_date", 2, 100, "quasi", "date:to=year" },
	{ "性别", { "男", "女", "1" }, "cn.gender", 1, 100, "quasi", "keep" },
	{ "日期", { "1990-03-07" }, NULL, 1, 0, "none", "keep" },
	{ "备注", { "无" }, NULL, 1, 0, "none", "keep" },
	{ "", { NULL }, NULL, 1, 0, "none", "keep" },
	{ NULL, { "\xff\xfe" }, NULL, 1, 0, "none", "keep" },
};

/* No sample shows a value. */
static void
assert_masked(const FnColumnProfile *profile, const char *const *values, guint n)
{
	for (guint i = 0; i < profile->samples; i++)
		for (guint v = 0; v < n; v++)
			g_assert_cmpstr(profile->sample[i].text, !=, values[v] != NULL ? values[v] : "");
}

static void
test_columns(Fixture *fixture, gconstpointer unused)
{
	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
		FnColumnProfile profile = fn_scan_column(fixture->scanner, columns[i].header, columns[i].values, 4);

		g_test_message("%s", columns[i].header);
		g_assert_cmpstr(profile.detector, ==, columns[i].detector);
		g_assert_cmpuint(profile.level, ==, columns[i].level);
		g_assert_cmpuint(profile.confidence, ==, columns[i].confidence);
		g_assert_cmpstr(profile.identifier, ==, columns[i].identifier);
		g_assert_cmpstr(profile.mask, ==, columns[i].mask);
		assert_masked(&profile, columns[i].values, 4);
		fn_column_profile_clear(&profile);
	}
}

/* The header leads astray, or the values do. */
static const struct {
	const char *header, *values[6];
	const char *detector;
	FnColumnWhy why;
} traps[] = {
	{ "手机品牌", { "甲牌", "乙牌" }, NULL, FN_COLUMN_NOTHING },
	{ "是否有电话", { "是", "否" }, NULL, FN_COLUMN_NOTHING },
	{ "手机号修改时间", { "2024-01-05 10:00:00" }, NULL, FN_COLUMN_NOTHING },
	{ "证件类型", { "身份证", "护照" }, NULL, FN_COLUMN_NOTHING },
	{ "姓名是否公开", { "是" }, NULL, FN_COLUMN_NOTHING },
	{ "xmbh", { "李四", "王五" }, NULL, FN_COLUMN_NOTHING },         /* number of a project, not 姓名 */
	{ "hotel", { "某某酒店" }, NULL, FN_COLUMN_NOTHING },
	{ "template", { "甲" }, NULL, FN_COLUMN_NOTHING },
	{ "user_xm", { "李四", "王五" }, "cn.name", FN_COLUMN_HEADER_AND_VALUES },
	{ "身份证号", { "13800138000", "13900139000" }, "cn.mobile", FN_COLUMN_VALUES },
	{ "证件号码", { "E12345678", "EA1234567" }, "cn.passport", FN_COLUMN_HEADER_AND_VALUES },
	{ "流水号", { "13000000001", "13000000002", "13000000003", "13000000004", "13000000005", "13000000006" }, NULL, FN_COLUMN_NOTHING },
	{ "编号", { "2024010001", "2024010002", "2024010003" }, NULL, FN_COLUMN_NOTHING },
	{ "金额", { "1024.50", "38.00", "-12" }, NULL, FN_COLUMN_NOTHING },
	{ "办理日期", { "2024-01-05", "20240106" }, NULL, FN_COLUMN_NOTHING },
	{ "c7", { "E12345678", "G12345678" }, NULL, FN_COLUMN_NOTHING },  /* weak without a header */
	{ "户主", { "张三", "办公室", "单位" }, "cn.name", FN_COLUMN_HEADER_AND_VALUES },
	{ "备注", { "请联系13800138000", "无", "补交材料" }, NULL, FN_COLUMN_CONTAINS },
	{ "说明", { "按规定办理", "无" }, NULL, FN_COLUMN_NOTHING },
	{ "联系方式", { "(0311)86000000", "0311-86000001" }, "cn.landline", FN_COLUMN_VALUES },
	{ "车牌", { "京A12345", "使012345" }, "cn.plate", FN_COLUMN_HEADER_AND_VALUES },
	{ "客户端ip", { "10.1.2.3", "127.0.0.1" }, "ip", FN_COLUMN_HEADER_AND_VALUES },
	{ "经度", { "116.3974", "114.5149" }, "geo_point", FN_COLUMN_HEADER_AND_VALUES },
	{ "比例", { "39.9042", "16.4074" }, NULL, FN_COLUMN_NOTHING },
};

static void
test_traps(Fixture *fixture, gconstpointer unused)
{
	for (gsize i = 0; i < G_N_ELEMENTS(traps); i++) {
		FnColumnProfile profile = fn_scan_column(fixture->scanner, traps[i].header, traps[i].values, 6);

		g_test_message("%s: %s, %u of %u", traps[i].header, profile.detector, profile.matched, profile.filled);
		g_assert_cmpstr(profile.detector, ==, traps[i].detector);
		g_assert_cmpint(profile.why, ==, traps[i].why);
		assert_masked(&profile, traps[i].values, 6);
		fn_column_profile_clear(&profile);
	}
}

/* What is counted and shown. */
static void
test_evidence(Fixture *fixture, gconstpointer unused)
{
	static const char *const values[] = { "13800138000", "139-0013-9000", "13800138000", "不详", "", NULL, " 13700137000 " };
	static const char *const remarks[] = { "电话13800138000，邮箱a@example.com", "邮箱b@example.com", "无" };
	FnColumnProfile profile = fn_scan_column(fixture->scanner, "手机", values, G_N_ELEMENTS(values));

	g_assert_cmpuint(profile.sampled, ==, 7);
	g_assert_cmpuint(profile.filled, ==, 5);
	g_assert_cmpuint(profile.distinct, ==, 4);
	g_assert_cmpuint(profile.matched, ==, 4);
	g_assert_cmpuint(profile.strong, ==, 4);
	g_assert_cmpuint(profile.weak, ==, 0);
	g_assert_cmpuint(profile.confidence, ==, 80);
	g_assert_cmpuint(profile.samples, ==, 3);
	g_assert_cmpstr(profile.sample[0].text, ==, "1*********0");
	g_assert_true(profile.sample[1].matched);
	g_assert_cmpstr(profile.sample[2].text, ==, "**");
	g_assert_false(profile.sample[2].matched);
	fn_column_profile_clear(&profile);
	profile = fn_scan_column(fixture->scanner, "备注", remarks, G_N_ELEMENTS(remarks));
	g_assert_cmpuint(profile.contents, ==, 2);
	g_assert_cmpstr(profile.contained[0].detector, ==, "cn.mobile");
	g_assert_cmpuint(profile.contained[0].values, ==, 1);
	g_assert_cmpstr(profile.contained[1].detector, ==, "email");
	g_assert_cmpuint(profile.contained[1].values, ==, 2);
	g_assert_cmpuint(profile.level, ==, 3);
	g_assert_cmpuint(profile.confidence, ==, 66);
	g_assert_cmpstr(profile.mask, ==, "redact");
	g_assert_cmpstr(profile.identifier, ==, "direct");
	fn_column_profile_clear(&profile);
}

static void
test_json(Fixture *fixture, gconstpointer unused)
{
	static const char request[] = "{\"columns\":[{\"header\":\"手机\",\"values\":[\"13800138000\",null,\"\"]},"
		"{\"header\":\"备注\",\"values\":[\"邮箱a@example.com\"]}]}";
	static const char *const bad[] = { "", "[]", "{}", "{\"columns\":1}", "{\"columns\":[{}]}", "{\"columns\":[{\"header\":\"a\",\"values\":1}]}" };
	g_autoptr(GError) error = NULL;
	g_autofree char *answer = fn_scan_profile_json(fixture->scanner, request, strlen(request), &error);

	g_assert_no_error(error);
	g_assert_cmpstr(answer, ==, "{\"columns\":[{\"detector\":\"cn.mobile\",\"confidence\":100,\"level\":3,\"identifier\":\"direct\","
		"\"mask\":\"partial:keep=3.4\",\"sampled\":3,\"matched\":1,\"sample\":\"1*********0\",\"filled\":1,\"distinct\":1,\"strong\":1,"
		"\"weak\":0,\"why\":\"header_and_values\",\"samples\":[{\"text\":\"1*********0\",\"matched\":true}],\"contains\":[]},"
		"{\"detector\":null,\"confidence\":100,\"level\":2,\"identifier\":\"direct\",\"mask\":\"redact\",\"sampled\":1,\"matched\":1,"
		"\"sample\":null,\"filled\":1,\"distinct\":1,\"strong\":0,\"weak\":0,\"why\":\"contains\","
		"\"samples\":[{\"text\":\"邮箱***********om\",\"matched\":false}],\"contains\":[{\"detector\":\"email\",\"level\":2,\"values\":1}]}]}");
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) why = NULL;

		g_assert_null(fn_scan_profile_json(fixture->scanner, bad[i], strlen(bad[i]), &why));
		g_assert_nonnull(why);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)
	ADD("/column/columns", test_columns);
	ADD("/column/traps", test_traps);
	ADD("/column/evidence", test_evidence);
	ADD("/column/json", test_json);
	return g_test_run();
}
