#include "ledger/note.h"

#include "ledger/ledger.h"

#include "base/text.h"

#include <string.h>

#define DASH	       "\xe2\x80\x94 "
#define SIGNATURE_SIZE 64u
#define TIME_SIZE      8u

static gboolean
fault(GError **error, FnLedgerError code, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, code, "%s", why);
	return FALSE;
}

/* ---- keys ---- */

void
fn_vkey_clear(FnVkey *vkey)
{
	g_free(vkey->name);
	memset(vkey, 0, sizeof(*vkey));
}

/* Valid UTF-8, not empty, no space of any kind, no control, no plus. */
static gboolean
is_name(const char *name)
{
	if (*name == '\0' || !g_utf8_validate(name, -1, NULL))
		return FALSE;
	for (const char *c = name; *c != '\0'; c = g_utf8_next_char(c))
		if (*c == '+' || (guint8)*c < 0x20 || g_unichar_isspace(g_utf8_get_char(c)))
			return FALSE;
	return TRUE;
}

gboolean
fn_vkey_make(const char *name, guint8 type, const guint8 key[32], FnVkey *vkey_out)
{
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_INTL);
	const guint8 before[2] = { '\n', type };
	guint8 hash[FN_DIGEST_SIZE];

	if (!is_name(name))
		return FALSE;
	fn_digest_add(digest, name, strlen(name));
	fn_digest_add(digest, before, sizeof(before));
	fn_digest_add(digest, key, 32);
	fn_digest_peek(digest, hash);
	*vkey_out = (FnVkey){ .name = g_strdup(name), .type = type };
	memcpy(vkey_out->id, hash, sizeof(vkey_out->id));
	memcpy(vkey_out->key, key, sizeof(vkey_out->key));
	return TRUE;
}

char *
fn_vkey_text(const FnVkey *vkey)
{
	g_autofree char *id = fn_hex(vkey->id, sizeof(vkey->id));
	g_autofree char *base64 = NULL;
	guint8 raw[1 + sizeof(vkey->key)];

	raw[0] = vkey->type;
	memcpy(raw + 1, vkey->key, sizeof(vkey->key));
	base64 = g_base64_encode(raw, sizeof(raw));
	return g_strdup_printf("%s+%s+%s", vkey->name, id, base64);
}

gboolean
fn_vkey_parse(const char *text, FnVkey *vkey_out, GError **error)
{
	g_auto(GStrv) part = g_strsplit(text, "+", 3); /* base64 may have a plus itself */
	g_autofree guint8 *raw = NULL;
	g_autofree char *again = NULL;
	g_auto(FnVkey) vkey = { 0 };
	gsize size = 0;

	if (g_strv_length(part) == 3)
		raw = fn_unbase64(part[2], strlen(part[2]), &size);
	if (size == 1 + sizeof(vkey.key) && (raw[0] == FN_VKEY_LOG || raw[0] == FN_VKEY_WITNESS) && fn_vkey_make(part[0], raw[0], raw + 1, &vkey))
		again = fn_vkey_text(&vkey);
	if (g_strcmp0(again, text) != 0)
		return fault(error, FN_LEDGER_ERROR_OPEN, "not a key of a note: name+8 hexadecimal digits+base64 of type 1 or 4 and an Ed25519 key");
	*vkey_out = vkey;
	memset(&vkey, 0, sizeof(vkey));
	return TRUE;
}

/* ---- checkpoints ---- */

static void
line_free(gpointer data)
{
	FnNoteLine *line = data;

	g_free(line->name);
	g_free(line->signature);
	g_free(line);
}

void
fn_checkpoint_clear(FnCheckpoint *checkpoint)
{
	g_free(checkpoint->body);
	g_free(checkpoint->origin);
	if (checkpoint->lines != NULL)
		g_ptr_array_unref(checkpoint->lines);
	memset(checkpoint, 0, sizeof(*checkpoint));
}

/* UTF-8 without controls but line ends, with one at the end. */
static gboolean
is_note_text(const char *text, gsize size)
{
	if (size == 0 || size > FN_NOTE_MAX || text[size - 1] != '\n' || !g_utf8_validate(text, (gssize)size, NULL))
		return FALSE;
	for (gsize i = 0; i < size; i++)
		if ((guint8)text[i] < 0x20 && text[i] != '\n')
			return FALSE;
	return TRUE;
}

static gboolean
take_size(const char *text, guint64 *size_out)
{
	g_autofree char *again = NULL;

	if (!g_ascii_isdigit(*text) || strlen(text) > 20)
		return FALSE;
	*size_out = g_ascii_strtoull(text, NULL, 10);
	again = g_strdup_printf("%" G_GUINT64_FORMAT, *size_out);
	return *size_out <= G_MAXINT64 && g_str_equal(again, text);
}

/* Origin, size, root; extension lines that are not empty may follow. */
static gboolean
take_body(FnCheckpoint *checkpoint)
{
	g_auto(GStrv) line = g_strsplit(checkpoint->body, "\n", -1);
	guint lines = g_strv_length(line) - 1; /* behind the last end is nothing */
	g_autofree guint8 *root = NULL;
	gsize size = 0;

	for (guint i = 0; i < lines; i++)
		if (*line[i] == '\0')
			return FALSE;
	if (lines < 3 || !take_size(line[1], &checkpoint->size))
		return FALSE;
	root = fn_unbase64(line[2], strlen(line[2]), &size);
	if (size != FN_DIGEST_SIZE)
		return FALSE;
	memcpy(checkpoint->root, root, FN_DIGEST_SIZE);
	checkpoint->origin = g_strdup(line[0]);
	return TRUE;
}

static gboolean
take_line(const char *text, gsize size, GPtrArray *lines)
{
	g_autofree char *line = g_strndup(text, size);
	char *name = line + strlen(DASH), *space = strrchr(line, ' ');
	g_autofree guint8 *raw = NULL;
	FnNoteLine *taken;
	gsize count = 0;

	if (!g_str_has_prefix(line, DASH) || space == NULL || space < name)
		return FALSE;
	*space = '\0';
	raw = fn_unbase64(space + 1, strlen(space + 1), &count);
	if (!is_name(name) || count <= FN_NOTE_KEY_ID)
		return FALSE;
	taken = g_new0(FnNoteLine, 1);
	taken->name = g_strdup(name);
	memcpy(taken->id, raw, sizeof(taken->id));
	taken->size = count - FN_NOTE_KEY_ID;
	taken->signature = g_memdup2(raw + FN_NOTE_KEY_ID, taken->size);
	g_ptr_array_add(lines, taken);
	return TRUE;
}

static gboolean
take_lines(const char *at, const char *end, GPtrArray *lines)
{
	while (at < end) {
		const char *stop = memchr(at, '\n', (gsize)(end - at));

		if (stop == NULL || lines->len == FN_NOTE_LINES || !take_line(at, (gsize)(stop - at), lines))
			return FALSE;
		at = stop + 1;
	}
	return lines->len > 0;
}

gboolean
fn_checkpoint_parse(const char *text, gsize size, FnCheckpoint *checkpoint_out, GError **error)
{
	g_auto(FnCheckpoint) checkpoint = { .lines = g_ptr_array_new_with_free_func(line_free) };
	const char *gap;

	if (!is_note_text(text, size))
		return fault(error, FN_LEDGER_ERROR_TAMPERED, "not a signed note: no text in UTF-8 with a line end at its end, or too long");
	gap = g_strrstr_len(text, (gssize)size, "\n\n");
	if (gap == NULL || !take_lines(gap + 2, text + size, checkpoint.lines))
		return fault(error, FN_LEDGER_ERROR_TAMPERED, "not a signed note: no signature lines, or not in their form");
	checkpoint.body = g_strndup(text, (gsize)(gap + 1 - text));
	if (!take_body(&checkpoint))
		return fault(error, FN_LEDGER_ERROR_TAMPERED, "not a checkpoint: origin, size and SHA-256 root are not in their form");
	*checkpoint_out = checkpoint;
	memset(&checkpoint, 0, sizeof(checkpoint));
	return TRUE;
}

/* ---- signatures ---- */

char *
fn_cosignature_message(const char *body, guint64 time)
{
	return g_strdup_printf("cosignature/v1\ntime %" G_GUINT64_FORMAT "\n%s", time, body);
}

char *
fn_note_line(const FnVkey *vkey, guint64 time, const guint8 signature[64])
{
	guint8 raw[FN_NOTE_KEY_ID + TIME_SIZE + SIGNATURE_SIZE];
	guint64 stated = GUINT64_TO_BE(time);
	gsize size = FN_NOTE_KEY_ID;
	g_autofree char *base64 = NULL;

	memcpy(raw, vkey->id, FN_NOTE_KEY_ID);
	if (vkey->type == FN_VKEY_WITNESS) {
		memcpy(raw + size, &stated, TIME_SIZE);
		size += TIME_SIZE;
	}
	memcpy(raw + size, signature, SIGNATURE_SIZE);
	base64 = g_base64_encode(raw, size + SIGNATURE_SIZE);
	return g_strdup_printf(DASH "%s %s\n", vkey->name, base64);
}

static gboolean
line_holds(const FnCheckpoint *checkpoint, const FnNoteLine *line, const FnVkey *vkey, guint64 *time_out)
{
	g_autofree char *key_text = fn_public_key_text(FN_SUITE_INTL, vkey->key);
	g_autoptr(FnPublicKey) key = fn_public_key_parse(key_text, NULL);
	gsize before = vkey->type == FN_VKEY_WITNESS ? TIME_SIZE : 0;
	g_autofree char *message = NULL;

	if (key == NULL || line->size != before + SIGNATURE_SIZE)
		return FALSE;
	if (before != 0) {
		memcpy(time_out, line->signature, TIME_SIZE);
		*time_out = GUINT64_FROM_BE(*time_out);
		if (*time_out > G_MAXINT64)
			return FALSE;
	}
	message = before != 0 ? fn_cosignature_message(checkpoint->body, *time_out) : g_strdup(checkpoint->body);
	return fn_verify_bare(key, message, strlen(message), line->signature + before, SIGNATURE_SIZE, NULL);
}

FnSigned
fn_checkpoint_signed(const FnCheckpoint *checkpoint, const FnVkey *vkey, guint64 *time_out)
{
	FnSigned found = FN_SIGNED_NOT;
	guint64 latest = 0;

	for (guint i = 0; i < checkpoint->lines->len; i++) {
		const FnNoteLine *line = checkpoint->lines->pdata[i];
		guint64 time = 0;

		if (!g_str_equal(line->name, vkey->name) || memcmp(line->id, vkey->id, sizeof(vkey->id)) != 0)
			continue;
		if (!line_holds(checkpoint, line, vkey, &time))
			return FN_SIGNED_WRONGLY;
		found = FN_SIGNED_GOOD;
		latest = MAX(latest, time);
	}
	if (found == FN_SIGNED_GOOD && time_out != NULL)
		*time_out = latest;
	return found;
}
