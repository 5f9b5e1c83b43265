/* The procedures of mailboxes and of who leaves, as they stand in the rule files, over the true register: what a case ends with is what
 * the book holds. */
#include "catalog/post.h"

#include "register/register.h"

/* A request up to its approval. */
static char *
approved(const Post *post, const char *address, const char *holder, const char *kind)
{
	g_autofree char *form = g_strdup_printf("{'address': '%s', 'holder': '%s', 'kind': '%s', 'purpose': '办理业务', 'rules': true}", address, holder,
		kind);
	char *id = post_opened(post, "mailbox_request", form);

	post_takes(post, id, "send", post->city->officer);
	post_takes(post, id, "approve", post->city->head);
	return id;
}

static guint
kept(const Post *post, const char *where)
{
	g_autoptr(GError) error = NULL;
	json_t *conditions = fixture_json(where);
	FnRegisterQuery query = { .organization = post->city->provider, .limit = 10, .where = conditions };
	json_t *found = fn_register_find(post->city->db, post->city->rules, "mailboxes", &query, post->city->admin, noon, &error);
	guint n = (guint)json_array_size(json_object_get(found, "items"));

	g_assert_no_error(error);
	json_decref(found);
	json_decref(conditions);
	return n;
}

static void
expect_refused(const Post *post, const char *id, const char *step)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(post_take(post, id, step, post->city->admin, NULL, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT);
}

static void
test_request(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autofree char *first = approved(&post, "admin@mz.example.gov.cn", "admin1", "administrator");
	g_autofree char *second = approved(&post, "admin2@mz.example.gov.cn", "editor1", "administrator");
	g_autofree char *stranger = approved(&post, "guest@mz.example.gov.cn", "asker1", "personal");
	g_autofree char *private = approved(&post, "officer@mail.example.com", "officer1", "personal");
	g_autofree char *own = approved(&post, "officer@mz.example.gov.cn", "officer1", "personal");

	post_takes(&post, first, "activate_administrator", post.city->admin);
	post_takes(&post, own, "activate", post.city->admin);
	g_assert_cmpuint(kept(&post, "{'kind': 'administrator'}"), ==, 1);
	g_assert_cmpuint(kept(&post, "{'kind': 'personal'}"), ==, 1);
	expect_refused(&post, second, "activate_administrator"); /* a unit has one administrator */
	expect_refused(&post, stranger, "activate");		 /* of another organization */
	expect_refused(&post, private, "activate");		 /* no official domain */
	g_assert_cmpuint(kept(&post, "{}"), ==, 2);
	post_clear(&post);
}

static void
test_change(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autofree char *own = approved(&post, "officer@mz.example.gov.cn", "officer1", "personal");
	g_autofree char *lock = post_opened(&post, "mailbox_change",
		"{'address': 'officer@mz.example.gov.cn', 'change': 'lock', 'holder': 'officer1', 'cause': '账号异常登录'}");
	g_autofree char *none = post_opened(&post, "mailbox_change",
		"{'address': 'nobody@mz.example.gov.cn', 'change': 'lock', 'holder': 'officer1', 'cause': '账号异常登录'}");

	post_takes(&post, own, "activate", post.city->admin);
	post_takes(&post, lock, "send", post.city->officer);
	post_takes(&post, lock, "approve", post.city->head);
	post_takes(&post, lock, "lock", post.city->admin);
	g_assert_cmpuint(kept(&post, "{'state': 'locked'}"), ==, 1);
	post_takes(&post, none, "send", post.city->officer);
	post_takes(&post, none, "approve", post.city->head);
	expect_refused(&post, none, "lock"); /* there is no such mailbox */
	post_clear(&post);
}

/* Who leaves: the case opens another, for the mailbox, which needs nobody's approval. */
static void
test_leaver(gconstpointer engine)
{
	Post post = post_new(engine);
	g_autoptr(GError) error = NULL;
	g_autofree char *own = approved(&post, "editor@mz.example.gov.cn", "editor1", "personal");
	g_autofree char *leaving = post_opened(&post, "off_boarding",
		"{'person': '周正', 'post': '目录编制员', 'cause': 'left', 'left_on': '2026-09-21', 'has_mail': 'yes', 'mailbox': 'editor@mz.example.gov.cn'}");
	g_autofree char *closing = NULL;

	post_takes(&post, own, "activate", post.city->admin);
	post_takes(&post, leaving, "start_with_mail", post.city->officer);
	closing = fn_db_text(post.city->db, &fn_sql_work_open_case_of_subject, FN_BINDS(FN_TEXT("procedure", "mailbox_closure"), FN_TEXT("subject", "x")), &error);
	g_assert_no_error(error);
	g_assert_nonnull(closing);
	post_takes(&post, closing, "close_of_leaver", post.security);
	g_assert_cmpuint(kept(&post, "{}"), ==, 0);
	post_clear(&post);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/mailbox/request", test_request);
	fn_test_add("/catalog/mailbox/change", test_change);
	fn_test_add("/catalog/mailbox/leaver", test_leaver);
	return g_test_run();
}
