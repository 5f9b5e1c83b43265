/* From rules/detectors/ to the table of detectors and the words of the automaton. */
#include "base/text.h"
#include "scan/scan_priv.h"

#include <string.h>

gboolean
fn_scan_refuse(GError **error, const FnNode *node, const char *format, ...)
{
	g_autofree char *place = fn_node_place(node), *why = NULL, *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	why = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	safe = fn_text_safe(why, -1, 400);
	g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_RULE, "%s: %s", place, safe);
	return FALSE;
}

static gboolean
only_keys(const FnNode *map, const char *const *known, GError **error)
{
	for (guint i = 0; i < fn_node_count(map); i++)
		if (!g_strv_contains(known, fn_node_key_at(map, i)))
			return fn_scan_refuse(error, fn_node_at(map, i), "unknown key \"%s\"; remove it", fn_node_key_at(map, i));
	return TRUE;
}

static gboolean
one_of(const FnNode *map, const char *key, const char *const *words, GError **error)
{
	const FnNode *node = fn_node_get(map, key);
	const char *text = fn_node_scalar(node);
	g_autofree char *known = g_strjoinv(", ", (char **)words);

	if (node == NULL || (text != NULL && g_strv_contains(words, text)))
		return TRUE;
	return fn_scan_refuse(error, node, "%s is one of: %s", key, known);
}

static gboolean
read_size(const FnNode *node, guint least, guint most, guint *out)
{
	const char *text = fn_node_scalar(node);
	guint64 size;

	if (text == NULL || !g_ascii_string_to_unsigned(text, 10, least, most, &size, NULL))
		return FALSE;
	*out = (guint)size;
	return TRUE;
}

static gboolean
read_lengths(FnDetector *detector, const FnNode *length, GError **error)
{
	detector->min = detector->validator->min;
	detector->max = detector->validator->max;
	if (length == NULL)
		return TRUE;
	if (fn_node_count(length) != 2 || !read_size(fn_node_at(length, 0), 0, FN_RUN_MAX, &detector->min) ||
		!read_size(fn_node_at(length, 1), 0, FN_RUN_MAX, &detector->max))
		return fn_scan_refuse(error, length, "length must be a list of two numbers, the least and the most");
	if (detector->min < detector->validator->min || detector->max > detector->validator->max || detector->min > detector->max)
		return fn_scan_refuse(error, length, "length must lie within %u and %u, which validator %s reads", detector->validator->min,
			detector->validator->max, detector->validator->name);
	return TRUE;
}

static gboolean
read_pattern(FnDetector *detector, const FnNode *sizes, GError **error)
{
	if (fn_node_count(sizes) == 0 || fn_node_count(sizes) > FN_GROUPS_MAX || detector->patterns == FN_PATTERNS_MAX)
		return fn_scan_refuse(error, sizes, "at most %d patterns of 1 to %d group sizes", FN_PATTERNS_MAX, FN_GROUPS_MAX);
	for (guint i = 0; i < fn_node_count(sizes); i++) {
		guint size;

		if (!read_size(fn_node_at(sizes, i), 2, 8, &size))
			return fn_scan_refuse(error, sizes, "group sizes are numbers from 2 to 8");
		detector->group[detector->patterns][i] = (guint8)size;
	}
	detector->groups[detector->patterns++] = fn_node_count(sizes);
	return TRUE;
}

/* [6, 8, 4], or several such lists. */
static gboolean
read_groups(FnDetector *detector, const FnNode *grouped, GError **error)
{
	if (fn_node_count(grouped) == 0)
		return TRUE;
	if (fn_node_scalar(fn_node_at(grouped, 0)) != NULL)
		return read_pattern(detector, grouped, error);
	for (guint i = 0; i < fn_node_count(grouped); i++)
		if (!read_pattern(detector, fn_node_at(grouped, i), error))
			return FALSE;
	return TRUE;
}

/* How many characters beside an anchor, as bytes. */
static gboolean
read_beside(const FnNode *shape, const char *key, gint64 otherwise, guint *bytes, GError **error)
{
	const FnNode *node = fn_node_get(shape, key);
	gint64 characters = node != NULL ? fn_node_int(shape, key, -1) : otherwise;

	if (characters < 0 || characters > FN_BESIDE_MAX)
		return fn_scan_refuse(error, node, "%s is a number of characters from 0 to %d", key, FN_BESIDE_MAX);
	*bytes = (guint)characters * 3;
	return TRUE;
}

static gboolean
read_regex(FnScanner *scanner, FnDetector *detector, const FnNode *shape, GError **error)
{
	const FnNode *pattern = fn_node_get(shape, "pattern"), *anchors = fn_node_get(shape, "anchors");
	g_autofree char *why = NULL;

	if (pattern == NULL || fn_node_scalar(pattern) == NULL)
		return fn_scan_refuse(error, shape, "validator regex needs a pattern; write pattern: …");
	if (fn_node_count(anchors) == 0)
		return fn_scan_refuse(error, pattern, "a pattern needs anchors: words near which it is looked for; write anchors: [one, two]");
	detector->regex = fn_regex_new(fn_node_scalar(pattern), &why);
	if (detector->regex == NULL)
		return fn_scan_refuse(error, pattern, "pattern: %s", why);
	detector->needs_header = TRUE;
	for (guint i = 0; i < fn_node_count(anchors); i++) {
		const char *text = fn_node_scalar(fn_node_at(anchors, i));

		if (text == NULL || strlen(text) < 2 || strlen(text) > FN_WORD_SIZE)
			return fn_scan_refuse(error, fn_node_at(anchors, i), "anchors have 2 to %d bytes", FN_WORD_SIZE);
		fn_scan_add_word(scanner, text, FN_USE_ANCHOR);
	}
	return read_beside(shape, "before", 0, &detector->before, error) && read_beside(shape, "after", 64, &detector->after, error);
}

static gboolean
read_shape(FnScanner *scanner, FnDetector *detector, const FnNode *file, GError **error)
{
	static const char *const plain[] = { "class", "length", "grouped", "validator", "header", NULL };
	static const char *const classes[] = { "digits", "alnum", NULL }, *const headers[] = { "required", NULL };
	static const char *const regex[] = { "validator", "pattern", "anchors", "before", "after", NULL };
	const FnNode *shape = fn_node_get(file, "shape");
	const char *name = fn_node_text(shape, "validator");
	g_autofree char *names = fn_validator_names();

	if (shape == NULL)
		return fn_scan_refuse(error, file, "shape is missing; name its validator");
	detector->validator = fn_validator(name);
	detector->sure = detector->validator != NULL && detector->validator->sure;
	if (detector->validator == NULL)
		return fn_scan_refuse(error, shape, "no validator \"%s\"; use one of %s", name != NULL ? name : "", names);
	if (detector->validator->kind == FN_VALIDATE_REGEX)
		return only_keys(shape, regex, error) && read_regex(scanner, detector, shape, error);
	if (!only_keys(shape, plain, error) || !one_of(shape, "class", classes, error) || !one_of(shape, "header", headers, error))
		return FALSE;
	if (g_strcmp0(fn_node_text(shape, "header"), "required") == 0 || detector->validator->kind == FN_VALIDATE_VALUE)
		detector->needs_header = TRUE;
	return read_lengths(detector, fn_node_get(shape, "length"), error) &&
		read_groups(detector, fn_node_get(shape, "grouped"), error);
}

static gboolean
read_score(FnDetector *detector, const FnNode *file, GError **error)
{
	static const char *const known[] = { "shape", "validated", "context", "against", "report", NULL };
	const FnNode *score = fn_node_get(file, "score");

	detector->shape = (int)(fn_node_number(score, "shape", 0) * 100 + 0.5);
	detector->validated = (int)(fn_node_number(score, "validated", 0) * 100 + 0.5);
	detector->context = (int)(fn_node_number(score, "context", 0) * 100 + 0.5);
	detector->against = -(int)(-fn_node_number(score, "against", 0) * 100 + 0.5);
	detector->report = (int)(fn_node_number(score, "report", 0) * 100 + 0.5);
	if (score != NULL && !only_keys(score, known, error))
		return FALSE;
	if (detector->shape < 0 || detector->validated < 0 || detector->context < 0 || detector->against > 0 || detector->against < -100 ||
		detector->shape > 100 || detector->validated > 100 || detector->context > 100 || detector->report > 100)
		return fn_scan_refuse(error, score, "scores lie between 0 and 1, against between -1 and 0");
	if (detector->report <= 0)
		return fn_scan_refuse(error, score != NULL ? score : file, "score.report is missing: from which score on is it a finding?");
	return TRUE;
}

/* {default: partial, keep: [6, 4]} → "partial:keep=6.4"; other parameters as they are. */
static gboolean
read_mask(FnScanner *scanner, FnDetector *detector, const FnNode *file, GError **error)
{
	const FnNode *mask = fn_node_get(file, "mask");
	const char *operator = fn_node_text(mask, "default");
	g_autoptr(GString) spec = g_string_new(operator);

	if (mask != NULL && operator == NULL)
		return fn_scan_refuse(error, mask, "mask needs its default operator");
	for (guint i = 0; i < fn_node_count(mask); i++) {
		const char *key = fn_node_key_at(mask, i), *text = fn_node_scalar(fn_node_at(mask, i));

		if (g_str_equal(key, "default"))
			continue;
		g_string_append_printf(spec, "%c%s=", strchr(spec->str, ':') == NULL ? ':' : ',', key);
		if (text != NULL)
			g_string_append(spec, text);
		for (guint k = 0; text == NULL && k < fn_node_count(fn_node_at(mask, i)); k++) {
			const char *item = fn_node_scalar(fn_node_at(fn_node_at(mask, i), k));

			if (item == NULL)
				return fn_scan_refuse(error, fn_node_at(mask, i), "mask: %s is one value or a list of values", key);
			g_string_append_printf(spec, "%s%s", k > 0 ? "." : "", item);
		}
	}
	detector->mask = g_string_chunk_insert_const(scanner->strings, mask != NULL ? spec->str : "keep");
	return TRUE;
}

static char **
read_headers(FnScanner *scanner, const FnNode *list)
{
	char **text = g_new0(char *, fn_node_count(list) + 1);

	for (guint i = 0; i < fn_node_count(list); i++) {
		g_autofree char *lower = g_utf8_strdown(fn_node_scalar(fn_node_at(list, i)), -1);

		text[i] = g_string_chunk_insert_const(scanner->strings, lower);
	}
	g_ptr_array_add(scanner->vectors, text);
	return text;
}

static FnVocabulary *
words_near(FnScanner *scanner, guint which)
{
	if (scanner->near->len <= which)
		g_ptr_array_set_size(scanner->near, (int)which + 1);
	if (scanner->near->pdata[which] == NULL) {
		scanner->near->pdata[which] = g_new0(FnVocabulary, 1);
		fn_vocabulary_init(scanner->near->pdata[which]);
	}
	return scanner->near->pdata[which];
}

void
fn_scan_add_word(FnScanner *scanner, const char *text, FnUseKind kind)
{
	gboolean near = kind == FN_USE_CONTEXT || kind == FN_USE_AGAINST;

	fn_vocabulary_add(near ? words_near(scanner, scanner->detectors) : &scanner->finding, text, scanner->detectors, kind);
}

static gboolean
add_words(FnScanner *scanner, const FnNode *list, FnUseKind kind, GError **error)
{
	for (guint i = 0; i < fn_node_count(list); i++) {
		const char *text = fn_node_scalar(fn_node_at(list, i));

		if (text == NULL || *text == '\0' || strlen(text) > FN_WORD_SIZE)
			return fn_scan_refuse(error, fn_node_at(list, i), "words have 1 to %d bytes", FN_WORD_SIZE);
		fn_scan_add_word(scanner, text, kind);
	}
	return TRUE;
}

/* A secrecy word with nothing, a blank or a wide blank between its two characters. */
static void
add_mark_word(FnScanner *scanner, const char *word)
{
	static const char *const gap[] = { "", " ", "\xe3\x80\x80", "  ", "\xe3\x80\x80\xe3\x80\x80" };
	gsize first = (gsize)(g_utf8_next_char(word) - word);

	for (gsize i = 0; i < G_N_ELEMENTS(gap); i++) {
		g_autofree char *spread = g_strdup_printf("%.*s%s%s", (int)first, word, gap[i], word + first);

		fn_scan_add_word(scanner, spread, FN_USE_AROUND);
	}
}

static gboolean
read_words(FnScanner *scanner, FnDetector *detector, const FnNode *file, GError **error)
{
	const FnNode *context = fn_node_get(file, "context"), *words = fn_node_get(file, "words");
	gint64 near = fn_node_int(context, "near", 24);

	if (near < 1 || near > FN_NEAR_MAX / 3)
		return fn_scan_refuse(error, context, "near must be 1 to %d characters", FN_NEAR_MAX / 3);
	detector->near = (guint)near * 3;
	if (!add_words(scanner, fn_node_get(context, "words"), FN_USE_CONTEXT, error) ||
		!add_words(scanner, fn_node_get(context, "against"), FN_USE_AGAINST, error))
		return FALSE;
	if (detector->validator->kind == FN_VALIDATE_WORD)
		return fn_node_count(words) > 0 ? add_words(scanner, words, FN_USE_FINDING, error)
			: fn_scan_refuse(error, file, "words are missing");
	if (detector->validator->kind == FN_VALIDATE_MARK) {
		for (guint i = 0; i < fn_node_count(words); i++)
			add_mark_word(scanner, fn_node_scalar(fn_node_at(words, i)));
		return fn_node_count(words) > 0 ? TRUE : fn_scan_refuse(error, file, "words are missing: the names of the secrecy levels");
	}
	if (detector->validator->around != NULL)
		return add_words(scanner, words, FN_USE_AROUND, error);
	return words == NULL || fn_scan_refuse(error, words, "validator %s has no words", detector->validator->name);
}

/* Rule files of both kinds: who it is, and what a finding means. */
static gboolean
read_meaning(FnScanner *scanner, FnDetector *detector, const FnNode *file, GError **error)
{
	const char *id = fn_node_text(file, "id"), *identifier = fn_node_text(file, "identifier"), *verdict = fn_node_text(file, "verdict");

	if (scanner->detectors == FN_DETECTORS_MAX)
		return fn_scan_refuse(error, file, "more than %d detectors and dictionaries; take some out", FN_DETECTORS_MAX);
	for (guint i = 0; i < scanner->detectors; i++)
		if (g_strcmp0(scanner->detector[i].id, id) == 0)
			return fn_scan_refuse(error, file, "a detector has the id \"%s\" already; give it another", id);
	detector->id = g_string_chunk_insert_const(scanner->strings, id);
	detector->level = (guint)fn_node_int(file, "level", 6);
	detector->identifier = g_string_chunk_insert_const(scanner->strings, identifier != NULL ? identifier : "none");
	detector->blocks = g_strcmp0(verdict, "blocked") == 0;
	if (verdict != NULL && !detector->blocks && !g_str_equal(verdict, "found"))
		return fn_scan_refuse(error, fn_node_get(file, "verdict"), "verdict is found or blocked, not \"%s\"", verdict);
	detector->header = read_headers(scanner, fn_node_get(file, "header"));
	detector->header_not = read_headers(scanner, fn_node_get(fn_node_get(file, "context"), "against"));
	return read_mask(scanner, detector, file, error);
}

static gboolean
read_detector(FnScanner *scanner, const FnNode *file, GError **error)
{
	guint16 which = (guint16)scanner->detectors;
	FnDetector detector = { 0 };

	if (!read_meaning(scanner, &detector, file, error) || !read_shape(scanner, &detector, file, error) ||
		!read_score(&detector, file, error) || !read_words(scanner, &detector, file, error)) {
		fn_regex_free(detector.regex);
		return FALSE;
	}
	for (const char *sign = detector.validator->signs; sign != NULL && *sign != '\0'; sign++)
		g_array_append_val(scanner->of_sign[(guint8)*sign], which);
	if (detector.max > 0)
		for (guint size = detector.min; size <= detector.max; size++)
			g_array_append_val(scanner->of_size[size], which);
	scanner->detector[scanner->detectors++] = detector;
	return TRUE;
}

/* A dictionary is a detector whose words need no context. */
static gboolean
read_dictionary(FnScanner *scanner, const FnNode *file, GError **error)
{
	FnDetector detector = { .validator = fn_validator("words"), .shape = 90, .report = 80 };

	if (!read_meaning(scanner, &detector, file, error) || !fn_dictionary_read(scanner, file, error))
		return FALSE;
	scanner->detector[scanner->detectors++] = detector;
	return TRUE;
}

/* What the pack in force counts as issued besides the national tables. */
static gboolean
read_issued(FnScanner *scanner, const FnRules *rules, GError **error)
{
	static const struct {
		const char *parameter;
		gboolean (*add)(FnIssued *issued, const char *list);
	} table[] = { { "issued_provinces", fn_issued_add_provinces }, { "issued_mobile", fn_issued_add_mobile },
		{ "issued_cards", fn_issued_add_cards } };

	scanner->issued = fn_issued_national();
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		FnParameter parameter;

		if (!fn_rules_parameter(rules, table[i].parameter, &parameter) || parameter.value == NULL)
			continue;
		if (!table[i].add(&scanner->issued, parameter.value)) {
			g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_RULE, "%s: %s: expected number prefixes separated by blanks or commas",
				parameter.place, table[i].parameter);
			return FALSE;
		}
	}
	return TRUE;
}

/* Files without a known validator come last, to be refused. */
static guint
rank_of(const FnNode *file)
{
	const FnValidator *validator = fn_validator(fn_node_text(fn_node_get(file, "shape"), "validator"));

	return validator != NULL ? fn_validator_rank(validator) : fn_validators();
}

/* Detectors stand in the order of precedence of their validators, files of one validator in order of ids. */
gboolean
fn_detectors_read(FnScanner *scanner, const FnRules *rules, GError **error)
{
	guint n, dictionaries;
	const FnNode *const *file = fn_rules_all(rules, "detectors", &n), *const *dictionary = fn_rules_all(rules, "dictionaries", &dictionaries);

	if (!read_issued(scanner, rules, error))
		return FALSE;
	if (n == 0) {
		g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_RULE, "the rules have no detectors; put files into detectors/");
		return FALSE;
	}
	scanner->detector = g_new0(FnDetector, (gsize)n + dictionaries);
	for (guint rank = 0; rank <= fn_validators(); rank++)
		for (guint i = 0; i < n; i++)
			if (rank_of(file[i]) == rank && !read_detector(scanner, file[i], error))
				return FALSE;
	for (guint i = 0; i < dictionaries; i++)
		if (!read_dictionary(scanner, dictionary[i], error))
			return FALSE;
	for (guint i = 0; i < scanner->near->len; i++)
		if (scanner->near->pdata[i] != NULL && !fn_vocabulary_close(scanner->near->pdata[i], &fn_tails, error))
			return FALSE;
	return fn_vocabulary_close(&scanner->finding, NULL, error);
}
