#include "share/snapshot.h"

#include "catalog_sql.h"
#include "people_sql.h"
#include "share_sql.h"
#include "store/testing.h"

static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_catalog_migrations, fn_sql_share_migrations, NULL };

static void
test_statements(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);

	fn_test_statements(db, fn_sql_share_all);
}

/* An empty registry knows nobody. */
static void
test_empty(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(FnPublicKey) key = fn_public_key_parse("intl:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL);
	FnVerified *verified = fn_verified_new(key);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnSnapshot) snapshot = fn_snapshot_load(db, verified, (FnHours){ 0, 1440 }, &error);

	g_assert_no_error(error);
	g_assert_null(fn_snapshot_certificate(snapshot, "00"));
	g_assert_null(fn_snapshot_resource(snapshot, "r"));
	g_assert_null(fn_snapshot_resource(snapshot, NULL));
	g_assert_null(fn_snapshot_grant(snapshot, "g"));
	g_assert_null(fn_snapshot_grant(snapshot, NULL));
	fn_verified_free(verified);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/snapshot/statements", test_statements);
	fn_test_add("/snapshot/empty", test_empty);
	return g_test_run();
}
