#include "ledger/cosign.h"

#include "base/json.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/time.h"
#include "ledger/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX 65536u

typedef struct { /* the last of one witness; size 0: none */
	guint64 size, time, sm2_time;
	char *body, *note, *line; /* of the head, and the cosignature */
} Last;

struct FnCosignatures {
	const GPtrArray *witnesses;
	int log, directory; /* the ledger's, and cosignatures/ below */
	FnMutex mutex;
	Last *last; /* one per witness */
	guint64 stamped_size, stamped_time;
	guint64 size; /* of the file checkpoint; 0: none */
};

/* ---- the list of witnesses ---- */

void
fn_known_witness_free(FnKnownWitness *witness)
{
	if (witness == NULL)
		return;
	g_free(witness->url);
	fn_note_key_free(witness->key);
	fn_public_key_free(witness->sm2);
	g_free(witness);
}

static gboolean
wrong_line(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s; expected \"URL KEY [gm:KEY]\"", why);
	return FALSE;
}

static FnKnownWitness *
read_words(const GPtrArray *word, GError **error)
{
	FnKnownWitness *witness = g_new0(FnKnownWitness, 1);
	const char *url = word->len > 0 ? g_ptr_array_index(word, 0) : "";
	gboolean good = TRUE;

	if (word->len < 2 || word->len > 3)
		good = wrong_line(error, "two or three words stand in a line");
	else if (!g_str_has_prefix(url, "https://") && !g_str_has_prefix(url, "http://"))
		good = wrong_line(error, "the address begins with https:// or http://");
	if (good)
		good = (witness->key = fn_note_key_parse(g_ptr_array_index(word, 1), FN_NOTE_COSIGNATURE, error)) != NULL;
	if (good && word->len == 3)
		good = (witness->sm2 = fn_public_key_parse(g_ptr_array_index(word, 2), error)) != NULL;
	if (good && witness->sm2 != NULL && fn_public_key_suite(witness->sm2) != FN_SUITE_GM)
		good = wrong_line(error, "the third word is no SM2 key");
	if (!good) {
		fn_known_witness_free(witness);
		return NULL;
	}
	witness->url = g_strdup(url);
	while (g_str_has_suffix(witness->url, "/"))
		witness->url[strlen(witness->url) - 1] = '\0';
	return witness;
}

/* Files are named by the key's id, so no two may share it. */
static gboolean
is_new(const GPtrArray *witnesses, const FnKnownWitness *witness)
{
	for (guint i = 0; i < witnesses->len; i++) {
		const FnKnownWitness *other = g_ptr_array_index(witnesses, i);

		if (memcmp(other->key->id, witness->key->id, FN_KEY_ID_SIZE) == 0)
			return FALSE;
	}
	return TRUE;
}

static gboolean
take_line(GPtrArray *witnesses, char *line, GError **error)
{
	g_auto(GStrv) split = g_strsplit_set(line, " \t\r", -1);
	g_autoptr(GPtrArray) word = g_ptr_array_new();
	FnKnownWitness *witness;

	for (guint i = 0; split[i] != NULL; i++)
		if (*split[i] != '\0')
			g_ptr_array_add(word, split[i]);
	if (word->len == 0 || *(const char *)g_ptr_array_index(word, 0) == '#')
		return TRUE;
	if ((witness = read_words(word, error)) == NULL)
		return FALSE;
	if (is_new(witnesses, witness) && witnesses->len < FN_WITNESSES_MAX) {
		g_ptr_array_add(witnesses, witness);
		return TRUE;
	}
	fn_known_witness_free(witness);
	return wrong_line(error, "the same witness stands there twice, or too many do");
}

GPtrArray *
fn_witnesses_parse(const char *text, GError **error)
{
	g_autoptr(GPtrArray) witnesses = g_ptr_array_new_with_free_func((GDestroyNotify)fn_known_witness_free);
	g_auto(GStrv) line = g_strsplit(text, "\n", -1);

	for (guint i = 0; line[i] != NULL; i++)
		if (!take_line(witnesses, line[i], error)) {
			g_prefix_error(error, "line %u: ", i + 1);
			return NULL;
		}
	return g_steal_pointer(&witnesses);
}

GPtrArray *
fn_witnesses_read(const char *path, GError **error)
{
	gboolean missing = FALSE;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(AT_FDCWD, path, LIST_MAX, &missing, &why);
	g_autofree char *text = NULL;
	GPtrArray *witnesses;

	if (bytes == NULL && !missing) {
		g_propagate_error(error, g_steal_pointer(&why));
		return NULL;
	}
	text = bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : g_strdup("");
	witnesses = fn_witnesses_parse(text, error);
	if (witnesses == NULL)
		g_prefix_error(error, "%s: ", path);
	return witnesses;
}

/* ---- texts ---- */

void
fn_cosigned_clear(FnCosigned *cosigned)
{
	fn_head_clear(&cosigned->head);
	memset(cosigned, 0, sizeof(*cosigned));
}

static gboolean
malformed(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY, "%s", why);
	return FALSE;
}

/* The head in the first line; *@rest_out is what follows. */
static gboolean
take_head(const char *text, gsize size, const char *gm_key, const char *intl_key, FnHead *head_out, FnSpan *rest_out, GError **error)
{
	FnCanon canon = fn_canon_over(text, size);
	g_auto(FnHead) head = { 0 };

	if (!fn_head_take(&canon, &head) || !fn_canon_literal(&canon, "\n"))
		return malformed(error, "its first line is no signed head");
	if (!fn_head_verify(&head, gm_key, intl_key, error))
		return FALSE;
	*rest_out = (FnSpan){ canon.at, (gsize)(canon.end - canon.at) };
	*head_out = head;
	memset(&head, 0, sizeof(head));
	return TRUE;
}

/* What follows a head is exactly the line of the witness and, where it has an SM2 key, the other one. */
static gboolean
check_lines(FnCosigned *cosigned, FnSpan rest, const FnKnownWitness *witness, GError **error)
{
	g_autofree char *body = fn_head_note_body(&cosigned->head);
	const char *at, *end = rest.text + rest.size;
	FnSpan sm2;

	if (!fn_cosignature_find(rest, (FnSpan){ body, strlen(body) }, witness->key, &cosigned->line, &cosigned->time, error))
		return FALSE;
	at = cosigned->line.text + cosigned->line.size;
	if (cosigned->line.text != rest.text)
		return malformed(error, "something stands between the head and the cosignature");
	if (witness->sm2 != NULL && (!fn_line_next(&at, end, &sm2) ||
		!fn_cosignature_sm2_verify(sm2, cosigned->head.origin, cosigned->head.size, cosigned->head.sm3, witness->sm2, &cosigned->sm2_time, error))) {
		if (error != NULL && *error == NULL)
			malformed(error, "the SM2 cosignature is missing");
		return FALSE;
	}
	return at == end || malformed(error, "something follows the cosignature");
}

gboolean
fn_cosigned_verify(const char *text, gsize size, const FnKnownWitness *witness, const char *gm_key, const char *intl_key,
	FnCosigned *cosigned_out, GError **error)
{
	g_auto(FnCosigned) cosigned = { 0 };
	FnSpan rest;

	if (!take_head(text, size, gm_key, intl_key, &cosigned.head, &rest, error) || !check_lines(&cosigned, rest, witness, error))
		return FALSE;
	*cosigned_out = cosigned;
	memset(&cosigned, 0, sizeof(cosigned));
	return TRUE;
}

gboolean
fn_stamped_parse(const char *text, gsize size, const char *gm_key, const char *intl_key, FnHead *head_out, guint64 *time_out,
	GBytes **token_out, GError **error)
{
	g_auto(FnHead) head = { 0 };
	FnCanon canon;
	FnSpan rest, line;
	const char *at;
	guint8 *token = NULL;
	gsize token_size = 0;

	if (!take_head(text, size, gm_key, intl_key, &head, &rest, error))
		return FALSE;
	at = rest.text;
	if (!fn_line_next(&at, rest.text + rest.size, &line) || at != rest.text + rest.size)
		return malformed(error, "a time stamp is one line behind its head");
	canon = fn_canon_over(line.text, line.size);
	if (fn_canon_literal(&canon, "timestamp ") && fn_canon_unsigned(&canon, time_out) && *time_out <= G_MAXINT64 && fn_canon_literal(&canon, " "))
		token = fn_span_base64((FnSpan){ canon.at, (gsize)(canon.end - canon.at) }, FN_STAMP_MAX, &token_size);
	if (token == NULL)
		return malformed(error, "a time stamp's line is \"timestamp TIME base64\"");
	*token_out = g_bytes_new_take(token, token_size);
	*head_out = head;
	memset(&head, 0, sizeof(head));
	return TRUE;
}

/* ---- what is kept ---- */

/* The keys of the log's heads, as log.h keeps them. */
static gboolean
log_keys(const FnCosignatures *cosignatures, char ***keys_out, GError **error)
{
	g_autoptr(GBytes) bytes = fn_file_read(cosignatures->log, "keys", 1024, NULL, error);
	g_autofree char *text = NULL;
	char **keys;

	if (bytes == NULL)
		return FALSE;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	keys = g_strsplit(text, "\n", 3);
	if (g_strv_length(keys) == 3) {
		*keys_out = keys;
		return TRUE;
	}
	g_strfreev(keys);
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "keys: not two lines");
	return FALSE;
}

static char *
file_of(const FnKnownWitness *witness)
{
	return fn_hex(witness->key->id, FN_KEY_ID_SIZE);
}

static void
last_clear(Last *last)
{
	g_free(last->body);
	g_free(last->note);
	g_free(last->line);
	memset(last, 0, sizeof(*last));
}

static void
remember(Last *last, const FnCosigned *cosigned)
{
	last_clear(last);
	last->size = cosigned->head.size;
	last->time = cosigned->time;
	last->sm2_time = cosigned->sm2_time;
	last->body = fn_head_note_body(&cosigned->head);
	last->note = g_strdup(cosigned->head.note);
	last->line = g_strndup(cosigned->line.text, cosigned->line.size);
}

static void
load_witness(FnCosignatures *cosignatures, guint i, char *const *keys)
{
	const FnKnownWitness *witness = g_ptr_array_index(cosignatures->witnesses, i);
	g_autofree char *name = file_of(witness);
	g_autoptr(GBytes) bytes = fn_file_read(cosignatures->directory, name, FN_COSIGN_MAX, NULL, NULL);
	g_auto(FnCosigned) cosigned = { 0 };
	gconstpointer text;
	gsize size;

	if (bytes == NULL)
		return;
	text = g_bytes_get_data(bytes, &size);
	if (fn_cosigned_verify(text, size, witness, keys[0], keys[1], &cosigned, NULL))
		remember(&cosignatures->last[i], &cosigned);
}

static void
load_stamp(FnCosignatures *cosignatures, const char *name, char *const *keys)
{
	g_autoptr(GBytes) bytes = fn_file_read(cosignatures->directory, name, FN_COSIGN_MAX, NULL, NULL);
	g_autoptr(GBytes) token = NULL;
	g_auto(FnHead) head = { 0 };
	guint64 time;

	if (bytes == NULL || !fn_stamped_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), keys[0], keys[1], &head, &time, &token, NULL) ||
		time <= cosignatures->stamped_time)
		return;
	cosignatures->stamped_size = head.size;
	cosignatures->stamped_time = time;
}

/* The last stamp is that of the largest size: names are sizes. */
static void
load_last_stamp(FnCosignatures *cosignatures, char *const *keys)
{
	int fd = openat(cosignatures->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *item;
	g_autofree char *name = NULL;
	guint64 size, largest = 0;

	while (folder != NULL && (item = readdir(folder)) != NULL)
		if (g_str_has_prefix(item->d_name, "timestamp-") && fn_span_unsigned((FnSpan){ item->d_name + 10, strlen(item->d_name + 10) }, &size) &&
			size > largest)
			largest = size;
	if (folder != NULL)
		closedir(folder);
	else if (fd >= 0)
		close(fd);
	name = g_strdup_printf("timestamp-%" G_GUINT64_FORMAT, largest);
	if (largest > 0)
		load_stamp(cosignatures, name, keys);
}

static void
load_all(FnCosignatures *cosignatures)
{
	g_auto(GStrv) keys = NULL;

	if (!log_keys(cosignatures, &keys, NULL)) /* a log without a signed head has nothing that could be cosigned */
		return;
	for (guint i = 0; i < cosignatures->witnesses->len; i++) {
		load_witness(cosignatures, i, keys);
		cosignatures->size = MAX(cosignatures->size, cosignatures->last[i].size);
	}
	load_last_stamp(cosignatures, keys);
}

FnCosignatures *
fn_cosignatures_open(const char *directory, const GPtrArray *witnesses, GError **error)
{
	g_autoptr(FnCosignatures) cosignatures = g_new0(FnCosignatures, 1);

	pthread_mutex_init(&cosignatures->mutex, NULL);
	cosignatures->witnesses = witnesses;
	cosignatures->last = g_new0(Last, MAX(witnesses->len, 1));
	cosignatures->directory = -1;
	cosignatures->log = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cosignatures->log < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", directory, g_strerror(errno));
		return NULL;
	}
	if (!fn_file_make_folder(cosignatures->log, "cosignatures/tmp", error))
		return NULL;
	cosignatures->directory = openat(cosignatures->log, "cosignatures", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cosignatures->directory < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "cosignatures: %s", g_strerror(errno));
		return NULL;
	}
	fn_file_empty_folder(cosignatures->directory, "tmp");
	load_all(cosignatures);
	return g_steal_pointer(&cosignatures);
}

void
fn_cosignatures_free(FnCosignatures *cosignatures)
{
	if (cosignatures == NULL)
		return;
	for (guint i = 0; i < cosignatures->witnesses->len; i++)
		last_clear(&cosignatures->last[i]);
	if (cosignatures->directory >= 0)
		close(cosignatures->directory);
	if (cosignatures->log >= 0)
		close(cosignatures->log);
	pthread_mutex_destroy(&cosignatures->mutex);
	g_free(cosignatures->last);
	g_free(cosignatures);
}

/* ---- taking ---- */

/* The note of @size with the line of every witness that cosigned just this. */
static char *
whole_note(const FnCosignatures *cosignatures, guint64 size)
{
	g_autoptr(GString) note = g_string_new(NULL);
	const char *body = NULL;

	for (guint i = 0; i < cosignatures->witnesses->len; i++) {
		const Last *last = &cosignatures->last[i];

		if (last->size != size || size == 0 || (body != NULL && !g_str_equal(body, last->body)))
			continue;
		if (body == NULL)
			g_string_append(note, last->note);
		body = last->body;
		g_string_append(note, last->line);
	}
	return body != NULL ? g_string_free(g_steal_pointer(&note), FALSE) : NULL;
}

static gboolean
put(const FnCosignatures *cosignatures, const char *name, const char *text, gsize size, GError **error)
{
	g_autoptr(FnFiles) files = fn_files_new(cosignatures->directory);

	return fn_files_put(files, name, text, size, error) && fn_files_commit(files, error);
}

static gboolean
older(GError **error)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "what is kept already is of a later head");
	return FALSE;
}

static gboolean
take_cosigned(FnCosignatures *cosignatures, guint i, const char *text, gsize size, const FnCosigned *cosigned, GError **error)
{
	g_autofree char *name = file_of(g_ptr_array_index(cosignatures->witnesses, i));
	g_autofree char *note = NULL;

	if (cosigned->head.size < cosignatures->last[i].size)
		return older(error);
	if (!put(cosignatures, name, text, size, error))
		return FALSE;
	remember(&cosignatures->last[i], cosigned);
	cosignatures->size = MAX(cosignatures->size, cosigned->head.size);
	note = whole_note(cosignatures, cosignatures->size);
	return put(cosignatures, "checkpoint", note, strlen(note), error);
}

static gboolean
take_stamp(FnCosignatures *cosignatures, const char *text, gsize size, char *const *keys, GError **error)
{
	g_auto(FnHead) head = { 0 };
	g_autoptr(GBytes) token = NULL;
	g_autofree char *name = NULL;
	guint64 time;

	if (!fn_stamped_parse(text, size, keys[0], keys[1], &head, &time, &token, error))
		return FALSE;
	if (head.size <= cosignatures->stamped_size)
		return older(error);
	name = g_strdup_printf("timestamp-%" G_GUINT64_FORMAT, head.size);
	if (!put(cosignatures, name, text, size, error))
		return FALSE;
	cosignatures->stamped_size = head.size;
	cosignatures->stamped_time = time;
	return TRUE;
}

/* With the mutex. */
static gboolean
take(FnCosignatures *cosignatures, const char *text, gsize size, char *const *keys, GError **error)
{
	const char *second = memchr(text, '\n', size);
	g_autoptr(GError) why = NULL;

	if (second != NULL && (gsize)(text + size - second) > 10 && memcmp(second + 1, "timestamp ", 10) == 0)
		return take_stamp(cosignatures, text, size, keys, error);
	malformed(&why, "no witness is listed");
	for (guint i = 0; i < cosignatures->witnesses->len; i++) {
		g_auto(FnCosigned) cosigned = { 0 };

		g_clear_error(&why);
		if (fn_cosigned_verify(text, size, g_ptr_array_index(cosignatures->witnesses, i), keys[0], keys[1], &cosigned, &why))
			return take_cosigned(cosignatures, i, text, size, &cosigned, error);
	}
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

gboolean
fn_cosignatures_take(FnCosignatures *cosignatures, const char *text, gsize size, GError **error)
{
	g_auto(GStrv) keys = NULL;
	gboolean taken;

	if (size > FN_COSIGN_MAX)
		return malformed(error, "it is too long");
	if (!log_keys(cosignatures, &keys, error))
		return FALSE;
	fn_mutex_lock(&cosignatures->mutex);
	taken = take(cosignatures, text, size, keys, error);
	fn_mutex_unlock(&cosignatures->mutex);
	return taken;
}

/* ---- telling ---- */

static void
write_time(FnJson *json, const char *name, guint64 time)
{
	g_autofree char *text = fn_time_format((gint64)MIN(time, G_MAXINT64 / G_USEC_PER_SEC) * G_USEC_PER_SEC);

	fn_json_member(json, name, text);
}

static void
write_witness(FnJson *json, const FnKnownWitness *witness, const Last *last)
{
	fn_json_begin_object(json);
	fn_json_member(json, "name", witness->key->name);
	fn_json_member_int(json, "size", (gint64)last->size);
	fn_json_member_bool(json, "sm2", last->sm2_time != 0);
	if (last->size > 0)
		write_time(json, "time", last->time);
	fn_json_end_object(json);
}

char *
fn_cosignatures_list(FnCosignatures *cosignatures)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	g_autofree char *note = NULL;

	fn_mutex_lock(&cosignatures->mutex);
	note = whole_note(cosignatures, cosignatures->size);
	fn_json_begin_object(&json);
	fn_json_name(&json, "checkpoint");
	fn_json_text(&json, note);
	if (cosignatures->stamped_size > 0) {
		fn_json_name(&json, "timestamp");
		fn_json_begin_object(&json);
		fn_json_member_int(&json, "size", (gint64)cosignatures->stamped_size);
		write_time(&json, "time", cosignatures->stamped_time);
		fn_json_end_object(&json);
	}
	fn_json_name(&json, "witnesses");
	fn_json_begin_array(&json);
	for (guint i = 0; i < cosignatures->witnesses->len; i++)
		write_witness(&json, g_ptr_array_index(cosignatures->witnesses, i), &cosignatures->last[i]);
	fn_json_end_array(&json);
	fn_json_end_object(&json);
	fn_mutex_unlock(&cosignatures->mutex);
	return g_string_free(text, FALSE);
}
