/* What a column holds, judged from its header and a sample of its values. */
#include "scan/scan_priv.h"

#include "base/json.h"

#include <string.h>

enum { VALUE_MAX = 1024, COLUMNS_MAX = 1024, ENOUGH = 60 /* percent */, SERIAL_MIN = 5 };

void
fn_column_profile_clear(FnColumnProfile *profile)
{
	for (guint i = 0; i < profile->samples; i++)
		g_free(profile->sample[i].text);
	g_free(profile->contained);
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

static gboolean
alnum_only(const char *value, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (!g_ascii_isalnum(value[i]))
			return FALSE;
	return TRUE;
}

/* As it stands, and as the number that its groups make. */
static FnMatch
match(const FnScanner *scanner, const FnDetector *detector, const char *value, gsize size)
{
	char joined[FN_RUN_MAX];
	gsize joined_size;
	FnMatch found;

	if (detector->regex != NULL)
		return fn_regex_is(detector->regex, value, size) ? FN_MATCH_STRONG : FN_MATCH_NONE;
	if (detector->validator->check == NULL)
		return FN_MATCH_NONE;
	found = detector->validator->check(value, size, &scanner->issued);
	if (detector->validator->kind == FN_VALIDATE_TOKEN && (size < detector->min || size > detector->max) &&
		alnum_only(value, size))
		found = FN_MATCH_NONE;
	if (found != FN_MATCH_NONE || detector->patterns == 0 || !join_groups(value, size, joined, &joined_size) ||
		joined_size < detector->min || joined_size > detector->max)
		return found;
	return detector->validator->check(joined, joined_size, &scanner->issued);
}

/* ---- the header ---- */

/* Short Latin words are abbreviations: they stand for themselves, not inside of others ("xm" in "xmbh", "tel" in "hotel"). */
static gboolean
names(const char *header, const char *word)
{
	gsize size = strlen(word);
	gboolean latin = TRUE;

	for (const char *c = word; *c != '\0'; c++)
		latin &= g_ascii_isalpha(*c);
	for (const char *at = strstr(header, word); at != NULL; at = strstr(at + 1, word))
		if (!latin || size > 4 || ((at == header || !g_ascii_isalpha(at[-1])) && !g_ascii_isalpha(at[size])))
			return TRUE;
	return FALSE;
}

static gboolean
names_any(const char *header, char *const *words)
{
	for (; *words != NULL; words++)
		if (names(header, *words))
			return TRUE;
	return FALSE;
}

/* "手机号修改时间", "证件类型", "是否有电话": a header that speaks about the thing and does not hold it. */
static gboolean
is_about(const char *header)
{
	static char *const words[] = { "是否", "类型", "類型", "类别", "种类", "品牌", "型号", "数量", "个数", "次数", "状态", "标志", "标识", "有效期", "修改时间", "更新时间", "时间戳", "金额",
		"说明", "要求", "格式", "长度", "机关", "来源", "type", "status", "count", "flag", "update_time", "updated", NULL };

	return names_any(header, words);
}

int
fn_header_meaning(const FnDetector *detector, const char *header)
{
	if (names_any(header, detector->header_not))
		return -1;
	if (!names_any(header, detector->header))
		return 0;
	return is_about(header) ? -1 : 1;
}

/* ---- the values ---- */

typedef struct {
	const char *text;
	gsize size;
} Value;

typedef struct {
	Value *value; /* filled ones */
	guint n, distinct;
	gboolean serial; /* numbers one after the other */
} Sample;

/* Numbers of one length close to each other were counted, not given: whatever they look like. */
static gboolean
is_serial(const Sample *sample)
{
	guint64 least = G_MAXUINT64, most = 0;

	for (guint i = 0; i < sample->n; i++) {
		const Value *value = &sample->value[i];
		guint64 number = 0;

		if (value->size > 18 || value->size != sample->value[0].size)
			return FALSE;
		for (gsize k = 0; k < value->size; k++) {
			if (!g_ascii_isdigit(value->text[k]))
				return FALSE;
			number = number * 10 + (guint64)(value->text[k] - '0');
		}
		least = MIN(least, number);
		most = MAX(most, number);
	}
	return sample->distinct >= SERIAL_MIN && most - least < 20 * (guint64)sample->n;
}

static Sample
take_sample(const char *const *values, guint n)
{
	Sample sample = { .value = g_new(Value, n + 1) };
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < n; i++) {
		Value *value = &sample.value[sample.n];

		if (values[i] == NULL || !trim(values[i], &value->text, &value->size))
			continue;
		g_hash_table_add(seen, g_strndup(value->text, value->size));
		sample.n++;
	}
	sample.distinct = g_hash_table_size(seen);
	sample.serial = is_serial(&sample);
	return sample;
}

typedef struct {
	guint strong, weak;
	gboolean header;
} Tally;

static guint
matched(const Tally *tally)
{
	return tally->strong + (tally->header ? tally->weak : 0);
}

static Tally
count_values(const FnScanner *scanner, const FnDetector *detector, const char *header, const Sample *sample)
{
	Tally tally = { .header = fn_header_meaning(detector, header) > 0 };

	for (guint i = 0; i < sample->n; i++) {
		FnMatch found = match(scanner, detector, sample->value[i].text, sample->value[i].size);

		tally.strong += (guint)(found == FN_MATCH_STRONG);
		tally.weak += (guint)(found == FN_MATCH_WEAK);
	}
	return tally;
}

/* Weak matches count only under the right header, and without a header most values must match. A header alone is a
 * proposal too, with whatever confidence the values give it: a person decides, and silence would be the worse mistake. */
static guint
weight(const FnDetector *detector, const Tally *tally, const Sample *sample)
{
	guint percent = sample->n == 0 ? 0 : matched(tally) * 100 / sample->n;

	if (tally->header)
		return 30 + percent;
	return !detector->needs_header && !sample->serial && percent >= ENOUGH ? percent : 0;
}

/* Ends of the value, stars between; a short value becomes stars throughout. */
static char *
masked(const Value *value)
{
	gsize keep, n;
	g_autofree char *text = g_utf8_make_valid(value->text, (gssize)MIN(value->size, 96));
	GString *out = g_string_new(NULL);

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

/* Values that match first; one that does not, if there is one. */
static void
show_samples(const FnScanner *scanner, const FnDetector *detector, const Sample *sample, gboolean header, FnColumnProfile *profile)
{
	for (guint wanted = 1; wanted <= 2; wanted++) {
		for (guint i = 0, n = 0; i < sample->n && n < 3 - wanted && profile->samples < G_N_ELEMENTS(profile->sample); i++) {
			FnMatch found = detector != NULL ? match(scanner, detector, sample->value[i].text, sample->value[i].size) : FN_MATCH_NONE;
			gboolean counts = found == FN_MATCH_STRONG || (found == FN_MATCH_WEAK && header);

			if (counts != (wanted == 1))
				continue;
			profile->sample[profile->samples++] = (FnColumnSample){ masked(&sample->value[i]), counts };
			n++;
		}
	}
}

/* ---- text that has identifiers inside ---- */

/* Counts the values of each detector that the scanner finds in them. */
static guint
count_contained(const FnScanner *scanner, const Sample *sample, guint *values)
{
	guint any = 0;

	for (guint i = 0; i < sample->n; i++) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, sample->value[i].text, sample->value[i].size);
		g_autofree guint8 *seen = g_new0(guint8, scanner->detectors);

		for (guint k = 0; k < result->listed; k++) {
			guint16 which = result->findings->at[k].which;

			values[which] += !seen[which];
			seen[which] = 1;
		}
		any += (guint)(result->listed > 0);
	}
	return any;
}

/* A column without a kind of its own gets the level of the worst inside, and is redacted when a person may be. */
static void
look_inside(const FnScanner *scanner, const Sample *sample, FnColumnProfile *profile)
{
	g_autofree guint *values = g_new0(guint, scanner->detectors + 1);
	guint any = count_contained(scanner, sample, values), n = 0;

	if (sample->n == 0 || any == 0)
		return;
	profile->contained = g_new(FnColumnContent, scanner->detectors);
	for (guint d = 0; d < scanner->detectors; d++) {
		const FnDetector *detector = &scanner->detector[d];

		if (values[d] == 0)
			continue;
		profile->contained[n++] = (FnColumnContent){ detector->id, detector->level, values[d] };
		profile->level = MAX(profile->level, detector->level);
		if (detector->level > 1)
			profile->mask = "redact";
		if (!g_str_equal(detector->identifier, "none") && !g_str_equal(profile->identifier, "direct"))
			profile->identifier = detector->identifier;
	}
	profile->contents = n;
	profile->matched = any;
	profile->confidence = any * 100 / sample->n;
	profile->why = FN_COLUMN_CONTAINS;
}

static void
propose(const FnDetector *detector, const Tally *tally, guint filled, FnColumnProfile *profile)
{
	profile->detector = detector->id;
	profile->level = detector->level;
	profile->identifier = detector->identifier;
	profile->mask = detector->mask;
	profile->strong = tally->strong;
	profile->weak = tally->weak;
	profile->matched = matched(tally);
	profile->confidence = filled == 0 ? 0 : profile->matched * 100 / filled;
	profile->why = !tally->header ? FN_COLUMN_VALUES : profile->matched > 0 ? FN_COLUMN_HEADER_AND_VALUES : FN_COLUMN_HEADER;
}

FnColumnProfile
fn_scan_column(const FnScanner *scanner, const char *header, const char *const *values, guint n)
{
	FnColumnProfile profile = { .level = 1, .identifier = "none", .mask = "keep", .sampled = n };
	g_autofree char *valid = g_utf8_make_valid(header != NULL ? header : "", -1), *lower = g_utf8_strdown(valid, -1);
	Sample sample = take_sample(values, n);
	const FnDetector *chosen = NULL;
	gboolean by_header = FALSE;
	guint best = 0;

	profile.filled = sample.n;
	profile.distinct = sample.distinct;
	for (guint i = 0; i < scanner->detectors; i++) {
		const FnDetector *detector = &scanner->detector[i];
		Tally tally = count_values(scanner, detector, lower, &sample);
		guint weighs = weight(detector, &tally, &sample);

		if (weighs <= best)
			continue;
		best = weighs;
		chosen = detector;
		by_header = tally.header;
		propose(detector, &tally, sample.n, &profile);
	}
	if (chosen == NULL && !sample.serial)
		look_inside(scanner, &sample, &profile);
	show_samples(scanner, chosen, &sample, by_header, &profile);
	g_free(sample.value);
	return profile;
}

/* ---- as JSON ---- */

static const char *
why_name(FnColumnWhy why)
{
	static const char *const name[] = { "nothing", "header", "values", "header_and_values", "contains" };

	g_assert(why < G_N_ELEMENTS(name));
	return name[why];
}

static void
write_evidence(FnJson *json, const FnColumnProfile *profile)
{
	fn_json_member_int(json, "filled", profile->filled);
	fn_json_member_int(json, "distinct", profile->distinct);
	fn_json_member_int(json, "strong", profile->strong);
	fn_json_member_int(json, "weak", profile->weak);
	fn_json_member(json, "why", why_name(profile->why));
	fn_json_name(json, "samples");
	fn_json_begin_array(json);
	for (guint i = 0; i < profile->samples; i++) {
		fn_json_begin_object(json);
		fn_json_member(json, "text", profile->sample[i].text);
		fn_json_member_bool(json, "matched", profile->sample[i].matched);
		fn_json_end_object(json);
	}
	fn_json_end_array(json);
	fn_json_name(json, "contains");
	fn_json_begin_array(json);
	for (guint i = 0; i < profile->contents; i++) {
		fn_json_begin_object(json);
		fn_json_member(json, "detector", profile->contained[i].detector);
		fn_json_member_int(json, "level", profile->contained[i].level);
		fn_json_member_int(json, "values", profile->contained[i].values);
		fn_json_end_object(json);
	}
	fn_json_end_array(json);
}

static void
write_profile(FnJson *json, const FnColumnProfile *profile)
{
	gboolean shown = profile->samples > 0 && profile->sample[0].matched;

	fn_json_begin_object(json);
	fn_json_member(json, "detector", profile->detector);
	fn_json_member_int(json, "confidence", profile->confidence);
	fn_json_member_int(json, "level", profile->level);
	fn_json_member(json, "identifier", profile->identifier);
	fn_json_member(json, "mask", profile->mask);
	fn_json_member_int(json, "sampled", profile->sampled);
	fn_json_member_int(json, "matched", profile->matched);
	fn_json_member(json, "sample", shown ? profile->sample[0].text : NULL);
	write_evidence(json, profile);
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
