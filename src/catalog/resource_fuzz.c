#include "catalog/catalog_priv.h"

#include "base/json.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What a stranger may send as a resource: items, fields, and the text of the search. Whatever is taken must be complete
 * enough to be written, and be taken again when it comes back. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	json_t *resource = fn_json_parse((const char *)data, size, NULL), *again, *missing;
	g_autoptr(GPtrArray) fields = NULL, back = NULL;

	if (resource == NULL)
		return 0;
	fields = fn_fields_parse(json_object_get(resource, "fields"), NULL);
	json_object_del(resource, "fields");
	json_object_del(resource, "binding");
	if (fields != NULL) {
		again = fn_fields_json(fields, TRUE);
		back = fn_fields_parse(again, NULL);
		g_assert_true(back != NULL && back->len == fields->len);
		json_decref(again);
		if (fn_items_check(resource, NULL)) {
			missing = json_array();
			fn_items_missing(resource, fields, FALSE, missing);
			json_decref(missing);
		}
	}
	if (json_is_string(json_object_get(resource, "name"))) {
		g_autofree char *folded = fn_search_fold(json_string_value(json_object_get(resource, "name")));
		g_autoptr(GPtrArray) terms = fn_search_terms(folded);
		g_auto(GStrv) words = fn_search_words(folded);

		for (char **word = words; *word != NULL; word++)
			g_assert_true(fn_search_occurs(folded, *word));
		g_assert_true((terms->len == 0) == (words[0] == NULL));
	}
	json_decref(resource);
	return 0;
}
