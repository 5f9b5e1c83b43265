#include "cli/reindex.h"

#include "audit/audit.h"
#include "base/program.h"
#include "base/say.h"
#include "instance/instance.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* A file that is damaged is taken away: fengni-clock, whose next statement fails, makes another. */
static gboolean
remove_file(const char *url)
{
	static const char *const parts[] = { "-wal", "-shm", "" };
	gboolean removed = g_str_has_prefix(url, "sqlite:");

	for (gsize i = 0; removed && i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *path = g_strconcat(url + strlen("sqlite:"), parts[i], NULL);

		removed = g_unlink(path) == 0 || *parts[i] != '\0';
	}
	return removed;
}

static int
empty(const char *url)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = NULL;

	if (g_str_has_prefix(url, "sqlite:") && !g_file_test(url + strlen("sqlite:"), G_FILE_TEST_EXISTS)) {
		puts(fn_say("there is no index yet"));
		return FN_EXIT_OK;
	}
	if (((db = fn_db_open_existing(url, &error)) == NULL || !fn_audit_reset(db, &error)) &&
		(g_error_matches(error, FN_DB_ERROR, FN_DB_ERROR_BUSY) || !remove_file(url))) {
		fprintf(stderr, "fengni: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	puts(fn_say("the index is empty now; fengni-clock fills it, and `fengni status` tells how far it is"));
	return FN_EXIT_OK;
}

int
fn_ledger_reindex_command(int argc, char **argv)
{
	g_autoptr(FnInstance) instance = NULL;
	g_autofree char *url = NULL;
	g_autoptr(GError) error = NULL;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger reindex DIR\n");
		return FN_EXIT_USAGE;
	}
	if ((instance = fn_instance_new(argv[1], &error)) == NULL) {
		fprintf(stderr, "fengni: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	url = fn_audit_url(instance->settings);
	return empty(url);
}
