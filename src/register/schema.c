/* A register as its file declares it. */
#include "register/register_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

G_DEFINE_QUARK(fn-register-error-quark, fn_register_error)

static void
take_field(FnBook *book, FnBookField *field, const char *name, const FnNode *node)
{
	*field = (FnBookField){ .name = name, .node = node, .type = fn_book_type(fn_node_text(node, "type")),
		.key = fn_node_has_word(fn_node_get(book->node, "key"), name), .unique = fn_node_bool(node, "unique", FALSE),
		.sensitive = fn_node_bool(node, "sensitive", FALSE), .search = fn_node_bool(node, "search", FALSE),
		.min = fn_node_int(node, "min", -1), .max = fn_node_int(node, "max", -1) };
	field->required = field->key || fn_node_bool(node, "required", FALSE);
	if (book->city && book->about == NULL && strcmp(field->type->name, "organization") == 0)
		book->about = field;
}

static void
take_renewal(FnBook *book)
{
	const FnNode *renew = fn_node_get(book->node, "renew"), *every = fn_node_get(renew, "every");
	const char *parameter = fn_node_is_map(every) ? fn_node_text(every, "parameter") : NULL;
	const char *unit = fn_node_text(renew, "unit");
	FnParameter found;

	book->renew_field = fn_node_text(renew, "until") != NULL ? fn_node_text(renew, "until") : fn_node_text(renew, "field");
	book->warn = fn_node_int(renew, "warn", 0);
	book->every = every == NULL ? -1 : parameter != NULL ? fn_rules_parameter_int(book->rules, parameter, 0) : fn_node_int(renew, "every", 0);
	if (parameter != NULL && fn_rules_parameter(book->rules, parameter, &found))
		unit = found.unit;
	book->months = g_strcmp0(unit, "month") == 0;
}

FnBook *
fn_book_open(const FnRules *rules, const char *id, GError **error)
{
	const FnNode *node = fn_rules_get(rules, "registers", id), *fields = fn_node_get(node, "fields");
	FnBook *book;
	const char *word;

	if (node == NULL) {
		g_autofree char *safe = fn_text_safe(id, -1, 64);

		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN, "there is no register \"%s\"; GET /registers lists them", safe);
		return NULL;
	}
	book = g_new0(FnBook, 1);
	*book = (FnBook){ .rules = rules, .node = node, .id = fn_node_text(node, "id"), .fields = fn_node_count(fields),
		.city = g_str_equal(fn_node_text(node, "scope"), "city"), .key = g_ptr_array_new() };
	book->field = g_new0(FnBookField, book->fields);
	for (guint i = 0; i < book->fields; i++)
		take_field(book, &book->field[i], fn_node_key_at(fields, i), fn_node_at(fields, i));
	for (guint i = 0; (word = fn_node_word(fn_node_get(node, "key"), i)) != NULL; i++)
		g_ptr_array_add(book->key, (gpointer)fn_book_field(book, word));
	take_renewal(book);
	return book;
}

void
fn_book_free(FnBook *book)
{
	if (book == NULL)
		return;
	g_ptr_array_unref(book->key);
	g_free(book->field);
	g_free(book);
}

const FnBookField *
fn_book_field(const FnBook *book, const char *name)
{
	for (guint i = 0; i < book->fields; i++)
		if (strcmp(book->field[i].name, name) == 0)
			return &book->field[i];
	return NULL;
}

const FnBookField *
fn_book_column(const FnBook *book, const char *name)
{
	const FnBookField *field = fn_book_field(book, name);

	for (guint i = 0; field == NULL && i < book->fields; i++)
		if (strcmp(fn_node_text(book->field[i].node, "zh"), name) == 0 || g_ascii_strcasecmp(fn_node_text(book->field[i].node, "en"), name) == 0)
			field = &book->field[i];
	return field;
}

/* ---- renewal ---- */

static char *
day_text(const GDate *day)
{
	return g_strdup_printf("%04u-%02u-%02u", (guint)g_date_get_year(day), (guint)g_date_get_month(day), (guint)g_date_get_day(day));
}

char *
fn_book_due(const FnBook *book, const json_t *values, gint64 added)
{
	const char *text = book->renew_field != NULL ? json_string_value(json_object_get(values, book->renew_field)) : NULL;
	GDate day;

	g_date_clear(&day, 1);
	/* What was never looked at counts from the day on which it was entered; what has no end written down has none. */
	if (text == NULL && book->renew_field != NULL && book->every >= 0)
		fn_time_date(added, &day);
	else if (text == NULL || !fn_date_parse(text, &day, NULL))
		return g_strdup(FN_FOREVER);
	if (book->every > 0 && book->months)
		g_date_add_months(&day, (guint)MIN(book->every, 12000));
	else if (book->every > 0)
		g_date_add_days(&day, (guint)MIN(book->every, 365000));
	return day_text(&day);
}

char *
fn_book_rule(const FnBook *book)
{
	GString *rule = g_string_new(NULL);

	g_string_append_printf(rule, "%s|%" G_GINT64_FORMAT "|%d", book->renew_field != NULL ? book->renew_field : "", book->every, book->months);
	for (guint i = 0; i < book->fields; i++)
		g_string_append_printf(rule, "|%s:%s%s", book->field[i].name, book->field[i].type->name,
			book->field[i].search || book->field[i].key ? "?" : "");
	return g_string_free(rule, FALSE);
}

/* ---- what is shown of it ---- */

static json_t *
node_json(const FnNode *node)
{
	json_t *made;

	if (node == NULL)
		return json_null();
	if (fn_node_is_list(node)) {
		made = json_array();
		for (guint i = 0; i < fn_node_count(node); i++)
			json_array_append_new(made, node_json(fn_node_at(node, i)));
		return made;
	}
	if (fn_node_is_map(node)) {
		made = json_object();
		for (guint i = 0; i < fn_node_count(node); i++)
			json_object_set_new(made, fn_node_key_at(node, i), node_json(fn_node_at(node, i)));
		return made;
	}
	return json_string(fn_node_scalar(node));
}

static json_t *
field_json(const FnBookField *field)
{
	json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b}", "id", field->name, "type", field->type->name, "zh",
		fn_node_text(field->node, "zh"), "en", fn_node_text(field->node, "en"), "required", field->required, "unique", field->unique,
		"sensitive", field->sensitive, "search", field->search || field->key, "key", field->key);
	static const char *const as_they_are[] = { "values", "names", "suffix", "of" };

	if (field->min >= 0)
		json_object_set_new(made, "min", json_integer(field->min));
	if (field->max >= 0)
		json_object_set_new(made, "max", json_integer(field->max));
	for (gsize i = 0; i < G_N_ELEMENTS(as_they_are); i++)
		if (fn_node_get(field->node, as_they_are[i]) != NULL)
			json_object_set_new(made, as_they_are[i], node_json(fn_node_get(field->node, as_they_are[i])));
	return made;
}

/* As it is declared, with what it demands in words. */
static json_t *
rules_json(const FnBook *book)
{
	const FnNode *rules = fn_node_get(book->node, "rules");
	json_t *made = json_array();

	for (guint i = 0; i < fn_node_count(rules); i++) {
		g_autofree char *zh = fn_demand_text(book, fn_node_at(rules, i), TRUE), *en = fn_demand_text(book, fn_node_at(rules, i), FALSE);
		json_t *rule = node_json(fn_node_at(rules, i));

		json_object_set_new(rule, "text", json_pack("{s:s, s:s}", "zh", zh, "en", en));
		json_array_append_new(made, rule);
	}
	return made;
}

static json_t *
renewal_json(const FnBook *book)
{
	if (book->renew_field == NULL)
		return json_null();
	if (book->every < 0)
		return json_pack("{s:s, s:I}", "until", book->renew_field, "warn", (json_int_t)book->warn);
	return json_pack("{s:s, s:I, s:s, s:I}", "field", book->renew_field, "every", (json_int_t)book->every, "unit", book->months ? "month" : "day",
		"warn", (json_int_t)book->warn);
}

static FnAccess
best(FnSight sight)
{
	return MAX(sight.all, sight.own);
}

json_t *
fn_register_schema(const FnRules *rules, const char *id, const FnActor *actor, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	FnAccess access = book != NULL ? best(fn_book_sight(book, actor)) : FN_ACCESS_NONE;
	json_t *made, *fields, *hides;

	if (book == NULL)
		return NULL;
	if (access == FN_ACCESS_NONE) {
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE, "none of your offices reads the register \"%s\"", book->id);
		return NULL;
	}
	fields = json_array();
	hides = json_array();
	for (guint i = 0; i < book->fields; i++) {
		json_array_append_new(fields, field_json(&book->field[i]));
		if (book->field[i].sensitive && access == FN_ACCESS_READ)
			json_array_append_new(hides, json_string(book->field[i].name));
	}
	made = json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:o}", "id", book->id, "title", node_json(fn_node_get(book->node, "title")), "law",
		node_json(fn_node_get(book->node, "law")), "scope", book->city ? "city" : "organization", "key",
		node_json(fn_node_get(book->node, "key")), "fields", fields, "rules", rules_json(book), "renew", renewal_json(book), "write", access == FN_ACCESS_WRITE, "hides",
		hides);
	return made;
}

json_t *
fn_register_list(const FnRules *rules, const FnActor *actor)
{
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "registers", &n);
	json_t *items = json_array();

	for (guint i = 0; i < n; i++) {
		g_autoptr(FnBook) book = fn_book_open(rules, fn_node_text(all[i], "id"), NULL);
		FnAccess access = best(fn_book_sight(book, actor));

		if (access != FN_ACCESS_NONE)
			json_array_append_new(items, json_pack("{s:s, s:o, s:s, s:b}", "id", book->id, "title",
				node_json(fn_node_get(book->node, "title")), "scope", book->city ? "city" : "organization", "write",
				access == FN_ACCESS_WRITE));
	}
	return items;
}
