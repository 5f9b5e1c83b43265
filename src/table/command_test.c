/* The command as it is called: the real program, its output and its exit code. */
#include "base/json.h"
#include "base/text.h"
#include "crypto/crypto.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define PHONE "13800138000"

static char *directory, *rules, *program;

/* ---- calling it ---- */

typedef struct {
	int code;
	char *out, *err;
	gsize size; /* of @out */
} Said;

static void
said_clear(Said *said)
{
	g_free(said->out);
	g_free(said->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

/* A file without a name. */
static int
scratch(const char *text, gsize size)
{
	char path[] = "/tmp/fn-mask-XXXXXX";
	int fd = mkstemp(path);

	g_assert_cmpint(fd, >=, 0);
	g_unlink(path);
	g_assert_cmpint(write(fd, text, size), ==, size);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	return fd;
}

static char *
read_back(int fd, gsize *size)
{
	GString *text = g_string_new(NULL);
	char piece[4096];
	ssize_t n;

	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		g_string_append_len(text, piece, n);
	close(fd);
	*size = text->len;
	return g_string_free(text, FALSE);
}

static Said
mask_in(const char *language, const char *input, gsize input_size, const char *const *arguments)
{
	const char *argv[24] = { program, "mask", "--rules", rules };
	int in = scratch(input, input_size), out = scratch("", 0), err = scratch("", 0), status;
	guint n = 4;
	gsize size;
	pid_t child;
	Said said;

	for (; *arguments != NULL; arguments++)
		argv[n++] = *arguments;
	child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		if (chdir(directory) != 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
			_exit(99);
		g_setenv("LC_ALL", language, TRUE);
		execv(program, (char **)argv);
		_exit(99);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	said.code = WEXITSTATUS(status);
	close(in);
	said.out = read_back(out, &said.size);
	said.err = read_back(err, &size);
	return said;
}
#define MASK(input, ...) mask_in("C.UTF-8", input, strlen(input), (const char *const[]){ __VA_ARGS__, NULL })

static char *
path_of(const char *name)
{
	return g_build_filename(directory, name, NULL);
}

static void
put(const char *name, const char *text)
{
	g_autofree char *path = path_of(name);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
forget(const char *name)
{
	g_autofree char *path = path_of(name);

	g_assert_cmpint(g_unlink(path), ==, 0);
}

/* Nothing but what the test made lies there. */
static void
assert_empty(void)
{
	g_autoptr(GDir) open = g_dir_open(directory, 0, NULL);

	g_assert_cmpstr(g_dir_read_name(open), ==, NULL);
}

/* ---- what it does ---- */

static void
test_pipe(void)
{
	g_auto(Said) said = MASK("phone,n\n" PHONE ",1\n", "--column", "phone=partial:keep=3.4");
	g_auto(Said) quiet = MASK("{\"phone\":\"" PHONE "\"}\n", "--column", "phone=redact", "--quiet");

	g_assert_cmpint(said.code, ==, 0);
	g_assert_cmpstr(said.out, ==, "phone,n\r\n138****8000,1\r\n");
	g_assert_nonnull(strstr(said.err, "1 rows"));
	g_assert_cmpint(quiet.code, ==, 0);
	g_assert_cmpstr(quiet.out, ==, "{\"phone\":\"***\"}\n");
	g_assert_cmpstr(quiet.err, ==, "");
}

static void
test_refusals(void)
{
	static const struct {
		const char *input, *argument[6];
		int code;
		const char *said;
	} cases[] = {
		{ "phone\n" PHONE "\n", { NULL }, 1, "--column 'phone=partial:keep=3.4'" },
		{ "phone\n" PHONE "\n", { "--column", "fax=redact", "--allow", "phone" }, 2, "no column \"fax\"" },
		{ "phone\n" PHONE "\n", { "--column", "phone=hash" }, 2, "--new-key FILE" },
		{ "phone\n" PHONE "\n", { "--auto", "--column", "phone=scramble" }, 2, "no operator \"scramble\"" },
		{ "phone\n" PHONE "\n", { "--column", "phone" }, 2, "NAME=OPERATOR" },
		{ "phone\n" PHONE "\n", { "--plan", "none.yaml" }, 3, "none.yaml" },
		{ "phone\n" PHONE "\n", { "--key", "none.key" }, 3, "none.key" },
		{ "phone\n" PHONE "\n", { "--column", "phone=redact", "--output", "none/out.csv" }, 3, "none/out.csv" },
		{ "phone\n" PHONE "\n", { "none.csv" }, 3, "none.csv" },
		{ "phone\n\"" PHONE "\n", { "--auto" }, 1, "standard input:2:1: this quote is never closed" },
		{ "phone\n", { "--format", "parquet" }, 2, "--format and --to know" },
		{ "phone\n", { "--encoding", "morse" }, 2, "--encoding knows" },
		{ "phone\n", { "--delimiter", "x" }, 2, "--delimiter knows" },
		{ "phone\n", { "--suite", "x" }, 2, "--suite knows" },
		{ "phone\n", { "--frobnicate" }, 2, "usage: fengni mask" },
		{ "phone\n", { "a", "b" }, 2, "one FILE at a time" },
		{ "phone\n", { "--format", "xlsx" }, 1, "standard input: " },
		{ "", { "--format", "xlsx" }, 1, "standard input: " },
		{ "", { "--format", "ndjson" }, 1, "no rows and no columns" },
		{ "PK\3\4 and no zip", { "--auto" }, 1, "standard input: " },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Said) said = mask_in("C.UTF-8", cases[i].input, strlen(cases[i].input), cases[i].argument);

		g_test_message("%s", said.err);
		g_assert_cmpint(said.code, ==, cases[i].code);
		g_assert_cmpstr(said.out, ==, "");
		g_assert_nonnull(strstr(said.err, cases[i].said));
		g_assert_null(strstr(said.err, PHONE));
	}
	assert_empty();
}

/* Of a file that cannot be whole nothing is left; a pipe is told that it is not. */
static void
test_incomplete(void)
{
	g_autoptr(GString) text = g_string_new("n\n");
	g_autofree char *path = path_of("out.csv"), *kept = NULL;

	for (guint i = 0; i < 3000; i++)
		g_string_append(text, "x\n");
	g_string_append(text, "\"open\n");
	put("out.csv", "before");
	for (guint file = 0; file < 2; file++) {
		g_auto(Said) said = MASK(text->str, "--quiet", file ? "--output" : "--auto", file ? "out.csv" : NULL);

		g_assert_cmpint(said.code, ==, 1);
		g_assert_true((said.size > 0) == !file);
		g_assert_true(g_str_has_suffix(said.err, "THE OUTPUT IS INCOMPLETE; throw it away\n") == !file);
	}
	g_assert_true(g_file_get_contents(path, &kept, NULL, NULL));
	g_assert_cmpstr(kept, ==, "before");
	forget("out.csv");
	assert_empty();
}

static void
test_never_in_place(void)
{
	g_autofree char *path = path_of("in.csv"), *text = NULL;

	put("in.csv", "a\n1\n");
	{
		g_auto(Said) said = MASK("", "in.csv", "--output", "./in.csv");

		g_assert_cmpint(said.code, ==, 2);
		g_assert_nonnull(strstr(said.err, "one file"));
	}
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "a\n1\n");
	forget("in.csv");
	assert_empty();
}

/* What --auto proposes can be written, read by a person, and used; one key, one pseudonym. */
static void
test_plan(void)
{
	static const char input[] = "手机号,身份证号\n" PHONE ",11010519491231002X\n";
	g_auto(Said) key = MASK("", "--new-key", "key"), again = MASK("", "--new-key", "key");
	g_auto(Said) explained = MASK(input, "--explain", "--json");
	g_auto(Said) written = MASK(input, "--auto", "--write-plan", "plan.yaml");
	g_auto(Said) by_plan = MASK(input, "--plan", "plan.yaml", "--key", "key", "--quiet");
	g_auto(Said) automatic = MASK(input, "--auto", "--key", "key", "--quiet");
	json_t *told = fn_json_parse(explained.out, explained.size, NULL);
	const json_t *columns = json_object_get(told, "columns");

	g_assert_cmpint(key.code, ==, 0);
	g_assert_cmpint(again.code, ==, 3);
	g_assert_cmpuint(json_array_size(columns), ==, 2);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(columns, 0), "why")), ==, "undecided");
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(columns, 1), "found")), ==, "cn.resident_id");
	json_decref(told);
	g_assert_cmpint(written.code, ==, 0);
	g_assert_cmpstr(written.out, ==, "");
	g_assert_cmpint(by_plan.code, ==, 0);
	g_assert_true(g_str_has_prefix(by_plan.out, "手机号,身份证号\r\n138****8000,"));
	g_assert_null(strstr(by_plan.out, "11010519491231002X"));
	g_assert_cmpstr(by_plan.out, ==, automatic.out);
	forget("key");
	forget("plan.yaml");
	assert_empty();
}

static void
test_summary(void)
{
	g_auto(Said) said = MASK("{\"phone\":\"" PHONE "\",\"n\":1}\n{\"phone\":[1],\"n\":null}\n", "--column", "phone=partial:keep=3.4", "--json");
	json_t *told = fn_json_parse(said.err, strlen(said.err), NULL);
	const json_t *phone = json_array_get(json_object_get(told, "columns"), 0);
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;

	fn_sm3(said.out, said.size, digest);
	hex = fn_hex(digest, sizeof(digest));
	g_assert_cmpstr(json_string_value(json_object_get(told, "sm3")), ==, hex);
	g_assert_cmpint(json_integer_value(json_object_get(told, "rows")), ==, 2);
	g_assert_cmpint(json_integer_value(json_object_get(phone, "values")), ==, 2);
	g_assert_cmpint(json_integer_value(json_object_get(phone, "redacted")), ==, 1);
	json_decref(told);
}

static void
test_languages(void)
{
	g_auto(Said) chinese = mask_in("zh_CN.UTF-8", "", 0, (const char *const[]){ "--help", NULL });
	g_auto(Said) english = MASK("", "--help");
	g_auto(Said) gbk = MASK("\xd0\xd5\xc3\xfb,\xb3\xc7\xca\xd0,\xb1\xb8\xd7\xa2\n\xd5\xc5,\xb1\xb1\xbe\xa9,\xb5\xc4\n", "--column", "姓名=redact");

	g_assert_nonnull(strstr(chinese.out, "退出码"));
	g_assert_nonnull(strstr(english.out, "Exit code"));
	g_assert_cmpstr(gbk.out, ==, "姓名,城市,备注\r\n***,北京,的\r\n");
	g_assert_nonnull(strstr(gbk.err, "GB18030"));
}

/* ---- workbooks ---- */

typedef struct {
	const char *sheet;
	lxw_row_t row;
	lxw_col_t column;
	const char *text; /* NULL: @number */
	double number;
	gboolean date;
} Cell;

static void
make_workbook(const char *name, const Cell *cells, gsize n)
{
	g_autofree char *path = path_of(name);
	lxw_workbook *workbook = workbook_new(path);
	lxw_format *dates = workbook_add_format(workbook);

	format_set_num_format(dates, "yyyy-mm-dd");
	for (gsize i = 0; i < n; i++) {
		lxw_worksheet *sheet = workbook_get_worksheet_by_name(workbook, cells[i].sheet);

		if (sheet == NULL)
			sheet = workbook_add_worksheet(workbook, cells[i].sheet);
		if (cells[i].text != NULL)
			worksheet_write_string(sheet, cells[i].row, cells[i].column, cells[i].text, NULL);
		else
			worksheet_write_number(sheet, cells[i].row, cells[i].column, cells[i].number, cells[i].date ? dates : NULL);
	}
	g_assert_cmpint(workbook_close(workbook), ==, LXW_NO_ERROR);
}

static const Cell two_sheets[] = {
	{ "人员", 0, 0, "手机号", 0 }, { "人员", 0, 1, "n", 0 }, { "人员", 0, 2, "备注", 0 },
	{ "人员", 1, 0, PHONE, 0 }, { "人员", 1, 1, NULL, 7 }, { "人员", 1, 2, "两行\n\t=1", 0 },
	{ "人员", 3, 0, NULL, 13900139000 }, { "人员", 3, 1, NULL, 1.0 / 3 }, { "人员", 3, 2, NULL, 45296, TRUE },
	{ "a!b", 1, 1, "x", 0 }, { "a!b", 2, 1, "007", 0 },
};

static void
test_workbooks(void)
{
	make_workbook("in.xlsx", two_sheets, G_N_ELEMENTS(two_sheets));
	{
		g_auto(Said) json = MASK("", "in.xlsx", "--sheet", "人员", "--to", "ndjson", "--column", "手机号=partial:keep=3.4");
		g_auto(Said) several = MASK("", "in.xlsx", "--auto", "--to", "csv");
		g_auto(Said) absent = MASK("", "in.xlsx", "--auto", "--sheet", "x");
		g_auto(Said) again = MASK("", "in.xlsx", "--auto", "--output", "out.xlsx");
		g_auto(Said) first = MASK("", "out.xlsx", "--sheet", "人员", "--to", "ndjson", "--auto");
		g_auto(Said) second = MASK("", "out.xlsx", "--sheet", "a!b", "--to", "csv");

		g_assert_cmpint(json.code, ==, 0);
		g_assert_cmpstr(json.out, ==, "{\"手机号\":\"138****8000\",\"n\":7,\"备注\":\"两行\\n\\t=1\"}\n{\"手机号\":\"139****9000\",\"n\":0.333333333333333,\"备注\":\"2024-01-05\"}\n");
		g_assert_cmpint(several.code, ==, 3);
		g_assert_nonnull(strstr(several.err, "--sheet"));
		g_assert_cmpint(absent.code, ==, 1);
		g_assert_cmpint(again.code, ==, 0);
		g_assert_cmpstr(first.out, ==, "{\"手机号\":\"138****8000\",\"n\":7,\"备注\":\"两行\\n\\t=1\"}\n{\"手机号\":\"139****9000\",\"n\":0.333333333333333,\"备注\":\"2024-01-05\"}\n");
		g_assert_cmpstr(second.out, ==, "x\r\n007\r\n");
	}
	forget("in.xlsx");
	forget("out.xlsx");
	assert_empty();
}

static void
test_strange_workbooks(void)
{
	static const struct {
		Cell cell[4];
		const char *said;
	} cases[] = {
		{ { { "S", 0, 0, "a", 0 }, { "S", 1, 0, "1", 0 }, { "S", 1, 1, "2", 0 } }, "row 2: column 2 holds something but has no name in row 1" },
		{ { { "S", 0, 0, "a", 0 }, { "S", 0, 2, "a", 0 } }, "S:1: \"a\" stands there twice" },
		{ { { "S", 0, 600, "a", 0 } }, "column 601 holds something" },
		{ { { PHONE, 0, 0, "a", 0 } }, "the name of the sheet holds cn.mobile (level 3)" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize n = 0;

		while (n < G_N_ELEMENTS(cases[i].cell) && cases[i].cell[n].sheet != NULL)
			n++;
		make_workbook("in.xlsx", cases[i].cell, n);
		{
			g_auto(Said) said = MASK("", "in.xlsx", "--auto");

			g_assert_cmpint(said.code, ==, 1);
			g_assert_cmpstr(said.out, ==, "");
			g_assert_nonnull(strstr(said.err, cases[i].said));
		}
		forget("in.xlsx");
	}
	assert_empty();
}

/* What a workbook cannot hold. */
static void
test_over_long(void)
{
	g_autoptr(GString) text = g_string_new("n\n");

	for (guint i = 0; i < 32768; i++)
		g_string_append_c(text, 'x');
	{
		g_auto(Said) said = MASK(text->str, "--output", "out.xlsx");
		g_auto(Said) csv = MASK(text->str, "--quiet");

		g_assert_cmpint(said.code, ==, 3);
		g_assert_nonnull(strstr(said.err, "32,767 characters"));
		g_assert_cmpint(csv.code, ==, 0);
	}
	assert_empty();
}

int
main(int argc, char **argv)
{
	int code;

	g_test_init(&argc, &argv, NULL);
	directory = g_dir_make_tmp("fn-mask-XXXXXX", NULL);
	rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	program = g_build_filename(g_getenv("FENGNI_BUILD"), "fengni", NULL);
	g_test_add_func("/table/command/pipe", test_pipe);
	g_test_add_func("/table/command/refusals", test_refusals);
	g_test_add_func("/table/command/incomplete", test_incomplete);
	g_test_add_func("/table/command/never_in_place", test_never_in_place);
	g_test_add_func("/table/command/plan", test_plan);
	g_test_add_func("/table/command/summary", test_summary);
	g_test_add_func("/table/command/languages", test_languages);
	g_test_add_func("/table/command/workbooks", test_workbooks);
	g_test_add_func("/table/command/strange_workbooks", test_strange_workbooks);
	g_test_add_func("/table/command/over_long", test_over_long);
	code = g_test_run();
	g_rmdir(directory);
	g_free(directory);
	g_free(rules);
	g_free(program);
	return code;
}
