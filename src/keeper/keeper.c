#include "keeper/keeper_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(fn-keeper-error-quark, fn_keeper_error)

static const struct {
	FnKeeperError error;
	const char *code;
} codes[] = {
	{ FN_KEEPER_ERROR_NOT_ALLOWED, "not_allowed" },
	{ FN_KEEPER_ERROR_OPERATION, "unknown_operation" },
	{ FN_KEEPER_ERROR_REQUEST, "bad_request" },
	{ FN_KEEPER_ERROR_CSR, "bad_csr" },
	{ FN_KEEPER_ERROR_DESTROYED, "destroyed" },
	{ FN_KEEPER_ERROR_EXPIRED, "expired" },
};

const char *
fn_keeper_error_code(const GError *error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
		if (g_error_matches(error, FN_KEEPER_ERROR, (int)codes[i].error))
			return codes[i].code;
	return "failed";
}

gboolean
fn_keeper_fail(GError **error, FnKeeperError code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL)
		*error = g_error_new_valist(FN_KEEPER_ERROR, (int)code, format, arguments);
	va_end(arguments);
	return FALSE;
}

gboolean
fn_keeper_openssl_failed(GError **error, FnKeeperError code, const char *doing)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	fn_keeper_fail(error, code, "%s%s%s", doing, reason != NULL ? ": " : "", reason != NULL ? reason : "");
	ERR_clear_error();
	return FALSE;
}

FnPairKind
fn_keeper_kind(FnSuite suite, FnKey key)
{
	switch (key) {
	case FN_KEY_HEAD_GM:
		return FN_PAIR_SM2;
	case FN_KEY_HEAD_INTL:
		return FN_PAIR_ED25519;
	case FN_KEY_GRANT:
		return suite == FN_SUITE_GM ? FN_PAIR_SM2 : FN_PAIR_ED25519;
	case FN_KEY_CA:
		return FN_PAIR_P256;
	case FN_KEY_MASTER:
	case FN_KEYS:
		break;
	}
	g_assert_not_reached();
}

/* ---- the directory ---- */

static int
open_directory(const FnSettings *settings, GError **error)
{
	g_autofree char *path = fn_settings_path(settings, "keeper");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		fn_keeper_fail(error, errno == ENOENT ? FN_KEEPER_ERROR_ABSENT : FN_KEEPER_ERROR_FILE, "%s: %s%s", path,
			g_strerror(errno), errno == ENOENT ? ": make the keys with --create" : "");
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	fn_keeper_fail(error, FN_KEEPER_ERROR_FILE, "%s: another keeper has it open: stop that one first", path);
	close(fd);
	return -1;
}

static gboolean
set_suite(const FnSettings *settings, FnSuite *suite_out, GError **error)
{
	return fn_suite_from_name(fn_settings_text(settings, "suite"), suite_out) ||
		fn_keeper_fail(error, FN_KEEPER_ERROR_SUITE, "fengni.conf: \"suite\" must be gm or intl");
}

/* ---- create ---- */

static FnBundle *
make_bundle(const FnSettings *settings, FnSuite suite, GError **error)
{
	g_autoptr(FnBundle) bundle = fn_bundle_new(suite);
	g_autoptr(EVP_PKEY) pair = NULL;
	g_autoptr(X509) root = NULL;

	fn_pair_generate(FN_PAIR_ED25519, bundle->key[FN_KEY_MASTER]); /* 32 random bytes */
	for (int key = FN_KEY_MASTER + 1; key < FN_KEYS; key++)
		fn_pair_generate(fn_keeper_kind(suite, (FnKey)key), bundle->key[key]);
	if ((pair = fn_pair_load(FN_PAIR_P256, bundle->key[FN_KEY_CA], error)) == NULL ||
	    (root = fn_authority_new(pair, fn_settings_text(settings, "city"), (guint)fn_settings_int(settings, "ca_years"), error)) ==
		    NULL)
		return NULL;
	bundle->certificate = fn_authority_der(root);
	return g_steal_pointer(&bundle);
}

static gboolean
create_in(int fd, const FnSettings *settings, FnSuite suite, const guint8 *secret, GError **error)
{
	gboolean give = geteuid() == 0 && !fn_roles_development();
	uid_t owner = give ? fn_role_uid(FN_ROLE_KEEPER) : (uid_t)-1;
	g_autoptr(FnBundle) bundle = NULL;
	g_autoptr(GBytes) file = NULL;
	guint8 *key;
	struct stat about;

	if (fstatat(fd, "bundle", &about, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_EXISTS, "%s/keeper/bundle exists: its keys are never replaced",
			fn_settings_directory(settings));
	if (fchmod(fd, 0700) != 0 || (give && fchown(fd, owner, (gid_t)owner) != 0))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_FILE, "%s/keeper: %s", fn_settings_directory(settings), g_strerror(errno));
	if ((bundle = make_bundle(settings, suite, error)) == NULL)
		return FALSE;
	key = fn_locked_new(FN_PRIVATE);
	fn_bundle_key(suite, secret, key);
	file = fn_bundle_seal(bundle, key);
	fn_locked_free(key, FN_PRIVATE);
	return fn_bundle_store(fd, file, owner, give ? (gid_t)owner : (gid_t)-1, error);
}

gboolean
fn_keeper_create(const FnSettings *settings, const guint8 secret[FN_KEEPER_SECRET], GError **error)
{
	g_autofree char *path = fn_settings_path(settings, "keeper");
	gboolean created;
	FnSuite suite;
	int fd;

	if (!fn_locked_start(error) || !set_suite(settings, &suite, error))
		return FALSE;
	if (g_mkdir_with_parents(path, 0700) != 0)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_FILE, "%s: %s", path, g_strerror(errno));
	if ((fd = open_directory(settings, error)) < 0)
		return FALSE;
	created = create_in(fd, settings, suite, secret, error);
	close(fd);
	return created;
}

/* ---- open ---- */

static gboolean
load_bundle(FnKeeper *keeper, const guint8 *secret, GError **error)
{
	g_autoptr(GBytes) file = fn_bundle_load(keeper->directory, error);
	const guint8 *bytes;
	FnSuite suite;
	gsize size;

	if (file == NULL)
		return FALSE;
	bytes = g_bytes_get_data(file, &size);
	if (!fn_bundle_suite(bytes, size, &suite, error))
		return FALSE;
	if (suite != keeper->suite)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_SUITE,
			"the bundle is of suite %s, fengni.conf says %s: an instance keeps the suite it was made with", fn_suite_name(suite),
			fn_suite_name(keeper->suite));
	fn_bundle_key(suite, secret, keeper->file_key);
	keeper->bundle = fn_bundle_open(bytes, size, keeper->file_key, error);
	return keeper->bundle != NULL;
}

EVP_PKEY *
fn_keeper_pair(const FnKeeper *keeper, FnKey key, GError **error)
{
	return fn_pair_load(fn_keeper_kind(keeper->suite, key), keeper->bundle->key[key], error);
}

static gboolean
load_pairs(FnKeeper *keeper, GError **error)
{
	for (int key = FN_KEY_MASTER + 1; key < FN_KEYS; key++) {
		g_autoptr(EVP_PKEY) pair = fn_keeper_pair(keeper, (FnKey)key, error);

		if (pair == NULL)
			return FALSE;
		if (key == FN_KEY_CA)
			keeper->authority = fn_authority_load(keeper->bundle->certificate, pair, error);
		else
			keeper->public[key] = fn_pair_public(fn_keeper_kind(keeper->suite, (FnKey)key), pair);
	}
	return keeper->authority != NULL;
}

FnKeeper *
fn_keeper_open(const FnSettings *settings, const guint8 secret[FN_KEEPER_SECRET], GError **error)
{
	g_autoptr(FnKeeper) keeper = NULL;
	FnSuite suite;

	if (!fn_locked_start(error) || !set_suite(settings, &suite, error))
		return NULL;
	keeper = g_new0(FnKeeper, 1);
	keeper->suite = suite;
	keeper->directory = -1;
	keeper->file_key = fn_locked_new(FN_PRIVATE);
	keeper->lease_seconds = fn_settings_int(settings, "lease_seconds");
	keeper->certificate_days = fn_settings_int(settings, "certificate_days");
	keeper->development = fn_roles_development();
	if ((keeper->directory = open_directory(settings, error)) < 0 || !load_bundle(keeper, secret, error) ||
	    !load_pairs(keeper, error))
		return NULL;
	return g_steal_pointer(&keeper);
}

void
fn_keeper_free(FnKeeper *keeper)
{
	if (keeper == NULL)
		return;
	for (int key = 0; key < FN_KEYS; key++)
		g_free(keeper->public[key]);
	X509_free(keeper->authority);
	fn_bundle_free(keeper->bundle);
	fn_locked_free(keeper->file_key, FN_PRIVATE);
	if (keeper->directory >= 0)
		close(keeper->directory);
	g_free(keeper);
}

/* ---- contexts ---- */

gboolean
fn_keeper_derive(const FnKeeper *keeper, const char *purpose, const char *context, guint8 key_out[32], GError **error)
{
	g_autoptr(GBytes) mark = fn_bundle_context(purpose, context);
	g_autofree char *upper = g_strconcat("fengni/v1/key-encryption/", purpose, NULL);
	g_autofree char *lower = g_strconcat("fengni/v1/context/", context, NULL);
	guint8 *middle;

	if (g_hash_table_contains(keeper->bundle->destroyed, mark))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_DESTROYED, "the key of this context was destroyed");
	middle = fn_locked_new(32);
	fn_hkdf(keeper->suite, keeper->bundle->key[FN_KEY_MASTER], FN_PRIVATE, upper, middle, 32);
	fn_hkdf(keeper->suite, middle, 32, lower, key_out, 32);
	fn_locked_free(middle, 32);
	return TRUE;
}

/* A context that is on the list stays on it even when the file cannot be written: what was to be destroyed is not leased
 * again. The caller is told, and asking again writes again. */
gboolean
fn_keeper_forget(FnKeeper *keeper, const char *purpose, const char *context, GError **error)
{
	g_autoptr(GBytes) file = NULL;

	keeper->dirty |= g_hash_table_add(keeper->bundle->destroyed, fn_bundle_context(purpose, context));
	if (!keeper->dirty)
		return TRUE;
	file = fn_bundle_seal(keeper->bundle, keeper->file_key);
	if (!fn_bundle_store(keeper->directory, file, (uid_t)-1, (gid_t)-1, error)) {
		g_prefix_error(error, "the context is refused from now on, but not yet durably: ask again: ");
		return FALSE;
	}
	keeper->dirty = FALSE;
	return TRUE;
}
