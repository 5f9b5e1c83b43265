#include "catalog/fixture.h"

#include "disclosure/counts.h"
#include "disclosure/requirement.h"
#include "mask/plan.h"

#include <gcrypt.h>

typedef struct {
	City *city;
	char *resource;
	json_t *form, *parties;
	FnCase application;
} Asked;

static Asked *
asked_new(gconstpointer engine, const char *resource_changes, const char *form_changes)
{
	Asked *asked = g_new0(Asked, 1);
	json_t *changes;

	asked->city = city_new(engine);
	asked->resource = fixture_add(asked->city, resource_changes);
	fixture_publish(asked->city, asked->resource);
	asked->form = fixture_json(
		"{'fields': ['id_number', 'person_name', 'district'], 'mode': 'query', 'purpose': '社会保险登记',"
		"'basis': '社会保险法第五十八条的规定', 'scenario': '窗口核对参保人身份', 'until': '2027-06-30'}");
	json_object_set_new(asked->form, "resource", json_string(asked->resource));
	json_object_set_new(asked->form, "system", json_string(asked->city->system));
	if (form_changes != NULL) {
		changes = fixture_json(form_changes);
		json_object_update(asked->form, changes);
		json_decref(changes);
	}
	asked->parties = json_pack("{s:s, s:s}", "provider", asked->city->provider, "consumer", asked->city->consumer);
	asked->application = (FnCase){ .id = "case-1",
		.procedure = "sharing_application",
		.state = "received",
		.subject = asked->resource,
		.form = asked->form,
		.parties = asked->parties,
		.step = "agree",
		.to = "agreed" };
	return asked;
}

static void
asked_free(Asked *asked)
{
	if (asked == NULL)
		return;
	city_free(asked->city);
	g_free(asked->resource);
	json_decref(asked->form);
	json_decref(asked->parties);
	g_free(asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Asked, asked_free)

static char *
prepare(Asked *asked)
{
	g_autoptr(GError) error = NULL;
	char *grant = fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error);

	g_assert_no_error(error);
	return grant;
}

static json_t *
content_of(Asked *asked, const char *grant)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = fn_catalog_grant_content(asked->city->db, grant, &error), *again = NULL;
	json_t *content;

	g_assert_no_error(error);
	content = fn_json_parse(text, strlen(text), &error);
	g_assert_no_error(error);
	again = fn_json_canonical(content);
	g_assert_cmpstr(text, ==, again); /* canonical already */
	return content;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void
test_prepare(gconstpointer engine)
{
	static const struct {
		const char *name, *column, *mask, *element, *why;
		gint64 level;
	} fields[] = { { "id_number", "sfzh", "pseudonym:kind=resident_id,table=1", "DE00001", "own_mask", 3 },
		{ "person_name", "xm", "partial:keep=1.1", "", "level_default", 3 }, { "district", "qx", "keep", "", "open", 1 } };
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	gint64 generation = fixture_generation(asked->city);
	g_autofree char *grant = prepare(asked);
	json_t *content = content_of(asked, grant), *granted = json_object_get(content, "fields");

	g_assert_cmpint(fixture_generation(asked->city), ==, generation + 1);
	g_assert_cmpstr(text_of(content, "grant"), ==, grant);
	g_assert_cmpstr(text_of(content, "case"), ==, "case-1");
	g_assert_cmpstr(text_of(content, "resource"), ==, asked->resource);
	g_assert_cmpstr(text_of(content, "consumer"), ==, asked->city->consumer);
	g_assert_cmpstr(text_of(json_object_get(content, "binding"), "table"), ==, "resident");
	g_assert_true(json_is_true(json_object_get(content, "case_required"))); /* level 3 */
	g_assert_cmpint(json_integer_value(json_object_get(content, "level")), ==, 3);
	g_assert_cmpint(json_integer_value(json_object_get(content, "from")), ==, noon);
	g_assert_cmpint(json_integer_value(json_object_get(content, "until")), ==,
		G_GINT64_CONSTANT(1814371200000000)); /* 2027-07-01 in China */
	g_assert_cmpuint(json_array_size(json_object_get(content, "keys")), ==, 1);
	g_assert_cmpuint(json_array_size(granted), ==, G_N_ELEMENTS(fields));
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		const json_t *field = json_array_get(granted, i);

		g_assert_cmpstr(text_of(field, "name"), ==, fields[i].name);
		g_assert_cmpstr(text_of(field, "column"), ==, fields[i].column);
		g_assert_cmpstr(text_of(field, "mask"), ==, fields[i].mask);
		g_assert_cmpstr(text_of(field, "element"), ==, fields[i].element);
		g_assert_cmpstr(text_of(field, "why"), ==, fields[i].why);
		g_assert_cmpint(json_integer_value(json_object_get(field, "level")), ==, fields[i].level);
	}
	json_decref(content);
}

/* The plan is pinned by its digest: what was changed later is not it. */
static void
test_plan(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	g_autofree char *grant = prepare(asked);
	json_t *content = content_of(asked, grant), *plan = json_object_get(content, "plan");

	g_assert_cmpstr(text_of(plan, "scenario"), ==, "department");
	g_assert_cmpint(json_integer_value(json_object_get(plan, "table")), ==, 1);
	g_assert_null(json_object_get(plan, "fields"));
	g_assert_true(fn_plan_check(content, NULL));
	json_object_set_new(json_array_get(json_object_get(content, "fields"), 0), "mask", json_string("keep"));
	g_assert_false(fn_plan_check(content, NULL));
	json_decref(content);
}

/* At level 4 only what the purpose needs leaves through the provider's own mask. */
static void
test_strict(gconstpointer engine)
{
	static const char resource[] = "{'fields': [{'name': 'a', 'level': 4, 'mask': 'hash', 'key': true}, {'name': 'b', 'level': 4, 'mask': 'hash'},"
				       "{'name': 'c', 'level': 4}]}";
	static const char *const masks[] = { "redact", "hash", "redact" }, *const whys[] = { "strict", "own_mask", "level_default" };
	g_autoptr(Asked) asked = asked_new(engine, resource, "{'fields': ['a', 'b', 'c'], 'needed': ['b', 'c']}");
	g_autofree char *grant = prepare(asked);
	json_t *content = content_of(asked, grant);

	for (gsize i = 0; i < G_N_ELEMENTS(masks); i++) {
		const json_t *field = json_array_get(json_object_get(content, "fields"), i);

		g_assert_cmpstr(text_of(field, "mask"), ==, masks[i]);
		g_assert_cmpstr(text_of(field, "why"), ==, whys[i]);
	}
	json_decref(content);
}

/* ---- rows that leave in groups ---- */

static const FnSql change_kind = { .name = "test_kind", .sqlite = "UPDATE organization SET kind = :kind WHERE id = :id",
	.postgres = "UPDATE organization SET kind = $1 WHERE id = $2", .parameters = (const char *const[]){ "kind", "id", NULL } };

/* The consumer is an institution: to one, rows of level 3 leave in batches that hold together. */
static Asked *
asked_by_institution(gconstpointer engine, const char *resource, const char *form)
{
	Asked *asked = asked_new(engine, resource, form);

	g_assert_true(fn_db_exec(asked->city->db, &change_kind, FN_BINDS(FN_TEXT("kind", "institution"), FN_TEXT("id", asked->city->consumer)), NULL,
		NULL));
	return asked;
}

#define PEOPLE \
	"{'fields': [{'name': 'id_number', 'level': 3, 'identifier': 'direct', 'key': true, 'mask': 'pseudonym:kind=resident_id'}," \
	"{'name': 'person_name', 'level': 3, 'identifier': 'direct', 'mask': 'partial:keep=1.0'}, {'name': 'birth', 'type': 'date', 'level': 2, 'identifier': 'quasi'}," \
	"{'name': 'district', 'level': 1, 'identifier': 'quasi', 'generalise': 'region'}, {'name': 'height', 'level': 1, 'identifier': 'quasi'}," \
	"{'name': 'hidden', 'level': 1, 'identifier': 'quasi', 'mask': 'redact'}]}"

static void
test_together(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_by_institution(engine, PEOPLE,
		"{'mode': 'batch', 'fields': ['id_number', 'person_name', 'birth', 'district', 'hidden']}");
	g_autofree char *grant = prepare(asked);
	json_t *content = content_of(asked, grant), *fields = json_object_get(content, "fields");
	const json_t *held = json_object_get(json_object_get(content, "plan"), "disclosure");
	g_autoptr(FnRequirement) requirement = fn_requirement_read(held, NULL);
	const FnQuasi *quasi;
	guint n;

	g_assert_nonnull(requirement);
	g_assert_true(fn_plan_check(content, NULL));
	g_assert_cmpuint(fn_requirement_options(requirement)->k, ==, 5);
	g_assert_cmpuint(fn_requirement_options(requirement)->suppress_ppm, ==, 50000);
	quasi = fn_requirement_quasi(requirement, &n);
	g_assert_cmpuint(n, ==, 2);
	g_assert_cmpstr(quasi[0].name, ==, "birth");
	g_assert_cmpstr(quasi[1].name, ==, "district");
	g_assert_cmpstr(text_of(json_array_get(fields, 0), "mask"), ==, "pseudonym:kind=resident_id,table=1");
	g_assert_cmpstr(text_of(json_array_get(fields, 1), "mask"), ==, "redact");
	g_assert_cmpstr(text_of(json_array_get(fields, 1), "why"), ==, "together");
	json_object_del(json_object_get(content, "plan"), "disclosure");
	g_assert_false(fn_plan_check(content, NULL));
	json_decref(content);
}

static void
test_not_together(gconstpointer engine)
{
	static const struct {
		const char *form, *says; /* NULL: a grant without such a requirement */
	} cases[] = {
		{ "{'mode': 'batch', 'fields': ['id_number', 'height']}", "\"height\" tells rows apart" },
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth'], 'rows': [{'field': 'birth', 'op': '=', 'value': '1987-03-12'}]}",
			"\"birth\" leaves generalised" },
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth'], 'rows': [{'field': 'district', 'op': '=', 'value': '130102'}]}",  "" },
		{ "{'mode': 'query', 'fields': ['id_number', 'height']}", NULL }, /* by key: rows of level 3 leave one by one */
		{ "{'mode': 'batch', 'fields': ['birth', 'height']}", NULL },     /* level 2 */
		{ "{'mode': 'batch', 'fields': ['id_number', 'hidden']}", NULL }, /* nothing tells rows apart */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Asked) asked = asked_by_institution(engine, PEOPLE, cases[i].form);
		g_autoptr(GError) error = NULL;
		g_autofree char *grant = fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error);
		json_t *content = grant != NULL ? content_of(asked, grant) : NULL;

		g_test_message("case %zu", i);
		if (cases[i].says != NULL && *cases[i].says != '\0') {
			g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
			g_assert_nonnull(strstr(error->message, cases[i].says));
		} else {
			g_assert_no_error(error);
			g_assert_cmpint(json_object_get(json_object_get(content, "plan"), "disclosure") != NULL, ==, cases[i].says != NULL);
		}
		json_decref(content);
	}
}

#define SICK \
	"{'fields': [{'name': 'id_number', 'level': 3, 'identifier': 'direct', 'key': true, 'mask': 'pseudonym:kind=resident_id', 'labels': ['sensitive_personal']}," \
	"{'name': 'birth', 'type': 'date', 'level': 2, 'identifier': 'quasi'}, {'name': 'illness', 'level': 2, 'labels': ['sensitive_personal']}," \
	"{'name': 'faith', 'level': 2, 'labels': ['personal', 'sensitive_personal']}," \
	"{'name': 'hidden', 'level': 2, 'mask': 'redact', 'labels': ['sensitive_personal']}]}"

/* What is labelled sensitive must differ within a group, unless it points at a person or is hidden; and increments as asked for. */
static void
test_sensitive(gconstpointer engine)
{
	static const struct {
		const char *form, *sensitive; /* NULL: none */
		gboolean joint, refused;
	} cases[] = {
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth']}", NULL, FALSE, FALSE },
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth', 'hidden'], 'increments': 'joint'}", NULL, TRUE, FALSE },
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth', 'illness'], 'increments': 'alone'}", "illness", FALSE, FALSE },
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth', 'hidden', 'faith'], 'increments': 'joint'}", "faith", TRUE, FALSE },
		{ "{'mode': 'batch', 'fields': ['id_number', 'birth', 'illness', 'faith']}", NULL, FALSE, TRUE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Asked) asked = asked_by_institution(engine, SICK, cases[i].form);
		g_autoptr(GError) error = NULL;
		g_autofree char *grant = fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error);
		json_t *content = grant != NULL ? content_of(asked, grant) : NULL;
		g_autoptr(FnRequirement) held = NULL;

		g_test_message("case %zu", i);
		if (cases[i].refused) {
			g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
			g_assert_nonnull(strstr(error->message, "\"faith\" is sensitive, and another one"));
			continue;
		}
		g_assert_no_error(error);
		held = fn_requirement_read(json_object_get(json_object_get(content, "plan"), "disclosure"), NULL);
		g_assert_cmpstr(fn_requirement_sensitive(held), ==, cases[i].sensitive);
		g_assert_cmpuint(fn_requirement_options(held)->l, ==, cases[i].sensitive != NULL ? 2 : 1);
		g_assert_cmpint(fn_requirement_options(held)->joint, ==, cases[i].joint);
		g_assert_true(fn_plan_check(content, NULL));
		json_decref(content);
	}
}

/* ---- tables of counts ---- */

#define COUNTED \
	"{'sharing_modes': ['query', 'batch', 'aggregate'], 'fields': [{'name': 'id_number', 'level': 3, 'identifier': 'direct', 'key': true}," \
	"{'name': 'birth', 'type': 'date', 'level': 2, 'identifier': 'quasi'}, {'name': 'born', 'type': 'date', 'level': 2, 'mask': 'date:to=year'}," \
	"{'name': 'sex', 'level': 1, 'identifier': 'quasi'}, {'name': 'district', 'level': 1, 'identifier': 'quasi', 'generalise': 'region'}," \
	"{'name': 'house', 'level': 1, 'mask': 'hash'}, {'name': 'hidden', 'level': 1, 'mask': 'redact'}]}"

static void
test_counts(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_by_institution(engine, COUNTED,
		"{'mode': 'aggregate', 'fields': ['birth', 'born', 'sex', 'district'], 'tables': ['birth/3,sex', 'district', 'born'], 'noisy': true}");
	g_autofree char *grant = prepare(asked);
	json_t *content = content_of(asked, grant), *plan = json_object_get(content, "plan");
	g_autoptr(FnCounts) counts = fn_counts_read(json_object_get(plan, "counts"), NULL);

	g_assert_nonnull(counts);
	g_assert_null(json_object_get(plan, "disclosure"));
	g_assert_true(fn_plan_check(content, NULL));
	g_assert_cmpuint(counts->threshold, ==, 5);
	g_assert_cmpuint(counts->interval_days, ==, 30);
	g_assert_cmpstr(counts->epsilon, ==, "100/100");
	g_assert_cmpstr(counts->budget, ==, "1200/100");
	g_assert_cmpuint(counts->tables, ==, 3);
	g_assert_cmpuint(counts->field[0].level, ==, 3);  /* as asked */
	g_assert_null(counts->field[1].hierarchy);        /* nobody said how */
	g_assert_cmpuint(counts->field[2].level, ==, 1);  /* the first that is coarser */
	g_assert_null(counts->field[3].hierarchy);        /* its mask makes it coarse */
	json_object_set_new(json_object_get(plan, "counts"), "threshold", json_integer(2));
	g_assert_false(fn_plan_check(content, NULL));
	json_decref(content);
}

static void
test_counts_refused(gconstpointer engine)
{
	static const struct {
		const char *form, *says;
	} cases[] = {
		{ "{'mode': 'aggregate', 'fields': ['sex']}", "names its \"tables\"" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': {}}", "array" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': []}", "names one that stands in no table" },
		{ "{'mode': 'aggregate', 'fields': ['sex', 'birth'], 'tables': ['sex']}", "stands in no table" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': ['sex,birth']}", "\"birth\" stands in a table" },
		{ "{'mode': 'aggregate', 'fields': ['sex', 'birth'], 'tables': ['sex,birth', 'sex']}", "twice" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': [5]}", "stands in no table" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': ['sex,']}", "stands in a table" },
		{ "{'mode': 'aggregate', 'fields': ['sex', 'birth', 'born'], 'tables': ['sex,birth,born']}", "one or two fields" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': ['']}", "stands in no table" },
		{ "{'mode': 'aggregate', 'fields': ['id_number'], 'tables': ['id_number']}", "names a person outright" },
		{ "{'mode': 'aggregate', 'fields': ['house'], 'tables': ['house']}", "under a key" },
		{ "{'mode': 'aggregate', 'fields': ['hidden'], 'tables': ['hidden']}", "hidden whole" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': ['sex/1']}", "has levels only" },
		{ "{'mode': 'aggregate', 'fields': ['birth'], 'tables': ['birth/0']}", "no number" },
		{ "{'mode': 'aggregate', 'fields': ['birth'], 'tables': ['birth/4']}", "out of bounds" },
		{ "{'mode': 'aggregate', 'fields': ['birth'], 'tables': ['birth/x']}", "no number" },
		{ "{'mode': 'aggregate', 'fields': ['sex'], 'tables': ['sex'], 'rows': [{'field': 'district', 'op': '=', 'value': '130102'}]}",
			"without row conditions" },
		{ "{'mode': 'query', 'fields': ['sex'], 'tables': ['sex']}", "only in the mode" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Asked) asked = asked_by_institution(engine, COUNTED, cases[i].form);
		g_autoptr(GError) error = NULL;
		g_autofree char *grant = fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error);

		g_test_message("case %zu: %s", i, error != NULL ? error->message : "");
		g_assert_null(grant);
		g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
		g_assert_nonnull(strstr(error->message, cases[i].says));
	}
}

/* A second set of tables of the same rows is refused while there is one, and given when that has ended. */
static void
test_counts_once(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, COUNTED, "{'mode': 'aggregate', 'fields': ['sex'], 'tables': ['sex']}");
	g_autofree char *first = prepare(asked), *second = NULL;
	g_autoptr(GError) error = NULL;

	asked->application.id = "case-2";
	g_assert_null(fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_assert_nonnull(strstr(error->message, first));
	g_assert_true(fn_catalog_set_grant_state(asked->city->db, first, "terminated", "不再需要", asked->city->bureau_officer, noon, NULL));
	second = prepare(asked);
	g_assert_cmpstr(first, !=, second);
}

/* What the provider set stays set, whatever is asked for on top. */
static void
test_rows(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, "{'row_scope': [{'field': 'note', 'op': '!=', 'value': '保密'}]}",
		"{'rows': [{'field': 'district', 'op': '=', 'value': '长安区'}]}");
	g_autofree char *grant = prepare(asked);
	json_t *content = content_of(asked, grant), *rows = json_object_get(content, "rows");

	g_assert_cmpuint(json_array_size(rows), ==, 2);
	g_assert_cmpstr(text_of(json_array_get(rows, 0), "column"), ==, "bz");
	g_assert_cmpstr(text_of(json_array_get(rows, 1), "column"), ==, "qx");
	json_decref(content);
}

static const struct {
	const char *resource, *form, *says;
	int code;
} refused[] = {
	{ NULL, "{'fields': ['id_number', 'note']}", "\"note\" is not offered", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'fields': ['id_number', 'salary']}", "\"salary\" is not offered", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'fields': ['id_number', 'id_number']}", "there twice", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'fields': ['id_number', 5]}", "not offered", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'fields': []}", "names no field", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'fields': null}", "names no field", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'fields': 'id_number'}", "array", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'needed': ['health']}", "\"health\" is needed, but not asked for", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'needed': [5]}", "needed, but not asked for", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'needed': 'id_number'}", "array", FN_CATALOG_ERROR_INPUT },
	{ "{'fields': [{'name': 'core', 'level': 6, 'mask': 'redact', 'key': true}]}", "{'fields': ['core']}", "core_data_not_shared",
		FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'mode': 'push'}", "mode", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'mode': 'everything'}", "mode", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'purpose': ''}", "purpose", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'basis': null}", "basis", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'until': '2026-09-20'}", "over already", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'until': '2027-02-30'}", "date", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'until': 'forever'}", "date", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'system': 'nobody'}", "no system", FN_CATALOG_ERROR_UNKNOWN },
	{ NULL, "{'operators': ['nobody']}", "operators[0]", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'operators': [7]}", "operators[0]", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'hour_from': 600, 'hour_until': 600}", "hour_from", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'hour_until': 1441}", "hour_until", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'quota_day': -1}", "quota_day", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'rows': [{'field': 'note', 'op': '=', 'value': 'x'}]}", "row condition", FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'rows': [{'field': 'district', 'op': 'or 1=1', 'value': 'x'}]}", "row condition",
		FN_CATALOG_ERROR_INPUT },
	{ NULL, "{'resource': 'nothing'}", "no resource", FN_CATALOG_ERROR_UNKNOWN },
	{ "{'consumers': ['11130100MB00000099']}", NULL, "not offered to this organization", FN_CATALOG_ERROR_INPUT },
	{ "{'sharing_type': 'withheld', 'withheld_reason': '涉及个人隐私'}", NULL, "withheld", FN_CATALOG_ERROR_STATE },
};

/* A refusal writes nothing, so one city serves all cases of the same resource. */
static void
expect_refused(Asked *asked, gsize i)
{
	json_t *whole = json_deep_copy(asked->form),
	       *changes = refused[i].form == NULL ? NULL : fixture_json(refused[i].form);
	FnCase application = asked->application;
	g_autoptr(GError) error = NULL;

	if (changes != NULL)
		json_object_update(whole, changes);
	application.form = whole;
	g_test_message("case %zu", i);
	g_assert_null(fn_catalog_prepare_grant(asked->city->db, &application, asked->city->rules, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, refused[i].code);
	g_assert_nonnull(strstr(error->message, refused[i].says));
	json_decref(changes);
	json_decref(whole);
}

static void
test_refused(gconstpointer engine)
{
	g_autoptr(Asked) common = asked_new(engine, NULL, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(Asked) own =
			refused[i].resource == NULL ? NULL : asked_new(engine, refused[i].resource, NULL);

		expect_refused(own == NULL ? common : own, i);
	}
}

static void
expect_state_error(gboolean done, GError **error, int code)
{
	g_assert_false(done);
	g_assert_error(*error, FN_CATALOG_ERROR, code);
	g_clear_error(error);
}

static void
test_parties(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *grant = NULL;

	json_object_set_new(asked->parties, "provider", json_string(asked->city->bureau));
	expect_state_error(fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error) != NULL, &error,
		FN_CATALOG_ERROR_INPUT);
	json_object_set_new(asked->parties, "provider", json_string(asked->city->consumer));
	expect_state_error(fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error) != NULL, &error,
		FN_CATALOG_ERROR_INPUT);
	json_object_set_new(asked->parties, "provider", json_string(asked->city->provider));
	json_object_set_new(asked->parties, "consumer", json_string(asked->city->company));
	expect_state_error(fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error) != NULL, &error,
		FN_CATALOG_ERROR_INPUT);
	json_object_set_new(asked->parties, "consumer", json_string(asked->city->consumer));
	grant = prepare(asked);
	expect_state_error(fn_catalog_prepare_grant(asked->city->db, &asked->application, asked->city->rules, noon, &error) != NULL, &error,
		FN_CATALOG_ERROR_STATE);
}

static const char digest[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void
sign_both(Asked *asked, const char *kind, const char *case_id, gint64 until)
{
	g_autoptr(GError) error = NULL;
	json_t *paper = json_pack("{s:s, s:s, s:s, s:s, s:I}", "kind", kind, "provider", asked->city->provider,
		"consumer", asked->city->consumer, "digest", digest, "valid_until", (json_int_t)until);
	g_autofree char *id = NULL;

	if (case_id != NULL)
		json_object_set_new(paper, "case", json_string(case_id));
	id = fn_catalog_add_paper(asked->city->db, paper, asked->city->officer, noon, &error);
	g_assert_no_error(error);
	g_assert_false(fn_catalog_has_paper(
		asked->city->db, &asked->application, kind, noon, &error)); /* one side is not enough */
	g_assert_no_error(error);
	expect_state_error(fn_catalog_sign_paper(asked->city->db, id, asked->city->sharing, noon, &error), &error,
		FN_CATALOG_ERROR_STATE);
	expect_state_error(fn_catalog_sign_paper(asked->city->db, id, asked->city->bureau_officer, noon, &error),
		&error, FN_CATALOG_ERROR_OFFICE);
	fn_catalog_sign_paper(asked->city->db, id, asked->city->asker, noon, &error);
	g_assert_no_error(error);
	g_assert_cmpint(fn_catalog_has_paper(asked->city->db, &asked->application, kind, noon, &error), ==,
		case_id == NULL || g_str_equal(case_id, asked->application.id));
	json_decref(paper);
}

/* A key pair of the international suite, and a signature in the keeper's form. */
static char *
sign_content(const char *content, char **key_out)
{
	g_autofree char *message = g_strconcat("fengni/v1/grant\n", content, NULL), *key64 = NULL;
	gcry_sexp_t pair, made, hashed, signature, part;
	guint8 raw[64];
	gsize size;
	const char *bytes;

	g_assert_cmpint(gcry_sexp_build(&made, NULL, "(genkey (ecc (curve Ed25519) (flags eddsa)))"), ==, 0);
	g_assert_cmpint(gcry_pk_genkey(&pair, made), ==, 0);
	g_assert_cmpint(gcry_sexp_build(&hashed, NULL, "(data (flags eddsa) (hash-algo sha512) (value %b))",
				(int)strlen(message), message),
		==, 0);
	g_assert_cmpint(gcry_pk_sign(&signature, hashed, pair), ==, 0);
	part = gcry_sexp_find_token(signature, "r", 0);
	bytes = gcry_sexp_nth_data(part, 1, &size);
	memcpy(raw, bytes, 32);
	gcry_sexp_release(part);
	part = gcry_sexp_find_token(signature, "s", 0);
	bytes = gcry_sexp_nth_data(part, 1, &size);
	memcpy(raw + 32, bytes, 32);
	gcry_sexp_release(part);
	part = gcry_sexp_find_token(pair, "q", 0);
	bytes = gcry_sexp_nth_data(part, 1, &size);
	key64 = g_base64_encode((const guint8 *)bytes + (size - 32), 32);
	*key_out = g_strconcat("intl:", key64, NULL);
	gcry_sexp_release(part);
	gcry_sexp_release(made);
	gcry_sexp_release(pair);
	gcry_sexp_release(hashed);
	gcry_sexp_release(signature);
	return g_base64_encode(raw, sizeof raw);
}

static char *
state_of(Asked *asked, const char *grant)
{
	g_autoptr(GError) error = NULL;
	json_t *object = fn_catalog_grant(asked->city->db, grant, &error);
	char *state;

	g_assert_no_error(error);
	state = g_strdup(text_of(object, "state"));
	json_decref(object);
	return state;
}

static void
expect_grant_state(Asked *asked, const char *grant, const char *state)
{
	g_autofree char *now = state_of(asked, grant);

	g_assert_cmpstr(now, ==, state);
}

static char *
activated(Asked *asked)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *content = NULL, *key = NULL, *signature = NULL;
	char *grant = prepare(asked);

	sign_both(asked, "nda", NULL, noon + 30 * G_TIME_SPAN_DAY);
	sign_both(asked, "risk_assessment", "case-1", noon + 400 * G_TIME_SPAN_DAY);
	sign_both(asked, "handover", "case-1", noon + 400 * G_TIME_SPAN_DAY);
	fn_catalog_release_grant(asked->city->db, grant, noon, &error);
	g_assert_no_error(error);
	content = fn_catalog_grant_content(asked->city->db, grant, &error);
	signature = sign_content(content, &key);
	fn_catalog_activate_grant(asked->city->db, grant, signature, key, noon, &error);
	g_assert_no_error(error);
	return grant;
}

static void
test_activate(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *grant = prepare(asked), *content = NULL, *key = NULL, *signature = NULL, *other_key = NULL,
			*other = NULL;
	g_auto(GStrv) waiting = NULL;
	FnDb *db = asked->city->db;
	gint64 generation;

	expect_state_error(
		fn_catalog_release_grant(db, grant, noon, &error), &error, FN_CATALOG_ERROR_STATE); /* no papers */
	sign_both(asked, "nda", NULL, noon + 30 * G_TIME_SPAN_DAY);
	expect_state_error(
		fn_catalog_release_grant(db, grant, noon, &error), &error, FN_CATALOG_ERROR_STATE); /* no handover */
	sign_both(asked, "handover", "other-case", noon + 30 * G_TIME_SPAN_DAY);
	expect_state_error(fn_catalog_release_grant(db, grant, noon, &error), &error,
		FN_CATALOG_ERROR_STATE); /* of another case */
	sign_both(asked, "handover", "case-1", noon + 30 * G_TIME_SPAN_DAY);
	expect_state_error(
		fn_catalog_release_grant(db, grant, noon, &error), &error, FN_CATALOG_ERROR_STATE); /* no assessment */
	sign_both(asked, "risk_assessment", "case-1", noon + 30 * G_TIME_SPAN_DAY);
	content = fn_catalog_grant_content(db, grant, &error);
	signature = sign_content(content, &key);
	other = sign_content("{}", &other_key);
	expect_state_error(fn_catalog_activate_grant(db, grant, signature, key, noon, &error), &error,
		FN_CATALOG_ERROR_STATE); /* not released */
	fn_catalog_release_grant(db, grant, noon, &error);
	g_assert_no_error(error);
	expect_state_error(fn_catalog_release_grant(db, grant, noon, &error), &error, FN_CATALOG_ERROR_STATE);
	waiting = fn_catalog_grants_to_sign(db, &error);
	g_assert_cmpuint(g_strv_length(waiting), ==, 1);
	g_assert_cmpstr(waiting[0], ==, grant);
	g_assert_false(fn_catalog_activate_grant(db, grant, signature, other_key, noon, &error));
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_SIGNATURE);
	g_clear_error(&error);
	g_assert_false(fn_catalog_activate_grant(db, grant, other, key, noon, &error));
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_SIGNATURE);
	g_clear_error(&error);
	expect_state_error(
		fn_catalog_activate_grant(db, grant, NULL, key, noon, &error), &error, FN_CATALOG_ERROR_INPUT);
	generation = fixture_generation(asked->city);
	fn_catalog_activate_grant(db, grant, signature, key, noon, &error);
	g_assert_no_error(error);
	g_assert_cmpint(fixture_generation(asked->city), ==, generation + 1);
	expect_grant_state(asked, grant, "active");
	expect_state_error(
		fn_catalog_activate_grant(db, grant, signature, key, noon, &error), &error, FN_CATALOG_ERROR_STATE);
}

enum { SHARING, BUREAU, OFFICER, ASKING_HEAD, ASKER, NOBODY };
static const struct {
	const char *to;
	int who;
	int code; /* -1: done */
} moves[] = {
	{ "suspended", OFFICER, FN_CATALOG_ERROR_OFFICE },
	{ "suspended", ASKING_HEAD, FN_CATALOG_ERROR_OFFICE },
	{ "disposed", ASKING_HEAD, FN_CATALOG_ERROR_STATE },
	{ "nonsense", SHARING, FN_CATALOG_ERROR_STATE },
	{ "suspended", SHARING, -1 },
	{ "suspended", SHARING, FN_CATALOG_ERROR_STATE },
	{ "disposal_due", ASKING_HEAD, FN_CATALOG_ERROR_OFFICE },
	{ "rectifying", BUREAU, -1 },
	{ "active", NOBODY, FN_CATALOG_ERROR_OFFICE },
	{ "active", BUREAU, -1 },
	{ "suspended", NOBODY, -1 }, /* the platform itself */
	{ "active", SHARING, -1 },
	{ "terminated", SHARING, FN_CATALOG_ERROR_STATE },
	{ "suspended", BUREAU, -1 },
	{ "terminated", BUREAU, -1 },
	{ "active", SHARING, FN_CATALOG_ERROR_STATE },
	{ "disposal_due", OFFICER, -1 },
	{ "disposed", SHARING, FN_CATALOG_ERROR_OFFICE },
	{ "disposed", ASKER, FN_CATALOG_ERROR_OFFICE },
	{ "disposed", ASKING_HEAD, -1 },
	{ "active", SHARING, FN_CATALOG_ERROR_STATE },
};

static void
test_moves(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	g_autofree char *grant = activated(asked);
	const City *city = asked->city;
	const FnActor *who[] = { city->sharing, city->bureau_officer, city->officer, city->asking_head, city->asker,
		NULL };

	for (gsize i = 0; i < G_N_ELEMENTS(moves); i++) {
		g_autoptr(GError) error = NULL;
		gint64 generation = fixture_generation(city);
		gboolean done = fn_catalog_set_grant_state(
			city->db, grant, moves[i].to, "理由", who[moves[i].who], noon, &error);

		g_test_message("move %zu", i);
		g_assert_cmpint(done, ==, moves[i].code < 0);
		g_assert_cmpint(fixture_generation(city), ==, generation + done);
		if (done)
			expect_grant_state(asked, grant, moves[i].to);
		else
			g_assert_error(error, FN_CATALOG_ERROR, moves[i].code);
	}
}

static void
test_reason(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	g_autofree char *grant = activated(asked);
	g_autoptr(GError) error = NULL;
	FnDb *db = asked->city->db;

	expect_state_error(fn_catalog_set_grant_state(db, grant, "suspended", "", asked->city->sharing, noon, &error),
		&error, FN_CATALOG_ERROR_INPUT);
	expect_state_error(fn_catalog_set_grant_state(db, grant, "suspended", NULL, asked->city->sharing, noon, &error),
		&error, FN_CATALOG_ERROR_INPUT);
	expect_state_error(
		fn_catalog_set_grant_state(db, "nothing", "suspended", "x", asked->city->sharing, noon, &error), &error,
		FN_CATALOG_ERROR_UNKNOWN);
}

static void
expect_tick(Asked *asked, const char *grant, gint64 now, const char *state)
{
	g_autoptr(GError) error = NULL;
	json_t *moved = fn_catalog_tick(asked->city->db, now, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(moved), ==, state != NULL);
	if (state != NULL) {
		g_assert_cmpstr(text_of(json_array_get(moved, 0), "grant"), ==, grant);
		g_assert_cmpstr(text_of(json_array_get(moved, 0), "case"), ==, "case-1");
		g_assert_cmpstr(text_of(json_array_get(moved, 0), "state"), ==, state);
		expect_grant_state(asked, grant, state);
	}
	json_decref(moved);
}

static void
test_tick(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	g_autofree char *grant = activated(asked);
	g_autoptr(GError) error = NULL;
	const gint64 later = noon + 31 * G_TIME_SPAN_DAY, over = G_GINT64_CONSTANT(1814371200000000);

	expect_tick(asked, grant, noon, NULL);
	expect_tick(asked, grant, later, "suspended"); /* the agreement ran out */
	expect_state_error(fn_catalog_set_grant_state(
				   asked->city->db, grant, "active", "续签", asked->city->sharing, later, &error),
		&error, FN_CATALOG_ERROR_STATE);
	expect_tick(asked, grant, over, "disposal_due"); /* and then the term */
	expect_tick(asked, grant, over, NULL);
}

static void
test_lists(gconstpointer engine)
{
	g_autoptr(Asked) asked = asked_new(engine, NULL, NULL);
	const City *city = asked->city;
	g_autofree char *grant G_GNUC_UNUSED = prepare(asked);
	const struct {
		const FnActor *actor;
		gsize n;
	} cases[] = { { city->officer, 1 }, { city->asker, 1 }, { city->bureau_officer, 1 }, { city->outsider, 0 },
		{ NULL, 0 } };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *list = fn_catalog_grants(city->db, cases[i].actor, NULL);

		g_assert_cmpuint(json_array_size(list), ==, cases[i].n);
		json_decref(list);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gcry_check_version(NULL);
	fn_test_add("/catalog/grant/prepare", test_prepare);
	fn_test_add("/catalog/grant/plan", test_plan);
	fn_test_add("/catalog/grant/strict", test_strict);
	fn_test_add("/catalog/grant/together", test_together);
	fn_test_add("/catalog/grant/not-together", test_not_together);
	fn_test_add("/catalog/grant/sensitive", test_sensitive);
	fn_test_add("/catalog/grant/counts", test_counts);
	fn_test_add("/catalog/grant/counts-refused", test_counts_refused);
	fn_test_add("/catalog/grant/counts-once", test_counts_once);
	fn_test_add("/catalog/grant/rows", test_rows);
	fn_test_add("/catalog/grant/refused", test_refused);
	fn_test_add("/catalog/grant/parties", test_parties);
	fn_test_add("/catalog/grant/activate", test_activate);
	fn_test_add("/catalog/grant/moves", test_moves);
	fn_test_add("/catalog/grant/reason", test_reason);
	fn_test_add("/catalog/grant/tick", test_tick);
	fn_test_add("/catalog/grant/lists", test_lists);
	return g_test_run();
}
