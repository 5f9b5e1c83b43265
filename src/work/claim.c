/* Who works on a case. A claim tells colleagues; it gives no right and takes none. */
#include "work/work_priv.h"

#include "base/say.h"
#include "base/time.h"
#include "work_sql.h"

#include <string.h>

json_t *
fn_work_show_claims(const FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_claims, FN_BINDS(FN_TEXT("case", which->id)), error);
	g_autoptr(GError) why = NULL;
	json_t *list = json_array();

	while (rows != NULL && fn_rows_next(rows, &why)) {
		g_autofree char *since = fn_time_format(fn_rows_int(rows, "at"));

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "organization", fn_rows_text(rows, "organization"), "account",
			fn_rows_text(rows, "account"), "name", fn_rows_text(rows, "name"), "since", since));
	}
	if (rows != NULL && why == NULL)
		return list;
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

gboolean
fn_work_line_claim(const FnWorkCase *which, const FnActor *actor, json_t *line, GError **error)
{
	json_t *claims = fn_work_show_claims(which, error), *claim;
	size_t i;

	json_array_foreach(claims, i, claim)
		if (g_strcmp0(json_string_value(json_object_get(claim, "organization")), actor->organization) == 0)
			json_object_set(line, "claimed_by", claim);
	json_decref(claims);
	return claims != NULL;
}

/* ---- changing ---- */

/* *holder_out: whose claim it is in @organization, NULL when nobody's. Caller frees. */
static gboolean
find_holder(const FnWorkCase *which, const char *organization, char **holder_out, GError **error)
{
	g_autoptr(GError) why = NULL;

	*holder_out = fn_db_text(which->db, &fn_sql_work_claimed_by, FN_BINDS(FN_TEXT("case", which->id), FN_TEXT("organization", organization)), &why);
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
set_claim(const FnWorkCase *which, const FnActor *to, gint64 now, GError **error)
{
	return fn_db_exec(which->db, &fn_sql_work_set_claim, FN_BINDS(FN_TEXT("case", which->id), FN_TEXT("organization", to->organization),
		FN_TEXT("account", to->account), FN_TEXT("name", to->name), FN_INT("now", now)), NULL, error);
}

static gboolean
check_fit(const FnWorkCase *which, const FnActor *to, const char *english, GError **error)
{
	if (which->ended)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "case %s has ended; there is nothing left to work on", which->id);
	else if (!fn_work_is_seated(which, to))
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE, "case %s: %s", which->id, fn_say(english));
	else
		return TRUE;
	return FALSE;
}

gboolean
fn_work_claim(FnWork *work, FnDb *db, const char *id, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_seen(work, db, id, TRUE, actor, error);
	g_autofree char *holder = NULL;

	if (which == NULL || !check_fit(which, actor, "you hold no office in it; name somebody who does", error) ||
		!find_holder(which, actor->organization, &holder, error))
		return FALSE;
	if (holder != NULL && strcmp(holder, actor->account) != 0) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "a colleague (account %s) works on this case; ask for a hand-over", holder);
		return FALSE;
	}
	return holder != NULL || set_claim(which, actor, now, error);
}

static gboolean
is_head(const FnActor *actor)
{
	return fn_actor_has(actor, "sharing_head") || fn_actor_has(actor, "department_head");
}

/* The case, when @actor or, as a head, a colleague has claimed it. */
static FnWorkCase *
load_claimed(FnWork *work, FnDb *db, const char *id, const FnActor *actor, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_seen(work, db, id, TRUE, actor, error);
	g_autofree char *holder = NULL;

	if (which == NULL || !find_holder(which, actor->organization, &holder, error))
		return NULL;
	if (holder == NULL)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "nobody of your organization has claimed this case");
	else if (strcmp(holder, actor->account) != 0 && !is_head(actor))
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE, "account %s has claimed this case; it or a head of your organization may pass it on",
			holder);
	else
		return g_steal_pointer(&which);
	return NULL;
}

gboolean
fn_work_release(FnWork *work, FnDb *db, const char *id, const FnActor *actor, GError **error)
{
	g_autoptr(FnWorkCase) which = load_claimed(work, db, id, actor, error);

	return which != NULL && fn_db_exec(db, &fn_sql_work_drop_claim,
		FN_BINDS(FN_TEXT("case", which->id), FN_TEXT("organization", actor->organization)), NULL, error);
}

static gboolean
check_colleague(const FnActor *to, const char *organization, GError **error)
{
	if (g_strcmp0(to->organization, organization) == 0)
		return TRUE;
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE, "a case stays in its organization; name a colleague");
	return FALSE;
}

gboolean
fn_work_hand_over(FnWork *work, FnDb *db, const char *id, const FnActor *to, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = load_claimed(work, db, id, actor, error);

	return which != NULL && check_colleague(to, actor->organization, error) &&
		check_fit(which, to, "this account holds no office in it; name somebody who does", error) &&
		set_claim(which, to, now, error);
}

/* ---- all of an account ---- */

gint64
fn_work_open_claims(FnDb *db, const char *account, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *count = fn_db_text(db, &fn_sql_work_count_open_claims, FN_BINDS(FN_TEXT("account", account)), &why);

	if (why == NULL)
		return count != NULL ? g_ascii_strtoll(count, NULL, 10) : 0;
	g_propagate_error(error, g_steal_pointer(&why));
	return -1;
}

static char **
next_claims(FnDb *db, const char *account, const char *after, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_open_claims, FN_BINDS(FN_TEXT("account", account), FN_TEXT("after", after)), error);
	g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_strv_builder_add(ids, fn_rows_text(rows, "id"));
	if (rows != NULL && why == NULL)
		return g_strv_builder_end(ids);
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

/* The claim is of the organization in which its holder was; a holder has one for good. */
static gboolean
pass_on(FnWork *work, FnDb *db, const char *id, const char *account, const FnActor *to, gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, TRUE, error);
	g_autofree char *holder = NULL;

	if (which == NULL || !find_holder(which, to->organization, &holder, error))
		return FALSE;
	return check_colleague(to, g_strcmp0(holder, account) == 0 ? to->organization : NULL, error) &&
		check_fit(which, to, "the account to which it would go holds no office in it; name somebody who does", error) && set_claim(which, to, now, error);
}

gint64
fn_work_hand_over_all(FnWork *work, FnDb *db, const char *account, const FnActor *to, gint64 now, GError **error)
{
	g_autofree char *after = g_strdup("");
	gint64 passed = 0;

	if (g_strcmp0(account, to->account) == 0) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "to: name another account");
		return -1;
	}
	for (;;) {
		g_auto(GStrv) ids = next_claims(db, account, after, error);

		if (ids == NULL)
			return -1;
		if (ids[0] == NULL)
			return passed;
		for (guint i = 0; ids[i] != NULL; i++, passed++) {
			if (!pass_on(work, db, ids[i], account, to, now, error))
				return -1;
			g_free(after);
			after = g_strdup(ids[i]);
		}
	}
}
