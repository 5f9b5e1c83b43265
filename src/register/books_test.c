/* Every register file of the tree: a good record made from its declarations is taken from each seat that writes, and nobody else's; and
 * whatever a declaration forbids is refused by the name of the field. What is tested here are the files, not the engine. */
#include "register/fixture.h"

#define TODAY "2026-09-21" /* the day of noon */

/* ---- values by type ---- */

/* @good may hold %u, which is the number of the record; @bad is of no field of the type. */
static const struct {
	const char *type, *good, *bad;
} types[] = {
	{ "text", "样本%u", "a\a" },
	{ "int", "%u", "x" },
	{ "number", "1.5", "1e3" },
	{ "bool", "true", "perhaps" },
	{ "date", TODAY, "2026-02-30" },
	{ "enum", NULL, "none_of_these" },
	{ "person", "officer1", "nobody" },
	{ "organization", "市民政局", "nowhere" },
	{ "credit_code", NULL, "11130100MB0000001%" }, /* the own organization's */
	{ "domain", "n%u.example", "a b.cn" },
	{ "email", "n%u@example.example", "n@" },
	{ "url", "https://n%u.example.gov.cn/", "ftp://n.example.gov.cn/" },
	{ "phone", "031186057890", "call me" },
	{ "ip", "fd00::%u", "10.0.0.256" },
	{ "mac", "00:1b:21:3c:4d:%02u", "00:1b:21:3c:4d" },
	{ "time", "08:30", "8:30" },
	{ "fingerprint", "%064u", "%u" },
	{ "digest", "%064u", "xyz" },
	{ "hours", "08:00-18:00", "08:00" },
	{ "percent", "50", "101" },
	{ "money", "12.50", "12.505" },
	{ "system", "窗口系统", "no system" },
	{ "resource", "130100-x-1", "130100-x-2" },
	{ "grant", "g-1", "g-2" },
	{ "case", "c-1", "c-2" },
	{ "reference", NULL, "no such record" },
};

static gsize
type_of(const FnNode *field)
{
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].type, fn_node_text(field, "type")) == 0)
			return i;
	g_error("the table has no value for the type \"%s\"; add one", fn_node_text(field, "type"));
}

static gboolean
is_a(const FnNode *field, const char *type)
{
	return strcmp(fn_node_text(field, "type"), type) == 0;
}

static gboolean
is_text(const FnNode *field)
{
	return is_a(field, "text") || is_a(field, "texts");
}

/* @pattern with the number of the record, which keeps values apart that have to be. */
static char *
numbered(const char *pattern, guint number)
{
	const char *at = strchr(pattern, '%');
	gboolean long_ = at != NULL && strncmp(at, "%064u", 5) == 0, two = at != NULL && strncmp(at, "%02u", 4) == 0;
	g_autofree char *digits = at == NULL ? NULL : two ? g_strdup_printf("%02u", number % 100) : g_strdup_printf("%0*u", long_ ? 64 : 1, number);
	const char *behind = at != NULL ? strchr(at, 'u') + 1 : NULL;

	return at == NULL ? g_strdup(pattern) : g_strdup_printf("%.*s%s%s", (int)(at - pattern), pattern, digits, behind);
}

typedef struct {
	City *city;
	GHashTable *writers;  /* seat → FnActor */
	GHashTable *referred; /* register → id of a record */
	char *police;
	guint number;
} Books;

static char *add(Books *books, const FnNode *book, const char *seat, json_t *values, GError **error);
static json_t *good_values(Books *books, const FnNode *book);

static const char *
referred(Books *books, const char *id)
{
	const FnNode *book = fn_rules_get(books->city->rules, "registers", id);
	char *record = g_hash_table_lookup(books->referred, id);

	if (record == NULL) {
		g_autoptr(GError) error = NULL;
		json_t *values = good_values(books, book);

		record = add(books, book, fn_node_word(fn_node_get(book, "write"), 0), values, &error);
		g_assert_no_error(error);
		g_hash_table_insert(books->referred, g_strdup(id), record);
		json_decref(values);
	}
	return record;
}

/* So long that it is in the bounds of @field. */
static char *
good_text(const FnNode *field, guint number)
{
	gint64 min = fn_node_int(field, "min", 0), max = fn_node_int(field, "max", -1);

	if (min > 0 || (max >= 0 && max < 10))
		return g_strdup_printf("%0*u", (int)MAX(min, 1), number);
	return g_strdup_printf("样本%u", number);
}

static char *
good_name(const FnNode *field, guint number)
{
	const char *suffix = fn_node_word(fn_node_get(field, "suffix"), 0);
	g_autofree char *plain = numbered(types[type_of(field)].good, number);

	return suffix == NULL ? g_steal_pointer(&plain) : g_strdup_printf("%s%s", plain, suffix);
}

static char *
good_number(const FnNode *field, guint number)
{
	gint64 min = fn_node_int(field, "min", 0), max = fn_node_int(field, "max", G_MAXINT32);

	if (!is_a(field, "int") && !is_a(field, "money"))
		return g_strdup(types[type_of(field)].good);
	return is_a(field, "int") ? g_strdup_printf("%" G_GINT64_FORMAT, MIN(min + number, max)) : g_strdup("12.50");
}

/* The number of the record goes round the values of an enum. */
static char *
good(Books *books, const FnNode *field, guint number)
{
	const FnNode *values = fn_node_get(field, "values");

	if (is_text(field))
		return good_text(field, number);
	if (values != NULL)
		return g_strdup(fn_node_word(values, number % fn_node_count(values)));
	if (is_a(field, "credit_code"))
		return g_strdup(books->city->one);
	if (is_a(field, "reference"))
		return g_strdup(referred(books, fn_node_text(field, "of")));
	if (is_a(field, "domain") || is_a(field, "email"))
		return good_name(field, number);
	if (is_a(field, "int") || is_a(field, "number") || is_a(field, "percent") || is_a(field, "money"))
		return good_number(field, number);
	return numbered(types[type_of(field)].good, number);
}

static json_t *
boxed(const FnNode *field, const char *text)
{
	return is_a(field, "texts") ? json_pack("[s]", text) : json_string(text);
}

/* ---- rules across fields ---- */

/* Another value than good(), of the same field. */
static char *
another(Books *books, const FnNode *field)
{
	return is_a(field, "person") ? g_strdup("head1") : good(books, field, ++books->number);
}

/* Whether all of @when is so in values that are not stored forms yet; @make: makes it so. */
static gboolean
is_so(Books *books, const FnNode *book, const FnNode *when, json_t *values, gboolean make)
{
	for (guint i = 0; i < fn_node_count(when); i++) {
		const char *name = fn_node_key_at(when, i), *word = fn_node_word(fn_node_at(when, i), 0);
		const char *text = json_string_value(json_object_get(values, name));
		gboolean given = strcmp(word, FN_GIVEN) == 0, so = text != NULL && (given || fn_node_has_word(fn_node_at(when, i), text));

		if (!so && make) {
			g_autofree char *value = given ? good(books, fn_node_get(fn_node_get(book, "fields"), name), ++books->number) : g_strdup(word);

			json_object_set_new(values, name, json_string(value));
		} else if (!so) {
			return FALSE;
		}
	}
	return TRUE;
}

/* Makes @values keep @rule. */
static void
keep(Books *books, const FnNode *book, const FnNode *rule, json_t *values)
{
	const char *name = fn_node_text(rule, "field"), *other = fn_node_text(rule, "differs_from");
	const FnNode *field = fn_node_get(fn_node_get(book, "fields"), name);
	json_t *value = json_object_get(values, name);

	if (other != NULL && value != NULL && json_equal(value, json_object_get(values, other))) {
		g_autofree char *text = another(books, field);

		json_object_set_new(values, name, boxed(field, text));
	}
	if (fn_node_get(rule, "required_when") != NULL && value == NULL && is_so(books, book, fn_node_get(rule, "required_when"), values, FALSE)) {
		g_autofree char *text = good(books, field, ++books->number);

		json_object_set_new(values, name, boxed(field, text));
	}
	if (fn_node_get(rule, "forbidden_when") != NULL && is_so(books, book, fn_node_get(rule, "forbidden_when"), values, FALSE))
		json_object_del(values, name);
}

static void
keep_all(Books *books, const FnNode *book, const FnNode *except, json_t *values)
{
	const FnNode *rules = fn_node_get(book, "rules");

	for (guint i = 0; i < fn_node_count(rules); i++)
		if (fn_node_at(rules, i) != except)
			keep(books, book, fn_node_at(rules, i), values);
}

/* ---- a record ---- */

static json_t *
good_values(Books *books, const FnNode *book)
{
	const FnNode *fields = fn_node_get(book, "fields");
	json_t *values = json_object();
	guint number = ++books->number;

	for (guint i = 0; i < fn_node_count(fields); i++) {
		const FnNode *field = fn_node_at(fields, i);
		g_autofree char *text = good(books, field, number);

		json_object_set_new(values, fn_node_key_at(fields, i), boxed(field, text));
	}
	keep_all(books, book, NULL, values);
	return values;
}

/* ---- who writes ---- */

static char *
organization_of(Books *books, const char *party)
{
	City *city = books->city;
	g_autoptr(GError) error = NULL;

	if (strcmp(party, "organization") == 0)
		return city->one;
	if (strcmp(party, "bureau") == 0)
		return city->bureau;
	if (books->police == NULL)
		books->police = fixture_organization(city->db, "11130100MB0000004", "监管部门", "regulator");
	fn_people_set_authority(city->db, books->police, party, &error);
	g_assert_no_error(error);
	return books->police;
}

static const FnActor *
writer(Books *books, const char *seat)
{
	FnActor *actor = g_hash_table_lookup(books->writers, seat);

	if (actor == NULL) {
		g_auto(GStrv) part = g_strsplit(seat, "@", 2);
		g_autofree char *login = g_strdup_printf("writer%u", g_hash_table_size(books->writers));

		actor = fixture_actor(books->city->db, organization_of(books, part[1]), login, part[0]);
		g_hash_table_insert(books->writers, g_strdup(seat), actor);
	}
	return actor;
}

static char *
add_as(Books *books, const FnNode *book, const FnActor *actor, json_t *values, GError **error)
{
	City *city = books->city;
	char *id;

	g_assert_true(fn_db_begin(city->db, NULL));
	id = fn_register_add(city->db, city->rules, fn_node_text(book, "id"), city->one, values, actor, noon, error);
	if (id != NULL)
		g_assert_true(fn_db_commit(city->db, NULL));
	else
		fn_db_rollback(city->db);
	return id;
}

static char *
add(Books *books, const FnNode *book, const char *seat, json_t *values, GError **error)
{
	return add_as(books, book, writer(books, seat), values, error);
}

static void
books_free(Books *books)
{
	city_free(books->city);
	g_hash_table_unref(books->writers);
	g_hash_table_unref(books->referred);
	g_free(books->police);
	g_free(books);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Books, books_free)

static Books *
books_new(gconstpointer engine)
{
	Books *books = g_new0(Books, 1);

	books->city = city_new(engine);
	books->writers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_actor_free);
	books->referred = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return books;
}

typedef void (*Each)(Books *books, const FnNode *book);

static void
each_book(gconstpointer engine, Each each)
{
	g_autoptr(Books) books = books_new(engine);
	guint n;
	const FnNode *const *all = fn_rules_all(books->city->rules, "registers", &n);

	g_assert_cmpuint(n, >, G_N_ELEMENTS(fixture_files));
	for (guint i = 0; i < n; i++) {
		g_test_message("%s", fn_node_text(all[i], "id"));
		each(books, all[i]);
	}
}

/* ---- a good record ---- */

static void
is_taken(Books *books, const FnNode *book)
{
	const FnNode *seats = fn_node_get(book, "write");
	const char *seat;

	for (guint i = 0; (seat = fn_node_word(seats, i)) != NULL; i++) {
		g_autoptr(GError) error = NULL;
		json_t *values = good_values(books, book), *shown;
		g_autofree char *none = add_as(books, book, books->city->plain, values, &error), *id = NULL;

		g_assert_null(none);
		g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
		g_clear_error(&error);
		id = add(books, book, seat, values, &error);
		g_assert_no_error(error);
		shown = city_show(books->city, fn_node_text(book, "id"), id, writer(books, seat));
		/* what was looked at today is good today */
		g_assert_cmpstr(text_at(shown, "renewal"), !=, "over");
		g_assert_cmpuint(json_object_size(json_object_get(shown, "values")), ==, json_object_size(values));
		json_decref(shown);
		json_decref(values);
		/* the next seat meets the same values where they may stand once only */
		g_assert_true(fn_db_begin(books->city->db, NULL));
		fn_register_close(books->city->db, books->city->rules, fn_node_text(book, "id"), id, 1, NULL, writer(books, seat), noon, &error);
		g_assert_no_error(error);
		g_assert_true(fn_db_commit(books->city->db, NULL));
	}
}

static void
test_good(gconstpointer engine)
{
	each_book(engine, is_taken);
}

/* ---- what is refused ---- */

/* @values with @bad in @name (NULL: without it). */
static void
is_refused(Books *books, const FnNode *book, const json_t *values, const char *name, json_t *bad)
{
	json_t *given = json_deep_copy(values);
	const char *title = fn_node_text(fn_node_get(fn_node_get(book, "fields"), name), "en");
	g_autofree char *start = g_strdup_printf("%s (%s): ", title, name), *id = NULL;
	g_autoptr(GError) error = NULL;

	if (bad != NULL)
		json_object_set_new(given, name, bad);
	else
		json_object_del(given, name);
	id = add(books, book, fn_node_word(fn_node_get(book, "write"), 0), given, &error);
	if (id != NULL)
		g_error("%s: %s: what is forbidden was taken", fn_node_text(book, "id"), name);
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, start));
	json_decref(given);
}

static json_t *
of_length(const FnNode *field, gint64 length)
{
	g_autofree char *text = g_strnfill((gsize)length, 'a');

	return boxed(field, text);
}

/* Fen for money, whose bounds are fen. */
static json_t *
just_outside(const FnNode *field, gint64 bound)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, bound);

	return is_a(field, "money") ? json_integer(bound) : json_string(text);
}

static void
bounds_hold(Books *books, const FnNode *book, const json_t *values, const char *name, const FnNode *field)
{
	gint64 min = fn_node_int(field, "min", -1), max = fn_node_int(field, "max", -1);

	if (max >= 0)
		is_refused(books, book, values, name, is_text(field) ? of_length(field, max + 1) : just_outside(field, max + 1));
	if (min > 1 || (min >= 0 && !is_text(field)))
		is_refused(books, book, values, name, is_text(field) ? of_length(field, min - 1) : just_outside(field, min - 1));
}

static void
field_holds(Books *books, const FnNode *book, const json_t *values, const char *name, const FnNode *field)
{
	if (fn_node_bool(field, "required", FALSE) || fn_node_has_word(fn_node_get(book, "key"), name))
		is_refused(books, book, values, name, NULL);
	if (is_a(field, "texts"))
		is_refused(books, book, values, name, json_string("no list"));
	else
		is_refused(books, book, values, name, json_string(types[type_of(field)].bad));
	bounds_hold(books, book, values, name, field);
	if (fn_node_get(field, "suffix") != NULL)
		is_refused(books, book, values, name, json_string(is_a(field, "email") ? "n@gov.cn.example.com" : "www.gov.cn.example.com"));
}

static void
refuses(Books *books, const FnNode *book)
{
	const FnNode *fields = fn_node_get(book, "fields");
	json_t *values = good_values(books, book);

	for (guint i = 0; i < fn_node_count(fields); i++)
		field_holds(books, book, values, fn_node_key_at(fields, i), fn_node_at(fields, i));
	json_decref(values);
}

static void
test_bad(gconstpointer engine)
{
	each_book(engine, refuses);
}

/* ---- what may stand once ---- */

/* @values under the key of another record, without what else may stand once and need not be there. */
static json_t *
only_once(const FnNode *book, const json_t *values, const json_t *next, const char *name)
{
	const FnNode *fields = fn_node_get(book, "fields"), *key = fn_node_get(book, "key");
	json_t *left = json_deep_copy(values);

	for (guint i = 0; i < fn_node_count(key); i++)
		if (strcmp(fn_node_word(key, i), name) != 0)
			json_object_set(left, fn_node_word(key, i), json_object_get(next, fn_node_word(key, i)));

	for (guint i = 0; i < fn_node_count(fields); i++) {
		const FnNode *field = fn_node_at(fields, i);

		if (fn_node_bool(field, "unique", FALSE) && !fn_node_bool(field, "required", FALSE) && strcmp(fn_node_key_at(fields, i), name) != 0)
			json_object_del(left, fn_node_key_at(fields, i));
	}
	return left;
}

/* A record that holds @name, which rules may leave to some values of others. */
static json_t *
values_with(Books *books, const FnNode *book, const char *name)
{
	for (guint i = 0; i < 40; i++) {
		json_t *values = good_values(books, book);

		if (json_object_get(values, name) != NULL)
			return values;
		json_decref(values);
	}
	g_error("%s: no record holds \"%s\"", fn_node_text(book, "id"), name);
}

static void
value_stands_once(Books *books, const FnNode *book, const char *name)
{
	const char *seat = fn_node_word(fn_node_get(book, "write"), 0);
	json_t *values = values_with(books, book, name), *next = good_values(books, book), *left = only_once(book, values, next, name);
	g_autoptr(GError) error = NULL;
	g_autofree char *id = add(books, book, seat, values, &error);

	g_assert_no_error(error);
	is_refused(books, book, left, name, json_incref(json_object_get(values, name)));
	g_assert_true(fn_db_begin(books->city->db, NULL));
	fn_register_close(books->city->db, books->city->rules, fn_node_text(book, "id"), id, 1, NULL, writer(books, seat), noon, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(books->city->db, NULL));
	json_decref(values);
	json_decref(next);
	json_decref(left);
}

static void
stands_once(Books *books, const FnNode *book)
{
	const FnNode *fields = fn_node_get(book, "fields"), *key = fn_node_get(book, "key");
	const char *seat = fn_node_word(fn_node_get(book, "write"), 0);
	json_t *values = good_values(books, book);
	g_autoptr(GError) error = NULL;
	g_autofree char *id = NULL, *again = NULL;

	for (guint i = 0; i < fn_node_count(fields); i++) {
		const char *name = fn_node_key_at(fields, i);
		gboolean whole_key = fn_node_count(key) == 1 && fn_node_has_word(key, name);

		if (fn_node_bool(fn_node_at(fields, i), "unique", FALSE) && !whole_key)
			value_stands_once(books, book, name);
	}
	id = add(books, book, seat, values, &error);
	g_assert_no_error(error);
	again = add(books, book, seat, values, &error);
	g_assert_null(again);
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_TAKEN);
	json_decref(values);
}

static void
test_once(gconstpointer engine)
{
	each_book(engine, stands_once);
}

/* ---- what fields demand of each other ---- */

/* Values that break @rule and keep the others, if a day that is too early is so (@early), or the one that it follows is too late. */
static json_t *
breaking(Books *books, const FnNode *book, const FnNode *rule, gboolean early)
{
	const char *name = fn_node_text(rule, "field"), *differs = fn_node_text(rule, "differs_from");
	const char *before = fn_node_text(rule, "not_before"), *above = fn_node_text(rule, "not_above");
	const FnNode *required = fn_node_get(rule, "required_when"), *barred = fn_node_get(rule, "forbidden_when");
	const FnNode *field = fn_node_get(fn_node_get(book, "fields"), name);
	g_autofree char *text = good(books, field, ++books->number);
	json_t *values = good_values(books, book);

	is_so(books, book, required != NULL ? required : barred, values, TRUE);
	keep_all(books, book, rule, values);
	json_object_set_new(values, name, boxed(field, before == NULL ? text : early ? "2026-09-20" : TODAY));
	if (before != NULL)
		json_object_set_new(values, before, json_string(early ? TODAY : "2026-09-22"));
	if (above != NULL) {
		json_object_set_new(values, name, json_string("2"));
		json_object_set_new(values, above, json_string("1"));
	}
	if (differs != NULL)
		json_object_set(values, name, json_object_get(values, differs));
	if (required != NULL)
		json_object_del(values, name);
	return values;
}

/* Whether exactly @wanted is said of values that break @rule. */
static gboolean
is_said(Books *books, const FnNode *book, const FnNode *rule, gboolean early, const char *wanted)
{
	json_t *values = breaking(books, book, rule, early);
	g_autoptr(GError) error = NULL;
	g_autofree char *id = add(books, book, fn_node_word(fn_node_get(book, "write"), 0), values, &error);

	json_decref(values);
	g_assert_true((id == NULL) == (error != NULL));
	g_test_message("%s", id == NULL ? error->message : "taken");
	return g_error_matches(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT) && strcmp(error->message, wanted) == 0;
}

/* What breaks one rule may break another first, or be mended with another: of some attempts one must find the rule alone. */
static void
rules_hold(Books *books, const FnNode *book)
{
	const FnNode *rules = fn_node_get(book, "rules");
	g_autoptr(FnBook) open = fn_book_open(books->city->rules, fn_node_text(book, "id"), NULL);

	for (guint i = 0; i < fn_node_count(rules); i++) {
		const FnNode *rule = fn_node_at(rules, i);
		g_autofree char *text = fn_demand_text(open, rule, FALSE), *wanted = g_strdup_printf("%s: %s", fn_node_text(rule, "field"), text);
		gboolean found = FALSE;

		for (guint attempt = 0; attempt < 24 && !found; books->number += attempt++)
			found = is_said(books, book, rule, attempt % 2 == 0, wanted);
		if (!found)
			g_error("%s: nothing is refused with \"%s\"", fn_node_text(book, "id"), wanted);
	}
}

static void
test_rules(gconstpointer engine)
{
	each_book(engine, rules_hold);
}

/* ---- whose seat it is ---- */

static void
test_authority(gconstpointer engine)
{
	g_autoptr(Books) books = books_new(engine);
	const FnNode *book = fn_rules_get(books->city->rules, "registers", "penalties");
	FnActor *police = (FnActor *)writer(books, "officer@police");
	json_t *values = good_values(books, book);
	g_autoptr(GError) error = NULL;
	g_autofree char *none = NULL, *id = NULL;

	g_free(police->authority);
	police->authority = g_strdup("crypto");
	none = add_as(books, book, police, values, &error);
	g_assert_null(none);
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
	g_clear_error(&error);
	g_free(police->authority);
	police->authority = g_strdup("police");
	id = add_as(books, book, police, values, &error);
	g_assert_no_error(error);
	g_assert_nonnull(id);
	json_decref(values);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/books/good", test_good);
	fn_test_add("/books/bad", test_bad);
	fn_test_add("/books/once", test_once);
	fn_test_add("/books/rules", test_rules);
	fn_test_add("/books/authority", test_authority);
	return g_test_run();
}
