/* What the tests of this room share: a city with a provider, a consumer, a bureau and their people; shorthands that
 * fail the test on any error. */
#pragma once

#include "catalog/catalog_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "catalog_sql.h"
#include "people/test_people.h"
#include "people_sql.h"
#include "register_sql.h"
#include "rules/testing.h"
#include "store/testing.h"
#include "work_sql.h"

#include <string.h>

/* Rooms above that use this fixture name theirs, each with a comma, before they include it. */
#ifndef FIXTURE_ALSO
#define FIXTURE_ALSO
#endif
static const FnMigration *const fixture_rooms[] = { fn_sql_people_migrations, fn_sql_catalog_migrations, fn_sql_work_migrations, fn_sql_register_migrations,
	FIXTURE_ALSO NULL };

typedef struct {
	FnDb *db;
	FnRules *rules;
	char *provider, *consumer, *bureau, *company;
	FnActor *editor, *secrecy, *reviewer, *head, *sharing, *officer, *admin; /* of the provider */
	FnActor *asker, *asking_head, *bureau_officer, *outsider; /* of the consumer, the bureau, a company */
	char *source, *system;                                    /* of the provider, of the consumer */
} City;

static inline void
fixture_people(City *city)
{
	FnDb *db = city->db;

	city->editor = fixture_actor(db, city->provider, "editor1", "editor");
	city->secrecy = fixture_actor(db, city->provider, "secrecy1", "secrecy_reviewer");
	city->reviewer = fixture_actor(db, city->provider, "reviewer1", "reviewer");
	city->head = fixture_actor(db, city->provider, "head1", "department_head");
	city->sharing = fixture_actor(db, city->provider, "sharing1", "sharing_head");
	city->officer = fixture_actor(db, city->provider, "officer1", "officer");
	city->admin = fixture_actor(db, city->provider, "admin1", "system_admin");
	city->asker = fixture_actor(db, city->consumer, "asker1", "officer");
	city->asking_head = fixture_actor(db, city->consumer, "asking-head1", "sharing_head");
	city->bureau_officer = fixture_actor(db, city->bureau, "bureau1", "officer");
	city->outsider = fixture_actor(db, city->company, "outsider1", NULL);
}

static inline City *
city_new(gconstpointer engine)
{
	g_autoptr(GError) error = NULL;
	City *city = g_new0(City, 1);
	json_t *spec = fixture_json("{'kind': 'sqlite', 'path': 'people.db'}");

	city->rules = test_tree_rules("national");
	city->db = fn_test_db(engine, fixture_rooms);
	g_assert_true(fn_db_begin(city->db, &error)); /* one transaction for all: far quicker */
	city->provider = fixture_organization(city->db, "11130100MB0000001", "市民政局", "department");
	city->consumer = fixture_organization(city->db, "11130100MB0000002", "市人社局", "department");
	city->bureau = fixture_organization(city->db, "11130100MB0000003", "市数据局", "bureau");
	city->company = fixture_organization(city->db, "91130100MA0000004", "某公司", "enterprise");
	fixture_people(city);
	city->source = fn_catalog_add_source(city->db, city->provider, "业务库", spec, city->admin, noon, &error);
	g_assert_no_error(error);
	city->system = fn_people_add_system(city->db, city->consumer, "社保系统", 3, &error);
	g_assert_no_error(error);
	json_decref(spec);
	return city;
}

static inline void
city_free(City *city)
{
	FnActor *actors[] = { city->editor, city->secrecy, city->reviewer, city->head, city->sharing, city->officer,
		city->admin, city->asker, city->asking_head, city->bureau_officer, city->outsider };
	char *texts[] = { city->provider, city->consumer, city->bureau, city->company, city->source, city->system };

	fn_db_rollback(city->db);
	fn_db_close(city->db);
	for (gsize i = 0; i < G_N_ELEMENTS(actors); i++)
		fn_actor_free(actors[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_free(city);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(City, city_free)

/* A complete conditional resource; what @changes names is replaced. */
static inline json_t *
fixture_resource(const City *city, const char *changes)
{
	g_autofree char *text = g_strdup_printf(
		"{'name': '常住人口登记信息', 'summary': '户籍与居住登记的基本项', 'classification': '3/01/01', "
		"'format_class': 'database',"
		"'format': 'sqlite', 'update_period': 'daily', 'sharing_type': 'conditional', 'sharing_modes': "
		"['query', 'batch', 'verify'],"
		"'use_conditions': '限于办理社会保险', 'sharing_basis': {'kind': 'law', 'document': '居民身份证法', "
		"'article': '19'},"
		"'openness': 'closed', 'category': '人口', 'duties': ['D-01'], 'store_location': '政务云一区',"
		"'responsible': {'department_head': '甲', 'editor': '乙', 'reviewer': '丙'}, 'keywords': ['户籍'],"
		"'fields': [{'name': 'id_number', 'title': '公民身份号码', 'level': 3, 'identifier': 'direct', "
		"'column': 'sfzh', 'key': true,"
		"    'mask': 'pseudonym:kind=resident_id', 'element': 'DE00001', 'labels': ['personal']},"
		"  {'name': 'person_name', 'title': '姓名', 'level': 3, 'identifier': 'direct', 'column': 'xm'},"
		"  {'name': 'district', 'title': '所在区县', 'level': 1, 'identifier': 'quasi', 'column': 'qx'},"
		"  {'name': 'note', 'title': '内部备注', 'level': 4, 'column': 'bz', 'offered': false},"
		"  {'name': 'health', 'title': '健康状况', 'level': 4, 'column': 'jk'}],"
		"'binding': {'source': '%s', 'table': 'resident', 'cursor': 'rowid'}}",
		city->source);
	json_t *resource = fixture_json(text), *change;

	if (changes != NULL) {
		change = fixture_json(changes);
		json_object_update(resource, change);
		json_decref(change);
	}
	return resource;
}

static inline char *
fixture_add(const City *city, const char *changes)
{
	g_autoptr(GError) error = NULL;
	json_t *resource = fixture_resource(city, changes);
	char *code = fn_catalog_add_resource(city->db, resource, city->editor, noon, &error);

	g_assert_no_error(error);
	json_decref(resource);
	return code;
}

static inline void
fixture_state(const City *city, const char *code, const char *state, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	fn_catalog_set_state(city->db, code, state, actor, noon, &error);
	g_assert_no_error(error);
}

static inline void
fixture_assess(const City *city, const char *code)
{
	static const char *const kinds[] = { "secrecy_review", "personal_information", "encryption", "masking",
		"backup", "audit" };
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		fn_catalog_assess(city->db, code, kinds[i], TRUE, "查过，无涉密内容", city->secrecy, noon, &error);
		g_assert_no_error(error);
	}
	fixture_state(city, code, "assessed", city->secrecy);
}

/* From wherever editing is to published. */
static inline void
fixture_publish(const City *city, const char *code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnResource) resource = NULL;

	fixture_assess(city, code);
	fixture_state(city, code, "head_ok", city->head);
	fixture_state(city, code, "submitted", city->editor);
	resource = fn_resource_read(city->db, code, 0, &error);
	g_assert_no_error(error);
	if (!g_str_equal(resource->version_sharing_type, "unconditional"))
		fn_catalog_accept_basis(city->db, code, city->bureau_officer, noon, &error);
	g_assert_no_error(error);
	fixture_state(city, code, "published", city->bureau_officer);
}

static inline gint64
fixture_generation(const City *city)
{
	g_autoptr(GError) error = NULL;
	gint64 value = fn_catalog_generation(city->db, &error);

	g_assert_no_error(error);
	return value;
}
