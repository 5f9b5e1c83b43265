#include "extract/parts.h"

#include <string.h>

void
fn_parts_init(FnParts *parts, FnExtract *extract, const FnZip *zip)
{
	guint n = fn_zip_members(zip);

	*parts = (FnParts){.extract = extract, .zip = zip, .done = g_new0(gboolean, MAX(n, 1))};
	parts->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	/* Backwards, so that the first of a name is found. */
	for (guint i = n; i-- > 0;) {
		const FnZipMember *part = fn_zip_member(zip, i);

		g_hash_table_replace(parts->names, fn_part_key(part->name), (gpointer)part);
	}
}

void
fn_parts_clear(FnParts *parts)
{
	g_hash_table_unref(parts->names);
	g_free(parts->done);
	*parts = (FnParts){0};
}

char *
fn_part_key(const char *name)
{
	return g_strdelimit(g_ascii_strdown(name, -1), "\\", '/');
}

const char *
fn_part_last(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

const FnZipMember *
fn_parts_find(const FnParts *parts, const char *name)
{
	g_autofree char *key = fn_part_key(name[0] == '/' ? name + 1 : name);

	return g_hash_table_lookup(parts->names, key);
}

static gboolean *
done_of(const FnParts *parts, const FnZipMember *part)
{
	return &parts->done[part - fn_zip_member(parts->zip, 0)];
}

gboolean
fn_parts_done(const FnParts *parts, const FnZipMember *part)
{
	return *done_of(parts, part);
}

void
fn_parts_skip(FnParts *parts, const FnZipMember *part)
{
	*done_of(parts, part) = TRUE;
}

GByteArray *
fn_parts_take(FnParts *parts, const FnZipMember *part)
{
	if (fn_parts_done(parts, part))
		return NULL;
	fn_parts_skip(parts, part);
	return fn_zip_read(parts->extract, parts->zip, part);
}

char *
fn_part_resolve(const char *from, const char *target)
{
	g_autofree char *plain = strchr(target, '%') ? g_uri_unescape_string(target, NULL) : NULL;
	g_autofree char *folder = g_strndup(from, (gsize)(fn_part_last(from) - from));
	g_autofree char *whole = NULL;
	g_autoptr(GPtrArray) kept = g_ptr_array_new();
	g_auto(GStrv) words = NULL;

	target = plain ? plain : target;
	whole = target[0] == '/' || target[0] == '\\' ? g_strdup(target) : g_strconcat(folder, target, NULL);
	words = g_strsplit(g_strdelimit(whole, "\\", '/'), "/", 64);
	for (guint i = 0; words[i]; i++) {
		if (strcmp(words[i], "..") == 0)
			g_ptr_array_set_size(kept, kept->len ? (int)kept->len - 1 : 0);
		else if (*words[i] && strcmp(words[i], ".") != 0)
			g_ptr_array_add(kept, words[i]);
	}
	g_ptr_array_add(kept, NULL);
	return g_strjoinv("/", (char **)kept->pdata);
}

gboolean
fn_part_is_font(const GByteArray *bytes)
{
	static const char signatures[][5] = {{0, 1, 0, 0, 0}, "OTTO", "true", "ttcf", "wOFF", "wOF2", {1, 0, 4, 0, 0}};

	for (gsize i = 0; i < G_N_ELEMENTS(signatures); i++)
		if (bytes->len >= 4 && memcmp(bytes->data, signatures[i], 4) == 0)
			return TRUE;
	return FALSE;
}
