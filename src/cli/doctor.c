/* `fengni doctor DIR`: looks at everything an instance stands on and says in words what is wrong and what to do. */
#include "base/json.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "catalog/activation.h"
#include "cli/init.h"
#include "cli/daemons.h"
#include "cli/upgrade.h"
#include "store/store.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>

typedef struct {
	const FnInstance *instance;
	guint wrong;
} Visit;

static void
report(Visit *visit, gboolean good, const char *what, const char *detail)
{
	printf("%s %s%s%s\n", good ? "ok  " : fn_say("BAD "), what, detail != NULL ? ": " : "", detail != NULL ? detail : "");
	visit->wrong += !good;
}

static void
look_at_registry(Visit *visit)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = fn_db_open_existing(visit->instance->registry, &error);

	gboolean good = db != NULL && fn_upgrade_is_done(visit->instance, &error);

	report(visit, good, fn_say("registry"), error != NULL ? error->message : NULL);
}

static void
look_at_daemons(Visit *visit)
{
	static const FnRole roles[] = { FN_ROLE_KEEPER, FN_ROLE_LEDGER, FN_ROLE_INSPECT, FN_ROLE_CLOCK };

	for (gsize i = 0; i < G_N_ELEMENTS(roles); i++) {
		g_autofree char *path = fn_role_socket(visit->instance->settings, roles[i]);
		g_autoptr(FnIpcClient) client = fn_ipc_client_new(path, roles[i]);
		g_autoptr(GError) error = NULL;
		/* Any answer, even a refusal, says that it lives. */
		g_autoptr(GBytes) reply = fn_ipc_call(client, G_MAXUINT32, "{}", 2, 2000, &error);
		gboolean lives = reply != NULL || g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_REFUSED);

		report(visit, lives, fn_role_name(roles[i]), lives ? NULL : fn_say("does not answer; start the instance with `fengni run DIR` and look into DIR/log"));
	}
}

static void
look_at_certificate(Visit *visit, const char *name)
{
	g_autofree char *path = g_build_filename(fn_settings_directory(visit->instance->settings), "door", name, NULL);
	BIO *bio = BIO_new_file(path, "r");
	X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	g_autofree char *detail = NULL;
	int days = 0, seconds;

	if (certificate == NULL)
		detail = g_strdup_printf(fn_say("%s cannot be read as a certificate; put it back from a backup or make the door's anew"), path);
	else if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1 || days < 0)
		detail = g_strdup_printf(fn_say("%s has expired: renew it"), path);
	else
		detail = g_strdup_printf(fn_say("%d days left"), days);
	report(visit, certificate != NULL && days > 0, name, detail);
	X509_free(certificate);
	BIO_free(bio);
}

/* It must be a key, and the certificate's. */
static void
look_at_door_key(Visit *visit)
{
	g_autofree char *path = fn_settings_path(visit->instance->settings, "door/server.key");
	g_autofree char *certificate_path = fn_settings_path(visit->instance->settings, "door/server.crt");
	BIO *bio = BIO_new_file(path, "r"), *certificate_bio = BIO_new_file(certificate_path, "r");
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	X509 *certificate = certificate_bio != NULL ? PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL) : NULL;
	g_autofree char *detail = NULL;

	if (key == NULL)
		detail = g_strdup_printf(fn_say("%s cannot be read as a private key; put it back from a backup or make the door's anew"), path);
	else if (certificate != NULL && X509_check_private_key(certificate, key) != 1)
		detail = g_strdup_printf(fn_say("%s is not the key of the certificate beside it; put both back from one backup"), path);
	report(visit, detail == NULL, "server.key", detail);
	EVP_PKEY_free(key);
	X509_free(certificate);
	BIO_free(bio);
	BIO_free(certificate_bio);
}

static void
look_at_disk(Visit *visit)
{
	const char *directory = fn_settings_directory(visit->instance->settings);
	gint64 reserve = fn_settings_int(visit->instance->settings, "ledger_reserve");
	g_autofree char *detail = NULL;
	struct statvfs about;
	gint64 free_bytes;

	if (statvfs(directory, &about) != 0) {
		report(visit, FALSE, fn_say("disk"), directory);
		return;
	}
	free_bytes = (gint64)about.f_bavail * (gint64)about.f_frsize;
	detail = g_strdup_printf(fn_say("%d MiB free, the ledger keeps %d MiB in reserve"), (int)(free_bytes >> 20), (int)(reserve >> 20));
	report(visit, free_bytes > 2 * reserve, fn_say("disk"), detail);
}

static void
look_at_witness(Visit *visit, const json_t *witness)
{
	const char *name = json_string_value(json_object_get(witness, "name")), *state = json_string_value(json_object_get(witness, "state"));
	const char *since = json_string_value(json_object_get(witness, "since")), *why = json_string_value(json_object_get(witness, "why"));
	gboolean well = g_strcmp0(state, "current") == 0 || g_strcmp0(state, "new") == 0;
	g_autofree char *what = g_strdup_printf(fn_say("witness %s"), name);
	g_autofree char *detail = well ? g_strdup(state) : g_strdup_printf(fn_say("%s, %lld entries behind, since %s: %s"), state,
		(long long)json_integer_value(json_object_get(witness, "behind")), since, why);

	report(visit, well, what, detail);
}

/* Nobody outside: nothing to say. A clock that does not answer was told already. */
static void
look_at_witnesses(Visit *visit)
{
	g_autofree char *path = fn_role_socket(visit->instance->settings, FN_ROLE_CLOCK);
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(path, FN_ROLE_CLOCK);
	g_autoptr(GBytes) reply = fn_ipc_call(client, FN_CLOCK_OP_WITNESSES, NULL, 0, 2000, NULL);
	json_t *status = reply != NULL ? fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), NULL) : NULL;
	const json_t *stamp = json_object_get(status, "timestamp"), *witness;
	size_t i;

	json_array_foreach(json_object_get(status, "witnesses"), i, witness)
		look_at_witness(visit, witness);
	if (stamp != NULL)
		report(visit, json_object_get(stamp, "why") == NULL, fn_say("time stamps"), json_string_value(json_object_get(stamp, "why")));
	json_decref(status);
}

static void
look_at_unseal_secret(Visit *visit)
{
	g_autofree char *path = fn_init_unseal_path(visit->instance->settings);
	gboolean there = g_file_test(path, G_FILE_TEST_IS_REGULAR);

	report(visit, TRUE, fn_say("unseal secret"),
		there ? fn_say("lies beside the instance; on a real system hand it in as a systemd credential and take it off the disk") : fn_say("not on this disk"));
}

int
fn_doctor_command(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnInstance) instance = NULL;
	Visit visit = { 0 };

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, fn_say("usage: %s"), "fengni doctor DIR\n");
		return FN_EXIT_USAGE;
	}
	instance = fn_instance_new(argv[1], &error);
	visit.instance = instance;
	report(&visit, instance != NULL, fn_say("settings and rules"), error != NULL ? error->message : NULL);
	if (instance == NULL)
		return FN_EXIT_NO;
	look_at_registry(&visit);
	look_at_daemons(&visit);
	look_at_witnesses(&visit);
	look_at_certificate(&visit, "server.crt");
	look_at_certificate(&visit, "ca.crt");
	look_at_door_key(&visit);
	look_at_disk(&visit);
	look_at_unseal_secret(&visit);
	return visit.wrong == 0 ? FN_EXIT_OK : FN_EXIT_NO;
}
