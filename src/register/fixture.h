/* What the tests of this room share: a city with two departments and the bureau, the real rules with registers of a further directory. */
#pragma once

#include "register/register_priv.h"

#include "base/time.h"
#include "people/test_people.h"
#include "people_sql.h"
#include "register_sql.h"
#include "store/testing.h"

#include <glib/gstdio.h>
#include <string.h>

static const FnMigration *const fixture_rooms[] = { fn_sql_people_migrations, fn_sql_register_migrations, NULL };
#define DAY (G_GINT64_CONSTANT(86400) * G_USEC_PER_SEC)

static const char *const fixture_no_parameters[] = { NULL };
#define FIXTURE_SQL(text_) { "test", text_, text_, fixture_no_parameters }

/* A register of every type, one of the city, and one that refers to the first: files alone make them. */
static const struct {
	const char *name, *text;
} fixture_files[] = {
	{ "things.yaml",
		"id: things\ntitle: {zh: 物品, en: Things}\nlaw: [T-1]\nscope: organization\nwrite: [officer@organization]\n"
		"read: [auditor@bureau, editor@organization]\nkey: [name]\nfields:\n"
		"  name: {type: text, required: true, max: 40, zh: 名称, en: Name}\n"
		"  note: {type: text, min: 2, search: true, zh: 说明, en: Note}\n"
		"  count: {type: int, min: 1, max: 100, zh: 数量, en: Count}\n"
		"  size: {type: number, min: 0, max: 10, zh: 尺寸, en: Size}\n"
		"  ready: {type: bool, zh: 就绪, en: Ready}\n"
		"  seen: {type: date, zh: 检查日期, en: Seen on}\n"
		"  kind: {type: enum, values: [big, small], names: {big: {zh: 大, en: Big}}, zh: 类别, en: Kind}\n"
		"  user: {type: person, zh: 使用人, en: User}\n"
		"  maker: {type: organization, zh: 厂家, en: Maker}\n"
		"  code: {type: credit_code, zh: 信用代码, en: Credit code}\n"
		"  site: {type: domain, suffix: [.gov.cn, .政务.cn, .政务], zh: 域名, en: Site}\n"
		"  host: {type: domain, zh: 主机, en: Host}\n"
		"  mail: {type: email, zh: 邮箱, en: Mail}\n"
		"  link: {type: url, zh: 网址, en: Link}\n"
		"  phone: {type: phone, zh: 电话, en: Phone}\n"
		"  net: {type: ip, zh: 网段, en: Net}\n"
		"  card: {type: mac, zh: 网卡, en: Card}\n"
		"  at: {type: time, zh: 时刻, en: At}\n"
		"  print: {type: fingerprint, unique: true, zh: 指纹, en: Print}\n"
		"  hours: {type: hours, zh: 时段, en: Hours}\n"
		"  share: {type: percent, zh: 比例, en: Share}\n"
		"  price: {type: money, zh: 价格, en: Price}\n"
		"  paper: {type: digest, zh: 摘要, en: Paper}\n"
		"  system: {type: system, zh: 系统, en: System}\n"
		"  resource: {type: resource, zh: 资源, en: Resource}\n"
		"  grant: {type: grant, zh: 授权, en: Grant}\n"
		"  case: {type: case, zh: 事项, en: Case}\n"
		"  parts: {type: texts, max: 20, zh: 部件, en: Parts}\n"
		"  secret: {type: text, sensitive: true, zh: 密级说明, en: Secret}\n"
		"renew: {field: seen, every: 90, unit: day, warn: 10}\n" },
	{ "halls.yaml",
		"id: halls\ntitle: {zh: 机房, en: Halls}\nlaw: [T-1]\nscope: city\nwrite: [officer@bureau, officer@organization]\n"
		"read: everybody\nkey: [hall, floor]\nfields:\n"
		"  hall: {type: text, required: true, zh: 机房, en: Hall}\n"
		"  floor: {type: int, required: true, zh: 楼层, en: Floor}\n"
		"  tenant: {type: organization, zh: 使用单位, en: Tenant}\n"
		"  until: {type: date, zh: 有效期至, en: Until}\n"
		"renew: {until: until, warn: 30}\n" },
	{ "visits.yaml",
		"id: visits\ntitle: {zh: 出入, en: Visits}\nlaw: [T-1]\nscope: organization\nwrite: [officer@organization]\nkey: [visitor]\nfields:\n"
		"  visitor: {type: text, required: true, zh: 来访人, en: Visitor}\n"
		"  thing: {type: reference, of: things, zh: 物品, en: Thing}\n"
		"  hall: {type: reference, of: halls, zh: 机房, en: Hall}\n" },
	{ "loans.yaml",
		"id: loans\ntitle: {zh: 借用, en: Loans}\nlaw: [T-1]\nscope: organization\nwrite: [officer@organization]\nkey: [number]\nfields:\n"
		"  number: {type: text, required: true, zh: 编号, en: Number}\n"
		"  state: {type: enum, required: true, values: [kept, lent, lost], names: {lent: {zh: 借出, en: Lent}}, zh: 状态, en: State}\n"
		"  lent_on: {type: date, zh: 借出日期, en: Lent on}\n"
		"  returned_on: {type: date, zh: 归还日期, en: Returned on}\n"
		"  wiped: {type: bool, zh: 已清除, en: Wiped}\n"
		"  budget: {type: money, zh: 预算, en: Budget}\n"
		"  spent: {type: money, zh: 支出, en: Spent}\n"
		"  low: {type: number, zh: 下限, en: Low}\n"
		"  high: {type: number, zh: 上限, en: High}\n"
		"  holder: {type: person, zh: 借用人, en: Holder}\n"
		"  receiver: {type: person, zh: 接收人, en: Receiver}\n"
		"  reason: {type: text, zh: 理由, en: Reason}\n"
		"rules:\n"
		"  - {field: returned_on, not_before: lent_on}\n"
		"  - {field: spent, not_above: budget}\n"
		"  - {field: low, not_above: high, text: {zh: 下限高于上限, en: the lower bound is above the upper one}}\n"
		"  - {field: receiver, differs_from: holder}\n"
		"  - {field: lent_on, required_when: {state: lent}}\n"
		"  - {field: returned_on, forbidden_when: {state: [lent, lost]}}\n"
		"  - {field: wiped, required_when: {returned_on: given}}\n"
		"  - {field: reason, required_when: {wiped: false, state: kept}}\n" },
};

typedef struct {
	FnDb *db;
	FnRules *rules;
	char *directory;
	char *one, *other, *bureau; /* organizations */
	FnActor *officer, *head, *editor, *plain, *stranger, *bureau_officer, *bureau_auditor;
	char *system;
} City;

static inline void
fixture_foreign(FnDb *db)
{
	static const FnSql made[] = { FIXTURE_SQL("CREATE TABLE resource (code TEXT PRIMARY KEY)"),
		FIXTURE_SQL("CREATE TABLE sharing_grant (id TEXT PRIMARY KEY, provider TEXT, consumer TEXT)"),
		FIXTURE_SQL("CREATE TABLE work_case (id TEXT PRIMARY KEY)"), FIXTURE_SQL("INSERT INTO resource (code) VALUES ('130100-x-1')"),
		FIXTURE_SQL("INSERT INTO sharing_grant (id, provider, consumer) SELECT 'g-1', MIN(id), MIN(id) FROM organization"),
		FIXTURE_SQL("INSERT INTO work_case (id) VALUES ('c-1')") };
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
		fn_db_exec(db, &made[i], FN_NO_BINDS, NULL, &error);
		g_assert_no_error(error);
	}
}

static inline void
fixture_rules(City *city)
{
	g_autofree char *rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL), *folder = NULL;
	g_autoptr(GError) error = NULL;

	city->directory = g_dir_make_tmp("fengni-register-XXXXXX", NULL);
	folder = g_build_filename(city->directory, "registers", NULL);
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(fixture_files); i++) {
		g_autofree char *path = g_build_filename(folder, fixture_files[i].name, NULL);

		g_assert_true(g_file_set_contents(path, fixture_files[i].text, -1, NULL));
	}
	city->rules = fn_rules_load(rules, "national", city->directory, &error);
	g_assert_no_error(error);
}

static inline City *
city_new(gconstpointer engine)
{
	City *city = g_new0(City, 1);
	g_autoptr(GError) error = NULL;

	fixture_rules(city);
	city->db = fn_test_db(engine, fixture_rooms);
	city->one = fixture_organization(city->db, "11130100MB0000001", "市民政局", "department");
	city->other = fixture_organization(city->db, "11130100MB0000002", "市卫健委", "department");
	city->bureau = fixture_organization(city->db, "11130100MB0000003", "市数据局", "bureau");
	fixture_foreign(city->db);
	city->officer = fixture_actor(city->db, city->one, "officer1", "officer");
	city->head = fixture_actor(city->db, city->one, "head1", "sharing_head");
	city->editor = fixture_actor(city->db, city->one, "editor1", "editor");
	city->plain = fixture_actor(city->db, city->one, "plain1", NULL);
	city->stranger = fixture_actor(city->db, city->other, "officer2", "officer");
	city->bureau_officer = fixture_actor(city->db, city->bureau, "officer3", "officer");
	city->bureau_auditor = fixture_actor(city->db, city->bureau, "auditor3", "auditor");
	city->system = fn_people_add_system(city->db, city->one, "窗口系统", 3, &error);
	g_assert_no_error(error);
	return city;
}

static inline void
city_free(City *city)
{
	for (gsize i = 0; i < G_N_ELEMENTS(fixture_files); i++) {
		g_autofree char *path = g_build_filename(city->directory, "registers", fixture_files[i].name, NULL);

		g_unlink(path);
	}
	{
		g_autofree char *folder = g_build_filename(city->directory, "registers", NULL);

		g_rmdir(folder);
		g_rmdir(city->directory);
	}
	fn_actor_free(city->officer);
	fn_actor_free(city->head);
	fn_actor_free(city->editor);
	fn_actor_free(city->plain);
	fn_actor_free(city->stranger);
	fn_actor_free(city->bureau_officer);
	fn_actor_free(city->bureau_auditor);
	fn_db_close(city->db);
	fn_rules_free(city->rules);
	g_free(city->one);
	g_free(city->other);
	g_free(city->bureau);
	g_free(city->system);
	g_free(city->directory);
	g_free(city);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(City, city_free)

/* NULL with *error when it is refused; in a transaction of its own. */
static inline char *
city_add(City *city, const char *book, const char *values, const FnActor *actor, GError **error)
{
	json_t *given = fixture_json(values);
	char *id;

	g_assert_true(fn_db_begin(city->db, NULL));
	id = fn_register_add(city->db, city->rules, book, NULL, given, actor, noon, error);
	json_decref(given);
	if (id != NULL)
		g_assert_true(fn_db_commit(city->db, NULL));
	else
		fn_db_rollback(city->db);
	return id;
}

static inline char *
city_must_add(City *city, const char *book, const char *values, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;
	char *id = city_add(city, book, values, actor, &error);

	g_assert_no_error(error);
	return id;
}

static inline gboolean
city_change(City *city, const char *book, const char *record, gint64 revision, const char *values, const FnActor *actor, GError **error)
{
	json_t *given = fixture_json(values);
	gboolean done;

	g_assert_true(fn_db_begin(city->db, NULL));
	done = fn_register_change(city->db, city->rules, book, record, revision, given, actor, noon, error);
	json_decref(given);
	if (done)
		g_assert_true(fn_db_commit(city->db, NULL));
	else
		fn_db_rollback(city->db);
	return done;
}

static inline json_t *
city_show(City *city, const char *book, const char *record, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;
	json_t *shown = fn_register_show(city->db, city->rules, book, record, actor, noon, &error);

	g_assert_no_error(error);
	return shown;
}

static inline const char *
text_at(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
