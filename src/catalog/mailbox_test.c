/* The procedures of mailboxes and of who leaves, as they stand in the rule files, over the true register: what a case ends with is what
 * the book holds. */
#include "catalog/fixture.h"

#include "register/register.h"
#include "work/work.h"

#define SAID "已当面核对工作证"

typedef struct {
	City *city;
	FnWork *work;
	FnActor *security;
} Post;

static Post
post_new(gconstpointer engine)
{
	g_autoptr(GError) error = NULL;
	Post post = { .city = city_new(engine) };

	post.work = fn_work_new(post.city->rules, fn_catalog_effects, post.city->rules, &error);
	g_assert_no_error(error);
	post.security = fixture_actor(post.city->db, post.city->provider, "security1", "security_admin");
	return post;
}

static void
post_clear(Post *post)
{
	fn_actor_free(post->security);
	fn_work_free(post->work);
	city_free(post->city);
}

/* What the actor saw, for a step that is signed. */
static char *
digest_of(const Post *post, const char *id, const char *step, const FnActor *actor)
{
	json_t *shown = fn_work_show(post->work, post->city->db, id, actor, noon, NULL), *action;
	char *digest = NULL;
	size_t i;

	json_array_foreach(json_object_get(shown, "allowed_actions"), i, action)
		if (g_strcmp0(json_string_value(json_object_get(action, "do")), step) == 0)
			digest = g_strdup(json_string_value(json_object_get(action, "digest")));
	json_decref(shown);
	return digest;
}

static gboolean
take(const Post *post, const char *id, const char *step, const FnActor *actor, GError **error)
{
	g_autofree char *digest = digest_of(post, id, step, actor);
	const FnWorkTaking how = { .say = SAID, .seen = digest, .confirmed = TRUE };

	return fn_work_take(post->work, post->city->db, id, step, &how, actor, noon, error);
}

static void
takes(const Post *post, const char *id, const char *step, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	take(post, id, step, actor, &error);
	g_assert_no_error(error);
}

static char *
opened(const Post *post, const char *procedure, const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *form = fixture_json(text), *parties = json_pack("{s:s}", "organization", post->city->provider);
	char *id = fn_work_open(post->work, post->city->db, procedure, "x", parties, form, post->city->officer, noon, &error);

	g_assert_no_error(error);
	json_decref(form);
	json_decref(parties);
	return id;
}

/* A request up to its approval. */
static char *
approved(const Post *post, const char *address, const char *holder, const char *kind)
{
	g_autofree char *form = g_strdup_printf("{'address': '%s', 'holder': '%s', 'kind': '%s', 'purpose': '办理业务', 'rules': true}", address, holder,
		kind);
	char *id = opened(post, "mailbox_request", form);

	takes(post, id, "send", post->city->officer);
	takes(post, id, "approve", post->city->head);
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

	g_assert_false(take(post, id, step, post->city->admin, &error));
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

	takes(&post, first, "activate_administrator", post.city->admin);
	takes(&post, own, "activate", post.city->admin);
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
	g_autofree char *lock = opened(&post, "mailbox_change",
		"{'address': 'officer@mz.example.gov.cn', 'change': 'lock', 'holder': 'officer1', 'cause': '账号异常登录'}");
	g_autofree char *none = opened(&post, "mailbox_change",
		"{'address': 'nobody@mz.example.gov.cn', 'change': 'lock', 'holder': 'officer1', 'cause': '账号异常登录'}");

	takes(&post, own, "activate", post.city->admin);
	takes(&post, lock, "send", post.city->officer);
	takes(&post, lock, "approve", post.city->head);
	takes(&post, lock, "lock", post.city->admin);
	g_assert_cmpuint(kept(&post, "{'state': 'locked'}"), ==, 1);
	takes(&post, none, "send", post.city->officer);
	takes(&post, none, "approve", post.city->head);
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
	g_autofree char *leaving = opened(&post, "off_boarding",
		"{'person': '周正', 'post': '目录编制员', 'cause': 'left', 'left_on': '2026-09-21', 'has_mail': 'yes', 'mailbox': 'editor@mz.example.gov.cn'}");
	g_autofree char *closing = NULL;

	takes(&post, own, "activate", post.city->admin);
	takes(&post, leaving, "start_with_mail", post.city->officer);
	closing = fn_db_text(post.city->db, &fn_sql_work_open_case_of_subject, FN_BINDS(FN_TEXT("procedure", "mailbox_closure"), FN_TEXT("subject", "x")), &error);
	g_assert_no_error(error);
	g_assert_nonnull(closing);
	takes(&post, closing, "close_of_leaver", post.security);
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
