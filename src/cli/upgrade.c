#include "cli/upgrade.h"

#include "base/program.h"
#include "base/say.h"
#include "catalog_sql.h"
#include "cli/daemons.h"
#include "ipc/ipc.h"
#include "intake_sql.h"
#include "notify_sql.h"
#include "oversight_sql.h"
#include "people_sql.h"
#include "register_sql.h"
#include "share_sql.h"
#include "store/store.h"
#include "watch_sql.h"
#include "work_sql.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static G_DEFINE_QUARK(fn-upgrade-error-quark, fn_upgrade_error)

/* All that keep tables in the registry; a room that others refer to first. */
static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_work_migrations, fn_sql_catalog_migrations, fn_sql_share_migrations,
	fn_sql_notify_migrations, fn_sql_watch_migrations, fn_sql_oversight_migrations, fn_sql_register_migrations, fn_sql_intake_migrations, NULL };

static gboolean
fail(GError **error, const char *path)
{
	int why = errno;

	g_set_error(error, fn_upgrade_error_quark(), why, "%s: %s", path, g_strerror(why));
	return FALSE;
}

/* An empty one, which has no list of its versions yet, lacks everything. */
gboolean
fn_upgrade_registry(const FnInstance *instance, char **done_out, GError **error)
{
	g_autoptr(FnDb) db = fn_db_open(instance->registry, error);
	g_autofree char *due = NULL;

	if (db == NULL || (done_out != NULL && (due = fn_db_migrations_due(db, rooms, error)) == NULL) || !fn_db_migrate(db, rooms, error))
		return FALSE;
	if (done_out != NULL)
		*done_out = g_steal_pointer(&due);
	return TRUE;
}

gboolean
fn_upgrade_is_done(const FnInstance *instance, GError **error)
{
	g_autoptr(FnDb) db = fn_db_open_existing(instance->registry, error);
	g_autofree char *due = db != NULL ? fn_db_migrations_due(db, rooms, error) : NULL;

	if (due == NULL || *due == '\0')
		return due != NULL;
	g_set_error(error, fn_upgrade_error_quark(), 0,
		fn_say("the registry was made by an earlier program and lacks: %s; make a backup, stop the instance and run `fengni upgrade %s`"), due,
		fn_settings_directory(instance->settings));
	return FALSE;
}

/* The registry's file is made by us; the programs that share it are of one group. */
gboolean
fn_upgrade_share(const FnSettings *settings, GError **error)
{
	g_autofree char *directory = fn_settings_path(settings, "registry");
	g_autoptr(GDir) dir = g_dir_open(directory, 0, error);
	const char *name;

	if (dir == NULL)
		return FALSE;
	while (geteuid() == 0 && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(directory, name, NULL);

		if (chown(path, fn_role_uid(FN_ROLE_GATE), fn_role_registry_gid()) != 0 || chmod(path, 0660) != 0)
			return fail(error, path);
	}
	return TRUE;
}

/* ---- the command ---- */

/* Those that another supervisor than `fengni run` started hold no lock; they are known by their sockets. */
static gboolean
is_still(const FnSettings *settings, GError **error)
{
	static const FnRole roles[] = { FN_ROLE_KEEPER, FN_ROLE_LEDGER, FN_ROLE_INSPECT, FN_ROLE_CLOCK };

	for (gsize i = 0; i < G_N_ELEMENTS(roles); i++) {
		g_autofree char *path = fn_role_socket(settings, roles[i]);
		pid_t pid = fn_socket_listener(path);

		if (pid <= 0)
			continue;
		g_set_error(error, fn_upgrade_error_quark(), 0, fn_say("fengni-%s runs as process %d; stop the instance first"), fn_role_name(roles[i]), (int)pid);
		return FALSE;
	}
	return TRUE;
}

gboolean
fn_upgrade_own_rules(const FnSettings *settings, GError **error)
{
	g_autofree char *path = fn_settings_path(settings, "rules");

	return g_mkdir_with_parents(path, 0755) == 0 || fail(error, path);
}

static gboolean
upgrade(const FnInstance *instance, char **done_out, GError **error)
{
	int lock = fn_daemons_lock(instance->settings, error);
	g_autoptr(FnDb) db = NULL;
	gboolean done;

	if (lock < 0)
		return FALSE;
	done = is_still(instance->settings, error) && (db = fn_db_open_existing(instance->registry, error)) != NULL &&
		fn_upgrade_registry(instance, done_out, error) && fn_upgrade_share(instance->settings, error) && fn_upgrade_own_rules(instance->settings, error);
	close(lock);
	return done;
}

int
fn_upgrade_command(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnInstance) instance = NULL;
	g_autofree char *done = NULL;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, fn_say("usage: %s"), "fengni upgrade DIR\n");
		return FN_EXIT_USAGE;
	}
	if ((instance = fn_instance_new(argv[1], &error)) == NULL || !upgrade(instance, &done, &error)) {
		fprintf(stderr, "fengni upgrade: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	if (*done == '\0')
		puts(fn_say("the registry is up to date; nothing was changed"));
	else
		printf(fn_say("the registry is up to date; done: %s\n"), done);
	return FN_EXIT_OK;
}
