/* Approvals that may be used for some days, by whom they were given to: of re-identifications and of look-ups. Their procedures have
 * the state "approved", the steps "approve", "use" and "expire", and "days" in the form. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

static const char *const procedures[] = { "lookup", "reidentification" };

gint64
fn_approval_end(gint64 since, const json_t *form)
{
	return since + json_integer_value(json_object_get(form, "days")) * G_TIME_SPAN_DAY;
}

gboolean
fn_approval_use(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	if (!g_str_equal(which->opened_by, actor->account)) {
		fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, "only who asked may use the approval");
		return FALSE;
	}
	return now < fn_approval_end(which->since, which->form) || fn_catalog_state(error, "the approval has run out");
}

/* "2026:" and 64 hexadecimal digits. */
static gboolean
is_digest(const char *text)
{
	guint8 bytes[32];

	return text != NULL && strspn(text, "0123456789") == 4 && text[4] == ':' && fn_unhex(text + 5, bytes, sizeof(bytes));
}

gboolean
fn_lookup_check(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	const json_t *one;
	gsize i;

	json_array_foreach(json_object_get(which->form, "subjects"), i, one)
		if (!is_digest(json_string_value(one)))
			return fn_catalog_input(error, "subject %zu is no keyed digest of a year", i + 1);
	return TRUE;
}

/* When the case came into the state "approved". */
static gboolean
approved_at(const json_t *history, gint64 *at_out)
{
	const json_t *event;
	gboolean found = FALSE;
	gsize i;

	json_array_foreach(history, i, event)
		if (g_strcmp0(json_string_value(json_object_get(event, "step")), "approve") == 0)
			found = fn_time_parse(json_string_value(json_object_get(event, "at")), at_out);
	return found;
}

static gboolean
expire(FnDb *db, FnWork *work, const char *id, const FnActor *platform, gint64 now, GError **error)
{
	json_t *shown = fn_work_show(work, db, id, platform, now, error);
	gint64 since;
	gboolean over, good = shown != NULL;

	/* an approval without a beginning is over */
	over = good && (!approved_at(json_object_get(shown, "history"), &since) || now >= fn_approval_end(since, json_object_get(shown, "form")));
	json_decref(shown);
	return good && (!over || fn_work_step(work, db, id, "expire", "the days of the approval are over", NULL, platform, now, error));
}

gboolean
fn_approval_expire(FnDb *db, FnWork *work, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();

	for (gsize p = 0; p < G_N_ELEMENTS(procedures); p++) {
		g_auto(GStrv) ids = fn_work_cases_in(db, procedures[p], "approved", error);

		if (ids == NULL)
			return FALSE;
		for (guint i = 0; ids[i] != NULL; i++)
			if (!expire(db, work, ids[i], platform, now, error))
				return FALSE;
	}
	return TRUE;
}
