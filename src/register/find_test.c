/* Finding: filters, words, renewal, order, pages, whose records. */
#include "register/fixture.h"

enum { MANY = 60 };

static void
fill(City *city)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(city->db, NULL));
	for (guint i = 0; i < MANY; i++) {
		g_autofree char *text = g_strdup_printf("{'name':'机-%04u','note':'放在%s楼%u层','kind':'%s','count':%u,'seen':'2026-%02u-01','host':'h%u.例子.cn',"
						       "'parts':['p%u','q'],'secret':'s%u'}",
			i, i % 2 == 0 ? "东" : "西", i % 7, i % 3 == 0 ? "big" : "small", 1 + i % 5, 1 + i % 9, i, i % 4, i);
		json_t *values = fixture_json(text);
		g_autofree char *id = fn_register_add(city->db, city->rules, "things", NULL, values, i % 10 == 9 ? city->stranger : city->officer, noon, &error);

		g_assert_no_error(error);
		json_decref(values);
		if (i == 5)
			g_assert_true(fn_register_close(city->db, city->rules, "things", id, 1, NULL, city->officer, noon, &error));
	}
	g_assert_true(fn_db_commit(city->db, NULL));
}

/* All pages of a query; how many there are, and that each comes once and in order. */
static guint
count(City *city, FnRegisterQuery query, const char *where, const FnActor *actor)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *cursor = NULL, *last = NULL;
	const char *by = query.renewal != NULL || g_strcmp0(query.sort, "due") == 0 ? "due" : "key";
	json_t *conditions = where != NULL ? fixture_json(where) : NULL;
	gboolean more = TRUE;

	query.where = conditions;
	for (guint round = 0; more && round < 100; round++) {
		g_autoptr(GError) error = NULL;
		json_t *page, *items;

		query.cursor = cursor;
		page = fn_register_find(city->db, city->rules, "things", &query, actor, noon, &error);
		g_assert_no_error(error);
		items = json_object_get(page, "items");
		for (gsize i = 0; i < json_array_size(items); i++) {
			const char *place = text_at(json_array_get(items, i), by);

			g_assert_true(g_hash_table_add(seen, g_strdup(text_at(json_array_get(items, i), "id"))));
			g_assert_true(last == NULL || place == NULL || strcmp(last, place) <= 0);
			g_free(last);
			last = g_strdup(place);
		}
		g_free(cursor);
		cursor = g_strdup(text_at(page, "next"));
		more = cursor != NULL;
		json_decref(page);
	}
	g_assert_false(more);
	json_decref(conditions);
	return g_hash_table_size(seen);
}

static void
test_questions(gconstpointer engine)
{
	static const struct {
		FnRegisterQuery query;
		const char *where;
		guint hits; /* for the officer, who has 53 active ones and a closed one */
	} cases[] = {
		{ { .limit = 7 }, NULL, 53 },
		{ { .limit = 500, .state = "closed" }, NULL, 1 },
		{ { .limit = 1, .state = "all" }, NULL, 54 },
		{ { .limit = 10 }, "{'kind':'big'}", 18 },
		{ { .limit = 10 }, "{'kind':'大'}", 18 },
		{ { .limit = 10 }, "{'kind':['big','small']}", 53 },
		{ { .limit = 10 }, "{'kind':'huge'}", 0 },
		{ { .limit = 10 }, "{'kind':'big','count':'1'}", 4 },
		{ { .limit = 10 }, "{'host':'H12.例子.cn'}", 1 },
		{ { .limit = 10 }, "{'parts':'p1'}", 11 },
		{ { .limit = 10 }, "{'secret':'s12'}", 1 },
		{ { .limit = 10, .text = "机-0012" }, NULL, 1 },
		{ { .limit = 10, .text = "0012" }, NULL, 1 },
		{ { .limit = 10, .text = "12" }, NULL, 1 },
		{ { .limit = 50, .text = "东楼" }, NULL, 30 },
		{ { .limit = 50, .text = "东楼 3层" }, NULL, 4 },
		{ { .limit = 50, .text = "层3" }, NULL, 0 },
		{ { .limit = 50, .text = "楼3" }, NULL, 8 },
		{ { .limit = 50, .text = "s12" }, NULL, 0 }, /* not searched */
		{ { .limit = 50, .text = "-" }, NULL, 53 },
		{ { .limit = 50, .text = " " }, NULL, 53 },
		{ { .limit = 9, .renewal = "over" }, NULL, 35 }, /* seen before June 23rd */
		{ { .limit = 9, .renewal = "near" }, NULL, 6 },  /* seen on July 1st */
		{ { .limit = 9, .renewal = "over", .text = "东楼" }, NULL, 21 },
		{ { .limit = 9, .renewal = "over" }, "{'kind':'big'}", 12 },
		{ { .limit = 9, .sort = "due" }, NULL, 53 },
		{ { .limit = 9, .sort = "due" }, "{'kind':'big'}", 18 },
	};
	g_autoptr(City) city = city_new(engine);

	fill(city);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint hits = count(city, cases[i].query, cases[i].where, city->officer);

		g_test_message("%zu: %s %s: %u", i, cases[i].where, cases[i].query.text, hits);
		if (hits != cases[i].hits)
			g_printerr("case %zu: %u, want %u\n", i, hits, cases[i].hits);
		g_assert_cmpuint(hits, ==, cases[i].hits);
	}
}

static void
test_whose(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	FnRegisterQuery of_other = { .limit = 100, .organization = city->other };
	g_autoptr(GError) error = NULL;
	json_t *where = fixture_json("{'secret':'s1'}");
	FnRegisterQuery by_secret = { .limit = 100, .where = where };

	fill(city);
	g_assert_cmpuint(count(city, (FnRegisterQuery){ .limit = 100 }, NULL, city->bureau_officer), ==, 59);
	g_assert_cmpuint(count(city, of_other, NULL, city->bureau_officer), ==, 6);
	g_assert_cmpuint(count(city, (FnRegisterQuery){ .limit = 100 }, NULL, city->stranger), ==, 6);
	g_assert_cmpuint(count(city, (FnRegisterQuery){ .limit = 100, .text = "西楼" }, NULL, city->stranger), ==, 6);
	g_assert_null(fn_register_find(city->db, city->rules, "things", &of_other, city->officer, noon, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
	g_clear_error(&error);
	g_assert_null(fn_register_find(city->db, city->rules, "things", &(FnRegisterQuery){ .limit = 1 }, city->plain, noon, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
	g_clear_error(&error);
	/* who is not shown it cannot find it out either */
	g_assert_null(fn_register_find(city->db, city->rules, "things", &by_secret, city->editor, noon, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	json_decref(where);
}

static void
test_bad(gconstpointer engine)
{
	static const FnRegisterQuery bad[] = { { .limit = 0 }, { .limit = 501 }, { .limit = 1, .state = "open" }, { .limit = 1, .renewal = "soon" },
		{ .limit = 1, .sort = "name" }, { .limit = 1, .cursor = "!" }, { .limit = 1, .cursor = "YWJj" }, { .limit = 1, .text = "\xff" } };
	g_autoptr(City) city = city_new(engine);
	g_autofree char *longer = g_strnfill(501, 'x');
	json_t *where = fixture_json("{'colour':'red'}");
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_null(fn_register_find(city->db, city->rules, "things", &bad[i], city->officer, noon, &error));
		g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
		g_clear_error(&error);
	}
	g_assert_null(fn_register_find(city->db, city->rules, "things", &(FnRegisterQuery){ .limit = 1, .text = longer }, city->officer, noon, &error));
	g_clear_error(&error);
	g_assert_null(fn_register_find(city->db, city->rules, "things", &(FnRegisterQuery){ .limit = 1, .where = where }, city->officer, noon, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	json_decref(where);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/find/questions", test_questions);
	fn_test_add("/find/whose", test_whose);
	fn_test_add("/find/bad", test_bad);
	return g_test_run();
}
