/* For tests: the walks that procedures declare, taken on the real files. A walk that is refused must be refused for the reason that it
 * names. Effects and needs agree to everything, but for those that a test brings. */
#pragma once

#include "work/fixture.h"
#include "work/testing.h"

#include "rules/node_json.h"
#include "work/work_priv.h"

#define SAY "理由成立，依据充分"

typedef struct Walk Walk;
struct Walk {
	FnRules *rules;
	FnWork *work;
	FnDb *db;
	GArray *effects;
	FnEffectRun record; /* what keeps records; NULL: agrees */
	gboolean there; /* what needs answer */
	const FnNode *procedure;
	void (*comes)(Walk *walk, const FnActor *actor); /* before each step; may be NULL */
	void (*ended)(Walk *walk); /* after each walk, while its case is known; may be NULL */
	guint number; /* of the walk */
	char *id;
};

static inline gboolean
agree(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return ((Walk *)data)->there;
}

static inline void
add_effects(Walk *walk, const FnNode *names, const char *prefix)
{
	const char *name;

	for (guint i = 0; (name = fn_node_word(names, i)) != NULL; i++) {
		g_autofree char *whole = g_strconcat(prefix, name, NULL);
		FnEffect effect = { g_intern_string(whole), agree };

		g_array_append_val(walk->effects, effect);
	}
}

/* The permissive table: whatever any procedure names. */
static inline void
make_effects(Walk *walk)
{
	const FnEffect record = { "record", walk->record != NULL ? walk->record : agree };
	guint n;
	const FnNode *const *all = fn_rules_all(walk->rules, "procedures", &n);

	walk->effects = g_array_new(TRUE, TRUE, sizeof(FnEffect));
	g_array_append_val(walk->effects, record);
	for (guint i = 0; i < n; i++) {
		const FnNode *steps = fn_node_get(all[i], "steps");

		for (guint j = 0; j < fn_node_count(steps); j++) {
			add_effects(walk, fn_node_get(fn_node_at(steps, j), "effect"), "");
			add_effects(walk, fn_node_get(fn_node_at(steps, j), "needs"), "need:");
		}
	}
}

static inline const FnNode *
parties_of(const Walk *walk)
{
	return fn_node_get(fn_rules_get(walk->rules, "roles", "roles"), "parties");
}

/* The person whom the walk calls @word, in the first seat of @role: of one organization for each party. */
static inline FnActor *
person(const Walk *walk, const char *word, const char *role)
{
	const char *seat = fn_node_word(fn_node_get(fn_node_get(walk->procedure, "people"), role), 0);
	g_auto(GStrv) part = g_strsplit(seat, "@", 2);
	const FnNode *roles = fn_rules_get(walk->rules, "roles", "roles"), *party = fn_node_get(parties_of(walk), part[1]);
	const char *kind = fn_node_text(party, "kind"), *office = fn_node_word(fn_node_get(fn_node_get(roles, "words"), part[0]), 0);
	FnActor *actor = g_new0(FnActor, 1);

	if (strcmp(part[1], "platform") == 0) {
		g_free(actor);
		return fn_work_platform();
	}
	actor->account = g_strdup_printf("account-%s", word);
	actor->person = g_strdup_printf("person-%s", word);
	actor->name = g_strdup(word);
	actor->organization = g_strdup_printf("org-%s", part[1]);
	actor->organization_kind = g_strdup(kind != NULL ? kind : "department");
	actor->authority = g_strdup(fn_node_text(party, "authority"));
	actor->offices = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(actor->offices, g_strdup(office != NULL ? office : part[0]));
	return actor;
}

static inline char *
subject_of(const Walk *walk)
{
	return g_strdup_printf("walk-%u", walk->number);
}

/* A case about a resource has it as its subject. */
static inline json_t *
with_subject(const Walk *walk, json_t *form)
{
	const FnNode *fields = fn_node_get(walk->procedure, "form");
	g_autofree char *subject = subject_of(walk);

	for (guint i = 0; i < fn_node_count(fields); i++)
		if (strcmp(fn_node_text(fn_node_at(fields, i), "type"), "resource") == 0 && json_object_get(form, fn_node_key_at(fields, i)) != NULL)
			json_object_set_new(form, fn_node_key_at(fields, i), json_string(subject));
	return form;
}

static inline gboolean
open_it(Walk *walk, const json_t *changes, const FnActor *actor, GError **error)
{
	const FnNode *sample = fn_node_get(walk->procedure, "sample"), *known = parties_of(walk);
	json_t *form = sample != NULL ? fn_node_json(sample) : json_object(), *parties = json_object();
	g_autofree char *subject = subject_of(walk);

	with_subject(walk, form);
	json_object_update(form, (json_t *)changes);
	for (guint i = 0; i < fn_node_count(known); i++) {
		const char *name = fn_node_key_at(known, i);

		if (fn_node_has_word(fn_node_get(walk->procedure, "parties"), name)) {
			g_autofree char *organization = g_strdup_printf("org-%s", name);

			json_object_set_new(parties, name, json_string(organization));
		}
	}
	walk->id = fn_work_open(walk->work, walk->db, fn_node_text(walk->procedure, "id"), subject, parties, form, actor, NOON, error);
	json_decref(parties);
	json_decref(form);
	return walk->id != NULL;
}

static inline const FnNode *
step_named(const Walk *walk, const char *name)
{
	const FnNode *steps = fn_node_get(walk->procedure, "steps");

	for (guint i = 0; i < fn_node_count(steps); i++)
		if (strcmp(fn_node_text(fn_node_at(steps, i), "do"), name) == 0)
			return fn_node_at(steps, i);
	return NULL;
}

static inline void
attach(Walk *walk, const FnNode *step, const FnActor *actor)
{
	const char *kind;

	for (guint i = 0; (kind = fn_node_word(fn_node_get(step, "attach"), i)) != NULL; i++)
		fixture_attach(walk->db, walk->id, kind, actor, NOON);
}

/* How much there is of whatever a step can leave behind: rows that were added, revisions that were raised. */
static inline gint64
left_behind(FnDb *db)
{
	static const char *const none[] = { NULL };
	static const char text[] = "SELECT (SELECT COALESCE(SUM(revision), 0) FROM work_case) + (SELECT COUNT(*) FROM work_case) + "
		"(SELECT COUNT(*) FROM work_history) + (SELECT COUNT(*) FROM work_notice) + (SELECT COUNT(*) FROM work_clock) + "
		"(SELECT COUNT(*) FROM work_finding)";
	static const FnSql count = { "left_behind", text, text, none };

	return fn_db_int(db, &count, FN_NO_BINDS, -1, NULL);
}

/* One [role, step, changes]; @why: it is meant to be refused for that. */
static inline gboolean
go(Walk *walk, const FnNode *move, const char *why, GError **error)
{
	const char *word = fn_node_scalar(fn_node_at(move, 0)), *name = fn_node_scalar(fn_node_at(move, 1));
	const FnNode *step = step_named(walk, name);
	gboolean is_open = strcmp(name, "open") == 0;
	/* whom separation alone keeps from the step holds its office */
	const char *role = g_strcmp0(why, "apart") == 0 ? fn_node_word(fn_node_get(is_open ? walk->procedure : step, is_open ? "opener" : "by"), 0)
		: word;
	g_autoptr(FnActor) actor = person(walk, word, role);
	json_t *changes = fn_node_count(move) > 2 ? fn_node_json(fn_node_at(move, 2)) : NULL;
	FnWorkTaking how = { .form = changes, .say = g_strcmp0(why, "say") == 0 ? NULL : SAY, .confirmed = TRUE };
	g_autofree char *digest = NULL;
	gint64 before;
	gboolean done;

	g_assert_true(fn_db_begin(walk->db, NULL));
	if (walk->comes != NULL)
		walk->comes(walk, actor);
	walk->there = g_strcmp0(why, "needs") != 0;
	if (!is_open && walk->there)
		attach(walk, step, actor);
	how.seen = digest = is_open ? NULL : test_step_digest(walk->work, walk->db, walk->id, name, actor, NOON);
	before = left_behind(walk->db);
	done = is_open ? open_it(walk, changes, actor, error) : fn_work_take(walk->work, walk->db, walk->id, name, &how, actor, NOON, error);
	if (done)
		g_assert_true(fn_db_commit(walk->db, NULL));
	else { /* before the transaction is taken back: the refusal itself must have left nothing */
		g_assert_cmpint(left_behind(walk->db), ==, before);
		fn_db_rollback(walk->db);
	}
	json_decref(changes);
	return done;
}

static inline gint
code_of(const char *why)
{
	static const struct {
		const char *why;
		FnWorkError code;
	} codes[] = { { "office", FN_WORK_ERROR_OFFICE }, { "apart", FN_WORK_ERROR_APART }, { "state", FN_WORK_ERROR_STATE },
		{ "once", FN_WORK_ERROR_ONCE }, { "say", FN_WORK_ERROR_SAY }, { "needs", FN_WORK_ERROR_NEEDS }, { "form", FN_WORK_ERROR_FORM } };

	for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
		if (strcmp(codes[i].why, why) == 0)
			return (gint)codes[i].code;
	return -1;
}

static inline void
expect_refused(Walk *walk, const FnNode *one)
{
	const FnNode *refused = fn_node_get(one, "refused");
	const char *why = fn_node_text(one, "why");
	g_autofree char *place = fn_node_place(one);
	g_autoptr(GError) error = NULL;

	if (refused == NULL)
		return;
	if (go(walk, refused, why, &error))
		g_error("%s: was not refused", place);
	if (!g_error_matches(error, FN_WORK_ERROR, code_of(why)))
		g_error("%s: refused for another reason than %s: %s", place, why, error->message);
}

static inline void
expect_state(const Walk *walk, const FnNode *one)
{
	g_autoptr(FnRows) row = fn_db_query(walk->db, &fn_sql_work_case_read, FN_BINDS(FN_TEXT("id", walk->id)), NULL);
	g_autofree char *place = fn_node_place(one);
	const char *state;

	g_assert_true(fn_rows_next(row, NULL));
	state = fn_rows_text(row, "state");

	if (fn_node_text(one, "ends") != NULL && g_strcmp0(state, fn_node_text(one, "ends")) != 0)
		g_error("%s: ends in %s, not in %s", place, state, fn_node_text(one, "ends"));
}

/* How many cases the steps of this path open. */
static inline guint
openings_of(const Walk *walk, const FnNode *path)
{
	guint n = 0;

	for (guint i = 0; i < fn_node_count(path); i++) {
		const FnNode *opens = fn_node_get(step_named(walk, fn_node_scalar(fn_node_at(fn_node_at(path, i), 1))), "opens");

		for (guint j = 0; fn_work_each_map(opens, j) != NULL; j++)
			n++;
	}
	return n;
}

/* The cases that the walk opened are there, name the case whose step opened them and are named by it, and their histories hold. */
static inline void
expect_opened(Walk *walk, const FnNode *one)
{
	static const char *const parameters[] = { "case", NULL };
	static const FnSql opened = { "opened", "SELECT child.case_id FROM work_history AS child JOIN work_history AS step "
		"ON step.case_id = child.linked AND ' ' || step.linked || ' ' LIKE '% ' || child.case_id || ' %' WHERE child.number = 1 AND child.linked = :case",
		"SELECT child.case_id FROM work_history AS child JOIN work_history AS step "
		"ON step.case_id = child.linked AND ' ' || step.linked || ' ' LIKE '% ' || child.case_id || ' %' WHERE child.number = 1 AND child.linked = $1",
		parameters };
	g_autofree char *place = fn_node_place(one);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRows) rows = fn_db_query(walk->db, &opened, FN_BINDS(FN_TEXT("case", walk->id)), &error);

	while (rows != NULL && fn_rows_next(rows, &error))
		g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "case_id")));
	g_assert_no_error(error);
	if (ids->len != openings_of(walk, fn_node_get(one, "path")))
		g_error("%s: %u cases that were opened and its own name each other, not as many as its steps open", place, ids->len);
	for (guint i = 0; i < ids->len; i++) {
		fn_work_audit(walk->work, walk->db, ids->pdata[i], &error);
		g_assert_no_error(error);
	}
}

static inline void
take_walk(Walk *walk, const FnNode *one)
{
	const FnNode *path = fn_node_get(one, "path");
	g_autofree char *place = fn_node_place(one);
	g_autoptr(GError) error = NULL;

	walk->number++;
	for (guint i = 0; i < fn_node_count(path); i++)
		if (!go(walk, fn_node_at(path, i), NULL, &error))
			g_error("%s: %s %s: %s", place, fn_node_scalar(fn_node_at(fn_node_at(path, i), 0)),
				fn_node_scalar(fn_node_at(fn_node_at(path, i), 1)), error->message);
	expect_refused(walk, one);
	if (walk->id != NULL) {
		expect_state(walk, one);
		expect_opened(walk, one);
		fn_work_audit(walk->work, walk->db, walk->id, &error);
		g_assert_no_error(error);
	}
	if (walk->ended != NULL)
		walk->ended(walk);
	g_clear_pointer(&walk->id, g_free);
}

/* All walks of all procedures of @pack, from a fresh database; @begin (may be NULL) prepares it. The number of walks. */
static inline guint
take_walks(Walk *walk, const char *pack, gconstpointer engine, const FnMigration *const *rooms, void (*begin)(Walk *walk))
{
	g_autoptr(GError) error = NULL;
	guint n;
	const FnNode *const *all;

	walk->rules = test_tree_rules(pack);
	make_effects(walk);
	walk->work = fn_work_new(walk->rules, (const FnEffect *)(gpointer)walk->effects->data, walk, &error);
	g_assert_no_error(error);
	walk->db = fn_test_db(engine, rooms);
	if (begin != NULL)
		begin(walk);
	all = fn_rules_all(walk->rules, "procedures", &n);
	for (guint i = 0; i < n; i++) {
		const FnNode *walks = fn_node_get(all[i], "walks");
		guint refused = 0;

		walk->procedure = all[i];
		for (guint j = 0; j < fn_node_count(walks); j++) {
			take_walk(walk, fn_node_at(walks, j));
			refused += fn_node_get(fn_node_at(walks, j), "refused") != NULL;
		}
		if (refused < 2 || fn_node_count(walks) < refused + 2)
			g_error("procedure %s has too few walks; write at least two right ways and two that are refused", fn_node_text(all[i], "id"));
	}
	g_test_message("%u walks of %u procedures", walk->number, n);
	fn_db_close(walk->db);
	fn_work_free(walk->work);
	g_array_free(walk->effects, TRUE);
	return walk->number;
}
