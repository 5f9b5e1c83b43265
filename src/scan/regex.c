#include "scan/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

enum {
	PATTERN_SIZE = 500,
	REPEAT_MAX = 200,
	NEST_MAX = 20,
	STEPS_MAX = 2000, /* places to come back to, from one place of the text */
	DEPTH_MAX = 500,
	HEAP_KB = 1024,
};

struct FnRegex {
	pcre2_code *code;
	pcre2_match_context *limits;
};

/* ---- what may stand in a pattern ---- */

/* Behind "[": where the class ends. */
static const char *
class_end(const char *at)
{
	at += *at == '^';
	at += *at == ']';
	for (; *at != '\0' && *at != ']'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (g_str_has_prefix(at, "[:")) {
			const char *behind = at + 2 + strspn(at + 2, "^abcdefghijklmnopqrstuvwxyz");

			at = g_str_has_prefix(behind, ":]") ? behind + 1 : at;
		}
	}
	return *at == ']' ? at + 1 : at;
}

/* "{n}" and "{n,m}" with small numbers; what is no repetition is a character like others. */
static const char *
check_repeat(const char *at, const char **why)
{
	gsize digits = strspn(at + 1, "0123456789");
	const char *behind = at + 1 + digits;
	guint64 most = g_ascii_strtoull(at + 1, NULL, 10);

	if (digits == 0 || (*behind != '}' && *behind != ','))
		return at + 1;
	if (*behind == ',') {
		digits = strspn(behind + 1, "0123456789");
		most = digits > 0 ? g_ascii_strtoull(behind + 1, NULL, 10) : G_MAXUINT64;
		behind += 1 + digits;
	}
	if (*behind != '}')
		return at + 1;
	if (most > REPEAT_MAX)
		*why = "a repetition without end or of more than 200; write {least,most}";
	return behind + 1;
}

static const char *
check_group(const char *at, const char **why)
{
	if (at[1] == '*')
		*why = "(* is not allowed; take it out";
	else if (at[1] == '?' && (at[2] == '\0' || strchr(":=!<>", at[2]) == NULL) && !g_str_has_prefix(at, "(?i)"))
		*why = "of the groups (?…) only (?: (?= (?! (?< (?> and (?i) are allowed";
	return at + 1;
}

static const char *
check_escape(const char *at, const char **why)
{
	if (at[1] != '\0' && strchr("QEXCKgk", at[1]) != NULL)
		*why = "\\Q \\E \\X \\C \\K \\g \\k are not allowed; write what is meant without them";
	return at + 1 + (at[1] != '\0');
}

/* NULL when @pattern is bounded in what it matches, else why it is not. */
static const char *
check_bounded(const char *pattern)
{
	const char *why = NULL;

	for (const char *at = pattern; *at != '\0' && why == NULL;) {
		switch (*at) {
		case '\\':
			at = check_escape(at, &why);
			break;
		case '[':
			at = class_end(at + 1);
			break;
		case '(':
			at = check_group(at, &why);
			break;
		case '{':
			at = check_repeat(at, &why);
			break;
		case '*':
		case '+':
			why = "* and + have no end; write {least,most}";
			break;
		default:
			at++;
		}
	}
	return why;
}

/* ---- making ---- */

static pcre2_code *
compile(const char *pattern, char **why)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_SIZE place;
	int code;
	pcre2_code *compiled;

	pcre2_set_parens_nest_limit(context, NEST_MAX);
	compiled = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern),
		PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &place, context);
	pcre2_compile_context_free(context);
	if (compiled == NULL) {
		char message[200];

		pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof(message));
		*why = g_strdup_printf("%s (at byte %zu of the pattern)", message, place);
	}
	return compiled;
}

static gboolean
matches_nothing(const pcre2_code *code)
{
	guint32 empty = 0;

	return pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty) != 0 || empty != 0;
}

FnRegex *
fn_regex_new(const char *pattern, char **why)
{
	const char *unbounded = check_bounded(pattern);
	FnRegex *regex;
	pcre2_code *code;

	if (unbounded != NULL || *pattern == '\0' || strlen(pattern) > PATTERN_SIZE) {
		*why = unbounded != NULL ? g_strdup(unbounded) : g_strdup_printf("a pattern has 1 to %d bytes", PATTERN_SIZE);
		return NULL;
	}
	if ((code = compile(pattern, why)) == NULL)
		return NULL;
	if (matches_nothing(code)) {
		*why = g_strdup("it also matches nothing at all; ask for one character at least");
		pcre2_code_free(code);
		return NULL;
	}
	regex = g_new0(FnRegex, 1);
	regex->code = code;
	regex->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(regex->limits, STEPS_MAX);
	pcre2_set_depth_limit(regex->limits, DEPTH_MAX);
	pcre2_set_heap_limit(regex->limits, HEAP_KB);
	return regex;
}

void
fn_regex_free(FnRegex *regex)
{
	if (regex == NULL)
		return;
	pcre2_code_free(regex->code);
	pcre2_match_context_free(regex->limits);
	g_free(regex);
}

/* ---- finding ---- */

FnRegexScratch *
fn_regex_scratch_new(void)
{
	return (FnRegexScratch *)pcre2_match_data_create(1, NULL);
}

void
fn_regex_scratch_free(FnRegexScratch *scratch)
{
	pcre2_match_data_free((pcre2_match_data *)scratch);
}

gboolean
fn_regex_find(const FnRegex *regex, FnRegexScratch *scratch, const char *bytes, gsize size, FnRegexFound found, gpointer data)
{
	pcre2_match_data *match = (pcre2_match_data *)scratch;
	const PCRE2_SIZE *place = pcre2_get_ovector_pointer(match);
	PCRE2_SIZE from = 0;
	int code;

	while ((code = pcre2_match(regex->code, (PCRE2_SPTR)bytes, size, from, PCRE2_NOTEMPTY, match, regex->limits)) >= 0) {
		found(place[0], place[1], data);
		from = place[1];
	}
	return code == PCRE2_ERROR_NOMATCH;
}

gboolean
fn_regex_is(const FnRegex *regex, const char *bytes, gsize size)
{
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	const PCRE2_SIZE *place = pcre2_get_ovector_pointer(match);
	gboolean is = pcre2_match(regex->code, (PCRE2_SPTR)bytes, size, 0, PCRE2_NOTEMPTY | PCRE2_ANCHORED | PCRE2_ENDANCHORED, match,
		regex->limits) >= 0 && place[1] == size;

	pcre2_match_data_free(match);
	return is;
}
