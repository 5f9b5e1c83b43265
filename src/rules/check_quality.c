/* Whether rules of quality say what they are for, and have what their kind needs. */
#include "rules/rules_priv.h"

#include <string.h>

/* Detectors whose validity a batch can be put to (src/intake/value.c has the functions). */
static const char *const detectors[] = { "cn.resident_id", "cn.credit_code", "cn.org_code", "cn.mobile", "cn.bank_card", "date", NULL };

/* What a kind needs: the first of these keys that it has suffices. */
static const struct {
	const char *kind, *one_of[5];
	const char *takes[6]; /* besides kind, field, zh, en */
} kinds[] = {
	{ "complete", { NULL }, { "at_least", NULL } },
	{ "valid", { "detector", "values", "min", "max", NULL }, { "at_least", "detector", "values", "min", "max", NULL } },
	{ "unique", { NULL }, { "at_least", NULL } },
	{ "reference", { "of", NULL }, { "at_least", "of", "to", NULL } },
	{ "fresh", { "days", NULL }, { "days", NULL } },
	{ "drift", { "at_most", NULL }, { "at_most", NULL } },
};


static gboolean
has_needed(const FnNode *rule, const char *const *one_of)
{
	if (one_of[0] == NULL)
		return TRUE;
	for (; *one_of != NULL; one_of++)
		if (fn_node_get(rule, *one_of) != NULL)
			return TRUE;
	return FALSE;
}

static gboolean
check_kind(const FnNode *rule, gsize n, GError **error)
{
	static const char *const common[] = { "kind", "field", "zh", "en", NULL };

	if (!has_needed(rule, kinds[n].one_of))
		return fn_node_refuse(rule, kinds[n].one_of[0], FN_RULES_ERROR_REFERENCE, error, "a rule of kind \"%s\" needs it", kinds[n].kind);
	for (guint i = 0; i < fn_node_count(rule); i++) {
		const char *key = fn_node_key_at(rule, i);

		if (!g_strv_contains(common, key) && !g_strv_contains(kinds[n].takes, key))
			return fn_node_refuse(fn_node_at(rule, i), key, FN_RULES_ERROR_REFERENCE, error, "a rule of kind \"%s\" does not take it; remove it", kinds[n].kind);
	}
	return TRUE;
}

static gboolean
check_field(const FnNode *file, const FnNode *rule, GError **error)
{
	const FnNode *field = fn_node_get(rule, "field");
	const char *kind = fn_node_text(rule, "kind");
	gboolean one = strcmp(kind, "reference") == 0 || strcmp(kind, "fresh") == 0;

	if (fn_node_text(file, "element") != NULL)
		return field == NULL || fn_node_refuse(field, "field", FN_RULES_ERROR_REFERENCE, error, "rules for an element hold for each field that is one; remove it");
	if (field == NULL)
		return strcmp(kind, "drift") == 0 || fn_node_refuse(rule, "field", FN_RULES_ERROR_REFERENCE, error, "a rule of kind \"%s\" says for which field it is; name it", kind);
	return !one || fn_node_word(field, 1) == NULL || fn_node_refuse(field, "field", FN_RULES_ERROR_REFERENCE, error, "a rule of kind \"%s\" takes one field; write a rule for each", kind);
}

static gboolean
check_rule(const FnRules *rules, const FnNode *file, const FnNode *rule, GError **error)
{
	const char *detector = fn_node_text(rule, "detector"), *kind = fn_node_text(rule, "kind");

	if (!check_field(file, rule, error))
		return FALSE;
	if (detector != NULL && !g_strv_contains(detectors, detector))
		return fn_node_refuse(fn_node_get(rule, "detector"), "detector", FN_RULES_ERROR_REFERENCE, error,
			"\"%s\" is none that a batch can be put to: cn.resident_id, cn.credit_code, cn.org_code, cn.mobile, cn.bank_card, date", detector);
	if (!fn_check_parameter(rules, fn_node_get(rule, "days"), "parameter", "day", error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return check_kind(rule, i, error);
	return TRUE;
}

gboolean
fn_check_quality(const FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *file = fn_rules_all(rules, "quality", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *list = fn_node_get(file[i], "rules");

		if ((fn_node_text(file[i], "resource") != NULL) == (fn_node_text(file[i], "element") != NULL))
			return fn_node_refuse(file[i], "resource", FN_RULES_ERROR_REFERENCE, error, "say for which resource or for which element the rules are, one of the two");
		for (guint j = 0; j < fn_node_count(list); j++)
			if (!check_rule(rules, file[i], fn_node_at(list, j), error))
				return FALSE;
	}
	return TRUE;
}
