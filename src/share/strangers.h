/* Refusals of callers whom nobody knows: one line a minute in the ledger per address and reason, so that they cannot fill it. */
#pragma once

#include <glib.h>

typedef struct FnStrangers FnStrangers; /* thread-safe, bounded */
FnStrangers *fn_strangers_new(void);
void fn_strangers_free(FnStrangers *strangers);

/* Notes a refusal. Gives how many are to be entered now, 0: later, with others. @code must be a constant. */
guint fn_strangers_note(FnStrangers *strangers, const char *address, const char *code, gint64 now);
/* Takes back a count that could not be entered. */
void fn_strangers_return(FnStrangers *strangers, const char *address, const char *code, guint count);
/* Hands over what has waited for a minute (all of it, when @all), and forgets who was quiet. */
typedef void (*FnStrangersEnter)(const char *address, const char *code, guint count, gpointer data);
void fn_strangers_flush(FnStrangers *strangers, gint64 now, gboolean all, FnStrangersEnter enter, gpointer data);
