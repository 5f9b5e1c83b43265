#include "catalog/fixture.h"

static const guint8 key[32] = { 1 }, other_key[32] = { 2 };

static void
test_add(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *long_spec = g_strnfill(9000, 'x'),
			*too_long = g_strdup_printf("{'kind': 'sqlite', 'path': '%s'}", long_spec);
	const struct {
		const char *name, *spec;
		const FnActor *actor;
		int code;
	} cases[] = {
		{ "业务库", "{'kind': 'sqlite', 'path': 'x.db'}", city->admin, FN_CATALOG_ERROR_INPUT }, /* taken */
		{ "", "{'kind': 'sqlite', 'path': 'x.db'}", city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", "[]", city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", "{'path': 'x.db'}", city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", "{'kind': 'postgres', 'password': 'p'}", city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", "{'kind': 'postgres', 'password': null}", city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", "{'kind': 'postgres', 'options': {'a': 1}}", city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", too_long, city->admin, FN_CATALOG_ERROR_INPUT },
		{ "二号库", "{'kind': 'sqlite', 'path': 'x.db'}", city->officer, FN_CATALOG_ERROR_OFFICE },
		{ "二号库", "{'kind': 'sqlite', 'path': 'x.db'}", city->asker, FN_CATALOG_ERROR_OFFICE },
		{ "二号库", "{'kind': 'sqlite', 'path': 'x.db'}", city->admin, -1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		json_t *spec = fixture_json(cases[i].spec);
		g_autofree char *id = fn_catalog_add_source(
			city->db, city->provider, cases[i].name, spec, cases[i].actor, noon, &error);

		g_test_message("case %zu", i);
		json_decref(spec);
		g_assert_cmpint(id != NULL, ==, cases[i].code < 0);
		if (id == NULL)
			g_assert_error(error, FN_CATALOG_ERROR, cases[i].code);
	}
}

static void
test_read(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;
	json_t *source = fn_catalog_source(city->db, city->source, &error), *list;

	g_assert_no_error(error);
	g_assert_cmpstr(json_string_value(json_object_get(json_object_get(source, "spec"), "path")), ==, "people.db");
	json_decref(source);
	g_assert_null(fn_catalog_source(city->db, "nothing", &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN);
	list = fn_catalog_sources(city->db, city->officer, NULL);
	g_assert_cmpuint(json_array_size(list), ==, 1);
	g_assert_null(json_object_get(json_array_get(list, 0), "spec"));
	json_decref(list);
	list = fn_catalog_sources(city->db, city->asker, NULL);
	g_assert_cmpuint(json_array_size(list), ==, 0);
	json_decref(list);
}

static void
test_seal(void)
{
	static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(GError) error = NULL;
		json_t *spec = fixture_json("{'kind': 'postgres', 'host': '10.0.0.5', 'port': 5432, 'database': 'd', "
					    "'user': 'u', 'password': '口令 p'}");
		json_t *sealed = fn_catalog_seal_spec(spec, suites[i], key, &error), *opened;

		g_assert_no_error(error);
		g_assert_null(json_object_get(sealed, "password"));
		opened = fn_catalog_open_spec(sealed, key, &error);
		g_assert_no_error(error);
		g_assert_true(json_equal(opened, spec));
		json_decref(opened);
		g_assert_null(fn_catalog_open_spec(sealed, other_key, &error));
		g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_OPEN);
		g_clear_error(&error);
		json_object_set_new(sealed, "host", json_string("10.66.66.66")); /* the password does not go along */
		g_assert_null(fn_catalog_open_spec(sealed, key, &error));
		g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_OPEN);
		g_clear_error(&error);
		json_object_set_new(sealed, "password_sealed", json_string("gm:xyz"));
		g_assert_null(fn_catalog_open_spec(sealed, key, &error));
		g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
		json_decref(sealed);
		json_decref(spec);
	}
}

static void
test_seal_nothing(void)
{
	json_t *spec = fixture_json("{'kind': 'sqlite', 'path': 'x.db'}"),
	       *sealed = fn_catalog_seal_spec(spec, FN_SUITE_GM, key, NULL);
	json_t *opened = fn_catalog_open_spec(sealed, key, NULL),
	       *wrong = fixture_json("{'kind': 'postgres', 'password': 5}");
	g_autoptr(GError) error = NULL;

	g_assert_true(json_equal(spec, sealed));
	g_assert_true(json_equal(spec, opened));
	g_assert_null(fn_catalog_seal_spec(wrong, FN_SUITE_GM, key, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
	json_decref(spec);
	json_decref(sealed);
	json_decref(opened);
	json_decref(wrong);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/source/add", test_add);
	fn_test_add("/catalog/source/read", test_read);
	g_test_add_func("/catalog/source/seal", test_seal);
	g_test_add_func("/catalog/source/seal-nothing", test_seal_nothing);
	return g_test_run();
}
