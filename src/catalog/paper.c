/* Papers between two organizations: confidentiality agreements, notices with handover, risk assessments. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"

#include <string.h>

static const char *const kinds[] = { "nda", "handover", "risk_assessment", NULL };

/* An agreement may cover all sharing between two organizations; what is handed over and assessed is one sharing. */
gboolean
fn_paper_of_case(const char *kind)
{
	return !g_str_equal(kind, "nda");
}

typedef struct {
	const char *kind, *provider, *consumer, *case_id, *digest, *note;
	gint64 valid_until;
} Paper;

static gboolean
check_members(const json_t *object, GError **error)
{
	static const char *const members[] = { "kind", "provider", "consumer", "case", "digest", "note", "valid_until",
		NULL };
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return fn_catalog_input(error, "a paper must be a JSON object");
	json_object_foreach((json_t *)object, name, value)
	{
		if (!g_strv_contains(members, name)) {
			g_autofree char *safe = fn_text_safe(name, -1, 40);

			return fn_catalog_input(error, "a paper has no \"%s\"", safe);
		}
	}
	return TRUE;
}

static gboolean
take_paper(const json_t *object, gint64 now, Paper *paper, GError **error)
{
	guint8 digest[32];

	paper->kind = json_string_value(json_object_get(object, "kind"));
	paper->provider = json_string_value(json_object_get(object, "provider"));
	paper->consumer = json_string_value(json_object_get(object, "consumer"));
	paper->case_id = json_string_value(json_object_get(object, "case"));
	paper->digest = json_string_value(json_object_get(object, "digest"));
	paper->note = json_string_value(json_object_get(object, "note"));
	paper->valid_until = json_integer_value(json_object_get(object, "valid_until"));
	if (paper->kind == NULL || !g_strv_contains(kinds, paper->kind))
		return fn_catalog_input(error, "\"kind\" must be nda, handover or risk_assessment");
	if (paper->provider == NULL || paper->consumer == NULL || g_str_equal(paper->provider, paper->consumer))
		return fn_catalog_input(error, "\"provider\" and \"consumer\" must be two organizations");
	if (fn_paper_of_case(paper->kind) && paper->case_id == NULL)
		return fn_catalog_input(error, "a paper of this kind belongs to a \"case\"");
	if (paper->digest == NULL || !fn_unhex(paper->digest, digest, sizeof digest))
		return fn_catalog_input(
			error, "\"digest\" must be the 64 hexadecimal digits of the signed paper's digest");
	if (paper->note != NULL && strlen(paper->note) > 4000)
		return fn_catalog_input(error, "\"note\" is longer than 4000 bytes");
	return paper->valid_until > now ||
	       fn_catalog_input(error, "\"valid_until\" must be a moment in the future, in microseconds");
}

/* Who makes a paper signs it for their side. */
static gboolean
sides(const FnActor *actor, const char *provider, const char *consumer, gboolean *provides, gboolean *consumes,
	GError **error)
{
	*provides = actor != NULL && g_strcmp0(actor->organization, provider) == 0;
	*consumes = actor != NULL && g_strcmp0(actor->organization, consumer) == 0;
	if (*provides || *consumes)
		return fn_act_allowed(actor, FN_ACT_PAPER, actor->organization, error);
	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, "a paper is made and signed by its two sides");
	return FALSE;
}

static gboolean
check_organization(FnDb *db, const char *id, GError **error)
{
	g_autoptr(FnRows) row = fn_catalog_row(
		db, &fn_sql_catalog_organization, FN_BINDS(FN_TEXT("id", id)), "there is no organization", id, error);

	return row != NULL;
}

char *
fn_catalog_add_paper(FnDb *db, const json_t *object, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *id = fn_id_new();
	gboolean provides, consumes;
	Paper paper;

	if (!check_members(object, error) || !take_paper(object, now, &paper, error) ||
		!sides(actor, paper.provider, paper.consumer, &provides, &consumes, error) ||
		!check_organization(db, paper.provider, error) || !check_organization(db, paper.consumer, error) ||
		!fn_db_exec(db, &fn_sql_catalog_add_paper,
			FN_BINDS(FN_TEXT("id", id), FN_TEXT("kind", paper.kind), FN_TEXT("provider", paper.provider),
				FN_TEXT("consumer", paper.consumer), FN_TEXT("case_id", paper.case_id),
				FN_TEXT("digest", paper.digest), FN_TEXT("note", paper.note == NULL ? "" : paper.note),
				FN_TEXT("provider_signer", provides ? actor->account : NULL),
				FN_TEXT("consumer_signer", consumes ? actor->account : NULL), FN_INT("now", now),
				FN_INT("valid_until", paper.valid_until)),
			NULL, error))
		return NULL;
	return g_steal_pointer(&id);
}

gboolean
fn_catalog_sign_paper(FnDb *db, const char *paper, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnRows) row =
		fn_catalog_row(db, &fn_sql_catalog_paper, FN_BINDS(FN_TEXT("id", paper)), "there is no paper", paper, error);
	gboolean provides, consumes;
	gint64 changed = 0;

	if (row == NULL || !sides(actor, fn_rows_text(row, "provider"), fn_rows_text(row, "consumer"), &provides,
				   &consumes, error))
		return FALSE;
	if (fn_rows_int(row, "valid_until") <= now)
		return fn_catalog_state(error, "the paper is out of term");
	g_clear_pointer(&row, fn_rows_free);
	if (!fn_db_exec(db, provides ? &fn_sql_catalog_sign_paper_provider : &fn_sql_catalog_sign_paper_consumer,
		    FN_BINDS(FN_TEXT("id", paper), FN_TEXT("account", actor->account)), &changed, error))
		return FALSE;
	return changed == 1 || fn_catalog_state(error, "this side has signed already");
}

json_t *
fn_catalog_papers(FnDb *db, const FnActor *actor, GError **error)
{
	static const char *const integers[] = { "created_at", "valid_until", NULL };

	return fn_catalog_list(db, &fn_sql_catalog_papers, FN_BINDS(FN_TEXT("organization", fn_catalog_scope(actor))),
		integers, error);
}

/* The highest level among the fields that the application names; of all when it names none. */
static gint64
asked_level(const FnResource *resource, const json_t *names)
{
	gint64 level = 1;
	json_t *name;
	gsize i;

	if (json_array_size(names) == 0)
		return fn_fields_level(resource->fields);
	json_array_foreach((json_t *)names, i, name)
	{
		const FnField *field =
			json_is_string(name) ? fn_fields_find(resource->fields, json_string_value(name)) : NULL;

		level = MAX(level, field == NULL ? FN_LEVEL_HIGHEST : field->level);
	}
	return level;
}

gboolean
fn_catalog_has_paper(FnDb *db, const FnCase *application, const char *kind, gint64 now, GError **error)
{
	const char *code = json_string_value(json_object_get(application->form, "resource"));
	const char *provider = json_string_value(json_object_get(application->parties, "provider"));
	const char *consumer = json_string_value(json_object_get(application->parties, "consumer"));
	g_autoptr(FnResource) newest = NULL, resource = NULL;

	if (code == NULL || provider == NULL || consumer == NULL)
		return fn_catalog_input(error, "the application names no resource, provider or consumer");
	newest = fn_resource_read(db, code, 0, error);
	if (newest == NULL)
		return FALSE;
	resource = fn_resource_read(db, code, newest->published_version, error);
	if (resource == NULL)
		return FALSE;
	if (asked_level(resource, json_object_get(application->form, "fields")) < 3)
		return TRUE;
	return fn_db_int(db, &fn_sql_catalog_has_paper,
		       FN_BINDS(FN_TEXT("kind", kind), FN_TEXT("provider", provider), FN_TEXT("consumer", consumer),
			       FN_TEXT("case_id", application->id), FN_INT("case_bound", fn_paper_of_case(kind)),
			       FN_INT("now", now)),
		       0, error) > 0;
}
