#pragma once

#include <glib.h>

typedef struct {
	const char *english, *chinese;
} FnSaying;
extern const FnSaying fn_sayings[]; /* sorted by bytes of the English text */
extern const gsize fn_sayings_count;
