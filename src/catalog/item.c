/* The items of a catalog entry as a table: decree 809 art. 13 (nine), the 2017 guide (thirteen), and what the platform
 * adds. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

const char *const fn_modes[] = { "verify", "aggregate", "query", "batch", "push", "file", NULL };
const char *const fn_row_operators[] = { "=", "!=", "<", "<=", ">", ">=", "like_prefix", NULL };
static const char *const carriers[] = { "electronic", "paper", NULL };
static const char *const formats[] = { "electronic_file", "spreadsheet", "database", "image", "stream",
	"self_describing", NULL };
static const char *const periods[] = { "realtime", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular",
	NULL };
static const char *const sharing_types[] = { "unconditional", "conditional", "withheld", NULL };
static const char *const bases[] = { "law", "admin_regulation", "central_policy", NULL };
static const char *const openness[] = { "open", "conditional", "closed", NULL };
static const char *const upstream[] = { "connected", "pending", "exempt", "none", NULL };
static const char *const libraries[] = { "population", "legal_entity", "geography", "credit", "licence", NULL };
static const char *const themes[] = { "public_service", "health", "social_security", "food_and_drug", "work_safety",
	"price", "energy", "credit", "construction", "community", "environment", "emergency", NULL };
static const char *const labels[] = { "personal", "sensitive_personal", "work_secret", "commercial", "public", NULL };

enum { /* when an item must be there for submission */
	OPTIONAL = 0,
	ALWAYS = 1,
	CONDITIONAL = 2,
	WITHHELD = 4,
	SHARED = 8, /* anything but withheld */
};
enum { LIST_MOST = 200 };

/* Members of an object, or of the objects of an array: all texts. */
typedef struct {
	const char *name;
	const char *const *values;
	gsize max;
} Part;
static const Part basis_parts[] = { { "kind", bases, 0 }, { "document", NULL, 300 }, { "article", NULL, 100 }, { 0 } };
static const Part responsible_parts[] = { { "department_head", NULL, 100 }, { "editor", NULL, 100 },
	{ "reviewer", NULL, 100 }, { "contact", NULL, 200 }, { 0 } };
static const Part code_list_parts[] = { { "field", NULL, 63 }, { "list", NULL, 200 }, { "version", NULL, 50 }, { 0 } };
static const Part row_parts[] = { { "field", NULL, 63 }, { "op", fn_row_operators, 0 }, { "value", NULL, 200 }, { 0 } };

typedef struct {
	const char *name;
	char type; /* 't' text, 'e' one of values, 'l' list of texts, 'i' 1 to max, 'o' object of parts, 'a' array of
		      such */
	gsize max;
	const char *const *values;
	const Part *parts;
	guint when;
} Item;
static const Item items[] = {
	{ "name", 't', 200, .when = ALWAYS },                      /* decree 1, guide 2 */
	{ "summary", 't', 4000, .when = ALWAYS },                  /* guide 6 */
	{ "classification", 't', 100, .when = ALWAYS },            /* guide 1 */
	{ "provider_unit", 't', 200 },                             /* guide 4, the inner unit */
	{ "format_class", 'e', 0, formats, .when = ALWAYS },       /* decree 4, guide 7 */
	{ "format", 't', 50, .when = ALWAYS },                     /* the same, its type */
	{ "carrier", 'e', 0, carriers, .when = ALWAYS },           /* paper: registered, not digitised */
	{ "update_period", 'e', 0, periods, .when = ALWAYS },      /* decree 5, guide 11 */
	{ "sharing_type", 'e', 0, sharing_types, .when = ALWAYS }, /* decree 6, guide 9 */
	{ "sharing_modes", 'l', 20, fn_modes, .when = SHARED },    /* decree 7, guide 9 */
	{ "use_conditions", 't', 4000, .when = CONDITIONAL },      /* decree 8, guide 9 */
	{ "sharing_basis", 'o', 0, NULL, basis_parts, CONDITIONAL | WITHHELD },
	{ "withheld_reason", 't', 2000, .when = WITHHELD },
	{ "openness", 'e', 0, openness, .when = ALWAYS }, /* guide 10 */
	{ "openness_conditions", 't', 2000 },
	{ "category", 't', 100, .when = ALWAYS }, /* decree 9 */
	{ "level", 'i', FN_LEVEL_HIGHEST },       /* decree 9; at least the highest field's */
	{ "labels", 'l', 40, labels },
	{ "related", 'l', 60 },                 /* guide 13 */
	{ "duties", 'l', 100, .when = ALWAYS }, /* the statutory duty it rests on */
	{ "responsible", 'o', 0, NULL, responsible_parts, ALWAYS },
	{ "store_location", 't', 300, .when = ALWAYS },
	{ "code_lists", 'a', 0, NULL, code_list_parts },
	{ "upstream_id", 't', 200 },
	{ "upstream_status", 'e', 0, upstream, .when = ALWAYS },
	{ "base_library", 'e', 0, libraries },
	{ "theme", 'e', 0, themes },
	{ "keywords", 'l', 40 },
	{ "consumers", 'l', 18 },
	{ "row_scope", 'a', 0, NULL, row_parts },
};

gboolean
fn_mode_known(const char *mode)
{
	return mode != NULL && g_strv_contains(fn_modes, mode);
}

static gboolean
good_text(const json_t *value, gsize max)
{
	const char *text = json_string_value(value);

	if (text == NULL || *text == '\0' || strlen(text) > max || strlen(text) != json_string_length(value))
		return FALSE;
	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		if (!g_unichar_isprint(c) && c != '\n' && c != '\t')
			return FALSE;
	}
	return TRUE;
}

static gboolean
good_value(const json_t *value, const char *const *values, gsize max)
{
	if (values == NULL)
		return good_text(value, max);
	return json_is_string(value) && g_strv_contains(values, json_string_value(value));
}

static char *
allowed_words(const char *const *values, gsize max)
{
	if (values == NULL)
		return g_strdup_printf(fn_say("a text of 1 to %zu bytes without control characters"), max);
	return g_strjoinv(", ", (char **)values);
}

static gboolean
check_parts(const char *item, const json_t *object, const Part *parts, GError **error)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return fn_catalog_input(error, "\"%s\" must hold objects", item);
	json_object_foreach((json_t *)object, name, value)
	{
		const Part *part = parts;

		while (part->name != NULL && !g_str_equal(part->name, name))
			part++;
		if (part->name == NULL) {
			g_autofree char *safe = fn_text_safe(name, -1, 40);

			return fn_catalog_input(error, "\"%s\" has no member \"%s\"", item, safe);
		}
		if (!good_value(value, part->values, part->max)) {
			g_autofree char *words = allowed_words(part->values, part->max);

			return fn_catalog_input(error, "\"%s\" of \"%s\" must be %s%s", name, item,
				part->values ? fn_say("one of ") : "", words);
		}
	}
	return TRUE;
}

static gboolean
check_list(const Item *item, const json_t *value, GError **error)
{
	json_t *member;
	gsize i;

	if (!json_is_array(value) || json_array_size(value) > LIST_MOST)
		return fn_catalog_input(error, "\"%s\" must be an array of at most %d", item->name, LIST_MOST);
	json_array_foreach((json_t *)value, i, member)
	{
		if (item->type == 'a') {
			if (!check_parts(item->name, member, item->parts, error))
				return FALSE;
		} else if (!good_value(member, item->values, item->max)) {
			g_autofree char *words = allowed_words(item->values, item->max);

			return fn_catalog_input(
				error, "each of \"%s\" must be %s%s", item->name, item->values ? fn_say("one of ") : "", words);
		}
	}
	return TRUE;
}

static gboolean
check_item(const Item *item, const json_t *value, GError **error)
{
	g_autofree char *words = NULL;

	if (item->type == 'l' || item->type == 'a')
		return check_list(item, value, error);
	if (item->type == 'o')
		return check_parts(item->name, value, item->parts, error);
	if (item->type == 'i') {
		if (json_is_integer(value) && json_integer_value(value) >= 1 &&
			json_integer_value(value) <= (json_int_t)item->max)
			return TRUE;
		return fn_catalog_input(error, "\"%s\" must be a whole number from 1 to %zu", item->name, item->max);
	}
	if (good_value(value, item->values, item->max))
		return TRUE;
	words = allowed_words(item->values, item->max);
	return fn_catalog_input(error, "\"%s\" must be %s%s", item->name, item->values ? fn_say("one of ") : "", words);
}

static const Item *
find_item(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(items); i++)
		if (g_str_equal(items[i].name, name))
			return &items[i];
	return NULL;
}

gboolean
fn_items_check(const json_t *body, GError **error)
{
	const char *name;
	json_t *value;

	if (!json_is_object(body))
		return fn_catalog_input(error, "a resource must be a JSON object");
	json_object_foreach((json_t *)body, name, value)
	{
		const Item *item = find_item(name);

		if (item == NULL) {
			g_autofree char *safe = fn_text_safe(name, -1, 40);

			return fn_catalog_input(error, "a resource has no item \"%s\"", safe);
		}
		if (!json_is_null(value) && !check_item(item, value, error))
			return FALSE;
	}
	return TRUE;
}

void
fn_missing_add(json_t *missing, const char *field, const char *english)
{
	json_array_append_new(missing, json_pack("{s:s, s:s}", "field", field, "problem", fn_say(english)));
}

static gboolean
is(const json_t *body, const char *name, const char *value)
{
	return g_strcmp0(json_string_value(json_object_get(body, name)), value) == 0;
}

static gboolean
is_empty(const Item *item, const json_t *value)
{
	if (item->type == 'l' || item->type == 'a')
		return json_array_size(value) == 0;
	if (item->type != 'o')
		return value == NULL || json_is_null(value);
	for (const Part *part = item->parts; part->name != NULL; part++)
		if (json_object_get(value, part->name) == NULL && !g_str_equal(part->name, "contact"))
			return TRUE;
	return FALSE;
}

/* Files of these classes have no rows that could be asked for. */
static gboolean
mode_fits_format(const json_t *body)
{
	static const char *const with_rows[] = { "database", "spreadsheet", "self_describing", NULL };
	const char *format = json_string_value(json_object_get(body, "format_class"));
	json_t *mode;
	gsize i;

	if (format == NULL || g_strv_contains(with_rows, format))
		return TRUE;
	json_array_foreach(json_object_get(body, "sharing_modes"), i,
		mode) if (!g_str_equal(json_string_value(mode), "file")) return FALSE;
	return TRUE;
}

/* Names that items use for fields must be fields. */
static void
check_names(const json_t *body, const char *item, const GPtrArray *fields, json_t *missing)
{
	json_t *object;
	gsize i;

	json_array_foreach(json_object_get(body, item), i, object)
	{
		const char *name = json_string_value(json_object_get(object, "field"));

		if (name == NULL || fn_fields_find(fields, name) == NULL)
			fn_missing_add(missing, item, "names a field that the resource does not have");
	}
}

static void
check_consistency(const json_t *body, const GPtrArray *fields, gboolean bound, json_t *missing)
{
	gboolean paper = is(body, "carrier", "paper"), withheld = is(body, "sharing_type", "withheld");

	if (!paper && fields->len == 0)
		fn_missing_add(missing, "fields", "at least one data item must be described");
	if (!paper && !withheld && !bound)
		fn_missing_add(missing, "binding",
			"the resource must be bound to a table of an active source of the organization");
	if (!mode_fits_format(body))
		fn_missing_add(missing, "sharing_modes", "a resource of this format can be shared as file only");
	if (json_object_get(body, "base_library") != NULL && !is(body, "sharing_type", "unconditional"))
		fn_missing_add(missing, "sharing_type", "base libraries are shared unconditionally");
	if (json_object_get(body, "level") == NULL && fields->len == 0)
		fn_missing_add(missing, "level", "must be given where no data item gives it");
	check_names(body, "row_scope", fields, missing);
	check_names(body, "code_lists", fields, missing);
}

void
fn_items_missing(const json_t *body, const GPtrArray *fields, gboolean bound, json_t *missing)
{
	guint now = ALWAYS;

	now |= is(body, "sharing_type", "conditional") ? CONDITIONAL : 0;
	now |= is(body, "sharing_type", "withheld") ? WITHHELD : SHARED;
	for (gsize i = 0; i < G_N_ELEMENTS(items); i++)
		if ((items[i].when & now) != 0 && is_empty(&items[i], json_object_get(body, items[i].name)))
			fn_missing_add(missing, items[i].name, items[i].type == 'o' ? "is incomplete" : "is missing");
	check_consistency(body, fields, bound, missing);
}
