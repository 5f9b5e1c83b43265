#include "ipc/roles.h"

#include <string.h>
#include <unistd.h>

#define MIB (G_GUINT64_CONSTANT(1) << 20)

static const char *const name[FN_ROLES] = {
	[FN_ROLE_NONE] = "none",
	[FN_ROLE_GATE] = "gate",
	[FN_ROLE_KEEPER] = "keeper",
	[FN_ROLE_LEDGER] = "ledger",
	[FN_ROLE_INSPECT] = "inspect",
	[FN_ROLE_CLOCK] = "clock",
	[FN_ROLE_DOOR] = "door",
	[FN_ROLE_ADMIN] = "admin",
};

/* The privilege statement. A role without a row may do nothing. The gate and the clock reach PostgreSQL registries and
 * sources, hence the network; only the door may listen there. The gate takes CSV files in beside where they lie. */
static const FnPrivilege table[] = {
	{ FN_ROLE_GATE, FN_MAY_NETWORK | FN_MAY_CONNECT | FN_MAY_LISTEN | FN_MAY_WRITE, { "run/gate", "gate", "registry", "audit", "sources" },
		{ "fengni.conf", "web", "door/ca.crt", "rules" }, 0, 16384 },
	{ FN_ROLE_KEEPER, FN_MAY_CONNECT | FN_MAY_LISTEN | FN_MAY_WRITE, { "run/keeper", "keeper" }, { "fengni.conf" }, 0, 1024 },
	{ FN_ROLE_LEDGER, FN_MAY_CONNECT | FN_MAY_LISTEN | FN_MAY_WRITE, { "run/ledger", "ledger" }, { "fengni.conf" }, 0, 4096 },
	{ FN_ROLE_INSPECT, FN_MAY_LISTEN | FN_MAY_WRITE, { "run/inspect" }, { "fengni.conf", "rules" }, 6144 * MIB, 1024 },
	{ FN_ROLE_CLOCK, FN_MAY_NETWORK | FN_MAY_CONNECT | FN_MAY_LISTEN | FN_MAY_WRITE, { "run/clock", "clock", "registry", "audit" },
		{ "fengni.conf", "sources", "rules" }, 0, 1024 },
	/* nginx: becomes itself by exec, and makes its workers. */
	{ FN_ROLE_DOOR, FN_MAY_NETWORK | FN_MAY_CONNECT | FN_MAY_LISTEN | FN_MAY_WRITE | FN_MAY_SERVE | FN_MAY_SPAWN, { "door" },
		{ NULL }, 0, 16384 },
};

/* Set once before any thread; read only from then on. */
static gint64 base_uid = -1;

void
fn_roles_init(gint64 uid_base)
{
	g_assert(uid_base >= 0 && (base_uid == -1 || base_uid == uid_base));
	base_uid = uid_base;
}

gboolean
fn_roles_development(void)
{
	g_assert(base_uid >= 0);
	return base_uid == 0;
}

const char *
fn_role_name(FnRole role)
{
	g_assert(role < FN_ROLES);
	return name[role];
}

FnRole
fn_role_from_name(const char *wanted)
{
	for (guint i = FN_ROLE_NONE + 1; i < FN_ROLES; i++)
		if (g_strcmp0(name[i], wanted) == 0)
			return (FnRole)i;
	return FN_ROLE_NONE;
}

uid_t
fn_role_uid(FnRole role)
{
	g_assert(role > FN_ROLE_NONE && role < FN_ROLES);
	if (fn_roles_development())
		return geteuid();
	return role == FN_ROLE_ADMIN ? 0 : (uid_t)(base_uid + role);
}

FnRole
fn_role_of_uid(uid_t uid)
{
	if (uid == 0 || (fn_roles_development() && uid == geteuid()))
		return FN_ROLE_ADMIN;
	for (guint i = FN_ROLE_NONE + 1; i < FN_ROLE_ADMIN && !fn_roles_development(); i++)
		if (uid == (uid_t)(base_uid + i))
			return (FnRole)i;
	return FN_ROLE_NONE;
}

gid_t
fn_role_registry_gid(void)
{
	return fn_roles_development() ? getegid() : (gid_t)(base_uid + FN_ROLES);
}

char *
fn_role_socket(const FnSettings *settings, FnRole role)
{
	g_autofree char *below = g_strdup_printf("run/%s/%s.sock", fn_role_name(role), fn_role_name(role));

	return fn_settings_path(settings, below);
}

const FnPrivilege *
fn_role_privilege(FnRole role)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].role == role)
			return &table[i];
	return NULL;
}
