#include "ledger/note.h"

#include "base/text.h"

#include <string.h>

#define DASH      "\xe2\x80\x94 " /* U+2014 and a space */
#define HEADER    "cosignature/v1\n"
#define SIGNATURE 64u
#define TEXT_MAX  (FN_NOTE_NAME_MAX + 64u) /* of a key */

/* ---- small readers ---- */

gboolean
fn_line_next(const char **at, const char *end, FnSpan *line_out)
{
	const char *stop = memchr(*at, '\n', (gsize)(end - *at));

	if (stop == NULL)
		return FALSE;
	*line_out = (FnSpan){ *at, (gsize)(stop - *at) };
	*at = stop + 1;
	return TRUE;
}

gboolean
fn_span_unsigned(FnSpan text, guint64 *value_out)
{
	FnCanon canon = fn_canon_over(text.text, text.size);

	return fn_canon_unsigned(&canon, value_out) && canon.at == canon.end;
}

guint8 *
fn_span_base64(FnSpan text, gsize most, gsize *size_out)
{
	g_autofree char *copy = NULL;
	g_autofree guint8 *bytes = NULL;
	g_autofree char *again = NULL;

	if (text.size == 0 || text.size > (most + 2) / 3 * 4)
		return NULL;
	copy = g_strndup(text.text, text.size);
	bytes = g_base64_decode(copy, size_out);
	again = g_base64_encode(bytes, *size_out);
	/* GLib's decoder skips what it does not know. */
	return *size_out <= most && strlen(again) == text.size && memcmp(again, text.text, text.size) == 0 ? g_steal_pointer(&bytes) : NULL;
}

gboolean
fn_span_digest(FnSpan text, guint8 digest_out[FN_DIGEST_SIZE])
{
	gsize size = 0;
	g_autofree guint8 *bytes = fn_span_base64(text, FN_DIGEST_SIZE, &size);

	if (bytes == NULL || size != FN_DIGEST_SIZE)
		return FALSE;
	memcpy(digest_out, bytes, size);
	return TRUE;
}

static gboolean
starts_with(FnSpan text, const char *prefix)
{
	return text.size >= strlen(prefix) && memcmp(text.text, prefix, strlen(prefix)) == 0;
}

static FnSpan
after(FnSpan text, gsize size)
{
	return (FnSpan){ text.text + size, text.size - size };
}

/* ---- keys ---- */

void
fn_note_key_id(const char *name, FnNoteType type, const guint8 key[32], guint8 id_out[FN_KEY_ID_SIZE])
{
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_INTL);
	const guint8 middle[2] = { '\n', (guint8)type };
	guint8 whole[FN_DIGEST_SIZE];

	fn_digest_add(digest, name, strlen(name));
	fn_digest_add(digest, middle, sizeof(middle));
	fn_digest_add(digest, key, 32);
	fn_digest_peek(digest, whole);
	memcpy(id_out, whole, FN_KEY_ID_SIZE);
}

gboolean
fn_note_name_is_valid(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!g_ascii_isgraph(*c) || *c == '+' || *c == '"' || *c == '\\')
			return FALSE;
	return *name != '\0' && strnlen(name, FN_NOTE_NAME_MAX + 1) <= FN_NOTE_NAME_MAX;
}

static gboolean
no_key(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "not a verifier's key (NAME+8 hexadecimal digits+base64): %s", why);
	return FALSE;
}

static gboolean
read_key(char *const *part, FnNoteType type, FnNoteKey *key, GError **error)
{
	gsize size = 0;
	g_autofree guint8 *bytes = NULL;
	g_autofree char *text = NULL;
	guint8 id[FN_KEY_ID_SIZE];

	if (g_strv_length((char **)part) != 3 || !fn_note_name_is_valid(part[0]))
		return no_key(error, "its parts are not three, or the name is not allowed");
	bytes = fn_span_base64((FnSpan){ part[2], strlen(part[2]) }, 33, &size);
	if (bytes == NULL || size != 33)
		return no_key(error, "the base64 does not hold 33 bytes");
	if (bytes[0] != type)
		return no_key(error, type == FN_NOTE_COSIGNATURE ? "its type is not that of witnesses (0x04)" : "its type is not that of logs (0x01)");
	memcpy(key->bytes, bytes + 1, sizeof(key->bytes));
	fn_note_key_id(part[0], type, key->bytes, key->id);
	if (!fn_unhex(part[1], id, sizeof(id)) || memcmp(id, key->id, sizeof(id)) != 0)
		return no_key(error, "the digits are not those of this name and key");
	text = fn_public_key_text(FN_SUITE_INTL, key->bytes);
	key->key = fn_public_key_parse(text, error);
	key->name = g_strdup(part[0]);
	key->type = type;
	return key->key != NULL;
}

FnNoteKey *
fn_note_key_parse(const char *text, FnNoteType type, GError **error)
{
	g_autoptr(FnNoteKey) key = g_new0(FnNoteKey, 1);
	g_auto(GStrv) part = NULL;
	const char *first = strchr(text, '+'), *second = first != NULL ? strchr(first + 1, '+') : NULL;

	if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX || second == NULL)
		return no_key(error, "its parts are not three"), NULL;
	part = g_new0(char *, 4); /* base64 may hold '+' */
	part[0] = g_strndup(text, (gsize)(first - text));
	part[1] = g_strndup(first + 1, (gsize)(second - first - 1));
	part[2] = g_strdup(second + 1);
	return read_key(part, type, key, error) ? g_steal_pointer(&key) : NULL;
}

void
fn_note_key_free(FnNoteKey *key)
{
	if (key == NULL)
		return;
	fn_public_key_free(key->key);
	g_free(key->name);
	g_free(key);
}

char *
fn_note_key_text(const char *name, FnNoteType type, const guint8 key[32])
{
	guint8 id[FN_KEY_ID_SIZE], typed[33] = { (guint8)type };
	g_autofree char *hex = NULL;
	g_autofree char *base64 = NULL;

	fn_note_key_id(name, type, key, id);
	memcpy(typed + 1, key, 32);
	hex = fn_hex(id, sizeof(id));
	base64 = g_base64_encode(typed, sizeof(typed));
	return g_strdup_printf("%s+%s+%s", name, hex, base64);
}

/* ---- checkpoints ---- */

static gboolean
no_checkpoint(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY, "not a checkpoint: %s", why);
	return FALSE;
}

static gboolean
is_note_text(const char *text, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if ((guchar)text[i] < 0x20 && text[i] != '\n')
			return FALSE;
	return g_utf8_validate(text, (gssize)size, NULL);
}

/* Where the signatures begin: behind the last empty line. 0: nowhere. */
static gsize
signatures_at(const char *text, gsize size)
{
	for (gsize i = size; i >= 2; i--)
		if (text[i - 1] == '\n' && text[i - 2] == '\n')
			return i;
	return 0;
}

/* Name and blob of a signature line. */
static gboolean
read_signature(FnSpan line, FnSpan *name_out, FnSpan *blob_out)
{
	const char *space;

	if (!starts_with(line, DASH))
		return FALSE;
	line = after(line, strlen(DASH));
	space = memchr(line.text, ' ', line.size);
	if (space == NULL || space == line.text)
		return FALSE;
	*name_out = (FnSpan){ line.text, (gsize)(space - line.text) };
	*blob_out = after(line, name_out->size + 1);
	return blob_out->size > 0 && memchr(blob_out->text, ' ', blob_out->size) == NULL && memchr(name_out->text, '+', name_out->size) == NULL;
}

static gboolean
lines_are_signatures(FnSpan lines)
{
	const char *at = lines.text, *end = lines.text + lines.size;
	FnSpan line, name, blob;
	guint count = 0;

	while (at < end)
		if (!fn_line_next(&at, end, &line) || !read_signature(line, &name, &blob) || ++count > FN_NOTE_SIGNATURES)
			return FALSE;
	return count > 0;
}

static gboolean
read_body(FnCheckpoint *checkpoint, GError **error)
{
	const char *at = checkpoint->body.text, *end = at + checkpoint->body.size;
	FnSpan line;

	if (!fn_line_next(&at, end, &checkpoint->origin) || checkpoint->origin.size == 0 || checkpoint->origin.size > FN_NOTE_NAME_MAX)
		return no_checkpoint(error, "it does not begin with an origin");
	if (!fn_line_next(&at, end, &line) || !fn_span_unsigned(line, &checkpoint->size) || checkpoint->size > G_MAXINT64)
		return no_checkpoint(error, "its second line is no size");
	if (!fn_line_next(&at, end, &line) || !fn_span_digest(line, checkpoint->root))
		return no_checkpoint(error, "its third line is no root");
	while (at < end)
		if (!fn_line_next(&at, end, &line) || line.size == 0)
			return no_checkpoint(error, "a line behind its root is empty");
	return TRUE;
}

gboolean
fn_checkpoint_parse(const char *text, gsize size, FnCheckpoint *checkpoint_out, GError **error)
{
	FnCheckpoint checkpoint = { 0 };
	gsize split;

	if (size > FN_NOTE_MAX)
		return no_checkpoint(error, "it is too long");
	if (!is_note_text(text, size))
		return no_checkpoint(error, "it holds controls or is not UTF-8");
	split = signatures_at(text, size);
	if (split < 2)
		return no_checkpoint(error, "no empty line stands before its signatures");
	checkpoint.body = (FnSpan){ text, split - 1 };
	checkpoint.lines = (FnSpan){ text + split, size - split };
	if (!read_body(&checkpoint, error))
		return FALSE;
	if (!lines_are_signatures(checkpoint.lines))
		return no_checkpoint(error, "a signature line is malformed, or there are none or too many");
	*checkpoint_out = checkpoint;
	return TRUE;
}

/* ---- signatures ---- */

/* Takes the next line of @key from *@at on: its blob, *@size_out bytes, the key id left out. NULL at the end. */
static guint8 *
next_of_key(const char **at, const char *end, const FnNoteKey *key, FnSpan *line_out, gsize *size_out)
{
	FnSpan line, name, blob;

	while (*at < end && fn_line_next(at, end, &line)) {
		g_autofree guint8 *bytes = NULL;

		if (!read_signature(line, &name, &blob) || name.size != strlen(key->name) || memcmp(name.text, key->name, name.size) != 0)
			continue;
		bytes = fn_span_base64(blob, FN_NOTE_MAX, size_out);
		if (bytes == NULL || *size_out < FN_KEY_ID_SIZE || memcmp(bytes, key->id, FN_KEY_ID_SIZE) != 0)
			continue;
		*size_out -= FN_KEY_ID_SIZE;
		memmove(bytes, bytes + FN_KEY_ID_SIZE, *size_out);
		*line_out = (FnSpan){ line.text, line.size + 1 };
		return g_steal_pointer(&bytes);
	}
	return NULL;
}

static gboolean
unsigned_by(const FnNoteKey *key, const char *why, GError **error)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s: %s", key->name, why);
	return FALSE;
}

gboolean
fn_checkpoint_verify(const FnCheckpoint *checkpoint, const FnNoteKey *key, FnSpan *line_out, GError **error)
{
	const char *at = checkpoint->lines.text, *end = at + checkpoint->lines.size;
	FnSpan line, first = { 0 };
	guint8 *signature;
	gsize size;

	g_assert(key->type == FN_NOTE_ED25519);
	while ((signature = next_of_key(&at, end, key, &line, &size)) != NULL) {
		gboolean holds = fn_verify_bare(key->key, checkpoint->body.text, checkpoint->body.size, signature, size, NULL);

		g_free(signature);
		if (!holds)
			return unsigned_by(key, "a signature of this key does not verify", error);
		if (first.text == NULL)
			first = line;
	}
	if (first.text == NULL)
		return unsigned_by(key, "no signature of this key", error);
	if (line_out != NULL)
		*line_out = first;
	return TRUE;
}

char *
fn_cosigned_text(FnSpan body, guint64 time)
{
	return g_strdup_printf(HEADER "time %" G_GUINT64_FORMAT "\n%.*s", time, (int)body.size, body.text);
}

char *
fn_cosignature_line(const FnNoteKey *key, guint64 time, const guint8 signature[64])
{
	guint8 blob[FN_KEY_ID_SIZE + 8 + SIGNATURE];
	g_autofree char *base64 = NULL;

	memcpy(blob, key->id, FN_KEY_ID_SIZE);
	time = GUINT64_TO_BE(time);
	memcpy(blob + FN_KEY_ID_SIZE, &time, 8);
	memcpy(blob + FN_KEY_ID_SIZE + 8, signature, SIGNATURE);
	base64 = g_base64_encode(blob, sizeof(blob));
	return g_strdup_printf(DASH "%s %s\n", key->name, base64);
}

gboolean
fn_cosignature_find(FnSpan lines, FnSpan body, const FnNoteKey *key, FnSpan *line_out, guint64 *time_out, GError **error)
{
	const char *at = lines.text;
	gsize size = 0;
	FnSpan line;
	g_autofree guint8 *blob = next_of_key(&at, lines.text + lines.size, key, &line, &size);
	g_autofree char *text = NULL;
	guint64 time;

	g_assert(key->type == FN_NOTE_COSIGNATURE);
	if (blob == NULL)
		return unsigned_by(key, "no cosignature of this witness", error);
	if (size != 8 + SIGNATURE)
		return unsigned_by(key, "the cosignature does not have 72 bytes", error);
	memcpy(&time, blob, 8);
	time = GUINT64_FROM_BE(time);
	text = fn_cosigned_text(body, time);
	if (time > G_MAXINT64 || !fn_verify_bare(key->key, text, strlen(text), blob + 8, SIGNATURE, NULL))
		return unsigned_by(key, "the cosignature does not verify", error);
	if (line_out != NULL)
		*line_out = line;
	if (time_out != NULL)
		*time_out = time;
	return TRUE;
}

char *
fn_cosigned_sm3_text(const char *origin, guint64 size, const guint8 root[FN_DIGEST_SIZE], guint64 time)
{
	g_autofree char *base64 = g_base64_encode(root, FN_DIGEST_SIZE);

	return g_strdup_printf("%s\n%" G_GUINT64_FORMAT "\n%s\ntime %" G_GUINT64_FORMAT "\n", origin, size, base64, time);
}

char *
fn_cosignature_sm2_line(guint64 time, const guint8 *signature, gsize size)
{
	g_autofree char *base64 = g_base64_encode(signature, size);

	return g_strdup_printf("sm2 %" G_GUINT64_FORMAT " %s\n", time, base64);
}

gboolean
fn_cosignature_sm2_verify(FnSpan line, const char *origin, guint64 size, const guint8 root[FN_DIGEST_SIZE], const FnPublicKey *key,
	guint64 *time_out, GError **error)
{
	const char *space = starts_with(line, "sm2 ") ? memchr(line.text + 4, ' ', line.size - 4) : NULL;
	g_autofree guint8 *signature = NULL;
	g_autofree char *text = NULL;
	gsize signature_size = 0;
	guint64 time = 0;

	if (space != NULL && fn_span_unsigned((FnSpan){ line.text + 4, (gsize)(space - line.text - 4) }, &time))
		signature = fn_span_base64(after(line, (gsize)(space - line.text) + 1), 80, &signature_size);
	text = fn_cosigned_sm3_text(origin, size, root, time);
	if (signature == NULL || time > G_MAXINT64 || fn_public_key_suite(key) != FN_SUITE_GM ||
	    !fn_verify(key, FN_COSIGN_PURPOSE, text, strlen(text), signature, signature_size, NULL)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "the SM2 cosignature does not verify");
		return FALSE;
	}
	if (time_out != NULL)
		*time_out = time;
	return TRUE;
}
