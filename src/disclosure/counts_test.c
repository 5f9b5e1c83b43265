#include "disclosure/counts.h"

#include "base/json.h"

#include <string.h>

static const FnCountedWish wishes[] = { { "birth", "date", 3 }, { "sex", NULL, 0 }, { "district", "region", 1 } };

static json_t *
tables(const char *text)
{
	json_t *json = fn_json_parse(text, strlen(text), NULL);

	g_assert_nonnull(json);
	return json;
}

static json_t *
written(const char *epsilon, const char *budget)
{
	FnCountsTerms terms = { 5, 30, epsilon, budget };
	json_t *of = tables("[[\"birth\",\"sex\"],[\"district\"]]"), *json;
	g_autoptr(GError) error = NULL;

	json = fn_counts_write(&terms, wishes, G_N_ELEMENTS(wishes), of, &error);
	g_assert_no_error(error);
	json_decref(of);
	return json;
}

static void
test_round(void)
{
	for (guint noisy = 0; noisy < 2; noisy++) {
		json_t *json = written(noisy ? "1/2" : NULL, noisy ? "3" : NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnCounts) counts = fn_counts_read(json, &error);

		g_assert_no_error(error);
		g_assert_cmpuint(counts->threshold, ==, 5);
		g_assert_cmpuint(counts->interval_days, ==, 30);
		g_assert_cmpuint(counts->fields, ==, 3);
		g_assert_cmpuint(counts->field[0].level, ==, 3);
		g_assert_null(counts->field[1].hierarchy);
		g_assert_nonnull(counts->field[2].hierarchy);
		g_assert_cmpuint(counts->tables, ==, 2);
		g_assert_cmpstr(counts->epsilon, ==, noisy ? "1/2" : NULL);
		g_assert_cmpstr(counts->budget, ==, noisy ? "3" : NULL);
		json_decref(json);
	}
}

static void
test_find(void)
{
	static const struct {
		const char *fields[4];
		guint table;
	} asked[] = { { { "birth", "sex" }, 0 }, { { "district" }, 1 }, { { "sex", "birth" }, G_MAXUINT }, { { "birth" }, G_MAXUINT },
		{ { "birth", "sex", "district" }, G_MAXUINT }, { { NULL }, G_MAXUINT }, { { "nothing" }, G_MAXUINT } };
	json_t *json = written(NULL, NULL);
	g_autoptr(FnCounts) counts = fn_counts_read(json, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(asked); i++)
		g_assert_cmpuint(fn_counts_find(counts, asked[i].fields), ==, asked[i].table);
	json_decref(json);
}

#define GOOD_FIELDS "\"fields\":[{\"name\":\"a\"},{\"name\":\"b\"}]"
#define GOOD_REST   "\"interval_days\":1,\"threshold\":5"

static void
test_bad(void)
{
	static const char *const texts[] = {
		"[]", "{}", "{" GOOD_FIELDS "," GOOD_REST "}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[]}", "{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[]]}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[\"a\",\"b\"]}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\",\"a\"]]}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\"],[\"a\"]]}", /* linked by a */
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"a\"],[\"b\"]]}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\"]]}", "{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"c\"],[\"b\"]]}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",5],[\"b\"]]}", "{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\"]],\"x\":1}",
		"{" GOOD_FIELDS ",\"interval_days\":0,\"threshold\":5,\"tables\":[[\"a\",\"b\"]]}",
		"{" GOOD_FIELDS ",\"interval_days\":3661,\"threshold\":5,\"tables\":[[\"a\",\"b\"]]}",
		"{" GOOD_FIELDS ",\"interval_days\":1,\"threshold\":1,\"tables\":[[\"a\",\"b\"]]}",
		"{" GOOD_FIELDS ",\"interval_days\":1,\"threshold\":101,\"tables\":[[\"a\",\"b\"]]}",
		"{" GOOD_FIELDS ",\"interval_days\":1,\"threshold\":\"5\",\"tables\":[[\"a\",\"b\"]]}",
		"{\"fields\":[]," GOOD_REST ",\"tables\":[[\"a\"]]}", "{\"fields\":[{\"name\":\"\"}]," GOOD_REST ",\"tables\":[[\"\"]]}",
		"{\"fields\":[{\"name\":\"a\"},{\"name\":\"a\"}]," GOOD_REST ",\"tables\":[[\"a\"]]}",
		"{\"fields\":[{\"name\":\"a\",\"level\":1}]," GOOD_REST ",\"tables\":[[\"a\"]]}",
		"{\"fields\":[{\"generalise\":\"date\",\"hierarchy\":\"date/0\",\"level\":1,\"name\":\"a\"}]," GOOD_REST ",\"tables\":[[\"a\"]]}",
		"{\"fields\":[{\"generalise\":\"date\",\"hierarchy\":\"date/1\",\"level\":0,\"name\":\"a\"}]," GOOD_REST ",\"tables\":[[\"a\"]]}",
		"{\"fields\":[{\"generalise\":\"date\",\"hierarchy\":\"date/1\",\"level\":4,\"name\":\"a\"}]," GOOD_REST ",\"tables\":[[\"a\"]]}",
		"{\"fields\":[{\"generalise\":\"number:1\",\"hierarchy\":\"number/1:1\",\"level\":1,\"name\":\"a\"}]," GOOD_REST ",\"tables\":[[\"a\"]]}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\"]],\"epsilon\":\"1\"}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\"]],\"epsilon\":\"1\",\"budget\":3}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\"]],\"epsilon\":\"0\",\"budget\":\"3\"}",
		"{" GOOD_FIELDS "," GOOD_REST ",\"tables\":[[\"a\",\"b\"]],\"epsilon\":\"4\",\"budget\":\"3\"}",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		json_t *json = fn_json_parse(texts[i], strlen(texts[i]), NULL);
		g_autoptr(GError) error = NULL;

		g_assert_nonnull(json);
		g_test_message("%s", texts[i]);
		g_assert_null(fn_counts_read(json, &error));
		g_assert_true(error != NULL && error->domain == FN_DISCLOSURE_ERROR);
		json_decref(json);
	}
}

/* What reading would refuse is not written. */
static void
test_unwritten(void)
{
	FnCountsTerms terms = { 5, 30, NULL, NULL };
	FnCountedWish unknown = { "a", "colour", 1 }, finest = { "a", "date", 0 };
	json_t *of = tables("[[\"a\"]]");

	g_assert_null(fn_counts_write(&terms, &unknown, 1, of, NULL));
	g_assert_null(fn_counts_write(&terms, &finest, 1, of, NULL));
	g_assert_null(fn_counts_write(&terms, &finest, 1, NULL, NULL));
	json_decref(of);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/counts/round", test_round);
	g_test_add_func("/counts/find", test_find);
	g_test_add_func("/counts/bad", test_bad);
	g_test_add_func("/counts/unwritten", test_unwritten);
	return g_test_run();
}
