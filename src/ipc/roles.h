/* Who our programs are and what each may do: the privilege statement. */
#pragma once

#include "base/settings.h"

#include <glib.h>
#include <sys/types.h>

typedef enum {
	FN_ROLE_NONE = 0, /* a stranger */
	FN_ROLE_GATE,
	FN_ROLE_KEEPER,
	FN_ROLE_LEDGER,
	FN_ROLE_INSPECT,
	FN_ROLE_CLOCK,
	FN_ROLE_DOOR,  /* nginx */
	FN_ROLE_ADMIN, /* root, or whoever runs `fengni` on the machine */
	FN_ROLES,
	FN_ROLE_ANY = FN_ROLES,
} FnRole;

/* Must be called once, before any thread and any other function here, with the instance's uid_base.
 * Production: role r has uid = gid = uid_base + r, uid 0 is ADMIN, every other uid is a stranger.
 * Development (uid_base 0; said at every start by the programs): all programs run as the caller. fn_role_uid() is then the
 * caller's own uid for every role, so every client check passes, and fn_role_of_uid() says ADMIN for that uid and for root:
 * handlers see ADMIN whoever calls, so ADMIN must be allowed wherever any role is. Other uids remain strangers. */
void fn_roles_init(gint64 uid_base);
/* TRUE when uid_base is 0. */
gboolean fn_roles_development(void);
const char *fn_role_name(FnRole role); /* "gate" */
/* FN_ROLE_NONE when there is no such role. */
FnRole fn_role_from_name(const char *name);
uid_t fn_role_uid(FnRole role);
FnRole fn_role_of_uid(uid_t uid);
/* Shared gid of those that may open the registry (gate, clock). */
gid_t fn_role_registry_gid(void);
/* DIR/run/<role>/<role>.sock. Caller frees. The gate's two sockets are share.sock and console.sock in run/gate. */
char *fn_role_socket(const FnSettings *settings, FnRole role);

typedef enum {
	FN_MAY_NETWORK = 1,  /* AF_INET, AF_INET6 */
	FN_MAY_CONNECT = 2,  /* AF_UNIX clients */
	FN_MAY_LISTEN = 4,   /* AF_UNIX server */
	FN_MAY_SPAWN = 8,    /* fork, exec */
	FN_MAY_WRITE = 16,   /* files below its own directories */
	FN_MAY_SERVE = 32,   /* listen on the network */
} FnMay;

typedef struct {
	FnRole role;
	guint may;
	const char *read_write[6]; /* paths below the instance, NULL-ended */
	const char *read_only[6];
	guint64 memory; /* RLIMIT_AS in bytes, 0: none */
	guint files;    /* RLIMIT_NOFILE */
} FnPrivilege;

const FnPrivilege *fn_role_privilege(FnRole role);

typedef enum {
	FN_CONFINE_ERROR_USER,     /* not root, or the user cannot be changed */
	FN_CONFINE_ERROR_THREADS,  /* called too late */
	FN_CONFINE_ERROR_FILES,    /* a directory cannot be made, handed over or reached */
	FN_CONFINE_ERROR_LIMITS,
	FN_CONFINE_ERROR_LANDLOCK,
	FN_CONFINE_ERROR_SECCOMP,
} FnConfineError;
#define FN_CONFINE_ERROR (fn_confine_error_quark())
GQuark fn_confine_error_quark(void);

/* Confines this process to @role, in a fixed order: directories of the role made and given to it → rlimits (no core files)
 * → user and groups dropped (umask 0077, with the registry 0007; TMPDIR into the role's own directory) → no_new_privs →
 * Landlock (files of the table and the system's libraries; no TCP listening; no signals to others; skipped where the kernel
 * has none, see fn_confine_gap()) → seccomp (allow-list for inspect and keeper, deny-list of dangerous calls for the others).
 * Call it after everything privileged is open (descriptors, a passphrase) and before the first thread: it refuses otherwise.
 * Sockets may be bound before or after. @rules_directory is added read-only where the role's user can reach it; NULL for none. Failing is fatal for the caller.
 * In development the user stays. Under a sanitizer RLIMIT_AS, processes, ptrace and dumps of memory stay free: the leak
 * checker needs them at the end. */
gboolean fn_confine(FnRole role, const FnSettings *settings, const char *rules_directory, GError **error);
/* For a program that belongs to no instance (the witness of another organization). Started by root it becomes the owner of
 * @directory, who must not be root; before it opens anything. */
gboolean fn_become_owner(const char *directory, GError **error);
/* The rest of fn_confine() for it: it keeps what is open, may write below @directory and answer on sockets that are bound
 * already, and reaches nobody by itself. */
gboolean fn_confine_alone(const char *directory, GError **error);
/* What this kernel cannot enforce, as a sentence for the log; NULL: nothing. Ask before fn_confine(): after it the kernel
 * does not answer such questions. */
const char *fn_confine_gap(void);
/* Makes the directories of all roles and hands them, with everything in them, to their users: after an instance was filled by
 * root (set-up, restore), before the daemons start. Links are left alone. In development only makes them. */
gboolean fn_roles_prepare(const FnSettings *settings, GError **error);
