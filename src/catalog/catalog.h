/* Resources, fields, versions, search, sources, bindings and grants in the registry. JSON shapes are those of the API.
 *
 * Everything runs inside the caller's transaction. One FnDb belongs to one thread at a time. Errors: FN_CATALOG_ERROR
 * as named below, or FN_DB_ERROR as it comes from the store. Who may do what is a table in access.c (office × whose
 * resource). */
#pragma once

#include "people/people.h"
#include "rules/rules.h"
#include "work/work.h"

#include <jansson.h>

typedef enum {
	FN_CATALOG_ERROR_INPUT, /* the message names the field */
	FN_CATALOG_ERROR_UNKNOWN,
	FN_CATALOG_ERROR_STATE, /* not possible in this state of its life */
	FN_CATALOG_ERROR_OFFICE,
} FnCatalogError;
#define FN_CATALOG_ERROR (fn_catalog_error_quark())
GQuark fn_catalog_error_quark(void);

/* Sources (made by system_admin). @spec as in source.h, but a password never in clear: "password" is refused, seal it
 * first. */
char *fn_catalog_add_source(FnDb *db, const char *organization, const char *name, const json_t *spec,
	const FnActor *actor, gint64 now, GError **error);
json_t *fn_catalog_source(FnDb *db, const char *source, GError **error);    /* {id, organization, name, spec, state} */
json_t *fn_catalog_sources(FnDb *db, const FnActor *actor, GError **error); /* without spec */
/* A copy of @spec with "password" replaced by "password_sealed", bound to host, port, database and user, so that it
 * opens for no other connection; and back, for fn_source_open(). @key: a lease of "secret" (see crypto.h for its size).
 */
json_t *fn_catalog_seal_spec(const json_t *spec, FnSuite suite, const guint8 *key, GError **error);
json_t *fn_catalog_open_spec(const json_t *spec, const guint8 *key, GError **error);

/* Registers a draft resource of the actor's organization; gives its code "region-organization-serial". Incomplete
 * drafts are allowed; submission checks completeness. @resource is an object of (item.c has the table; anything else is
 * refused): name, summary, classification, provider_unit, format_class, format, carrier (electronic|paper),
 * update_period, category, sharing_type (unconditional, the default |conditional|withheld), sharing_modes [verify,
 * aggregate, query, batch, push, file], use_conditions, sharing_basis {kind: law|admin_regulation|central_policy,
 * document, article}, withheld_reason, openness (open|conditional|closed), openness_conditions, level (1-6; never below
 * the highest field's), labels [], related [codes], duties [ids], responsible {department_head, editor, reviewer,
 * contact}, store_location, code_lists [{field, list, version}], upstream_id, upstream_status
 * (connected|pending|exempt|none), base_library, theme, keywords [], consumers [organizations that may ask; none: all
 * departments], row_scope [{field, op, value}] (holds for every grant), fields [{name, title, type (a letter of the
 * guide, or text integer number decimal date datetime boolean), length, level, identifier (direct|quasi|none), generalise, mask,
 * element, authoritative, labels [personal|sensitive_personal|work_secret|commercial], column, key, offered}], binding
 * {source, table, cursor} or an array of them (the first one serves). */
char *fn_catalog_add_resource(FnDb *db, const json_t *resource, const FnActor *actor, gint64 now, GError **error);
gboolean fn_catalog_update_resource(
	FnDb *db, const char *code, const json_t *changes, const FnActor *actor, gint64 now, GError **error);
/* The resource as @actor may see it (a withheld one shows name and reason only to others). @version 0: the newest. */
json_t *fn_catalog_resource(FnDb *db, const char *code, gint64 version, const FnActor *actor, GError **error);
/* [{field, problem}] that stand in the way of submission; empty when complete. */
json_t *fn_catalog_missing(FnDb *db, const char *code, GError **error);
/* Full-text by any two characters (bigrams), filters, cursor paging: {"items":[…],"next":"…"}. */
json_t *fn_catalog_search(FnDb *db, const char *text, const char *organization, const char *sharing_type,
	const char *cursor, guint limit, const FnActor *actor, GError **error);

/* Answers of the assessment: secrecy_review, personal_information, encryption, masking, backup, audit. A later change
 * of the content removes them all. The reviewer may not be the last editor. */
gboolean fn_catalog_assess(FnDb *db, const char *code, const char *kind, gboolean passed, const char *answer,
	const FnActor *actor, gint64 now, GError **error);
/* The bureau accepts the legal basis of a conditional or withheld resource (needed before publication). */
gboolean fn_catalog_accept_basis(FnDb *db, const char *code, const FnActor *actor, gint64 now, GError **error);

/* Life of a resource: effects of the procedure catalog_review.
 *   draft → assessed → head_ok → submitted → published | returned;  returned → assessed;  published → revising →
 * assessed … published → suspended → published | withdrawn;  published → withdrawn While a new version is under way,
 * others go on with the published one (column "offered"). */
gboolean fn_catalog_set_state(
	FnDb *db, const char *code, const char *state, const FnActor *actor, gint64 now, GError **error);

/* Grants. Prepared from an agreed application (form as in rules/procedures/sharing_application.yaml: resource, fields,
 * mode, system, purpose, basis, scenario, until, rows?, operators?, case_required?, hour_from?, hour_until?,
 * quota_day?, needed?: those of the fields that the purpose names, increments? (alone|joint), in the mode aggregate tables
 * ["name" or "name/level", one or two with a comma between] and noisy?; parties provider, consumer) in state "provisioning";
 * released when delivery is agreed; then signed by the keeper and activated by the clock; suspended, resumed, terminated.
 * What is asked for beyond the offer, or is denied by the matrix of levels in @rules, is refused and named. Every change
 * raises the registry generation. Gives the id. */
char *fn_catalog_prepare_grant(FnDb *db, const FnCase *application, const FnRules *rules, gint64 now, GError **error);
/* Delivery is agreed: the papers that its level needs are there, the keeper may sign. */
gboolean fn_catalog_release_grant(FnDb *db, const char *grant, gint64 now, GError **error);
char *fn_catalog_grant_of_case(FnDb *db, const char *application, GError **error);
/* Ids of released grants that wait for the keeper's signature: g_strfreev(). */
char **fn_catalog_grants_to_sign(FnDb *db, GError **error);
/* The canonical JSON that is signed: {"binding":{"cursor","source","table"},"basis","case","case_required","consumer",
 * "content_version":1,"fields":[{"column","element","identifier","level","mask","name","title","why"}],"from","grant","hour_from","hour_until",
 * "keys":[{"column","name"}],"level","mode","operators":[],"plan":{"counts"?,"digest","disclosure"?,"scenario","table"},"provider","purpose",
 * "quota_day","resource","rows":[{"column","field","op","value"}],"scenario","system","until","version"}. "disclosure"
 * (disclosure/requirement.h): where rows leave in groups only; "counts" (disclosure/counts.h): where counts leave in the place of rows. Moments are microseconds. Caller frees. */
char *fn_catalog_grant_content(FnDb *db, const char *grant, GError **error);
/* @key is the public key text of the keeper's purpose "grant"; a signature that does not verify over the content is
 * refused. */
gboolean fn_catalog_activate_grant(
	FnDb *db, const char *grant, const char *signature_base64, const char *key, gint64 now, GError **error);
/* active ↔ suspended → rectifying → active | terminated → disposal_due → disposed; @actor NULL: the platform itself. */
gboolean fn_catalog_set_grant_state(FnDb *db, const char *grant, const char *state, const char *reason,
	const FnActor *actor, gint64 now, GError **error);
/* Ends grants whose term is over (disposal_due) and suspends those whose agreement ran out. Gives [{grant, case, state,
 * reason}], so that the clock takes the step "expire" or "lapse" of each case. */
json_t *fn_catalog_tick(FnDb *db, gint64 now, GError **error);
json_t *fn_catalog_grant(FnDb *db, const char *grant, GError **error);
json_t *fn_catalog_grants(FnDb *db, const FnActor *actor, GError **error);
/* Papers that sharing of level ≥ 3 needs: kind nda, risk_assessment, handover. @paper: {kind, provider, consumer, case
 * (nda: may be left out, then it covers all), digest, note?, valid_until}. Each side signs by its own account; it
 * counts when both did. Gives its id. */
char *fn_catalog_add_paper(FnDb *db, const json_t *paper, const FnActor *actor, gint64 now, GError **error);
gboolean fn_catalog_sign_paper(FnDb *db, const char *paper, const FnActor *actor, gint64 now, GError **error);
json_t *fn_catalog_papers(FnDb *db, const FnActor *actor, GError **error);
/* Whether @application may do without, or has, a valid paper of @kind. FALSE with error unset: it has not. */
gboolean fn_catalog_has_paper(FnDb *db, const FnCase *application, const char *kind, gint64 now, GError **error);

/* Raised by every change that the share path must see; compared per query. */
gint64 fn_catalog_generation(FnDb *db, GError **error);
gboolean fn_catalog_raise_generation(FnDb *db, GError **error);

/* The keeper's context of the key by which a grant's fields are masked. Caller frees. */
char *fn_catalog_mask_context(const char *grant);

/* Takes the step "expire" of every re-identification and look-up whose days are over, in the caller's transaction. */
gboolean fn_approval_expire(FnDb *db, FnWork *work, gint64 now, GError **error);
/* Effects and needs of the procedures: account.*, office.*, resource.*, grant.*, reidentification.*, lookup.*, need:nda, need:risk_assessment,
 * need:handover, need:rights_gone. Ends with name == NULL; hand it to fn_work_new(), with the FnRules as its data. */
extern const FnEffect fn_catalog_effects[];
