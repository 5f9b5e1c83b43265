/* Every walk of every procedure once more, with the record books themselves: what a step keeps must be taken by the register that it
 * names, and its history must name the case. Effects other than "record" agree to everything; their own tests are beside them. */
#include "work/walking.h"

#include "catalog/catalog.h"
#include "catalog_sql.h"
#include "people_sql.h"
#include "register/register.h"
#include "register_sql.h"

static const FnMigration *const walk_rooms[] = { fn_sql_people_migrations, fn_sql_work_migrations, fn_sql_catalog_migrations,
	fn_sql_register_migrations, NULL };

/* Records that are there before the case is, since the procedure changes or closes what others opened. Its key comes from the case,
 * which "@case" is. */
static const struct {
	const char *procedure, *book, *values;
} standing[] = {
	{ "channel_migration", "private_channels", "{'data': '不动产登记', 'callers': ['市税务局'], 'method': 'line', 'protocol': 'SM4-GCM', 'reason': '早于平台建成', "
		"'decision': 'close', 'state': 'open', 'expires_on': '2026-12-31'}" },
	{ "contractor_exit", "contractors", "{'service': 'operate', 'checked_on': '2026-01-05', 'check_result': 'passed', 'trained_on': '2026-01-06', "
		"'agreement': 'NDA-1', 'state': 'admitted', 'until': '2026-12-31'}" },
	{ "crypto_assessment", "system_filings", "{'case': '@case', 'grade': 'grade_3', 'state': 'filed'}" },
	{ "mlps_filing", "system_filings", "{'case': '@case', 'grade': 'grade_3', 'object': 'society', 'degree': 'serious', 'number': '13010000001', "
		"'filed_on': '2025-01-05', 'state': 'filed'}" },
	{ "mailbox_change", "mailboxes", "{'holder': 'li.na', 'kind': 'personal', 'state': 'in_use'}" },
	{ "mailbox_closure", "mailboxes", "{'holder': 'li.na', 'kind': 'personal', 'state': 'in_use'}" },
	{ "officer_filing", "data_officers", "{'body': '信息科', 'rank': '科长', 'phone': '0311-86000000', 'since': '2025-01-05', "
		"'filed_on': '2025-01-06'}" },
	{ "officer_filing", "responsible_persons", "{'body': '信息科', 'rank': '科长', 'phone': '0311-86000000', 'since': '2025-01-05', "
		"'filed_on': '2025-01-06'}" },
	{ "three_at_once", "projects", "{'name': '民政救助系统', 'stage': 'approval'}" },
};

/* What a value of this type points at must be there. :owner is whose record it is. */
static const struct {
	const char *type, *sql[2];
} pointed[] = {
	{ "person", { "INSERT INTO person (id, organization, real_name, created_at) VALUES (:value, :owner, :value, 0) ON CONFLICT DO NOTHING",
		"INSERT INTO account (id, person, organization, login, password, password_at, totp_step, state, created_at) "
		"VALUES (:value, :value, :owner, :value, '', 0, 0, 'active', 0) ON CONFLICT DO NOTHING" } },
	{ "organization", { "INSERT INTO organization (id, name, kind, region, state, created_at) VALUES (:value, :value, 'contractor', '130100', "
		"'active', 0) ON CONFLICT DO NOTHING", NULL } },
	{ "system", { "INSERT INTO system (id, organization, name, mlps_level, state, created_at) VALUES (:value, :owner, :value, 3, 'active', 0) "
		"ON CONFLICT DO NOTHING", NULL } },
	{ "resource", { "INSERT INTO resource (code, organization, serial, name, sharing_type, level, state, offered, version, published_version, "
		"created_by, created_at, changed_at) SELECT :value, :owner, COUNT(*) + 1, :value, 'conditional', 3, 'published', 'published', 1, 1, "
		"'li.na', 0, 0 FROM resource WHERE TRUE ON CONFLICT DO NOTHING", NULL } },
};

static guint kept, kept_in_all, forgotten;

/* ---- what the walks take for granted ---- */

/* The statement of this text, made once: the store knows statements by their address. */
static const FnSql *
statement_of(const char *text)
{
	static GHashTable *made;
	static const char *const both[] = { "value", "owner", NULL }, *const one[] = { "value", NULL };
	FnSql *sql;
	g_autoptr(GString) numbered = g_string_new(text);

	if (made == NULL)
		made = g_hash_table_new(g_str_hash, g_str_equal);
	if ((sql = g_hash_table_lookup(made, text)) != NULL)
		return sql;
	g_string_replace(numbered, ":value", "CAST($1 AS TEXT)", 0);
	g_string_replace(numbered, ":owner", "CAST($2 AS TEXT)", 0);
	sql = g_new(FnSql, 1);
	*sql = (FnSql){ "walk", text, g_strdup(numbered->str), strstr(text, ":owner") != NULL ? both : one };
	g_hash_table_insert(made, (gpointer)text, sql);
	return sql;
}

static void
run_sql(FnDb *db, const char *text, const char *value, const char *owner)
{
	const FnSql *sql = statement_of(text);
	gboolean has_owner = sql->parameters[1] != NULL;
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, sql, has_owner ? FN_BINDS(FN_TEXT("value", value), FN_TEXT("owner", owner)) : FN_BINDS(FN_TEXT("value", value)), NULL, &error);
	g_assert_no_error(error);
}

static void
make_there(FnDb *db, const char *type, const char *value, const char *owner)
{
	for (gsize i = 0; i < G_N_ELEMENTS(pointed); i++)
		for (gsize j = 0; g_strcmp0(pointed[i].type, type) == 0 && j < 2 && pointed[i].sql[j] != NULL; j++)
			run_sql(db, pointed[i].sql[j], value, owner);
}

/* Whatever @values of @book point at. */
static void
make_all_there(FnDb *db, const FnRules *rules, const char *book, const json_t *values, const char *owner)
{
	const FnNode *fields = fn_node_get(fn_rules_get(rules, "registers", book), "fields");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)values, name, value)
		if (json_is_string(value))
			make_there(db, fn_node_text(fn_node_get(fields, name), "type"), json_string_value(value), owner);
}

static void
begin(Walk *walk)
{
	const FnNode *known = parties_of(walk);

	for (guint i = 0; i < fn_node_count(known); i++) {
		const char *kind = fn_node_text(fn_node_at(known, i), "kind");
		g_autofree char *id = g_strconcat("org-", fn_node_key_at(known, i), NULL);

		if (g_strcmp0(kind, "platform") != 0)
			run_sql(walk->db, "INSERT INTO organization (id, name, kind, region, state, created_at) VALUES (:value, :value, :owner, "
				"'130100', 'active', 0)", id, kind != NULL ? kind : "department");
	}
	make_there(walk->db, "person", "li.na", "org-organization");
}

static void
comes(Walk *walk, const FnActor *actor)
{
	if (g_str_has_prefix(actor->organization, "org-")) /* the platform has no account */
		make_there(walk->db, "person", actor->account, actor->organization);
}

/* ---- keeping records ---- */

/* As the effect finds it out. */
static char *
owner_of(FnDb *db, const FnCase *which, gint64 now)
{
	const FnNode *source = fn_node_get(which->record, "organization");
	json_t *said = source != NULL ? fn_work_value(which, source, now) : json_incref(json_object_get(which->parties, "organization"));
	char *owner = g_strdup(json_string_value(said));

	json_decref(said);
	return owner != NULL ? owner : fn_db_text(db, &fn_sql_catalog_account_organization, FN_BINDS(FN_TEXT("account", which->opened_by)), NULL);
}

/* TRUE when there was such a record to put there. */
static gboolean
put_standing(FnDb *db, const FnRules *rules, const FnCase *which, const json_t *key, const char *owner, const FnActor *actor, gint64 now)
{
	const char *book = fn_node_text(which->record, "register");
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(standing); i++)
		if (strcmp(standing[i].procedure, which->procedure) == 0 && strcmp(standing[i].book, book) == 0) {
			g_autoptr(GString) text = g_string_new(standing[i].values);
			json_t *values;

			g_string_replace(text, "'", "\"", 0);
			g_string_replace(text, "@case", which->id, 0);
			values = json_loads(text->str, 0, NULL);

			g_assert_nonnull(values);
			make_all_there(db, rules, book, values, owner);
			fn_register_apply(db, rules, book, "add", key, values, owner, "before", actor, now, &error);
			g_assert_no_error(error);
			json_decref(values);
			return TRUE;
		}
	return FALSE;
}

static gboolean
keep_once(FnDb *db, const FnRules *rules, const FnCase *which, const FnActor *actor, gint64 now, GError **error)
{
	for (const FnEffect *effect = fn_catalog_effects; effect->name != NULL; effect++)
		if (strcmp(effect->name, "record") == 0)
			return effect->run(db, which, actor, now, (gpointer)rules, error);
	g_assert_not_reached();
}

static gboolean
keep(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	const Walk *walk = data;
	json_t *key = fn_work_values(which, fn_node_get(which->record, "key"), now), *set = fn_work_values(which, fn_node_get(which->record, "set"), now);
	const char *book = fn_node_text(which->record, "register");
	g_autofree char *owner = owner_of(db, which, now), *place = fn_node_place(which->record);
	g_autoptr(GError) why = NULL;

	make_all_there(db, walk->rules, book, key, owner);
	make_all_there(db, walk->rules, book, set, owner);
	if (!keep_once(db, walk->rules, which, actor, now, &why) && g_error_matches(why, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN) &&
		put_standing(db, walk->rules, which, key, owner, actor, now)) {
		g_clear_error(&why);
		keep_once(db, walk->rules, which, actor, now, &why);
	}
	if (why != NULL)
		g_error("%s: %s %s: %s", place, which->procedure, which->step, why->message);
	kept++;
	json_decref(key);
	json_decref(set);
	return TRUE;
}

/* Each record that the case kept tells of it; the next walk begins with empty books. */
static void
ended(Walk *walk)
{
	static const char *const parameters[] = { "case", NULL };
	static const FnSql told = { "told", "SELECT COUNT(*) FROM register_history WHERE say = :case", "SELECT COUNT(*) FROM register_history WHERE say = $1",
		parameters };
	g_autoptr(GError) error = NULL;

	if (walk->id != NULL)
		forgotten += kept - (guint)fn_db_int(walk->db, &told, FN_BINDS(FN_TEXT("case", walk->id)), 0, &error);
	g_assert_no_error(error);
	kept_in_all += kept;
	kept = 0;
	run_sql(walk->db, "DELETE FROM register_term WHERE :value = :owner", "", "");
	run_sql(walk->db, "DELETE FROM register_record WHERE :value = :owner", "", "");
}

static void
take_all(const char *pack, gconstpointer engine)
{
	Walk walk = { .record = keep, .comes = comes, .ended = ended };

	kept_in_all = 0;
	take_walks(&walk, pack, engine, walk_rooms, begin);
	g_assert_cmpuint(forgotten, ==, 0);
	g_assert_cmpuint(kept_in_all, >, 40);
}

static void
test_walks(gconstpointer engine)
{
	take_all("national", engine);
}

/* What a city's pack changes may change what a record must say. */
static void
test_cities(gconstpointer pack)
{
	take_all(pack, "sqlite");
}

int
main(int argc, char **argv)
{
	static const char *const cities[] = { "dezhou", "pingdingshan", "shijiazhuang" };

	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/walk/records", test_walks);
	for (gsize i = 0; i < G_N_ELEMENTS(cities); i++) {
		g_autofree char *path = g_strconcat("/catalog/walk/records/", cities[i], NULL);

		g_test_add_data_func(path, cities[i], test_cities);
	}
	return g_test_run();
}
