#include "keeper/keeper_priv.h"

#include "crypto/keeper_client.h"

#define BIT(role) (1u << (role))
#define PROGRAMS \
	(BIT(FN_ROLE_GATE) | BIT(FN_ROLE_KEEPER) | BIT(FN_ROLE_LEDGER) | BIT(FN_ROLE_INSPECT) | BIT(FN_ROLE_CLOCK) | \
		BIT(FN_ROLE_DOOR) | BIT(FN_ROLE_ADMIN))

/* Who may do what with which key. What has no row is refused. A stolen gate can sign neither a ledger head nor a grant, and
 * cannot destroy. */
static const struct {
	const char *purpose;
	guint32 operation;
	guint roles;
} table[] = {
	{ "", FN_KEEPER_OP_STATUS, PROGRAMS },
	{ "ledger_head_gm", FN_KEEPER_OP_PUBLIC, PROGRAMS },
	{ "ledger_head_gm", FN_KEEPER_OP_SIGN, BIT(FN_ROLE_LEDGER) },
	{ "ledger_head_intl", FN_KEEPER_OP_PUBLIC, PROGRAMS },
	{ "ledger_head_intl", FN_KEEPER_OP_SIGN, BIT(FN_ROLE_LEDGER) },
	{ "grant", FN_KEEPER_OP_PUBLIC, PROGRAMS },
	{ "grant", FN_KEEPER_OP_SIGN, BIT(FN_ROLE_CLOCK) },
	{ "reversal", FN_KEEPER_OP_SIGN, BIT(FN_ROLE_CLOCK) },
	{ "pruning", FN_KEEPER_OP_SIGN, BIT(FN_ROLE_CLOCK) }, /* what the ledger obeys: it can ask for nothing itself */
	{ "ca", FN_KEEPER_OP_PUBLIC, PROGRAMS },
	{ "ca", FN_KEEPER_OP_ISSUE, BIT(FN_ROLE_ADMIN) | BIT(FN_ROLE_GATE) },
	{ "mask", FN_KEEPER_OP_LEASE, BIT(FN_ROLE_GATE) },
	{ "mask", FN_KEEPER_OP_REVERSE, BIT(FN_ROLE_GATE) }, /* with what only the clock gets signed: it takes both */
	{ "mask", FN_KEEPER_OP_DESTROY, BIT(FN_ROLE_ADMIN) | BIT(FN_ROLE_CLOCK) },
	{ "field", FN_KEEPER_OP_LEASE, BIT(FN_ROLE_GATE) },
	{ "field", FN_KEEPER_OP_DESTROY, BIT(FN_ROLE_ADMIN) | BIT(FN_ROLE_CLOCK) },
	{ "secret", FN_KEEPER_OP_LEASE, BIT(FN_ROLE_GATE) },
	{ "secret", FN_KEEPER_OP_DESTROY, BIT(FN_ROLE_ADMIN) | BIT(FN_ROLE_CLOCK) },
	{ "receipt_digest", FN_KEEPER_OP_LEASE, BIT(FN_ROLE_GATE) },
	{ "receipt_digest", FN_KEEPER_OP_DESTROY, BIT(FN_ROLE_ADMIN) | BIT(FN_ROLE_CLOCK) },
};

gboolean
fn_keeper_permits(FnRole role, gboolean development, const char *purpose, guint32 operation)
{
	guint who;

	if (role <= FN_ROLE_NONE || role >= FN_ROLES)
		return FALSE;
	who = development && role == FN_ROLE_ADMIN ? PROGRAMS : BIT(role);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].operation == operation && g_str_equal(table[i].purpose, purpose))
			return (table[i].roles & who) != 0;
	return FALSE;
}
