/* A case on paper: one page that needs nothing else, to be printed, stamped and filed. Everything in it that anybody wrote is escaped, and
 * the page may load and run nothing. */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/time.h"

#include <string.h>

#define POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

static const char style[] =
	"@page{size:A4;margin:20mm 18mm}"
	"body{font:10.5pt/1.5 'Noto Serif CJK SC','Source Han Serif SC','Songti SC',SimSun,serif;color:#000;margin:0 auto;max-width:174mm}"
	"h1{font-size:18pt;text-align:center;margin:0 0 2mm}"
	".number{text-align:center;margin:0 0 6mm}"
	"h2{font-size:12pt;margin:6mm 0 2mm;break-after:avoid}"
	"table{border-collapse:collapse;width:100%;table-layout:fixed}"
	"th,td{border:.3mm solid #000;padding:1mm 2mm;text-align:left;vertical-align:top;overflow-wrap:anywhere;white-space:pre-wrap}"
	"th{font-weight:600;background:#f2f2f2}tr{break-inside:avoid}"
	"code{font:8pt/1.3 'DejaVu Sans Mono',monospace}"
	".sign{display:flex;justify-content:space-between;margin-top:14mm;break-inside:avoid}"
	".sign div{width:30%;border-top:.3mm solid #000;padding-top:1mm;min-height:22mm}"
	".foot{margin-top:6mm;font-size:8.5pt}";

typedef struct {
	FnApiCall *call;
	GString *out;
	json_t *shown, *procedure;
	const char *language;
} Page;

static const char *
in(const Page *page, const char *zh, const char *en)
{
	return page->call->chinese ? zh : en;
}

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

/* ---- writing ---- */

static void
put(Page *page, const char *text)
{
	g_autofree char *escaped = g_markup_escape_text(text, -1);

	g_string_append(page->out, escaped);
}

static void
put_cell(Page *page, const char *tag, const char *text)
{
	g_string_append_printf(page->out, "<%s>", tag);
	put(page, text);
	g_string_append_printf(page->out, "</%s>", tag);
}

static void
put_code(Page *page, const char *before, const char *digest)
{
	put(page, before);
	g_string_append(page->out, "<code>");
	put(page, digest);
	g_string_append(page->out, "</code>");
}

static void
begin_row(Page *page)
{
	g_string_append(page->out, "<tr>");
}

static void
end_row(Page *page)
{
	g_string_append(page->out, "</tr>\n");
}

/* @widths: percents, as many as there are columns, 0-ended; @columns: titles, NULL-ended, or NULL. */
static void
begin_table(Page *page, const char *title, const guint *widths, const char *const *columns)
{
	put_cell(page, "h2", title);
	g_string_append(page->out, "<table><colgroup>");
	for (; *widths != 0; widths++)
		g_string_append_printf(page->out, "<col style=\"width:%u%%\">", *widths);
	g_string_append(page->out, "</colgroup>\n");
	if (columns == NULL)
		return;
	begin_row(page);
	for (; *columns != NULL; columns++)
		put_cell(page, "th", *columns);
	end_row(page);
}

static void
end_table(Page *page)
{
	g_string_append(page->out, "</table>\n");
}

static void
put_pair(Page *page, const char *name, const char *value)
{
	begin_row(page);
	put_cell(page, "th", name);
	put_cell(page, "td", value);
	end_row(page);
}

/* ---- values ---- */

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
	g_autoptr(GString) text = NULL;

	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? in(page, "是", "yes") : in(page, "否", "no"));
	if (json_is_string(value) && g_str_equal(text_of(field, "type"), "organization"))
		return organization_name(page, json_string_value(value));
	if (json_is_string(value))
		return g_strdup(title_of(page, json_object_get(json_object_get(field, "names"), json_string_value(value)), json_string_value(value)));
	if (!json_is_array(value))
		return json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	text = g_string_new(NULL);
	for (size_t i = 0; i < json_array_size(value); i++) {
		g_autofree char *one = value_of(page, field, json_array_get(value, i));

		g_string_append_printf(text, "%s%s", i > 0 ? in(page, "、", ", ") : "", one);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
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
put_head(Page *page)
{
	const char *title = title_of(page, json_object_get(page->shown, "title"), text_of(page->shown, "procedure"));

	g_string_append_printf(page->out, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>", page->language);
	put(page, title);
	g_string_append_printf(page->out, "</title><style>%s</style></head>\n<body>", style);
	put_cell(page, "h1", title);
	g_string_append(page->out, "<p class=\"number\">");
	put(page, in(page, "编号：", "Number: "));
	put(page, text_of(page->shown, "id"));
	g_string_append(page->out, "</p>\n");
}

static void
put_summary(Page *page)
{
	static const guint widths[] = { 26, 74, 0 };
	const json_t *parties = json_object_get(page->shown, "parties"), *value;
	g_autofree char *opened = local_time(text_of(page->shown, "opened_at"));
	const char *name;

	begin_table(page, in(page, "基本情况", "Summary"), widths, NULL);
	put_pair(page, in(page, "事项对象", "About"), text_of(page->shown, "subject"));
	put_pair(page, in(page, "状态", "State"), title_of(page, json_object_get(page->shown, "state_title"), text_of(page->shown, "state")));
	put_pair(page, in(page, "提出时间", "Opened"), opened);
	json_object_foreach((json_t *)parties, name, value) {
		const json_t *titles = json_object_get(json_object_get(page->procedure, "parties"), name);
		g_autofree char *organization = organization_name(page, json_string_value(value));

		if (titles != NULL)
			put_pair(page, title_of(page, titles, name), organization);
	}
	end_table(page);
}

static void
put_form(Page *page)
{
	static const guint widths[] = { 26, 74, 0 };
	const json_t *form = json_object_get(page->shown, "form");
	json_t *field;
	size_t i;

	begin_table(page, in(page, "内容", "Form"), widths, NULL);
	json_array_foreach(json_object_get(page->procedure, "form"), i, field) {
		const json_t *value = json_object_get(form, text_of(field, "id"));
		g_autofree char *text = value != NULL ? value_of(page, field, value) : g_strdup("—");

		put_pair(page, title_of(page, json_object_get(field, "title"), text_of(field, "id")), text);
	}
	end_table(page);
}

static const char *
clock_state(const Page *page, const json_t *clock)
{
	const char *state = text_of(clock, "state");

	if (json_is_true(json_object_get(clock, "late")))
		return in(page, "已超期", "late");
	if (g_str_equal(state, "running"))
		return in(page, "计时中", "running");
	return g_str_equal(state, "paused") ? in(page, "已暂停", "paused") : in(page, "已停止", "stopped");
}

static void
put_clocks(Page *page)
{
	static const guint widths[] = { 40, 30, 30, 0 };
	const char *const columns[] = { in(page, "时限", "Time limit"), in(page, "届满日", "Due"), in(page, "情况", "State"), NULL };
	json_t *clock;
	size_t i;

	if (json_array_size(json_object_get(page->shown, "clocks")) == 0)
		return;
	begin_table(page, in(page, "时限", "Time limits"), widths, columns);
	json_array_foreach(json_object_get(page->shown, "clocks"), i, clock) {
		begin_row(page);
		put_cell(page, "td", title_of(page, json_object_get(clock, "title"), text_of(clock, "name")));
		put_cell(page, "td", text_of(clock, "due"));
		put_cell(page, "td", clock_state(page, clock));
		end_row(page);
	}
	end_table(page);
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
		return in(page, "提出", "Opened");
	return title_of(page, json_object_get(event, "title"), text_of(event, "step"));
}

static void
put_who(Page *page, const json_t *event)
{
	g_autofree char *organization = *text_of(event, "organization") != '\0' ? organization_name(page, text_of(event, "organization")) : NULL;

	g_string_append(page->out, "<td>");
	put(page, *text_of(event, "account") != '\0' ? text_of(event, "name") : in(page, "平台（时限）", "the platform (clock)"));
	if (*text_of(event, "office") != '\0') {
		put(page, in(page, "，", ", "));
		put(page, office_title(page, text_of(event, "office")));
	}
	if (*text_of(event, "on_behalf_name") != '\0') {
		put(page, in(page, "，代行：", ", for "));
		put(page, text_of(event, "on_behalf_name"));
	}
	if (organization != NULL) {
		g_string_append(page->out, "<br>");
		put(page, organization);
	}
	g_string_append(page->out, "</td>");
}

static void
put_words(Page *page, const json_t *event)
{
	g_string_append(page->out, "<td>");
	if (*text_of(event, "reason") != '\0') {
		put(page, reason_title(page, text_of(event, "reason")));
		g_string_append(page->out, "<br>");
	}
	put(page, text_of(event, "say"));
	if (*text_of(event, "signed") != '\0') {
		g_string_append(page->out, *text_of(event, "say") != '\0' ? "<br>" : "");
		put_code(page, in(page, "已签署，所见内容的 SM3：", "Signed; SM3 of what was seen: "), text_of(event, "signed"));
	}
	g_string_append(page->out, "</td>");
}

static void
put_history(Page *page)
{
	static const guint widths[] = { 6, 18, 16, 28, 32, 0 };
	const char *const columns[] = { in(page, "序", "No."), in(page, "时间", "When"), in(page, "环节", "Step"), in(page, "办理人", "By"),
		in(page, "意见与签署", "Words and signature"), NULL };
	json_t *event;
	size_t i;

	begin_table(page, in(page, "办理过程", "History"), widths, columns);
	json_array_foreach(json_object_get(page->shown, "history"), i, event) {
		g_autofree char *number = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(event, "number")));
		g_autofree char *when = local_time(text_of(event, "at"));

		begin_row(page);
		put_cell(page, "td", number);
		put_cell(page, "td", when);
		put_cell(page, "td", step_title(page, event));
		put_who(page, event);
		put_words(page, event);
		end_row(page);
	}
	end_table(page);
}

static void
put_attachments(Page *page)
{
	static const guint widths[] = { 32, 14, 12, 42, 0 };
	const char *const columns[] = { in(page, "文件", "File"), in(page, "类别", "Kind"), in(page, "字节", "Bytes"), in(page, "SM3 摘要", "SM3 digest"), NULL };
	json_t *file;
	size_t i;

	if (json_array_size(json_object_get(page->shown, "attachments")) == 0)
		return;
	begin_table(page, in(page, "附件", "Attachments"), widths, columns);
	json_array_foreach(json_object_get(page->shown, "attachments"), i, file) {
		g_autofree char *size = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(file, "size")));

		begin_row(page);
		put_cell(page, "td", text_of(file, "name"));
		put_cell(page, "td", g_str_equal(text_of(file, "kind"), "other") ? in(page, "其他", "other") : text_of(file, "kind"));
		put_cell(page, "td", size);
		g_string_append(page->out, "<td>");
		put_code(page, "", text_of(file, "digest"));
		g_string_append(page->out, "</td>");
		end_row(page);
	}
	end_table(page);
}

static void
put_foot(Page *page)
{
	g_autofree char *moment = fn_time_format(page->call->now), *now = local_time(moment);

	g_string_append(page->out, "<div class=\"sign\">");
	put_cell(page, "div", in(page, "经办人（签字）", "Handled by (signature)"));
	put_cell(page, "div", in(page, "负责人（签字）", "Head (signature)"));
	put_cell(page, "div", in(page, "单位（盖章）　　年　月　日", "Stamp and date"));
	g_string_append(page->out, "</div>\n<p class=\"foot\">");
	put(page, in(page, "打印：", "Printed by "));
	put(page, page->call->actor->name);
	put(page, in(page, "，", ", "));
	put(page, now);
	put(page, in(page, "。以平台记录为准；每一次打印都记入账本。", ". What the platform holds prevails; every printing is entered in the ledger."));
	g_string_append(page->out, "</p></body></html>\n");
}

json_t *
fn_api_print_case(FnApiCall *call, GError **error)
{
	Page page = { .call = call, .language = call->chinese ? "zh" : "en", .shown = fn_api_show_case(call, error) };

	if (page.shown == NULL)
		return NULL;
	page.procedure = fn_work_procedure(call->force->work, text_of(page.shown, "procedure"), call->actor, error);
	if (page.procedure == NULL) {
		json_decref(page.shown);
		return NULL;
	}
	page.out = g_string_new(NULL);
	put_head(&page);
	put_summary(&page);
	put_form(&page);
	put_clocks(&page);
	put_history(&page);
	put_attachments(&page);
	put_foot(&page);
	json_decref(page.procedure);
	json_decref(page.shown);
	call->bytes_policy = POLICY;
	return fn_api_answer_bytes(call, g_string_free_to_bytes(page.out), "text/html; charset=utf-8", "no-store");
}
