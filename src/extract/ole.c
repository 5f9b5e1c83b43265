#include "extract/ole.h"

#include "base/text.h"
#include "extract/legacy.h"

#include <string.h>

#define HEADER        512u
#define ENTRY         128u
#define MINI_SHIFT    6u
#define FREE_SECTOR   0xFFFFFFFFu
#define END_OF_CHAIN  0xFFFFFFFEu
#define NO_ENTRY      0xFFFFFFFFu
#define DIRECT_FATS   109u
#define STORAGE_DEPTH 64u
/* Streams may overlap in a broken file; all of them together are read for at most this many times its size. */
#define READ_TIMES    4u

typedef struct {
	guint32 *next;
	gsize n;
	guint shift;
	const guint8 *bytes; /* sector 0 begins here */
	gsize size;
	guint8 *used; /* one byte a sector: it belongs to a chain that was read */
} Chains;

struct FnOle {
	FnExtract *extract;
	Chains big, mini;
	GByteArray *mini_bytes; /* what the mini sectors lie in */
	guint32 mini_cutoff;
	GArray *entries;   /* FnOleEntry */
	GHashTable *names; /* "parent/name", lower case -> index */
	GByteArray *slack;
	guint64 budget; /* bytes of chains that may still be read */
	gboolean broken;
};

static void
note_broken(FnOle *ole, const char *detail)
{
	if (!ole->broken)
		fn_extract_note(ole->extract, FN_NOTE_BROKEN, detail);
	ole->broken = TRUE;
}

/* ---- chains ---- */

static const guint8 *
sector(const Chains *chains, guint32 s, gsize *size)
{
	gsize at = (gsize)s << chains->shift;

	if (s >= chains->n || at >= chains->size)
		return NULL;
	*size = MIN((gsize)1 << chains->shift, chains->size - at);
	return chains->bytes + at;
}

/* The first @want bytes of a chain; FALSE when it is cut, circular or longer than the file allows. */
static gboolean
read_chain(FnOle *ole, const Chains *chains, guint32 start, guint64 want, GByteArray *out)
{
	guint32 s = start;
	gsize have;

	for (gsize steps = 0; want > 0; steps++) {
		const guint8 *bytes = sector(chains, s, &have);
		gsize take;

		if (bytes == NULL || ole->budget < have || steps >= chains->n)
			return FALSE;
		ole->budget -= have;
		take = (gsize)MIN((guint64)have, want);
		g_byte_array_append(out, bytes, (guint)take);
		if (!chains->used[s])
			g_byte_array_append(ole->slack, bytes + take, (guint)(have - take));
		chains->used[s] = 1;
		want -= take;
		/* The last sector of a file may be short: the rest was never written. */
		if (have < (gsize)1 << chains->shift && want > 0)
			return FALSE;
		s = chains->next[s];
	}
	return TRUE;
}

/* Sectors of the chain's table, one after the other; a chain of a directory has no size, it ends where it ends. */
static void
read_open_chain(FnOle *ole, guint32 start, GByteArray *out)
{
	guint32 s = start;
	gsize have;

	while (s != END_OF_CHAIN) {
		const guint8 *bytes = sector(&ole->big, s, &have);

		if (bytes == NULL || ole->big.used[s]) {
			note_broken(ole, "chain of sectors");
			return;
		}
		ole->big.used[s] = 1;
		g_byte_array_append(out, bytes, (guint)have);
		s = ole->big.next[s];
	}
}

static gsize
add_fat_sector(FnOle *ole, gsize filled, guint32 s)
{
	gsize have, each = ((gsize)1 << ole->big.shift) / 4;
	const guint8 *bytes = sector(&ole->big, s, &have);

	if (bytes == NULL) {
		note_broken(ole, "allocation table");
		return filled + each;
	}
	ole->big.used[s] = 1;
	for (gsize i = 0; i < have / 4 && filled + i < ole->big.n; i++)
		ole->big.next[filled + i] = fn_le32(bytes + 4 * i);
	return filled + each;
}

static void
load_fat(FnOle *ole, const guint8 *header)
{
	gsize filled = 0, have, slots = ((gsize)1 << ole->big.shift) / 4 - 1;
	guint32 s = fn_le32(header + 0x44);

	for (guint i = 0; i < DIRECT_FATS && filled < ole->big.n; i++) {
		guint32 fat = fn_le32(header + 0x4C + 4 * i);

		if (fat == FREE_SECTOR)
			break;
		filled = add_fat_sector(ole, filled, fat);
	}
	while (filled < ole->big.n && s != END_OF_CHAIN && s != FREE_SECTOR) {
		const guint8 *bytes = sector(&ole->big, s, &have);

		if (bytes == NULL || have < 4 * (slots + 1) || ole->big.used[s]) {
			note_broken(ole, "allocation table");
			return;
		}
		ole->big.used[s] = 1;
		for (gsize i = 0; i < slots && filled < ole->big.n && fn_le32(bytes + 4 * i) != FREE_SECTOR; i++)
			filled = add_fat_sector(ole, filled, fn_le32(bytes + 4 * i));
		s = fn_le32(bytes + 4 * slots);
	}
}

static void
chains_init(Chains *chains, const guint8 *bytes, gsize size, guint shift)
{
	chains->bytes = bytes;
	chains->size = size;
	chains->shift = shift;
	chains->n = (size + ((gsize)1 << shift) - 1) >> shift;
	chains->next = g_new(guint32, chains->n + 1);
	memset(chains->next, 0xFF, (chains->n + 1) * 4);
	chains->used = g_malloc0(chains->n + 1);
}

static void
chains_clear(Chains *chains)
{
	g_free(chains->next);
	g_free(chains->used);
}

static void
load_mini(FnOle *ole, const guint8 *header, const FnOleEntry *root)
{
	g_autoptr(GByteArray) table = g_byte_array_new();

	if (root->size > 0 && !read_chain(ole, &ole->big, root->start, root->size, ole->mini_bytes))
		note_broken(ole, "stream of small streams");
	chains_init(&ole->mini, ole->mini_bytes->data, ole->mini_bytes->len, MINI_SHIFT);
	if (ole->mini.n == 0)
		return;
	read_open_chain(ole, fn_le32(header + 0x3C), table);
	for (gsize i = 0; i < ole->mini.n && 4 * i + 4 <= table->len; i++)
		ole->mini.next[i] = fn_le32(table->data + 4 * i);
}

/* ---- directory ---- */

static void
clear_entry(gpointer data)
{
	g_free(((FnOleEntry *)data)->name);
}

static char *
entry_name(const guint8 *entry)
{
	GString *name = g_string_new(NULL);
	guint units = MIN(fn_le16(entry + 64), 64u) / 2;

	while (units > 0 && fn_le16(entry + 2 * (units - 1)) == 0)
		units--;
	for (guint i = 0; i < units; i++)
		if (fn_le16(entry + 2 * i) != 0)
			fn_utf16le_append(name, entry + 2 * i, 1);
	return g_string_free(name, FALSE);
}

static void
load_entries(FnOle *ole, const GByteArray *directory, gboolean big_sizes)
{
	for (guint at = 0; at + ENTRY <= directory->len; at += ENTRY) {
		const guint8 *raw = directory->data + at;
		guint type = raw[66];
		FnOleEntry entry = { .storage = type == 1 || type == 5, .orphan = TRUE, .start = fn_le32(raw + 116) };

		/* Files with small sectors leave rubbish in the upper half of the size. */
		entry.size = fn_le32(raw + 120) | (big_sizes ? (guint64)fn_le32(raw + 124) << 32 : 0);
		entry.name = entry_name(raw);
		if (type == 0 || type > 5) {
			entry.taken = TRUE;
			entry.size = 0;
		}
		g_array_append_val(ole->entries, entry);
	}
}

typedef struct {
	guint32 entry;
	guint parent, depth;
} Step;

/* Gives each entry that the trees lead to its storage, without recursion: trees may be lists of a million entries. */
static void
climb(FnOle *ole, const GByteArray *directory)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(Step));
	Step step = { fn_le32(directory->data + 76), 0, 1 };

	g_array_index(ole->entries, FnOleEntry, 0).orphan = FALSE;
	g_array_append_val(steps, step);
	while (steps->len > 0) {
		FnOleEntry *entry;
		const guint8 *raw;

		step = g_array_index(steps, Step, steps->len - 1);
		g_array_set_size(steps, steps->len - 1);
		if (step.entry == NO_ENTRY)
			continue;
		if (step.entry >= ole->entries->len || !g_array_index(ole->entries, FnOleEntry, step.entry).orphan) {
			note_broken(ole, "tree of entries");
			continue;
		}
		entry = &g_array_index(ole->entries, FnOleEntry, step.entry);
		raw = directory->data + (gsize)ENTRY * step.entry;
		entry->orphan = FALSE;
		entry->parent = step.parent;
		g_array_append_val(steps, ((Step){ fn_le32(raw + 68), step.parent, step.depth }));
		g_array_append_val(steps, ((Step){ fn_le32(raw + 72), step.parent, step.depth }));
		if (entry->storage && step.depth < STORAGE_DEPTH)
			g_array_append_val(steps, ((Step){ fn_le32(raw + 76), step.entry, step.depth + 1 }));
		else if (entry->storage)
			fn_extract_note(ole->extract, FN_NOTE_LIMIT, "depth of storages");
	}
}

static char *
name_key(guint parent, const char *name)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);

	return g_strdup_printf("%u/%s", parent, lower);
}

static void
load_directory(FnOle *ole, const guint8 *header)
{
	g_autoptr(GByteArray) directory = g_byte_array_new();

	read_open_chain(ole, fn_le32(header + 0x30), directory);
	load_entries(ole, directory, fn_le16(header + 0x1A) >= 4);
	if (ole->entries->len == 0)
		return;
	climb(ole, directory);
	for (guint i = ole->entries->len - 1; i > 0; i--) {
		FnOleEntry *entry = &g_array_index(ole->entries, FnOleEntry, i);
		FnOleEntry *storage = &g_array_index(ole->entries, FnOleEntry, entry->parent);

		if (entry->orphan)
			continue;
		entry->next = storage->first;
		storage->first = i;
		g_hash_table_insert(ole->names, name_key(entry->parent, entry->name), GUINT_TO_POINTER(i));
	}
}

FnOle *
fn_ole_open(FnExtract *extract, const guint8 *bytes, gsize size)
{
	g_autoptr(FnOle) ole = g_new0(FnOle, 1);
	guint shift = size >= HEADER ? fn_le16(bytes + 0x1E) : 0;

	ole->extract = extract;
	ole->entries = g_array_new(FALSE, FALSE, sizeof(FnOleEntry));
	g_array_set_clear_func(ole->entries, clear_entry);
	ole->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ole->mini_bytes = g_byte_array_new();
	ole->slack = g_byte_array_new();
	ole->budget = (guint64)size * READ_TIMES;
	if (shift < 9 || shift > 16 || size <= (gsize)1 << shift) {
		fn_extract_note(extract, FN_NOTE_BROKEN, "head of a compound file");
		return NULL;
	}
	chains_init(&ole->big, bytes + ((gsize)1 << shift), size - ((gsize)1 << shift), shift);
	ole->mini_cutoff = fn_le32(bytes + 0x38);
	load_fat(ole, bytes);
	load_directory(ole, bytes);
	if (ole->entries->len == 0) {
		fn_extract_note(extract, FN_NOTE_BROKEN, "directory of a compound file");
		return NULL;
	}
	load_mini(ole, bytes, &g_array_index(ole->entries, FnOleEntry, 0));
	return g_steal_pointer(&ole);
}

void
fn_ole_free(FnOle *ole)
{
	if (ole == NULL)
		return;
	chains_clear(&ole->big);
	chains_clear(&ole->mini);
	g_byte_array_unref(ole->mini_bytes);
	g_byte_array_unref(ole->slack);
	g_array_unref(ole->entries);
	g_hash_table_unref(ole->names);
	g_free(ole);
}

FnExtract *
fn_ole_extract(const FnOle *ole)
{
	return ole->extract;
}

guint
fn_ole_count(const FnOle *ole)
{
	return ole->entries->len;
}

const FnOleEntry *
fn_ole_entry(const FnOle *ole, guint index)
{
	g_assert(index < ole->entries->len);
	return &g_array_index(ole->entries, FnOleEntry, index);
}

guint
fn_ole_find(const FnOle *ole, guint storage, const char *name)
{
	g_autofree char *key = name_key(storage, name);

	return GPOINTER_TO_UINT(g_hash_table_lookup(ole->names, key));
}

char *
fn_ole_path(const FnOle *ole, guint index)
{
	GString *path = g_string_new(NULL);

	for (; index != 0; index = fn_ole_entry(ole, index)->parent) {
		g_autofree char *safe = fn_text_safe(fn_ole_entry(ole, index)->name, -1, 160);

		if (path->len > 0)
			g_string_prepend_c(path, '/');
		g_string_prepend(path, safe);
	}
	return g_string_free(path, FALSE);
}

void
fn_ole_begin(const FnOle *ole, guint index, const char *what)
{
	g_autofree char *path = fn_ole_path(ole, index);
	g_autofree char *place = *path != '\0' && *what != '\0' ? g_strdup_printf("%s: %s", path, what) : NULL;

	fn_extract_begin(ole->extract, place != NULL ? place : *path != '\0' ? path : what);
}

void
fn_ole_skip(FnOle *ole, guint index)
{
	g_array_index(ole->entries, FnOleEntry, index).taken = TRUE;
}

GByteArray *
fn_ole_stream(FnOle *ole, guint index)
{
	const FnOleEntry *entry = fn_ole_entry(ole, index);
	GByteArray *out = g_byte_array_new();
	gboolean small = entry->size < ole->mini_cutoff;

	fn_ole_skip(ole, index);
	if (!entry->storage && entry->size > 0 &&
		!read_chain(ole, small ? &ole->mini : &ole->big, entry->start, entry->size, out)) {
		g_autofree char *path = fn_ole_path(ole, index);
		g_autofree char *detail = g_strdup_printf("stream %s", path);

		fn_extract_note(ole->extract, FN_NOTE_BROKEN, detail);
	}
	return out;
}

static void
unused(const Chains *chains, GByteArray *out)
{
	gsize have;

	for (gsize s = 0; s < chains->n; s++) {
		const guint8 *bytes = chains->used[s] ? NULL : sector(chains, (guint32)s, &have);

		if (bytes != NULL)
			g_byte_array_append(out, bytes, (guint)have);
	}
}

GByteArray *
fn_ole_remains(FnOle *ole)
{
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, ole->slack->data, ole->slack->len);
	unused(&ole->big, out);
	unused(&ole->mini, out);
	return out;
}
