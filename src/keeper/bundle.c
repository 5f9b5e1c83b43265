/* The file, all numbers big endian:
 *
 *   8 "FNKEEPER"   1 version (1)   1 suite   2 zero   32 SHA-256 of these twelve bytes and the rest   the rest: sealed content
 *   content: 5 × 32 keys   u32 size, certificate   u32 count, count × 32 destroyed contexts in rising order
 *
 * The digest tells damage from a wrong secret; what guards against a forger is the seal. */
#include "keeper/keeper_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME      "bundle"
#define TEMPORARY "bundle.new"

enum { MARK = 12, HEAD = MARK + FN_DIGEST_SIZE, CERTIFICATE_MAX = 8192, FILE_MAX = 64 << 20 };

static const char magic[] = "FNKEEPER";

FnBundle *
fn_bundle_new(FnSuite suite)
{
	FnBundle *bundle = g_new0(FnBundle, 1);

	bundle->suite = suite;
	bundle->key = fn_locked_new(FN_KEYS * FN_PRIVATE);
	bundle->destroyed = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
	return bundle;
}

void
fn_bundle_free(FnBundle *bundle)
{
	if (bundle == NULL)
		return;
	fn_locked_free(bundle->key, FN_KEYS * FN_PRIVATE);
	g_clear_pointer(&bundle->certificate, g_bytes_unref);
	g_hash_table_unref(bundle->destroyed);
	g_free(bundle);
}

GBytes *
fn_bundle_context(const char *purpose, const char *context)
{
	g_autofree char *text = g_strconcat(purpose, "\n", context, NULL);
	guint8 digest[FN_DIGEST_SIZE];

	fn_sha256(text, strlen(text), digest);
	return g_bytes_new(digest, sizeof digest);
}

void
fn_bundle_key(FnSuite suite, const guint8 secret[FN_KEEPER_SECRET], guint8 *key_out)
{
	fn_hkdf(suite, secret, FN_KEEPER_SECRET, "fengni/v1/keeper/bundle", key_out, FN_PRIVATE);
}

/* ---- content ---- */

static void
put_u32(GByteArray *to, gsize value)
{
	guint32 number = GUINT32_TO_BE((guint32)value);

	g_byte_array_append(to, (const guint8 *)&number, sizeof number);
}

static int
compare(gconstpointer a, gconstpointer b)
{
	return g_bytes_compare(*(GBytes *const *)a, *(GBytes *const *)b);
}

static void
put_destroyed(GByteArray *to, GHashTable *destroyed)
{
	g_autoptr(GPtrArray) sorted = g_ptr_array_new();
	GHashTableIter at;
	gpointer mark;

	g_hash_table_iter_init(&at, destroyed);
	while (g_hash_table_iter_next(&at, &mark, NULL))
		g_ptr_array_add(sorted, mark);
	g_ptr_array_sort(sorted, compare);
	put_u32(to, sorted->len);
	for (guint i = 0; i < sorted->len; i++)
		g_byte_array_append(to, g_bytes_get_data(sorted->pdata[i], NULL), FN_DIGEST_SIZE);
}

/* Of the mark and of what follows the digest's own place. */
static void
digest_file(const guint8 *file, gsize size, guint8 digest_out[FN_DIGEST_SIZE])
{
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_INTL);

	fn_digest_add(digest, file, MARK);
	fn_digest_add(digest, file + HEAD, size - HEAD);
	fn_digest_peek(digest, digest_out);
}

GBytes *
fn_bundle_seal(const FnBundle *bundle, const guint8 *key)
{
	gsize room = FN_KEYS * FN_PRIVATE + 8 + g_bytes_get_size(bundle->certificate) +
		(gsize)g_hash_table_size(bundle->destroyed) * FN_DIGEST_SIZE;
	/* All the room at once: growing would leave copies of keys behind. */
	g_autoptr(GByteArray) content = g_byte_array_sized_new((guint)room);
	g_autofree guint8 *sealed = NULL;
	GByteArray *file = g_byte_array_new();
	guint8 head[HEAD] = { 0 };
	gsize size;

	g_byte_array_append(content, bundle->key[0], FN_KEYS * FN_PRIVATE);
	put_u32(content, g_bytes_get_size(bundle->certificate));
	g_byte_array_append(content, g_bytes_get_data(bundle->certificate, NULL), (guint)g_bytes_get_size(bundle->certificate));
	put_destroyed(content, bundle->destroyed);
	g_assert(content->len == room);
	sealed = fn_seal(bundle->suite, key, "fengni/v1/keeper/bundle", content->data, content->len, &size);
	explicit_bzero(content->data, content->len);

	memcpy(head, magic, 8);
	head[8] = 1;
	head[9] = (guint8)bundle->suite;
	g_byte_array_append(file, head, HEAD);
	g_byte_array_append(file, sealed, (guint)size);
	digest_file(file->data, file->len, file->data + MARK);
	return g_byte_array_free_to_bytes(file);
}

typedef struct {
	const guint8 *at;
	gsize left;
} Cursor;

static const guint8 *
take(Cursor *cursor, gsize size)
{
	const guint8 *here = cursor->at;

	if (cursor->left < size)
		return NULL;
	cursor->at += size;
	cursor->left -= size;
	return here;
}

static gboolean
take_u32(Cursor *cursor, guint32 *value_out)
{
	const guint8 *bytes = take(cursor, 4);

	if (bytes == NULL)
		return FALSE;
	*value_out = (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
	return TRUE;
}

static gboolean
take_destroyed(Cursor *cursor, GHashTable *destroyed)
{
	const guint8 *mark, *before = NULL;
	guint32 count;

	if (!take_u32(cursor, &count) || cursor->left != (gsize)count * FN_DIGEST_SIZE)
		return FALSE;
	for (; (mark = take(cursor, FN_DIGEST_SIZE)) != NULL; before = mark) {
		if (before != NULL && memcmp(before, mark, FN_DIGEST_SIZE) >= 0)
			return FALSE;
		g_hash_table_add(destroyed, g_bytes_new(mark, FN_DIGEST_SIZE));
		if (cursor->left == 0)
			break;
	}
	return TRUE;
}

FnBundle *
fn_bundle_parse(FnSuite suite, const guint8 *content, gsize size, GError **error)
{
	g_autoptr(FnBundle) bundle = fn_bundle_new(suite);
	Cursor cursor = { content, size };
	const guint8 *keys = take(&cursor, FN_KEYS * FN_PRIVATE);
	const guint8 *certificate = NULL;
	guint32 certificate_size;

	if (keys != NULL)
		memcpy(bundle->key, keys, FN_KEYS * FN_PRIVATE);
	if (keys == NULL || !take_u32(&cursor, &certificate_size) || certificate_size > CERTIFICATE_MAX ||
	    (certificate = take(&cursor, certificate_size)) == NULL || !take_destroyed(&cursor, bundle->destroyed)) {
		fn_keeper_fail(error, FN_KEEPER_ERROR_DAMAGED, NAME ": its content has not the form of version 1");
		return NULL;
	}
	bundle->certificate = g_bytes_new(certificate, certificate_size);
	return g_steal_pointer(&bundle);
}

/* ---- seal ---- */

gboolean
fn_bundle_suite(const guint8 *file, gsize size, FnSuite *suite_out, GError **error)
{
	guint8 found[FN_DIGEST_SIZE];

	if (size < HEAD || memcmp(file, magic, 8) != 0)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_DAMAGED, NAME ": not a keeper's bundle: restore it from the backup");
	digest_file(file, size, found);
	if (memcmp(found, file + MARK, FN_DIGEST_SIZE) != 0)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_DAMAGED, NAME ": damaged (its digest differs): restore it from the backup");
	if (file[8] != 1 || file[10] != 0 || file[11] != 0 || (file[9] != FN_SUITE_GM && file[9] != FN_SUITE_INTL))
		return fn_keeper_fail(error, FN_KEEPER_ERROR_DAMAGED, NAME ": of a version that this program does not know");
	*suite_out = (FnSuite)file[9];
	return TRUE;
}

FnBundle *
fn_bundle_open(const guint8 *file, gsize size, const guint8 *key, GError **error)
{
	g_autofree guint8 *content = NULL;
	gsize content_size;
	FnBundle *bundle;
	FnSuite suite;

	if (!fn_bundle_suite(file, size, &suite, error))
		return NULL;
	content = fn_open(suite, key, "fengni/v1/keeper/bundle", file + HEAD, size - HEAD, &content_size, NULL);
	if (content == NULL) {
		fn_keeper_fail(error, FN_KEEPER_ERROR_SECRET,
			NAME ": the unseal secret is not the one that this bundle was made with (or someone forged the bundle)");
		return NULL;
	}
	bundle = fn_bundle_parse(suite, content, content_size, error);
	explicit_bzero(content, content_size);
	return bundle;
}

/* ---- file ---- */

static gboolean
file_failed(GError **error, const char *doing)
{
	return fn_keeper_fail(error, FN_KEEPER_ERROR_FILE, "%s: %s", doing, g_strerror(errno));
}

static GBytes *
read_all(int fd, gsize size)
{
	g_autofree guint8 *bytes = g_try_malloc(size + 1);
	gsize done = 0;

	while (bytes != NULL && done <= size) {
		ssize_t got = read(fd, bytes + done, size + 1 - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		if (got == 0)
			return g_bytes_new_take(g_steal_pointer(&bytes), done);
		done += (gsize)got;
	}
	errno = bytes == NULL ? ENOMEM : EBUSY; /* it grew while we read */
	return NULL;
}

GBytes *
fn_bundle_load(int fd, GError **error)
{
	int file = openat(fd, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	GBytes *bytes = NULL;

	if (file < 0 && errno == ENOENT)
		fn_keeper_fail(error, FN_KEEPER_ERROR_ABSENT, NAME ": there is none: make one with --create");
	else if (file < 0 || fstat(file, &about) != 0)
		file_failed(error, NAME);
	else if (!S_ISREG(about.st_mode) || about.st_size > FILE_MAX)
		fn_keeper_fail(error, FN_KEEPER_ERROR_DAMAGED, NAME ": not a regular file of at most 64 MiB: restore it from the backup");
	else if ((bytes = read_all(file, (gsize)about.st_size)) == NULL)
		file_failed(error, NAME ": reading");
	if (file >= 0)
		close(file);
	return bytes;
}

static gboolean
write_all(int fd, GBytes *bytes)
{
	gsize size, done = 0;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	while (done < size) {
		ssize_t put = write(fd, data + done, size - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return FALSE;
		done += (gsize)put;
	}
	return TRUE;
}

static gboolean
store(int fd, int file, GBytes *bytes, uid_t owner, gid_t group, GError **error)
{
	if (owner != (uid_t)-1 && fchown(file, owner, group) != 0)
		return file_failed(error, TEMPORARY ": giving it to the keeper's user");
	if (!write_all(file, bytes) || fsync(file) != 0)
		return file_failed(error, TEMPORARY ": writing (the old bundle stands; make room or repair the disk)");
	if (renameat(fd, TEMPORARY, fd, NAME) != 0)
		return file_failed(error, NAME ": replacing");
	if (fsync(fd) != 0)
		return file_failed(error, NAME ": the new one is there, but perhaps not after a power cut");
	return TRUE;
}

gboolean
fn_bundle_store(int fd, GBytes *bytes, uid_t owner, gid_t group, GError **error)
{
	gboolean stored;
	int file;

	if (unlinkat(fd, TEMPORARY, 0) != 0 && errno != ENOENT)
		return file_failed(error, TEMPORARY ": removing what a dead keeper left");
	file = openat(fd, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return file_failed(error, TEMPORARY ": making it");
	stored = store(fd, file, bytes, owner, group, error);
	close(file);
	if (!stored)
		unlinkat(fd, TEMPORARY, 0);
	return stored;
}
