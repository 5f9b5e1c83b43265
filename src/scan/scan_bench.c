/* Speed of the full detector set with exact offsets, on one core: official Chinese prose, prose mixed with English, lists and
 * numbers, and a table dense with personal data (five identifiers in a row of about 148 bytes). Findings are held against what
 * the texts were made with, place by place; one that is missing, wrong or too many fails the run. Lines: name, ours,
 * reference, ratio, in GB/s per core.
 *
 * The reference is ripgrep with the alternation of the naive patterns below, lines counted, one thread. That of
 * scan.….vectorscan is vectorscan with the same patterns and the words, in this process, only the ends of matches, nothing
 * checked. */
#include "scan/scan_priv.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#ifdef FN_VECTORSCAN
#include <hs/hs.h>
#endif

enum { SIZE = 16 << 20, ROUNDS = 5, RIPGREP_ROUNDS = 2 };

/* What one would write without a scanner; \b knows ASCII only, else it loses what stands beside Chinese. */
static const char *const patterns[] = {
	"\\b[1-9]\\d{5}(19|20)\\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])\\d{3}[0-9Xx]\\b",
	"\\b[1-9]\\d{5}\\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])\\d{3}\\b",
	"\\b(86)?1[3-9]\\d{9}\\b",
	"\\b1[3-9]\\d[- ]\\d{4}[- ]\\d{4}\\b",
	"\\b[0-9A-HJ-NPQRTUWXY]{2}\\d{6}[0-9A-HJ-NPQRTUWXY]{10}\\b",
	"\\b(62|4\\d|5[1-5]|3[47])\\d{12,17}\\b",
	"\\b\\d{4} \\d{4} \\d{4} \\d{4}( \\d{1,3})?\\b",
	"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\\.[A-Za-z]{2,}",
	"\\b0\\d{2,3}-?\\d{7,8}\\b",
	"\\b[EGPSDHM][A-Z]?\\d{7,8}\\b",
	"\\b[CHW]\\d{8}(\\d{2})?\\b",
	"\\b(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}\\b",
	"\\b([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\\b",
	"\\b[A-HJ-NPR-Z0-9]{17}\\b",
	"\\b[0-9A-Z]{8}-[0-9X]\\b",
	"(京|津|沪|渝|冀|豫|云|辽|黑|湘|皖|鲁|新|苏|浙|赣|鄂|桂|甘|晋|蒙|陕|吉|闽|贵|粤|青|藏|川|宁|琼)[A-Z][A-Z0-9]{5,6}",
	"(绝密|机密|秘密)(★|☆|\\*)",
	"-----BEGIN [A-Z ]*PRIVATE KEY-----",
	"(https?|ftp)://[^/ :@]{1,64}:[^/ @]{1,64}@",
	"(密码|口令|password|passwd|pwd)[:=：]",
	"内部资料|工作秘密|不予公开|举报人|信访人|涉案人员|讯问笔录|社区矫正|强制戒毒|病历号|诊断结果|艾滋病|残疾等级|低保对象|工资明细|银行流水|征信报告|评标底价",
	"姓名|身份证|手机|电话|邮箱|卡号|住址|信用代码|护照|车牌|社保|医保|出生日期|户籍|联系人|开户行|驾驶证|军官证",
};

typedef struct {
	gsize start, end;
} Place;

typedef struct {
	const char *name;
	GString *text;
	GArray *truth; /* Place */
} Corpus;

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- the texts ---- */

/* Chinese as offices write it: Han characters with a number here and there. */
static const char *const official[] = {
	"各部门应当按照职责分工，加强政务数据资源的采集、归集、共享和应用工作，确保数据真实、准确、完整。",
	"数据主管部门会同有关单位建立健全监督检查机制，对共享交换平台的运行情况开展定期评估。",
	"第十二条　需求部门提出共享申请，应当说明使用依据和应用场景，提供部门在十个工作日内答复。\n",
	"因履行职责需要使用共享数据的，应当遵守法律、行政法规的规定，不得超出授权范围，不得用于其他目的。",
	"各级人民政府应当将所需经费列入本级财政预算，并对建设、运行和维护工作给予保障。",
	"会议指出，要坚持问题导向，着力解决群众办事难、多头跑、重复提交材料等突出问题。\n",
	"2024年全市实现地区生产总值8236.5亿元，同比增长5.6%，其中第三产业增加值4120.3亿元。",
	"对违反规定造成不良影响的单位，由有关机关责令限期改正，情节严重的，依法追究责任人员的责任。",
	"提供部门应当按照目录及时更新数据，发现错误或者遗漏的，自发现之日起五个工作日内予以更正。",
	"本办法自2025年1月1日起施行，有效期五年。\n",
};
/* With English, lists and many numbers. */
static const char *const mixed[] = {
	"各部门应当按照职责分工，加强政务数据资源的采集、归集、共享和应用工作，确保数据真实、准确、完整。",
	"数据主管部门会同有关单位建立健全监督检查机制，对共享交换平台的运行情况开展定期评估。",
	"第十二条　需求部门提出共享申请，应当说明使用依据和应用场景，提供部门在十个工作日内答复。",
	"2024年全市实现地区生产总值8236.5亿元，同比增长5.6%，其中第三产业增加值4120.3亿元。",
	"The exchange platform offers REST interfaces (see RFC 9110) to the consuming systems; version 2.3.1 is current.",
	"附件：1.数据资源目录编制指南；2.共享责任清单；3.工作流程图（2023版）。\n",
};

static void
append_known(Corpus *corpus, const char *text)
{
	Place place = { corpus->text->len, corpus->text->len + strlen(text) };

	g_string_append(corpus->text, text);
	g_array_append_val(corpus->truth, place);
}

static char *
any_mobile(GRand *rand)
{
	return g_strdup_printf("13%d%08d", g_rand_int_range(rand, 0, 10), g_rand_int_range(rand, 0, 100000000));
}

/* Sentences with a mobile number about every two kilobytes. */
static void
make_text(Corpus *corpus, const char *const *sentences, int n)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);

	while (corpus->text->len < SIZE) {
		g_string_append(corpus->text, sentences[g_rand_int_range(rand, 0, n)]);
		if (g_rand_int_range(rand, 0, 16) == 0) {
			g_autofree char *mobile = any_mobile(rand);

			g_string_append(corpus->text, "联系电话");
			append_known(corpus, mobile);
			g_string_append(corpus->text, "。");
		}
	}
}

static void
make_prose(Corpus *corpus)
{
	make_text(corpus, official, G_N_ELEMENTS(official));
}

static void
make_mixed(Corpus *corpus)
{
	make_text(corpus, mixed, G_N_ELEMENTS(mixed));
}

static char *
any_resident(GRand *rand)
{
	static const char *const regions[] = { "110105", "130102", "310115", "440305", "510107", "330106" };
	g_autofree char *first = g_strdup_printf("%s19%02d%02d%02d%03d", regions[g_rand_int_range(rand, 0, G_N_ELEMENTS(regions))],
		g_rand_int_range(rand, 50, 99), g_rand_int_range(rand, 1, 13), g_rand_int_range(rand, 1, 29), g_rand_int_range(rand, 1, 999));

	return g_strdup_printf("%s%c", first, fn_resident_id_check_character(first));
}

static char *
any_card(GRand *rand)
{
	static const char *const issuers[] = { "622202", "621700", "622848", "621661", "622580" };
	g_autofree char *first = g_strdup_printf("%s%06d%06d", issuers[g_rand_int_range(rand, 0, G_N_ELEMENTS(issuers))],
		g_rand_int_range(rand, 0, 1000000), g_rand_int_range(rand, 0, 1000000));

	return g_strdup_printf("%s%c", first, fn_luhn_digit(first, strlen(first)));
}

static char *
any_credit_code(GRand *rand)
{
	g_autofree char *body = g_strdup_printf("MA%06d", g_rand_int_range(rand, 0, 1000000));
	g_autofree char *first = g_strdup_printf("91130100%s%c", body, fn_organization_code_check_character(body));

	return g_strdup_printf("%s%c", first, fn_credit_code_check_character(first));
}

static char *
any_email(GRand *rand)
{
	return g_strdup_printf("user%d@mail.example.com", g_rand_int_range(rand, 0, 100000));
}

static void
make_csv(Corpus *corpus)
{
	static char *(*const make[])(GRand *rand) = { any_resident, any_mobile, any_email, any_card, any_credit_code };
	g_autoptr(GRand) rand = g_rand_new_with_seed(2);

	g_string_append(corpus->text, "序号,人员,身份证号,手机,邮箱,卡号,信用代码,部门,状态\n");
	for (guint row = 1; corpus->text->len < SIZE; row++) {
		g_string_append_printf(corpus->text, "%u,某某某", row);
		for (gsize i = 0; i < G_N_ELEMENTS(make); i++) {
			g_autofree char *text = make[i](rand);

			g_string_append_c(corpus->text, ',');
			append_known(corpus, text);
		}
		g_string_append(corpus->text, ",数据资源综合处,在职\n");
	}
}

/* ---- ours ---- */

static gboolean
is_true(const Corpus *corpus, const FnScanResult *result)
{
	gboolean fine = result->found == corpus->truth->len && result->listed == result->found;

	for (guint i = 0; i < MIN(result->listed, corpus->truth->len); i++) {
		FnFinding finding = fn_scan_finding(result, i);
		const Place *place = &g_array_index(corpus->truth, Place, i);

		if (finding.start == place->start && finding.end == place->end)
			continue;
		fprintf(stderr, "%s: finding %u is %s at %" G_GSIZE_FORMAT ", the text was made with one at %" G_GSIZE_FORMAT "\n", corpus->name, i,
			finding.detector, finding.start, place->start);
		return FALSE;
	}
	if (!fine)
		fprintf(stderr, "%s: %" G_GUINT64_FORMAT " findings, made with %u\n", corpus->name, result->found, corpus->truth->len);
	return fine;
}

/* Seconds of the best round; 0 when the findings are not the truth. */
static double
time_ours(const FnScanner *scanner, const Corpus *corpus)
{
	double best = 1e9;

	for (guint round = 0; round < ROUNDS; round++) {
		double began = seconds(CLOCK_THREAD_CPUTIME_ID);
		g_autoptr(FnScanResult) result = fn_scan(scanner, corpus->text->str, corpus->text->len);

		best = MIN(best, seconds(CLOCK_THREAD_CPUTIME_ID) - began);
		if (!is_true(corpus, result))
			return 0;
	}
	return best;
}

/* ---- ripgrep ---- */

static double
children_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static double
time_ripgrep(const Corpus *corpus, const char *file)
{
	g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
	double best = 1e9;

	for (const char *const *word = (const char *const[]){ "rg", "--no-config", "-j1", "-c", "-a", NULL }; *word != NULL; word++)
		g_ptr_array_add(arguments, g_strdup(*word));
	for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
		g_auto(GStrv) parts = g_strsplit(patterns[i], "\\b", -1);
		g_autofree char *ascii = g_strjoinv("(?-u:\\b)", parts);

		g_ptr_array_add(arguments, g_strdup("-e"));
		g_ptr_array_add(arguments, g_steal_pointer(&ascii));
	}
	g_ptr_array_add(arguments, g_strdup(file));
	g_ptr_array_add(arguments, NULL);
	for (guint round = 0; round < RIPGREP_ROUNDS; round++) {
		double began = children_seconds();
		g_autofree char *lines = NULL;
		g_autoptr(GError) error = NULL;
		int status;

		if (!g_spawn_sync(NULL, (char **)arguments->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &lines, NULL, &status, &error) ||
			!g_spawn_check_wait_status(status, &error)) {
			fprintf(stderr, "ripgrep: %s\n", error->message);
			return 0;
		}
		best = MIN(best, children_seconds() - began);
	}
	return best;
}

/* ---- vectorscan ---- */

#ifdef FN_VECTORSCAN
static int
count_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *count)
{
	(*(guint64 *)count)++;
	return 0;
}

static double
time_vectorscan(const Corpus *corpus)
{
	unsigned flags[G_N_ELEMENTS(patterns)], ids[G_N_ELEMENTS(patterns)];
	hs_database_t *database = NULL;
	hs_scratch_t *scratch = NULL;
	hs_compile_error_t *wrong = NULL;
	double best = 1e9;

	for (unsigned i = 0; i < G_N_ELEMENTS(patterns); i++) {
		flags[i] = HS_FLAG_DOTALL;
		ids[i] = i;
	}
	if (hs_compile_multi(patterns, flags, ids, G_N_ELEMENTS(patterns), HS_MODE_BLOCK, NULL, &database, &wrong) != HS_SUCCESS) {
		fprintf(stderr, "vectorscan: %s\n", wrong->message);
		hs_free_compile_error(wrong);
		return 0;
	}
	g_assert(hs_alloc_scratch(database, &scratch) == HS_SUCCESS);
	for (guint round = 0; round < ROUNDS; round++) {
		double began = seconds(CLOCK_THREAD_CPUTIME_ID);
		guint64 matches = 0;

		for (gsize at = 0; at < corpus->text->len; at += 65536)
			g_assert(hs_scan(database, corpus->text->str + at, (unsigned)MIN(corpus->text->len - at, 65536), 0, scratch, count_match,
				&matches) == HS_SUCCESS);
		best = MIN(best, seconds(CLOCK_THREAD_CPUTIME_ID) - began);
		g_assert(matches >= corpus->truth->len);
	}
	hs_free_scratch(scratch);
	hs_free_database(database);
	return best;
}
#endif

/* ---- all ---- */

static gboolean
print_line(const Corpus *corpus, const char *more, double ours, double reference)
{
	if (ours <= 0 || reference <= 0)
		return FALSE;
	printf("%s%s\t%.3f\t%.3f\t%.2f\n", corpus->name, more, (double)corpus->text->len / ours / 1e9,
		(double)corpus->text->len / reference / 1e9, reference / ours);
	return TRUE;
}

static gboolean
measure(const FnScanner *scanner, const char *name, void (*make)(Corpus *corpus))
{
	Corpus corpus = { name, g_string_sized_new(SIZE + 4096), g_array_new(FALSE, FALSE, sizeof(Place)) };
	g_autofree char *directory = g_dir_make_tmp("fengni-bench-XXXXXX", NULL), *file = g_build_filename(directory, "text", NULL);
	gboolean fine;
	double ours;

	make(&corpus);
	ours = time_ours(scanner, &corpus);
	fine = g_file_set_contents(file, corpus.text->str, (gssize)corpus.text->len, NULL) &&
		print_line(&corpus, "", ours, time_ripgrep(&corpus, file));
#ifdef FN_VECTORSCAN
	fine = fine && print_line(&corpus, ".vectorscan", ours, time_vectorscan(&corpus));
#endif
	g_unlink(file);
	g_rmdir(directory);
	g_string_free(corpus.text, TRUE);
	g_array_unref(corpus.truth);
	return fine;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = argc > 1 ? g_strdup(argv[1]) : fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, &error);
	g_autoptr(FnScanner) scanner = rules != NULL ? fn_scanner_new(rules, &error) : NULL;
	gboolean fine;

	if (scanner == NULL) {
		fprintf(stderr, "%s\n", error->message);
		return 3;
	}
	fine = measure(scanner, "scan.prose", make_prose);
	fine &= measure(scanner, "scan.mixed", make_mixed);
	fine &= measure(scanner, "scan.csv", make_csv);
	return fine ? 0 : 1;
}
