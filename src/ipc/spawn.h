/* Supervision where systemd does not do it: a table of programs is started in order, each is waited for until its socket
 * answers, restarted after any death with a growing delay, and all are stopped in reverse order.
 *
 * All calls come from one thread that lives as long as the supervisor: children die with it (PR_SET_PDEATHSIG), whatever
 * way it ends. SIGTERM, SIGINT and SIGHUP are blocked and read by the supervisor; threads made later inherit that, other
 * threads must block them themselves. Each child leads a process group of its own, which ends with it. */
#pragma once

#include "ipc/roles.h"

#include <glib.h>
#include <sys/types.h>

#define FN_SPAWN_FEW 4

typedef struct {
	int from; /* descriptor of ours */
	int to;   /* its number in the child, 3 or more; 0: end of the list */
} FnInherit;

typedef struct {
	const char *name;    /* "fengni-keeper"; its messages go to DIR/log/NAME.log */
	FnRole role;
	const char *program; /* absolute path; NULL: NAME beside our own binary */
	const char *const *arguments; /* NULL-ended, after the name; NULL: the instance directory alone */
	const char *ready;   /* what answers when it is ready: an absolute socket path or "host:port"; NULL: the role's own socket */
	const char *depends[FN_SPAWN_FEW]; /* names that must be ready before, NULL-ended */
	FnInherit inherit[FN_SPAWN_FEW];
	gboolean confine; /* fn_confine() to the role before the exec: for a program that does not do it itself (nginx) */
} FnProgram;

typedef enum {
	FN_SPAWN_ERROR_START, /* cannot be started at all; place and remedy in the message */
	FN_SPAWN_ERROR_READY, /* died or was silent until the time was over; the message holds the end of its log */
	FN_SPAWN_ERROR_TABLE, /* a dependency that is unknown or circular */
} FnSpawnError;
#define FN_SPAWN_ERROR (fn_spawn_error_quark())
GQuark fn_spawn_error_quark(void);

typedef struct FnSupervisor FnSupervisor;
/* @event: "started", "ready", "died", "stopped" - for the program's log. */
typedef void (*FnSpawnEvent)(const char *name, const char *event, pid_t pid, gpointer data);

/* @settings and everything in @programs must outlive it. @on_event may be NULL. */
FnSupervisor *fn_supervisor_new(const FnSettings *settings, const FnProgram *programs, guint count, FnSpawnEvent on_event,
	gpointer data, GError **error);
/* Starts all, each after its dependencies; @timeout_ms holds for each. A place where something
 * answers already is an error. On failure what was started is stopped again. */
gboolean fn_supervisor_start(FnSupervisor *supervisor, guint timeout_ms, GError **error);
/* One turn of at most @ms milliseconds: restarts what died. FALSE once SIGTERM, SIGINT or SIGHUP came. */
gboolean fn_supervisor_turn(FnSupervisor *supervisor, guint ms);
/* SIGTERM in reverse order, SIGKILL to what still runs after @grace_ms. */
void fn_supervisor_stop(FnSupervisor *supervisor, guint grace_ms);
/* 0 when it does not run just now, or there is none of that name. */
pid_t fn_supervisor_pid(const FnSupervisor *supervisor, const char *name);
/* Stops what still runs. NULL is fine. */
void fn_supervisor_free(FnSupervisor *supervisor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSupervisor, fn_supervisor_free)

/* Path of @name beside the running program's own file. Caller frees; NULL when /proc is missing. */
char *fn_spawn_beside(const char *name);
