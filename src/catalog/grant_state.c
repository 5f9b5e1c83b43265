/* A grant's life after it was prepared: released, signed and active, suspended, resumed, ended, disposed of. */
#include "catalog/catalog_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"

#include <string.h>

enum { SIGNATURE_MAX = 512, REASON_MAX = 4000 };

/* What a change of state needs to know. */
typedef struct {
	char *provider, *consumer, *case_id, *state, *content;
	gint64 level, valid_until;
	gboolean released, is_signed;
} Grant;

static void
grant_clear(Grant *grant)
{
	g_free(grant->provider);
	g_free(grant->consumer);
	g_free(grant->case_id);
	g_free(grant->state);
	g_free(grant->content);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Grant, grant_clear)

static FnRows *
grant_row(FnDb *db, const char *id, GError **error)
{
	return fn_catalog_row(db, &fn_sql_catalog_grant, FN_BINDS(FN_TEXT("id", id)), "there is no grant", id, error);
}

/* Locks the row, so that what is read here is what the change meets. */
static gboolean
read_grant(FnDb *db, const char *id, Grant *grant, GError **error)
{
	g_autoptr(FnRows) row = NULL;

	if (!fn_db_exec(db, &fn_sql_catalog_lock_grant, FN_BINDS(FN_TEXT("id", id)), NULL, error))
		return FALSE;
	row = grant_row(db, id, error);
	if (row == NULL)
		return FALSE;
	grant->provider = g_strdup(fn_rows_text(row, "provider"));
	grant->consumer = g_strdup(fn_rows_text(row, "consumer"));
	grant->case_id = g_strdup(fn_rows_text(row, "case_id"));
	grant->state = g_strdup(fn_rows_text(row, "state"));
	grant->content = g_strdup(fn_rows_text(row, "content"));
	grant->level = fn_rows_int(row, "level");
	grant->valid_until = fn_rows_int(row, "valid_until");
	grant->released = fn_rows_text(row, "released_at") != NULL;
	grant->is_signed = fn_rows_text(row, "signature") != NULL;
	return TRUE;
}

static gboolean
paper_there(FnDb *db, const Grant *grant, const char *kind, gint64 now, gboolean *there, GError **error)
{
	GError *failed = NULL;

	*there = grant->level < 3 ||
		 fn_db_int(db, &fn_sql_catalog_has_paper,
			 FN_BINDS(FN_TEXT("kind", kind), FN_TEXT("provider", grant->provider),
				 FN_TEXT("consumer", grant->consumer), FN_TEXT("case_id", grant->case_id),
				 FN_INT("case_bound", fn_paper_of_case(kind)), FN_INT("now", now)),
			 0, &failed) > 0;
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

static gboolean
check_papers(FnDb *db, const Grant *grant, gint64 now, GError **error)
{
	static const char *const kinds[] = { "nda", "risk_assessment", "handover", NULL };

	for (gsize i = 0; kinds[i] != NULL; i++) {
		gboolean there;

		if (!paper_there(db, grant, kinds[i], now, &there, error))
			return FALSE;
		if (!there)
			return fn_catalog_state(error,
				"data of level %" G_GINT64_FORMAT
				" need a paper \"%s\" signed by both sides and in term first",
				grant->level, kinds[i]);
	}
	return TRUE;
}

gboolean
fn_catalog_release_grant(FnDb *db, const char *grant, gint64 now, GError **error)
{
	g_auto(Grant) found = { 0 };
	gint64 changed = 0;

	if (!read_grant(db, grant, &found, error) || !check_papers(db, &found, now, error) ||
		!fn_db_exec(db, &fn_sql_catalog_release_grant, FN_BINDS(FN_TEXT("id", grant), FN_INT("now", now)),
			&changed, error))
		return FALSE;
	return changed == 1 || fn_catalog_state(error, "the grant is released already, or is %s", found.state);
}

char *
fn_catalog_grant_of_case(FnDb *db, const char *application, GError **error)
{
	GError *failed = NULL;
	char *id = fn_db_text(db, &fn_sql_catalog_grant_of_case, FN_BINDS(FN_TEXT("case_id", application)), &failed);

	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (id == NULL)
		fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "the application has led to no grant");
	return id;
}

char **
fn_catalog_grants_to_sign(FnDb *db, GError **error)
{
	return fn_catalog_ids(db, &fn_sql_catalog_grants_to_sign, FN_NO_BINDS, error);
}

char *
fn_catalog_grant_content(FnDb *db, const char *grant, GError **error)
{
	g_autoptr(FnRows) row = grant_row(db, grant, error);

	return row == NULL ? NULL : g_strdup(fn_rows_text(row, "content"));
}

static gboolean
check_signature(const Grant *grant, const char *signature_base64, const char *key, GError **error)
{
	g_autoptr(FnPublicKey) public = NULL;
	g_autofree guint8 *signature = NULL;
	gsize size = 0;

	if (signature_base64 == NULL || key == NULL || strlen(signature_base64) > SIGNATURE_MAX)
		return fn_catalog_input(error, "a signature in base64 and the public key it verifies with are needed");
	public = fn_public_key_parse(key, error);
	if (public == NULL)
		return FALSE;
	signature = g_base64_decode(signature_base64, &size);
	return fn_verify(public, "grant", grant->content, strlen(grant->content), signature, size, error);
}

gboolean
fn_catalog_activate_grant(
	FnDb *db, const char *grant, const char *signature_base64, const char *key, gint64 now, GError **error)
{
	g_auto(Grant) found = { 0 };
	gint64 changed = 0;

	if (!read_grant(db, grant, &found, error))
		return FALSE;
	if (!g_str_equal(found.state, "provisioning") || !found.released)
		return fn_catalog_state(error, found.released ?
			"only a released grant in provisioning is activated; this one is %s" :
			"only a released grant in provisioning is activated; this one is %s, not released", found.state);
	if (found.valid_until <= now)
		return fn_catalog_state(error, "the term of the grant is over");
	if (!check_papers(db, &found, now, error) || !check_signature(&found, signature_base64, key, error) ||
		!fn_db_exec(db, &fn_sql_catalog_activate_grant,
			FN_BINDS(FN_TEXT("id", grant), FN_TEXT("signature", signature_base64), FN_TEXT("key", key),
				FN_INT("now", now)),
			&changed, error))
		return FALSE;
	g_assert(changed == 1); /* the row is locked and was read so */
	return fn_catalog_raise_generation(db, error);
}

typedef struct {
	const char *from, *to;
	FnAct act;
	gboolean by_provider, by_consumer; /* whose offices */
	gboolean platform;                 /* may happen without a person */
} Step;
static const Step steps[] = {
	{ "provisioning", "terminated", FN_ACT_GRANT_CONTROL, TRUE, FALSE, FALSE },
	{ "active", "suspended", FN_ACT_GRANT_CONTROL, TRUE, FALSE, TRUE },
	{ "suspended", "active", FN_ACT_GRANT_CONTROL, TRUE, FALSE, FALSE },
	{ "suspended", "rectifying", FN_ACT_GRANT_CONTROL, TRUE, FALSE, FALSE },
	{ "suspended", "terminated", FN_ACT_GRANT_CONTROL, TRUE, FALSE, FALSE },
	{ "rectifying", "active", FN_ACT_GRANT_CONTROL, TRUE, FALSE, FALSE },
	{ "rectifying", "terminated", FN_ACT_GRANT_CONTROL, TRUE, FALSE, FALSE },
	{ "active", "disposal_due", FN_ACT_GRANT_END, TRUE, TRUE, TRUE },
	{ "suspended", "disposal_due", FN_ACT_GRANT_END, FALSE, FALSE, TRUE },
	{ "rectifying", "disposal_due", FN_ACT_GRANT_END, FALSE, FALSE, TRUE },
	{ "terminated", "disposal_due", FN_ACT_GRANT_END, TRUE, TRUE, TRUE },
	{ "disposal_due", "disposed", FN_ACT_GRANT_DISPOSE, FALSE, TRUE, FALSE },
};

static gboolean
check_actor(const Step *step, const Grant *grant, const FnActor *actor, GError **error)
{
	if (actor == NULL && step->platform)
		return TRUE;
	if (step->by_provider && fn_act_allowed(actor, step->act, grant->provider, NULL))
		return TRUE;
	if (step->by_consumer && fn_act_allowed(actor, step->act, grant->consumer, NULL))
		return TRUE;
	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, step->by_provider ?
		"this is for the office of the provider" : "this is for the office of the consumer");
	return FALSE;
}

/* What must be so before a grant serves again. */
static gboolean
check_resume(FnDb *db, const Grant *grant, const Step *step, gint64 now, GError **error)
{
	if (!g_str_equal(step->to, "active"))
		return TRUE;
	if (!grant->is_signed || grant->valid_until <= now)
		return fn_catalog_state(error, "a grant without signature or out of term is not resumed");
	return check_papers(db, grant, now, error);
}

gboolean
fn_catalog_set_grant_state(FnDb *db, const char *grant, const char *state, const char *reason, const FnActor *actor,
	gint64 now, GError **error)
{
	g_auto(Grant) found = { 0 };
	g_autofree char *safe = fn_text_safe(state, -1, 40);
	const Step *step = NULL;

	if (reason == NULL || *reason == '\0' || strlen(reason) > REASON_MAX || !g_utf8_validate(reason, -1, NULL))
		return fn_catalog_input(error, "\"reason\" must be a text of 1 to %d bytes", REASON_MAX);
	if (!read_grant(db, grant, &found, error))
		return FALSE;
	for (gsize i = 0; state != NULL && i < G_N_ELEMENTS(steps); i++)
		if (g_str_equal(steps[i].from, found.state) && g_str_equal(steps[i].to, state))
			step = &steps[i];
	if (step == NULL)
		return fn_catalog_state(error, "a grant that is %s does not become \"%s\"", found.state, safe);
	return check_actor(step, &found, actor, error) && check_resume(db, &found, step, now, error) &&
	       fn_db_exec(db, &fn_sql_catalog_set_grant_state,
		       FN_BINDS(FN_TEXT("id", grant), FN_TEXT("state", step->to), FN_TEXT("reason", reason),
			       FN_INT("now", now)),
		       NULL, error) &&
	       fn_catalog_raise_generation(db, error);
}

/* Moves what @which finds and appends {grant, case, state, reason} for each. */
static gboolean
move_all(FnDb *db, const FnSql *which, const char *state, const char *reason, gint64 now, json_t *moved, GError **error)
{
	g_auto(GStrv) ids = fn_catalog_ids(db, which, FN_BINDS(FN_INT("now", now)), error);

	for (gsize i = 0; ids != NULL && ids[i] != NULL; i++) {
		g_autoptr(FnRows) row = NULL;

		if (!fn_catalog_set_grant_state(db, ids[i], state, reason, NULL, now, error))
			return FALSE;
		row = grant_row(db, ids[i], error);
		if (row == NULL)
			return FALSE;
		json_array_append_new(moved, json_pack("{s:s, s:s, s:s, s:s}", "grant", ids[i], "case",
						     fn_rows_text(row, "case_id"), "state", state, "reason", reason));
	}
	return ids != NULL;
}

json_t *
fn_catalog_tick(FnDb *db, gint64 now, GError **error)
{
	json_t *moved = json_array();

	if (move_all(db, &fn_sql_catalog_grants_run_out, "disposal_due", "the term is over", now, moved, error) &&
		move_all(db, &fn_sql_catalog_grants_without_agreement, "suspended",
			"the confidentiality agreement is out of term", now, moved, error))
		return moved;
	json_decref(moved);
	return NULL;
}

static const char *const grant_integers[] = { "resource_version", "level", "valid_from", "valid_until", "prepared_at",
	"released_at", "activated_at", "changed_at", NULL };

json_t *
fn_catalog_grant(FnDb *db, const char *grant, GError **error)
{
	json_t *list =
		fn_catalog_list(db, &fn_sql_catalog_grant, FN_BINDS(FN_TEXT("id", grant)), grant_integers, error);
	json_t *object, *content = NULL;
	const char *text;

	if (list == NULL)
		return NULL;
	object = json_incref(json_array_get(list, 0));
	json_decref(list);
	if (object == NULL) {
		g_autofree char *safe = fn_text_safe(grant, -1, 40);

		fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "there is no grant \"%s\"", safe);
		return NULL;
	}
	text = json_string_value(json_object_get(object, "content"));
	content = fn_json_parse(text, strlen(text), error);
	if (content == NULL) {
		json_decref(object);
		return NULL;
	}
	json_object_set_new(object, "content", content);
	return object;
}

json_t *
fn_catalog_grants(FnDb *db, const FnActor *actor, GError **error)
{
	return fn_catalog_list(db, &fn_sql_catalog_grants, FN_BINDS(FN_TEXT("organization", fn_catalog_scope(actor))),
		grant_integers, error);
}
