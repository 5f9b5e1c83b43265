/* Verification: both trees' tiles against the hashes of the entries. */
#include "ledger/verify_priv.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_DEEP 12u

/* TRUE when the file @path holds the first @width of @hashes. A difference names the entry when the tile is one of leaves. */
static gboolean
matches(FnVerify *verify, const char *path, guint level, guint64 index, guint width, const guint8 *hashes, gboolean *missing_out,
	GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(verify->directory, path, FN_TILE_BYTES, missing_out, &why);
	gboolean is_open = index == verify->entries / FN_TILE_WIDTH; /* its offsets are still known */
	const guint8 *got;
	guint at = 0;

	if (bytes == NULL)
		return fn_verify_fault(error, "%s", why->message);
	if (g_bytes_get_size(bytes) != (gsize)width * FN_DIGEST_SIZE)
		return fn_verify_fault(error, "%s: has %" G_GSIZE_FORMAT " bytes instead of %u", path, g_bytes_get_size(bytes), width * FN_DIGEST_SIZE);
	got = g_bytes_get_data(bytes, NULL);
	while (at < width * FN_DIGEST_SIZE && got[at] == hashes[at])
		at++;
	if (at == width * FN_DIGEST_SIZE)
		return TRUE;
	if (level == 0 && is_open)
		return fn_verify_fault(error, "%s at offset %u: not the hash of entry %" G_GUINT64_FORMAT " (%s at offset %" G_GUINT64_FORMAT "): one of the two was altered",
			path, at / FN_DIGEST_SIZE * FN_DIGEST_SIZE, index * FN_TILE_WIDTH + at / FN_DIGEST_SIZE, verify->segment,
			verify->offset[at / FN_DIGEST_SIZE]);
	return fn_verify_fault(error, "%s at offset %u: not the hash that the entries below make", path, at);
}

static gboolean
locate_in(FnVerify *verify, const char *path, guint width, const guint8 *hashes, GError **error)
{
	g_autoptr(GBytes) bytes = fn_file_read(verify->directory, path, FN_TILE_BYTES, NULL, NULL);
	gsize size = bytes != NULL ? g_bytes_get_size(bytes) : 0;

	for (guint i = 0; i < MIN(width, size / FN_DIGEST_SIZE); i++)
		if (memcmp((const guint8 *)g_bytes_get_data(bytes, NULL) + (gsize)i * FN_DIGEST_SIZE, hashes + (gsize)i * FN_DIGEST_SIZE,
			    FN_DIGEST_SIZE) != 0)
			return fn_verify_fault(error, "%s at offset %" G_GUINT64_FORMAT ": entry %" G_GUINT64_FORMAT
				" is not what %s says at offset %u: one of the two was altered", verify->segment, verify->offset[i],
				verify->entries / FN_BUNDLE * FN_BUNDLE + i, path, i * FN_DIGEST_SIZE);
	return TRUE;
}

typedef struct {
	FnVerify *verify;
	guint check;
	gboolean found;
	GError **error;
} Locating;

static void
locate_tile(guint level, guint64 index, guint width, const guint8 *hashes, gpointer data)
{
	Locating *locating = data;
	FnVerify *verify = locating->verify;
	const guint widths[] = { FN_TILE_WIDTH, width,
		index == fn_tile_index(verify->state.size, 0) ? fn_tile_width(verify->state.size, 0) : width };

	for (guint i = 0; i < G_N_ELEMENTS(widths) && level == 0 && !locating->found; i++) {
		g_autofree char *path = fn_tile_path(fn_verify_suite(locating->check), 0, index, widths[i]);

		locating->found = !locate_in(verify, path, width, hashes, locating->error);
	}
}

gboolean
fn_verify_locate(FnVerify *verify, GError **error)
{
	Locating locating = { .verify = verify, .error = error };

	for (; locating.check < FN_CHECKS && !locating.found; locating.check++)
		fn_tree_open_tiles(verify->tree[locating.check], locate_tile, &locating);
	return !locating.found;
}

static void
check_tile(FnVerify *verify, guint check, guint level, guint64 index, guint width, const guint8 *hashes)
{
	g_autofree char *path = fn_tile_path(fn_verify_suite(check), level, index, FN_TILE_WIDTH);
	guint64 stated = fn_tile_index(verify->state.size, level);
	gboolean missing;
	g_autoptr(GError) fault = NULL;

	if (width == FN_TILE_WIDTH && !matches(verify, path, level, index, width, hashes, &missing, &fault) &&
	    (!missing || index < stated) && verify->fault == NULL)
		verify->fault = g_steal_pointer(&fault);
	if (index >= stated)
		g_hash_table_replace(verify->kept[check], g_steal_pointer(&path), g_bytes_new(hashes, (gsize)width * FN_DIGEST_SIZE));
}

static void
check_sha256(guint level, guint64 index, guint width, const guint8 *hashes, gpointer verify)
{
	check_tile(verify, FN_CHECK_SHA256, level, index, width, hashes);
}

static void
check_sm3(guint level, guint64 index, guint width, const guint8 *hashes, gpointer verify)
{
	check_tile(verify, FN_CHECK_SM3, level, index, width, hashes);
}

const FnTileReady fn_verify_tile[FN_CHECKS] = { [FN_CHECK_SHA256] = check_sha256, [FN_CHECK_SM3] = check_sm3 };

/* ---- what lies in the folders ---- */

/* The number that a name of a tile file or folder spells; FALSE for anything else. */
static gboolean
read_number(const char *text, guint64 most, guint64 *number_out)
{
	g_autofree char *again = NULL;

	if (!g_ascii_isdigit(*text) || strlen(text) > 19)
		return FALSE;
	*number_out = g_ascii_strtoull(text, NULL, 10);
	again = g_strdup_printf("%" G_GUINT64_FORMAT, *number_out);
	return g_str_equal(again, text) && *number_out <= most;
}

/* "tile/0/x001/067.p/5" without the sm3/: its level, index and width, so that fn_tile_path() spells it again. */
static gboolean
parse_path(const char *path, guint check, guint *level_out, guint64 *index_out, guint *width_out)
{
	const char *below = path + (check == FN_CHECK_SM3 ? strlen("sm3/") : 0);
	g_auto(GStrv) part = g_strsplit(below, "/", FOLDERS_DEEP + 4);
	guint parts = g_strv_length(part), at = 2;
	guint64 number, width = FN_TILE_WIDTH;
	g_autofree char *again = NULL;

	if (parts < 3 || !read_number(part[1], FN_TILE_LEVELS - 1, &number))
		return FALSE;
	*level_out = (guint)number;
	if (g_str_has_suffix(part[parts - 2], ".p")) {
		if (!read_number(part[--parts], FN_TILE_WIDTH - 1, &width) || width == 0)
			return FALSE;
		part[parts - 1][strlen(part[parts - 1]) - 2] = '\0';
	}
	for (*index_out = 0; at < parts; at++) {
		const char *digits = part[at] + (at + 1 < parts);

		if (strlen(digits) != 3 || !g_ascii_isdigit(digits[0]) || !g_ascii_isdigit(digits[1]) || !g_ascii_isdigit(digits[2]) ||
		    *index_out > G_MAXUINT64 / 2000)
			return FALSE;
		*index_out = *index_out * 1000 + g_ascii_strtoull(digits, NULL, 10);
	}
	*width_out = (guint)width;
	again = fn_tile_path(fn_verify_suite(check), *level_out, *index_out, *width_out);
	return g_str_equal(again, path);
}

static gboolean
check_partial(FnVerify *verify, guint check, const char *path, guint level, guint64 index, guint width, GError **error)
{
	g_autofree char *full = fn_tile_path(fn_verify_suite(check), level, index, FN_TILE_WIDTH);
	g_autoptr(GBytes) hashes = NULL;
	gboolean missing = FALSE;

	hashes = g_hash_table_lookup(verify->kept[check], full);
	if (hashes != NULL)
		g_bytes_ref(hashes);
	else /* it is older than the state: its full tile was checked */
		hashes = fn_file_read(verify->directory, full, FN_TILE_BYTES, NULL, NULL);
	if (hashes == NULL || g_bytes_get_size(hashes) < (gsize)width * FN_DIGEST_SIZE)
		return verify->live || fn_verify_fault(error, "%s: there are not so many entries", path);
	if (matches(verify, path, level, index, width, g_bytes_get_data(hashes, NULL), &missing, error))
		return TRUE;
	if (!verify->live || !missing)
		return FALSE;
	g_clear_error(error); /* dropped since, now that the tile is full */
	return TRUE;
}

static gboolean
check_file(FnVerify *verify, guint check, const char *path, GError **error)
{
	guint level, width;
	guint64 index;

	if (!parse_path(path, check, &level, &index, &width)) {
		g_autofree char *safe = fn_text_safe(path, -1, 200);

		return fn_verify_fault(error, "%s: not a tile", safe);
	}
	if (width < FN_TILE_WIDTH)
		return check_partial(verify, check, path, level, index, width, error);
	if (index >= fn_tile_index(verify->entries, level) && !verify->live)
		return fn_verify_fault(error, "%s: there are not so many entries: the log was cut", path);
	return TRUE;
}

static gboolean check_folder(FnVerify *verify, guint check, const char *path, guint deep, GError **error);

static gboolean
check_item(FnVerify *verify, guint check, const char *path, guint deep, GError **error)
{
	struct stat about;

	if (fstatat(verify->directory, path, &about, AT_SYMLINK_NOFOLLOW) != 0)
		return (verify->live && errno == ENOENT) || fn_verify_fault(error, "%s: %s", path, g_strerror(errno));
	if (S_ISDIR(about.st_mode) && deep > 0)
		return check_folder(verify, check, path, deep - 1, error);
	return check_file(verify, check, path, error);
}

static gboolean
check_folder(FnVerify *verify, guint check, const char *path, guint deep, GError **error)
{
	int fd = openat(verify->directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *item;
	gboolean good = folder != NULL;

	if (!good && errno == ENOENT && (verify->live || verify->state.size == 0))
		return TRUE;
	if (!good)
		fn_verify_fault(error, "%s: %s", path, g_strerror(errno));
	while (good && (item = readdir(folder)) != NULL) {
		g_autofree char *below = g_build_filename(path, item->d_name, NULL);

		if (!g_str_equal(item->d_name, ".") && !g_str_equal(item->d_name, ".."))
			good = check_item(verify, check, below, deep, error);
	}
	if (folder != NULL)
		closedir(folder);
	return good;
}

/* The partial tiles of the tree of @size leaves, without which nothing can be proved in it. */
static gboolean
has_open_tiles(FnVerify *verify, guint check, guint64 size, GError **error)
{
	for (guint level = 0; level < FN_TILE_LEVELS; level++) {
		guint width = fn_tile_width(size, level);
		g_autofree char *partial = fn_tile_path(fn_verify_suite(check), level, fn_tile_index(size, level), width);
		g_autofree char *full = fn_tile_path(fn_verify_suite(check), level, fn_tile_index(size, level), FN_TILE_WIDTH);

		if (width > 0 && faccessat(verify->directory, partial, F_OK, 0) != 0 && faccessat(verify->directory, full, F_OK, 0) != 0)
			return fn_verify_fault(error, "%s: is missing", partial);
	}
	return TRUE;
}

gboolean
fn_verify_tiles(FnVerify *verify, GError **error)
{
	for (guint check = 0; check < FN_CHECKS; check++) {
		const char *path = check == FN_CHECK_SM3 ? "sm3/tile" : "tile";

		fn_tree_open_tiles(verify->tree[check], fn_verify_tile[check], verify);
		if (!has_open_tiles(verify, check, verify->state.size, error) || !has_open_tiles(verify, check, verify->last.size, error) ||
		    !check_folder(verify, check, path, FOLDERS_DEEP, error))
			return FALSE;
	}
	return TRUE;
}
