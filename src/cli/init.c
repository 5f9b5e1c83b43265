#include "cli/init.h"

#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/certificate.h"
#include "cli/daemons.h"
#include "cli/upgrade.h"
#include "crypto/keeper_client.h"
#include "http/door.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static G_DEFINE_QUARK(fn-init-error-quark, fn_init_error)

/* The directories of an instance, whose they are and who may enter. */
static const struct {
	const char *path;
	FnRole owner;
	mode_t mode;
	gboolean registry_group;
} layout[] = {
	{ "", FN_ROLE_ADMIN, 0755, FALSE },
	{ "run", FN_ROLE_ADMIN, 0755, FALSE },
	{ "run/gate", FN_ROLE_GATE, 0755, FALSE },
	{ "run/keeper", FN_ROLE_KEEPER, 0755, FALSE },
	{ "run/ledger", FN_ROLE_LEDGER, 0755, FALSE },
	{ "run/inspect", FN_ROLE_INSPECT, 0755, FALSE },
	{ "run/clock", FN_ROLE_CLOCK, 0755, FALSE },
	{ "keeper", FN_ROLE_KEEPER, 0700, FALSE },
	{ "ledger", FN_ROLE_LEDGER, 0755, FALSE },
	{ "gate", FN_ROLE_GATE, 0700, FALSE },
	{ "registry", FN_ROLE_GATE, 02770, TRUE },
	{ "audit", FN_ROLE_CLOCK, 02770, TRUE },
	{ "sources", FN_ROLE_GATE, 0750, FALSE },
	{ "door", FN_ROLE_DOOR, 0755, FALSE },
	{ "log", FN_ROLE_ADMIN, 0755, FALSE },
	{ "rules", FN_ROLE_ADMIN, 0755, FALSE }, /* the city's own: there from the first, so that programs which shut themselves in may read it */
};

static gboolean
fail(GError **error, const char *path)
{
	int why = errno;

	g_set_error(error, fn_init_error_quark(), why, "%s: %s", path, g_strerror(why));
	return FALSE;
}

static gboolean
is_empty(const char *directory, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

	if (dir == NULL || g_dir_read_name(dir) == NULL)
		return TRUE;
	g_set_error(error, fn_init_error_quark(), 0, fn_say("%s is not empty: choose a new directory"), directory);
	return FALSE;
}

static gboolean
make_directories(const char *directory, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(layout); i++) {
		g_autofree char *path = g_build_filename(directory, layout[i].path, NULL);
		uid_t uid = fn_role_uid(layout[i].owner);
		gid_t gid = layout[i].registry_group ? fn_role_registry_gid() : (gid_t)uid;

		if (g_mkdir_with_parents(path, 0755) != 0)
			return fail(error, path);
		/* Only root can give away; in development everything is the caller's. */
		if (geteuid() == 0 && chown(path, uid, gid) != 0)
			return fail(error, path);
		if (chmod(path, layout[i].mode) != 0)
			return fail(error, path);
	}
	return TRUE;
}

static gboolean
write_settings(const FnInitOptions *options, GError **error)
{
	g_autofree char *path = g_build_filename(options->directory, "fengni.conf", NULL);
	g_autofree char *about = fn_settings_describe();
	g_autofree char *text = g_strdup_printf("%scity = %s\n%s", about, options->city, options->settings != NULL ? options->settings : "");

	return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

char *
fn_init_unseal_path(const FnSettings *settings)
{
	return fn_settings_path(settings, "unseal.key");
}

static gboolean
write_unseal_secret(const FnSettings *settings, GError **error)
{
	g_autofree char *path = fn_init_unseal_path(settings);
	guint8 secret[32];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	gboolean written;

	if (fd < 0)
		return fail(error, path);
	fn_random(secret, sizeof(secret));
	written = write(fd, secret, sizeof(secret)) == (ssize_t)sizeof(secret) && fsync(fd) == 0;
	explicit_bzero(secret, sizeof(secret));
	close(fd);
	return written || fail(error, path);
}

static gboolean
first_entry(FnIpcClient *ledger, const FnInitOptions *options, const char *suite, GError **error)
{
	g_autoptr(GString) body = g_string_new(NULL);
	FnJson json = fn_json_to(body);

	fn_json_begin_object(&json);
	fn_json_member(&json, "city", options->city);
	fn_json_member(&json, "event", "instance.born");
	fn_json_member(&json, "suite", suite);
	fn_json_member_bool(&json, "throw_away", options->throw_away);
	fn_json_member(&json, "version", FN_VERSION);
	fn_json_end_object(&json);
	return fn_ledger_append_wait(ledger, FN_CLASS_PERMANENT, body->str, body->len, NULL, error);
}

static gboolean
add_administrators(FnDb *db, const FnInitOptions *options, GError **error)
{
	static const struct {
		const char *login, *name;
	} administrators[] = { { "system_admin", "系统管理员" }, { "security_admin", "安全管理员" }, { "auditor", "审计管理员" } };

	if (!fn_people_add_organization(db, options->bureau_id, options->bureau_name, "bureau", options->region, NULL, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(administrators); i++) {
		g_autofree char *id = fn_people_add_account(db, options->bureau_id, administrators[i].login, administrators[i].name,
			options->password, error);

		if (id == NULL || !fn_people_set_office(db, id, administrators[i].login, TRUE, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
fill_registry(const FnInstance *instance, const FnInitOptions *options, GError **error)
{
	g_autoptr(FnDb) db = NULL;

	if (!fn_upgrade_registry(instance, NULL, error) || (db = fn_db_open(instance->registry, error)) == NULL ||
		!fn_db_begin(db, error))
		return FALSE;
	if (!add_administrators(db, options, error) || !fn_db_commit(db, error)) {
		fn_db_rollback(db);
		return FALSE;
	}
	return TRUE;
}

/* The door's key and certificate, and the CA certificate beside them. */
static gboolean
make_door(const FnInstance *instance, FnIpcClient *keeper, GError **error)
{
	const char *name = fn_settings_text(instance->settings, "door_name");
	g_autofree char *key = fn_settings_path(instance->settings, "door/server.key");
	g_autofree char *certificate = fn_settings_path(instance->settings, "door/server.crt");
	g_autofree char *ca = fn_settings_path(instance->settings, "door/ca.crt");
	g_autofree char *csr = fn_certificate_request(key, error), *pem = NULL, *ca_pem = NULL, *request = NULL;
	json_t *wanted;

	if (csr == NULL)
		return FALSE;
	wanted = json_pack("{s:{s:s, s:s}, s:i, s:s, s:[s,s]}", "subject", "CN", name, "O", fn_settings_text(instance->settings, "city"),
		"days", 365, "usage", "server", "dns", name, fn_settings_text(instance->settings, "door_host"));
	request = fn_json_canonical(wanted);
	json_decref(wanted);
	if ((pem = fn_keeper_issue(keeper, csr, request, error)) == NULL || (ca_pem = fn_keeper_public(keeper, "ca", error)) == NULL)
		return FALSE;
	if (geteuid() == 0 && chown(key, fn_role_uid(FN_ROLE_DOOR), fn_role_uid(FN_ROLE_DOOR)) != 0)
		return fail(error, key);
	return g_file_set_contents_full(certificate, pem, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error) &&
		g_file_set_contents_full(ca, ca_pem, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

static gboolean
with_daemons(const FnInstance *instance, const FnInitOptions *options, GError **error)
{
	g_autoptr(FnDaemons) daemons = fn_daemons_start(instance->settings, FN_DAEMONS_VAULT, error);
	g_autoptr(FnIpcClient) keeper = NULL, ledger = NULL;

	if (daemons == NULL)
		return FALSE;
	keeper = fn_instance_client(instance, FN_ROLE_KEEPER);
	ledger = fn_instance_client(instance, FN_ROLE_LEDGER);
	return first_entry(ledger, options, fn_settings_text(instance->settings, "suite"), error) && make_door(instance, keeper, error);
}

/* nginx.conf comes last, when the daemons have ended and the passwords were told: with it the instance is whole, and without
 * it `fengni run` refuses. */
static gboolean
seal(const FnInstance *instance, const FnInitOptions *options, GError **error)
{
	if (options->tell != NULL)
		options->tell(options);
	return fn_door_write(instance->settings, options->bench_page, error);
}

static gboolean
make(const FnInitOptions *options, GError **error)
{
	g_autoptr(FnInstance) instance = NULL;

	if (g_mkdir_with_parents(options->directory, 0755) != 0)
		return fail(error, options->directory);
	if (!write_settings(options, error) || (options->prepare != NULL && !options->prepare(options->directory, error)) ||
		(instance = fn_instance_new(options->directory, error)) == NULL)
		return FALSE;
	return make_directories(options->directory, error) && write_unseal_secret(instance->settings, error) &&
		fn_daemons_create_keys(instance->settings, error) && fill_registry(instance, options, error) &&
		fn_upgrade_share(instance->settings, error) && with_daemons(instance, options, error) && seal(instance, options, error);
}

/* What a failed start made is of no use to anyone and would stand in the way of the next try. */
void
fn_init_remove(const char *path)
{
	g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		fn_init_remove(below);
	}
	g_remove(path);
}

gboolean
fn_init(const FnInitOptions *options, GError **error)
{
	if (!is_empty(options->directory, error))
		return FALSE;
	if (make(options, error))
		return TRUE;
	fn_init_remove(options->directory);
	return FALSE;
}

/* ---- the command ---- */

static void
tell_password(const FnInitOptions *options)
{
	printf(fn_say("Administrators: system_admin, security_admin, auditor; first password of each (change it): %s\n"), options->password);
	fflush(stdout);
}

/* Shown once; the administrators change it at their first login. */
static char *
first_password(void)
{
	guint8 random[12];
	g_autofree char *text = NULL;

	fn_random(random, sizeof(random));
	text = fn_hex(random, sizeof(random));
	return g_strdup_printf("Fn-%s", text);
}

int
fn_init_command(int argc, char **argv)
{
	g_autofree char *city = NULL, *id = NULL, *name = NULL, *region = NULL, *settings = NULL, *text = NULL, *password = first_password();
	gboolean throw_away = FALSE;
	const GOptionEntry entries[] = { { "city", 0, 0, G_OPTION_ARG_STRING, &city, fn_say("name of the city"), "NAME" },
		{ "bureau-id", 0, 0, G_OPTION_ARG_STRING, &id, fn_say("unified social credit code of the data bureau"), "CODE" },
		{ "bureau-name", 0, 0, G_OPTION_ARG_STRING, &name, fn_say("its name"), "NAME" },
		{ "region", 0, 0, G_OPTION_ARG_STRING, &region, fn_say("administrative division, six digits"), "CODE" },
		{ "settings", 0, 0, G_OPTION_ARG_FILENAME, &settings, fn_say("lines for fengni.conf"), "FILE" },
		{ "throw-away", 0, 0, G_OPTION_ARG_NONE, &throw_away, fn_say("for tests: says so in the first ledger entry, allows a test clock"), NULL }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new("DIR");
	g_autoptr(GError) error = NULL;
	FnInitOptions options;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2 || city == NULL || id == NULL || name == NULL || region == NULL) {
		fprintf(stderr, fn_say("usage: %s"), "fengni init DIR --city NAME --bureau-id CODE --bureau-name NAME --region NNNNNN\n");
		return FN_EXIT_USAGE;
	}
	options = (FnInitOptions){ .directory = argv[1], .city = city, .bureau_id = id, .bureau_name = name, .region = region,
		.password = password, .tell = tell_password, .throw_away = throw_away };
	if (settings != NULL && !g_file_get_contents(settings, &text, NULL, &error))
		fn_program_fail(settings, error);
	options.settings = text;
	if (!fn_init(&options, &error)) {
		fprintf(stderr, "fengni init: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	printf(fn_say("%s is made. Start it: fengni run %s\n"), argv[1], argv[1]);
	explicit_bzero(password, strlen(password));
	return FN_EXIT_OK;
}
