#include "base/json.h"
#include "scan/command.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs the command in a child; the lines it printed, its exit code in *@code. */
static char *
run(int *code, const char *const *arguments)
{
	char *argv[16] = { "scan" };
	char path[] = "/tmp/fn-scan-XXXXXX";
	int argc = 1, fd = mkstemp(path), status;
	char *text = NULL;
	pid_t child;

	g_assert_cmpint(fd, >=, 0);
	for (; arguments[argc - 1] != NULL; argc++)
		argv[argc] = (char *)arguments[argc - 1];
	fflush(stdout);
	child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		dup2(fd, STDOUT_FILENO);
		status = fn_scan_command(argc, argv);
		fflush(stdout);
		_exit(status);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(g_spawn_check_wait_status(status, NULL) || WIFEXITED(status));
	*code = WEXITSTATUS(status);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	close(fd);
	g_unlink(path);
	return text;
}

static char *
write_file(const char *directory, const char *name, const char *text, gssize size)
{
	char *path = g_build_filename(directory, name, NULL);

	g_assert_true(g_file_set_contents(path, text, size, NULL));
	return path;
}

static char *directory;
static char *rules;

static json_t *
scan_one(const char *path, const char *option, int expected)
{
	const char *const arguments[] = { "--json", "--rules", rules, path, option, NULL };
	int code;
	g_autofree char *out = run(&code, arguments);
	g_autoptr(GError) error = NULL;
	json_t *object = fn_json_parse(out, strlen(out), &error);

	g_assert_no_error(error);
	g_assert_cmpint(code, ==, expected);
	g_assert_cmpstr(json_string_value(json_object_get(object, "file")), ==, path);
	g_assert_true(g_str_has_suffix(out, "\n"));
	return object;
}

static const struct {
	const char *name, *text, *verdict;
	gssize size;
	int code;
} files[] = {
	{ "clean.txt", "今天天气很好。\n", "clean", -1, 0 },
	{ "empty.txt", "", "clean", -1, 0 },
	{ "found.txt", "电话13800138000\n", "found", -1, 0 },
	{ "blocked.txt", "机密★10年\n报告\n", "blocked", -1, 1 },
	{ "binary.bin", "PK\x03\x04\x00\x00", "not_fully_inspected", 6, 1 },
	{ "gbk.txt", "\xb5\xe7\xbb\xb0 13800138000", "not_fully_inspected", -1, 1 },
};

static void
test_verdicts(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = write_file(directory, files[i].name, files[i].text, files[i].size);
		json_t *object = scan_one(path, NULL, files[i].code);

		g_test_message("%s", files[i].name);
		g_assert_cmpstr(json_string_value(json_object_get(object, "verdict")), ==, files[i].verdict);
		g_assert_cmpint(json_object_get(object, "reason") != NULL, ==, g_str_equal(files[i].verdict, "not_fully_inspected"));
		json_decref(object);
		g_unlink(path);
	}
}

static void
test_show(void)
{
	g_autofree char *path = write_file(directory, "show.txt", "电话13800138000\n", -1);
	json_t *hidden = scan_one(path, NULL, 0), *shown = scan_one(path, "--show", 0);
	json_t *one = json_array_get(json_object_get(hidden, "findings"), 0);
	json_t *two = json_array_get(json_object_get(shown, "findings"), 0);

	g_assert_null(json_object_get(one, "text"));
	g_assert_cmpstr(json_string_value(json_object_get(two, "text")), ==, "13800138000");
	g_assert_cmpint(json_integer_value(json_object_get(one, "start")), ==, 6);
	g_assert_cmpint(json_integer_value(json_object_get(one, "end")), ==, 17);
	json_decref(hidden);
	json_decref(shown);
	g_unlink(path);
}

static void
test_unreadable(void)
{
	json_t *missing = scan_one("/nonexistent/file", NULL, 1), *folder = scan_one(directory, NULL, 1);

	g_assert_cmpstr(json_string_value(json_object_get(missing, "verdict")), ==, "not_fully_inspected");
	g_assert_nonnull(strstr(json_string_value(json_object_get(folder, "reason")), "cannot be read"));
	json_decref(missing);
	json_decref(folder);
}

static void
test_usage(void)
{
	const char *const wrong[] = { "--jsno", NULL }, *const nowhere[] = { "--rules", "/nonexistent", "x", NULL };
	int code;

	g_free(run(&code, wrong));
	g_assert_cmpint(code, ==, 2);
	g_free(run(&code, nowhere));
	g_assert_cmpint(code, ==, 3);
}

int
main(int argc, char **argv)
{
	int code;

	g_test_init(&argc, &argv, NULL);
	directory = g_dir_make_tmp("fn-scan-XXXXXX", NULL);
	rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_test_add_func("/scan-command/verdicts", test_verdicts);
	g_test_add_func("/scan-command/show", test_show);
	g_test_add_func("/scan-command/unreadable", test_unreadable);
	g_test_add_func("/scan-command/usage", test_usage);
	code = g_test_run();
	g_rmdir(directory);
	g_free(directory);
	g_free(rules);
	return code;
}
