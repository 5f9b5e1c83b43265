/* The command as it is called: the real program, its output and its exit code. */
#include "base/json.h"
#include "extract/testing.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PHONE "13800138000"
#define MARK  "机密★10年\n报告\n"

static char *directory, *rules, *program;

/* ---- calling it ---- */

typedef struct {
	int code;
	char *out, *err;
} Said;

static void
said_clear(Said *said)
{
	g_free(said->out);
	g_free(said->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

/* Starts it in the scratch directory; -1 for a descriptor: /dev/null. */
static pid_t
start(const char *language, const char *const *arguments, int in, int out, int err)
{
	const char *argv[24] = { program, "scan", "--rules", rules };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	guint n = 4;
	pid_t child;

	for (; *arguments != NULL; arguments++)
		argv[n++] = *arguments;
	child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		if (chdir(directory) != 0 || dup2(in >= 0 ? in : null, 0) < 0 || dup2(out >= 0 ? out : null, 1) < 0 ||
			dup2(err >= 0 ? err : null, 2) < 0)
			_exit(99);
		g_setenv("LC_ALL", language, TRUE);
		execv(program, (char **)argv);
		_exit(99);
	}
	close(null);
	return child;
}

static int
finish(pid_t child)
{
	int status;

	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A file without a name. */
static int
scratch(const char *text)
{
	char path[] = "/tmp/fn-scan-XXXXXX";
	int fd = mkstemp(path);

	g_assert_cmpint(fd, >=, 0);
	g_unlink(path);
	g_assert_cmpint(write(fd, text, strlen(text)), ==, strlen(text));
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	return fd;
}

static char *
read_back(int fd)
{
	GString *text = g_string_new(NULL);
	char piece[4096];
	ssize_t n;

	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		g_string_append_len(text, piece, n);
	close(fd);
	return g_string_free(text, FALSE);
}

static Said
scan_in(const char *language, const char *input, const char *const *arguments)
{
	int in = scratch(input), out = scratch(""), err = scratch("");
	Said said = { .code = finish(start(language, arguments, in, out, err)) };

	close(in);
	said.out = read_back(out);
	said.err = read_back(err);
	return said;
}
#define SCAN(...) scan_in("C.UTF-8", "", (const char *const[]){ __VA_ARGS__, NULL })

static void
put(const char *name, const char *text, gssize size)
{
	g_autofree char *path = g_build_filename(directory, name, NULL), *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, size, NULL));
}

static void
put_zip(const char *name, const char *member, const char *text)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;

	testing_zip_add(&zip, member, text, strlen(text), TRUE, 0x800); /* its name is UTF-8 */
	bytes = testing_zip_end(&zip);
	g_assert_true(g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL));
}

/* ---- one file ---- */

/* The one object that --json says of @name. */
static json_t *
scan_one(const char *name, const char *option, int code)
{
	g_auto(Said) said = SCAN("--json", name, option);
	g_autoptr(GError) error = NULL;
	json_t *object = fn_json_parse(said.out, strlen(said.out), &error);

	g_assert_no_error(error);
	g_assert_cmpint(said.code, ==, code);
	g_assert_cmpstr(json_string_value(json_object_get(object, "file")), ==, name);
	g_assert_true(g_str_has_suffix(said.out, "}\n"));
	return object;
}

static const char *
text_of(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const struct {
	const char *name, *text, *verdict;
	gssize size;
	int code;
} files[] = {
	{ "clean.txt", "今天天气很好。\n", "clean", -1, 0 },
	{ "empty.txt", "", "clean", -1, 0 },
	{ "found.txt", "电话" PHONE "\n", "found", -1, 0 },
	{ "blocked.txt", MARK, "blocked", -1, 1 },
	{ "broken.zip", "PK\x03\x04\x00\x00", "not_fully_inspected", 6, 1 },
};

static void
test_verdicts(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		json_t *object;

		g_test_message("%s", files[i].name);
		put(files[i].name, files[i].text, files[i].size);
		object = scan_one(files[i].name, NULL, files[i].code);
		g_assert_cmpstr(text_of(object, "verdict"), ==, files[i].verdict);
		g_assert_cmpint(json_object_get(object, "reason") != NULL, ==, g_str_equal(files[i].verdict, "not_fully_inspected"));
		json_decref(object);
	}
}

static void
test_members(void)
{
	json_t *object, *one;

	put("a.txt", "电话" PHONE "，" PHONE "\n", -1);
	object = scan_one("a.txt", NULL, 0);
	one = json_array_get(json_object_get(object, "findings"), 0);
	g_assert_cmpint(json_integer_value(json_object_get(object, "bytes")), ==, 32);
	g_assert_cmpint(json_integer_value(json_object_get(object, "level")), ==, 3);
	g_assert_cmpint(json_integer_value(json_object_get(object, "found")), ==, 2);
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(object, "counts"), "cn.mobile")), ==, 2);
	g_assert_cmpstr(text_of(one, "detector"), ==, "cn.mobile");
	g_assert_cmpint(json_integer_value(json_object_get(one, "start")), ==, 6);
	g_assert_cmpint(json_integer_value(json_object_get(one, "end")), ==, 17);
	g_assert_cmpstr(text_of(one, "where"), ==, "");
	g_assert_cmpstr(text_of(one, "excerpt"), ==, "138****8000");
	g_assert_null(json_object_get(one, "text"));
	json_decref(object);
}

/* In no form does what was found stand in clear, unless it is asked for. */
static void
test_masked(void)
{
	static const char *const secrets[] = { PHONE, "11010519491231002X", "li.si@example.com", "6222020200112230" };
	static const char *const forms[] = { "--quiet", "--json", "--sarif" };
	g_autofree char *text = g_strdup_printf("电话%s，身份证%s，邮箱%s，银行卡号%s\n", secrets[0], secrets[1], secrets[2], secrets[3]);

	put("secrets.txt", text, -1);
	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_auto(Said) hidden = SCAN(forms[i], "secrets.txt"), shown = SCAN(forms[i], "--show", "secrets.txt");

		for (gsize k = 0; k < G_N_ELEMENTS(secrets); k++) {
			g_assert_null(strstr(hidden.out, secrets[k]));
			if (k < 3)
				g_assert_nonnull(strstr(shown.out, secrets[k]));
		}
		g_assert_nonnull(strstr(hidden.out, "138****8000"));
	}
}

static void
test_inside(void)
{
	json_t *object, *one;

	put_zip("z.zip", "年报/a.txt", "电话" PHONE "\n");
	object = scan_one("z.zip", NULL, 0);
	one = json_array_get(json_object_get(object, "findings"), 0);
	g_assert_cmpstr(text_of(one, "where"), ==, "年报/a.txt");
	json_decref(object);
	put_zip("marked.zip", "a.txt", MARK);
	json_decref(scan_one("marked.zip", NULL, 1));
}

static void
test_input(void)
{
	g_auto(Said) dash = scan_in("C.UTF-8", MARK, (const char *const[]){ "--json", "-", "--name", "memo.txt", NULL });
	g_auto(Said) none = scan_in("C.UTF-8", MARK, (const char *const[]){ "--json", NULL });

	g_assert_cmpint(dash.code, ==, 1);
	g_assert_true(g_str_has_prefix(dash.out, "{\"file\":\"memo.txt\",\"bytes\":22,\"verdict\":\"blocked\""));
	g_assert_cmpint(none.code, ==, 1);
	g_assert_true(g_str_has_prefix(none.out, "{\"file\":\"-\",\"bytes\":22,\"verdict\":\"blocked\""));
}

/* ---- many files ---- */

/* "name verdict\n" for each file of the output. */
static char *
summary(const char *out)
{
	g_auto(GStrv) line = g_strsplit(out, "\n", -1);
	GString *text = g_string_new(NULL);

	for (guint i = 0; line[i] != NULL && *line[i] != '\0'; i++) {
		json_t *object = fn_json_parse(line[i], strlen(line[i]), NULL);

		g_assert_nonnull(object);
		g_string_append_printf(text, "%s %s\n", text_of(object, "file"), text_of(object, "verdict"));
		json_decref(object);
	}
	return g_string_free(text, FALSE);
}

static void
make_tree(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	g_autofree char *link = g_build_filename(directory, "tree", "b", "link", NULL), *pipe = g_build_filename(directory, "tree", "b", "pipe", NULL),
			*loop = g_build_filename(directory, "tree", "b", "up", NULL);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	put("tree/a.txt", "a", -1);
	put("tree/b/10.txt", "电话" PHONE, -1);
	put("tree/b/9.txt", MARK, -1);
	put("tree/b/new\nline", "x", -1);
	put("tree/b.txt", "x", -1);
	put("tree/c/d/e.log", "x", -1);
	g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
	g_assert_cmpint(symlink("..", loop), ==, 0);
	g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
	g_snprintf(address.sun_path, sizeof(address.sun_path), "%s/tree/socket", directory);
	g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	close(fd);
}

static void
test_tree(void)
{
	static const char *const expected =
		"tree/a.txt clean\ntree/b/10.txt found\ntree/b/9.txt blocked\ntree/b/link not_fully_inspected\n"
		"tree/b/new\nline clean\ntree/b/pipe not_fully_inspected\ntree/b/up not_fully_inspected\n"
		"tree/b.txt clean\ntree/c/d/e.log clean\ntree/socket not_fully_inspected\n";

	make_tree();
	for (int jobs = 1; jobs <= 8; jobs *= 2) {
		g_autofree char *number = g_strdup_printf("%d", jobs), *got = NULL;
		g_auto(Said) said = SCAN("--json", "--jobs", number, "tree");

		got = summary(said.out);
		g_assert_cmpstr(got, ==, expected);
		g_assert_cmpint(said.code, ==, 1);
	}
}

static void
test_left_out(void)
{
	g_auto(Said) names = SCAN("--json", "--exclude", "b", "--exclude", "*.log", "--exclude", "socket", "tree");
	g_auto(Said) paths = SCAN("--json", "--exclude", "tree/b*", "--exclude", "tree/socket", "tree");
	g_auto(Said) quiet = SCAN("--quiet", "tree/a.txt", "tree/b/10.txt");
	g_auto(Said) large = SCAN("--json", "--max-size", "12", "tree/a.txt", "tree/b/10.txt", "clean.txt");
	g_autofree char *one = summary(names.out), *two = summary(paths.out), *three = summary(large.out);

	g_assert_cmpstr(one, ==, "tree/a.txt clean\ntree/b.txt clean\n");
	g_assert_cmpint(names.code, ==, 0);
	g_assert_cmpstr(two, ==, "tree/a.txt clean\ntree/c/d/e.log clean\n");
	g_assert_null(strstr(quiet.out, "a.txt"));
	g_assert_nonnull(strstr(quiet.out, "10.txt: found\n"));
	g_assert_cmpstr(three, ==, "tree/a.txt clean\ntree/b/10.txt not_fully_inspected\nclean.txt not_fully_inspected\n");
	g_assert_nonnull(strstr(large.out, "larger than --max-size"));
}

/* More files than results may wait, and the first takes longest. */
static void
test_many(void)
{
	g_autoptr(GString) expected = g_string_new("many/000 clean\n"), big = g_string_new(NULL);
	g_autofree char *got = NULL;

	for (int i = 0; i < 200000; i++)
		g_string_append(big, "春眠不觉晓，处处闻啼鸟。\n");
	put("many/000", big->str, (gssize)big->len);
	for (int i = 1; i < 600; i++) {
		g_autofree char *name = g_strdup_printf("many/%03d", i);

		put(name, i % 7 == 0 ? "电话" PHONE : "x", -1);
		g_string_append_printf(expected, "%s %s\n", name, i % 7 == 0 ? "found" : "clean");
	}
	g_auto(Said) said = SCAN("--json", "--jobs", "5", "many");

	got = summary(said.out);
	g_assert_cmpstr(got, ==, expected->str);
	g_assert_cmpint(said.code, ==, 0);
}

static void
test_unreadable(void)
{
	g_auto(Said) said = SCAN("--json", "nowhere/at/all", "clean.txt", "/dev/null");
	g_autofree char *got = summary(said.out);

	g_assert_cmpstr(got, ==, "nowhere/at/all not_fully_inspected\nclean.txt clean\n/dev/null not_fully_inspected\n");
	g_assert_nonnull(strstr(said.out, "cannot be read: No such file"));
	g_assert_nonnull(strstr(said.out, "a device, not a file"));
	g_assert_cmpint(said.code, ==, 1);
}

static void
test_totals(void)
{
	g_auto(Said) said = SCAN("tree", "found.txt");

	g_assert_nonnull(strstr(said.out, "11 files, "));
	g_assert_nonnull(strstr(said.out, ": 4 clean, 2 found, 1 blocked, 4 not fully inspected; 3 findings\n"));
	g_assert_nonnull(strstr(said.out, "         2  Mobile number (cn.mobile)\n"));
	g_assert_nonnull(strstr(said.out, "tree/b/new\\x0aline: clean\n"));
}

static guint
lines(const char *text)
{
	guint n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* People are shown some of many findings, and told how many there are; programs get all. */
static void
test_limit(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	json_t *object;

	for (int i = 0; i < 250; i++)
		g_string_append(text, "电话" PHONE "\n");
	put("numbers.txt", text->str, -1);
	g_auto(Said) usual = SCAN("numbers.txt"), few = SCAN("--limit", "3", "numbers.txt"), all = SCAN("--limit", "0", "numbers.txt");

	g_assert_cmpuint(lines(usual.out), ==, 1 + 100 + 1 + 2);
	g_assert_nonnull(strstr(usual.out, "  … and 150 more\n"));
	g_assert_cmpuint(lines(few.out), ==, 1 + 3 + 1 + 2);
	g_assert_cmpuint(lines(all.out), ==, 1 + 250 + 2);
	object = scan_one("numbers.txt", "--quiet", 0);
	g_assert_cmpuint(json_array_size(json_object_get(object, "findings")), ==, 250);
	json_decref(object);
}

/* ---- measures ---- */

static void
test_measures(void)
{
	static const struct {
		const char *arguments[4];
		int code;
		const char *err;
	} cases[] = {
		{ { "found.txt" }, 0, "" },
		{ { "--fail-on", "blocked", "found.txt" }, 0, "" },
		{ { "--fail-on", "found", "found.txt" }, 1, "" },
		{ { "--fail-on", "found", "clean.txt" }, 0, "" },
		{ { "--profile", "strict", "found.txt" }, 1, "" },
		{ { "--profile", "none", "found.txt" }, 2, "there are: default" },
		{ { "--jsno" }, 2, "usage: fengni scan" },
		{ { "--jobs", "65" }, 2, "--jobs" },
		{ { "--jobs", "-1" }, 2, "--jobs" },
		{ { "--limit", "-1" }, 2, "--limit" },
		{ { "--max-size", "12X" }, 2, "--max-size" },
		{ { "--max-size", "99999999999G" }, 2, "--max-size" },
		{ { "--fail-on", "clean" }, 2, "--fail-on" },
		{ { "--json", "--sarif" }, 2, "--sarif" },
		{ { "--pack", "none" }, 3, "none" },
		{ { "--rules", "/nonexistent" }, 3, "/nonexistent" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Said) said = SCAN(cases[i].arguments[0], cases[i].arguments[1], cases[i].arguments[2]);

		g_test_message("%zu", i);
		g_assert_cmpint(said.code, ==, cases[i].code);
		g_assert_nonnull(strstr(said.err, cases[i].err));
	}
}

static void
test_help(void)
{
	static const char *const options[] = { "--name", "--exclude", "--max-size", "--ocr", "--profile", "--rules", "--pack", "--fail-on",
		"--json", "--sarif", "--show", "--quiet", "--list", "--limit", "--jobs" };
	static const char *const help[] = { "--help", NULL }, *const list[] = { "--list", NULL };
	g_auto(Said) en = scan_in("C.UTF-8", "", help), zh = scan_in("zh_CN.UTF-8", "", help);
	g_auto(Said) list_en = scan_in("C.UTF-8", "", list), list_zh = scan_in("zh_CN.UTF-8", "", list);

	for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
		g_assert_nonnull(strstr(en.out, options[i]));
		g_assert_nonnull(strstr(zh.out, options[i]));
	}
	g_assert_nonnull(strstr(en.out, "Exit code: 0 "));
	g_assert_nonnull(strstr(zh.out, "退出码：0 "));
	g_assert_nonnull(strstr(list_en.out, "cn.mobile              level 3  Mobile number\n"));
	g_assert_nonnull(strstr(list_zh.out, "手机号码\n"));
	g_assert_nonnull(strstr(list_en.out, "  default "));
	g_assert_cmpint(en.code + zh.code + list_en.code + list_zh.code, ==, 0);
}

/* ---- SARIF ---- */

/* Members of the objects that we write, as the standard's schema has them: ! needed, s string, i integer, b boolean, o object of the
 * shape that follows, a array of it. */
typedef struct Shape Shape;
typedef struct {
	const char *name;
	gboolean needed;
	char type;
	const Shape *of;
} Member;
struct Shape {
	Member member[10];
};

static const Shape message = { { { "text", TRUE, 's' } } };
static const Shape rule = { { { "id", TRUE, 's' }, { "shortDescription", FALSE, 'o', &message } } };
static const Shape component = { { { "name", TRUE, 's' }, { "version", FALSE, 's' }, { "language", FALSE, 's' }, { "rules", FALSE, 'a', &rule } } };
static const Shape tool = { { { "driver", TRUE, 'o', &component } } };
static const Shape artifact = { { { "uri", FALSE, 's' } } };
static const Shape region = { { { "byteOffset", FALSE, 'i' }, { "byteLength", FALSE, 'i' } } };
static const Shape physical = { { { "artifactLocation", FALSE, 'o', &artifact }, { "region", FALSE, 'o', &region } } };
static const Shape logical = { { { "fullyQualifiedName", FALSE, 's' } } };
static const Shape location = { { { "physicalLocation", FALSE, 'o', &physical }, { "logicalLocations", FALSE, 'a', &logical } } };
static const Shape bag = { { { "score", FALSE, 'i' }, { "level", FALSE, 'i' } } };
static const Shape result = { { { "ruleId", FALSE, 's' }, { "level", FALSE, 's' }, { "message", TRUE, 'o', &message },
	{ "locations", FALSE, 'a', &location }, { "properties", FALSE, 'o', &bag } } };
static const Shape invocation = { { { "executionSuccessful", TRUE, 'b' } } };
static const Shape one_run = { { { "tool", TRUE, 'o', &tool }, { "translations", FALSE, 'a', &component }, { "results", FALSE, 'a', &result },
	{ "invocations", FALSE, 'a', &invocation } } };
static const Shape sarif_log = { { { "$schema", FALSE, 's' }, { "version", TRUE, 's' }, { "runs", TRUE, 'a', &one_run } } };

static void check_shape(json_t *value, const Shape *shape, const char *place);

static void
check_member(json_t *value, const Member *member, const char *place)
{
	g_autofree char *below = g_strdup_printf("%s/%s", place, member->name);
	gsize i;
	json_t *item;

	g_test_message("%s", below);
	switch (member->type) {
	case 's':
		g_assert_true(json_is_string(value));
		break;
	case 'i':
		g_assert_true(json_is_integer(value));
		g_assert_cmpint(json_integer_value(value), >=, 0);
		break;
	case 'b':
		g_assert_true(json_is_boolean(value));
		break;
	case 'o':
		check_shape(value, member->of, below);
		break;
	default:
		g_assert_true(json_is_array(value));
		json_array_foreach(value, i, item)
			check_shape(item, member->of, below);
	}
}

static void
check_shape(json_t *value, const Shape *shape, const char *place)
{
	gsize known = 0;

	g_assert_true(json_is_object(value));
	for (const Member *member = shape->member; member->name != NULL; member++) {
		json_t *it = json_object_get(value, member->name);

		g_assert_true(it != NULL || !member->needed);
		if (it == NULL)
			continue;
		known++;
		check_member(it, member, place);
	}
	g_assert_cmpuint(json_object_size(value), ==, known);
}

/* What the schema cannot say of @of: its rule exists, its level is one, its address is a URI. */
static void
check_result(json_t *of, const json_t *ids)
{
	json_t *where = json_object_get(json_array_get(json_object_get(of, "locations"), 0), "physicalLocation");
	const char *uri = text_of(json_object_get(where, "artifactLocation"), "uri"), *level = text_of(of, "level");

	g_assert_nonnull(json_object_get(ids, text_of(of, "ruleId")));
	g_assert_true(g_str_equal(level, "error") || g_str_equal(level, "warning") || g_str_equal(level, "note"));
	g_assert_true(g_uri_is_valid(uri, G_URI_FLAGS_NONE, NULL) || g_uri_parse_relative(NULL, uri, G_URI_FLAGS_NONE, NULL) == NULL);
	g_assert_null(strpbrk(uri, " \"<>\\^`{|}"));
	for (const char *at = uri; *at != '\0'; at++)
		g_assert_true(*at > ' ' && *at < 0x7f);
	g_assert_cmpint(*text_of(json_object_get(of, "message"), "text"), !=, '\0');
}

static void
test_sarif(void)
{
	g_auto(Said) said = SCAN("--sarif", "tree", "z.zip", "a.txt");
	g_autoptr(GError) error = NULL;
	json_t *all = fn_json_parse(said.out, strlen(said.out), &error), *run, *driver, *results, *ids = json_object(), *one;
	gsize i, regions = 0, places = 0, refused = 0;

	g_assert_no_error(error);
	check_shape(all, &sarif_log, "");
	g_assert_cmpstr(text_of(all, "version"), ==, "2.1.0");
	g_assert_cmpuint(json_array_size(json_object_get(all, "runs")), ==, 1);
	run = json_array_get(json_object_get(all, "runs"), 0);
	driver = json_object_get(json_object_get(run, "tool"), "driver");
	json_array_foreach(json_object_get(driver, "rules"), i, one) {
		g_assert_null(json_object_get(ids, text_of(one, "id")));
		json_object_set_new(ids, text_of(one, "id"), json_true());
	}
	g_assert_cmpuint(json_array_size(json_object_get(json_array_get(json_object_get(run, "translations"), 0), "rules")), ==, json_object_size(ids));
	results = json_object_get(run, "results");
	json_array_foreach(results, i, one) {
		json_t *where = json_array_get(json_object_get(one, "locations"), 0);

		check_result(one, ids);
		regions += json_object_get(json_object_get(where, "physicalLocation"), "region") != NULL;
		places += json_object_get(where, "logicalLocations") != NULL;
		refused += g_str_equal(text_of(one, "ruleId"), "not_fully_inspected");
	}
	g_assert_cmpuint(regions, ==, 4); /* 10.txt, 9.txt, two of a.txt */
	g_assert_cmpuint(places, ==, 1);
	g_assert_cmpuint(refused, ==, 4);
	g_assert_cmpint(said.code, ==, 1);
	json_decref(ids);
	json_decref(all);
}

/* ---- the end ---- */

/* Ctrl-C while standard input is silent: what was done is said, and no process stays. */
static void
test_interrupt(void)
{
	static const char *const arguments[] = { "--jobs", "2", "found.txt", "-", NULL };
	int in[2], out[2], status, code;
	g_autoptr(GString) text = g_string_new(NULL);
	char piece[4096];
	ssize_t n;
	pid_t child;

	g_assert_cmpint(pipe2(in, O_CLOEXEC), ==, 0);
	g_assert_cmpint(pipe2(out, O_CLOEXEC), ==, 0);
	child = start("C.UTF-8", arguments, in[0], out[1], -1);
	close(out[1]);
	g_assert_cmpint(write(in[1], "x", 1), ==, 1);
	while (strstr(text->str, "found.txt") == NULL && (n = read(out[0], piece, sizeof(piece))) > 0)
		g_string_append_len(text, piece, n);
	g_assert_cmpint(kill(child, SIGINT), ==, 0);
	while ((n = read(out[0], piece, sizeof(piece))) > 0)
		g_string_append_len(text, piece, n);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
	g_assert_cmpint(code, ==, 1);
	g_assert_nonnull(strstr(text->str, "-: not fully inspected (interrupted)\nInterrupted: "));
	g_assert_nonnull(strstr(text->str, "2 files, "));
	close(in[0]);
	close(in[1]);
	close(out[0]);
}

/* On a terminal a bar comes when it takes longer than a second, and is gone in the end. */
static void
test_bar(void)
{
	static const char *const arguments[] = { "-", "--name", "长.txt", NULL };
	int in[2], terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	g_autoptr(GString) text = g_string_new(NULL);
	char piece[4096];
	pid_t child;

	g_assert_cmpint(terminal, >=, 0);
	g_assert_cmpint(grantpt(terminal), ==, 0);
	g_assert_cmpint(unlockpt(terminal), ==, 0);
	slave = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	g_assert_cmpint(pipe2(in, O_CLOEXEC), ==, 0);
	child = start("C.UTF-8", arguments, in[0], -1, slave);
	close(in[0]);
	while (strstr(text->str, "MB/s") == NULL || !g_str_has_suffix(text->str, "长.txt")) {
		ssize_t n = read(terminal, piece, sizeof(piece));

		g_assert_cmpint(n, >, 0);
		g_string_append_len(text, piece, n);
	}
	close(in[1]);
	g_assert_cmpint(finish(child), ==, 0);
	close(slave);
	while (TRUE) {
		ssize_t n = read(terminal, piece, sizeof(piece));

		if (n <= 0)
			break;
		g_string_append_len(text, piece, n);
	}
	close(terminal);
	g_assert_true(g_str_has_suffix(text->str, "\r\033[K"));
}

/* A reader that went away, a full disk. */
static void
test_no_output(void)
{
	static const char *const arguments[] = { "--json", "many", NULL };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), out[2];

	g_assert_cmpint(finish(start("C.UTF-8", arguments, -1, full, -1)), ==, 3);
	close(full);
	g_assert_cmpint(pipe2(out, O_CLOEXEC), ==, 0);
	close(out[0]);
	g_assert_cmpint(finish(start("C.UTF-8", arguments, -1, out[1], -1)), ==, 3);
	close(out[1]);
}

int
main(int argc, char **argv)
{
	const char *remove[] = { "rm", "-rf", "--", NULL, NULL };
	int code;

	g_test_init(&argc, &argv, NULL);
	directory = g_dir_make_tmp("fn-scan-XXXXXX", NULL);
	g_assert_cmpint(g_chmod(directory, 0755), ==, 0);
	rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	program = g_build_filename(g_getenv("FENGNI_BUILD"), "fengni", NULL);
	g_test_add_func("/scan/verdicts", test_verdicts);
	g_test_add_func("/scan/members", test_members);
	g_test_add_func("/scan/masked", test_masked);
	g_test_add_func("/scan/inside", test_inside);
	g_test_add_func("/scan/input", test_input);
	g_test_add_func("/scan/tree", test_tree);
	g_test_add_func("/scan/left-out", test_left_out);
	g_test_add_func("/scan/many", test_many);
	g_test_add_func("/scan/unreadable", test_unreadable);
	g_test_add_func("/scan/totals", test_totals);
	g_test_add_func("/scan/limit", test_limit);
	g_test_add_func("/scan/measures", test_measures);
	g_test_add_func("/scan/help", test_help);
	g_test_add_func("/scan/sarif", test_sarif);
	g_test_add_func("/scan/interrupt", test_interrupt);
	g_test_add_func("/scan/bar", test_bar);
	g_test_add_func("/scan/no-output", test_no_output);
	code = g_test_run();
	remove[3] = directory;
	g_assert_true(g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
	g_free(directory);
	g_free(rules);
	g_free(program);
	return code;
}
