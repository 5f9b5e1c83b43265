/* The key of a mask, in a file that only its owner may read. */
#include "table/command_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_SIZE = 2 * FN_MASK_KEY_SIZE, READ_MAX = HEX_SIZE + 3 };

static gboolean
refuse(const char *path, GError **error, const char *what)
{
	g_autofree char *safe = fn_text_safe(path, -1, 200);

	return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, "%s: %s", safe, what);
}

static gboolean
parse(char *text, gsize size, guint8 *key)
{
	if (size == FN_MASK_KEY_SIZE) {
		memcpy(key, text, size);
		return TRUE;
	}
	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (size > 0 && text[size - 1] == '\r')
		size--;
	text[size] = '\0';
	return size == HEX_SIZE && fn_unhex(text, key, FN_MASK_KEY_SIZE);
}

static gboolean
read_open(int fd, const char *path, guint8 *key, GError **error)
{
	char text[READ_MAX + 1];
	struct stat about;
	ssize_t size;
	gboolean good;

	if (fstat(fd, &about) != 0)
		return refuse(path, error, g_strerror(errno));
	if (!S_ISREG(about.st_mode))
		return refuse(path, error, fn_say("a key is a plain file"));
	if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return refuse(path, error, fn_say("others may read this key; chmod 600, and make a new one if they did"));
	size = read(fd, text, READ_MAX);
	good = size >= 0 && parse(text, (gsize)size, key);
	explicit_bzero(text, sizeof(text));
	return good || refuse(path, error, fn_say("a key is 32 bytes or 64 hexadecimal digits; fengni mask --new-key FILE makes one"));
}

gboolean
fn_mask_key_read(const char *path, guint8 key[FN_MASK_KEY_SIZE], GError **error)
{
	/* Not blocking: a pipe that nobody writes into is no key either. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	gboolean good;

	if (fd < 0)
		return refuse(path, error, g_strerror(errno));
	good = read_open(fd, path, key, error);
	close(fd);
	return good;
}

gboolean
fn_mask_key_make(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	guint8 key[FN_MASK_KEY_SIZE];
	char *text;
	gboolean good;

	if (fd < 0)
		return refuse(path, error, errno == EEXIST ? fn_say("is there already, and a key that was used must not be lost; name another file") :
							     g_strerror(errno));
	fn_random(key, sizeof(key));
	text = fn_hex(key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	good = write(fd, text, HEX_SIZE) == HEX_SIZE && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
	fn_secret_free(text);
	if (!good) {
		refuse(path, error, g_strerror(errno));
		unlink(path);
	}
	close(fd);
	return good;
}
