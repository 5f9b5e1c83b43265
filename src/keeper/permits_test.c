#include "crypto/keeper_client.h"
#include "keeper/test_help.h"

#include <openssl/pem.h>

#define BIT(role) (1u << (role))
#define ALL (BIT(FN_ROLE_GATE) | BIT(FN_ROLE_KEEPER) | BIT(FN_ROLE_LEDGER) | BIT(FN_ROLE_INSPECT) | BIT(FN_ROLE_CLOCK) | \
	BIT(FN_ROLE_DOOR) | BIT(FN_ROLE_ADMIN))
#define GATE BIT(FN_ROLE_GATE)
#define DESTROYERS (BIT(FN_ROLE_ADMIN) | BIT(FN_ROLE_CLOCK))

static const guint32 operations[] = { FN_KEEPER_OP_STATUS, FN_KEEPER_OP_PUBLIC, FN_KEEPER_OP_SIGN, FN_KEEPER_OP_LEASE,
	FN_KEEPER_OP_ISSUE, FN_KEEPER_OP_DESTROY, FN_KEEPER_OP_REVERSE };

/* The privilege statement written a second time, as a matrix: purpose × operation -> roles. */
static const struct {
	const char *purpose;
	guint roles[G_N_ELEMENTS(operations)];
} expected[] = {
	/*                     status public sign                   lease issue                          destroy     reverse */
	{ "",                  { ALL, 0,   0,                     0,    0,                             0,          0 } },
	{ "ledger_head_gm",    { 0,   ALL, BIT(FN_ROLE_LEDGER),   0,    0,                             0,          0 } },
	{ "ledger_head_intl",  { 0,   ALL, BIT(FN_ROLE_LEDGER),   0,    0,                             0,          0 } },
	{ "grant",             { 0,   ALL, BIT(FN_ROLE_CLOCK),    0,    0,                             0,          0 } },
	{ "reversal",          { 0,   0,   BIT(FN_ROLE_CLOCK),    0,    0,                             0,          0 } },
	{ "pruning",           { 0,   0,   BIT(FN_ROLE_CLOCK),    0,    0,                             0,          0 } },
	{ "ca",                { 0,   ALL, 0,                     0,    GATE | BIT(FN_ROLE_ADMIN),     0,          0 } },
	{ "mask",              { 0,   0,   0,                     GATE, 0,                             DESTROYERS, GATE } },
	{ "field",             { 0,   0,   0,                     GATE, 0,                             DESTROYERS, 0 } },
	{ "secret",            { 0,   0,   0,                     GATE, 0,                             DESTROYERS, 0 } },
	{ "receipt_digest",    { 0,   0,   0,                     GATE, 0,                             DESTROYERS, 0 } },
	{ "master",            { 0 } },
	{ "Grant",             { 0 } },
};

static void
test_every_pair(void)
{
	for (gsize p = 0; p < G_N_ELEMENTS(expected); p++)
		for (gsize o = 0; o < G_N_ELEMENTS(operations); o++)
			for (int role = -1; role <= FN_ROLES + 1; role++) {
				gboolean may = role > FN_ROLE_NONE && role < FN_ROLES && (expected[p].roles[o] & BIT(role)) != 0;

				g_assert_cmpint(fn_keeper_permits((FnRole)role, FALSE, expected[p].purpose, operations[o]), ==, may);
			}
	g_assert_false(fn_keeper_permits(FN_ROLE_ADMIN, FALSE, "mask", FN_IPC_OK));
	g_assert_false(fn_keeper_permits(FN_ROLE_ADMIN, TRUE, "mask", FN_KEEPER_OP_REVERSE + 1));
}

/* In development every program is seen as ADMIN, which then may what any role may, and nothing more. */
static void
test_development(void)
{
	for (gsize p = 0; p < G_N_ELEMENTS(expected); p++)
		for (gsize o = 0; o < G_N_ELEMENTS(operations); o++)
			for (int role = FN_ROLE_NONE; role < FN_ROLES; role++) {
				guint who = role == FN_ROLE_ADMIN ? ALL : BIT(role);

				g_assert_cmpint(fn_keeper_permits((FnRole)role, TRUE, expected[p].purpose, operations[o]), ==,
					(expected[p].roles[o] & who) != 0);
			}
}

/* A right request of each operation, so that only the table can refuse. */
static char *
request(FnKeeper *keeper, guint32 operation, const char *purpose, const char *csr)
{
	switch (operation) {
	case FN_KEEPER_OP_STATUS:
		return g_strdup("{}");
	case FN_KEEPER_OP_PUBLIC:
		return g_strdup_printf("{\"purpose\":\"%s\"}", purpose);
	case FN_KEEPER_OP_SIGN:
		if (g_str_equal(purpose, "reversal")) {
			g_autofree char *message = reversal("g1/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, fn_time_now() + G_USEC_PER_SEC);

			return g_strdup_printf("{\"purpose\":\"reversal\",\"message\":%s}", message);
		}
		if (g_str_equal(purpose, "pruning")) {
			g_autofree char *message = pruning("2026-05", "o", fn_time_now() + G_USEC_PER_SEC);

			return g_strdup_printf("{\"purpose\":\"pruning\",\"message\":%s}", message);
		}
		return g_strdup_printf("{\"purpose\":\"%s\",\"message\":%s}", purpose, g_str_equal(purpose, "grant")
			? "{\"grant\":\"g1\"}"
			: "{\"origin\":\"o\",\"root\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"size\":0,"
			  "\"time\":\"2026-01-01T00:00:00Z\"}");
	case FN_KEEPER_OP_ISSUE:
		return g_strdup_printf("{\"purpose\":\"%s\",\"csr\":\"%s\",\"subject\":{\"CN\":\"s\"},\"days\":1,\"usage\":\"client\"}",
			purpose, csr);
	case FN_KEEPER_OP_REVERSE: {
		g_autofree char *message = reversal("g1/1", "phone", REVERSAL_SPEC, REVERSAL_SOME, fn_time_now() + G_USEC_PER_SEC * 60);

		return reverse_request(keeper, purpose, message, NULL);
	}
	default:
		return g_strdup_printf("{\"purpose\":\"%s\",\"context\":\"operation %u\"}", purpose, operation);
	}
}

static char *
make_csr(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *csr = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	g_autoptr(GString) escaped = NULL;
	char *data;
	long size;

	X509_REQ_set_pubkey(csr, key);
	g_assert_cmpint(X509_REQ_sign(csr, key, EVP_sha256()), >, 0);
	PEM_write_bio_X509_REQ(bio, csr);
	size = BIO_get_mem_data(bio, &data);
	escaped = g_string_new_len(data, size);
	g_string_replace(escaped, "\n", "\\n", 0);
	BIO_free(bio);
	X509_REQ_free(csr);
	EVP_PKEY_free(key);
	return g_strdup(escaped->str);
}

/* The same matrix through the dispatcher: what is allowed works, all else is refused as not_allowed. */
static void
test_every_pair_asked(void)
{
	g_autoptr(Instance) instance = instance_new(FN_SUITE_INTL);
	g_autoptr(FnKeeper) keeper = instance_open(instance);
	g_autofree char *csr = make_csr();

	for (gsize p = 0; p < G_N_ELEMENTS(expected); p++)
		for (gsize o = 0; o < G_N_ELEMENTS(operations); o++)
			for (int role = FN_ROLE_NONE; role < FN_ROLES; role++) {
				g_autofree char *payload = request(keeper, operations[o], expected[p].purpose, csr);
				g_autofree char *reply = NULL;
				gboolean may = role != FN_ROLE_NONE && (expected[p].roles[o] & BIT(role)) != 0;

				if ((operations[o] == FN_KEEPER_OP_STATUS) != (*expected[p].purpose == '\0'))
					continue; /* the status has no purpose */
				reply = ask(keeper, (FnRole)role, operations[o], payload);
				if (may ? *reply != '{' : !g_str_equal(reply, "!not_allowed"))
					g_error("%s asks %u with %s: %s", fn_role_name((FnRole)role), operations[o], payload, reply);
			}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(61000);
	g_test_add_func("/permits/every-pair", test_every_pair);
	g_test_add_func("/permits/development", test_development);
	g_test_add_func("/permits/every-pair-asked", test_every_pair_asked);
	return g_test_run();
}
