/* Once per interval: entries → trees → tiles → state → signed heads. */
#include "ledger/log_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- trees and tiles ---- */

static void
put_tile(FnLog *log, guint tree, guint level, guint64 index, guint width, const guint8 *hashes)
{
	g_autofree char *path = fn_tile_path(fn_log_suite(tree), level, index, width);

	if (log->tile_error == NULL)
		fn_files_put(log->files, path, hashes, (gsize)width * FN_DIGEST_SIZE, &log->tile_error);
	if (width == FN_TILE_WIDTH) {
		FnFullTile full = { level, index, fn_log_suite(tree) };

		g_array_append_val(log->full, full);
	}
}

static void
put_sha256(guint level, guint64 index, guint width, const guint8 *hashes, gpointer log)
{
	put_tile(log, FN_TREE_SHA256, level, index, width, hashes);
}

static void
put_sm3(guint level, guint64 index, guint width, const guint8 *hashes, gpointer log)
{
	put_tile(log, FN_TREE_SM3, level, index, width, hashes);
}

const FnTileReady fn_log_tile_ready[FN_TREES] = { [FN_TREE_SHA256] = put_sha256, [FN_TREE_SM3] = put_sm3 };

static gboolean
is_own_head(FnSpan frame)
{
	FnEntry entry;

	return fn_entry_parse(frame.text, frame.size, &entry) && fn_span_is(entry.from, fn_role_name(FN_ROLE_LEDGER)) &&
		fn_span_is(entry.event, "ledger.head");
}

static void
grow(FnLog *log, const FnMessage *message, guint count)
{
	guint8 leaves[FN_BUNDLE * FN_DIGEST_SIZE];

	for (guint tree = 0; tree < FN_TREES; tree++) {
		fn_tree_leaves(fn_log_suite(tree), message, count, leaves);
		fn_tree_add(log->tree[tree], leaves, count);
	}
}

static gboolean
absorb_bundle(FnLog *log, guint64 size, GError **error)
{
	guint64 first, from = fn_tree_size(log->tree[0]);
	g_autoptr(GBytes) bundle = fn_log_bundle(log, from, &first, error);
	const guint8 *data;
	FnMessage message[FN_BUNDLE];
	gsize bytes, at = 0;
	guint count = 0;
	FnSpan frame;

	if (bundle == NULL)
		return FALSE;
	data = g_bytes_get_data(bundle, &bytes);
	for (guint64 index = first; index < MIN(size, first + FN_BUNDLE); index++) {
		if (fn_frame_skip(data, bytes, &at, &frame) != FN_FOUND_GOOD) {
			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "entry %" G_GUINT64_FORMAT " cannot be read back", index);
			return FALSE;
		}
		if (index < from)
			continue;
		message[count++] = (FnMessage){ frame.text, frame.size };
		if (index >= log->head.size && !is_own_head(frame))
			log->fresh++;
	}
	grow(log, message, count);
	return TRUE;
}

gboolean
fn_log_absorb(FnLog *log, guint64 size, GError **error)
{
	while (fn_tree_size(log->tree[0]) < size && log->tile_error == NULL)
		if (!absorb_bundle(log, size, error))
			return FALSE;
	if (log->tile_error == NULL)
		return TRUE;
	g_propagate_error(error, g_error_copy(log->tile_error));
	return FALSE;
}

static gboolean
write_index(FnLog *log, guint64 size, GError **error)
{
	guint64 bundles = (size + FN_BUNDLE - 1) / FN_BUNDLE;
	g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(guint32));
	gboolean good;
	int fd;

	if (bundles == log->indexed)
		return TRUE;
	fn_mutex_lock(&log->mutex);
	for (guint64 i = log->indexed; i < bundles; i++) {
		guint32 offset = GUINT32_TO_BE(g_array_index(log->bundles, guint32, i));

		g_array_append_val(fresh, offset);
	}
	fn_mutex_unlock(&log->mutex);
	fd = openat(log->directory, "bundles", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	good = fd >= 0 && fn_file_write_all(fd, fresh->data, (gsize)fresh->len * 4, log->indexed * 4, error);
	if (fd < 0 || (good && fsync(fd) != 0)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "bundles: %s", g_strerror(errno));
		good = FALSE;
	}
	if (fd >= 0)
		close(fd);
	if (good)
		log->indexed = bundles;
	return good;
}

static gboolean
write_state(FnLog *log, guint64 size, GError **error)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	char *hex[FN_TREES];
	gboolean good;

	for (guint tree = 0; tree < FN_TREES; tree++) {
		guint8 root[FN_DIGEST_SIZE];

		fn_tree_root(log->tree[tree], root);
		hex[tree] = fn_hex(root, sizeof(root));
	}
	fn_json_begin_object(&json);
	fn_json_member(&json, "sha256", hex[FN_TREE_SHA256]);
	fn_json_member_int(&json, "size", (gint64)size);
	fn_json_member(&json, "sm3", hex[FN_TREE_SM3]);
	fn_json_end_object(&json);
	g_string_append_c(text, '\n');
	good = fn_files_put(log->files, "state", text->str, text->len, error) && fn_files_commit(log->files, error);
	for (guint tree = 0; tree < FN_TREES; tree++)
		g_free(hex[tree]);
	g_string_free(text, TRUE);
	if (good)
		log->stated = size;
	return good;
}

static gboolean
write_tiles(FnLog *log, GError **error)
{
	guint64 size = fn_tree_size(log->tree[0]);

	if (size == log->stated)
		return TRUE;
	for (guint tree = 0; tree < FN_TREES; tree++)
		fn_tree_open_tiles(log->tree[tree], fn_log_tile_ready[tree], log);
	if (log->tile_error != NULL) {
		g_propagate_error(error, g_error_copy(log->tile_error));
		return FALSE;
	}
	/* The state may only name what is there. */
	return fn_files_commit(log->files, error) && write_index(log, size, error) && write_state(log, size, error);
}

/* Only once a state that covers the full tile is durable. */
static void
drop_partials(FnLog *log)
{
	for (guint i = 0; i < log->full->len; i++) {
		const FnFullTile *full = &g_array_index(log->full, FnFullTile, i);

		fn_tile_drop_partials(log->directory, full->suite, full->level, full->index);
	}
	g_array_set_size(log->full, 0);
}

/* ---- heads ---- */

static const char *
purpose(guint tree)
{
	return tree == FN_TREE_SM3 ? "ledger_head_gm" : "ledger_head_intl";
}

/* The keys of a ledger are written down when first seen, and no other is taken after. *@fatal as in make_head(). */
static gboolean
know_keys(FnLog *log, gboolean *fatal, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GBytes) bytes = NULL;
	gboolean missing;
	gsize size;

	for (guint tree = 0; tree < FN_TREES; tree++)
		if (log->key[tree] == NULL &&
		    (log->key[tree] = log->options.signer.public_key(log->options.signer.data, purpose(tree), error)) == NULL)
			return FALSE;
	text = g_strdup_printf("%s\n%s\n", log->key[FN_TREE_SM3], log->key[FN_TREE_SHA256]);
	bytes = fn_file_read(log->directory, "keys", 1024, &missing, NULL);
	if (bytes == NULL && missing && log->head.size == 0) {
		*fatal = !fn_files_put(log->files, "keys", text, strlen(text), error) || !fn_files_commit(log->files, error);
		return !*fatal;
	}
	size = bytes != NULL ? g_bytes_get_size(bytes) : 0;
	if (size == strlen(text) && memcmp(g_bytes_get_data(bytes, NULL), text, size) == 0)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN,
		"the keeper's keys are not those in the ledger's file keys: no head is signed with other keys");
	for (guint tree = 0; tree < FN_TREES; tree++)
		g_clear_pointer(&log->key[tree], g_free);
	return FALSE;
}

static gboolean
sign_head(FnLog *log, FnHead *head, GError **error)
{
	const FnHeadSigner *signer = &log->options.signer;
	g_autofree char *gm = fn_head_message(head, FN_SUITE_GM);
	g_autofree char *intl = fn_head_message(head, FN_SUITE_INTL);
	g_autofree guint8 *signature = NULL;
	gsize size;

	head->sm3_signature = signer->sign(signer->data, purpose(FN_TREE_SM3), gm, &head->sm3_signature_size, error);
	if (head->sm3_signature == NULL)
		return FALSE;
	signature = signer->sign(signer->data, purpose(FN_TREE_SHA256), intl, &size, error);
	if (signature == NULL)
		return FALSE;
	head->note = fn_head_note(head, log->key[FN_TREE_SHA256], signature, size, error);
	/* What leaves here verifies: a keeper that signs something else is found now, not in court. */
	return head->note != NULL && fn_head_verify(head, log->key[FN_TREE_SM3], log->key[FN_TREE_SHA256], error);
}

static gboolean
keep_head(FnLog *log, const FnHead *head, GError **error)
{
	GString *line = g_string_new(NULL);
	int fd = openat(log->directory, "heads", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	gboolean good = FALSE;

	fn_head_write(head, line);
	g_string_append_c(line, '\n');
	if (end < 0)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "heads: %s", g_strerror(errno));
	else
		good = fn_file_write_all(fd, line->str, line->len, (guint64)end, error);
	if (good && fsync(fd) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "heads: %s", g_strerror(errno));
		good = FALSE;
	}
	if (fd >= 0)
		close(fd);
	g_string_free(line, TRUE);
	return good && (log->head.size > 0 || fn_file_sync_folder(log->directory, ".", error)) &&
		fn_files_put(log->files, "checkpoint", head->note, strlen(head->note), error) && fn_files_commit(log->files, error);
}

static void
ignore(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
}

/* The national head becomes an entry, so that both trees hold it from the next head on. */
static void
enter_head(FnLog *log, const FnHead *head)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	g_autofree char *root = fn_hex(head->sm3, FN_DIGEST_SIZE);
	g_autofree char *signature = g_base64_encode(head->sm3_signature, head->sm3_signature_size);

	fn_json_begin_object(&json);
	fn_json_member(&json, "event", "ledger.head");
	fn_json_member(&json, "root", root);
	fn_json_member(&json, "signature", signature);
	fn_json_member_int(&json, "size", (gint64)head->size);
	fn_json_member(&json, "suite", fn_suite_name(FN_SUITE_GM));
	fn_json_member(&json, "time", head->time);
	fn_json_end_object(&json);
	/* The head itself stays in the file heads for ever, and its entry's hash in the tree. */
	fn_log_append(log, FN_ROLE_LEDGER, FN_CLASS_6M, text->str, text->len, ignore, NULL);
	fn_log_kick(log);
	g_string_free(text, TRUE);
}

/* *@fatal: a write failed, not a signature. */
static gboolean
make_head(FnLog *log, gboolean *fatal, GError **error)
{
	g_auto(FnHead) head = { .origin = g_strdup(log->origin), .size = log->stated };

	head.time = fn_time_format(fn_time_now());
	fn_tree_root(log->tree[FN_TREE_SHA256], head.sha256);
	fn_tree_root(log->tree[FN_TREE_SM3], head.sm3);
	if (!know_keys(log, fatal, error) || !sign_head(log, &head, error))
		return FALSE;
	*fatal = TRUE;
	if (!keep_head(log, &head, error))
		return FALSE;
	*fatal = FALSE;
	log->fresh = 0;
	enter_head(log, &head);
	fn_mutex_lock(&log->mutex);
	fn_head_clear(&log->head);
	log->head = head;
	fn_mutex_unlock(&log->mutex);
	memset(&head, 0, sizeof(head));
	return TRUE;
}

static void
remember(FnLog *log, const GError *error)
{
	fn_mutex_lock(&log->mutex);
	g_free(log->head_error);
	log->head_error = error != NULL ? g_strdup(error->message) : NULL;
	fn_mutex_unlock(&log->mutex);
}

static gboolean
publish(FnLog *log, GError **error)
{
	gboolean fatal = TRUE, signed_head;
	g_autoptr(GError) why = NULL;
	guint64 durable;

	fn_mutex_lock(&log->mutex);
	durable = log->durable;
	fn_mutex_unlock(&log->mutex);
	signed_head = fn_log_absorb(log, durable, &why);
	if (signed_head && log->fresh == 0)
		return TRUE;
	signed_head = signed_head && write_tiles(log, &why);
	if (signed_head) {
		drop_partials(log);
		fatal = FALSE;
		if (log->options.signer.sign == NULL || log->stated == log->head.size)
			return TRUE;
		signed_head = make_head(log, &fatal, &why);
		remember(log, why);
	}
	if (fatal && !signed_head)
		fn_log_stop(log, why);
	if (!signed_head)
		g_propagate_error(error, g_steal_pointer(&why));
	return signed_head;
}

gboolean
fn_log_publish(FnLog *log, GError **error)
{
	gboolean good = FALSE;

	fn_log_look_at_disk(log);
	fn_mutex_lock(&log->publish);
	fn_mutex_lock(&log->mutex);
	if (log->stopped != NULL)
		g_propagate_error(error, g_error_copy(log->stopped));
	else
		good = TRUE;
	fn_mutex_unlock(&log->mutex);
	good = good && publish(log, error);
	fn_mutex_unlock(&log->publish);
	return good;
}

/* ---- the thread ---- */

/* The next segment is made before it is needed, so that no commit waits for its zeros. */
static void
make_spare(FnLog *log)
{
	gboolean wanted;
	int fd;

	fn_mutex_lock(&log->mutex);
	wanted = !log->spare && !log->low && log->stopped == NULL && log->segments->len > 0 &&
		g_array_index(log->segments, FnLogSegment, log->segments->len - 1).end > log->options.segment_bytes / 2;
	fn_mutex_unlock(&log->mutex);
	if (!wanted || (fd = fn_log_make_segment(log, "tmp/spare", NULL)) < 0)
		return; /* without a spare the commit that needs it makes one, and says what is wrong */
	close(fd);
	fn_mutex_lock(&log->mutex);
	log->spare = TRUE;
	fn_mutex_unlock(&log->mutex);
}

/* FALSE at the end. */
static gboolean
wait_tick(FnLog *log, gint64 until)
{
	gboolean ending;

	fn_mutex_lock(&log->mutex);
	while (!log->ending && g_get_monotonic_time() < until)
		fn_cond_wait_for(&log->tick, &log->mutex, until - g_get_monotonic_time());
	ending = log->ending;
	fn_mutex_unlock(&log->mutex);
	return !ending;
}

void *
fn_log_publisher(void *data)
{
	FnLog *log = data;
	gint64 interval = (gint64)log->options.head_interval_ms * 1000;
	gint64 next = g_get_monotonic_time() + interval;

	while (wait_tick(log, next)) {
		fn_log_publish(log, NULL); /* what fails is told by the status, and tried again */
		make_spare(log);
		next = MAX(next + interval, g_get_monotonic_time());
	}
	fn_log_publish(log, NULL);
	return NULL;
}
