/* What every error of every room is to a caller. */
#include "api/api_priv.h"

#include "crypto/keeper_client.h"
#include "ledger/ledger.h"
#include "oversight/oversight.h"
#include "share/share.h"
#include "source/source.h"

/* One status per code of the enumeration, in its order; the last is followed by 0. 503 is for what no caller can mend. */
static const struct {
	const char *room;
	GQuark (*domain)(void);
	guint status[12];
} rooms[] = {
	{ "api", fn_api_error_quark, { 400, 401, 403, 403, 404, 405, 409, 413, 503 } },
	{ "json", fn_json_error_quark, { 400, 400 } },
	{ "people", fn_people_error_quark, { 400, 404, 409, 400, 401, 401 } },
	{ "work", fn_work_error_quark, { 404, 400, 409, 403, 403, 409, 400, 409, 409, 409 } },
	{ "catalog", fn_catalog_error_quark, { 400, 404, 409, 403 } },
	{ "oversight", fn_oversight_error_quark, { 400, 404, 409 } },
	{ "source", fn_source_error_quark, { 400, 502, 404, 400, 502, 504, 503, 503 } },
	{ "db", fn_db_error_quark, { 503, 503, 409, 503, 503, 503, 503 } },
	{ "ipc", fn_ipc_error_quark, { 503, 503, 503, 503, 503 } },
	{ "ledger", fn_ledger_error_quark, { 409, 503, 503, 503, 503, 503, 503, 503, 503 } },
	{ "share", fn_share_error_quark, { 503, 503, 503, 503, 503, 503 } },
	{ "keeper", fn_keeper_client_error_quark, { 503, 503 } },
};

static void
test_rooms(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(rooms); i++)
		for (int code = 0; rooms[i].status[code] != 0; code++) {
			g_autoptr(GError) error = g_error_new_literal(rooms[i].domain(), code, "why");
			const char *name = NULL;
			guint status = fn_api_status(error, &name);

			g_test_message("%s %d: %u %s", rooms[i].room, code, status, name);
			g_assert_cmpuint(status, ==, rooms[i].status[code]);
			g_assert_cmpuint(strlen(name), >, 0);
			g_assert_cmpint(g_str_equal(name, "service"), ==, status == 503);
		}
}

static void
test_refusals(void)
{
	static const struct {
		const char *message;
		guint status;
		const char *name;
	} cases[] = {
		{ "bad_csr: not a certificate request", 400, "input" },
		{ "bad_request: \"days\" must be 1 to 3650", 400, "input" },
		{ "destroyed: its key is gone", 409, "state" },
		{ "range: no such entry", 404, "unknown" },
		{ "not_yet: no head covers it", 503, "not_yet" },
		{ "pruned: the retention of this entry is over", 410, "pruned" },
		{ "not_signed: the history does not allow it", 503, "not_signed" },
		{ "stopped: an fsync failed", 503, "service" },
		{ "reserve: little disk is left", 503, "service" },
		{ "forbidden: this program may not", 503, "service" },
		{ "rangefinder: a code that only begins like one", 503, "service" },
		{ "", 503, "service" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = g_error_new_literal(FN_IPC_ERROR, FN_IPC_ERROR_REFUSED, cases[i].message);
		g_autoptr(GError) other = g_error_new_literal(FN_IPC_ERROR, FN_IPC_ERROR_LOST, cases[i].message);
		const char *name = NULL;

		g_assert_cmpuint(fn_api_status(error, &name), ==, cases[i].status);
		g_assert_cmpstr(name, ==, cases[i].name);
		g_assert_cmpuint(fn_api_status(other, &name), ==, 503);
		g_assert_cmpstr(name, ==, "service");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/status/rooms", test_rooms);
	g_test_add_func("/status/refusals", test_refusals);
	return g_test_run();
}
