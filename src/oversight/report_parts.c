/* Sections of reports that are no one statement. To add one: a function, its columns, and a row in the table. */
#include "oversight/oversight_priv.h"

#include "base/say.h"
#include "base/time.h"

#include <string.h>

/* Of a period that was not inspected there are none. */
static json_t *
scores(const FnPart *part, GError **error)
{
	g_autoptr(GError) why = NULL;
	json_t *list = fn_score_list(part->oversight->db, part->period, part->asked->organization, &why);

	if (list != NULL)
		return list;
	if (g_error_matches(why, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_UNKNOWN))
		return json_array();
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

/* ---- compliance ---- */

/* Duties are judged as they are now, so only for a period that runs. */
static json_t *
judged(const FnPart *part, GError **error)
{
	const FnOversight *oversight = part->oversight;
	FnComplianceFilter filter = { .organization = part->asked->organization, .chinese = part->asked->chinese };
	g_autoptr(FnLook) look = NULL;
	FnPeriod period;
	GDate today;

	fn_time_date(oversight->now, &today);
	if (!fn_period_parse(part->period, &period) || g_date_compare(&today, &period.first) < 0 || g_date_compare(&today, &period.last) > 0) {
		fn_refuse(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT,
			"\"period\": duties are judged as they are today; ask for a period that runs, such as %u", (guint)g_date_get_year(&today));
		return NULL;
	}
	look = fn_look_new(oversight);
	return fn_oversight_compliance(look, &filter, error);
}

static void
count(json_t *counts, const char *instrument, const char *state)
{
	json_t *row = json_object_get(counts, instrument);

	if (row == NULL) {
		row = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "instrument", instrument, "duties", 0, "met", 0, "at_risk", 0, "violated", 0,
			"recorded", 0, "not_yet", 0, "unmapped", 0);
		json_object_set_new(counts, instrument, row);
	}
	json_object_set_new(row, "duties", json_integer(json_integer_value(json_object_get(row, "duties")) + 1));
	json_object_set_new(row, state, json_integer(json_integer_value(json_object_get(row, state)) + 1));
}

static const char *const lists[] = { "duties", "law" };

static json_t *
instruments(const FnPart *part, GError **error)
{
	json_t *all = judged(part, error), *counts = json_object(), *rows = json_array(), *row;
	const char *key;

	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		const json_t *duties = json_object_get(all, lists[i]);

		for (size_t j = 0; j < json_array_size(duties); j++)
			count(counts, json_string_value(json_object_get(json_array_get(duties, j), "instrument")),
				json_string_value(json_object_get(json_array_get(duties, j), "state")));
	}
	json_object_foreach(counts, key, row)
		json_array_append(rows, row);
	json_decref(counts);
	if (all != NULL) {
		json_decref(all);
		return rows;
	}
	json_decref(rows);
	return NULL;
}

/* Duties in one of @states, one a row. */
static json_t *
duties_in(const FnPart *part, const char *const *states, GError **error)
{
	json_t *all = judged(part, error), *rows;

	if (all == NULL)
		return NULL;
	rows = json_array();
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		const json_t *duties = json_object_get(all, lists[i]);

		for (size_t j = 0; j < json_array_size(duties); j++) {
			const json_t *duty = json_array_get(duties, j);
			const char *state = json_string_value(json_object_get(duty, "state"));

			if (g_strv_contains(states, state))
				json_array_append_new(rows, json_pack("{s:O, s:O, s:O, s:O, s:O, s:O, s:O}", "id", json_object_get(duty, "id"), "instrument",
					json_object_get(duty, "instrument"), "article", json_object_get(duty, "article"), "who", json_object_get(duty, "who"), "duty",
					json_object_get(duty, "duty"), "state", json_object_get(duty, "state"), "why", json_object_get(duty, "why")));
		}
	}
	json_decref(all);
	return rows;
}

static json_t *
wrong(const FnPart *part, GError **error)
{
	static const char *const states[] = { "violated", "at_risk", "unmapped", NULL };

	return duties_in(part, states, error);
}

static json_t *
not_yet(const FnPart *part, GError **error)
{
	static const char *const states[] = { "not_yet", NULL };

	return duties_in(part, states, error);
}

static const char *const score_columns[] = { "organization", "name", "score", "findings", NULL };
static const char *const instrument_columns[] = { "instrument", "duties", "met", "at_risk", "violated", "recorded", "not_yet", "unmapped", NULL };
static const char *const duty_columns[] = { "id", "instrument", "article", "who", "duty", "state", "why", NULL };

static const struct {
	const char *name;
	FnPartMaker make;
	const char *const *columns;
	gboolean of_today;
} parts[] = {
	{ "scores", scores, score_columns, FALSE },
	{ "instruments", instruments, instrument_columns, TRUE },
	{ "duties_wrong", wrong, duty_columns, TRUE },
	{ "duties_not_yet", not_yet, duty_columns, TRUE },
};

gboolean
fn_part_is_of_today(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(parts); i++)
		if (strcmp(parts[i].name, name) == 0)
			return parts[i].of_today;
	return FALSE;
}

FnPartMaker
fn_part_find(const char *name, const char *const **columns_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (strcmp(parts[i].name, name) == 0) {
			*columns_out = parts[i].columns;
			return parts[i].make;
		}
	return NULL;
}
