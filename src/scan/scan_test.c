#include "scan/fixture.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
	FnRules *rules;
	FnScanner *scanner;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	fixture->rules = fixture_national();
	fixture->scanner = fn_scanner_new(fixture->rules, &error);
	g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
	fn_scanner_free(fixture->scanner);
	fn_rules_free(fixture->rules);
}

static guint
count(const FnScanResult *result, const char *detector)
{
	guint n = 0;

	for (guint i = 0; i < result->listed; i++)
		n += (guint)g_str_equal(fn_scan_finding(result, i).detector, detector);
	return n;
}

static void
test_examples(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	fn_scan_check_examples(fixture->scanner, fixture->rules, &error);
	g_assert_no_error(error);
}

static const struct {
	const char *text, *detector;
	gsize start, end;
	FnScanVerdict verdict;
} places[] = {
	{ "11010519491231002X", "cn.resident_id", 0, 18, FN_SCAN_FOUND },
	{ "张三11010519491231002X男", "cn.resident_id", 6, 24, FN_SCAN_FOUND },
	{ "电话138-0013-8000。", "cn.mobile", 6, 19, FN_SCAN_FOUND },
	{ "+86 138 0013 8000", "cn.mobile", 4, 17, FN_SCAN_FOUND },
	{ "a zhang@example.com.", "email", 2, 19, FN_SCAN_FOUND },
	{ "机密★10年\n通知", "cn.secrecy_mark", 0, 14, FN_SCAN_BLOCKED },
	{ "举报人", "cn.keyword", 0, 9, FN_SCAN_FOUND },
};

static void
test_places(Fixture *fixture, gconstpointer unused)
{
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autoptr(FnScanResult) result = fn_scan(fixture->scanner, places[i].text, strlen(places[i].text));
		FnFinding finding;

		g_test_message("%s", places[i].text);
		g_assert_cmpuint(result->listed, ==, 1);
		finding = fn_scan_finding(result, 0);
		g_assert_cmpstr(finding.detector, ==, places[i].detector);
		g_assert_cmpuint(finding.start, ==, places[i].start);
		g_assert_cmpuint(finding.end, ==, places[i].end);
		g_assert_cmpint(result->verdict, ==, places[i].verdict);
		g_assert_cmpuint(result->level, ==, finding.level);
		g_assert_cmpstr(finding.where, ==, "");
	}
}

/* Texts about secrecy: written for this test, in the manner of regulations, news and notices. */
static const char *const about_secrecy[] = {
	"关于规范电子邮箱使用的通知\n各单位：\n公务邮箱不得存储、处理、转发涉密文件。发现机密级以上信息误传的，应当立即报告保密行政管理部门。\n",
	"第八条　国家秘密的密级分为绝密、机密、秘密三级。\n第九条　绝密级国家秘密是最重要的国家秘密。\n秘密级事项的保密期限不超过10年。\n",
	"本办法适用于非涉密政务数据。涉及国家秘密的，依照保守国家秘密法执行；涉及商业秘密、个人隐私的，采取脱敏措施。\n",
	"培训要点：（一）密级标志由密级和保密期限组成，中间用五角星隔开，例如“秘密★1年”；（二）标志位于首页左上角。\n",
	"按照所处理信息的最高密级，系统由低到高划分为秘密、机密、绝密三个等级，分别管理。\n(摘自《管理办法》)\n",
	"机密计算是一种保护使用中数据的技术。机密虚拟机对内存加密。\n",
	"问：标注为绝密★长期的档案能否数字化？答：不能在本系统办理。\n",
	"会议强调，严守秘密，不得在互联网上谈论秘密，任何秘密都不外传。\n",
};

static void
test_about_secrecy(Fixture *fixture, gconstpointer unused)
{
	for (gsize i = 0; i < G_N_ELEMENTS(about_secrecy); i++) {
		g_autoptr(FnScanResult) plain = fn_scan(fixture->scanner, about_secrecy[i], strlen(about_secrecy[i]));
		g_autofree char *marked_text = g_strconcat("机密★10年\n", about_secrecy[i], NULL);
		g_autoptr(FnScanResult) marked = fn_scan(fixture->scanner, marked_text, strlen(marked_text));

		g_test_message("%s", about_secrecy[i]);
		g_assert_cmpuint(count(plain, "cn.secrecy_mark"), ==, 0);
		g_assert_cmpint(plain->verdict, !=, FN_SCAN_BLOCKED);
		g_assert_cmpuint(count(marked, "cn.secrecy_mark"), ==, 1);
		g_assert_cmpint(marked->verdict, ==, FN_SCAN_BLOCKED);
	}
}

/* Text with every kind of finding at random places; long enough for several windows. */
static GString *
random_text(GRand *rand, gsize size)
{
	static const char *const pieces[] = { "13800138000", "11010519491231002X", "，", "电话", "订单号", "a", " ", "\n", "-", "@", "u@example.com", "机密★10年",
		"91350100M000100Y43", "138-0013-8000", "举报人", "6222 0200 0000 0000 000", "6222020000000000000", "中华人民共和国", ".", "x9", "86 ",
		"\n绝密★长期\n", "１", "＠", "\u200b", "\u3000", "7", "4111111111111111", "卡号", "10.1.2.3", "::1", "a:b" };
	GString *text = g_string_new(NULL);

	while (text->len < size)
		g_string_append(text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
	return text;
}

/* ---- one scanner, many threads ---- */

static void *
scan_often(void *scanner)
{
	static const char text[] = "卡号6222020000000000000，电话13800138000，举报人";

	for (guint i = 0; i < 200; i++) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));

		g_assert_cmpuint(result->found, ==, 3);
	}
	return NULL;
}

static void
test_threads(Fixture *fixture, gconstpointer unused)
{
	pthread_t thread[4];

	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, scan_often, fixture->scanner), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		pthread_join(thread[i], NULL);
}

/* ---- tokens and UTF-8: with and without vector instructions ---- */

static void
write_token(const FnToken *token, gpointer out)
{
	g_string_append_printf(out, "%d %u-%u %s%c;", token->kind, token->start, token->end, token->digits, token->sign != '\0' ? token->sign : '-');
}

static guint
write_fold(guint start, guint end, gpointer out)
{
	g_string_append_printf(out, "fold %u-%u;", start, end);
	return end % 3 == 0 ? end + 5 : 0;
}

static void
test_portable(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(5);

	for (guint round = 0; round < 600; round++) {
		GString *text = random_text(rand, (gsize)g_rand_int_range(rand, 0, round < 500 ? 700 : 9000));
		g_autoptr(GString) slow = g_string_new(NULL);

		fn_tokens(text->str, text->len, FN_MACHINE_PLAIN, &fixture->scanner->wants, NULL, write_token, write_fold, slow);
		for (FnMachine machine = FN_MACHINE_PLAIN + 1; machine <= fn_machine(); machine++) {
			g_autoptr(GString) fast = g_string_new(NULL);

			fn_tokens(text->str, text->len, machine, &fixture->scanner->wants, NULL, write_token, write_fold, fast);
			g_assert_cmpstr(fast->str, ==, slow->str);
		}
		g_string_free(text, TRUE);
	}
}

/* Every pair of bytes, and broken sequences at every place of a block: what GLib says. */
static void
test_utf8(void)
{
	char text[97];

	for (guint pair = 0; pair < 65536; pair++) {
		gboolean valid;

		memset(text, 'a', sizeof(text));
		memcpy(text + 30 + pair % 5, "\xe4\xb8\xad", 3);
		text[40 + pair % 30] = (char)(pair >> 8);
		text[41 + pair % 30] = (char)pair;
		text[42 + pair % 30] = (char)(pair % 3 == 0 ? 'b' : 0x80 + pair % 64);
		valid = g_utf8_validate_len(text, sizeof(text), NULL);
		g_assert_cmpint(fn_utf8_span(text, sizeof(text)) == (gssize)sizeof(text), ==, valid);
	}
	g_assert_cmpint(fn_utf8_span("中文", 5), ==, 3);
	g_assert_cmpint(fn_utf8_span("", 0), ==, 0);
}

/* ---- rule files ---- */

/* A scanner of one detector file and the pack @parameters, beside the minimum that rules need. */
static FnScanner *
scanner_of(const char *detector, GError **error)
{
	g_autofree char *directory = g_dir_make_tmp("fn-rules-XXXXXX", NULL), *folder = g_build_filename(directory, "detectors", NULL);
	g_autofree char *path = g_build_filename(folder, "x.yaml", NULL), *rules_directory = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autofree char *text = g_strconcat("id: x\ntitle: {zh: 甲, en: A}\nlevel: 3\n", detector, NULL);
	g_autoptr(FnRules) rules = NULL;
	FnScanner *scanner = NULL;

	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	rules = fn_rules_load(rules_directory, "national", directory, error);
	if (rules != NULL)
		scanner = fn_scanner_new(rules, error);
	g_unlink(path);
	g_rmdir(folder);
	g_rmdir(directory);
	return scanner;
}

static const struct {
	const char *file, *named;
} bad_files[] = {
	{ "score: {report: 0.8}\n", "shape is missing" },
	{ "shape: {validator: luhnn}\nscore: {report: 0.8}\n", "luhnn" },
	{ "shape: {validator: mobile, lenght: [1, 2]}\nscore: {report: 0.8}\n", "lenght" },
	{ "shape: {validator: mobile, length: [1, 2]}\nscore: {report: 0.8}\n", "length" },
	{ "shape: {validator: mobile, length: [[11], 13]}\nscore: {report: 0.8}\n", "length" },
	{ "shape: {validator: mobile, length: [-1, 99999999999]}\nscore: {report: 0.8}\n", "length" },
	{ "shape: {validator: mobile, class: digit}\nscore: {report: 0.8}\n", "class" },
	{ "shape: {validator: mobile, header: yes}\nscore: {report: 0.8}\n", "header" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8}\nmask: {default: partial, keep: [[1]]}\n", "keep" },
	{ "shape: {validator: mobile, length: [11]}\nscore: {report: 0.8}\n", "length" },
	{ "shape: {validator: mobile, grouped: [3, 44, 4]}\nscore: {report: 0.8}\n", "group" },
	{ "shape: {validator: mobile}\n", "score.report" },
	{ "shape: {validator: mobile}\nscore: {report: 80}\n", "scores" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8, agianst: -1}\n", "agianst" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8}\nverdict: blokced\n", "blokced" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8}\nmask: {keep: [1, 2]}\n", "default" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8}\nwords: [a]\n", "words" },
	{ "shape: {validator: words}\nscore: {report: 0.8}\n", "words" },
	{ "shape: {validator: mobile, grouped: [[3, 4], [3, 44]]}\nscore: {report: 0.8}\n", "group" },
	{ "shape: {validator: mobile, grouped: [[3, 4], 3]}\nscore: {report: 0.8}\n", "group" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8}\ncontext: {near: 1000}\n", "near" },
	{ "shape: {validator: mobile}\nscore: {report: 0.8}\ncontext: {words: ['']}\n", "words" },
};

/* A wrong file is refused, and the message says where and what. */
static void
test_bad_files(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad_files); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(scanner_of(bad_files[i].file, &error));
		g_assert_nonnull(error);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, bad_files[i].named));
		g_assert_nonnull(strstr(error->message, "x.yaml"));
	}
}

/* A city's own words are found beside the national ones. */
static void
test_own_words(void)
{
	static const char text[] = "请看玄铁计划和举报人";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = scanner_of("shape: {validator: words}\nscore: {shape: 0.9, report: 0.8}\nwords: [玄铁计划]\nverdict: blocked\n", &error);
	g_autoptr(FnScanResult) result = NULL;

	g_assert_no_error(error);
	result = fn_scan(scanner, text, strlen(text));
	g_assert_cmpuint(count(result, "x"), ==, 1);
	g_assert_cmpuint(count(result, "cn.keyword"), ==, 1);
	g_assert_cmpint(result->verdict, ==, FN_SCAN_BLOCKED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)
	ADD("/scan/examples", test_examples);
	ADD("/scan/places", test_places);
	ADD("/scan/about-secrecy", test_about_secrecy);
	ADD("/scan/portable", test_portable);
	ADD("/scan/threads", test_threads);
	g_test_add_func("/scan/utf8", test_utf8);
	g_test_add_func("/scan/bad-files", test_bad_files);
	g_test_add_func("/scan/own-words", test_own_words);
	return g_test_run();
}
