#include "catalog/fixture.h"

#include "register/register.h"

static gboolean
known(const char *name)
{
	for (const FnEffect *effect = fn_catalog_effects; effect->name != NULL; effect++)
		if (g_str_equal(effect->name, name))
			return TRUE;
	return FALSE;
}

/* Every effect and need that the procedures name is in the table, and nothing in the table is named by none. */
static void
test_names(void)
{
	static const char *const files[] = { "account_request", "administrator_change", "catalog_review", "grant_change", "lookup", "off_boarding", "role_change", "reidentification", "sharing_application",
		"sharing_unconditional" };
	g_autoptr(GRegex) effects = g_regex_new("\\b(?:account|office|resource|grant|reidentification|lookup)\\.[a-z_]+", G_REGEX_DEFAULT, 0, NULL);
	g_autoptr(GHashTable) named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GHashTableIter each;
	gpointer name;

	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_strdup_printf(
					"%s/rules/procedures/%s.yaml", g_getenv("FENGNI_ROOT"), files[i]),
				*text = NULL;
		g_autoptr(GMatchInfo) match = NULL;

		g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
		for (g_regex_match(effects, text, 0, &match); g_match_info_matches(match);
			g_match_info_next(match, NULL))
			g_hash_table_add(named, g_match_info_fetch(match, 0));
	}
	g_assert_cmpuint(g_hash_table_size(named), >, 10);
	for (const FnEffect *effect = fn_catalog_effects; effect->name != NULL; effect++)
		g_assert_true(g_str_has_prefix(effect->name, "need:") || g_str_equal(effect->name, "record") || g_hash_table_contains(named, effect->name));
	g_hash_table_iter_init(&each, named);
	while (g_hash_table_iter_next(&each, &name, NULL))
		g_assert_true(known(name));
	g_assert_true(known("need:nda"));
	g_assert_true(known("need:handover"));
}

static const FnEffect *
effect_of(const char *name)
{
	const FnEffect *effect = fn_catalog_effects;

	while (!g_str_equal(effect->name, name))
		effect++;
	return effect;
}

static void
run(const City *city, const char *name, const FnCase *which, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	effect_of(name)->run(city->db, which, actor, noon, city->rules, &error);
	g_assert_no_error(error);
}

static void
test_review(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, "{'sharing_type': 'unconditional'}");
	FnCase which = { .id = "case-1", .procedure = "catalog_review", .subject = code, .say = "摘要太短" };
	json_t *resource;

	fixture_assess(city, code);
	run(city, "resource.approve", &which, city->head);
	run(city, "resource.submit", &which, city->editor);
	run(city, "resource.return", &which, city->bureau_officer);
	resource = fn_catalog_resource(city->db, code, 0, city->editor, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "state")), ==, "returned");
	g_assert_cmpstr(json_string_value(json_object_get(resource, "return_reason")), ==, "摘要太短");
	json_decref(resource);
	run(city, "resource.assess", &which, city->secrecy); /* nothing was changed, so what was answered stands */
	run(city, "resource.approve", &which, city->head);
	run(city, "resource.submit", &which, city->editor);
	run(city, "resource.publish", &which, city->bureau_officer);
	run(city, "resource.suspend", &which, city->head);
	run(city, "resource.publish", &which, city->bureau_officer);
	run(city, "resource.revise", &which, city->editor);
}

static void
test_sharing(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, "{'sharing_type': 'unconditional'}"), *grant = NULL;
	json_t *form = fixture_json(
		"{'fields': ['district'], 'mode': 'query', 'purpose': '登记', 'basis': '依法', 'scenario': '窗口',"
		"'until': '2027-06-30'}");
	json_t *parties = json_pack("{s:s, s:s}", "provider", city->provider, "consumer", city->consumer), *shown;
	FnCase which = { .id = "case-1",
		.procedure = "sharing_unconditional",
		.subject = code,
		.form = form,
		.parties = parties,
		.step = "obtain" };
	g_auto(GStrv) waiting = NULL;

	fixture_publish(city, code);
	json_object_set_new(form, "resource", json_string(code));
	json_object_set_new(form, "system", json_string(city->system));
	run(city, "need:nda", &which, city->asker); /* level 1: none needed */
	run(city, "grant.prepare", &which, city->asker);
	run(city, "grant.activate", &which, city->asker);
	waiting = fn_catalog_grants_to_sign(city->db, NULL);
	g_assert_cmpuint(g_strv_length(waiting), ==, 1);
	grant = fn_catalog_grant_of_case(city->db, "case-1", NULL);
	g_assert_cmpstr(grant, ==, waiting[0]);
	run(city, "grant.terminate", &which, city->sharing);
	run(city, "grant.end", &which, city->asker);
	run(city, "grant.dispose", &which, city->asking_head);
	shown = fn_catalog_grant(city->db, grant, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(shown, "state")), ==, "disposed");
	g_assert_cmpstr(json_string_value(json_object_get(shown, "reason")), ==, "obtain");
	json_decref(shown);
	json_decref(form);
	json_decref(parties);
}

static gboolean
keep(const City *city, const FnCase *which, const char *record, const FnActor *actor, GError **error)
{
	g_autoptr(FnNode) node = fn_node_read(record, strlen(record), "step", error);
	FnCase shown = *which;

	g_assert_nonnull(node);
	shown.record = node;
	return effect_of("record")->run(city->db, &shown, actor, noon, city->rules, error);
}

static guint
terminals(const City *city, const char *organization, const char *where, FnActor *reader)
{
	json_t *conditions = fixture_json(where);
	FnRegisterQuery query = { .organization = organization, .limit = 10, .where = conditions };
	g_autoptr(GError) error = NULL;
	json_t *found = fn_register_find(city->db, city->rules, "terminals", &query, reader, noon, &error);
	guint n = (guint)json_array_size(json_object_get(found, "items"));

	g_assert_no_error(error);
	json_decref(found);
	json_decref(conditions);
	return n;
}

/* A step keeps a record: of the organization that it names, of the case's, or of who opened it. */
static void
test_record(gconstpointer engine)
{
	static const char add[] = "register: terminals\ndo: add\nkey: {name: {field: name}}\n"
				  "set: {user: {field: user}, place: {field: place}, connection: {value: wired}, system: {value: UOS}, antivirus: {value: ok}}\n";
	static const char change[] = "register: terminals\ndo: change\nkey: {name: {field: name}}\nset: {antivirus: {value: none}}\n";
	static const char close[] = "register: terminals\ndo: close\nkey: {name: {field: name}}\n";
	g_autoptr(City) city = city_new(engine);
	json_t *form = json_pack("{s:s, s:s, s:s}", "name", "PC-1", "user", city->asker->account, "place", "三楼");
	json_t *parties = json_pack("{s:s}", "organization", city->consumer), *none = json_object();
	FnCase which = { .id = "case-1", .procedure = "x", .subject = "y", .form = form, .parties = parties, .opened_by = city->editor->account };
	g_autoptr(GError) error = NULL;

	g_assert_true(keep(city, &which, add, city->editor, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(terminals(city, city->consumer, "{'antivirus':'ok'}", city->bureau_officer), ==, 1);
	g_assert_true(keep(city, &which, change, city->editor, &error));
	g_assert_cmpuint(terminals(city, city->consumer, "{'antivirus':'none'}", city->bureau_officer), ==, 1);
	g_assert_false(keep(city, &which, add, city->editor, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_TAKEN);
	g_clear_error(&error);
	g_assert_true(keep(city, &which, close, city->editor, &error));
	g_assert_cmpuint(terminals(city, city->consumer, "{}", city->bureau_officer), ==, 0);
	/* no such party: whose officer opened it; and the user is nobody there */
	which.parties = none;
	g_assert_false(keep(city, &which, add, city->editor, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	json_object_set_new(form, "user", json_string(city->editor->account));
	g_clear_error(&error);
	g_assert_true(keep(city, &which, add, city->editor, &error));
	g_assert_cmpuint(terminals(city, city->provider, "{}", city->bureau_officer), ==, 1);
	json_decref(form);
	json_decref(parties);
	json_decref(none);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/catalog/effect/names", test_names);
	fn_test_add("/catalog/effect/review", test_review);
	fn_test_add("/catalog/effect/record", test_record);
	fn_test_add("/catalog/effect/sharing", test_sharing);
	return g_test_run();
}
