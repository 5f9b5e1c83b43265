/* What the procedures of the catalog and of sharing do to the registry: one row per effect. */
#include "catalog/catalog_priv.h"

#include "catalog_sql.h"
#include "register/register.h"

static gboolean
to_state(FnDb *db, const FnCase *which, const char *state, const FnActor *actor, gint64 now, GError **error)
{
	return fn_catalog_set_state(db, which->subject, state, actor, now, error);
}

#define STATE_EFFECT(name_, state_)                                                                                    \
	static gboolean name_(                                                                                         \
		FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)        \
	{                                                                                                              \
		return to_state(db, which, state_, actor, now, error);                                                 \
	}
STATE_EFFECT(assess_resource, "assessed")
STATE_EFFECT(approve_resource, "head_ok")
STATE_EFFECT(submit_resource, "submitted")
STATE_EFFECT(publish_resource, "published")
STATE_EFFECT(revise_resource, "revising")
STATE_EFFECT(suspend_resource, "suspended")
STATE_EFFECT(withdraw_resource, "withdrawn")

static gboolean
return_resource(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	g_autoptr(FnResource) resource = NULL;

	if (!to_state(db, which, "returned", actor, now, error))
		return FALSE;
	resource = fn_resource_read(db, which->subject, 0, error);
	return resource != NULL && fn_db_exec(db, &fn_sql_catalog_return_version,
					   FN_BINDS(FN_TEXT("code", which->subject),
						   FN_INT("version", resource->version), FN_TEXT("reason", which->say)),
					   NULL, error);
}

static gboolean
prepare_grant(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	g_autofree char *grant = fn_catalog_prepare_grant(db, which, data, now, error);

	return grant != NULL;
}

static gboolean
release_grant(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	g_autofree char *grant = fn_catalog_grant_of_case(db, which->id, error);

	return grant != NULL && fn_catalog_release_grant(db, grant, now, error);
}

static gboolean
to_grant_state(FnDb *db, const FnCase *which, const char *state, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *grant = fn_catalog_grant_of_case(db, which->id, error);
	const char *reason = which->say != NULL ? which->say : which->step;

	return grant != NULL && fn_catalog_set_grant_state(db, grant, state, reason, actor, now, error);
}

#define GRANT_EFFECT(name_, state_)                                                                                    \
	static gboolean name_(                                                                                         \
		FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)        \
	{                                                                                                              \
		return to_grant_state(db, which, state_, actor, now, error);                                           \
	}
GRANT_EFFECT(suspend_grant, "suspended")
GRANT_EFFECT(rectify_grant, "rectifying")
GRANT_EFFECT(resume_grant, "active")
GRANT_EFFECT(terminate_grant, "terminated")
GRANT_EFFECT(end_grant, "disposal_due")
GRANT_EFFECT(dispose_grant, "disposed")

static gboolean
has_nda(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return fn_catalog_has_paper(db, which, "nda", now, error);
}

static gboolean
has_handover(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return fn_catalog_has_paper(db, which, "handover", now, error);
}

static gboolean
has_risk_assessment(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return fn_catalog_has_paper(db, which, "risk_assessment", now, error);
}

/* Whose record it is: what the step says, else the organization that the case is about, else that of who opened it: the same at every step,
 * whoever takes it. */
static char *
whose_record(FnDb *db, const FnCase *which, gint64 now, GError **error)
{
	const FnNode *source = fn_node_get(which->record, "organization");
	const char *party = json_string_value(json_object_get(which->parties, "organization"));
	json_t *said = source != NULL ? fn_work_value(which, source, now) : NULL;
	char *organization = json_is_string(said) ? g_strdup(json_string_value(said)) : source == NULL && party != NULL ? g_strdup(party) : NULL;

	json_decref(said);
	if (organization != NULL || source != NULL)
		return organization;
	return fn_db_text(db, &fn_sql_catalog_account_organization, FN_BINDS(FN_TEXT("account", which->opened_by != NULL ? which->opened_by : "")), error);
}

static gboolean
keep_record(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *key = fn_work_values(which, fn_node_get(which->record, "key"), now), *set = fn_work_values(which, fn_node_get(which->record, "set"), now);
	GError *failed = NULL;
	g_autofree char *organization = whose_record(db, which, now, &failed);
	gboolean done = failed == NULL && fn_register_apply(db, data, fn_node_text(which->record, "register"), fn_node_text(which->record, "do"), key, set,
		organization, which->id, actor, now, error);

	if (failed != NULL)
		g_propagate_error(error, failed);
	json_decref(key);
	json_decref(set);
	return done;
}

const FnEffect fn_catalog_effects[] = {
	{ "record", keep_record },
	{ "account.open", fn_account_open }, /* nobody logs in before the first password */
	{ "account.close", fn_account_close }, /* what it works on goes to its successor */
	{ "account.prolong", fn_account_prolong },
	{ "office.give", fn_office_give },
	{ "office.set", fn_office_set },
	{ "office.take", fn_office_take }, /* sessions end */
	{ "office.pass_on", fn_office_pass_on }, /* with all that its holder works on */
	{ "resource.assess", assess_resource },
	{ "resource.approve", approve_resource },
	{ "resource.submit", submit_resource },
	{ "resource.return", return_resource },
	{ "resource.publish", publish_resource },
	{ "resource.revise", revise_resource },
	{ "resource.suspend", suspend_resource },
	{ "resource.withdraw", withdraw_resource },
	{ "grant.prepare", prepare_grant },
	{ "grant.activate", release_grant }, /* the keeper's signature follows */
	{ "grant.suspend", suspend_grant },
	{ "grant.rectify", rectify_grant },
	{ "grant.resume", resume_grant },
	{ "grant.terminate", terminate_grant },
	{ "grant.end", end_grant },
	{ "grant.dispose", dispose_grant },
	{ "grant.pause", fn_change_pause }, /* of another case's grant, whose own procedure follows */
	{ "grant.stop", fn_change_stop },
	{ "grant.replace", fn_change_replace },
	{ "reidentification.check", fn_reidentification_check },
	{ "reidentification.use", fn_approval_use }, /* the clock's authorisation follows */
	{ "lookup.check", fn_lookup_check },
	{ "lookup.use", fn_approval_use }, /* the gate asks the index of the ledger */
	{ "need:nda", has_nda },
	{ "need:rights_gone", fn_account_gone },
	{ "need:handover", has_handover },
	{ "need:risk_assessment", has_risk_assessment },
	{ 0 },
};
