/* Who may read and write: seats of the register's file, and those that always do. */
#include "register/register_priv.h"

#include <string.h>

/* @office may be one of the words of roles.yaml that stand for several. */
static gboolean
holds(const FnBook *book, const FnActor *actor, const char *office)
{
	const FnNode *offices = fn_node_get(fn_node_get(fn_rules_get(book->rules, "roles", "roles"), "words"), office);
	const char *one;

	if (offices == NULL)
		return fn_actor_has(actor, office);
	for (guint i = 0; (one = fn_node_word(offices, i)) != NULL; i++)
		if (fn_actor_has(actor, one))
			return TRUE;
	return FALSE;
}

/* One party of several of its kind is known by its authority besides: the police are not every regulator. */
static gboolean
is_of(const FnActor *actor, const FnNode *party)
{
	const char *kind = fn_node_text(party, "kind"), *authority = fn_node_text(party, "authority");

	return g_strcmp0(kind, actor->organization_kind) == 0 && (authority == NULL || g_strcmp0(authority, actor->authority) == 0);
}

/* A seat "office@party" opens what is the own organization's; one of a party that is known by its kind opens everything. */
static void
sit(const FnBook *book, const FnActor *actor, const char *seat, FnAccess access, FnSight *sight)
{
	g_auto(GStrv) part = g_strsplit(seat, "@", 2);
	const FnNode *parties = fn_node_get(fn_rules_get(book->rules, "roles", "roles"), "parties");

	if (part[1] == NULL || !holds(book, actor, part[0]))
		return;
	if (strcmp(part[1], "organization") == 0)
		sight->own = MAX(sight->own, access);
	else if (is_of(actor, fn_node_get(parties, part[1])))
		sight->all = MAX(sight->all, access);
}

FnSight
fn_book_sight(const FnBook *book, const FnActor *actor)
{
	static const char *const always[] = { "head@organization", "auditor@organization", "officer@bureau" };
	const FnNode *write = fn_node_get(book->node, "write"), *read = fn_node_get(book->node, "read");
	FnSight sight = { FN_ACCESS_NONE, FN_ACCESS_NONE };
	const char *seat;

	for (guint i = 0; (seat = fn_node_word(write, i)) != NULL; i++)
		sit(book, actor, seat, FN_ACCESS_WRITE, &sight);
	for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
		sit(book, actor, always[i], FN_ACCESS_FULL, &sight);
	for (guint i = 0; (seat = fn_node_word(read, i)) != NULL; i++)
		if (strcmp(seat, "everybody") == 0)
			sight.all = MAX(sight.all, FN_ACCESS_READ);
		else
			sit(book, actor, seat, FN_ACCESS_READ, &sight);
	return sight;
}

FnAccess
fn_book_access(FnSight sight, const FnActor *actor, const char *organization)
{
	return strcmp(actor->organization, organization) == 0 ? MAX(sight.all, sight.own) : sight.all;
}
