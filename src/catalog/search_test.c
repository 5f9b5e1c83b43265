#include "catalog/fixture.h"

static gint
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
test_terms(void)
{
	static const struct {
		const char *text, *terms; /* separated by blanks, sorted */
	} cases[] = {
		{ "", "" },
		{ "社保", "保 社 社保" },
		{ "社保卡ABC-12", "12 abc 保 保卡 卡 社 社保" },
		{ "ＡＢＣ１２", "abc12" }, /* full width */
		{ "人，口", "人 口" },     /* no pair across a mark */
		{ "社社社", "社 社社" },
		{ "𠮷野家", "家 野 野家 𠮷 𠮷野" },
		{ "!?- \n", "" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *folded = fn_search_fold(cases[i].text), *joined = NULL;
		g_autoptr(GPtrArray) terms = fn_search_terms(folded);

		g_ptr_array_sort(terms, by_text);
		g_ptr_array_add(terms, NULL);
		joined = g_strjoinv(" ", (char **)terms->pdata);
		g_assert_cmpstr(joined, ==, cases[i].terms);
	}
}

static void
test_occurs(void)
{
	static const struct {
		const char *text, *word;
		gboolean there;
	} cases[] = {
		{ "社保卡", "社保", TRUE },
		{ "社保卡", "社卡", FALSE },
		{ "the id card", "id", TRUE },
		{ "the idea", "id", FALSE },
		{ "valid", "id", FALSE },
		{ "valid id", "id", TRUE },
		{ "我的id号", "id号", TRUE },
		{ "id2号", "id", FALSE },
		{ "", "社", FALSE },
		{ "社", "", TRUE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(fn_search_occurs(cases[i].text, cases[i].word), ==, cases[i].there);
}

/* Codes found for @text, in order, pages of @limit followed to the end. */
static GPtrArray *
find_all(const City *city, const char *text, const char *organization, const char *type, guint limit,
	const FnActor *actor)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *cursor = NULL;

	do {
		g_autoptr(GError) error = NULL;
		json_t *page = fn_catalog_search(city->db, text, organization, type, cursor, limit, actor, &error),
		       *item;
		gsize i;

		g_assert_no_error(error);
		g_assert_cmpuint(json_array_size(json_object_get(page, "items")), <=, limit);
		json_array_foreach(json_object_get(page, "items"), i, item)
			g_ptr_array_add(found, g_strdup(json_string_value(json_object_get(item, "code"))));
		g_free(cursor);
		cursor = g_strdup(json_string_value(json_object_get(page, "next")));
		json_decref(page);
	} while (cursor != NULL);
	return found;
}

static guint
count(const City *city, const char *text, const FnActor *actor)
{
	g_autoptr(GPtrArray) found = find_all(city, text, NULL, NULL, 100, actor);

	return found->len;
}

static void
test_two_characters(gconstpointer engine)
{
	static const struct {
		const char *text;
		guint n;
	} cases[] = { { "人口", 1 }, { "口登", 1 }, { "登记", 1 }, { "姓名", 1 }, { "民政", 1 }, { "户籍", 1 },
		{ "sqlite", 1 }, { "SQLite", 1 }, { "sqli", 0 }, { "常", 1 }, { "人口 登记", 1 }, { "人口(登记)", 1 },
		{ "常住人口登记信息", 1 }, { "人登", 0 }, { "社保", 0 }, { "人口 社保", 0 }, { "id_number", 1 },
		{ "", 1 }, { NULL, 1 }, { "   ", 1 }, { "!!!", 0 }, { "内部备注", 1 } };
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code G_GNUC_UNUSED = fixture_add(city, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %zu: %s", i, cases[i].text);
		g_assert_cmpuint(count(city, cases[i].text, city->editor), ==, cases[i].n);
	}
}

static void
test_bad_input(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *huge = g_strnfill(501, 'x');
	const struct {
		const char *text, *cursor;
		guint limit;
	} cases[] = { { huge, NULL, 10 }, { "\xff", NULL, 10 }, { "x", "abc", 10 }, { "x", "-1", 10 },
		{ "x", "1 OR 1", 10 }, { "x", "99999999999999999999", 10 }, { "x", NULL, 0 }, { "x", NULL, 101 } };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_catalog_search(
			city->db, cases[i].text, NULL, NULL, cases[i].cursor, cases[i].limit, NULL, &error));
		g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
	}
}

static void
test_sight(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL), *hidden = NULL;
	json_t *changes = fixture_json("{'name': '改名之后'}");

	g_assert_cmpuint(count(city, "人口", city->editor), ==, 1);
	g_assert_cmpuint(count(city, "人口", city->asker), ==, 0);
	g_assert_cmpuint(count(city, "人口", city->bureau_officer), ==, 0);
	fixture_publish(city, code);
	g_assert_cmpuint(count(city, "人口", city->editor), ==, 1);
	g_assert_cmpuint(count(city, "人口", city->asker), ==, 1);
	g_assert_cmpuint(count(city, "人口", city->bureau_officer), ==, 1);
	g_assert_cmpuint(count(city, "人口", NULL), ==, 1);
	fixture_state(city, code, "revising", city->editor);
	g_assert_true(fn_catalog_update_resource(city->db, code, changes, city->editor, noon, NULL));
	g_assert_cmpuint(count(city, "改名", city->editor), ==, 1);
	g_assert_cmpuint(count(city, "改名", city->asker), ==, 0);
	g_assert_cmpuint(count(city, "登记信息", city->asker), ==, 1);
	hidden = fixture_add(
		city, "{'name': '不予共享者', 'sharing_type': 'withheld', 'withheld_reason': '涉及个人隐私'}");
	fixture_publish(city, hidden);
	g_assert_cmpuint(count(city, "隐私", city->asker), ==, 1);
	g_assert_cmpuint(count(city, "不予", city->asker), ==, 1);
	g_assert_cmpuint(
		count(city, "健康状况", city->asker), ==, 1); /* the first one's field, not the withheld one's */
	g_assert_cmpuint(count(city, "健康状况", city->editor), ==, 2);
	fixture_state(city, hidden, "withdrawn", city->bureau_officer);
	g_assert_cmpuint(count(city, "隐私", city->asker), ==, 0);
	json_decref(changes);
}

/* New entries while somebody pages: nothing twice, nothing lost of what was there. */
static void
test_paging(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *cursor = NULL;
	guint pages = 0;

	for (int i = 0; i < 25; i++)
		g_free(fixture_add(city, NULL));
	do {
		json_t *page = fn_catalog_search(city->db, "人口", NULL, NULL, cursor, 10, city->editor, NULL), *item;
		gsize i;

		json_array_foreach(json_object_get(page, "items"), i, item) g_assert_true(
			g_hash_table_add(seen, g_strdup(json_string_value(json_object_get(item, "code")))));
		g_free(cursor);
		cursor = g_strdup(json_string_value(json_object_get(page, "next")));
		json_decref(page);
		g_free(fixture_add(city, NULL));
		pages++;
	} while (cursor != NULL);
	g_assert_cmpuint(pages, ==, 3);
	g_assert_cmpuint(g_hash_table_size(seen), ==, 25);
}

static void
test_filters(gconstpointer engine)
{
	static const struct {
		gboolean own;
		const char *type;
		guint n;
	} cases[] = { { TRUE, NULL, 3 }, { FALSE, NULL, 0 }, { TRUE, "conditional", 1 }, { TRUE, "unconditional", 2 },
		{ TRUE, "withheld", 0 } };
	g_autoptr(City) city = city_new(engine);

	g_free(fixture_add(city, NULL));
	g_free(fixture_add(city, "{'sharing_type': 'unconditional'}"));
	g_free(fixture_add(city, "{'sharing_type': 'unconditional'}"));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) found = find_all(
			city, "人口", cases[i].own ? city->provider : city->consumer, cases[i].type, 100, city->editor);
		g_autoptr(GPtrArray) browsed = find_all(
			city, "", cases[i].own ? city->provider : city->consumer, cases[i].type, 1, city->editor);

		g_assert_cmpuint(found->len, ==, cases[i].n);
		g_assert_cmpuint(browsed->len, ==, cases[i].n);
	}
}

static const char *const syllables[] = { "社", "保", "人", "口", "登", "记", "公", "积", "金", "id", "no", "a1", " ",
	"，", "-" };

static char *
random_text(GRand *rand, guint most)
{
	GString *text = g_string_new(NULL);

	for (gint32 n = g_rand_int_range(rand, 1, (gint32)most + 1); n > 0; n--)
		g_string_append(text, syllables[g_rand_int_range(rand, 0, G_N_ELEMENTS(syllables))]);
	return g_string_free(text, FALSE);
}

static gboolean
word_unit(char c)
{
	return g_ascii_isalnum(c);
}

/* The same question asked without any index: does each run of the query stand in the text, ASCII words whole? */
static gboolean
naive_match(const char *text, const char *query)
{
	g_autofree char *marked = g_strdup(query);
	g_auto(GStrv) runs = NULL;

	for (char *comma; (comma = strstr(marked, "，")) != NULL;)
		memset(comma, ' ', strlen("，"));
	runs = g_strsplit_set(marked, " -", -1);
	for (char **run = runs; *run != NULL; run++) {
		gsize size = strlen(*run);
		gboolean found = size == 0;

		for (gsize at = 0; !found && at + size <= strlen(text); at++)
			found = strncmp(text + at, *run, size) == 0 &&
				!(at > 0 && word_unit(text[at - 1]) && word_unit(**run)) &&
				!(word_unit((*run)[size - 1]) && word_unit(text[at + size]));
		if (!found)
			return FALSE;
	}
	return TRUE;
}

static gboolean
has_words(const char *query)
{
	return strspn(query, " -，\xef\xbc\x8c") != strlen(query);
}

enum { DOCUMENTS = 120, QUESTIONS = 250 };

/* Random names and questions from few characters: the index finds exactly what a scan finds, newest first. */
static void
test_property(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GRand) rand = g_rand_new_with_seed(20260921);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free),
			     codes = g_ptr_array_new_with_free_func(g_free);

	for (int i = 0; i < DOCUMENTS; i++) {
		char *name = random_text(rand, 14);
		json_t *resource = json_pack("{s:s}", "name", name);

		g_ptr_array_add(names, name);
		g_ptr_array_add(codes, fn_catalog_add_resource(city->db, resource, city->editor, noon, NULL));
		g_assert_nonnull(codes->pdata[i]);
		json_decref(resource);
	}
	for (int q = 0; q < QUESTIONS; q++) {
		g_autofree char *query = random_text(rand, 5);
		g_autoptr(GPtrArray) found = NULL;
		guint at = 0;

		if (!has_words(query))
			continue;
		g_test_message("query \"%s\"", query);
		found = find_all(city, query, NULL, NULL, 7, city->editor);
		for (int i = DOCUMENTS - 1; i >= 0; i--) {
			if (!naive_match(names->pdata[i], query))
				continue;
			g_assert_cmpuint(at, <, found->len);
			g_assert_cmpstr(found->pdata[at++], ==, codes->pdata[i]);
		}
		g_assert_cmpuint(at, ==, found->len);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/catalog/search/terms", test_terms);
	g_test_add_func("/catalog/search/occurs", test_occurs);
	fn_test_add("/catalog/search/two-characters", test_two_characters);
	fn_test_add("/catalog/search/bad-input", test_bad_input);
	fn_test_add("/catalog/search/sight", test_sight);
	fn_test_add("/catalog/search/paging", test_paging);
	fn_test_add("/catalog/search/filters", test_filters);
	fn_test_add("/catalog/search/property", test_property);
	return g_test_run();
}
