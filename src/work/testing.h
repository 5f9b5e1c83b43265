/* For tests that take steps, of this room and of those above. */
#pragma once

#include "work/work.h"

#include <string.h>

/* The digest that the case shows with @step, as who signs it would confirm it; NULL: the step is not signed, or not possible. Caller
 * frees. */
static inline char *
test_step_digest(FnWork *work, FnDb *db, const char *id, const char *step, const FnActor *actor, gint64 now)
{
	json_t *shown = fn_work_show(work, db, id, actor, now, NULL), *action;
	char *digest = NULL;
	size_t i;

	json_array_foreach(json_object_get(shown, "allowed_actions"), i, action)
		if (g_strcmp0(json_string_value(json_object_get(action, "do")), step) == 0)
			digest = g_strdup(json_string_value(json_object_get(action, "digest")));
	json_decref(shown);
	return digest;
}
