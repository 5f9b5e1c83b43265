#include "source/csv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What was read, as text, so that two readings can be compared. */
static gboolean
note(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error)
{
	GString *seen = data;

	g_string_append_printf(seen, "%" G_GUINT64_FORMAT "[", line);
	for (guint i = 0; i < count; i++) {
		g_assert_true(strlen(fields[i].text) == fields[i].size);
		g_assert_true(g_utf8_validate_len(fields[i].text, fields[i].size, NULL));
		g_string_append_printf(seen, "%d:%s|", fields[i].quoted, fields[i].text);
	}
	return TRUE;
}

static char *
read_in_pieces(const guint8 *data, gsize size, gsize piece)
{
	GString *seen = g_string_new(NULL);
	g_autoptr(FnCsv) csv = fn_csv_new("fuzz", note, seen);
	g_autoptr(GError) error = NULL;
	gboolean good = TRUE;

	for (gsize at = 0; good && at < size; at += piece)
		good = fn_csv_feed(csv, (const char *)data + at, MIN(piece, size - at), &error);
	good = good && fn_csv_finish(csv, &error);
	g_assert_true(good == (error == NULL));
	g_string_append(seen, good ? "ok" : error->message);
	return g_string_free(seen, FALSE);
}

/* Wherever the pieces are cut, the records and the complaint are the same. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *whole = read_in_pieces(data, size, MAX(size, 1));
	g_autofree char *bytewise = read_in_pieces(data, size, 1);
	g_autofree char *sevens = read_in_pieces(data, size, 7);

	g_assert_cmpstr(whole, ==, bytewise);
	g_assert_cmpstr(whole, ==, sevens);
	return 0;
}
