#include "cli/readable.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

enum {
	CELL_MAX = 44,    /* columns of a terminal that a cell of a table takes, but for the last of its row */
	TEXT_MAX = 4000,  /* bytes of a value */
	COLUMNS_MAX = 7,  /* of a table that nobody declared */
	LABEL_MAX = 60,   /* bytes of a name that has no label */
	DEPTH_MAX = 6
};

/* No number of an answer is greater but for moments in microseconds. */
#define A_MOMENT G_GINT64_CONSTANT(1000000000000000)

/* What members are called. One that is not here is told by its own name. */
static const struct {
	const char *member, *label;
} labels[] = {
	{ "about", FN_SAY("about") },
	{ "account", FN_SAY("account") },
	{ "address", FN_SAY("address") },
	{ "advice", FN_SAY("what to do") },
	{ "allowed_actions", FN_SAY("steps that you may take") },
	{ "answer", FN_SAY("answer") },
	{ "at", FN_SAY("when") },
	{ "attachments", FN_SAY("attachments") },
	{ "attach", FN_SAY("to be attached") },
	{ "authority", FN_SAY("supervises") },
	{ "basis", FN_SAY("legal basis") },
	{ "batch", FN_SAY("batch") },
	{ "by", FN_SAY("by") },
	{ "carrier", FN_SAY("carrier") },
	{ "case", FN_SAY("case") },
	{ "case_id", FN_SAY("case") },
	{ "category", FN_SAY("category") },
	{ "check", FN_SAY("check") },
	{ "claims", FN_SAY("who works on it") },
	{ "classification", FN_SAY("classification") },
	{ "clocks", FN_SAY("clocks") },
	{ "closed_at", FN_SAY("closed") },
	{ "code", FN_SAY("code") },
	{ "columns", FN_SAY("columns") },
	{ "consumer", FN_SAY("consumer") },
	{ "count", FN_SAY("number") },
	{ "deadline", FN_SAY("deadline") },
	{ "detail", FN_SAY("detail") },
	{ "digest", FN_SAY("digest") },
	{ "do", FN_SAY("step") },
	{ "due", FN_SAY("due") },
	{ "email", FN_SAY("official address") },
	{ "ended", FN_SAY("ended") },
	{ "event", FN_SAY("event") },
	{ "actor", FN_SAY("operator") },
	{ "result", FN_SAY("result") },
	{ "cannot", FN_SAY("why it cannot run") },
	{ "compared", FN_SAY("held against") },
	{ "explanation", FN_SAY("explanation") },
	{ "field", FN_SAY("field") },
	{ "first_at", FN_SAY("first") },
	{ "fields", FN_SAY("fields") },
	{ "findings", FN_SAY("findings") },
	{ "form", FN_SAY("form") },
	{ "from", FN_SAY("from") },
	{ "grant", FN_SAY("grant") },
	{ "history", FN_SAY("history") },
	{ "id", FN_SAY("id") },
	{ "index", FN_SAY("index") },
	{ "items", FN_SAY("items") },
	{ "kind", FN_SAY("kind") },
	{ "late", FN_SAY("late") },
	{ "law", FN_SAY("duties") },
	{ "left", FN_SAY("left") },
	{ "level", FN_SAY("level") },
	{ "last_at", FN_SAY("last") },
	{ "login", FN_SAY("login") },
	{ "looked_at", FN_SAY("last looked at") },
	{ "may", FN_SAY("need not be taken") },
	{ "measure", FN_SAY("measure") },
	{ "measured", FN_SAY("measured") },
	{ "seen", FN_SAY("seen") },
	{ "next", FN_SAY("what to do") },
	{ "mode", FN_SAY("mode") },
	{ "name", FN_SAY("name") },
	{ "near", FN_SAY("near") },
	{ "note", FN_SAY("note") },
	{ "number", FN_SAY("no.") },
	{ "offending", FN_SAY("offending") },
	{ "office", FN_SAY("office") },
	{ "offices", FN_SAY("offices") },
	{ "opened_at", FN_SAY("opened") },
	{ "opener", FN_SAY("who may open it") },
	{ "opinion", FN_SAY("opinion") },
	{ "organization", FN_SAY("organization") },
	{ "parties", FN_SAY("parties") },
	{ "passed", FN_SAY("passed") },
	{ "people", FN_SAY("people") },
	{ "per", FN_SAY("per") },
	{ "period", FN_SAY("period") },
	{ "points", FN_SAY("points") },
	{ "procedure", FN_SAY("procedure") },
	{ "provider", FN_SAY("provider") },
	{ "purpose", FN_SAY("purpose") },
	{ "reason", FN_SAY("reason") },
	{ "reasons", FN_SAY("reasons of a refusal") },
	{ "region", FN_SAY("region") },
	{ "required", FN_SAY("required") },
	{ "resource", FN_SAY("resource") },
	{ "restricted", FN_SAY("restricted") },
	{ "rows", FN_SAY("rows") },
	{ "rule", FN_SAY("rule") },
	{ "say", FN_SAY("words") },
	{ "score", FN_SAY("score") },
	{ "severity", FN_SAY("severity") },
	{ "sharing_type", FN_SAY("sharing type") },
	{ "sign", FN_SAY("signed") },
	{ "single", FN_SAY("one at a time") },
	{ "size", FN_SAY("size") },
	{ "source", FN_SAY("source") },
	{ "state", FN_SAY("state") },
	{ "states", FN_SAY("states") },
	{ "steps", FN_SAY("steps") },
	{ "subject", FN_SAY("subject") },
	{ "summary", FN_SAY("summary") },
	{ "system", FN_SAY("system") },
	{ "scenario", FN_SAY("scenario") },
	{ "operators", FN_SAY("operators") },
	{ "case_required", FN_SAY("only with a case") },
	{ "mlps_level", FN_SAY("protection level") },
	{ "bureau", FN_SAY("data bureau") },
	{ "government", FN_SAY("government") },
	{ "table", FN_SAY("table") },
	{ "threshold", FN_SAY("threshold") },
	{ "time", FN_SAY("time") },
	{ "title", FN_SAY("title") },
	{ "to", FN_SAY("to") },
	{ "type", FN_SAY("type") },
	{ "unit", FN_SAY("unit") },
	{ "until", FN_SAY("until") },
	{ "update_period", FN_SAY("update period") },
	{ "valid_from", FN_SAY("valid from") },
	{ "valid_until", FN_SAY("valid until") },
	{ "values", FN_SAY("values") },
	{ "version", FN_SAY("version") },
	{ "waiting_for", FN_SAY("it waits for") },
	{ "what", FN_SAY("what") },
	{ "window", FN_SAY("window") },
};

/* Members whose values are words of a closed list, and these words. What is given back in a command stays as it is. */
static const char *const coded[] = { "authority", "kind", "mode", "per", "severity", "sharing_type", "state", "unit",
	"update_period", "upstream_status", NULL };

static const struct {
	const char *code, *word;
} words[] = {
	{ "active", FN_SAY("in force") },
	{ "aggregate", FN_SAY("counts") },
	{ "batch", FN_SAY("in batches") },
	{ "bureau", FN_SAY("data bureau") },
	{ "cac", FN_SAY("cyberspace administration") },
	{ "closed", FN_SAY("closed") },
	{ "conditional", FN_SAY("conditional") },
	{ "contractor", FN_SAY("contractor") },
	{ "critical", FN_SAY("critical") },
	{ "crypto", FN_SAY("cryptography administration") },
	{ "daily", FN_SAY("daily") },
	{ "day", FN_SAY("days") },
	{ "department", FN_SAY("department") },
	{ "discarded", FN_SAY("discarded") },
	{ "draft", FN_SAY("draft") },
	{ "fixed", FN_SAY("put right, to be looked at again") },
	{ "full", FN_SAY("full") },
	{ "government", FN_SAY("government") },
	{ "handled", FN_SAY("handled") },
	{ "hour", FN_SAY("hours") },
	{ "institution", FN_SAY("institution") },
	{ "major", FN_SAY("major") },
	{ "minor", FN_SAY("minor") },
	{ "monthly", FN_SAY("monthly") },
	{ "near", FN_SAY("deadline near") },
	{ "open", FN_SAY("open") },
	{ "overdue", FN_SAY("deadline passed") },
	{ "paused", FN_SAY("paused") },
	{ "police", FN_SAY("public security") },
	{ "pooled", FN_SAY("in the pool") },
	{ "published", FN_SAY("published") },
	{ "quarantined", FN_SAY("quarantined") },
	{ "quarterly", FN_SAY("quarterly") },
	{ "query", FN_SAY("one by one") },
	{ "realtime", FN_SAY("at once") },
	{ "recomputed", FN_SAY("deadline moved") },
	{ "refused", FN_SAY("refused") },
	{ "regulator", FN_SAY("regulator") },
	{ "released", FN_SAY("released") },
	{ "routine", FN_SAY("routine") },
	{ "running", FN_SAY("under way") },
	{ "secrecy", FN_SAY("secrecy administration") },
	{ "special", FN_SAY("special") },
	{ "step", FN_SAY("step") },
	{ "stopped", FN_SAY("stopped") },
	{ "suspended", FN_SAY("suspended") },
	{ "terminated", FN_SAY("terminated") },
	{ "unconditional", FN_SAY("unconditional") },
	{ "weekly", FN_SAY("weekly") },
	{ "withdrawn", FN_SAY("withdrawn") },
	{ "withheld", FN_SAY("withheld") },
	{ "working_day", FN_SAY("working days") },
	{ "yearly", FN_SAY("yearly") },
};

/* Columns of lists that stand inside of an answer. */
static const struct {
	const char *member, *columns;
} lists[] = {
	{ "allowed_actions", "do title sign may say attach fields" },
	{ "assessments", "at kind passed answer" },
	{ "attachments", "id kind name size at" },
	{ "certificates", "fingerprint not_after revoked_at reason" },
	{ "clocks", "name title due left unit state late" },
	{ "fields", "name title type level mask required" },
	{ "first", "name what near detail" },
	{ "form", "id title type required values" },
	{ "history", "number at name organization title say" },
	{ "reasons", "id title" },
	{ "steps", "do title from to by sign may" },
	{ "waiting_for", "office organization" },
};

/* What stands first, in this order. */
static const char *const first[] = { "id", "code", "title", "name", "state", "kind", NULL };

static char *
label(const char *member)
{
	const char *point = strrchr(member, '.'), *last = point != NULL ? point + 1 : member;
	g_autofree char *bare = g_str_has_suffix(last, "_name") ? g_strndup(last, strlen(last) - strlen("_name")) : g_strdup(last);

	for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
		if (strcmp(labels[i].member, bare) == 0)
			return g_strdup(fn_say(labels[i].label));
	return fn_text_safe(last, -1, LABEL_MAX);
}

/* ---- what is said, in one language ---- */

static gboolean
is_empty(const json_t *value)
{
	return value == NULL || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
		(json_is_array(value) && json_array_size(value) == 0) || (json_is_object(value) && json_object_size(value) == 0);
}

static gboolean
is_scalar(const json_t *value)
{
	return !json_is_array(value) && !json_is_object(value);
}

/* A member of @object whose title or name stands beside it is told by that. */
static gboolean
told_by(const json_t *object, const char *name)
{
	static const char *const endings[] = { "_title", "_name", NULL };

	for (const char *const *ending = endings; *ending != NULL; ending++)
		if (g_str_has_suffix(name, *ending)) {
			g_autofree char *bare = g_strndup(name, strlen(name) - strlen(*ending));

			if (json_is_string(json_object_get(object, bare)))
				return TRUE;
		}
	return FALSE;
}

static json_t *told(const json_t *value);

static json_t *
told_object(const json_t *object)
{
	const json_t *zh = json_object_get(object, "zh"), *en = json_object_get(object, "en"), *said = fn_say_in_chinese() ? zh : en;
	json_t *out, *value;
	const char *name;

	if (json_is_string(zh) && json_is_string(en) && json_object_size(object) == 2)
		return json_incref((json_t *)said);
	out = json_object();
	json_object_foreach((json_t *)object, name, value)
		if (strcmp(name, "zh") != 0 && strcmp(name, "en") != 0)
			json_object_set_new(out, name, told(value));
	if (json_is_string(said) && json_object_get(out, "title") == NULL)
		json_object_set(out, "title", (json_t *)said);
	return out;
}

/* @value with one language only. A new reference. */
static json_t *
told(const json_t *value)
{
	json_t *out;

	if (json_is_object(value))
		return told_object(value);
	if (!json_is_array(value))
		return json_incref((json_t *)value);
	out = json_array();
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(out, told(json_array_get(value, i)));
	return out;
}

/* ---- one value ---- */

static char *
moment(gint64 us)
{
	g_autoptr(GTimeZone) china = g_time_zone_new_offset(8 * 3600);
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(us / G_USEC_PER_SEC);
	g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, china);

	return g_date_time_format(local, "%Y-%m-%d %H:%M:%S");
}

static char *
scalar(const json_t *value)
{
	const char *text = json_string_value(value);
	gint64 us;

	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? fn_say("yes") : fn_say("no"));
	if (json_integer_value(value) > A_MOMENT)
		return moment(json_integer_value(value));
	if (text == NULL)
		return is_empty(value) ? g_strdup("-") : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (g_str_has_suffix(text, "Z") && fn_time_parse(text, &us))
		return moment(us);
	return fn_text_safe(text, -1, TEXT_MAX);
}

static char *
joined(const json_t *list)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		g_autofree char *part = is_scalar(one) ? scalar(one) : json_dumps(one, JSON_COMPACT);

		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", part);
	}
	return g_string_free(text, FALSE);
}

/* In one line. */
static char *
cell(const json_t *value)
{
	g_autofree char *text = NULL;

	if (is_empty(value))
		return g_strdup("-");
	if (is_scalar(value))
		return scalar(value);
	text = json_is_array(value) ? joined(value) : json_dumps(value, JSON_COMPACT);
	return fn_text_safe(text, -1, TEXT_MAX);
}

/* ---- what a terminal shows ---- */

static guint
width_of(const char *text)
{
	guint width = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
	}
	return width;
}

static char *
cut(const char *text, guint most)
{
	const char *end = text;
	guint width = 0;

	if (width_of(text) <= most)
		return g_strdup(text);
	for (; width < most - 1; end = g_utf8_next_char(end))
		width += g_unichar_iswide(g_utf8_get_char(end)) ? 2 : 1;
	if (width > most - 1)
		end = g_utf8_prev_char(end);
	return g_strdup_printf("%.*s…", (int)(end - text), text);
}

static void
pad(GString *out, const char *text, guint width)
{
	g_string_append(out, text);
	for (guint at = width_of(text); at < width; at++)
		g_string_append_c(out, ' ');
}

static void
indent(GString *out, guint depth)
{
	for (guint i = 0; i < depth; i++)
		g_string_append(out, "  ");
}

/* ---- tables ---- */

/* The member at "a.b.c", or NULL. */
static const json_t *
member_at(const json_t *row, const char *path)
{
	g_auto(GStrv) part = g_strsplit(path, ".", -1);

	for (char **name = part; *name != NULL; name++)
		row = json_object_get(row, *name);
	return row;
}

static gboolean
has_member(const json_t *rows, const char *name)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (!is_empty(member_at(json_array_get(rows, i), name)))
			return TRUE;
	return FALSE;
}

static void
want(GPtrArray *names, const json_t *rows, const char *name)
{
	if (names->len < COLUMNS_MAX && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL) && has_member(rows, name))
		g_ptr_array_add(names, g_strdup(name));
}

/* Those of @columns that any row has; without @columns those of one line, the usual ones first. */
static GPtrArray *
columns_of(const json_t *rows, const char *columns)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const json_t *row = json_array_get(rows, 0);
	const char *name;
	json_t *value;

	if (columns != NULL) {
		g_auto(GStrv) wanted = g_strsplit(columns, " ", -1);

		for (char **word = wanted; *word != NULL; word++)
			if (has_member(rows, *word))
				g_ptr_array_add(names, g_strdup(*word));
		return names;
	}
	for (const char *const *word = first; *word != NULL; word++)
		want(names, rows, *word);
	json_object_foreach((json_t *)row, name, value)
		if (is_scalar(value))
			want(names, rows, name);
	return names;
}

static const char *
word_of(const json_t *code)
{
	const char *text = json_string_value(code);

	for (gsize i = 0; text != NULL && i < G_N_ELEMENTS(words); i++)
		if (strcmp(words[i].code, text) == 0)
			return fn_say(words[i].word);
	return NULL;
}

/* What a row says of a column: its title where it has one. */
static char *
said_of(const json_t *row, const char *name)
{
	g_autofree char *title = g_strconcat(name, "_title", NULL);
	const json_t *value = json_object_get(row, title);
	const char *word = g_strv_contains(coded, name) ? word_of(json_object_get(row, name)) : NULL;

	if (json_is_string(value))
		return cell(value);
	return word != NULL ? g_strdup(word) : cell(member_at(row, name));
}

static void
put_line(GString *out, guint depth, const GPtrArray *cells, const guint *widths)
{
	indent(out, depth);
	for (guint i = 0; i < cells->len; i++)
		pad(out, cells->pdata[i], i + 1 < cells->len ? widths[i] + 2 : 0);
	g_string_append_c(out, '\n');
}

static GPtrArray *
line_of(const json_t *row, const GPtrArray *names)
{
	GPtrArray *line = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *text = row != NULL ? said_of(row, names->pdata[i]) : label(names->pdata[i]);

		g_ptr_array_add(line, i + 1 < names->len ? cut(text, CELL_MAX) : g_steal_pointer(&text));
	}
	return line;
}

static void
put_table(GString *out, guint depth, const json_t *rows, const char *columns)
{
	g_autoptr(GPtrArray) names = columns_of(rows, columns), lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	g_autofree guint *widths = g_new0(guint, names->len + 1);

	g_ptr_array_add(lines, line_of(NULL, names));
	for (size_t i = 0; i < json_array_size(rows); i++)
		g_ptr_array_add(lines, line_of(json_array_get(rows, i), names));
	for (guint i = 0; i < lines->len; i++)
		for (guint j = 0; j < names->len; j++)
			widths[j] = MAX(widths[j], width_of(((GPtrArray *)lines->pdata[i])->pdata[j]));
	for (guint i = 0; i < lines->len; i++)
		put_line(out, depth, lines->pdata[i], widths);
}

/* ---- objects ---- */

static void put_object(GString *out, guint depth, const json_t *object);

static const char *
columns_inside(const char *member)
{
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		if (strcmp(lists[i].member, member) == 0)
			return lists[i].columns;
	return NULL;
}

static gboolean
is_line(const json_t *value)
{
	return is_scalar(value) || (json_is_array(value) && !json_is_object(json_array_get(value, 0)));
}

static void
put_member(GString *out, guint depth, guint width, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	g_autofree char *named = g_strconcat(name, "_name", NULL), *called = label(name), *text = NULL, *also = NULL;

	if (is_empty(value) || told_by(object, name))
		return;
	indent(out, depth);
	if (is_line(value)) {
		text = said_of(object, name);
		also = json_is_string(json_object_get(object, named)) ? cell(json_object_get(object, named)) : NULL;
		pad(out, called, width + 2);
		g_string_append_printf(out, also != NULL ? "%s  %s\n" : "%s\n", also != NULL ? also : text, text);
		return;
	}
	g_string_append_printf(out, "%s\n", called);
	if (depth >= DEPTH_MAX) {
		indent(out, depth + 1);
		text = cell(value);
		g_string_append_printf(out, "%s\n", text);
	} else if (json_is_array(value))
		put_table(out, depth + 1, value, columns_inside(name));
	else
		put_object(out, depth + 1, value);
}

static void
put_object(GString *out, guint depth, const json_t *object)
{
	const char *name;
	json_t *value;
	guint width = 0;

	json_object_foreach((json_t *)object, name, value)
		if (is_line(value) && !is_empty(value) && !told_by(object, name)) {
			g_autofree char *called = label(name);

			width = MAX(width, width_of(called));
		}
	for (const char *const *word = first; *word != NULL; word++)
		put_member(out, depth, width, object, *word);
	for (guint pass = 0; pass < 2; pass++)
		json_object_foreach((json_t *)object, name, value)
			if (is_line(value) == (pass == 0) && !g_strv_contains(first, name))
				put_member(out, depth, width, object, name);
}

/* ---- an answer ---- */

static void
put_page(GString *out, json_t *page, const char *columns)
{
	const json_t *rows = json_object_get(page, "items"), *next = json_object_get(page, "next");
	g_autofree char *place = cell(next);

	if (json_array_size(rows) == 0)
		g_string_append_printf(out, "%s\n", fn_say("Nothing."));
	else if (json_is_object(json_array_get(rows, 0)))
		put_table(out, 0, rows, columns);
	else
		for (size_t i = 0; i < json_array_size(rows); i++) {
			g_autofree char *text = cell(json_array_get(rows, i));

			g_string_append_printf(out, "%s\n", text);
		}
	if (!is_empty(next))
		g_string_append_printf(out, fn_say("There is more, from %s on.\n"), place);
	json_object_del(page, "items");
	json_object_del(page, "next");
	put_object(out, 0, page);
}

char *
fn_readable(const json_t *answer, const char *columns)
{
	GString *out = g_string_new(NULL);
	json_t *said = told(answer);
	g_autofree char *text = NULL;

	if (json_is_object(said) && json_is_array(json_object_get(said, "items")))
		put_page(out, said, columns);
	else if (json_is_object(said) && json_object_size(said) > 0)
		put_object(out, 0, said);
	else if (!is_empty(said)) {
		text = cell(said);
		g_string_append_printf(out, "%s\n", text);
	} else
		g_string_append_printf(out, "%s\n", fn_say("Done."));
	json_decref(said);
	return g_string_free(out, FALSE);
}
