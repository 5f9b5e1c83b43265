/* What `fengni mask` says about columns and about what it did. */
#include "table/command_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"

#include <string.h>

static const char *const why_names[] = { [FN_TABLE_WHY_RULE] = "rule", [FN_TABLE_WHY_ALLOWED] = "allowed",
	[FN_TABLE_WHY_PROPOSED] = "proposed", [FN_TABLE_WHY_NOTHING] = "nothing_found", [FN_TABLE_WHY_UNDECIDED] = "undecided" };
static const char *const why_texts[] = { [FN_TABLE_WHY_RULE] = FN_SAY("a rule names it"),
	[FN_TABLE_WHY_ALLOWED] = FN_SAY("let pass"), [FN_TABLE_WHY_PROPOSED] = FN_SAY("proposed by scan"),
	[FN_TABLE_WHY_NOTHING] = FN_SAY("nothing to mask was found"), [FN_TABLE_WHY_UNDECIDED] = FN_SAY("refused until a rule names it") };

static void
write_decision(FnJson *json, const FnTableDecision *decision)
{
	fn_json_begin_object(json);
	if (*decision->table != '\0')
		fn_json_member(json, "table", decision->table);
	fn_json_member(json, "column", decision->name);
	fn_json_member(json, "operator", decision->rule);
	fn_json_member(json, "why", why_names[decision->why]);
	fn_json_member(json, "found", decision->found);
	fn_json_member_int(json, "confidence", decision->confidence);
	fn_json_member_int(json, "level", decision->level);
	fn_json_member(json, "proposed", decision->proposed);
	fn_json_member_int(json, "values", (gint64)decision->values);
	fn_json_member_int(json, "redacted", (gint64)decision->redacted);
	fn_json_member_int(json, "emptied", (gint64)decision->emptied);
	fn_json_end_object(json);
}

static void
write_decisions(FnJson *json, const GPtrArray *decisions)
{
	fn_json_name(json, "columns");
	fn_json_begin_array(json);
	for (guint i = 0; i < decisions->len; i++)
		write_decision(json, decisions->pdata[i]);
	fn_json_end_array(json);
}

/* "Sheet1!phone", or the column alone. */
static char *
shown_name(const FnTableDecision *decision)
{
	g_autofree char *name = fn_text_safe(decision->name, -1, 200), *table = fn_text_safe(decision->table, -1, 100);

	return g_strconcat(table, *table != '\0' ? "!" : "", name, NULL);
}

static void
explain_one(const FnTableDecision *decision, FILE *to)
{
	g_autofree char *name = shown_name(decision), *rule = fn_text_safe(decision->rule, -1, 200);

	fprintf(to, "%s\n  %s  (%s)\n", name, rule, fn_say(why_texts[decision->why]));
	if (decision->found != NULL)
		fprintf(to, fn_say("  found: %s, %u%% of the values, level %u; proposed: %s\n"), decision->found, decision->confidence,
			decision->level, decision->proposed);
}

void
fn_mask_explain(const GPtrArray *decisions, gboolean json, FILE *to)
{
	if (json) {
		g_autoptr(GString) text = g_string_new(NULL);
		FnJson object = fn_json_to(text);

		fn_json_begin_object(&object);
		write_decisions(&object, decisions);
		fn_json_end_object(&object);
		fprintf(to, "%s\n", text->str);
		return;
	}
	for (guint i = 0; i < decisions->len; i++)
		explain_one(decisions->pdata[i], to);
}

static void
summary_json(const GPtrArray *decisions, const FnMaskTotals *totals, FILE *to)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *digest = fn_hex(totals->digest, FN_DIGEST_SIZE);
	FnJson object = fn_json_to(text);

	fn_json_begin_object(&object);
	fn_json_member(&object, "from", fn_table_format_name(totals->from));
	fn_json_member(&object, "to", fn_table_format_name(totals->to));
	if (totals->encoding != FN_ENCODING_NONE)
		fn_json_member(&object, "encoding", fn_encoding_name(totals->encoding));
	fn_json_member_int(&object, "rows", (gint64)totals->rows);
	fn_json_member_int(&object, "bytes", (gint64)totals->bytes);
	write_decisions(&object, decisions);
	fn_json_member(&object, totals->suite == FN_SUITE_GM ? "sm3" : "sha256", digest);
	fn_json_end_object(&object);
	fprintf(to, "%s\n", text->str);
}

void
fn_mask_summary(const GPtrArray *decisions, const FnMaskTotals *totals, gboolean json, FILE *to)
{
	g_autofree char *size = fn_bytes_text(totals->bytes), *digest = fn_hex(totals->digest, FN_DIGEST_SIZE);

	if (json) {
		summary_json(decisions, totals, to);
		return;
	}
	if (totals->encoding != FN_ENCODING_NONE && totals->encoding != FN_ENCODING_UTF8)
		fprintf(to, fn_say("The input was read as %s; the output is UTF-8.\n"), fn_encoding_name(totals->encoding));
	for (guint i = 0; i < decisions->len; i++) {
		const FnTableDecision *decision = decisions->pdata[i];
		g_autofree char *name = shown_name(decision), *rule = fn_text_safe(decision->rule, -1, 200);

		fprintf(to, fn_say("  %s: %s, %zu values"), name, rule, (gsize)decision->values);
		if (decision->redacted > 0)
			fprintf(to, fn_say(", %zu of them redacted"), (gsize)decision->redacted);
		if (decision->emptied > 0)
			fprintf(to, fn_say(", %zu of them left empty"), (gsize)decision->emptied);
		fputc('\n', to);
	}
	fprintf(to, fn_say("%zu rows, %s, %.1f s; %s %s\n"), (gsize)totals->rows, size, totals->seconds,
		totals->suite == FN_SUITE_GM ? "SM3" : "SHA-256", digest);
}

char *
fn_mask_plan_text(const GPtrArray *decisions)
{
	GString *text = g_string_new("columns:\n"), *kept = g_string_new(NULL);
	g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
	guint columns = 0;

	for (guint i = 0; i < decisions->len; i++) {
		const FnTableDecision *decision = decisions->pdata[i];
		const char *rule = decision->why == FN_TABLE_WHY_UNDECIDED ? decision->proposed : decision->rule;
		FnJson json = fn_json_to(text), allowed = fn_json_to(kept);

		if (decision->why == FN_TABLE_WHY_NOTHING || !g_hash_table_add(said, decision->name))
			continue;
		if (decision->why == FN_TABLE_WHY_ALLOWED) {
			g_string_append(kept, "  - ");
			fn_json_text(&allowed, decision->name);
			g_string_append_c(kept, '\n');
			continue;
		}
		columns++;
		g_string_append(text, "  ");
		fn_json_name(&json, decision->name);
		g_string_append_c(text, ' ');
		fn_json_text(&json, rule);
		if (decision->found != NULL)
			g_string_append_printf(text, "  # %s, %u%%, level %u", decision->found, decision->confidence, decision->level);
		g_string_append_c(text, '\n');
	}
	if (columns == 0)
		g_string_assign(text, "columns: {}\n");
	if (kept->len > 0)
		g_string_append_printf(text, "allow:\n%s", kept->str);
	g_string_free(kept, TRUE);
	return g_string_free(text, FALSE);
}
