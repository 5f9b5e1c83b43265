/* A line on the terminal while the work goes on, from the second second on; nothing when standard error is no terminal. */
#pragma once

#include <glib.h>

typedef struct {
	gboolean terminal, shown;
	gint64 started, drawn;
} FnProgress;
FnProgress fn_progress_new(void);
/* Whether it is time to draw: ask before making the line. */
gboolean fn_progress_due(const FnProgress *progress);
double fn_progress_seconds(const FnProgress *progress); /* since it was made */
/* @line is valid UTF-8 without controls; cut where the terminal ends. */
void fn_progress_draw(FnProgress *progress, const char *line);
void fn_progress_wipe(FnProgress *progress);
/* "12.3 MB". Caller frees. */
char *fn_bytes_text(guint64 bytes);
