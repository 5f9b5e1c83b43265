/* One record: read, shown, added, changed, closed. */
#include "register/register_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "register_sql.h"

#include <string.h>

enum { KEY_MAX = 1000, SAY_MAX = 1000, HISTORY_MOST = 500 };

/* ---- reading ---- */

void
fn_record_free(FnRecord *record)
{
	if (record == NULL)
		return;
	g_free(record->id);
	g_free(record->organization);
	g_free(record->key);
	g_free(record->state);
	g_free(record->due);
	g_free(record->content);
	json_decref(record->values);
	g_free(record);
}

FnRecord *
fn_record_of(FnRows *rows)
{
	FnRecord *record = g_new0(FnRecord, 1);
	const char *body = fn_rows_text(rows, "body");

	record->number = fn_rows_int(rows, "number");
	record->revision = fn_rows_int(rows, "revision");
	record->created_at = fn_rows_int(rows, "created_at");
	record->changed_at = fn_rows_int(rows, "changed_at");
	record->id = g_strdup(fn_rows_text(rows, "id"));
	record->organization = g_strdup(fn_rows_text(rows, "organization"));
	record->key = g_strdup(fn_rows_text(rows, "record_key"));
	record->state = g_strdup(fn_rows_text(rows, "state"));
	record->due = g_strdup(fn_rows_text(rows, "due_on"));
	record->content = g_strdup(fn_rows_text(rows, "content"));
	record->values = fn_json_parse(body, strlen(body), NULL);
	if (record->values == NULL)
		record->values = json_object();
	return record;
}

static FnRecord *
one_of(FnRows *rows, GError **error)
{
	FnRecord *record = rows != NULL && fn_rows_next(rows, error) ? fn_record_of(rows) : NULL;

	fn_rows_free(rows);
	return record;
}

FnRecord *
fn_record_with_key(FnDb *db, const FnBook *book, const char *scope, const char *key, GError **error)
{
	return one_of(fn_db_query(db, &fn_sql_register_record_by_key,
		FN_BINDS(FN_TEXT("register", book->id), FN_TEXT("scope", scope), FN_TEXT("key", key)), error), error);
}

FnRecord *
fn_record_read(FnDb *db, const FnBook *book, const char *id, GError **error)
{
	GError *failed = NULL;
	FnRecord *record = one_of(fn_db_query(db, &fn_sql_register_record, FN_BINDS(FN_TEXT("register", book->id), FN_TEXT("id", id)), &failed),
		&failed);

	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (record == NULL)
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN, "the register \"%s\" has no such record", book->id);
	return record;
}

/* ---- showing ---- */

static const char *
renewal_of(const FnBook *book, const FnRecord *record, gint64 now)
{
	g_autofree char *today = fn_time_date_text(now), *soon = fn_time_date_text(now + book->warn * G_TIME_SPAN_DAY);

	if (strcmp(record->due, FN_FOREVER) == 0)
		return "none";
	if (strcmp(record->due, today) < 0)
		return "over";
	return strcmp(record->due, soon) <= 0 ? "near" : "good";
}

static json_t *
shown_of(FnDb *db, const FnBook *book, const json_t *values)
{
	json_t *shown = json_object();

	for (guint i = 0; i < book->fields; i++) {
		const FnBookField *field = &book->field[i];
		const json_t *value = json_object_get(values, field->name);
		g_autofree char *said = value != NULL && field->type->say != NULL ? field->type->say(db, field, value) : NULL;

		if (said != NULL)
			json_object_set_new(shown, field->name, json_string(said));
	}
	return shown;
}

/* Without what @access does not open. */
static json_t *
visible(const FnBook *book, const json_t *values, FnAccess access)
{
	json_t *copy = json_copy((json_t *)values);

	for (guint i = 0; i < book->fields && access < FN_ACCESS_FULL; i++)
		if (book->field[i].sensitive)
			json_object_del(copy, book->field[i].name);
	return copy;
}

json_t *
fn_record_json(FnDb *db, const FnBook *book, const FnRecord *record, FnAccess access, gint64 now)
{
	g_autofree char *created = fn_time_format(record->created_at), *changed = fn_time_format(record->changed_at);
	json_t *values = visible(book, record->values, access);
	gboolean forever = strcmp(record->due, FN_FOREVER) == 0;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:s, s:o, s:o, s:s, s:s}", "id", record->id, "register", book->id, "organization",
		record->organization, "key", record->key, "state", record->state, "revision", (json_int_t)record->revision, "due",
		forever ? json_null() : json_string(record->due), "renewal", renewal_of(book, record, now), "shown", shown_of(db, book, values),
		"values", values, "created_at", created, "changed_at", changed);
}

/* The record, if @actor may read it; who may not learns no more than that there is none. */
static FnRecord *
open_record(FnDb *db, const FnBook *book, const char *id, const FnActor *actor, FnAccess *access_out, GError **error)
{
	FnRecord *record = fn_record_read(db, book, id, error);

	if (record == NULL)
		return NULL;
	*access_out = fn_book_access(fn_book_sight(book, actor), actor, record->organization);
	if (*access_out != FN_ACCESS_NONE)
		return record;
	fn_record_free(record);
	fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN, "the register \"%s\" has no such record", book->id);
	return NULL;
}

json_t *
fn_register_show(FnDb *db, const FnRules *rules, const char *id, const char *record, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	FnAccess access = FN_ACCESS_NONE;
	g_autoptr(FnRecord) found = book != NULL ? open_record(db, book, record, actor, &access, error) : NULL;

	return found != NULL ? fn_record_json(db, book, found, access, now) : NULL;
}

static json_t *
event_json(const FnBook *book, FnRows *rows, FnAccess access)
{
	const char *text = fn_rows_text(rows, "changes");
	json_t *changes = fn_json_parse(text, strlen(text), NULL), *seen = visible(book, changes, access);
	g_autofree char *at = fn_time_format(fn_rows_int(rows, "at"));

	json_decref(changes);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s?, s:o}", "number", (json_int_t)fn_rows_int(rows, "number"), "at", at, "kind",
		fn_rows_text(rows, "kind"), "account", fn_rows_text(rows, "account"), "name", fn_rows_text(rows, "name"), "organization",
		fn_rows_text(rows, "organization"), "say", fn_rows_text(rows, "say"), "changes", seen);
}

json_t *
fn_register_history(FnDb *db, const FnRules *rules, const char *id, const char *record, gint64 after, const FnActor *actor, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	FnAccess access = FN_ACCESS_NONE;
	g_autoptr(FnRecord) found = book != NULL ? open_record(db, book, record, actor, &access, error) : NULL;
	g_autoptr(FnRows) rows = NULL;
	GError *failed = NULL;
	json_t *items;

	if (found == NULL)
		return NULL;
	rows = fn_db_query(db, &fn_sql_register_history,
		FN_BINDS(FN_TEXT("record", record), FN_INT("after", after), FN_INT("most", HISTORY_MOST)), error);
	if (rows == NULL)
		return NULL;
	items = json_array();
	while (fn_rows_next(rows, &failed))
		json_array_append_new(items, event_json(book, rows, access));
	if (failed == NULL)
		return items;
	g_propagate_error(error, failed);
	json_decref(items);
	return NULL;
}

/* ---- what is refused ---- */

char *
fn_reason_text(const FnBook *book, const FnNode *rule, const char *reason, const char *limit, gboolean chinese)
{
	const char *said = rule == NULL ? fn_say_in(reason, chinese) : NULL;

	if (rule != NULL)
		return fn_demand_text(book, rule, chinese);
	return limit != NULL && *limit != '\0' ? g_strdup_printf(fn_say_in("%s (%s)", chinese), said, limit) : g_strdup(said);
}

static gboolean
refuse(FnWrite *write, FnRegisterError code, const char *field, const char *reason)
{
	write->code = code;
	write->field = field;
	write->reason = reason;
	write->rule = NULL;
	return FALSE;
}

static gboolean
refuse_by_rule(FnWrite *write, const FnNode *rule)
{
	refuse(write, FN_REGISTER_ERROR_INPUT, fn_node_text(rule, "field"), NULL);
	write->rule = rule;
	return FALSE;
}

/* A field of the register as its title and id, anything else as it is. Caller frees. */
static char *
named(const FnBook *book, const char *name)
{
	const FnBookField *field = fn_book_field(book, name);
	const char *title = field != NULL ? fn_node_text(field->node, fn_say_in_chinese() ? "zh" : "en") : NULL;

	return title != NULL ? g_strdup_printf(fn_say("%s (%s)"), title, name) : g_strdup(name);
}

gboolean
fn_write_refused(FnWrite *write, GError **error)
{
	g_autofree char *text = NULL, *field = NULL;

	if (write->failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&write->failed));
		return FALSE;
	}
	text = fn_reason_text(write->book, write->rule, write->reason, write->limit, fn_say_in_chinese());
	field = write->rule != NULL ? g_strdup(write->field) : named(write->book, write->field); /* a rule's text has the title */
	if (*field != '\0')
		fn_refuse(error, FN_REGISTER_ERROR, write->code, "%s: %s", field, text);
	else
		g_set_error_literal(error, FN_REGISTER_ERROR, write->code, text);
	return FALSE;
}

/* ---- values ---- */

/* Blanks are nothing, too. */
static gboolean
is_nothing(const json_t *given)
{
	const char *text = json_string_value(given);

	return json_is_null(given) || (json_is_array(given) && json_array_size(given) == 0) || (text != NULL && text[strspn(text, " \t\r\n")] == '\0');
}

static gboolean
take_value(FnWrite *write, const FnBookField *field, const char *organization, const json_t *given, gboolean cell, json_t *values)
{
	FnValue value = { .db = write->db, .book = write->book, .field = field, .organization = organization };
	const char *reason = NULL;
	json_t *stored;

	if (is_nothing(given)) {
		json_object_del(values, field->name);
		return TRUE;
	}
	stored = cell ? fn_value_take_cell(&value, json_string_value(given), &reason) : fn_value_take(&value, given, &reason);
	if (stored != NULL) {
		json_object_set_new(values, field->name, stored);
		return TRUE;
	}
	write->failed = value.failed;
	g_strlcpy(write->limit, value.limit != NULL ? value.limit : "", sizeof(write->limit));
	return refuse(write, FN_REGISTER_ERROR_INPUT, field->name, reason);
}

/* Whether another active record of the register has the value. */
static gboolean
is_taken(FnWrite *write, const FnBookField *field, const json_t *value, const char *except)
{
	g_autofree char *text = fn_value_text(value);
	g_autoptr(FnRows) rows = fn_db_query(write->db, &fn_sql_register_with_term,
		FN_BINDS(FN_TEXT("register", write->book->id), FN_INT("term", fn_term_of_value(write->book->id, field->name, text))), &write->failed);
	gboolean taken = FALSE;

	while (rows != NULL && !taken && fn_rows_next(rows, &write->failed)) {
		const char *body = fn_rows_text(rows, "body");
		json_t *values = fn_json_parse(body, strlen(body), NULL);

		taken = g_strcmp0(fn_rows_text(rows, "id"), except) != 0 && json_equal(json_object_get(values, field->name), (json_t *)value);
		json_decref(values);
	}
	return taken || write->failed != NULL;
}

static gboolean
are_unique(FnWrite *write, const json_t *values, const char *except)
{
	for (guint i = 0; i < write->book->fields; i++) {
		const FnBookField *field = &write->book->field[i];
		const json_t *value = json_object_get(values, field->name);

		if (field->unique && value != NULL && is_taken(write, field, value, except))
			return refuse(write, FN_REGISTER_ERROR_INPUT, field->name, FN_SAY("stands in another active record, and may stand in one only"));
	}
	return TRUE;
}

static gboolean
are_known(FnWrite *write, const json_t *given)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)given, name, value)
		if (fn_book_field(write->book, name) == NULL) {
			g_autofree char *safe = fn_text_safe(name, -1, 60);

			g_strlcpy(write->limit, safe, sizeof(write->limit));
			return refuse(write, FN_REGISTER_ERROR_INPUT, "", FN_SAY("the register has no such field"));
		}
	return TRUE;
}

json_t *
fn_write_values(FnWrite *write, const char *organization, const json_t *before, const json_t *given, gboolean cells)
{
	json_t *values = before != NULL ? json_copy((json_t *)before) : json_object();
	const FnNode *broken;
	gboolean fine = are_known(write, given);

	for (guint i = 0; fine && i < write->book->fields; i++) {
		const FnBookField *field = &write->book->field[i];
		const json_t *one = json_object_get(given, field->name);

		*write->limit = '\0';
		if (one != NULL)
			fine = take_value(write, field, organization, one, cells, values);
		if (fine && field->required && json_object_get(values, field->name) == NULL)
			fine = refuse(write, FN_REGISTER_ERROR_INPUT, field->name, FN_SAY("is missing"));
	}
	if (fine && (broken = fn_demand_broken(write->book, values)) != NULL)
		fine = refuse_by_rule(write, broken);
	if (fine)
		return values;
	json_decref(values);
	return NULL;
}

/* A slash inside a value is doubled, so that no two keys read alike. */
char *
fn_write_key(FnWrite *write, const char *organization, const json_t *values)
{
	GString *key = g_string_new(NULL);

	for (guint i = 0; i < write->book->key->len; i++) {
		const FnBookField *field = write->book->key->pdata[i];
		const json_t *value = json_object_get(values, field->name);
		g_autofree char *text = value != NULL ? fn_value_text(value) : g_strdup("");
		g_auto(GStrv) part = g_strsplit(text, "/", -1);
		g_autofree char *doubled = g_strjoinv("//", part);

		g_string_append_printf(key, "%s%s", i > 0 ? " / " : "", write->book->key->len > 1 ? doubled : text);
	}
	if (key->len <= KEY_MAX)
		return g_string_free(key, FALSE);
	g_string_free(key, TRUE);
	refuse(write, FN_REGISTER_ERROR_INPUT, ((const FnBookField *)write->book->key->pdata[0])->name, FN_SAY("makes the key too long"));
	return NULL;
}

/* ---- writing ---- */

static gboolean
enter(FnWrite *write, const char *record, gint64 number, const char *kind, const json_t *changes)
{
	g_autofree char *text = fn_json_canonical(changes), *say = write->say != NULL ? fn_text_safe(write->say, -1, SAY_MAX) : NULL;
	const FnActor *actor = write->actor;

	return fn_db_exec(write->db, &fn_sql_register_add_history,
		FN_BINDS(FN_TEXT("record", record), FN_INT("number", number), FN_INT("at", write->now), FN_TEXT("kind", kind),
			FN_TEXT("account", actor->account), FN_TEXT("person", actor->person), FN_TEXT("name", actor->name),
			FN_TEXT("organization", actor->organization), FN_TEXT("say", say), FN_TEXT("changes", text)),
		NULL, &write->failed);
}

/* Two writers of one book one after the other: keys and values that are unique are looked up before they are written. */
static gboolean
lock(FnWrite *write)
{
	g_free(fn_db_text(write->db, &fn_sql_register_lock_register, FN_BINDS(FN_TEXT("register", write->book->id)), &write->failed));
	return write->failed == NULL;
}

static gboolean
key_is_free(FnWrite *write, const char *scope, const char *key, const char *except)
{
	g_autoptr(FnRecord) other = fn_record_with_key(write->db, write->book, scope, key, &write->failed);

	if (write->failed != NULL)
		return FALSE;
	if (other == NULL || g_strcmp0(other->id, except) == 0)
		return TRUE;
	return refuse(write, FN_REGISTER_ERROR_TAKEN, ((const FnBookField *)write->book->key->pdata[0])->name,
		FN_SAY("an active record has this key already; change that one"));
}

static const char *
whose(const FnBook *book, const char *organization, const json_t *values)
{
	const char *about = book->about != NULL ? json_string_value(json_object_get(values, book->about->name)) : NULL;

	return book->city ? (about != NULL ? about : "") : organization;
}

static gboolean
set_terms(FnWrite *write, const FnSql *sql, gint64 number, const char *state, const json_t *values, const char *content)
{
	g_autofree char *terms = fn_terms_of_record(write->book, state, values, content);

	return fn_db_exec(write->db, sql, FN_BINDS(FN_INT("number", number), FN_TEXT("terms", terms)), NULL, &write->failed);
}

gboolean
fn_write_add(FnWrite *write, const char *organization, const json_t *values, char **id_out)
{
	const FnBook *book = write->book;
	g_autofree char *key = fn_write_key(write, organization, values), *due = fn_book_due(book, values, write->now);
	g_autofree char *content = key != NULL ? fn_register_content(write->db, book, key, values) : NULL, *body = fn_json_canonical(values), *id = fn_id_new();
	const char *scope = book->city ? "" : organization;
	gint64 number;

	if (key == NULL || !lock(write) || !key_is_free(write, scope, key, NULL) || !are_unique(write, values, NULL))
		return FALSE;
	number = fn_db_int(write->db, &fn_sql_register_next_number, FN_NO_BINDS, 0, &write->failed);
	if (write->failed != NULL ||
		!fn_db_exec(write->db, &fn_sql_register_add_record,
			FN_BINDS(FN_INT("number", number), FN_TEXT("id", id), FN_TEXT("register", book->id), FN_TEXT("scope", scope),
				FN_TEXT("organization", whose(book, organization, values)), FN_TEXT("key", key), FN_TEXT("due", due),
				FN_TEXT("body", body), FN_TEXT("content", content), FN_INT("now", write->now)),
			NULL, &write->failed) ||
		!set_terms(write, &fn_sql_register_add_terms, number, "active", values, content) || !enter(write, id, 1, "add", values))
		return FALSE;
	if (id_out != NULL)
		*id_out = g_steal_pointer(&id);
	return TRUE;
}

/* Fields of @after that are not so in @before; null for those that are gone. */
static json_t *
changes_of(const json_t *before, const json_t *after)
{
	json_t *changes = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)after, name, value)
		if (!json_equal(value, json_object_get(before, name)))
			json_object_set(changes, name, value);
	json_object_foreach((json_t *)before, name, value)
		if (json_object_get(after, name) == NULL)
			json_object_set_new(changes, name, json_null());
	return changes;
}

static gboolean
stale(FnWrite *write)
{
	return refuse(write, FN_REGISTER_ERROR_STALE, "revision", FN_SAY("somebody changed the record meanwhile; read it again"));
}

static gboolean
write_change(FnWrite *write, const FnRecord *record, const json_t *values, const json_t *changes)
{
	const FnBook *book = write->book;
	const char *scope = book->city ? "" : record->organization;
	g_autofree char *key = fn_write_key(write, record->organization, values), *due = fn_book_due(book, values, record->created_at);
	g_autofree char *content = key != NULL ? fn_register_content(write->db, book, key, values) : NULL, *body = fn_json_canonical(values);
	gint64 changed = 0;

	if (key == NULL || !lock(write) || !key_is_free(write, scope, key, record->id) || !are_unique(write, values, record->id) ||
		!fn_db_exec(write->db, &fn_sql_register_change_record,
			FN_BINDS(FN_TEXT("organization", whose(book, record->organization, values)), FN_TEXT("key", key),
				FN_INT("revision", record->revision + 1), FN_TEXT("due", due), FN_TEXT("body", body), FN_TEXT("content", content),
				FN_INT("now", write->now), FN_TEXT("id", record->id)),
			&changed, &write->failed))
		return FALSE;
	if (changed != 1)
		return stale(write);
	return set_terms(write, &fn_sql_register_drop_terms, record->number, "active", record->values, record->content) &&
		set_terms(write, &fn_sql_register_add_terms, record->number, "active", values, content) &&
		enter(write, record->id, record->revision + 1, "change", changes);
}

gboolean
fn_write_change(FnWrite *write, const FnRecord *record, const json_t *values)
{
	json_t *changes = changes_of(record->values, values);
	gboolean done = json_object_size(changes) == 0 || write_change(write, record, values, changes);

	json_decref(changes);
	return done;
}

gboolean
fn_write_close(FnWrite *write, const FnRecord *record)
{
	gint64 of_active = fn_term_of_value(write->book->id, "/state", "active"), of_closed = fn_term_of_value(write->book->id, "/state", "closed");
	g_autofree char *active = g_strdup_printf("[%" G_GINT64_FORMAT "]", of_active), *closed = g_strdup_printf("[%" G_GINT64_FORMAT "]", of_closed);
	json_t *nothing = json_object();
	gint64 changed = 0;
	gboolean done;

	done = fn_db_exec(write->db, &fn_sql_register_close_record,
		FN_BINDS(FN_INT("revision", record->revision + 1), FN_INT("now", write->now), FN_TEXT("id", record->id)), &changed, &write->failed);
	if (done && changed != 1)
		done = stale(write);
	done = done &&
		fn_db_exec(write->db, &fn_sql_register_drop_terms, FN_BINDS(FN_INT("number", record->number), FN_TEXT("terms", active)), NULL,
			&write->failed) &&
		fn_db_exec(write->db, &fn_sql_register_add_terms, FN_BINDS(FN_INT("number", record->number), FN_TEXT("terms", closed)), NULL,
			&write->failed) &&
		enter(write, record->id, record->revision + 1, "close", nothing);
	json_decref(nothing);
	return done;
}

/* ---- by hand: seats and revisions ---- */

static gboolean
may_write(const FnBook *book, const FnActor *actor, const char *organization, GError **error)
{
	if (fn_book_access(fn_book_sight(book, actor), actor, organization) == FN_ACCESS_WRITE)
		return TRUE;
	fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE, "none of your offices writes the register \"%s\" for this organization", book->id);
	return FALSE;
}

/* Whether an organization that somebody names is there. */
static gboolean
is_organization(FnDb *db, const char *id, GError **error)
{
	GError *failed = NULL;
	g_autofree char *found = fn_db_text(db, &fn_sql_register_organization_active, FN_BINDS(FN_TEXT("value", id)), &failed);

	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (found == NULL)
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT, "organization: is no organization that the platform knows");
	return found != NULL;
}

char *
fn_register_add(FnDb *db, const FnRules *rules, const char *id, const char *organization, const json_t *values, const FnActor *actor, gint64 now,
	GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	FnWrite write = { .db = db, .book = book, .actor = actor, .now = now };
	const char *owner;
	char *made = NULL;
	json_t *stored;

	if (book == NULL)
		return NULL;
	owner = book->city ? "" : organization != NULL ? organization : actor->organization;
	if (!book->city && (!may_write(book, actor, owner, error) || !is_organization(db, owner, error)))
		return NULL;
	/* In a book of the city who writes for the own organization only may name no other, which shows once the values are read. */
	if (book->city && MAX(fn_book_sight(book, actor).all, fn_book_sight(book, actor).own) != FN_ACCESS_WRITE &&
		!may_write(book, actor, "", error))
		return NULL;
	if ((stored = fn_write_values(&write, owner, NULL, values, FALSE)) == NULL) {
		fn_write_refused(&write, error);
		return NULL;
	}
	if ((!book->city || may_write(book, actor, whose(book, owner, stored), error)) && !fn_write_add(&write, owner, stored, &made))
		fn_write_refused(&write, error);
	json_decref(stored);
	return made;
}

static FnRecord *
open_to_write(FnDb *db, const FnBook *book, const char *id, gint64 revision, const FnActor *actor, GError **error)
{
	FnAccess access = FN_ACCESS_NONE;
	g_autoptr(FnRecord) record = open_record(db, book, id, actor, &access, error);

	if (record == NULL || !may_write(book, actor, record->organization, error))
		return NULL;
	if (strcmp(record->state, "active") != 0) {
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_STATE, "the record is closed; add another");
		return NULL;
	}
	if (record->revision != revision) {
		fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_STALE,
			"revision: somebody changed the record meanwhile (it is %" G_GINT64_FORMAT " now); read it again", record->revision);
		return NULL;
	}
	return g_steal_pointer(&record);
}

gboolean
fn_register_change(FnDb *db, const FnRules *rules, const char *id, const char *record, gint64 revision, const json_t *values, const FnActor *actor,
	gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	g_autoptr(FnRecord) found = book != NULL ? open_to_write(db, book, record, revision, actor, error) : NULL;
	FnWrite write = { .db = db, .book = book, .actor = actor, .now = now };
	gboolean done;
	json_t *stored;

	if (found == NULL)
		return FALSE;
	stored = fn_write_values(&write, found->organization, found->values, values, FALSE);
	if (stored == NULL)
		return fn_write_refused(&write, error);
	if (book->city && !may_write(book, actor, whose(book, "", stored), error)) {
		json_decref(stored);
		return FALSE;
	}
	done = fn_write_change(&write, found, stored) || fn_write_refused(&write, error);
	json_decref(stored);
	return done;
}

gboolean
fn_register_close(FnDb *db, const FnRules *rules, const char *id, const char *record, gint64 revision, const char *say, const FnActor *actor,
	gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	g_autoptr(FnRecord) found = book != NULL ? open_to_write(db, book, record, revision, actor, error) : NULL;
	FnWrite write = { .db = db, .book = book, .actor = actor, .now = now, .say = say };

	return found != NULL && (fn_write_close(&write, found) || fn_write_refused(&write, error));
}

/* ---- by a procedure ---- */

/* The active record that @key means; NULL with a reason or without one. */
static FnRecord *
meant(FnWrite *write, const char *organization, const json_t *key)
{
	json_t *stored = json_object();
	g_autofree char *text = NULL;
	FnRecord *record = NULL;
	gboolean fine = TRUE;

	for (guint i = 0; fine && i < write->book->key->len; i++) {
		const FnBookField *field = write->book->key->pdata[i];
		const json_t *given = json_object_get(key, field->name);

		fine = given != NULL ? take_value(write, field, organization, given, FALSE, stored) :
			refuse(write, FN_REGISTER_ERROR_INPUT, field->name, FN_SAY("is missing"));
	}
	if (fine && (text = fn_write_key(write, organization, stored)) != NULL)
		record = fn_record_with_key(write->db, write->book, write->book->city ? "" : organization, text, &write->failed);
	json_decref(stored);
	return record;
}

static gboolean
apply_add(FnWrite *write, const char *organization, const json_t *key, const json_t *values)
{
	json_t *given = json_copy((json_t *)key), *stored;
	gboolean done;

	if (values != NULL)
		json_object_update(given, (json_t *)values);
	stored = fn_write_values(write, organization, NULL, given, FALSE);
	done = stored != NULL && fn_write_add(write, organization, stored, NULL);
	json_decref(stored);
	json_decref(given);
	return done;
}

static gboolean
apply_to(FnWrite *write, const char *act, const char *organization, const json_t *key, const json_t *values)
{
	g_autoptr(FnRecord) record = meant(write, organization, key);
	json_t *stored;
	gboolean done;

	if (record == NULL)
		return write->failed != NULL || write->reason != NULL ? FALSE :
			refuse(write, FN_REGISTER_ERROR_UNKNOWN, "", FN_SAY("the register has no active record of this key"));
	if (values != NULL && json_object_size(values) > 0) {
		g_autoptr(FnRecord) changed = NULL;

		stored = fn_write_values(write, record->organization, record->values, values, FALSE);
		done = stored != NULL && fn_write_change(write, record, stored);
		json_decref(stored);
		if (!done || strcmp(act, "close") != 0)
			return done;
		changed = fn_record_read(write->db, write->book, record->id, &write->failed);
		return changed != NULL && fn_write_close(write, changed);
	}
	return strcmp(act, "close") != 0 || fn_write_close(write, record);
}

gboolean
fn_register_apply(FnDb *db, const FnRules *rules, const char *id, const char *act, const json_t *key, const json_t *values,
	const char *organization, const char *say, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	FnWrite write = { .db = db, .book = book, .actor = actor, .now = now, .say = say };
	const char *owner;
	gboolean done;

	if (book == NULL)
		return FALSE;
	owner = book->city || organization == NULL ? "" : organization;
	if (!book->city && !is_organization(db, owner, error))
		return FALSE;
	done = strcmp(act, "add") == 0 ? apply_add(&write, owner, key, values) : apply_to(&write, act, owner, key, values);
	return done || fn_write_refused(&write, error);
}
