/* The tables of counts that a grant gives: what may be counted by, how coarse, and no second set of tables beside. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"
#include "disclosure/counts.h"
#include "mask/plan.h"

#include <string.h>

typedef struct {
	json_t *tables;                    /* of names, without levels */
	const json_t *planned;
	const FnResource *resource;
	FnCountedWish field[FN_COUNTS_FIELDS];
	guint fields;
} Tables;

static gboolean
refuse(GError **error, const char *name, const char *english)
{
	g_autofree char *safe = fn_text_safe(name, -1, 63);

	return fn_catalog_input(error, "field \"%s\" %s", safe, fn_say(english));
}

static const json_t *
planned_field(const json_t *planned, const char *name)
{
	const json_t *field;
	gsize i;

	json_array_foreach(planned, i, field)
		if (g_strcmp0(json_string_value(json_object_get(field, "name")), name) == 0)
			return field;
	return NULL;
}

/* What says whose a row is, or is a stand-in for it, is nothing to count by; nor what is the same in all rows. */
static gboolean
check_countable(const json_t *planned, const char *name, GError **error)
{
	const char *mask = json_string_value(json_object_get(planned, "mask"));

	if (planned == NULL)
		return refuse(error, name, "stands in a table, but is not asked for");
	if (g_strcmp0(json_string_value(json_object_get(planned, "identifier")), "direct") == 0)
		return refuse(error, name, "names a person outright, so that nothing is counted by it");
	if (fn_mask_spec_needs_key(mask))
		return refuse(error, name, "leaves under a key, so that nothing is counted by it");
	return !fn_plan_blanks(mask) || refuse(error, name, "is hidden whole, so that nothing is counted by it");
}

/* A level that is asked for, else the first that is coarser than the value, unless a mask makes it coarse. */
static gboolean
take_level(const Tables *tables, const json_t *planned, const char *level, FnCountedWish *wish, GError **error)
{
	const char *generalise = fn_field_generalise(fn_fields_find(tables->resource->fields, wish->name));
	gboolean kept = g_strcmp0(json_string_value(json_object_get(planned, "mask")), "keep") == 0;
	guint64 number = 1;

	if (level != NULL && generalise == NULL)
		return refuse(error, wish->name, "has levels only where its provider set \"generalise\"");
	if (level != NULL && !g_ascii_string_to_unsigned(level, 10, 1, 16, &number, NULL))
		return refuse(error, wish->name, "has a level that is no number from 1 on");
	if (level == NULL && !kept)
		return TRUE;
	wish->generalise = generalise;
	wish->level = (guint)number;
	return TRUE;
}

/* "name" or "name/level"; the name is the planned field's own. */
static gboolean
take_field(Tables *tables, const char *text, json_t *names, GError **error)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 2);
	const json_t *planned = part[0] != NULL ? planned_field(tables->planned, part[0]) : NULL;
	FnCountedWish *wish = &tables->field[tables->fields];

	if (!check_countable(planned, part[0] != NULL ? part[0] : "", error))
		return FALSE;
	if (tables->fields == FN_COUNTS_FIELDS)
		return fn_catalog_input(error, "\"tables\" of the application name too many fields");
	*wish = (FnCountedWish){ .name = json_string_value(json_object_get(planned, "name")) };
	tables->fields++;
	json_array_append_new(names, json_string(wish->name));
	return take_level(tables, planned, part[1], wish, error);
}

/* "birth/3,sex" */
static gboolean
take_table(Tables *tables, const char *text, GError **error)
{
	g_auto(GStrv) field = g_strsplit(text != NULL ? text : "", ",", 3);
	json_t *names = json_array();

	json_array_append_new(tables->tables, names);
	for (guint i = 0; field[i] != NULL; i++)
		if (!take_field(tables, field[i], names, error))
			return FALSE;
	return TRUE;
}

static gboolean
take_tables(Tables *tables, const json_t *asked, GError **error)
{
	const json_t *table;
	gsize i;

	if (!json_is_array(asked))
		return fn_catalog_input(error, "in the mode \"aggregate\" the application names its \"tables\"");
	json_array_foreach(asked, i, table)
		if (!take_table(tables, json_string_value(table), error))
			return FALSE;
	return TRUE;
}

/* What the provider chose for all is theirs to tell; what one application chooses is the difference to another. */
static gboolean
check_alone(FnDb *db, const FnCountsAsked *asked, GError **error)
{
	GError *failed = NULL;
	g_autofree char *other = NULL;

	if (json_array_size(asked->rows) > 0)
		return fn_catalog_input(error, "counts are of all rows: ask without row conditions");
	other = fn_db_text(db, &fn_sql_catalog_live_counts, FN_BINDS(FN_TEXT("consumer", asked->consumer), FN_TEXT("resource", asked->resource)),
		&failed);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (other == NULL)
		return TRUE;
	return fn_catalog_state(error, "the organization has grant %s for tables of this resource, and what two sets of tables tell together is not "
		"guarded: have that one ended first", other);
}

static char *
hundredths(const FnRules *rules, const char *parameter, gint64 otherwise)
{
	return g_strdup_printf("%" G_GINT64_FORMAT "/100", CLAMP(fn_rules_parameter_int(rules, parameter, otherwise), 0, 1000000));
}

static gboolean
pin(const Tables *tables, const FnRules *rules, gboolean noisy, json_t *plan, GError **error)
{
	g_autofree char *epsilon = hundredths(rules, "aggregate_epsilon", 100), *budget = hundredths(rules, "aggregate_budget", 1200);
	FnCountsTerms terms = { .threshold = (guint)CLAMP(fn_rules_parameter_int(rules, "aggregate_threshold", FN_DISCLOSURE_K), 0, G_MAXINT),
		.interval_days = (guint)CLAMP(fn_rules_parameter_int(rules, "aggregate_interval", 30), 0, G_MAXINT),
		.epsilon = noisy ? epsilon : NULL, .budget = noisy ? budget : NULL };
	g_autoptr(GError) failed = NULL;
	json_t *counts = fn_counts_write(&terms, tables->field, tables->fields, tables->tables, &failed);

	if (counts == NULL)
		return fn_catalog_input(error, "%s", failed->message);
	fn_plan_count(plan, counts);
	return TRUE;
}

gboolean
fn_catalog_pin_counts(FnDb *db, const FnResource *resource, const FnRules *rules, const FnCountsAsked *asked, json_t *plan, GError **error)
{
	Tables tables = { .tables = json_array(), .planned = json_object_get(plan, "fields"), .resource = resource };
	gboolean done = check_alone(db, asked, error) && take_tables(&tables, asked->tables, error);

	if (done && tables.fields < json_array_size(tables.planned))
		done = fn_catalog_input(error, "\"fields\" of the application names one that stands in no table");
	done = done && pin(&tables, rules, asked->noisy, plan, error);
	json_decref(tables.tables);
	return done;
}
