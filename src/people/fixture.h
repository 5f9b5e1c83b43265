/* What the tests of this room share: a registry with two organizations, and shorthands that fail the test on any error.
 */
#pragma once

#include "people/people_priv.h"

#include "base/identifiers.h"
#include "people_sql.h"
#include "store/testing.h"

#define DEPARTMENT "11130100MB00000015"
#define BUREAU     "11130100MB00000023"
#define ACME       "91130100MA00000037"
#define GOOD_WORD  "Fengche#7Lu-tai"

static const FnMigration *const fixture_rooms[] = { fn_sql_people_migrations, NULL };

static inline char *
fixture_code(const char *first17)
{
	return g_strdup_printf("%.17s%c", first17, fn_credit_code_check_character(first17));
}

static inline void
fixture_organization(FnDb *db, const char *first17, const char *name, const char *kind)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *code = fixture_code(first17);

	fn_people_add_organization(db, code, name, kind, "130100", NULL, &error);
	g_assert_no_error(error);
}

static inline FnDb *
fixture_open(gconstpointer engine)
{
	FnDb *db = fn_test_db(engine, fixture_rooms);

	fixture_organization(db, DEPARTMENT, "市民政局", "department");
	fixture_organization(db, BUREAU, "市数据局", "bureau");
	fixture_organization(db, ACME, "某公司", "enterprise");
	return db;
}

static inline char *
fixture_account(FnDb *db, const char *first17, const char *login, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *code = fixture_code(first17);
	char *account = fn_people_add_account_at_cost(db, code, login, name, GOOD_WORD, FN_PASSWORD_TEST_COST, &error);

	g_assert_no_error(error);
	return account;
}

static inline void
fixture_office(FnDb *db, const char *account, const char *office)
{
	g_autoptr(GError) error = NULL;

	fn_people_set_office(db, account, office, TRUE, &error);
	g_assert_no_error(error);
}
