/* Verification of a whole ledger: nothing is believed but the public keys. Entries are read and hashed as bytes, and all
 * other files are held against what comes out. */
#include "ledger/verify_priv.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_FILE_MAX 4096u
#define INDEX_MAX      (1u << 30)
#define LINE_MAX_BYTES 4096u
#define TRIES	       40u
#define TRY_US	       50000u

gboolean
fn_verify_fault(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL && *error == NULL)
		*error = g_error_new_valist(FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, format, arguments);
	va_end(arguments);
	return FALSE;
}

/* ---- small files ---- */

static gboolean
read_origin(FnVerify *verify, GError **error)
{
	g_autoptr(GBytes) bytes = fn_file_read(verify->directory, "origin", SMALL_FILE_MAX, NULL, error);
	const char *text;
	gsize size;

	if (bytes == NULL)
		return FALSE;
	text = g_bytes_get_data(bytes, &size);
	verify->origin = g_strndup(text != NULL ? text : "", size > 0 ? size - 1 : 0);
	if (size < 2 || text[size - 1] != '\n' || strlen(verify->origin) != size - 1 || !fn_origin_is_valid(verify->origin))
		return fn_verify_fault(error, "origin: not the name of a log");
	return TRUE;
}

/* The file is there for people and programs that read the ledger; it must not name other keys than those we trust. */
static gboolean
check_keys(FnVerify *verify, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(verify->directory, "keys", SMALL_FILE_MAX, &missing, &why);
	g_autofree char *text = g_strdup_printf("%s\n%s\n", verify->gm_key, verify->intl_key);

	if (bytes == NULL)
		return missing || fn_verify_fault(error, "%s", why->message);
	if (g_bytes_get_size(bytes) != strlen(text) || memcmp(g_bytes_get_data(bytes, NULL), text, strlen(text)) != 0)
		return fn_verify_fault(error, "keys: not the keys that the ledger is checked with");
	return TRUE;
}

static gboolean
take_root(FnCanon *canon, const char *literal, guint8 *root_out)
{
	g_autofree char *hex = NULL;
	g_autofree char *again = NULL;
	FnSpan raw;

	if (!fn_canon_literal(canon, literal) || !fn_canon_text(canon, &raw))
		return FALSE;
	hex = g_strndup(raw.text, raw.size);
	if (!fn_unhex(hex, root_out, FN_DIGEST_SIZE))
		return FALSE;
	again = fn_hex(root_out, FN_DIGEST_SIZE);
	return g_str_equal(hex, again);
}

static gboolean
read_state(FnVerify *verify, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(verify->directory, "state", SMALL_FILE_MAX, &missing, &why);
	FnCanon canon;
	gsize size;

	if (bytes == NULL)
		return missing || fn_verify_fault(error, "%s", why->message);
	canon.at = g_bytes_get_data(bytes, &size);
	canon.end = canon.at + size;
	if (!take_root(&canon, "{\"sha256\":", verify->state.root[FN_CHECK_SHA256]) || !fn_canon_literal(&canon, ",\"size\":") ||
	    !fn_canon_unsigned(&canon, &verify->state.size) || !take_root(&canon, ",\"sm3\":", verify->state.root[FN_CHECK_SM3]) ||
	    !fn_canon_literal(&canon, "}\n") || canon.at != canon.end || verify->state.size == 0)
		return fn_verify_fault(error, "state: not in its form");
	return TRUE;
}

static gboolean
read_index(FnVerify *verify, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;

	verify->index = fn_file_read(verify->directory, "bundles", INDEX_MAX, &missing, &why);
	if (verify->index == NULL && missing)
		verify->index = g_bytes_new(NULL, 0);
	if (verify->index == NULL)
		return fn_verify_fault(error, "%s", why->message);
	if (g_bytes_get_size(verify->index) / 4 < (verify->state.size + FN_BUNDLE - 1) / FN_BUNDLE ||
	    g_bytes_get_size(verify->index) % 4 != 0)
		return fn_verify_fault(error, "bundles: has %" G_GSIZE_FORMAT " bytes, too few for %" G_GUINT64_FORMAT " entries or no whole number",
			g_bytes_get_size(verify->index), verify->state.size);
	return TRUE;
}

static gboolean
read_checkpoint(FnVerify *verify, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;

	verify->checkpoint = fn_file_read(verify->directory, "checkpoint", SMALL_FILE_MAX, &missing, &why);
	return verify->checkpoint != NULL || missing || fn_verify_fault(error, "%s", why->message);
}

/* A writer holds its lock for as long as it lives. */
static gboolean
has_writer(int directory)
{
	int fd = openat(directory, "lock", O_RDONLY | O_CLOEXEC);
	gboolean held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return held;
}

/* ---- heads ---- */

static gboolean
next_head(FnVerify *verify, GError **error)
{
	gsize have = MIN(LINE_MAX_BYTES, verify->heads_size - verify->heads_at);
	char line[LINE_MAX_BYTES];
	const char *end;
	FnCanon canon;

	fn_head_clear(&verify->head);
	verify->head_at = verify->heads_at;
	if (have == 0)
		return TRUE;
	if (!fn_file_read_all(verify->heads, line, have, verify->heads_at, error))
		return FALSE;
	end = memchr(line, '\n', have);
	canon = fn_canon_over(line, end != NULL ? (gsize)(end - line) : 0);
	if (!fn_head_take(&canon, &verify->head) || canon.at != canon.end)
		return fn_verify_fault(error, "heads at offset %" G_GUINT64_FORMAT ": not a head in canonical form", verify->head_at);
	verify->heads_at += (guint64)(end - line) + 1;
	return TRUE;
}

static gboolean
open_heads(FnVerify *verify, GError **error)
{
	struct stat about;
	char last;

	verify->heads = openat(verify->directory, "heads", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (verify->heads < 0 && errno == ENOENT)
		return TRUE;
	if (verify->heads < 0 || fstat(verify->heads, &about) != 0 || !S_ISREG(about.st_mode))
		return fn_verify_fault(error, "heads: %s", g_strerror(errno));
	verify->heads_size = (guint64)about.st_size;
	if (verify->heads_size > 0 && !fn_file_read_all(verify->heads, &last, 1, verify->heads_size - 1, error))
		return FALSE;
	if (verify->heads_size > 0 && last != '\n' && !verify->live)
		return fn_verify_fault(error, "heads at offset %" G_GUINT64_FORMAT ": the last line is cut short", verify->heads_size);
	while (verify->heads_size > 0 && last != '\n') { /* being written */
		verify->heads_size--;
		if (verify->heads_size > 0 && !fn_file_read_all(verify->heads, &last, 1, verify->heads_size - 1, error))
			return FALSE;
	}
	return next_head(verify, error);
}

/* A first head may just be on its way: then one of the two is there before the other. */
static gboolean
read_signed(FnVerify *verify, GError **error)
{
	for (guint i = 0; i < TRIES; i++) {
		g_clear_pointer(&verify->checkpoint, g_bytes_unref);
		if (verify->heads >= 0)
			close(verify->heads);
		verify->heads_at = 0;
		if (!read_checkpoint(verify, error) || !open_heads(verify, error))
			return FALSE;
		if (!verify->live || (verify->checkpoint != NULL) == (verify->head.size > 0))
			return TRUE;
		g_usleep(TRY_US);
	}
	return TRUE;
}

static void
note_checkpoint(FnVerify *verify)
{
	gsize size = strlen(verify->last.note);

	if (verify->checkpoint != NULL && g_bytes_get_size(verify->checkpoint) == size &&
	    memcmp(g_bytes_get_data(verify->checkpoint, NULL), verify->last.note, size) == 0)
		verify->checkpoint_seen = TRUE;
	else if (!verify->live)
		verify->checkpoint_seen = FALSE;
}

static gboolean
check_head(FnVerify *verify, GError **error)
{
	const FnHead *head = &verify->head;
	const guint8 *said[FN_CHECKS] = { [FN_CHECK_SHA256] = head->sha256, [FN_CHECK_SM3] = head->sm3 };

	if (!g_str_equal(head->origin, verify->origin))
		return fn_verify_fault(error, "heads at offset %" G_GUINT64_FORMAT ": names another origin than the file origin", verify->head_at);
	for (guint check = 0; check < FN_CHECKS; check++) {
		guint8 root[FN_DIGEST_SIZE];

		fn_tree_root(verify->tree[check], root);
		if (memcmp(root, said[check], sizeof(root)) != 0)
			return fn_verify_locate(verify, error) && fn_verify_fault(error, "heads at offset %" G_GUINT64_FORMAT ": the %s root over %" G_GUINT64_FORMAT
				" entries is not that of the entries", verify->head_at, check == FN_CHECK_SM3 ? "SM3" : "SHA-256", head->size);
	}
	if (fn_head_verify(head, verify->gm_key, verify->intl_key, error))
		return TRUE;
	g_prefix_error(error, "heads at offset %" G_GUINT64_FORMAT ": ", verify->head_at);
	return FALSE;
}

gboolean
fn_verify_is_said(const FnVerify *verify, guint64 entries)
{
	return entries == verify->state.size || entries == verify->head.size;
}

gboolean
fn_verify_heads(FnVerify *verify, GError **error)
{
	if (verify->state.size == verify->entries)
		for (guint check = 0; check < FN_CHECKS && verify->entries > 0; check++) {
			guint8 root[FN_DIGEST_SIZE];

			fn_tree_root(verify->tree[check], root);
			if (memcmp(root, verify->state.root[check], sizeof(root)) != 0)
				return fn_verify_locate(verify, error) && fn_verify_fault(error, "state: the roots over %" G_GUINT64_FORMAT " entries are not those of the entries",
					verify->entries);
		}
	if (verify->head.size != verify->entries || verify->entries == 0)
		return TRUE;
	if (!check_head(verify, error))
		return FALSE;
	fn_head_clear(&verify->last);
	verify->last = verify->head;
	g_array_append_val(verify->met, verify->last.size);
	memset(&verify->head, 0, sizeof(verify->head));
	note_checkpoint(verify);
	if (!next_head(verify, error))
		return FALSE;
	if (verify->head.size != 0 && verify->head.size <= verify->entries)
		return fn_verify_fault(error, "heads at offset %" G_GUINT64_FORMAT ": a head over %" G_GUINT64_FORMAT " entries follows one over %" G_GUINT64_FORMAT,
			verify->head_at, verify->head.size, verify->entries);
	return TRUE;
}

/* ---- the whole ---- */

static gboolean
all_met(FnVerify *verify, GError **error)
{
	if (verify->head.size != 0)
		return fn_verify_fault(error, "heads at offset %" G_GUINT64_FORMAT ": signed over %" G_GUINT64_FORMAT
			" entries, but the segments end after %" G_GUINT64_FORMAT ": cut, or an older copy", verify->head_at, verify->head.size,
			verify->entries);
	if (verify->state.size > verify->entries)
		return fn_verify_fault(error, "state: names %" G_GUINT64_FORMAT " entries, but the segments end after %" G_GUINT64_FORMAT,
			verify->state.size, verify->entries);
	if (verify->last.size > verify->state.size)
		return fn_verify_fault(error, "state: names %" G_GUINT64_FORMAT " entries, but a head was signed over %" G_GUINT64_FORMAT,
			verify->state.size, verify->last.size);
	if (g_bytes_get_size(verify->index) / 4 > (verify->entries + FN_BUNDLE - 1) / FN_BUNDLE && !verify->live)
		return fn_verify_fault(error, "bundles at offset %" G_GUINT64_FORMAT ": names bundles that are not there",
			(verify->entries + FN_BUNDLE - 1) / FN_BUNDLE * 4);
	if ((verify->last.size > 0) != (verify->checkpoint != NULL) || (verify->last.size > 0 && !verify->checkpoint_seen))
		return fn_verify_fault(error, "checkpoint: not the note of the last head");
	return TRUE;
}

static void
report(FnVerify *verify)
{
	guint8 root[FN_CHECKS][FN_DIGEST_SIZE];
	g_autofree char *sha256 = NULL;
	g_autofree char *sm3 = NULL;

	for (guint check = 0; check < FN_CHECKS; check++)
		fn_tree_root(verify->tree[check], root[check]);
	if (verify->last.size > 0) {
		memcpy(root[FN_CHECK_SHA256], verify->last.sha256, FN_DIGEST_SIZE);
		memcpy(root[FN_CHECK_SM3], verify->last.sm3, FN_DIGEST_SIZE);
	}
	sha256 = fn_hex(root[FN_CHECK_SHA256], FN_DIGEST_SIZE);
	sm3 = fn_hex(root[FN_CHECK_SM3], FN_DIGEST_SIZE);
	if (verify->report == NULL)
		return;
	verify->report->entries = verify->entries;
	verify->report->pruned = verify->pruned.fd >= 0 ? verify->pruned.first - verify->pruned.entries : 0;
	verify->report->minimum = verify->pruned.minimum;
	verify->report->signed_size = verify->last.size;
	g_strlcpy(verify->report->root_sha256, sha256, sizeof(verify->report->root_sha256));
	g_strlcpy(verify->report->root_sm3, sm3, sizeof(verify->report->root_sm3));
}

/* In this order: what is read first may only be overtaken, not lag, when a writer is at work. */
static gboolean
verify_all(FnVerify *verify, GError **error)
{
	gboolean good = read_origin(verify, error) && check_keys(verify, error) && fn_verify_find_kept(verify, error) &&
		read_signed(verify, error) && read_state(verify, error) && read_index(verify, error) && fn_verify_kept(verify, error) &&
		fn_verify_segments(verify, error) && all_met(verify, error) && fn_verify_pruned(verify, error) && fn_verify_tiles(verify, error);

	if (good)
		report(verify);
	return good;
}

static gboolean
keys_are_keys(const char *gm_key, const char *intl_key, GError **error)
{
	g_autoptr(FnPublicKey) gm = fn_public_key_parse(gm_key, error);
	g_autoptr(FnPublicKey) intl = gm != NULL ? fn_public_key_parse(intl_key, error) : NULL;

	if (gm == NULL || intl == NULL)
		return FALSE;
	if (fn_public_key_suite(gm) == FN_SUITE_GM && fn_public_key_suite(intl) == FN_SUITE_INTL)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "the first key must be one of suite gm, the second one of suite intl");
	return FALSE;
}

static void
clear(FnVerify *verify)
{
	for (guint check = 0; check < FN_CHECKS; check++) {
		fn_tree_free(verify->tree[check]);
		g_hash_table_unref(verify->kept[check]);
	}
	if (verify->index != NULL)
		g_bytes_unref(verify->index);
	if (verify->checkpoint != NULL)
		g_bytes_unref(verify->checkpoint);
	fn_head_clear(&verify->head);
	fn_head_clear(&verify->last);
	fn_kept_clear(&verify->pruned);
	g_array_unref(verify->segments);
	g_array_unref(verify->met);
	g_clear_error(&verify->fault);
	g_free(verify->segment);
	g_free(verify->origin);
	if (verify->heads >= 0)
		close(verify->heads);
	g_free(verify);
}

static gboolean
verify_once(int directory, const FnVerify *wish, guint64 *pruned_out, GError **error)
{
	FnVerify *verify = g_memdup2(wish, sizeof(*wish));
	gboolean good;

	verify->directory = directory;
	verify->live = has_writer(directory);
	verify->heads = -1;
	verify->pruned = FN_KEPT_NONE;
	verify->segments = g_array_new(FALSE, FALSE, sizeof(guint64));
	verify->met = g_array_new(FALSE, FALSE, sizeof(guint64));
	for (guint check = 0; check < FN_CHECKS; check++) {
		verify->tree[check] = fn_tree_new(fn_verify_suite(check), fn_verify_tile[check], verify);
		verify->kept[check] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
	}
	good = verify_all(verify, error);
	*pruned_out = verify->pruned.minimum;
	clear(verify);
	return good;
}

/* A writer pruned the log since it was looked at: what is gone is not missing. */
static gboolean
was_pruned_since(int directory, guint64 minimum)
{
	g_autoptr(GArray) list = has_writer(directory) ? fn_kept_list(directory, NULL) : NULL;

	return list != NULL && list->len > 0 && g_array_index(list, guint64, list->len - 1) > minimum;
}

gboolean
fn_ledger_verify(const char *directory, const char *gm_key, const char *intl_key, void (*progress)(guint64 done, guint64 all, gpointer data),
	gpointer data, FnLedgerReport *report_out, GError **error)
{
	FnVerify wish = { .gm_key = gm_key, .intl_key = intl_key, .report = report_out, .progress = progress, .data = data };
	g_autoptr(GError) why = NULL;
	guint64 minimum;
	gboolean good;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", directory, g_strerror(errno));
		return FALSE;
	}
	good = keys_are_keys(gm_key, intl_key, &why);
	if (good && !(good = verify_once(fd, &wish, &minimum, &why)) && was_pruned_since(fd, minimum)) {
		g_clear_error(&why);
		good = verify_once(fd, &wish, &minimum, &why);
	}
	close(fd);
	if (!good)
		g_propagate_error(error, g_steal_pointer(&why));
	return good;
}
