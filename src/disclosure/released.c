/* What left so far under a plan, kept between an activation and the increments that follow it.
 *
 * Text, one line each: "fengni/v1/released <digest of the plan> <groups> <rows>"; for every group its codes and rows, in order of
 * codes; "sm3 <digest of all lines before>". */
#include "disclosure/disclosure_priv.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORMAT "fengni/v1/released"

enum { BUFFER = 64 << 10, MAX_LINE = 256 /* 16 codes, a count, the digests */ };

void
fn_released_free(FnReleased *released)
{
	if (released == NULL)
		return;
	fn_tally_free(released->groups);
	g_free(released->plan);
	g_free(released);
}

guint64
fn_released_rows(const FnReleased *released)
{
	return released->rows;
}

guint64
fn_released_groups(const FnReleased *released)
{
	return fn_tally_keys(released->groups);
}

static FnReleased *
new_released(guint n, const char *plan, gsize memory, const char *directory)
{
	FnReleased *released = g_new0(FnReleased, 1);

	released->n = n;
	released->plan = g_strdup(plan);
	released->groups = fn_tally_new(n, memory / 8 * FN_SHARE_KEPT, directory);
	return released;
}

static gboolean
add_all(FnReleased *released, const FnTally *groups, GError **error)
{
	g_auto(FnTallyReader) reader = fn_tally_read(groups);
	g_autoptr(GError) why = NULL;
	const guint32 *key;
	guint64 count;

	while ((key = fn_tally_next(&reader, &count, &why)) != NULL) {
		if (!fn_tally_add(released->groups, key, &count, 1, error))
			return FALSE;
		released->rows += count;
	}
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return *error == NULL;
}

FnReleased *
fn_admission_released(const FnAdmission *admission, const FnReleased *before, GError **error)
{
	const FnCensus *census = admission->census;
	g_autoptr(FnReleased) released = new_released(census->n, admission->plan, census->memory, census->directory);
	g_autoptr(GError) why = NULL;

	g_assert(before == NULL || g_str_equal(before->plan, admission->plan));
	if ((before == NULL || add_all(released, before->groups, &why)) && add_all(released, admission->groups, &why) &&
		fn_tally_finish(released->groups, TRUE, &why))
		return g_steal_pointer(&released);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

/* ---- writing ---- */

typedef struct {
	int fd;
	GString *text; /* not yet written */
	FnDigest *digest;
} Writer;

static gboolean
io_failed(const char *doing, GError **error)
{
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL, "cannot %s what was released: %s", doing, g_strerror(errno));
	return FALSE;
}

static gboolean
flush(Writer *writer, GError **error)
{
	for (gsize at = 0; at < writer->text->len;) {
		ssize_t n = write(writer->fd, writer->text->str + at, writer->text->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_failed("write", error);
		at += (gsize)n;
	}
	g_string_truncate(writer->text, 0);
	return TRUE;
}

static gboolean
write_line(Writer *writer, const char *line, GError **error)
{
	fn_digest_add(writer->digest, line, strlen(line));
	g_string_append(writer->text, line);
	return writer->text->len < BUFFER || flush(writer, error);
}

static gboolean
write_groups(const FnReleased *released, Writer *writer, GError **error)
{
	g_auto(FnTallyReader) reader = fn_tally_read(released->groups);
	g_autoptr(GString) line = g_string_new(NULL);
	g_autoptr(GError) why = NULL;
	const guint32 *key;
	guint64 count;

	g_string_printf(line, FORMAT " %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", released->plan, fn_released_groups(released),
		released->rows);
	if (!write_line(writer, line->str, error))
		return FALSE;
	while ((key = fn_tally_next(&reader, &count, &why)) != NULL) {
		g_string_truncate(line, 0);
		for (guint i = 0; i < released->n; i++)
			g_string_append_printf(line, "%u ", key[i]);
		g_string_append_printf(line, "%" G_GUINT64_FORMAT "\n", count);
		if (!write_line(writer, line->str, error))
			return FALSE;
	}
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

gboolean
fn_released_write(const FnReleased *released, int fd, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_GM);
	Writer writer = { fd, text, digest };
	guint8 code[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	if (!write_groups(released, &writer, error))
		return FALSE;
	fn_digest_peek(digest, code);
	hex = fn_hex(code, sizeof(code));
	g_string_append_printf(text, "sm3 %s\n", hex);
	return flush(&writer, error);
}

/* ---- reading ---- */

typedef struct {
	FILE *file;
	FnDigest *digest;
	char line[MAX_LINE];
	guint number;
} Reader;

static gboolean
broken(const Reader *reader, const char *why, GError **error)
{
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN, "what was released, line %u: %s", reader->number, why);
	return FALSE;
}

/* The next line without its end; the digest is that of the lines before. */
static gboolean
read_line(Reader *reader, GError **error)
{
	gsize size;

	reader->number++;
	errno = 0;
	if (fgets(reader->line, sizeof(reader->line), reader->file) == NULL)
		return ferror(reader->file) ? io_failed("read", error) : broken(reader, "it ends too early", error);
	size = strlen(reader->line);
	if (size == 0 || reader->line[size - 1] != '\n')
		return broken(reader, "too long, or without an end", error);
	reader->line[size - 1] = '\0';
	return TRUE;
}

static void
digest_line(Reader *reader)
{
	fn_digest_add(reader->digest, reader->line, strlen(reader->line));
	fn_digest_add(reader->digest, "\n", 1);
}

static gboolean
read_head(Reader *reader, const FnDisclosurePlan *plan, guint64 *groups, guint64 *rows, GError **error)
{
	g_auto(GStrv) word = NULL;

	if (!read_line(reader, error))
		return FALSE;
	digest_line(reader);
	word = g_strsplit(reader->line, " ", 5);
	if (g_strv_length(word) != 4 || !g_str_equal(word[0], FORMAT) || !g_ascii_string_to_unsigned(word[2], 10, 0, G_MAXINT64, groups, NULL) ||
		!g_ascii_string_to_unsigned(word[3], 10, 0, G_MAXINT64, rows, NULL))
		return broken(reader, "expected " FORMAT ", a plan's digest, groups and rows", error);
	return g_str_equal(word[1], plan->digest) || broken(reader, "it went by another plan", error);
}

static gboolean
read_group(Reader *reader, guint n, guint32 *key, guint64 *count, GError **error)
{
	g_auto(GStrv) word = NULL;

	if (!read_line(reader, error))
		return FALSE;
	digest_line(reader);
	word = g_strsplit(reader->line, " ", (int)n + 2);
	if (g_strv_length(word) != n + 1 || !g_ascii_string_to_unsigned(word[n], 10, 1, G_MAXINT64, count, NULL))
		return broken(reader, "expected the codes of a group and its rows", error);
	for (guint i = 0; i < n; i++) {
		guint64 code;

		if (!g_ascii_string_to_unsigned(word[i], 10, 0, G_MAXUINT32, &code, NULL))
			return broken(reader, "a code is no number", error);
		key[i] = (guint32)code;
	}
	return TRUE;
}

static gboolean
read_tail(Reader *reader, GError **error)
{
	guint8 code[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	fn_digest_peek(reader->digest, code);
	hex = fn_hex(code, sizeof(code));
	if (!read_line(reader, error))
		return FALSE;
	if (!g_str_has_prefix(reader->line, "sm3 ") || !g_str_equal(reader->line + 4, hex))
		return broken(reader, "the digest is not that of the lines before", error);
	return fgetc(reader->file) == EOF || broken(reader, "there is more behind it", error);
}

static gboolean
read_all(Reader *reader, FnReleased *released, const FnDisclosurePlan *plan, GError **error)
{
	guint32 key[FN_DISCLOSURE_MAX_QUASI], last[FN_DISCLOSURE_MAX_QUASI] = { 0 };
	guint64 groups, rows, count;

	if (!read_head(reader, plan, &groups, &rows, error))
		return FALSE;
	for (guint64 i = 0; i < groups; i++, memcpy(last, key, sizeof(last))) {
		if (!read_group(reader, plan->n, key, &count, error))
			return FALSE;
		if (i > 0 && fn_key_compare(last, key, plan->n) >= 0)
			return broken(reader, "the groups are not in order", error);
		if (count > rows - released->rows)
			return broken(reader, "the groups hold more rows than the first line says", error);
		released->rows += count;
		if (!fn_tally_add(released->groups, key, &count, 1, error))
			return FALSE;
	}
	if (released->rows != rows)
		return broken(reader, "the groups hold fewer rows than the first line says", error);
	return read_tail(reader, error) && fn_tally_finish(released->groups, TRUE, error);
}

FnReleased *
fn_released_read(int fd, const FnDisclosurePlan *plan, gsize memory, const char *directory, GError **error)
{
	g_autoptr(FnReleased) released = new_released(plan->n, plan->digest, memory, directory);
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_GM);
	int own = dup(fd);
	Reader reader = { .file = own >= 0 ? fdopen(own, "r") : NULL, .digest = digest };
	gboolean fine;

	if (reader.file == NULL) {
		io_failed("read", error);
		if (own >= 0)
			close(own);
		return NULL;
	}
	fine = read_all(&reader, released, plan, error);
	fclose(reader.file);
	return fine ? g_steal_pointer(&released) : NULL;
}
