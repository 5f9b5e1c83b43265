#include "people/fixture.h"

#include <string.h>

/* Not a certificate, but DER is not looked into here: the fingerprint must be that of the bytes. */
#define PEM "-----BEGIN CERTIFICATE-----\nZmVuZ25p\n-----END CERTIFICATE-----\n"

static char *
print_of(const char *bytes)
{
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, bytes, -1);
}

static void
test_system(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *department = fixture_code(DEPARTMENT), *system = NULL;
	const struct {
		const char *organization, *name;
		gint64 level;
		int code;
	} cases[] = {
		{ department, "办事系统", 3, FN_PEOPLE_ERROR_INPUT }, /* again */
		{ department, "", 3, FN_PEOPLE_ERROR_INPUT },
		{ department, "二号系统", 0, FN_PEOPLE_ERROR_INPUT },
		{ department, "二号系统", 6, FN_PEOPLE_ERROR_INPUT },
		{ "nobody", "二号系统", 3, FN_PEOPLE_ERROR_UNKNOWN },
	};
	g_autoptr(GError) error = NULL;

	system = fn_people_add_system(db, department, "办事系统", 3, &error);
	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %zu", i);
		g_assert_null(fn_people_add_system(db, cases[i].organization, cases[i].name, cases[i].level, &error));
		g_assert_error(error, FN_PEOPLE_ERROR, cases[i].code);
		g_clear_error(&error);
	}
}

static void
test_certificate(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *department = fixture_code(DEPARTMENT), *print = print_of("fengni"), *other = print_of("other");
	g_autofree char *upper = g_ascii_strup(print, -1);
	g_autofree char *system = fn_people_add_system(db, department, "办事系统", 3, NULL);
	const struct {
		const char *system, *print, *pem;
		gint64 from, until;
		int code;
	} cases[] = {
		{ "nobody", print, PEM, 1, 2, FN_PEOPLE_ERROR_UNKNOWN },
		{ system, other, PEM, 1, 2, FN_PEOPLE_ERROR_INPUT }, { system, NULL, PEM, 1, 2, FN_PEOPLE_ERROR_INPUT },
		{ system, print, "", 1, 2, FN_PEOPLE_ERROR_INPUT },
		{ system, print, NULL, 1, 2, FN_PEOPLE_ERROR_INPUT },
		{ system, print, "-----BEGIN CERTIFICATE-----\nZmVuZ25p", 1, 2, FN_PEOPLE_ERROR_INPUT },
		{ system, print, PEM, 2, 2, FN_PEOPLE_ERROR_INPUT }, { system, upper, PEM, 1, 2, -1 },
		{ system, print, PEM, 1, 2, FN_PEOPLE_ERROR_INPUT }, /* again */
	};
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) refused = NULL;
		gboolean done = fn_people_add_certificate(
			db, cases[i].system, cases[i].print, cases[i].pem, cases[i].from, cases[i].until, &refused);

		g_test_message("case %zu", i);
		g_assert_cmpint(done, ==, cases[i].code < 0);
		if (!done)
			g_assert_error(refused, FN_PEOPLE_ERROR, cases[i].code);
	}
	g_assert_false(fn_people_revoke_certificate(db, print, "", 5, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT);
	g_clear_error(&error);
	fn_people_revoke_certificate(db, upper, "key lost", 5, &error);
	g_assert_no_error(error);
	g_assert_false(fn_people_revoke_certificate(db, print, "key lost", 6, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
}

static void
test_operators(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *department = fixture_code(DEPARTMENT),
			*mine = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	g_autofree char *theirs = fixture_account(db, BUREAU, "lisi", "李四");
	g_autofree char *system = fn_people_add_system(db, department, "办事系统", 3, NULL);
	g_autoptr(GError) error = NULL;
	json_t *list;

	fn_people_allow_operator(db, system, mine, &error);
	g_assert_no_error(error);
	fn_people_allow_operator(db, system, mine, &error);
	g_assert_no_error(error);
	g_assert_false(fn_people_allow_operator(db, system, theirs, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_false(fn_people_allow_operator(db, "nobody", mine, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
	g_clear_error(&error);
	list = fn_people_systems(db, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(json_object_get(json_array_get(list, 0), "operators")), ==, 1);
	json_decref(list);
	fn_people_close_system(db, system, &error);
	g_assert_no_error(error);
	g_assert_false(fn_people_close_system(db, system, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/people/system", test_system);
	fn_test_add("/people/system/certificate", test_certificate);
	fn_test_add("/people/system/operators", test_operators);
	return g_test_run();
}
