#include "rules/schema_priv.h"

#include "base/calendar.h"
#include "base/say.h"
#include "base/text.h"

#include <string.h>

static const FnShape pair = { .type = SHAPE_LIST, .of = &id, .min = 2, .max = 2 };

/* detectors and masks: what stands inside shape, score and mask is for the rooms that read it */
static const FnShape identifier = ENUM("direct", "quasi", "none");
static const FnShape context = RECORD({ "near", MAYBE, &whole }, { "words", MAYBE, &texts }, { "against", MAYBE, &texts });
static const FnShape numbers = { .type = SHAPE_MAP, .of = &number };
static const FnShape column = RECORD({ "header", NEEDED, &text }, { "values", NEEDED, &some_texts });
static const FnShape example = EITHER({ &text, FN_NODE_SCALAR }, { &column, FN_NODE_MAP });
static const FnShape examples = { .type = SHAPE_LIST, .of = &example };
static const FnShape detector = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", MAYBE, &ids },
	{ "level", NEEDED, &level_number }, { "shape", MAYBE, &any_map }, { "words", MAYBE, &texts }, { "header", MAYBE, &texts },
	{ "context", MAYBE, &context }, { "score", MAYBE, &numbers }, { "mask", MAYBE, &any_map }, { "identifier", MAYBE, &identifier },
	{ "verdict", MAYBE, &id }, { "yes", MAYBE, &examples }, { "no", MAYBE, &examples });
static const FnShape dictionary = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "level", NEEDED, &level_number }, { "identifier", MAYBE, &identifier }, { "verdict", MAYBE, &id }, { "words", MAYBE, &some_texts },
	{ "file", MAYBE, &text }, { "mask", MAYBE, &any_map }, { "yes", MAYBE, &examples }, { "no", MAYBE, &examples });
static const FnShape least = { .type = SHAPE_INT, .min = 1, .max = 1000000000 };
static const FnShape leasts = { .type = SHAPE_MAP, .of = &least };
static const FnShape share = { .type = SHAPE_NUMBER, .min = 0, .max = 1 };
static const FnShape pictures = ENUM("not_inspected", "pass");
static const FnShape profile = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "blocks", MAYBE, &leasts }, { "ignores", MAYBE, &ids }, { "floor", MAYBE, &share }, { "pictures", NEEDED, &pictures });
static const FnShape mask_parameters = { .type = SHAPE_MAP, .of = &any_map };
static const FnShape mask = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", MAYBE, &ids },
	{ "parameters", MAYBE, &mask_parameters }, { "examples", MAYBE, &any_list });

/* packs */
static const FnShape unit = ENUM("working_day", "day", "hour", "month", "year", "count", "percent", "points", "text", "list");
static const FnShape direction = ENUM("lower", "higher", "free");
static const FnShape value = EITHER({ &scalar, FN_NODE_SCALAR }, { &scalars, FN_NODE_LIST });
static const FnShape parameter = RECORD({ "title", NEEDED, &both_languages }, { "value", NEEDED, &value }, { "unit", NEEDED, &unit },
	{ "direction", NEEDED, &direction }, { "may_tighten", NEEDED, &truth }, { "source", NEEDED, &text }, { "why", MAYBE, &both_languages });
static const FnShape parameters = { .type = SHAPE_MAP, .of = &parameter };
static const FnShape pack = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", MAYBE, &ids }, { "extends", MAYBE, &id },
	{ "instruments", MAYBE, &some_ids }, { "parameters", MAYBE, &parameters });

/* calendar: one year's notice */
static const FnShape holiday = RECORD({ "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "off", NEEDED, &dates }, { "work", MAYBE, &dates });
static const FnShape holidays = { .type = SHAPE_LIST, .of = &holiday, .min = 1 };
static const FnShape year = { .type = SHAPE_INT, .min = 1991, .max = 2099 };
static const FnShape calendar = RECORD({ "id", NEEDED, &year }, { "title", NEEDED, &both_languages }, { "law", MAYBE, &ids },
	{ "notice", NEEDED, &texts }, { "source", NEEDED, &texts }, { "holidays", NEEDED, &holidays });

/* levels: sensitivity x scenario risk -> obligations */
static const FnShape denied = RECORD({ "deny", NEEDED, &id });
static const FnShape mask_obligation = ENUM("none", "default", "strict");
static const FnShape disclosure_obligation = ENUM("none", "batch", "always");
static const FnShape encrypt_obligation = ENUM("transit", "rest");
static const FnShape case_obligation = ENUM("none", "recorded", "required");
static const FnShape terminal_obligation = ENUM("any", "enrolled");
static const FnShape sign_obligation = ENUM("none", "response", "both");
static const FnShape retention_class = ENUM("months_6", "year_1", "years_3", "permanent");
static const FnShape obligations = RECORD({ "mask", NEEDED, &mask_obligation }, { "disclosure", NEEDED, &disclosure_obligation },
	{ "encrypt", NEEDED, &encrypt_obligation }, { "nda", NEEDED, &truth }, { "case", NEEDED, &case_obligation }, { "terminal", NEEDED, &terminal_obligation },
	{ "sign", NEEDED, &sign_obligation }, { "keep", NEEDED, &retention_class });
static const FnShape cell = EITHER({ &denied, FN_NODE_MAP, "deny" }, { &obligations, FN_NODE_MAP });
static const FnShape cells = { .type = SHAPE_MAP, .of = &cell, .min = 1 };
static const FnShape scenario = RECORD({ "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "risk", NEEDED, &level_number },
	{ "kinds", NEEDED, &organization_kinds });
static const FnShape scenarios = { .type = SHAPE_MAP, .of = &scenario, .min = 1 };
static const FnShape level = RECORD({ "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "rank", NEEDED, &level_number },
	{ "scenarios", NEEDED, &cells });
static const FnShape levels_map = { .type = SHAPE_MAP, .of = &level, .min = 1 };
static const FnShape levels = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "scenarios", NEEDED, &scenarios }, { "levels", NEEDED, &levels_map });

/* roles: offices and what may never be one person's */
static const FnShape office_row = RECORD({ "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "kinds", NEEDED, &organization_kinds },
	{ "single", MAYBE, &truth });
static const FnShape office_rows = { .type = SHAPE_MAP, .of = &office_row, .min = 1 };
static const FnShape authority = ENUM("cac", "police", "secrecy", "crypto", "org_office");
static const FnShape office_words = { .type = SHAPE_MAP, .of = &some_ids };
static const FnShape party = RECORD({ "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "kind", MAYBE, &organization_kind },
	{ "authority", MAYBE, &authority });
static const FnShape party_rows = { .type = SHAPE_MAP, .of = &party, .min = 1 };
static const FnShape apart_row = RECORD({ "offices", NEEDED, &pair }, { "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "law", MAYBE, &ids });
static const FnShape apart_rows = { .type = SHAPE_LIST, .of = &apart_row };
static const FnShape roles = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "offices", NEEDED, &office_rows }, { "words", NEEDED, &office_words }, { "parties", NEEDED, &party_rows },
	{ "apart", NEEDED, &apart_rows });

const FnKind fn_kinds[] = {
	{ "calendar", FALSE, &calendar },
	{ "checks", FALSE, &fn_shape_check },
	{ "detectors", FALSE, &detector },
	{ "dictionaries", FALSE, &dictionary },
	{ "levels", TRUE, &levels },
	{ "masks", FALSE, &mask },
	{ "packs", FALSE, &pack },
	{ "procedures", FALSE, &fn_shape_procedure },
	{ "profiles", FALSE, &profile },
	{ "quality", FALSE, &fn_shape_quality },
	{ "registers", FALSE, &fn_shape_register },
	{ "regulations", FALSE, &fn_shape_regulation },
	{ "reports", FALSE, &fn_shape_report },
	{ "roles", TRUE, &roles },
	{ "watch", FALSE, &fn_shape_watch },
	{ 0 },
};

const FnKind *
fn_kind_find(const char *name)
{
	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}

static gboolean check(const FnShape *shape, const FnNode *node, const char *key, GError **error);

static gboolean
refuse(const FnNode *node, const char *key, GError **error, const char *wanted)
{
	g_autofree char *seen = node->type == FN_NODE_SCALAR ? fn_text_safe(node->text, -1, 60) : NULL;

	if (node->type == FN_NODE_SCALAR)
		return fn_node_refuse(node, key, FN_RULES_ERROR_SCHEMA, error, "\"%s\" is not %s; write %s", seen, wanted, wanted);
	return fn_node_refuse(node, key, FN_RULES_ERROR_SCHEMA, error, node->type == FN_NODE_LIST ? "is a list; write %s" : "is a map; write %s", wanted);
}

static gboolean
is_id(const char *name)
{
	gsize size = strlen(name);

	return size >= 1 && size <= 64 && g_ascii_isalnum(*name) &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == size;
}

static gboolean
is_office(const char *name)
{
	g_auto(GStrv) part = g_strsplit(name, "@", 3);

	return g_strv_length(part) == 2 && is_id(part[0]) && is_id(part[1]);
}

static gboolean
is_blank(const char *name)
{
	for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at))
		if (!g_unichar_isspace(g_utf8_get_char(at)))
			return FALSE;
	return TRUE;
}

static gboolean
check_number(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	g_autofree char *wanted = shape->min < shape->max ? g_strdup_printf(shape->type == SHAPE_INT ?
		fn_say("a whole number from %.0f to %.0f") : fn_say("a number from %.0f to %.0f"), shape->min, shape->max) : g_strdup(fn_say("a number"));
	double found;
	gint64 exact;

	if (!fn_node_read_number(node, &found) || (shape->type == SHAPE_INT && !fn_node_read_int(node, &exact)))
		return refuse(node, key, error, wanted);
	if (shape->min < shape->max && (found < shape->min || found > shape->max))
		return refuse(node, key, error, wanted);
	return TRUE;
}

static gboolean
check_enum(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	g_autofree char *joined = g_strjoinv(", ", (char **)shape->values);
	g_autofree char *wanted = g_strdup_printf(fn_say("one of %s"), joined);

	if (node->type == FN_NODE_SCALAR && g_strv_contains(shape->values, node->text))
		return TRUE;
	return refuse(node, key, error, wanted);
}

static gboolean
check_word(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	gboolean ignored;
	GDate day;

	if (node->type != FN_NODE_SCALAR)
		return refuse(node, key, error, fn_say("one value"));
	switch (shape->type) {
	case SHAPE_ID:
		return is_id(node->text) || refuse(node, key, error, fn_say("an id (letters, digits, '.', '_', '-')"));
	case SHAPE_OFFICE:
		return is_office(node->text) || refuse(node, key, error, "office@party");
	case SHAPE_BOOL:
		return fn_node_read_bool(node, &ignored) || refuse(node, key, error, fn_say("true or false"));
	case SHAPE_DATE:
		g_date_clear(&day, 1);
		return fn_date_parse(node->text, &day, NULL) || refuse(node, key, error, fn_say("a date (YYYY-MM-DD)"));
	default:
		return !is_blank(node->text) || refuse(node, key, error, fn_say("a text that is not blank"));
	}
}

static gboolean
check_many(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	gboolean is_map = shape->type == SHAPE_MAP;

	if (node->type != (is_map ? FN_NODE_MAP : FN_NODE_LIST))
		return refuse(node, key, error, is_map ? fn_say("\"name: value\" lines") : fn_say("a list: [one, two]"));
	if (node->values->len < (guint)shape->min)
		return fn_node_refuse(node, key, FN_RULES_ERROR_SCHEMA, error, "has %u entries; write at least %.0f", node->values->len, shape->min);
	if (shape->max > 0 && node->values->len > (guint)shape->max)
		return fn_node_refuse(node, key, FN_RULES_ERROR_SCHEMA, error, "has %u entries; write at most %.0f", node->values->len, shape->max);
	for (guint i = 0; i < node->values->len; i++) {
		const char *name = is_map ? node->keys->pdata[i] : key;

		if (is_map && !is_id(name))
			return fn_node_refuse(node->values->pdata[i], name, FN_RULES_ERROR_SCHEMA, error,
				"is not an id; use letters, digits, '.', '_', '-'");
		if (!check(shape->of, node->values->pdata[i], name, error))
			return FALSE;
	}
	return TRUE;
}

static const Key *
find_key(const FnShape *shape, const char *name)
{
	for (const Key *key = shape->keys; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

static char *
key_names(const FnShape *shape)
{
	GString *names = g_string_new(NULL);

	for (const Key *key = shape->keys; key->name != NULL; key++)
		g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", key->name);
	return g_string_free(names, FALSE);
}

static gboolean
check_record(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	g_autofree char *names = key_names(shape);

	if (node->type != FN_NODE_MAP)
		return fn_node_refuse(node, key, FN_RULES_ERROR_SCHEMA, error, "is one value; write the keys %s", names);
	for (guint i = 0; i < node->keys->len; i++) {
		const char *name = node->keys->pdata[i];
		const Key *known = find_key(shape, name);

		if (known == NULL)
			return fn_node_refuse(node->values->pdata[i], name, FN_RULES_ERROR_SCHEMA, error, "unknown key; known here: %s", names);
		if (!check(known->shape, node->values->pdata[i], name, error))
			return FALSE;
	}
	for (const Key *wanted = shape->keys; wanted->name != NULL; wanted++)
		if (wanted->required && fn_node_get(node, wanted->name) == NULL)
			return fn_node_refuse(node, wanted->name, FN_RULES_ERROR_SCHEMA, error, key != NULL ? "missing in %s; add it" : "missing; add it", key);
	return TRUE;
}

/* A map that has none of the keys by which its shape is known. */
static gboolean
refuse_choice(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (const Choice *choice = shape->choices; choice->shape != NULL; choice++)
		g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", choice->key);
	return fn_node_refuse(node, key, FN_RULES_ERROR_SCHEMA, error, "has none of the keys %s; write one of them", names->str);
}

static gboolean
is_told_by_key(const FnShape *shape)
{
	for (const Choice *choice = shape->choices; choice->shape != NULL; choice++)
		if (choice->key == NULL)
			return FALSE;
	return TRUE;
}

static gboolean
check_either(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	const Choice *last = shape->choices;

	for (const Choice *choice = shape->choices; choice->shape != NULL; choice++) {
		if (choice->type == node->type && (choice->key == NULL || fn_node_get(node, choice->key) != NULL))
			return check(choice->shape, node, key, error);
		last = choice;
	}
	if (node->type == FN_NODE_MAP && is_told_by_key(shape))
		return refuse_choice(shape, node, key, error);
	return check(last->shape, node, key, error);
}

static gboolean
check(const FnShape *shape, const FnNode *node, const char *key, GError **error)
{
	switch (shape->type) {
	case SHAPE_INT:
	case SHAPE_NUMBER:
		return check_number(shape, node, key, error);
	case SHAPE_ENUM:
		return check_enum(shape, node, key, error);
	case SHAPE_LIST:
	case SHAPE_MAP:
		return check_many(shape, node, key, error);
	case SHAPE_RECORD:
		return check_record(shape, node, key, error);
	case SHAPE_EITHER:
		return check_either(shape, node, key, error);
	case SHAPE_ANY:
		return TRUE;
	default:
		return check_word(shape, node, key, error);
	}
}

gboolean
fn_schema_check(const FnKind *kind, const FnNode *document, GError **error)
{
	return check(kind->shape, document, NULL, error);
}
