/* For tests: cases of the procedures as they stand in the rule files, with the effects of the registry. */
#pragma once

#include "catalog/fixture.h"

#include "work/testing.h"

#define SAID "已当面核对工作证"

typedef struct {
	City *city;
	FnWork *work;
	FnActor *security; /* of the provider */
	gint64 now;        /* noon, until the test says otherwise */
} Post;

static inline Post
post_new(gconstpointer engine)
{
	g_autoptr(GError) error = NULL;
	Post post = { .city = city_new(engine), .now = noon };

	post.work = fn_work_new(post.city->rules, fn_catalog_effects, post.city->rules, &error);
	g_assert_no_error(error);
	post.security = fixture_actor(post.city->db, post.city->provider, "security1", "security_admin");
	return post;
}

static inline void
post_clear(Post *post)
{
	fn_actor_free(post->security);
	fn_work_free(post->work);
	city_free(post->city);
}

/* @changes: of the form, in fixture_json()'s spelling, or NULL. A step that is refused leaves nothing behind, as in the console. */
static inline gboolean
post_take(const Post *post, const char *id, const char *step, const FnActor *actor, const char *changes, GError **error)
{
	static const char *const none[] = { NULL };
	static const FnSql save = { "test", "SAVEPOINT post", "SAVEPOINT post", none };
	static const FnSql back = { "test", "ROLLBACK TO SAVEPOINT post", "ROLLBACK TO SAVEPOINT post", none };
	g_autofree char *digest = test_step_digest(post->work, post->city->db, id, step, actor, post->now);
	json_t *form = changes != NULL ? fixture_json(changes) : NULL;
	const FnWorkTaking how = { .say = SAID, .form = form, .seen = digest, .confirmed = TRUE };
	gboolean taken;

	g_assert_true(fn_db_exec(post->city->db, &save, FN_NO_BINDS, NULL, NULL));
	taken = fn_work_take(post->work, post->city->db, id, step, &how, actor, post->now, error);
	if (!taken)
		g_assert_true(fn_db_exec(post->city->db, &back, FN_NO_BINDS, NULL, NULL));
	json_decref(form);
	return taken;
}

static inline void
post_takes_with(const Post *post, const char *id, const char *step, const FnActor *actor, const char *changes)
{
	g_autoptr(GError) error = NULL;

	post_take(post, id, step, actor, changes, &error);
	g_assert_no_error(error);
}

static inline void
post_takes(const Post *post, const char *id, const char *step, const FnActor *actor)
{
	post_takes_with(post, id, step, actor, NULL);
}

/* Refused with @code of FN_WORK_ERROR, in words that have @says. */
static inline void
post_refuses(const Post *post, const char *id, const char *step, const FnActor *actor, const char *changes, gint code, const char *says)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(post_take(post, id, step, actor, changes, &error));
	g_assert_error(error, FN_WORK_ERROR, code);
	if (strstr(error->message, says) == NULL)
		g_error("\"%s\" does not say \"%s\"", error->message, says);
}

static inline char *
post_opened(const Post *post, const char *procedure, const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *form = fixture_json(text), *parties = json_pack("{s:s}", "organization", post->city->provider);
	char *id = fn_work_open(post->work, post->city->db, procedure, "x", parties, form, post->city->officer, post->now, &error);

	g_assert_no_error(error);
	json_decref(form);
	json_decref(parties);
	return id;
}

/* The history of the case holds, with what its steps did. */
static inline void
post_audits(const Post *post, const char *id)
{
	g_autoptr(GError) error = NULL;

	fn_work_audit(post->work, post->city->db, id, &error);
	g_assert_no_error(error);
}

static inline void
post_attach(const Post *post, const char *id, const char *kind, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;
	const FnWorkFile file = { .kind = kind, .name = "paper.txt", .media_type = "text/plain", .bytes = "paper", .size = 5 };
	json_t *kept = fn_work_attach(post->work, post->city->db, id, &file, actor, post->now, &error);

	g_assert_no_error(error);
	json_decref(kept);
}
