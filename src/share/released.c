#include "share/released.h"

#include "base/text.h"
#include "crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 64 << 10, HEX = 2 * FN_DIGEST_SIZE };
static const char prefix[] = "sm3:";

static gboolean
fail(GError **error, const char *grant, const char *why)
{
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN, "what left of grant %s: %s", grant, why);
	return FALSE;
}

static char *
directory_of(const FnSettings *settings)
{
	g_autofree char *gate = fn_settings_path(settings, "gate");

	return g_build_filename(gate, "released", NULL);
}

/* From the beginning; hexadecimal, caller frees. NULL: it could not be read. */
static char *
digest_of(int fd)
{
	g_autofree char *buffer = g_malloc(BUFFER);
	FnDigest *digest = fn_digest_new(FN_SUITE_GM);
	guint8 bytes[FN_DIGEST_SIZE];
	gssize n = lseek(fd, 0, SEEK_SET) == 0 ? 0 : -1;

	while (n >= 0 && (n = read(fd, buffer, BUFFER)) > 0)
		fn_digest_add(digest, buffer, (gsize)n);
	fn_digest_peek(digest, bytes);
	fn_digest_free(digest);
	return n == 0 ? fn_hex(bytes, sizeof(bytes)) : NULL;
}

static gboolean
sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

/* Writes @path; the digest of what stands there. */
static char *
write_file(const char *path, const FnReleased *released, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	g_autofree char *digest = NULL;

	if (fd < 0)
		return NULL;
	if (fn_released_write(released, fd, error) && fsync(fd) == 0)
		digest = digest_of(fd);
	return close(fd) == 0 ? g_steal_pointer(&digest) : NULL;
}

char *
fn_released_save(const FnSettings *settings, const char *grant, const FnReleased *released, GError **error)
{
	g_autofree char *directory = directory_of(settings), *id = fn_id_new(), *draft = g_strdup_printf("%s/.%s-%s", directory, grant, id);
	g_autofree char *digest = NULL, *path = NULL;
	g_autoptr(GError) why = NULL;

	if (g_mkdir_with_parents(directory, 0700) == 0)
		digest = write_file(draft, released, &why);
	path = digest != NULL ? g_strdup_printf("%s/%s-%s", directory, grant, digest) : NULL;
	if (path != NULL && g_rename(draft, path) == 0 && sync_directory(directory))
		return g_strconcat(prefix, digest, NULL);
	g_unlink(draft);
	fail(error, grant, why != NULL ? why->message : "it cannot be written");
	return NULL;
}

static FnReleased *
read_file(int fd, const FnSettings *settings, const char *hex, const FnDisclosurePlan *plan, GError **error)
{
	g_autofree char *found = digest_of(fd), *gate = fn_settings_path(settings, "gate");

	if (g_strcmp0(found, hex) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return NULL;
	return fn_released_read(fd, plan, (gsize)fn_settings_int(settings, "disclosure_memory"), gate, error);
}

FnReleased *
fn_released_load(const FnSettings *settings, const char *grant, const char *digest, const FnDisclosurePlan *plan, GError **error)
{
	const char *hex = digest != NULL && g_str_has_prefix(digest, prefix) ? digest + strlen(prefix) : "";
	g_autofree char *directory = directory_of(settings), *path = g_strdup_printf("%s/%s-%s", directory, grant, hex);
	g_autoptr(GError) why = NULL;
	FnReleased *released = NULL;
	int fd = -1;

	if (strlen(hex) == HEX && strspn(hex, "0123456789abcdef") == HEX)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		released = read_file(fd, settings, hex, plan, &why);
		close(fd);
	}
	if (released == NULL)
		fail(error, grant, why != NULL ? why->message : fd >= 0 ? "the file is not what was written" : "the file is gone");
	return released;
}
