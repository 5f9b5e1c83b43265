/* Checks that are no one statement over the registry. To add one: a function, and a row in the table. */
#include "oversight/oversight_priv.h"

#include "audit/audit.h"
#include "base/time.h"
#include "oversight_sql.h"

#include <string.h>

/* An active grant by which nobody called for so many days. Calls stand in the ledger, so the index is asked. */
static gboolean
unused_grants(FnLook *look, FnChecked *checked, GError **error)
{
	const FnOversight *oversight = fn_look_at(look);
	gint64 days = fn_rules_parameter_int(oversight->rules, "grant_unused", 0), since = oversight->now - days * G_TIME_SPAN_DAY;
	g_autoptr(FnDb) index = NULL;
	g_autoptr(FnRows) rows = NULL;
	g_autoptr(GError) why = NULL;

	if (days <= 0)
		return fn_checked_cannot(checked, "the pack has no parameter grant_unused");
	if (oversight->index == NULL || (index = fn_db_open_existing(oversight->index, NULL)) == NULL)
		return fn_checked_cannot(checked, "the index of the ledger cannot be opened");
	rows = fn_db_query(oversight->db, &fn_sql_oversight_grants_in_use, FN_BINDS(FN_INT("before", since), FN_INT("most", FN_OFFENDERS_MOST + 1)),
		error);
	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why)) {
		gboolean used = TRUE;

		if (!fn_audit_used_since(index, FN_AUDIT_GRANT, fn_rows_text(rows, "id"), since, &used, &why))
			return fn_checked_cannot(checked, "the index of the ledger: %s", why->message);
		if (!used)
			fn_checked_add(look, checked, fn_rows_text(rows, "consumer"), fn_rows_text(rows, "id"), fn_rows_text(rows, "resource"), FALSE);
	}
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

/* Nobody outside vouches for the ledger's last head: there is no witness, none is up to date, or one saw another history. */
static gboolean
ledger_unwitnessed(FnLook *look, FnChecked *checked, GError **error)
{
	const char *text = fn_look_at(look)->witnesses;
	json_t *status = text != NULL ? json_loads(text, 0, NULL) : NULL, *each, *all = json_object_get(status, "witnesses");
	guint current = 0;
	size_t i;

	if (!json_is_array(all)) {
		json_decref(status);
		return fn_checked_cannot(checked, "the clock does not say how the witnesses stand");
	}
	json_array_foreach(all, i, each)
		current += g_strcmp0(json_string_value(json_object_get(each, "state")), "current") == 0;
	json_array_foreach(all, i, each) {
		const char *state = json_string_value(json_object_get(each, "state")), *name = json_string_value(json_object_get(each, "name"));

		if (g_strcmp0(state, "current") != 0)
			fn_checked_add(look, checked, NULL, name != NULL ? name : "witness", state, current > 0 && g_strcmp0(state, "fork") != 0 &&
				g_strcmp0(state, "refused") != 0);
	}
	if (json_array_size(all) == 0)
		fn_checked_add(look, checked, NULL, "witnesses", "0", FALSE);
	json_decref(status);
	return TRUE;
}

static const struct {
	const char *name;
	FnBuiltin run;
} builtins[] = {
	{ "ledger_unwitnessed", ledger_unwitnessed },
	{ "unused_grants", unused_grants },
};

FnBuiltin
fn_builtin_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].run;
	return NULL;
}
