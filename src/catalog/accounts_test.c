/* Accounts, offices and administrators by the procedures as they stand in the rule files: what the last step says is what people hold. */
#include "catalog/post.h"

#define REQUEST "{'name': '%s', 'post': '数据专员', 'employed': '%s', 'offices': [%s], 'need': '办理本部门政务数据共享申请'%s}"

/* A request up to where the account is opened. */
static char *
verified(const Post *post, const char *name, const char *employed, const char *offices, const char *more)
{
	g_autofree char *form = g_strdup_printf(REQUEST, name, employed, offices, more);
	char *id = post_opened(post, "account_request", form);
	gboolean staff = g_str_equal(employed, "staff");

	if (!staff)
		post_attach(post, id, "admission", post->city->officer);
	post_takes(post, id, staff ? "send" : "send_temporary", post->city->officer);
	post_takes(post, id, "approve", post->city->head);
	post_takes_with(post, id, "check", post->security, "{'single': 'yes', 'least': 'yes'}");
	post_takes(post, id, "verify", post->security);
	return id;
}

/* The account with @login in the list of its organization, or NULL. */
static json_t *
account_of(const Post *post, const char *login)
{
	json_t *list = fn_people_accounts(post->city->db, post->city->provider, NULL), *one, *found = NULL;
	size_t i;

	json_array_foreach(list, i, one)
		if (g_str_equal(json_string_value(json_object_get(one, "login")), login))
			found = json_incref(one);
	json_decref(list);
	return found;
}

static gboolean
holds(const Post *post, const char *login, const char *office)
{
	json_t *account = account_of(post, login), *one;
	gboolean found = FALSE;
	size_t i;

	json_array_foreach(json_object_get(account, "offices"), i, one)
		found = found || g_str_equal(json_string_value(one), office);
	json_decref(account);
	return found;
}

static gboolean
is_there(const Post *post, const char *login)
{
	json_t *account = account_of(post, login);

	json_decref(account);
	return account != NULL;
}

static void
test_open(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autofree char *id = verified(&post, "王建国", "staff", "'officer', 'editor'", "");
	json_t *shown;

	post_refuses(&post, id, "activate", post.city->head, "{'login': 'wang.jianguo'}", FN_WORK_ERROR_OFFICE, "office");
	post_refuses(&post, id, "activate", post.city->admin, NULL, FN_WORK_ERROR_FORM, "login");
	g_assert_false(is_there(&post, "wang.jianguo"));
	post_takes_with(&post, id, "activate", post.city->admin, "{'login': 'Wang.Jianguo'}");
	g_assert_true(holds(&post, "wang.jianguo", "officer"));
	g_assert_true(holds(&post, "wang.jianguo", "editor"));
	shown = account_of(&post, "wang.jianguo");
	g_assert_cmpstr(json_string_value(json_object_get(shown, "name")), ==, "王建国");
	g_assert_true(json_is_null(json_object_get(shown, "valid_until")));
	json_decref(shown);
	post_audits(&post, id);
	post_clear(&post);
}

/* Until the end of the day that was asked for, in China. */
static void
test_term(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autofree char *id = verified(&post, "李工", "contractor", "'officer'", ", 'until': '2026-12-31'"), *account = NULL;
	const gint64 end = G_GINT64_CONSTANT(1798732800000000); /* 2026-12-31T16:00:00Z */
	g_autoptr(FnActor) actor = NULL;
	g_autoptr(GError) error = NULL;
	json_t *shown;

	post_takes_with(&post, id, "activate", post.city->admin, "{'login': 'li.gong'}");
	shown = account_of(&post, "li.gong");
	account = g_strdup(json_string_value(json_object_get(shown, "account")));
	g_assert_cmpint(json_integer_value(json_object_get(shown, "valid_until")), ==, end);
	json_decref(shown);
	actor = fn_people_actor(post.city->db, account, end - 1, &error);
	g_assert_no_error(error);
	g_assert_true(actor->first);
	g_assert_null(fn_people_actor(post.city->db, account, end, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
	post_clear(&post);
}

/* What cannot be is refused as a whole, and the case stays where it was. */
static void
test_refused(gconstpointer engine)
{
	static const struct {
		const char *name, *offices, *login, *says;
	} cases[] = {
		{ "王建国", "'officer'", "editor1", "taken" },
		{ "王建国", "'officer'", "EDITOR1", "taken" },
		{ "王建国", "'officer'", "wang jianguo", "login name has" },
		{ "王建国", "'officer', 'system_admin'", "wang.jianguo", "may never hold" },
		{ "王建国", "'auditor', 'editor'", "wang.jianguo", "may never hold" },
		{ "王建国", "'officer', 'emperor'", "wang.jianguo", "no office" },
		{ "editor1", "'officer'", "wang.jianguo", "has an account already" },
	};
	Post post = post_new(engine);
	json_t *list = fn_people_accounts(post.city->db, post.city->provider, NULL);
	gsize before = json_array_size(list);

	json_decref(list);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *id = verified(&post, cases[i].name, "staff", cases[i].offices, "");
		g_autofree char *login = g_strdup_printf("{'login': '%s'}", cases[i].login);

		g_test_message("case %zu", i);
		post_refuses(&post, id, "activate", post.city->admin, login, FN_WORK_ERROR_EFFECT, cases[i].says);
		list = fn_people_accounts(post.city->db, post.city->provider, NULL);
		g_assert_cmpuint(json_array_size(list), ==, before);
		json_decref(list);
		post_takes(&post, id, "cannot_open", post.city->admin);
		post_audits(&post, id);
	}
	post_clear(&post);
}

/* ---- changes of offices ---- */

#define CHANGE "{'account': '%s', 'change': '%s', 'offices': [%s], 'cause': '接替调离人员承担目录工作'}"

/* A change up to where it is carried out. */
static char *
changing(const Post *post, const char *account, const char *change, const char *offices)
{
	g_autofree char *form = g_strdup_printf(CHANGE, account, change, offices);
	char *id = post_opened(post, "role_change", form);

	post_takes(post, id, "send", post->city->officer);
	if (g_str_equal(change, "take"))
		return id;
	post_takes(post, id, "approve", post->city->head);
	post_takes(post, id, "verify", post->security);
	return id;
}

static void
test_change(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autofree char *give = changing(&post, "editor1", "give", "'officer', 'reviewer'");
	g_autofree char *alter = changing(&post, "editor1", "alter", "'auditor'"), *take = NULL;

	post_takes(&post, give, "carry_out", post.city->admin);
	g_assert_true(holds(&post, "editor1", "editor") && holds(&post, "editor1", "officer") && holds(&post, "editor1", "reviewer"));
	post_audits(&post, give);
	post_takes(&post, alter, "alter", post.city->admin); /* takes before it gives: an auditor is nothing else */
	g_assert_true(holds(&post, "editor1", "auditor"));
	g_assert_false(holds(&post, "editor1", "editor") || holds(&post, "editor1", "officer") || holds(&post, "editor1", "reviewer"));
	post_audits(&post, alter);
	take = changing(&post, "editor1", "take", "'auditor'");
	post_takes(&post, take, "take_away", post.security);
	g_assert_false(holds(&post, "editor1", "auditor"));
	post_takes(&post, take, "confirm", post.city->head);
	post_audits(&post, take);
	post_clear(&post);
}

static void
test_change_refused(gconstpointer engine)
{
	static const struct {
		const char *account, *change, *offices, *step, *says;
	} cases[] = {
		{ "editor1", "give", "'system_admin'", "carry_out", "may never hold" },
		{ "editor1", "give", "'officer', 'emperor'", "carry_out", "no office" },
		{ "editor1", "alter", "'officer', 'auditor'", "alter", "may never hold" },
		{ "asker1", "give", "'reviewer'", "carry_out", "no active account" }, /* of another organization */
		{ "nobody", "give", "'reviewer'", "carry_out", "no active account" },
		{ "admin1", "alter", "'officer'", "alter", "their own account" },
		{ "editor1", "take", "'editor', 'officer'", "take_away", "does not hold" },
	};
	Post post = post_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *id = changing(&post, cases[i].account, cases[i].change, cases[i].offices);

		g_test_message("case %zu", i);
		post_refuses(&post, id, cases[i].step, post.city->admin, NULL, FN_WORK_ERROR_EFFECT, cases[i].says);
		g_assert_true(holds(&post, "editor1", "editor")); /* what was taken before the refusal is back */
		g_assert_false(holds(&post, "editor1", "officer"));
		g_assert_true(holds(&post, "admin1", "system_admin"));
		post_takes(&post, id, "withdraw", post.city->officer);
		post_audits(&post, id);
	}
	post_clear(&post);
}

/* A contractor's account goes on beyond its term, also after it; who has none gets one. */
static void
test_prolong(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autofree char *id = verified(&post, "李工", "contractor", "'officer'", ", 'until': '2026-12-31'");
	g_autofree char *form = g_strdup_printf("{'account': 'li.gong', 'change': 'prolong', 'offices': ['officer'], 'until': '2027-06-30',"
		"'cause': '项目延期，继续驻场运维'}"), *prolonged = NULL;
	const gint64 end = G_GINT64_CONSTANT(1814371200000000); /* 2027-06-30T16:00:00Z */
	json_t *shown;

	post_takes_with(&post, id, "activate", post.city->admin, "{'login': 'li.gong'}");
	g_assert_cmpint(fn_people_lapse(post.city->db, G_GINT64_CONSTANT(1798732800000000), NULL), ==, 1);
	prolonged = post_opened(&post, "role_change", form);
	post_takes(&post, prolonged, "send", post.city->officer);
	post_takes(&post, prolonged, "approve", post.city->head);
	post_takes(&post, prolonged, "verify", post.security);
	post_takes(&post, prolonged, "prolong", post.city->admin);
	shown = account_of(&post, "li.gong");
	g_assert_cmpint(json_integer_value(json_object_get(shown, "valid_until")), ==, end);
	json_decref(shown);
	g_assert_cmpint(fn_people_lapse(post.city->db, end - 1, NULL), ==, 0);
	g_assert_cmpint(fn_people_lapse(post.city->db, end, NULL), ==, 1);
	post_audits(&post, prolonged);
	post_clear(&post);
}

/* ---- administrators, and who leaves ---- */

static void
claims(const Post *post, const char *id, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	fn_work_claim(post->work, post->city->db, id, actor, noon, &error);
	g_assert_no_error(error);
}

/* A change of the system administrator up to where it is carried out. */
static char *
changing_administrator(const Post *post, const char *office, const char *incoming, const char *cause)
{
	g_autofree char *form = g_strdup_printf("{'office': '%s', 'outgoing': 'admin1', 'incoming': '%s', 'cause': '%s',"
		"'why': '原管理员调整到其他科室工作', 'handed': '管理账号两个、密码器一个、操作手册'}", office, incoming, cause);
	char *id = post_opened(post, "administrator_change", form);

	post_takes(post, id, "send", post->city->officer);
	post_takes(post, id, "approve", post->city->head);
	post_attach(post, id, "handover_record", post->city->head);
	if (g_str_equal(cause, "left"))
		post_takes(post, id, "hand_over_absent", post->city->head);
	else
		post_takes(post, id, "hand_over", post->city->admin);
	post_takes(post, id, "witness", post->security);
	post_takes(post, id, "file", post->city->bureau_officer);
	return id;
}

/* The office goes over with what its holder worked on; who left has no account any more. */
static void
change_administrator(gconstpointer engine, const char *cause, const char *step, const char *state)
{
	Post post = post_new(engine);
	g_autoptr(FnActor) bureau = fixture_actor(post.city->db, post.city->bureau, "bureau-security1", "security_admin");
	g_autoptr(FnActor) new = fixture_actor(post.city->db, post.city->provider, "li.na", NULL);
	g_autofree char *open = verified(&post, "王建国", "staff", "'officer'", "");
	g_autofree char *id = changing_administrator(&post, "system_admin", "li.na", cause);
	json_t *old;

	claims(&post, open, post.city->admin);
	post_takes(&post, id, step, bureau);
	g_assert_true(holds(&post, "li.na", "system_admin"));
	g_assert_false(holds(&post, "admin1", "system_admin"));
	g_assert_cmpint(fn_work_open_claims(post.city->db, post.city->admin->account, NULL), ==, 0);
	g_assert_cmpint(fn_work_open_claims(post.city->db, new->account, NULL), ==, 1);
	old = account_of(&post, "admin1");
	g_assert_cmpstr(json_string_value(json_object_get(old, "state")), ==, state);
	json_decref(old);
	post_audits(&post, id);
	post_clear(&post);
}

static void
test_administrator(gconstpointer engine)
{
	change_administrator(engine, "moved", "activate", "active");
}

static void
test_administrator_left(gconstpointer engine)
{
	change_administrator(engine, "left", "activate_for_leaver", "closed");
}

static void
test_administrator_refused(gconstpointer engine)
{
	static const struct {
		const char *office, *incoming, *says;
	} cases[] = {
		{ "system_admin", "editor1", "may never hold" },
		{ "system_admin", "asker1", "no active account" },
		{ "system_admin", "admin1", "is the old one" },
		{ "system_admin", "nobody", "no active account" },
		{ "auditor", "li.na", "does not hold" },
	};
	Post post = post_new(engine);
	g_autoptr(FnActor) bureau = fixture_actor(post.city->db, post.city->bureau, "bureau-security1", "security_admin");
	g_autoptr(FnActor) new G_GNUC_UNUSED = fixture_actor(post.city->db, post.city->provider, "li.na", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *id = changing_administrator(&post, cases[i].office, cases[i].incoming, "moved");

		g_test_message("case %zu", i);
		post_refuses(&post, id, "activate", bureau, NULL, FN_WORK_ERROR_EFFECT, cases[i].says);
		g_assert_true(holds(&post, "admin1", "system_admin"));
		g_assert_false(holds(&post, "li.na", "auditor") || holds(&post, "editor1", "system_admin"));
		post_takes(&post, id, "withdraw", post.city->head);
	}
	post_clear(&post);
}

#define GONE "{'account': 'taken_back', 'grants': 'taken_back', 'keys': 'none', 'terminals': 'none', 'mail': 'none', 'cases': 'handed_over'}"

static char *
leaving(const Post *post, const char *name)
{
	g_autofree char *form = g_strdup_printf("{'person': '%s', 'post': '目录编制员', 'cause': 'left', 'left_on': '2026-09-21', 'has_mail': 'no'}", name);
	char *id = post_opened(post, "off_boarding", form);

	post_takes(post, id, "start", post->city->head);
	return id;
}

/* Whatever was answered: while the account is open, the exit does not pass. */
static void
test_leaver(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autoptr(FnActor) auditor = fixture_actor(post.city->db, post.city->provider, "auditor1", "auditor");
	g_autoptr(FnActor) other = fixture_actor(post.city->db, post.city->provider, "officer2", "officer");
	g_autofree char *id = leaving(&post, "officer1"), *open = verified(&post, "王建国", "staff", "'officer'", "");
	json_t *closed;

	claims(&post, open, post.city->officer);
	post_takes_with(&post, id, "answer", post.security, GONE);
	post_attach(&post, id, "audit_report", auditor);
	post_refuses(&post, id, "audit", auditor, NULL, FN_WORK_ERROR_NEEDS, "officer1");
	post_takes(&post, id, "return", auditor);
	post_refuses(&post, id, "close_account", post.security, "{'login': 'officer1'}", FN_WORK_ERROR_EFFECT, "works on 1 open cases");
	post_refuses(&post, id, "close_account", post.security, "{'login': 'officer1', 'successor': 'editor1'}", FN_WORK_ERROR_EFFECT, "no office in it");
	post_refuses(&post, id, "close_account", post.security, "{'login': 'officer1', 'successor': 'asker1'}", FN_WORK_ERROR_EFFECT, "no active account");
	post_refuses(&post, id, "close_account", post.security, "{'login': 'officer1', 'successor': 'officer1'}", FN_WORK_ERROR_EFFECT, "another account");
	post_refuses(&post, id, "close_account", post.security, "{'login': 'security1'}", FN_WORK_ERROR_EFFECT, "their own");
	g_assert_true(holds(&post, "officer1", "officer"));
	post_takes_with(&post, id, "close_account", post.security, "{'login': 'officer1', 'successor': 'officer2'}");
	g_assert_cmpint(fn_work_open_claims(post.city->db, other->account, NULL), ==, 1);
	closed = account_of(&post, "officer1");
	g_assert_cmpstr(json_string_value(json_object_get(closed, "state")), ==, "closed");
	g_assert_cmpuint(json_array_size(json_object_get(closed, "offices")), ==, 0);
	json_decref(closed);
	post_takes_with(&post, id, "answer", post.security, GONE);
	post_takes(&post, id, "audit", auditor);
	post_takes(&post, id, "confirm", post.city->head);
	post_audits(&post, id);
	post_clear(&post);
}

/* The account is found by the person's name, though nobody named it, and by its login, whatever the name. */
static void
test_leaver_found(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autoptr(FnActor) auditor = fixture_actor(post.city->db, post.city->provider, "auditor1", "auditor");
	g_autofree char *named = leaving(&post, "editor1"), *absent = leaving(&post, "周正");

	post_takes_with(&post, named, "answer", post.security, GONE);
	post_attach(&post, named, "audit_report", auditor);
	post_refuses(&post, named, "audit", auditor, NULL, FN_WORK_ERROR_NEEDS, "editor1");
	post_takes_with(&post, absent, "answer", post.security, GONE);
	post_attach(&post, absent, "audit_report", auditor);
	post_takes(&post, absent, "audit", auditor);
	post_audits(&post, absent);
	post_clear(&post);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/accounts/open", test_open);
	fn_test_add("/catalog/accounts/term", test_term);
	fn_test_add("/catalog/accounts/refused", test_refused);
	fn_test_add("/catalog/accounts/change", test_change);
	fn_test_add("/catalog/accounts/change-refused", test_change_refused);
	fn_test_add("/catalog/accounts/prolong", test_prolong);
	fn_test_add("/catalog/accounts/administrator", test_administrator);
	fn_test_add("/catalog/accounts/administrator-left", test_administrator_left);
	fn_test_add("/catalog/accounts/administrator-refused", test_administrator_refused);
	fn_test_add("/catalog/accounts/leaver", test_leaver);
	fn_test_add("/catalog/accounts/leaver-found", test_leaver_found);
	return g_test_run();
}
