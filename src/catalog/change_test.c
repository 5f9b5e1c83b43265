/* Changes of running shares by the procedure as it stands in the rule file: what was agreed and filed is what becomes of the grant, from the
 * day agreed on, and the case of its application goes with it. */
#include "catalog/post.h"

#define WISH "{'resource': '%s', 'fields': [%s], 'mode': 'query', 'system': '%s', 'purpose': '%s', 'basis': '社会保险法第七十四条规定'," \
	"'scenario': '窗口办理时核验申请人信息', 'until': '2027-06-30', 'agreement': true%s}"
#define CHANGE "{'grant': '%s', 'kind': '%s', 'cause': 'not_needed', 'change': '不再需要部分数据项的共享', 'effect': '业务不受影响，已自行衔接'," \
	"'from_day': '2026-09-22'}"
#define TWO "'district', 'street'"
#define ONE "'district'"

typedef struct {
	Post post;
	char *code, *grant, *application;
} Share;

static char *
open_between(const Post *post, const char *procedure, const char *subject, const char *form_text, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;
	json_t *form = fixture_json(form_text), *parties = json_pack("{s:s, s:s}", "provider", post->city->provider, "consumer", post->city->consumer);
	char *id = fn_work_open(post->work, post->city->db, procedure, subject, parties, form, actor, post->now, &error);

	g_assert_no_error(error);
	json_decref(form);
	json_decref(parties);
	return id;
}

/* As the clock would, once the keeper signed. */
static void
activate(const Post *post, const char *grant)
{
	gint64 changed = 0;

	g_assert_true(fn_db_exec(post->city->db, &fn_sql_catalog_activate_grant, FN_BINDS(FN_TEXT("id", grant), FN_TEXT("signature", "x"),
		FN_TEXT("key", "x"), FN_INT("now", post->now)), &changed, NULL));
	g_assert_cmpint(changed, ==, 1);
}

/* A grant through its procedure; *application_out (may be NULL): its case. */
static char *
obtained(const Share *share, const char *fields, const char *purpose, const char *more, char **application_out)
{
	const Post *post = &share->post;
	g_autofree char *form = g_strdup_printf(WISH, share->code, fields, post->city->system, purpose, more), *id = NULL;
	char *grant;

	id = open_between(post, "sharing_unconditional", share->code, form, post->city->asker);
	post_takes(post, id, "consent", post->city->asking_head);
	post_takes(post, id, "obtain", post->city->asker);
	grant = fn_catalog_grant_of_case(post->city->db, id, NULL);
	g_assert_nonnull(grant);
	activate(post, grant);
	if (application_out != NULL)
		*application_out = g_steal_pointer(&id);
	return grant;
}

static Share
share_new(gconstpointer engine)
{
	Share share = { .post = post_new(engine) };

	share.code = fixture_add(share.post.city,
		"{'sharing_type': 'unconditional', 'fields': [{'name': 'district', 'title': '所在区县', 'level': 1, 'identifier': 'quasi', 'column': 'qx',"
		"'key': true}, {'name': 'street', 'title': '所在街道', 'level': 1, 'identifier': 'quasi', 'column': 'jd'}]}");
	fixture_publish(share.post.city, share.code);
	share.grant = obtained(&share, TWO, "核验", "", &share.application);
	return share;
}

static void
share_clear(Share *share)
{
	g_free(share->code);
	g_free(share->grant);
	g_free(share->application);
	post_clear(&share->post);
}

static void
expect_state(const Share *share, const char *grant, const char *state)
{
	json_t *shown = fn_catalog_grant(share->post.city->db, grant, NULL);

	g_assert_cmpstr(json_string_value(json_object_get(shown, "state")), ==, state);
	json_decref(shown);
}

static void
expect_case(const Share *share, const char *id, const char *state)
{
	json_t *shown = fn_work_show(share->post.work, share->post.city->db, id, share->post.city->asker, share->post.now, NULL);

	g_assert_cmpstr(json_string_value(json_object_get(shown, "state")), ==, state);
	json_decref(shown);
}

/* Agreed by both heads and filed; to take effect tomorrow. */
static char *
filed(const Share *share, const char *grant, const char *kind)
{
	const Post *post = &share->post;
	g_autofree char *form = g_strdup_printf(CHANGE, grant, kind);
	char *id = open_between(post, "grant_change", grant, form, post->city->asker);

	post_takes(post, id, "propose", post->city->asker);
	post_takes(post, id, "provider_agree", post->city->sharing);
	post_takes(post, id, "consumer_agree", post->city->asking_head);
	post_takes(post, id, "file", post->city->bureau_officer);
	return id;
}

/* The first moment of 2026-09-22 in China; noon is 2026-09-21T22:13:20+08:00. */
static const gint64 agreed_day = G_GINT64_CONSTANT(1790006400000000);

/* Not a moment too early; then the grant and its own case are where they must be, and both histories hold. */
static void
carried_out(gconstpointer engine, const char *kind, const char *step, const char *state)
{
	Share share = share_new(engine);
	g_autofree char *id = filed(&share, share.grant, kind);
	FnActor *executor = share.post.city->officer;
	gint64 generation = fixture_generation(share.post.city);

	share.post.now = agreed_day - 1;
	post_refuses(&share.post, id, step, executor, NULL, FN_WORK_ERROR_EFFECT, "2026-09-22, not before");
	expect_state(&share, share.grant, "active");
	expect_case(&share, share.application, "active");
	g_assert_cmpint(fixture_generation(share.post.city), ==, generation);
	share.post.now = agreed_day;
	post_takes(&share.post, id, step, executor);
	expect_state(&share, share.grant, state);
	expect_case(&share, share.application, state);
	g_assert_cmpint(fixture_generation(share.post.city), >, generation);
	post_audits(&share.post, id);
	post_audits(&share.post, share.application);
	share_clear(&share);
}

static void
test_pause(gconstpointer engine)
{
	carried_out(engine, "pause", "pause", "suspended");
}

static void
test_stop(gconstpointer engine)
{
	carried_out(engine, "stop", "stop", "disposal_due");
}

/* A paused share goes on by its own procedure, or is stopped by another change. */
static void
test_after_pause(gconstpointer engine)
{
	Share share = share_new(engine);
	g_autofree char *pause = filed(&share, share.grant, "pause"), *again = filed(&share, share.grant, "pause"), *stop = filed(&share, share.grant, "stop");

	share.post.now = agreed_day + G_TIME_SPAN_DAY;
	post_takes(&share.post, pause, "pause", share.post.city->officer);
	post_refuses(&share.post, again, "pause", share.post.city->officer, NULL, FN_WORK_ERROR_EFFECT, "suspended");
	post_takes(&share.post, again, "drop", share.post.city->officer);
	post_takes(&share.post, share.application, "resume", share.post.city->sharing);
	expect_state(&share, share.grant, "active");
	post_takes(&share.post, stop, "stop", share.post.city->officer);
	post_takes(&share.post, share.application, "dispose", share.post.city->asking_head);
	expect_state(&share, share.grant, "disposed");
	post_audits(&share.post, share.application);
	share_clear(&share);
}

/* Narrowed by a smaller grant, which must run before the old one ends. */
static void
test_replace(gconstpointer engine)
{
	Share share = share_new(engine);
	g_autofree char *id = filed(&share, share.grant, "narrow"), *new = obtained(&share, ONE, "核验", ", 'quota_day': 10", NULL);
	g_autofree char *named = g_strdup_printf("{'replacement': '%s'}", new);

	share.post.now = agreed_day - 1;
	post_refuses(&share.post, id, "replace", share.post.city->officer, named, FN_WORK_ERROR_EFFECT, "not before");
	share.post.now = agreed_day + 5 * G_TIME_SPAN_DAY;
	post_takes_with(&share.post, id, "replace", share.post.city->officer, named);
	expect_state(&share, share.grant, "disposal_due");
	expect_case(&share, share.application, "disposal_due");
	expect_state(&share, new, "active");
	post_audits(&share.post, id);
	post_audits(&share.post, share.application);
	share_clear(&share);
}

#define ROWS(value_) ", 'rows': [{'field': 'district', 'op': '=', 'value': '" value_ "'}]"

/* What is no smaller share of the same thing ends nothing. */
static void
test_replace_refused(gconstpointer engine)
{
	static const struct {
		const char *fields, *purpose, *more, *says;
		gboolean running;
	} cases[] = {
		{ TWO, "核验", ROWS("长安区"), "gives more than the old one: field", TRUE },
		{ ONE, "核验", "", "rows beyond the condition on \"district\"", TRUE },
		{ ONE, "核验", ROWS("桥西区"), "rows beyond the condition on \"district\"", TRUE },
		{ ONE, "统计", ROWS("长安区"), "another purpose", TRUE },
		{ ONE, "核验", ROWS("长安区"), "must be active", FALSE },
	};
	Share share = share_new(engine);
	g_autofree char *old = obtained(&share, ONE, "核验", ROWS("长安区"), NULL), *id = filed(&share, old, "narrow");
	g_autofree char *itself = g_strdup_printf("{'replacement': '%s'}", old);

	share.post.now = agreed_day;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *new = obtained(&share, cases[i].fields, cases[i].purpose, cases[i].more, NULL);
		g_autofree char *named = g_strdup_printf("{'replacement': '%s'}", new);

		g_test_message("case %zu", i);
		if (!cases[i].running)
			g_assert_true(fn_catalog_set_grant_state(share.post.city->db, new, "suspended", "x", NULL, noon, NULL));
		post_refuses(&share.post, id, "replace", share.post.city->officer, named, FN_WORK_ERROR_EFFECT, cases[i].says);
		expect_state(&share, old, "active");
	}
	post_refuses(&share.post, id, "replace", share.post.city->officer, itself, FN_WORK_ERROR_EFFECT, "does not replace itself");
	post_refuses(&share.post, id, "replace", share.post.city->officer, "{'replacement': 'nothing'}", FN_WORK_ERROR_EFFECT, "no grant");
	post_refuses(&share.post, id, "replace", share.post.city->officer, NULL, FN_WORK_ERROR_FORM, "replacement");
	expect_state(&share, old, "active");
	share_clear(&share);
}

/* Only what is between the two departments of the case. */
static void
test_of_others(gconstpointer engine)
{
	Share share = share_new(engine);
	const Post *post = &share.post;
	g_autofree char *form = g_strdup_printf(CHANGE, share.grant, "stop"), *nothing = filed(&share, "nothing", "stop"), *id = NULL;
	g_autoptr(GError) error = NULL;
	json_t *asked = fixture_json(form), *parties = json_pack("{s:s, s:s}", "provider", post->city->provider, "consumer", post->city->provider);
	g_autoptr(FnActor) second = fixture_actor(post->city->db, post->city->provider, "sharing2", "sharing_head");
	g_autoptr(FnActor) drafter = fixture_actor(post->city->db, post->city->provider, "officer2", "officer");

	share.post.now = noon;
	id = fn_work_open(post->work, post->city->db, "grant_change", share.grant, parties, asked, drafter, noon, &error);
	g_assert_no_error(error);
	post_takes(post, id, "propose", drafter);
	post_takes(post, id, "provider_agree", post->city->sharing);
	post_takes(post, id, "consumer_agree", second);
	post_takes(post, id, "file", post->city->bureau_officer);
	share.post.now = agreed_day;
	post_refuses(post, id, "stop", post->city->officer, NULL, FN_WORK_ERROR_EFFECT, "not one between");
	post_refuses(post, nothing, "stop", post->city->officer, NULL, FN_WORK_ERROR_EFFECT, "no grant");
	expect_state(&share, share.grant, "active");
	json_decref(asked);
	json_decref(parties);
	share_clear(&share);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/change/pause", test_pause);
	fn_test_add("/catalog/change/stop", test_stop);
	fn_test_add("/catalog/change/after-pause", test_after_pause);
	fn_test_add("/catalog/change/replace", test_replace);
	fn_test_add("/catalog/change/replace-refused", test_replace_refused);
	fn_test_add("/catalog/change/of-others", test_of_others);
	return g_test_run();
}
