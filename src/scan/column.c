/* What a column holds, judged from its header and a sample of its values. */
#include "scan/scan_priv.h"

#include "base/json.h"

#include <string.h>

enum { VALUE_MAX = 1024, COLUMNS_MAX = 1024 };

void
fn_column_profile_clear(FnColumnProfile *profile)
{
	g_free(profile->sample);
	*profile = (FnColumnProfile){ 0 };
}

/* The value without blanks around it and without separators inside a number; FALSE when nothing is left. */
static gboolean
trim(const char *value, const char **start, gsize *size)
{
	while (g_ascii_isspace(*value))
		value++;
	*size = strnlen(value, VALUE_MAX);
	while (*size > 0 && g_ascii_isspace(value[*size - 1]))
		(*size)--;
	*start = value;
	return *size > 0;
}

/* "138-1234-5678" as "13812345678"; FALSE when @value is no number in groups. */
static gboolean
join_groups(const char *value, gsize size, char *out, gsize *out_size)
{
	*out_size = 0;
	for (gsize i = 0; i < size; i++) {
		if ((value[i] == ' ' || value[i] == '-') && i > 0)
			continue;
		if (!g_ascii_isalnum(value[i]) || *out_size == FN_RUN_MAX)
			return FALSE;
		out[(*out_size)++] = value[i];
	}
	return *out_size < size;
}

static FnMatch
match(const FnScanner *scanner, const FnDetector *detector, const char *value, gsize size)
{
	char joined[FN_RUN_MAX];
	gsize joined_size;

	if (detector->validator->check == NULL)
		return FN_MATCH_NONE;
	if (detector->validator->kind != FN_VALIDATE_TOKEN)
		return detector->validator->check(value, size, &scanner->issued);
	if (detector->patterns > 0 && join_groups(value, size, joined, &joined_size))
		value = joined, size = joined_size;
	if (size < detector->min || size > detector->max)
		return FN_MATCH_NONE;
	return detector->validator->check(value, size, &scanner->issued);
}

static gboolean
contains_any(const char *text, char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(text, *words) != NULL)
			return TRUE;
	return FALSE;
}

typedef struct {
	guint strong, weak;
	gboolean header;
	const char *sample; /* a value that matched */
} Tally;

static void
count_values(const FnScanner *scanner, const FnDetector *detector, const char *const *values, guint n, Tally *tally)
{
	for (guint i = 0; i < n; i++) {
		const char *value;
		gsize size;
		FnMatch found;

		if (values[i] == NULL || !trim(values[i], &value, &size))
			continue;
		found = match(scanner, detector, value, size);
		tally->strong += (guint)(found == FN_MATCH_STRONG);
		tally->weak += (guint)(found == FN_MATCH_WEAK);
		if (found != FN_MATCH_NONE && tally->sample == NULL)
			tally->sample = values[i];
	}
}

/* Weak matches count only under the right header, and without a header most values must match. A header alone is a
 * proposal too, with whatever confidence the values give it: a person decides, and silence would be the worse mistake. */
static guint
weight(const FnDetector *detector, const Tally *tally, guint filled)
{
	guint matched = tally->strong + (tally->header ? tally->weak : 0);
	guint percent = filled == 0 ? 0 : matched * 100 / filled;

	if (tally->header)
		return 30 + percent;
	return !detector->needs_header && percent >= 60 ? percent : 0;
}

/* Ends of the value, stars between; a short value becomes stars throughout. */
static char *
masked_sample(const char *value)
{
	const char *start;
	gsize size, keep, n;
	g_autofree char *text = NULL;
	GString *out = g_string_new(NULL);

	if (!trim(value, &start, &size))
		return g_string_free(out, FALSE);
	text = g_utf8_make_valid(start, (gssize)MIN(size, 96));
	n = (gsize)g_utf8_strlen(text, -1);
	keep = MIN(n / 6, 3);
	for (gsize i = 0; i < n; i++) {
		if (i < keep || i >= n - keep)
			g_string_append_unichar(out, g_utf8_get_char(g_utf8_offset_to_pointer(text, (glong)i)));
		else
			g_string_append_c(out, '*');
	}
	return g_string_free(out, FALSE);
}

static guint
count_filled(const char *const *values, guint n)
{
	guint filled = 0;

	for (guint i = 0; i < n; i++) {
		const char *start;
		gsize size;

		filled += (guint)(values[i] != NULL && trim(values[i], &start, &size));
	}
	return filled;
}

FnColumnProfile
fn_scan_column(const FnScanner *scanner, const char *header, const char *const *values, guint n)
{
	FnColumnProfile profile = { .level = 1, .identifier = "none", .mask = "keep", .sampled = n };
	g_autofree char *valid = g_utf8_make_valid(header != NULL ? header : "", -1), *lower = g_utf8_strdown(valid, -1);
	guint filled = count_filled(values, n), best = 0;

	for (guint i = 0; i < scanner->detectors; i++) {
		const FnDetector *detector = &scanner->detector[i];
		Tally tally = { .header = contains_any(lower, detector->header) && !contains_any(lower, detector->header_not) };
		guint weighs;

		count_values(scanner, detector, values, n, &tally);
		weighs = weight(detector, &tally, filled);
		if (weighs <= best)
			continue;
		best = weighs;
		g_free(profile.sample);
		profile.detector = detector->id;
		profile.level = detector->level;
		profile.identifier = detector->identifier;
		profile.mask = detector->mask;
		profile.matched = tally.strong + (tally.header ? tally.weak : 0);
		profile.confidence = filled == 0 ? 0 : profile.matched * 100 / filled;
		profile.sample = tally.sample != NULL ? masked_sample(tally.sample) : NULL;
	}
	return profile;
}

/* ---- as JSON ---- */

static void
write_profile(FnJson *json, const FnColumnProfile *profile)
{
	fn_json_begin_object(json);
	fn_json_member(json, "detector", profile->detector);
	fn_json_member_int(json, "confidence", profile->confidence);
	fn_json_member_int(json, "level", profile->level);
	fn_json_member(json, "identifier", profile->identifier);
	fn_json_member(json, "mask", profile->mask);
	fn_json_member_int(json, "sampled", profile->sampled);
	fn_json_member_int(json, "matched", profile->matched);
	fn_json_member(json, "sample", profile->sample);
	fn_json_end_object(json);
}

static gboolean
profile_column(const FnScanner *scanner, const json_t *column, FnJson *json, GError **error)
{
	const char *header = fn_json_get_text(column, "header", TRUE, error);
	const json_t *values = json_object_get(column, "values");
	gsize n = json_array_size(values);
	g_autofree const char **text = g_new0(const char *, n + 1);
	FnColumnProfile profile;

	if (header == NULL)
		return FALSE;
	if (!json_is_array(values)) {
		g_set_error(error, FN_JSON_ERROR, FN_JSON_ERROR_SHAPE, "\"values\" must be a list of texts and nulls");
		return FALSE;
	}
	for (gsize i = 0; i < n; i++)
		text[i] = json_string_value(json_array_get(values, i));
	profile = fn_scan_column(scanner, header, text, (guint)n);
	write_profile(json, &profile);
	fn_column_profile_clear(&profile);
	return TRUE;
}

char *
fn_scan_profile_json(const FnScanner *scanner, const char *text, gsize size, GError **error)
{
	json_t *request = fn_json_parse(text, size, error);
	const json_t *columns = json_object_get(request, "columns");
	g_autoptr(GString) out = g_string_new(NULL);
	FnJson json = fn_json_to(out);
	gboolean fine = request != NULL;

	if (fine && (!json_is_array(columns) || json_array_size(columns) > COLUMNS_MAX)) {
		g_set_error(error, FN_JSON_ERROR, FN_JSON_ERROR_SHAPE, "\"columns\" must be a list of at most %d columns", COLUMNS_MAX);
		fine = FALSE;
	}
	fn_json_begin_object(&json);
	fn_json_name(&json, "columns");
	fn_json_begin_array(&json);
	for (gsize i = 0; fine && i < json_array_size(columns); i++)
		fine = profile_column(scanner, json_array_get(columns, i), &json, error);
	fn_json_end_array(&json);
	fn_json_end_object(&json);
	json_decref(request);
	return fine ? g_strdup(out->str) : NULL;
}
