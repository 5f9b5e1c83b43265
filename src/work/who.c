/* Who may act in a case: office and party, impartiality, and that one person never acts where another must. */
#include "work/work_priv.h"

#include "base/say.h"
#include "rules/rules.h"

#include <string.h>

static const FnNode *
roles_of(const FnWorkCase *which)
{
	return fn_rules_get(which->work->rules, "roles", "roles");
}

/* As it is kept: "bureau", or "regulator:police" for regulators of that authority alone. One of few, so it may stay. */
static const char *
kind_with_authority(const char *kind, const char *authority)
{
	g_autofree char *both = authority != NULL ? g_strdup_printf("%s:%s", kind, authority) : NULL;

	return both != NULL ? g_intern_string(both) : kind;
}

char *
fn_work_kind_of_authority(const FnActor *actor)
{
	return actor->authority != NULL ? g_strdup_printf("%s:%s", actor->organization_kind, actor->authority) : g_strdup("");
}

void
fn_work_seat(const FnWorkCase *which, const char *seat, const char **organization_out, const char **kind_out)
{
	const char *party = strchr(seat, '@') + 1;
	const char *named = json_string_value(json_object_get(which->parties, party));
	const FnNode *declared = fn_node_get(fn_node_get(roles_of(which), "parties"), party);
	const char *kind = fn_node_text(declared, "kind");

	*organization_out = named != NULL ? named : "";
	*kind_out = named != NULL || kind == NULL ? "" : kind_with_authority(kind, fn_node_text(declared, "authority"));
}

/* The offices that the word before '@' stands for: itself, or what roles.yaml says. Caller frees. */
static char **
offices_of(const FnWorkCase *which, const char *seat)
{
	g_autofree char *word = g_strndup(seat, strcspn(seat, "@"));
	const FnNode *stands_for = fn_node_get(fn_node_get(roles_of(which), "words"), word);
	guint n = stands_for != NULL ? fn_node_count(stands_for) : 1;
	char **offices = g_new0(char *, n + 1);

	for (guint i = 0; i < n; i++)
		offices[i] = g_strdup(stands_for != NULL ? fn_node_word(stands_for, i) : word);
	return offices;
}

static gboolean
sits_in(const FnWorkCase *which, const char *seat, const FnActor *actor)
{
	const FnNode *party = fn_node_get(fn_node_get(roles_of(which), "parties"), strchr(seat, '@') + 1);
	const char *must_be = fn_node_text(party, "kind"), *authority = fn_node_text(party, "authority");
	const char *organization, *kind;

	fn_work_seat(which, seat, &organization, &kind);
	if ((must_be != NULL && g_strcmp0(actor->organization_kind, must_be) != 0) ||
	    (authority != NULL && g_strcmp0(actor->authority, authority) != 0))
		return FALSE;
	return *organization != '\0' ? g_strcmp0(actor->organization, organization) == 0 : *kind != '\0';
}

/* The office by which @actor holds the seat, its own before a delegated one, borrowed from @actor, or NULL. */
static const char *
held_in(const FnWorkCase *which, const char *seat, const FnActor *actor)
{
	g_auto(GStrv) offices = offices_of(which, seat);

	const char *delegated = NULL;

	for (guint i = 0; sits_in(which, seat, actor) && offices[i] != NULL; i++)
		for (guint j = 0; fn_actor_has(actor, offices[i]) && j < actor->offices->len; j++) {
			if (strcmp(actor->offices->pdata[j], offices[i]) != 0)
				continue;
			if (fn_actor_delegation(actor, offices[i]) == NULL)
				return actor->offices->pdata[j];
			delegated = delegated != NULL ? delegated : actor->offices->pdata[j];
		}
	return delegated;
}

/* The provider and the consumer, whoever they are: those of the procedure's own parties. */
static gboolean
is_concerned(const FnWorkCase *which, const FnActor *actor)
{
	const FnNode *parties = fn_node_get(which->procedure, "parties");
	const char *party;

	for (guint i = 0; (party = fn_node_word(parties, i)) != NULL; i++)
		if (g_strcmp0(json_string_value(json_object_get(which->parties, party)), actor->organization) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
is_same(const FnWorkEvent *event, const char *account, const char *person)
{
	return (*event->account != '\0' && g_strcmp0(event->account, account) == 0) ||
		(*event->person != '\0' && g_strcmp0(event->person, person) == 0) ||
		(event->on_behalf != NULL && g_strcmp0(event->on_behalf, account) == 0) ||
		(event->on_behalf_person != NULL && g_strcmp0(event->on_behalf_person, person) == 0);
}

/* The actor, or who delegated the office by which the actor acts now: what either did, both did. */
static gboolean
acted_as(const FnWorkCase *which, const char *role, const FnActor *actor, const FnDelegation *delegation)
{
	for (guint i = 0; i < which->history->len; i++) {
		const FnWorkEvent *event = which->history->pdata[i];

		if (strcmp(event->role, role) == 0 && (is_same(event, actor->account, actor->person) ||
			(delegation != NULL && is_same(event, delegation->account, delegation->person))))
			return TRUE;
	}
	return FALSE;
}

static gboolean
acted_apart(const FnWorkCase *which, const char *role, const FnActor *actor, const char *office)
{
	const FnDelegation *delegation = fn_actor_delegation(actor, office);
	const FnNode *apart = fn_node_get(which->procedure, "apart");

	for (guint i = 0; i < fn_node_count(apart); i++) {
		const char *one = fn_node_word(fn_node_at(apart, i), 0), *other = fn_node_word(fn_node_at(apart, i), 1);

		if ((strcmp(one, role) == 0 && acted_as(which, other, actor, delegation)) ||
		    (strcmp(other, role) == 0 && acted_as(which, one, actor, delegation)))
			return TRUE;
	}
	return FALSE;
}

FnFit
fn_work_fit(const FnWorkCase *which, const char *role, const FnActor *actor, const char **office_out)
{
	const FnNode *seats = fn_node_get(fn_node_get(which->procedure, "people"), role);
	const char *seat, *office = NULL;

	for (guint i = 0; office == NULL && (seat = fn_node_word(seats, i)) != NULL; i++)
		office = held_in(which, seat, actor);
	if (office == NULL)
		return FN_FIT_NONE;
	if (fn_node_has_word(fn_node_get(which->procedure, "impartial"), role) && is_concerned(which, actor))
		return FN_FIT_PARTY;
	if (acted_apart(which, role, actor, office))
		return FN_FIT_APART;
	*office_out = office;
	return FN_FIT;
}

const char *
fn_work_role_for(const FnWorkCase *which, const FnNode *roles, const FnActor *actor, const char **office_out, GError **error)
{
	FnFit best = FN_FIT_NONE;
	GString *names = g_string_new(NULL);
	const char *role;

	for (guint i = 0; (role = fn_node_word(roles, i)) != NULL; i++) {
		FnFit fit = fn_work_fit(which, role, actor, office_out);
		const FnNode *seats = fn_node_get(fn_node_get(which->procedure, "people"), role);
		const char *seat;

		if (fit == FN_FIT) {
			g_string_free(names, TRUE);
			return role;
		}
		best = MAX(best, fit);
		for (guint j = 0; (seat = fn_node_word(seats, j)) != NULL; j++)
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", seat);
	}
	if (best == FN_FIT_APART)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_APART,
			"you acted in this case where another person must; let someone else of %s do it", names->str);
	else if (best == FN_FIT_PARTY)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE, "your organization is a party to this case and cannot decide it");
	else
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE, "this takes an office that you do not hold here: %s", names->str);
	g_string_free(names, TRUE);
	return NULL;
}

static gboolean
each_office(const FnWorkCase *which, const char *seat, FnWorkSeat each, gpointer data, GError **error)
{
	g_auto(GStrv) offices = offices_of(which, seat);
	const char *organization, *kind;

	fn_work_seat(which, seat, &organization, &kind);
	for (guint i = 0; offices[i] != NULL; i++)
		if (!each(which, offices[i], organization, kind, data, error))
			return FALSE;
	return TRUE;
}

gboolean
fn_work_each_seat(const FnWorkCase *which, const FnNode *roles, FnWorkSeat each, gpointer data, GError **error)
{
	const char *role, *seat;

	for (guint i = 0; (role = fn_node_word(roles, i)) != NULL; i++) {
		const FnNode *seats = fn_node_get(fn_node_get(which->procedure, "people"), role);

		for (guint j = 0; (seat = fn_node_word(seats, j)) != NULL; j++)
			if (!each_office(which, seat, each, data, error))
				return FALSE;
	}
	return TRUE;
}

gboolean
fn_work_may_see(const FnWorkCase *which, const FnActor *actor)
{
	const FnNode *people = fn_node_get(which->procedure, "people");
	gboolean restricted = fn_node_bool(which->procedure, "restricted", FALSE);
	const char *seat;

	if (!restricted && is_concerned(which, actor))
		return TRUE;
	for (guint i = 0; i < fn_node_count(people); i++)
		for (guint j = 0; (seat = fn_node_word(fn_node_at(people, i), j)) != NULL; j++)
			if (restricted ? held_in(which, seat, actor) != NULL : sits_in(which, seat, actor))
				return TRUE;
	return FALSE;
}

gboolean
fn_work_is_seated(const FnWorkCase *which, const FnActor *actor)
{
	const FnNode *people = fn_node_get(which->procedure, "people");
	const char *seat;

	for (guint i = 0; i < fn_node_count(people); i++)
		for (guint j = 0; (seat = fn_node_word(fn_node_at(people, i), j)) != NULL; j++)
			if (held_in(which, seat, actor) != NULL)
				return TRUE;
	return FALSE;
}

FnActor *
fn_work_platform(void)
{
	FnActor *actor = g_new0(FnActor, 1);

	actor->account = g_strdup("platform");
	actor->person = g_strdup("platform");
	actor->name = g_strdup("platform");
	actor->organization = g_strdup("platform");
	actor->organization_kind = g_strdup("platform");
	actor->offices = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(actor->offices, g_strdup("platform"));
	return actor;
}
