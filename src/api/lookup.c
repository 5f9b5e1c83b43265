/* "Was this person looked up?": identifiers become keyed digests before anything is written; a case approved by another person lets
 * who asked see the entries that have them (rules/procedures/lookup.yaml). */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/say.h"
#include "base/time.h"

#include <string.h>

enum { IDENTIFIERS_MOST = 10, IDENTIFIER_MOST = 256, YEARS_BACK = 3, WAIT_MS = 3000, PAUSE_MS = 50 };

/* ---- asking ---- */

static const json_t *
need_identifiers(FnApiCall *call, GError **error)
{
	const json_t *list = json_object_get(call->body, "identifiers");
	gboolean good = json_array_size(list) >= 1 && json_array_size(list) <= IDENTIFIERS_MOST;

	for (size_t i = 0; good && i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		good = text != NULL && *text != '\0' && strlen(text) <= IDENTIFIER_MOST;
	}
	if (good)
		return list;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"identifiers\" must be a list of 1 to %u texts of at most %u bytes", IDENTIFIERS_MOST,
		IDENTIFIER_MOST);
	return NULL;
}

static guint
year_of(gint64 us)
{
	GDate date;

	fn_time_date(us, &date);
	return g_date_get_year(&date);
}

/* Adds the digests of one year. FALSE without an error: the year's key was destroyed, nobody can make them any more. */
static gboolean
add_year(FnApiCall *call, const json_t *identifiers, guint year, json_t *subjects, GError **error)
{
	for (size_t i = 0; i < json_array_size(identifiers); i++) {
		g_autoptr(GError) why = NULL;
		g_autofree char *digest = fn_subject_digest(call->api->subjects, year, json_string_value(json_array_get(identifiers, i)), &why);

		if (digest == NULL && fn_ipc_error_is(why, "destroyed"))
			return FALSE;
		if (digest == NULL) {
			g_propagate_error(error, g_steal_pointer(&why));
			return FALSE;
		}
		json_array_append_new(subjects, json_sprintf("%04u:%s", year, digest));
	}
	return TRUE;
}

/* The digests of every year in which an entry may live, and of the next where the approval may reach into it. */
static json_t *
digest_all(FnApiCall *call, const json_t *identifiers, json_t *years, GError **error)
{
	guint last = year_of(call->now + 31 * G_TIME_SPAN_DAY);
	json_t *subjects = json_array();
	GError *why = NULL;

	for (guint year = year_of(call->now) - YEARS_BACK; year <= last && why == NULL; year++)
		if (add_year(call, identifiers, year, subjects, &why))
			json_array_append_new(years, json_integer(year));
	if (why == NULL)
		return subjects;
	json_decref(subjects);
	g_propagate_error(error, why);
	return NULL;
}

/* Takes @subjects over. */
static char *
open_case(FnApiCall *call, json_t *subjects, GError **error)
{
	g_autofree char *bureau = fn_db_text(call->db, &fn_sql_api_organization_of_kind, FN_BINDS(FN_TEXT("kind", "bureau"), FN_TEXT("authority", "")), NULL);
	json_t *parties = json_pack("{s:s*}", "bureau", bureau), *form = json_pack("{s:o}", "subjects", subjects);
	static const char *const said[] = { "reason", "basis", "days" };
	char *id;

	for (gsize i = 0; i < G_N_ELEMENTS(said); i++)
		if (json_object_get(call->body, said[i]) != NULL)
			json_object_set(form, said[i], json_object_get(call->body, said[i]));
	id = fn_work_open(call->force->work, call->db, "lookup", "ledger", parties, form, call->actor, call->now, error);
	json_decref(parties);
	json_decref(form);
	if (id != NULL && !fn_work_step(call->force->work, call->db, id, "send", NULL, NULL, call->actor, call->now, error))
		g_clear_pointer(&id, g_free);
	return id;
}

json_t *
fn_api_open_lookup(FnApiCall *call, GError **error)
{
	const json_t *identifiers = need_identifiers(call, error);
	json_t *years = json_array(), *subjects = identifiers != NULL ? digest_all(call, identifiers, years, error) : NULL;
	g_autofree char *id = subjects != NULL ? open_case(call, subjects, error) : NULL;

	if (id == NULL) {
		json_decref(years);
		return NULL;
	}
	call->subject = g_strdup(id);
	return json_pack("{s:s, s:o}", "id", id, "years", years);
}

/* ---- looking ---- */

typedef struct {
	FnAuditQuestion question;
	GPtrArray *items; /* json_t, borrowed from answers */
	GPtrArray *answers;
	guint64 next; /* entries from here on are all known; 0: that is all there are */
} Looking;

static guint64
index_of(const json_t *item)
{
	return (guint64)json_integer_value(json_object_get(item, "index"));
}

static gint
newest_first(gconstpointer a, gconstpointer b)
{
	guint64 x = index_of(*(const json_t *const *)a), y = index_of(*(const json_t *const *)b);

	return x > y ? -1 : x < y;
}

static gboolean
look(FnApiCall *call, Looking *looking, const char *subject, GError **error)
{
	const json_t *items;
	json_t *answer;

	looking->question.value[FN_AUDIT_SUBJECT] = strchr(subject, ':') + 1;
	if ((answer = fn_api_index_ask(call->api->index, &looking->question, error)) == NULL)
		return FALSE;
	g_ptr_array_add(looking->answers, answer);
	items = json_object_get(answer, "items");
	for (size_t i = 0; i < json_array_size(items); i++)
		g_ptr_array_add(looking->items, json_array_get(items, i));
	looking->next = MAX(looking->next, (guint64)json_integer_value(json_object_get(answer, "next")));
	return TRUE;
}

/* The newest entries of all subjects together, each once, as far down as all are known. */
static json_t *
merge(Looking *looking, guint64 *next_out)
{
	json_t *items = json_array();
	guint64 last = G_MAXUINT64;

	*next_out = looking->next;
	g_ptr_array_sort(looking->items, newest_first);
	for (guint i = 0; i < looking->items->len; i++) {
		json_t *item = g_ptr_array_index(looking->items, i);

		if (index_of(item) < looking->next)
			break;
		if (index_of(item) == last)
			continue;
		if (json_array_size(items) == looking->question.limit) {
			*next_out = last;
			break;
		}
		last = index_of(item);
		json_array_append(items, item);
	}
	return items;
}

/* Waits a little for the index to reach @size; {"indexed","lag"} at the end. */
static json_t *
wait_for_index(FnApiCall *call, GError **error)
{
	json_t *state = fn_api_index_ask(call->api->index, NULL, error);
	json_int_t wanted = json_integer_value(json_object_get(state, "indexed")) + json_integer_value(json_object_get(state, "lag"));

	for (guint ms = 0; state != NULL && ms < WAIT_MS && json_integer_value(json_object_get(state, "indexed")) < wanted; ms += PAUSE_MS) {
		json_decref(state);
		g_usleep(PAUSE_MS * 1000);
		state = fn_api_index_ask(call->api->index, NULL, error);
	}
	if (state != NULL)
		json_object_set_new(state, "complete", json_boolean(json_integer_value(json_object_get(state, "indexed")) >= wanted));
	return state;
}

static json_t *
look_all(FnApiCall *call, const json_t *subjects, Looking *looking, GError **error)
{
	json_t *answer = wait_for_index(call, error), *items;
	gboolean good = answer != NULL;
	guint64 next;

	for (size_t i = 0; good && i < json_array_size(subjects); i++)
		good = look(call, looking, json_string_value(json_array_get(subjects, i)), error);
	if (!good) {
		json_decref(answer);
		return NULL;
	}
	items = merge(looking, &next);
	json_object_set_new(answer, "items", items);
	json_object_set_new(answer, "next", next > 0 ? json_integer((json_int_t)next) : json_null());
	return answer;
}

static gboolean
read_page(FnApiCall *call, FnAuditQuestion *question, GError **error)
{
	gint64 before, limit;

	if (!fn_api_want_number(call, "before", G_MAXINT64, &before, error) || !fn_api_want_number(call, "limit", question->limit, &limit, error))
		return FALSE;
	question->before = (guint64)MAX(before, 0);
	question->limit = (guint)CLAMP(limit, 0, G_MAXINT32); /* what is out of bounds the index refuses */
	return TRUE;
}

static void
free_answer(gpointer answer)
{
	json_decref(answer);
}

/* The use is written and entered. */
static json_t *
answer(FnApiCall *call, GError **error)
{
	Looking looking = { .question = FN_AUDIT_ANYTHING };
	json_t *shown = fn_work_show(call->force->work, call->db, call->part[0], call->actor, call->now, error), *reply = NULL;

	looking.items = g_ptr_array_new();
	looking.answers = g_ptr_array_new_with_free_func(free_answer);
	if (shown != NULL && read_page(call, &looking.question, error))
		reply = look_all(call, json_object_get(json_object_get(shown, "form"), "subjects"), &looking, error);
	g_ptr_array_unref(looking.items);
	g_ptr_array_unref(looking.answers);
	json_decref(shown);
	return reply;
}

static gboolean
is_lookup(FnApiCall *call, GError **error)
{
	json_t *shown = fn_work_show(call->force->work, call->db, call->part[0], call->actor, call->now, error);
	gboolean known = shown != NULL, is = known && g_strcmp0(json_string_value(json_object_get(shown, "procedure")), "lookup") == 0;

	json_decref(shown);
	if (known && !is)
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_STATE, "the case is about something else");
	return is;
}

json_t *
fn_api_use_lookup(FnApiCall *call, GError **error)
{
	FnAuditQuestion page = FN_AUDIT_ANYTHING;

	/* The history is replayed: an approval written past the procedure is none. */
	if (!read_page(call, &page, error) || !is_lookup(call, error) || !fn_work_audit(call->force->work, call->db, call->part[0], error) ||
		!fn_work_step(call->force->work, call->db, call->part[0], "use", NULL, NULL, call->actor, call->now, error))
		return NULL;
	call->then = answer;
	return json_object();
}
