#include "source/csv.h"

#include "source/source.h"

#include <string.h>

static gboolean
note(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error)
{
	GString *seen = data;

	g_string_append_printf(seen, "%" G_GUINT64_FORMAT ":", line);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(seen, fields[i].quoted ? "<%s>" : "[%s]", fields[i].text);
	g_string_append_c(seen, ';');
	return TRUE;
}

/* Fed in pieces of every size, so that no state depends on where a piece ends. */
static char *
read_all(const char *text, gsize size, gsize piece, GError **error)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(FnCsv) csv = fn_csv_new("f.csv", note, seen);

	for (gsize at = 0; at < size; at += piece)
		if (!fn_csv_feed(csv, text + at, MIN(piece, size - at), error))
			return NULL;
	return fn_csv_finish(csv, error) ? g_strdup(seen->str) : NULL;
}

static const struct {
	const char *text, *seen;
} good[] = {
	{ "a,b\n1,2\n", "1:[a][b];2:[1][2];" }, { "a,b\r\n1,2", "1:[a][b];2:[1][2];" },
	{ "\xef\xbb\xbf"
	  "a\n",
		"1:[a];" },
	{ "a,b\n,\n\"\",\n", "1:[a][b];2:[][];3:<>[];" }, { "a\n\n", "1:[a];2:[];" },
	{ "\"a\"\"b\",c\n\"x\ny\r\nz\",\"1,2\"\nlast,l\n", "1:<a\"b>[c];2:<x\ny\r\nz><1,2>;5:[last][l];" },
	{ "姓名,证件\n张三,𠀀\n", "1:[姓名][证件];2:[张三][𠀀];" }, { "a,b\n x , y\n", "1:[a][b];2:[ x ][ y];" },
	{ "a,b,\n1,2,", "1:[a][b][];2:[1][2][];" },
	{ "\xef\xbb\xb0,b\n", "1:[\xef\xbb\xb0][b];" }, /* begins like a byte order mark */
};

static void
test_good(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		for (gsize piece = 1; piece <= strlen(good[i].text); piece++) {
			g_autoptr(GError) error = NULL;
			g_autofree char *seen = read_all(good[i].text, strlen(good[i].text), piece, &error);

			g_assert_no_error(error);
			g_assert_cmpstr(seen, ==, good[i].seen);
		}
}

#define BAD(text_, place_, what_)                                                                                      \
	{                                                                                                              \
		(text_), sizeof(text_) - 1, (place_), (what_)                                                          \
	}
static const struct {
	const char *text;
	gsize size;
	const char *place, *what;
} bad[] = {
	BAD("", "f.csv:1:1:", "empty"),
	BAD("\xef\xbb\xbf", "f.csv:1:1:", "empty"),
	BAD("a,b\n1\n", "f.csv:2:1:", "1 fields where the header has 2"),
	BAD("a,b\n1,2,3\n", "f.csv:2:1:", "3 fields where the header has 2"),
	BAD("a,b\n\n1,2\n", "f.csv:2:1:", "1 fields"),
	BAD("a,b\n\"x\ny\",1\n1\n", "f.csv:4:1:", "1 fields"),
	BAD("a,b\n1,\"2\n3,4\n", "f.csv:2:3:", "never closed"),
	BAD("a,b\n汉,x\"y\n", "f.csv:2:4:", "a quote inside a field"),
	BAD("a,b\n\"1\"x,2\n", "f.csv:2:4:", "after a closing quote"),
	BAD("a,b\n\"1\" ,2\n", "f.csv:2:4:", "after a closing quote"),
	BAD("a,b\r1,2\n", "f.csv:1:5:", "carriage return"),
	BAD("a,b\r", "f.csv:1:4:", "carriage return"),
	BAD("a,b\n1,\0\n", "f.csv:2:3:", "NUL"),
	BAD("a,b\n\xd5\xc5\xc8\xfd,1\n", "f.csv:2:1:", "GB18030"), /* 张三 in GBK */
	BAD("a,b\n1,\xe6\xb1", "f.csv:2:3:", "cut short"),
	BAD("a,b\n1,\xe6\xb1\n", "f.csv:2:3:", "UTF-8"),
	BAD("a\n\xc0\x80\n", "f.csv:2:1:", "UTF-8"),
	BAD("a\n\xed\xa0\x80\n", "f.csv:2:1:", "UTF-8"),
	BAD("a\n\xf4\x90\x80\x80\n", "f.csv:2:1:", "UTF-8"),
	BAD("\xff\xfe"
	    "a\0",
		"f.csv:1:1:", "UTF-8"),
	BAD("\xef\xbb", "f.csv:1:1:", "cut short"),
};

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		for (gsize piece = 1; piece <= bad[i].size + 1; piece++) {
			g_autoptr(GError) error = NULL;
			g_autofree char *seen = read_all(bad[i].text, bad[i].size, piece, &error);

			g_assert_null(seen);
			g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT);
			g_assert_true(g_str_has_prefix(error->message, bad[i].place));
			g_assert_nonnull(strstr(error->message, bad[i].what));
		}
}

static void
test_sizes(void)
{
	g_autofree char *field = g_strnfill((1 << 20) + 1, 'x');
	g_autofree char *commas = g_strnfill(512, ',');
	g_autofree char *open = g_strconcat("a,b\n1,\"", field, NULL);
	g_autoptr(GError) wide = NULL, long_field = NULL, never = NULL;

	g_assert_null(read_all(commas, 512, 4096, &wide));
	g_assert_nonnull(strstr(wide->message, "more than 512"));
	g_assert_null(read_all(field, strlen(field), 4096, &long_field));
	g_assert_true(g_str_has_prefix(long_field->message, "f.csv:1:1:"));
	g_assert_null(read_all(open, strlen(open), 1000, &never));
	g_assert_true(g_str_has_prefix(never->message, "f.csv:2:3:"));
	g_assert_nonnull(strstr(never->message, "1 MiB"));
}

static gboolean
refuse_second(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error)
{
	if (line == 1)
		return TRUE;
	g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_FULL, "enough");
	return FALSE;
}

static void
test_taker_fails(void)
{
	g_autoptr(FnCsv) csv = fn_csv_new("f.csv", refuse_second, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_csv_feed(csv, "a\n1\n2\n", 6, &error));
	g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_FULL);
}

/* Whatever the values, writing them by RFC 4180 and reading them gives them back. */
static void
test_round_trip(void)
{
	static const char *const piece[] = { "a", ",", "\"", "\n", "\r", "\r\n", " ", "汉", "𠀀", "\t" };
	g_autoptr(GRand) random = g_rand_new_with_seed(4180);

	for (guint round = 0; round < 3000; round++) {
		g_autoptr(GString) text = g_string_new(NULL), want = g_string_new("1:");
		g_autofree char *seen = NULL;
		guint fields = (guint)g_rand_int_range(random, 1, 5);

		for (guint i = 0; i < fields; i++) {
			g_autoptr(GString) value = g_string_new(NULL);

			for (gint k = g_rand_int_range(random, 0, 6); k > 0; k--)
				g_string_append(value, piece[g_rand_int_range(random, 0, G_N_ELEMENTS(piece))]);
			g_string_append_printf(want, "<%s>", value->str);
			g_string_replace(value, "\"", "\"\"", 0);
			g_string_append_printf(text, "%s\"%s\"", i > 0 ? "," : "", value->str);
		}
		g_string_append_c(want, ';');
		seen = read_all(text->str, text->len, (gsize)g_rand_int_range(random, 1, 9), NULL);
		g_assert_cmpstr(seen, ==, want->str);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/csv/good", test_good);
	g_test_add_func("/csv/bad", test_bad);
	g_test_add_func("/csv/sizes", test_sizes);
	g_test_add_func("/csv/taker-fails", test_taker_fails);
	g_test_add_func("/csv/round-trip", test_round_trip);
	return g_test_run();
}
