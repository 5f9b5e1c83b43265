/* One line on standard error while the work goes on. */
#include "base/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS = 80, EVERY_MS = 200 };

FnProgress
fn_progress_new(void)
{
	return (FnProgress){ .terminal = isatty(STDERR_FILENO), .started = g_get_monotonic_time() };
}

char *
fn_bytes_text(guint64 bytes)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)bytes;
	gsize unit = 0;

	while (value >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
		value /= 1000;
		unit++;
	}
	return g_strdup_printf(unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* Bytes of @text that fit into @columns. */
static gsize
fitting(const char *text, int columns)
{
	const char *at = text;

	while (*at != '\0' && (columns -= g_unichar_iswide(g_utf8_get_char(at)) ? 2 : 1) >= 0)
		at = g_utf8_next_char(at);
	return (gsize)(at - text);
}

gboolean
fn_progress_due(const FnProgress *progress)
{
	gint64 now = g_get_monotonic_time();

	return progress->terminal && now - progress->started >= G_USEC_PER_SEC && now - progress->drawn >= EVERY_MS * 1000;
}

double
fn_progress_seconds(const FnProgress *progress)
{
	return (double)(g_get_monotonic_time() - progress->started) / G_USEC_PER_SEC;
}

void
fn_progress_draw(FnProgress *progress, const char *line)
{
	struct winsize window = { 0 };
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col - 1 : COLUMNS - 1;

	fprintf(stderr, "\r\033[K%.*s", (int)fitting(line, columns), line);
	fflush(stderr); /* it is buffered by lines, and this is none */
	progress->drawn = g_get_monotonic_time();
	progress->shown = TRUE;
}

void
fn_progress_wipe(FnProgress *progress)
{
	if (progress->shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	progress->shown = FALSE;
}
