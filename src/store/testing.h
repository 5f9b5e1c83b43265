/* For tests of every room that keeps rows: fresh, migrated databases on each engine that the machine offers.
 *
 *	static const FnMigration *const rooms[] = { fn_sql_people_migrations, NULL };
 *
 *	static void
 *	test_login(gconstpointer engine)
 *	{
 *		g_autoptr(FnDb) db = fn_test_db(engine, rooms);
 *		…
 *	}
 *
 *	fn_test_add("/people/login", test_login);      // in main()
 *
 * SQLite always; PostgreSQL too when the environment names one in FENGNI_TEST_POSTGRES (tests/harness/postgres.sh start DIR
 * prints such an address). Every failure in here fails the test. */
#pragma once

#include "store/store.h"

/* "sqlite" and, where there is one, "postgres"; ends with NULL. */
const char *const *fn_test_engines(void);

/* Adds PATH/ENGINE for each engine; @test gets the engine's name. */
void fn_test_add(const char *path, void (*test)(gconstpointer engine));

/* A database of its own: a file in a temporary directory, or a schema. fn_db_close() removes it. @rooms as for
 * fn_db_migrate(); NULL: an empty database. */
FnDb *fn_test_db(const char *engine, const FnMigration *const *rooms);
/* The address of a fn_test_db(), for a second connection; close that one first. Borrowed. */
const char *fn_test_db_url(const FnDb *db);

/* Every statement of @all (fn_sql_ROOM_all) is understood by the engine: names of tables and columns, syntax. */
void fn_test_statements(FnDb *db, const FnSql *const *all);
