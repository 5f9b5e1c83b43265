/* Speed of the full detector set with exact offsets, on one core: prose and a table dense with personal data. The findings
 * are held against what the texts were made with; wrong findings fail the run. Prints name, ours, reference, ratio;
 * the reference is the literal automaton alone over the same bytes. */
#include "scan/scan_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SIZE = 16 << 20, ROUNDS = 5 };

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const char *const sentences[] = {
	"各部门应当按照职责分工，加强政务数据资源的采集、归集、共享和应用工作，确保数据真实、准确、完整。",
	"数据主管部门会同有关单位建立健全监督检查机制，对共享交换平台的运行情况开展定期评估。",
	"第十二条　需求部门提出共享申请，应当说明使用依据和应用场景，提供部门在十个工作日内答复。",
	"2024年全市实现地区生产总值8236.5亿元，同比增长5.6%，其中第三产业增加值4120.3亿元。",
	"The exchange platform offers REST interfaces (see RFC 9110) to the consuming systems; version 2.3.1 is current.",
	"附件：1.数据资源目录编制指南；2.共享责任清单；3.工作流程图（2023版）。\n",
};

/* Prose with a mobile number and a resident ID about every two kilobytes. */
static GString *
make_prose(guint *truth)
{
	GString *text = g_string_sized_new(SIZE + 4096);
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);

	while (text->len < SIZE) {
		g_string_append(text, sentences[g_rand_int_range(rand, 0, G_N_ELEMENTS(sentences))]);
		if (g_rand_int_range(rand, 0, 16) == 0) {
			g_string_append_printf(text, "联系电话138%08u。", (guint)g_rand_int_range(rand, 0, 100000000));
			(*truth)++;
		}
	}
	return text;
}

static void
append_checked(GString *text, const char *digits, char check)
{
	g_string_append(text, digits);
	g_string_append_c(text, check);
}

/* Rows of name, resident ID, mobile, e-mail, card, credit code. */
static GString *
make_csv(guint *truth)
{
	GString *text = g_string_sized_new(SIZE + 4096);
	g_autoptr(GRand) rand = g_rand_new_with_seed(2);

	g_string_append(text, "姓名,身份证号,手机,邮箱,卡号,信用代码\n");
	while (text->len < SIZE) {
		g_autofree char *id = g_strdup_printf("1301%02d19%02d%02d%02d%03d", g_rand_int_range(rand, 21, 34), g_rand_int_range(rand, 50, 99),
			g_rand_int_range(rand, 1, 13), g_rand_int_range(rand, 1, 29), g_rand_int_range(rand, 1, 999));
		g_autofree char *card = g_strdup_printf("622202%012" G_GINT64_FORMAT, (gint64)g_rand_int(rand) * 200);
		g_autofree char *body = g_strdup_printf("MA%06d", g_rand_int_range(rand, 0, 1000000));
		g_autofree char *code = g_strdup_printf("91130100%s%c", body, fn_organization_code_check_character(body));

		g_string_append(text, "张三丰,");
		append_checked(text, id, fn_resident_id_check_character(id));
		g_string_append_printf(text, ",139%08d,u%d@example.com,", g_rand_int_range(rand, 0, 100000000), g_rand_int_range(rand, 0, 100000));
		append_checked(text, card, fn_luhn_digit(card, 18));
		g_string_append_c(text, ',');
		append_checked(text, code, fn_credit_code_check_character(code));
		g_string_append_c(text, '\n');
		*truth += 5;
	}
	return text;
}

static gboolean
measure(const FnScanner *scanner, const char *name, const GString *text, guint truth)
{
	double ours = 1e9, reference = 1e9;
	guint64 found = 0;
	FnScratch *scratch = fn_scratch_borrow(scanner);
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(FnWordHit));

	for (guint round = 0; round < ROUNDS; round++) {
		double began = cpu_seconds(), middle;
		g_autoptr(FnScanResult) result = fn_scan(scanner, text->str, text->len);

		middle = cpu_seconds();
		found = result->found;
		ours = MIN(ours, middle - began);
		g_array_set_size(hits, 0);
		middle = cpu_seconds();
		fn_words_find(scanner->vocabulary[FN_WORDS_FINDING].words, scratch->words[FN_WORDS_FINDING], text->str, text->len, hits);
		reference = MIN(reference, cpu_seconds() - middle);
	}
	fn_scratch_return(scanner, scratch);
	printf("%s\t%.3f\t%.3f\t%.3f\n", name, (double)text->len / ours / 1e9, (double)text->len / reference / 1e9, reference / ours);
	if (found != truth)
		fprintf(stderr, "%s: %" G_GUINT64_FORMAT " findings, made with %u\n", name, found, truth);
	return found == truth;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = argc > 1 ? g_strdup(argv[1]) : fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, &error);
	g_autoptr(FnScanner) scanner = rules != NULL ? fn_scanner_new(rules, &error) : NULL;
	guint prose_truth = 0, csv_truth = 0;
	GString *prose, *csv;
	gboolean fine;

	if (scanner == NULL) {
		fprintf(stderr, "%s\n", error->message);
		return 3;
	}
	prose = make_prose(&prose_truth);
	csv = make_csv(&csv_truth);
	fine = measure(scanner, "scan.prose", prose, prose_truth);
	fine &= measure(scanner, "scan.csv", csv, csv_truth);
	g_string_free(prose, TRUE);
	g_string_free(csv, TRUE);
	return fine ? 0 : 1;
}
