/* The rules in force, with the engine that runs them. They may be replaced while others work with them: the whole pack or none. */
#pragma once

#include "work/work.h"

/* One generation of rules. Whoever holds it works with one pack from begin to end, whatever comes meanwhile. */
typedef struct {
	const FnRules *rules;
	FnWork *work;
} FnForce;

typedef struct FnInForce FnInForce; /* thread-safe */
/* Takes @rules over, also when it fails. @effects are handed the rules as their data and outlive the result. Errors: FN_WORK_ERROR. */
FnInForce *fn_in_force_new(FnRules *rules, const FnEffect *effects, GError **error);
void fn_in_force_free(FnInForce *in_force);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInForce, fn_in_force_free)
/* The generation of now; give it back. */
FnForce *fn_in_force_take(FnInForce *in_force);
void fn_force_release(FnForce *force);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnForce, fn_force_release)
/* Takes @rules over, also when it fails; they hold from the next fn_in_force_take() on. Refused, and those of now stay, when a program
 * has no effect that they name, or when an open case of @db stands in a state that they do not know: it could never go on.
 * Errors: FN_WORK_ERROR, FN_DB_ERROR. */
gboolean fn_in_force_replace(FnInForce *in_force, FnRules *rules, FnDb *db, GError **error);
