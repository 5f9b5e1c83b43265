/* What the fields of a record demand of each other, as the register's file declares it under `rules`. One row per kind of demand.
 * src/rules/check_registers.c has seen to it that a rule names fields that are there and types that suit. */
#include "register/register_priv.h"

#include "base/say.h"

#include <string.h>

/* ---- values held against each other ---- */

/* Decimals as value.c stores them: in their shortest form, so of two with as many whole digits the letters decide. */
static int
compare_unsigned(const char *one, const char *other)
{
	gsize size = strcspn(one, "."), size_of_other = strcspn(other, ".");

	if (size != size_of_other)
		return size < size_of_other ? -1 : 1;
	return strcmp(one, other);
}

static int
compare_decimals(const char *one, const char *other)
{
	gboolean minus = *one == '-', minus_of_other = *other == '-';

	if (minus != minus_of_other)
		return minus ? -1 : 1;
	return minus ? compare_unsigned(other + 1, one + 1) : compare_unsigned(one, other);
}

static int
compare_numbers(const json_t *one, const json_t *other)
{
	gint64 number = json_integer_value(one), number_of_other = json_integer_value(other);

	if (json_is_string(one))
		return compare_decimals(json_string_value(one), json_string_value(other));
	return (number > number_of_other) - (number < number_of_other);
}

static gboolean
is_before(const json_t *value, const json_t *other)
{
	return strcmp(json_string_value(value), json_string_value(other)) < 0;
}

static gboolean
is_above(const json_t *value, const json_t *other)
{
	return compare_numbers(value, other) > 0;
}

static gboolean
is_the_same(const json_t *value, const json_t *other)
{
	return json_equal((json_t *)value, (json_t *)other);
}

/* ---- conditions ---- */

/* All of @when is so; the word "given" asks of a field only that it holds something. */
static gboolean
holds(const FnNode *when, const json_t *values)
{
	for (guint i = 0; i < fn_node_count(when); i++) {
		const json_t *value = json_object_get(values, fn_node_key_at(when, i));
		g_autofree char *text = value != NULL && !json_is_array(value) ? fn_value_text(value) : g_strdup("");

		if (value == NULL || (!fn_node_has_word(fn_node_at(when, i), text) && !fn_node_has_word(fn_node_at(when, i), FN_GIVEN)))
			return FALSE;
	}
	return TRUE;
}

static const char *
title(const FnBook *book, const char *field, gboolean chinese)
{
	return fn_node_text(fn_book_field(book, field)->node, chinese ? "zh" : "en");
}

/* A value of a condition as people read it. */
static const char *
word_title(const FnBook *book, const char *field, const char *word, gboolean chinese)
{
	const FnNode *node = fn_book_field(book, field)->node;
	const char *name = fn_node_text(fn_node_get(fn_node_get(node, "names"), word), chinese ? "zh" : "en");

	if (strcmp(fn_node_text(node, "type"), "bool") == 0)
		return strcmp(word, "true") == 0 ? fn_say_in("yes", chinese) : fn_say_in("no", chinese);
	return name != NULL ? name : word;
}

static char *
words_text(const FnBook *book, const char *field, const FnNode *words, gboolean chinese)
{
	char *said = g_strdup(word_title(book, field, fn_node_word(words, 0), chinese)), *before;
	const char *word;

	for (guint i = 1; (word = fn_node_word(words, i)) != NULL; i++) {
		before = said;
		said = g_strdup_printf(fn_say_in("%s or %s", chinese), before, word_title(book, field, word, chinese));
		g_free(before);
	}
	return said;
}

static char *
condition_text(const FnBook *book, const char *field, const FnNode *words, gboolean chinese)
{
	g_autofree char *said = words_text(book, field, words, chinese);

	if (fn_node_has_word(words, FN_GIVEN))
		return g_strdup_printf(fn_say_in("\"%s\" is filled in", chinese), title(book, field, chinese));
	return g_strdup_printf(fn_say_in("\"%s\" is %s", chinese), title(book, field, chinese), said);
}

static char *
conditions_text(const FnBook *book, const FnNode *when, gboolean chinese)
{
	char *said = condition_text(book, fn_node_key_at(when, 0), fn_node_at(when, 0), chinese), *before;

	for (guint i = 1; i < fn_node_count(when); i++) {
		g_autofree char *next = condition_text(book, fn_node_key_at(when, i), fn_node_at(when, i), chinese);

		before = said;
		said = g_strdup_printf(fn_say_in("%s and %s", chinese), before, next);
		g_free(before);
	}
	return said;
}

/* ---- kinds ---- */

static const struct {
	const char *key;
	gboolean (*clash)(const json_t *value, const json_t *other); /* of two fields that are both there; NULL: it depends on conditions */
	gboolean barred;                                             /* the field may not be there then, else it must be */
	const char *said;
} kinds[] = {
	{ "not_before", is_before, FALSE, FN_SAY("may not be before") },
	{ "not_above", is_above, FALSE, FN_SAY("may not be more than") },
	{ "differs_from", is_the_same, FALSE, FN_SAY("may not be the same as") },
	{ "required_when", NULL, FALSE, FN_SAY("must be filled in") },
	{ "forbidden_when", NULL, TRUE, FN_SAY("must be left empty") },
};

static gsize
kind_of(const FnNode *rule)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (fn_node_get(rule, kinds[i].key) != NULL)
			return i;
	g_error("rules: the checks let a rule of a register pass that src/register/demand.c does not know");
}

static gboolean
is_broken(const FnNode *rule, const json_t *values)
{
	gsize kind = kind_of(rule);
	const FnNode *by = fn_node_get(rule, kinds[kind].key);
	const json_t *value = json_object_get(values, fn_node_text(rule, "field")), *other;

	if (kinds[kind].clash == NULL)
		return (value != NULL) == kinds[kind].barred && holds(by, values);
	other = json_object_get(values, fn_node_scalar(by));
	return value != NULL && other != NULL && kinds[kind].clash(value, other);
}

const FnNode *
fn_demand_broken(const FnBook *book, const json_t *values)
{
	const FnNode *rules = fn_node_get(book->node, "rules");

	for (guint i = 0; i < fn_node_count(rules); i++)
		if (is_broken(fn_node_at(rules, i), values))
			return fn_node_at(rules, i);
	return NULL;
}

char *
fn_demand_text(const FnBook *book, const FnNode *rule, gboolean chinese)
{
	gsize kind = kind_of(rule);
	const FnNode *by = fn_node_get(rule, kinds[kind].key), *own = fn_node_get(rule, "text");
	const char *field = title(book, fn_node_text(rule, "field"), chinese), *said = fn_say_in(kinds[kind].said, chinese);
	g_autofree char *conditions = kinds[kind].clash == NULL ? conditions_text(book, by, chinese) : NULL;

	if (own != NULL)
		return g_strdup(fn_node_text(own, chinese ? "zh" : "en"));
	if (conditions != NULL)
		return g_strdup_printf(fn_say_in("when %s, \"%s\" %s", chinese), conditions, field, said);
	return g_strdup_printf(fn_say_in("\"%s\" %s \"%s\"", chinese), field, said, title(book, fn_node_scalar(by), chinese));
}
