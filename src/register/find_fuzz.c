/* What a caller may ask of a book, cursors above all: an answer or an error of input, never one of the database; and the pages that
 * follow an answer hold no record twice. */
#include "register/fixture.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static City *city;

static void
begin(void)
{
	city = city_new("sqlite");
	for (guint i = 0; i < 9; i++) {
		g_autofree char *values = g_strdup_printf("{'name':'PC-%u','note':'办公室 %u','seen':'2026-0%u-01','ready':%s}", i, i % 3, i + 1, i % 2 ? "true" : "false");

		g_free(city_must_add(city, "things", values, city->officer));
	}
}

static char *
page(const FnRegisterQuery *query, GHashTable *seen)
{
	g_autoptr(GError) error = NULL;
	json_t *found = fn_register_find(city->db, city->rules, "things", query, city->officer, noon, &error), *items = json_object_get(found, "items");
	char *next = g_strdup(json_string_value(json_object_get(found, "next")));

	if (found == NULL)
		g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	for (gsize i = 0; i < json_array_size(items); i++)
		g_assert_true(g_hash_table_add(seen, g_strdup(text_at(json_array_get(items, i), "id"))));
	json_decref(found);
	return next;
}

/* Lines: sort, renewal, state, text, cursor as it comes, place within a cursor, conditions as JSON. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size), *made = NULL, *next = NULL;
	g_auto(GStrv) line = g_strsplit(text, "\n", 7);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	FnRegisterQuery query = { .limit = 2 };
	json_t *where;

	if (g_strv_length(line) < 7 || !g_utf8_validate(text, (gssize)size, NULL))
		return 0;
	if (city == NULL)
		begin();
	query.sort = *line[0] != '\0' ? line[0] : NULL;
	query.renewal = *line[1] != '\0' ? line[1] : NULL;
	query.state = *line[2] != '\0' ? line[2] : NULL;
	query.text = *line[3] != '\0' ? line[3] : NULL;
	if (*line[5] != '\0') {
		g_strdelimit(line[5], "|", '\n');
		made = g_base64_encode((const guchar *)line[5], strlen(line[5]));
	}
	query.cursor = made != NULL ? made : *line[4] != '\0' ? line[4] : NULL;
	query.where = where = fn_json_parse(line[6], strlen(line[6]), NULL);
	for (guint i = 0; i < 12 && (i == 0 || next != NULL); i++) {
		char *after = page(&query, seen);

		g_free(next);
		query.cursor = next = after;
	}
	g_assert_null(next);
	json_decref(where);
	return 0;
}
