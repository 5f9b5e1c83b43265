/* What two departments agreed to change of a running share, and the bureau filed, takes effect on the grant: from the day agreed on, not
 * before. The grant moves by the same states as ever, and its own case moves with it by a step of the platform.
 *
 * The content of a grant is signed and its plan is pinned for its life, so nothing in it is made narrower or moved to other hours. That is
 * a grant of its own, by an application of its own; once it runs the one that it replaces ends, and its data are due for disposal. */
#include "catalog/catalog_priv.h"

#include <string.h>

typedef struct {
	json_t *given, *grant; /* what the step gives; the grant as fn_catalog_grant() tells it */
} Change;

static void
change_clear(Change *change)
{
	json_decref(change->given);
	json_decref(change->grant);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Change, change_clear)

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static gboolean
check_day(const json_t *given, gint64 now, GError **error)
{
	const char *from = text_of(given, "from");
	gint64 end;

	if (!fn_catalog_day_end(from, &end))
		return fn_catalog_input(error, "the day from which it takes effect must be a date");
	return now >= end - G_TIME_SPAN_DAY || fn_catalog_state(error, "it was agreed to take effect on %s, not before", from);
}

/* A grant between the departments of this case, or NULL. */
static json_t *
read_grant(FnDb *db, const FnCase *which, const char *id, GError **error)
{
	static const char *const sides[] = { "provider", "consumer" };
	json_t *grant = fn_catalog_grant(db, id, error);

	for (gsize i = 0; grant != NULL && i < G_N_ELEMENTS(sides); i++)
		if (strcmp(text_of(grant, sides[i]), text_of(which->parties, sides[i])) != 0) {
			fn_catalog_input(error, "the grant is not one between the departments of this case");
			json_decref(grant);
			return NULL;
		}
	return grant;
}

static gboolean
begin(FnDb *db, const FnCase *which, gint64 now, Change *change, GError **error)
{
	change->given = fn_work_values(which, which->with, now);
	return check_day(change->given, now, error) && (change->grant = read_grant(db, which, text_of(change->given, "grant"), error)) != NULL;
}

/* The grant, and by the platform's @step the case of its application. */
static gboolean
move(FnDb *db, const FnCase *which, const Change *change, const char *state, const char *step, gint64 now, GError **error)
{
	g_autofree char *reason = g_strdup_printf("agreed and filed in case %s", which->id);
	g_autoptr(FnActor) platform = fn_work_platform();

	return fn_catalog_set_grant_state(db, text_of(change->grant, "id"), state, reason, NULL, now, error) &&
	       fn_work_step(which->work, db, text_of(change->grant, "case_id"), step, reason, NULL, platform, now, error);
}

gboolean
fn_change_pause(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	g_auto(Change) change = { 0 };

	return begin(db, which, now, &change, error) && move(db, which, &change, "suspended", "lapse", now, error);
}

gboolean
fn_change_stop(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	g_auto(Change) change = { 0 };

	return begin(db, which, now, &change, error) && move(db, which, &change, "disposal_due", "stopped", now, error);
}

/* ---- by another grant ---- */

static gboolean
has_field(const json_t *fields, const char *name)
{
	const json_t *field;
	gsize i;

	json_array_foreach(fields, i, field)
		if (strcmp(text_of(field, "name"), name) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
has_row(const json_t *rows, const json_t *wanted)
{
	const json_t *row;
	gsize i;

	json_array_foreach(rows, i, row)
		if (json_equal(row, wanted))
			return TRUE;
	return FALSE;
}

/* No field more, and every condition on rows again. */
static gboolean
check_narrower(const json_t *old, const json_t *new, GError **error)
{
	const json_t *item;
	gsize i;

	json_array_foreach(json_object_get(new, "fields"), i, item)
		if (!has_field(json_object_get(old, "fields"), text_of(item, "name")))
			return fn_catalog_input(error, "the new grant gives more than the old one: field \"%s\"", text_of(item, "name"));
	json_array_foreach(json_object_get(old, "rows"), i, item)
		if (!has_row(json_object_get(new, "rows"), item))
			return fn_catalog_input(error, "the new grant gives more than the old one: rows beyond the condition on \"%s\"", text_of(item, "field"));
	return TRUE;
}

/* For the same data, system and purpose. */
static gboolean
check_same(const json_t *old, const json_t *new, GError **error)
{
	static const char *const same[] = { "resource", "system", "purpose" };

	for (gsize i = 0; i < G_N_ELEMENTS(same); i++)
		if (strcmp(text_of(old, same[i]), text_of(new, same[i])) != 0)
			return fn_catalog_input(error, "the new grant is for another %s; that is no change but another share", same[i]);
	return TRUE;
}

static gboolean
check_replacement(const json_t *old, const json_t *new, GError **error)
{
	if (strcmp(text_of(old, "id"), text_of(new, "id")) == 0)
		return fn_catalog_input(error, "a grant does not replace itself; name the new one");
	if (strcmp(text_of(new, "state"), "active") != 0)
		return fn_catalog_state(error, "the new grant is %s; it must be active before the old one ends", text_of(new, "state"));
	return check_same(json_object_get(old, "content"), json_object_get(new, "content"), error) &&
	       check_narrower(json_object_get(old, "content"), json_object_get(new, "content"), error);
}

gboolean
fn_change_replace(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	g_auto(Change) change = { 0 };
	json_t *new = begin(db, which, now, &change, error) ? read_grant(db, which, text_of(change.given, "by"), error) : NULL;
	gboolean done = new != NULL && check_replacement(change.grant, new, error) && move(db, which, &change, "disposal_due", "stopped", now, error);

	json_decref(new);
	return done;
}
