#include "ipc/roles.h"

#include <string.h>
#include <unistd.h>

#define BASE 61000

static void
test_names(void)
{
	for (guint i = FN_ROLE_NONE + 1; i < FN_ROLES; i++)
		g_assert_cmpint(fn_role_from_name(fn_role_name((FnRole)i)), ==, i);
	g_assert_cmpint(fn_role_from_name("none"), ==, FN_ROLE_NONE);
	g_assert_cmpint(fn_role_from_name("root"), ==, FN_ROLE_NONE);
	g_assert_cmpint(fn_role_from_name(NULL), ==, FN_ROLE_NONE);
}

static void
test_uids(void)
{
	for (guint i = FN_ROLE_NONE + 1; i < FN_ROLES; i++)
		g_assert_cmpint(fn_role_of_uid(fn_role_uid((FnRole)i)), ==, i);
	g_assert_cmpuint(fn_role_uid(FN_ROLE_GATE), ==, BASE + 1);
	g_assert_cmpint(fn_role_of_uid(0), ==, FN_ROLE_ADMIN);
	g_assert_cmpint(fn_role_of_uid(BASE), ==, FN_ROLE_NONE);
	g_assert_cmpint(fn_role_of_uid(BASE + FN_ROLE_ADMIN), ==, FN_ROLE_NONE);
	g_assert_cmpint(fn_role_of_uid(fn_role_registry_gid()), ==, FN_ROLE_NONE);
	g_assert_cmpint(fn_role_of_uid((uid_t)-1), ==, FN_ROLE_NONE);
	g_assert_false(fn_roles_development());
}

/* What house.md says about each program, once more and independently of the table. */
static void
test_statement(void)
{
	g_assert_null(fn_role_privilege(FN_ROLE_NONE));
	g_assert_null(fn_role_privilege(FN_ROLE_ADMIN));
	for (guint i = FN_ROLE_GATE; i < FN_ROLE_ADMIN; i++) {
		const FnPrivilege *may = fn_role_privilege((FnRole)i);

		g_assert_nonnull(may);
		g_assert_true((may->may & (FN_MAY_SPAWN | FN_MAY_SERVE)) == 0 || i == FN_ROLE_DOOR);
		g_assert_cmpuint(may->files, >, 0);
		for (guint j = 0; may->read_write[j] != NULL; j++) {
			g_assert_false(g_str_has_prefix(may->read_write[j], "/"));
			g_assert_true(!g_str_equal(may->read_write[j], "keeper") || i == FN_ROLE_KEEPER);
			g_assert_true(!g_str_equal(may->read_write[j], "ledger") || i == FN_ROLE_LEDGER);
		}
	}
	g_assert_cmpuint(fn_role_privilege(FN_ROLE_KEEPER)->may & FN_MAY_NETWORK, ==, 0);
	g_assert_cmpuint(fn_role_privilege(FN_ROLE_LEDGER)->may & FN_MAY_NETWORK, ==, 0);
	g_assert_cmpuint(fn_role_privilege(FN_ROLE_INSPECT)->may & (FN_MAY_NETWORK | FN_MAY_CONNECT), ==, 0);
}

static void
test_socket(void)
{
	g_autofree char *directory = g_dir_make_tmp("fn-roles-XXXXXX", NULL);
	g_autoptr(FnSettings) settings = fn_settings_load(directory, NULL);
	g_autofree char *path = fn_role_socket(settings, FN_ROLE_LEDGER);

	g_assert_true(g_str_has_suffix(path, "/run/ledger/ledger.sock"));
	g_assert_true(g_str_has_prefix(path, directory));
	g_assert_cmpint(rmdir(directory), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(BASE);
	g_test_add_func("/roles/names", test_names);
	g_test_add_func("/roles/uids", test_uids);
	g_test_add_func("/roles/statement", test_statement);
	g_test_add_func("/roles/socket", test_socket);
	return g_test_run();
}
