/* Answers for reading: tables, lines, languages, moments, and nothing that steers a terminal. */
#include "cli/readable.h"

#include "base/json.h"

#include <string.h>

typedef struct {
	const char *what, *answer, *columns, *text;
} Case;

static const Case english[] = {
	{ "nothing to say", "{}", NULL, "Done.\n" },
	{ "null", "null", NULL, "Done.\n" },
	{ "an empty list", "{\"items\":[],\"next\":null}", NULL, "Nothing.\n" },
	{ "columns as declared, only those that a row has", "{\"items\":[{\"b\":\"2\",\"a\":\"1\"},{\"a\":null,\"b\":\"22\"}]}", "a zz b",
		"a  b\n1  2\n-  22\n" },
	{ "members inside", "{\"items\":[{\"entry\":{\"body\":{\"event\":\"e\"}}},{\"entry\":7}]}", "entry.body.event", "event\ne\n-\n" },
	{ "usual members first", "{\"items\":[{\"z\":1,\"name\":\"n\",\"id\":\"i\"}]}", NULL, "id  name  z\ni   n     1\n" },
	{ "wide characters", "{\"items\":[{\"id\":\"甲乙\",\"x\":1},{\"id\":\"a\",\"x\":2}]}", "id x", "id    x\n甲乙  1\na     2\n" },
	{ "more", "{\"items\":[{\"x\":1}],\"next\":\"c9\"}", "x", "x\n1\nThere is more, from c9 on.\n" },
	{ "lists of texts", "{\"items\":[\"one\",\"two\"]}", NULL, "one\ntwo\n" },
	{ "what stands beside a list", "{\"items\":[],\"lag\":3}", NULL, "Nothing.\nlag  3\n" },
	{ "one of two languages", "{\"items\":[{\"title\":{\"zh\":\"办件\",\"en\":\"A case\"},\"id\":\"i\"}]}", "id title", "id  title\ni   A case\n" },
	{ "languages among others", "{\"reasons\":[{\"id\":\"r\",\"zh\":\"因\",\"en\":\"why\"}]}", NULL, "reasons of a refusal\n  id  title\n  r   why\n" },
	{ "a title tells a state", "{\"state\":\"open\",\"state_title\":{\"zh\":\"开\",\"en\":\"Open\"}}", NULL, "state  Open\n" },
	{ "and in a table", "{\"items\":[{\"state\":\"open\",\"state_title\":{\"zh\":\"开\",\"en\":\"Open\"}}]}", "state", "state\nOpen\n" },
	{ "a name beside its id", "{\"organization\":\"1\",\"organization_name\":\"民政局\"}", NULL, "organization  民政局  1\n" },
	{ "words of a closed list", "{\"items\":[{\"state\":\"withheld\",\"id\":\"active\"}]}", "id state", "id      state\nactive  withheld\n" },
	{ "moments in microseconds", "{\"valid_until\":1861891200000000}", NULL, "valid until  2029-01-01 00:00:00\n" },
	{ "moments in China", "{\"opened_at\":\"2026-11-30T16:00:01.500000Z\"}", NULL, "opened  2026-12-01 00:00:01\n" },
	{ "no moment", "{\"x\":\"ABZ\"}", NULL, "x  ABZ\n" },
	{ "flags, numbers, lists", "{\"a\":true,\"b\":false,\"c\":7,\"d\":[\"x\",\"y\"],\"e\":[],\"f\":null,\"g\":\"\"}", NULL, "a  yes\nb  no\nc  7\nd  x, y\n" },
	{ "objects inside", "{\"n\":1,\"parties\":{\"provider\":\"p\"}}", NULL, "n  1\nparties\n  provider  p\n" },
	{ "controls", "{\"items\":[{\"x\":\"a\\u001b[31m\"}]}", "x", "x\na\\x1b[31m\n" },
	{ "controls in a name", "{\"a\\u001b\":1}", NULL, "a\\x1b  1\n" },
	{ "lines in a cell", "{\"items\":[{\"x\":\"a\\nb\"}]}", "x", "x\na\\x0ab\n" },
	{ "rows that are none", "{\"items\":[{\"x\":1},7]}", "x", "x\n1\n-\n" },
	{ "only a text", "\"word\"", NULL, "word\n" },
	{ "deep", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}", NULL,
		"a\n  a\n    a\n      a\n        a\n          a\n            a\n              {\"a\":1}\n" },
};

static const Case chinese[] = {
	{ "labels", "{\"items\":[{\"id\":\"i\",\"title\":{\"zh\":\"办件\",\"en\":\"A case\"}}]}", "id title", "编号  标题\ni     办件\n" },
	{ "words", "{\"state\":\"active\",\"severity\":\"none of them\"}", NULL, "状态      有效\n严重程度  none of them\n" },
	{ "flags", "{\"late\":true}", NULL, "已超期  是\n" },
	{ "nothing", "{\"items\":[]}", NULL, "没有内容。\n" },
};

static void
check(const Case *cases, gsize count, const char *language)
{
	g_setenv("LC_ALL", language, TRUE);
	for (gsize i = 0; i < count; i++) {
		json_t *answer = json_loads(cases[i].answer, JSON_DECODE_ANY, NULL);
		g_autofree char *text = fn_readable(answer, cases[i].columns);

		g_test_message("%s", cases[i].what);
		g_assert_cmpstr(text, ==, cases[i].text);
		json_decref(answer);
	}
}

static void
test_english(void)
{
	check(english, G_N_ELEMENTS(english), "C.UTF-8");
}

static void
test_chinese(void)
{
	check(chinese, G_N_ELEMENTS(chinese), "zh_CN.UTF-8");
}

/* What is long is cut at a character, but for the last of a row. */
static void
test_long(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *shown = NULL;
	json_t *answer;

	for (guint i = 0; i < 60; i++)
		g_string_append(text, "数");
	answer = json_pack("{s:[{s:s, s:s}]}", "items", "x", text->str, "y", text->str);
	shown = fn_readable(answer, "x y");
	g_assert_nonnull(strstr(shown, "数…  数"));
	g_assert_true(g_str_has_suffix(shown, "数\n"));
	g_assert_true(g_utf8_validate(shown, -1, NULL));
	json_decref(answer);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/readable/english", test_english);
	g_test_add_func("/readable/long", test_long);
	g_test_add_func("/readable/chinese", test_chinese);
	return g_test_run();
}
