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
	g_autoptr(GError) error = NULL;
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
		{ "admin1", "alter", "'officer'", "alter", "their own offices" },
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

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/accounts/open", test_open);
	fn_test_add("/catalog/accounts/term", test_term);
	fn_test_add("/catalog/accounts/refused", test_refused);
	fn_test_add("/catalog/accounts/change", test_change);
	fn_test_add("/catalog/accounts/change-refused", test_change_refused);
	return g_test_run();
}
