/* A search under way; find.c for people, check.c for checks. Private to the room. */
#pragma once

#include "register/register_priv.h"

typedef struct {
	const FnBook *book;
	const char *organization; /* "" of all */
	const char *state;        /* NULL: whatever it is */
	char **words;             /* folded; may be NULL */
	json_t *where;            /* field → list of texts in stored form; may be NULL */
	char *from, *until;       /* due dates */
	gboolean by_due;
	/* where it stands */
	char *place;
	gint64 number;
	/* how it goes about it */
	gboolean chosen, few;
	guint terms;
	gint64 term[4];
} FnSearch;

void fn_search_begin(FnSearch *search, const FnBook *book, const char *organization, const char *state);
void fn_search_clear(FnSearch *search);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnSearch, fn_search_clear)
/* @which: "over", "near" or NULL; must be called once. */
void fn_search_renewal(FnSearch *search, const char *which, gint64 now);
gboolean fn_search_where(FnSearch *search, FnDb *db, const char *name, const char *const *values, GError **error);
/* FnRecord of the next page; *more_out: there may be others. Goes on where it stands. */
GPtrArray *fn_search_run(FnSearch *search, FnDb *db, guint limit, gboolean *more_out, GError **error);
