#include "share/part.h"

#include "base/say.h"
#include "base/time.h"
#include "share_sql.h"

#include <string.h>

/* ---- what leaves of each field ---- */

/* The reasons of plan.h. */
static const struct {
	const char *why, *words;
} reasons[] = {
	{ "open", FN_SAY("nothing has to be masked at this level") },
	{ "own_mask", FN_SAY("the provider set this mask") },
	{ "level_default", FN_SAY("the default of this level") },
	{ "identifier", FN_SAY("the field points at a person") },
	{ "together", FN_SAY("rows leave in groups only, and none may say whose it is") },
	{ "strict", FN_SAY("strict masking redacts what the purpose does not name") },
};

static const char *
reason_of(const char *why, gboolean chinese)
{
	for (gsize i = 0; why != NULL && i < G_N_ELEMENTS(reasons); i++)
		if (g_str_equal(reasons[i].why, why))
			return fn_say_in(reasons[i].words, chinese);
	return fn_say_in("set when the grant was made", chinese);
}

static void
add_laws(json_t *laws, const FnNode *document)
{
	const FnNode *list = fn_node_get(document, "law");
	const char *law;

	for (guint i = 0; (law = fn_node_word(list, i)) != NULL; i++)
		json_array_append_new(laws, json_string(law));
}

/* The law of the operator, and that of the matrix where it chose. */
static json_t *
laws_of(const FnRules *rules, const char *operator, const char *why)
{
	json_t *laws = json_array();

	add_laws(laws, fn_rules_get(rules, "masks", operator));
	if (why != NULL && !g_str_equal(why, "own_mask"))
		add_laws(laws, fn_rules_get(rules, "levels", "levels"));
	return laws;
}

static json_t *
parameters_of(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text != NULL ? text : "", ",", -1);
	json_t *parameters = json_object();

	for (guint i = 0; parts[i] != NULL; i++) {
		char *value = strchr(parts[i], '=');

		if (value == NULL)
			continue;
		*value = '\0';
		json_object_set_new(parameters, parts[i], json_string(value + 1));
	}
	return parameters;
}

/* How coarse the field leaves where rows leave in groups: {"by","level"?,"top"}; NULL: as it is. @plan: the pinned one, may be NULL. */
static json_t *
explain_generalised(const FnSnapGrant *grant, const char *name, const FnDisclosurePlan *plan)
{
	const FnQuasi *quasi = NULL;
	json_t *told = NULL;
	guint n = 0;

	if (grant->held != NULL)
		quasi = fn_requirement_quasi(grant->held, &n);
	for (guint i = 0; i < n; i++)
		if (strcmp(quasi[i].name, name) == 0)
			told = json_pack("{s:s, s:i}", "by", fn_hierarchy_version(quasi[i].hierarchy), "top", (int)fn_hierarchy_top(quasi[i].hierarchy));
	n = told != NULL && plan != NULL ? fn_disclosure_plan_columns(plan) : 0;
	for (guint i = 0; i < n; i++)
		if (strcmp(fn_disclosure_plan_name(plan, i), name) == 0)
			json_object_set_new(told, "level", json_integer(fn_disclosure_plan_level(plan, i)));
	return told;
}

/* The same for what is counted by; the level is the grant's own. */
static json_t *
explain_counted(const FnSnapGrant *grant, const char *name)
{
	const FnCounts *counts = grant->counts;

	for (guint i = 0; counts != NULL && i < counts->fields; i++)
		if (strcmp(counts->field[i].name, name) == 0 && counts->field[i].hierarchy != NULL)
			return json_pack("{s:s, s:i, s:i}", "by", fn_hierarchy_version(counts->field[i].hierarchy), "level", (int)counts->field[i].level,
				"top", (int)fn_hierarchy_top(counts->field[i].hierarchy));
	return NULL;
}

static json_t *
explain_field(const FnSnapGrant *grant, guint i, const FnRules *rules, gboolean chinese)
{
	const FnSnapField *field = &grant->field[i];
	g_auto(GStrv) part = g_strsplit(field->mask, ":", 2);
	const char *operator = part[0] != NULL ? part[0] : "";
	const FnNode *about = fn_rules_get(rules, "masks", operator);
	const char *title = about != NULL ? fn_rules_title(about, chinese ? "zh" : "en") : operator;

	return json_pack("{s:s, s:i, s:s, s:s, s:o, s:s, s:s, s:o}", "field", grant->policy.fields[i], "level", (int)field->level, "operator",
		operator, "title", title, "parameters", parameters_of(part[0] != NULL ? part[1] : NULL), "why",
		field->why != NULL ? field->why : "", "reason", reason_of(field->why, chinese), "law", laws_of(rules, operator, field->why));
}

static gboolean
is_asked(const char *const *fields, const char *name)
{
	return fields == NULL || g_strv_contains(fields, name);
}

static json_t *
explain_masks(const FnSnapGrant *grant, const FnShareCase *about, const FnDisclosurePlan *plan, gboolean chinese)
{
	json_t *masks = json_array();

	for (guint i = 0; i < grant->fields; i++) {
		const char *name = grant->policy.fields[i];
		json_t *told, *generalised;

		if (!is_asked(about->fields, name))
			continue;
		told = explain_field(grant, i, about->rules, chinese);
		generalised = grant->counts != NULL ? explain_counted(grant, name) : explain_generalised(grant, name, plan);
		if (generalised != NULL)
			json_object_set_new(told, "generalised", generalised);
		json_array_append_new(masks, told);
	}
	return masks;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void
write_mask(GString *out, const json_t *mask)
{
	const json_t *laws = json_object_get(mask, "law");
	const char *name, *between = " (";
	json_t *value;
	gsize i;

	g_string_append_printf(out, "    %s  %s", text_of(mask, "field"), text_of(mask, "title"));
	json_object_foreach(json_object_get(mask, "parameters"), name, value) {
		g_string_append_printf(out, "%s%s=%s", between, name, json_string_value(value));
		between = ", ";
	}
	g_string_append_printf(out, "%s: %s", between[0] == ',' ? ")" : "", text_of(mask, "reason"));
	json_array_foreach(laws, i, value)
		g_string_append_printf(out, "%s%s", i == 0 ? " [" : ", ", json_string_value(value));
	g_string_append(out, json_array_size(laws) > 0 ? "]\n" : "\n");
}

static void
write_generalised(GString *out, const json_t *generalised, gboolean chinese)
{
	const json_t *level = json_object_get(generalised, "level");
	int top = (int)json_integer_value(json_object_get(generalised, "top"));

	if (generalised == NULL)
		return;
	g_string_append(out, "        ");
	if (level != NULL)
		g_string_append_printf(out, fn_say_in("made coarser first, by %s: level %d of %d", chinese), text_of(generalised, "by"),
			(int)json_integer_value(level), top);
	else
		g_string_append_printf(out, fn_say_in("made coarser first, by %s: how far is chosen with the first batch", chinese), text_of(generalised, "by"));
	g_string_append_c(out, '\n');
}

/* What the rows are held to. */
static void
write_held(GString *out, const FnSnapGrant *grant, gboolean chinese)
{
	const FnDisclosureOptions *options;

	if (grant->held == NULL)
		return;
	options = fn_requirement_options(grant->held);
	g_string_append_printf(out,
		fn_say_in("Rows leave only where at least %u are alike in what is made coarser; at most %u in a million may be left out.", chinese),
		options->k, options->suppress_ppm);
	g_string_append_c(out, '\n');
	if (options->l > 1)
		g_string_append_printf(out, fn_say_in("Each such group takes at least %u values of %s.\n", chinese), options->l,
			fn_requirement_sensitive(grant->held));
	if (options->joint)
		g_string_append(out, fn_say_in("What comes later is held to it together with what left before.\n", chinese));
}

/* The tables that leave in the place of rows. */
static void
write_counts(GString *out, const FnSnapGrant *grant, gboolean chinese)
{
	const FnCounts *counts = grant->counts;

	if (counts == NULL)
		return;
	g_string_append(out, fn_say_in("Only counts leave, in these tables:\n", chinese));
	for (guint t = 0; t < counts->tables; t++) {
		const char *first = counts->field[counts->table[t].field[0]].name;

		if (counts->table[t].fields == 2)
			g_string_append_printf(out, "    %s, %s\n", first, counts->field[counts->table[t].field[1]].name);
		else
			g_string_append_printf(out, "    %s\n", first);
	}
	g_string_append_printf(out, fn_say_in("No count below %u is shown; a table is counted once in %u days.\n", chinese), counts->threshold,
		counts->interval_days);
	if (counts->epsilon != NULL)
		g_string_append_printf(out, fn_say_in("Counts are noisy: each costs %s of a budget of %s.\n", chinese), counts->epsilon, counts->budget);
}

/* Behind the reasons: what would leave, and why no more. */
static char *
with_masks(char *reasons_text, const FnSnapGrant *grant, const json_t *masks, gboolean chinese)
{
	GString *out = g_string_new(reasons_text);
	json_t *mask;
	gsize i;

	g_free(reasons_text);
	if (json_array_size(masks) > 0)
		g_string_append_printf(out, "\n%s\n", fn_say_in("What leaves of each field:", chinese));
	json_array_foreach(masks, i, mask) {
		write_mask(out, mask);
		write_generalised(out, json_object_get(mask, "generalised"), chinese);
	}
	write_held(out, grant, chinese);
	write_counts(out, grant, chinese);
	return g_string_free(out, FALSE);
}

/* ---- whether anything leaves ---- */

/* What the registry says of the certificate; its fingerprint is kept in @found. */
static gboolean
take_certificate(FnDb *db, const FnSnapshot *snapshot, const FnShareCase *about, const FnSnapGrant *grant, gint64 shift,
	FnPolicyCertificate *out, const FnSnapSystem **system_out, GError **error)
{
	const char *system = grant != NULL ? grant->policy.system : NULL;
	g_autoptr(FnRows) rows = NULL;
	const FnSnapCertificate *known;
	GError *failed = NULL;

	if (about->certificate == NULL && system == NULL)
		return TRUE;
	rows = about->certificate != NULL ?
		fn_db_query(db, &fn_sql_share_certificate, FN_BINDS(FN_TEXT("fingerprint", about->certificate)), error) :
		fn_db_query(db, &fn_sql_share_good_certificate, FN_BINDS(FN_TEXT("system", system)), error);
	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &failed)) {
		out->present = about->certificate != NULL; /* one that nobody registered; taken for trusted, so that the answer says why */
		out->trusted = out->present;
		out->not_after = G_MAXINT64;
		if (failed != NULL)
			g_propagate_error(error, failed);
		return failed == NULL;
	}
	known = fn_snapshot_certificate(snapshot, fn_rows_text(rows, "fingerprint"));
	*out = (FnPolicyCertificate){ .present = TRUE, .trusted = TRUE, .not_before = fn_rows_int(rows, "not_before") + shift,
		.not_after = fn_rows_int(rows, "not_after") + shift };
	if (known != NULL && known->system != NULL) {
		out->revoked = known->revoked;
		out->system = known->system->policy.id;
		*system_out = known->system;
	}
	return TRUE;
}

/* Adds to @reasons_text, which it takes over, what would leave. */
static char *
explain_leaving(FnDb *db, const FnSnapGrant *grant, const FnShareCase *about, char *reasons_text, gboolean chinese, json_t **masks_out,
	GError **error)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(FnDisclosurePlan) plan = grant->held != NULL ? fn_part_plan(db, grant, &failed) : NULL;

	if (failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&failed));
		g_free(reasons_text);
		return NULL;
	}
	*masks_out = explain_masks(grant, about, plan, chinese);
	return with_masks(reasons_text, grant, *masks_out, chinese);
}

char *
fn_share_explain(FnDb *db, FnIpcClient *keeper, FnShare *share, const FnSettings *settings, const FnShareCase *about,
	const char *language, gboolean *permit_out, json_t **masks_out, GError **error)
{
	gboolean chinese = g_strcmp0(language, "zh") == 0;
	g_autofree char *key_text = fn_keeper_public(keeper, "grant", error);
	g_autoptr(FnPublicKey) key = key_text != NULL ? fn_public_key_parse(key_text, error) : NULL;
	g_autoptr(FnSnapshot) snapshot = NULL;
	FnPolicyCertificate certificate = { 0 };
	const FnSnapGrant *grant;
	FnVerified *verified;
	FnAsked asked;
	FnQuestion question;
	FnHours hours;

	if (key == NULL || !fn_share_hours(settings, &hours, error))
		return NULL;
	verified = fn_verified_new(key);
	snapshot = fn_snapshot_load(db, verified, hours, error);
	fn_verified_free(verified);
	if (snapshot == NULL)
		return NULL;
	grant = fn_snapshot_grant(snapshot, about->grant);
	asked = (FnAsked){ .certificate = &certificate,
		.resource = fn_snapshot_resource(snapshot, about->resource != NULL || grant == NULL ? about->resource : grant->policy.resource),
		.grant = grant, .mode = about->mode != NULL || grant == NULL ? about->mode : grant->policy.mode, .fields = about->fields,
		.now = about->now, .wanted = 1, .stated = { about->grant, about->case_number, about->operator_account, about->purpose } };
	if (!take_certificate(db, snapshot, about, asked.grant, about->now - fn_time_now(), &certificate, &asked.system, error))
		return NULL;
	if (share != NULL && about->grant != NULL)
		asked.used_today = fn_quotas_used(share->quotas, about->grant, about->now);
	question = fn_question(&asked);
	question.signature_present = question.signature_right = TRUE;
	question.signature_created = about->now;
	if (permit_out != NULL)
		*permit_out = fn_policy_decide(&question).permit;
	/* What nobody signed is no plan. */
	if (about->rules == NULL || masks_out == NULL || asked.grant == NULL || !asked.grant->policy.signed_right)
		return fn_policy_explain(&question, language);
	return explain_leaving(db, asked.grant, about, fn_policy_explain(&question, language), chinese, masks_out, error);
}
