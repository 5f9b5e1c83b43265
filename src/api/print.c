/* A case on paper: one page that needs nothing else, to be printed, stamped and filed. src/print writes it: everything that anybody wrote
 * is taken as data, and the page may load and run nothing. */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/say.h"
#include "base/time.h"
#include "print/print.h"

#include <string.h>

#define POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

enum { SIGN_ROWS = 3 }; /* a round stamp takes four centimetres */

typedef struct {
	FnApiCall *call;
	FnPrint *print;
	json_t *shown, *procedure;
	const char *language;
} Page;

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static const char *
title_of(const Page *page, const json_t *titles, const char *otherwise)
{
	const char *title = json_string_value(json_object_get(titles, page->language));

	return title != NULL ? title : otherwise;
}

/* ---- values ---- */

static void
add(GString *text, const char *more)
{
	g_string_append_printf(text, "%s%s", text->len > 0 ? " · " : "", more);
}

/* As clocks on walls here show it. Caller frees. */
static char *
local_time(const char *moment)
{
	g_autoptr(GTimeZone) china = g_time_zone_new_offset(8 * 3600);
	g_autoptr(GDateTime) utc = NULL, local = NULL;
	gint64 at;

	if (!fn_time_parse(moment, &at) || (utc = g_date_time_new_from_unix_utc(at / G_USEC_PER_SEC)) == NULL ||
	    (local = g_date_time_to_timezone(utc, china)) == NULL)
		return g_strdup(moment);
	return g_date_time_format(local, "%Y-%m-%d %H:%M");
}

/* "市数据局 (11130100…)"; caller frees. */
static char *
organization_name(const Page *page, const char *id)
{
	g_autofree char *name = fn_db_text(page->call->db, &fn_sql_api_organization_name, FN_BINDS(FN_TEXT("id", id)), NULL);

	return name != NULL ? g_strdup_printf("%s (%s)", name, id) : g_strdup(id);
}

static char *
value_of(const Page *page, const json_t *field, const json_t *value)
{
	GString *text;

	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? fn_say_in("yes", page->call->chinese) : fn_say_in("no", page->call->chinese));
	if (json_is_string(value) && g_str_equal(text_of(field, "type"), "organization"))
		return organization_name(page, json_string_value(value));
	if (json_is_string(value))
		return g_strdup(title_of(page, json_object_get(json_object_get(field, "names"), json_string_value(value)), json_string_value(value)));
	if (!json_is_array(value))
		return json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	text = g_string_new(NULL);
	for (size_t i = 0; i < json_array_size(value); i++) {
		g_autofree char *one = value_of(page, field, json_array_get(value, i));

		add(text, one);
	}
	return g_string_free(text, FALSE);
}

static const char *
office_title(const Page *page, const char *office)
{
	const FnNode *offices = fn_node_get(fn_rules_get(page->call->force->rules, "roles", "roles"), "offices");
	const char *title = fn_node_text(fn_node_get(offices, office), page->language);

	return title != NULL ? title : office;
}

/* ---- the parts ---- */

static void
put_summary(Page *page)
{
	const json_t *parties = json_object_get(page->shown, "parties"), *value;
	g_autofree char *opened = local_time(text_of(page->shown, "opened_at"));
	gboolean chinese = page->call->chinese;
	const char *name;

	fn_print_heading(page->print, fn_say_in("Summary", chinese));
	fn_print_pair(page->print, fn_say_in("About", chinese), text_of(page->shown, "subject"));
	fn_print_pair(page->print, fn_say_in("State", chinese), title_of(page, json_object_get(page->shown, "state_title"), text_of(page->shown, "state")));
	fn_print_pair(page->print, fn_say_in("Opened", chinese), opened);
	json_object_foreach((json_t *)parties, name, value) {
		const json_t *titles = json_object_get(json_object_get(page->procedure, "parties"), name);
		g_autofree char *organization = organization_name(page, json_string_value(value));

		if (titles != NULL)
			fn_print_pair(page->print, title_of(page, titles, name), organization);
	}
}

static void
put_form(Page *page)
{
	const json_t *form = json_object_get(page->shown, "form");
	json_t *field;
	size_t i;

	fn_print_heading(page->print, fn_say_in("Form", page->call->chinese));
	json_array_foreach(json_object_get(page->procedure, "form"), i, field) {
		const json_t *value = json_object_get(form, text_of(field, "id"));
		g_autofree char *text = value != NULL ? value_of(page, field, value) : g_strdup("—");

		fn_print_pair(page->print, title_of(page, json_object_get(field, "title"), text_of(field, "id")), text);
	}
}

static const char *
clock_state(const json_t *clock, gboolean chinese)
{
	const char *state = text_of(clock, "state");

	if (json_is_true(json_object_get(clock, "late")))
		return fn_say_in("late", chinese);
	if (g_str_equal(state, "running"))
		return fn_say_in("running", chinese);
	return g_str_equal(state, "paused") ? fn_say_in("paused", chinese) : fn_say_in("stopped", chinese);
}

static void
put_clocks(Page *page)
{
	gboolean chinese = page->call->chinese;
	const FnPrintColumn columns[] = { { fn_say_in("Time limit", chinese), FALSE }, { fn_say_in("Due", chinese), FALSE },
		{ fn_say_in("State", chinese), FALSE } };
	json_t *clock;
	size_t i;

	if (json_array_size(json_object_get(page->shown, "clocks")) == 0)
		return;
	fn_print_heading(page->print, fn_say_in("Time limits", chinese));
	fn_print_table(page->print, columns, G_N_ELEMENTS(columns));
	json_array_foreach(json_object_get(page->shown, "clocks"), i, clock) {
		const char *const cells[] = { title_of(page, json_object_get(clock, "title"), text_of(clock, "name")), text_of(clock, "due"),
			clock_state(clock, chinese) };

		fn_print_row(page->print, cells);
	}
}

/* Title of the reason that the procedure offers, or its id. */
static const char *
reason_title(const Page *page, const char *id)
{
	json_t *reason;
	size_t i;

	json_array_foreach(json_object_get(page->procedure, "reasons"), i, reason)
		if (g_str_equal(text_of(reason, "id"), id))
			return title_of(page, json_object_get(reason, "title"), id);
	return id;
}

static const char *
step_title(const Page *page, const json_t *event)
{
	if (g_str_equal(text_of(event, "kind"), "open"))
		return fn_say_in("Opened", page->call->chinese);
	return title_of(page, json_object_get(event, "title"), text_of(event, "step"));
}

/* Name, office, for whom, of which organization. */
static char *
who_of(const Page *page, const json_t *event)
{
	g_autofree char *organization = *text_of(event, "organization") != '\0' ? organization_name(page, text_of(event, "organization")) : NULL;
	g_autofree char *behalf = g_strdup_printf(fn_say_in("for %s", page->call->chinese), text_of(event, "on_behalf_name"));
	GString *who = g_string_new(*text_of(event, "account") != '\0' ? text_of(event, "name") : fn_say_in("the platform (clock)", page->call->chinese));

	if (*text_of(event, "office") != '\0')
		add(who, office_title(page, text_of(event, "office")));
	if (*text_of(event, "on_behalf_name") != '\0')
		add(who, behalf);
	if (organization != NULL)
		add(who, organization);
	return g_string_free(who, FALSE);
}

static char *
words_of(const Page *page, const json_t *event)
{
	g_autofree char *sign = g_strdup_printf(fn_say_in("signed, SM3 of what was seen: %s", page->call->chinese), text_of(event, "signed"));
	GString *words = g_string_new(NULL);

	if (*text_of(event, "reason") != '\0')
		add(words, reason_title(page, text_of(event, "reason")));
	if (*text_of(event, "say") != '\0')
		add(words, text_of(event, "say"));
	if (*text_of(event, "signed") != '\0')
		add(words, sign);
	return g_string_free(words, FALSE);
}

static void
put_history(Page *page)
{
	gboolean chinese = page->call->chinese;
	const FnPrintColumn columns[] = { { fn_say_in("No.", chinese), TRUE }, { fn_say_in("When", chinese), FALSE },
		{ fn_say_in("Step", chinese), FALSE }, { fn_say_in("By", chinese), FALSE }, { fn_say_in("Words and signature", chinese), FALSE } };
	json_t *event;
	size_t i;

	fn_print_heading(page->print, fn_say_in("History", chinese));
	fn_print_table(page->print, columns, G_N_ELEMENTS(columns));
	json_array_foreach(json_object_get(page->shown, "history"), i, event) {
		g_autofree char *number = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(event, "number")));
		g_autofree char *when = local_time(text_of(event, "at")), *who = who_of(page, event), *words = words_of(page, event);
		const char *const cells[] = { number, when, step_title(page, event), who, words };

		fn_print_row(page->print, cells);
	}
}

static void
put_attachments(Page *page)
{
	gboolean chinese = page->call->chinese;
	const FnPrintColumn columns[] = { { fn_say_in("File", chinese), FALSE }, { fn_say_in("Kind", chinese), FALSE },
		{ fn_say_in("Bytes", chinese), TRUE }, { fn_say_in("SM3 digest", chinese), FALSE } };
	json_t *file;
	size_t i;

	if (json_array_size(json_object_get(page->shown, "attachments")) == 0)
		return;
	fn_print_heading(page->print, fn_say_in("Attachments", chinese));
	fn_print_table(page->print, columns, G_N_ELEMENTS(columns));
	json_array_foreach(json_object_get(page->shown, "attachments"), i, file) {
		g_autofree char *size = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(file, "size")));
		const char *kind = text_of(file, "kind");
		const char *const cells[] = { text_of(file, "name"), g_str_equal(kind, "other") ? fn_say_in("other", chinese) : kind, size,
			text_of(file, "digest") };

		fn_print_row(page->print, cells);
	}
}

/* Room for hands and stamps, and where this paper comes from. */
static void
put_end(Page *page)
{
	gboolean chinese = page->call->chinese;
	const FnPrintColumn columns[] = { { fn_say_in("Handled by (signature)", chinese), FALSE }, { fn_say_in("Head (signature)", chinese), FALSE },
		{ fn_say_in("Stamp and date", chinese), FALSE } };
	const char *const room[] = { "\u3000", "\u3000", "\u3000" };
	g_autofree char *moment = fn_time_format(page->call->now), *now = local_time(moment);
	g_autofree char *printed = g_strdup_printf(fn_say_in("Printed by %s, %s", chinese), page->call->actor->name, now);

	fn_print_heading(page->print, fn_say_in("Signatures", chinese));
	fn_print_table(page->print, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < SIGN_ROWS; i++)
		fn_print_row(page->print, room);
	fn_print_paragraph(page->print, printed);
	fn_print_paragraph(page->print, fn_say_in("What the platform holds prevails; every printing is entered in the ledger.", chinese));
	fn_print_foot(page->print, text_of(page->shown, "id"), NULL, NULL);
}

static char *
compose(Page *page)
{
	g_autofree char *number = g_strdup_printf(fn_say_in("Number: %s", page->call->chinese), text_of(page->shown, "id"));
	char *html;

	page->print = fn_print_new(title_of(page, json_object_get(page->shown, "title"), text_of(page->shown, "procedure")), number, page->call->chinese);
	put_summary(page);
	put_form(page);
	put_clocks(page);
	put_history(page);
	put_attachments(page);
	put_end(page);
	html = fn_print_html(page->print);
	fn_print_free(page->print);
	return html;
}

json_t *
fn_api_print_case(FnApiCall *call, GError **error)
{
	Page page = { .call = call, .language = call->chinese ? "zh" : "en", .shown = fn_api_show_case(call, error) };
	char *html = NULL;

	if (page.shown != NULL)
		page.procedure = fn_work_procedure(call->force->work, text_of(page.shown, "procedure"), call->actor, error);
	if (page.procedure != NULL)
		html = compose(&page);
	json_decref(page.procedure);
	json_decref(page.shown);
	if (html == NULL)
		return NULL;
	call->bytes_policy = POLICY;
	return fn_api_answer_bytes(call, g_bytes_new_take(html, strlen(html)), "text/html; charset=utf-8", "no-store");
}
