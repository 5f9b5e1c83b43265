/* Which column gets which mask: from a file and from the command line. */
#include "table/table_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

typedef struct {
	char *name, *rule; /* @rule NULL: let it pass */
	char *place;       /* "plan.yaml:3", "" from the command line */
} Entry;

struct FnTablePlan {
	GPtrArray *entries;  /* Entry */
	GHashTable *by_name; /* name → Entry */
};

static void
entry_free(gpointer data)
{
	Entry *entry = data;

	g_free(entry->name);
	g_free(entry->rule);
	g_free(entry->place);
	g_free(entry);
}

FnTablePlan *
fn_table_plan_new(void)
{
	FnTablePlan *plan = g_new0(FnTablePlan, 1);

	plan->entries = g_ptr_array_new_with_free_func(entry_free);
	plan->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	return plan;
}

void
fn_table_plan_free(FnTablePlan *plan)
{
	if (plan == NULL)
		return;
	g_hash_table_unref(plan->by_name);
	g_ptr_array_unref(plan->entries);
	g_free(plan);
}

/* "plan.yaml:3: ", or nothing. */
static gboolean
refuse(const char *place, GError **error, const char *what, const char *column)
{
	g_autofree char *safe = fn_text_safe(column, -1, 80);
	g_autofree char *text = g_strdup_printf("\"%s\": %s", safe, what);

	return fn_table_refuse(FN_TABLE_ERROR_PLAN, error, "%s%s%s", place, *place != '\0' ? ": " : "", text);
}

static gboolean
add(FnTablePlan *plan, const char *name, const char *rule, const char *place, GError **error)
{
	Entry *entry;

	if (*name == '\0')
		return refuse(place, error, fn_say("a column's name is missing"), name);
	if (g_hash_table_contains(plan->by_name, name))
		return refuse(place, error, fn_say("the column is named twice; keep one rule"), name);
	entry = g_new0(Entry, 1);
	*entry = (Entry){ g_strdup(name), g_strdup(rule), g_strdup(place) };
	g_ptr_array_add(plan->entries, entry);
	g_hash_table_insert(plan->by_name, entry->name, entry);
	return TRUE;
}

gboolean
fn_table_plan_add(FnTablePlan *plan, const char *rule, GError **error)
{
	const char *equals = strchr(rule, '=');
	g_autofree char *name = g_strndup(rule, equals != NULL ? (gsize)(equals - rule) : strlen(rule));

	if (equals == NULL || equals[1] == '\0')
		return refuse("", error, fn_say("a rule is NAME=OPERATOR, such as phone=partial:keep=3.4"), rule);
	if (!g_utf8_validate(rule, -1, NULL))
		return refuse("", error, fn_say("not valid UTF-8"), rule);
	return add(plan, name, equals + 1, "", error);
}

gboolean
fn_table_plan_allow(FnTablePlan *plan, const char *column, GError **error)
{
	return add(plan, column, NULL, "", error);
}

static gboolean
read_columns(FnTablePlan *plan, const FnNode *columns, GError **error)
{
	g_autofree char *place = fn_node_place(columns);

	if (!fn_node_is_map(columns))
		return refuse(place, error, fn_say("must be a map of columns and their operators"), "columns");
	for (guint i = 0; i < fn_node_count(columns); i++) {
		const FnNode *rule = fn_node_at(columns, i);
		g_autofree char *where = fn_node_place(rule);
		const char *name = fn_node_key_at(columns, i), *text = fn_node_scalar(rule);

		if (text == NULL || *text == '\0')
			return refuse(where, error, fn_say("an operator is missing, such as redact or partial:keep=3.4"), name);
		if (!add(plan, name, text, where, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
read_allowed(FnTablePlan *plan, const FnNode *allow, GError **error)
{
	g_autofree char *place = fn_node_place(allow);

	if (!fn_node_is_list(allow))
		return refuse(place, error, fn_say("must be a list of columns"), "allow");
	for (guint i = 0; i < fn_node_count(allow); i++) {
		const FnNode *name = fn_node_at(allow, i);
		g_autofree char *where = fn_node_place(name);

		if (fn_node_scalar(name) == NULL)
			return refuse(where, error, fn_say("must be a list of columns"), "allow");
		if (!add(plan, fn_node_scalar(name), NULL, where, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
take(FnTablePlan *plan, const FnNode *file, GError **error)
{
	static const struct {
		const char *key;
		gboolean (*read)(FnTablePlan *plan, const FnNode *node, GError **error);
	} keys[] = { { "columns", read_columns }, { "allow", read_allowed } };
	g_autofree char *place = fn_node_place(file);

	if (!fn_node_is_map(file))
		return refuse(place, error, fn_say("a plan has \"columns\" (a map) and \"allow\" (a list)"), "");
	for (guint i = 0; i < fn_node_count(file); i++) {
		const FnNode *node = fn_node_at(file, i);
		g_autofree char *where = fn_node_place(node);
		gsize k = 0;

		while (k < G_N_ELEMENTS(keys) && !g_str_equal(keys[k].key, fn_node_key_at(file, i)))
			k++;
		if (k == G_N_ELEMENTS(keys))
			return refuse(where, error, fn_say("a plan has \"columns\" (a map) and \"allow\" (a list)"), fn_node_key_at(file, i));
		if (!keys[k].read(plan, node, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_table_plan_read(FnTablePlan *plan, const char *bytes, gsize size, const char *name, GError **error)
{
	g_autofree char *safe = fn_text_safe(name, -1, 200);
	g_autoptr(GError) why = NULL;
	g_autoptr(FnNode) file = fn_node_read(bytes, size, safe, &why);

	if (file == NULL)
		return fn_table_refuse(FN_TABLE_ERROR_PLAN, error, "%s", why->message);
	return take(plan, file, error);
}

const char *
fn_table_mask_remedy(const GError *error)
{
	return g_error_matches(error, FN_MASK_ERROR, FN_MASK_ERROR_KEY) ?
		       fn_say("; name the file of a key (--key), or make one first (fengni mask --new-key FILE)") :
		       "";
}

static gboolean
refuse_mask(const Entry *entry, const GError *why, GError **error)
{
	g_autofree char *what = g_strdup_printf("%s%s", why->message, fn_table_mask_remedy(why));

	return refuse(entry->place, error, what, entry->name);
}

gboolean
fn_table_plan_check(const FnTablePlan *plan, FnSuite suite, const guint8 *key, GError **error)
{
	for (guint i = 0; i < plan->entries->len; i++) {
		const Entry *entry = plan->entries->pdata[i];
		g_autoptr(GError) why = NULL;
		g_autoptr(FnMaskColumn) mask = NULL;

		if (entry->rule == NULL)
			continue;
		if ((mask = fn_mask_column_new(entry->rule, suite, key, entry->name, &why)) == NULL)
			return refuse_mask(entry, why, error);
	}
	return TRUE;
}

const char *
fn_table_plan_rule(const FnTablePlan *plan, const char *column)
{
	const Entry *entry = g_hash_table_lookup(plan->by_name, column);

	return entry != NULL ? entry->rule : NULL;
}

gboolean
fn_table_plan_allows(const FnTablePlan *plan, const char *column)
{
	const Entry *entry = g_hash_table_lookup(plan->by_name, column);

	return entry != NULL && entry->rule == NULL;
}

guint
fn_table_plan_count(const FnTablePlan *plan)
{
	return plan->entries->len;
}

const char *
fn_table_plan_name(const FnTablePlan *plan, guint i)
{
	return ((const Entry *)plan->entries->pdata[i])->name;
}

const char *
fn_table_plan_place(const FnTablePlan *plan, guint i)
{
	return ((const Entry *)plan->entries->pdata[i])->place;
}
