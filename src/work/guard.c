/* Steps that exist only while the form says so, and the values that a step takes from the case. */
#include "work/work_priv.h"

#include "base/say.h"
#include "base/time.h"
#include "rules/node_json.h"

#include <string.h>

const FnNode *
fn_work_each_map(const FnNode *one_or_many, guint i)
{
	if (fn_node_is_list(one_or_many))
		return i < fn_node_count(one_or_many) ? fn_node_at(one_or_many, i) : NULL;
	return i == 0 ? one_or_many : NULL;
}

/* The field as the rule file would write it; NULL when the form lacks it or holds no single value there. Caller frees. */
static char *
as_written(const json_t *value)
{
	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return g_strdup(json_string_value(value));
}

static gboolean
condition_holds(const FnNode *condition, const json_t *form)
{
	g_autofree char *value = as_written(json_object_get(form, fn_node_text(condition, "field")));

	return value != NULL && fn_node_has_word(fn_node_get(condition, "is"), value);
}

gboolean
fn_work_guard_holds(const FnNode *step, const json_t *form)
{
	const FnNode *when = fn_node_get(step, "when"), *condition;

	for (guint i = 0; (condition = fn_work_each_map(when, i)) != NULL; i++)
		if (!condition_holds(condition, form))
			return FALSE;
	return TRUE;
}

gboolean
fn_work_guard_check(const FnWorkCase *which, const FnNode *step, GError **error)
{
	const FnNode *when = fn_node_get(step, "when"), *condition;

	for (guint i = 0; (condition = fn_work_each_map(when, i)) != NULL; i++) {
		g_autoptr(GString) values = g_string_new(NULL);
		const char *value;

		if (condition_holds(condition, which->form))
			continue;
		for (guint j = 0; (value = fn_node_word(fn_node_get(condition, "is"), j)) != NULL; j++)
			g_string_append_printf(values, "%s%s", values->len > 0 ? ", " : "", value);
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "\"%s\" is possible only when %s is one of: %s", fn_node_text(step, "do"),
			fn_node_text(condition, "field"), values->str);
		return FALSE;
	}
	return TRUE;
}

/* ---- values ---- */

static json_t *
named_value(const FnCase *which, const char *word, gint64 now)
{
	g_autofree char *today = NULL;

	if (g_strcmp0(word, "case") == 0)
		return json_string(which->id);
	if (g_strcmp0(word, "subject") == 0)
		return json_string(which->subject);
	if (g_strcmp0(word, "say") == 0)
		return json_string(which->say != NULL ? which->say : "");
	if (g_strcmp0(word, "today") != 0)
		return NULL;
	today = fn_time_date_text(now);
	return json_string(today);
}

json_t *
fn_work_value(const FnCase *which, const FnNode *source, gint64 now)
{
	const char *field = fn_node_text(source, "field"), *party = fn_node_text(source, "party");
	const FnNode *value = fn_node_get(source, "value");
	json_t *named;

	if (source == NULL)
		return NULL;
	if (field != NULL)
		return json_incref(json_object_get(which->form, field));
	if (party != NULL)
		return json_incref(json_object_get(which->parties, party));
	named = named_value(which, fn_node_scalar(value), now);
	return named != NULL ? named : fn_node_json(value);
}

json_t *
fn_work_values(const FnCase *which, const FnNode *sources, gint64 now)
{
	json_t *values = json_object();

	for (guint i = 0; i < fn_node_count(sources); i++) {
		json_t *value = fn_work_value(which, fn_node_at(sources, i), now);

		if (value != NULL)
			json_object_set_new(values, fn_node_key_at(sources, i), value);
	}
	return values;
}
