/* Finding records: by values, by any two characters, by when they have to be renewed; page by page in the order of keys or due dates.
 *
 * Every condition is a term (terms.c). Where few records have the rarest of them these are read and put in order; where all are common
 * the book is walked in order, a stretch at a time, which soon fills a page. What comes is compared with the question again. */
#include "register/find.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "register_sql.h"

#include <string.h>

enum {
	FEW = 5000,          /* records with one term that are read at once */
	PICKED = 4,          /* terms that a statement looks at */
	ASKED = 12,          /* terms that are counted */
	STRETCH_MAX = 4000,  /* records walked by one statement */
	WALK_MAX = 60000,    /* by one call; then the page is short and goes on */
	WORDS_MAX = 500,     /* bytes of a question */
	LIMIT_MAX = 500
};

typedef struct {
	gint64 term, count;
} Counted;

static gint
by_count(gconstpointer a, gconstpointer b)
{
	const Counted *one = a, *other = b;

	return one->count < other->count ? -1 : one->count > other->count;
}

void
fn_search_clear(FnSearch *search)
{
	g_strfreev(search->words);
	json_decref(search->where);
	g_free(search->from);
	g_free(search->until);
	g_free(search->place);
	memset(search, 0, sizeof(*search));
}

/* ---- conditions ---- */

/* The stored form of what is asked for; what is none can still be asked for, and is not found. */
static json_t *
stored_form(FnDb *db, const FnBook *book, const FnBookField *field, const char *text)
{
	FnValue value = { .db = db, .book = book, .field = field, .organization = "" };
	const char *reason = NULL;
	json_t *stored = fn_value_take_cell(&value, text, &reason), *first;

	g_clear_error(&value.failed);
	if (json_is_array(stored)) {
		first = json_incref(json_array_get(stored, 0));
		json_decref(stored);
		stored = first;
	}
	return stored != NULL ? stored : json_string(text);
}

static gboolean
input(GError **error, const char *field, const char *english)
{
	fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT, "%s: %s", field, fn_say(english));
	return FALSE;
}

gboolean
fn_search_where(FnSearch *search, FnDb *db, const char *name, const char *const *values, GError **error)
{
	const FnBookField *field = fn_book_field(search->book, name);
	json_t *wanted = json_array();

	if (field == NULL) {
		g_autofree char *safe = fn_text_safe(name, -1, 60);

		json_decref(wanted);
		return input(error, safe, "the register has no such field");
	}
	for (; *values != NULL; values++) {
		json_t *stored = stored_form(db, search->book, field, *values);
		g_autofree char *text = fn_value_text(stored);

		json_array_append_new(wanted, json_string(text));
		json_decref(stored);
	}
	if (search->where == NULL)
		search->where = json_object();
	json_object_set_new(search->where, name, wanted);
	return TRUE;
}

static gboolean
has_value(const json_t *stored, const json_t *wanted)
{
	g_autofree char *text = NULL;

	if (json_is_array(stored)) {
		for (gsize i = 0; i < json_array_size(stored); i++)
			if (has_value(json_array_get(stored, i), wanted))
				return TRUE;
		return FALSE;
	}
	text = stored != NULL ? fn_value_text(stored) : NULL;
	for (gsize i = 0; text != NULL && i < json_array_size(wanted); i++)
		if (strcmp(json_string_value(json_array_get(wanted, i)), text) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
matches(const FnSearch *search, const FnRecord *record)
{
	const char *name;
	json_t *wanted;

	if (search->state != NULL && strcmp(search->state, record->state) != 0)
		return FALSE;
	json_object_foreach(search->where, name, wanted)
		if (!has_value(json_object_get(record->values, name), wanted))
			return FALSE;
	for (char **word = search->words; word != NULL && *word != NULL; word++)
		if (strstr(record->content, *word) == NULL)
			return FALSE;
	return TRUE;
}

/* ---- which way ---- */

static void
add_term(GArray *terms, gint64 number)
{
	Counted term = { number, 0 };

	g_array_append_val(terms, term);
}

/* What is closed is due never: where an end is asked for all are active, and looking up each would only cost. */
static gboolean
only_active(const FnSearch *search)
{
	return strcmp(search->state, "active") == 0 && strcmp(search->until, FN_FOREVER) != 0;
}

static GArray *
terms_of(const FnSearch *search)
{
	GArray *terms = g_array_new(FALSE, FALSE, sizeof(Counted)), *numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	const char *name;
	json_t *wanted;

	if (search->state != NULL && !only_active(search))
		add_term(terms, fn_term_of_value(search->book->id, "/state", search->state));
	json_object_foreach(search->where, name, wanted)
		if (json_array_size(wanted) == 1)
			add_term(terms, fn_term_of_value(search->book->id, name, json_string_value(json_array_get(wanted, 0))));
	for (char **word = search->words; word != NULL && *word != NULL; word++)
		fn_terms_of_text(search->book->id, *word, TRUE, numbers);
	for (guint i = 0; i < MIN(numbers->len, ASKED); i++)
		add_term(terms, g_array_index(numbers, gint64, i));
	g_array_unref(numbers);
	return terms;
}

/* The rarest terms of the question. */
static gboolean
choose(FnSearch *search, FnDb *db, GError **error)
{
	g_autoptr(GArray) terms = terms_of(search);
	GError *failed = NULL;

	for (guint i = 0; i < terms->len && failed == NULL; i++) {
		Counted *one = &g_array_index(terms, Counted, i);

		one->count = fn_db_int(db, &fn_sql_register_count_term, FN_BINDS(FN_INT("term", one->term), FN_INT("most", FEW + 1)), 0, &failed);
	}
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	g_array_sort(terms, by_count);
	search->terms = MIN(terms->len, PICKED);
	search->few = terms->len > 0 && g_array_index(terms, Counted, 0).count <= FEW;
	for (guint i = 0; i < PICKED && terms->len > 0; i++)
		search->term[i] = g_array_index(terms, Counted, MIN(i, terms->len - 1)).term;
	return TRUE;
}

/* ---- fetching ---- */

static FnRows *
fetch_few(const FnSearch *search, FnDb *db, guint most, GError **error)
{
	return fn_db_query(db, search->by_due ? &fn_sql_register_few_by_due : &fn_sql_register_few_by_key,
		FN_BINDS(FN_TEXT("register", search->book->id), FN_TEXT("organization", search->organization), FN_TEXT("from", search->from),
			FN_TEXT("until", search->until), FN_TEXT("after", search->place), FN_INT("after_number", search->number),
			FN_INT("term1", search->term[0]), FN_INT("term2", search->term[1]), FN_INT("term3", search->term[2]),
			FN_INT("term4", search->term[3]), FN_INT("most", most)),
		error);
}

static FnRows *
fetch_stretch(const FnSearch *search, FnDb *db, guint span, guint most, GError **error)
{
	const FnSql *all = search->by_due ? &fn_sql_register_walk_by_due : &fn_sql_register_walk_by_key;
	const FnSql *own = search->by_due ? &fn_sql_register_walk_of_by_due : &fn_sql_register_walk_of_by_key;
	gboolean is_all = *search->organization == '\0';
	FnBind more[3] = { 0 };
	guint n = 0;

	if (!is_all)
		more[n++] = FN_TEXT("organization", search->organization);
	if (!search->by_due)
		more[n++] = FN_TEXT("from", search->from);
	return fn_db_query(db, is_all ? all : own,
		FN_BINDS(FN_TEXT("register", search->book->id), FN_TEXT("until", search->until), FN_TEXT("after", search->place),
			FN_INT("after_number", search->number), FN_INT("terms", search->terms), FN_INT("term1", search->term[0]),
			FN_INT("term2", search->term[1]), FN_INT("term3", search->term[2]), FN_INT("term4", search->term[3]), FN_INT("span", span),
			FN_INT("most", most), more[0], more[1]),
		error);
}

static FnRows *
fetch_end(const FnSearch *search, FnDb *db, guint span, GError **error)
{
	gboolean is_all = *search->organization == '\0';
	const FnBind of = FN_TEXT("organization", search->organization), nothing = { 0 };

	if (search->by_due)
		return fn_db_query(db, is_all ? &fn_sql_register_end_by_due : &fn_sql_register_end_of_by_due,
			FN_BINDS(FN_TEXT("register", search->book->id), FN_TEXT("after", search->place), FN_INT("after_number", search->number),
				FN_INT("span", span), FN_TEXT("until", search->until), is_all ? nothing : of),
			error);
	return fn_db_query(db, is_all ? &fn_sql_register_end_by_key : &fn_sql_register_end_of_by_key,
		FN_BINDS(FN_TEXT("register", search->book->id), FN_TEXT("after", search->place), FN_INT("after_number", search->number),
			FN_INT("span", span), is_all ? nothing : of),
		error);
}

static void
move_to(FnSearch *search, const char *place, gint64 number)
{
	if (search->place != place) {
		g_free(search->place);
		search->place = g_strdup(place);
	}
	search->number = number;
}

/* Goes behind the stretch; *ended_out when the book ends in it. */
static gboolean
pass_stretch(FnSearch *search, FnDb *db, guint span, gboolean *ended_out, GError **error)
{
	g_autoptr(FnRows) rows = fetch_end(search, db, span, error);
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	*ended_out = !fn_rows_next(rows, &failed);
	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (!*ended_out)
		move_to(search, fn_rows_text(rows, "place"), fn_rows_int(rows, "number"));
	return failed == NULL;
}

/* Takes what matches; *seen_out: rows that came. */
static gboolean
take_rows(FnSearch *search, FnRows *rows, GPtrArray *hits, guint limit, guint *seen_out, GError **error)
{
	GError *failed = NULL;

	*seen_out = 0;
	while (hits->len < limit && fn_rows_next(rows, &failed)) {
		g_autoptr(FnRecord) record = fn_record_of(rows);

		(*seen_out)++;
		move_to(search, search->by_due ? record->due : record->key, record->number);
		if (matches(search, record))
			g_ptr_array_add(hits, g_steal_pointer(&record));
	}
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

/* A stretch is short while pages fill soon, and grows where they do not. */
static gboolean
step(FnSearch *search, FnDb *db, guint *span, GPtrArray *hits, guint limit, gboolean *ended_out, GError **error)
{
	guint most = limit - hits->len, seen;
	g_autoptr(FnRows) rows = NULL;
	g_autofree char *from = g_strdup(search->place);
	gint64 from_number = search->number;

	rows = search->few ? fetch_few(search, db, most, error) : fetch_stretch(search, db, MAX(*span, most), most, error);
	if (rows == NULL || !take_rows(search, rows, hits, limit, &seen, error))
		return FALSE;
	if (seen >= most)
		return TRUE;
	if (search->few) {
		*ended_out = TRUE;
		return TRUE;
	}
	move_to(search, from, from_number);
	return pass_stretch(search, db, MAX(*span, most), ended_out, error);
}

GPtrArray *
fn_search_run(FnSearch *search, FnDb *db, guint limit, gboolean *more_out, GError **error)
{
	g_autoptr(GPtrArray) hits = g_ptr_array_new_with_free_func((GDestroyNotify)fn_record_free);
	guint span = limit * 2, walked = 0;
	gboolean ended = FALSE;

	if (!search->chosen && !choose(search, db, error))
		return NULL;
	search->chosen = TRUE;
	if (search->by_due && strcmp(search->place, search->from) < 0)
		move_to(search, search->from, -1);
	while (!ended && hits->len < limit && walked < WALK_MAX) {
		if (!step(search, db, &span, hits, limit, &ended, error))
			return NULL;
		walked += MAX(span, 1);
		span = MIN(span * 6, STRETCH_MAX);
	}
	*more_out = !ended;
	return g_steal_pointer(&hits);
}

void
fn_search_renewal(FnSearch *search, const char *which, gint64 now)
{
	g_autofree char *yesterday = fn_time_date_text(now - G_TIME_SPAN_DAY), *today = fn_time_date_text(now);

	g_free(search->from);
	g_free(search->until);
	search->from = g_strdup(g_strcmp0(which, "near") == 0 ? today : "");
	if (g_strcmp0(which, "over") == 0)
		search->until = g_strdup(yesterday);
	else if (g_strcmp0(which, "near") == 0)
		search->until = fn_time_date_text(now + search->book->warn * G_TIME_SPAN_DAY);
	else
		search->until = g_strdup(FN_FOREVER);
	search->by_due = search->by_due || which != NULL;
}

void
fn_search_begin(FnSearch *search, const FnBook *book, const char *organization, const char *state)
{
	*search = (FnSearch){ .book = book, .organization = organization, .state = state, .place = g_strdup(""), .number = -1 };
}

/* ---- for people ---- */

static gboolean
take_cursor(FnSearch *search, const char *cursor, GError **error)
{
	g_autofree guchar *bytes = NULL;
	char *line;
	gsize size;

	if (cursor == NULL || *cursor == '\0')
		return TRUE;
	bytes = strlen(cursor) <= 4000 ? g_base64_decode(cursor, &size) : NULL;
	if (bytes == NULL || size == 0 || !g_utf8_validate((const char *)bytes, (gssize)size, NULL))
		return input(error, "cursor", "must be the \"next\" of an earlier answer");
	bytes = g_realloc(bytes, size + 1);
	bytes[size] = '\0';
	if ((line = strchr((char *)bytes, '\n')) != NULL)
		*line = '\0';
	if (line == NULL || !g_ascii_string_to_signed((const char *)bytes, 10, -1, G_MAXINT64, &search->number, NULL))
		return input(error, "cursor", "must be the \"next\" of an earlier answer");
	move_to(search, line + 1, search->number);
	return TRUE;
}

static json_t *
next_of(const FnSearch *search)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n%s", search->number, search->place);
	g_autofree char *encoded = g_base64_encode((const guchar *)text, strlen(text));

	return json_string(encoded);
}

static gboolean
take_words(FnSearch *search, const char *text, GError **error)
{
	g_autofree char *folded = NULL;
	GPtrArray *words;

	if (text == NULL)
		return TRUE;
	if (strlen(text) > WORDS_MAX || !g_utf8_validate(text, -1, NULL))
		return input(error, "q", "must be a text of at most 500 bytes");
	folded = fn_register_fold(text);
	search->words = g_strsplit_set(folded, " \t\r\n", -1);
	words = g_ptr_array_new();
	for (char **word = search->words; *word != NULL; word++)
		if (**word != '\0')
			g_ptr_array_add(words, *word);
		else
			g_free(*word);
	g_ptr_array_add(words, NULL);
	g_free(search->words);
	search->words = (char **)g_ptr_array_free(words, FALSE);
	return TRUE;
}

static gboolean
take_where(FnSearch *search, FnDb *db, const json_t *where, FnAccess access, GError **error)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)where, name, value) {
		const FnBookField *field = fn_book_field(search->book, name);
		g_autoptr(GPtrArray) values = g_ptr_array_new();

		if (field != NULL && field->sensitive && access < FN_ACCESS_FULL)
			return input(error, name, "is not shown to you, so nothing can be found by it");
		for (gsize i = 0; i < json_array_size(value); i++)
			if (json_is_string(json_array_get(value, i)))
				g_ptr_array_add(values, (gpointer)json_string_value(json_array_get(value, i)));
		if (json_is_string(value))
			g_ptr_array_add(values, (gpointer)json_string_value(value));
		g_ptr_array_add(values, NULL);
		if (!fn_search_where(search, db, name, (const char *const *)values->pdata, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
one_of(const char *given, const char *const *known, const char *name, GError **error)
{
	g_autofree char *joined = NULL;

	if (given == NULL || g_strv_contains(known, given))
		return TRUE;
	joined = g_strjoinv(", ", (char **)known);
	fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT, "%s: must be one of %s", name, joined);
	return FALSE;
}

static gboolean
check_query(const FnRegisterQuery *query, GError **error)
{
	static const char *const states[] = { "active", "closed", "all", NULL }, *const renewals[] = { "over", "near", NULL },
		*const sorts[] = { "key", "due", NULL };

	if (query->limit < 1 || query->limit > LIMIT_MAX)
		return input(error, "limit", "must be 1 to 500");
	return one_of(query->state, states, "state", error) && one_of(query->renewal, renewals, "renewal", error) &&
		one_of(query->sort, sorts, "sort", error);
}

/* Whose records are asked for, and what @actor is shown of them at least. */
static gboolean
horizon(const FnBook *book, const FnRegisterQuery *query, const FnActor *actor, const char **organization_out, FnAccess *access_out, GError **error)
{
	FnSight sight = fn_book_sight(book, actor);

	if (query->organization != NULL && *query->organization != '\0') {
		*organization_out = query->organization;
		*access_out = fn_book_access(sight, actor, query->organization);
	} else {
		*organization_out = sight.all != FN_ACCESS_NONE ? "" : actor->organization;
		*access_out = sight.all != FN_ACCESS_NONE ? sight.all : sight.own;
	}
	if (*access_out != FN_ACCESS_NONE)
		return TRUE;
	fn_refuse(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE, query->organization != NULL ?
		"none of your offices reads the register \"%s\" of this organization" : "none of your offices reads the register \"%s\"", book->id);
	return FALSE;
}

static json_t *
page(FnDb *db, const FnSearch *search, const GPtrArray *hits, gboolean more, const FnActor *actor, gint64 now)
{
	FnSight sight = fn_book_sight(search->book, actor);
	json_t *items = json_array();

	for (guint i = 0; i < hits->len; i++) {
		const FnRecord *record = hits->pdata[i];

		json_array_append_new(items, fn_record_json(db, search->book, record, fn_book_access(sight, actor, record->organization), now));
	}
	return json_pack("{s:o, s:o}", "items", items, "next", more ? next_of(search) : json_null());
}

json_t *
fn_register_find(FnDb *db, const FnRules *rules, const char *id, const FnRegisterQuery *query, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnBook) book = fn_book_open(rules, id, error);
	const char *organization = NULL, *state = query->state != NULL ? query->state : "active";
	g_autoptr(GPtrArray) hits = NULL;
	g_auto(FnSearch) search = { 0 };
	FnAccess access = FN_ACCESS_NONE;
	gboolean more;

	if (book == NULL || !check_query(query, error) || !horizon(book, query, actor, &organization, &access, error))
		return NULL;
	fn_search_begin(&search, book, organization, strcmp(state, "all") == 0 ? NULL : state);
	search.by_due = g_strcmp0(query->sort, "due") == 0;
	fn_search_renewal(&search, query->renewal, now);
	if (!take_where(&search, db, query->where, access, error) || !take_words(&search, query->text, error) ||
		!take_cursor(&search, query->cursor, error) || (hits = fn_search_run(&search, db, query->limit, &more, error)) == NULL)
		return NULL;
	return page(db, &search, hits, more, actor, now);
}
