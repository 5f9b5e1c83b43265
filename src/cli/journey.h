/* The journey that must always hold: from a table to a receipt, and everything that must be refused on the way. */
#pragma once

#include "cli/caller.h"
#include "cli/daemons.h"

#define FN_JOURNEY_PURPOSE "核定养老待遇资格"

typedef struct {
	FnCity *city;
	FnDaemons *daemons;
	const FnSettings *settings;
	const char *rules_directory, *divisions;
	/* filled on the way */
	char *application, *grant, *receipt_id;
} FnJourney;

/* Runs every step in order, says each ("ok 3 - …"), and stops at the first that fails, naming it. */
gboolean fn_journey_run(FnJourney *journey, GError **error);
/* Only what `fengni demo` needs: a published city with one active grant. */
gboolean fn_journey_prepare(FnJourney *journey, GError **error);
/* A grant on the residents register for @system through the whole procedure; @more are further form fields (taken over). Caller frees. */
char *fn_journey_obtain(FnJourney *journey, const char *system, json_t *more, GError **error);
void fn_journey_clear(FnJourney *journey);
