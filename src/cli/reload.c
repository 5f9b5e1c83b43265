#include "cli/reload.h"

#include "base/program.h"
#include "base/say.h"
#include "catalog/catalog.h"
#include "instance/instance.h"
#include "scan/scan.h"
#include "work/in_force.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Who goes by the rules, and where each listens below run/. */
static const struct {
	const char *program, *socket;
} readers[] = { { "fengni-inspect", "inspect/inspect.sock" }, { "fengni-clock", "clock/clock.sock" }, { "fengni-gate", "gate/console.sock" } };

/* Before anybody is asked: the files are sound, and no open case would be stranded. */
static gboolean
try_rules(const FnInstance *instance, char **digest_out, GError **error)
{
	g_autoptr(FnInForce) in_force = NULL;
	g_autoptr(FnDb) db = NULL;
	FnRules *rules = fn_instance_read_rules(instance, error);

	if (rules == NULL || !fn_scan_check_rules(rules, error)) {
		fn_rules_free(rules);
		return FALSE;
	}
	*digest_out = g_strdup(fn_rules_digest(rules));
	if ((in_force = fn_in_force_new(rules, fn_catalog_effects, error)) == NULL ||
		(db = fn_db_open_existing(instance->registry, error)) == NULL || (rules = fn_instance_read_rules(instance, error)) == NULL)
		return FALSE;
	return fn_in_force_replace(in_force, rules, db, error);
}

static gboolean
ask(const FnInstance *instance)
{
	gboolean asked = TRUE;

	for (gsize i = 0; i < G_N_ELEMENTS(readers); i++) {
		g_autofree char *path = g_build_filename(fn_settings_directory(instance->settings), "run", readers[i].socket, NULL);
		pid_t pid = fn_socket_listener(path);

		if (pid > 0 && kill(pid, SIGHUP) == 0)
			continue;
		fprintf(stderr, fn_say("%s: %s; is the instance running? Start it with `fengni run DIR`"), readers[i].program, g_strerror(errno));
		fputc('\n', stderr);
		asked = FALSE;
	}
	return asked;
}

int
fn_rules_reload_command(int argc, char **argv)
{
	g_autoptr(FnInstance) instance = NULL;
	g_autofree char *digest = NULL;
	g_autoptr(GError) error = NULL;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, fn_say("usage: %s"), "fengni rules reload DIR\n");
		return FN_EXIT_USAGE;
	}
	if ((instance = fn_instance_new(argv[1], &error)) == NULL || !try_rules(instance, &digest, &error)) {
		fprintf(stderr, "%s: %s\n", fn_say("the rules in force stay"), error->message);
		return instance == NULL && error->domain != FN_RULES_ERROR ? FN_EXIT_ENVIRONMENT : FN_EXIT_NO;
	}
	if (!ask(instance))
		return FN_EXIT_ENVIRONMENT;
	printf("%s: %.16s…\n", fn_say("gate, clock and inspection were asked to read the rules again; `fengni status` shows the digest in force"), digest);
	return FN_EXIT_OK;
}
