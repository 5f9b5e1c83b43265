#include "people/people_priv.h"

#include <string.h>

/* @broken: a part of the message, NULL: allowed. Login "zhangsan", person 张三丰. */
static const struct {
	const char *password, *broken;
} cases[] = {
	{ "Fengche#7Lu-tai", NULL },
	{ "h#7tkqw9", NULL },
	{ "晨雾里的灯塔-7", NULL },
	{ "h#7tkq9", "shorter than 8" },
	{ "灯塔-7a", "shorter than 8" }, /* characters count, not bytes */
	{ "", "shorter than 8" },
	{ NULL, "not UTF-8" },
	{ "h#7tkqw9\xff", "not UTF-8" },
	{ "h#7tkqw9\n", "control" },
	{ "12345678#9", "no letter" },
	{ "h#tkqwxyz", "no digit" },
	{ "h7tkqw9zz", "no special" },
	{ "123", "shorter than 8" },
	{ "abc", "shorter than 8" },
	{ "Passw0rd!", "guessed first" },
	{ "P@ssw0rd123", "guessed first" },
	{ "Aa123456!", "guessed first" },
	{ "Woaini1314!", "guessed first" },
	{ "Woaini520@", "guessed first" },
	{ "Admin@123", "guessed first" },
	{ "admin888!", "guessed first" },
	{ "1qaz@WSX3e", "guessed first" },
	{ "Qwerty123!", "guessed first" },
	{ "!QAZ2wsx", "guessed first" },
	{ "Abc12345!", "guessed first" },
	{ "Aaaa1111!", "guessed first" },
	{ "Test@1234", "guessed first" },
	{ "Huawei@2024", "guessed first" },
	{ "Zhongguo1949!", "guessed first" },
	{ "a19870615!", "guessed first" },
	{ "Shijiazhuang@1", "guessed first" },
	{ "5201314a!", "guessed first" },
	{ "Asdf@789", "guessed first" },
	{ "#7ZhangSan-kq", "login name" },
	{ "#7nasgnahz-kq", "login name" },
	{ "张三丰-#7kqtz", "person's name" },
};

static void
test_policy(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		gboolean good = fn_password_policy(cases[i].password, "zhangsan", "张三丰", &error);

		g_test_message("case %zu", i);
		if (cases[i].broken == NULL) {
			g_assert_no_error(error);
			g_assert_true(good);
			continue;
		}
		g_assert_false(good);
		g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD);
		g_assert_nonnull(strstr(error->message, cases[i].broken));
		if (cases[i].password != NULL && *cases[i].password != '\0')
			g_assert_null(strstr(error->message, cases[i].password));
	}
}

static void
test_longest(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *middle = g_strnfill(FN_PASSWORD_MAX - 4, 'x'), *most = g_strconcat(middle, "#7kq", NULL);
	g_autofree char *more = g_strconcat(most, "a", NULL);

	g_assert_true(fn_password_policy(most, "zhangsan", "张三丰", &error));
	g_assert_no_error(error);
	g_assert_false(fn_password_policy(more, "zhangsan", "张三丰", &error));
	g_assert_nonnull(strstr(error->message, "longer than 256"));
}

static void
test_hash(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *one = fn_password_hash("Fengche#7Lu-tai", FN_PASSWORD_TEST_COST, &error);
	g_autofree char *two = fn_password_hash("Fengche#7Lu-tai", FN_PASSWORD_TEST_COST, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(one, !=, two);
	g_assert_true(fn_password_verify(one, "Fengche#7Lu-tai"));
	g_assert_false(fn_password_verify(one, "Fengche#7Lu-tal"));
	g_assert_false(fn_password_verify(one, ""));
}

static void
test_standard_cost(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = fn_password_hash("Fengche#7Lu-tai", NULL, &error);

	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(hash, "$argon2id$v=19$m=65536,t=3,p=1$"));
	g_assert_true(fn_password_verify(hash, "Fengche#7Lu-tai"));
	g_assert_false(fn_password_verify_nobody("Fengche#7Lu-tai"));
}

static void
test_damaged(void)
{
	static const char *const damaged[] = {
		"", "x", "$argon2id$v=19$m=65536,t=3,p=1$", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aaaa",
		"$argon2id$v=19$m=4294967295,t=3,p=1$7XOQ0mVbPzbyGyjcCkqYyw$5aDgDXGqLJZt4oYUR0cP3Gx7mBqjG0Rk0wWcW4XyJm8"
	};

	g_assert_false(fn_password_verify(NULL, "x"));
	for (gsize i = 0; i < G_N_ELEMENTS(damaged); i++)
		g_assert_false(fn_password_verify(damaged[i], "Fengche#7Lu-tai"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/people/password/policy", test_policy);
	g_test_add_func("/people/password/longest", test_longest);
	g_test_add_func("/people/password/hash", test_hash);
	g_test_add_func("/people/password/standard-cost", test_standard_cost);
	g_test_add_func("/people/password/damaged", test_damaged);
	return g_test_run();
}
