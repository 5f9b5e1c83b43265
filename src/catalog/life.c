/* The life of a resource: assessment, two heads, the bureau's review, publication, revision, suspension, end. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"

#include <string.h>

static const char *const assessments[] = { "secrecy_review", "personal_information", "encryption", "masking", "backup",
	"audit", NULL };

typedef gboolean (*Check)(FnDb *db, const FnResource *resource, const FnActor *actor, GError **error);
typedef struct {
	const char *from, *to;
	FnAct act;
	Check check;         /* NULL: none */
	const char *offered; /* what others get from now on; NULL: as before */
} Step;

static gboolean
lock(FnDb *db, const char *code, GError **error)
{
	return fn_db_exec(db, &fn_sql_catalog_lock_resource, FN_BINDS(FN_TEXT("code", code)), NULL, error);
}

static gboolean
check_other_person(const FnResource *resource, const FnActor *actor, const char *english, GError **error)
{
	if (g_strcmp0(resource->edited_by, actor->account) != 0)
		return TRUE;
	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, "%s", fn_say(english));
	return FALSE;
}

gboolean
fn_catalog_assess(FnDb *db, const char *code, const char *kind, gboolean passed, const char *answer,
	const FnActor *actor, gint64 now, GError **error)
{
	static const char *const open[] = { "draft", "returned", "revising", NULL };
	g_autoptr(FnResource) resource = NULL;
	FnAct act = g_strcmp0(kind, "secrecy_review") == 0 ? FN_ACT_SECRECY_REVIEW : FN_ACT_ASSESS;

	if (kind == NULL || !g_strv_contains(assessments, kind))
		return fn_catalog_input(error,
			"\"kind\" must be secrecy_review, personal_information, encryption, masking, backup or audit");
	if (answer == NULL || strlen(answer) < 2 || strlen(answer) > 4000 || !g_utf8_validate(answer, -1, NULL))
		return fn_catalog_input(error, "\"answer\" must be a text of 2 to 4000 bytes");
	if (!lock(db, code, error))
		return FALSE;
	resource = fn_resource_read(db, code, 0, error);
	if (resource == NULL || !fn_act_allowed(actor, act, resource->organization, error) ||
		!check_other_person(resource, actor, "who edited the entry does not assess it", error))
		return FALSE;
	if (!g_strv_contains(open, resource->state))
		return fn_catalog_state(error, "a resource that is %s is not assessed", resource->state);
	return fn_db_exec(db, &fn_sql_catalog_assess,
		FN_BINDS(FN_TEXT("code", code), FN_INT("version", resource->version), FN_TEXT("kind", kind),
			FN_INT("passed", passed), FN_TEXT("answer", answer), FN_TEXT("account", actor->account),
			FN_INT("now", now)),
		NULL, error);
}

/* Bit i of *passed_out: assessments[i] is there and was passed. */
static gboolean
read_passed(FnDb *db, const FnResource *resource, guint *passed_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_catalog_assessments,
		FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", resource->version)), error);
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	*passed_out = 0;
	while (fn_rows_next(rows, &failed))
		for (guint i = 0; assessments[i] != NULL; i++)
			if (fn_rows_int(rows, "passed") != 0 && g_str_equal(assessments[i], fn_rows_text(rows, "kind")))
				*passed_out |= 1u << i;
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

static gboolean
check_assessed(FnDb *db, const FnResource *resource, const FnActor *actor, GError **error)
{
	guint passed;

	if (!read_passed(db, resource, &passed, error))
		return FALSE;
	for (guint i = 0; assessments[i] != NULL; i++)
		if ((passed & 1u << i) == 0)
			return fn_catalog_state(error, "the assessment lacks a passed \"%s\"", assessments[i]);
	return check_other_person(resource, actor, "who edited the entry does not assess it", error);
}

static gboolean
check_head(FnDb *db, const FnResource *resource, const FnActor *actor, GError **error)
{
	return check_other_person(resource, actor, "who edited the entry does not approve it", error);
}

static gboolean
check_complete(FnDb *db, const FnResource *resource, const FnActor *actor, GError **error)
{
	json_t *missing = fn_resource_missing(db, resource, error);
	gboolean complete;

	if (missing == NULL)
		return FALSE;
	complete = json_array_size(missing) == 0;
	if (!complete) {
		const json_t *first = json_array_get(missing, 0);

		fn_catalog_state(error, "%zu things stand in the way; first: \"%s\" %s", json_array_size(missing),
			json_string_value(json_object_get(first, "field")),
			json_string_value(json_object_get(first, "problem")));
	}
	json_decref(missing);
	return complete;
}

/* One authoritative source per element: the first one published has it. */
static gboolean
claim_element(FnDb *db, const FnResource *resource, const FnField *field, gint64 now, GError **error)
{
	g_autoptr(FnRows) row = NULL;

	if (!fn_db_exec(db, &fn_sql_catalog_claim_element,
		    FN_BINDS(FN_TEXT("element", field->element), FN_TEXT("organization", resource->organization),
			    FN_TEXT("code", resource->code), FN_INT("now", now)),
		    NULL, error))
		return FALSE;
	row = fn_catalog_row(db, &fn_sql_catalog_authority, FN_BINDS(FN_TEXT("element", field->element)), "there is no element",
		field->element, error);
	if (row == NULL)
		return FALSE;
	if (g_str_equal(fn_rows_text(row, "resource"), resource->code))
		return TRUE;
	return fn_catalog_state(error,
		"field \"%s\": the authoritative source of \"%s\" is resource %s already; one element, one source",
		field->name, field->element, fn_rows_text(row, "resource"));
}

static gboolean
claim_elements(FnDb *db, const FnResource *resource, gint64 now, GError **error)
{
	if (!fn_db_exec(db, &fn_sql_catalog_drop_claims, FN_BINDS(FN_TEXT("code", resource->code)), NULL, error))
		return FALSE;
	for (guint i = 0; i < resource->fields->len; i++) {
		const FnField *field = resource->fields->pdata[i];

		if (field->authoritative && !claim_element(db, resource, field, now, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_publication(FnDb *db, const FnResource *resource, const FnActor *actor, GError **error)
{
	if (!check_complete(db, resource, actor, error) || !check_other_person(resource, actor, "who edited the entry does not publish it", error))
		return FALSE;
	if (!g_str_equal(resource->version_sharing_type, "unconditional") && resource->basis_accepted_by == NULL)
		return fn_catalog_state(error,
			"the bureau has not accepted the legal basis of a resource that is not shared unconditionally");
	return TRUE;
}

static const Step steps[] = {
	{ "draft", "assessed", FN_ACT_ASSESS, check_assessed, NULL },
	{ "returned", "assessed", FN_ACT_ASSESS, check_assessed, NULL },
	{ "revising", "assessed", FN_ACT_ASSESS, check_assessed, NULL },
	{ "assessed", "head_ok", FN_ACT_APPROVE, check_head, NULL },
	{ "head_ok", "submitted", FN_ACT_EDIT, check_complete, NULL },
	{ "submitted", "returned", FN_ACT_REVIEW, NULL, NULL },
	{ "submitted", "published", FN_ACT_REVIEW, check_publication, "published" },
	{ "published", "revising", FN_ACT_EDIT, NULL, NULL },
	{ "published", "suspended", FN_ACT_SUSPEND, NULL, "suspended" },
	{ "suspended", "published", FN_ACT_REVIEW, NULL, "published" },
	{ "published", "withdrawn", FN_ACT_REVIEW, NULL, "withdrawn" },
	{ "suspended", "withdrawn", FN_ACT_REVIEW, NULL, "withdrawn" },
};

gboolean
fn_catalog_accept_basis(FnDb *db, const char *code, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnResource) resource = NULL;

	if (!lock(db, code, error))
		return FALSE;
	resource = fn_resource_read(db, code, 0, error);
	if (resource == NULL || !fn_act_allowed(actor, FN_ACT_REVIEW, resource->organization, error) ||
		!check_other_person(resource, actor, "who edited the entry does not accept it", error))
		return FALSE;
	if (!g_str_equal(resource->state, "submitted"))
		return fn_catalog_state(
			error, "a basis is accepted while the resource is submitted; it is %s", resource->state);
	if (json_object_get(resource->body, "sharing_basis") == NULL)
		return fn_catalog_state(error, "the resource states no legal basis");
	return fn_db_exec(db, &fn_sql_catalog_accept_basis,
		FN_BINDS(FN_TEXT("code", code), FN_INT("version", resource->version),
			FN_TEXT("account", actor->account), FN_INT("now", now)),
		NULL, error);
}

static gboolean
write_state(FnDb *db, const FnResource *resource, const char *state, const char *offered, gint64 version,
	gint64 published, gint64 now, GError **error)
{
	return fn_db_exec(db, &fn_sql_catalog_set_resource_state,
		FN_BINDS(FN_TEXT("code", resource->code), FN_TEXT("state", state), FN_TEXT("offered", offered),
			FN_INT("version", version), FN_INT("published_version", published), FN_INT("now", now)),
		NULL, error);
}

static gboolean
copy_bindings(FnDb *db, const FnResource *resource, gint64 version, GError **error)
{
	json_t *bindings = fn_resource_bindings(db, resource->code, resource->version, NULL, error), *one;
	gboolean done = bindings != NULL;
	gsize i;

	json_array_foreach(bindings, i, one) done =
		done && fn_db_exec(db, &fn_sql_catalog_add_binding,
				FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", version),
					FN_INT("ordinal", (gint64)i),
					FN_TEXT("source", json_string_value(json_object_get(one, "source"))),
					FN_TEXT("table_name", json_string_value(json_object_get(one, "table"))),
					FN_TEXT("cursor_column", json_string_value(json_object_get(one, "cursor")))),
				NULL, error);
	json_decref(bindings);
	return done;
}

/* A copy to work on; the published version stays what others get. */
static gboolean
begin_revision(FnDb *db, const FnResource *resource, const FnActor *actor, gint64 now, GError **error)
{
	gint64 version = resource->version + 1;
	g_autofree char *body = json_dumps(resource->body, JSON_COMPACT | JSON_SORT_KEYS);

	return fn_db_exec(db, &fn_sql_catalog_add_version,
		       FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", version), FN_TEXT("body", body),
			       FN_TEXT("sharing_type", resource->version_sharing_type),
			       FN_INT("level", resource->version_level), FN_TEXT("account", actor->account),
			       FN_INT("now", now)),
		       NULL, error) &&
	       fn_fields_write(db, resource->code, version, resource->fields, error) &&
	       copy_bindings(db, resource, version, error) &&
	       write_state(
		       db, resource, "revising", resource->offered, version, resource->published_version, now, error);
}

static gboolean
publish(FnDb *db, const FnResource *resource, gint64 now, GError **error)
{
	return claim_elements(db, resource, now, error) &&
	       fn_db_exec(db, &fn_sql_catalog_publish_version,
		       FN_BINDS(FN_TEXT("code", resource->code), FN_INT("version", resource->version),
			       FN_INT("now", now)),
		       NULL, error) &&
	       fn_db_exec(db, &fn_sql_catalog_set_resource_face,
		       FN_BINDS(FN_TEXT("code", resource->code),
			       FN_TEXT("name", json_string_value(json_object_get(resource->body, "name"))),
			       FN_TEXT("sharing_type", resource->version_sharing_type),
			       FN_INT("level", resource->version_level)),
		       NULL, error) &&
	       write_state(db, resource, "published", "published", resource->version, resource->version, now, error);
}

static gboolean
take_step(FnDb *db, const FnResource *resource, const Step *step, const FnActor *actor, gint64 now, GError **error)
{
	if (g_str_equal(step->to, "revising"))
		return begin_revision(db, resource, actor, now, error);
	if (g_str_equal(step->from, "submitted") && g_str_equal(step->to, "published"))
		return publish(db, resource, now, error);
	if (g_str_equal(step->to, "withdrawn") &&
		!fn_db_exec(db, &fn_sql_catalog_drop_claims, FN_BINDS(FN_TEXT("code", resource->code)), NULL, error))
		return FALSE;
	return write_state(db, resource, step->to, step->offered == NULL ? resource->offered : step->offered,
		resource->version, resource->published_version, now, error);
}

gboolean
fn_catalog_set_state(FnDb *db, const char *code, const char *state, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnResource) resource = NULL;
	g_autofree char *safe = fn_text_safe(state, -1, 40);
	const Step *step = NULL;

	if (!lock(db, code, error))
		return FALSE;
	resource = fn_resource_read(db, code, 0, error);
	if (resource == NULL)
		return FALSE;
	for (gsize i = 0; state != NULL && i < G_N_ELEMENTS(steps); i++)
		if (g_str_equal(steps[i].from, resource->state) && g_str_equal(steps[i].to, state))
			step = &steps[i];
	if (step == NULL)
		return fn_catalog_state(error, "a resource that is %s does not become \"%s\"", resource->state, safe);
	if (!fn_act_allowed(actor, step->act, resource->organization, error) ||
		(step->check != NULL && !step->check(db, resource, actor, error)) ||
		!take_step(db, resource, step, actor, now, error))
		return FALSE;
	return (step->offered == NULL || fn_catalog_raise_generation(db, error)) && fn_search_index(db, code, error);
}
