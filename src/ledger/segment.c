#include "ledger/segment.h"

#include <stdio.h>
#include <string.h>

static const char commit_mark[8] = { 'f', 'n', 'c', 'o', 'm', 'm', 'i', 't' };

void
fn_segment_title(const char *origin, guint64 first, guint8 sector_out[FN_SECTOR])
{
	g_assert(strlen(origin) <= FN_ORIGIN_MAX);
	memset(sector_out, 0, FN_SECTOR);
	snprintf((char *)sector_out, FN_SECTOR, "fengni ledger segment 1\norigin %s\nfirst %" G_GUINT64_FORMAT "\n", origin, first);
}

guint
fn_commit_offset(guint64 sequence)
{
	return (sequence & 1) == 0 ? FN_SECTOR : 2 * FN_SECTOR;
}

static guint8 *
put(guint8 *at, guint64 value)
{
	value = GUINT64_TO_BE(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static const guint8 *
get(const guint8 *at, guint64 *value_out)
{
	memcpy(value_out, at, sizeof(*value_out));
	*value_out = GUINT64_FROM_BE(*value_out);
	return at + sizeof(*value_out);
}

void
fn_commit_write(const FnCommit *commit, guint8 sector_out[FN_SECTOR])
{
	guint8 *at = sector_out;

	memset(sector_out, 0, FN_SECTOR);
	memcpy(at, commit_mark, sizeof(commit_mark));
	at = put(at + sizeof(commit_mark), commit->sequence);
	at = put(at, commit->start);
	at = put(at, commit->end);
	at = put(at, commit->size);
	memcpy(at, commit->digest, FN_DIGEST_SIZE);
	at += FN_DIGEST_SIZE;
	fn_sha256(sector_out, (gsize)(at - sector_out), at);
}

FnFound
fn_commit_read(const guint8 sector[FN_SECTOR], FnCommit *commit_out)
{
	static const guint8 zero[FN_SECTOR];
	guint8 again[FN_SECTOR];
	const guint8 *at = sector + sizeof(commit_mark);
	FnCommit commit;

	if (memcmp(sector, zero, FN_SECTOR) == 0)
		return FN_FOUND_NONE;
	at = get(at, &commit.sequence);
	at = get(at, &commit.start);
	at = get(at, &commit.end);
	at = get(at, &commit.size);
	memcpy(commit.digest, at, FN_DIGEST_SIZE);
	fn_commit_write(&commit, again);
	if (memcmp(sector, again, FN_SECTOR) != 0 || commit.sequence == 0 || commit.start < FN_SEGMENT_HEAD || commit.end < commit.start)
		return FN_FOUND_BAD;
	*commit_out = commit;
	return FN_FOUND_GOOD;
}

FnFound
fn_frame_skip(const guint8 *data, gsize size, gsize *at, FnSpan *frame_out)
{
	gsize left = size - *at, length;

	if (left == 0 || (left == 1 && data[*at] == 0))
		return FN_FOUND_NONE;
	if (left == 1)
		return FN_FOUND_BAD;
	length = (gsize)data[*at] << 8 | data[*at + 1];
	if (length == 0)
		return FN_FOUND_NONE;
	if (length > left - 2)
		return FN_FOUND_BAD;
	*frame_out = (FnSpan){ (const char *)data + *at + 2, length };
	*at += 2 + length;
	return FN_FOUND_GOOD;
}

FnFound
fn_frame_take(const guint8 *data, gsize size, gsize *at, FnSpan *frame_out, FnEntry *entry_out)
{
	gsize before = *at;
	FnEntry entry;
	FnFound found = fn_frame_skip(data, size, at, frame_out);

	if (found == FN_FOUND_GOOD && !fn_entry_parse(frame_out->text, frame_out->size, entry_out != NULL ? entry_out : &entry)) {
		*at = before;
		return FN_FOUND_BAD;
	}
	return found;
}

char *
fn_segment_name(guint64 first)
{
	return g_strdup_printf("%016" G_GUINT64_FORMAT ".seg", first);
}

gboolean
fn_segment_name_parse(const char *name, guint64 *first_out)
{
	g_autofree char *again = NULL;
	guint64 first;

	if (strlen(name) != 20 || !g_ascii_isdigit(name[0]))
		return FALSE;
	first = g_ascii_strtoull(name, NULL, 10);
	again = fn_segment_name(first);
	if (!g_str_equal(again, name) || first % FN_BUNDLE != 0)
		return FALSE;
	*first_out = first;
	return TRUE;
}
