#include "catalog/fixture.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static json_t *
paper_of(const City *city, const char *changes)
{
	json_t *paper = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "kind", "nda", "provider", city->provider,
		"consumer", city->consumer, "digest", DIGEST, "note", "纸质件存档", "valid_until",
		(json_int_t)(noon + G_TIME_SPAN_DAY));
	json_t *change = fixture_json(changes);

	json_object_update(paper, change);
	json_decref(change);
	return paper;
}

enum { OFFICER, BUREAU, EDITOR, OUTSIDER, NOBODY };
static const struct {
	const char *changes;
	int who, code;
} cases[] = {
	{ "{}", OFFICER, -1 },
	{ "{'kind': 'handover', 'case': 'c1'}", OFFICER, -1 },
	{ "{'kind': 'handover'}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'kind': 'promise'}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'kind': null}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'digest': 'short'}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'digest': null}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'valid_until': 5}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'valid_until': 'soon'}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'consumer': null}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{'consumer': 'nobody'}", OFFICER, FN_CATALOG_ERROR_UNKNOWN },
	{ "{'fee': 5}", OFFICER, FN_CATALOG_ERROR_INPUT },
	{ "{}", BUREAU, FN_CATALOG_ERROR_OFFICE },
	{ "{}", EDITOR, FN_CATALOG_ERROR_OFFICE },
	{ "{}", OUTSIDER, FN_CATALOG_ERROR_OFFICE },
	{ "{}", NOBODY, FN_CATALOG_ERROR_OFFICE },
};

static void
test_add(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	const FnActor *who[] = { city->officer, city->bureau_officer, city->editor, city->outsider, NULL };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		json_t *paper = paper_of(city, cases[i].changes);
		g_autofree char *id = fn_catalog_add_paper(city->db, paper, who[cases[i].who], noon, &error);

		g_test_message("case %zu", i);
		json_decref(paper);
		g_assert_cmpint(id != NULL, ==, cases[i].code < 0);
		if (id == NULL)
			g_assert_error(error, FN_CATALOG_ERROR, cases[i].code);
	}
}

static void
test_out_of_term(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;
	json_t *paper = paper_of(city, "{}"), *list;
	g_autofree char *id = fn_catalog_add_paper(city->db, paper, city->officer, noon, &error);

	g_assert_no_error(error);
	g_assert_false(fn_catalog_sign_paper(city->db, id, city->asker, noon + G_TIME_SPAN_DAY, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_clear_error(&error);
	g_assert_false(fn_catalog_sign_paper(city->db, "nothing", city->asker, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN);
	list = fn_catalog_papers(city->db, city->asker, NULL);
	g_assert_cmpuint(json_array_size(list), ==, 1);
	json_decref(list);
	list = fn_catalog_papers(city->db, city->outsider, NULL);
	g_assert_cmpuint(json_array_size(list), ==, 0);
	json_decref(list);
	json_decref(paper);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/paper/add", test_add);
	fn_test_add("/catalog/paper/out-of-term", test_out_of_term);
	return g_test_run();
}
