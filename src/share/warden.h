/* What the ledger tells a starting gate: what was used today, and which streams were left open. */
#pragma once

#include "share/entry.h"

typedef struct {
	char *id, *grant;  /* of the stream's opening entry */
	char *address, *organization, *provider, *system, *operator_account, *resource, *purpose, *case_number;
	gint64 rows;       /* most that an entry tells */
	gboolean opened, closed, today;
} FnPastStream;

typedef struct {
	const char *today;   /* YYYY-MM-DD */
	GHashTable *used;    /* grant → gint64 *: queries of today */
	GHashTable *streams; /* id → FnPastStream */
	gboolean started;    /* a former start that was finished was met: nothing older is open */
} FnPast;
void fn_past_init(FnPast *past, const char *today);
void fn_past_clear(FnPast *past);
/* Takes one entry of the ledger in, in any order. What is not ours is passed over. */
void fn_past_take(FnPast *past, guint64 index, const char *entry, gsize size);
