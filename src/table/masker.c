/* Decides what happens to each column, masks batches, and looks again at what is kept. */
#include "table/table_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

enum { SAMPLE = 64 /* values of later batches that are profiled */, PERSONAL = 4 /* the highest level that a person may let pass */ };

typedef struct {
	FnTableDecision decision;
	FnMaskColumn *mask; /* NULL: kept */
	FnScanHeader *header; /* of a kept one: what its name says of its values */
} Column;

struct FnMasker {
	FnMaskerOptions options;
	GPtrArray *columns;   /* Column of all tables; the first member of each is its decision */
	guint from;           /* where those of the table under way begin */
	GHashTable *met;      /* names of the plan that a table had */
	FnMaskColumn *redact;
	char *redacted;       /* what it gives */
	FnMaskArena *arena;
	GString *text;        /* scratch */
	guint64 rows;
};

static void
column_free(gpointer data)
{
	Column *column = data;

	fn_mask_column_free(column->mask);
	fn_scan_header_free(column->header);
	g_free(column->decision.table);
	g_free(column->decision.name);
	g_free(column->decision.rule);
	g_free(column->decision.found);
	g_free(column);
}

/* What an operator gives when it can give nothing better: asked, so that it is written in one place. */
static char *
redacted_text(const FnMaskColumn *redact, FnMaskArena *arena)
{
	const char *value = "x";
	guint32 size = 1;
	FnColumn column = { &value, &size, 1 };

	fn_mask_apply(redact, &column, arena);
	return g_strndup(value, size);
}

FnMasker *
fn_masker_new(const FnMaskerOptions *options)
{
	FnMasker *masker = g_new0(FnMasker, 1);

	masker->options = *options;
	masker->columns = g_ptr_array_new_with_free_func(column_free);
	masker->met = g_hash_table_new(g_str_hash, g_str_equal);
	masker->arena = fn_mask_arena_new();
	masker->redact = fn_mask_column_new("redact", options->suite, NULL, "", NULL);
	g_assert(masker->redact != NULL);
	masker->redacted = redacted_text(masker->redact, masker->arena);
	masker->text = g_string_new(NULL);
	return masker;
}

void
fn_masker_free(FnMasker *masker)
{
	if (masker == NULL)
		return;
	g_ptr_array_unref(masker->columns);
	g_hash_table_unref(masker->met);
	fn_mask_column_free(masker->redact);
	fn_mask_arena_free(masker->arena);
	explicit_bzero(masker->text->str, masker->text->allocated_len);
	g_string_free(masker->text, TRUE);
	g_free(masker->redacted);
	g_free(masker);
}

const GPtrArray *
fn_masker_decisions(const FnMasker *masker)
{
	return masker->columns;
}

guint64
fn_masker_rows(const FnMasker *masker)
{
	return masker->rows;
}

/* ---- decisions ---- */

static char *
found_in(const FnColumnProfile *profile)
{
	GString *text;

	if (profile->detector != NULL)
		return g_strdup(profile->detector);
	if (profile->contents == 0)
		return NULL;
	text = g_string_new(NULL);
	for (guint i = 0; i < profile->contents; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? "," : "", profile->contained[i].detector);
	return g_string_free(text, FALSE);
}

static void
profile_it(const FnMasker *masker, const FnTableColumn *from, FnTableDecision *decision)
{
	FnColumnProfile profile = fn_scan_column(masker->options.scanner, from->name, from->values.value, from->values.n);

	decision->found = found_in(&profile);
	decision->confidence = profile.confidence;
	decision->level = profile.level;
	decision->proposed = profile.mask;
	fn_column_profile_clear(&profile);
}

static void
choose(const FnMasker *masker, FnTableDecision *decision)
{
	const char *rule = fn_table_plan_rule(masker->options.plan, decision->name);
	gboolean proposed = !g_str_equal(decision->proposed, "keep");

	if (rule != NULL)
		decision->why = FN_TABLE_WHY_RULE;
	else if (fn_table_plan_allows(masker->options.plan, decision->name))
		decision->why = FN_TABLE_WHY_ALLOWED;
	else if (!proposed)
		decision->why = FN_TABLE_WHY_NOTHING;
	else if (masker->options.automatic)
		decision->why = FN_TABLE_WHY_PROPOSED;
	else
		decision->why = FN_TABLE_WHY_UNDECIDED;
	decision->rule = g_strdup(rule != NULL ? rule : decision->why == FN_TABLE_WHY_PROPOSED ? decision->proposed : "keep");
}

/* Names leave as they are. A file without a header line has people in its first row, and a JSON object may have them for names; what
 * was found is said, the name is not. */
static gboolean
check_name(const FnMasker *masker, const char *name, const char *whose, GError **error)
{
	g_autoptr(FnScanResult) result = fn_scan(masker->options.scanner, name, strlen(name));
	FnFinding finding;

	if (result->verdict == FN_SCAN_CLEAN || result->level <= 1)
		return TRUE;
	if (result->listed == 0)
		return fn_table_refuse(FN_TABLE_ERROR_REFUSED, error, fn_say("the name of %s cannot be inspected; rename it"), whose);
	finding = fn_scan_finding(result, 0);
	return fn_table_refuse(FN_TABLE_ERROR_REFUSED, error,
		fn_say("the name of %s holds %s (level %u); rename it, or, when the first row is data, put one before it that names the columns"),
		whose, finding.detector, finding.level);
}

/* All of the table at once, each with what is proposed. */
static gboolean
refuse_undecided(const FnMasker *masker, GError **error)
{
	g_autoptr(GString) text = g_string_new(
		fn_say("no rule names these columns; take what is proposed (--auto), or let one pass (--allow NAME):\n"));
	guint n = 0;

	for (guint i = masker->from; i < masker->columns->len; i++) {
		const FnTableDecision *decision = masker->columns->pdata[i];
		g_autofree char *safe = fn_text_safe(decision->name, -1, 80);

		if (decision->why != FN_TABLE_WHY_UNDECIDED)
			continue;
		g_string_append_printf(text, fn_say("  --column '%s=%s'    holds %s, level %u\n"), safe, decision->proposed,
			decision->found != NULL ? decision->found : "?", decision->level);
		n++;
	}
	g_string_truncate(text, text->len - 1);
	return n == 0 || fn_table_refuse(FN_TABLE_ERROR_REFUSED, error, "%s", text->str);
}

static gboolean
make_mask(const FnMasker *masker, Column *column, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *safe = NULL;

	column->mask = fn_mask_column_new(column->decision.rule, masker->options.suite, masker->options.key, column->decision.name, &why);
	if (column->mask == NULL) {
		safe = fn_text_safe(column->decision.name, -1, 80);
		return fn_table_refuse(FN_TABLE_ERROR_PLAN, error, "\"%s\": %s%s", safe, why->message, fn_table_mask_remedy(why));
	}
	if (fn_mask_column_is_keep(column->mask)) {
		const char *const name = column->decision.name;

		g_clear_pointer(&column->mask, fn_mask_column_free);
		column->header = fn_scan_header_new(masker->options.scanner, &name, 1);
	}
	return TRUE;
}

static gboolean
decide(FnMasker *masker, const FnTableBatch *batch, const FnTableColumn *from, GError **error)
{
	Column *column = g_new0(Column, 1);
	FnTableDecision *decision = &column->decision;
	g_autofree char *whose = NULL;

	g_ptr_array_add(masker->columns, column);
	decision->table = g_strdup(batch->table);
	decision->name = g_strdup(from->name);
	profile_it(masker, from, decision);
	choose(masker, decision);
	if (decision->why == FN_TABLE_WHY_RULE || decision->why == FN_TABLE_WHY_ALLOWED)
		g_hash_table_add(masker->met, decision->name);
	if (masker->options.only_decide)
		return TRUE;
	whose = g_strdup_printf(fn_say("column %u"), masker->columns->len - masker->from);
	return (decision->why == FN_TABLE_WHY_ALLOWED || check_name(masker, from->name, whose, error)) && make_mask(masker, column, error);
}

/* About the columns that are new in this batch. */
static gboolean
decide_new(FnMasker *masker, const FnTableBatch *batch, GError **error)
{
	guint known = batch->first ? 0 : masker->columns->len - masker->from;

	if (batch->first)
		masker->from = masker->columns->len;
	if (batch->first && !masker->options.only_decide && !check_name(masker, batch->table, fn_say("the sheet"), error))
		return FALSE;
	for (guint i = known; i < batch->columns; i++)
		if (!decide(masker, batch, &batch->column[i], error))
			return FALSE;
	return masker->options.only_decide || known == batch->columns || refuse_undecided(masker, error);
}

static Column *
column_at(const FnMasker *masker, guint i)
{
	return masker->columns->pdata[masker->from + i];
}

/* ---- what is kept ---- */

/* A person who lets a column pass answers for people's data in it, not for important data. */
static guint
level_allowed(const FnTableDecision *decision)
{
	return decision->why == FN_TABLE_WHY_NOTHING ? decision->level : PERSONAL;
}

static gboolean
refuse_found(const FnTableBatch *batch, const FnTableDecision *decision, const char *found, guint level, GError **error)
{
	g_autofree char *safe = fn_text_safe(decision->name, -1, 80);

	return fn_table_refuse(FN_TABLE_ERROR_REFUSED, error,
		fn_say("column \"%s\" is kept, but in the %u rows from line %zu on it holds %s (level %u); "
		       "give it a rule (--column '%s=redact')%s"),
		safe, batch->rows, (gsize)batch->line, found, level, safe,
		decision->why == FN_TABLE_WHY_NOTHING ? fn_say(" or let it pass (--allow)") : "");
}

/* Values as rows of one cell each, in quotes, so that a value ends where it ends. */
static void
put_rows(GString *text, const FnColumn *values)
{
	g_string_truncate(text, 0);
	for (guint row = 0; row < values->n; row++) {
		const char *value = values->value[row], *quote;

		if (value == NULL)
			continue;
		g_string_append_c(text, '"');
		for (; (quote = strchr(value, '"')) != NULL; value = quote + 1) {
			g_string_append_len(text, value, quote - value);
			g_string_append(text, "\"\"");
		}
		g_string_append(text, value);
		g_string_append(text, "\"\n");
	}
}

/* Every kept value of a column. */
static gboolean
scan_kept(FnMasker *masker, const FnTableBatch *batch, guint i, GError **error)
{
	const Column *column = column_at(masker, i);
	g_autoptr(FnScanResult) result = NULL;

	put_rows(masker->text, &batch->column[i].values);
	result = fn_scan_rows(column->header, masker->text->str, masker->text->len);
	for (guint k = 0; k < result->listed; k++) {
		FnFinding finding = fn_scan_finding(result, k);

		if (finding.level > level_allowed(&column->decision))
			return refuse_found(batch, &column->decision, finding.detector, finding.level, error);
	}
	if (result->verdict == FN_SCAN_CLEAN || result->verdict == FN_SCAN_FOUND)
		return TRUE;
	return fn_table_refuse(FN_TABLE_ERROR_REFUSED, error, fn_say("the rows from line %zu on hold what may not leave: %s"), (gsize)batch->line,
		result->reason != NULL ? result->reason : fn_scan_verdict_name(result->verdict));
}

/* What only a header and many values together tell, such as names. */
static gboolean
profile_kept(const FnMasker *masker, const FnTableBatch *batch, guint i, GError **error)
{
	const FnTableColumn *column = &batch->column[i];
	const FnTableDecision *decision = &column_at(masker, i)->decision;
	const char *sample[SAMPLE];
	guint n = MIN(batch->rows, SAMPLE);
	FnTableDecision now = { 0 };
	gboolean good;

	for (guint k = 0; k < n; k++)
		sample[k] = column->values.value[(gsize)k * batch->rows / n];
	profile_it(masker, &(FnTableColumn){ .name = column->name, .values = { sample, NULL, n } }, &now);
	good = now.level <= level_allowed(decision) && (decision->why != FN_TABLE_WHY_NOTHING || g_str_equal(now.proposed, "keep"));
	if (!good)
		refuse_found(batch, decision, now.found != NULL ? now.found : "?", now.level, error);
	g_free(now.found);
	return good;
}

static gboolean
verify(FnMasker *masker, const FnTableBatch *batch, GError **error)
{
	for (guint i = 0; i < batch->columns; i++) {
		if (column_at(masker, i)->mask != NULL)
			continue;
		if (!scan_kept(masker, batch, i, error) || (!batch->first && !profile_kept(masker, batch, i, error)))
			return FALSE;
	}
	return TRUE;
}

/* ---- masks ---- */

/* Lists and objects have no operator: whatever the rule made of their text, they are redacted whole. */
static void
redact_nested(const FnMasker *masker, FnTableColumn *from)
{
	for (guint row = 0; row < from->values.n; row++) {
		FnColumn cell = { from->values.value + row, from->values.size + row, 1 };

		if (from->kind[row] == FN_CELL_NESTED && *cell.value != NULL)
			fn_mask_apply(masker->redact, &cell, masker->arena);
	}
}

static guint64
count_values(const FnColumn *values)
{
	guint64 n = 0;

	for (guint row = 0; row < values->n; row++)
		n += values->value[row] != NULL;
	return n;
}

static guint64
count_redacted(const FnMasker *masker, const FnColumn *values)
{
	gsize size = strlen(masker->redacted);
	guint64 n = 0;

	for (guint row = 0; row < values->n; row++)
		n += values->value[row] != NULL && values->size[row] == size && memcmp(values->value[row], masker->redacted, size) == 0;
	return n;
}

static void
mask_column(FnMasker *masker, Column *column, FnTableColumn *from)
{
	guint64 values = count_values(&from->values);

	column->decision.values += values;
	if (column->mask == NULL)
		return;
	fn_mask_apply(column->mask, &from->values, masker->arena);
	redact_nested(masker, from);
	from->masked = TRUE;
	column->decision.emptied += values - count_values(&from->values);
	column->decision.redacted += count_redacted(masker, &from->values);
}

gboolean
fn_masker_take(FnMasker *masker, FnTableBatch *batch, GError **error)
{
	if (!decide_new(masker, batch, error))
		return FALSE;
	if (masker->options.only_decide)
		return TRUE;
	if (!masker->options.unverified && !verify(masker, batch, error))
		return FALSE;
	fn_mask_arena_reset(masker->arena);
	for (guint i = 0; i < batch->columns; i++)
		mask_column(masker, column_at(masker, i), &batch->column[i]);
	masker->rows += batch->rows;
	return TRUE;
}

gboolean
fn_masker_end(FnMasker *masker, GError **error)
{
	const FnTablePlan *plan = masker->options.plan;

	for (guint i = 0; i < fn_table_plan_count(plan); i++) {
		const char *name = fn_table_plan_name(plan, i), *place = fn_table_plan_place(plan, i);
		g_autofree char *safe = NULL;

		if (g_hash_table_contains(masker->met, name))
			continue;
		safe = fn_text_safe(name, -1, 80);
		return fn_table_refuse(FN_TABLE_ERROR_PLAN, error,
			fn_say("%s%sthere is no column \"%s\"; names must be as in the first row (or the members' names)"), place,
			*place != '\0' ? ": " : "", safe);
	}
	return TRUE;
}
