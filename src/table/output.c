/* Bytes out: to standard output as they come, or to a file that is there whole or not at all. */
#include "table/table_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct FnTableOutput {
	char *path, *partial; /* NULL: standard output */
	char *directory;
	int fd;
	FnDigest *digest;
	guint64 bytes;
};

static gboolean
fail(const char *path, const char *doing, GError **error)
{
	int failed = errno;
	g_autofree char *safe = fn_text_safe(path != NULL ? path : fn_say("standard output"), -1, 200);

	return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error, "%s: %s: %s", safe, doing, g_strerror(failed));
}

FnTableOutput *
fn_table_output_new(const char *path, FnSuite suite, GError **error)
{
	g_autoptr(FnTableOutput) output = g_new0(FnTableOutput, 1);

	output->fd = STDOUT_FILENO;
	output->digest = fn_digest_new(suite);
	output->directory = path != NULL ? g_path_get_dirname(path) : g_strdup(g_get_tmp_dir());
	if (path == NULL)
		return g_steal_pointer(&output);
	output->path = g_strdup(path);
	output->partial = g_strdup_printf("%s.XXXXXX", path);
	output->fd = g_mkstemp_full(output->partial, O_WRONLY | O_CLOEXEC, 0600);
	if (output->fd >= 0)
		return g_steal_pointer(&output);
	fail(path, fn_say("cannot be made"), error);
	g_clear_pointer(&output->partial, g_free);
	return NULL;
}

void
fn_table_output_free(FnTableOutput *output)
{
	if (output == NULL)
		return;
	if (output->path != NULL && output->fd >= 0)
		close(output->fd);
	if (output->partial != NULL)
		unlink(output->partial);
	fn_digest_free(output->digest);
	g_free(output->partial);
	g_free(output->path);
	g_free(output->directory);
	g_free(output);
}

gboolean
fn_table_output_add(FnTableOutput *output, const void *bytes, gsize size, GError **error)
{
	const guint8 *at = bytes, *end = at + size;

	fn_digest_add(output->digest, bytes, size);
	while (at < end) {
		ssize_t written = write(output->fd, at, (gsize)(end - at));

		if (written < 0 && errno != EINTR)
			return fail(output->path, fn_say("cannot be written"), error);
		at += MAX(written, 0);
		output->bytes += (guint64)MAX(written, 0);
	}
	return TRUE;
}

gboolean
fn_table_output_take(FnTableOutput *output, GString *text, GError **error)
{
	gboolean fine = fn_table_output_add(output, text->str, text->len, error);

	g_string_truncate(text, 0);
	return fine;
}

gboolean
fn_table_output_commit(FnTableOutput *output, guint8 digest[FN_DIGEST_SIZE], GError **error)
{
	fn_digest_peek(output->digest, digest);
	if (output->path == NULL)
		return TRUE;
	if (fsync(output->fd) != 0 || rename(output->partial, output->path) != 0)
		return fail(output->path, fn_say("cannot be written"), error);
	g_clear_pointer(&output->partial, g_free);
	return TRUE;
}

gboolean
fn_table_output_has_left(const FnTableOutput *output)
{
	return output->path == NULL && output->bytes > 0;
}

const char *
fn_table_output_directory(const FnTableOutput *output)
{
	return output->directory;
}
