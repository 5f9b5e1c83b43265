/* Finding resources by any two characters: an inverted index of our own, alike on both engines. */
#include "catalog/catalog_priv.h"

#include "base/json.h"
#include "catalog_sql.h"

#include <string.h>

enum {
	CONTENT_MAX = 64 * 1024,
	QUERY_MAX = 500,
	WORD_MAX = 64,
	PICKED = 4,
	FETCH = 200,
	ROUNDS = 25,
	COUNT_MOST = 5000
};

char *
fn_search_fold(const char *text)
{
	g_autofree char *normal = text == NULL ? NULL : g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE);

	return normal == NULL ? g_strdup("") : g_utf8_casefold(normal, -1);
}

static gboolean
is_ascii_word(gunichar c)
{
	return c < 128 && g_ascii_isalnum((char)c);
}

static gboolean
is_other_word(gunichar c)
{
	return c >= 128 && (g_unichar_isalnum(c) || g_unichar_ismark(c));
}

static void
add_term(GHashTable *seen, GPtrArray *terms, const char *from, gsize size)
{
	char *term = g_strndup(from, size);

	if (g_hash_table_add(seen, term))
		g_ptr_array_add(terms, g_strdup(term));
}

/* One run of letters outside ASCII: each character, and each with the next. */
static const char *
take_run(GHashTable *seen, GPtrArray *terms, const char *at)
{
	const char *before = NULL;

	while (is_other_word(g_utf8_get_char(at))) {
		const char *next = g_utf8_next_char(at);

		add_term(seen, terms, at, (gsize)(next - at));
		if (before != NULL)
			add_term(seen, terms, before, (gsize)(next - before));
		before = at;
		at = next;
	}
	return at;
}

static const char *
take_word(GHashTable *seen, GPtrArray *terms, const char *at)
{
	const char *from = at;

	while (is_ascii_word((guchar)*at) && *at != '\0')
		at++;
	add_term(seen, terms, from, MIN((gsize)(at - from), WORD_MAX));
	return at;
}

GPtrArray *
fn_search_terms(const char *folded)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *terms = g_ptr_array_new_with_free_func(g_free);

	for (const char *at = folded; *at != '\0';) {
		gunichar c = g_utf8_get_char(at);

		if (is_ascii_word(c))
			at = take_word(seen, terms, at);
		else if (is_other_word(c))
			at = take_run(seen, terms, at);
		else
			at = g_utf8_next_char(at);
	}
	return terms;
}

char **
fn_search_words(const char *folded)
{
	GPtrArray *words = g_ptr_array_new();

	for (const char *at = folded; *at != '\0';) {
		const char *from = at;

		while (*at != '\0' && (is_ascii_word(g_utf8_get_char(at)) || is_other_word(g_utf8_get_char(at))))
			at = g_utf8_next_char(at);
		if (at > from)
			g_ptr_array_add(words, g_strndup(from, (gsize)(at - from)));
		else
			at = g_utf8_next_char(at);
	}
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

gboolean
fn_search_occurs(const char *folded, const char *word)
{
	gsize size = strlen(word);

	if (size == 0)
		return TRUE;
	for (const char *at = folded; (at = strstr(at, word)) != NULL; at = g_utf8_next_char(at)) {
		gboolean opens = !is_ascii_word((guchar)word[0]) || at == folded || !is_ascii_word((guchar)at[-1]);
		gboolean closes = !is_ascii_word((guchar)word[size - 1]) || !is_ascii_word((guchar)at[size]);

		if (opens && closes)
			return TRUE;
	}
	return FALSE;
}

static void
add_text(GString *out, const char *text)
{
	if (text == NULL)
		return;
	g_string_append(out, text);
	g_string_append_c(out, '\n');
}

static void
add_item(GString *out, const json_t *body, const char *name)
{
	add_text(out, json_string_value(json_object_get(body, name)));
}

/* What is searched. A withheld resource is found by its name and reason only. */
static char *
content_of(const FnResource *resource, gboolean withheld)
{
	static const char *const texts[] = { "summary", "category", "provider_unit", "format", "classification", NULL };
	GString *out = g_string_new(NULL);
	json_t *word;
	gsize i;

	add_item(out, resource->body, "name");
	add_text(out, resource->organization_name);
	add_text(out, resource->code);
	if (withheld) {
		add_item(out, resource->body, "withheld_reason");
		return g_string_free(out, FALSE);
	}
	for (i = 0; texts[i] != NULL; i++)
		add_item(out, resource->body, texts[i]);
	json_array_foreach(json_object_get(resource->body, "keywords"), i, word) add_text(out, json_string_value(word));
	for (guint n = 0; n < resource->fields->len; n++) {
		add_text(out, ((const FnField *)resource->fields->pdata[n])->title);
		add_text(out, ((const FnField *)resource->fields->pdata[n])->name);
	}
	return g_string_free(out, FALSE);
}

static char *
folded_content(const FnResource *resource, gboolean withheld)
{
	g_autofree char *content = content_of(resource, withheld);
	char *folded = fn_search_fold(content);

	if (strlen(folded) > CONTENT_MAX)
		*g_utf8_find_prev_char(folded, folded + CONTENT_MAX) = '\0';
	return folded;
}

/* Sixteen at a time: a statement each would be a way to the server and back each. The last one is filled up by
 * repeating. */
static gboolean
write_some(FnDb *db, gint64 document, const GPtrArray *terms, guint from, GError **error)
{
	static const char *const names[] = { "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11",
		"t12", "t13", "t14", "t15" };
	FnBind binds[G_N_ELEMENTS(names) + 2] = { 0 };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		binds[i] = FN_TEXT(names[i], terms->pdata[MIN(from + i, terms->len - 1)]);
	binds[G_N_ELEMENTS(names)] = FN_INT("document", document);
	return fn_db_exec(db, &fn_sql_catalog_add_terms, binds, NULL, error);
}

static gboolean
write_terms(FnDb *db, gint64 document, const char *folded, GError **error)
{
	g_autoptr(GPtrArray) terms = fn_search_terms(folded);

	if (!fn_db_exec(db, &fn_sql_catalog_drop_terms, FN_BINDS(FN_INT("document", document)), NULL, error))
		return FALSE;
	for (guint i = 0; i < terms->len; i += 16)
		if (!write_some(db, document, terms, i, error))
			return FALSE;
	return TRUE;
}

typedef struct {
	const char *face;
	gboolean own, bureau, others;
} Face;

static gboolean
write_document(FnDb *db, const FnResource *resource, const Face *face, GError **error)
{
	gboolean withheld = *face->face == 'p' && g_str_equal(resource->version_sharing_type, "withheld");
	g_autofree char *folded = folded_content(resource, withheld);
	GError *failed = NULL;
	gint64 document = fn_db_int(db, &fn_sql_catalog_document,
		FN_BINDS(FN_TEXT("code", resource->code), FN_TEXT("face", face->face)), 0, &failed);
	gboolean done;

	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (document != 0) {
		done = fn_db_exec(db, &fn_sql_catalog_set_document,
			FN_BINDS(FN_INT("document", document), FN_TEXT("sharing_type", resource->version_sharing_type),
				FN_INT("for_own", face->own), FN_INT("for_bureau", face->bureau),
				FN_INT("for_others", face->others), FN_TEXT("content", folded)),
			NULL, error);
		return done && write_terms(db, document, folded, error);
	}
	document = fn_counter_next(db, "document", error);
	return document != 0 &&
	       fn_db_exec(db, &fn_sql_catalog_add_document,
		       FN_BINDS(FN_INT("document", document), FN_TEXT("code", resource->code),
			       FN_TEXT("face", face->face), FN_TEXT("organization", resource->organization),
			       FN_TEXT("sharing_type", resource->version_sharing_type), FN_INT("for_own", face->own),
			       FN_INT("for_bureau", face->bureau), FN_INT("for_others", face->others),
			       FN_TEXT("content", folded)),
		       NULL, error) &&
	       write_terms(db, document, folded, error);
}

gboolean
fn_search_index(FnDb *db, const char *code, GError **error)
{
	static const char *const unfinished[] = { "draft", "assessed", "head_ok", NULL };
	g_autoptr(FnResource) newest = fn_resource_read(db, code, 0, error), published = NULL;
	Face working = { "w", TRUE, FALSE, FALSE }, shown = { "p", FALSE, FALSE, TRUE };

	if (newest == NULL)
		return FALSE;
	working.bureau = !g_strv_contains(unfinished, newest->state);
	if (!write_document(db, newest, &working, error))
		return FALSE;
	if (newest->published_version == 0)
		return TRUE;
	shown.bureau = !working.bureau;
	shown.others = !g_str_equal(newest->offered, "withdrawn");
	published = fn_resource_read(db, code, newest->published_version, error);
	return published != NULL && write_document(db, published, &shown, error);
}

typedef struct {
	const char *own, *organization, *sharing_type;
	gboolean bureau;
	char **words;
	const char *term[PICKED];
	gboolean by_terms;
	gboolean by_organization; /* its documents are fewer than those of the rarest term */
} Query;

typedef struct {
	char *term;
	gint64 count;
} Counted;

static void
counted_clear(gpointer data)
{
	g_free(((Counted *)data)->term);
}

static gint
by_count(gconstpointer a, gconstpointer b)
{
	const Counted *one = a, *two = b;

	return one->count == two->count ? 0 : one->count < two->count ? -1 : 1;
}

/* The terms of the query, the rarest first; NULL on failure. */
static GArray *
count_terms(FnDb *db, const char *folded, GError **error)
{
	g_autoptr(GPtrArray) terms = fn_search_terms(folded);
	GArray *counted = g_array_new(FALSE, FALSE, sizeof(Counted));
	GError *failed = NULL;

	g_array_set_clear_func(counted, counted_clear);
	for (guint i = 0; i < terms->len; i++) {
		Counted one = { .term = g_strdup(terms->pdata[i]) };

		one.count = fn_db_int(db, &fn_sql_catalog_count_term,
			FN_BINDS(FN_TEXT("term", one.term), FN_INT("most", COUNT_MOST)), 0, &failed);
		g_array_append_val(counted, one);
		if (failed != NULL) {
			g_propagate_error(error, failed);
			g_array_unref(counted);
			return NULL;
		}
	}
	g_array_sort(counted, by_count);
	return counted;
}

/* Reads along the shorter list: the rarest term's documents or the organization's. */
static FnRows *
fetch(FnDb *db, const Query *query, gint64 before, GError **error)
{
	const FnBind sight[] = { FN_INT("before", before), FN_TEXT("own", query->own), FN_INT("bureau", query->bureau),
		FN_TEXT("sharing_type", query->sharing_type), FN_INT("most", FETCH) };
	const FnBind of = FN_TEXT("organization", query->organization);
	const FnBind term[] = { FN_TEXT("term1", query->term[0]), FN_TEXT("term2", query->term[1]),
		FN_TEXT("term3", query->term[2]), FN_TEXT("term4", query->term[3]) };

	if (query->by_terms)
		return fn_db_query(db,
			query->by_organization ? &fn_sql_catalog_find_in_organization : &fn_sql_catalog_find_by_terms,
			FN_BINDS(sight[0], sight[1], sight[2], sight[3], sight[4], of, term[0], term[1], term[2],
				term[3]),
			error);
	if (query->by_organization)
		return fn_db_query(db, &fn_sql_catalog_find_all_in_organization,
			FN_BINDS(sight[0], sight[1], sight[2], sight[3], sight[4], of), error);
	return fn_db_query(
		db, &fn_sql_catalog_find_all, FN_BINDS(sight[0], sight[1], sight[2], sight[3], sight[4]), error);
}

static gboolean
choose_list(FnDb *db, Query *query, gint64 rarest, GError **error)
{
	GError *failed = NULL;
	gint64 documents;

	if (*query->organization == '\0')
		return TRUE;
	documents = fn_db_int(db, &fn_sql_catalog_count_organization,
		FN_BINDS(FN_TEXT("organization", query->organization), FN_INT("most", COUNT_MOST)), 0, &failed);
	query->by_organization = !query->by_terms || documents < rarest;
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

typedef struct {
	char *code;
	gboolean published; /* which face */
} Hit;

static void
hit_clear(gpointer data)
{
	g_free(((Hit *)data)->code);
}

static gboolean
occur_all(const char *content, char **words)
{
	for (; *words != NULL; words++)
		if (!fn_search_occurs(content, *words))
			return FALSE;
	return TRUE;
}

/* One fetch: appends hits up to @limit, moves *before to the last document looked at. *more_out: there may be others.
 */
static gboolean
gather(FnDb *db, const Query *query, guint limit, GArray *hits, gint64 *before, gboolean *more_out, GError **error)
{
	g_autoptr(FnRows) rows = fetch(db, query, *before, error);
	GError *failed = NULL;
	guint seen = 0;

	if (rows == NULL)
		return FALSE;
	while (hits->len < limit && fn_rows_next(rows, &failed)) {
		seen++;
		*before = fn_rows_int(rows, "document");
		if (occur_all(fn_rows_text(rows, "content"), query->words)) {
			Hit hit = { g_strdup(fn_rows_text(rows, "resource")),
				g_str_equal(fn_rows_text(rows, "face"), "p") };

			g_array_append_val(hits, hit);
		}
	}
	*more_out = seen == FETCH || hits->len == limit;
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

static json_t *
item_json(FnDb *db, const Hit *hit, GError **error)
{
	static const char *const shown[] = { "name", "summary", "category", "openness", "update_period",
		"sharing_modes", "use_conditions", "withheld_reason", NULL };
	g_autoptr(FnResource) resource = fn_resource_read(db, hit->code, 0, error), published = NULL;
	const FnResource *face = resource;
	json_t *object;
	gboolean withheld;

	if (resource == NULL)
		return NULL;
	if (hit->published && resource->published_version != resource->version) {
		published = fn_resource_read(db, hit->code, resource->published_version, error);
		if (published == NULL)
			return NULL;
		face = published;
	}
	withheld = hit->published && g_str_equal(face->version_sharing_type, "withheld");
	object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", resource->code, "organization", resource->organization,
		"organization_name", resource->organization_name, "sharing_type", face->version_sharing_type, "state",
		hit->published ? resource->offered : resource->state);
	if (!withheld)
		json_object_set_new(object, "level", json_integer(face->version_level));
	for (gsize i = 0; shown[i] != NULL; i++) {
		json_t *value = json_object_get(face->body, shown[i]);
		gboolean allowed = !withheld || i == 0 || shown[i + 1] == NULL;

		if (value != NULL && allowed)
			json_object_set(object, shown[i], value);
	}
	return object;
}

static json_t *
page_json(FnDb *db, const GArray *hits, gboolean more, gint64 before, GError **error)
{
	json_t *items = json_array(), *next = json_null();

	for (guint i = 0; i < hits->len; i++) {
		json_t *item = item_json(db, &g_array_index(hits, Hit, i), error);

		if (item == NULL) {
			json_decref(items);
			return NULL;
		}
		json_array_append_new(items, item);
	}
	if (more) {
		g_autofree char *cursor = g_strdup_printf("%" G_GINT64_FORMAT, before);

		next = json_string(cursor);
	}
	return json_pack("{s:o, s:o}", "items", items, "next", next);
}

static json_t *
run_query(FnDb *db, const Query *query, gint64 before, guint limit, GError **error)
{
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(Hit));
	gboolean more = TRUE;

	g_array_set_clear_func(hits, hit_clear);
	/* A phrase that seldom stands where its pairs do could make us read for long: then the page is short and goes
	 * on. */
	for (guint round = 0; more && hits->len < limit && round < ROUNDS; round++)
		if (!gather(db, query, limit, hits, &before, &more, error))
			return NULL;
	return page_json(db, hits, more, before, error);
}

static gboolean
take_cursor(const char *cursor, gint64 *before_out, GError **error)
{
	*before_out = G_MAXINT64;
	if (cursor == NULL || *cursor == '\0' || g_ascii_string_to_signed(cursor, 10, 1, G_MAXINT64, before_out, NULL))
		return TRUE;
	return fn_catalog_input(error, "\"cursor\" must be the \"next\" of an earlier answer");
}

static gboolean
check_query(const char *text, guint limit, GError **error)
{
	if (text != NULL && (strlen(text) > QUERY_MAX || !g_utf8_validate(text, -1, NULL)))
		return fn_catalog_input(error, "a search is a text of at most %d bytes", QUERY_MAX);
	if (limit < 1 || limit > 100)
		return fn_catalog_input(error, "\"limit\" must be 1 to 100");
	return TRUE;
}

json_t *
fn_catalog_search(FnDb *db, const char *text, const char *organization, const char *sharing_type, const char *cursor,
	guint limit, const FnActor *actor, GError **error)
{
	g_autofree char *folded = NULL;
	g_auto(GStrv) words = NULL;
	g_autoptr(GArray) terms = NULL;
	Query query = { .own = actor == NULL ? "" : actor->organization,
		.bureau = fn_actor_oversees(actor),
		.organization = organization == NULL ? "" : organization,
		.sharing_type = sharing_type == NULL ? "" : sharing_type };
	gint64 before;

	if (!check_query(text, limit, error) || !take_cursor(cursor, &before, error))
		return NULL;
	folded = fn_search_fold(text);
	words = fn_search_words(folded);
	terms = count_terms(db, folded, error);
	if (terms == NULL)
		return NULL;
	/* Something was asked for, but nothing that can stand in an index. */
	if ((terms->len == 0 && *g_strstrip(folded) != '\0') ||
		(terms->len > 0 && g_array_index(terms, Counted, 0).count == 0))
		return json_pack("{s:[], s:n}", "items", "next");
	query.words = words;
	query.by_terms = terms->len > 0;
	for (guint i = 0; query.by_terms && i < PICKED; i++)
		query.term[i] = g_array_index(terms, Counted, MIN(i, terms->len - 1)).term;
	if (!choose_list(db, &query, query.by_terms ? g_array_index(terms, Counted, 0).count : 0, error))
		return NULL;
	return run_query(db, &query, before, limit, error);
}
